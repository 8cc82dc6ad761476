/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file_limit.h"

#include <sys/resource.h>

uint64_t dynr_file_limit_raise(uint64_t wanted)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return UINT64_MAX;
    }
    rlim_t before = limit.rlim_cur;
    if (before >= (rlim_t)wanted) {
        return before;
    }
    limit.rlim_cur = limit.rlim_max < (rlim_t)wanted ? limit.rlim_max : (rlim_t)wanted;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before;
}
