/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks at eight bytes at a time: runs of ordinary characters are what strings consist of, and the
 * scanners of JSON, UTF-8 and keys step over them a word at a time. No alignment and no instruction
 * set is assumed.
 */
#ifndef DYNR_BASE_TEXT_SCAN_H
#define DYNR_BASE_TEXT_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Whether the first byte in memory is known to be the least significant one of a word. */
#if defined(__GNUC__) && defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#    define DYNR_SCAN_LITTLE_ENDIAN 1
#else
#    define DYNR_SCAN_LITTLE_ENDIAN 0
#endif

#define DYNR_SCAN_ONES  UINT64_C(0x0101010101010101)
#define DYNR_SCAN_HIGHS UINT64_C(0x8080808080808080)

static inline uint64_t dynr_scan_load(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

/*
 * Non-zero when a byte of `word` is below `bound` (1 to 128). The lowest set bit marks the byte of
 * least significance exactly; higher ones may be false, which is why only the first is ever used.
 */
static inline uint64_t dynr_scan_below(uint64_t word, unsigned bound)
{
    return (word - DYNR_SCAN_ONES * bound) & ~word & DYNR_SCAN_HIGHS;
}

/* As dynr_scan_below, for bytes equal to `byte`. */
static inline uint64_t dynr_scan_equal(uint64_t word, unsigned char byte)
{
    return dynr_scan_below(word ^ (DYNR_SCAN_ONES * byte), 1);
}

/* The number of the lowest set bit of `word`, which is not 0. */
static inline unsigned dynr_scan_lowest(uint32_t word)
{
#if defined(__GNUC__)
    return (unsigned)__builtin_ctz(word);
#else
    unsigned bit = 0;
    while ((word >> bit & 1) == 0) {
        bit++;
    }
    return bit;
#endif
}

/*
 * Bytes before the first mark in `marks`, which is not 0; 0 where the machine's byte order does not
 * tell.
 */
static inline size_t dynr_scan_first(uint64_t marks)
{
#if DYNR_SCAN_LITTLE_ENDIAN
    return (size_t)__builtin_ctzll(marks) / 8;
#else
    (void)marks;
    return 0;
#endif
}

/*
 * Length of the leading run that a JSON string holds unescaped: no control character, quote or
 * backslash. Sets `non_ascii` when the run may hold bytes over 0x7F, and leaves it alone otherwise.
 */
static inline size_t dynr_scan_json_plain(const char *text, size_t len, bool *non_ascii)
{
    size_t i = 0;
    uint64_t seen = 0;
    while (len - i >= 8) {
        uint64_t word = dynr_scan_load(text + i);
        uint64_t marks =
            dynr_scan_below(word, 0x20) | dynr_scan_equal(word, '"') | dynr_scan_equal(word, '\\');
        seen |= word;
        if (marks != 0) {
            i += dynr_scan_first(marks);
            break;
        }
        i += 8;
    }
    for (; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < 0x20 || c == '"' || c == '\\') {
            break;
        }
        seen |= c;
    }
    if ((seen & DYNR_SCAN_HIGHS) != 0) {
        *non_ascii = true;
    }
    return i;
}

/* Length of the leading run of bytes that are not below `bound` (1 to 128). */
static inline size_t dynr_scan_not_below(const char *text, size_t len, unsigned bound)
{
    size_t i = 0;
    while (len - i >= 8) {
        uint64_t marks = dynr_scan_below(dynr_scan_load(text + i), bound);
        if (marks != 0) {
            i += dynr_scan_first(marks);
            break;
        }
        i += 8;
    }
    while (i < len && (unsigned char)text[i] >= bound) {
        i++;
    }
    return i;
}

#endif
