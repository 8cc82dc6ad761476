/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Number and sizes of items. SQLite keeps no such counts, and keeping them would cost each write: they are counted when somebody asks. Where
 * that takes long, the last count is answered for fifty times as long (the service's are up to six hours old).
 */
#include "local/table.h"

#include <time.h>

/* Below this a table is counted anew for everybody. Of the processor's time: what others do to the machine does not matter. */
#define SHORT_NS INT64_C(20000000)
#define KEPT_FOR 50

static int64_t time_ns(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

enum dynr_status dynr_local_relation_count(struct local_connection *connection,
                                           const struct local_table *table, size_t relation,
                                           struct local_count *out, struct dynr_error *err)
{
    sqlite3_stmt *statement;
    enum dynr_status status =
        dynr_local_row_statement(connection, table, relation, LOCAL_ROW_COUNT, &statement, err);
    if (status != DYNR_OK) {
        return status;
    }
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        out->n_bytes = sqlite3_column_int64(statement, 0);
        out->n_items = sqlite3_column_int64(statement, 1);
    } else {
        status = dynr_local_fail(connection, table, code, err);
    }
    (void)sqlite3_reset(statement);
    return status;
}

static enum dynr_status count_all(struct local_engine *engine, const struct local_table *table,
                                  struct local_count *counts, struct dynr_error *err)
{
    struct local_connection *connection;
    enum dynr_status status = dynr_local_reader_take(engine, &connection, err);
    if (status != DYNR_OK) {
        return status;
    }
    for (size_t i = 0; status == DYNR_OK && i <= table->definition.n_indexes; i++) {
        status = dynr_local_relation_count(connection, table, i, &counts[i], err);
    }
    dynr_local_reader_give(engine, connection);
    return status;
}

/* Whether counts that are young enough are at hand. */
static bool find_kept(struct local_engine *engine, const struct local_table *table,
                      struct local_count *counts)
{
    bool is_kept = false;
    (void)pthread_mutex_lock(&engine->catalog.mutex);
    if (table->counted != NULL && time_ns(CLOCK_MONOTONIC) < table->counted->until_ns) {
        memcpy(counts, table->counted->counts, (1 + table->definition.n_indexes) * sizeof *counts);
        is_kept = true;
    }
    (void)pthread_mutex_unlock(&engine->catalog.mutex);
    return is_kept;
}

/* Where there is no memory for it, nothing is kept. */
static void keep(struct local_engine *engine, const struct local_table *table,
                 const struct local_count *counts, int64_t until_ns)
{
    (void)pthread_mutex_lock(&engine->catalog.mutex);
    struct local_table *own = engine->catalog.tables;
    while (own != NULL && own != table) {
        own = own->next;
    }
    if (own != NULL && own->counted == NULL) {
        own->counted = dynr_arena_calloc(&own->arena, 1, sizeof *own->counted);
    }
    if (own != NULL && own->counted != NULL) {
        own->counted->until_ns = until_ns;
        memcpy(own->counted->counts, counts, (1 + own->definition.n_indexes) * sizeof *counts);
    }
    (void)pthread_mutex_unlock(&engine->catalog.mutex);
}

enum dynr_status dynr_local_table_count(struct local_engine *engine,
                                        const struct local_table *table,
                                        struct dynr_table_definition *definition,
                                        struct dynr_arena *arena, struct dynr_error *err)
{
    struct local_count counts[LOCAL_MOST_RELATIONS + 1] = {{0}};
    struct dynr_index_definition *indexes =
        dynr_arena_calloc(arena, definition->n_indexes, sizeof *indexes);
    if (indexes == NULL && definition->n_indexes > 0) {
        return dynr_local_out_of_memory(err);
    }
    if (!find_kept(engine, table, counts)) {
        int64_t begin_ns = time_ns(CLOCK_THREAD_CPUTIME_ID);
        enum dynr_status status = count_all(engine, table, counts, err);
        if (status != DYNR_OK) {
            return status;
        }
        int64_t taken_ns = time_ns(CLOCK_THREAD_CPUTIME_ID) - begin_ns;
        if (taken_ns > SHORT_NS) {
            keep(engine, table, counts, time_ns(CLOCK_MONOTONIC) + KEPT_FOR * taken_ns);
        }
    }
    definition->item_count = counts[0].n_items;
    definition->size_bytes = counts[0].n_bytes;
    for (size_t i = 0; i < definition->n_indexes; i++) {
        indexes[i] = definition->indexes[i];
        indexes[i].item_count = counts[i + 1].n_items;
        indexes[i].size_bytes = counts[i + 1].n_bytes;
    }
    definition->indexes = indexes;
    return DYNR_OK;
}
