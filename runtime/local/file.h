/* SPDX-License-Identifier: Apache-2.0 */
/* Files beside the store's own: exports, and the lock of whoever wants the store alone. */
#ifndef DYNR_LOCAL_FILE_H
#define DYNR_LOCAL_FILE_H

#include "local/table.h"

/* "cannot write PATH: No space left on device". */
enum dynr_status dynr_local_file_fail(const char *verb, const char *path, int number,
                                      struct dynr_error *err);

/*
 * Before the first connection: that no other store has the file for itself; with `exclusive`, that nobody has it open, and that
 * nobody will while the lock is held. `out_fd`: the lock, -1 where there is none.
 */
enum dynr_status dynr_local_lock_take(const struct local_engine *engine, bool is_exclusive,
                                      int *out_fd, struct dynr_error *err);
void dynr_local_lock_give(const struct local_engine *engine, bool is_exclusive, int fd);

#endif
