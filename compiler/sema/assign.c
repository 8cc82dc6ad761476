/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which values fit where. Bounds are proved, not hoped for: an argument fits into a field when its declared bounds do, so
 * that what was accepted as input can be stored. Computed values are checked at run time.
 */
#include "sema/internal.h"

#include "base/utf8.h"

bool dyn_types_match(const struct dyn_type *a, const struct dyn_type *b)
{
    if (a->kind == DYN_TYPE_ERROR || b->kind == DYN_TYPE_ERROR) {
        return true;
    }
    if (a->kind != b->kind) {
        return false;
    }
    if (a->enumeration != b->enumeration || a->structure != b->structure || a->model != b->model) {
        return false;
    }
    return a->element == NULL || b->element == NULL || dyn_types_match(a->element, b->element);
}

struct dyn_expr *dyn_sema_adapt(struct dyn_sema *sema, struct dyn_expr *expr,
                                const struct dyn_type *other)
{
    bool becomes_epoch = expr->type->kind == DYN_TYPE_TIMESTAMP && other->kind == DYN_TYPE_EPOCH;
    bool becomes_key = false;
    if (other->kind == DYN_TYPE_REF && expr->type->kind != DYN_TYPE_REF) {
        const struct dyn_type *single = dyn_model_single_key(other->model);
        becomes_key = single != NULL && dyn_types_match(single, expr->type);
    }
    if (!becomes_epoch && !becomes_key) {
        return expr;
    }
    struct dyn_expr *adapted = dyn_sema_new_expr(sema, expr->kind, expr->span, NULL);
    *adapted = *expr;
    struct dyn_type *type = dyn_sema_new_type(sema, other->kind);
    type->model = other->model;
    type->optional = expr->type->optional;
    adapted->type = type;
    return adapted;
}

/* ---- bounds -------------------------------------------------------------------------------------------------- */

static int64_t lowest(const struct dyn_type *type)
{
    if (type->has_low) {
        return type->low;
    }
    if (type->kind != DYN_TYPE_INT) {
        return 0;
    }
    return type->width == 32 ? INT32_MIN : INT64_MIN;
}

static int64_t highest(const struct dyn_type *type)
{
    if (type->has_high) {
        return type->high;
    }
    return type->kind == DYN_TYPE_INT && type->width == 32 ? INT32_MAX : INT64_MAX;
}

static bool bounds_fit(const struct dyn_type *from, const struct dyn_type *to)
{
    if (lowest(from) < lowest(to) || highest(from) > highest(to)) {
        return false;
    }
    return from->element == NULL || to->element == NULL || bounds_fit(from->element, to->element);
}

static bool is_reference(const struct dyn_expr *expr)
{
    return expr->kind == DYN_EXPR_ARGUMENT || expr->kind == DYN_EXPR_CALLER ||
           expr->kind == DYN_EXPR_ROW;
}

static void report_bounds(struct dyn_sema *sema, const struct dyn_expr *value,
                          const struct dyn_type *target, struct dynr_str what)
{
    struct dynr_str from = dyn_sema_type_text(sema, value->type);
    struct dynr_str to = dyn_sema_type_text(sema, target);
    struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_BOUNDS, value->span,
                                       "%.*s is `%.*s`, and not every `%.*s` fits",
                                       DYN_STR_ARG(what), DYN_STR_ARG(to), DYN_STR_ARG(from));
    if (value->kind == DYN_EXPR_ARGUMENT && value->n_path == 0) {
        dyn_diag_note(sema->diags, diag, value->field->span, "declare the argument as `%.*s`",
                      DYN_STR_ARG(to));
    } else {
        dyn_diag_help(sema->diags, diag, "give both the same bounds");
    }
}

/* The size that the bounds of a constant's type speak about; false where it is none. */
static bool constant_size(const struct dyn_expr *value, int64_t *out)
{
    if (value->kind == DYN_EXPR_INT) {
        *out = value->integer;
        return true;
    }
    if (value->kind == DYN_EXPR_STRING && dyn_type_is_text(value->type)) {
        *out = (int64_t)dynr_utf8_count(value->text);
        return true;
    }
    if (value->kind == DYN_EXPR_STRING && value->type->kind == DYN_TYPE_BYTES) {
        /* Base64, checked and padded. */
        size_t padding = 0;
        while (padding < value->text.len && value->text.ptr[value->text.len - 1 - padding] == '=') {
            padding++;
        }
        *out = (int64_t)(value->text.len / 4 * 3 - padding);
        return true;
    }
    if (value->kind == DYN_EXPR_LIST) {
        *out = (int64_t)value->n_items;
        return true;
    }
    return false;
}

