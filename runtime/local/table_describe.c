/* SPDX-License-Identifier: Apache-2.0 */
/* DescribeTable and ListTables. */
#include "local/table.h"

/* ---- DescribeTable ---- */

/* The description as the file has it now: more of it changes than what makes one in memory stale. */
static enum dynr_status load_now(struct local_call *call, const struct local_table *table,
                                 struct dynr_table_definition *out, struct dynr_error *err)
{
    struct local_connection *connection;
    struct local_table loaded;
    bool exists = false;
    memset(&loaded, 0, sizeof loaded);
    enum dynr_status status = dynr_local_reader_take(call->engine, &connection, err);
    if (status != DYNR_OK) {
        return status;
    }
    status = dynr_local_table_load(connection, table->definition.name, call->arena, &loaded,
                                   &exists, err);
    dynr_local_reader_give(call->engine, connection);
    if (status == DYNR_OK && (!exists || loaded.id != table->id)) {
        dynr_local_catalog_retire(&call->engine->catalog, table);
        return dynr_local_no_table(table->definition.name, err);
    }
    *out = loaded.definition;
    return status;
}

enum dynr_status dynr_local_describe_table(struct local_call *call,
                                           const struct dynr_request *request,
                                           struct dynr_response *response, struct dynr_error *err)
{
    const struct local_table *table;
    struct dynr_table_definition *definition =
        dynr_arena_calloc(call->arena, 1, sizeof *definition);
    if (definition == NULL) {
        return dynr_local_out_of_memory(err);
    }
    enum dynr_status status = dynr_local_table_find(call, request->table, &table, err);
    if (status == DYNR_ERR_NO_TABLE) {
        return dynr_local_no_table(request->table, err);
    }
    if (status == DYNR_OK) {
        status = load_now(call, table, definition, err);
    }
    if (status == DYNR_OK) {
        status = dynr_local_table_count(call->engine, table, definition, call->arena, err);
    }
    response->table = definition;
    return status;
}

/* ---- ListTables ---- */

static enum dynr_status list_names(struct local_connection *connection, sqlite3_stmt *statement,
                                   size_t limit, struct dynr_arena *arena,
                                   struct dynr_response *response, struct dynr_error *err)
{
    struct dynr_str *names = dynr_arena_calloc(arena, limit, sizeof *names);
    if (names == NULL) {
        return dynr_local_out_of_memory(err);
    }
    size_t n_names = 0;
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        if (n_names == limit) {
            response->last_table = names[limit - 1];
            break;
        }
        names[n_names] = dynr_arena_dup(arena, dynr_local_column(statement, 0));
        if (names[n_names++].ptr == NULL) {
            return dynr_local_out_of_memory(err);
        }
    }
    response->table_names = names;
    response->n_table_names = n_names;
    return code == SQLITE_ROW || code == SQLITE_DONE ? DYNR_OK
                                                     : dynr_local_fail(connection, NULL, code, err);
}

enum dynr_status dynr_local_list_tables(struct local_call *call, const struct dynr_request *request,
                                        struct dynr_response *response, struct dynr_error *err)
{
    enum {
        MOST_NAMES = 100
    };
    struct local_connection *connection;
    sqlite3_stmt *statement;
    if (request->limit > MOST_NAMES) {
        return dynr_local_invalid(
            err,
            "1 validation error detected: Value '%u' at 'limit' failed to satisfy constraint: "
            "Member must have value less than or equal to 100",
            (unsigned)request->limit);
    }
    size_t limit = request->limit == 0 ? MOST_NAMES : request->limit;
    enum dynr_status status = dynr_local_reader_take(call->engine, &connection, err);
    if (status != DYNR_OK) {
        return status;
    }
    status = dynr_local_fixed(connection, LOCAL_TABLE_LIST, &statement, err);
    if (status == DYNR_OK) {
        dynr_local_bind_text(statement, 1, request->start_table);
        (void)sqlite3_bind_int64(statement, 2, (sqlite3_int64)limit + 1);
        status = list_names(connection, statement, limit, call->arena, response, err);
        (void)sqlite3_reset(statement);
    }
    dynr_local_reader_give(call->engine, connection);
    return status;
}
