/* SPDX-License-Identifier: Apache-2.0 */
/* What the parser makes of correct text: the tree with the span of each node. */
#include <stdio.h>
#include <stdlib.h>

#include "support.h"
#include "test_main.h"

/* The dump of `text`, each span replaced by what it covers: `int 3 <3>`. */
static struct dynr_str dump_with_text(struct parsed *p, const char *text)
{
    parse_c(p, text);
    DYNR_ASSERT_STR(parsed_messages(p), "");
    struct dynr_str dump = parsed_dump(p);
    struct dynr_buf out = {0};
    size_t i = 0;
    while (i < dump.len) {
        const char *line_end = memchr(dump.ptr + i, '\n', dump.len - i);
        size_t end = (size_t)(line_end - dump.ptr);
        size_t at = end;
        while (at > i && dump.ptr[at - 1] != ' ') {
            at--;
        }
        char *rest = NULL;
        unsigned long start = strtoul(dump.ptr + at, &rest, 10);
        if (rest != dump.ptr + at && strncmp(rest, "..", 2) == 0) {
            unsigned long stop = strtoul(rest + 2, NULL, 10);
            dynr_buf_append(&out, dump.ptr + i, at - i);
            dynr_buf_printf(&out, "<%.*s>\n", (int)(stop - start), text + start);
        } else {
            dynr_buf_append(&out, dump.ptr + i, end - i + 1);
        }
        i = end + 1;
    }
    struct dynr_str result = dynr_arena_dup(&p->arena, dynr_buf_str(&out));
    dynr_buf_cleanup(&out);
    return result;
}

static void expect(const char *text, const char *dump)
{
    struct parsed p;
    DYNR_ASSERT_STR(dump_with_text(&p, text), dump);
    parsed_cleanup(&p);
}

static void types_have_bounds_and_spans(void)
{
    expect(
        "dyn 1 struct S { a string b string(1..200)? c string(..40) d string(3..) e int(32) f "
        "int(-5..200) "
        "g int(64, 1..2) h T[] i T[](max 9)? j set<map<int>(max 2)>(max 20) k ref M l id M m "
        "float(0.5..1.5) }",
        "edition 1 <dyn 1>\n"
        "struct S <struct S { a string b string(1..200)? c string(..40) d string(3..) e int(32) f "
        "int(-5..200) "
        "g int(64, 1..2) h T[] i T[](max 9)? j set<map<int>(max 2)>(max 20) k ref M l id M m "
        "float(0.5..1.5) }>\n"
        "  field a <a string>\n    type named string <string>\n"
        "  field b <b string(1..200)?>\n    type named string optional <string(1..200)?>\n"
        "      low int 1 <1>\n      high int 200 <200>\n"
        "  field c <c string(..40)>\n    type named string <string(..40)>\n      high int 40 <40>\n"
        "  field d <d string(3..)>\n    type named string <string(3..)>\n      low int 3 <3>\n"
        "  field e <e int(32)>\n    type named int <int(32)>\n      width int 32 <32>\n"
        "  field f <f int(-5..200)>\n    type named int <int(-5..200)>\n      low negate <-5>\n    "
        "    int 5 <5>\n"
        "      high int 200 <200>\n"
        "  field g <g int(64, 1..2)>\n    type named int <int(64, 1..2)>\n      width int 64 <64>\n"
        "      low int 1 <1>\n      high int 2 <2>\n"
        "  field h <h T[]>\n    type list <T[]>\n      of named T <T>\n"
        "  field i <i T[](max 9)?>\n    type list optional <T[](max 9)?>\n      max int 9 <9>\n"
        "      of named T <T>\n"
        "  field j <j set<map<int>(max 2)>(max 20)>\n    type set <set<map<int>(max 2)>(max 20)>\n"
        "      max int 20 <20>\n      of map <map<int>(max 2)>\n        max int 2 <2>\n"
        "        of named int <int>\n"
        "  field k <k ref M>\n    type ref M <ref M>\n"
        "  field l <l id M>\n    type id M <id M>\n"
        "  field m <m float(0.5..1.5)>\n    type named float <float(0.5..1.5)>\n      low number "
        "0.5 <0.5>\n"
        "      high number 1.5 <1.5>\n");
}

