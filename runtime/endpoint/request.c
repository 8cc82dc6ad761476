/* SPDX-License-Identifier: Apache-2.0 */
/* From a request to its answer. */
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#include "base/hash.h"
#include "endpoint/caller.h"
#include "endpoint/connection.h"
#include "endpoint/loop.h"
#include "http/reason.h"

#define OK          200
#define BAD_REQUEST 400
#define FORBIDDEN   403
#define NOT_FOUND   404
#define TOO_LARGE   413
#define INTERNAL    500
#define UNAVAILABLE 503

static const char json_1_0[] = "application/x-amz-json-1.0";

static uint64_t ticks_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* 52 characters, as the service makes them; unique, not secret. */
static void make_request_id(struct dynr_endpoint *endpoint, char out[DYNR_REQUEST_ID_LENGTH])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
    uint64_t count = atomic_fetch_add_explicit(&endpoint->n_requests, 1, memory_order_relaxed);
    struct dynr_str counted = dynr_str_make((const char *)&count, sizeof count);
    uint64_t bits = 0;
    for (size_t i = 0; i < DYNR_REQUEST_ID_LENGTH; i++) {
        if (i % 12 == 0) {
            bits = dynr_hash(counted, endpoint->id_seed + i);
        }
        out[i] = digits[bits & 31];
        bits >>= 5;
    }
}

/* ---- an answer ---- */

void dynr_endpoint_refuse(struct dynr_endpoint_connection *connection, const char *type,
                          const char *message, struct dynr_endpoint_answer *out)
{
    struct dynr_buf text = {0};
    dynr_buf_append_c(&text, "{\"__type\":\"com.amazon.coral.service#");
    dynr_buf_append_c(&text, type);
    dynr_buf_append_c(&text, "\"");
    if (message != NULL) {
        dynr_buf_append_c(&text, ",\"message\":");
        dynr_buf_append_json_string(&text, dynr_str_from_c(message));
    }
    dynr_buf_append_c(&text, "}");
    struct dynr_str body = text.failed ? dynr_str_make(NULL, 0)
                                       : dynr_arena_dup(&connection->arena, dynr_buf_str(&text));
    dynr_buf_cleanup(&text);
    out->http_status = BAD_REQUEST;
    out->content_type = json_1_0;
    out->body = body;
}

static struct dynr_endpoint_answer no_memory(void)
{
    struct dynr_endpoint_answer answer = {
        .http_status = INTERNAL,
        .content_type = json_1_0,
        .body =
            dynr_str_from_c("{\"__type\":\"com.amazonaws.dynamodb.v20120810#InternalServerError\","
                            "\"message\":\"The request needs more memory than there is\"}"),
    };
    return answer;
}

/* "application/json; charset=utf-8" is application/json. */
static bool is_media_type(struct dynr_str header, const char *type)
{
    size_t len = strlen(type);
    if (header.len < len || strncasecmp(header.ptr, type, len) != 0) {
        return false;
    }
    while (len < header.len && header.ptr[len] == ' ') {
        len++;
    }
    return len == header.len || header.ptr[len] == ';';
}

static struct dynr_endpoint_answer unknown_request(void)
{
    struct dynr_endpoint_answer answer = {
        .http_status = NOT_FOUND,
        .body = dynr_str_from_c("<UnknownOperationException/>\n"),
    };
    return answer;
}

/* ---- a call ---- */

/* From a thread of the store. */
static void on_ready(void *context)
{
    dynr_endpoint_loop_post(context);
}

static void served(const struct dynr_endpoint_connection *connection,
                   struct dynr_endpoint_answer *out)
{
    out->http_status = connection->served.http_status;
    out->content_type = json_1_0;
    out->body = connection->served.body;
}

/* False: the call is under way. */
static bool call(struct dynr_endpoint_connection *connection, struct dynr_endpoint_answer *out)
{
    struct dynr_service_request *request = &connection->request;
    request->target = connection->headers.target;
    request->body = connection->reader.body;
    if (!dynr_endpoint_authorize(connection, &request->access_key, &request->region, out)) {
        return true;
    }
    struct dynr_endpoint *endpoint = connection->endpoint;
    switch (dynr_service_begin(endpoint->service, request, &connection->arena, on_ready, connection,
                               &connection->pending, &connection->served)) {
    case DYNR_SERVICE_ANSWERED:
        break;
    case DYNR_SERVICE_UNDER_WAY:
        return false;
    case DYNR_SERVICE_SLOW:
        if (dynr_endpoint_callers_call(endpoint->callers, connection)) {
            return false;
        }
        *out = no_memory();
        return true;
    }
    served(connection, out);
    return true;
}

static bool answer_post(struct dynr_endpoint_connection *connection,
                        struct dynr_endpoint_answer *out)
{
    struct dynr_str type = connection->headers.content_type;
    connection->is_json = is_media_type(type, "application/json");
    if (connection->reader.body.len != 0 && !connection->is_json &&
        !is_media_type(type, json_1_0)) {
        *out = unknown_request();
        return true;
    }
    return call(connection, out);
}

