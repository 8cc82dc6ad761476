/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which parameters a procedure's body needs. Caller and input are parameters of every procedure of a router; one that a body
 * does not need is named as unused, so that the code compiles without a warning.
 */
#include "emit/c/c_emit.h"

static bool uses(const struct dyn_expr *expr, enum dyn_expr_kind kind)
{
    if (expr == NULL) {
        return false;
    }
    if (expr->kind == kind || uses(expr->left, kind) || uses(expr->right, kind)) {
        return true;
    }
    for (size_t i = 0; i < expr->n_items; i++) {
        if (uses(expr->items[i], kind)) {
            return true;
        }
    }
    return false;
}

static bool filter_uses(const struct dyn_plan_filter *filter, enum dyn_expr_kind kind)
{
    for (size_t i = 0; i < filter->n_values; i++) {
        if (uses(filter->values[i].value, kind)) {
            return true;
        }
    }
    return false;
}

static bool variant_uses(const struct dyn_plan_variant *variant, enum dyn_expr_kind kind)
{
    if (variant->empty) {
        return false;
    }
    for (size_t i = 0; i < variant->n_guards; i++) {
        if (uses(variant->guards[i].condition, kind)) {
            return true;
        }
    }
    for (size_t i = 0; i < variant->n_bindings; i++) {
        if (uses(variant->bindings[i].value, kind)) {
            return true;
        }
    }
    return (variant->low.kind != DYN_BOUND_NONE && uses(variant->low.value, kind)) ||
           (variant->high.kind != DYN_BOUND_NONE && uses(variant->high.value, kind)) ||
           filter_uses(&variant->filter, kind);
}

static bool query_uses(const struct dyn_plan_query *query, enum dyn_expr_kind kind)
{
    bool used = uses(query->take, kind);
    for (size_t i = 0; i < query->n_variants; i++) {
        used = used || variant_uses(&query->variants[i], kind);
    }
    for (size_t i = 0; i < query->shape.n_members; i++) {
        const struct dyn_plan_member *member = &query->shape.members[i];
        if (member->kind == DYN_MEMBER_INCLUDE && member->include->kind == DYN_INCLUDE_BY_QUERY) {
            used = used || uses(member->include->take, kind) || variant_uses(&member->include->variant, kind);
        }
        if (member->kind == DYN_MEMBER_AGGREGATE && member->aggregate->aggregate->relation != NULL) {
            used = used || variant_uses(&member->aggregate->variant, kind);
        }
    }
    return used;
}

static bool write_uses(const struct dyn_plan_write *plan, enum dyn_expr_kind kind)
{
    const struct dyn_write *write = plan->write;
    bool used = uses(write->expecting, kind) || filter_uses(&plan->condition, kind);
    for (size_t i = 0; i < write->n_key; i++) {
        used = used || uses(write->key[i], kind);
    }
    for (size_t i = 0; i < write->n_assignments; i++) {
        used = used || uses(write->assignments[i].value, kind);
    }
    return used;
}

bool c_body_uses(const struct dyn_plan_procedure *plan, enum dyn_expr_kind kind)
{
    if (plan->query != NULL) {
        return query_uses(plan->query, kind);
    }
    bool used = false;
    for (size_t i = 0; i < plan->n_writes; i++) {
        used = used || write_uses(&plan->writes[i], kind);
    }
    return used;
}
