/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DynamoDB's numbers: parsing to the canonical text, and comparison. Most numbers arrive in
 * canonical form; those are recognised in one pass and not copied.
 */
#include "base/decimal.h"

#include "base/number_scan.h"
#include "base/utf8.h"

/* Bytes of a refused text that the message quotes. */
#define QUOTED_MAX ((size_t)100)

bool dynr_decimal_is_plain(struct dynr_str text)
{
    const char *p = text.ptr;
    const char *end = text.ptr + text.len;
    bool negative = p < end && *p == '-';
    const char *whole = negative ? p + 1 : p;
    for (p = whole; p < end && *p >= '0' && *p <= '9'; p++) {
    }
    if (p == whole || end - whole > DYNR_DECIMAL_MAX_DIGITS || (*whole == '0' && p - whole > 1)) {
        return false;
    }
    if (p == end) {
        return *whole != '0' || !negative;
    }
    if (*p != '.') {
        return false;
    }
    const char *fraction = ++p;
    for (; p < end && *p >= '0' && *p <= '9'; p++) {
    }
    return p == end && p > fraction && p[-1] != '0';
}

const char *dynr_decimal_range_fault(int64_t exponent, size_t n_digits)
{
    if (n_digits == 0) {
        return NULL;
    }
    if (exponent > DYNR_DECIMAL_EXPONENT_MAX) {
        return "Number overflow. Attempting to store a number with magnitude larger than supported "
               "range";
    }
    if (exponent < DYNR_DECIMAL_EXPONENT_MIN) {
        return "Number underflow. Attempting to store a number with magnitude smaller than "
               "supported range";
    }
    if (n_digits > DYNR_DECIMAL_MAX_DIGITS) {
        return "Attempting to store more than 38 significant digits in a Number";
    }
    return NULL;
}

/* Copies the digits of a scanned number whose range is fine. */
static void parts_from_scan(const struct dynr_number_scan *scan, struct dynr_number_digits digits,
                            struct dynr_decimal_parts *out)
{
    out->negative = scan->negative && digits.count != 0;
    out->exponent = (int)digits.exponent;
    out->n_digits = (unsigned)digits.count;
    for (size_t i = 0; i < digits.count; i++) {
        out->digits[i] = (uint8_t)dynr_number_digit(scan, digits.first + i);
    }
}

static enum dynr_status fail_syntax(struct dynr_str text, struct dynr_error *err)
{
    size_t shown = text.len < QUOTED_MAX ? text.len : QUOTED_MAX;
    shown = dynr_utf8_valid_length(dynr_str_make(text.ptr, shown));
    return dynr_fail(err, DYNR_ERR_SYNTAX,
                     "The parameter cannot be converted to a numeric value: %.*s%s", (int)shown,
                     shown == 0 ? "" : text.ptr, shown < text.len ? "..." : "");
}

enum dynr_status dynr_decimal_parse(struct dynr_str text, struct dynr_arena *arena,
                                    struct dynr_decimal *out, struct dynr_error *err)
{
    if (text.len == 0) {
        return fail_syntax(text, err);
    }
    if (dynr_decimal_is_plain(text)) {
        out->text = text;
        return DYNR_OK;
    }
    struct dynr_number_scan scan;
    size_t len = dynr_number_scan(text, true, &scan);
    if (len == 0 || len != text.len) {
        return fail_syntax(text, err);
    }
    struct dynr_number_digits digits = dynr_number_significant(&scan);
    const char *fault = dynr_decimal_range_fault(digits.exponent, digits.count);
    if (fault != NULL) {
        return dynr_fail(err, DYNR_ERR_RANGE, "%s", fault);
    }
    struct dynr_decimal_parts parts;
    parts_from_scan(&scan, digits, &parts);
    return dynr_decimal_join(&parts, arena, out) ? DYNR_OK
                                                 : dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
}

void dynr_decimal_split(struct dynr_decimal decimal, struct dynr_decimal_parts *out)
{
    struct dynr_number_scan scan;
    memset(out, 0, sizeof *out);
    if (dynr_number_scan(decimal.text, true, &scan) == 0) {
        return;
    }
    struct dynr_number_digits digits = dynr_number_significant(&scan);
    if (dynr_decimal_range_fault(digits.exponent, digits.count) == NULL) {
        parts_from_scan(&scan, digits, out);
    }
}

bool dynr_decimal_join(const struct dynr_decimal_parts *parts, struct dynr_arena *arena,
                       struct dynr_decimal *out)
{
    /* Sign, "0.", zeros down to the first digit, digits; or digits and zeros up to the point. */
    char text[DYNR_DECIMAL_EXPONENT_MAX - DYNR_DECIMAL_EXPONENT_MIN + DYNR_DECIMAL_MAX_DIGITS];
    size_t len = 0;
    if (parts->n_digits == 0) {
        text[len++] = '0';
    } else {
        if (parts->negative) {
            text[len++] = '-';
        }
        int n_digits = (int)parts->n_digits;
        /* Positions count from the point: 0 is the units, -1 the tenths. */
        int last = parts->exponent - n_digits + 1;
        for (int at = parts->exponent > 0 ? parts->exponent : 0; at >= (last < 0 ? last : 0);
             at--) {
            if (at == -1) {
                text[len++] = '.';
            }
            int i = parts->exponent - at;
            text[len++] = (char)('0' + (i >= 0 && i < n_digits ? parts->digits[i] : 0));
        }
    }
    struct dynr_str copy = dynr_arena_dup(arena, dynr_str_make(text, len));
    if (copy.ptr == NULL) {
        return false;
    }
    out->text = copy;
    return true;
}

/* Whether `text` is a canonical whole number that is not negative. */
static bool is_whole(struct dynr_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
    }
    return text.len != 0;
}

/* -1, 0 or 1 for the values without their signs; neither is zero. */
static int compare_magnitudes(const struct dynr_decimal_parts *a,
                              const struct dynr_decimal_parts *b)
{
    if (a->exponent != b->exponent) {
        return a->exponent < b->exponent ? -1 : 1;
    }
    unsigned shorter = a->n_digits < b->n_digits ? a->n_digits : b->n_digits;
    int order = memcmp(a->digits, b->digits, shorter);
    if (order != 0) {
        return order < 0 ? -1 : 1;
    }
    return a->n_digits < b->n_digits ? -1 : a->n_digits > b->n_digits;
}

int dynr_decimal_compare(struct dynr_decimal a, struct dynr_decimal b)
{
    if (is_whole(a.text) && is_whole(b.text)) {
        if (a.text.len != b.text.len) {
            return a.text.len < b.text.len ? -1 : 1;
        }
        return memcmp(a.text.ptr, b.text.ptr, a.text.len);
    }
    struct dynr_decimal_parts left;
    struct dynr_decimal_parts right;
    dynr_decimal_split(a, &left);
    dynr_decimal_split(b, &right);
    int left_sign = left.n_digits == 0 ? 0 : (left.negative ? -1 : 1);
    int right_sign = right.n_digits == 0 ? 0 : (right.negative ? -1 : 1);
    if (left_sign != right_sign) {
        return left_sign < right_sign ? -1 : 1;
    }
    return left_sign == 0 ? 0 : left_sign * compare_magnitudes(&left, &right);
}
