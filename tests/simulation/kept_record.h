/* SPDX-License-Identifier: Apache-2.0 */
/* Change records that outlive the arena they were read into, in queues. */
#ifndef DYN_TESTS_SIMULATION_KEPT_RECORD_H
#define DYN_TESTS_SIMULATION_KEPT_RECORD_H

#include "dynr/stream.h"

struct kept_record {
    struct dynr_record record;
    struct kept_record *next;
    /* What `record` borrows. */
    char bytes[];
};

/* Zero is an empty queue. */
struct kept_queue {
    struct kept_record *first;
    struct kept_record *last;
};

/* A copy; NULL where memory is exhausted. */
struct kept_record *kept_record_new(const struct dynr_record *record);
/* A copy of what is kept, in an arena; false where memory is exhausted. */
bool kept_record_copy(const struct kept_record *kept, struct dynr_arena *arena,
                      struct dynr_record *out);
void kept_queue_push(struct kept_queue *queue, struct kept_record *kept);
/* The first, which the caller frees; NULL where there is none. */
struct kept_record *kept_queue_pop(struct kept_queue *queue);
void kept_queue_clear(struct kept_queue *queue);

#endif
