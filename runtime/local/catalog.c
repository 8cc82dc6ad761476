/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptions of tables in memory: loaded on first use, kept until the store closes (a request may
 * still hold one that another thread has just deleted).
 */
#include "local/table.h"

#include <stdlib.h>

enum dynr_status dynr_local_catalog_init(struct local_catalog *catalog, struct dynr_error *err)
{
    if (pthread_mutex_init(&catalog->mutex, NULL) != 0) {
        return dynr_local_out_of_memory(err);
    }
    dynr_map_init(&catalog->by_name, NULL);
    return DYNR_OK;
}

size_t dynr_local_catalog_slot(struct local_catalog *catalog)
{
    (void)pthread_mutex_lock(&catalog->mutex);
    size_t slot = catalog->n_slots++;
    (void)pthread_mutex_unlock(&catalog->mutex);
    return slot;
}

void dynr_local_catalog_retire_id(struct local_catalog *catalog, int64_t id)
{
    (void)pthread_mutex_lock(&catalog->mutex);
    for (struct local_table *own = catalog->tables; own != NULL; own = own->next) {
        if (own->id == id && !atomic_load(&own->is_retired)) {
            atomic_store(&own->is_retired, true);
            (void)atomic_fetch_add(&catalog->n_retired, 1);
        }
    }
    (void)pthread_mutex_unlock(&catalog->mutex);
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

/* ---- finding ---- */

static enum dynr_status load_table(struct local_connection *connection, struct dynr_str name,
                                   struct local_table **out, struct dynr_error *err)
{
    bool exists = false;
    struct local_table *table = calloc(1, sizeof *table);
    *out = NULL;
    if (table == NULL) {
        return dynr_local_out_of_memory(err);
    }
    dynr_arena_init(&table->arena, NULL, 0);
    enum dynr_status status =
        dynr_local_table_load(connection, name, &table->arena, table, &exists, err);
    if (status == DYNR_OK && exists) {
        *out = table;
    } else {
        free_table(table);
    }
    return status;
}

/*
 * Another thread may have loaded the same table meanwhile: its description is as good, unless it was retired, perhaps by a commit that was
 * then rolled back. Who took a retired one could not tell later that it was stale.
 */
static enum dynr_status keep_table(struct local_catalog *catalog, struct local_table *table,
                                   const struct local_table **out, struct dynr_error *err)
{
    enum dynr_status status = DYNR_OK;
    (void)pthread_mutex_lock(&catalog->mutex);
    struct local_table *present = dynr_map_get(&catalog->by_name, table->definition.name);
    if (present != NULL && present->id == table->id && !atomic_load(&present->is_retired)) {
        *out = present;
        free_table(table);
    } else if (!dynr_map_put(&catalog->by_name, table->definition.name, table, NULL)) {
        status = dynr_local_out_of_memory(err);
        free_table(table);
    } else {
        table->slot = catalog->n_slots++;
        table->is_kept = true;
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
    status = load_table(connection, name, &loaded, err);
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
