/* SPDX-License-Identifier: Apache-2.0 */
#include "local/open.h"

#include <stdlib.h>
#include <string.h>

#define HEADER_BYTES 100

static uint32_t big_endian(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* A result of the VFS. */
static enum dynr_status fail_file(int code, const char *verb, const char *path,
                                  struct dynr_error *err)
{
    return (code & 0xff) == SQLITE_NOMEM || code == SQLITE_IOERR_NOMEM
               ? dynr_local_out_of_memory(err)
               : dynr_fail(err, DYNR_ERR_IO, "cannot %s %s: %s", verb, path, sqlite3_errstr(code));
}

static enum dynr_status check_header(const char *path, const unsigned char *header,
                                     struct dynr_error *err)
{
    /*
     * "SQLite format 3" and a NUL; user_version at 60, application_id at 68
     * (sqlite.org/fileformat.html).
     */
    if (memcmp(header, "SQLite format 3", 16) != 0) {
        return dynr_fail(err, DYNR_ERR_CORRUPT, "%s is not a dynr store: it is no SQLite database",
                         path);
    }
    if (big_endian(header + 68) != LOCAL_APPLICATION_ID) {
        return dynr_fail(err, DYNR_ERR_CORRUPT,
                         "%s is not a dynr store: it is a database of another application", path);
    }
    /* The header may be older than what the log holds: dynr_local_store_prepare looks again. */
    if (big_endian(header + 60) < LOCAL_FORMAT_OLDEST ||
        big_endian(header + 60) > LOCAL_FORMAT_VERSION) {
        return dynr_fail(err, DYNR_ERR_CORRUPT,
                         "%s has store format %u, and this libdynr reads formats %d to %d", path,
                         (unsigned)big_endian(header + 60), LOCAL_FORMAT_OLDEST,
                         LOCAL_FORMAT_VERSION);
    }
    return DYNR_OK;
}

static enum dynr_status read_header(sqlite3_file *file, const char *path, struct dynr_error *err)
{
    sqlite3_int64 size = 0;
    unsigned char header[HEADER_BYTES];
    int code = file->pMethods->xFileSize(file, &size);
    if (code != SQLITE_OK) {
        return fail_file(code, "read", path, err);
    }
    if (size == 0) {
        return DYNR_OK;
    }
    if (size < HEADER_BYTES) {
        return dynr_fail(err, DYNR_ERR_CORRUPT, "%s is not a dynr store: it is too short", path);
    }
    code = file->pMethods->xRead(file, header, HEADER_BYTES, 0);
    if (code != SQLITE_OK) {
        return fail_file(code, "read", path, err);
    }
    return check_header(path, header, err);
}

enum dynr_status dynr_local_file_check(const struct local_engine *engine, struct dynr_error *err)
{
    if (sqlite3_initialize() != SQLITE_OK) {
        return dynr_local_out_of_memory(err);
    }
    sqlite3_vfs *vfs = sqlite3_vfs_find(engine->vfs);
    if (vfs == NULL) {
        return dynr_fail(err, DYNR_ERR_IO, "no such SQLite VFS: %s",
                         engine->vfs == NULL ? "" : engine->vfs);
    }
    int exists = 0;
    /* SQLite wants a path that ends in two NULs. */
    size_t length = (size_t)vfs->mxPathname + 2;
    char *path = calloc(1, length);
    sqlite3_file *file = calloc(1, (size_t)vfs->szOsFile);
    enum dynr_status status = DYNR_OK;
    if (path == NULL || file == NULL) {
        status = dynr_local_out_of_memory(err);
    } else if (vfs->xFullPathname(vfs, engine->path, vfs->mxPathname, path) != SQLITE_OK) {
        status = dynr_fail(err, DYNR_ERR_IO, "cannot open %s", engine->path);
    } else if (vfs->xAccess(vfs, path, SQLITE_ACCESS_EXISTS, &exists) == SQLITE_OK && exists) {
        int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB;
        int code = vfs->xOpen(vfs, path, file, flags, &flags);
        status = code == SQLITE_OK ? read_header(file, engine->path, err)
                                   : fail_file(code, "open", engine->path, err);
        if (file->pMethods != NULL) {
            (void)file->pMethods->xClose(file);
        }
    }
    free(file);
    free(path);
    return status;
}

enum dynr_status dynr_local_read_integer(struct local_connection *connection, const char *sql,
                                         sqlite3_int64 *out, struct dynr_error *err)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(connection->db, sql, -1, &statement, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_step(statement);
        *out = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    }
    enum dynr_status status = code == SQLITE_ROW || code == SQLITE_DONE
                                  ? DYNR_OK
                                  : dynr_local_fail(connection, NULL, code, err);
    (void)sqlite3_finalize(statement);
    return status;
}

static enum dynr_status create_schema(struct local_connection *connection, struct dynr_error *err)
{
    char text[96];
    enum dynr_status status = dynr_local_execute(connection, dynr_local_schema, err);
    if (status == DYNR_OK) {
        (void)sqlite3_snprintf((int)sizeof text, text,
                               "PRAGMA application_id=%d; PRAGMA user_version=%d",
                               LOCAL_APPLICATION_ID, LOCAL_FORMAT_VERSION);
        status = dynr_local_execute(connection, text, err);
    }
    return status;
}

