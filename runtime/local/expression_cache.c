/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parsed expressions by their text, shared by all threads: programs use few texts, again and again.
 * Sets of four by hash; the least recently used entry of a set makes room. A request pins what it
 * uses, since its bound expressions refer to it; an entry that is pushed out while pinned is freed
 * by its last user.
 */
#include "local/engine.h"

#include <stdlib.h>

#include "base/hash.h"

enum {
    SETS = 64,
    WAYS = 4
};

struct entry {
    struct dynr_arena arena;
    const struct dynr_expression *expression;
    enum dynr_expression_kind kind;
    struct dynr_str text;
    uint64_t hash;
    uint64_t last_use;
    unsigned n_pins;
    bool is_cached;
};

struct local_expression_cache {
    pthread_mutex_t mutex;
    uint64_t n_uses;
    struct entry *entries[SETS][WAYS];
};

struct local_expression_pin {
    struct entry *entry;
    struct local_expression_pin *next;
};

enum dynr_status dynr_local_expression_cache_new(struct local_expression_cache **out,
                                                 struct dynr_error *err)
{
    struct local_expression_cache *cache = calloc(1, sizeof *cache);
    if (cache == NULL || pthread_mutex_init(&cache->mutex, NULL) != 0) {
        free(cache);
        return dynr_local_out_of_memory(err);
    }
    *out = cache;
    return DYNR_OK;
}

static void free_entry(struct entry *entry)
{
    if (entry != NULL) {
        dynr_arena_cleanup(&entry->arena);
        free(entry);
    }
}

void dynr_local_expression_cache_destroy(struct local_expression_cache *cache)
{
    if (cache == NULL) {
        return;
    }
    for (size_t i = 0; i < SETS; i++) {
        for (size_t k = 0; k < WAYS; k++) {
            free_entry(cache->entries[i][k]);
        }
    }
    (void)pthread_mutex_destroy(&cache->mutex);
    free(cache);
}

static struct entry *find_entry(struct local_expression_cache *cache,
                                enum dynr_expression_kind kind, struct dynr_str text, uint64_t hash)
{
    for (size_t k = 0; k < WAYS; k++) {
        struct entry *entry = cache->entries[hash % SETS][k];
        if (entry != NULL && entry->hash == hash && entry->kind == kind &&
            dynr_str_equal(entry->text, text)) {
            return entry;
        }
    }
    return NULL;
}

static void pin_entry(struct local_expression_cache *cache, struct entry *entry)
{
    entry->n_pins++;
    entry->last_use = ++cache->n_uses;
}

static void release_entry(struct local_expression_cache *cache, struct entry *entry)
{
    (void)pthread_mutex_lock(&cache->mutex);
    entry->n_pins--;
    bool is_last = entry->n_pins == 0 && !entry->is_cached;
    (void)pthread_mutex_unlock(&cache->mutex);
    if (is_last) {
        free_entry(entry);
    }
}

/* Puts a new, pinned entry into its set. */
static void insert_entry(struct local_expression_cache *cache, struct entry *entry)
{
    struct entry **victim = &cache->entries[entry->hash % SETS][0];
    for (size_t k = 1; k < WAYS && *victim != NULL; k++) {
        struct entry **other = &cache->entries[entry->hash % SETS][k];
        if (*other == NULL || (*other)->last_use < (*victim)->last_use) {
            victim = other;
        }
    }
    struct entry *old = *victim;
    *victim = entry;
    entry->is_cached = true;
    if (old != NULL) {
        old->is_cached = false;
        if (old->n_pins == 0) {
            free_entry(old);
        }
    }
}

/* NULL on failure, with `*status`. */
static struct entry *parse_entry(enum dynr_expression_kind kind, struct dynr_str text,
                                 uint64_t hash, enum dynr_status *status, struct dynr_error *err)
{
    struct entry *entry = calloc(1, sizeof *entry);
    if (entry == NULL) {
        *status = dynr_local_out_of_memory(err);
        return NULL;
    }
    dynr_arena_init(&entry->arena, NULL, 0);
    *status = dynr_expression_parse(kind, text, &entry->arena, &entry->expression, err);
    if (*status == DYNR_OK) {
        entry->text = dynr_arena_dup(&entry->arena, text);
        *status = entry->text.ptr == NULL ? dynr_local_out_of_memory(err) : DYNR_OK;
    }
    if (*status != DYNR_OK) {
        free_entry(entry);
        return NULL;
    }
    entry->kind = kind;
    entry->hash = hash;
    return entry;
}

static enum dynr_status obtain(struct local_expression_cache *cache, enum dynr_expression_kind kind,
                               struct dynr_str text, struct entry **out, struct dynr_error *err)
{
    uint64_t hash = dynr_hash(text, (uint64_t)kind);
    enum dynr_status status = DYNR_OK;
    (void)pthread_mutex_lock(&cache->mutex);
    struct entry *entry = find_entry(cache, kind, text, hash);
    if (entry != NULL) {
        pin_entry(cache, entry);
    }
    (void)pthread_mutex_unlock(&cache->mutex);
    if (entry == NULL) {
        /* Two threads may parse the same text at once; the older entry then ages out. */
        entry = parse_entry(kind, text, hash, &status, err);
        if (entry == NULL) {
            return status;
        }
        (void)pthread_mutex_lock(&cache->mutex);
        pin_entry(cache, entry);
        insert_entry(cache, entry);
        (void)pthread_mutex_unlock(&cache->mutex);
    }
    *out = entry;
    return DYNR_OK;
}

enum dynr_status dynr_local_bind(struct local_call *call, struct dynr_bindings *bindings,
                                 enum dynr_expression_kind kind, struct dynr_str text,
                                 const struct dynr_bound_expression **out, struct dynr_error *err)
{
    *out = NULL;
    if (text.len == 0) {
        return DYNR_OK;
    }
    struct local_expression_pin *pin = dynr_arena_alloc(call->arena, sizeof *pin);
    if (pin == NULL) {
        return dynr_local_out_of_memory(err);
    }
    enum dynr_status status = obtain(call->engine->expressions, kind, text, &pin->entry, err);
    if (status != DYNR_OK) {
        return status;
    }
    pin->next = call->pins;
    call->pins = pin;
    return dynr_expression_bind(pin->entry->expression, bindings, call->arena, out, err);
}

void dynr_local_expressions_release(struct local_call *call)
{
    for (struct local_expression_pin *pin = call->pins; pin != NULL; pin = pin->next) {
        release_entry(call->engine->expressions, pin->entry);
    }
    call->pins = NULL;
}
