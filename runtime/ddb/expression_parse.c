/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs scanner and grammar over an expression and reports, in the service's words and order, what can be known without
 * names and values.
 */
#include "ddb/expression_parse.h"

#include "expression_parser.h"

const char *dynr_expression_label(enum dynr_expression_kind kind)
{
    static const char *const labels[] = {
        [DYNR_EXPRESSION_CONDITION] = "ConditionExpression",
        [DYNR_EXPRESSION_FILTER] = "FilterExpression",
        [DYNR_EXPRESSION_KEY_CONDITION] = "KeyConditionExpression",
        [DYNR_EXPRESSION_UPDATE] = "UpdateExpression",
        [DYNR_EXPRESSION_PROJECTION] = "ProjectionExpression",
    };
    return labels[kind];
}

void dynr_expr_no_memory(struct dynr_expr_parse *parse)
{
    if (parse->status == DYNR_OK) {
        parse->status = dynr_fail(parse->err, DYNR_ERR_NO_MEMORY, NULL);
    }
}

void *dynr_expr_scan_memory(struct dynr_expr_parse *parse, size_t size)
{
    size_t align = _Alignof(max_align_t);
    size_t rounded = (size + align - 1) / align * align;
    if (rounded > sizeof parse->scan_memory - parse->scan_used) {
        return NULL;
    }
    void *block = parse->scan_memory + parse->scan_used;
    parse->scan_used += rounded;
    return block;
}

static bool is_keyword(struct dynr_str word, const char *keyword)
{
    size_t i = 0;
    for (; i < word.len && keyword[i] != '\0'; i++) {
        char c = word.ptr[i];
        if ((c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c) != keyword[i]) {
            return false;
        }
    }
    return i == word.len && keyword[i] == '\0';
}

int dynr_expr_word(struct dynr_expr_parse *parse, struct dynr_str word)
{
    static const struct {
        const char *name;
        int token;
        bool in_update;
    } keywords[] = {
        {"AND", TOK_AND, false}, {"OR", TOK_OR, false},           {"NOT", TOK_NOT, false},
        {"IN", TOK_IN, false},   {"BETWEEN", TOK_BETWEEN, false}, {"SET", TOK_SET, true},
        {"ADD", TOK_ADD, true},  {"REMOVE", TOK_REMOVE, true},    {"DELETE", TOK_DELETE, true},
    };
    if (parse->kind != DYNR_EXPRESSION_PROJECTION) {
        bool in_update = parse->kind == DYNR_EXPRESSION_UPDATE;
        for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++) {
            if (keywords[i].in_update == in_update && is_keyword(word, keywords[i].name)) {
                return keywords[i].token;
            }
        }
    }
    return TOK_NAME;
}

int dynr_expr_next_token(struct dynr_expr_parse *parse, union dynr_expr_value *value,
                         struct dynr_span *span)
{
    if (!parse->started) {
        parse->started = true;
        span->first = 0;
        span->last = 0;
        return parse->kind == DYNR_EXPRESSION_UPDATE       ? TOK_START_UPDATE
               : parse->kind == DYNR_EXPRESSION_PROJECTION ? TOK_START_PROJECTION
                                                           : TOK_START_CONDITION;
    }
    return dynr_expr_scan(value, span, parse->scanner);
}

static enum dynr_status invalid(struct dynr_expr_parse *parse, const char *complaint,
                                struct dynr_str detail)
{
    parse->status = dynr_fail(parse->err, DYNR_ERR_INVALID_ARGUMENT, "Invalid %s: %s%.*s",
                              dynr_expression_label(parse->kind), complaint, (int)detail.len,
                              detail.len == 0 ? "" : detail.ptr);
    return parse->status;
}

static enum dynr_status invalid_text(struct dynr_expr_parse *parse, const char *complaint)
{
    return invalid(parse, complaint, dynr_str_make("", 0));
}

/* How much of a token the message quotes: a whole message has room for it twice. */
static int shown(struct dynr_str text)
{
    return text.len < 150 ? (int)text.len : 150;
}

void dynr_expr_syntax_error(struct dynr_expr_parse *parse, struct dynr_span span)
{
    if (parse->status != DYNR_OK) {
        return;
    }
    struct dynr_str token = dynr_str_make(parse->text.ptr + span.first, span.last - span.first);
    if (token.len == 0) {
        token = dynr_str_from_c("<EOF>");
    }
    struct dynr_str near = dynr_expr_near(parse, span.first);
    if (near.ptr == NULL) {
        dynr_expr_no_memory(parse);
        return;
    }
    parse->status = dynr_fail(parse->err, DYNR_ERR_INVALID_ARGUMENT,
                              "Invalid %s: Syntax error; token: \"%.*s\", near: \"%.*s\"",
                              dynr_expression_label(parse->kind), shown(token), token.ptr,
                              shown(near), near.ptr);
}

