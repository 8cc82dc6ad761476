/* SPDX-License-Identifier: Apache-2.0 */
/* Operators: which operands they take, and what they mean where a value is missing. */
#include "sema/internal.h"

/* DynamoDB's limit for the operands of IN. */
#define IN_MAX 100

static struct dyn_expr *new_operator(struct dyn_sema *sema, enum dyn_expr_kind kind,
                                     struct dyn_span span, const struct dyn_expr *left,
                                     const struct dyn_expr *right)
{
    struct dyn_expr *expr = dyn_sema_new_expr(sema, kind, span, sema->bool_type);
    expr->left = left;
    expr->right = right;
    expr->uses_row = left->uses_row || (right != NULL && right->uses_row);
    expr->uses_input = left->uses_input || (right != NULL && right->uses_input);
    return expr;
}

static struct dyn_expr *error_at(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast)
{
    return dyn_sema_error_expr(scope->sema, ast->span);
}

/* ---- pairs of operands ----------------------------------------------------------------------------------------- */

/* A literal's type depends on what it is compared with. */
static bool needs_context(const struct dyn_ast_expr *ast)
{
    if (ast->kind == DYN_AST_NEGATE && ast->left != NULL) {
        ast = ast->left;
    }
    return ast->kind == DYN_AST_INT || ast->kind == DYN_AST_NUMBER || ast->kind == DYN_AST_STRING ||
           ast->kind == DYN_AST_NAME || ast->kind == DYN_AST_LIST || ast->kind == DYN_AST_OBJECT;
}

/* Which operand says the type of the other: never a literal if that can be helped. */
static bool right_comes_first(const struct dyn_expr_scope *scope, const struct dyn_ast_expr *left,
                              const struct dyn_ast_expr *right)
{
    if (!needs_context(left)) {
        return false;
    }
    if (!needs_context(right)) {
        return true;
    }
    return !dyn_sema_is_argument(scope, left) && dyn_sema_is_argument(scope, right);
}

struct operands {
    struct dyn_expr *left;
    struct dyn_expr *right;
};

/* False: an operand is in error. */
static bool check_operands(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast,
                           const struct dyn_type *expected, struct operands *out)
{
    if (ast->left == NULL || ast->right == NULL) {
        return false;
    }
    if (right_comes_first(scope, ast->left, ast->right)) {
        out->right = dyn_sema_expr(scope, ast->right, expected);
        out->left = dyn_sema_expr(scope, ast->left, expected == NULL ? out->right->type : expected);
    } else {
        out->left = dyn_sema_expr(scope, ast->left, expected);
        out->right =
            dyn_sema_expr(scope, ast->right, expected == NULL ? out->left->type : expected);
    }
    if (dyn_expr_is_error(out->left) || dyn_expr_is_error(out->right)) {
        return false;
    }
    out->left = dyn_sema_adapt(scope->sema, out->left, out->right->type);
    out->right = dyn_sema_adapt(scope->sema, out->right, out->left->type);
    return true;
}

/* ---- comparisons ------------------------------------------------------------------------------------------------ */

static void report_incomparable(struct dyn_sema *sema, struct dyn_span span,
                                const struct dyn_expr *left, const struct dyn_expr *right)
{
    struct dynr_str left_text =
        dyn_sema_type_text(sema, dyn_sema_optional(sema, left->type, false));
    struct dynr_str right_text =
        dyn_sema_type_text(sema, dyn_sema_optional(sema, right->type, false));
    struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_TYPE_MISMATCH, span,
                                       "`%.*s` cannot be compared with `%.*s`",
                                       DYN_STR_ARG(left_text), DYN_STR_ARG(right_text));
    if (dyn_type_is_text(left->type) && dyn_type_is_text(right->type)) {
        dyn_diag_help(sema->diags, diag,
                      "give both the same type: a text that is no %.*s can be no match",
                      DYN_STR_ARG(left->type->kind == DYN_TYPE_STRING ? right_text : left_text));
    }
}

static bool check_comparable(struct dyn_sema *sema, struct dyn_span span,
                             const struct dyn_expr *left, const struct dyn_expr *right,
                             bool ordered)
{
    if (!dyn_types_match(left->type, right->type)) {
        report_incomparable(sema, span, left, right);
        return false;
    }
    if (ordered ? dyn_type_is_ordered(left->type) : dyn_type_is_comparable(left->type)) {
        return true;
    }
    struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_TYPE_MISMATCH, span,
                                       ordered ? "values of `%.*s` have no order"
                                               : "values of `%.*s` cannot be compared",
                                       DYN_STR_ARG(dyn_sema_type_text(sema, left->type)));
    if (dyn_type_is_container(left->type)) {
        dyn_diag_help(sema->diags, diag, "ask for an element with `contains`");
    }
    return false;
}

