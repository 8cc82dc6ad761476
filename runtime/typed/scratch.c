/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An allocator on top of an arena: moving copies, freeing does nothing.
 */
#include "typed/scratch.h"

static void *resize(void *context, void *block, size_t old_size, size_t new_size)
{
    if (new_size == 0) {
        return NULL;
    }
    char *moved = dynr_arena_text(context, new_size);
    if (moved != NULL && block != NULL) {
        memcpy(moved, block, old_size < new_size ? old_size : new_size);
    }
    return moved;
}

void dynr_scratch_init(struct dynr_scratch *scratch, struct dynr_arena *arena)
{
    scratch->allocator.resize = resize;
    scratch->allocator.context = arena;
    dynr_buf_init(&scratch->buf, &scratch->allocator, 0);
}
