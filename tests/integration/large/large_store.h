/* SPDX-License-Identifier: Apache-2.0 */
/* A store with a table of any size: for what should not depend on how much is in it. */
#ifndef DYN_TESTS_INTEGRATION_LARGE_LARGE_STORE_H
#define DYN_TESTS_INTEGRATION_LARGE_LARGE_STORE_H

#include "dynr/local.h"

#define LARGE_TABLE "large"
/* Of one item. */
#define LARGE_LEAST_BYTES 1000
#define LARGE_MOST_BYTES  100000

/*
 * Makes the file, which must not be there: table `large` (key id S; index by_group, g S, keys only; expires by e) with items of 1 to
 * 100 KB, evenly, until there are so many bytes of them. No item expires before 2100. The first item's id is "i0".
 */
enum dynr_status large_store_make(const char *path, uint64_t n_bytes, uint64_t *out_n_items,
                                  struct dynr_error *err);

#endif