static struct dyn_expr *presence(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast,
                                 const struct dyn_ast_expr *operand, bool wanted)
{
    struct dyn_sema *sema = scope->sema;
    struct dyn_expr *value = dyn_sema_let_expr(scope, operand);
    value = value != NULL ? value : dyn_sema_expr(scope, operand, NULL);
    if (dyn_expr_is_error(value)) {
        return error_at(scope, ast);
    }
    if (!value->type->optional || value->kind == DYN_EXPR_NULL) {
        struct dyn_diag *diag =
            dyn_report(sema->diags, DYN_CODE_TYPE_MISMATCH, operand->span, "this is never absent");
        if (value->field != NULL) {
            dyn_diag_note(sema->diags, diag, value->field->span, "declared as `%.*s`, without `?`",
                          DYN_STR_ARG(dyn_sema_type_text(sema, value->type)));
        }
        return error_at(scope, ast);
    }
    struct dyn_expr *exists = new_operator(sema, DYN_EXPR_EXISTS, ast->span, value, NULL);
    return wanted ? exists : new_operator(sema, DYN_EXPR_NOT, ast->span, exists, NULL);
}

static struct dyn_expr *comparison(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast,
                                   enum dyn_expr_kind kind)
{
    struct dyn_sema *sema = scope->sema;
    bool ordered = kind != DYN_EXPR_EQUAL && kind != DYN_EXPR_NOT_EQUAL;
    if (ast->left == NULL || ast->right == NULL) {
        return error_at(scope, ast);
    }
    const struct dyn_ast_expr *null = ast->right->kind == DYN_AST_NULL
                                          ? ast->right
                                          : (ast->left->kind == DYN_AST_NULL ? ast->left : NULL);
    if (null != NULL && ordered) {
        dyn_report(sema->diags, DYN_CODE_TYPE_MISMATCH, null->span, "`null` has no order");
        return error_at(scope, ast);
    }
    if (null != NULL) {
        return presence(scope, ast, null == ast->right ? ast->left : ast->right,
                        kind == DYN_EXPR_NOT_EQUAL);
    }
    struct operands operands;
    if (!check_operands(scope, ast, NULL, &operands) ||
        !check_comparable(sema, ast->span, operands.left, operands.right, ordered)) {
        return error_at(scope, ast);
    }
    return new_operator(sema, kind, ast->span, operands.left, operands.right);
}

/* ---- in, between --------------------------------------------------------------------------------------------------- */

/* An operand that is compared with `left`. NULL: reported. */
static const struct dyn_expr *compared_item(struct dyn_expr_scope *scope,
                                            const struct dyn_ast_expr *ast, struct dyn_expr **left,
                                            bool ordered)
{
    struct dyn_expr *item = dyn_sema_expr(scope, ast, (*left)->type);
    if (dyn_expr_is_error(item)) {
        return NULL;
    }
    item = dyn_sema_adapt(scope->sema, item, (*left)->type);
    *left = dyn_sema_adapt(scope->sema, *left, item->type);
    return check_comparable(scope->sema, ast->span, *left, item, ordered) ? item : NULL;
}

static struct dyn_expr *collect_items(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast,
                                      enum dyn_expr_kind kind, struct dyn_expr *left)
{
    size_t n_items = 0;
    for (const struct dyn_ast_expr *item = ast->items; item != NULL; item = item->next) {
        n_items++;
    }
    struct dyn_expr *expr = new_operator(scope->sema, kind, ast->span, left, NULL);
    expr->items = dyn_sema_alloc(scope->sema, n_items, sizeof(const struct dyn_expr *));
    for (const struct dyn_ast_expr *item = ast->items; item != NULL; item = item->next) {
        const struct dyn_expr *value = compared_item(scope, item, &left, kind == DYN_EXPR_BETWEEN);
        if (value == NULL) {
            return error_at(scope, ast);
        }
        expr->items[expr->n_items++] = value;
        expr->uses_row = expr->uses_row || value->uses_row;
        expr->uses_input = expr->uses_input || value->uses_input;
    }
    expr->left = left;
    return expr;
}

