/* SPDX-License-Identifier: Apache-2.0 */
/* struct dyn_out: sections, indentation, comments, filters; and what embed.py makes of a template. */
#include "emit/out.h"

#include <stdio.h>
#include <string.h>

#include "assets.h"
#include "sample_tmpl.h"
#include "test_main.h"
#include "test_tools.h"

static struct dynr_str str(const char *text)
{
    return dynr_str_from_c(text);
}

/* Asserts that `out` finishes with `expected`, and frees it. */
static void expect(struct dyn_out *out, const char *expected)
{
    struct dynr_arena arena;
    struct dyn_pieces pieces;
    dynr_arena_init(&arena, NULL, 0);
    DYNR_ASSERT(dyn_out_finish(out, &pieces));
    struct dynr_str text = dyn_pieces_join(&pieces, &arena);
    DYNR_ASSERT(text.ptr != NULL);
    DYNR_ASSERT_STR(text, expected);
    DYNR_ASSERT(dyn_out_ok(out));
    dyn_pieces_cleanup(&pieces);
    dyn_pieces_cleanup(&pieces);
    if (text.ptr != NULL) {
        DYNR_ASSERT_INT(text.ptr[text.len], 0);
    }
    dynr_arena_cleanup(&arena);
    dyn_out_cleanup(out);
}

/* Asserts that `out` has failed, that it says `fault` and gives no text, and frees it. */
static void expect_fault(struct dyn_out *out, const char *fault)
{
    struct dyn_pieces pieces;
    DYNR_ASSERT(!dyn_out_ok(out));
    DYNR_ASSERT_STR(str(dyn_out_fault(out)), fault);
    DYNR_ASSERT(!dyn_out_finish(out, &pieces));
    DYNR_ASSERT_INT(pieces.n_items, 0);
    dyn_out_cleanup(out);
}

static void sections_are_joined_in_the_order_given(void)
{
    static const char *const names[] = {"includes", "types", "functions"};
    struct dyn_out out;
    dyn_out_init(&out, names, 3);
    dyn_out_section(&out, "functions");
    dyn_out_line(&out, "f");
    dyn_out_section(&out, "includes");
    dyn_out_line(&out, "i");
    dyn_out_section(&out, "functions");
    dyn_out_line(&out, "g");
    expect(&out, "i\nf\ng\n");
}

static void an_empty_output_is_an_empty_string(void)
{
    struct dyn_out out;
    dyn_out_init(&out, NULL, 0);
    dyn_out_text(&out, NULL, 0);
    dyn_out_str(&out, str(""));
    expect(&out, "");
    dyn_out_cleanup(&out);
}

static void an_unknown_section_is_a_fault(void)
{
    struct dyn_out out;
    dyn_out_init(&out, NULL, 0);
    dyn_out_section(&out, "absent");
    dyn_out_section(&out, "second");
    expect_fault(&out, "no section `absent`");
}

static void lines_are_indented_unless_empty(void)
{
    struct dyn_out out;
    dyn_out_init(&out, NULL, 0);
    dyn_out_line(&out, "{");
    dyn_out_indent(&out);
    dyn_out_text(&out, "a\n\n  b", 6);
    dyn_out_printf(&out, "%s\n", " c");
    dyn_out_line(&out, "%d", 7);
    dyn_out_line(&out, "%s", "");
    dyn_out_outdent(&out);
    dyn_out_line(&out, "}");
    expect(&out, "{\n    a\n\n      b c\n    7\n\n}\n");
}

static void each_section_has_its_own_indentation(void)
{
    static const char *const names[] = {"a", "b"};
    struct dyn_out out;
    dyn_out_init(&out, names, 2);
    dyn_out_indent(&out);
    dyn_out_printf(&out, "x");
    dyn_out_section(&out, "b");
    dyn_out_line(&out, "y");
    dyn_out_section(&out, "a");
    dyn_out_line(&out, "z");
    expect(&out, "    xz\ny\n");
}

static void outdent_below_zero_is_a_fault(void)
{
    struct dyn_out out;
    dyn_out_init(&out, NULL, 0);
    dyn_out_outdent(&out);
    expect_fault(&out, "outdent below zero in section ``");
}

