/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Residual conditions in DynamoDB's language. Names are always placeholders, so no word is reserved. A comparison with a
 * missing value is false: DynamoDB agrees, except for `<>`, which gets an attribute_exists beside it.
 */
#include "plan/derive.h"

struct writer {
    struct dyn_derive *derive;
    enum dyn_code code;
    struct dynr_buf text;
    struct dyn_plan_filter_name *names;
    size_t n_names;
    size_t cap_names;
    struct dyn_plan_filter_value *values;
    size_t n_values;
    size_t cap_values;
    bool failed;
    /** What placeholders begin with: "n" and "v", or as asked for. */
    struct dynr_str name_prefix;
    struct dynr_str value_prefix;
};

/* ---- expressions that planning makes ----------------------------------------------------------------------- */

static struct dyn_expr *make_expr(struct dynr_arena *arena, enum dyn_expr_kind kind,
                                  struct dyn_span span)
{
    static const struct dyn_type boolean = {.kind = DYN_TYPE_BOOL};
    struct dyn_expr *expr = dyn_alloc(arena, sizeof *expr);
    expr->kind = kind;
    expr->span = span;
    expr->type = &boolean;
    return expr;
}

const struct dyn_expr *dyn_expr_boolean(struct dynr_arena *arena, bool value, struct dyn_span span)
{
    struct dyn_expr *expr = make_expr(arena, DYN_EXPR_BOOL, span);
    expr->boolean = value;
    return expr;
}

const struct dyn_expr *dyn_expr_row(struct dynr_arena *arena, const struct dyn_field *field,
                                    struct dyn_span span)
{
    struct dyn_expr *expr = make_expr(arena, DYN_EXPR_ROW, span);
    expr->field = field;
    expr->type = field->type;
    expr->uses_row = true;
    return expr;
}

static const struct dyn_expr *make_pair(struct dynr_arena *arena, enum dyn_expr_kind kind,
                                        const struct dyn_expr *left, const struct dyn_expr *right)
{
    struct dyn_expr *expr = make_expr(arena, kind, left->span);
    expr->left = left;
    expr->right = right;
    expr->uses_row = left->uses_row || right->uses_row;
    expr->uses_input = left->uses_input || right->uses_input;
    return expr;
}

const struct dyn_expr *dyn_expr_and(struct dynr_arena *arena, const struct dyn_expr *left,
                                    const struct dyn_expr *right)
{
    return left == NULL ? right
                        : (right == NULL ? left : make_pair(arena, DYN_EXPR_AND, left, right));
}

const struct dyn_expr *dyn_expr_equal(struct dynr_arena *arena, const struct dyn_expr *left,
                                      const struct dyn_expr *right)
{
    return make_pair(arena, DYN_EXPR_EQUAL, left, right);
}

/* ---- names and values -------------------------------------------------------------------------------------- */

static void refuse(struct writer *writer, const struct dyn_expr *expr, const char *why)
{
    writer->failed = true;
    struct dyn_diag *diag = dyn_report(writer->derive->diags, writer->code, expr->span,
                                       "DynamoDB cannot evaluate this condition");
    dyn_diag_fact(writer->derive->diags, diag, "why: %s", why);
}

static void write_name(struct writer *writer, struct dynr_str attribute)
{
    struct dynr_arena *arena = writer->derive->arena;
    size_t i = 0;
    while (i < writer->n_names && !dynr_str_equal(writer->names[i].attribute, attribute)) {
        i++;
    }
    if (i == writer->n_names) {
        writer->names = dyn_grow(arena, writer->names, writer->n_names, &writer->cap_names,
                                 sizeof *writer->names);
        writer->names[writer->n_names].placeholder =
            dyn_text(arena, "#%.*s%zu", DYN_STR(writer->name_prefix), i);
        writer->names[writer->n_names++].attribute = attribute;
    }
    dynr_buf_append_str(&writer->text, writer->names[i].placeholder);
}

static void write_row(struct writer *writer, const struct dyn_expr *row)
{
    write_name(writer, row->field->attribute);
    for (size_t i = 0; i < row->n_path; i++) {
        dynr_buf_append_char(&writer->text, '.');
        write_name(writer, row->path[i]->attribute);
    }
}

