/* SPDX-License-Identifier: Apache-2.0 */
/* Builders of procedures: statements, the clauses that belong to them, and what stands in their braces. */
#include "base/memory.h"
#include "syntax/build.h"

static void report_again(struct dyn_parse *parse, struct dyn_span span, struct dyn_span first,
                         const char *what)
{
    struct dyn_diag *diag =
        dyn_report(parse->diags, DYN_CODE_DUPLICATE, span, "a second `%s`", what);
    dyn_diag_note(parse->diags, diag, first, "the first one is here");
}

/* ---- procedures ---- */

void dyn_build_procedure(struct dyn_parse *parse, bool is_mutation, struct dyn_span keyword)
{
    struct dyn_ast_procedure *procedure = dyn_alloc(parse->arena, sizeof *procedure);
    procedure->is_mutation = is_mutation;
    procedure->span = procedure->head = procedure->name.span = procedure->extern_span = keyword;
    procedure->doc = dyn_parse_doc(parse, keyword.start);
    parse->procedure = procedure;
    parse->arguments_end = &procedure->arguments;
}

void dyn_build_procedure_name(struct dyn_parse *parse, struct dyn_ast_name name)
{
    parse->procedure->name = name;
    parse->procedure->head = dyn_span_join(parse->procedure->head, name.span);
}

void dyn_build_procedure_body(struct dyn_parse *parse, const struct dyn_body *body)
{
    parse->procedure->statements = body->first;
}

void dyn_build_no_procedure_body(struct dyn_parse *parse, struct dyn_span span)
{
    (void)span;
    if (!parse->recovering) {
        struct dyn_span head = parse->procedure->head;
        dyn_report(parse->diags, DYN_CODE_SYNTAX, head, "expected `{` or `= extern` after `%.*s`",
                   (int)(head.end - head.start), parse->tokens.text.ptr + head.start);
    }
}

void dyn_build_procedure_end(struct dyn_parse *parse, struct dyn_span span)
{
    parse->procedure->span = span;
    /* One without a name cannot be called, and its errors are reported. */
    if (parse->procedure->name.name != NULL) {
        *parse->procedures_end = parse->procedure;
        parse->procedures_end = &parse->procedure->next;
    }
    parse->procedure = NULL;
}

void dyn_build_argument(struct dyn_parse *parse, struct dyn_span span, struct dyn_ast_name name,
                        struct dyn_ast_type *type, struct dyn_ast_expr *value)
{
    struct dyn_ast_argument *argument = dyn_alloc(parse->arena, sizeof *argument);
    argument->name = name;
    argument->span = span;
    argument->doc = dyn_parse_doc(parse, span.start);
    argument->type = type == NULL ? dyn_build_type_error(parse, span) : type;
    argument->default_value = value;
    *parse->arguments_end = argument;
    parse->arguments_end = &argument->next;
}

void dyn_build_once(struct dyn_parse *parse, struct dyn_span span)
{
    if (parse->procedure->once) {
        dyn_report(parse->diags, DYN_CODE_DUPLICATE, span, "a second `once`");
    }
    parse->procedure->once = true;
}

void dyn_build_result(struct dyn_parse *parse, struct dyn_span span, struct dyn_ast_type *type)
{
    if (parse->procedure->result != NULL) {
        report_again(parse, span, parse->procedure->result->span, "->");
        return;
    }
    parse->procedure->result = type;
}

void dyn_build_extern(struct dyn_parse *parse, struct dyn_span symbol)
{
    parse->procedure->is_extern = true;
    parse->procedure->extern_symbol = dyn_build_string_text(parse, symbol);
    parse->procedure->extern_span = symbol;
}

void dyn_build_reads(struct dyn_parse *parse, struct dyn_span span, struct dyn_ast_expr *names)
{
    if (parse->procedure->reads != NULL) {
        report_again(parse, span, parse->procedure->reads->span, "reads");
        return;
    }
    parse->procedure->reads = names;
}

