/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that is freed all at once: results of a request live in the request's arena.
 */
#ifndef DYNR_ARENA_H
#define DYNR_ARENA_H

#include <stddef.h>

#include "dynr/allocator.h"
#include "dynr/str.h"

DYNR_BEGIN_DECLS

struct dynr_arena_chunk;

/**
 * A growing region. Zero is a valid, empty arena on the default allocator. Not thread-safe: one arena belongs
 * to one request at a time.
 */
struct dynr_arena {
    /** NULL: the default allocator. */
    const struct dynr_allocator *allocator;
    struct dynr_arena_chunk *chunk;
    char *next;
    char *end;
    /** Bytes taken from the allocator so far. */
    size_t reserved;
    /** Upper bound for `reserved`; 0 means none. Reaching it fails as exhausted memory does. */
    size_t limit;
    /** Called when memory is exhausted, before NULL is returned; a tool may abort here. May be NULL. */
    void (*on_exhausted)(void *context, size_t size);
    void *on_exhausted_context;
};

/** Makes `arena` empty, on `allocator` (NULL: the default) with an upper bound in bytes (0: none). */
DYNR_API void dynr_arena_init(struct dynr_arena *arena, const struct dynr_allocator *allocator,
                              size_t limit);

/** Frees everything. The arena is empty and usable again. Idempotent. */
DYNR_API void dynr_arena_cleanup(struct dynr_arena *arena);

/**
 * Forgets everything but keeps one chunk for the next request, so that a host that handles many requests with
 * one arena stops allocating.
 */
DYNR_API void dynr_arena_reset(struct dynr_arena *arena);

/** `size` bytes, aligned for any type, not initialised. NULL when exhausted. A size of 0 gives a valid pointer. */
DYNR_API void *dynr_arena_alloc(struct dynr_arena *arena, size_t size);

/** `count` elements of `size` bytes, zeroed. NULL when exhausted or when the product overflows. */
DYNR_API void *dynr_arena_calloc(struct dynr_arena *arena, size_t count, size_t size);

/** `size` bytes without alignment, for text. NULL when exhausted. */
DYNR_API char *dynr_arena_text(struct dynr_arena *arena, size_t size);

/** A copy of `text` in the arena, with a NUL after it. `ptr` is NULL when exhausted. */
DYNR_API struct dynr_str dynr_arena_dup(struct dynr_arena *arena, struct dynr_str text);

/** printf into the arena; NUL-terminated. `ptr` is NULL when exhausted. */
DYNR_API struct dynr_str dynr_arena_printf(struct dynr_arena *arena, const char *format, ...)
    DYNR_PRINTF(2, 3);

DYNR_END_DECLS

#endif
