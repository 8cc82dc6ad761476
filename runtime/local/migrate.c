/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bringing files of older formats up to date. One transaction: whoever is interrupted leaves the old format, and of two that try one
 * finds it done. What has to be read of the items themselves is left to the filling of indexes (fill.c).
 */
#include "local/open.h"
#include "local/table.h"

/* The SQLite tables of the indexes that the migration added. */
static enum dynr_status create_expiry(struct local_connection *connection, struct dynr_error *err)
{
    struct local_index indexes[LOCAL_MOST_RELATIONS] = {{.is_expiry = true}};
    struct local_table table = {.indexes = indexes};
    struct dynr_buf sql = {0};
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(connection->db,
                                  "SELECT table_id, position FROM dynr_index WHERE is_expiry<>0",
                                  -1, &statement, NULL);
    while (code == SQLITE_OK || code == SQLITE_ROW) {
        code = sqlite3_step(statement);
        if (code == SQLITE_ROW) {
            size_t position = (size_t)sqlite3_column_int64(statement, 1);
            if (position >= LOCAL_MOST_RELATIONS) {
                code = SQLITE_CORRUPT;
                break;
            }
            indexes[position].is_expiry = true;
            table.id = sqlite3_column_int64(statement, 0);
            dynr_local_relation_create(&table, position + 1, &sql);
        }
    }
    (void)sqlite3_finalize(statement);
    if (code != SQLITE_DONE) {
        dynr_buf_cleanup(&sql);
        return dynr_local_fail(connection, NULL, code, err);
    }
    return dynr_local_execute_buf(connection, &sql, err);
}

static enum dynr_status migrate_3(struct local_connection *connection, struct dynr_error *err)
{
    char text[96];
    const struct dynr_clock *clock = connection->engine->clock;
    (void)sqlite3_snprintf((int)sizeof text, text,
                           "CREATE TEMP TABLE migration AS SELECT %lld AS now_ms",
                           (long long)clock->now_ms(clock->context));
    enum dynr_status status = dynr_local_execute(connection, text, err);
    if (status == DYNR_OK) {
        status = dynr_local_execute(connection, dynr_local_migrate_3, err);
    }
    if (status == DYNR_OK) {
        status = create_expiry(connection, err);
    }
    return status == DYNR_OK ? dynr_local_execute(connection, "DROP TABLE temp.migration", err)
                             : status;
}

static enum dynr_status run_steps(struct local_connection *connection, struct dynr_error *err)
{
    sqlite3_int64 version = 0;
    enum dynr_status status =
        dynr_local_read_integer(connection, "PRAGMA user_version", &version, err);
    if (status == DYNR_OK && version == 1) {
        status = dynr_local_execute(connection, dynr_local_migrate_1, err);
        version = 2;
    }
    if (status == DYNR_OK && version == 2) {
        status = dynr_local_execute(connection, dynr_local_migrate_2, err);
        version = 3;
    }
    return status == DYNR_OK && version == 3 ? migrate_3(connection, err) : status;
}

enum dynr_status dynr_local_migrate(struct local_connection *connection, struct dynr_error *err)
{
    sqlite3_int64 version = 0;
    enum dynr_status status =
        dynr_local_read_integer(connection, "PRAGMA user_version", &version, err);
    if (status != DYNR_OK || version < LOCAL_FORMAT_OLDEST || version >= LOCAL_FORMAT_VERSION) {
        return status;
    }
    status = dynr_local_execute(connection, "BEGIN IMMEDIATE", err);
    if (status != DYNR_OK) {
        return status;
    }
    status = run_steps(connection, err);
    if (status == DYNR_OK) {
        return dynr_local_execute(connection, "COMMIT", err);
    }
    (void)dynr_local_execute(connection, "ROLLBACK", NULL);
    return status;
}
