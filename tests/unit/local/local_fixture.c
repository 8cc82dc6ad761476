/* SPDX-License-Identifier: Apache-2.0 */
#include "local_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ddb/attribute.h"

static const struct dynr_str local_included[] = {{"t", 1}};

static const struct dynr_index_definition app_indexes[] = {
    {.name = {"by_group", 8},
     .partition_key = {{"g", 1}, 'S'},
     .sort_key = {{"r", 1}, 'N'},
     .projection = DYNR_PROJECT_ALL},
    {.name = {"by_rank", 7},
     .partition_key = {{"r", 1}, 'N'},
     .projection = DYNR_PROJECT_KEYS_ONLY},
    {.name = {"local", 5},
     .partition_key = {{"pk", 2}, 'S'},
     .sort_key = {{"l", 1}, 'N'},
     .is_local = true,
     .projection = DYNR_PROJECT_INCLUDE,
     .included = local_included,
     .n_included = 1},
};

static const struct dynr_table_definition app_table = {
    .name = {"app", 3},
    .partition_key = {{"pk", 2}, 'S'},
    .sort_key = {{"sk", 2}, 'S'},
    .indexes = app_indexes,
    .n_indexes = 3,
    .stream = true,
};

void fixture_path(char *out, size_t size, const char *name)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    const char *folder = getenv("TMPDIR");
    (void)snprintf(out, size, "%s/dynr-%s-%ld", folder == NULL ? "/tmp" : folder, name,
                   (long)getpid());
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        char path[512];
        (void)snprintf(path, sizeof path, "%s%s", out, suffixes[i]);
        (void)unlink(path);
    }
}

void fixture_open(struct fixture *fixture, const char *path, enum dynr_durability durability)
{
    struct dynr_local_options options = DYNR_LOCAL_OPTIONS_INIT;
    memset(fixture, 0, sizeof *fixture);
    dynr_arena_init(&fixture->arena, NULL, 0);
    dynr_test_clock_init(&fixture->clock, 1700000000000, 1);
    options.path = path;
    options.durability = durability;
    options.clock = &fixture->clock.clock;
    if (dynr_local_open(&options, &fixture->backend, &fixture->err) != DYNR_OK) {
        (void)fprintf(stderr, "cannot open the store: %s\n", fixture->err.message);
        exit(99);
    }
    struct dynr_request request = request_for(DYNR_CREATE_TABLE);
    request.definition = &app_table;
    enum dynr_status status = fixture_call(fixture, &request);
    if (status != DYNR_OK && status != DYNR_ERR_TABLE_EXISTS) {
        (void)fprintf(stderr, "cannot create the table: %s\n", fixture->err.message);
        exit(99);
    }
    dynr_error_clear(&fixture->err);
}

void fixture_close(struct fixture *fixture)
{
    dynr_backend_destroy(fixture->backend);
    dynr_arena_cleanup(&fixture->arena);
}

enum dynr_status fixture_call(struct fixture *fixture, const struct dynr_request *request)
{
    return dynr_backend_call(fixture->backend, request, &fixture->arena, &fixture->response,
                             &fixture->err);
}

bool fixture_fails(struct fixture *fixture, const struct dynr_request *request,
                   enum dynr_status status, const char *message)
{
    dynr_error_clear(&fixture->err);
    bool as_expected =
        dynr_assert_status(fixture_call(fixture, request), status, message, __FILE__, __LINE__);
    return dynr_assert_str(dynr_str_from_c(fixture->err.message), message, "message", __FILE__,
                           __LINE__) &&
           as_expected;
}

struct dynr_request request_for(enum dynr_operation operation)
{
    struct dynr_request request = DYNR_REQUEST_INIT;
    request.operation = operation;
    request.table = TEXT("app");
    return request;
}

struct dynr_request put_request(const char *item)
{
    struct dynr_request request = request_for(DYNR_PUT_ITEM);
    request.item = dynr_str_from_c(item);
    return request;
}

struct dynr_request get_request(const char *key)
{
    struct dynr_request request = request_for(DYNR_GET_ITEM);
    request.key = dynr_str_from_c(key);
    return request;
}

struct dynr_request delete_request(const char *key)
{
    struct dynr_request request = request_for(DYNR_DELETE_ITEM);
    request.key = dynr_str_from_c(key);
    return request;
}

