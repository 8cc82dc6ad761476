/* SPDX-License-Identifier: Apache-2.0 */
/* The formatter: what it writes, and its properties on thousands of damaged files. */
#include <stdio.h>

#include "support.h"
#include "test_main.h"
#include "test_tools.h"

static void expect(const char *text, const char *formatted)
{
    struct dynr_arena arena = {0};
    struct dynr_buf out = {0};
    dyn_format(&arena, dynr_str_from_c(text), &out);
    DYNR_ASSERT_STR(dynr_buf_str(&out), formatted);
    struct dynr_buf again = {0};
    dyn_format(&arena, dynr_buf_str(&out), &again);
    DYNR_ASSERT_STR(dynr_buf_str(&again), formatted);
    dynr_buf_cleanup(&again);
    dynr_buf_cleanup(&out);
    dynr_arena_cleanup(&arena);
}

static void fields_stand_in_columns(void)
{
    expect("dyn 1\nmodel  A{\nid ulid @key   @auto // one\n  name string(1..80)\ndone "
           "bool=false\n// between\n"
           "  long set<string( ..40 )>( max 20 )\nb B [ ] via B . a  // two\n\n\nx int\nuse "
           "timestamps ,versioned}\n",
           "dyn 1\n"
           "model A {\n"
           "  id   ulid @key @auto  // one\n"
           "  name string(1..80)\n"
           "  done bool = false\n"
           "  // between\n"
           "  long set<string(..40)>(max 20)\n"
           "  b    B[]  via B.a     // two\n"
           "\n"
           "  x int\n"
           "  use timestamps, versioned\n"
           "}\n");
}

static void one_line_blocks_stay_on_their_line(void)
{
    expect("enum Aa{a=1 b=2,c=-3}\nenum B { x = 1 }\npolicy P{allow read if .a allow write(x) if "
           "not .b}",
           "enum Aa { a = 1  b = 2, c = -3 }\n"
           "enum B  { x = 1 }\n"
           "policy P { allow read if .a  allow write(x) if not .b }\n");
}

static void blocks_that_do_not_fit_are_broken(void)
{
    expect("enum LongEnough { aaaaaaaaaaaaaaaaaaaa = 1 bbbbbbbbbbbbbbbbbbbbbbbbbb = 2 "
           "cccccccccccccccccccccc = 3 }\n"
           "router r(c: C) { query q() { from A where .aaaaaaaaaaaaaaaaaaaaaaaaaa == "
           "bbbbbbbbbbbbbbbbbbbbbbbbbb take 3 } }\n",
           "enum LongEnough {\n"
           "  aaaaaaaaaaaaaaaaaaaa       = 1\n"
           "  bbbbbbbbbbbbbbbbbbbbbbbbbb = 2\n"
           "  cccccccccccccccccccccc     = 3\n"
           "}\n"
           "router r(c: C) {\n"
           "  query q() { from A  where .aaaaaaaaaaaaaaaaaaaaaaaaaa == bbbbbbbbbbbbbbbbbbbbbbbbbb  "
           "take 3 }\n"
           "}\n");
}

static void procedures_have_columns_of_operands(void)
{
    expect(
        "router r(c:C)\n{\nquery a ( x:int=1 )->T once\n{\nfrom A in p where .x==1\norder .x desc\n"
        "select a,b{c}\ninclude aa {take 1}\ninclude b{where not .c take 2}\ncount x as n}\n"
        "mutation b() {\nupdate A(1)\nset x=-1\nexpecting v\ncreate B {\na,\nb:1\n} }\nmutation "
        "c()=extern \"x\" writes A}",
        "router r(c: C) {\n"
        "  query a(x: int = 1) -> T once {\n"
        "    from    A in p  where .x == 1\n"
        "    order   .x desc\n"
        "    select  a, b { c }\n"
        "    include aa { take 1 }\n"
        "    include b  { where not .c  take 2 }\n"
        "    count   x as n\n"
        "  }\n"
        "  mutation b() {\n"
        "    update A(1)\n"
        "      set x = -1\n"
        "      expecting v\n"
        "    create B {\n"
        "      a,\n"
        "      b: 1\n"
        "    }\n"
        "  }\n"
        "  mutation c() = extern \"x\" writes A\n"
        "}\n");
}

