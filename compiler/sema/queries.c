/* SPDX-License-Identifier: Apache-2.0 */
/* `get` and `from`: which row or rows, in which order, and how many. */
#include "base/article.h"
#include "sema/internal.h"

static const char no_row_in_key[] = "a key is known before any row is read";

/* ---- keys ---------------------------------------------------------------------------------------------------------- */

static struct dynr_str key_field_list(struct dyn_sema *sema, const struct dyn_model *model)
{
    struct dynr_str list = dynr_str_make("", 0);
    for (size_t i = 0; i < model->n_key_fields; i++) {
        list = dynr_arena_printf(sema->arena, "%.*s%s%.*s", DYN_STR_ARG(list), i == 0 ? "" : ", ",
                                 DYN_NAME_ARG(model->fields[i]->name));
    }
    return list;
}

static bool report_key_count(struct dyn_sema *sema, const struct dyn_sema_model *own,
                             const struct dyn_ast_statement *statement, enum dyn_code code)
{
    size_t n = own->model.n_key_fields;
    struct dyn_diag *diag = dyn_report(
        sema->diags, code, statement->model.span, "%s `%.*s` is found by %zu value%s",
        dyn_article(own->model.name->text), DYN_NAME_ARG(own->model.name), n, n == 1 ? "" : "s");
    dyn_diag_help(sema->diags, diag, "write %.*s(%.*s)", DYN_NAME_ARG(own->model.name),
                  DYN_STR_ARG(key_field_list(sema, &own->model)));
    return false;
}

/* The place of a labelled value: `Todo(list: a, id: b)`; the number of fields when it is unknown (reported). */
static size_t labelled_place(struct dyn_sema *sema, const struct dyn_sema_model *own,
                             struct dyn_ast_name label)
{
    const struct dyn_model *model = &own->model;
    for (size_t i = 0; i < model->n_key_fields; i++) {
        if (model->fields[i]->name == label.name) {
            return i;
        }
    }
    struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_UNKNOWN_FIELD, label.span,
                                       "`%.*s` is no part of the key of `%.*s`",
                                       DYN_NAME_ARG(label.name), DYN_NAME_ARG(model->name));
    dyn_diag_fact(sema->diags, diag, "key: %.*s", DYN_STR_ARG(key_field_list(sema, model)));
    return model->n_key_fields;
}

static bool check_key_value(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast,
                            const struct dyn_field *field, const struct dyn_expr **out)
{
    struct dynr_str what =
        dynr_arena_printf(scope->sema->arena, "`%.*s`", DYN_NAME_ARG(field->name));
    struct dyn_expr *value = dyn_sema_value(scope, ast, field->type, what);
    *out = value;
    return !dyn_expr_is_error(value);
}

/* A single value that is a reference to the model is the whole key. */
static bool is_whole_key(const struct dyn_expr *value, const struct dyn_sema_model *own)
{
    return value->type->kind == DYN_TYPE_REF && value->type->model == &own->model;
}

static bool whole_key(struct dyn_expr_scope *scope, const struct dyn_sema_model *own,
                      const struct dyn_ast_expr *ast, const struct dyn_expr **out,
                      bool *out_is_whole)
{
    const struct dyn_ast_expr *root = ast;
    while (root->kind == DYN_AST_MEMBER && root->left != NULL) {
        root = root->left;
    }
    /* Only arguments and fields of the caller can be references. */
    *out_is_whole = false;
    if (ast->label.name != NULL || root->kind != DYN_AST_NAME) {
        return true;
    }
    bool is_caller = root->name.name == scope->procedure->caller && root->name.name != NULL;
    if (!is_caller && !dyn_sema_is_argument(scope, root)) {
        return true;
    }
    struct dyn_expr *value = dyn_sema_expr(scope, ast, NULL);
    if (dyn_expr_is_error(value)) {
        return false;
    }
    if (is_whole_key(value, own)) {
        *out_is_whole = true;
        *out = value;
        return dyn_sema_check_assignable(scope->sema, value,
                                         dyn_sema_ref_type(scope->sema, &own->model),
                                         dynr_str_from_c("the key"));
    }
    return true;
}

