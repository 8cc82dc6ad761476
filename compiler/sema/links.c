/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `link Member between list: TodoList, user: User` is a model in its first end's partition: the second end is the rest of its
 * key and has an index of its own, which leads back. It is declared as that model, so that keys, paths and everything
 * behind them know models only.
 */
#include "base/article.h"
#include "sema/internal.h"

static size_t count_ends(const struct dyn_ast_decl *decl)
{
    size_t n = 0;
    for (const struct dyn_ast_field *end = decl->ends; end != NULL; end = end->next) {
        n++;
    }
    return n;
}

static void report_ends(struct dyn_sema *sema, const struct dyn_ast_decl *decl)
{
    if (decl->has_errors || sema->has_holes) {
        return;
    }
    struct dyn_span span = decl->ends == NULL ? decl->head : decl->ends->span;
    struct dyn_diag *diag =
        dyn_report(sema->diags, DYN_CODE_LINK, span,
                   "a link stands between two models, and this one names %zu", count_ends(decl));
    dyn_diag_help(sema->diags, diag,
                  "write link %.*s between list: TodoList, user: User { ... }, or a `model` with "
                  "several references",
                  DYN_NAME_ARG(decl->name.name));
}

static void refuse_end(struct dyn_sema *sema, const struct dyn_ast_field *end)
{
    dyn_report(sema->diags, DYN_CODE_LINK, end->type->span,
               "a link stands between models, and `%.*s` is none",
               DYN_NAME_ARG(end->type->name.name));
}

static struct dyn_ast_attribute *make_attribute(struct dyn_sema *sema, const char *name,
                                                struct dyn_span span,
                                                struct dyn_ast_attribute *next)
{
    struct dyn_ast_attribute *attribute = dyn_sema_alloc(sema, 1, sizeof *attribute);
    attribute->name.name = dyn_sema_name(sema, name);
    attribute->name.span = span;
    attribute->span = span;
    attribute->next = next;
    return attribute;
}

const struct dyn_ast_decl *dyn_sema_link_model(struct dyn_sema *sema,
                                               const struct dyn_ast_decl *decl)
{
    if (count_ends(decl) != 2) {
        report_ends(sema, decl);
        return NULL;
    }
    for (const struct dyn_ast_field *end = decl->ends; end != NULL; end = end->next) {
        if (end->type->name.name == NULL) {
            return NULL;
        }
        if (dyn_is_word(end->type->name.name->text, dyn_scalar_names)) {
            refuse_end(sema, end);
            return NULL;
        }
    }
    const struct dyn_ast_field *first = decl->ends;
    if (first == NULL || first->next == NULL) {
        return NULL;
    }
    struct dyn_ast_field *second = dyn_sema_alloc(sema, 1, sizeof *second);
    *second = *first->next;
    second->attributes = make_attribute(sema, "key", second->name.span,
                                        make_attribute(sema, "index", second->name.span, NULL));
    second->next = decl->fields;
    struct dyn_ast_decl *model = dyn_sema_alloc(sema, 1, sizeof *model);
    *model = *decl;
    model->parent_field = first->name;
    model->parent_model = first->type->name;
    model->fields = second;
    return model;
}

static void refuse_key(struct dyn_sema *sema, const struct dyn_sema_model *own,
                       struct dyn_span span)
{
    struct dyn_diag *diag =
        dyn_report(sema->diags, DYN_CODE_LINK, span, "the key of `%.*s` is made of its two ends",
                   DYN_NAME_ARG(own->model.name));
    dyn_diag_fact(sema->diags, diag, "why: a link says at most once that two rows belong together");
    dyn_diag_help(sema->diags, diag, "leave `@key` out, or declare a `model` instead of a `link`");
}

void dyn_sema_link_end(struct dyn_sema *sema, struct dyn_sema_model *own)
{
    const struct dyn_ast_decl *decl = own->decl;
    if (decl->kind != DYN_AST_LINK) {
        return;
    }
    const struct dyn_ast_field *end = decl->fields;
    for (const struct dyn_ast_field *field = end->next; field != NULL; field = field->next) {
        const struct dyn_ast_attribute *attribute = dyn_find_attribute(field->attributes, "key");
        if (attribute != NULL) {
            refuse_key(sema, own, attribute->span);
            own->key_poisoned = true;
        }
    }
    if (decl->keys != NULL) {
        refuse_key(sema, own, decl->keys->span);
        own->key_poisoned = true;
    }
    const struct dyn_model_member *member =
        end->name.name == NULL ? NULL : dynr_map_get(&own->members, end->name.name->text);
    if (member == NULL || member->kind != DYN_MODEL_FIELD || member->ast != end) {
        return;
    }
    if (member->field->type->kind == DYN_TYPE_REF) {
        own->model.link_end = member->field;
    } else if (member->field->type->kind != DYN_TYPE_ERROR) {
        refuse_end(sema, end);
        own->key_poisoned = true;
    }
}

/* ---- through ------------------------------------------------------------------------------------------------- */

static bool is_end_of(const struct dyn_field *end, const struct dyn_sema_model *own)
{
    return end->type->kind == DYN_TYPE_REF && end->type->model == &own->model;
}

