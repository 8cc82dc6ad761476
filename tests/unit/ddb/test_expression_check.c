/* SPDX-License-Identifier: Apache-2.0 */
/* What binding refuses: undefined and unused references, operand counts and types, related paths. */
#include "ddb_fixture.h"

#include <stdio.h>

#define NAMES "{'#a':'a','#b':'b'}"
#define VALUES                                                                                     \
    "{':s':{'S':'a'},':n':{'N':'1'},':b':{'B':'YQ=='},':bool':{'BOOL':true},':null':{'NULL':true}" \
    ",':ss':{'SS':['a']},"                                                                         \
    "':ns':{'NS':['1']},':bs':{'BS':['YQ==']},':m':{'M':{}},':l':{'L':[]},':z':{'S':'z'},':two':{" \
    "'N':'2'}}"

struct refusal {
    enum dynr_expression_kind kind;
    const char *expression;
    const char *message;
};

static void check(const struct refusal *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!DYNR_ASSERT_STR(
                dynr_str_from_c(ddb_refusal(cases[i].kind, cases[i].expression, NAMES, VALUES)),
                cases[i].message)) {
            fprintf(stderr, "  for: %s\n", cases[i].expression);
        }
    }
}

#define NO_NAME(ref)                                                                               \
    "Invalid FilterExpression: An expression attribute name used in the document path is not "     \
    "defined; attribute name: " ref
#define NO_VALUE(ref)                                                                              \
    "Invalid FilterExpression: An expression attribute value used in expression is not defined; "  \
    "attribute value: " ref
#define COUNT(f, n)                                                                                \
    "Invalid FilterExpression: Incorrect number of operands for operator or function; operator "   \
    "or function: " f ", number of operands: " n
#define TYPE(f, t)                                                                                 \
    "Invalid FilterExpression: Incorrect operand type for operator or function; operator or "      \
    "function: " f ", operand type: " t
#define NEEDS_PATH(f)                                                                              \
    "Invalid FilterExpression: Operator or function requires a document path; operator or "        \
    "function: " f
#define DISTINCT(f, p)                                                                             \
    "Invalid FilterExpression: The first operand must be distinct from the remaining operands "    \
    "for this operator or function; operator: " f ", first operand: " p

