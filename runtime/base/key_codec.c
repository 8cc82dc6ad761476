/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values into key text. The bytes below and at the delimiter, and the escape right above it, never
 * stand in a part; everything else follows from that (see key_codec.h).
 */
#include "base/key_codec.h"

#include "base/decimal.h"
#include "base/number_text.h"
#include "base/text_scan.h"

bool dynr_key_delimiter_is_ordered(char delimiter)
{
    return delimiter >= '!' && delimiter <= '+';
}

size_t dynr_key_text_max(size_t len)
{
    return len > SIZE_MAX / 2 ? SIZE_MAX : len * 2;
}

void dynr_key_append_text(struct dynr_buf *buf, struct dynr_str text, char delimiter)
{
    if (!dynr_key_delimiter_is_ordered(delimiter)) {
        buf->failed = true;
        return;
    }
    char escape = (char)(delimiter + 1);
    unsigned bound = (unsigned)(unsigned char)delimiter + 2;
    size_t i = 0;
    while (i < text.len) {
        size_t plain = dynr_scan_not_below(text.ptr + i, text.len - i, bound);
        dynr_buf_append(buf, text.ptr + i, plain);
        i += plain;
        if (i < text.len) {
            char pair[2] = {escape, (char)(0x40 + text.ptr[i])};
            dynr_buf_append(buf, pair, sizeof pair);
            i++;
        }
    }
}

size_t dynr_key_format_int(int64_t value, char *out)
{
    char digits[20];
    size_t len = dynr_int64_format(value, digits);
    if (value >= 0) {
        out[0] = (char)('a' + (int)len - 1);
        memcpy(out + 1, digits, len);
        return len + 1;
    }
    /* The sign's place is the letter's. */
    out[0] = (char)('Z' - ((int)len - 2));
    for (size_t i = 1; i < len; i++) {
        out[i] = (char)('0' + '9' - digits[i]);
    }
    return len;
}

void dynr_key_append_int(struct dynr_buf *buf, int64_t value)
{
    char text[DYNR_KEY_INT_MAX];
    dynr_buf_append(buf, text, dynr_key_format_int(value, text));
}

void dynr_key_append_bool(struct dynr_buf *buf, bool value)
{
    dynr_buf_append_char(buf, value ? '1' : '0');
}

void dynr_key_append_decimal(struct dynr_buf *buf, struct dynr_decimal value)
{
    struct dynr_decimal_parts parts;
    dynr_decimal_split(value, &parts);
    if (parts.n_digits == 0) {
        dynr_buf_append_char(buf, 'o');
        return;
    }
    char text[5 + DYNR_DECIMAL_MAX_DIGITS];
    unsigned exponent = (unsigned)(parts.exponent + 500);
    if (parts.negative) {
        exponent = 999 - exponent;
    }
    text[0] = parts.negative ? 'n' : 'p';
    text[1] = (char)('0' + exponent / 100);
    text[2] = (char)('0' + exponent / 10 % 10);
    text[3] = (char)('0' + exponent % 10);
    size_t len = 4;
    for (unsigned i = 0; i < parts.n_digits; i++) {
        text[len++] = (char)(parts.negative ? '9' - parts.digits[i] : '0' + parts.digits[i]);
    }
    if (parts.negative) {
        /* Above every digit: of two negative numbers the one with more digits is the lower. */
        text[len++] = '~';
    }
    dynr_buf_append(buf, text, len);
}

void dynr_key_append_bytes(struct dynr_buf *buf, struct dynr_bytes bytes)
{
    static const char hex[] = "0123456789abcdef";
    size_t len = dynr_key_text_max(bytes.len);
    char *out = dynr_buf_reserve(buf, len);
    if (out == NULL) {
        return;
    }
    for (size_t i = 0; i < bytes.len; i++) {
        out[2 * i] = hex[bytes.ptr[i] >> 4];
        out[2 * i + 1] = hex[bytes.ptr[i] & 15];
    }
    buf->len += len;
}

void dynr_key_append_date(struct dynr_buf *buf, struct dynr_date date)
{
    char text[DYNR_DATE_LENGTH];
    dynr_date_format(date, text);
    dynr_buf_append(buf, text, sizeof text);
}

void dynr_key_append_timestamp(struct dynr_buf *buf, struct dynr_timestamp timestamp)
{
    char text[DYNR_TIMESTAMP_LENGTH];
    dynr_timestamp_format(timestamp, text);
    dynr_buf_append(buf, text, sizeof text);
}

struct dynr_str dynr_key_fold(struct dynr_str text, struct dynr_arena *arena)
{
    char *folded = dynr_arena_text(arena, text.len);
    if (folded == NULL) {
        return dynr_str_make(NULL, 0);
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        folded[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return dynr_str_make(folded, text.len);
}

bool dynr_key_successor(struct dynr_str prefix, struct dynr_arena *arena, struct dynr_str *out)
{
    size_t len = prefix.len;
    while (len > 0 && (unsigned char)prefix.ptr[len - 1] == 0xFF) {
        len--;
    }
    if (len == 0) {
        return false;
    }
    char *text = dynr_arena_text(arena, len);
    if (text == NULL) {
        return false;
    }
    memcpy(text, prefix.ptr, len);
    text[len - 1] = (char)((unsigned char)text[len - 1] + 1);
    *out = dynr_str_make(text, len);
    return true;
}
