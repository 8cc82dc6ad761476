/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena_allocator.h"

static void *resize(void *context, void *block, size_t old_size, size_t new_size)
{
    if (new_size == 0) {
        return NULL;
    }
    void *moved = dynr_arena_alloc(context, new_size);
    if (moved != NULL && block != NULL) {
        memcpy(moved, block, old_size < new_size ? old_size : new_size);
    }
    return moved;
}

struct dynr_allocator dynr_arena_allocator(struct dynr_arena *arena)
{
    struct dynr_allocator allocator = {resize, arena};
    return allocator;
}
