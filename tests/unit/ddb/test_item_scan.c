/* SPDX-License-Identifier: Apache-2.0 */
/* Outlines against trees: whatever the scan takes must be what parsing and writing make of it. */
#include <stdio.h>

#include "ddb/item_scan.h"
#include "ddb_fixture.h"

/* The outline's member against the tree's. */
static bool same_member(const struct dynr_attribute_member *outline,
                        const struct dynr_attribute_member *tree, struct dynr_arena *arena)
{
    struct dynr_attribute value = outline->value;
    struct dynr_error err = {0};
    if (value.type >= DYNR_ATTRIBUTE_M &&
        (value.n_children != 0 ||
         dynr_attribute_parse(outline->value.text, arena, &value, &err) != DYNR_OK)) {
        return false;
    }
    return dynr_str_equal(outline->name, tree->name) && value.type == tree->value.type &&
           dynr_attribute_equal(&value, &tree->value);
}

/* 1: scanned as it is parsed; 0: not taken; -1: taken but not as it is parsed. */
static int compare_ways(struct dynr_str text, struct dynr_arena *arena)
{
    struct dynr_attribute outline;
    struct dynr_attribute tree;
    struct dynr_error err = {0};
    struct dynr_buf again = {0};
    size_t size;
    if (!dynr_item_scan(text, arena, &outline, &size)) {
        return 0;
    }
    if (dynr_item_parse(text, arena, &tree, &err) != DYNR_OK) {
        return -1;
    }
    dynr_item_write(&tree, &again);
    bool same = dynr_str_equal(dynr_buf_str(&again), text) && size == dynr_item_size(&tree) &&
                outline.type == DYNR_ATTRIBUTE_M && outline.n_children == tree.n_children;
    dynr_buf_cleanup(&again);
    for (size_t i = 0; same && i < tree.n_children; i++) {
        same = same_member(&outline.members[i], &tree.members[i], arena);
    }
    return same ? 1 : -1;
}

static void check_taken(const char *text, bool taken)
{
    struct dynr_arena arena = {0};
    int result = compare_ways(ddb_json(&arena, text), &arena);
    if (!DYNR_ASSERT_INT(result, taken ? 1 : 0)) {
        (void)fprintf(stderr, "# %s\n", text);
    }
    dynr_arena_cleanup(&arena);
}

static void canonical_items_are_taken(void)
{
    static const char *const texts[] = {
        "{}",
        "{'a':{'S':''}}",
        "{'a':{'S':'x'},'b':{'N':'-12.5'},'c':{'B':'AQID'},'d':{'BOOL':true},'e':{'BOOL':false},'f'"
        ":{'NULL':true}}",
        "{'a':{'S':'\\n\\t\\\\ \\b\\f\\r \\u0001\\u001f \xC3\xA9 /'},'b':{'L':[{'S':'\\n'}]}}",
        "{'a':{'L':[]},'b':{'M':{}},'c':{'L':[{'M':{'x':{'L':[{'NULL':true}]}}},{'N':'0'}]}}",
        "{'a':{'SS':['x','','y']},'b':{'NS':['1','10','-1']},'c':{'BS':['AQ==','','AQI=']}}",
        "{'a':{'M':{'a':{'M':{'a':{'S':'a'}}},'b':{'S':'a'}}},'b':{'S':'a'}}",
        "{'n':{'N':'12345678901234567890123456789012345678'},'m':{'N':'0.00000000000000000001'}}",
        "{'a1':{'S':''},'a2':{'S':''},'a3':{'S':''},'a4':{'S':''},'a5':{'S':''},'a6':{'S':''},'a7':"
        "{'S':''},'a8':{'S':''},'a9':{'S':''},'b1':{'S':''},'b2':{'S':''},'b3':{'S':''},'b4':{'S':"
        "''},'b5':{'S':''},'b6':{'S':''},'b7':{'S':''},'b8':{'S':''},'b9':{'S':''}}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        check_taken(texts[i], true);
    }
}

