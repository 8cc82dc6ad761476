/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text that emitters write. Invariants: indentation is applied only at the start of a non-empty line, so no
 * output has trailing spaces from it; text from a schema reaches the output only through a filter or
 * dyn_out_comment, and neither can let it end the string or comment in which it stands.
 */
#include "emit/out.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/pages.h"
#include "base/plain_format.h"

#define INDENT_WIDTH 4
/* Bytes of a line that is formatted without printf. */
#define PLAIN_LINE ((size_t)512)

/* --- sections --- */

static void set_fault(struct dyn_out *out, const char *format, ...) DYNR_PRINTF(2, 3);

static void set_fault(struct dyn_out *out, const char *format, ...)
{
    if (!out->failed || out->fault[0] == '\0') {
        va_list arguments;
        va_start(arguments, format);
        if (vsnprintf(out->fault, sizeof(out->fault), format, arguments) < 0) {
            out->fault[0] = '\0';
        }
        va_end(arguments);
    }
    out->failed = true;
}

void dyn_out_init(struct dyn_out *out, const char *const *names, size_t n_names)
{
    static const char *const nameless[] = {""};
    if (n_names == 0) {
        names = nameless;
        n_names = 1;
    }
    memset(out, 0, sizeof(*out));
    if (n_names > DYN_OUT_SECTION_MAX) {
        set_fault(out, "more than %d sections", DYN_OUT_SECTION_MAX);
        n_names = DYN_OUT_SECTION_MAX;
    }
    for (size_t i = 0; i < n_names; i++) {
        out->sections[i].name = names[i];
        dynr_buf_init(&out->sections[i].text, dyn_page_allocator(), DYN_OUT_SECTION_LIMIT);
    }
    out->n_sections = n_names;
}

void dyn_out_cleanup(struct dyn_out *out)
{
    for (size_t i = 0; i < out->n_sections; i++) {
        dyn_pieces_cleanup(&out->sections[i].before);
        dynr_buf_cleanup(&out->sections[i].text);
    }
    memset(out, 0, sizeof(*out));
}

void dyn_out_section(struct dyn_out *out, const char *name)
{
    for (size_t i = 0; i < out->n_sections; i++) {
        if (strcmp(out->sections[i].name, name) == 0) {
            out->current = i;
            return;
        }
    }
    set_fault(out, "no section `%s`", name);
}

static struct dyn_out_section *current_section(struct dyn_out *out)
{
    return &out->sections[out->current];
}

void dyn_out_indent(struct dyn_out *out)
{
    current_section(out)->level++;
}

void dyn_out_outdent(struct dyn_out *out)
{
    struct dyn_out_section *section = current_section(out);
    if (section->level == 0) {
        set_fault(out, "outdent below zero in section `%s`", section->name);
        return;
    }
    section->level--;
}

/* --- text --- */

/*
 * Where a full block may end: before the line that is being written, and before the two characters by which dyn_out_blank knows an
 * empty line. 0: nowhere.
 */
static size_t block_end(const struct dynr_buf *text)
{
    size_t end = text->len < 2 ? 0 : text->len - 2;
    while (end > 0 && text->ptr[end - 1] != '\n') {
        end--;
    }
    return end;
}

/* Sets a full block aside; what must stay under the pen goes to the start of the next. */
static void begin_block(struct dyn_out_section *section)
{
    struct dynr_buf *text = &section->text;
    size_t end = block_end(text);
    if (end == 0) {
        return;
    }
    struct dynr_buf next;
    dynr_buf_init(&next, text->allocator, text->limit - end);
    if (dynr_buf_reserve(&next, DYN_OUT_BLOCK) == NULL) {
        text->failed = true;
        return;
    }
    dynr_buf_append(&next, text->ptr + end, text->len - end);
    text->len = end;
    if (next.failed || !dyn_pieces_add(&section->before, text)) {
        dynr_buf_cleanup(&next);
        text->failed = true;
        return;
    }
    *text = next;
}

/* Room for `extra` bytes behind the text, or NULL. */
static char *reserve(struct dyn_out_section *section, size_t extra)
{
    struct dynr_buf *text = &section->text;
    if (extra > text->cap - text->len && text->len >= DYN_OUT_BLOCK / 2 && !text->failed) {
        begin_block(section);
    }
    return dynr_buf_reserve(text, extra);
}

