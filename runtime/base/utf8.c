/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UTF-8. The second byte's bounds depend on the first one, which is what keeps overlong forms,
 * surrogates and values over U+10FFFF out (table 3-7 of the Unicode standard).
 */
#include "base/utf8.h"

#include "base/text_scan.h"

/*
 * Length of the well-formed sequence at `p`, of which `len` (not 0) bytes exist; 0 when malformed.
 */
static size_t sequence_length(const unsigned char *p, size_t len)
{
    unsigned first = p[0];
    if (first < 0x80) {
        return 1;
    }
    if (first < 0xC2 || first > 0xF4 || len < 2) {
        return 0;
    }
    unsigned second = p[1];
    if (first < 0xE0) {
        return (second & 0xC0U) == 0x80U ? 2 : 0;
    }
    unsigned low = first == 0xE0 ? 0xA0 : (first == 0xF0 ? 0x90 : 0x80);
    unsigned high = first == 0xED ? 0x9F : (first == 0xF4 ? 0x8F : 0xBF);
    if (second < low || second > high || len < 3 || (p[2] & 0xC0U) != 0x80U) {
        return 0;
    }
    if (first < 0xF0) {
        return 3;
    }
    return len >= 4 && (p[3] & 0xC0U) == 0x80U ? 4 : 0;
}

size_t dynr_utf8_valid_length(struct dynr_str text)
{
    size_t i = 0;
    while (i < text.len) {
        if (text.len - i >= 8 && (dynr_scan_load(text.ptr + i) & DYNR_SCAN_HIGHS) == 0) {
            i += 8;
            continue;
        }
        size_t step = sequence_length((const unsigned char *)text.ptr + i, text.len - i);
        if (step == 0) {
            break;
        }
        i += step;
    }
    return i;
}

bool dynr_utf8_is_valid(struct dynr_str text)
{
    return dynr_utf8_valid_length(text) == text.len;
}

size_t dynr_utf8_decode(struct dynr_str text, size_t offset, uint32_t *out)
{
    if (offset >= text.len) {
        return 0;
    }
    const unsigned char *p = (const unsigned char *)text.ptr + offset;
    size_t len = sequence_length(p, text.len - offset);
    /* Bits of the first byte that belong to the code point, by length. */
    static const unsigned char masks[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    if (len != 0) {
        uint32_t code_point = p[0] & (uint32_t)masks[len];
        for (size_t i = 1; i < len; i++) {
            code_point = code_point << 6 | (p[i] & 0x3FU);
        }
        *out = code_point;
    }
    return len;
}

size_t dynr_utf8_encode(uint32_t code_point, char out[4])
{
    if (code_point < 0x80) {
        out[0] = (char)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        out[0] = (char)(0xC0U | code_point >> 6);
        out[1] = (char)(0x80U | (code_point & 0x3FU));
        return 2;
    }
    if (code_point < 0x10000) {
        if (code_point >= 0xD800 && code_point <= 0xDFFF) {
            return 0;
        }
        out[0] = (char)(0xE0U | code_point >> 12);
        out[1] = (char)(0x80U | (code_point >> 6 & 0x3FU));
        out[2] = (char)(0x80U | (code_point & 0x3FU));
        return 3;
    }
    if (code_point > 0x10FFFF) {
        return 0;
    }
    out[0] = (char)(0xF0U | code_point >> 18);
    out[1] = (char)(0x80U | (code_point >> 12 & 0x3FU));
    out[2] = (char)(0x80U | (code_point >> 6 & 0x3FU));
    out[3] = (char)(0x80U | (code_point & 0x3FU));
    return 4;
}

size_t dynr_utf8_count(struct dynr_str text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        count += ((unsigned char)text.ptr[i] & 0xC0U) != 0x80U;
    }
    return count;
}
