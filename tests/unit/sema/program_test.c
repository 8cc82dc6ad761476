/* SPDX-License-Identifier: Apache-2.0 */
/* Whole programs: imports, names of programs, and the text form of the model. */
#include "sema_run.h"

#include <stdio.h>

#include "support/test_main.h"

#define FILE_OF(name, text)                                                                        \
    {                                                                                              \
        name,                                                                                      \
        {                                                                                          \
            text, sizeof text - 1                                                                  \
        }                                                                                          \
    }

/* Runs the files and asserts what was reported. */
static void expect(const char *what, const struct sema_file *files, size_t n_files,
                   const char *expected)
{
    struct sema_run run;
    sema_run_start(&run, files, n_files);
    if (!DYNR_ASSERT_STR(sema_run_summary(&run), expected)) {
        fprintf(stderr, "in the case: %s\n", what);
    }
    if (run.diags.n_errors == 0) {
        DYNR_ASSERT(sema_run_is_sound(&run));
    }
    sema_run_end(&run);
}

#define EXPECT(files, expected) expect(#files, files, sizeof files / sizeof files[0], expected)

static const char user_file[] =
    "dyn 1\nmodel User {\n  id ulid @key @auto\n}\nmodel Hidden {\n  id ulid @key\n}\n";

static void imports_make_names_visible(void)
{
    const struct sema_file named[] = {
        FILE_OF("a.dyn",
                "dyn 1\nimport \"b.dyn\" { User }\nmodel M {\n  id ulid @key\n  u User?\n}\n"),
        FILE_OF("b.dyn", user_file),
    };
    EXPECT(named, "");
    const struct sema_file unnamed[] = {
        FILE_OF("a.dyn", "dyn 1\nimport \"b.dyn\" { User }\nmodel M {\n  id ulid @key\n  u "
                         "Hidden?\n  v User?\n}\n"),
        FILE_OF("b.dyn", user_file),
    };
    EXPECT(unnamed, "1302:Hidden");
    const struct sema_file misspelt[] = {
        FILE_OF("a.dyn",
                "dyn 1\nimport \"b.dyn\" { Usr }\nmodel M {\n  id ulid @key\n  u Usr?\n}\n"),
        FILE_OF("b.dyn", user_file),
    };
    EXPECT(misspelt, "1335:Usr");
    const struct sema_file unused[] = {
        FILE_OF("a.dyn", "dyn 1\nimport \"b.dyn\" { User }\n"),
        FILE_OF("b.dyn", user_file),
    };
    EXPECT(unused, "");
}

static void imports_are_not_passed_on(void)
{
    const struct sema_file files[] = {
        FILE_OF("a.dyn", "dyn 1\nimport \"b.dyn\" { User }\n"),
        FILE_OF("b.dyn", "dyn 1\nimport \"c.dyn\" { User }\n"),
        FILE_OF("c.dyn", user_file),
    };
    EXPECT(files, "1335:User");
}

static void a_file_is_read_once(void)
{
    const struct sema_file files[] = {
        FILE_OF("a.dyn", "dyn 1\nimport \"b.dyn\" { B }\nimport \"c.dyn\" { User }\n"),
        FILE_OF("b.dyn",
                "dyn 1\nimport \"c.dyn\" { User }\nmodel B in user: User {\n  id ulid @key\n}\n"),
        FILE_OF("c.dyn", user_file),
    };
    EXPECT(files, "");
    struct sema_run run;
    sema_run_start(&run, files, 3);
    DYNR_ASSERT_INT(run.program->n_models, 3);
    /* Imported files come first. */
    DYNR_ASSERT_STR(run.program->models[0]->name->text, "User");
    DYNR_ASSERT_STR(run.program->models[2]->name->text, "B");
    sema_run_end(&run);
}

static void names_are_declared_once_in_a_program(void)
{
    const struct sema_file collision[] = {
        FILE_OF("a.dyn", "dyn 1\nimport \"b.dyn\" { User }\nmodel Hidden {\n  id ulid @key\n}\n"),
        FILE_OF("b.dyn", user_file),
    };
    EXPECT(collision, "1418:Hidden");
    const struct sema_file hidden[] = {
        FILE_OF("a.dyn", "dyn 1\nimport \"b.dyn\" { User }\nmodel User {\n  id ulid @key\n}\n"),
        FILE_OF("b.dyn", user_file),
    };
    EXPECT(hidden, "1418:User");
}

