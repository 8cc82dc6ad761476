/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where lines break and how far they are indented. The user's breaks are kept; some are added (members of a block on
 * several lines, blocks that do not fit), and a `{` on a line of its own joins the line before.
 */
#include "base/memory.h"
#include "syntax/format.h"

/* An open bracket. */
struct open {
    size_t index;
    uint16_t indent;
    enum dyn_block_kind block;
    bool is_brace;
};

struct walk {
    struct open *stack;
    size_t n;
    /* The last declaration and clause keyword: what a `{` belongs to. */
    enum dyn_token_kind declaration;
    enum dyn_token_kind clause;
    bool is_mutation;
    bool in_aggregate;
};

static enum dyn_token_category category_at(const struct dyn_format *format, size_t index)
{
    return dyn_token_info(dyn_format_kind(format, index))->category;
}

static bool is_seen(const struct dyn_format *format, size_t index)
{
    return (format->tokens.items[index].flags & DYN_TOKEN_UNSEEN) == 0;
}

/* Brackets whose frames re-tagging gave up at this token. */
static void drop_unmatched(const struct dyn_format *format, struct walk *walk, size_t index)
{
    while (walk->n > 0) {
        const struct dyn_token *opener = &format->tokens.items[walk->stack[walk->n - 1].index];
        if ((opener->flags & DYN_TOKEN_UNMATCHED) == 0 || opener->match > index) {
            break;
        }
        walk->n--;
    }
}

static bool is_opener(const struct dyn_format *format, size_t index)
{
    return is_seen(format, index) && format->tokens.items[index].match > index &&
           (dyn_format_is(format, index, '{') || dyn_format_is(format, index, '(') ||
            dyn_format_is(format, index, '['));
}

static bool closes_top(const struct dyn_format *format, const struct walk *walk, size_t index)
{
    return walk->n > 0 && format->tokens.items[walk->stack[walk->n - 1].index].match == index &&
           (format->tokens.items[walk->stack[walk->n - 1].index].flags & DYN_TOKEN_UNMATCHED) == 0;
}

static enum dyn_block_kind block_of_declaration(enum dyn_token_kind declaration)
{
    switch ((int)declaration) {
    case DYN_TOKEN_TABLE:
        return DYN_BLOCK_TABLE;
    case DYN_TOKEN_ENUM:
        return DYN_BLOCK_ENUM;
    case DYN_TOKEN_STRUCT:
    case DYN_TOKEN_MODEL:
    case DYN_TOKEN_CONTEXT:
    case DYN_TOKEN_LINK:
    case DYN_TOKEN_TRAIT:
        return DYN_BLOCK_MEMBERS;
    case DYN_TOKEN_POLICY:
        return DYN_BLOCK_POLICY;
    case DYN_TOKEN_ROUTER:
        return DYN_BLOCK_ROUTER;
    case DYN_TOKEN_IMPORT:
        return DYN_BLOCK_LIST;
    default:
        return DYN_BLOCK_OTHER;
    }
}

static enum dyn_block_kind block_at(const struct walk *walk)
{
    return walk->n == 0 ? DYN_BLOCK_FILE : walk->stack[walk->n - 1].block;
}

static enum dyn_block_kind block_of_brace(const struct dyn_format *format, const struct walk *walk,
                                          size_t index)
{
    unsigned flags = format->tokens.items[index].flags;
    enum dyn_block_kind around = block_at(walk);
    if (around == DYN_BLOCK_FILE && (flags & (DYN_TOKEN_BODY | DYN_TOKEN_SKIPPED)) != 0) {
        return block_of_declaration(walk->declaration);
    }
    if (around == DYN_BLOCK_ROUTER && (flags & DYN_TOKEN_BODY) != 0) {
        return walk->is_mutation ? DYN_BLOCK_MUTATION : DYN_BLOCK_QUERY;
    }
    if ((flags & DYN_TOKEN_SKIPPED) == 0 &&
        (around == DYN_BLOCK_QUERY || around == DYN_BLOCK_MUTATION) &&
        (walk->clause == DYN_TOKEN_INCLUDE || walk->clause == DYN_TOKEN_TRANSACTION)) {
        return around;
    }
    return (flags & DYN_TOKEN_SKIPPED) != 0 || dyn_format_kind(format, index) == DYN_TOKEN_DEEP
               ? DYN_BLOCK_OTHER
               : DYN_BLOCK_LIST;
}

