/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Heads of requests: what is taken, how it is decoded, what is refused; where a head ends, in whatever pieces it comes.
 */
#include <string.h>

#include "dynr/buf.h"
#include "http/request_head.h"
#include "test_main.h"

#define HOST "host: a\r\n"

static struct dynr_request_head head;

static int parse(const char *text, struct dynr_arena *arena)
{
    return dynr_request_head_parse(dynr_str_from_c(text), arena, &head);
}

static void a_head_is_parsed(void)
{
    struct dynr_arena arena = {0};
    DYNR_ASSERT_INT(
        parse("POST /a%20b/%C3%A9+c?x=1&y HTTP/1.1\r\nHost: \t a:1 \r\nX-y:\r\n\r\n", &arena), 0);
    DYNR_ASSERT_STR(head.method, "POST");
    DYNR_ASSERT_STR(head.path, "/a b/\xc3\xa9+c");
    DYNR_ASSERT_STR(head.query, "x=1&y");
    DYNR_ASSERT_INT(head.minor, 1);
    DYNR_ASSERT_STR(dynr_request_head_find(&head, "host"), "a:1");
    DYNR_ASSERT_INT(dynr_request_head_count(&head, "x-y"), 1);
    DYNR_ASSERT_INT(dynr_request_head_find(&head, "x-y").len, 0);
    DYNR_ASSERT_INT(dynr_request_head_count(&head, "x"), 0);
    DYNR_ASSERT_INT(parse("OPTIONS * HTTP/1.0\r\n\r\n", &arena), 0);
    DYNR_ASSERT_STR(head.path, "*");
    DYNR_ASSERT_INT(head.minor, 0);
    dynr_arena_cleanup(&arena);
}

