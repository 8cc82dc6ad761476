/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that runs out at every place: SQLite's, by a methods table of our own, and that of requests, by their arenas. Each operation is an
 * answer then, changes nothing, and works when there is memory again.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "dynr/stream.h"
#include "local_fixture.h"

/* ---- SQLite's memory ---- */

static sqlite3_mem_methods system_methods;
/* The request that fails, and all after it; 0: none. */
static long fail_at;
static long n_requests;

static bool is_over(void)
{
    return fail_at != 0 && ++n_requests >= fail_at;
}

static void *scarce_malloc(int size)
{
    return is_over() ? NULL : system_methods.xMalloc(size);
}

static void *scarce_realloc(void *block, int size)
{
    return is_over() ? NULL : system_methods.xRealloc(block, size);
}

/* Before SQLite is used. */
static bool make_memory_scarce(void)
{
    if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &system_methods) != SQLITE_OK) {
        return false;
    }
    sqlite3_mem_methods scarce = system_methods;
    scarce.xMalloc = scarce_malloc;
    scarce.xRealloc = scarce_realloc;
    /* Without lookaside: small blocks would come from a pool of the connection. */
    return sqlite3_config(SQLITE_CONFIG_MALLOC, &scarce) == SQLITE_OK &&
           sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0) == SQLITE_OK;
}

/* ---- operations ---- */

static const struct dynr_index_definition by_title = {.name = {"by_title", 8},
                                                      .partition_key = {{"t", 1}, 'S'},
                                                      .projection = DYNR_PROJECT_KEYS_ONLY};
static const struct dynr_tag one_tag = {{"k", 1}, {"v", 1}};
static const struct dynr_table_definition other_table = {.name = {"other", 5},
                                                         .partition_key = {{"pk", 2}, 'S'},
                                                         .sort_key = {{"sk", 2}, 'S'},
                                                         .indexes = &by_title,
                                                         .n_indexes = 1,
                                                         .stream = true,
                                                         .ttl_attribute = {"e", 1},
                                                         .tags = &one_tag,
                                                         .n_tags = 1};

struct scarcity {
    struct fixture f;
    /* Of the operation. */
    struct dynr_arena arena;
    char path[512];
    char export_path[560];
};

#define KEY_1 "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"}}"
#define ITEM_1                                                                                     \
    "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"},\"g\":{\"S\":\"x\"},\"r\":{\"N\":\"1\"},"          \
    "\"l\":{\"N\":\"2\"},\"t\":{\"S\":\"t\"},\"e\":{\"N\":\"1699999000\"}}"

static enum dynr_status call(struct scarcity *s, const struct dynr_request *request)
{
    dynr_error_clear(&s->f.err);
    return dynr_backend_call(s->f.backend, request, &s->arena, &s->f.response, &s->f.err);
}

static enum dynr_status put(struct scarcity *s)
{
    struct dynr_request request = put_request(ITEM_1);
    request.want_capacity = request.want_collections = true;
    request.return_values = DYNR_RETURN_ALL_OLD;
    return call(s, &request);
}

static enum dynr_status update(struct scarcity *s)
{
    struct dynr_request request =
        update_request(KEY_1, "SET r = r + :one, u = :one REMOVE l", "{\":one\":{\"N\":\"1\"}}");
    request.want_capacity = true;
    request.return_values = DYNR_RETURN_UPDATED_NEW;
    return call(s, &request);
}

static enum dynr_status write_batch(struct scarcity *s)
{
    struct dynr_request writes[2] = {put_request("{\"pk\":{\"S\":\"b\"},\"sk\":{\"S\":\"1\"}}"),
                                     delete_request(KEY_1)};
    struct dynr_request request = request_for(DYNR_BATCH_WRITE_ITEM);
    request.operations = writes;
    request.n_operations = 2;
    request.want_collections = true;
    return call(s, &request);
}

static enum dynr_status transact(struct scarcity *s)
{
    struct dynr_request writes[2] = {put_request(ITEM_1),
                                     delete_request("{\"pk\":{\"S\":\"b\"},\"sk\":{\"S\":\"1\"}}")};
    struct dynr_request request = request_for(DYNR_TRANSACT_WRITE_ITEMS);
    request.operations = writes;
    request.n_operations = 2;
    request.client_token = TEXT("token");
    request.want_capacity = true;
    return call(s, &request);
}

static enum dynr_status read_items(struct scarcity *s, enum dynr_operation operation)
{
    struct dynr_request reads[2] = {get_request(KEY_1),
                                    get_request("{\"pk\":{\"S\":\"b\"},\"sk\":{\"S\":\"1\"}}")};
    struct dynr_request request = request_for(operation);
    reads[0].projection = TEXT("pk, t");
    request.operations = reads;
    request.n_operations = 2;
    request.want_capacity = true;
    return call(s, &request);
}

