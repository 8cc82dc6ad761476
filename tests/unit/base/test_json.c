/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON reader: what it accepts, what it refuses and where, and what it reads. */
#include <stdlib.h>

#include "base/json_read.h"
#include "dynr/buf.h"
#include "test_main.h"
#include "test_tools.h"

/*
 * Skips the text in a block of exactly its size, so that a sanitizer sees each read past the end.
 */
static bool accepts(const char *bytes, size_t len)
{
    char *text = malloc(len == 0 ? 1 : len);
    memcpy(text, bytes, len);
    struct dynr_json_reader reader;
    dynr_json_reader_init(&reader, dynr_str_make(text, len));
    bool result = dynr_json_skip(&reader, NULL) && dynr_json_finish(&reader);
    DYNR_ASSERT(result == (reader.fault == NULL));
    DYNR_ASSERT(reader.next >= reader.start && reader.next <= reader.end);
    free(text);
    return result;
}

static void well_formed_texts_are_accepted(void)
{
    static const char *const texts[] = {
        "0",
        "-0",
        "1",
        "-1",
        "10",
        "1.5",
        "0.5",
        "-0.0",
        "1e5",
        "1E+5",
        "1e-05",
        "0e1",
        "20e1",
        "123456789012345678901234567890.123456789e-400",
        "true",
        "false",
        "null",
        "\"\"",
        "[]",
        "{}",
        " [ ] ",
        "\t{\r\n}\n",
        "[1,2]",
        "[1 , 2 ]",
        "[null,true,false]",
        "[[],[[]],{}]",
        "{\"a\":1}",
        "{\"\":0}",
        "{ \"a\" : 1 , \"b\" : [ ] }",
        "{\"a\":1,\"a\":2}",
        "{\"\\u0061\":1}",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
        "\"\\u0000\"",
        "\"\\uD834\\udd1E\"",
        "\"\\uDBFF\\uDFFF\"",
        "\"\\uFFFE\"",
        "\"a b\"",
        "\"\x7F\"",
        "\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\"",
        "\"\xE2\x80\xA8\"",
        "\"\\u005C\"",
        "[\"a\"]",
        "\"/\"",
        "[1]\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (!DYNR_ASSERT(accepts(texts[i], strlen(texts[i])))) {
            DYNR_ASSERT_STR(dynr_str_from_c(texts[i]), "(accepted)");
        }
    }
}

static void malformed_texts_are_refused(void)
{
    static const char *const texts[] = {
        "",
        " ",
        "01",
        "-01",
        "-",
        "--1",
        "+1",
        ".5",
        "1.",
        "1.e1",
        "-.5",
        "1e",
        "1e+",
        "1e-",
        "1ee2",
        "1e1.5",
        "0x1",
        "1a",
        "1 2",
        "NaN",
        "-NaN",
        "Infinity",
        "-Infinity",
        "inf",
        "tru",
        "truex",
        "True",
        "nul",
        "nulll",
        "fals",
        "[",
        "]",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[,]",
        "[1,,2]",
        "[1 2]",
        "[1:2]",
        "[1}",
        "[\"a\"",
        "[\"a",
        "{",
        "}",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,",
        "{\"a\":1,}",
        "{,}",
        "{1:2}",
        "{a:1}",
        "{'a':1}",
        "{\"a\" 1}",
        "{\"a\"::1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":1]",
        "{\"a\",1}",
        "{null:1}",
        "{\"a\":}",
        "[]]",
        "{}}",
        "[] x",
        "1,",
        "\"",
        "\"a",
        "\"\\\"",
        "\"\\",
        "\"\\a\"",
        "\"\\x41\"",
        "\"\\'\"",
        "\"\\U0041\"",
        "\"\\u\"",
        "\"\\u1\"",
        "\"\\u12\"",
        "\"\\u123\"",
        "\"\\u123g\"",
        "\"\\u-123\"",
        "\"\\u 123\"",
        "\"\\uD800\"",
        "\"\\uD800x\"",
        "\"\\uD800\\n\"",
        "\"\\uD800\\u0041\"",
        "\"\\uD800\\uD800\"",
        "\"\\uDC00\"",
        "\"\\uDC00\\uD800\"",
        "\"\\uDC00\\uDC00\"",
        "\"\\uD834\\uD\"",
        "\"\\uD834\\\"",
        "\"\\uD834\\uDD1",
        "\"a\nb\"",
        "\"a\tb\"",
        "\"a\x1F\"",
        "\"\x80\"",
        "\"\xC3\"",
        "\"\xC0\xAF\"",
        "\"\xED\xA0\x80\"",
        "\"\xF4\x90\x80\x80\"",
        "\"\xE2\x82\"",
        "\xEF\xBB\xBF[]",
        "'a'",
        "// c\n1",
        "/**/1",
        "1/**/",
        "[1]//",
        "#1",
        "\f1",
        "\v1",
        "\xC2\xA0 1",
        "1\f",
        "{\"a\x01\":1}",
        "{\"\xFF\":1}",
        "[\xFF]",
        "\xFF",
        "\xC3\xA4",
        "{\"a\":tru}",
        "[nul]",
        "*",
        "<a>",
        "[\"\\uD83D\"]",
        "[1e]",
        "[-]",
        "[- 1]",
        "[1. 5]",
        "[1 .5]",
        "[0 1]",
        "[00]",
        "{\"a\":01}",
        "undefined",
        "(1)",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (!DYNR_ASSERT(!accepts(texts[i], strlen(texts[i])))) {
            DYNR_ASSERT_STR(dynr_str_from_c(texts[i]), "(refused)");
        }
    }
    DYNR_ASSERT(!accepts("\0", 1));
    DYNR_ASSERT(!accepts("1\0", 2));
    DYNR_ASSERT(!accepts("\"a\0b\"", 5));
}

