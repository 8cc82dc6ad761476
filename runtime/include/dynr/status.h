/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How libdynr reports failure: a status by value, and an optional `struct dynr_error` that the caller owns.
 * There is no thread-local "last error".
 */
#ifndef DYNR_STATUS_H
#define DYNR_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dynr/str.h"

DYNR_BEGIN_DECLS

/** Outcome of a call. `DYNR_OK` is 0; the others are listed with their meaning in status.def. */
enum dynr_status {
    DYNR_OK = 0,
#define DYNR_STATUS(name, value, http, retryable, service_error, text) DYNR_ERR_##name = value,
#include "dynr/status.def"
#undef DYNR_STATUS
};

/** Bytes of `dynr_error.message`, the terminating NUL included. Longer texts end in "...". */
#define DYNR_ERROR_MESSAGE_SIZE 512
/** Bytes of `dynr_error.field`, the terminating NUL included. */
#define DYNR_ERROR_FIELD_SIZE 96

/**
 * What went wrong. Plain data in the caller's memory: nothing to free; copying it is fine.
 * Zero it (or call dynr_error_clear) before the first use.
 * The status that a function returns decides. One that was empty is empty after `DYNR_OK`, also where something inside was tried
 * again or could be done without; after a failure `status` is what was returned.
 */
struct dynr_error {
    enum dynr_status status;
    /** HTTP status that a host answers with. */
    int http_status;
    /** Whether the same request may succeed later. */
    bool retryable;
    /** DynamoDB's name of the error, a static string; "" where DynamoDB has none. */
    const char *service_error;
    /** Index of the operation in a transaction or batch that failed, or -1. */
    int operation_index;
    /** Path of the field in question, as the caller knows it ("steps[2].label"), or "". */
    char field[DYNR_ERROR_FIELD_SIZE];
    /** One line for people; never holds a secret or a whole item. */
    char message[DYNR_ERROR_MESSAGE_SIZE];
};

/** The constant's name without its prefix, for instance "CONDITION_FAILED"; "OK" for 0. Static. */
DYNR_API const char *dynr_status_name(enum dynr_status status);
/** One line for people. Static. */
DYNR_API const char *dynr_status_text(enum dynr_status status);

/** Makes `err` empty again. `NULL` is allowed. */
DYNR_API void dynr_error_clear(struct dynr_error *err);

/**
 * Fills `err` (where it is not NULL) from `status` and a printf-style message, and returns `status`, so that
 * a function can end in `return dynr_fail(err, DYNR_ERR_RANGE, "...")`. Without a message (`format` NULL) the
 * status's own text is used. `field` becomes "" and `operation_index` -1.
 */
DYNR_API enum dynr_status dynr_fail(struct dynr_error *err, enum dynr_status status,
                                    const char *format, ...) DYNR_PRINTF(3, 4);

/** As dynr_fail, and names the field. */
DYNR_API enum dynr_status dynr_fail_field(struct dynr_error *err, enum dynr_status status,
                                          struct dynr_str field, const char *format, ...)
    DYNR_PRINTF(4, 5);

DYNR_END_DECLS

#endif