bool dyn_sema_fill_key(struct dyn_expr_scope *scope, const struct dyn_sema_model *own,
                       const struct dyn_ast_statement *statement, enum dyn_code code,
                       const struct dyn_expr **key)
{
    size_t n = 0;
    bool good = true;
    for (const struct dyn_ast_expr *ast = statement->key; ast != NULL; ast = ast->next) {
        n++;
    }
    if (n != own->model.n_key_fields) {
        return report_key_count(scope->sema, own, statement, code);
    }
    size_t place = 0;
    for (const struct dyn_ast_expr *ast = statement->key; ast != NULL; ast = ast->next, place++) {
        size_t target =
            ast->label.name == NULL ? place : labelled_place(scope->sema, own, ast->label);
        if (target == n) {
            return false;
        }
        if (key[target] != NULL) {
            struct dyn_ast_name name = {.name = own->model.fields[target]->name,
                                        .span =
                                            ast->label.name == NULL ? ast->span : ast->label.span};
            dyn_sema_duplicate(scope->sema, name, key[target]->span, "part");
            return false;
        }
        good = check_key_value(scope, ast, own->model.fields[target], &key[target]) && good;
    }
    return good;
}

bool dyn_sema_key(struct dyn_sema *sema, struct dyn_sema_procedure *procedure,
                  const struct dyn_sema_model *own, const struct dyn_ast_statement *statement,
                  enum dyn_code code, const struct dyn_expr ***out_key, size_t *out_n_key)
{
    struct dyn_expr_scope scope = dyn_sema_input_scope(sema, procedure, no_row_in_key);
    const struct dyn_expr **key =
        dyn_sema_alloc(sema, own->model.n_key_fields + 1, sizeof(const struct dyn_expr *));
    *out_key = key;
    *out_n_key = 0;
    if (own->key_poisoned) {
        procedure->poisoned = true;
        return false;
    }
    for (const struct dyn_ast_expr *ast = statement->key; ast != NULL; ast = ast->next) {
        if (ast->kind == DYN_AST_ERROR) {
            return false;
        }
    }
    if (statement->key != NULL && statement->key->next == NULL) {
        bool is_whole = false;
        if (!whole_key(&scope, own, statement->key, &key[0], &is_whole)) {
            return false;
        }
        if (is_whole) {
            *out_n_key = 1;
            return true;
        }
    }
    *out_n_key = own->model.n_key_fields;
    return dyn_sema_fill_key(&scope, own, statement, code, key);
}

/* ---- take, order ------------------------------------------------------------------------------------------------------ */

const struct dyn_expr *dyn_sema_take(struct dyn_sema *sema, struct dyn_sema_procedure *procedure,
                                     const struct dyn_ast_expr *ast)
{
    struct dyn_expr_scope scope =
        dyn_sema_input_scope(sema, procedure, "`take` is known before any row is read");
    struct dyn_expr *take = dyn_sema_expr(&scope, ast, sema->int_type);
    if (dyn_expr_is_error(take)) {
        return NULL;
    }
    if (take->type->kind != DYN_TYPE_INT || take->type->optional) {
        dyn_report(sema->diags, DYN_CODE_TYPE_MISMATCH, ast->span,
                   "`take` needs a whole number, and this is `%.*s`",
                   DYN_STR_ARG(dyn_sema_type_text(sema, take->type)));
        return NULL;
    }
    if (take->kind == DYN_EXPR_INT) {
        if (take->integer < 1 || take->integer > INT32_MAX) {
            dyn_report(sema->diags, DYN_CODE_BOUNDS, ast->span,
                       "`take` needs at least 1, and fits into 32 bits");
            return NULL;
        }
        return take;
    }
    bool bounded = take->kind == DYN_EXPR_ARGUMENT && take->type->has_low && take->type->low >= 1 &&
                   take->type->has_high && take->type->high <= INT32_MAX;
    if (!bounded) {
        struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_UNBOUNDED_LIST, ast->span,
                                           "nothing bounds this `take`");
        if (take->kind == DYN_EXPR_ARGUMENT && take->n_path == 0) {
            dyn_diag_note(sema->diags, diag, take->field->span,
                          "declare it with bounds: %.*s: int(1..200) = 50",
                          DYN_NAME_ARG(take->field->name));
        } else {
            dyn_diag_help(sema->diags, diag,
                          "take a literal, or an argument with bounds: first: int(1..200) = 50");
        }
        return NULL;
    }
    return take;
}

static bool can_order(const struct dyn_type *type)
{
    return dyn_type_is_ordered(type) || type->kind == DYN_TYPE_BOOL || type->kind == DYN_TYPE_REF;
}

