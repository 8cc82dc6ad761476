/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libwebsockets' context and what it watches beside its sockets: the listener, the stream of changes, the stop pipe, a tick.
 */
#include <fcntl.h>
#include <unistd.h>

#include "server/state.h"

#define TICK_US 1000000
/* Bytes that one send may take from a frame; the rest waits in libwebsockets, so let it be nearly all. */
#define SEND_SIZE ((size_t)256 * 1024)
/* Headers of one request, tokens included. */
#define HEADER_SIZE 32768

static void close_listener(struct dynr_server *server)
{
    if (server->listener != NULL) {
        lws_set_timeout(server->listener, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
        server->listener = NULL;
    }
    if (server->listen_fd >= 0) {
        (void)close(server->listen_fd);
        server->listen_fd = -1;
    }
}

static void begin_stop(struct dynr_server *server)
{
    if (server->stopping) {
        return;
    }
    server->stopping = true;
    server->drain_until_ms =
        (int64_t)(dynr_server_ticks_us() / 1000) + server->options.limits.drain_ms;
    close_listener(server);
    for (size_t i = 0; i < server->cap_sessions; i++) {
        if (server->sessions[i] != NULL) {
            dynr_session_bye(server->sessions[i], "shutdown", 1000, DYNR_CLOSE_GOING_AWAY);
        }
    }
    dynr_server_flush(server);
}

/** A descriptor that is watched turned readable. */
static int on_readable(struct dynr_server *server, const struct lws *wsi)
{
    if (wsi == server->listener) {
        dynr_server_accept(server);
    } else if (wsi == server->stream_watch) {
        dynr_server_pump(server);
    } else {
        char drained[16];
        if (read(server->stop_pipe[0], drained, sizeof drained) > 0) {
            begin_stop(server);
        }
    }
    return 0;
}

static int watch_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                          size_t len)
{
    (void)user;
    (void)in;
    (void)len;
    /* No switch: of the many reasons only this one says something here. */
    if (reason == LWS_CALLBACK_RAW_RX_FILE) {
        return on_readable(lws_context_user(lws_get_context(wsi)), wsi);
    }
    return 0;
}

static void on_tick(lws_sorted_usec_list_t *tick)
{
    struct dynr_server *server = lws_container_of(tick, struct dynr_server, tick);
    if (server->listener != NULL) {
        (void)lws_rx_flow_control(server->listener, 1);
    }
    dynr_server_expire(server);
    lws_sul_schedule(server->lws, 0, &server->tick, on_tick, TICK_US);
}

/** Watches a copy of `fd`, which libwebsockets closes; the owner keeps its own. */
static struct lws *watch(struct dynr_server *server, int fd)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) {
        return NULL;
    }
    lws_sock_file_fd_type descriptor = {.filefd = copy};
    /* Closes the copy where it fails. */
    return lws_adopt_descriptor_vhost(server->vhost, LWS_ADOPT_RAW_FILE_DESC, descriptor,
                                      "dynr-watch", NULL);
}

bool dynr_server_watch_stream(struct dynr_server *server, struct dynr_stream *stream)
{
    struct lws *watched = watch(server, dynr_stream_fd(stream));
    if (watched == NULL) {
        return false;
    }
    if (server->stream_watch != NULL) {
        lws_set_timeout(server->stream_watch, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
    }
    if (server->stream != stream) {
        dynr_stream_destroy(server->stream);
    }
    server->stream_watch = watched;
    server->stream = stream;
    return true;
}

static void fill_protocols(struct dynr_server *server)
{
    server->protocols[0] = (struct lws_protocols){
        .name = "http", .callback = dynr_server_http_callback, .tx_packet_size = SEND_SIZE};
    server->protocols[1] = (struct lws_protocols){
        .name = "dynr.1", .callback = dynr_server_session_callback, .tx_packet_size = SEND_SIZE};
    server->protocols[2] = (struct lws_protocols){.name = "dynr-watch", .callback = watch_callback};
}

static struct lws_context_creation_info context_info(struct dynr_server *server)
{
    const struct dynr_server_limits *limits = &server->options.limits;
    /*
     * Nothing: pings are ours (session.c). Those of libwebsockets keep a sorted list of all sockets, and every message that comes in
     * walks it.
     */
    server->idle_policy = (lws_retry_bo_t){0};
    struct lws_context_creation_info info = {
        /* The listening socket is ours; TLS is set up all the same. */
        .port = CONTEXT_PORT_NO_LISTEN_SERVER,
        .protocols = server->protocols,
        .user = server,
        /* -1: stay who we are. */
        .gid = -1,
        .uid = -1,
        .options = LWS_SERVER_OPTION_VALIDATE_UTF8 | LWS_SERVER_OPTION_DISABLE_IPV6 |
                   LWS_SERVER_OPTION_HTTP_HEADERS_SECURITY_BEST_PRACTICES_ENFORCE,
        .max_http_header_data2 = HEADER_SIZE,
        .timeout_secs = limits->header_timeout_s,
        .keepalive_timeout = (int)limits->keepalive_timeout_s,
        .retry_and_idle_policy = &server->idle_policy,
        .vhost_name = "dynr",
        /* No HTTP/2: fan-out gains nothing from it, and its streams would need limits of their own. */
        .alpn = "http/1.1",
        .ssl_cert_filepath = server->options.tls_certificate,
        .ssl_private_key_filepath = server->options.tls_key,
    };
    if (server->options.tls_certificate != NULL) {
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
        info.ssl_options_set = SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 | SSL_OP_NO_RENEGOTIATION;
    }
    return info;
}

enum dynr_status dynr_server_open_loop(struct dynr_server *server, struct dynr_error *err)
{
    /* The level is one for the process; what clients do wrong is counted by us, not logged by libwebsockets. */
    lws_set_log_level(LLL_ERR, NULL);
    fill_protocols(server);
    struct lws_context_creation_info info = context_info(server);
    server->lws = lws_create_context(&info);
    server->vhost = server->lws == NULL ? NULL : lws_get_vhost_by_name(server->lws, "dynr");
    if (server->vhost == NULL) {
        return server->options.tls_certificate == NULL
                   ? dynr_fail(err, DYNR_ERR_NO_MEMORY, "libwebsockets cannot start")
                   : dynr_fail(err, DYNR_ERR_IO,
                               "TLS cannot start: do %s and %s exist, and belong together?",
                               server->options.tls_certificate, server->options.tls_key);
    }
    lws_set_log_level(0, NULL);
    server->listener = watch(server, server->listen_fd);
    if (server->listener == NULL || watch(server, server->stop_pipe[0]) == NULL ||
        !dynr_server_watch_stream(server, server->stream)) {
        return dynr_fail(err, DYNR_ERR_IO, "the event loop takes no descriptors");
    }
    lws_sul_schedule(server->lws, 0, &server->tick, on_tick, TICK_US);
    return DYNR_OK;
}
