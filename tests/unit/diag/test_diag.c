/* SPDX-License-Identifier: Apache-2.0 */
/* Diagnostics: what is kept, what is suggested, and every byte of the rendering. */
#include "base/article.h"
#include "base/names.h"
#include "diag/diag.h"
#include "test_main.h"

struct fixture {
    struct dynr_arena arena;
    struct dyn_sources sources;
    struct dyn_diags diags;
    struct dynr_buf out;
    uint32_t source;
};

static void setup(struct fixture *f, const char *text)
{
    memset(f, 0, sizeof *f);
    f->sources.arena = &f->arena;
    dyn_diags_init(&f->diags, &f->arena, &f->sources, 0);
    f->source = dyn_sources_add(&f->sources, dynr_str_from_c("a.dyn"), dynr_str_from_c(text));
}

static void teardown(struct fixture *f)
{
    dynr_buf_cleanup(&f->out);
    dynr_arena_cleanup(&f->arena);
}

static struct dyn_span span(uint32_t start, uint32_t end)
{
    struct dyn_span s = {.start = start, .end = end, .source = 0};
    return s;
}

/* The rendering of what was reported. */
static struct dynr_str text_of(struct fixture *f, enum dyn_color color)
{
    dynr_buf_clear(&f->out);
    dyn_render_text(&f->diags, color, false, &f->out);
    return dynr_buf_str(&f->out);
}

static void positions_count_code_points(void)
{
    struct fixture f;
    setup(&f, "ab\n\xC3\xA4\xE4\xB8\xADx\n\nz");
    struct dyn_position p = dyn_sources_position(&f.sources, 0, 0);
    DYNR_ASSERT_INT(p.line, 1);
    DYNR_ASSERT_INT(p.column, 1);
    p = dyn_sources_position(&f.sources, 0, 8);
    DYNR_ASSERT_INT(p.line, 2);
    DYNR_ASSERT_INT(p.column, 3);
    p = dyn_sources_position(&f.sources, 0, 10);
    DYNR_ASSERT_INT(p.line, 3);
    p = dyn_sources_position(&f.sources, 0, 99999);
    DYNR_ASSERT_INT(p.line, 4);
    DYNR_ASSERT_INT(p.column, 2);
    teardown(&f);
}

static void excerpt_has_gutter_carets_label_facts_and_help(void)
{
    struct fixture f;
    setup(&f, "one\n  from Todo where .text contains q\n");
    struct dyn_diag *d =
        dyn_report(&f.diags, DYN_CODE_WOULD_SCAN, span(22, 27), "this query would need a Scan");
    dyn_diag_help(&f.diags, d, "bound it to one partition");
    dyn_diag_label(&f.diags, d, "`%s` is in no key of Todo", "text");
    dyn_diag_fact(&f.diags, d, "reach: Todo in list (table)");
    DYNR_ASSERT_STR(text_of(&f, DYN_COLOR_NEVER),
                    "a.dyn:2:19: error: this query would need a Scan [DYN3187]\n"
                    "    2 |   from Todo where .text contains q\n"
                    "      |                   ^^^^^ `text` is in no key of Todo\n"
                    "      = help: bound it to one partition\n"
                    "      = reach: Todo in list (table)\n");
    teardown(&f);
}

static void notes_have_an_excerpt_of_their_own(void)
{
    struct fixture f;
    setup(&f, "enum A {}\nenum A {}\n");
    struct dyn_diag *d =
        dyn_report(&f.diags, DYN_CODE_DUPLICATE, span(15, 16), "`A` is declared twice");
    dyn_diag_note(&f.diags, d, span(5, 6), "first declared here");
    DYNR_ASSERT_STR(text_of(&f, DYN_COLOR_NEVER),
                    "a.dyn:2:6: error: `A` is declared twice [DYN1418]\n"
                    "    2 | enum A {}\n"
                    "      |      ^\n"
                    "a.dyn:1:6: note: first declared here\n"
                    "    1 | enum A {}\n"
                    "      |      ^\n");
    teardown(&f);
}

