/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The predicate of a write as alternatives, each a conjunction that a transaction can check: per row one condition in
 * DynamoDB's language. What compares two rows, and keys made of another row's fields, become equations with the values that
 * were read.
 */
#include "plan/policy.h"

/* Alternatives times parts: what people write has a handful. */
#define GRANTS_MAX   16
#define LITERALS_MAX 24

struct conjunction {
    const struct dyn_expr *literals[LITERALS_MAX];
    size_t n;
};

struct alternatives {
    struct conjunction *items;
    size_t n;
};

struct granting {
    struct dyn_derive *derive;
    const struct dyn_plan_predicate *predicate;
    /** Numbers of placeholders begin here: conditions of several writes may meet in one expression. */
    size_t first_number;
    struct dyn_span span;
    bool too_many;
};

/* ---- alternatives ------------------------------------------------------------------------------------------ */

static struct alternatives expand(struct granting *granting, const struct dyn_expr *expr,
                                  bool wanted);

static struct alternatives literal(struct granting *granting, const struct dyn_expr *expr,
                                   bool wanted)
{
    struct dynr_arena *arena = granting->derive->arena;
    struct alternatives one = {dyn_alloc(arena, sizeof(struct conjunction)), 1};
    if (dyn_expr_is_bool(expr, wanted)) {
        return one;
    }
    if (dyn_expr_is_bool(expr, !wanted)) {
        one.n = 0;
        return one;
    }
    one.items[0].literals[one.items[0].n++] = wanted ? expr : dyn_fold_not(arena, expr);
    return one;
}

static struct alternatives either(struct granting *granting, struct alternatives a,
                                  struct alternatives b)
{
    struct alternatives all = {
        dyn_alloc_array(granting->derive->arena, a.n + b.n, sizeof(struct conjunction)), 0};
    if (a.n + b.n > GRANTS_MAX) {
        granting->too_many = true;
        return all;
    }
    for (size_t i = 0; i < a.n; i++) {
        all.items[all.n++] = a.items[i];
    }
    for (size_t i = 0; i < b.n; i++) {
        all.items[all.n++] = b.items[i];
    }
    return all;
}

static bool add_literal(struct conjunction *conjunction, const struct dyn_expr *expr)
{
    for (size_t i = 0; i < conjunction->n; i++) {
        if (dyn_expr_same(conjunction->literals[i], expr)) {
            return true;
        }
    }
    if (conjunction->n == LITERALS_MAX) {
        return false;
    }
    conjunction->literals[conjunction->n++] = expr;
    return true;
}

static struct alternatives both(struct granting *granting, struct alternatives a,
                                struct alternatives b)
{
    struct alternatives all = {
        dyn_alloc_array(granting->derive->arena, a.n * b.n, sizeof(struct conjunction)), 0};
    if (a.n * b.n > GRANTS_MAX) {
        granting->too_many = true;
        return all;
    }
    for (size_t i = 0; i < a.n; i++) {
        for (size_t k = 0; k < b.n; k++) {
            struct conjunction *joined = &all.items[all.n++];
            *joined = a.items[i];
            for (size_t m = 0; m < b.items[k].n; m++) {
                granting->too_many =
                    !add_literal(joined, b.items[k].literals[m]) || granting->too_many;
            }
        }
    }
    return all;
}

/*
 * Where the rows of the first look-ups decide that the predicate is true (policy_decide.c), some alternative reads no others and
 * holds. For what is surely `wanted` is found along the same tree: a leaf that is known and `wanted` is an alternative of that one
 * literal; where both sides must be, each has such an alternative, and the two together are one of the product; where one side is
 * enough, its alternative is among all of them. What else the predicate asks for (that the result may be read) is joined by `and`, so
 * that its write part is surely true, too. This holds as well where rows are absent: `not member exists` is a literal that
 * reads `member`.
 */
static struct alternatives expand(struct granting *granting, const struct dyn_expr *expr,
                                  bool wanted)
{
    if (expr->kind == DYN_EXPR_NOT) {
        return expand(granting, expr->left, !wanted);
    }
    if (expr->kind != DYN_EXPR_AND && expr->kind != DYN_EXPR_OR) {
        return literal(granting, expr, wanted);
    }
    struct alternatives left = expand(granting, expr->left, wanted);
    struct alternatives right = expand(granting, expr->right, wanted);
    return (expr->kind == DYN_EXPR_AND) == wanted ? both(granting, left, right)
                                                  : either(granting, left, right);
}

/* ---- checks ------------------------------------------------------------------------------------------------ */

