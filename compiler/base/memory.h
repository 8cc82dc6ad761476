/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocation that cannot fail: the compiler is a tool and ends with a message when memory is exhausted. A host that
 * wants its own message sets the arena's `on_exhausted`, which runs first.
 */
#ifndef DYN_BASE_MEMORY_H
#define DYN_BASE_MEMORY_H

#include <stdarg.h>

#include "dynr/arena.h"

/**
 * An empty arena for what is needed for a while: it takes its memory from where `arena` does and ends as that when there is none.
 * What it gives back is used again, so that less memory is touched. Freed by dynr_arena_cleanup.
 */
struct dynr_arena dyn_scratch_like(const struct dynr_arena *arena);
/** `size` zeroed bytes, aligned for any type. Never NULL. */
void *dyn_alloc(struct dynr_arena *arena, size_t size);
/** `count` elements of `size` bytes, zeroed. Never NULL. */
void *dyn_alloc_array(struct dynr_arena *arena, size_t count, size_t size);
/** A copy of `text` with a NUL after it. */
struct dynr_str dyn_dup(struct dynr_arena *arena, struct dynr_str text);
/** printf into the arena. */
struct dynr_str dyn_vprintf(struct dynr_arena *arena, const char *format, va_list arguments)
    DYNR_PRINTF(2, 0);
/**
 * Room for one more element behind `n` in an array of `*cap` elements of `size` bytes: returns `items`, or a copy
 * twice as large.
 */
void *dyn_grow(struct dynr_arena *arena, void *items, size_t n, size_t *cap, size_t size);

#endif
