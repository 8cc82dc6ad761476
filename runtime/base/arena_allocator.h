/* SPDX-License-Identifier: Apache-2.0 */
/* An arena behind the interface of an allocator, for buffers and maps that end with it. */
#ifndef DYNR_BASE_ARENA_ALLOCATOR_H
#define DYNR_BASE_ARENA_ALLOCATOR_H

#include "dynr/allocator.h"
#include "dynr/arena.h"

/** What is outgrown is left behind until the arena is reset. The arena must outlive what uses the allocator. */
struct dynr_allocator dynr_arena_allocator(struct dynr_arena *arena);

#endif
