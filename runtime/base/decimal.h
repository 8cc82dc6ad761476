/* SPDX-License-Identifier: Apache-2.0 */
/* Decimals taken apart, for arithmetic and for keys. */
#ifndef DYNR_BASE_DECIMAL_H
#define DYNR_BASE_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

#include "dynr/value.h"

#define DYNR_DECIMAL_EXPONENT_MIN (-130)
#define DYNR_DECIMAL_EXPONENT_MAX 125

/* The value is d.ddd times ten to the power of `exponent`; zero has no digits. */
struct dynr_decimal_parts {
    bool negative;
    int exponent;
    unsigned n_digits;
    /* 0 to 9 each; neither the first nor the last is 0. */
    uint8_t digits[DYNR_DECIMAL_MAX_DIGITS];
};

/*
 * Whether `text` is a canonical number and short enough (38 characters without the sign) to be in
 * range for that alone. Other canonical texts exist: dynr_decimal_parse knows all of them.
 */
bool dynr_decimal_is_plain(struct dynr_str text);
/*
 * Takes a canonical decimal apart. Anything else, such as a decimal that was never set, counts as
 * zero.
 */
void dynr_decimal_split(struct dynr_decimal decimal, struct dynr_decimal_parts *out);
/* The canonical text of `parts`, in the arena. False when memory is exhausted. */
bool dynr_decimal_join(const struct dynr_decimal_parts *parts, struct dynr_arena *arena,
                       struct dynr_decimal *out);
/*
 * NULL when a number with `n_digits` significant digits is one that DynamoDB stores, else the
 * service's text.
 */
const char *dynr_decimal_range_fault(int64_t exponent, size_t n_digits);

#endif
