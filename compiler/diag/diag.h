/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Source files, spans, and diagnostics as data. Nothing here prints: renderers turn diagnostics into text or JSON.
 */
#ifndef DYN_DIAG_DIAG_H
#define DYN_DIAG_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dynr/arena.h"
#include "dynr/buf.h"
#include "dynr/str.h"

/** Half-open range of bytes in one source. `source` is an index into dyn_sources; offsets fit a 16 MiB file. */
struct dyn_span {
    uint32_t start;
    uint32_t end;
    uint32_t source;
};

/** The span from the start of `a` to the end of `b` (same source). */
static inline struct dyn_span dyn_span_join(struct dyn_span a, struct dyn_span b)
{
    struct dyn_span span;
    span.start = a.start;
    span.end = b.end;
    span.source = a.source;
    return span;
}

/** Largest source file, in bytes. */
#define DYN_SOURCE_MAX_SIZE ((size_t)16 * 1024 * 1024)

/** One file. `name` is what the user wrote (or a path relative to it), never made absolute. */
struct dyn_source {
    struct dynr_str name;
    struct dynr_str text;
    /** Byte offsets of line starts; made when first needed. */
    uint32_t *lines;
    size_t n_lines;
};

struct dyn_sources {
    struct dynr_arena *arena;
    struct dyn_source *items;
    size_t n_items;
    size_t cap_items;
};

/** Adds a file; `name` and `text` are borrowed and must outlive the set. Returns its index. */
uint32_t dyn_sources_add(struct dyn_sources *sources, struct dynr_str name, struct dynr_str text);

struct dyn_position {
    /** 1-based. */
    uint32_t line;
    /** 1-based, in code points. */
    uint32_t column;
};
struct dyn_position dyn_sources_position(struct dyn_sources *sources, uint32_t source,
                                         uint32_t offset);

enum dyn_severity {
    DYN_SEVERITY_ERROR,
    DYN_SEVERITY_WARNING,
    DYN_SEVERITY_NOTE
};

/** One constant per line of codes.def: DYN_CODE_UNKNOWN_TYPE, ... */
enum dyn_code {
#define DYN_CODE(number, name, slug, severity) DYN_CODE_##name = number,
#include "diag/codes.def"
#undef DYN_CODE
};

/** `need:` facts and `help:` remedies below a diagnostic, and "first declared here" notes with a span of their own. */
enum dyn_detail_kind {
    DYN_DETAIL_LABEL,
    DYN_DETAIL_FACT,
    DYN_DETAIL_HELP,
    DYN_DETAIL_NOTE,
    DYN_DETAIL_FIX
};

struct dyn_detail {
    enum dyn_detail_kind kind;
    /** LABEL: text beside the carets. FACT: "reach: ...". HELP: remedy. NOTE: text at `span`. FIX: the replacement. */
    struct dynr_str text;
    struct dyn_span span;
    struct dyn_detail *next;
};

struct dyn_diag {
    enum dyn_severity severity;
    enum dyn_code code;
    struct dyn_span span;
    struct dynr_str message;
    struct dyn_detail *details;
    struct dyn_detail **details_end;
};

/** All diagnostics of a session, in the order of their report. Stops keeping errors after `error_limit`. */
struct dyn_diags {
    struct dynr_arena *arena;
    struct dyn_sources *sources;
    struct dyn_diag **items;
    size_t n_items;
    size_t cap_items;
    size_t n_errors;
    size_t n_warnings;
    size_t error_limit;
    /** -Werror, -Wno-<slug>: set by the driver through dyn_diags_set_severity. */
    struct dyn_severity_override *overrides;
};

/** `error_limit` 0 means 20. */
void dyn_diags_init(struct dyn_diags *diags, struct dynr_arena *arena, struct dyn_sources *sources,
                    size_t error_limit);

/**
 * Reports a diagnostic whose severity is the code's own. The message has no full stop, starts in lower case, and has
 * identifiers in backticks. Never NULL: past the limit a scratch diagnostic is returned, so that details can be added.
 * A second error with the same code and span is dropped.
 */
struct dyn_diag *dyn_report(struct dyn_diags *diags, enum dyn_code code, struct dyn_span span,
                            const char *format, ...) DYNR_PRINTF(4, 5);

void dyn_diag_label(struct dyn_diags *diags, struct dyn_diag *diag, const char *format, ...)
    DYNR_PRINTF(3, 4);
void dyn_diag_fact(struct dyn_diags *diags, struct dyn_diag *diag, const char *format, ...)
    DYNR_PRINTF(3, 4);
void dyn_diag_help(struct dyn_diags *diags, struct dyn_diag *diag, const char *format, ...)
    DYNR_PRINTF(3, 4);
void dyn_diag_note(struct dyn_diags *diags, struct dyn_diag *diag, struct dyn_span span,
                   const char *format, ...) DYNR_PRINTF(4, 5);
/** A machine-applicable fix: replace `span` by `replacement`. */
void dyn_diag_fix(struct dyn_diags *diags, struct dyn_diag *diag, struct dyn_span span,
                  struct dynr_str replacement);

/** Whether `written` is so like `candidate` that dyn_diag_suggest would offer it, or the same. */
bool dyn_diag_is_near(struct dynr_str written, struct dynr_str candidate);

/** "did you mean": candidates must be legal at that place. Adds a help line and, for a single one, a fix. */
void dyn_diag_suggest(struct dyn_diags *diags, struct dyn_diag *diag, struct dynr_str written,
                      const struct dynr_str *candidates, size_t n_candidates);

/** Turns "-Werror", "-Werror=slug", "-Wno-slug" (without "-W") into overrides; false for an unknown slug. */
bool dyn_diags_set_severity(struct dyn_diags *diags, struct dynr_str option);

enum dyn_color {
    DYN_COLOR_NEVER,
    DYN_COLOR_ANSI,
    DYN_COLOR_DEBUG
};

/** file:line:col: severity: message [CODE], excerpt with carets, details. Sorted by source and offset. */
void dyn_render_text(const struct dyn_diags *diags, enum dyn_color color, bool parseable_fixits,
                     struct dynr_buf *out);
/** One JSON document: {"version":1,"diagnostics":[...]}, with byte offsets and positions. */
void dyn_render_json(const struct dyn_diags *diags, struct dynr_buf *out);

/** Metadata of a code. `slug` is static. False for an unknown number. */
struct dyn_code_info {
    enum dyn_code code;
    const char *slug;
    enum dyn_severity severity;
};
bool dyn_code_lookup(unsigned number, struct dyn_code_info *out);
bool dyn_code_lookup_slug(struct dynr_str slug, struct dyn_code_info *out);

#endif
