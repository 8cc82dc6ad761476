/* SPDX-License-Identifier: Apache-2.0 */
/* `select` and `include`: what an output row consists of. */
#include "sema/internal.h"

/* A name in the output, and whether it is taken. */
static bool claim_name(struct dyn_sema *sema, struct dynr_map *taken, struct dyn_ast_name name,
                       struct dyn_span *span)
{
    const struct dyn_span *first = dynr_map_get(taken, name.name->text);
    if (first != NULL) {
        dyn_sema_duplicate(sema, name, *first, "output");
        return false;
    }
    dynr_map_put(taken, name.name->text, span, NULL);
    return true;
}

static struct dyn_ast_name output_name(struct dyn_ast_name name, struct dyn_ast_name alias)
{
    return alias.name != NULL ? alias : name;
}

/* ---- select ---------------------------------------------------------------------------------------------------------- */

struct selector {
    struct dyn_sema *sema;
    struct dyn_sema_procedure *procedure;
    const struct dyn_query *query;
    /** Inside `assignee { ... }`: stored fields only. */
    bool nested;
};

static const struct dyn_selection *select_all(const struct selector *selector,
                                              const struct dyn_sema_model *row,
                                              const struct dyn_ast_selection *asts, size_t *out_n);

/* The include that is returned under this name, or NULL. */
static const struct dyn_include *find_include(const struct dyn_query *query,
                                              const struct dyn_name *name)
{
    for (size_t i = 0; query != NULL && i < query->n_includes; i++) {
        if (query->includes[i].name == name) {
            return &query->includes[i];
        }
    }
    return NULL;
}

/* A relation that no include reads. */
static bool refuse_relation(const struct selector *selector, const struct dyn_ast_selection *ast,
                            const struct dyn_model_member *member)
{
    struct dyn_sema *sema = selector->sema;
    struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_INCLUDE, ast->name.span,
                                       "`%.*s` is a relation: its rows are read with `include`",
                                       DYN_NAME_ARG(ast->name.name));
    if (selector->nested || selector->query == NULL) {
        dyn_diag_fact(sema->diags, diag,
                      "limit: relations are read below the rows of the query itself");
    } else {
        dyn_diag_help(sema->diags, diag,
                      member->relation->many ? "write include %.*s { take 20 }"
                                             : "write include %.*s",
                      DYN_NAME_ARG(ast->name.name));
    }
    return false;
}

/* `select` of what an `include` reads, under the name that it has there. */
static bool select_include(const struct selector *selector, const struct dyn_ast_selection *ast,
                           const struct dyn_include *include, struct dyn_selection *selection)
{
    if (ast->children != NULL) {
        struct dyn_diag *diag = dyn_report(selector->sema->diags, DYN_CODE_INCLUDE, ast->span,
                                           "what is returned of `%.*s` is said in its `include`",
                                           DYN_NAME_ARG(ast->name.name));
        dyn_diag_help(selector->sema->diags, diag, "put `select` into the braces of `include`");
        return false;
    }
    selection->relation = include->relation;
    selection->field = include->field;
    return true;
}

static bool select_field(const struct selector *selector, const struct dyn_ast_selection *ast,
                         const struct dyn_field *field, struct dyn_selection *selection)
{
    struct dyn_sema *sema = selector->sema;
    if (field->type->kind == DYN_TYPE_ERROR) {
        selector->procedure->poisoned = true;
        return false;
    }
    selection->field = field;
    if (ast->children == NULL) {
        return true;
    }
    if (field->type->kind != DYN_TYPE_REF) {
        struct dyn_diag *diag =
            dyn_report(sema->diags, DYN_CODE_QUERY_SHAPE, ast->span,
                       "`%.*s` is selected as a whole", DYN_NAME_ARG(field->name));
        dyn_diag_fact(sema->diags, diag,
                      "why: parts are selected of a reference, and this is `%.*s`",
                      DYN_STR_ARG(dyn_sema_type_text(sema, field->type)));
        return false;
    }
    if (selector->nested) {
        dyn_report(sema->diags, DYN_CODE_INCLUDE, ast->span,
                   "only one row beside the result can be selected from");
        return false;
    }
    struct selector inner = *selector;
    inner.nested = true;
    inner.query = NULL;
    selection->children = select_all(&inner, dyn_sema_model_of(field->type->model), ast->children,
                                     &selection->n_children);
    return true;
}

