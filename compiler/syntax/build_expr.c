/* SPDX-License-Identifier: Apache-2.0 */
/* Builders of names, expressions and types. Trees that grow too high become DYN_AST_ERROR, reported once. */
#include "base/memory.h"
#include "base/utf8.h"
#include "syntax/build.h"
#include "syntax/scanner.h"

static struct dynr_str text_at(const struct dyn_parse *parse, struct dyn_span span)
{
    return dynr_str_make(parse->tokens.text.ptr + span.start, span.end - span.start);
}

struct dyn_ast_name dyn_build_name(struct dyn_parse *parse, struct dyn_span span)
{
    struct dynr_str text = text_at(parse, span);
    if (text.len > 0 && text.ptr[0] == '`') {
        bool is_closed = text.len > 1 && text.ptr[text.len - 1] == '`';
        text = dynr_str_make(text.ptr + 1, text.len - (is_closed ? 2 : 1));
    }
    struct dyn_ast_name name = {.name = dyn_names_intern(parse->names, text), .span = span};
    return name;
}

struct dyn_ast_name dyn_build_no_name(struct dyn_span span)
{
    struct dyn_ast_name name = {.name = NULL, .span = span};
    return name;
}

struct dynr_str dyn_build_string_text(const struct dyn_parse *parse, struct dyn_span span)
{
    struct dynr_str text = text_at(parse, span);
    const char *p = text.ptr;
    const char *end = text.ptr + text.len;
    if (text.len > 0 && *p == '"') {
        p++;
        end -= text.len > 1 && end[-1] == '"' ? 1 : 0;
    } else if (text.len > 0 && *p == '\'') {
        p++;
        end -= text.len > 1 && end[-1] == '\'' ? 1 : 0;
    } else if (text.len >= 3) {
        /* Typographic quotes, reported by the lexer. */
        p += 3;
        bool is_curly =
            text.len >= 6 && memcmp(end - 3, "\xE2\x80", 2) == 0 && (unsigned char)end[-1] >= 0x9C;
        end -= end[-1] == '"' ? 1 : (is_curly ? 3 : 0);
    }
    struct dynr_str content = dynr_str_make(p, end > p ? (size_t)(end - p) : 0);
    if (content.len == 0 || memchr(content.ptr, '\\', content.len) == NULL) {
        return content;
    }
    char *out = dyn_alloc(parse->arena, content.len + 1);
    size_t len = 0;
    while (p < end) {
        uint32_t code_point = 0;
        uint32_t step = *p == '\\' ? dyn_escape_decode(p, end, &code_point) : 0;
        if (step == 0) {
            out[len++] = *p++;
        } else {
            /* An escape is never shorter than what it stands for. */
            char bytes[4];
            size_t n = dynr_utf8_encode(code_point, bytes);
            memcpy(out + len, bytes, n);
            len += n;
            p += step;
        }
    }
    return dynr_str_make(out, len);
}

/* ---- expressions ---- */

static struct dyn_ast_expr *new_expr(struct dyn_parse *parse, enum dyn_ast_expr_kind kind,
                                     struct dyn_span span)
{
    struct dyn_ast_expr *expr = dyn_alloc(parse->arena, sizeof *expr);
    expr->kind = kind;
    expr->span = span;
    expr->name.span = span;
    expr->label.span = span;
    expr->height = 1;
    return expr;
}

static void measure(struct dyn_ast_expr *expr, const struct dyn_ast_expr *part)
{
    if (part != NULL && part->height >= expr->height) {
        expr->height = (uint16_t)(part->height + 1);
    }
}

static struct dyn_ast_expr *limit_height(struct dyn_parse *parse, struct dyn_ast_expr *expr)
{
    measure(expr, expr->left);
    measure(expr, expr->right);
    for (const struct dyn_ast_expr *item = expr->items; item != NULL; item = item->next) {
        measure(expr, item);
    }
    if (expr->height <= DYN_MAX_EXPR_HEIGHT) {
        return expr;
    }
    if (!parse->reported_depth) {
        parse->reported_depth = true;
        struct dyn_diag *diag = dyn_report(parse->diags, DYN_CODE_TOO_DEEP, expr->span,
                                           "this expression has too many operators");
        dyn_diag_fact(parse->diags, diag, "limit: %d in a row", DYN_MAX_EXPR_HEIGHT);
    }
    return new_expr(parse, DYN_AST_ERROR, expr->span);
}

struct dyn_ast_expr *dyn_build_literal(struct dyn_parse *parse, enum dyn_ast_expr_kind kind,
                                       struct dyn_span span)
{
    struct dyn_ast_expr *expr = new_expr(parse, kind, span);
    expr->text = text_at(parse, span);
    return expr;
}

struct dyn_ast_expr *dyn_build_bool(struct dyn_parse *parse, bool value, struct dyn_span span)
{
    struct dyn_ast_expr *expr = dyn_build_literal(parse, DYN_AST_BOOL, span);
    expr->boolean = value;
    return expr;
}

