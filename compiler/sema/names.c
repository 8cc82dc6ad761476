/* SPDX-License-Identifier: Apache-2.0 */
/* Names in expressions: arguments, enum literals, the caller, fields of the row, and paths into structs. */
#include "base/article.h"
#include "sema/internal.h"

/* A longer enum is looked up, not read in a message. */
#define MAX_LISTED_VALUES 8

static const struct dyn_enum_value *find_enum_value(const struct dyn_type *expected,
                                                    const struct dyn_name *name)
{
    if (expected == NULL || expected->kind != DYN_TYPE_ENUM) {
        return NULL;
    }
    const struct dyn_sema_enum *own =
        (const struct dyn_sema_enum *)(const void *)expected->enumeration;
    return dynr_map_get(&own->values, name->text);
}

static struct dyn_expr *enum_expr(struct dyn_sema *sema, struct dyn_span span,
                                  const struct dyn_enum *enumeration,
                                  const struct dyn_enum_value *value)
{
    struct dyn_type *type = dyn_sema_new_type(sema, DYN_TYPE_ENUM);
    type->enumeration = enumeration;
    struct dyn_expr *expr = dyn_sema_new_expr(sema, DYN_EXPR_ENUM, span, type);
    expr->enum_value = value;
    return expr;
}

static struct dyn_sema_argument *find_argument(const struct dyn_expr_scope *scope,
                                               const struct dyn_name *name)
{
    return scope->procedure == NULL ? NULL : dynr_map_get(&scope->procedure->arguments, name->text);
}

bool dyn_sema_is_argument(const struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast)
{
    return ast->kind == DYN_AST_NAME && ast->name.name != NULL &&
           find_argument(scope, ast->name.name) != NULL;
}

struct dyn_expr *dyn_sema_argument_expr(struct dyn_expr_scope *scope, struct dyn_ast_name name)
{
    struct dyn_sema_argument *argument = find_argument(scope, name.name);
    if (argument == NULL) {
        return NULL;
    }
    argument->used = true;
    struct dyn_expr *expr =
        dyn_sema_new_expr(scope->sema, DYN_EXPR_ARGUMENT, name.span, argument->field.type);
    expr->field = &argument->field;
    expr->uses_input = true;
    return expr;
}

/* ---- unknown names ------------------------------------------------------------------------------------------- */

/* More than a slip of the finger, but the same word: both ends agree, and together they are most of it. */
static bool is_alike(struct dynr_str written, struct dynr_str value)
{
    size_t longer = written.len > value.len ? written.len : value.len;
    size_t shorter = written.len < value.len ? written.len : value.len;
    size_t start = 0;
    size_t end = 0;
    while (start < shorter && written.ptr[start] == value.ptr[start]) {
        start++;
    }
    while (start + end < shorter &&
           written.ptr[written.len - 1 - end] == value.ptr[value.len - 1 - end]) {
        end++;
    }
    return start > 0 && (start + end) * 2 > longer;
}

/* Nothing was near enough: the only value that resembles the name, or all of them. */
static void list_values(struct dyn_sema *sema, struct dyn_diag *diag, const struct dyn_name *name,
                        const struct dynr_map *values)
{
    const char *words[MAX_LISTED_VALUES + 1];
    struct dynr_str alike = dynr_str_make("", 0);
    size_t n_alike = 0;
    for (size_t i = 0; i < values->n_entries; i++) {
        struct dynr_str value = values->entries[i].key;
        if (is_alike(name->text, value)) {
            alike = value;
            n_alike++;
        }
        if (i < MAX_LISTED_VALUES) {
            words[i] = dynr_arena_printf(sema->arena, "%.*s", DYN_STR_ARG(value)).ptr;
            words[i + 1] = NULL;
        }
    }
    if (n_alike == 1) {
        dyn_diag_help(sema->diags, diag, "did you mean `%.*s`?", DYN_STR_ARG(alike));
        dyn_diag_fix(sema->diags, diag, diag->span, alike);
    } else if (values->n_entries > 0 && values->n_entries <= MAX_LISTED_VALUES) {
        dyn_diag_help(sema->diags, diag, "its values are %.*s",
                      DYN_STR_ARG(dyn_sema_word_list(sema, words)));
    }
}

