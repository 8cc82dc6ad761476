/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The embedded engine: DynamoDB's data plane on one SQLite file, in process.
 *
 * One open store may be used by several threads at once. Several processes may open the same file; writers wait
 * for each other.
 *
 * Changes can be followed: a table with a stream makes a record of each change, which readers (dynr_local_stream_open) take
 * in commit order, from this process or another.
 */
#ifndef DYNR_LOCAL_H
#define DYNR_LOCAL_H

#include "dynr/backend.h"
#include "dynr/clock.h"

DYNR_BEGIN_DECLS

/** When an answered write is safe. */
enum dynr_durability {
    /** On disk before it is answered: survives a power cut. The default. */
    DYNR_DURABILITY_FULL = 0,
    /** Survives a crash of the process; a power cut may lose the last writes, never consistency. */
    DYNR_DURABILITY_NORMAL,
    /** Survives nothing: for tests and caches. */
    DYNR_DURABILITY_NONE,
};

/** `err` is borrowed during the call. */
typedef void (*dynr_local_failure_fn)(void *context, const struct dynr_error *err);

struct dynr_local_options {
    size_t size;
    /** File, created where it is missing; NULL or ":memory:": in memory, gone with the store. */
    const char *path;
    enum dynr_durability durability;
    /** Milliseconds to wait for another process's write before DYNR_ERR_BUSY; 0: 5,000. */
    uint32_t busy_timeout_ms;
    /** Name of a registered SQLite VFS, for fault injection; NULL: the system's. */
    const char *vfs;
    /** NULL: the system's clock. */
    const struct dynr_clock *clock;
    /**
     * Seconds that change records are kept; 0: 86,400. Writers trim older ones, a few with each write, whole transactions;
     * the newest stays whatever its age.
     */
    uint32_t stream_retention_s;
    /**
     * No other process may have the file open: DYNR_ERR_BUSY at once, and nobody else gets in while this store lives, but who
     * only reads (`read_only`). Otherwise several processes may share it.
     */
    bool exclusive;
    /**
     * Milliseconds between runs of dynr_local_maintain in a thread of the store's own; 0: there is no such thread, and whoever
     * wants items to expire calls it.
     */
    uint32_t maintenance_interval_ms;
    /**
     * Told, in the store's own thread, of each run of dynr_local_maintain there that failed: at least once an interval while the
     * cause lasts. It must not call the store. NULL: nobody is told.
     */
    dynr_local_failure_fn maintenance_failed;
    void *maintenance_context;
    /**
     * Only look, beside whoever has the file, even alone: nothing is made, and an older format is not brought up to date but refused
     * (DYNR_ERR_CORRUPT). What would write fails with DYNR_ERR_IO. While it is open nobody can begin to have the file alone.
     */
    bool read_only;
};

/* C gets a designated initialiser, which no compiler warns about; C++17 has none. */
#ifdef __cplusplus
#    define DYNR_LOCAL_OPTIONS_INIT                                                                \
        {                                                                                          \
            sizeof(struct dynr_local_options)                                                      \
        }
#else
#    define DYNR_LOCAL_OPTIONS_INIT                                                                \
        {                                                                                          \
            .size = sizeof(struct dynr_local_options)                                              \
        }
#endif

/**
 * Opens a store. `options` may be NULL (in memory). The store must be destroyed with dynr_backend_destroy.
 * Errors: DYNR_ERR_IO (cannot open or create), DYNR_ERR_CORRUPT (not a store, or damaged: nothing is repaired),
 * DYNR_ERR_BUSY, DYNR_ERR_NO_MEMORY.
 */
DYNR_API enum dynr_status dynr_local_open(const struct dynr_local_options *options,
                                          struct dynr_backend **out, struct dynr_error *err);

/* ---- without waiting ---- */

/**
 * Starts a request and returns without waiting for the disk: a write is carried out by a thread of the store (made with the first
 * one), those that come meanwhile share one commit. A read is carried out before this returns, and never waits for writes. In memory
 * there is no disk, and one connection for all: there everything is carried out before this returns, one after the other. Request and arena are the store's until `complete` was called: in the calling
 * thread before this returns, or in the thread that made the commit, the store's or another caller's. It must not block there, nor
 * call the store but through this function.
 */
DYNR_API void dynr_local_submit(struct dynr_backend *backend, const struct dynr_request *request,
                                struct dynr_arena *arena, dynr_complete_fn complete, void *context);