static bool begin_answer(struct dynr_endpoint_connection *connection,
                         struct dynr_endpoint_answer *out)
{
    const struct dynr_request_head *head = &connection->reader.head;
    struct dynr_str origin = connection->headers.origin;
    bool is_head = dynr_str_equal_c(head->method, "HEAD");
    if (origin.len != 0 && !dynr_endpoint_allows(connection->endpoint, origin)) {
        dynr_endpoint_refuse(connection, "AccessDeniedException",
                             "Pages of this origin may not call; see --origin", out);
        out->http_status = FORBIDDEN;
    } else if (dynr_str_equal_c(head->method, "POST")) {
        return answer_post(connection, out);
    } else if (dynr_str_equal_c(head->method, "OPTIONS") && origin.len != 0) {
        out->http_status = OK;
        out->body = dynr_str_from_c("");
        out->is_preflight = true;
    } else if ((dynr_str_equal_c(head->method, "GET") || is_head) && head->path.len <= 1) {
        out->http_status = OK;
        out->content_type = "text/plain";
        out->body = dynr_str_from_c("healthy: dynamodb.us-east-1.amazonaws.com ");
    } else {
        *out = unknown_request();
    }
    out->is_head = is_head;
    return true;
}

/* ---- what is told to the log ---- */

static struct dynr_str after(struct dynr_str text, char mark)
{
    const char *found = text.len == 0 ? NULL : memchr(text.ptr, mark, text.len);
    if (found == NULL) {
        return dynr_str_make(NULL, 0);
    }
    return dynr_str_make(found + 1, text.len - (size_t)(found + 1 - text.ptr));
}

/* `{"__type":"...#ValidationException",...` */
static struct dynr_str error_type(struct dynr_str body)
{
    static const char opening[] = "{\"__type\":\"";
    if (body.ptr == NULL || !dynr_str_starts_with(body, dynr_str_from_c(opening))) {
        return dynr_str_make(NULL, 0);
    }
    struct dynr_str rest =
        dynr_str_make(body.ptr + sizeof opening - 1, body.len - (sizeof opening - 1));
    const char *end = memchr(rest.ptr, '"', rest.len);
    rest.len = end == NULL ? 0 : (size_t)(end - rest.ptr);
    return after(rest, '#');
}

static void tell(const struct dynr_endpoint_connection *connection,
                 const struct dynr_endpoint_answer *answer)
{
    const struct dynr_endpoint_options *options = &connection->endpoint->options;
    if (options->log == NULL) {
        return;
    }
    struct dynr_endpoint_event event = {
        .operation = after(connection->headers.target, '.'),
        .http_status = answer->http_status,
        .error = answer->http_status == OK ? dynr_str_make(NULL, 0) : error_type(answer->body),
        .request_bytes = connection->request_bytes,
        .answer_bytes = answer->body.len,
        .microseconds = ticks_us() - connection->began_us,
    };
    options->log(options->log_context, &event);
}

/* ---- what the connection asks for ---- */

static void end_answer(struct dynr_endpoint_connection *connection,
                       struct dynr_endpoint_answer *out)
{
    if (out->body.ptr == NULL) {
        *out = no_memory();
    }
    if (connection->is_json && out->content_type == json_1_0) {
        out->content_type = "application/json";
    }
    tell(connection, out);
}

static void begin(struct dynr_endpoint_connection *connection, struct dynr_endpoint_answer *out)
{
    memset(out, 0, sizeof *out);
    memset(&connection->headers, 0, sizeof connection->headers);
    memset(&connection->request, 0, sizeof connection->request);
    connection->is_json = false;
    connection->began_us = connection->endpoint->options.log == NULL ? 0 : ticks_us();
    make_request_id(connection->endpoint, connection->request_id);
}

bool dynr_endpoint_begin_call(struct dynr_endpoint_connection *connection,
                              struct dynr_endpoint_answer *out)
{
    begin(connection, out);
    dynr_endpoint_read_headers(&connection->reader.head, &connection->headers);
    connection->request_bytes = connection->reader.body.len;
    if (!begin_answer(connection, out)) {
        return false;
    }
    end_answer(connection, out);
    return true;
}

void dynr_endpoint_end_call(struct dynr_endpoint_connection *connection,
                            struct dynr_endpoint_answer *out)
{
    memset(out, 0, sizeof *out);
    if (connection->pending != NULL) {
        dynr_service_end(connection->pending, &connection->served);
        connection->pending = NULL;
    }
    served(connection, out);
    end_answer(connection, out);
}

void dynr_endpoint_answer_refused(struct dynr_endpoint_connection *connection, int http_status,
                                  struct dynr_endpoint_answer *out)
{
    begin(connection, out);
    connection->request_bytes = dynr_request_reader_held(&connection->reader);
    if (http_status == TOO_LARGE) {
        dynr_endpoint_read_headers(&connection->reader.head, &connection->headers);
        dynr_endpoint_refuse(connection, "RequestEntityTooLargeException",
                             "Request size exceeded 16777216 bytes", out);
    } else if (http_status == INTERNAL || http_status == UNAVAILABLE) {
        *out = no_memory();
    } else {
        out->content_type = "text/plain";
        out->body = dynr_arena_printf(&connection->arena,
                                      "%s: this is no HTTP/1.1 request that is understood\n",
                                      dynr_http_reason(http_status));
    }
    out->http_status = http_status;
    out->closes = true;
    end_answer(connection, out);
}