static void suggest_values(struct dyn_sema *sema, struct dyn_diag *diag,
                           const struct dyn_name *name, const struct dynr_map *legal,
                           const struct dynr_map *values)
{
    struct dyn_detail **before = diag->details_end;
    dyn_sema_suggest(sema, diag, name->text, NULL, legal, NULL, 0);
    if (diag->details_end == before) {
        list_values(sema, diag, name, values);
    }
}

/* Arguments and, where an enum is expected, its values. */
static void suggest_names(struct dyn_expr_scope *scope, struct dyn_diag *diag,
                          const struct dyn_name *name, const struct dyn_type *expected)
{
    struct dynr_map legal;
    dyn_sema_map_init(scope->sema, &legal);
    if (expected != NULL && expected->kind == DYN_TYPE_ENUM) {
        const struct dyn_sema_enum *own =
            (const struct dyn_sema_enum *)(const void *)expected->enumeration;
        for (size_t i = 0; i < own->values.n_entries; i++) {
            dynr_map_put(&legal, own->values.entries[i].key, scope, NULL);
        }
    }
    for (size_t i = 0; scope->procedure != NULL && i < scope->procedure->arguments.n_entries; i++) {
        dynr_map_put(&legal, scope->procedure->arguments.entries[i].key, scope, NULL);
    }
    for (size_t i = 0; scope->policy != NULL && i < scope->policy->lets.n_entries; i++) {
        dynr_map_put(&legal, scope->policy->lets.entries[i].key, scope, NULL);
    }
    if (expected != NULL && expected->kind == DYN_TYPE_ENUM) {
        const struct dyn_sema_enum *own =
            (const struct dyn_sema_enum *)(const void *)expected->enumeration;
        suggest_values(scope->sema, diag, name, &legal, &own->values);
    } else {
        dyn_sema_suggest(scope->sema, diag, name->text, NULL, &legal, NULL, 0);
    }
}

static bool is_row_field(const struct dyn_expr_scope *scope, const struct dyn_name *name)
{
    const struct dyn_model_member *member =
        scope->row == NULL ? NULL : dynr_map_get(&scope->row->members, name->text);
    return member != NULL && member->kind == DYN_MODEL_FIELD;
}

static void report_unknown_name(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast,
                                const struct dyn_type *expected)
{
    struct dyn_sema *sema = scope->sema;
    const struct dyn_name *name = ast->name.name;
    if (scope->constant && (expected == NULL || expected->kind != DYN_TYPE_ENUM)) {
        dyn_report(sema->diags, DYN_CODE_DEFAULT_VALUE, ast->span,
                   "a default is a constant, and `%.*s` is none", DYN_NAME_ARG(name));
        return;
    }
    if (dynr_str_equal_c(name->text, "caller")) {
        struct dyn_diag *diag =
            dyn_report(sema->diags, DYN_CODE_UNKNOWN_NAME, ast->span, "there is no `caller` here");
        dyn_diag_help(sema->diags, diag,
                      scope->policy != NULL
                          ? "declare who calls: context Caller { userId ulid @claim(\"sub\") }"
                          : "give the router a context: router name(caller: Caller) { ... }");
        return;
    }
    if (expected != NULL && expected->kind == DYN_TYPE_ENUM) {
        struct dyn_diag *diag = dyn_report(
            sema->diags, DYN_CODE_UNKNOWN_NAME, ast->span,
            scope->procedure == NULL ? "`%.*s` is no value of `%.*s`"
                                     : "`%.*s` is neither an argument nor a value of `%.*s`",
            DYN_NAME_ARG(name), DYN_NAME_ARG(expected->enumeration->name));
        suggest_names(scope, diag, name, expected);
        return;
    }
    struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_UNKNOWN_NAME, ast->span,
                                       "unknown name `%.*s`", DYN_NAME_ARG(name));
    if (is_row_field(scope, name)) {
        dyn_diag_help(sema->diags, diag, "a field of the row is written with a point: `.%.*s`",
                      DYN_NAME_ARG(name));
        dyn_diag_fix(sema->diags, diag, ast->span,
                     dynr_arena_printf(sema->arena, ".%.*s", DYN_NAME_ARG(name)));
        return;
    }
    suggest_names(scope, diag, name, expected);
}

