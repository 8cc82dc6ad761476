/* SPDX-License-Identifier: Apache-2.0 */
/* What an expression is made of: generated functions name only what they need, so that they compile without a warning. */
#include "emit/c/c_emit.h"

bool c_uses(const struct dyn_expr *expr, enum dyn_expr_kind kind)
{
    if (expr == NULL) {
        return false;
    }
    if (expr->kind == kind || c_uses(expr->left, kind) || c_uses(expr->right, kind)) {
        return true;
    }
    for (size_t i = 0; i < expr->n_items; i++) {
        if (c_uses(expr->items[i], kind)) {
            return true;
        }
    }
    return false;
}
