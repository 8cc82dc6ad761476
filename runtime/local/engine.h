/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the embedded engine share. Not a public header.
 *
 * A request runs in the caller's thread. It is first prepared without touching SQLite (parsing,
 * validation, binding of expressions), then executed: reads on a connection of the reader pool
 * (GetItem on the writer's while nobody writes), writes as a job of the writer connection, where
 * jobs that wait together are committed together (group_commit.c).
 *
 * An in-memory store has one connection for both: SQLite cannot share a private memory database
 * between connections without shared-cache mode, whose table locks would make readers fail while a
 * write is under way. Its readers take the mutex of the writer connection instead.
 *
 * A table's description in memory is immutable, shared by all threads without a lock, and lives while a call
 * uses it, or the catalog knows it. DeleteTable and UpdateTable (also in another process) show themselves as SQLite's "no such
 * table" on the old table's statements, because a table that changed has a new id, and ids are never used
 * twice (table.h); the description is then retired and the request starts again.
 */
#ifndef DYNR_LOCAL_ENGINE_H
#define DYNR_LOCAL_ENGINE_H

#include <pthread.h>
#include <semaphore.h>
#include <sqlite3.h>
#include <stdatomic.h>

#include "base/map.h"
#include "ddb/attribute.h"
#include "ddb/expression.h"
#include "ddb/item_scan.h"
#include "dynr/local.h"
#include "local/stream_recent.h"

/* "dynr" in ASCII, in the file's header. */
#define LOCAL_APPLICATION_ID 0x64796e72
#define LOCAL_FORMAT_VERSION 4
/* The oldest one that is brought up to date. */
#define LOCAL_FORMAT_OLDEST 1
/* Most reader connections, and most jobs of one commit. */
#define LOCAL_MAX_READERS 16
#define LOCAL_MAX_JOBS    256
/* The service's limits. */
#define LOCAL_MAX_PARTITION_KEY 2048u
#define LOCAL_MAX_SORT_KEY      1024u
#define LOCAL_PAGE_BYTES        ((size_t)1024 * 1024)
#define LOCAL_BATCH_GET_BYTES   ((size_t)16 * 1024 * 1024)
#define LOCAL_TRANSACTION_BYTES ((size_t)4 * 1024 * 1024)

/* ---- tables (table.c, catalog.c) ---- */

struct local_index {
    struct dynr_index_definition definition;
    /* Whether the index keeps the projected item; otherwise the item is read from its table. */
    bool stores_item;
    /* Of the items that expire, by their expiry; not part of the table's definition, always the last one. */
    bool is_expiry;
    /* Being filled (DYNR_INDEX_CREATING): items up to this key are in. Both empty: none yet. */
    struct dynr_str filled_partition;
    struct dynr_str filled_sort;
    /*
     * Names of the projected attributes, keys first, without duplicates; not for DYNR_PROJECT_ALL.
     */
    struct dynr_str *projected;
    size_t n_projected;
};

/* Of a table or an index. */
struct local_count {
    int64_t n_items;
    int64_t n_bytes;
};

struct local_counted;

struct local_table {
    /* Names the SQLite tables: t<id>, x<id>_<index>. Never reused. */
    int64_t id;
    /* Position of the table's statements in every connection; the serial says whether they are this description's. */
    size_t slot;
    uint64_t serial;
    struct dynr_table_definition definition;
    /* Those of the definition, and the one by expiry. */
    struct local_index *indexes;
    size_t n_relations;
    /* Of its change records; 0: it never had a stream. */
    int64_t stream_id;
    /* Key attributes of the table: one or two. */
    struct dynr_key_attribute keys[2];
    struct dynr_str key_names[2];
    size_t n_keys;
    /* Calls that use it, and the catalog until it is retired. Who is the last frees it (catalog.c). */
    atomic_uint n_users;
    /* Guarded by the catalog's mutex. */
    bool is_retired;
    /* What was counted last, where that took long (table_count.c); guarded by the catalog's mutex. */
    struct local_counted *counted;
    struct dynr_arena arena;
    struct local_table *next;
};

struct local_slot {
    /* Of the description whose statements stand there; 0: nobody's, or a retired one's. */
    uint64_t serial;
    bool is_taken;
};

struct local_catalog {
    pthread_mutex_t mutex;
    /* Those that are not retired, by name. */
    struct dynr_map by_name;
    /* All of them: retired ones too, while calls use them. */
    struct local_table *tables;
    struct local_slot *slots;
    size_t n_slots;
    /* All before it are taken. */
    size_t first_free_slot;
    /* Handed out so far. */
    uint64_t n_serials;
    /*
     * Tables retired so far: a request that fails with "no table" meanwhile is worth another try.
     */
    atomic_uint n_retired;
    /* How often tables were changed or deleted, guarded by the mutex: what was read of one before may be stale. */
    uint64_t n_changes;
};

/* ---- connections (connection.c, statement.c) ---- */

struct local_call;

enum local_fixed_statement {
    LOCAL_BEGIN,
    LOCAL_BEGIN_WRITE,
    LOCAL_COMMIT,
    LOCAL_ROLLBACK,
    LOCAL_SAVEPOINT,
    LOCAL_RELEASE,
    LOCAL_ROLLBACK_TO,
    LOCAL_TABLE_FIND,
    LOCAL_TABLE_INDEXES,
    LOCAL_TABLE_INSERT,
    LOCAL_TABLE_INSERT_INDEX,
    LOCAL_TABLE_REMOVE,
    LOCAL_TABLE_REMOVE_INDEXES,
    LOCAL_TABLE_LIST,
    LOCAL_TABLE_UNFILLED,
    LOCAL_INDEX_FILLED,
    LOCAL_TABLE_EXPIRING,
    LOCAL_STREAM_LABEL,
    LOCAL_STREAM_CLOSE,
    LOCAL_STREAM_LIST,
    LOCAL_STREAM_CREATED,
    LOCAL_STREAM_PAGE,
    LOCAL_STREAM_INSERT,
    LOCAL_STREAM_TABLE_INSERT,
    LOCAL_STREAM_POSITION,
    LOCAL_STREAM_OLDEST,
    LOCAL_STREAM_READ,
    LOCAL_STREAM_TRIM,
    LOCAL_TERM_INSERT,
    LOCAL_TERM_FORGET,
    LOCAL_TERM_LIST,
    LOCAL_TOKEN_FIND,
    LOCAL_TOKEN_INSERT,
    LOCAL_TOKEN_EXPIRE,
    LOCAL_FIXED_COUNT,
};

/* Statements of one relation: the table itself or one of its indexes. */
enum {
    LOCAL_ROW_GET,
    LOCAL_ROW_PUT,
    LOCAL_ROW_DELETE,
    LOCAL_ROW_COUNT,
    LOCAL_ROW_COLLECTION,
    LOCAL_ROW_FILL,
    LOCAL_ROW_EXPIRED,
    LOCAL_ROW_FIND,
    LOCAL_ROW_RANGE,
    LOCAL_ROW_STATEMENTS = LOCAL_ROW_RANGE + 128,
};

/* One end of a range of rows. */
enum local_bound {
    LOCAL_BOUND_NONE,
    LOCAL_BOUND_INCLUSIVE,
    LOCAL_BOUND_EXCLUSIVE,
    /* After (before) the row at which the previous page ended. */
    LOCAL_BOUND_START,
};

/*
 * Shape of a range statement. Parameters: ?1 partition, ?2 low sort key, ?3 high sort key, ?4 and
 * ?5 table key of the row that a start bound names (its index key stands in ?1 and ?2 or ?3).
 * Columns: item, size, the table's partition; of a joined index that stores items, the entry's size.
 */
struct local_range_shape {
    bool has_partition;
    bool is_backward;
    /* An index's rows with the items of the table. */
    bool is_joined;
    enum local_bound low;
    enum local_bound high;
};

struct local_statements {
    /* (1 + relations) * LOCAL_ROW_STATEMENTS, prepared on first use. */
    sqlite3_stmt **row;
    size_t n_rows;
    /* Of the description that they belong to; 0: there are none. */
    uint64_t serial;
    bool is_stale;
};

struct local_connection {
    struct local_engine *engine;
    sqlite3 *db;
    sqlite3_stmt *fixed[LOCAL_FIXED_COUNT];
    /* By slot. */
    struct local_statements *tables;
    size_t n_tables;
    /* Of the catalog, when the statements of retired tables were ended last. */
    unsigned n_retired;
    /* Rows that a filter looks into, forgotten row by row. */
    struct dynr_arena scratch;
    /* Writer only: the present job is under a savepoint from its first change on. */
    bool is_careful;
    bool has_changes;
    bool has_savepoint;
    /* Writer only: change records of the present job, and the position of the last of them. */
    uint64_t n_records;
    uint64_t position;
    /* Writer only: change records of all jobs of the present commit. */
    uint64_t n_committed_records;
    struct local_connection *next;
};

enum dynr_status dynr_local_connection_open(struct local_engine *engine, bool is_first,
                                            struct local_connection **out, struct dynr_error *err);
void dynr_local_connection_close(struct local_connection *connection);

/*
 * A connection for reading; waits for one of the pool where all are in use. Give it back with
 * dynr_local_reader_give.
 */
enum dynr_status dynr_local_reader_take(struct local_engine *engine, struct local_connection **out,
                                        struct dynr_error *err);
/*
 * The same for one short read: the writer's connection where nobody writes. SQLite empties a
 * reader's page cache at every commit of another connection, so that a reader fetches all pages
 * down to the row anew after each; the writer's cache holds what it wrote.
 */
enum dynr_status dynr_local_reader_take_short(struct local_engine *engine,
                                              struct local_connection **out,
                                              struct dynr_error *err);
void dynr_local_reader_give(struct local_engine *engine, struct local_connection *connection);

/*
 * A reader for one call, and, where the call wants it, the position of what it will see: from here to the end all its statements
 * read one snapshot. Without a position each statement has its own.
 */
enum dynr_status dynr_local_snapshot_begin(struct local_call *call, struct local_connection **out,
                                           struct dynr_error *err);
/* The same for one short read (dynr_local_reader_take_short). */
enum dynr_status dynr_local_snapshot_begin_short(struct local_call *call,
                                                 struct local_connection **out,
                                                 struct dynr_error *err);
void dynr_local_snapshot_end(struct local_call *call, struct local_connection *connection);

/*
 * Translates a SQLite result code; `table` (may be NULL) is retired where SQLite no longer knows
 * it.
 */
enum dynr_status dynr_local_fail(struct local_connection *connection,
                                 const struct local_table *table, int code, struct dynr_error *err);

enum dynr_status dynr_local_fixed(struct local_connection *connection,
                                  enum local_fixed_statement which, sqlite3_stmt **out,
                                  struct dynr_error *err);
/* Runs a statement without parameters and rows. */
enum dynr_status dynr_local_run(struct local_connection *connection,
                                enum local_fixed_statement which, struct dynr_error *err);
/* Ends a transaction, if there is one. It may stay where memory has run out; who takes the connection next tries again. */
void dynr_local_roll_back(struct local_connection *connection);
/*
 * One snapshot for several statements of a reader. Its end cannot fail: a connection that stays in the snapshot is not used again.
 */
enum dynr_status dynr_local_read_begin(struct local_connection *connection, struct dynr_error *err);
void dynr_local_read_end(struct local_connection *connection);
/* Steps a statement that gives no row, and resets it. */
enum dynr_status dynr_local_finish(struct local_connection *connection,
                                   const struct local_table *table, sqlite3_stmt *statement,
                                   struct dynr_error *err);
/* `relation`: 0 the table, n + 1 its index n. `which`: LOCAL_ROW_... */
enum dynr_status dynr_local_row_statement(struct local_connection *connection,
                                          const struct local_table *table, size_t relation,
                                          size_t which, sqlite3_stmt **out, struct dynr_error *err);
/* Ends the statements of tables that were retired meanwhile. No statement of the connection may be under way. */
void dynr_local_statements_sweep(struct local_connection *connection);
/* Ends the statements of a table that was never in the catalog, and gives its slot back. */
void dynr_local_statements_forget(struct local_connection *connection,
                                  const struct local_table *table);
size_t dynr_local_range_statement(const struct local_range_shape *shape);
/* SQL of a row statement. */
void dynr_local_row_sql(const struct local_table *table, size_t relation, size_t which,
                        struct dynr_buf *out);

/*
 * The bytes are borrowed until the statement has run; binding borrowed UTF-8 or bytes cannot fail.
 */
void dynr_local_bind_bytes(sqlite3_stmt *statement, int parameter, struct dynr_str bytes);
void dynr_local_bind_text(sqlite3_stmt *statement, int parameter, struct dynr_str text);
/* A column's bytes, borrowed until the statement moves. */
struct dynr_str dynr_local_column(sqlite3_stmt *statement, int column);

extern const char dynr_local_schema[];
/* From format 1 to 2, from 2 to 3, and from 3 to 4: there the rest is done in C (migrate.c). */
extern const char dynr_local_migrate_1[];
extern const char dynr_local_migrate_2[];
extern const char dynr_local_migrate_3[];

/* ---- group commit (group_commit.c) ---- */

typedef enum dynr_status (*local_job_fn)(struct local_connection *connection, void *work,
                                         struct dynr_error *err);

struct local_submission;

/* A write that waits for its commit. */
struct local_job {
    struct local_call *call;
    local_job_fn run;
    void *work;
    struct dynr_error *err;
    enum dynr_status status;
    bool is_done;
    /* Posted once: the job is done, or its thread is to lead. Not for submissions. */
    sem_t wake;
    /* NULL: a thread waits. */
    struct local_submission *submission;
    struct local_job *next;
};

struct local_writer {
    pthread_mutex_t queue_mutex;
    struct local_job *first;
    struct local_job **last;
    /*
     * Written under the mutex. Short reads look without it, so that no stream of them keeps a
     * leader from the connection.
     */
    atomic_bool is_led;
    size_t n_queued;
    size_t n_last_commit;
    /* Guards the connection: the leader's, short reads', and all reads' of an in-memory store. */
    pthread_mutex_t connection_mutex;
    struct local_connection *connection;
    /* When the oldest change record will be too old; 0: not known. Guarded by the same mutex. */
    int64_t next_trim_ms;
    /* Leads where the job that is to lead was submitted (submit.c); made under the queue's mutex. */
    pthread_t thread;
    bool has_thread;
    atomic_bool is_stopping;
    sem_t thread_wake;
};

/*
 * Runs `job` on the writer connection inside a transaction and returns when it is committed. A job
 * that fails leaves nothing behind; others of the same commit are not concerned. It may run twice
 * (group_commit.c), the first time undone. `call->position` becomes that of the job's last change record.
 */
enum dynr_status dynr_local_commit(struct local_call *call, local_job_fn job, void *work,
                                   struct dynr_error *err);
/* Adds a job to those that wait; true: nobody leads, and the caller sees to it that somebody does. */
bool dynr_local_enqueue(struct local_writer *writer, struct local_job *job);
/* Commits some of the jobs that wait, of which there is one at least, answers them, and passes the lead on. `own` may be NULL. */
void dynr_local_lead(struct local_engine *engine, const struct local_job *own);
/* A job calls this before its first change. */
enum dynr_status dynr_local_before_change(struct local_connection *connection,
                                          struct dynr_error *err);

/* ---- readers of changes (stream_read.c, stream_trim.c) ---- */

/* There is something new. Called after the commit. */
void dynr_local_streams_signal(struct local_streams *streams);
/*
 * Removes a bounded number of records that are older than the store's retention, whole transactions, never the newest. Called
 * within a commit that wrote `n_written` records; does almost nothing while nothing is too old.
 */
enum dynr_status dynr_local_stream_trim(struct local_connection *connection, uint64_t n_written,
                                        struct dynr_error *err);
/* Sequence of the oldest record that there is; 1 where there is none. */
enum dynr_status dynr_local_stream_oldest(struct local_connection *connection, uint64_t *out,
                                          struct dynr_error *err);
/* Position of the last record that the connection sees; the statement stays open and keeps the snapshot. */
enum dynr_status dynr_local_position_read(struct local_connection *connection, uint64_t *out,
                                          struct dynr_error *err);
/* Ends the snapshot. */
void dynr_local_position_end(struct local_connection *connection);

/* ---- expressions (expression_cache.c) ---- */

struct local_expression_cache;
struct local_expression_pin;

enum dynr_status dynr_local_expression_cache_new(struct local_expression_cache **out,
                                                 struct dynr_error *err);
void dynr_local_expression_cache_destroy(struct local_expression_cache *cache);
/* A part of dynr_local_call_end. */
void dynr_local_expressions_release(struct local_call *call);

/* ---- maintenance (maintain.c) ---- */

struct local_maintenance {
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    pthread_t thread;
    bool has_thread;
    bool is_stopping;
    /* Something is due before the interval is over. */
    bool is_called;
    uint32_t interval_ms;
    /* Of the options; may be NULL. */
    dynr_local_failure_fn failed;
    void *context;
};

struct local_engine;
enum dynr_status dynr_local_maintenance_start(struct local_engine *engine, struct dynr_error *err);
void dynr_local_maintenance_call(struct local_maintenance *maintenance);
void dynr_local_maintenance_stop(struct local_maintenance *maintenance);

/* ---- engine (engine.c) ---- */

struct local_engine {
    struct dynr_backend base;
    char *path;
    bool is_exclusive;
    bool is_read_only;
    /* -1: none (file_lock.c). */
    int lock_fd;
    char *vfs;
    bool is_in_memory;
    enum dynr_durability durability;
    int busy_timeout_ms;
    int64_t stream_retention_ms;
    const struct dynr_clock *clock;
    struct local_catalog catalog;
    struct local_expression_cache *expressions;
    struct local_maintenance maintenance;
    struct local_writer writer;
    struct local_streams streams;
    pthread_mutex_t readers_mutex;
    pthread_cond_t reader_free;
    struct local_connection *free_readers;
    size_t n_readers;
};

struct local_consumed;
struct local_collection;

/* A table that a call uses. */
struct local_table_pin {
    struct local_table *table;
    struct local_table_pin *next;
};

/* One request under way. */
struct local_call {
    struct local_engine *engine;
    struct dynr_arena *arena;
    /* What it consumes (capacity.h). */
    bool wants_capacity;
    bool wants_collections;
    bool is_transaction;
    struct local_consumed *consumed;
    struct local_collection *collections;
    /* Cached expressions in use. */
    struct local_expression_pin *pins;
    /* Tables in use: the first one's pin is here, since most calls have one alone. Its table NULL: none. */
    struct local_table_pin tables;
    /* The response's: of what a read saw, where it is wanted; of the last change that a write made. */
    bool wants_position;
    uint64_t position;
};

/* What it used may be freed from here on: what it answers is in its arena. */
void dynr_local_call_end(struct local_call *call);

/* What becomes of a job's outcome: fills the response. Called once, after the commit, without locks. */
typedef enum dynr_status (*local_finish_fn)(struct local_call *call, void *work,
                                            enum dynr_status status, struct dynr_response *response,
                                            struct dynr_error *err);

/* A write, prepared: everything that needs no lock is done. `work` is in the call's arena. */
struct local_plan {
    local_job_fn run;
    local_finish_fn finish;
    void *work;
};

typedef enum dynr_status (*local_read_fn)(struct local_call *call,
                                          const struct dynr_request *request,
                                          struct dynr_response *response, struct dynr_error *err);
typedef enum dynr_status (*local_plan_fn)(struct local_call *call,
                                          const struct dynr_request *request,
                                          struct local_plan *out, struct dynr_error *err);

/* One of the two is set: how the request is carried out. */
struct local_operation {
    local_read_fn read;
    local_plan_fn plan;
};

/* Refuses requests that are none. */
enum dynr_status dynr_local_operation_find(const struct dynr_request *request,
                                           const struct local_operation **out,
                                           struct dynr_error *err);
void dynr_local_call_begin(struct local_call *call, struct local_engine *engine,
                           struct dynr_arena *arena, const struct dynr_request *request);
/* What the call counted goes to the response; of a failed one, nothing but what the status says. */
enum dynr_status dynr_local_call_answer(struct local_call *call, enum dynr_status status,
                                        struct dynr_response *response, struct dynr_error *err);
/* Tries of one request, each because another description of its table turned out to be stale. */
#define LOCAL_MOST_ATTEMPTS 256u

/* ---- submit.c ---- */

/* The job of a submission is done: answers it, or starts it again. */
void dynr_local_submission_done(struct local_submission *submission);
/* Ends the store's thread, if there is one. */
void dynr_local_writer_stop(struct local_writer *writer);

/* The engine behind a backend; NULL, with an error, where it is another kind of backend. */
struct local_engine *dynr_local_engine(struct dynr_backend *backend, struct dynr_error *err);

/* Parses `text`, or finds it parsed, and binds it; `out` is NULL for an empty text. */
enum dynr_status dynr_local_bind(struct local_call *call, struct dynr_bindings *bindings,
                                 enum dynr_expression_kind kind, struct dynr_str text,
                                 const struct dynr_bound_expression **out, struct dynr_error *err);
/*
 * Parses a request's names and values. `n_expressions` says whether it has any expression; `absent`
 * names them for the service's message when it has none ("ConditionExpression is null").
 */
enum dynr_status dynr_local_bindings(struct local_call *call, const struct dynr_request *request,
                                     bool has_expressions, const char *absent,
                                     struct dynr_bindings *out, struct dynr_error *err);

enum dynr_status dynr_local_out_of_memory(struct dynr_error *err);
enum dynr_status dynr_local_invalid(struct dynr_error *err, const char *format, ...)
    DYNR_PRINTF(2, 3);

/* A buffer whose memory is the arena's. Do not clean it up. */
struct local_text {
    struct dynr_allocator allocator;
    struct dynr_buf buf;
};
void dynr_local_text_init(struct local_text *text, struct dynr_arena *arena, size_t expected);
/* Canonical text of an item, in the arena. */
enum dynr_status dynr_local_item_text(const struct dynr_attribute *item, struct dynr_arena *arena,
                                      size_t expected, struct dynr_str *out,
                                      struct dynr_error *err);

/* ---- catalog.c, table.c ---- */

enum dynr_status dynr_local_catalog_init(struct local_catalog *catalog, struct dynr_error *err);
void dynr_local_catalog_cleanup(struct local_catalog *catalog);
void dynr_local_catalog_retire(struct local_catalog *catalog, const struct local_table *table);
void dynr_local_catalog_retire_id(struct local_catalog *catalog, int64_t id);
/* A place for the statements of a table that is not in the catalog: until dynr_local_statements_forget. */
enum dynr_status dynr_local_slot_take(struct local_catalog *catalog, struct local_table *table,
                                      struct dynr_error *err);
void dynr_local_slot_give(struct local_catalog *catalog, const struct local_table *table);
/* Marks the statements of the connection that no description has any more. */
void dynr_local_catalog_mark_stale(struct local_catalog *catalog,
                                   struct local_connection *connection);
/*
 * The table's description, which lives until the call ends. DYNR_ERR_NO_TABLE "Requested resource not found".
 */
enum dynr_status dynr_local_table_find(struct local_call *call, struct dynr_str name,
                                       const struct local_table **out, struct dynr_error *err);
/* A part of dynr_local_call_end. */
void dynr_local_tables_release(struct local_call *call);
const struct local_index *dynr_local_index_find(const struct local_table *table,
                                                struct dynr_str name, size_t *out_position);
enum dynr_status dynr_local_table_validate(const struct dynr_table_definition *definition,
                                           struct dynr_error *err);
enum dynr_status dynr_local_plan_create_table(struct local_call *call,
                                              const struct dynr_request *request,
                                              struct local_plan *out, struct dynr_error *err);
enum dynr_status dynr_local_plan_update_table(struct local_call *call,
                                              const struct dynr_request *request,
                                              struct local_plan *out, struct dynr_error *err);
enum dynr_status dynr_local_plan_delete_table(struct local_call *call,
                                              const struct dynr_request *request,
                                              struct local_plan *out, struct dynr_error *err);
enum dynr_status dynr_local_describe_table(struct local_call *call,
                                           const struct dynr_request *request,
                                           struct dynr_response *response, struct dynr_error *err);
enum dynr_status dynr_local_list_tables(struct local_call *call, const struct dynr_request *request,
                                        struct dynr_response *response, struct dynr_error *err);

/* ---- keys (key.c) ---- */

/* Order-preserving bytes; `sort` is empty for a table without a sort key. */
struct local_key {
    struct dynr_str partition;
    struct dynr_str sort;
};

bool dynr_local_key_equal(const struct local_key *a, const struct local_key *b);
/* A request's key: exactly the table's key attributes. */
enum dynr_status dynr_local_key_parse(const struct local_table *table, struct dynr_str json,
                                      struct dynr_arena *arena, struct local_key *out,
                                      struct dynr_error *err);
/* The key of a whole item, and that its index keys are valid. */
enum dynr_status dynr_local_key_of_item(const struct local_table *table,
                                        const struct dynr_attribute *item, struct dynr_arena *arena,
                                        struct local_key *out, struct dynr_error *err);
/* Whether an attribute can be a key of an index: its type, not empty, not too long. */
bool dynr_local_is_index_key(const struct dynr_attribute *value, char type);
/* That the attributes that are keys of indexes have the right type and size. */
enum dynr_status dynr_local_check_index_keys(const struct local_table *table,
                                             const struct dynr_attribute *item,
                                             struct dynr_error *err);
enum dynr_status dynr_local_key_bytes(const struct dynr_attribute *value, struct dynr_arena *arena,
                                      struct dynr_str *out, struct dynr_error *err);
/* JSON of the named attributes of an item, those that it has. */
enum dynr_status dynr_local_pick(struct dynr_str item, const struct dynr_str *names, size_t n_names,
                                 struct dynr_arena *arena, struct dynr_str *out,
                                 struct dynr_error *err);

/* ---- writes (item_write.c, index.c, stream_write.c) ---- */

/* How much of an item's text is read: its outline (ddb/item_scan.h) or the whole tree. */
enum local_reading {
    LOCAL_UNREAD,
    LOCAL_OUTLINE,
    LOCAL_TREE,
};

struct local_write {
    const struct dynr_request *request;
    const struct local_table *table;
    struct local_key key;
    /* UpdateItem: the key as an item. */
    struct dynr_attribute key_item;
    const struct dynr_bound_expression *condition;
    const struct dynr_bound_expression *update;
    /* The item as it stands; read as far as something needs it. */
    bool exists;
    enum local_reading old_reading;
    struct dynr_str old_text;
    size_t old_size;
    struct dynr_attribute old_item;
    /* The item as it will be; `has_new` false: removed. At least an outline is read. */
    bool has_new;
    /* Removed by the sweeper. */
    bool is_expiry;
    enum local_reading new_reading;
    struct dynr_attribute new_item;
    struct dynr_str new_text;
    size_t new_size;
    struct dynr_attribute updated_old;
    struct dynr_attribute updated_new;
    /* Nothing to write: the item would stay as it is. */
    bool is_unchanged;
    bool condition_failed;
};

/* Everything that can be checked without looking at stored items. */
enum dynr_status dynr_local_write_prepare(struct local_call *call,
                                          const struct dynr_request *request,
                                          struct local_write *out, struct dynr_error *err);
/* The same in two steps: all but the key, and the key, which the table's schema has to fit. */
enum dynr_status dynr_local_write_prepare_parts(struct local_call *call,
                                                const struct dynr_request *request,
                                                struct local_write *out, struct dynr_error *err);
enum dynr_status dynr_local_write_prepare_key(struct local_call *call, struct local_write *write,
                                              struct dynr_error *err);
/* The same of a plain PutItem into a table that is at hand. */
enum dynr_status dynr_local_write_prepare_put(struct local_call *call,
                                              const struct local_table *table,
                                              const struct dynr_request *request,
                                              struct local_write *out, struct dynr_error *err);
/* Reads the present item, if there is one, at least that far. */
enum dynr_status dynr_local_read_old(struct local_call *call, struct local_write *write,
                                     enum local_reading reading, struct dynr_error *err);
/* Reads the item, checks the condition and computes what it will be. Changes nothing. */
enum dynr_status dynr_local_write_evaluate(struct local_connection *connection,
                                           struct local_call *call, struct local_write *write,
                                           struct dynr_error *err);
/* Writes item, indexes and change record. */
enum dynr_status dynr_local_write_apply(struct local_connection *connection,
                                        struct local_call *call, struct local_write *write,
                                        struct dynr_error *err);
/* PutItem, UpdateItem, DeleteItem. */
enum dynr_status dynr_local_plan_write(struct local_call *call, const struct dynr_request *request,
                                       struct local_plan *out, struct dynr_error *err);
enum dynr_status dynr_local_index_update(struct local_connection *connection,
                                         struct local_call *call, struct local_write *write,
                                         struct dynr_error *err);
/* Adds an item that was there before the index: `write` has it as the new one. */
enum dynr_status dynr_local_index_fill(struct local_connection *connection,
                                       const struct local_write *write, size_t position,
                                       struct dynr_arena *arena, struct dynr_error *err);
/* Whether the item, as above, should have an entry, and whether it stands there as it should. */
enum dynr_status dynr_local_index_check(struct local_connection *connection,
                                        const struct local_write *write, size_t position,
                                        struct dynr_arena *arena, bool *out_is_expected,
                                        bool *out_is_there, struct dynr_error *err);
enum dynr_status dynr_local_stream_write(struct local_connection *connection,
                                         struct local_call *call, const struct local_write *write,
                                         struct dynr_error *err);

/* ---- reads (item_read.c, query.c, page.c) ---- */

struct local_read {
    const struct local_table *table;
    struct local_key key;
    const struct dynr_bound_expression *projection;
    bool is_consistent;
    /* The key does not fit the table's schema. */
    bool has_key_fault;
};

enum dynr_status dynr_local_read_prepare(struct local_call *call,
                                         const struct dynr_request *request, struct local_read *out,
                                         struct dynr_error *err);
/* In a transaction, a key that does not fit is the reason of its cancellation: it goes to `reason`. */
enum dynr_status dynr_local_read_prepare_key(struct local_call *call,
                                             const struct dynr_request *request,
                                             struct local_read *read,
                                             struct dynr_cancellation_reason *reason,
                                             struct dynr_error *err);
/*
 * `out` is empty where there is no such item; `out_size` is the stored item's size, 0 where there is none.
 */
enum dynr_status dynr_local_read_execute(struct local_connection *connection,
                                         struct local_call *call, const struct local_read *read,
                                         struct dynr_str *out, size_t *out_size,
                                         struct dynr_error *err);
/* The item under a key, its text copied into the arena; empty, and its size 0, where there is none. */
enum dynr_status dynr_local_item_load(struct local_connection *connection,
                                      const struct local_table *table, const struct local_key *key,
                                      struct dynr_arena *arena, struct dynr_str *out,
                                      size_t *out_size, struct dynr_error *err);
enum dynr_status dynr_local_project(struct dynr_str item,
                                    const struct dynr_bound_expression *projection,
                                    struct dynr_arena *arena, struct dynr_str *out,
                                    struct dynr_error *err);
enum dynr_status dynr_local_get_item(struct local_call *call, const struct dynr_request *request,
                                     struct dynr_response *response, struct dynr_error *err);

/* A Query or Scan, ready to run. */
struct local_page {
    const struct local_table *table;
    /* NULL: the table itself. */
    const struct local_index *index;
    size_t relation;
    struct local_range_shape shape;
    struct dynr_str partition;
    struct dynr_str low;
    struct dynr_str high;
    /* Table key of the row that the page starts after. */
    struct local_key start;
    const struct dynr_bound_expression *filter;
    const struct dynr_bound_expression *projection;
    bool is_count;
    bool is_consistent;
    uint32_t limit;
    uint32_t segment;
    uint32_t total_segments;
};

enum dynr_status dynr_local_page_run(struct local_call *call, const struct local_page *page,
                                     struct dynr_response *response, struct dynr_error *err);
/* The key attributes of what is read; the sort key's name is empty where there is none. */
const struct dynr_key_attribute *dynr_local_page_partition(const struct local_page *page);
const struct dynr_key_attribute *dynr_local_page_sort(const struct local_page *page);
/* ExclusiveStartKey (query_start.c): parsed; one attribute of it; the place that it names. */
enum dynr_status dynr_local_start_parse(const struct local_page *page,
                                        const struct dynr_request *request,
                                        struct dynr_arena *arena, struct dynr_attribute *out,
                                        struct dynr_error *err);
enum dynr_status dynr_local_start_check(const struct dynr_attribute *start,
                                        const struct dynr_key_attribute *key,
                                        struct dynr_error *err);
enum dynr_status dynr_local_start_place(struct local_page *page, const struct dynr_attribute *start,
                                        struct dynr_arena *arena, struct dynr_error *err);
/* That no path of an expression goes on into a key attribute. `expression` may be NULL. */
enum dynr_status dynr_local_check_key_paths(const struct local_table *table,
                                            const struct dynr_bound_expression *expression,
                                            struct dynr_error *err);
/* Query and Scan. */
enum dynr_status dynr_local_query(struct local_call *call, const struct dynr_request *request,
                                  struct dynr_response *response, struct dynr_error *err);

/* ---- batch.c, transaction.c, token.c ---- */

enum dynr_status dynr_local_batch_get(struct local_call *call, const struct dynr_request *request,
                                      struct dynr_response *response, struct dynr_error *err);
enum dynr_status dynr_local_plan_batch_write(struct local_call *call,
                                             const struct dynr_request *request,
                                             struct local_plan *out, struct dynr_error *err);
enum dynr_status dynr_local_transact_get(struct local_call *call,
                                         const struct dynr_request *request,
                                         struct dynr_response *response, struct dynr_error *err);
enum dynr_status dynr_local_plan_transaction(struct local_call *call,
                                             const struct dynr_request *request,
                                             struct local_plan *out, struct dynr_error *err);

/* What a failed operation says about the cancellation. DYNR_ERR_NO_MEMORY, or DYNR_OK. */
enum dynr_status dynr_local_reason_set(struct local_call *call, const struct dynr_error *fault,
                                       const char *code, struct dynr_cancellation_reason *out,
                                       struct dynr_error *err);
/* DYNR_ERR_TRANSACTION_CANCELED, with the codes of all reasons. */
enum dynr_status dynr_local_cancel(const struct dynr_cancellation_reason *reasons, size_t n_reasons,
                                   struct dynr_error *err);

/* A stable digest of everything that a transaction says. */
struct local_digest {
    uint64_t words[2];
};
struct local_digest dynr_local_request_digest(const struct dynr_request *request);
/*
 * Whether the token was used before by the same request. DYNR_ERR_IDEMPOTENT_MISMATCH: by another
 * one.
 */
enum dynr_status dynr_local_token_check(struct local_connection *connection, struct dynr_str token,
                                        const struct local_digest *digest, bool *out_is_replay,
                                        struct dynr_error *err);
enum dynr_status dynr_local_token_keep(struct local_connection *connection, struct dynr_str token,
                                       const struct local_digest *digest, struct dynr_error *err);

#endif
