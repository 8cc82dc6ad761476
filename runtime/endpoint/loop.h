/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A loop: a thread that waits, by epoll, for what its connections can do, and for connections that others post to it: new ones, and
 * those whose call has its answer. The first loop also accepts.
 */
#ifndef DYNR_ENDPOINT_LOOP_H
#define DYNR_ENDPOINT_LOOP_H

#include <time.h>

#include "endpoint/connection.h"

struct dynr_endpoint_loop {
    struct dynr_endpoint *endpoint;
    pthread_t thread;
    bool has_thread;
    int epoll;
    /** An eventfd: written when something was posted to an empty list. */
    int wake_fd;
    /** Of the first loop; else -1. */
    int listen_fd;
    /** No descriptors were left: nothing is accepted until the next tick. */
    bool accept_rests;
    /** Milliseconds of a clock that never jumps, as of this turn. */
    int64_t now_ms;
    int64_t next_tick_ms;
    /** 0: it does not stop; otherwise when what is not done by then is cut. */
    int64_t stop_ms;
    /** Which loop gets the next connection. */
    size_t next_loop;

    /** Guards what is posted, by any thread. */
    pthread_mutex_t mutex;
    struct dynr_endpoint_connection *posted;
    /** Threads that are about to wake it. */
    _Atomic unsigned n_posting;

    /** The header Date, and of which second it is. */
    struct dynr_buf date;
    time_t date_s;

    /** All of them; what has more to do at once; what has ended. */
    struct dynr_endpoint_connection *connections;
    struct dynr_endpoint_connection *again;
    struct dynr_endpoint_connection *dead;
};

/** Makes what a loop needs; its thread is started by dynr_endpoint_loop_start. `listen_fd`: -1, or what it accepts from and closes. */
enum dynr_status dynr_endpoint_loop_open(struct dynr_endpoint_loop *loop,
                                         struct dynr_endpoint *endpoint, int listen_fd,
                                         struct dynr_error *err);
enum dynr_status dynr_endpoint_loop_start(struct dynr_endpoint_loop *loop, struct dynr_error *err);
/** Wakes it, so that it sees that the endpoint stops. */
void dynr_endpoint_loop_wake(struct dynr_endpoint_loop *loop);
/** Waits until its thread has ended. */
void dynr_endpoint_loop_join(struct dynr_endpoint_loop *loop);
/** Frees everything; no loop's thread runs any more. */
void dynr_endpoint_loop_close(struct dynr_endpoint_loop *loop);

/** From any thread: the loop takes the connection, or goes on with it. */
void dynr_endpoint_loop_post(struct dynr_endpoint_connection *connection);
/** In the loop's thread: others have their turn before it goes on. */
void dynr_endpoint_loop_again(struct dynr_endpoint_loop *loop,
                              struct dynr_endpoint_connection *connection);
/** In the loop's thread: it is freed as soon as nobody looks at it any more. */
void dynr_endpoint_loop_bury(struct dynr_endpoint_loop *loop,
                             struct dynr_endpoint_connection *connection);

#endif
