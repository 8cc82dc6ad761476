/* SPDX-License-Identifier: Apache-2.0 */
/* Equality, order, sizes and key bytes of values. */
#include "ddb_fixture.h"

static void equality_ignores_the_order_of_sets_and_maps(void)
{
    static const struct {
        const char *a;
        const char *b;
        bool equal;
    } cases[] = {
        {"{'x':{'S':'a'}}", "{'x':{'S':'a'}}", true},
        {"{'x':{'S':'a'}}", "{'x':{'B':'YQ=='}}", false},
        {"{'x':{'N':'1.0'}}", "{'x':{'N':'1'}}", true},
        {"{'x':{'N':'1'}}", "{'x':{'S':'1'}}", false},
        {"{'x':{'SS':['a','b']}}", "{'x':{'SS':['b','a']}}", true},
        {"{'x':{'SS':['a','b']}}", "{'x':{'SS':['a','c']}}", false},
        {"{'x':{'NS':['1','2']}}", "{'x':{'NS':['2.0','1']}}", true},
        {"{'x':{'L':[{'S':'a'},{'S':'b'}]}}", "{'x':{'L':[{'S':'b'},{'S':'a'}]}}", false},
        {"{'x':{'S':'a'},'y':{'S':'b'}}", "{'y':{'S':'b'},'x':{'S':'a'}}", true},
        {"{'x':{'S':'a'},'y':{'S':'b'}}", "{'y':{'S':'b'},'z':{'S':'a'}}", false},
        {"{'x':{'NULL':true}}", "{'x':{'NULL':true}}", true},
        {"{'x':{'BOOL':true}}", "{'x':{'BOOL':false}}", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ddb_fixture fixture = {0};
        struct dynr_attribute a = ddb_item(&fixture, cases[i].a);
        struct dynr_attribute b = ddb_item(&fixture, cases[i].b);
        DYNR_ASSERT(dynr_attribute_equal(&a, &b) == cases[i].equal);
        DYNR_ASSERT(dynr_attribute_equal(&b, &a) == cases[i].equal);
        ddb_fixture_cleanup(&fixture);
    }
}

static void big_maps_are_equal_in_any_order(void)
{
    struct ddb_fixture fixture = {0};
    struct dynr_attribute maps[2] = {{.type = DYNR_ATTRIBUTE_M}, {.type = DYNR_ATTRIBUTE_M}};
    size_t n = 5000;
    for (int k = 0; k < 2; k++) {
        maps[k].members = dynr_arena_calloc(&fixture.arena, n, sizeof *maps[k].members);
        maps[k].n_children = n;
        for (size_t i = 0; i < n; i++) {
            struct dynr_str name = dynr_arena_printf(&fixture.arena, "%zu", k == 0 ? i : n - 1 - i);
            maps[k].members[i].name = name;
            maps[k].members[i].value.type = DYNR_ATTRIBUTE_S;
            maps[k].members[i].value.text = name;
        }
    }
    DYNR_ASSERT(dynr_attribute_equal(&maps[0], &maps[1]));
    maps[1].members[7].value.text = dynr_str_from_c("other");
    DYNR_ASSERT(!dynr_attribute_equal(&maps[0], &maps[1]));
    ddb_fixture_cleanup(&fixture);
}

static void sizes_follow_the_documented_rules(void)
{
    static const struct {
        const char *item;
        size_t size;
    } cases[] = {
        {"{}", 0},
        /* Names and strings: their UTF-8 bytes. */
        {"{'shirt-color':{'S':'R'},'shirt-size':{'S':'M'}}", 23},
        {"{'a':{'S':'\xC3\xA9'}}", 3},
        {"{'a':{'B':'YWJj'}}", 4},
        /* One byte for BOOL and NULL. */
        {"{'a':{'BOOL':false},'b':{'NULL':true}}", 4},
        /* Numbers: one byte for two digits, one more, one for a sign. */
        {"{'a':{'N':'0'}}", 2},
        {"{'a':{'N':'1'}}", 3},
        {"{'a':{'N':'12'}}", 3},
        {"{'a':{'N':'123'}}", 4},
        {"{'a':{'N':'-1'}}", 4},
        {"{'a':{'N':'100'}}", 3},
        {"{'a':{'N':'1.5'}}", 4},
        {"{'a':{'N':'99999999999999999999999999999999999999'}}", 21},
        /* Three bytes a list or map, one a child. */
        {"{'a':{'L':[]}}", 4},
        {"{'a':{'M':{}}}", 4},
        {"{'a':{'L':[{'S':'xy'},{'BOOL':true}]}}", 9},
        {"{'a':{'M':{'key':{'S':'xy'}}}}", 10},
        {"{'a':{'SS':['x','yz']},'b':{'NS':['1','2']}}", 9},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ddb_fixture fixture = {0};
        struct dynr_attribute item = ddb_item(&fixture, cases[i].item);
        DYNR_ASSERT_STATUS(fixture.status, DYNR_OK);
        DYNR_ASSERT_INT(dynr_item_size(&item), cases[i].size);
        ddb_fixture_cleanup(&fixture);
    }
}

static int sign(int order)
{
    return order < 0 ? -1 : order > 0;
}

static void key_bytes(struct dynr_str number, struct dynr_buf *out)
{
    struct dynr_attribute value = {.type = DYNR_ATTRIBUTE_N, .text = number};
    dynr_buf_clear(out);
    dynr_attribute_key_bytes(&value, out);
}

static bool check_order(struct dynr_str a, struct dynr_str b)
{
    struct dynr_buf left = {0};
    struct dynr_buf right = {0};
    key_bytes(a, &left);
    key_bytes(b, &right);
    int expected = sign(dynr_decimal_compare((struct dynr_decimal){a}, (struct dynr_decimal){b}));
    bool ok = DYNR_ASSERT_INT(sign(dynr_str_compare(dynr_buf_str(&left), dynr_buf_str(&right))),
                              expected);
    if (expected != 0) {
        /* Nor is one the beginning of the other. */
        size_t shorter = left.len < right.len ? left.len : right.len;
        ok = DYNR_ASSERT_INT(sign(memcmp(left.ptr, right.ptr, shorter)), expected) && ok;
    }
    dynr_buf_cleanup(&left);
    dynr_buf_cleanup(&right);
    return ok;
}

static void key_bytes_sort_as_the_numbers_do(void)
{
    static const char *const ascending[] = {
        "-9.9999999999999999999999999999999999999E125",
        "-1E125",
        "-1000",
        "-100.5",
        "-100",
        "-99",
        "-10",
        "-9.5",
        "-1.01",
        "-1",
        "-0.1",
        "-0.01",
        "-1E-129",
        "-1.1E-130",
        "-1E-130",
        "0",
        "1E-130",
        "1.1E-130",
        "1E-129",
        "0.01",
        "0.1",
        "1",
        "1.01",
        "9.5",
        "10",
        "12",
        "12.3",
        "99",
        "100",
        "100.5",
        "1000",
        "1E125",
        "9.9999999999999999999999999999999999999E125",
    };
    struct dynr_arena arena = {0};
    struct dynr_error err = {0};
    size_t n = sizeof ascending / sizeof ascending[0];
    struct dynr_decimal numbers[sizeof ascending / sizeof ascending[0]];
    for (size_t i = 0; i < n; i++) {
        DYNR_ASSERT_STATUS(
            dynr_decimal_parse(dynr_str_from_c(ascending[i]), &arena, &numbers[i], &err), DYNR_OK);
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < n; k++) {
            DYNR_ASSERT_INT(sign(dynr_decimal_compare(numbers[i], numbers[k])), i < k ? -1 : i > k);
            check_order(numbers[i].text, numbers[k].text);
        }
    }
    dynr_arena_cleanup(&arena);
}

