/* SPDX-License-Identifier: Apache-2.0 */
/* Writing what the file knows of tables: their rows, and the SQLite tables of items and indexes. */
#include "local/open.h"
#include "local/table.h"

/* ---- rows ---- */

static void bind_key_attribute(sqlite3_stmt *statement, int parameter,
                               const struct dynr_key_attribute *key)
{
    static const char types[] = "SNB";
    const char *type = key->name.len == 0 ? NULL : strchr(types, key->type);
    dynr_local_bind_text(statement, parameter, key->name);
    dynr_local_bind_text(statement, parameter + 1, dynr_str_make(type, type == NULL ? 0 : 1));
}

static void bind_throughput(sqlite3_stmt *statement, int parameter,
                            const struct dynr_throughput *throughput)
{
    (void)sqlite3_bind_int64(statement, parameter, throughput->read_units);
    (void)sqlite3_bind_int64(statement, parameter + 1, throughput->write_units);
}

static void append_text(struct dynr_buf *json, struct dynr_str text)
{
    dynr_buf_append_c(json, json->len == 1 ? "" : ",");
    dynr_buf_append_json_string(json, text);
}

static void bind_table(sqlite3_stmt *statement, const struct local_table *table,
                       struct dynr_str tags)
{
    const struct dynr_table_definition *definition = &table->definition;
    if (table->id != 0) {
        (void)sqlite3_bind_int64(statement, 1, table->id);
    } else {
        (void)sqlite3_bind_null(statement, 1);
    }
    dynr_local_bind_text(statement, 2, definition->name);
    bind_key_attribute(statement, 3, &definition->partition_key);
    bind_key_attribute(statement, 5, &definition->sort_key);
    (void)sqlite3_bind_int(statement, 7, definition->stream);
    dynr_local_bind_text(statement, 8, definition->ttl_attribute);
    dynr_local_bind_text(statement, 9, definition->table_id);
    (void)sqlite3_bind_int64(statement, 10, definition->created_ms);
    (void)sqlite3_bind_int64(statement, 11, table->stream_id);
    (void)sqlite3_bind_int(statement, 12, (int)definition->billing);
    bind_throughput(statement, 13, &definition->throughput);
    (void)sqlite3_bind_int(statement, 15, definition->deletion_protection);
    dynr_local_bind_text(statement, 16, tags);
    dynr_local_bind_text(statement, 17, definition->settings);
}

static enum dynr_status insert_table(struct local_connection *connection,
                                     const struct local_table *table, struct dynr_str tags,
                                     struct dynr_error *err)
{
    sqlite3_stmt *statement;
    const struct dynr_table_definition *definition = &table->definition;
    enum dynr_status status = dynr_local_fixed(connection, LOCAL_TABLE_INSERT, &statement, err);
    if (status != DYNR_OK) {
        return status;
    }
    bind_table(statement, table, tags);
    int code = sqlite3_step(statement);
    if (code == SQLITE_CONSTRAINT_UNIQUE) {
        status = dynr_fail(err, DYNR_ERR_TABLE_EXISTS, "Table already exists: %.*s",
                           (int)definition->name.len, definition->name.ptr);
    } else if (code != SQLITE_DONE) {
        status = dynr_local_fail(connection, NULL, code, err);
    }
    (void)sqlite3_reset(statement);
    return status;
}

static enum dynr_status insert_index(struct local_connection *connection, int64_t table_id,
                                     size_t position, const struct local_index *index,
                                     struct dynr_error *err)
{
    sqlite3_stmt *statement;
    const struct dynr_index_definition *definition = &index->definition;
    enum dynr_status status =
        dynr_local_fixed(connection, LOCAL_TABLE_INSERT_INDEX, &statement, err);
    if (status != DYNR_OK) {
        return status;
    }
    struct dynr_buf included = {0};
    dynr_buf_append_char(&included, '[');
    for (size_t i = 0; definition->projection == DYNR_PROJECT_INCLUDE && i < definition->n_included;
         i++) {
        append_text(&included, definition->included[i]);
    }
    dynr_buf_append_char(&included, ']');
    if (dynr_buf_ok(&included)) {
        (void)sqlite3_bind_int64(statement, 1, table_id);
        (void)sqlite3_bind_int64(statement, 2, (sqlite3_int64)position);
        dynr_local_bind_text(statement, 3, definition->name);
        bind_key_attribute(statement, 4, &definition->partition_key);
        bind_key_attribute(statement, 6, &definition->sort_key);
        (void)sqlite3_bind_int(statement, 8, definition->is_local);
        (void)sqlite3_bind_int(statement, 9, (int)definition->projection);
        dynr_local_bind_text(statement, 10, dynr_buf_str(&included));
        bind_throughput(statement, 11, &definition->throughput);
        (void)sqlite3_bind_int(statement, 13, (int)definition->state);
        (void)sqlite3_bind_int(statement, 14, index->is_expiry);
        dynr_local_bind_bytes(statement, 15, index->filled_partition);
        dynr_local_bind_bytes(statement, 16, index->filled_sort);
        status = dynr_local_finish(connection, NULL, statement, err);
    } else {
        status = dynr_local_out_of_memory(err);
    }
    dynr_buf_cleanup(&included);
    return status;
}

