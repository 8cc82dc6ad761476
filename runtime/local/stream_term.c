/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Terms of the log (dynr_local_stream_begin_term): what a server promised clients before it was restarted is known after it, and what
 * was promised of another history of this file is not.
 */
#include <string.h>

#include "dynr/stream.h"
#include "local/engine.h"

struct term_work {
    uint64_t program;
    struct dynr_stream_term *terms;
    size_t n_terms;
};

static enum dynr_status insert_term(struct local_connection *connection, uint64_t program,
                                    uint64_t start, const uint8_t *key, struct dynr_error *err)
{
    sqlite3_stmt *statement;
    enum dynr_status status = dynr_local_fixed(connection, LOCAL_TERM_INSERT, &statement, err);
    if (status != DYNR_OK) {
        return status;
    }
    (void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)program);
    (void)sqlite3_bind_int64(statement, 2, (sqlite3_int64)start);
    dynr_local_bind_bytes(
        statement, 3,
        dynr_str_make((const char *)key, sizeof(((struct dynr_stream_term *)NULL)->key)));
    status = dynr_local_finish(connection, NULL, statement, err);
    if (status == DYNR_OK) {
        status = dynr_local_fixed(connection, LOCAL_TERM_FORGET, &statement, err);
    }
    if (status == DYNR_OK) {
        (void)sqlite3_bind_int64(statement, 1, DYNR_STREAM_TERMS_MAX);
        status = dynr_local_finish(connection, NULL, statement, err);
    }
    return status;
}

/* Each term ends where the one after it begins, whichever program that one served. */
static enum dynr_status list_terms(struct local_connection *connection, struct term_work *work,
                                   struct dynr_error *err)
{
    sqlite3_stmt *statement;
    uint64_t end = UINT64_MAX;
    int code;
    enum dynr_status status = dynr_local_fixed(connection, LOCAL_TERM_LIST, &statement, err);
    if (status != DYNR_OK) {
        return status;
    }
    work->n_terms = 0;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW &&
           work->n_terms < DYNR_STREAM_TERMS_MAX) {
        struct dynr_str key = dynr_local_column(statement, 2);
        bool is_present = end == UINT64_MAX;
        bool is_same =
            work->program != 0 && (uint64_t)sqlite3_column_int64(statement, 0) == work->program;
        struct dynr_stream_term *term = &work->terms[work->n_terms];
        if ((is_present || is_same) && key.len == sizeof term->key) {
            memcpy(term->key, key.ptr, sizeof term->key);
            term->end = end;
            work->n_terms++;
        }
        /* A log that was put back may begin a term before one that is older: what lies behind that is of another history. */
        uint64_t start = (uint64_t)sqlite3_column_int64(statement, 1);
        end = start < end ? start : end;
    }
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        status = dynr_local_fail(connection, NULL, code, err);
    }
    (void)sqlite3_reset(statement);
    return status;
}

static enum dynr_status begin_term(struct local_connection *connection, void *context,
                                   struct dynr_error *err)
{
    struct term_work *work = context;
    const struct dynr_clock *clock = connection->engine->clock;
    uint64_t position = 0;
    uint8_t key[sizeof work->terms->key];
    if (!clock->random_bytes(clock->context, key, sizeof key)) {
        return dynr_fail(err, DYNR_ERR_IO, "the system gives no random bytes");
    }
    enum dynr_status status = dynr_local_position_read(connection, &position, err);
    if (status != DYNR_OK) {
        return status;
    }
    dynr_local_position_end(connection);
    status = dynr_local_before_change(connection, err);
    if (status == DYNR_OK) {
        status = insert_term(connection, work->program, position, key, err);
    }
    return status == DYNR_OK ? list_terms(connection, work, err) : status;
}

enum dynr_status dynr_local_stream_begin_term(struct dynr_backend *backend, uint64_t program,
                                              struct dynr_stream_term *out, size_t *out_n,
                                              struct dynr_error *err)
{
    struct local_engine *engine = dynr_local_engine(backend, err);
    struct local_call call = {.engine = engine};
    struct term_work work = {.program = program, .terms = out};
    *out_n = 0;
    if (engine == NULL) {
        return DYNR_ERR_INVALID_ARGUMENT;
    }
    enum dynr_status status = dynr_local_commit(&call, begin_term, &work, err);
    if (status == DYNR_OK) {
        *out_n = work.n_terms;
    }
    return status;
}
