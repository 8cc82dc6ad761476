/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Syntax errors: from the token that came and the tokens that could have come to a message. Long lists of tokens become
 * the thing that they start.
 */
#include "base/memory.h"
#include "syntax/build.h"

#define MAX_LISTED 4
#define MAX_SHOWN  40
/* How far an unexpected token looks for what it belongs to. */
#define MAX_LOOKED_BACK 200

void dyn_parse_resync(struct dyn_parse *parse)
{
    parse->recovering = false;
}

void dyn_parse_exhausted(struct dyn_parse *parse, struct dyn_span span)
{
    struct dyn_diag *diag = dyn_report(parse->diags, DYN_CODE_TOO_DEEP, span, "nested too deeply");
    dyn_diag_fact(parse->diags, diag, "limit: %d levels", DYN_MAX_NESTING);
}

/* What could have come, by category. */
struct expectation {
    bool has[DYN_N_TOKENS];
    size_t count[DYN_CATEGORY_COUNT];
};

/* Texts of a list, "a, b or c". */
struct listing {
    const char *items[MAX_LISTED + 1];
    bool is_spelling[MAX_LISTED + 1];
    size_t n;
};

static void list(struct listing *listing, const char *text, bool is_spelling)
{
    for (size_t i = 0; i < listing->n; i++) {
        if (strcmp(listing->items[i], text) == 0) {
            return;
        }
    }
    if (listing->n <= MAX_LISTED) {
        listing->items[listing->n] = text;
        listing->is_spelling[listing->n] = is_spelling;
        listing->n++;
    }
}

static void forget(struct expectation *expected, enum dyn_token_kind kind)
{
    if (expected->has[kind]) {
        expected->has[kind] = false;
        expected->count[dyn_token_info(kind)->category]--;
    }
}

static void forget_category(struct expectation *expected, enum dyn_token_category category)
{
    for (unsigned kind = 0; kind < DYN_N_TOKENS; kind++) {
        if (dyn_token_info((enum dyn_token_kind)kind)->category == category) {
            forget(expected, (enum dyn_token_kind)kind);
        }
    }
}

static const char *member_name(const struct dyn_parse *parse)
{
    if (parse->decl != NULL && parse->decl->kind == DYN_AST_TABLE) {
        return "a setting";
    }
    return parse->decl != NULL && parse->decl->kind == DYN_AST_ENUM ? "a value" : "a field";
}

