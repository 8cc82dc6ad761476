/* SPDX-License-Identifier: Apache-2.0 */
/* Integers and doubles to and from text, exactly and independent of the locale. */
#ifndef DYNR_BASE_NUMBER_TEXT_H
#define DYNR_BASE_NUMBER_TEXT_H

#include <stdint.h>

#include "dynr/str.h"

/**
 * A JSON number text as an integer: "12", "-3", also "1.0" and "1e3" where the value is whole, as
 * DynamoDB treats them. False when it is not whole or does not fit.
 */
bool dynr_int64_parse(struct dynr_str text, int64_t *out);
/** Digits of `value` at `out` (at least 20 bytes); returns the length. */
size_t dynr_int64_format(int64_t value, char *out);
/**
 * False for anything but a JSON number text; correctly rounded; infinity on overflow counts as
 * false.
 */
bool dynr_double_parse(struct dynr_str text, double *out);
/**
 * The shortest text that reads back as `value` (finite), as JSON, at `out` (at least 32 bytes);
 * returns the length.
 */
size_t dynr_double_format(double value, char *out);

#endif
