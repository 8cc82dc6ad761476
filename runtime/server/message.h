/* SPDX-License-Identifier: Apache-2.0 */
/* One message of a client, from its text. Pure; docs/protocol.md has the members. */
#ifndef DYNR_SERVER_MESSAGE_H
#define DYNR_SERVER_MESSAGE_H

#include "dynr/arena.h"
#include "dynr/status.h"

/** Ids that one call may bring. */
#define DYNR_MESSAGE_MAX_IDS 256

enum dynr_message_kind {
    DYNR_MESSAGE_HELLO = 1,
    DYNR_MESSAGE_SUB,
    DYNR_MESSAGE_UNSUB,
    DYNR_MESSAGE_MORE,
    DYNR_MESSAGE_TRIM,
    DYNR_MESSAGE_CALL,
    DYNR_MESSAGE_PING,
};

/** Texts are borrowed from the message or in the arena. What the kind does not have is zero. */
struct dynr_message {
    /** Both are also set where the message is refused, if they were read before what is wrong: errors name the id of some kinds. */
    enum dynr_message_kind kind;
    bool has_id;
    uint64_t id;
    struct dynr_str procedure;
    /** JSON text; empty: none. */
    struct dynr_str input;
    struct dynr_str token;
    /** JSON text of `caller`, for servers that trust callers. */
    struct dynr_str caller;
    uint64_t since_position;
    uint64_t since_from;
    struct dynr_str since_token;
    /** JSON texts. */
    struct dynr_str since_bound;
    struct dynr_str parent;
    struct dynr_str bound;
    uint16_t node;
    uint32_t epoch;
    struct dynr_str key;
    struct dynr_str *ids;
    size_t n_ids;
    /** Of a call: the one before it, which it must not overtake; 0: none. */
    uint64_t after;
};

/**
 * Reads a message. Unknown members are passed over.
 * Errors: DYNR_ERR_SYNTAX (no JSON object), DYNR_ERR_TYPE, DYNR_ERR_MISSING, DYNR_ERR_RANGE (a member), DYNR_ERR_UNSUPPORTED (unknown `t`),
 * DYNR_ERR_TOO_LARGE (too many ids), DYNR_ERR_NO_MEMORY.
 */
enum dynr_status dynr_message_read(struct dynr_str text, struct dynr_arena *arena,
                                   struct dynr_message *out, struct dynr_error *err);

#endif
