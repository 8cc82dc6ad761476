/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expressions in C. Every value comes with the condition under which it is there, because a comparison with a missing
 * value is false, whatever the operator.
 */
#include "emit/c/c_emit.h"

#include <inttypes.h>

#include "base/base64.h"
#include "dynr/value.h"

static bool needs_escape(unsigned char c)
{
    return c < 0x20 || c >= 0x7f || c == '?' || c == '"' || c == '\\';
}

struct dynr_str c_string(struct c_emit *e, struct dynr_str text)
{
    size_t plain = 0;
    while (plain < text.len && !needs_escape((unsigned char)text.ptr[plain])) {
        plain++;
    }
    if (plain == text.len) {
        return dynr_arena_printf(e->arena, "\"%.*s\"", DYN_ARG(text));
    }
    struct dynr_buf buf;
    dynr_buf_init(&buf, NULL, 0);
    dynr_buf_append_char(&buf, '"');
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c == '"' || c == '\\') {
            dynr_buf_append_char(&buf, '\\');
            dynr_buf_append_char(&buf, (char)c);
        } else if (needs_escape(c)) {
            /* Octal of three digits cannot swallow what follows; '?' could begin a trigraph. */
            dynr_buf_printf(&buf, "\\%03o", c);
        } else {
            dynr_buf_append_char(&buf, (char)c);
        }
    }
    dynr_buf_append_char(&buf, '"');
    struct dynr_str literal = dynr_arena_dup(e->arena, dynr_buf_str(&buf));
    dynr_buf_cleanup(&buf);
    return literal;
}

static struct dynr_str both(struct c_emit *e, struct dynr_str a, struct dynr_str b)
{
    if (a.len == 0) {
        return b;
    }
    if (b.len == 0) {
        return a;
    }
    return dynr_arena_printf(e->arena, "%.*s && %.*s", DYN_ARG(a), DYN_ARG(b));
}

static struct c_value constant(struct dynr_str text)
{
    struct c_value value = {.text = text};
    return value;
}

/** A member of input, caller or row, with the flags of everything optional on the way. */
static struct c_value member_value(struct c_emit *e, const char *owner, const struct dyn_expr *expr,
                                   const struct dyn_plan_shape *shape)
{
    struct c_value value = {.is_lvalue = true};
    struct dynr_str base = dynr_str_from_c(owner);
    const struct dyn_field *field = expr->field;
    for (size_t i = 0;; i++) {
        struct dynr_str member =
            i == 0 && shape != NULL ? c_shape_member(e, shape, field) : c_member(e, field->name);
        if (field->type->optional) {
            value.present =
                both(e, value.present,
                     dynr_arena_printf(e->arena, "%.*shas_%.*s", DYN_ARG(base), DYN_ARG(member)));
        }
        value.text = dynr_arena_printf(e->arena, "%.*s%.*s", DYN_ARG(base), DYN_ARG(member));
        if (i == expr->n_path) {
            return value;
        }
        base = dynr_arena_printf(e->arena, "%.*s.", DYN_ARG(value.text));
        field = expr->path[i];
    }
}

/** The row of a look-up, or a member of it: there only if the row is. */
static struct c_value lookup_value(struct c_emit *e, const struct c_scope *scope,
                                   const struct dyn_expr *expr)
{
    size_t i = 0;
    while (scope->predicate->lookups[i].lookup != expr->lookup) {
        i++;
    }
    struct dynr_str row = dynr_arena_printf(e->arena, "other_%zu", i);
    struct dynr_str found = dynr_arena_printf(e->arena, "%.*s != NULL", DYN_ARG(row));
    struct c_value value = {.text = row, .present = found};
    if (expr->field != NULL) {
        value =
            member_value(e, dynr_arena_printf(e->arena, "%.*s->", DYN_ARG(row)).ptr, expr, NULL);
        value.present = both(e, found, value.present);
    }
    return value;
}

static struct dynr_str integer_text(struct c_emit *e, int64_t value, const struct dyn_type *type)
{
    if (type != NULL && type->kind == DYN_TYPE_INT && type->width == 32) {
        return dynr_arena_printf(e->arena, "%" PRId64, value);
    }
    if (type != NULL && type->kind == DYN_TYPE_FLOAT) {
        return dynr_arena_printf(e->arena, "%" PRId64 ".0", value);
    }
    if (value == INT64_MIN) {
        return dynr_str_from_c("INT64_MIN");
    }
    return dynr_arena_printf(e->arena, "INT64_C(%" PRId64 ")", value);
}

