/* SPDX-License-Identifier: Apache-2.0 */
/* One change for one view: what enters, leaves, or is set. And the inbox of views that wait for reads. */
#ifndef DYNR_REACTIVE_STEP_H
#define DYNR_REACTIVE_STEP_H

#include "reactive/output.h"

/* A change that outlives its record, for as many inboxes as want it. */
struct dynr_kept_change {
    struct dynr_live_change change;
    uint32_t references;
    uint32_t size;
};

struct dynr_inbox_entry {
    struct dynr_inbox_entry *next;
    struct dynr_kept_change *kept;
};

/* Whether a change of a row that a policy looks at may change what the policy says. */
static inline bool dynr_lookup_is_decided(const struct dynr_policy_lookup *lookup,
                                          const struct dynr_live_change *change)
{
    return lookup->deciding == NULL || change->old_row == NULL || change->new_row == NULL ||
           dynr_field_sets_meet(change->changed, lookup->deciding, change->entity->n_words);
}

/* A group's rows have changed. */
void dynr_step_group(struct dynr_engine *engine, struct dynr_group *group,
                     struct dynr_live_change *change);
/* A row that others refer to has changed. */
void dynr_step_row(struct dynr_engine *engine, struct dynr_row_state *row,
                   struct dynr_live_change *change);
/* What a change means for a view that remembers nothing, said to `output`; `whole`: whole rows instead of fields. */
void dynr_step_replay(struct dynr_engine *engine, struct dynr_view *view,
                      const struct dynr_live_change *change, struct dynr_output *output);

/* Works off what came while the view waited, until it waits again. */
void dynr_inbox_run(struct dynr_engine *engine, struct dynr_view *view);
void dynr_inbox_clear(struct dynr_engine *engine, struct dynr_view *view);

#endif