static void import_cycles_are_refused(void)
{
    const struct sema_file ring[] = {
        FILE_OF("a.dyn", "dyn 1\nimport \"b.dyn\" { B }\n"),
        FILE_OF("b.dyn", "dyn 1\nimport \"c.dyn\" { C }\nenum B { x }\n"),
        FILE_OF("c.dyn", "dyn 1\nimport \"b.dyn\" { B }\nenum C { x }\nstruct S { b B }\n"),
    };
    EXPECT(ring, "1746:\"b.dyn\"");
    const struct sema_file self[] = {
        FILE_OF("a.dyn", "dyn 1\nimport \"a.dyn\" { B }\nenum B { x }\n")};
    EXPECT(self, "1746:\"a.dyn\"");
    struct sema_run run;
    sema_run_start(&run, ring, 3);
    DYNR_ASSERT_STR(run.diags.items[0]->details->text, "cycle: b.dyn -> c.dyn -> b.dyn");
    sema_run_end(&run);
}

static void imports_are_hermetic(void)
{
    static const struct sema_case cases[] = {
        {"absolute", NULL, "import \"/etc/b.dyn\" { B }\n", "1709:\"/etc/b.dyn\""},
        {"a drive", NULL, "import \"c:/b.dyn\" { B }\n", "1709:\"c:/b.dyn\""},
        {"home", NULL, "import \"~/b.dyn\" { B }\n", "1709:\"~/b.dyn\""},
        {"backslash", NULL, "import \"\\\\b.dyn\" { B }\n", "1709:\"\\\\b.dyn\""},
        {"a URL", NULL, "import \"https://a.example/b.dyn\" { B }\n",
         "1709:\"https://a.example/b.dyn\""},
        {"empty", NULL, "import \"\" { B }\n", "1709:\"\""},
        {"missing", NULL, "import \"b.dyn\" { B }\n", "1709:\"b.dyn\""},
        {"its names are silent", NULL,
         "import \"b.dyn\" { B }\nmodel M {\n  id ulid @key\n  b B\n}\n", "1709:\"b.dyn\""},
    };
    sema_run_cases(cases, sizeof cases / sizeof cases[0]);
}

