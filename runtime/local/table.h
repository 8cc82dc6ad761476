/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables as the file describes them: rows of dynr_table and dynr_index, and the SQLite tables of items and indexes. All but
 * dynr_local_table_load run on the writer connection, inside a job.
 *
 * What is in memory of a table (catalog.c) says nothing that an UpdateTable can change without giving the table a new id, under which
 * its SQLite tables are then found: indexes, stream and expiry. So a stale description meets "no such table", in whatever
 * process. The rest is read anew wherever it is needed.
 */
#ifndef DYNR_LOCAL_TABLE_H
#define DYNR_LOCAL_TABLE_H

#include "local/capacity.h"

/* The service's 5 and 20 indexes, and the one by expiry. */
#define LOCAL_MOST_RELATIONS 26

struct local_counted {
    int64_t until_ns;
    /* The table, then its indexes. */
    struct local_count counts[LOCAL_MOST_RELATIONS + 1];
};

/* Reads a description; its texts are in the arena. `out` is zeroed but for its `arena` member. */
enum dynr_status dynr_local_table_load(struct local_connection *connection, struct dynr_str name,
                                       struct dynr_arena *arena, struct local_table *out,
                                       bool *out_exists, struct dynr_error *err);
/* Derives the rest of a description from its definition, of which it borrows the texts. */
enum dynr_status dynr_local_table_derive(struct local_table *table,
                                         const struct dynr_table_definition *definition,
                                         struct dynr_arena *arena, struct dynr_error *err);
/* What is projected, of one index of the table. False: out of memory. */
bool dynr_local_index_derive(const struct local_table *table, struct local_index *index,
                             struct dynr_arena *arena);

/*
 * Adds the rows of a table; where its id is 0, it gets one that was never used. DYNR_ERR_TABLE_EXISTS where the name is taken.
 */
enum dynr_status dynr_local_table_insert(struct local_connection *connection,
                                         struct local_table *table, struct dynr_error *err);
/* A new table of that definition, which is valid: its rows, its stream, its SQLite tables. `out` borrows from the definition. */
enum dynr_status dynr_local_table_create(struct local_connection *connection,
                                         const struct dynr_table_definition *definition,
                                         struct dynr_arena *arena, struct local_table *out,
                                         struct dynr_error *err);
/* Removes the rows, not the items. `out_existed`: whether there were any. */
enum dynr_status dynr_local_table_remove(struct local_connection *connection, int64_t id,
                                         bool *out_existed, struct dynr_error *err);
/* SQL that makes the SQLite table of items, or of one index. */
void dynr_local_relation_create(const struct local_table *table, size_t relation,
                                struct dynr_buf *sql);
enum dynr_status dynr_local_relations_create(struct local_connection *connection,
                                             const struct local_table *table,
                                             struct dynr_error *err);
enum dynr_status dynr_local_relations_drop(struct local_connection *connection,
                                           const struct local_table *table, struct dynr_error *err);
/* Runs the SQL and cleans it up. */
enum dynr_status dynr_local_execute_buf(struct local_connection *connection, struct dynr_buf *sql,
                                        struct dynr_error *err);

/* Begins a new stream of a table: its id and label go into the description. */
enum dynr_status dynr_local_stream_create(struct local_connection *connection,
                                          struct local_table *table, struct dynr_arena *arena,
                                          struct dynr_error *err);
enum dynr_status dynr_local_stream_close(struct local_connection *connection, int64_t stream_id,
                                         struct dynr_error *err);

/* The error of a table that is not there, which names it. */
enum dynr_status dynr_local_no_table(struct dynr_str name, struct dynr_error *err);

/*
 * Gives the table that is in the file as `from` the description `to`, and a new id. `source` says for each index of `to` which one of
 * `from` it was; LOCAL_NO_INDEX: it is new. `to->id` becomes the new one.
 */
enum dynr_status dynr_local_table_replace(struct local_connection *connection,
                                          const struct local_table *from, struct local_table *to,
                                          const size_t *source, struct dynr_error *err);

/* ---- fill.c ---- */

/* Fills a table's new indexes (`source` as above), as part of a job; the table is not in the catalog yet. */
enum dynr_status dynr_local_indexes_fill(struct local_connection *connection,
                                         struct local_table *table, const size_t *source,
                                         struct dynr_error *err);
/*
 * Does a part of what there is to fill, in a commit of its own: of the first table where that succeeds. The first error of those
 * before it is returned; `out_has_more` then speaks of the others.
 */
enum dynr_status dynr_local_fill_step(struct local_engine *engine, bool *out_has_more,
                                      struct dynr_error *err);
/* Removes some expired items of each table, in commits of their own (expire.c); the first error is returned when all had their turn. */
enum dynr_status dynr_local_expire_step(struct local_engine *engine, bool *out_has_more,
                                        struct dynr_error *err);

/* Number and size of the items, or of the entries of an index (1 and up), as the connection sees them. */
enum dynr_status dynr_local_relation_count(struct local_connection *connection,
                                           const struct local_table *table, size_t relation,
                                           struct local_count *out, struct dynr_error *err);
/* Number and sizes of items and index entries, into the definition (table_count.c). */
enum dynr_status dynr_local_table_count(struct local_engine *engine,
                                        const struct local_table *table,
                                        struct dynr_table_definition *definition,
                                        struct dynr_arena *arena, struct dynr_error *err);

#endif