/* Replaces categories by what they are for; what remains in `expected` is listed token by token. */
static void collapse(const struct dyn_parse *parse, struct expectation *expected,
                     struct listing *listing)
{
    static const enum dyn_token_kind continuations[] = {
        DYN_TOKEN_LPAREN, DYN_TOKEN_LBRACKET, DYN_TOKEN_DOT, DYN_TOKEN_LBRACE, DYN_TOKEN_QUESTION};
    static const enum dyn_token_kind starts[] = {DYN_TOKEN_LPAREN, DYN_TOKEN_LBRACKET,
                                                 DYN_TOKEN_DOT,    DYN_TOKEN_LBRACE,
                                                 DYN_TOKEN_MINUS,  DYN_TOKEN_IDENT};
    forget_category(expected, DYN_CATEGORY_HIDDEN);
    if (expected->count[DYN_CATEGORY_DECLARATION] > 0) {
        list(listing, "a declaration", false);
        memset(expected, 0, sizeof *expected);
        return;
    }
    bool in_list = expected->count[DYN_CATEGORY_MEMBER] > 0 ||
                   expected->count[DYN_CATEGORY_CLAUSE] > 1 ||
                   expected->count[DYN_CATEGORY_PROCEDURE] > 0;
    if (expected->has[DYN_TOKEN_NULL] && in_list) {
        /* Values of a table's setting: either could follow. */
        forget_category(expected, DYN_CATEGORY_EXPRESSION);
        forget(expected, DYN_TOKEN_MINUS);
        forget(expected, DYN_TOKEN_IDENT);
        list(listing, "a value", false);
    }
    for (size_t i = 0; in_list && i < sizeof continuations / sizeof continuations[0]; i++) {
        forget(expected, continuations[i]);
    }
    if (expected->has[DYN_TOKEN_NULL]) {
        list(listing, "an expression", false);
        forget_category(expected, DYN_CATEGORY_EXPRESSION);
        for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
            forget(expected, starts[i]);
        }
    } else if (expected->has[DYN_TOKEN_INT] && expected->has[DYN_TOKEN_NUMBER]) {
        list(listing, "a number", false);
        forget(expected, DYN_TOKEN_INT);
        forget(expected, DYN_TOKEN_NUMBER);
        forget(expected, DYN_TOKEN_MINUS);
    }
    if (expected->count[DYN_CATEGORY_TYPE] > 1) {
        list(listing, "a type", false);
        forget_category(expected, DYN_CATEGORY_TYPE);
        forget(expected, DYN_TOKEN_IDENT);
        /* Only to be refused with a message of its own. */
        forget(expected, DYN_TOKEN_COLON);
    }
    if (expected->has[DYN_TOKEN_EQ]) {
        forget(expected, DYN_TOKEN_ASSIGN);
    }
    if (in_list) {
        /* Values of an enum have only one part. */
        if (parse->decl == NULL || parse->decl->kind != DYN_AST_ENUM) {
            forget_category(expected, DYN_CATEGORY_PART);
        }
        forget_category(expected, DYN_CATEGORY_OPERATOR);
    } else if (expected->count[DYN_CATEGORY_OPERATOR] > 1) {
        list(listing, "an operator", false);
        forget_category(expected, DYN_CATEGORY_OPERATOR);
        forget(expected, DYN_TOKEN_DOT);
        forget(expected, DYN_TOKEN_LPAREN);
    }
    if (expected->count[DYN_CATEGORY_MEMBER] > 0) {
        list(listing, member_name(parse), false);
        forget_category(expected, DYN_CATEGORY_MEMBER);
    }
    if (expected->count[DYN_CATEGORY_CLAUSE] > 1) {
        list(listing, "a clause", false);
        forget_category(expected, DYN_CATEGORY_CLAUSE);
    }
}

static struct dynr_str describe_expected(const struct dyn_parse *parse,
                                         const struct expectation *all)
{
    struct expectation expected = *all;
    struct listing listing = {.n = 0};
    collapse(parse, &expected, &listing);
    for (unsigned kind = 0; kind < DYN_N_TOKENS; kind++) {
        const struct dyn_token_info *info = dyn_token_info((enum dyn_token_kind)kind);
        /* The end of the file is worth a word only where nothing else could come. */
        if (expected.has[kind] && (kind != DYN_TOKEN_END || listing.n == 0)) {
            list(&listing, info->text, !info->is_class);
        }
    }
    struct dynr_str text = dynr_str_make("", 0);
    if (listing.n > MAX_LISTED) {
        return text;
    }
    for (size_t i = 0; i < listing.n; i++) {
        const char *before = i == 0 ? "" : (i + 1 == listing.n ? " or " : ", ");
        const char *quote = listing.is_spelling[i] ? "`" : "";
        text = dynr_arena_printf(parse->arena, "%.*s%s%s%s%s", (int)text.len, text.ptr, before,
                                 quote, listing.items[i], quote);
    }
    return text;
}

static struct dynr_str describe_current(const struct dyn_parse *parse)
{
    const struct dyn_token *token = &parse->tokens.items[parse->current];
    struct dynr_str text = dyn_token_text(&parse->tokens, parse->current);
    if (token->kind == DYN_TOKEN_END) {
        return dynr_str_from_c("end of file");
    }
    if (token->kind == DYN_TOKEN_STRING) {
        return dynr_str_from_c("string");
    }
    if (text.len > MAX_SHOWN) {
        return dynr_str_from_c(token->kind == DYN_TOKEN_IDENT ? "name" : "token");
    }
    return dynr_arena_printf(parse->arena, "`%.*s`", (int)text.len, text.ptr);
}