/* Bytes into the section: the one place that all text goes through. */
static inline void append(struct dyn_out_section *section, const char *bytes, size_t len)
{
    struct dynr_buf *text = &section->text;
    bool fits = len <= text->cap - text->len && !text->failed;
    if (len > 0 && (fits || reserve(section, len) != NULL)) {
        memcpy(text->ptr + text->len, bytes, len);
        text->len += len;
    }
}

static bool is_at_line_start(const struct dyn_out_section *section)
{
    const struct dynr_buf *text = &section->text;
    return text->len == 0 || text->ptr[text->len - 1] == '\n';
}

/* Where the line that is being written starts. */
static size_t line_start(const struct dyn_out_section *section)
{
    size_t at = section->text.len;
    while (at > 0 && section->text.ptr[at - 1] != '\n') {
        at--;
    }
    return at;
}

static void begin_line_if_needed(struct dyn_out_section *section)
{
    static const char spaces[] = "                                ";
    if (!is_at_line_start(section)) {
        return;
    }
    for (size_t left = section->level * INDENT_WIDTH; left > 0;) {
        size_t n = left < sizeof spaces - 1 ? left : sizeof spaces - 1;
        append(section, spaces, n);
        left -= n;
    }
}

static void end_line(struct dyn_out_section *section)
{
    append(section, "\n", 1);
}

void dyn_out_text(struct dyn_out *out, const char *bytes, size_t len)
{
    struct dyn_out_section *section = current_section(out);
    if (section->level == 0) {
        append(section, bytes, len);
        return;
    }
    const char *end = bytes + len;
    while (len > 0 && bytes < end) {
        const char *feed = memchr(bytes, '\n', (size_t)(end - bytes));
        const char *line_end = feed == NULL ? end : feed;
        if (line_end > bytes) {
            begin_line_if_needed(section);
            append(section, bytes, (size_t)(line_end - bytes));
        }
        if (feed == NULL) {
            return;
        }
        end_line(section);
        bytes = feed + 1;
    }
}

void dyn_out_str(struct dyn_out *out, struct dynr_str text)
{
    dyn_out_text(out, text.ptr, text.len);
}

/* What does not fit a small buffer, or has directives that plain formats lack. */
static void print_long(struct dyn_out *out, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int needed = vsnprintf(NULL, 0, format, again);
    va_end(again);
    struct dynr_buf large;
    dynr_buf_init(&large, NULL, 0);
    char *text = needed < 0 ? NULL : dynr_buf_reserve(&large, (size_t)needed + 1);
    if (text == NULL || vsnprintf(text, (size_t)needed + 1, format, arguments) != needed) {
        set_fault(out, needed < 0 ? "a format could not be printed" : "memory is exhausted");
    } else {
        dyn_out_text(out, text, (size_t)needed);
    }
    dynr_buf_cleanup(&large);
}

/* Most lines are literal text with names in it: they are formatted where they shall stand. */
static bool print_in_place(struct dyn_out_section *section, const char *format, va_list arguments)
{
    if (section->level > 0) {
        return false;
    }
    char *room = reserve(section, PLAIN_LINE);
    size_t len =
        room == NULL ? DYNR_NOT_PLAIN : dynr_plain_format(room, PLAIN_LINE, format, arguments);
    if (len > PLAIN_LINE) {
        return false;
    }
    section->text.len += len;
    return true;
}

static void out_vprintf(struct dyn_out *out, const char *format, va_list arguments)
{
    char small[PLAIN_LINE];
    va_list again;
    va_copy(again, arguments);
    bool done = print_in_place(current_section(out), format, again);
    va_end(again);
    if (done) {
        return;
    }
    va_copy(again, arguments);
    size_t len = dynr_plain_format(small, sizeof small, format, again);
    va_end(again);
    if (len <= sizeof small) {
        dyn_out_text(out, small, len);
    } else {
        print_long(out, format, arguments);
    }
}

void dyn_out_printf(struct dyn_out *out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    out_vprintf(out, format, arguments);
    va_end(arguments);
}

void dyn_out_line(struct dyn_out *out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    out_vprintf(out, format, arguments);
    va_end(arguments);
    end_line(current_section(out));
}

void dyn_out_blank(struct dyn_out *out)
{
    struct dyn_out_section *section = current_section(out);
    const char *text = section->text.ptr;
    size_t len = section->text.len;
    if (len == 0 || section->text.failed || (len >= 2 && memcmp(text + len - 2, "\n\n", 2) == 0)) {
        return;
    }
    if (text[len - 1] != '\n') {
        end_line(section);
    }
    end_line(section);
}

