/* SPDX-License-Identifier: Apache-2.0 */
/* Why a read has no path, and what would give it one. */
#include "plan/access.h"

static struct dynr_str expr_text(const struct dyn_access *access, const struct dyn_expr *expr)
{
    struct dynr_buf buf = {0};
    dyn_expr_write(expr, &buf);
    return dyn_take_text(access->derive->arena, &buf);
}

static const struct dyn_expr *first_row(const struct dyn_expr *expr)
{
    if (expr == NULL || expr->kind == DYN_EXPR_ROW) {
        return expr;
    }
    const struct dyn_expr *found = first_row(expr->left);
    found = found != NULL ? found : first_row(expr->right);
    for (size_t i = 0; i < expr->n_items && found == NULL; i++) {
        found = first_row(expr->items[i]);
    }
    return found;
}

static bool is_in_some_key(const struct dyn_plan_entity *entity, const struct dyn_field *field)
{
    for (size_t i = 0; i < entity->n_paths; i++) {
        const struct dyn_plan_path *path = entity->paths[i];
        for (size_t k = 0; k < path->n_sort_values; k++) {
            if (path->sort_values[k]->path[0] == field) {
                return true;
            }
        }
        if (dyn_path_is_by_field(path, field)) {
            return true;
        }
    }
    return false;
}

/* ---- DYN3187 ----------------------------------------------------------------------------------------------- */

static void add_reach(const struct dyn_access *access, struct dyn_diag *diag)
{
    const struct dyn_plan_entity *entity = access->need->entity;
    struct dynr_buf buf = {0};
    dynr_buf_append_c(&buf, "reach: ");
    size_t start = buf.len;
    for (int with_get = 0; with_get < 2 && buf.len == start; with_get++) {
        for (size_t i = 0; i < entity->n_paths; i++) {
            if (entity->paths[i]->kind != DYN_PATH_GET || with_get != 0) {
                dynr_buf_append_c(&buf, buf.len == start ? "" : ", ");
                dyn_path_write_reach(entity->paths[i], &buf);
            }
        }
    }
    dyn_diag_fact(access->derive->diags, diag, "%.*s", DYN_STR(dynr_buf_str(&buf)));
    dynr_buf_cleanup(&buf);
}

static const struct dyn_plan_path *path_of_kind(const struct dyn_plan_entity *entity,
                                                enum dyn_path_kind kind)
{
    for (size_t i = 0; i < entity->n_paths; i++) {
        if (entity->paths[i]->kind == kind) {
            return entity->paths[i];
        }
    }
    return NULL;
}

static void add_bound_help(const struct dyn_access *access, struct dyn_diag *diag,
                           const struct dyn_expr *rest)
{
    const struct dyn_plan_entity *entity = access->need->entity;
    struct dyn_diags *diags = access->derive->diags;
    struct dynr_str name = entity->model->name->text;
    struct dynr_str where = dynr_str_make(NULL, 0);
    if (rest != NULL) {
        struct dynr_str text = expr_text(access, rest);
        where = dyn_text(access->derive->arena, " where %.*s", DYN_STR(text));
    }
    const struct dyn_plan_path *children = path_of_kind(entity, DYN_PATH_CHILDREN);
    const struct dyn_plan_path *index = path_of_kind(entity, DYN_PATH_INDEX);
    /* Who names an index wants that one. */
    bool is_by_index = access->need->forced != NULL && access->need->forced->kind == DYN_PATH_INDEX;
    index = is_by_index ? access->need->forced : index;
    if (!is_by_index && children != NULL &&
        children->partition_fields[0]->origin == DYN_FIELD_PARENT) {
        dyn_diag_help(diags, diag, "bound it to one partition: from %.*s in %.*s%.*s",
                      DYN_STR(name), DYN_STR(children->partition_fields[0]->name->text),
                      DYN_STR(where));
        return;
    }
    if (index != NULL && index->n_partition_fields != 0) {
        struct dynr_str field = index->partition_fields[0]->name->text;
        dyn_diag_help(diags, diag, "bound it to one partition: from %.*s by %.*s == %.*s%.*s",
                      DYN_STR(name), DYN_STR(index->requirement->name), DYN_STR(field),
                      DYN_STR(where));
        return;
    }
    for (size_t i = 0; i < access->n_conjuncts; i++) {
        if (access->conjuncts[i].kind == DYN_CONJUNCT_EQUAL) {
            dyn_diag_help(diags, diag, "give `%.*s.%.*s` an index: `@index`", DYN_STR(name),
                          DYN_STR(access->conjuncts[i].field->name->text));
            return;
        }
    }
    dyn_diag_help(
        diags, diag,
        "read one row by its key, or put the rows in a parent's partition: `model %.*s in ...`",
        DYN_STR(name));
}

