/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Integers and doubles to and from text. The C library does the hard cases of doubles, but only
 * ever sees and writes a form whose meaning does not depend on the locale: digits and an exponent,
 * without a decimal point.
 */
#include "base/number_text.h"

#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/number_scan.h"

/*
 * Digits that can decide how a double is rounded; what follows them only matters by being zero or
 * not.
 */
#define DOUBLE_DIGITS_MAX ((size_t)780)

/* Applies the sign; false when the result does not fit. */
static bool signed_from(uint64_t magnitude, bool negative, int64_t *out)
{
    if (negative) {
        if (magnitude > (uint64_t)INT64_MAX + 1) {
            return false;
        }
        *out = magnitude == 0 ? 0 : -(int64_t)(magnitude - 1) - 1;
        return true;
    }
    if (magnitude > (uint64_t)INT64_MAX) {
        return false;
    }
    *out = (int64_t)magnitude;
    return true;
}

/* An integer with a point, an exponent or 19 digits. */
static bool parse_uncommon_int64(struct dynr_str text, int64_t *out)
{
    struct dynr_number_scan scan;
    size_t len = dynr_number_scan(text, false, &scan);
    if (len == 0 || len != text.len) {
        return false;
    }
    struct dynr_number_digits digits = dynr_number_significant(&scan);
    if (digits.count == 0) {
        *out = 0;
        return true;
    }
    if (digits.exponent < 0 || digits.exponent > 18 || digits.count > (size_t)digits.exponent + 1) {
        return false;
    }
    /* 19 digits always fit into 64 bits. */
    uint64_t magnitude = 0;
    for (size_t i = 0; i <= (size_t)digits.exponent; i++) {
        unsigned digit = i < digits.count ? dynr_number_digit(&scan, digits.first + i) : 0;
        magnitude = magnitude * 10 + digit;
    }
    return signed_from(magnitude, scan.negative, out);
}

bool dynr_int64_parse(struct dynr_str text, int64_t *out)
{
    size_t i = text.len != 0 && text.ptr[0] == '-' ? 1 : 0;
    bool negative = i != 0;
    size_t n_digits = text.len - i;
    if (n_digits == 0) {
        return false;
    }
    if (n_digits > 18 || (text.ptr[i] == '0' && n_digits > 1)) {
        return parse_uncommon_int64(text, out);
    }
    int64_t value = 0;
    for (; i < text.len; i++) {
        unsigned digit = (unsigned)(unsigned char)text.ptr[i] - '0';
        if (digit > 9) {
            return parse_uncommon_int64(text, out);
        }
        value = value * 10 + (int64_t)digit;
    }
    *out = negative ? -value : value;
    return true;
}

size_t dynr_int64_format(int64_t value, char *out)
{
    static const char pairs[] =
        "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
        "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
        "8081828384858687888990919293949596979899";
    char digits[20] = {0};
    size_t start = sizeof digits;
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    while (magnitude >= 100) {
        start -= 2;
        memcpy(digits + start, pairs + magnitude % 100 * 2, 2);
        magnitude /= 100;
    }
    if (magnitude >= 10) {
        start -= 2;
        memcpy(digits + start, pairs + magnitude * 2, 2);
    } else {
        digits[--start] = (char)('0' + magnitude);
    }
    if (value < 0) {
        digits[--start] = '-';
    }
    memcpy(out, digits + start, sizeof digits - start);
    return sizeof digits - start;
}

/*
 * At most 15 digits and a power of ten that doubles hold exactly: one correctly rounded operation
 * is the answer.
 */
static bool double_from_few_digits(const struct dynr_number_scan *scan,
                                   struct dynr_number_digits digits, double *out)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    /* Where the machine computes in a wider format (x87) the result would be rounded twice. */
    if (FLT_EVAL_METHOD != 0 || digits.count > 15) {
        return false;
    }
    int64_t scale = digits.exponent - (int64_t)digits.count + 1;
    if (scale < -22 || scale > 22) {
        return false;
    }
    uint64_t mantissa = 0;
    for (size_t i = 0; i < digits.count; i++) {
        mantissa = mantissa * 10 + dynr_number_digit(scan, digits.first + i);
    }
    double value = (double)mantissa;
    value = scale < 0 ? value / powers[-scale] : value * powers[scale];
    *out = scan->negative ? -value : value;
    return true;
}

