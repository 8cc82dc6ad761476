/* SPDX-License-Identifier: Apache-2.0 */
/* Projections. */
#include "ddb_fixture.h"

#define ITEM                                                                                       \
    "{'pk':{'S':'1'},'l':{'L':[{'S':'a'},{'S':'b'},{'M':{'x':{'N':'1'},'y':{'N':'2'}}},{'S':'d'}]" \
    "},"                                                                                           \
    "'m':{'M':{'p':{'S':'q'},'r':{'L':[{'N':'1'},{'N':'2'}]}}}}"

static void only_the_projected_paths_are_kept(void)
{
    static const char *const cases[][2] = {
        {"pk", "{'pk':{'S':'1'}}"},
        {"nothing", "{}"},
        {"m, pk", "{'pk':{'S':'1'},'m':{'M':{'p':{'S':'q'},'r':{'L':[{'N':'1'},{'N':'2'}]}}}}"},
        {"m.p", "{'m':{'M':{'p':{'S':'q'}}}}"},
        {"m.z", "{}"},
        {"pk.z", "{}"},
        {"pk[0]", "{}"},
        {"m[0]", "{}"},
        {"l.a", "{}"},
        {"l[1]", "{'l':{'L':[{'S':'b'}]}}"},
        {"l[9]", "{}"},
        {"l[3], l[0]", "{'l':{'L':[{'S':'a'},{'S':'d'}]}}"},
        {"l[2].y, l[3], l[2].x, l[10]",
         "{'l':{'L':[{'M':{'x':{'N':'1'},'y':{'N':'2'}}},{'S':'d'}]}}"},
        {"m.r[1], l[0], m.p",
         "{'l':{'L':[{'S':'a'}]},'m':{'M':{'p':{'S':'q'},'r':{'L':[{'N':'2'}]}}}}"},
        {"#l[0],m.#p", "{'l':{'L':[{'S':'a'}]},'m':{'M':{'p':{'S':'q'}}}}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ddb_fixture fixture = {0};
        struct dynr_attribute item = ddb_item(&fixture, ITEM);
        struct dynr_attribute projected;
        const struct dynr_bound_expression *bound = ddb_bind(
            &fixture, DYNR_EXPRESSION_PROJECTION, cases[i][0], "{'#l':'l','#p':'p'}", NULL);
        if (DYNR_ASSERT(bound != NULL)) {
            DYNR_ASSERT_STATUS(
                dynr_projection_apply(bound, &item, &fixture.arena, &projected, &fixture.err),
                DYNR_OK);
            DYNR_ASSERT_STR(ddb_text(&fixture.arena, &projected), cases[i][1]);
        }
        ddb_fixture_cleanup(&fixture);
    }
}

static void related_paths_are_refused(void)
{
    static const char *const cases[][2] = {
        {"a, a", "Invalid ProjectionExpression: Two document paths overlap with each other; must "
                 "remove or rewrite one of these paths; path one: [a], path two: [a]"},
        {"a.b[0], c, a",
         "Invalid ProjectionExpression: Two document paths overlap with each other; must remove or "
         "rewrite one of these paths; path one: [a, b, [0]], path two: [a]"},
        {"a.b, a[1]",
         "Invalid ProjectionExpression: Two document paths conflict with each other; must remove "
         "or rewrite one of these paths; path one: [a, b], path two: [a, [1]]"},
        {"a.b, a.c, a[1]",
         "Invalid ProjectionExpression: Two document paths conflict with each other; must remove "
         "or rewrite one of these paths; path one: [a, c], path two: [a, [1]]"},
        {"a!", "Invalid ProjectionExpression: Syntax error; token: \"!\", near: \"a!\""},
        {"!!", "Invalid ProjectionExpression: Syntax error; token: \"!\", near: \"!!\""},
        {"a b", "Invalid ProjectionExpression: Syntax error; token: \"b\", near: \"a b\""},
        {"a,", "Invalid ProjectionExpression: Syntax error; token: \"<EOF>\", near: \",\""},
        {"_type", "Invalid ProjectionExpression: Syntax error; token: \"_\", near: \"_type\""},
        {"a, data", "Invalid ProjectionExpression: Attribute name is a reserved keyword; reserved "
                    "keyword: data"},
        {"#n", "Invalid ProjectionExpression: An expression attribute name used in the document "
               "path is not defined; attribute name: #n"},
        {"a[2147483648]", "Invalid ProjectionExpression: List index is not within the allowable "
                          "range; index: [2147483648]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        DYNR_ASSERT_STR(
            dynr_str_from_c(ddb_refusal(DYNR_EXPRESSION_PROJECTION, cases[i][0], NULL, NULL)),
            cases[i][1]);
    }
}

static const struct dynr_test tests[] = {
    DYNR_TEST(only_the_projected_paths_are_kept),
    DYNR_TEST(related_paths_are_refused),
};

int main(void)
{
    return dynr_test_main("ddb-projection", tests, DYNR_TEST_COUNT(tests));
}
