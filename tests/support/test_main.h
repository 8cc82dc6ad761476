/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every unit test executable is made of: a table of tests, run by CUnit and reported as TAP on
 * stdout (details of failures go to stderr), and assertions that print both values.
 *
 *     static const struct dynr_test tests[] = {DYNR_TEST(parse_refuses_lone_surrogates)};
 *     int main(void) { return dynr_test_main("json", tests, DYNR_TEST_COUNT(tests)); }
 *
 * Assertions do not leave the test; each gives a bool, for `if (!DYNR_ASSERT(x)) { return; }`. In
 * loops over many values, leave at the first failure.
 */
#ifndef DYNR_TEST_MAIN_H
#define DYNR_TEST_MAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dynr/status.h"
#include "dynr/str.h"

struct dynr_test {
    const char *name;
    void (*run)(void);
};

#define DYNR_TEST(function)                                                                        \
    {                                                                                              \
#        function, function                                                                        \
    }
#define DYNR_TEST_COUNT(tests) (sizeof(tests) / sizeof(tests)[0])

/*
 * Runs the tests in order. The exit status: 0, 1 when a test failed, 99 when CUnit itself failed.
 */
int dynr_test_main(const char *name, const struct dynr_test *tests, size_t n_tests);

#define DYNR_ASSERT(condition) dynr_assert_true((condition), #condition, __FILE__, __LINE__)
#define DYNR_ASSERT_INT(actual, expected)                                                          \
    dynr_assert_int((int64_t)(actual), (int64_t)(expected), #actual, __FILE__, __LINE__)
/* `actual` is a struct dynr_str, `expected` a C string. */
#define DYNR_ASSERT_STR(actual, expected)                                                          \
    dynr_assert_str((actual), (expected), #actual, __FILE__, __LINE__)
/* The same bits: -0.0 is not 0.0. */
#define DYNR_ASSERT_DOUBLE(actual, expected)                                                       \
    dynr_assert_double((actual), (expected), #actual, __FILE__, __LINE__)
#define DYNR_ASSERT_STATUS(actual, expected)                                                       \
    dynr_assert_status((actual), (expected), #actual, __FILE__, __LINE__)
#define DYNR_ASSERT_MEM(actual, actual_len, expected, expected_len)                                \
    dynr_assert_mem((actual), (actual_len), (expected), (expected_len), #actual, __FILE__, __LINE__)

bool dynr_assert_true(bool condition, const char *text, const char *file, int line);
bool dynr_assert_int(int64_t actual, int64_t expected, const char *text, const char *file,
                     int line);
bool dynr_assert_str(struct dynr_str actual, const char *expected, const char *text,
                     const char *file, int line);
bool dynr_assert_double(double actual, double expected, const char *text, const char *file,
                        int line);
bool dynr_assert_status(enum dynr_status actual, enum dynr_status expected, const char *text,
                        const char *file, int line);
bool dynr_assert_mem(const void *actual, size_t actual_len, const void *expected,
                     size_t expected_len, const char *text, const char *file, int line);

#endif
