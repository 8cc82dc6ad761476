/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a request line to an answer. libmicrohttpd calls dynr_endpoint_on_request once when the headers are there, once for each piece
 * of the body, and once more at its end; then the answer is made.
 */
#include "endpoint/request.h"

#include <stdlib.h>
#include <strings.h>
#include <time.h>

#include "base/hash.h"

/* Of all connections together. */
#define BODIES_MAX ((size_t)256 << 20)
/* What a connection keeps from one request to the next. */
#define KEPT_BODY ((size_t)64 << 10)
/* How much of a body that is too long is read before the connection is cut. */
#define DROPPED_MAX (4 * DYNR_ENDPOINT_BODY_MAX)

static const char json_1_0[] = "application/x-amz-json-1.0";

static uint64_t ticks_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* ---- a connection ---- */

void dynr_endpoint_on_connection(void *context, struct MHD_Connection *connection, void **state,
                                 enum MHD_ConnectionNotificationCode code)
{
    (void)connection;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        struct dynr_exchange *exchange = calloc(1, sizeof *exchange);
        if (exchange != NULL) {
            exchange->endpoint = context;
            exchange->body.limit = DYNR_ENDPOINT_BODY_MAX;
            dynr_arena_init(&exchange->arena, NULL, DYNR_ENDPOINT_WORK_MAX);
        }
        *state = exchange;
        return;
    }
    struct dynr_exchange *exchange = *state;
    if (exchange != NULL) {
        dynr_buf_cleanup(&exchange->body);
        dynr_buf_cleanup(&exchange->zipped);
        dynr_arena_cleanup(&exchange->arena);
        free(exchange);
        *state = NULL;
    }
}

static struct dynr_exchange *exchange_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info == NULL ? NULL : info->socket_context;
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

static void begin(struct dynr_exchange *exchange, struct MHD_Connection *connection)
{
    exchange->begun = true;
    exchange->too_large = false;
    exchange->no_room = false;
    exchange->received = 0;
    exchange->began_us = ticks_us();
    dynr_buf_clear(&exchange->body);
    make_request_id(exchange->endpoint, exchange->request_id);
    dynr_endpoint_read_headers(connection, &exchange->headers);
}

static void release_body(struct dynr_exchange *exchange)
{
    atomic_fetch_sub_explicit(&exchange->endpoint->body_bytes, exchange->counted,
                              memory_order_relaxed);
    exchange->counted = 0;
}

/* The rest is read and forgotten. */
static void drop_body(struct dynr_exchange *exchange)
{
    release_body(exchange);
    dynr_buf_cleanup(&exchange->body);
    exchange->body.limit = DYNR_ENDPOINT_BODY_MAX;
}

void dynr_endpoint_on_completed(void *context, struct MHD_Connection *connection, void **request,
                                enum MHD_RequestTerminationCode reason)
{
    (void)context;
    (void)reason;
    *request = NULL;
    struct dynr_exchange *exchange = exchange_of(connection);
    if (exchange == NULL) {
        return;
    }
    exchange->begun = false;
    if (exchange->is_under_way) {
        exchange->is_under_way = false;
        atomic_fetch_sub(&exchange->endpoint->n_under_way, 1);
    }
    release_body(exchange);
    if (exchange->body.cap > KEPT_BODY) {
        dynr_buf_cleanup(&exchange->body);
        exchange->body.limit = DYNR_ENDPOINT_BODY_MAX;
    }
    if (exchange->zipped.cap > KEPT_BODY) {
        dynr_buf_cleanup(&exchange->zipped);
    }
    dynr_arena_reset(&exchange->arena);
}

/* ---- a body ---- */

