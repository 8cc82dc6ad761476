/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys: templates, limits; and that what a query's values and bounds say about key texts is what they say about the rows, by
 * asking the engine and comparing with a walk over all rows.
 */
#include <stdio.h>
#include <stdlib.h>

#include "model.h"
#include "random_everything.h"
#include "test_main.h"
#include "typed/key.h"

#define N_SPOTS   160
#define N_QUERIES 4000

static struct app app;
static struct spot spots[N_SPOTS];

static struct dynr_str build(const struct dynr_key_template *key, const void *row,
                             enum dynr_status expected)
{
    static struct dynr_buf buf;
    struct dynr_error err = {0};
    bool present = false;
    dynr_buf_clear(&buf);
    DYNR_ASSERT_STATUS(dynr_key_build(key, row, &buf, &present, &err), expected);
    DYNR_ASSERT(present || buf.len == 0);
    return dynr_buf_str(&buf);
}

static void keys_are_what_their_templates_say(void)
{
    struct spot spot = {{"a#b", 3}, {"r $", 3}, -42, {"", 0}, 0};
    DYNR_ASSERT_STR(build(spot_entity.partition, &spot, DYNR_OK), "BOARD#a$cb");
    DYNR_ASSERT_STR(build(spot_entity.sort, &spot, DYNR_OK), "SPOT#r$`$d#Y57#");
    struct event event = {{"", 0}, -5, {"", 0}};
    DYNR_ASSERT_STR(build(event_entity.sort, &event, DYNR_OK), "-5");
    build(event_entity.partition, &event, DYNR_ERR_RANGE);
    event.stream = dynr_str_from_c("raw # text");
    DYNR_ASSERT_STR(build(event_entity.partition, &event, DYNR_OK), "raw # text");
    struct user user = {.email = dynr_str_from_c("A#B@Example.ORG")};
    build(user_entity.partition, &user, DYNR_ERR_MISSING);
    DYNR_ASSERT_STR(build(user_by_email.partition, &user, DYNR_OK),
                    "UNIQUE#USER#EMAIL#a$cb@example.org");
    struct todo todo = {.has_due = false};
    DYNR_ASSERT_STR(build(todos_by_due.sort, &todo, DYNR_OK), "");
    char text[2049];
    memset(text, 'x', sizeof text);
    spot.board = dynr_str_make(text, 2048 - 6);
    DYNR_ASSERT_INT(build(spot_entity.partition, &spot, DYNR_OK).len, 2048);
    spot.board.len++;
    build(spot_entity.partition, &spot, DYNR_ERR_TOO_LARGE);
    struct dynr_buf buf = {0};
    bool present;
    dynr_key_build(spot_entity.partition, &todo, &buf, &present, NULL);
    dynr_buf_cleanup(&buf);
}

static int compare_spots(const struct spot *a, const struct spot *b)
{
    int order = dynr_str_compare(a->row, b->row);
    if (order == 0) {
        order = a->column < b->column ? -1 : (a->column > b->column ? 1 : 0);
    }
    return order != 0 ? order : dynr_str_compare(a->name, b->name);
}

static int compare_for_sort(const void *a, const void *b)
{
    return compare_spots(a, b);
}

static struct dynr_str word(void)
{
    static const char *const words[] = {"",    "a",  "ab", "a#",  "a$", "a b", "a#b", "b",
                                        "\"b", "b!", "b~", "ab#", "A",  "aa",  "a%",  "\xC3\xA9"};
    return dynr_str_from_c(words[dynr_test_random_below(&app.random, 16)]);
}

static int64_t column(void)
{
    static const int64_t columns[] = {-1000, -11, -10, -2, -1, 0, 1, 2, 9, 10, 99, 100, 12345};
    return columns[dynr_test_random_below(&app.random, 13)];
}

static void fill_board(void)
{
    size_t n = 0;
    while (n < N_SPOTS) {
        struct spot spot = {{"b", 1}, word(), column(), word(), (int32_t)n};
        bool known = false;
        for (size_t i = 0; i < n; i++) {
            known = known || compare_spots(&spots[i], &spot) == 0;
        }
        if (!known) {
            spots[n++] = spot;
            DYNR_ASSERT_STATUS(
                dynr_row_create(app.client, &spot_entity, &spot, &app.arena, &app.err), DYNR_OK);
        }
    }
    qsort(spots, N_SPOTS, sizeof spots[0], compare_for_sort);
}

