/* SPDX-License-Identifier: Apache-2.0 */
/* How many files and sockets the process may have open. */
#ifndef DYNR_BASE_FILE_LIMIT_H
#define DYNR_BASE_FILE_LIMIT_H

#include <stdint.h>

/** What a server has open beside its connections: the store, its readers, files that are served. */
#define DYNR_FILES_OF_SERVER 128

/** Most systems allow more than a process begins with, but only to who asks: raises the limit to `wanted`, as far as it goes. The limit. */
uint64_t dynr_file_limit_raise(uint64_t wanted);

#endif