/* The type of what a row operand holds, present. */
static const struct dyn_type *stored_type(struct writer *writer, const struct dyn_expr *row)
{
    const struct dyn_type *type =
        row->n_path == 0 ? row->field->type : row->path[row->n_path - 1]->type;
    if (!type->optional) {
        return type;
    }
    struct dyn_type *present = dyn_alloc(writer->derive->arena, sizeof *present);
    *present = *type;
    present->optional = false;
    return present;
}

static void write_value(struct writer *writer, const struct dyn_expr *value,
                        const struct dyn_type *type)
{
    struct dynr_arena *arena = writer->derive->arena;
    writer->values = dyn_grow(arena, writer->values, writer->n_values, &writer->cap_values,
                              sizeof *writer->values);
    struct dyn_plan_filter_value *entry = &writer->values[writer->n_values];
    entry->placeholder =
        dyn_text(arena, ":%.*s%zu", DYN_STR(writer->value_prefix), writer->n_values++);
    entry->type = type;
    entry->value = value;
    dynr_buf_append_str(&writer->text, entry->placeholder);
}

static void write_operand(struct writer *writer, const struct dyn_expr *expr,
                          const struct dyn_type *type)
{
    if (expr->kind == DYN_EXPR_ROW) {
        write_row(writer, expr);
    } else if (!expr->uses_row) {
        write_value(writer, expr, type);
    } else {
        refuse(writer, expr,
               "its conditions compare stored attributes with values, they do not compute");
    }
}

/* ---- conditions -------------------------------------------------------------------------------------------- */

static const char *operator_text(enum dyn_expr_kind kind, bool flipped)
{
    switch ((unsigned)kind) {
    case DYN_EXPR_EQUAL:
        return " = ";
    case DYN_EXPR_NOT_EQUAL:
        return " <> ";
    case DYN_EXPR_LESS:
        return flipped ? " > " : " < ";
    case DYN_EXPR_LESS_EQUAL:
        return flipped ? " >= " : " <= ";
    case DYN_EXPR_GREATER:
        return flipped ? " < " : " > ";
    case DYN_EXPR_GREATER_EQUAL:
        return flipped ? " <= " : " >= ";
    default:
        return " ? ";
    }
}

static void write_exists(struct writer *writer, const struct dyn_expr *row)
{
    dynr_buf_append_c(&writer->text, "attribute_exists(");
    write_row(writer, row);
    dynr_buf_append_char(&writer->text, ')');
}

static void write_comparison(struct writer *writer, const struct dyn_expr *expr)
{
    const struct dyn_expr *left = expr->left;
    const struct dyn_expr *right = expr->right;
    bool flipped = left->kind != DYN_EXPR_ROW && right->kind == DYN_EXPR_ROW;
    if (flipped) {
        left = expr->right;
        right = expr->left;
    }
    if (left->kind != DYN_EXPR_ROW) {
        refuse(writer, left,
               "its conditions compare stored attributes with values, they do not compute");
        return;
    }
    bool unequal = expr->kind == DYN_EXPR_NOT_EQUAL;
    if (unequal) {
        /* No parentheses: AND binds tighter than whatever can stand around it, and the service refuses redundant ones. */
        write_exists(writer, left);
        dynr_buf_append_c(&writer->text, " AND ");
        if (right->kind == DYN_EXPR_ROW) {
            write_exists(writer, right);
            dynr_buf_append_c(&writer->text, " AND ");
        }
    }
    const struct dyn_type *type = stored_type(writer, left);
    write_row(writer, left);
    dynr_buf_append_c(&writer->text, operator_text(expr->kind, flipped));
    write_operand(writer, right, type);
}

