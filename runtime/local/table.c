/* SPDX-License-Identifier: Apache-2.0 */
/* CreateTable, DeleteTable, DescribeTable, ListTables. */
#include "local/engine.h"
#include "local/open.h"

/* ---- CreateTable ---- */

struct table_work {
    const struct dynr_table_definition *definition;
    struct dynr_str name;
    struct local_table *loaded;
};

static int bind_key_attribute(sqlite3_stmt *statement, int parameter,
                              const struct dynr_key_attribute *key)
{
    static const char types[] = "SNB";
    const char *type = key->name.len == 0 ? NULL : strchr(types, key->type);
    dynr_local_bind_text(statement, parameter, key->name);
    dynr_local_bind_text(statement, parameter + 1, dynr_str_make(type, type == NULL ? 0 : 1));
    return parameter + 2;
}

static enum dynr_status insert_table(struct local_connection *connection,
                                     const struct dynr_table_definition *definition,
                                     struct dynr_error *err)
{
    sqlite3_stmt *statement;
    enum dynr_status status = dynr_local_fixed(connection, LOCAL_TABLE_INSERT, &statement, err);
    if (status != DYNR_OK) {
        return status;
    }
    dynr_local_bind_text(statement, 1, definition->name);
    int next = bind_key_attribute(statement, 2, &definition->partition_key);
    next = bind_key_attribute(statement, next, &definition->sort_key);
    (void)sqlite3_bind_int(statement, next, definition->stream);
    dynr_local_bind_text(statement, next + 1, definition->ttl_attribute);
    int code = sqlite3_step(statement);
    if (code == SQLITE_CONSTRAINT_UNIQUE) {
        (void)sqlite3_reset(statement);
        return dynr_fail(err, DYNR_ERR_TABLE_EXISTS, "Table already exists: %.*s",
                         (int)definition->name.len, definition->name.ptr);
    }
    status = code == SQLITE_DONE ? DYNR_OK : dynr_local_fail(connection, NULL, code, err);
    (void)sqlite3_reset(statement);
    return status;
}

static enum dynr_status insert_index(struct local_connection *connection, int64_t table_id,
                                     size_t position, const struct dynr_index_definition *index,
                                     struct dynr_error *err)
{
    sqlite3_stmt *statement;
    enum dynr_status status =
        dynr_local_fixed(connection, LOCAL_TABLE_INSERT_INDEX, &statement, err);
    if (status != DYNR_OK) {
        return status;
    }
    struct dynr_buf included = {0};
    dynr_buf_append_char(&included, '[');
    for (size_t i = 0; index->projection == DYNR_PROJECT_INCLUDE && i < index->n_included; i++) {
        dynr_buf_append_c(&included, i == 0 ? "" : ",");
        dynr_buf_append_json_string(&included, index->included[i]);
    }
    dynr_buf_append_char(&included, ']');
    if (dynr_buf_ok(&included)) {
        (void)sqlite3_bind_int64(statement, 1, table_id);
        (void)sqlite3_bind_int64(statement, 2, (sqlite3_int64)position);
        dynr_local_bind_text(statement, 3, index->name);
        int next = bind_key_attribute(statement, 4, &index->partition_key);
        next = bind_key_attribute(statement, next, &index->sort_key);
        (void)sqlite3_bind_int(statement, next, index->is_local);
        (void)sqlite3_bind_int(statement, next + 1, (int)index->projection);
        dynr_local_bind_text(statement, next + 2, dynr_buf_str(&included));
        status = dynr_local_finish(connection, NULL, statement, err);
    } else {
        status = dynr_local_out_of_memory(err);
    }
    dynr_buf_cleanup(&included);
    return status;
}

/*
 * The SQLite tables of items and indexes. WITHOUT ROWID: a row stands where its key is, one search
 * finds it.
 */
static enum dynr_status create_relations(struct local_connection *connection, int64_t table_id,
                                         const struct dynr_table_definition *definition,
                                         struct dynr_error *err)
{
    struct dynr_buf sql = {0};
    dynr_buf_printf(&sql,
                    "CREATE TABLE t%lld (pk BLOB NOT NULL, sk BLOB NOT NULL, size INTEGER NOT "
                    "NULL, item TEXT NOT NULL,"
                    " PRIMARY KEY (pk, sk)) STRICT, WITHOUT ROWID;",
                    (long long)table_id);
    for (size_t i = 0; i < definition->n_indexes; i++) {
        bool stores_item = definition->indexes[i].projection != DYNR_PROJECT_ALL;
        dynr_buf_printf(
            &sql,
            "CREATE TABLE x%lld_%zu (ipk BLOB NOT NULL, isk BLOB NOT NULL, pk BLOB NOT NULL,"
            " sk BLOB NOT NULL%s, PRIMARY KEY (ipk, isk, pk, sk)) STRICT, WITHOUT ROWID;",
            (long long)table_id, i,
            stores_item ? ", size INTEGER NOT NULL, item TEXT NOT NULL" : "");
    }
    dynr_buf_append_char(&sql, '\0');
    enum dynr_status status = dynr_buf_ok(&sql) ? dynr_local_execute(connection, sql.ptr, err)
                                                : dynr_local_out_of_memory(err);
    dynr_buf_cleanup(&sql);
    return status;
}

