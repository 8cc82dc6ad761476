/* SPDX-License-Identifier: Apache-2.0 */
/* Arena, buffer and map: growth, bounds, and what happens when memory runs out at any point. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena_grow.h"
#include "base/hash.h"
#include "base/map.h"
#include "dynr/arena.h"
#include "dynr/buf.h"
#include "test_main.h"
#include "test_tools.h"

static void arena_blocks_are_aligned_and_do_not_overlap(void)
{
    struct dynr_test_random random = {42};
    struct dynr_arena arena = {0};
    unsigned char *blocks[400];
    size_t sizes[400];
    for (size_t i = 0; i < 400; i++) {
        /* Mostly small, at times larger than a chunk. */
        sizes[i] = (size_t)dynr_test_random_below(&random, i % 50 == 49 ? 300000 : 200);
        blocks[i] = i % 3 == 0 ? (unsigned char *)dynr_arena_text(&arena, sizes[i])
                               : dynr_arena_alloc(&arena, sizes[i]);
        if (!DYNR_ASSERT(blocks[i] != NULL)) {
            break;
        }
        if (i % 3 != 0) {
            DYNR_ASSERT_INT((uintptr_t)blocks[i] % 16, 0);
        }
        memset(blocks[i], (int)(i & 255), sizes[i]);
    }
    for (size_t i = 0; i < 400; i++) {
        for (size_t k = 0; k < sizes[i]; k++) {
            if (blocks[i][k] != (i & 255)) {
                DYNR_ASSERT_INT(blocks[i][k], i & 255);
                break;
            }
        }
    }
    dynr_arena_cleanup(&arena);
    dynr_arena_cleanup(&arena);
    DYNR_ASSERT_INT(arena.reserved, 0);
    DYNR_ASSERT(dynr_arena_alloc(&arena, 0) != NULL);
    dynr_arena_cleanup(&arena);
}

static void arena_arrays_grow_and_keep_what_they_hold(void)
{
    struct dynr_test_random random = {17};
    struct dynr_arena arena = {0};
    unsigned char *block = NULL;
    size_t size = 0;
    unsigned char *other = NULL;
    for (size_t round = 0; round < 300; round++) {
        size_t larger = size + (size_t)dynr_test_random_below(&random, 300);
        block = dynr_arena_grow(&arena, block, size, larger);
        if (!DYNR_ASSERT(block != NULL)) {
            break;
        }
        DYNR_ASSERT_INT((uintptr_t)block % 16, 0);
        memset(block + size, (int)(round & 255), larger - size);
        size = larger;
        /* Now and then something is taken after it, which must stay as it is. */
        DYNR_ASSERT(other == NULL || other[0] == 0xEE);
        if (round % 7 == 0) {
            other = dynr_arena_alloc(&arena, 1);
            other[0] = 0xEE;
        }
    }
    random.state = 17;
    size_t at = 0;
    for (size_t round = 0; round < 300; round++) {
        size_t added = (size_t)dynr_test_random_below(&random, 300);
        for (size_t i = 0; i < added; i++, at++) {
            if (!DYNR_ASSERT_INT(block[at], round & 255)) {
                round = 300;
                break;
            }
        }
    }
    dynr_arena_cleanup(&arena);
    dynr_arena_init(&arena, NULL, 8192);
    block = dynr_arena_grow(&arena, NULL, 0, 100);
    block[99] = 7;
    DYNR_ASSERT(dynr_arena_grow(&arena, block, 100, 10000) == NULL);
    DYNR_ASSERT_INT(block[99], 7);
    dynr_arena_cleanup(&arena);
}

