/* SPDX-License-Identifier: Apache-2.0 */
/* Whether items satisfy conditions: each operator and function with each type. */
#include "ddb_fixture.h"

#include <stdio.h>

#define ITEM                                                                                       \
    "{'s':{'S':'hello'},'e':{'S':''},'n':{'N':'10'},'b':{'B':'AQID'},'t':{'BOOL':true},'z':{'"     \
    "NULL':true},"                                                                                 \
    "'ss':{'SS':['a','b','c']},'ns':{'NS':['1','2.50']},'bs':{'BS':['AQ==','Ag==']},"              \
    "'l':{'L':[{'S':'x'},{'N':'2'},{'M':{'k':{'S':'deep'}}},{'L':[{'N':'7'}]}]},'m':{'M':{'k':{'"  \
    "S':'v'},'o':{'N':'3'}}},"                                                                     \
    "'u':{'S':'\xC3\xA9t\xC3\xA9'},'twin':{'S':'hello'},'n2':{'N':'9.5'}}"
#define VALUES                                                                                     \
    "{':hello':{'S':'hello'},':help':{'S':'help'},':he':{'S':'he'},':ell':{'S':'ell'},':empty':{'" \
    "S':''},':a':{'S':'a'},"                                                                       \
    "':10':{'N':'10.0'},':9':{'N':'9'},':11':{'N':'11'},':2':{'N':'2'},':3':{'N':'3'},':4':{'N':'" \
    "4'},':5':{'N':'5'},':25':{'N':'2.5'},"                                                        \
    "':b':{'B':'AQID'},':b1':{'B':'AQ=='},':b23':{'B':'AgM='},':bhi':{'B':'/"                      \
    "w=='},':t':{'BOOL':true},':f':{'BOOL':false},':z':{'NULL':true},"                             \
    "':ss':{'SS':['c','b','a']},':ss2':{'SS':['a','b']},':ns':{'NS':['2.5','1']},':bs':{'BS':['"   \
    "Ag==','AQ==']},"                                                                              \
    "':l':{'L':[{'S':'x'},{'N':'2'},{'M':{'k':{'S':'deep'}}},{'L':[{'N':'7'}]}]},':m':{'M':{'o':{" \
    "'N':'3.0'},'k':{'S':'v'}}},"                                                                  \
    "':mk':{'M':{'k':{'S':'deep'}}},':S':{'S':'S'},':N':{'S':'N'},':B':{'S':'B'},':BOOL':{'S':'"   \
    "BOOL'},':NULL':{'S':'NULL'},"                                                                 \
    "':SS':{'S':'SS'},':NS':{'S':'NS'},':BS':{'S':'BS'},':L':{'S':'L'},':M':{'S':'M'},':v':{'S':'" \
    "v'},':0':{'N':'0'}}"

struct condition_case {
    const char *expression;
    int holds;
};

static void check(const struct condition_case *cases, size_t n, const char *item)
{
    for (size_t i = 0; i < n; i++) {
        struct ddb_fixture fixture = {0};
        int holds = ddb_holds(&fixture, cases[i].expression, "{'#s':'s','#k':'k'}", VALUES, item);
        if (!DYNR_ASSERT_INT(holds, cases[i].holds)) {
            fprintf(stderr, "  for: %s: %s\n", cases[i].expression, fixture.err.message);
        }
        ddb_fixture_cleanup(&fixture);
    }
}
#define CHECK(cases) check(cases, sizeof cases / sizeof cases[0], ITEM)

static void equality_holds_for_every_type(void)
{
    static const struct condition_case cases[] = {
        {"s = :hello", 1},
        {"s = :help", 0},
        {"s <> :help", 1},
        {"s <> :hello", 0},
        {"n = :10", 1},
        {"n = :9", 0},
        {"n <> :9", 1},
        {"b = :b", 1},
        {"b = :b1", 0},
        {"t = :t", 1},
        {"t = :f", 0},
        {"t <> :f", 1},
        {"z = :z", 1},
        {"ss = :ss", 1},
        {"ss = :ss2", 0},
        {"ns = :ns", 1},
        {"bs = :bs", 1},
        {"l = :l", 1},
        {"m = :m", 1},
        {"l[2] = :mk", 1},
        {"m <> :mk", 1},
        /* Of different types: unequal. */
        {"s = :10", 0},
        {"s <> :10", 1},
        {"n = :hello", 0},
        {"b = :hello", 0},
        {"b <> :hello", 1},
        {"z = :f", 0},
        {"ss <> :l", 1},
        {"s = twin", 1},
        {"s <> u", 1},
        {":hello = s", 1},
        {":hello = :hello", 1},
        {"e = :empty", 1},
    };
    CHECK(cases);
}

