/* SPDX-License-Identifier: Apache-2.0 */
/* Buffers whose bytes live in an arena: texts of one request, gone with it. */
#ifndef DYNR_TYPED_SCRATCH_H
#define DYNR_TYPED_SCRATCH_H

#include "dynr/arena.h"
#include "dynr/buf.h"

/* Must live as long as `buf` grows. The text stays valid as long as the arena. */
struct dynr_scratch {
    struct dynr_allocator allocator;
    struct dynr_buf buf;
};

void dynr_scratch_init(struct dynr_scratch *scratch, struct dynr_arena *arena);

#endif