static bool starts_member(const struct dyn_format *format, const struct walk *walk, size_t index)
{
    enum dyn_token_kind kind = dyn_format_kind(format, index);
    switch (category_at(format, index)) {
    case DYN_CATEGORY_DECLARATION:
    case DYN_CATEGORY_PROCEDURE:
    case DYN_CATEGORY_MEMBER:
        return true;
    case DYN_CATEGORY_CLAUSE:
        return kind != DYN_TOKEN_SET && kind != DYN_TOKEN_IF && kind != DYN_TOKEN_EXPECTING &&
               !(kind == DYN_TOKEN_WHERE && walk->in_aggregate);
    case DYN_CATEGORY_NONE:
    case DYN_CATEGORY_HIDDEN:
    case DYN_CATEGORY_NAME:
    case DYN_CATEGORY_PART:
    case DYN_CATEGORY_TYPE:
    case DYN_CATEGORY_EXPRESSION:
    case DYN_CATEGORY_OPERATOR:
    case DYN_CATEGORY_COUNT:
        break;
    }
    return kind == DYN_TOKEN_DYN || kind == DYN_TOKEN_ALLOW || kind == DYN_TOKEN_LET;
}

/* Follows the token: what is open, what was begun. The item knows its block and whether it starts a member. */
static void step(struct dyn_format *format, struct walk *walk, size_t index, uint16_t indent)
{
    struct dyn_format_item *item = &format->items[index];
    enum dyn_token_kind kind = dyn_format_kind(format, index);
    if (closes_top(format, walk, index)) {
        walk->n--;
        item->block = (uint8_t)block_at(walk);
        return;
    }
    item->block = (uint8_t)block_at(walk);
    if (is_opener(format, index)) {
        bool is_brace = dyn_format_is(format, index, '{');
        enum dyn_block_kind block = is_brace ? block_of_brace(format, walk, index) : DYN_BLOCK_LIST;
        walk->stack[walk->n++] =
            (struct open){.index = index, .indent = indent, .block = block, .is_brace = is_brace};
        item->block = (uint8_t)block;
        return;
    }
    if (!is_seen(format, index)) {
        return;
    }
    item->is_member = starts_member(format, walk, index);
    enum dyn_token_category category = category_at(format, index);
    if (category == DYN_CATEGORY_DECLARATION) {
        walk->declaration = kind;
    } else if (category == DYN_CATEGORY_PROCEDURE) {
        walk->is_mutation = kind == DYN_TOKEN_MUTATION;
        walk->clause = kind;
        walk->in_aggregate = false;
    } else if (category == DYN_CATEGORY_CLAUSE) {
        walk->clause = kind;
        walk->in_aggregate = kind == DYN_TOKEN_COUNT || kind == DYN_TOKEN_SUM ||
                             kind == DYN_TOKEN_MIN || kind == DYN_TOKEN_MAXIMUM ||
                             (walk->in_aggregate && kind == DYN_TOKEN_WHERE);
    }
}

static struct walk new_walk(const struct dyn_format *format, struct dynr_arena *arena)
{
    struct walk walk = {.n = 0};
    /* Re-tagging opens no more than this, and one that is too deep. */
    (void)format;
    walk.stack = dyn_alloc_array(arena, DYN_MAX_NESTING + 2, sizeof *walk.stack);
    return walk;
}

/* ---- breaks ---- */

static void find_written_breaks(struct dyn_format *format)
{
    for (size_t i = 1; i < format->n_items; i++) {
        size_t n = 0;
        for (uint32_t at = format->tokens.items[i - 1].end;
             at < format->tokens.items[i].start && n < 2; at++) {
            n += format->tokens.text.ptr[at] == '\n';
        }
        format->items[i].breaks = (uint8_t)n;
    }
}

static void at_least_one(struct dyn_format_item *item)
{
    item->breaks = item->breaks == 0 ? 1 : item->breaks;
}

static void exactly_one(struct dyn_format_item *item)
{
    item->breaks = 1;
}

/* A token that must end its line. */
static bool ends_line(const struct dyn_format *format, size_t index)
{
    return dyn_format_is_comment(format, index) ||
           (format->tokens.items[index].flags & DYN_TOKEN_UNCLOSED) != 0;
}

