/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server's life: new, run, stop, destroy.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/state.h"

static enum dynr_status open_stop_pipe(struct dynr_server *server, struct dynr_error *err)
{
    if (pipe(server->stop_pipe) != 0) {
        server->stop_pipe[0] = -1;
        server->stop_pipe[1] = -1;
        return dynr_fail(err, DYNR_ERR_IO, "no descriptors for a pipe");
    }
    for (int i = 0; i < 2; i++) {
        if (fcntl(server->stop_pipe[i], F_SETFD, FD_CLOEXEC) != 0 ||
            fcntl(server->stop_pipe[i], F_SETFL, O_NONBLOCK) != 0) {
            return dynr_fail(err, DYNR_ERR_IO, "a pipe cannot be set up");
        }
    }
    return DYNR_OK;
}

static enum dynr_status open_memory(struct dynr_server *server, struct dynr_error *err)
{
    uint64_t seed = 0;
    const struct dynr_clock *clock = server->options.clock;
    if (!clock->random_bytes(clock->context, (uint8_t *)&seed, sizeof seed)) {
        return dynr_fail(err, DYNR_ERR_IO, "the system gives no random bytes");
    }
    server->calls = dynr_call_memory_new(server->options.limits.max_remembered_calls,
                                         server->options.limits.max_remembered_bytes, seed);
    server->rates = dynr_rate_table_new(server->options.limits.max_rated_names, seed);
    return server->calls == NULL || server->rates == NULL ? dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL)
                                                          : DYNR_OK;
}

static enum dynr_status open_server(struct dynr_server *server,
                                    const struct dynr_server_options *options,
                                    struct dynr_error *err)
{
    enum dynr_status status = dynr_server_check_options(server, options, err);
    if (status == DYNR_OK) {
        status = open_memory(server, err);
    }
    if (status == DYNR_OK) {
        status = open_stop_pipe(server, err);
    }
    if (status == DYNR_OK) {
        status = dynr_server_open_auth(server, err);
    }
    if (status == DYNR_OK) {
        status = dynr_server_listen(server, err);
    }
    if (status == DYNR_OK) {
        status = dynr_server_open_feed(server, err);
    }
    return status == DYNR_OK ? dynr_server_open_loop(server, err) : status;
}

enum dynr_status dynr_server_new(const struct dynr_server_options *options,
                                 struct dynr_server **out, struct dynr_error *err)
{
    *out = NULL;
    struct dynr_server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    server->listen_fd = -1;
    server->stop_pipe[0] = -1;
    server->stop_pipe[1] = -1;
    dynr_arena_init(&server->arena, NULL, 0);
    dynr_buf_init(&server->body, NULL, 0);
    dynr_buf_init(&server->response, NULL, 0);
    enum dynr_status status = open_server(server, options, err);
    if (status != DYNR_OK) {
        dynr_server_destroy(server);
        return status;
    }
    *out = server;
    return DYNR_OK;
}

uint16_t dynr_server_port(const struct dynr_server *server)
{
    return server->port;
}

/** After stop: whether there is nobody left to send something to, or no time. */
static bool is_drained(const struct dynr_server *server)
{
    return server->metrics.sessions == 0 ||
           (int64_t)(dynr_server_ticks_us() / 1000) >= server->drain_until_ms;
}

enum dynr_status dynr_server_run(struct dynr_server *server, struct dynr_error *err)
{
    /* Changes since dynr_server_new. */
    dynr_server_pump(server);
    while (!server->stopping || !is_drained(server)) {
        if (lws_service(server->lws, 0) < 0) {
            return dynr_fail(err, DYNR_ERR_IO, "the event loop failed");
        }
    }
    if (server->failure != DYNR_OK && err != NULL) {
        *err = server->failure_error;
    }
    return server->failure;
}

void dynr_server_stop(struct dynr_server *server)
{
    /* In a signal handler: errno belongs to whom it interrupts. A full pipe has said it already. */
    int saved = errno;
    ssize_t written = write(server->stop_pipe[1], "s", 1);
    (void)written;
    errno = saved;
}

void dynr_server_destroy(struct dynr_server *server)
{
    if (server == NULL) {
        return;
    }
    if (server->lws != NULL) {
        lws_sul_cancel(&server->tick);
        lws_context_destroy(server->lws);
    }
    dynr_server_close_feed(server);
    dynr_server_close_auth(server);
    dynr_call_memory_destroy(server->calls);
    dynr_rate_table_destroy(server->rates);
    for (int i = 0; i < 2; i++) {
        if (server->stop_pipe[i] >= 0) {
            (void)close(server->stop_pipe[i]);
        }
    }
    if (server->listen_fd >= 0) {
        (void)close(server->listen_fd);
    }
    free(server->sessions);
    free(server->free_slots);
    free(server->dirty);
    dynr_buf_cleanup(&server->body);
    dynr_buf_cleanup(&server->response);
    dynr_arena_cleanup(&server->arena);
    free(server);
}
