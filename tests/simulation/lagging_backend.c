/* SPDX-License-Identifier: Apache-2.0 */
#include "lagging_backend.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "dynr/buf.h"
#include "dynr/local.h"
#include "kept_record.h"
#include "test_tools.h"

enum {
    MOST_REPLICAS = 4,
    PAGE = 500
};

struct replica {
    struct dynr_backend *store;
    /* Of the store that is followed. */
    struct dynr_stream *stream;
    struct kept_queue waiting;
    /* Of the last record that was applied, and of the last that waits. */
    uint64_t applied;
    uint64_t newest;
};

struct lagging_backend {
    struct dynr_backend base;
    struct dynr_backend *store;
    struct lagging_backend_options options;
    pthread_mutex_t mutex;
    struct dynr_test_random random;
    struct replica replicas[MOST_REPLICAS];
    /* Names of the tables that have a stream, each with a zero at its end. */
    struct dynr_buf streamed;
};

/* ---- replicas ---- */

static enum dynr_status collect(struct replica *replica, struct dynr_error *err)
{
    struct dynr_arena arena;
    const struct dynr_record *records;
    size_t n_records = 0;
    enum dynr_status status = DYNR_OK;
    dynr_arena_init(&arena, NULL, 0);
    do {
        status = dynr_stream_read(replica->stream, PAGE, &arena, &records, &n_records, err);
        for (size_t i = 0; status == DYNR_OK && i < n_records; i++) {
            struct kept_record *kept = kept_record_new(&records[i]);
            if (kept == NULL) {
                status = dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
                break;
            }
            replica->newest = records[i].position;
            kept_queue_push(&replica->waiting, kept);
        }
        dynr_arena_reset(&arena);
    } while (status == DYNR_OK && n_records > 0);
    dynr_arena_cleanup(&arena);
    return status;
}

static enum dynr_status apply(struct replica *replica, const struct dynr_record *record,
                              struct dynr_error *err)
{
    struct dynr_arena arena;
    struct dynr_response response;
    struct dynr_request request = DYNR_REQUEST_INIT;
    bool is_removal = record->event == DYNR_EVENT_REMOVE;
    request.operation = is_removal ? DYNR_DELETE_ITEM : DYNR_PUT_ITEM;
    request.table = record->table;
    request.key = is_removal ? record->keys : dynr_str_make(NULL, 0);
    request.item = record->new_image;
    dynr_arena_init(&arena, NULL, 0);
    enum dynr_status status = dynr_backend_call(replica->store, &request, &arena, &response, err);
    dynr_arena_cleanup(&arena);
    return status;
}

static enum dynr_status apply_until(struct replica *replica, uint64_t position,
                                    struct dynr_error *err)
{
    enum dynr_status status = DYNR_OK;
    while (status == DYNR_OK && replica->waiting.first != NULL &&
           replica->waiting.first->record.position <= position) {
        struct kept_record *kept = kept_queue_pop(&replica->waiting);
        status = apply(replica, &kept->record, err);
        replica->applied = kept->record.position;
        free(kept);
    }
    return status;
}

/* ---- requests ---- */

static bool is_streamed(const struct lagging_backend *lagging, struct dynr_str table)
{
    size_t at = 0;
    while (at < lagging->streamed.len) {
        struct dynr_str name = dynr_str_from_c(lagging->streamed.ptr + at);
        if (dynr_str_equal(name, table)) {
            return true;
        }
        at += name.len + 1;
    }
    return false;
}

struct answer {
    dynr_complete_fn complete;
    void *context;
    uint64_t position;
};

static void answer_at(void *context, const struct dynr_response *response,
                      const struct dynr_error *err)
{
    const struct answer *answer = context;
    struct dynr_response own = *response;
    own.position = answer->position;
    answer->complete(answer->context, &own, err);
}

static void read_index(struct lagging_backend *lagging, const struct dynr_request *request,
                       struct dynr_arena *arena, dynr_complete_fn complete, void *context)
{
    struct dynr_error err;
    dynr_error_clear(&err);
    struct replica *replica =
        &lagging->replicas[dynr_test_random_below(&lagging->random, lagging->options.n_replicas)];
    uint64_t lag = dynr_test_random_below(&lagging->random, (uint64_t)lagging->options.max_lag + 1);
    enum dynr_status status = collect(replica, &err);
    if (status == DYNR_OK) {
        /* At least the first record: position 0 would say that it is not known. */
        uint64_t first =
            replica->waiting.first == NULL ? 0 : replica->waiting.first->record.position;
        uint64_t until = replica->newest > lag ? replica->newest - lag : 0;
        status = apply_until(replica, replica->applied == 0 && until < first ? first : until, &err);
    }
    if (status != DYNR_OK) {
        struct dynr_response nothing = {0};
        complete(context, &nothing, &err);
        return;
    }
    struct answer answer = {complete, context, request->want_position ? replica->applied : 0};
    dynr_backend_start(replica->store, request, arena, answer_at, &answer);
}