static void printf_takes_text_of_any_length(void)
{
    struct dyn_out out;
    dyn_out_init(&out, NULL, 0);
    char text[2001];
    memset(text, 'x', 2000);
    for (size_t len = 500; len <= 2000; len += 4) {
        text[len] = '\0';
        dyn_out_printf(&out, "%s", text);
        DYNR_ASSERT_INT(out.sections[0].text.len, len);
        dyn_out_cleanup(&out);
        dyn_out_init(&out, NULL, 0);
        text[len] = 'x';
    }
    dyn_out_cleanup(&out);
}

static void blank_lines_do_not_pile_up(void)
{
    struct dyn_out out;
    dyn_out_init(&out, NULL, 0);
    dyn_out_blank(&out);
    dyn_out_printf(&out, "a");
    dyn_out_blank(&out);
    dyn_out_blank(&out);
    dyn_out_line(&out, "b");
    dyn_out_blank(&out);
    dyn_out_line(&out, "c");
    expect(&out, "a\n\nb\n\nc\n");
}

static void expect_comment(const char *text, size_t levels, const char *expected)
{
    struct dyn_out out;
    dyn_out_init(&out, NULL, 0);
    for (size_t i = 0; i < levels; i++) {
        dyn_out_indent(&out);
    }
    dyn_out_comment(&out, str(text));
    expect(&out, expected);
}

static void comments_are_short_where_they_fit(void)
{
    expect_comment("An order.", 0, "/** An order. */\n");
    expect_comment("An order.\n", 1, "    /** An order. */\n");
    expect_comment("", 0, "");
    expect_comment(" \n\n \n", 0, "");
}

static void comments_keep_lines_and_paragraphs(void)
{
    expect_comment("One.\n\nTwo:\n  - three\n", 1,
                   "    /**\n     * One.\n     *\n     * Two:\n     *   - three\n     */\n");
}

static void comments_wrap_at_96_columns(void)
{
    const char *word8 = "12345678 12345678 12345678 12345678 12345678 12345678 12345678 12345678 "
                        "12345678 12345678 end";
    /* 93 columns: too long for one line with its 7 columns of marks, just fits behind the prefix of 3. */
    expect_comment(
        word8, 0,
        "/**\n * 12345678 12345678 12345678 12345678 12345678 12345678 12345678 12345678 "
        "12345678 12345678 end\n */\n");
    expect_comment(word8, 1,
                   "    /**\n     * 12345678 12345678 12345678 12345678 12345678 12345678 12345678 "
                   "12345678 12345678 12345678\n     * end\n     */\n");
}

static void comments_never_cut_a_word(void)
{
    char text[300] = "short ";
    memset(text + 6, 'w', 284);
    memcpy(text + 290, " tail", 6);
    struct dyn_out out;
    dyn_out_init(&out, NULL, 0);
    dyn_out_comment(&out, str(text));
    struct dynr_str got = dynr_buf_str(&out.sections[0].text);
    DYNR_ASSERT(dynr_str_starts_with(got, str("/**\n * short\n * wwww")));
    DYNR_ASSERT_MEM(got.ptr + got.len - 14, 14, "w\n * tail\n */\n", 14);
    dyn_out_cleanup(&out);
}

static void comments_count_characters_not_bytes(void)
{
    /* 88 letters of two bytes and 7 columns of marks fit. */
    char expected[200] = "/** ";
    for (size_t i = 0; i < 88; i++) {
        memcpy(expected + 4 + 2 * i, "\xC3\xA4", 2);
    }
    char text[200] = "";
    memcpy(text, expected + 4, 176);
    memcpy(expected + 180, " */\n", 5);
    expect_comment(text, 0, expected);
}

static void comments_cannot_be_ended_from_inside(void)
{
    expect_comment("a */ int x; /* b", 0, "/** a * / int x; / * b */\n");
    expect_comment("**//**/", 0, "/** ** // ** / */\n");
    expect_comment("/", 0, "/** / */\n");
    expect_comment("line\\\n/ next", 0, "/**\n * line\\\n * / next\n */\n");
    expect_comment("tab\there\x01", 0, "/** tab here<U+0001> */\n");
    expect_comment("\xE2\x80\xAE right", 0, "/** <U+202E> right */\n");
}

static void expect_filtered(enum dyn_out_filter filter, const char *value, const char *expected)
{
    struct dyn_out out;
    dyn_out_init(&out, NULL, 0);
    dyn_out_filtered(&out, filter, str(value), "t.tmpl:1");
    expect(&out, expected);
}