static void carets_fit_tabs_and_wide_characters(void)
{
    struct fixture f;
    setup(&f, "\ta\t\xE4\xB8\xAD\xE6\x96\x87 e\xCC\x81 bad");
    dyn_report(&f.diags, DYN_CODE_SYNTAX, span(14, 17), "x");
    dyn_report(&f.diags, DYN_CODE_SYNTAX, span(3, 9), "y");
    DYNR_ASSERT_STR(text_of(&f, DYN_COLOR_NEVER),
                    "a.dyn:1:4: error: y [DYN1057]\n"
                    "    1 | \ta\t\xE4\xB8\xAD\xE6\x96\x87 e\xCC\x81 bad\n"
                    "      | \t \t^^^^\n"
                    "a.dyn:1:10: error: x [DYN1057]\n"
                    "    1 | \ta\t\xE4\xB8\xAD\xE6\x96\x87 e\xCC\x81 bad\n"
                    "      | \t \t       ^^^\n");
    teardown(&f);
}

static void spans_over_lines_are_underlined_to_the_line_end(void)
{
    struct fixture f;
    setup(&f, "model A {\n  x int\n}\n");
    dyn_report(&f.diags, DYN_CODE_NO_KEY, span(6, 19), "model `A` has no key");
    dyn_report(&f.diags, DYN_CODE_SYNTAX, span(20, 20), "at the end");
    DYNR_ASSERT_STR(text_of(&f, DYN_COLOR_NEVER),
                    "a.dyn:1:7: error: model `A` has no key [DYN2019]\n"
                    "    1 | model A {\n"
                    "      |       ^^^\n"
                    "a.dyn:4:1: error: at the end [DYN1057]\n"
                    "    4 | \n"
                    "      | ^\n");
    teardown(&f);
}

static void long_lines_are_cut_around_the_span(void)
{
    struct fixture f;
    char line[1001];
    memset(line, 'x', 1000);
    line[1000] = '\0';
    memcpy(line + 500, "HERE", 4);
    setup(&f, line);
    dyn_report(&f.diags, DYN_CODE_SYNTAX, span(500, 504), "m");
    struct dynr_str text = text_of(&f, DYN_COLOR_NEVER);
    DYNR_ASSERT_STR(
        text,
        "a.dyn:1:501: error: m [DYN1057]\n"
        "    1 | ...xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxHERExxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...\n"
        "      |                                            ^^^^\n");
    teardown(&f);
}

static void control_characters_cannot_reach_the_terminal(void)
{
    struct fixture f;
    setup(&f, "a \x1B[31m \xFF b");
    dyn_report(&f.diags, DYN_CODE_SYNTAX, span(2, 3), "bad \x07 text");
    DYNR_ASSERT_STR(text_of(&f, DYN_COLOR_NEVER),
                    "a.dyn:1:3: error: bad \xEF\xBF\xBD text [DYN1057]\n"
                    "    1 | a \xEF\xBF\xBD[31m \xEF\xBF\xBD b\n"
                    "      |   ^\n");
    teardown(&f);
}

static void colour_classes_can_be_seen(void)
{
    struct fixture f;
    setup(&f, "modle X");
    struct dyn_diag *d = dyn_report(&f.diags, DYN_CODE_SYNTAX, span(0, 5), "unexpected");
    struct dynr_str candidates[] = {dynr_str_from_c("model"), dynr_str_from_c("enum")};
    dyn_diag_suggest(&f.diags, d, dynr_str_from_c("modle"), candidates, 2);
    DYNR_ASSERT_STR(text_of(&f, DYN_COLOR_DEBUG),
                    "<locus>a.dyn:1:1:</locus> <error>error:</error> unexpected [DYN1057]\n"
                    "    1 | <error>modle</error> X\n"
                    "      | <error>^^^^^</error>\n"
                    "      | <fixit-insert>model</fixit-insert>\n"
                    "      = <help>help:</help> did you mean `model`?\n");
    struct dynr_str ansi = text_of(&f, DYN_COLOR_ANSI);
    DYNR_ASSERT(ansi.len > 10 && memcmp(ansi.ptr, "\x1B[1ma.dyn", 9) == 0);
    teardown(&f);
}

