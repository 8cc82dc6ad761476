/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An HTTP endpoint that speaks DynamoDB's protocol: what an AWS SDK, or any tool that was written for DynamoDB, is pointed at.
 * Tables, items, PartiQL and streams answer on one port. `dynr local` is a command line around this header.
 *
 *     struct dynr_backend *store;
 *     struct dynr_local_options local = DYNR_LOCAL_OPTIONS_INIT;
 *     local.path = "todo.db";
 *     struct dynr_endpoint_options options = DYNR_ENDPOINT_OPTIONS_INIT;
 *     options.port = 8000;
 *     struct dynr_endpoint *endpoint;
 *     if (dynr_local_open(&local, &store, &err) == DYNR_OK &&
 *         dynr_endpoint_start(store, &options, &endpoint, &err) == DYNR_OK) {
 *         // ... http://127.0.0.1:8000 answers, on threads of the endpoint ...
 *         dynr_endpoint_stop(endpoint);
 *         dynr_backend_destroy(store);
 *     }
 *
 * Who may come: it listens on loopback unless told otherwise, and another address is refused unless access keys are configured or
 * `insecure` says that everybody is welcome. Pages in a browser are served if they come from this machine or from one of `origins`;
 * DNS rebinding does not help others, since browsers name the page's origin in each POST. Requests must carry a signature (Version 4), as
 * the service demands; it is verified where access keys are configured and only read for its region otherwise.
 *
 * Threads: one for each processor, four at most (one where the store is in memory), read requests and answer them; writes are the
 * store's, and up to eight more are made for what takes long (operations on tables, scans, filters, BatchGetItem, PartiQL, bodies over
 * 256 KiB).
 *
 * Limits: request bodies 16 MiB (the service's), headers 16 KiB, connections as in the options, of which another machine may have a
 * quarter; a connection that says nothing for two minutes is closed, and so is one whose request is not whole, or whose answer is not
 * taken, after two minutes. Bodies that come and answers that wait may take 256 MiB together, where they are longer than 64 KiB
 * (another machine's a quarter of it), the work of one request 256 MiB and that of all 1 GiB: beyond, requests are answered with 500 or 503.
 *
 * Links: libdynr-endpoint (pkg-config dynr-endpoint).
 */
#ifndef DYNR_ENDPOINT_H
#define DYNR_ENDPOINT_H

#include "dynr/backend.h"
#include "dynr/clock.h"

DYNR_BEGIN_DECLS

struct dynr_endpoint;

/** Connections at once, unless the options say otherwise. */
#define DYNR_ENDPOINT_CONNECTIONS 1024

/** A pair that requests may be signed with. */
struct dynr_access_key {
    const char *id;
    const char *secret;
};

/** A request that was answered, for logs. Borrowed during the call. */
struct dynr_endpoint_event {
    /** "GetItem"; empty where the target names no operation. */
    struct dynr_str operation;
    int http_status;
    /** "ValidationException"; empty where there was no error. */
    struct dynr_str error;
    size_t request_bytes;
    size_t answer_bytes;
    uint64_t microseconds;
};

/** Called from the endpoint's threads, several at once. Never told keys, signatures or items. */
typedef void (*dynr_endpoint_log_fn)(void *context, const struct dynr_endpoint_event *event);

struct dynr_endpoint_options {
    size_t size;
    /** IPv4 or IPv6 address; NULL: "127.0.0.1". */
    const char *address;
    /** 0: one that is free (dynr_endpoint_port tells). */
    uint16_t port;
    /** At once; 0: DYNR_ENDPOINT_CONNECTIONS. More are refused as they come. */
    uint32_t connections_max;
    /** With them, signatures are verified; without, any key is as good as another. Copied. */
    const struct dynr_access_key *access_keys;
    size_t n_access_keys;
    /** Serve other machines without access keys. */
    bool insecure;
    /** Each access key and region sees tables of its own. */
    bool isolate;
    /** Origins of pages on other machines that may call ("https://studio.example"). "*" is every page there is,
     * "null" every page without an address: a file, a sandbox. Copied. */
    const char *const *origins;
    size_t n_origins;
    /** NULL: the system's. */
    const struct dynr_clock *clock;
    /** NULL: nothing is told. */
    dynr_endpoint_log_fn log;
    void *log_context;
    /** Seconds for a connection to begin a request, to send all of it, to take its answer; 0: 120. */
    uint32_t patience_s;
};

/* C gets a designated initialiser, which no compiler warns about; C++17 has none. */
#ifdef __cplusplus
#    define DYNR_ENDPOINT_OPTIONS_INIT                                                             \
        {                                                                                          \
            sizeof(struct dynr_endpoint_options)                                                   \
        }
#else
#    define DYNR_ENDPOINT_OPTIONS_INIT                                                             \
        {                                                                                          \
            .size = sizeof(struct dynr_endpoint_options)                                           \
        }
#endif

/**
 * Starts to listen; returns when requests are answered. `store`: an embedded store (local.h) that outlives the endpoint and may be
 * used by others at the same time. `options` may be NULL.
 * Errors: DYNR_ERR_INVALID_ARGUMENT (not an embedded store, an address or origin that is none, another machine's without keys), DYNR_ERR_IO
 * (the port is taken: the message says so), DYNR_ERR_NO_MEMORY.
 */
DYNR_API enum dynr_status dynr_endpoint_start(struct dynr_backend *store,
                                              const struct dynr_endpoint_options *options,
                                              struct dynr_endpoint **out, struct dynr_error *err);

/** The port that it listens on. */
DYNR_API uint16_t dynr_endpoint_port(const struct dynr_endpoint *endpoint);

/**
 * Stops listening and ends: requests that have come are answered, those that are half there have a moment for the rest, and answers
 * at most ten seconds to be taken. What the store is carrying out by then is waited for; what has not begun is answered with 503. NULL
 * is fine.
 */
DYNR_API void dynr_endpoint_stop(struct dynr_endpoint *endpoint);

DYNR_END_DECLS

#endif
