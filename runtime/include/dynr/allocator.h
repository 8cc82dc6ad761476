/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where libdynr takes its memory from. Passed when an object is created; the default is malloc.
 */
#ifndef DYNR_ALLOCATOR_H
#define DYNR_ALLOCATOR_H

#include <stddef.h>

#include "dynr/version.h"

DYNR_BEGIN_DECLS

/**
 * One function for all three: `resize(context, NULL, 0, n)` allocates, `resize(context, p, old, n)` moves,
 * `resize(context, p, old, 0)` frees and returns NULL. Returns NULL when it cannot; the old block stays valid.
 * Results are aligned for any type.
 */
typedef void *(*dynr_resize_fn)(void *context, void *block, size_t old_size, size_t new_size);

struct dynr_allocator {
    dynr_resize_fn resize;
    void *context;
};

/** malloc, realloc and free. Static, always valid. */
DYNR_API const struct dynr_allocator *dynr_allocator_default(void);

DYNR_END_DECLS

#endif
