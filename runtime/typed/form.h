/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of emails and urls. Simple on purpose: whether an address works, only a message to it can say. */
#ifndef DYNR_TYPED_FORM_H
#define DYNR_TYPED_FORM_H

#include "dynr/str.h"

/*
 * `local@domain`, at most 254 bytes: one `@`; 1 to 64 bytes before it, without spaces, control characters, quotes and
 * brackets; behind it two or more labels of letters, digits and inner hyphens (bytes over 0x7F count as letters).
 */
bool dynr_form_is_email(struct dynr_str text);
/*
 * `scheme://rest`, at most 2,048 bytes: a scheme of letters, digits, `+`, `.` and `-` that begins with a letter; a rest that begins
 * with neither `/`, `?` nor `#`; no spaces, control characters, quotes, angle brackets or backslashes.
 */
bool dynr_form_is_url(struct dynr_str text);

#endif
