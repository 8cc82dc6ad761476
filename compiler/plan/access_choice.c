/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which path carries out a read. The condition is taken apart into conjuncts; a path fits when its partition is bound by
 * equality, when it reaches every row that the condition can want (presence), when it has the order asked for, and when
 * what it does not express is sayable as a filter. Nothing fits: an error that names what is reachable, never a Scan.
 */
#include "plan/access.h"

#include "plan/derive.h"

/* ---- conjuncts --------------------------------------------------------------------------------------------- */

static struct dyn_conjunct *add_conjunct(struct dyn_access *access, const struct dyn_expr *expr)
{
    access->conjuncts = dyn_grow(access->derive->arena, access->conjuncts, access->n_conjuncts,
                                 &access->cap_conjuncts, sizeof *access->conjuncts);
    struct dyn_conjunct *conjunct = &access->conjuncts[access->n_conjuncts++];
    memset(conjunct, 0, sizeof *conjunct);
    conjunct->expr = expr;
    return conjunct;
}

static bool is_row_field(const struct dyn_expr *expr)
{
    return expr->kind == DYN_EXPR_ROW && expr->n_path == 0;
}

static void classify_comparison(struct dyn_conjunct *conjunct, const struct dyn_expr *expr)
{
    bool flipped = !is_row_field(expr->left);
    const struct dyn_expr *row = flipped ? expr->right : expr->left;
    const struct dyn_expr *value = flipped ? expr->left : expr->right;
    if (!is_row_field(row) || value->uses_row) {
        return;
    }
    conjunct->field = row->field;
    conjunct->value = value;
    bool less = expr->kind == DYN_EXPR_LESS || expr->kind == DYN_EXPR_LESS_EQUAL;
    if (expr->kind == DYN_EXPR_EQUAL) {
        conjunct->kind = DYN_CONJUNCT_EQUAL;
        return;
    }
    conjunct->kind = less != flipped ? DYN_CONJUNCT_HIGH : DYN_CONJUNCT_LOW;
    conjunct->exclusive = expr->kind == DYN_EXPR_LESS || expr->kind == DYN_EXPR_GREATER;
}

static bool is_text(const struct dyn_type *type)
{
    return type->kind == DYN_TYPE_STRING || type->kind == DYN_TYPE_EMAIL ||
           type->kind == DYN_TYPE_URL;
}

static void classify_boolean(const struct dyn_access *access, struct dyn_conjunct *conjunct,
                             const struct dyn_expr *row, bool value)
{
    /* `not .done` is true of rows without `done`, too. */
    if (row->field->type->kind == DYN_TYPE_BOOL && (value || !row->field->type->optional)) {
        conjunct->kind = DYN_CONJUNCT_EQUAL;
        conjunct->field = row->field;
        conjunct->value = dyn_expr_boolean(access->derive->arena, value, row->span);
    }
}

static void classify(const struct dyn_access *access, struct dyn_conjunct *conjunct)
{
    const struct dyn_expr *expr = conjunct->expr;
    switch ((unsigned)expr->kind) {
    case DYN_EXPR_EQUAL:
    case DYN_EXPR_LESS:
    case DYN_EXPR_LESS_EQUAL:
    case DYN_EXPR_GREATER:
    case DYN_EXPR_GREATER_EQUAL:
        classify_comparison(conjunct, expr);
        return;
    case DYN_EXPR_BETWEEN:
        if (is_row_field(expr->left) && expr->n_items == 2 && !expr->items[0]->uses_row &&
            !expr->items[1]->uses_row) {
            conjunct->kind = DYN_CONJUNCT_BETWEEN;
            conjunct->field = expr->left->field;
            conjunct->value = expr->items[0];
            conjunct->high = expr->items[1];
        }
        return;
    case DYN_EXPR_BEGINS_WITH:
        if (is_row_field(expr->left) && is_text(expr->left->field->type) &&
            !expr->right->uses_row) {
            conjunct->kind = DYN_CONJUNCT_PREFIX;
            conjunct->field = expr->left->field;
            conjunct->value = expr->right;
        }
        return;
    case DYN_EXPR_EXISTS:
        if (is_row_field(expr->left)) {
            conjunct->kind = DYN_CONJUNCT_PRESENT;
            conjunct->field = expr->left->field;
        }
        return;
    case DYN_EXPR_ROW:
        if (expr->n_path == 0) {
            classify_boolean(access, conjunct, expr, true);
        }
        return;
    case DYN_EXPR_NOT:
        if (is_row_field(expr->left)) {
            classify_boolean(access, conjunct, expr->left, false);
        }
        return;
    default:
        return;
    }
}

