/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reactive engine: change records in, patches out.
 *
 * The engine knows who watches what and keeps every watcher's rows right without running a query again. It is pure: no sockets,
 * no threads, no clock, no store. A host feeds it connections, subscriptions, change records and the results of reads, and
 * carries out what it asks for through struct dynr_engine_host. The server is one host, the simulator another.
 *
 *     record -> entity -> dependency keys (partitions of the old and the new row) -> views -> step per node -> frames
 *
 * Vocabulary (docs/protocol.md has the messages):
 *   - view: one procedure with one set of canonical arguments and of those caller fields that its rows depend on. All who watch
 *     the same share it: one step, one encoded frame, many sends.
 *   - subscriber: a connection that watches a view under an id of its own; passed the gate.
 *   - dependency key: 128-bit keyed hash of (path, partition values); proven by the compiler to cover every change that matters.
 *
 * Threads: an engine is used by one thread at a time. Memory is bounded by struct dynr_engine_limits.
 *
 *     struct dynr_engine_options options = DYNR_ENGINE_OPTIONS_INIT;
 *     options.procedures = todo_procedures();
 *     options.host = &host;
 *     dynr_engine_new(&options, &engine, &err);
 *     dynr_engine_connect(engine, 1, &caller, &err);
 *     dynr_engine_subscribe(engine, 1, &subscribe, &err);     // host->read is asked for the snapshot
 *     ...
 *     dynr_engine_records(engine, records, n_records, &err);  // host->send gets patches
 */
#ifndef DYNR_ENGINE_H
#define DYNR_ENGINE_H

#include "dynr/stream.h"
#include "dynr/view.h"

DYNR_BEGIN_DECLS

struct dynr_engine;

/* ---- frames ------------------------------------------------------------------------------------------------ */

/** One encoded message (JSON text), shared by all to whom it goes. */
struct dynr_frame {
    const char *text;
    size_t len;
    uint32_t references;
};

/** One more owner. Not atomic: frames belong to the engine's thread. */
DYNR_API void dynr_frame_ref(struct dynr_frame *frame);
/** One owner less; the last frees it. */
DYNR_API void dynr_frame_unref(struct dynr_frame *frame);

/* ---- what the engine asks of its host ----------------------------------------------------------------------- */

enum dynr_engine_read_kind {
    /** Rows of `query`, all pages, decoded as query.path->entity->row. */
    DYNR_ENGINE_READ_QUERY = 1,
    /** Rows of `entity` by `keys`. */
    DYNR_ENGINE_READ_KEYS,
    /** The output of `procedure` for `input` and `caller`, encoded. */
    DYNR_ENGINE_READ_CALL,
    /** Records of the log after `since`, at most `max_records`, then position in `result_position`. */
    DYNR_ENGINE_READ_LOG,
};

/**
 * A read that the engine waits for. The host carries it out (dynr_engine_read_run does, blocking) and passes it to
 * dynr_engine_read_done, at once or later, in any order. The engine owns the struct and what the upper part points to.
 */
struct dynr_engine_read {
    enum dynr_engine_read_kind kind;
    const struct dynr_query *query;
    const struct dynr_entity_desc *entity;
    const void *const *keys;
    size_t n_keys;
    uint64_t since;
    uint32_t max_records;
    const struct dynr_procedure_desc *procedure;
    const void *input;
    const void *caller;

    /* The host's answer; `arena` is the engine's, for everything below. */
    struct dynr_arena *arena;
    enum dynr_status status;
    /** QUERY: rows.items, rows.positions. */
    struct dynr_rows rows;
    /** KEYS: one per key (NULL: no such row) and its position. */
    void **found;
    uint64_t *found_positions;
    /** CALL: plain JSON, in `arena`. It has seen everything that was committed before the read began. */
    struct dynr_str text;
    /** LOG. */
    const struct dynr_record *records;
    size_t n_records;
    uint64_t result_position;
};

struct dynr_engine_host {
    void *context;
    /** Sends a frame to a connection, in order. The host takes a reference of its own if it keeps the frame. Must not call the engine. */
    void (*send)(void *context, uint64_t connection, struct dynr_frame *frame);
    /** Starts a read; may call dynr_engine_read_done before it returns. */
    void (*read)(void *context, struct dynr_engine_read *read);
};

/* ---- the engine ---------------------------------------------------------------------------------------------- */

/** 0 everywhere: the default in brackets. */
struct dynr_engine_limits {
    uint32_t max_subscriptions_per_connection; /**< [256] */
    uint32_t max_connections;                  /**< [100,000] */
    uint32_t max_views;                        /**< [1,000,000] */
    /** Rows of one snapshot, all nodes together [10,000]: more is DYNR_ERR_TOO_LARGE, said to the subscriber. */
    uint32_t max_rows;
    /** Bytes of one frame [131,072]; longer snapshots go in several (`part`). */
    uint32_t max_frame;
    /** Records replayed for one resume [10,000]; beyond that a snapshot is cheaper. */
    uint32_t max_replay;
    /** Bytes of canonical arguments [65,536]. */
    uint32_t max_input;
    /** Views with a window that are kept when their last subscriber leaves [1,000], see dynr_engine_tick; the oldest go first. */
    uint32_t max_lingering;
    /** How long they are kept, in milliseconds [30,000]. */
    uint32_t linger_ms;
};