/* The tree of an expression, as the condition of a query. */
static void expect_expr(const char *expr, const char *dump)
{
    char text[400];
    char wanted[2000];
    snprintf(text, sizeof text, "dyn 1 router r { query q() { from A where %s } }", expr);
    struct parsed p;
    struct dynr_str all = dump_with_text(&p, text);
    const char *where = strstr(all.ptr, "      where ");
    DYNR_ASSERT(where != NULL);
    snprintf(wanted, sizeof wanted, "      where %s", dump);
    DYNR_ASSERT_STR(dynr_str_from_c(where == NULL ? "" : where), wanted);
    parsed_cleanup(&p);
}

static void operators_bind_in_their_order(void)
{
    expect_expr("a or b and not c == d + -e.f - 1", "or <a or b and not c == d + -e.f - 1>\n"
                                                    "        name a <a>\n"
                                                    "        and <b and not c == d + -e.f - 1>\n"
                                                    "          name b <b>\n"
                                                    "          not <not c == d + -e.f - 1>\n"
                                                    "            equal <c == d + -e.f - 1>\n"
                                                    "              name c <c>\n"
                                                    "              subtract <d + -e.f - 1>\n"
                                                    "                add <d + -e.f>\n"
                                                    "                  name d <d>\n"
                                                    "                  negate <-e.f>\n"
                                                    "                    member f <e.f>\n"
                                                    "                      name e <e>\n"
                                                    "                int 1 <1>\n");
}

static void comparisons_have_all_forms(void)
{
    expect_expr(".a in [1, \"x\"] and b not in c", "and <.a in [1, \"x\"] and b not in c>\n"
                                                   "        in <.a in [1, \"x\"]>\n"
                                                   "          row-field a <.a>\n"
                                                   "          int 1 <1>\n"
                                                   "          string \"x\" <\"x\">\n"
                                                   "        not <b not in c>\n"
                                                   "          in <b not in c>\n"
                                                   "            name b <b>\n"
                                                   "            name c <c>\n");
    expect_expr("a between 1 and 2 and .b exists or (c begins_with \"x\") and d contains e",
                "or <a between 1 and 2 and .b exists or (c begins_with \"x\") and d contains e>\n"
                "        and <a between 1 and 2 and .b exists>\n"
                "          between <a between 1 and 2>\n"
                "            name a <a>\n"
                "            int 1 <1>\n"
                "            int 2 <2>\n"
                "          exists <.b exists>\n"
                "            row-field b <.b>\n"
                "        and <(c begins_with \"x\") and d contains e>\n"
                "          begins-with <(c begins_with \"x\")>\n"
                "            name c <c>\n"
                "            string \"x\" <\"x\">\n"
                "          contains <d contains e>\n"
                "            name d <d>\n"
                "            name e <e>\n");
    expect_expr("a != null or b < true or c <= 1.5e3 or d > false or e >= f(x: 1, [2,],)",
                "or <a != null or b < true or c <= 1.5e3 or d > false or e >= f(x: 1, [2,],)>\n"
                "        or <a != null or b < true or c <= 1.5e3 or d > false>\n"
                "          or <a != null or b < true or c <= 1.5e3>\n"
                "            or <a != null or b < true>\n"
                "              not-equal <a != null>\n"
                "                name a <a>\n"
                "                null <null>\n"
                "              less <b < true>\n"
                "                name b <b>\n"
                "                bool true <true>\n"
                "            less-equal <c <= 1.5e3>\n"
                "              name c <c>\n"
                "              number 1.5e3 <1.5e3>\n"
                "          greater <d > false>\n"
                "            name d <d>\n"
                "            bool false <false>\n"
                "        greater-equal <e >= f(x: 1, [2,],)>\n"
                "          name e <e>\n"
                "          call f <f(x: 1, [2,],)>\n"
                "            x: int 1 <1>\n"
                "            list <[2,]>\n"
                "              int 2 <2>\n");
}

