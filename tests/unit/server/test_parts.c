/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pure parts of the server: queues, remembered calls, rates, origins, paths, metrics.
 */
#include <stdio.h>
#include <string.h>

#include "base/origin.h"
#include "server/call_memory.h"
#include "server/entity_tag.h"
#include "server/metrics.h"
#include "server/outbox.h"
#include "server/rate_table.h"
#include "server/static_path.h"
#include "test_main.h"

/* ---- queues ---- */

static void push_text(struct dynr_outbox *outbox, const char *text, bool keep)
{
    struct dynr_wire *wire = dynr_wire_new(dynr_str_from_c(text), keep);
    DYNR_ASSERT(wire != NULL && dynr_outbox_push(outbox, wire));
    dynr_wire_unref(wire);
}

static bool pop_text(struct dynr_outbox *outbox, const char *expected)
{
    struct dynr_wire *wire = dynr_outbox_first(outbox);
    if (!DYNR_ASSERT(wire != NULL)) {
        return false;
    }
    bool same = DYNR_ASSERT_STR(
        dynr_str_make((const char *)dynr_wire_start(wire) + wire->head_len, wire->len), expected);
    dynr_outbox_pop(outbox);
    return same;
}

static void a_queue_keeps_the_order(void)
{
    struct dynr_outbox outbox = {0};
    char text[16];
    int in = 0;
    int out = 0;
    /* Grows while its ring is turned. */
    for (int round = 0; round < 50; round++) {
        for (int i = 0; i < 7; i++) {
            (void)snprintf(text, sizeof text, "%d", in++);
            push_text(&outbox, text, false);
        }
        for (int i = 0; i < 4; i++) {
            (void)snprintf(text, sizeof text, "%d", out++);
            if (!pop_text(&outbox, text)) {
                return;
            }
        }
    }
    DYNR_ASSERT_INT(outbox.n_wires, in - out);
    dynr_outbox_cleanup(&outbox);
    DYNR_ASSERT_INT(outbox.bytes, 0);
}

static void a_dropped_queue_keeps_answers(void)
{
    struct dynr_outbox outbox = {0};
    push_text(&outbox, "patch 1", false);
    push_text(&outbox, "result 1", true);
    push_text(&outbox, "patch 2", false);
    push_text(&outbox, "result 2", true);
    push_text(&outbox, "patch 3", false);
    dynr_outbox_drop(&outbox);
    DYNR_ASSERT_INT(outbox.n_wires, 2);
    DYNR_ASSERT_INT(outbox.bytes, strlen("result 1result 2"));
    pop_text(&outbox, "result 1");
    pop_text(&outbox, "result 2");
    DYNR_ASSERT(dynr_outbox_first(&outbox) == NULL);
    dynr_outbox_cleanup(&outbox);
}

/** The bytes of the next write, joined. */
static void gather_text(const struct dynr_outbox *outbox, size_t max_parts, size_t max_bytes,
                        struct dynr_buf *out)
{
    struct iovec parts[8];
    size_t n_parts = dynr_outbox_gather(outbox, parts, max_parts, max_bytes);
    dynr_buf_clear(out);
    for (size_t i = 0; i < n_parts; i++) {
        dynr_buf_append(out, parts[i].iov_base, parts[i].iov_len);
    }
}

static void a_queue_is_sent_in_any_pieces(void)
{
    static const char all[] = "\x81\x03one\x81\x03two<raw>\x81\x05three";
    size_t len = sizeof all - 1;
    for (size_t step = 1; step <= len; step++) {
        struct dynr_outbox outbox = {0};
        struct dynr_buf text = {0};
        uint64_t n_messages = 0;
        uint64_t n_bytes = 0;
        push_text(&outbox, "one", false);
        push_text(&outbox, "two", true);
        struct dynr_wire *raw = dynr_wire_new_raw(dynr_str_from_c("<raw>"));
        DYNR_ASSERT(raw != NULL && dynr_outbox_push(&outbox, raw));
        dynr_wire_unref(raw);
        push_text(&outbox, "three", false);
        for (size_t at = 0; at < len; at += step) {
            gather_text(&outbox, 8, 1000, &text);
            DYNR_ASSERT_STR(dynr_buf_str(&text), all + at);
            dynr_outbox_advance(&outbox, len - at < step ? len - at : step, &n_messages, &n_bytes);
        }
        DYNR_ASSERT_INT(outbox.n_wires, 0);
        DYNR_ASSERT_INT(outbox.bytes, 0);
        DYNR_ASSERT_INT(n_messages, 3);
        DYNR_ASSERT_INT(n_bytes, strlen("onetwothree"));
        dynr_outbox_cleanup(&outbox);
        dynr_buf_cleanup(&text);
    }
}