static void fixes_come_in_the_form_of_gcc(void)
{
    struct fixture f;
    setup(&f, "\xC3\xA4 modle X");
    struct dyn_diag *d = dyn_report(&f.diags, DYN_CODE_SYNTAX, span(3, 8), "m");
    dyn_diag_fix(&f.diags, d, span(3, 8), dynr_str_from_c("\"\n"));
    dyn_render_text(&f.diags, DYN_COLOR_NEVER, true, &f.out);
    DYNR_ASSERT_STR(dynr_buf_str(&f.out), "a.dyn:1:3: error: m [DYN1057]\n"
                                          "    1 | \xC3\xA4 modle X\n"
                                          "      |   ^^^^^\n"
                                          "fix-it:\"a.dyn\":{1:4-1:9}:\"\\\"\\n\"\n");
    teardown(&f);
}

static void json_is_one_document(void)
{
    struct fixture f;
    setup(&f, "x\n\"y\xFF");
    struct dyn_diag *d = dyn_report(&f.diags, DYN_CODE_SYNTAX, span(2, 3), "a \"b\"");
    dyn_diag_help(&f.diags, d, "h");
    dyn_diag_note(&f.diags, d, span(0, 1), "n");
    dyn_diag_fix(&f.diags, d, span(2, 3), dynr_str_from_c(""));
    dyn_render_json(&f.diags, &f.out);
    DYNR_ASSERT_STR(dynr_buf_str(&f.out),
                    "{\"version\":1,\"diagnostics\":[\n"
                    "{\"severity\":\"error\",\"code\":\"DYN1057\",\"slug\":\"syntax\",\"message\":"
                    "\"a \\\"b\\\"\",\"file\":\"a.dyn\","
                    "\"start\":{\"offset\":2,\"line\":2,\"column\":1},\"end\":{\"offset\":3,"
                    "\"line\":2,\"column\":2},"
                    "\"labels\":[],\"facts\":[],\"help\":[\"h\"],"
                    "\"notes\":[{\"message\":\"n\",\"file\":\"a.dyn\",\"start\":{\"offset\":0,"
                    "\"line\":1,\"column\":1},"
                    "\"end\":{\"offset\":1,\"line\":1,\"column\":2}}],"
                    "\"fixes\":[{\"replacement\":\"\",\"file\":\"a.dyn\",\"start\":{\"offset\":2,"
                    "\"line\":2,\"column\":1},"
                    "\"end\":{\"offset\":3,\"line\":2,\"column\":2}}]}\n"
                    "],\"errors\":1,\"warnings\":0}\n");
    teardown(&f);
}

static void diagnostics_are_shown_in_source_order(void)
{
    struct fixture f;
    setup(&f, "abc");
    dyn_report(&f.diags, DYN_CODE_SYNTAX, span(2, 3), "third");
    dyn_report(&f.diags, DYN_CODE_SYNTAX, span(0, 1), "first");
    dyn_report(&f.diags, DYN_CODE_LITERAL, span(0, 1), "second");
    struct dynr_str text = text_of(&f, DYN_COLOR_NEVER);
    const char *first = strstr(text.ptr, "first");
    const char *second = strstr(text.ptr, "second");
    const char *third = strstr(text.ptr, "third");
    DYNR_ASSERT(first != NULL && second != NULL && third != NULL && first < second &&
                second < third);
    teardown(&f);
}

