/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQLite by hand, doing what the embedded engine does to the same rows: the same file layout, prepared statements, item,
 * indexes and change record in one transaction. The rows are learnt from the engine's own file.
 */
#ifndef DYN_TESTS_BENCH_RAW_STORE_H
#define DYN_TESTS_BENCH_RAW_STORE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    RAW_MOST_INDEXES = 4,
    RAW_VARIANTS = 2,
    RAW_MOST_ROWS = 1000,
    RAW_TEXT = 2048
};

struct raw_bytes {
    char *ptr;
    size_t len;
};

/* What stands in the file for one row as it is in one variant. An index without the row has no partition. */
struct raw_image {
    struct raw_bytes item;
    struct raw_bytes partition[RAW_MOST_INDEXES];
    struct raw_bytes sort[RAW_MOST_INDEXES];
    /* Three digits of `item` that every put writes anew. */
    char *stamp;
};

struct raw_row {
    struct raw_bytes pk;
    struct raw_bytes sk;
    struct raw_bytes keys;
    struct raw_image images[RAW_VARIANTS];
    /* The variant that is in our file. */
    size_t stored;
};

struct raw_store {
    sqlite3 *db;
    sqlite3_stmt *begin, *commit, *select, *upsert, *record;
    sqlite3_stmt *index_put[RAW_MOST_INDEXES];
    sqlite3_stmt *index_delete[RAW_MOST_INDEXES];
    size_t n_indexes;
    struct raw_row rows[RAW_MOST_ROWS];
    size_t n_rows;
    unsigned n_puts;
};

/* All of these exit with a message when something fails. */
void raw_open(struct raw_store *store, const char *path, size_t n_indexes);
void raw_close(struct raw_store *store);

/*
 * Takes the rows whose sort key is like `pattern` from the engine's file as they are now, in key order, as `variant`.
 * `changing` is the attribute that the engine's puts change every time: a number or time, whose last three digits become the
 * row's stamp. SQLite does not write a page to which an UPSERT of the same bytes goes, so that without it we would do less.
 */
void raw_learn(struct raw_store *store, const char *engine_path, const char *pattern,
               const char *changing, size_t variant);

/* Reads a row and copies its text to `out` (RAW_TEXT bytes). Returns its length. */
size_t raw_get(struct raw_store *store, const struct raw_row *row, char *out);

/* Writes a row in a variant, with another stamp, over what there is. */
void raw_put(struct raw_store *store, struct raw_row *row, size_t variant);

/* `row` under another ULID: every place where `old_id` stands. Nothing is written. */
void raw_rename(struct raw_row *row, const char *old_id, const char *new_id);

#endif