void dyn_build_writes(struct dyn_parse *parse, struct dyn_span span, struct dyn_ast_expr *names)
{
    if (parse->procedure->writes != NULL) {
        report_again(parse, span, parse->procedure->writes->span, "writes");
        return;
    }
    parse->procedure->writes = names;
}

/* ---- statements ---- */

struct dyn_body *dyn_build_body(struct dyn_parse *parse)
{
    return dyn_alloc(parse->arena, sizeof(struct dyn_body));
}

struct dyn_body *dyn_build_body_error(struct dyn_body *body)
{
    body->is_damaged = true;
    return body;
}

static struct dyn_ast_statement *add_statement(struct dyn_parse *parse, struct dyn_body *body,
                                               enum dyn_ast_statement_kind kind,
                                               struct dyn_span keyword, struct dyn_span end)
{
    struct dyn_ast_statement *statement = dyn_alloc(parse->arena, sizeof *statement);
    statement->kind = kind;
    statement->keyword = keyword;
    statement->span = dyn_span_join(keyword, end);
    statement->model.span = statement->by.span = statement->aggregate.span = statement->alias.span =
        keyword;
    if (body->last == NULL) {
        body->first = statement;
    } else {
        body->last->next = statement;
    }
    body->last = statement;
    body->is_damaged = false;
    return statement;
}

struct dyn_body *dyn_build_from(struct dyn_parse *parse, struct dyn_body *body,
                                struct dyn_span keyword, bool scan, struct dyn_ast_name model,
                                struct dyn_span end)
{
    struct dyn_ast_statement *statement = add_statement(parse, body, DYN_AST_FROM, keyword, end);
    statement->scan = scan;
    statement->model = model;
    return body;
}

struct dyn_body *dyn_build_keyed(struct dyn_parse *parse, struct dyn_body *body,
                                 enum dyn_ast_statement_kind kind, struct dyn_span keyword,
                                 struct dyn_ast_name model, struct dyn_ast_expr *key,
                                 struct dyn_span end)
{
    struct dyn_ast_statement *statement = add_statement(parse, body, kind, keyword, end);
    statement->model = model;
    statement->key = key;
    return body;
}

struct dyn_body *dyn_build_create(struct dyn_parse *parse, struct dyn_body *body,
                                  struct dyn_span keyword, struct dyn_ast_name model,
                                  struct dyn_ast_assignment *assignments, struct dyn_span end)
{
    struct dyn_ast_statement *statement = add_statement(parse, body, DYN_AST_CREATE, keyword, end);
    statement->model = model;
    statement->assignments = assignments;
    return body;
}

struct dyn_body *dyn_build_transaction(struct dyn_parse *parse, struct dyn_body *body,
                                       struct dyn_span keyword, const struct dyn_body *inner,
                                       struct dyn_span end)
{
    add_statement(parse, body, DYN_AST_TRANSACTION, keyword, end)->statements = inner->first;
    return body;
}

struct dyn_body *dyn_build_aggregate(struct dyn_parse *parse, struct dyn_body *body,
                                     struct dyn_span keyword, struct dyn_ast_expr *operand)
{
    struct dyn_ast_statement *statement = add_statement(parse, body, DYN_AST_AGGREGATE, keyword,
                                                        operand == NULL ? keyword : operand->span);
    statement->aggregate = dyn_build_name(parse, keyword);
    statement->operand = operand;
    if (operand != NULL && operand->kind == DYN_AST_NAME) {
        statement->model = operand->name;
    }
    return body;
}

/* ---- clauses ---- */

/* The statement that a clause belongs to; NULL and a message when there is none that could have it. */
static struct dyn_ast_statement *clause_owner(struct dyn_parse *parse, const struct dyn_body *body,
                                              struct dyn_span keyword, struct dyn_span end,
                                              unsigned kinds, const char *owners)
{
    struct dyn_ast_statement *statement = body->last;
    if (statement == NULL || (kinds & (1U << statement->kind)) == 0) {
        if (body->is_damaged) {
            return NULL;
        }
        struct dyn_diag *diag =
            dyn_report(parse->diags, DYN_CODE_SYNTAX, keyword, "`%.*s` belongs to no statement",
                       (int)(keyword.end - keyword.start), parse->tokens.text.ptr + keyword.start);
        dyn_diag_help(parse->diags, diag, "it stands behind %s", owners);
        return NULL;
    }
    statement->span = dyn_span_join(statement->span, end);
    return statement;
}