/* Tables stand in the replicas as in the store. */
static enum dynr_status change_tables(struct lagging_backend *lagging,
                                      const struct dynr_request *request, struct dynr_error *err)
{
    enum dynr_status status = DYNR_OK;
    bool is_creation = request->operation == DYNR_CREATE_TABLE;
    for (uint32_t i = 0; status == DYNR_OK && i < lagging->options.n_replicas; i++) {
        struct dynr_arena arena;
        struct dynr_response response;
        struct replica *replica = &lagging->replicas[i];
        /* What is still to be applied is of the tables as they were. */
        status = collect(replica, err);
        if (status == DYNR_OK) {
            status = apply_until(replica, replica->newest, err);
        }
        dynr_arena_init(&arena, NULL, 0);
        if (status == DYNR_OK) {
            status = dynr_backend_call(replica->store, request, &arena, &response, err);
        }
        dynr_arena_cleanup(&arena);
    }
    if (status == DYNR_OK && is_creation && request->definition->stream &&
        !is_streamed(lagging, request->definition->name)) {
        dynr_buf_append_str(&lagging->streamed, request->definition->name);
        dynr_buf_append_char(&lagging->streamed, '\0');
        status =
            dynr_buf_ok(&lagging->streamed) ? DYNR_OK : dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    return status;
}

static void start(struct dynr_backend *base, const struct dynr_request *request,
                  struct dynr_arena *arena, dynr_complete_fn complete, void *context)
{
    struct lagging_backend *lagging = (struct lagging_backend *)(void *)base;
    bool changes_tables =
        request->operation == DYNR_CREATE_TABLE || request->operation == DYNR_DELETE_TABLE;
    bool is_read = request->operation == DYNR_QUERY || request->operation == DYNR_SCAN;
    struct dynr_response response;
    struct dynr_error err;
    dynr_error_clear(&err);
    (void)pthread_mutex_lock(&lagging->mutex);
    if (changes_tables) {
        enum dynr_status status =
            dynr_backend_call(lagging->store, request, arena, &response, &err);
        if (status == DYNR_OK) {
            (void)change_tables(lagging, request, &err);
        }
        complete(context, &response, &err);
    } else if (is_read && request->index.len > 0 && is_streamed(lagging, request->table)) {
        read_index(lagging, request, arena, complete, context);
    } else {
        (void)pthread_mutex_unlock(&lagging->mutex);
        dynr_backend_start(lagging->store, request, arena, complete, context);
        return;
    }
    (void)pthread_mutex_unlock(&lagging->mutex);
}

/* ---- opening and closing ---- */

static void destroy(struct dynr_backend *base)
{
    struct lagging_backend *lagging = (struct lagging_backend *)(void *)base;
    for (uint32_t i = 0; i < lagging->options.n_replicas; i++) {
        struct replica *replica = &lagging->replicas[i];
        kept_queue_clear(&replica->waiting);
        dynr_stream_destroy(replica->stream);
        dynr_backend_destroy(replica->store);
    }
    dynr_buf_cleanup(&lagging->streamed);
    (void)pthread_mutex_destroy(&lagging->mutex);
    free(lagging);
}

static const struct dynr_backend_methods methods = {
    .size = sizeof(struct dynr_backend_methods),
    .start = start,
    .wait = NULL,
    .destroy = destroy,
};

enum dynr_status lagging_backend_new(struct dynr_backend *store,
                                     const struct lagging_backend_options *options,
                                     struct dynr_backend **out, struct dynr_error *err)
{
    *out = NULL;
    if (options->n_replicas == 0 || options->n_replicas > MOST_REPLICAS) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "there are 1 to %d replicas",
                         MOST_REPLICAS);
    }
    struct lagging_backend *lagging = calloc(1, sizeof *lagging);
    if (lagging == NULL || pthread_mutex_init(&lagging->mutex, NULL) != 0) {
        free(lagging);
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    lagging->base.methods = &methods;
    lagging->store = store;
    lagging->options = *options;
    lagging->random.state = options->seed * 2 + 1;
    dynr_buf_init(&lagging->streamed, NULL, 0);
    enum dynr_status status = DYNR_OK;
    for (uint32_t i = 0; status == DYNR_OK && i < options->n_replicas; i++) {
        status = dynr_local_open(NULL, &lagging->replicas[i].store, err);
        if (status == DYNR_OK) {
            status = dynr_local_stream_open(store, NULL, &lagging->replicas[i].stream, err);
        }
    }
    if (status != DYNR_OK) {
        destroy(&lagging->base);
        return status;
    }
    *out = &lagging->base;
    return DYNR_OK;
}
