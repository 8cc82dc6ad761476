/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Switches: conditions over the input alone that stand where a boolean stands (`show == all or .done`). A query is
 * planned once for each setting of those that matter, so that each variant has a path, bounds and filter of its own.
 * The settings form a decision tree: guards of different variants exclude each other and cover every case.
 *
 * Whether an optional input is there is a switch, too, where it is compared below `or` or `not`: the comparison is false
 * without it, and DynamoDB cannot be given a value that is absent. In a plain conjunction its absence means no rows.
 */
#include "plan/derive.h"

static bool is_connective(const struct dyn_expr *expr)
{
    return expr->kind == DYN_EXPR_AND || expr->kind == DYN_EXPR_OR || expr->kind == DYN_EXPR_NOT;
}

static bool same_lists(const struct dyn_expr *const *a, size_t n_a, const struct dyn_expr *const *b,
                       size_t n_b)
{
    if (n_a != n_b) {
        return false;
    }
    for (size_t i = 0; i < n_a; i++) {
        if (a[i] != b[i] && (a[i] == NULL || b[i] == NULL || !dyn_expr_same(a[i], b[i]))) {
            return false;
        }
    }
    return true;
}

bool dyn_expr_same(const struct dyn_expr *a, const struct dyn_expr *b)
{
    if (a == b) {
        return true;
    }
    if (a == NULL || b == NULL || a->kind != b->kind || a->boolean != b->boolean ||
        a->integer != b->integer || !dynr_str_equal(a->text, b->text) ||
        a->enum_value != b->enum_value || a->field != b->field || a->lookup != b->lookup ||
        a->verb != b->verb || a->n_path != b->n_path) {
        return false;
    }
    for (size_t i = 0; i < a->n_path; i++) {
        if (a->path[i] != b->path[i]) {
            return false;
        }
    }
    return dyn_expr_same(a->left, b->left) && dyn_expr_same(a->right, b->right) &&
           same_lists(a->items, a->n_items, b->items, b->n_items);
}

const struct dyn_expr *dyn_find_switch(const struct dyn_expr *expr)
{
    if (expr == NULL || expr->kind == DYN_EXPR_BOOL) {
        return NULL;
    }
    if (!expr->uses_row && expr->kind != DYN_EXPR_NOT) {
        return expr;
    }
    if (!is_connective(expr)) {
        return NULL;
    }
    const struct dyn_expr *found = dyn_find_switch(expr->left);
    return found != NULL || expr->kind == DYN_EXPR_NOT ? found : dyn_find_switch(expr->right);
}

/* ---- folding under known switches -------------------------------------------------------------------------- */

struct setting {
    const struct dyn_expr *condition;
    bool value;
};

struct folding {
    struct dyn_derive *derive;
    struct setting settings[DYN_SWITCH_MAX];
    size_t n_settings;
    struct dyn_variant_list *out;
    struct dyn_span span;
};

/* What remains of an expression: a constant, or `expr`. */
struct folded {
    bool is_constant;
    bool value;
    const struct dyn_expr *expr;
};

static struct folded constant(bool value)
{
    struct folded folded = {true, value, NULL};
    return folded;
}

static struct folded remaining(const struct dyn_expr *expr)
{
    struct folded folded = {false, false, expr};
    return folded;
}

static bool is_literal(const struct dyn_expr *expr)
{
    return expr->kind == DYN_EXPR_ENUM || expr->kind == DYN_EXPR_INT ||
           expr->kind == DYN_EXPR_STRING || expr->kind == DYN_EXPR_BOOL;
}

/* `show == all` and `show == open` are never both true. */
static bool excludes(const struct dyn_expr *a, const struct dyn_expr *b)
{
    if (a->kind != DYN_EXPR_EQUAL || b->kind != DYN_EXPR_EQUAL || !is_literal(a->right) ||
        !is_literal(b->right) || a->right->kind != b->right->kind) {
        return false;
    }
    return dyn_expr_same(a->left, b->left) && !dyn_expr_same(a->right, b->right);
}

static struct folded fold_atom(const struct folding *folding, const struct dyn_expr *expr)
{
    for (size_t i = 0; i < folding->n_settings; i++) {
        const struct setting *setting = &folding->settings[i];
        if (dyn_expr_same(setting->condition, expr)) {
            return constant(setting->value);
        }
        if (setting->value && excludes(setting->condition, expr)) {
            return constant(false);
        }
    }
    return remaining(expr);
}