/* False: enough; the connection is to be cut. */
static bool take(struct dynr_exchange *exchange, const char *bytes, size_t len)
{
    exchange->received += len;
    if (exchange->too_large || exchange->no_room) {
        return exchange->received <= DROPPED_MAX;
    }
    if (exchange->body.len + len > DYNR_ENDPOINT_BODY_MAX) {
        exchange->too_large = true;
        drop_body(exchange);
        return true;
    }
    exchange->counted += len;
    size_t before =
        atomic_fetch_add_explicit(&exchange->endpoint->body_bytes, len, memory_order_relaxed);
    if (before + len <= BODIES_MAX) {
        dynr_buf_append(&exchange->body, bytes, len);
    }
    if (before + len > BODIES_MAX || exchange->body.failed) {
        exchange->no_room = true;
        drop_body(exchange);
    }
    return true;
}

/* ---- an answer ---- */

void dynr_endpoint_refuse(struct dynr_exchange *exchange, const char *type, const char *message,
                          struct dynr_endpoint_answer *out)
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
                                       : dynr_arena_dup(&exchange->arena, dynr_buf_str(&text));
    dynr_buf_cleanup(&text);
    out->http_status = MHD_HTTP_BAD_REQUEST;
    out->content_type = json_1_0;
    out->body = body;
}

static struct dynr_endpoint_answer no_memory(void)
{
    struct dynr_endpoint_answer answer = {
        MHD_HTTP_INTERNAL_SERVER_ERROR, json_1_0,
        dynr_str_from_c("{\"__type\":\"com.amazonaws.dynamodb.v20120810#InternalServerError\","
                        "\"message\":\"The request needs more memory than there is\"}"),
        false};
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
    struct dynr_endpoint_answer answer = {MHD_HTTP_NOT_FOUND, NULL,
                                          dynr_str_from_c("<UnknownOperationException/>\n"), false};
    return answer;
}

struct target {
    struct dynr_str path;
    struct dynr_str query;
};

static struct target split_target(const char *text)
{
    struct target target = {dynr_str_from_c(text), {NULL, 0}};
    const char *mark = strchr(text, '?');
    if (mark != NULL) {
        target.path.len = (size_t)(mark - text);
        target.query = dynr_str_from_c(mark + 1);
    }
    return target;
}

static void call(struct dynr_exchange *exchange, struct MHD_Connection *connection,
                 const char *raw_target, struct dynr_endpoint_answer *answer)
{
    struct target target = split_target(raw_target);
    struct dynr_endpoint_signed signing = {dynr_str_from_c("POST"), target.path, target.query,
                                           dynr_buf_str(&exchange->body)};
    struct dynr_service_request request = {.target = exchange->headers.target,
                                           .body = dynr_buf_str(&exchange->body)};
    if (!dynr_endpoint_authorize(exchange, connection, &signing, &request.access_key,
                                 &request.region, answer)) {
        return;
    }
    struct dynr_service_answer served = {0};
    dynr_service_call(exchange->endpoint->service, &request, &exchange->arena, &served);
    answer->http_status = served.http_status;
    answer->content_type = json_1_0;
    answer->body = served.body;
}

static void answer_post(struct dynr_exchange *exchange, struct MHD_Connection *connection,
                        const char *raw_target, struct dynr_endpoint_answer *answer)
{
    struct dynr_str type = exchange->headers.content_type;
    bool is_json = is_media_type(type, "application/json");
    if (exchange->too_large) {
        dynr_endpoint_refuse(exchange, "RequestEntityTooLargeException",
                             "Request size exceeded 16777216 bytes", answer);
        answer->http_status = MHD_HTTP_CONTENT_TOO_LARGE;
    } else if (exchange->no_room) {
        *answer = no_memory();
    } else if (exchange->body.len != 0 && !is_json && !is_media_type(type, json_1_0)) {
        *answer = unknown_request();
    } else {
        call(exchange, connection, raw_target, answer);
        if (is_json) {
            answer->content_type = "application/json";
        }
    }
}

