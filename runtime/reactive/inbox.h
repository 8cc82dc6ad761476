/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DYNR_REACTIVE_INBOX_H
#define DYNR_REACTIVE_INBOX_H

#include "reactive/step.h"

/* Keeps a change for later; a view whose inbox is full starts from a snapshot. */
void dynr_inbox_put(struct dynr_engine *engine, struct dynr_view *view,
                    struct dynr_live_change *change);
void dynr_kept_change_release(struct dynr_engine *engine, struct dynr_kept_change *kept);
/* Lets one dependent look at a change. `only` not NULL: if it belongs to this view. */
void dynr_step_dependent(struct dynr_engine *engine, struct dynr_dependency *dependency,
                         struct dynr_live_change *change, const struct dynr_view *only);

#endif
