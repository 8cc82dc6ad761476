/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions as they could have been written: parentheses only where precedence asks for them. */
#include "model/model.h"

/* Binding strength, loosest first. */
enum strength {
    LOOSEST,
    OR,
    AND,
    NOT,
    COMPARISON,
    SUM,
    NEGATION,
    ATOM
};

static enum strength strength_of(const struct dyn_expr *expr)
{
    switch (expr->kind) {
    case DYN_EXPR_OR:
        return OR;
    case DYN_EXPR_AND:
        return AND;
    case DYN_EXPR_NOT:
        return NOT;
    case DYN_EXPR_EQUAL:
    case DYN_EXPR_NOT_EQUAL:
    case DYN_EXPR_LESS:
    case DYN_EXPR_LESS_EQUAL:
    case DYN_EXPR_GREATER:
    case DYN_EXPR_GREATER_EQUAL:
    case DYN_EXPR_IN:
    case DYN_EXPR_BETWEEN:
    case DYN_EXPR_BEGINS_WITH:
    case DYN_EXPR_CONTAINS:
    case DYN_EXPR_EXISTS:
        return COMPARISON;
    case DYN_EXPR_ADD:
    case DYN_EXPR_SUBTRACT:
        return SUM;
    case DYN_EXPR_NEGATE:
        return NEGATION;
    case DYN_EXPR_ERROR:
    case DYN_EXPR_NULL:
    case DYN_EXPR_BOOL:
    case DYN_EXPR_INT:
    case DYN_EXPR_NUMBER:
    case DYN_EXPR_STRING:
    case DYN_EXPR_ENUM:
    case DYN_EXPR_LIST:
    case DYN_EXPR_OBJECT:
    case DYN_EXPR_ARGUMENT:
    case DYN_EXPR_CALLER:
    case DYN_EXPR_ROW:
    case DYN_EXPR_NOW:
    case DYN_EXPR_LOOKUP:
    case DYN_EXPR_ALLOWED:
        return ATOM;
    }
    return ATOM;
}

static void write_at(const struct dyn_expr *expr, enum strength least, struct dynr_buf *out)
{
    bool wrapped = strength_of(expr) < least;
    if (wrapped) {
        dynr_buf_append_char(out, '(');
    }
    dyn_expr_write(expr, out);
    if (wrapped) {
        dynr_buf_append_char(out, ')');
    }
}

static void write_binary(const struct dyn_expr *expr, const char *operation, enum strength left,
                         enum strength right, struct dynr_buf *out)
{
    write_at(expr->left, left, out);
    dynr_buf_append_char(out, ' ');
    dynr_buf_append_c(out, operation);
    dynr_buf_append_char(out, ' ');
    write_at(expr->right, right, out);
}

static void write_items(const struct dyn_expr *expr, struct dynr_buf *out)
{
    dynr_buf_append_char(out, '[');
    for (size_t i = 0; i < expr->n_items; i++) {
        dynr_buf_append_c(out, i == 0 ? "" : ", ");
        dyn_expr_write(expr->items[i], out);
    }
    dynr_buf_append_char(out, ']');
}

static void write_object(const struct dyn_expr *expr, struct dynr_buf *out)
{
    const char *separator = " ";
    dynr_buf_append_char(out, '{');
    for (size_t i = 0; i < expr->n_items; i++) {
        if (expr->items[i] != NULL) {
            dynr_buf_append_c(out, separator);
            dynr_buf_append_str(out, expr->type->structure->fields[i]->name->text);
            dynr_buf_append_c(out, ": ");
            dyn_expr_write(expr->items[i], out);
            separator = ", ";
        }
    }
    dynr_buf_append_c(out, " }");
}

static void write_field(const struct dyn_expr *expr, const char *before, struct dynr_buf *out)
{
    dynr_buf_append_c(out, before);
    dynr_buf_append_str(out, expr->field->name->text);
    for (size_t i = 0; i < expr->n_path; i++) {
        dynr_buf_append_char(out, '.');
        dynr_buf_append_str(out, expr->path[i]->name->text);
    }
}

static void write_lookup(const struct dyn_expr *expr, struct dynr_buf *out)
{
    dynr_buf_append_str(out, expr->lookup->name->text);
    if (expr->field != NULL) {
        write_field(expr, ".", out);
    }
}

static void write_in(const struct dyn_expr *expr, struct dynr_buf *out)
{
    if (expr->right != NULL) {
        write_binary(expr, "in", SUM, SUM, out);
        return;
    }
    write_at(expr->left, SUM, out);
    dynr_buf_append_c(out, " in ");
    write_items(expr, out);
}

static void write_between(const struct dyn_expr *expr, struct dynr_buf *out)
{
    write_at(expr->left, SUM, out);
    dynr_buf_append_c(out, " between ");
    write_at(expr->items[0], SUM, out);
    dynr_buf_append_c(out, " and ");
    write_at(expr->items[1], SUM, out);
}

