/* SPDX-License-Identifier: Apache-2.0 */
/* Capacity units and item collections, as the service counts them; projections of indexes; keys that do not fit. */
#include <stdio.h>
#include <stdlib.h>

#include "local_fixture.h"

/* An item of `app` of about `kib` KiB, with more attributes in front. */
static struct dynr_str big_item(struct fixture *f, const char *key, const char *more, int kib)
{
    size_t n = (size_t)kib * 1024;
    char *fill = malloc(n + 1);
    memset(fill, 'x', n);
    fill[n] = '\0';
    struct dynr_str item =
        dynr_arena_printf(&f->arena, "{%s%s,\"v\":{\"S\":\"%s\"}}", key, more, fill);
    free(fill);
    return item;
}

#define KEY_1 "\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"}"
#define KEY_2 "\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"2\"}"

static const struct dynr_consumed *consume(struct fixture *f, struct dynr_request *request,
                                           enum dynr_status status)
{
    static const struct dynr_consumed nothing;
    request->want_capacity = true;
    dynr_error_clear(&f->err);
    if (!DYNR_ASSERT_STATUS(fixture_call(f, request), status)) {
        (void)fprintf(stderr, "%s\n", f->err.message);
    }
    return DYNR_ASSERT_INT(f->response.n_consumed, 1) ? &f->response.consumed[0] : &nothing;
}

static bool has_units(const struct dynr_consumed *consumed, double read_units, double write_units,
                      double table_units)
{
    double own = consumed->table_read_units + consumed->table_write_units;
    bool ok = consumed->read_units == read_units && consumed->write_units == write_units &&
              own == table_units;
    if (!ok) {
        (void)fprintf(stderr, "read %g, written %g, of the table %g\n", consumed->read_units,
                      consumed->write_units, own);
    }
    return ok;
}

static double index_units(const struct dynr_consumed *consumed, const char *name)
{
    for (size_t i = 0; i < consumed->n_indexes; i++) {
        if (dynr_str_equal_c(consumed->indexes[i].name, name)) {
            return consumed->indexes[i].read_units + consumed->indexes[i].write_units;
        }
    }
    return 0;
}

static void writes_count_the_larger_item(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    struct dynr_request request = put_request("");
    request.item = big_item(&f, KEY_1, "", 3);
    const struct dynr_consumed *consumed = consume(&f, &request, DYNR_OK);
    DYNR_ASSERT_STR(consumed->table, "app");
    DYNR_ASSERT(has_units(consumed, 0, 4, 4));
    /* The same once more: the table is charged, no index is. */
    DYNR_ASSERT(has_units(consume(&f, &request, DYNR_OK), 0, 4, 4));
    /* Smaller than before. */
    request = put_request("{" KEY_1 "}");
    DYNR_ASSERT(has_units(consume(&f, &request, DYNR_OK), 0, 4, 4));
    DYNR_ASSERT(has_units(consume(&f, &request, DYNR_OK), 0, 1, 1));
    request.condition = TEXT("attribute_not_exists(pk)");
    DYNR_ASSERT(has_units(consume(&f, &request, DYNR_ERR_CONDITION_FAILED), 0, 1, 1));
    request = delete_request("{" KEY_2 "}");
    DYNR_ASSERT(has_units(consume(&f, &request, DYNR_OK), 0, 1, 1));
    request.want_capacity = false;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_INT(f.response.n_consumed, 0);
    fixture_close(&f);
}

static void indexes_count_what_changes_in_them(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    struct dynr_request request = put_request("");
    /* In by_group whole (3 KiB), in by_rank its keys. */
    request.item = big_item(&f, KEY_1, ",\"g\":{\"S\":\"x\"},\"r\":{\"N\":\"1\"}", 2);
    const struct dynr_consumed *consumed = consume(&f, &request, DYNR_OK);
    DYNR_ASSERT(has_units(consumed, 0, 3 + 3 + 1, 3));
    DYNR_ASSERT_INT(consumed->n_indexes, 2);
    DYNR_ASSERT(index_units(consumed, "by_group") == 3);
    DYNR_ASSERT(index_units(consumed, "by_rank") == 1);
    DYNR_ASSERT(!consumed->indexes[0].is_local);
    /* Another attribute: the entry of keys stays as it is. */
    request = update_request("{" KEY_1 "}", "SET w = :w", "{\":w\":{\"S\":\"\"}}");
    consumed = consume(&f, &request, DYNR_OK);
    DYNR_ASSERT(has_units(consumed, 0, 3 + 3, 3));
    /* Another key: both entries move. */
    request = update_request("{" KEY_1 "}", "SET r = :r", "{\":r\":{\"N\":\"2\"}}");
    consumed = consume(&f, &request, DYNR_OK);
    DYNR_ASSERT(has_units(consumed, 0, 3 + 6 + 2, 3));
    /* Into the local index, which has pk, sk, l and t. */
    request = update_request("{" KEY_1 "}", "SET l = :r REMOVE g", "{\":r\":{\"N\":\"2\"}}");
    consumed = consume(&f, &request, DYNR_OK);
    DYNR_ASSERT(index_units(consumed, "by_group") == 3);
    DYNR_ASSERT(index_units(consumed, "local") == 1);
    DYNR_ASSERT(has_units(consumed, 0, 3 + 3 + 1, 3));
    request = delete_request("{" KEY_1 "}");
    consumed = consume(&f, &request, DYNR_OK);
    DYNR_ASSERT(has_units(consumed, 0, 3 + 1 + 1, 3));
    fixture_close(&f);
}

