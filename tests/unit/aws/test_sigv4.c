/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signature Version 4, stage by stage, on examples that AWS documents; the whole suite of AWS is run by sigv4_vectors.py.
 */
#include "aws/sigv4.h"
#include "test_main.h"

#define EMPTY_HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define SECRET     "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

static struct dynr_str text(const char *c)
{
    return dynr_str_from_c(c);
}

static const struct dynr_sigv4_scope *example_scope(void)
{
    static struct dynr_sigv4_scope scope;
    scope.time = text("20150830T123600Z");
    scope.region = text("us-east-1");
    scope.service = text("service");
    return &scope;
}

static void vanilla_request_signs_as_documented(void)
{
    struct dynr_arena arena = {0};
    struct dynr_sigv4_pair headers[] = {{text("X-Amz-Date"), text("20150830T123600Z")},
                                        {text("Host"), text("example.amazonaws.com")}};
    struct dynr_sigv4_request request = {.method = text("GET"),
                                         .path = text("/"),
                                         .headers = headers,
                                         .n_headers = 2,
                                         .payload_hash = text(EMPTY_HASH),
                                         .normalize_path = true};
    struct dynr_str canonical;
    struct dynr_str names;
    struct dynr_str to_sign;
    char signature[DYNR_SHA256_HEX];
    DYNR_ASSERT_STATUS(dynr_sigv4_canonical_request(&request, &arena, &canonical, &names), DYNR_OK);
    DYNR_ASSERT_STR(names, "host;x-amz-date");
    DYNR_ASSERT_STR(canonical, "GET\n/\n\nhost:example.amazonaws.com\nx-amz-date:20150830T123600Z\n"
                               "\nhost;x-amz-date\n" EMPTY_HASH);
    DYNR_ASSERT_STATUS(dynr_sigv4_string_to_sign(example_scope(), canonical, &arena, &to_sign),
                       DYNR_OK);
    DYNR_ASSERT_STR(to_sign,
                    "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/service/aws4_request\n"
                    "bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63");
    DYNR_ASSERT_STATUS(dynr_sigv4_signature(text(SECRET), example_scope(), to_sign, signature),
                       DYNR_OK);
    DYNR_ASSERT_STR(dynr_str_make(signature, sizeof signature),
                    "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
    dynr_arena_cleanup(&arena);
}

static struct dynr_str canonical_of(struct dynr_arena *arena, const char *path, const char *query,
                                    bool normalize)
{
    struct dynr_sigv4_request request = {.method = text("GET"),
                                         .path = text(path),
                                         .query = text(query),
                                         .payload_hash = text("h"),
                                         .normalize_path = normalize};
    struct dynr_str canonical = {NULL, 0};
    struct dynr_str names;
    DYNR_ASSERT_STATUS(dynr_sigv4_canonical_request(&request, arena, &canonical, &names), DYNR_OK);
    return canonical;
}

static void paths_and_queries_have_one_spelling(void)
{
    struct dynr_arena arena = {0};
    static const struct {
        const char *path;
        const char *query;
        const char *expected;
    } cases[] = {
        {"", "", "GET\n/\n\n\n\n\nh"},
        {"//a/./b/../c/", "", "GET\n/a/c/\n\n\n\n\nh"},
        {"/../..", "", "GET\n/\n\n\n\n\nh"},
        {"/a%2fb c", "", "GET\n/a/b%20c\n\n\n\n\nh"},
        {"/%7e%zz", "", "GET\n/~%25zz\n\n\n\n\nh"},
        {"/", "b=2&a=1&a=0&c", "GET\n/\na=0&a=1&b=2&c=\n\n\n\nh"},
        {"/", "x=%E1%88%B4&y=a/b", "GET\n/\nx=%E1%88%B4&y=a%2Fb\n\n\n\nh"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (!DYNR_ASSERT_STR(canonical_of(&arena, cases[i].path, cases[i].query, true),
                             cases[i].expected)) {
            return;
        }
    }
    DYNR_ASSERT_STR(canonical_of(&arena, "//a/../b", "", false), "GET\n//a/../b\n\n\n\n\nh");
    dynr_arena_cleanup(&arena);
}

static void headers_are_joined_and_trimmed(void)
{
    struct dynr_arena arena = {0};
    struct dynr_sigv4_pair headers[] = {{text("My-Header"), text("  b   c \n d ")},
                                        {text("Host"), text("x")},
                                        {text("my-header"), text("a")}};
    struct dynr_sigv4_request request = {.method = text("GET"),
                                         .path = text("/"),
                                         .headers = headers,
                                         .n_headers = 3,
                                         .payload_hash = text("h")};
    struct dynr_str canonical;
    struct dynr_str names;
    DYNR_ASSERT_STATUS(dynr_sigv4_canonical_request(&request, &arena, &canonical, &names), DYNR_OK);
    DYNR_ASSERT_STR(canonical, "GET\n/\n\nhost:x\nmy-header:b c d,a\n\nhost;my-header\nh");
    dynr_arena_cleanup(&arena);
}

static void wrong_arguments_are_refused(void)
{
    struct dynr_arena arena = {0};
    struct dynr_str out;
    char signature[DYNR_SHA256_HEX];
    struct dynr_sigv4_scope scope = *example_scope();
    char secret[300];
    memset(secret, 'x', sizeof secret);
    DYNR_ASSERT_STATUS(
        dynr_sigv4_signature(dynr_str_make(secret, sizeof secret), &scope, text("t"), signature),
        DYNR_ERR_INVALID_ARGUMENT);
    DYNR_ASSERT_STATUS(dynr_sigv4_signature(text(""), &scope, text("t"), signature),
                       DYNR_ERR_INVALID_ARGUMENT);
    scope.time = text("2015");
    DYNR_ASSERT_STATUS(dynr_sigv4_string_to_sign(&scope, text("c"), &arena, &out),
                       DYNR_ERR_INVALID_ARGUMENT);
    DYNR_ASSERT(!dynr_sigv4_same(text("abc"), text("abd")));
    DYNR_ASSERT(!dynr_sigv4_same(text("abc"), text("abcd")));
    DYNR_ASSERT(!dynr_sigv4_same(text(""), text("")));
    DYNR_ASSERT(dynr_sigv4_same(text("abc"), text("abc")));
    dynr_arena_cleanup(&arena);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(vanilla_request_signs_as_documented),
        DYNR_TEST(paths_and_queries_have_one_spelling),
        DYNR_TEST(headers_are_joined_and_trimmed),
        DYNR_TEST(wrong_arguments_are_refused),
    };
    return dynr_test_main("sigv4", tests, DYNR_TEST_COUNT(tests));
}
