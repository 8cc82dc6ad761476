/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From bytes to tokens: runs the flex scanner over a whole source, refuses what is no text, and reports what is wrong
 * inside a token. Every byte that is not white space ends up in exactly one token.
 */
#include "base/memory.h"
#include "base/utf8.h"
#include "syntax/scanner.h"
#include "syntax/token.h"

static const struct dyn_token_info infos[] = {
#define DYN_CLASS(name, human, category)  {#name, human, DYN_CATEGORY_##category, true, false},
#define DYN_PUNCT(name, text, category)   {#name, text, DYN_CATEGORY_##category, false, false},
#define DYN_KEYWORD(name, text, category) {#name, text, DYN_CATEGORY_##category, false, true},
#define DYN_ROLE(name, text, category)    {#name, text, DYN_CATEGORY_##category, false, false},
#include "tokens.def"
};

const struct dyn_token_info *dyn_token_info(enum dyn_token_kind kind)
{
    return &infos[kind];
}

/* Keywords by first letter, chained in the order of the table. */
struct keywords {
    uint8_t first[128];
    uint8_t next[DYN_N_TOKENS];
};

static void index_keywords(struct keywords *keywords)
{
    memset(keywords, 0, sizeof *keywords);
    for (unsigned kind = DYN_N_TOKENS; kind-- > 0;) {
        if (infos[kind].is_keyword) {
            unsigned letter = (unsigned char)infos[kind].text[0];
            keywords->next[kind] = keywords->first[letter];
            keywords->first[letter] = (uint8_t)kind;
        }
    }
}

static enum dyn_token_kind find_keyword(const struct keywords *keywords, struct dynr_str word)
{
    unsigned kind = keywords->first[(unsigned char)word.ptr[0] & 127U];
    /* END is 0 and no keyword. */
    while (kind != 0) {
        const char *text = infos[kind].text;
        if (strncmp(text, word.ptr, word.len) == 0 && text[word.len] == '\0') {
            return (enum dyn_token_kind)kind;
        }
        kind = keywords->next[kind];
    }
    return DYN_TOKEN_IDENT;
}

/* ---- faults ---- */

/* "`x`", or "U+0007" for what cannot be shown. */
static struct dynr_str quote_character(struct dynr_arena *arena, struct dynr_str text)
{
    uint32_t code_point = 0;
    size_t len = dynr_utf8_decode(text, 0, &code_point);
    if (len == 0) {
        return dynr_arena_printf(arena, "byte 0x%02X", (unsigned)(unsigned char)text.ptr[0]);
    }
    if (code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA1) || code_point >= 0x2000) {
        return dynr_arena_printf(arena, "U+%04X", (unsigned)code_point);
    }
    return dynr_arena_printf(arena, "`%.*s`", (int)len, text.ptr);
}

/* The content of a string between other quotes, in ours. */
static void fix_quotes(struct dyn_diags *diags, struct dyn_diag *diag, struct dynr_str content)
{
    if (memchr(content.ptr, '"', content.len) == NULL &&
        memchr(content.ptr, '\\', content.len) == NULL) {
        struct dynr_str fixed =
            dynr_arena_printf(diags->arena, "\"%.*s\"", (int)content.len, content.ptr);
        dyn_diag_fix(diags, diag, diag->span, fixed);
    }
}

static void report_stray(const struct dyn_tokens *tokens, struct dyn_span span,
                         struct dynr_str text)
{
    struct dyn_diags *diags = tokens->diags;
    struct dynr_str shown = quote_character(diags->arena, text);
    struct dyn_diag *diag = dyn_report(diags, DYN_CODE_SYNTAX, span, "unexpected character %.*s",
                                       (int)shown.len, shown.ptr);
    if (text.ptr[0] == ';') {
        dyn_diag_help(diags, diag, "nothing ends with `;` here: white space separates");
        dyn_diag_fix(diags, diag, span, dynr_str_make("", 0));
    } else if (text.ptr[0] == '*') {
        dyn_diag_help(diags, diag,
                      "there is no `*`: without `select` all fields are returned, and `count` is "
                      "of all rows");
    } else if (text.len == 3 && memcmp(text.ptr, "\xE2\x80", 2) == 0 &&
               (unsigned char)text.ptr[2] >= 0x98 && (unsigned char)text.ptr[2] <= 0x9F) {
        dyn_diag_help(diags, diag, "strings are between straight quotes: `\"`");
    } else if (text.len == 2 && memcmp(text.ptr, "\xC2\xA0", 2) == 0) {
        dyn_diag_help(diags, diag, "this is a no-break space; write a plain one");
        dyn_diag_fix(diags, diag, span, dynr_str_make(" ", 1));
    }
}

