/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens: header, key, signature, then the claims. Nothing of the payload is looked at before the signature holds.
 */
#include "server/jwt.h"

#include <string.h>

#include "base/json_read.h"
#include "base/utf8.h"
#include "server/base64url.h"
#include "server/jwt_key.h"

/* Later times are no times: 9999-12-31. */
#define MAX_TIME_S INT64_C(253402300799)

struct token_parts {
    /** Header and payload with the dot between: what is signed. */
    struct dynr_str signed_text;
    struct dynr_str header;
    struct dynr_str payload;
    struct dynr_bytes signature;
};

struct token_header {
    enum dynr_jwt_algorithm algorithm;
    bool has_algorithm;
    bool has_id;
    struct dynr_str id;
};

struct registered_claims {
    bool has_issuer;
    bool has_audience;
    bool has_expires;
    bool has_not_before;
    bool has_issued_at;
    bool audience_fits;
    struct dynr_str issuer;
    int64_t expires_s;
    int64_t not_before_s;
    int64_t issued_at_s;
};

static enum dynr_status refuse(struct dynr_error *err, const char *why)
{
    return dynr_fail(err, DYNR_ERR_UNAUTHENTICATED, "%s", why);
}

static bool decode_json_part(struct dynr_str part, struct dynr_arena *arena, struct dynr_str *out)
{
    struct dynr_bytes bytes;
    if (!dynr_base64url_decode(part, arena, &bytes) || bytes.len == 0) {
        return false;
    }
    *out = dynr_str_make((const char *)bytes.ptr, bytes.len);
    return dynr_utf8_is_valid(*out);
}

static enum dynr_status split_token(struct dynr_str token, struct dynr_arena *arena,
                                    struct token_parts *out, struct dynr_error *err)
{
    if (token.len == 0 || token.len > DYNR_JWT_MAX_TOKEN) {
        return refuse(err, "the token is empty or too long");
    }
    const char *first = memchr(token.ptr, '.', token.len);
    size_t at_first = first == NULL ? token.len : (size_t)(first - token.ptr);
    const char *second = first == NULL ? NULL : memchr(first + 1, '.', token.len - at_first - 1);
    size_t at_second = second == NULL ? token.len : (size_t)(second - token.ptr);
    if (second == NULL || memchr(second + 1, '.', token.len - at_second - 1) != NULL) {
        return refuse(err, "the token does not have three parts");
    }
    out->signed_text = dynr_str_make(token.ptr, at_second);
    struct dynr_str signature = dynr_str_make(second + 1, token.len - at_second - 1);
    if (!decode_json_part(dynr_str_make(token.ptr, at_first), arena, &out->header) ||
        !decode_json_part(dynr_str_make(first + 1, at_second - at_first - 1), arena,
                          &out->payload) ||
        !dynr_base64url_decode(signature, arena, &out->signature) || out->signature.len == 0) {
        return refuse(err, "a part of the token is not base64url");
    }
    return DYNR_OK;
}

/** Reads one header member. False: malformed, or there twice, or something that must not be passed over. */
static bool read_header_member(struct dynr_json_reader *reader, struct dynr_arena *arena,
                               struct dynr_str name, struct token_header *out)
{
    struct dynr_str text = {NULL, 0};
    if (dynr_str_equal_c(name, "alg")) {
        bool fresh = !out->has_algorithm;
        out->has_algorithm = true;
        if (!fresh || !dynr_json_read_string(reader, arena, &text)) {
            return false;
        }
        out->algorithm = dynr_jwt_algorithm_of(text);
        return true;
    }
    if (dynr_str_equal_c(name, "kid")) {
        bool fresh = !out->has_id;
        out->has_id = true;
        return fresh && dynr_json_read_string(reader, arena, &out->id);
    }
    /* RFC 7515, 4.1.11: who does not understand what is listed must refuse; we understand none. `b64` and `zip` change the payload. */
    if (dynr_str_equal_c(name, "crit") || dynr_str_equal_c(name, "b64") ||
        dynr_str_equal_c(name, "zip") || dynr_str_equal_c(name, "enc")) {
        return false;
    }
    return dynr_json_skip(reader, NULL);
}

static enum dynr_status read_header(struct dynr_str json, struct dynr_arena *arena,
                                    struct token_header *out, struct dynr_error *err)
{
    struct dynr_json_reader reader;
    bool first;
    struct dynr_str name = {NULL, 0};
    memset(out, 0, sizeof *out);
    dynr_json_reader_init(&reader, json);
    bool fine = dynr_json_enter_object(&reader, &first);
    while (fine && dynr_json_next_member(&reader, arena, &first, &name)) {
        fine = read_header_member(&reader, arena, name, out);
    }
    if (!fine || reader.fault != NULL || !dynr_json_finish(&reader)) {
        return refuse(err, "the token's header is malformed or asks for what is not supported");
    }
    if (out->algorithm == DYNR_JWT_NO_ALGORITHM) {
        return refuse(err, "the token's algorithm is not HS256, RS256 or ES256");
    }
    return DYNR_OK;
}

/** Whether some key that is bound to the token's algorithm, and has its `kid` where there is one, signed it. */
static bool is_signed(const struct dynr_jwt_keys *keys, const struct token_header *header,
                      const struct token_parts *parts)
{
    for (size_t i = 0; i < keys->n_keys; i++) {
        const struct dynr_jwt_key *key = &keys->keys[i];
        if (key->algorithm == header->algorithm &&
            (!header->has_id || dynr_str_equal(key->id, header->id)) &&
            dynr_jwt_signature_holds(key, parts->signed_text, parts->signature)) {
            return true;
        }
    }
    return false;
}

