/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signs one request for sigv4_vectors.py. Arguments: secret, time, region, service, normalize (0 or 1), method, path, query, body,
 * then a name and a value for each header. Prints canonical request, string to sign and signature, each followed by a NUL.
 */
#include <stdio.h>

#include "aws/sigv4.h"

#define HEADERS_MAX 32
#define FIRST_PAIR  10

static struct dynr_str argument(char **argv, int i)
{
    return dynr_str_from_c(argv[i]);
}

static int print_part(struct dynr_str part)
{
    return fwrite(part.ptr, 1, part.len, stdout) == part.len && putchar('\0') != EOF ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct dynr_arena arena = {0};
    struct dynr_sigv4_pair headers[HEADERS_MAX];
    char hash[DYNR_SHA256_HEX];
    char signature[DYNR_SHA256_HEX];
    struct dynr_str canonical;
    struct dynr_str names;
    struct dynr_str to_sign;
    if (argc < FIRST_PAIR || (argc - FIRST_PAIR) / 2 > HEADERS_MAX ||
        !dynr_sha256_hex(argument(argv, 9), hash)) {
        return 2;
    }
    struct dynr_sigv4_scope scope = {argument(argv, 2), argument(argv, 3), argument(argv, 4)};
    struct dynr_sigv4_request request = {
        .method = argument(argv, 6),
        .path = argument(argv, 7),
        .query = argument(argv, 8),
        .headers = headers,
        .payload_hash = dynr_str_make(hash, sizeof hash),
        .normalize_path = argv[5][0] == '1',
    };
    for (int i = FIRST_PAIR; i + 1 < argc; i += 2) {
        headers[request.n_headers].name = argument(argv, i);
        headers[request.n_headers++].value = argument(argv, i + 1);
    }
    int failed = 1;
    if (dynr_sigv4_canonical_request(&request, &arena, &canonical, &names) == DYNR_OK &&
        dynr_sigv4_string_to_sign(&scope, canonical, &arena, &to_sign) == DYNR_OK &&
        dynr_sigv4_signature(argument(argv, 1), &scope, to_sign, signature) == DYNR_OK) {
        failed = print_part(canonical) + print_part(to_sign) +
                 print_part(dynr_str_make(signature, sizeof signature));
    }
    dynr_arena_cleanup(&arena);
    return failed;
}
