/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a predicate is decided before all of its rows are read: three-valued logic (Kleene) over the look-ups in their order,
 * where what reads a row that is not known is neither true nor false.
 */
#include "plan/policy.h"

/* The look-ups whose rows are not known yet. */
struct deciding {
    struct dynr_arena *arena;
    const struct dyn_plan_lookup *unknown;
    size_t n_unknown;
};

static bool is_known(const struct deciding *deciding, const struct dyn_expr *leaf)
{
    for (size_t i = 0; i < deciding->n_unknown; i++) {
        if (dyn_expr_reads_lookup(leaf, deciding->unknown[i].lookup)) {
            return false;
        }
    }
    return true;
}

/*
 * What holds only where `expr` is `wanted` whatever the unknown rows are. A comparison with what is missing is false, and its
 * negation true, in memory as here: so a leaf that is known to be false is its own negation.
 */
static const struct dyn_expr *surely(const struct deciding *deciding, const struct dyn_expr *expr,
                                     bool wanted)
{
    if (expr->kind == DYN_EXPR_NOT) {
        return surely(deciding, expr->left, !wanted);
    }
    if (expr->kind == DYN_EXPR_AND || expr->kind == DYN_EXPR_OR) {
        const struct dyn_expr *left = surely(deciding, expr->left, wanted);
        const struct dyn_expr *right = surely(deciding, expr->right, wanted);
        return (expr->kind == DYN_EXPR_AND) == wanted ? dyn_fold_and(deciding->arena, left, right)
                                                      : dyn_fold_or(deciding->arena, left, right);
    }
    if (!is_known(deciding, expr)) {
        return dyn_expr_boolean(deciding->arena, false, expr->span);
    }
    return wanted ? expr : dyn_fold_not(deciding->arena, expr);
}

/* NULL: never, or no more often than was `known` before. */
static const struct dyn_expr *news(const struct dyn_expr *expr, const struct dyn_expr **known)
{
    if (dyn_expr_is_bool(expr, false) || dyn_expr_same(expr, *known)) {
        return NULL;
    }
    *known = expr;
    return expr;
}

void dyn_lookups_decide(struct dynr_arena *arena, const struct dyn_expr *expr,
                        struct dyn_plan_lookup *lookups, size_t n_lookups)
{
    const struct dyn_expr *allows = NULL;
    const struct dyn_expr *denies = NULL;
    for (size_t i = 0; i < n_lookups; i++) {
        const struct deciding deciding = {arena, lookups + i, n_lookups - i};
        lookups[i].allows = news(surely(&deciding, expr, true), &allows);
        lookups[i].denies = news(surely(&deciding, expr, false), &denies);
    }
}