static void a_write_is_bounded(void)
{
    struct dynr_outbox outbox = {0};
    struct dynr_buf text = {0};
    push_text(&outbox, "one", false);
    push_text(&outbox, "two", false);
    push_text(&outbox, "three", false);
    gather_text(&outbox, 2, 1000, &text);
    DYNR_ASSERT_STR(dynr_buf_str(&text), "\x81\x03one\x81\x03two");
    gather_text(&outbox, 8, 1, &text);
    DYNR_ASSERT_STR(dynr_buf_str(&text), "\x81\x03one");
    gather_text(&outbox, 8, 6, &text);
    DYNR_ASSERT_STR(dynr_buf_str(&text), "\x81\x03one\x81\x03two");
    dynr_outbox_cleanup(&outbox);
    dynr_buf_cleanup(&text);
}

static void what_is_sent_in_part_is_not_dropped(void)
{
    struct dynr_outbox outbox = {0};
    struct dynr_buf text = {0};
    uint64_t counter = 0;
    push_text(&outbox, "one", false);
    push_text(&outbox, "two", false);
    dynr_outbox_advance(&outbox, 3, &counter, &counter);
    dynr_outbox_drop(&outbox);
    gather_text(&outbox, 8, 1000, &text);
    DYNR_ASSERT_STR(dynr_buf_str(&text), "ne");
    dynr_outbox_cleanup(&outbox);
    dynr_buf_cleanup(&text);
}

static void frames_have_the_shortest_header(void)
{
    static const struct {
        size_t len;
        const char *head;
        size_t head_len;
    } cases[] = {
        {0, "\x81\x00", 2},
        {125, "\x81\x7d", 2},
        {126, "\x81\x7e\x00\x7e", 4},
        {65535, "\x81\x7e\xff\xff", 4},
        {65536, "\x81\x7f\0\0\0\0\0\x01\0\0", 10},
    };
    static char payload[65536];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dynr_wire *wire = dynr_wire_new(dynr_str_make(payload, cases[i].len), false);
        if (DYNR_ASSERT(wire != NULL)) {
            DYNR_ASSERT_MEM(dynr_wire_start(wire), wire->head_len, cases[i].head,
                            cases[i].head_len);
            DYNR_ASSERT_INT(dynr_wire_size(wire), cases[i].len + cases[i].head_len);
        }
        dynr_wire_unref(wire);
    }
}

static void a_message_is_shared(void)
{
    struct dynr_outbox a = {0};
    struct dynr_outbox b = {0};
    struct dynr_wire *wire = dynr_wire_new(dynr_str_from_c("one"), false);
    DYNR_ASSERT(dynr_outbox_push(&a, wire) && dynr_outbox_push(&b, wire));
    DYNR_ASSERT_INT(wire->references, 3);
    dynr_outbox_pop(&a);
    DYNR_ASSERT_INT(wire->references, 2);
    dynr_wire_unref(wire);
    dynr_outbox_cleanup(&a);
    dynr_outbox_cleanup(&b);
}

/* ---- calls ---- */

static struct dynr_remembered_call make_call(const char *key, const char *output)
{
    struct dynr_remembered_call call;
    memset(&call, 0, sizeof call);
    call.caller = dynr_str_from_c("{\"id\":1}");
    call.key = dynr_str_from_c(key);
    call.procedure = dynr_str_from_c("p");
    call.input = dynr_str_from_c("{}");
    call.output = dynr_str_from_c(output);
    call.position = 7;
    return call;
}

static bool is_known(struct dynr_call_memory *memory, int64_t now_ms, const char *key)
{
    struct dynr_remembered_call call = make_call(key, "");
    struct dynr_error err = {0};
    bool found = false;
    DYNR_ASSERT_STATUS(dynr_call_memory_find(memory, now_ms, &call, &found, &err), DYNR_OK);
    return found;
}

