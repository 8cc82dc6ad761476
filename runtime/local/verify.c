/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking for damage: SQLite's check of its own structure, and whether items, keys, sizes and index entries agree. All of it reads one
 * snapshot and writes nothing.
 */
#include "local/open.h"
#include "local/table.h"

struct verifying {
    struct local_connection *connection;
    struct local_table *table;
    /* Of one item. */
    struct dynr_arena scratch;
    int64_t n_entries[LOCAL_MOST_RELATIONS];
};

static enum dynr_status damaged(const struct verifying *verifying, struct dynr_str item,
                                const char *what, struct dynr_error *err)
{
    struct dynr_str name = verifying->table->definition.name;
    int shown = item.len > 120 ? 120 : (int)item.len;
    return dynr_fail(err, DYNR_ERR_CORRUPT, "the store is damaged: table %.*s: %s: %.*s",
                     (int)name.len, name.ptr, what, shown, item.len == 0 ? "" : item.ptr);
}

static enum dynr_status check_structure(struct local_connection *connection, struct dynr_error *err)
{
    sqlite3_stmt *statement = NULL;
    int code =
        sqlite3_prepare_v2(connection->db, "PRAGMA integrity_check(1)", -1, &statement, NULL);
    enum dynr_status status = DYNR_OK;
    if (code == SQLITE_OK) {
        code = sqlite3_step(statement);
    }
    if (code == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(statement, 0);
        if (text == NULL || strcmp(text, "ok") != 0) {
            status = dynr_fail(err, DYNR_ERR_CORRUPT, "the store is damaged: %s",
                               text == NULL ? "unknown" : text);
        }
    } else {
        status = dynr_local_fail(connection, NULL, code, err);
    }
    (void)sqlite3_finalize(statement);
    return status;
}

static enum dynr_status check_stream(struct local_connection *connection, struct dynr_error *err)
{
    sqlite3_int64 gaps = 0;
    sqlite3_int64 strays = 0;
    enum dynr_status status = dynr_local_read_integer(
        connection, "SELECT coalesce(max(sequence)-min(sequence)+1-count(*), 0) FROM stream_record",
        &gaps, err);
    if (status == DYNR_OK) {
        status = dynr_local_read_integer(connection,
                                         "SELECT count(*) FROM stream_record WHERE table_id"
                                         " NOT IN (SELECT id FROM stream_table)",
                                         &strays, err);
    }
    if (status == DYNR_OK && (gaps != 0 || strays != 0)) {
        return dynr_fail(
            err, DYNR_ERR_CORRUPT,
            "the store is damaged: %lld change records are missing, %lld are of no stream",
            (long long)gaps, (long long)strays);
    }
    return status;
}

/* ---- items ---- */

static enum dynr_status read_item(struct verifying *verifying, sqlite3_stmt *statement,
                                  struct local_write *out, struct dynr_error *err)
{
    struct dynr_error fault = {0};
    struct local_key key;
    memset(out, 0, sizeof *out);
    out->table = verifying->table;
    out->has_new = true;
    out->key.partition = dynr_local_column(statement, 0);
    out->key.sort = dynr_local_column(statement, 1);
    out->new_text = dynr_local_column(statement, 2);
    out->new_size = (size_t)sqlite3_column_int64(statement, 3);
    enum dynr_status status =
        dynr_item_parse(out->new_text, &verifying->scratch, &out->new_item, &fault);
    if (status == DYNR_OK) {
        status = dynr_local_key_of_item(verifying->table, &out->new_item, &verifying->scratch, &key,
                                        &fault);
    }
    if (status == DYNR_ERR_NO_MEMORY) {
        return dynr_local_out_of_memory(err);
    }
    if (status != DYNR_OK) {
        return damaged(verifying, out->new_text, "an item cannot be read", err);
    }
    if (!dynr_local_key_equal(&key, &out->key)) {
        return damaged(verifying, out->new_text, "an item stands under another key", err);
    }
    return dynr_item_size(&out->new_item) == out->new_size
               ? DYNR_OK
               : damaged(verifying, out->new_text, "an item has another size", err);
}

static enum dynr_status check_entry(struct verifying *verifying, const struct local_write *write,
                                    size_t position, struct dynr_error *err)
{
    bool is_expected;
    bool is_there;
    enum dynr_status status = dynr_local_index_check(
        verifying->connection, write, position, &verifying->scratch, &is_expected, &is_there, err);
    if (status == DYNR_OK && is_expected && !is_there) {
        return damaged(verifying, write->new_text,
                       "an index lacks the entry of an item, or has another", err);
    }
    verifying->n_entries[position] += status == DYNR_OK && is_expected ? 1 : 0;
    return status;
}

