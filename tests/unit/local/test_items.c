/* SPDX-License-Identifier: Apache-2.0 */
/* Single-item operations, their return values and errors; tables; batches. */
#include <stdio.h>
#include <stdlib.h>

#include "local_fixture.h"

#define KEY_A  "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"}}"
#define ITEM_A "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"},\"n\":{\"N\":\"1\"}}"
#define ITEM_A2                                                                                    \
    "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"},\"n\":{\"N\":\"2\"},\"v\":{\"S\":\"x\"}}"

static void get_finds_what_put_wrote(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    DYNR_ASSERT_STR(fixture_get(&f, KEY_A), "");
    fixture_put(&f, " { \"pk\" : {\"S\":\"a\"}, \"sk\":{\"S\":\"1\"}, \"n\":{\"N\":\"1.0\"}} ");
    DYNR_ASSERT_STR(fixture_get(&f, KEY_A), ITEM_A);
    DYNR_ASSERT_STR(fixture_get(&f, "{\"sk\":{\"S\":\"\\u0031\"},\"pk\":{\"S\":\"\\u0061\"}}"),
                    ITEM_A);
    struct dynr_request request = get_request(KEY_A);
    request.projection = TEXT("#n");
    request.names = TEXT("{\"#n\":\"n\"}");
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_STR(f.response.item, "{\"n\":{\"N\":\"1\"}}");
    fixture_close(&f);
}

static void put_answers_the_old_item_when_asked(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    struct dynr_request request = put_request(ITEM_A);
    request.return_values = DYNR_RETURN_ALL_OLD;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_STR(f.response.item, "");
    request.item = TEXT(ITEM_A2);
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_STR(f.response.item, ITEM_A);
    request.return_values = DYNR_RETURN_ALL_NEW;
    (void)fixture_fails(&f, &request, DYNR_ERR_INVALID_ARGUMENT,
                        "ReturnValues can only be ALL_OLD or NONE");
    fixture_close(&f);
}

static void conditions_guard_every_write(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    struct dynr_request request = put_request(ITEM_A);
    request.condition = TEXT("attribute_not_exists(pk)");
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    request.return_old_on_failure = true;
    (void)fixture_fails(&f, &request, DYNR_ERR_CONDITION_FAILED, "The conditional request failed");
    DYNR_ASSERT_STR(f.response.item, ITEM_A);
    request =
        update_request(KEY_A, "SET n = :new", "{\":new\":{\"N\":\"5\"},\":old\":{\"N\":\"4\"}}");
    request.condition = TEXT("n = :old");
    (void)fixture_fails(&f, &request, DYNR_ERR_CONDITION_FAILED, "The conditional request failed");
    DYNR_ASSERT_STR(f.response.item, "");
    request = delete_request(KEY_A);
    request.condition = TEXT("n > :old");
    request.values = TEXT("{\":old\":{\"N\":\"1\"}}");
    (void)fixture_fails(&f, &request, DYNR_ERR_CONDITION_FAILED, "The conditional request failed");
    DYNR_ASSERT_STR(fixture_get(&f, KEY_A), ITEM_A);
    fixture_close(&f);
}