static void report_in_size(struct dyn_sema *sema, struct dyn_span span)
{
    dyn_report(sema->diags, DYN_CODE_BOUNDS, span, "`in` takes 1 to %d values", IN_MAX);
}

static struct dyn_expr *in_argument(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast,
                                    struct dyn_expr *left)
{
    struct dyn_sema *sema = scope->sema;
    struct dyn_expr *right = dyn_sema_expr(scope, ast->right, NULL);
    if (dyn_expr_is_error(right)) {
        return error_at(scope, ast);
    }
    if (right->type->kind != DYN_TYPE_LIST && right->type->kind != DYN_TYPE_SET) {
        dyn_report(sema->diags, DYN_CODE_TYPE_MISMATCH, right->span,
                   "`in` needs a list, and this is `%.*s`",
                   DYN_STR_ARG(dyn_sema_type_text(sema, right->type)));
        return error_at(scope, ast);
    }
    if (right->uses_row) {
        struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_TYPE_MISMATCH, ast->span,
                                           "the right side of `in` is no field of the row");
        dyn_diag_help(sema->diags, diag, "turn it round: a field `contains` a value");
        return error_at(scope, ast);
    }
    if (right->type->high > IN_MAX) {
        report_in_size(sema, right->span);
        return error_at(scope, ast);
    }
    const struct dyn_expr *element =
        dyn_sema_new_expr(sema, DYN_EXPR_NULL, right->span, right->type->element);
    left = dyn_sema_adapt(sema, left, element->type);
    if (!check_comparable(sema, ast->span, left, element, false)) {
        return error_at(scope, ast);
    }
    return new_operator(sema, DYN_EXPR_IN, ast->span, left, right);
}

static struct dyn_expr *in_list(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast)
{
    struct dyn_sema *sema = scope->sema;
    if (ast->left == NULL) {
        return error_at(scope, ast);
    }
    if (ast->items == NULL && ast->right == NULL) {
        report_in_size(sema, ast->span);
        return error_at(scope, ast);
    }
    struct dyn_expr *left = dyn_sema_expr(scope, ast->left, NULL);
    if (dyn_expr_is_error(left)) {
        return error_at(scope, ast);
    }
    if (ast->right != NULL && ast->right->kind != DYN_AST_LIST) {
        return in_argument(scope, ast, left);
    }
    struct dyn_ast_expr listed = *ast;
    listed.items = ast->right != NULL ? ast->right->items : ast->items;
    struct dyn_expr *expr =
        listed.items == NULL ? NULL : collect_items(scope, &listed, DYN_EXPR_IN, left);
    if (expr == NULL || expr->n_items > IN_MAX) {
        report_in_size(sema, ast->span);
        return error_at(scope, ast);
    }
    return expr;
}

static struct dyn_expr *between(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast)
{
    struct dyn_sema *sema = scope->sema;
    if (ast->left == NULL || ast->items == NULL || ast->items->next == NULL) {
        return error_at(scope, ast);
    }
    struct dyn_expr *left = dyn_sema_expr(scope, ast->left, NULL);
    if (dyn_expr_is_error(left)) {
        return error_at(scope, ast);
    }
    struct dyn_expr *expr = collect_items(scope, ast, DYN_EXPR_BETWEEN, left);
    if (dyn_expr_is_error(expr)) {
        return expr;
    }
    const struct dyn_expr *low = expr->items[0];
    const struct dyn_expr *high = expr->items[1];
    if (low->kind == DYN_EXPR_INT && high->kind == DYN_EXPR_INT && low->integer > high->integer) {
        dyn_report(sema->diags, DYN_CODE_BOUNDS, ast->items->span,
                   "the lower bound %lld is above the upper bound %lld", (long long)low->integer,
                   (long long)high->integer);
        return error_at(scope, ast);
    }
    return expr;
}

/* ---- begins_with, contains ------------------------------------------------------------------------------------------- */

static struct dyn_expr *check_text_operand(struct dyn_expr_scope *scope,
                                           const struct dyn_ast_expr *ast, struct dyn_expr *right,
                                           const char *operation)
{
    if (dyn_expr_is_error(right) || dyn_type_is_text(right->type)) {
        return right;
    }
    dyn_report(scope->sema->diags, DYN_CODE_TYPE_MISMATCH, ast->span,
               "`%s` needs a text, and this is `%.*s`", operation,
               DYN_STR_ARG(dyn_sema_type_text(scope->sema, right->type)));
    return error_at(scope, ast);
}

