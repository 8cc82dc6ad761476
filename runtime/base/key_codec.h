/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a value becomes part of a key string.
 *
 * A key is `TAG#part#part`. Two properties hold, and tests prove them on random values:
 *   - no value can forge a delimiter: parts are escaped, so splitting a key gives back exactly its
 *     parts;
 *   - byte order of keys is value order, part by part: ("a b", 0) sorts after ("a", 1).
 *
 * Text parts: with delimiter D (default '#', allowed '!' to '+'), every byte b <= D + 1 is written
 * as the two bytes {D + 1, 0x40 + b}; all others stand for themselves. With '#': '$' escapes, "a#b"
 * is "a$cb", a space is "$`". D sorts below every byte that a part can hold, so a part that ends
 * sorts below any longer one. With a delimiter that is not allowed, dynr_key_append_text fails the
 * buffer and dynr_key_next_part returns false.
 *
 * Integers (also enum tags): a letter that says sign and number of digits, then the digits: 0 is
 * "a0", 42 is "b42", 1000 is "d1000"; negative ones use 'Z' downwards and the nines' complement: -1
 * is "Z8", -42 is "Y57".
 * Decimals: "n"/"o"/"p" for negative, zero, positive; then for positive: exponent + 500 in three
 * digits and the significant digits without trailing zeros; for negative: both in nines' complement
 * and a closing '~'.
 * Booleans: "0" and "1". Dates, timestamps, ULIDs and UUIDs: their canonical text, in which no byte
 * needs an escape.
 * Bytes: lower-case hexadecimal.
 */
#ifndef DYNR_BASE_KEY_CODEC_H
#define DYNR_BASE_KEY_CODEC_H

#include "dynr/arena.h"
#include "dynr/buf.h"
#include "dynr/value.h"

#define DYNR_KEY_DELIMITER '#'

/**
 * Whether `delimiter` is allowed ('!' to '+'): others would lose the order, or meet the '-' of
 * dates.
 */
bool dynr_key_delimiter_is_ordered(char delimiter);

void dynr_key_append_text(struct dynr_buf *buf, struct dynr_str text, char delimiter);
void dynr_key_append_int(struct dynr_buf *buf, int64_t value);
/** Longest key text of an integer. */
#define DYNR_KEY_INT_MAX ((size_t)20)
/** Writes the key text of an integer to `out`, of DYNR_KEY_INT_MAX bytes; returns its length. */
size_t dynr_key_format_int(int64_t value, char *out);
void dynr_key_append_bool(struct dynr_buf *buf, bool value);
void dynr_key_append_decimal(struct dynr_buf *buf, struct dynr_decimal value);
void dynr_key_append_bytes(struct dynr_buf *buf, struct dynr_bytes bytes);
void dynr_key_append_date(struct dynr_buf *buf, struct dynr_date date);
void dynr_key_append_timestamp(struct dynr_buf *buf, struct dynr_timestamp timestamp);

/** Longest key text of `len` bytes of text. */
size_t dynr_key_text_max(size_t len);

/**
 * Takes the next part off `rest` (up to the next delimiter or the end, which it steps over) and
 * unescapes it. False when `rest` is exhausted (NULL ptr), an escape is malformed, or memory runs
 * out.
 */
bool dynr_key_next_part(struct dynr_str *rest, char delimiter, struct dynr_arena *arena,
                        struct dynr_str *out);
bool dynr_key_part_int(struct dynr_str part, int64_t *out);
bool dynr_key_part_decimal(struct dynr_str part, struct dynr_arena *arena,
                           struct dynr_decimal *out);
bool dynr_key_part_bool(struct dynr_str part, bool *out);
bool dynr_key_part_bytes(struct dynr_str part, struct dynr_arena *arena, struct dynr_bytes *out);

/** Lower-cases A to Z in the arena, for `@unique(fold)`; other characters stand as they are. */
struct dynr_str dynr_key_fold(struct dynr_str text, struct dynr_arena *arena);

/**
 * The smallest text that sorts after every text with this prefix, for exclusive upper bounds; false
 * when there is none (the prefix is empty or all 0xFF).
 */
bool dynr_key_successor(struct dynr_str prefix, struct dynr_arena *arena, struct dynr_str *out);

#endif