static void calls_are_remembered_for_ten_minutes(void)
{
    struct dynr_call_memory *memory = dynr_call_memory_new(10, 100000, 1);
    struct dynr_remembered_call call = make_call("k", "[1]");
    struct dynr_error err = {0};
    bool found = true;
    DYNR_ASSERT_STATUS(dynr_call_memory_find(memory, 0, &call, &found, &err), DYNR_OK);
    DYNR_ASSERT(!found);
    DYNR_ASSERT(dynr_call_memory_add(memory, 0, &call));
    struct dynr_remembered_call again = make_call("k", "");
    DYNR_ASSERT_STATUS(dynr_call_memory_find(memory, DYNR_CALL_MEMORY_MS - 1, &again, &found, &err),
                       DYNR_OK);
    DYNR_ASSERT(found);
    DYNR_ASSERT_STR(again.output, "[1]");
    DYNR_ASSERT_INT(again.position, 7);
    again = make_call("k", "");
    again.input = dynr_str_from_c("{\"a\":1}");
    DYNR_ASSERT_STATUS(dynr_call_memory_find(memory, 1, &again, &found, &err),
                       DYNR_ERR_IDEMPOTENT_MISMATCH);
    again = make_call("k", "");
    again.caller = dynr_str_from_c("");
    DYNR_ASSERT_STATUS(dynr_call_memory_find(memory, 1, &again, &found, &err), DYNR_OK);
    DYNR_ASSERT(!found);
    DYNR_ASSERT(!is_known(memory, DYNR_CALL_MEMORY_MS, "k"));
    dynr_call_memory_destroy(memory);
}

static void the_oldest_calls_go_first(void)
{
    struct dynr_call_memory *memory = dynr_call_memory_new(3, 100000, 1);
    static const char *const keys[] = {"a", "b", "c", "d", "e"};
    for (size_t i = 0; i < 5; i++) {
        struct dynr_remembered_call call = make_call(keys[i], "[]");
        DYNR_ASSERT(dynr_call_memory_add(memory, (int64_t)i, &call));
    }
    DYNR_ASSERT(!is_known(memory, 5, "a") && !is_known(memory, 5, "b"));
    DYNR_ASSERT(is_known(memory, 5, "c") && is_known(memory, 5, "d") && is_known(memory, 5, "e"));
    dynr_call_memory_destroy(memory);
    memory = dynr_call_memory_new(100, 2500, 1);
    char big[600];
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    for (size_t i = 0; i < 5; i++) {
        struct dynr_remembered_call call = make_call(keys[i], big);
        DYNR_ASSERT(dynr_call_memory_add(memory, 0, &call));
    }
    DYNR_ASSERT(is_known(memory, 1, "e") && !is_known(memory, 1, "a"));
    char bigger[3000];
    memset(bigger, 'x', sizeof bigger - 1);
    bigger[sizeof bigger - 1] = '\0';
    struct dynr_remembered_call call = make_call("huge", bigger);
    DYNR_ASSERT(!dynr_call_memory_add(memory, 0, &call));
    DYNR_ASSERT(is_known(memory, 1, "e"));
    dynr_call_memory_destroy(memory);
}

/* ---- rates ---- */

static void a_rate_allows_bursts_and_refills(void)
{
    struct dynr_rate rate = {0};
    int n_allowed = 0;
    for (int i = 0; i < 100; i++) {
        n_allowed += dynr_rate_allows(&rate, 10, 5000);
    }
    DYNR_ASSERT_INT(n_allowed, 20);
    DYNR_ASSERT(!dynr_rate_allows(&rate, 10, 5099));
    DYNR_ASSERT(dynr_rate_allows(&rate, 10, 5100));
    DYNR_ASSERT(!dynr_rate_allows(&rate, 10, 5100));
    /* A clock that is set back gives nothing, and takes nothing for good. */
    DYNR_ASSERT(!dynr_rate_allows(&rate, 10, 0));
    DYNR_ASSERT(dynr_rate_allows(&rate, 10, 100));
    n_allowed = 0;
    for (int i = 0; i < 100; i++) {
        n_allowed += dynr_rate_allows(&rate, 10, INT64_C(1) << 50);
    }
    DYNR_ASSERT_INT(n_allowed, 20);
}

/* ---- origins ---- */