/* The kind of the token before the current one. */
static size_t previous_token(const struct dyn_parse *parse)
{
    size_t index = parse->current;
    while (index > 0) {
        index--;
        if ((parse->tokens.items[index].flags & DYN_TOKEN_UNSEEN) == 0) {
            return index;
        }
    }
    return parse->current;
}

static bool report_missing_type(struct dyn_parse *parse, const struct expectation *expected)
{
    static const char *const attributes[] = {"key", "auto",  "index", "unique", "tag",
                                             "was", "claim", "table", NULL};
    size_t previous = previous_token(parse);
    if (parse->tokens.items[previous].kind != DYN_TOKEN_FIELD ||
        !expected->has[DYN_TOKEN_TYPE_SET] || previous == parse->current) {
        return false;
    }
    struct dynr_str name = dyn_token_text(&parse->tokens, previous);
    struct dyn_diag *diag =
        dyn_report(parse->diags, DYN_CODE_SYNTAX, dyn_token_span(&parse->tokens, previous),
                   "field `%.*s` has no type", (int)name.len, name.ptr);
    for (size_t i = 0; attributes[i] != NULL; i++) {
        if (dynr_str_equal_c(name, attributes[i])) {
            dyn_diag_help(parse->diags, diag, "attributes start with `@`: `@%s`", attributes[i]);
        }
    }
    return true;
}

static bool is_comparison(enum dyn_token_kind kind)
{
    return kind == DYN_TOKEN_ASSIGN ||
           (dyn_token_info(kind)->category == DYN_CATEGORY_OPERATOR && kind != DYN_TOKEN_PLUS &&
            kind != DYN_TOKEN_MINUS && kind != DYN_TOKEN_AND && kind != DYN_TOKEN_OR);
}

static enum dyn_token_kind kind_at(const struct dyn_parse *parse, size_t index)
{
    return (enum dyn_token_kind)parse->tokens.items[index].kind;
}

/* ---- aggregates ---- */

static bool is_aggregate(enum dyn_token_kind word)
{
    return word == DYN_TOKEN_COUNT || word == DYN_TOKEN_SUM || word == DYN_TOKEN_MIN ||
           word == DYN_TOKEN_MAX;
}

static const char aggregate_form[] =
    "write it as a clause behind what is read: `count as n`, `sum .total as spent`; beside `get`, "
    "of a relation: `count orders as n`";

/* `select count(.id)`: the parenthesis is the unexpected token. */
static bool report_aggregate(struct dyn_parse *parse)
{
    size_t previous = previous_token(parse);
    if (parse->procedure == NULL || kind_at(parse, parse->current) != DYN_TOKEN_LPAREN ||
        kind_at(parse, previous) != DYN_TOKEN_IDENT) {
        return false;
    }
    struct dynr_str text = dyn_token_text(&parse->tokens, previous);
    struct dyn_span span = dyn_token_span(&parse->tokens, previous);
    if (is_aggregate((enum dyn_token_kind)parse->tokens.items[previous].word)) {
        struct dyn_diag *diag =
            dyn_report(parse->diags, DYN_CODE_SYNTAX, span, "the aggregate `%.*s` is no function",
                       (int)text.len, text.ptr);
        dyn_diag_help(parse->diags, diag, "%s", aggregate_form);
        return true;
    }
    if (dyn_parse_is_average(text)) {
        struct dyn_diag *diag = dyn_report(parse->diags, DYN_CODE_SYNTAX, span,
                                           "there is no aggregate `%.*s`", (int)text.len, text.ptr);
        dyn_diag_help(parse->diags, diag, "%s", dyn_parse_average_help);
        return true;
    }
    return false;
}

/* Whether the clause in which the unexpected token stands is an aggregate. */
static bool is_in_aggregate(const struct dyn_parse *parse)
{
    for (size_t i = parse->current; i-- > 0 && parse->current - i < MAX_LOOKED_BACK;) {
        enum dyn_token_kind kind = kind_at(parse, i);
        if (kind == DYN_TOKEN_LBRACE || kind == DYN_TOKEN_RBRACE) {
            return false;
        }
        if (dyn_token_info(kind)->category == DYN_CATEGORY_CLAUSE) {
            return kind == DYN_TOKEN_MAXIMUM || is_aggregate(kind);
        }
    }
    return false;
}

