/* SPDX-License-Identifier: Apache-2.0 */
/* The embedded engine as a backend: opening, dispatch, closing. */
#include "local/file.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena_allocator.h"
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

void dynr_local_text_init(struct local_text *text, struct dynr_arena *arena, size_t expected)
{
    text->allocator = dynr_arena_allocator(arena);
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

static const struct local_operation operations[] = {
    [DYNR_GET_ITEM] = {.read = dynr_local_get_item},
    [DYNR_PUT_ITEM] = {.plan = dynr_local_plan_write},
    [DYNR_UPDATE_ITEM] = {.plan = dynr_local_plan_write},
    [DYNR_DELETE_ITEM] = {.plan = dynr_local_plan_write},
    [DYNR_QUERY] = {.read = dynr_local_query},
    [DYNR_SCAN] = {.read = dynr_local_query},
    [DYNR_BATCH_GET_ITEM] = {.read = dynr_local_batch_get},
    [DYNR_BATCH_WRITE_ITEM] = {.plan = dynr_local_plan_batch_write},
    [DYNR_TRANSACT_GET_ITEMS] = {.read = dynr_local_transact_get},
    [DYNR_TRANSACT_WRITE_ITEMS] = {.plan = dynr_local_plan_transaction},
    [DYNR_CREATE_TABLE] = {.plan = dynr_local_plan_create_table},
    [DYNR_UPDATE_TABLE] = {.plan = dynr_local_plan_update_table},
    [DYNR_DELETE_TABLE] = {.plan = dynr_local_plan_delete_table},
    [DYNR_DESCRIBE_TABLE] = {.read = dynr_local_describe_table},
    [DYNR_LIST_TABLES] = {.read = dynr_local_list_tables},
};

enum dynr_status dynr_local_operation_find(const struct dynr_request *request,
                                           const struct local_operation **out,
                                           struct dynr_error *err)
{
    size_t operation = (size_t)request->operation;
    *out = NULL;
    if (request->size < sizeof *request) {
        return dynr_fail(err, DYNR_ERR_ABI, "the request is of an older libdynr");
    }
    if (operation >= sizeof operations / sizeof operations[0] ||
        (operations[operation].read == NULL && operations[operation].plan == NULL)) {
        return dynr_fail(err, DYNR_ERR_UNSUPPORTED, "the embedded engine has no operation %zu",
                         operation);
    }
    *out = &operations[operation];
    return DYNR_OK;
}

void dynr_local_call_begin(struct local_call *call, struct local_engine *engine,
                           struct dynr_arena *arena, const struct dynr_request *request)
{
    *call = (struct local_call){
        .engine = engine,
        .arena = arena,
        .wants_position = request->want_position,
        .wants_capacity = request->want_capacity,
        .wants_collections = request->want_collections,
        .is_transaction = request->operation == DYNR_TRANSACT_GET_ITEMS ||
                          request->operation == DYNR_TRANSACT_WRITE_ITEMS,
    };
}

void dynr_local_call_end(struct local_call *call)
{
    dynr_local_expressions_release(call);
    dynr_local_tables_release(call);
}

enum dynr_status dynr_local_call_answer(struct local_call *call, enum dynr_status status,
                                        struct dynr_response *response, struct dynr_error *err)
{
    if (status != DYNR_OK && status != DYNR_ERR_CONDITION_FAILED &&
        status != DYNR_ERR_TRANSACTION_CANCELED) {
        memset(response, 0, sizeof *response);
        return status;
    }
    response->position = call->position;
    if (status == DYNR_ERR_TRANSACTION_CANCELED ||
        (!call->wants_capacity && !call->wants_collections)) {
        return status;
    }
    enum dynr_status answered = dynr_local_meter_answer(call, response, err);
    return answered == DYNR_OK ? status : answered;
}

static enum dynr_status try_once(struct local_call *call, const struct local_operation *operation,
                                 const struct dynr_request *request, struct dynr_response *response,
                                 struct dynr_error *err)
{
    struct local_plan plan;
    if (operation->read != NULL) {
        return operation->read(call, request, response, err);
    }
    enum dynr_status status = operation->plan(call, request, &plan, err);
    if (status == DYNR_OK) {
        status = dynr_local_commit(call, plan.run, plan.work, err);
        status = plan.finish(call, plan.work, status, response, err);
    }
    return status;
}

static enum dynr_status execute(struct local_engine *engine, const struct dynr_request *request,
                                struct dynr_arena *arena, struct dynr_response *response,
                                struct dynr_error *err)
{
    const struct local_operation *operation = NULL;
    enum dynr_status status = dynr_local_operation_find(request, &operation, err);
    if (operation == NULL) {
        memset(response, 0, sizeof *response);
        return status;
    }
    /* Another try only where a description of a table turned out to be stale. */
    for (unsigned attempt = 0; attempt < LOCAL_MOST_ATTEMPTS; attempt++) {
        struct local_call call;
        unsigned n_retired = atomic_load(&engine->catalog.n_retired);
        dynr_local_call_begin(&call, engine, arena, request);
        memset(response, 0, sizeof *response);
        status = try_once(&call, operation, request, response, err);
        status = dynr_local_call_answer(&call, status, response, err);
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
        /* Of a try before. */
        dynr_error_clear(&err);
    }
    complete(context, &response, &err);
}

/* ---- opening and closing ---- */

static void destroy(struct dynr_backend *backend)
{
    struct local_engine *engine = (struct local_engine *)(void *)backend;
    dynr_local_maintenance_stop(&engine->maintenance);
    dynr_local_writer_stop(&engine->writer);
    while (engine->free_readers != NULL) {
        struct local_connection *connection = engine->free_readers;
        engine->free_readers = connection->next;
        dynr_local_connection_close(connection);
    }
    dynr_local_connection_close(engine->writer.connection);
    dynr_local_lock_give(engine, engine->is_exclusive, engine->lock_fd);
    dynr_local_expression_cache_destroy(engine->expressions);
    dynr_local_catalog_cleanup(&engine->catalog);
    (void)sem_destroy(&engine->writer.thread_wake);
    (void)pthread_mutex_destroy(&engine->writer.queue_mutex);
    (void)pthread_mutex_destroy(&engine->writer.connection_mutex);
    dynr_local_streams_cleanup(&engine->streams);
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
    .is_local = true,
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
    engine->is_read_only = options->read_only;
    if (options->read_only && (options->exclusive || engine->is_in_memory)) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT,
                         "a store that is only read is a file, and not one of its own");
    }
    engine->is_exclusive = options->exclusive && !engine->is_in_memory;
    engine->maintenance.interval_ms = options->maintenance_interval_ms;
    engine->maintenance.failed = options->maintenance_failed;
    engine->maintenance.context = options->maintenance_context;
    engine->clock = options->clock != NULL ? options->clock : dynr_clock_system();
    if (!copy_text(options->path, &engine->path) || !copy_text(options->vfs, &engine->vfs)) {
        return dynr_local_out_of_memory(err);
    }
    return DYNR_OK;
}

