/* SPDX-License-Identifier: Apache-2.0 */
/* Names of the plan's constants and units, as every text of the plan writes them. */
#ifndef DYN_PLAN_TEXT_H
#define DYN_PLAN_TEXT_H

#include "plan/plan.h"

const char *dyn_path_kind_name(enum dyn_path_kind kind);
const char *dyn_bound_kind_name(enum dyn_bound_kind kind);
const char *dyn_change_kind_name(enum dyn_plan_change_kind kind);
const char *dyn_write_kind_name(enum dyn_write_kind kind);
/** "2.5": whole and half units. */
void dyn_units_write(double units, struct dynr_buf *out);

/* Policies in the text of the plan (plan_dump_policy.c). */
void dyn_dump_predicate(const char *label, const struct dyn_plan_predicate *predicate, size_t depth,
                        struct dynr_buf *out);
void dyn_dump_write_gate(const struct dyn_plan_write_gate *gate, size_t depth,
                         struct dynr_buf *out);
void dyn_dump_variant_policy(const struct dyn_plan_variant *variant, size_t depth,
                             struct dynr_buf *out);
const char *dyn_aggregate_kind_name(enum dyn_aggregate_kind kind);

#endif
