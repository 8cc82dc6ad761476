/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptions of tables: read from the file, and what follows from a definition. */
#include "local/table.h"

#include "base/json_read.h"

struct loader {
    struct dynr_arena *arena;
    sqlite3_stmt *statement;
    /* False: out of memory, or not readable. */
    bool ok;
    bool is_damaged;
};

/* Empty where the column is NULL. */
static struct dynr_str read_text(struct loader *loader, int column)
{
    struct dynr_str copy =
        dynr_arena_dup(loader->arena, dynr_local_column(loader->statement, column));
    loader->ok = loader->ok && copy.ptr != NULL;
    return copy;
}

static struct dynr_key_attribute read_key_attribute(struct loader *loader, int column)
{
    struct dynr_key_attribute key = {{0}, 0};
    key.name = read_text(loader, column);
    struct dynr_str type = dynr_local_column(loader->statement, column + 1);
    key.type = type.len == 1 ? type.ptr[0] : 0;
    return key;
}

static struct dynr_throughput read_throughput(struct loader *loader, int column)
{
    struct dynr_throughput throughput = {
        .read_units = sqlite3_column_int64(loader->statement, column),
        .write_units = sqlite3_column_int64(loader->statement, column + 1)};
    return throughput;
}

/* A JSON array of texts. */
static const struct dynr_str *read_texts(struct loader *loader, int column, size_t *out_n_texts)
{
    struct dynr_json_reader reader;
    bool first;
    struct dynr_str text = read_text(loader, column);
    /* Each takes at least three characters. */
    struct dynr_str *texts = dynr_arena_calloc(loader->arena, text.len / 3 + 1, sizeof *texts);
    *out_n_texts = 0;
    dynr_json_reader_init(&reader, text);
    if (texts == NULL || !loader->ok) {
        loader->ok = false;
        return NULL;
    }
    if (dynr_json_peek(&reader) != DYNR_JSON_ARRAY || !dynr_json_enter_array(&reader, &first)) {
        loader->ok = false;
        loader->is_damaged = true;
        return NULL;
    }
    while (dynr_json_next_element(&reader, &first)) {
        if (!dynr_json_read_string(&reader, loader->arena, &texts[*out_n_texts])) {
            break;
        }
        ++*out_n_texts;
    }
    /* Memory may have run out for a text with escapes. */
    loader->ok = reader.fault == NULL;
    loader->is_damaged = !loader->ok && dynr_json_fail(&reader, NULL) != DYNR_ERR_NO_MEMORY;
    return texts;
}

/* Keys and values in turn. */
static void read_tags(struct loader *loader, int column, struct dynr_table_definition *definition)
{
    size_t n_texts;
    const struct dynr_str *texts = read_texts(loader, column, &n_texts);
    struct dynr_tag *tags = dynr_arena_calloc(loader->arena, n_texts / 2 + 1, sizeof *tags);
    if (tags == NULL || !loader->ok) {
        loader->ok = false;
        return;
    }
    for (size_t i = 0; i < n_texts / 2; i++) {
        tags[i] = (struct dynr_tag){.key = texts[2 * i], .value = texts[2 * i + 1]};
    }
    definition->tags = tags;
    definition->n_tags = n_texts / 2;
}

/* ---- what follows ---- */

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

bool dynr_local_index_derive(const struct local_table *table, struct local_index *index,
                             struct dynr_arena *arena)
{
    const struct dynr_index_definition *definition = &index->definition;
    index->stores_item = !index->is_expiry && definition->projection != DYNR_PROJECT_ALL;
    index->projected =
        dynr_arena_calloc(arena, 4 + definition->n_included, sizeof *index->projected);
    if (index->projected == NULL) {
        return false;
    }
    index->n_projected = 0;
    add_projected(index, table->definition.partition_key.name);
    add_projected(index, table->definition.sort_key.name);
    add_projected(index, definition->partition_key.name);
    add_projected(index, definition->sort_key.name);
    for (size_t i = 0; i < definition->n_included; i++) {
        add_projected(index, definition->included[i]);
    }
    return true;
}

