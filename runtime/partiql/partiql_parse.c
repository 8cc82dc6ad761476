/* SPDX-License-Identifier: Apache-2.0 */
/* Runs scanner and grammar over a statement, and says in the service's words what is wrong with it. */
#include "partiql/partiql_tree.h"

#include "partiql_parser.h"

#define MALFORMED "Statement wasn't well formed, can't be processed: "

/* ---- tokens ---- */

void *dynr_partiql_scan_memory(struct dynr_partiql_parse *parse, size_t size)
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

struct keyword {
    const char *name;
    int token;
};

static const struct keyword keywords[] = {
    {"SELECT", TOK_SELECT},
    {"FROM", TOK_FROM},
    {"WHERE", TOK_WHERE},
    {"ORDER", TOK_ORDER},
    {"BY", TOK_BY},
    {"ASC", TOK_ASC},
    {"DESC", TOK_DESC},
    {"INSERT", TOK_INSERT},
    {"INTO", TOK_INTO},
    {"VALUE", TOK_VALUE},
    {"UPDATE", TOK_UPDATE},
    {"SET", TOK_SET},
    {"REMOVE", TOK_REMOVE},
    {"DELETE", TOK_DELETE},
    {"EXISTS", TOK_EXISTS},
    {"AS", TOK_AS},
    {"AND", TOK_AND},
    {"OR", TOK_OR},
    {"NOT", TOK_NOT},
    {"BETWEEN", TOK_BETWEEN},
    {"IN", TOK_IN},
    {"IS", TOK_IS},
    {"TRUE", TOK_TRUE},
    {"FALSE", TOK_FALSE},
    {"NULL", TOK_NULL},
    {"MISSING", TOK_MISSING},
    {"ALL", TOK_ALL},
    {"RETURNING", TOK_RETURNING},
    {"OLD", TOK_OLD},
    {"NEW", TOK_NEW},
    {"MODIFIED", TOK_MODIFIED},
};

int dynr_partiql_word(struct dynr_str word)
{
    for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++) {
        if (dynr_partiql_is_word(word, keywords[i].name)) {
            return keywords[i].token;
        }
    }
    return TOK_NAME;
}

/* Exponent and scale have to fit into 32 bits. */
bool dynr_partiql_is_readable(struct dynr_str number)
{
    int64_t scale = 0;
    int64_t exponent = 0;
    bool is_behind_point = false;
    size_t i = 0;
    for (; i < number.len && number.ptr[i] != 'e' && number.ptr[i] != 'E'; i++) {
        scale += is_behind_point ? 1 : 0;
        is_behind_point = is_behind_point || number.ptr[i] == '.';
    }
    bool is_negative = i + 1 < number.len && number.ptr[i + 1] == '-';
    for (; i < number.len; i++) {
        if (number.ptr[i] >= '0' && number.ptr[i] <= '9') {
            exponent = exponent * 10 + (number.ptr[i] - '0');
        }
        if (exponent > INT32_MAX) {
            return false;
        }
    }
    return scale + (is_negative ? exponent : -exponent) <= INT32_MAX;
}

int dynr_partiql_next_token(struct dynr_partiql_parse *parse, union dynr_partiql_value *value,
                            struct dynr_partiql_span *span)
{
    parse->previous = parse->token;
    parse->token = dynr_partiql_scan(value, span, parse->scanner);
    parse->first = parse->n_tokens == 0 ? parse->token : parse->first;
    parse->n_tokens++;
    return parse->token;
}

/* ---- what is wrong ---- */

static bool is_operator(int token)
{
    switch (token) {
    case TOK_EQ:
    case TOK_NE:
    case TOK_LT:
    case TOK_LE:
    case TOK_GT:
    case TOK_GE:
    case TOK_PLUS:
    case TOK_AND:
    case TOK_OR:
    case TOK_BETWEEN:
    case TOK_IN:
    case TOK_IS:
        return true;
    default:
        return false;
    }
}

