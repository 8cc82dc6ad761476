/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Idempotency tokens: a transaction that succeeded is known for ten minutes by its token and a
 * digest of what it said. The token is kept in the transaction's own commit, so that a replay after
 * a crash is recognised too.
 */
#include "local/engine.h"

#define TOKEN_LIFE_MS (INT64_C(10) * 60 * 1000)

/*
 * Two FNV-1a hashes with different starts: stable across versions, and no adversary chooses their
 * own requests.
 */
static void digest_bytes(struct local_digest *digest, const void *bytes, size_t len)
{
    const unsigned char *next = bytes;
    for (size_t i = 0; i < len; i++) {
        digest->words[0] = (digest->words[0] ^ next[i]) * 0x100000001b3u;
        digest->words[1] = (digest->words[1] ^ (unsigned char)~next[i]) * 0x100000001b3u + 1;
    }
}

static void digest_number(struct local_digest *digest, uint64_t number)
{
    unsigned char bytes[8];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (unsigned char)(number >> (8 * i));
    }
    digest_bytes(digest, bytes, sizeof bytes);
}

static void digest_text(struct local_digest *digest, struct dynr_str text)
{
    digest_number(digest, text.len);
    digest_bytes(digest, text.ptr, text.len);
}

struct local_digest dynr_local_request_digest(const struct dynr_request *request)
{
    struct local_digest digest = {{0xcbf29ce484222325u, 0x6c62272e07bb0142u}};
    for (size_t i = 0; i < request->n_operations; i++) {
        const struct dynr_request *operation = &request->operations[i];
        digest_number(&digest, (uint64_t)operation->operation);
        digest_number(&digest, operation->return_old_on_failure);
        digest_text(&digest, operation->table);
        digest_text(&digest, operation->key);
        digest_text(&digest, operation->item);
        digest_text(&digest, operation->condition);
        digest_text(&digest, operation->update);
        digest_text(&digest, operation->names);
        digest_text(&digest, operation->values);
    }
    return digest;
}

static struct dynr_str digest_str(const struct local_digest *digest)
{
    return dynr_str_make((const char *)digest->words, sizeof digest->words);
}

enum dynr_status dynr_local_token_check(struct local_connection *connection, struct dynr_str token,
                                        const struct local_digest *digest, bool *out_is_replay,
                                        struct dynr_error *err)
{
    const struct dynr_clock *clock = connection->engine->clock;
    sqlite3_stmt *statement;
    *out_is_replay = false;
    enum dynr_status status = dynr_local_fixed(connection, LOCAL_TOKEN_FIND, &statement, err);
    if (status != DYNR_OK) {
        return status;
    }
    dynr_local_bind_text(statement, 1, token);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        bool is_fresh =
            sqlite3_column_int64(statement, 1) > clock->now_ms(clock->context) - TOKEN_LIFE_MS;
        *out_is_replay = is_fresh;
        /* The answer of the first time, for whoever waits until its changes are through. */
        connection->position = is_fresh ? (uint64_t)sqlite3_column_int64(statement, 2) : 0;
        if (is_fresh && !dynr_str_equal(dynr_local_column(statement, 0), digest_str(digest))) {
            status = dynr_fail(
                err, DYNR_ERR_IDEMPOTENT_MISMATCH,
                "The request uses the same client token as a previous, but non-identical request.");
        }
    } else if (code != SQLITE_DONE) {
        status = dynr_local_fail(connection, NULL, code, err);
    }
    (void)sqlite3_reset(statement);
    return status;
}

enum dynr_status dynr_local_token_keep(struct local_connection *connection, struct dynr_str token,
                                       const struct local_digest *digest, struct dynr_error *err)
{
    const struct dynr_clock *clock = connection->engine->clock;
    int64_t now_ms = clock->now_ms(clock->context);
    sqlite3_stmt *statement;
    enum dynr_status status = dynr_local_before_change(connection, err);
    if (status == DYNR_OK) {
        status = dynr_local_fixed(connection, LOCAL_TOKEN_EXPIRE, &statement, err);
    }
    if (status == DYNR_OK) {
        (void)sqlite3_bind_int64(statement, 1, now_ms - TOKEN_LIFE_MS);
        status = dynr_local_finish(connection, NULL, statement, err);
    }
    if (status == DYNR_OK) {
        status = dynr_local_fixed(connection, LOCAL_TOKEN_INSERT, &statement, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    dynr_local_bind_text(statement, 1, token);
    dynr_local_bind_bytes(statement, 2, digest_str(digest));
    (void)sqlite3_bind_int64(statement, 3, now_ms);
    (void)sqlite3_bind_int64(statement, 4, (sqlite3_int64)connection->position);
    return dynr_local_finish(connection, NULL, statement, err);
}
