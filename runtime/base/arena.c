/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The arena: a list of chunks that grow geometrically, and a bump pointer into the newest one. A
 * request that would waste much of a chunk gets one of its own, put behind the current chunk, which
 * stays in use.
 *
 * With DYNR_DEBUG_ARENA every allocation is a chunk of its own, so that AddressSanitizer sees each
 * overrun.
 */
#include "dynr/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena_grow.h"
#include "base/checked.h"
#include "base/plain_format.h"

#define ALIGNMENT ((size_t)16)
#define CHUNK_MIN ((size_t)4096)
#define CHUNK_MAX ((size_t)1024 * 1024)

/* Header of a block from the allocator; the bytes that are handed out follow it. */
struct dynr_arena_chunk {
    alignas(16) struct dynr_arena_chunk *previous;
    /* Of the whole block, header included. */
    size_t size;
};

static const struct dynr_allocator *allocator_of(const struct dynr_arena *arena)
{
    return arena->allocator == NULL ? dynr_allocator_default() : arena->allocator;
}

static void *exhausted(const struct dynr_arena *arena, size_t size)
{
    if (arena->on_exhausted != NULL) {
        arena->on_exhausted(arena->on_exhausted_context, size);
    }
    return NULL;
}

/* A new chunk of `size` bytes, header included, that is in no list yet. */
static struct dynr_arena_chunk *take_chunk(struct dynr_arena *arena, size_t size)
{
    size_t reserved;
    if (!dynr_checked_add(arena->reserved, size, &reserved) ||
        (arena->limit != 0 && reserved > arena->limit)) {
        return NULL;
    }
    const struct dynr_allocator *allocator = allocator_of(arena);
    struct dynr_arena_chunk *chunk = allocator->resize(allocator->context, NULL, 0, size);
    if (chunk == NULL) {
        return NULL;
    }
    chunk->size = size;
    chunk->previous = NULL;
    arena->reserved = reserved;
    return chunk;
}

static void give_back(struct dynr_arena *arena, struct dynr_arena_chunk *chunk)
{
    const struct dynr_allocator *allocator = allocator_of(arena);
    size_t size = chunk->size;
    arena->reserved -= size;
    allocator->resize(allocator->context, chunk, size, 0);
}

#ifdef DYNR_DEBUG_ARENA

static void *take(struct dynr_arena *arena, size_t size, size_t alignment)
{
    (void)alignment;
    size_t total;
    struct dynr_arena_chunk *chunk = NULL;
    if (dynr_checked_add(sizeof(struct dynr_arena_chunk), size, &total)) {
        chunk = take_chunk(arena, total);
    }
    if (chunk == NULL) {
        return exhausted(arena, size);
    }
    chunk->previous = arena->chunk;
    arena->chunk = chunk;
    return (char *)chunk + sizeof *chunk;
}

#else

/*
 * Room for `size` bytes when the current chunk has too little; the start is aligned for any type.
 */
static void *take_from_new_chunk(struct dynr_arena *arena, size_t size)
{
    size_t least;
    if (!dynr_checked_add(sizeof(struct dynr_arena_chunk), size, &least)) {
        return exhausted(arena, size);
    }
    size_t usual = CHUNK_MIN;
    if (arena->chunk != NULL && arena->chunk->size >= CHUNK_MIN) {
        usual = arena->chunk->size >= CHUNK_MAX / 2 ? CHUNK_MAX : arena->chunk->size * 2;
    }
    struct dynr_arena_chunk *chunk = NULL;
    if (least <= usual / 2) {
        chunk = take_chunk(arena, usual);
    }
    if (chunk == NULL) {
        /* Either large, or near a bound: exactly what is needed. */
        chunk = take_chunk(arena, least);
    }
    if (chunk == NULL) {
        return exhausted(arena, size);
    }
    char *start = (char *)chunk + sizeof *chunk;
    char *next = start + size;
    char *end = (char *)chunk + chunk->size;
    if (arena->chunk != NULL && (size_t)(end - next) < (size_t)(arena->end - arena->next)) {
        chunk->previous = arena->chunk->previous;
        arena->chunk->previous = chunk;
        return start;
    }
    chunk->previous = arena->chunk;
    arena->chunk = chunk;
    arena->next = next;
    arena->end = end;
    return start;
}

static void *take(struct dynr_arena *arena, size_t size, size_t alignment)
{
    if (size == 0) {
        size = 1;
    }
    size_t padding = (size_t)(-(uintptr_t)arena->next & (alignment - 1));
    size_t room = (size_t)((uintptr_t)arena->end - (uintptr_t)arena->next);
    if (padding > room || size > room - padding) {
        return take_from_new_chunk(arena, size);
    }
    char *result = arena->next + padding;
    arena->next = result + size;
    return result;
}