/* Conditions that look at plain attributes only, and those that look inside others. */
static void conditions_see_what_they_look_at(void)
{
    static const char item[] =
        "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"},\"n\":{\"N\":\"1\"},\"q\":{\"S\":\"a\\nb\"},"
        "\"c\":{\"L\":[{\"N\":\"1\"},{\"N\":\"2\"}]},\"m\":{\"M\":{\"k\":{\"N\":\"1\"}}},"
        "\"s\":{\"NS\":[\"1\",\"2\"]}}";
    static const struct {
        const char *condition;
        const char *values;
        bool holds;
    } cases[] = {
        {"n = :v", "{\":v\":{\"N\":\"1\"}}", true},
        {"n = :v", "{\":v\":{\"N\":\"2\"}}", false},
        {"q = :v", "{\":v\":{\"S\":\"a\\nb\"}}", true},
        {"attribute_exists(c) AND attribute_type(m, :v)", "{\":v\":{\"S\":\"M\"}}", true},
        {"c[1] > :v", "{\":v\":{\"N\":\"1\"}}", true},
        {"size(c) > :v", "{\":v\":{\"N\":\"1\"}}", true},
        {"size(c) > :v", "{\":v\":{\"N\":\"2\"}}", false},
        {"m.k = :v", "{\":v\":{\"N\":\"1\"}}", true},
        {"m = :v", "{\":v\":{\"M\":{\"k\":{\"N\":\"1.0\"}}}}", true},
        {"contains(s, :v)", "{\":v\":{\"N\":\"2\"}}", true},
        {"n = :v AND contains(s, n)", "{\":v\":{\"N\":\"1\"}}", true},
        {"s = :v", "{\":v\":{\"NS\":[\"2\",\"1\"]}}", true},
    };
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    fixture_put(&f, item);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dynr_request requests[2] = {put_request(item), update_request(KEY_A, "", "")};
        for (size_t k = 0; k < 2; k++) {
            requests[k].condition = dynr_str_from_c(cases[i].condition);
            requests[k].values = dynr_str_from_c(cases[i].values);
            DYNR_ASSERT_STATUS(fixture_call(&f, &requests[k]),
                               cases[i].holds ? DYNR_OK : DYNR_ERR_CONDITION_FAILED);
        }
        /* Nothing is lost by it that the condition did not look at. */
        requests[1].update = dynr_str_from_c("SET x = n");
        (void)fixture_call(&f, &requests[1]);
        requests[1] = update_request(KEY_A, "REMOVE x", "");
        DYNR_ASSERT_STATUS(fixture_call(&f, &requests[1]), DYNR_OK);
        DYNR_ASSERT_STR(fixture_get(&f, KEY_A), item);
    }
    fixture_close(&f);
}

static void update_answers_each_return_value(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    fixture_put(&f, ITEM_A2);
    struct dynr_request request =
        update_request(KEY_A, "SET n = n + :one", "{\":one\":{\"N\":\"1\"}}");
    request.return_values = DYNR_RETURN_UPDATED_NEW;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_STR(f.response.item, "{\"n\":{\"N\":\"3\"}}");
    request.return_values = DYNR_RETURN_UPDATED_OLD;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_STR(f.response.item, "{\"n\":{\"N\":\"3\"}}");
    request.return_values = DYNR_RETURN_ALL_OLD;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT(same_item(f.response.item,
                          TEXT("{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"},\"n\":{\"N\":\"4\"},"
                               "\"v\":{\"S\":\"x\"}}")));
    request.return_values = DYNR_RETURN_ALL_NEW;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT(same_item(f.response.item,
                          TEXT("{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"},\"n\":{\"N\":\"6\"},"
                               "\"v\":{\"S\":\"x\"}}")));
    request.return_values = DYNR_RETURN_NONE;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_STR(f.response.item, "");
    fixture_close(&f);
}

static void update_creates_what_is_missing(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    struct dynr_request request = update_request(KEY_A, "ADD n :one", "{\":one\":{\"N\":\"1\"}}");
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT(same_item(fixture_get(&f, KEY_A), TEXT(ITEM_A)));
    request = update_request("{\"pk\":{\"S\":\"b\"},\"sk\":{\"S\":\"1\"}}", "", "");
    request.return_values = DYNR_RETURN_UPDATED_NEW;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_STR(f.response.item, "");
    DYNR_ASSERT_STR(fixture_get(&f, "{\"pk\":{\"S\":\"b\"},\"sk\":{\"S\":\"1\"}}"),
                    "{\"pk\":{\"S\":\"b\"},\"sk\":{\"S\":\"1\"}}");
    request = update_request(KEY_A, "SET sk = :x", "{\":x\":{\"S\":\"1\"}}");
    (void)fixture_fails(
        &f, &request, DYNR_ERR_INVALID_ARGUMENT,
        "One or more parameter values were invalid: Cannot update attribute sk. This attribute is "
        "part of the key");
    fixture_close(&f);
}

