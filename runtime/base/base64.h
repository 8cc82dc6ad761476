/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 with padding (RFC 4648, section 4). */
#ifndef DYNR_BASE_BASE64_H
#define DYNR_BASE_BASE64_H

#include "dynr/arena.h"
#include "dynr/buf.h"
#include "dynr/value.h"

/** Encoded length of `len` bytes. */
size_t dynr_base64_length(size_t len);
/** Writes dynr_base64_length(bytes.len) characters. */
void dynr_base64_encode(struct dynr_bytes bytes, char *out);
void dynr_buf_append_base64(struct dynr_buf *buf, struct dynr_bytes bytes);
/**
 * Strict: padding required, non-zero trailing bits and foreign characters refused. False also when
 * out of memory.
 */
bool dynr_base64_decode(struct dynr_str text, struct dynr_arena *arena, struct dynr_bytes *out);

#endif
