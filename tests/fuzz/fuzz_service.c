/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "GetItem {...}": any text as an operation's body. There is always an answer, a JSON object; one that is no success names its
 * error; nothing is the service's own fault; and the store is whole afterwards. Each input has a store of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json_read.h"
#include "dynr/local.h"
#include "dynr/service.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char create_app[] =
    "{\"TableName\":\"app\",\"AttributeDefinitions\":[{\"AttributeName\":\"pk\",\"AttributeType\":"
    "\"S\"},{\"AttributeName\":\"sk\",\"AttributeType\":\"N\"}],\"KeySchema\":[{\"AttributeName\":"
    "\"pk\",\"KeyType\":\"HASH\"},{\"AttributeName\":\"sk\",\"KeyType\":\"RANGE\"}],"
    "\"BillingMode\":\"PAY_PER_REQUEST\",\"StreamSpecification\":{\"StreamEnabled\":true,"
    "\"StreamViewType\":\"NEW_AND_OLD_IMAGES\"},\"GlobalSecondaryIndexes\":[{\"IndexName\":\"idx\","
    "\"KeySchema\":[{\"AttributeName\":\"sk\",\"KeyType\":\"HASH\"}],\"Projection\":{"
    "\"ProjectionType\":\"ALL\"}}]}";
static const char put_item[] = "{\"TableName\":\"app\",\"Item\":{\"pk\":{\"S\":\"a\"},\"sk\":{"
                               "\"N\":\"1\"},\"v\":{\"N\":\"2\"},"
                               "\"l\":{\"L\":[{\"S\":\"x\"}]},\"s\":{\"SS\":[\"y\"]}}}";

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static bool is_object(struct dynr_str text)
{
    struct dynr_json_reader reader;
    dynr_json_reader_init(&reader, text);
    return dynr_json_peek(&reader) == DYNR_JSON_OBJECT && dynr_json_skip(&reader, NULL) &&
           dynr_json_finish(&reader);
}

static int call(struct dynr_service *service, struct dynr_str target, struct dynr_str body)
{
    static const char begin[] = "{\"__type\":\"com.amazon";
    struct dynr_service_request request = {.target = target, .body = body};
    struct dynr_service_answer answer;
    struct dynr_arena arena = {0};
    dynr_service_call(service, &request, &arena, &answer);
    require(is_object(answer.body));
    require(answer.http_status == 200 || answer.http_status == 400);
    require(answer.http_status == 200 || dynr_str_starts_with(answer.body, dynr_str_from_c(begin)));
    dynr_arena_cleanup(&arena);
    return answer.http_status;
}

/* "GetItem" is of the tables' API, "Streams.GetRecords" of the other. */
static void call_input(struct dynr_service *service, struct dynr_str input)
{
    static const char streams[] = "Streams.";
    char target[96];
    const char *space = input.len == 0 ? NULL : memchr(input.ptr, ' ', input.len);
    size_t len = space == NULL ? input.len : (size_t)(space - input.ptr);
    struct dynr_str name = dynr_str_make(input.ptr, len);
    bool is_stream = dynr_str_starts_with(name, dynr_str_from_c(streams));
    struct dynr_str prefix =
        dynr_str_from_c(is_stream ? "DynamoDBStreams_20120810." : "DynamoDB_20120810.");
    size_t skip = is_stream ? sizeof streams - 1 : 0;
    if (prefix.len + name.len > sizeof target) {
        return;
    }
    memcpy(target, prefix.ptr, prefix.len);
    memcpy(target + prefix.len, name.ptr + skip, name.len - skip);
    (void)call(service, dynr_str_make(target, prefix.len + name.len - skip),
               dynr_str_make(input.ptr + len, input.len - len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dynr_error err = {0};
    struct dynr_backend *store;
    struct dynr_service *service;
    struct dynr_local_options options = DYNR_LOCAL_OPTIONS_INIT;
    if (size == 0) {
        return 0;
    }
    options.durability = DYNR_DURABILITY_NONE;
    require(dynr_local_open(&options, &store, &err) == DYNR_OK);
    require(dynr_service_open(store, NULL, &service, &err) == DYNR_OK);
    require(call(service, dynr_str_from_c("DynamoDB_20120810.CreateTable"),
                 dynr_str_from_c(create_app)) == 200);
    require(call(service, dynr_str_from_c("DynamoDB_20120810.PutItem"),
                 dynr_str_from_c(put_item)) == 200);
    call_input(service, dynr_str_make((const char *)data, size));
    require(dynr_local_verify(store, &err) == DYNR_OK);
    dynr_service_close(service);
    dynr_backend_destroy(store);
    return 0;
}
