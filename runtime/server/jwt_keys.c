/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key sets (RFC 7517): text to keys, each bound to one algorithm.
 */
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_read.h"
#include "server/base64url.h"
#include "server/jwt_key.h"

#define MIN_SECRET      32
#define MIN_RSA_BITS    2048
#define MAX_RSA_BITS    8192
#define P256_COORDINATE 32

/** Members of one JWK as they stand in the text; empty: absent. */
struct jwk {
    struct dynr_str kty;
    struct dynr_str kid;
    struct dynr_str alg;
    struct dynr_str use;
    struct dynr_str crv;
    struct dynr_str k;
    struct dynr_str n;
    struct dynr_str e;
    struct dynr_str x;
    struct dynr_str y;
    /** `key_ops` is there and does not list "verify". */
    bool not_for_verifying;
};

static enum dynr_status bad_key(const struct jwk *jwk, const char *why, struct dynr_error *err)
{
    int shown = (int)(jwk->kid.len < 60 ? jwk->kid.len : 60);
    return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "key \"%.*s\" of the key set %s", shown,
                     shown == 0 ? "" : jwk->kid.ptr, why);
}

static bool read_operations(struct dynr_json_reader *reader, struct dynr_arena *arena,
                            struct jwk *jwk)
{
    bool first;
    bool verifies = false;
    if (!dynr_json_enter_array(reader, &first)) {
        return false;
    }
    while (dynr_json_next_element(reader, &first)) {
        struct dynr_str operation;
        if (!dynr_json_read_string(reader, arena, &operation)) {
            return false;
        }
        verifies = verifies || dynr_str_equal_c(operation, "verify");
    }
    jwk->not_for_verifying = !verifies;
    return reader->fault == NULL;
}

/** Where a member's text goes, or NULL for one that says nothing to us. */
static struct dynr_str *jwk_member(struct jwk *jwk, struct dynr_str name)
{
    struct {
        const char *name;
        struct dynr_str *text;
    } members[] = {{"kty", &jwk->kty}, {"kid", &jwk->kid}, {"alg", &jwk->alg}, {"use", &jwk->use},
                   {"crv", &jwk->crv}, {"k", &jwk->k},     {"n", &jwk->n},     {"e", &jwk->e},
                   {"x", &jwk->x},     {"y", &jwk->y}};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (dynr_str_equal_c(name, members[i].name)) {
            return members[i].text;
        }
    }
    return NULL;
}

static bool read_jwk(struct dynr_json_reader *reader, struct dynr_arena *arena, struct jwk *jwk)
{
    bool first;
    struct dynr_str name;
    memset(jwk, 0, sizeof *jwk);
    if (!dynr_json_enter_object(reader, &first)) {
        return false;
    }
    while (dynr_json_next_member(reader, arena, &first, &name)) {
        struct dynr_str *text = jwk_member(jwk, name);
        bool read = text != NULL                        ? dynr_json_read_string(reader, arena, text)
                    : dynr_str_equal_c(name, "key_ops") ? read_operations(reader, arena, jwk)
                                                        : dynr_json_skip(reader, NULL);
        if (!read) {
            return false;
        }
    }
    return reader->fault == NULL;
}

/** Makes an OpenSSL key of `type` from parameters that were pushed; frees `builder`. */
static EVP_PKEY *make_public_key(const char *type, OSSL_PARAM_BLD *builder)
{
    EVP_PKEY *key = NULL;
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    if (params == NULL || context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
        key = NULL;
    }
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    return key;
}

static EVP_PKEY *make_rsa(struct dynr_bytes n, struct dynr_bytes e)
{
    BIGNUM *modulus = BN_bin2bn(n.ptr, (int)n.len, NULL);
    BIGNUM *exponent = BN_bin2bn(e.ptr, (int)e.len, NULL);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY *key = NULL;
    if (modulus != NULL && exponent != NULL && builder != NULL &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent) == 1) {
        key = make_public_key("RSA", builder);
    } else {
        OSSL_PARAM_BLD_free(builder);
    }
    BN_free(modulus);
    BN_free(exponent);
    return key;
}

