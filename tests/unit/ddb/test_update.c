/* SPDX-License-Identifier: Apache-2.0 */
/* What updates make of items, and what they answer. */
#include "ddb_fixture.h"

#include <stdio.h>

#define VALUES                                                                                     \
    "{':s':{'S':'new'},':n':{'N':'5'},':big':{'N':'99999999999999999999999999999999999999'},':"    \
    "huge':{'N':'9.9E125'},"                                                                       \
    "':tiny':{'N':'0.1'},':ss':{'SS':['b','d']},':abc':{'SS':['a','b','c']},':ns':{'NS':['1','3']" \
    "},':l':{'L':[{'S':'p'},{'S':'q'}]},"                                                          \
    "':e':{'L':[]},':m':{'M':{'x':{'S':'y'}}},':x':{'S':'x'},':y':{'S':'y'},':z':{'S':'z'}}"

struct update_case {
    const char *item;
    const char *update;
    /* The new item, or the message. */
    const char *result;
};

static void apply(struct ddb_fixture *fixture, const struct update_case *test,
                  struct dynr_attribute *out, struct dynr_attribute *out_old,
                  struct dynr_attribute *out_new)
{
    struct dynr_str keys[] = {dynr_str_from_c("pk"), dynr_str_from_c("sk")};
    struct dynr_attribute item = ddb_item(fixture, test->item);
    const struct dynr_bound_expression *bound =
        ddb_bind(fixture, DYNR_EXPRESSION_UPDATE, test->update, "{'#a':'a','#1':'1'}", VALUES);
    if (bound != NULL) {
        struct dynr_str before = ddb_text(&fixture->arena, &item);
        fixture->status = dynr_update_apply(bound, &item, keys, 2, &fixture->arena, out, out_old,
                                            out_new, &fixture->err);
        /* The old tree is left as it was. */
        DYNR_ASSERT_STR(ddb_text(&fixture->arena, &item), before.ptr);
    }
}

static void check(const struct update_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct ddb_fixture fixture = {0};
        struct dynr_attribute out = {0};
        apply(&fixture, &cases[i], &out, NULL, NULL);
        struct dynr_str result = fixture.status == DYNR_OK ? ddb_text(&fixture.arena, &out)
                                                           : dynr_str_from_c(fixture.err.message);
        if (!DYNR_ASSERT_STR(result, cases[i].result)) {
            fprintf(stderr, "  for: %s\n", cases[i].update);
        }
        ddb_fixture_cleanup(&fixture);
    }
}
#define CHECK(cases) check(cases, sizeof cases / sizeof cases[0])

#define ABSENT      "The provided expression refers to an attribute that does not exist in the item"
#define BAD_PATH    "The document path provided in the update expression is invalid for update"
#define BAD_OPERAND "An operand in the update expression has an incorrect data type"

static void set_writes_values(void)
{
    static const struct update_case cases[] = {
        {"{}", "SET a = :s", "{'a':{'S':'new'}}"},
        {"{'a':{'N':'1'},'b':{'S':'x'}}", "SET a = :s", "{'a':{'S':'new'},'b':{'S':'x'}}"},
        {"{'b':{'S':'x'}}", "SET a = b, c = :n", "{'b':{'S':'x'},'a':{'S':'x'},'c':{'N':'5'}}"},
        /* Everything is read before anything is written. */
        {"{'a':{'S':'1'},'b':{'S':'2'}}", "SET a = b, b = a", "{'a':{'S':'2'},'b':{'S':'1'}}"},
        {"{'a':{'N':'1'}}", "SET a = a + :n", "{'a':{'N':'6'}}"},
        {"{'a':{'N':'1'}}", "SET a = (:n - a), b = a - :tiny", "{'a':{'N':'4'},'b':{'N':'0.9'}}"},
        {"{}", "SET a = if_not_exists(a, :n) + :n", "{'a':{'N':'10'}}"},
        {"{'a':{'N':'1'}}", "SET a = if_not_exists(#a, :s)", "{'a':{'N':'1'}}"},
        {"{'b':{'S':'x'}}", "SET a = if_not_exists(a, if_not_exists(c, b))",
         "{'b':{'S':'x'},'a':{'S':'x'}}"},
        {"{'a':{'L':[{'S':'o'}]}}", "SET a = list_append(a, :l)",
         "{'a':{'L':[{'S':'o'},{'S':'p'},{'S':'q'}]}}"},
        {"{'a':{'L':[{'S':'o'}]}}", "SET a = list_append(:l, a)",
         "{'a':{'L':[{'S':'p'},{'S':'q'},{'S':'o'}]}}"},
        {"{}", "SET a = list_append(if_not_exists(a, :e), :l)",
         "{'a':{'L':[{'S':'p'},{'S':'q'}]}}"},
        {"{'m':{'M':{'k':{'M':{}}}}}", "SET m.k.#1 = :s, m.j = :n",
         "{'m':{'M':{'k':{'M':{'1':{'S':'new'}}},'j':{'N':'5'}}}}"},
        {"{'m':{'M':{'k':{'N':'1'}}}}", "SET m.k = m.k + :n", "{'m':{'M':{'k':{'N':'6'}}}}"},
    };
    CHECK(cases);
}

