/* SPDX-License-Identifier: Apache-2.0 */
/* Where a row stands in the order of its node, from its JSON. */
#ifndef DYNR_PEER_PLACE_H
#define DYNR_PEER_PLACE_H

#include "dynr/view.h"

/** The value's text of a member of a JSON object; empty where there is none. */
struct dynr_str dynr_place_member(struct dynr_str object, struct dynr_str name,
                                  struct dynr_arena *arena);
/**
 * The texts of a row's order values and key values, in that order: node->n_order + node->n_key of them, in `arena`. NULL: no memory.
 */
struct dynr_str *dynr_place_of_row(const struct dynr_view_node *node, struct dynr_str row,
                                   struct dynr_arena *arena);
/** The same from a bound. NULL: no memory, or not that many. */
struct dynr_str *dynr_place_of_bound(const struct dynr_view_node *node, struct dynr_str bound,
                                     struct dynr_arena *arena);
/** Order of two places: negative, zero or positive. */
int dynr_place_compare(const struct dynr_view_node *node, const struct dynr_str *a,
                       const struct dynr_str *b, struct dynr_arena *arena);

#endif