static struct dyn_expr *begins_with(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast)
{
    if (ast->left == NULL || ast->right == NULL) {
        return error_at(scope, ast);
    }
    struct dyn_expr *left =
        check_text_operand(scope, ast->left, dyn_sema_expr(scope, ast->left, NULL), "begins_with");
    struct dyn_expr *right = check_text_operand(
        scope, ast->right, dyn_sema_expr(scope, ast->right, NULL), "begins_with");
    if (dyn_expr_is_error(left) || dyn_expr_is_error(right)) {
        return error_at(scope, ast);
    }
    return new_operator(scope->sema, DYN_EXPR_BEGINS_WITH, ast->span, left, right);
}

static struct dyn_expr *contained_element(struct dyn_expr_scope *scope,
                                          const struct dyn_ast_expr *ast,
                                          const struct dyn_type *element)
{
    struct dyn_sema *sema = scope->sema;
    struct dyn_expr *right = dyn_sema_expr(scope, ast, element);
    if (dyn_expr_is_error(right)) {
        return right;
    }
    right = dyn_sema_adapt(sema, right, element);
    const struct dyn_expr *any = dyn_sema_new_expr(sema, DYN_EXPR_NULL, ast->span, element);
    return check_comparable(sema, ast->span, any, right, false) ? right : error_at(scope, ast);
}

static struct dyn_expr *contains(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast)
{
    struct dyn_sema *sema = scope->sema;
    if (ast->left == NULL || ast->right == NULL) {
        return error_at(scope, ast);
    }
    struct dyn_expr *left = dyn_sema_expr(scope, ast->left, NULL);
    if (dyn_expr_is_error(left)) {
        return error_at(scope, ast);
    }
    struct dyn_expr *right;
    if (left->type->kind == DYN_TYPE_LIST || left->type->kind == DYN_TYPE_SET) {
        right = contained_element(scope, ast->right, left->type->element);
    } else if (dyn_type_is_text(left->type)) {
        right = check_text_operand(scope, ast->right, dyn_sema_expr(scope, ast->right, NULL),
                                   "contains");
    } else {
        dyn_report(sema->diags, DYN_CODE_TYPE_MISMATCH, ast->left->span,
                   "`contains` needs a text, list or set, and this is `%.*s`",
                   DYN_STR_ARG(dyn_sema_type_text(sema, left->type)));
        return error_at(scope, ast);
    }
    return dyn_expr_is_error(right) ? error_at(scope, ast)
                                    : new_operator(sema, DYN_EXPR_CONTAINS, ast->span, left, right);
}

/* ---- arithmetic ------------------------------------------------------------------------------------------------------ */

static struct dyn_expr *report_no_number(struct dyn_expr_scope *scope,
                                         const struct dyn_ast_expr *ast,
                                         const struct dyn_expr *operand)
{
    struct dyn_diag *diag = dyn_report(scope->sema->diags, DYN_CODE_TYPE_MISMATCH, operand->span,
                                       "`%.*s` cannot be calculated with",
                                       DYN_STR_ARG(dyn_sema_type_text(scope->sema, operand->type)));
    if (operand->type->kind == DYN_TYPE_FLOAT) {
        dyn_diag_help(scope->sema->diags, diag, "use `decimal`, which is exact everywhere");
    } else {
        dyn_diag_fact(scope->sema->diags, diag, "why: `+` and `-` take int and decimal");
    }
    return error_at(scope, ast);
}

static bool can_calculate(const struct dyn_type *type)
{
    return type->kind == DYN_TYPE_INT || type->kind == DYN_TYPE_DECIMAL;
}

static const struct dyn_type *sum_type(struct dyn_sema *sema, const struct dyn_type *left,
                                       const struct dyn_type *right)
{
    struct dyn_type *type = dyn_sema_new_type(sema, left->kind);
    type->width = left->kind == DYN_TYPE_INT ? 64 : 0;
    /* A missing operand makes the result missing. */
    type->optional = left->optional || (right != NULL && right->optional);
    return type;
}

