/* SPDX-License-Identifier: Apache-2.0 */
/* Keys hashed from a row's members are those of the key's text, whatever the members hold. */
#include "reactive/path_key.h"
#include "test_main.h"
#include "test_tools.h"
#include "typed/key.h"

struct pair {
    struct dynr_str a;
    int32_t b;
};
struct row {
    struct dynr_str text;
    struct dynr_ulid ulid;
    struct dynr_uuid uuid;
    int32_t narrow;
    int64_t wide;
    struct pair pair;
    struct dynr_bytes bytes;
    struct dynr_str maybe;
    bool has_maybe;
};

static const struct dynr_type_desc string_type = {.kind = DYNR_KIND_STRING};
static const struct dynr_type_desc ulid_type = {.kind = DYNR_KIND_ULID};
static const struct dynr_type_desc uuid_type = {.kind = DYNR_KIND_UUID};
static const struct dynr_type_desc narrow_type = {.kind = DYNR_KIND_INT32};
static const struct dynr_type_desc wide_type = {.kind = DYNR_KIND_INT64};
static const struct dynr_type_desc bytes_type = {.kind = DYNR_KIND_BYTES};
static const struct dynr_field_desc pair_fields[] = {
    {"a", "a", 1, 1, 0, offsetof(struct pair, a), DYNR_REQUIRED, &string_type},
    {"b", "b", 1, 1, 0, offsetof(struct pair, b), DYNR_REQUIRED, &narrow_type}};
static const struct dynr_struct_desc pair_desc = {
    .name = "pair", .size = sizeof(struct pair), .fields = pair_fields, .n_fields = 2};
static const struct dynr_type_desc pair_type = {.kind = DYNR_KIND_REF, .structure = &pair_desc};

#define PART(literal, member, type)                                                                \
    {                                                                                              \
        literal, sizeof(literal) - 1, false, offsetof(struct row, member), DYNR_REQUIRED, &(type)  \
    }

static const struct dynr_key_part parts[] = {
    PART("LIST#", text, string_type),
    PART("", text, string_type),
    PART("U#", ulid, ulid_type),
    PART("#", uuid, uuid_type),
    PART("A-LONG-TAG#", narrow, narrow_type),
    PART("#", wide, wide_type),
    PART("P#", pair, pair_type),
    PART("B#", bytes, bytes_type),
    {"M#", 2, false, offsetof(struct row, maybe), offsetof(struct row, has_maybe), &string_type},
    {"END", 3, false, 0, DYNR_REQUIRED, NULL},
};
#define N_PARTS (sizeof parts / sizeof parts[0])

static struct dynr_str random_text(struct dynr_test_random *random, char *out, size_t size)
{
    size_t most = dynr_test_random_below(random, 50) == 0 ? size : 40;
    size_t len = dynr_test_random_below(random, most);
    bool nasty = dynr_test_random_below(random, 4) == 0;
    for (size_t i = 0; i < len; i++) {
        out[i] = (char)(nasty ? dynr_test_random_below(random, 256)
                              : 'a' + dynr_test_random_below(random, 26));
    }
    return len == 0 && nasty ? dynr_str_make(NULL, 0) : dynr_str_make(out, len);
}

static int64_t random_number(struct dynr_test_random *random)
{
    return (int64_t)(dynr_test_random_next(random) >> dynr_test_random_below(random, 64)) *
           (dynr_test_random_below(random, 2) == 0 ? 1 : -1);
}

struct texts {
    char texts[3][1500];
};

static void random_row(struct dynr_test_random *random, struct row *row, struct texts *texts)
{
    memset(row, 0, sizeof *row);
    row->text = random_text(random, texts->texts[0], sizeof texts->texts[0]);
    row->maybe = random_text(random, texts->texts[1], sizeof texts->texts[1]);
    row->pair.a = random_text(random, texts->texts[2], sizeof texts->texts[2]);
    row->has_maybe = dynr_test_random_below(random, 3) != 0;
    row->narrow = (int32_t)random_number(random);
    row->wide = random_number(random);
    row->pair.b = (int32_t)random_number(random);
    row->bytes = (struct dynr_bytes){(const uint8_t *)texts->texts[0], row->text.len};
    if (dynr_test_random_below(random, 10) != 0) {
        memset(row->ulid.text, '0' + (int)dynr_test_random_below(random, 10),
               sizeof row->ulid.text);
        memset(row->uuid.text, 'a' + (int)dynr_test_random_below(random, 6), sizeof row->uuid.text);
    }
}