/* Complaints in the order in which the service looks for them. */
static enum dynr_status check_parsed(struct dynr_expr_parse *parse)
{
    if (parse->kind != DYNR_EXPRESSION_UPDATE && parse->root != NULL) {
        dynr_ast_check_condition(parse, parse->root);
    }
    if (parse->redundant_parentheses) {
        return invalid_text(parse, "The expression has redundant parentheses;");
    }
    if (parse->n_operators > DYNR_EXPRESSION_MAX_OPERATORS) {
        parse->status =
            dynr_fail(parse->err, DYNR_ERR_INVALID_ARGUMENT,
                      "Invalid %s: The expression contains too many operators; operator count: %zu",
                      dynr_expression_label(parse->kind), parse->n_operators);
        return parse->status;
    }
    bool update = parse->kind == DYNR_EXPRESSION_UPDATE;
    if (update && parse->reserved_word.len != 0) {
        return invalid(parse, "Attribute name is a reserved keyword; reserved keyword: ",
                       parse->reserved_word);
    }
    if (parse->unknown_function.len != 0) {
        return invalid(parse, "Invalid function name; function: ", parse->unknown_function);
    }
    if (parse->misused_function.len != 0) {
        return invalid(
            parse, "The function is not allowed to be used this way in an expression; function: ",
            parse->misused_function);
    }
    if (parse->reserved_word.len != 0) {
        return invalid(parse, "Attribute name is a reserved keyword; reserved keyword: ",
                       parse->reserved_word);
    }
    if (parse->bad_index.len != 0) {
        parse->status = dynr_fail(
            parse->err, DYNR_ERR_INVALID_ARGUMENT,
            "Invalid %s: List index is not within the allowable range; index: [%.*s]",
            dynr_expression_label(parse->kind), shown(parse->bad_index), parse->bad_index.ptr);
        return parse->status;
    }
    if (parse->repeated_clause != NULL) {
        parse->status = dynr_fail(
            parse->err, DYNR_ERR_INVALID_ARGUMENT,
            "Invalid %s: The \"%s\" section can only be used once in an update expression;",
            dynr_expression_label(parse->kind), parse->repeated_clause);
    }
    return parse->status;
}

static bool is_blank(struct dynr_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
            return false;
        }
    }
    return true;
}

/* One copy that the tree refers to, and room for one that the scanner may write to. */
static bool copy_text(struct dynr_expr_parse *parse, struct dynr_str text)
{
    parse->text = dynr_arena_dup(parse->arena, text);
    parse->scan_text = dynr_arena_text(parse->arena, text.len + 2);
    return parse->text.ptr != NULL && parse->scan_text != NULL;
}

static void run_parser(struct dynr_expr_parse *parse)
{
    if (!dynr_expr_scan_open(parse)) {
        dynr_expr_no_memory(parse);
        return;
    }
    int result = dynr_expr_yyparse(parse);
    dynr_expr_scan_close(parse);
    if (result != 0) {
        /* Syntax errors have set the status; what is left is the parser's own stack. */
        dynr_expr_no_memory(parse);
    }
}

enum dynr_status dynr_expression_parse(enum dynr_expression_kind kind, struct dynr_str text,
                                       struct dynr_arena *arena, const struct dynr_expression **out,
                                       struct dynr_error *err)
{
    *out = NULL;
    if (text.len > DYNR_EXPRESSION_MAX_LENGTH) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT,
                         "Invalid %s: Expression size has exceeded the maximum allowed size; "
                         "expression size: %zu",
                         dynr_expression_label(kind), text.len);
    }
    struct dynr_expr_parse parse;
    memset(&parse, 0, sizeof parse);
    parse.kind = kind;
    parse.arena = arena;
    parse.err = err;
    if (is_blank(text)) {
        return invalid_text(&parse, "The expression can not be empty;");
    }
    struct dynr_expression *expression = dynr_arena_calloc(arena, 1, sizeof *expression);
    if (expression == NULL || !copy_text(&parse, text)) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    run_parser(&parse);
    if (parse.status != DYNR_OK || check_parsed(&parse) != DYNR_OK) {
        return parse.status;
    }
    expression->kind = kind;
    expression->text = parse.text;
    expression->root = parse.root;
    expression->actions = parse.first_action;
    expression->n_actions = parse.n_actions;
    expression->paths = parse.paths.first;
    expression->n_projected = parse.paths.n;
    expression->n_paths = parse.n_paths;
    expression->n_values = parse.n_values;
    expression->n_parts = parse.n_parts;
    *out = expression;
    return DYNR_OK;
}
