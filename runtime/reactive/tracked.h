/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outputs of code. What it depends on is not known but for the models that it says it reads: it is run again when any row of
 * these has changed, once for all that changed meanwhile, and what it gives is sent as a whole.
 */
#ifndef DYNR_REACTIVE_TRACKED_H
#define DYNR_REACTIVE_TRACKED_H

#include "reactive/load.h"

static inline bool dynr_view_is_tracked(const struct dynr_view *view)
{
    return view->procedure->nodes[0].node->node_class == DYNR_NODE_TRACKED;
}

/* Has the group told of every row of its entity. */
enum dynr_status dynr_tracked_depend(struct dynr_engine *engine, struct dynr_group *group);
/* Runs the code for a load. */
void dynr_tracked_call(struct dynr_engine *engine, struct dynr_load *load);
/* Its output. */
void dynr_load_take_call(struct dynr_engine *engine, struct dynr_read_job *job);
/* The load's output is what the view has now. */
void dynr_tracked_keep(struct dynr_engine *engine, struct dynr_load_group *group);
/* Says it, unless everybody has it. */
void dynr_tracked_say(struct dynr_engine *engine, const struct dynr_load_group *group);

#endif
