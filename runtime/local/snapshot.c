/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading at a known position. In SQLite a read transaction lasts as long as any statement of the connection is under way. So the
 * statement that reads the position is stepped first and reset last: what runs in between sees the same snapshot, without
 * a BEGIN and a COMMIT of its own, which would cost as much as the read.
 */
#include "local/engine.h"

enum dynr_status dynr_local_position_read(struct local_connection *connection, uint64_t *out,
                                          struct dynr_error *err)
{
    sqlite3_stmt *statement;
    enum dynr_status status = dynr_local_fixed(connection, LOCAL_STREAM_POSITION, &statement, err);
    if (status != DYNR_OK) {
        return status;
    }
    int code = sqlite3_step(statement);
    if (code != SQLITE_ROW) {
        status = dynr_local_fail(connection, NULL, code, err);
        (void)sqlite3_reset(statement);
        return status;
    }
    /* NULL reads as 0. */
    *out = (uint64_t)sqlite3_column_int64(statement, 0);
    return DYNR_OK;
}

void dynr_local_position_end(struct local_connection *connection)
{
    (void)sqlite3_reset(connection->fixed[LOCAL_STREAM_POSITION]);
}

static enum dynr_status begin(struct local_call *call, enum dynr_status taken,
                              struct local_connection **out, struct dynr_error *err)
{
    enum dynr_status status = taken;
    if (status == DYNR_OK && call->wants_position) {
        status = dynr_local_position_read(*out, &call->position, err);
        if (status != DYNR_OK) {
            dynr_local_reader_give(call->engine, *out);
        }
    }
    return status;
}

enum dynr_status dynr_local_snapshot_begin(struct local_call *call, struct local_connection **out,
                                           struct dynr_error *err)
{
    return begin(call, dynr_local_reader_take(call->engine, out, err), out, err);
}

enum dynr_status dynr_local_snapshot_begin_short(struct local_call *call,
                                                 struct local_connection **out,
                                                 struct dynr_error *err)
{
    return begin(call, dynr_local_reader_take_short(call->engine, out, err), out, err);
}

void dynr_local_snapshot_end(struct local_call *call, struct local_connection *connection)
{
    if (call->wants_position) {
        dynr_local_position_end(connection);
    }
    dynr_local_reader_give(call->engine, connection);
}
