/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP: from bytes to a request, and to who answers it. One request of a connection is answered after the other; while an answer is
 * under way, nothing more is read.
 */
#include "server/http.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of one request, tokens included. */
#define MAX_HEAD 32768

static const struct dynr_str no_headers = {NULL, 0};

/* ---- reading the head -------------------------------------------------------------------------------------------- */

struct dynr_str dynr_http_header(const struct dynr_connection *connection, const char *name)
{
    return dynr_request_head_find(&connection->request->head, name);
}

static enum dynr_http_method method_of(struct dynr_str text)
{
    static const struct {
        const char *name;
        enum dynr_http_method method;
    } methods[] = {{"GET", DYNR_HTTP_GET},
                   {"HEAD", DYNR_HTTP_HEAD},
                   {"POST", DYNR_HTTP_POST},
                   {"OPTIONS", DYNR_HTTP_OPTIONS}};
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (dynr_str_equal_c(text, methods[i].name)) {
            return methods[i].method;
        }
    }
    return DYNR_HTTP_OTHER;
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

static bool is_loopback_peer(const struct dynr_connection *connection)
{
    char peer[DYNR_SERVER_ADDRESS_SIZE];
    dynr_server_connection_address(connection, peer, sizeof peer);
    return strncmp(peer, "127.", 4) == 0 || strcmp(peer, "::1") == 0 ||
           strncmp(peer, "::ffff:127.", 11) == 0;
}

