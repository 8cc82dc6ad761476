/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values over rows that a policy judges by other rows. Whether such a row counts cannot be told from the images of a change, so
 * the view remembers them all, as it does rows that it sends: which of them count, and what each of these contributes. They are
 * loaded, judged and looked at again as other rows are (load.h); only what is said is a value.
 *
 * A value is said as of the record that it was looked at again for, although what was read for it may be newer: whose snapshot is
 * newer than that record knows better, and is told again when the records come that these reads were ahead of. To who held the
 * value already that is nothing new, and would betray changes of rows that are hidden from him. So it is done only until the
 * records have come that are older than the last snapshot, and than what was read meanwhile (`values_until`); between shards, where
 * one never knows, always.
 */
#ifndef DYNR_REACTIVE_JUDGED_VALUE_H
#define DYNR_REACTIVE_JUDGED_VALUE_H

#include "reactive/load.h"

/* Whether the node's value is made of remembered rows. */
static inline bool dynr_value_is_judged(const struct dynr_node_info *node)
{
    return node->node->node_class == DYNR_NODE_AGGREGATE && node->node->grant != NULL;
}

/* Frees what is remembered of a row's contribution. */
void dynr_judged_value_forget(struct dynr_engine *engine, struct dynr_row_state *state);
/* Rows of a load have been judged: they become the load's value, or change the one that is remembered. */
void dynr_judged_value_keep(struct dynr_engine *engine, struct dynr_load_group *group);
/* The remembered value, after a load that changed it, or may be thought to have. */
void dynr_judged_value_say(struct dynr_engine *engine, const struct dynr_load_group *group);
/* A remembered row is none of the group's any more, as of `version`. */
void dynr_judged_value_leave(struct dynr_engine *engine, struct dynr_row_state *state,
                             uint64_t version);
/*
 * A change of `version` was of no consequence, since what is remembered was read after it. Who came later may have read before it,
 * and is told.
 */
void dynr_judged_value_pass(struct dynr_engine *engine, struct dynr_group *group, uint64_t version);

#endif
