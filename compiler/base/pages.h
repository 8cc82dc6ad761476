/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a session's arena takes its memory: malloc, but the pages of large blocks are asked for in one go. Each page that a program
 * touches first costs it a fault, and a schema of a thousand models needs twenty thousand of them.
 */
#ifndef DYN_BASE_PAGES_H
#define DYN_BASE_PAGES_H

#include "dynr/allocator.h"

/** Blocks from this size on are populated when they are taken. */
#define DYN_PAGES_POPULATED ((size_t)256 * 1024)

/** Static, always valid. Only for blocks that will be filled: their memory is taken whether or not anyone writes to it. */
const struct dynr_allocator *dyn_page_allocator(void);

#endif
