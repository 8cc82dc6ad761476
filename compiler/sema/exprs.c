/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions: literals, lists, struct values, calls, and the entry points. docs/language/expressions.md has the table. */
#include "sema/internal.h"

struct dyn_expr *dyn_sema_new_expr(struct dyn_sema *sema, enum dyn_expr_kind kind,
                                   struct dyn_span span, const struct dyn_type *type)
{
    struct dyn_expr *expr = dyn_sema_alloc(sema, 1, sizeof *expr);
    expr->kind = kind;
    expr->span = span;
    expr->type = type;
    return expr;
}

struct dyn_expr *dyn_sema_error_expr(struct dyn_sema *sema, struct dyn_span span)
{
    return dyn_sema_new_expr(sema, DYN_EXPR_ERROR, span, sema->error_type);
}

static size_t count_exprs(const struct dyn_ast_expr *ast)
{
    size_t n = 0;
    for (; ast != NULL; ast = ast->next) {
        n++;
    }
    return n;
}

/* ---- lists --------------------------------------------------------------------------------------------------- */

/* A set holds each constant once; DynamoDB refuses to store it otherwise. */
static void check_distinct(struct dyn_sema *sema, const struct dyn_expr *list)
{
    struct dynr_map seen;
    dyn_sema_map_init(sema, &seen);
    for (size_t i = 0; i < list->n_items; i++) {
        const struct dyn_expr *item = list->items[i];
        struct dynr_str key = item->text;
        if (item->kind == DYN_EXPR_INT) {
            key = dynr_arena_printf(sema->arena, "%lld", (long long)item->integer);
        } else if (item->kind == DYN_EXPR_ENUM) {
            key = item->enum_value->name->text;
        } else if (item->kind != DYN_EXPR_STRING && item->kind != DYN_EXPR_NUMBER) {
            continue;
        }
        if (key.ptr == NULL) {
            key = dynr_str_from_c("");
        }
        const struct dyn_expr *const *first = dynr_map_get(&seen, key);
        if (first != NULL) {
            struct dyn_diag *diag =
                dyn_report(sema->diags, DYN_CODE_DUPLICATE, item->span, "a set holds a value once");
            dyn_diag_note(sema->diags, diag, (*first)->span, "first written here");
            return;
        }
        dynr_map_put(&seen, key, &list->items[i], NULL);
    }
}

static struct dyn_expr *list_expr(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast,
                                  const struct dyn_type *expected)
{
    struct dyn_sema *sema = scope->sema;
    if (expected == NULL || expected->kind == DYN_TYPE_ERROR) {
        if (expected == NULL) {
            dyn_report(sema->diags, DYN_CODE_TYPE_MISMATCH, ast->span, "a list cannot stand here");
        }
        return dyn_sema_error_expr(sema, ast->span);
    }
    if (expected->kind == DYN_TYPE_MAP && ast->items == NULL) {
        return dyn_sema_new_expr(sema, DYN_EXPR_LIST, ast->span,
                                 dyn_sema_optional(sema, expected, false));
    }
    if (expected->kind != DYN_TYPE_LIST && expected->kind != DYN_TYPE_SET) {
        dyn_report(sema->diags, DYN_CODE_TYPE_MISMATCH, ast->span,
                   "`%.*s` is expected here, not a list",
                   DYN_STR_ARG(dyn_sema_type_text(sema, expected)));
        return dyn_sema_error_expr(sema, ast->span);
    }
    struct dyn_expr *list =
        dyn_sema_new_expr(sema, DYN_EXPR_LIST, ast->span, dyn_sema_optional(sema, expected, false));
    list->items = dyn_sema_alloc(sema, count_exprs(ast->items), sizeof(const struct dyn_expr *));
    for (const struct dyn_ast_expr *item = ast->items; item != NULL; item = item->next) {
        struct dyn_expr *value = dyn_sema_expr(scope, item, expected->element);
        value = dyn_sema_adapt(sema, value, expected->element);
        if (dyn_expr_is_error(value)) {
            return dyn_sema_error_expr(sema, ast->span);
        }
        list->uses_row = list->uses_row || value->uses_row;
        list->uses_input = list->uses_input || value->uses_input;
        list->items[list->n_items++] = value;
    }
    if (expected->kind == DYN_TYPE_SET) {
        check_distinct(sema, list);
    }
    return list;
}

