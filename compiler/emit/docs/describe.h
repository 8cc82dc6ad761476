/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts of the plan in plain words, for whatever people read: documentation and the comments of generated code. Plain
 * text; whoever writes it into a format escapes it.
 */
#ifndef DYN_EMIT_DOCS_DESCRIBE_H
#define DYN_EMIT_DOCS_DESCRIBE_H

#include "plan/plan.h"

/** "1 to 200 characters", "at most 50 elements, each 1 to 9"; nothing where the type has no bounds. */
void dyn_describe_bounds(const struct dyn_type *type, struct dynr_buf *out);

/** "0.5", "12": at most one decimal, rounded up. */
void dyn_describe_units(double units, struct dynr_buf *out);

/** What one call costs: "0.5 to 12 read units, typically 2; 1 write unit". */
void dyn_describe_cost(const struct dyn_plan_procedure *planned, struct dynr_buf *out);

/** The uniqueness rule of a field, or NULL. */
const struct dyn_unique *dyn_unique_of(const struct dyn_model *model,
                                       const struct dyn_field *field);

/** Whether calling it may change rows. */
bool dyn_procedure_is_mutation(const struct dyn_procedure *procedure);

/** "PK `TODOLIST#{list}`, SK `TODO#{id}`": attributes with their templates; `sort` may have no pieces. */
void dyn_describe_key(const struct dyn_key_template *partition, const struct dyn_key_template *sort,
                      struct dynr_buf *out);

#endif
