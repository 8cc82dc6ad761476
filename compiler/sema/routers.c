/* SPDX-License-Identifier: Apache-2.0 */
/* Routers and what all procedures have: names, arguments, results, and C functions outside. */
#include "sema/internal.h"

/* ---- arguments --------------------------------------------------------------------------------------------------- */

static void add_argument(struct dyn_sema *sema, struct dyn_sema_procedure *own,
                         const struct dyn_ast_argument *ast)
{
    if (!dyn_sema_check_name(sema, ast->name)) {
        own->poisoned = true;
        return;
    }
    const struct dyn_sema_argument *first = dynr_map_get(&own->arguments, ast->name.name->text);
    if (first != NULL) {
        dyn_sema_duplicate(sema, ast->name, first->field.span, "argument");
        return;
    }
    if (ast->name.name == own->caller) {
        struct dyn_diag *diag =
            dyn_report(sema->diags, DYN_CODE_DUPLICATE, ast->name.span,
                       "`%.*s` is the router's caller already", DYN_NAME_ARG(ast->name.name));
        dyn_diag_help(sema->diags, diag, "give the argument another name");
    }
    struct dyn_sema_argument *argument = dyn_sema_alloc(sema, 1, sizeof *argument);
    struct dyn_field *field = &argument->field;
    argument->ast = ast;
    field->name = ast->name.name;
    field->doc = ast->doc;
    field->span = ast->name.span;
    field->index = own->procedure.n_arguments;
    field->attribute = ast->name.name->text;
    field->type = dyn_sema_type(sema, own->file, ast->type, DYN_PLACE_ARGUMENT);
    field->default_value =
        dyn_sema_default(sema, own->file, ast->default_value, field->type, ast->name);
    own->procedure.arguments[own->procedure.n_arguments++] = field;
    dynr_map_put(&own->arguments, field->name->text, argument, NULL);
}

static void add_arguments(struct dyn_sema *sema, struct dyn_sema_procedure *own)
{
    size_t n = 0;
    for (const struct dyn_ast_argument *ast = own->ast->arguments; ast != NULL; ast = ast->next) {
        n++;
    }
    own->procedure.arguments = dyn_sema_alloc(sema, n, sizeof(struct dyn_field *));
    for (const struct dyn_ast_argument *ast = own->ast->arguments; ast != NULL; ast = ast->next) {
        add_argument(sema, own, ast);
    }
}

static void report_unused(struct dyn_sema *sema, const struct dyn_sema_procedure *own)
{
    for (size_t i = 0; i < own->arguments.n_entries; i++) {
        const struct dyn_sema_argument *argument = own->arguments.entries[i].value;
        if (!argument->used) {
            struct dyn_diag *diag =
                dyn_report(sema->diags, DYN_CODE_UNUSED_ARGUMENT, argument->field.span,
                           "nothing uses the argument `%.*s`", DYN_NAME_ARG(argument->field.name));
            dyn_diag_help(sema->diags, diag, "remove it: callers would have to send it");
        }
    }
}

/* ---- results ------------------------------------------------------------------------------------------------------- */

static const struct dyn_symbol *model_symbol(const struct dyn_sema_procedure *own,
                                             const struct dyn_ast_type *type)
{
    if (type == NULL || type->kind != DYN_AST_TYPE_NAME || type->name.name == NULL) {
        return NULL;
    }
    const struct dyn_symbol *symbol = dynr_map_get(&own->file->visible, type->name.name->text);
    return symbol != NULL && symbol->kind == DYN_SYMBOL_MODEL ? symbol : NULL;
}

/* The result of a mutation that is written here: a row, or nothing. */
static void read_row_result(struct dyn_sema *sema, struct dyn_sema_procedure *own)
{
    const struct dyn_ast_type *result = own->ast->result;
    const struct dyn_symbol *symbol = model_symbol(own, result);
    if (symbol != NULL && !result->optional) {
        const struct dyn_sema_model *model = symbol->object;
        own->procedure.result_model = &model->model;
        return;
    }
    if (symbol != NULL) {
        dyn_report(sema->diags, DYN_CODE_MUTATION_SHAPE, result->span,
                   "a write gives a row or fails, so `?` says nothing");
        return;
    }
    const struct dyn_type *type = dyn_sema_type(sema, own->file, result, DYN_PLACE_RESULT);
    if (type->kind != DYN_TYPE_ERROR) {
        struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_MUTATION_SHAPE, result->span,
                                           "a mutation gives the row that it wrote, not `%.*s`",
                                           DYN_STR_ARG(dyn_sema_type_text(sema, type)));
        dyn_diag_help(sema->diags, diag,
                      "write `-> Model`, or compute the result in an extern procedure");
    }
}