/* An operator between two operands, and how tightly each of them must bind to stand without parentheses. */
static const struct binary {
    enum dyn_expr_kind kind;
    const char *word;
    enum strength left;
    enum strength right;
} binaries[] = {
    {DYN_EXPR_AND, "and", AND, NOT},
    {DYN_EXPR_OR, "or", OR, AND},
    {DYN_EXPR_EQUAL, "==", SUM, SUM},
    {DYN_EXPR_NOT_EQUAL, "!=", SUM, SUM},
    {DYN_EXPR_LESS, "<", SUM, SUM},
    {DYN_EXPR_LESS_EQUAL, "<=", SUM, SUM},
    {DYN_EXPR_GREATER, ">", SUM, SUM},
    {DYN_EXPR_GREATER_EQUAL, ">=", SUM, SUM},
    {DYN_EXPR_BEGINS_WITH, "begins_with", SUM, SUM},
    {DYN_EXPR_CONTAINS, "contains", SUM, SUM},
    {DYN_EXPR_ADD, "+", SUM, NEGATION},
    {DYN_EXPR_SUBTRACT, "-", SUM, NEGATION},
};

static void write_operator(const struct dyn_expr *expr, struct dynr_buf *out)
{
    for (size_t i = 0; i < sizeof binaries / sizeof binaries[0]; i++) {
        if (binaries[i].kind == expr->kind) {
            write_binary(expr, binaries[i].word, binaries[i].left, binaries[i].right, out);
        }
    }
}

static void write_literal(const struct dyn_expr *expr, struct dynr_buf *out)
{
    switch ((unsigned)expr->kind) {
    case DYN_EXPR_ERROR:
        dynr_buf_append_c(out, "<error>");
        return;
    case DYN_EXPR_NULL:
        dynr_buf_append_c(out, "null");
        return;
    case DYN_EXPR_BOOL:
        dynr_buf_append_c(out, expr->boolean ? "true" : "false");
        return;
    case DYN_EXPR_INT:
        dynr_buf_append_int(out, expr->integer);
        return;
    case DYN_EXPR_NUMBER:
        dynr_buf_append_str(out, expr->text);
        return;
    case DYN_EXPR_STRING:
        dynr_buf_append_json_string(out, expr->text);
        return;
    case DYN_EXPR_ENUM:
        dynr_buf_append_str(out, expr->enum_value->name->text);
        return;
    default:
        return;
    }
}

void dyn_expr_write(const struct dyn_expr *expr, struct dynr_buf *out)
{
    switch (expr->kind) {
    case DYN_EXPR_ERROR:
    case DYN_EXPR_NULL:
    case DYN_EXPR_BOOL:
    case DYN_EXPR_INT:
    case DYN_EXPR_NUMBER:
    case DYN_EXPR_STRING:
    case DYN_EXPR_ENUM:
        write_literal(expr, out);
        return;
    case DYN_EXPR_LIST:
        write_items(expr, out);
        return;
    case DYN_EXPR_OBJECT:
        write_object(expr, out);
        return;
    case DYN_EXPR_ARGUMENT:
        write_field(expr, "", out);
        return;
    case DYN_EXPR_CALLER:
        write_field(expr, "caller.", out);
        return;
    case DYN_EXPR_ROW:
        write_field(expr, ".", out);
        return;
    case DYN_EXPR_NOT:
        dynr_buf_append_c(out, "not ");
        write_at(expr->left, NOT, out);
        return;
    case DYN_EXPR_NEGATE:
        dynr_buf_append_char(out, '-');
        write_at(expr->left, NEGATION, out);
        return;
    case DYN_EXPR_AND:
    case DYN_EXPR_OR:
    case DYN_EXPR_EQUAL:
    case DYN_EXPR_NOT_EQUAL:
    case DYN_EXPR_LESS:
    case DYN_EXPR_LESS_EQUAL:
    case DYN_EXPR_GREATER:
    case DYN_EXPR_GREATER_EQUAL:
    case DYN_EXPR_BEGINS_WITH:
    case DYN_EXPR_CONTAINS:
    case DYN_EXPR_ADD:
    case DYN_EXPR_SUBTRACT:
        write_operator(expr, out);
        return;
    case DYN_EXPR_IN:
        write_in(expr, out);
        return;
    case DYN_EXPR_BETWEEN:
        write_between(expr, out);
        return;
    case DYN_EXPR_EXISTS:
        write_at(expr->left, SUM, out);
        dynr_buf_append_c(out, " exists");
        return;
    case DYN_EXPR_NOW:
        dynr_buf_append_c(out, "now()");
        return;
    case DYN_EXPR_LOOKUP:
        write_lookup(expr, out);
        return;
    case DYN_EXPR_ALLOWED:
        write_at(expr->left, ATOM, out);
        dynr_buf_append_char(out, '.');
        dynr_buf_append_str(out, expr->verb->text);
        return;
    }
}
