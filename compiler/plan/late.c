/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions on late fields: a row that was stored before its field was added lacks the attribute and has the default, so
 * a comparison that holds for the default must hold for such a row. `.f == v` becomes `.f == v or (not exists .f and
 * v == default)`; what is left of it without the row is a constant or a switch (variant.c).
 */
#include <stdlib.h>

#include "plan/derive.h"

/** Digits of a number that a double keeps apart. */
#define EXACT_DIGITS 15

struct widener {
    struct dyn_derive *derive;
    enum dyn_code code;
    /** Comparisons of the default with the input may become switches. */
    bool may_switch;
    bool failed;
};

/* What a comparison says of the default. */
enum outcome_kind {
    OUTCOME_FALSE,
    OUTCOME_TRUE,
    OUTCOME_EXPR,
    OUTCOME_UNKNOWN
};

struct outcome {
    enum outcome_kind kind;
    const struct dyn_expr *expr;
};

static struct outcome decided(bool value)
{
    struct outcome outcome = {value ? OUTCOME_TRUE : OUTCOME_FALSE, NULL};
    return outcome;
}

static const struct outcome unknown = {OUTCOME_UNKNOWN, NULL};

/* ---- making expressions ------------------------------------------------------------------------------------ */

static struct dyn_expr *copy(struct widener *widener, const struct dyn_expr *expr)
{
    struct dyn_expr *made = dyn_alloc(widener->derive->arena, sizeof *made);
    *made = *expr;
    return made;
}

static void recount(struct dyn_expr *expr)
{
    expr->uses_row = (expr->left != NULL && expr->left->uses_row) ||
                     (expr->right != NULL && expr->right->uses_row);
    expr->uses_input = (expr->left != NULL && expr->left->uses_input) ||
                       (expr->right != NULL && expr->right->uses_input);
    for (size_t i = 0; i < expr->n_items; i++) {
        expr->uses_row = expr->uses_row || expr->items[i]->uses_row;
        expr->uses_input = expr->uses_input || expr->items[i]->uses_input;
    }
}

static const struct dyn_expr *make(struct widener *widener, enum dyn_expr_kind kind,
                                   const struct dyn_expr *left, const struct dyn_expr *right)
{
    struct dyn_expr *expr =
        copy(widener, dyn_expr_boolean(widener->derive->arena, false, left->span));
    expr->kind = kind;
    expr->left = left;
    expr->right = right;
    recount(expr);
    return expr;
}

static const struct dyn_expr *make_absent(struct widener *widener, const struct dyn_expr *row)
{
    return make(widener, DYN_EXPR_NOT, make(widener, DYN_EXPR_EXISTS, row, NULL), NULL);
}

/* ---- constants --------------------------------------------------------------------------------------------- */

static bool is_literal(const struct dyn_expr *expr)
{
    return expr->kind == DYN_EXPR_BOOL || expr->kind == DYN_EXPR_INT ||
           expr->kind == DYN_EXPR_NUMBER || expr->kind == DYN_EXPR_STRING ||
           expr->kind == DYN_EXPR_ENUM;
}

/* Literals that C can have in any place. */
static bool is_plain(const struct dyn_expr *expr)
{
    return expr->kind == DYN_EXPR_BOOL || expr->kind == DYN_EXPR_INT ||
           expr->kind == DYN_EXPR_ENUM || !is_literal(expr);
}

static int sign(bool less, bool more)
{
    return less ? -1 : (more ? 1 : 0);
}

static bool number_of(const struct dyn_expr *expr, double *out)
{
    if (expr->kind == DYN_EXPR_INT) {
        *out = (double)expr->integer;
        return expr->integer > INT64_C(-1000000000000000) &&
               expr->integer < INT64_C(1000000000000000);
    }
    char text[EXACT_DIGITS + 1];
    if (expr->kind != DYN_EXPR_NUMBER || expr->text.len > EXACT_DIGITS) {
        return false;
    }
    memcpy(text, expr->text.ptr, expr->text.len);
    text[expr->text.len] = '\0';
    *out = strtod(text, NULL);
    return true;
}

