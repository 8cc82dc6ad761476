/* SPDX-License-Identifier: Apache-2.0 */
/* Errors: each cause is reported once, in the words for its place, and what follows is still read. */
#include <stdio.h>
#include <stdlib.h>

#include "support.h"
#include "test_main.h"

static void expect(const char *text, const char *messages)
{
    struct parsed p;
    parse_c(&p, text);
    DYNR_ASSERT_STR(parsed_messages(&p), messages);
    parsed_cleanup(&p);
}

static void declarations_recover(void)
{
    struct parsed p;
    parse_c(&p, "dyn 1\nmodle A { a int }\nmodel B { x int }\nmodel { y int }\nenum C { a = 1 "
                "}\nstruct D in x { z int }\n"
                "42\nmodel E\nmodel F { a int }\n}\nmodel G { a int }\n");
    DYNR_ASSERT_STR(parsed_messages(&p), "2:1: unexpected `modle`, expected a declaration\n"
                                         "4:7: unexpected `{`, expected a name\n"
                                         "6:10: unexpected `in`, expected `{` or `@`\n"
                                         "7:1: unexpected `42`, expected a declaration\n"
                                         "8:1: expected `{` after `model E`\n"
                                         "10:1: unexpected `}`, expected a declaration\n");
    DYNR_ASSERT(parsed_decl(&p, "B") != NULL);
    DYNR_ASSERT(parsed_decl(&p, "C") != NULL && parsed_decl(&p, "C")->values != NULL);
    DYNR_ASSERT(parsed_decl(&p, "D") != NULL && parsed_decl(&p, "D")->fields != NULL);
    DYNR_ASSERT(parsed_decl(&p, "E") != NULL);
    DYNR_ASSERT(parsed_decl(&p, "F") != NULL && parsed_decl(&p, "F")->fields != NULL);
    DYNR_ASSERT(parsed_decl(&p, "G") != NULL && parsed_decl(&p, "G")->fields != NULL);
    parsed_cleanup(&p);
}

static void members_recover(void)
{
    struct parsed p;
    parse_c(&p, "dyn 1\nmodel A {\n  id ulid @key !\n  title\n  b string(1..200\n  c int unique\n  "
                "d [int]\n  e int = \n"
                "  f set<int\n  g int via A\n  = 3\n  h { x int }\n  i ulid @@\n  use\n  key pk\n  "
                "index x sk\n  last int\n}\n"
                "enum E { a 1, b == 2, , c = }\ntable T { gsi max }\nmodel Z { a int }\n");
    DYNR_ASSERT_STR(parsed_messages(&p), "3:16: unexpected `!`\n"
                                         "4:3: field `title` has no type\n"
                                         "6:3: unexpected `c`, expected `)`\n"
                                         "7:6: unexpected `int`, expected `]`\n"
                                         "9:3: unexpected `f`, expected an expression\n"
                                         "10:3: unexpected `g`, expected `(`, `[`, `?` or `>`\n"
                                         "12:3: field `h` has no type\n"
                                         "13:10: unexpected `@@use`\n"
                                         "19:12: unexpected `1`, expected a value, `}` or `=`\n"
                                         "19:17: unexpected `==`, expected a value, `}` or `=`\n"
                                         "19:29: unexpected `}`, expected an expression\n");
    const struct dyn_ast_decl *a = parsed_decl(&p, "A");
    size_t n = 0;
    for (const struct dyn_ast_field *field = a->fields; field != NULL; field = field->next) {
        n++;
    }
    DYNR_ASSERT_INT(n, 13);
    DYNR_ASSERT(a->has_errors);
    DYNR_ASSERT(!parsed_decl(&p, "Z")->has_errors);
    parsed_cleanup(&p);
}

