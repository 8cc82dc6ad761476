/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stages 2 and 3: what is signed, and the signature, through OpenSSL.
 */
#include "aws/sigv4.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#define SHA256_SIZE 32
#define DATE_LENGTH 8
/* Longer secrets than AWS gives out; one on the stack, cleansed. */
#define SECRET_MAX 256

static void to_hex(const unsigned char digest[SHA256_SIZE], char out[DYNR_SHA256_HEX])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < SHA256_SIZE; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
}

bool dynr_sha256_hex(struct dynr_str bytes, char out[DYNR_SHA256_HEX])
{
    unsigned char digest[SHA256_SIZE];
    if (EVP_Digest(bytes.len == 0 ? "" : bytes.ptr, bytes.len, digest, NULL, EVP_sha256(), NULL) !=
        1) {
        return false;
    }
    to_hex(digest, out);
    return true;
}

enum dynr_status dynr_sigv4_string_to_sign(const struct dynr_sigv4_scope *scope,
                                           struct dynr_str canonical_request,
                                           struct dynr_arena *arena, struct dynr_str *out)
{
    char hash[DYNR_SHA256_HEX];
    if (scope->time.len < DATE_LENGTH) {
        return DYNR_ERR_INVALID_ARGUMENT;
    }
    if (!dynr_sha256_hex(canonical_request, hash)) {
        return DYNR_ERR_NO_MEMORY;
    }
    *out = dynr_arena_printf(
        arena, DYNR_SIGV4_ALGORITHM "\n%.*s\n%.*s/%.*s/%.*s/aws4_request\n%.*s",
        (int)scope->time.len, scope->time.ptr, DATE_LENGTH, scope->time.ptr, (int)scope->region.len,
        scope->region.ptr, (int)scope->service.len, scope->service.ptr, DYNR_SHA256_HEX, hash);
    return out->ptr == NULL ? DYNR_ERR_NO_MEMORY : DYNR_OK;
}

/* `key` becomes the code of `text` under itself. */
static bool authenticate(unsigned char key[SHA256_SIZE], struct dynr_str text)
{
    unsigned char code[SHA256_SIZE];
    bool done = HMAC(EVP_sha256(), key, SHA256_SIZE, (const unsigned char *)text.ptr, text.len,
                     code, NULL) != NULL;
    memcpy(key, code, sizeof code);
    OPENSSL_cleanse(code, sizeof code);
    return done;
}

static bool date_key(struct dynr_str secret_key, struct dynr_str date,
                     unsigned char out[SHA256_SIZE])
{
    char prefixed[4 + SECRET_MAX] = "AWS4";
    memcpy(prefixed + 4, secret_key.ptr, secret_key.len);
    bool done = HMAC(EVP_sha256(), prefixed, (int)(4 + secret_key.len),
                     (const unsigned char *)date.ptr, date.len, out, NULL) != NULL;
    OPENSSL_cleanse(prefixed, sizeof prefixed);
    return done;
}

enum dynr_status dynr_sigv4_signature(struct dynr_str secret_key,
                                      const struct dynr_sigv4_scope *scope,
                                      struct dynr_str string_to_sign, char out[DYNR_SHA256_HEX])
{
    if (secret_key.len == 0 || secret_key.len > SECRET_MAX || scope->time.len < DATE_LENGTH) {
        return DYNR_ERR_INVALID_ARGUMENT;
    }
    unsigned char key[SHA256_SIZE];
    bool done = date_key(secret_key, dynr_str_make(scope->time.ptr, DATE_LENGTH), key) &&
                authenticate(key, scope->region) && authenticate(key, scope->service) &&
                authenticate(key, dynr_str_from_c("aws4_request")) &&
                authenticate(key, string_to_sign);
    to_hex(key, out);
    OPENSSL_cleanse(key, sizeof key);
    return done ? DYNR_OK : DYNR_ERR_NO_MEMORY;
}

bool dynr_sigv4_same(struct dynr_str a, struct dynr_str b)
{
    return a.len == b.len && a.len != 0 && CRYPTO_memcmp(a.ptr, b.ptr, a.len) == 0;
}
