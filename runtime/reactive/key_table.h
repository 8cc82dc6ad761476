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

/**
 * The place among `n_slots` where a key belongs. The high bits of `low` say it, so that any number of slots will do, and the
 * place is known before the hash's other half.
 */
static inline size_t dynr_key_table_home(size_t n_slots, struct dynr_key128 key)
{
#ifdef __SIZEOF_INT128__
    __extension__ unsigned __int128 product = (unsigned __int128)key.low * n_slots;
    return (size_t)(product >> 64);
#else
    return n_slots == 0 ? 0 : (size_t)(key.low % n_slots);
#endif
}

/** Starts to bring the place of `key` near, for a look-up that follows. */
static inline void dynr_key_table_prefetch(const struct dynr_key_table *table,
                                           struct dynr_key128 key)
{
#if defined(__GNUC__)
    __builtin_prefetch(table->slots + dynr_key_table_home(table->n_slots, key));
#else
    (void)table;
    (void)key;
#endif
}

void dynr_key_table_cleanup(struct dynr_key_table *table);
/** The value of `key`, or NULL. */
void *dynr_key_table_get(const struct dynr_key_table *table, struct dynr_key128 key);
/** Adds or replaces. False when memory is exhausted; the table is then unchanged. */
bool dynr_key_table_put(struct dynr_key_table *table, struct dynr_key128 key, void *value);
/** Takes an entry out, if it is there. Never fails. */
void dynr_key_table_remove(struct dynr_key_table *table, struct dynr_key128 key);

#endif