/* ---- struct values ------------------------------------------------------------------------------------------- */

static void report_unknown_part(struct dyn_sema *sema, const struct dyn_sema_struct *own,
                                struct dyn_ast_name label)
{
    if (sema->has_holes) {
        return;
    }
    struct dyn_diag *diag =
        dyn_report(sema->diags, DYN_CODE_UNKNOWN_FIELD, label.span, "`%.*s` has no field `%.*s`",
                   DYN_NAME_ARG(own->structure.name), DYN_NAME_ARG(label.name));
    dyn_sema_suggest(sema, diag, label.name->text, NULL, &own->fields, NULL, 0);
}

static void fill_part(struct dyn_expr_scope *scope, struct dyn_expr *object,
                      const struct dyn_sema_struct *own, const struct dyn_ast_expr *item)
{
    struct dyn_sema *sema = scope->sema;
    if (item->label.name == NULL) {
        return;
    }
    const struct dyn_field *field = dynr_map_get(&own->fields, item->label.name->text);
    if (field == NULL) {
        report_unknown_part(sema, own, item->label);
        return;
    }
    if (object->items[field->index] != NULL) {
        dyn_sema_duplicate(sema, item->label, object->items[field->index]->span, "field");
        return;
    }
    struct dynr_str what = dynr_arena_printf(sema->arena, "`%.*s`", DYN_NAME_ARG(field->name));
    struct dyn_expr *value = dyn_sema_value(scope, item, field->type, what);
    object->items[field->index] = value;
    object->uses_row = object->uses_row || value->uses_row;
    object->uses_input = object->uses_input || value->uses_input;
}

/* Collections are empty where nothing is written. */
static bool may_be_left_out(const struct dyn_field *field)
{
    return field->type->optional || field->type->kind == DYN_TYPE_ERROR ||
           dyn_type_is_container(field->type);
}

static struct dyn_expr *object_expr(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast,
                                    const struct dyn_type *expected)
{
    struct dyn_sema *sema = scope->sema;
    if (expected == NULL || expected->kind != DYN_TYPE_STRUCT) {
        if (expected == NULL) {
            dyn_report(sema->diags, DYN_CODE_TYPE_MISMATCH, ast->span,
                       "a struct value cannot stand here");
        } else if (expected->kind != DYN_TYPE_ERROR) {
            dyn_report(sema->diags, DYN_CODE_TYPE_MISMATCH, ast->span,
                       "`%.*s` is expected here, not a struct value",
                       DYN_STR_ARG(dyn_sema_type_text(sema, expected)));
        }
        return dyn_sema_error_expr(sema, ast->span);
    }
    const struct dyn_sema_struct *own =
        (const struct dyn_sema_struct *)(const void *)expected->structure;
    struct dyn_expr *object = dyn_sema_new_expr(sema, DYN_EXPR_OBJECT, ast->span,
                                                dyn_sema_optional(sema, expected, false));
    object->n_items = own->structure.n_fields;
    object->items = dyn_sema_alloc(sema, object->n_items, sizeof(const struct dyn_expr *));
    size_t n_errors = sema->diags->n_errors;
    for (const struct dyn_ast_expr *item = ast->items; item != NULL; item = item->next) {
        fill_part(scope, object, own, item);
    }
    for (size_t i = 0; i < object->n_items; i++) {
        const struct dyn_field *field = own->structure.fields[i];
        if (object->items[i] == NULL) {
            object->items[i] = field->default_value;
        }
        if (object->items[i] == NULL && !may_be_left_out(field) &&
            sema->diags->n_errors == n_errors && !sema->has_holes) {
            dyn_report(sema->diags, DYN_CODE_TYPE_MISMATCH, ast->span, "this `%.*s` lacks `%.*s`",
                       DYN_NAME_ARG(own->structure.name), DYN_NAME_ARG(field->name));
        }
    }
    return object;
}

/* ---- calls --------------------------------------------------------------------------------------------------- */

