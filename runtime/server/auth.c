/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who calls. Clients are told that a token is missing, not good, or expired; why it is not good stands in the log.
 */
#include <string.h>

#include "server/state.h"

#define DEFAULT_LEEWAY_S 60

enum dynr_status dynr_server_open_auth(struct dynr_server *server, struct dynr_error *err)
{
    const struct dynr_server_jwt *jwt = server->options.auth.jwt;
    if (jwt == NULL) {
        return DYNR_OK;
    }
    return dynr_jwt_keys_parse(jwt->keys, &server->keys, err);
}

void dynr_server_close_auth(struct dynr_server *server)
{
    dynr_jwt_keys_destroy(server->keys);
    server->keys = NULL;
}

static enum dynr_status identify_by_jwt(struct dynr_server *server, struct dynr_str token,
                                        struct dynr_arena *arena, struct dynr_identity *out,
                                        struct dynr_error *err)
{
    const struct dynr_server_jwt *jwt = server->options.auth.jwt;
    struct dynr_jwt_rules rules = {
        .issuer = dynr_str_from_c(jwt->issuer),
        .audience = dynr_str_from_c(jwt->audience),
        .leeway_s = jwt->leeway_s == 0 ? DEFAULT_LEEWAY_S : jwt->leeway_s,
        .now_s = dynr_server_now_ms(server) / 1000,
    };
    struct dynr_jwt_claims claims;
    enum dynr_status status = dynr_jwt_verify(server->keys, &rules, token, arena, &claims, err);
    if (status != DYNR_OK) {
        return status;
    }
    out->expires_ms = (claims.expires_s + rules.leeway_s) * 1000;
    if (server->caller_desc == NULL) {
        return DYNR_OK;
    }
    return dynr_jwt_caller(&claims, server->caller_desc, arena, &out->caller, err);
}

static enum dynr_status identify_by_trust(struct dynr_server *server, struct dynr_str json,
                                          struct dynr_arena *arena, struct dynr_identity *out,
                                          struct dynr_error *err)
{
    if (server->caller_desc == NULL) {
        return DYNR_OK;
    }
    out->caller = dynr_arena_calloc(arena, 1, server->caller_desc->size);
    /* Decoded strings may borrow from the text, which is the message's. */
    struct dynr_str copy = dynr_arena_dup(arena, json);
    if (out->caller == NULL || copy.ptr == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    struct dynr_error why = {0};
    enum dynr_status status = dynr_decode_json(server->caller_desc, copy, arena, out->caller, &why);
    if (status == DYNR_OK || why.http_status >= 500) {
        return status == DYNR_OK ? status : dynr_fail(err, status, NULL);
    }
    /* Not what is asked for is wrong, but who asks: nobody comes in by trying again. */
    bool has_field = why.field[0] != '\0';
    return dynr_fail(err, DYNR_ERR_UNAUTHENTICATED, "this is no caller: %s%s%s", why.field,
                     has_field ? ": " : "", why.message);
}

static enum dynr_status identify_by_token(struct dynr_server *server, struct dynr_str token,
                                          struct dynr_arena *arena, struct dynr_identity *out,
                                          struct dynr_error *err)
{
    struct dynr_error why = {0};
    enum dynr_status status;
    struct dynr_str copy = dynr_arena_dup(arena, token);
    if (copy.ptr == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    if (server->options.auth.jwt != NULL) {
        status = identify_by_jwt(server, copy, arena, out, &why);
    } else {
        status = server->options.auth.authenticate(server->options.auth.context, copy, arena,
                                                   &out->caller, &out->expires_ms, &why);
    }
    if (status != DYNR_ERR_UNAUTHENTICATED) {
        return status == DYNR_OK ? status : dynr_fail(err, status, NULL);
    }
    server->metrics.unauthenticated++;
    dynr_server_log(server, DYNR_LOG_WARNING, "a token was refused: %s", why.message);
    return dynr_fail(err, DYNR_ERR_UNAUTHENTICATED, "the token is not good, or has expired");
}

/** Plain JSON of the caller: the name under which its calls are remembered. */
static enum dynr_status name_identity(const struct dynr_server *server, struct dynr_arena *arena,
                                      struct dynr_identity *identity, struct dynr_error *err)
{
    struct dynr_buf json;
    dynr_buf_init(&json, NULL, 0);
    enum dynr_status status = dynr_encode_json(server->caller_desc, identity->caller, &json, err);
    if (status == DYNR_OK) {
        identity->json = dynr_arena_dup(arena, dynr_buf_str(&json));
        status = identity->json.ptr == NULL ? dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL) : DYNR_OK;
    }
    dynr_buf_cleanup(&json);
    return status;
}

enum dynr_status dynr_server_identify(struct dynr_server *server, struct dynr_str token,
                                      struct dynr_str trusted_caller, struct dynr_arena *arena,
                                      struct dynr_identity *out, struct dynr_error *err)
{
    const struct dynr_server_auth *auth = &server->options.auth;
    memset(out, 0, sizeof *out);
    enum dynr_status status = DYNR_OK;
    if (auth->trust_callers && trusted_caller.len > 0) {
        status = identify_by_trust(server, trusted_caller, arena, out, err);
    } else if (token.len > 0 && (auth->jwt != NULL || auth->authenticate != NULL)) {
        status = identify_by_token(server, token, arena, out, err);
    } else if (auth->required) {
        status = dynr_fail(err, DYNR_ERR_UNAUTHENTICATED, "a token is required");
    }
    if (status == DYNR_OK && out->caller != NULL) {
        status = name_identity(server, arena, out, err);
    }
    return status;
}
