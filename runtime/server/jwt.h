/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signed JSON Web Tokens (RFC 7519, RFC 7515): token + key set + time in, claims or a typed error out. Pure.
 *
 * What is refused, always: `alg: none`; an algorithm that the chosen key is not bound to (so an HS256 signature made with a
 * public RSA key cannot pass); any `crit`; encrypted tokens; a token without `exp`; members that stand there twice; base64url
 * with padding or stray bits; more than DYNR_JWT_MAX_TOKEN bytes. Only HS256, RS256 and ES256 are known.
 *
 *     struct dynr_jwt_keys *keys;
 *     dynr_jwt_keys_parse(text_of_jwks_file, &keys, &err);
 *     struct dynr_jwt_rules rules = {.issuer = ..., .audience = ..., .leeway_s = 60, .now_s = now};
 *     struct dynr_jwt_claims claims;
 *     dynr_jwt_verify(keys, &rules, token, &arena, &claims, &err);
 */
#ifndef DYNR_SERVER_JWT_H
#define DYNR_SERVER_JWT_H

#include "dynr/arena.h"
#include "dynr/gen.h"

#define DYNR_JWT_MAX_TOKEN 8192
#define DYNR_JWT_MAX_KEYS  32
/** Bytes of a key set's text. */
#define DYNR_JWT_MAX_KEY_SET 65536

struct dynr_jwt_keys;

/**
 * Reads a key set (RFC 7517: `{"keys":[...]}`). Each key is bound to one algorithm: by its type (oct: HS256, RSA: RS256, EC on
 * P-256: ES256), and its `alg`, where there is one, must be that. Keys of other types, algorithms or uses are left out, as the
 * RFC wants. Private members are ignored.
 * Errors: DYNR_ERR_SYNTAX, DYNR_ERR_TOO_LARGE, DYNR_ERR_MISSING (no key that can be used), DYNR_ERR_INVALID_ARGUMENT (a key that is
 * too weak or damaged: RSA below 2,048 bits, oct below 256), DYNR_ERR_NO_MEMORY. Destroy with dynr_jwt_keys_destroy.
 */
enum dynr_status dynr_jwt_keys_parse(struct dynr_str json, struct dynr_jwt_keys **out,
                                     struct dynr_error *err);
/** NULL is fine. */
void dynr_jwt_keys_destroy(struct dynr_jwt_keys *keys);
size_t dynr_jwt_keys_count(const struct dynr_jwt_keys *keys);

struct dynr_jwt_rules {
    /** `iss` must be this; empty: not looked at. */
    struct dynr_str issuer;
    /** `aud` must be this or a list with it; empty: not looked at. */
    struct dynr_str audience;
    /** Seconds that clocks may differ. */
    int64_t leeway_s;
    /** Seconds since 1970. */
    int64_t now_s;
};

struct dynr_jwt_claims {
    /** The payload: a JSON object, checked, in the arena. */
    struct dynr_str json;
    /** `exp`, seconds since 1970. */
    int64_t expires_s;
};

/**
 * Checks a token in the compact form. The only error is DYNR_ERR_UNAUTHENTICATED (or DYNR_ERR_NO_MEMORY); `err->message` says why and is
 * meant for logs: it never holds any of the token. Clients are told dynr_jwt_public_message alone.
 */
enum dynr_status dynr_jwt_verify(const struct dynr_jwt_keys *keys,
                                 const struct dynr_jwt_rules *rules, struct dynr_str token,
                                 struct dynr_arena *arena, struct dynr_jwt_claims *out,
                                 struct dynr_error *err);

/**
 * Fills a caller struct from claims, with all checks of dynr_decode_json. `desc->claims` says which claim fills which field; a claim that is absent or null leaves an optional field absent.
 * Errors: DYNR_ERR_UNAUTHENTICATED: a claim is missing or has a wrong form (message for logs); DYNR_ERR_NO_MEMORY.
 */
enum dynr_status dynr_jwt_caller(const struct dynr_jwt_claims *claims,
                                 const struct dynr_struct_desc *desc, struct dynr_arena *arena,
                                 void **out_caller, struct dynr_error *err);

#endif