static void conditions_are_checked_one_after_the_other(void)
{
    static const struct refusal cases[] = {
        {DYNR_EXPRESSION_FILTER, "attribute_exists(#Pictures.RearView, :a) and a=a",
         NO_NAME("#Pictures")},
        {DYNR_EXPRESSION_FILTER, "begins_with(Pictures.#RearView)", NO_NAME("#RearView")},
        {DYNR_EXPRESSION_FILTER, "(#P between :lo and :hi) and (#PC in (:cat1, :cat2))",
         NO_NAME("#P")},
        {DYNR_EXPRESSION_FILTER, "#4g > a", NO_NAME("#4g")},
        {DYNR_EXPRESSION_FILTER, "#_ > a", NO_NAME("#_")},
        {DYNR_EXPRESSION_FILTER, "(a)between(b.c[45].#d)and(:a)", NO_NAME("#d")},
        {DYNR_EXPRESSION_FILTER, "begins_with(:hello, #a, #b)", NO_VALUE(":hello")},
        {DYNR_EXPRESSION_FILTER, ":a < :b0", NO_VALUE(":a")},
        {DYNR_EXPRESSION_FILTER, ":_ > a", NO_VALUE(":_")},
        {DYNR_EXPRESSION_FILTER, "attribute_exists(things, a) and a=a",
         COUNT("attribute_exists", "2")},
        {DYNR_EXPRESSION_FILTER, "attribute_type(things)", COUNT("attribute_type", "1")},
        {DYNR_EXPRESSION_FILTER, "begins_with(things, size(a), b)", COUNT("begins_with", "3")},
        {DYNR_EXPRESSION_FILTER, "contains(things)", COUNT("contains", "1")},
        {DYNR_EXPRESSION_FILTER, "size(things, a) > b", COUNT("size", "2")},
        {DYNR_EXPRESSION_FILTER, "attribute_type(a, size(a)) and a=a", TYPE("attribute_type", "N")},
        {DYNR_EXPRESSION_FILTER, "attribute_type(a, b)",
         TYPE("attribute_type", "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}")},
        {DYNR_EXPRESSION_FILTER, "attribute_type(a, :n)", TYPE("attribute_type", "N")},
        {DYNR_EXPRESSION_FILTER, "attribute_type(a, :ss)", TYPE("attribute_type", "SS")},
        {DYNR_EXPRESSION_FILTER, "attribute_type(a, :s)",
         "Invalid FilterExpression: Invalid attribute type name found; type: a, valid types: "
         "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}"},
        {DYNR_EXPRESSION_FILTER, "begins_with(a, size(a)) and a=:s", TYPE("begins_with", "N")},
        {DYNR_EXPRESSION_FILTER, "begins_with(a, :n)", TYPE("begins_with", "N")},
        {DYNR_EXPRESSION_FILTER, "begins_with(:m, a)", TYPE("begins_with", "M")},
        {DYNR_EXPRESSION_FILTER, "begins_with(a, :b)", ""},
        {DYNR_EXPRESSION_FILTER, "size(size(a)) > :n", TYPE("size", "N")},
        {DYNR_EXPRESSION_FILTER, "size(:bool) > a", TYPE("size", "BOOL")},
        {DYNR_EXPRESSION_FILTER, "size(:null) > a", TYPE("size", "NULL")},
        {DYNR_EXPRESSION_FILTER, "attribute_not_exists(size(:n))", TYPE("size", "N")},
        {DYNR_EXPRESSION_FILTER, "attribute_not_exists(size(:s))",
         NEEDS_PATH("attribute_not_exists")},
        {DYNR_EXPRESSION_FILTER, "attribute_exists(:s) and a=a", NEEDS_PATH("attribute_exists")},
        {DYNR_EXPRESSION_FILTER, "a < :bool", TYPE("<", "BOOL")},
        {DYNR_EXPRESSION_FILTER, "a >= :l", TYPE(">=", "L")},
        {DYNR_EXPRESSION_FILTER, "a between :null and :null", TYPE("BETWEEN", "NULL")},
        {DYNR_EXPRESSION_FILTER, "a = :bool and b <> :l", ""},
        {DYNR_EXPRESSION_FILTER, "a = #a AND #a = b AND :s > a", DISTINCT("=", "[a]")},
        {DYNR_EXPRESSION_FILTER, "#a <> a", DISTINCT("<>", "[a]")},
        {DYNR_EXPRESSION_FILTER, "contains(ab.bc[1].a, ab.bc[1].#a)",
         DISTINCT("contains", "[ab, bc, [1], a]")},
        {DYNR_EXPRESSION_FILTER, "attribute_type(ab.bc[1].#a, ab.bc[1].a)",
         DISTINCT("attribute_type", "[ab, bc, [1], a]")},
        {DYNR_EXPRESSION_FILTER, ":s = :s", ""},
        {DYNR_EXPRESSION_KEY_CONDITION, "a between :n and :s",
         "Invalid KeyConditionExpression: The BETWEEN operator requires same data type for lower "
         "and upper bounds; lower bound operand: AttributeValue: {N:1}, upper bound operand: "
         "AttributeValue: {S:a}"},
        {DYNR_EXPRESSION_KEY_CONDITION, "a between :z and :s",
         "Invalid KeyConditionExpression: The BETWEEN operator requires upper bound to be greater "
         "than or equal to lower bound; lower bound operand: AttributeValue: {S:z}, upper bound "
         "operand: AttributeValue: {S:a}"},
        {DYNR_EXPRESSION_KEY_CONDITION, "a between :two and :n",
         "Invalid KeyConditionExpression: The BETWEEN operator requires upper bound to be greater "
         "than or equal to lower bound; lower bound operand: AttributeValue: {N:2}, upper bound "
         "operand: AttributeValue: {N:1}"},
    };
    check(cases, sizeof cases / sizeof cases[0]);
}