static EVP_PKEY *make_ec(struct dynr_bytes x, struct dynr_bytes y)
{
    /* 0x04: an uncompressed point (SEC 1, section 2.3.3). */
    unsigned char point[1 + 2 * P256_COORDINATE] = {4};
    memcpy(point + 1, x.ptr, P256_COORDINATE);
    memcpy(point + 1 + P256_COORDINATE, y.ptr, P256_COORDINATE);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    if (builder == NULL ||
        OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) !=
            1 ||
        OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point) !=
            1) {
        OSSL_PARAM_BLD_free(builder);
        return NULL;
    }
    return make_public_key("EC", builder);
}

static enum dynr_status use_secret(const struct jwk *jwk, struct dynr_arena *arena,
                                   struct dynr_jwt_key *key, struct dynr_error *err)
{
    if (!dynr_base64url_decode(jwk->k, arena, &key->secret)) {
        return bad_key(jwk, "has a `k` that is not base64url", err);
    }
    if (key->secret.len < MIN_SECRET) {
        return bad_key(jwk, "is too short for HS256: it needs 32 bytes", err);
    }
    return DYNR_OK;
}

static enum dynr_status use_rsa(const struct jwk *jwk, struct dynr_arena *arena,
                                struct dynr_jwt_key *key, struct dynr_error *err)
{
    struct dynr_bytes n;
    struct dynr_bytes e;
    if (!dynr_base64url_decode(jwk->n, arena, &n) || !dynr_base64url_decode(jwk->e, arena, &e) ||
        n.len == 0 || e.len == 0 || n.len > MAX_RSA_BITS / 8 || e.len > 8) {
        return bad_key(jwk, "has no usable `n` and `e`", err);
    }
    key->public_key = make_rsa(n, e);
    if (key->public_key == NULL) {
        return bad_key(jwk, "is no RSA key", err);
    }
    if (EVP_PKEY_get_bits(key->public_key) < MIN_RSA_BITS) {
        return bad_key(jwk, "is too short for RS256: it needs 2,048 bits", err);
    }
    return DYNR_OK;
}

static enum dynr_status use_ec(const struct jwk *jwk, struct dynr_arena *arena,
                               struct dynr_jwt_key *key, struct dynr_error *err)
{
    struct dynr_bytes x;
    struct dynr_bytes y;
    if (!dynr_base64url_decode(jwk->x, arena, &x) || !dynr_base64url_decode(jwk->y, arena, &y) ||
        x.len != P256_COORDINATE || y.len != P256_COORDINATE) {
        return bad_key(jwk, "has no usable `x` and `y`", err);
    }
    key->public_key = make_ec(x, y);
    return key->public_key == NULL ? bad_key(jwk, "is no point on P-256", err) : DYNR_OK;
}

/** The one algorithm that a key of this type may be used for. */
static enum dynr_jwt_algorithm algorithm_of_type(const struct jwk *jwk)
{
    if (dynr_str_equal_c(jwk->kty, "oct")) {
        return DYNR_JWT_HS256;
    }
    if (dynr_str_equal_c(jwk->kty, "RSA")) {
        return DYNR_JWT_RS256;
    }
    if (dynr_str_equal_c(jwk->kty, "EC") && dynr_str_equal_c(jwk->crv, "P-256")) {
        return DYNR_JWT_ES256;
    }
    return DYNR_JWT_NO_ALGORITHM;
}