static void repeated_errors_are_dropped_and_the_limit_holds(void)
{
    struct fixture f;
    setup(&f, "0123456789012345678901234567890123456789");
    for (uint32_t i = 0; i < 30; i++) {
        dyn_diag_help(&f.diags, dyn_report(&f.diags, DYN_CODE_SYNTAX, span(i, i + 1), "m"), "h");
        dyn_report(&f.diags, DYN_CODE_SYNTAX, span(i, i + 1), "again");
    }
    DYNR_ASSERT_INT(f.diags.n_items, 20);
    DYNR_ASSERT(f.diags.n_errors >= 30);
    dyn_report(&f.diags, DYN_CODE_UNUSED_ARGUMENT, span(1, 2), "a warning is still kept");
    DYNR_ASSERT_INT(f.diags.n_items, 21);
    teardown(&f);
}

static enum dyn_severity severity_with(const char *first, const char *second, bool *out_kept)
{
    struct fixture f;
    setup(&f, "abc");
    if (first != NULL) {
        DYNR_ASSERT(dyn_diags_set_severity(&f.diags, dynr_str_from_c(first)));
    }
    if (second != NULL) {
        DYNR_ASSERT(dyn_diags_set_severity(&f.diags, dynr_str_from_c(second)));
    }
    enum dyn_severity severity =
        dyn_report(&f.diags, DYN_CODE_UNUSED_ARGUMENT, span(0, 1), "w")->severity;
    *out_kept = f.diags.n_items == 1;
    teardown(&f);
    return severity;
}

static void warnings_obey_options(void)
{
    bool kept;
    DYNR_ASSERT_INT(severity_with(NULL, NULL, &kept), DYN_SEVERITY_WARNING);
    DYNR_ASSERT_INT(severity_with("error", NULL, &kept), DYN_SEVERITY_ERROR);
    DYNR_ASSERT(kept);
    DYNR_ASSERT_INT(severity_with("error=unused-argument", NULL, &kept), DYN_SEVERITY_ERROR);
    DYNR_ASSERT_INT(severity_with("error=context-field-unused", NULL, &kept), DYN_SEVERITY_WARNING);
    DYNR_ASSERT_INT(severity_with("no-error=unused-argument", "error", &kept),
                    DYN_SEVERITY_WARNING);
    severity_with("no-unused-argument", "error", &kept);
    DYNR_ASSERT(!kept);
    DYNR_ASSERT_INT(severity_with("no-unused-argument", "unused-argument", &kept),
                    DYN_SEVERITY_WARNING);
    DYNR_ASSERT(kept);
    struct fixture f;
    setup(&f, "");
    DYNR_ASSERT(!dyn_diags_set_severity(&f.diags, dynr_str_from_c("no-such-thing")));
    DYNR_ASSERT(!dyn_diags_set_severity(&f.diags, dynr_str_from_c("error=")));
    DYNR_ASSERT(!dyn_diags_set_severity(&f.diags, dynr_str_from_c("no-syntax")));
    teardown(&f);
}

/* The help line of a suggestion, or "". */
static void expect_suggestion(const char *written, const char *const *names, const char *help)
{
    struct fixture f;
    setup(&f, written);
    struct dynr_str candidates[8];
    size_t n = 0;
    for (; names[n] != NULL; n++) {
        candidates[n] = dynr_str_from_c(names[n]);
    }
    struct dyn_diag *d =
        dyn_report(&f.diags, DYN_CODE_UNKNOWN_NAME, span(0, (uint32_t)strlen(written)), "m");
    dyn_diag_suggest(&f.diags, d, dynr_str_from_c(written), candidates, n);
    DYNR_ASSERT_STR(d->details == NULL ? dynr_str_from_c("") : d->details->text, help);
    bool has_fix = d->details != NULL && d->details->next != NULL;
    DYNR_ASSERT_INT(has_fix, strchr(help, '?') != NULL && strstr(help, " or ") == NULL);
    teardown(&f);
}

