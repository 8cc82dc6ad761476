/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store's own tables. Each DynamoDB table adds t<id> (its items) and x<id>_<n> (its indexes):
 * see create_relations in table.c.
 */
#include "local/engine.h"

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
    ") STRICT, WITHOUT ROWID;"
    /*
     * Changes in commit order. Who trims it keeps the newest row: the next sequence is the largest
     * plus one.
     */
    "CREATE TABLE stream_record ("
    " sequence INTEGER PRIMARY KEY,"
    " table_id INTEGER NOT NULL,"
    " event TEXT NOT NULL," /* INSERT, MODIFY, REMOVE */
    " created_ms INTEGER NOT NULL,"
    " keys TEXT NOT NULL,"
    " old_image TEXT,"
    " new_image TEXT"
    ") STRICT;"
    "CREATE TABLE transaction_token ("
    " token TEXT PRIMARY KEY,"
    " digest BLOB NOT NULL,"
    " created_ms INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX transaction_token_age ON transaction_token (created_ms);";