/** A NumericDate (RFC 7519, section 2): seconds, perhaps with a fraction, which is cut. No exponents, no negative times. */
static bool read_time(struct dynr_json_reader *reader, int64_t *out)
{
    struct dynr_str text;
    if (dynr_json_peek(reader) != DYNR_JSON_NUMBER || !dynr_json_read_number(reader, &text)) {
        return false;
    }
    int64_t seconds = 0;
    size_t i = 0;
    for (; i < text.len && text.ptr[i] >= '0' && text.ptr[i] <= '9'; i++) {
        seconds = seconds * 10 + (text.ptr[i] - '0');
        if (seconds > MAX_TIME_S) {
            return false;
        }
    }
    if (i == 0 || (i < text.len && text.ptr[i] != '.')) {
        return false;
    }
    for (i++; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
    }
    *out = seconds;
    return true;
}

/** `aud` is one text or a list of them. */
static bool read_audience(struct dynr_json_reader *reader, struct dynr_arena *arena,
                          struct dynr_str wanted, bool *out_fits)
{
    struct dynr_str text;
    bool first;
    if (dynr_json_peek(reader) == DYNR_JSON_STRING) {
        if (!dynr_json_read_string(reader, arena, &text)) {
            return false;
        }
        *out_fits = dynr_str_equal(text, wanted);
        return true;
    }
    if (!dynr_json_enter_array(reader, &first)) {
        return false;
    }
    while (dynr_json_next_element(reader, &first)) {
        if (!dynr_json_read_string(reader, arena, &text)) {
            return false;
        }
        *out_fits = *out_fits || dynr_str_equal(text, wanted);
    }
    return reader->fault == NULL;
}

static bool first_time(bool *seen)
{
    bool fresh = !*seen;
    *seen = true;
    return fresh;
}

static bool read_claim(struct dynr_json_reader *reader, struct dynr_arena *arena,
                       struct dynr_str name, struct dynr_str audience,
                       struct registered_claims *out)
{
    if (dynr_str_equal_c(name, "iss")) {
        return first_time(&out->has_issuer) && dynr_json_read_string(reader, arena, &out->issuer);
    }
    if (dynr_str_equal_c(name, "aud")) {
        return first_time(&out->has_audience) &&
               read_audience(reader, arena, audience, &out->audience_fits);
    }
    if (dynr_str_equal_c(name, "exp")) {
        return first_time(&out->has_expires) && read_time(reader, &out->expires_s);
    }
    if (dynr_str_equal_c(name, "nbf")) {
        return first_time(&out->has_not_before) && read_time(reader, &out->not_before_s);
    }
    if (dynr_str_equal_c(name, "iat")) {
        return first_time(&out->has_issued_at) && read_time(reader, &out->issued_at_s);
    }
    return dynr_json_skip(reader, NULL);
}

static bool read_claims(struct dynr_str json, struct dynr_arena *arena, struct dynr_str audience,
                        struct registered_claims *out)
{
    struct dynr_json_reader reader;
    bool first;
    struct dynr_str name;
    memset(out, 0, sizeof *out);
    dynr_json_reader_init(&reader, json);
    bool fine = dynr_json_enter_object(&reader, &first);
    while (fine && dynr_json_next_member(&reader, arena, &first, &name)) {
        fine = read_claim(&reader, arena, name, audience, out);
    }
    return fine && reader.fault == NULL && dynr_json_finish(&reader);
}

static enum dynr_status check_claims(const struct registered_claims *claims,
                                     const struct dynr_jwt_rules *rules, struct dynr_error *err)
{
    if (rules->issuer.len > 0 &&
        !(claims->has_issuer && dynr_str_equal(claims->issuer, rules->issuer))) {
        return refuse(err, "the token has another issuer");
    }
    if (rules->audience.len > 0 && !claims->audience_fits) {
        return refuse(err, "the token is for another audience");
    }
    if (!claims->has_expires) {
        return refuse(err, "the token has no `exp`");
    }
    if (rules->now_s >= claims->expires_s + rules->leeway_s) {
        return refuse(err, "the token has expired");
    }
    if (claims->has_not_before && rules->now_s < claims->not_before_s - rules->leeway_s) {
        return refuse(err, "the token is not valid yet");
    }
    if (claims->has_issued_at && rules->now_s < claims->issued_at_s - rules->leeway_s) {
        return refuse(err, "the token was issued in the future");
    }
    return DYNR_OK;
}

enum dynr_status dynr_jwt_verify(const struct dynr_jwt_keys *keys,
                                 const struct dynr_jwt_rules *rules, struct dynr_str token,
                                 struct dynr_arena *arena, struct dynr_jwt_claims *out,
                                 struct dynr_error *err)
{
    struct token_parts parts = {0};
    struct token_header header;
    struct registered_claims claims;
    enum dynr_status status = split_token(token, arena, &parts, err);
    if (status == DYNR_OK) {
        status = read_header(parts.header, arena, &header, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    if (!is_signed(keys, &header, &parts)) {
        return refuse(err, "no key of the key set made the token's signature");
    }
    if (!read_claims(parts.payload, arena, rules->audience, &claims)) {
        return refuse(err, "the token's claims are malformed");
    }
    out->json = parts.payload;
    out->expires_s = claims.expires_s;
    return check_claims(&claims, rules, err);
}