static void procedures_and_clauses_recover(void)
{
    struct parsed p;
    parse_c(&p, "dyn 1\nrouter r(c: C) {\n  query a(x int, y: ) { from A where x == y }\n  query "
                "(z: int) { get A(z) }\n"
                "  query b(x: int {\n    from A\n    wher x\n    take\n    order .a < .b < .c\n    "
                "select a b\n  }\n"
                "  mutation c() {\n    create A { a b, , c: }\n    update B(1 set x = 3\n    where "
                "x\n    delete C(1)\n  }\n"
                "  mutation d()\n  mutation e() = extern\n  mutation f() = extern \"f\" reads\n  "
                "query g() { include x { wherr y } }\n"
                "  query last() { get A(1) where a == 1 where b }\n}\n");
    DYNR_ASSERT_STR(parsed_messages(&p),
                    "3:13: unexpected `int`, expected `:`\n"
                    "3:21: unexpected `)`, expected a type\n"
                    "4:9: unexpected `(`, expected a name\n"
                    "5:18: missing `)` behind the arguments\n"
                    "7:5: unexpected `wher`, expected a clause or `}`\n"
                    "9:5: unexpected `order`, expected an expression\n"
                    "9:14: unexpected `<`, expected a clause, `}`, `asc` or `desc`\n"
                    "10:14: unexpected `b`, expected a clause, `}` or `,`\n"
                    "13:18: expected `,` before `b`\n"
                    "13:21: unexpected `,`, expected a name\n"
                    "13:26: unexpected `}`, expected an expression\n"
                    "14:16: unexpected `set`, expected an operator, `)` or `,`\n"
                    "18:3: expected `{` or `= extern` after `mutation d`\n"
                    "20:3: unexpected `mutation`, expected a string\n"
                    "21:3: unexpected `query`, expected a name\n"
                    "21:15: `include` belongs to no statement\n"
                    "21:27: unexpected `wherr`, expected a clause or `}`\n"
                    "22:40: a second `where`\n");
    const struct dyn_ast_procedure *procedure = parsed_decl(&p, "r")->procedures;
    size_t n = 0;
    for (; procedure != NULL; procedure = procedure->next) {
        n++;
    }
    DYNR_ASSERT_INT(n, 8);
    parsed_cleanup(&p);
}

static void missing_braces_point_to_the_open_one(void)
{
    struct parsed p;
    parse_c(&p, "dyn 1\nmodel A {\n  a int\n\nmodel B {\n  b int\n}\nrouter r(c: C) {\n  query x() "
                "{\n    from A\n\n"
                "  query y() { get A(1) }\n}\nenum E { a = 1");
    DYNR_ASSERT_STR(parsed_messages(&p),
                    "5:1: missing `}` before this\n12:3: missing `}` before this\n"
                    "14:15: missing `}` at the end of the file\n");
    DYNR_ASSERT(parsed_decl(&p, "B") != NULL && parsed_decl(&p, "B")->fields != NULL);
    DYNR_ASSERT(parsed_decl(&p, "r")->procedures != NULL &&
                parsed_decl(&p, "r")->procedures->next != NULL);
    dynr_buf_clear(&p.out);
    dyn_render_text(&p.diags, DYN_COLOR_NEVER, false, &p.out);
    dynr_buf_append_char(&p.out, '\0');
    DYNR_ASSERT(strstr(p.out.ptr, "t.dyn:2:9: note: this `{` is not closed") != NULL);
    DYNR_ASSERT(strstr(p.out.ptr, "t.dyn:9:13: note: this `{` is not closed") != NULL);
    parsed_cleanup(&p);
    /* The brace in the wrong column tells that it was meant for the block around. */
    parse_c(&p,
            "dyn 1\nrouter r {\n  mutation a() {\n    create A { a\n  }\n}\nenum E { a = 1 }\n");
    DYNR_ASSERT_STR(parsed_messages(&p), "7:1: missing `}` before this\n");
    DYNR_ASSERT_INT(p.diags.items[0]->details->span.start, 47);
    parsed_cleanup(&p);
}

static void characters_and_literals(void)
{
    expect(
        "dyn 1\nstruct A {\n  a int;\n  b string = \"abc\n  c string = "
        "\xE2\x80\x9Chi\xE2\x80\x9D\n  d string = 'x'\n"
        "  e string = \"\\q \\u{110000}\"\n  f int = 007\n  g int = 12abc\n  h float = 1e126\n  i "
        "float = 1e-131\n"
        "  j int = 123456789012345678901234567890123456789\n  k int = 0.000\n  gr\xC3\xB6\xC3\x9F"
        "e int\n  `a b` int\n"
        "  l int # x\n  /* a */ m int\n  n int = $$$\n}\n",
        "3:8: unexpected character `;`\n"
        "4:14: this string is not closed\n"
        "5:14: strings are between straight quotes, not typographic ones\n"
        "6:14: strings are between double quotes\n"
        "7:15: invalid escape `\\q`\n"
        "7:18: invalid escape `\\u`\n"
        "8:11: a number does not start with superfluous zeros\n"
        "9:11: `12abc` is neither a number nor a name\n"
        "10:13: this number is too large\n"
        "11:13: this number is too small\n"
        "12:11: this number is too large\n"
        "14:3: a name is made of ASCII letters, digits and `_`\n"
        "15:3: a name is made of ASCII letters, digits and `_`\n"
        "16:9: unexpected character `#`\n"
        "17:3: there are no block comments\n"
        "18:11: unexpected character `$`\n"
        "19:1: unexpected `}`, expected an expression\n");
}