static void random_template(struct dynr_test_random *random, struct dynr_key_part *out,
                            struct dynr_key_template *key)
{
    *key = (struct dynr_key_template){"pk", false, 'S', '#', 0, out};
    key->n_parts = (uint16_t)(1 + dynr_test_random_below(random, 4));
    for (size_t i = 0; i < key->n_parts; i++) {
        out[i] = parts[dynr_test_random_below(random, N_PARTS)];
    }
    if (dynr_test_random_below(random, 5) == 0) {
        /* A native attribute is one value. */
        key->native = true;
        key->n_parts = 1;
        out[0] = parts[dynr_test_random_below(random, 6)];
    }
    out[0].fold = out[0].type == &string_type && dynr_test_random_below(random, 10) == 0;
}

/* By way of the text; false: no row has the key. */
static bool hash_text(const struct dynr_key_template *partition,
                      const struct dynr_key_template *sort, uint32_t number,
                      const uint64_t hash_key[2], const struct row *row, struct dynr_key128 *out)
{
    struct dynr_buf text;
    bool present = false;
    dynr_buf_init(&text, NULL, 0);
    dynr_buf_append(&text, &number, sizeof number);
    bool good = dynr_key_build(partition, row, &text, &present, NULL) == DYNR_OK && present;
    if (good && sort != NULL) {
        dynr_buf_append_char(&text, '\0');
        good = dynr_key_build(sort, row, &text, &present, NULL) == DYNR_OK && present;
    }
    if (good) {
        *out = dynr_siphash128(hash_key, dynr_buf_str(&text));
    }
    dynr_buf_cleanup(&text);
    return good;
}

static void keys_are_those_of_the_text(void)
{
    static struct texts texts;
    const uint64_t hash_key[2] = {UINT64_C(0x0123456789abcdef), 42};
    struct dynr_test_random random = {7};
    struct dynr_arena arena = {0};
    size_t counts[3] = {0, 0, 0};
    for (uint32_t i = 0; i < 3000; i++) {
        struct dynr_key_part partition_parts[4];
        struct dynr_key_part sort_parts[4];
        struct dynr_key_template partition;
        struct dynr_key_template sort;
        struct dynr_path_key path;
        bool with_sort = dynr_test_random_below(&random, 2) == 0;
        random_template(&random, partition_parts, &partition);
        random_template(&random, sort_parts, &sort);
        DYNR_ASSERT(dynr_path_key_prepare(&path, hash_key, i, &partition, with_sort ? &sort : NULL,
                                          &arena));
        for (int k = 0; k < 20; k++) {
            struct row row;
            struct dynr_key128 key = {0, 0};
            struct dynr_key128 expected = {1, 1};
            random_row(&random, &row, &texts);
            bool present =
                hash_text(&partition, with_sort ? &sort : NULL, i, hash_key, &row, &expected);
            enum dynr_path_key_result result = dynr_path_key_hash(&path, &row, &key);
            counts[result]++;
            if (!DYNR_ASSERT(result != DYNR_PATH_KEY_ABSENT || !present) ||
                !DYNR_ASSERT(result != DYNR_PATH_KEY_HASHED ||
                             (present && dynr_key128_equal(key, expected)))) {
                dynr_arena_cleanup(&arena);
                return;
            }
        }
    }
    DYNR_ASSERT(counts[DYNR_PATH_KEY_HASHED] > 10000);
    DYNR_ASSERT(counts[DYNR_PATH_KEY_ABSENT] > 1000);
    DYNR_ASSERT(counts[DYNR_PATH_KEY_LONG_WAY] > 1000);
    dynr_arena_cleanup(&arena);
}

static void memory_runs_out(void)
{
    const uint64_t hash_key[2] = {1, 2};
    struct dynr_key_template partition = {"pk", false, 'S', '#', 1, parts};
    struct dynr_test_memory memory;
    struct dynr_arena arena;
    struct dynr_path_key path;
    dynr_test_memory_init(&memory, 1);
    dynr_arena_init(&arena, &memory.allocator, 0);
    DYNR_ASSERT(!dynr_path_key_prepare(&path, hash_key, 1, &partition, NULL, &arena));
    dynr_arena_cleanup(&arena);
    DYNR_ASSERT_INT(memory.n_blocks, 0);
}

static const struct dynr_test tests[] = {
    DYNR_TEST(keys_are_those_of_the_text),
    DYNR_TEST(memory_runs_out),
};

int main(void)
{
    return dynr_test_main("path key", tests, DYNR_TEST_COUNT(tests));
}