struct dyn_ast_expr *dyn_build_string(struct dyn_parse *parse, struct dyn_span span)
{
    struct dyn_ast_expr *expr = new_expr(parse, DYN_AST_STRING, span);
    expr->text = dyn_build_string_text(parse, span);
    return expr;
}

struct dyn_ast_expr *dyn_build_name_expr(struct dyn_parse *parse, enum dyn_ast_expr_kind kind,
                                         struct dyn_ast_name name, struct dyn_span span)
{
    struct dyn_ast_expr *expr = new_expr(parse, kind, span);
    expr->name = name;
    return expr;
}

struct dyn_ast_expr *dyn_build_member(struct dyn_parse *parse, struct dyn_ast_expr *left,
                                      struct dyn_ast_name name, struct dyn_span span)
{
    struct dyn_ast_expr *expr = new_expr(parse, DYN_AST_MEMBER, span);
    expr->name = name;
    expr->left = left;
    return limit_height(parse, expr);
}

struct dyn_ast_expr *dyn_build_unary(struct dyn_parse *parse, enum dyn_ast_expr_kind kind,
                                     struct dyn_ast_expr *operand, struct dyn_span span)
{
    struct dyn_ast_expr *expr = new_expr(parse, kind, span);
    expr->left = operand;
    return limit_height(parse, expr);
}

struct dyn_ast_expr *dyn_build_binary(struct dyn_parse *parse, enum dyn_ast_expr_kind kind,
                                      struct dyn_ast_expr *left, struct dyn_ast_expr *right,
                                      struct dyn_span span)
{
    struct dyn_ast_expr *expr = new_expr(parse, kind, span);
    expr->left = left;
    expr->right = right;
    return limit_height(parse, expr);
}

/* `Order(id = id)`: somebody names a value. `index` is the `=`. */
static bool names_value(const struct dyn_parse *parse, size_t index)
{
    const struct dyn_token *tokens = parse->tokens.items;
    if (index < 3 || tokens[index - 1].kind != DYN_TOKEN_IDENT) {
        return false;
    }
    return tokens[index - 2].kind == DYN_TOKEN_COMMA ||
           (tokens[index - 2].kind == DYN_TOKEN_LPAREN &&
            tokens[index - 3].kind == DYN_TOKEN_IDENT);
}

void dyn_build_assign(struct dyn_parse *parse, struct dyn_span span)
{
    size_t index = parse->current;
    while (index > 0 && parse->tokens.items[index].start > span.start) {
        index--;
    }
    if (parse->procedure != NULL) {
        parse->procedure->has_errors = true;
    }
    if (names_value(parse, index)) {
        struct dyn_diag *named = dyn_report(parse->diags, DYN_CODE_SYNTAX, span, "unexpected `=`");
        dyn_diag_help(parse->diags, named, "a value is named with `:`");
        dyn_diag_fix(parse->diags, named, span, dynr_str_from_c(":"));
        return;
    }
    struct dyn_diag *diag =
        dyn_report(parse->diags, DYN_CODE_SYNTAX, span, "`=` is not a comparison");
    dyn_diag_help(parse->diags, diag, "values are compared with `==`");
    dyn_diag_fix(parse->diags, diag, span, dynr_str_from_c("=="));
}

struct dyn_ast_expr *dyn_build_in(struct dyn_parse *parse, struct dyn_ast_expr *left,
                                  struct dyn_ast_expr *right, struct dyn_span span)
{
    struct dyn_ast_expr *expr = new_expr(parse, DYN_AST_IN, span);
    expr->left = left;
    if (right->kind == DYN_AST_LIST && right->items != NULL) {
        expr->items = right->items;
    } else {
        expr->right = right;
    }
    return limit_height(parse, expr);
}

struct dyn_ast_expr *dyn_build_not_in(struct dyn_parse *parse, struct dyn_ast_expr *left,
                                      struct dyn_ast_expr *right, struct dyn_span span)
{
    return dyn_build_unary(parse, DYN_AST_NOT, dyn_build_in(parse, left, right, span), span);
}

struct dyn_ast_expr *dyn_build_between(struct dyn_parse *parse, struct dyn_ast_expr *left,
                                       struct dyn_ast_expr *low, struct dyn_ast_expr *high,
                                       struct dyn_span span)
{
    struct dyn_ast_expr *expr = new_expr(parse, DYN_AST_BETWEEN, span);
    expr->left = left;
    expr->items = low;
    low->next = high;
    return limit_height(parse, expr);
}

struct dyn_ast_expr *dyn_build_call(struct dyn_parse *parse, struct dyn_ast_name name,
                                    struct dyn_ast_expr *items, struct dyn_span span)
{
    struct dyn_ast_expr *expr = new_expr(parse, DYN_AST_CALL, span);
    expr->name = name;
    expr->items = items;
    return limit_height(parse, expr);
}

struct dyn_ast_expr *dyn_build_items(struct dyn_parse *parse, enum dyn_ast_expr_kind kind,
                                     struct dyn_ast_expr *items, struct dyn_span span)
{
    struct dyn_ast_expr *expr = new_expr(parse, kind, span);
    expr->items = items;
    return limit_height(parse, expr);
}