/* Compared with an input that is known to be absent: false. */
static bool is_about_absent(const struct folding *folding, const struct dyn_expr *expr)
{
    const struct dyn_expr *operands[] = {expr->left, expr->right,
                                         expr->kind == DYN_EXPR_BETWEEN ? expr->items[0] : NULL,
                                         expr->kind == DYN_EXPR_BETWEEN ? expr->items[1] : NULL};
    for (size_t i = 0; i < folding->n_settings; i++) {
        const struct setting *setting = &folding->settings[i];
        for (size_t k = 0; k < 4 && !setting->value && setting->condition->kind == DYN_EXPR_EXISTS;
             k++) {
            if (operands[k] != NULL && dyn_expr_same(setting->condition->left, operands[k])) {
                return true;
            }
        }
    }
    return false;
}

static struct folded fold(const struct folding *folding, const struct dyn_expr *expr);

static struct folded fold_pair(const struct folding *folding, const struct dyn_expr *expr)
{
    /* `and` ends at false, `or` at true. */
    bool ends_at = expr->kind == DYN_EXPR_OR;
    struct folded left = fold(folding, expr->left);
    if (left.is_constant && left.value == ends_at) {
        return left;
    }
    struct folded right = fold(folding, expr->right);
    if (right.is_constant) {
        return right.value == ends_at ? right : left;
    }
    if (left.is_constant) {
        return right;
    }
    if (left.expr == expr->left && right.expr == expr->right) {
        return remaining(expr);
    }
    struct dyn_expr *pair = dyn_alloc(folding->derive->arena, sizeof *pair);
    *pair = *expr;
    pair->left = left.expr;
    pair->right = right.expr;
    pair->uses_row = left.expr->uses_row || right.expr->uses_row;
    pair->uses_input = left.expr->uses_input || right.expr->uses_input;
    return remaining(pair);
}

static struct folded fold(const struct folding *folding, const struct dyn_expr *expr)
{
    if (expr->kind == DYN_EXPR_BOOL) {
        return constant(expr->boolean);
    }
    if (expr->kind == DYN_EXPR_NOT) {
        struct folded inner = fold(folding, expr->left);
        if (inner.is_constant) {
            return constant(!inner.value);
        }
        if (inner.expr == expr->left) {
            return remaining(expr);
        }
        struct dyn_expr *negated = dyn_alloc(folding->derive->arena, sizeof *negated);
        *negated = *expr;
        negated->left = inner.expr;
        negated->uses_row = inner.expr->uses_row;
        return remaining(negated);
    }
    if (!expr->uses_row) {
        return fold_atom(folding, expr);
    }
    if (expr->kind == DYN_EXPR_AND || expr->kind == DYN_EXPR_OR) {
        return fold_pair(folding, expr);
    }
    return is_about_absent(folding, expr) ? constant(false) : remaining(expr);
}

/* ---- inputs that may be absent ----------------------------------------------------------------------------- */

const struct dyn_expr *dyn_find_optional(const struct dyn_expr *expr, bool is_conjunct)
{
    if (expr == NULL || !expr->uses_row) {
        return NULL;
    }
    if (is_connective(expr)) {
        bool below = is_conjunct && expr->kind == DYN_EXPR_AND;
        const struct dyn_expr *found = dyn_find_optional(expr->left, below);
        return found != NULL || expr->kind == DYN_EXPR_NOT ? found
                                                           : dyn_find_optional(expr->right, below);
    }
    const struct dyn_expr *operands[] = {expr->left, expr->right,
                                         expr->kind == DYN_EXPR_BETWEEN ? expr->items[0] : NULL,
                                         expr->kind == DYN_EXPR_BETWEEN ? expr->items[1] : NULL};
    for (size_t i = 0; i < 4 && !is_conjunct && expr->kind != DYN_EXPR_EXISTS; i++) {
        const struct dyn_expr *operand = operands[i];
        if (operand != NULL && !operand->uses_row && operand->type != NULL &&
            operand->type->optional) {
            return operand;
        }
    }
    return NULL;
}

