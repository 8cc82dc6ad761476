/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key text: order of keys is order of values, part by part, and no value can forge a delimiter.
 * Both are checked on random values for every delimiter that is allowed.
 */
#include <stdlib.h>

#include "base/key_codec.h"
#include "base/number_text.h"
#include "test_main.h"
#include "test_tools.h"

#define FIRST_DELIMITER '!'
#define LAST_DELIMITER  '+'

static int sign(int x)
{
    return (x > 0) - (x < 0);
}

/*
 * A text with few distinct bytes, most of them around the delimiters, so that random pairs share
 * prefixes.
 */
static struct dynr_str random_text(struct dynr_test_random *random, char *out, size_t size)
{
    static const char bytes[] = "\0\x01 !\"#$%&'()*+,-./09:@AZ`abz~\x7F\x80\xC3\xFF";
    size_t len = (size_t)dynr_test_random_below(random, size + 1);
    size_t n_bytes = dynr_test_random_below(random, 2) == 0 ? 3 : sizeof bytes - 1;
    size_t start = (size_t)dynr_test_random_below(random, sizeof bytes - n_bytes);
    for (size_t i = 0; i < len; i++) {
        out[i] = bytes[start + dynr_test_random_below(random, n_bytes)];
    }
    return dynr_str_make(out, len);
}

static int64_t random_int(struct dynr_test_random *random)
{
    uint64_t bits = dynr_test_random_next(random) >> dynr_test_random_below(random, 64);
    int64_t value = (int64_t)(bits >> 1);
    switch (dynr_test_random_below(random, 8)) {
    case 0:
        return INT64_MAX - (int64_t)(bits & 3);
    case 1:
        return INT64_MIN + (int64_t)(bits & 3);
    case 2:
        return (int64_t)(bits % 5) - 2;
    case 3:
    case 4:
        return value;
    default:
        return -value;
    }
}

static struct dynr_decimal random_decimal(struct dynr_test_random *random, struct dynr_arena *arena)
{
    struct dynr_decimal decimal = {{"0", 1}};
    const char *minus = dynr_test_random_below(random, 2) == 0 ? "-" : "";
    long long mantissa =
        (long long)(dynr_test_random_next(random) >> dynr_test_random_below(random, 64) >> 1);
    int exponent = dynr_test_random_below(random, 2) == 0
                       ? (int)dynr_test_random_below(random, 4) - 2
                       : (int)dynr_test_random_below(random, 230) - 125;
    dynr_decimal_parse(dynr_arena_printf(arena, "%s%llde%d", minus, mantissa, exponent), arena,
                       &decimal, NULL);
    return decimal;
}

static void the_documented_examples_hold(void)
{
    static const struct {
        int64_t value;
        const char *key;
    } ints[] = {
        {0, "a0"},
        {42, "b42"},
        {1000, "d1000"},
        {-1, "Z8"},
        {-42, "Y57"},
        {9, "a9"},
        {-9, "Z0"},
        {-10, "Y89"},
        {INT64_MAX, "s9223372036854775807"},
        {INT64_MIN, "H0776627963145224191"},
    };
    static const char *const decimals[][2] = {
        {"0", "o"},       {"1", "p5001"},      {"12.5", "p501125"}, {"0.001", "p4971"},
        {"-1", "n4998~"}, {"-1.5", "n49984~"}, {"1000", "p5031"},
    };
    struct dynr_buf buf = {0};
    dynr_key_append_text(&buf, dynr_str_from_c("a#b"), '#');
    dynr_key_append_text(&buf, dynr_str_from_c(" $%"), '#');
    DYNR_ASSERT_STR(dynr_buf_str(&buf), "a$cb$`$d%");
    for (size_t i = 0; i < sizeof ints / sizeof ints[0]; i++) {
        dynr_buf_clear(&buf);
        dynr_key_append_int(&buf, ints[i].value);
        DYNR_ASSERT_STR(dynr_buf_str(&buf), ints[i].key);
    }
    for (size_t i = 0; i < sizeof decimals / sizeof decimals[0]; i++) {
        struct dynr_decimal decimal = {dynr_str_from_c(decimals[i][0])};
        dynr_buf_clear(&buf);
        dynr_key_append_decimal(&buf, decimal);
        DYNR_ASSERT_STR(dynr_buf_str(&buf), decimals[i][1]);
    }
    dynr_buf_clear(&buf);
    dynr_key_append_bool(&buf, true);
    dynr_key_append_bool(&buf, false);
    struct dynr_bytes bytes = {(const uint8_t *)"\x00\xAB\xFF", 3};
    dynr_key_append_bytes(&buf, bytes);
    struct dynr_date date = {2026, 1, 31};
    struct dynr_timestamp timestamp = {1500};
    dynr_key_append_date(&buf, date);
    dynr_key_append_timestamp(&buf, timestamp);
    DYNR_ASSERT_STR(dynr_buf_str(&buf), "1000abff2026-01-311970-01-01T00:00:01.500Z");
    dynr_buf_cleanup(&buf);
}