enum dynr_status dynr_local_table_insert(struct local_connection *connection,
                                         struct local_table *table, struct dynr_error *err)
{
    struct dynr_buf tags = {0};
    dynr_buf_append_char(&tags, '[');
    for (size_t i = 0; i < table->definition.n_tags; i++) {
        append_text(&tags, table->definition.tags[i].key);
        append_text(&tags, table->definition.tags[i].value);
    }
    dynr_buf_append_char(&tags, ']');
    enum dynr_status status = dynr_buf_ok(&tags)
                                  ? insert_table(connection, table, dynr_buf_str(&tags), err)
                                  : dynr_local_out_of_memory(err);
    dynr_buf_cleanup(&tags);
    if (status == DYNR_OK && table->id == 0) {
        table->id = sqlite3_last_insert_rowid(connection->db);
    }
    for (size_t i = 0; status == DYNR_OK && i < table->n_relations; i++) {
        status = insert_index(connection, table->id, i, &table->indexes[i], err);
    }
    return status;
}

static enum dynr_status remove_rows(struct local_connection *connection,
                                    enum local_fixed_statement which, int64_t id,
                                    struct dynr_error *err)
{
    sqlite3_stmt *statement;
    enum dynr_status status = dynr_local_fixed(connection, which, &statement, err);
    if (status != DYNR_OK) {
        return status;
    }
    (void)sqlite3_bind_int64(statement, 1, id);
    return dynr_local_finish(connection, NULL, statement, err);
}

enum dynr_status dynr_local_table_remove(struct local_connection *connection, int64_t id,
                                         bool *out_existed, struct dynr_error *err)
{
    enum dynr_status status = remove_rows(connection, LOCAL_TABLE_REMOVE, id, err);
    *out_existed = status == DYNR_OK && sqlite3_changes(connection->db) > 0;
    return status == DYNR_OK ? remove_rows(connection, LOCAL_TABLE_REMOVE_INDEXES, id, err)
                             : status;
}

/* ---- relations ---- */

void dynr_local_relation_create(const struct local_table *table, size_t relation,
                                struct dynr_buf *sql)
{
    /* WITHOUT ROWID: a row stands where its key is, one search finds it. */
    if (relation == 0) {
        dynr_buf_printf(sql,
                        "CREATE TABLE t%lld (pk BLOB NOT NULL, sk BLOB NOT NULL, size INTEGER NOT "
                        "NULL, item TEXT NOT NULL,"
                        " PRIMARY KEY (pk, sk)) STRICT, WITHOUT ROWID;",
                        (long long)table->id);
        return;
    }
    dynr_buf_printf(
        sql,
        "CREATE TABLE x%lld_%zu (ipk BLOB NOT NULL, isk BLOB NOT NULL, pk BLOB NOT NULL,"
        " sk BLOB NOT NULL%s, PRIMARY KEY (ipk, isk, pk, sk)) STRICT, WITHOUT ROWID;",
        (long long)table->id, relation - 1,
        table->indexes[relation - 1].stores_item ? ", size INTEGER NOT NULL, item TEXT NOT NULL"
                                                 : "");
}

enum dynr_status dynr_local_execute_buf(struct local_connection *connection, struct dynr_buf *sql,
                                        struct dynr_error *err)
{
    dynr_buf_append_char(sql, '\0');
    enum dynr_status status = dynr_buf_ok(sql) ? dynr_local_execute(connection, sql->ptr, err)
                                               : dynr_local_out_of_memory(err);
    dynr_buf_cleanup(sql);
    return status;
}

enum dynr_status dynr_local_relations_create(struct local_connection *connection,
                                             const struct local_table *table,
                                             struct dynr_error *err)
{
    struct dynr_buf sql = {0};
    for (size_t i = 0; i <= table->n_relations; i++) {
        dynr_local_relation_create(table, i, &sql);
    }
    return dynr_local_execute_buf(connection, &sql, err);
}

enum dynr_status dynr_local_relations_drop(struct local_connection *connection,
                                           const struct local_table *table, struct dynr_error *err)
{
    struct dynr_buf sql = {0};
    dynr_buf_printf(&sql, "DROP TABLE t%lld;", (long long)table->id);
    for (size_t i = 0; i < table->n_relations; i++) {
        dynr_buf_printf(&sql, "DROP TABLE x%lld_%zu;", (long long)table->id, i);
    }
    return dynr_local_execute_buf(connection, &sql, err);
}