static void write_in(struct writer *writer, const struct dyn_expr *expr)
{
    if (expr->left->kind != DYN_EXPR_ROW) {
        refuse(writer, expr->left, "`in` looks for a stored attribute");
        return;
    }
    const struct dyn_type *type = stored_type(writer, expr->left);
    if (expr->right != NULL) {
        /* A list of unknown length cannot be spelt in a constant text; as one value it can be searched. */
        const struct dyn_type *list = expr->right->type;
        if (list->kind == DYN_TYPE_SET) {
            /* DynamoDB has no empty set, and a list may be empty. */
            struct dyn_type *as_list = dyn_alloc(writer->derive->arena, sizeof *as_list);
            *as_list = *list;
            as_list->kind = DYN_TYPE_LIST;
            list = as_list;
        }
        dynr_buf_append_c(&writer->text, "contains(");
        write_operand(writer, expr->right, list);
        dynr_buf_append_c(&writer->text, ", ");
        write_row(writer, expr->left);
        dynr_buf_append_char(&writer->text, ')');
        return;
    }
    if (expr->n_items > DYN_IN_MAX) {
        refuse(writer, expr, "`in` takes at most 100 values");
        return;
    }
    write_row(writer, expr->left);
    dynr_buf_append_c(&writer->text, " IN (");
    for (size_t i = 0; i < expr->n_items; i++) {
        dynr_buf_append_c(&writer->text, i == 0 ? "" : ", ");
        if (!expr->items[i]->uses_row && expr->items[i]->type != NULL &&
            expr->items[i]->type->optional) {
            refuse(writer, expr->items[i], "a value of the list may be absent");
        }
        write_operand(writer, expr->items[i], type);
    }
    dynr_buf_append_char(&writer->text, ')');
}

static void write_between(struct writer *writer, const struct dyn_expr *expr)
{
    if (expr->left->kind != DYN_EXPR_ROW || expr->n_items != 2) {
        refuse(writer, expr->left, "`between` tests a stored attribute");
        return;
    }
    const struct dyn_type *type = stored_type(writer, expr->left);
    /* Not BETWEEN: DynamoDB refuses it where the bounds are the wrong way round, and then nothing is between them. */
    write_row(writer, expr->left);
    dynr_buf_append_c(&writer->text, " >= ");
    write_operand(writer, expr->items[0], type);
    dynr_buf_append_c(&writer->text, " AND ");
    write_row(writer, expr->left);
    dynr_buf_append_c(&writer->text, " <= ");
    write_operand(writer, expr->items[1], type);
}

static void write_function(struct writer *writer, const struct dyn_expr *expr)
{
    if (expr->left->kind != DYN_EXPR_ROW) {
        refuse(writer, expr->left, "the first operand must be a stored attribute");
        return;
    }
    const struct dyn_type *type = stored_type(writer, expr->left);
    bool prefix = expr->kind == DYN_EXPR_BEGINS_WITH;
    if (!prefix && (type->kind == DYN_TYPE_LIST || type->kind == DYN_TYPE_SET) &&
        type->element != NULL) {
        type = type->element;
    } else if (type->has_low || type->has_high) {
        /* Part of a text is not bound by the bounds of the whole. */
        struct dyn_type *part = dyn_alloc(writer->derive->arena, sizeof *part);
        part->kind = DYN_TYPE_STRING;
        type = part;
    }
    dynr_buf_append_c(&writer->text, prefix ? "begins_with(" : "contains(");
    write_row(writer, expr->left);
    dynr_buf_append_c(&writer->text, ", ");
    write_operand(writer, expr->right, type);
    dynr_buf_append_char(&writer->text, ')');
}

static void write_condition(struct writer *writer, const struct dyn_expr *expr);

static void write_pair(struct writer *writer, const struct dyn_expr *expr)
{
    bool is_and = expr->kind == DYN_EXPR_AND;
    const struct dyn_expr *sides[] = {expr->left, expr->right};
    for (size_t i = 0; i < 2; i++) {
        /* Only an `or` inside an `and` needs parentheses. */
        bool wrapped = is_and && sides[i]->kind == DYN_EXPR_OR;
        dynr_buf_append_c(&writer->text, i == 0 ? "" : (is_and ? " AND " : " OR "));
        dynr_buf_append_c(&writer->text, wrapped ? "(" : "");
        write_condition(writer, sides[i]);
        dynr_buf_append_c(&writer->text, wrapped ? ")" : "");
    }
}

static void write_not(struct writer *writer, const struct dyn_expr *expr)
{
    const struct dyn_expr *inner = expr->left;
    if (inner->kind == DYN_EXPR_EXISTS && inner->left->kind == DYN_EXPR_ROW) {
        dynr_buf_append_c(&writer->text, "attribute_not_exists(");
        write_row(writer, inner->left);
        dynr_buf_append_char(&writer->text, ')');
        return;
    }
    dynr_buf_append_c(&writer->text, "NOT (");
    write_condition(writer, inner);
    dynr_buf_append_char(&writer->text, ')');
}