static void delete_removes_and_answers(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    fixture_put(&f, ITEM_A);
    struct dynr_request request = delete_request(KEY_A);
    request.return_values = DYNR_RETURN_ALL_OLD;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_STR(f.response.item, ITEM_A);
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_STR(f.response.item, "");
    DYNR_ASSERT_STR(fixture_get(&f, KEY_A), "");
    fixture_close(&f);
}

static void keys_are_checked_in_the_services_words(void)
{
    static const struct {
        const char *key;
        const char *message;
    } cases[] = {
        {"{\"pk\":{\"S\":\"a\"}}", "The provided key element does not match the schema"},
        {"{\"pk\":{\"S\":\"a\"},\"sk\":{\"N\":\"1\"}}",
         "The provided key element does not match the schema"},
        {"{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"},\"x\":{\"S\":\"1\"}}",
         "The provided key element does not match the schema"},
        {"{\"pk\":{\"S\":\"a\"},\"other\":{\"S\":\"1\"}}",
         "The provided key element does not match the schema"},
        {"{\"pk\":{\"S\":\"\"},\"sk\":{\"S\":\"1\"}}",
         "One or more parameter values are not valid. The AttributeValue for a key attribute "
         "cannot contain an empty "
         "string value. Key: pk"},
    };
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dynr_request request = get_request(cases[i].key);
        (void)fixture_fails(&f, &request, DYNR_ERR_INVALID_ARGUMENT, cases[i].message);
        request = delete_request(cases[i].key);
        (void)fixture_fails(&f, &request, DYNR_ERR_INVALID_ARGUMENT, cases[i].message);
    }
    fixture_close(&f);
}

static void items_are_checked_in_the_services_words(void)
{
    static const struct {
        const char *item;
        const char *message;
    } cases[] = {
        {"{\"sk\":{\"S\":\"a\"}}",
         "One or more parameter values were invalid: Missing the key pk in the item"},
        {"{\"pk\":{\"S\":\"a\"}}",
         "One or more parameter values were invalid: Missing the key sk in the item"},
        {"{\"pk\":{\"N\":\"1\"},\"sk\":{\"S\":\"a\"}}",
         "One or more parameter values were invalid: Type mismatch for key pk expected: S actual: "
         "N"},
        {"{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"\"}}",
         "One or more parameter values are not valid. The AttributeValue for a key attribute "
         "cannot contain an empty "
         "string value. Key: sk"},
        {"{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"b\"},\"g\":{\"N\":\"1\"}}",
         "One or more parameter values were invalid: Type mismatch for Index Key g Expected: S "
         "Actual: N IndexName: "
         "by_group"},
        {"{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"b\"},\"g\":{\"S\":\"\"}}",
         "One or more parameter values are not valid. A value specified for a secondary index key "
         "is not supported. "
         "The AttributeValue for a key attribute cannot contain an empty string value. IndexName: "
         "by_group, IndexKey: "
         "g"},
    };
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dynr_request request = put_request(cases[i].item);
        (void)fixture_fails(&f, &request, DYNR_ERR_INVALID_ARGUMENT, cases[i].message);
    }
    struct dynr_request request = get_request(KEY_A);
    request.table = TEXT("none");
    (void)fixture_fails(&f, &request, DYNR_ERR_NO_TABLE, "Requested resource not found");
    request = put_request(ITEM_A);
    request.values = TEXT("{\":x\":{\"S\":\"\"}}");
    (void)fixture_fails(&f, &request, DYNR_ERR_INVALID_ARGUMENT,
                        "ExpressionAttributeValues can only be specified when using expressions: "
                        "ConditionExpression "
                        "is null");
    fixture_close(&f);
}