static void arena_texts(void)
{
    struct dynr_arena arena = {0};
    struct dynr_str copy = dynr_arena_dup(&arena, dynr_str_make("hello world", 5));
    DYNR_ASSERT_STR(copy, "hello");
    DYNR_ASSERT_INT(copy.ptr[5], 0);
    DYNR_ASSERT(dynr_arena_dup(&arena, dynr_str_make(NULL, 0)).ptr != NULL);
    DYNR_ASSERT_STR(dynr_arena_printf(&arena, "%d-%s", 12, "x"), "12-x");
    DYNR_ASSERT_INT(dynr_arena_printf(&arena, "%0255d", 1).len, 255);
    DYNR_ASSERT_INT(dynr_arena_printf(&arena, "%0256d", 1).len, 256);
    struct dynr_str longer = dynr_arena_printf(&arena, "%01000d", 1);
    DYNR_ASSERT_INT(longer.len, 1000);
    DYNR_ASSERT_INT(longer.ptr[999], '1');
    DYNR_ASSERT_INT(longer.ptr[1000], 0);
    const unsigned char *zeroed = dynr_arena_calloc(&arena, 100, 8);
    for (size_t i = 0; i < 800; i++) {
        if (!DYNR_ASSERT_INT(zeroed[i], 0)) {
            break;
        }
    }
    dynr_arena_cleanup(&arena);
}

static void count_exhaustion(void *context, size_t size)
{
    (void)size;
    ++*(int *)context;
}

static void arena_refuses_overflows_and_keeps_its_limit(void)
{
    struct dynr_test_memory memory;
    struct dynr_arena arena;
    int n_exhausted = 0;
    dynr_test_memory_init(&memory, 0);
    dynr_arena_init(&arena, &memory.allocator, 10000);
    arena.on_exhausted = count_exhaustion;
    arena.on_exhausted_context = &n_exhausted;
    DYNR_ASSERT(dynr_arena_calloc(&arena, SIZE_MAX / 2, 3) == NULL);
    DYNR_ASSERT(dynr_arena_alloc(&arena, SIZE_MAX) == NULL);
    DYNR_ASSERT(dynr_arena_alloc(&arena, SIZE_MAX - 8) == NULL);
    DYNR_ASSERT(dynr_arena_dup(&arena, dynr_str_make("", SIZE_MAX)).ptr == NULL);
    DYNR_ASSERT_INT(n_exhausted, 4);
    size_t n = 0;
    while (n < 10000 && dynr_arena_alloc(&arena, 100) != NULL) {
        n++;
    }
    DYNR_ASSERT_INT(n_exhausted, 5);
    DYNR_ASSERT(n >= 70 && n < 100);
    DYNR_ASSERT(arena.reserved <= 10000);
    DYNR_ASSERT_INT(memory.n_bytes, arena.reserved);
    dynr_arena_reset(&arena);
    DYNR_ASSERT(dynr_arena_alloc(&arena, 100) != NULL);
    dynr_arena_cleanup(&arena);
    DYNR_ASSERT_INT(memory.n_blocks, 0);
    DYNR_ASSERT(!memory.misused);
}

static void arena_reset_ends_allocating(void)
{
    struct dynr_test_memory memory;
    struct dynr_arena arena;
    dynr_test_memory_init(&memory, 0);
    dynr_arena_init(&arena, &memory.allocator, 0);
    size_t n_requests = 0;
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 500; i++) {
            DYNR_ASSERT(dynr_arena_alloc(&arena, 64) != NULL);
        }
        dynr_arena_reset(&arena);
        if (round == 10) {
            n_requests = memory.n_requests;
        }
    }
    /* In debug mode every allocation is one request and reset keeps nothing. */
    DYNR_ASSERT(memory.n_requests == n_requests || memory.n_blocks == 0);
    DYNR_ASSERT(memory.n_blocks <= 1);
    DYNR_ASSERT_INT(memory.n_bytes, arena.reserved);
    DYNR_ASSERT(dynr_arena_alloc(&arena, 5000000) != NULL);
    dynr_arena_reset(&arena);
    DYNR_ASSERT(arena.reserved <= 1024 * 1024);
    dynr_arena_cleanup(&arena);
    DYNR_ASSERT_INT(memory.n_blocks, 0);
    DYNR_ASSERT(!memory.misused);
}

