/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who has a data folder: the process and its port, written into the store's lock file, which goes with the store. What a process that was
 * killed left there is not believed: it is the writer's only while that process holds a lock on it (fcntl), which ends with it.
 */
#ifndef DYNR_CLI_OWNER_H
#define DYNR_CLI_OWNER_H

#include <stdbool.h>
#include <stdint.h>

/** Written after the store was opened for itself alone. The descriptor, to be closed with the store; -1: others will not be told. */
int dynr_owner_write(const char *lock_path, uint16_t port);

struct dynr_owner {
    long process;
    /** 0: it serves none, or that is not known. */
    unsigned int port;
};

/** Never waits. False: nobody is known to have it. */
bool dynr_owner_read(const char *lock_path, struct dynr_owner *out);

#endif
