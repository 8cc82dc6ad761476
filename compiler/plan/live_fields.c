/* SPDX-License-Identifier: Apache-2.0 */
/* What an expression reads: fields of the row, of the caller, of rows that a policy looks at. */
#include "plan/live.h"

/* `lookup`: of that one's row alone, where fields of look-ups are meant. */
static void mark(const struct dyn_expr *expr, enum dyn_expr_kind kind,
                 const struct dyn_lookup *lookup, bool *out)
{
    if (expr == NULL) {
        return;
    }
    if (expr->kind == kind && expr->field != NULL && (lookup == NULL || expr->lookup == lookup)) {
        out[expr->field->index] = true;
    }
    mark(expr->left, kind, lookup, out);
    mark(expr->right, kind, lookup, out);
    for (size_t i = 0; i < expr->n_items; i++) {
        mark(expr->items[i], kind, lookup, out);
    }
}

void dyn_expr_row_fields(const struct dyn_expr *expr, bool *out)
{
    mark(expr, DYN_EXPR_ROW, NULL, out);
}

void dyn_expr_caller_fields(const struct dyn_expr *expr, bool *out)
{
    mark(expr, DYN_EXPR_CALLER, NULL, out);
}

void dyn_predicate_lookup_fields(const struct dyn_plan_predicate *predicate, size_t lookup,
                                 bool *out)
{
    const struct dyn_lookup *row = predicate->lookups[lookup].lookup;
    mark(predicate->expr, DYN_EXPR_LOOKUP, row, out);
    for (size_t i = 0; i < predicate->n_lookups; i++) {
        for (size_t k = 0; k < predicate->lookups[i].n_key; k++) {
            mark(predicate->lookups[i].key[k].value, DYN_EXPR_LOOKUP, row, out);
        }
    }
}
