/* SPDX-License-Identifier: Apache-2.0 */
/* Recognising and creating a store's file. */
#ifndef DYNR_LOCAL_OPEN_H
#define DYNR_LOCAL_OPEN_H

#include "local/engine.h"

/*
 * Looks at the file's header before SQLite does, so that a file that is not ours is never written
 * to. DYNR_OK also where there is no file yet, or an empty one.
 */
enum dynr_status dynr_local_file_check(const struct local_engine *engine, struct dynr_error *err);
/*
 * On the first connection: creates what an empty file lacks, checks what is there, switches to WAL.
 */
enum dynr_status dynr_local_store_prepare(struct local_connection *connection,
                                          struct dynr_error *err);

/* On the first connection of who only reads: the same without the first and the last. */
enum dynr_status dynr_local_store_check(struct local_connection *connection,
                                        struct dynr_error *err);

/* Brings an old format up to date: all of it, or nothing (migrate.c). */
enum dynr_status dynr_local_migrate(struct local_connection *connection, struct dynr_error *err);
/* The first column of the first row; 0 where there is none. */
enum dynr_status dynr_local_read_integer(struct local_connection *connection, const char *sql,
                                         sqlite3_int64 *out, struct dynr_error *err);

/* Runs SQL text of our own that gives no rows. */
enum dynr_status dynr_local_execute(struct local_connection *connection, const char *sql,
                                    struct dynr_error *err);
void dynr_local_statements_cleanup(struct local_statements *statements);

#endif
