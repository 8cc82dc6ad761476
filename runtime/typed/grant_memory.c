/* SPDX-License-Identifier: Apache-2.0 */
#include "typed/grant_memory.h"

/* A word: which gate (so many bits of its address), which grant, how often in a row. */
#define GATE_SHIFT  16
#define GRANT_SHIFT 8
#define MOST_GRANTS 255
#define MOST_TIMES  255
#define TIMES       2

static uint64_t gate_bits(const struct dynr_write_gate *gate)
{
    /* Tables are aligned; what the shift takes from above are bits that no address uses. */
    return (uint64_t)(uintptr_t)gate << GATE_SHIFT;
}

static _Atomic uint64_t *place_of(struct dynr_grant_memory *memory,
                                  const struct dynr_write_gate *gate)
{
    uint64_t mixed = (uint64_t)(uintptr_t)gate * UINT64_C(0x9E3779B97F4A7C15);
    return &memory->places[(mixed >> 32) % DYNR_GRANT_MEMORY_PLACES];
}

static bool is_about(uint64_t word, const struct dynr_write_gate *gate)
{
    return word >> GATE_SHIFT == gate_bits(gate) >> GATE_SHIFT;
}

bool dynr_grant_recall(struct dynr_grant_memory *memory, const struct dynr_write_gate *gate,
                       size_t *out_grant)
{
    uint64_t word = atomic_load_explicit(place_of(memory, gate), memory_order_relaxed);
    *out_grant = word >> GRANT_SHIFT & MOST_GRANTS;
    return is_about(word, gate) && (word & MOST_TIMES) >= TIMES && *out_grant < gate->n_grants;
}

void dynr_grant_note(struct dynr_grant_memory *memory, const struct dynr_write_gate *gate,
                     size_t grant)
{
    _Atomic uint64_t *place = place_of(memory, gate);
    uint64_t word = atomic_load_explicit(place, memory_order_relaxed);
    bool is_same = is_about(word, gate) && (word >> GRANT_SHIFT & MOST_GRANTS) == grant;
    uint64_t times = is_same ? word & MOST_TIMES : 0;
    if (grant > MOST_GRANTS || times >= TIMES) {
        return;
    }
    atomic_store_explicit(place, gate_bits(gate) | grant << GRANT_SHIFT | (times + 1),
                          memory_order_relaxed);
}

void dynr_grant_forget(struct dynr_grant_memory *memory, const struct dynr_write_gate *gate)
{
    atomic_store_explicit(place_of(memory, gate), 0, memory_order_relaxed);
}
