/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filling an index with the items that were there before it. Writers keep it in step from its first moment on, so that the order in which
 * older items are added does not matter: each is read and added in one transaction. How far that came stands in the file.
 */
#include "local/table.h"

/* Items of one commit, so that writers do not wait long. */
#define ITEMS_PER_COMMIT 500u

/* The item of a row, as a write has it. */
static enum dynr_status read_item(const struct local_table *table, sqlite3_stmt *statement,
                                  struct dynr_arena *arena, struct local_write *out,
                                  struct dynr_error *err)
{
    size_t size;
    memset(out, 0, sizeof *out);
    out->table = table;
    out->has_new = true;
    out->key.partition = dynr_local_column(statement, 0);
    out->key.sort = dynr_local_column(statement, 1);
    out->new_text = dynr_local_column(statement, 2);
    out->new_size = (size_t)sqlite3_column_int64(statement, 3);
    if (out->new_text.ptr == NULL) {
        return dynr_local_out_of_memory(err);
    }
    if (dynr_item_scan(out->new_text, arena, &out->new_item, &size)) {
        return DYNR_OK;
    }
    enum dynr_status status = dynr_item_parse(out->new_text, arena, &out->new_item, err);
    return status == DYNR_OK || status == DYNR_ERR_NO_MEMORY
               ? status
               : dynr_fail(err, DYNR_ERR_CORRUPT, "a stored item of table %.*s cannot be read",
                           (int)table->definition.name.len, table->definition.name.ptr);
}

struct filling {
    struct local_connection *connection;
    const struct local_table *table;
    size_t position;
    /* Of one item. */
    struct dynr_arena scratch;
    /* The last item that was added, in these bytes. */
    struct dynr_buf partition;
    struct dynr_buf sort;
    size_t n_items;
};

