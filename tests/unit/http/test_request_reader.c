/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests with their bodies: by length and in chunks, in pieces of any size, one behind the other; what is refused, and with which
 * status.
 */
#include <stdio.h>
#include <string.h>

#include "http/request_reader.h"
#include "test_main.h"

#define HEAD_MAX 256
#define BODY_MAX 64
#define POST     "POST /x HTTP/1.1\r\nHost: a\r\n"
#define CHUNKED  POST "Transfer-Encoding: chunked\r\n\r\n"

static struct dynr_arena arena;

static void put(struct dynr_request_reader *reader, const char *bytes, size_t len)
{
    size_t size = 0;
    char *room = dynr_request_reader_room(reader, &size);
    DYNR_ASSERT(room != NULL && size >= len);
    memcpy(room, bytes, len);
    dynr_request_reader_took(reader, len);
}

static void put_c(struct dynr_request_reader *reader, const char *text)
{
    put(reader, text, strlen(text));
}

static struct dynr_request_reader new_reader(void)
{
    struct dynr_request_reader reader;
    dynr_request_reader_init(&reader, HEAD_MAX, BODY_MAX);
    return reader;
}

/* The status that `text` is refused with; 0: it is a whole request; -1: more must come. */
static int outcome(const char *text)
{
    struct dynr_request_reader reader = new_reader();
    put_c(&reader, text);
    enum dynr_read_progress progress = dynr_request_reader_step(&reader, &arena);
    int refused = reader.refused;
    dynr_request_reader_cleanup(&reader);
    if (progress == DYNR_READ_REFUSED) {
        return refused;
    }
    return progress == DYNR_READ_REQUEST ? 0 : -1;
}

static void bodies_come_in_pieces(void)
{
    static const struct {
        const char *text;
        const char *body;
    } cases[] = {
        {POST "\r\n", ""},
        {POST "Content-Length: 0\r\n\r\n", ""},
        {"\r\n\r\n" POST "Content-Length: 5\r\n\r\nhello", "hello"},
        {CHUNKED "0\r\n\r\n", ""},
        {CHUNKED "5\r\nhello\r\n00;last\r\n\r\n", "hello"},
        {CHUNKED "2;a=\"b\"\r\nhe\r\n3\r\nllo\r\n0\r\nTrailer: yes\r\nX: y\r\n\r\n", "hello"},
        {CHUNKED "A\r\n0123456789\r\n0\r\n\r\n", "0123456789"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t len = strlen(cases[i].text);
        for (size_t step = 1; step <= len; step++) {
            struct dynr_request_reader reader = new_reader();
            enum dynr_read_progress progress = DYNR_READ_MORE;
            for (size_t at = 0; at < len; at += step) {
                DYNR_ASSERT_INT(progress, DYNR_READ_MORE);
                put(&reader, cases[i].text + at, len - at < step ? len - at : step);
                progress = dynr_request_reader_step(&reader, &arena);
            }
            DYNR_ASSERT_INT(progress, DYNR_READ_REQUEST);
            DYNR_ASSERT_STR(reader.head.method, "POST");
            DYNR_ASSERT_STR(reader.head.target, "/x");
            DYNR_ASSERT_STR(dynr_request_head_find(&reader.head, "host"), "a");
            DYNR_ASSERT_STR(reader.body, cases[i].body);
            dynr_request_reader_next(&reader);
            DYNR_ASSERT_INT(dynr_request_reader_held(&reader), 0);
            dynr_request_reader_cleanup(&reader);
        }
    }
    dynr_arena_cleanup(&arena);
}

static void requests_follow_one_another(void)
{
    static const char text[] =
        POST "Content-Length: 3\r\n\r\none" CHUNKED "3\r\ntwo\r\n0\r\n\r\n" POST
             "Connection: keep-alive, Close\r\n\r\n"
             "GET / HTTP/1.0\r\n\r\n";
    static const struct {
        const char *body;
        bool closes;
    } wanted[] = {{"one", false}, {"two", false}, {"", true}, {"", true}};
    struct dynr_request_reader reader = new_reader();
    put_c(&reader, text);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        DYNR_ASSERT_INT(dynr_request_reader_step(&reader, &arena), DYNR_READ_REQUEST);
        DYNR_ASSERT_STR(reader.body, wanted[i].body);
        DYNR_ASSERT_INT(reader.closes, wanted[i].closes);
        /* Asked again, it is the same one. */
        DYNR_ASSERT_INT(dynr_request_reader_step(&reader, &arena), DYNR_READ_REQUEST);
        DYNR_ASSERT_STR(reader.body, wanted[i].body);
        dynr_request_reader_next(&reader);
    }
    DYNR_ASSERT_INT(dynr_request_reader_step(&reader, &arena), DYNR_READ_MORE);
    dynr_request_reader_cleanup(&reader);
    dynr_arena_cleanup(&arena);
}

