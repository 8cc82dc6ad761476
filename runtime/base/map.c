/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table: entries in an array in insertion order, and a power-of-two array of slots with linear
 * probing that holds entry numbers plus one, 0 for a free slot. At most three quarters of the slots
 * are in use.
 */
#include "base/map.h"

#include "base/checked.h"
#include "base/hash.h"

#define SLOTS_MIN   ((size_t)16)
#define ENTRIES_MIN ((size_t)8)

static const struct dynr_allocator *allocator_of(const struct dynr_map *map)
{
    return map->allocator == NULL ? dynr_allocator_default() : map->allocator;
}

void dynr_map_init(struct dynr_map *map, const struct dynr_allocator *allocator)
{
    memset(map, 0, sizeof *map);
    map->allocator = allocator;
}

void dynr_map_cleanup(struct dynr_map *map)
{
    const struct dynr_allocator *allocator = allocator_of(map);
    if (map->entries != NULL) {
        allocator->resize(allocator->context, map->entries, map->cap_entries * sizeof *map->entries,
                          0);
    }
    if (map->slots != NULL) {
        allocator->resize(allocator->context, map->slots, map->n_slots * sizeof *map->slots, 0);
    }
    dynr_map_init(map, map->allocator);
}

/* The slot that holds `key`, or the free one where it belongs. There is always a free one. */
static size_t find_slot(const struct dynr_map *map, struct dynr_str key, uint64_t hash)
{
    size_t mask = map->n_slots - 1;
    size_t slot = (size_t)hash & mask;
    while (map->slots[slot] != 0) {
        const struct dynr_map_entry *entry = &map->entries[map->slots[slot] - 1];
        if (entry->hash == hash && dynr_str_equal(entry->key, key)) {
            break;
        }
        slot = (slot + 1) & mask;
    }
    return slot;
}

void *dynr_map_get(const struct dynr_map *map, struct dynr_str key)
{
    if (map->n_slots == 0) {
        return NULL;
    }
    uint32_t number = map->slots[find_slot(map, key, dynr_hash(key, 0))];
    return number == 0 ? NULL : map->entries[number - 1].value;
}

static bool grow_entries(struct dynr_map *map)
{
    size_t cap = ENTRIES_MIN;
    size_t size;
    if (map->cap_entries != 0 && !dynr_checked_multiply(map->cap_entries, 2, &cap)) {
        return false;
    }
    if (cap > UINT32_MAX || !dynr_checked_multiply(cap, sizeof *map->entries, &size)) {
        return false;
    }
    const struct dynr_allocator *allocator = allocator_of(map);
    struct dynr_map_entry *entries = allocator->resize(
        allocator->context, map->entries, map->cap_entries * sizeof *map->entries, size);
    if (entries == NULL) {
        return false;
    }
    map->entries = entries;
    map->cap_entries = cap;
    return true;
}

static bool grow_slots(struct dynr_map *map)
{
    size_t n_slots = SLOTS_MIN;
    size_t size;
    if (map->n_slots != 0 && !dynr_checked_multiply(map->n_slots, 2, &n_slots)) {
        return false;
    }
    if (!dynr_checked_multiply(n_slots, sizeof *map->slots, &size)) {
        return false;
    }
    const struct dynr_allocator *allocator = allocator_of(map);
    uint32_t *slots = allocator->resize(allocator->context, NULL, 0, size);
    if (slots == NULL) {
        return false;
    }
    memset(slots, 0, size);
    for (size_t i = 0; i < map->n_entries; i++) {
        size_t slot = (size_t)map->entries[i].hash & (n_slots - 1);
        while (slots[slot] != 0) {
            slot = (slot + 1) & (n_slots - 1);
        }
        slots[slot] = (uint32_t)(i + 1);
    }
    if (map->slots != NULL) {
        allocator->resize(allocator->context, map->slots, map->n_slots * sizeof *map->slots, 0);
    }
    map->slots = slots;
    map->n_slots = n_slots;
    return true;
}

bool dynr_map_put(struct dynr_map *map, struct dynr_str key, void *value, void **out_previous)
{
    uint64_t hash = dynr_hash(key, 0);
    if (out_previous != NULL) {
        *out_previous = NULL;
    }
    if (map->n_slots != 0) {
        uint32_t number = map->slots[find_slot(map, key, hash)];
        if (number != 0) {
            struct dynr_map_entry *entry = &map->entries[number - 1];
            if (out_previous != NULL) {
                *out_previous = entry->value;
            }
            entry->value = value;
            return true;
        }
    }
    if (map->n_entries == map->cap_entries && !grow_entries(map)) {
        return false;
    }
    if (map->n_entries >= map->n_slots / 4 * 3 && !grow_slots(map)) {
        return false;
    }
    map->slots[find_slot(map, key, hash)] = (uint32_t)(map->n_entries + 1);
    struct dynr_map_entry *entry = &map->entries[map->n_entries++];
    entry->key = key;
    entry->value = value;
    entry->hash = hash;
    return true;
}

/* Those behind it move up, as far as they would be found there: no search stops at a gap too early. */
static void free_slot(struct dynr_map *map, size_t slot)
{
    size_t mask = map->n_slots - 1;
    for (size_t next = (slot + 1) & mask; map->slots[next] != 0; next = (next + 1) & mask) {
        size_t home = (size_t)map->entries[map->slots[next] - 1].hash & mask;
        if (((next - home) & mask) >= ((next - slot) & mask)) {
            map->slots[slot] = map->slots[next];
            slot = next;
        }
    }
    map->slots[slot] = 0;
}

void *dynr_map_remove(struct dynr_map *map, struct dynr_str key)
{
    if (map->n_slots == 0) {
        return NULL;
    }
    size_t slot = find_slot(map, key, dynr_hash(key, 0));
    uint32_t number = map->slots[slot];
    if (number == 0) {
        return NULL;
    }
    struct dynr_map_entry *entry = &map->entries[number - 1];
    const struct dynr_map_entry *last = &map->entries[map->n_entries - 1];
    void *value = entry->value;
    free_slot(map, slot);
    if (entry != last) {
        map->slots[find_slot(map, last->key, last->hash)] = number;
        *entry = *last;
    }
    map->n_entries--;
    return value;
}