/* Order of the value after the first `n_equal`. */
static int compare_next(const struct spot *a, const struct spot *b, unsigned n_equal)
{
    if (n_equal == 0) {
        return dynr_str_compare(a->row, b->row);
    }
    if (n_equal == 1) {
        return a->column < b->column ? -1 : (a->column > b->column ? 1 : 0);
    }
    return dynr_str_compare(a->name, b->name);
}

static bool matches(const struct dynr_query *query, const struct spot *spot)
{
    const struct spot *probe = query->probe;
    unsigned n = query->n_equal;
    for (unsigned i = 0; i + (query->last_is_prefix ? 1U : 0U) < n; i++) {
        if (compare_next(spot, probe, i) != 0) {
            return false;
        }
    }
    if (query->last_is_prefix) {
        return n == 1 ? dynr_str_starts_with(spot->row, probe->row)
                      : dynr_str_starts_with(spot->name, probe->name);
    }
    if (query->low.kind != DYNR_BOUND_NONE) {
        int order = compare_next(spot, query->low.probe, n);
        if (order < 0 || (order == 0 && query->low.kind == DYNR_BOUND_EXCLUSIVE)) {
            return false;
        }
    }
    if (query->high.kind != DYNR_BOUND_NONE) {
        int order = compare_next(spot, query->high.probe, n);
        if (order > 0 || (order == 0 && query->high.kind == DYNR_BOUND_EXCLUSIVE)) {
            return false;
        }
    }
    return true;
}

static void explain(const struct dynr_query *query, const struct dynr_rows *rows, size_t expected)
{
    const struct spot *probe = query->probe;
    const struct spot *low = query->low.probe;
    const struct spot *high = query->high.probe;
    (void)fprintf(stderr,
                  "%u equal%s: %.*s/%lld/%.*s; low %d: %.*s/%lld/%.*s; high %d: %.*s/%lld/%.*s; "
                  "descending %d limit %u: %zu rows, not %zu\n",
                  query->n_equal, query->last_is_prefix ? " (prefix)" : "", (int)probe->row.len,
                  probe->row.ptr, (long long)probe->column, (int)probe->name.len, probe->name.ptr,
                  (int)query->low.kind, (int)low->row.len, low->row.ptr, (long long)low->column,
                  (int)low->name.len, low->name.ptr, (int)query->high.kind, (int)high->row.len,
                  high->row.ptr, (long long)high->column, (int)high->name.len, high->name.ptr,
                  query->descending, query->limit, rows->n_items, expected);
}

/* Runs a query page by page and compares with the walk. */
static bool agrees(struct dynr_query *query, struct dynr_arena *arena)
{
    size_t next = 0;
    struct dynr_rows rows;
    do {
        if (!DYNR_ASSERT_STATUS(
                dynr_rows_query(app.client, query, spot_entity.row, arena, &rows, &app.err),
                DYNR_OK)) {
            explain(query, &rows, 0);
            (void)fprintf(stderr, "%s\n", app.err.message);
            return false;
        }
        const struct spot *items = rows.items;
        for (size_t i = 0; i < rows.n_items; i++) {
            const struct spot *wanted = NULL;
            while (next < N_SPOTS && wanted == NULL) {
                const struct spot *candidate =
                    &spots[query->descending ? N_SPOTS - 1 - next : next];
                next++;
                wanted = matches(query, candidate) ? candidate : NULL;
            }
            if (!DYNR_ASSERT(wanted != NULL && compare_spots(wanted, &items[i]) == 0)) {
                explain(query, &rows, next);
                return false;
            }
        }
        if (query->limit != 0 && !DYNR_ASSERT(rows.n_items <= query->limit)) {
            return false;
        }
        query->cursor = rows.cursor;
    } while (rows.cursor.len > 0);
    for (; next < N_SPOTS; next++) {
        if (!DYNR_ASSERT(!matches(query, &spots[query->descending ? N_SPOTS - 1 - next : next]))) {
            explain(query, &rows, next);
            return false;
        }
    }
    return true;
}