static bool check_constant(struct dyn_sema *sema, const struct dyn_expr *value,
                           const struct dyn_type *target, struct dynr_str what, int64_t size)
{
    if (size >= lowest(target) && size <= highest(target)) {
        return true;
    }
    struct dynr_str to = dyn_sema_type_text(sema, target);
    if (value->kind == DYN_EXPR_INT) {
        dyn_report(sema->diags, DYN_CODE_BOUNDS, value->span,
                   "%.*s is `%.*s`, so it cannot be %lld", DYN_STR_ARG(what), DYN_STR_ARG(to),
                   (long long)size);
    } else {
        const char *unit = value->kind == DYN_EXPR_LIST
                               ? "elements"
                               : (target->kind == DYN_TYPE_BYTES ? "bytes" : "characters");
        dyn_report(sema->diags, DYN_CODE_BOUNDS, value->span,
                   "%.*s is `%.*s`, and this has %lld %s", DYN_STR_ARG(what), DYN_STR_ARG(to),
                   (long long)size, unit);
    }
    return false;
}

static bool check_bounds(struct dyn_sema *sema, const struct dyn_expr *value,
                         const struct dyn_type *target, struct dynr_str what)
{
    int64_t size = 0;
    if (constant_size(value, &size) && !check_constant(sema, value, target, what, size)) {
        return false;
    }
    if (is_reference(value) && !bounds_fit(value->type, target)) {
        report_bounds(sema, value, target, what);
        return false;
    }
    for (size_t i = 0;
         value->kind == DYN_EXPR_LIST && target->element != NULL && i < value->n_items; i++) {
        if (!dyn_sema_check_assignable(sema, value->items[i], target->element,
                                       dynr_str_from_c("each element"))) {
            return false;
        }
    }
    return true;
}

/* ---- assignment ---------------------------------------------------------------------------------------------- */

static void report_mismatch(struct dyn_sema *sema, const struct dyn_expr *value,
                            const struct dyn_type *target, struct dynr_str what)
{
    struct dynr_str from = dyn_sema_type_text(sema, value->type);
    struct dynr_str to = dyn_sema_type_text(sema, target);
    struct dyn_diag *diag =
        dyn_report(sema->diags, DYN_CODE_TYPE_MISMATCH, value->span, "%.*s is `%.*s`, not `%.*s`",
                   DYN_STR_ARG(what), DYN_STR_ARG(to), DYN_STR_ARG(from));
    if (value->kind == DYN_EXPR_ARGUMENT && value->n_path == 0) {
        dyn_diag_note(sema->diags, diag, value->field->span, "the argument is declared here");
    }
    if (target->kind == DYN_TYPE_ENUM && value->kind == DYN_EXPR_STRING) {
        dyn_diag_help(sema->diags, diag, "values of an enum are bare names: %.*s",
                      DYN_NAME_ARG(target->enumeration->n_values > 0
                                       ? target->enumeration->values[0].name
                                       : target->enumeration->name));
    }
}

bool dyn_sema_check_assignable(struct dyn_sema *sema, const struct dyn_expr *value,
                               const struct dyn_type *target, struct dynr_str what)
{
    if (dyn_expr_is_error(value) || target->kind == DYN_TYPE_ERROR) {
        return true;
    }
    if (value->type->kind == DYN_TYPE_NULL) {
        if (!target->optional) {
            dyn_report(sema->diags, DYN_CODE_TYPE_MISMATCH, value->span,
                       "%.*s is never absent, so it cannot be null", DYN_STR_ARG(what));
        }
        return target->optional;
    }
    if (!dyn_types_match(value->type, target)) {
        report_mismatch(sema, value, target, what);
        return false;
    }
    if (value->type->optional && !target->optional) {
        struct dyn_diag *diag =
            dyn_report(sema->diags, DYN_CODE_TYPE_MISMATCH, value->span,
                       "this may be absent, but %.*s may not", DYN_STR_ARG(what));
        if (is_reference(value)) {
            dyn_diag_note(sema->diags, diag, value->field->span, "declared as `%.*s`",
                          DYN_STR_ARG(dyn_sema_type_text(sema, value->type)));
        }
        return false;
    }
    return check_bounds(sema, value, target, what);
}