static void refuse_through(struct dyn_sema *sema, struct dyn_span span,
                           const struct dyn_sema_model *own, const struct dyn_sema_model *link)
{
    const struct dyn_model *model = &link->model;
    const struct dyn_field *first = model->link_end == NULL ? NULL : model->fields[0];
    if (first == NULL || model->parent == NULL) {
        struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_INVERSE, span, "`%.*s` is no link",
                                           DYN_NAME_ARG(model->name));
        dyn_diag_note(sema->diags, diag, model->span, "declared here");
        dyn_diag_help(sema->diags, diag,
                      "declare it with `link %.*s between ...`, or name the field that refers back "
                      "with `via`",
                      DYN_NAME_ARG(model->name));
        return;
    }
    struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_INVERSE, span,
                                       "`%.*s` does not stand between `%.*s` and another model",
                                       DYN_NAME_ARG(model->name), DYN_NAME_ARG(own->model.name));
    dyn_diag_fact(sema->diags, diag, "ends: %.*s: %.*s, %.*s: %.*s", DYN_NAME_ARG(first->name),
                  DYN_NAME_ARG(model->parent->name), DYN_NAME_ARG(model->link_end->name),
                  DYN_NAME_ARG(model->link_end->type->model->name));
}

/* The end that refers to `own`: the only one, or the one that `via` names. NULL: reported, or poisoned. */
static const struct dyn_field *near_end(struct dyn_sema *sema, const struct dyn_sema_model *own,
                                        const struct dyn_sema_model *link,
                                        const struct dyn_ast_field *ast)
{
    const struct dyn_model *model = &link->model;
    const struct dyn_field *first = model->link_end == NULL ? NULL : model->fields[0];
    const struct dyn_field *second = model->link_end;
    bool is_first = first != NULL && is_end_of(first, own);
    bool is_second = second != NULL && is_end_of(second, own);
    if (!is_first && !is_second) {
        refuse_through(sema, ast->through.span, own, link);
        return NULL;
    }
    if (ast->via_field.name != NULL) {
        bool names_first = is_first && ast->via_field.name == first->name;
        bool names_second = is_second && ast->via_field.name == second->name;
        if (ast->via_model.name == model->name && (names_first || names_second)) {
            return names_first ? first : second;
        }
        struct dyn_diag *diag =
            dyn_report(sema->diags, DYN_CODE_INVERSE, ast->via_field.span,
                       "`via` names the end of `%.*s` that refers to `%.*s`",
                       DYN_NAME_ARG(model->name), DYN_NAME_ARG(own->model.name));
        dyn_diag_help(sema->diags, diag, "write via %.*s.%.*s", DYN_NAME_ARG(model->name),
                      DYN_NAME_ARG((is_first ? first : second)->name));
        return NULL;
    }
    if (is_first && is_second) {
        struct dyn_diag *diag = dyn_report(
            sema->diags, DYN_CODE_INVERSE, ast->through.span, "both ends of `%.*s` refer to `%.*s`",
            DYN_NAME_ARG(model->name), DYN_NAME_ARG(own->model.name));
        dyn_diag_help(sema->diags, diag,
                      "say which one is this row: through %.*s via %.*s.%.*s, or via %.*s.%.*s",
                      DYN_NAME_ARG(model->name), DYN_NAME_ARG(model->name),
                      DYN_NAME_ARG(first->name), DYN_NAME_ARG(model->name),
                      DYN_NAME_ARG(second->name));
        return NULL;
    }
    return is_first ? first : second;
}

bool dyn_sema_through(struct dyn_sema *sema, const struct dyn_sema_model *own,
                      const struct dyn_ast_field *ast, struct dyn_relation *relation)
{
    struct dyn_sema_model *link = dyn_sema_find_model(sema, own->file, ast->through);
    const struct dyn_ast_type *type = ast->type;
    if (link == NULL || link->key_poisoned || type == NULL || type->kind == DYN_AST_TYPE_ERROR) {
        return false;
    }
    const struct dyn_field *near = near_end(sema, own, link, ast);
    if (near == NULL) {
        return false;
    }
    const struct dyn_field *far =
        near == link->model.link_end ? link->model.fields[0] : link->model.link_end;
    const struct dyn_name *name = far->type->model->name;
    const struct dyn_ast_type *element = type->kind == DYN_AST_TYPE_LIST ? type->element : NULL;
    bool is_list_of_far = element != NULL && element->kind == DYN_AST_TYPE_NAME &&
                          element->name.name == name && type->max == NULL && !type->optional;
    if (!is_list_of_far) {
        struct dyn_diag *diag = dyn_report(
            sema->diags, DYN_CODE_INVERSE, type->span, "through `%.*s` %s `%.*s` has many `%.*s`",
            DYN_NAME_ARG(link->model.name), dyn_article(own->model.name->text),
            DYN_NAME_ARG(own->model.name), DYN_NAME_ARG(name));
        dyn_diag_help(sema->diags, diag, "write %.*s %.*s[] through %.*s",
                      DYN_NAME_ARG(ast->name.name), DYN_NAME_ARG(name),
                      DYN_NAME_ARG(link->model.name));
        return false;
    }
    relation->target = &link->model;
    relation->via = near;
    relation->far = far;
    relation->many = true;
    return true;
}
