/* SPDX-License-Identifier: Apache-2.0 */
/* What the grammar accepts, and the service's words for what it does not. */
#include "ddb_fixture.h"

#include <stdio.h>

struct refusal {
    enum dynr_expression_kind kind;
    const char *expression;
    const char *message;
};

static void check_refusals(const struct refusal *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!DYNR_ASSERT_STR(
                dynr_str_from_c(ddb_refusal(cases[i].kind, cases[i].expression, NULL, NULL)),
                cases[i].message)) {
            fprintf(stderr, "  for: %s\n", cases[i].expression);
        }
    }
}

static void syntax_errors_name_the_token_and_its_neighbours(void)
{
    static const struct refusal cases[] = {
        {DYNR_EXPRESSION_UPDATE, "INVALID SYNTAX HERE",
         "Invalid UpdateExpression: Syntax error; token: \"INVALID\", near: \"INVALID SYNTAX\""},
        {DYNR_EXPRESSION_UPDATE, "set _something = :something",
         "Invalid UpdateExpression: Syntax error; token: \"_\", near: \"set _something\""},
        {DYNR_EXPRESSION_UPDATE, "SET a = b +",
         "Invalid UpdateExpression: Syntax error; token: \"<EOF>\", near: \"+\""},
        {DYNR_EXPRESSION_UPDATE, "SET",
         "Invalid UpdateExpression: Syntax error; token: \"<EOF>\", near: \"SET\""},
        {DYNR_EXPRESSION_UPDATE, "set a = 40",
         "Invalid UpdateExpression: Syntax error; token: \"40\", near: \"= 40\""},
        {DYNR_EXPRESSION_UPDATE, "a-b",
         "Invalid UpdateExpression: Syntax error; token: \"a\", near: \"a-\""},
        {DYNR_EXPRESSION_CONDITION, "a-b",
         "Invalid ConditionExpression: Syntax error; token: \"-\", near: \"a-b\""},
        {DYNR_EXPRESSION_FILTER, "tenantAgent:abc123-x = :v",
         "Invalid FilterExpression: Syntax error; token: \":abc123\", near: "
         "\"tenantAgent:abc123-\""},
        {DYNR_EXPRESSION_FILTER, "#articleId attribute_not_exists :ckpst",
         "Invalid FilterExpression: Syntax error; token: \"attribute_not_exists\", near: "
         "\"#articleId attribute_not_exists :ckpst\""},
        {DYNR_EXPRESSION_FILTER, "_type = :t",
         "Invalid FilterExpression: Syntax error; token: \"_\", near: \"_type\""},
        {DYNR_EXPRESSION_KEY_CONDITION, "f()",
         "Invalid KeyConditionExpression: Syntax error; token: \")\", near: \"()\""},
        {DYNR_EXPRESSION_KEY_CONDITION, "pk = :a AND sk :type",
         "Invalid KeyConditionExpression: Syntax error; token: \":type\", near: \"sk :type\""},
        {DYNR_EXPRESSION_KEY_CONDITION, "pk = :a AND :type",
         "Invalid KeyConditionExpression: Syntax error; token: \"<EOF>\", near: \":type\""},
        {DYNR_EXPRESSION_PROJECTION, "#AMZN_MAPPED_2021-03-03",
         "Invalid ProjectionExpression: Syntax error; token: \"-\", near: \"#AMZN_MAPPED_2021-0\""},
        {DYNR_EXPRESSION_CONDITION, "a = \xC3\xBC",
         "Invalid ConditionExpression: Syntax error; token: \"\xC3\xBC\", near: \"= \xC3\xBC\""},
        {DYNR_EXPRESSION_CONDITION,
         "a = =", "Invalid ConditionExpression: Syntax error; token: \"=\", near: \"= =\""},
        {DYNR_EXPRESSION_CONDITION, "(a = :b",
         "Invalid ConditionExpression: Syntax error; token: \"<EOF>\", near: \":b\""},
        {DYNR_EXPRESSION_CONDITION, "",
         "Invalid ConditionExpression: The expression can not be empty;"},
        {DYNR_EXPRESSION_UPDATE, " \t\n",
         "Invalid UpdateExpression: The expression can not be empty;"},
        {DYNR_EXPRESSION_FILTER, "", "Invalid FilterExpression: The expression can not be empty;"},
        {DYNR_EXPRESSION_KEY_CONDITION, "",
         "Invalid KeyConditionExpression: The expression can not be empty;"},
    };
    check_refusals(cases, sizeof cases / sizeof cases[0]);
}

