/* SPDX-License-Identifier: Apache-2.0 */
/* `count`, `sum`, `min` and `max`: of the rows of a relation under a `get`, or of the rows of a `from`. */
#include "sema/internal.h"

struct aggregate_reader {
    struct dyn_sema *sema;
    struct dyn_sema_procedure *procedure;
    const struct dyn_query *query;
    const struct dyn_ast_statement *ast;
};

static struct dyn_diag *refuse(const struct aggregate_reader *reader, struct dyn_span span,
                               const char *message)
{
    reader->procedure->poisoned = true;
    return dyn_report(reader->sema->diags, DYN_CODE_AGGREGATE, span, "%s", message);
}

static enum dyn_aggregate_kind kind_of(struct dynr_str word)
{
    static const struct {
        const char *word;
        enum dyn_aggregate_kind kind;
    } kinds[] = {
        {"sum", DYN_AGGREGATE_SUM}, {"min", DYN_AGGREGATE_MIN}, {"max", DYN_AGGREGATE_MAX}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (dynr_str_equal_c(word, kinds[i].word)) {
            return kinds[i].kind;
        }
    }
    return DYN_AGGREGATE_COUNT;
}

/* ---- what it is of ----------------------------------------------------------------------------------------------- */

/* A relation of the row, for examples. */
static struct dynr_str example_relation(const struct aggregate_reader *reader)
{
    const struct dyn_model *model = reader->query->model;
    for (size_t i = 0; i < model->n_relations; i++) {
        if (model->relations[i]->many) {
            return model->relations[i]->name->text;
        }
    }
    return dynr_str_from_c("relation");
}

static void help_operand(const struct aggregate_reader *reader, struct dyn_diag *diag)
{
    bool counts = kind_of(reader->ast->aggregate.name->text) == DYN_AGGREGATE_COUNT;
    const char *word = reader->ast->aggregate.name->text.ptr;
    int len = (int)reader->ast->aggregate.name->text.len;
    if (reader->query->kind == DYN_QUERY_GET) {
        dyn_diag_help(reader->sema->diags, diag,
                      counts ? "write %.*s %.*s as n: the rows of a relation"
                             : "write %.*s %.*s.field as n: a field of a relation's rows",
                      len, word, DYN_STR_ARG(example_relation(reader)));
    } else {
        dyn_diag_help(reader->sema->diags, diag,
                      counts ? "write %.*s as n: the rows of `from`"
                             : "write %.*s .field as n: a field of the rows of `from`",
                      len, word);
    }
}

/* The relation of the row that `get` reads; false: reported, or poisoned. */
static bool find_relation(const struct aggregate_reader *reader, struct dyn_ast_name name,
                          struct dyn_aggregate *out)
{
    const struct dyn_sema_model *row = dyn_sema_model_of(reader->query->model);
    const struct dyn_model_member *member = dyn_sema_find_member(reader->sema, row, name);
    if (member == NULL || member->kind == DYN_MODEL_POISON) {
        reader->procedure->poisoned = true;
        return false;
    }
    if (member->kind != DYN_MODEL_RELATION || !member->relation->many) {
        struct dyn_diag *diag = refuse(reader, name.span, "this is no relation with many rows");
        dyn_diag_note(reader->sema->diags, diag, member->span, "declared here");
        help_operand(reader, diag);
        return false;
    }
    out->relation = member->relation;
    out->model = member->relation->target;
    return true;
}

static bool find_field(const struct aggregate_reader *reader, struct dyn_ast_name name,
                       struct dyn_aggregate *out)
{
    out->field = dyn_sema_find_field(reader->sema, dyn_sema_model_of(out->model), name);
    if (out->field == NULL || out->field->type->kind == DYN_TYPE_ERROR) {
        reader->procedure->poisoned = true;
        return false;
    }
    return true;
}

