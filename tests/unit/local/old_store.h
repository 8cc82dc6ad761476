/* SPDX-License-Identifier: Apache-2.0 */
/* Files of older formats. */
#ifndef DYN_TESTS_UNIT_LOCAL_OLD_STORE_H
#define DYN_TESTS_UNIT_LOCAL_OLD_STORE_H

/* Writes a store of format 1, 2 or 3 to a new file. */
void old_store_write(const char *path, int format);

#endif