static void ranges_of_keys_are_ranges_of_values(void)
{
    app_open(&app);
    fill_board();
    bool good = true;
    for (size_t i = 0; i < N_QUERIES && good; i++) {
        struct dynr_arena arena = {0};
        struct spot probe = spots[dynr_test_random_below(&app.random, N_SPOTS)];
        struct spot low = {{"b", 1}, word(), column(), word(), 0};
        struct spot high = {{"b", 1}, word(), column(), word(), 0};
        struct dynr_query query = {.path = &spots_on_board, .probe = &probe};
        if (dynr_test_random_below(&app.random, 4) == 0) {
            high = low = probe;
        }
        query.low.probe = &low;
        query.high.probe = &high;
        query.n_equal = (uint16_t)dynr_test_random_below(&app.random, 4);
        query.descending = dynr_test_random_below(&app.random, 2) == 0;
        query.limit = (uint32_t)dynr_test_random_below(&app.random, 5) * 3;
        if (query.n_equal % 2 == 1 && dynr_test_random_below(&app.random, 3) == 0) {
            query.last_is_prefix = true;
            probe.row = query.n_equal == 1 ? word() : probe.row;
            probe.name = query.n_equal == 3 ? word() : probe.name;
        } else if (query.n_equal < 3) {
            query.low.kind = (enum dynr_bound_kind)dynr_test_random_below(&app.random, 3);
            query.high.kind = (enum dynr_bound_kind)dynr_test_random_below(&app.random, 3);
        }
        good = agrees(&query, &arena);
        dynr_arena_cleanup(&arena);
    }
    app_close(&app);
}

static void ranges_of_native_keys_agree_too(void)
{
    app_open(&app);
    static const int64_t numbers[] = {-100, -2, -1, 0, 1, 2, 3, 10, 11, 100};
    for (size_t i = 0; i < 10; i++) {
        struct event event = {{"s", 1}, numbers[i], {"w", 1}};
        dynr_row_create(app.client, &event_entity, &event, &app.arena, &app.err);
    }
    for (int round = 0; round < 600; round++) {
        struct event low = {{"s", 1}, numbers[dynr_test_random_below(&app.random, 10)], {"", 0}};
        struct event high = {{"s", 1}, numbers[dynr_test_random_below(&app.random, 10)], {"", 0}};
        struct dynr_query query = {.path = &events_in_stream, .probe = &low};
        query.low.kind = (enum dynr_bound_kind)dynr_test_random_below(&app.random, 3);
        query.high.kind = (enum dynr_bound_kind)dynr_test_random_below(&app.random, 3);
        query.low.probe = &low;
        query.high.probe = &high;
        query.limit = 3;
        size_t found = 0;
        size_t expected = 0;
        struct dynr_rows rows;
        do {
            if (!DYNR_ASSERT_STATUS(dynr_rows_query(app.client, &query, event_entity.row,
                                                    &app.arena, &rows, &app.err),
                                    DYNR_OK)) {
                break;
            }
            found += rows.n_items;
            query.cursor = rows.cursor;
        } while (rows.cursor.len > 0);
        for (size_t i = 0; i < 10; i++) {
            bool above = query.low.kind == DYNR_BOUND_NONE || numbers[i] > low.number ||
                         (numbers[i] == low.number && query.low.kind == DYNR_BOUND_INCLUSIVE);
            bool below = query.high.kind == DYNR_BOUND_NONE || numbers[i] < high.number ||
                         (numbers[i] == high.number && query.high.kind == DYNR_BOUND_INCLUSIVE);
            expected += above && below;
        }
        if (!DYNR_ASSERT_INT(found, expected)) {
            break;
        }
    }
    app_close(&app);
}

