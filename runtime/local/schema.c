/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store's own tables. Each DynamoDB table adds t<id> (its items) and x<id>_<n> (its indexes):
 * see create_relations in table.c.
 */
#include "local/engine.h"

/*
 * dynr_table: stream_id is of the present stream, or the last one, in stream_table; 0: there was none. tags: a JSON array of keys and values in
 * turn.
 * dynr_index: is_expiry: the one that finds what expires (index.c). state: enum dynr_index_state; while it is filled, all items up to the key
 * (filled_pk, filled_sk) are in.
 *
 * Changes in commit order. Who trims it keeps the newest row: the next sequence is the largest plus one, without gaps, so
 * that a reader notices what is missing. A record of place 0 begins a transaction (of one request: several may be committed at once).
 * What trimming looks at stands before the images, which fill pages of their own.
 * Its table_id is that of a stream: a row of stream_table, of which none ever goes. There first_position is that of the last
 * record before it; last_position, where it is closed, of the store's last record then.
 * stream_term: who served the log, from which position on, and the secret of what was promised meanwhile.
 */
#define SCHEMA_STREAM                                                                              \
    "CREATE TABLE stream_record ("                                                                 \
    " sequence INTEGER PRIMARY KEY,"                                                               \
    " table_id INTEGER NOT NULL,"                                                                  \
    " place INTEGER NOT NULL,"                                                                     \
    " created_ms INTEGER NOT NULL,"                                                                \
    " event TEXT NOT NULL," /* INSERT, MODIFY, REMOVE, EXPIRE */                                   \
    " keys TEXT NOT NULL,"                                                                         \
    " old_image TEXT,"                                                                             \
    " new_image TEXT"                                                                              \
    ") STRICT;"

#define SCHEMA_STREAM_TABLE_2                                                                      \
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
    " ttl_attribute TEXT NOT NULL,"
    " table_id TEXT NOT NULL,"
    " created_ms INTEGER NOT NULL,"
    " stream_id INTEGER NOT NULL,"
    " billing INTEGER NOT NULL," /* enum dynr_billing_mode */
    " read_units INTEGER NOT NULL,"
    " write_units INTEGER NOT NULL,"
    " is_protected INTEGER NOT NULL,"
    " tags TEXT NOT NULL,"
    " settings TEXT NOT NULL"
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
    " read_units INTEGER NOT NULL,"
    " write_units INTEGER NOT NULL,"
    " state INTEGER NOT NULL,"
    " is_expiry INTEGER NOT NULL,"
    " filled_pk BLOB NOT NULL,"
    " filled_sk BLOB NOT NULL,"
    " PRIMARY KEY (table_id, position)"
    ") STRICT, WITHOUT ROWID;" SCHEMA_STREAM SCHEMA_TERM "CREATE TABLE stream_table ("
    " id INTEGER PRIMARY KEY,"
    " name TEXT NOT NULL,"
    " label TEXT NOT NULL,"
    " view INTEGER NOT NULL," /* enum dynr_stream_view */
    " created_ms INTEGER NOT NULL,"
    " closed_ms INTEGER NOT NULL," /* 0: it is on */
    " first_position INTEGER NOT NULL,"
    " last_position INTEGER NOT NULL,"
    " partition_key TEXT NOT NULL,"
    " partition_type TEXT NOT NULL,"
    " sort_key TEXT NOT NULL,"
    " sort_type TEXT NOT NULL"
    ") STRICT;"
    "CREATE TABLE transaction_token ("
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
    "ALTER TABLE stream_record RENAME TO stream_record_1;" SCHEMA_STREAM SCHEMA_STREAM_TABLE_2
    "INSERT INTO stream_record"
    " SELECT sequence, table_id, 0, created_ms, event, keys, old_image, new_image"
    " FROM stream_record_1 ORDER BY sequence DESC LIMIT 1;"
    "INSERT INTO stream_table SELECT id, name FROM dynr_table WHERE stream<>0;"
    "INSERT OR IGNORE INTO stream_table SELECT table_id, '' FROM stream_record;"
    "DROP TABLE stream_record_1;"
    "ALTER TABLE transaction_token ADD COLUMN position INTEGER NOT NULL DEFAULT 0;"
    "PRAGMA user_version=2";

