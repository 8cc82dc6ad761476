/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8, base64 and plain formats. */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/plain_format.h"
#include "base/sha256.h"
#include "base/spelling.h"
#include "base/utf8.h"
#include "test_main.h"
#include "test_tools.h"

static void utf8_round_trips_every_code_point(void)
{
    for (uint32_t c = 0; c < 0x110000; c++) {
        char text[4] = {0, 0, 0, 0};
        uint32_t back = 0xFFFFFFFF;
        size_t len = dynr_utf8_encode(c, text);
        bool is_surrogate = c >= 0xD800 && c <= 0xDFFF;
        if (is_surrogate
                ? !DYNR_ASSERT_INT(len, 0)
                : !DYNR_ASSERT_INT(dynr_utf8_decode(dynr_str_make(text, len), 0, &back), len) ||
                      !DYNR_ASSERT_INT(back, c) ||
                      !DYNR_ASSERT(dynr_utf8_is_valid(dynr_str_make(text, len)))) {
            return;
        }
        /* No proper prefix is well formed. */
        for (size_t cut = 1; cut < len; cut++) {
            if (!DYNR_ASSERT_INT(dynr_utf8_valid_length(dynr_str_make(text, cut)), 0)) {
                return;
            }
        }
    }
    char text[4];
    DYNR_ASSERT_INT(dynr_utf8_encode(0x110000, text), 0);
    DYNR_ASSERT_INT(dynr_utf8_encode(UINT32_MAX, text), 0);
}

/* The length of the well-formed sequence, decided by decoding freely and encoding back. */
static size_t slow_sequence_length(const unsigned char *p, size_t len)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t need =
        p[0] < 0x80 ? 1 : (p[0] >> 5 == 6 ? 2 : (p[0] >> 4 == 14 ? 3 : (p[0] >> 3 == 30 ? 4 : 0)));
    if (need == 0 || need > len) {
        return 0;
    }
    uint32_t c = need == 1 ? p[0] : p[0] & (0xFFU >> (need + 1));
    for (size_t i = 1; i < need; i++) {
        if (p[i] >> 6 != 2) {
            return 0;
        }
        c = c * 64 + (p[i] & 63U);
    }
    bool bad = c < least[need] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF);
    return bad ? 0 : need;
}

static void utf8_agrees_with_a_slow_decoder_on_all_starts(void)
{
    static const unsigned char thirds[] = {0x00, 0x41, 0x7F, 0x80, 0xBF, 0xC0, 0xFF};
    for (unsigned first = 0; first < 256; first++) {
        for (unsigned second = 0; second < 256; second++) {
            for (size_t k = 0; k < 49; k++) {
                unsigned char text[4] = {(unsigned char)first, (unsigned char)second, thirds[k % 7],
                                         thirds[k / 7]};
                for (size_t len = 1; len <= 4; len++) {
                    uint32_t c = 0;
                    size_t expected = slow_sequence_length(text, len);
                    if (!DYNR_ASSERT_INT(
                            dynr_utf8_decode(dynr_str_make((const char *)text, len), 0, &c),
                            expected)) {
                        return;
                    }
                }
            }
        }
    }
}

static void utf8_finds_bad_sequences_at_every_offset(void)
{
    static const char *const bad[] = {
        "\x80",
        "\xBF",
        "\xC0\xAF",
        "\xC1\xBF",
        "\xC2",
        "\xC2\x41",
        "\xE0\x80\xAF",
        "\xE0\x9F\xBF",
        "\xE2\x82",
        "\xED\xA0\x80",
        "\xED\xBF\xBF",
        "\xF0\x80\x80\xAF",
        "\xF0\x8F\xBF\xBF",
        "\xF0\x9F\x98",
        "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80",
        "\xF8\x88\x80\x80",
        "\xFC\x84\x80\x80",
        "\xFE",
        "\xFF",
        "\xEF\xBF",
        "\xE2\x28\xA1",
        "\xF0\x28\x8C\xBC",
        "\xF0\x90\x28\xBC",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        for (size_t offset = 0; offset < 20; offset++) {
            size_t len = offset + strlen(bad[i]);
            /* Exactly as large as the text, so that a sanitizer sees each read past the end. */
            char *text = malloc(len);
            memset(text, 'a', offset);
            memcpy(text + offset, bad[i], strlen(bad[i]));
            DYNR_ASSERT_INT(dynr_utf8_valid_length(dynr_str_make(text, len)), offset);
            DYNR_ASSERT(!dynr_utf8_is_valid(dynr_str_make(text, len)));
            free(text);
        }
    }
    DYNR_ASSERT(dynr_utf8_is_valid(dynr_str_make(NULL, 0)));
}

