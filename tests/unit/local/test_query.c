/* SPDX-License-Identifier: Apache-2.0 */
/* Query and Scan: ranges, directions, pages, filters, indexes, counts. */
#include <stdio.h>

#include "local_fixture.h"

/* 4 partitions of 25 items; index keys with ties; every fifth item in no index. */
static void fill(struct fixture *f)
{
    for (int p = 0; p < 4; p++) {
        for (int i = 0; i < 25; i++) {
            char item[512];
            int n = snprintf(
                item, sizeof item,
                "{\"pk\":{\"S\":\"p%d\"},\"sk\":{\"S\":\"s%02d\"},\"n\":{\"N\":\"%d\"}", p, i, i);
            if (i % 5 != 0) {
                n += snprintf(item + n, sizeof item - (size_t)n,
                              ",\"g\":{\"S\":\"g%d\"},\"r\":{\"N\":\"%d\"},\"l\":{\"N\":\"%d\"},"
                              "\"t\":{\"S\":\"t%d\"}",
                              i % 2, i % 3 - 1, -(i % 4), i);
            }
            (void)snprintf(item + n, sizeof item - (size_t)n, "}");
            fixture_put(f, item);
        }
    }
}

static void check_pages(struct fixture *f, struct dynr_request request, size_t n_expected)
{
    size_t n_whole;
    struct dynr_str *whole = fixture_pages(f, request, 0, &n_whole);
    DYNR_ASSERT_INT(n_whole, n_expected);
    for (uint32_t limit = 1; limit < 12; limit += 2) {
        size_t n_paged;
        struct dynr_str *paged = fixture_pages(f, request, limit, &n_paged);
        if (!DYNR_ASSERT_INT(n_paged, n_whole)) {
            return;
        }
        for (size_t i = 0; i < n_whole; i++) {
            if (!DYNR_ASSERT(dynr_str_equal(paged[i], whole[i]))) {
                return;
            }
        }
    }
    if (request.operation != DYNR_QUERY || request.backward) {
        return;
    }
    size_t n_back;
    request.backward = true;
    struct dynr_str *back = fixture_pages(f, request, 3, &n_back);
    if (DYNR_ASSERT_INT(n_back, n_whole)) {
        for (size_t i = 0; i < n_whole; i++) {
            DYNR_ASSERT(dynr_str_equal(back[i], whole[n_whole - 1 - i]));
        }
    }
}

static void pages_together_equal_the_whole(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    fill(&f);
    check_pages(&f, query_request("pk = :p", "{\":p\":{\"S\":\"p1\"}}"), 25);
    check_pages(&f, scan_request(), 100);
    struct dynr_request request =
        query_request("pk = :p", "{\":p\":{\"S\":\"p1\"},\":x\":{\"N\":\"10\"}}");
    request.filter = TEXT("n > :x");
    check_pages(&f, request, 14);
    request = query_request("g = :g", "{\":g\":{\"S\":\"g1\"}}");
    request.index = TEXT("by_group");
    check_pages(&f, request, 40);
    request = query_request("g = :g AND r BETWEEN :a AND :b",
                            "{\":g\":{\"S\":\"g1\"},\":a\":{\"N\":\"0\"},\":b\":{\"N\":\"1\"}}");
    request.index = TEXT("by_group");
    check_pages(&f, request, 28);
    request = query_request("r = :r", "{\":r\":{\"N\":\"-1\"}}");
    request.index = TEXT("by_rank");
    check_pages(&f, request, 28);
    request = query_request("pk = :p AND l <= :l", "{\":p\":{\"S\":\"p2\"},\":l\":{\"N\":\"-2\"}}");
    request.index = TEXT("local");
    check_pages(&f, request, 10);
    request = scan_request();
    request.index = TEXT("by_group");
    check_pages(&f, request, 80);
    request.index = TEXT("by_rank");
    check_pages(&f, request, 80);
    fixture_close(&f);
}

