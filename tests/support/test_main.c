/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CUnit to TAP. CUnit keeps the results; this file prints them in the form that Meson reads.
 */
#include "test_main.h"

#include <stdio.h>
#include <stdlib.h>

#include <CUnit/CUnit.h>
#include <CUnit/TestDB.h>
#include <CUnit/TestRun.h>

/* Bytes of a value that a failure prints. */
#define SHOWN_MAX 400

static void report_test(const CU_pTest test, const CU_pSuite suite,
                        const CU_pFailureRecord first_failure)
{
    (void)suite;
    /* CUnit counts the test that has just ended. */
    printf("%s %u - %s\n", first_failure == NULL ? "ok" : "not ok", CU_get_number_of_tests_run(),
           test->pName);
    fflush(stdout);
    for (CU_pFailureRecord record = first_failure; record != NULL; record = record->pNext) {
        fprintf(stderr, "%s:%u: %s: %s\n", record->strFileName == NULL ? "?" : record->strFileName,
                record->uiLineNumber, test->pName,
                record->strCondition == NULL ? "failed" : record->strCondition);
    }
}

static int run(const char *name, const struct dynr_test *tests, size_t n_tests)
{
    CU_pSuite suite = CU_add_suite(name, NULL, NULL);
    if (suite == NULL) {
        return 99;
    }
    for (size_t i = 0; i < n_tests; i++) {
        if (CU_add_test(suite, tests[i].name, tests[i].run) == NULL ||
            CU_get_error() != CUE_SUCCESS) {
            fprintf(stderr, "%s: %s\n", tests[i].name, CU_get_error_msg());
            return 99;
        }
    }
    CU_set_test_complete_handler(report_test);
    printf("1..%zu\n", n_tests);
    fflush(stdout);
    if (CU_run_all_tests() != CUE_SUCCESS) {
        fprintf(stderr, "%s\n", CU_get_error_msg());
        return 99;
    }
    return CU_get_number_of_failures() == 0 ? 0 : 1;
}

int dynr_test_main(const char *name, const struct dynr_test *tests, size_t n_tests)
{
    if (CU_initialize_registry() != CUE_SUCCESS) {
        return 99;
    }
    int result = run(name, tests, n_tests);
    CU_cleanup_registry();
    return result;
}

static bool assert_that(bool holds, const char *message, const char *file, int line)
{
    CU_assertImplementation(holds ? CU_TRUE : CU_FALSE, (unsigned)line, message, file, "",
                            CU_FALSE);
    return holds;
}

bool dynr_assert_true(bool condition, const char *text, const char *file, int line)
{
    return assert_that(condition, text, file, line);
}

bool dynr_assert_int(int64_t actual, int64_t expected, const char *text, const char *file, int line)
{
    char message[SHOWN_MAX] = "";
    if (actual != expected) {
        snprintf(message, sizeof message, "%s is %lld, not %lld", text, (long long)actual,
                 (long long)expected);
    }
    return assert_that(actual == expected, message, file, line);
}

/* Printable text of arbitrary bytes; cut when long. */
static const char *show(const void *bytes, size_t len, char out[SHOWN_MAX])
{
    const unsigned char *p = bytes;
    size_t n = 0;
    for (size_t i = 0; i < len && n < SHOWN_MAX - 8; i++) {
        if (p[i] >= ' ' && p[i] < 0x7F && p[i] != '\\') {
            out[n++] = (char)p[i];
        } else {
            n += (size_t)snprintf(out + n, 5, "\\x%02x", (unsigned)p[i]);
        }
    }
    out[n] = '\0';
    return out;
}

bool dynr_assert_mem(const void *actual, size_t actual_len, const void *expected,
                     size_t expected_len, const char *text, const char *file, int line)
{
    bool equal = actual_len == expected_len &&
                 (actual_len == 0 || memcmp(actual, expected, actual_len) == 0);
    char message[3 * SHOWN_MAX] = "";
    if (!equal) {
        char shown_actual[SHOWN_MAX];
        char shown_expected[SHOWN_MAX];
        snprintf(message, sizeof message, "%s is \"%s\" (%zu bytes), not \"%s\" (%zu bytes)", text,
                 actual == NULL ? "(null)" : show(actual, actual_len, shown_actual), actual_len,
                 show(expected, expected_len, shown_expected), expected_len);
    }
    return assert_that(equal, message, file, line);
}

bool dynr_assert_str(struct dynr_str actual, const char *expected, const char *text,
                     const char *file, int line)
{
    return dynr_assert_mem(actual.ptr, actual.len, expected, strlen(expected), text, file, line);
}

bool dynr_assert_double(double actual, double expected, const char *text, const char *file,
                        int line)
{
    bool equal = memcmp(&actual, &expected, sizeof actual) == 0;
    char message[SHOWN_MAX] = "";
    if (!equal) {
        snprintf(message, sizeof message, "%s is %.17g, not %.17g", text, actual, expected);
    }
    return assert_that(equal, message, file, line);
}

bool dynr_assert_status(enum dynr_status actual, enum dynr_status expected, const char *text,
                        const char *file, int line)
{
    char message[SHOWN_MAX] = "";
    if (actual != expected) {
        snprintf(message, sizeof message, "%s is %s, not %s", text, dynr_status_name(actual),
                 dynr_status_name(expected));
    }
    return assert_that(actual == expected, message, file, line);
}