static void arena_survives_failure_at_every_allocation(void)
{
    for (size_t fail_at = 1; fail_at < 60; fail_at++) {
        struct dynr_test_memory memory;
        struct dynr_arena arena;
        dynr_test_memory_init(&memory, fail_at);
        dynr_arena_init(&arena, &memory.allocator, 0);
        for (int i = 0; i < 40; i++) {
            char *text = dynr_arena_text(&arena, 3000);
            if (text != NULL) {
                memset(text, 'x', 3000);
            }
            struct dynr_str copy = dynr_arena_dup(&arena, dynr_str_make("abc", 3));
            DYNR_ASSERT(copy.ptr != NULL || copy.len == 0);
            dynr_arena_printf(&arena, "%0900d", i);
        }
        memory.fail_at = 0;
        DYNR_ASSERT(dynr_arena_alloc(&arena, 4000) != NULL);
        dynr_arena_cleanup(&arena);
        if (!DYNR_ASSERT_INT(memory.n_blocks, 0) || !DYNR_ASSERT(!memory.misused)) {
            return;
        }
    }
}

static void buf_appends_in_order(void)
{
    struct dynr_buf buf = {0};
    dynr_buf_append_c(&buf, "ab");
    dynr_buf_append_char(&buf, 'c');
    dynr_buf_append(&buf, "def", 2);
    dynr_buf_append_str(&buf, dynr_str_make(NULL, 0));
    dynr_buf_append_int(&buf, INT64_MIN);
    dynr_buf_append_int(&buf, 0);
    dynr_buf_printf(&buf, "[%s]", "x");
    DYNR_ASSERT_STR(dynr_buf_str(&buf), "abcde-92233720368547758080[x]");
    dynr_buf_clear(&buf);
    for (int width = 250; width < 600; width++) {
        size_t before = buf.len;
        dynr_buf_printf(&buf, "%0*d", width, 7);
        DYNR_ASSERT_INT(buf.len - before, width);
        DYNR_ASSERT_INT(buf.ptr[buf.len - 1], '7');
    }
    DYNR_ASSERT(dynr_buf_ok(&buf));
    dynr_buf_cleanup(&buf);
    dynr_buf_cleanup(&buf);
    DYNR_ASSERT(dynr_buf_reserve(&buf, 0) != NULL);
    dynr_buf_cleanup(&buf);
}

static void buf_keeps_its_limit_exactly(void)
{
    struct dynr_buf buf;
    dynr_buf_init(&buf, NULL, 300);
    dynr_buf_printf(&buf, "%0300d", 1);
    DYNR_ASSERT(dynr_buf_ok(&buf));
    DYNR_ASSERT_INT(buf.len, 300);
    dynr_buf_append_char(&buf, 'x');
    DYNR_ASSERT(!dynr_buf_ok(&buf));
    DYNR_ASSERT_INT(buf.len, 300);
    dynr_buf_clear(&buf);
    DYNR_ASSERT(dynr_buf_ok(&buf));
    dynr_buf_printf(&buf, "%0301d", 1);
    DYNR_ASSERT(!dynr_buf_ok(&buf));
    DYNR_ASSERT_INT(buf.len, 0);
    dynr_buf_append_char(&buf, 'x');
    DYNR_ASSERT_INT(buf.len, 0);
    dynr_buf_clear(&buf);
    dynr_buf_append_char(&buf, 'x');
    DYNR_ASSERT(dynr_buf_reserve(&buf, SIZE_MAX) == NULL);
    dynr_buf_cleanup(&buf);
}

