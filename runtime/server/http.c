/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP: from libwebsockets' callbacks to a request, and to who answers it.
 */
#include "server/http.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define MAX_HEADER 16384

/* ---- reading the head -------------------------------------------------------------------------------------------- */

struct dynr_str dynr_http_header(struct dynr_connection *connection, enum lws_token_indexes token)
{
    int len = lws_hdr_total_length(connection->wsi, token);
    char *text = len > 0 && len < MAX_HEADER
                     ? dynr_arena_text(&connection->request->arena, (size_t)len + 1)
                     : NULL;
    if (text == NULL || lws_hdr_copy(connection->wsi, text, len + 1, token) != len) {
        return dynr_str_make(NULL, 0);
    }
    return dynr_str_make(text, (size_t)len);
}

struct dynr_str dynr_http_custom_header(struct dynr_connection *connection, const char *name)
{
    int name_len = (int)strlen(name);
    int len = lws_hdr_custom_length(connection->wsi, name, name_len);
    char *text = len > 0 && len < MAX_HEADER
                     ? dynr_arena_text(&connection->request->arena, (size_t)len + 1)
                     : NULL;
    if (text == NULL ||
        lws_hdr_custom_copy(connection->wsi, text, len + 1, name, name_len) != len) {
        return dynr_str_make(NULL, 0);
    }
    return dynr_str_make(text, (size_t)len);
}

static enum dynr_http_method method_of(struct lws *wsi)
{
    if (lws_hdr_total_length(wsi, WSI_TOKEN_POST_URI) > 0) {
        return DYNR_HTTP_POST;
    }
    if (lws_hdr_total_length(wsi, WSI_TOKEN_OPTIONS_URI) > 0) {
        return DYNR_HTTP_OPTIONS;
    }
    if (lws_hdr_total_length(wsi, WSI_TOKEN_HEAD_URI) > 0) {
        return DYNR_HTTP_HEAD;
    }
    return lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) > 0 ? DYNR_HTTP_GET : DYNR_HTTP_OTHER;
}

/** Digits alone: what libwebsockets takes for a length and what a proxy in front takes for it must be the same. */
static bool parse_length(struct dynr_str text, uint64_t *out)
{
    uint64_t value = 0;
    if (text.len == 0 || text.len > 15) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
        value = value * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    *out = value;
    return true;
}

static bool starts_with_c(struct dynr_str text, const char *prefix)
{
    return dynr_str_starts_with(text, dynr_str_from_c(prefix));
}

static enum dynr_metrics_route route_of(struct dynr_str path)
{
    if (starts_with_c(path, "/rpc/")) {
        return DYNR_ROUTE_RPC;
    }
    bool is_system = dynr_str_equal_c(path, "/healthz") || dynr_str_equal_c(path, "/metrics");
    return is_system ? DYNR_ROUTE_SYSTEM : DYNR_ROUTE_STATIC;
}

static struct dynr_http_request *new_request(struct lws *wsi)
{
    struct dynr_http_request *request = calloc(1, sizeof *request);
    if (request == NULL) {
        return NULL;
    }
    dynr_arena_init(&request->arena, NULL, 0);
    request->file = -1;
    request->method = method_of(wsi);
    return request;
}

void dynr_http_request_destroy(struct dynr_http_request *request)
{
    if (request == NULL) {
        return;
    }
    if (request->file >= 0) {
        (void)close(request->file);
    }
    dynr_buf_cleanup(&request->body);
    dynr_arena_cleanup(&request->arena);
    free(request);
}

/* ---- routes ------------------------------------------------------------------------------------------------------ */

static const struct dynr_str no_headers = {NULL, 0};

static bool is_loopback_peer(struct lws *wsi)
{
    char peer[64] = "";
    (void)lws_get_peer_simple(wsi, peer, sizeof peer);
    return strncmp(peer, "127.", 4) == 0 || strcmp(peer, "::1") == 0 ||
           strncmp(peer, "::ffff:127.", 11) == 0;
}

static int answer_metrics(struct dynr_connection *connection)
{
    struct dynr_server *server = connection->server;
    struct dynr_engine_counters counters;
    if (!server->options.public_metrics && !is_loopback_peer(connection->wsi)) {
        return dynr_http_fail_with(connection, 404, DYNR_ERR_NOT_FOUND, "there is nothing here",
                                   no_headers, false);
    }
    dynr_engine_counters(server->engine, &counters);
    dynr_buf_clear(&server->body);
    dynr_metrics_write(&server->metrics, &counters, &server->body);
    struct dynr_http_answer answer = {.status = 200,
                                      .content_type = "text/plain; version=0.0.4; charset=utf-8",
                                      .body = dynr_buf_str(&server->body)};
    return dynr_buf_ok(&server->body) ? dynr_http_answer(connection, &answer) : -1;
}

