/* SPDX-License-Identifier: Apache-2.0 */
/* Every keyword is a name wherever a name may stand. */
#include <stdio.h>

#include "support.h"
#include "test_main.h"

/* Runs `check` with each keyword. */
static void for_each_keyword(void (*check)(const char *word))
{
    size_t n = 0;
    for (unsigned kind = 0; kind < DYN_N_TOKENS; kind++) {
        const struct dyn_token_info *info = dyn_token_info((enum dyn_token_kind)kind);
        if (info->is_keyword) {
            check(info->text);
            n++;
        }
    }
    DYNR_ASSERT(n > 60);
}

/* Words that an expression reads as an operator or a literal: as the name of an argument they need backticks there. */
static bool needs_backticks(const char *word)
{
    return strcmp(word, "not") == 0 || strcmp(word, "null") == 0 || strcmp(word, "true") == 0 ||
           strcmp(word, "false") == 0;
}

/*
 * Parses `format` with the word in place of each `$`, and of each `#`, which is an operand; false and a message when
 * there are errors.
 */
static bool parse_with(struct parsed *p, const char *format, const char *word)
{
    char text[1000];
    size_t len = 0;
    for (; *format != '\0' && len + 40 < sizeof text; format++) {
        if (*format == '$' || *format == '#') {
            const char *quote = *format == '#' && needs_backticks(word) ? "`" : "";
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%s%s", quote, word, quote);
        } else {
            text[len++] = *format;
        }
    }
    struct dynr_arena keep = {0};
    text[len] = '\0';
    /* The text must outlive the parse. */
    struct dynr_str copy = dynr_arena_dup(&keep, dynr_str_make(text, len));
    parse_text(p, dynr_arena_dup(&keep, copy));
    bool good = DYNR_ASSERT_INT(p->diags.n_errors, 0);
    if (!good) {
        struct dynr_buf out = {0};
        dyn_render_text(&p->diags, DYN_COLOR_NEVER, false, &out);
        fprintf(stderr, "%s\n%.*s\n", text, (int)out.len, out.ptr);
        dynr_buf_cleanup(&out);
    }
    dynr_buf_clear(&p->out);
    dyn_ast_dump(p->file, &p->out);
    dynr_arena_cleanup(&keep);
    return good;
}

/* Whether the tree has this line, without its span. */
static void expect_node(struct parsed *p, const char *pattern, const char *word)
{
    char line[200];
    const char *mark = strchr(pattern, '%');
    snprintf(line, sizeof line, "%.*s%s%s", (int)(mark - pattern), pattern, word, mark + 2);
    dynr_buf_append_char(&p->out, '\0');
    if (!DYNR_ASSERT(strstr(p->out.ptr, line) != NULL)) {
        fprintf(stderr, "no `%s` in\n%s\n", line, p->out.ptr);
    }
    p->out.len--;
}

static void check_declarations(const char *word)
{
    struct parsed p;
    parse_with(&p,
               "dyn 1 namespace $ import \"a.dyn\" { $, A } table $ { $ $, $ } enum $ { a = 1 } "
               "struct $ { a int } "
               "model $ { a int } model B in $: $ single @$($) { a int } context $ { a int } link "
               "$ between $: A, $: $ { a int } "
               "policy $ {} topic $ from A {} materialize $ from B {} trait $ { } router $($: $) { "
               "} public $, A",
               word);
    expect_node(&p, "namespace %s ", word);
    expect_node(&p, "  name %s ", word);
    expect_node(&p, "table %s ", word);
    expect_node(&p, "  setting %s ", word);
    expect_node(&p, "enum %s ", word);
    expect_node(&p, "struct %s ", word);
    expect_node(&p, "model %s ", word);
    expect_node(&p, "parent-field %s ", word);
    expect_node(&p, "parent-model %s ", word);
    expect_node(&p, "attribute %s ()", word);
    expect_node(&p, "context %s ", word);
    expect_node(&p, "link %s ", word);
    expect_node(&p, "end %s ", word);
    expect_node(&p, "policy %s ", word);
    expect_node(&p, "topic %s ", word);
    expect_node(&p, "trait %s ", word);
    expect_node(&p, "router %s ", word);
    expect_node(&p, "context-name %s ", word);
    expect_node(&p, "context-type %s ", word);
    expect_node(&p, "public name %s ", word);
    parsed_cleanup(&p);
}

static void keywords_name_declarations(void)
{
    for_each_keyword(check_declarations);
}

static void check_members(const char *word)
{
    struct parsed p;
    parse_with(
        &p,
        "dyn 1\nmodel A {\n  $ string\n  a $\n  b $? @$ via $.$\n  c set<$>(max 3) through $\n  d "
        "ref $\n"
        "  e $[] = $\n  $ int = 1\n  $ $\n  $ $[] @a\n  use timestamps, $\n  key pk $ sk $\n"
        "  index $ \"x\" pk $ sort $\n  $ bool\n}\nstruct S {\n  $ int $ bool, $ string(..3)\n}\n"
        "enum E { $ = 1 $ = 2, $ }\nenum F {\n  $\n  $ = 2\n}\n",
        word);
    expect_node(&p, "field %s ", word);
    expect_node(&p, "type named %s ", word);
    expect_node(&p, "attribute %s ", word);
    expect_node(&p, "via-model %s ", word);
    expect_node(&p, "via-field %s ", word);
    expect_node(&p, "through %s ", word);
    expect_node(&p, "type ref %s ", word);
    expect_node(&p, "use %s ", word);
    expect_node(&p, "index %s \"x\"", word);
    expect_node(&p, "partition %s ", word);
    expect_node(&p, "sort %s ", word);
    expect_node(&p, "value %s ", word);
    parsed_cleanup(&p);
}

