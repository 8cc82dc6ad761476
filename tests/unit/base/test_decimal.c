/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decimals: which texts are numbers, their canonical form, and exact arithmetic, checked against a
 * slow number of this file that shares no code with the library: 600 columns of decimal digits
 * around a fixed point.
 */
#include <stdio.h>
#include <stdlib.h>

#include "dynr/value.h"
#include "test_main.h"
#include "test_tools.h"

#define OVERFLOW_TEXT                                                                              \
    "Number overflow. Attempting to store a number with magnitude larger than supported range"
#define UNDERFLOW_TEXT                                                                             \
    "Number underflow. Attempting to store a number with magnitude smaller than supported range"
#define DIGITS_TEXT "Attempting to store more than 38 significant digits in a Number"

#define NINES_38 "99999999999999999999999999999999999999"

static void texts_become_canonical(void)
{
    static const char *const cases[][2] = {
        {"0", "0"},
        {"-0", "0"},
        {"+0", "0"},
        {"0.0", "0"},
        {"-0.00e5", "0"},
        {"000", "0"},
        {"0e999", "0"},
        {"7", "7"},
        {"+7", "7"},
        {"007", "7"},
        {"-007.500", "-7.5"},
        {".5", "0.5"},
        {"5.", "5"},
        {"-.5", "-0.5"},
        {"12.5", "12.5"},
        {"12.50", "12.5"},
        {"1000", "1000"},
        {"1E+3", "1000"},
        {"1e-3", "0.001"},
        {"0.001", "0.001"},
        {"1.5e1", "15"},
        {"1.55e1", "15.5"},
        {"120e-1", "12"},
        {"1234e-2", "12.34"},
        {"1234e-6", "0.001234"},
        {"1E+30", "1000000000000000000000000000000"},
        {NINES_38, NINES_38},
        {"-" NINES_38, "-" NINES_38},
        {"0." NINES_38, "0." NINES_38},
        {NINES_38 ".000", NINES_38},
        {"000" NINES_38 "00", NINES_38 "00"},
        {"9." NINES_38 "e0", NULL},
        {"0.10", "0.1"},
        {"10.0", "10"},
        {"123.4500e0", "123.45"},
        {"-12.5", "-12.5"},
        {"1e+05", "100000"},
        {"1.0", "1"},
    };
    struct dynr_arena arena = {0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dynr_decimal decimal = {{NULL, 0}};
        struct dynr_error err;
        dynr_error_clear(&err);
        struct dynr_str text = dynr_str_from_c(cases[i][0]);
        enum dynr_status status = dynr_decimal_parse(text, &arena, &decimal, &err);
        if (cases[i][1] == NULL) {
            DYNR_ASSERT_STATUS(status, DYNR_ERR_RANGE);
            DYNR_ASSERT_STR(dynr_str_from_c(err.message), DIGITS_TEXT);
            continue;
        }
        DYNR_ASSERT_STATUS(status, DYNR_OK);
        if (!DYNR_ASSERT_STR(decimal.text, cases[i][1])) {
            DYNR_ASSERT_STR(text, "(canonical as above)");
        }
        /* Canonical texts are their own canonical form, without a copy where they are short. */
        if (strlen(cases[i][1]) <= 38) {
            text = dynr_str_from_c(cases[i][1]);
            DYNR_ASSERT_STATUS(dynr_decimal_parse(text, NULL, &decimal, NULL), DYNR_OK);
            DYNR_ASSERT(decimal.text.ptr == text.ptr && decimal.text.len == text.len);
        }
    }
    dynr_arena_cleanup(&arena);
}

