/* SPDX-License-Identifier: Apache-2.0 */
/* Reading signatures: whole ones, and the service's complaints about those that are not. */
#include "endpoint/signature.h"
#include "test_main.h"

#define AUTHORIZATION                                                                              \
    "AWS4-HMAC-SHA256 Credential=AKID/20261120/eu-west-1/dynamodb/aws4_request, "                  \
    "SignedHeaders=host;x-amz-date, Signature=abc123"

struct outcome {
    bool read;
    struct dynr_signature signature;
    const char *type;
    struct dynr_str message;
};

static struct outcome read_place(struct dynr_arena *arena, const char *authorization,
                                 const char *query, const char *amz_date, const char *date)
{
    struct outcome outcome = {0};
    struct dynr_signature_place place = {dynr_str_from_c(authorization), dynr_str_from_c(query),
                                         dynr_str_from_c(amz_date), dynr_str_from_c(date)};
    outcome.read =
        dynr_signature_read(&place, arena, &outcome.signature, &outcome.type, &outcome.message);
    return outcome;
}

static void a_header_gives_its_parts(void)
{
    struct dynr_arena arena = {0};
    struct outcome outcome = read_place(&arena, AUTHORIZATION, "", "20261120T100000Z", "other");
    DYNR_ASSERT(outcome.read);
    DYNR_ASSERT(!outcome.signature.in_query);
    DYNR_ASSERT_STR(outcome.signature.algorithm, "AWS4-HMAC-SHA256");
    DYNR_ASSERT_STR(outcome.signature.access_key, "AKID");
    DYNR_ASSERT_STR(outcome.signature.date, "20261120");
    DYNR_ASSERT_STR(outcome.signature.region, "eu-west-1");
    DYNR_ASSERT_STR(outcome.signature.service, "dynamodb");
    DYNR_ASSERT_STR(outcome.signature.terminator, "aws4_request");
    DYNR_ASSERT_INT(outcome.signature.n_scope_parts, 5);
    DYNR_ASSERT_STR(outcome.signature.signed_headers, "host;x-amz-date");
    DYNR_ASSERT_STR(outcome.signature.signature, "abc123");
    DYNR_ASSERT_STR(outcome.signature.time, "20261120T100000Z");
    dynr_arena_cleanup(&arena);
}

static void a_query_gives_its_parts(void)
{
    struct dynr_arena arena = {0};
    struct outcome outcome = read_place(
        &arena, "",
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F20261120%2Feu-west-1%2Fdynamodb%"
        "2F"
        "aws4_request&X-Amz-Date=20261120T100000Z&X-Amz-SignedHeaders=host&X-Amz-Signature=00ff",
        "", "");
    DYNR_ASSERT(outcome.read);
    DYNR_ASSERT(outcome.signature.in_query);
    DYNR_ASSERT_STR(outcome.signature.access_key, "AKID");
    DYNR_ASSERT_STR(outcome.signature.region, "eu-west-1");
    DYNR_ASSERT_STR(outcome.signature.signature, "00ff");
    dynr_arena_cleanup(&arena);
}

static void what_is_missing_is_named(void)
{
    struct dynr_arena arena = {0};
    static const struct {
        const char *authorization;
        const char *query;
        const char *amz_date;
        const char *type;
        const char *message;
    } cases[] = {
        {"", "", "", "MissingAuthenticationTokenException",
         "Request is missing Authentication Token"},
        {"Bearer AWS4-", "", "", "MissingAuthenticationTokenException",
         "Request is missing Authentication Token"},
        {AUTHORIZATION, "X-Amz-Algorithm=x", "", "InvalidSignatureException",
         "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP "
         "header."},
        {"AWS4-HMAC-SHA256 Credential=a/b", "", "", "IncompleteSignatureException",
         "Authorization header requires 'Signature' parameter. Authorization header requires "
         "'SignedHeaders' parameter. Authorization header requires existence of either a "
         "'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256"},
        {"", "X-Amz-Algorithm=x&X-Amz-Date=1&X-Amz-Signature=2", "", "IncompleteSignatureException",
         "AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters "
         "must include 'X-Amz-SignedHeaders'. Re-examine the query-string parameters."},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct outcome outcome =
            read_place(&arena, cases[i].authorization, cases[i].query, cases[i].amz_date, "");
        if (!DYNR_ASSERT(!outcome.read) ||
            !DYNR_ASSERT_STR(dynr_str_from_c(outcome.type), cases[i].type) ||
            !DYNR_ASSERT_STR(outcome.message, cases[i].message)) {
            return;
        }
    }
    dynr_arena_cleanup(&arena);
}

static void a_long_scope_is_counted_not_followed(void)
{
    struct dynr_arena arena = {0};
    struct outcome outcome = read_place(
        &arena, "AWS4-HMAC-SHA256 Credential=a/b/c/d/e/f/g//, SignedHeaders=host, Signature=0", "",
        "t", "");
    DYNR_ASSERT(outcome.read);
    DYNR_ASSERT_INT(outcome.signature.n_scope_parts, 8);
    DYNR_ASSERT_STR(outcome.signature.terminator, "e");
    dynr_arena_cleanup(&arena);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(a_header_gives_its_parts),
        DYNR_TEST(a_query_gives_its_parts),
        DYNR_TEST(what_is_missing_is_named),
        DYNR_TEST(a_long_scope_is_counted_not_followed),
    };
    return dynr_test_main("signature", tests, DYNR_TEST_COUNT(tests));
}
