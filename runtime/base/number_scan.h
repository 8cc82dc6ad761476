/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grammar of numbers, in one place for JSON, integers, doubles and decimals: where the digits
 * stand and what the exponent is. Nothing is copied.
 */
#ifndef DYNR_BASE_NUMBER_SCAN_H
#define DYNR_BASE_NUMBER_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "dynr/str.h"

struct dynr_number_scan {
    /* Digits before and after the point; either may be empty when the scan is lenient. */
    struct dynr_str whole;
    struct dynr_str fraction;
    /* Saturated far outside of what any number type can hold. */
    int64_t exponent;
    bool negative;
};

/* Where the significant digits stand in the sequence `whole`, `fraction`. */
struct dynr_number_digits {
    size_t first;
    /* 0 for zero. */
    size_t count;
    /* The power of ten of the first significant digit. */
    int64_t exponent;
};

/*
 * Takes the number at the start of `text` and returns its length, 0 when there is none. Exactly
 * JSON's grammar; a lenient scan, as DynamoDB's, also takes a leading '+', leading zeros, ".5" and
 * "5.".
 */
size_t dynr_number_scan(struct dynr_str text, bool lenient, struct dynr_number_scan *out);

/* The significant digits of a scanned number: without the zeros around them. */
struct dynr_number_digits dynr_number_significant(const struct dynr_number_scan *scan);

/* The digit (0 to 9) at `index` of the sequence `whole`, `fraction`. */
static inline unsigned dynr_number_digit(const struct dynr_number_scan *scan, size_t index)
{
    char c = index < scan->whole.len ? scan->whole.ptr[index]
                                     : scan->fraction.ptr[index - scan->whole.len];
    return (unsigned)(c - '0');
}

#endif
