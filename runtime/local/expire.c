/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removing items whose time is over, as the service does: with a change record of its own kind, and not those that expired more than five
 * years ago, which are more likely a mistake than an expiry.
 */
#include "local/table.h"

#include <stdio.h>

/* Items of one commit. */
#define ITEMS_PER_COMMIT 100
#define OLDEST_S         (INT64_C(5) * 365 * 24 * 60 * 60)

struct expire_work {
    struct local_call *call;
    const struct local_table *table;
    /* Position of the index by expiry. */
    size_t position;
    struct dynr_str low;
    struct dynr_str high;
    struct local_key keys[ITEMS_PER_COMMIT];
    size_t n_keys;
};

static enum dynr_status find_expired(struct local_connection *connection, struct expire_work *work,
                                     struct dynr_error *err)
{
    sqlite3_stmt *statement;
    work->n_keys = 0;
    enum dynr_status status = dynr_local_row_statement(connection, work->table, work->position + 1,
                                                       LOCAL_ROW_EXPIRED, &statement, err);
    if (status != DYNR_OK) {
        return status;
    }
    dynr_local_bind_bytes(statement, 1, work->low);
    dynr_local_bind_bytes(statement, 2, work->high);
    (void)sqlite3_bind_int(statement, 3, ITEMS_PER_COMMIT);
    int code = SQLITE_ROW;
    while (work->n_keys < ITEMS_PER_COMMIT && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        struct local_key *key = &work->keys[work->n_keys++];
        key->partition = dynr_arena_dup(work->call->arena, dynr_local_column(statement, 0));
        key->sort = dynr_arena_dup(work->call->arena, dynr_local_column(statement, 1));
        if (key->partition.ptr == NULL || key->sort.ptr == NULL) {
            (void)sqlite3_reset(statement);
            return dynr_local_out_of_memory(err);
        }
    }
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        status = dynr_local_fail(connection, work->table, code, err);
    }
    (void)sqlite3_reset(statement);
    return status;
}

static enum dynr_status run_expire(struct local_connection *connection, void *context,
                                   struct dynr_error *err)
{
    static const struct dynr_request removal = {.size = sizeof removal,
                                                .operation = DYNR_DELETE_ITEM};
    struct expire_work *work = context;
    enum dynr_status status = find_expired(connection, work, err);
    for (size_t i = 0; status == DYNR_OK && i < work->n_keys; i++) {
        struct local_write write = {
            .request = &removal, .table = work->table, .key = work->keys[i], .is_expiry = true};
        status = dynr_local_write_evaluate(connection, work->call, &write, err);
        if (status == DYNR_OK && !write.exists) {
            return dynr_fail(err, DYNR_ERR_CORRUPT,
                             "the store is damaged: an item of table %.*s that expires is missing",
                             (int)work->table->definition.name.len,
                             work->table->definition.name.ptr);
        }
        if (status == DYNR_OK) {
            status = dynr_local_write_apply(connection, work->call, &write, err);
        }
    }
    return status;
}

static enum dynr_status second_bytes(struct dynr_arena *arena, int64_t second, struct dynr_str *out,
                                     struct dynr_error *err)
{
    char text[24];
    struct dynr_decimal number;
    int n = snprintf(text, sizeof text, "%lld", (long long)second);
    enum dynr_status status =
        dynr_decimal_parse(dynr_str_make(text, (size_t)n), arena, &number, err);
    if (status != DYNR_OK) {
        return status;
    }
    struct dynr_attribute value = {.type = DYNR_ATTRIBUTE_N, .text = number.text};
    return dynr_local_key_bytes(&value, arena, out, err);
}

/* Whether there is anything to do: writers are not disturbed for nothing. */
static enum dynr_status look(struct local_engine *engine, struct expire_work *work,
                             struct dynr_error *err)
{
    struct local_connection *connection;
    enum dynr_status status = dynr_local_reader_take(engine, &connection, err);
    if (status != DYNR_OK) {
        return status;
    }
    status = find_expired(connection, work, err);
    dynr_local_reader_give(engine, connection);
    return status;
}

static enum dynr_status expire_table(struct local_engine *engine, struct dynr_str name,
                                     struct dynr_arena *arena, bool *out_has_more,
                                     struct dynr_error *err)
{
    struct local_call call = {.engine = engine, .arena = arena};
    struct expire_work *work = dynr_arena_calloc(arena, 1, sizeof *work);
    int64_t now_s = engine->clock->now_ms(engine->clock->context) / 1000;
    if (work == NULL) {
        return dynr_local_out_of_memory(err);
    }
    work->call = &call;
    enum dynr_status status = dynr_local_table_find(&call, name, &work->table, err);
    if (status == DYNR_OK) {
        status = second_bytes(arena, now_s - OLDEST_S, &work->low, err);
    }
    if (status == DYNR_OK) {
        status = second_bytes(arena, now_s, &work->high, err);
    }
    if (status == DYNR_OK && work->table->n_relations > work->table->definition.n_indexes) {
        work->position = work->table->n_relations - 1;
        status = look(engine, work, err);
    }
    if (status == DYNR_OK && work->n_keys > 0) {
        status = dynr_local_commit(&call, run_expire, work, err);
    }
    *out_has_more = *out_has_more || (status == DYNR_OK && work->n_keys == ITEMS_PER_COMMIT);
    dynr_local_call_end(&call);
    return status;
}

/* The next table by name whose items expire; empty: there is none. */
static enum dynr_status find_next(struct local_engine *engine, struct dynr_arena *arena,
                                  struct dynr_str *name, struct dynr_error *err)
{
    struct local_connection *connection;
    sqlite3_stmt *statement;
    struct dynr_str next = dynr_str_make("", 0);
    enum dynr_status status = dynr_local_reader_take(engine, &connection, err);
    if (status != DYNR_OK) {
        return status;
    }
    status = dynr_local_fixed(connection, LOCAL_TABLE_EXPIRING, &statement, err);
    if (status == DYNR_OK) {
        dynr_local_bind_text(statement, 1, *name);
        int code = sqlite3_step(statement);
        if (code == SQLITE_ROW) {
            next = dynr_arena_dup(arena, dynr_local_column(statement, 0));
            status = next.ptr == NULL ? dynr_local_out_of_memory(err) : DYNR_OK;
        } else if (code != SQLITE_DONE) {
            status = dynr_local_fail(connection, NULL, code, err);
        }
        (void)sqlite3_reset(statement);
    }
    dynr_local_reader_give(engine, connection);
    *name = next;
    return status;
}

enum dynr_status dynr_local_expire_step(struct local_engine *engine, bool *out_has_more,
                                        struct dynr_error *err)
{
    struct dynr_arena arena;
    struct dynr_error later;
    struct dynr_str name = dynr_str_make("", 0);
    enum dynr_status first = DYNR_OK;
    *out_has_more = false;
    dynr_arena_init(&arena, NULL, 0);
    enum dynr_status found = find_next(engine, &arena, &name, err);
    while (found == DYNR_OK && name.len > 0) {
        struct dynr_error *place = first == DYNR_OK ? err : &later;
        enum dynr_status status = expire_table(engine, name, &arena, out_has_more, place);
        if (status == DYNR_ERR_NO_TABLE) {
            /* Deleted or changed meanwhile: the next step sees how it is now. */
            *out_has_more = true;
            dynr_error_clear(place);
            status = DYNR_OK;
        }
        first = first == DYNR_OK ? status : first;
        found = find_next(engine, &arena, &name, first == DYNR_OK ? err : &later);
    }
    dynr_arena_cleanup(&arena);
    return first == DYNR_OK ? found : first;
}