static int answer_system(struct dynr_connection *connection)
{
    const struct dynr_http_request *request = connection->request;
    if (request->method != DYNR_HTTP_GET && request->method != DYNR_HTTP_HEAD) {
        return dynr_http_fail_with(connection, 405, DYNR_ERR_UNSUPPORTED,
                                   "only GET and HEAD are answered here",
                                   dynr_str_from_c("allow: GET, HEAD\r\n"), false);
    }
    if (dynr_str_equal_c(request->path, "/metrics")) {
        return answer_metrics(connection);
    }
    /* Who asks before sending traffic should hear of the shutdown first. */
    bool stopping = connection->server->stopping;
    struct dynr_http_answer answer = {.status = stopping ? 503 : 200,
                                      .content_type = "text/plain; charset=utf-8",
                                      .body = dynr_str_from_c(stopping ? "stopping\n" : "ok\n"),
                                      .close = stopping};
    return dynr_http_answer(connection, &answer);
}

static int answer_preflight(struct dynr_connection *connection)
{
    struct dynr_http_answer answer = {
        .status = 204,
        .headers = dynr_str_from_c("allow: GET, HEAD, POST, OPTIONS\r\n"),
    };
    if (connection->request->origin_kind == DYNR_ORIGIN_LISTED) {
        answer.headers = dynr_str_from_c("allow: GET, HEAD, POST, OPTIONS\r\n"
                                         "access-control-allow-methods: GET, POST\r\n"
                                         "access-control-allow-headers: authorization, "
                                         "content-type, idempotency-key, dynr-ids, dynr-caller\r\n"
                                         "access-control-max-age: 600\r\n");
    }
    return dynr_http_answer(connection, &answer);
}

/** What is wrong with a request before its path matters. 0: answered, or go on (`*out_go_on`). */
static int check_head(struct dynr_connection *connection, bool *out_go_on)
{
    const struct dynr_server *server = connection->server;
    struct dynr_http_request *request = connection->request;
    struct dynr_str host = dynr_http_header(connection, WSI_TOKEN_HOST);
    struct dynr_str length = dynr_http_header(connection, WSI_TOKEN_HTTP_CONTENT_LENGTH);
    request->origin = dynr_http_header(connection, WSI_TOKEN_ORIGIN);
    request->origin_kind =
        dynr_origin_judge(request->origin, host, server->options.tls_certificate != NULL,
                          server->options.origins, server->options.n_origins);
    *out_go_on = false;
    if (server->is_loopback &&
        !dynr_host_is_local(host, server->options.origins, server->options.n_origins)) {
        return dynr_http_fail_with(connection, 421, DYNR_ERR_DENIED,
                                   "this server does not go by that name", no_headers, true);
    }
    if (lws_hdr_total_length(connection->wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0) {
        return dynr_http_fail_with(connection, 411, DYNR_ERR_UNSUPPORTED,
                                   "a body needs a content-length", no_headers, true);
    }
    request->has_length = length.len > 0;
    if (request->has_length && !parse_length(length, &request->length)) {
        return dynr_http_fail_with(connection, 400, DYNR_ERR_SYNTAX,
                                   "the content-length is no number", no_headers, true);
    }
    *out_go_on = true;
    return 0;
}

static int dispatch(struct dynr_connection *connection)
{
    const struct dynr_http_request *request = connection->request;
    bool go_on;
    int result = check_head(connection, &go_on);
    if (!go_on) {
        return result;
    }
    if (request->method == DYNR_HTTP_OPTIONS) {
        return answer_preflight(connection);
    }
    switch (request->route) {
    case DYNR_ROUTE_RPC:
        return dynr_http_rpc(connection);
    case DYNR_ROUTE_SYSTEM:
        return answer_system(connection);
    case DYNR_ROUTE_STATIC:
    case DYNR_ROUTE_COUNT:
        break;
    }
    return dynr_http_static(connection);
}

static int on_request(struct dynr_connection *connection, const char *path, size_t len)
{
    dynr_http_request_destroy(connection->request);
    connection->request = new_request(connection->wsi);
    if (connection->request == NULL) {
        return -1;
    }
    connection->request->path =
        dynr_arena_dup(&connection->request->arena, dynr_str_make(path, len));
    if (connection->request->path.ptr == NULL) {
        return -1;
    }
    connection->request->route = route_of(connection->request->path);
    return dispatch(connection);
}

static int on_body(struct dynr_connection *connection, const void *in, size_t len)
{
    struct dynr_http_request *request = connection->request;
    if (request == NULL || request->answered) {
        return 0;
    }
    dynr_buf_append(&request->body, in, len);
    return dynr_buf_ok(&request->body) ? 0 : -1;
}

/** Whether `dynr.1` stands in a list with commas. */
static bool lists_protocol(struct dynr_str list)
{
    size_t at = 0;
    while (at < list.len) {
        const char *comma = memchr(list.ptr + at, ',', list.len - at);
        size_t end = comma == NULL ? list.len : (size_t)(comma - list.ptr);
        size_t last = end;
        while (at < last && list.ptr[at] == ' ') {
            at++;
        }
        while (last > at && list.ptr[last - 1] == ' ') {
            last--;
        }
        if (dynr_str_equal_c(dynr_str_make(list.ptr + at, last - at), "dynr.1")) {
            return true;
        }
        at = end + 1;
    }
    return false;
}

/** Before an upgrade: -1 hangs up, 1: answered, 0: go on. */
static int confirm_upgrade(struct dynr_connection *connection, const char *protocol)
{
    const struct dynr_server *server = connection->server;
    bool go_on;
    if (strcasecmp(protocol, "websocket") != 0 || server->stopping) {
        return -1;
    }
    dynr_http_request_destroy(connection->request);
    connection->request = new_request(connection->wsi);
    if (connection->request == NULL) {
        return -1;
    }
    connection->request->route = DYNR_ROUTE_SYSTEM;
    int result = check_head(connection, &go_on);
    if (go_on) {
        struct dynr_str offered = dynr_http_header(connection, WSI_TOKEN_PROTOCOL);
        struct dynr_str version = dynr_http_header(connection, WSI_TOKEN_VERSION);
        if (connection->request->origin_kind == DYNR_ORIGIN_FOREIGN) {
            result = dynr_http_fail_with(connection, 403, DYNR_ERR_DENIED,
                                         "pages of this origin may not connect", no_headers, true);
        } else if (!lists_protocol(offered)) {
            result = dynr_http_fail_with(connection, 400, DYNR_ERR_UNSUPPORTED,
                                         "the subprotocol is `dynr.1`", no_headers, true);
        } else if (!dynr_str_equal_c(version, "13")) {
            result = dynr_http_fail_with(connection, 426, DYNR_ERR_UNSUPPORTED,
                                         "the WebSocket version is 13",
                                         dynr_str_from_c("sec-websocket-version: 13\r\n"), true);
        } else {
            dynr_http_request_destroy(connection->request);
            connection->request = NULL;
            return 0;
        }
    }
    /* All of these close: what libwebsockets does with a request after 1 is not ours to rely on. */
    return result < 0 ? -1 : 1;
}

static int open_connection(struct dynr_server *server, struct lws *wsi)
{
    struct dynr_connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        return -1;
    }
    connection->server = server;
    connection->wsi = wsi;
    lws_set_opaque_user_data(wsi, connection);
    server->metrics.connections++;
    return 0;
}

