/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What snapshots of late comers have shown beyond what their view remembers. They are read ahead of the records: a row that is
 * there may be remembered only later, and perhaps as one that the policy hides. Whoever was shown it must be told when it leaves;
 * of rows that nobody was shown nothing is told, not even that they leave.
 */
#ifndef DYNR_REACTIVE_SHOWN_H
#define DYNR_REACTIVE_SHOWN_H

#include "reactive/reactive.h"

/* False: memory is exhausted. */
bool dynr_shown_add(struct dynr_engine *engine, struct dynr_view *view,
                    const struct dynr_entity_info *entity, const void *row, uint64_t version);
/* Whether a row that is remembered from now on was shown; it is forgotten here. */
bool dynr_shown_take(struct dynr_engine *engine, struct dynr_view *view,
                     const struct dynr_entity_info *entity, const void *row, uint64_t version);
void dynr_shown_clear(struct dynr_engine *engine, struct dynr_view_state *state);

#endif