static void origins_are_what_browsers_send(void)
{
    static const char *const valid[] = {"https://app.example.com",   "http://localhost:5173",
                                        "HTTPS://App.Example.com",   "http://127.0.0.1:8080",
                                        "http://[::1]:8080",         "http://[fe80::1]",
                                        "http://a_b.example",        "https://x:80",
                                        "chrome-extension://abcdef", "http://x:65535"};
    static const char *const invalid[] = {
        "",
        "foo",
        "null",
        "*",
        "app.example.com",
        "localhost:5173",
        "https://",
        "://x",
        "1http://x",
        "https://app.example.com/",
        "https://app.example.com/path",
        "https://app.example.com?x",
        "https://user@app.example.com",
        "https://*.example.com",
        "https://app.example.com:",
        "https://app.example.com:443",
        "http://app.example.com:80",
        "http://x:0",
        "http://x:080",
        "http://x:65536",
        "http://x:99999999999999999999",
        "http://[::1",
        "http://::1",
        "http://b\xc3\xbc"
        "cher.example",
        "http://a b",
    };
    for (size_t i = 0; i < sizeof valid / sizeof valid[0]; i++) {
        if (!DYNR_ASSERT(dynr_origin_is_valid(dynr_str_from_c(valid[i])))) {
            (void)fprintf(stderr, "%s\n", valid[i]);
        }
    }
    for (size_t i = 0; i < sizeof invalid / sizeof invalid[0]; i++) {
        if (!DYNR_ASSERT(!dynr_origin_is_valid(dynr_str_from_c(invalid[i])))) {
            (void)fprintf(stderr, "%s\n", invalid[i]);
        }
    }
}