static void what_is_not_a_number_is_refused(void)
{
    static const char *const texts[] = {
        "",          " ",    "-",    "+",   ".",     "-.",  "e5", ".e5",      "NaN",  "Infinity",
        "-Infinity", " 1",   "1 ",   "1\n", "--1",   "+-1", "1-", "1.2.3",    "1e",   "1e+",
        "1e5.5",     "1ee5", "0x10", "1,5", "1_000", "a",   "1a", "\xD9\xA1", "1e 5",
    };
    struct dynr_error err;
    struct dynr_decimal decimal = {{"untouched", 9}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char expected[200];
        snprintf(expected, sizeof expected,
                 "The parameter cannot be converted to a numeric value: %s", texts[i]);
        DYNR_ASSERT_STATUS(dynr_decimal_parse(dynr_str_from_c(texts[i]), NULL, &decimal, &err),
                           DYNR_ERR_SYNTAX);
        DYNR_ASSERT_STR(dynr_str_from_c(err.message), expected);
        DYNR_ASSERT_STR(decimal.text, "untouched");
    }
    char text[1000];
    memset(text, 'x', sizeof text);
    dynr_decimal_parse(dynr_str_make(text, sizeof text), NULL, &decimal, &err);
    DYNR_ASSERT(strlen(err.message) < 200);
    DYNR_ASSERT(dynr_str_equal_c(dynr_str_make(err.message + strlen(err.message) - 4, 4), "x..."));
}

static void the_range_is_the_services(void)
{
    static const char *const cases[][2] = {
        {"1e-130", NULL},
        {"-1e-130", NULL},
        {"9.9999999999999999999999999999999999999E+125", NULL},
        {"-9.9999999999999999999999999999999999999E+125", NULL},
        {"1e126", OVERFLOW_TEXT},
        {"-1e126", OVERFLOW_TEXT},
        {"10e125", OVERFLOW_TEXT},
        {"0.1e127", OVERFLOW_TEXT},
        {"0.1e126", NULL},
        {"1e99999999999999999999", OVERFLOW_TEXT},
        {"9e-131", UNDERFLOW_TEXT},
        {"0.1e-130", UNDERFLOW_TEXT},
        {"10e-131", NULL},
        {"1e-99999999999999999999", UNDERFLOW_TEXT},
        {"1" NINES_38, DIGITS_TEXT},
        {"0.1" NINES_38, DIGITS_TEXT},
        {"1." NINES_38 "e-130", DIGITS_TEXT},
        {"1.2345678901234567890123456789012345678e-130", NULL},
    };
    struct dynr_arena arena = {0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dynr_decimal decimal;
        struct dynr_error err;
        dynr_error_clear(&err);
        enum dynr_status status =
            dynr_decimal_parse(dynr_str_from_c(cases[i][0]), &arena, &decimal, &err);
        if (!DYNR_ASSERT_STATUS(status, cases[i][1] == NULL ? DYNR_OK : DYNR_ERR_RANGE) ||
            !DYNR_ASSERT_STR(dynr_str_from_c(err.message),
                             cases[i][1] == NULL ? "" : cases[i][1])) {
            DYNR_ASSERT_STR(dynr_str_from_c(cases[i][0]), "(as in the table)");
        }
    }
    struct dynr_decimal decimal;
    DYNR_ASSERT_STATUS(dynr_decimal_parse(dynr_str_from_c("1e125"), &arena, &decimal, NULL),
                       DYNR_OK);
    DYNR_ASSERT_INT(decimal.text.len, 126);
    DYNR_ASSERT_STATUS(dynr_decimal_parse(dynr_str_from_c("-1e-130"), &arena, &decimal, NULL),
                       DYNR_OK);
    DYNR_ASSERT_INT(decimal.text.len, 133);
    dynr_arena_cleanup(&arena);
}

enum {
    SLOW_COLUMNS = 600,
    SLOW_UNITS = 300
};

/* Ten's complement with many columns; column SLOW_UNITS counts ones, higher ones tens and so on. */
struct slow {
    int columns[SLOW_COLUMNS];
};

static void slow_negate(struct slow *x)
{
    int carry = 1;
    for (int i = 0; i < SLOW_COLUMNS; i++) {
        int digit = 9 - x->columns[i] + carry;
        carry = digit == 10;
        x->columns[i] = digit == 10 ? 0 : digit;
    }
}