#define KIND(name)  (1U << DYN_AST_##name)
#define READS       (KIND(GET) | KIND(FROM) | KIND(AGGREGATE))
#define READ_OWNERS "`from` or `get`"

/* Sets a clause that a statement has once. */
static void set_once(struct dyn_parse *parse, struct dyn_span keyword, struct dyn_ast_expr **slot,
                     struct dyn_ast_expr *expr)
{
    if (*slot != NULL) {
        char word[32];
        size_t len = keyword.end - keyword.start;
        len = len < sizeof word ? len : sizeof word - 1;
        memcpy(word, parse->tokens.text.ptr + keyword.start, len);
        word[len] = '\0';
        report_again(parse, keyword, (*slot)->span, word);
        return;
    }
    *slot = expr;
}

struct dyn_body *dyn_build_from_in(struct dyn_parse *parse, struct dyn_body *body,
                                   struct dyn_span keyword, struct dyn_ast_expr *expr)
{
    struct dyn_ast_statement *statement =
        clause_owner(parse, body, keyword, expr->span, KIND(FROM), "`from`");
    if (statement != NULL) {
        set_once(parse, keyword, &statement->in, expr);
    }
    return body;
}

struct dyn_body *dyn_build_by(struct dyn_parse *parse, struct dyn_body *body,
                              struct dyn_span keyword, struct dyn_ast_name name,
                              struct dyn_ast_expr *value, struct dyn_span end)
{
    struct dyn_ast_statement *statement =
        clause_owner(parse, body, keyword, end, READS, READ_OWNERS);
    if (statement == NULL) {
        return body;
    }
    if (statement->by.name != NULL) {
        report_again(parse, keyword, statement->by.span, "by");
        return body;
    }
    statement->by = name;
    statement->by_value = value;
    return body;
}

struct dyn_body *dyn_build_aggregate_as(struct dyn_parse *parse, struct dyn_body *body,
                                        struct dyn_span keyword, struct dyn_ast_name name)
{
    struct dyn_ast_statement *statement = clause_owner(
        parse, body, keyword, name.span, KIND(AGGREGATE), "`count`, `sum`, `min` or `max`");
    if (statement != NULL) {
        statement->alias = name;
    }
    return body;
}

struct dyn_body *dyn_build_where(struct dyn_parse *parse, struct dyn_body *body,
                                 struct dyn_span keyword, struct dyn_ast_expr *expr)
{
    struct dyn_ast_statement *statement =
        clause_owner(parse, body, keyword, expr->span, READS, READ_OWNERS);
    if (statement != NULL) {
        set_once(parse, keyword, &statement->where, expr);
    }
    return body;
}

struct dyn_body *dyn_build_order(struct dyn_parse *parse, struct dyn_body *body,
                                 struct dyn_span keyword, struct dyn_ast_expr *expr,
                                 bool descending, struct dyn_span end)
{
    struct dyn_ast_statement *statement =
        clause_owner(parse, body, keyword, end, READS, READ_OWNERS);
    if (statement != NULL) {
        bool is_first = statement->order == NULL;
        set_once(parse, keyword, &statement->order, expr);
        statement->order_descending = is_first ? descending : statement->order_descending;
    }
    return body;
}

struct dyn_body *dyn_build_take(struct dyn_parse *parse, struct dyn_body *body,
                                struct dyn_span keyword, struct dyn_ast_expr *expr)
{
    struct dyn_ast_statement *statement =
        clause_owner(parse, body, keyword, expr->span, READS, READ_OWNERS);
    if (statement != NULL) {
        set_once(parse, keyword, &statement->take, expr);
    }
    return body;
}