static void read_extern_result(struct dyn_sema *sema, struct dyn_sema_procedure *own)
{
    const struct dyn_ast_type *result = own->ast->result;
    const struct dyn_symbol *symbol = model_symbol(own, result);
    bool is_row_list =
        result->kind == DYN_AST_TYPE_LIST && model_symbol(own, result->element) != NULL;
    if (is_row_list || (symbol != NULL && result->optional)) {
        dyn_sema_not_supported(sema, result->span,
                               "an extern procedure that gives some rows or none is");
        own->poisoned = true;
    } else if (symbol != NULL) {
        const struct dyn_sema_model *model = symbol->object;
        own->procedure.result_model = &model->model;
    } else {
        own->procedure.result_type = dyn_sema_type(sema, own->file, result, DYN_PLACE_RESULT);
    }
}

/* Then a result would make sense, if only aggregates were there yet. */
static bool may_aggregate(const struct dyn_ast_procedure *ast)
{
    bool found = ast->has_errors;
    for (const struct dyn_ast_statement *item = ast->statements; item != NULL; item = item->next) {
        found = found || item->kind == DYN_AST_AGGREGATE;
    }
    return found;
}

static void read_result(struct dyn_sema *sema, struct dyn_sema_procedure *own)
{
    const struct dyn_ast_procedure *ast = own->ast;
    if (ast->result == NULL) {
        return;
    }
    if (ast->is_extern) {
        read_extern_result(sema, own);
    } else if (ast->is_mutation) {
        read_row_result(sema, own);
    } else if (!may_aggregate(ast)) {
        struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_QUERY_SHAPE, ast->result->span,
                                           "the result of a query is what it reads");
        dyn_diag_help(sema->diags, diag,
                      "drop `->` and its type; `select` says which fields are returned");
    }
}

/* ---- extern ---------------------------------------------------------------------------------------------------------- */

static bool is_c_identifier(struct dynr_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool is_digit = c >= '0' && c <= '9';
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
              (is_digit && i > 0))) {
            return false;
        }
    }
    return text.len > 0 && text.ptr[0] != '_';
}

static const struct dyn_model **read_models(struct dyn_sema *sema, struct dyn_sema_procedure *own,
                                            const struct dyn_ast_expr *names, size_t *out_n)
{
    size_t n = 0;
    for (const struct dyn_ast_expr *name = names; name != NULL; name = name->next) {
        n++;
    }
    const struct dyn_model **models = dyn_sema_alloc(sema, n, sizeof(const struct dyn_model *));
    for (const struct dyn_ast_expr *name = names; name != NULL; name = name->next) {
        const struct dyn_sema_model *model =
            name->kind == DYN_AST_NAME ? dyn_sema_find_model(sema, own->file, name->name) : NULL;
        if (model != NULL) {
            models[(*out_n)++] = &model->model;
        }
    }
    return models;
}

static void read_extern(struct dyn_sema *sema, struct dyn_sema_procedure *own)
{
    const struct dyn_ast_procedure *ast = own->ast;
    struct dyn_procedure *procedure = &own->procedure;
    procedure->kind = DYN_PROCEDURE_EXTERN;
    procedure->extern_symbol = ast->extern_symbol;
    if (!is_c_identifier(ast->extern_symbol)) {
        dyn_report(sema->diags, DYN_CODE_RESERVED_NAME, ast->extern_span,
                   "this cannot be the name of a C function");
    }
    procedure->extern_reads = read_models(sema, own, ast->reads, &procedure->n_extern_reads);
    procedure->extern_writes = read_models(sema, own, ast->writes, &procedure->n_extern_writes);
    if (!ast->is_mutation && ast->writes != NULL) {
        struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_QUERY_SHAPE, ast->writes->span,
                                           "a query writes nothing");
        dyn_diag_help(sema->diags, diag, "make it a `mutation`");
    }
    if (own->context != NULL) {
        own->context->opaque = true;
    }
}

/* ---- procedures ------------------------------------------------------------------------------------------------------ */

struct dyn_expr_scope dyn_sema_input_scope(struct dyn_sema *sema,
                                           struct dyn_sema_procedure *procedure, const char *no_row)
{
    struct dyn_expr_scope scope = {
        .sema = sema, .file = procedure->file, .procedure = procedure, .no_row = no_row};
    return scope;
}

struct dyn_expr_scope dyn_sema_row_scope(struct dyn_sema *sema,
                                         struct dyn_sema_procedure *procedure,
                                         const struct dyn_sema_model *row)
{
    struct dyn_expr_scope scope = {
        .sema = sema, .file = procedure->file, .procedure = procedure, .row = row};
    return scope;
}

