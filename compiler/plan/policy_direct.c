/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Grants that need no rows to be read before the write: what the transaction checks is all that the predicate asks of them.
 *
 * Each literal of such a grant either reads no row, so that it is known beforehand, or reads one row and is as a whole that row's
 * condition. What is negated is left out: a condition on a stored item and the function over the decoded row agree on which
 * comparisons hold, not on what an attribute means that an item of an older schema lacks.
 */
#include "plan/policy.h"

static bool is_plain(const struct dyn_expr *expr)
{
    if (expr == NULL) {
        return true;
    }
    bool plain = expr->kind != DYN_EXPR_NOT && expr->kind != DYN_EXPR_NOT_EQUAL &&
                 is_plain(expr->left) && is_plain(expr->right);
    for (size_t i = 0; i < expr->n_items; i++) {
        plain = plain && is_plain(expr->items[i]);
    }
    return plain;
}

static bool is_direct_literal(const struct dyn_plan_predicate *predicate,
                              const struct dyn_expr *literal)
{
    size_t n_rows = 0;
    for (size_t i = 0; i < predicate->n_lookups; i++) {
        n_rows += dyn_expr_reads_lookup(literal, predicate->lookups[i].lookup) ? 1 : 0;
    }
    return n_rows == 0 ||
           (n_rows == 1 && is_plain(literal) && !dyn_expr_has_reference_part(literal));
}

static bool are_direct(const struct dyn_plan_predicate *predicate, const struct dyn_expr *grant)
{
    return grant->kind == DYN_EXPR_AND
               ? are_direct(predicate, grant->left) && are_direct(predicate, grant->right)
               : is_direct_literal(predicate, grant);
}

static bool has_key_without_rows(const struct dyn_plan_lookup *lookup)
{
    for (size_t i = 0; i < lookup->n_key; i++) {
        if (dyn_expr_has_lookup(lookup->key[i].value)) {
            return false;
        }
    }
    return true;
}

static bool is_literal_of(const struct dyn_expr *grant, const struct dyn_expr *expr)
{
    return grant->kind == DYN_EXPR_AND
               ? is_literal_of(grant->left, expr) || is_literal_of(grant->right, expr)
               : dyn_expr_same(grant, expr);
}

/* What is left of `expr` where all literals of `grant` are true. */
static const struct dyn_expr *given(struct dynr_arena *arena, const struct dyn_expr *expr,
                                    const struct dyn_expr *grant)
{
    if (expr == NULL || is_literal_of(grant, expr)) {
        return dyn_expr_boolean(arena, true, grant->span);
    }
    if (expr->kind == DYN_EXPR_NOT) {
        return dyn_fold_not(arena, given(arena, expr->left, grant));
    }
    if (expr->kind != DYN_EXPR_AND && expr->kind != DYN_EXPR_OR) {
        return expr;
    }
    const struct dyn_expr *left = given(arena, expr->left, grant);
    const struct dyn_expr *right = given(arena, expr->right, grant);
    return expr->kind == DYN_EXPR_AND ? dyn_fold_and(arena, left, right)
                                      : dyn_fold_or(arena, left, right);
}

static const struct dyn_expr *without_rows(struct dynr_arena *arena, const struct dyn_expr *grant)
{
    if (grant->kind == DYN_EXPR_AND) {
        return dyn_fold_and(arena, without_rows(arena, grant->left),
                            without_rows(arena, grant->right));
    }
    return dyn_expr_has_lookup(grant) ? NULL : grant;
}

void dyn_grant_make_direct(struct dynr_arena *arena, const struct dyn_plan_predicate *predicate,
                           struct dyn_plan_grant *grant)
{
    bool direct = grant->expr != NULL && are_direct(predicate, grant->expr);
    for (size_t i = 0; i < grant->n_checks; i++) {
        direct = direct && has_key_without_rows(&predicate->lookups[grant->checks[i].lookup]);
    }
    grant->is_direct = direct && dyn_expr_is_bool(given(arena, predicate->expr, grant->expr), true);
    grant->stands = grant->is_direct ? without_rows(arena, grant->expr) : NULL;
}

bool dyn_writes_are_direct(const struct dyn_plan_write *writes, size_t n_writes)
{
    for (size_t i = 0; i < n_writes; i++) {
        const struct dyn_plan_write_gate *gate = &writes[i].gate;
        bool is_one = gate->n_grants == 1 && gate->grants[0].is_direct;
        if (writes[i].write->kind == DYN_WRITE_DELETE ||
            (gate->predicate.n_lookups > 0 && !is_one)) {
            return false;
        }
    }
    return true;
}
