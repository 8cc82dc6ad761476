/* SPDX-License-Identifier: Apache-2.0 */
/* Statements and their trees. */
#include "partiql_show.h"
#include "test_main.h"

#include <stdio.h>

struct sample {
    const char *text;
    const char *tree;
};

static void check(const struct sample *samples, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct dynr_arena arena = {0};
        struct dynr_buf buf = {0};
        struct dynr_error err = {0};
        const struct dynr_partiql_statement *statement;
        enum dynr_status status =
            dynr_partiql_parse(dynr_str_from_c(samples[i].text), &arena, &statement, &err);
        if (!DYNR_ASSERT_STATUS(status, DYNR_OK)) {
            (void)fprintf(stderr, "# %s: %s\n", samples[i].text, err.message);
        } else {
            partiql_show(statement, &buf);
            DYNR_ASSERT_STR(dynr_buf_str(&buf), samples[i].tree);
            DYNR_ASSERT_STR(statement->text, samples[i].text);
        }
        dynr_buf_cleanup(&buf);
        dynr_arena_cleanup(&arena);
    }
}

#define CHECK(samples) check((samples), DYNR_TEST_COUNT(samples))

static void selects(void)
{
    static const struct sample samples[] = {
        {"SELECT * FROM t", "select t"},
        {"select * from \"my-table\".\"by \"\"x\"\"\";", "select my-table/by \"x\""},
        {"SELECT a, b.c[0][12].\"d.e\" FROM t", "select t; columns (list a b.c[0][12].d.e)"},
        {"SELECT * FROM t.i WHERE k = 'x' ORDER BY k, s DESC, \"asc\" ASC",
         "select t/i; where (= k 'x'); up k; down s; up asc"},
        {"EXISTS(SELECT * FROM t WHERE k = 1)", "exists t; where (= k 1)"},
        {"SELECT old, new, modified FROM t", "select t; columns (list old new modified)"},
        {"--first\nSELECT /* a * / note **/ * -- more\r\n FROM\tt --", "select t"},
    };
    CHECK(samples);
}

static void conditions(void)
{
    static const struct sample samples[] = {
        {"SELECT * FROM t WHERE a = 1 AND b <> 2 AND c != 3",
         "select t; where (and (= a 1) (<> b 2) (<> c 3))"},
        {"SELECT * FROM t WHERE a < 1 OR b <= 2 AND c > 3 OR d >= 4",
         "select t; where (or (< a 1) (and (<= b 2) (> c 3)) (>= d 4))"},
        {"SELECT * FROM t WHERE (a = 1 AND (b = 2 AND c = 3)) AND d = 4",
         "select t; where (and (= a 1) (= b 2) (= c 3) (= d 4))"},
        {"SELECT * FROM t WHERE NOT a = 1 AND NOT (b = 2 OR c = 3)",
         "select t; where (and (not (= a 1)) (not (or (= b 2) (= c 3))))"},
        {"SELECT * FROM t WHERE a BETWEEN 1 AND 2 AND b NOT BETWEEN -1 AND ?",
         "select t; where (and (between a 1 2) (not (between b -1 ?0)))"},
        {"SELECT * FROM t WHERE a IN [1, ?] AND b NOT IN ('x', ?) AND c IN ?",
         "select t; where (and (in a (list 1 ?0)) (not (in b (list 'x' ?1))) (in c ?2))"},
        {"SELECT * FROM t WHERE a IS MISSING AND b IS NOT NULL AND c IS string",
         "select t; where (and (is MISSING a) (not (is NULL b)) (is string c))"},
        {"SELECT * FROM t WHERE begins_with(a, 'x') AND size(b) > 1 AND f()",
         "select t; where (and (call begins_with a 'x') (> (call size b) 1) (call f))"},
        {"SELECT * FROM t WHERE 'x' = a AND a - 1 = -1 AND (a) = ((2))",
         "select t; where (and (= 'x' a) (= (- a 1) -1) (= a 2))"},
    };
    CHECK(samples);
}

static void values(void)
{
    static const struct sample samples[] = {
        {"INSERT INTO t VALUE {}", "insert t; value (map)"},
        {"INSERT INTO t VALUE {'a': 'it''s', 'b': '', 'c': ''''}",
         "insert t; value (map 'a' 'it's' 'b' '' 'c' ''')"},
        {"INSERT INTO t VALUE {'n': [1, -2, 3.50, .5, 5., 1e3, 1.5E-3, -.7e+1]}",
         "insert t; value (map 'n' (list 1 -2 3.50 .5 5. 1e3 1.5E-3 -.7e+1))"},
        {"INSERT INTO t VALUE {'a': [], 'b': [[{}]], 'c': <<>>, 'd': <<'x', ?>>, 'e': <<<<1>>>>}",
         "insert t; value (map 'a' (list) 'b' (list (list (map))) 'c' (set) 'd' (set 'x' ?0) 'e' "
         "(set (set 1)))"},
        {"INSERT INTO t VALUE {'a': TRUE, 'b': false, 'c': Null, 'd': ?}",
         "insert t; value (map 'a' true 'b' false 'c' null 'd' ?0)"},
        {"INSERT INTO t VALUE ? RETURNING ALL OLD *", "insert t; value ?0; all old"},
        {"INSERT INTO t VALUE {'\xC3\xA4': '\xF0\x9F\x98\x80 -- no note /* either */'}",
         "insert t; value (map '\xC3\xA4' '\xF0\x9F\x98\x80 -- no note /* either */')"},
    };
    CHECK(samples);
}

static void changes(void)
{
    static const struct sample samples[] = {
        {"UPDATE t SET a = 1 WHERE k = 'x'", "update t; set a 1; where (= k 'x')"},
        {"UPDATE t SET a = a + 1, b.c = ? SET d = list_append(d, [?]) REMOVE e[0], f WHERE k = ? "
         "RETURNING ALL NEW *",
         "update t; set a (+ a 1); set b.c ?0; set d (call list_append d (list ?1)); remove e[0]; "
         "remove f; where (= k ?2); all new"},
        {"UPDATE t REMOVE a REMOVE b", "update t; remove a; remove b"},
        {"UPDATE t SET a = set_add(a, <<1>>) WHERE k = 1 RETURNING MODIFIED OLD *",
         "update t; set a (call set_add a (set 1)); where (= k 1); modified old"},
        {"FROM t WHERE k = 1 SET a = 1 REMOVE b RETURNING MODIFIED NEW *",
         "update t; set a 1; remove b; where (= k 1); modified new"},
        {"FROM t SET a = 1", "update t; set a 1"},
        {"DELETE FROM t WHERE k = 1 RETURNING ALL OLD *", "delete t; where (= k 1); all old"},
        {"DELETE FROM t", "delete t"},
    };
    CHECK(samples);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(selects),
        DYNR_TEST(conditions),
        DYNR_TEST(values),
        DYNR_TEST(changes),
    };
    return dynr_test_main("partiql-parse", tests, DYNR_TEST_COUNT(tests));
}
