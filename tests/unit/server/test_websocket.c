/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RFC 6455 as the server reads it: its examples, every length of a header, and bytes that come in any pieces.
 */
#include <stdlib.h>
#include <string.h>

#include "dynr/buf.h"
#include "server/websocket.h"
#include "test_main.h"

#define MAX_MESSAGE 70000

/** A frame as a client sends it. */
static void append_frame(struct dynr_buf *out, unsigned first, struct dynr_str payload)
{
    static const unsigned char mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    dynr_buf_append_char(out, (char)first);
    if (payload.len < 126) {
        dynr_buf_append_char(out, (char)(0x80 | payload.len));
    } else if (payload.len <= UINT16_MAX) {
        const unsigned char head[] = {0xfe, (unsigned char)(payload.len >> 8),
                                      (unsigned char)payload.len};
        dynr_buf_append(out, head, sizeof head);
    } else {
        unsigned char head[9] = {0xff};
        for (int i = 0; i < 8; i++) {
            head[8 - i] = (unsigned char)((uint64_t)payload.len >> 8 * i);
        }
        dynr_buf_append(out, head, sizeof head);
    }
    dynr_buf_append(out, mask, sizeof mask);
    for (size_t i = 0; i < payload.len; i++) {
        dynr_buf_append_char(out, (char)((unsigned char)payload.ptr[i] ^ mask[i % 4]));
    }
}

/** What a reader made of some bytes: messages in brackets, control frames by letter, faults by code. */
struct trace {
    struct dynr_buf text;
    unsigned code;
};

/** Reads `bytes` in pieces of `step`, from copies, because they are unmasked in place. */
static void read_all(struct dynr_str bytes, size_t step, struct trace *out)
{
    struct dynr_websocket_reader reader = {.max_message = MAX_MESSAGE};
    dynr_buf_clear(&out->text);
    out->code = 0;
    for (size_t at = 0; at < bytes.len && out->code == 0; at += step) {
        size_t len = bytes.len - at < step ? bytes.len - at : step;
        unsigned char *piece = malloc(len);
        if (piece == NULL) {
            DYNR_ASSERT(piece != NULL);
            return;
        }
        memcpy(piece, bytes.ptr + at, len);
        struct dynr_websocket_event event;
        size_t used = 0;
        do {
            used += dynr_websocket_read(&reader, piece + used, len - used, &event);
            if (event.kind == DYNR_WEBSOCKET_PIECE) {
                dynr_buf_append_c(&out->text, event.first ? "[" : "");
                dynr_buf_append_str(&out->text, event.bytes);
                dynr_buf_append_c(&out->text, event.last ? "]" : "");
            } else if (event.kind == DYNR_WEBSOCKET_CONTROL) {
                dynr_buf_printf(&out->text, "<%d:", (int)event.opcode);
                dynr_buf_append_str(&out->text, event.bytes);
                dynr_buf_append_c(&out->text, ">");
            } else if (event.kind == DYNR_WEBSOCKET_FAULT) {
                out->code = event.code;
            }
        } while (event.kind != DYNR_WEBSOCKET_MORE && out->code == 0);
        if (out->code == 0) {
            DYNR_ASSERT_INT(used, len);
        }
        free(piece);
    }
}

static void the_key_of_the_rfc_is_answered(void)
{
    char accept[DYNR_WEBSOCKET_ACCEPT_SIZE];
    DYNR_ASSERT(dynr_websocket_accept(dynr_str_from_c("dGhlIHNhbXBsZSBub25jZQ=="), accept));
    DYNR_ASSERT_STR(dynr_str_from_c(accept), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    static const char *const bad[] = {"", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ===",
                                      "dGhlIHNhbXBsZSBub25jZ-==", "dGhlIHNhbXBsZSBub25jZQAA"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        DYNR_ASSERT(!dynr_websocket_accept(dynr_str_from_c(bad[i]), accept));
    }
}

static void frames_may_come_in_any_pieces(void)
{
    static const size_t lengths[] = {0, 1, 3, 4, 5, 125, 126, 127, 65535, 65536, MAX_MESSAGE};
    static const size_t steps[] = {1, 2, 3, 7, 64, 4096, 1000000};
    static char payload[MAX_MESSAGE];
    memset(payload, 'x', sizeof payload);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct dynr_str text = dynr_str_make(payload, lengths[i]);
        struct dynr_buf bytes = {0};
        struct dynr_buf expected = {0};
        append_frame(&bytes, 0x01, text);
        append_frame(&bytes, 0x89, dynr_str_from_c("now"));
        append_frame(&bytes, 0x80, dynr_str_make(NULL, 0));
        append_frame(&bytes, 0x81, dynr_str_from_c("{}"));
        dynr_buf_append_char(&expected, '[');
        dynr_buf_append_str(&expected, text);
        dynr_buf_append_c(&expected, "<9:now>][{}]");
        for (size_t s = 0; s < sizeof steps / sizeof steps[0]; s++) {
            struct trace trace = {0};
            read_all(dynr_buf_str(&bytes), steps[s], &trace);
            DYNR_ASSERT_INT(trace.code, 0);
            DYNR_ASSERT(dynr_str_equal(dynr_buf_str(&trace.text), dynr_buf_str(&expected)));
            dynr_buf_cleanup(&trace.text);
        }
        dynr_buf_cleanup(&bytes);
        dynr_buf_cleanup(&expected);
    }
}

