/* SPDX-License-Identifier: Apache-2.0 */
/* What cannot be read, in the service's words, and the bounds of what can. */
#include "partiql_show.h"
#include "test_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MALFORMED "Statement wasn't well formed, can't be processed: "
#define LEFT_OVER MALFORMED "Unexpected token after expression"
#define TOO_DEEP  MALFORMED "Expressions and values are nested too deep"

struct sample {
    const char *text;
    const char *message;
};

static void refuse(struct dynr_str text, const char *message)
{
    struct dynr_arena arena = {0};
    struct dynr_error err = {0};
    const struct dynr_partiql_statement *statement;
    DYNR_ASSERT_STATUS(dynr_partiql_parse(text, &arena, &statement, &err),
                       DYNR_ERR_INVALID_ARGUMENT);
    DYNR_ASSERT(statement == NULL);
    if (!DYNR_ASSERT_STR(dynr_str_from_c(err.message), message)) {
        (void)fprintf(stderr, "# %.*s\n", (int)(text.len < 100 ? text.len : 100), text.ptr);
    }
    dynr_arena_cleanup(&arena);
}

static void faults_have_the_words_of_the_service(void)
{
    static const struct sample samples[] = {
        {"", MALFORMED "Expected data manipulation"},
        {"SLECT * FROM t", MALFORMED "Expected data manipulation"},
        {"\"SELECT\" * FROM t", MALFORMED "Expected data manipulation"},
        {"SELECT * FROM t WHERE k = 1 foo", LEFT_OVER},
        {"SELECT * FROM t WHERE k = 1 e5", LEFT_OVER},
        {"SELECT * FROM t WHERE k = 1)", LEFT_OVER},
        {"SELECT * FROM t ORDER BY k WHERE k = 1", LEFT_OVER},
        {"SELECT * FROM t;;", LEFT_OVER},
        {"INSERT INTO t VALUE {'k': 1} foo", LEFT_OVER},
        {"INSERT INTO t u VALUE {'k': 1}", LEFT_OVER},
        {"UPDATE t SET a = 9 WHERE k = 1 foo", LEFT_OVER},
        {"DELETE FROM t WHERE k = 1 ORDER BY k", LEFT_OVER},
        {"FROM t SET c = 1 WHERE k = 1", LEFT_OVER},
        {"SELECT * FROM t WHERE k = 1e2147483648", MALFORMED},
        {"SELECT * FROM t WHERE k = 1e-99999999999999999999", MALFORMED},
        {"SELECT * FROM t WHERE k = 1.5e-2147483647", MALFORMED},
        {"SELECT * FROM t WHERE k = 1 # note", MALFORMED},
        {"SELECT * FROM t WHERE k = 1 /* note", MALFORMED},
        {"SELECT * FROM t WHERE k = 'x", MALFORMED},
        {"SELECT * FROM \"t", MALFORMED},
        {"SELECT * FROM t\xC3\xA4", MALFORMED},
        {"SELECT * FROM t u WHERE k = 'x'", "Aliasing is not supported"},
        {"SELECT * FROM t AS u WHERE k = 'x'", "Aliasing is not supported"},
        {"UPDATE t u SET a = 3 WHERE k = 'x'", "Aliasing is not supported"},
        {"DELETE FROM t u WHERE k = 'x'", "Aliasing is not supported"},
        {"SELECT * FROM t WHERE", MALFORMED "Unexpected term"},
        {"SELECT * FROM t WHERE;", MALFORMED "Unexpected term"},
        {"SELECT * FROM t WHERE NOT", MALFORMED "Unexpected term"},
        {"SELECT * FROM t WHERE (", MALFORMED "Unexpected term"},
        {"SELECT * FROM", MALFORMED "Unexpected term"},
        {"SELECT * FROM t WHERE k = 1 AND",
         MALFORMED "Missing right-hand side expression of infix operator"},
        {"SELECT * FROM t WHERE k = 1 OR;",
         MALFORMED "Missing right-hand side expression of infix operator"},
        {"SELECT * FROM t WHERE ORDER BY k", MALFORMED "Unexpected keyword"},
        {"SELECT * FROM t WHERE IS NULL", MALFORMED "Unexpected operator"},
        {"SELECT * FROM t WHERE k IS = 1", MALFORMED "Expected type name"},
        {"SELECT a.select FROM t", MALFORMED "Invalid path dot component"},
        {"SELECT a. FROM t", MALFORMED "Invalid path dot component"},
        {"DELETE FROM", MALFORMED "Expected identifier for simple path"},
        {"DELETE FROM WHERE k = 'a'", MALFORMED "Expected identifier for simple path"},
        {"SELECT\n \xC3\xA4 FROM t", MALFORMED},
        {"SELECT\n '\xC3\xA4' FROM t", MALFORMED "Unexpected token '\xC3\xA4' at 2:2:4"},
        {"SELECT a[1.5] FROM t", MALFORMED "An index of a list is not a whole number that fits"},
        {"SELECT a[5000000000] FROM t",
         MALFORMED "An index of a list is not a whole number that fits"},
        {"SELECT a.\"\" FROM t", MALFORMED "A name is empty"},
    };
    for (size_t i = 0; i < DYNR_TEST_COUNT(samples); i++) {
        refuse(dynr_str_from_c(samples[i].text), samples[i].message);
    }
    static const char zero[] = "SELECT * FROM t\0";
    refuse(dynr_str_make(zero, sizeof zero - 1), MALFORMED);
}