static void derive_keys(struct local_table *table)
{
    table->keys[0] = table->definition.partition_key;
    table->keys[1] = table->definition.sort_key;
    table->n_keys = table->keys[1].name.len > 0 ? 2 : 1;
    table->key_names[0] = table->keys[0].name;
    table->key_names[1] = table->keys[1].name;
}

enum dynr_status dynr_local_table_derive(struct local_table *table,
                                         const struct dynr_table_definition *definition,
                                         struct dynr_arena *arena, struct dynr_error *err)
{
    size_t n_indexes = definition->n_indexes;
    table->definition = *definition;
    derive_keys(table);
    table->indexes = dynr_arena_calloc(arena, n_indexes + 1, sizeof *table->indexes);
    bool ok = table->indexes != NULL;
    for (size_t i = 0; ok && i < n_indexes; i++) {
        table->indexes[i].definition = definition->indexes[i];
        table->indexes[i].definition.state = DYNR_INDEX_ACTIVE;
        ok = dynr_local_index_derive(table, &table->indexes[i], arena);
    }
    table->n_relations = n_indexes;
    if (ok && definition->ttl_attribute.len > 0) {
        table->indexes[n_indexes].is_expiry = true;
        table->n_relations++;
        ok = dynr_local_index_derive(table, &table->indexes[n_indexes], arena);
    }
    return ok ? DYNR_OK : dynr_local_out_of_memory(err);
}

/* ---- reading ---- */

static enum dynr_status fail_load(const struct loader *loader, struct dynr_str name,
                                  struct dynr_error *err)
{
    return loader->is_damaged
               ? dynr_fail(err, DYNR_ERR_CORRUPT,
                           "the store is damaged: the description of table %.*s cannot be read",
                           (int)name.len, name.ptr)
               : dynr_local_out_of_memory(err);
}

static void read_index(struct loader *loader, const struct local_table *table,
                       struct local_index *out)
{
    struct dynr_index_definition *definition = &out->definition;
    definition->name = read_text(loader, 0);
    definition->partition_key = read_key_attribute(loader, 1);
    definition->sort_key = read_key_attribute(loader, 3);
    definition->is_local = sqlite3_column_int(loader->statement, 5) != 0;
    definition->projection = (enum dynr_projection_kind)sqlite3_column_int(loader->statement, 6);
    definition->included = read_texts(loader, 7, &definition->n_included);
    definition->throughput = read_throughput(loader, 8);
    definition->state = (enum dynr_index_state)sqlite3_column_int(loader->statement, 10);
    out->is_expiry = sqlite3_column_int(loader->statement, 11) != 0;
    out->filled_partition = read_text(loader, 12);
    out->filled_sort = read_text(loader, 13);
    loader->ok = loader->ok && dynr_local_index_derive(table, out, loader->arena);
}

static enum dynr_status count_rows(struct local_connection *connection, sqlite3_stmt *statement,
                                   size_t *out, struct dynr_error *err)
{
    enum dynr_status status = DYNR_OK;
    int code;
    *out = 0;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        ++*out;
    }
    if (code != SQLITE_DONE) {
        status = dynr_local_fail(connection, NULL, code, err);
    } else if (*out > LOCAL_MOST_RELATIONS) {
        status =
            dynr_fail(err, DYNR_ERR_CORRUPT, "the store is damaged: a table has %zu indexes", *out);
    }
    (void)sqlite3_reset(statement);
    return status;
}

