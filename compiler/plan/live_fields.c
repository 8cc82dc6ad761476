/* SPDX-License-Identifier: Apache-2.0 */
/* What an expression reads: fields of the row, fields of the caller. */
#include "plan/live.h"

static void mark(const struct dyn_expr *expr, enum dyn_expr_kind kind, bool *out)
{
    if (expr == NULL) {
        return;
    }
    if (expr->kind == kind && expr->field != NULL) {
        out[expr->field->index] = true;
    }
    mark(expr->left, kind, out);
    mark(expr->right, kind, out);
    for (size_t i = 0; i < expr->n_items; i++) {
        mark(expr->items[i], kind, out);
    }
}

void dyn_expr_row_fields(const struct dyn_expr *expr, bool *out)
{
    mark(expr, DYN_EXPR_ROW, out);
}

void dyn_expr_caller_fields(const struct dyn_expr *expr, bool *out)
{
    mark(expr, DYN_EXPR_CALLER, out);
}