static void strings_are_unescaped(void)
{
    expect_expr(".a == \"\\\"\\\\\\n\\t\\u{e4}\\u{1F600}\"",
                "equal <.a == \"\\\"\\\\\\n\\t\\u{e4}\\u{1F600}\">\n"
                "        row-field a <.a>\n"
                "        string \"\\\"\\\\\\n\\t\xC3\xA4\xF0\x9F\x98\x80\" "
                "<\"\\\"\\\\\\n\\t\\u{e4}\\u{1F600}\">\n");
}

static void members_keep_their_parts_and_docs(void)
{
    expect("// first\ndyn 1\n/// A.\n///\n///  B\nmodel M @tag(\"X\") in p: P single {\n  /// not "
           "me\n\n"
           "  a int = 1 + x @key via A.b through L, /// nor me\n  /// me\n  b A\n  use t1, ttl(x)\n"
           "  key pk \"A#{a}\" sk b\n  index i \"gsi\" pk a sort \"c\"\n}",
           "edition 1 <dyn 1>\n"
           "model M single <model M @tag(\"X\") in p: P single {\n  /// not me\n\n"
           "  a int = 1 + x @key via A.b through L, /// nor me\n  /// me\n  b A\n  use t1, ttl(x)\n"
           "  key pk \"A#{a}\" sk b\n  index i \"gsi\" pk a sort \"c\"\n}>\n"
           "  doc \"A.\\n\\n B\"\n"
           "  parent-field p <p>\n"
           "  parent-model P <P>\n"
           "  attribute tag () <@tag(\"X\")>\n"
           "    string \"X\" <\"X\">\n"
           "  field a <a int = 1 + x @key via A.b through L>\n"
           "    type named int <int>\n"
           "    default add <1 + x>\n"
           "      int 1 <1>\n"
           "      name x <x>\n"
           "    attribute key <@key>\n"
           "    via-model A <A>\n"
           "    via-field b <b>\n"
           "    through L <L>\n"
           "  field b <b A>\n"
           "    doc \"me\"\n"
           "    type named A <A>\n"
           "  use t1 <t1>\n"
           "  use ttl <ttl(x)>\n"
           "    name x <x>\n"
           "  key <key pk \"A#{a}\" sk b>\n"
           "    partition \"A#{a}\" <\"A#{a}\">\n"
           "    sort b <b>\n"
           "  index i \"gsi\" <index i \"gsi\" pk a sort \"c\">\n"
           "    partition a <a>\n"
           "    sort \"c\" <\"c\">\n");
}

static void settings_enums_and_publics(void)
{
    expect("dyn 1 namespace shop import \"x.dyn\" { A, B, } table T { targets a, b gsi max 3, "
           "billing p(read: 5) pk \"id\" } "
           "enum E { a = 1 b = -2, c } public public, A public",
           "edition 1 <dyn 1>\n"
           "namespace shop <shop>\n"
           "import \"x.dyn\" <import \"x.dyn\" { A, B, }>\n"
           "  name A <A>\n"
           "  name B <B>\n"
           "table T <table T { targets a, b gsi max 3, billing p(read: 5) pk \"id\" }>\n"
           "  setting targets <targets a, b>\n"
           "    name a <a>\n"
           "    name b <b>\n"
           "  setting gsi <gsi max 3>\n"
           "    name max <max>\n"
           "    int 3 <3>\n"
           "  setting billing <billing p(read: 5)>\n"
           "    call p <p(read: 5)>\n"
           "      read: int 5 <5>\n"
           "  setting pk <pk \"id\">\n"
           "    string \"id\" <\"id\">\n"
           "enum E <enum E { a = 1 b = -2, c }>\n"
           "  value a <a = 1>\n"
           "    tag int 1 <1>\n"
           "  value b <b = -2>\n"
           "    tag negate <-2>\n"
           "      int 2 <2>\n"
           "  value c <c>\n"
           "public <public public, A>\n"
           "  public name public <public>\n"
           "  public name A <A>\n"
           "public <public>\n");
}