static void only_ordered_delimiters_are_allowed(void)
{
    struct dynr_buf buf = {0};
    for (int c = 0; c < 256; c++) {
        bool allowed = c >= FIRST_DELIMITER && c <= LAST_DELIMITER;
        struct dynr_str rest = dynr_str_from_c("a");
        struct dynr_str part;
        DYNR_ASSERT(dynr_key_delimiter_is_ordered((char)c) == allowed);
        dynr_buf_clear(&buf);
        dynr_key_append_text(&buf, rest, (char)c);
        DYNR_ASSERT(dynr_buf_ok(&buf) == allowed);
        DYNR_ASSERT(dynr_key_next_part(&rest, (char)c, NULL, &part) == allowed);
    }
    dynr_buf_cleanup(&buf);
}

/* One value of each kind, the parts of a composite key. */
struct composite {
    char text_bytes[12];
    struct dynr_str text;
    int64_t number;
    struct dynr_decimal decimal;
    bool flag;
    struct dynr_date date;
    char last_bytes[4];
    struct dynr_str last;
};

static void fill_composite(struct composite *c, const struct composite *other,
                           struct dynr_test_random *random, struct dynr_arena *arena)
{
    c->text = random_text(random, c->text_bytes, sizeof c->text_bytes);
    c->number = random_int(random);
    c->decimal = random_decimal(random, arena);
    c->flag = dynr_test_random_below(random, 2) == 0;
    c->date.year = (int16_t)dynr_test_random_below(random, 10000);
    c->date.month = (uint8_t)(1 + dynr_test_random_below(random, 12));
    c->date.day = (uint8_t)(1 + dynr_test_random_below(random, 28));
    c->last = random_text(random, c->last_bytes, sizeof c->last_bytes);
    /* Half of all parts are equal up to some point, so that later parts decide. */
    uint64_t n_equal = other == NULL ? 0 : dynr_test_random_below(random, 7);
    c->text = n_equal > 0 ? other->text : c->text;
    c->number = n_equal > 1 ? other->number : c->number;
    c->decimal = n_equal > 2 ? other->decimal : c->decimal;
    c->flag = n_equal > 3 ? other->flag : c->flag;
    c->date = n_equal > 4 ? other->date : c->date;
}

static int compare_composites(const struct composite *a, const struct composite *b)
{
    int order = dynr_str_compare(a->text, b->text);
    if (order == 0) {
        order = a->number < b->number ? -1 : a->number > b->number;
    }
    if (order == 0) {
        order = dynr_decimal_compare(a->decimal, b->decimal);
    }
    if (order == 0) {
        order = (int)a->flag - (int)b->flag;
    }
    if (order == 0) {
        order = (a->date.year * 400 + a->date.month * 31 + a->date.day) -
                (b->date.year * 400 + b->date.month * 31 + b->date.day);
    }
    return order != 0 ? sign(order) : sign(dynr_str_compare(a->last, b->last));
}

static struct dynr_str composite_key(struct dynr_buf *buf, const struct composite *c,
                                     char delimiter)
{
    dynr_buf_clear(buf);
    dynr_key_append_text(buf, c->text, delimiter);
    dynr_buf_append_char(buf, delimiter);
    dynr_key_append_int(buf, c->number);
    dynr_buf_append_char(buf, delimiter);
    dynr_key_append_decimal(buf, c->decimal);
    dynr_buf_append_char(buf, delimiter);
    dynr_key_append_bool(buf, c->flag);
    dynr_buf_append_char(buf, delimiter);
    dynr_key_append_date(buf, c->date);
    dynr_buf_append_char(buf, delimiter);
    dynr_key_append_text(buf, c->last, delimiter);
    return dynr_buf_str(buf);
}

