/* SPDX-License-Identifier: Apache-2.0 */
/* Single values in DynamoDB JSON, for expressions; and how numbers and times are written. */
#ifndef DYNR_TYPED_ENCODE_ITEM_H
#define DYNR_TYPED_ENCODE_ITEM_H

#include "typed/type.h"

/* Longest text that dynr_write_number and dynr_write_time write. */
#define DYNR_SCALAR_TEXT_MAX 40

/* An attribute value with its type: {"S":"x"}. An empty set cannot be written: see dynr_value_is_stored. */
enum dynr_status dynr_encode_value(const struct dynr_type_desc *type, const void *value,
                                   struct dynr_buf *out, struct dynr_error *err);
/* False for what is stored as no attribute: an empty set. */
bool dynr_value_is_stored(const struct dynr_type_desc *type, const void *value);

/* Text of an integer, float, enum or epoch at `out`; returns its end, NULL when a float is not finite. */
char *dynr_write_number(const struct dynr_type_desc *type, const void *value, char *out);
/* Text of a date, timestamp, ULID or UUID at `out`; returns its end. */
char *dynr_write_time(const struct dynr_type_desc *type, const void *value, char *out);

#endif