struct dynr_request update_request(const char *key, const char *update, const char *values)
{
    struct dynr_request request = request_for(DYNR_UPDATE_ITEM);
    request.key = dynr_str_from_c(key);
    request.update = dynr_str_from_c(update);
    request.values = dynr_str_from_c(values);
    return request;
}

struct dynr_request query_request(const char *key_condition, const char *values)
{
    struct dynr_request request = request_for(DYNR_QUERY);
    request.key_condition = dynr_str_from_c(key_condition);
    request.values = dynr_str_from_c(values);
    return request;
}

struct dynr_request scan_request(void)
{
    return request_for(DYNR_SCAN);
}

void fixture_put(struct fixture *fixture, const char *item)
{
    struct dynr_request request = put_request(item);
    DYNR_ASSERT_STATUS(fixture_call(fixture, &request), DYNR_OK);
}

struct dynr_str fixture_get(struct fixture *fixture, const char *key)
{
    struct dynr_request request = get_request(key);
    DYNR_ASSERT_STATUS(fixture_call(fixture, &request), DYNR_OK);
    return fixture->response.item;
}

struct dynr_str *fixture_pages(struct fixture *fixture, struct dynr_request request, uint32_t limit,
                               size_t *out_count)
{
    enum {
        MOST_ITEMS = 100000
    };
    static struct dynr_str items[MOST_ITEMS];
    size_t n_items = 0;
    request.limit = limit;
    do {
        enum dynr_status status = fixture_call(fixture, &request);
        if (!DYNR_ASSERT_STATUS(status, DYNR_OK) ||
            n_items + fixture->response.n_items > MOST_ITEMS) {
            (void)fprintf(stderr, "%s\n", fixture->err.message);
            break;
        }
        DYNR_ASSERT_INT(fixture->response.count, fixture->response.n_items);
        DYNR_ASSERT(fixture->response.scanned_count >= fixture->response.count);
        DYNR_ASSERT(limit == 0 || fixture->response.scanned_count <= limit);
        DYNR_ASSERT(limit == 0 || fixture->response.last_key.len == 0 ||
                    fixture->response.scanned_count == limit);
        for (size_t i = 0; i < fixture->response.n_items; i++) {
            items[n_items++] = fixture->response.items[i];
        }
        request.start_key = fixture->response.last_key;
    } while (request.start_key.len > 0);
    *out_count = n_items;
    struct dynr_str *copy = dynr_arena_calloc(&fixture->arena, n_items, sizeof *copy);
    memcpy(copy, items, n_items * sizeof *copy);
    return copy;
}

bool same_item(struct dynr_str a, struct dynr_str b)
{
    struct dynr_arena arena = {0};
    struct dynr_attribute left;
    struct dynr_attribute right;
    bool same = dynr_item_parse(a, &arena, &left, NULL) == DYNR_OK &&
                dynr_item_parse(b, &arena, &right, NULL) == DYNR_OK &&
                dynr_attribute_equal(&left, &right);
    dynr_arena_cleanup(&arena);
    return same;
}

struct dynr_stream *fixture_open_stream(struct fixture *f, uint64_t position)
{
    struct dynr_local_stream_options options = DYNR_LOCAL_STREAM_OPTIONS_INIT;
    struct dynr_stream *stream = NULL;
    options.position = position;
    options.tail_interval_ms = 5;
    DYNR_ASSERT_STATUS(dynr_local_stream_open(f->backend, &options, &stream, &f->err), DYNR_OK);
    return stream;
}

struct fixture_records fixture_read_stream(struct fixture *f, struct dynr_stream *stream,
                                           uint32_t max)
{
    struct fixture_records records = {NULL, 0};
    DYNR_ASSERT_STATUS(
        dynr_stream_read(stream, max, &f->arena, &records.items, &records.n_items, &f->err),
        DYNR_OK);
    return records;
}

struct dynr_request fixture_transaction_of(struct fixture *f, const char *prefix,
                                           size_t n_operations)
{
    struct dynr_request *operations =
        dynr_arena_calloc(&f->arena, n_operations, sizeof *operations);
    struct dynr_request request = request_for(DYNR_TRANSACT_WRITE_ITEMS);
    for (size_t i = 0; i < n_operations; i++) {
        operations[i] = request_for(DYNR_PUT_ITEM);
        operations[i].item = dynr_arena_printf(
            &f->arena, "{\"pk\":{\"S\":\"%s\"},\"sk\":{\"S\":\"%zu\"}}", prefix, i);
    }
    request.operations = operations;
    request.n_operations = n_operations;
    return request;
}