static bool init_locks(struct local_engine *engine)
{
    engine->writer.last = &engine->writer.first;
    return sem_init(&engine->writer.thread_wake, 0, 0) == 0 &&
           pthread_mutex_init(&engine->writer.queue_mutex, NULL) == 0 &&
           pthread_mutex_init(&engine->writer.connection_mutex, NULL) == 0 &&
           dynr_local_streams_init(&engine->streams) &&
           pthread_mutex_init(&engine->readers_mutex, NULL) == 0 &&
           pthread_cond_init(&engine->reader_free, NULL) == 0;
}

static enum dynr_status open_store(struct local_engine *engine, struct dynr_error *err)
{
    if (engine->is_in_memory) {
        return dynr_local_connection_open(engine, true, &engine->writer.connection, err);
    }
    enum dynr_status status = dynr_local_file_check(engine, err);
    if (engine->is_read_only) {
        /* Whoever holds the lock may go on: SQLite's own keep readers and writers apart. */
        return status == DYNR_OK
                   ? dynr_local_connection_open(engine, true, &engine->writer.connection, err)
                   : status;
    }
    if (status == DYNR_OK) {
        status = dynr_local_lock_take(engine, engine->is_exclusive, &engine->lock_fd, err);
    }
    if (status == DYNR_OK) {
        status = dynr_local_connection_open(engine, true, &engine->writer.connection, err);
    }
    if (status == DYNR_OK && engine->lock_fd < 0) {
        /* Who has it alone may have come between the look and the connection, and seen neither. */
        status = dynr_local_lock_take(engine, false, &engine->lock_fd, err);
    }
    return status;
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
    engine->lock_fd = -1;
    enum dynr_status status = dynr_local_catalog_init(&engine->catalog, err);
    if (status == DYNR_OK) {
        status = dynr_local_expression_cache_new(&engine->expressions, err);
    }
    if (status == DYNR_OK) {
        status = read_options(engine, options, err);
    }
    if (status == DYNR_OK) {
        status = open_store(engine, err);
    }
    if (status == DYNR_OK) {
        status = dynr_local_maintenance_start(engine, err);
    }
    if (status != DYNR_OK) {
        destroy(&engine->base);
        return status;
    }
    *out = &engine->base;
    return DYNR_OK;
}
