/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 (RFC 3629): validation, decoding, and how wide a code point is in a terminal. */
#ifndef DYNR_BASE_UTF8_H
#define DYNR_BASE_UTF8_H

#include <stdint.h>

#include "dynr/str.h"

/** Whether `text` is well-formed UTF-8: no overlong forms, surrogates or values over U+10FFFF. */
bool dynr_utf8_is_valid(struct dynr_str text);
/** Offset of the first byte that does not belong to well-formed UTF-8, or `text.len`. */
size_t dynr_utf8_valid_length(struct dynr_str text);
/**
 * Decodes one code point at `offset`; returns its length in bytes, or 0 when malformed or at the
 * end.
 */
size_t dynr_utf8_decode(struct dynr_str text, size_t offset, uint32_t *out);
/** Encodes `code_point` into `out` (4 bytes); returns the length, 0 for an invalid one. */
size_t dynr_utf8_encode(uint32_t code_point, char out[4]);
/** Number of code points in well-formed `text`. */
size_t dynr_utf8_count(struct dynr_str text);
/**
 * Terminal columns of a code point: 0 for combining marks, 2 for East Asian wide and emoji, else 1.
 */
unsigned dynr_utf8_width(uint32_t code_point);

#endif