static void expect_refused(enum dyn_out_filter filter, const char *value)
{
    struct dyn_out out;
    dyn_out_init(&out, NULL, 0);
    dyn_out_filtered(&out, filter, str(value), "t.tmpl:1");
    DYNR_ASSERT(!dyn_out_ok(&out));
    DYNR_ASSERT(dynr_str_starts_with(str(dyn_out_fault(&out)), str("t.tmpl:1: ")));
    DYNR_ASSERT_INT(out.sections[0].text.len, 0);
    dyn_out_cleanup(&out);
}

static void plain_takes_only_harmless_characters(void)
{
    expect_filtered(DYN_OUT_PLAIN, "shop_order.v1", "shop_order.v1");
    expect_filtered(DYN_OUT_PLAIN, "", "");
    for (int c = 1; c < 256; c++) {
        char text[3] = {'a', (char)c, '\0'};
        bool harmless =
            strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.", c) != NULL;
        if (!harmless) {
            expect_refused(DYN_OUT_PLAIN, text);
            expect_refused(DYN_OUT_IDENT, text);
        }
    }
}

static void ident_takes_only_identifiers(void)
{
    expect_filtered(DYN_OUT_IDENT, "_a1", "_a1");
    expect_refused(DYN_OUT_IDENT, "");
    expect_refused(DYN_OUT_IDENT, "1a");
    expect_refused(DYN_OUT_IDENT, "a.b");
}

static void code_refuses_whatever_opens_a_context(void)
{
    expect_filtered(DYN_OUT_CODE, "const struct shop_order *order, size_t n[2]",
                    "const struct shop_order *order, size_t n[2]");
    expect_filtered(DYN_OUT_CODE, "{ a?: number | null } & (x / y)",
                    "{ a?: number | null } & (x / y)");
    static const char *const refused[] = {"\"",   "'",    "`",    "\\", "#if", "a // b",
                                          "/* a", "a */", "a\nb", "/",  "a/",  "\xC3\xA4"};
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        expect_refused(DYN_OUT_CODE, refused[i]);
    }
}

static void strings_are_escaped_for_their_language(void)
{
    expect_filtered(DYN_OUT_CSTR,
                    "a\"b\\c\nd\t\x01"
                    "7\?\?/",
                    "a\\\"b\\\\c\\nd\\t\\0017\\?\\?/");
    expect_filtered(DYN_OUT_JSON, "a\"b\\c\nd\x01'$`", "a\\\"b\\\\c\\nd\\u0001'$`");
    expect_filtered(DYN_OUT_TS, "\"'`${x}\\", "\\\"\\'\\`\\${x}\\\\");
    expect_filtered(DYN_OUT_JSON, "\xE2\x80\xA8\xC3\xA4\xE2\x80\xAE", "\\u2028\xC3\xA4\\u202e");
    expect_filtered(DYN_OUT_CSTR, "\xE2\x80\xAE\xC3\xA4", "\\342\\200\\256\xC3\xA4");
}

static void expect_in_place(const char *before, const char *value, const char *expected)
{
    struct dyn_out out;
    dyn_out_init(&out, NULL, 0);
    dyn_out_indent(&out);
    dyn_out_str(&out, str(before));
    dyn_out_filtered(&out, DYN_OUT_COMMENT, str(value), "t.tmpl:1");
    expect(&out, expected);
}

static void the_comment_filter_goes_on_with_the_prefix_of_its_line(void)
{
    expect_in_place("/** ", "a\nb", "    /** a\n     * b");
    expect_in_place("/**\n * ", "a\n\nb\n", "    /**\n     * a\n     *\n     * b");
    expect_in_place("// ", "a\nb\\", "    // a b\\.");
    expect_in_place("int x; /* ", "a\nb*/", "    int x; /* a b* /");
    expect_in_place(" *", "/x", "     * /x");
}

static void unset_parameters_are_faults(void)
{
    struct dyn_out out;
    dyn_out_init(&out, NULL, 0);
    dyn_out_filtered(&out, DYN_OUT_CSTR, dynr_str_make(NULL, 0), "t.tmpl:1 {{x}}");
    expect_fault(&out, "t.tmpl:1 {{x}}: the parameter is not set");
}

static void the_first_fault_is_kept(void)
{
    struct dyn_out out;
    dyn_out_init(&out, NULL, 0);
    dyn_out_bad_text(&out, "first", str("x y"));
    dyn_out_bad_text(&out, "second", str("z"));
    expect_fault(&out, "first: text that is not allowed here: `x y`");
}

