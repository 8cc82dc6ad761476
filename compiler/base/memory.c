/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/plain_format.h"

static void *require(void *block)
{
    if (block == NULL) {
        (void)fputs("dynrc: out of memory\n", stderr);
        abort();
    }
    return block;
}

struct dynr_arena dyn_scratch_like(const struct dynr_arena *arena)
{
    struct dynr_arena scratch;
    dynr_arena_init(&scratch, arena->allocator, arena->limit);
    scratch.on_exhausted = arena->on_exhausted;
    scratch.on_exhausted_context = arena->on_exhausted_context;
    return scratch;
}

void *dyn_alloc(struct dynr_arena *arena, size_t size)
{
    return memset(require(dynr_arena_alloc(arena, size)), 0, size);
}

void *dyn_alloc_array(struct dynr_arena *arena, size_t count, size_t size)
{
    return require(dynr_arena_calloc(arena, count, size));
}

struct dynr_str dyn_dup(struct dynr_arena *arena, struct dynr_str text)
{
    char *copy = require(dynr_arena_text(arena, text.len + 1));
    if (text.len > 0) {
        memcpy(copy, text.ptr, text.len);
    }
    copy[text.len] = '\0';
    return dynr_str_make(copy, text.len);
}

struct dynr_str dyn_vprintf(struct dynr_arena *arena, const char *format, va_list arguments)
{
    va_list again;
    char small[256];
    va_copy(again, arguments);
    size_t plain = dynr_plain_format(small, sizeof small, format, again);
    va_end(again);
    if (plain <= sizeof small) {
        return dyn_dup(arena, dynr_str_make(small, plain));
    }
    va_copy(again, arguments);
    int printed = vsnprintf(NULL, 0, format, arguments);
    size_t len = printed < 0 ? 0 : (size_t)printed;
    char *text = require(dynr_arena_text(arena, len + 1));
    text[0] = '\0';
    if (printed >= 0) {
        (void)vsnprintf(text, len + 1, format, again);
    }
    va_end(again);
    return dynr_str_make(text, len);
}

void *dyn_grow(struct dynr_arena *arena, void *items, size_t n, size_t *cap, size_t size)
{
    if (n < *cap) {
        return items;
    }
    size_t wider = *cap == 0 ? 8 : *cap * 2;
    void *copy = require(dynr_arena_calloc(arena, wider, size));
    if (n > 0) {
        memcpy(copy, items, n * size);
    }
    *cap = wider;
    return copy;
}