static struct slow slow_from(struct dynr_str text)
{
    struct slow x = {{0}};
    bool negative = text.ptr[0] == '-';
    size_t point = 0;
    while (point < text.len && text.ptr[point] != '.') {
        point++;
    }
    int column = SLOW_UNITS + (int)point - 1 - (negative ? 1 : 0);
    for (size_t i = negative ? 1 : 0; i < text.len; i++) {
        if (text.ptr[i] != '.') {
            x.columns[column--] = text.ptr[i] - '0';
        }
    }
    if (negative) {
        slow_negate(&x);
    }
    return x;
}

static struct slow slow_add(struct slow a, struct slow b)
{
    int carry = 0;
    for (int i = 0; i < SLOW_COLUMNS; i++) {
        int digit = a.columns[i] + b.columns[i] + carry;
        carry = digit / 10;
        a.columns[i] = digit % 10;
    }
    return a;
}

/* Writes the plain text; returns the number of significant digits. */
static size_t slow_text(struct slow x, char *out, int *out_exponent)
{
    char *p = out;
    if (x.columns[SLOW_COLUMNS - 1] == 9) {
        *p++ = '-';
        slow_negate(&x);
    }
    int top = SLOW_COLUMNS - 1;
    int bottom = 0;
    while (top > 0 && x.columns[top] == 0) {
        top--;
    }
    while (bottom < SLOW_COLUMNS - 1 && x.columns[bottom] == 0) {
        bottom++;
    }
    if (bottom > top) {
        snprintf(out, 2, "0");
        *out_exponent = 0;
        return 0;
    }
    for (int i = top > SLOW_UNITS ? top : SLOW_UNITS;
         i >= (bottom < SLOW_UNITS ? bottom : SLOW_UNITS); i--) {
        if (i == SLOW_UNITS - 1) {
            *p++ = '.';
        }
        *p++ = (char)('0' + x.columns[i]);
    }
    *p = '\0';
    *out_exponent = top - SLOW_UNITS;
    return (size_t)(top - bottom + 1);
}

static struct dynr_decimal random_decimal(struct dynr_test_random *random, struct dynr_arena *arena,
                                          int spread)
{
    char text[80];
    size_t len = 0;
    if (dynr_test_random_below(random, 2) == 0) {
        text[len++] = '-';
    }
    uint64_t n_digits =
        1 + dynr_test_random_below(random, dynr_test_random_below(random, 3) == 0 ? 38 : 6);
    uint64_t style = dynr_test_random_below(random, 4);
    for (uint64_t i = 0; i < n_digits; i++) {
        /* Runs of nines and zeros make long carries and borrows. */
        uint64_t digit = dynr_test_random_below(random, 10);
        text[len++] = style == 0 ? '9' : (style == 1 && i > 0 ? '0' : (char)('0' + digit));
    }
    int exponent = (int)dynr_test_random_below(random, (uint64_t)spread) - spread / 2;
    snprintf(text + len, sizeof text - len, "e%d", exponent);
    struct dynr_decimal decimal = {{"0", 1}};
    dynr_decimal_parse(dynr_str_from_c(text), arena, &decimal, NULL);
    return decimal;
}

static bool check_sum(struct dynr_decimal a, struct dynr_decimal b, bool subtract,
                      struct dynr_arena *arena)
{
    struct slow right = slow_from(b.text);
    if (subtract) {
        slow_negate(&right);
    }
    char expected[SLOW_COLUMNS + 4];
    int exponent = 0;
    size_t n_digits = slow_text(slow_add(slow_from(a.text), right), expected, &exponent);
    bool fits = n_digits == 0 || (n_digits <= 38 && exponent >= -130 && exponent <= 125);
    struct dynr_decimal result = {{NULL, 0}};
    enum dynr_status status = subtract ? dynr_decimal_subtract(a, b, arena, &result, NULL)
                                       : dynr_decimal_add(a, b, arena, &result, NULL);
    return DYNR_ASSERT_STATUS(status, fits ? DYNR_OK : DYNR_ERR_RANGE) &&
           (!fits || DYNR_ASSERT_STR(result.text, expected));
}

