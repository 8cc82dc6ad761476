/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where emitters write: named sections of text that are joined at the end, indentation, comments and the
 * filters through which template placeholders pass. Pure: nothing here knows files.
 *
 * Failure is sticky and checked once, at dyn_out_finish. Besides exhausted memory there is one other way to
 * fail: text that its place does not allow (dyn_out_bad_text). It means a bug in an emitter, and nothing of the
 * output survives it, so schema text can never become code.
 */
#ifndef DYN_EMIT_OUT_H
#define DYN_EMIT_OUT_H

#include <stdbool.h>
#include <stddef.h>

#include "dynr/buf.h"
#include "dynr/str.h"
#include "emit/pieces.h"

/** Sections that one output can have. */
#define DYN_OUT_SECTION_MAX 16
/** Width of comments in code points, the indentation included. */
#define DYN_OUT_COMMENT_WIDTH 96
/** A section is written in blocks of this size. */
#define DYN_OUT_BLOCK ((size_t)256 * 1024)
/** Upper bound of one section in bytes. */
#define DYN_OUT_SECTION_LIMIT ((size_t)1024 * 1024 * 1024)

/** What text may stand at a place, and how it is escaped to stand there. ORDER templates/embed.py */
enum dyn_out_filter {
    /** No filter written: `[A-Za-z0-9_.]*`, anything else is refused. */
    DYN_OUT_PLAIN,
    /** One C identifier, refused otherwise. */
    DYN_OUT_IDENT,
    /** Body of a C string literal. */
    DYN_OUT_CSTR,
    /** Body of a JSON string. */
    DYN_OUT_JSON,
    /** Body of a TypeScript or JavaScript string in any of its three quotes. */
    DYN_OUT_TS,
    /** Prose in a comment: cannot end it, wraps with the prefix of the line that it starts on. */
    DYN_OUT_COMMENT,
    /**
     * A fragment of code that an emitter composed (a type, a parameter list). Refused when it holds a quote, a
     * backslash, a control character, `#`, `//`, a comment mark: whatever could open or close a context.
     */
    DYN_OUT_CODE,
};

/** One run of text; part of struct dyn_out. */
struct dyn_out_section {
    const char *name;
    /** What was set aside because its block is full: sections of many megabytes are never moved. */
    struct dyn_pieces before;
    /** What is being written; the line under the pen is in it as a whole. */
    struct dynr_buf text;
    size_t level;
};

/** Owns its sections. Made by dyn_out_init, freed by dyn_out_cleanup; zero is valid for cleanup. */
struct dyn_out {
    struct dyn_out_section sections[DYN_OUT_SECTION_MAX];
    size_t n_sections;
    size_t current;
    bool failed;
    /** The first fault, for people, or "". */
    char fault[200];
};

/**
 * An empty output whose sections are `names`, in the order in which they are joined. The first is current. The
 * names are borrowed for the life of `out`. `n_names` 0 gives one nameless section.
 */
void dyn_out_init(struct dyn_out *out, const char *const *names, size_t n_names);
/** Frees everything. Idempotent. */
void dyn_out_cleanup(struct dyn_out *out);

/** Further text goes to the section `name`; its indentation is its own. An unknown name is a fault. */
void dyn_out_section(struct dyn_out *out, const char *name);
/** One level (four spaces) more for the lines that begin from here in the current section. */
void dyn_out_indent(struct dyn_out *out);
/** One level less. Below zero is a fault. */
void dyn_out_outdent(struct dyn_out *out);

/** Appends bytes as they are; each non-empty line that begins here gets the section's indentation. */
void dyn_out_text(struct dyn_out *out, const char *bytes, size_t len);
void dyn_out_str(struct dyn_out *out, struct dynr_str text);
void dyn_out_printf(struct dyn_out *out, const char *format, ...) DYNR_PRINTF(2, 3);
/** printf and a line feed. */
void dyn_out_line(struct dyn_out *out, const char *format, ...) DYNR_PRINTF(2, 3);
/** An empty line, unless the section is empty or ends in one already. */
void dyn_out_blank(struct dyn_out *out);

/**
 * `text` as a documentation comment, on one line where it fits and wrapped otherwise. Line breaks, blank lines
 * and leading spaces of `text` are kept; no word is dropped or cut. Blank text gives nothing at all.
 */
void dyn_out_comment(struct dyn_out *out, struct dynr_str text);

/**
 * `value` through `filter`. A NULL `value.ptr` (a template parameter that was never set) is a fault; say "" for
 * nothing. `where` names the place for the fault, e.g. "model.tmpl:12".
 */
void dyn_out_filtered(struct dyn_out *out, enum dyn_out_filter filter, struct dynr_str value,
                      const char *where);

/** Marks the output as failed because `value` may not stand at `where`. The first fault is kept. */
void dyn_out_bad_text(struct dyn_out *out, const char *where, struct dynr_str value);

/** Separators between elements, so that no emitter asks whether an element is the first. */
struct dyn_out_list {
    struct dyn_out *out;
    const char *separator;
    size_t n_items;
};

/** A list with nothing in it yet. `separator` is borrowed. */
struct dyn_out_list dyn_out_list(struct dyn_out *out, const char *separator);
/** To be called before each element: writes the separator, except the first time. */
void dyn_out_list_item(struct dyn_out_list *list);

/** Whether nothing has failed so far. */
bool dyn_out_ok(const struct dyn_out *out);
/** What went wrong, or "". Borrowed from `out`. */
const char *dyn_out_fault(const struct dyn_out *out);

/**
 * Moves the sections to `pieces`, which need not be initialised; they are not copied, because outputs are large. False after any
 * failure; then `pieces` is empty.
 */
bool dyn_out_finish(struct dyn_out *out, struct dyn_pieces *pieces);

#endif
