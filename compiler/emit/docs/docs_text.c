/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Markdown (CommonMark with GitHub's tables). Invariant: text of a schema reaches the page through md_prose or md_code
 * alone, and neither lets it form anything but words and code: no HTML, link, heading, list, cell or entity.
 */
#include "emit/docs/docs.h"

void md_put(struct docs *d, const char *text)
{
    dyn_out_str(&d->out, dynr_str_from_c(text));
}

void md_number(struct docs *d, uint64_t number)
{
    dyn_out_printf(&d->out, "%llu", (unsigned long long)number);
}

static void put_char(struct docs *d, char c)
{
    dyn_out_text(&d->out, &c, 1);
}

/*
 * Bytes at `text` that would show a reader something else than what is there: controls, DEL, C1 controls, and Unicode's
 * marks and overrides of direction. 0: an ordinary character.
 */
static size_t hidden_length(struct dynr_str text)
{
    const unsigned char *p = (const unsigned char *)text.ptr;
    if (p[0] < 0x20 || p[0] == 0x7F) {
        return 1;
    }
    if (text.len >= 2 && p[0] == 0xC2 && p[1] < 0xA0) {
        return 2;
    }
    if (text.len < 3 || p[0] != 0xE2) {
        return 0;
    }
    bool mark = p[1] == 0x80 && (p[2] == 0x8E || p[2] == 0x8F || (p[2] >= 0xA8 && p[2] <= 0xAE));
    bool isolate = p[1] == 0x81 && p[2] >= 0xA6 && p[2] <= 0xA9;
    return mark || isolate ? 3 : 0;
}

/* ---- code -------------------------------------------------------------------------------------------------- */

static size_t longest_run(struct dynr_str text, char c)
{
    size_t longest = 0;
    size_t run = 0;
    for (size_t i = 0; i < text.len; i++) {
        run = text.ptr[i] == c ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

void md_code(struct docs *d, struct dynr_str text)
{
    if (text.len == 0) {
        return;
    }
    size_t n_ticks = longest_run(text, '`') + 1;
    bool needs_space = text.ptr[0] == '`' || text.ptr[text.len - 1] == '`';
    for (size_t i = 0; i < n_ticks; i++) {
        put_char(d, '`');
    }
    md_put(d, needs_space ? " " : "");
    size_t start = 0;
    for (size_t i = 0; i < text.len; i++) {
        bool is_bar = text.ptr[i] == '|' && d->in_row;
        size_t hidden = hidden_length(dynr_str_make(text.ptr + i, text.len - i));
        if (hidden == 0 && !is_bar) {
            continue;
        }
        dyn_out_text(&d->out, text.ptr + start, i - start);
        put_char(d, is_bar ? '\\' : ' ');
        i += hidden > 0 ? hidden - 1 : 0;
        start = is_bar ? i : i + 1;
    }
    dyn_out_text(&d->out, text.ptr + start, text.len - start);
    md_put(d, needs_space ? " " : "");
    for (size_t i = 0; i < n_ticks; i++) {
        put_char(d, '`');
    }
}

void md_code_name(struct docs *d, const struct dyn_name *name)
{
    md_code(d, name->text);
}

/* Writes what was collected and frees it. */
static void code_of_buffer(struct docs *d, struct dynr_buf *text)
{
    if (!dynr_buf_ok(text)) {
        dyn_out_bad_text(&d->out, "code", dynr_str_from_c("memory is exhausted"));
    }
    md_code(d, dynr_buf_str(text));
    dynr_buf_cleanup(text);
}

void md_code_key(struct docs *d, const struct dyn_key_template *key)
{
    struct dynr_buf text;
    dynr_buf_init(&text, NULL, 0);
    dyn_key_template_write(key, &text);
    code_of_buffer(d, &text);
}

void md_code_key_example(struct docs *d, const struct dyn_key_template *key)
{
    struct dynr_buf text;
    dynr_buf_init(&text, NULL, 0);
    dyn_key_template_example(key, &text);
    code_of_buffer(d, &text);
}

void md_code_type(struct docs *d, const struct dyn_type *type)
{
    struct dynr_buf text;
    dynr_buf_init(&text, NULL, 0);
    dyn_type_write(type, &text);
    code_of_buffer(d, &text);
}

void md_code_expr(struct docs *d, const struct dyn_expr *expr)
{
    struct dynr_buf text;
    dynr_buf_init(&text, NULL, 0);
    dyn_expr_write(expr, &text);
    code_of_buffer(d, &text);
}

/* ---- prose ------------------------------------------------------------------------------------------------- */

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c & 0x80) != 0;
}

static size_t count_ticks(struct dynr_str text, size_t at)
{
    size_t end = at;
    while (end < text.len && text.ptr[end] == '`') {
        end++;
    }
    return end - at;
}

/*
 * The text between the one backtick at `at` and the next one of its line; empty where there is none. Runs of several
 * are no code here.
 */
static struct dynr_str code_at(struct dynr_str text, size_t at)
{
    struct dynr_str none = {"", 0};
    if (count_ticks(text, at) != 1 || (at > 0 && text.ptr[at - 1] == '`')) {
        return none;
    }
    size_t end = at + 1;
    while (end < text.len && text.ptr[end] != '\n' && count_ticks(text, end) != 1) {
        end += text.ptr[end] == '`' ? count_ticks(text, end) : 1;
    }
    bool closes = end < text.len && text.ptr[end] == '`';
    return closes ? dynr_str_make(text.ptr + at + 1, end - at - 1) : none;
}

static bool must_escape(struct dynr_str text, size_t at)
{
    char c = text.ptr[at];
    if (c == '_') {
        return at == 0 || at + 1 == text.len || !is_word(text.ptr[at - 1]) ||
               !is_word(text.ptr[at + 1]);
    }
    return strchr("\\`*[]<>|~&$", c) != NULL;
}

/* What would start a list, a heading or a rule at the beginning of a line. */
static bool starts_block(char first)
{
    return strchr("#+-=", first) != NULL;
}

/* The `.` or `)` behind the digits at the beginning of a line, which would start a numbered list; else `at`. */
static size_t list_mark(struct dynr_str text, size_t at)
{
    size_t end = at;
    while (end < text.len && text.ptr[end] >= '0' && text.ptr[end] <= '9') {
        end++;
    }
    return end > at && end < text.len && (text.ptr[end] == '.' || text.ptr[end] == ')') ? end : at;
}

/* A line break: as it is, or a space in a row. Blank lines and leading spaces are dropped but for one blank line. */
static size_t write_break(struct docs *d, struct dynr_str text, size_t at)
{
    size_t n_feeds = 0;
    while (at < text.len && (text.ptr[at] == '\n' || text.ptr[at] == ' ' || text.ptr[at] == '\t' ||
                             text.ptr[at] == '\r')) {
        n_feeds += text.ptr[at] == '\n';
        at++;
    }
    if (at < text.len) {
        md_put(d, d->in_row ? " " : n_feeds > 1 ? "\n\n" : "\n");
    }
    return at;
}

static struct dynr_str trim(struct dynr_str text)
{
    while (text.len > 0 && strchr(" \t\r\n", text.ptr[0]) != NULL) {
        text = dynr_str_make(text.ptr + 1, text.len - 1);
    }
    while (text.len > 0 && strchr(" \t\r\n", text.ptr[text.len - 1]) != NULL) {
        text.len--;
    }
    return text;
}

/* Spaces before a line break are dropped, because two of them are a hard break. */
static bool is_before_break(struct dynr_str text, size_t at)
{
    while (at < text.len && (text.ptr[at] == ' ' || text.ptr[at] == '\t' || text.ptr[at] == '\r')) {
        at++;
    }
    return at < text.len && text.ptr[at] == '\n';
}

void md_prose(struct docs *d, struct dynr_str text)
{
    text = trim(text);
    bool at_line_start = true;
    size_t escaped_mark = SIZE_MAX;
    for (size_t i = 0; i < text.len;) {
        struct dynr_str code = text.ptr[i] == '`' ? code_at(text, i) : dynr_str_make("", 0);
        size_t hidden = hidden_length(dynr_str_make(text.ptr + i, text.len - i));
        if (is_before_break(text, i)) {
            i = write_break(d, text, i);
            at_line_start = true;
            continue;
        }
        if (at_line_start && !d->in_row && list_mark(text, i) != i) {
            escaped_mark = list_mark(text, i);
        }
        if (code.len > 0) {
            md_code(d, code);
            i += code.len + 2;
        } else if (hidden > 0) {
            put_char(d, ' ');
            i += hidden;
        } else {
            bool escape = must_escape(text, i) || i == escaped_mark ||
                          (at_line_start && !d->in_row && starts_block(text.ptr[i]));
            md_put(d, escape ? "\\" : "");
            put_char(d, text.ptr[i]);
            i++;
        }
        at_line_start = false;
    }
}

void md_paragraph(struct docs *d, struct dynr_str text)
{
    if (trim(text).len > 0) {
        dyn_out_blank(&d->out);
        md_prose(d, text);
        md_put(d, "\n");
    }
}

/* ---- structure --------------------------------------------------------------------------------------------- */

void md_cell(struct docs *d)
{
    md_put(d, d->in_row ? " | " : "| ");
    d->in_row = true;
}

void md_row_end(struct docs *d)
{
    md_put(d, " |\n");
    d->in_row = false;
}

void md_heading(struct docs *d, unsigned level, struct dynr_str code)
{
    dyn_out_blank(&d->out);
    for (unsigned i = 0; i < level; i++) {
        put_char(d, '#');
    }
    put_char(d, ' ');
    md_code(d, code);
    md_put(d, "\n\n");
}
