/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key values as bytes whose order under memcmp is the service's order.
 *
 * A number is one byte for its sign (1, 2 for zero, 3), one for its exponent, its digits two to a byte, and a
 * terminator. Digit pairs are stored plus one, so that the terminator 0 sorts below all of them and no number's
 * bytes are the beginning of another's. For negative numbers all bytes after the first are complemented. The exponents
 * of the service's numbers, -130 to 125, are exactly the values of a byte.
 */
#include "ddb/attribute.h"

#include "base/decimal.h"

#define SIGN_NEGATIVE 1
#define SIGN_ZERO     2
#define SIGN_POSITIVE 3

static void append_number(struct dynr_str text, struct dynr_buf *out)
{
    unsigned char bytes[3 + (DYNR_DECIMAL_MAX_DIGITS + 1) / 2];
    size_t len = 0;
    struct dynr_decimal_parts parts;
    dynr_decimal_split((struct dynr_decimal){text}, &parts);
    if (parts.n_digits == 0) {
        bytes[len++] = SIGN_ZERO;
        dynr_buf_append(out, bytes, len);
        return;
    }
    bytes[len++] = parts.negative ? SIGN_NEGATIVE : SIGN_POSITIVE;
    bytes[len++] = (unsigned char)(parts.exponent - DYNR_DECIMAL_EXPONENT_MIN);
    for (unsigned i = 0; i < parts.n_digits; i += 2) {
        unsigned low = i + 1 < parts.n_digits ? parts.digits[i + 1] : 0;
        bytes[len++] = (unsigned char)(parts.digits[i] * 10u + low + 1u);
    }
    bytes[len++] = 0;
    if (parts.negative) {
        for (size_t i = 1; i < len; i++) {
            bytes[i] = (unsigned char)(0xFFu - bytes[i]);
        }
    }
    dynr_buf_append(out, bytes, len);
}

void dynr_attribute_key_bytes(const struct dynr_attribute *value, struct dynr_buf *out)
{
    if (value->type == DYNR_ATTRIBUTE_N) {
        append_number(value->text, out);
    } else {
        dynr_buf_append_str(out, value->text);
    }
}
