/* SPDX-License-Identifier: Apache-2.0 */
/* Members of models: stored fields and inverse relations. */
#include "base/article.h"
#include "sema/internal.h"

bool dyn_member_accepts(const void *member, unsigned kinds)
{
    return ((1u << (unsigned)((const struct dyn_model_member *)member)->kind) & kinds) != 0;
}

struct dyn_model_member *dyn_sema_add_member(struct dyn_sema *sema, struct dyn_sema_model *own,
                                             struct dyn_ast_name name,
                                             enum dyn_model_member_kind kind,
                                             const struct dyn_ast_field *ast)
{
    const struct dyn_model_member *first = dynr_map_get(&own->members, name.name->text);
    if (first != NULL) {
        dyn_sema_duplicate(sema, name, first->span, "field");
        return NULL;
    }
    struct dyn_model_member *member = dyn_sema_alloc(sema, 1, sizeof *member);
    member->kind = kind;
    member->name = name.name;
    member->span = name.span;
    member->ast = ast;
    dynr_map_put(&own->members, name.name->text, member, NULL);
    return member;
}

struct dyn_field *dyn_sema_add_field(struct dyn_sema *sema, struct dyn_sema_model *own,
                                     struct dyn_ast_name name, enum dyn_field_origin origin,
                                     const struct dyn_type *type, const struct dyn_ast_field *ast)
{
    struct dyn_model_member *member = dyn_sema_add_member(sema, own, name, DYN_MODEL_FIELD, ast);
    if (member == NULL) {
        return NULL;
    }
    struct dyn_field *field = dyn_sema_alloc(sema, 1, sizeof *field);
    field->name = name.name;
    field->span = name.span;
    field->origin = origin;
    field->type = type;
    field->attribute = name.name->text;
    member->field = field;
    return field;
}

/* ---- lookup -------------------------------------------------------------------------------------------------- */

const struct dyn_model_member *dyn_sema_find_member(struct dyn_sema *sema,
                                                    const struct dyn_sema_model *own,
                                                    struct dyn_ast_name name)
{
    if (name.name == NULL) {
        return NULL;
    }
    const struct dyn_model_member *member = dynr_map_get(&own->members, name.name->text);
    if (member == NULL && !own->poisoned && !sema->has_holes) {
        struct dyn_diag *diag =
            dyn_report(sema->diags, DYN_CODE_UNKNOWN_FIELD, name.span, "`%.*s` has no field `%.*s`",
                       DYN_NAME_ARG(own->model.name), DYN_NAME_ARG(name.name));
        dyn_sema_suggest(sema, diag, name.name->text, NULL, &own->members, dyn_member_accepts,
                         (1u << DYN_MODEL_FIELD) | (1u << DYN_MODEL_RELATION));
    }
    return member;
}

struct dyn_field *dyn_sema_find_field(struct dyn_sema *sema, const struct dyn_sema_model *own,
                                      struct dyn_ast_name name)
{
    const struct dyn_model_member *member = dyn_sema_find_member(sema, own, name);
    if (member == NULL || member->kind == DYN_MODEL_POISON) {
        return NULL;
    }
    if (member->kind == DYN_MODEL_RELATION) {
        struct dyn_diag *diag =
            dyn_report(sema->diags, DYN_CODE_UNKNOWN_FIELD, name.span,
                       "`%.*s` is a relation, not a stored field", DYN_NAME_ARG(name.name));
        dyn_diag_note(sema->diags, diag, member->span, "declared here");
        return NULL;
    }
    return member->field;
}

/* ---- relations ------------------------------------------------------------------------------------------------- */

/* `M[] via M.f`, `M? via M.f` or `M[] through L`; the target is found when all models have their fields. */
static void add_relation(struct dyn_sema *sema, struct dyn_sema_model *own,
                         const struct dyn_ast_field *ast)
{
    static const char *const allowed[] = {NULL};
    dyn_sema_check_attributes(sema, ast->attributes, allowed,
                              "an inverse relation, which is not stored");
    if (ast->default_value != NULL) {
        dyn_report(sema->diags, DYN_CODE_DEFAULT_VALUE, ast->default_value->span,
                   "an inverse relation is not stored, so it has no default");
    }
    struct dyn_model_member *member =
        dyn_sema_add_member(sema, own, ast->name, DYN_MODEL_RELATION, ast);
    if (member == NULL) {
        return;
    }
    struct dyn_relation *relation = dyn_sema_alloc(sema, 1, sizeof *relation);
    relation->name = ast->name.name;
    relation->doc = ast->doc;
    relation->span = ast->name.span;
    relation->owner = &own->model;
    member->relation = relation;
}