static struct dynr_endpoint_answer answer_of(struct dynr_exchange *exchange,
                                             struct MHD_Connection *connection, const char *method,
                                             const char *raw_target)
{
    struct dynr_endpoint_answer answer = {0};
    struct dynr_str origin = exchange->headers.origin;
    if (origin.len != 0 && !dynr_endpoint_allows(exchange->endpoint, origin)) {
        dynr_endpoint_refuse(exchange, "AccessDeniedException",
                             "Pages of this origin may not call; see --origin", &answer);
        answer.http_status = MHD_HTTP_FORBIDDEN;
    } else if (strcmp(method, "POST") == 0) {
        answer_post(exchange, connection, raw_target, &answer);
    } else if (strcmp(method, "OPTIONS") == 0 && origin.len != 0) {
        answer.http_status = MHD_HTTP_OK;
        answer.body = dynr_str_from_c("");
        answer.is_preflight = true;
    } else if ((strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0) &&
               split_target(raw_target).path.len <= 1) {
        answer.http_status = MHD_HTTP_OK;
        answer.content_type = "text/plain";
        answer.body = dynr_str_from_c("healthy: dynamodb.us-east-1.amazonaws.com ");
    } else {
        answer = unknown_request();
    }
    if (answer.body.ptr == NULL) {
        answer = no_memory();
    }
    return answer;
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
    if (!dynr_str_starts_with(body, dynr_str_from_c(opening))) {
        return dynr_str_make(NULL, 0);
    }
    struct dynr_str rest =
        dynr_str_make(body.ptr + sizeof opening - 1, body.len - (sizeof opening - 1));
    const char *end = memchr(rest.ptr, '"', rest.len);
    rest.len = end == NULL ? 0 : (size_t)(end - rest.ptr);
    return after(rest, '#');
}

static void tell(const struct dynr_exchange *exchange, const struct dynr_endpoint_answer *answer)
{
    const struct dynr_endpoint_options *options = &exchange->endpoint->options;
    if (options->log == NULL) {
        return;
    }
    struct dynr_endpoint_event event = {
        .operation = after(exchange->headers.target, '.'),
        .http_status = answer->http_status,
        .error =
            answer->http_status == MHD_HTTP_OK ? dynr_str_make(NULL, 0) : error_type(answer->body),
        .request_bytes = exchange->received,
        .answer_bytes = answer->body.len,
        .microseconds = ticks_us() - exchange->began_us,
    };
    options->log(options->log_context, &event);
}

/* ---- the callback ---- */

void *dynr_endpoint_on_target(void *context, const char *target, struct MHD_Connection *connection)
{
    (void)context;
    struct dynr_exchange *exchange = exchange_of(connection);
    if (exchange == NULL) {
        return NULL;
    }
    /* The text that a signature covers; libmicrohttpd decodes it in place afterwards. */
    return (void *)(uintptr_t)dynr_arena_dup(&exchange->arena, dynr_str_from_c(target)).ptr;
}

enum MHD_Result dynr_endpoint_on_request(void *context, struct MHD_Connection *connection,
                                         const char *url, const char *method, const char *version,
                                         const char *upload, size_t *upload_size, void **request)
{
    (void)context;
    (void)url;
    (void)version;
    struct dynr_exchange *exchange = exchange_of(connection);
    const char *raw_target = *request;
    if (exchange == NULL || raw_target == NULL) {
        /* No memory for what a connection needs: it is cut. */
        return MHD_NO;
    }
    if (!exchange->begun) {
        begin(exchange, connection);
        return exchange->headers.is_ambiguous ? MHD_NO : MHD_YES;
    }
    if (*upload_size != 0) {
        bool goes_on = take(exchange, upload, *upload_size);
        *upload_size = 0;
        return goes_on ? MHD_YES : MHD_NO;
    }
    exchange->is_under_way = true;
    atomic_fetch_add(&exchange->endpoint->n_under_way, 1);
    struct dynr_endpoint_answer answer = answer_of(exchange, connection, method, raw_target);
    tell(exchange, &answer);
    return dynr_endpoint_send(exchange, connection, &answer);
}