/* --- comments --- */

/*
 * Length of the Unicode control at `text` that changes the direction of what follows it (U+202A to U+202E, U+2066
 * to U+2069), or 0. Such text shows a reader something else than the compiler reads, and gcc warns about it.
 */
static size_t direction_control(struct dynr_str text)
{
    const unsigned char *p = (const unsigned char *)text.ptr;
    if (text.len < 3 || p[0] != 0xE2) {
        return 0;
    }
    bool embedding = p[1] == 0x80 && p[2] >= 0xAA && p[2] <= 0xAE;
    bool isolate = p[1] == 0x81 && p[2] >= 0xA6 && p[2] <= 0xA9;
    return embedding || isolate ? 3 : 0;
}

/* Bytes at the start that prose may hold as they are. */
static size_t prose_plain_length(struct dynr_str text)
{
    size_t len = 0;
    while (len < text.len) {
        unsigned char c = (unsigned char)text.ptr[len];
        if (c < 0x20 || c >= 0x7F || c == '/' || c == '*') {
            break;
        }
        len++;
    }
    return len;
}

/*
 * Prose with everything broken that could end the comment or hide in it. Tabs become one space. `before` is the
 * character that stands in front of it in the output.
 */
static void append_safe_prose(struct dynr_buf *safe, struct dynr_str text, char before)
{
    for (size_t i = 0; i < text.len; i++) {
        size_t plain = prose_plain_length(dynr_str_make(text.ptr + i, text.len - i));
        if (plain > 0) {
            dynr_buf_append(safe, text.ptr + i, plain);
            i += plain - 1;
            before = text.ptr[i];
            continue;
        }
        unsigned char c = (unsigned char)text.ptr[i];
        bool mark = (before == '*' && c == '/') || (before == '/' && c == '*');
        size_t control = direction_control(dynr_str_make(text.ptr + i, text.len - i));
        if (control > 0) {
            const unsigned char *p = (const unsigned char *)text.ptr + i;
            dynr_buf_printf(safe, "<U+%04X>", 0x2000U | ((p[1] & 0x3FU) << 6) | (p[2] & 0x3FU));
            i += control - 1;
            before = '>';
            continue;
        }
        if (mark) {
            dynr_buf_append_char(safe, ' ');
        }
        if (c == '\t') {
            c = ' ';
        }
        if ((c < 0x20 && c != '\n') || c == 0x7F) {
            dynr_buf_printf(safe, "<U+%04X>", (unsigned)c);
        } else {
            dynr_buf_append_char(safe, (char)c);
        }
        before = (char)c;
    }
}

static size_t count_columns(const char *text, size_t len)
{
    size_t columns = 0;
    for (size_t i = 0; i < len; i++) {
        columns += ((unsigned char)text[i] & 0xC0U) != 0x80U;
    }
    return columns;
}

static size_t trim_end(const char *text, size_t len)
{
    while (len > 0 && text[len - 1] == ' ') {
        len--;
    }
    return len;
}

/* How many bytes of `line` fit into `width` columns, broken at a space; a longer word stays whole. */
static size_t fitting_prefix(struct dynr_str line, size_t width)
{
    size_t columns = 0;
    size_t last_break = 0;
    bool seen_word = false;
    for (size_t i = 0; i < line.len; i++) {
        if (line.ptr[i] == ' ' && seen_word) {
            last_break = i;
        }
        seen_word = seen_word || line.ptr[i] != ' ';
        columns += ((unsigned char)line.ptr[i] & 0xC0U) != 0x80U;
        if (columns > width && last_break > 0) {
            return last_break;
        }
    }
    return columns > width && last_break > 0 ? last_break : line.len;
}

/* Starts a comment line: the prefix, without its trailing space when nothing follows. */
static void begin_comment_line(struct dyn_out *out, struct dynr_str prefix, bool is_blank)
{
    size_t len = is_blank ? trim_end(prefix.ptr, prefix.len) : prefix.len;
    dyn_out_text(out, prefix.ptr, len);
}

/*
 * Writes one line of safe prose, wrapped. `used` columns stand on the line already; continuation lines start with
 * `prefix`, below which the indentation of the section stands.
 */