static void order_compares_only_within_a_type(void)
{
    static const struct condition_case cases[] = {
        {"s < :help", 1},
        {"s <= :hello", 1},
        {"s < :hello", 0},
        {"s > :he", 1},
        {"s >= :hello", 1},
        {"s >= :help", 0},
        {"n > :9", 1},
        {"n < :11", 1},
        {"n < :9", 0},
        {"n <= :10", 1},
        {"n >= :10", 1},
        {"n > :10", 0},
        {"n > n2", 1},
        {"n2 < n", 1},
        {"b < :bhi", 1},
        {"b > :b1", 1},
        {"b >= :b", 1},
        {"b > :bhi", 0},
        {":9 < n", 1},
        {"s < :10", 0},
        {"s >= :10", 0},
        {"n > :hello", 0},
        {"t < :10", 0},
        {"ss < :hello", 0},
        {"l > :9", 0},
        {"n between :9 and :11", 1},
        {"n between :10 and :10", 1},
        {"n between :11 and :11", 0},
        {"s between :he and :help", 1},
        {"s between :9 and :11", 0},
        {"b between :b1 and :bhi", 1},
        {":10 between n2 and n", 1},
        {"n between nothing and :11", 0},
    };
    CHECK(cases);
}

static void missing_operands_make_comparisons_false(void)
{
    static const struct condition_case cases[] = {
        {"x = :hello", 0},
        {"x < :hello", 0},
        {"x >= :hello", 0},
        {"x between :9 and :11", 0},
        {"x in (:hello, :9)", 0},
        {"begins_with(x, :he)", 0},
        {"contains(x, :he)", 0},
        {"attribute_type(x, :S)", 0},
        {"size(x) = :0", 0},
        {"size(x) > :0", 0},
        {"x = y", 0},
        {"s in (x, y)", 0},
        {"not x = :hello", 1},
        {"m.x.y = :hello", 0},
        {"l[9] = :hello", 0},
        {"s.x = :hello", 0},
        {"s[0] = :hello", 0},
        {"m[0] = :v", 0},
        {"l.k = :v", 0},
        /* <> is the negation of =, also here. */
        {"x <> :hello", 1},
        {"x <> y", 1},
        {"size(x) <> :0", 1},
    };
    CHECK(cases);
}

static void functions_follow_the_types_of_their_operands(void)
{
    static const struct condition_case cases[] = {
        {"attribute_exists(s)", 1},
        {"attribute_exists(x)", 0},
        {"attribute_exists(m.k)", 1},
        {"attribute_exists(l[3][0])", 1},
        {"attribute_exists(l[3][1])", 0},
        {"attribute_exists(z)", 1},
        {"attribute_not_exists(x)", 1},
        {"attribute_not_exists(s)", 0},
        {"attribute_not_exists(s.x)", 1},
        {"attribute_type(s, :S)", 1},
        {"attribute_type(n, :N)", 1},
        {"attribute_type(b, :B)", 1},
        {"attribute_type(t, :BOOL)", 1},
        {"attribute_type(z, :NULL)", 1},
        {"attribute_type(ss, :SS)", 1},
        {"attribute_type(ns, :NS)", 1},
        {"attribute_type(bs, :BS)", 1},
        {"attribute_type(l, :L)", 1},
        {"attribute_type(m, :M)", 1},
        {"attribute_type(s, :N)", 0},
        {"attribute_type(l[2], :M)", 1},
        {"begins_with(s, :he)", 1},
        {"begins_with(s, :hello)", 1},
        {"begins_with(s, :ell)", 0},
        {"begins_with(s, :empty)", 1},
        {"begins_with(b, :b1)", 1},
        {"begins_with(b, :b23)", 0},
        {"begins_with(s, :b1)", 0},
        {"begins_with(n, :he)", 0},
        {"begins_with(:hello, e)", 1},
        {"contains(s, :ell)", 1},
        {"contains(s, :help)", 0},
        {"contains(s, :empty)", 1},
        {"contains(b, :b23)", 1},
        {"contains(b, :bhi)", 0},
        {"contains(s, :b1)", 0},
        {"contains(ss, :a)", 1},
        {"contains(ss, :he)", 0},
        {"contains(ss, :9)", 0},
        {"contains(ns, :25)", 1},
        {"contains(ns, :3)", 0},
        {"contains(bs, :b1)", 1},
        {"contains(bs, :b)", 0},
        {"contains(l, :2)", 1},
        {"contains(l, :mk)", 1},
        {"contains(l, :3)", 0},
        {"contains(l, :a)", 0},
        {"contains(m, :v)", 0},
        {"contains(n, :9)", 0},
        {"contains(:hello, e)", 1},
        {"size(s) = :5", 1},
        {"size(e) = :0", 1},
        {"size(u) = :3", 1},
        {"size(b) = :3", 1},
        {"size(ss) = :3", 1},
        {"size(ns) = :2", 1},
        {"size(bs) = :2", 1},
        {"size(l) = :4", 1},
        {"size(m) = :2", 1},
        {"size(n) = :2", 0},
        {"size(t) > :0", 0},
        {"size(:hello) = :5", 1},
        {"size(s) between :4 and :9", 1},
        {"size(s) in (:4, :5)", 1},
        {"size(s) = size(u)", 1},
        {"(size(s)) > (:4)", 1},
        {"#s = :hello", 1},
        {"m.#k = :v", 1},
        {"(m).k = :v", 1},
    };
    CHECK(cases);
}

