/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Base64. Whole groups go through tables without a branch a character; only the last group needs
 * thought.
 */
#include "base/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The value of each character, 255 for those that do not belong. */
static const uint8_t values[256] = {
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 62,  255, 255, 255, 63,  52,  53,  54,  55,  56,  57,  58,  59,  60,
    61,  255, 255, 255, 255, 255, 255, 255, 0,   1,   2,   3,   4,   5,   6,   7,   8,   9,   10,
    11,  12,  13,  14,  15,  16,  17,  18,  19,  20,  21,  22,  23,  24,  25,  255, 255, 255, 255,
    255, 255, 26,  27,  28,  29,  30,  31,  32,  33,  34,  35,  36,  37,  38,  39,  40,  41,  42,
    43,  44,  45,  46,  47,  48,  49,  50,  51,  255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255,
};

size_t dynr_base64_length(size_t len)
{
    size_t groups = len / 3 + (len % 3 != 0);
    /* No memory holds bytes that long: the caller's allocation of this length fails. */
    return groups > SIZE_MAX / 4 ? SIZE_MAX : groups * 4;
}

void dynr_base64_encode(struct dynr_bytes bytes, char *out)
{
    const uint8_t *p = bytes.ptr;
    size_t left = bytes.len;
    for (; left >= 3; left -= 3, p += 3, out += 4) {
        uint32_t group = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
        out[0] = alphabet[group >> 18];
        out[1] = alphabet[group >> 12 & 63];
        out[2] = alphabet[group >> 6 & 63];
        out[3] = alphabet[group & 63];
    }
    if (left != 0) {
        uint32_t group = (uint32_t)p[0] << 16 | (left == 2 ? (uint32_t)p[1] << 8 : 0);
        out[0] = alphabet[group >> 18];
        out[1] = alphabet[group >> 12 & 63];
        out[2] = left == 2 ? alphabet[group >> 6 & 63] : '=';
        out[3] = '=';
    }
}

void dynr_buf_append_base64(struct dynr_buf *buf, struct dynr_bytes bytes)
{
    size_t len = dynr_base64_length(bytes.len);
    char *out = dynr_buf_reserve(buf, len);
    if (out != NULL) {
        dynr_base64_encode(bytes, out);
        buf->len += len;
    }
}

/* Decodes groups of four characters without padding; false when a character does not belong. */
static bool decode_groups(const char *text, size_t n_groups, uint8_t *out)
{
    unsigned bad = 0;
    for (size_t i = 0; i < n_groups; i++, text += 4, out += 3) {
        unsigned a = values[(unsigned char)text[0]];
        unsigned b = values[(unsigned char)text[1]];
        unsigned c = values[(unsigned char)text[2]];
        unsigned d = values[(unsigned char)text[3]];
        bad |= a | b | c | d;
        out[0] = (uint8_t)(a << 2 | b >> 4);
        out[1] = (uint8_t)(b << 4 | c >> 2);
        out[2] = (uint8_t)(c << 6 | d);
    }
    return bad < 64;
}

bool dynr_base64_decode(struct dynr_str text, struct dynr_arena *arena, struct dynr_bytes *out)
{
    if (text.len % 4 != 0) {
        return false;
    }
    size_t padding = 0;
    if (text.len != 0 && text.ptr[text.len - 1] == '=') {
        padding = text.ptr[text.len - 2] == '=' ? 2 : 1;
    }
    size_t n_groups = text.len / 4 - (padding != 0);
    size_t len = text.len / 4 * 3 - padding;
    uint8_t *bytes = dynr_arena_alloc(arena, len);
    if (bytes == NULL || !decode_groups(text.ptr, n_groups, bytes)) {
        return false;
    }
    if (padding != 0) {
        /*
         * An 'A' in place of the padding contributes no bits; what the group holds beyond the bytes
         * must be zero.
         */
        char group[4] = {'A', 'A', 'A', 'A'};
        uint8_t last[3];
        memcpy(group, text.ptr + n_groups * 4, 4 - padding);
        if (!decode_groups(group, 1, last) || last[3 - padding] != 0) {
            return false;
        }
        memcpy(bytes + n_groups * 3, last, 3 - padding);
    }
    out->ptr = bytes;
    out->len = len;
    return true;
}