struct dyn_body *dyn_build_select(struct dyn_parse *parse, struct dyn_body *body,
                                  struct dyn_span keyword, struct dyn_ast_selection *selection,
                                  struct dyn_span end)
{
    struct dyn_ast_statement *statement =
        clause_owner(parse, body, keyword, end, READS, READ_OWNERS);
    if (statement == NULL) {
        return body;
    }
    if (statement->select != NULL) {
        report_again(parse, keyword, statement->select->span, "select");
        return body;
    }
    statement->select = selection;
    return body;
}

struct dyn_body *dyn_build_include(struct dyn_parse *parse, struct dyn_body *body,
                                   struct dyn_span keyword, struct dyn_ast_name name,
                                   struct dyn_ast_name alias, struct dyn_ast_include *block,
                                   struct dyn_span end)
{
    struct dyn_ast_statement *statement =
        clause_owner(parse, body, keyword, end, READS, READ_OWNERS);
    if (statement == NULL) {
        return body;
    }
    struct dyn_ast_include *include = block == NULL ? dyn_build_include_body(parse) : block;
    include->name = name;
    include->alias = alias;
    include->span = dyn_span_join(keyword, end);
    struct dyn_ast_include **link = &statement->includes;
    while (*link != NULL) {
        link = &(*link)->next;
    }
    *link = include;
    return body;
}

struct dyn_body *dyn_build_sets(struct dyn_parse *parse, struct dyn_body *body,
                                struct dyn_span keyword, struct dyn_ast_assignment *sets,
                                struct dyn_span end)
{
    struct dyn_ast_statement *statement =
        clause_owner(parse, body, keyword, end, KIND(UPDATE), "`update`");
    if (statement == NULL) {
        return body;
    }
    if (statement->assignments != NULL) {
        report_again(parse, keyword, statement->assignments->span, "set");
        return body;
    }
    statement->assignments = sets;
    return body;
}

struct dyn_body *dyn_build_if(struct dyn_parse *parse, struct dyn_body *body,
                              struct dyn_span keyword, struct dyn_ast_expr *expr)
{
    struct dyn_ast_statement *statement = clause_owner(
        parse, body, keyword, expr->span, KIND(UPDATE) | KIND(DELETE), "`update` or `delete`");
    if (statement != NULL) {
        set_once(parse, keyword, &statement->condition, expr);
    }
    return body;
}

struct dyn_body *dyn_build_expecting(struct dyn_parse *parse, struct dyn_body *body,
                                     struct dyn_span keyword, struct dyn_ast_expr *expr)
{
    struct dyn_ast_statement *statement = clause_owner(
        parse, body, keyword, expr->span, KIND(UPDATE) | KIND(DELETE), "`update` or `delete`");
    if (statement != NULL) {
        set_once(parse, keyword, &statement->expecting, expr);
    }
    return body;
}

/* ---- includes ---- */

struct dyn_ast_include *dyn_build_include_body(struct dyn_parse *parse)
{
    return dyn_alloc(parse->arena, sizeof(struct dyn_ast_include));
}

struct dyn_ast_include *dyn_build_include_where(struct dyn_parse *parse,
                                                struct dyn_ast_include *include,
                                                struct dyn_span keyword, struct dyn_ast_expr *expr)
{
    set_once(parse, keyword, &include->where, expr);
    return include;
}

struct dyn_ast_include *dyn_build_include_order(struct dyn_parse *parse,
                                                struct dyn_ast_include *include,
                                                struct dyn_span keyword, struct dyn_ast_expr *expr,
                                                bool descending)
{
    bool is_first = include->order == NULL;
    set_once(parse, keyword, &include->order, expr);
    include->order_descending = is_first ? descending : include->order_descending;
    return include;
}

struct dyn_ast_include *dyn_build_include_take(struct dyn_parse *parse,
                                               struct dyn_ast_include *include,
                                               struct dyn_span keyword, struct dyn_ast_expr *expr)
{
    set_once(parse, keyword, &include->take, expr);
    return include;
}