/* `expr` with the fields of one look-up's row as those of the row that the condition is about. */
static const struct dyn_expr *about_row(struct dynr_arena *arena, const struct dyn_expr *expr,
                                        const struct dyn_lookup *lookup)
{
    if (expr == NULL || !dyn_expr_reads_lookup(expr, lookup)) {
        return expr;
    }
    struct dyn_expr *copy = dyn_alloc(arena, sizeof *copy);
    *copy = *expr;
    if (expr->kind == DYN_EXPR_LOOKUP) {
        copy->kind = DYN_EXPR_ROW;
        copy->field = expr->field != NULL ? expr->field : lookup->model->fields[0];
        copy->lookup = NULL;
        copy->uses_row = true;
        copy->uses_input = false;
        return copy;
    }
    copy->left = about_row(arena, expr->left, lookup);
    copy->right = about_row(arena, expr->right, lookup);
    copy->uses_row = true;
    if (expr->n_items > 0) {
        copy->items = dyn_alloc_array(arena, expr->n_items, sizeof(const struct dyn_expr *));
    }
    for (size_t i = 0; i < expr->n_items; i++) {
        copy->items[i] = about_row(arena, expr->items[i], lookup);
    }
    return copy;
}

/* What one row must satisfy, while it is collected. */
struct row_condition {
    struct granting *granting;
    const struct dyn_lookup *lookup;
    const struct dyn_expr *expr;
    /** Some part needs the row to be there. */
    bool needs_row;
    bool is_used;
};

static void add_condition(struct row_condition *row, const struct dyn_expr *expr)
{
    row->expr = dyn_fold_and(row->granting->derive->arena, row->expr, expr);
    row->is_used = true;
}

/* A part of a reference is in no attribute of its own: the reference is. */
static const struct dyn_expr *whole_reference(struct dynr_arena *arena, const struct dyn_expr *expr)
{
    const struct dyn_type *type = expr->field->type;
    size_t n = 0;
    while (n < expr->n_path && type->kind != DYN_TYPE_REF) {
        type = expr->path[n++]->type;
    }
    if (n == expr->n_path) {
        return expr;
    }
    struct dyn_expr *whole = dyn_alloc(arena, sizeof *whole);
    struct dyn_type *optional = dyn_alloc(arena, sizeof *optional);
    *optional = *type;
    optional->optional = true;
    *whole = *expr;
    whole->n_path = n;
    whole->type = optional;
    return whole;
}

/* The fields of the row as they were read: what another row, or a key, was compared with or made of. */
static void pin_fields(struct row_condition *row, const struct dyn_expr *expr)
{
    struct dynr_arena *arena = row->granting->derive->arena;
    if (expr == NULL) {
        return;
    }
    if (expr->kind == DYN_EXPR_LOOKUP && expr->lookup == row->lookup && expr->field != NULL) {
        const struct dyn_expr *whole = whole_reference(arena, expr);
        add_condition(row, dyn_expr_equal(arena, about_row(arena, whole, row->lookup), whole));
        row->needs_row = true;
    }
    pin_fields(row, expr->left);
    pin_fields(row, expr->right);
    for (size_t i = 0; i < expr->n_items; i++) {
        pin_fields(row, expr->items[i]);
    }
}

static bool reads_another(const struct dyn_expr *expr, const struct dyn_plan_predicate *predicate,
                          const struct dyn_lookup *lookup)
{
    for (size_t i = 0; i < predicate->n_lookups; i++) {
        if (predicate->lookups[i].lookup != lookup &&
            dyn_expr_reads_lookup(expr, predicate->lookups[i].lookup)) {
            return true;
        }
    }
    return false;
}

static bool asks_for_row(const struct dyn_expr *expr)
{
    return expr->kind == DYN_EXPR_EXISTS && expr->left->kind == DYN_EXPR_LOOKUP &&
           expr->left->field == NULL;
}

static void add_literal_condition(struct row_condition *row, const struct dyn_expr *expr)
{
    struct dynr_arena *arena = row->granting->derive->arena;
    if (!dyn_expr_reads_lookup(expr, row->lookup)) {
        return;
    }
    row->is_used = true;
    if (asks_for_row(expr)) {
        row->needs_row = true;
        return;
    }
    if (reads_another(expr, row->granting->predicate, row->lookup) ||
        dyn_expr_has_reference_part(expr)) {
        pin_fields(row, expr);
        return;
    }
    row->needs_row = row->needs_row || expr->kind != DYN_EXPR_NOT;
    add_condition(row, about_row(arena, expr, row->lookup));
}