/* Valid or not: what is not canonical is for the parser, and so are a few rare kinds. */
static void other_items_are_left_to_the_parser(void)
{
    static const char *const texts[] = {
        "",
        " ",
        "{",
        "[]",
        "{}x",
        "{} ",
        " {}",
        "{ }",
        "null",
        "{'a':{'S':'x'},}",
        "{,'a':{'S':'x'}}",
        "{'a':{'S':'x'}'b':{'S':'x'}}",
        "{'a' :{'S':'x'}}",
        "{'a': {'S':'x'}}",
        "{'a':{'S' :'x'}}",
        "{'a':{'S':'x' }}",
        "{'a':{'S':'x'}, 'b':{'S':'x'}}",
        "{'a':{'L':[{'S':'x'}, {'S':'x'}]}}",
        /* Names. */
        "{'':{'S':'x'}}",
        "{'\\n':{'S':'x'}}",
        "{'a\\u0062':{'S':'x'}}",
        "{'a':{'S':'x'},'a':{'S':'x'}}",
        "{'a':{'M':{'b':{'S':'x'},'b':{'S':'y'}}}}",
        "{'a':{'M':{'':{'S':'x'}}}}",
        /* Types. */
        "{'a':{}}",
        "{'a':{'X':'x'}}",
        "{'a':{'S':'x','S':'x'}}",
        "{'a':{'S':'x','N':'1'}}",
        "{'a':{'S':null}}",
        "{'a':{'s':'x'}}",
        "{'a':{'BOOLE':true}}",
        "{'a':'x'}",
        "{'a':{'S':1}}",
        "{'a':{'N':1}}",
        "{'a':{'BOOL':'true'}}",
        "{'a':{'NULL':false}}",
        "{'a':{'NULL':null}}",
        "{'a':{'M':[]}}",
        "{'a':{'L':{}}}",
        /* Strings. */
        "{'a':{'S':'\\/'}}",
        "{'a':{'S':'\\u000a'}}",
        "{'a':{'S':'\\u001F'}}",
        "{'a':{'S':'\\u0020'}}",
        "{'a':{'S':'\\u00e9'}}",
        "{'a':{'S':'\\u0022'}}",
        "{'a':{'S':'\\x'}}",
        "{'a':{'S':'\\",
        "{'a':{'S':'\\u00",
        "{'a':{'S':'\n'}}",
        "{'a':{'S':'\xC3'}}",
        "{'a':{'S':'\xED\xA0\x80'}}",
        "{'a':{'S':'x",
        /* Numbers. */
        "{'a':{'N':''}}",
        "{'a':{'N':'01'}}",
        "{'a':{'N':'1.0'}}",
        "{'a':{'N':'-0'}}",
        "{'a':{'N':'1e3'}}",
        "{'a':{'N':'+1'}}",
        "{'a':{'N':'.5'}}",
        "{'a':{'N':'x'}}",
        "{'a':{'N':'123456789012345678901234567890123456789'}}",
        "{'a':{'N':'100000000000000000000000000000000000000'}}",
        /* Bytes. */
        "{'a':{'B':'AQI'}}",
        "{'a':{'B':'AR=='}}",
        "{'a':{'B':'AQ=='}",
        "{'a':{'B':'A==='}}",
        "{'a':{'B':'AQ\\n='}}",
        "{'a':{'B':'====' }}",
        "{'a':{'B':'@@@@'}}",
        /* Sets. */
        "{'a':{'SS':[]}}",
        "{'a':{'NS':[]}}",
        "{'a':{'BS':[]}}",
        "{'a':{'SS':['x','x']}}",
        "{'a':{'NS':['1','1']}}",
        "{'a':{'NS':['1','1.0']}}",
        "{'a':{'BS':['AQ==','AQ==']}}",
        "{'a':{'SS':['\\n','\\n']}}",
        "{'a':{'SS':['x',]}}",
        "{'a':{'SS':['x','y','z','x']}}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        check_taken(texts[i], false);
    }
}

/* `open` `depth` times, a string, and `close` as often. */
static struct dynr_str nest(struct dynr_arena *arena, const char *open, const char *close,
                            unsigned depth)
{
    struct dynr_buf buf = {0};
    dynr_buf_append_c(&buf, "{'a':");
    for (unsigned i = 0; i < depth; i++) {
        dynr_buf_append_c(&buf, open);
    }
    dynr_buf_append_c(&buf, "{'S':'x'}");
    for (unsigned i = 0; i < depth; i++) {
        dynr_buf_append_c(&buf, close);
    }
    dynr_buf_append_c(&buf, "}");
    dynr_buf_append(&buf, "", 1);
    struct dynr_str text = ddb_json(arena, buf.ptr);
    dynr_buf_cleanup(&buf);
    return text;
}

static void nesting_ends_where_the_parsers_does(void)
{
    struct dynr_arena arena = {0};
    struct dynr_attribute tree;
    struct dynr_error err = {0};
    for (unsigned depth = DYNR_ATTRIBUTE_MAX_DEPTH - 1; depth < DYNR_ATTRIBUTE_MAX_DEPTH + 2;
         depth++) {
        struct dynr_str texts[2] = {nest(&arena, "{'L':[", "]}", depth),
                                    nest(&arena, "{'M':{'a':", "}}", depth)};
        for (size_t i = 0; i < 2; i++) {
            bool parses = dynr_item_parse(texts[i], &arena, &tree, &err) == DYNR_OK;
            DYNR_ASSERT_INT(compare_ways(texts[i], &arena), parses ? 1 : 0);
        }
    }
    dynr_arena_cleanup(&arena);
}

