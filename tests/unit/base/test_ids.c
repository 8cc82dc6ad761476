/* SPDX-License-Identifier: Apache-2.0 */
/* ULIDs, UUIDs and the clock. */
#include "dynr/clock.h"
#include "test_main.h"
#include "test_tools.h"

static void ulids_sort_by_time(void)
{
    struct dynr_test_clock clock;
    struct dynr_test_random random = {3};
    dynr_test_clock_init(&clock, 0, 9);
    struct dynr_ulid previous;
    DYNR_ASSERT_STATUS(dynr_ulid_generate(&clock.clock, &previous, NULL), DYNR_OK);
    DYNR_ASSERT_STR(dynr_str_make(previous.text, 10), "0000000000");
    for (int i = 0; i < 20000; i++) {
        struct dynr_ulid ulid;
        struct dynr_ulid parsed;
        clock.now_ms += 1 + (int64_t)dynr_test_random_below(&random, UINT64_C(1) << i % 33);
        DYNR_ASSERT_STATUS(dynr_ulid_generate(&clock.clock, &ulid, NULL), DYNR_OK);
        if (!DYNR_ASSERT(dynr_str_compare(dynr_ulid_str(&previous), dynr_ulid_str(&ulid)) < 0) ||
            !DYNR_ASSERT(dynr_ulid_parse(dynr_ulid_str(&ulid), &parsed)) ||
            !DYNR_ASSERT_MEM(parsed.text, 26, ulid.text, 26)) {
            return;
        }
        previous = ulid;
    }
}

static bool all_ones(void *context, uint8_t *out, size_t len)
{
    (void)context;
    memset(out, 0xFF, len);
    return true;
}