/* `String!`: close behind what looks like a type, where no operator can stand. */
static bool is_behind_type(struct dynr_str text, uint32_t at)
{
    char before = at == 0 ? ' ' : text.ptr[at - 1];
    return (before >= 'a' && before <= 'z') || (before >= 'A' && before <= 'Z') ||
           (before >= '0' && before <= '9') || before == ')' || before == ']' || before == '!';
}

static void report_word_operator(const struct dyn_tokens *tokens, struct dyn_span span,
                                 struct dynr_str text)
{
    struct dyn_diags *diags = tokens->diags;
    if (text.ptr[0] == '!' && is_behind_type(tokens->text, span.start)) {
        struct dyn_diag *diag = dyn_report(diags, DYN_CODE_SYNTAX, span, "unexpected `!`");
        dyn_diag_help(diags, diag,
                      "drop it: what is declared is required, unless `?` stands behind its type");
        dyn_diag_fix(diags, diag, span, dynr_str_make("", 0));
        return;
    }
    const char *word = text.ptr[0] == '&' ? "and" : (text.ptr[0] == '|' ? "or" : "not");
    struct dyn_diag *diag =
        dyn_report(diags, DYN_CODE_SYNTAX, span, "unexpected `%.*s`", (int)text.len, text.ptr);
    dyn_diag_help(diags, diag, "this operator is a word: `%s`", word);
    dyn_diag_fix(diags, diag, span,
                 dynr_arena_printf(diags->arena, "%s%s", word, text.ptr[0] == '!' ? " " : ""));
}

/* `<>`; between the brackets of `set<>` a type is missing. */
static void report_other_unequal(const struct dyn_tokens *tokens, const struct dyn_token *token,
                                 struct dyn_span span)
{
    struct dyn_diags *diags = tokens->diags;
    bool is_first = token == tokens->items;
    if (!is_first && token[-1].end == token->start &&
        (token[-1].word == DYN_TOKEN_SET || token[-1].word == DYN_TOKEN_MAP)) {
        dyn_report(diags, DYN_CODE_SYNTAX, span, "unexpected `>`, expected a type");
        return;
    }
    struct dyn_diag *diag = dyn_report(diags, DYN_CODE_SYNTAX, span, "unexpected `<>`");
    dyn_diag_help(diags, diag, "\"is not equal\" is written `!=`");
    dyn_diag_fix(diags, diag, span, dynr_str_from_c("!="));
}

static void report_fault(const struct dyn_tokens *tokens, const struct dyn_token *token,
                         enum dyn_fault fault)
{
    struct dyn_diags *diags = tokens->diags;
    struct dyn_span span = {.start = token->start, .end = token->end, .source = tokens->source};
    struct dynr_str text =
        dynr_str_make(tokens->text.ptr + token->start, token->end - token->start);
    struct dyn_diag *diag;
    switch (fault) {
    case DYN_FAULT_NONE:
        break;
    case DYN_FAULT_STRAY:
        report_stray(tokens, span, text);
        break;
    case DYN_FAULT_QUOTED_NAME:
        dyn_report(diags, DYN_CODE_LITERAL, span,
                   "a name is made of ASCII letters, digits and `_`");
        break;
    case DYN_FAULT_UNCLOSED_NAME:
        diag = dyn_report(diags, DYN_CODE_LITERAL, span, "this quoted name is not closed");
        dyn_diag_help(diags, diag, "close it with a backtick on the same line");
        break;
    case DYN_FAULT_FOREIGN_LETTER:
        dyn_report(diags, DYN_CODE_LITERAL, span,
                   "a name is made of ASCII letters, digits and `_`");
        break;
    case DYN_FAULT_NUMBER_SUFFIX:
        dyn_report(diags, DYN_CODE_LITERAL, span, "`%.*s` is neither a number nor a name",
                   (int)text.len, text.ptr);
        break;
    case DYN_FAULT_UNCLOSED_STRING:
        diag = dyn_report(diags, DYN_CODE_LITERAL, span, "this string is not closed");
        dyn_diag_help(diags, diag, "close it with `\"` on the same line");
        break;
    case DYN_FAULT_SINGLE_QUOTES:
        diag = dyn_report(diags, DYN_CODE_LITERAL, span, "strings are between double quotes");
        fix_quotes(diags, diag, dynr_str_make(text.ptr + 1, text.len - 2));
        break;
    case DYN_FAULT_SMART_QUOTES: {
        size_t closing = text.ptr[text.len - 1] == '"' ? 1 : 3;
        diag = dyn_report(diags, DYN_CODE_LITERAL, span,
                          "strings are between straight quotes, not typographic ones");
        fix_quotes(diags, diag, dynr_str_make(text.ptr + 3, text.len - 3 - closing));
        break;
    }
    case DYN_FAULT_WORD_OPERATOR:
        report_word_operator(tokens, span, text);
        break;
    case DYN_FAULT_OTHER_UNEQUAL:
        report_other_unequal(tokens, token, span);
        break;
    case DYN_FAULT_BLOCK_COMMENT:
        diag = dyn_report(diags, DYN_CODE_SYNTAX, span, "there are no block comments");
        dyn_diag_help(diags, diag, "start each line with `//`");
        break;
    case DYN_FAULT_HASH_COMMENT:
        diag = dyn_report(diags, DYN_CODE_SYNTAX, span, "unexpected character `#`");
        dyn_diag_help(diags, diag, "comments start with `//`");
        break;
    }
}