static void check_body(struct dyn_sema *sema, struct dyn_sema_procedure *own)
{
    const struct dyn_ast_procedure *ast = own->ast;
    if (ast->is_extern) {
        read_extern(sema, own);
    } else if (ast->is_mutation) {
        own->procedure.kind = DYN_PROCEDURE_MUTATION;
        dyn_sema_mutation(sema, own);
    } else {
        own->procedure.kind = DYN_PROCEDURE_QUERY;
        dyn_sema_query(sema, own);
    }
    if (ast->once && ast->is_mutation) {
        dyn_report(sema->diags, DYN_CODE_MUTATION_SHAPE, ast->head,
                   "`once` is for queries: nobody watches a mutation");
    }
}

static struct dyn_sema_procedure *new_procedure(struct dyn_sema *sema, struct dyn_sema_file *file,
                                                const struct dyn_ast_decl *decl,
                                                struct dyn_sema_context *context,
                                                const struct dyn_ast_procedure *ast)
{
    struct dyn_sema_procedure *own = dyn_sema_alloc(sema, 1, sizeof *own);
    own->ast = ast;
    own->file = file;
    own->context = context;
    own->caller = decl->context_name.name;
    dyn_sema_map_init(sema, &own->arguments);
    own->procedure.name = ast->name.name;
    own->procedure.doc = ast->doc;
    own->procedure.span = ast->name.span;
    own->procedure.is_mutation = ast->is_mutation;
    own->procedure.once = ast->once;
    own->procedure.context = context == NULL ? NULL : &context->context;
    own->procedure.path = dynr_arena_printf(sema->arena, "%.*s.%.*s", DYN_NAME_ARG(decl->name.name),
                                            DYN_NAME_ARG(ast->name.name));
    return own;
}

static void check_procedure(struct dyn_sema *sema, struct dyn_sema_procedure *own)
{
    size_t n_errors = sema->diags->n_errors;
    add_arguments(sema, own);
    read_result(sema, own);
    check_body(sema, own);
    bool is_whole = !own->poisoned && !sema->has_holes && sema->diags->n_errors == n_errors;
    if (is_whole && own->procedure.kind != DYN_PROCEDURE_EXTERN) {
        report_unused(sema, own);
    }
}

/* ---- routers --------------------------------------------------------------------------------------------------------- */

static struct dyn_sema_context *find_context(struct dyn_sema *sema, struct dyn_sema_file *file,
                                             const struct dyn_ast_decl *decl)
{
    if (decl->context_name.name == NULL) {
        return NULL;
    }
    dyn_sema_check_name(sema, decl->context_name);
    const struct dyn_symbol *symbol = dyn_sema_find(sema, file, decl->context_type,
                                                    DYN_SYMBOL_BIT(DYN_SYMBOL_CONTEXT), "context");
    if (symbol == NULL) {
        return NULL;
    }
    struct dyn_sema_context *context = symbol->object;
    context->taken = true;
    return context;
}

static void add_router(struct dyn_sema *sema, struct dyn_sema_file *file, struct dyn_ast_decl *decl)
{
    if (!dyn_sema_check_name(sema, decl->name)) {
        return;
    }
    const struct dyn_ast_decl *first = dynr_map_get(&sema->router_names, decl->name.name->text);
    if (first != NULL) {
        dyn_sema_duplicate(sema, decl->name, first->name.span, "router");
        return;
    }
    dynr_map_put(&sema->router_names, decl->name.name->text, decl, NULL);
    struct dyn_router *router = dyn_sema_alloc(sema, 1, sizeof *router);
    struct dyn_sema_context *context = find_context(sema, file, decl);
    router->name = decl->name.name;
    router->doc = decl->doc;
    router->span = decl->name.span;
    router->context = context == NULL ? NULL : &context->context;
    struct dyn_pointers procedures = {0};
    struct dynr_map names;
    dyn_sema_map_init(sema, &names);
    for (const struct dyn_ast_procedure *ast = decl->procedures; ast != NULL; ast = ast->next) {
        if (!dyn_sema_check_name(sema, ast->name)) {
            continue;
        }
        const struct dyn_sema_procedure *same = dynr_map_get(&names, ast->name.name->text);
        if (same != NULL) {
            dyn_sema_duplicate(sema, ast->name, same->procedure.span, "procedure");
            continue;
        }
        struct dyn_sema_procedure *own = new_procedure(sema, file, decl, context, ast);
        dynr_map_put(&names, ast->name.name->text, own, NULL);
        check_procedure(sema, own);
        dyn_sema_push(sema, &procedures, own);
    }
    router->procedures = (struct dyn_procedure **)(void *)procedures.items;
    router->n_procedures = procedures.n_items;
    dyn_sema_push(sema, &sema->routers, router);
}

void dyn_sema_routers(struct dyn_sema *sema)
{
    for (size_t i = 0; i < sema->files.n_items; i++) {
        struct dyn_sema_file *file = sema->files.items[i];
        for (struct dyn_ast_decl *decl = file->ast->decls; decl != NULL; decl = decl->next) {
            if (decl->kind == DYN_AST_ROUTER) {
                add_router(sema, file, decl);
            }
        }
    }
}