static struct dyn_expr *report_ambiguous(struct dyn_expr_scope *scope,
                                         const struct dyn_ast_expr *ast,
                                         const struct dyn_enum *enumeration,
                                         const struct dyn_enum_value *value,
                                         const struct dyn_expr *argument)
{
    struct dyn_sema *sema = scope->sema;
    struct dyn_diag *diag =
        dyn_report(sema->diags, DYN_CODE_AMBIGUOUS_NAME, ast->span,
                   "`%.*s` is an argument and a value of `%.*s`", DYN_NAME_ARG(ast->name.name),
                   DYN_NAME_ARG(enumeration->name));
    dyn_diag_note(sema->diags, diag, argument->field->span, "the argument is declared here");
    dyn_diag_note(sema->diags, diag, value->span, "the value is declared here");
    dyn_diag_help(sema->diags, diag, "rename the argument, or write `%.*s.%.*s` for the value",
                  DYN_NAME_ARG(enumeration->name), DYN_NAME_ARG(ast->name.name));
    return dyn_sema_error_expr(sema, ast->span);
}

/* ---- names --------------------------------------------------------------------------------------------------- */

struct dyn_expr *dyn_sema_name_expr(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast,
                                    const struct dyn_type *expected)
{
    struct dyn_sema *sema = scope->sema;
    const struct dyn_name *name = ast->name.name;
    if (name == NULL) {
        return dyn_sema_error_expr(sema, ast->span);
    }
    const struct dyn_enum_value *value = find_enum_value(expected, name);
    struct dyn_expr *argument = dyn_sema_argument_expr(scope, ast->name);
    if (argument != NULL) {
        return value == NULL ? argument
                             : report_ambiguous(scope, ast, expected->enumeration, value, argument);
    }
    if (value != NULL) {
        return enum_expr(sema, ast->span, expected->enumeration, value);
    }
    const struct dyn_expr *row = dyn_sema_let_expr(scope, ast);
    if (row != NULL) {
        if (row->kind != DYN_EXPR_ERROR) {
            struct dyn_diag *diag =
                dyn_report(sema->diags, DYN_CODE_TYPE_MISMATCH, ast->span,
                           "`%.*s` is a row, no single value", DYN_NAME_ARG(name));
            dyn_diag_help(sema->diags, diag, "compare one of its fields, or ask `%.*s exists`",
                          DYN_NAME_ARG(name));
        }
        return dyn_sema_error_expr(sema, ast->span);
    }
    if (scope->procedure != NULL && name == scope->procedure->caller) {
        struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_TYPE_MISMATCH, ast->span,
                                           "`%.*s` is no single value", DYN_NAME_ARG(name));
        dyn_diag_help(sema->diags, diag, "read one of its fields, as in `%.*s.userId`",
                      DYN_NAME_ARG(name));
        return dyn_sema_error_expr(sema, ast->span);
    }
    /* An enum that is itself in doubt may well have this value. */
    bool in_doubt =
        expected != NULL &&
        (expected->kind == DYN_TYPE_ERROR ||
         (expected->kind == DYN_TYPE_ENUM &&
          ((const struct dyn_sema_enum *)(const void *)expected->enumeration)->poisoned));
    if (!in_doubt && !sema->has_holes) {
        report_unknown_name(scope, ast, expected);
    }
    return dyn_sema_error_expr(sema, ast->span);
}