static struct dynr_str str_text(struct c_emit *e, struct dynr_str text)
{
    return dynr_arena_printf(e->arena, "dynr_str_make(%.*s, %zu)", DYN_ARG(c_string(e, text)),
                             text.len);
}

static struct dynr_str decimal_text(struct c_emit *e, struct dynr_str number)
{
    struct dynr_decimal canonical;
    if (dynr_decimal_parse(number, e->arena, &canonical, NULL) != DYNR_OK) {
        canonical.text = number;
    }
    return dynr_arena_printf(e->arena, "(struct dynr_decimal){%.*s}",
                             DYN_ARG(str_text(e, canonical.text)));
}

/** A string literal as what its type asks for. Its form was checked by sema. */
static struct dynr_str string_text(struct c_emit *e, const struct dyn_expr *expr)
{
    struct dynr_str text = expr->text;
    struct dynr_date date = {0};
    struct dynr_timestamp timestamp = {0};
    struct dynr_bytes bytes = {0};
    switch (expr->type->kind) {
    case DYN_TYPE_DATE:
        (void)dynr_date_parse(text, &date);
        return dynr_arena_printf(e->arena, "(struct dynr_date){%d, %d, %d}", date.year, date.month,
                                 date.day);
    case DYN_TYPE_TIMESTAMP:
    case DYN_TYPE_EPOCH:
        (void)dynr_timestamp_parse(text, &timestamp);
        return dynr_arena_printf(e->arena, "(struct dynr_timestamp){INT64_C(%" PRId64 ")}",
                                 timestamp.ms);
    case DYN_TYPE_ULID:
        return dynr_arena_printf(e->arena, "(struct dynr_ulid){%.*s}", DYN_ARG(c_string(e, text)));
    case DYN_TYPE_UUID:
        return dynr_arena_printf(e->arena, "(struct dynr_uuid){%.*s}", DYN_ARG(c_string(e, text)));
    case DYN_TYPE_DECIMAL:
        return decimal_text(e, text);
    case DYN_TYPE_BYTES:
        /* Written in base64. */
        (void)dynr_base64_decode(text, e->arena, &bytes);
        return dynr_arena_printf(
            e->arena, "(struct dynr_bytes){(const uint8_t *)%.*s, %zu}",
            DYN_ARG(c_string(e, dynr_str_make((const char *)bytes.ptr, bytes.len))), bytes.len);
    case DYN_TYPE_ERROR:
    case DYN_TYPE_STRING:
    case DYN_TYPE_EMAIL:
    case DYN_TYPE_URL:
    case DYN_TYPE_JSON:
    case DYN_TYPE_BOOL:
    case DYN_TYPE_INT:
    case DYN_TYPE_FLOAT:
    case DYN_TYPE_VERSION:
    case DYN_TYPE_ENUM:
    case DYN_TYPE_STRUCT:
    case DYN_TYPE_REF:
    case DYN_TYPE_LIST:
    case DYN_TYPE_SET:
    case DYN_TYPE_MAP:
    case DYN_TYPE_NULL:
        break;
    }
    return str_text(e, text);
}

static struct dynr_str number_text(struct c_emit *e, const struct dyn_expr *expr)
{
    if (expr->type->kind == DYN_TYPE_DECIMAL) {
        return decimal_text(e, expr->text);
    }
    return expr->text;
}

/** Of an expression that an earlier stage refuses: a bug of ours, not the user's. */
static void no_form(struct c_emit *e, const struct dyn_expr *expr)
{
    dyn_report(e->input->diags, DYN_CODE_SELF_CHECK, expr->span,
               "internal: this expression has no form in C");
}