static void procedures_have_statements_and_clauses(void)
{
    expect("dyn 1 router r(c: C) { /// d\n query q(a: int = 1,) -> T once { from scan M in p by i "
           "== v where a order .b desc take 3 "
           "select x, y as z { w } include u as v { take 2 select n } count l where b as n } "
           "mutation m() { transaction { create A { a, b: 1, c = 2 } update B(k, j: 2) set x = 1, "
           "y = z if e expecting f "
           "delete D(k) } } mutation e() -> int = extern \"sym\" reads A, B writes C }",
           "edition 1 <dyn 1>\n"
           "router r <router r(c: C) { /// d\n query q(a: int = 1,) -> T once { from scan M in p "
           "by i == v where a order .b desc take 3 "
           "select x, y as z { w } include u as v { take 2 select n } count l where b as n } "
           "mutation m() { transaction { create A { a, b: 1, c = 2 } update B(k, j: 2) set x = 1, "
           "y = z if e expecting f "
           "delete D(k) } } mutation e() -> int = extern \"sym\" reads A, B writes C }>\n"
           "  context-name c <c>\n"
           "  context-type C <C>\n"
           "  query q once <query q(a: int = 1,) -> T once { from scan M in p by i == v where a "
           "order .b desc take 3 "
           "select x, y as z { w } include u as v { take 2 select n } count l where b as n }>\n"
           "    argument a <a: int = 1>\n"
           "      type named int <int>\n"
           "      default int 1 <1>\n"
           "    result named T <T>\n"
           "    from scan M <from scan M in p by i == v where a order .b desc take 3 "
           "select x, y as z { w } include u as v { take 2 select n }>\n"
           "      in name p <p>\n"
           "      by i <i>\n"
           "      by-value name v <v>\n"
           "      where name a <a>\n"
           "      order-desc row-field b <.b>\n"
           "      take int 3 <3>\n"
           "      select x <x>\n"
           "      select y <y as z { w }>\n"
           "        as z <z>\n"
           "        select w <w>\n"
           "      include u <include u as v { take 2 select n }>\n"
           "        as v <v>\n"
           "        take int 2 <2>\n"
           "        select n <n>\n"
           "    aggregate count l <count l where b as n>\n"
           "      over name l <l>\n"
           "      where name b <b>\n"
           "      as n <n>\n"
           "  mutation m <mutation m() { transaction { create A { a, b: 1, c = 2 } update B(k, j: "
           "2) set x = 1, y = z if e "
           "expecting f delete D(k) } }>\n"
           "    transaction <transaction { create A { a, b: 1, c = 2 } update B(k, j: 2) set x = "
           "1, y = z if e expecting f "
           "delete D(k) }>\n"
           "      create A <create A { a, b: 1, c = 2 }>\n"
           "        set a <a>\n"
           "        set b <b: 1>\n"
           "          int 1 <1>\n"
           "        set c <c = 2>\n"
           "          int 2 <2>\n"
           "      update B <update B(k, j: 2) set x = 1, y = z if e expecting f>\n"
           "        key name k <k>\n"
           "        key j: int 2 <2>\n"
           "        set x <x = 1>\n"
           "          int 1 <1>\n"
           "        set y <y = z>\n"
           "          name z <z>\n"
           "        if name e <e>\n"
           "        expecting name f <f>\n"
           "      delete D <delete D(k)>\n"
           "        key name k <k>\n"
           "  mutation e <mutation e() -> int = extern \"sym\" reads A, B writes C>\n"
           "    result named int <int>\n"
           "    extern \"sym\" <\"sym\">\n"
           "    reads name A <A>\n"
           "    reads name B <B>\n"
           "    writes name C <C>\n");
}