struct dyn_expr *dyn_sema_row_expr(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast)
{
    struct dyn_sema *sema = scope->sema;
    if (ast->name.name == NULL) {
        return dyn_sema_error_expr(sema, ast->span);
    }
    if (scope->row == NULL) {
        if (scope->constant) {
            dyn_report(sema->diags, DYN_CODE_DEFAULT_VALUE, ast->span,
                       "a default is a constant, so it reads no field");
        } else if (scope->no_row != NULL) {
            dyn_report(sema->diags, DYN_CODE_UNKNOWN_NAME, ast->span,
                       "`.%.*s` reads the row, but %s", DYN_NAME_ARG(ast->name.name),
                       scope->no_row);
        }
        return dyn_sema_error_expr(sema, ast->span);
    }
    const struct dyn_model_member *member = dyn_sema_find_member(sema, scope->row, ast->name);
    if (member == NULL || member->kind == DYN_MODEL_POISON) {
        return dyn_sema_error_expr(sema, ast->span);
    }
    if (member->kind == DYN_MODEL_RELATION) {
        struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_UNKNOWN_FIELD, ast->span,
                                           "`.%.*s` is a relation: its rows are stored elsewhere",
                                           DYN_NAME_ARG(ast->name.name));
        dyn_diag_help(sema->diags, diag, "read them with `include %.*s`",
                      DYN_NAME_ARG(ast->name.name));
        return dyn_sema_error_expr(sema, ast->span);
    }
    struct dyn_expr *expr = dyn_sema_new_expr(sema, DYN_EXPR_ROW, ast->span, member->field->type);
    expr->field = member->field;
    expr->uses_row = true;
    return expr;
}

/* ---- members ------------------------------------------------------------------------------------------------- */

static struct dyn_expr *caller_expr(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast)
{
    struct dyn_sema *sema = scope->sema;
    struct dyn_sema_context *context = scope->procedure->context;
    if (context == NULL || ast->name.name == NULL) {
        return dyn_sema_error_expr(sema, ast->span);
    }
    const struct dyn_field *field = dynr_map_get(&context->fields, ast->name.name->text);
    if (field == NULL) {
        if (!sema->has_holes) {
            struct dyn_diag *diag = dyn_report(
                sema->diags, DYN_CODE_UNKNOWN_FIELD, ast->name.span, "`%.*s` has no field `%.*s`",
                DYN_NAME_ARG(context->context.name), DYN_NAME_ARG(ast->name.name));
            dyn_sema_suggest(sema, diag, ast->name.name->text, NULL, &context->fields, NULL, 0);
        }
        return dyn_sema_error_expr(sema, ast->span);
    }
    context->used[field->index] = true;
    struct dyn_expr *expr = dyn_sema_new_expr(sema, DYN_EXPR_CALLER, ast->span, field->type);
    expr->field = field;
    expr->uses_input = true;
    return expr;
}

/* `Priority.high`; NULL when `ast` is not of that form. */
static struct dyn_expr *qualified_literal(struct dyn_expr_scope *scope,
                                          const struct dyn_ast_expr *ast)
{
    struct dyn_sema *sema = scope->sema;
    const struct dyn_symbol *symbol =
        dynr_map_get(&scope->file->visible, ast->left->name.name->text);
    if (symbol == NULL || symbol->kind != DYN_SYMBOL_ENUM || ast->name.name == NULL) {
        return NULL;
    }
    const struct dyn_sema_enum *own = symbol->object;
    const struct dyn_enum_value *value = dynr_map_get(&own->values, ast->name.name->text);
    if (value != NULL) {
        return enum_expr(sema, ast->span, &own->enumeration, value);
    }
    if (!own->poisoned && !sema->has_holes) {
        struct dyn_diag *diag = dyn_report(
            sema->diags, DYN_CODE_UNKNOWN_NAME, ast->name.span, "`%.*s` is no value of `%.*s`",
            DYN_NAME_ARG(ast->name.name), DYN_NAME_ARG(own->enumeration.name));
        suggest_values(sema, diag, ast->name.name, &own->values, &own->values);
    }
    return dyn_sema_error_expr(sema, ast->span);
}

