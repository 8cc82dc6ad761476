/* SPDX-License-Identifier: Apache-2.0 */
/* Finished text of an output: large, so that it is handed on as it was written and never copied together. */
#ifndef DYN_EMIT_PIECES_H
#define DYN_EMIT_PIECES_H

#include <stdbool.h>
#include <stddef.h>

#include "dynr/arena.h"
#include "dynr/buf.h"
#include "dynr/str.h"

/** A text in pieces, one behind the other. Owns them; zero is valid and empty. */
struct dyn_pieces {
    struct dynr_buf *items;
    size_t n_items;
    size_t cap_items;
};

/** Takes over what `text` holds, as the last piece; `text` is empty then. False when memory is exhausted; `text` is as it was. */
bool dyn_pieces_add(struct dyn_pieces *pieces, struct dynr_buf *text);
/** Frees the text. Idempotent. */
void dyn_pieces_cleanup(struct dyn_pieces *pieces);
/** All of it as one text in `arena`, with a NUL behind. */
struct dynr_str dyn_pieces_join(const struct dyn_pieces *pieces, struct dynr_arena *arena);

#endif
