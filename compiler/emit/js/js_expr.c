/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expressions in JavaScript, from the same trees as those in C. Whatever can be missing goes through templates/js/expr.js, which
 * says what that means.
 */
#include "emit/js/js.h"

#include <inttypes.h>

/* Integers that a JavaScript number holds exactly. ORDER json_number in runtime/include/dynr/gen.h */
#define SAFE_INTEGER (((int64_t)1 << 53) - 1)

static const struct dynr_str nothing;

struct dynr_str js_string(struct js_emit *e, struct dynr_str text)
{
    struct dynr_buf buf;
    dynr_buf_init(&buf, NULL, 0);
    dynr_buf_append_json_string(&buf, text);
    struct dynr_str literal = dynr_arena_dup(e->arena, dynr_buf_str(&buf));
    dynr_buf_cleanup(&buf);
    return literal;
}

bool js_is_bigint(const struct dyn_type *type)
{
    type = js_carried_type(type);
    bool fits = type->width == 32 || (type->has_low && type->has_high &&
                                      type->low >= -SAFE_INTEGER && type->high <= SAFE_INTEGER);
    return type->kind == DYN_TYPE_INT && !fits;
}

struct dynr_str js_part(struct js_emit *e, const struct dyn_type *type)
{
    type = js_carried_type(type);
    switch (type->kind) {
    case DYN_TYPE_BOOL:
        return dynr_str_from_c("T.bool");
    case DYN_TYPE_INT:
    case DYN_TYPE_VERSION:
        return dynr_str_from_c("T.int");
    case DYN_TYPE_FLOAT:
        return dynr_str_from_c("T.float");
    case DYN_TYPE_DECIMAL:
        return dynr_str_from_c("T.decimal");
    case DYN_TYPE_BYTES:
        return dynr_str_from_c("T.bytes");
    case DYN_TYPE_ENUM:
        return dynr_arena_printf(e->arena, "E.%.*s", DYN_JS_ARG(type->enumeration->name->text));
    case DYN_TYPE_STRING:
    case DYN_TYPE_EMAIL:
    case DYN_TYPE_URL:
    case DYN_TYPE_JSON:
    case DYN_TYPE_DATE:
    case DYN_TYPE_TIMESTAMP:
    case DYN_TYPE_EPOCH:
    case DYN_TYPE_ULID:
    case DYN_TYPE_UUID:
    case DYN_TYPE_REF:
    case DYN_TYPE_STRUCT:
    case DYN_TYPE_LIST:
    case DYN_TYPE_SET:
    case DYN_TYPE_MAP:
    case DYN_TYPE_NULL:
    case DYN_TYPE_ERROR:
        break;
    }
    return dynr_str_from_c("T.text");
}

/* ---- codecs ------------------------------------------------------------------------------------------------ */

struct dynr_str js_codec(struct js_emit *e, const struct dyn_type *type)
{
    if (js_is_bigint(type)) {
        return dynr_str_from_c("\"bigint\"");
    }
    if (type->kind == DYN_TYPE_LIST || type->kind == DYN_TYPE_SET || type->kind == DYN_TYPE_MAP) {
        struct dynr_str element = js_codec(e, type->element);
        return element.len == 0
                   ? nothing
                   : dynr_arena_printf(e->arena, "{ each: %.*s }", DYN_JS_ARG(element));
    }
    if (type->kind == DYN_TYPE_STRUCT) {
        return js_fields_codec(e, (const struct dyn_field *const *)type->structure->fields,
                               type->structure->n_fields);
    }
    return nothing;
}

struct dynr_str js_fields_codec(struct js_emit *e, const struct dyn_field *const *fields,
                                size_t n_fields)
{
    struct dynr_str all = nothing;
    for (size_t i = 0; i < n_fields; i++) {
        struct dynr_str codec = js_codec(e, fields[i]->type);
        if (codec.len > 0) {
            all = dynr_arena_printf(e->arena, "%.*s%s%.*s: %.*s", (int)all.len,
                                    all.len == 0 ? "" : all.ptr, all.len == 0 ? "" : ", ",
                                    DYN_JS_ARG(fields[i]->name->text), DYN_JS_ARG(codec));
        }
    }
    return all.len == 0 ? nothing
                        : dynr_arena_printf(e->arena, "{ fields: { %.*s } }", DYN_JS_ARG(all));
}

