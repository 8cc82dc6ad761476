/* SPDX-License-Identifier: Apache-2.0 */
/* The parts below the engine: the hash, the table, values as wholes. */
#include "reactive/key_table.h"
#include "reactive/row_value.h"
#include "test_tools.h"
#include "world.h"

static void hashes_are_siphash(void)
{
    /* Of another implementation, which gives the vectors of the reference for SipHash-2-4: key 00 01 .. 0f, messages 00 01 .. */
    static const struct {
        size_t len;
        uint8_t hash[16];
    } expected[] = {
        {0,
         {0xe7, 0x7e, 0xbc, 0xb2, 0x27, 0x88, 0xa5, 0xbe, 0xfd, 0x62, 0xdb, 0x6a, 0xdd, 0x30, 0x30,
          0x01}},
        {1,
         {0xfc, 0x6f, 0x37, 0x04, 0x60, 0xd3, 0xed, 0xa8, 0x5e, 0x05, 0x73, 0xcc, 0x2b, 0x2f, 0xf0,
          0x63}},
        {9,
         {0x81, 0xdd, 0xb8, 0x04, 0x2c, 0xf3, 0x39, 0x94, 0xf4, 0x72, 0x0e, 0x00, 0x94, 0x13, 0x7c,
          0x42}},
        {26,
         {0x7f, 0x4d, 0x0a, 0x12, 0x09, 0xd6, 0x7e, 0x4e, 0xd0, 0x6f, 0x75, 0x38, 0xe1, 0xcf, 0xad,
          0x64}},
    };
    char bytes[26];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (char)i;
    }
    uint64_t key[2] = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        struct dynr_key128 hash = dynr_siphash128(key, dynr_str_make(bytes, expected[i].len));
        uint64_t words[2] = {hash.low, hash.high};
        DYNR_ASSERT_MEM(words, sizeof words, expected[i].hash, sizeof expected[i].hash);
    }
}

static void tags_are_siphash_2_4(void)
{
    /* The first two vectors of the reference (vectors.h, vectors_sip128): key 00 01 .. 0f, messages of 0 and 1 bytes. */
    static const uint8_t expected[2][16] = {{0xa3, 0x81, 0x7f, 0x04, 0xba, 0x25, 0xa8, 0xe6, 0x6d,
                                             0xf6, 0x72, 0x14, 0xc7, 0x55, 0x02, 0x93},
                                            {0xda, 0x87, 0xc1, 0xd8, 0x6b, 0x99, 0xaf, 0x44, 0x34,
                                             0x76, 0x59, 0x11, 0x9b, 0x22, 0xfc, 0x45}};
    uint64_t key[2] = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};
    for (size_t len = 0; len < 2; len++) {
        struct dynr_key128 tag = dynr_siphash128_tag(key, dynr_str_make("", len));
        uint64_t words[2] = {tag.low, tag.high};
        DYNR_ASSERT_MEM(words, sizeof words, expected[len], sizeof expected[len]);
    }
}

static void tables_find_what_was_put(void)
{
    enum {
        N = 3000
    };
    static int values[N];
    static bool held[N];
    struct dynr_test_random random = {42};
    struct dynr_test_memory memory;
    dynr_test_memory_init(&memory, 0);
    struct dynr_key_table table = {.allocator = &memory.allocator};
    memset(held, 0, sizeof held);
    for (int step = 0; step < 40000; step++) {
        size_t i = dynr_test_random_below(&random, N);
        /* Homes that crowd, also around the end. */
        struct dynr_key128 key = {(i % 7) * (UINT64_MAX / 6), i};
        if (held[i] && dynr_test_random_below(&random, 2) == 0) {
            dynr_key_table_remove(&table, key);
            held[i] = false;
        } else {
            DYNR_ASSERT(dynr_key_table_put(&table, key, &values[i]));
            held[i] = true;
        }
        size_t other = dynr_test_random_below(&random, N);
        struct dynr_key128 other_key = {(other % 7) * (UINT64_MAX / 6), other};
        if (!DYNR_ASSERT(dynr_key_table_get(&table, other_key) ==
                         (held[other] ? &values[other] : NULL))) {
            break;
        }
    }
    dynr_key_table_cleanup(&table);
    DYNR_ASSERT_INT(memory.n_blocks, 0);
}

static void copies_stand_alone(void)
{
    struct dynr_arena arena = {0};
    char text[] = "text";
    char list[] = "list";
    struct todo todo = make_todo("l1", "a");
    todo.text = dynr_str_make(text, 4);
    todo.list.id = dynr_str_make(list, 4);
    struct todo *copy = dynr_struct_dup(todo_entity.row, &todo, &arena);
    for (size_t i = 0; i < todo_entity.row->n_fields; i++) {
        DYNR_ASSERT(dynr_field_equal(&todo_entity.row->fields[i], &todo, copy));
    }
    text[0] = 'n';
    list[0] = 'm';
    DYNR_ASSERT_STR(copy->text, "text");
    DYNR_ASSERT_STR(copy->list.id, "list");
    DYNR_ASSERT(!dynr_field_equal(&todo_entity.row->fields[2], &todo, copy));
    DYNR_ASSERT(!dynr_field_equal(&todo_entity.row->fields[0], &todo, copy));
    copy->has_due = true;
    DYNR_ASSERT(!dynr_field_equal(&todo_entity.row->fields[4], &todo, copy));
    dynr_arena_cleanup(&arena);
}

static const struct dynr_test tests[] = {
    DYNR_TEST(hashes_are_siphash),
    DYNR_TEST(tags_are_siphash_2_4),
    DYNR_TEST(tables_find_what_was_put),
    DYNR_TEST(copies_stand_alone),
};

int main(void)
{
    return dynr_test_main("parts", tests, DYNR_TEST_COUNT(tests));
}
