/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Positions of reads and writes: exact, whoever writes meanwhile.
 *
 * Writers add 1 to each of four items in one transaction, which makes four change records. So whoever saw exactly the changes up to
 * a position counts as many additions as that position says.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ddb/attribute.h"
#include "local_fixture.h"

enum {
    ITEMS = 4,
    WRITERS = 3,
    READERS = 2
};

static const char *const keys[ITEMS] = {
    "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"}}",
    "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"2\"}}",
    "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"3\"}}",
    "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"4\"}}",
};

static uint64_t count_of(struct dynr_str item)
{
    struct dynr_str value;
    return dynr_item_find(item, dynr_str_from_c("r"), &value, NULL)
               ? strtoull(value.ptr + sizeof "{\"N\":\"" - 1, NULL, 10)
               : 0;
}

struct worker {
    struct dynr_backend *backend;
    pthread_t thread;
    int n_rounds;
    /* Writers: their positions, one a round. */
    uint64_t *positions;
    /* What went wrong, or NULL. */
    const char *fault;
};

static void *write_rounds(void *context)
{
    struct worker *worker = context;
    struct dynr_arena arena = {0};
    struct dynr_request operations[ITEMS];
    struct dynr_request request = request_for(DYNR_TRANSACT_WRITE_ITEMS);
    for (size_t i = 0; i < ITEMS; i++) {
        operations[i] = update_request(keys[i], "ADD r :one SET g = :g",
                                       "{\":one\":{\"N\":\"1\"},\":g\":{\"S\":\"g\"}}");
    }
    request.operations = operations;
    request.n_operations = ITEMS;
    for (int i = 0; i < worker->n_rounds && worker->fault == NULL; i++) {
        struct dynr_response response;
        struct dynr_error err;
        if (dynr_backend_call(worker->backend, &request, &arena, &response, &err) != DYNR_OK) {
            worker->fault = "a transaction failed";
        } else {
            worker->positions[i] = response.position;
        }
        dynr_arena_reset(&arena);
    }
    dynr_arena_cleanup(&arena);
    return NULL;
}

/* One read of each kind: what it saw must be what its position says. */
static const char *read_once(struct dynr_backend *backend, int kind, struct dynr_arena *arena,
                             uint64_t *last)
{
    struct dynr_request operations[ITEMS];
    struct dynr_request request = request_for(DYNR_GET_ITEM);
    struct dynr_response response;
    struct dynr_error err;
    uint64_t sum = 0;
    for (size_t i = 0; i < ITEMS; i++) {
        operations[i] = get_request(keys[i]);
    }
    switch (kind) {
    case 0:
        request = get_request(keys[0]);
        break;
    case 1:
        request.operation = DYNR_BATCH_GET_ITEM;
        request.operations = operations;
        request.n_operations = ITEMS;
        break;
    case 2:
        request.operation = DYNR_TRANSACT_GET_ITEMS;
        request.operations = operations;
        request.n_operations = ITEMS;
        break;
    case 3:
        request = query_request("pk = :p", "{\":p\":{\"S\":\"a\"}}");
        break;
    case 4:
        request = query_request("g = :g", "{\":g\":{\"S\":\"g\"}}");
        request.index = TEXT("by_group");
        break;
    default:
        request = scan_request();
        break;
    }
    request.want_position = true;
    if (dynr_backend_call(backend, &request, arena, &response, &err) != DYNR_OK) {
        return "a read failed";
    }
    if (kind == 0) {
        sum = ITEMS * count_of(response.item);
    }
    for (size_t i = 0; i < response.n_items; i++) {
        sum += count_of(response.items[i]);
    }
    if (response.position < *last) {
        return "a position went back";
    }
    *last = response.position;
    return sum == response.position ? NULL : "a read saw other changes than its position says";
}

static void *read_rounds(void *context)
{
    struct worker *worker = context;
    struct dynr_arena arena = {0};
    uint64_t last = 0;
    for (int i = 0; i < worker->n_rounds && worker->fault == NULL; i++) {
        worker->fault = read_once(worker->backend, i % 6, &arena, &last);
        dynr_arena_reset(&arena);
    }
    dynr_arena_cleanup(&arena);
    return NULL;
}