static bool text_is_ordered(const struct dyn_expr *expr)
{
    switch ((unsigned)expr->type->kind) {
    case DYN_TYPE_STRING:
    case DYN_TYPE_EMAIL:
    case DYN_TYPE_URL:
    case DYN_TYPE_DATE:
    case DYN_TYPE_ULID:
    case DYN_TYPE_UUID:
        return true;
    default:
        return false;
    }
}

/* Below, at or above 0; `out_ordered` false: only equality is known. False: nothing is. */
static bool compare_literals(const struct dyn_expr *a, const struct dyn_expr *b, int *out,
                             bool *out_ordered)
{
    double x = 0;
    double y = 0;
    *out_ordered = true;
    if (a->kind == DYN_EXPR_INT && b->kind == DYN_EXPR_INT) {
        *out = sign(a->integer<b->integer, a->integer> b->integer);
        return true;
    }
    if (a->kind == DYN_EXPR_BOOL && b->kind == DYN_EXPR_BOOL) {
        *out = sign(a->boolean<b->boolean, a->boolean> b->boolean);
        return true;
    }
    if (a->kind == DYN_EXPR_ENUM && b->kind == DYN_EXPR_ENUM) {
        *out = sign(a->enum_value->tag<b->enum_value->tag, a->enum_value->tag> b->enum_value->tag);
        return true;
    }
    if (a->kind == DYN_EXPR_STRING && b->kind == DYN_EXPR_STRING) {
        size_t len = a->text.len < b->text.len ? a->text.len : b->text.len;
        int order = len == 0 ? 0 : memcmp(a->text.ptr, b->text.ptr, len);
        *out = order != 0 ? order : sign(a->text.len<b->text.len, a->text.len> b->text.len);
        *out_ordered = *out == 0 || (text_is_ordered(a) && text_is_ordered(b));
        return true;
    }
    if (number_of(a, &x) && number_of(b, &y)) {
        *out = sign(x<y, x> y);
        return true;
    }
    *out = 0;
    return a->kind == DYN_EXPR_NUMBER && b->kind == DYN_EXPR_NUMBER &&
           dynr_str_equal(a->text, b->text);
}

static enum dyn_expr_kind flip(enum dyn_expr_kind kind)
{
    switch ((unsigned)kind) {
    case DYN_EXPR_LESS:
        return DYN_EXPR_GREATER;
    case DYN_EXPR_LESS_EQUAL:
        return DYN_EXPR_GREATER_EQUAL;
    case DYN_EXPR_GREATER:
        return DYN_EXPR_LESS;
    case DYN_EXPR_GREATER_EQUAL:
        return DYN_EXPR_LESS_EQUAL;
    default:
        return kind;
    }
}

static struct outcome compare(struct widener *widener, enum dyn_expr_kind kind,
                              const struct dyn_expr *left, const struct dyn_expr *right)
{
    if (!is_literal(left) || !is_literal(right)) {
        /* The literal on the right, as people write switches: two about one input are then known to exclude each other. */
        const struct dyn_expr *first = left;
        const struct dyn_expr *second = right;
        if (is_literal(left)) {
            kind = flip(kind);
            first = right;
            second = left;
        }
        struct outcome outcome = {OUTCOME_EXPR, make(widener, kind, first, second)};
        return outcome;
    }
    int order = 0;
    bool ordered = true;
    bool known = compare_literals(left, right, &order, &ordered);
    if (!known || (!ordered && kind != DYN_EXPR_EQUAL && kind != DYN_EXPR_NOT_EQUAL)) {
        return unknown;
    }
    switch ((unsigned)kind) {
    case DYN_EXPR_EQUAL:
        return decided(order == 0);
    case DYN_EXPR_NOT_EQUAL:
        return decided(order != 0);
    case DYN_EXPR_LESS:
        return decided(order < 0);
    case DYN_EXPR_LESS_EQUAL:
        return decided(order <= 0);
    case DYN_EXPR_GREATER:
        return decided(order > 0);
    case DYN_EXPR_GREATER_EQUAL:
        return decided(order >= 0);
    default:
        return unknown;
    }
}