/* A row without fields satisfies what is negated, and so does one that is soft-deleted. */
static const struct dyn_expr *or_deleted(struct dynr_arena *arena, const struct dyn_expr *expr,
                                         const struct dyn_model *model)
{
    if (model->deleted_at == NULL || expr == NULL) {
        return expr;
    }
    struct dyn_expr *deleted = dyn_alloc(arena, sizeof *deleted);
    *deleted = *dyn_expr_boolean(arena, false, expr->span);
    deleted->kind = DYN_EXPR_EXISTS;
    deleted->left = dyn_expr_row(arena, model->deleted_at, expr->span);
    deleted->uses_row = true;
    return dyn_fold_or(arena, deleted, expr);
}

static bool make_check(struct granting *granting, const struct conjunction *conjunction,
                       size_t index, struct dyn_plan_check *out, bool *out_is_used)
{
    struct dyn_derive *derive = granting->derive;
    const struct dyn_plan_predicate *predicate = granting->predicate;
    struct row_condition row = {.granting = granting, .lookup = predicate->lookups[index].lookup};
    for (size_t i = 0; i < conjunction->n; i++) {
        add_literal_condition(&row, conjunction->literals[i]);
    }
    for (size_t i = index + 1; i < predicate->n_lookups; i++) {
        const struct dyn_lookup *later = predicate->lookups[i].lookup;
        bool is_read = false;
        for (size_t k = 0; k < conjunction->n; k++) {
            is_read = is_read || dyn_expr_reads_lookup(conjunction->literals[k], later);
        }
        for (size_t k = 0; k < later->n_key && is_read; k++) {
            pin_fields(&row, later->key[k]);
        }
    }
    *out_is_used = row.is_used;
    out->lookup = index;
    out->may_be_absent = !row.needs_row;
    const struct dyn_expr *expr =
        out->may_be_absent ? or_deleted(derive->arena, row.expr, row.lookup->model) : row.expr;
    const struct dyn_expr *optional = dyn_find_optional(expr, true);
    if (optional != NULL) {
        struct dyn_diag *diag =
            dyn_report(derive->diags, DYN_CODE_POLICY_SHAPE, granting->span,
                       "the policy for this write negates a comparison with what may be absent");
        dyn_diag_note(derive->diags, diag, optional->span, "this value");
        dyn_diag_help(derive->diags, diag,
                      "ask for its presence first, or say what must hold instead of what must not");
        return false;
    }
    return expr == NULL || dyn_filter_make_named(derive, expr, DYN_CODE_POLICY_SHAPE, 'g',
                                                 granting->first_number + index, &out->filter);
}

static bool make_grant(struct granting *granting, const struct conjunction *conjunction,
                       struct dyn_plan_grant *out)
{
    struct dynr_arena *arena = granting->derive->arena;
    const struct dyn_plan_predicate *predicate = granting->predicate;
    struct dyn_plan_check *checks = dyn_alloc_array(arena, predicate->n_lookups, sizeof *checks);
    out->checks = checks;
    for (size_t i = 0; i < conjunction->n; i++) {
        out->expr = dyn_fold_and(arena, out->expr, conjunction->literals[i]);
    }
    for (size_t i = 0; i < predicate->n_lookups; i++) {
        bool is_used = false;
        if (!make_check(granting, conjunction, i, &checks[out->n_checks], &is_used)) {
            return false;
        }
        out->n_checks += is_used ? 1 : 0;
        out->n_lookups = is_used ? i + 1 : out->n_lookups;
    }
    return true;
}

bool dyn_grants_make(struct dyn_derive *derive, const struct dyn_expr *expr, struct dyn_span span,
                     size_t first_number, struct dyn_plan_write_gate *out)
{
    struct granting granting = {derive, &out->predicate, first_number, span, false};
    if (expr == NULL || !dyn_expr_has_lookup(expr)) {
        return true;
    }
    struct alternatives all = expand(&granting, expr, true);
    if (granting.too_many) {
        struct dyn_diag *diag =
            dyn_report(derive->diags, DYN_CODE_POLICY_SHAPE, span,
                       "the policy for this write has more than %d alternatives", GRANTS_MAX);
        dyn_diag_fact(
            derive->diags, diag,
            "why: the write's transaction checks the one that holds, so each is written out");
        dyn_diag_help(derive->diags, diag,
                      "say it with fewer `or`, or with a field that sums it up");
        return false;
    }
    struct dyn_plan_grant *grants = dyn_alloc_array(derive->arena, all.n, sizeof *grants);
    out->grants = grants;
    for (size_t i = 0; i < all.n; i++) {
        struct dyn_plan_grant *grant = &grants[out->n_grants++];
        if (!make_grant(&granting, &all.items[i], grant)) {
            return false;
        }
        dyn_grant_make_direct(derive->arena, &out->predicate, grant);
    }
    return true;
}