static void every_prefix_and_every_mutation_is_survived(void)
{
    static const char text[] =
        "{\"a\\u00e4\":[1.5e3,-0,true,false,null,\"\\uD834\\uDD1E \xE2\x82\xAC\"],"
        "\"long plain string\":{\"\":{}}}";
    size_t len = sizeof text - 1;
    struct dynr_test_random random = {99};
    DYNR_ASSERT(accepts(text, len));
    for (size_t cut = 0; cut < len; cut++) {
        DYNR_ASSERT(!accepts(text, cut));
    }
    for (int round = 0; round < 50000; round++) {
        char mutated[sizeof text];
        memcpy(mutated, text, len);
        for (uint64_t n = 1 + dynr_test_random_below(&random, 3); n != 0; n--) {
            char c = dynr_test_random_below(&random, 2) == 0
                         ? text[dynr_test_random_below(&random, len)]
                         : (char)dynr_test_random_below(&random, 256);
            mutated[dynr_test_random_below(&random, len)] = c;
        }
        accepts(mutated, len - dynr_test_random_below(&random, 4));
    }
}

static void depth_is_bounded(void)
{
    char text[4 * DYNR_JSON_MAX_DEPTH];
    memset(text, '[', DYNR_JSON_MAX_DEPTH);
    memset(text + DYNR_JSON_MAX_DEPTH, ']', DYNR_JSON_MAX_DEPTH);
    DYNR_ASSERT(accepts(text, (size_t)2 * DYNR_JSON_MAX_DEPTH));
    memset(text, '[', DYNR_JSON_MAX_DEPTH + 1);
    memset(text + DYNR_JSON_MAX_DEPTH + 1, ']', DYNR_JSON_MAX_DEPTH + 1);
    DYNR_ASSERT(!accepts(text, (size_t)2 * DYNR_JSON_MAX_DEPTH + 2));
    memset(text, '[', sizeof text);
    DYNR_ASSERT(!accepts(text, sizeof text));
    /* Depth counts nesting, not the number of arrays. */
    struct dynr_buf buf = {0};
    dynr_buf_append_char(&buf, '[');
    for (int i = 0; i < 1000; i++) {
        dynr_buf_append_c(&buf, "[],{},");
    }
    dynr_buf_append_c(&buf, "0]");
    DYNR_ASSERT(accepts(buf.ptr, buf.len));
    dynr_buf_cleanup(&buf);
}