/* `and` at the top, also as `not (a or b)`. */
static void flatten(struct dyn_access *access, const struct dyn_expr *expr)
{
    if (expr == NULL) {
        return;
    }
    if (expr->kind == DYN_EXPR_AND) {
        flatten(access, expr->left);
        flatten(access, expr->right);
        return;
    }
    if (expr->kind == DYN_EXPR_NOT && expr->left->kind == DYN_EXPR_NOT) {
        flatten(access, expr->left->left);
        return;
    }
    if (expr->kind == DYN_EXPR_NOT && expr->left->kind == DYN_EXPR_OR) {
        const struct dyn_expr *sides[] = {expr->left->left, expr->left->right};
        for (size_t i = 0; i < 2; i++) {
            struct dyn_expr *negated = dyn_alloc(access->derive->arena, sizeof *negated);
            *negated = *expr;
            negated->left = sides[i];
            negated->uses_row = sides[i]->uses_row;
            negated->uses_input = sides[i]->uses_input;
            flatten(access, negated);
        }
        return;
    }
    classify(access, add_conjunct(access, expr));
}

/* ---- presence ---------------------------------------------------------------------------------------------- */

static bool reads_field(const struct dyn_expr *expr, const struct dyn_field *field)
{
    return expr != NULL && expr->kind == DYN_EXPR_ROW && expr->field == field;
}

bool dyn_expr_implies_present(const struct dyn_expr *expr, const struct dyn_field *field)
{
    switch ((unsigned)expr->kind) {
    case DYN_EXPR_AND:
        return dyn_expr_implies_present(expr->left, field) ||
               dyn_expr_implies_present(expr->right, field);
    case DYN_EXPR_OR:
        return dyn_expr_implies_present(expr->left, field) &&
               dyn_expr_implies_present(expr->right, field);
    case DYN_EXPR_NOT:
        return expr->left->kind == DYN_EXPR_NOT &&
               dyn_expr_implies_present(expr->left->left, field);
    case DYN_EXPR_EQUAL:
    case DYN_EXPR_NOT_EQUAL:
    case DYN_EXPR_LESS:
    case DYN_EXPR_LESS_EQUAL:
    case DYN_EXPR_GREATER:
    case DYN_EXPR_GREATER_EQUAL:
    case DYN_EXPR_CONTAINS:
        return reads_field(expr->left, field) || reads_field(expr->right, field);
    case DYN_EXPR_IN:
    case DYN_EXPR_BETWEEN:
    case DYN_EXPR_BEGINS_WITH:
    case DYN_EXPR_EXISTS:
        return reads_field(expr->left, field);
    case DYN_EXPR_ROW:
        return expr->field == field;
    default:
        return false;
    }
}

static const struct dyn_field *missing_presence(const struct dyn_access *access,
                                                const struct dyn_plan_path *path)
{
    for (size_t i = 0; i < path->n_presence; i++) {
        bool implied = false;
        for (size_t k = 0; k < access->n_conjuncts && !implied; k++) {
            const struct dyn_conjunct *conjunct = &access->conjuncts[k];
            implied = conjunct->outside
                          ? conjunct->field == path->presence[i]
                          : dyn_expr_implies_present(conjunct->expr, path->presence[i]);
        }
        if (!implied) {
            return path->presence[i];
        }
    }
    return NULL;
}

