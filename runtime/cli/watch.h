/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens beside a long call: a line of progress on a terminal, and an orderly end when it is interrupted. The calls tell nothing
 * themselves: how far they are is seen by where the file stands that they read or write.
 */
#ifndef DYNR_CLI_WATCH_H
#define DYNR_CLI_WATCH_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define DYNR_WATCH_PATH_SIZE 4200

struct dynr_cli_watch {
    /** "exporting things" */
    char what[300];
    /** Show progress, where standard error is a terminal. */
    bool is_loud;
    /** What is written becomes this file, and has a name that begins so until then; removed where it is interrupted. Empty: none. */
    char target[DYNR_WATCH_PATH_SIZE];
    /** What is read, through another descriptor than `source`, where has_source. */
    _Atomic bool has_source;
    int source;
    /** Where there is neither: told by the caller. A total of 0: not known; what is done are bytes. */
    _Atomic uint64_t n_done;
    _Atomic uint64_t n_total;
    pthread_t thread;
    sigset_t signals;
};

/** Before any other thread is made. `target` may be NULL. False: no thread can be made; that was said. */
bool dynr_cli_watch_begin(struct dynr_cli_watch *watch, const char *verb, const char *table,
                          const char *target, bool is_quiet);
void dynr_cli_watch_end(struct dynr_cli_watch *watch);

#endif