static void write_wrapped_line(struct dyn_out *out, struct dynr_str line, struct dynr_str prefix,
                               size_t used)
{
    while (line.len > 0) {
        size_t width = used < DYN_OUT_COMMENT_WIDTH ? DYN_OUT_COMMENT_WIDTH - used : 1;
        size_t taken = fitting_prefix(line, width);
        dyn_out_text(out, line.ptr, trim_end(line.ptr, taken));
        while (taken < line.len && line.ptr[taken] == ' ') {
            taken++;
        }
        line = dynr_str_make(line.ptr + taken, line.len - taken);
        if (line.len > 0) {
            dyn_out_text(out, "\n", 1);
            dyn_out_str(out, prefix);
            used =
                current_section(out)->level * INDENT_WIDTH + count_columns(prefix.ptr, prefix.len);
        }
    }
}

/* Writes safe prose of any number of lines. The prefix of the first line stands there already. */
static void write_prose(struct dyn_out *out, struct dynr_str prose, struct dynr_str prefix,
                        size_t used)
{
    const char *next = prose.ptr;
    const char *end = prose.ptr + prose.len;
    for (;;) {
        const char *feed = memchr(next, '\n', (size_t)(end - next));
        const char *line_end = feed == NULL ? end : feed;
        size_t len = trim_end(next, (size_t)(line_end - next));
        write_wrapped_line(out, dynr_str_make(next, len), prefix, used);
        if (feed == NULL) {
            return;
        }
        next = feed + 1;
        const char *following = memchr(next, '\n', (size_t)(end - next));
        size_t following_len = (size_t)((following == NULL ? end : following) - next);
        dyn_out_text(out, "\n", 1);
        begin_comment_line(out, prefix, trim_end(next, following_len) == 0);
        used = current_section(out)->level * INDENT_WIDTH + count_columns(prefix.ptr, prefix.len);
    }
}

/* `text` without blank lines before and after it. */
static struct dynr_str trim_blank_lines(struct dynr_str text)
{
    if (text.len == 0) {
        return dynr_str_make("", 0);
    }
    size_t start = 0;
    for (size_t i = 0; i < text.len && (text.ptr[i] == ' ' || text.ptr[i] == '\n'); i++) {
        if (text.ptr[i] == '\n') {
            start = i + 1;
        }
    }
    size_t end = text.len;
    while (end > start && (text.ptr[end - 1] == ' ' || text.ptr[end - 1] == '\n')) {
        end--;
    }
    return dynr_str_make(text.ptr + start, end - start);
}

void dyn_out_comment(struct dyn_out *out, struct dynr_str text)
{
    struct dynr_buf safe;
    dynr_buf_init(&safe, NULL, DYN_OUT_SECTION_LIMIT);
    append_safe_prose(&safe, text, ' ');
    if (safe.failed) {
        set_fault(out, "a comment is too long");
    } else if (trim_blank_lines(dynr_buf_str(&safe)).len > 0) {
        struct dynr_str prose = trim_blank_lines(dynr_buf_str(&safe));
        size_t indent = current_section(out)->level * INDENT_WIDTH;
        bool one_line = memchr(prose.ptr, '\n', prose.len) == NULL;
        if (one_line && indent + 7 + count_columns(prose.ptr, prose.len) <= DYN_OUT_COMMENT_WIDTH) {
            dyn_out_text(out, "/** ", 4);
            dyn_out_str(out, prose);
            dyn_out_text(out, " */\n", 4);
        } else {
            dyn_out_text(out, "/**\n * ", 7);
            write_prose(out, prose, dynr_str_from_c(" * "), indent + 3);
            dyn_out_text(out, "\n */\n", 5);
        }
    }
    dynr_buf_cleanup(&safe);
}

/*
 * The prefix of a further comment line below the line that is being written, or the empty string when that line is
 * no block comment. The asterisks stand below each other; the section's own indentation is left out.
 */
static struct dynr_str continuation_prefix(const struct dyn_out_section *section, char *out_prefix,
                                           size_t size)
{
    size_t indent = section->level * INDENT_WIDTH;
    size_t start = line_start(section);
    const char *line = section->text.ptr + start;
    size_t len = section->text.len - start;
    size_t spaces = 0;
    while (spaces < len && line[spaces] == ' ') {
        spaces++;
    }
    if (section->text.failed || len == 0 || spaces < indent || spaces + 2 > size + indent) {
        return dynr_str_make("", 0);
    }
    bool opens = len - spaces >= 2 && line[spaces] == '/' && line[spaces + 1] == '*';
    bool goes_on = len > spaces && line[spaces] == '*';
    if (!opens && !goes_on) {
        return dynr_str_make("", 0);
    }
    size_t own = spaces - indent + (opens ? 1 : 0);
    if (own + 2 > size) {
        return dynr_str_make("", 0);
    }
    memset(out_prefix, ' ', own);
    out_prefix[own] = '*';
    out_prefix[own + 1] = ' ';
    return dynr_str_make(out_prefix, own + 2);
}

