/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions of policies with what is known put in: what becomes true or false goes away. */
#include "plan/policy.h"

/* Distinguishes a fresh value from an absent one; both are of kind NULL, and comparisons with either are false. */
static const char fresh_mark[] = "fresh";

static const struct dyn_expr *make_unknown(struct dynr_arena *arena, struct dyn_span span,
                                           const struct dyn_type *type, bool is_fresh)
{
    struct dyn_expr *expr = dyn_alloc(arena, sizeof *expr);
    expr->kind = DYN_EXPR_NULL;
    expr->span = span;
    expr->type = type;
    expr->text =
        is_fresh ? dynr_str_make(fresh_mark, sizeof fresh_mark - 1) : dynr_str_make(NULL, 0);
    return expr;
}

const struct dyn_expr *dyn_expr_fresh(struct dynr_arena *arena, struct dyn_span span,
                                      const struct dyn_type *type)
{
    return make_unknown(arena, span, type, true);
}

const struct dyn_expr *dyn_expr_absent(struct dynr_arena *arena, struct dyn_span span,
                                       const struct dyn_type *type)
{
    return make_unknown(arena, span, type, false);
}

bool dyn_expr_is_unknown(const struct dyn_expr *expr)
{
    return expr->kind == DYN_EXPR_NULL || expr->kind == DYN_EXPR_NOW;
}

bool dyn_expr_is_bool(const struct dyn_expr *expr, bool value)
{
    return expr != NULL && expr->kind == DYN_EXPR_BOOL && expr->boolean == value;
}

static const struct dyn_expr *make_pair(struct dynr_arena *arena, enum dyn_expr_kind kind,
                                        const struct dyn_expr *left, const struct dyn_expr *right)
{
    struct dyn_expr *expr = dyn_alloc(arena, sizeof *expr);
    *expr = *dyn_expr_boolean(arena, false, left->span);
    expr->kind = kind;
    expr->left = left;
    expr->right = right;
    expr->uses_row = left->uses_row || (right != NULL && right->uses_row);
    expr->uses_input = left->uses_input || (right != NULL && right->uses_input);
    return expr;
}

/* Whether a chain of `kind` holds this very condition already. */
static bool chain_has(const struct dyn_expr *chain, enum dyn_expr_kind kind,
                      const struct dyn_expr *expr)
{
    return chain->kind == kind
               ? chain_has(chain->left, kind, expr) || chain_has(chain->right, kind, expr)
               : dyn_expr_same(chain, expr);
}

const struct dyn_expr *dyn_fold_and(struct dynr_arena *arena, const struct dyn_expr *left,
                                    const struct dyn_expr *right)
{
    if (left == NULL || right == NULL) {
        return left == NULL ? right : left;
    }
    if (dyn_expr_is_bool(left, false) || dyn_expr_is_bool(right, true) ||
        chain_has(left, DYN_EXPR_AND, right)) {
        return left;
    }
    if (right->kind == DYN_EXPR_AND) {
        return dyn_fold_and(arena, dyn_fold_and(arena, left, right->left), right->right);
    }
    return dyn_expr_is_bool(left, true) || dyn_expr_is_bool(right, false)
               ? right
               : make_pair(arena, DYN_EXPR_AND, left, right);
}

const struct dyn_expr *dyn_fold_or(struct dynr_arena *arena, const struct dyn_expr *left,
                                   const struct dyn_expr *right)
{
    if (left == NULL || right == NULL) {
        return left == NULL ? right : left;
    }
    if (dyn_expr_is_bool(left, true) || dyn_expr_is_bool(right, false) ||
        chain_has(left, DYN_EXPR_OR, right)) {
        return left;
    }
    if (right->kind == DYN_EXPR_OR) {
        return dyn_fold_or(arena, dyn_fold_or(arena, left, right->left), right->right);
    }
    return dyn_expr_is_bool(left, false) || dyn_expr_is_bool(right, true)
               ? right
               : make_pair(arena, DYN_EXPR_OR, left, right);
}

const struct dyn_expr *dyn_fold_not(struct dynr_arena *arena, const struct dyn_expr *expr)
{
    if (expr->kind == DYN_EXPR_BOOL) {
        return dyn_expr_boolean(arena, !expr->boolean, expr->span);
    }
    return expr->kind == DYN_EXPR_NOT ? expr->left : make_pair(arena, DYN_EXPR_NOT, expr, NULL);
}

/* ---- comparisons ------------------------------------------------------------------------------------------- */

static bool is_literal(const struct dyn_expr *expr)
{
    return expr->kind == DYN_EXPR_BOOL || expr->kind == DYN_EXPR_INT ||
           expr->kind == DYN_EXPR_ENUM || expr->kind == DYN_EXPR_STRING;
}

