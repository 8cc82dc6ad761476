/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table from 128-bit hashes to pointers: open addressing in one array of 24-byte slots, four fifths full at most, and
 * grown by a half, so that an entry costs 30 to 45 bytes. Keys are spread already: they are hashes.
 */
#ifndef DYNR_REACTIVE_KEY_TABLE_H
#define DYNR_REACTIVE_KEY_TABLE_H

#include "dynr/allocator.h"
#include "reactive/siphash.h"

struct dynr_key_slot {
    struct dynr_key128 key;
    /** NULL: free. */
    void *value;
};

/** `allocator` set and the rest zero is an empty table. */
struct dynr_key_table {
    struct dynr_key_slot *slots;
    size_t n_slots;
    size_t n_entries;
    const struct dynr_allocator *allocator;
};

void dynr_key_table_cleanup(struct dynr_key_table *table);
/** The value of `key`, or NULL. */
void *dynr_key_table_get(const struct dynr_key_table *table, struct dynr_key128 key);
/** Adds or replaces. False when memory is exhausted; the table is then unchanged. */
bool dynr_key_table_put(struct dynr_key_table *table, struct dynr_key128 key, void *value);
/** Takes an entry out, if it is there. Never fails. */
void dynr_key_table_remove(struct dynr_key_table *table, struct dynr_key128 key);

#endif