/* A one-line body holds the word as a field before and behind others, too. */
static void check_one_line(const char *word)
{
    struct parsed p;
    parse_with(&p, "dyn 1 model X { $ string a int, $ int $ ulid @key $ string }", word);
    size_t n = 0;
    for (const struct dyn_ast_field *field = p.file->decls->fields; field != NULL;
         field = field->next) {
        n++;
    }
    DYNR_ASSERT_INT(n, 5);
    parsed_cleanup(&p);
}

static void keywords_name_members(void)
{
    for_each_keyword(check_members);
    for_each_keyword(check_one_line);
}

static void check_procedures(const char *word)
{
    struct parsed p;
    parse_with(
        &p,
        "dyn 1\nrouter r {\n  query $($: int, a: $ = 1, b: ref $, $: id $) -> $ {\n    from $ in # "
        "by $ == #\n"
        "    where .$ == # and #.$ > 1 or not .$ in [#, 2] and # contains f($: #)\n    order .$ "
        "desc\n    take #\n"
        "    select $, $ as $, $ { $, a }\n    include $ as $ { where .$ == 1 take 3 }\n  }\n"
        "  mutation $() { create $ { $, $: 1 } update $(#) set $ = #, a = 1 if .$ exists expecting "
        "# delete $(a, $: 1) }\n"
        "  query b() { get $(#) count # }\n  mutation c() = extern \"s\" reads $, A writes $\n}\n",
        word);
    expect_node(&p, "query %s", word);
    expect_node(&p, "mutation %s ", word);
    expect_node(&p, "argument %s ", word);
    expect_node(&p, "from %s ", word);
    expect_node(&p, "by %s ", word);
    expect_node(&p, "row-field %s ", word);
    expect_node(&p, "in name %s ", word);
    expect_node(&p, "take name %s ", word);
    expect_node(&p, "select %s ", word);
    expect_node(&p, "as %s ", word);
    expect_node(&p, "include %s ", word);
    expect_node(&p, "create %s ", word);
    expect_node(&p, "update %s ", word);
    expect_node(&p, "set %s ", word);
    expect_node(&p, "delete %s ", word);
    expect_node(&p, "get %s ", word);
    expect_node(&p, "reads name %s ", word);
    expect_node(&p, "writes name %s ", word);
    parsed_cleanup(&p);
}

static void keywords_stand_in_procedures(void)
{
    for_each_keyword(check_procedures);
}

static void check_quoted(const char *word)
{
    char quoted[40];
    struct parsed p;
    snprintf(quoted, sizeof quoted, "`%s`", word);
    parse_with(
        &p,
        "dyn 1 model $ { $ $ $ $ = $ @$ } router $ { query $($: $ = $) { from $ where $ == $ } }",
        quoted);
    expect_node(&p, "model %s ", word);
    expect_node(&p, "field %s ", word);
    expect_node(&p, "default name %s ", word);
    parsed_cleanup(&p);
}

static void quoted_words_are_always_names(void)
{
    for_each_keyword(check_quoted);
}

static void clauses_and_fields_are_told_apart(void)
{
    struct parsed p;
    parse_c(&p, "dyn 1\nmodel M {\n  use timestamps\n  use string\n  key pk \"A#{a}\" sk b\n  key "
                "string\n  index int\n"
                "  index byA pk a\n  pk string\n  sort int\n  index byB \"x\" pk \"{b}\" sort c\n  "
                "through string\n  via int\n"
                "  use uuid, soft,\n  other string\n}\n");
    DYNR_ASSERT_STR(parsed_messages(&p), "");
    const struct dyn_ast_decl *m = parsed_decl(&p, "M");
    static const char *const names[] = {"use",  "key",     "index", "pk",
                                        "sort", "through", "via",   "other"};
    const struct dyn_ast_field *field = m->fields;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (!DYNR_ASSERT(field != NULL)) {
            break;
        }
        DYNR_ASSERT_STR(field->name.name->text, names[i]);
        field = field->next;
    }
    DYNR_ASSERT(field == NULL);
    DYNR_ASSERT(m->keys != NULL && m->keys->next != NULL && m->keys->next->next != NULL);
    DYNR_ASSERT_STR(m->traits->next->next->name.name->text, "soft");
    parsed_cleanup(&p);
}

static const struct dynr_test tests[] = {
    DYNR_TEST(keywords_name_declarations),        DYNR_TEST(keywords_name_members),
    DYNR_TEST(keywords_stand_in_procedures),      DYNR_TEST(quoted_words_are_always_names),
    DYNR_TEST(clauses_and_fields_are_told_apart),
};

int main(void)
{
    return dynr_test_main("keywords", tests, DYNR_TEST_COUNT(tests));
}