static enum dynr_status get_batch(struct scarcity *s)
{
    return read_items(s, DYNR_BATCH_GET_ITEM);
}

static enum dynr_status transact_get(struct scarcity *s)
{
    return read_items(s, DYNR_TRANSACT_GET_ITEMS);
}

static enum dynr_status query(struct scarcity *s)
{
    struct dynr_request request =
        query_request("pk = :p AND l > :n", "{\":p\":{\"S\":\"a\"},\":n\":{\"N\":\"0\"}}");
    request.index = TEXT("local");
    request.projection = TEXT("pk, e");
    request.want_capacity = true;
    request.limit = 1;
    return call(s, &request);
}

static enum dynr_status scan(struct scarcity *s)
{
    struct dynr_request request = scan_request();
    request.filter = TEXT("attribute_exists(t)");
    request.total_segments = 1;
    return call(s, &request);
}

static enum dynr_status create_table(struct scarcity *s)
{
    struct dynr_request request = request_for(DYNR_CREATE_TABLE);
    request.definition = &other_table;
    return call(s, &request);
}

static enum dynr_status update_table(struct scarcity *s)
{
    static const struct dynr_str old = {"by_rank", 7};
    struct dynr_table_update change = DYNR_TABLE_UPDATE_INIT;
    struct dynr_request request = request_for(DYNR_UPDATE_TABLE);
    change.new_indexes = &by_title;
    change.n_new_indexes = 1;
    change.old_indexes = &old;
    change.n_old_indexes = 1;
    change.has_ttl = true;
    change.ttl_attribute = TEXT("e");
    change.new_tags = &one_tag;
    change.n_new_tags = 1;
    change.has_settings = true;
    change.settings = TEXT("{}");
    request.table_update = &change;
    return call(s, &request);
}

static enum dynr_status describe_table(struct scarcity *s)
{
    struct dynr_request request = request_for(DYNR_DESCRIBE_TABLE);
    return call(s, &request);
}

static enum dynr_status list_tables(struct scarcity *s)
{
    struct dynr_request request = request_for(DYNR_LIST_TABLES);
    return call(s, &request);
}

static enum dynr_status delete_table(struct scarcity *s)
{
    struct dynr_request request = request_for(DYNR_DELETE_TABLE);
    request.table = other_table.name;
    return call(s, &request);
}

static enum dynr_status maintain(struct scarcity *s)
{
    bool has_more;
    return dynr_local_maintain(s->f.backend, &has_more, &s->f.err);
}

static enum dynr_status read_pages(struct scarcity *s)
{
    const struct dynr_local_stream_info *streams;
    size_t n_streams;
    uint64_t position;
    struct dynr_local_stream_page page;
    enum dynr_status status =
        dynr_local_streams(s->f.backend, TEXT("app"), &s->arena, &streams, &n_streams, &s->f.err);
    if (status == DYNR_OK) {
        status = dynr_local_stream_begin(s->f.backend, streams[0].id,
                                         DYNR_LOCAL_STREAM_TRIM_HORIZON, 0, &position, &s->f.err);
    }
    return status == DYNR_OK ? dynr_local_stream_page(s->f.backend, streams[0].id, position, 10,
                                                      &s->arena, &page, &s->f.err)
                             : status;
}

static enum dynr_status follow(struct scarcity *s)
{
    struct dynr_stream *stream;
    const struct dynr_record *records;
    size_t n_records;
    enum dynr_status status = dynr_local_stream_open(s->f.backend, NULL, &stream, &s->f.err);
    if (status == DYNR_OK) {
        status = dynr_stream_read(stream, 10, &s->arena, &records, &n_records, &s->f.err);
        dynr_stream_destroy(stream);
    }
    return status;
}

static enum dynr_status export_table(struct scarcity *s)
{
    return dynr_local_export(s->f.backend, TEXT("app"), s->export_path, NULL, &s->f.err);
}

static enum dynr_status import_table(struct scarcity *s)
{
    return dynr_local_import(s->f.backend, &other_table, s->export_path, NULL, NULL, &s->f.err);
}

static enum dynr_status verify(struct scarcity *s)
{
    return dynr_local_verify(s->f.backend, &s->f.err);
}

static enum dynr_status open_again(struct scarcity *s)
{
    struct dynr_local_options options = DYNR_LOCAL_OPTIONS_INIT;
    struct dynr_backend *backend;
    options.path = s->path[0] == '\0' ? NULL : s->path;
    enum dynr_status status = dynr_local_open(&options, &backend, &s->f.err);
    dynr_backend_destroy(backend);
    return status;
}