static void buf_fails_once_and_for_all_at_every_allocation(void)
{
    for (size_t fail_at = 1; fail_at < 14; fail_at++) {
        struct dynr_test_memory memory;
        struct dynr_buf buf;
        dynr_test_memory_init(&memory, fail_at);
        dynr_buf_init(&buf, &memory.allocator, 0);
        for (int i = 0; i < 2000; i++) {
            bool was_ok = dynr_buf_ok(&buf);
            size_t len = buf.len;
            dynr_buf_append_json_string(&buf, dynr_str_make("a\nb", 3));
            DYNR_ASSERT(was_ok || (buf.len == len && !dynr_buf_ok(&buf)));
            dynr_buf_printf(&buf, "%0300d", i);
        }
        DYNR_ASSERT(!dynr_buf_ok(&buf));
        memory.fail_at = 0;
        dynr_buf_clear(&buf);
        dynr_buf_append_c(&buf, "again");
        DYNR_ASSERT_STR(dynr_buf_str(&buf), "again");
        dynr_buf_cleanup(&buf);
        if (!DYNR_ASSERT_INT(memory.n_blocks, 0) || !DYNR_ASSERT(!memory.misused)) {
            return;
        }
    }
}

static void map_keeps_insertion_order_and_replaces(void)
{
    enum {
        N = 5000
    };
    static char names[N][16];
    static int values[2 * N];
    struct dynr_map map = {0};
    void *previous = &map;
    DYNR_ASSERT(dynr_map_get(&map, dynr_str_make(NULL, 0)) == NULL);
    for (int i = 0; i < N; i++) {
        snprintf(names[i], sizeof names[i], "key%d", i * 7919 % N);
        DYNR_ASSERT(dynr_map_put(&map, dynr_str_from_c(names[i]), &values[i], &previous));
        DYNR_ASSERT(previous == NULL);
    }
    for (int i = 0; i < N; i += 3) {
        DYNR_ASSERT(dynr_map_put(&map, dynr_str_from_c(names[i]), &values[N + i], &previous));
        DYNR_ASSERT(previous == &values[i]);
    }
    DYNR_ASSERT_INT(map.n_entries, N);
    for (int i = 0; i < N; i++) {
        int *expected = &values[i % 3 == 0 ? N + i : i];
        if (!DYNR_ASSERT(dynr_map_get(&map, dynr_str_from_c(names[i])) == expected) ||
            !DYNR_ASSERT_STR(map.entries[i].key, names[i])) {
            break;
        }
    }
    DYNR_ASSERT(dynr_map_get(&map, dynr_str_from_c("key")) == NULL);
    DYNR_ASSERT(dynr_map_put(&map, dynr_str_make(NULL, 0), values, NULL));
    DYNR_ASSERT(dynr_map_get(&map, dynr_str_from_c("")) == values);
    dynr_map_cleanup(&map);
    dynr_map_cleanup(&map);
    DYNR_ASSERT_INT(map.n_entries, 0);
}

static void map_removes(void)
{
    enum {
        N = 300,
        STEPS = 20000
    };
    static char names[N][16];
    bool is_there[N] = {false};
    int n_there = 0;
    bool ok = true;
    struct dynr_test_random random = {1};
    struct dynr_map map = {0};
    DYNR_ASSERT(dynr_map_remove(&map, dynr_str_from_c("none")) == NULL);
    for (int i = 0; i < N; i++) {
        snprintf(names[i], sizeof names[i], "key%d", i);
    }
    for (int step = 0; ok && step < STEPS; step++) {
        /* Fuller and emptier by turns. */
        int i = (int)dynr_test_random_below(&random, N);
        bool adds = dynr_test_random_below(&random, 10) < (step / 1000 % 2 == 0 ? 8u : 2u);
        if (adds) {
            ok = DYNR_ASSERT(dynr_map_put(&map, dynr_str_from_c(names[i]), names[i], NULL));
        } else {
            ok = DYNR_ASSERT(dynr_map_remove(&map, dynr_str_from_c(names[i])) ==
                             (is_there[i] ? names[i] : NULL));
        }
        n_there += (int)adds - (int)is_there[i];
        is_there[i] = adds;
        ok = ok && DYNR_ASSERT_INT(map.n_entries, n_there);
        for (int k = 0; ok && step % 50 == 0 && k < N; k++) {
            ok = DYNR_ASSERT(dynr_map_get(&map, dynr_str_from_c(names[k])) ==
                             (is_there[k] ? names[k] : NULL));
        }
    }
    /* What is gone takes no room. */
    DYNR_ASSERT(map.cap_entries <= 2 * N && map.n_slots <= 1024);
    dynr_map_cleanup(&map);
}