static void in_and_logic_combine(void)
{
    static const struct condition_case cases[] = {
        {"s in (:hello)", 1},
        {"s in (:help, :9, :hello)", 1},
        {"s in (:help, :9)", 0},
        {"n in (:9, :10)", 1},
        {"m in (:mk, :m)", 1},
        {"s = :hello and n = :10", 1},
        {"s = :hello and n = :9", 0},
        {"s = :help or n = :10", 1},
        {"s = :help or n = :9", 0},
        {"not s = :help", 1},
        {"not (s = :hello or n = :9)", 0},
        {"not s = :help and n = :9", 0},
        /* AND binds tighter than OR, NOT tighter than AND. */
        {"s = :hello or s = :help and n = :9", 1},
        {"(s = :hello or s = :help) and n = :9", 0},
        {"not s = :hello or n = :10", 1},
        {"n between :9 and :11 and s = :hello", 1},
        {"NOT NOT s = :hello", 1},
        {"not attribute_exists(s)", 0},
        {"(contains(s, :ell)) and (not (contains(s, :help)))", 1},
    };
    CHECK(cases);
}

static void an_item_that_is_not_there_has_no_attributes(void)
{
    static const struct condition_case cases[] = {
        {"attribute_not_exists(pk)", 1},
        {"attribute_exists(pk)", 0},
        {"pk = :hello", 0},
        {"pk <> :hello", 1},
        {"not pk = :hello", 1},
    };
    check(cases, sizeof cases / sizeof cases[0], NULL);
    check(cases, sizeof cases / sizeof cases[0], "{}");
}

static void long_needles_are_found_in_linear_time(void)
{
    struct ddb_fixture fixture = {0};
    struct dynr_buf item = {0};
    struct dynr_buf values = {0};
    dynr_buf_append_c(&item, "{'h':{'S':'");
    dynr_buf_append_c(&values, "{':n':{'S':'");
    for (int i = 0; i < 200000; i++) {
        dynr_buf_append_char(&item, 'a');
        if (i < 100000) {
            dynr_buf_append_char(&values, 'a');
        }
    }
    dynr_buf_append(&item, "b'}}", 5);
    dynr_buf_append(&values, "b'}}", 5);
    DYNR_ASSERT_INT(ddb_holds(&fixture, "contains(h, :n)", NULL, values.ptr, item.ptr), 1);
    values.ptr[values.len - 5] = 'c';
    DYNR_ASSERT_INT(ddb_holds(&fixture, "contains(h, :n)", NULL, values.ptr, item.ptr), 0);
    dynr_buf_cleanup(&item);
    dynr_buf_cleanup(&values);
    ddb_fixture_cleanup(&fixture);
}

static const struct dynr_test tests[] = {
    DYNR_TEST(equality_holds_for_every_type),
    DYNR_TEST(order_compares_only_within_a_type),
    DYNR_TEST(missing_operands_make_comparisons_false),
    DYNR_TEST(functions_follow_the_types_of_their_operands),
    DYNR_TEST(in_and_logic_combine),
    DYNR_TEST(an_item_that_is_not_there_has_no_attributes),
    DYNR_TEST(long_needles_are_found_in_linear_time),
};

int main(void)
{
    return dynr_test_main("ddb-condition", tests, DYNR_TEST_COUNT(tests));
}
