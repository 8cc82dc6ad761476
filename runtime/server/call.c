/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One call of a procedure, wherever it came from: limits, idempotency, the run, what may be told of a failure.
 */
#include <string.h>

#include <openssl/evp.h>

#include "server/state.h"

/** Failures whose texts speak of the store or of bugs: clients learn the code and a fixed text. */
static bool is_inner(enum dynr_status status)
{
    return status == DYNR_ERR_NO_MEMORY || status == DYNR_ERR_IO || status == DYNR_ERR_CORRUPT ||
           status == DYNR_ERR_BUSY || status == DYNR_ERR_ABI || status == DYNR_ERR_INTERNAL ||
           status == DYNR_ERR_NO_TABLE || status == DYNR_ERR_TABLE_EXISTS;
}

void dynr_server_append_error(struct dynr_buf *out, const struct dynr_error *err)
{
    dynr_buf_append_c(out, "\"code\":\"");
    dynr_buf_append_c(out, dynr_status_name(err->status));
    dynr_buf_append_c(out, "\",\"message\":");
    dynr_buf_append_json_string(
        out, dynr_str_from_c(is_inner(err->status) ? dynr_status_text(err->status) : err->message));
    if (err->field[0] != '\0') {
        dynr_buf_append_c(out, ",\"field\":");
        dynr_buf_append_json_string(out, dynr_str_from_c(err->field));
    }
    if (err->retryable) {
        dynr_buf_append_c(out, ",\"retry\":true");
    }
}

/** What is refused before anything runs. */
static enum dynr_status check_call(const struct dynr_server *server,
                                   const struct dynr_identity *identity,
                                   const struct dynr_server_call *call, bool *out_is_query,
                                   struct dynr_error *err)
{
    const struct dynr_procedure_desc *procedure =
        dynr_procedure_find(server->options.procedures, call->procedure);
    if (procedure == NULL) {
        return dynr_fail(err, DYNR_ERR_UNKNOWN_PROCEDURE, "there is no such procedure");
    }
    *out_is_query = procedure->kind == DYNR_PROCEDURE_QUERY;
    if (call->query_only && !*out_is_query) {
        return dynr_fail(err, DYNR_ERR_UNSUPPORTED, "%s is a mutation", procedure->path);
    }
    if (procedure->caller != NULL && identity->caller == NULL) {
        return dynr_fail(err, DYNR_ERR_UNAUTHENTICATED, "%s needs a caller", procedure->path);
    }
    if (call->key.len > DYNR_CALL_MEMORY_MAX_KEY) {
        return dynr_fail(err, DYNR_ERR_TOO_LARGE, "an idempotency key has at most %d bytes",
                         DYNR_CALL_MEMORY_MAX_KEY);
    }
    bool is_nobody = identity->json.len == 0;
    if (is_nobody && call->key.len > 0 && call->key.len < DYNR_CALL_MEMORY_MIN_SECRET) {
        return dynr_fail_field(
            err, DYNR_ERR_INVALID_ARGUMENT, dynr_str_from_c("key"),
            "without a caller an idempotency key is a secret: %d random bytes at least",
            DYNR_CALL_MEMORY_MIN_SECRET);
    }
    return DYNR_OK;
}

static enum dynr_status run_call(struct dynr_server *server, const struct dynr_identity *identity,
                                 const struct dynr_server_call *call,
                                 struct dynr_server_answer *out)
{
    struct dynr_call_options options = DYNR_CALL_OPTIONS_INIT;
    struct dynr_client *client;
    options.ids = call->ids;
    options.n_ids = call->n_ids;
    uint64_t start = dynr_server_ticks_us();
    dynr_buf_clear(&server->body);
    enum dynr_status status =
        dynr_client_fork(server->client, &options, &server->arena, &client, &out->err);
    if (status == DYNR_OK) {
        status = dynr_procedure_call(server->options.procedures, client, call->procedure,
                                     identity->caller, call->input, &server->arena, &server->body,
                                     &out->err);
        out->position = dynr_client_position(client);
    }
    dynr_histogram_add(&server->metrics.call_time, dynr_server_ticks_us() - start);
    if (status == DYNR_OK) {
        server->metrics.calls_ok++;
        out->output = dynr_buf_str(&server->body);
        return DYNR_OK;
    }
    server->metrics.calls_failed++;
    if (is_inner(status)) {
        dynr_server_log(server, DYNR_LOG_ERROR, "%.*s failed: %s: %s", (int)call->procedure.len,
                        call->procedure.ptr, dynr_status_name(status), out->err.message);
    }
    return status;
}

static void remember(struct dynr_server *server, const struct dynr_remembered_call *asked,
                     enum dynr_status status, const struct dynr_server_answer *answer)
{
    struct dynr_remembered_call call = *asked;
    /* What may succeed when it is sent again must be able to. */
    if (status != DYNR_OK && answer->err.retryable) {
        return;
    }
    call.status = status;
    call.err = answer->err;
    call.output = answer->output;
    call.position = answer->position;
    if (!dynr_call_memory_add(server->calls, dynr_server_now_ms(server), &call)) {
        dynr_server_log(server, DYNR_LOG_WARNING,
                        "a call could not be remembered: sent again, it would run again");
    }
}

/* Of the input only whether it is the same counts: a digest, so that large inputs cannot push what others did out of memory. */
static bool digest_input(struct dynr_str input, unsigned char digest[EVP_MAX_MD_SIZE],
                         struct dynr_str *out)
{
    unsigned int len = 0;
    bool ok = EVP_Digest(input.ptr, input.len, digest, &len, EVP_sha256(), NULL) == 1;
    *out = dynr_str_make((const char *)digest, len);
    return ok;
}

enum dynr_status dynr_server_call(struct dynr_server *server, struct dynr_rate *rate,
                                  const struct dynr_identity *identity,
                                  const struct dynr_server_call *call,
                                  struct dynr_server_answer *out)
{
    memset(out, 0, sizeof *out);
    if (!dynr_rate_allows(rate, server->options.limits.max_calls_per_second,
                          dynr_server_now_ms(server))) {
        return dynr_fail(&out->err, DYNR_ERR_TOO_MANY, "too many calls: at most %u a second",
                         server->options.limits.max_calls_per_second);
    }
    enum dynr_status status = check_call(server, identity, call, &out->is_query, &out->err);
    if (status != DYNR_OK) {
        return status;
    }
    unsigned char digest[EVP_MAX_MD_SIZE];
    struct dynr_remembered_call known = {
        .caller = identity->json, .key = call->key, .procedure = call->procedure};
    bool remembers = call->key.len > 0 && !out->is_query;
    if (remembers && !digest_input(call->input, digest, &known.input)) {
        return dynr_fail(&out->err, DYNR_ERR_NO_MEMORY, NULL);
    }
    bool found = false;
    if (remembers) {
        status = dynr_call_memory_find(server->calls, dynr_server_now_ms(server), &known, &found,
                                       &out->err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    if (found) {
        server->metrics.calls_remembered++;
        out->err = known.err;
        out->output = known.output;
        out->position = known.position;
        return known.status;
    }
    uint64_t seen = dynr_server_position(server);
    status = run_call(server, identity, call, out);
    if (out->is_query) {
        /* All changes up to here were committed before the read began. */
        out->position = seen;
    }
    if (remembers) {
        remember(server, &known, status, out);
    }
    return status;
}