static void values_are_read_in_order(void)
{
    struct dynr_arena arena = {0};
    struct dynr_json_reader reader;
    struct dynr_str text =
        dynr_str_from_c(" { \"name\" : \"a\\n\\u00e4\\ud83d\\ude00\" , \"n\" : -1.5e3, "
                        "\"list\":[true , false,null],"
                        "\"skipped\" : { \"x\" : [ 1 ] } , \"esc\\\"aped\":\"plain\"} ");
    struct dynr_str key;
    struct dynr_str value;
    bool first;
    bool flag = false;
    dynr_json_reader_init(&reader, text);
    DYNR_ASSERT_INT(dynr_json_peek(&reader), DYNR_JSON_OBJECT);
    DYNR_ASSERT(dynr_json_enter_object(&reader, &first));
    DYNR_ASSERT(dynr_json_next_member(&reader, &arena, &first, &key));
    DYNR_ASSERT_STR(key, "name");
    DYNR_ASSERT(dynr_json_read_string(&reader, &arena, &value));
    DYNR_ASSERT_STR(value, "a\n\xC3\xA4\xF0\x9F\x98\x80");
    DYNR_ASSERT(dynr_json_next_member(&reader, &arena, &first, &key));
    DYNR_ASSERT_INT(dynr_json_peek(&reader), DYNR_JSON_NUMBER);
    DYNR_ASSERT(dynr_json_read_number(&reader, &value));
    DYNR_ASSERT_STR(value, "-1.5e3");
    DYNR_ASSERT(dynr_json_next_member(&reader, &arena, &first, &key));
    bool first_element;
    DYNR_ASSERT(dynr_json_enter_array(&reader, &first_element));
    DYNR_ASSERT(dynr_json_next_element(&reader, &first_element));
    DYNR_ASSERT(dynr_json_read_bool(&reader, &flag) && flag);
    DYNR_ASSERT(dynr_json_next_element(&reader, &first_element));
    DYNR_ASSERT(dynr_json_read_bool(&reader, &flag) && !flag);
    DYNR_ASSERT(dynr_json_next_element(&reader, &first_element));
    DYNR_ASSERT_INT(dynr_json_peek(&reader), DYNR_JSON_NULL);
    DYNR_ASSERT(dynr_json_read_null(&reader));
    DYNR_ASSERT(!dynr_json_next_element(&reader, &first_element));
    DYNR_ASSERT(reader.fault == NULL);
    DYNR_ASSERT(dynr_json_next_member(&reader, &arena, &first, &key));
    DYNR_ASSERT(dynr_json_skip(&reader, &value));
    DYNR_ASSERT_STR(value, "{ \"x\" : [ 1 ] }");
    DYNR_ASSERT(dynr_json_next_member(&reader, &arena, &first, &key));
    DYNR_ASSERT_STR(key, "esc\"aped");
    DYNR_ASSERT(dynr_json_read_string(&reader, NULL, &value));
    DYNR_ASSERT(value.ptr > text.ptr && value.ptr < text.ptr + text.len);
    DYNR_ASSERT(!dynr_json_next_member(&reader, &arena, &first, &key));
    DYNR_ASSERT_INT(reader.depth, 0);
    DYNR_ASSERT_INT(dynr_json_peek(&reader), DYNR_JSON_END);
    DYNR_ASSERT(dynr_json_finish(&reader));
    dynr_arena_cleanup(&arena);
}

