/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A backend whose indexes lag, as global ones of DynamoDB do: Query and Scan on an index answer as of an older position, everything
 * else is up to date. Replicas in memory follow the change records of an embedded store; each such read goes to one of them,
 * after it took in as many of the newer records as the seed says. With several replicas a later read may see less than an earlier one.
 */
#ifndef DYN_TESTS_SIMULATION_LAGGING_BACKEND_H
#define DYN_TESTS_SIMULATION_LAGGING_BACKEND_H

#include "dynr/backend.h"

struct lagging_backend_options {
    uint64_t seed;
    /* Records that an answer is behind at most. */
    uint32_t max_lag;
    /* 1 to 4. */
    uint32_t n_replicas;
};

/*
 * Wraps an embedded store, which is borrowed and must have no tables yet: create them through the wrapper. Tables without a stream
 * have no lag. The position of an index read is that of the last record that its replica has; it may lie within a transaction, as
 * an index of DynamoDB may show half of one. Thread-safe: index reads wait for each other.
 */
enum dynr_status lagging_backend_new(struct dynr_backend *store,
                                     const struct lagging_backend_options *options,
                                     struct dynr_backend **out, struct dynr_error *err);

#endif