/* ---- numbers and strings ---- */

/* DynamoDB's numbers: 38 significant digits, magnitudes from 1e-130 to below 1e126. */
#define MAX_DIGITS   38
#define MAX_EXPONENT 125
#define MIN_EXPONENT (-130)

static void check_number(const struct dyn_tokens *tokens, const struct dyn_token *token)
{
    const char *p = tokens->text.ptr + token->start;
    const char *end = tokens->text.ptr + token->end;
    struct dyn_span span = {.start = token->start, .end = token->end, .source = tokens->source};
    bool padded = p[0] == '0' && end - p > 1 && p[1] >= '0' && p[1] <= '9';
    size_t significant = 0;
    size_t zeros = 0;
    long point = 0;
    long first = 0;
    bool fraction = false;
    for (; p < end && *p != 'e' && *p != 'E'; p++) {
        if (*p == '.') {
            fraction = true;
            continue;
        }
        point += fraction ? 0 : 1;
        first += significant + zeros == 0 && *p == '0' ? 1 : 0;
        if (*p == '0') {
            zeros += significant > 0 ? 1 : 0;
        } else {
            significant += zeros + 1;
            zeros = 0;
        }
    }
    long exponent = 0;
    if (p < end) {
        p++;
        bool negative = *p == '-';
        p += *p == '-' || *p == '+';
        for (; p < end && exponent < 100000; p++) {
            exponent = exponent * 10 + (*p - '0');
        }
        exponent = negative ? -exponent : exponent;
    }
    exponent += point - first - 1;
    if (significant > MAX_DIGITS || (significant > 0 && exponent > MAX_EXPONENT)) {
        struct dyn_diag *diag =
            dyn_report(tokens->diags, DYN_CODE_LITERAL, span, "this number is too large");
        dyn_diag_fact(tokens->diags, diag, "limit: %d digits, below 1e126", MAX_DIGITS);
    } else if (significant > 0 && exponent < MIN_EXPONENT) {
        struct dyn_diag *diag =
            dyn_report(tokens->diags, DYN_CODE_LITERAL, span, "this number is too small");
        dyn_diag_fact(tokens->diags, diag, "limit: 1e-130");
    } else if (padded) {
        dyn_report(tokens->diags, DYN_CODE_LITERAL, span,
                   "a number does not start with superfluous zeros");
    }
}

static void report_escape(const struct dyn_tokens *tokens, uint32_t start, uint32_t end)
{
    struct dyn_span span = {.start = start, .end = end, .source = tokens->source};
    struct dyn_diag *diag =
        dyn_report(tokens->diags, DYN_CODE_LITERAL, span, "invalid escape `%.*s`",
                   (int)(end - start), tokens->text.ptr + start);
    dyn_diag_help(tokens->diags, diag, "escapes are \\\" \\\\ \\n \\r \\t and \\u{1F600}");
}