static void sums_agree_with_a_slow_number(void)
{
    struct dynr_test_random random = {31};
    struct dynr_arena arena = {0};
    for (int i = 0; i < 20000; i++) {
        int spread = i % 4 == 0 ? 250 : (i % 4 == 1 ? 1 : 30);
        struct dynr_decimal a = random_decimal(&random, &arena, spread);
        struct dynr_decimal b = random_decimal(&random, &arena, spread);
        if (!check_sum(a, b, false, &arena) || !check_sum(a, b, true, &arena) ||
            !check_sum(a, a, true, &arena)) {
            DYNR_ASSERT_STR(a.text, "(left)");
            DYNR_ASSERT_STR(b.text, "(right)");
            break;
        }
        dynr_arena_reset(&arena);
    }
    dynr_arena_cleanup(&arena);
}

static void comparison_agrees_with_the_sign_of_the_difference(void)
{
    struct dynr_test_random random = {37};
    struct dynr_arena arena = {0};
    for (int i = 0; i < 20000; i++) {
        struct dynr_decimal a = random_decimal(&random, &arena, i % 2 == 0 ? 250 : 4);
        struct dynr_decimal b = random_decimal(&random, &arena, i % 2 == 0 ? 250 : 4);
        struct slow right = slow_from(b.text);
        slow_negate(&right);
        struct slow difference = slow_add(slow_from(a.text), right);
        char text[SLOW_COLUMNS + 4];
        int exponent;
        int expected = slow_text(difference, text, &exponent) == 0 ? 0 : (text[0] == '-' ? -1 : 1);
        int forth = dynr_decimal_compare(a, b);
        int back = dynr_decimal_compare(b, a);
        if (!DYNR_ASSERT_INT((forth > 0) - (forth < 0), expected) ||
            !DYNR_ASSERT_INT((back > 0) - (back < 0), -expected) ||
            !DYNR_ASSERT_INT(dynr_decimal_compare(a, a), 0)) {
            break;
        }
        dynr_arena_reset(&arena);
    }
    dynr_arena_cleanup(&arena);
}

static void exhausted_memory_is_reported(void)
{
    struct dynr_test_memory memory;
    struct dynr_arena arena;
    struct dynr_decimal one = {{"1", 1}};
    struct dynr_decimal tenth = {{"0.1", 3}};
    struct dynr_decimal result;
    dynr_test_memory_init(&memory, 1);
    dynr_arena_init(&arena, &memory.allocator, 0);
    DYNR_ASSERT_STATUS(dynr_decimal_parse(dynr_str_from_c("007"), &arena, &result, NULL),
                       DYNR_ERR_NO_MEMORY);
    DYNR_ASSERT_STATUS(dynr_decimal_add(one, one, &arena, &result, NULL), DYNR_ERR_NO_MEMORY);
    DYNR_ASSERT_STATUS(dynr_decimal_subtract(one, tenth, &arena, &result, NULL),
                       DYNR_ERR_NO_MEMORY);
    dynr_arena_cleanup(&arena);
    DYNR_ASSERT_INT(memory.n_blocks, 0);
}

static const struct dynr_test tests[] = {
    DYNR_TEST(texts_become_canonical),
    DYNR_TEST(what_is_not_a_number_is_refused),
    DYNR_TEST(the_range_is_the_services),
    DYNR_TEST(sums_agree_with_a_slow_number),
    DYNR_TEST(comparison_agrees_with_the_sign_of_the_difference),
    DYNR_TEST(exhausted_memory_is_reported),
};

int main(void)
{
    return dynr_test_main("base/decimal", tests, DYNR_TEST_COUNT(tests));
}
