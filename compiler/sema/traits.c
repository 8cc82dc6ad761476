/* SPDX-License-Identifier: Apache-2.0 */
/* Traits: the fields that they add. */
#include "sema/internal.h"

/* ORDER apply_trait */
static const char *const supported[] = {"timestamps", "versioned", "softDelete", "ttl", NULL};
static const char *const planned[] = {"archive", "uuid", NULL};

struct trait_use {
    struct dyn_sema *sema;
    struct dyn_sema_model *own;
    const struct dyn_ast_trait *ast;
};

/* NULL: the name is taken. */
static const struct dyn_field *add_field(const struct trait_use *use, const struct dyn_name *name,
                                         enum dyn_field_origin origin, enum dyn_type_kind kind,
                                         bool optional, struct dyn_span span)
{
    struct dyn_sema *sema = use->sema;
    const struct dyn_model_member *first = dynr_map_get(&use->own->members, name->text);
    if (first != NULL) {
        struct dyn_diag *diag =
            dyn_report(sema->diags, DYN_CODE_DUPLICATE, span,
                       "`use %.*s` adds the field `%.*s`, which is declared too",
                       DYN_NAME_ARG(use->ast->name.name), DYN_NAME_ARG(name));
        dyn_diag_note(sema->diags, diag, first->span, "first declared here");
        use->own->poisoned = true;
        return NULL;
    }
    const struct dyn_type *type =
        dyn_sema_optional(sema, dyn_sema_plain_type(sema, kind), optional);
    struct dyn_ast_name where = {.name = name, .span = span};
    return dyn_sema_add_field(sema, use->own, where, origin, type, NULL);
}

static const struct dyn_field *add_named(const struct trait_use *use, const char *name,
                                         enum dyn_field_origin origin, enum dyn_type_kind kind,
                                         bool optional)
{
    return add_field(use, dyn_sema_name(use->sema, name), origin, kind, optional,
                     use->ast->name.span);
}

static void apply_ttl(const struct trait_use *use)
{
    struct dyn_sema *sema = use->sema;
    const struct dyn_ast_expr *argument = use->ast->arguments;
    if (argument != NULL && (argument->kind == DYN_AST_ERROR ||
                             (argument->kind == DYN_AST_NAME && argument->name.name == NULL))) {
        use->own->poisoned = true;
        return;
    }
    if (argument == NULL || argument->next != NULL || argument->kind != DYN_AST_NAME) {
        struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_TRAIT, use->ast->span,
                                           "`ttl` takes the name of a field");
        dyn_diag_help(sema->diags, diag, "write ttl(expiresAt): the trait adds that field");
        use->own->poisoned = true;
        return;
    }
    if (dyn_sema_check_name(sema, argument->name)) {
        use->own->model.ttl = add_field(use, argument->name.name, DYN_FIELD_TTL, DYN_TYPE_EPOCH,
                                        true, argument->name.span);
    }
}

static void apply_trait(const struct trait_use *use)
{
    struct dyn_model *model = &use->own->model;
    struct dynr_str name = use->ast->name.name->text;
    if (dynr_str_equal_c(name, "ttl")) {
        apply_ttl(use);
        return;
    }
    if (use->ast->arguments != NULL) {
        dyn_report(use->sema->diags, DYN_CODE_TRAIT, use->ast->arguments->span,
                   "`%.*s` takes no arguments", DYN_STR_ARG(name));
    }
    if (dynr_str_equal_c(name, "timestamps")) {
        model->created_at =
            add_named(use, "createdAt", DYN_FIELD_CREATED_AT, DYN_TYPE_TIMESTAMP, false);
        model->updated_at =
            add_named(use, "updatedAt", DYN_FIELD_UPDATED_AT, DYN_TYPE_TIMESTAMP, false);
    } else if (dynr_str_equal_c(name, "versioned")) {
        model->version = add_named(use, "version", DYN_FIELD_VERSION, DYN_TYPE_VERSION, false);
    } else {
        model->deleted_at =
            add_named(use, "deletedAt", DYN_FIELD_DELETED_AT, DYN_TYPE_TIMESTAMP, true);
    }
}

static void refuse_trait(const struct trait_use *use)
{
    struct dyn_sema *sema = use->sema;
    const struct dyn_name *name = use->ast->name.name;
    use->own->poisoned = true;
    if (dyn_is_word(name->text, planned)) {
        dyn_sema_not_supported_name(sema, use->ast->span, "the trait ", name->text);
        return;
    }
    /* A trait of the program's own was reported where it is declared. */
    if (dynr_map_get(&sema->trait_names, name->text) != NULL || sema->has_holes) {
        return;
    }
    struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_TRAIT, use->ast->name.span,
                                       "unknown trait `%.*s`", DYN_NAME_ARG(name));
    dyn_sema_suggest(sema, diag, name->text, supported, NULL, NULL, 0);
}

void dyn_sema_model_traits(struct dyn_sema *sema, struct dyn_sema_model *own)
{
    struct dynr_map seen;
    dyn_sema_map_init(sema, &seen);
    for (struct dyn_ast_trait *ast = own->decl->traits; ast != NULL; ast = ast->next) {
        if (ast->name.name == NULL) {
            own->poisoned = true;
            continue;
        }
        struct trait_use use = {.sema = sema, .own = own, .ast = ast};
        const struct dyn_ast_trait *first = dynr_map_get(&seen, ast->name.name->text);
        if (first != NULL) {
            dyn_sema_duplicate(sema, ast->name, first->name.span, "trait");
            continue;
        }
        if (ast->next != NULL) {
            dynr_map_put(&seen, ast->name.name->text, ast, NULL);
        }
        if (dyn_is_word(ast->name.name->text, supported)) {
            apply_trait(&use);
        } else {
            refuse_trait(&use);
        }
    }
}
