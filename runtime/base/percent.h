/* SPDX-License-Identifier: Apache-2.0 */
/* Percent-encoding (RFC 3986, section 2.1), as far as its readers agree: what to do with a broken escape is theirs. */
#ifndef DYNR_BASE_PERCENT_H
#define DYNR_BASE_PERCENT_H

#include "dynr/str.h"

/** How many bytes an escape such as %2F takes. */
#define DYNR_PERCENT_LENGTH 3

/** Whether an escape begins at `offset`; then `*out` is its byte. */
bool dynr_percent_read(struct dynr_str text, size_t offset, unsigned char *out);

/** What a hexadecimal digit stands for; -1: it is none. */
int dynr_hex_digit(char c);

#endif
