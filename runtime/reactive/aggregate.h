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
/* Empty again, as when it was new. */
void dynr_aggregate_clear(struct dynr_engine *engine, struct dynr_aggregate *value);
/*
 * What of a row the value is made of: a struct of the row's size in which the aggregate's field alone has a value; NULL, with
 * `*out_size` 0, for COUNT, which needs none. To be freed with its size.
 */
enum dynr_status dynr_aggregate_term(struct dynr_engine *engine, const struct dynr_node_info *node,
                                     const void *row, void **out, uint32_t *out_size);
/* Whether two rows contribute the same; not for COUNT, where all do. */
bool dynr_aggregate_is_same_term(const struct dynr_node_info *node, const void *a, const void *b);
/* The value as plain JSON. A failure fails the buffer. */
void dynr_aggregate_append(const struct dynr_node_info *node, const struct dynr_aggregate *value,
                           struct dynr_buf *out);

#endif