static void wrong_queries_are_refused(void)
{
    app_open(&app);
    struct spot probe = {{"b", 1}, {"r", 1}, 1, {"n", 1}, 0};
    struct dynr_rows rows;
    struct dynr_query query = {.path = &spots_on_board, .probe = &probe, .n_equal = 4};
    DYNR_ASSERT_STATUS(
        dynr_rows_query(app.client, &query, spot_entity.row, &app.arena, &rows, &app.err),
        DYNR_ERR_INVALID_ARGUMENT);
    query.n_equal = 3;
    query.low.kind = DYNR_BOUND_INCLUSIVE;
    query.low.probe = &probe;
    DYNR_ASSERT_STATUS(
        dynr_rows_query(app.client, &query, spot_entity.row, &app.arena, &rows, &app.err),
        DYNR_ERR_INVALID_ARGUMENT);
    query.low.kind = DYNR_BOUND_NONE;
    query.n_equal = 2;
    query.last_is_prefix = true;
    DYNR_ASSERT_STATUS(
        dynr_rows_query(app.client, &query, spot_entity.row, &app.arena, &rows, &app.err),
        DYNR_ERR_INVALID_ARGUMENT);
    struct todo todo = {.has_assignee = false};
    struct dynr_query absent = {.path = &todos_by_assignee, .probe = &todo};
    DYNR_ASSERT_STATUS(
        dynr_rows_query(app.client, &absent, todo_entity.row, &app.arena, &rows, &app.err),
        DYNR_ERR_MISSING);
    DYNR_ASSERT_INT(app.n_requests, 0);
    app_close(&app);
}

/* ---- bounds that no key can be ----------------------------------------------------------------------------- */

struct word {
    struct dynr_str text;
};
static const struct dynr_field_desc word_fields[] = {TEST_FIELD(word, text, type_string, 0)};
static const struct dynr_struct_desc word_desc = TEST_STRUCT(word, word_fields, NULL);
NATIVE(native_word, "text", 'S', VALUE("", word, text, type_string));
KEY(plain_word, "sk", VALUE("", word, text, type_string));
KEY(tagged_word, "sk", LITERAL("W"), VALUE("#", word, text, type_string));
NATIVE(word_partition, "pk", 'S', VALUE("", word, text, type_string));
static const struct dynr_entity_desc word_entity = {.name = "Word",
                                                    .tag = "WORD",
                                                    .table = &app_table,
                                                    .row = &word_desc,
                                                    .key = &word_desc,
                                                    .partition = &word_partition,
                                                    .sort = &native_word,
                                                    .created_at = DYNR_NO_FIELD,
                                                    .updated_at = DYNR_NO_FIELD,
                                                    .version = DYNR_NO_FIELD,
                                                    .deleted_at = DYNR_NO_FIELD};

/* `len` times the byte, then the end. */
static struct dynr_str long_word(struct dynr_arena *arena, char byte, size_t len, const char *end)
{
    size_t end_len = strlen(end);
    char *text = dynr_arena_text(arena, len + end_len);
    memset(text, byte, len);
    memcpy(text + len, end, end_len);
    return dynr_str_make(text, len + end_len);
}