/* ---- imports ---- */

/* `import Money from "x.dyn"`, as other languages have it. */
static bool fix_import(struct dyn_parse *parse, struct dyn_diag *diag)
{
    size_t last = parse->tokens.n_items - 1;
    size_t from = parse->current + 1;
    if (from + 1 >= last || kind_at(parse, from + 1) != DYN_TOKEN_STRING ||
        !dynr_str_equal_c(dyn_token_text(&parse->tokens, from), "from")) {
        return false;
    }
    struct dynr_str name = dyn_token_text(&parse->tokens, parse->current);
    struct dynr_str path = dyn_token_text(&parse->tokens, from + 1);
    struct dynr_str fixed = dynr_arena_printf(parse->arena, "%.*s { %.*s }", (int)path.len,
                                              path.ptr, (int)name.len, name.ptr);
    dyn_diag_help(parse->diags, diag, "write `import %.*s`", (int)fixed.len, fixed.ptr);
    dyn_diag_fix(parse->diags, diag,
                 dyn_span_join(dyn_token_span(&parse->tokens, parse->current),
                               dyn_token_span(&parse->tokens, from + 1)),
                 fixed);
    return true;
}

static bool report_import(struct dyn_parse *parse, const struct expectation *expected)
{
    size_t previous = previous_token(parse);
    struct dynr_str text = dyn_token_text(&parse->tokens, parse->current);
    struct dyn_diag *diag;
    if (kind_at(parse, previous) == DYN_TOKEN_IMPORT && expected->has[DYN_TOKEN_STRING]) {
        diag = dyn_report(parse->diags, DYN_CODE_SYNTAX,
                          dyn_token_span(&parse->tokens, parse->current),
                          "an import starts with the path of a file, as a string");
        if (kind_at(parse, parse->current) != DYN_TOKEN_IDENT) {
            dyn_diag_help(parse->diags, diag, "write `import \"common.dyn\" { Money }`");
        } else if (!fix_import(parse, diag)) {
            dyn_diag_help(parse->diags, diag, "write `import \"%.*s.dyn\" { Money }`",
                          (int)text.len, text.ptr);
        }
        return true;
    }
    if (kind_at(parse, previous) == DYN_TOKEN_STRING && expected->has[DYN_TOKEN_LBRACE] &&
        parse->decl == NULL) {
        struct dynr_str path = dyn_token_text(&parse->tokens, previous);
        diag = dyn_report(parse->diags, DYN_CODE_SYNTAX, dyn_token_span(&parse->tokens, previous),
                          "this import says no names");
        dyn_diag_help(parse->diags, diag, "list what it takes: `import %.*s { Money }`",
                      (int)path.len, path.ptr);
        return true;
    }
    return false;
}

/* ---- words of other languages ---- */

/* `@@index([name])`: the second `@` is the unexpected token. */
static bool report_model_attribute(struct dyn_parse *parse)
{
    size_t current = parse->current;
    size_t previous = previous_token(parse);
    if (kind_at(parse, current) != DYN_TOKEN_AT || kind_at(parse, previous) != DYN_TOKEN_AT ||
        previous + 1 != current || current + 2 >= parse->tokens.n_items) {
        return false;
    }
    struct dynr_str name = dyn_token_text(&parse->tokens, current + 1);
    struct dyn_diag *diag = dyn_report(parse->diags, DYN_CODE_SYNTAX,
                                       dyn_span_join(dyn_token_span(&parse->tokens, previous),
                                                     dyn_token_span(&parse->tokens, current + 1)),
                                       "unexpected `@@%.*s`", (int)name.len, name.ptr);
    dyn_parse_help_model_attribute(parse, diag, name);
    return true;
}