const struct dyn_field *dyn_sema_order(struct dyn_sema *sema, const struct dyn_sema_model *row,
                                       const struct dyn_ast_expr *ast)
{
    if (ast->kind == DYN_AST_ERROR) {
        return NULL;
    }
    if (ast->kind != DYN_AST_ROW_FIELD) {
        struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_ORDER, ast->span,
                                           "rows are ordered by one of their fields");
        if (ast->kind == DYN_AST_NAME && ast->name.name != NULL) {
            dyn_diag_help(sema->diags, diag, "a field of the row is written with a point: `.%.*s`",
                          DYN_NAME_ARG(ast->name.name));
        } else if (ast->kind == DYN_AST_MEMBER && ast->left->kind == DYN_AST_NAME &&
                   ast->left->name.name != NULL &&
                   dynr_str_equal_c(ast->left->name.name->text, "by")) {
            /* `order by .createdAt`, one member expression to the parser. */
            dyn_diag_help(sema->diags, diag, "drop `by`: `order .createdAt desc`");
            dyn_diag_fix(sema->diags, diag, ast->left->span, dynr_str_make("", 0));
        }
        return NULL;
    }
    const struct dyn_field *field = dyn_sema_find_field(sema, row, ast->name);
    if (field == NULL || field->type->kind == DYN_TYPE_ERROR) {
        return NULL;
    }
    if (!can_order(field->type)) {
        dyn_report(sema->diags, DYN_CODE_ORDER, ast->span, "values of `%.*s` have no order",
                   DYN_STR_ARG(dyn_sema_type_text(sema, field->type)));
        return NULL;
    }
    return field;
}

/* ---- in, by ------------------------------------------------------------------------------------------------------------ */

static void read_in(struct dyn_sema *sema, struct dyn_sema_procedure *procedure,
                    const struct dyn_sema_model *own, const struct dyn_ast_statement *ast,
                    struct dyn_query *query)
{
    if (own->parent == NULL) {
        if (!own->key_poisoned) {
            struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_QUERY_SHAPE, ast->in->span,
                                               "`%.*s` is in no partition of another model",
                                               DYN_NAME_ARG(own->model.name));
            dyn_diag_help(sema->diags, diag,
                          "`in` is for models that are declared with `in parent: Parent`");
        }
        return;
    }
    struct dyn_expr_scope scope = dyn_sema_input_scope(sema, procedure, no_row_in_key);
    const struct dyn_model_member *parent =
        dynr_map_get(&own->members, own->decl->parent_field.name->text);
    struct dynr_str what = dynr_arena_printf(sema->arena, "`%.*s`", DYN_NAME_ARG(parent->name));
    query->in = dyn_sema_value(&scope, ast->in, parent->field->type, what);
}

static void report_no_index(struct dyn_sema *sema, const struct dyn_sema_model *own,
                            struct dyn_ast_name by)
{
    if (own->poisoned || sema->has_holes) {
        return;
    }
    const struct dyn_model_member *member = dynr_map_get(&own->members, by.name->text);
    if (member != NULL && member->kind == DYN_MODEL_POISON) {
        return;
    }
    if (member != NULL) {
        struct dyn_diag *diag =
            dyn_report(sema->diags, DYN_CODE_INDEX, by.span, "`%.*s` of `%.*s` has no index",
                       DYN_NAME_ARG(by.name), DYN_NAME_ARG(own->model.name));
        dyn_diag_note(sema->diags, diag, member->span, "add `@index` or `@unique` here");
        return;
    }
    struct dyn_diag *diag =
        dyn_report(sema->diags, DYN_CODE_INDEX, by.span, "`%.*s` has no index `%.*s`",
                   DYN_NAME_ARG(own->model.name), DYN_NAME_ARG(by.name));
    dyn_sema_suggest(sema, diag, by.name->text, NULL, &own->accesses, NULL, 0);
}

/* The one field that makes up a written partition, or NULL. */
static const struct dyn_field *only_field(const struct dyn_written_template *written)
{
    const struct dyn_field *field = NULL;
    for (size_t i = 0; i < written->n_pieces; i++) {
        if (written->pieces[i].field != NULL && field != NULL) {
            return NULL;
        }
        field = written->pieces[i].field != NULL ? written->pieces[i].field : field;
    }
    return field;
}

/* The field that `== value` speaks about, or NULL: reported, or poisoned. */
static const struct dyn_field *by_field(struct dyn_sema *sema, const struct dyn_sema_model *own,
                                        const struct dyn_model_access *access,
                                        const struct dyn_ast_statement *ast)
{
    if (access->written == NULL) {
        const struct dyn_model_member *member = dynr_map_get(&own->members, ast->by.name->text);
        return member->field;
    }
    const struct dyn_field *field = only_field(&access->written->partition);
    if (field == NULL) {
        struct dyn_diag *diag =
            dyn_report(sema->diags, DYN_CODE_QUERY_SHAPE, ast->by_value->span,
                       "the partition of `%.*s` is not one field, so one value does not give it",
                       DYN_NAME_ARG(ast->by.name));
        dyn_diag_help(sema->diags, diag,
                      "give the fields in `where`: where .scope == scope and .alias == alias");
    }
    return field;
}

