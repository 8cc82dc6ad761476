/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deterministic stand-ins for what tests must control: randomness, memory that runs out, and time.
 */
#ifndef DYNR_TEST_TOOLS_H
#define DYNR_TEST_TOOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dynr/allocator.h"
#include "dynr/clock.h"

/* A xorshift generator; `state` must not be 0. */
struct dynr_test_random {
    uint64_t state;
};

uint64_t dynr_test_random_next(struct dynr_test_random *random);
/* 0 to bound - 1. */
uint64_t dynr_test_random_below(struct dynr_test_random *random, uint64_t bound);

/*
 * Counts what is allocated, checks every old size it is told, and fails the `fail_at`-th request (1
 * is the first, 0 never) and all later ones until it is set anew. Usage: init, pass
 * `&memory.allocator`, then assert `n_blocks` is 0.
 */
struct dynr_test_memory {
    struct dynr_allocator allocator;
    size_t fail_at;
    size_t n_requests;
    size_t n_blocks;
    size_t n_bytes;
    /* An old size did not match the block's. */
    bool misused;
};

void dynr_test_memory_init(struct dynr_test_memory *memory, size_t fail_at);

/* A clock that stands still, with reproducible "random" bytes. */
struct dynr_test_clock {
    struct dynr_clock clock;
    int64_t now_ms;
    struct dynr_test_random random;
    bool random_fails;
};

void dynr_test_clock_init(struct dynr_test_clock *clock, int64_t now_ms, uint64_t seed);

#endif