static void lists_separate_without_asking(void)
{
    struct dyn_out out;
    dyn_out_init(&out, NULL, 0);
    struct dyn_out_list list = dyn_out_list(&out, ", ");
    for (int i = 1; i <= 3; i++) {
        dyn_out_list_item(&list);
        dyn_out_printf(&out, "%d", i);
    }
    DYNR_ASSERT_INT(list.n_items, 3);
    expect(&out, "1, 2, 3");
}

static void exhausted_memory_is_sticky(void)
{
    for (size_t fail_at = 1; fail_at <= 2; fail_at++) {
        struct dynr_test_memory memory;
        dynr_test_memory_init(&memory, fail_at);
        struct dyn_out out;
        dyn_out_init(&out, NULL, 0);
        out.sections[0].text.allocator = &memory.allocator;
        struct dyn_pieces pieces;
        for (int i = 0; i < 2000; i++) {
            dyn_out_blank(&out);
            dyn_out_line(&out, "some text");
            dyn_out_filtered(&out, DYN_OUT_COMMENT, str("a\nb"), "x");
        }
        DYNR_ASSERT(!dyn_out_ok(&out));
        DYNR_ASSERT_STR(str(dyn_out_fault(&out)), "memory is exhausted or the output is too large");
        DYNR_ASSERT(!dyn_out_finish(&out, &pieces));
        dyn_out_cleanup(&out);
        DYNR_ASSERT_INT(memory.n_blocks, 0);
        DYNR_ASSERT(!memory.misused);
    }
}

/* Text of several blocks, with whatever looks back: comments that go on, blank lines, a line longer than a block. */
static void write_blocks(struct dyn_out *out)
{
    static char long_line[DYN_OUT_BLOCK + 100];
    memset(long_line, 'l', sizeof long_line - 1);
    for (int i = 0; i < 30000; i++) {
        dyn_out_printf(out, "  /* line %d ", i);
        dyn_out_filtered(out, DYN_OUT_COMMENT, str("first\nsecond"), "x");
        dyn_out_line(out, " */");
        dyn_out_blank(out);
        dyn_out_blank(out);
        if (i == 15000) {
            dyn_out_line(out, "%s", long_line);
        }
    }
}

static void a_text_of_many_blocks_is_whole(void)
{
    struct dyn_out out;
    struct dyn_pieces pieces;
    struct dynr_arena arena;
    dynr_arena_init(&arena, NULL, 0);
    dyn_out_init(&out, NULL, 0);
    write_blocks(&out);
    DYNR_ASSERT(dyn_out_finish(&out, &pieces));
    struct dynr_str text = dyn_pieces_join(&pieces, &arena);
    DYNR_ASSERT(pieces.n_items > 3);
    size_t at = 0;
    size_t n_right = 0;
    for (int i = 0; i < 30000; i++) {
        char expected[100];
        int len = snprintf(expected, sizeof expected, "  /* line %d first\n   * second */\n\n", i);
        bool right =
            at + (size_t)len <= text.len && memcmp(text.ptr + at, expected, (size_t)len) == 0;
        n_right += right ? 1 : 0;
        at += (size_t)len + (i == 15000 ? DYN_OUT_BLOCK + 100 : 0);
    }
    DYNR_ASSERT_INT(n_right, 30000);
    DYNR_ASSERT_INT(text.len, at);
    dyn_pieces_cleanup(&pieces);
    dynr_arena_cleanup(&arena);
    dyn_out_cleanup(&out);
}

static void exhausted_memory_between_blocks_is_sticky(void)
{
    size_t fail_at = 1;
    for (bool failed = true; failed; fail_at++) {
        struct dynr_test_memory memory;
        dynr_test_memory_init(&memory, fail_at);
        struct dyn_out out;
        struct dyn_pieces pieces;
        dyn_out_init(&out, NULL, 0);
        out.sections[0].text.allocator = &memory.allocator;
        write_blocks(&out);
        failed = !dyn_out_ok(&out);
        DYNR_ASSERT(dyn_out_finish(&out, &pieces) == !failed);
        dyn_pieces_cleanup(&pieces);
        dyn_out_cleanup(&out);
        DYNR_ASSERT_INT(memory.n_blocks, 0);
        DYNR_ASSERT(!memory.misused);
    }
    /* More than it takes to fill one block. */
    DYNR_ASSERT(fail_at > 14);
}