/* Change records outlive their table: so does its name. */
static enum dynr_status insert_stream_table(struct local_connection *connection, int64_t id,
                                            struct dynr_str name, struct dynr_error *err)
{
    sqlite3_stmt *statement;
    enum dynr_status status =
        dynr_local_fixed(connection, LOCAL_STREAM_TABLE_INSERT, &statement, err);
    if (status != DYNR_OK) {
        return status;
    }
    (void)sqlite3_bind_int64(statement, 1, id);
    dynr_local_bind_text(statement, 2, name);
    return dynr_local_finish(connection, NULL, statement, err);
}

static enum dynr_status run_create(struct local_connection *connection, void *context,
                                   struct dynr_error *err)
{
    const struct table_work *work = context;
    enum dynr_status status = dynr_local_before_change(connection, err);
    if (status == DYNR_OK) {
        status = insert_table(connection, work->definition, err);
    }
    int64_t id = sqlite3_last_insert_rowid(connection->db);
    if (status == DYNR_OK && work->definition->stream) {
        status = insert_stream_table(connection, id, work->definition->name, err);
    }
    for (size_t i = 0; status == DYNR_OK && i < work->definition->n_indexes; i++) {
        status = insert_index(connection, id, i, &work->definition->indexes[i], err);
    }
    return status == DYNR_OK ? create_relations(connection, id, work->definition, err) : status;
}

/* ---- answers ---- */

/* Copies a text in place. */
static void copy_text(struct dynr_arena *arena, struct dynr_str *text, bool *ok)
{
    *text = dynr_arena_dup(arena, *text);
    *ok = *ok && text->ptr != NULL;
}

static void copy_index(struct dynr_arena *arena, struct dynr_index_definition *index, bool *ok)
{
    struct dynr_str *included = dynr_arena_calloc(arena, index->n_included, sizeof *included);
    copy_text(arena, &index->name, ok);
    copy_text(arena, &index->partition_key.name, ok);
    copy_text(arena, &index->sort_key.name, ok);
    *ok = *ok && included != NULL;
    for (size_t i = 0; *ok && i < index->n_included; i++) {
        included[i] = index->included[i];
        copy_text(arena, &included[i], ok);
    }
    index->included = included;
}

/* A copy in the arena of the request, so that it outlives the store. */
static enum dynr_status answer_table(struct local_call *call, const struct local_table *table,
                                     int64_t item_count, struct dynr_response *response,
                                     struct dynr_error *err)
{
    struct dynr_arena *arena = call->arena;
    size_t n_indexes = table->definition.n_indexes;
    struct dynr_table_definition *copy = dynr_arena_calloc(arena, 1, sizeof *copy);
    struct dynr_index_definition *indexes = dynr_arena_calloc(arena, n_indexes, sizeof *indexes);
    bool ok = copy != NULL && indexes != NULL;
    for (size_t i = 0; ok && i < n_indexes; i++) {
        indexes[i] = table->definition.indexes[i];
        copy_index(arena, &indexes[i], &ok);
    }
    if (ok) {
        *copy = table->definition;
        copy->indexes = indexes;
        copy->item_count = item_count;
        copy_text(arena, &copy->name, &ok);
        copy_text(arena, &copy->partition_key.name, &ok);
        copy_text(arena, &copy->sort_key.name, &ok);
        copy_text(arena, &copy->ttl_attribute, &ok);
        response->table = copy;
    }
    return ok ? DYNR_OK : dynr_local_out_of_memory(err);
}

