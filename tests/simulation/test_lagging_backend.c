/* SPDX-License-Identifier: Apache-2.0 */
/* Index reads are late, exactly as their position says; everything else is not. */
#include <stdio.h>

#include "lagging_backend.h"
#include "local_fixture.h"

enum {
    WRITES = 300
};

static const struct dynr_index_definition indexes[] = {
    {.name = {"by_group", 8}, .partition_key = {{"g", 1}, 'S'}, .sort_key = {{"r", 1}, 'N'}}};
static const struct dynr_table_definition late_table = {.name = {"late", 4},
                                                        .partition_key = {{"pk", 2}, 'S'},
                                                        .sort_key = {{"sk", 2}, 'S'},
                                                        .indexes = indexes,
                                                        .n_indexes = 1,
                                                        .stream = true};

struct bench {
    struct dynr_backend *store;
    struct dynr_backend *lagging;
    struct dynr_arena arena;
    struct dynr_response response;
    struct dynr_error err;
};

static bool call(struct bench *bench, struct dynr_request request)
{
    return DYNR_ASSERT_STATUS(
        dynr_backend_call(bench->lagging, &request, &bench->arena, &bench->response, &bench->err),
        DYNR_OK);
}

static void create_table(struct bench *bench, const char *name, bool stream)
{
    struct dynr_table_definition table = late_table;
    struct dynr_request request = request_for(DYNR_CREATE_TABLE);
    table.name = dynr_str_from_c(name);
    table.stream = stream;
    request.definition = &table;
    (void)call(bench, request);
}

static void open_bench(struct bench *bench, uint32_t max_lag, uint32_t n_replicas)
{
    struct lagging_backend_options options = {7, max_lag, n_replicas};
    memset(bench, 0, sizeof *bench);
    dynr_arena_init(&bench->arena, NULL, 0);
    DYNR_ASSERT_STATUS(dynr_local_open(NULL, &bench->store, &bench->err), DYNR_OK);
    DYNR_ASSERT_STATUS(lagging_backend_new(bench->store, &options, &bench->lagging, &bench->err),
                       DYNR_OK);
    create_table(bench, "late", true);
    create_table(bench, "prompt", false);
}

static void close_bench(struct bench *bench)
{
    dynr_backend_destroy(bench->lagging);
    dynr_backend_destroy(bench->store);
    dynr_arena_cleanup(&bench->arena);
}

static void put_numbered(struct bench *bench, const char *table, int number)
{
    char item[160];
    (void)snprintf(item, sizeof item,
                   "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"%03d\"},\"g\":{\"S\":\"g\"},\"r\":{\"N\":"
                   "\"%d\"}}",
                   number, number);
    struct dynr_request request = put_request(item);
    request.table = dynr_str_from_c(table);
    (void)call(bench, request);
}

/* Items of the table, or of its index; the position stands in the response. */
static size_t count_items(struct bench *bench, const char *table, bool in_index)
{
    struct dynr_request request = in_index ? query_request("g = :g", "{\":g\":{\"S\":\"g\"}}")
                                           : query_request("pk = :p", "{\":p\":{\"S\":\"p\"}}");
    request.table = dynr_str_from_c(table);
    request.index = dynr_str_from_c(in_index ? "by_group" : "");
    request.want_position = true;
    return call(bench, request) ? bench->response.n_items : 0;
}

static void index_reads_lag_by_what_their_position_says(void)
{
    struct bench bench;
    open_bench(&bench, 10, 1);
    uint64_t last = 0;
    size_t n_late = 0;
    for (int i = 1; i <= WRITES; i++) {
        put_numbered(&bench, "late", i);
        DYNR_ASSERT_INT(count_items(&bench, "late", false), i);
        DYNR_ASSERT_INT(bench.response.position, i);
        size_t n_seen = count_items(&bench, "late", true);
        /* One record for each item. */
        DYNR_ASSERT_INT(bench.response.position, n_seen);
        DYNR_ASSERT(n_seen + 10 >= (size_t)i && n_seen <= (size_t)i && n_seen >= last);
        n_late += n_seen < (size_t)i;
        last = n_seen;
    }
    DYNR_ASSERT(n_late > WRITES / 4);
    close_bench(&bench);
}

static void replicas_go_back_and_forth(void)
{
    struct bench bench;
    size_t n_back = 0;
    uint64_t last = 0;
    open_bench(&bench, 20, 3);
    for (int i = 1; i <= WRITES; i++) {
        put_numbered(&bench, "late", i);
        uint64_t n_seen = count_items(&bench, "late", true);
        DYNR_ASSERT_INT(bench.response.position, n_seen);
        n_back += n_seen < last;
        last = n_seen;
    }
    DYNR_ASSERT(n_back > 10);
    close_bench(&bench);
}

static void removals_arrive_too(void)
{
    struct bench bench;
    open_bench(&bench, 0, 1);
    put_numbered(&bench, "late", 1);
    put_numbered(&bench, "late", 2);
    struct dynr_request removal = delete_request("{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"001\"}}");
    removal.table = TEXT("late");
    (void)call(&bench, removal);
    DYNR_ASSERT_INT(count_items(&bench, "late", true), 1);
    close_bench(&bench);
}

static void tables_without_a_stream_do_not_lag(void)
{
    struct bench bench;
    open_bench(&bench, 1000, 2);
    for (int i = 1; i <= 20; i++) {
        put_numbered(&bench, "prompt", i);
        DYNR_ASSERT_INT(count_items(&bench, "prompt", true), i);
    }
    close_bench(&bench);
}

static void tables_can_be_deleted_and_made_again(void)
{
    struct bench bench;
    open_bench(&bench, 5, 2);
    for (int i = 1; i <= 20; i++) {
        put_numbered(&bench, "late", i);
    }
    struct dynr_request removal = request_for(DYNR_DELETE_TABLE);
    removal.table = TEXT("late");
    (void)call(&bench, removal);
    create_table(&bench, "late", true);
    DYNR_ASSERT_INT(count_items(&bench, "late", true), 0);
    for (int i = 1; i <= 20; i++) {
        put_numbered(&bench, "late", i);
    }
    size_t n_seen = count_items(&bench, "late", true);
    DYNR_ASSERT(n_seen >= 15 && n_seen <= 20);
    close_bench(&bench);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(index_reads_lag_by_what_their_position_says),
        DYNR_TEST(replicas_go_back_and_forth),
        DYNR_TEST(removals_arrive_too),
        DYNR_TEST(tables_without_a_stream_do_not_lag),
        DYNR_TEST(tables_can_be_deleted_and_made_again),
    };
    return dynr_test_main("simulation-lagging-backend", tests, DYNR_TEST_COUNT(tests));
}