static struct c_value arithmetic(struct c_emit *e, const struct c_scope *scope,
                                 const struct dyn_expr *expr)
{
    struct c_value left = c_expr(e, scope, expr->left);
    struct c_value right = c_expr(e, scope, expr->right);
    struct c_value value = {.present = both(e, left.present, right.present)};
    bool add = expr->kind == DYN_EXPR_ADD;
    if (expr->type->kind == DYN_TYPE_FLOAT) {
        value.text = dynr_arena_printf(e->arena, "(%.*s %s %.*s)", DYN_ARG(left.text),
                                       add ? "+" : "-", DYN_ARG(right.text));
        return value;
    }
    if (expr->type->kind == DYN_TYPE_DECIMAL) {
        no_form(e, expr);
    }
    /* 32 bits are computed in 64: whether the result fits is looked at where it is stored. */
    const char *checked = scope->is_stored ? "_checked" : "";
    value.text = dynr_arena_printf(e->arena, "dynr_int64_%s%s(%.*s, %.*s%s)",
                                   add ? "sum" : "difference", checked, DYN_ARG(left.text),
                                   DYN_ARG(right.text), scope->is_stored ? ", &overflow" : "");
    return value;
}

static struct c_value negation(struct c_emit *e, const struct c_scope *scope,
                               const struct dyn_expr *expr)
{
    struct c_value operand = c_expr(e, scope, expr->left);
    struct c_value value = {.present = operand.present};
    if (expr->type->kind == DYN_TYPE_FLOAT) {
        value.text = dynr_arena_printf(e->arena, "(-%.*s)", DYN_ARG(operand.text));
        return value;
    }
    if (expr->type->kind == DYN_TYPE_DECIMAL) {
        no_form(e, expr);
    }
    const char *checked = scope->is_stored ? "_checked" : "";
    value.text = dynr_arena_printf(e->arena, "dynr_int64_difference%s(0, %.*s%s)", checked,
                                   DYN_ARG(operand.text), scope->is_stored ? ", &overflow" : "");
    return value;
}

/** A condition as an operand: what stands around it may bind tighter. */
static struct dynr_str parenthesized(struct c_emit *e, struct dynr_str condition)
{
    return dynr_arena_printf(e->arena, "(%.*s)", DYN_ARG(condition));
}

struct c_value c_expr(struct c_emit *e, const struct c_scope *scope, const struct dyn_expr *expr)
{
    switch (expr->kind) {
    case DYN_EXPR_INT:
        if (expr->type->kind == DYN_TYPE_DECIMAL) {
            return constant(
                decimal_text(e, dynr_arena_printf(e->arena, "%" PRId64, expr->integer)));
        }
        return constant(integer_text(e, expr->integer, expr->type));
    case DYN_EXPR_NUMBER:
        return constant(number_text(e, expr));
    case DYN_EXPR_STRING:
        return constant(string_text(e, expr));
    case DYN_EXPR_ENUM:
        return constant(c_enum_constant(e, expr->type->enumeration, expr->enum_value));
    case DYN_EXPR_ARGUMENT:
        return member_value(e, scope->input, expr, NULL);
    case DYN_EXPR_CALLER:
        return member_value(e, scope->caller, expr, NULL);
    case DYN_EXPR_ROW:
        return member_value(e, scope->row, expr, scope->row_shape);
    case DYN_EXPR_LOOKUP:
        return lookup_value(e, scope, expr);
    case DYN_EXPR_ADD:
    case DYN_EXPR_SUBTRACT:
        return arithmetic(e, scope, expr);
    case DYN_EXPR_NEGATE:
        return negation(e, scope, expr);
    case DYN_EXPR_NOW:
        return constant(dynr_str_from_c("dynr_client_now(call->client)"));
    case DYN_EXPR_BOOL:
        return constant(c_condition(e, scope, expr));
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
        return constant(parenthesized(e, c_condition(e, scope, expr)));
    case DYN_EXPR_NULL:
    case DYN_EXPR_LIST:
    case DYN_EXPR_OBJECT:
    case DYN_EXPR_ALLOWED: /* the plan put the other policy in its place */
    case DYN_EXPR_ERROR:
        break;
    }
    /* Lists, objects and null are assigned member by member (c_assign); elsewhere sema refused them. */
    no_form(e, expr);
    return constant(dynr_str_from_c("0"));
}

const struct dyn_type *c_stored_type(const struct dyn_expr *expr)
{
    bool is_member = expr->kind == DYN_EXPR_ARGUMENT || expr->kind == DYN_EXPR_CALLER ||
                     expr->kind == DYN_EXPR_ROW || expr->kind == DYN_EXPR_LOOKUP;
    if (!is_member) {
        return expr->type;
    }
    return expr->n_path > 0 ? expr->path[expr->n_path - 1]->type : expr->field->type;
}

