/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a request may be served: its signature (Version 4), in the Authorization header or in the query, read and, where access keys
 * are configured, verified. Texts and order are the service's.
 */
#include <stdlib.h>
#include <strings.h>

#include "aws/sigv4.h"
#include "endpoint/connection.h"
#include "endpoint/signature.h"

#define SKEW_MS ((int64_t)15 * 60 * 1000)
/* A week. */
#define EXPIRES_MAX_S 604800
#define SIGNED_MAX    64
#define BASIC_LENGTH  16

static const char incomplete[] = "IncompleteSignatureException";
static const char invalid[] = "InvalidSignatureException";
static const char unrecognized[] = "UnrecognizedClientException";

struct check {
    struct dynr_endpoint_connection *connection;
    struct dynr_signature signature;
    struct dynr_endpoint_answer *out_error;
};

static bool refuse(const struct check *check, const char *type, struct dynr_str message)
{
    /* Without memory for the text there is still the type. */
    dynr_endpoint_refuse(check->connection, type, message.ptr, check->out_error);
    return false;
}

static bool refuse_c(const struct check *check, const char *type, const char *message)
{
    return refuse(check, type, dynr_str_from_c(message));
}

/* ---- time ---- */

/* 20130609T100015Z, milliseconds since 1970; false for another form. */
static bool parse_basic(struct dynr_str text, int64_t *out_ms)
{
    char extended[20];
    if (text.len != BASIC_LENGTH || text.ptr[8] != 'T' || text.ptr[15] != 'Z') {
        return false;
    }
    static const uint8_t from[] = {0, 1, 2,  3,    0xff, 4,  5,    0xff, 6,  7,
                                   8, 9, 10, 0xff, 11,   12, 0xff, 13,   14, 15};
    static const char between[] = "....-..-.....:..:...";
    for (size_t i = 0; i < sizeof extended; i++) {
        extended[i] = from[i] == 0xff ? between[i] : text.ptr[from[i]];
    }
    struct dynr_timestamp time;
    if (!dynr_timestamp_parse(dynr_str_make(extended, sizeof extended), &time)) {
        return false;
    }
    *out_ms = time.ms;
    return true;
}

struct basic {
    char text[BASIC_LENGTH + 1];
};

static struct basic format_basic(int64_t ms)
{
    char extended[DYNR_TIMESTAMP_LENGTH];
    struct dynr_timestamp time = {ms};
    dynr_timestamp_format(time, extended);
    struct basic basic;
    size_t len = 0;
    /* Without dashes, colons and the fraction. */
    for (size_t i = 0; i < 19; i++) {
        if (extended[i] != '-' && extended[i] != ':') {
            basic.text[len++] = extended[i];
        }
    }
    basic.text[len++] = 'Z';
    basic.text[len] = '\0';
    return basic;
}

static bool read_expires(struct dynr_str text, int64_t *out_ms)
{
    int64_t seconds = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || seconds > EXPIRES_MAX_S) {
            return false;
        }
        seconds = seconds * 10 + (text.ptr[i] - '0');
    }
    *out_ms = seconds * 1000;
    return seconds >= 1 && seconds <= EXPIRES_MAX_S;
}

static bool check_time(const struct check *check)
{
    const struct dynr_signature *signature = &check->signature;
    struct dynr_arena *arena = &check->connection->arena;
    const struct dynr_clock *clock = check->connection->endpoint->options.clock;
    int64_t now = clock->now_ms(clock->context);
    int64_t then = 0;
    int64_t lasts = 0;
    if (!parse_basic(signature->time, &then)) {
        return refuse(check, incomplete,
                      dynr_arena_printf(arena,
                                        "Date must be in ISO-8601 'basic format'. Got '%.*s'. See "
                                        "http://en.wikipedia.org/wiki/ISO_8601",
                                        (int)signature->time.len, signature->time.ptr));
    }
    if (signature->in_query && !read_expires(signature->expires, &lasts)) {
        return refuse_c(check, incomplete,
                        "X-Amz-Expires must be a number of seconds from 1 to 604800");
    }
    if (signature->in_query && now > then + lasts) {
        return refuse_c(check, invalid, "Signature expired: X-Amz-Expires has passed");
    }
    if (!signature->in_query && then < now - SKEW_MS) {
        return refuse(
            check, invalid,
            dynr_arena_printf(arena, "Signature expired: %s is now earlier than %s (%s - 15 min.)",
                              format_basic(then).text, format_basic(now - SKEW_MS).text,
                              format_basic(now).text));
    }
    if (then > now + SKEW_MS) {
        return refuse(
            check, invalid,
            dynr_arena_printf(
                arena, "Signature not yet current: %s is still later than %s (%s + 15 min.)",
                format_basic(then).text, format_basic(now + SKEW_MS).text, format_basic(now).text));
    }
    return true;
}

