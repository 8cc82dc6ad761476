/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptions of tables in memory: loaded on first use, and kept until they are retired. A call may still use one that another thread has
 * just retired; whoever is the last to use it then frees it. Calls are counted without the mutex when they end: nobody finds a
 * description whose count may come to 0, since the catalog, which is a user, gives it up only after it has hidden it.
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
    free(catalog->slots);
    (void)pthread_mutex_destroy(&catalog->mutex);
}

/* ---- slots ---- */

/* Here and below, "held": with the catalog's mutex. */
static bool grow_slots_held(struct local_catalog *catalog)
{
    size_t n_slots = catalog->n_slots == 0 ? 8 : catalog->n_slots * 2;
    struct local_slot *slots = realloc(catalog->slots, n_slots * sizeof *slots);
    if (slots == NULL) {
        return false;
    }
    memset(slots + catalog->n_slots, 0, (n_slots - catalog->n_slots) * sizeof *slots);
    catalog->slots = slots;
    catalog->n_slots = n_slots;
    return true;
}

static bool take_slot_held(struct local_catalog *catalog, struct local_table *table)
{
    size_t slot = catalog->first_free_slot;
    while (slot < catalog->n_slots && catalog->slots[slot].is_taken) {
        slot++;
    }
    catalog->first_free_slot = slot;
    if (slot == catalog->n_slots && !grow_slots_held(catalog)) {
        return false;
    }
    catalog->first_free_slot++;
    table->slot = slot;
    table->serial = ++catalog->n_serials;
    catalog->slots[slot] = (struct local_slot){.serial = table->serial, .is_taken = true};
    return true;
}

static void give_slot_held(struct local_catalog *catalog, size_t slot)
{
    memset(&catalog->slots[slot], 0, sizeof catalog->slots[slot]);
    if (slot < catalog->first_free_slot) {
        catalog->first_free_slot = slot;
    }
}

enum dynr_status dynr_local_slot_take(struct local_catalog *catalog, struct local_table *table,
                                      struct dynr_error *err)
{
    (void)pthread_mutex_lock(&catalog->mutex);
    bool is_taken = take_slot_held(catalog, table);
    (void)pthread_mutex_unlock(&catalog->mutex);
    return is_taken ? DYNR_OK : dynr_local_out_of_memory(err);
}

void dynr_local_slot_give(struct local_catalog *catalog, const struct local_table *table)
{
    (void)pthread_mutex_lock(&catalog->mutex);
    give_slot_held(catalog, table->slot);
    (void)pthread_mutex_unlock(&catalog->mutex);
}

void dynr_local_catalog_mark_stale(struct local_catalog *catalog,
                                   struct local_connection *connection)
{
    (void)pthread_mutex_lock(&catalog->mutex);
    for (size_t i = 0; i < connection->n_tables; i++) {
        struct local_statements *statements = &connection->tables[i];
        statements->is_stale =
            statements->serial != 0 &&
            (i >= catalog->n_slots || statements->serial != catalog->slots[i].serial);
    }
    (void)pthread_mutex_unlock(&catalog->mutex);
}

/* ---- users ---- */

static void release(struct local_catalog *catalog, struct local_table *table)
{
    if (atomic_fetch_sub_explicit(&table->n_users, 1, memory_order_acq_rel) != 1) {
        return;
    }
    (void)pthread_mutex_lock(&catalog->mutex);
    struct local_table **place = &catalog->tables;
    while (*place != table) {
        place = &(*place)->next;
    }
    *place = table->next;
    give_slot_held(catalog, table->slot);
    (void)pthread_mutex_unlock(&catalog->mutex);
    free_table(table);
}

/* The catalog's own use is the caller's to release. */
static void retire_held(struct local_catalog *catalog, struct local_table *table)
{
    table->is_retired = true;
    catalog->slots[table->slot].serial = 0;
    (void)dynr_map_remove(&catalog->by_name, table->definition.name);
    (void)atomic_fetch_add(&catalog->n_retired, 1);
}

/* The one that is `table`, or has the id. */
static void retire(struct local_catalog *catalog, const struct local_table *table, int64_t id)
{
    (void)pthread_mutex_lock(&catalog->mutex);
    catalog->n_changes++;
    struct local_table *own = catalog->tables;
    while (own != NULL && (own->is_retired || (own != table && own->id != id))) {
        own = own->next;
    }
    if (own != NULL) {
        retire_held(catalog, own);
    }
    (void)pthread_mutex_unlock(&catalog->mutex);
    if (own != NULL) {
        release(catalog, own);
    }
}

void dynr_local_catalog_retire(struct local_catalog *catalog, const struct local_table *table)
{
    retire(catalog, table, -1);
}

void dynr_local_catalog_retire_id(struct local_catalog *catalog, int64_t id)
{
    retire(catalog, NULL, id);
}

static bool pin(struct local_call *call, struct local_table *table)
{
    if (call->tables.table == NULL) {
        call->tables.table = table;
        return true;
    }
    struct local_table_pin *next = dynr_arena_alloc(call->arena, sizeof *next);
    if (next == NULL) {
        return false;
    }
    *next = (struct local_table_pin){.table = table, .next = call->tables.next};
    call->tables.next = next;
    return true;
}