static void every_range_selects_its_items(void)
{
    static const struct {
        const char *condition;
        const char *values;
        size_t n_items;
    } cases[] = {
        {"pk = :p AND sk = :a", "{\":p\":{\"S\":\"p0\"},\":a\":{\"S\":\"s05\"}}", 1},
        {"pk = :p AND sk < :a", "{\":p\":{\"S\":\"p0\"},\":a\":{\"S\":\"s05\"}}", 5},
        {"pk = :p AND sk <= :a", "{\":p\":{\"S\":\"p0\"},\":a\":{\"S\":\"s05\"}}", 6},
        {"pk = :p AND sk > :a", "{\":p\":{\"S\":\"p0\"},\":a\":{\"S\":\"s05\"}}", 19},
        {"pk = :p AND sk >= :a", "{\":p\":{\"S\":\"p0\"},\":a\":{\"S\":\"s05\"}}", 20},
        {"pk = :p AND sk BETWEEN :a AND :b",
         "{\":p\":{\"S\":\"p0\"},\":a\":{\"S\":\"s05\"},\":b\":{\"S\":\"s07\"}}", 3},
        {"pk = :p AND begins_with(sk, :a)", "{\":p\":{\"S\":\"p0\"},\":a\":{\"S\":\"s1\"}}", 10},
        {"pk = :p AND begins_with(sk, :a)", "{\":p\":{\"S\":\"p0\"},\":a\":{\"S\":\"t\"}}", 0},
        {"pk = :p", "{\":p\":{\"S\":\"p9\"}}", 0},
    };
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    fill(&f);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        check_pages(&f, query_request(cases[i].condition, cases[i].values), cases[i].n_items);
    }
    fixture_close(&f);
}

static void limit_counts_before_the_filter(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    fill(&f);
    struct dynr_request request =
        query_request("pk = :p", "{\":p\":{\"S\":\"p1\"},\":x\":{\"N\":\"3\"}}");
    request.filter = TEXT("n >= :x");
    request.limit = 5;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_INT(f.response.count, 2);
    DYNR_ASSERT_INT(f.response.scanned_count, 5);
    DYNR_ASSERT_STR(f.response.last_key, "{\"pk\":{\"S\":\"p1\"},\"sk\":{\"S\":\"s04\"}}");
    request.select = DYNR_SELECT_COUNT;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_INT(f.response.count, 2);
    DYNR_ASSERT_INT(f.response.n_items, 0);
    fixture_close(&f);
}

static void pages_end_after_one_megabyte(void)
{
    struct fixture f;
    static char item[60000];
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    for (int i = 0; i < 50; i++) {
        int n = snprintf(item, sizeof item,
                         "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"%02d\"},\"v\":{\"S\":\"", i);
        memset(item + n, 'x', 50000);
        (void)snprintf(item + n + 50000, 10, "\"}}");
        fixture_put(&f, item);
    }
    struct dynr_request request = query_request("pk = :p", "{\":p\":{\"S\":\"p\"}}");
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_INT(f.response.n_items, 21);
    DYNR_ASSERT_STR(f.response.last_key, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"20\"}}");
    size_t n_items;
    (void)fixture_pages(&f, request, 0, &n_items);
    DYNR_ASSERT_INT(n_items, 50);
    fixture_close(&f);
}

static void segments_together_are_the_table(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    fill(&f);
    size_t n_items = 0;
    for (uint32_t segment = 0; segment < 3; segment++) {
        struct dynr_request request = scan_request();
        request.segment = segment;
        request.total_segments = 3;
        size_t n_segment;
        (void)fixture_pages(&f, request, 7, &n_segment);
        n_items += n_segment;
    }
    DYNR_ASSERT_INT(n_items, 100);
    struct dynr_request request = scan_request();
    request.segment = 3;
    request.total_segments = 3;
    (void)fixture_fails(&f, &request, DYNR_ERR_INVALID_ARGUMENT,
                        "The Segment parameter is zero-based and must be less than parameter "
                        "TotalSegments: Segment: 3 "
                        "is not less than TotalSegments: 3");
    fixture_close(&f);
}

