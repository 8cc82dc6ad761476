/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scalars from their canonical texts, without calls. Each function takes exactly the common form and returns NULL for
 * anything else, also for what is valid but uncommon: the caller then asks the thorough parser of the base layer.
 */
#ifndef DYNR_TYPED_SCALAR_H
#define DYNR_TYPED_SCALAR_H

#include "dynr/value.h"
#include "typed/text.h"

/* ---- short forms: without a branch on the length, which nobody can predict ----------------------------------- */

/* A text of at most 31 bytes that needs no second look, up to its quote. */
DYNR_INLINE const char *dynr_scalar_short_text(const char *p, const char *end, struct dynr_str *out)
{
    if (end - p < 32) {
        return NULL;
    }
#if defined(__SSE2__)
    unsigned marks = dynr_text_stops32(p);
    if (marks == 0) {
        return NULL;
    }
    size_t len = dynr_scan_lowest(marks);
#else
    size_t len = (size_t)(dynr_text_plain_end(p, p + 32) - p);
    if (len == 32) {
        return NULL;
    }
#endif
    if (p[len] != '"') {
        return NULL;
    }
    *out = dynr_str_make(p, len);
    return p + len;
}

/* true or false, up to what follows the word. */
DYNR_INLINE const char *dynr_scalar_bool(const char *p, const char *end, bool *out)
{
    if (end - p < 5) {
        return NULL;
    }
    uint32_t word = dynr_text_load4(p);
    uint64_t not_true = word ^ dynr_text_load4("true");
    uint64_t not_false = (word ^ dynr_text_load4("fals")) | (unsigned char)(p[4] ^ 'e');
    /* One branch on whether it is either. The product has room for all bits. */
    if (not_true * not_false != 0) {
        return NULL;
    }
    *out = not_true == 0;
    return p + 5 - (not_true == 0);
}

/*
 * A whole number of at most 7 digits without a sign that ends at a quote, without a branch on its length: eight bytes in three
 * multiplications. NULL for any other, also where the bytes of a word stand the other way round.
 */
DYNR_INLINE const char *dynr_scalar_short_int(const char *p, const char *end, int64_t *out)
{
#if DYNR_SCAN_LITTLE_ENDIAN
    if (end - p < 8) {
        return NULL;
    }
    uint64_t digits = dynr_scan_load(p) ^ DYNR_SCAN_ONES * '0';
    /* The lowest mark is exact, as in dynr_scan_below; what is no digit is at least 10. */
    uint64_t marks = ((digits + DYNR_SCAN_ONES * (0x80 - 10)) | digits) & DYNR_SCAN_HIGHS;
    if (marks == 0) {
        return NULL;
    }
    size_t len = dynr_scan_first(marks);
    if (len == 0 || p[len] != '"' || (*p == '0' && len > 1)) {
        return NULL;
    }
    /* Zeros before the digits, and nothing of what follows them. */
    digits <<= 64 - 8 * len;
    digits = (digits * 10 + (digits >> 8)) & UINT64_C(0x00FF00FF00FF00FF);
    digits = (digits * 100 + (digits >> 16)) & UINT64_C(0x0000FFFF0000FFFF);
    *out = (int64_t)((digits * 10000 + (digits >> 32)) & UINT32_MAX);
    return p + len;
#else
    (void)p;
    (void)end;
    (void)out;
    return NULL;
#endif
}

/* A canonical decimal that ends at a quote within 16 bytes, without loops over its digits; NULL for any other. */
DYNR_INLINE const char *dynr_scalar_short_decimal(const char *p, const char *end,
                                                  struct dynr_decimal *out)
{
#if defined(__SSE2__)
    if (end - p < 16) {
        return NULL;
    }
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i values = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
    __m128i digits = _mm_cmpeq_epi8(_mm_min_epu8(values, _mm_set1_epi8(9)), values);
    unsigned quotes = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')));
    unsigned first = *p == '-';
    if (quotes == 0) {
        return NULL;
    }
    unsigned last = dynr_scan_lowest(quotes);
    /* Bits of what is no digit between the sign and the quote: none, or one for the point. */
    unsigned others = ~(unsigned)_mm_movemask_epi8(digits) & ((1U << last) - 1) & ~first;
    unsigned whole = last;
    if (others != 0) {
        whole = dynr_scan_lowest(others);
        if ((others & (others - 1)) != 0 || p[whole] != '.' || p[last - 1] == '0' ||
            p[last - 1] == '.') {
            return NULL;
        }
    }
    /* A zero stands alone before the point; and there is no negative one. */
    if (whole <= first || (p[first] == '0' && (whole - first > 1 || (others == 0 && first != 0)))) {
        return NULL;
    }
    out->text = dynr_str_make(p, last);
    return p + last;
#else
    (void)p;
    (void)end;
    (void)out;
    return NULL;
#endif
}