static void what_is_not_supported_yet_has_a_head(void)
{
    struct parsed p;
    parse_c(&p, "dyn 1\nlink L between a: A, b: B { r int use timestamps }\npolicy P { allow read "
                "if .x }\n"
                "topic T from U (insert, modify) { id }\nmaterialize Stats from O group by c { "
                "total: sum(.a) }\n"
                "trait X { anything } model Last { a int }");
    static const struct {
        const char *name;
        enum dyn_ast_decl_kind kind;
        const char *head;
    } wanted[] = {
        {"L", DYN_AST_LINK, "link L"},        {"P", DYN_AST_POLICY, "policy P"},
        {"T", DYN_AST_TOPIC, "topic T"},      {"Stats", DYN_AST_MATERIALIZE, "materialize Stats"},
        {"X", DYN_AST_TRAIT_DECL, "trait X"}, {"Last", DYN_AST_MODEL, "model Last"},
    };
    DYNR_ASSERT_STR(parsed_messages(&p), "");
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        const struct dyn_ast_decl *decl = parsed_decl(&p, wanted[i].name);
        if (DYNR_ASSERT(decl != NULL)) {
            struct dynr_str text = p.sources.items[0].text;
            DYNR_ASSERT_INT(decl->kind, wanted[i].kind);
            DYNR_ASSERT_STR(
                dynr_str_make(text.ptr + decl->head.start, decl->head.end - decl->head.start),
                wanted[i].head);
        }
    }
    parsed_cleanup(&p);
}

static void samples_parse(void)
{
    static const char *const files[] = {"todo.dyn", "identity.dyn", "keys.dyn"};
    for (size_t i = 0; i < 3; i++) {
        struct dynr_arena arena = {0};
        char path[600];
        snprintf(path, sizeof path, "%s/%s", CORPUS_DIR, files[i]);
        struct parsed p;
        parse_text(&p, read_file(&arena, path));
        DYNR_ASSERT_STR(parsed_messages(&p), "");
        DYNR_ASSERT(p.file->decls != NULL);
        parsed_cleanup(&p);
        dynr_arena_cleanup(&arena);
    }
}

static void tokens_are_dumped_one_a_line(void)
{
    struct parsed p;
    parse_c(&p, "dyn 1 // c\nmodel M { use int `use` T }");
    dynr_buf_clear(&p.out);
    dyn_dump_tokens(&p.diags, 0, &p.out);
    DYNR_ASSERT_STR(dynr_buf_str(&p.out),
                    "1:1 0..3 DYN dyn\n1:5 4..5 INT 1\n1:7 6..10 COMMENT // c\n"
                    "2:1 11..16 MODEL model\n2:7 17..18 IDENT M\n2:9 19..20 LBRACE {\n"
                    "2:11 21..24 FIELD use\n2:15 25..28 IDENT int\n2:19 29..34 FIELD `use`\n"
                    "2:25 35..36 IDENT T\n2:27 37..38 RBRACE }\n2:28 38..38 END\n");
    parsed_cleanup(&p);
}

static const struct dynr_test tests[] = {
    DYNR_TEST(types_have_bounds_and_spans),
    DYNR_TEST(operators_bind_in_their_order),
    DYNR_TEST(comparisons_have_all_forms),
    DYNR_TEST(strings_are_unescaped),
    DYNR_TEST(members_keep_their_parts_and_docs),
    DYNR_TEST(settings_enums_and_publics),
    DYNR_TEST(procedures_have_statements_and_clauses),
    DYNR_TEST(what_is_not_supported_yet_has_a_head),
    DYNR_TEST(samples_parse),
    DYNR_TEST(tokens_are_dumped_one_a_line),
};

int main(void)
{
    return dynr_test_main("tree", tests, DYNR_TEST_COUNT(tests));
}