bool dynr_double_parse(struct dynr_str text, double *out)
{
    struct dynr_number_scan scan;
    size_t len = dynr_number_scan(text, false, &scan);
    if (len == 0 || len != text.len) {
        return false;
    }
    struct dynr_number_digits digits = dynr_number_significant(&scan);
    if (digits.count == 0) {
        *out = scan.negative ? -0.0 : 0.0;
        return true;
    }
    if (double_from_few_digits(&scan, digits, out)) {
        return true;
    }
    if (digits.exponent > 400) {
        return false;
    }
    if (digits.exponent < -400) {
        *out = scan.negative ? -0.0 : 0.0;
        return true;
    }
    char plain[DOUBLE_DIGITS_MAX + 32];
    size_t n = 0;
    if (scan.negative) {
        plain[n++] = '-';
    }
    size_t n_digits = digits.count < DOUBLE_DIGITS_MAX ? digits.count : DOUBLE_DIGITS_MAX;
    for (size_t i = 0; i < n_digits; i++) {
        plain[n++] = (char)('0' + dynr_number_digit(&scan, digits.first + i));
    }
    if (n_digits < digits.count) {
        /* The last significant digit is not zero: one digit stands for all that were left out. */
        plain[n++] = '1';
        n_digits++;
    }
    (void)snprintf(plain + n, sizeof plain - n, "e%d",
                   (int)(digits.exponent - (int64_t)n_digits + 1));
    int saved_errno = errno;
    double value = strtod(plain, NULL);
    errno = saved_errno;
    if (!isfinite(value)) {
        return false;
    }
    *out = value;
    return true;
}

/*
 * Lays out significant digits as JavaScript does: plain between 1e-7 and 1e21, else with an
 * exponent.
 */
static size_t lay_out(const char *digits, int n, int exponent, char *out)
{
    char *p = out;
    if (exponent < -7 || exponent >= 21) {
        *p++ = digits[0];
        if (n > 1) {
            *p++ = '.';
            memcpy(p, digits + 1, (size_t)n - 1);
            p += n - 1;
        }
        *p++ = 'e';
        *p++ = exponent < 0 ? '-' : '+';
        p += dynr_int64_format(exponent < 0 ? -exponent : exponent, p);
        return (size_t)(p - out);
    }
    int position = exponent;
    if (exponent < 0) {
        *p++ = '0';
        position = -1;
    }
    for (int i = position < 0 ? exponent + 1 : 0; i < n || position >= 0; i++) {
        if (position-- == -1) {
            *p++ = '.';
        }
        *p++ = i < 0 || i >= n ? '0' : digits[i];
    }
    return (size_t)(p - out);
}

/*
 * Formats with `precision` significant digits; false when the text does not read back as `value`.
 */
static bool format_with(double value, int precision, bool check, char *out, size_t *out_len)
{
    char printed[48];
    (void)snprintf(printed, sizeof printed, "%.*e", precision - 1, value);
    /*
     * Whatever the locale's decimal point is, digits are digits and the exponent follows the 'e'.
     */
    char digits[24] = {0};
    int n = 0;
    const char *p = printed;
    for (; *p != 'e' && *p != '\0'; p++) {
        if (*p >= '0' && *p <= '9' && n < (int)sizeof digits) {
            digits[n++] = *p;
        }
    }
    int exponent = *p == 'e' ? (int)strtol(p + 1, NULL, 10) : 0;
    while (n > 1 && digits[n - 1] == '0') {
        n--;
    }
    size_t len = lay_out(digits, n, exponent, out);
    double back = 0;
    if (check &&
        (!dynr_double_parse(dynr_str_make(out, len), &back) || back < value || back > value)) {
        return false;
    }
    *out_len = len;
    return true;
}

/*
 * Prices and measurements: up to 6 decimals and 15 digits. A whole number over a power of ten is
 * one correctly rounded division, so that it gives `value` exactly if its text reads back as
 * `value`; the first power that does has the fewest digits. 0 when none does.
 */
static size_t format_few_decimals(double value, char *out)
{
    if (FLT_EVAL_METHOD != 0 || value >= 1e9) {
        return 0;
    }
    double power = 1;
    for (int decimals = 1; decimals <= 6; decimals++) {
        power *= 10;
        int64_t whole = (int64_t)(value * power + 0.5);
        double back = (double)whole / power;
        if (!(back < value) && !(back > value)) {
            char digits[20];
            int n = (int)dynr_int64_format(whole, digits);
            return lay_out(digits, n, n - 1 - decimals, out);
        }
    }
    return 0;
}

size_t dynr_double_format(double value, char *out)
{
    size_t len = 0;
    if (!isfinite(value)) {
        return 0;
    }
    if (signbit(value)) {
        *out = '-';
        return 1 + dynr_double_format(-value, out + 1);
    }
    if (value < 9007199254740992.0 && value >= 0 && !((double)(int64_t)value < value)) {
        return dynr_int64_format((int64_t)value, out);
    }
    len = format_few_decimals(value, out);
    if (len != 0) {
        return len;
    }
    /*
     * Any 15 digits survive a normal double, so that dropping zeros from 15 finds the shortest;
     * subnormals hold fewer.
     */
    for (int precision = value < DBL_MIN ? 1 : 15; precision < 17; precision++) {
        if (format_with(value, precision, true, out, &len)) {
            return len;
        }
    }
    format_with(value, 17, false, out, &len);
    return len;
}