/* Whether a `{` may follow this token on the same line: it ends a header. */
static bool ends_header(enum dyn_token_kind kind)
{
    return kind == DYN_TOKEN_IDENT || kind == DYN_TOKEN_RPAREN || kind == DYN_TOKEN_ARGS_END ||
           kind == DYN_TOKEN_ONCE || kind == DYN_TOKEN_SINGLE || kind == DYN_TOKEN_QUESTION ||
           kind == DYN_TOKEN_RBRACKET || kind == DYN_TOKEN_RANGLE ||
           kind == DYN_TOKEN_TRANSACTION || kind == DYN_TOKEN_STRING;
}

/* Whether lines break between any two tokens of the block. Prefix sums of breaks make this cheap. */
static void mark_multi_line(struct dyn_format *format, const uint32_t *sums)
{
    for (size_t i = 0; i < format->n_items; i++) {
        if (!dyn_format_is(format, i, '{') || !is_seen(format, i) ||
            !dyn_format_is_matched(format, i)) {
            continue;
        }
        size_t close = format->tokens.items[i].match;
        if (close == i + 1) {
            format->items[close].breaks = 0;
        } else {
            format->items[i].is_multi_line = sums[close] != sums[i];
        }
    }
}

/* Members that have a line of their own in a block on several lines. */
static bool wants_own_line(const struct dyn_format *format, size_t index, bool is_broken)
{
    const struct dyn_format_item *item = &format->items[index];
    enum dyn_token_kind kind = dyn_format_kind(format, index);
    if (!item->is_member) {
        return false;
    }
    switch ((enum dyn_block_kind)item->block) {
    case DYN_BLOCK_FILE:
    case DYN_BLOCK_TABLE:
    case DYN_BLOCK_MEMBERS:
    case DYN_BLOCK_ROUTER:
        return true;
    case DYN_BLOCK_QUERY:
    case DYN_BLOCK_MUTATION:
        return is_broken || kind == DYN_TOKEN_FROM || kind == DYN_TOKEN_GET ||
               kind == DYN_TOKEN_CREATE || kind == DYN_TOKEN_UPDATE || kind == DYN_TOKEN_DELETE ||
               kind == DYN_TOKEN_TRANSACTION;
    case DYN_BLOCK_ENUM:
    case DYN_BLOCK_POLICY:
        return is_broken;
    case DYN_BLOCK_LIST:
    case DYN_BLOCK_OTHER:
        break;
    }
    return false;
}

/* Breaks around and in a block: after `{`, before `}`, before members; `is_broken`: it did not fit its line. */
static void break_block(struct dyn_format *format, size_t open, bool is_broken)
{
    size_t close = format->tokens.items[open].match;
    format->items[open].is_multi_line = true;
    exactly_one(&format->items[close]);
    size_t first = open + 1;
    if (!dyn_format_is_comment(format, first) || format->items[first].breaks > 0) {
        exactly_one(&format->items[first]);
    }
    if (!is_broken) {
        return;
    }
    unsigned block = format->items[open].block;
    for (size_t i = open + 1; i < close; i++) {
        bool is_listed =
            block == DYN_BLOCK_LIST && i > open + 1 && dyn_format_is(format, i - 1, ',');
        if (is_listed || (format->items[i].block == block && wants_own_line(format, i, true))) {
            at_least_one(&format->items[i]);
        }
        if (i > open && is_seen(format, i) && format->tokens.items[i].match > i &&
            dyn_format_is_matched(format, i)) {
            /* What is nested stays together; it is looked at when its own line is. */
            i = format->tokens.items[i].match;
        }
    }
}

/* Columns of the line that starts at `first`, without a comment behind it; stops counting beyond the limit. */
static size_t measure(const struct dyn_format *format, size_t first, size_t indent, size_t *out_end)
{
    size_t width = indent + dyn_format_width(format, first);
    size_t i = first + 1;
    while (i < format->n_items && format->items[i].breaks == 0 &&
           !dyn_format_is_comment(format, i) && width <= DYN_FORMAT_WIDTH) {
        width += format->items[i].gap + dyn_format_width(format, i);
        i++;
    }
    *out_end = i;
    return width;
}