static bool is_keyword(int token)
{
    for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++) {
        if (keywords[i].token == token) {
            return true;
        }
    }
    return false;
}

static const char *complaint(const struct dynr_partiql_parse *parse, bool may_end,
                             bool may_have_value)
{
    bool is_end = parse->token == TOK_END || parse->token == TOK_SEMICOLON;
    if (parse->token == TOK_FOREIGN) {
        return "";
    }
    if (parse->n_tokens == 1) {
        return "Expected data manipulation";
    }
    if (parse->previous == TOK_DOT) {
        return "Invalid path dot component";
    }
    if (parse->first == TOK_DELETE && parse->previous == TOK_FROM) {
        return "Expected identifier for simple path";
    }
    if (may_end || may_have_value) {
        return "Unexpected token after expression";
    }
    if (is_end && (parse->previous == TOK_AND || parse->previous == TOK_OR)) {
        return "Missing right-hand side expression of infix operator";
    }
    if (parse->previous == TOK_IS) {
        return "Expected type name";
    }
    if (is_end) {
        return "Unexpected term";
    }
    if (is_operator(parse->token)) {
        return "Unexpected operator";
    }
    return is_keyword(parse->token) ? "Unexpected keyword" : NULL;
}

void dynr_partiql_position(struct dynr_str text, size_t offset, size_t *out_line,
                           size_t *out_column)
{
    *out_line = 1;
    *out_column = 1;
    for (size_t i = 0; i < offset; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c == '\n') {
            ++*out_line;
            *out_column = 1;
        } else if ((c & 0xC0u) != 0x80u) {
            ++*out_column;
        }
    }
}

void dynr_partiql_syntax_error(struct dynr_partiql_parse *parse, struct dynr_partiql_span span,
                               bool may_end, bool may_have_value)
{
    size_t line;
    size_t column;
    if (parse->status != DYNR_OK) {
        return;
    }
    const char *message = complaint(parse, may_end, may_have_value);
    if (message != NULL) {
        parse->status = dynr_fail(parse->err, DYNR_ERR_INVALID_ARGUMENT, MALFORMED "%s", message);
        return;
    }
    size_t len = span.last - span.first;
    dynr_partiql_position(parse->text, span.first, &line, &column);
    parse->status = dynr_fail(
        parse->err, DYNR_ERR_INVALID_ARGUMENT, MALFORMED "Unexpected token %.*s at %zu:%zu:%zu",
        (int)(len < 100 ? len : 100), parse->text.ptr + span.first, line, column, len);
}

/* ---- all of it ---- */

static void run_parser(struct dynr_partiql_parse *parse)
{
    if (!dynr_partiql_scan_open(parse)) {
        dynr_partiql_no_memory(parse);
        return;
    }
    int result = dynr_partiql_yyparse(parse);
    dynr_partiql_scan_close(parse);
    if (result != 0) {
        /* Syntax errors have set the status; what is left is the parser's own stack. */
        dynr_partiql_no_memory(parse);
    }
}

enum dynr_status dynr_partiql_parse(struct dynr_str text, struct dynr_arena *arena,
                                    const struct dynr_partiql_statement **out,
                                    struct dynr_error *err)
{
    struct dynr_partiql_parse parse;
    *out = NULL;
    if (text.len > DYNR_PARTIQL_MAX_LENGTH) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT,
                         "The statement has %zu bytes; at most %u are allowed", text.len,
                         DYNR_PARTIQL_MAX_LENGTH);
    }
    memset(&parse, 0, sizeof parse);
    parse.arena = arena;
    parse.err = err;
    parse.text = dynr_arena_dup(arena, text);
    parse.scan_text = dynr_arena_text(arena, text.len + 2);
    parse.statement = dynr_arena_calloc(arena, 1, sizeof *parse.statement);
    if (parse.text.ptr == NULL || parse.scan_text == NULL || parse.statement == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    parse.statement->text = parse.text;
    run_parser(&parse);
    if (parse.status == DYNR_OK) {
        *out = parse.statement;
    }
    return parse.status;
}