/** Whether reads of several threads go on at the same time; in memory they do not. False for another kind of backend. */
DYNR_API bool dynr_local_is_parallel(struct dynr_backend *backend);

/* ---- housekeeping ---- */

/**
 * Does a bounded part of what is due: fills new indexes, removes expired items, each with a change record that says so.
 * `*out_has_more`: call again soon. What fails at one table keeps nothing else from being done; the first error is returned.
 */
DYNR_API enum dynr_status dynr_local_maintain(struct dynr_backend *backend, bool *out_has_more,
                                              struct dynr_error *err);

/**
 * Reads the whole store and compares: SQLite's own structure, each item with its key, size and index entries, and the other way round.
 * Changes nothing. Errors: DYNR_ERR_CORRUPT, with the first thing that is wrong.
 */
DYNR_API enum dynr_status dynr_local_verify(struct dynr_backend *backend, struct dynr_error *err);

/* ---- export and import ---- */

/**
 * Writes a table as it stands at one moment to a file, one `{"Item":{...}}` a line, as the service exports tables (DYNAMODB_JSON).
 * The file appears when it is whole and on disk, in place of one that was there.
 */
DYNR_API enum dynr_status dynr_local_export(struct dynr_backend *backend, struct dynr_str table,
                                            const char *path, uint64_t *out_n_items,
                                            struct dynr_error *err);

/** `err` is for what it answers where it fails. It must not call the store. */
typedef enum dynr_status (*dynr_local_item_fn)(void *context, struct dynr_str item,
                                               struct dynr_error *err);
/**
 * Calls `each` with every item of a table as it stands at one moment, in DynamoDB JSON, in the order of a Scan; until it fails, which is
 * returned then. Items are borrowed during the call.
 */
DYNR_API enum dynr_status dynr_local_each_item(struct dynr_backend *backend, struct dynr_str table,
                                               dynr_local_item_fn each, void *context,
                                               struct dynr_error *err);

/**
 * Makes a table of such a file. It appears when it is whole; later items of a key replace earlier ones, and there are no change
 * records of them. `*out_n_items`: those that it has; `*out_n_replaced`: those that a later one replaced; either may be NULL.
 * Errors: DYNR_ERR_TABLE_EXISTS, DYNR_ERR_IO, DYNR_ERR_INVALID_ARGUMENT with the number of the line that is no item of such a table, how
 * it begins and what one looks like: then there is no table either.
 */
DYNR_API enum dynr_status dynr_local_import(struct dynr_backend *backend,
                                            const struct dynr_table_definition *definition,
                                            const char *path, uint64_t *out_n_items,
                                            uint64_t *out_n_replaced, struct dynr_error *err);

/* ---- changes by pages: for the Streams API ---- */

/** A stream: from when it was switched on for a table to when it was switched off or the table deleted. */
struct dynr_local_stream_info {
    uint64_t id;
    struct dynr_str table;
    struct dynr_str label;
    enum dynr_stream_view view;
    struct dynr_key_attribute partition_key;
    struct dynr_key_attribute sort_key;
    int64_t created_ms;
    /** 0: it is on. */
    int64_t closed_ms;
    /** Position before its first record, and, of one that is closed, of the store's last record then. */
    uint64_t first_position;
    uint64_t last_position;
};

/** All streams of a table (`table` empty: of all tables), the oldest first; those that closed longer ago than the retention are gone. */
DYNR_API enum dynr_status dynr_local_streams(struct dynr_backend *backend, struct dynr_str table,
                                             struct dynr_arena *arena,
                                             const struct dynr_local_stream_info **out,
                                             size_t *out_n_streams, struct dynr_error *err);

/** ShardIteratorType. A stream has one shard; a record's sequence number is its position. */
enum dynr_local_stream_start {
    DYNR_LOCAL_STREAM_TRIM_HORIZON = 1,
    DYNR_LOCAL_STREAM_LATEST,
    DYNR_LOCAL_STREAM_AT,
    DYNR_LOCAL_STREAM_AFTER,
};

/**
 * The position after which dynr_local_stream_page goes on. `sequence` is for AT and AFTER.
 * Errors: DYNR_ERR_NO_TABLE (no such stream), DYNR_ERR_TRIMMED (older than the retention), DYNR_ERR_INVALID_ARGUMENT (not of this
 * stream: the store has not reached it, or it is from before the stream).
 */
