/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "raw_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ULID = 26,
    STAMP = 3,
    /* Prime, so that a row seldom gets the stamp that it has. */
    STAMPS = 997
};

static void die(const char *what, const char *why)
{
    (void)fprintf(stderr, "raw_store: %s: %s\n", what, why);
    exit(1);
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK) {
        die(sql, sqlite3_errmsg(db));
    }
    return statement;
}

static void execute(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        die(sql, sqlite3_errmsg(db));
    }
}

void raw_open(struct raw_store *store, const char *path, size_t n_indexes)
{
    char sql[512];
    memset(store, 0, sizeof *store);
    store->n_indexes = n_indexes;
    if (sqlite3_open_v2(path, &store->db,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK) {
        die(path, sqlite3_errmsg(store->db));
    }
    execute(
        store->db,
        "PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
        "PRAGMA wal_autocheckpoint=4000; PRAGMA cache_size=-16384;"
        "CREATE TABLE t (pk BLOB NOT NULL, sk BLOB NOT NULL, size INTEGER NOT NULL, item TEXT NOT "
        "NULL,"
        " PRIMARY KEY (pk, sk)) STRICT, WITHOUT ROWID;"
        "CREATE TABLE s (sequence INTEGER PRIMARY KEY, table_id INTEGER NOT NULL, event TEXT NOT "
        "NULL,"
        " created_ms INTEGER NOT NULL, keys TEXT NOT NULL, old_image TEXT, new_image TEXT) STRICT");
    for (size_t i = 0; i < n_indexes; i++) {
        (void)snprintf(sql, sizeof sql,
                       "CREATE TABLE x%zu (ipk BLOB NOT NULL, isk BLOB NOT NULL, pk BLOB NOT NULL, "
                       "sk BLOB NOT NULL,"
                       " PRIMARY KEY (ipk, isk, pk, sk)) STRICT, WITHOUT ROWID",
                       i);
        execute(store->db, sql);
        (void)snprintf(sql, sizeof sql,
                       "INSERT INTO x%zu VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING", i);
        store->index_put[i] = prepare(store->db, sql);
        (void)snprintf(sql, sizeof sql,
                       "DELETE FROM x%zu WHERE ipk=?1 AND isk=?2 AND pk=?3 AND sk=?4", i);
        store->index_delete[i] = prepare(store->db, sql);
    }
    store->begin = prepare(store->db, "BEGIN IMMEDIATE");
    store->commit = prepare(store->db, "COMMIT");
    store->select = prepare(store->db, "SELECT item FROM t WHERE pk=?1 AND sk=?2");
    store->upsert =
        prepare(store->db, "INSERT INTO t VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET"
                           " size=excluded.size, item=excluded.item");
    store->record =
        prepare(store->db, "INSERT INTO s (table_id, event, created_ms, keys, old_image, new_image)"
                           " VALUES (1, ?1, 1700000000000, ?2, ?3, ?4)");
}

void raw_close(struct raw_store *store)
{
    sqlite3_stmt *statement;
    while ((statement = sqlite3_next_stmt(store->db, NULL)) != NULL) {
        (void)sqlite3_finalize(statement);
    }
    (void)sqlite3_close(store->db);
}

/* ---- learning ---- */

static struct raw_bytes make_bytes(const void *ptr, size_t len)
{
    struct raw_bytes bytes = {malloc(len + 1), len};
    if (bytes.ptr == NULL) {
        die("learn", "memory is exhausted");
    } else {
        memcpy(bytes.ptr, ptr, len);
        bytes.ptr[len] = '\0';
    }
    return bytes;
}

static struct raw_bytes column(sqlite3_stmt *statement, int which)
{
    const void *ptr = sqlite3_column_blob(statement, which);
    return make_bytes(ptr == NULL ? "" : ptr, (size_t)sqlite3_column_bytes(statement, which));
}

static void bind(sqlite3_stmt *statement, int parameter, struct raw_bytes bytes)
{
    (void)sqlite3_bind_blob(statement, parameter, bytes.ptr, (int)bytes.len, SQLITE_STATIC);
}

static void bind_text(sqlite3_stmt *statement, int parameter, struct raw_bytes bytes)
{
    (void)sqlite3_bind_text(statement, parameter, bytes.ptr, (int)bytes.len, SQLITE_STATIC);
}

static void learn_index(sqlite3 *db, size_t index, const struct raw_row *row,
                        struct raw_image *image)
{
    char sql[128];
    (void)snprintf(sql, sizeof sql, "SELECT ipk, isk FROM x1_%zu WHERE pk=?1 AND sk=?2", index);
    sqlite3_stmt *statement = prepare(db, sql);
    bind(statement, 1, row->pk);
    bind(statement, 2, row->sk);
    if (sqlite3_step(statement) == SQLITE_ROW) {
        image->partition[index] = column(statement, 0);
        image->sort[index] = column(statement, 1);
    }
    (void)sqlite3_finalize(statement);
}

/* The last digits of the value of `changing`. */
static char *find_stamp(const struct raw_bytes *item, const char *changing)
{
    char name[64];
    (void)snprintf(name, sizeof name, "\"%s\":{\"", changing);
    char *value = strstr(item->ptr, name);
    char *end = value == NULL ? NULL : strchr(value, '}');
    while (end != NULL && end > value && (*end < '0' || *end > '9')) {
        end--;
    }
    if (end == NULL || strspn(end + 1 - STAMP, "0123456789") < STAMP) {
        die("learn", "the changing attribute is none");
    }
    return end + 1 - STAMP;
}

void raw_learn(struct raw_store *store, const char *engine_path, const char *pattern,
               const char *changing, size_t variant)
{
    sqlite3 *db;
    if (sqlite3_open_v2(engine_path, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
        die(engine_path, sqlite3_errmsg(db));
    }
    sqlite3_stmt *statement =
        prepare(db, "SELECT pk, sk, item FROM t1 WHERE CAST(sk AS TEXT) LIKE ?1 ORDER BY pk, sk");
    (void)sqlite3_bind_text(statement, 1, pattern, -1, SQLITE_STATIC);
    store->n_rows = 0;
    while (sqlite3_step(statement) == SQLITE_ROW && store->n_rows < RAW_MOST_ROWS) {
        char keys[512];
        struct raw_row *row = &store->rows[store->n_rows++];
        row->pk = column(statement, 0);
        row->sk = column(statement, 1);
        row->stored = RAW_VARIANTS;
        row->images[variant].item = column(statement, 2);
        row->images[variant].stamp = find_stamp(&row->images[variant].item, changing);
        int n = snprintf(keys, sizeof keys, "{\"pk\":{\"S\":\"%.*s\"},\"sk\":{\"S\":\"%.*s\"}}",
                         (int)row->pk.len, row->pk.ptr, (int)row->sk.len, row->sk.ptr);
        row->keys = make_bytes(keys, (size_t)n);
        for (size_t i = 0; i < store->n_indexes; i++) {
            learn_index(db, i, row, &row->images[variant]);
        }
    }
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(db);
}

static void rename_in(struct raw_bytes *bytes, const char *old_id, const char *new_id)
{
    for (char *place = bytes->ptr; place != NULL && bytes->ptr != NULL;) {
        place = memmem(place, bytes->len - (size_t)(place - bytes->ptr), old_id, ULID);
        if (place != NULL) {
            memcpy(place, new_id, ULID);
        }
    }
}

void raw_rename(struct raw_row *row, const char *old_id, const char *new_id)
{
    rename_in(&row->pk, old_id, new_id);
    rename_in(&row->sk, old_id, new_id);
    rename_in(&row->keys, old_id, new_id);
    for (size_t variant = 0; variant < RAW_VARIANTS; variant++) {
        rename_in(&row->images[variant].item, old_id, new_id);
        for (size_t i = 0; i < RAW_MOST_INDEXES; i++) {
            rename_in(&row->images[variant].partition[i], old_id, new_id);
            rename_in(&row->images[variant].sort[i], old_id, new_id);
        }
    }
    row->stored = RAW_VARIANTS;
}

/* ---- one operation each ---- */

static void step(sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);
    if (code != SQLITE_DONE) {
        die("step", sqlite3_errstr(code));
    }
    (void)sqlite3_reset(statement);
}

size_t raw_get(struct raw_store *store, const struct raw_row *row, char *out)
{
    size_t size = 0;
    bind(store->select, 1, row->pk);
    bind(store->select, 2, row->sk);
    if (sqlite3_step(store->select) == SQLITE_ROW) {
        const void *item = sqlite3_column_blob(store->select, 0);
        size = (size_t)sqlite3_column_bytes(store->select, 0);
        memcpy(out, item, size < RAW_TEXT ? size : RAW_TEXT);
    }
    (void)sqlite3_reset(store->select);
    return size;
}

static void write_index(sqlite3_stmt *statement, const struct raw_row *row,
                        const struct raw_image *image, size_t index)
{
    bind(statement, 1, image->partition[index]);
    bind(statement, 2, image->sort[index]);
    bind(statement, 3, row->pk);
    bind(statement, 4, row->sk);
    step(statement);
}

static bool is_same(struct raw_bytes a, struct raw_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static void move_indexes(struct raw_store *store, const struct raw_row *row,
                         const struct raw_image *old_image, const struct raw_image *image)
{
    for (size_t i = 0; i < store->n_indexes; i++) {
        if (old_image != NULL && is_same(old_image->partition[i], image->partition[i]) &&
            is_same(old_image->sort[i], image->sort[i])) {
            continue;
        }
        if (old_image != NULL && old_image->partition[i].len > 0) {
            write_index(store->index_delete[i], row, old_image, i);
        }
        if (image->partition[i].len > 0) {
            write_index(store->index_put[i], row, image, i);
        }
    }
}

static void stamp_image(struct raw_store *store, const struct raw_image *image)
{
    unsigned number = ++store->n_puts % STAMPS;
    for (size_t i = STAMP; i-- > 0; number /= 10) {
        image->stamp[i] = (char)('0' + number % 10);
    }
}

void raw_put(struct raw_store *store, struct raw_row *row, size_t variant)
{
    static char old_item[RAW_TEXT];
    const struct raw_image *image = &row->images[variant];
    const struct raw_image *old_image =
        row->stored < RAW_VARIANTS ? &row->images[row->stored] : NULL;
    stamp_image(store, image);
    step(store->begin);
    size_t n_old = raw_get(store, row, old_item);
    bind(store->upsert, 1, row->pk);
    bind(store->upsert, 2, row->sk);
    (void)sqlite3_bind_int(store->upsert, 3, (int)image->item.len);
    bind_text(store->upsert, 4, image->item);
    step(store->upsert);
    move_indexes(store, row, old_image, image);
    (void)sqlite3_bind_text(store->record, 1, n_old == 0 ? "INSERT" : "MODIFY", 6, SQLITE_STATIC);
    bind_text(store->record, 2, row->keys);
    (void)sqlite3_bind_text(store->record, 3, n_old == 0 ? NULL : old_item, (int)n_old,
                            SQLITE_STATIC);
    bind_text(store->record, 4, image->item);
    step(store->record);
    step(store->commit);
    row->stored = variant;
}
