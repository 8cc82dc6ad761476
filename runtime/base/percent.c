/* SPDX-License-Identifier: Apache-2.0 */
#include "base/percent.h"

int dynr_hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool dynr_percent_read(struct dynr_str text, size_t offset, unsigned char *out)
{
    if (offset + DYNR_PERCENT_LENGTH > text.len || text.ptr[offset] != '%') {
        return false;
    }
    int high = dynr_hex_digit(text.ptr[offset + 1]);
    int low = dynr_hex_digit(text.ptr[offset + 2]);
    if (high < 0 || low < 0) {
        return false;
    }
    *out = (unsigned char)(high << 4 | low);
    return true;
}
