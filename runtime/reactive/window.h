/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Windows: a group of `take n` is known up to its bound, a place in the order. Places are compared as bytes: the key codec's text
 * of each order and key field, complemented where it descends.
 */
#ifndef DYNR_REACTIVE_WINDOW_H
#define DYNR_REACTIVE_WINDOW_H

#include "reactive/reactive.h"

/* Appends the place of a row. */
void dynr_window_append_place(const struct dynr_node_info *node, const void *row,
                              struct dynr_buf *out);
/* The group's window, made where there is none; NULL when memory is exhausted. */
struct dynr_window *dynr_window_make(struct dynr_engine *engine, struct dynr_group *group,
                                     uint32_t limit);
void dynr_window_free(struct dynr_engine *engine, struct dynr_window *window);
/* Whether a row belongs to the window. `*failed` becomes true when memory is exhausted. */
bool dynr_window_holds(struct dynr_engine *engine, const struct dynr_group *group, const void *row,
                       bool *failed);
/* Whether `row` stands behind `place`. */
bool dynr_window_is_behind(struct dynr_engine *engine, const struct dynr_node_info *node,
                           const void *row, struct dynr_str place, bool *failed);
/* Ends the window behind `row`; NULL: nowhere. False when memory is exhausted. */
bool dynr_window_set(struct dynr_engine *engine, struct dynr_group *group, const void *row);
/* Appends the bound as clients see it. */
void dynr_window_append_bound(const struct dynr_window *window, struct dynr_buf *out);
/* Appends the bound that `row` would be. */
bool dynr_window_append_bound_of(const struct dynr_node_info *node, const void *row,
                                 struct dynr_buf *out);
/* The row that a client's bound means, with order and key fields set; NULL where it is none: what decoding says of it. */
enum dynr_status dynr_window_parse_bound(const struct dynr_node_info *node, struct dynr_str bound,
                                         struct dynr_arena *arena, const void **out);

static inline struct dynr_str dynr_window_place(const struct dynr_window *window)
{
    return dynr_str_make(window->bytes, window->bytes_len);
}

#endif