/* ---- values ------------------------------------------------------------------------------------------------ */

static struct dynr_str member(struct js_emit *e, const char *owner, const struct dyn_expr *expr)
{
    struct dynr_str text =
        dynr_arena_printf(e->arena, "%s.%.*s", owner, DYN_JS_ARG(expr->field->name->text));
    const struct dyn_field *field = expr->field;
    for (size_t i = 0; i < expr->n_path; i++) {
        const struct dyn_type *type = field->type;
        field = expr->path[i];
        text = type->kind == DYN_TYPE_REF
                   ? js_key_part(e, type->model, text, field->index)
                   : dynr_arena_printf(e->arena, "%.*s?.%.*s", DYN_JS_ARG(text),
                                       DYN_JS_ARG(field->name->text));
    }
    return text;
}

static struct dynr_str integer(struct js_emit *e, const struct dyn_expr *expr)
{
    if (expr->type->kind == DYN_TYPE_DECIMAL) {
        return dynr_arena_printf(e->arena, "\"%" PRId64 "\"", expr->integer);
    }
    return dynr_arena_printf(e->arena, "%" PRId64 "%s", expr->integer,
                             js_is_bigint(expr->type) ? "n" : "");
}

static struct dynr_str list(struct js_emit *e, const struct dyn_expr *const *items, size_t n_items)
{
    struct dynr_str all = dynr_str_from_c("[");
    for (size_t i = 0; i < n_items; i++) {
        struct dynr_str item = js_value(e, items[i]);
        if (item.len == 0) {
            return nothing;
        }
        all = dynr_arena_printf(e->arena, "%.*s%s%.*s", DYN_JS_ARG(all), i == 0 ? "" : ", ",
                                DYN_JS_ARG(item));
    }
    return dynr_arena_printf(e->arena, "%.*s]", DYN_JS_ARG(all));
}

static struct dynr_str object(struct js_emit *e, const struct dyn_expr *expr)
{
    struct dynr_str all = dynr_str_from_c("{");
    const struct dyn_struct *structure = expr->type->structure;
    for (size_t i = 0; i < expr->n_items; i++) {
        if (expr->items[i] == NULL) {
            continue;
        }
        struct dynr_str value = js_value(e, expr->items[i]);
        if (value.len == 0) {
            return nothing;
        }
        all = dynr_arena_printf(e->arena, "%.*s%s%.*s: %.*s", DYN_JS_ARG(all),
                                all.len == 1 ? " " : ", ",
                                DYN_JS_ARG(structure->fields[i]->name->text), DYN_JS_ARG(value));
    }
    return dynr_arena_printf(e->arena, "%.*s }", DYN_JS_ARG(all));
}

static struct dynr_str call(struct js_emit *e, const char *function, struct dynr_str a,
                            struct dynr_str b)
{
    if (a.len == 0 || b.len == 0) {
        return nothing;
    }
    return dynr_arena_printf(e->arena, "$.%s(%.*s, %.*s)", function, DYN_JS_ARG(a), DYN_JS_ARG(b));
}

static struct dynr_str negated(struct js_emit *e, const struct dyn_type *type,
                               struct dynr_str value)
{
    if (value.len == 0) {
        return nothing;
    }
    const char *function = type->kind == DYN_TYPE_DECIMAL ? "negativeDecimal" : "negative";
    return dynr_arena_printf(e->arena, "$.%s(%.*s)", function, DYN_JS_ARG(value));
}

static struct dynr_str arithmetic(struct js_emit *e, const struct dyn_expr *expr)
{
    struct dynr_str left = js_value(e, expr->left);
    struct dynr_str right = js_value(e, expr->right);
    if (expr->kind == DYN_EXPR_SUBTRACT) {
        right = negated(e, expr->type, right);
    }
    return call(e, expr->type->kind == DYN_TYPE_DECIMAL ? "sumDecimal" : "sum", left, right);
}

