/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scalars from their canonical texts, without calls. Each function takes exactly the common form and returns NULL for
 * anything else, also for what is valid but uncommon: the caller then asks the thorough parser of the base layer.
 */
#ifndef DYNR_TYPED_SCALAR_H
#define DYNR_TYPED_SCALAR_H

#include "dynr/value.h"
#include "typed/text.h"

/* An integer of at most 18 digits that ends at a quote; returns where the quote stands. */
DYNR_INLINE const char *dynr_scalar_int(const char *p, const char *end, int64_t *out)
{
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

/* Two digits, or a number that no sum below makes valid again. */
DYNR_INLINE unsigned dynr_scalar_two(const char *p)
{
    unsigned tens = (unsigned char)(p[0] - '0');
    unsigned ones = (unsigned char)(p[1] - '0');
    return (tens > 9 || ones > 9) ? 100000 : tens * 10 + ones;
}

/* `2026-01-31T12:00:00.000Z` from 1970 on and not on the last days of a month, which the other parser judges. */
DYNR_INLINE const char *dynr_scalar_timestamp(const char *p, const char *end,
                                              struct dynr_timestamp *out)
{
    if (end - p < 25 || p[24] != '"' || p[23] != 'Z' || p[4] != '-' || p[7] != '-' ||
        p[10] != 'T' || p[13] != ':' || p[16] != ':' || p[19] != '.') {
        return NULL;
    }
    unsigned year = dynr_scalar_two(p) * 100 + dynr_scalar_two(p + 2);
    unsigned month = dynr_scalar_two(p + 5);
    unsigned day = dynr_scalar_two(p + 8);
    unsigned hour = dynr_scalar_two(p + 11);
    unsigned minute = dynr_scalar_two(p + 14);
    unsigned second = dynr_scalar_two(p + 17);
    unsigned hundredths = dynr_scalar_two(p + 20);
    unsigned thousandth = (unsigned char)(p[22] - '0');
    if (year - 1970 > 9999 - 1970 || month - 1 > 11 || day - 1 > 27 || hour > 23 || minute > 59 ||
        second > 59 || hundredths > 99 || thousandth > 9) {
        return NULL;
    }
    /* Years start in March, so that the leap day is the last of its year. */
    year -= month <= 2;
    unsigned day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    int64_t leap_days = year / 4 - year / 100 + year / 400;
    int64_t days = INT64_C(365) * year + leap_days + day_of_year - 719468;
    int64_t seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
    out->ms = seconds * 1000 + INT64_C(10) * hundredths + thousandth;
    return p + 24;
}

#endif
