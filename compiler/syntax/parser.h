/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From bytes to a tree, and from bytes to formatted bytes.
 */
#ifndef DYN_SYNTAX_PARSER_H
#define DYN_SYNTAX_PARSER_H

#include "syntax/ast.h"

/**
 * Parses one source. Always returns a file (perhaps with holes): errors are in `diags`, all of them in one run.
 * Refuses invalid UTF-8, NUL and a byte-order mark (the mark with a fix), files over DYN_SOURCE_MAX_SIZE, and nesting
 * deeper than 64.
 */
struct dyn_ast_file *dyn_parse(struct dynr_arena *arena, struct dyn_names *names,
                               struct dyn_diags *diags, uint32_t source);

/** One token per line: span, kind, text; comments included. For --dump=tokens. */
void dyn_dump_tokens(struct dyn_diags *diags, uint32_t source, struct dynr_buf *out);

/**
 * Formats a source into `out`: total (works on files that do not parse), idempotent, keeps every comment, changes
 * nothing but white space. Layout rules: docs/language/formatting.md.
 */
void dyn_format(struct dynr_arena *arena, struct dynr_str text, struct dynr_buf *out);

#endif
