/* SPDX-License-Identifier: Apache-2.0 */
#include "large_store.h"

#include <stdio.h>
#include <stdlib.h>

#include "test_tools.h"

enum {
    ITEMS_PER_COMMIT = 25,
    GROUPS = 1000
};

static const struct dynr_index_definition by_group = {.name = {"by_group", 8},
                                                      .partition_key = {{"g", 1}, 'S'},
                                                      .projection = DYNR_PROJECT_KEYS_ONLY};
static const struct dynr_table_definition large_table = {.name = {LARGE_TABLE, 5},
                                                         .partition_key = {{"id", 2}, 'S'},
                                                         .indexes = &by_group,
                                                         .n_indexes = 1,
                                                         .ttl_attribute = {"e", 1}};

struct making {
    struct dynr_backend *store;
    struct dynr_arena arena;
    struct dynr_test_random random;
    /* Items take their texts from it. */
    char letters[2 * LARGE_MOST_BYTES];
    uint64_t n_items;
    uint64_t n_bytes;
};

static enum dynr_status call(struct making *making, const struct dynr_request *request,
                             struct dynr_error *err)
{
    struct dynr_response response;
    return dynr_backend_call(making->store, request, &making->arena, &response, err);
}

static enum dynr_status put_some(struct making *making, uint64_t most_bytes, struct dynr_error *err)
{
    struct dynr_request puts[ITEMS_PER_COMMIT];
    struct dynr_request batch = DYNR_REQUEST_INIT;
    size_t n = 0;
    while (n < ITEMS_PER_COMMIT && making->n_bytes < most_bytes) {
        uint64_t size =
            LARGE_LEAST_BYTES +
            dynr_test_random_below(&making->random, LARGE_MOST_BYTES - LARGE_LEAST_BYTES);
        const char *text =
            making->letters + dynr_test_random_below(&making->random, LARGE_MOST_BYTES);
        puts[n] = (struct dynr_request)DYNR_REQUEST_INIT;
        puts[n].operation = DYNR_PUT_ITEM;
        puts[n].table = large_table.name;
        puts[n].item = dynr_arena_printf(
            &making->arena,
            "{\"id\":{\"S\":\"i%llu\"},\"g\":{\"S\":\"g%llu\"},\"e\":{\"N\":\"%llu\"},"
            "\"text\":{\"S\":\"%.*s\"}}",
            (unsigned long long)making->n_items,
            (unsigned long long)dynr_test_random_below(&making->random, GROUPS),
            (unsigned long long)(4102444800u + making->n_items), (int)size, text);
        if (puts[n].item.ptr == NULL) {
            return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
        }
        making->n_items++;
        making->n_bytes += size;
        n++;
    }
    batch.operation = DYNR_BATCH_WRITE_ITEM;
    batch.operations = puts;
    batch.n_operations = n;
    enum dynr_status status = call(making, &batch, err);
    dynr_arena_reset(&making->arena);
    return status;
}

enum dynr_status large_store_make(const char *path, uint64_t n_bytes, uint64_t *out_n_items,
                                  struct dynr_error *err)
{
    struct dynr_local_options options = DYNR_LOCAL_OPTIONS_INIT;
    struct dynr_request request = DYNR_REQUEST_INIT;
    struct making *making = calloc(1, sizeof *making);
    if (making == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    making->random.state = 1;
    for (size_t i = 0; i < sizeof making->letters; i++) {
        making->letters[i] = (char)('a' + dynr_test_random_below(&making->random, 26));
    }
    options.path = path;
    options.durability = DYNR_DURABILITY_NONE;
    request.operation = DYNR_CREATE_TABLE;
    request.definition = &large_table;
    enum dynr_status status = dynr_local_open(&options, &making->store, err);
    if (status == DYNR_OK) {
        status = call(making, &request, err);
    }
    while (status == DYNR_OK && making->n_bytes < n_bytes) {
        status = put_some(making, n_bytes, err);
    }
    *out_n_items = making->n_items;
    dynr_backend_destroy(making->store);
    dynr_arena_cleanup(&making->arena);
    free(making);
    return status;
}