static void close_connection(struct dynr_server *server, struct lws *wsi)
{
    struct dynr_connection *connection = lws_get_opaque_user_data(wsi);
    if (connection != NULL) {
        lws_set_opaque_user_data(wsi, NULL);
        dynr_http_request_destroy(connection->request);
        free(connection);
        server->metrics.connections--;
    }
}

static int on_connection_event(struct dynr_connection *connection, enum lws_callback_reasons reason,
                               void *in, size_t len)
{
    if (reason == LWS_CALLBACK_HTTP) {
        return on_request(connection, in, len);
    }
    if (reason == LWS_CALLBACK_HTTP_CONFIRM_UPGRADE) {
        return confirm_upgrade(connection, in);
    }
    if (reason == LWS_CALLBACK_HTTP_BODY) {
        return on_body(connection, in, len);
    }
    if (reason == LWS_CALLBACK_HTTP_BODY_COMPLETION && connection->request != NULL &&
        !connection->request->answered) {
        return dynr_http_rpc_body(connection);
    }
    if (reason == LWS_CALLBACK_HTTP_WRITEABLE && connection->request != NULL &&
        connection->request->file >= 0) {
        return dynr_http_static_more(connection);
    }
    return 0;
}

int dynr_server_http_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user,
                              void *in, size_t len)
{
    struct dynr_server *server = lws_context_user(lws_get_context(wsi));
    (void)user;
    /* No switch: libwebsockets has some eighty reasons, and a handler answers those that it knows. */
    if (reason == LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED) {
        return open_connection(server, wsi);
    }
    if (reason == LWS_CALLBACK_WSI_DESTROY) {
        close_connection(server, wsi);
        return 0;
    }
    /* Of what is watched beside the sockets, too. */
    bool about_connection =
        reason == LWS_CALLBACK_HTTP || reason == LWS_CALLBACK_HTTP_CONFIRM_UPGRADE ||
        reason == LWS_CALLBACK_HTTP_BODY || reason == LWS_CALLBACK_HTTP_BODY_COMPLETION ||
        reason == LWS_CALLBACK_HTTP_WRITEABLE;
    struct dynr_connection *connection = about_connection ? lws_get_opaque_user_data(wsi) : NULL;
    return connection == NULL ? 0 : on_connection_event(connection, reason, in, len);
}
