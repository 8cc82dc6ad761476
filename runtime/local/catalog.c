/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptions of tables in memory: loaded on first use, kept until the store closes (a request may
 * still hold one that another thread has just deleted).
 */
#include "local/engine.h"

#include <stdlib.h>

#include "base/json_read.h"

enum dynr_status dynr_local_catalog_init(struct local_catalog *catalog, struct dynr_error *err)
{
    if (pthread_mutex_init(&catalog->mutex, NULL) != 0) {
        return dynr_local_out_of_memory(err);
    }
    dynr_map_init(&catalog->by_name, NULL);
    return DYNR_OK;
}

static void free_table(struct local_table *table)
{
    if (table == NULL) {
        return;
    }
    dynr_arena_cleanup(&table->arena);
    free(table);
}

void dynr_local_catalog_cleanup(struct local_catalog *catalog)
{
    dynr_map_cleanup(&catalog->by_name);
    while (catalog->tables != NULL) {
        struct local_table *table = catalog->tables;
        catalog->tables = table->next;
        free_table(table);
    }
    (void)pthread_mutex_destroy(&catalog->mutex);
}

void dynr_local_catalog_retire(struct local_catalog *catalog, const struct local_table *table)
{
    (void)pthread_mutex_lock(&catalog->mutex);
    for (struct local_table *own = catalog->tables; own != NULL; own = own->next) {
        if (own == table && !atomic_load(&own->is_retired)) {
            atomic_store(&own->is_retired, true);
            (void)atomic_fetch_add(&catalog->n_retired, 1);
        }
    }
    (void)pthread_mutex_unlock(&catalog->mutex);
}

/* ---- loading ---- */

static struct dynr_str copy_column(struct local_table *table, sqlite3_stmt *statement, int column,
                                   bool *ok)
{
    struct dynr_str copy = dynr_arena_dup(&table->arena, dynr_local_column(statement, column));
    *ok = *ok && copy.ptr != NULL;
    return copy;
}

static struct dynr_key_attribute read_key_attribute(struct local_table *table,
                                                    sqlite3_stmt *statement, int column, bool *ok)
{
    struct dynr_key_attribute key = {{0}, 0};
    key.name = copy_column(table, statement, column, ok);
    struct dynr_str type = dynr_local_column(statement, column + 1);
    key.type = type.len == 1 ? type.ptr[0] : 0;
    return key;
}

static bool read_included(struct local_table *table, sqlite3_stmt *statement,
                          struct dynr_index_definition *out)
{
    struct dynr_json_reader reader;
    bool first;
    struct dynr_str text = dynr_arena_dup(&table->arena, dynr_local_column(statement, 7));
    /* Each name takes at least three characters. */
    struct dynr_str *names = dynr_arena_calloc(&table->arena, text.len / 3 + 1, sizeof *names);
    if (text.ptr == NULL || names == NULL) {
        return false;
    }
    dynr_json_reader_init(&reader, text);
    out->included = names;
    if (!dynr_json_enter_array(&reader, &first)) {
        return false;
    }
    while (dynr_json_next_element(&reader, &first)) {
        if (!dynr_json_read_string(&reader, &table->arena, &names[out->n_included])) {
            return false;
        }
        out->n_included++;
    }
    return reader.fault == NULL;
}

static void add_projected(struct local_index *index, struct dynr_str name)
{
    for (size_t i = 0; i < index->n_projected; i++) {
        if (dynr_str_equal(index->projected[i], name)) {
            return;
        }
    }
    if (name.len > 0) {
        index->projected[index->n_projected++] = name;
    }
}

static bool derive_projection(struct local_table *table, struct local_index *index)
{
    const struct dynr_index_definition *definition = &index->definition;
    index->stores_item = definition->projection != DYNR_PROJECT_ALL;
    index->projected =
        dynr_arena_calloc(&table->arena, 4 + definition->n_included, sizeof *index->projected);
    if (index->projected == NULL) {
        return false;
    }
    add_projected(index, table->definition.partition_key.name);
    add_projected(index, table->definition.sort_key.name);
    add_projected(index, definition->partition_key.name);
    add_projected(index, definition->sort_key.name);
    for (size_t i = 0; i < definition->n_included; i++) {
        add_projected(index, definition->included[i]);
    }
    return true;
}

static bool read_index(struct local_table *table, sqlite3_stmt *statement, struct local_index *out)
{
    bool ok = true;
    struct dynr_index_definition *definition = &out->definition;
    definition->name = copy_column(table, statement, 0, &ok);
    definition->partition_key = read_key_attribute(table, statement, 1, &ok);
    definition->sort_key = read_key_attribute(table, statement, 3, &ok);
    definition->is_local = sqlite3_column_int(statement, 5) != 0;
    definition->projection = (enum dynr_projection_kind)sqlite3_column_int(statement, 6);
    return ok && read_included(table, statement, definition) && derive_projection(table, out);
}

