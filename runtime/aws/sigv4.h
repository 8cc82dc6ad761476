/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AWS Signature Version 4, one function a stage, so that each is checked against AWS's own vectors
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html). The same functions sign and verify: who
 * verifies computes the signature of what came and compares it in constant time.
 */
#ifndef DYNR_AWS_SIGV4_H
#define DYNR_AWS_SIGV4_H

#include "dynr/arena.h"
#include "dynr/status.h"

#define DYNR_SIGV4_ALGORITHM "AWS4-HMAC-SHA256"
/** Hexadecimal digits of a SHA-256. */
#define DYNR_SHA256_HEX 64

struct dynr_sigv4_pair {
    struct dynr_str name;
    struct dynr_str value;
};

struct dynr_sigv4_request {
    struct dynr_str method;
    /** As it stands in the request line, up to the `?`. */
    struct dynr_str path;
    /** What follows the `?`, without X-Amz-Signature; empty where there is none. */
    struct dynr_str query;
    /** Exactly the headers to be signed, in any order and case; names may repeat. */
    const struct dynr_sigv4_pair *headers;
    size_t n_headers;
    /** Hexadecimal SHA-256 of the body. */
    struct dynr_str payload_hash;
    /** Remove `.`, `..` and doubled slashes from the path first, as every service but S3 does. */
    bool normalize_path;
};

/** Who signs, when and for what: `20150830/us-east-1/dynamodb/aws4_request` and the whole time of it. */
struct dynr_sigv4_scope {
    /** ISO 8601 basic: 20150830T123600Z. */
    struct dynr_str time;
    struct dynr_str region;
    struct dynr_str service;
};

/** Lower-case hexadecimal SHA-256. False: the library failed. */
bool dynr_sha256_hex(struct dynr_str bytes, char out[DYNR_SHA256_HEX]);

/**
 * Stage 1. `*out_signed_headers`: the names as in `SignedHeaders=`. Both in `arena`.
 * Errors: DYNR_ERR_NO_MEMORY.
 */
enum dynr_status dynr_sigv4_canonical_request(const struct dynr_sigv4_request *request,
                                              struct dynr_arena *arena, struct dynr_str *out,
                                              struct dynr_str *out_signed_headers);

/** Stage 2. Errors: DYNR_ERR_NO_MEMORY, DYNR_ERR_INVALID_ARGUMENT (a time shorter than its date). */
enum dynr_status dynr_sigv4_string_to_sign(const struct dynr_sigv4_scope *scope,
                                           struct dynr_str canonical_request,
                                           struct dynr_arena *arena, struct dynr_str *out);

/** Stage 3: the signature, lower-case hexadecimal. Errors: DYNR_ERR_NO_MEMORY, DYNR_ERR_INVALID_ARGUMENT. */
enum dynr_status dynr_sigv4_signature(struct dynr_str secret_key,
                                      const struct dynr_sigv4_scope *scope,
                                      struct dynr_str string_to_sign, char out[DYNR_SHA256_HEX]);

/** Compares two signatures in constant time. */
bool dynr_sigv4_same(struct dynr_str a, struct dynr_str b);

#endif
