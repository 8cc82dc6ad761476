/* SPDX-License-Identifier: Apache-2.0 */
/* Key conditions: the range they ask for, and what is refused. */
#include "ddb_fixture.h"

#include <stdio.h>

#define VALUES "{':a':{'S':'a'},':b':{'S':'b'},':n':{'N':'1'},':e':{'S':''},':S':{'S':'S'}}"

static enum dynr_status read_condition(struct ddb_fixture *fixture, const char *expression,
                                       bool sorted, struct dynr_key_range *range)
{
    struct dynr_key_schema_part partition = {dynr_str_from_c("a"), 'S'};
    struct dynr_key_schema_part sort = {dynr_str_from_c(sorted ? "b" : ""), sorted ? 'S' : 0};
    const struct dynr_bound_expression *bound =
        ddb_bind(fixture, DYNR_EXPRESSION_KEY_CONDITION, expression, "{'#a':'a'}", VALUES);
    if (bound != NULL) {
        fixture->status = dynr_key_condition_read(bound, partition, sort, range, &fixture->err);
    }
    return fixture->status;
}

static void ranges_are_read_from_either_side(void)
{
    static const struct {
        const char *expression;
        enum dynr_range_kind kind;
        const char *low;
        const char *high;
    } cases[] = {
        {"a = :a", DYNR_RANGE_ALL, "", ""},
        {":a = #a", DYNR_RANGE_ALL, "", ""},
        {"a = :a AND b = :b", DYNR_RANGE_EQUAL, "b", "b"},
        {"b < :b AND a = :a", DYNR_RANGE_LESS, "b", "b"},
        {"a = :a AND b <= :b", DYNR_RANGE_LESS_EQUAL, "b", "b"},
        {"a = :a AND b > :b", DYNR_RANGE_GREATER, "b", "b"},
        {"a = :a AND b >= :b", DYNR_RANGE_GREATER_EQUAL, "b", "b"},
        {"a = :a AND :b < b", DYNR_RANGE_GREATER, "b", "b"},
        {"a = :a AND :b >= b", DYNR_RANGE_LESS_EQUAL, "b", "b"},
        {"(a = :a) AND (b BETWEEN :a AND :b)", DYNR_RANGE_BETWEEN, "a", "b"},
        {"(a = :a AND begins_with(b, :b))", DYNR_RANGE_BEGINS_WITH, "b", "b"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ddb_fixture fixture = {0};
        struct dynr_key_range range;
        if (DYNR_ASSERT_STATUS(read_condition(&fixture, cases[i].expression, true, &range),
                               DYNR_OK)) {
            DYNR_ASSERT_STR(range.partition.text, "a");
            DYNR_ASSERT_INT(range.kind, cases[i].kind);
            DYNR_ASSERT_STR(range.low.text, cases[i].low);
            DYNR_ASSERT_STR(range.high.text, cases[i].high);
        } else {
            fprintf(stderr, "  for: %s: %s\n", cases[i].expression, fixture.err.message);
        }
        ddb_fixture_cleanup(&fixture);
    }
}

static void other_conditions_are_refused_in_the_services_words(void)
{
    static const struct {
        bool sorted;
        const char *expression;
        const char *message;
    } cases[] = {
        {true, "attribute_type(a, :S)",
         "Invalid operator used in KeyConditionExpression: attribute_type"},
        {true, "a > b and size(b) > c or a > c",
         "Invalid operator used in KeyConditionExpression: OR"},
        {true, "a in (b, size(c), d)", "Invalid operator used in KeyConditionExpression: IN"},
        {true, "attribute_exists(a)",
         "Invalid operator used in KeyConditionExpression: attribute_exists"},
        {true, "contains(a.d, b)", "Invalid operator used in KeyConditionExpression: contains"},
        {true, "not a > b", "Invalid operator used in KeyConditionExpression: NOT"},
        {true, "a <> b", "Invalid operator used in KeyConditionExpression: <>"},
        {true, ":a between size(b) and size(a) and b > :b",
         "Invalid condition in KeyConditionExpression: BETWEEN operator must have the key "
         "attribute as its first operand"},
        {true, "begins_with(:a, b) and a > :b",
         "Invalid condition in KeyConditionExpression: begins_with operator must have the key "
         "attribute as its first operand"},
        {true, "size(b) > a AND a.b > b AND b > c",
         "KeyConditionExpressions cannot contain nested operations"},
        {true, "a > size(b.d)", "KeyConditionExpressions cannot contain nested operations"},
        {true, "a between size(b) and size(a)",
         "KeyConditionExpressions cannot contain nested operations"},
        {true, "b > a.b",
         "Invalid condition in KeyConditionExpression: Multiple attribute names used in one "
         "condition"},
        {true, "b between c[1] and d",
         "Invalid condition in KeyConditionExpression: Multiple attribute names used in one "
         "condition"},
        {true, "begins_with(a, b)",
         "Invalid condition in KeyConditionExpression: Multiple attribute names used in one "
         "condition"},
        {true, "b.d > a AND c.d > e.f",
         "KeyConditionExpressions cannot have conditions on nested attributes"},
        {true, "b[0] > a", "KeyConditionExpressions cannot have conditions on nested attributes"},
        {true, ":b > :a AND a < :b",
         "Invalid condition in KeyConditionExpression: No key attribute specified"},
        {true, "b > :a AND b < :a and c = :a and d = :a",
         "KeyConditionExpressions must only contain one condition per key"},
        {true, "(a > :a and b > :a) and (b > :a and c > :a)",
         "KeyConditionExpressions must only contain one condition per key"},
        {true, ":a = a and b = :a and :a = c", "Conditions can be of length 1 or 2 only"},
        {true, "z = :a", "Query condition missed key schema element: a"},
        {true, "b = :a", "Query condition missed key schema element: a"},
        {true, "a = :a AND z = :a", "Query condition missed key schema element: b"},
        {false, "a = :a AND b = :a", "Query key condition not supported"},
        {false, "y = :a AND z = :a", "Query key condition not supported"},
        {true, "a > :a", "Query key condition not supported"},
        {true, "a between :a and :a", "Query key condition not supported"},
        {true, "begins_with(a, :a)", "Query key condition not supported"},
        {true, "a = :n",
         "One or more parameter values were invalid: Condition parameter type does not match "
         "schema type"},
        {true, "a = :a and b = :n",
         "One or more parameter values were invalid: Condition parameter type does not match "
         "schema type"},
        {true, "a = :e",
         "One or more parameter values are not valid. The AttributeValue for a key attribute "
         "cannot contain an empty string value. Key: a"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ddb_fixture fixture = {0};
        struct dynr_key_range range;
        read_condition(&fixture, cases[i].expression, cases[i].sorted, &range);
        if (!DYNR_ASSERT_STR(dynr_str_from_c(fixture.err.message), cases[i].message)) {
            fprintf(stderr, "  for: %s\n", cases[i].expression);
        }
        ddb_fixture_cleanup(&fixture);
    }
}

static const struct dynr_test tests[] = {
    DYNR_TEST(ranges_are_read_from_either_side),
    DYNR_TEST(other_conditions_are_refused_in_the_services_words),
};

int main(void)
{
    return dynr_test_main("ddb-key-condition", tests, DYNR_TEST_COUNT(tests));
}