/* ---- of any length ------------------------------------------------------------------------------------------- */

/* An integer of at most 18 digits that ends at a quote; returns where the quote stands. */
DYNR_INLINE const char *dynr_scalar_int(const char *p, const char *end, int64_t *out)
{
    const char *close = dynr_scalar_short_int(p, end, out);
    if (DYNR_LIKELY(close != NULL)) {
        return close;
    }
    bool negative = p < end && *p == '-';
    p += negative;
    const char *first = p;
    int64_t value = 0;
    while (p < end && (unsigned char)(*p - '0') <= 9) {
        if (p - first == 18) {
            return NULL;
        }
        value = value * 10 + (*p - '0');
        p++;
    }
    /* "-0" and "007" are left to the other parser, too. */
    if (p == end || *p != '"' || p == first || (*first == '0' && (p - first > 1 || negative))) {
        return NULL;
    }
    *out = negative ? -value : value;
    return p;
}

/* A double with at most 15 digits and no exponent: one exact division. */
DYNR_INLINE const char *dynr_scalar_double(const char *p, const char *end, double *out)
{
    static const double powers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    bool negative = p < end && *p == '-';
    p += negative;
    const char *first = p;
    const char *point = NULL;
    int64_t value = 0;
    for (; p < end; p++) {
        if ((unsigned char)(*p - '0') <= 9) {
            value = value * 10 + (*p - '0');
        } else if (*p == '.' && point == NULL && p != first) {
            point = p;
        } else {
            break;
        }
        if (p - first > 15) {
            return NULL;
        }
    }
    if (p == end || *p != '"' || p == first || point == p - 1 ||
        (*first == '0' && p - first > 1 && point != first + 1)) {
        return NULL;
    }
    if (negative && value == 0) {
        return NULL;
    }
    double number = (double)value;
    if (point != NULL) {
        number /= powers[p - point - 1];
    }
    *out = negative ? -number : number;
    return p;
}

/* A canonical decimal of at most 38 digits, which then stands for itself. */
DYNR_INLINE const char *dynr_scalar_decimal(const char *p, const char *end,
                                            struct dynr_decimal *out)
{
    const char *close = dynr_scalar_short_decimal(p, end, out);
    if (DYNR_LIKELY(close != NULL)) {
        return close;
    }
    const char *start = p;
    p += p < end && *p == '-';
    const char *first = p;
    while (p < end && (unsigned char)(*p - '0') <= 9) {
        p++;
    }
    /* A magnitude below one is left to the other parser: its leading zeros do not count. */
    if (p == first || (*first == '0' && p - start > 1) || p - first > DYNR_DECIMAL_MAX_DIGITS) {
        return NULL;
    }
    if (p < end && *p == '.') {
        const char *point = p++;
        while (p < end && (unsigned char)(*p - '0') <= 9) {
            p++;
        }
        if (p - point < 2 || p[-1] == '0' || *first == '0' ||
            p - first - 1 > DYNR_DECIMAL_MAX_DIGITS) {
            return NULL;
        }
    }
    if (p == end || *p != '"') {
        return NULL;
    }
    out->text = dynr_str_make(start, (size_t)(p - start));
    return p;
}

#if defined(__SSE2__)
/* Marks of the bytes from `low` to `high` (ASCII). */
DYNR_INLINE __m128i dynr_scalar_between(__m128i bytes, char low, char high)
{
    return _mm_and_si128(_mm_cmpgt_epi8(bytes, _mm_set1_epi8((char)(low - 1))),
                         _mm_cmplt_epi8(bytes, _mm_set1_epi8((char)(high + 1))));
}

DYNR_INLINE bool dynr_scalar_is_base32(const char *p)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i good =
        _mm_or_si128(dynr_scalar_between(bytes, '0', '9'), dynr_scalar_between(bytes, 'A', 'Z'));
    /* I, L, O and U are not of Crockford's alphabet. */
    __m128i il = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('I')),
                              _mm_cmpeq_epi8(bytes, _mm_set1_epi8('L')));
    __m128i ou = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('O')),
                              _mm_cmpeq_epi8(bytes, _mm_set1_epi8('U')));
    return _mm_movemask_epi8(_mm_andnot_si128(_mm_or_si128(il, ou), good)) == 0xFFFF;
}

/* Whether 16 bytes are lower-case hexadecimal digits but for hyphens where `hyphens` has bits. */
DYNR_INLINE bool dynr_scalar_is_hex(const char *p, int hyphens)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i good =
        _mm_or_si128(dynr_scalar_between(bytes, '0', '9'), dynr_scalar_between(bytes, 'a', 'f'));
    __m128i hyphen = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('-'));
    return _mm_movemask_epi8(hyphen) == hyphens &&
           _mm_movemask_epi8(_mm_or_si128(good, hyphen)) == 0xFFFF;
}

