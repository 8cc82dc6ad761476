/* SPDX-License-Identifier: Apache-2.0 */
/* Diagnostics for people, in the layout that docs/language shows; every editor parses the header. */
#include "base/memory.h"
#include "diag/internal.h"

static enum dyn_class class_of(enum dyn_severity severity)
{
    switch (severity) {
    case DYN_SEVERITY_ERROR:
        return DYN_CLASS_ERROR;
    case DYN_SEVERITY_WARNING:
        return DYN_CLASS_WARNING;
    case DYN_SEVERITY_NOTE:
        break;
    }
    return DYN_CLASS_NOTE;
}

static const char *word_of(enum dyn_severity severity)
{
    switch (severity) {
    case DYN_SEVERITY_ERROR:
        return "error:";
    case DYN_SEVERITY_WARNING:
        return "warning:";
    case DYN_SEVERITY_NOTE:
        break;
    }
    return "note:";
}

static void append_header(const struct dyn_painter *painter, struct dyn_sources *sources,
                          struct dyn_span span, enum dyn_severity severity, struct dynr_str message)
{
    struct dyn_position position = dyn_sources_position(sources, span.source, span.start);
    dyn_paint_begin(painter, DYN_CLASS_LOCUS);
    dyn_append_printable(painter->out, sources->items[span.source].name);
    dynr_buf_printf(painter->out, ":%u:%u:", (unsigned)position.line, (unsigned)position.column);
    dyn_paint_end(painter, DYN_CLASS_LOCUS);
    dynr_buf_append_char(painter->out, ' ');
    dyn_paint(painter, class_of(severity), word_of(severity));
    dynr_buf_append_char(painter->out, ' ');
    dyn_append_printable(painter->out, message);
}

static const struct dyn_detail *find_detail(const struct dyn_diag *diag, enum dyn_detail_kind kind)
{
    const struct dyn_detail *detail = diag->details;
    while (detail != NULL && detail->kind != kind) {
        detail = detail->next;
    }
    return detail;
}

/* The replacement that can be shown below the carets: a single one, of exactly what is underlined. */
static struct dynr_str shown_fix(const struct dyn_diag *diag)
{
    const struct dyn_detail *fix = find_detail(diag, DYN_DETAIL_FIX);
    struct dynr_str none = {NULL, 0};
    if (fix == NULL || fix->text.len == 0 || memchr(fix->text.ptr, '\n', fix->text.len) != NULL ||
        fix->span.source != diag->span.source || fix->span.start != diag->span.start) {
        return none;
    }
    for (const struct dyn_detail *other = fix->next; other != NULL; other = other->next) {
        if (other->kind == DYN_DETAIL_FIX) {
            return none;
        }
    }
    return fix->text;
}

/* Facts and help may have several lines; the others line up with the first. */
static void append_below(const struct dyn_painter *painter, const struct dyn_detail *detail)
{
    dynr_buf_append_c(painter->out, "      = ");
    size_t indent = 8;
    if (detail->kind == DYN_DETAIL_HELP) {
        dyn_paint(painter, DYN_CLASS_HELP, "help:");
        dynr_buf_append_char(painter->out, ' ');
        indent += 6;
    }
    size_t start = 0;
    for (size_t i = 0; i <= detail->text.len; i++) {
        if (i < detail->text.len && detail->text.ptr[i] != '\n') {
            continue;
        }
        if (start > 0) {
            dynr_buf_printf(painter->out, "\n%*s", (int)indent, "");
        }
        dyn_append_printable(painter->out, dynr_str_make(detail->text.ptr + start, i - start));
        start = i + 1;
    }
    dynr_buf_append_char(painter->out, '\n');
}

/* GCC's form: columns in bytes. */
static void append_parseable_fix(struct dynr_buf *out, struct dyn_sources *sources,
                                 const struct dyn_detail *fix)
{
    const struct dyn_source *source = &sources->items[fix->span.source];
    size_t from = dyn_source_line_of(sources, fix->span.source, fix->span.start);
    size_t to = dyn_source_line_of(sources, fix->span.source, fix->span.end);
    dynr_buf_append_c(out, "fix-it:");
    dynr_buf_append_json_string(out, source->name);
    dynr_buf_printf(out, ":{%zu:%zu-%zu:%zu}:", from + 1,
                    (size_t)fix->span.start - source->lines[from] + 1, to + 1,
                    (size_t)fix->span.end - source->lines[to] + 1);
    dynr_buf_append_json_string(out, fix->text);
    dynr_buf_append_char(out, '\n');
}

static void render(const struct dyn_painter *painter, struct dyn_sources *sources,
                   const struct dyn_diag *diag, bool parseable_fixits)
{
    append_header(painter, sources, diag->span, diag->severity, diag->message);
    dynr_buf_printf(painter->out, " [DYN%04u]\n", (unsigned)diag->code);
    const struct dyn_detail *label = find_detail(diag, DYN_DETAIL_LABEL);
    struct dynr_str label_text = label == NULL ? dynr_str_make(NULL, 0) : label->text;
    dyn_render_excerpt(painter, sources, diag->span, class_of(diag->severity), label_text,
                       shown_fix(diag));
    for (const struct dyn_detail *detail = diag->details; detail != NULL; detail = detail->next) {
        if (detail->kind == DYN_DETAIL_FACT || detail->kind == DYN_DETAIL_HELP) {
            append_below(painter, detail);
        }
    }
    for (const struct dyn_detail *detail = diag->details; detail != NULL; detail = detail->next) {
        if (detail->kind == DYN_DETAIL_NOTE) {
            append_header(painter, sources, detail->span, DYN_SEVERITY_NOTE, detail->text);
            dynr_buf_append_char(painter->out, '\n');
            dyn_render_excerpt(painter, sources, detail->span, DYN_CLASS_NOTE,
                               dynr_str_make(NULL, 0), dynr_str_make(NULL, 0));
        }
    }
    for (const struct dyn_detail *detail = diag->details; parseable_fixits && detail != NULL;
         detail = detail->next) {
        if (detail->kind == DYN_DETAIL_FIX) {
            append_parseable_fix(painter->out, sources, detail);
        }
    }
}

void dyn_render_text(const struct dyn_diags *diags, enum dyn_color color, bool parseable_fixits,
                     struct dynr_buf *out)
{
    struct dyn_painter painter = {.out = out, .color = color};
    struct dyn_diag **ordered = dyn_diags_ordered(diags);
    for (size_t i = 0; i < diags->n_items; i++) {
        render(&painter, diags->sources, ordered[i], parseable_fixits);
    }
    if (diags->n_errors > diags->error_limit) {
        size_t more = diags->n_errors - diags->error_limit;
        dynr_buf_printf(out, "%zu more error%s not shown\n", more, more == 1 ? " is" : "s are");
    }
}
