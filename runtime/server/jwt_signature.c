/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The three signatures (RFC 7518, section 3) through OpenSSL.
 */
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <string.h>

#include "server/jwt_key.h"

#define SHA256_SIZE 32
/* R and S of P-256, 32 bytes each, and their DER form at its longest. */
#define ES256_SIZE    64
#define ES256_DER_MAX 80

enum dynr_jwt_algorithm dynr_jwt_algorithm_of(struct dynr_str name)
{
    static const struct {
        const char *name;
        enum dynr_jwt_algorithm algorithm;
    } known[] = {{"HS256", DYNR_JWT_HS256}, {"RS256", DYNR_JWT_RS256}, {"ES256", DYNR_JWT_ES256}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (dynr_str_equal_c(name, known[i].name)) {
            return known[i].algorithm;
        }
    }
    return DYNR_JWT_NO_ALGORITHM;
}

static bool hmac_holds(struct dynr_bytes secret, struct dynr_str text, struct dynr_bytes signature)
{
    unsigned char digest[SHA256_SIZE];
    unsigned int len = 0;
    if (signature.len != SHA256_SIZE ||
        HMAC(EVP_sha256(), secret.ptr, (int)secret.len, (const unsigned char *)text.ptr, text.len,
             digest, &len) == NULL) {
        return false;
    }
    return len == SHA256_SIZE && CRYPTO_memcmp(digest, signature.ptr, SHA256_SIZE) == 0;
}

static bool digest_holds(EVP_PKEY *key, struct dynr_str text, const unsigned char *signature,
                         size_t len)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool holds =
        context != NULL && EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
        EVP_DigestVerify(context, signature, len, (const unsigned char *)text.ptr, text.len) == 1;
    EVP_MD_CTX_free(context);
    return holds;
}

/** JOSE writes R and S as they are; OpenSSL wants DER. Returns the length, 0 on failure. */
static size_t ecdsa_to_der(struct dynr_bytes raw, unsigned char out[ES256_DER_MAX])
{
    BIGNUM *r = BN_bin2bn(raw.ptr, ES256_SIZE / 2, NULL);
    BIGNUM *s = BN_bin2bn(raw.ptr + ES256_SIZE / 2, ES256_SIZE / 2, NULL);
    ECDSA_SIG *signature = ECDSA_SIG_new();
    if (r == NULL || s == NULL || signature == NULL || ECDSA_SIG_set0(signature, r, s) != 1) {
        BN_free(r);
        BN_free(s);
        ECDSA_SIG_free(signature);
        return 0;
    }
    unsigned char *end = out;
    int len = i2d_ECDSA_SIG(signature, NULL);
    len = len > 0 && len <= ES256_DER_MAX ? i2d_ECDSA_SIG(signature, &end) : 0;
    ECDSA_SIG_free(signature);
    return len > 0 ? (size_t)len : 0;
}

bool dynr_jwt_signature_holds(const struct dynr_jwt_key *key, struct dynr_str signed_text,
                              struct dynr_bytes signature)
{
    unsigned char der[ES256_DER_MAX];
    switch (key->algorithm) {
    case DYNR_JWT_HS256:
        return hmac_holds(key->secret, signed_text, signature);
    case DYNR_JWT_RS256:
        return digest_holds(key->public_key, signed_text, signature.ptr, signature.len);
    case DYNR_JWT_ES256: {
        size_t len = signature.len == ES256_SIZE ? ecdsa_to_der(signature, der) : 0;
        return len > 0 && digest_holds(key->public_key, signed_text, der, len);
    }
    case DYNR_JWT_NO_ALGORITHM:
        return false;
    }
    return false;
}