/** How deep the reference to `outer` holds one to `inner`, as long as keys have one part; 0: it does not, or is one. */
static size_t levels_between(const struct dyn_model *outer, const struct dyn_model *inner)
{
    size_t n = 0;
    while (outer != inner && outer->n_key_fields == 1 &&
           outer->fields[0]->type->kind == DYN_TYPE_REF) {
        outer = outer->fields[0]->type->model;
        n++;
    }
    return outer == inner ? n : 0;
}

static bool is_same(const struct dyn_type *from, const struct dyn_type *to)
{
    return from->kind == to->kind && (from->kind != DYN_TYPE_REF || from->model == to->model);
}

struct c_value c_coerce(struct c_emit *e, struct c_value value, const struct dyn_type *from,
                        const struct dyn_type *to)
{
    if (is_same(from, to)) {
        return value;
    }
    bool wraps = to->kind == DYN_TYPE_REF && from->kind == to->kind &&
                 levels_between(to->model, from->model) > 0;
    if (from->kind == DYN_TYPE_REF && !wraps) {
        const struct dyn_field *key = from->model->fields[0];
        value.text = dynr_arena_printf(e->arena, "%.*s.%.*s", DYN_ARG(value.text),
                                       DYN_ARG(c_member(e, key->name)));
        return c_coerce(e, value, key->type, to);
    }
    if (to->kind == DYN_TYPE_REF) {
        struct c_value inner = c_coerce(e, value, from, to->model->fields[0]->type);
        value.text = dynr_arena_printf(e->arena, "(%.*s){%.*s}", DYN_ARG(c_type(e, to)),
                                       DYN_ARG(inner.text));
        value.is_lvalue = false;
    }
    return value;
}

static bool is_text(const struct dyn_type *type)
{
    return type->kind == DYN_TYPE_STRING || type->kind == DYN_TYPE_EMAIL ||
           type->kind == DYN_TYPE_URL || type->kind == DYN_TYPE_JSON;
}

struct dynr_str c_address(struct c_emit *e, struct c_value value, const struct dyn_type *type)
{
    if (value.is_lvalue) {
        return dynr_arena_printf(e->arena, "&%.*s", DYN_ARG(value.text));
    }
    if (value.text.len > 0 && value.text.ptr[0] == '(' &&
        value.text.ptr[value.text.len - 1] == '}') {
        return dynr_arena_printf(e->arena, "&%.*s",
                                 DYN_ARG(value.text)); /* a compound literal has an address */
    }
    /* Braces of a struct would take a call that returns one for the struct's first member. */
    struct dynr_str name = c_type(e, type);
    return is_text(type)
               ? dynr_arena_printf(e->arena, "(%.*s[]){%.*s}", DYN_ARG(name), DYN_ARG(value.text))
               : dynr_arena_printf(e->arena, "&(%.*s){%.*s}", DYN_ARG(name), DYN_ARG(value.text));
}

static bool is_native(const struct dyn_type *type)
{
    return type->kind == DYN_TYPE_BOOL || type->kind == DYN_TYPE_INT ||
           type->kind == DYN_TYPE_FLOAT || type->kind == DYN_TYPE_ENUM ||
           type->kind == DYN_TYPE_VERSION;
}

/** `left operator right` for two values of one type, without their presence. */
static struct dynr_str compare(struct c_emit *e, struct c_value left, const char *operator,
                               struct c_value right, const struct dyn_type *type)
{
    bool equal = strcmp(operator, "==") == 0;
    if (is_native(type)) {
        return dynr_arena_printf(e->arena, "%.*s %s %.*s", DYN_ARG(left.text), operator,
                                 DYN_ARG(right.text));
    }
    if (is_text(type) && (equal || strcmp(operator, "!=") == 0)) {
        return dynr_arena_printf(e->arena, "%sdynr_str_equal(%.*s, %.*s)", equal ? "" : "!",
                                 DYN_ARG(left.text), DYN_ARG(right.text));
    }
    if (is_text(type)) {
        return dynr_arena_printf(e->arena, "dynr_str_compare(%.*s, %.*s) %s 0", DYN_ARG(left.text),
                                 DYN_ARG(right.text), operator);
    }
    return dynr_arena_printf(e->arena, "dynr_value_compare(&%.*s, %.*s, %.*s) %s 0",
                             DYN_ARG(c_type_desc(e, type)), DYN_ARG(c_address(e, left, type)),
                             DYN_ARG(c_address(e, right, type)), operator);
}