static bool splits_into(struct dynr_str key, const struct composite *c, char delimiter,
                        struct dynr_arena *arena)
{
    struct dynr_str rest = key;
    struct dynr_str part = {NULL, 0};
    int64_t number = 0;
    bool flag = false;
    struct dynr_decimal decimal = {{NULL, 0}};
    struct dynr_date date = {0, 0, 0};
    bool ok = DYNR_ASSERT(dynr_key_next_part(&rest, delimiter, arena, &part)) &&
              DYNR_ASSERT_MEM(part.ptr, part.len, c->text.ptr, c->text.len);
    ok = ok && DYNR_ASSERT(dynr_key_next_part(&rest, delimiter, arena, &part)) &&
         DYNR_ASSERT(dynr_key_part_int(part, &number)) && DYNR_ASSERT_INT(number, c->number);
    ok = ok && DYNR_ASSERT(dynr_key_next_part(&rest, delimiter, arena, &part)) &&
         DYNR_ASSERT(dynr_key_part_decimal(part, arena, &decimal)) &&
         DYNR_ASSERT_MEM(decimal.text.ptr, decimal.text.len, c->decimal.text.ptr,
                         c->decimal.text.len);
    ok = ok && DYNR_ASSERT(dynr_key_next_part(&rest, delimiter, arena, &part)) &&
         DYNR_ASSERT(dynr_key_part_bool(part, &flag)) && DYNR_ASSERT_INT(flag, c->flag);
    ok = ok && DYNR_ASSERT(dynr_key_next_part(&rest, delimiter, arena, &part)) &&
         DYNR_ASSERT(dynr_date_parse(part, &date)) && DYNR_ASSERT_INT(date.year, c->date.year);
    ok = ok && DYNR_ASSERT(dynr_key_next_part(&rest, delimiter, arena, &part)) &&
         DYNR_ASSERT_MEM(part.ptr, part.len, c->last.ptr, c->last.len);
    return ok && DYNR_ASSERT(rest.ptr == NULL) &&
           DYNR_ASSERT(!dynr_key_next_part(&rest, delimiter, arena, &part));
}

static void composite_keys_keep_order_and_split_into_their_parts(void)
{
    struct dynr_test_random random = {2026};
    struct dynr_arena arena = {0};
    struct dynr_buf left = {0};
    struct dynr_buf right = {0};
    for (char delimiter = FIRST_DELIMITER; delimiter <= LAST_DELIMITER; delimiter++) {
        for (int round = 0; round < 10000; round++) {
            struct composite a;
            struct composite b;
            fill_composite(&a, NULL, &random, &arena);
            fill_composite(&b, &a, &random, &arena);
            struct dynr_str left_key = composite_key(&left, &a, delimiter);
            struct dynr_str right_key = composite_key(&right, &b, delimiter);
            if (!DYNR_ASSERT_INT(sign(dynr_str_compare(left_key, right_key)),
                                 compare_composites(&a, &b)) ||
                !splits_into(left_key, &a, delimiter, &arena)) {
                DYNR_ASSERT_MEM(left_key.ptr, left_key.len, right_key.ptr, right_key.len);
                goto done;
            }
            dynr_arena_reset(&arena);
        }
    }
done:
    dynr_buf_cleanup(&left);
    dynr_buf_cleanup(&right);
    dynr_arena_cleanup(&arena);
}

static void neighbouring_integers_keep_order(void)
{
    /* Around zero and around every power of ten, where the number of digits changes. */
    struct dynr_buf buf = {0};
    for (int64_t power = 1; power <= INT64_MAX / 10; power *= 10) {
        for (int negative = 0; negative < 2; negative++) {
            int64_t middle = negative ? -power : power;
            dynr_buf_clear(&buf);
            for (int64_t value = middle - 3; value <= middle + 3; value++) {
                char previous[24];
                size_t previous_len = buf.len;
                memcpy(previous, buf.len == 0 ? "" : buf.ptr, buf.len);
                dynr_buf_clear(&buf);
                dynr_key_append_int(&buf, value);
                DYNR_ASSERT(dynr_str_compare(dynr_str_make(previous, previous_len),
                                             dynr_buf_str(&buf)) < 0);
            }
        }
    }
    dynr_buf_cleanup(&buf);
}