#define OVERLAP                                                                                    \
    "Invalid UpdateExpression: Two document paths overlap with each other; must remove or "        \
    "rewrite one of these paths; path one: "
#define CONFLICT                                                                                   \
    "Invalid UpdateExpression: Two document paths conflict with each other; must remove or "       \
    "rewrite one of these paths; path one: "
#define ACTION_TYPE(op, t)                                                                         \
    "Invalid UpdateExpression: Incorrect operand type for operator or function; operator: " op     \
    ", operand type: " t
#define UPDATE_TYPE(f, t)                                                                          \
    "Invalid UpdateExpression: Incorrect operand type for operator or function; operator or "      \
    "function: " f ", operand type: " t

static void updates_are_checked_as_a_whole(void)
{
    static const struct refusal cases[] = {
        {DYNR_EXPRESSION_UPDATE, "SET #c = if_not_exists(:c)",
         "Invalid UpdateExpression: An expression attribute name used in the document path is not "
         "defined; attribute name: #c"},
        {DYNR_EXPRESSION_UPDATE, "SET #a = if_not_exists(:c)",
         "Invalid UpdateExpression: An expression attribute value used in expression is not "
         "defined; attribute value: :c"},
        {DYNR_EXPRESSION_UPDATE, "SET a = :v",
         "Invalid UpdateExpression: An expression attribute value used in expression is not "
         "defined; attribute value: :v"},
        {DYNR_EXPRESSION_UPDATE, "SET a = :s, a.b = :s", OVERLAP "[a], path two: [a, b]"},
        {DYNR_EXPRESSION_UPDATE, "set d[1] = a, d.b = a, c[1].a = a, c = if_not_exists(a)",
         OVERLAP "[c, [1], a], path two: [c]"},
        {DYNR_EXPRESSION_UPDATE, "set c.b.a = a, c = a", OVERLAP "[c, b, a], path two: [c]"},
        {DYNR_EXPRESSION_UPDATE, "remove #a, a", OVERLAP "[a], path two: [a]"},
        {DYNR_EXPRESSION_UPDATE, "remove a.#b set a[1] = b", CONFLICT "[a, b], path two: [a, [1]]"},
        {DYNR_EXPRESSION_UPDATE, "set a[1] = :s, a[11] = :s, a[2] = :s, b.a = :s, b.b = :s", ""},
        {DYNR_EXPRESSION_UPDATE, "set b = list_append(:s, a), c = if_not_exists(a) add a.b :s",
         ACTION_TYPE("ADD", "STRING")},
        {DYNR_EXPRESSION_UPDATE, "delete a.b :s", ACTION_TYPE("DELETE", "STRING")},
        {DYNR_EXPRESSION_UPDATE, "add a.b :null", ACTION_TYPE("ADD", "NULL")},
        {DYNR_EXPRESSION_UPDATE, "add a.b :bool", ACTION_TYPE("ADD", "BOOLEAN")},
        {DYNR_EXPRESSION_UPDATE, "delete a.b :b", ACTION_TYPE("DELETE", "BINARY")},
        {DYNR_EXPRESSION_UPDATE, "add a.b :m", ACTION_TYPE("ADD", "MAP")},
        {DYNR_EXPRESSION_UPDATE, "add a.b :l", ACTION_TYPE("ADD", "LIST")},
        {DYNR_EXPRESSION_UPDATE, "delete a.b :n", ACTION_TYPE("DELETE", "NUMBER")},
        {DYNR_EXPRESSION_UPDATE, "add a :n, b :ss, c :ns, d :bs delete e :ss, f :ns, g :bs", ""},
        {DYNR_EXPRESSION_UPDATE, "set a = if_not_exists(c)",
         "Invalid UpdateExpression: Incorrect number of operands for operator or function; "
         "operator or function: if_not_exists, number of operands: 1"},
        {DYNR_EXPRESSION_UPDATE, "set a = list_append(c)",
         "Invalid UpdateExpression: Incorrect number of operands for operator or function; "
         "operator or function: list_append, number of operands: 1"},
        {DYNR_EXPRESSION_UPDATE, "set a = if_not_exists(:s, c)",
         "Invalid UpdateExpression: Operator or function requires a document path; operator or "
         "function: if_not_exists"},
        {DYNR_EXPRESSION_UPDATE, "set a = if_not_exists(if_not_exists(a, b), c)",
         "Invalid UpdateExpression: Operator or function requires a document path; operator or "
         "function: if_not_exists"},
        {DYNR_EXPRESSION_UPDATE, "set a = list_append(:s, a)", UPDATE_TYPE("list_append", "S")},
        {DYNR_EXPRESSION_UPDATE, "set a = list_append(a, :ns)", UPDATE_TYPE("list_append", "NS")},
        {DYNR_EXPRESSION_UPDATE, "set a = a + :s", UPDATE_TYPE("+", "S")},
        {DYNR_EXPRESSION_UPDATE, "set a = :b + a", UPDATE_TYPE("+", "B")},
        {DYNR_EXPRESSION_UPDATE, "set a = a - :l", UPDATE_TYPE("-", "L")},
        {DYNR_EXPRESSION_UPDATE, "set a = :s - :b", UPDATE_TYPE("-", "S")},
    };
    check(cases, sizeof cases / sizeof cases[0]);
}