static struct dynr_str guarded(struct c_emit *e, struct dynr_str present, struct dynr_str condition)
{
    struct dynr_str text = both(e, present, condition);
    return present.len == 0 ? text : dynr_arena_printf(e->arena, "(%.*s)", DYN_ARG(text));
}

static struct dynr_str comparison(struct c_emit *e, const struct c_scope *scope,
                                  const struct dyn_expr *expr, const char *operator)
{
    const struct dyn_type *left_type = c_stored_type(expr->left);
    struct c_value left = c_expr(e, scope, expr->left);
    struct c_value right =
        c_coerce(e, c_expr(e, scope, expr->right), c_stored_type(expr->right), left_type);
    struct dynr_str text = compare(e, left, operator, right, left_type);
    return guarded(e, both(e, left.present, right.present), text);
}

static struct dynr_str membership(struct c_emit *e, const struct c_scope *scope,
                                  const struct dyn_expr *expr)
{
    struct c_value left = c_expr(e, scope, expr->left);
    if (expr->right != NULL) {
        struct c_value list = c_expr(e, scope, expr->right);
        struct dynr_str text = dynr_arena_printf(e->arena, "dynr_value_contains(&%.*s, %.*s, %.*s)",
                                                 DYN_ARG(c_type_desc(e, expr->right->type)),
                                                 DYN_ARG(c_address(e, list, expr->right->type)),
                                                 DYN_ARG(c_address(e, left, expr->left->type)));
        return guarded(e, both(e, left.present, list.present), text);
    }
    struct dynr_str any = dynr_str_from_c("false");
    for (size_t i = 0; i < expr->n_items; i++) {
        struct c_value item = c_coerce(e, c_expr(e, scope, expr->items[i]),
                                       c_stored_type(expr->items[i]), c_stored_type(expr->left));
        struct dynr_str one =
            guarded(e, item.present, compare(e, left, "==", item, c_stored_type(expr->left)));
        any =
            i == 0 ? one : dynr_arena_printf(e->arena, "%.*s || %.*s", DYN_ARG(any), DYN_ARG(one));
    }
    return guarded(e, left.present, dynr_arena_printf(e->arena, "(%.*s)", DYN_ARG(any)));
}

static struct dynr_str between(struct c_emit *e, const struct c_scope *scope,
                               const struct dyn_expr *expr)
{
    struct c_value value = c_expr(e, scope, expr->left);
    struct c_value low = c_expr(e, scope, expr->items[0]);
    struct c_value high = c_expr(e, scope, expr->items[1]);
    struct dynr_str text = dynr_arena_printf(
        e->arena, "(%.*s && %.*s)", DYN_ARG(compare(e, value, ">=", low, expr->left->type)),
        DYN_ARG(compare(e, value, "<=", high, expr->left->type)));
    return guarded(e, both(e, value.present, both(e, low.present, high.present)), text);
}

static struct dynr_str containment(struct c_emit *e, const struct c_scope *scope,
                                   const struct dyn_expr *expr)
{
    struct c_value left = c_expr(e, scope, expr->left);
    struct c_value right = c_expr(e, scope, expr->right);
    struct dynr_str text;
    if (expr->kind == DYN_EXPR_BEGINS_WITH) {
        text = dynr_arena_printf(e->arena, "dynr_str_starts_with(%.*s, %.*s)", DYN_ARG(left.text),
                                 DYN_ARG(right.text));
    } else if (is_text(expr->left->type)) {
        text = dynr_arena_printf(e->arena, "dynr_str_contains(%.*s, %.*s)", DYN_ARG(left.text),
                                 DYN_ARG(right.text));
    } else {
        text = dynr_arena_printf(e->arena, "dynr_value_contains(&%.*s, %.*s, %.*s)",
                                 DYN_ARG(c_type_desc(e, expr->left->type)),
                                 DYN_ARG(c_address(e, left, expr->left->type)),
                                 DYN_ARG(c_address(e, right, expr->right->type)));
    }
    return guarded(e, both(e, left.present, right.present), text);
}

static struct dynr_str logic(struct c_emit *e, const struct c_scope *scope,
                             const struct dyn_expr *expr)
{
    struct dynr_str left = c_condition(e, scope, expr->left);
    struct dynr_str right = c_condition(e, scope, expr->right);
    return dynr_arena_printf(e->arena, "(%.*s %s %.*s)", DYN_ARG(left),
                             expr->kind == DYN_EXPR_AND ? "&&" : "||", DYN_ARG(right));
}