static void key_bytes_of_random_numbers_sort_as_they_compare(void)
{
    struct dynr_test_random random = {7};
    for (int i = 0; i < 20000; i++) {
        struct dynr_arena arena = {0};
        struct dynr_str a = ddb_random_number(&arena, &random);
        struct dynr_str b = ddb_random_number(&arena, &random);
        bool ok = check_order(a, b);
        dynr_arena_cleanup(&arena);
        if (!ok) {
            return;
        }
    }
}

static void only_values_of_one_ordered_type_compare(void)
{
    struct ddb_fixture fixture = {0};
    struct dynr_attribute item = ddb_item(
        &fixture,
        "{'s':{'S':'b'},'n':{'N':'2'},'b':{'B':'gA=='},'t':{'S':'\xC3\xA9'},'o':{'BOOL':true}}");
    const struct dynr_attribute_member *m = item.members;
    int order;
    DYNR_ASSERT(dynr_attribute_compare(&m[0].value, &m[3].value, &order) && order < 0);
    DYNR_ASSERT(dynr_attribute_compare(&m[2].value, &m[2].value, &order) && order == 0);
    DYNR_ASSERT(!dynr_attribute_compare(&m[0].value, &m[1].value, &order));
    DYNR_ASSERT(!dynr_attribute_compare(&m[4].value, &m[4].value, &order));
    ddb_fixture_cleanup(&fixture);
}

static const struct dynr_test tests[] = {
    DYNR_TEST(equality_ignores_the_order_of_sets_and_maps),
    DYNR_TEST(big_maps_are_equal_in_any_order),
    DYNR_TEST(sizes_follow_the_documented_rules),
    DYNR_TEST(key_bytes_sort_as_the_numbers_do),
    DYNR_TEST(key_bytes_of_random_numbers_sort_as_they_compare),
    DYNR_TEST(only_values_of_one_ordered_type_compare),
};

int main(void)
{
    return dynr_test_main("ddb-value", tests, DYNR_TEST_COUNT(tests));
}