struct dynr_str js_value(struct js_emit *e, const struct dyn_expr *expr)
{
    switch (expr->kind) {
    case DYN_EXPR_NULL:
        return dynr_str_from_c("null");
    case DYN_EXPR_BOOL:
        return dynr_str_from_c(expr->boolean ? "true" : "false");
    case DYN_EXPR_INT:
        return integer(e, expr);
    case DYN_EXPR_NUMBER:
        return expr->type->kind == DYN_TYPE_DECIMAL ? js_string(e, expr->text) : expr->text;
    case DYN_EXPR_STRING:
        return js_string(e, expr->text);
    case DYN_EXPR_ENUM:
        return js_string(e, expr->enum_value->name->text);
    case DYN_EXPR_LIST:
        return list(e, expr->items, expr->n_items);
    case DYN_EXPR_OBJECT:
        return object(e, expr);
    case DYN_EXPR_ARGUMENT:
        return member(e, "input", expr);
    case DYN_EXPR_CALLER:
        return member(e, "caller", expr);
    case DYN_EXPR_ROW:
        return member(e, "row", expr);
    case DYN_EXPR_ADD:
    case DYN_EXPR_SUBTRACT:
        return arithmetic(e, expr);
    case DYN_EXPR_NEGATE:
        return negated(e, expr->type, js_value(e, expr->left));
    case DYN_EXPR_NOW:
        return dynr_str_from_c("now");
    case DYN_EXPR_NOT:
    case DYN_EXPR_AND:
    case DYN_EXPR_OR:
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
        return js_condition(e, expr);
    case DYN_EXPR_LOOKUP:
    case DYN_EXPR_ALLOWED:
    case DYN_EXPR_ERROR:
        break;
    }
    return nothing;
}

struct dynr_str js_value_as(struct js_emit *e, const struct dyn_expr *expr,
                            const struct dyn_type *type)
{
    if (expr->kind == DYN_EXPR_INT && type->kind == DYN_TYPE_INT) {
        return dynr_arena_printf(e->arena, "%" PRId64 "%s", expr->integer,
                                 js_is_bigint(type) ? "n" : "");
    }
    return js_value(e, expr);
}

/* ---- conditions -------------------------------------------------------------------------------------------- */

static struct dynr_str comparison(struct js_emit *e, const char *function,
                                  const struct dyn_expr *expr)
{
    struct dynr_str left = js_value(e, expr->left);
    struct dynr_str right = js_value(e, expr->right);
    if (left.len == 0 || right.len == 0) {
        return nothing;
    }
    struct dynr_str part = js_part(e, expr->left->type);
    return dynr_arena_printf(e->arena, "$.%s(%.*s, %.*s, %.*s)", function, DYN_JS_ARG(part),
                             DYN_JS_ARG(left), DYN_JS_ARG(right));
}

static struct dynr_str membership(struct js_emit *e, const struct dyn_expr *expr)
{
    struct dynr_str left = js_value(e, expr->left);
    struct dynr_str items =
        expr->right != NULL ? js_value(e, expr->right) : list(e, expr->items, expr->n_items);
    if (left.len == 0 || items.len == 0) {
        return nothing;
    }
    struct dynr_str part = js_part(e, expr->left->type);
    return dynr_arena_printf(e->arena, "$.isIn(%.*s, %.*s, %.*s)", DYN_JS_ARG(part),
                             DYN_JS_ARG(left), DYN_JS_ARG(items));
}

static struct dynr_str between(struct js_emit *e, const struct dyn_expr *expr)
{
    struct dynr_str value = js_value(e, expr->left);
    struct dynr_str low = js_value(e, expr->items[0]);
    struct dynr_str high = js_value(e, expr->items[1]);
    if (value.len == 0 || low.len == 0 || high.len == 0) {
        return nothing;
    }
    struct dynr_str part = js_part(e, expr->left->type);
    return dynr_arena_printf(e->arena, "$.between(%.*s, %.*s, %.*s, %.*s)", DYN_JS_ARG(part),
                             DYN_JS_ARG(value), DYN_JS_ARG(low), DYN_JS_ARG(high));
}