static void set_writes_list_elements(void)
{
    static const struct update_case cases[] = {
        {"{'l':{'L':[{'S':'a'},{'S':'b'},{'S':'c'}]}}", "SET l[1] = :s",
         "{'l':{'L':[{'S':'a'},{'S':'new'},{'S':'c'}]}}"},
        /* Beyond the end: appended, in the order of the indexes. */
        {"{'l':{'L':[{'S':'a'}]}}", "SET l[5] = :s", "{'l':{'L':[{'S':'a'},{'S':'new'}]}}"},
        {"{'l':{'L':[{'S':'a'}]}}", "SET l[20] = :x, l[3] = :y, l[100] = :z",
         "{'l':{'L':[{'S':'a'},{'S':'y'},{'S':'x'},{'S':'z'}]}}"},
        {"{'l':{'L':[{'L':[{'M':{'k':{'S':'o'}}}]}]}}", "SET l[0][0].k = :s, l[0][7] = :n",
         "{'l':{'L':[{'L':[{'M':{'k':{'S':'new'}}},{'N':'5'}]}]}}"},
        {"{'pk':{'S':'k'},'b':{'M':{'a':{'N':'1'},'b':{'N':'2'},'c':{'N':'3'}}},'c':{'L':[{'N':'1'}"
         ",{'N':'3'}]}}",
         "set b.c=((c[1])+(b.a)),b.a = pk,c[1] = pk, c[4] = b.a - b.b, c[2] = b.c add c[8] :ss, "
         "c[6] :n",
         "{'pk':{'S':'k'},'b':{'M':{'a':{'S':'k'},'b':{'N':'2'},'c':{'N':'4'}}},'c':{'L':[{'N':'1'}"
         ",{'S':'k'},{'N':'3'},{'N':'-1'},{'N':'5'},{'SS':['b','d']}]}}"},
    };
    CHECK(cases);
}

static void remove_takes_attributes_and_elements(void)
{
    static const struct update_case cases[] = {
        {"{'a':{'S':'1'},'b':{'S':'2'}}", "REMOVE a", "{'b':{'S':'2'}}"},
        {"{'b':{'S':'2'}}", "REMOVE a", "{'b':{'S':'2'}}"},
        {"{'m':{'M':{'k':{'S':'1'},'j':{'S':'2'}}}}", "REMOVE m.k, m.x",
         "{'m':{'M':{'j':{'S':'2'}}}}"},
        {"{'l':{'L':[{'S':'a'},{'S':'b'},{'S':'c'},{'S':'d'}]}}", "REMOVE l[1]",
         "{'l':{'L':[{'S':'a'},{'S':'c'},{'S':'d'}]}}"},
        /* Indexes are those of the list as it was. */
        {"{'l':{'L':[{'S':'a'},{'S':'b'},{'S':'c'},{'S':'d'}]}}", "REMOVE l[0], l[2], l[9]",
         "{'l':{'L':[{'S':'b'},{'S':'d'}]}}"},
        {"{'l':{'L':[{'S':'a'},{'S':'b'},{'S':'c'}]}}", "REMOVE l[0] SET l[1] = :x, l[3] = :y",
         "{'l':{'L':[{'S':'x'},{'S':'c'},{'S':'y'}]}}"},
        {"{'l':{'L':[{'S':'a'},{'M':{'k':{'S':'b'}}}]}}", "REMOVE l[0], l[1].k",
         "{'l':{'L':[{'M':{}}]}}"},
        {"{'l':{'L':[{'S':'a'}]}}", "REMOVE l[0]", "{'l':{'L':[]}}"},
    };
    CHECK(cases);
}

