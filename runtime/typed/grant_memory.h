/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which grant of a gate held the last times. Callers of one procedure mostly have their right in the same way, so that a store where a
 * try is cheap is spared the reads that would tell. Internal to this layer; any thread may ask and note.
 */
#ifndef DYNR_TYPED_GRANT_MEMORY_H
#define DYNR_TYPED_GRANT_MEMORY_H

#include "dynr/gen.h"

#include <stdatomic.h>

/* Gates whose addresses meet in one place forget each other, which costs reads and nothing else. */
#define DYNR_GRANT_MEMORY_PLACES 64

struct dynr_grant_memory {
    /* What is known of one gate in one word, so that it is read and written as a whole. */
    _Atomic uint64_t places[DYNR_GRANT_MEMORY_PLACES];
};

/* The grant that held the last two times or more; false: none. */
bool dynr_grant_recall(struct dynr_grant_memory *memory, const struct dynr_write_gate *gate,
                       size_t *out_grant);
/* It held. */
void dynr_grant_note(struct dynr_grant_memory *memory, const struct dynr_write_gate *gate,
                     size_t grant);
/* It was recalled, and the try failed. */
void dynr_grant_forget(struct dynr_grant_memory *memory, const struct dynr_write_gate *gate);

#endif
