/* SPDX-License-Identifier: Apache-2.0 */
/* Threads of the library in a process that is somebody else's. */
#ifndef DYNR_BASE_THREAD_H
#define DYNR_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/**
 * Starts a thread to be joined: with a small stack, and all signals blocked, since they are for the host's threads. False: the
 * process can have no more.
 */
bool dynr_thread_start(pthread_t *out, void *(*run)(void *context), void *context);

#endif