static void check_escapes(const struct dyn_tokens *tokens, const struct dyn_token *token)
{
    const char *text = tokens->text.ptr;
    uint32_t i = token->start;
    while (i < token->end) {
        if (text[i] != '\\') {
            i++;
            continue;
        }
        uint32_t len = dyn_escape_decode(text + i, text + token->end, NULL);
        if (len == 0) {
            uint32_t end = i + 1;
            uint32_t code_point;
            end += (uint32_t)dynr_utf8_decode(dynr_str_make(text, token->end), end, &code_point);
            report_escape(tokens, i, end);
            i = end;
        } else {
            i += len;
        }
    }
}

uint32_t dyn_escape_decode(const char *p, const char *end, uint32_t *out)
{
    static const char letters[] = "\"\\nrt";
    static const char values[] = "\"\\\n\r\t";
    if (end - p < 2) {
        return 0;
    }
    const char *letter = p[1] == '\0' ? NULL : strchr(letters, p[1]);
    if (letter != NULL) {
        if (out != NULL) {
            *out = (unsigned char)values[letter - letters];
        }
        return 2;
    }
    if (p[1] != 'u' || end - p < 5 || p[2] != '{') {
        return 0;
    }
    uint32_t value = 0;
    const char *q = p + 3;
    for (; q < end && q - p < 9; q++) {
        char c = *q;
        if (c >= '0' && c <= '9') {
            value = value * 16 + (uint32_t)(c - '0');
        } else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) {
            value = value * 16 + (uint32_t)((c | 32) - 'a' + 10);
        } else {
            break;
        }
    }
    char bytes[4];
    if (q == p + 3 || q >= end || *q != '}' || value == 0 || dynr_utf8_encode(value, bytes) == 0) {
        return 0;
    }
    if (out != NULL) {
        *out = value;
    }
    return (uint32_t)(q - p) + 1;
}

/* ---- the stream ---- */

static struct dyn_token *add_token(struct dyn_tokens *tokens, const struct dyn_scan *scan,
                                   enum dyn_token_kind kind)
{
    tokens->items = dyn_grow(tokens->arena, tokens->items, tokens->n_items, &tokens->cap_items,
                             sizeof *tokens->items);
    struct dyn_token *token = &tokens->items[tokens->n_items++];
    *token = (struct dyn_token){
        .start = scan->start, .end = scan->end, .kind = (uint8_t)kind, .word = (uint8_t)kind};
    if (scan->has_newline || tokens->n_items == 1) {
        token->flags = DYN_TOKEN_FIRST_ON_LINE;
    }
    return token;
}

/* Comments and unclosed strings run to the end of their line, but the white space there is no part of them. */
static void trim(const struct dyn_tokens *tokens, struct dyn_token *token)
{
    while (token->end > token->start + 1) {
        char last = tokens->text.ptr[token->end - 1];
        if (last != ' ' && last != '\t' && last != '\r') {
            break;
        }
        token->end--;
    }
}

static void finish_token(struct dyn_tokens *tokens, struct dyn_token *token,
                         const struct dyn_scan *scan, const struct keywords *keywords)
{
    enum dyn_token_kind kind = (enum dyn_token_kind)token->kind;
    bool is_unclosed = scan->fault == DYN_FAULT_UNCLOSED_STRING ||
                       scan->fault == DYN_FAULT_UNCLOSED_NAME ||
                       scan->fault == DYN_FAULT_HASH_COMMENT;
    if (kind == DYN_TOKEN_COMMENT || kind == DYN_TOKEN_DOC || is_unclosed) {
        trim(tokens, token);
    }
    if (scan->is_quoted) {
        token->flags |= DYN_TOKEN_QUOTED;
    } else if (kind == DYN_TOKEN_IDENT) {
        struct dynr_str word =
            dynr_str_make(tokens->text.ptr + token->start, token->end - token->start);
        token->word = (uint8_t)find_keyword(keywords, word);
    }
    if (is_unclosed) {
        token->flags |= DYN_TOKEN_UNCLOSED;
    }
    if (kind == DYN_TOKEN_COMMENT || kind == DYN_TOKEN_DOC || kind == DYN_TOKEN_STRAY) {
        token->flags |= DYN_TOKEN_UNSEEN;
    }
    if (tokens->diags == NULL) {
        return;
    }
    if (scan->fault == DYN_FAULT_STRAY && tokens->n_items > 1 &&
        token[-1].kind == DYN_TOKEN_STRAY && token[-1].end == token->start) {
        return;
    }
    if (scan->fault != DYN_FAULT_NONE) {
        report_fault(tokens, token, scan->fault);
    } else if (kind == DYN_TOKEN_INT || kind == DYN_TOKEN_NUMBER) {
        check_number(tokens, token);
    } else if (kind == DYN_TOKEN_STRING) {
        check_escapes(tokens, token);
    }
}

