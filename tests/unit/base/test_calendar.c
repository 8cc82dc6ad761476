/* SPDX-License-Identifier: Apache-2.0 */
/* Dates and timestamps, against a calendar that only counts days one after the other. */
#include <stdio.h>
#include <stdlib.h>

#include "dynr/value.h"
#include "test_main.h"
#include "test_tools.h"

static int month_length(int year, int month)
{
    if (month == 2) {
        return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28;
    }
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

static void every_day_of_ten_thousand_years_round_trips(void)
{
    int64_t epoch_offset = 0;
    for (int year = 0; year < 1970; year++) {
        epoch_offset += month_length(year, 2) == 29 ? 366 : 365;
    }
    int64_t day_number = -epoch_offset;
    for (int year = 0; year <= 9999; year++) {
        for (int month = 1; month <= 12; month++) {
            for (int day = 1; day <= month_length(year, month); day++, day_number++) {
                char expected[40];
                char text[DYNR_TIMESTAMP_LENGTH];
                struct dynr_timestamp timestamp = {day_number * 86400000 + 86399999};
                struct dynr_timestamp back = {1};
                struct dynr_date date = {-1, 0, 0};
                snprintf(expected, sizeof expected, "%04d-%02d-%02dT23:59:59.999Z", year, month,
                         day);
                dynr_timestamp_format(timestamp, text);
                if (memcmp(text, expected, sizeof text) != 0 ||
                    !dynr_timestamp_parse(dynr_str_make(text, sizeof text), &back) ||
                    back.ms != timestamp.ms || !dynr_date_parse(dynr_str_make(text, 10), &date) ||
                    date.year != year || date.month != month || date.day != day) {
                    DYNR_ASSERT_STR(dynr_str_make(text, sizeof text), expected);
                    DYNR_ASSERT_INT(back.ms, timestamp.ms);
                    return;
                }
                dynr_date_format(date, text);
                timestamp.ms = day_number * 86400000;
                memcpy(expected + 11, "00:00:00.000Z", 14);
                if (memcmp(text, expected, 10) != 0) {
                    DYNR_ASSERT_STR(dynr_str_make(text, 10), expected);
                    return;
                }
                dynr_timestamp_format(timestamp, text);
                if (memcmp(text, expected, sizeof text) != 0) {
                    DYNR_ASSERT_STR(dynr_str_make(text, sizeof text), expected);
                    return;
                }
            }
        }
    }
    DYNR_ASSERT_INT(day_number, 2932897);
}

static void dates_that_do_not_exist_are_refused(void)
{
    static const char *const texts[] = {
        "",           "2026-02-29", "1900-02-29",  "2026-00-10",  "2026-13-01",  "2026-01-00",
        "2026-01-32", "2026-04-31", "2026-1-01",   "2026-01-1",   "26-01-01",    "+026-01-01",
        "-026-01-01", "2026/01/01", "20260101",    "2026-01-011", " 2026-01-01", "2026-01-01 ",
        "2026-01-0a", "202a-01-01", "2026-01-01T", "12026-01-01", "2026-0 -01",
    };
    struct dynr_date date = {1, 2, 3};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (!DYNR_ASSERT(!dynr_date_parse(dynr_str_from_c(texts[i]), &date))) {
            DYNR_ASSERT_STR(dynr_str_from_c(texts[i]), "(refused)");
        }
    }
    DYNR_ASSERT_INT(date.year * 10000 + date.month * 100 + date.day, 10203);
    DYNR_ASSERT(dynr_date_parse(dynr_str_from_c("2000-02-29"), &date));
}