static struct dyn_expr *call_expr(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast)
{
    static const char *const functions[] = {"now", NULL};
    static const char *const aggregates[] = {"count", "sum", "min", "max", NULL};
    struct dyn_sema *sema = scope->sema;
    const struct dyn_name *name = ast->name.name;
    if (name == NULL) {
        return dyn_sema_error_expr(sema, ast->span);
    }
    if (dynr_str_equal_c(name->text, "now")) {
        if (ast->items != NULL) {
            dyn_report(sema->diags, DYN_CODE_TYPE_MISMATCH, ast->items->span,
                       "`now()` takes no arguments");
            return dyn_sema_error_expr(sema, ast->span);
        }
        if (!scope->allows_now) {
            struct dyn_diag *diag =
                dyn_report(sema->diags, DYN_CODE_TYPE_MISMATCH, ast->span,
                           "`now()` can stand in `set`, `create` and defaults only");
            dyn_diag_help(
                sema->diags, diag,
                "pass the time as an argument: its result would change while nothing changes");
            return dyn_sema_error_expr(sema, ast->span);
        }
        return dyn_sema_new_expr(sema, DYN_EXPR_NOW, ast->span,
                                 dyn_sema_plain_type(sema, DYN_TYPE_TIMESTAMP));
    }
    const struct dyn_symbol *symbol = dynr_map_get(&scope->file->visible, name->text);
    if (symbol != NULL && symbol->kind == DYN_SYMBOL_MODEL) {
        dyn_sema_not_supported(sema, ast->span, "looking up a row inside an expression is");
    } else if (symbol == NULL && dyn_is_word(name->text, aggregates)) {
        struct dyn_diag *diag =
            dyn_report(sema->diags, DYN_CODE_AGGREGATE, ast->name.span,
                       "the aggregate `%.*s` is no part of an expression", DYN_NAME_ARG(name));
        dyn_diag_help(sema->diags, diag, "a query asks for it by a clause: count as n");
    } else if (symbol == NULL && !sema->has_holes) {
        struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_UNKNOWN_NAME, ast->name.span,
                                           "unknown function `%.*s`", DYN_NAME_ARG(name));
        if (!dyn_sema_help_function(sema, diag, ast->name)) {
            dyn_sema_suggest(sema, diag, name->text, functions, NULL, NULL, 0);
        }
    } else if (symbol != NULL && symbol->kind != DYN_SYMBOL_POISON) {
        dyn_report(sema->diags, DYN_CODE_TYPE_MISMATCH, ast->name.span, "`%.*s` is not a function",
                   DYN_NAME_ARG(name));
    }
    return dyn_sema_error_expr(sema, ast->span);
}

/* ---- entry points -------------------------------------------------------------------------------------------- */

static struct dyn_expr *negation(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast,
                                 const struct dyn_type *expected)
{
    const struct dyn_ast_expr *operand = ast->left;
    if (operand != NULL && (operand->kind == DYN_AST_INT || operand->kind == DYN_AST_NUMBER)) {
        struct dyn_expr *literal = dyn_sema_number(scope->sema, operand, true, expected);
        literal->span = ast->span;
        return literal;
    }
    return dyn_sema_operator(scope, ast, expected);
}

static struct dyn_expr *bool_literal(struct dyn_sema *sema, const struct dyn_ast_expr *ast)
{
    struct dyn_expr *expr = dyn_sema_new_expr(sema, DYN_EXPR_BOOL, ast->span, sema->bool_type);
    expr->boolean = ast->boolean;
    return expr;
}

static struct dyn_expr *null_literal(struct dyn_sema *sema, const struct dyn_ast_expr *ast)
{
    const struct dyn_type *type =
        dyn_sema_optional(sema, dyn_sema_plain_type(sema, DYN_TYPE_NULL), true);
    return dyn_sema_new_expr(sema, DYN_EXPR_NULL, ast->span, type);
}

