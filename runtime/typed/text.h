/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inner loops of the codecs: find the end of a string, copy one that needs no escape, compare a name. Sixteen bytes
 * at a time where SSE2 is part of the machine's baseline, else eight. Nothing reads outside of what it was given.
 */
#ifndef DYNR_TYPED_TEXT_H
#define DYNR_TYPED_TEXT_H

#include "base/text_scan.h"
#include "dynr/buf.h"

#if defined(__SSE2__)
#    include <emmintrin.h>
#endif

#if defined(__GNUC__)
#    define DYNR_LIKELY(condition) __builtin_expect(!!(condition), 1)
#    define DYNR_INLINE            static inline __attribute__((always_inline))
#    define DYNR_COLD              __attribute__((cold, noinline))
#else
#    define DYNR_LIKELY(condition) (condition)
#    define DYNR_INLINE            static inline
#    define DYNR_COLD
#endif

static inline uint32_t dynr_text_load4(const char *p)
{
    uint32_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

/* Whether `len` bytes are equal; names are short, and a call of memcmp costs more than this. */
DYNR_INLINE bool dynr_text_equal(const char *a, const char *b, size_t len)
{
    if (len >= 8) {
        size_t i = 0;
        for (; i + 8 <= len; i += 8) {
            if (dynr_scan_load(a + i) != dynr_scan_load(b + i)) {
                return false;
            }
        }
        return dynr_scan_load(a + len - 8) == dynr_scan_load(b + len - 8);
    }
    if (len >= 4) {
        return dynr_text_load4(a) == dynr_text_load4(b) &&
               dynr_text_load4(a + len - 4) == dynr_text_load4(b + len - 4);
    }
    return len == 0 || (a[0] == b[0] && a[len - 1] == b[len - 1] && a[len / 2] == b[len / 2]);
}

/* Copies `len` bytes of a name. */
DYNR_INLINE char *dynr_text_copy_name(char *to, const char *from, size_t len)
{
    if (len >= 8) {
        size_t i = 0;
        for (; i + 8 <= len; i += 8) {
            memcpy(to + i, from + i, 8);
        }
        memcpy(to + len - 8, from + len - 8, 8);
    } else if (len >= 4) {
        memcpy(to, from, 4);
        memcpy(to + len - 4, from + len - 4, 4);
    } else if (len > 0) {
        to[0] = from[0];
        to[len / 2] = from[len / 2];
        to[len - 1] = from[len - 1];
    }
    return to + len;
}

#if defined(__SSE2__)
/* Bits of the 16 bytes at `p` that are a quote, a backslash, a control character or not ASCII. */
DYNR_INLINE unsigned dynr_text_stops16(const char *p)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    /* Signed and saturated: the highest bit stays set for what is below the space, and for what is not ASCII. */
    __m128i below = _mm_subs_epi8(bytes, _mm_set1_epi8(0x20));
    __m128i special = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
                                   _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(special, below));
}

/* The same of the 32 bytes at `p`. */
DYNR_INLINE unsigned dynr_text_stops32(const char *p)
{
    return dynr_text_stops16(p) | dynr_text_stops16(p + 16) << 16;
}
#endif

/* The first byte from `p` on that is a quote, a backslash, a control character or not ASCII; or `end`. */
DYNR_INLINE const char *dynr_text_plain_end(const char *p, const char *end)
{
#if defined(__SSE2__)
    while (end - p >= 32) {
        unsigned marks = dynr_text_stops32(p);
        if (marks != 0) {
            return p + dynr_scan_lowest(marks);
        }
        p += 32;
    }
    if (end - p >= 16) {
        unsigned marks = dynr_text_stops16(p);
        if (marks != 0) {
            return p + dynr_scan_lowest(marks);
        }
        p += 16;
    }
#endif
    while (end - p >= 8) {
        uint64_t word = dynr_scan_load(p);
        uint64_t marks = dynr_scan_below(word, 0x20) | dynr_scan_equal(word, '"') |
                         dynr_scan_equal(word, '\\') | (word & DYNR_SCAN_HIGHS);
        if (marks != 0) {
            p += dynr_scan_first(marks);
            break;
        }
        p += 8;
    }
    while (p < end && (signed char)*p >= 0x20 && *p != '"' && *p != '\\') {
        p++;
    }
    return p;
}

/* Non-zero when a byte of `word` may not stand in a JSON string as it is. */
static inline uint64_t dynr_text_escapes(uint64_t word)
{
    return dynr_scan_below(word, 0x20) | dynr_scan_equal(word, '"') | dynr_scan_equal(word, '\\');
}

#if defined(__SSE2__)
/* Copies 16 bytes; non-zero when one of them needs an escape. */
DYNR_INLINE unsigned dynr_text_copy16(char *to, const char *from)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)from);
    _mm_storeu_si128((__m128i *)(void *)to, bytes);
    __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
    __m128i special = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
                                   _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(control, special));
}
#else
DYNR_INLINE unsigned dynr_text_copy16(char *to, const char *from)
{
    uint64_t first = dynr_scan_load(from);
    uint64_t second = dynr_scan_load(from + 8);
    memcpy(to, &first, 8);
    memcpy(to + 8, &second, 8);
    return (dynr_text_escapes(first) | dynr_text_escapes(second)) != 0;
}
#endif

/* Copies `len` bytes of text; false when a byte needs an escape (what was copied is then of no use). */
DYNR_INLINE bool dynr_text_copy_plain(char *to, const char *from, size_t len)
{
    if (len >= 16) {
        size_t i = 0;
        unsigned marks = 0;
        for (; i + 16 <= len; i += 16) {
            marks |= dynr_text_copy16(to + i, from + i);
        }
        marks |= dynr_text_copy16(to + len - 16, from + len - 16);
        return marks == 0;
    }
    if (len >= 8) {
        uint64_t head = dynr_scan_load(from);
        uint64_t tail = dynr_scan_load(from + len - 8);
        memcpy(to, &head, 8);
        memcpy(to + len - 8, &tail, 8);
        return (dynr_text_escapes(head) | dynr_text_escapes(tail)) == 0;
    }
    if (len >= 4) {
        uint32_t head = dynr_text_load4(from);
        uint32_t tail = dynr_text_load4(from + len - 4);
        memcpy(to, &head, 4);
        memcpy(to + len - 4, &tail, 4);
        return dynr_text_escapes((uint64_t)head << 32 | tail) == 0;
    }
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)from[i];
        to[i] = from[i];
        if (c < 0x20 || c == '"' || c == '\\') {
            return false;
        }
    }
    return true;
}

/* Room for `len` more bytes without a call where there is some; NULL when there cannot be. */
DYNR_INLINE char *dynr_text_room(struct dynr_buf *buf, size_t len)
{
    if (DYNR_LIKELY(buf->cap - buf->len >= len && buf->limit == 0 && !buf->failed)) {
        return buf->ptr + buf->len;
    }
    return dynr_buf_reserve(buf, len);
}

/* Marks where `p` now stands as the end of what was written into the room. */
DYNR_INLINE void dynr_text_commit(struct dynr_buf *buf, const char *p)
{
    buf->len = (size_t)(p - buf->ptr);
}

#endif