static enum dynr_status add_key(struct dynr_jwt_keys *keys, const struct jwk *jwk,
                                struct dynr_error *err)
{
    enum dynr_jwt_algorithm algorithm = algorithm_of_type(jwk);
    bool other_algorithm = jwk->alg.len > 0 && dynr_jwt_algorithm_of(jwk->alg) != algorithm;
    bool other_use =
        (jwk->use.len > 0 && !dynr_str_equal_c(jwk->use, "sig")) || jwk->not_for_verifying;
    if (algorithm == DYNR_JWT_NO_ALGORITHM || other_algorithm || other_use) {
        return DYNR_OK;
    }
    if (keys->n_keys == DYNR_JWT_MAX_KEYS) {
        return dynr_fail(err, DYNR_ERR_TOO_LARGE, "the key set has more than %d keys",
                         DYNR_JWT_MAX_KEYS);
    }
    struct dynr_jwt_key *key = &keys->keys[keys->n_keys];
    memset(key, 0, sizeof *key);
    key->algorithm = algorithm;
    key->id = jwk->kid.len == 0 ? jwk->kid : dynr_arena_dup(&keys->arena, jwk->kid);
    if (jwk->kid.len > 0 && key->id.ptr == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    keys->n_keys++;
    if (algorithm == DYNR_JWT_HS256) {
        return use_secret(jwk, &keys->arena, key, err);
    }
    return algorithm == DYNR_JWT_RS256 ? use_rsa(jwk, &keys->arena, key, err)
                                       : use_ec(jwk, &keys->arena, key, err);
}

static enum dynr_status read_keys(struct dynr_jwt_keys *keys, struct dynr_json_reader *reader,
                                  struct dynr_error *err)
{
    bool first;
    if (!dynr_json_enter_array(reader, &first)) {
        return dynr_json_fail(reader, err);
    }
    while (dynr_json_next_element(reader, &first)) {
        struct jwk jwk;
        if (!read_jwk(reader, &keys->arena, &jwk)) {
            return dynr_json_fail(reader, err);
        }
        enum dynr_status status = add_key(keys, &jwk, err);
        if (status != DYNR_OK) {
            return status;
        }
    }
    return reader->fault == NULL ? DYNR_OK : dynr_json_fail(reader, err);
}

static enum dynr_status read_key_set(struct dynr_jwt_keys *keys, struct dynr_str json,
                                     struct dynr_error *err)
{
    struct dynr_json_reader reader;
    bool first;
    struct dynr_str name;
    dynr_json_reader_init(&reader, json);
    if (!dynr_json_enter_object(&reader, &first)) {
        return dynr_json_fail(&reader, err);
    }
    while (dynr_json_next_member(&reader, &keys->arena, &first, &name)) {
        if (dynr_str_equal_c(name, "keys")) {
            enum dynr_status status = read_keys(keys, &reader, err);
            if (status != DYNR_OK) {
                return status;
            }
        } else if (!dynr_json_skip(&reader, NULL)) {
            break;
        }
    }
    if (reader.fault != NULL || !dynr_json_finish(&reader)) {
        return dynr_json_fail(&reader, err);
    }
    if (keys->n_keys == 0) {
        return dynr_fail(err, DYNR_ERR_MISSING, "the key set has no key for HS256, RS256 or ES256");
    }
    return DYNR_OK;
}

enum dynr_status dynr_jwt_keys_parse(struct dynr_str json, struct dynr_jwt_keys **out,
                                     struct dynr_error *err)
{
    *out = NULL;
    if (json.len > DYNR_JWT_MAX_KEY_SET) {
        return dynr_fail(err, DYNR_ERR_TOO_LARGE, "the key set is longer than %d bytes",
                         DYNR_JWT_MAX_KEY_SET);
    }
    struct dynr_jwt_keys *keys = calloc(1, sizeof *keys);
    if (keys == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    dynr_arena_init(&keys->arena, NULL, 0);
    /* What the reader gives borrows from the text; the keys must outlive the caller's. */
    struct dynr_str copy = dynr_arena_dup(&keys->arena, json);
    enum dynr_status status =
        copy.ptr == NULL ? dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL) : read_key_set(keys, copy, err);
    if (status != DYNR_OK) {
        dynr_jwt_keys_destroy(keys);
        return status;
    }
    *out = keys;
    return DYNR_OK;
}

void dynr_jwt_keys_destroy(struct dynr_jwt_keys *keys)
{
    if (keys == NULL) {
        return;
    }
    for (size_t i = 0; i < keys->n_keys; i++) {
        EVP_PKEY_free(keys->keys[i].public_key);
        if (keys->keys[i].secret.len > 0) {
            OPENSSL_cleanse((void *)(uintptr_t)keys->keys[i].secret.ptr, keys->keys[i].secret.len);
        }
    }
    dynr_arena_cleanup(&keys->arena);
    free(keys);
}

size_t dynr_jwt_keys_count(const struct dynr_jwt_keys *keys)
{
    return keys->n_keys;
}
