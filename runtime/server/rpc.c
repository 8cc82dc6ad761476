/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `/rpc/<procedure>`: POST runs any procedure, GET runs queries.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/hash.h"
#include "server/entity_tag.h"
#include "server/http.h"
#include "server/message.h"

/* More than this much of a body that is refused anyway is not waited for. */
#define MAX_DISCARD (UINT64_C(8) * 1024 * 1024)

static const struct dynr_str no_headers = {NULL, 0};

static struct dynr_str bearer_token(struct dynr_connection *connection)
{
    static const char scheme[] = "Bearer ";
    struct dynr_str header = dynr_http_header(connection, "authorization");
    size_t len = sizeof scheme - 1;
    if (header.len <= len || strncasecmp(header.ptr, scheme, len) != 0) {
        return dynr_str_make(NULL, 0);
    }
    return dynr_str_make(header.ptr + len, header.len - len);
}

static bool is_json(struct dynr_str content_type)
{
    static const char json[] = "application/json";
    size_t len = sizeof json - 1;
    return content_type.len >= len && strncasecmp(content_type.ptr, json, len) == 0 &&
           (content_type.len == len || content_type.ptr[len] == ';' ||
            content_type.ptr[len] == ' ');
}

/** `dynr-ids`: ids with commas between. */
static enum dynr_status split_ids(struct dynr_str text, struct dynr_arena *arena,
                                  struct dynr_server_call *call, struct dynr_error *err)
{
    struct dynr_str *ids =
        text.len == 0 ? NULL : dynr_arena_calloc(arena, DYNR_MESSAGE_MAX_IDS, sizeof *ids);
    if (text.len == 0) {
        return DYNR_OK;
    }
    if (ids == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    call->ids = ids;
    size_t at = 0;
    while (at <= text.len) {
        const char *comma = at == text.len ? NULL : memchr(text.ptr + at, ',', text.len - at);
        size_t end = comma == NULL ? text.len : (size_t)(comma - text.ptr);
        if (call->n_ids == DYNR_MESSAGE_MAX_IDS) {
            return dynr_fail(err, DYNR_ERR_TOO_LARGE, "a call brings at most %d ids",
                             DYNR_MESSAGE_MAX_IDS);
        }
        while (at < end && text.ptr[at] == ' ') {
            at++;
        }
        ids[call->n_ids++] = dynr_str_make(text.ptr + at, end - at);
        at = end + 1;
    }
    return DYNR_OK;
}

static struct dynr_str procedure_of(const struct dynr_http_request *request)
{
    size_t prefix = strlen("/rpc/");
    return dynr_str_make(request->head.path.ptr + prefix, request->head.path.len - prefix);
}

static int answer_output(struct dynr_connection *connection,
                         const struct dynr_server_answer *result)
{
    const struct dynr_http_request *request = connection->request;
    char headers[128] = "";
    char etag[24];
    int used = 0;
    if (result->position > 0) {
        used =
            snprintf(headers, sizeof headers, "dynr-position: %" PRIu64 "\r\n", result->position);
    }
    struct dynr_http_answer answer = {
        .status = 200, .content_type = "application/json", .body = result->output};
    if (request->method != DYNR_HTTP_POST) {
        (void)snprintf(etag, sizeof etag, "\"%016" PRIx64 "\"", dynr_hash(result->output, 0));
        (void)snprintf(headers + used, sizeof headers - (size_t)used, "etag: %s\r\n", etag);
        if (dynr_entity_tag_matches(dynr_http_header(connection, "if-none-match"),
                                    dynr_str_from_c(etag))) {
            answer = (struct dynr_http_answer){.status = 304};
        }
    }
    answer.headers = dynr_str_from_c(headers);
    return dynr_http_answer(connection, &answer);
}

static int run(struct dynr_connection *connection, const struct dynr_server_call *call)
{
    struct dynr_server *server = connection->server;
    struct dynr_server_answer answer;
    dynr_stream_attend(server->stream, true);
    enum dynr_status status =
        dynr_server_call(server, &connection->calls, &connection->request->identity, call, &answer);
    int result = status == DYNR_OK ? answer_output(connection, &answer)
                                   : dynr_http_fail(connection, &answer.err);
    if (!answer.is_query && answer.position > 0) {
        dynr_server_pump(server);
    }
    dynr_stream_attend(server->stream, false);
    return result;
}

/** A query with its input in the address. */
static int run_get(struct dynr_connection *connection)
{
    struct dynr_http_request *request = connection->request;
    struct dynr_server_call call = {.procedure = procedure_of(request), .query_only = true};
    if (!dynr_request_query_find(request->head.query, "input", &request->arena, &call.input)) {
        return dynr_http_fail_with(connection, 400, DYNR_ERR_SYNTAX,
                                   "the address is badly encoded, or brings two inputs", no_headers,
                                   false);
    }
    const struct dynr_procedure_desc *procedure =
        dynr_procedure_find(connection->server->options.procedures, call.procedure);
    if (procedure != NULL && procedure->kind != DYNR_PROCEDURE_QUERY) {
        return dynr_http_fail_with(connection, 405, DYNR_ERR_UNSUPPORTED,
                                   "a mutation is called with POST",
                                   dynr_str_from_c("allow: POST\r\n"), false);
    }
    return run(connection, &call);
}

/** A body is announced: whether it is worth waiting for. */
static int check_post(struct dynr_connection *connection)
{
    struct dynr_http_request *request = connection->request;
    uint32_t max_body = connection->server->options.limits.max_body;
    if (!request->has_length) {
        return dynr_http_fail_with(connection, 411, DYNR_ERR_MISSING,
                                   "a body needs a content-length", no_headers, true);
    }
    if (request->length > max_body) {
        return dynr_http_fail_with(connection, 413, DYNR_ERR_TOO_LARGE, "the body is too long",
                                   no_headers, request->length > MAX_DISCARD);
    }
    if (!is_json(dynr_http_header(connection, "content-type"))) {
        return dynr_http_fail_with(connection, 415, DYNR_ERR_UNSUPPORTED,
                                   "the body must be application/json", no_headers, false);
    }
    dynr_buf_init(&request->body, NULL, max_body);
    return 0;
}

static int identify(struct dynr_connection *connection, struct dynr_error *err)
{
    struct dynr_http_request *request = connection->request;
    return (int)dynr_server_identify(connection->server, bearer_token(connection),
                                     dynr_http_header(connection, "dynr-caller"), &request->arena,
                                     &request->identity, err);
}

int dynr_http_rpc(struct dynr_connection *connection)
{
    struct dynr_http_request *request = connection->request;
    struct dynr_error err = {0};
    if (request->origin_kind == DYNR_ORIGIN_FOREIGN) {
        return dynr_http_fail_with(connection, 403, DYNR_ERR_DENIED,
                                   "pages of this origin may not call", no_headers, false);
    }
    if (request->method == DYNR_HTTP_OTHER) {
        return dynr_http_fail_with(connection, 405, DYNR_ERR_UNSUPPORTED,
                                   "procedures are called with POST or GET",
                                   dynr_str_from_c("allow: GET, HEAD, POST, OPTIONS\r\n"), true);
    }
    if (identify(connection, &err) != DYNR_OK) {
        return dynr_http_fail(connection, &err);
    }
    dynr_arena_reset(&connection->server->arena);
    return request->method == DYNR_HTTP_POST ? check_post(connection) : run_get(connection);
}

int dynr_http_rpc_body(struct dynr_connection *connection)
{
    struct dynr_http_request *request = connection->request;
    struct dynr_error err = {0};
    struct dynr_server_call call = {
        .procedure = procedure_of(request),
        .input = dynr_buf_str(&request->body),
        .key = dynr_http_header(connection, "idempotency-key"),
    };
    dynr_arena_reset(&connection->server->arena);
    if (split_ids(dynr_http_header(connection, "dynr-ids"), &request->arena, &call, &err) !=
        DYNR_OK) {
        return dynr_http_fail(connection, &err);
    }
    return run(connection, &call);
}
