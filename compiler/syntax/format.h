/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The formatter's steps share this: where lines break and how far they are indented (format_layout.c), what is aligned
 * with what (format_lines.c), spaces and output (format.c).
 *
 * Every decision is a function of the tokens, their roles, and which gaps hold line breaks; none looks at columns or
 * at the spaces in a line. What is decided about a break holds for its own result: that is why formatting twice changes
 * nothing.
 */
#ifndef DYN_SYNTAX_FORMAT_H
#define DYN_SYNTAX_FORMAT_H

#include "syntax/token.h"

#define DYN_FORMAT_WIDTH  100
#define DYN_FORMAT_INDENT 2
/** Keywords of a query's clauses are padded to this column. */
#define DYN_FORMAT_CLAUSE 8
/** Lines longer than this do not push the comments of their neighbours. */
#define DYN_FORMAT_COMMENT_MAX 72

/** What stands in a pair of braces. */
enum dyn_block_kind {
    DYN_BLOCK_FILE,
    DYN_BLOCK_TABLE,
    DYN_BLOCK_ENUM,
    DYN_BLOCK_MEMBERS,
    DYN_BLOCK_POLICY,
    DYN_BLOCK_ROUTER,
    DYN_BLOCK_QUERY,
    DYN_BLOCK_MUTATION,
    /** Names between commas. */
    DYN_BLOCK_LIST,
    DYN_BLOCK_OTHER,
};

/** What is known about a token. */
struct dyn_format_item {
    /** Line breaks before it: 0, 1, or 2 for an empty line. */
    uint8_t breaks;
    /** Spaces before it where there is no break, without alignment. */
    uint8_t gap;
    /** Kind of the innermost block around it; of a `{`: of its own block. */
    uint8_t block;
    /** A `{` whose content stands on lines of its own. */
    bool is_multi_line;
    /** Starts a member of its block. */
    bool is_member;
    uint16_t indent;
    /** Spaces that alignment adds before it. */
    uint16_t pad;
};

struct dyn_format {
    struct dyn_tokens tokens;
    struct dyn_format_item *items;
    /** Tokens without END. */
    size_t n_items;
};

static inline enum dyn_token_kind dyn_format_kind(const struct dyn_format *format, size_t index)
{
    return (enum dyn_token_kind)format->tokens.items[index].kind;
}

/** Whether the token's text is this one character. */
static inline bool dyn_format_is(const struct dyn_format *format, size_t index, char c)
{
    const struct dyn_token *token = &format->tokens.items[index];
    return token->end == token->start + 1 && format->tokens.text.ptr[token->start] == c;
}

static inline bool dyn_format_is_comment(const struct dyn_format *format, size_t index)
{
    return dyn_format_kind(format, index) == DYN_TOKEN_COMMENT ||
           dyn_format_kind(format, index) == DYN_TOKEN_DOC;
}

/** An opening bracket with a partner. */
static inline bool dyn_format_is_matched(const struct dyn_format *format, size_t index)
{
    const struct dyn_token *token = &format->tokens.items[index];
    return token->match > index && (token->flags & DYN_TOKEN_UNMATCHED) == 0;
}

/** Display columns of a token. */
size_t dyn_format_width(const struct dyn_format *format, size_t index);

void dyn_format_find_gaps(struct dyn_format *format);
void dyn_format_find_breaks(struct dyn_format *format, struct dynr_arena *arena);
void dyn_format_find_indents(struct dyn_format *format, struct dynr_arena *arena);
void dyn_format_align(struct dyn_format *format, struct dynr_arena *arena);

#endif