static void ulid_bits_stand_where_the_specification_says(void)
{
    struct dynr_test_clock clock;
    struct dynr_ulid ulid;
    dynr_test_clock_init(&clock, 1469918176385, 9);
    DYNR_ASSERT_STATUS(dynr_ulid_generate(&clock.clock, &ulid, NULL), DYNR_OK);
    DYNR_ASSERT_STR(dynr_str_make(ulid.text, 10), "01ARYZ6S41");
    clock.now_ms = (INT64_C(1) << 48) - 1;
    clock.clock.random_bytes = all_ones;
    DYNR_ASSERT_STATUS(dynr_ulid_generate(&clock.clock, &ulid, NULL), DYNR_OK);
    DYNR_ASSERT_STR(dynr_ulid_str(&ulid), "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
    clock.now_ms++;
    DYNR_ASSERT_STATUS(dynr_ulid_generate(&clock.clock, &ulid, NULL), DYNR_ERR_RANGE);
    clock.now_ms = -1;
    DYNR_ASSERT_STATUS(dynr_ulid_generate(&clock.clock, &ulid, NULL), DYNR_ERR_RANGE);
}

static void ulids_are_read_in_either_case(void)
{
    struct dynr_ulid ulid;
    memset(&ulid, '!', sizeof ulid);
    static const char *const bad[] = {
        "",
        "01ARZ3NDEKTSV4RRFFQ69G5FA",
        "01ARZ3NDEKTSV4RRFFQ69G5FAVV",
        "81ARZ3NDEKTSV4RRFFQ69G5FAV",
        "01ARZ3NDEKTSV4RRFFQ69G5FAI",
        "01ARZ3NDEKTSV4RRFFQ69G5FAL",
        "01ARZ3NDEKTSV4RRFFQ69G5FAO",
        "01ARZ3NDEKTSV4RRFFQ69G5FAU",
        "01ARZ3NDEKTSV4RRFFQ69G5FA-",
        "01ARZ3NDEKTSV4RRFFQ69G5FA\xC3",
        "A1ARZ3NDEKTSV4RRFFQ69G5FAV",
        "01ARZ3NDEKTSV4RRFFQ69G5Fi0",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        DYNR_ASSERT(!dynr_ulid_parse(dynr_str_from_c(bad[i]), &ulid));
    }
    DYNR_ASSERT(!dynr_ulid_parse(dynr_str_make("01ARZ3NDEKTSV4RRFFQ69G5FA\0", 26), &ulid));
    DYNR_ASSERT_INT(ulid.text[0], '!');
    DYNR_ASSERT(dynr_ulid_parse(dynr_str_from_c("01arz3ndektsv4rrffq69g5fav"), &ulid));
    DYNR_ASSERT_STR(dynr_ulid_str(&ulid), "01ARZ3NDEKTSV4RRFFQ69G5FAV");
}

static void uuids_are_read_in_either_case(void)
{
    struct dynr_uuid uuid;
    memset(&uuid, '!', sizeof uuid);
    static const char *const bad[] = {
        "",
        "123e4567-e89b-42d3-a456-42661417400",
        "123e4567-e89b-42d3-a456-4266141740000",
        "123e4567e89b42d3a456426614174000",
        "123e4567-e89b-42d3-a456_426614174000",
        "123e4567-e89b-42d3-a456-42661417400g",
        "{23e4567-e89b-42d3-a456-42661417400}",
        "123e456-7e89b-42d3-a456-426614174000",
        "123e4567-e89b-42d3-a456-42661417400\xFF",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        DYNR_ASSERT(!dynr_uuid_parse(dynr_str_from_c(bad[i]), &uuid));
    }
    DYNR_ASSERT_INT(uuid.text[0], '!');
    DYNR_ASSERT(dynr_uuid_parse(dynr_str_from_c("123E4567-E89B-42D3-A456-426614174aBc"), &uuid));
    DYNR_ASSERT_STR(dynr_uuid_str(&uuid), "123e4567-e89b-42d3-a456-426614174abc");
}

static void new_uuids_are_of_version_4(void)
{
    struct dynr_test_clock clock;
    struct dynr_uuid uuid;
    struct dynr_uuid parsed;
    dynr_test_clock_init(&clock, 0, 77);
    for (int i = 0; i < 1000; i++) {
        DYNR_ASSERT_STATUS(dynr_uuid_generate(&clock.clock, &uuid, NULL), DYNR_OK);
        DYNR_ASSERT(dynr_uuid_parse(dynr_uuid_str(&uuid), &parsed));
        DYNR_ASSERT_MEM(parsed.text, 36, uuid.text, 36);
        DYNR_ASSERT_INT(uuid.text[14], '4');
        DYNR_ASSERT(memchr("89ab", uuid.text[19], 4) != NULL);
    }
    clock.clock.random_bytes = all_ones;
    DYNR_ASSERT_STATUS(dynr_uuid_generate(&clock.clock, &uuid, NULL), DYNR_OK);
    DYNR_ASSERT_STR(dynr_uuid_str(&uuid), "ffffffff-ffff-4fff-bfff-ffffffffffff");
}

static void missing_randomness_is_an_error(void)
{
    struct dynr_test_clock clock;
    struct dynr_ulid ulid;
    struct dynr_uuid uuid;
    dynr_test_clock_init(&clock, 0, 1);
    clock.random_fails = true;
    DYNR_ASSERT_STATUS(dynr_ulid_generate(&clock.clock, &ulid, NULL), DYNR_ERR_IO);
    DYNR_ASSERT_STATUS(dynr_uuid_generate(&clock.clock, &uuid, NULL), DYNR_ERR_IO);
}

static void the_system_clock_works(void)
{
    const struct dynr_clock *clock = dynr_clock_system();
    struct dynr_uuid first;
    struct dynr_uuid second;
    uint8_t bytes[1000] = {0};
    size_t n_zeros = 0;
    /* After 2024 and before 2100. */
    int64_t now = clock->now_ms(clock->context);
    DYNR_ASSERT(now > INT64_C(1704067200000) && now < INT64_C(4102444800000));
    DYNR_ASSERT(clock->random_bytes(clock->context, bytes, sizeof bytes));
    for (size_t i = 0; i < sizeof bytes; i++) {
        n_zeros += bytes[i] == 0;
    }
    DYNR_ASSERT(n_zeros < 100);
    DYNR_ASSERT_STATUS(dynr_uuid_generate(clock, &first, NULL), DYNR_OK);
    DYNR_ASSERT_STATUS(dynr_uuid_generate(clock, &second, NULL), DYNR_OK);
    DYNR_ASSERT(!dynr_str_equal(dynr_uuid_str(&first), dynr_uuid_str(&second)));
}

static const struct dynr_test tests[] = {
    DYNR_TEST(ulids_sort_by_time),
    DYNR_TEST(ulid_bits_stand_where_the_specification_says),
    DYNR_TEST(ulids_are_read_in_either_case),
    DYNR_TEST(uuids_are_read_in_either_case),
    DYNR_TEST(new_uuids_are_of_version_4),
    DYNR_TEST(missing_randomness_is_an_error),
    DYNR_TEST(the_system_clock_works),
};

int main(void)
{
    return dynr_test_main("base/ids", tests, DYNR_TEST_COUNT(tests));
}
