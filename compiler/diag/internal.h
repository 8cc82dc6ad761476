/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this folder share and nobody else sees. */
#ifndef DYN_DIAG_INTERNAL_H
#define DYN_DIAG_INTERNAL_H

#include "diag/diag.h"

enum dyn_override_action {
    DYN_OVERRIDE_ENABLE,
    DYN_OVERRIDE_DISABLE,
    DYN_OVERRIDE_ERROR,
    DYN_OVERRIDE_NO_ERROR,
};

/** One -W option; the later one wins, one with a code wins over one without. */
struct dyn_severity_override {
    struct dyn_severity_override *next;
    enum dyn_override_action action;
    /** 0: all warnings. */
    unsigned code;
};

enum dyn_effect {
    DYN_EFFECT_ERROR,
    DYN_EFFECT_WARNING,
    DYN_EFFECT_NOTE,
    DYN_EFFECT_NONE
};
/** What becomes of a diagnostic of this code. */
enum dyn_effect dyn_diag_effect(const struct dyn_diags *diags, const struct dyn_code_info *info);

/** Index of the line that holds `offset`; makes the line table. */
size_t dyn_source_line_of(struct dyn_sources *sources, uint32_t source, uint32_t offset);
/** A line without its end. The line table must exist. */
struct dynr_str dyn_source_line_text(struct dyn_sources *sources, uint32_t source, size_t line);

/** The diagnostics by source and offset, those at one place in the order of their report. In the arena. */
struct dyn_diag **dyn_diags_ordered(const struct dyn_diags *diags);

/** Text classes that colour can tell apart. */
enum dyn_class {
    DYN_CLASS_LOCUS,
    DYN_CLASS_ERROR,
    DYN_CLASS_WARNING,
    DYN_CLASS_NOTE,
    DYN_CLASS_HELP,
    DYN_CLASS_FIX,
};

struct dyn_painter {
    struct dynr_buf *out;
    enum dyn_color color;
};
void dyn_paint_begin(const struct dyn_painter *painter, enum dyn_class text_class);
void dyn_paint_end(const struct dyn_painter *painter, enum dyn_class text_class);
void dyn_paint(const struct dyn_painter *painter, enum dyn_class text_class, const char *text);

/** Appends text for a terminal: control characters and invalid bytes become U+FFFD, so none can act on it. */
void dyn_append_printable(struct dynr_buf *out, struct dynr_str text);

/**
 * The source line of `span` with its gutter, carets below it with `label` after them, and `replacement` (ptr NULL:
 * none) below those.
 */
void dyn_render_excerpt(const struct dyn_painter *painter, struct dyn_sources *sources,
                        struct dyn_span span, enum dyn_class text_class, struct dynr_str label,
                        struct dynr_str replacement);

#endif