static struct outcome combine(struct widener *widener, enum dyn_expr_kind kind, struct outcome a,
                              struct outcome b)
{
    enum outcome_kind ends = kind == DYN_EXPR_AND ? OUTCOME_FALSE : OUTCOME_TRUE;
    if (a.kind == OUTCOME_UNKNOWN || b.kind == OUTCOME_UNKNOWN) {
        return unknown;
    }
    if (a.kind == ends || b.kind == ends) {
        return decided(ends == OUTCOME_TRUE);
    }
    if (a.kind != OUTCOME_EXPR) {
        return b;
    }
    if (b.kind == OUTCOME_EXPR) {
        a.expr = make(widener, kind, a.expr, b.expr);
    }
    return a;
}

static bool has_text(struct dynr_str text, struct dynr_str part, bool at_start)
{
    for (size_t i = 0; i + part.len <= text.len && (i == 0 || !at_start); i++) {
        if (part.len == 0 || memcmp(text.ptr + i, part.ptr, part.len) == 0) {
            return true;
        }
    }
    return false;
}

/* A comparison without late fields, some operand of which is a default now. */
static struct outcome evaluate(struct widener *widener, const struct dyn_expr *expr)
{
    const struct dyn_expr *left = expr->left;
    const struct dyn_expr *right = expr->right;
    bool is_function = expr->kind == DYN_EXPR_BEGINS_WITH || expr->kind == DYN_EXPR_CONTAINS;
    const struct dyn_expr *list = is_function ? left : right;
    if ((is_function || expr->kind == DYN_EXPR_IN) && list != NULL && list->kind == DYN_EXPR_LIST) {
        return list->n_items == 0 ? decided(false) : unknown;
    }
    struct outcome outcome = {OUTCOME_EXPR, expr};
    switch ((unsigned)expr->kind) {
    case DYN_EXPR_EQUAL:
    case DYN_EXPR_NOT_EQUAL:
    case DYN_EXPR_LESS:
    case DYN_EXPR_LESS_EQUAL:
    case DYN_EXPR_GREATER:
    case DYN_EXPR_GREATER_EQUAL:
        if (left->kind == DYN_EXPR_LIST || left->kind == DYN_EXPR_OBJECT ||
            right->kind == DYN_EXPR_LIST || right->kind == DYN_EXPR_OBJECT) {
            return unknown;
        }
        return compare(widener, expr->kind, left, right);
    case DYN_EXPR_BETWEEN:
        return combine(widener, DYN_EXPR_AND,
                       compare(widener, DYN_EXPR_GREATER_EQUAL, left, expr->items[0]),
                       compare(widener, DYN_EXPR_LESS_EQUAL, left, expr->items[1]));
    case DYN_EXPR_IN:
        if (right != NULL && !is_plain(left)) {
            return unknown;
        }
        if (right == NULL) {
            outcome = decided(false);
            for (size_t i = 0; i < expr->n_items; i++) {
                outcome = combine(widener, DYN_EXPR_OR, outcome,
                                  compare(widener, DYN_EXPR_EQUAL, left, expr->items[i]));
            }
        }
        return outcome;
    case DYN_EXPR_BEGINS_WITH:
    case DYN_EXPR_CONTAINS:
        if (left != NULL && right != NULL && left->kind == DYN_EXPR_STRING &&
            right->kind == DYN_EXPR_STRING && left->type->kind != DYN_TYPE_BYTES) {
            return decided(has_text(left->text, right->text, expr->kind == DYN_EXPR_BEGINS_WITH));
        }
        return outcome;
    default:
        return unknown;
    }
}

/* ---- late operands ----------------------------------------------------------------------------------------- */

static bool is_late(const struct widener *widener, const struct dyn_expr *expr)
{
    return expr != NULL && expr->kind == DYN_EXPR_ROW && expr->n_path == 0 &&
           dyn_field_is_late(widener->derive, expr->field);
}

