/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The token stream: what the lexer cuts the text into, comments included, and what re-tagging says each token is where
 * it stands. Parser, formatter and dump share it.
 */
#ifndef DYN_SYNTAX_TOKEN_H
#define DYN_SYNTAX_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "diag/diag.h"

enum dyn_token_kind {
#define DYN_CLASS(name, human, category)  DYN_TOKEN_##name,
#define DYN_PUNCT(name, text, category)   DYN_TOKEN_##name,
#define DYN_KEYWORD(name, text, category) DYN_TOKEN_##name,
#define DYN_ROLE(name, text, category)    DYN_TOKEN_##name,
#include "tokens.def"
    DYN_N_TOKENS,
};

/** What messages say instead of long lists. ORDER the categories of tokens.def */
enum dyn_token_category {
    DYN_CATEGORY_NONE,
    DYN_CATEGORY_HIDDEN,
    DYN_CATEGORY_NAME,
    DYN_CATEGORY_MEMBER,
    DYN_CATEGORY_PART,
    DYN_CATEGORY_TYPE,
    DYN_CATEGORY_EXPRESSION,
    DYN_CATEGORY_OPERATOR,
    DYN_CATEGORY_CLAUSE,
    DYN_CATEGORY_PROCEDURE,
    DYN_CATEGORY_DECLARATION,
    DYN_CATEGORY_COUNT,
};

struct dyn_token_info {
    /** Constant's name, for dumps. */
    const char *name;
    /** Spelling, or the name for people where there are many spellings. */
    const char *text;
    enum dyn_token_category category;
    bool is_class;
    bool is_keyword;
};
const struct dyn_token_info *dyn_token_info(enum dyn_token_kind kind);

/** Whether an expression that ends in a token of this kind lacks its operand. */
bool dyn_token_wants_operand(enum dyn_token_kind kind);

enum {
    /** First token (comments count) of its line. */
    DYN_TOKEN_FIRST_ON_LINE = 1,
    /** An identifier in backticks. */
    DYN_TOKEN_QUOTED = 2,
    /** Runs to the end of its line, as a string that is not closed does: a line break must follow. */
    DYN_TOKEN_UNCLOSED = 4,
    /** A `{` whose block the parser gets as one token. */
    DYN_TOKEN_SKIPPED = 8,
    /** The parser does not get it. */
    DYN_TOKEN_UNSEEN = 16,
    /** The declaration or procedure before this token has no body. */
    DYN_TOKEN_AFTER_NO_BODY = 32,
    /** A `{` that starts the body of a declaration or procedure: recovery enters it. */
    DYN_TOKEN_BODY = 64,
    /** An opening bracket without its closing one: `match` is where the parser goes on. */
    DYN_TOKEN_UNMATCHED = 128,
    /** The `)` of a procedure's arguments is missing (reported) before this token. */
    DYN_TOKEN_AFTER_ARGS = 256,
};

struct dyn_token {
    uint32_t start;
    uint32_t end;
    /** Brackets: index of the partner. */
    uint32_t match;
    /** enum dyn_token_kind, after re-tagging. */
    uint8_t kind;
    /** Words: the keyword that it could be, else DYN_TOKEN_IDENT. Others: the kind from the lexer. */
    uint8_t word;
    uint16_t flags;
    /** Closing braces that are missing (reported) before this token. */
    uint16_t missing_braces;
};

/** The last token is always END, without text. */
struct dyn_tokens {
    struct dynr_arena *arena;
    struct dynr_str text;
    uint32_t source;
    /** NULL: nothing is reported. */
    struct dyn_diags *diags;
    struct dyn_token *items;
    size_t n_items;
    size_t cap_items;
    /** A file that cannot be read at all (reported): the stream is empty. */
    bool is_refused;
};

/** Cuts and re-tags a source. Reports what is wrong with characters, strings, numbers, braces and depth. */
void dyn_tokenise(struct dyn_tokens *tokens, struct dynr_arena *arena, struct dynr_str text,
                  uint32_t source, struct dyn_diags *diags);

/** lexer.c: cuts `text` from `start` on. retag.c: decides what each word is. */
void dyn_lex(struct dyn_tokens *tokens, uint32_t start);
void dyn_retag(struct dyn_tokens *tokens);

static inline struct dyn_span dyn_token_span(const struct dyn_tokens *tokens, size_t index)
{
    const struct dyn_token *token = &tokens->items[index];
    struct dyn_span span = {.start = token->start, .end = token->end, .source = tokens->source};
    return span;
}

static inline struct dynr_str dyn_token_text(const struct dyn_tokens *tokens, size_t index)
{
    const struct dyn_token *token = &tokens->items[index];
    return dynr_str_make(tokens->text.ptr + token->start, token->end - token->start);
}

/** Deepest nesting of brackets, types and prefix operators. */
#define DYN_MAX_NESTING 64
/** Greatest height of an expression tree: a long chain of operators is one, too. */
#define DYN_MAX_EXPR_HEIGHT 256

/* ---- between dyn.l and lexer.c */

enum dyn_fault {
    DYN_FAULT_NONE,
    DYN_FAULT_STRAY,
    DYN_FAULT_QUOTED_NAME,
    DYN_FAULT_UNCLOSED_NAME,
    DYN_FAULT_FOREIGN_LETTER,
    DYN_FAULT_NUMBER_SUFFIX,
    DYN_FAULT_UNCLOSED_STRING,
    DYN_FAULT_SINGLE_QUOTES,
    DYN_FAULT_SMART_QUOTES,
    DYN_FAULT_WORD_OPERATOR,
    DYN_FAULT_OTHER_UNEQUAL,
    DYN_FAULT_BLOCK_COMMENT,
    DYN_FAULT_HASH_COMMENT,
};

/** State of a scan: the place of the current token and what the rule says about it. */
struct dyn_scan {
    uint32_t start;
    uint32_t end;
    bool has_newline;
    bool is_quoted;
    enum dyn_fault fault;
};

#endif