static void indexes_answer_what_they_project(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    fixture_put(&f, "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"},\"g\":{\"S\":\"g\"},\"r\":{\"N\":"
                    "\"7\"},\"l\":{\"N\":\"2\"},"
                    "\"t\":{\"S\":\"title\"},\"z\":{\"BOOL\":true}}");
    struct dynr_request request = query_request("r = :r", "{\":r\":{\"N\":\"7\"}}");
    request.index = TEXT("by_rank");
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_INT(f.response.n_items, 1);
    DYNR_ASSERT_STR(f.response.items[0],
                    "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"},\"r\":{\"N\":\"7\"}}");
    request.select = DYNR_SELECT_ALL_ATTRIBUTES;
    (void)fixture_fails(&f, &request, DYNR_ERR_INVALID_ARGUMENT,
                        "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is "
                        "not supported for "
                        "global secondary index by_rank because its projection type is not ALL");
    request.select = DYNR_SELECT_DEFAULT;
    request.consistent_read = true;
    (void)fixture_fails(&f, &request, DYNR_ERR_INVALID_ARGUMENT,
                        "Consistent reads are not supported on global secondary indexes");
    request = query_request("pk = :p", "{\":p\":{\"S\":\"a\"}}");
    request.index = TEXT("local");
    request.consistent_read = true;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_STR(f.response.items[0],
                    "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"},\"l\":{\"N\":\"2\"},"
                    "\"t\":{\"S\":\"title\"}}");
    request.projection = TEXT("z");
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_STR(f.response.items[0], "{\"z\":{\"BOOL\":true}}");
    request.projection.len = 0;
    request.index = TEXT("nowhere");
    (void)fixture_fails(&f, &request, DYNR_ERR_INVALID_ARGUMENT,
                        "The table does not have the specified index: nowhere");
    fixture_close(&f);
}

static size_t count_index(struct fixture *f, const char *index, const char *condition,
                          const char *values)
{
    struct dynr_request request = query_request(condition, values);
    request.index = dynr_str_from_c(index);
    DYNR_ASSERT_STATUS(fixture_call(f, &request), DYNR_OK);
    return f->response.n_items;
}

static void indexes_follow_their_attributes(void)
{
    static const char key[] = "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"}}";
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    fixture_put(
        &f, "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"},\"g\":{\"S\":\"x\"},\"r\":{\"N\":\"1\"}}");
    DYNR_ASSERT_INT(count_index(&f, "by_group", "g = :g", "{\":g\":{\"S\":\"x\"}}"), 1);
    struct dynr_request request = update_request(key, "SET g = :g", "{\":g\":{\"S\":\"y\"}}");
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_INT(count_index(&f, "by_group", "g = :g", "{\":g\":{\"S\":\"x\"}}"), 0);
    DYNR_ASSERT_INT(count_index(&f, "by_group", "g = :g", "{\":g\":{\"S\":\"y\"}}"), 1);
    DYNR_ASSERT_INT(count_index(&f, "by_rank", "r = :r", "{\":r\":{\"N\":\"1\"}}"), 1);
    request = update_request(key, "REMOVE r SET l = :l, t = :t",
                             "{\":l\":{\"N\":\"5\"},\":t\":{\"S\":\"one\"}}");
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_INT(count_index(&f, "by_group", "g = :g", "{\":g\":{\"S\":\"y\"}}"), 0);
    DYNR_ASSERT_INT(count_index(&f, "by_rank", "r = :r", "{\":r\":{\"N\":\"1\"}}"), 0);
    DYNR_ASSERT_INT(count_index(&f, "local", "pk = :p", "{\":p\":{\"S\":\"a\"}}"), 1);
    request = update_request(key, "SET t = :t", "{\":t\":{\"S\":\"two\"}}");
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_INT(count_index(&f, "local", "pk = :p", "{\":p\":{\"S\":\"a\"}}"), 1);
    DYNR_ASSERT_STR(f.response.items[0],
                    "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"},\"l\":{\"N\":\"5\"},"
                    "\"t\":{\"S\":\"two\"}}");
    request = delete_request(key);
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_INT(count_index(&f, "local", "pk = :p", "{\":p\":{\"S\":\"a\"}}"), 0);
    fixture_close(&f);
}

