/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A SQLite VFS whose power can be cut. It remembers, for each database and log file, what was
 * synced and what was written since. A cut fails everything from one moment on; restoring then
 * gives each file its synced content and whatever part of the later writes the disk happened to
 * have written: none, the first of them, or any of them in any combination, the last one torn.
 */
#ifndef DYN_TESTS_INTEGRATION_POWER_CUT_CUT_VFS_H
#define DYN_TESTS_INTEGRATION_POWER_CUT_CUT_VFS_H

#include <stdbool.h>
#include <stdint.h>

#define CUT_VFS_NAME "power-cut"

/* Once per process. */
bool cut_vfs_register(void);
/* The power goes at the `n`-th write, sync or truncation from now; 0: never. */
void cut_vfs_arm(uint64_t n);
bool cut_vfs_is_cut(void);
/*
 * After all connections are closed: leaves on the real disk what the cut left, and forgets
 * everything.
 */
bool cut_vfs_restore(uint64_t seed);

#endif