static void what_two_readers_could_read_differently_is_refused(void)
{
    DYNR_ASSERT_INT(outcome(POST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
    DYNR_ASSERT_INT(outcome(POST "Content-Length: 1\r\nContent-Length: 1\r\n\r\n"), 400);
    DYNR_ASSERT_INT(
        outcome(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
    DYNR_ASSERT_INT(outcome("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
    DYNR_ASSERT_INT(outcome(POST "Transfer-Encoding: gzip, chunked\r\n\r\n"), 501);
    DYNR_ASSERT_INT(outcome(POST "Transfer-Encoding: identity\r\n\r\n"), 501);
    DYNR_ASSERT_INT(outcome(POST "Transfer-Encoding:\r\n\r\n"), 501);
    DYNR_ASSERT_INT(outcome(POST "Content-Length: +1\r\n\r\n"), 400);
    DYNR_ASSERT_INT(outcome(POST "Content-Length: 1, 1\r\n\r\n"), 400);
    DYNR_ASSERT_INT(outcome(POST "Content-Length:\r\n\r\n"), 400);
    DYNR_ASSERT_INT(outcome(POST "Content-Length: 0x10\r\n\r\n"), 400);
    static const char *const bad_chunks[] = {
        "\r\n",
        "x\r\n",
        "-1\r\n",
        " 1\r\n",
        "1 \r\n",
        "1\nx\r\n",
        "0x1\r\nx\r\n",
        "1\r\nxx\r\n",
        "1\r\nx\n",
        "1\r\nx0\r\n\r\n",
        "0\r\nX: y\n\r\n",
        "0\r\nno header\r\n\r\n",
        "0\r\nX:\ry\r\n\r\n",
        "0;a\x01\r\n\r\n",
        ";a=b\r\n",
        "1\r\nx\r\nz\r\n",
    };
    for (size_t i = 0; i < sizeof bad_chunks / sizeof bad_chunks[0]; i++) {
        char text[256];
        (void)snprintf(text, sizeof text, "%s%s", CHUNKED, bad_chunks[i]);
        if (!DYNR_ASSERT_INT(outcome(text), 400)) {
            (void)printf("# %s\n", bad_chunks[i]);
        }
    }
    dynr_arena_cleanup(&arena);
}

static void lengths_are_bounded(void)
{
    char text[2048];
    char filling[2048];
    memset(filling, 'x', sizeof filling);
    DYNR_ASSERT_INT(outcome(POST "Content-Length: 64\r\n\r\n"), -1);
    DYNR_ASSERT_INT(outcome(POST "Content-Length: 65\r\n\r\n"), 413);
    DYNR_ASSERT_INT(outcome(POST "Content-Length: 999999999999999\r\n\r\n"), 413);
    DYNR_ASSERT_INT(outcome(POST "Content-Length: 9999999999999999\r\n\r\n"), 400);
    DYNR_ASSERT_INT(outcome(CHUNKED "40\r\n"), -1);
    DYNR_ASSERT_INT(outcome(CHUNKED "41\r\n"), 413);
    DYNR_ASSERT_INT(outcome(CHUNKED "ffffffffffffffffffff\r\n"), 413);
    (void)snprintf(text, sizeof text, CHUNKED "20\r\n%.32s\r\n20\r\n%.32s\r\n1\r\n", filling,
                   filling);
    DYNR_ASSERT_INT(outcome(text), 413);
    (void)snprintf(text, sizeof text, POST "X: %.200s", filling);
    DYNR_ASSERT_INT(outcome(text), -1);
    (void)snprintf(text, sizeof text, POST "X: %.300s", filling);
    DYNR_ASSERT_INT(outcome(text), 431);
    (void)snprintf(text, sizeof text, POST "X: %.300s\r\n\r\n", filling);
    DYNR_ASSERT_INT(outcome(text), 431);
    /* Neither lines before chunks nor trailers go on for ever. */
    (void)snprintf(text, sizeof text, CHUNKED "1;%.300s", filling);
    DYNR_ASSERT_INT(outcome(text), 400);
    (void)snprintf(text, sizeof text, CHUNKED "0\r\nA: %.150s\r\nB: %.150s\r\n\r\n", filling,
                   filling);
    DYNR_ASSERT_INT(outcome(text), 400);
    dynr_arena_cleanup(&arena);
}

static void leave_is_asked_for_once(void)
{
    struct dynr_request_reader reader = new_reader();
    put_c(&reader, POST "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    DYNR_ASSERT_INT(dynr_request_reader_step(&reader, &arena), DYNR_READ_CONTINUE);
    DYNR_ASSERT_INT(dynr_request_reader_step(&reader, &arena), DYNR_READ_MORE);
    put_c(&reader, "ab");
    DYNR_ASSERT_INT(dynr_request_reader_step(&reader, &arena), DYNR_READ_REQUEST);
    DYNR_ASSERT_STR(reader.body, "ab");
    dynr_request_reader_next(&reader);
    /* Who sends the body at once needs none. */
    put_c(&reader, POST "Expect: 100-continue\r\nContent-Length: 2\r\n\r\nab");
    DYNR_ASSERT_INT(dynr_request_reader_step(&reader, &arena), DYNR_READ_REQUEST);
    dynr_request_reader_cleanup(&reader);
    dynr_arena_cleanup(&arena);
}

static void every_header_of_a_name_counts(void)
{
    struct dynr_request_reader reader = new_reader();
    put_c(&reader, POST "Connection: keep-alive\r\nConnection: close\r\n\r\n");
    DYNR_ASSERT_INT(dynr_request_reader_step(&reader, &arena), DYNR_READ_REQUEST);
    DYNR_ASSERT(reader.closes);
    dynr_request_reader_cleanup(&reader);
    dynr_arena_cleanup(&arena);
}

static void few_empty_lines_are_skipped(void)
{
    DYNR_ASSERT_INT(outcome("\r\n\r\n\r\n\r\n" POST "\r\n"), 0);
    DYNR_ASSERT_INT(outcome("\r\n\r\n\r\n\r\n\r\n"), 400);
    DYNR_ASSERT_INT(outcome("\r\n\r"), -1);
    DYNR_ASSERT_INT(outcome("\r\n\rPOST"), -1);
    dynr_arena_cleanup(&arena);
}

/* Whatever a request took, what follows it does not keep. */
static void large_memory_is_given_back(void)
{
    struct dynr_request_reader reader;
    size_t left = (size_t)1 << 20;
    size_t size = 0;
    dynr_request_reader_init(&reader, HEAD_MAX, left);
    put_c(&reader, POST "Content-Length: 1048576\r\n\r\n");
    while (dynr_request_reader_step(&reader, &arena) == DYNR_READ_MORE) {
        char *room = dynr_request_reader_room(&reader, &size);
        size = left < size ? left : size;
        memset(room, 'x', size);
        dynr_request_reader_took(&reader, size);
        left -= size;
    }
    DYNR_ASSERT_INT(reader.body.len, 1 << 20);
    DYNR_ASSERT(dynr_request_reader_reserved(&reader) >= 1 << 20);
    put_c(&reader, "P");
    dynr_request_reader_next(&reader);
    DYNR_ASSERT_INT(dynr_request_reader_held(&reader), 1);
    DYNR_ASSERT(dynr_request_reader_reserved(&reader) < 1 << 16);
    /* Nor is it read far ahead. */
    (void)dynr_request_reader_room(&reader, &size);
    DYNR_ASSERT(size <= 1 << 16);
    dynr_request_reader_cleanup(&reader);
    dynr_arena_cleanup(&arena);
}

static void nothing_follows_a_refusal(void)
{
    struct dynr_request_reader reader = new_reader();
    put_c(&reader, "NO\r\n\r\n");
    DYNR_ASSERT_INT(dynr_request_reader_step(&reader, &arena), DYNR_READ_REFUSED);
    put_c(&reader, POST "\r\n");
    DYNR_ASSERT_INT(dynr_request_reader_step(&reader, &arena), DYNR_READ_REFUSED);
    DYNR_ASSERT_INT(reader.refused, 400);
    dynr_request_reader_cleanup(&reader);
    dynr_arena_cleanup(&arena);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(bodies_come_in_pieces),
        DYNR_TEST(requests_follow_one_another),
        DYNR_TEST(what_two_readers_could_read_differently_is_refused),
        DYNR_TEST(lengths_are_bounded),
        DYNR_TEST(leave_is_asked_for_once),
        DYNR_TEST(every_header_of_a_name_counts),
        DYNR_TEST(few_empty_lines_are_skipped),
        DYNR_TEST(large_memory_is_given_back),
        DYNR_TEST(nothing_follows_a_refusal),
    };
    return dynr_test_main("request reader", tests, DYNR_TEST_COUNT(tests));
}
