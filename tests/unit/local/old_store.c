/* SPDX-License-Identifier: Apache-2.0 */
#include "old_store.h"

#include <sqlite3.h>
#include <stdio.h>

#include "test_main.h"

/*
 * What the last version with format 2 wrote (as SQL): tables `app` (stream, two indexes, items expire by `expires`), `plain` (items expire by
 * `end`) and `gone` (stream), which was deleted; at 1700000000000 ms.
 */
static const char *const format_2[] = {
    "CREATE TABLE dynr_index ( table_id INTEGER NOT NULL, position INTEGER NOT NULL, name TEXT NOT "
    "NULL, partition_key TEXT NOT NULL, partition_type TEXT NOT NULL, sort_key TEXT NOT NULL, "
    "sort_type TEXT NOT NULL, is_local INTEGER NOT NULL, projection INTEGER NOT NULL, included "
    "TEXT NOT NULL, PRIMARY KEY (table_id, position)) STRICT, WITHOUT ROWID;",
    "INSERT INTO \"dynr_index\" VALUES(1,0,'by_group','g','S','r','N',0,0,'[]');",
    "INSERT INTO \"dynr_index\" VALUES(1,1,'local','pk','S','l','N',1,2,'[\"t\"]');",
    "CREATE TABLE dynr_table ( id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, "
    "partition_key TEXT NOT NULL, partition_type TEXT NOT NULL, sort_key TEXT NOT NULL, sort_type "
    "TEXT NOT NULL, stream INTEGER NOT NULL, ttl_attribute TEXT NOT NULL) STRICT;",
    "INSERT INTO \"dynr_table\" VALUES(1,'app','pk','S','sk','S',1,'expires');",
    "INSERT INTO \"dynr_table\" VALUES(3,'plain','id','N','','',0,'end');",
    "CREATE TABLE stream_record ( sequence INTEGER PRIMARY KEY, table_id INTEGER NOT NULL, place "
    "INTEGER NOT NULL, created_ms INTEGER NOT NULL, event TEXT NOT NULL, keys TEXT NOT NULL, "
    "old_image TEXT, new_image TEXT) STRICT;",
    "INSERT INTO \"stream_record\" "
    "VALUES(1,1,0,1700000000000,'INSERT','{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"}}',NULL,'{"
    "\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"},\"g\":{\"S\":\"x\"},\"r\":{\"N\":\"1\"},\"expires\":"
    "{\"N\":\"1699999000\"}}');",
    "INSERT INTO \"stream_record\" "
    "VALUES(2,1,0,1700000000000,'INSERT','{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"2\"}}',NULL,'{"
    "\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"2\"},\"l\":{\"N\":\"5\"},\"t\":{\"S\":\"title\"},"
    "\"expires\":{\"N\":\"1900000000\"}}');",
    "INSERT INTO \"stream_record\" "
    "VALUES(3,2,0,1700000000000,'INSERT','{\"id\":{\"N\":\"1\"}}',NULL,'{\"id\":{\"N\":\"1\"}}');",
    "INSERT INTO \"stream_record\" "
    "VALUES(4,1,0,1700000000000,'INSERT','{\"pk\":{\"S\":\"b\"},\"sk\":{\"S\":\"1\"}}',NULL,'{"
    "\"pk\":{\"S\":\"b\"},\"sk\":{\"S\":\"1\"}}');",
    "CREATE TABLE stream_table (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;",
    "INSERT INTO \"stream_table\" VALUES(1,'app');",
    "INSERT INTO \"stream_table\" VALUES(2,'gone');",
    "CREATE TABLE t1 (pk BLOB NOT NULL, sk BLOB NOT NULL, size INTEGER NOT NULL, item TEXT NOT "
    "NULL, PRIMARY KEY (pk, sk)) STRICT, WITHOUT ROWID;",
    "INSERT INTO \"t1\" "
    "VALUES(X'61',X'31',23,'{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"},\"g\":{\"S\":\"x\"},\"r\":{"
    "\"N\":\"1\"},\"expires\":{\"N\":\"1699999000\"}}');",
    "INSERT INTO \"t1\" "
    "VALUES(X'61',X'32',24,'{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"2\"},\"l\":{\"N\":\"5\"},\"t\":{"
    "\"S\":\"title\"},\"expires\":{\"N\":\"1900000000\"}}');",
    "INSERT INTO \"t1\" VALUES(X'62',X'31',6,'{\"pk\":{\"S\":\"b\"},\"sk\":{\"S\":\"1\"}}');",
    "CREATE TABLE t3 (pk BLOB NOT NULL, sk BLOB NOT NULL, size INTEGER NOT NULL, item TEXT NOT "
    "NULL, PRIMARY KEY (pk, sk)) STRICT, WITHOUT ROWID;",
    "INSERT INTO \"t3\" "
    "VALUES(X'03820B00',X'',12,'{\"id\":{\"N\":\"1\"},\"end\":{\"N\":\"1699999000\"}}');",
    "INSERT INTO \"t3\" "
    "VALUES(X'03821500',X'',12,'{\"id\":{\"N\":\"2\"},\"end\":{\"S\":\"never\"}}');",
    "CREATE TABLE transaction_token ( token TEXT PRIMARY KEY, digest BLOB NOT NULL, created_ms "
    "INTEGER NOT NULL, position INTEGER NOT NULL) STRICT, WITHOUT ROWID;",
    "INSERT INTO \"transaction_token\" "
    "VALUES('token',X'72E73CC0AFEC9A1E879458BFEE757A3C',1700000000000,4);",
    "CREATE TABLE x1_0 (ipk BLOB NOT NULL, isk BLOB NOT NULL, pk BLOB NOT NULL, sk BLOB NOT NULL, "
    "PRIMARY KEY (ipk, isk, pk, sk)) STRICT, WITHOUT ROWID;",
    "INSERT INTO \"x1_0\" VALUES(X'78',X'03820B00',X'61',X'31');",
    "CREATE TABLE x1_1 (ipk BLOB NOT NULL, isk BLOB NOT NULL, pk BLOB NOT NULL, sk BLOB NOT NULL, "
    "size INTEGER NOT NULL, item TEXT NOT NULL, PRIMARY KEY (ipk, isk, pk, sk)) STRICT, WITHOUT "
    "ROWID;",
    "INSERT INTO \"x1_1\" "
    "VALUES(X'61',X'03823300',X'61',X'32',15,'{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"2\"},\"l\":{"
    "\"N\":\"5\"},\"t\":{\"S\":\"title\"}}');",
    "CREATE INDEX transaction_token_age ON transaction_token (created_ms);",
    "DELETE FROM \"sqlite_sequence\";",
    "INSERT INTO \"sqlite_sequence\" VALUES('dynr_table',3);",
    "PRAGMA application_id=1685679730; PRAGMA user_version=2",
};