/* `{"pk":{"S":"a"},"sk":{"S":"<fill>"}` with `n` bytes in the attribute `name`. */
static char *item_with(const char *name, size_t n, const char *rest)
{
    char *text = malloc(n + 128);
    size_t head = (size_t)snprintf(text, 128, "{\"%s\":{\"S\":\"", name);
    memset(text + head, 'x', n);
    (void)snprintf(text + head + n, 100, "\"}%s}", rest);
    return text;
}

static void sizes_are_limited_as_the_service_limits_them(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    /* "pk" + "a" + "sk" + "1" + "v" are 7 bytes. */
    char *largest = item_with("v", 400 * 1024 - 7, ",\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"}");
    char *too_large = item_with("v", 400 * 1024 - 6, ",\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"}");
    char *long_partition = item_with("pk", 2049, ",\"sk\":{\"S\":\"1\"}");
    char *long_sort = item_with("sk", 1025, ",\"pk\":{\"S\":\"a\"}");
    fixture_put(&f, largest);
    struct dynr_request request = put_request(too_large);
    (void)fixture_fails(&f, &request, DYNR_ERR_INVALID_ARGUMENT,
                        "Item size has exceeded the maximum allowed size");
    request = update_request(KEY_A, "SET w = :w", "{\":w\":{\"S\":\"\"}}");
    (void)fixture_fails(&f, &request, DYNR_ERR_INVALID_ARGUMENT,
                        "Item size to update has exceeded the maximum allowed size");
    request = put_request(long_partition);
    (void)fixture_fails(
        &f, &request, DYNR_ERR_INVALID_ARGUMENT,
        "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size "
        "limit of2048 bytes");
    request = put_request(long_sort);
    (void)fixture_fails(
        &f, &request, DYNR_ERR_INVALID_ARGUMENT,
        "One or more parameter values were invalid: Aggregated size of all range keys has exceeded "
        "the size limit of 1024 bytes");
    free(largest);
    free(too_large);
    free(long_partition);
    free(long_sort);
    fixture_close(&f);
}

static void number_and_binary_keys_are_values_not_texts(void)
{
    static const struct dynr_table_definition definition = {
        .name = {"numbers", 7}, .partition_key = {{"b", 1}, 'B'}, .sort_key = {{"n", 1}, 'N'}};
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    struct dynr_request request = request_for(DYNR_CREATE_TABLE);
    request.definition = &definition;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    request = put_request("{\"b\":{\"B\":\"AAE=\"},\"n\":{\"N\":\"10\"}}");
    request.table = definition.name;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    request = get_request("{\"b\":{\"B\":\"AAE=\"},\"n\":{\"N\":\"1e1\"}}");
    request.table = definition.name;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_STR(f.response.item, "{\"b\":{\"B\":\"AAE=\"},\"n\":{\"N\":\"10\"}}");
    request.key = TEXT("{\"b\":{\"B\":\"AAE=\"},\"n\":{\"N\":\"ten\"}}");
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_ERR_INVALID_ARGUMENT);
    fixture_close(&f);
}

/* ---- tables ---- */

static void tables_come_and_go(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    fixture_put(&f, ITEM_A);
    struct dynr_request request = request_for(DYNR_DESCRIBE_TABLE);
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    const struct dynr_table_definition *app = f.response.table;
    DYNR_ASSERT_STR(app->name, "app");
    DYNR_ASSERT_STR(app->sort_key.name, "sk");
    DYNR_ASSERT_INT(app->n_indexes, 3);
    DYNR_ASSERT_STR(app->indexes[2].included[0], "t");
    DYNR_ASSERT_INT(app->item_count, 1);
    DYNR_ASSERT(app->stream && app->indexes[2].is_local);
    struct dynr_table_definition again = *app;
    request = request_for(DYNR_CREATE_TABLE);
    request.definition = &again;
    (void)fixture_fails(&f, &request, DYNR_ERR_TABLE_EXISTS, "Table already exists: app");
    request = request_for(DYNR_DELETE_TABLE);
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    (void)fixture_fails(&f, &request, DYNR_ERR_NO_TABLE,
                        "Requested resource not found: Table: app not found");
    request = get_request(KEY_A);
    (void)fixture_fails(&f, &request, DYNR_ERR_NO_TABLE, "Requested resource not found");
    again.n_indexes = 0;
    again.sort_key.name.len = 0;
    request = request_for(DYNR_CREATE_TABLE);
    request.definition = &again;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    request = get_request("{\"pk\":{\"S\":\"a\"}}");
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_STR(f.response.item, "");
    fixture_close(&f);
}