/*
 * Creation runs in SQLite's rollback journal, not in the WAL, so that the file's own header says
 * what it is from the first commit on. Another process may create the store at the same moment:
 * whoever waits finds it done.
 */
static enum dynr_status create_store(struct local_connection *connection, struct dynr_error *err)
{
    enum dynr_status status =
        dynr_local_execute(connection, "PRAGMA page_size=8192; BEGIN EXCLUSIVE", err);
    if (status != DYNR_OK) {
        return status;
    }
    sqlite3_int64 n_objects = 0;
    status =
        dynr_local_read_integer(connection, "SELECT count(*) FROM sqlite_schema", &n_objects, err);
    if (status == DYNR_OK && n_objects == 0) {
        status = create_schema(connection, err);
    }
    if (status == DYNR_OK) {
        return dynr_local_execute(connection, "COMMIT", err);
    }
    (void)dynr_local_execute(connection, "ROLLBACK", NULL);
    return status;
}

enum dynr_status dynr_local_store_check(struct local_connection *connection, struct dynr_error *err)
{
    sqlite3_int64 id = 0;
    sqlite3_int64 version = 0;
    sqlite3_int64 missing = 0;
    const char *path = connection->engine->is_in_memory ? ":memory:" : connection->engine->path;
    enum dynr_status status =
        dynr_local_read_integer(connection, "PRAGMA application_id", &id, err);
    if (status == DYNR_OK) {
        status = dynr_local_read_integer(connection, "PRAGMA user_version", &version, err);
    }
    if (status == DYNR_OK && (id != LOCAL_APPLICATION_ID || version != LOCAL_FORMAT_VERSION)) {
        status = dynr_fail(err, DYNR_ERR_CORRUPT, "%s is not a dynr store of format %d", path,
                           LOCAL_FORMAT_VERSION);
    }
    if (status == DYNR_OK) {
        status = dynr_local_read_integer(
            connection,
            "SELECT (SELECT count(*) FROM dynr_table AS t WHERE NOT EXISTS"
            " (SELECT 1 FROM sqlite_schema WHERE type='table' AND name='t'||t.id))"
            " + (SELECT count(*) FROM dynr_index AS i WHERE NOT EXISTS"
            " (SELECT 1 FROM sqlite_schema WHERE type='table'"
            " AND name='x'||i.table_id||'_'||i.position))",
            &missing, err);
    }
    if (status == DYNR_OK && missing > 0) {
        status = dynr_fail(err, DYNR_ERR_CORRUPT,
                           "%s is damaged: items or entries of an index are missing", path);
    }
    return status;
}

/* Needs the file for itself for a moment; SQLite does not call the busy handler here. */
static enum dynr_status use_wal(struct local_connection *connection, struct dynr_error *err)
{
    int waited_ms = 0;
    for (;;) {
        sqlite3_stmt *statement = NULL;
        int code =
            sqlite3_prepare_v2(connection->db, "PRAGMA journal_mode=WAL", -1, &statement, NULL);
        bool is_wal = false;
        if (code == SQLITE_OK) {
            code = sqlite3_step(statement);
            is_wal = code == SQLITE_ROW &&
                     sqlite3_stricmp((const char *)sqlite3_column_text(statement, 0), "wal") == 0;
        }
        (void)sqlite3_finalize(statement);
        if (is_wal) {
            return DYNR_OK;
        }
        if ((code & 0xff) != SQLITE_BUSY || waited_ms >= connection->engine->busy_timeout_ms) {
            return code == SQLITE_ROW
                       ? dynr_fail(err, DYNR_ERR_IO, "%s cannot be used: no write-ahead log there",
                                   connection->engine->path)
                       : dynr_local_fail(connection, NULL, code, err);
        }
        waited_ms += 5;
        (void)sqlite3_sleep(5);
    }
}

enum dynr_status dynr_local_store_prepare(struct local_connection *connection,
                                          struct dynr_error *err)
{
    sqlite3_int64 n_objects = 0;
    enum dynr_status status =
        dynr_local_read_integer(connection, "SELECT count(*) FROM sqlite_schema", &n_objects, err);
    if (status == DYNR_OK && n_objects == 0) {
        status = create_store(connection, err);
    }
    if (status == DYNR_OK) {
        status = dynr_local_migrate(connection, err);
    }
    if (status == DYNR_OK) {
        status = dynr_local_store_check(connection, err);
    }
    if (status == DYNR_OK && !connection->engine->is_in_memory) {
        status = use_wal(connection, err);
    }
    if (status == DYNR_ERR_INTERNAL) {
        /* Our own statements do not compile: the schema is not what it was. */
        return dynr_fail(err, DYNR_ERR_CORRUPT, "%s is damaged: %s", connection->engine->path,
                         sqlite3_errmsg(connection->db));
    }
    return status;
}