static enum dynr_status fill_row(struct filling *filling, sqlite3_stmt *statement,
                                 struct dynr_error *err)
{
    struct local_write write;
    dynr_arena_reset(&filling->scratch);
    enum dynr_status status = read_item(filling->table, statement, &filling->scratch, &write, err);
    if (status == DYNR_OK) {
        status = dynr_local_index_fill(filling->connection, &write, filling->position,
                                       &filling->scratch, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    dynr_buf_clear(&filling->partition);
    dynr_buf_clear(&filling->sort);
    dynr_buf_append_str(&filling->partition, write.key.partition);
    dynr_buf_append_str(&filling->sort, write.key.sort);
    filling->n_items++;
    return dynr_buf_ok(&filling->partition) && dynr_buf_ok(&filling->sort)
               ? DYNR_OK
               : dynr_local_out_of_memory(err);
}

/* Adds items after a key. `out_is_whole`: there were no more than `most`. */
static enum dynr_status fill_rows(struct filling *filling, struct dynr_str partition,
                                  struct dynr_str sort, size_t most, bool *out_is_whole,
                                  struct dynr_error *err)
{
    sqlite3_stmt *statement;
    enum dynr_status status = dynr_local_row_statement(filling->connection, filling->table, 0,
                                                       LOCAL_ROW_FILL, &statement, err);
    if (status != DYNR_OK) {
        return status;
    }
    dynr_local_bind_bytes(statement, 1, partition);
    dynr_local_bind_bytes(statement, 2, sort);
    int code = SQLITE_ROW;
    while (status == DYNR_OK && filling->n_items < most &&
           (code = sqlite3_step(statement)) == SQLITE_ROW) {
        status = fill_row(filling, statement, err);
    }
    if (status == DYNR_OK && code != SQLITE_ROW && code != SQLITE_DONE) {
        status = dynr_local_fail(filling->connection, filling->table, code, err);
    }
    (void)sqlite3_reset(statement);
    *out_is_whole = code == SQLITE_DONE;
    return status;
}

static void begin(struct filling *filling, struct local_connection *connection,
                  const struct local_table *table, size_t position)
{
    memset(filling, 0, sizeof *filling);
    filling->connection = connection;
    filling->table = table;
    filling->position = position;
    dynr_arena_init(&filling->scratch, NULL, 0);
}

static void end(struct filling *filling)
{
    dynr_arena_cleanup(&filling->scratch);
    dynr_buf_cleanup(&filling->partition);
    dynr_buf_cleanup(&filling->sort);
}

/* ---- all at once ---- */

enum dynr_status dynr_local_indexes_fill(struct local_connection *connection,
                                         struct local_table *table, const size_t *source,
                                         struct dynr_error *err)
{
    struct dynr_str none = dynr_str_make("", 0);
    enum dynr_status status = dynr_local_slot_take(&connection->engine->catalog, table, err);
    if (status != DYNR_OK) {
        return status;
    }
    for (size_t i = 0; status == DYNR_OK && i < table->n_relations; i++) {
        if (source[i] == LOCAL_NO_INDEX) {
            struct filling filling;
            bool is_whole;
            begin(&filling, connection, table, i);
            status = fill_rows(&filling, none, none, SIZE_MAX, &is_whole, err);
            end(&filling);
        }
    }
    dynr_local_statements_forget(connection, table);
    return status;
}

/* ---- bit by bit ---- */

struct fill_work {
    const struct local_table *table;
    struct dynr_arena *arena;
    struct local_table from;
};

static enum dynr_status keep_place(const struct filling *filling, struct dynr_error *err)
{
    sqlite3_stmt *statement;
    enum dynr_status status =
        dynr_local_fixed(filling->connection, LOCAL_INDEX_FILLED, &statement, err);
    if (status != DYNR_OK) {
        return status;
    }
    (void)sqlite3_bind_int64(statement, 1, filling->table->id);
    (void)sqlite3_bind_int64(statement, 2, (sqlite3_int64)filling->position);
    dynr_local_bind_bytes(statement, 3, dynr_buf_str(&filling->partition));
    dynr_local_bind_bytes(statement, 4, dynr_buf_str(&filling->sort));
    return dynr_local_finish(filling->connection, NULL, statement, err);
}

/* The index is whole: readers may use it, and get to know that by the table's new id. */
static enum dynr_status activate(struct local_connection *connection, struct fill_work *work,
                                 size_t position, struct dynr_error *err)
{
    struct local_table to = work->from;
    size_t source[LOCAL_MOST_RELATIONS + 1];
    for (size_t i = 0; i < to.n_relations; i++) {
        source[i] = i;
    }
    to.indexes[position].definition.state = DYNR_INDEX_ACTIVE;
    to.indexes[position].filled_partition = to.indexes[position].filled_sort = dynr_str_make("", 0);
    return dynr_local_table_replace(connection, &work->from, &to, source, err);
}

static enum dynr_status run_fill(struct local_connection *connection, void *context,
                                 struct dynr_error *err)
{
    struct fill_work *work = context;
    bool exists = false;
    bool is_whole = false;
    size_t position = 0;
    struct filling filling;
    memset(&work->from, 0, sizeof work->from);
    enum dynr_status status = dynr_local_table_load(connection, work->table->definition.name,
                                                    work->arena, &work->from, &exists, err);
    if (status != DYNR_OK) {
        return status;
    }
    if (!exists || work->from.id != work->table->id) {
        dynr_local_catalog_retire(&connection->engine->catalog, work->table);
        return DYNR_OK;
    }
    while (position < work->from.n_relations &&
           work->from.indexes[position].definition.state != DYNR_INDEX_CREATING) {
        position++;
    }
    if (position == work->from.n_relations) {
        /* Another process was faster. */
        return DYNR_OK;
    }
    status = dynr_local_before_change(connection, err);
    if (status != DYNR_OK) {
        return status;
    }
    const struct local_index *index = &work->from.indexes[position];
    begin(&filling, connection, work->table, position);
    status = fill_rows(&filling, index->filled_partition, index->filled_sort, ITEMS_PER_COMMIT,
                       &is_whole, err);
    if (status == DYNR_OK) {
        status = is_whole ? activate(connection, work, position, err) : keep_place(&filling, err);
    }
    end(&filling);
    return status;
}

/* The next table by id with an index that is not whole; `out` is empty where there is none. */
static enum dynr_status find_unfilled(struct local_engine *engine, struct dynr_arena *arena,
                                      int64_t *id, struct dynr_str *out, struct dynr_error *err)
{
    struct local_connection *connection;
    sqlite3_stmt *statement;
    *out = dynr_str_make("", 0);
    enum dynr_status status = dynr_local_reader_take(engine, &connection, err);
    if (status != DYNR_OK) {
        return status;
    }
    status = dynr_local_fixed(connection, LOCAL_TABLE_UNFILLED, &statement, err);
    if (status == DYNR_OK) {
        (void)sqlite3_bind_int64(statement, 1, *id);
        int code = sqlite3_step(statement);
        if (code == SQLITE_ROW) {
            *id = sqlite3_column_int64(statement, 0);
            *out = dynr_arena_dup(arena, dynr_local_column(statement, 1));
            status = out->ptr == NULL ? dynr_local_out_of_memory(err) : DYNR_OK;
        } else if (code != SQLITE_DONE) {
            status = dynr_local_fail(connection, NULL, code, err);
        }
        (void)sqlite3_reset(statement);
    }
    dynr_local_reader_give(engine, connection);
    return status;
}

static enum dynr_status fill_table(struct local_engine *engine, struct dynr_arena *arena,
                                   struct dynr_str name, struct dynr_error *err)
{
    struct local_call call = {.engine = engine, .arena = arena};
    struct fill_work work = {.arena = arena};
    enum dynr_status status = dynr_local_table_find(&call, name, &work.table, err);
    if (status == DYNR_OK) {
        status = dynr_local_commit(&call, run_fill, &work, err);
    }
    dynr_local_call_end(&call);
    if (status == DYNR_ERR_NO_TABLE) {
        /* The table was deleted or changed meanwhile: the next step sees how it is now. */
        dynr_error_clear(err);
        return DYNR_OK;
    }
    return status;
}

enum dynr_status dynr_local_fill_step(struct local_engine *engine, bool *out_has_more,
                                      struct dynr_error *err)
{
    struct dynr_arena arena;
    struct dynr_error later;
    struct dynr_str name;
    int64_t id = 0;
    enum dynr_status first = DYNR_OK;
    *out_has_more = false;
    dynr_arena_init(&arena, NULL, 0);
    enum dynr_status found = find_unfilled(engine, &arena, &id, &name, err);
    while (found == DYNR_OK && name.len > 0 && !*out_has_more) {
        enum dynr_status status = fill_table(engine, &arena, name, first == DYNR_OK ? err : &later);
        *out_has_more = status == DYNR_OK;
        first = first == DYNR_OK ? status : first;
        if (status != DYNR_OK) {
            found = find_unfilled(engine, &arena, &id, &name, &later);
        }
    }
    dynr_arena_cleanup(&arena);
    return first == DYNR_OK ? found : first;
}