static enum dynr_status check_items(struct verifying *verifying, struct dynr_error *err)
{
    const struct local_table *table = verifying->table;
    sqlite3_stmt *statement;
    enum dynr_status status =
        dynr_local_row_statement(verifying->connection, table, 0, LOCAL_ROW_FILL, &statement, err);
    if (status != DYNR_OK) {
        return status;
    }
    dynr_local_bind_bytes(statement, 1, dynr_str_make("", 0));
    dynr_local_bind_bytes(statement, 2, dynr_str_make("", 0));
    int code = SQLITE_ROW;
    while (status == DYNR_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        struct local_write write;
        dynr_arena_reset(&verifying->scratch);
        status = read_item(verifying, statement, &write, err);
        for (size_t i = 0; status == DYNR_OK && i < table->n_relations; i++) {
            if (table->indexes[i].definition.state == DYNR_INDEX_ACTIVE) {
                status = check_entry(verifying, &write, i, err);
            }
        }
    }
    if (status == DYNR_OK && code != SQLITE_DONE) {
        status = dynr_local_fail(verifying->connection, NULL, code, err);
    }
    (void)sqlite3_reset(statement);
    return status;
}

/* Each item has its entries; where there are no more than that, each entry has its item. */
static enum dynr_status check_counts(const struct verifying *verifying, struct dynr_error *err)
{
    const struct local_table *table = verifying->table;
    enum dynr_status status = DYNR_OK;
    for (size_t i = 0; status == DYNR_OK && i < table->n_relations; i++) {
        sqlite3_int64 n_entries = 0;
        char sql[64];
        if (table->indexes[i].definition.state != DYNR_INDEX_ACTIVE) {
            continue;
        }
        (void)sqlite3_snprintf((int)sizeof sql, sql, "SELECT count(*) FROM x%lld_%d",
                               (long long)table->id, (int)i);
        status = dynr_local_read_integer(verifying->connection, sql, &n_entries, err);
        if (status == DYNR_OK && n_entries != verifying->n_entries[i]) {
            struct dynr_str name = table->indexes[i].definition.name;
            return damaged(verifying, name, "an index has entries of no item", err);
        }
    }
    return status;
}

static enum dynr_status check_table(struct local_connection *connection, struct dynr_str name,
                                    struct dynr_arena *arena, struct dynr_error *err)
{
    bool exists;
    struct local_table *table = dynr_arena_calloc(arena, 1, sizeof *table);
    if (table == NULL) {
        return dynr_local_out_of_memory(err);
    }
    enum dynr_status status = dynr_local_table_load(connection, name, arena, table, &exists, err);
    if (status != DYNR_OK || !exists) {
        return status;
    }
    struct verifying verifying = {.connection = connection, .table = table};
    status = dynr_local_slot_take(&connection->engine->catalog, table, err);
    if (status != DYNR_OK) {
        return status;
    }
    dynr_arena_init(&verifying.scratch, NULL, 0);
    status = check_items(&verifying, err);
    if (status == DYNR_OK) {
        status = check_counts(&verifying, err);
    }
    dynr_arena_cleanup(&verifying.scratch);
    dynr_local_statements_forget(connection, table);
    return status;
}

static enum dynr_status check_tables(struct local_connection *connection, struct dynr_error *err)
{
    struct dynr_arena arena;
    struct dynr_str name = dynr_str_make("", 0);
    sqlite3_stmt *statement;
    bool has_more = true;
    enum dynr_status status = dynr_local_fixed(connection, LOCAL_TABLE_LIST, &statement, err);
    dynr_arena_init(&arena, NULL, 0);
    while (status == DYNR_OK && has_more) {
        dynr_local_bind_text(statement, 1, name);
        (void)sqlite3_bind_int(statement, 2, 1);
        int code = sqlite3_step(statement);
        has_more = code == SQLITE_ROW;
        if (has_more) {
            name = dynr_arena_dup(&arena, dynr_local_column(statement, 0));
            status = name.ptr == NULL ? dynr_local_out_of_memory(err) : DYNR_OK;
        } else if (code != SQLITE_DONE) {
            status = dynr_local_fail(connection, NULL, code, err);
        }
        (void)sqlite3_reset(statement);
        if (status == DYNR_OK && has_more) {
            status = check_table(connection, name, &arena, err);
        }
    }
    dynr_arena_cleanup(&arena);
    return status;
}

enum dynr_status dynr_local_verify(struct dynr_backend *backend, struct dynr_error *err)
{
    struct local_connection *connection;
    struct local_engine *engine = dynr_local_engine(backend, err);
    if (engine == NULL) {
        return DYNR_ERR_INVALID_ARGUMENT;
    }
    enum dynr_status status = dynr_local_reader_take(engine, &connection, err);
    if (status != DYNR_OK) {
        return status;
    }
    status = dynr_local_read_begin(connection, err);
    if (status == DYNR_OK) {
        status = check_structure(connection, err);
        if (status == DYNR_OK) {
            status = check_stream(connection, err);
        }
        if (status == DYNR_OK) {
            status = check_tables(connection, err);
        }
        dynr_local_read_end(connection);
    }
    dynr_local_reader_give(engine, connection);
    return status;
}