static int answer_metrics(struct dynr_connection *connection)
{
    struct dynr_server *server = connection->server;
    struct dynr_engine_counters counters;
    if (!server->options.public_metrics && !is_loopback_peer(connection)) {
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
    if (dynr_str_equal_c(request->head.path, "/metrics")) {
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

bool dynr_http_check_head(struct dynr_connection *connection, int *out_result)
{
    const struct dynr_server *server = connection->server;
    struct dynr_http_request *request = connection->request;
    struct dynr_str host = dynr_http_header(connection, "host");
    request->origin = dynr_http_header(connection, "origin");
    request->origin_kind =
        dynr_origin_judge(request->origin, host, server->options.tls_certificate != NULL,
                          server->options.origins, server->options.n_origins);
    if (server->is_loopback &&
        !dynr_host_is_local(host, server->options.origins, server->options.n_origins)) {
        *out_result = dynr_http_fail_with(connection, 421, DYNR_ERR_DENIED,
                                          "this server does not go by that name", no_headers, true);
        return false;
    }
    if (dynr_request_head_count(&request->head, "transfer-encoding") > 0) {
        *out_result = dynr_http_fail_with(connection, 411, DYNR_ERR_UNSUPPORTED,
                                          "a body needs a content-length", no_headers, true);
        return false;
    }
    request->has_length = dynr_request_head_count(&request->head, "content-length") > 0;
    if (request->has_length &&
        !dynr_request_length_parse(dynr_http_header(connection, "content-length"),
                                   &request->length)) {
        *out_result = dynr_http_fail_with(connection, 400, DYNR_ERR_SYNTAX,
                                          "the content-length is no number", no_headers, true);
        return false;
    }
    connection->body_left = request->length;
    return true;
}

static int dispatch(struct dynr_connection *connection)
{
    const struct dynr_http_request *request = connection->request;
    int result;
    if (!dynr_http_check_head(connection, &result)) {
        return result;
    }
    if (dynr_http_wants_upgrade(connection)) {
        return dynr_http_upgrade(connection);
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

/* ---- one after the other ----------------------------------------------------------------------------------------- */

/** Takes bytes off the front of what has come. */
static void take(struct dynr_connection *connection, size_t len)
{
    struct dynr_buf *incoming = &connection->incoming;
    memmove(incoming->ptr, incoming->ptr + len, incoming->len - len);
    incoming->len -= len;
}

static struct dynr_http_request *new_request(void)
{
    struct dynr_http_request *request = calloc(1, sizeof *request);
    if (request != NULL) {
        dynr_arena_init(&request->arena, NULL, 0);
        request->file = -1;
        request->route = DYNR_ROUTE_SYSTEM;
    }
    return request;
}

static int refuse_head(struct dynr_connection *connection, int http_status)
{
    return dynr_http_fail_with(
        connection, http_status, http_status == 431 ? DYNR_ERR_TOO_LARGE : DYNR_ERR_SYNTAX,
        http_status == 431 ? "the head is too long" : "this is no request that is understood",
        no_headers, true);
}

/** Whoever waits for a sign before he sends the body gets it. */
static bool ask_for_body(struct dynr_connection *connection)
{
    static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
    const struct dynr_http_request *request = connection->request;
    bool asks = request->head.minor == 1 &&
                dynr_request_head_lists(&request->head, "expect", "100-continue");
    return !asks || dynr_server_connection_send(connection, dynr_str_from_c(text));
}

static bool waits_for_body(const struct dynr_connection *connection)
{
    return connection->request != NULL && !connection->request->answered;
}

/** A whole head of `len` bytes has come. */
static int begin_request(struct dynr_connection *connection, size_t len)
{
    struct dynr_http_request *request = connection->request;
    struct dynr_str text =
        dynr_arena_dup(&request->arena, dynr_str_make(connection->incoming.ptr, len));
    take(connection, len);
    connection->in_head = false;
    if (text.ptr == NULL) {
        return -1;
    }
    int refused = dynr_request_head_parse(text, &request->arena, &request->head);
    if (refused != 0) {
        return refuse_head(connection, refused);
    }
    request->closes =
        request->head.minor == 0 || dynr_request_head_lists(&request->head, "connection", "close");
    request->method = method_of(request->head.method);
    request->route = route_of(request->head.path);
    int result = dispatch(connection);
    if (result != 0 || !waits_for_body(connection)) {
        return result;
    }
    if (connection->body_left == 0) {
        return dynr_http_rpc_body(connection);
    }
    return ask_for_body(connection) ? 0 : -1;
}

/** Looks for a request in what has come. False: there is none yet. */
static bool take_request(struct dynr_connection *connection)
{
    struct dynr_buf *incoming = &connection->incoming;
    /* Some clients end a body with a line of its own. */
    while (connection->looked == 0 && incoming->len >= 2 && memcmp(incoming->ptr, "\r\n", 2) == 0) {
        take(connection, 2);
    }
    size_t len = dynr_request_head_length(dynr_buf_str(incoming), &connection->looked);
    if (len == 0 && incoming->len <= MAX_HEAD) {
        return false;
    }
    connection->request = new_request();
    if (connection->request == NULL ||
        (len == 0 || len > MAX_HEAD ? refuse_head(connection, 431)
                                    : begin_request(connection, len)) != 0) {
        dynr_server_connection_kill(connection);
    }
    return true;
}

/** Takes what has come of a body: to the request, or away where it was answered already. False: more must come. */
static bool take_body(struct dynr_connection *connection)
{
    struct dynr_buf *incoming = &connection->incoming;
    size_t len =
        incoming->len < connection->body_left ? incoming->len : (size_t)connection->body_left;
    if (len == 0) {
        return false;
    }
    connection->body_left -= len;
    if (waits_for_body(connection)) {
        struct dynr_buf *body = &connection->request->body;
        dynr_buf_append(body, incoming->ptr, len);
        take(connection, len);
        if (!dynr_buf_ok(body) ||
            (connection->body_left == 0 && dynr_http_rpc_body(connection) != 0)) {
            dynr_server_connection_kill(connection);
        }
    } else {
        take(connection, len);
    }
    return true;
}

static bool sends_file(const struct dynr_connection *connection)
{
    return connection->request != NULL && connection->request->file >= 0;
}

bool dynr_server_http_is_blocked(const struct dynr_connection *connection)
{
    return !dynr_server_connection_is_clear(connection) || sends_file(connection);
}

/** Until when something must happen. */
static void set_deadline(struct dynr_connection *connection)
{
    const struct dynr_server_limits *limits = &connection->server->options.limits;
    bool in_head = connection->incoming.len > 0 && !waits_for_body(connection) &&
                   !dynr_server_http_is_blocked(connection);
    if (in_head && connection->in_head) {
        /* A head that drips in has one time for all of it. */
        return;
    }
    bool reads = in_head || waits_for_body(connection);
    connection->in_head = in_head;
    dynr_server_connection_expect(
        connection,
        (int64_t)(reads ? limits->header_timeout_s : limits->keepalive_timeout_s) * 1000);
}

/** One step of what can be done. False: nothing can, until more comes or the socket takes more. */
static bool step(struct dynr_connection *connection)
{
    if (!dynr_server_connection_is_clear(connection)) {
        return false;
    }
    if (sends_file(connection)) {
        if (dynr_http_static_more(connection) != 0) {
            dynr_server_connection_kill(connection);
        }
        /* One piece, then others have their turn. */
        return !sends_file(connection);
    }
    if (connection->closing) {
        dynr_server_connection_finish(connection);
        return false;
    }
    return connection->body_left > 0 ? take_body(connection) : take_request(connection);
}

void dynr_server_http_advance(struct dynr_connection *connection)
{
    while (connection->phase == DYNR_PHASE_HTTP && step(connection)) {
    }
    if (connection->phase == DYNR_PHASE_HTTP) {
        set_deadline(connection);
    }
    if (connection->incoming.len == 0) {
        /* Of thousands that wait for their next request, most wait long. */
        dynr_buf_cleanup(&connection->incoming);
    }
}
