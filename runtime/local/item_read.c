/* SPDX-License-Identifier: Apache-2.0 */
/* GetItem, alone or inside a batch or transaction. */
#include "local/capacity.h"

enum dynr_status dynr_local_item_load(struct local_connection *connection,
                                      const struct local_table *table, const struct local_key *key,
                                      struct dynr_arena *arena, struct dynr_str *out,
                                      size_t *out_size, struct dynr_error *err)
{
    sqlite3_stmt *statement;
    *out = dynr_str_make(NULL, 0);
    *out_size = 0;
    enum dynr_status status =
        dynr_local_row_statement(connection, table, 0, LOCAL_ROW_GET, &statement, err);
    if (status != DYNR_OK) {
        return status;
    }
    dynr_local_bind_bytes(statement, 1, key->partition);
    dynr_local_bind_bytes(statement, 2, key->sort);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        struct dynr_str item = dynr_local_column(statement, 0);
        /*
         * A NULL where bytes were expected is SQLite's way to say that it had no memory for them.
         */
        char *copy = item.ptr == NULL ? NULL : dynr_arena_text(arena, item.len);
        if (copy == NULL) {
            status = dynr_local_out_of_memory(err);
        } else {
            memcpy(copy, item.ptr, item.len);
            *out = dynr_str_make(copy, item.len);
        }
        *out_size = (size_t)sqlite3_column_int64(statement, 1);
    } else if (code != SQLITE_DONE) {
        status = dynr_local_fail(connection, table, code, err);
    }
    (void)sqlite3_reset(statement);
    return status;
}

enum dynr_status dynr_local_project(struct dynr_str item,
                                    const struct dynr_bound_expression *projection,
                                    struct dynr_arena *arena, struct dynr_str *out,
                                    struct dynr_error *err)
{
    struct dynr_attribute whole;
    struct dynr_attribute part;
    enum dynr_status status = dynr_item_parse(item, arena, &whole, err);
    if (status == DYNR_OK) {
        status = dynr_projection_apply(projection, &whole, arena, &part, err);
    }
    return status == DYNR_OK ? dynr_local_item_text(&part, arena, item.len, out, err) : status;
}

enum dynr_status dynr_local_read_prepare(struct local_call *call,
                                         const struct dynr_request *request, struct local_read *out,
                                         struct dynr_error *err)
{
    struct dynr_bindings bindings;
    bool has_projection = request->projection.len > 0;
    out->projection = NULL;
    out->is_consistent = request->consistent_read;
    enum dynr_status status = dynr_local_bindings(call, request, has_projection,
                                                  "ProjectionExpression is null", &bindings, err);
    if (status == DYNR_OK && has_projection) {
        status = dynr_local_bind(call, &bindings, DYNR_EXPRESSION_PROJECTION, request->projection,
                                 &out->projection, err);
        if (status == DYNR_OK) {
            status = dynr_bindings_check_used(&bindings, err);
        }
    }
    if (status == DYNR_OK) {
        status = dynr_local_table_find(call, request->table, &out->table, err);
    }
    return status;
}

enum dynr_status dynr_local_read_prepare_key(struct local_call *call,
                                             const struct dynr_request *request,
                                             struct local_read *read,
                                             struct dynr_cancellation_reason *reason,
                                             struct dynr_error *err)
{
    struct dynr_error fault = {0};
    enum dynr_status status =
        dynr_local_key_parse(read->table, request->key, call->arena, &read->key, &fault);
    read->has_key_fault = status != DYNR_OK && status != DYNR_ERR_NO_MEMORY && reason != NULL;
    if (read->has_key_fault) {
        return dynr_local_reason_set(call, &fault, "ValidationError", reason, err);
    }
    if (status != DYNR_OK && err != NULL) {
        *err = fault;
    }
    return status == DYNR_OK ? dynr_local_check_key_paths(read->table, read->projection, err)
                             : status;
}

enum dynr_status dynr_local_read_execute(struct local_connection *connection,
                                         struct local_call *call, const struct local_read *read,
                                         struct dynr_str *out, size_t *out_size,
                                         struct dynr_error *err)
{
    enum dynr_status status =
        dynr_local_item_load(connection, read->table, &read->key, call->arena, out, out_size, err);
    if (status == DYNR_OK && out->len > 0 && read->projection != NULL) {
        status = dynr_local_project(*out, read->projection, call->arena, out, err);
    }
    return status == DYNR_OK ? dynr_local_meter_read(call, read->table, LOCAL_NO_INDEX, *out_size,
                                                     read->is_consistent, err)
                             : status;
}

enum dynr_status dynr_local_get_item(struct local_call *call, const struct dynr_request *request,
                                     struct dynr_response *response, struct dynr_error *err)
{
    struct local_read read;
    struct local_connection *connection;
    enum dynr_status status = dynr_local_read_prepare(call, request, &read, err);
    if (status == DYNR_OK) {
        status = dynr_local_read_prepare_key(call, request, &read, NULL, err);
    }
    if (status == DYNR_OK) {
        status = dynr_local_snapshot_begin_short(call, &connection, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    size_t size = 0;
    status = dynr_local_read_execute(connection, call, &read, &response->item, &size, err);
    response->size_bytes = size;
    dynr_local_snapshot_end(call, connection);
    return status;
}