static void map_is_unchanged_by_failure_at_every_allocation(void)
{
    char names[200][8];
    for (int i = 0; i < 200; i++) {
        snprintf(names[i], sizeof names[i], "k%d", i);
    }
    for (size_t fail_at = 1; fail_at < 16; fail_at++) {
        struct dynr_test_memory memory;
        struct dynr_map map;
        dynr_test_memory_init(&memory, fail_at);
        dynr_map_init(&map, &memory.allocator);
        size_t n = 0;
        while (n < 200 && dynr_map_put(&map, dynr_str_from_c(names[n]), names[n], NULL)) {
            n++;
        }
        DYNR_ASSERT_INT(map.n_entries, n);
        DYNR_ASSERT(n == 200 || dynr_map_get(&map, dynr_str_from_c(names[n])) == NULL);
        memory.fail_at = 0;
        for (; n < 200; n++) {
            DYNR_ASSERT(dynr_map_put(&map, dynr_str_from_c(names[n]), names[n], NULL));
        }
        for (size_t i = 0; i < 200; i++) {
            DYNR_ASSERT(dynr_map_get(&map, dynr_str_from_c(names[i])) == names[i]);
        }
        dynr_map_cleanup(&map);
        if (!DYNR_ASSERT_INT(memory.n_blocks, 0) || !DYNR_ASSERT(!memory.misused)) {
            return;
        }
    }
}

static int compare_hashes(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

static void hash_tells_lengths_bits_and_seeds_apart(void)
{
    /*
     * Zeros of every length and each single bit of 100 bytes: 64-bit hashes of so few texts must
     * not collide.
     */
    static uint64_t hashes[1200];
    char bytes[200] = {0};
    size_t n = 0;
    for (size_t len = 0; len <= 200; len++) {
        hashes[n++] = dynr_hash(dynr_str_make(bytes, len), 1);
    }
    for (size_t bit = 0; bit < 800; bit++) {
        bytes[bit / 8] = (char)(1U << bit % 8);
        hashes[n++] = dynr_hash(dynr_str_make(bytes, 100), 1);
        bytes[bit / 8] = 0;
    }
    for (uint64_t seed = 2; seed < 100; seed++) {
        hashes[n++] = dynr_hash(dynr_str_make(bytes, 5), seed);
    }
    qsort(hashes, n, sizeof hashes[0], compare_hashes);
    for (size_t i = 1; i < n; i++) {
        if (!DYNR_ASSERT(hashes[i] != hashes[i - 1])) {
            return;
        }
    }
}

static const struct dynr_test tests[] = {
    DYNR_TEST(arena_blocks_are_aligned_and_do_not_overlap),
    DYNR_TEST(arena_arrays_grow_and_keep_what_they_hold),
    DYNR_TEST(arena_texts),
    DYNR_TEST(arena_refuses_overflows_and_keeps_its_limit),
    DYNR_TEST(arena_reset_ends_allocating),
    DYNR_TEST(arena_survives_failure_at_every_allocation),
    DYNR_TEST(buf_appends_in_order),
    DYNR_TEST(buf_keeps_its_limit_exactly),
    DYNR_TEST(buf_fails_once_and_for_all_at_every_allocation),
    DYNR_TEST(map_keeps_insertion_order_and_replaces),
    DYNR_TEST(map_removes),
    DYNR_TEST(map_is_unchanged_by_failure_at_every_allocation),
    DYNR_TEST(hash_tells_lengths_bits_and_seeds_apart),
};

int main(void)
{
    return dynr_test_main("base/memory", tests, DYNR_TEST_COUNT(tests));
}