static void many_names_are_left_to_the_parser(void)
{
    struct dynr_arena arena = {0};
    for (int n = 100; n < 160; n++) {
        struct dynr_buf buf = {0};
        for (int i = 0; i < n; i++) {
            dynr_buf_printf(&buf, "%s\"n%d\":{\"S\":\"x\"}", i == 0 ? "{" : ",", i);
        }
        dynr_buf_append_char(&buf, '}');
        DYNR_ASSERT_INT(compare_ways(dynr_buf_str(&buf), &arena), n <= 128);
        dynr_buf_cleanup(&buf);
    }
    /* Only those that have to differ from each other count. */
    struct dynr_buf buf = {0};
    for (int i = 0; i < 100; i++) {
        dynr_buf_append_c(&buf, i == 0 ? "{\"a\":{\"L\":[" : ",");
        dynr_buf_append_c(&buf, "{\"M\":{\"b\":{\"SS\":[\"x\",\"y\"]},\"c\":{\"S\":\"x\"}}}");
    }
    dynr_buf_append_c(&buf, "]}}");
    DYNR_ASSERT_INT(compare_ways(dynr_buf_str(&buf), &arena), 1);
    dynr_buf_cleanup(&buf);
    dynr_arena_cleanup(&arena);
}

/* ---- random items ---- */

static struct dynr_attribute random_item(struct dynr_arena *arena, struct dynr_test_random *random)
{
    struct dynr_attribute item = {.type = DYNR_ATTRIBUTE_M};
    item.n_children = dynr_test_random_below(random, 24);
    item.members = dynr_arena_calloc(arena, item.n_children + 1, sizeof *item.members);
    for (size_t i = 0; i < item.n_children; i++) {
        item.members[i].name = dynr_arena_printf(arena, "%c%zu", (int)('a' + i % 7), i);
        item.members[i].value = ddb_random_value(arena, random, 3);
    }
    return item;
}

/* One change of the text that keeps or breaks it. */
static struct dynr_str mutate(struct dynr_str text, struct dynr_arena *arena,
                              struct dynr_test_random *random)
{
    static const char bytes[] = "{}[]\",: \\0159.-eSNBMLtu=\n\xC3\xA9";
    char *copy = dynr_arena_text(arena, text.len + 1);
    size_t at = dynr_test_random_below(random, text.len);
    char c = bytes[dynr_test_random_below(random, sizeof bytes - 1)];
    if (copy == NULL) {
        return text;
    }
    memcpy(copy, text.ptr, text.len);
    switch (dynr_test_random_below(random, 4)) {
    case 0:
        copy[at] = c;
        return dynr_str_make(copy, text.len);
    case 1:
        memmove(copy + at, copy + at + 1, text.len - at - 1);
        return dynr_str_make(copy, text.len - 1);
    case 2:
        copy[at] = copy[dynr_test_random_below(random, text.len)];
        return dynr_str_make(copy, text.len);
    default:
        memmove(copy + at + 1, copy + at, text.len - at);
        copy[at] = c;
        return dynr_str_make(copy, text.len + 1);
    }
}

static void random_and_mutated_items_are_read_alike(void)
{
    struct dynr_test_random random = {.state = 20};
    size_t n_taken = 0;
    for (int round = 0; round < 1500; round++) {
        struct dynr_arena arena = {0};
        struct dynr_buf buf = {0};
        struct dynr_attribute item = random_item(&arena, &random);
        dynr_item_write(&item, &buf);
        /* Long numbers are the only kind here that is left to the parser. */
        int result = compare_ways(dynr_buf_str(&buf), &arena);
        bool good = DYNR_ASSERT(result >= 0);
        n_taken += result == 1;
        struct dynr_str text = dynr_buf_str(&buf);
        for (int i = 0; i < 40 && good; i++) {
            struct dynr_str changed =
                mutate(i % 8 == 0 ? dynr_buf_str(&buf) : text, &arena, &random);
            text = changed.len == 0 ? text : changed;
            good = DYNR_ASSERT(compare_ways(text, &arena) >= 0);
        }
        if (!good) {
            (void)fprintf(stderr, "# round %d: %.*s\n", round, (int)text.len, text.ptr);
        }
        dynr_buf_cleanup(&buf);
        dynr_arena_cleanup(&arena);
        if (!good) {
            return;
        }
    }
    DYNR_ASSERT(n_taken > 500);
}

/* ---- equality and conditions ---- */

static int outlines_equal(struct dynr_arena *arena, const char *a, const char *b)
{
    struct dynr_attribute left;
    struct dynr_attribute right;
    struct dynr_error err = {0};
    size_t size;
    bool equal = false;
    bool good = DYNR_ASSERT(dynr_item_scan(ddb_json(arena, a), arena, &left, &size)) &&
                DYNR_ASSERT(dynr_item_scan(ddb_json(arena, b), arena, &right, &size)) &&
                DYNR_ASSERT_STATUS(dynr_outline_equal(&left, &right, arena, &equal, &err), DYNR_OK);
    return good ? equal : -1;
}