static void report_scan(const struct dyn_access *access, const struct dyn_expr *rest)
{
    const struct dyn_need *need = access->need;
    struct dyn_diags *diags = access->derive->diags;
    const struct dyn_model *model = need->entity->model;
    const struct dyn_expr *row = first_row(rest);
    struct dyn_diag *diag =
        dyn_report(diags, DYN_CODE_WOULD_SCAN, row != NULL ? row->span : need->span,
                   "this query would need a Scan");
    if (row == NULL) {
        dyn_diag_label(diags, diag, "nothing binds a key of %.*s", DYN_STR(model->name->text));
    } else if (is_in_some_key(need->entity, row->field)) {
        dyn_diag_label(diags, diag, "`%.*s` alone does not bind a partition of %.*s",
                       DYN_STR(row->field->name->text), DYN_STR(model->name->text));
    } else {
        dyn_diag_label(diags, diag, "`%.*s` is in no key of %.*s", DYN_STR(row->field->name->text),
                       DYN_STR(model->name->text));
    }
    add_reach(access, diag);
    add_bound_help(access, diag, need->where);
    dyn_diag_fact(diags, diag,
                  "cost: a Scan reads the whole table: 12,800 read units per 100 MB, per call");
}

/* ---- DYN3224 ----------------------------------------------------------------------------------------------- */

static void add_presence_fix(const struct dyn_access *access, struct dyn_diag *diag,
                             struct dynr_str field)
{
    const struct dyn_need *need = access->need;
    struct dynr_arena *arena = access->derive->arena;
    struct dyn_span span = need->insert_after;
    struct dynr_str text;
    if (need->where == NULL) {
        if (span.end == 0) {
            return;
        }
        span.start = span.end;
        text = dyn_text(arena, " where .%.*s != null", DYN_STR(field));
    } else if (need->where->kind == DYN_EXPR_OR) {
        span = need->where->span;
        text = dyn_text(arena, "(%.*s) and .%.*s != null", DYN_STR(expr_text(access, need->where)),
                        DYN_STR(field));
    } else {
        span = need->where->span;
        span.start = span.end;
        text = dyn_text(arena, " and .%.*s != null", DYN_STR(field));
    }
    dyn_diag_fix(access->derive->diags, diag, span, text);
}

static void report_sparse(const struct dyn_access *access, const struct dyn_fit *fit)
{
    const struct dyn_need *need = access->need;
    struct dyn_diags *diags = access->derive->diags;
    struct dynr_str field = fit->missing->name->text;
    bool ordered = need->order == fit->missing && need->order_span.end > need->order_span.start;
    struct dyn_diag *diag =
        dyn_report(diags, DYN_CODE_SPARSE_PATH, ordered ? need->order_span : need->span,
                   "rows without `%.*s` would be missed", DYN_STR(field));
    dyn_diag_fact(diags, diag,
                  "why: `%.*s` is optional, and only rows that have it are in %.*s (%.*s)",
                  DYN_STR(field),
                  DYN_STR(fit->path->requirement != NULL ? fit->path->requirement->slot->name
                                                         : fit->path->partition->attribute),
                  DYN_STR(fit->path->key_condition));
    dyn_diag_help(diags, diag, "say that you want only those: where .%.*s != null", DYN_STR(field));
    add_presence_fix(access, diag, field);
}

/* ---- DYN3261 ----------------------------------------------------------------------------------------------- */