static bool read_operand(const struct aggregate_reader *reader, struct dyn_aggregate *out)
{
    const struct dyn_ast_expr *operand = reader->ast->operand;
    bool counts = out->kind == DYN_AGGREGATE_COUNT;
    bool of_relation = reader->query->kind == DYN_QUERY_GET;
    out->model = reader->query->model;
    if (operand != NULL && operand->kind == DYN_AST_ERROR) {
        reader->procedure->poisoned = true;
        return false;
    }
    if (!of_relation && counts && operand == NULL) {
        return true;
    }
    if (!of_relation && !counts && operand != NULL && operand->kind == DYN_AST_ROW_FIELD) {
        return find_field(reader, operand->name, out);
    }
    if (of_relation && counts && operand != NULL && operand->kind == DYN_AST_NAME) {
        return find_relation(reader, operand->name, out);
    }
    if (of_relation && !counts && operand != NULL && operand->kind == DYN_AST_MEMBER &&
        operand->left->kind == DYN_AST_NAME) {
        return find_relation(reader, operand->left->name, out) &&
               find_field(reader, operand->name, out);
    }
    struct dyn_diag *diag =
        refuse(reader, operand == NULL ? reader->ast->keyword : operand->span,
               of_relation ? "an aggregate beside `get` is of a relation's rows"
                           : "an aggregate of `from` is of the rows that it reads");
    help_operand(reader, diag);
    return false;
}

/* ---- types ------------------------------------------------------------------------------------------------------- */

static bool check_sum(const struct aggregate_reader *reader, struct dyn_aggregate *out)
{
    const struct dyn_type *type = out->field->type;
    if (type->kind == DYN_TYPE_INT) {
        out->type = reader->sema->int_type;
        return true;
    }
    if (type->kind == DYN_TYPE_DECIMAL) {
        out->type = dyn_sema_plain_type(reader->sema, DYN_TYPE_DECIMAL);
        return true;
    }
    struct dyn_diag *diag = refuse(reader, reader->ast->operand->span, "this cannot be added up");
    dyn_diag_note(reader->sema->diags, diag, out->field->span, "declared as `%.*s`",
                  DYN_STR_ARG(dyn_sema_type_text(reader->sema, type)));
    if (type->kind == DYN_TYPE_FLOAT) {
        dyn_diag_fact(reader->sema->diags, diag,
                      "why: a sum of floats depends on the order in which rows come");
        dyn_diag_help(reader->sema->diags, diag,
                      "store a `decimal`, or an `int` of a smaller unit");
    } else {
        dyn_diag_help(reader->sema->diags, diag, "`sum` takes fields of type `int` or `decimal`");
    }
    return false;
}

static bool check_extremum(const struct aggregate_reader *reader, struct dyn_aggregate *out)
{
    const struct dyn_type *type = out->field->type;
    if (dyn_type_is_ordered(type)) {
        out->type = dyn_sema_optional(reader->sema, type, true);
        return true;
    }
    struct dyn_diag *diag =
        refuse(reader, reader->ast->operand->span, "values of this type have no order");
    dyn_diag_note(reader->sema->diags, diag, out->field->span, "declared as `%.*s`",
                  DYN_STR_ARG(dyn_sema_type_text(reader->sema, type)));
    return false;
}

static bool check_type(const struct aggregate_reader *reader, struct dyn_aggregate *out)
{
    switch (out->kind) {
    case DYN_AGGREGATE_COUNT:
        out->type = reader->sema->int_type;
        return true;
    case DYN_AGGREGATE_SUM:
        return check_sum(reader, out);
    case DYN_AGGREGATE_MIN:
    case DYN_AGGREGATE_MAX:
        return check_extremum(reader, out);
    }
    return false;
}

/* ---- clauses ------------------------------------------------------------------------------------------------------- */

static bool check_clauses(const struct aggregate_reader *reader)
{
    const struct dyn_ast_statement *ast = reader->ast;
    const struct dyn_ast_expr *extra = ast->take != NULL ? ast->take : ast->order;
    if (extra != NULL) {
        struct dyn_diag *diag = refuse(reader, extra->span, "an aggregate is made of all rows");
        dyn_diag_help(reader->sema->diags, diag, "leave `take` and `order` out");
        return false;
    }
    if (ast->select != NULL || ast->includes != NULL) {
        refuse(reader, ast->keyword,
               "an aggregate is one value: it has neither `select` nor `include`");
        return false;
    }
    if (reader->query->kind == DYN_QUERY_FROM && ast->where != NULL) {
        struct dyn_diag *diag =
            refuse(reader, ast->where->span, "the rows of `from` are chosen by its own `where`");
        dyn_diag_help(reader->sema->diags, diag, "put the condition before `%.*s`",
                      DYN_NAME_ARG(ast->aggregate.name));
        return false;
    }
    return true;
}