static void transactions_count_twice(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    struct dynr_request puts[2] = {put_request("{" KEY_1 "}"), put_request("")};
    puts[1].item = big_item(&f, KEY_2, "", 4);
    struct dynr_request request = request_for(DYNR_TRANSACT_WRITE_ITEMS);
    request.operations = puts;
    request.n_operations = 2;
    request.client_token = TEXT("t");
    DYNR_ASSERT(has_units(consume(&f, &request, DYNR_OK), 0, 2 + 10, 12));
    /* A replay reads. */
    DYNR_ASSERT(has_units(consume(&f, &request, DYNR_OK), 2 + 4, 0, 6));
    struct dynr_request gets[2] = {get_request("{" KEY_1 "}"), get_request("{" KEY_2 "}")};
    request = request_for(DYNR_TRANSACT_GET_ITEMS);
    request.operations = gets;
    request.n_operations = 2;
    DYNR_ASSERT(has_units(consume(&f, &request, DYNR_OK), 2 + 4, 0, 6));
    fixture_close(&f);
}

static void reads_count_blocks(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    struct dynr_request request = put_request("");
    request.item =
        big_item(&f, KEY_1, ",\"g\":{\"S\":\"x\"},\"r\":{\"N\":\"1\"},\"l\":{\"N\":\"1\"}", 5);
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    request.item =
        big_item(&f, KEY_2, ",\"g\":{\"S\":\"x\"},\"r\":{\"N\":\"2\"},\"l\":{\"N\":\"2\"}", 1);
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    request = get_request("{" KEY_1 "}");
    DYNR_ASSERT(has_units(consume(&f, &request, DYNR_OK), 1, 0, 1));
    DYNR_ASSERT(f.response.size_bytes > 5 * 1024);
    request.consistent_read = true;
    DYNR_ASSERT(has_units(consume(&f, &request, DYNR_OK), 2, 0, 2));
    request = get_request("{\"pk\":{\"S\":\"none\"},\"sk\":{\"S\":\"none\"}}");
    DYNR_ASSERT(has_units(consume(&f, &request, DYNR_OK), 0.5, 0, 0.5));
    /* 6 KiB together, whatever the filter leaves. */
    request = query_request("pk = :p", "{\":p\":{\"S\":\"a\"},\":x\":{\"S\":\"y\"}}");
    request.filter = TEXT("v = :x");
    DYNR_ASSERT(has_units(consume(&f, &request, DYNR_OK), 1, 0, 1));
    DYNR_ASSERT_INT(f.response.count, 0);
    request = scan_request();
    request.consistent_read = true;
    DYNR_ASSERT(has_units(consume(&f, &request, DYNR_OK), 2, 0, 2));
    request = query_request("g = :g", "{\":g\":{\"S\":\"x\"}}");
    request.index = TEXT("by_group");
    const struct dynr_consumed *consumed = consume(&f, &request, DYNR_OK);
    DYNR_ASSERT(has_units(consumed, 1, 0, 0));
    DYNR_ASSERT(index_units(consumed, "by_group") == 1);
    /* Keys only: half a unit; with attributes of the table, each item besides. */
    request = query_request("pk = :p", "{\":p\":{\"S\":\"a\"}}");
    request.index = TEXT("local");
    DYNR_ASSERT(has_units(consume(&f, &request, DYNR_OK), 0.5, 0, 0));
    request.projection = TEXT("pk, sk, l, t");
    DYNR_ASSERT(has_units(consume(&f, &request, DYNR_OK), 0.5, 0, 0));
    request.projection = TEXT("pk, v");
    DYNR_ASSERT(has_units(consume(&f, &request, DYNR_OK), 0.5 + 1 + 0.5, 0, 1.5));
    DYNR_ASSERT(strstr(f.response.items[0].ptr, "xxx") != NULL);
    struct dynr_request gets[2] = {get_request("{" KEY_1 "}"), get_request("{" KEY_2 "}")};
    gets[1].consistent_read = true;
    request = request_for(DYNR_BATCH_GET_ITEM);
    request.operations = gets;
    request.n_operations = 2;
    DYNR_ASSERT(has_units(consume(&f, &request, DYNR_OK), 1 + 1, 0, 2));
    fixture_close(&f);
}