static struct dyn_expr *arithmetic(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast,
                                   enum dyn_expr_kind kind, const struct dyn_type *expected)
{
    struct dyn_sema *sema = scope->sema;
    bool guided = expected != NULL && expected->kind == DYN_TYPE_DECIMAL &&
                  needs_context(ast->left) && needs_context(ast->right);
    struct operands operands;
    if (!check_operands(scope, ast, guided ? expected : NULL, &operands)) {
        return error_at(scope, ast);
    }
    if (!can_calculate(operands.left->type)) {
        return report_no_number(scope, ast, operands.left);
    }
    if (!can_calculate(operands.right->type)) {
        return report_no_number(scope, ast, operands.right);
    }
    if (operands.left->type->kind != operands.right->type->kind) {
        dyn_report(sema->diags, DYN_CODE_TYPE_MISMATCH, ast->span,
                   "`int` and `decimal` do not mix");
        return error_at(scope, ast);
    }
    struct dyn_expr *expr = new_operator(sema, kind, ast->span, operands.left, operands.right);
    expr->type = sum_type(sema, operands.left->type, operands.right->type);
    return expr;
}

static struct dyn_expr *negate(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast,
                               const struct dyn_type *expected)
{
    if (ast->left == NULL) {
        return error_at(scope, ast);
    }
    struct dyn_expr *operand = dyn_sema_expr(scope, ast->left, expected);
    if (dyn_expr_is_error(operand)) {
        return error_at(scope, ast);
    }
    if (!can_calculate(operand->type)) {
        return report_no_number(scope, ast, operand);
    }
    struct dyn_expr *expr = new_operator(scope->sema, DYN_EXPR_NEGATE, ast->span, operand, NULL);
    expr->type = sum_type(scope->sema, operand->type, NULL);
    return expr;
}

/* ---- logic ----------------------------------------------------------------------------------------------------------- */

static struct dyn_expr *logic(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast,
                              enum dyn_expr_kind kind)
{
    if (ast->left == NULL || (kind != DYN_EXPR_NOT && ast->right == NULL)) {
        return error_at(scope, ast);
    }
    struct dyn_expr *left = dyn_sema_condition(scope, ast->left);
    struct dyn_expr *right = kind == DYN_EXPR_NOT ? NULL : dyn_sema_condition(scope, ast->right);
    if (dyn_expr_is_error(left) || (right != NULL && dyn_expr_is_error(right))) {
        return error_at(scope, ast);
    }
    return new_operator(scope->sema, kind, ast->span, left, right);
}

struct dyn_expr *dyn_sema_operator(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast,
                                   const struct dyn_type *expected)
{
    static const enum dyn_expr_kind kinds[] = {
        [DYN_AST_NOT] = DYN_EXPR_NOT,
        [DYN_AST_AND] = DYN_EXPR_AND,
        [DYN_AST_OR] = DYN_EXPR_OR,
        [DYN_AST_EQUAL] = DYN_EXPR_EQUAL,
        [DYN_AST_NOT_EQUAL] = DYN_EXPR_NOT_EQUAL,
        [DYN_AST_LESS] = DYN_EXPR_LESS,
        [DYN_AST_LESS_EQUAL] = DYN_EXPR_LESS_EQUAL,
        [DYN_AST_GREATER] = DYN_EXPR_GREATER,
        [DYN_AST_GREATER_EQUAL] = DYN_EXPR_GREATER_EQUAL,
        [DYN_AST_ADD] = DYN_EXPR_ADD,
        [DYN_AST_SUBTRACT] = DYN_EXPR_SUBTRACT,
    };
    if (scope->constant) {
        dyn_report(scope->sema->diags, DYN_CODE_DEFAULT_VALUE, ast->span,
                   "a default is a constant, without operators");
        return error_at(scope, ast);
    }
    if (ast->kind == DYN_AST_NEGATE) {
        return negate(scope, ast, expected);
    }
    if (ast->kind == DYN_AST_IN) {
        return in_list(scope, ast);
    }
    if (ast->kind == DYN_AST_BETWEEN) {
        return between(scope, ast);
    }
    if (ast->kind == DYN_AST_BEGINS_WITH) {
        return begins_with(scope, ast);
    }
    if (ast->kind == DYN_AST_CONTAINS) {
        return contains(scope, ast);
    }
    if (ast->kind == DYN_AST_EXISTS) {
        return ast->left == NULL ? error_at(scope, ast) : presence(scope, ast, ast->left, true);
    }
    enum dyn_expr_kind kind = kinds[ast->kind];
    if (kind == DYN_EXPR_NOT || kind == DYN_EXPR_AND || kind == DYN_EXPR_OR) {
        return logic(scope, ast, kind);
    }
    if (kind == DYN_EXPR_ADD || kind == DYN_EXPR_SUBTRACT) {
        return ast->left == NULL || ast->right == NULL ? error_at(scope, ast)
                                                       : arithmetic(scope, ast, kind, expected);
    }
    return comparison(scope, ast, kind);
}
