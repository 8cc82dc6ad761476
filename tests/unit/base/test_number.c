/* SPDX-License-Identifier: Apache-2.0 */
/* Integers and doubles to and from text, in any locale. */
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/number_text.h"
#include "test_main.h"
#include "test_tools.h"

struct int_case {
    const char *text;
    bool ok;
    int64_t value;
};

static void integers_are_parsed_as_the_service_treats_them(void)
{
    static const struct int_case cases[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"7", true, 7},
        {"-12", true, -12},
        {"1.0", true, 1},
        {"1e3", true, 1000},
        {"1E+3", true, 1000},
        {"1200e-2", true, 12},
        {"0.5e1", true, 5},
        {"0e99999999999999999999999", true, 0},
        {"0.000", true, 0},
        {"-0e-5", true, 0},
        {"999999999999999999", true, 999999999999999999},
        {"1000000000000000000", true, 1000000000000000000},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775807.0", true, INT64_MAX},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"9999999999999999999", false, 0},
        {"18446744073709551617", false, 0},
        {"10000000000000000000", false, 0},
        {"1e18", true, 1000000000000000000},
        {"1e19", false, 0},
        {"1e999999999999999999999", false, 0},
        {"1e-999999999999999999999", false, 0},
        {"1.5", false, 0},
        {"0.1", false, 0},
        {"15e-1", false, 0},
        {"", false, 0},
        {"-", false, 0},
        {"+1", false, 0},
        {"01", false, 0},
        {"-01", false, 0},
        {"00", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"1.", false, 0},
        {".5", false, 0},
        {"1e", false, 0},
        {"--1", false, 0},
        {"0x1", false, 0},
        {"1_0", false, 0},
        {"\xD9\xA1", false, 0},
        {"12a", false, 0},
        {"123456789012345678a", false, 0},
        {"000000000000000000000", false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t value = -77;
        bool ok = dynr_int64_parse(dynr_str_from_c(cases[i].text), &value);
        if (!DYNR_ASSERT(ok == cases[i].ok) ||
            !DYNR_ASSERT_INT(value, cases[i].ok ? cases[i].value : -77)) {
            DYNR_ASSERT_STR(dynr_str_from_c(cases[i].text), "(as in the table)");
        }
    }
}

static void integers_round_trip(void)
{
    struct dynr_test_random random = {3};
    for (int i = 0; i < 200000; i++) {
        int64_t value =
            (int64_t)(dynr_test_random_next(&random) >> dynr_test_random_below(&random, 64));
        value = i % 2 == 0 ? value : -(value / 2) - 1;
        char text[20];
        char expected[24];
        int64_t back = 0;
        size_t len = dynr_int64_format(value, text);
        snprintf(expected, sizeof expected, "%lld", (long long)value);
        if (!DYNR_ASSERT_STR(dynr_str_make(text, len), expected) ||
            !DYNR_ASSERT(dynr_int64_parse(dynr_str_make(text, len), &back)) ||
            !DYNR_ASSERT_INT(back, value)) {
            return;
        }
    }
    char text[20];
    DYNR_ASSERT_STR(dynr_str_make(text, dynr_int64_format(INT64_MIN, text)),
                    "-9223372036854775808");
}

static void doubles_have_short_texts(void)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {-1.5, "-1.5"},
        {0.1, "0.1"},
        {1.0 / 3, "0.3333333333333333"},
        {0.30000000000000004, "0.30000000000000004"},
        {100, "100"},
        {1e20, "100000000000000000000"},
        {1e21, "1e+21"},
        {1.5e300, "1.5e+300"},
        {5e-324, "5e-324"},
        {1e-7, "0.0000001"},
        {1e-8, "1e-8"},
        {0.0012, "0.0012"},
        {DBL_MAX, "1.7976931348623157e+308"},
        {DBL_MIN, "2.2250738585072014e-308"},
        {9007199254740993.0, "9007199254740992"},
        {123456789.125, "123456789.125"},
        {-1.2345678901234566e-7, "-0.00000012345678901234566"},
        {4.35, "4.35"},
        {0.000001, "0.000001"},
        {999999999.999999, "999999999.999999"},
        {-12.50, "-12.5"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[32];
        double back = 1234;
        size_t len = dynr_double_format(cases[i].value, text);
        DYNR_ASSERT_STR(dynr_str_make(text, len), cases[i].text);
        DYNR_ASSERT(dynr_double_parse(dynr_str_make(text, len), &back));
        DYNR_ASSERT_DOUBLE(back, cases[i].value);
    }
    char text[32];
    DYNR_ASSERT_INT(dynr_double_format(HUGE_VAL, text), 0);
}

static void round_trip_random_doubles(int rounds, uint64_t seed)
{
    struct dynr_test_random random = {seed};
    for (int i = 0; i < rounds; i++) {
        uint64_t bits = dynr_test_random_next(&random);
        double value;
        memcpy(&value, &bits, sizeof value);
        if (i % 3 == 0) {
            value = (double)(int64_t)dynr_test_random_below(&random, 1000000) / 1000;
        }
        if (!isfinite(value)) {
            continue;
        }
        char text[32];
        double back = 0;
        size_t len = dynr_double_format(value, text);
        if (!DYNR_ASSERT(len > 0 && len <= sizeof text) ||
            !DYNR_ASSERT(memchr(text, ',', len) == NULL) ||
            !DYNR_ASSERT(dynr_double_parse(dynr_str_make(text, len), &back)) ||
            !DYNR_ASSERT_DOUBLE(back, value)) {
            return;
        }
    }
}