struct dynr_engine_options {
    size_t size;
    const struct dynr_procedure_table *procedures;
    const struct dynr_engine_host *host;
    /** Put before every physical table name, as in dynr_client_options; NULL: nothing. */
    const char *table_prefix;
    struct dynr_engine_limits limits;
    /**
     * Secret of the dependency hash, 16 bytes of the system's random source: nobody can aim collisions at it. A key that is known,
     * such as zeros, is for tests alone.
     */
    uint8_t hash_key[16];
    /** NULL: malloc. */
    const struct dynr_allocator *allocator;
    /**
     * Whose resume tokens are believed (stream.h): the first makes them, the others are of engines that served the same procedures on
     * the same log before. Copied; at most DYNR_STREAM_TERMS_MAX. None: tokens are made with `hash_key`, and end with the engine.
     */
    const struct dynr_stream_term *terms;
    size_t n_terms;
};

#ifdef __cplusplus
#    define DYNR_ENGINE_OPTIONS_INIT                                                               \
        {                                                                                          \
            sizeof(struct dynr_engine_options)                                                     \
        }
#else
#    define DYNR_ENGINE_OPTIONS_INIT                                                               \
        {                                                                                          \
            .size = sizeof(struct dynr_engine_options)                                             \
        }
#endif

/** Counters since the start; the numbers that `/metrics` shows and tests assert. */
struct dynr_engine_counters {
    uint64_t records;        /**< records taken in */
    uint64_t duplicates;     /**< of these, seen before and dropped */
    uint64_t lookups;        /**< dependency keys looked up */
    uint64_t matches;        /**< views found by them */
    uint64_t masked;         /**< of these, left untouched by the field mask */
    uint64_t steps;          /**< steps run */
    uint64_t snapshot_reads; /**< reads for subscribers who came */
    uint64_t rereads;        /**< reads because of a record, in nodes that promise none */
    uint64_t keyed_reads;  /**< reads because of a record, in KEYED and CHILDREN nodes and grants */
    uint64_t refills;      /**< reads because a window ran short or an extremum left */
    uint64_t gate_reads;   /**< reads for gates */
    uint64_t runs;         /**< runs of code because of a record, in TRACKED nodes */
    uint64_t patches;      /**< frames encoded */
    uint64_t sends;        /**< frames sent */
    uint64_t bytes;        /**< bytes of these */
    uint64_t views;        /**< now */
    uint64_t lingering;    /**< of these, now without subscribers */
    uint64_t subscribers;  /**< now */
    uint64_t dependencies; /**< now */
    uint64_t memory;       /**< bytes now, for views, subscribers and dependencies */
};

DYNR_API enum dynr_status dynr_engine_new(const struct dynr_engine_options *options,
                                          struct dynr_engine **out, struct dynr_error *err);
/** Frees everything; pending reads must not be answered any more. NULL is fine. */
DYNR_API void dynr_engine_destroy(struct dynr_engine *engine);
DYNR_API void dynr_engine_counters(const struct dynr_engine *engine,
                                   struct dynr_engine_counters *out);

/**
 * A client is there. `connection` is the host's name for it, unused at the time. `caller` (of the procedures' caller struct) is
 * copied; NULL where nobody is known.
 * Errors: DYNR_ERR_EXISTS, DYNR_ERR_TOO_MANY, DYNR_ERR_NO_MEMORY.
 */
DYNR_API enum dynr_status dynr_engine_connect(struct dynr_engine *engine, uint64_t connection,
                                              const void *caller, struct dynr_error *err);
/**
 * What time it is: milliseconds that rise, from any beginning. A host that says so, about once a second, has views with a window
 * linger when nobody watches them any more, so that somebody who comes back is told what was missed rather than everything.
 */
DYNR_API void dynr_engine_tick(struct dynr_engine *engine, int64_t now_ms);
/** The client is gone: all its subscriptions end, nothing is sent to it any more. */
DYNR_API void dynr_engine_disconnect(struct dynr_engine *engine, uint64_t connection);

/** Where a client stands that held this view before. */
struct dynr_engine_since {
    /**
     * Up to here it holds everything: `v` of the view's last `snap` or `same`, or of a later `commit`; 0: nothing is held. Patches
     * do not count: their rows may have been read ahead of the records.
     */
    uint64_t position;
    /** Bound of the root's window as the client was told it (JSON array), "null" for unbounded, or empty. */
    struct dynr_str bound;
    /**
     * `token` of that `snap` or `same`: proves that this caller was sent this view. Without it, or where it does not fit the caller,
     * the query, its arguments or `from`, the answer is a snapshot. Tokens of other terms than those of the
     * options never fit, nor do those of a term for a `position` behind its end.
     */
    struct dynr_str token;
    /** `v` of the frame that had the token. Nothing before it is replayed. */
    uint64_t from;
};