DYNR_INLINE const char *dynr_scalar_ulid(const char *p, const char *end, struct dynr_ulid *out)
{
    if (end - p < 27 || p[26] != '"' || *p > '7' || !dynr_scalar_is_base32(p) ||
        !dynr_scalar_is_base32(p + 10)) {
        return NULL;
    }
    memcpy(out->text, p, 26);
    return p + 26;
}

DYNR_INLINE const char *dynr_scalar_uuid(const char *p, const char *end, struct dynr_uuid *out)
{
    /* xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx */
    if (end - p < 37 || p[36] != '"' || !dynr_scalar_is_hex(p, 1 << 8 | 1 << 13) ||
        !dynr_scalar_is_hex(p + 16, 1 << 2 | 1 << 7) || !dynr_scalar_is_hex(p + 20, 1 << 3)) {
        return NULL;
    }
    memcpy(out->text, p, 36);
    return p + 36;
}
#else
DYNR_INLINE const char *dynr_scalar_ulid(const char *p, const char *end, struct dynr_ulid *out)
{
    if (end - p < 27 || p[26] != '"' || !dynr_ulid_parse(dynr_str_make(p, 26), out)) {
        return NULL;
    }
    return p + 26;
}

DYNR_INLINE const char *dynr_scalar_uuid(const char *p, const char *end, struct dynr_uuid *out)
{
    if (end - p < 37 || p[36] != '"' || !dynr_uuid_parse(dynr_str_make(p, 36), out)) {
        return NULL;
    }
    return p + 36;
}
#endif

/* Whether the 25 bytes at `p` are digits where a timestamp and the quote behind it have them, and else what these have. */
DYNR_INLINE bool dynr_scalar_is_timestamp(const char *p)
{
    /* What is left of a byte after its lowest value is at most the highest minus the lowest. */
    static const char lowest[] = "0000-00-00T00:00:00.000Z\"";
    static const char highest[] = "9999-99-99T99:99:99.999Z\"";
#if defined(__SSE2__)
    unsigned good = 0xFFFF;
    /* Two overlapping halves. */
    for (size_t i = 0; i <= 9; i += 9) {
        __m128i low = _mm_loadu_si128((const __m128i *)(const void *)(lowest + i));
        __m128i high = _mm_loadu_si128((const __m128i *)(const void *)(highest + i));
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
        __m128i left = _mm_sub_epi8(bytes, low);
        __m128i fits = _mm_cmpeq_epi8(_mm_min_epu8(left, _mm_sub_epi8(high, low)), left);
        good &= (unsigned)_mm_movemask_epi8(fits);
    }
    return good == 0xFFFF;
#else
    bool good = true;
    for (size_t i = 0; i < 25; i++) {
        good &= p[i] >= lowest[i] && p[i] <= highest[i];
    }
    return good;
#endif
}

/* The number that two digits make. */
DYNR_INLINE unsigned dynr_scalar_two(const char *p)
{
    return (unsigned)((p[0] - '0') * 10 + (p[1] - '0'));
}

/* `2026-01-31T12:00:00.000Z` from 1970 on and not on the last days of a month, which the other parser judges. */
DYNR_INLINE const char *dynr_scalar_timestamp(const char *p, const char *end,
                                              struct dynr_timestamp *out)
{
    if (end - p < 25 || !dynr_scalar_is_timestamp(p)) {
        return NULL;
    }
    unsigned year = dynr_scalar_two(p) * 100 + dynr_scalar_two(p + 2);
    unsigned month = dynr_scalar_two(p + 5);
    unsigned day = dynr_scalar_two(p + 8);
    unsigned hour = dynr_scalar_two(p + 11);
    unsigned minute = dynr_scalar_two(p + 14);
    unsigned second = dynr_scalar_two(p + 17);
    unsigned millisecond = dynr_scalar_two(p + 20) * 10 + (unsigned)(p[22] - '0');
    if (year < 1970 || month - 1 > 11 || day - 1 > 27 || hour > 23 || minute > 59 || second > 59) {
        return NULL;
    }
    /* Years start in March, so that the leap day is the last of its year. */
    year -= month <= 2;
    unsigned day_of_year = (153 * (month + (month <= 2 ? 9 : -3U)) + 2) / 5 + day - 1;
    unsigned leap_days = year / 4 - year / 100 + year / 400;
    unsigned days = 365 * year + leap_days + day_of_year - 719468;
    int64_t seconds = INT64_C(86400) * days + ((hour * 60 + minute) * 60 + second);
    out->ms = seconds * 1000 + millisecond;
    return p + 24;
}

#endif
