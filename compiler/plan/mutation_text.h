/* SPDX-License-Identifier: Apache-2.0 */
/* `dynrc explain --procedure todos.add`: what a mutation writes, who may, and which live queries it can change, in words. */
#ifndef DYN_PLAN_MUTATION_TEXT_H
#define DYN_PLAN_MUTATION_TEXT_H

#include "plan/plan.h"

void dyn_mutation_explain(struct dynr_arena *arena, const struct dyn_plan *plan,
                          const struct dyn_plan_procedure *procedure, struct dynr_buf *out);

#endif