static enum dynr_status load_indexes(struct local_connection *connection, struct local_table *table,
                                     struct dynr_arena *arena, struct dynr_error *err)
{
    struct loader loader = {.arena = arena, .ok = true};
    size_t n_most = 0;
    enum dynr_status status =
        dynr_local_fixed(connection, LOCAL_TABLE_INDEXES, &loader.statement, err);
    if (status == DYNR_OK) {
        (void)sqlite3_bind_int64(loader.statement, 1, table->id);
        status = count_rows(connection, loader.statement, &n_most, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    struct dynr_index_definition *definitions =
        dynr_arena_calloc(arena, n_most + 1, sizeof *definitions);
    table->indexes = dynr_arena_calloc(arena, n_most + 1, sizeof *table->indexes);
    if (definitions == NULL || table->indexes == NULL) {
        return dynr_local_out_of_memory(err);
    }
    int code = SQLITE_ROW;
    while (table->n_relations < n_most && (code = sqlite3_step(loader.statement)) == SQLITE_ROW) {
        struct local_index *index = &table->indexes[table->n_relations];
        read_index(&loader, table, index);
        if (!loader.ok) {
            (void)sqlite3_reset(loader.statement);
            return fail_load(&loader, table->definition.name, err);
        }
        definitions[table->n_relations++] = index->definition;
    }
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        status = dynr_local_fail(connection, NULL, code, err);
    }
    (void)sqlite3_reset(loader.statement);
    table->definition.indexes = definitions;
    table->definition.n_indexes = table->n_relations;
    if (table->n_relations > 0 && table->indexes[table->n_relations - 1].is_expiry) {
        table->definition.n_indexes--;
    }
    return status;
}

static enum dynr_status read_table(struct loader *loader, struct dynr_str name,
                                   struct local_table *table, struct dynr_error *err)
{
    struct dynr_table_definition *definition = &table->definition;
    sqlite3_stmt *statement = loader->statement;
    table->id = sqlite3_column_int64(statement, 0);
    definition->name = dynr_arena_dup(loader->arena, name);
    definition->partition_key = read_key_attribute(loader, 1);
    definition->sort_key = read_key_attribute(loader, 3);
    definition->stream = sqlite3_column_int(statement, 5) != 0;
    definition->ttl_attribute = read_text(loader, 6);
    definition->table_id = read_text(loader, 7);
    definition->created_ms = sqlite3_column_int64(statement, 8);
    table->stream_id = sqlite3_column_int64(statement, 9);
    definition->billing = (enum dynr_billing_mode)sqlite3_column_int(statement, 10);
    definition->throughput = read_throughput(loader, 11);
    definition->deletion_protection = sqlite3_column_int(statement, 13) != 0;
    read_tags(loader, 14, definition);
    definition->settings = read_text(loader, 15);
    definition->stream_label = read_text(loader, 16);
    definition->stream_view = (enum dynr_stream_view)sqlite3_column_int(statement, 17);
    if (!loader->ok || definition->name.ptr == NULL) {
        return fail_load(loader, name, err);
    }
    derive_keys(table);
    return DYNR_OK;
}

enum dynr_status dynr_local_table_load(struct local_connection *connection, struct dynr_str name,
                                       struct dynr_arena *arena, struct local_table *out,
                                       bool *out_exists, struct dynr_error *err)
{
    struct loader loader = {.arena = arena, .ok = true};
    *out_exists = false;
    enum dynr_status status =
        dynr_local_fixed(connection, LOCAL_TABLE_FIND, &loader.statement, err);
    if (status != DYNR_OK) {
        return status;
    }
    dynr_local_bind_text(loader.statement, 1, name);
    int code = sqlite3_step(loader.statement);
    if (code == SQLITE_ROW) {
        *out_exists = true;
        status = read_table(&loader, name, out, err);
        /* While the row's statement is under way, so that both are of one snapshot. */
        if (status == DYNR_OK) {
            status = load_indexes(connection, out, arena, err);
        }
    } else if (code != SQLITE_DONE) {
        status = dynr_local_fail(connection, NULL, code, err);
    }
    (void)sqlite3_reset(loader.statement);
    return status;
}
