/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time and randomness come through an interface, so that tests and simulations decide both.
 */
#ifndef DYNR_CLOCK_H
#define DYNR_CLOCK_H

#include "dynr/value.h"

DYNR_BEGIN_DECLS

/** Where `@auto` values come from. Functions must be callable from any thread that uses the client. */
struct dynr_clock {
    /** Milliseconds since 1970. */
    int64_t (*now_ms)(void *context);
    /** Fills `out` with `len` unpredictable bytes; false when the system cannot. */
    bool (*random_bytes)(void *context, uint8_t *out, size_t len);
    void *context;
};

/** The system's clock and getrandom(2). Static. */
DYNR_API const struct dynr_clock *dynr_clock_system(void);

/** A new ULID (https://github.com/ulid/spec): 48 bits of milliseconds, 80 random bits. */
DYNR_API enum dynr_status dynr_ulid_generate(const struct dynr_clock *clock, struct dynr_ulid *out,
                                             struct dynr_error *err);
/** A new random UUID, version 4 (RFC 9562). */
DYNR_API enum dynr_status dynr_uuid_generate(const struct dynr_clock *clock, struct dynr_uuid *out,
                                             struct dynr_error *err);

DYNR_END_DECLS

#endif