/** `!x`, with parentheses only around what is not one operand already. */
static struct dynr_str negated(struct c_emit *e, struct dynr_str condition)
{
    bool simple = true;
    for (size_t i = 0; i < condition.len && simple; i++) {
        char c = condition.ptr[i];
        simple = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                 c == '_' || c == '.' || c == '-' || c == '>';
    }
    return dynr_arena_printf(e->arena, simple ? "!%.*s" : "!(%.*s)", DYN_ARG(condition));
}

/** The condition under which a value is there, as one operand. */
static struct dynr_str presence(struct c_emit *e, struct dynr_str present)
{
    if (present.len == 0) {
        return dynr_str_from_c("true");
    }
    bool is_one = memchr(present.ptr, ' ', present.len) == NULL;
    return is_one ? present : dynr_arena_printf(e->arena, "(%.*s)", DYN_ARG(present));
}

struct dynr_str c_condition(struct c_emit *e, const struct c_scope *scope,
                            const struct dyn_expr *expr)
{
    struct c_value value;
    switch (expr->kind) {
    case DYN_EXPR_BOOL:
        return dynr_str_from_c(expr->boolean ? "true" : "false");
    case DYN_EXPR_NOT:
        return negated(e, c_condition(e, scope, expr->left));
    case DYN_EXPR_AND:
    case DYN_EXPR_OR:
        return logic(e, scope, expr);
    case DYN_EXPR_EQUAL:
        return comparison(e, scope, expr, "==");
    case DYN_EXPR_NOT_EQUAL:
        return comparison(e, scope, expr, "!=");
    case DYN_EXPR_LESS:
        return comparison(e, scope, expr, "<");
    case DYN_EXPR_LESS_EQUAL:
        return comparison(e, scope, expr, "<=");
    case DYN_EXPR_GREATER:
        return comparison(e, scope, expr, ">");
    case DYN_EXPR_GREATER_EQUAL:
        return comparison(e, scope, expr, ">=");
    case DYN_EXPR_IN:
        return membership(e, scope, expr);
    case DYN_EXPR_BETWEEN:
        return between(e, scope, expr);
    case DYN_EXPR_BEGINS_WITH:
    case DYN_EXPR_CONTAINS:
        return containment(e, scope, expr);
    case DYN_EXPR_EXISTS:
        value = c_expr(e, scope, expr->left);
        return presence(e, value.present);
    case DYN_EXPR_ARGUMENT:
    case DYN_EXPR_CALLER:
    case DYN_EXPR_ROW:
    case DYN_EXPR_LOOKUP:
        value = c_expr(e, scope, expr);
        return guarded(e, value.present, value.text);
    case DYN_EXPR_ERROR:
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
    case DYN_EXPR_ALLOWED:
        break;
    }
    /* Sema types conditions as bool: nothing else gets here. */
    return dynr_str_from_c("false");
}

static void assign_list(struct c_emit *e, const struct c_scope *scope, const struct dyn_type *type,
                        struct dynr_str target, const struct dyn_expr *expr, const char *arena)
{
    struct dyn_out *out = &e->source;
    if (expr->n_items == 0) {
        dyn_out_line(out, "%.*s.items = NULL;", DYN_ARG(target));
        dyn_out_line(out, "%.*s.n_items = 0;", DYN_ARG(target));
        return;
    }
    if (arena == NULL) {
        no_form(e, expr);
        return;
    }
    dyn_out_line(out, "%.*s.items = dynr_arena_calloc(%s, %zu, sizeof *%.*s.items);",
                 DYN_ARG(target), arena, expr->n_items, DYN_ARG(target));
    dyn_out_line(out, "if (%.*s.items == NULL) {", DYN_ARG(target));
    dyn_out_line(out, "    return dynr_fail(call->err, DYNR_ERR_NO_MEMORY, NULL);");
    dyn_out_line(out, "}");
    dyn_out_line(out, "%.*s.n_items = %zu;", DYN_ARG(target), expr->n_items);
    struct dyn_field element = {.type = type->element};
    for (size_t i = 0; i < expr->n_items; i++) {
        struct dynr_str place = dynr_arena_printf(e->arena, "%.*s.items[%zu]", DYN_ARG(target), i);
        c_assign(e, scope, &element, place, dynr_str_make("", 0), expr->items[i], arena);
    }
}

