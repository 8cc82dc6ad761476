/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens: the examples of RFC 7515 (appendix A), and everything that must be refused. Tokens of our own are signed here, with HMAC.
 */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "server/base64url.h"
#include "server/jwt.h"
#include "test_main.h"

/* RFC 7515: the payload of all its examples ends at this time, and is of "joe". */
#define RFC_EXPIRES INT64_C(1300819380)
#define RFC_PAYLOAD                                                                                \
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl" \
    "fQ"
#define RFC_SECRET                                                                                 \
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
#define RFC_HS256                                                                                  \
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." RFC_PAYLOAD                                        \
    ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define RFC_RS256_N                                                                                \
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-"                        \
    "4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-"                                                    \
    "pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-"      \
    "KXBdQOS-UTo7WTBEMa2R2Ca"                                                                      \
    "pHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_"                 \
    "h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb5"                                                           \
    "4h4FRWyuXpoQ"
#define RFC_RS256                                                                                  \
    "eyJhbGciOiJSUzI1NiJ9." RFC_PAYLOAD "."                                                        \
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"        \
    "O8W2Fp5jujGbds9uJdbF9CUAr"                                                                    \
    "7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_"  \
    "eSN9383LcOLn6_dO--x"                                                                          \
    "i12jzDwusC-"                                                                                  \
    "eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0i" \
    "gcN_Ioy"                                                                                      \
    "pGlUPQGe77Rw"
#define RFC_ES256                                                                                  \
    "eyJhbGciOiJFUzI1NiJ9." RFC_PAYLOAD                                                            \
    ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"

#define HS_KEY "{\"kty\":\"oct\",\"k\":\"" RFC_SECRET "\"}"
#define RS_KEY "{\"kty\":\"RSA\",\"n\":\"" RFC_RS256_N "\",\"e\":\"AQAB\"}"
#define ES_KEY                                                                                     \
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","     \
    "\"y\":"                                                                                       \
    "\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}"

static const char own_secret[] = "0123456789abcdef0123456789abcdef";
#define OWN_KEY                                                                                    \
    "{\"kty\":\"oct\",\"kid\":\"own\",\"k\":\"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY\"}"

/** Verifies `token` with a key set of `keys` (members with commas between) as of `now_s`. */
static enum dynr_status verify_at(const char *keys, struct dynr_str token, int64_t now_s,
                                  struct dynr_error *err)
{
    char text[4096];
    struct dynr_jwt_keys *set = NULL;
    struct dynr_arena arena = {0};
    struct dynr_jwt_claims claims;
    struct dynr_jwt_rules rules = {.now_s = now_s};
    (void)snprintf(text, sizeof text, "{\"keys\":[%s]}", keys);
    enum dynr_status status = dynr_jwt_keys_parse(dynr_str_from_c(text), &set, err);
    if (status == DYNR_OK) {
        status = dynr_jwt_verify(set, &rules, token, &arena, &claims, err);
    }
    dynr_jwt_keys_destroy(set);
    dynr_arena_cleanup(&arena);
    return status;
}

static enum dynr_status verify_rfc(const char *keys, const char *token)
{
    struct dynr_error err = {0};
    return verify_at(keys, dynr_str_from_c(token), RFC_EXPIRES - 1, &err);
}

/** Appends base64url of `bytes`. */
static void append_base64url(struct dynr_buf *out, const void *bytes, size_t len)
{
    size_t from = out->len;
    dynr_buf_append_base64(out, (struct dynr_bytes){bytes, len});
    while (out->len > from && out->ptr[out->len - 1] == '=') {
        out->len--;
    }
    for (size_t i = from; i < out->len; i++) {
        out->ptr[i] = out->ptr[i] == '+' ? '-' : (char)(out->ptr[i] == '/' ? '_' : out->ptr[i]);
    }
}

/** A token of `header` and `payload`, signed with HMAC-SHA256 by `secret`. */
static void sign(struct dynr_buf *out, const char *header, const char *payload, const void *secret,
                 size_t secret_len)
{
    unsigned char digest[32];
    unsigned int len = 0;
    dynr_buf_clear(out);
    append_base64url(out, header, strlen(header));
    dynr_buf_append_char(out, '.');
    append_base64url(out, payload, strlen(payload));
    (void)HMAC(EVP_sha256(), secret, (int)secret_len, (const unsigned char *)out->ptr, out->len,
               digest, &len);
    dynr_buf_append_char(out, '.');
    append_base64url(out, digest, len);
}