static void suggestions_are_near_few_and_in_order(void)
{
    const char *const words[] = {"title", "tilte", "done", "owner", "titles", "tite", NULL};
    expect_suggestion("onwer", words, "did you mean `owner`?");
    expect_suggestion("xyz", words, "");
    expect_suggestion("titlf", words, "did you mean `title`?");
    expect_suggestion("title", words, "did you mean `tilte`, `titles` or `tite`?");
    const char *const shorts[] = {"a", "b", "abc", NULL};
    expect_suggestion("c", shorts, "did you mean `a` or `b`?");
    expect_suggestion("", shorts, "");
    const char *const far[] = {"createdAt", NULL};
    expect_suggestion("cretedA", far, "did you mean `createdAt`?");
    expect_suggestion("crtdA", far, "");
}

static void codes_are_found_by_number_and_slug(void)
{
    struct dyn_code_info info;
    DYNR_ASSERT(dyn_code_lookup(1302, &info));
    DYNR_ASSERT_STR(dynr_str_from_c(info.slug), "unknown-type");
    DYNR_ASSERT(!dyn_code_lookup(1, &info));
    DYNR_ASSERT(dyn_code_lookup_slug(dynr_str_from_c("would-scan"), &info));
    DYNR_ASSERT_INT(info.code, DYN_CODE_WOULD_SCAN);
    DYNR_ASSERT(!dyn_code_lookup_slug(dynr_str_from_c("would"), &info));
}

static void equal_names_are_one(void)
{
    struct dynr_arena arena = {0};
    struct dyn_names names;
    dyn_names_init(&names, &arena);
    const struct dyn_name *a = dyn_names_intern(&names, dynr_str_from_c("abc"));
    const struct dyn_name *b = dyn_names_intern(&names, dynr_str_make("abcd", 3));
    const struct dyn_name *c = dyn_names_intern(&names, dynr_str_from_c("abcd"));
    DYNR_ASSERT(a == b);
    DYNR_ASSERT(a != c);
    DYNR_ASSERT_STR(c->text, "abcd");
    dyn_names_cleanup(&names);
    dynr_arena_cleanup(&arena);
}

static void articles_fit_names(void)
{
    static const char *const an[] = {"Order", "item", "Upload", "Update", "Unimportant", "Hour"};
    static const char *const a[] = {"User", "Unit", "Url", "OneTimeCode", "Euro", "House", "Todo"};
    for (size_t i = 0; i < sizeof an / sizeof an[0]; i++) {
        DYNR_ASSERT_STR(dynr_str_from_c(dyn_article(dynr_str_from_c(an[i]))), "an");
    }
    for (size_t i = 0; i < sizeof a / sizeof a[0]; i++) {
        DYNR_ASSERT_STR(dynr_str_from_c(dyn_article(dynr_str_from_c(a[i]))), "a");
    }
    DYNR_ASSERT_STR(dynr_str_from_c(dyn_article(dynr_str_from_c(""))), "a");
}

static const struct dynr_test tests[] = {
    DYNR_TEST(positions_count_code_points),
    DYNR_TEST(excerpt_has_gutter_carets_label_facts_and_help),
    DYNR_TEST(notes_have_an_excerpt_of_their_own),
    DYNR_TEST(carets_fit_tabs_and_wide_characters),
    DYNR_TEST(spans_over_lines_are_underlined_to_the_line_end),
    DYNR_TEST(long_lines_are_cut_around_the_span),
    DYNR_TEST(control_characters_cannot_reach_the_terminal),
    DYNR_TEST(colour_classes_can_be_seen),
    DYNR_TEST(fixes_come_in_the_form_of_gcc),
    DYNR_TEST(json_is_one_document),
    DYNR_TEST(diagnostics_are_shown_in_source_order),
    DYNR_TEST(repeated_errors_are_dropped_and_the_limit_holds),
    DYNR_TEST(warnings_obey_options),
    DYNR_TEST(suggestions_are_near_few_and_in_order),
    DYNR_TEST(codes_are_found_by_number_and_slug),
    DYNR_TEST(equal_names_are_one),
    DYNR_TEST(articles_fit_names),
};

int main(void)
{
    return dynr_test_main("diag", tests, DYNR_TEST_COUNT(tests));
}