static void add_and_delete_work_on_numbers_and_sets(void)
{
    static const struct update_case cases[] = {
        {"{}", "ADD a :n", "{'a':{'N':'5'}}"},
        {"{'a':{'N':'-2.5'}}", "ADD a :n", "{'a':{'N':'2.5'}}"},
        {"{}", "ADD a :ss", "{'a':{'SS':['b','d']}}"},
        {"{'a':{'SS':['a','b']}}", "ADD a :ss", "{'a':{'SS':['a','b','d']}}"},
        {"{'a':{'NS':['3','2']}}", "ADD a :ns", "{'a':{'NS':['3','2','1']}}"},
        {"{'m':{'M':{}}}", "ADD m.c :n", "{'m':{'M':{'c':{'N':'5'}}}}"},
        {"{'a':{'SS':['a','b','c']}}", "DELETE a :ss", "{'a':{'SS':['a','c']}}"},
        /* The last element takes the attribute with it. */
        {"{'a':{'SS':['b']},'c':{'S':'x'}}", "DELETE a :ss", "{'c':{'S':'x'}}"},
        {"{'a':{'SS':['c','b','a']}}", "DELETE a :abc", "{}"},
        {"{'a':{'SS':['x']}}", "DELETE a :ss", "{'a':{'SS':['x']}}"},
        {"{}", "DELETE a :ss", "{}"},
        {"{'l':{'L':[{'SS':['b']},{'S':'x'}]}}", "DELETE l[0] :ss", "{'l':{'L':[{'S':'x'}]}}"},
        {"{'a':{'S':'1'},'c':{'SS':['a','b']}}", "SET e = a REMOVE a ADD d :n DELETE c :ss",
         "{'c':{'SS':['a']},'d':{'N':'5'},'e':{'S':'1'}}"},
    };
    CHECK(cases);
}

static void impossible_updates_are_refused(void)
{
    static const struct update_case cases[] = {
        {"{}", "SET c = b", ABSENT},
        {"{}", "SET e = list_append(b, c)", ABSENT},
        {"{}", "SET a = a + :n", ABSENT},
        {"{'a':{'S':'x'}}", "SET e = a + :n", BAD_OPERAND},
        {"{'a':{'S':'x'}}", "SET e = :n - a", BAD_OPERAND},
        {"{'a':{'S':'x'}}", "SET e = list_append(a, if_not_exists(f, :l))", BAD_OPERAND},
        {"{'a':{'S':'x'}}", "ADD a :n", BAD_OPERAND},
        {"{'a':{'N':'1'}}", "ADD a :ss", BAD_OPERAND},
        {"{'a':{'SS':['1']}}", "ADD a :ns", BAD_OPERAND},
        {"{'a':{'NS':['1']}}", "DELETE a :ss", BAD_OPERAND},
        {"{'a':{'S':'x'}}", "DELETE a :ss", BAD_OPERAND},
        {"{}", "SET b.a = :s", BAD_PATH},
        {"{}", "SET b[1] = :s", BAD_PATH},
        {"{'b':{'S':'x'}}", "SET b.a = :s", BAD_PATH},
        {"{'b':{'S':'x'}}", "SET b[0] = :s", BAD_PATH},
        {"{'c':{'M':{}}}", "SET c[1] = :s", BAD_PATH},
        {"{'d':{'L':[]}}", "SET d.#1 = :s", BAD_PATH},
        {"{'d':{'L':[]}}", "SET d[0].x = :s", BAD_PATH},
        {"{}", "REMOVE y.a", BAD_PATH},
        {"{'d':{'L':[]}}", "REMOVE d.#1 SET a = :s", BAD_PATH},
        {"{'b':{'S':'x'}}", "DELETE b.a :ss", BAD_PATH},
        {"{'b':{'S':'x'}}", "ADD b[1] :n", BAD_PATH},
        /* Values are looked at before paths. */
        {"{}", "SET b.a = c", ABSENT},
        {"{'pk':{'S':'1'}}", "SET pk = :s",
         "One or more parameter values were invalid: Cannot update attribute pk. This attribute is "
         "part of the key"},
        {"{'pk':{'S':'1'}}", "REMOVE a, sk.x",
         "One or more parameter values were invalid: Cannot update attribute sk. This attribute is "
         "part of the key"},
        {"{'a':{'N':'0.1'}}", "ADD a :big",
         "Attempting to store more than 38 significant digits in a Number"},
        {"{'a':{'N':'9.9E125'}}", "SET a = a + :huge",
         "Number overflow. Attempting to store a number with magnitude larger than supported "
         "range"},
    };
    CHECK(cases);
}