/** Signs with our own key and verifies at second 1,000 under rules. */
static enum dynr_status check(const char *header, const char *payload, const char *issuer,
                              const char *audience, struct dynr_error *err)
{
    struct dynr_buf token = {0};
    struct dynr_jwt_keys *set = NULL;
    struct dynr_arena arena = {0};
    struct dynr_jwt_claims claims;
    struct dynr_jwt_rules rules = {.issuer = dynr_str_from_c(issuer),
                                   .audience = dynr_str_from_c(audience),
                                   .leeway_s = 10,
                                   .now_s = 1000};
    sign(&token, header, payload, own_secret, strlen(own_secret));
    enum dynr_status status =
        dynr_jwt_keys_parse(dynr_str_from_c("{\"keys\":[" OWN_KEY "]}"), &set, err);
    if (status == DYNR_OK) {
        status = dynr_jwt_verify(set, &rules, dynr_buf_str(&token), &arena, &claims, err);
    }
    dynr_jwt_keys_destroy(set);
    dynr_arena_cleanup(&arena);
    dynr_buf_cleanup(&token);
    return status;
}

static void examples_of_the_rfc_hold(void)
{
    DYNR_ASSERT_STATUS(verify_rfc(HS_KEY, RFC_HS256), DYNR_OK);
    DYNR_ASSERT_STATUS(verify_rfc(RS_KEY, RFC_RS256), DYNR_OK);
    DYNR_ASSERT_STATUS(verify_rfc(ES_KEY, RFC_ES256), DYNR_OK);
    DYNR_ASSERT_STATUS(verify_rfc(HS_KEY "," RS_KEY "," ES_KEY, RFC_ES256), DYNR_OK);
    DYNR_ASSERT_STATUS(verify_rfc(HS_KEY "," RS_KEY, RFC_ES256), DYNR_ERR_UNAUTHENTICATED);
}

static void every_changed_character_is_found(void)
{
    static const char *const tokens[] = {RFC_HS256, RFC_RS256, RFC_ES256};
    for (size_t t = 0; t < 3; t++) {
        char token[1024];
        size_t len = strlen(tokens[t]);
        memcpy(token, tokens[t], len + 1);
        for (size_t i = 0; i < len; i++) {
            char was = token[i];
            token[i] = was == 'A' ? 'B' : 'A';
            if (!DYNR_ASSERT_STATUS(verify_rfc(HS_KEY "," RS_KEY "," ES_KEY, token),
                                    DYNR_ERR_UNAUTHENTICATED)) {
                return;
            }
            token[i] = was;
        }
    }
}

static void every_cut_is_found(void)
{
    struct dynr_error err = {0};
    size_t len = strlen(RFC_ES256);
    for (size_t i = 0; i < len; i++) {
        if (!DYNR_ASSERT_STATUS(verify_at(ES_KEY, dynr_str_make(RFC_ES256, i), 1, &err),
                                DYNR_ERR_UNAUTHENTICATED)) {
            return;
        }
    }
}

static void a_public_key_is_no_secret(void)
{
    struct dynr_buf token = {0};
    struct dynr_arena arena = {0};
    struct dynr_bytes modulus;
    struct dynr_error err = {0};
    DYNR_ASSERT(dynr_base64url_decode(dynr_str_from_c(RFC_RS256_N), &arena, &modulus));
    sign(&token, "{\"alg\":\"HS256\"}", "{\"exp\":2000}", modulus.ptr, modulus.len);
    DYNR_ASSERT_STATUS(verify_at(RS_KEY, dynr_buf_str(&token), 1000, &err),
                       DYNR_ERR_UNAUTHENTICATED);
    sign(&token, "{\"alg\":\"HS256\"}", "{\"exp\":2000}", RFC_RS256_N, strlen(RFC_RS256_N));
    DYNR_ASSERT_STATUS(verify_at(RS_KEY, dynr_buf_str(&token), 1000, &err),
                       DYNR_ERR_UNAUTHENTICATED);
    sign(&token, "{\"alg\":\"HS256\"}", "{\"exp\":2000}", "", 0);
    DYNR_ASSERT_STATUS(verify_at(RS_KEY "," ES_KEY, dynr_buf_str(&token), 1000, &err),
                       DYNR_ERR_UNAUTHENTICATED);
    dynr_buf_cleanup(&token);
    dynr_arena_cleanup(&arena);
}