/* Breaks the first block of a line that is too long. True when there was one. */
static bool break_long_line(struct dyn_format *format, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        if (dyn_format_is(format, i, '{') && is_seen(format, i) &&
            dyn_format_is_matched(format, i) && !format->items[i].is_multi_line &&
            format->tokens.items[i].match != i + 1 &&
            dyn_format_kind(format, i) != DYN_TOKEN_DEEP) {
            break_block(format, i, true);
            return true;
        }
    }
    return false;
}

void dyn_format_find_breaks(struct dyn_format *format, struct dynr_arena *arena)
{
    find_written_breaks(format);
    /* What each token is in; indentation does not matter yet. */
    struct walk walk = new_walk(format, arena);
    for (size_t i = 0; i < format->n_items; i++) {
        drop_unmatched(format, &walk, i);
        step(format, &walk, i, 0);
    }
    dyn_format_find_gaps(format);
    uint32_t *sums = dyn_alloc_array(arena, format->n_items + 1, sizeof *sums);
    for (size_t i = 0; i < format->n_items; i++) {
        sums[i] = (i > 0 ? sums[i - 1] : 0) + format->items[i].breaks;
    }
    mark_multi_line(format, sums);
    walk.n = 0;
    for (size_t i = 0; i < format->n_items; i++) {
        drop_unmatched(format, &walk, i);
        /* A block without an end is as long as what follows it. */
        bool in_multi_line = walk.n == 0 ||
                             format->items[walk.stack[walk.n - 1].index].is_multi_line ||
                             !dyn_format_is_matched(format, walk.stack[walk.n - 1].index);
        if (i > 0 && (in_multi_line && wants_own_line(format, i, false))) {
            at_least_one(&format->items[i]);
        }
        if (i > 0 && ends_line(format, i - 1)) {
            at_least_one(&format->items[i]);
        } else if (i > 0 && dyn_format_is(format, i, '{') && is_seen(format, i) &&
                   ends_header(dyn_format_kind(format, i - 1)) &&
                   dyn_format_kind(format, i) != DYN_TOKEN_DEEP) {
            format->items[i].breaks = 0;
        }
        if (format->items[i].is_multi_line) {
            break_block(format, i, false);
        }
        step(format, &walk, i, 0);
    }
}

/* ---- indentation ---- */

static uint16_t indent_of(const struct dyn_format *format, const struct walk *walk, size_t index)
{
    bool is_start =
        format->items[index].is_member || dyn_format_is_comment(format, index) || index == 0;
    if (closes_top(format, walk, index)) {
        return walk->stack[walk->n - 1].indent;
    }
    if (walk->n == 0) {
        return is_start || dyn_format_is(format, index, '}') ? 0 : DYN_FORMAT_INDENT;
    }
    const struct open *open = &walk->stack[walk->n - 1];
    uint16_t inner = (uint16_t)(open->indent + DYN_FORMAT_INDENT);
    bool is_item = !open->is_brace || open->block == DYN_BLOCK_OTHER || index == open->index + 1 ||
                   (open->block == DYN_BLOCK_LIST && dyn_format_is(format, index - 1, ','));
    return is_start || is_item ? inner : (uint16_t)(inner + DYN_FORMAT_INDENT);
}

void dyn_format_find_indents(struct dyn_format *format, struct dynr_arena *arena)
{
    struct walk walk = new_walk(format, arena);
    uint16_t line = 0;
    uint16_t member = 0;
    for (size_t i = 0; i < format->n_items; i++) {
        drop_unmatched(format, &walk, i);
        struct dyn_format_item *item = &format->items[i];
        if (item->breaks > 0 || i == 0) {
            size_t end;
            line = indent_of(format, &walk, i);
            /* A `{` belongs to the member, not to the last line of its header. */
            bool is_continued = !item->is_member && !closes_top(format, &walk, i) && walk.n > 0 &&
                                walk.stack[walk.n - 1].is_brace &&
                                line > walk.stack[walk.n - 1].indent + DYN_FORMAT_INDENT;
            if (!is_continued && !(walk.n == 0 && line > 0)) {
                member = line;
            }
            item->indent = line;
            while (measure(format, i, line, &end) > DYN_FORMAT_WIDTH &&
                   break_long_line(format, i, end)) {
                continue;
            }
        }
        step(format, &walk, i, dyn_format_is(format, i, '{') ? member : line);
    }
}