/* ---- headers ---- */

struct gathering {
    struct dynr_sigv4_pair pairs[SIGNED_MAX];
    size_t n;
};

/* Whether a list such as "host;x-amz-date" names it. */
static bool names_header(struct dynr_str names, struct dynr_str name)
{
    for (size_t start = 0; start < names.len;) {
        const char *text = names.ptr + start;
        const char *end = memchr(text, ';', names.len - start);
        size_t len = end == NULL ? names.len - start : (size_t)(end - text);
        if (len == name.len && strncasecmp(text, name.ptr, len) == 0) {
            return true;
        }
        start += len + 1;
    }
    return false;
}

/* False: more are signed than anybody signs. */
static bool gather(const struct dynr_request_head *head, struct dynr_str names,
                   struct gathering *out)
{
    out->n = 0;
    for (size_t i = 0; i < head->n_headers; i++) {
        if (!names_header(names, head->headers[i].name)) {
            continue;
        }
        if (out->n == SIGNED_MAX) {
            return false;
        }
        out->pairs[out->n++] =
            (struct dynr_sigv4_pair){head->headers[i].name, head->headers[i].value};
    }
    return true;
}

/* ---- the signature ---- */

/* The query without the signature itself. */
static struct dynr_str unsigned_query(struct dynr_arena *arena, struct dynr_str query)
{
    char *out = dynr_arena_text(arena, query.len + 1);
    size_t len = 0;
    for (size_t start = 0; out != NULL && query.ptr != NULL && start < query.len;) {
        const char *text = query.ptr + start;
        const char *end = memchr(text, '&', query.len - start);
        size_t part = end == NULL ? query.len - start : (size_t)(end - text);
        if (!dynr_str_starts_with(dynr_str_make(text, part), dynr_str_from_c("X-Amz-Signature="))) {
            if (len != 0) {
                out[len++] = '&';
            }
            memcpy(out + len, text, part);
            len += part;
        }
        start += part + 1;
    }
    return dynr_str_make(out, len);
}

static bool sign(const struct check *check, struct dynr_str secret, char out[DYNR_SHA256_HEX])
{
    struct dynr_arena *arena = &check->connection->arena;
    const struct dynr_request_reader *reader = &check->connection->reader;
    struct gathering gathering;
    char hash[DYNR_SHA256_HEX];
    if (!gather(&reader->head, check->signature.signed_headers, &gathering) ||
        !dynr_sha256_hex(reader->body, hash)) {
        return false;
    }
    struct dynr_str path = reader->head.target;
    if (reader->head.query.ptr != NULL) {
        path.len -= reader->head.query.len + 1;
    }
    struct dynr_sigv4_request request = {
        .method = reader->head.method,
        .path = path,
        .query = check->signature.in_query ? unsigned_query(arena, reader->head.query)
                                           : reader->head.query,
        .headers = gathering.pairs,
        .n_headers = gathering.n,
        .payload_hash = dynr_str_make(hash, sizeof hash),
        .normalize_path = true,
    };
    struct dynr_sigv4_scope scope = {check->signature.time, check->signature.region,
                                     check->signature.service};
    struct dynr_str canonical;
    struct dynr_str names;
    struct dynr_str text;
    return dynr_sigv4_canonical_request(&request, arena, &canonical, &names) == DYNR_OK &&
           dynr_str_equal(names, check->signature.signed_headers) &&
           dynr_sigv4_string_to_sign(&scope, canonical, arena, &text) == DYNR_OK &&
           dynr_sigv4_signature(secret, &scope, text, out) == DYNR_OK;
}

