/* SPDX-License-Identifier: Apache-2.0 */
/* The embedded engine as a backend: opening, dispatch, closing. */
#include "local/engine.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "local/open.h"

#define DEFAULT_BUSY_TIMEOUT_MS 5000
/* As long as DynamoDB Streams keeps records. */
#define DEFAULT_RETENTION_S (24u * 60 * 60)

/* ---- small things that every file uses ---- */

enum dynr_status dynr_local_out_of_memory(struct dynr_error *err)
{
    return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
}

enum dynr_status dynr_local_invalid(struct dynr_error *err, const char *format, ...)
{
    char message[DYNR_ERROR_MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "%s", message);
}

static void *resize_in_arena(void *context, void *block, size_t old_size, size_t new_size)
{
    if (new_size == 0) {
        return NULL;
    }
    void *moved = dynr_arena_alloc(context, new_size);
    if (moved != NULL && block != NULL) {
        memcpy(moved, block, old_size < new_size ? old_size : new_size);
    }
    return moved;
}

void dynr_local_text_init(struct local_text *text, struct dynr_arena *arena, size_t expected)
{
    text->allocator.resize = resize_in_arena;
    text->allocator.context = arena;
    dynr_buf_init(&text->buf, &text->allocator, 0);
    (void)dynr_buf_reserve(&text->buf, expected);
}

enum dynr_status dynr_local_item_text(const struct dynr_attribute *item, struct dynr_arena *arena,
                                      size_t expected, struct dynr_str *out, struct dynr_error *err)
{
    struct local_text text;
    dynr_local_text_init(&text, arena, expected);
    dynr_item_write(item, &text.buf);
    *out = dynr_buf_str(&text.buf);
    return dynr_buf_ok(&text.buf) ? DYNR_OK : dynr_local_out_of_memory(err);
}

enum dynr_status dynr_local_bindings(struct local_call *call, const struct dynr_request *request,
                                     bool has_expressions, const char *absent,
                                     struct dynr_bindings *out, struct dynr_error *err)
{
    if (!has_expressions && request->names.len > 0) {
        return dynr_local_invalid(
            err, "ExpressionAttributeNames can only be specified when using expressions");
    }
    if (!has_expressions && request->values.len > 0) {
        return dynr_local_invalid(
            err, "ExpressionAttributeValues can only be specified when using expressions: %s",
            absent);
    }
    memset(out, 0, sizeof *out);
    return has_expressions
               ? dynr_bindings_parse(request->names, request->values, call->arena, out, err)
               : DYNR_OK;
}

/* ---- dispatch ---- */

typedef enum dynr_status (*operation_fn)(struct local_call *call,
                                         const struct dynr_request *request,
                                         struct dynr_response *response, struct dynr_error *err);

static const operation_fn operations[] = {
    [DYNR_GET_ITEM] = dynr_local_get_item,
    [DYNR_PUT_ITEM] = dynr_local_write_item,
    [DYNR_UPDATE_ITEM] = dynr_local_write_item,
    [DYNR_DELETE_ITEM] = dynr_local_write_item,
    [DYNR_QUERY] = dynr_local_query,
    [DYNR_SCAN] = dynr_local_query,
    [DYNR_BATCH_GET_ITEM] = dynr_local_batch_get,
    [DYNR_BATCH_WRITE_ITEM] = dynr_local_batch_write,
    [DYNR_TRANSACT_GET_ITEMS] = dynr_local_transact_get,
    [DYNR_TRANSACT_WRITE_ITEMS] = dynr_local_transact_write,
    [DYNR_CREATE_TABLE] = dynr_local_create_table,
    [DYNR_DELETE_TABLE] = dynr_local_delete_table,
    [DYNR_DESCRIBE_TABLE] = dynr_local_describe_table,
    [DYNR_LIST_TABLES] = dynr_local_list_tables,
};

static enum dynr_status execute(struct local_engine *engine, const struct dynr_request *request,
                                struct dynr_arena *arena, struct dynr_response *response,
                                struct dynr_error *err)
{
    size_t operation = (size_t)request->operation;
    if (request->size < sizeof *request) {
        return dynr_fail(err, DYNR_ERR_ABI, "the request is of an older libdynr");
    }
    if (operation >= sizeof operations / sizeof operations[0] || operations[operation] == NULL) {
        return dynr_fail(err, DYNR_ERR_UNSUPPORTED, "the embedded engine has no operation %zu",
                         operation);
    }
    enum dynr_status status = DYNR_OK;
    /* A second try only where a description of a table turned out to be stale. */
    for (int attempt = 0; attempt < 2; attempt++) {
        struct local_call call = {
            .engine = engine, .arena = arena, .wants_position = request->want_position};
        unsigned n_retired = atomic_load(&engine->catalog.n_retired);
        memset(response, 0, sizeof *response);
        status = operations[operation](&call, request, response, err);
        response->position = call.position;
        dynr_local_call_end(&call);
        if (status != DYNR_ERR_NO_TABLE || atomic_load(&engine->catalog.n_retired) == n_retired) {
            break;
        }
    }
    return status;
}