static void updates_answer_what_they_touched(void)
{
    static const struct {
        struct update_case update;
        const char *old;
        const char *changed;
    } cases[] = {
        {{"{'a':{'S':'1'},'b':{'S':'2'}}", "SET a = :s, c = :n REMOVE b", NULL},
         "{'a':{'S':'1'},'b':{'S':'2'}}",
         "{'a':{'S':'new'},'c':{'N':'5'}}"},
        {{"{'m':{'M':{'k':{'S':'1'},'j':{'S':'2'}}}}", "SET m.k = :s", NULL},
         "{'m':{'M':{'k':{'S':'1'}}}}",
         "{'m':{'M':{'k':{'S':'new'}}}}"},
        {{"{'c':{'L':[{'N':'1'},{'N':'3'}]}}", "SET c[1] = :x, c[4] = :y, c[2] = :z", NULL},
         "{'c':{'L':[{'N':'3'}]}}",
         "{'c':{'L':[{'S':'x'},{'S':'z'}]}}"},
        {{"{}", "ADD a :n", NULL}, "{}", "{'a':{'N':'5'}}"},
        {{"{'a':{'SS':['b']}}", "DELETE a :ss", NULL}, "{'a':{'SS':['b']}}", "{}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ddb_fixture fixture = {0};
        struct dynr_attribute out = {0};
        struct dynr_attribute old = {0};
        struct dynr_attribute changed = {0};
        apply(&fixture, &cases[i].update, &out, &old, &changed);
        if (DYNR_ASSERT_STATUS(fixture.status, DYNR_OK)) {
            DYNR_ASSERT_STR(ddb_text(&fixture.arena, &old), cases[i].old);
            DYNR_ASSERT_STR(ddb_text(&fixture.arena, &changed), cases[i].changed);
        }
        ddb_fixture_cleanup(&fixture);
    }
}

static void values_may_not_nest_too_deeply_where_they_are_put(void)
{
    struct ddb_fixture fixture = {0};
    struct dynr_buf value = {0};
    dynr_buf_append_c(&value, "{':v':");
    for (int i = 0; i < 31; i++) {
        dynr_buf_append_c(&value, "{'L':[");
    }
    dynr_buf_append_c(&value, "{'S':''}");
    for (int i = 0; i < 31; i++) {
        dynr_buf_append_c(&value, "]}");
    }
    dynr_buf_append(&value, "}", 2);
    static const struct {
        const char *update;
        enum dynr_status status;
    } cases[] = {{"SET a = :v", DYNR_OK},
                 {"SET m.a = :v", DYNR_OK},
                 {"SET m.m.a = :v", DYNR_ERR_INVALID_ARGUMENT}};
    struct dynr_attribute item = ddb_item(&fixture, "{'m':{'M':{'m':{'M':{}}}}}");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dynr_attribute out;
        const struct dynr_bound_expression *bound =
            ddb_bind(&fixture, DYNR_EXPRESSION_UPDATE, cases[i].update, NULL, value.ptr);
        DYNR_ASSERT_STATUS(dynr_update_apply(bound, &item, NULL, 0, &fixture.arena, &out, NULL,
                                             NULL, &fixture.err),
                           cases[i].status);
    }
    dynr_buf_cleanup(&value);
    ddb_fixture_cleanup(&fixture);
}

static const struct dynr_test tests[] = {
    DYNR_TEST(set_writes_values),
    DYNR_TEST(set_writes_list_elements),
    DYNR_TEST(remove_takes_attributes_and_elements),
    DYNR_TEST(add_and_delete_work_on_numbers_and_sets),
    DYNR_TEST(impossible_updates_are_refused),
    DYNR_TEST(updates_answer_what_they_touched),
    DYNR_TEST(values_may_not_nest_too_deeply_where_they_are_put),
};

int main(void)
{
    return dynr_test_main("ddb-update", tests, DYNR_TEST_COUNT(tests));
}
