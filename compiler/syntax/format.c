/* SPDX-License-Identifier: Apache-2.0 */
/* The formatter: spaces between tokens, and the output. */
#include "syntax/format.h"

#include "base/memory.h"
#include "base/utf8.h"
#include "syntax/parser.h"

size_t dyn_format_width(const struct dyn_format *format, size_t index)
{
    struct dynr_str text = dyn_token_text(&format->tokens, index);
    size_t width = 0;
    size_t i = 0;
    while (i < text.len) {
        uint32_t code_point = 0;
        if ((unsigned char)text.ptr[i] < 0x80) {
            width++;
            i++;
            continue;
        }
        size_t step = dynr_utf8_decode(text, i, &code_point);
        width += step == 0 ? 1 : dynr_utf8_width(code_point);
        i += step == 0 ? 1 : step;
    }
    return width;
}

/* ---- spaces ---- */

static bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (unsigned char)c >= 0x80;
}

/* Whether two tokens would become another one if nothing stood between them. */
static bool would_merge(const struct dyn_format *format, size_t index)
{
    const char *text = format->tokens.text.ptr;
    char last = text[format->tokens.items[index - 1].end - 1];
    char first = text[format->tokens.items[index].start];
    if (is_word_byte(last) && is_word_byte(first)) {
        return true;
    }
    switch (first) {
    case '.':
        return last == '.' || (last >= '0' && last <= '9');
    case '=':
        return last == '=' || last == '!' || last == '<' || last == '>';
    case '>':
        return last == '-';
    default:
        return last == '.' && first >= '0' && first <= '9';
    }
}

static bool is_sign(const struct dyn_format *format, size_t index)
{
    return dyn_format_kind(format, index) == DYN_TOKEN_MINUS &&
           (index == 0 || dyn_token_wants_operand(dyn_format_kind(format, index - 1)));
}

/* A name, type or index that an opening bracket belongs to. */
static bool takes_bracket(enum dyn_token_kind kind)
{
    return kind == DYN_TOKEN_IDENT || kind == DYN_TOKEN_RBRACKET || kind == DYN_TOKEN_RANGLE ||
           kind == DYN_TOKEN_QUESTION;
}

static bool is_tight(const struct dyn_format *format, size_t index)
{
    enum dyn_token_kind before = dyn_format_kind(format, index - 1);
    enum dyn_token_kind kind = dyn_format_kind(format, index);
    switch ((int)kind) {
    case DYN_TOKEN_COMMA:
    case DYN_TOKEN_ARG_COMMA:
    case DYN_TOKEN_SEPARATOR:
    case DYN_TOKEN_COLON:
    case DYN_TOKEN_RPAREN:
    case DYN_TOKEN_ARGS_END:
    case DYN_TOKEN_RBRACKET:
    case DYN_TOKEN_QUESTION:
    case DYN_TOKEN_DOTDOT:
    case DYN_TOKEN_LANGLE:
    case DYN_TOKEN_RANGLE:
        return true;
    case DYN_TOKEN_LPAREN:
        if (takes_bracket(before)) {
            return true;
        }
        break;
    case DYN_TOKEN_LBRACKET:
        if (takes_bracket(before) || before == DYN_TOKEN_RPAREN) {
            return true;
        }
        break;
    case DYN_TOKEN_DOT:
        if (!dyn_token_wants_operand(before) && before != DYN_TOKEN_LBRACE) {
            return true;
        }
        break;
    default:
        break;
    }
    switch ((int)before) {
    case DYN_TOKEN_LPAREN:
    case DYN_TOKEN_LBRACKET:
    case DYN_TOKEN_LANGLE:
    case DYN_TOKEN_AT:
    case DYN_TOKEN_DOT:
    case DYN_TOKEN_DOTDOT:
        return true;
    default:
        return is_sign(format, index - 1);
    }
}

static bool is_left_alone(const struct dyn_format *format, size_t index)
{
    return (format->tokens.items[index].flags & DYN_TOKEN_UNSEEN) != 0 ||
           dyn_format_kind(format, index) == DYN_TOKEN_DEEP;
}

static uint8_t find_gap(const struct dyn_format *format, size_t index)
{
    bool touches = format->tokens.items[index - 1].end == format->tokens.items[index].start;
    if (dyn_format_is_comment(format, index)) {
        return 2;
    }
    if (is_left_alone(format, index) || is_left_alone(format, index - 1)) {
        return touches ? 0 : 1;
    }
    if (dyn_format_is(format, index - 1, '{') && dyn_format_is(format, index, '}')) {
        return 0;
    }
    if (is_tight(format, index)) {
        return !touches && would_merge(format, index) ? 1 : 0;
    }
    enum dyn_token_kind before = dyn_format_kind(format, index - 1);
    bool after_comma =
        before == DYN_TOKEN_COMMA || before == DYN_TOKEN_ARG_COMMA || before == DYN_TOKEN_SEPARATOR;
    bool is_apart =
        format->items[index].is_member && !after_comma && !dyn_format_is(format, index - 1, '{');
    return is_apart ? 2 : 1;
}

void dyn_format_find_gaps(struct dyn_format *format)
{
    for (size_t i = 1; i < format->n_items; i++) {
        format->items[i].gap = find_gap(format, i);
    }
}

/* ---- output ---- */

static void append_spaces(struct dynr_buf *out, size_t count)
{
    static const char spaces[] = "                                ";
    while (count > 0) {
        size_t step = count < sizeof spaces - 1 ? count : sizeof spaces - 1;
        dynr_buf_append(out, spaces, step);
        count -= step;
    }
}

static void print(const struct dyn_format *format, struct dynr_buf *out)
{
    for (size_t i = 0; i < format->n_items; i++) {
        const struct dyn_format_item *item = &format->items[i];
        if (item->breaks > 0 || i == 0) {
            for (unsigned k = 0; k < item->breaks && i > 0; k++) {
                dynr_buf_append_char(out, '\n');
            }
            append_spaces(out, item->indent);
        } else {
            append_spaces(out, (size_t)item->gap + item->pad);
        }
        dynr_buf_append_str(out, dyn_token_text(&format->tokens, i));
    }
    if (format->n_items > 0) {
        dynr_buf_append_char(out, '\n');
    }
}

void dyn_format(struct dynr_arena *arena, struct dynr_str text, struct dynr_buf *out)
{
    struct dyn_format format = {.n_items = 0};
    dyn_tokenise(&format.tokens, arena, text, 0, NULL);
    if (format.tokens.is_refused) {
        dynr_buf_append_str(out, text);
        return;
    }
    format.n_items = format.tokens.n_items - 1;
    format.items = dyn_alloc_array(arena, format.tokens.n_items, sizeof *format.items);
    if (text.len >= 3 && memcmp(text.ptr, "\xEF\xBB\xBF", 3) == 0) {
        dynr_buf_append(out, text.ptr, 3);
    }
    dyn_format_find_breaks(&format, arena);
    dyn_format_find_indents(&format, arena);
    dyn_format_align(&format, arena);
    print(&format, out);
}