static char last_character(const struct dyn_out_section *section)
{
    return section->text.len == 0 ? '\n' : section->text.ptr[section->text.len - 1];
}

static void write_comment_filtered(struct dyn_out *out, struct dynr_str value)
{
    struct dyn_out_section *section = current_section(out);
    struct dynr_buf safe;
    dynr_buf_init(&safe, NULL, DYN_OUT_SECTION_LIMIT);
    append_safe_prose(&safe, value, last_character(section));
    struct dynr_str prose = trim_blank_lines(dynr_buf_str(&safe));
    char prefix_text[80];
    struct dynr_str prefix = continuation_prefix(section, prefix_text, sizeof(prefix_text));
    if (safe.failed) {
        set_fault(out, "a comment is too long");
    } else if (prefix.len > 0) {
        size_t start = line_start(section);
        size_t used = count_columns(section->text.ptr + start, section->text.len - start);
        write_prose(out, prose, prefix, used);
    } else {
        /* A line comment: everything stays on its line, and a backslash at the end must not splice the next. */
        for (size_t i = 0; i < prose.len; i++) {
            if (prose.ptr[i] == '\n') {
                safe.ptr[(size_t)(prose.ptr - safe.ptr) + i] = ' ';
            }
        }
        dyn_out_str(out, prose);
        if (prose.len > 0 && prose.ptr[prose.len - 1] == '\\') {
            dyn_out_text(out, ".", 1);
        }
    }
    dynr_buf_cleanup(&safe);
}

/* --- filters --- */

static bool is_letter(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static bool is_plain(struct dynr_str value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if (!is_letter(c) && !is_digit(c) && c != '_' && c != '.') {
            return false;
        }
    }
    return true;
}

static bool is_identifier(struct dynr_str value)
{
    return value.len > 0 && !is_digit((unsigned char)value.ptr[0]) && is_plain(value) &&
           memchr(value.ptr, '.', value.len) == NULL;
}

static bool is_code(struct dynr_str value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        char after = i + 1 < value.len ? value.ptr[i + 1] : '\0';
        bool comment_mark =
            (c == '/' && (after == '/' || after == '*')) || (c == '*' && after == '/');
        /* A slash at an edge could complete a mark with its neighbour in the template. */
        bool slash_at_edge = c == '/' && (i == 0 || i + 1 == value.len);
        bool quotes = c == '"' || c == '\'' || c == '`' || c == '\\' || c == '#';
        if (c < 0x20 || c >= 0x7F || quotes || comment_mark || slash_at_edge) {
            return false;
        }
    }
    return true;
}

static const char *short_escape(unsigned char c)
{
    switch (c) {
    case '\n':
        return "\\n";
    case '\t':
        return "\\t";
    case '\r':
        return "\\r";
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    default:
        return NULL;
    }
}

/* Octal, because it ends after three digits whatever follows; `\?` so that no trigraph can form. */
static void write_cstr(struct dyn_out *out, struct dynr_str value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        const char *escape = c == '?' ? "\\?" : short_escape(c);
        size_t control = direction_control(dynr_str_make(value.ptr + i, value.len - i));
        if (escape != NULL) {
            dyn_out_str(out, dynr_str_from_c(escape));
        } else if (c < 0x20 || c == 0x7F) {
            dyn_out_printf(out, "\\%03o", (unsigned)c);
        } else if (control > 0) {
            const unsigned char *p = (const unsigned char *)value.ptr + i;
            dyn_out_printf(out, "\\%03o\\%03o\\%03o", p[0], p[1], p[2]);
            i += control - 1;
        } else {
            dyn_out_text(out, value.ptr + i, 1);
        }
    }
}

/* U+2028 and U+2029 end a line in older JavaScript; direction controls are escaped as in C. */
static size_t write_js_special(struct dyn_out *out, struct dynr_str rest)
{
    const unsigned char *p = (const unsigned char *)rest.ptr;
    bool separator =
        rest.len >= 3 && p[0] == 0xE2 && p[1] == 0x80 && (p[2] == 0xA8 || p[2] == 0xA9);
    if (!separator && direction_control(rest) == 0) {
        return 0;
    }
    dyn_out_printf(out, "\\u%04x", 0x2000U | ((p[1] & 0x3FU) << 6) | (p[2] & 0x3FU));
    return 3;
}

