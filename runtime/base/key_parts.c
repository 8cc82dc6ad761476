/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key text back into values. Only what key_codec.c writes is accepted: one value has one text, so
 * that equal values have equal keys.
 */
#include "base/decimal.h"
#include "base/key_codec.h"

static bool unescape(struct dynr_str part, char delimiter, struct dynr_arena *arena,
                     struct dynr_str *out)
{
    char escape = (char)(delimiter + 1);
    char *text = dynr_arena_text(arena, part.len);
    if (text == NULL) {
        return false;
    }
    size_t len = 0;
    for (size_t i = 0; i < part.len; i++) {
        char c = part.ptr[i];
        if (c == escape) {
            i++;
            if (i == part.len || part.ptr[i] < 0x40 || part.ptr[i] > 0x40 + escape) {
                return false;
            }
            c = (char)(part.ptr[i] - 0x40);
        }
        text[len++] = c;
    }
    *out = dynr_str_make(text, len);
    return true;
}

bool dynr_key_next_part(struct dynr_str *rest, char delimiter, struct dynr_arena *arena,
                        struct dynr_str *out)
{
    if (rest->ptr == NULL || !dynr_key_delimiter_is_ordered(delimiter)) {
        return false;
    }
    struct dynr_str part = *rest;
    struct dynr_str following = dynr_str_make(NULL, 0);
    const char *end = part.len == 0 ? NULL : memchr(part.ptr, delimiter, part.len);
    if (end != NULL) {
        part.len = (size_t)(end - part.ptr);
        following = dynr_str_make(end + 1, rest->len - part.len - 1);
    }
    if (part.len != 0 && memchr(part.ptr, delimiter + 1, part.len) != NULL) {
        if (!unescape(part, delimiter, arena, out)) {
            return false;
        }
    } else {
        *out = part;
    }
    *rest = following;
    return true;
}

bool dynr_key_part_int(struct dynr_str part, int64_t *out)
{
    if (part.len < 2 || part.len > 20) {
        return false;
    }
    size_t n_digits = part.len - 1;
    bool negative = part.ptr[0] <= 'Z';
    char letter = (char)(negative ? 'Z' - ((int)n_digits - 1) : 'a' + ((int)n_digits - 1));
    if (part.ptr[0] != letter) {
        return false;
    }
    /* 19 digits always fit. */
    uint64_t magnitude = 0;
    for (size_t i = 1; i < part.len; i++) {
        char c = part.ptr[i];
        if (c < '0' || c > '9') {
            return false;
        }
        unsigned digit = (unsigned)(negative ? '9' - c : c - '0');
        if (i == 1 && digit == 0 && (n_digits > 1 || negative)) {
            return false;
        }
        magnitude = magnitude * 10 + digit;
    }
    if (magnitude > (uint64_t)INT64_MAX + (negative ? 1 : 0)) {
        return false;
    }
    *out = negative ? -(int64_t)(magnitude - 1) - 1 : (int64_t)magnitude;
    return true;
}

/* `n` digits, or their nines' complements, as values. */
static bool take_digits(const char *p, size_t n, bool complement, uint8_t *out)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9') {
            return false;
        }
        out[i] = (uint8_t)(complement ? '9' - p[i] : p[i] - '0');
    }
    return true;
}

bool dynr_key_part_decimal(struct dynr_str part, struct dynr_arena *arena, struct dynr_decimal *out)
{
    struct dynr_decimal_parts parts;
    memset(&parts, 0, sizeof parts);
    if (dynr_str_equal_c(part, "o")) {
        return dynr_decimal_join(&parts, arena, out);
    }
    if (part.len < 5 || (part.ptr[0] != 'n' && part.ptr[0] != 'p')) {
        return false;
    }
    parts.negative = part.ptr[0] == 'n';
    size_t n_digits = part.len - 4;
    if (parts.negative) {
        n_digits--;
        if (part.ptr[part.len - 1] != '~') {
            return false;
        }
    }
    uint8_t exponent[3];
    if (n_digits == 0 || n_digits > DYNR_DECIMAL_MAX_DIGITS ||
        !take_digits(part.ptr + 1, 3, parts.negative, exponent) ||
        !take_digits(part.ptr + 4, n_digits, parts.negative, parts.digits)) {
        return false;
    }
    parts.exponent = exponent[0] * 100 + exponent[1] * 10 + exponent[2] - 500;
    parts.n_digits = (unsigned)n_digits;
    if (parts.digits[0] == 0 || parts.digits[n_digits - 1] == 0 ||
        dynr_decimal_range_fault(parts.exponent, n_digits) != NULL) {
        return false;
    }
    return dynr_decimal_join(&parts, arena, out);
}

bool dynr_key_part_bool(struct dynr_str part, bool *out)
{
    if (part.len != 1 || (part.ptr[0] != '0' && part.ptr[0] != '1')) {
        return false;
    }
    *out = part.ptr[0] == '1';
    return true;
}

/* The value of a lower-case hexadecimal digit; 255 for anything else. */
static unsigned hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return (unsigned)(c - '0');
    }
    return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 255;
}

bool dynr_key_part_bytes(struct dynr_str part, struct dynr_arena *arena, struct dynr_bytes *out)
{
    if (part.len % 2 != 0) {
        return false;
    }
    size_t len = part.len / 2;
    uint8_t *bytes = dynr_arena_alloc(arena, len);
    if (bytes == NULL) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        unsigned high = hex_value(part.ptr[2 * i]);
        unsigned low = hex_value(part.ptr[2 * i + 1]);
        if ((high | low) > 15) {
            return false;
        }
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    out->ptr = bytes;
    out->len = len;
    return true;
}
