/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values over rows: counts and sums are exact, extrema are kept until they leave. A change counts once: the caller drops those
 * that the group's read knew already.
 */
#ifndef DYNR_REACTIVE_AGGREGATE_H
#define DYNR_REACTIVE_AGGREGATE_H

#include "reactive/reactive.h"

/* An empty value. NULL when memory is exhausted. */
struct dynr_aggregate *dynr_aggregate_new(struct dynr_engine *engine);
void dynr_aggregate_free(struct dynr_engine *engine, struct dynr_aggregate *value);
/* One row more. DYNR_ERR_RANGE: the sum does not fit. */
enum dynr_status dynr_aggregate_enter(struct dynr_engine *engine, const struct dynr_node_info *node,
                                      struct dynr_aggregate *value, const void *row);
/* One row less. `*out_lost`: the extremum left, and only a read can say which one follows. */
enum dynr_status dynr_aggregate_leave(struct dynr_engine *engine, const struct dynr_node_info *node,
                                      struct dynr_aggregate *value, const void *row,
                                      bool *out_lost);
/* The value as plain JSON. A failure fails the buffer. */
void dynr_aggregate_append(const struct dynr_node_info *node, const struct dynr_aggregate *value,
                           struct dynr_buf *out);

#endif
