/* SPDX-License-Identifier: Apache-2.0 */
/* Linear probing; a removed entry's followers move up, so that there are no tombstones. */
#include "reactive/key_table.h"

#include "base/checked.h"

#define SLOTS_MIN ((size_t)16)

static inline size_t after(const struct dynr_key_table *table, size_t slot)
{
    return slot + 1 == table->n_slots ? 0 : slot + 1;
}

/* The slot of `key`, or the free one where it would go. There is always a free one. */
static size_t find(const struct dynr_key_table *table, struct dynr_key128 key)
{
    size_t slot = dynr_key_table_home(table->n_slots, key);
    while (table->slots[slot].value != NULL && !dynr_key128_equal(table->slots[slot].key, key)) {
        slot = after(table, slot);
    }
    return slot;
}

void dynr_key_table_cleanup(struct dynr_key_table *table)
{
    if (table->slots != NULL) {
        table->allocator->resize(table->allocator->context, table->slots,
                                 table->n_slots * sizeof *table->slots, 0);
    }
    table->slots = NULL;
    table->n_slots = 0;
    table->n_entries = 0;
}

void *dynr_key_table_get(const struct dynr_key_table *table, struct dynr_key128 key)
{
    return table->n_entries == 0 ? NULL : table->slots[find(table, key)].value;
}

static bool grow(struct dynr_key_table *table)
{
    struct dynr_key_table grown = *table;
    size_t size;
    grown.n_slots = table->n_slots == 0 ? SLOTS_MIN : table->n_slots + table->n_slots / 2;
    if (!dynr_checked_multiply(grown.n_slots, sizeof *grown.slots, &size)) {
        return false;
    }
    grown.slots = table->allocator->resize(table->allocator->context, NULL, 0, size);
    if (grown.slots == NULL) {
        return false;
    }
    memset(grown.slots, 0, size);
    for (size_t i = 0; i < table->n_slots; i++) {
        if (table->slots[i].value != NULL) {
            grown.slots[find(&grown, table->slots[i].key)] = table->slots[i];
        }
    }
    dynr_key_table_cleanup(table);
    *table = grown;
    return true;
}

bool dynr_key_table_put(struct dynr_key_table *table, struct dynr_key128 key, void *value)
{
    if (table->n_slots != 0) {
        struct dynr_key_slot *there = &table->slots[find(table, key)];
        if (there->value != NULL) {
            there->value = value;
            return true;
        }
    }
    if (table->n_entries >= table->n_slots / 5 * 4 && !grow(table)) {
        return false;
    }
    struct dynr_key_slot *slot = &table->slots[find(table, key)];
    slot->key = key;
    slot->value = value;
    table->n_entries++;
    return true;
}

/* How far `slot` is behind the home of `key`, around the end. */
static size_t distance(const struct dynr_key_table *table, struct dynr_key128 key, size_t slot)
{
    size_t home = dynr_key_table_home(table->n_slots, key);
    return slot >= home ? slot - home : slot + table->n_slots - home;
}

void dynr_key_table_remove(struct dynr_key_table *table, struct dynr_key128 key)
{
    if (table->n_entries == 0) {
        return;
    }
    size_t hole = find(table, key);
    if (table->slots[hole].value == NULL) {
        return;
    }
    table->n_entries--;
    for (size_t next = after(table, hole); table->slots[next].value != NULL;
         next = after(table, next)) {
        size_t gap = next >= hole ? next - hole : next + table->n_slots - hole;
        /* Who stands at home, or would come before it, stays. */
        if (distance(table, table->slots[next].key, next) >= gap) {
            table->slots[hole] = table->slots[next];
            hole = next;
        }
    }
    table->slots[hole].value = NULL;
}
