/* SPDX-License-Identifier: Apache-2.0 */
/* Aggregates: those of a relation have a read of their own, those of `from` share the query's. */
#include "plan/policy.h"

static void plan_rows(struct dyn_policies *policies, const struct dyn_subject *above,
                      const struct dyn_aggregate *aggregate, struct dyn_plan_aggregate *out)
{
    struct dyn_derive *derive = policies->derive;
    struct dyn_plan_binding bound = {aggregate->relation->via, NULL};
    struct dyn_policy_read read = {.span = aggregate->span};
    struct dyn_policy_parts parts = {0};
    dyn_subject_below(derive->arena, above, aggregate->relation, aggregate->where, &read.subject);
    read.fields = dyn_alloc_array(derive->arena, 1, sizeof(const struct dyn_field *));
    if (aggregate->field != NULL) {
        read.fields[read.n_fields++] = aggregate->field;
    }
    dyn_policy_read_below(policies, &read, &parts);
    struct dyn_need need = {0};
    need.entity = out->entity;
    need.bound = &bound;
    need.n_bound = 1;
    need.span = aggregate->span;
    need.where = aggregate->where;
    dyn_plan_relation(derive, &need, dyn_expr_and(derive->arena, aggregate->where, parts.filter),
                      &out->variant);
    out->variant.policy_filter = parts.filter;
    dyn_predicate_make(derive, parts.row_filter, &out->variant.row_filter);
}

const struct dyn_plan_aggregate *dyn_plan_aggregate_make(struct dyn_policies *policies,
                                                         const struct dyn_subject *above,
                                                         const struct dyn_aggregate *aggregate)
{
    struct dyn_plan_aggregate *out = dyn_alloc(policies->derive->arena, sizeof *out);
    out->aggregate = aggregate;
    out->entity = dyn_plan_entity_of(policies->derive->plan, aggregate->model);
    if (aggregate->relation != NULL) {
        plan_rows(policies, above, aggregate, out);
    }
    return out;
}