struct operation {
    const char *name;
    enum dynr_status (*run)(struct scarcity *s);
};

/* In an order in which each finds what it needs, and changes something. */
static const struct operation operations[] = {
    {"put", put},
    {"update", update},
    {"batch write", write_batch},
    {"transaction", transact},
    {"batch get", get_batch},
    {"transaction of reads", transact_get},
    {"query", query},
    {"scan", scan},
    {"create table", create_table},
    {"describe table", describe_table},
    {"list tables", list_tables},
    {"delete table", delete_table},
    {"update table", update_table},
    {"pages", read_pages},
    {"follow", follow},
    {"export", export_table},
    {"import", import_table},
    {"maintain", maintain},
    {"verify", verify},
    {"open", open_again},
};

static bool is_answer(const struct operation *operation, enum dynr_status status, long n)
{
    if (status == DYNR_OK || status == DYNR_ERR_NO_MEMORY) {
        return true;
    }
    (void)fprintf(stderr, "%s, request %ld: ", operation->name, n);
    return DYNR_ASSERT_STATUS(status, DYNR_ERR_NO_MEMORY);
}

static void walk(struct scarcity *s, const struct operation *operation)
{
    enum dynr_status status = DYNR_ERR_NO_MEMORY;
    long n;
    for (n = 1; status != DYNR_OK && n < 100000; n += 1 + n / 64) {
        dynr_arena_init(&s->arena, NULL, 0);
        n_requests = 0;
        fail_at = n;
        status = operation->run(s);
        fail_at = 0;
        dynr_arena_cleanup(&s->arena);
        if (!is_answer(operation, status, n)) {
            (void)fprintf(stderr, "%s\n", s->f.err.message);
            return;
        }
        /* Now and then, since it reads everything. */
        if (n % 32 == 0 &&
            !DYNR_ASSERT_STATUS(dynr_local_verify(s->f.backend, &s->f.err), DYNR_OK)) {
            (void)fprintf(stderr, "%s, request %ld: %s\n", operation->name, n, s->f.err.message);
            return;
        }
    }
    /* The walk must have met something. */
    DYNR_ASSERT(n > 2);
    if (!DYNR_ASSERT_STATUS(dynr_local_verify(s->f.backend, &s->f.err), DYNR_OK)) {
        (void)fprintf(stderr, "%s: %s\n", operation->name, s->f.err.message);
    }
}

static void walk_all(const char *name)
{
    static struct scarcity s;
    memset(&s, 0, sizeof s);
    if (name != NULL) {
        fixture_path(s.path, sizeof s.path, name);
    }
    fixture_path(s.export_path, sizeof s.export_path, "memory-export");
    fixture_open(&s.f, name == NULL ? NULL : s.path, DYNR_DURABILITY_NONE);
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        walk(&s, &operations[i]);
    }
    fixture_close(&s.f);
    (void)unlink(s.export_path);
    if (name != NULL) {
        (void)unlink(s.path);
    }
}

static void sqlite_without_memory_is_an_answer_in_memory(void)
{
    walk_all(NULL);
}

static void sqlite_without_memory_is_an_answer_in_a_file(void)
{
    walk_all("memory");
}

static void requests_without_memory_are_answers(void)
{
    static struct scarcity s;
    memset(&s, 0, sizeof s);
    fixture_path(s.export_path, sizeof s.export_path, "memory-export");
    fixture_open(&s.f, NULL, DYNR_DURABILITY_NONE);
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        enum dynr_status status = DYNR_ERR_NO_MEMORY;
        for (size_t limit = 0; status != DYNR_OK && limit < 400000; limit += 128 + limit / 64) {
            dynr_arena_init(&s.arena, NULL, limit == 0 ? 1 : limit);
            status = operations[i].run(&s);
            dynr_arena_cleanup(&s.arena);
            if (!is_answer(&operations[i], status, (long)limit)) {
                (void)fprintf(stderr, "%s\n", s.f.err.message);
                break;
            }
        }
        DYNR_ASSERT_STATUS(status, DYNR_OK);
    }
    DYNR_ASSERT_STATUS(dynr_local_verify(s.f.backend, &s.f.err), DYNR_OK);
    fixture_close(&s.f);
    (void)unlink(s.export_path);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(sqlite_without_memory_is_an_answer_in_memory),
        DYNR_TEST(sqlite_without_memory_is_an_answer_in_a_file),
        DYNR_TEST(requests_without_memory_are_answers),
    };
    if (!make_memory_scarce()) {
        return 99;
    }
    return dynr_test_main("local-memory", tests, DYNR_TEST_COUNT(tests));
}