static void what_could_be_misunderstood_is_refused(void)
{
    static const struct {
        const char *text;
        int status;
    } cases[] = {
        {"", 400},
        {"\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST, 400},
        {"GET / HTTP/1.1\n" HOST "\r\n", 400},
        {"GET / HTTP/1.1\r\nhost: a\n\r\n", 400},
        {"GET / HTTP/1.1\r\nhost: a\rb\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST HOST "\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "content-length: 1\r\nContent-Length: 1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n",
         400},
        {"GET / HTTP/1.1\r\n" HOST "origin: a\r\nx: y\r\norigin: a\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "content-type: a/b\r\nCONTENT-TYPE: a/b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "dynr-caller: {}\r\ndynr-caller: {}\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "dynr-ids: a\r\ndynr-ids: b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "idempotency-key: a\r\nidempotency-key: a\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "x-amz-date: a\r\nX-Amz-Date: b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "sec-websocket-key: a\r\nsec-websocket-key: b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "accept: a\r\naccept: b\r\nx: y\r\nx: z\r\n\r\n", 0},
        {"GET / HTTP/1.1\r\n" HOST "if-none-match: a\r\nif-none-match: b\r\n\r\n", 0},
        {"GET / HTTP/1.1\r\n" HOST " x: y\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "x : y\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "x\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST ": y\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "x: \x01\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "x: \x7f\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "\r\nrest", 400},
        {"GET /\r\n" HOST "\r\n", 400},
        {"G@T / HTTP/1.1\r\n" HOST "\r\n", 400},
        {" / HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET  HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET a HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET http://a/ HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET /#a HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET /% HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET /%4 HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET /%4g HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET /%00 HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET / http/1.1\r\n" HOST "\r\n", 400},
        {"GET / HTTP/1.2\r\n" HOST "\r\n", 505},
        {"GET / HTTP/1.10\r\n" HOST "\r\n", 505},
        {"GET / HTTP/2.0\r\n" HOST "\r\n", 505},
    };
    struct dynr_arena arena = {0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (!DYNR_ASSERT_INT(parse(cases[i].text, &arena), cases[i].status)) {
            DYNR_ASSERT_STR(dynr_str_from_c(cases[i].text), "the one that failed");
        }
    }
    dynr_arena_cleanup(&arena);
}

static void headers_are_counted(void)
{
    struct dynr_arena arena = {0};
    struct dynr_buf text = {0};
    dynr_buf_append_c(&text, "GET / HTTP/1.1\r\n" HOST);
    for (int i = 1; i < DYNR_REQUEST_MAX_HEADERS; i++) {
        dynr_buf_append_c(&text, "x: y\r\n");
    }
    size_t len = text.len;
    dynr_buf_append_c(&text, "\r\n");
    DYNR_ASSERT_INT(dynr_request_head_parse(dynr_buf_str(&text), &arena, &head), 0);
    DYNR_ASSERT_INT(head.n_headers, DYNR_REQUEST_MAX_HEADERS);
    text.len = len;
    dynr_buf_append_c(&text, "x: y\r\n\r\n");
    DYNR_ASSERT_INT(dynr_request_head_parse(dynr_buf_str(&text), &arena, &head), 431);
    dynr_buf_cleanup(&text);
    dynr_arena_cleanup(&arena);
}

static void the_end_is_found_in_pieces(void)
{
    static const char *const texts[] = {
        "GET / HTTP/1.1\r\n" HOST "\r\n",
        "GET / HTTP/1.1\n" HOST "\n",
        "\r\n\r\n",
        "\n\n",
        "a\r\nb\r\n\n",
        "a\n\r\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct dynr_str whole = dynr_str_from_c(texts[i]);
        for (size_t step = 1; step <= whole.len; step++) {
            size_t looked = 0;
            size_t found = 0;
            for (size_t len = step; found == 0 && len < whole.len + step; len += step) {
                size_t here = len < whole.len ? len : whole.len;
                found = dynr_request_head_length(dynr_str_make(whole.ptr, here), &looked);
                DYNR_ASSERT(found == 0 || here == whole.len);
            }
            DYNR_ASSERT_INT(found, whole.len);
        }
    }
}

static void lists_and_queries_are_searched(void)
{
    struct dynr_arena arena = {0};
    struct dynr_str value;
    DYNR_ASSERT(dynr_request_list_has(dynr_str_from_c("keep-alive, Upgrade"), "upgrade"));
    DYNR_ASSERT(dynr_request_list_has(dynr_str_from_c("upgrade"), "upgrade"));
    DYNR_ASSERT(!dynr_request_list_has(dynr_str_from_c("upgrades, up grade,"), "upgrade"));
    DYNR_ASSERT(!dynr_request_list_has(dynr_str_make(NULL, 0), "upgrade"));
    struct dynr_str query = dynr_str_from_c("inputs=1&input=%7B%22a%22:1+2%2b%7D&inpu=3&%%=4");
    DYNR_ASSERT(dynr_request_query_find(query, "input", &arena, &value));
    DYNR_ASSERT_STR(value, "{\"a\":1 2+}");
    DYNR_ASSERT(dynr_request_query_find(query, "other", &arena, &value));
    DYNR_ASSERT_INT(value.len, 0);
    static const char *const refused[] = {"input=%7",           "input=1&input=1",
                                          "input=1&x=2&input=", "input&input=1",
                                          "input=1&in%70ut=2",  "%69nput=1&input"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        DYNR_ASSERT(!dynr_request_query_find(dynr_str_from_c(refused[i]), "input", &arena, &value));
    }
    DYNR_ASSERT(
        dynr_request_query_find(dynr_str_from_c("&&in%70ut=a=b&"), "input", &arena, &value));
    DYNR_ASSERT_STR(value, "a=b");
    dynr_arena_cleanup(&arena);
}

static const struct dynr_test tests[] = {
    DYNR_TEST(a_head_is_parsed),
    DYNR_TEST(what_could_be_misunderstood_is_refused),
    DYNR_TEST(headers_are_counted),
    DYNR_TEST(the_end_is_found_in_pieces),
    DYNR_TEST(lists_and_queries_are_searched),
};

int main(void)
{
    return dynr_test_main("server-request-head", tests, DYNR_TEST_COUNT(tests));
}