enum dynr_status dynr_local_create_table(struct local_call *call,
                                         const struct dynr_request *request,
                                         struct dynr_response *response, struct dynr_error *err)
{
    if (request->definition == NULL) {
        return dynr_local_invalid(
            err, "The parameter 'TableName' is required but was not present in the request");
    }
    struct table_work work = {.definition = request->definition};
    const struct local_table *table;
    enum dynr_status status = dynr_local_table_validate(request->definition, err);
    if (status == DYNR_OK) {
        status = dynr_local_commit(call, run_create, &work, err);
    }
    if (status == DYNR_OK) {
        status = dynr_local_table_find(call->engine, request->definition->name, &table, err);
    }
    return status == DYNR_OK ? answer_table(call, table, 0, response, err) : status;
}

/* ---- DeleteTable ---- */

static enum dynr_status drop_relations(struct local_connection *connection,
                                       const struct local_table *table, struct dynr_error *err)
{
    struct dynr_buf sql = {0};
    dynr_buf_printf(&sql, "DROP TABLE t%lld;", (long long)table->id);
    for (size_t i = 0; i < table->definition.n_indexes; i++) {
        dynr_buf_printf(&sql, "DROP TABLE x%lld_%zu;", (long long)table->id, i);
    }
    dynr_buf_append_char(&sql, '\0');
    enum dynr_status status = dynr_buf_ok(&sql) ? dynr_local_execute(connection, sql.ptr, err)
                                                : dynr_local_out_of_memory(err);
    dynr_buf_cleanup(&sql);
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

struct delete_work {
    struct dynr_str name;
    const struct local_table *table;
};

static enum dynr_status run_delete(struct local_connection *connection, void *context,
                                   struct dynr_error *err)
{
    const struct delete_work *work = context;
    enum dynr_status status = dynr_local_before_change(connection, err);
    if (status == DYNR_OK) {
        status = remove_rows(connection, LOCAL_TABLE_REMOVE, work->table->id, err);
    }
    if (status == DYNR_OK && sqlite3_changes(connection->db) == 0) {
        /* Another process or thread was faster. */
        dynr_local_catalog_retire(&connection->engine->catalog, work->table);
        return dynr_fail(err, DYNR_ERR_NO_TABLE, "Requested resource not found");
    }
    if (status == DYNR_OK) {
        status = remove_rows(connection, LOCAL_TABLE_REMOVE_INDEXES, work->table->id, err);
    }
    return status == DYNR_OK ? drop_relations(connection, work->table, err) : status;
}

/* The control plane names the table in this error; the data plane does not. */
static enum dynr_status find_named(struct local_call *call, struct dynr_str name,
                                   const struct local_table **out, struct dynr_error *err)
{
    enum dynr_status status = dynr_local_table_find(call->engine, name, out, err);
    if (status == DYNR_ERR_NO_TABLE) {
        return dynr_fail(err, DYNR_ERR_NO_TABLE,
                         "Requested resource not found: Table: %.*s not found", (int)name.len,
                         name.ptr);
    }
    return status;
}

static enum dynr_status count_items(struct local_engine *engine, const struct local_table *table,
                                    int64_t *out, struct dynr_error *err)
{
    struct local_connection *connection;
    sqlite3_stmt *statement;
    enum dynr_status status = dynr_local_reader_take(engine, &connection, err);
    if (status != DYNR_OK) {
        return status;
    }
    status = dynr_local_row_statement(connection, table, 0, LOCAL_ROW_COUNT, &statement, err);
    if (status == DYNR_OK) {
        int code = sqlite3_step(statement);
        if (code == SQLITE_ROW) {
            *out = sqlite3_column_int64(statement, 0);
        } else {
            status = dynr_local_fail(connection, table, code, err);
        }
        (void)sqlite3_reset(statement);
    }
    dynr_local_reader_give(engine, connection);
    return status;
}

enum dynr_status dynr_local_delete_table(struct local_call *call,
                                         const struct dynr_request *request,
                                         struct dynr_response *response, struct dynr_error *err)
{
    struct delete_work work = {.name = request->table};
    enum dynr_status status = find_named(call, request->table, &work.table, err);
    if (status == DYNR_OK) {
        status = dynr_local_commit(call, run_delete, &work, err);
    }
    if (status == DYNR_OK) {
        dynr_local_catalog_retire(&call->engine->catalog, work.table);
        status = answer_table(call, work.table, 0, response, err);
    }
    return status;
}

enum dynr_status dynr_local_describe_table(struct local_call *call,
                                           const struct dynr_request *request,
                                           struct dynr_response *response, struct dynr_error *err)
{
    const struct local_table *table;
    int64_t count = 0;
    enum dynr_status status = find_named(call, request->table, &table, err);
    if (status == DYNR_OK) {
        status = count_items(call->engine, table, &count, err);
    }
    return status == DYNR_OK ? answer_table(call, table, count, response, err) : status;
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