/* ---- fields ---------------------------------------------------------------------------------------------------- */

static bool can_be_automatic(const struct dyn_type *type)
{
    return type->kind == DYN_TYPE_ULID || type->kind == DYN_TYPE_UUID ||
           type->kind == DYN_TYPE_TIMESTAMP;
}

static void read_auto(struct dyn_sema *sema, const struct dyn_ast_field *ast,
                      struct dyn_field *field)
{
    const struct dyn_ast_attribute *attribute = dyn_find_attribute(ast->attributes, "auto");
    if (attribute == NULL) {
        return;
    }
    field->automatic = true;
    if (field->type->kind == DYN_TYPE_ERROR) {
        return;
    }
    if (!can_be_automatic(field->type)) {
        struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_ATTRIBUTE, attribute->span,
                                           "`@auto` cannot fill %s `%.*s`",
                                           dyn_article(dyn_sema_type_text(sema, field->type)),
                                           DYN_STR_ARG(dyn_sema_type_text(sema, field->type)));
        dyn_diag_fact(sema->diags, diag, "why: it makes values of `ulid`, `uuid` and `timestamp`");
    } else if (ast->default_value != NULL) {
        dyn_report(sema->diags, DYN_CODE_ATTRIBUTE, attribute->span,
                   "`%.*s` has both `@auto` and a default", DYN_NAME_ARG(field->name));
    }
    if (attribute->arguments != NULL) {
        dyn_report(sema->diags, DYN_CODE_ATTRIBUTE, attribute->span, "`@auto` takes no arguments");
    }
}

static void add_stored(struct dyn_sema *sema, struct dyn_sema_model *own,
                       const struct dyn_ast_field *ast)
{
    static const char *const allowed[] = {"key", "auto", "index", "unique", "was", NULL};
    const struct dyn_type *type = dyn_sema_type(sema, own->file, ast->type, DYN_PLACE_MODEL);
    struct dyn_field *field =
        dyn_sema_add_field(sema, own, ast->name, DYN_FIELD_DECLARED, type, ast);
    dyn_sema_check_attributes(sema, ast->attributes, allowed, "a model's field");
    if (field == NULL) {
        return;
    }
    field->doc = ast->doc;
    field->was = dyn_sema_was(sema, ast->attributes);
    field->after_type = dyn_sema_after_type(ast);
    read_auto(sema, ast, field);
}

/* `use timestamp` reads as a field of the name `use`, and is surely not meant as one. */
static bool is_mistaken_trait(const struct dyn_ast_field *ast)
{
    return dynr_str_equal_c(ast->name.name->text, "use") && ast->type != NULL &&
           ast->type->kind == DYN_AST_TYPE_NAME && ast->type->name.name != NULL &&
           dynr_str_equal_c(ast->type->name.name->text, "timestamp") && !ast->type->optional &&
           ast->attributes == NULL && ast->default_value == NULL;
}

static void report_mistaken_trait(struct dyn_sema *sema, const struct dyn_ast_field *ast)
{
    struct dyn_diag *diag =
        dyn_report(sema->diags, DYN_CODE_TRAIT, ast->type->span, "unknown trait `timestamp`");
    dyn_diag_help(sema->diags, diag,
                  "did you mean `timestamps`? A field cannot be called `use` here");
    dyn_diag_fix(sema->diags, diag, ast->type->span, dynr_str_from_c("timestamps"));
}

void dyn_sema_model_fields(struct dyn_sema *sema, struct dyn_sema_model *own)
{
    for (const struct dyn_ast_field *ast = own->decl->fields; ast != NULL; ast = ast->next) {
        if (!dyn_sema_check_name(sema, ast->name)) {
            own->poisoned = true;
            continue;
        }
        if (is_mistaken_trait(ast)) {
            report_mistaken_trait(sema, ast);
            own->poisoned = true;
        } else if (ast->via_model.name != NULL || ast->through.name != NULL) {
            add_relation(sema, own, ast);
        } else {
            add_stored(sema, own, ast);
        }
    }
}
