/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's life: options, memory that is counted, and the frame around every public call. */
#include "reactive/connection.h"
#include "reactive/linger.h"
#include "reactive/load.h"
#include "reactive/output.h"
#include "reactive/reactive.h"

/* Counts what views, subscribers and dependencies take. */
static void *resize_counted(void *context, void *block, size_t old_size, size_t new_size)
{
    struct dynr_engine *engine = context;
    void *moved = engine->allocator->resize(engine->allocator->context, block, old_size, new_size);
    if (moved != NULL || new_size == 0) {
        engine->counters.memory += new_size;
        engine->counters.memory -= old_size;
    }
    return moved;
}

void *dynr_engine_allocate(struct dynr_engine *engine, size_t size)
{
    void *block = resize_counted(engine, NULL, 0, size);
    if (block != NULL) {
        memset(block, 0, size);
    }
    return block;
}

void dynr_engine_free(struct dynr_engine *engine, void *block, size_t size)
{
    if (block != NULL) {
        (void)resize_counted(engine, block, size, 0);
    }
}

static uint32_t or_default(uint32_t value, uint32_t otherwise)
{
    return value == 0 ? otherwise : value;
}

static void set_limits(struct dynr_engine_limits *limits)
{
    limits->max_subscriptions_per_connection =
        or_default(limits->max_subscriptions_per_connection, 256);
    limits->max_connections = or_default(limits->max_connections, 100000);
    limits->max_views = or_default(limits->max_views, 1000000);
    limits->max_rows = or_default(limits->max_rows, 10000);
    limits->max_frame = or_default(limits->max_frame, 131072);
    limits->max_replay = or_default(limits->max_replay, 10000);
    limits->max_input = or_default(limits->max_input, 65536);
    limits->max_lingering = or_default(limits->max_lingering, 1000);
    limits->linger_ms = or_default(limits->linger_ms, 30000);
}

static void set_terms(struct dynr_engine *engine, const struct dynr_engine_options *options)
{
    engine->n_terms = options->n_terms;
    if (options->n_terms > 0) {
        memcpy(engine->terms, options->terms, options->n_terms * sizeof *options->terms);
        return;
    }
    memcpy(engine->terms[0].key, options->hash_key, sizeof engine->terms[0].key);
    engine->terms[0].end = UINT64_MAX;
    engine->n_terms = 1;
}

enum dynr_status dynr_engine_new(const struct dynr_engine_options *options,
                                 struct dynr_engine **out, struct dynr_error *err)
{
    *out = NULL;
    if (options->n_terms > DYNR_STREAM_TERMS_MAX) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "more than %d terms",
                         DYNR_STREAM_TERMS_MAX);
    }
    if (options->size != sizeof *options || options->procedures == NULL || options->host == NULL ||
        options->host->send == NULL || options->host->read == NULL) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "an engine needs procedures and a host");
    }
    const struct dynr_allocator *allocator =
        options->allocator == NULL ? dynr_allocator_default() : options->allocator;
    struct dynr_engine *engine = allocator->resize(allocator->context, NULL, 0, sizeof *engine);
    if (engine == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    memset(engine, 0, sizeof *engine);
    engine->allocator = allocator;
    engine->counting.resize = resize_counted;
    engine->counting.context = engine;
    engine->host = options->host;
    engine->table = options->procedures;
    engine->limits = options->limits;
    set_limits(&engine->limits);
    memcpy(engine->hash_key, options->hash_key, sizeof engine->hash_key);
    set_terms(engine, options);
    engine->connections.allocator = &engine->counting;
    engine->views.allocator = &engine->counting;
    engine->dependencies.allocator = &engine->counting;
    engine->rows.allocator = &engine->counting;
    dynr_arena_init(&engine->catalog, allocator, 0);
    dynr_arena_init(&engine->record_arena, allocator, 0);
    dynr_buf_init(&engine->text, allocator, 0);
    dynr_buf_init(&engine->scratch, allocator, 0);
    enum dynr_status status = dynr_catalog_build(engine, options->table_prefix, err);
    if (status != DYNR_OK) {
        dynr_engine_destroy(engine);
        return status;
    }
    *out = engine;
    return DYNR_OK;
}

void dynr_engine_destroy(struct dynr_engine *engine)
{
    if (engine == NULL) {
        return;
    }
    engine->destroying = true;
    engine->depth++;
    dynr_connections_cleanup(engine);
    dynr_linger_cleanup(engine);
    dynr_outputs_bury(engine);
    dynr_jobs_cleanup(engine);
    dynr_outputs_cleanup(engine);
    dynr_key_table_cleanup(&engine->views);
    dynr_key_table_cleanup(&engine->dependencies);
    dynr_key_table_cleanup(&engine->rows);
    const struct dynr_allocator *allocator = engine->allocator;
    if (engine->shards != NULL) {
        allocator->resize(allocator->context, engine->shards,
                          engine->cap_shards * sizeof *engine->shards, 0);
    }
    if (engine->matches.items != NULL) {
        allocator->resize(allocator->context, engine->matches.items,
                          engine->matches.cap * sizeof(struct dynr_dependency *), 0);
    }
    dynr_arena_cleanup(&engine->catalog);
    dynr_arena_cleanup(&engine->record_arena);
    dynr_buf_cleanup(&engine->text);
    dynr_buf_cleanup(&engine->scratch);
    allocator->resize(allocator->context, engine, sizeof *engine, 0);
}

void dynr_engine_counters(const struct dynr_engine *engine, struct dynr_engine_counters *out)
{
    *out = engine->counters;
}

uint64_t dynr_engine_position(const struct dynr_engine *engine)
{
    return engine->position;
}

void dynr_engine_enter(struct dynr_engine *engine)
{
    engine->depth++;
}

enum dynr_status dynr_engine_leave(struct dynr_engine *engine, struct dynr_error *err)
{
    if (engine->depth == 1) {
        dynr_transition_end(engine);
    }
    engine->depth--;
    if (engine->starved && engine->depth == 0) {
        engine->starved = false;
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    return DYNR_OK;
}