static void read_by(struct dyn_sema *sema, struct dyn_sema_procedure *procedure,
                    const struct dyn_sema_model *own, const struct dyn_ast_statement *ast,
                    struct dyn_query *query)
{
    const struct dyn_model_access *access = dynr_map_get(&own->accesses, ast->by.name->text);
    query->by_span = ast->by.span;
    if (access == NULL) {
        report_no_index(sema, own, ast->by);
        procedure->poisoned = true;
        return;
    }
    query->by_written = access->written;
    query->by_unique = access->unique;
    query->by_index = access->unique == NULL ? access->index : NULL;
    if (access->written == NULL && access->unique == NULL && access->index == NULL) {
        procedure->poisoned = true;
        return;
    }
    if (ast->by_value == NULL) {
        if (access->unique != NULL) {
            struct dyn_diag *diag =
                dyn_report(sema->diags, DYN_CODE_QUERY_SHAPE, ast->by.span,
                           "`by %.*s` needs the value to look up", DYN_NAME_ARG(ast->by.name));
            dyn_diag_help(sema->diags, diag, "write by %.*s == value", DYN_NAME_ARG(ast->by.name));
        }
        return;
    }
    const struct dyn_field *field = by_field(sema, own, access, ast);
    if (field == NULL) {
        return;
    }
    struct dyn_expr_scope scope = dyn_sema_input_scope(sema, procedure, no_row_in_key);
    struct dynr_str what = dynr_arena_printf(sema->arena, "`%.*s`", DYN_NAME_ARG(field->name));
    query->by_value =
        dyn_sema_value(&scope, ast->by_value, dyn_sema_optional(sema, field->type, false), what);
}

/* ---- queries ---------------------------------------------------------------------------------------------------------- */

static bool gives_one_row(const struct dyn_sema_model *own, const struct dyn_query *query)
{
    return query->by_unique != NULL || (own->model.single && query->in != NULL);
}

static void check_bounded(struct dyn_sema *sema, const struct dyn_sema_model *own,
                          const struct dyn_ast_statement *ast, const struct dyn_query *query)
{
    if (ast->take != NULL || gives_one_row(own, query) || sema->has_holes) {
        return;
    }
    struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_UNBOUNDED_LIST, ast->model.span,
                                       "nothing bounds how many rows this query returns");
    dyn_diag_help(sema->diags, diag,
                  "add `take 50`, or `take first` with an argument first: int(1..200) = 50");
}

static void check_get(struct dyn_sema *sema, const struct dyn_ast_statement *ast)
{
    const struct dyn_ast_expr *extra = ast->take != NULL ? ast->take : ast->order;
    if (extra != NULL) {
        dyn_report(sema->diags, DYN_CODE_QUERY_SHAPE, extra->span,
                   "`get` reads one row, so it has no `%s`", ast->take != NULL ? "take" : "order");
    }
}

/* One row is promised, so only what finds at most one may lead to it. */
static void check_get_by(struct dyn_sema *sema, const struct dyn_sema_procedure *procedure,
                         const struct dyn_ast_statement *ast, const struct dyn_query *query)
{
    if (query->kind != DYN_QUERY_GET || procedure->poisoned) {
        return;
    }
    if (ast->key != NULL) {
        struct dyn_diag *diag =
            dyn_report(sema->diags, DYN_CODE_QUERY_SHAPE, ast->by.span,
                       "`get` reads by the key or `by` a unique value, not both");
        dyn_diag_help(sema->diags, diag, "leave one of them out");
    } else if (query->by_unique == NULL) {
        struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_QUERY_SHAPE, ast->by.span,
                                           "`%.*s` is not unique, so `get` could find several rows",
                                           DYN_NAME_ARG(ast->by.name));
        dyn_diag_help(sema->diags, diag, "write from %.*s by %.*s == ... take 1",
                      DYN_NAME_ARG(ast->model.name), DYN_NAME_ARG(ast->by.name));
    }
}

