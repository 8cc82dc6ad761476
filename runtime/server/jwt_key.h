/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of a key set, and the check of one signature. */
#ifndef DYNR_SERVER_JWT_KEY_H
#define DYNR_SERVER_JWT_KEY_H

#include <openssl/evp.h>

#include "dynr/arena.h"
#include "dynr/value.h"
#include "server/jwt.h"

enum dynr_jwt_algorithm {
    DYNR_JWT_NO_ALGORITHM = 0,
    DYNR_JWT_HS256,
    DYNR_JWT_RS256,
    DYNR_JWT_ES256
};

struct dynr_jwt_key {
    /** What this key is bound to: never used for anything else. */
    enum dynr_jwt_algorithm algorithm;
    /** `kid`, or empty. */
    struct dynr_str id;
    /** HS256. */
    struct dynr_bytes secret;
    /** RS256, ES256. */
    EVP_PKEY *public_key;
};

struct dynr_jwt_keys {
    struct dynr_arena arena;
    struct dynr_jwt_key keys[DYNR_JWT_MAX_KEYS];
    size_t n_keys;
};

/** The algorithm of a name, DYNR_JWT_NO_ALGORITHM for all that are not known, "none" among them. */
enum dynr_jwt_algorithm dynr_jwt_algorithm_of(struct dynr_str name);

/** Whether `signature` is that of `signed_text` by `key`, in time that does not depend on where they differ. */
bool dynr_jwt_signature_holds(const struct dynr_jwt_key *key, struct dynr_str signed_text,
                              struct dynr_bytes signature);

#endif