static void continued_lines_are_indented(void)
{
    expect("model X\n@tag(\"a\")\n{\na int\n= 1\n}\nrouter r {\nquery q(\na: int,\nb: int\n) "
           "{\nfrom A\nwhere a ==\n1 or (\nb\n)\n}\n}\n",
           "model X\n"
           "  @tag(\"a\") {\n"
           "  a int\n"
           "    = 1\n"
           "}\n"
           "router r {\n"
           "  query q(\n"
           "    a: int,\n"
           "    b: int\n"
           "  ) {\n"
           "    from    A\n"
           "    where   a ==\n"
           "      1 or (\n"
           "        b\n"
           "      )\n"
           "  }\n"
           "}\n");
}

static void comments_and_blank_lines_are_kept(void)
{
    expect("\n\n// a  \n//b\n\n\n\n/// doc\nmodel A { // c\n\n\n  // d\n  a int\n\n  // e\n\n}\n// "
           "f\n\n",
           "// a\n//b\n\n/// doc\nmodel A {  // c\n\n  // d\n  a int\n\n  // e\n}\n// f\n");
    expect("model A\n// c\n{\n  a int }", "model A\n// c\n  {\n  a int\n}\n");
}

static void broken_files_are_formatted_too(void)
{
    expect("model A {\n a string(1..\n  b \"x\n c int $$ x()\nmodel B{\n}",
           "model A {\n  a string(1..\n    b \"x\n  c int $$\n  x ()\nmodel B {}\n");
    expect("", "");
    expect(" \n\t\n", "");
    expect("}}} ) x ( {", "} } }) x({\n");
}

static void line_ends_become_line_feeds(void)
{
    expect("dyn 1\r\nmodel A {\r\n  a int // c\r\n}\r\n", "dyn 1\nmodel A {\n  a int  // c\n}\n");
}

/* ---- properties ---- */

/* Whether both have the same tokens in the same roles. */
static bool same_tokens(struct dynr_arena *arena, struct dynr_str a, struct dynr_str b)
{
    struct dyn_tokens x;
    struct dyn_tokens y;
    dyn_tokenise(&x, arena, a, 0, NULL);
    dyn_tokenise(&y, arena, b, 0, NULL);
    bool same = x.n_items == y.n_items;
    for (size_t i = 0; same && i < x.n_items; i++) {
        same = x.items[i].kind == y.items[i].kind &&
               dynr_str_equal(dyn_token_text(&x, i), dyn_token_text(&y, i));
    }
    return same;
}

static bool holds(struct dynr_str text)
{
    struct dynr_arena arena = {0};
    struct dynr_buf once = {0};
    struct dynr_buf twice = {0};
    dyn_format(&arena, text, &once);
    dyn_format(&arena, dynr_buf_str(&once), &twice);
    bool idempotent = dynr_str_equal(dynr_buf_str(&once), dynr_buf_str(&twice));
    bool lossless = same_tokens(&arena, text, dynr_buf_str(&once));
    struct parsed p;
    parse_text(&p, text);
    parsed_dump(&p);
    parsed_cleanup(&p);
    if (!DYNR_ASSERT(idempotent && lossless)) {
        fprintf(stderr, "idempotent %d, lossless %d:\n%.*s\n", idempotent, lossless, (int)text.len,
                text.ptr);
    }
    dynr_buf_cleanup(&once);
    dynr_buf_cleanup(&twice);
    dynr_arena_cleanup(&arena);
    return idempotent && lossless;
}