static void editions(void)
{
    expect("", "1:1: the file does not start with its edition\n");
    expect("// x\nmodel A { a int }\n", "2:1: the file does not start with its edition\n");
    expect("dyn 2\n", "1:5: unknown edition\n");
    expect("dyn\nmodel A { a int }\n", "2:1: unexpected `model`, expected a whole number\n");
    expect("dyn 1 dyn 1\n", "1:7: the edition stands before everything else\n");
    expect("dyn 1 namespace a namespace b\n", "1:19: a second namespace\n");
}

static void encodings(void)
{
    struct parsed p;
    parse_c(&p, "\xEF\xBB\xBF"
                "dyn 1\nmodel A { a int }");
    DYNR_ASSERT_INT(p.diags.n_errors, 1);
    DYNR_ASSERT_INT(p.diags.items[0]->code, DYN_CODE_ENCODING);
    DYNR_ASSERT(parsed_decl(&p, "A") != NULL);
    const struct dyn_detail *fix = p.diags.items[0]->details->next;
    DYNR_ASSERT(fix != NULL && fix->kind == DYN_DETAIL_FIX && fix->span.end == 3 &&
                fix->text.len == 0);
    parsed_cleanup(&p);

    parse_text(&p, dynr_str_make("dyn 1\n\0x", 8));
    DYNR_ASSERT_INT(p.diags.n_errors, 1);
    DYNR_ASSERT_INT(p.diags.items[0]->code, DYN_CODE_ENCODING);
    DYNR_ASSERT_INT(p.diags.items[0]->span.start, 6);
    parsed_cleanup(&p);

    parse_c(&p, "dyn 1\n// \xC3( \xFF\n");
    DYNR_ASSERT_STR(parsed_messages(&p), "2:4: the file is not UTF-8: invalid byte 0xC3\n");
    DYNR_ASSERT(p.file->decls == NULL);
    parsed_cleanup(&p);
}

/* A text of `before`, `n` times `part`, and `after`; to be freed. */
static struct dynr_str repeat(const char *before, const char *part, size_t n, const char *after)
{
    struct dynr_buf buf = {0};
    dynr_buf_append_c(&buf, before);
    for (size_t i = 0; i < n; i++) {
        dynr_buf_append_c(&buf, part);
    }
    dynr_buf_append_c(&buf, after);
    return dynr_str_make(buf.ptr, buf.len);
}

static void expect_deep(const char *before, const char *part, size_t n, const char *after)
{
    struct dynr_str text = repeat(before, part, n, after);
    struct parsed p;
    char *bytes = malloc(text.len);
    memcpy(bytes, text.ptr, text.len);
    parse_text(&p, dynr_str_make(bytes, text.len));
    bool found = false;
    for (size_t i = 0; i < p.diags.n_items; i++) {
        found = found || p.diags.items[i]->code == DYN_CODE_TOO_DEEP;
    }
    if (!DYNR_ASSERT(found)) {
        fprintf(stderr, "%s%s x %zu\n", before, part, n);
    }
    parsed_dump(&p);
    struct dynr_buf out = {0};
    dyn_format(&p.arena, dynr_str_make(bytes, text.len), &out);
    dynr_buf_cleanup(&out);
    parsed_cleanup(&p);
    free(bytes);
    struct dynr_buf owner = {.ptr = (char *)(uintptr_t)text.ptr, .len = text.len, .cap = text.len};
    free(owner.ptr);
}

