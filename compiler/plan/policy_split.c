/* SPDX-License-Identifier: Apache-2.0 */
/* What a predicate needs: input and look-ups alone (the gate), the row alone, or the row and rows found from it. */
#include "plan/policy.h"

static bool lookup_needs_row(const struct dyn_lookup *lookup)
{
    for (size_t i = 0; i < lookup->n_key; i++) {
        if (dyn_expr_needs_row(lookup->key[i])) {
            return true;
        }
    }
    return false;
}

bool dyn_expr_needs_row(const struct dyn_expr *expr)
{
    if (expr == NULL) {
        return false;
    }
    if (expr->kind == DYN_EXPR_ROW ||
        (expr->kind == DYN_EXPR_LOOKUP && lookup_needs_row(expr->lookup)) ||
        dyn_expr_needs_row(expr->left) || dyn_expr_needs_row(expr->right)) {
        return true;
    }
    for (size_t i = 0; i < expr->n_items; i++) {
        if (dyn_expr_needs_row(expr->items[i])) {
            return true;
        }
    }
    return false;
}

bool dyn_expr_has_lookup(const struct dyn_expr *expr)
{
    if (expr == NULL) {
        return false;
    }
    if (expr->kind == DYN_EXPR_LOOKUP || dyn_expr_has_lookup(expr->left) ||
        dyn_expr_has_lookup(expr->right)) {
        return true;
    }
    for (size_t i = 0; i < expr->n_items; i++) {
        if (dyn_expr_has_lookup(expr->items[i])) {
            return true;
        }
    }
    return false;
}

bool dyn_expr_reads_lookup(const struct dyn_expr *expr, const struct dyn_lookup *lookup)
{
    if (expr == NULL) {
        return false;
    }
    if ((expr->kind == DYN_EXPR_LOOKUP && expr->lookup == lookup) ||
        dyn_expr_reads_lookup(expr->left, lookup) || dyn_expr_reads_lookup(expr->right, lookup)) {
        return true;
    }
    for (size_t i = 0; i < expr->n_items; i++) {
        if (dyn_expr_reads_lookup(expr->items[i], lookup)) {
            return true;
        }
    }
    return false;
}

static bool reads_part(const struct dyn_expr *expr)
{
    bool is_stored = expr->kind == DYN_EXPR_ROW || expr->kind == DYN_EXPR_LOOKUP;
    if (!is_stored || expr->field == NULL || expr->n_path == 0) {
        return false;
    }
    bool found = expr->field->type->kind == DYN_TYPE_REF;
    for (size_t i = 0; i + 1 < expr->n_path; i++) {
        found = found || expr->path[i]->type->kind == DYN_TYPE_REF;
    }
    return found;
}

bool dyn_expr_has_reference_part(const struct dyn_expr *expr)
{
    if (expr == NULL) {
        return false;
    }
    if (reads_part(expr) || dyn_expr_has_reference_part(expr->left) ||
        dyn_expr_has_reference_part(expr->right)) {
        return true;
    }
    for (size_t i = 0; i < expr->n_items; i++) {
        if (dyn_expr_has_reference_part(expr->items[i])) {
            return true;
        }
    }
    return false;
}

void dyn_policy_split(struct dynr_arena *arena, const struct dyn_expr *expr,
                      struct dyn_policy_parts *out)
{
    if (expr->kind == DYN_EXPR_AND) {
        dyn_policy_split(arena, expr->left, out);
        dyn_policy_split(arena, expr->right, out);
        return;
    }
    if (dyn_expr_is_bool(expr, true)) {
        return;
    }
    const struct dyn_expr **part = &out->gate;
    if (dyn_expr_needs_row(expr)) {
        part = dyn_expr_has_lookup(expr) ? &out->row_filter : &out->filter;
    }
    *part = dyn_fold_and(arena, *part, expr);
}

/* ---- look-ups ---------------------------------------------------------------------------------------------- */

struct collector {
    struct dyn_derive *derive;
    struct dyn_plan_lookup *items;
    size_t n;
    size_t cap;
};

static void collect(struct collector *collector, const struct dyn_expr *expr);

static void add_lookup(struct collector *collector, const struct dyn_lookup *lookup)
{
    struct dynr_arena *arena = collector->derive->arena;
    for (size_t i = 0; i < collector->n; i++) {
        if (collector->items[i].lookup == lookup) {
            return;
        }
    }
    for (size_t i = 0; i < lookup->n_key; i++) {
        collect(collector, lookup->key[i]);
    }
    struct dyn_plan_binding *key = dyn_alloc_array(arena, lookup->n_key, sizeof *key);
    for (size_t i = 0; i < lookup->n_key; i++) {
        key[i].field = lookup->model->fields[i];
        key[i].value = lookup->key[i];
    }
    collector->items =
        dyn_grow(arena, collector->items, collector->n, &collector->cap, sizeof *collector->items);
    struct dyn_plan_lookup *item = &collector->items[collector->n++];
    item->name = lookup->name->text;
    item->lookup = lookup;
    item->entity = dyn_plan_entity_of(collector->derive->plan, lookup->model);
    item->key = key;
    item->n_key = lookup->n_key;
}

static void collect(struct collector *collector, const struct dyn_expr *expr)
{
    if (expr == NULL) {
        return;
    }
    if (expr->kind == DYN_EXPR_LOOKUP) {
        add_lookup(collector, expr->lookup);
    }
    collect(collector, expr->left);
    collect(collector, expr->right);
    for (size_t i = 0; i < expr->n_items; i++) {
        collect(collector, expr->items[i]);
    }
}

void dyn_predicate_make(struct dyn_derive *derive, const struct dyn_expr *expr,
                        struct dyn_plan_predicate *out)
{
    struct collector collector = {.derive = derive};
    memset(out, 0, sizeof *out);
    if (expr == NULL || dyn_expr_is_bool(expr, true)) {
        return;
    }
    collect(&collector, expr);
    dyn_lookups_decide(derive->arena, expr, collector.items, collector.n);
    out->expr = expr;
    out->lookups = collector.items;
    out->n_lookups = collector.n;
}

void dyn_expr_visit_row(const struct dyn_expr *expr, dyn_field_fn visit, void *context)
{
    if (expr == NULL) {
        return;
    }
    if (expr->kind == DYN_EXPR_ROW) {
        visit(context, expr->field);
    }
    for (size_t i = 0; expr->kind == DYN_EXPR_LOOKUP && i < expr->lookup->n_key; i++) {
        dyn_expr_visit_row(expr->lookup->key[i], visit, context);
    }
    dyn_expr_visit_row(expr->left, visit, context);
    dyn_expr_visit_row(expr->right, visit, context);
    for (size_t i = 0; i < expr->n_items; i++) {
        dyn_expr_visit_row(expr->items[i], visit, context);
    }
}