static int compare_texts(struct dynr_str a, struct dynr_str b)
{
    int order = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static bool is_above(struct dynr_str key, enum dynr_bound_kind kind, struct dynr_str bound)
{
    int order = compare_texts(key, bound);
    return kind == DYNR_BOUND_NONE || order > 0 || (order == 0 && kind == DYNR_BOUND_INCLUSIVE);
}

static bool is_below(struct dynr_str key, enum dynr_bound_kind kind, struct dynr_str bound)
{
    int order = compare_texts(key, bound);
    return kind == DYNR_BOUND_NONE || order < 0 || (order == 0 && kind == DYNR_BOUND_INCLUSIVE);
}

/* What the key condition says must be a valid key, too. */
static bool fits_a_key(struct dynr_str bound)
{
    return bound.ptr == NULL || (bound.len > 0 && bound.len <= DYNR_SORT_KEY_MAX);
}

static void bounds_need_not_be_keys(void)
{
    struct dynr_arena arena = {0};
    struct dynr_error err = {0};
    /* Bounds of more than 1024 bytes; in some a character stands across the limit. */
    const struct dynr_str texts[] = {
        {"", 0},
        {"a", 1},
        {"b", 1},
        long_word(&arena, 'a', 1000, ""),
        long_word(&arena, 'a', 1020, ""),
        long_word(&arena, 'a', 1023, "\x7f"),
        long_word(&arena, 'a', 1022, "\xc3\xa4"),
        long_word(&arena, 'a', 1022, "\xdf\xbf"),
        long_word(&arena, 'a', 1021, "\xe2\x82\xac"),
        long_word(&arena, 'a', 1021, "\xef\xbf\xbf"),
        long_word(&arena, 'a', 1021, ""),
        long_word(&arena, 'a', 1022, ""),
        long_word(&arena, 'a', 1023, ""),
        long_word(&arena, 'a', 1024, ""),
        long_word(&arena, 'a', 1023, "b"),
        long_word(&arena, 'a', 1025, ""),
        long_word(&arena, 'a', 2000, "z"),
        long_word(&arena, 'a', 1023, "\xc3\xa4"),
        long_word(&arena, 'a', 1022, "\xe2\x82\xac"),
        long_word(&arena, 'a', 1023, "\xe2\x82\xac"),
        long_word(&arena, 'a', 1021, "\xf0\x9f\x98\x80z"),
        long_word(&arena, 'a', 1023, "\xf0\x9f\x98\x80"),
    };
    enum {
        N_TEXTS = sizeof texts / sizeof texts[0],
        N_CASES = N_TEXTS * N_TEXTS * 9 * 3
    };
    const struct dynr_path_desc paths[] = {
        {"Word", DYNR_PATH_CHILDREN, &word_entity, NULL, &word_partition, &native_word, 0, NULL},
        {"Word", DYNR_PATH_CHILDREN, &word_entity, NULL, &word_partition, &tagged_word, 1, NULL},
        {"Word", DYNR_PATH_CHILDREN, &word_entity, NULL, &word_partition, &plain_word, 0, NULL},
    };
    for (size_t i = 0; i < N_CASES; i++) {
        bool with_tag = i % 3 == 1;
        struct word low = {texts[i / 27 % N_TEXTS]};
        struct word high = {texts[i / 27 / N_TEXTS]};
        struct dynr_query query = {.path = &paths[i % 3], .probe = &low};
        struct dynr_sort_range range;
        query.low = (struct dynr_bound){(enum dynr_bound_kind)(i / 3 % 3), &low};
        query.high = (struct dynr_bound){(enum dynr_bound_kind)(i / 9 % 3), &high};
        if (!DYNR_ASSERT_STATUS(dynr_sort_range_build(&query, &arena, &range, &err), DYNR_OK)) {
            (void)fprintf(stderr, "case %zu: %s\n", i, err.message);
            break;
        }
        bool good = range.op == DYNR_SORT_ANY || range.op == DYNR_SORT_NOTHING ||
                    range.op == DYNR_SORT_STARTS_WITH ||
                    (fits_a_key(range.low) && fits_a_key(range.high));
        for (size_t j = 0; j < N_TEXTS; j++) {
            struct dynr_str key = texts[j];
            struct dynr_str sort = key;
            if (with_tag) {
                sort = dynr_arena_printf(&arena, "W#%.*s", (int)key.len, key.ptr);
            }
            if (sort.len == 0 || sort.len > DYNR_SORT_KEY_MAX) {
                continue;
            }
            bool expected = is_above(key, query.low.kind, low.text) &&
                            is_below(key, query.high.kind, high.text);
            good = good && dynr_sort_range_holds(&range, sort) == expected;
        }
        if (!DYNR_ASSERT(good)) {
            (void)fprintf(stderr, "case %zu: op %d\n", i, (int)range.op);
            break;
        }
    }
    dynr_arena_cleanup(&arena);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(keys_are_what_their_templates_say),
        DYNR_TEST(ranges_of_keys_are_ranges_of_values),
        DYNR_TEST(ranges_of_native_keys_agree_too),
        DYNR_TEST(bounds_need_not_be_keys),
        DYNR_TEST(wrong_queries_are_refused),
    };
    return dynr_test_main("typed-key", tests, DYNR_TEST_COUNT(tests));
}
