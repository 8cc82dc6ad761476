/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections: opening with the store's settings, the pool of readers, and SQLite's results as
 * ours.
 */
#include "local/open.h"

#include <stdlib.h>
#include <string.h>

/*
 * A WAL of about 32 MB between checkpoints: rarer ones write a hot page once instead of many times.
 */
#define CHECKPOINT_PAGES 4000

static enum dynr_status set_pragmas(struct local_connection *connection, bool is_writer,
                                    struct dynr_error *err)
{
    static const char *const synchronous[] = {
        [DYNR_DURABILITY_FULL] = "PRAGMA synchronous=FULL",
        [DYNR_DURABILITY_NORMAL] = "PRAGMA synchronous=NORMAL",
        [DYNR_DURABILITY_NONE] = "PRAGMA synchronous=OFF",
    };
    const struct local_engine *engine = connection->engine;
    enum dynr_status status = dynr_local_execute(
        connection, synchronous[engine->is_in_memory ? DYNR_DURABILITY_NONE : engine->durability],
        err);
    if (status == DYNR_OK) {
        /* Savepoints keep old pages in memory, not in a file of their own. */
        status = dynr_local_execute(connection, "PRAGMA temp_store=MEMORY", err);
    }
    if (status == DYNR_OK && is_writer) {
        char text[64];
        (void)sqlite3_snprintf((int)sizeof text, text, "PRAGMA wal_autocheckpoint=%d",
                               CHECKPOINT_PAGES);
        status = dynr_local_execute(connection, text, err);
    }
    if (status == DYNR_OK && is_writer) {
        status = dynr_local_execute(
            connection, "PRAGMA journal_size_limit=67108864; PRAGMA cache_size=-16384", err);
    }
    if (status == DYNR_OK && !is_writer) {
        status =
            dynr_local_execute(connection, "PRAGMA query_only=ON; PRAGMA cache_size=-16384", err);
    }
    return status;
}

static enum dynr_status open_database(struct local_engine *engine, bool is_first,
                                      struct local_connection *connection, struct dynr_error *err)
{
    bool may_make = is_first && !engine->is_read_only;
    /* Who reads writes, too: into the index of the log, which is no data. */
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (may_make ? SQLITE_OPEN_CREATE : 0);
    const char *path = engine->is_in_memory ? ":memory:" : engine->path;
    int code = sqlite3_open_v2(path, &connection->db, flags, engine->vfs);
    if (code != SQLITE_OK) {
        if ((code & 0xff) == SQLITE_NOMEM || connection->db == NULL) {
            return dynr_local_out_of_memory(err);
        }
        return dynr_fail(err, DYNR_ERR_IO, "cannot open %s: %s", path,
                         sqlite3_errmsg(connection->db));
    }
    (void)sqlite3_extended_result_codes(connection->db, 1);
    (void)sqlite3_busy_timeout(connection->db, engine->busy_timeout_ms);
    if (is_first) {
        enum dynr_status status = engine->is_read_only ? dynr_local_store_check(connection, err)
                                                       : dynr_local_store_prepare(connection, err);
        if (status != DYNR_OK) {
            return status;
        }
    }
    return set_pragmas(connection, may_make, err);
}

enum dynr_status dynr_local_connection_open(struct local_engine *engine, bool is_first,
                                            struct local_connection **out, struct dynr_error *err)
{
    struct local_connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        return dynr_local_out_of_memory(err);
    }
    connection->engine = engine;
    dynr_arena_init(&connection->scratch, NULL, 0);
    enum dynr_status status = open_database(engine, is_first, connection, err);
    if (status != DYNR_OK) {
        dynr_local_connection_close(connection);
        return status;
    }
    *out = connection;
    return DYNR_OK;
}

void dynr_local_connection_close(struct local_connection *connection)
{
    if (connection == NULL) {
        return;
    }
    for (size_t i = 0; i < LOCAL_FIXED_COUNT; i++) {
        (void)sqlite3_finalize(connection->fixed[i]);
    }
    for (size_t i = 0; i < connection->n_tables; i++) {
        dynr_local_statements_cleanup(&connection->tables[i]);
    }
    free(connection->tables);
    dynr_arena_cleanup(&connection->scratch);
    (void)sqlite3_close_v2(connection->db);
    free(connection);
}