static void in_takes_a_hundred_choices(void)
{
    for (size_t n = 100; n <= 101; n++) {
        struct dynr_buf buf = {0};
        dynr_buf_append_c(&buf, "a IN (:s");
        for (size_t i = 1; i < n; i++) {
            dynr_buf_append_c(&buf, ",:s");
        }
        dynr_buf_append(&buf, ")", 2);
        DYNR_ASSERT_STR(dynr_str_from_c(ddb_refusal(DYNR_EXPRESSION_FILTER, buf.ptr, NULL, VALUES)),
                        n == 100 ? "" : COUNT("IN", "101"));
        dynr_buf_cleanup(&buf);
    }
}

static void bad_bindings_are_refused(void)
{
    static const char *const cases[][3] = {
        {"{}", NULL, "ExpressionAttributeNames must not be empty"},
        {NULL, "{}", "ExpressionAttributeValues must not be empty"},
        {"{'a':'a'}", "{}",
         "ExpressionAttributeNames contains invalid key: Syntax error; key: \"a\""},
        {"{'#':'a'}", NULL,
         "ExpressionAttributeNames contains invalid key: Syntax error; key: \"#\""},
        {"{'#a-b':'a'}", NULL,
         "ExpressionAttributeNames contains invalid key: Syntax error; key: \"#a-b\""},
        {NULL, "{'b':{'S':'a'}}",
         "ExpressionAttributeValues contains invalid key: Syntax error; key: \"b\""},
        {NULL, "{':b':{}}",
         "ExpressionAttributeValues contains invalid value: Supplied AttributeValue is empty, must "
         "contain exactly one of the supported datatypes for key :b"},
        {NULL, "{':b':{'SS':[]}}",
         "ExpressionAttributeValues contains invalid value: One or more parameter values were "
         "invalid: An string set  may not be empty for key :b"},
        {NULL, "{':b':{'N':'b'}}",
         "ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a "
         "numeric value: b for key :b"},
        {NULL, "{':b':{'S':'a','N':'1'}}",
         "ExpressionAttributeValues contains invalid value: Supplied AttributeValue has more than "
         "one datatypes set, must contain exactly one of the supported datatypes for key :b"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        DYNR_ASSERT_STR(dynr_str_from_c(ddb_refusal(DYNR_EXPRESSION_CONDITION, "a = b", cases[i][0],
                                                    cases[i][1])),
                        cases[i][2]);
    }
}

static void malformed_bindings_are_serialization_faults(void)
{
    static const char *const cases[] = {"[", "[]", "{'#a':1}", "{'#a':'b'", "{'#a':'b','#a':'c'}"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ddb_fixture fixture = {0};
        struct dynr_bindings bindings;
        DYNR_ASSERT_STATUS(dynr_bindings_parse(ddb_json(&fixture.arena, cases[i]),
                                               dynr_str_make(NULL, 0), &fixture.arena, &bindings,
                                               &fixture.err),
                           DYNR_ERR_SYNTAX);
        ddb_fixture_cleanup(&fixture);
    }
}

static void unused_references_are_refused(void)
{
    static const struct {
        const char *expression;
        const char *message;
    } cases[] = {
        {"#x = :v AND #y = :w", ""},
        {"#x = :v", "Value provided in ExpressionAttributeNames unused in expressions: keys: {#y}"},
        {"a = :v",
         "Value provided in ExpressionAttributeNames unused in expressions: keys: {#x, #y}"},
        {"#x = #y",
         "Value provided in ExpressionAttributeValues unused in expressions: keys: {:v, :w}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ddb_fixture fixture = {0};
        struct dynr_bindings bindings;
        const struct dynr_expression *parsed;
        const struct dynr_bound_expression *bound;
        struct dynr_error err = {0};
        DYNR_ASSERT_STATUS(
            dynr_bindings_parse(ddb_json(&fixture.arena, "{'#x':'x','#y':'y'}"),
                                ddb_json(&fixture.arena, "{':v':{'S':'1'},':w':{'S':'2'}}"),
                                &fixture.arena, &bindings, &err),
            DYNR_OK);
        DYNR_ASSERT_STATUS(dynr_expression_parse(DYNR_EXPRESSION_FILTER,
                                                 dynr_str_from_c(cases[i].expression),
                                                 &fixture.arena, &parsed, &err),
                           DYNR_OK);
        DYNR_ASSERT_STATUS(dynr_expression_bind(parsed, &bindings, &fixture.arena, &bound, &err),
                           DYNR_OK);
        dynr_bindings_check_used(&bindings, &err);
        DYNR_ASSERT_STR(dynr_str_from_c(err.message), cases[i].message);
        ddb_fixture_cleanup(&fixture);
    }
    struct dynr_bindings none = {0};
    DYNR_ASSERT_STATUS(dynr_bindings_check_used(&none, NULL), DYNR_OK);
}

static void filters_may_not_refer_to_keys(void)
{
    struct ddb_fixture fixture = {0};
    struct dynr_str keys[] = {dynr_str_from_c("pk"), dynr_str_from_c("")};
    const struct dynr_bound_expression *bound =
        ddb_bind(&fixture, DYNR_EXPRESSION_FILTER, "a = :s AND #p.x = :s", "{'#p':'pk'}", VALUES);
    bool nested;
    DYNR_ASSERT(dynr_expression_uses(bound, keys[0], &nested) && nested);
    DYNR_ASSERT(dynr_expression_uses(bound, dynr_str_from_c("a"), &nested) && !nested);
    DYNR_ASSERT(!dynr_expression_uses(bound, dynr_str_from_c("x"), &nested));
    DYNR_ASSERT_STATUS(dynr_filter_check_keys(bound, keys, 2, &fixture.err),
                       DYNR_ERR_INVALID_ARGUMENT);
    DYNR_ASSERT_STR(
        dynr_str_from_c(fixture.err.message),
        "Filter Expression can only contain non-primary key attributes: Primary key attribute: pk");
    keys[0] = dynr_str_from_c("other");
    DYNR_ASSERT_STATUS(dynr_filter_check_keys(bound, keys, 2, &fixture.err), DYNR_OK);
    ddb_fixture_cleanup(&fixture);
}

static const struct dynr_test tests[] = {
    DYNR_TEST(conditions_are_checked_one_after_the_other),
    DYNR_TEST(updates_are_checked_as_a_whole),
    DYNR_TEST(in_takes_a_hundred_choices),
    DYNR_TEST(bad_bindings_are_refused),
    DYNR_TEST(malformed_bindings_are_serialization_faults),
    DYNR_TEST(unused_references_are_refused),
    DYNR_TEST(filters_may_not_refer_to_keys),
};

int main(void)
{
    return dynr_test_main("ddb-expression-check", tests, DYNR_TEST_COUNT(tests));
}
