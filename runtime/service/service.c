/* SPDX-License-Identifier: Apache-2.0 */
/* The service: which operation a request names, and what every one of them does. */
#include "service/service.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- operations ---- */

struct service_api {
    const char *name;
    const struct service_operation *operations;
    size_t n_operations;
};

static const struct service_operation table_operations[] = {
    {"BatchExecuteStatement", &dynr_shape_batch_execute_statement,
     dynr_service_batch_execute_statement},
    {"BatchGetItem", &dynr_shape_batch_get_item, dynr_service_batch_get_item},
    {"BatchWriteItem", &dynr_shape_batch_write_item, dynr_service_batch_write_item},
    {"CreateTable", &dynr_shape_create_table, dynr_service_create_table},
    {"DeleteItem", &dynr_shape_delete_item, dynr_service_delete_item},
    {"DeleteTable", &dynr_shape_delete_table, dynr_service_delete_table},
    {"DescribeContinuousBackups", &dynr_shape_describe_table,
     dynr_service_describe_continuous_backups},
    {"DescribeEndpoints", &dynr_shape_empty, dynr_service_describe_endpoints},
    {"DescribeLimits", &dynr_shape_empty, dynr_service_describe_limits},
    {"DescribeTable", &dynr_shape_describe_table, dynr_service_describe_table},
    {"DescribeTimeToLive", &dynr_shape_describe_table, dynr_service_describe_time_to_live},
    {"ExecuteStatement", &dynr_shape_execute_statement, dynr_service_execute_statement},
    {"ExecuteTransaction", &dynr_shape_execute_transaction, dynr_service_execute_transaction},
    {"GetItem", &dynr_shape_get_item, dynr_service_get_item},
    {"ListTables", &dynr_shape_list_tables, dynr_service_list_tables},
    {"ListTagsOfResource", &dynr_shape_list_tags_of_resource, dynr_service_list_tags_of_resource},
    {"PutItem", &dynr_shape_put_item, dynr_service_put_item},
    {"Query", &dynr_shape_query, dynr_service_query},
    {"Scan", &dynr_shape_scan, dynr_service_scan},
    {"TagResource", &dynr_shape_tag_resource, dynr_service_tag_resource},
    {"TransactGetItems", &dynr_shape_transact_get_items, dynr_service_transact_get_items},
    {"TransactWriteItems", &dynr_shape_transact_write_items, dynr_service_transact_write_items},
    {"UntagResource", &dynr_shape_untag_resource, dynr_service_untag_resource},
    {"UpdateContinuousBackups", &dynr_shape_update_continuous_backups,
     dynr_service_update_continuous_backups},
    {"UpdateItem", &dynr_shape_update_item, dynr_service_update_item},
    {"UpdateTable", &dynr_shape_update_table, dynr_service_update_table},
    {"UpdateTimeToLive", &dynr_shape_update_time_to_live, dynr_service_update_time_to_live},
};

static const struct service_operation stream_operations[] = {
    {"DescribeStream", &dynr_shape_describe_stream, dynr_service_describe_stream},
    {"GetRecords", &dynr_shape_get_records, dynr_service_get_records},
    {"GetShardIterator", &dynr_shape_get_shard_iterator, dynr_service_get_shard_iterator},
    {"ListStreams", &dynr_shape_list_streams, dynr_service_list_streams},
};

static const struct service_api apis[] = {
    {"DynamoDB_20120810.", table_operations, sizeof table_operations / sizeof table_operations[0]},
    {"DynamoDBStreams_20120810.", stream_operations,
     sizeof stream_operations / sizeof stream_operations[0]},
};

static const struct service_operation *find_operation(struct dynr_str target)
{
    for (size_t i = 0; i < sizeof apis / sizeof apis[0]; i++) {
        struct dynr_str prefix = dynr_str_from_c(apis[i].name);
        if (!dynr_str_starts_with(target, prefix)) {
            continue;
        }
        struct dynr_str name = dynr_str_make(target.ptr + prefix.len, target.len - prefix.len);
        for (size_t k = 0; k < apis[i].n_operations; k++) {
            if (dynr_str_equal_c(name, apis[i].operations[k].name)) {
                return &apis[i].operations[k];
            }
        }
    }
    return NULL;
}