/* One random edit: a piece removed, doubled or put in, a byte changed, a line broken or joined. */
static void mutate(struct dynr_test_random *random, struct dynr_buf *text)
{
    static const char *const pieces[] = {"{",
                                         "}",
                                         "(",
                                         ")",
                                         "[",
                                         "]",
                                         ",",
                                         "\n",
                                         "// c\n",
                                         "/// d\n",
                                         " in ",
                                         " model ",
                                         " query ",
                                         "\"",
                                         "`",
                                         "=",
                                         "@",
                                         "<",
                                         ".",
                                         "..",
                                         "- ",
                                         "not ",
                                         "/*",
                                         "*/",
                                         "\xFF",
                                         "use ",
                                         "index ",
                                         "\n}",
                                         "set<",
                                         "\n\n",
                                         "  ",
                                         "public\n",
                                         "\n  query q(",
                                         "\nmodel X {\n",
                                         " transaction { ",
                                         "\xE2\x80\x9C",
                                         "where ",
                                         "1e5"};
    size_t at = dynr_test_random_below(random, text->len + 1);
    size_t len = dynr_test_random_below(random, dynr_test_random_below(random, 4) == 0 ? 80 : 4);
    len = at + len > text->len ? text->len - at : len;
    struct dynr_buf out = {0};
    dynr_buf_append(&out, text->ptr, at);
    switch (dynr_test_random_below(random, 4)) {
    case 0:
        at += len;
        break;
    case 1:
        dynr_buf_append(&out, text->ptr + at, len);
        break;
    case 2:
        dynr_buf_append_c(&out,
                          pieces[dynr_test_random_below(random, sizeof pieces / sizeof pieces[0])]);
        break;
    default:
        for (size_t i = at; i < at + len; i++) {
            char c = text->ptr[i];
            dynr_buf_append_char(&out, c == '\n' ? ' ' : (c == ' ' ? '\n' : c));
        }
        at += len;
        break;
    }
    dynr_buf_append(&out, text->ptr + at, text->len - at);
    dynr_buf_cleanup(text);
    *text = out;
}

static void properties_hold_on_damaged_files(void)
{
    static const char *const files[] = {"todo.dyn", "keys.dyn", "broken.dyn", "allman.dyn",
                                        "errors.dyn"};
    struct dynr_test_random random = {.state = 0x9E3779B97F4A7C15U};
    struct dynr_arena arena = {0};
    struct dynr_str texts[5];
    for (size_t i = 0; i < 5; i++) {
        char path[600];
        snprintf(path, sizeof path, "%s/%s", CORPUS_DIR, files[i]);
        texts[i] = read_file(&arena, path);
        DYNR_ASSERT(texts[i].len > 0 && holds(texts[i]));
    }
    bool good = true;
    for (size_t round = 0; good && round < 4000; round++) {
        struct dynr_buf text = {0};
        dynr_buf_append_str(&text, texts[round % 5]);
        for (size_t n = 1 + dynr_test_random_below(&random, 6); n > 0; n--) {
            mutate(&random, &text);
        }
        good = holds(dynr_buf_str(&text));
        dynr_buf_cleanup(&text);
    }
    dynr_arena_cleanup(&arena);
}

static void formatting_keeps_the_tree(void)
{
    static const char *const files[] = {"todo.dyn", "keys.dyn"};
    for (size_t i = 0; i < 2; i++) {
        struct dynr_arena arena = {0};
        char path[600];
        snprintf(path, sizeof path, "%s/%s", CORPUS_DIR, files[i]);
        struct dynr_buf out = {0};
        dyn_format(&arena, read_file(&arena, path), &out);
        struct parsed p;
        parse_text(&p, dynr_buf_str(&out));
        DYNR_ASSERT_STR(parsed_messages(&p), "");
        parsed_cleanup(&p);
        dynr_buf_cleanup(&out);
        dynr_arena_cleanup(&arena);
    }
}

static const struct dynr_test tests[] = {
    DYNR_TEST(fields_stand_in_columns),           DYNR_TEST(one_line_blocks_stay_on_their_line),
    DYNR_TEST(blocks_that_do_not_fit_are_broken), DYNR_TEST(procedures_have_columns_of_operands),
    DYNR_TEST(continued_lines_are_indented),      DYNR_TEST(comments_and_blank_lines_are_kept),
    DYNR_TEST(broken_files_are_formatted_too),    DYNR_TEST(line_ends_become_line_feeds),
    DYNR_TEST(properties_hold_on_damaged_files),  DYNR_TEST(formatting_keeps_the_tree),
};

int main(void)
{
    return dynr_test_main("format", tests, DYNR_TEST_COUNT(tests));
}