static void programs_are_named(void)
{
    static const char *const cases[][3] = {
        {"shop/to-do app.dyn", "dyn 1\n", "to_do_app"},
        {"3d.dyn", "dyn 1\n", "n3d"},
        {"--.dyn", "dyn 1\n", "app"},
        {"a.b.dyn", "dyn 1\n", "a_b"},
        {"a.dyn", "dyn 1\nnamespace shop\n", "shop"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct sema_file file = {cases[i][0], dynr_str_from_c(cases[i][1])};
        struct sema_run run;
        sema_run_start(&run, &file, 1);
        DYNR_ASSERT_STR(run.program->name->text, cases[i][2]);
        DYNR_ASSERT_INT(run.diags.n_errors, 0);
        sema_run_end(&run);
    }
}

/* ---- errors of syntax ---------------------------------------------------------------------------------------------- */

static void holes_in_the_tree_cause_no_further_errors(void)
{
    static const struct sema_case cases[] = {
        {"a broken model", NULL,
         "model M { id ulid @key ??? }\nmodel N {\n  id ulid @key\n  m M?\n  n Nn?\n}\n", NULL},
        {"a broken field", NULL,
         "model M {\n  id ulid @key\n  a : int\n}\nrouter r { query q(m: ref M) { get M(m) where "
         ".a == 1 } }\n",
         NULL},
        {"a broken argument", NULL,
         "model M {\n  id ulid @key\n}\nrouter r { query q(m:) { get M(m) } }\n", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[512];
        snprintf(text, sizeof text, "dyn 1\n%s", cases[i].source);
        const struct sema_file file = {"test.dyn", dynr_str_from_c(text)};
        struct sema_run run;
        sema_run_start(&run, &file, 1);
        bool syntax_only = run.diags.n_items > 0;
        for (size_t j = 0; j < run.diags.n_items; j++) {
            syntax_only = syntax_only && run.diags.items[j]->code == DYN_CODE_SYNTAX;
        }
        if (!DYNR_ASSERT(syntax_only)) {
            struct dynr_str summary = sema_run_summary(&run);
            fprintf(stderr, "%s: %.*s\n", cases[i].name, (int)summary.len, summary.ptr);
        }
        sema_run_end(&run);
    }
}

/* ---- dump ------------------------------------------------------------------------------------------------------------- */

static const char shop_source[] =
    "dyn 1\n"
    "/// Where it is stored.\n"
    "table App {\n  name \"shop\"  gsi max 2  stream on  recovery on\n"
    "  billing provisioned(read: 5, write: 6)\n}\n"
    "/// Colours.\n"
    "enum Color { red = 1  blue = 5 }\n"
    "struct Size { w int(0..9) = 3  h int(32) }\n"
    "model Item {\n"
    "  /// Its number.\n"
    "  id ulid @key @auto\n"
    "  name string(1..80) @unique(fold) @was(title)\n"
    "  color Color = blue\n"
    "  size Size?\n"
    "  tags set<string(..9)>(max 3)\n"
    "  seller Person @index(sort: name)\n"
    "  parts Part[] via Part.item\n"
    "  until timestamp?\n"
    "  use versioned\n"
    "}\n"
    "model Part in item: Item {\n  n int @key\n  use ttl(gone), softDelete, timestamps\n}\n"
    "model Person @tag(\"P\") {\n  id uuid @key\n  items Item[] via Item.seller\n}\n"
    "model Org {\n  a string(..9) @key\n  b ulid\n  key pk \"A#{a}\" sk \"{{x}}\"\n  index byB "
    "\"gsi_b\" pk b\n}\n"
    "public\n"
    "context Who { id uuid @claim(\"sub\") }\n"
    "router shop(who: Who) {\n"
    "  /// All.\n"
    "  query list(first: int(1..50) = 20, c: Color = red) once {\n"
    "    from Item by seller == who.id\n"
    "    where .color == c and not (.size.w between 1 and 3 or .until exists) and .name in [\"a\", "
    "\"b\"]\n"
    "    order .name desc\n"
    "    take first\n"
    "    include parts as pieces { where .n > -1 take 3 select n }\n"
    "    select id, color as tint, seller { id }, pieces\n"
    "  }\n"
    "  query one(i: ref Item) { get Item(i) }\n"
    "  mutation grow(i: ref Item, n: int, v: version) -> Part {\n"
    "    transaction {\n"
    "      update Item(i) set size = { h: 2 }, color = red if .tags contains \"x\" expecting v\n"
    "      delete Person(who.id)\n"
    "      create Part { item: i, n: n - (1 + 2) }\n"
    "    }\n"
    "  }\n"
    "  mutation import() -> int = extern \"do_import\" reads Item writes Part\n"
    "}\n";

static const char shop_model[] =
    "program shop edition 1\n"
    "table App name \"shop\" targets embedded dynamodb\n"
    "  attributes pk \"pk\" sk \"sk\" type \"_et\" version \"_v\" ttl \"ttl\"\n"
    "  delimiter # gsi max 2 provisioned(read: 5, write: 6) stream recovery\n"
    "  doc \"Where it is stored.\"\n"
    "enum Color\n"
    "  doc \"Colours.\"\n"
    "  red = 1\n"
    "  blue = 5\n"
    "struct Size\n"
    "  field w int(0..9) = 3 attribute \"w\"\n"
    "  field h int(32) width 32 attribute \"h\"\n"
    "model Item tag \"ITEM\" table App public\n"
    "  field id ulid key auto attribute \"id\"\n"
    "    doc \"Its number.\"\n"
    "  field name string(1..80) attribute \"name\" was title\n"
    "  field color Color = blue attribute \"color\"\n"
    "  field size Size? attribute \"size\"\n"
    "  field tags set<string(..9)>(max 3) attribute \"tags\"\n"
    "  field seller ref Person attribute \"seller\"\n"
    "  field until timestamp? attribute \"until\"\n"
    "  field version version versioned attribute \"_v\"\n"
    "  hasMany parts Part via item\n"
    "  index seller partition seller sort name\n"
    "  unique name fold\n"
    "  child Part\n"
    "model Part tag \"PART\" table App in Item public\n"
    "  field item ref Item key parent attribute \"item\"\n"
    "  field n int key attribute \"n\"\n"
    "  field gone timestamp? ttl attribute \"ttl\"\n"
    "  field deletedAt timestamp? softDelete attribute \"deletedAt\"\n"
    "  field createdAt timestamp createdAt attribute \"createdAt\"\n"
    "  field updatedAt timestamp updatedAt attribute \"updatedAt\"\n"
    "model Person tag \"P\" table App public\n"
    "  field id uuid key attribute \"id\"\n"
    "  hasMany items Item via seller\n"
    "model Org tag \"ORG\" table App public\n"
    "  field a string(..9) key attribute \"a\"\n"
    "  field b ulid attribute \"b\"\n"
    "  written key pk \"A#{a}\" sk \"{{x}}\"\n"
    "  written index byB \"gsi_b\" pk b\n"
    "context Who\n"
    "  field id uuid attribute \"id\" claim \"sub\"\n"
    "router shop caller Who\n"
    "  query shop.list once\n"
    "    doc \"All.\"\n"
    "    argument first int(1..50) = 20 attribute \"first\"\n"
    "    argument c Color = red attribute \"c\"\n"
    "    from Item by index seller\n"
    "      by caller.id : ref Person\n"
    "      where .color == c and not (.size.w between 1 and 3 or .until exists) and .name in "
    "[\"a\", \"b\"] : bool\n"
    "      order name desc\n"
    "      take first : int(1..50)\n"
    "      select id field id\n"
    "      select tint field color\n"
    "      select seller field seller\n"
    "        select id field id\n"
    "      select pieces relation parts\n"
    "      include pieces relation parts of Part\n"
    "        where .n > -1 : bool\n"
    "        take 3 : int\n"
    "        select n field n\n"
    "  query shop.one\n"
    "    argument i ref Item attribute \"i\"\n"
    "    get Item\n"
    "      key i : ref Item\n"
    "  mutation shop.grow -> model Part\n"
    "    argument i ref Item attribute \"i\"\n"
    "    argument n int attribute \"n\"\n"
    "    argument v version attribute \"v\"\n"
    "    update Item\n"
    "      key i : ref Item\n"
    "      set size = { w: 3, h: 2 } : Size\n"
    "      set color = red : Color\n"
    "      if .tags contains \"x\" : bool\n"
    "      expecting v : version\n"
    "    delete Person\n"
    "      key caller.id : uuid\n"
    "    create Part\n"
    "      set item = i : ref Item\n"
    "      set n = n - (1 + 2) : int\n"
    "  mutation shop.import extern \"do_import\" -> int\n"
    "    reads Item\n"
    "    writes Part\n";

static void the_model_is_dumped(void)
{
    const struct sema_file file = FILE_OF("shop.dyn", shop_source);
    struct sema_run run;
    sema_run_start(&run, &file, 1);
    struct dynr_buf dump;
    dynr_buf_init(&dump, NULL, 0);
    dyn_program_dump(run.program, &dump);
    DYNR_ASSERT_STR(sema_run_summary(&run), "");
    DYNR_ASSERT_STR(dynr_buf_str(&dump), shop_model);
    DYNR_ASSERT(sema_run_is_sound(&run));
    dynr_buf_cleanup(&dump);
    sema_run_end(&run);
}

static void keys_are_as_wide_as_their_parts(void)
{
    const struct sema_file file = FILE_OF("a.dyn", "dyn 1\n"
                                                   "model A {\n  x int @key\n  y int @key\n}\n"
                                                   "model B in a: A {\n  z int @key\n}\n"
                                                   "model C {\n  b B @key\n  a A @key\n}\n"
                                                   "model D in c: C single {\n  v int\n}\n");
    static const size_t widths[] = {2, 3, 5, 5};
    struct sema_run run;
    sema_run_start(&run, &file, 1);
    for (size_t i = 0; i < run.program->n_models; i++) {
        DYNR_ASSERT_INT(dyn_model_key_width(run.program->models[i]), widths[i]);
    }
    sema_run_end(&run);
}

static void key_fields_come_first(void)
{
    const struct sema_file file =
        FILE_OF("a.dyn", "dyn 1\n"
                         "model P {\n  id ulid @key\n}\n"
                         "model A in p: P {\n  v int\n  x int @key\n  w int\n  y int @key\n}\n"
                         "model W {\n  v int\n  a int\n  b int\n  key pk \"{b}\" sk \"{a}\"\n}\n");
    static const char *const expected[] = {"p", "x", "y", "v", "w"};
    static const char *const written[] = {"b", "a", "v"};
    struct sema_run run;
    sema_run_start(&run, &file, 1);
    for (size_t i = 0; i < 5; i++) {
        DYNR_ASSERT_STR(run.program->models[1]->fields[i]->name->text, expected[i]);
    }
    for (size_t i = 0; i < 3; i++) {
        DYNR_ASSERT_STR(run.program->models[2]->fields[i]->name->text, written[i]);
    }
    DYNR_ASSERT_INT(run.program->models[2]->n_key_fields, 2);
    sema_run_end(&run);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(imports_make_names_visible), DYNR_TEST(imports_are_not_passed_on),
        DYNR_TEST(a_file_is_read_once),        DYNR_TEST(names_are_declared_once_in_a_program),
        DYNR_TEST(import_cycles_are_refused),  DYNR_TEST(imports_are_hermetic),
        DYNR_TEST(programs_are_named),         DYNR_TEST(holes_in_the_tree_cause_no_further_errors),
        DYNR_TEST(the_model_is_dumped),        DYNR_TEST(keys_are_as_wide_as_their_parts),
        DYNR_TEST(key_fields_come_first),
    };
    return dynr_test_main("sema program", tests, DYNR_TEST_COUNT(tests));
}
