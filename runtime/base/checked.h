/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Size arithmetic that cannot wrap. Each returns false and leaves `out` alone when the result does
 * not fit.
 */
#ifndef DYNR_BASE_CHECKED_H
#define DYNR_BASE_CHECKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool dynr_checked_add(size_t a, size_t b, size_t *out)
{
    if (a > SIZE_MAX - b) {
        return false;
    }
    *out = a + b;
    return true;
}

static inline bool dynr_checked_multiply(size_t a, size_t b, size_t *out)
{
    if (b != 0 && a > SIZE_MAX / b) {
        return false;
    }
    *out = a * b;
    return true;
}

#endif