static void each_table_counts_for_itself(void)
{
    static const struct dynr_table_definition other = {.name = {"other", 5},
                                                       .partition_key = {{"id", 2}, 'S'}};
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    struct dynr_request request = request_for(DYNR_CREATE_TABLE);
    request.definition = &other;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    struct dynr_request puts[3] = {put_request("{\"id\":{\"S\":\"1\"}}"),
                                   put_request("{" KEY_1 "}"),
                                   put_request("{\"id\":{\"S\":\"2\"}}")};
    puts[0].table = puts[2].table = other.name;
    request = request_for(DYNR_BATCH_WRITE_ITEM);
    request.operations = puts;
    request.n_operations = 3;
    request.want_capacity = true;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    if (DYNR_ASSERT_INT(f.response.n_consumed, 2)) {
        DYNR_ASSERT_STR(f.response.consumed[0].table, "other");
        DYNR_ASSERT(f.response.consumed[0].write_units == 2);
        DYNR_ASSERT_STR(f.response.consumed[1].table, "app");
        DYNR_ASSERT(f.response.consumed[1].write_units == 1);
    }
    fixture_close(&f);
}

static void collections_are_items_and_local_entries(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    fixture_put(&f,
                "{" KEY_1 ",\"l\":{\"N\":\"1\"},\"t\":{\"S\":\"t\"},\"v\":{\"S\":\"0123456789\"}}");
    fixture_put(&f, "{\"pk\":{\"S\":\"b\"},\"sk\":{\"S\":\"1\"},\"l\":{\"N\":\"1\"}}");
    struct dynr_request request = put_request("{" KEY_2 "}");
    request.want_collections = true;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    if (DYNR_ASSERT_INT(f.response.n_collections, 1)) {
        DYNR_ASSERT_STR(f.response.collections[0].table, "app");
        DYNR_ASSERT_STR(f.response.collections[0].partition_key, "{\"pk\":{\"S\":\"a\"}}");
        DYNR_ASSERT_INT(f.response.collections[0].size_bytes,
                        (3 + 3 + 3 + 2 + 11) + 6 + (3 + 3 + 3 + 2));
    }
    request = delete_request("{" KEY_1 "}");
    request.want_collections = true;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_INT(f.response.collections[0].size_bytes, 6);
    fixture_close(&f);
}

static void global_indexes_answer_what_they_project(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    struct dynr_request request = query_request("r = :r", "{\":r\":{\"N\":\"1\"}}");
    request.index = TEXT("by_rank");
    request.projection = TEXT("pk, v.a");
    DYNR_ASSERT(fixture_fails(&f, &request, DYNR_ERR_INVALID_ARGUMENT,
                              "One or more parameter values were invalid: Global secondary index "
                              "by_rank does not project [v]"));
    request.projection = TEXT("pk, r");
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    fixture_close(&f);
}

static void keys_that_do_not_fit_cancel_transactions(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    struct dynr_request writes[2] = {put_request("{" KEY_1 "}"),
                                     delete_request("{\"pk\":{\"N\":\"1\"},\"sk\":{\"S\":\"1\"}}")};
    struct dynr_request request = request_for(DYNR_TRANSACT_WRITE_ITEMS);
    request.operations = writes;
    request.n_operations = 2;
    DYNR_ASSERT(fixture_fails(&f, &request, DYNR_ERR_TRANSACTION_CANCELED,
                              "Transaction cancelled, please refer cancellation reasons for "
                              "specific reasons [None, ValidationError]"));
    if (DYNR_ASSERT_INT(f.response.n_reasons, 2)) {
        DYNR_ASSERT_STR(f.response.reasons[0].code, "None");
        DYNR_ASSERT_STR(f.response.reasons[1].message,
                        "The provided key element does not match the schema");
    }
    DYNR_ASSERT_STR(fixture_get(&f, "{" KEY_1 "}"), "");
    struct dynr_request gets[2] = {get_request("{\"pk\":{\"S\":\"a\"}}"),
                                   get_request("{" KEY_1 "}")};
    request = request_for(DYNR_TRANSACT_GET_ITEMS);
    request.operations = gets;
    request.n_operations = 2;
    DYNR_ASSERT(fixture_fails(&f, &request, DYNR_ERR_TRANSACTION_CANCELED,
                              "Transaction cancelled, please refer cancellation reasons for "
                              "specific reasons [ValidationError, None]"));
    DYNR_ASSERT_INT(f.response.n_reasons, 2);
    request.operation = DYNR_BATCH_GET_ITEM;
    DYNR_ASSERT(fixture_fails(&f, &request, DYNR_ERR_INVALID_ARGUMENT,
                              "The provided key element does not match the schema"));
    fixture_close(&f);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(writes_count_the_larger_item),
        DYNR_TEST(indexes_count_what_changes_in_them),
        DYNR_TEST(transactions_count_twice),
        DYNR_TEST(reads_count_blocks),
        DYNR_TEST(each_table_counts_for_itself),
        DYNR_TEST(collections_are_items_and_local_entries),
        DYNR_TEST(global_indexes_answer_what_they_project),
        DYNR_TEST(keys_that_do_not_fit_cancel_transactions),
    };
    return dynr_test_main("local-capacity", tests, DYNR_TEST_COUNT(tests));
}