static void start_keys_are_checked(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    fill(&f);
    struct dynr_request request =
        query_request("pk = :p AND sk > :s", "{\":p\":{\"S\":\"p1\"},\":s\":{\"S\":\"s05\"}}");
    request.start_key = TEXT("{\"pk\":{\"S\":\"p1\"}}");
    (void)fixture_fails(&f, &request, DYNR_ERR_INVALID_ARGUMENT,
                        "The provided starting key is invalid");
    request.start_key = TEXT("{\"pk\":{\"S\":\"p2\"},\"sk\":{\"S\":\"s07\"}}");
    (void)fixture_fails(&f, &request, DYNR_ERR_INVALID_ARGUMENT,
                        "The query can return at most one row and cannot be restarted");
    request = query_request("pk = :p", "{\":p\":{\"S\":\"p1\"}}");
    request.start_key = TEXT("{\"pk\":{\"S\":\"p2\"},\"sk\":{\"S\":\"s07\"}}");
    (void)fixture_fails(
        &f, &request, DYNR_ERR_INVALID_ARGUMENT,
        "The provided starting key is outside query boundaries based on provided conditions");
    request.start_key = TEXT("{\"pk\":{\"N\":\"1\"},\"sk\":{\"S\":\"s07\"}}");
    (void)fixture_fails(&f, &request, DYNR_ERR_INVALID_ARGUMENT,
                        "The provided key element does not match the schema");
    request =
        query_request("pk = :p AND sk > :s", "{\":p\":{\"S\":\"p1\"},\":s\":{\"S\":\"s05\"}}");
    request.start_key = TEXT("{\"pk\":{\"S\":\"p1\"},\"sk\":{\"S\":\"s05\"}}");
    (void)fixture_fails(&f, &request, DYNR_ERR_INVALID_ARGUMENT,
                        "The provided starting key does not match the range key predicate");
    request.start_key = TEXT("{\"pk\":{\"S\":\"p1\"},\"sk\":{\"N\":\"5\"}}");
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_ERR_INVALID_ARGUMENT);
    request = query_request("", "");
    (void)fixture_fails(
        &f, &request, DYNR_ERR_INVALID_ARGUMENT,
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the "
        "request.");
    fixture_close(&f);
}

static void filters_may_not_name_keys(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    struct dynr_request request = query_request("pk = :p", "{\":p\":{\"S\":\"p1\"}}");
    request.filter = TEXT("sk > :p");
    (void)fixture_fails(&f, &request, DYNR_ERR_INVALID_ARGUMENT,
                        "Filter Expression can only contain non-primary key attributes: Primary "
                        "key attribute: sk");
    request = scan_request();
    request.filter = TEXT("sk > :p");
    request.values = TEXT("{\":p\":{\"S\":\"p1\"}}");
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    fixture_close(&f);
}

static void select_is_checked(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    struct dynr_request request = scan_request();
    request.select = DYNR_SELECT_ALL_PROJECTED_ATTRIBUTES;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_ERR_INVALID_ARGUMENT);
    request.select = DYNR_SELECT_SPECIFIC_ATTRIBUTES;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_ERR_INVALID_ARGUMENT);
    request.projection = TEXT("pk");
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    request.select = DYNR_SELECT_COUNT;
    (void)fixture_fails(
        &f, &request, DYNR_ERR_INVALID_ARGUMENT,
        "Cannot specify the ProjectionExpression when choosing to get only the Count");
    fixture_close(&f);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(pages_together_equal_the_whole),  DYNR_TEST(every_range_selects_its_items),
        DYNR_TEST(limit_counts_before_the_filter),  DYNR_TEST(pages_end_after_one_megabyte),
        DYNR_TEST(segments_together_are_the_table), DYNR_TEST(indexes_answer_what_they_project),
        DYNR_TEST(indexes_follow_their_attributes), DYNR_TEST(start_keys_are_checked),
        DYNR_TEST(filters_may_not_name_keys),       DYNR_TEST(select_is_checked),
    };
    return dynr_test_main("local-query", tests, DYNR_TEST_COUNT(tests));
}