static void doubles_round_trip(void)
{
    round_trip_random_doubles(100000, 11);
}

static void decimals_as_people_write_them_come_back_as_written(void)
{
    struct dynr_test_random random = {29};
    for (int i = 0; i < 100000; i++) {
        /* At most 15 digits, without a zero at the end: no shorter text reads back the same. */
        char text[48];
        size_t len = (size_t)snprintf(text, sizeof text, "%u.",
                                      (unsigned)dynr_test_random_below(&random, 1000000));
        for (uint64_t n = dynr_test_random_below(&random, 9); n != 0; n--) {
            text[len++] = (char)('0' + dynr_test_random_below(&random, 10));
        }
        text[len++] = (char)('1' + dynr_test_random_below(&random, 9));
        text[len] = '\0';
        char out[32];
        double value = strtod(text, NULL);
        size_t out_len = dynr_double_format(value, out);
        if (value >= 1e-7 && !DYNR_ASSERT_STR(dynr_str_make(out, out_len), text)) {
            return;
        }
    }
}

static void doubles_are_rounded_as_strtod_rounds(void)
{
    struct dynr_test_random random = {17};
    for (int i = 0; i < 100000; i++) {
        char text[64];
        size_t len = 0;
        text[len++] = (char)('1' + dynr_test_random_below(&random, 9));
        text[len++] = '.';
        for (uint64_t n = 1 + dynr_test_random_below(&random, 25); n != 0; n--) {
            text[len++] = (char)('0' + dynr_test_random_below(&random, 10));
        }
        snprintf(text + len, sizeof text - len, "e%d",
                 (int)dynr_test_random_below(&random, 640) - 330);
        double expected = strtod(text, NULL);
        double value = 0;
        bool ok = dynr_double_parse(dynr_str_from_c(text), &value);
        if (!DYNR_ASSERT(ok == (isfinite(expected) != 0)) ||
            (ok && !DYNR_ASSERT_DOUBLE(value, expected))) {
            DYNR_ASSERT_STR(dynr_str_from_c(text), "(as strtod)");
            return;
        }
    }
}

static void long_doubles_round_on_their_last_digit(void)
{
    /*
     * 2^53 + 1 is half-way between two doubles: any digit that is not zero, however late, decides.
     */
    static char text[3000];
    double value = 0;
    size_t len = (size_t)snprintf(text, sizeof text, "9007199254740993.");
    memset(text + len, '0', 2500);
    DYNR_ASSERT(dynr_double_parse(dynr_str_make(text, len + 2500), &value));
    DYNR_ASSERT_DOUBLE(value, 9007199254740992.0);
    text[len + 2499] = '1';
    DYNR_ASSERT(dynr_double_parse(dynr_str_make(text, len + 2500), &value));
    DYNR_ASSERT_DOUBLE(value, 9007199254740994.0);
}

static void texts_that_are_not_finite_numbers_are_refused(void)
{
    static const char *const texts[] = {"",
                                        "-",
                                        "1.",
                                        ".5",
                                        "01",
                                        "+1",
                                        "1e",
                                        "1e400",
                                        "-1e309",
                                        "nan",
                                        "inf",
                                        "Infinity",
                                        "0x10",
                                        "1,5",
                                        "1 ",
                                        " 1",
                                        "1e99999999999999999999",
                                        "1.7976931348623159e308",
                                        "1f"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        double value = 77;
        if (!DYNR_ASSERT(!dynr_double_parse(dynr_str_from_c(texts[i]), &value))) {
            DYNR_ASSERT_STR(dynr_str_from_c(texts[i]), "(refused)");
        }
        DYNR_ASSERT_DOUBLE(value, 77);
    }
    double value = 1;
    DYNR_ASSERT(dynr_double_parse(dynr_str_from_c("-1e-99999999999999999999"), &value));
    DYNR_ASSERT_DOUBLE(value, -0.0);
}

static void the_locale_changes_nothing(void)
{
    static const char *const locales[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "fr_FR.utf8"};
    const char *found = NULL;
    for (size_t i = 0; found == NULL && i < sizeof locales / sizeof locales[0]; i++) {
        found = setlocale(LC_ALL, locales[i]);
    }
    if (found == NULL) {
        fprintf(stderr, "no locale with a decimal comma is installed\n");
    }
    round_trip_random_doubles(20000, 23);
    setlocale(LC_ALL, "C");
}

static const struct dynr_test tests[] = {
    DYNR_TEST(integers_are_parsed_as_the_service_treats_them),
    DYNR_TEST(integers_round_trip),
    DYNR_TEST(doubles_have_short_texts),
    DYNR_TEST(doubles_round_trip),
    DYNR_TEST(decimals_as_people_write_them_come_back_as_written),
    DYNR_TEST(doubles_are_rounded_as_strtod_rounds),
    DYNR_TEST(long_doubles_round_on_their_last_digit),
    DYNR_TEST(texts_that_are_not_finite_numbers_are_refused),
    DYNR_TEST(the_locale_changes_nothing),
};

int main(void)
{
    return dynr_test_main("base/number", tests, DYNR_TEST_COUNT(tests));
}
