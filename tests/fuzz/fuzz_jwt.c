/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as a token and as a key set. The first byte says which. No token may be accepted: the key of the set is made anew in every
 * process, so nobody can have signed one.
 */
#include <stdlib.h>

#include "dynr/clock.h"
#include "server/jwt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

/** A key set with one secret of random hexadecimal digits, which are base64url, too. */
static struct dynr_jwt_keys *random_keys(void)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[32];
    char text[64 + sizeof bytes * 2] = "{\"keys\":[{\"kty\":\"oct\",\"k\":\"";
    size_t at = strlen(text);
    const struct dynr_clock *clock = dynr_clock_system();
    struct dynr_jwt_keys *keys = NULL;
    require(clock->random_bytes(clock->context, bytes, sizeof bytes));
    for (size_t i = 0; i < sizeof bytes; i++) {
        text[at++] = digits[bytes[i] >> 4];
        text[at++] = digits[bytes[i] & 15];
    }
    memcpy(text + at, "\"}]}", sizeof "\"}]}");
    require(dynr_jwt_keys_parse(dynr_str_from_c(text), &keys, NULL) == DYNR_OK);
    return keys;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dynr_error err = {0};
    struct dynr_arena arena = {0};
    if (size == 0) {
        return 0;
    }
    struct dynr_str text = dynr_str_make((const char *)data + 1, size - 1);
    if (data[0] % 2 == 0) {
        struct dynr_jwt_keys *keys = NULL;
        enum dynr_status status = dynr_jwt_keys_parse(text, &keys, &err);
        require((status == DYNR_OK) == (keys != NULL));
        require(status != DYNR_OK || dynr_jwt_keys_count(keys) > 0);
        dynr_jwt_keys_destroy(keys);
        return 0;
    }
    struct dynr_jwt_keys *keys = random_keys();
    struct dynr_jwt_rules rules = {.now_s = 1000};
    struct dynr_jwt_claims claims;
    require(dynr_jwt_verify(keys, &rules, text, &arena, &claims, &err) == DYNR_ERR_UNAUTHENTICATED);
    require(err.message[0] != '\0');
    dynr_jwt_keys_destroy(keys);
    dynr_arena_cleanup(&arena);
    return 0;
}