static void faults_stick_and_say_where(void)
{
    struct dynr_json_reader reader;
    struct dynr_error err;
    struct dynr_str value;
    bool first;
    dynr_json_reader_init(&reader, dynr_str_from_c("[1, x]"));
    DYNR_ASSERT(!dynr_json_skip(&reader, NULL));
    DYNR_ASSERT_INT(dynr_json_peek(&reader), DYNR_JSON_FAULT);
    DYNR_ASSERT(!dynr_json_read_number(&reader, &value));
    DYNR_ASSERT(!dynr_json_next_element(&reader, &first));
    DYNR_ASSERT(!dynr_json_finish(&reader));
    DYNR_ASSERT_STATUS(dynr_json_fail(&reader, &err), DYNR_ERR_SYNTAX);
    DYNR_ASSERT_STR(dynr_str_from_c(err.message),
                    "JSON is malformed at byte 4: a value is expected");
    dynr_json_reader_init(&reader, dynr_str_from_c("\"ab\xFF\""));
    DYNR_ASSERT(!dynr_json_read_string(&reader, NULL, &value));
    DYNR_ASSERT_INT(reader.next - reader.start, 3);
    dynr_json_reader_init(&reader, dynr_str_from_c("12"));
    DYNR_ASSERT(!dynr_json_read_string(&reader, NULL, &value));
    DYNR_ASSERT_STR(dynr_str_from_c(reader.fault), "a string is expected");
    dynr_json_reader_init(&reader, dynr_str_make(NULL, 0));
    DYNR_ASSERT(!dynr_json_read_null(&reader));
    DYNR_ASSERT_STR(dynr_str_from_c(reader.fault), "the text ends where a value is expected");
    dynr_json_reader_init(&reader, dynr_str_from_c("1 1"));
    DYNR_ASSERT(dynr_json_read_number(&reader, &value));
    DYNR_ASSERT(!dynr_json_finish(&reader));
    DYNR_ASSERT_STR(dynr_str_from_c(reader.fault), "text after the value");
}

static void exhausted_memory_is_not_bad_syntax(void)
{
    struct dynr_test_memory memory;
    struct dynr_arena arena;
    struct dynr_json_reader reader;
    struct dynr_str value;
    dynr_test_memory_init(&memory, 1);
    dynr_arena_init(&arena, &memory.allocator, 0);
    dynr_json_reader_init(&reader, dynr_str_from_c("\"a\\n\""));
    DYNR_ASSERT(!dynr_json_read_string(&reader, &arena, &value));
    DYNR_ASSERT_STATUS(dynr_json_fail(&reader, NULL), DYNR_ERR_NO_MEMORY);
    dynr_arena_cleanup(&arena);
    DYNR_ASSERT_INT(memory.n_blocks, 0);
}

static void written_strings_read_back(void)
{
    struct dynr_buf buf = {0};
    struct dynr_arena arena = {0};
    struct dynr_test_random random = {5};
    dynr_buf_append_json_string(&buf,
                                dynr_str_make("q\"b\\s/\b\f\n\r\t\x01\x1F\x7F\0\xC3\xA4", 17));
    DYNR_ASSERT_STR(dynr_buf_str(&buf),
                    "\"q\\\"b\\\\s/\\b\\f\\n\\r\\t\\u0001\\u001f\x7F\\u0000\xC3\xA4\"");
    for (int round = 0; round < 20000; round++) {
        char text[40];
        size_t len = (size_t)dynr_test_random_below(&random, sizeof text + 1);
        for (size_t i = 0; i < len; i++) {
            /* Escapes rare in one half of the rounds and common in the other. */
            text[i] = (char)dynr_test_random_below(&random, round % 2 == 0 ? 128 : 40);
        }
        dynr_buf_clear(&buf);
        dynr_buf_append_json_string(&buf, dynr_str_make(text, len));
        struct dynr_json_reader reader;
        struct dynr_str back = {NULL, 0};
        dynr_json_reader_init(&reader, dynr_buf_str(&buf));
        if (!DYNR_ASSERT(dynr_json_read_string(&reader, &arena, &back)) ||
            !DYNR_ASSERT(dynr_json_finish(&reader)) ||
            !DYNR_ASSERT_MEM(back.ptr, back.len, text, len)) {
            break;
        }
        dynr_arena_reset(&arena);
    }
    dynr_arena_cleanup(&arena);
    dynr_buf_cleanup(&buf);
}

static const struct dynr_test tests[] = {
    DYNR_TEST(well_formed_texts_are_accepted),
    DYNR_TEST(malformed_texts_are_refused),
    DYNR_TEST(every_prefix_and_every_mutation_is_survived),
    DYNR_TEST(depth_is_bounded),
    DYNR_TEST(values_are_read_in_order),
    DYNR_TEST(faults_stick_and_say_where),
    DYNR_TEST(exhausted_memory_is_not_bad_syntax),
    DYNR_TEST(written_strings_read_back),
};

int main(void)
{
    return dynr_test_main("base/json", tests, DYNR_TEST_COUNT(tests));
}