static void append_rename(struct dynr_buf *sql, long long from, size_t from_position, long long to,
                          size_t to_position)
{
    dynr_buf_printf(sql, "ALTER TABLE x%lld_%zu RENAME TO x%lld_%zu;", from, from_position, to,
                    to_position);
}

enum dynr_status dynr_local_table_replace(struct local_connection *connection,
                                          const struct local_table *from, struct local_table *to,
                                          const size_t *source, struct dynr_error *err)
{
    bool existed;
    struct dynr_buf sql = {0};
    enum dynr_status status = dynr_local_table_remove(connection, from->id, &existed, err);
    to->id = 0;
    if (status == DYNR_OK) {
        status = dynr_local_table_insert(connection, to, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    dynr_buf_printf(&sql, "ALTER TABLE t%lld RENAME TO t%lld;", (long long)from->id,
                    (long long)to->id);
    for (size_t i = 0; i < to->n_relations; i++) {
        if (source[i] == LOCAL_NO_INDEX) {
            dynr_local_relation_create(to, i + 1, &sql);
        } else {
            append_rename(&sql, from->id, source[i], to->id, i);
        }
    }
    for (size_t i = 0; i < from->n_relations; i++) {
        bool stays = false;
        for (size_t k = 0; k < to->n_relations; k++) {
            stays = stays || source[k] == i;
        }
        if (!stays) {
            dynr_buf_printf(&sql, "DROP TABLE x%lld_%zu;", (long long)from->id, i);
        }
    }
    return dynr_local_execute_buf(connection, &sql, err);
}

/* ---- streams ---- */

/* Times of streams, in their labels, are unique: one that is taken is moved on by milliseconds. */
static enum dynr_status choose_label(struct local_connection *connection, struct dynr_arena *arena,
                                     int64_t *created_ms, struct dynr_str *label,
                                     struct dynr_error *err)
{
    sqlite3_stmt *statement;
    enum dynr_status status = dynr_local_fixed(connection, LOCAL_STREAM_LABEL, &statement, err);
    int code = SQLITE_ROW;
    while (status == DYNR_OK && code == SQLITE_ROW) {
        char text[DYNR_TIMESTAMP_LENGTH];
        dynr_timestamp_format((struct dynr_timestamp){*created_ms}, text);
        /* Without the zone's letter. */
        *label = dynr_arena_dup(arena, dynr_str_make(text, sizeof text - 1));
        if (label->ptr == NULL) {
            return dynr_local_out_of_memory(err);
        }
        dynr_local_bind_text(statement, 1, *label);
        code = sqlite3_step(statement);
        if (code == SQLITE_ROW) {
            ++*created_ms;
        } else if (code != SQLITE_DONE) {
            status = dynr_local_fail(connection, NULL, code, err);
        }
        (void)sqlite3_reset(statement);
    }
    return status;
}

enum dynr_status dynr_local_stream_create(struct local_connection *connection,
                                          struct local_table *table, struct dynr_arena *arena,
                                          struct dynr_error *err)
{
    sqlite3_stmt *statement;
    struct dynr_table_definition *definition = &table->definition;
    const struct dynr_clock *clock = connection->engine->clock;
    int64_t created_ms = clock->now_ms(clock->context);
    enum dynr_status status =
        choose_label(connection, arena, &created_ms, &definition->stream_label, err);
    if (status == DYNR_OK) {
        status = dynr_local_fixed(connection, LOCAL_STREAM_TABLE_INSERT, &statement, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    dynr_local_bind_text(statement, 1, definition->name);
    dynr_local_bind_text(statement, 2, definition->stream_label);
    (void)sqlite3_bind_int(statement, 3, (int)definition->stream_view);
    (void)sqlite3_bind_int64(statement, 4, created_ms);
    bind_key_attribute(statement, 5, &definition->partition_key);
    bind_key_attribute(statement, 7, &definition->sort_key);
    status = dynr_local_finish(connection, NULL, statement, err);
    table->stream_id = sqlite3_last_insert_rowid(connection->db);
    return status;
}

enum dynr_status dynr_local_stream_close(struct local_connection *connection, int64_t stream_id,
                                         struct dynr_error *err)
{
    sqlite3_stmt *statement;
    const struct dynr_clock *clock = connection->engine->clock;
    enum dynr_status status = dynr_local_fixed(connection, LOCAL_STREAM_CLOSE, &statement, err);
    if (status != DYNR_OK) {
        return status;
    }
    (void)sqlite3_bind_int64(statement, 1, stream_id);
    (void)sqlite3_bind_int64(statement, 2, clock->now_ms(clock->context));
    return dynr_local_finish(connection, NULL, statement, err);
}