/* What format 1 lacked: places, names, positions of tokens. */
static const char *const to_format_1[] = {
    "CREATE TABLE old (sequence INTEGER PRIMARY KEY, table_id INTEGER NOT NULL, event TEXT NOT "
    "NULL,"
    " created_ms INTEGER NOT NULL, keys TEXT NOT NULL, old_image TEXT, new_image TEXT) STRICT",
    "INSERT INTO old SELECT sequence, table_id, event, created_ms, keys, old_image, new_image"
    " FROM stream_record",
    "DROP TABLE stream_record",
    "ALTER TABLE old RENAME TO stream_record",
    "DROP TABLE stream_table",
    "CREATE TABLE older (token TEXT PRIMARY KEY, digest BLOB NOT NULL, created_ms INTEGER NOT NULL)"
    " STRICT, WITHOUT ROWID",
    "INSERT INTO older SELECT token, digest, created_ms FROM transaction_token",
    "DROP TABLE transaction_token",
    "ALTER TABLE older RENAME TO transaction_token",
    "CREATE INDEX transaction_token_age ON transaction_token (created_ms)",
    "PRAGMA user_version=1",
};

/* What format 2 lacked: terms. */
static const char *const to_format_3[] = {
    "CREATE TABLE stream_term ( id INTEGER PRIMARY KEY, program INTEGER NOT NULL,"
    " start INTEGER NOT NULL, key BLOB NOT NULL) STRICT",
    "INSERT INTO stream_term VALUES(1,7,2,X'000102030405060708090a0b0c0d0e0f')",
    "PRAGMA user_version=3",
};

static bool run(sqlite3 *db, const char *const *statements, size_t n_statements)
{
    for (size_t i = 0; i < n_statements; i++) {
        char *message = NULL;
        int code = sqlite3_exec(db, statements[i], NULL, NULL, &message);
        if (code != SQLITE_OK) {
            (void)fprintf(stderr, "%s: %s\n", statements[i], message);
            sqlite3_free(message);
            return false;
        }
    }
    return true;
}

void old_store_write(const char *path, int format)
{
    sqlite3 *db;
    DYNR_ASSERT_INT(sqlite3_open(path, &db), SQLITE_OK);
    DYNR_ASSERT(sqlite3_exec(db, "PRAGMA page_size=8192; PRAGMA journal_mode=WAL; BEGIN", NULL,
                             NULL, NULL) == SQLITE_OK);
    DYNR_ASSERT(run(db, format_2, sizeof format_2 / sizeof format_2[0]));
    if (format == 3) {
        DYNR_ASSERT(run(db, to_format_3, sizeof to_format_3 / sizeof to_format_3[0]));
    }
    if (format == 1) {
        DYNR_ASSERT(run(db, to_format_1, sizeof to_format_1 / sizeof to_format_1[0]));
    }
    DYNR_ASSERT(sqlite3_exec(db, "COMMIT; PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL) ==
                SQLITE_OK);
    DYNR_ASSERT_INT(sqlite3_close(db), SQLITE_OK);
}