static void what_clients_must_not_send_has_its_code(void)
{
    static const struct {
        const char *bytes;
        size_t len;
        unsigned code;
    } cases[] = {
        {"\x81\x02{}", 4, DYNR_CLOSE_PROTOCOL},  /* no mask */
        {"\x89\x00", 2, DYNR_CLOSE_PROTOCOL},    /* no mask on a ping */
        {"\xc1\x80", 2, DYNR_CLOSE_PROTOCOL},    /* a reserved bit */
        {"\x83\x80", 2, DYNR_CLOSE_PROTOCOL},    /* a reserved opcode */
        {"\x8b\x80", 2, DYNR_CLOSE_PROTOCOL},    /* a reserved opcode of control frames */
        {"\x80\x80", 2, DYNR_CLOSE_PROTOCOL},    /* nothing to go on with */
        {"\x09\x80", 2, DYNR_CLOSE_PROTOCOL},    /* a ping in pieces */
        {"\x89\xfe", 2, DYNR_CLOSE_PROTOCOL},    /* a ping that is too long */
        {"\x82\x80", 2, DYNR_CLOSE_UNSUPPORTED}, /* binary */
        {"\x81\xfe\x00\x7d\0\0\0\0", 8, DYNR_CLOSE_PROTOCOL},              /* 125 in two bytes */
        {"\x81\xff\0\0\0\0\0\0\xff\xff\0\0\0\0", 14, DYNR_CLOSE_PROTOCOL}, /* 65535 in eight */
        {"\x81\xff\x80\0\0\0\0\0\0\0\0\0\0\0", 14, DYNR_CLOSE_PROTOCOL},   /* the highest bit */
        {"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0", 14, DYNR_CLOSE_TOO_LARGE},
        {"\x01\x80\0\0\0\0\x81\x80", 8, DYNR_CLOSE_PROTOCOL}, /* a message inside of another */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct trace trace = {0};
        for (size_t step = 1; step <= cases[i].len; step += cases[i].len - 1) {
            read_all(dynr_str_make(cases[i].bytes, cases[i].len), step, &trace);
            DYNR_ASSERT_INT(trace.code, cases[i].code);
        }
        dynr_buf_cleanup(&trace.text);
    }
}

static void fragments_are_bounded_together(void)
{
    static char payload[MAX_MESSAGE];
    struct dynr_buf bytes = {0};
    struct trace trace = {0};
    append_frame(&bytes, 0x01, dynr_str_make(payload, MAX_MESSAGE - 1));
    append_frame(&bytes, 0x80, dynr_str_make(payload, 1));
    read_all(dynr_buf_str(&bytes), bytes.len, &trace);
    DYNR_ASSERT_INT(trace.code, 0);
    dynr_buf_clear(&bytes);
    append_frame(&bytes, 0x01, dynr_str_make(payload, MAX_MESSAGE - 1));
    append_frame(&bytes, 0x80, dynr_str_make(payload, 2));
    read_all(dynr_buf_str(&bytes), bytes.len, &trace);
    DYNR_ASSERT_INT(trace.code, DYNR_CLOSE_TOO_LARGE);
    dynr_buf_cleanup(&bytes);
    dynr_buf_cleanup(&trace.text);
}

static void close_codes_are_judged(void)
{
    static const struct {
        const char *payload;
        size_t len;
        unsigned code;
    } cases[] = {
        {"", 0, DYNR_CLOSE_NONE},  {"\x03", 1, DYNR_CLOSE_PROTOCOL},
        {"\x03\xe8", 2, 1000},     {"\x03\xe8 bye", 6, 1000},
        {"\x03\xe8\xff", 3, 1007}, {"\x03\xec", 2, DYNR_CLOSE_PROTOCOL},
        {"\x03\xed", 2, 1002},     {"\x03\xee", 2, 1002},
        {"\x03\xf7", 2, 1002},     {"\x07\xcf", 2, 1002},
        {"\x0b\xb8", 2, 3000},     {"\x13\x87", 2, 4999},
        {"\x13\x88", 2, 1002},     {"\0\0", 2, 1002},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dynr_str payload = dynr_str_make(cases[i].payload, cases[i].len);
        DYNR_ASSERT_INT(dynr_websocket_close_code(payload), cases[i].code);
    }
    unsigned char frame[DYNR_WEBSOCKET_MAX_CONTROL_FRAME];
    size_t len = dynr_websocket_close(1001, frame);
    DYNR_ASSERT_MEM(frame, len, "\x88\x02\x03\xe9", 4);
    len = dynr_websocket_close(DYNR_CLOSE_NONE, frame);
    DYNR_ASSERT_MEM(frame, len, "\x88\x00", 2);
}

static const struct dynr_test tests[] = {
    DYNR_TEST(the_key_of_the_rfc_is_answered),
    DYNR_TEST(frames_may_come_in_any_pieces),
    DYNR_TEST(what_clients_must_not_send_has_its_code),
    DYNR_TEST(fragments_are_bounded_together),
    DYNR_TEST(close_codes_are_judged),
};

int main(void)
{
    return dynr_test_main("server-websocket", tests, DYNR_TEST_COUNT(tests));
}
