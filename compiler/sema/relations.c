/* SPDX-License-Identifier: Apache-2.0 */
/* Inverse relations: each names the field on the other side that refers back. */
#include "base/article.h"
#include "sema/internal.h"

static bool refers_to(const struct dyn_model_member *member, const struct dyn_sema_model *own)
{
    return member->kind == DYN_MODEL_FIELD && member->field->type->kind == DYN_TYPE_REF &&
           member->field->type->model == &own->model;
}

/* The fields of `target` that would do. */
static void list_candidates(struct dyn_sema *sema, struct dyn_diag *diag,
                            const struct dyn_sema_model *own, const struct dyn_sema_model *target)
{
    bool any = false;
    for (size_t i = 0; i < target->members.n_entries; i++) {
        const struct dyn_model_member *member = target->members.entries[i].value;
        if (refers_to(member, own)) {
            dyn_diag_help(sema->diags, diag, "`%.*s.%.*s` refers to `%.*s`: write via %.*s.%.*s",
                          DYN_NAME_ARG(target->model.name), DYN_NAME_ARG(member->name),
                          DYN_NAME_ARG(own->model.name), DYN_NAME_ARG(target->model.name),
                          DYN_NAME_ARG(member->name));
            any = true;
        }
    }
    if (!any) {
        dyn_diag_help(sema->diags, diag,
                      "no field of `%.*s` refers to `%.*s`: add one, or put `%.*s` in it with `in`",
                      DYN_NAME_ARG(target->model.name), DYN_NAME_ARG(own->model.name),
                      DYN_NAME_ARG(target->model.name));
    }
}

/* The field behind `via`, or NULL: reported, or poisoned. */
static const struct dyn_field *find_via(struct dyn_sema *sema, const struct dyn_sema_model *own,
                                        const struct dyn_sema_model *target,
                                        const struct dyn_ast_field *ast)
{
    if (ast->via_field.name == NULL) {
        return NULL;
    }
    const struct dyn_model_member *member =
        dynr_map_get(&target->members, ast->via_field.name->text);
    if (member == NULL && (target->poisoned || sema->has_holes)) {
        return NULL;
    }
    if (member == NULL) {
        struct dyn_diag *diag = dyn_report(
            sema->diags, DYN_CODE_INVERSE, ast->via_field.span, "`%.*s` has no field `%.*s`",
            DYN_NAME_ARG(target->model.name), DYN_NAME_ARG(ast->via_field.name));
        list_candidates(sema, diag, own, target);
        return NULL;
    }
    if (member->kind == DYN_MODEL_POISON ||
        (member->kind == DYN_MODEL_FIELD && member->field->type->kind == DYN_TYPE_ERROR)) {
        return NULL;
    }
    if (!refers_to(member, own)) {
        struct dyn_diag *diag =
            dyn_report(sema->diags, DYN_CODE_INVERSE, ast->via_field.span,
                       "`%.*s.%.*s` does not refer to `%.*s`", DYN_NAME_ARG(target->model.name),
                       DYN_NAME_ARG(member->name), DYN_NAME_ARG(own->model.name));
        dyn_diag_note(sema->diags, diag, member->span, "declared here");
        list_candidates(sema, diag, own, target);
        return NULL;
    }
    return member->field;
}

/* The model that the relation's type names, or NULL: reported, or poisoned. */
static struct dyn_sema_model *find_target(struct dyn_sema *sema, const struct dyn_sema_model *own,
                                          const struct dyn_ast_field *ast)
{
    const struct dyn_ast_type *type = ast->type;
    const struct dyn_ast_type *element =
        type != NULL && type->kind == DYN_AST_TYPE_LIST ? type->element : type;
    if (element == NULL || element->kind == DYN_AST_TYPE_ERROR ||
        type->kind == DYN_AST_TYPE_ERROR) {
        return NULL;
    }
    if (element->name.name == NULL && element->kind == DYN_AST_TYPE_NAME) {
        return NULL;
    }
    if (element->kind != DYN_AST_TYPE_NAME ||
        dyn_is_word(element->name.name->text, dyn_scalar_names)) {
        dyn_report(sema->diags, DYN_CODE_INVERSE, type->span,
                   "`via` belongs to relations: `Model[]` or `Model?`");
        return NULL;
    }
    struct dyn_sema_model *target = dyn_sema_find_model(sema, own->file, element->name);
    if (target == NULL) {
        return NULL;
    }
    if (element == type && !type->optional) {
        struct dyn_diag *diag = dyn_report(
            sema->diags, DYN_CODE_INVERSE, type->span, "nothing makes sure that there is %s `%.*s`",
            dyn_article(target->model.name->text), DYN_NAME_ARG(target->model.name));
        dyn_diag_help(sema->diags, diag, "write `%.*s?` for at most one, `%.*s[]` for many",
                      DYN_NAME_ARG(target->model.name), DYN_NAME_ARG(target->model.name));
        return NULL;
    }
    if (type->max != NULL || (element != type && type->optional)) {
        struct dyn_span span = type->max != NULL ? type->max->span : type->span;
        dyn_report(sema->diags, DYN_CODE_INVERSE, span,
                   "an inverse relation is a query: it has neither `?` nor `(max n)`");
        return NULL;
    }
    if (ast->via_model.name != element->name.name) {
        struct dyn_diag *diag =
            dyn_report(sema->diags, DYN_CODE_INVERSE, ast->via_model.span,
                       "`%.*s` holds `%.*s`, so `via` names a field of it",
                       DYN_NAME_ARG(ast->name.name), DYN_NAME_ARG(target->model.name));
        list_candidates(sema, diag, own, target);
        return NULL;
    }
    return target;
}

static void resolve_relation(struct dyn_sema *sema, struct dyn_sema_model *own,
                             struct dyn_model_member *member)
{
    struct dyn_relation *relation = member->relation;
    if (member->ast->through.name != NULL) {
        if (dyn_sema_through(sema, own, member->ast, relation)) {
            dyn_sema_push(sema, &own->relations, relation);
        } else {
            member->kind = DYN_MODEL_POISON;
        }
        return;
    }
    struct dyn_sema_model *target = find_target(sema, own, member->ast);
    const struct dyn_field *via = target == NULL ? NULL : find_via(sema, own, target, member->ast);
    if (via == NULL) {
        member->kind = DYN_MODEL_POISON;
        return;
    }
    relation->target = &target->model;
    relation->via = via;
    relation->many = member->ast->type->kind == DYN_AST_TYPE_LIST;
    dyn_sema_push(sema, &own->relations, relation);
}

void dyn_sema_model_relations(struct dyn_sema *sema, struct dyn_sema_model *own)
{
    for (size_t i = 0; i < own->members.n_entries; i++) {
        struct dyn_model_member *member = own->members.entries[i].value;
        if (member->kind == DYN_MODEL_RELATION) {
            resolve_relation(sema, own, member);
        }
    }
    own->model.relations = (struct dyn_relation **)(void *)own->relations.items;
    own->model.n_relations = own->relations.n_items;
}
