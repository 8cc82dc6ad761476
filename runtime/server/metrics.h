/* SPDX-License-Identifier: Apache-2.0 */
/* What the server counts, and its text for Prometheus (exposition format 0.0.4). */
#ifndef DYNR_SERVER_METRICS_H
#define DYNR_SERVER_METRICS_H

#include "dynr/buf.h"
#include "dynr/engine.h"

/** Upper bounds of the histogram: 50 us doubling up to 1.6 s, then infinity. */
#define DYNR_METRICS_N_BUCKETS 17

struct dynr_histogram {
    uint64_t buckets[DYNR_METRICS_N_BUCKETS];
    uint64_t count;
    uint64_t sum_us;
};

enum dynr_metrics_route {
    DYNR_ROUTE_RPC,
    DYNR_ROUTE_STATIC,
    DYNR_ROUTE_SYSTEM,
    DYNR_ROUTE_COUNT,
};

struct dynr_metrics {
    /** HTTP answers by route and by hundreds of the status (index 0: 1xx). */
    uint64_t requests[DYNR_ROUTE_COUNT][5];
    /** Calls that ended, over HTTP and WebSocket, by status. */
    uint64_t calls_ok;
    uint64_t calls_failed;
    /** Of these, answered from memory because of their idempotency key. */
    uint64_t calls_remembered;
    struct dynr_histogram call_time;
    uint64_t connections_accepted;
    uint64_t connections_refused;
    uint64_t sessions_opened;
    uint64_t messages_in;
    uint64_t messages_out;
    uint64_t bytes_out;
    /** To sockets, each a system call or a record of TLS. */
    uint64_t writes;
    /** Malformed messages. */
    uint64_t faults;
    /** Tokens that were refused. */
    uint64_t unauthenticated;
    /** Queues that were dropped because a client read too slowly. */
    uint64_t queue_drops;
    /** Records that the engine could not take. */
    uint64_t record_errors;
    /** Now. */
    uint64_t connections;
    uint64_t sessions;
};

void dynr_histogram_add(struct dynr_histogram *histogram, uint64_t us);

/** Appends all counters. */
void dynr_metrics_write(const struct dynr_metrics *metrics,
                        const struct dynr_engine_counters *engine, struct dynr_buf *out);

#endif
