/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Change records, written in the transaction of the change: their sequence is the order of commits.
 */
#include "local/engine.h"

enum dynr_status dynr_local_stream_write(struct local_connection *connection,
                                         struct local_call *call, const struct local_write *write,
                                         struct dynr_error *err)
{
    const struct local_table *table = write->table;
    const struct dynr_clock *clock = call->engine->clock;
    const char *event = !write->exists ? "INSERT" : write->has_new ? "MODIFY" : "REMOVE";
    struct dynr_str keys;
    sqlite3_stmt *statement;
    enum dynr_status status =
        dynr_local_pick(write->has_new ? write->new_text : write->old_text, table->key_names,
                        table->n_keys, call->arena, &keys, err);
    if (status == DYNR_OK) {
        status = dynr_local_fixed(connection, LOCAL_STREAM_INSERT, &statement, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    (void)sqlite3_bind_int64(statement, 1, table->id);
    dynr_local_bind_text(statement, 2, dynr_str_from_c(event));
    (void)sqlite3_bind_int64(statement, 3, clock->now_ms(clock->context));
    dynr_local_bind_text(statement, 4, keys);
    if (write->exists) {
        dynr_local_bind_text(statement, 5, write->old_text);
    } else {
        (void)sqlite3_bind_null(statement, 5);
    }
    if (write->has_new) {
        dynr_local_bind_text(statement, 6, write->new_text);
    } else {
        (void)sqlite3_bind_null(statement, 6);
    }
    return dynr_local_finish(connection, NULL, statement, err);
}
