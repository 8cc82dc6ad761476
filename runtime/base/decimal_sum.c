/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exact sums of decimals. Both numbers are laid out in one array of digits that spans them, where
 * schoolbook addition or subtraction is exact; only then it shows whether the result needs more
 * digits than DynamoDB keeps.
 */
#include "base/decimal.h"
#include "base/number_text.h"

/* From the lowest digit of the smallest number to the highest of the largest, and a carry. */
#define COLUMNS_MAX                                                                                \
    (DYNR_DECIMAL_EXPONENT_MAX - DYNR_DECIMAL_EXPONENT_MIN + DYNR_DECIMAL_MAX_DIGITS + 2)

struct columns {
    /* Power of ten of the first column; the others ascend. */
    int low;
    int n;
    int8_t digits[COLUMNS_MAX];
};

static int lowest(const struct dynr_decimal_parts *parts)
{
    return parts->exponent - (int)parts->n_digits + 1;
}

/* Adds the digits of `parts` times `sign`, without carrying. */
static void accumulate(struct columns *columns, const struct dynr_decimal_parts *parts, int sign)
{
    int column = parts->exponent - columns->low;
    for (unsigned i = 0; i < parts->n_digits; i++, column--) {
        columns->digits[column] = (int8_t)(columns->digits[column] + sign * parts->digits[i]);
    }
}

/*
 * Turns the columns into the digits of the magnitude and returns the sign. Columns hold -9 to 9
 * after a subtraction, so that the highest one that is not zero decides the sign: what stands below
 * it is smaller in magnitude than one of it.
 */
static int normalise(struct columns *columns)
{
    int top = columns->n - 1;
    while (top > 0 && columns->digits[top] == 0) {
        top--;
    }
    int sign = columns->digits[top] < 0 ? -1 : 1;
    int carry = 0;
    for (int i = 0; i < columns->n; i++) {
        int value = sign * columns->digits[i] + carry;
        carry = value < 0 ? -1 : value / 10;
        columns->digits[i] = (int8_t)(value - carry * 10);
    }
    return sign;
}

static enum dynr_status sum(struct dynr_decimal a, struct dynr_decimal b, bool subtract,
                            struct dynr_arena *arena, struct dynr_decimal *out,
                            struct dynr_error *err)
{
    struct dynr_decimal_parts left;
    struct dynr_decimal_parts right;
    dynr_decimal_split(a, &left);
    dynr_decimal_split(b, &right);
    if (left.n_digits == 0) {
        left.exponent = right.exponent;
    }
    if (right.n_digits == 0) {
        right.exponent = left.exponent;
    }
    struct columns columns;
    memset(&columns, 0, sizeof columns);
    columns.low = lowest(&left) < lowest(&right) ? lowest(&left) : lowest(&right);
    columns.n = (left.exponent > right.exponent ? left.exponent : right.exponent) - columns.low + 2;
    accumulate(&columns, &left, left.negative ? -1 : 1);
    accumulate(&columns, &right, right.negative != subtract ? -1 : 1);
    int sign = normalise(&columns);

    int top = columns.n - 1;
    int bottom = 0;
    while (top >= 0 && columns.digits[top] == 0) {
        top--;
    }
    while (bottom < top && columns.digits[bottom] == 0) {
        bottom++;
    }
    struct dynr_decimal_parts result = {0};
    if (top >= 0) {
        result.negative = sign < 0;
        result.exponent = columns.low + top;
        result.n_digits = (unsigned)(top - bottom + 1);
    }
    const char *fault = dynr_decimal_range_fault(result.exponent, result.n_digits);
    if (fault != NULL) {
        return dynr_fail(err, DYNR_ERR_RANGE, "%s", fault);
    }
    for (unsigned i = 0; i < result.n_digits; i++) {
        result.digits[i] = (uint8_t)columns.digits[top - (int)i];
    }
    return dynr_decimal_join(&result, arena, out) ? DYNR_OK
                                                  : dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
}

/* Counters: two whole numbers of at most 18 digits. */
static bool sum_small(struct dynr_decimal a, struct dynr_decimal b, bool subtract,
                      struct dynr_arena *arena, struct dynr_decimal *out)
{
    int64_t left;
    int64_t right;
    if (a.text.len > 18 || b.text.len > 18 || !dynr_int64_parse(a.text, &left) ||
        !dynr_int64_parse(b.text, &right)) {
        return false;
    }
    char digits[20];
    size_t len = dynr_int64_format(subtract ? left - right : left + right, digits);
    struct dynr_str text = dynr_arena_dup(arena, dynr_str_make(digits, len));
    if (text.ptr == NULL) {
        return false;
    }
    out->text = text;
    return true;
}

enum dynr_status dynr_decimal_add(struct dynr_decimal a, struct dynr_decimal b,
                                  struct dynr_arena *arena, struct dynr_decimal *out,
                                  struct dynr_error *err)
{
    return sum_small(a, b, false, arena, out) ? DYNR_OK : sum(a, b, false, arena, out, err);
}

enum dynr_status dynr_decimal_subtract(struct dynr_decimal a, struct dynr_decimal b,
                                       struct dynr_arena *arena, struct dynr_decimal *out,
                                       struct dynr_error *err)
{
    return sum_small(a, b, true, arena, out) ? DYNR_OK : sum(a, b, true, arena, out, err);
}