/* `order by name`, `order desc name`: the word was read as what to order by. */
static bool report_order_by(struct dyn_parse *parse)
{
    size_t word = previous_token(parse);
    struct dynr_str text = dyn_token_text(&parse->tokens, word);
    bool is_by = dynr_str_equal_c(text, "by");
    if (word == 0 || word == parse->current || kind_at(parse, word - 1) != DYN_TOKEN_ORDER ||
        !(is_by || dynr_str_equal_c(text, "asc") || dynr_str_equal_c(text, "desc"))) {
        return false;
    }
    struct dyn_span span = dyn_token_span(&parse->tokens, word);
    struct dyn_diag *diag = dyn_report(parse->diags, DYN_CODE_SYNTAX, span,
                                       "unexpected `%.*s` behind `order`", (int)text.len, text.ptr);
    dyn_diag_help(parse->diags, diag,
                  "a field follows, then its direction: `order .createdAt desc`");
    if (is_by) {
        span.end = parse->tokens.items[parse->current].start;
        dyn_diag_fix(parse->diags, diag, span, dynr_str_make("", 0));
    }
    return true;
}

/* `tags: [String]` */
static bool report_list_type(struct dyn_parse *parse, const struct expectation *expected)
{
    if (kind_at(parse, parse->current) != DYN_TOKEN_LBRACKET ||
        !expected->has[DYN_TOKEN_TYPE_SET]) {
        return false;
    }
    struct dyn_diag *diag =
        dyn_report(parse->diags, DYN_CODE_SYNTAX, dyn_token_span(&parse->tokens, parse->current),
                   "unexpected `[`, expected a type");
    dyn_diag_help(parse->diags, diag,
                  "a list is written behind the type of its elements: `string[](max 10)`");
    return true;
}

static bool help_word(struct dyn_parse *parse, struct dyn_diag *diag,
                      const struct expectation *expected)
{
    if (expected->has[DYN_TOKEN_EQ] && dyn_parse_help_word(parse, diag, DYN_PLACE_OF_OPERATOR)) {
        return true;
    }
    if (parse->procedure != NULL && expected->count[DYN_CATEGORY_CLAUSE] > 0) {
        return dyn_parse_help_word(parse, diag, DYN_PLACE_OF_CLAUSE);
    }
    if (expected->count[DYN_CATEGORY_PROCEDURE] > 0) {
        return dyn_parse_help_word(parse, diag, DYN_PLACE_OF_PROCEDURE);
    }
    if (expected->count[DYN_CATEGORY_DECLARATION] > 0) {
        return dyn_parse_help_word(parse, diag, DYN_PLACE_OF_DECLARATION);
    }
    return parse->decl != NULL && parse->decl->kind == DYN_AST_POLICY &&
           dyn_parse_help_word(parse, diag, DYN_PLACE_OF_RULE);
}

static void suggest_keyword(struct dyn_parse *parse, struct dyn_diag *diag,
                            const struct expectation *expected)
{
    struct dynr_str candidates[DYN_N_TOKENS];
    size_t n_candidates = 0;
    const struct dyn_token *token = &parse->tokens.items[parse->current];
    if ((token->kind != DYN_TOKEN_IDENT && token->kind != DYN_TOKEN_FIELD) ||
        token->word != DYN_TOKEN_IDENT) {
        return;
    }
    for (unsigned kind = 0; kind < DYN_N_TOKENS; kind++) {
        const struct dyn_token_info *info = dyn_token_info((enum dyn_token_kind)kind);
        if (expected->has[kind] && (info->is_keyword || kind == DYN_TOKEN_MAXIMUM)) {
            candidates[n_candidates++] = dynr_str_from_c(info->text);
        }
    }
    dyn_diag_suggest(parse->diags, diag, dyn_token_text(&parse->tokens, parse->current), candidates,
                     n_candidates);
}

/* A bracket that ends where the unexpected token stands, because it lacks its partner. */
static void note_unclosed(struct dyn_parse *parse, struct dyn_diag *diag)
{
    for (size_t i = parse->current; i-- > 0 && parse->current - i < MAX_LOOKED_BACK;) {
        const struct dyn_token *token = &parse->tokens.items[i];
        if ((token->flags & DYN_TOKEN_UNMATCHED) != 0 && token->match == parse->current) {
            dyn_diag_note(parse->diags, diag, dyn_token_span(&parse->tokens, i),
                          "this `%c` is not closed", parse->tokens.text.ptr[token->start]);
            return;
        }
    }
}