struct dyn_ast_expr *dyn_build_group(struct dyn_ast_expr *expr, struct dyn_span span)
{
    /* Parentheses leave no node, but messages underline them. */
    expr->span = span;
    return expr;
}

struct dyn_ast_expr *dyn_build_labelled(struct dyn_ast_name label, struct dyn_ast_expr *value)
{
    value->label = label;
    return value;
}

/* ---- lists ---- */

void dyn_build_expect_comma(struct dyn_parse *parse, bool has_comma, struct dyn_span span)
{
    if (has_comma || parse->recovering) {
        return;
    }
    struct dynr_str text = text_at(parse, span);
    dyn_report(parse->diags, DYN_CODE_SYNTAX, span, "expected `,` before `%.*s`",
               text.len > 40 ? 40 : (int)text.len, text.ptr);
}

void dyn_build_expect_item(struct dyn_parse *parse, bool has_item, struct dyn_span span)
{
    if (!has_item && !parse->recovering) {
        dyn_report(parse->diags, DYN_CODE_SYNTAX, span, "unexpected `,`, expected a name");
    }
}

struct dyn_expr_list dyn_build_exprs(struct dyn_expr_list list, struct dyn_ast_expr *item)
{
    if (list.last == NULL) {
        list.first = item;
    } else {
        list.last->next = item;
    }
    list.last = item;
    list.after_comma = false;
    return list;
}

struct dyn_expr_list dyn_build_object_item(struct dyn_parse *parse, struct dyn_expr_list list,
                                           struct dyn_ast_name label, struct dyn_ast_expr *value)
{
    dyn_build_expect_comma(parse, list.first == NULL || list.after_comma, label.span);
    return dyn_build_exprs(list, dyn_build_labelled(label, value));
}

struct dyn_expr_list dyn_build_name_item(struct dyn_parse *parse, struct dyn_expr_list list,
                                         struct dyn_ast_name name)
{
    dyn_build_expect_comma(parse, list.first == NULL || list.after_comma, name.span);
    return dyn_build_exprs(list, dyn_build_name_expr(parse, DYN_AST_NAME, name, name.span));
}

struct dyn_expr_list dyn_build_expr_comma(struct dyn_parse *parse, struct dyn_expr_list list,
                                          struct dyn_span span)
{
    dyn_build_expect_item(parse, list.first != NULL && !list.after_comma, span);
    list.after_comma = true;
    return list;
}

/* ---- types ---- */

static struct dyn_ast_type *new_type(struct dyn_parse *parse, enum dyn_ast_type_kind kind,
                                     struct dyn_span span)
{
    struct dyn_ast_type *type = dyn_alloc(parse->arena, sizeof *type);
    type->kind = kind;
    type->span = span;
    type->name.span = span;
    type->height = 1;
    return type;
}

struct dyn_ast_type *dyn_build_type(struct dyn_parse *parse, enum dyn_ast_type_kind kind,
                                    struct dyn_span span, struct dyn_ast_name name)
{
    struct dyn_ast_type *type = new_type(parse, kind, span);
    type->name = name;
    return type;
}

struct dyn_ast_type *dyn_build_type_error(struct dyn_parse *parse, struct dyn_span span)
{
    return new_type(parse, DYN_AST_TYPE_ERROR, span);
}

struct dyn_ast_type *dyn_build_collection(struct dyn_parse *parse, enum dyn_ast_type_kind kind,
                                          struct dyn_span span, struct dyn_ast_type *element,
                                          struct dyn_ast_expr *max)
{
    struct dyn_ast_type *type = new_type(parse, kind, span);
    type->element = element;
    type->max = max;
    type->height = (uint16_t)(element->height + 1);
    if (type->height <= DYN_MAX_NESTING) {
        return type;
    }
    if (!parse->reported_depth) {
        parse->reported_depth = true;
        struct dyn_diag *diag =
            dyn_report(parse->diags, DYN_CODE_TOO_DEEP, span, "this type is nested too deeply");
        dyn_diag_fact(parse->diags, diag, "limit: %d levels", DYN_MAX_NESTING);
    }
    return dyn_build_type_error(parse, span);
}

struct dyn_ast_type *dyn_build_bounded(struct dyn_parse *parse, struct dyn_span span,
                                       struct dyn_ast_name name, struct dyn_ast_expr *width,
                                       struct dyn_ast_expr *low, struct dyn_ast_expr *high)
{
    struct dyn_ast_type *type = dyn_build_type(parse, DYN_AST_TYPE_NAME, span, name);
    type->width = width;
    type->low = low;
    type->high = high;
    return type;
}

struct dyn_ast_type *dyn_build_optional(struct dyn_parse *parse, struct dyn_ast_type *type,
                                        struct dyn_span span, struct dyn_span mark)
{
    if (type->optional) {
        dyn_report(parse->diags, DYN_CODE_SYNTAX, mark, "this type is optional already");
    }
    type->optional = true;
    type->span = span;
    return type;
}
