/* SPDX-License-Identifier: Apache-2.0 */
/* make-large FILE MEGABYTES: a store with so much in one table. Prints how many items that are. */
#include <stdio.h>
#include <stdlib.h>

#include "large_store.h"

int main(int argc, char **argv)
{
    struct dynr_error err = {0};
    uint64_t n_items = 0;
    if (argc != 3) {
        (void)fprintf(stderr, "make-large FILE MEGABYTES\n");
        return 2;
    }
    uint64_t n_bytes = strtoull(argv[2], NULL, 10) * 1000000;
    if (large_store_make(argv[1], n_bytes, &n_items, &err) != DYNR_OK) {
        (void)fprintf(stderr, "make-large: %s\n", err.message);
        return 1;
    }
    (void)printf("%llu\n", (unsigned long long)n_items);
    return 0;
}