static bool select_one(const struct selector *selector, const struct dyn_sema_model *row,
                       const struct dyn_ast_selection *ast, struct dyn_selection *selection)
{
    selection->span = ast->span;
    selection->name = output_name(ast->name, ast->alias).name;
    const struct dyn_include *include = find_include(selector->query, ast->name.name);
    if (include != NULL) {
        return select_include(selector, ast, include, selection);
    }
    const struct dyn_model_member *member = dyn_sema_find_member(selector->sema, row, ast->name);
    if (member == NULL || member->kind == DYN_MODEL_POISON) {
        selector->procedure->poisoned = true;
        return false;
    }
    return member->kind == DYN_MODEL_RELATION
               ? refuse_relation(selector, ast, member)
               : select_field(selector, ast, member->field, selection);
}

static const struct dyn_selection *select_all(const struct selector *selector,
                                              const struct dyn_sema_model *row,
                                              const struct dyn_ast_selection *asts, size_t *out_n)
{
    struct dyn_sema *sema = selector->sema;
    size_t n = 0;
    for (const struct dyn_ast_selection *ast = asts; ast != NULL; ast = ast->next) {
        n++;
    }
    *out_n = 0;
    if (n == 0) {
        return NULL;
    }
    struct dyn_selection *selections = dyn_sema_alloc(sema, n, sizeof *selections);
    struct dyn_span *spans = dyn_sema_alloc(sema, n, sizeof *spans);
    struct dynr_map taken;
    dyn_sema_map_init(sema, &taken);
    for (const struct dyn_ast_selection *ast = asts; ast != NULL; ast = ast->next) {
        if (ast->name.name == NULL ||
            (ast->alias.name != NULL && !dyn_sema_check_name(sema, ast->alias))) {
            continue;
        }
        *spans = ast->span;
        struct dyn_selection selection = {0};
        if (claim_name(sema, &taken, output_name(ast->name, ast->alias), spans++) &&
            select_one(selector, row, ast, &selection)) {
            selections[(*out_n)++] = selection;
        }
    }
    return selections;
}

const struct dyn_selection *dyn_sema_select(struct dyn_sema *sema,
                                            struct dyn_sema_procedure *procedure,
                                            const struct dyn_sema_model *row,
                                            const struct dyn_ast_selection *ast,
                                            const struct dyn_query *query, size_t *out_n)
{
    struct selector selector = {.sema = sema, .procedure = procedure, .query = query};
    return select_all(&selector, row, ast, out_n);
}

/* ---- include ----------------------------------------------------------------------------------------------------------- */

/* False: reported, or poisoned. */
static bool find_included(struct dyn_sema *sema, struct dyn_sema_procedure *procedure,
                          const struct dyn_sema_model *row, const struct dyn_ast_include *ast,
                          struct dyn_include *include)
{
    const struct dyn_model_member *member = dyn_sema_find_member(sema, row, ast->name);
    if (member == NULL || member->kind == DYN_MODEL_POISON ||
        (member->kind == DYN_MODEL_FIELD && member->field->type->kind == DYN_TYPE_ERROR)) {
        procedure->poisoned = true;
        return false;
    }
    if (member->kind == DYN_MODEL_RELATION) {
        include->relation = member->relation;
        include->model = member->relation->target;
        return true;
    }
    if (member->field->type->kind != DYN_TYPE_REF) {
        struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_INCLUDE, ast->name.span,
                                           "`%.*s` is a field of the row itself, not a relation",
                                           DYN_NAME_ARG(ast->name.name));
        dyn_diag_note(sema->diags, diag, member->span, "declared here");
        return false;
    }
    include->field = member->field;
    include->model = member->field->type->model;
    return true;
}

