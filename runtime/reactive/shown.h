/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What snapshots of late comers have shown beyond what their view remembers. They are read ahead of the records: a row that is
 * there may be remembered only later, and perhaps as one that the policy hides. Whoever was shown it must be told when it leaves;
 * of rows that nobody was shown nothing is told, not even that they leave.
 */
#ifndef DYNR_REACTIVE_SHOWN_H
#define DYNR_REACTIVE_SHOWN_H

#include "reactive/reactive.h"

/* The later of a version in which a row was shown, 0 where the backend has none, and of one that is noted, 0 for none. */
static inline uint64_t dynr_shown_later(uint64_t version, uint64_t noted)
{
    version = version > 0 ? version : 1;
    return version > noted ? version : noted;
}

/* False: memory is exhausted. */
bool dynr_shown_add(struct dynr_engine *engine, struct dynr_view *view,
                    const struct dynr_entity_info *entity, const void *row, uint64_t version);
/* The version in which a row was shown that is remembered from now on, or 0; it is forgotten here. */
uint64_t dynr_shown_take(struct dynr_engine *engine, struct dynr_view *view,
                         const struct dynr_entity_info *entity, const void *row, uint64_t version);
void dynr_shown_clear(struct dynr_engine *engine, struct dynr_view_state *state);

#endif