static void depth_is_bounded(void)
{
    static const char query[] = "dyn 1 router r { query q() { from A where ";
    static const size_t counts[] = {70, 1000, 200000};
    for (size_t i = 0; i < 3; i++) {
        expect_deep(query, "(", counts[i], "");
        expect_deep(query, "[", counts[i], "");
        expect_deep(query, "not ", counts[i], "a } }");
        expect_deep(query, "- ", counts[i], "a } }");
        expect_deep(query, "{a:", counts[i], "");
        expect_deep(query, "f(", counts[i], "");
        expect_deep("dyn 1 struct S { a ", "set<", counts[i], "int");
        expect_deep("dyn 1 struct S { a int", "[]", counts[i], " }");
        expect_deep("dyn 1 router r { mutation m() {", "transaction {", counts[i], "");
        expect_deep("dyn 1 router r { query m() { get A() select a", "{a", counts[i], "");
        expect_deep("dyn 1 policy P ", "{", counts[i], "");
    }
    expect_deep(query, "a or ", 1000, "b } }");
    expect_deep(query, "a + ", 1000, "b } }");
    expect_deep(query, "a.", 200000, "b } }");
    struct parsed p;
    struct dynr_str text = repeat(query, "(", 58, "a");
    struct dynr_buf all = {0};
    dynr_buf_append_str(&all, text);
    for (size_t i = 0; i < 58; i++) {
        dynr_buf_append_char(&all, ')');
    }
    dynr_buf_append_c(&all, " or b or c or d } }");
    parse_text(&p, dynr_buf_str(&all));
    DYNR_ASSERT_STR(parsed_messages(&p), "");
    parsed_cleanup(&p);
    dynr_buf_cleanup(&all);
    free((char *)(uintptr_t)text.ptr);
}

static void large_files_are_refused_and_read_up_to_the_limit(void)
{
    struct dynr_buf text = {0};
    dynr_buf_append_c(&text, "dyn 1\n");
    static const char comment[] = "// 0123456789 0123456789 0123456789 0123456789 0123456789 012\n";
    while (text.len + sizeof comment <= DYN_SOURCE_MAX_SIZE) {
        dynr_buf_append_c(&text, comment);
    }
    while (text.len < DYN_SOURCE_MAX_SIZE) {
        dynr_buf_append_char(&text, ' ');
    }
    struct parsed p;
    parse_text(&p, dynr_buf_str(&text));
    DYNR_ASSERT_INT(p.diags.n_errors, 0);
    DYNR_ASSERT_INT(p.file->edition, 1);
    parsed_cleanup(&p);
    dynr_buf_append_char(&text, ' ');
    parse_text(&p, dynr_buf_str(&text));
    DYNR_ASSERT_STR(parsed_messages(&p), "1:1: the file is too large\n");
    struct dynr_buf same = {0};
    dyn_format(&p.arena, dynr_buf_str(&text), &same);
    DYNR_ASSERT_INT(same.len, text.len);
    dynr_buf_cleanup(&same);
    parsed_cleanup(&p);
    dynr_buf_cleanup(&text);
}

static void keywords_are_suggested(void)
{
    struct parsed p;
    parse_c(&p, "dyn 1\nmodle A { a int }\nrouter r { query q() { from A odrer .x } }\n");
    dyn_render_text(&p.diags, DYN_COLOR_NEVER, false, &p.out);
    DYNR_ASSERT_STR(dynr_buf_str(&p.out),
                    "t.dyn:2:1: error: unexpected `modle`, expected a declaration [DYN1057]\n"
                    "    2 | modle A { a int }\n"
                    "      | ^^^^^\n"
                    "      | model\n"
                    "      = help: did you mean `model`?\n"
                    "t.dyn:3:31: error: unexpected `odrer`, expected a clause or `}` [DYN1057]\n"
                    "    3 | router r { query q() { from A odrer .x } }\n"
                    "      |                               ^^^^^\n"
                    "      |                               order\n"
                    "      = help: did you mean `order`?\n");
    parsed_cleanup(&p);
}

static const struct dynr_test tests[] = {
    DYNR_TEST(declarations_recover),
    DYNR_TEST(members_recover),
    DYNR_TEST(procedures_and_clauses_recover),
    DYNR_TEST(missing_braces_point_to_the_open_one),
    DYNR_TEST(characters_and_literals),
    DYNR_TEST(editions),
    DYNR_TEST(encodings),
    DYNR_TEST(depth_is_bounded),
    DYNR_TEST(large_files_are_refused_and_read_up_to_the_limit),
    DYNR_TEST(keywords_are_suggested),
};

int main(void)
{
    return dynr_test_main("recovery", tests, DYNR_TEST_COUNT(tests));
}