/* ---- how a path fits --------------------------------------------------------------------------------------- */

static const struct dyn_conjunct *find_conjunct(const struct dyn_access *access,
                                                const struct dyn_field *field,
                                                enum dyn_conjunct_kind kind)
{
    for (size_t i = 0; i < access->n_conjuncts; i++) {
        if (access->conjuncts[i].kind == kind && access->conjuncts[i].field == field) {
            return &access->conjuncts[i];
        }
    }
    return NULL;
}

static void mark_used(struct dyn_fit *fit, const struct dyn_access *access,
                      const struct dyn_conjunct *conjunct)
{
    fit->used[conjunct - access->conjuncts] = true;
}

static void add_binding(struct dyn_fit *fit, const struct dyn_access *access,
                        const struct dyn_conjunct *conjunct)
{
    fit->bindings[fit->n_bindings].field = conjunct->field;
    fit->bindings[fit->n_bindings++].value = conjunct->value;
    mark_used(fit, access, conjunct);
}

static bool is_bound(const struct dyn_fit *fit, const struct dyn_field *field)
{
    for (size_t i = 0; i < fit->n_bindings; i++) {
        if (fit->bindings[i].field == field) {
            return true;
        }
    }
    return false;
}

static bool bind_partition(struct dyn_fit *fit, const struct dyn_access *access)
{
    for (size_t i = 0; i < fit->path->n_partition_fields; i++) {
        const struct dyn_conjunct *conjunct =
            find_conjunct(access, fit->path->partition_fields[i], DYN_CONJUNCT_EQUAL);
        if (conjunct == NULL) {
            return false;
        }
        add_binding(fit, access, conjunct);
    }
    return true;
}

static void set_bound(struct dyn_plan_bound *bound, const struct dyn_conjunct *conjunct,
                      const struct dyn_expr *value, bool exclusive)
{
    bound->kind = exclusive ? DYN_BOUND_EXCLUSIVE : DYN_BOUND_INCLUSIVE;
    bound->field = conjunct->field;
    bound->value = value;
}

static void bind_range(struct dyn_fit *fit, const struct dyn_access *access,
                       const struct dyn_key_value *value)
{
    const struct dyn_field *field = value->path[0];
    if (value->n_path != 1) {
        return;
    }
    const struct dyn_conjunct *between = find_conjunct(access, field, DYN_CONJUNCT_BETWEEN);
    const struct dyn_conjunct *low = find_conjunct(access, field, DYN_CONJUNCT_LOW);
    const struct dyn_conjunct *high = find_conjunct(access, field, DYN_CONJUNCT_HIGH);
    const struct dyn_conjunct *prefix = find_conjunct(access, field, DYN_CONJUNCT_PREFIX);
    if (prefix != NULL) {
        add_binding(fit, access, prefix);
        fit->n_equal++;
        fit->last_is_prefix = true;
        return;
    }
    if (between != NULL) {
        set_bound(&fit->low, between, between->value, false);
        set_bound(&fit->high, between, between->high, false);
        mark_used(fit, access, between);
        return;
    }
    if (low != NULL) {
        set_bound(&fit->low, low, low->value, low->exclusive);
        mark_used(fit, access, low);
    }
    if (high != NULL) {
        set_bound(&fit->high, high, high->value, high->exclusive);
        mark_used(fit, access, high);
    }
}

static void bind_sort(struct dyn_fit *fit, const struct dyn_access *access)
{
    const struct dyn_plan_path *path = fit->path;
    size_t i = 0;
    while (i < path->n_sort_values) {
        const struct dyn_field *field = path->sort_values[i]->path[0];
        if (!is_bound(fit, field)) {
            const struct dyn_conjunct *conjunct = find_conjunct(access, field, DYN_CONJUNCT_EQUAL);
            if (conjunct == NULL) {
                break;
            }
            add_binding(fit, access, conjunct);
        }
        i++;
    }
    fit->n_equal = path->n_determined + i;
    fit->n_sort_bound = i;
    if (i < path->n_sort_values) {
        bind_range(fit, access, path->sort_values[i]);
    }
}