static struct dyn_query *read_query(struct dyn_sema *sema, struct dyn_sema_procedure *procedure,
                                    const struct dyn_ast_statement *ast)
{
    const struct dyn_sema_model *own = dyn_sema_find_model(sema, procedure->file, ast->model);
    if (own == NULL) {
        procedure->poisoned = true;
        return NULL;
    }
    struct dyn_query *query = dyn_sema_alloc(sema, 1, sizeof *query);
    query->kind = ast->kind == DYN_AST_GET ? DYN_QUERY_GET : DYN_QUERY_FROM;
    query->span = ast->span;
    query->model_span = ast->model.span;
    query->model = &own->model;
    if (query->kind == DYN_QUERY_GET) {
        /* `get User by email == email` needs no key: the unique value leads to it. */
        if (ast->key != NULL || ast->by.name == NULL) {
            dyn_sema_key(sema, procedure, own, ast, DYN_CODE_QUERY_SHAPE, &query->key,
                         &query->n_key);
        }
        check_get(sema, ast);
    }
    if (ast->in != NULL) {
        read_in(sema, procedure, own, ast, query);
    }
    if (ast->by.name != NULL) {
        read_by(sema, procedure, own, ast, query);
        check_get_by(sema, procedure, ast, query);
    }
    if (ast->where != NULL) {
        struct dyn_expr_scope scope = dyn_sema_row_scope(sema, procedure, own);
        query->where = dyn_sema_condition(&scope, ast->where);
    }
    if (ast->order != NULL) {
        query->order = dyn_sema_order(sema, own, ast->order);
        query->descending = ast->order_descending;
        query->order_span = ast->order->span;
    }
    if (ast->take != NULL) {
        query->take = dyn_sema_take(sema, procedure, ast->take);
    }
    dyn_sema_includes(sema, procedure, own, ast->includes, query);
    query->select = dyn_sema_select(sema, procedure, own, ast->select, query, &query->n_select);
    dyn_sema_aggregates(sema, procedure, ast, query);
    if (query->kind == DYN_QUERY_FROM && !procedure->poisoned && query->n_aggregates == 0) {
        check_bounded(sema, own, ast, query);
    }
    return query;
}

static void refuse_statement(struct dyn_sema *sema, struct dyn_sema_procedure *procedure,
                             const struct dyn_ast_statement *ast)
{
    struct dyn_diag *diag;
    if (ast->kind == DYN_AST_GET || ast->kind == DYN_AST_FROM) {
        diag =
            dyn_report(sema->diags, DYN_CODE_QUERY_SHAPE, ast->keyword, "a query reads one model");
        dyn_diag_help(sema->diags, diag,
                      "read related rows with `include`, or write a second query");
    } else {
        diag =
            dyn_report(sema->diags, DYN_CODE_QUERY_SHAPE, ast->keyword, "a query writes nothing");
        dyn_diag_help(sema->diags, diag, "make it a `mutation`");
    }
    procedure->poisoned = true;
}

/* Aggregates were read with the `get` or `from` before them. */
static void check_aggregate_place(struct dyn_sema *sema, struct dyn_sema_procedure *procedure,
                                  const struct dyn_ast_statement *ast)
{
    if (procedure->procedure.query != NULL || procedure->poisoned || sema->has_holes) {
        return;
    }
    struct dyn_diag *diag =
        dyn_report(sema->diags, DYN_CODE_AGGREGATE, ast->keyword, "nothing says of which rows");
    dyn_diag_help(sema->diags, diag, "write `from` or `get` before it");
    procedure->poisoned = true;
}

void dyn_sema_query(struct dyn_sema *sema, struct dyn_sema_procedure *procedure)
{
    for (const struct dyn_ast_statement *ast = procedure->ast->statements; ast != NULL;
         ast = ast->next) {
        if (ast->kind == DYN_AST_AGGREGATE) {
            check_aggregate_place(sema, procedure, ast);
        } else if (ast->scan) {
            dyn_sema_not_supported(sema, ast->keyword, "`from scan` (reading a whole table) is");
            procedure->poisoned = true;
        } else if (procedure->procedure.query == NULL &&
                   (ast->kind == DYN_AST_GET || ast->kind == DYN_AST_FROM)) {
            procedure->procedure.query = read_query(sema, procedure, ast);
        } else {
            refuse_statement(sema, procedure, ast);
        }
    }
    if (procedure->ast->statements == NULL && !sema->has_holes) {
        struct dyn_diag *diag = dyn_report(sema->diags, DYN_CODE_QUERY_SHAPE, procedure->ast->head,
                                           "this query reads nothing");
        dyn_diag_help(sema->diags, diag, "write `get Model(key)` or `from Model ... take n`");
    }
}