static void malformed_expressions_are_syntax_errors(void)
{
    static const char *const conditions[] = {
        "things are not gonna be ok",
        "a > 4",
        "attribute_exists(Pictures-RearView)",
        "attribute_exists(\"Pictures.RearView\")",
        "attribute_exists(Pictures..RearView)",
        "attribute_exists(Pi#ctures.RearView)",
        "attribute_exists(asdf[a])",
        "a in b, c",
        "a > between",
        "a in b",
        "a in (b,c,)",
        "(a)between(b.(c.d))and(c)",
        "(a)between(b.c.d)and((c)",
        "#$.b > a",
        "a > :things.stuff",
        "b[:a] > a",
        "b[#_] > a",
        "(a)between(b.c[4.5].#d)and(:a)",
        "size(a).b > a",
        "(size(a)).b > a",
        "size(a)[0] > a",
        "(size(a))[0] > a",
        "a",
        ":a",
        "(a)",
        "a = b = c",
        "a AND b",
        "NOT a",
        "not",
        "a = b and",
        "(a = b) = c",
        "a < > b",
        "a in ()",
        "a between b",
        "a[01] = b",
        "a[-1] = b",
        "a[1 = b",
        ".a = b",
        "f(a = b)",
    };
    static const char *const updates[] = {
        "whatever",
        "set a",
        "add a",
        "delete a",
        "set a=set",
        "remove a = b",
        "add a = b",
        "delete a = b",
        "delete a b",
        "delete a if_not_exist(b)",
        "add a if_not_exist(b)",
        "remove a b",
        "set a b",
        "set :a = b",
        "add :a b",
        "delete :a b",
        "remove :a",
        "set a = b / c",
        "set a = b * c",
        "set a[1] = \"eight\"",
        "set a[1] = 1",
        "SET a = if_not_exist(a, 100)",
        "SET if_not_exist(a, b) = a",
        "set (a = (b + c))",
        "set a = (b.c).d + e",
        "set a = (b.c)[0] + e",
        "set a = b + c + d",
        "set (a) = b",
        "set a = b,",
        "set , a = b",
        "remove",
        "add a (:b)",
        "set a = b = c",
        "set a = (b",
    };
    for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++) {
        const char *message = ddb_refusal(DYNR_EXPRESSION_CONDITION, conditions[i], NULL, NULL);
        if (!DYNR_ASSERT(strncmp(message, "Invalid ConditionExpression: Syntax error; token: \"",
                                 50) == 0)) {
            fprintf(stderr, "  for: %s: %s\n", conditions[i], message);
        }
    }
    for (size_t i = 0; i < sizeof updates / sizeof updates[0]; i++) {
        const char *message = ddb_refusal(DYNR_EXPRESSION_UPDATE, updates[i], NULL, NULL);
        if (!DYNR_ASSERT(
                strncmp(message, "Invalid UpdateExpression: Syntax error; token: \"", 47) == 0)) {
            fprintf(stderr, "  for: %s: %s\n", updates[i], message);
        }
    }
}