static bool has_order(const struct dyn_fit *fit, const struct dyn_access *access)
{
    const struct dyn_field *order = access->need->order;
    const struct dyn_plan_path *path = fit->path;
    if (order == NULL || path->single_row || is_bound(fit, order)) {
        return true;
    }
    return fit->n_sort_bound < path->n_sort_values &&
           path->sort_values[fit->n_sort_bound]->path[0] == order;
}

/* Attributes of native keys, which DynamoDB refuses in filters on the table or index they are keys of. */
static bool is_key_attribute(const struct dyn_plan_path *path, struct dynr_str attribute)
{
    return path->kind != DYN_PATH_UNIQUE &&
           ((path->partition->native && dynr_str_equal(path->partition->attribute, attribute)) ||
            (path->sort->n_pieces != 0 && path->sort->native &&
             dynr_str_equal(path->sort->attribute, attribute)));
}

static const struct dyn_expr *find_key_attribute(const struct dyn_plan_path *path,
                                                 const struct dyn_expr *expr)
{
    if (expr == NULL || !expr->uses_row) {
        return NULL;
    }
    if (expr->kind == DYN_EXPR_ROW) {
        return is_key_attribute(path, expr->field->attribute) ? expr : NULL;
    }
    const struct dyn_expr *found = find_key_attribute(path, expr->left);
    found = found != NULL ? found : find_key_attribute(path, expr->right);
    for (size_t i = 0; i < expr->n_items && found == NULL; i++) {
        found = find_key_attribute(path, expr->items[i]);
    }
    return found;
}

/* The path itself says that a field is there. */
static bool says_present(const struct dyn_fit *fit, const struct dyn_field *field)
{
    for (size_t i = 0; i < fit->path->n_presence; i++) {
        if (fit->path->presence[i] == field) {
            return true;
        }
    }
    return !field->type->optional || is_bound(fit, field);
}

static void collect_residual(struct dyn_fit *fit, const struct dyn_access *access)
{
    struct dynr_arena *arena = access->derive->arena;
    fit->residual = dyn_alloc_array(arena, access->n_conjuncts, sizeof *fit->residual);
    for (size_t i = 0; i < access->n_conjuncts; i++) {
        const struct dyn_conjunct *conjunct = &access->conjuncts[i];
        /* A required field that was added late has a value in every row, and not in every row an attribute. */
        bool implied = conjunct->kind == DYN_CONJUNCT_PRESENT &&
                       !dyn_field_is_late(access->derive, conjunct->field) &&
                       says_present(fit, conjunct->field);
        if (fit->used[i] || implied) {
            continue;
        }
        /* Bound from outside, but not by this path's key. */
        const struct dyn_expr *expr = conjunct->expr;
        if (expr == NULL && conjunct->value == NULL) {
            fit->inexpressible = true;
            continue;
        }
        if (expr == NULL) {
            expr =
                dyn_expr_equal(arena, dyn_expr_row(arena, conjunct->field, conjunct->value->span),
                               conjunct->value);
        }
        fit->residual[fit->n_residual++] = expr;
        if (fit->key_in_filter == NULL) {
            fit->key_in_filter = find_key_attribute(fit->path, expr);
        }
    }
}

/* `@unique(fold)` finds without case, `==` compares with it: only `by` may use such a path. */
static bool unique_fits(const struct dyn_fit *fit, const struct dyn_access *access)
{
    if (fit->path->kind != DYN_PATH_UNIQUE) {
        return true;
    }
    if (fit->n_residual != 0) {
        return false;
    }
    return !fit->path->unique->unique->fold || access->need->forced == fit->path;
}

