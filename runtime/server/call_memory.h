/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Results of calls that brought an idempotency key, so that a call that is sent again (the answer was lost) answers the same without
 * running again. Bounded in number, bytes and time (10 minutes); the oldest go first. Of this process: a restart forgets.
 */
#ifndef DYNR_SERVER_CALL_MEMORY_H
#define DYNR_SERVER_CALL_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dynr/status.h"
#include "dynr/str.h"

#define DYNR_CALL_MEMORY_MS (INT64_C(10) * 60 * 1000)
/** Bytes of an idempotency key. */
#define DYNR_CALL_MEMORY_MAX_KEY 128
/**
 * Bytes of the key of a caller whom nobody knows, at least: 128 random bits as base64. Such callers are told apart by their keys
 * alone, so that a key that can be guessed would give another's answer away.
 */
#define DYNR_CALL_MEMORY_MIN_SECRET 22

struct dynr_call_memory;

/** One call and how it ended. */
struct dynr_remembered_call {
    /** Plain JSON of the caller ("" for nobody) and the key: who is remembered. */
    struct dynr_str caller;
    struct dynr_str key;
    /** What was asked for (`input`: what tells inputs apart, such as a digest): another call under the same key is refused. */
    struct dynr_str procedure;
    struct dynr_str input;
    /** How it ended: DYNR_OK with the output's JSON, or `err` says why not. */
    enum dynr_status status;
    struct dynr_error err;
    struct dynr_str output;
    uint64_t position;
};

/** `seed` of the hash: random. NULL when memory is exhausted. */
struct dynr_call_memory *dynr_call_memory_new(uint32_t max_calls, size_t max_bytes, uint64_t seed);
/** NULL is fine. */
void dynr_call_memory_destroy(struct dynr_call_memory *memory);

/**
 * Looks for `call->caller` and `call->key`. Found, the rest of `call` is filled, borrowed until the next change.
 * `*out_found` false: not there. Errors: DYNR_ERR_IDEMPOTENT_MISMATCH: `call->procedure` or `call->input` is not what it was.
 */
enum dynr_status dynr_call_memory_find(struct dynr_call_memory *memory, int64_t now_ms,
                                       struct dynr_remembered_call *call, bool *out_found,
                                       struct dynr_error *err);
/** Remembers a call; copies everything. When memory is exhausted the call is not remembered (and false returned). */
bool dynr_call_memory_add(struct dynr_call_memory *memory, int64_t now_ms,
                          const struct dynr_remembered_call *call);

#endif