static void headers_are_checked(void)
{
    static const char *const refused[] = {
        "{\"alg\":\"none\"}",
        "{\"alg\":\"None\"}",
        "{\"alg\":\"\"}",
        "{\"alg\":\"HS384\"}",
        "{\"alg\":\"hs256\"}",
        "{\"alg\":\"RS256\"}",
        "{\"alg\":null}",
        "{\"alg\":[\"HS256\"]}",
        "{}",
        "[]",
        "{\"alg\":\"HS256\",\"alg\":\"HS256\"}",
        "{\"alg\":\"HS256\",\"crit\":[\"exp\"],\"exp\":1}",
        "{\"alg\":\"HS256\",\"crit\":[]}",
        "{\"alg\":\"HS256\",\"b64\":false}",
        "{\"alg\":\"HS256\",\"zip\":\"DEF\"}",
        "{\"alg\":\"HS256\",\"enc\":\"A256GCM\"}",
        "{\"alg\":\"HS256\",\"kid\":\"other\"}",
        "{\"alg\":\"HS256\",\"kid\":\"\"}",
        "{\"alg\":\"HS256\",\"kid\":1}",
        "{\"alg\":\"HS256\"} ",
        "{\"alg\":\"HS256\"}{}",
        "{\"alg\":\"HS256\",}",
    };
    struct dynr_error err = {0};
    DYNR_ASSERT_STATUS(check("{\"alg\":\"HS256\"}", "{\"exp\":2000}", NULL, NULL, &err), DYNR_OK);
    DYNR_ASSERT_STATUS(check("{\"alg\":\"HS256\",\"kid\":\"own\",\"typ\":\"JWT\",\"x\":[{}]}",
                             "{\"exp\":2000}", NULL, NULL, &err),
                       DYNR_OK);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        /* White space behind the object is JSON. */
        enum dynr_status expected =
            strcmp(refused[i], "{\"alg\":\"HS256\"} ") == 0 ? DYNR_OK : DYNR_ERR_UNAUTHENTICATED;
        if (!DYNR_ASSERT_STATUS(check(refused[i], "{\"exp\":2000}", NULL, NULL, &err), expected)) {
            (void)fprintf(stderr, "%s\n", refused[i]);
        }
    }
}