static void only_canonical_parts_are_read(void)
{
    static const char *const ints[] = {"",
                                       "a",
                                       "0",
                                       "b0",
                                       "b07",
                                       "a12",
                                       "b1",
                                       "Z9",
                                       "Y90",
                                       "s9223372036854775808",
                                       "H0776627963145224190",
                                       "t92233720368547758070",
                                       "Z",
                                       "a-",
                                       "@1",
                                       "[1",
                                       "`1",
                                       "a\xB1",
                                       "G00000000000000000000"};
    static const char *const decimals[] = {
        "",       "p",       "q5001",
        "p500",   "p5000",   "p50010",
        "p50001", "n4998",   "n4999~",
        "n~",     "n49989~", "p3691",
        "p6261",  "p5a01",   "o1",
        "p500x",  "p5001~",  "p500123456789012345678901234567890123456789"};
    struct dynr_arena arena = {0};
    int64_t number;
    bool flag;
    struct dynr_decimal decimal;
    struct dynr_bytes bytes;
    for (size_t i = 0; i < sizeof ints / sizeof ints[0]; i++) {
        if (!DYNR_ASSERT(!dynr_key_part_int(dynr_str_from_c(ints[i]), &number))) {
            DYNR_ASSERT_STR(dynr_str_from_c(ints[i]), "(refused)");
        }
    }
    for (size_t i = 0; i < sizeof decimals / sizeof decimals[0]; i++) {
        if (!DYNR_ASSERT(!dynr_key_part_decimal(dynr_str_from_c(decimals[i]), &arena, &decimal))) {
            DYNR_ASSERT_STR(dynr_str_from_c(decimals[i]), "(refused)");
        }
    }
    DYNR_ASSERT(!dynr_key_part_bool(dynr_str_from_c("2"), &flag));
    DYNR_ASSERT(!dynr_key_part_bool(dynr_str_from_c(""), &flag));
    DYNR_ASSERT(!dynr_key_part_bool(dynr_str_from_c("10"), &flag));
    DYNR_ASSERT(!dynr_key_part_bytes(dynr_str_from_c("0"), &arena, &bytes));
    DYNR_ASSERT(!dynr_key_part_bytes(dynr_str_from_c("0G"), &arena, &bytes));
    DYNR_ASSERT(!dynr_key_part_bytes(dynr_str_from_c("AB"), &arena, &bytes));
    DYNR_ASSERT(dynr_key_part_bytes(dynr_str_from_c("00abff"), &arena, &bytes));
    DYNR_ASSERT_MEM(bytes.ptr, bytes.len, "\x00\xAB\xFF", 3);
    DYNR_ASSERT(dynr_key_part_bytes(dynr_str_from_c(""), &arena, &bytes));
    DYNR_ASSERT_INT(bytes.len, 0);
    dynr_arena_cleanup(&arena);
}

static void whatever_reads_as_an_integer_or_decimal_writes_back_the_same(void)
{
    static const char letters[] = "aabsZYHnnppoo00123456789~";
    struct dynr_test_random random = {55};
    struct dynr_arena arena = {0};
    struct dynr_buf buf = {0};
    size_t n_read = 0;
    for (int round = 0; round < 300000; round++) {
        char text[6];
        size_t len = (size_t)dynr_test_random_below(&random, sizeof text + 1);
        for (size_t i = 0; i < len; i++) {
            text[i] = letters[dynr_test_random_below(&random, sizeof letters - 1)];
        }
        int64_t number;
        struct dynr_decimal decimal;
        dynr_buf_clear(&buf);
        if (dynr_key_part_int(dynr_str_make(text, len), &number)) {
            dynr_key_append_int(&buf, number);
        } else if (dynr_key_part_decimal(dynr_str_make(text, len), &arena, &decimal)) {
            dynr_key_append_decimal(&buf, decimal);
        } else {
            continue;
        }
        n_read++;
        if (!DYNR_ASSERT_MEM(buf.ptr, buf.len, text, len)) {
            break;
        }
        dynr_arena_reset(&arena);
    }
    DYNR_ASSERT(n_read > 1000);
    dynr_buf_cleanup(&buf);
    dynr_arena_cleanup(&arena);
}

static void malformed_escapes_are_refused(void)
{
    static const char *const keys[] = {"a$", "$?", "$e", "$$", "$\x80", "a$#b", "$"};
    struct dynr_arena arena = {0};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct dynr_str rest = dynr_str_from_c(keys[i]);
        struct dynr_str part;
        if (!DYNR_ASSERT(!dynr_key_next_part(&rest, '#', &arena, &part))) {
            DYNR_ASSERT_STR(dynr_str_from_c(keys[i]), "(refused)");
        }
    }
    struct dynr_str rest = dynr_str_from_c("a##");
    struct dynr_str part;
    DYNR_ASSERT(dynr_key_next_part(&rest, '#', &arena, &part) && dynr_str_equal_c(part, "a"));
    DYNR_ASSERT(dynr_key_next_part(&rest, '#', &arena, &part) && part.len == 0);
    DYNR_ASSERT(dynr_key_next_part(&rest, '#', &arena, &part) && part.len == 0);
    DYNR_ASSERT(!dynr_key_next_part(&rest, '#', &arena, &part));
    dynr_arena_cleanup(&arena);
}