/* What was opened by the unexpected token is skipped with it. */
static void skip_group(struct dyn_parse *parse)
{
    const struct dyn_token *token = &parse->tokens.items[parse->current];
    bool opens = token->kind == DYN_TOKEN_LPAREN || token->kind == DYN_TOKEN_LBRACKET ||
                 (token->kind == DYN_TOKEN_LBRACE && (token->flags & DYN_TOKEN_BODY) == 0);
    if (opens && parse->next == parse->current + 1 && token->match > parse->current) {
        bool is_open = (token->flags & DYN_TOKEN_UNMATCHED) != 0;
        parse->next = is_open ? token->match : token->match + 1;
    }
}

void dyn_parse_unexpected(struct dyn_parse *parse, const enum dyn_token_kind *expected_kinds,
                          size_t n_expected)
{
    parse->recovering = true;
    if (parse->decl != NULL) {
        parse->decl->has_errors = true;
    }
    if (parse->procedure != NULL) {
        parse->procedure->has_errors = true;
    }
    const struct dyn_token *token = &parse->tokens.items[parse->current];
    bool lacks_body = parse->is_synthetic && (token->flags & DYN_TOKEN_AFTER_NO_BODY) != 0 &&
                      parse->n_given_braces == 0 && parse->gave_no_body;
    bool is_reported = token->kind == DYN_TOKEN_DEEP ||
                       (token->kind == DYN_TOKEN_NE && parse->tokens.text.ptr[token->start] == '<');
    if ((parse->is_synthetic && !lacks_body) || (!parse->is_synthetic && is_reported)) {
        return;
    }
    struct expectation expected = {.count = {0}};
    for (size_t i = 0; i < n_expected; i++) {
        expected.has[expected_kinds[i]] = true;
        expected.count[dyn_token_info(expected_kinds[i])->category]++;
    }
    if (!parse->is_synthetic) {
        skip_group(parse);
    }
    if (report_missing_type(parse, &expected) || report_aggregate(parse) ||
        report_import(parse, &expected) || report_model_attribute(parse) ||
        report_order_by(parse) || report_list_type(parse, &expected)) {
        return;
    }
    struct dynr_str wanted = describe_expected(parse, &expected);
    if (lacks_body) {
        size_t before = previous_token(parse);
        dyn_report(parse->diags, DYN_CODE_SYNTAX, dyn_token_span(&parse->tokens, before),
                   "expected %.*s after this", (int)wanted.len, wanted.ptr);
        return;
    }
    struct dyn_span span = dyn_token_span(&parse->tokens, parse->current);
    struct dynr_str found = describe_current(parse);
    if (is_comparison((enum dyn_token_kind)token->kind) && expected.has[DYN_TOKEN_AND] &&
        !expected.has[DYN_TOKEN_EQ]) {
        struct dyn_diag *diag =
            dyn_report(parse->diags, DYN_CODE_SYNTAX, span, "comparisons do not chain");
        dyn_diag_help(parse->diags, diag, "join two of them with `and`");
        return;
    }
    struct dyn_diag *diag =
        dyn_report(parse->diags, DYN_CODE_SYNTAX, span, "unexpected %.*s%s%.*s", (int)found.len,
                   found.ptr, wanted.len > 0 ? ", expected " : "", (int)wanted.len, wanted.ptr);
    note_unclosed(parse, diag);
    if (token->kind == DYN_TOKEN_EQ && expected.has[DYN_TOKEN_ASSIGN]) {
        dyn_diag_help(parse->diags, diag, "a value is given with `=`");
        dyn_diag_fix(parse->diags, diag, span, dynr_str_from_c("="));
    }
    if (help_word(parse, diag, &expected)) {
        return;
    }
    if (parse->procedure != NULL && is_in_aggregate(parse)) {
        dyn_diag_help(parse->diags, diag, "%s", aggregate_form);
    }
    suggest_keyword(parse, diag, &expected);
}