static struct dynr_str containment(struct js_emit *e, const struct dyn_expr *expr)
{
    struct dynr_str whole = js_value(e, expr->left);
    struct dynr_str piece = js_value(e, expr->right);
    const struct dyn_type *type = expr->left->type;
    if (type->kind != DYN_TYPE_LIST && type->kind != DYN_TYPE_SET) {
        return call(e, "containsText", whole, piece);
    }
    if (whole.len == 0 || piece.len == 0) {
        return nothing;
    }
    struct dynr_str part = js_part(e, type->element);
    return dynr_arena_printf(e->arena, "$.contains(%.*s, %.*s, %.*s)", DYN_JS_ARG(part),
                             DYN_JS_ARG(whole), DYN_JS_ARG(piece));
}

static struct dynr_str connective(struct js_emit *e, const struct dyn_expr *expr)
{
    struct dynr_str left = js_condition(e, expr->left);
    struct dynr_str right = js_condition(e, expr->right);
    if (left.len == 0 || right.len == 0) {
        return nothing;
    }
    return dynr_arena_printf(e->arena, "(%.*s %s %.*s)", DYN_JS_ARG(left),
                             expr->kind == DYN_EXPR_AND ? "&&" : "||", DYN_JS_ARG(right));
}

static struct dynr_str wrapped(struct js_emit *e, const char *format_head, struct dynr_str inner)
{
    return inner.len == 0 ? nothing
                          : dynr_arena_printf(e->arena, "%s(%.*s)", format_head, DYN_JS_ARG(inner));
}

struct dynr_str js_condition(struct js_emit *e, const struct dyn_expr *expr)
{
    switch (expr->kind) {
    case DYN_EXPR_BOOL:
        return dynr_str_from_c(expr->boolean ? "true" : "false");
    case DYN_EXPR_NOT:
        return wrapped(e, "!", js_condition(e, expr->left));
    case DYN_EXPR_AND:
    case DYN_EXPR_OR:
        return connective(e, expr);
    case DYN_EXPR_EQUAL:
        return comparison(e, "equal", expr);
    case DYN_EXPR_NOT_EQUAL:
        return comparison(e, "notEqual", expr);
    case DYN_EXPR_LESS:
        return comparison(e, "less", expr);
    case DYN_EXPR_LESS_EQUAL:
        return comparison(e, "lessEqual", expr);
    case DYN_EXPR_GREATER:
        return comparison(e, "greater", expr);
    case DYN_EXPR_GREATER_EQUAL:
        return comparison(e, "greaterEqual", expr);
    case DYN_EXPR_IN:
        return membership(e, expr);
    case DYN_EXPR_BETWEEN:
        return between(e, expr);
    case DYN_EXPR_BEGINS_WITH:
        return call(e, "beginsWith", js_value(e, expr->left), js_value(e, expr->right));
    case DYN_EXPR_CONTAINS:
        return containment(e, expr);
    case DYN_EXPR_EXISTS:
        return wrapped(e, "$.exists", js_value(e, expr->left));
    case DYN_EXPR_ARGUMENT:
    case DYN_EXPR_CALLER:
    case DYN_EXPR_ROW: {
        struct dynr_str value = js_value(e, expr);
        return value.len == 0 ? nothing
                              : dynr_arena_printf(e->arena, "%.*s === true", DYN_JS_ARG(value));
    }
    case DYN_EXPR_NULL:
    case DYN_EXPR_INT:
    case DYN_EXPR_NUMBER:
    case DYN_EXPR_STRING:
    case DYN_EXPR_ENUM:
    case DYN_EXPR_LIST:
    case DYN_EXPR_OBJECT:
    case DYN_EXPR_NEGATE:
    case DYN_EXPR_ADD:
    case DYN_EXPR_SUBTRACT:
    case DYN_EXPR_NOW:
    case DYN_EXPR_LOOKUP:
    case DYN_EXPR_ALLOWED:
    case DYN_EXPR_ERROR:
        break;
    }
    return nothing;
}