/* The late field on the way to a part of a struct, or NULL. */
static const struct dyn_field *late_on_path(const struct widener *widener,
                                            const struct dyn_expr *expr)
{
    if (expr == NULL || expr->kind != DYN_EXPR_ROW || expr->n_path == 0) {
        return NULL;
    }
    if (dyn_field_is_late(widener->derive, expr->field)) {
        return expr->field;
    }
    for (size_t i = 0; i < expr->n_path; i++) {
        if (dyn_field_is_late(widener->derive, expr->path[i])) {
            return expr->path[i];
        }
    }
    return NULL;
}

static bool key_uses(const struct dyn_key_template *key, const struct dyn_field *field)
{
    for (size_t i = 0; i < key->n_pieces; i++) {
        if (key->pieces[i].value != NULL && key->pieces[i].value->path[0] == field) {
            return true;
        }
    }
    return false;
}

/* Then the comparison may be a key condition, and must stay what it is until the path is chosen. */
static bool is_in_keys(const struct widener *widener, const struct dyn_field *field)
{
    const struct dyn_plan *plan = widener->derive->plan;
    for (size_t i = 0; i < plan->n_entities; i++) {
        const struct dyn_plan_entity *entity = plan->entities[i];
        for (size_t k = 0; k < entity->n_requirements; k++) {
            if (key_uses(&entity->requirements[k]->partition, field) ||
                key_uses(&entity->requirements[k]->sort, field)) {
                return true;
            }
        }
        for (size_t k = 0; k < entity->n_uniques; k++) {
            if (key_uses(&entity->uniques[k].partition, field)) {
                return true;
            }
        }
    }
    return false;
}

static const struct dyn_expr *refuse(struct widener *widener, const struct dyn_expr *expr,
                                     const struct dyn_field *field)
{
    widener->failed = true;
    struct dyn_diags *diags = widener->derive->diags;
    struct dyn_diag *diag = dyn_report(diags, widener->code, expr->span,
                                       "this condition would lose sight of rows that lack `%.*s`",
                                       DYN_STR(field->name->text));
    dyn_diag_note(diags, diag, field->span,
                  "it was added when rows could be stored already, and has a default");
    dyn_diag_fact(diags, diag,
                  "why: for such rows DynamoDB cannot compare the default with what stands here");
    dyn_diag_help(diags, diag, "make `%.*s` optional, and test for its absence",
                  DYN_STR(field->name->text));
    dyn_diag_help(
        diags, diag,
        "or write it into all rows, and remove `late \"yes\"` from its line in the lock file");
    return expr;
}

static bool is_widened(const struct dyn_derive *derive, const struct dyn_expr *expr)
{
    for (size_t i = 0; i < derive->widened.n; i++) {
        if (derive->widened.items[i] == expr) {
            return true;
        }
    }
    return false;
}

static void mark(struct dyn_derive *derive, const struct dyn_expr *expr)
{
    struct dyn_widened *list = &derive->widened;
    list->items =
        dyn_grow(derive->arena, (void *)list->items, list->n, &list->cap, sizeof *list->items);
    list->items[list->n++] = expr;
}

static const struct dyn_expr *widen_comparison(struct widener *widener,
                                               const struct dyn_expr *expr);

/* `expr`, or what it says of a row without `row`, whose default stands in `replaced`. */
static const struct dyn_expr *or_default(struct widener *widener, const struct dyn_expr *expr,
                                         const struct dyn_expr *row,
                                         const struct dyn_expr *replaced)
{
    struct outcome outcome = {OUTCOME_EXPR, replaced};
    if (!replaced->uses_row) {
        outcome = evaluate(widener, replaced);
    } else if (is_late(widener, replaced->left) || is_late(widener, replaced->right)) {
        outcome.expr = widen_comparison(widener, replaced);
    }
    bool is_switch = outcome.kind == OUTCOME_EXPR && !outcome.expr->uses_row;
    if (outcome.kind == OUTCOME_UNKNOWN || (is_switch && !widener->may_switch)) {
        return refuse(widener, expr, row->field);
    }
    if (outcome.kind == OUTCOME_FALSE) {
        return expr;
    }
    const struct dyn_expr *absent = make_absent(widener, row);
    return make(widener, DYN_EXPR_OR, expr,
                outcome.kind == OUTCOME_TRUE ? absent
                                             : make(widener, DYN_EXPR_AND, absent, outcome.expr));
}

