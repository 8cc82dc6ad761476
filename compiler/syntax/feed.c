/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Feeds the re-tagged tokens to the parser: leaves out what it must not see, adds what is missing and was reported, and
 * hands over as one token what is skipped as a whole. While the parser recovers from an error, that is every bracketed
 * group, so that recovery never stops inside one.
 */
#include "base/memory.h"
#include "syntax/build.h"

struct dyn_span dyn_span_of_rule(bool has_parts, const struct dyn_span *first,
                                 const struct dyn_span *last, const struct dyn_span *before)
{
    struct dyn_span span = *first;
    if (has_parts) {
        /* Parts that derive nothing stand at the end of what is before them; those in front do not widen the span. */
        span.end = last->end > first->end ? last->end : first->end;
    } else {
        span = *before;
        span.start = span.end;
    }
    return span;
}

static enum dyn_token_kind give_synthetic(struct dyn_parse *parse, struct dyn_span *location,
                                          enum dyn_token_kind kind)
{
    parse->last_end = parse->current_end;
    location->start = location->end = parse->current_end;
    location->source = parse->tokens.source;
    parse->current = parse->next;
    parse->is_synthetic = true;
    return kind;
}

/* Collects the lines directly above the next token. */
static void see_doc(struct dyn_parse *parse, size_t index)
{
    const struct dyn_tokens *tokens = &parse->tokens;
    const struct dyn_token *token = &tokens->items[index];
    if ((token->flags & DYN_TOKEN_FIRST_ON_LINE) == 0 || token->kind != DYN_TOKEN_DOC) {
        parse->doc_end = 0;
        return;
    }
    if (parse->doc_end != index || index == 0) {
        parse->doc_first = (uint32_t)index;
    }
    size_t n_newlines = 0;
    size_t end = index + 1 < tokens->n_items ? tokens->items[index + 1].start : tokens->text.len;
    for (size_t i = token->end; i < end && n_newlines < 2; i++) {
        n_newlines += tokens->text.ptr[i] == '\n';
    }
    parse->doc_end = n_newlines == 1 ? (uint32_t)index + 1 : 0;
}

static void keep_doc(struct dyn_parse *parse, size_t index)
{
    if (parse->doc_end == index && index > 0) {
        parse->docs = dyn_grow(parse->arena, parse->docs, parse->n_docs, &parse->cap_docs,
                               sizeof *parse->docs);
        parse->docs[parse->n_docs++] = (struct dyn_doc){.start = parse->tokens.items[index].start,
                                                        .first = parse->doc_first,
                                                        .end = parse->doc_end};
    }
    parse->doc_end = 0;
}

struct dynr_str dyn_parse_doc(const struct dyn_parse *parse, uint32_t start)
{
    size_t low = 0;
    size_t high = parse->n_docs;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (parse->docs[middle].start < start) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == parse->n_docs || parse->docs[low].start != start) {
        return dynr_str_make("", 0);
    }
    size_t size = 0;
    for (uint32_t i = parse->docs[low].first; i < parse->docs[low].end; i++) {
        size += parse->tokens.items[i].end - parse->tokens.items[i].start;
    }
    char *text = dyn_alloc(parse->arena, size + 1);
    size_t len = 0;
    for (uint32_t i = parse->docs[low].first; i < parse->docs[low].end; i++) {
        struct dynr_str line = dyn_token_text(&parse->tokens, i);
        size_t skipped = line.len > 3 && line.ptr[3] == ' ' ? 4 : 3;
        if (i > parse->docs[low].first) {
            text[len++] = '\n';
        }
        memcpy(text + len, line.ptr + skipped, line.len - skipped);
        len += line.len - skipped;
    }
    return dynr_str_make(text, len);
}

/* Whether the group that the token opens is handed over as one token. */
static bool is_skipped(const struct dyn_parse *parse, const struct dyn_token *token)
{
    if (token->kind == DYN_TOKEN_BLOCK || token->kind == DYN_TOKEN_DEEP) {
        return true;
    }
    bool opens = token->kind == DYN_TOKEN_LPAREN || token->kind == DYN_TOKEN_LBRACKET ||
                 (token->kind == DYN_TOKEN_LBRACE && (token->flags & DYN_TOKEN_BODY) == 0);
    return parse->recovering && opens;
}

enum dyn_token_kind dyn_parse_next(struct dyn_parse *parse, struct dyn_span *location)
{
    const struct dyn_tokens *tokens = &parse->tokens;
    size_t last = tokens->n_items - 1;
    while (parse->next < last && (tokens->items[parse->next].flags & DYN_TOKEN_UNSEEN) != 0) {
        see_doc(parse, parse->next);
        parse->next++;
    }
    const struct dyn_token *token = &tokens->items[parse->next];
    if ((token->flags & DYN_TOKEN_AFTER_ARGS) != 0 && !parse->gave_args_end) {
        parse->gave_args_end = true;
        return give_synthetic(parse, location, DYN_TOKEN_ARGS_END);
    }
    if ((token->flags & DYN_TOKEN_AFTER_NO_BODY) != 0 && !parse->gave_no_body) {
        parse->gave_no_body = true;
        return give_synthetic(parse, location, DYN_TOKEN_NO_BODY);
    }
    if (parse->n_given_braces < token->missing_braces) {
        parse->n_given_braces++;
        return give_synthetic(parse, location, DYN_TOKEN_RBRACE);
    }
    keep_doc(parse, parse->next);
    parse->gave_args_end = false;
    parse->gave_no_body = false;
    parse->n_given_braces = 0;
    parse->is_synthetic = false;
    parse->current = parse->next;
    parse->last_end = parse->current_end;
    parse->current_end = token->end;
    *location = dyn_token_span(tokens, parse->current);
    if (parse->next < last) {
        parse->next++;
    }
    if (is_skipped(parse, token)) {
        bool is_open = (token->flags & DYN_TOKEN_UNMATCHED) != 0;
        parse->next = token->match;
        if (!is_open) {
            location->end = parse->current_end = tokens->items[token->match].end;
            parse->next = token->match < last ? token->match + 1 : last;
        }
        /* STRAY stands for "no token of the grammar". */
        return token->kind == DYN_TOKEN_BLOCK || token->kind == DYN_TOKEN_DEEP
                   ? (enum dyn_token_kind)token->kind
                   : DYN_TOKEN_STRAY;
    }
    return (enum dyn_token_kind)token->kind;
}