static bool check_scope(const struct check *check)
{
    const struct dynr_signature *signature = &check->signature;
    struct dynr_arena *arena = &check->connection->arena;
    if (signature->n_scope_parts != 5) {
        return refuse(check, incomplete,
                      dynr_arena_printf(arena,
                                        "Credential must have exactly 5 slash-delimited elements, "
                                        "e.g. keyid/date/region/service/term, got '%.*s'",
                                        (int)signature->credential.len, signature->credential.ptr));
    }
    if (!dynr_str_equal_c(signature->service, "dynamodb")) {
        return refuse_c(check, invalid,
                        "Credential should be scoped to correct service: 'dynamodb'. ");
    }
    if (!dynr_str_equal_c(signature->terminator, "aws4_request")) {
        return refuse(check, invalid,
                      dynr_arena_printf(arena,
                                        "Credential should be scoped with a valid terminator: "
                                        "'aws4_request', not '%.*s'. ",
                                        (int)signature->terminator.len, signature->terminator.ptr));
    }
    if (signature->time.len < 8 ||
        !dynr_str_equal(signature->date, dynr_str_make(signature->time.ptr, 8))) {
        return refuse(
            check, invalid,
            dynr_arena_printf(arena,
                              "Date in Credential scope does not match YYYYMMDD from ISO-8601 "
                              "version of date from HTTP: '%.*s' != '%.*s', from '%.*s'.",
                              (int)signature->date.len, signature->date.ptr,
                              signature->time.len < 8 ? (int)signature->time.len : 8,
                              signature->time.ptr, (int)signature->time.len, signature->time.ptr));
    }
    return true;
}

static bool check_signature(const struct check *check)
{
    const struct dynr_endpoint_options *options = &check->connection->endpoint->options;
    const struct dynr_signature *signature = &check->signature;
    if (!names_header(signature->signed_headers, dynr_str_from_c("host"))) {
        return refuse_c(check, invalid,
                        "'Host' must be a 'SignedHeader' in the AWS Authorization.");
    }
    /* Who could change the target could make a deletion of a signed look-up. */
    if (!names_header(signature->signed_headers, dynr_str_from_c("x-amz-target"))) {
        return refuse_c(check, invalid,
                        "'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization.");
    }
    const char *secret = NULL;
    for (size_t i = 0; i < options->n_access_keys; i++) {
        if (dynr_str_equal_c(signature->access_key, options->access_keys[i].id)) {
            secret = options->access_keys[i].secret;
        }
    }
    if (secret == NULL) {
        return refuse_c(check, unrecognized,
                        "The security token included in the request is invalid.");
    }
    char expected[DYNR_SHA256_HEX];
    if (!sign(check, dynr_str_from_c(secret), expected) ||
        !dynr_sigv4_same(dynr_str_make(expected, sizeof expected), signature->signature)) {
        return refuse_c(check, invalid,
                        "The request signature we calculated does not match the signature you "
                        "provided. Check your AWS Secret Access Key and signing method. Consult "
                        "the service documentation for details.");
    }
    return true;
}

static bool verify(const struct check *check)
{
    if (!dynr_str_equal_c(check->signature.algorithm, DYNR_SIGV4_ALGORITHM)) {
        return refuse(check, incomplete,
                      dynr_arena_printf(&check->connection->arena,
                                        "Unsupported AWS 'algorithm': '%.*s' (only "
                                        "AWS4-HMAC-SHA256 for now). ",
                                        (int)check->signature.algorithm.len,
                                        check->signature.algorithm.ptr));
    }
    return check_time(check) && check_scope(check) && check_signature(check);
}

bool dynr_endpoint_authorize(struct dynr_endpoint_connection *connection,
                             struct dynr_str *out_access_key, struct dynr_str *out_region,
                             struct dynr_endpoint_answer *out_error)
{
    const struct dynr_endpoint_headers *headers = &connection->headers;
    struct check check = {connection, {0}, out_error};
    struct dynr_signature_place place = {
        .authorization = headers->authorization,
        .query = connection->reader.head.query,
        .amz_date = headers->amz_date,
        .date = headers->date,
    };
    const char *type = NULL;
    struct dynr_str message = {NULL, 0};
    if (!dynr_signature_read(&place, &connection->arena, &check.signature, &type, &message)) {
        return refuse(&check, type, message);
    }
    *out_access_key = check.signature.access_key;
    *out_region = check.signature.region;
    return connection->endpoint->options.n_access_keys == 0 || verify(&check);
}