static void assign_object(struct c_emit *e, const struct c_scope *scope,
                          const struct dyn_struct *structure, struct dynr_str target,
                          const struct dyn_expr *expr, const char *arena)
{
    for (size_t i = 0; i < structure->n_fields && i < expr->n_items; i++) {
        const struct dyn_field *field = structure->fields[i];
        const struct dyn_expr *item =
            expr->items[i] != NULL ? expr->items[i] : field->default_value;
        if (item == NULL) {
            continue;
        }
        struct dynr_str member = c_member(e, field->name);
        c_assign(e, scope, field,
                 dynr_arena_printf(e->arena, "%.*s.%.*s", DYN_ARG(target), DYN_ARG(member)),
                 dynr_arena_printf(e->arena, "%.*s.has_%.*s", DYN_ARG(target), DYN_ARG(member)),
                 item, arena);
    }
}

static bool is_integer_arithmetic(const struct dyn_expr *expr)
{
    bool computes = expr->kind == DYN_EXPR_ADD || expr->kind == DYN_EXPR_SUBTRACT ||
                    expr->kind == DYN_EXPR_NEGATE;
    return computes && (expr->type->kind == DYN_TYPE_INT || expr->type->kind == DYN_TYPE_VERSION);
}

/** Stores a computed integer, or fails naming the field when it does not fit. */
static void assign_computed(struct c_emit *e, const struct c_scope *scope,
                            const struct dyn_field *field, struct dynr_str target,
                            const struct dyn_expr *expr)
{
    struct dyn_out *out = &e->source;
    struct c_scope stored = *scope;
    stored.is_stored = true;
    struct dynr_str value = c_expr(e, &stored, expr).text;
    bool narrow = field->type->kind == DYN_TYPE_INT && field->type->width == 32;
    /* An element of a list has no name of its own. */
    struct dynr_str literal =
        field->name == NULL ? dynr_str_from_c("\"\"") : c_string(e, field->name->text);
    dyn_out_line(out, "{");
    dyn_out_indent(out);
    dyn_out_line(out, "bool overflow = false;");
    dyn_out_line(out, narrow ? "%.*s = dynr_int32_checked(%.*s, &overflow);" : "%.*s = %.*s;",
                 DYN_ARG(target), DYN_ARG(value));
    dyn_out_line(out, "if (overflow) {");
    dyn_out_line(out,
                 "    return dynr_fail_field(call->err, DYNR_ERR_RANGE, dynr_str_from_c(%.*s),",
                 DYN_ARG(literal));
    dyn_out_line(out, "                           \"the result does not fit into its integer\");");
    dyn_out_line(out, "}");
    dyn_out_outdent(out);
    dyn_out_line(out, "}");
}

void c_assign(struct c_emit *e, const struct c_scope *scope, const struct dyn_field *field,
              struct dynr_str target, struct dynr_str flag, const struct dyn_expr *expr,
              const char *arena)
{
    struct dyn_out *out = &e->source;
    bool optional = field->type->optional;
    if (expr->kind == DYN_EXPR_NULL) {
        dyn_out_line(out, "%.*s = false;", DYN_ARG(flag));
        return;
    }
    bool is_map = field->type->kind == DYN_TYPE_MAP && expr->kind == DYN_EXPR_OBJECT;
    if (expr->kind == DYN_EXPR_LIST || expr->kind == DYN_EXPR_OBJECT) {
        if (optional) {
            dyn_out_line(out, "%.*s = true;", DYN_ARG(flag));
        }
        if (expr->kind == DYN_EXPR_LIST || is_map) {
            assign_list(e, scope, field->type, target, expr, is_map ? NULL : arena);
        } else {
            assign_object(e, scope, field->type->structure, target, expr, arena);
        }
        return;
    }
    struct c_value value = c_coerce(e, c_expr(e, scope, expr), c_stored_type(expr), field->type);
    if (optional) {
        dyn_out_line(out, "%.*s = %.*s;", DYN_ARG(flag),
                     DYN_ARG(value.present.len == 0 ? dynr_str_from_c("true") : value.present));
    }
    if (is_integer_arithmetic(expr) && arena != NULL) {
        assign_computed(e, scope, field, target, expr);
        return;
    }
    dyn_out_line(out, "%.*s = %.*s;", DYN_ARG(target), DYN_ARG(value.text));
}
