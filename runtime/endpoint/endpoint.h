/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the endpoint share. A few loops (loop.c), each with a thread, an epoll and connections of its own, read requests
 * and write answers. Nothing that waits for a disk happens there: writes of items are handed to the store, which tells the loop when
 * they are safe; what takes long is carried out by threads of its own (caller.c).
 */
#ifndef DYNR_ENDPOINT_ENDPOINT_H
#define DYNR_ENDPOINT_ENDPOINT_H

#include <pthread.h>
#include <stdatomic.h>

#include "dynr/buf.h"
#include "dynr/endpoint.h"
#include "dynr/service.h"
#include "endpoint/budget.h"

/* https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html: BatchGetItem's and BatchWriteItem's 16 MB. */
#define DYNR_ENDPOINT_BODY_MAX ((size_t)16 << 20)
#define DYNR_REQUEST_ID_LENGTH 52
/* What one request may take beside its body: a few hundred bytes can ask for a value that doubles again and again. */
#define DYNR_ENDPOINT_WORK_MAX ((size_t)256 << 20)
/* The same of all requests together. */
#define DYNR_ENDPOINT_ALL_WORK_MAX ((size_t)1 << 30)

struct dynr_endpoint_connection;
struct dynr_endpoint_loop;
struct dynr_endpoint_callers;
struct dynr_endpoint_peers;

struct dynr_endpoint {
    /** With defaults filled in and texts copied into `arena`. */
    struct dynr_endpoint_options options;
    struct dynr_arena arena;
    struct dynr_service *service;
    struct dynr_endpoint_callers *callers;
    struct dynr_endpoint_peers *peers;
    struct dynr_endpoint_loop *loops;
    size_t n_loops;
    uint16_t port;
    bool is_loopback;
    bool any_origin;
    uint64_t id_seed;
    _Atomic uint64_t n_requests;
    /** What requests are read from and answers made of. */
    struct dynr_endpoint_budget work;
    /** Bytes of large bodies, and of large answers that wait to be taken, over all connections. */
    _Atomic size_t body_bytes;
    /** Answers close their connections. */
    _Atomic bool is_stopping;
    /** Nobody is let in any more: what a loop has got by then is all that it gets. */
    _Atomic bool is_shut;
};

/** Whether a page of this origin (empty: no page) may call. */
bool dynr_endpoint_allows(const struct dynr_endpoint *endpoint, struct dynr_str origin);

#endif