static void timestamps_are_read_in_all_forms(void)
{
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01T00:00:00.000Z", 0},
        {"1970-01-01T00:00:01.5Z", 1500},
        {"1970-01-01T00:00:00.12Z", 120},
        {"1970-01-01T00:00:00.1239Z", 123},
        {"1970-01-01T00:00:00.123999999Z", 123},
        {"1970-01-01T02:00:00+02:00", 0},
        {"1969-12-31T18:30:00-05:30", 0},
        {"1970-01-01T00:00:00.001+00:00", 1},
        {"1969-12-31T23:59:59.999Z", -1},
        {"2026-01-31T12:00:00.000Z", 1769860800000},
        {"0000-01-01T00:00:00Z", -62167219200000},
        {"9999-12-31T23:59:59.999Z", 253402300799999},
        {"2000-02-29T00:00:00Z", 951782400000},
        {"0000-01-01T00:00:00-00:01", -62167219140000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dynr_timestamp timestamp = {77};
        DYNR_ASSERT(dynr_timestamp_parse(dynr_str_from_c(cases[i].text), &timestamp));
        if (!DYNR_ASSERT_INT(timestamp.ms, cases[i].ms)) {
            DYNR_ASSERT_STR(dynr_str_from_c(cases[i].text), "(as in the table)");
        }
    }
}

static void malformed_timestamps_are_refused(void)
{
    static const char *const texts[] = {
        "",
        "2026-01-31",
        "2026-01-31T12:00Z",
        "2026-01-31 12:00:00Z",
        "2026-01-31t12:00:00Z",
        "2026-01-31T12:00:00z",
        "2026-01-31T12:00:00",
        "2026-01-31T12:00:00.Z",
        "2026-01-31T12:00:00.1234567890Z",
        "2026-01-31T24:00:00Z",
        "2026-01-31T12:60:00Z",
        "2026-01-31T12:00:60Z",
        "2026-01-31T12:00:00+2:00",
        "2026-01-31T12:00:00+02",
        "2026-01-31T12:00:00+0200",
        "2026-01-31T12:00:00+24:00",
        "2026-01-31T12:00:00+02:60",
        "2026-02-30T12:00:00Z",
        "2026-01-31T12:00:00ZZ",
        "2026-01-31T12:00:00.5",
        "2026-01-31T1a:00:00Z",
        "2026-01-31T12-00:00Z",
        "0000-01-01T00:00:00+00:01",
        "9999-12-31T23:59:00-00:01",
        "2026-01-31T12:00:00,5Z",
        "2026-01-31T12:00:00 Z",
        "2026-01-31T12:00:00.123",
        "2026-01-31T12:00:00.123456789",
    };
    struct dynr_timestamp timestamp = {77};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        /* A block of exactly the text's size, so that a sanitizer sees each read past the end. */
        size_t len = strlen(texts[i]);
        char *text = malloc(len + (len == 0));
        memcpy(text, texts[i], len);
        if (!DYNR_ASSERT(!dynr_timestamp_parse(dynr_str_make(text, len), &timestamp))) {
            DYNR_ASSERT_STR(dynr_str_from_c(texts[i]), "(refused)");
        }
        free(text);
    }
    DYNR_ASSERT_INT(timestamp.ms, 77);
}

static void prefixes_and_mutations_are_survived(void)
{
    static const char text[] = "2026-01-31T12:34:56.789012345+02:30";
    struct dynr_test_random random = {13};
    for (int round = 0; round < 100000; round++) {
        size_t len = (size_t)dynr_test_random_below(&random, sizeof text);
        char *copy = malloc(len + (len == 0));
        memcpy(copy, text, len);
        if (len != 0) {
            copy[dynr_test_random_below(&random, len)] = (char)dynr_test_random_below(&random, 256);
        }
        struct dynr_timestamp timestamp;
        if (dynr_timestamp_parse(dynr_str_make(copy, len), &timestamp)) {
            DYNR_ASSERT(timestamp.ms >= -62167219200000 && timestamp.ms <= 253402300799999);
        }
        free(copy);
    }
}

static const struct dynr_test tests[] = {
    DYNR_TEST(every_day_of_ten_thousand_years_round_trips),
    DYNR_TEST(dates_that_do_not_exist_are_refused),
    DYNR_TEST(timestamps_are_read_in_all_forms),
    DYNR_TEST(malformed_timestamps_are_refused),
    DYNR_TEST(prefixes_and_mutations_are_survived),
};

int main(void)
{
    return dynr_test_main("base/calendar", tests, DYNR_TEST_COUNT(tests));
}
