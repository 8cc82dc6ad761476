/* SPDX-License-Identifier: Apache-2.0 */
/* The flex scanner behind plain functions, so that its header stays in one file; and string escapes. */
#ifndef DYN_SYNTAX_SCANNER_H
#define DYN_SYNTAX_SCANNER_H

#include "syntax/token.h"

/** Ends the process when memory is exhausted, as the arena does. `text` fits DYN_SOURCE_MAX_SIZE. */
void *dyn_scanner_open(struct dyn_scan *scan, struct dynr_str text);
enum dyn_token_kind dyn_scanner_next(void *scanner);
void dyn_scanner_close(void *scanner);

/** Length of the escape at `p` (a backslash), 0 when it is none; its code point in `out`, which may be NULL. */
uint32_t dyn_escape_decode(const char *p, const char *end, uint32_t *out);

#endif