/* ---- open and close ---- */

enum dynr_status dynr_service_open(struct dynr_backend *store,
                                   const struct dynr_service_options *options,
                                   struct dynr_service **out, struct dynr_error *err)
{
    uint64_t position;
    *out = NULL;
    if (options != NULL && options->size < sizeof *options) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "the options have no valid size");
    }
    /* Only an embedded store has positions. */
    enum dynr_status status = dynr_local_stream_position(store, &position, err);
    if (status != DYNR_OK) {
        return status;
    }
    struct dynr_service *service = calloc(1, sizeof *service);
    if (service == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    const char *region = options == NULL || options->region == NULL ? "us-east-1" : options->region;
    if (snprintf(service->region, sizeof service->region, "%s", region) >=
        (int)sizeof service->region) {
        free(service);
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "the name of the region is too long");
    }
    service->store = store;
    service->isolate = options != NULL && options->isolate;
    service->clock =
        options == NULL || options->clock == NULL ? dynr_clock_system() : options->clock;
    *out = service;
    return DYNR_OK;
}

void dynr_service_close(struct dynr_service *service)
{
    free(service);
}

/* ---- one call ---- */

static bool serialization_fault(struct service_call *call, enum service_read_result result,
                                const struct service_read_fault *fault)
{
    if (result == SERVICE_READ_NO_MEMORY) {
        return dynr_service_no_memory(call);
    }
    return dynr_service_fail(call, SERVICE_SERIALIZATION, "%.*s", (int)fault->message.len,
                             fault->message.len == 0 ? "" : fault->message.ptr);
}

static bool validate(struct service_call *call)
{
    struct service_text text;
    struct dynr_str message;
    dynr_service_text_init(&text, call->arena);
    dynr_shape_validate(&call->input, call->arena, &text.buf);
    if (!dynr_service_text_end(call, &text, &message)) {
        return false;
    }
    return message.len == 0 || dynr_service_invalid(call, "%.*s", (int)message.len, message.ptr);
}

static bool run(struct service_call *call, const struct service_operation *operation)
{
    struct service_read_fault fault;
    enum service_read_result result =
        dynr_shape_read(operation->input, call->request->body, call->arena, &call->input, &fault);
    if (result != SERVICE_READ_OK) {
        return serialization_fault(call, result, &fault);
    }
    bool ok = validate(call) && operation->run(call);
    if (ok && !dynr_buf_ok(&call->answer.buf)) {
        return dynr_service_no_memory(call);
    }
    if (ok || call->fault.is_late) {
        return ok;
    }
    /* What was not looked into may be of the wrong type, which the service says first. */
    result = dynr_shape_check_raw(operation->input, call->request->body, call->arena, &fault);
    return result == SERVICE_READ_OK ? ok : serialization_fault(call, result, &fault);
}

static void answer_fault(struct service_call *call, struct dynr_service_answer *answer)
{
    static const char no_memory[] =
        "{\"__type\":\"" SERVICE_INTERNAL "\",\"message\":\"memory is exhausted\"}";
    struct service_text text;
    dynr_service_text_init(&text, call->arena);
    dynr_service_fault_write(&call->fault, &text.buf);
    bool ok = dynr_buf_ok(&text.buf);
    answer->http_status = ok ? call->fault.http_status : 500;
    answer->body = ok ? dynr_buf_str(&text.buf) : dynr_str_from_c(no_memory);
}

void dynr_service_call(struct dynr_service *service, const struct dynr_service_request *request,
                       struct dynr_arena *arena, struct dynr_service_answer *answer)
{
    struct service_call call = {.service = service, .request = request, .arena = arena};
    const struct service_operation *operation = find_operation(request->target);
    dynr_service_text_init(&call.answer, arena);
    bool ok = operation == NULL ? dynr_service_fail(&call, SERVICE_UNKNOWN, "%s", "")
                                : run(&call, operation);
    if (ok) {
        answer->http_status = 200;
        answer->body = dynr_buf_str(&call.answer.buf);
        return;
    }
    answer_fault(&call, answer);
}