static void an_exhausted_arena_gives_no_text(void)
{
    struct dyn_out out;
    dyn_out_init(&out, NULL, 0);
    dyn_out_line(&out, "text");
    struct dyn_pieces pieces;
    struct dynr_arena arena;
    dynr_arena_init(&arena, NULL, 1);
    DYNR_ASSERT(dyn_out_finish(&out, &pieces));
    DYNR_ASSERT(dyn_pieces_join(&pieces, &arena).ptr == NULL);
    dyn_pieces_cleanup(&pieces);
    dynr_arena_cleanup(&arena);
    dyn_out_cleanup(&out);
}

static void template_blocks_write_what_they_show(void)
{
    struct dyn_out out;
    dyn_out_init(&out, NULL, 0);
    dyn_out_indent(&out);
    tmpl_sample_open(&out, &(struct tmpl_sample_open){.name = str("shop_order"),
                                                      .doc = str("An order.\nOf */.")});
    dyn_out_indent(&out);
    tmpl_sample_field(
        &out, &(struct tmpl_sample_field){.type = str("struct dynr_str *"), .name = str("id")});
    dyn_out_line(&out, " /* key */");
    dyn_out_outdent(&out);
    tmpl_sample_close(&out);
    tmpl_sample_strings(&out, &(struct tmpl_sample_strings){.text = str("$\"")});
    expect(&out, "    /** An order.\n     * Of * /. */\n    struct shop_order {\n        struct "
                 "dynr_str * id; /* key */\n"
                 "    };\n\n    int table[] = {{0, 1}, {2}};\n    \"$\\\"\" \"$\\\"\" `\\$\\\"`\n");
}

static void template_faults_name_the_template_line(void)
{
    struct dyn_out out;
    dyn_out_init(&out, NULL, 0);
    tmpl_sample_field(&out, &(struct tmpl_sample_field){.type = str("int"), .name = str("a; b")});
    expect_fault(&out, "sample.tmpl:8 {{name}}: text that is not allowed here: `a; b`");
}

static void embedded_files_are_sorted_and_whole(void)
{
    DYNR_ASSERT_INT(asset_n_files, 2);
    DYNR_ASSERT_STR(asset_files[0].name, "build");
    DYNR_ASSERT_STR(asset_files[1].name, "zz-sample");
    DYNR_ASSERT(
        dynr_str_starts_with(asset_files[1].text, str("A template that only the tests use")));
    DYNR_ASSERT_INT(asset_files[1].text.ptr[asset_files[1].text.len], 0);
    DYNR_ASSERT_INT(asset_files[1].text.len, strlen(asset_files[1].text.ptr));
}

static const struct dynr_test tests[] = {
    DYNR_TEST(sections_are_joined_in_the_order_given),
    DYNR_TEST(an_empty_output_is_an_empty_string),
    DYNR_TEST(an_unknown_section_is_a_fault),
    DYNR_TEST(lines_are_indented_unless_empty),
    DYNR_TEST(each_section_has_its_own_indentation),
    DYNR_TEST(outdent_below_zero_is_a_fault),
    DYNR_TEST(printf_takes_text_of_any_length),
    DYNR_TEST(blank_lines_do_not_pile_up),
    DYNR_TEST(comments_are_short_where_they_fit),
    DYNR_TEST(comments_keep_lines_and_paragraphs),
    DYNR_TEST(comments_wrap_at_96_columns),
    DYNR_TEST(comments_never_cut_a_word),
    DYNR_TEST(comments_count_characters_not_bytes),
    DYNR_TEST(comments_cannot_be_ended_from_inside),
    DYNR_TEST(plain_takes_only_harmless_characters),
    DYNR_TEST(ident_takes_only_identifiers),
    DYNR_TEST(code_refuses_whatever_opens_a_context),
    DYNR_TEST(strings_are_escaped_for_their_language),
    DYNR_TEST(the_comment_filter_goes_on_with_the_prefix_of_its_line),
    DYNR_TEST(unset_parameters_are_faults),
    DYNR_TEST(the_first_fault_is_kept),
    DYNR_TEST(lists_separate_without_asking),
    DYNR_TEST(exhausted_memory_is_sticky),
    DYNR_TEST(a_text_of_many_blocks_is_whole),
    DYNR_TEST(exhausted_memory_between_blocks_is_sticky),
    DYNR_TEST(an_exhausted_arena_gives_no_text),
    DYNR_TEST(template_blocks_write_what_they_show),
    DYNR_TEST(template_faults_name_the_template_line),
    DYNR_TEST(embedded_files_are_sorted_and_whole),
};

int main(void)
{
    return dynr_test_main("emit/out", tests, DYNR_TEST_COUNT(tests));
}