static void write_condition(struct writer *writer, const struct dyn_expr *expr)
{
    switch (expr->kind) {
    case DYN_EXPR_AND:
    case DYN_EXPR_OR:
        write_pair(writer, expr);
        return;
    case DYN_EXPR_NOT:
        write_not(writer, expr);
        return;
    case DYN_EXPR_EQUAL:
    case DYN_EXPR_NOT_EQUAL:
    case DYN_EXPR_LESS:
    case DYN_EXPR_LESS_EQUAL:
    case DYN_EXPR_GREATER:
    case DYN_EXPR_GREATER_EQUAL:
        write_comparison(writer, expr);
        return;
    case DYN_EXPR_IN:
        write_in(writer, expr);
        return;
    case DYN_EXPR_BETWEEN:
        write_between(writer, expr);
        return;
    case DYN_EXPR_BEGINS_WITH:
    case DYN_EXPR_CONTAINS:
        write_function(writer, expr);
        return;
    case DYN_EXPR_EXISTS:
        if (expr->left->kind == DYN_EXPR_ROW) {
            write_exists(writer, expr->left);
            return;
        }
        break;
    case DYN_EXPR_ROW:
        write_row(writer, expr);
        dynr_buf_append_c(&writer->text, " = ");
        write_value(writer, dyn_expr_boolean(writer->derive->arena, true, expr->span),
                    stored_type(writer, expr));
        return;
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
    case DYN_EXPR_NEGATE:
    case DYN_EXPR_ADD:
    case DYN_EXPR_SUBTRACT:
    case DYN_EXPR_NOW:
    case DYN_EXPR_LOOKUP:
    case DYN_EXPR_ALLOWED:
        break;
    }
    refuse(writer, expr,
           expr->uses_row
               ? "its conditions compare stored attributes with values, they do not compute"
               : "a condition on the input alone says nothing about the row");
}

static bool make_filter(struct writer *with, const struct dyn_expr *const *exprs, size_t n_exprs,
                        enum dyn_code code, struct dyn_plan_filter *out)
{
    struct dyn_derive *derive = with->derive;
    memset(out, 0, sizeof *out);
    struct writer writer = *with;
    writer.code = code;
    for (size_t i = 0; i < n_exprs; i++) {
        bool failed = false;
        const struct dyn_expr *expr = dyn_widen(derive, exprs[i], code, false, &failed);
        bool wrapped = n_exprs > 1 && expr->kind == DYN_EXPR_OR;
        writer.failed = writer.failed || failed;
        dynr_buf_append_c(&writer.text, i == 0 ? "" : " AND ");
        dynr_buf_append_c(&writer.text, wrapped ? "(" : "");
        write_condition(&writer, expr);
        dynr_buf_append_c(&writer.text, wrapped ? ")" : "");
        out->expr = dyn_expr_and(derive->arena, out->expr, exprs[i]);
    }
    if (n_exprs != 0) {
        out->text = dyn_take_text(derive->arena, &writer.text);
    }
    out->names = writer.names;
    out->n_names = writer.n_names;
    out->values = writer.values;
    out->n_values = writer.n_values;
    return !writer.failed;
}

bool dyn_filter_make(struct dyn_derive *derive, const struct dyn_expr *const *exprs, size_t n_exprs,
                     enum dyn_code code, struct dyn_plan_filter *out)
{
    struct writer writer = {.derive = derive};
    writer.name_prefix = dynr_str_from_c("n");
    writer.value_prefix = dynr_str_from_c("v");
    return make_filter(&writer, exprs, n_exprs, code, out);
}

bool dyn_filter_make_named(struct dyn_derive *derive, const struct dyn_expr *expr,
                           enum dyn_code code, char letter, size_t number,
                           struct dyn_plan_filter *out)
{
    struct writer writer = {.derive = derive};
    writer.name_prefix = dyn_text(derive->arena, "%c%zun", letter, number);
    writer.value_prefix = dyn_text(derive->arena, "%c%zuv", letter, number);
    return make_filter(&writer, &expr, 1, code, out);
}