/* With its mutex held: nothing is left there of a commit that could not be rolled back. */
static enum dynr_status take_writer(struct local_writer *writer, struct local_connection **out,
                                    struct dynr_error *err)
{
    dynr_local_roll_back(writer->connection);
    if (!sqlite3_get_autocommit(writer->connection->db)) {
        (void)pthread_mutex_unlock(&writer->connection_mutex);
        return dynr_local_out_of_memory(err);
    }
    *out = writer->connection;
    return DYNR_OK;
}

enum dynr_status dynr_local_reader_take(struct local_engine *engine, struct local_connection **out,
                                        struct dynr_error *err)
{
    if (engine->is_in_memory) {
        (void)pthread_mutex_lock(&engine->writer.connection_mutex);
        return take_writer(&engine->writer, out, err);
    }
    enum dynr_status status = DYNR_OK;
    (void)pthread_mutex_lock(&engine->readers_mutex);
    while (engine->free_readers == NULL && engine->n_readers == LOCAL_MAX_READERS) {
        (void)pthread_cond_wait(&engine->reader_free, &engine->readers_mutex);
    }
    if (engine->free_readers != NULL) {
        *out = engine->free_readers;
        engine->free_readers = (*out)->next;
        (void)pthread_mutex_unlock(&engine->readers_mutex);
        dynr_local_statements_sweep(*out);
        return DYNR_OK;
    }
    engine->n_readers++;
    (void)pthread_mutex_unlock(&engine->readers_mutex);
    status = dynr_local_connection_open(engine, false, out, err);
    if (status != DYNR_OK) {
        (void)pthread_mutex_lock(&engine->readers_mutex);
        engine->n_readers--;
        (void)pthread_cond_signal(&engine->reader_free);
        (void)pthread_mutex_unlock(&engine->readers_mutex);
    }
    return status;
}

enum dynr_status dynr_local_reader_take_short(struct local_engine *engine,
                                              struct local_connection **out, struct dynr_error *err)
{
    struct local_writer *writer = &engine->writer;
    if (!engine->is_in_memory && !atomic_load(&writer->is_led) &&
        pthread_mutex_trylock(&writer->connection_mutex) == 0) {
        return take_writer(writer, out, err);
    }
    return dynr_local_reader_take(engine, out, err);
}

void dynr_local_reader_give(struct local_engine *engine, struct local_connection *connection)
{
    if (connection == engine->writer.connection) {
        (void)pthread_mutex_unlock(&engine->writer.connection_mutex);
        return;
    }
    bool is_usable = sqlite3_get_autocommit(connection->db) != 0;
    if (!is_usable) {
        /* It could not leave its snapshot, and would show it for ever. */
        dynr_local_connection_close(connection);
    }
    (void)pthread_mutex_lock(&engine->readers_mutex);
    if (is_usable) {
        connection->next = engine->free_readers;
        engine->free_readers = connection;
    } else {
        engine->n_readers--;
    }
    /* One signal for each: two given back before the first waiter wakes are for two waiters. */
    (void)pthread_cond_signal(&engine->reader_free);
    (void)pthread_mutex_unlock(&engine->readers_mutex);
}

enum dynr_status dynr_local_fail(struct local_connection *connection,
                                 const struct local_table *table, int code, struct dynr_error *err)
{
    const char *text = sqlite3_errmsg(connection->db);
    const char *path = connection->engine->is_in_memory ? "the store" : connection->engine->path;
    if (code == SQLITE_IOERR_NOMEM) {
        return dynr_local_out_of_memory(err);
    }
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return dynr_fail(err, DYNR_ERR_BUSY, "%s is in use by another process: %s", path, text);
    case SQLITE_NOMEM:
        return dynr_local_out_of_memory(err);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
        return dynr_fail(err, DYNR_ERR_CORRUPT, "%s is damaged: %s", path, text);
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_NOLFS:
    case SQLITE_PROTOCOL:
        return dynr_fail(err, DYNR_ERR_IO, "%s could not be read or written: %s", path, text);
    default:
        break;
    }
    if (table != NULL && strstr(text, "no such table") != NULL) {
        dynr_local_catalog_retire(&connection->engine->catalog, table);
        return dynr_fail(err, DYNR_ERR_NO_TABLE, "Requested resource not found");
    }
    return dynr_fail(err, DYNR_ERR_INTERNAL, "unexpected result of SQLite: %s (%d)", text, code);
}

enum dynr_status dynr_local_execute(struct local_connection *connection, const char *sql,
                                    struct dynr_error *err)
{
    int code = sqlite3_exec(connection->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? DYNR_OK : dynr_local_fail(connection, NULL, code, err);
}