struct dynr_engine_subscribe {
    /** The client's id of the subscription: unused on this connection, below 2^53. */
    uint64_t id;
    /** "todos.list". */
    struct dynr_str procedure;
    /** Plain JSON. */
    struct dynr_str input;
    struct dynr_engine_since since;
};

/**
 * Watches a query. The answer is a `snap` or `same` frame, or an `error` frame with the id; it may come after the call
 * returns. Dependencies stand before the first read is asked for.
 * What the client did wrong is answered with an `error` frame and DYNR_OK; without the id where that is in use. Errors: DYNR_ERR_NO_MEMORY, DYNR_ERR_INVALID_ARGUMENT (no
 * such connection).
 */
DYNR_API enum dynr_status dynr_engine_subscribe(struct dynr_engine *engine, uint64_t connection,
                                                const struct dynr_engine_subscribe *subscribe,
                                                struct dynr_error *err);
/** Ends a subscription; unknown ids are ignored (it may have ended by itself). */
DYNR_API void dynr_engine_unsubscribe(struct dynr_engine *engine, uint64_t connection, uint64_t id);

/**
 * `more`: the client runs short in a window. `parent` is JSON text of the message. Ignored where a message of a client that is right may
 * have crossed with a change: nothing is watched under the id, the row above is not there, the epoch is another one. A window that is
 * not short does not grow; one that limits.max_rows rows do not fill ends with DYNR_ERR_TOO_LARGE, said to all who watch.
 * Errors: DYNR_ERR_RANGE (the query has no such node), DYNR_ERR_INVALID_ARGUMENT (the node has no windows, `parent` is no path to one, no
 * such connection), DYNR_ERR_NO_MEMORY. Nothing has changed then, and nothing was sent.
 */
DYNR_API enum dynr_status dynr_engine_more(struct dynr_engine *engine, uint64_t connection,
                                           uint64_t id, uint16_t node, struct dynr_str parent,
                                           uint32_t epoch, struct dynr_error *err);
/**
 * `trim`: the client holds far more than it shows; `bound` is the row that should be the last. Ignored where `more` is, and
 * when anybody else watches the view: its window is theirs as well. Errors: as of `more`; DYNR_ERR_INVALID_ARGUMENT also where `bound` is
 * not the values of a row's order and key.
 */
DYNR_API enum dynr_status dynr_engine_trim(struct dynr_engine *engine, uint64_t connection,
                                           uint64_t id, uint16_t node, struct dynr_str parent,
                                           uint32_t epoch, struct dynr_str bound,
                                           struct dynr_error *err);

/** The host dropped frames of this connection (it reads too slowly): everything it watches starts from a snapshot. */
DYNR_API enum dynr_status dynr_engine_resync(struct dynr_engine *engine, uint64_t connection,
                                             struct dynr_error *err);

/**
 * The connection is told (`commit`) as soon as all changes up to `position` were processed, and said where a view had to read. With
 * several shards positions are compared with the largest one that was seen: there is no order between shards.
 */
DYNR_API enum dynr_status dynr_engine_await(struct dynr_engine *engine, uint64_t connection,
                                            uint64_t position, struct dynr_error *err);

/**
 * DYNR_ERR_NO_MEMORY of this and the other functions also says that a frame may not have been sent: the host closes its connections.
 *
 * Takes in records, whole transactions, in the order of each shard. Duplicates (position not above the shard's last) are
 * dropped. Everything that a transaction changes reaches a client between two `commit`s.
 * Errors: DYNR_ERR_NO_MEMORY, and what images that do not decode give (DYNR_ERR_SYNTAX, ...): the record is skipped, every
 * view of its partitions starts from a snapshot, and the others are processed.
 */
DYNR_API enum dynr_status dynr_engine_records(struct dynr_engine *engine,
                                              const struct dynr_record *records, size_t n_records,
                                              struct dynr_error *err);
/**
 * The stream of records begins behind `position`: what is read from now on has seen it. Called before the first records, and when
 * records were lost, which the engine then does without: every gate and every view starts over.
 * Errors: DYNR_ERR_NO_MEMORY.
 */
DYNR_API enum dynr_status dynr_engine_begin(struct dynr_engine *engine, uint64_t position,
                                            struct dynr_error *err);
/** Position of the last record taken in, or where the stream began. */
DYNR_API uint64_t dynr_engine_position(const struct dynr_engine *engine);

/** Carries a QUERY or KEYS read out with `client`, blocking, and fills the answer. Does not call dynr_engine_read_done. */
DYNR_API void dynr_engine_read_run(struct dynr_client *client, struct dynr_engine_read *read);
/** The read is answered (`read->status` and what belongs to it). `read` is gone afterwards. */
DYNR_API enum dynr_status dynr_engine_read_done(struct dynr_engine *engine,
                                                struct dynr_engine_read *read,
                                                struct dynr_error *err);

DYNR_END_DECLS

#endif