/* `begin`, `n` times `middle` and `end`. */
static struct dynr_str repeat(const char *begin, const char *middle, size_t n, const char *end)
{
    size_t len = strlen(begin) + n * strlen(middle) + strlen(end);
    char *text = malloc(len + 1);
    if (text == NULL) {
        abort();
    }
    (void)snprintf(text, len + 1, "%s", begin);
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(text + strlen(begin) + i * strlen(middle), strlen(middle) + 1, "%s", middle);
    }
    (void)snprintf(text + len - strlen(end), strlen(end) + 1, "%s", end);
    return dynr_str_make(text, len);
}

static void refuse_repeated(const char *begin, const char *middle, size_t n, const char *end,
                            const char *message)
{
    struct dynr_str text = repeat(begin, middle, n, end);
    refuse(text, message);
    free((char *)(uintptr_t)text.ptr);
}

static void accept_repeated(const char *begin, const char *middle, size_t n, const char *end)
{
    struct dynr_arena arena = {0};
    struct dynr_error err = {0};
    const struct dynr_partiql_statement *statement;
    struct dynr_str text = repeat(begin, middle, n, end);
    DYNR_ASSERT_STATUS(dynr_partiql_parse(text, &arena, &statement, &err), DYNR_OK);
    dynr_arena_cleanup(&arena);
    free((char *)(uintptr_t)text.ptr);
}

static void nesting_is_bounded(void)
{
    accept_repeated("SELECT * FROM t WHERE ", "NOT ", 50, "a = 1");
    refuse_repeated("SELECT * FROM t WHERE ", "NOT ", 2000, "a = 1", TOO_DEEP);
    refuse_repeated("SELECT * FROM t WHERE a = ", "1 + ", 2000, "1", TOO_DEEP);
    refuse_repeated("INSERT INTO t VALUE ", "{'a':", 1000, "", MALFORMED "Unexpected term");
    refuse_repeated("SELECT * FROM t WHERE ", "(", 8000, "", MALFORMED "Unexpected term");
    /* Chains are wide, not deep. */
    accept_repeated("SELECT * FROM t WHERE a = 1", " AND a = 1", 700, "");
    accept_repeated("SELECT * FROM t WHERE a = 1", " OR (a = 1)", 700, "");
    accept_repeated("SELECT * FROM t WHERE a IN [1", ", 1", 2000, "]");
    accept_repeated("SELECT ", "a, ", 2000, "a FROM t");
    accept_repeated("UPDATE t", " REMOVE a", 800, "");
}

static void length_is_bounded(void)
{
    accept_repeated("SELECT * FROM t", " ", DYNR_PARTIQL_MAX_LENGTH - 15, "");
    refuse_repeated("SELECT * FROM t", " ", DYNR_PARTIQL_MAX_LENGTH - 14, "",
                    "The statement has 8193 bytes; at most 8192 are allowed");
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(faults_have_the_words_of_the_service),
        DYNR_TEST(nesting_is_bounded),
        DYNR_TEST(length_is_bounded),
    };
    return dynr_test_main("partiql-faults", tests, DYNR_TEST_COUNT(tests));
}
