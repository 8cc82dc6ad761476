/* SPDX-License-Identifier: Apache-2.0 */
#include "server/base64url.h"

#include "base/base64.h"

/** The same digit in the alphabet with `+` and `/`; '\0' for what is no digit here. */
static char standard_digit(char c)
{
    if (c == '-') {
        return '+';
    }
    if (c == '_') {
        return '/';
    }
    return c == '+' || c == '/' || c == '=' ? '\0' : c;
}

bool dynr_base64url_decode(struct dynr_str text, struct dynr_arena *arena, struct dynr_bytes *out)
{
    *out = (struct dynr_bytes){NULL, 0};
    if (text.len == 0) {
        return true;
    }
    if (text.len % 4 == 1) {
        return false;
    }
    size_t padded = (text.len + 3) / 4 * 4;
    char *standard = dynr_arena_text(arena, padded);
    if (standard == NULL) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        standard[i] = standard_digit(text.ptr[i]);
        if (standard[i] == '\0') {
            return false;
        }
    }
    memset(standard + text.len, '=', padded - text.len);
    return dynr_base64_decode(dynr_str_make(standard, padded), arena, out);
}