static struct dyn_expr *typed_expr(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast,
                                   const struct dyn_type *expected)
{
    struct dyn_sema *sema = scope->sema;
    switch (ast->kind) {
    case DYN_AST_NULL:
        return null_literal(sema, ast);
    case DYN_AST_BOOL:
        return bool_literal(sema, ast);
    case DYN_AST_INT:
    case DYN_AST_NUMBER:
        return dyn_sema_number(sema, ast, false, expected);
    case DYN_AST_STRING:
        return dyn_sema_string(sema, ast, expected);
    case DYN_AST_NAME:
        return dyn_sema_name_expr(scope, ast, expected);
    case DYN_AST_ROW_FIELD:
        return dyn_sema_row_expr(scope, ast);
    case DYN_AST_MEMBER:
        return dyn_sema_member_expr(scope, ast, expected);
    case DYN_AST_NEGATE:
        return negation(scope, ast, expected);
    case DYN_AST_NOT:
    case DYN_AST_AND:
    case DYN_AST_OR:
    case DYN_AST_EQUAL:
    case DYN_AST_NOT_EQUAL:
    case DYN_AST_LESS:
    case DYN_AST_LESS_EQUAL:
    case DYN_AST_GREATER:
    case DYN_AST_GREATER_EQUAL:
    case DYN_AST_IN:
    case DYN_AST_BETWEEN:
    case DYN_AST_BEGINS_WITH:
    case DYN_AST_CONTAINS:
    case DYN_AST_EXISTS:
    case DYN_AST_ADD:
    case DYN_AST_SUBTRACT:
        return dyn_sema_operator(scope, ast, expected);
    case DYN_AST_CALL:
        return call_expr(scope, ast);
    case DYN_AST_LIST:
        return list_expr(scope, ast, expected);
    case DYN_AST_OBJECT:
        return object_expr(scope, ast, expected);
    case DYN_AST_ERROR:
        return dyn_sema_error_expr(sema, ast->span);
    }
    return dyn_sema_error_expr(sema, ast->span);
}

struct dyn_expr *dyn_sema_expr(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast,
                               const struct dyn_type *expected)
{
    if (scope->depth >= DYN_EXPR_DEPTH_MAX) {
        struct dyn_diag *diag =
            dyn_report(scope->sema->diags, DYN_CODE_TOO_DEEP, ast->span,
                       "expressions are nested deeper than %d levels", DYN_EXPR_DEPTH_MAX);
        dyn_diag_help(scope->sema->diags, diag,
                      "a chain of `==` and `or` is shorter as `in [...]`");
        return dyn_sema_error_expr(scope->sema, ast->span);
    }
    scope->depth++;
    struct dyn_expr *expr = typed_expr(scope, ast, expected);
    scope->depth--;
    return expr;
}

struct dyn_expr *dyn_sema_condition(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast)
{
    struct dyn_sema *sema = scope->sema;
    struct dyn_expr *expr = dyn_sema_expr(scope, ast, sema->bool_type);
    if (dyn_expr_is_error(expr) || expr->type->kind == DYN_TYPE_BOOL) {
        return expr;
    }
    struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_TYPE_MISMATCH, expr->span,
                                       "a condition is expected here, and this is `%.*s`",
                                       DYN_STR_ARG(dyn_sema_type_text(sema, expr->type)));
    if (expr->type->optional && expr->kind != DYN_EXPR_NULL) {
        dyn_diag_help(sema->diags, diag, "to ask whether it is present, write `exists` behind it");
    }
    return dyn_sema_error_expr(sema, ast->span);
}

struct dyn_expr *dyn_sema_value(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast,
                                const struct dyn_type *target, struct dynr_str what)
{
    struct dyn_expr *expr = dyn_sema_expr(scope, ast, target);
    if (dyn_expr_is_error(expr) || target->kind == DYN_TYPE_ERROR) {
        return expr;
    }
    expr = dyn_sema_adapt(scope->sema, expr, target);
    if (!dyn_sema_check_assignable(scope->sema, expr, target, what)) {
        return dyn_sema_error_expr(scope->sema, ast->span);
    }
    if (expr->kind == DYN_EXPR_NULL) {
        /* "no date" and "no text" are values of their types. */
        struct dyn_expr *absent = dyn_sema_new_expr(scope->sema, DYN_EXPR_NULL, expr->span, target);
        return absent;
    }
    return expr;
}