DYNR_API enum dynr_status dynr_local_stream_begin(struct dynr_backend *backend, uint64_t stream_id,
                                                  enum dynr_local_stream_start start,
                                                  uint64_t sequence, uint64_t *out_position,
                                                  struct dynr_error *err);

struct dynr_record;

struct dynr_local_stream_page {
    /** Whole records, whatever the stream's view; `size_bytes` is what the view shows. `commit` is 0: a page may cut a transaction. */
    const struct dynr_record *records;
    size_t n_records;
    /** Go on after this one. Larger than before even where there are no records: others' were passed. */
    uint64_t next_position;
    /** The stream is closed, and this was its last page. */
    bool is_end;
};

/**
 * The records of a stream after a position: at most `limit` (1 to 1,000), 1 MB. Errors: DYNR_ERR_NO_TABLE, DYNR_ERR_TRIMMED (records after that
 * position are older than the retention), DYNR_ERR_INVALID_ARGUMENT.
 */
DYNR_API enum dynr_status dynr_local_stream_page(struct dynr_backend *backend, uint64_t stream_id,
                                                 uint64_t position, uint32_t limit,
                                                 struct dynr_arena *arena,
                                                 struct dynr_local_stream_page *out,
                                                 struct dynr_error *err);

/* ---- changes (stream.h) ---- */

struct dynr_stream;

/** Every change up to this one is in the store; 0: there was none yet. */
DYNR_API enum dynr_status dynr_local_stream_position(struct dynr_backend *backend, uint64_t *out,
                                                     struct dynr_error *err);

struct dynr_stream_term;

/**
 * Begins a term (stream.h) of the store's log and gives it in `out[0]`; behind it stand those terms before it, the latest first, that
 * served the same `program`, DYNR_STREAM_TERMS_MAX in all: `out` has room for as many. `program` says what made the promises, such as
 * dynr_procedure_table.digest: another program may mean other rows by the same query. 0, where nobody knows: none before it.
 * Errors: DYNR_ERR_INVALID_ARGUMENT (not an embedded store), DYNR_ERR_BUSY, DYNR_ERR_IO (no random bytes, too), DYNR_ERR_NO_MEMORY.
 */
DYNR_API enum dynr_status dynr_local_stream_begin_term(struct dynr_backend *backend,
                                                       uint64_t program,
                                                       struct dynr_stream_term *out, size_t *out_n,
                                                       struct dynr_error *err);

/** A reader that begins behind everything that is there. */
#define DYNR_LOCAL_STREAM_NEW UINT64_MAX

struct dynr_local_stream_options {
    size_t size;
    /**
     * The last position that the reader knows: records after it are delivered. 0: from the oldest record that is kept;
     * DYNR_LOCAL_STREAM_NEW: only what comes.
     */
    uint64_t position;
    /** Milliseconds within which changes by other processes are noticed; 0: 50. Those of this store are noticed at once. */
    uint32_t tail_interval_ms;
};

/* C gets a designated initialiser, which no compiler warns about; C++17 has none. */
#ifdef __cplusplus
#    define DYNR_LOCAL_STREAM_OPTIONS_INIT                                                         \
        {                                                                                          \
            sizeof(struct dynr_local_stream_options)                                               \
        }
#else
#    define DYNR_LOCAL_STREAM_OPTIONS_INIT                                                         \
        {                                                                                          \
            .size = sizeof(struct dynr_local_stream_options)                                       \
        }
#endif

/**
 * Opens a reader of the changes of all tables with a stream, in commit order, each transaction whole. `options` may be NULL (from
 * the oldest record). Any number of readers, each for one thread at a time, each destroyed before its store. A reader of a file has
 * an SQLite connection of its own. Records of a table stay after the table was deleted; deleting it makes none.
 *
 * When a write is answered, the descriptors of this store's readers are readable already. A reader that is not read costs its
 * writers nothing after the first signal.
 * Errors: DYNR_ERR_INVALID_ARGUMENT (not an embedded store; a position that the store has not reached), DYNR_ERR_TOO_MANY (the
 * process has no descriptors left), DYNR_ERR_IO, DYNR_ERR_NO_MEMORY.
 */
DYNR_API enum dynr_status dynr_local_stream_open(struct dynr_backend *backend,
                                                 const struct dynr_local_stream_options *options,
                                                 struct dynr_stream **out, struct dynr_error *err);

DYNR_END_DECLS

#endif
