/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pull reader for JSON (RFC 8259): no tree, no allocation but for strings that hold escapes.
 *
 * Usage: `dynr_json_peek` says what comes; then exactly one reading function consumes it. Every
 * function returns false on malformed input and leaves `reader->fault` set; the reader then stays
 * failed. Strict: UTF-8 is validated in strings, lone surrogates, leading zeros, control
 * characters, trailing commas and comments are refused. Nesting is bounded by DYNR_JSON_MAX_DEPTH.
 */
#ifndef DYNR_BASE_JSON_READ_H
#define DYNR_BASE_JSON_READ_H

#include "dynr/arena.h"
#include "dynr/status.h"
#include "dynr/str.h"

#define DYNR_JSON_MAX_DEPTH 128

enum dynr_json_kind {
    DYNR_JSON_FAULT,
    DYNR_JSON_NULL,
    DYNR_JSON_FALSE,
    DYNR_JSON_TRUE,
    DYNR_JSON_NUMBER,
    DYNR_JSON_STRING,
    DYNR_JSON_ARRAY,
    DYNR_JSON_OBJECT,
    /** Nothing but white space is left. */
    DYNR_JSON_END,
};

struct dynr_json_reader {
    const char *start;
    const char *next;
    const char *end;
    /** NULL, or a static text that says what is malformed; `next` is where. */
    const char *fault;
    unsigned depth;
};

void dynr_json_reader_init(struct dynr_json_reader *reader, struct dynr_str text);

/** Skips white space and says what value comes next, from its first byte. */
enum dynr_json_kind dynr_json_peek(struct dynr_json_reader *reader);

/** `out` borrows from the input where the string has no escapes, else it lives in `arena`. */
bool dynr_json_read_string(struct dynr_json_reader *reader, struct dynr_arena *arena,
                           struct dynr_str *out);
/** The number's text as written, borrowed; its grammar is checked. */
bool dynr_json_read_number(struct dynr_json_reader *reader, struct dynr_str *out);
bool dynr_json_read_bool(struct dynr_json_reader *reader, bool *out);
bool dynr_json_read_null(struct dynr_json_reader *reader);

/**
 * `dynr_json_enter_object`, then `dynr_json_next_member` until it returns false: at the closing
 * brace, or at a fault (check `reader->fault`). Between two calls the member's value must be
 * consumed. `first` is the caller's flag, true before the first member; the functions update it.
 */
bool dynr_json_enter_object(struct dynr_json_reader *reader, bool *first);
bool dynr_json_next_member(struct dynr_json_reader *reader, struct dynr_arena *arena, bool *first,
                           struct dynr_str *key);
/** The same for arrays. */
bool dynr_json_enter_array(struct dynr_json_reader *reader, bool *first);
bool dynr_json_next_element(struct dynr_json_reader *reader, bool *first);

/**
 * Skips one whole value and checks it; `out` (may be NULL) is its text, borrowed, without white
 * space around.
 */
bool dynr_json_skip(struct dynr_json_reader *reader, struct dynr_str *out);

/** True when nothing but white space is left; otherwise sets a fault ("text after the value"). */
bool dynr_json_finish(struct dynr_json_reader *reader);

/**
 * Turns the reader's fault into DYNR_ERR_SYNTAX with the byte offset in the message (or
 * DYNR_ERR_NO_MEMORY).
 */
enum dynr_status dynr_json_fail(const struct dynr_json_reader *reader, struct dynr_error *err);

#endif
