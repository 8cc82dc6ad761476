/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/loop.h"

#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/thread.h"
#include "endpoint/caller.h"
#include "endpoint/listen.h"

#define TICK_MS    1000
#define EVENTS_MAX 64
/* How long an endpoint that stops waits for those who do not take their answers. */
#define STOP_MS 10000
/* How long it waits for those who ask nothing: what they sent before may be on its way. */
#define GRACE_MS 100
/* Meanwhile it looks so often whose time is over. */
#define STOPPING_MS 20

static int64_t ticks_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- lists ---- */

void dynr_endpoint_loop_wake(struct dynr_endpoint_loop *loop)
{
    /* It fails only where the counter is full, and then it wakes, too. */
    (void)eventfd_write(loop->wake_fd, 1);
}

void dynr_endpoint_loop_post(struct dynr_endpoint_connection *connection)
{
    struct dynr_endpoint_loop *loop = connection->loop;
    /* As soon as it is in the list, the loop may go on with it, and end. */
    atomic_fetch_add(&loop->n_posting, 1);
    (void)pthread_mutex_lock(&loop->mutex);
    bool was_empty = loop->posted == NULL;
    connection->next_posted = loop->posted;
    loop->posted = connection;
    (void)pthread_mutex_unlock(&loop->mutex);
    if (was_empty) {
        dynr_endpoint_loop_wake(loop);
    }
    atomic_fetch_sub(&loop->n_posting, 1);
}

void dynr_endpoint_loop_again(struct dynr_endpoint_loop *loop,
                              struct dynr_endpoint_connection *connection)
{
    if (!connection->goes_again) {
        connection->goes_again = true;
        connection->next_again = loop->again;
        loop->again = connection;
    }
}

void dynr_endpoint_loop_bury(struct dynr_endpoint_loop *loop,
                             struct dynr_endpoint_connection *connection)
{
    connection->next_dead = loop->dead;
    loop->dead = connection;
}

static void adopt(struct dynr_endpoint_loop *loop, struct dynr_endpoint_connection *connection)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                                .data = {.ptr = connection}};
    connection->next = loop->connections;
    if (connection->next != NULL) {
        connection->next->previous = connection;
    }
    loop->connections = connection;
    dynr_endpoint_connection_open(connection);
    if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, connection->fd, &event) != 0) {
        dynr_endpoint_connection_kill(connection);
    }
}

static void take_posted(struct dynr_endpoint_loop *loop)
{
    (void)pthread_mutex_lock(&loop->mutex);
    struct dynr_endpoint_connection *posted = loop->posted;
    loop->posted = NULL;
    (void)pthread_mutex_unlock(&loop->mutex);
    while (posted != NULL) {
        struct dynr_endpoint_connection *connection = posted;
        posted = connection->next_posted;
        if (connection->phase == DYNR_ENDPOINT_CALLING) {
            dynr_endpoint_connection_called(connection);
        } else {
            adopt(loop, connection);
            if (loop->stop_ms != 0) {
                dynr_endpoint_connection_part(connection);
            }
        }
    }
}

static void take_again(struct dynr_endpoint_loop *loop)
{
    struct dynr_endpoint_connection *again = loop->again;
    loop->again = NULL;
    while (again != NULL) {
        struct dynr_endpoint_connection *connection = again;
        again = connection->next_again;
        connection->goes_again = false;
        dynr_endpoint_connection_advance(connection);
    }
}

static void reap(struct dynr_endpoint_loop *loop)
{
    struct dynr_endpoint_connection *dead = loop->dead;
    loop->dead = NULL;
    while (dead != NULL) {
        struct dynr_endpoint_connection *connection = dead;
        dead = connection->next_dead;
        if (connection->goes_again) {
            /* Dead, and still in a list: the next turn's. */
            dynr_endpoint_loop_bury(loop, connection);
            continue;
        }
        if (connection->next != NULL) {
            connection->next->previous = connection->previous;
        }
        if (connection->previous != NULL) {
            connection->previous->next = connection->next;
        } else {
            loop->connections = connection->next;
        }
        dynr_endpoint_connection_destroy(connection);
    }
}