static enum dynr_status load_indexes(struct local_connection *connection, struct local_table *table,
                                     struct dynr_error *err)
{
    enum {
        MOST_INDEXES = 25
    };
    sqlite3_stmt *statement;
    enum dynr_status status = dynr_local_fixed(connection, LOCAL_TABLE_INDEXES, &statement, err);
    if (status != DYNR_OK) {
        return status;
    }
    struct dynr_index_definition *definitions =
        dynr_arena_calloc(&table->arena, MOST_INDEXES, sizeof *definitions);
    table->indexes = dynr_arena_calloc(&table->arena, MOST_INDEXES, sizeof *table->indexes);
    if (definitions == NULL || table->indexes == NULL) {
        return dynr_local_out_of_memory(err);
    }
    (void)sqlite3_bind_int64(statement, 1, table->id);
    int code = SQLITE_ROW;
    size_t n_indexes = 0;
    while (n_indexes < MOST_INDEXES && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        if (!read_index(table, statement, &table->indexes[n_indexes])) {
            (void)sqlite3_reset(statement);
            return dynr_fail(err, DYNR_ERR_CORRUPT,
                             "the store is damaged: an index cannot be read");
        }
        definitions[n_indexes] = table->indexes[n_indexes].definition;
        n_indexes++;
    }
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        status = dynr_local_fail(connection, NULL, code, err);
    }
    (void)sqlite3_reset(statement);
    table->definition.indexes = definitions;
    table->definition.n_indexes = n_indexes;
    return status;
}

static enum dynr_status read_table(struct local_connection *connection, sqlite3_stmt *statement,
                                   struct dynr_str name, struct local_table *table,
                                   struct dynr_error *err)
{
    bool ok = true;
    struct dynr_table_definition *definition = &table->definition;
    table->id = sqlite3_column_int64(statement, 0);
    definition->name = dynr_arena_dup(&table->arena, name);
    definition->partition_key = read_key_attribute(table, statement, 1, &ok);
    definition->sort_key = read_key_attribute(table, statement, 3, &ok);
    definition->stream = sqlite3_column_int(statement, 5) != 0;
    definition->ttl_attribute = copy_column(table, statement, 6, &ok);
    if (!ok || definition->name.ptr == NULL) {
        return dynr_local_out_of_memory(err);
    }
    table->keys[0] = definition->partition_key;
    table->keys[1] = definition->sort_key;
    table->n_keys = definition->sort_key.name.len > 0 ? 2 : 1;
    table->key_names[0] = table->keys[0].name;
    table->key_names[1] = table->keys[1].name;
    return load_indexes(connection, table, err);
}

enum dynr_status dynr_local_table_load(struct local_connection *connection, struct dynr_str name,
                                       struct local_table **out, struct dynr_error *err)
{
    sqlite3_stmt *statement;
    *out = NULL;
    enum dynr_status status = dynr_local_fixed(connection, LOCAL_TABLE_FIND, &statement, err);
    if (status != DYNR_OK) {
        return status;
    }
    dynr_local_bind_text(statement, 1, name);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        struct local_table *table = calloc(1, sizeof *table);
        if (table == NULL) {
            status = dynr_local_out_of_memory(err);
        } else {
            dynr_arena_init(&table->arena, NULL, 0);
            status = read_table(connection, statement, name, table, err);
            if (status == DYNR_OK) {
                *out = table;
            } else {
                free_table(table);
            }
        }
    } else if (code != SQLITE_DONE) {
        status = dynr_local_fail(connection, NULL, code, err);
    }
    (void)sqlite3_reset(statement);
    return status;
}

/* Another thread may have loaded the same table meanwhile: its description is as good. */
static enum dynr_status keep_table(struct local_catalog *catalog, struct local_table *table,
                                   const struct local_table **out, struct dynr_error *err)
{
    enum dynr_status status = DYNR_OK;
    (void)pthread_mutex_lock(&catalog->mutex);
    struct local_table *present = dynr_map_get(&catalog->by_name, table->definition.name);
    if (present != NULL && present->id == table->id) {
        *out = present;
        free_table(table);
    } else if (!dynr_map_put(&catalog->by_name, table->definition.name, table, NULL)) {
        status = dynr_local_out_of_memory(err);
        free_table(table);
    } else {
        table->slot = catalog->n_slots++;
        table->next = catalog->tables;
        catalog->tables = table;
        *out = table;
    }
    (void)pthread_mutex_unlock(&catalog->mutex);
    return status;
}

enum dynr_status dynr_local_table_find(struct local_engine *engine, struct dynr_str name,
                                       const struct local_table **out, struct dynr_error *err)
{
    struct local_catalog *catalog = &engine->catalog;
    (void)pthread_mutex_lock(&catalog->mutex);
    struct local_table *present = dynr_map_get(&catalog->by_name, name);
    (void)pthread_mutex_unlock(&catalog->mutex);
    if (present != NULL && !atomic_load(&present->is_retired)) {
        *out = present;
        return DYNR_OK;
    }
    struct local_connection *connection;
    struct local_table *loaded = NULL;
    enum dynr_status status = dynr_local_reader_take(engine, &connection, err);
    if (status != DYNR_OK) {
        return status;
    }
    status = dynr_local_table_load(connection, name, &loaded, err);
    dynr_local_reader_give(engine, connection);
    if (status != DYNR_OK) {
        return status;
    }
    if (loaded == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_TABLE, "Requested resource not found");
    }
    return keep_table(catalog, loaded, out, err);
}

const struct local_index *dynr_local_index_find(const struct local_table *table,
                                                struct dynr_str name, size_t *out_position)
{
    for (size_t i = 0; i < table->definition.n_indexes; i++) {
        if (dynr_str_equal(table->indexes[i].definition.name, name)) {
            *out_position = i;
            return &table->indexes[i];
        }
    }
    return NULL;
}