static void origins_are_judged(void)
{
    static const char *const listed[] = {"https://app.example.com"};
    static const struct {
        const char *origin;
        const char *host;
        bool is_tls;
        enum dynr_origin_kind kind;
    } cases[] = {
        {"", "a:1", false, DYNR_ORIGIN_OWN},
        {"http://a:1", "a:1", false, DYNR_ORIGIN_OWN},
        {"HTTP://a:1", "a:1", false, DYNR_ORIGIN_FOREIGN},
        {"http://A:1", "a:1", false, DYNR_ORIGIN_OWN},
        {"http://a:2", "a:1", false, DYNR_ORIGIN_FOREIGN},
        {"http://a:1", "a:1", true, DYNR_ORIGIN_FOREIGN},
        {"https://a:1", "a:1", true, DYNR_ORIGIN_OWN},
        {"null", "a:1", false, DYNR_ORIGIN_FOREIGN},
        {"http://", "", false, DYNR_ORIGIN_FOREIGN},
        {"https://app.example.com", "a:1", false, DYNR_ORIGIN_LISTED},
        {"https://APP.example.com", "a:1", false, DYNR_ORIGIN_LISTED},
        {"https://app.example.com.evil.example", "a:1", false, DYNR_ORIGIN_FOREIGN},
        {"https://app.example.co", "a:1", false, DYNR_ORIGIN_FOREIGN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        enum dynr_origin_kind kind =
            dynr_origin_judge(dynr_str_from_c(cases[i].origin), dynr_str_from_c(cases[i].host),
                              cases[i].is_tls, listed, 1);
        if (!DYNR_ASSERT_INT(kind, cases[i].kind)) {
            (void)fprintf(stderr, "%s\n", cases[i].origin);
        }
    }
}

static void names_of_loopback_are_known(void)
{
    static const char *const listed[] = {"https://app.example.com:8443"};
    static const struct {
        const char *host;
        bool local;
    } cases[] = {{"localhost", true},
                 {"LOCALHOST:80", true},
                 {"127.0.0.1:8787", true},
                 {"[::1]:1", true},
                 {"[::1]", true},
                 {"app.example.com", true},
                 {"", false},
                 {"evil.example", false},
                 {"localhost.evil.example", false},
                 {"127.0.0.1.evil.example:80", false},
                 {":80", false},
                 {"localhost:x", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (!DYNR_ASSERT(dynr_host_is_local(dynr_str_from_c(cases[i].host), listed, 1) ==
                         cases[i].local)) {
            (void)fprintf(stderr, "%s\n", cases[i].host);
        }
    }
}

/* ---- paths ---- */

static void paths_stay_inside(void)
{
    static const struct {
        const char *path;
        const char *file;
    } cases[] = {
        {"/", "index.html"},    {"/a.js", "a.js"}, {"/a/b/", "a/b/index.html"},
        {"/a b", "a b"},        {"", NULL},        {"a", NULL},
        {"//", NULL},           {"/a//b", NULL},   {"/..", NULL},
        {"/../a", NULL},        {"/a/../b", NULL}, {"/a/..", NULL},
        {"/.git/config", NULL}, {"/a/.env", NULL}, {"/./a", NULL},
        {"/a\\b", NULL},        {"/a\nb", NULL},   {"/a\x7f", NULL},
        {"/...", NULL},
    };
    char out[DYNR_STATIC_MAX_PATH];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool fine = dynr_static_path(dynr_str_from_c(cases[i].path), out);
        DYNR_ASSERT(fine == (cases[i].file != NULL));
        if (fine && cases[i].file != NULL) {
            DYNR_ASSERT_STR(dynr_str_from_c(out), cases[i].file);
        }
    }
    DYNR_ASSERT(!dynr_static_path(dynr_str_make("/a\0b", 4), out));
    char longest[DYNR_STATIC_MAX_PATH + 1];
    memset(longest, 'a', sizeof longest);
    longest[0] = '/';
    DYNR_ASSERT(!dynr_static_path(dynr_str_make(longest, DYNR_STATIC_MAX_PATH), out));
    DYNR_ASSERT_STR(dynr_str_from_c(dynr_static_content_type("a/b.js")),
                    "text/javascript; charset=utf-8");
    DYNR_ASSERT_STR(dynr_str_from_c(dynr_static_content_type("js")), "application/octet-stream");
}

/* ---- metrics ---- */

static void a_histogram_adds_up(void)
{
    struct dynr_metrics metrics;
    struct dynr_engine_counters counters;
    struct dynr_buf out = {0};
    memset(&metrics, 0, sizeof metrics);
    memset(&counters, 0, sizeof counters);
    dynr_histogram_add(&metrics.call_time, 0);
    dynr_histogram_add(&metrics.call_time, 50);
    dynr_histogram_add(&metrics.call_time, 51);
    dynr_histogram_add(&metrics.call_time, 100000000);
    dynr_metrics_write(&metrics, &counters, &out);
    dynr_buf_append_char(&out, '\0');
    DYNR_ASSERT(strstr(out.ptr, "dynr_call_seconds_bucket{le=\"0.000050\"} 2\n") != NULL);
    DYNR_ASSERT(strstr(out.ptr, "dynr_call_seconds_bucket{le=\"0.000100\"} 3\n") != NULL);
    DYNR_ASSERT(strstr(out.ptr, "dynr_call_seconds_bucket{le=\"1.638400\"} 3\n") != NULL);
    DYNR_ASSERT(strstr(out.ptr, "dynr_call_seconds_bucket{le=\"+Inf\"} 4\n") != NULL);
    DYNR_ASSERT(strstr(out.ptr, "dynr_call_seconds_sum 100.000101\n") != NULL);
    DYNR_ASSERT(strstr(out.ptr, "dynr_call_seconds_count 4\n") != NULL);
    dynr_buf_cleanup(&out);
}

/* ---- rates of callers and addresses ---- */

static unsigned count_allowed(struct dynr_rate_table *table, uint64_t name,
                              enum dynr_rate_kind kind, int64_t now_ms)
{
    unsigned n_allowed = 0;
    while (n_allowed < 1000 && dynr_rate_table_allows(table, name, kind, 5, now_ms)) {
        n_allowed++;
    }
    return n_allowed;
}

static void each_name_and_kind_has_a_rate(void)
{
    struct dynr_rate_table *table = dynr_rate_table_new(64, 42);
    uint64_t ada = dynr_rate_name_of_caller(table, dynr_str_from_c("{\"id\":\"ada\"}"));
    uint64_t bob = dynr_rate_name_of_caller(table, dynr_str_from_c("{\"id\":\"bob\"}"));
    DYNR_ASSERT_INT(count_allowed(table, ada, DYNR_RATE_SUBSCRIBE, 1000), 10);
    DYNR_ASSERT_INT(count_allowed(table, ada, DYNR_RATE_PING, 1000), 10);
    DYNR_ASSERT_INT(count_allowed(table, bob, DYNR_RATE_SUBSCRIBE, 1000), 10);
    DYNR_ASSERT_INT(count_allowed(table, ada, DYNR_RATE_SUBSCRIBE, 1400), 2);
    DYNR_ASSERT_INT(count_allowed(table, 0, DYNR_RATE_SUBSCRIBE, 1000), 1000);
    dynr_rate_table_destroy(table);
}

/* However many names come: what they may do all together stays within what the places may. */
static void many_names_get_no_more_than_the_table(void)
{
    struct dynr_rate_table *table = dynr_rate_table_new(64, 42);
    unsigned n_allowed = 0;
    for (uint64_t name = 1; name <= 10000; name++) {
        n_allowed += dynr_rate_table_allows(table, name * UINT64_C(0x9e3779b97f4a7c15),
                                            DYNR_RATE_SUBSCRIBE, 5, 1000 + (int64_t)(name / 5000));
    }
    DYNR_ASSERT(n_allowed >= 64 && n_allowed <= 64 * 10);
    /* They are forgotten, place by place, as time passes. */
    DYNR_ASSERT_INT(count_allowed(table, 77, DYNR_RATE_SUBSCRIBE, 60000), 10);
    dynr_rate_table_destroy(table);
}

static void addresses_are_counted_as_hosts_have_them(void)
{
    struct dynr_rate_table *table = dynr_rate_table_new(64, 42);
    static const char *const none[] = {"127.0.0.1", "127.9.9.9",     "::1", "::ffff:127.0.0.1",
                                       "",          "/run/socket.0", "x"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        DYNR_ASSERT(dynr_rate_name_of_address(table, none[i]) == 0);
    }
    uint64_t four = dynr_rate_name_of_address(table, "192.0.2.1");
    DYNR_ASSERT(four != 0);
    DYNR_ASSERT(four == dynr_rate_name_of_address(table, "::ffff:192.0.2.1"));
    DYNR_ASSERT(four != dynr_rate_name_of_address(table, "192.0.2.2"));
    uint64_t six = dynr_rate_name_of_address(table, "2001:db8:1:2::1");
    DYNR_ASSERT(six != 0);
    DYNR_ASSERT(six == dynr_rate_name_of_address(table, "2001:db8:1:2:ffff::9"));
    DYNR_ASSERT(six != dynr_rate_name_of_address(table, "2001:db8:1:3::1"));
    dynr_rate_table_destroy(table);
}

/* ---- entity tags ---- */

static void entity_tags_match_as_lists(void)
{
    static const char *const matching[] = {
        "\"a-1\"",
        "W/\"a-1\"",
        " \"a-1\" ",
        "*",
        " * ",
        "\"x\", \"a-1\"",
        "\"x\",W/\"a-1\"",
        ", ,\"a-1\",",
        "\"x,y\" , \"a-1\"",
        "\"\",\"a-1\"",
        "\"a-1\", nonsense",
    };
    static const char *const others[] = {
        "",   "a-1",        "\"a-1",         "\"a-1\"x\"",        "w/\"a-1\"",    "\"A-1\"",
        "**", "*, \"a-1\"", "\"x\" \"a-1\"", "\"x\", y, \"a-1\"", "\"x, \"a-1\"", ",",
        "W/", "\"",         "W/*",
    };
    struct dynr_str tag = dynr_str_from_c("\"a-1\"");
    for (size_t i = 0; i < sizeof matching / sizeof matching[0]; i++) {
        if (!DYNR_ASSERT(dynr_entity_tag_matches(dynr_str_from_c(matching[i]), tag))) {
            (void)fprintf(stderr, "%s\n", matching[i]);
        }
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (!DYNR_ASSERT(!dynr_entity_tag_matches(dynr_str_from_c(others[i]), tag))) {
            (void)fprintf(stderr, "%s\n", others[i]);
        }
    }
}

static const struct dynr_test tests[] = {
    DYNR_TEST(a_queue_keeps_the_order),
    DYNR_TEST(a_dropped_queue_keeps_answers),
    DYNR_TEST(a_queue_is_sent_in_any_pieces),
    DYNR_TEST(a_write_is_bounded),
    DYNR_TEST(what_is_sent_in_part_is_not_dropped),
    DYNR_TEST(frames_have_the_shortest_header),
    DYNR_TEST(a_message_is_shared),
    DYNR_TEST(calls_are_remembered_for_ten_minutes),
    DYNR_TEST(the_oldest_calls_go_first),
    DYNR_TEST(a_rate_allows_bursts_and_refills),
    DYNR_TEST(entity_tags_match_as_lists),
    DYNR_TEST(each_name_and_kind_has_a_rate),
    DYNR_TEST(many_names_get_no_more_than_the_table),
    DYNR_TEST(addresses_are_counted_as_hosts_have_them),
    DYNR_TEST(origins_are_what_browsers_send),
    DYNR_TEST(origins_are_judged),
    DYNR_TEST(names_of_loopback_are_known),
    DYNR_TEST(paths_stay_inside),
    DYNR_TEST(a_histogram_adds_up),
};

int main(void)
{
    return dynr_test_main("server-parts", tests, DYNR_TEST_COUNT(tests));
}
