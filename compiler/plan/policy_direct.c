/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Grants that need no rows to be read before the write: what the transaction checks is all that the predicate asks for.
 *
 * Each literal of such a grant reads no row, so that it is known beforehand, or asks whether one row is there, or whether one of its
 * fields is one of some values that are known beforehand. Where a stored attribute equals a value of the program, the decoded field
 * does. Nothing else is as certain: an enum's tag that this program does not know is greater than others in the store and unknown in
 * memory, and what another program wrote may be there, or be ordered, without decoding to anything.
 */
#include "plan/policy.h"

/* A field of a row, or a part of one: what an attribute holds. */
static bool is_field_of_row(const struct dyn_expr *expr)
{
    return expr != NULL && expr->kind == DYN_EXPR_LOOKUP && expr->field != NULL;
}

static bool is_equation(const struct dyn_expr *left, const struct dyn_expr *right)
{
    return is_field_of_row(left) && !dyn_expr_has_lookup(right);
}

static bool is_one_of(const struct dyn_expr *literal)
{
    bool known = literal->right == NULL && is_field_of_row(literal->left);
    for (size_t i = 0; i < literal->n_items; i++) {
        known = known && !dyn_expr_has_lookup(literal->items[i]);
    }
    return known;
}

static bool asks_for_row(const struct dyn_expr *literal)
{
    return literal->left->kind == DYN_EXPR_LOOKUP && literal->left->field == NULL;
}

static bool is_direct_literal(const struct dyn_expr *literal)
{
    if (!dyn_expr_has_lookup(literal)) {
        return true;
    }
    if (dyn_expr_has_reference_part(literal)) {
        return false;
    }
    switch ((unsigned)literal->kind) {
    case DYN_EXPR_LOOKUP:
        /* A flag: it equals true. */
        return is_field_of_row(literal);
    case DYN_EXPR_EQUAL:
        return is_equation(literal->left, literal->right) ||
               is_equation(literal->right, literal->left);
    case DYN_EXPR_IN:
        return is_one_of(literal);
    case DYN_EXPR_EXISTS:
        return asks_for_row(literal);
    default:
        return false;
    }
}

static bool are_direct(const struct dyn_expr *grant)
{
    return grant->kind == DYN_EXPR_AND ? are_direct(grant->left) && are_direct(grant->right)
                                       : is_direct_literal(grant);
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
    bool direct = grant->expr != NULL && are_direct(grant->expr);
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
