/* SPDX-License-Identifier: Apache-2.0 */
/*
 * String-keyed hash table that remembers insertion order, so that walking it is deterministic.
 */
#ifndef DYNR_BASE_MAP_H
#define DYNR_BASE_MAP_H

#include <stdint.h>

#include "dynr/allocator.h"
#include "dynr/str.h"

struct dynr_map_entry {
    /** Borrowed from the caller of dynr_map_put; must outlive the map. */
    struct dynr_str key;
    void *value;
    uint64_t hash;
};

/**
 * Zero is a valid, empty map on the default allocator. Entries stand in `entries` in insertion
 * order.
 */
struct dynr_map {
    struct dynr_map_entry *entries;
    size_t n_entries;
    size_t cap_entries;
    uint32_t *slots;
    size_t n_slots;
    const struct dynr_allocator *allocator;
};

void dynr_map_init(struct dynr_map *map, const struct dynr_allocator *allocator);
void dynr_map_cleanup(struct dynr_map *map);
/** The value under `key`, or NULL. */
void *dynr_map_get(const struct dynr_map *map, struct dynr_str key);
/**
 * Adds or replaces. `out_previous` (may be NULL) receives the value that stood there, or NULL.
 * False when out of memory; the map is then unchanged.
 */
bool dynr_map_put(struct dynr_map *map, struct dynr_str key, void *value, void **out_previous);
/** Takes a key away; the last entry takes its place. The value that stood there, or NULL. */
void *dynr_map_remove(struct dynr_map *map, struct dynr_str key);

#endif
