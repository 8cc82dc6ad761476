/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The excerpt below a diagnostic: a source line with carets in display columns. Tabs stand as tabs in both lines, so
 * the carets fit whatever a tab's width is; long lines are cut around the span.
 */
#include "base/utf8.h"
#include "diag/internal.h"

/* Code points of a line that are shown, and those of them before the span. */
#define MAX_SHOWN  110
#define LEAD_SHOWN 40

#define REPLACEMENT "\xEF\xBF\xBD"

static const char *const class_names[] = {"locus", "error", "warning",
                                          "note",  "help",  "fixit-insert"};
static const char *const class_colors[] = {"1", "1;31", "1;35", "1;36", "1;32", "32"};

void dyn_paint_begin(const struct dyn_painter *painter, enum dyn_class text_class)
{
    if (painter->color == DYN_COLOR_ANSI) {
        dynr_buf_printf(painter->out, "\x1B[%sm", class_colors[text_class]);
    } else if (painter->color == DYN_COLOR_DEBUG) {
        dynr_buf_printf(painter->out, "<%s>", class_names[text_class]);
    }
}

void dyn_paint_end(const struct dyn_painter *painter, enum dyn_class text_class)
{
    if (painter->color == DYN_COLOR_ANSI) {
        dynr_buf_append_c(painter->out, "\x1B[0m");
    } else if (painter->color == DYN_COLOR_DEBUG) {
        dynr_buf_printf(painter->out, "</%s>", class_names[text_class]);
    }
}

void dyn_paint(const struct dyn_painter *painter, enum dyn_class text_class, const char *text)
{
    dyn_paint_begin(painter, text_class);
    dynr_buf_append_c(painter->out, text);
    dyn_paint_end(painter, text_class);
}

/* One thing to show: a code point, or a byte that is none. */
struct glyph {
    size_t len;
    unsigned width;
    bool is_tab;
    bool is_shown_as_is;
};

static struct glyph glyph_at(struct dynr_str text, size_t offset)
{
    struct glyph glyph = {.len = 1, .width = 1};
    uint32_t code_point = 0;
    size_t step = dynr_utf8_decode(text, offset, &code_point);
    if (step == 0) {
        return glyph;
    }
    glyph.len = step;
    glyph.is_tab = code_point == '\t';
    /* C0, DEL, C1, and what turns the direction of writing around. */
    bool acts = code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0) ||
                (code_point >= 0x202A && code_point <= 0x202E) ||
                (code_point >= 0x2066 && code_point <= 0x2069) || code_point == 0xFEFF;
    glyph.is_shown_as_is = glyph.is_tab || !acts;
    if (!acts) {
        glyph.width = dynr_utf8_width(code_point);
    }
    return glyph;
}

static void append_glyph(struct dynr_buf *out, struct dynr_str text, size_t offset,
                         struct glyph glyph)
{
    if (glyph.is_shown_as_is) {
        dynr_buf_append(out, text.ptr + offset, glyph.len);
    } else {
        dynr_buf_append_c(out, REPLACEMENT);
    }
}

void dyn_append_printable(struct dynr_buf *out, struct dynr_str text)
{
    size_t i = 0;
    while (i < text.len) {
        struct glyph glyph = glyph_at(text, i);
        append_glyph(out, text, i, glyph);
        i += glyph.len;
    }
}

/* A line, the part of it that is shown, and the span in it; byte offsets from the line's start. */
struct window {
    struct dynr_str line;
    size_t start;
    size_t end;
    size_t span_start;
    size_t span_end;
};

/* Steps `count` code points back from `offset`, not before 0. */
static size_t step_back(struct dynr_str text, size_t offset, size_t count)
{
    while (count > 0 && offset > 0) {
        size_t back = 1;
        uint32_t code_point;
        while (back < 4 && back < offset &&
               dynr_utf8_decode(text, offset - back, &code_point) != back) {
            back++;
        }
        if (dynr_utf8_decode(text, offset - back, &code_point) != back) {
            back = 1;
        }
        offset -= back;
        count--;
    }
    return offset;
}

static size_t step_forward(struct dynr_str text, size_t offset, size_t count)
{
    while (count > 0 && offset < text.len) {
        offset += glyph_at(text, offset).len;
        count--;
    }
    return offset;
}

