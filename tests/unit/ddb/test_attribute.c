/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing and writing DynamoDB JSON, and the service's words for what it refuses. */
#include "ddb_fixture.h"

struct value_case {
    const char *json;
    const char *message;
};

static void bad_values_are_refused_in_the_services_words(void)
{
    static const struct value_case cases[] = {
        {"{}",
         "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"},
        {"{'X':1}",
         "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"},
        {"{'S':null}",
         "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"},
        {"{'S':'a','N':'1'}", "Supplied AttributeValue has more than one datatypes set, must "
                              "contain exactly one of the supported datatypes"},
        {"{'S':'a','N':'b'}", "The parameter cannot be converted to a numeric value: b"},
        {"{'N':''}", "The parameter cannot be converted to a numeric value"},
        {"{'N':'1 '}", "The parameter cannot be converted to a numeric value: 1 "},
        {"{'NS':['1','b']}", "The parameter cannot be converted to a numeric value: b"},
        {"{'N':'123456789012345678901234567890123456789'}",
         "Attempting to store more than 38 significant digits in a Number"},
        {"{'N':'1e126'}", "Number overflow. Attempting to store a number with magnitude larger "
                          "than supported range"},
        {"{'N':'-1e-131'}", "Number underflow. Attempting to store a number with magnitude smaller "
                            "than supported range"},
        {"{'NULL':false}", "One or more parameter values were invalid: Null attribute value types "
                           "must have the value of true"},
        {"{'SS':[]}", "One or more parameter values were invalid: An string set  may not be empty"},
        {"{'NS':[]}", "One or more parameter values were invalid: An number set  may not be empty"},
        {"{'BS':[]}", "One or more parameter values were invalid: Binary sets should not be empty"},
        {"{'SS':['a','a']}",
         "One or more parameter values were invalid: Input collection [a, a] contains duplicates."},
        {"{'SS':['x','y','x']}", "One or more parameter values were invalid: Input collection [x, "
                                 "y, x] contains duplicates."},
        {"{'NS':['1','2','1.0']}", "Input collection contains duplicates"},
        {"{'BS':['YQ==','YQ==']}", "One or more parameter values were invalid: Input collection "
                                   "[YQ==, YQ==]of type BS contains duplicates."},
        {"{'L':[{'M':{'a':{}}}]}",
         "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ddb_fixture fixture = {0};
        struct dynr_attribute value;
        enum dynr_status status = dynr_attribute_parse(ddb_json(&fixture.arena, cases[i].json),
                                                       &fixture.arena, &value, &fixture.err);
        DYNR_ASSERT_STATUS(status, DYNR_ERR_INVALID_ARGUMENT);
        DYNR_ASSERT_STR(dynr_str_from_c(fixture.err.message), cases[i].message);
        ddb_fixture_cleanup(&fixture);
    }
}

static void json_of_the_wrong_kind_is_a_serialization_fault(void)
{
    static const struct value_case cases[] = {
        {"{'S':1}", "NUMBER_VALUE cannot be converted to String"},
        {"{'N':true}", "TRUE_VALUE cannot be converted to String"},
        {"{'S':{}}", "Start of structure or map found where not expected"},
        {"{'BOOL':'maybe'}", "Unexpected token received from parser"},
        {"{'BOOL':1}", "NUMBER_VALUE cannot be converted to Boolean"},
        {"{'B':'YQ='}", "Base64 encoded length is expected a multiple of 4 bytes but found: 3"},
        {"{'B':'Y?=='}", "Illegal base64 character"},
        {"{'B':'Y=Q='}", "Illegal base64 character"},
        {"{'B':'YR=='}", "Invalid last non-pad Base64 character"},
        {"'a'", "Unexpected value type in payload"},
        {"{'M':{'a':{'S':'x'},'a':{'S':'y'}}}", "an attribute name occurs twice"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ddb_fixture fixture = {0};
        struct dynr_attribute value;
        enum dynr_status status = dynr_attribute_parse(ddb_json(&fixture.arena, cases[i].json),
                                                       &fixture.arena, &value, &fixture.err);
        DYNR_ASSERT_STATUS(status, DYNR_ERR_SYNTAX);
        DYNR_ASSERT_STR(dynr_str_from_c(fixture.err.message), cases[i].message);
        ddb_fixture_cleanup(&fixture);
    }
}

static void booleans_may_be_written_as_text(void)
{
    static const struct {
        const char *json;
        bool expected;
    } cases[] = {{"{'BOOL':'true'}", true},   {"{'BOOL':'Yes'}", true}, {"{'BOOL':'1'}", true},
                 {"{'BOOL':'FALSE'}", false}, {"{'BOOL':'no'}", false}, {"{'BOOL':'0'}", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ddb_fixture fixture = {0};
        struct dynr_attribute value;
        DYNR_ASSERT_STATUS(dynr_attribute_parse(ddb_json(&fixture.arena, cases[i].json),
                                                &fixture.arena, &value, &fixture.err),
                           DYNR_OK);
        DYNR_ASSERT_INT(value.boolean, cases[i].expected);
        ddb_fixture_cleanup(&fixture);
    }
}

static void malformed_json_is_refused(void)
{
    static const char *const texts[] = {
        "", "{", "{'S'", "{'S':'a'", "{'S':'a'}}", "{'S':'a'} x", "{'L':[{'S':'a'},]}", "[", "nul"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct ddb_fixture fixture = {0};
        struct dynr_attribute value;
        DYNR_ASSERT_STATUS(dynr_attribute_parse(ddb_json(&fixture.arena, texts[i]), &fixture.arena,
                                                &value, &fixture.err),
                           DYNR_ERR_SYNTAX);
        ddb_fixture_cleanup(&fixture);
    }
}

static void items_are_written_canonically(void)
{
    static const char *const cases[][2] = {
        {"{}", "{}"},
        {" { 'a' : { 'S' : '' } } ", "{'a':{'S':''}}"},
        {"{'a':{'N':'00042'},'b':{'N':'1.5E2'},'c':{'N':'-0'},'d':{'N':'+3.1400'},'e':{'N':'.5'}}",
         "{'a':{'N':'42'},'b':{'N':'150'},'c':{'N':'0'},'d':{'N':'3.14'},'e':{'N':'0.5'}}"},
        {"{'a':{'N':'1E-3'}}", "{'a':{'N':'0.001'}}"},
        {"{'a':{'B':''},'b':{'B':'AAEC'},'c':{'BOOL':false},'d':{'NULL':true}}",
         "{'a':{'B':''},'b':{'B':'AAEC'},'c':{'BOOL':false},'d':{'NULL':true}}"},
        {"{'a':{'SS':['b','a','']},'b':{'NS':['2','1.0']},'c':{'BS':['YQ==','']}}",
         "{'a':{'SS':['b','a','']},'b':{'NS':['2','1']},'c':{'BS':['YQ==','']}}"},
        {"{'a':{'L':[{'S':'x'},{'M':{'z':{'L':[]}}}]},'b':{'M':{}}}",
         "{'a':{'L':[{'S':'x'},{'M':{'z':{'L':[]}}}]},'b':{'M':{}}}"},
        {"{'a':{'S':'x','N':null}}", "{'a':{'S':'x'}}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ddb_fixture fixture = {0};
        struct dynr_attribute item = ddb_item(&fixture, cases[i][0]);
        DYNR_ASSERT_STATUS(fixture.status, DYNR_OK);
        DYNR_ASSERT_STR(ddb_text(&fixture.arena, &item), cases[i][1]);
        ddb_fixture_cleanup(&fixture);
    }
}

static void nesting_is_limited_to_32_levels(void)
{
    for (size_t depth = 31; depth <= 60; depth++) {
        struct ddb_fixture fixture = {0};
        struct dynr_buf buf = {0};
        struct dynr_attribute item;
        dynr_buf_append_c(&buf, "{\"a\":");
        for (size_t i = 0; i < depth; i++) {
            dynr_buf_append_c(&buf, i % 2 == 0 ? "{\"L\":[" : "{\"M\":{\"x\":");
        }
        dynr_buf_append_c(&buf, "{\"S\":\"\"}");
        for (size_t i = depth; i > 0; i--) {
            dynr_buf_append_c(&buf, i % 2 == 1 ? "]}" : "}}");
        }
        dynr_buf_append_c(&buf, "}");
        enum dynr_status status =
            dynr_item_parse(dynr_buf_str(&buf), &fixture.arena, &item, &fixture.err);
        DYNR_ASSERT_STATUS(status, depth <= 32 ? DYNR_OK : DYNR_ERR_INVALID_ARGUMENT);
        if (depth > 32) {
            DYNR_ASSERT_STR(dynr_str_from_c(fixture.err.message),
                            "Nesting Levels have exceeded supported limits");
        }
        dynr_buf_cleanup(&buf);
        ddb_fixture_cleanup(&fixture);
    }
}

static void random_trees_survive_writing_and_parsing(void)
{
    struct dynr_test_random random = {1};
    for (int i = 0; i < 2000; i++) {
        struct ddb_fixture fixture = {0};
        struct dynr_attribute value = ddb_random_value(&fixture.arena, &random, 4);
        struct dynr_attribute parsed;
        struct dynr_buf first = {0};
        struct dynr_buf second = {0};
        dynr_attribute_write(&value, &first);
        if (!DYNR_ASSERT_STATUS(
                dynr_attribute_parse(dynr_buf_str(&first), &fixture.arena, &parsed, &fixture.err),
                DYNR_OK)) {
            return;
        }
        dynr_attribute_write(&parsed, &second);
        DYNR_ASSERT(dynr_attribute_equal(&value, &parsed));
        DYNR_ASSERT_INT(dynr_attribute_size(&value), dynr_attribute_size(&parsed));
        bool same = DYNR_ASSERT_MEM(first.ptr, first.len, second.ptr, second.len);
        dynr_buf_cleanup(&first);
        dynr_buf_cleanup(&second);
        ddb_fixture_cleanup(&fixture);
        if (!same) {
            return;
        }
    }
}

static void attributes_are_found_in_item_text(void)
{
    struct dynr_arena arena = {0};
    struct dynr_error err = {0};
    struct dynr_str found = {0};
    struct dynr_str item = ddb_json(
        &arena, "{'pk':{'S':'a}'}, 'n\\u0061me' : {'N':'1'} ,'m':{'M':{'pk2':{'S':'x'}}}}");
    DYNR_ASSERT(dynr_item_find(item, dynr_str_from_c("pk"), &found, &err));
    DYNR_ASSERT_STR(found, "{\"S\":\"a}\"}");
    DYNR_ASSERT(dynr_item_find(item, dynr_str_from_c("name"), &found, &err));
    DYNR_ASSERT_STR(found, "{\"N\":\"1\"}");
    DYNR_ASSERT(!dynr_item_find(item, dynr_str_from_c("pk2"), &found, &err));
    DYNR_ASSERT_STATUS(err.status, DYNR_OK);
    DYNR_ASSERT(!dynr_item_find(dynr_str_from_c("{\"a\":}"), dynr_str_from_c("b"), &found, &err));
    DYNR_ASSERT_STATUS(err.status, DYNR_ERR_SYNTAX);
    DYNR_ASSERT(!dynr_item_find(dynr_str_from_c("{\"a\":1}"), dynr_str_from_c("b"), &found, NULL));
    dynr_arena_cleanup(&arena);
}

static void big_sets_are_checked_and_compared_in_reasonable_time(void)
{
    struct ddb_fixture fixture = {0};
    struct dynr_buf up = {0};
    struct dynr_buf down = {0};
    struct dynr_attribute a;
    struct dynr_attribute b;
    dynr_buf_append_c(&up, "{\"NS\":[");
    dynr_buf_append_c(&down, "{\"NS\":[");
    for (int i = 0; i < 100000; i++) {
        dynr_buf_printf(&up, "%s\"%d\"", i == 0 ? "" : ",", i);
        dynr_buf_printf(&down, "%s\"%d\"", i == 0 ? "" : ",", 99999 - i);
    }
    dynr_buf_append_c(&up, "]}");
    dynr_buf_append_c(&down, "]}");
    DYNR_ASSERT_STATUS(dynr_attribute_parse(dynr_buf_str(&up), &fixture.arena, &a, &fixture.err),
                       DYNR_OK);
    DYNR_ASSERT_STATUS(dynr_attribute_parse(dynr_buf_str(&down), &fixture.arena, &b, &fixture.err),
                       DYNR_OK);
    DYNR_ASSERT(dynr_attribute_equal(&a, &b));
    b.elements[17] = b.elements[18];
    DYNR_ASSERT(!dynr_attribute_equal(&a, &b));
    dynr_buf_cleanup(&up);
    dynr_buf_cleanup(&down);
    ddb_fixture_cleanup(&fixture);
}

static const struct dynr_test tests[] = {
    DYNR_TEST(bad_values_are_refused_in_the_services_words),
    DYNR_TEST(json_of_the_wrong_kind_is_a_serialization_fault),
    DYNR_TEST(booleans_may_be_written_as_text),
    DYNR_TEST(malformed_json_is_refused),
    DYNR_TEST(items_are_written_canonically),
    DYNR_TEST(nesting_is_limited_to_32_levels),
    DYNR_TEST(random_trees_survive_writing_and_parsing),
    DYNR_TEST(attributes_are_found_in_item_text),
    DYNR_TEST(big_sets_are_checked_and_compared_in_reasonable_time),
};

int main(void)
{
    return dynr_test_main("ddb-attribute", tests, DYNR_TEST_COUNT(tests));
}