static void utf8_counts_and_measures(void)
{
    DYNR_ASSERT_INT(dynr_utf8_count(dynr_str_from_c("a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80")), 4);
    DYNR_ASSERT_INT(dynr_utf8_width('a'), 1);
    DYNR_ASSERT_INT(dynr_utf8_width(0xE4), 1);
    DYNR_ASSERT_INT(dynr_utf8_width(0x301), 0);
    DYNR_ASSERT_INT(dynr_utf8_width(0x200D), 0);
    DYNR_ASSERT_INT(dynr_utf8_width(0xFE0F), 0);
    DYNR_ASSERT_INT(dynr_utf8_width(0x4E2D), 2);
    DYNR_ASSERT_INT(dynr_utf8_width(0xAC00), 2);
    DYNR_ASSERT_INT(dynr_utf8_width(0x1F600), 2);
    DYNR_ASSERT_INT(dynr_utf8_width(0xFF21), 2);
    DYNR_ASSERT_INT(dynr_utf8_width(0xFF71), 1);
    DYNR_ASSERT_INT(dynr_utf8_width(0x20AC), 1);
}

static void base64_matches_the_rfc(void)
{
    static const char *const plain[] = {"", "f", "fo", "foo", "foob", "fooba", "foobar"};
    static const char *const coded[] = {"",         "Zg==",     "Zm8=",    "Zm9v",
                                        "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
    struct dynr_buf buf = {0};
    for (size_t i = 0; i < 7; i++) {
        struct dynr_bytes bytes = {(const uint8_t *)plain[i], strlen(plain[i])};
        dynr_buf_clear(&buf);
        dynr_buf_append_base64(&buf, bytes);
        DYNR_ASSERT_STR(dynr_buf_str(&buf), coded[i]);
        DYNR_ASSERT_INT(dynr_base64_length(bytes.len), strlen(coded[i]));
    }
    dynr_buf_cleanup(&buf);
    DYNR_ASSERT(dynr_base64_length(SIZE_MAX) == SIZE_MAX);
}

static void base64_round_trips_random_bytes(void)
{
    struct dynr_test_random random = {7};
    struct dynr_arena arena = {0};
    for (size_t round = 0; round < 3000; round++) {
        uint8_t bytes[100];
        size_t len = round % 101;
        for (size_t i = 0; i < len; i++) {
            bytes[i] = (uint8_t)dynr_test_random_below(&random, 256);
        }
        size_t coded_len = dynr_base64_length(len);
        char *coded = dynr_arena_text(&arena, coded_len);
        struct dynr_bytes in = {bytes, len};
        struct dynr_bytes back = {NULL, 999};
        dynr_base64_encode(in, coded);
        if (!DYNR_ASSERT(dynr_base64_decode(dynr_str_make(coded, coded_len), &arena, &back)) ||
            !DYNR_ASSERT_MEM(back.ptr, back.len, bytes, len)) {
            break;
        }
        dynr_arena_reset(&arena);
    }
    dynr_arena_cleanup(&arena);
}

static void base64_decodes_only_what_encoding_writes(void)
{
    /* Every group of four of a small alphabet: whatever decodes must encode to the same text. */
    static const char alphabet[] = "AQgwB/+9z=-_ \n\x80";
    struct dynr_arena arena = {0};
    size_t n = sizeof alphabet - 1;
    size_t n_decoded = 0;
    for (size_t code = 0; code < n * n * n * n; code++) {
        char text[4] = {alphabet[code % n], alphabet[code / n % n], alphabet[code / n / n % n],
                        alphabet[code / n / n / n]};
        struct dynr_bytes bytes = {NULL, 0};
        if (dynr_base64_decode(dynr_str_make(text, 4), &arena, &bytes)) {
            char back[4];
            n_decoded++;
            dynr_base64_encode(bytes, back);
            if (!DYNR_ASSERT_INT(dynr_base64_length(bytes.len), 4) ||
                !DYNR_ASSERT_MEM(back, 4, text, 4)) {
                break;
            }
        }
        dynr_arena_reset(&arena);
    }
    /*
     * 9 letters freely; with one '=' the third from {A,Q,g,w}; with two the second from {A,Q,g,w}.
     */
    DYNR_ASSERT_INT(n_decoded, 9 * 9 * 9 * 9 + 9 * 9 * 4 + 9 * 4);
    struct dynr_bytes bytes;
    for (size_t len = 1; len < 12; len++) {
        if (len % 4 != 0) {
            DYNR_ASSERT(!dynr_base64_decode(dynr_str_make("AAAAAAAAAAAA", len), &arena, &bytes));
        }
    }
    dynr_arena_cleanup(&arena);
}

static size_t format(char *out, size_t room, const char *text, ...) DYNR_PRINTF(3, 4);

static size_t format(char *out, size_t room, const char *text, ...)
{
    va_list arguments;
    va_start(arguments, text);
    size_t len = dynr_plain_format(out, room, text, arguments);
    va_end(arguments);
    return len;
}

static void plain_formats_are_what_printf_makes(void)
{
    char ours[200];
    char theirs[200];
#define COMPARE(...)                                                                               \
    do {                                                                                           \
        size_t len = format(ours, sizeof ours, __VA_ARGS__);                                       \
        int expected = snprintf(theirs, sizeof theirs, __VA_ARGS__);                               \
        if (DYNR_ASSERT_INT(len, expected)) {                                                      \
            DYNR_ASSERT(memcmp(ours, theirs, len) == 0);                                           \
        }                                                                                          \
    } while (0)
    COMPARE("no directive");
    COMPARE("%s", "");
    COMPARE("%s%s and %.*s.", "one", "two", 3, "three");
    COMPARE("%.*s|", 0, "nothing");
    COMPARE("%c%c 100%%", 'a', '\n');
    COMPARE("%d %d %d %d", 0, -1, INT_MAX, INT_MIN);
    COMPARE("%u %u", 0U, UINT_MAX);
    COMPARE("%ld %ld %lu", LONG_MIN, LONG_MAX, ULONG_MAX);
    COMPARE("%zu %zu", (size_t)0, SIZE_MAX);
#undef COMPARE
}

static void plain_formats_keep_to_their_room(void)
{
    char out[8];
    memset(out, '#', sizeof out);
    DYNR_ASSERT_INT(format(out, 4, "%s-%d", "abc", 12345), 9);
    DYNR_ASSERT(memcmp(out, "abc-####", 8) == 0);
    DYNR_ASSERT_INT(format(out, 2, "%s", "abc"), 3);
    DYNR_ASSERT(memcmp(out, "abc-####", 8) == 0);
    DYNR_ASSERT_INT(format(NULL, 0, "%s", "abc"), 3);
    DYNR_ASSERT(format(out, sizeof out, "%04x", 1U) == DYNR_NOT_PLAIN);
    DYNR_ASSERT(format(out, sizeof out, "%s %5d", "a", 1) == DYNR_NOT_PLAIN);
    DYNR_ASSERT(format(out, sizeof out, "%.1f", 1.0) == DYNR_NOT_PLAIN);
}

static void sha256_is_of(struct dynr_bytes bytes, const char *expected)
{
    unsigned char digest[DYNR_SHA256_SIZE];
    char text[2 * DYNR_SHA256_SIZE + 1];
    dynr_sha256(bytes, digest);
    for (size_t i = 0; i < DYNR_SHA256_SIZE; i++) {
        (void)snprintf(text + 2 * i, 3, "%02x", digest[i]);
    }
    DYNR_ASSERT_STR(dynr_str_from_c(text), expected);
}

/* The examples of FIPS 180-4; then all lengths around a block, as a digest of their digests. */
static void sha256_matches_the_standard(void)
{
    static const char *const long_text = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    static uint8_t many[1000000];
    uint8_t all[200 * DYNR_SHA256_SIZE];
    sha256_is_of((struct dynr_bytes){NULL, 0},
                 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    sha256_is_of((struct dynr_bytes){(const uint8_t *)"abc", 3},
                 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256_is_of((struct dynr_bytes){(const uint8_t *)long_text, 56},
                 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    memset(many, 'a', sizeof many);
    sha256_is_of((struct dynr_bytes){many, sizeof many},
                 "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    for (size_t i = 0; i < 200; i++) {
        dynr_sha256((struct dynr_bytes){many, i}, all + i * DYNR_SHA256_SIZE);
    }
    sha256_is_of((struct dynr_bytes){all, sizeof all},
                 "752c007f38611cfbf5fa42cb1cea3d8e086491c844d0cc4defd632cb81423506");
}

static void names_are_near_by_a_third_of_their_letters(void)
{
    static const struct {
        const char *written;
        const char *candidate;
        bool is_near;
    } cases[] = {
        {"stop", "stop", true},
        {"sotp", "stop", true},
        {"STOP", "stop", true},
        {"stp", "stop", true},
        {"s", "stop", false},
        {"step", "spot", false},
        {"status", "states", true},
        {"statuses", "status", true},
        {"", "a", false},
        {"a", "", false},
        {"todos.lst", "todos.list", true},
        {"lists.list", "todos.lst", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t distance = SIZE_MAX;
        bool is_near = dynr_spelling_is_nearer(dynr_str_from_c(cases[i].written),
                                               dynr_str_from_c(cases[i].candidate), &distance);
        DYNR_ASSERT_INT(is_near, cases[i].is_near);
        DYNR_ASSERT_INT(distance != SIZE_MAX, cases[i].is_near);
    }
}

static void the_nearest_name_wins_and_long_ones_are_far(void)
{
    size_t distance = SIZE_MAX;
    char text[DYNR_SPELLING_MAX + 1];
    struct dynr_str written = dynr_str_from_c("exprot");
    DYNR_ASSERT(dynr_spelling_is_nearer(written, dynr_str_from_c("expo"), &distance));
    DYNR_ASSERT_INT(distance, 2);
    DYNR_ASSERT(dynr_spelling_is_nearer(written, dynr_str_from_c("export"), &distance));
    DYNR_ASSERT_INT(distance, 1);
    /* As near as the one before it: the first stays. */
    DYNR_ASSERT(!dynr_spelling_is_nearer(written, dynr_str_from_c("exprots"), &distance));
    DYNR_ASSERT_INT(distance, 1);
    memset(text, 'x', sizeof text);
    distance = SIZE_MAX;
    struct dynr_str longest = dynr_str_make(text, DYNR_SPELLING_MAX);
    DYNR_ASSERT(dynr_spelling_is_nearer(longest, longest, &distance));
    DYNR_ASSERT(!dynr_spelling_is_nearer(dynr_str_make(text, sizeof text), longest, &distance));
}

static const struct dynr_test tests[] = {
    DYNR_TEST(utf8_round_trips_every_code_point),
    DYNR_TEST(utf8_agrees_with_a_slow_decoder_on_all_starts),
    DYNR_TEST(utf8_finds_bad_sequences_at_every_offset),
    DYNR_TEST(utf8_counts_and_measures),
    DYNR_TEST(base64_matches_the_rfc),
    DYNR_TEST(base64_round_trips_random_bytes),
    DYNR_TEST(base64_decodes_only_what_encoding_writes),
    DYNR_TEST(sha256_matches_the_standard),
    DYNR_TEST(plain_formats_are_what_printf_makes),
    DYNR_TEST(plain_formats_keep_to_their_room),
    DYNR_TEST(names_are_near_by_a_third_of_their_letters),
    DYNR_TEST(the_nearest_name_wins_and_long_ones_are_far),
};

int main(void)
{
    return dynr_test_main("base/text", tests, DYNR_TEST_COUNT(tests));
}
