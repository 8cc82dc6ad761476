/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 without padding, with `-` and `_` (RFC 4648, section 5), as JOSE writes everything. */
#ifndef DYNR_SERVER_BASE64URL_H
#define DYNR_SERVER_BASE64URL_H

#include "dynr/arena.h"
#include "dynr/value.h"

/**
 * Strict: padding, `+`, `/`, white space and non-zero trailing bits are refused, so that one value has one text. False also when
 * out of memory. An empty text gives no bytes.
 */
bool dynr_base64url_decode(struct dynr_str text, struct dynr_arena *arena, struct dynr_bytes *out);

#endif
