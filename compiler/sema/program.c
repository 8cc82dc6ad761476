/* SPDX-License-Identifier: Apache-2.0 */
/* Checks that need the whole program: who may do what, and what nobody uses. */
#include "sema/internal.h"

/* ---- public ---------------------------------------------------------------------------------------------------------- */

static void mark_public(struct dyn_sema *sema, struct dyn_sema_file *file,
                        const struct dyn_ast_decl *decl)
{
    for (const struct dyn_ast_expr *name = decl->names; name != NULL; name = name->next) {
        struct dyn_sema_model *model =
            name->kind == DYN_AST_NAME ? dyn_sema_find_model(sema, file, name->name) : NULL;
        if (model != NULL) {
            model->model.is_public = true;
        }
    }
    for (size_t i = 0; decl->names == NULL && i < sema->models.n_items; i++) {
        struct dyn_sema_model *model = sema->models.items[i];
        model->model.is_public = true;
    }
}

/* Whether some declaration says `public`. */
static bool read_public(struct dyn_sema *sema)
{
    bool any = false;
    for (size_t i = 0; i < sema->files.n_items; i++) {
        struct dyn_sema_file *file = sema->files.items[i];
        for (const struct dyn_ast_decl *decl = file->ast->decls; decl != NULL; decl = decl->next) {
            if (decl->kind == DYN_AST_PUBLIC) {
                mark_public(sema, file, decl);
                any = true;
            }
        }
    }
    return any;
}

/* ---- policies --------------------------------------------------------------------------------------------------------- */

static void report_unprotected(struct dyn_sema *sema, bool any_public)
{
    const struct dyn_sema_context *context =
        sema->contexts.n_items == 0 ? NULL : sema->contexts.items[0];
    if (!any_public && !sema->has_policies && context != NULL) {
        struct dyn_diag *diag =
            dyn_report(sema->diags, DYN_CODE_NO_POLICY, context->decl->head,
                       "with a context, every model needs a policy, and there is none");
        dyn_diag_fact(sema->diags, diag,
                      "why: a context says who calls; nothing says yet what they may do");
        dyn_diag_help(sema->diags, diag,
                      "write a `policy` for each model, or `public` if everybody may read and "
                      "write everything");
        return;
    }
    for (size_t i = 0; i < sema->models.n_items; i++) {
        const struct dyn_sema_model *model = sema->models.items[i];
        if (!model->model.is_public && model->model.policy == NULL) {
            struct dyn_diag *diag =
                dyn_report(sema->diags, DYN_CODE_NO_POLICY, model->model.span,
                           "`%.*s` has no policy", DYN_NAME_ARG(model->model.name));
            if (context != NULL) {
                dyn_diag_note(sema->diags, diag, context->context.span,
                              "with a context, every model needs one");
            }
            dyn_diag_help(sema->diags, diag,
                          "write policy %.*s { allow read if ... }, or name it in `public` if "
                          "everybody may read and write it",
                          DYN_NAME_ARG(model->model.name));
        }
    }
}

/* ---- contexts --------------------------------------------------------------------------------------------------------- */

/* A field that nobody reads still makes two callers different: it would split what they could share. */
static void report_unused_fields(struct dyn_sema *sema, const struct dyn_sema_context *own)
{
    for (size_t i = 0; i < own->context.n_fields; i++) {
        const struct dyn_field *field = own->context.fields[i];
        if (!own->used[i]) {
            struct dyn_diag *diag =
                dyn_report(sema->diags, DYN_CODE_CONTEXT_FIELD_UNUSED, field->span,
                           "nothing reads `%.*s` of the caller", DYN_NAME_ARG(field->name));
            dyn_diag_help(sema->diags, diag,
                          "remove it: callers that differ in it only could share what they watch");
        }
    }
}

void dyn_sema_check_program(struct dyn_sema *sema)
{
    bool any_public = read_public(sema);
    bool in_doubt = sema->has_holes || sema->has_lost_policy;
    bool is_guarded = sema->contexts.n_items > 0 || sema->has_policies;
    if (is_guarded && sema->models.n_items > 0 && !in_doubt) {
        report_unprotected(sema, any_public);
    }
    dyn_sema_check_policies(sema);
    for (size_t i = 0; i < sema->contexts.n_items; i++) {
        const struct dyn_sema_context *own = sema->contexts.items[i];
        if (own->taken && !own->opaque && !in_doubt && sema->diags->n_errors == 0) {
            report_unused_fields(sema, own);
        }
    }
}
