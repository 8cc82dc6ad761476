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