static void claims_are_checked(void)
{
    static const struct {
        const char *payload;
        const char *issuer;
        const char *audience;
        bool fine;
    } cases[] = {
        {"{\"exp\":991}", NULL, NULL, true},
        {"{\"exp\":990}", NULL, NULL, false},
        {"{\"exp\":990.9}", NULL, NULL, false},
        {"{\"exp\":2000.5}", NULL, NULL, true},
        {"{}", NULL, NULL, false},
        {"{\"exp\":\"2000\"}", NULL, NULL, false},
        {"{\"exp\":2e3}", NULL, NULL, false},
        {"{\"exp\":-1}", NULL, NULL, false},
        {"{\"exp\":99999999999999999999}", NULL, NULL, false},
        {"{\"exp\":2000,\"exp\":2000}", NULL, NULL, false},
        {"{\"exp\":2000,\"nbf\":1010}", NULL, NULL, true},
        {"{\"exp\":2000,\"nbf\":1011}", NULL, NULL, false},
        {"{\"exp\":2000,\"iat\":1010}", NULL, NULL, true},
        {"{\"exp\":2000,\"iat\":1011}", NULL, NULL, false},
        {"{\"exp\":2000,\"nbf\":null}", NULL, NULL, false},
        {"{\"exp\":2000,\"iss\":\"me\"}", "me", NULL, true},
        {"{\"exp\":2000,\"iss\":\"me2\"}", "me", NULL, false},
        {"{\"exp\":2000}", "me", NULL, false},
        {"{\"exp\":2000,\"iss\":[\"me\"]}", "me", NULL, false},
        {"{\"exp\":2000,\"aud\":\"app\"}", NULL, "app", true},
        {"{\"exp\":2000,\"aud\":[\"x\",\"app\"]}", NULL, "app", true},
        {"{\"exp\":2000,\"aud\":[\"x\"]}", NULL, "app", false},
        {"{\"exp\":2000,\"aud\":[]}", NULL, "app", false},
        {"{\"exp\":2000,\"aud\":[1]}", NULL, "app", false},
        {"{\"exp\":2000,\"aud\":{\"app\":1}}", NULL, "app", false},
        {"{\"exp\":2000}", NULL, "app", false},
        {"[2000]", NULL, NULL, false},
        {"{\"exp\":2000", NULL, NULL, false},
        {"{\"exp\":2000}x", NULL, NULL, false},
        {"", NULL, NULL, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dynr_error err = {0};
        enum dynr_status status = check("{\"alg\":\"HS256\"}", cases[i].payload, cases[i].issuer,
                                        cases[i].audience, &err);
        if (!DYNR_ASSERT_STATUS(status, cases[i].fine ? DYNR_OK : DYNR_ERR_UNAUTHENTICATED)) {
            (void)fprintf(stderr, "%s\n", cases[i].payload);
        }
    }
}

static void base64url_is_strict(void)
{
    static const struct {
        const char *text;
        bool fine;
    } cases[] = {{"", true},     {"AA", true},     {"AAA", true},   {"AAAA", true}, {"_-8", true},
                 {"A", false},   {"AAAAA", false}, {"AA==", false}, {"AB", false},  {"AAB", false},
                 {"A+A", false}, {"A/8", false},   {"AA A", false}, {"AA\n", false}};
    struct dynr_arena arena = {0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dynr_bytes out;
        if (DYNR_ASSERT(dynr_base64url_decode(dynr_str_from_c(cases[i].text), &arena, &out) ==
                        cases[i].fine)) {
            continue;
        }
        (void)fprintf(stderr, "%s\n", cases[i].text);
    }
    dynr_arena_cleanup(&arena);
}

static enum dynr_status parse_keys(const char *text, size_t *out_n_keys)
{
    struct dynr_jwt_keys *keys = NULL;
    struct dynr_error err = {0};
    enum dynr_status status = dynr_jwt_keys_parse(dynr_str_from_c(text), &keys, &err);
    *out_n_keys = keys == NULL ? 0 : dynr_jwt_keys_count(keys);
    dynr_jwt_keys_destroy(keys);
    return status;
}

static void key_sets_are_checked(void)
{
    static const struct {
        const char *text;
        enum dynr_status status;
        size_t n_keys;
    } cases[] = {
        {"{\"keys\":[" HS_KEY "," RS_KEY "," ES_KEY "]}", DYNR_OK, 3},
        {"{\"x\":1,\"keys\":[" HS_KEY
         ",{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AA\"},{\"kty\":\"new\"}]}",
         DYNR_OK, 1},
        {"{\"keys\":[" HS_KEY
         ",{\"kty\":\"oct\",\"alg\":\"HS512\",\"k\":\"AA\"},{\"kty\":\"RSA\",\"use\":\"enc\"}]}",
         DYNR_OK, 1},
        {"{\"keys\":[" HS_KEY ",{\"kty\":\"oct\",\"key_ops\":[\"encrypt\"],\"k\":\"AA\"}]}",
         DYNR_OK, 1},
        {"{\"keys\":[{\"kty\":\"RSA\",\"alg\":\"HS256\",\"n\":\"" RFC_RS256_N
         "\",\"e\":\"AQAB\"}]}",
         DYNR_ERR_MISSING, 0},
        {"{\"keys\":[]}", DYNR_ERR_MISSING, 0},
        {"{}", DYNR_ERR_MISSING, 0},
        {"{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}", DYNR_ERR_INVALID_ARGUMENT, 0},
        {"{\"keys\":[{\"kty\":\"oct\",\"k\":\"" RFC_SECRET "=\"}]}", DYNR_ERR_INVALID_ARGUMENT, 0},
        {"{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}", DYNR_ERR_INVALID_ARGUMENT,
         0},
        {"{\"keys\":[{\"kty\":\"RSA\"}]}", DYNR_ERR_INVALID_ARGUMENT, 0},
        {"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}]}",
         DYNR_ERR_INVALID_ARGUMENT, 0},
        /* Not on the curve. */
        {"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":"
         "\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":"
         "\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\"}]}",
         DYNR_ERR_INVALID_ARGUMENT, 0},
        {"{\"keys\":{}}", DYNR_ERR_SYNTAX, 0},
        {"{\"keys\":[1]}", DYNR_ERR_SYNTAX, 0},
        {"[]", DYNR_ERR_SYNTAX, 0},
        {"", DYNR_ERR_SYNTAX, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t n_keys;
        enum dynr_status status = parse_keys(cases[i].text, &n_keys);
        if (!DYNR_ASSERT_STATUS(status, cases[i].status) ||
            !DYNR_ASSERT_INT(n_keys, cases[i].n_keys)) {
            (void)fprintf(stderr, "%s\n", cases[i].text);
        }
    }
}

/* ---- callers ---- */

struct caller {
    struct dynr_str user;
    bool has_team;
    int32_t team;
};

static const struct dynr_type_desc type_user = {
    .kind = DYNR_KIND_STRING, .has_high = true, .high = 8};
static const struct dynr_type_desc type_team = {.kind = DYNR_KIND_INT32};
static const struct dynr_field_desc caller_fields[] = {
    {"user", NULL, 4, 0, 0, offsetof(struct caller, user), DYNR_REQUIRED, &type_user},
    {"team", NULL, 4, 0, 0, offsetof(struct caller, team), offsetof(struct caller, has_team),
     &type_team},
};
static const struct dynr_claim caller_claims[] = {{"user", "sub"}};
static const struct dynr_struct_desc caller_desc = {.name = "Caller",
                                                    .size = sizeof(struct caller),
                                                    .fields = caller_fields,
                                                    .n_fields = 2,
                                                    .claims = caller_claims,
                                                    .n_claims = 1};

static enum dynr_status make_caller(const char *claims_json, struct dynr_arena *arena,
                                    struct caller **out)
{
    struct dynr_jwt_claims claims = {.json = dynr_str_from_c(claims_json)};
    struct dynr_error err = {0};
    void *caller = NULL;
    enum dynr_status status = dynr_jwt_caller(&claims, &caller_desc, arena, &caller, &err);
    *out = caller;
    return status;
}

static void claims_make_a_caller(void)
{
    struct dynr_arena arena = {0};
    struct caller *caller;
    DYNR_ASSERT_STATUS(
        make_caller("{\"sub\":\"ada\",\"team\":7,\"user\":\"eve\",\"x\":{}}", &arena, &caller),
        DYNR_OK);
    DYNR_ASSERT_STR(caller->user, "ada");
    DYNR_ASSERT(caller->has_team);
    DYNR_ASSERT_INT(caller->team, 7);
    DYNR_ASSERT_STATUS(make_caller("{\"sub\":\"ada\",\"team\":null}", &arena, &caller), DYNR_OK);
    DYNR_ASSERT(!caller->has_team);
    DYNR_ASSERT_STATUS(make_caller("{\"user\":\"ada\"}", &arena, &caller),
                       DYNR_ERR_UNAUTHENTICATED);
    DYNR_ASSERT_STATUS(make_caller("{\"sub\":7}", &arena, &caller), DYNR_ERR_UNAUTHENTICATED);
    DYNR_ASSERT_STATUS(make_caller("{\"sub\":\"much too long\"}", &arena, &caller),
                       DYNR_ERR_UNAUTHENTICATED);
    DYNR_ASSERT_STATUS(make_caller("{\"sub\":\"ada\",\"sub\":\"eve\"}", &arena, &caller),
                       DYNR_ERR_UNAUTHENTICATED);
    DYNR_ASSERT_STATUS(make_caller("{\"sub\":\"ada\",\"team\":\"x\"}", &arena, &caller),
                       DYNR_ERR_UNAUTHENTICATED);
    dynr_arena_cleanup(&arena);
}

static const struct dynr_test tests[] = {
    DYNR_TEST(examples_of_the_rfc_hold), DYNR_TEST(every_changed_character_is_found),
    DYNR_TEST(every_cut_is_found),       DYNR_TEST(a_public_key_is_no_secret),
    DYNR_TEST(headers_are_checked),      DYNR_TEST(claims_are_checked),
    DYNR_TEST(base64url_is_strict),      DYNR_TEST(key_sets_are_checked),
    DYNR_TEST(claims_make_a_caller),
};

int main(void)
{
    return dynr_test_main("jwt", tests, DYNR_TEST_COUNT(tests));
}