void dyn_lex(struct dyn_tokens *tokens, uint32_t start)
{
    struct keywords keywords;
    index_keywords(&keywords);
    struct dyn_scan scan = {.end = start};
    void *scanner =
        dyn_scanner_open(&scan, dynr_str_make(tokens->text.ptr + start, tokens->text.len - start));
    enum dyn_token_kind kind;
    do {
        kind = dyn_scanner_next(scanner);
        if (kind == DYN_TOKEN_END) {
            scan.start = scan.end = (uint32_t)tokens->text.len;
        }
        struct dyn_token *token = add_token(tokens, &scan, kind);
        finish_token(tokens, token, &scan, &keywords);
        scan.has_newline = false;
        scan.is_quoted = false;
        scan.fault = DYN_FAULT_NONE;
    } while (kind != DYN_TOKEN_END);
    dyn_scanner_close(scanner);
}

/* What is no text is refused before anything is made of it. Returns where the text starts. */
static uint32_t check_encoding(struct dyn_tokens *tokens)
{
    struct dynr_str text = tokens->text;
    uint32_t start = 0;
    if (text.len >= 3 && memcmp(text.ptr, "\xEF\xBB\xBF", 3) == 0) {
        start = 3;
        if (tokens->diags != NULL) {
            struct dyn_span span = {.start = 0, .end = 3, .source = tokens->source};
            struct dyn_diag *diag = dyn_report(tokens->diags, DYN_CODE_ENCODING, span,
                                               "the file starts with a byte-order mark");
            dyn_diag_help(tokens->diags, diag, "remove it: a `.dyn` file is UTF-8 without a mark");
            dyn_diag_fix(tokens->diags, diag, span, dynr_str_make("", 0));
        }
    }
    if (tokens->diags == NULL) {
        return start;
    }
    size_t valid = dynr_utf8_valid_length(text);
    const char *nul = text.len == 0 ? NULL : memchr(text.ptr, '\0', text.len);
    size_t at_nul = nul == NULL ? text.len : (size_t)(nul - text.ptr);
    if (valid == text.len && at_nul == text.len) {
        return start;
    }
    size_t at = valid < at_nul ? valid : at_nul;
    struct dyn_span span = {
        .start = (uint32_t)at, .end = (uint32_t)at + 1, .source = tokens->source};
    if (at_nul < valid) {
        dyn_report(tokens->diags, DYN_CODE_ENCODING, span, "the file has a NUL byte");
    } else {
        dyn_report(tokens->diags, DYN_CODE_ENCODING, span,
                   "the file is not UTF-8: invalid byte 0x%02X",
                   (unsigned)(unsigned char)text.ptr[at]);
    }
    tokens->is_refused = true;
    return start;
}

void dyn_tokenise(struct dyn_tokens *tokens, struct dynr_arena *arena, struct dynr_str text,
                  uint32_t source, struct dyn_diags *diags)
{
    /* Offsets are added to the text's start, which must be an address even where there is no text. */
    struct dynr_str present = text.ptr == NULL ? dynr_str_make("", 0) : text;
    *tokens =
        (struct dyn_tokens){.arena = arena, .text = present, .source = source, .diags = diags};
    if (text.len > DYN_SOURCE_MAX_SIZE) {
        tokens->is_refused = true;
        if (diags != NULL) {
            struct dyn_span span = {.start = 0, .end = 0, .source = source};
            struct dyn_diag *diag =
                dyn_report(diags, DYN_CODE_FILE_TOO_LARGE, span, "the file is too large");
            dyn_diag_fact(diags, diag, "size: %zu bytes; limit: %zu", text.len,
                          DYN_SOURCE_MAX_SIZE);
        }
    }
    uint32_t start = tokens->is_refused ? 0 : check_encoding(tokens);
    if (tokens->is_refused) {
        struct dyn_scan scan = {0};
        scan.start = scan.end = text.len > UINT32_MAX ? 0 : (uint32_t)text.len;
        add_token(tokens, &scan, DYN_TOKEN_END);
        return;
    }
    tokens->cap_items = text.len / 5 + 16;
    tokens->items = dyn_alloc_array(arena, tokens->cap_items, sizeof *tokens->items);
    dyn_lex(tokens, start);
    dyn_retag(tokens);
}
