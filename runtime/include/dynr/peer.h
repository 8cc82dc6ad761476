/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small client of the protocol `dynr.1` (docs/protocol.md) for tests, load generators and native programs: one connection, one
 * thread, blocking with a time limit. It keeps the rows of what it watches.
 *
 *     struct dynr_peer_options options = DYNR_PEER_OPTIONS_INIT;
 *     options.port = 8787;
 *     options.procedures = todo_procedures();
 *     options.token = dynr_str_from_c(token);
 *     dynr_peer_connect(&options, &peer, &err);
 *     dynr_peer_watch(peer, dynr_str_from_c("todos.list"), dynr_str_from_c("{\"list\":\"01J...\"}"), 50, &id, &err);
 *     while (dynr_peer_wait(peer, 60000, &changed, &err) == DYNR_OK) {
 *         dynr_peer_rows(peer, id, 0, dynr_str_from_c(""), &arena, &rows, &n_rows, &err);
 *         ...
 *     }
 *
 * No TLS (put a proxy in front, or use a client library), and no reconnecting: a connection that fails stays failed.
 */
#ifndef DYNR_PEER_H
#define DYNR_PEER_H

#include "dynr/gen.h"

DYNR_BEGIN_DECLS

struct dynr_peer;

struct dynr_peer_options {
    size_t size;
    /** An address in figures; NULL: "127.0.0.1". */
    const char *host;
    uint16_t port;
    /** What can be watched: their views say how rows are keyed and ordered. Borrowed. */
    const struct dynr_procedure_table *procedures;
    /** For `hello`, or empty. */
    struct dynr_str token;
    /** JSON of `caller`, for servers that trust their clients, or empty. */
    struct dynr_str caller;
    /** Milliseconds that an answer may take; 0: 10,000. */
    uint32_t timeout_ms;
};

/* C gets a designated initialiser, which no compiler warns about; C++17 has none. */
#ifdef __cplusplus
#    define DYNR_PEER_OPTIONS_INIT                                                                 \
        {                                                                                          \
            sizeof(struct dynr_peer_options)                                                       \
        }
#else
#    define DYNR_PEER_OPTIONS_INIT                                                                 \
        {                                                                                          \
            .size = sizeof(struct dynr_peer_options)                                               \
        }
#endif

/**
 * Connects, and greets the server.
 * Errors: DYNR_ERR_IO (no connection, no WebSocket there, no answer in time), DYNR_ERR_UNAUTHENTICATED, DYNR_ERR_NO_MEMORY.
 */
DYNR_API enum dynr_status dynr_peer_connect(const struct dynr_peer_options *options,
                                            struct dynr_peer **out, struct dynr_error *err);
/** Ends the connection. NULL is fine. */
DYNR_API void dynr_peer_destroy(struct dynr_peer *peer);
/** The socket, for poll(2): readable when dynr_peer_wait has something to do. Data may also wait inside already: call it with 0 first. */
DYNR_API int dynr_peer_fd(const struct dynr_peer *peer);

/**
 * Calls a procedure and waits for its answer; `*out_output` is its JSON, in `arena`. What is watched is kept up meanwhile. `key`: idempotency
 * key, or empty.
 * Errors: those of the procedure, with its message and field; DYNR_ERR_IO.
 */
DYNR_API enum dynr_status dynr_peer_call(struct dynr_peer *peer, struct dynr_str procedure,
                                         struct dynr_str input, struct dynr_str key,
                                         struct dynr_arena *arena, struct dynr_str *out_output,
                                         uint64_t *out_position, struct dynr_error *err);

/**
 * Watches a query and waits for its rows. `window`: rows that are shown (the query's `take`), so that more are asked for when they
 * run short; 0: no window. Errors: those of the query; DYNR_ERR_IO; DYNR_ERR_UNKNOWN_PROCEDURE, DYNR_ERR_UNSUPPORTED (not in
 * `procedures`, or without a view).
 */
DYNR_API enum dynr_status dynr_peer_watch(struct dynr_peer *peer, struct dynr_str procedure,
                                          struct dynr_str input, uint32_t window, uint64_t *out_id,
                                          struct dynr_error *err);
/** Ends a subscription; unknown ids are ignored. */
DYNR_API enum dynr_status dynr_peer_unwatch(struct dynr_peer *peer, uint64_t id,
                                            struct dynr_error *err);

/**
 * Takes in what the server says until a transition is closed, at most for `timeout_ms`. `*out_changed`: something that is watched is not
 * as it was. Errors: DYNR_ERR_IO (the connection is gone; `err` has the reason of `bye`).
 */
DYNR_API enum dynr_status dynr_peer_wait(struct dynr_peer *peer, uint32_t timeout_ms,
                                         bool *out_changed, struct dynr_error *err);

/**
 * The rows of one group of a view, in order, as JSON objects in `arena`. `parent`: "" for the root's, else the list of keys as the
 * protocol has it; below a row that is not held there are none. Errors: DYNR_ERR_NOT_FOUND (no such subscription, or it has ended),
 * DYNR_ERR_NO_MEMORY.
 */
DYNR_API enum dynr_status dynr_peer_rows(struct dynr_peer *peer, uint64_t id, uint16_t node,
                                         struct dynr_str parent, struct dynr_arena *arena,
                                         struct dynr_str **out_rows, size_t *out_n_rows,
                                         struct dynr_error *err);
/** The value of an aggregate, or the output of code (node 0), as JSON in `arena`; errors as dynr_peer_rows. */
DYNR_API enum dynr_status dynr_peer_value(struct dynr_peer *peer, uint64_t id, uint16_t node,
                                          struct dynr_str parent, struct dynr_arena *arena,
                                          struct dynr_str *out, struct dynr_error *err);
/** The position up to which everything was said. */
DYNR_API uint64_t dynr_peer_position(const struct dynr_peer *peer);

DYNR_END_DECLS

#endif