static void tables_are_listed_in_pages(void)
{
    static const char *const names[] = {"aaa", "bbb", "ccc", "ddd"};
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    for (size_t i = 0; i < 4; i++) {
        struct dynr_table_definition definition = {.name = dynr_str_from_c(names[i]),
                                                   .partition_key = {{"id", 2}, 'S'}};
        struct dynr_request request = request_for(DYNR_CREATE_TABLE);
        request.definition = &definition;
        DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    }
    struct dynr_request request = request_for(DYNR_LIST_TABLES);
    request.limit = 3;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_INT(f.response.n_table_names, 3);
    DYNR_ASSERT_STR(f.response.last_table, "bbb");
    request.start_table = f.response.last_table;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_INT(f.response.n_table_names, 2);
    DYNR_ASSERT_STR(f.response.table_names[1], "ddd");
    DYNR_ASSERT_STR(f.response.last_table, "");
    fixture_close(&f);
}

static void table_definitions_are_checked(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    struct dynr_index_definition index = {.name = {"idx", 3}, .partition_key = {{"g", 1}, 'S'}};
    struct dynr_table_definition definition = {
        .name = {"ta", 2}, .partition_key = {{"pk", 2}, 'S'}, .indexes = &index, .n_indexes = 1};
    struct dynr_request request = request_for(DYNR_CREATE_TABLE);
    request.definition = &definition;
    (void)fixture_fails(
        &f, &request, DYNR_ERR_INVALID_ARGUMENT,
        "TableName must be at least 3 characters long and at most 255 characters long");
    definition.name = TEXT("tab");
    definition.partition_key.type = 'X';
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_ERR_INVALID_ARGUMENT);
    definition.partition_key.type = 'S';
    index.is_local = true;
    (void)fixture_fails(&f, &request, DYNR_ERR_INVALID_ARGUMENT,
                        "One or more parameter values were invalid: Table KeySchema does not have "
                        "a range key, which "
                        "is required when specifying a LocalSecondaryIndex");
    index.is_local = false;
    index.projection = DYNR_PROJECT_INCLUDE;
    (void)fixture_fails(&f, &request, DYNR_ERR_INVALID_ARGUMENT,
                        "One or more parameter values were invalid: ProjectionType is INCLUDE, but "
                        "NonKeyAttributes "
                        "is not specified");
    index.projection = DYNR_PROJECT_ALL;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    fixture_close(&f);
}

/* ---- batches ---- */

static void batches_read_and_write_many(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    fixture_put(&f, ITEM_A);
    struct dynr_request writes[] = {put_request("{\"pk\":{\"S\":\"b\"},\"sk\":{\"S\":\"1\"}}"),
                                    delete_request(KEY_A)};
    struct dynr_request request = request_for(DYNR_BATCH_WRITE_ITEM);
    request.operations = writes;
    request.n_operations = 2;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_INT(f.response.n_unprocessed, 0);
    struct dynr_request gets[] = {get_request(KEY_A),
                                  get_request("{\"pk\":{\"S\":\"b\"},\"sk\":{\"S\":\"1\"}}")};
    request = request_for(DYNR_BATCH_GET_ITEM);
    request.operations = gets;
    request.n_operations = 2;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_INT(f.response.n_items, 2);
    DYNR_ASSERT_STR(f.response.items[0], "");
    DYNR_ASSERT_STR(f.response.items[1], "{\"pk\":{\"S\":\"b\"},\"sk\":{\"S\":\"1\"}}");
    request.operation = DYNR_TRANSACT_GET_ITEMS;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_INT(f.response.items[1].len, strlen("{\"pk\":{\"S\":\"b\"},\"sk\":{\"S\":\"1\"}}"));
    fixture_close(&f);
}