static void outlines_are_equal_as_trees_are(void)
{
    static const struct {
        const char *a;
        const char *b;
        bool equal;
    } cases[] = {
        {"{}", "{}", true},
        {"{'a':{'S':'x'}}", "{'a':{'S':'y'}}", false},
        {"{'a':{'S':'1'}}", "{'a':{'N':'1'}}", false},
        {"{'a':{'S':'x'}}", "{'b':{'S':'x'}}", false},
        {"{'a':{'S':'x'},'b':{'S':'y'}}", "{'b':{'S':'y'},'a':{'S':'x'}}", true},
        {"{'a':{'BOOL':true}}", "{'a':{'BOOL':false}}", false},
        {"{'a':{'SS':['x','y']}}", "{'a':{'SS':['y','x']}}", true},
        {"{'a':{'SS':['x','y']}}", "{'a':{'SS':['y','z']}}", false},
        {"{'a':{'L':[{'S':'x'},{'S':'y'}]}}", "{'a':{'L':[{'S':'y'},{'S':'x'}]}}", false},
        {"{'a':{'M':{'x':{'S':'1'},'y':{'S':'2'}}}}", "{'a':{'M':{'y':{'S':'2'},'x':{'S':'1'}}}}",
         true},
        {"{'a':{'SS':['1']}}", "{'a':{'NS':['1']}}", false},
        {"{'a':{'L':[{'S':'x'}]}}", "{'a':{'S':'x'}}", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ddb_fixture fixture = {0};
        struct dynr_attribute left = ddb_item(&fixture, cases[i].a);
        struct dynr_attribute right = ddb_item(&fixture, cases[i].b);
        DYNR_ASSERT_INT(outlines_equal(&fixture.arena, cases[i].a, cases[i].b), cases[i].equal);
        DYNR_ASSERT_INT(outlines_equal(&fixture.arena, cases[i].b, cases[i].a), cases[i].equal);
        DYNR_ASSERT_INT(dynr_attribute_equal(&left, &right), cases[i].equal);
        ddb_fixture_cleanup(&fixture);
    }
}

static void outlines_suffice_where_no_path_looks_inside(void)
{
    static const char item[] =
        "{'s':{'S':'x'},'n':{'N':'1'},'l':{'L':[{'S':'x'}]},'m':{'M':{'k':{'S':'x'}}},'t':{'SS':["
        "'x']}}";
    static const struct {
        const char *condition;
        bool suffices;
    } cases[] = {
        {"s = :v", true},          {"attribute_not_exists(q)", true},
        {"s = :v OR n < q", true}, {"size(s) > n AND q.r[1] = :v", true},
        {"l[0] = :v", false},      {"s = :v AND (NOT n = q OR m.k = :v)", false},
        {"size(t) > n", false},    {"contains(t, :v)", false},
        {"n IN (:v, t)", false},   {"s BETWEEN :v AND l[0]", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ddb_fixture fixture = {0};
        struct dynr_attribute outline;
        struct dynr_attribute tree = ddb_item(&fixture, item);
        size_t size;
        bool holds[2] = {false, true};
        const char *values = strstr(cases[i].condition, ":v") == NULL ? NULL : "{':v':{'S':'x'}}";
        const struct dynr_bound_expression *bound =
            ddb_bind(&fixture, DYNR_EXPRESSION_CONDITION, cases[i].condition, NULL, values);
        if (DYNR_ASSERT(bound != NULL) &&
            DYNR_ASSERT(
                dynr_item_scan(ddb_json(&fixture.arena, item), &fixture.arena, &outline, &size))) {
            DYNR_ASSERT_INT(dynr_outline_suffices(bound, &outline), cases[i].suffices);
        }
        if (bound != NULL && cases[i].suffices) {
            (void)dynr_condition_holds(bound, &outline, &fixture.arena, &holds[0], &fixture.err);
            (void)dynr_condition_holds(bound, &tree, &fixture.arena, &holds[1], &fixture.err);
            DYNR_ASSERT_INT(holds[0], holds[1]);
        }
        ddb_fixture_cleanup(&fixture);
    }
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(canonical_items_are_taken),
        DYNR_TEST(other_items_are_left_to_the_parser),
        DYNR_TEST(nesting_ends_where_the_parsers_does),
        DYNR_TEST(many_names_are_left_to_the_parser),
        DYNR_TEST(random_and_mutated_items_are_read_alike),
        DYNR_TEST(outlines_are_equal_as_trees_are),
        DYNR_TEST(outlines_suffice_where_no_path_looks_inside),
    };
    return dynr_test_main("ddb-item-scan", tests, DYNR_TEST_COUNT(tests));
}