void dyn_fit_path(const struct dyn_access *access, const struct dyn_plan_path *path,
                  struct dyn_fit *out)
{
    struct dynr_arena *arena = access->derive->arena;
    memset(out, 0, sizeof *out);
    out->path = path;
    out->used = dyn_alloc_array(arena, access->n_conjuncts, sizeof *out->used);
    out->bindings = dyn_alloc_array(arena, path->n_partition_fields + path->n_sort_values + 1,
                                    sizeof *out->bindings);
    if (!bind_partition(out, access)) {
        return;
    }
    bind_sort(out, access);
    if (path->kind == DYN_PATH_GET && out->n_sort_bound < path->n_sort_values) {
        return;
    }
    out->partition_bound = true;
    out->missing = missing_presence(access, path);
    out->order_ok = has_order(out, access);
    collect_residual(out, access);
    out->filter_ok = out->key_in_filter == NULL && !out->inexpressible && unique_fits(out, access);
    out->fits = out->missing == NULL && out->order_ok && out->filter_ok;
}

/* ---- the best of those that fit ---------------------------------------------------------------------------- */

static size_t bound_values(const struct dyn_fit *fit)
{
    bool ranged =
        fit->last_is_prefix || fit->low.kind != DYN_BOUND_NONE || fit->high.kind != DYN_BOUND_NONE;
    return 2 * fit->n_sort_bound + (ranged ? 1 : 0);
}

static bool is_better(const struct dyn_fit *a, const struct dyn_fit *b)
{
    if (a->path->single_row != b->path->single_row) {
        return a->path->single_row;
    }
    /* A row by its key is one read, by a unique value two. */
    if (a->path->single_row && a->path->kind != b->path->kind) {
        return a->path->kind == DYN_PATH_GET;
    }
    if (bound_values(a) != bound_values(b)) {
        return bound_values(a) > bound_values(b);
    }
    return a->path->kind != DYN_PATH_INDEX && b->path->kind == DYN_PATH_INDEX;
}

static bool fill_variant(struct dyn_derive *derive, const struct dyn_fit *fit,
                         struct dyn_plan_variant *out)
{
    out->path = fit->path;
    out->bindings = fit->bindings;
    out->n_bindings = fit->n_bindings;
    out->n_equal = fit->n_equal;
    out->last_is_prefix = fit->last_is_prefix;
    out->low = fit->low;
    out->high = fit->high;
    return dyn_filter_make(derive, fit->residual, fit->n_residual, DYN_CODE_QUERY_SHAPE,
                           &out->filter);
}

bool dyn_plan_access(struct dyn_derive *derive, const struct dyn_need *need,
                     const struct dyn_expr *rest, struct dyn_plan_variant *out)
{
    if (need->entity == NULL || need->entity->n_paths == 0) {
        /* Its key was refused, and that is reported. */
        return false;
    }
    struct dyn_access access = {0};
    access.derive = derive;
    access.need = need;
    for (size_t i = 0; i < need->n_bound; i++) {
        struct dyn_conjunct *conjunct = add_conjunct(&access, NULL);
        conjunct->kind = DYN_CONJUNCT_EQUAL;
        conjunct->outside = true;
        conjunct->field = need->bound[i].field;
        conjunct->value = need->bound[i].value;
    }
    flatten(&access, rest);
    const struct dyn_plan_entity *entity = need->entity;
    struct dyn_fit *fits = dyn_alloc_array(derive->arena, entity->n_paths, sizeof *fits);
    const struct dyn_fit *best = NULL;
    for (size_t i = 0; i < entity->n_paths; i++) {
        if (need->forced != NULL && need->forced != entity->paths[i]) {
            continue;
        }
        dyn_fit_path(&access, entity->paths[i], &fits[i]);
        if (fits[i].fits && (best == NULL || is_better(&fits[i], best))) {
            best = &fits[i];
        }
    }
    if (best == NULL) {
        dyn_report_no_path(&access, fits);
        return false;
    }
    return fill_variant(derive, best, out);
}
