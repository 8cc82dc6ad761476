/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop: epoll over the sockets, the listener, the stream of changes and the stop pipe; and a tick every second.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "server/state.h"

#define TICK_MS 1000
/* While it stops it looks this often whether all was sent. */
#define STOPPING_MS 20
/* Events that are taken at a time. */
#define MAX_READY 256

static int64_t now_ms(void)
{
    return (int64_t)(dynr_server_ticks_us() / 1000);
}

static void close_listener(struct dynr_server *server)
{
    if (server->listen_fd >= 0) {
        (void)close(server->listen_fd);
        server->listen_fd = -1;
        server->listen_watch.fd = -1;
    }
}

static void begin_stop(struct dynr_server *server)
{
    if (server->stopping) {
        return;
    }
    server->stopping = true;
    server->drain_until_ms = now_ms() + server->options.limits.drain_ms;
    close_listener(server);
    for (size_t i = 0; i < server->cap_sessions; i++) {
        if (server->recipients[i].id != 0) {
            dynr_session_bye(server->recipients[i].session, "shutdown", 1000,
                             DYNR_CLOSE_GOING_AWAY);
        }
    }
    dynr_server_flush(server);
}

static void on_stop(struct dynr_server *server)
{
    char drained[16];
    if (read(server->stop_pipe[0], drained, sizeof drained) > 0) {
        begin_stop(server);
    }
}

static void on_ready(struct dynr_server *server, struct dynr_watch *watch, uint32_t events)
{
    switch (watch->kind) {
    case DYNR_WATCH_LISTENER:
        if (server->listen_fd >= 0) {
            dynr_server_accept(server);
        }
        break;
    case DYNR_WATCH_STOP:
        on_stop(server);
        break;
    case DYNR_WATCH_STREAM:
        dynr_server_pump(server);
        break;
    case DYNR_WATCH_CONNECTION:
        /* The watch is the connection's first member. */
        dynr_server_connection_event((struct dynr_connection *)(void *)watch, events);
        break;
    }
}

static void on_tick(struct dynr_server *server)
{
    if (server->accept_rests && server->listen_fd >= 0) {
        server->accept_rests = !dynr_server_watch(server, &server->listen_watch, EPOLLIN, false);
    }
    dynr_server_expire(server);
    dynr_server_connections_expire(server);
}

bool dynr_server_watch(struct dynr_server *server, struct dynr_watch *watch, uint32_t events,
                       bool is_new)
{
    struct epoll_event event = {.events = events, .data = {.ptr = watch}};
    if (epoll_ctl(server->epoll, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, watch->fd, &event) != 0) {
        return false;
    }
    watch->events = events;
    return true;
}

bool dynr_server_watch_stream(struct dynr_server *server, struct dynr_stream *stream)
{
    struct dynr_watch old = server->stream_watch;
    server->stream_watch =
        (struct dynr_watch){.kind = DYNR_WATCH_STREAM, .fd = dynr_stream_fd(stream)};
    if (!dynr_server_watch(server, &server->stream_watch, EPOLLIN, true)) {
        server->stream_watch = old;
        return false;
    }
    if (old.fd >= 0) {
        (void)epoll_ctl(server->epoll, EPOLL_CTL_DEL, old.fd, NULL);
    }
    if (server->stream != stream) {
        dynr_stream_destroy(server->stream);
    }
    server->stream = stream;
    return true;
}

static bool ignore_broken_pipes(void)
{
    /* OpenSSL writes to sockets without saying that it wants no signal. */
    struct sigaction action = {.sa_handler = SIG_IGN};
    return sigemptyset(&action.sa_mask) == 0 && sigaction(SIGPIPE, &action, NULL) == 0;
}

enum dynr_status dynr_server_open_loop(struct dynr_server *server, struct dynr_error *err)
{
    const struct dynr_server_options *options = &server->options;
    if (options->tls_certificate != NULL) {
        enum dynr_status status =
            dynr_tls_open(options->tls_certificate, options->tls_key, &server->tls, err);
        if (status != DYNR_OK) {
            return status;
        }
    }
    server->scratch = malloc(DYNR_SOCKET_READ_SIZE);
    if (server->scratch == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    server->listen_watch =
        (struct dynr_watch){.kind = DYNR_WATCH_LISTENER, .fd = server->listen_fd};
    server->stop_watch = (struct dynr_watch){.kind = DYNR_WATCH_STOP, .fd = server->stop_pipe[0]};
    server->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (server->epoll < 0 || !ignore_broken_pipes() ||
        !dynr_server_watch(server, &server->listen_watch, EPOLLIN, true) ||
        !dynr_server_watch(server, &server->stop_watch, EPOLLIN, true) ||
        !dynr_server_watch_stream(server, server->stream)) {
        return dynr_fail(err, DYNR_ERR_IO, "the event loop takes no descriptors");
    }
    server->next_tick_ms = now_ms() + TICK_MS;
    return DYNR_OK;
}

void dynr_server_close_loop(struct dynr_server *server)
{
    for (struct dynr_connection *connection = server->connections; connection != NULL;
         connection = connection->next) {
        dynr_server_connection_kill(connection);
    }
    dynr_server_connections_reap(server);
    dynr_tls_close(server->tls);
    free(server->scratch);
    if (server->epoll >= 0) {
        (void)close(server->epoll);
    }
}

bool dynr_server_turn(struct dynr_server *server)
{
    struct epoll_event ready[MAX_READY];
    int64_t left_ms = server->next_tick_ms - now_ms();
    if (server->stopping && left_ms > STOPPING_MS) {
        left_ms = STOPPING_MS;
    }
    int n_ready = epoll_wait(server->epoll, ready, MAX_READY, left_ms > 0 ? (int)left_ms : 0);
    if (n_ready < 0 && errno != EINTR) {
        return false;
    }
    for (int i = 0; i < n_ready; i++) {
        on_ready(server, ready[i].data.ptr, ready[i].events);
    }
    int64_t now = now_ms();
    if (now >= server->next_tick_ms) {
        server->next_tick_ms = now + TICK_MS;
        on_tick(server);
    }
    dynr_server_connections_reap(server);
    return true;
}