static const struct dyn_expr *widen_comparison(struct widener *widener, const struct dyn_expr *expr)
{
    mark(widener->derive, expr);
    const struct dyn_expr *result = expr;
    if (is_late(widener, expr->left)) {
        struct dyn_expr *replaced = copy(widener, expr);
        replaced->left = expr->left->field->default_value;
        recount(replaced);
        result = or_default(widener, result, expr->left, replaced);
    }
    if (is_late(widener, expr->right)) {
        struct dyn_expr *replaced = copy(widener, expr);
        replaced->right = expr->right->field->default_value;
        recount(replaced);
        result = or_default(widener, result, expr->right, replaced);
    }
    return result;
}

/* A required late field without a default was reported with the lock. */
static bool lacks_default(const struct dyn_expr *row)
{
    const struct dyn_expr *value = row->field->default_value;
    return value == NULL || value->kind == DYN_EXPR_NOW;
}

static const struct dyn_expr *widen_atom(struct widener *widener, const struct dyn_expr *expr)
{
    if (expr->kind == DYN_EXPR_EXISTS || !expr->uses_row || is_widened(widener->derive, expr)) {
        return expr;
    }
    const struct dyn_field *on_path = late_on_path(widener, expr);
    on_path = on_path != NULL ? on_path : late_on_path(widener, expr->left);
    on_path = on_path != NULL ? on_path : late_on_path(widener, expr->right);
    for (size_t i = 0; i < expr->n_items && on_path == NULL; i++) {
        bool late = is_late(widener, expr->items[i]);
        on_path = late ? expr->items[i]->field : late_on_path(widener, expr->items[i]);
    }
    if (on_path != NULL) {
        return refuse(widener, expr, on_path);
    }
    if (expr->kind == DYN_EXPR_ROW) {
        if (!is_late(widener, expr) || lacks_default(expr) ||
            (widener->may_switch && is_in_keys(widener, expr->field))) {
            return expr;
        }
        mark(widener->derive, expr);
        bool value = expr->field->default_value->boolean;
        return value ? make(widener, DYN_EXPR_OR, expr, make_absent(widener, expr)) : expr;
    }
    bool late_left = is_late(widener, expr->left);
    bool late_right = is_late(widener, expr->right);
    bool in_keys = widener->may_switch && ((late_left && is_in_keys(widener, expr->left->field)) ||
                                           (late_right && is_in_keys(widener, expr->right->field)));
    if ((!late_left && !late_right) || in_keys || (late_left && lacks_default(expr->left)) ||
        (late_right && lacks_default(expr->right))) {
        return expr;
    }
    return widen_comparison(widener, expr);
}

static const struct dyn_expr *widen(struct widener *widener, const struct dyn_expr *expr)
{
    if (expr->kind != DYN_EXPR_AND && expr->kind != DYN_EXPR_OR && expr->kind != DYN_EXPR_NOT) {
        return widen_atom(widener, expr);
    }
    const struct dyn_expr *left = widen(widener, expr->left);
    const struct dyn_expr *right =
        expr->kind == DYN_EXPR_NOT ? expr->right : widen(widener, expr->right);
    return left == expr->left && right == expr->right ? expr
                                                      : make(widener, expr->kind, left, right);
}

const struct dyn_expr *dyn_widen(struct dyn_derive *derive, const struct dyn_expr *expr,
                                 enum dyn_code code, bool may_switch, bool *out_failed)
{
    *out_failed = false;
    if (expr == NULL || derive->late.n == 0) {
        return expr;
    }
    struct widener widener = {derive, code, may_switch, false};
    const struct dyn_expr *widened = widen(&widener, expr);
    *out_failed = widener.failed;
    return widened;
}
