/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The handshake of RFC 6455: from a request to a session.
 */
#include "server/http.h"

#define PROTOCOL "dynr.1"

static const struct dynr_str no_headers = {NULL, 0};

bool dynr_http_wants_upgrade(const struct dynr_connection *connection)
{
    const struct dynr_http_request *request = connection->request;
    /* Another protocol, or an upgrade that the connection does not speak of, is no reason to refuse a request. */
    return request->method == DYNR_HTTP_GET && request->head.minor == 1 &&
           dynr_request_head_lists(&connection->request->head, "connection", "upgrade") &&
           dynr_request_head_lists(&connection->request->head, "upgrade", "websocket");
}

static int accept_upgrade(struct dynr_connection *connection, const char *accept)
{
    struct dynr_buf *out = &connection->server->response;
    dynr_buf_clear(out);
    dynr_buf_printf(out,
                    "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n"
                    "connection: Upgrade\r\nsec-websocket-accept: %s\r\n"
                    "sec-websocket-protocol: " PROTOCOL "\r\n\r\n",
                    accept);
    if (!dynr_buf_ok(out) || !dynr_server_connection_send(connection, dynr_buf_str(out)) ||
        !dynr_server_open_session(connection)) {
        return -1;
    }
    dynr_http_request_destroy(connection->request);
    connection->request = NULL;
    connection->phase = DYNR_PHASE_WEBSOCKET;
    dynr_server_connection_expect(connection, 0);
    /* What a client sends before it has the answer is a message all the same. */
    struct dynr_buf rest = connection->incoming;
    connection->incoming = (struct dynr_buf){0};
    if (rest.len > 0) {
        dynr_session_receive(connection->session, (unsigned char *)rest.ptr, rest.len);
    }
    dynr_buf_cleanup(&rest);
    return 0;
}

int dynr_http_upgrade(struct dynr_connection *connection)
{
    struct dynr_http_request *request = connection->request;
    char accept[DYNR_WEBSOCKET_ACCEPT_SIZE];
    request->route = DYNR_ROUTE_SYSTEM;
    if (connection->server->stopping) {
        return -1;
    }
    if (request->origin_kind == DYNR_ORIGIN_FOREIGN) {
        return dynr_http_fail_with(connection, 403, DYNR_ERR_DENIED,
                                   "pages of this origin may not connect", no_headers, true);
    }
    if (!dynr_request_head_lists(&connection->request->head, "sec-websocket-protocol", PROTOCOL)) {
        return dynr_http_fail_with(connection, 400, DYNR_ERR_UNSUPPORTED,
                                   "the subprotocol is `" PROTOCOL "`", no_headers, true);
    }
    if (!dynr_str_equal_c(dynr_http_header(connection, "sec-websocket-version"), "13")) {
        return dynr_http_fail_with(connection, 426, DYNR_ERR_UNSUPPORTED,
                                   "the WebSocket version is 13",
                                   dynr_str_from_c("sec-websocket-version: 13\r\n"), true);
    }
    if (request->length > 0 ||
        !dynr_websocket_accept(dynr_http_header(connection, "sec-websocket-key"), accept)) {
        return dynr_http_fail_with(connection, 400, DYNR_ERR_SYNTAX,
                                   "the handshake has a good key and no body", no_headers, true);
    }
    return accept_upgrade(connection, accept);
}
