/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DynamoDB's API over the embedded store: request bodies in, answer bodies out. No sockets: the HTTP server (endpoint.h) and
 * programs that embed the store and want its wire format call the same functions.
 *
 * A request is what an AWS SDK posts: the `X-Amz-Target` header names service and operation ("DynamoDB_20120810.GetItem",
 * "DynamoDBStreams_20120810.GetRecords"), the body is JSON (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/).
 * Answers, errors, their texts and their order are the service's; docs/local.md says what is not emulated.
 *
 * Example:
 *
 *     struct dynr_service_options options = DYNR_SERVICE_OPTIONS_INIT;
 *     struct dynr_service *service;
 *     enum dynr_status status = dynr_service_open(store, &options, &service, &err);
 *     struct dynr_service_request request = {.target = dynr_str_from_c("DynamoDB_20120810.ListTables"),
 *                                            .body = dynr_str_from_c("{}")};
 *     struct dynr_service_answer answer;
 *     dynr_service_call(service, &request, &arena, &answer);
 *     // answer.http_status 200, answer.body {"TableNames":[]}
 */
#ifndef DYNR_SERVICE_H
#define DYNR_SERVICE_H

#include "dynr/arena.h"
#include "dynr/backend.h"
#include "dynr/clock.h"

DYNR_BEGIN_DECLS

struct dynr_service;

struct dynr_service_options {
    size_t size;
    /** NULL: the system's clock. Dates in answers come from it. */
    const struct dynr_clock *clock;
    /** In ARNs, where a request names no region; NULL: "us-east-1". */
    const char *region;
    /**
     * Each access key and region has tables of its own, as DynamoDB Local keeps them apart by default: the store's names of them
     * begin with 23 characters that answers never show, so that a name may have 232. Otherwise all see the same tables.
     */
    bool isolate;
};

/* C gets a designated initialiser, which no compiler warns about; C++17 has none. */
#ifdef __cplusplus
#    define DYNR_SERVICE_OPTIONS_INIT                                                              \
        {                                                                                          \
            sizeof(struct dynr_service_options)                                                    \
        }
#else
#    define DYNR_SERVICE_OPTIONS_INIT                                                              \
        {                                                                                          \
            .size = sizeof(struct dynr_service_options)                                            \
        }
#endif

/**
 * Makes a service over an embedded store (local.h), which must outlive it. Any number of threads may call it at once.
 * Errors: DYNR_ERR_INVALID_ARGUMENT (another kind of backend), DYNR_ERR_NO_MEMORY.
 */
DYNR_API enum dynr_status dynr_service_open(struct dynr_backend *store,
                                            const struct dynr_service_options *options,
                                            struct dynr_service **out, struct dynr_error *err);

/** NULL is fine. No call may be under way. */
DYNR_API void dynr_service_close(struct dynr_service *service);

struct dynr_service_request {
    /** The X-Amz-Target header; empty where there was none. */
    struct dynr_str target;
    struct dynr_str body;
    /** Of the request's signature (its credential scope); empty where it has none. They matter for `isolate` and ARNs only. */
    struct dynr_str access_key;
    struct dynr_str region;
};

struct dynr_service_answer {
    /** 200, 400 or 500. */
    int http_status;
    /** JSON, in the call's arena (or static, where memory ran out). */
    struct dynr_str body;
};

/**
 * Carries out one request and answers it. There is always an answer: what fails is answered as the service answers it. A write
 * returns when it is safe as the store's durability says. The request is borrowed until then.
 */
DYNR_API void dynr_service_call(struct dynr_service *service,
                                const struct dynr_service_request *request,
                                struct dynr_arena *arena, struct dynr_service_answer *answer);

/** Whether calls of several threads go on at the same time. A store in memory carries out one after the other. */
DYNR_API bool dynr_service_is_parallel(const struct dynr_service *service);

/* ---- without waiting ---- */

enum dynr_service_progress {
    /** The answer is there. */
    DYNR_SERVICE_ANSWERED,
    /** A write is with the store; `ready` will be called. */
    DYNR_SERVICE_UNDER_WAY,
    /** Nothing was done: the call takes long, and belongs on a thread that may wait (dynr_service_call). */
    DYNR_SERVICE_SLOW,
};

/** A call under way. In the call's arena. */
struct dynr_service_pending;

/**
 * Tells that dynr_service_end may be called. Once, from a thread of the store or from within dynr_service_begin; it must not block,
 * nor call the service.
 */
typedef void (*dynr_service_ready_fn)(void *context);

/**
 * The same for a loop that has others to serve: never waits for the disk. Short reads are carried out at once; writes of items are
 * handed to the store (dynr_local_submit), where those that come meanwhile share one commit. `request` and `arena` must last, and
 * nobody may use the arena, until `ready` was called. `*out_pending` is set before that.
 *
 *     switch (dynr_service_begin(service, &request, &arena, wake_loop, connection, &pending, &answer)) {
 *     case DYNR_SERVICE_ANSWERED: send_answer(&answer); break;
 *     case DYNR_SERVICE_UNDER_WAY: break; // the loop, when woken: dynr_service_end(pending, &answer), send_answer(&answer)
 *     case DYNR_SERVICE_SLOW: hand_to_thread(connection); break; // there: dynr_service_call(...), wake_loop(connection)
 *     }
 */
DYNR_API enum dynr_service_progress
dynr_service_begin(struct dynr_service *service, const struct dynr_service_request *request,
                   struct dynr_arena *arena, dynr_service_ready_fn ready, void *context,
                   struct dynr_service_pending **out_pending, struct dynr_service_answer *answer);

/** The answer of a call that was under way, behind `ready`; in any thread. `pending` is gone with the arena. */
DYNR_API void dynr_service_end(struct dynr_service_pending *pending,
                               struct dynr_service_answer *answer);

DYNR_END_DECLS

#endif
