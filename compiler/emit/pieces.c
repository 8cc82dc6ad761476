/* SPDX-License-Identifier: Apache-2.0 */
#include "emit/pieces.h"

#include <stdlib.h>
#include <string.h>

bool dyn_pieces_add(struct dyn_pieces *pieces, struct dynr_buf *text)
{
    if (pieces->n_items == pieces->cap_items) {
        size_t cap = pieces->cap_items == 0 ? 16 : 2 * pieces->cap_items;
        struct dynr_buf *items = realloc(pieces->items, cap * sizeof *items);
        if (items == NULL) {
            return false;
        }
        pieces->items = items;
        pieces->cap_items = cap;
    }
    pieces->items[pieces->n_items++] = *text;
    dynr_buf_init(text, text->allocator, text->limit);
    return true;
}

void dyn_pieces_cleanup(struct dyn_pieces *pieces)
{
    for (size_t i = 0; i < pieces->n_items; i++) {
        dynr_buf_cleanup(&pieces->items[i]);
    }
    free(pieces->items);
    memset(pieces, 0, sizeof *pieces);
}

struct dynr_str dyn_pieces_join(const struct dyn_pieces *pieces, struct dynr_arena *arena)
{
    size_t len = 0;
    for (size_t i = 0; i < pieces->n_items; i++) {
        len += pieces->items[i].len;
    }
    char *text = dynr_arena_text(arena, len + 1);
    size_t at = 0;
    for (size_t i = 0; text != NULL && i < pieces->n_items; i++) {
        const struct dynr_buf *piece = &pieces->items[i];
        if (piece->len > 0) {
            memcpy(text + at, piece->ptr, piece->len);
        }
        at += piece->len;
    }
    if (text != NULL) {
        text[len] = '\0';
    }
    return dynr_str_make(text, text == NULL ? 0 : len);
}
