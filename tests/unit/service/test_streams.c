/* SPDX-License-Identifier: Apache-2.0 */
/* The Streams API: streams, iterators, records. */
#include "service_fixture.h"

int main(void)
{
    return 0;
}