static void check_include_shape(struct dyn_sema *sema, const struct dyn_ast_include *ast,
                                const struct dyn_include *include)
{
    bool many = include->relation != NULL && include->relation->many;
    const struct dyn_ast_expr *extra = ast->take != NULL ? ast->take : ast->order;
    if (many && ast->take == NULL && !sema->has_holes) {
        struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_UNBOUNDED_LIST, ast->name.span,
                                           "nothing bounds how many rows of `%.*s` are returned",
                                           DYN_NAME_ARG(ast->name.name));
        dyn_diag_help(sema->diags, diag, "write include %.*s { take 20 }",
                      DYN_NAME_ARG(ast->name.name));
    } else if (!many && extra != NULL) {
        dyn_report(sema->diags, DYN_CODE_INCLUDE, extra->span,
                   "`%.*s` is one row, so it has no `%s`", DYN_NAME_ARG(ast->name.name),
                   ast->take != NULL ? "take" : "order");
    }
}

static bool read_include(struct dyn_sema *sema, struct dyn_sema_procedure *procedure,
                         const struct dyn_sema_model *row, const struct dyn_ast_include *ast,
                         struct dyn_include *include)
{
    if (!find_included(sema, procedure, row, ast, include)) {
        return false;
    }
    const struct dyn_sema_model *target = dyn_sema_model_of(include->model);
    include->span = ast->span;
    include->name = output_name(ast->name, ast->alias).name;
    check_include_shape(sema, ast, include);
    if (ast->where != NULL) {
        struct dyn_expr_scope scope = dyn_sema_row_scope(sema, procedure, target);
        include->where = dyn_sema_condition(&scope, ast->where);
    }
    if (ast->order != NULL) {
        include->order = dyn_sema_order(sema, target, ast->order);
        include->descending = ast->order_descending;
        include->order_span = ast->order->span;
    }
    if (ast->take != NULL) {
        include->take = dyn_sema_take(sema, procedure, ast->take);
    }
    include->select =
        dyn_sema_select(sema, procedure, target, ast->select, NULL, &include->n_select);
    return true;
}

/* An alias must not hide another field of the row. */
static bool check_alias(struct dyn_sema *sema, const struct dyn_sema_model *row,
                        const struct dyn_ast_include *ast)
{
    if (ast->alias.name == NULL) {
        return true;
    }
    if (!dyn_sema_check_name(sema, ast->alias)) {
        return false;
    }
    const struct dyn_model_member *hidden = dynr_map_get(&row->members, ast->alias.name->text);
    if (hidden == NULL || hidden->name == ast->name.name) {
        return true;
    }
    dyn_sema_duplicate(sema, ast->alias, hidden->span, "output");
    return false;
}

void dyn_sema_includes(struct dyn_sema *sema, struct dyn_sema_procedure *procedure,
                       const struct dyn_sema_model *row, const struct dyn_ast_include *asts,
                       struct dyn_query *query)
{
    size_t n = 0;
    for (const struct dyn_ast_include *ast = asts; ast != NULL; ast = ast->next) {
        n++;
    }
    struct dyn_include *includes = dyn_sema_alloc(sema, n, sizeof *includes);
    struct dyn_span *spans = dyn_sema_alloc(sema, n, sizeof *spans);
    struct dynr_map taken;
    dyn_sema_map_init(sema, &taken);
    for (const struct dyn_ast_include *ast = asts; ast != NULL; ast = ast->next) {
        if (ast->name.name == NULL || !check_alias(sema, row, ast)) {
            continue;
        }
        *spans = ast->span;
        struct dyn_include include = {0};
        if (claim_name(sema, &taken, output_name(ast->name, ast->alias), spans++) &&
            read_include(sema, procedure, row, ast, &include)) {
            includes[query->n_includes++] = include;
        }
    }
    query->includes = includes;
}
