/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Retention of change records. Writers remove what is too old, in the transaction of their own records: so nothing has to run
 * besides, and no commit removes much more than it adds. Records that a clock dated too late hold up those behind them until they
 * are old: what is kept too long does no harm, what is gone does.
 */
#include "local/engine.h"

/* Records that one commit removes at least, where there are as many; then twice as many as it wrote, so that the rest shrinks. */
#define TRIM_LEAST 32u

struct trim {
    /* Records below this sequence go: where a transaction begins. */
    sqlite3_int64 cut;
    /* When there will be something to do. */
    int64_t next_ms;
};

/*
 * Walks from the oldest record to the first transaction that is young enough, or to the first after `most` records. A transaction
 * is as old as its first record. The last transaction is never passed.
 */
static enum dynr_status find_cut(struct local_connection *connection, int64_t oldest_ms,
                                 uint64_t most, struct trim *out, struct dynr_error *err)
{
    sqlite3_stmt *statement;
    uint64_t n_passed = 0;
    int code;
    enum dynr_status status = dynr_local_fixed(connection, LOCAL_STREAM_OLDEST, &statement, err);
    if (status != DYNR_OK) {
        return status;
    }
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        if (sqlite3_column_int64(statement, 1) == 0) {
            int64_t created_ms = sqlite3_column_int64(statement, 2);
            out->cut = sqlite3_column_int64(statement, 0);
            out->next_ms = created_ms + connection->engine->stream_retention_ms;
            if (created_ms >= oldest_ms || n_passed >= most) {
                break;
            }
        }
        n_passed++;
    }
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        status = dynr_local_fail(connection, NULL, code, err);
    }
    (void)sqlite3_reset(statement);
    return status;
}

enum dynr_status dynr_local_stream_trim(struct local_connection *connection, uint64_t n_written,
                                        struct dynr_error *err)
{
    struct local_engine *engine = connection->engine;
    struct local_writer *writer = &engine->writer;
    int64_t now_ms = engine->clock->now_ms(engine->clock->context);
    struct trim trim = {0, 0};
    sqlite3_stmt *statement;
    if (now_ms <= writer->next_trim_ms) {
        return DYNR_OK;
    }
    enum dynr_status status = find_cut(connection, now_ms - engine->stream_retention_ms,
                                       TRIM_LEAST + 2 * n_written, &trim, err);
    if (status == DYNR_OK) {
        status = dynr_local_fixed(connection, LOCAL_STREAM_TRIM, &statement, err);
    }
    if (status == DYNR_OK) {
        (void)sqlite3_bind_int64(statement, 1, trim.cut);
        status = dynr_local_finish(connection, NULL, statement, err);
    }
    if (status == DYNR_OK) {
        writer->next_trim_ms = trim.next_ms;
    }
    return status;
}
