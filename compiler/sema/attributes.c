/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes: which are known, where they may stand, and the arguments that most of them take. */
#include "sema/internal.h"

static const char *const known[] = {"key", "auto",  "index", "unique", "was",
                                    "tag", "table", "claim", NULL};
/* Part of the language, but of a later part. */
static const char *const planned[] = {"shard",   "hidden", "bucket",    "local",
                                      "project", "search", "encrypted", NULL};

static void check_attribute(struct dyn_sema *sema, const struct dyn_ast_attribute *attribute,
                            const char *const *allowed, const char *what)
{
    const struct dyn_name *name = attribute->name.name;
    if (dyn_is_word(name->text, allowed)) {
        return;
    }
    if (dyn_is_word(name->text, planned)) {
        dyn_sema_not_supported_name(sema, attribute->span, "",
                                    dynr_arena_printf(sema->arena, "@%.*s", DYN_NAME_ARG(name)));
        return;
    }
    if (dyn_is_word(name->text, known)) {
        dyn_report(sema->diags, DYN_CODE_ATTRIBUTE, attribute->name.span,
                   "`@%.*s` has no meaning for %s", DYN_NAME_ARG(name), what);
        return;
    }
    struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_ATTRIBUTE, attribute->name.span,
                                       "unknown attribute `@%.*s`", DYN_NAME_ARG(name));
    if (!dyn_sema_help_attribute(sema, diag, attribute)) {
        dyn_sema_suggest(sema, diag, name->text, allowed, NULL, NULL, 0);
    }
}

void dyn_sema_check_attributes(struct dyn_sema *sema, const struct dyn_ast_attribute *attributes,
                               const char *const *allowed, const char *what)
{
    if (attributes == NULL) {
        return;
    }
    struct dynr_map seen;
    dyn_sema_map_init(sema, &seen);
    for (const struct dyn_ast_attribute *attribute = attributes; attribute != NULL;
         attribute = attribute->next) {
        if (attribute->name.name == NULL) {
            continue;
        }
        check_attribute(sema, attribute, allowed, what);
        struct dyn_span *first = dynr_map_get(&seen, attribute->name.name->text);
        if (first != NULL) {
            dyn_sema_duplicate(sema, attribute->name, *first, "attribute");
        } else if (attributes->next != NULL) {
            first = dyn_sema_alloc(sema, 1, sizeof *first);
            *first = attribute->span;
            dynr_map_put(&seen, attribute->name.name->text, first, NULL);
        }
    }
}

const struct dyn_ast_attribute *dyn_find_attribute(const struct dyn_ast_attribute *attributes,
                                                   const char *name)
{
    for (; attributes != NULL; attributes = attributes->next) {
        if (attributes->name.name != NULL && dynr_str_equal_c(attributes->name.name->text, name)) {
            return attributes;
        }
    }
    return NULL;
}

const struct dyn_ast_expr *dyn_sema_attribute_argument(struct dyn_sema *sema,
                                                       const struct dyn_ast_attribute *attribute,
                                                       enum dyn_ast_expr_kind kind,
                                                       const char *usage)
{
    const struct dyn_ast_expr *argument = attribute->arguments;
    if (argument != NULL && argument->kind == DYN_AST_ERROR) {
        return NULL;
    }
    bool fits = argument != NULL && argument->next == NULL && argument->kind == kind &&
                argument->label.name == NULL;
    if (fits && kind == DYN_AST_NAME && argument->name.name == NULL) {
        return NULL;
    }
    if (fits && kind == DYN_AST_STRING && argument->text.len == 0) {
        fits = false;
    }
    if (!fits) {
        struct dyn_diag *diag = dyn_report(
            sema->diags, DYN_CODE_ATTRIBUTE, attribute->span, "`@%.*s` takes one %s",
            DYN_NAME_ARG(attribute->name.name), kind == DYN_AST_STRING ? "text" : "name");
        dyn_diag_help(sema->diags, diag, "write %s", usage);
        return NULL;
    }
    return argument;
}

const struct dyn_name *dyn_sema_was(struct dyn_sema *sema,
                                    const struct dyn_ast_attribute *attributes)
{
    const struct dyn_ast_attribute *attribute = dyn_find_attribute(attributes, "was");
    if (attribute == NULL) {
        return NULL;
    }
    const struct dyn_ast_expr *argument =
        dyn_sema_attribute_argument(sema, attribute, DYN_AST_NAME, "@was(oldName)");
    return argument == NULL ? NULL : argument->name.name;
}

const struct dyn_expr *dyn_sema_default(struct dyn_sema *sema, struct dyn_sema_file *file,
                                        const struct dyn_ast_expr *ast, const struct dyn_type *type,
                                        struct dyn_ast_name name)
{
    if (ast == NULL || ast->kind == DYN_AST_ERROR || type->kind == DYN_TYPE_ERROR) {
        return NULL;
    }
    if (type->kind == DYN_TYPE_REF) {
        struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_DEFAULT_VALUE, ast->span,
                                           "a reference has no default");
        dyn_diag_fact(sema->diags, diag,
                      "why: which rows exist is not known when this is compiled");
        return NULL;
    }
    if (ast->kind == DYN_AST_NULL) {
        struct dyn_diag *diag =
            dyn_report(sema->diags, DYN_CODE_DEFAULT_VALUE, ast->span, "`null` is no default");
        dyn_diag_help(sema->diags, diag,
                      type->optional ? "leave it out: without a default the value is absent"
                                     : "write `?` behind the type if the value may be absent");
        return NULL;
    }
    struct dyn_expr_scope scope = {
        .sema = sema, .file = file, .constant = true, .allows_now = true};
    struct dynr_str what = name.name == NULL
                               ? dynr_str_from_c("this")
                               : dynr_arena_printf(sema->arena, "`%.*s`", DYN_NAME_ARG(name.name));
    struct dyn_expr *value = dyn_sema_value(&scope, ast, type, what);
    return dyn_expr_is_error(value) ? NULL : value;
}