static int compare_positions(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

static void run_together(const char *path, int n_rounds)
{
    struct fixture f;
    struct worker writers[WRITERS];
    struct worker readers[READERS];
    uint64_t *positions = calloc(WRITERS * (size_t)n_rounds, sizeof *positions);
    fixture_open(&f, path, DYNR_DURABILITY_NORMAL);
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = (struct worker){
            .backend = f.backend, .n_rounds = n_rounds, .positions = positions + i * n_rounds};
        (void)pthread_create(&writers[i].thread, NULL, write_rounds, &writers[i]);
    }
    for (int i = 0; i < READERS; i++) {
        readers[i] = (struct worker){.backend = f.backend, .n_rounds = n_rounds * 6};
        (void)pthread_create(&readers[i].thread, NULL, read_rounds, &readers[i]);
    }
    for (int i = 0; i < WRITERS; i++) {
        (void)pthread_join(writers[i].thread, NULL);
        DYNR_ASSERT_STR(dynr_str_from_c(writers[i].fault), "");
    }
    for (int i = 0; i < READERS; i++) {
        (void)pthread_join(readers[i].thread, NULL);
        DYNR_ASSERT_STR(dynr_str_from_c(readers[i].fault), "");
    }
    /* Each write knows its own last record: all of them together are every fourth. */
    qsort(positions, WRITERS * (size_t)n_rounds, sizeof *positions, compare_positions);
    for (uint64_t i = 0; i < WRITERS * (uint64_t)n_rounds; i++) {
        if (!DYNR_ASSERT_INT(positions[i], (i + 1) * ITEMS)) {
            break;
        }
    }
    free(positions);
    fixture_close(&f);
}

static void positions_are_exact_while_others_write(void)
{
    char path[512];
    fixture_path(path, sizeof path, "position");
    run_together(path, 150);
    (void)unlink(path);
}

static void positions_are_exact_in_memory(void)
{
    run_together(NULL, 150);
}

static uint64_t position_after(struct fixture *f, struct dynr_request request,
                               enum dynr_status expected)
{
    DYNR_ASSERT_STATUS(fixture_call(f, &request), expected);
    return f->response.position;
}

#define KEY  "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"}}"
#define ITEM "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"},\"n\":{\"N\":\"1\"}}"

static void writes_answer_the_position_of_their_last_change(void)
{
    struct fixture f;
    struct dynr_request operations[2] = {put_request(ITEM), delete_request(keys[1])};
    struct dynr_request batch = request_for(DYNR_BATCH_WRITE_ITEM);
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    DYNR_ASSERT_INT(position_after(&f, put_request(ITEM), DYNR_OK), 1);
    /* Nothing changed: no record. */
    DYNR_ASSERT_INT(position_after(&f, put_request(ITEM), DYNR_OK), 0);
    DYNR_ASSERT_INT(position_after(&f, delete_request(keys[1]), DYNR_OK), 0);
    DYNR_ASSERT_INT(
        position_after(&f, update_request(KEY, "SET n = :n", "{\":n\":{\"N\":\"2\"}}"), DYNR_OK),
        2);
    struct dynr_request refused = put_request(ITEM);
    refused.condition = dynr_str_from_c("attribute_not_exists(pk)");
    DYNR_ASSERT_INT(position_after(&f, refused, DYNR_ERR_CONDITION_FAILED), 0);
    batch.operations = operations;
    batch.n_operations = 2;
    DYNR_ASSERT_INT(position_after(&f, batch, DYNR_OK), 3);
    /* Nobody asked. */
    DYNR_ASSERT_INT(position_after(&f, get_request(KEY), DYNR_OK), 0);
    struct dynr_request get = get_request(KEY);
    get.want_position = true;
    DYNR_ASSERT_INT(position_after(&f, get, DYNR_OK), 3);
    get.key = dynr_str_from_c("{\"pk\":{\"S\":\"b\"},\"sk\":{\"S\":\"1\"}}");
    DYNR_ASSERT_INT(position_after(&f, get, DYNR_OK), 3);
    fixture_close(&f);
}

static void a_store_without_changes_is_at_0(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    struct dynr_request get = get_request(KEY);
    get.want_position = true;
    DYNR_ASSERT_INT(position_after(&f, get, DYNR_OK), 0);
    fixture_close(&f);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(a_store_without_changes_is_at_0),
        DYNR_TEST(writes_answer_the_position_of_their_last_change),
        DYNR_TEST(positions_are_exact_in_memory),
        DYNR_TEST(positions_are_exact_while_others_write),
    };
    return dynr_test_main("local-position", tests, DYNR_TEST_COUNT(tests));
}