#endif

void dynr_arena_init(struct dynr_arena *arena, const struct dynr_allocator *allocator, size_t limit)
{
    memset(arena, 0, sizeof *arena);
    arena->allocator = allocator;
    arena->limit = limit;
}

void dynr_arena_cleanup(struct dynr_arena *arena)
{
    while (arena->chunk != NULL) {
        struct dynr_arena_chunk *chunk = arena->chunk;
        arena->chunk = chunk->previous;
        give_back(arena, chunk);
    }
    arena->next = NULL;
    arena->end = NULL;
}

#ifdef DYNR_DEBUG_ARENA

void dynr_arena_reset(struct dynr_arena *arena)
{
    dynr_arena_cleanup(arena);
}

#else

void dynr_arena_reset(struct dynr_arena *arena)
{
    /* The largest of usual size: one exceptional request must not hold its memory for ever. */
    struct dynr_arena_chunk *keep = NULL;
    for (struct dynr_arena_chunk *chunk = arena->chunk; chunk != NULL; chunk = chunk->previous) {
        if (chunk->size <= CHUNK_MAX && (keep == NULL || chunk->size > keep->size)) {
            keep = chunk;
        }
    }
    struct dynr_arena_chunk *chunk = arena->chunk;
    while (chunk != NULL) {
        struct dynr_arena_chunk *previous = chunk->previous;
        if (chunk != keep) {
            give_back(arena, chunk);
        }
        chunk = previous;
    }
    arena->chunk = keep;
    arena->next = NULL;
    arena->end = NULL;
    if (keep != NULL) {
        keep->previous = NULL;
        arena->next = (char *)keep + sizeof *keep;
        arena->end = (char *)keep + keep->size;
    }
}

#endif

void *dynr_arena_alloc(struct dynr_arena *arena, size_t size)
{
    return take(arena, size, ALIGNMENT);
}

void *dynr_arena_calloc(struct dynr_arena *arena, size_t count, size_t size)
{
    size_t total;
    if (!dynr_checked_multiply(count, size, &total)) {
        return exhausted(arena, SIZE_MAX);
    }
    void *block = take(arena, total, ALIGNMENT);
    if (block != NULL) {
        memset(block, 0, total);
    }
    return block;
}

void *dynr_arena_grow(struct dynr_arena *arena, void *block, size_t old_size, size_t new_size)
{
    if (block != NULL && (char *)block + old_size == arena->next && new_size >= old_size &&
        new_size - old_size <= (size_t)(arena->end - arena->next)) {
        arena->next += new_size - old_size;
        return block;
    }
    void *grown = take(arena, new_size, ALIGNMENT);
    if (grown != NULL && block != NULL) {
        memcpy(grown, block, old_size < new_size ? old_size : new_size);
    }
    return grown;
}

char *dynr_arena_text(struct dynr_arena *arena, size_t size)
{
    return take(arena, size, 1);
}

struct dynr_str dynr_arena_dup(struct dynr_arena *arena, struct dynr_str text)
{
    size_t size;
    if (!dynr_checked_add(text.len, 1, &size)) {
        return dynr_str_make(exhausted(arena, SIZE_MAX), 0);
    }
    char *copy = take(arena, size, 1);
    if (copy == NULL) {
        return dynr_str_make(NULL, 0);
    }
    if (text.len != 0) {
        memcpy(copy, text.ptr, text.len);
    }
    copy[text.len] = '\0';
    return dynr_str_make(copy, text.len);
}

struct dynr_str dynr_arena_printf(struct dynr_arena *arena, const char *format, ...)
{
    /* Most texts are short: one formatting suffices for them. */
    char small[256];
    va_list arguments;
    va_start(arguments, format);
    size_t plain = dynr_plain_format(small, sizeof small, format, arguments);
    va_end(arguments);
    if (plain <= sizeof small) {
        return dynr_arena_dup(arena, dynr_str_make(small, plain));
    }
    va_start(arguments, format);
    int printed = vsnprintf(small, sizeof small, format, arguments);
    va_end(arguments);
    if (printed < 0) {
        return dynr_str_make(NULL, 0);
    }
    size_t len = (size_t)printed;
    if (len < sizeof small) {
        return dynr_arena_dup(arena, dynr_str_make(small, len));
    }
    char *text = take(arena, len + 1, 1);
    if (text == NULL) {
        return dynr_str_make(NULL, 0);
    }
    va_start(arguments, format);
    (void)vsnprintf(text, len + 1, format, arguments);
    va_end(arguments);
    return dynr_str_make(text, len);
}