/* ---- time ---- */

static void expire(struct dynr_endpoint_loop *loop)
{
    bool parts = loop->stop_ms != 0 && loop->now_ms >= loop->stop_ms - STOP_MS + GRACE_MS;
    bool all = loop->stop_ms != 0 && loop->now_ms >= loop->stop_ms;
    for (struct dynr_endpoint_connection *connection = loop->connections; connection != NULL;
         connection = connection->next) {
        if (all || (parts && dynr_endpoint_connection_is_idle(connection)) ||
            (connection->deadline_ms != 0 && loop->now_ms >= connection->deadline_ms)) {
            dynr_endpoint_connection_kill(connection);
        } else {
            dynr_endpoint_connection_rest(connection);
        }
    }
}

static bool watch_listener(struct dynr_endpoint_loop *loop, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data = {.ptr = NULL}};
    return epoll_ctl(loop->epoll, operation, loop->listen_fd, &event) == 0;
}

static void tick(struct dynr_endpoint_loop *loop)
{
    loop->next_tick_ms = loop->now_ms + TICK_MS;
    expire(loop);
    if (loop->accept_rests && loop->listen_fd >= 0) {
        loop->accept_rests = !watch_listener(loop, EPOLL_CTL_MOD, EPOLLIN);
    }
}

static void accept_some(struct dynr_endpoint_loop *loop)
{
    struct dynr_endpoint *endpoint = loop->endpoint;
    for (int i = 0; i < EVENTS_MAX; i++) {
        struct dynr_endpoint_connection *connection = NULL;
        enum dynr_accepted accepted = dynr_endpoint_accept(endpoint, loop->listen_fd, &connection);
        if (accepted == DYNR_ACCEPTED_ALL) {
            return;
        }
        if (accepted == DYNR_ACCEPT_RESTS) {
            loop->accept_rests = watch_listener(loop, EPOLL_CTL_MOD, 0);
            return;
        }
        if (connection != NULL) {
            connection->loop = &endpoint->loops[loop->next_loop++ % endpoint->n_loops];
            dynr_endpoint_loop_post(connection);
        }
    }
}

/* Who waits to be let in is, and what has come is read; idle connections go, and what is under way has time. */
static void begin_stop(struct dynr_endpoint_loop *loop)
{
    loop->stop_ms = loop->now_ms + STOP_MS;
    if (loop->listen_fd >= 0) {
        accept_some(loop);
        (void)close(loop->listen_fd);
        loop->listen_fd = -1;
        atomic_store(&loop->endpoint->is_shut, true);
    }
    for (struct dynr_endpoint_connection *connection = loop->connections; connection != NULL;
         connection = connection->next) {
        dynr_endpoint_connection_part(connection);
    }
}

/* Until all is answered, or the time is over; what is carried out by then is waited for. */
static void end_stop(struct dynr_endpoint_loop *loop)
{
    if (loop->now_ms >= loop->stop_ms) {
        dynr_endpoint_callers_drop(loop->endpoint->callers);
    }
    expire(loop);
}

/* ---- a turn ---- */

static void on_event(struct dynr_endpoint_connection *connection, uint32_t events)
{
    if ((events & EPOLLPRI) != 0) {
        /* Urgent bytes, on which reading would stop: HTTP has none. */
        dynr_endpoint_connection_kill(connection);
        return;
    }
    bool ended = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    connection->peer_ended = connection->peer_ended || ended;
    connection->is_readable = connection->is_readable || ended || (events & EPOLLIN) != 0;
    connection->is_writable = connection->is_writable || ended || (events & EPOLLOUT) != 0;
    dynr_endpoint_connection_advance(connection);
}