struct dyn_ast_include *dyn_build_include_select(struct dyn_parse *parse,
                                                 struct dyn_ast_include *include,
                                                 struct dyn_span keyword,
                                                 struct dyn_ast_selection *selection)
{
    if (include->select != NULL) {
        report_again(parse, keyword, include->select->span, "select");
    } else {
        include->select = selection;
    }
    return include;
}

struct dyn_ast_include *dyn_build_nested_include(struct dyn_parse *parse,
                                                 struct dyn_ast_include *include,
                                                 struct dyn_span keyword, struct dyn_span name)
{
    dyn_report(parse->diags, DYN_CODE_NOT_SUPPORTED_YET, dyn_span_join(keyword, name),
               "an `include` inside an `include` is not supported yet");
    return include;
}

struct dyn_ast_include *dyn_build_nested_aggregate(struct dyn_parse *parse,
                                                   struct dyn_ast_include *include,
                                                   struct dyn_span keyword)
{
    dyn_report(parse->diags, DYN_CODE_NOT_SUPPORTED_YET, keyword,
               "a value (`count`, `sum` ...) inside an `include` is not supported yet");
    return include;
}

/* ---- lists ---- */

struct dyn_ast_selection *dyn_build_selection(struct dyn_parse *parse, struct dyn_ast_name name,
                                              struct dyn_ast_name alias,
                                              struct dyn_ast_selection *children,
                                              struct dyn_span span)
{
    struct dyn_ast_selection *selection = dyn_alloc(parse->arena, sizeof *selection);
    selection->name = name;
    selection->alias = alias;
    selection->children = children;
    selection->span = span;
    return selection;
}

struct dyn_selection_list dyn_build_selections(struct dyn_parse *parse,
                                               struct dyn_selection_list list,
                                               struct dyn_ast_selection *item)
{
    (void)parse;
    if (list.last == NULL) {
        list.first = item;
    } else {
        list.last->next = item;
    }
    list.last = item;
    list.after_comma = false;
    return list;
}

struct dyn_selection_list dyn_build_selection_item(struct dyn_parse *parse,
                                                   struct dyn_selection_list list,
                                                   struct dyn_ast_selection *item)
{
    dyn_build_expect_comma(parse, list.first == NULL || list.after_comma, item->name.span);
    return dyn_build_selections(parse, list, item);
}

struct dyn_selection_list dyn_build_selection_comma(struct dyn_parse *parse,
                                                    struct dyn_selection_list list,
                                                    struct dyn_span span)
{
    dyn_build_expect_item(parse, list.first != NULL && !list.after_comma, span);
    list.after_comma = true;
    return list;
}

struct dyn_ast_assignment *dyn_build_assignment(struct dyn_parse *parse, struct dyn_ast_name name,
                                                struct dyn_ast_expr *value, struct dyn_span span)
{
    struct dyn_ast_assignment *assignment = dyn_alloc(parse->arena, sizeof *assignment);
    assignment->name = name;
    assignment->value = value;
    assignment->span = span;
    return assignment;
}

struct dyn_assignment_list dyn_build_assignments(struct dyn_parse *parse,
                                                 struct dyn_assignment_list list,
                                                 struct dyn_ast_assignment *item)
{
    (void)parse;
    if (list.last == NULL) {
        list.first = item;
    } else {
        list.last->next = item;
    }
    list.last = item;
    list.after_comma = false;
    return list;
}

struct dyn_assignment_list dyn_build_assignment_item(struct dyn_parse *parse,
                                                     struct dyn_assignment_list list,
                                                     struct dyn_ast_assignment *item)
{
    dyn_build_expect_comma(parse, list.first == NULL || list.after_comma, item->name.span);
    return dyn_build_assignments(parse, list, item);
}

struct dyn_assignment_list dyn_build_assignment_comma(struct dyn_parse *parse,
                                                      struct dyn_assignment_list list,
                                                      struct dyn_span span)
{
    dyn_build_expect_item(parse, list.first != NULL && !list.after_comma, span);
    list.after_comma = true;
    return list;
}