static void report_order(const struct dyn_access *access, const struct dyn_fit *fits)
{
    const struct dyn_need *need = access->need;
    struct dyn_diags *diags = access->derive->diags;
    struct dyn_span span =
        need->order_span.end > need->order_span.start ? need->order_span : need->span;
    struct dyn_diag *diag =
        dyn_report(diags, DYN_CODE_ORDER, span, "no index has these rows in the order of `%.*s`",
                   DYN_STR(need->order->name->text));
    for (size_t i = 0; i < need->entity->n_paths; i++) {
        const struct dyn_fit *fit = &fits[i];
        if (fit->path == NULL || !fit->partition_bound ||
            fit->n_sort_bound >= fit->path->n_sort_values) {
            continue;
        }
        struct dynr_buf buf = {0};
        dyn_path_write_reach(fit->path, &buf);
        dyn_diag_fact(diags, diag, "order: %.*s is in the order of `%.*s`",
                      DYN_STR(dynr_buf_str(&buf)),
                      DYN_STR(fit->path->sort_values[fit->n_sort_bound]->path[0]->name->text));
        dynr_buf_cleanup(&buf);
    }
    for (size_t i = 0; i < need->entity->n_paths; i++) {
        if (fits[i].path != NULL && fits[i].partition_bound &&
            fits[i].path->n_partition_fields == 1) {
            struct dynr_str partition = fits[i].path->partition_fields[0]->name->text;
            dyn_diag_help(diags, diag, "add an index: on `%.*s`, `@index(within: %.*s)`",
                          DYN_STR(need->order->name->text), DYN_STR(partition));
            break;
        }
    }
}

/* ---- DYN3372 ----------------------------------------------------------------------------------------------- */

static void report_filter(const struct dyn_access *access, const struct dyn_fit *fit)
{
    struct dyn_diags *diags = access->derive->diags;
    if (fit->key_in_filter != NULL) {
        const struct dyn_expr *row = fit->key_in_filter;
        struct dyn_diag *diag =
            dyn_report(diags, DYN_CODE_QUERY_SHAPE, row->span,
                       "`%.*s` is a key attribute here, and cannot be filtered on",
                       DYN_STR(row->field->name->text));
        dyn_diag_fact(
            diags, diag,
            "why: DynamoDB takes key attributes in key conditions only: one equality, or one range "
            "behind the equal ones");
        return;
    }
    const struct dyn_expr *rest = fit->n_residual != 0 ? fit->residual[0] : NULL;
    struct dyn_diag *diag =
        dyn_report(diags, DYN_CODE_QUERY_SHAPE, rest != NULL ? rest->span : access->need->span,
                   "a look-up by the unique `%.*s` takes no other condition",
                   DYN_STR(fit->path->partition_fields[0]->name->text));
    dyn_diag_help(diags, diag, "look at the row that comes back, or query an index");
}

/* `@unique(fold)` compared with `==`. */
static void report_fold(const struct dyn_access *access, const struct dyn_fit *fit)
{
    struct dyn_diags *diags = access->derive->diags;
    const struct dyn_field *field = fit->path->partition_fields[0];
    struct dynr_str name = field->name->text;
    struct dynr_str model = access->need->entity->model->name->text;
    struct dyn_diag *diag =
        dyn_report(diags, DYN_CODE_QUERY_SHAPE, access->need->span,
                   "`%.*s` is unique without case, `==` compares with case", DYN_STR(name));
    for (size_t i = 0; i < access->n_conjuncts; i++) {
        if (access->conjuncts[i].kind == DYN_CONJUNCT_EQUAL &&
            access->conjuncts[i].field == field) {
            struct dynr_str value = expr_text(access, access->conjuncts[i].value);
            dyn_diag_help(diags, diag, "look it up: from %.*s by %.*s == %.*s", DYN_STR(model),
                          DYN_STR(name), DYN_STR(value));
        }
    }
}

/* ---- which it is ------------------------------------------------------------------------------------------- */

void dyn_report_no_path(const struct dyn_access *access, const struct dyn_fit *fits)
{
    const struct dyn_fit *sparse = NULL;
    const struct dyn_fit *filter = NULL;
    const struct dyn_fit *fold = NULL;
    bool bound = false;
    for (size_t i = 0; i < access->need->entity->n_paths; i++) {
        const struct dyn_fit *fit = &fits[i];
        if (fit->path == NULL || !fit->partition_bound || fit->inexpressible) {
            continue;
        }
        if (fit->order_ok && fit->missing != NULL && fit->filter_ok && sparse == NULL) {
            sparse = fit;
        }
        if (fit->order_ok && fit->missing == NULL) {
            if (fit->path->kind == DYN_PATH_UNIQUE && fit->n_residual == 0) {
                fold = fit;
            } else if (filter == NULL) {
                filter = fit;
            }
        }
        bound = bound || !fit->order_ok;
    }
    if (sparse != NULL) {
        report_sparse(access, sparse);
    } else if (filter != NULL) {
        report_filter(access, filter);
    } else if (fold != NULL) {
        report_fold(access, fold);
    } else if (bound) {
        report_order(access, fits);
    } else {
        report_scan(access, access->need->where);
    }
}
