/* SPDX-License-Identifier: Apache-2.0 */
/* The grammar of numbers. */
#include "base/number_scan.h"

/*
 * Beyond this, more digits of an exponent change nothing: no text is long enough to make up for it.
 */
#define EXPONENT_BOUND INT64_C(1000000000000000000)

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The run of digits at `p`. */
static struct dynr_str take_digits(const char **p, const char *end)
{
    const char *start = *p;
    const char *next = start;
    while (next < end && is_digit(*next)) {
        next++;
    }
    *p = next;
    return dynr_str_make(start, (size_t)(next - start));
}

/* What follows the 'e'; false when no digit does. */
static bool take_exponent(const char **p, const char *end, int64_t *out)
{
    const char *next = *p;
    bool negative = next < end && *next == '-';
    if (next < end && (*next == '-' || *next == '+')) {
        next++;
    }
    struct dynr_str digits = take_digits(&next, end);
    int64_t value = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (value < EXPONENT_BOUND / 10) {
            value = value * 10 + (digits.ptr[i] - '0');
        } else {
            value = EXPONENT_BOUND;
        }
    }
    *p = next;
    *out = negative ? -value : value;
    return digits.len != 0;
}

size_t dynr_number_scan(struct dynr_str text, bool lenient, struct dynr_number_scan *out)
{
    if (text.len == 0) {
        return 0;
    }
    const char *next = text.ptr;
    const char *end = text.ptr + text.len;
    out->negative = *next == '-';
    if (*next == '-' || (lenient && *next == '+')) {
        next++;
    }
    if (!lenient && end - next >= 2 && next[0] == '0' && is_digit(next[1])) {
        return 0;
    }
    out->whole = take_digits(&next, end);
    out->fraction = dynr_str_make(next, 0);
    out->exponent = 0;
    bool has_point = next < end && *next == '.' && (lenient || out->whole.len != 0);
    if (has_point) {
        next++;
        out->fraction = take_digits(&next, end);
    }
    if (out->whole.len == 0 && out->fraction.len == 0) {
        return 0;
    }
    if (!lenient && (out->whole.len == 0 || (has_point && out->fraction.len == 0))) {
        return 0;
    }
    if (next < end && (*next == 'e' || *next == 'E')) {
        next++;
        if (!take_exponent(&next, end, &out->exponent)) {
            return 0;
        }
    }
    return (size_t)(next - text.ptr);
}

struct dynr_number_digits dynr_number_significant(const struct dynr_number_scan *scan)
{
    struct dynr_number_digits digits = {0, 0, 0};
    size_t total = scan->whole.len + scan->fraction.len;
    size_t first = 0;
    while (first < total && dynr_number_digit(scan, first) == 0) {
        first++;
    }
    if (first == total) {
        return digits;
    }
    size_t last = total - 1;
    while (dynr_number_digit(scan, last) == 0) {
        last--;
    }
    digits.first = first;
    digits.count = last - first + 1;
    /* Both lengths are below the address space, the exponent is saturated well below INT64_MAX. */
    digits.exponent = (int64_t)scan->whole.len - 1 - (int64_t)first + scan->exponent;
    return digits;
}