/* Names in the output are those of fields, includes and aggregates. */
static bool claim_name(const struct aggregate_reader *reader, size_t n_before)
{
    const struct dyn_query *query = reader->query;
    const struct dyn_ast_name alias = reader->ast->alias;
    struct dyn_span first = {0};
    bool taken = false;
    for (size_t i = 0; i < n_before && !taken; i++) {
        taken = query->aggregates[i].name == alias.name;
        first = query->aggregates[i].span;
    }
    for (size_t i = 0; i < query->n_includes && !taken; i++) {
        taken = query->includes[i].name == alias.name;
        first = query->includes[i].span;
    }
    for (size_t i = 0; i < query->n_select && !taken; i++) {
        taken = query->select[i].name == alias.name;
        first = query->select[i].span;
    }
    for (size_t i = 0; i < query->model->n_fields && !taken && query->n_select == 0 &&
                       query->kind == DYN_QUERY_GET;
         i++) {
        taken = query->model->fields[i]->name == alias.name;
        first = query->model->fields[i]->span;
    }
    if (taken) {
        dyn_sema_duplicate(reader->sema, alias, first, "output");
    }
    return !taken;
}

static bool read_aggregate(const struct aggregate_reader *reader, size_t n_before,
                           struct dyn_aggregate *out)
{
    const struct dyn_ast_statement *ast = reader->ast;
    if (ast->aggregate.name == NULL) {
        reader->procedure->poisoned = true;
        return false;
    }
    out->kind = kind_of(ast->aggregate.name->text);
    out->span = ast->span;
    out->name = ast->alias.name;
    if (ast->alias.name == NULL) {
        if (!reader->sema->has_holes && !reader->procedure->ast->has_errors) {
            struct dyn_diag *diag =
                refuse(reader, ast->keyword, "this value has no name in the output");
            dyn_diag_help(reader->sema->diags, diag, "write `as` and a name behind it: as total");
        }
        return false;
    }
    if (!dyn_sema_check_name(reader->sema, ast->alias) || !check_clauses(reader) ||
        !read_operand(reader, out) || !check_type(reader, out) || !claim_name(reader, n_before)) {
        return false;
    }
    if (ast->where != NULL) {
        struct dyn_expr_scope scope =
            dyn_sema_row_scope(reader->sema, reader->procedure, dyn_sema_model_of(out->model));
        out->where = dyn_sema_condition(&scope, ast->where);
    }
    return true;
}

/* One object comes out, so nothing speaks about rows. */
static void check_from(struct dyn_sema *sema, struct dyn_sema_procedure *procedure,
                       const struct dyn_ast_statement *from)
{
    struct aggregate_reader reader = {.sema = sema, .procedure = procedure};
    const struct dyn_ast_expr *extra = from->take != NULL ? from->take : from->order;
    struct dyn_diag *diag = NULL;
    if (extra != NULL) {
        diag = refuse(&reader, extra->span, "an aggregate is made of all rows");
        dyn_diag_help(sema->diags, diag, "leave `take` and `order` out");
    }
    if (from->select != NULL || from->includes != NULL) {
        struct dyn_span span = from->select != NULL ? from->select->span : from->includes->span;
        diag = refuse(&reader, span, "with aggregates, no rows come out of this query");
        dyn_diag_help(sema->diags, diag, "leave it out, or write a second query");
    }
}

void dyn_sema_aggregates(struct dyn_sema *sema, struct dyn_sema_procedure *procedure,
                         const struct dyn_ast_statement *statement, struct dyn_query *query)
{
    size_t n = 0;
    for (const struct dyn_ast_statement *ast = statement->next; ast != NULL; ast = ast->next) {
        n += ast->kind == DYN_AST_AGGREGATE ? 1 : 0;
    }
    if (n == 0) {
        return;
    }
    if (query->kind == DYN_QUERY_FROM) {
        check_from(sema, procedure, statement);
    }
    struct dyn_aggregate *aggregates = dyn_sema_alloc(sema, n, sizeof *aggregates);
    query->aggregates = aggregates;
    for (const struct dyn_ast_statement *ast = statement->next; ast != NULL; ast = ast->next) {
        if (ast->kind != DYN_AST_AGGREGATE) {
            continue;
        }
        struct aggregate_reader reader = {
            .sema = sema, .procedure = procedure, .query = query, .ast = ast};
        struct dyn_aggregate aggregate = {0};
        if (read_aggregate(&reader, query->n_aggregates, &aggregate)) {
            aggregates[query->n_aggregates++] = aggregate;
        } else {
            procedure->poisoned = true;
        }
    }
}
