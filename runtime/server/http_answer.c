/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers: head and body in one piece, one write.
 */
#include <inttypes.h>

#include "http/reason.h"
#include "server/http.h"

static void append_cors(struct dynr_buf *out, const struct dynr_http_request *request)
{
    dynr_buf_append_c(out, "vary: origin\r\n");
    if (request->origin_kind == DYNR_ORIGIN_LISTED) {
        dynr_buf_append_c(out, "access-control-allow-origin: ");
        dynr_buf_append_str(out, request->origin);
        dynr_buf_append_c(out, "\r\naccess-control-expose-headers: dynr-position, etag\r\n");
    }
}

static void append_head(struct dynr_buf *out, const struct dynr_http_request *request,
                        const struct dynr_http_answer *answer)
{
    uint64_t length = answer->head_only ? answer->length : answer->body.len;
    dynr_buf_printf(out, "HTTP/1.1 %d %s\r\n", answer->status, dynr_http_reason(answer->status));
    if (answer->content_type != NULL) {
        dynr_buf_printf(out, "content-type: %s\r\n", answer->content_type);
    }
    if (answer->status != 204 && answer->status != 304) {
        dynr_buf_printf(out, "content-length: %" PRIu64 "\r\n", length);
    }
    dynr_buf_printf(out, "cache-control: %s\r\n",
                    answer->cache_control == NULL ? "no-store" : answer->cache_control);
    dynr_buf_append_c(out, "x-content-type-options: nosniff\r\n");
    append_cors(out, request);
    dynr_buf_append_str(out, answer->headers);
    if (answer->close || request->closes) {
        dynr_buf_append_c(out, "connection: close\r\n");
    }
    dynr_buf_append_c(out, "\r\n");
}

int dynr_http_done(struct dynr_connection *connection, bool close)
{
    connection->closing = close || connection->request->closes;
    dynr_http_request_destroy(connection->request);
    connection->request = NULL;
    return 0;
}

int dynr_http_answer(struct dynr_connection *connection, const struct dynr_http_answer *answer)
{
    struct dynr_server *server = connection->server;
    struct dynr_http_request *request = connection->request;
    struct dynr_buf *out = &server->response;
    request->answered = true;
    server->metrics.requests[request->route][answer->status / 100 - 1]++;
    dynr_buf_clear(out);
    append_head(out, request, answer);
    if (!answer->head_only && request->method != DYNR_HTTP_HEAD) {
        dynr_buf_append_str(out, answer->body);
    }
    if (!dynr_buf_ok(out)) {
        dynr_server_log(server, DYNR_LOG_ERROR, "no memory for an answer");
        return -1;
    }
    if (!dynr_server_connection_send(connection, dynr_buf_str(out))) {
        return -1;
    }
    return answer->head_only ? 0 : dynr_http_done(connection, answer->close);
}

static int answer_error(struct dynr_connection *connection, int http_status,
                        const struct dynr_error *err, struct dynr_str headers, bool close)
{
    struct dynr_buf body;
    dynr_buf_init(&body, NULL, 0);
    dynr_buf_append_c(&body, "{\"error\":{");
    dynr_server_append_error(&body, err);
    dynr_buf_append_c(&body, "}}");
    struct dynr_http_answer answer = {.status = http_status,
                                      .content_type = "application/json",
                                      .body = dynr_buf_str(&body),
                                      .headers = headers,
                                      .close = close};
    int result = dynr_buf_ok(&body) ? dynr_http_answer(connection, &answer) : -1;
    dynr_buf_cleanup(&body);
    return result;
}

int dynr_http_fail(struct dynr_connection *connection, const struct dynr_error *err)
{
    const char *headers = "";
    if (err->http_status == 401) {
        headers = "www-authenticate: Bearer\r\n";
    } else if (err->http_status == 429) {
        headers = "retry-after: 1\r\n";
    }
    return answer_error(connection, err->http_status, err, dynr_str_from_c(headers), false);
}

int dynr_http_fail_with(struct dynr_connection *connection, int http_status,
                        enum dynr_status status, const char *text, struct dynr_str headers,
                        bool close)
{
    struct dynr_error err = {0};
    (void)dynr_fail(&err, status, "%s", text);
    return answer_error(connection, http_status, &err, headers, close);
}