static void batches_refuse_duplicates_and_wrong_counts(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    struct dynr_request writes[26];
    for (size_t i = 0; i < 26; i++) {
        writes[i] = put_request(ITEM_A);
    }
    struct dynr_request request = request_for(DYNR_BATCH_WRITE_ITEM);
    request.operations = writes;
    request.n_operations = 2;
    (void)fixture_fails(&f, &request, DYNR_ERR_INVALID_ARGUMENT,
                        "Provided list of item keys contains duplicates");
    request.n_operations = 26;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_ERR_INVALID_ARGUMENT);
    request.n_operations = 0;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_ERR_INVALID_ARGUMENT);
    DYNR_ASSERT_STR(fixture_get(&f, KEY_A), "");
    struct dynr_request gets[] = {get_request(KEY_A), get_request(KEY_A)};
    request = request_for(DYNR_BATCH_GET_ITEM);
    request.operations = gets;
    request.n_operations = 2;
    (void)fixture_fails(&f, &request, DYNR_ERR_INVALID_ARGUMENT,
                        "Provided list of item keys contains duplicates");
    request.operation = DYNR_TRANSACT_GET_ITEMS;
    (void)fixture_fails(&f, &request, DYNR_ERR_INVALID_ARGUMENT,
                        "Transaction request cannot include multiple operations on one item");
    fixture_close(&f);
}

static void large_batches_come_in_parts(void)
{
    enum {
        ITEMS = 50
    };
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    struct dynr_request gets[ITEMS];
    char *keys[ITEMS];
    for (int i = 0; i < ITEMS; i++) {
        char rest[64];
        keys[i] = malloc(64);
        (void)snprintf(rest, sizeof rest, ",\"pk\":{\"S\":\"p%d\"},\"sk\":{\"S\":\"1\"}", i);
        (void)snprintf(keys[i], 64, "{\"pk\":{\"S\":\"p%d\"},\"sk\":{\"S\":\"1\"}}", i);
        char *item = item_with("v", 400 * 1024 - 20, rest);
        fixture_put(&f, item);
        free(item);
        gets[i] = get_request(keys[i]);
    }
    struct dynr_request request = request_for(DYNR_BATCH_GET_ITEM);
    request.operations = gets;
    request.n_operations = ITEMS;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_INT(f.response.n_unprocessed, 9);
    DYNR_ASSERT_INT(f.response.unprocessed[0], 41);
    DYNR_ASSERT_STR(f.response.items[41], "");
    for (int i = 0; i < ITEMS; i++) {
        free(keys[i]);
    }
    fixture_close(&f);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(get_finds_what_put_wrote),
        DYNR_TEST(put_answers_the_old_item_when_asked),
        DYNR_TEST(conditions_guard_every_write),
        DYNR_TEST(conditions_see_what_they_look_at),
        DYNR_TEST(update_answers_each_return_value),
        DYNR_TEST(update_creates_what_is_missing),
        DYNR_TEST(delete_removes_and_answers),
        DYNR_TEST(keys_are_checked_in_the_services_words),
        DYNR_TEST(items_are_checked_in_the_services_words),
        DYNR_TEST(sizes_are_limited_as_the_service_limits_them),
        DYNR_TEST(number_and_binary_keys_are_values_not_texts),
        DYNR_TEST(tables_come_and_go),
        DYNR_TEST(tables_are_listed_in_pages),
        DYNR_TEST(table_definitions_are_checked),
        DYNR_TEST(batches_read_and_write_many),
        DYNR_TEST(batches_refuse_duplicates_and_wrong_counts),
        DYNR_TEST(large_batches_come_in_parts),
    };
    return dynr_test_main("local-items", tests, DYNR_TEST_COUNT(tests));
}