static struct dyn_expr *report_no_fields(struct dyn_expr_scope *scope,
                                         const struct dyn_ast_expr *ast,
                                         const struct dyn_expr *base)
{
    struct dyn_sema *sema = scope->sema;
    const struct dyn_name *name = ast->name.name;
    if (base->type->kind == DYN_TYPE_REF) {
        struct dyn_diag *diag =
            dyn_report(sema->diags, DYN_CODE_UNKNOWN_FIELD, ast->name.span,
                       "`%.*s` belongs to another row, which this expression does not read",
                       DYN_NAME_ARG(name));
        dyn_diag_fact(sema->diags, diag, "why: `%.*s` holds the key of %s `%.*s`",
                      DYN_NAME_ARG(base->field->name), dyn_article(base->type->model->name->text),
                      DYN_NAME_ARG(base->type->model->name));
        dyn_diag_help(sema->diags, diag,
                      "return that row with `include %.*s`, or store the value in this model",
                      DYN_NAME_ARG(base->field->name));
    } else {
        dyn_report(sema->diags, DYN_CODE_UNKNOWN_FIELD, ast->name.span, "`%.*s` has no fields",
                   DYN_STR_ARG(dyn_sema_type_text(sema, base->type)));
    }
    return dyn_sema_error_expr(sema, ast->span);
}

/* `base.name`, one step into a struct. */
static struct dyn_expr *step_into(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast,
                                  const struct dyn_expr *base)
{
    struct dyn_sema *sema = scope->sema;
    if (dyn_expr_is_error(base) || ast->name.name == NULL) {
        return dyn_sema_error_expr(sema, ast->span);
    }
    if (base->type->kind != DYN_TYPE_STRUCT) {
        return report_no_fields(scope, ast, base);
    }
    const struct dyn_sema_struct *own =
        (const struct dyn_sema_struct *)(const void *)base->type->structure;
    const struct dyn_field *field = dynr_map_get(&own->fields, ast->name.name->text);
    if (field == NULL) {
        if (!sema->has_holes) {
            struct dyn_diag *diag = dyn_report(
                sema->diags, DYN_CODE_UNKNOWN_FIELD, ast->name.span, "`%.*s` has no field `%.*s`",
                DYN_NAME_ARG(own->structure.name), DYN_NAME_ARG(ast->name.name));
            dyn_sema_suggest(sema, diag, ast->name.name->text, NULL, &own->fields, NULL, 0);
        }
        return dyn_sema_error_expr(sema, ast->span);
    }
    struct dyn_expr *expr = dyn_sema_new_expr(sema, base->kind, ast->span, NULL);
    *expr = *base;
    expr->span = ast->span;
    expr->type =
        dyn_sema_optional(sema, field->type, field->type->optional || base->type->optional);
    expr->path = dyn_sema_alloc(sema, base->n_path + 1, sizeof(const struct dyn_field *));
    for (size_t i = 0; i < base->n_path; i++) {
        expr->path[i] = base->path[i];
    }
    expr->path[base->n_path] = field;
    expr->n_path = base->n_path + 1;
    return expr;
}

struct dyn_expr *dyn_sema_member_expr(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast,
                                      const struct dyn_type *expected)
{
    const struct dyn_ast_expr *left = ast->left;
    (void)expected;
    if (left == NULL || (left->kind == DYN_AST_NAME && left->name.name == NULL)) {
        return dyn_sema_error_expr(scope->sema, ast->span);
    }
    if (left->kind == DYN_AST_NAME && !dyn_sema_is_argument(scope, left)) {
        if (scope->procedure != NULL && left->name.name == scope->procedure->caller) {
            return caller_expr(scope, ast);
        }
        const struct dyn_expr *row = dyn_sema_let_expr(scope, left);
        if (row != NULL) {
            return row->kind == DYN_EXPR_ERROR ? dyn_sema_error_expr(scope->sema, ast->span)
                                               : dyn_sema_let_field(scope, ast, row);
        }
        struct dyn_expr *literal = qualified_literal(scope, ast);
        if (literal != NULL) {
            return literal;
        }
    }
    const struct dyn_expr *base = dyn_sema_expr(scope, left, NULL);
    struct dyn_expr *delegation =
        dyn_expr_is_error(base) ? NULL : dyn_sema_delegation(scope, ast, base);
    return delegation != NULL ? delegation : step_into(scope, ast, base);
}