static struct window choose_window(struct dynr_str line, size_t span_start, size_t span_end)
{
    struct window window = {.line = line, .start = 0, .end = line.len};
    window.span_start = span_start < line.len ? span_start : line.len;
    window.span_end = span_end < line.len ? span_end : line.len;
    if (window.span_end < window.span_start) {
        window.span_end = window.span_start;
    }
    if (step_forward(line, 0, MAX_SHOWN) == line.len) {
        return window;
    }
    window.start = step_back(line, window.span_start, LEAD_SHOWN);
    if (step_forward(line, 0, LEAD_SHOWN) >= window.span_start) {
        window.start = 0;
    }
    window.end = step_forward(line, window.start, MAX_SHOWN);
    if (window.end == line.len) {
        window.start = step_back(line, line.len, MAX_SHOWN);
    }
    if (window.span_end > window.end) {
        window.span_end = window.end;
    }
    return window;
}

static void append_line(const struct dyn_painter *painter, const struct window *window,
                        enum dyn_class text_class)
{
    if (window->start > 0) {
        dynr_buf_append_c(painter->out, "...");
    }
    bool open = false;
    size_t i = window->start;
    while (i < window->end) {
        if (i >= window->span_start && !open && i < window->span_end) {
            dyn_paint_begin(painter, text_class);
            open = true;
        }
        struct glyph glyph = glyph_at(window->line, i);
        append_glyph(painter->out, window->line, i, glyph);
        i += glyph.len;
        if (open && i >= window->span_end) {
            dyn_paint_end(painter, text_class);
            open = false;
        }
    }
    if (open) {
        dyn_paint_end(painter, text_class);
    }
    if (window->end < window->line.len) {
        dynr_buf_append_c(painter->out, "...");
    }
    dynr_buf_append_char(painter->out, '\n');
}

/* Blank space as wide as what stands before the span. */
static void append_lead(struct dynr_buf *out, const struct window *window)
{
    if (window->start > 0) {
        dynr_buf_append_c(out, "   ");
    }
    size_t i = window->start;
    while (i < window->span_start) {
        struct glyph glyph = glyph_at(window->line, i);
        if (glyph.is_tab) {
            dynr_buf_append_char(out, '\t');
        } else {
            for (unsigned k = 0; k < glyph.width; k++) {
                dynr_buf_append_char(out, ' ');
            }
        }
        i += glyph.len;
    }
}

static void append_carets(const struct dyn_painter *painter, const struct window *window,
                          enum dyn_class text_class, struct dynr_str label)
{
    dynr_buf_append_c(painter->out, "      | ");
    append_lead(painter->out, window);
    dyn_paint_begin(painter, text_class);
    unsigned n_carets = 0;
    size_t i = window->span_start;
    while (i < window->span_end) {
        struct glyph glyph = glyph_at(window->line, i);
        for (unsigned k = 0; k < glyph.width; k++) {
            dynr_buf_append_char(painter->out, '^');
            n_carets++;
        }
        i += glyph.len;
    }
    if (n_carets == 0) {
        dynr_buf_append_char(painter->out, '^');
    }
    if (label.len > 0) {
        dynr_buf_append_char(painter->out, ' ');
        dyn_append_printable(painter->out, label);
    }
    dyn_paint_end(painter, text_class);
    dynr_buf_append_char(painter->out, '\n');
}

void dyn_render_excerpt(const struct dyn_painter *painter, struct dyn_sources *sources,
                        struct dyn_span span, enum dyn_class text_class, struct dynr_str label,
                        struct dynr_str replacement)
{
    size_t size = sources->items[span.source].text.len;
    uint32_t start = span.start < size ? span.start : (uint32_t)size;
    size_t line = dyn_source_line_of(sources, span.source, start);
    size_t line_start = sources->items[span.source].lines[line];
    struct dynr_str text = dyn_source_line_text(sources, span.source, line);
    size_t end = span.end > start ? span.end : start;
    struct window window = choose_window(text, start - line_start, end - line_start);
    dynr_buf_printf(painter->out, "%5zu | ", line + 1);
    append_line(painter, &window, text_class);
    append_carets(painter, &window, text_class, label);
    if (replacement.ptr != NULL) {
        dynr_buf_append_c(painter->out, "      | ");
        append_lead(painter->out, &window);
        dyn_paint_begin(painter, DYN_CLASS_FIX);
        dyn_append_printable(painter->out, replacement);
        dyn_paint_end(painter, DYN_CLASS_FIX);
        dynr_buf_append_char(painter->out, '\n');
    }
}
