/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arrays that grow in an arena while nobody knows yet how long they become.
 */
#ifndef DYNR_BASE_ARENA_GROW_H
#define DYNR_BASE_ARENA_GROW_H

#include "dynr/arena.h"

/*
 * Room of `new_size` bytes that begins with the `old_size` bytes at `block`, aligned as dynr_arena_alloc does it; bytes beyond
 * them are not initialised. The block stays where it is when it is what was taken last and its chunk has the room, else it is
 * copied and its old room is lost until the arena is reset. `block` (may be NULL: then `old_size` is 0) came from this function
 * or dynr_arena_alloc with `old_size`, of the same arena. NULL when exhausted; the block is then as it was.
 */
void *dynr_arena_grow(struct dynr_arena *arena, void *block, size_t old_size, size_t new_size);

#endif