static void well_formed_expressions_are_accepted(void)
{
    static const struct refusal cases[] = {
        {DYNR_EXPRESSION_CONDITION, "a = :v", ""},
        {DYNR_EXPRESSION_CONDITION, "((a) = (:v))", ""},
        {DYNR_EXPRESSION_CONDITION, "(a=:v)AND(b=:v)OR(NOT(c=:v))", ""},
        {DYNR_EXPRESSION_CONDITION, "(begins_with(a, :v)) and (size(a)) > :n", ""},
        {DYNR_EXPRESSION_CONDITION, "NOT NOT a = :v", ""},
        {DYNR_EXPRESSION_CONDITION, "(a.b).c[0] = :v", ""},
        {DYNR_EXPRESSION_CONDITION, "a between :n and :n AND b in (:v) or c IN(:v,d,size(e))", ""},
        {DYNR_EXPRESSION_CONDITION, "a1_b.c_2 [ 3 ] . d <> :v", ""},
        {DYNR_EXPRESSION_UPDATE, "set a = (b + c), d = ((b.c.d)+(e))", ""},
        {DYNR_EXPRESSION_UPDATE, "REMOVE a DELETE b :s ADD c :n Set d = if_not_exists(d, :l)", ""},
        {DYNR_EXPRESSION_UPDATE, "set a=list_append(if_not_exists(a,:l),:l),b=:n - c", ""},
        {DYNR_EXPRESSION_PROJECTION, "a,b.c[0][1].d", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *message =
            ddb_refusal(cases[i].kind, cases[i].expression, NULL,
                        "{':v':{'S':'x'},':n':{'N':'1'},':l':{'L':[]},':s':{'SS':['a']}}");
        if (!DYNR_ASSERT_STR(dynr_str_from_c(message), "")) {
            fprintf(stderr, "  for: %s\n", cases[i].expression);
        }
    }
}

static void complaints_come_in_the_services_order(void)
{
    static const struct refusal cases[] = {
        {DYNR_EXPRESSION_FILTER, "a=a and a > ((views))",
         "Invalid FilterExpression: The expression has redundant parentheses;"},
        {DYNR_EXPRESSION_FILTER, "(a)between(((b.c)).d)and(c)",
         "Invalid FilterExpression: The expression has redundant parentheses;"},
        {DYNR_EXPRESSION_FILTER, "a > whatever((:things), ((a)))",
         "Invalid FilterExpression: The expression has redundant parentheses;"},
        {DYNR_EXPRESSION_FILTER, "a=a AND ((a=a AND a=a)) AND a=a",
         "Invalid FilterExpression: The expression has redundant parentheses;"},
        {DYNR_EXPRESSION_FILTER, "a=a OR ((a=a OR (a=a OR a=a)))",
         "Invalid FilterExpression: The expression has redundant parentheses;"},
        {DYNR_EXPRESSION_FILTER, "((contains(a, b)))",
         "Invalid FilterExpression: The expression has redundant parentheses;"},
        {DYNR_EXPRESSION_FILTER, "a=a and whatever((:things)) > a",
         "Invalid FilterExpression: Invalid function name; function: whatever"},
        {DYNR_EXPRESSION_FILTER, "attRIbute_exIsts((views), #a)",
         "Invalid FilterExpression: Invalid function name; function: attRIbute_exIsts"},
        {DYNR_EXPRESSION_FILTER, "if_not_exists(a, b)",
         "Invalid FilterExpression: Invalid function name; function: if_not_exists"},
        {DYNR_EXPRESSION_FILTER, "a=a and attribute_exists((views), (#a)) > b",
         "Invalid FilterExpression: The function is not allowed to be used this way in an "
         "expression; function: attribute_exists"},
        {DYNR_EXPRESSION_FILTER, "contains(:things, c) > b",
         "Invalid FilterExpression: The function is not allowed to be used this way in an "
         "expression; function: contains"},
        {DYNR_EXPRESSION_FILTER, "size(contains(a, b)) > a",
         "Invalid FilterExpression: The function is not allowed to be used this way in an "
         "expression; function: contains"},
        {DYNR_EXPRESSION_FILTER, "size(things)",
         "Invalid FilterExpression: The function is not allowed to be used this way in an "
         "expression; function: size"},
        {DYNR_EXPRESSION_FILTER, "a = b and not size(things)",
         "Invalid FilterExpression: The function is not allowed to be used this way in an "
         "expression; function: size"},
        {DYNR_EXPRESSION_FILTER, "a between b and attribute_exists(things)",
         "Invalid FilterExpression: The function is not allowed to be used this way in an "
         "expression; function: attribute_exists"},
        {DYNR_EXPRESSION_FILTER, "a in (b, attribute_exists(things))",
         "Invalid FilterExpression: The function is not allowed to be used this way in an "
         "expression; function: attribute_exists"},
        {DYNR_EXPRESSION_FILTER, "attribute_exists(views, #a)",
         "Invalid FilterExpression: Attribute name is a reserved keyword; reserved keyword: views"},
        {DYNR_EXPRESSION_FILTER, ":a < abOrT",
         "Invalid FilterExpression: Attribute name is a reserved keyword; reserved keyword: abOrT"},
        {DYNR_EXPRESSION_CONDITION, "x.name = :a",
         "Invalid ConditionExpression: Attribute name is a reserved keyword; reserved keyword: "
         "name"},
        {DYNR_EXPRESSION_UPDATE, " set #c = :c set abOrt = true ",
         "Invalid UpdateExpression: Attribute name is a reserved keyword; reserved keyword: abOrt"},
        {DYNR_EXPRESSION_UPDATE, " remove Absolute ",
         "Invalid UpdateExpression: Attribute name is a reserved keyword; reserved keyword: "
         "Absolute"},
        {DYNR_EXPRESSION_UPDATE, "set #c = if_not_exist(:c) set c = d",
         "Invalid UpdateExpression: Invalid function name; function: if_not_exist"},
        {DYNR_EXPRESSION_UPDATE, "set a = size(b)",
         "Invalid UpdateExpression: Invalid function name; function: size"},
        {DYNR_EXPRESSION_UPDATE, "set a = #c set c = :d",
         "Invalid UpdateExpression: The \"SET\" section can only be used once in an update "
         "expression;"},
        {DYNR_EXPRESSION_UPDATE, "remove #d set a = b remove e",
         "Invalid UpdateExpression: The \"REMOVE\" section can only be used once in an update "
         "expression;"},
        {DYNR_EXPRESSION_UPDATE, "add #d :e set a = b add e :f",
         "Invalid UpdateExpression: The \"ADD\" section can only be used once in an update "
         "expression;"},
        {DYNR_EXPRESSION_UPDATE, "delete #d :e set a = b delete #e :f",
         "Invalid UpdateExpression: The \"DELETE\" section can only be used once in an update "
         "expression;"},
        {DYNR_EXPRESSION_UPDATE, "set a = ((b + c))",
         "Invalid UpdateExpression: The expression has redundant parentheses;"},
    };
    check_refusals(cases, sizeof cases / sizeof cases[0]);
}

/* Freed by the caller. */
static char *repeat(const char *start, const char *piece, size_t n, const char *end)
{
    struct dynr_buf buf = {0};
    dynr_buf_append_c(&buf, start);
    for (size_t i = 0; i < n; i++) {
        dynr_buf_append_c(&buf, piece);
    }
    dynr_buf_append_c(&buf, end);
    dynr_buf_append_char(&buf, '\0');
    return buf.ptr;
}

static void free_text(char *text)
{
    const struct dynr_allocator *allocator = dynr_allocator_default();
    allocator->resize(allocator->context, text, strlen(text) + 1, 0);
}

static void check_long(const char *start, const char *piece, size_t n, const char *end,
                       const char *message)
{
    char *text = repeat(start, piece, n, end);
    const char *got = ddb_refusal(DYNR_EXPRESSION_FILTER, text, NULL, "{':v':{'S':'x'}}");
    if (strlen(message) > 0 && message[strlen(message) - 1] == '*') {
        DYNR_ASSERT(strncmp(got, message, strlen(message) - 1) == 0);
    } else {
        DYNR_ASSERT_STR(dynr_str_from_c(got), message);
    }
    free_text(text);
}

static void size_operators_and_nesting_are_bounded(void)
{
    check_long("a=:v", " OR a=:v", 149, "", "");
    check_long("NOT a=:v", " OR a=:v", 149, "", "");
    check_long("NOT NOT a=:v", " OR a=:v", 149, "",
               "Invalid FilterExpression: The expression contains too many operators; operator "
               "count: 301");
    check_long("", "NOT ", 299, "a=:v", "");
    check_long("", "NOT ", 1000, "a=:v",
               "Invalid FilterExpression: The expression contains too many operators; operator "
               "count: 1001");
    check_long("a=:v", " ", 4092, "", "");
    check_long("a=:v", " ", 4093, "",
               "Invalid FilterExpression: Expression size has exceeded the maximum allowed size; "
               "expression size: 4097");
    check_long("", "(", 4096, "",
               "Invalid FilterExpression: Syntax error; token: \"<EOF>\", near: \"(\"");
    check_long("", "f(", 2048, "",
               "Invalid FilterExpression: Syntax error; token: \"<EOF>\", near: \"(\"");
    check_long("", "(NOT ", 800, "",
               "Invalid FilterExpression: Syntax error; token: \"<EOF>\", near: \"NOT\"");
    check_long("a", ".a", 2000, "=:v", "");
    check_long("a", "[0]", 1300, "=:v", "");
    check_long("", "x", 4096, "",
               "Invalid FilterExpression: Syntax error; token: \"<EOF>\", near: \"xxx*");
}

static void deep_parentheses_do_not_overflow(void)
{
    char *open = repeat("", "(", 2000, "a");
    char *text = repeat(open, ")", 2000, "=:v");
    DYNR_ASSERT_STR(dynr_str_from_c(ddb_refusal(DYNR_EXPRESSION_CONDITION, text, NULL, NULL)),
                    "Invalid ConditionExpression: The expression has redundant parentheses;");
    free_text(open);
    free_text(text);
}

static void reserved_words_are_known_in_any_case(void)
{
    static const char *const words[] = {
#define DYNR_RESERVED_WORD(name) #name,
#include "../../../grammar/ddb_reserved_words.def"
#undef DYNR_RESERVED_WORD
    };
    size_t n = sizeof words / sizeof words[0];
    DYNR_ASSERT_INT(n, 573);
    for (size_t i = 0; i < n; i++) {
        char lower[32];
        size_t len = strlen(words[i]);
        for (size_t k = 0; k <= len; k++) {
            lower[k] =
                words[i][k] >= 'A' && words[i][k] <= 'Z' ? (char)(words[i][k] + 32) : words[i][k];
        }
        DYNR_ASSERT(i == 0 || strcmp(words[i - 1], words[i]) < 0);
        DYNR_ASSERT(dynr_is_reserved_word(dynr_str_from_c(words[i])));
        DYNR_ASSERT(dynr_is_reserved_word(dynr_str_from_c(lower)));
    }
    DYNR_ASSERT(!dynr_is_reserved_word(dynr_str_from_c("")));
    DYNR_ASSERT(!dynr_is_reserved_word(dynr_str_from_c("pk")));
    DYNR_ASSERT(!dynr_is_reserved_word(dynr_str_from_c("abor")));
    DYNR_ASSERT(!dynr_is_reserved_word(dynr_str_from_c("localtimestampx")));
}

static void nul_bytes_are_foreign(void)
{
    struct ddb_fixture fixture = {0};
    const struct dynr_expression *parsed;
    DYNR_ASSERT_STATUS(dynr_expression_parse(DYNR_EXPRESSION_CONDITION, dynr_str_make("a = \0b", 6),
                                             &fixture.arena, &parsed, &fixture.err),
                       DYNR_ERR_INVALID_ARGUMENT);
    ddb_fixture_cleanup(&fixture);
}

static const struct dynr_test tests[] = {
    DYNR_TEST(syntax_errors_name_the_token_and_its_neighbours),
    DYNR_TEST(malformed_expressions_are_syntax_errors),
    DYNR_TEST(well_formed_expressions_are_accepted),
    DYNR_TEST(complaints_come_in_the_services_order),
    DYNR_TEST(size_operators_and_nesting_are_bounded),
    DYNR_TEST(deep_parentheses_do_not_overflow),
    DYNR_TEST(reserved_words_are_known_in_any_case),
    DYNR_TEST(nul_bytes_are_foreign),
};

int main(void)
{
    return dynr_test_main("ddb-expression-syntax", tests, DYNR_TEST_COUNT(tests));
}