static const struct dyn_expr *make_exists(const struct folding *folding,
                                          const struct dyn_expr *operand)
{
    struct dyn_expr *exists = dyn_alloc(folding->derive->arena, sizeof *exists);
    *exists = *dyn_expr_boolean(folding->derive->arena, false, operand->span);
    exists->kind = DYN_EXPR_EXISTS;
    exists->left = operand;
    exists->uses_input = true;
    return exists;
}

/* `exists` of an input that is compared below an `or` or a `not`, and not known to be there. */
static const struct dyn_expr *find_presence_switch(const struct folding *folding,
                                                   const struct dyn_expr *expr, bool is_conjunct)
{
    const struct dyn_expr *operand = dyn_find_optional(expr, is_conjunct);
    if (operand == NULL) {
        return NULL;
    }
    const struct dyn_expr *exists = make_exists(folding, operand);
    if (!fold_atom(folding, exists).is_constant) {
        return exists;
    }
    /* Known: look further. */
    if (!is_connective(expr)) {
        /* The upper bound of a `between` whose lower one is known. */
        const struct dyn_expr *high = expr->kind == DYN_EXPR_BETWEEN ? expr->items[1] : NULL;
        if (high == NULL || high->uses_row || high->type == NULL || !high->type->optional) {
            return NULL;
        }
        exists = make_exists(folding, high);
        return fold_atom(folding, exists).is_constant ? NULL : exists;
    }
    bool below = is_conjunct && expr->kind == DYN_EXPR_AND;
    const struct dyn_expr *found = find_presence_switch(folding, expr->left, below);
    return found != NULL || expr->kind == DYN_EXPR_NOT
               ? found
               : find_presence_switch(folding, expr->right, below);
}

/* ---- the decision tree ------------------------------------------------------------------------------------- */

static void add_variant(struct folding *folding, struct folded rest)
{
    struct dyn_derive *derive = folding->derive;
    struct dyn_variant_list *out = folding->out;
    size_t cap_rests = out->cap;
    out->rests =
        dyn_grow(derive->arena, (void *)out->rests, out->n, &cap_rests, sizeof *out->rests);
    out->items = dyn_grow(derive->arena, out->items, out->n, &out->cap, sizeof *out->items);
    struct dyn_plan_variant *variant = &out->items[out->n];
    memset(variant, 0, sizeof *variant);
    struct dyn_plan_guard *guards =
        dyn_alloc_array(derive->arena, folding->n_settings, sizeof *guards);
    for (size_t i = 0; i < folding->n_settings; i++) {
        guards[i].condition = folding->settings[i].condition;
        guards[i].wanted = folding->settings[i].value;
    }
    variant->guards = guards;
    variant->n_guards = folding->n_settings;
    variant->empty = rest.is_constant && !rest.value;
    out->rests[out->n] = rest.is_constant ? NULL : rest.expr;
    out->n++;
}

static bool split(struct folding *folding, const struct dyn_expr *where)
{
    struct folded rest = where == NULL ? constant(true) : fold(folding, where);
    const struct dyn_expr *next = rest.is_constant ? NULL : dyn_find_switch(rest.expr);
    if (next == NULL && !rest.is_constant) {
        next = find_presence_switch(folding, rest.expr, true);
    }
    if (next == NULL) {
        add_variant(folding, rest);
        return true;
    }
    if (folding->n_settings == DYN_SWITCH_MAX) {
        struct dyn_diag *diag =
            dyn_report(folding->derive->diags, DYN_CODE_QUERY_SHAPE, next->span,
                       "this condition has more than %d switches", DYN_SWITCH_MAX);
        dyn_diag_fact(
            folding->derive->diags, diag,
            "why: each condition on the input alone doubles the ways this query is carried out");
        dyn_diag_help(folding->derive->diags, diag, "split the query into several");
        return false;
    }
    struct setting *setting = &folding->settings[folding->n_settings];
    setting->condition = next;
    for (int value = 1; value >= 0; value--) {
        setting->value = value != 0;
        folding->n_settings++;
        bool ok = split(folding, rest.expr);
        folding->n_settings--;
        if (!ok) {
            return false;
        }
    }
    return true;
}

bool dyn_fold_switches(struct dyn_derive *derive, const struct dyn_expr *where,
                       struct dyn_variant_list *out)
{
    struct folding folding = {0};
    folding.derive = derive;
    folding.out = out;
    bool failed = false;
    where = dyn_widen(derive, where, DYN_CODE_QUERY_SHAPE, true, &failed);
    return !failed && split(&folding, where);
}