static int sign(int64_t a, int64_t b)
{
    return a < b ? -1 : (a > b ? 1 : 0);
}

/* Of two literals of one kind. */
static int compare_literals(const struct dyn_expr *a, const struct dyn_expr *b)
{
    if (a->kind == DYN_EXPR_ENUM) {
        return sign(a->enum_value->tag, b->enum_value->tag);
    }
    if (a->kind == DYN_EXPR_STRING) {
        return dynr_str_compare(a->text, b->text);
    }
    return a->kind == DYN_EXPR_BOOL ? sign(a->boolean, b->boolean) : sign(a->integer, b->integer);
}

static bool holds(enum dyn_expr_kind kind, int order)
{
    switch ((unsigned)kind) {
    case DYN_EXPR_EQUAL:
        return order == 0;
    case DYN_EXPR_NOT_EQUAL:
        return order != 0;
    case DYN_EXPR_LESS:
        return order < 0;
    case DYN_EXPR_LESS_EQUAL:
        return order <= 0;
    case DYN_EXPR_GREATER:
        return order > 0;
    default:
        return order >= 0;
    }
}

static const struct dyn_expr *fold_comparison(struct dynr_arena *arena, const struct dyn_expr *expr)
{
    const struct dyn_expr *left = expr->left;
    const struct dyn_expr *right = expr->right;
    if (left->kind == right->kind && is_literal(left)) {
        return dyn_expr_boolean(arena, holds(expr->kind, compare_literals(left, right)),
                                expr->span);
    }
    bool is_there = left->type != NULL && !left->type->optional;
    return is_there && dyn_expr_same(left, right)
               ? dyn_expr_boolean(arena, holds(expr->kind, 0), expr->span)
               : expr;
}

static bool is_comparison(const struct dyn_expr *expr)
{
    return expr->kind >= DYN_EXPR_EQUAL && expr->kind <= DYN_EXPR_GREATER_EQUAL;
}

static const struct dyn_expr *fold_exists(struct dynr_arena *arena, const struct dyn_expr *expr)
{
    const struct dyn_expr *operand = expr->left;
    if (dyn_expr_is_unknown(operand)) {
        return dyn_expr_boolean(arena, operand->kind == DYN_EXPR_NOW || operand->text.len != 0,
                                expr->span);
    }
    bool is_there =
        is_literal(operand) || operand->kind == DYN_EXPR_NUMBER ||
        (operand->type != NULL && !operand->type->optional && operand->kind != DYN_EXPR_LOOKUP);
    return is_there ? dyn_expr_boolean(arena, true, expr->span) : expr;
}

/* `x in [a, b]` without what is absent, which is equal to nothing. */
static const struct dyn_expr *fold_list(struct dynr_arena *arena, const struct dyn_expr *expr)
{
    struct dyn_expr *copy = dyn_alloc(arena, sizeof *copy);
    *copy = *expr;
    copy->items = dyn_alloc_array(arena, expr->n_items, sizeof(const struct dyn_expr *));
    copy->n_items = 0;
    for (size_t i = 0; i < expr->n_items; i++) {
        if (!dyn_expr_is_unknown(expr->items[i])) {
            copy->items[copy->n_items++] = expr->items[i];
        }
    }
    return copy->n_items == 0 ? dyn_expr_boolean(arena, false, expr->span) : copy;
}

static bool has_unknown_item(const struct dyn_expr *expr)
{
    for (size_t i = 0; i < expr->n_items; i++) {
        if (expr->items[i] != NULL && dyn_expr_is_unknown(expr->items[i])) {
            return true;
        }
    }
    return false;
}

const struct dyn_expr *dyn_fold_atom(struct dynr_arena *arena, const struct dyn_expr *expr)
{
    if (expr->kind == DYN_EXPR_EXISTS) {
        return fold_exists(arena, expr);
    }
    if (dyn_expr_is_unknown(expr)) {
        /* An absent flag is not set. */
        return dyn_expr_boolean(arena, false, expr->span);
    }
    bool is_unknown = (expr->left != NULL && dyn_expr_is_unknown(expr->left)) ||
                      (expr->right != NULL && dyn_expr_is_unknown(expr->right));
    if (is_unknown) {
        return dyn_expr_boolean(arena, false, expr->span);
    }
    if (has_unknown_item(expr)) {
        return expr->kind == DYN_EXPR_IN ? fold_list(arena, expr)
                                         : dyn_expr_boolean(arena, false, expr->span);
    }
    bool is_pair = is_comparison(expr) && expr->left != NULL && expr->right != NULL;
    return is_pair ? fold_comparison(arena, expr) : expr;
}
