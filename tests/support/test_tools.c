/* SPDX-License-Identifier: Apache-2.0 */
/* The deterministic stand-ins. */
#include "test_tools.h"

#include <stdlib.h>
#include <string.h>

uint64_t dynr_test_random_next(struct dynr_test_random *random)
{
    uint64_t x = random->state;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    random->state = x;
    /* The multiplication spreads what a bare xorshift leaves in the low bits. */
    return x * UINT64_C(0x2545F4914F6CDD1D);
}

uint64_t dynr_test_random_below(struct dynr_test_random *random, uint64_t bound)
{
    return (dynr_test_random_next(random) >> 11) % bound;
}

/*
 * Stands before each block; as large as the strictest alignment, so that the block stays aligned.
 */
#define HEADER_SIZE ((size_t)16)

static void *counting_resize(void *context, void *block, size_t old_size, size_t new_size)
{
    struct dynr_test_memory *memory = context;
    char *start = block == NULL ? NULL : (char *)block - HEADER_SIZE;
    size_t real_size = 0;
    if (start != NULL) {
        memcpy(&real_size, start, sizeof real_size);
    }
    if (real_size != old_size) {
        memory->misused = true;
    }
    if (new_size == 0) {
        if (start != NULL) {
            memory->n_blocks--;
            memory->n_bytes -= real_size;
            free(start);
        }
        return NULL;
    }
    memory->n_requests++;
    if (memory->fail_at != 0 && memory->n_requests >= memory->fail_at) {
        return NULL;
    }
    if (new_size > SIZE_MAX - HEADER_SIZE) {
        return NULL;
    }
    /* Always moves, so that pointers kept across a resize are seen. */
    char *moved = malloc(HEADER_SIZE + new_size);
    if (moved == NULL) {
        return NULL;
    }
    memcpy(moved, &new_size, sizeof new_size);
    if (start != NULL) {
        memcpy(moved + HEADER_SIZE, block, real_size < new_size ? real_size : new_size);
        free(start);
    } else {
        memory->n_blocks++;
    }
    memory->n_bytes += new_size - real_size;
    return moved + HEADER_SIZE;
}

void dynr_test_memory_init(struct dynr_test_memory *memory, size_t fail_at)
{
    memset(memory, 0, sizeof *memory);
    memory->allocator.resize = counting_resize;
    memory->allocator.context = memory;
    memory->fail_at = fail_at;
}

static int64_t fixed_now(void *context)
{
    const struct dynr_test_clock *clock = context;
    return clock->now_ms;
}

static bool reproducible_bytes(void *context, uint8_t *out, size_t len)
{
    struct dynr_test_clock *clock = context;
    if (clock->random_fails) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)(dynr_test_random_next(&clock->random) >> 56);
    }
    return true;
}

void dynr_test_clock_init(struct dynr_test_clock *clock, int64_t now_ms, uint64_t seed)
{
    memset(clock, 0, sizeof *clock);
    clock->clock.now_ms = fixed_now;
    clock->clock.random_bytes = reproducible_bytes;
    clock->clock.context = clock;
    clock->now_ms = now_ms;
    clock->random.state = seed;
}