static void the_longest_key_text_is_announced(void)
{
    struct dynr_buf buf = {0};
    DYNR_ASSERT_INT(dynr_key_text_max(3), 6);
    DYNR_ASSERT(dynr_key_text_max(SIZE_MAX / 2 + 1) == SIZE_MAX);
    dynr_key_append_text(&buf, dynr_str_make("\0\0\0", 3), '#');
    DYNR_ASSERT_STR(dynr_buf_str(&buf), "$@$@$@");
    dynr_buf_cleanup(&buf);
    /* A text without escapes needs no more than its length. */
    dynr_buf_init(&buf, NULL, 20);
    dynr_key_append_text(&buf, dynr_str_from_c("exactly-twenty-bytes"), '#');
    DYNR_ASSERT(dynr_buf_ok(&buf));
    dynr_buf_cleanup(&buf);
}

static void the_successor_bounds_a_prefix(void)
{
    struct dynr_arena arena = {0};
    struct dynr_str bound;
    DYNR_ASSERT(dynr_key_successor(dynr_str_from_c("ab"), &arena, &bound));
    DYNR_ASSERT_STR(bound, "ac");
    DYNR_ASSERT(dynr_key_successor(dynr_str_from_c("a\x7F\xFF\xFF"), &arena, &bound));
    DYNR_ASSERT_STR(bound, "a\x80");
    DYNR_ASSERT(!dynr_key_successor(dynr_str_from_c("\xFF\xFF"), &arena, &bound));
    DYNR_ASSERT(!dynr_key_successor(dynr_str_make(NULL, 0), &arena, &bound));
    struct dynr_test_random random = {8};
    for (int round = 0; round < 50000; round++) {
        char prefix_bytes[3];
        char text_bytes[5];
        struct dynr_str prefix = random_text(&random, prefix_bytes, sizeof prefix_bytes);
        struct dynr_str text = random_text(&random, text_bytes, sizeof text_bytes);
        if (dynr_key_successor(prefix, &arena, &bound)) {
            bool in_range =
                dynr_str_compare(text, prefix) >= 0 && dynr_str_compare(text, bound) < 0;
            if (!DYNR_ASSERT(in_range == dynr_str_starts_with(text, prefix))) {
                break;
            }
        }
        dynr_arena_reset(&arena);
    }
    dynr_arena_cleanup(&arena);
}

static void folding_lowers_ascii_letters_only(void)
{
    struct dynr_arena arena = {0};
    DYNR_ASSERT_STR(dynr_key_fold(dynr_str_from_c("AZaz@[`{09\xC3\x84"), &arena),
                    "azaz@[`{09\xC3\x84");
    DYNR_ASSERT(dynr_key_fold(dynr_str_make(NULL, 0), &arena).ptr != NULL);
    dynr_arena_cleanup(&arena);
}

static void exhausted_memory_is_survived(void)
{
    struct dynr_test_memory memory;
    struct dynr_arena arena;
    struct dynr_str out;
    struct dynr_bytes bytes;
    struct dynr_decimal decimal;
    struct dynr_str rest = dynr_str_from_c("$`");
    dynr_test_memory_init(&memory, 1);
    dynr_arena_init(&arena, &memory.allocator, 0);
    DYNR_ASSERT(!dynr_key_next_part(&rest, '#', &arena, &out));
    DYNR_ASSERT(!dynr_key_part_bytes(dynr_str_from_c("00"), &arena, &bytes));
    DYNR_ASSERT(!dynr_key_part_decimal(dynr_str_from_c("p5001"), &arena, &decimal));
    DYNR_ASSERT(!dynr_key_successor(dynr_str_from_c("a"), &arena, &out));
    DYNR_ASSERT(dynr_key_fold(dynr_str_from_c("a"), &arena).ptr == NULL);
    dynr_arena_cleanup(&arena);
    DYNR_ASSERT_INT(memory.n_blocks, 0);
}

static const struct dynr_test tests[] = {
    DYNR_TEST(the_documented_examples_hold),
    DYNR_TEST(only_ordered_delimiters_are_allowed),
    DYNR_TEST(composite_keys_keep_order_and_split_into_their_parts),
    DYNR_TEST(neighbouring_integers_keep_order),
    DYNR_TEST(only_canonical_parts_are_read),
    DYNR_TEST(whatever_reads_as_an_integer_or_decimal_writes_back_the_same),
    DYNR_TEST(malformed_escapes_are_refused),
    DYNR_TEST(the_longest_key_text_is_announced),
    DYNR_TEST(the_successor_bounds_a_prefix),
    DYNR_TEST(folding_lowers_ascii_letters_only),
    DYNR_TEST(exhausted_memory_is_survived),
};

int main(void)
{
    return dynr_test_main("base/keys", tests, DYNR_TEST_COUNT(tests));
}