/* Milliseconds, as epoll_wait takes them. */
static int patience(const struct dynr_endpoint_loop *loop)
{
    if (loop->again != NULL) {
        return 0;
    }
    if (loop->connections == NULL && !loop->accept_rests && loop->stop_ms == 0) {
        return -1;
    }
    int64_t left = loop->next_tick_ms - ticks_ms();
    if (loop->stop_ms != 0 && left > STOPPING_MS) {
        return STOPPING_MS;
    }
    return left > 0 ? (int)left : 0;
}

static void turn(struct dynr_endpoint_loop *loop)
{
    struct epoll_event events[EVENTS_MAX];
    int n = epoll_wait(loop->epoll, events, EVENTS_MAX, patience(loop));
    loop->now_ms = ticks_ms();
    for (int i = 0; i < n; i++) {
        if (events[i].data.ptr == NULL) {
            accept_some(loop);
        } else if (events[i].data.ptr != loop) {
            on_event(events[i].data.ptr, events[i].events);
        }
    }
    take_posted(loop);
    take_again(loop);
    if (loop->stop_ms == 0 && atomic_load(&loop->endpoint->is_stopping)) {
        begin_stop(loop);
    }
    if (loop->now_ms >= loop->next_tick_ms) {
        tick(loop);
    }
    if (loop->stop_ms != 0) {
        end_stop(loop);
    }
    reap(loop);
}

static bool is_over(struct dynr_endpoint_loop *loop)
{
    if (loop->stop_ms == 0 || loop->connections != NULL || !atomic_load(&loop->endpoint->is_shut)) {
        return false;
    }
    (void)pthread_mutex_lock(&loop->mutex);
    bool has_posted = loop->posted != NULL;
    (void)pthread_mutex_unlock(&loop->mutex);
    return !has_posted;
}

static void *run(void *context)
{
    struct dynr_endpoint_loop *loop = context;
    while (!is_over(loop)) {
        turn(loop);
    }
    return NULL;
}

/* ---- begin and end ---- */

enum dynr_status dynr_endpoint_loop_open(struct dynr_endpoint_loop *loop,
                                         struct dynr_endpoint *endpoint, int listen_fd,
                                         struct dynr_error *err)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data = {.ptr = loop}};
    loop->endpoint = endpoint;
    loop->listen_fd = listen_fd;
    loop->now_ms = ticks_ms();
    loop->next_tick_ms = loop->now_ms + TICK_MS;
    (void)pthread_mutex_init(&loop->mutex, NULL);
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (loop->epoll < 0 || loop->wake_fd < 0 ||
        epoll_ctl(loop->epoll, EPOLL_CTL_ADD, loop->wake_fd, &event) != 0 ||
        (listen_fd >= 0 && !watch_listener(loop, EPOLL_CTL_ADD, EPOLLIN))) {
        return dynr_fail(err, DYNR_ERR_IO, "the process has no more descriptors");
    }
    return DYNR_OK;
}

enum dynr_status dynr_endpoint_loop_start(struct dynr_endpoint_loop *loop, struct dynr_error *err)
{
    loop->has_thread = dynr_thread_start(&loop->thread, run, loop);
    return loop->has_thread ? DYNR_OK
                            : dynr_fail(err, DYNR_ERR_TOO_MANY, "the process has no more threads");
}

void dynr_endpoint_loop_join(struct dynr_endpoint_loop *loop)
{
    if (loop->has_thread) {
        (void)pthread_join(loop->thread, NULL);
        loop->has_thread = false;
    }
}

void dynr_endpoint_loop_close(struct dynr_endpoint_loop *loop)
{
    while (atomic_load(&loop->n_posting) != 0) {
        (void)sched_yield();
    }
    if (loop->listen_fd >= 0) {
        (void)close(loop->listen_fd);
    }
    if (loop->epoll >= 0) {
        (void)close(loop->epoll);
    }
    if (loop->wake_fd >= 0) {
        (void)close(loop->wake_fd);
    }
    (void)pthread_mutex_destroy(&loop->mutex);
    dynr_buf_cleanup(&loop->date);
}
