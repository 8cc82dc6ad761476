/* SPDX-License-Identifier: Apache-2.0 */
/* Access keys from a file in the form of ~/.aws/credentials: the key of each profile. */
#ifndef DYNR_CLI_CREDENTIALS_H
#define DYNR_CLI_CREDENTIALS_H

#include "dynr/arena.h"
#include "dynr/endpoint.h"
#include "dynr/status.h"

/**
 * Errors: DYNR_ERR_IO (it cannot be read), DYNR_ERR_TOO_LARGE (longer than 1 MiB), DYNR_ERR_SYNTAX with the line (neither a section, a
 * setting nor a comment; a profile with half of a pair; an id or a secret that is empty or too long; one id with two secrets), DYNR_ERR_TOO_MANY,
 * DYNR_ERR_INVALID_ARGUMENT (no key at all), DYNR_ERR_NO_MEMORY. Texts in `arena`.
 */
enum dynr_status dynr_credentials_read(const char *path, struct dynr_arena *arena,
                                       const struct dynr_access_key **out, size_t *out_n_keys,
                                       struct dynr_error *err);

#endif
