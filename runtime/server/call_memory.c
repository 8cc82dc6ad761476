/* SPDX-License-Identifier: Apache-2.0 */
#include "server/call_memory.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

struct entry {
    /** In its bucket. */
    struct entry *next;
    /** In order of age. */
    struct entry *younger;
    uint64_t hash;
    int64_t expires_ms;
    size_t bytes;
    struct dynr_remembered_call call;
    /** The texts of `call`. */
    char text[];
};

struct dynr_call_memory {
    uint64_t seed;
    uint32_t max_calls;
    size_t max_bytes;
    size_t n_calls;
    size_t bytes;
    struct entry *oldest;
    struct entry *youngest;
    /** A power of two. */
    size_t n_buckets;
    struct entry **buckets;
};

struct dynr_call_memory *dynr_call_memory_new(uint32_t max_calls, size_t max_bytes, uint64_t seed)
{
    struct dynr_call_memory *memory = calloc(1, sizeof *memory);
    if (memory == NULL) {
        return NULL;
    }
    memory->seed = seed;
    memory->max_calls = max_calls;
    memory->max_bytes = max_bytes;
    memory->n_buckets = 16;
    while (memory->n_buckets < max_calls) {
        memory->n_buckets *= 2;
    }
    memory->buckets = calloc(memory->n_buckets, sizeof(struct entry *));
    if (memory->buckets == NULL) {
        free(memory);
        return NULL;
    }
    return memory;
}

static uint64_t hash_of(const struct dynr_call_memory *memory, struct dynr_str caller,
                        struct dynr_str key)
{
    return dynr_hash(key, dynr_hash(caller, memory->seed));
}

static void forget_oldest(struct dynr_call_memory *memory)
{
    struct entry *entry = memory->oldest;
    struct entry **link = &memory->buckets[entry->hash & (memory->n_buckets - 1)];
    while (*link != entry) {
        link = &(*link)->next;
    }
    *link = entry->next;
    memory->oldest = entry->younger;
    if (memory->oldest == NULL) {
        memory->youngest = NULL;
    }
    memory->n_calls--;
    memory->bytes -= entry->bytes;
    free(entry);
}

static void forget_expired(struct dynr_call_memory *memory, int64_t now_ms)
{
    while (memory->oldest != NULL && memory->oldest->expires_ms <= now_ms) {
        forget_oldest(memory);
    }
}

void dynr_call_memory_destroy(struct dynr_call_memory *memory)
{
    if (memory == NULL) {
        return;
    }
    while (memory->oldest != NULL) {
        forget_oldest(memory);
    }
    free(memory->buckets);
    free(memory);
}

static struct entry *find(const struct dynr_call_memory *memory, struct dynr_str caller,
                          struct dynr_str key)
{
    uint64_t hash = hash_of(memory, caller, key);
    struct entry *entry = memory->buckets[hash & (memory->n_buckets - 1)];
    while (entry != NULL && !(entry->hash == hash && dynr_str_equal(entry->call.key, key) &&
                              dynr_str_equal(entry->call.caller, caller))) {
        entry = entry->next;
    }
    return entry;
}

enum dynr_status dynr_call_memory_find(struct dynr_call_memory *memory, int64_t now_ms,
                                       struct dynr_remembered_call *call, bool *out_found,
                                       struct dynr_error *err)
{
    forget_expired(memory, now_ms);
    const struct entry *entry = find(memory, call->caller, call->key);
    *out_found = entry != NULL;
    if (entry == NULL) {
        return DYNR_OK;
    }
    if (!dynr_str_equal(entry->call.procedure, call->procedure) ||
        !dynr_str_equal(entry->call.input, call->input)) {
        return dynr_fail(err, DYNR_ERR_IDEMPOTENT_MISMATCH,
                         "the idempotency key was used for another call");
    }
    *call = entry->call;
    return DYNR_OK;
}

static struct dynr_str keep_text(char **at, struct dynr_str text)
{
    struct dynr_str kept = dynr_str_make(*at, text.len);
    if (text.len > 0) {
        memcpy(*at, text.ptr, text.len);
        *at += text.len;
    }
    return kept;
}

bool dynr_call_memory_add(struct dynr_call_memory *memory, int64_t now_ms,
                          const struct dynr_remembered_call *call)
{
    size_t text =
        call->caller.len + call->key.len + call->procedure.len + call->input.len + call->output.len;
    size_t bytes = sizeof(struct entry) + text;
    forget_expired(memory, now_ms);
    if (bytes > memory->max_bytes || memory->max_calls == 0) {
        return false;
    }
    while (memory->n_calls >= memory->max_calls || memory->bytes + bytes > memory->max_bytes) {
        forget_oldest(memory);
    }
    struct entry *entry = calloc(1, bytes);
    if (entry == NULL) {
        return false;
    }
    char *at = entry->text;
    entry->call = *call;
    entry->call.caller = keep_text(&at, call->caller);
    entry->call.key = keep_text(&at, call->key);
    entry->call.procedure = keep_text(&at, call->procedure);
    entry->call.input = keep_text(&at, call->input);
    entry->call.output = keep_text(&at, call->output);
    entry->hash = hash_of(memory, call->caller, call->key);
    entry->expires_ms = now_ms + DYNR_CALL_MEMORY_MS;
    entry->bytes = bytes;
    struct entry **bucket = &memory->buckets[entry->hash & (memory->n_buckets - 1)];
    entry->next = *bucket;
    *bucket = entry;
    if (memory->youngest != NULL) {
        memory->youngest->younger = entry;
    } else {
        memory->oldest = entry;
    }
    memory->youngest = entry;
    memory->n_calls++;
    memory->bytes += bytes;
    return true;
}
