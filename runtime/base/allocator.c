/* SPDX-License-Identifier: Apache-2.0 */
/* The default allocator: the C library's. */
#include "dynr/allocator.h"

#include <stdlib.h>

static void *resize_with_malloc(void *context, void *block, size_t old_size, size_t new_size)
{
    (void)context;
    (void)old_size;
    if (new_size == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, new_size);
}

const struct dynr_allocator *dynr_allocator_default(void)
{
    static const struct dynr_allocator allocator = {resize_with_malloc, NULL};
    return &allocator;
}
