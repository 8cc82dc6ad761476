/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store's own tables. Each DynamoDB table adds t<id> (its items) and x<id>_<n> (its indexes):
 * see create_relations in table.c.
 */
#include "local/engine.h"

/*
 * Changes in commit order. Who trims it keeps the newest row: the next sequence is the largest plus one, without gaps, so
 * that a reader notices what is missing. A record of place 0 begins a transaction (of one request: several may be committed at once).
 * What trimming looks at stands before the images, which fill pages of their own.
 * stream_table: names of tables, also of those that were deleted.
 * stream_term: who served the log, from which position on, and the secret of what was promised meanwhile.
 */
#define SCHEMA_STREAM                                                                              \
    "CREATE TABLE stream_record ("                                                                 \
    " sequence INTEGER PRIMARY KEY,"                                                               \
    " table_id INTEGER NOT NULL,"                                                                  \
    " place INTEGER NOT NULL,"                                                                     \
    " created_ms INTEGER NOT NULL,"                                                                \
    " event TEXT NOT NULL," /* INSERT, MODIFY, REMOVE */                                           \
    " keys TEXT NOT NULL,"                                                                         \
    " old_image TEXT,"                                                                             \
    " new_image TEXT"                                                                              \
    ") STRICT;"                                                                                    \
    "CREATE TABLE stream_table (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;"

#define SCHEMA_TERM                                                                                \
    "CREATE TABLE stream_term ("                                                                   \
    " id INTEGER PRIMARY KEY,"                                                                     \
    " program INTEGER NOT NULL,"                                                                   \
    " start INTEGER NOT NULL,"                                                                     \
    " key BLOB NOT NULL"                                                                           \
    ") STRICT;"

const char dynr_local_schema[] =
    "CREATE TABLE dynr_table ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " name TEXT NOT NULL UNIQUE,"
    " partition_key TEXT NOT NULL,"
    " partition_type TEXT NOT NULL,"
    " sort_key TEXT NOT NULL," /* '': none */
    " sort_type TEXT NOT NULL,"
    " stream INTEGER NOT NULL,"
    " ttl_attribute TEXT NOT NULL"
    ") STRICT;"
    "CREATE TABLE dynr_index ("
    " table_id INTEGER NOT NULL,"
    " position INTEGER NOT NULL,"
    " name TEXT NOT NULL,"
    " partition_key TEXT NOT NULL,"
    " partition_type TEXT NOT NULL,"
    " sort_key TEXT NOT NULL,"
    " sort_type TEXT NOT NULL,"
    " is_local INTEGER NOT NULL,"
    " projection INTEGER NOT NULL," /* enum dynr_projection_kind */
    " included TEXT NOT NULL,"      /* JSON array of names */
    " PRIMARY KEY (table_id, position)"
    ") STRICT, WITHOUT ROWID;" SCHEMA_STREAM SCHEMA_TERM "CREATE TABLE transaction_token ("
    " token TEXT PRIMARY KEY,"
    " digest BLOB NOT NULL,"
    " created_ms INTEGER NOT NULL,"
    " position INTEGER NOT NULL" /* of the transaction's last change record; 0: none */
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX transaction_token_age ON transaction_token (created_ms);";

/*
 * Format 1 had no place in its records, so that nothing could read them by transactions, and nothing did: all but the newest, which
 * the counter goes on from, are dropped. The name of its table is lost where that was deleted.
 */
const char dynr_local_migrate_1[] =
    "ALTER TABLE stream_record RENAME TO stream_record_1;" SCHEMA_STREAM "INSERT INTO stream_record"
    " SELECT sequence, table_id, 0, created_ms, event, keys, old_image, new_image"
    " FROM stream_record_1 ORDER BY sequence DESC LIMIT 1;"
    "INSERT INTO stream_table SELECT id, name FROM dynr_table WHERE stream<>0;"
    "INSERT OR IGNORE INTO stream_table SELECT table_id, '' FROM stream_record;"
    "DROP TABLE stream_record_1;"
    "ALTER TABLE transaction_token ADD COLUMN position INTEGER NOT NULL DEFAULT 0;"
    "PRAGMA user_version=2";

/* Format 2 knew no terms. */
const char dynr_local_migrate_2[] = SCHEMA_TERM "PRAGMA user_version=3";