static void start(struct dynr_backend *backend, const struct dynr_request *request,
                  struct dynr_arena *arena, dynr_complete_fn complete, void *context)
{
    /* `base` is the first member. */
    struct local_engine *engine = (struct local_engine *)(void *)backend;
    struct dynr_response response;
    struct dynr_error err;
    err.message[0] = '\0';
    dynr_error_clear(&err);
    enum dynr_status status = execute(engine, request, arena, &response, &err);
    if (status == DYNR_OK) {
        err.status = DYNR_OK;
    } else if (status != DYNR_ERR_CONDITION_FAILED && status != DYNR_ERR_TRANSACTION_CANCELED) {
        memset(&response, 0, sizeof response);
    }
    complete(context, &response, &err);
}

/* ---- opening and closing ---- */

static void destroy(struct dynr_backend *backend)
{
    struct local_engine *engine = (struct local_engine *)(void *)backend;
    while (engine->free_readers != NULL) {
        struct local_connection *connection = engine->free_readers;
        engine->free_readers = connection->next;
        dynr_local_connection_close(connection);
    }
    dynr_local_connection_close(engine->writer.connection);
    dynr_local_expression_cache_destroy(engine->expressions);
    dynr_local_catalog_cleanup(&engine->catalog);
    (void)pthread_mutex_destroy(&engine->writer.queue_mutex);
    (void)pthread_mutex_destroy(&engine->writer.connection_mutex);
    (void)pthread_mutex_destroy(&engine->streams.mutex);
    (void)pthread_mutex_destroy(&engine->readers_mutex);
    (void)pthread_cond_destroy(&engine->reader_free);
    free(engine->path);
    free(engine->vfs);
    free(engine);
}

static const struct dynr_backend_methods methods = {
    .size = sizeof(struct dynr_backend_methods),
    .start = start,
    .wait = NULL,
    .destroy = destroy,
};

struct local_engine *dynr_local_engine(struct dynr_backend *backend, struct dynr_error *err)
{
    if (backend->methods != &methods) {
        (void)dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "the backend is no embedded store");
        return NULL;
    }
    return (struct local_engine *)(void *)backend;
}

/* A copy that free() takes; NULL for NULL. */
static bool copy_text(const char *text, char **out)
{
    *out = NULL;
    if (text == NULL) {
        return true;
    }
    size_t size = strlen(text) + 1;
    *out = malloc(size);
    if (*out != NULL) {
        memcpy(*out, text, size);
    }
    return *out != NULL;
}

static enum dynr_status read_options(struct local_engine *engine,
                                     const struct dynr_local_options *given, struct dynr_error *err)
{
    struct dynr_local_options known = DYNR_LOCAL_OPTIONS_INIT;
    const struct dynr_local_options *options = &known;
    if (given != NULL && given->size < offsetof(struct dynr_local_options, stream_retention_s)) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "the options have no valid size");
    }
    if (given != NULL) {
        /* An older caller's are shorter; what they lack is 0. */
        memcpy(&known, given, given->size < sizeof known ? given->size : sizeof known);
    }
    if ((int)options->durability < DYNR_DURABILITY_FULL ||
        options->durability > DYNR_DURABILITY_NONE) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT,
                         "durability %d is none of full, normal and none",
                         (int)options->durability);
    }
    engine->is_in_memory = options->path == NULL || strcmp(options->path, ":memory:") == 0;
    engine->durability = options->durability;
    engine->busy_timeout_ms = options->busy_timeout_ms == 0 ? DEFAULT_BUSY_TIMEOUT_MS
                              : options->busy_timeout_ms > INT32_MAX
                                  ? INT32_MAX
                                  : (int)options->busy_timeout_ms;
    engine->stream_retention_ms =
        INT64_C(1000) *
        (options->stream_retention_s == 0 ? DEFAULT_RETENTION_S : options->stream_retention_s);
    engine->clock = options->clock != NULL ? options->clock : dynr_clock_system();
    if (!copy_text(options->path, &engine->path) || !copy_text(options->vfs, &engine->vfs)) {
        return dynr_local_out_of_memory(err);
    }
    return DYNR_OK;
}

static bool init_locks(struct local_engine *engine)
{
    engine->writer.last = &engine->writer.first;
    return pthread_mutex_init(&engine->writer.queue_mutex, NULL) == 0 &&
           pthread_mutex_init(&engine->writer.connection_mutex, NULL) == 0 &&
           pthread_mutex_init(&engine->streams.mutex, NULL) == 0 &&
           pthread_mutex_init(&engine->readers_mutex, NULL) == 0 &&
           pthread_cond_init(&engine->reader_free, NULL) == 0;
}

enum dynr_status dynr_local_open(const struct dynr_local_options *options,
                                 struct dynr_backend **out, struct dynr_error *err)
{
    *out = NULL;
    struct local_engine *engine = calloc(1, sizeof *engine);
    if (engine == NULL || !init_locks(engine)) {
        free(engine);
        return dynr_local_out_of_memory(err);
    }
    engine->base.methods = &methods;
    enum dynr_status status = dynr_local_catalog_init(&engine->catalog, err);
    if (status == DYNR_OK) {
        status = dynr_local_expression_cache_new(&engine->expressions, err);
    }
    if (status == DYNR_OK) {
        status = read_options(engine, options, err);
    }
    if (status == DYNR_OK && !engine->is_in_memory) {
        status = dynr_local_file_check(engine, err);
    }
    if (status == DYNR_OK) {
        status = dynr_local_connection_open(engine, true, &engine->writer.connection, err);
    }
    if (status != DYNR_OK) {
        destroy(&engine->base);
        return status;
    }
    *out = &engine->base;
    return DYNR_OK;
}
