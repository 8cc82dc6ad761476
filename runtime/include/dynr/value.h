/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The C types of `.dyn` scalars that C itself does not have, and their text forms.
 *
 * | .dyn               | C                     | in DynamoDB                     | in JSON                |
 * | ------------------ | --------------------- | ------------------------------- | ---------------------- |
 * | string email url json | struct dynr_str    | S                               | string (json: any)     |
 * | bool               | bool                  | BOOL                            | true, false            |
 * | int, int(32)       | int64_t, int32_t      | N                               | string; int(32) number |
 * | float              | double                | N                               | number                 |
 * | decimal            | struct dynr_decimal   | N, 38 digits                    | string                 |
 * | bytes              | struct dynr_bytes     | B                               | base64 string          |
 * | date               | struct dynr_date      | S `2026-01-31`                  | string                 |
 * | timestamp          | struct dynr_timestamp | S `2026-01-31T12:00:00.000Z`    | string                 |
 * | ulid, uuid         | struct dynr_ulid/uuid | S                               | string                 |
 */
#ifndef DYNR_VALUE_H
#define DYNR_VALUE_H

#include <stdint.h>

#include "dynr/arena.h"
#include "dynr/status.h"
#include "dynr/str.h"

DYNR_BEGIN_DECLS

/** Bytes, borrowed. */
struct dynr_bytes {
    const uint8_t *ptr;
    size_t len;
};

/**
 * A decimal number of at most 38 significant digits, 1E-130 to 9.99E+125, exact. Holds the canonical text that
 * DynamoDB returns ("12.5", "-0.001", "1E+30" is written "1000000000000000000000000000000").
 */
struct dynr_decimal {
    struct dynr_str text;
};

/** A calendar day, proleptic Gregorian, years 0000 to 9999. */
struct dynr_date {
    int16_t year;
    uint8_t month;
    uint8_t day;
};

/** Milliseconds since 1970-01-01T00:00:00Z; 0000-01-01 to 9999-12-31. */
struct dynr_timestamp {
    int64_t ms;
};

/** A ULID in its canonical text form: 26 characters of Crockford base 32, upper case. Sorts by creation time. */
struct dynr_ulid {
    char text[26];
};

/** A UUID in its canonical text form: 36 characters, lower case. */
struct dynr_uuid {
    char text[36];
};

#define DYNR_DATE_LENGTH        10
#define DYNR_TIMESTAMP_LENGTH   24
#define DYNR_DECIMAL_MAX_DIGITS 38

/**
 * Each `_parse` takes exactly the canonical form (ULIDs and UUIDs in either case; timestamps also without or with
 * 1 to 9 fraction digits, cut to milliseconds, and with an offset such as +02:00; decimals any JSON number form) and
 * returns false for anything else, leaving `out` untouched.
 */
DYNR_API bool dynr_date_parse(struct dynr_str text, struct dynr_date *out);
DYNR_API bool dynr_timestamp_parse(struct dynr_str text, struct dynr_timestamp *out);
DYNR_API bool dynr_ulid_parse(struct dynr_str text, struct dynr_ulid *out);
DYNR_API bool dynr_uuid_parse(struct dynr_str text, struct dynr_uuid *out);

/** Writes the canonical form; no NUL is added. The value must be valid (from a parse or a clock). */
DYNR_API void dynr_date_format(struct dynr_date date, char out[DYNR_DATE_LENGTH]);
DYNR_API void dynr_timestamp_format(struct dynr_timestamp timestamp,
                                    char out[DYNR_TIMESTAMP_LENGTH]);

/**
 * Canonicalises a number text. DYNR_ERR_SYNTAX: not a number; DYNR_ERR_RANGE: more than 38 significant digits or a
 * magnitude outside DynamoDB's. `out` lives in `arena` (or is `text` itself when that was canonical).
 */
DYNR_API enum dynr_status dynr_decimal_parse(struct dynr_str text, struct dynr_arena *arena,
                                             struct dynr_decimal *out, struct dynr_error *err);
/** Exact comparison of two canonical decimals: negative, zero or positive. */
DYNR_API int dynr_decimal_compare(struct dynr_decimal a, struct dynr_decimal b);
/** Exact sum. DYNR_ERR_RANGE when it needs more than 38 digits, as the service refuses it. `out` lives in `arena`. */
DYNR_API enum dynr_status dynr_decimal_add(struct dynr_decimal a, struct dynr_decimal b,
                                           struct dynr_arena *arena, struct dynr_decimal *out,
                                           struct dynr_error *err);
/** Exact difference `a - b`; as dynr_decimal_add. */
DYNR_API enum dynr_status dynr_decimal_subtract(struct dynr_decimal a, struct dynr_decimal b,
                                                struct dynr_arena *arena, struct dynr_decimal *out,
                                                struct dynr_error *err);

/** The text of a ULID or UUID, borrowed from the value. */
static inline struct dynr_str dynr_ulid_str(const struct dynr_ulid *ulid)
{
    return dynr_str_make(ulid->text, sizeof ulid->text);
}
static inline struct dynr_str dynr_uuid_str(const struct dynr_uuid *uuid)
{
    return dynr_str_make(uuid->text, sizeof uuid->text);
}

DYNR_END_DECLS

#endif