/* Bytes at the start that no string of JavaScript or JSON escapes: most texts are nothing else. */
static size_t js_plain_length(struct dynr_str text)
{
    size_t len = 0;
    while (len < text.len) {
        unsigned char c = (unsigned char)text.ptr[len];
        if (!is_letter(c) && !is_digit(c) && c != ' ' && c != '_' && c != '.' && c != '-' &&
            c != '#') {
            break;
        }
        len++;
    }
    return len;
}

static void write_js(struct dyn_out *out, struct dynr_str value, bool any_quote)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        size_t plain = js_plain_length(dynr_str_make(value.ptr + i, value.len - i));
        if (plain > 0) {
            dyn_out_text(out, value.ptr + i, plain);
            i += plain - 1;
            continue;
        }
        const char *escape = short_escape(c);
        size_t special = write_js_special(out, dynr_str_make(value.ptr + i, value.len - i));
        if (special > 0) {
            i += special - 1;
        } else if (escape != NULL) {
            dyn_out_str(out, dynr_str_from_c(escape));
        } else if (c < 0x20 || c == 0x7F) {
            dyn_out_printf(out, "\\u%04x", (unsigned)c);
        } else if (any_quote && (c == '\'' || c == '`' || c == '$')) {
            dyn_out_printf(out, "\\%c", c);
        } else {
            dyn_out_text(out, value.ptr + i, 1);
        }
    }
}

void dyn_out_bad_text(struct dyn_out *out, const char *where, struct dynr_str value)
{
    if (value.ptr == NULL) {
        set_fault(out, "%s: the parameter is not set", where);
    } else {
        int shown = value.len > 60 ? 60 : (int)value.len;
        set_fault(out, "%s: text that is not allowed here: `%.*s`", where, shown, value.ptr);
    }
}

void dyn_out_filtered(struct dyn_out *out, enum dyn_out_filter filter, struct dynr_str value,
                      const char *where)
{
    bool allowed = value.ptr != NULL;
    if (allowed) {
        switch (filter) {
        case DYN_OUT_PLAIN:
            allowed = is_plain(value);
            break;
        case DYN_OUT_IDENT:
            allowed = is_identifier(value);
            break;
        case DYN_OUT_CODE:
            allowed = is_code(value);
            break;
        case DYN_OUT_CSTR:
            write_cstr(out, value);
            return;
        case DYN_OUT_JSON:
            write_js(out, value, false);
            return;
        case DYN_OUT_TS:
            write_js(out, value, true);
            return;
        case DYN_OUT_COMMENT:
            write_comment_filtered(out, value);
            return;
        }
    }
    if (allowed) {
        dyn_out_str(out, value);
    } else {
        dyn_out_bad_text(out, where, value);
    }
}

/* --- lists --- */

struct dyn_out_list dyn_out_list(struct dyn_out *out, const char *separator)
{
    struct dyn_out_list list = {out, separator, 0};
    return list;
}

void dyn_out_list_item(struct dyn_out_list *list)
{
    if (list->n_items > 0) {
        dyn_out_str(list->out, dynr_str_from_c(list->separator));
    }
    list->n_items++;
}

/* --- the end --- */

bool dyn_out_ok(const struct dyn_out *out)
{
    bool ok = !out->failed;
    for (size_t i = 0; i < out->n_sections; i++) {
        ok = ok && dynr_buf_ok(&out->sections[i].text);
    }
    return ok;
}

const char *dyn_out_fault(const struct dyn_out *out)
{
    if (out->fault[0] == '\0' && !dyn_out_ok(out)) {
        return "memory is exhausted or the output is too large";
    }
    return out->fault;
}

bool dyn_out_finish(struct dyn_out *out, struct dyn_pieces *pieces)
{
    memset(pieces, 0, sizeof *pieces);
    if (!dyn_out_ok(out)) {
        out->failed = true;
        return false;
    }
    for (size_t i = 0; i < out->n_sections; i++) {
        struct dyn_out_section *section = &out->sections[i];
        for (size_t j = 0; j < section->before.n_items; j++) {
            out->failed = !dyn_pieces_add(pieces, &section->before.items[j]) || out->failed;
        }
        out->failed = !dyn_pieces_add(pieces, &section->text) || out->failed;
    }
    if (out->failed) {
        dyn_pieces_cleanup(pieces);
    }
    return !out->failed;
}