/* One that the call uses already. */
static struct local_table *find_pinned(const struct local_call *call, struct dynr_str name)
{
    const struct local_table_pin *place = call->tables.table == NULL ? NULL : &call->tables;
    while (place != NULL && !dynr_str_equal(place->table->definition.name, name)) {
        place = place->next;
    }
    return place == NULL ? NULL : place->table;
}

void dynr_local_tables_release(struct local_call *call)
{
    if (call->tables.table != NULL) {
        for (struct local_table_pin *place = &call->tables; place != NULL; place = place->next) {
            release(&call->engine->catalog, place->table);
        }
    }
    memset(&call->tables, 0, sizeof call->tables);
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
 * Puts a description into the catalog; `out` is one for the caller to use. Another thread may have loaded the same table meanwhile: its
 * description is as good. Another id under the name: one of the two is stale, and whoever uses it will notice. `n_changes`: the
 * catalog's before it was read; where tables have changed since then, it is not kept, and `*out` NULL: who found a description of a table
 * that is gone could give an answer before he notices.
 */
static enum dynr_status keep_table(struct local_catalog *catalog, struct local_table *table,
                                   uint64_t n_changes, struct local_table **out,
                                   struct dynr_error *err)
{
    struct local_table *stale = NULL;
    *out = NULL;
    (void)pthread_mutex_lock(&catalog->mutex);
    if (catalog->n_changes != n_changes) {
        (void)pthread_mutex_unlock(&catalog->mutex);
        free_table(table);
        return DYNR_OK;
    }
    struct local_table *present = dynr_map_get(&catalog->by_name, table->definition.name);
    if (present != NULL && present->id == table->id) {
        (void)atomic_fetch_add_explicit(&present->n_users, 1, memory_order_relaxed);
        (void)pthread_mutex_unlock(&catalog->mutex);
        free_table(table);
        *out = present;
        return DYNR_OK;
    }
    if (present != NULL) {
        retire_held(catalog, present);
        stale = present;
    }
    bool is_kept = dynr_map_put(&catalog->by_name, table->definition.name, table, NULL);
    if (is_kept && !take_slot_held(catalog, table)) {
        (void)dynr_map_remove(&catalog->by_name, table->definition.name);
        is_kept = false;
    }
    if (is_kept) {
        /* The catalog and the caller. */
        atomic_init(&table->n_users, 2);
        table->next = catalog->tables;
        catalog->tables = table;
        *out = table;
    }
    (void)pthread_mutex_unlock(&catalog->mutex);
    if (stale != NULL) {
        release(catalog, stale);
    }
    if (!is_kept) {
        free_table(table);
    }
    return is_kept ? DYNR_OK : dynr_local_out_of_memory(err);
}

static uint64_t count_changes(struct local_catalog *catalog)
{
    (void)pthread_mutex_lock(&catalog->mutex);
    uint64_t n_changes = catalog->n_changes;
    (void)pthread_mutex_unlock(&catalog->mutex);
    return n_changes;
}

/* `*out` NULL, without an error: tables have changed meanwhile. */
static enum dynr_status read_once(struct local_engine *engine, struct dynr_str name,
                                  struct local_table **out, struct dynr_error *err)
{
    struct local_connection *connection;
    struct local_table *loaded = NULL;
    uint64_t n_changes = count_changes(&engine->catalog);
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
    return keep_table(&engine->catalog, loaded, n_changes, out, err);
}

static enum dynr_status read_table(struct local_engine *engine, struct dynr_str name,
                                   struct local_table **out, struct dynr_error *err)
{
    *out = NULL;
    for (unsigned attempt = 0; attempt < LOCAL_MOST_ATTEMPTS; attempt++) {
        enum dynr_status status = read_once(engine, name, out, err);
        if (status != DYNR_OK || *out != NULL) {
            return status;
        }
    }
    return dynr_fail(err, DYNR_ERR_BUSY, "tables change too fast to be read");
}

enum dynr_status dynr_local_table_find(struct local_call *call, struct dynr_str name,
                                       const struct local_table **out, struct dynr_error *err)
{
    struct local_catalog *catalog = &call->engine->catalog;
    struct local_table *table = find_pinned(call, name);
    if (table != NULL) {
        *out = table;
        return DYNR_OK;
    }
    (void)pthread_mutex_lock(&catalog->mutex);
    table = dynr_map_get(&catalog->by_name, name);
    if (table != NULL) {
        (void)atomic_fetch_add_explicit(&table->n_users, 1, memory_order_relaxed);
    }
    (void)pthread_mutex_unlock(&catalog->mutex);
    if (table == NULL) {
        enum dynr_status status = read_table(call->engine, name, &table, err);
        if (table == NULL) {
            return status;
        }
    }
    if (!pin(call, table)) {
        release(catalog, table);
        return dynr_local_out_of_memory(err);
    }
    *out = table;
    return DYNR_OK;
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