/* Format 2 knew no terms. */
const char dynr_local_migrate_2[] = SCHEMA_TERM "PRAGMA user_version=3";

/*
 * Format 3 knew no times, so that all begins with the migration: migration.now_ms. The id of a stream was that of its table; of tables that
 * were deleted the keys are not known. What expires was not known either: migrate.c adds those indexes, to be filled.
 */
#define RANDOM_UUID                                                                                \
    "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), " \
    "2)"                                                                                           \
    " || '-a' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))"

const char dynr_local_migrate_3[] =
    "ALTER TABLE dynr_table ADD COLUMN table_id TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE dynr_table ADD COLUMN created_ms INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE dynr_table ADD COLUMN stream_id INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE dynr_table ADD COLUMN billing INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE dynr_table ADD COLUMN read_units INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE dynr_table ADD COLUMN write_units INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE dynr_table ADD COLUMN is_protected INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE dynr_table ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';"
    "ALTER TABLE dynr_table ADD COLUMN settings TEXT NOT NULL DEFAULT '';"
    "UPDATE dynr_table SET table_id=" RANDOM_UUID ", created_ms=(SELECT now_ms FROM migration),"
    " stream_id=CASE WHEN stream<>0 THEN id ELSE 0 END;"
    "ALTER TABLE dynr_index ADD COLUMN read_units INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE dynr_index ADD COLUMN write_units INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE dynr_index ADD COLUMN state INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE dynr_index ADD COLUMN is_expiry INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE dynr_index ADD COLUMN filled_pk BLOB NOT NULL DEFAULT x'';"
    "ALTER TABLE dynr_index ADD COLUMN filled_sk BLOB NOT NULL DEFAULT x'';"
    "INSERT INTO dynr_index (table_id, position, name, partition_key, partition_type, sort_key,"
    " sort_type, is_local, projection, included, state, is_expiry)"
    " SELECT id, (SELECT count(*) FROM dynr_index WHERE table_id=t.id), '', '', '', '', '', 0, 0,"
    " '[]', 1, 1 FROM dynr_table AS t WHERE ttl_attribute<>'';"
    "ALTER TABLE stream_table ADD COLUMN label TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE stream_table ADD COLUMN view INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE stream_table ADD COLUMN created_ms INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE stream_table ADD COLUMN closed_ms INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE stream_table ADD COLUMN first_position INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE stream_table ADD COLUMN last_position INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE stream_table ADD COLUMN partition_key TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE stream_table ADD COLUMN partition_type TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE stream_table ADD COLUMN sort_key TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE stream_table ADD COLUMN sort_type TEXT NOT NULL DEFAULT '';"
    /* One millisecond apart: labels are unique. */
    "UPDATE stream_table SET created_ms=(SELECT now_ms FROM migration)+id;"
    "UPDATE stream_table SET label=strftime('%Y-%m-%dT%H:%M:%S', created_ms/1000, 'unixepoch')"
    " || printf('.%03d', created_ms%1000);"
    "UPDATE stream_table SET (partition_key, partition_type, sort_key, sort_type)="
    "(SELECT partition_key, partition_type, sort_key, sort_type FROM dynr_table AS t"
    " WHERE t.id=stream_table.id) WHERE id IN (SELECT id FROM dynr_table);"
    "UPDATE stream_table SET closed_ms=created_ms,"
    " last_position=(SELECT coalesce(max(sequence), 0) FROM stream_record)"
    " WHERE id NOT IN (SELECT id FROM dynr_table);"
    "PRAGMA user_version=4";
