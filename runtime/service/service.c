/* SPDX-License-Identifier: Apache-2.0 */
/* The service: which operation a request names, and what every one of them does. */
#include "service/service.h"

#include <stdatomic.h>
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
     dynr_service_batch_execute_statement, NULL, true},
    {"BatchGetItem", &dynr_shape_batch_get_item, dynr_service_batch_get_item, NULL, true},
    {"BatchWriteItem", &dynr_shape_batch_write_item, dynr_service_batch_write_item,
     dynr_service_batch_written, false},
    {"CreateTable", &dynr_shape_create_table, dynr_service_create_table, NULL, true},
    {"DeleteItem", &dynr_shape_delete_item, dynr_service_delete_item, dynr_service_item_written,
     false},
    {"DeleteTable", &dynr_shape_delete_table, dynr_service_delete_table, NULL, true},
    {"DescribeContinuousBackups", &dynr_shape_describe_table,
     dynr_service_describe_continuous_backups, NULL, true},
    {"DescribeEndpoints", &dynr_shape_empty, dynr_service_describe_endpoints, NULL, false},
    {"DescribeLimits", &dynr_shape_empty, dynr_service_describe_limits, NULL, false},
    {"DescribeTable", &dynr_shape_describe_table, dynr_service_describe_table, NULL, true},
    {"DescribeTimeToLive", &dynr_shape_describe_table, dynr_service_describe_time_to_live, NULL,
     true},
    {"ExecuteStatement", &dynr_shape_execute_statement, dynr_service_execute_statement, NULL, true},
    {"ExecuteTransaction", &dynr_shape_execute_transaction, dynr_service_execute_transaction, NULL,
     true},
    {"GetItem", &dynr_shape_get_item, dynr_service_get_item, NULL, false},
    {"ListTables", &dynr_shape_list_tables, dynr_service_list_tables, NULL, false},
    {"ListTagsOfResource", &dynr_shape_list_tags_of_resource, dynr_service_list_tags_of_resource,
     NULL, false},
    {"PutItem", &dynr_shape_put_item, dynr_service_put_item, dynr_service_item_written, false},
    {"Query", &dynr_shape_query, dynr_service_query, NULL, false},
    {"Scan", &dynr_shape_scan, dynr_service_scan, NULL, true},
    {"TagResource", &dynr_shape_tag_resource, dynr_service_tag_resource, NULL, true},
    {"TransactGetItems", &dynr_shape_transact_get_items, dynr_service_transact_get_items, NULL,
     false},
    {"TransactWriteItems", &dynr_shape_transact_write_items, dynr_service_transact_write_items,
     dynr_service_transaction_written, false},
    {"UntagResource", &dynr_shape_untag_resource, dynr_service_untag_resource, NULL, true},
    {"UpdateContinuousBackups", &dynr_shape_update_continuous_backups,
     dynr_service_update_continuous_backups, NULL, true},
    {"UpdateItem", &dynr_shape_update_item, dynr_service_update_item, dynr_service_item_written,
     false},
    {"UpdateTable", &dynr_shape_update_table, dynr_service_update_table, NULL, true},
    {"UpdateTimeToLive", &dynr_shape_update_time_to_live, dynr_service_update_time_to_live, NULL,
     true},
};

static const struct service_operation stream_operations[] = {
    {"DescribeStream", &dynr_shape_describe_stream, dynr_service_describe_stream, NULL, false},
    {"GetRecords", &dynr_shape_get_records, dynr_service_get_records, NULL, false},
    {"GetShardIterator", &dynr_shape_get_shard_iterator, dynr_service_get_shard_iterator, NULL,
     false},
    {"ListStreams", &dynr_shape_list_streams, dynr_service_list_streams, NULL, false},
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

bool dynr_service_is_parallel(const struct dynr_service *service)
{
    return dynr_local_is_parallel(service->store);
}

/* ---- one call ---- */

static const char no_memory[] =
    "{\"__type\":\"" SERVICE_INTERNAL "\",\"message\":\"memory is exhausted\"}";

static bool serialization_fault(struct service_call *call, enum service_read_result result,
                                const struct service_read_fault *fault)
{
    if (result == SERVICE_READ_NO_MEMORY) {
        return dynr_service_no_memory(call);
    }
    (void)dynr_service_fail(call, SERVICE_SERIALIZATION, "%.*s", (int)fault->message.len,
                            fault->message.len == 0 ? "" : fault->message.ptr);
    call->fault.is_late = true;
    return false;
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

/* Everything that comes before the store, or all of it. */
static bool begin(struct service_call *call)
{
    struct service_read_fault fault;
    enum service_read_result result = dynr_shape_read(call->operation->input, call->request->body,
                                                      call->arena, &call->input, &fault);
    if (result != SERVICE_READ_OK) {
        return serialization_fault(call, result, &fault);
    }
    if (!validate(call)) {
        return false;
    }
    /* A filter looks at a page of items, however few come of it. */
    call->is_put_off =
        call->is_hurried && (dynr_node_has(&call->input, SERVICE_FIELD_FILTER_EXPRESSION) ||
                             dynr_node_has(&call->input, SERVICE_FIELD_QUERY_FILTER));
    return !call->is_put_off && call->operation->run(call);
}

static void answer_fault(struct service_call *call, struct dynr_service_answer *answer)
{
    struct service_text text;
    dynr_service_text_init(&text, call->arena);
    dynr_service_fault_write(&call->fault, &text.buf);
    bool ok = dynr_buf_ok(&text.buf);
    answer->http_status = ok ? call->fault.http_status : 500;
    answer->body = ok ? dynr_buf_str(&text.buf) : dynr_str_from_c(no_memory);
}

/* `ok`: it did not fail. */
static void answer_call(struct service_call *call, bool ok, struct dynr_service_answer *answer)
{
    struct service_read_fault fault;
    if (ok && !dynr_buf_ok(&call->answer.buf)) {
        ok = dynr_service_no_memory(call);
    }
    if (ok) {
        answer->http_status = 200;
        answer->body = dynr_buf_str(&call->answer.buf);
        return;
    }
    if (!call->fault.is_late && call->operation != NULL) {
        /* What was not looked into may be of the wrong type, which the service says first. */
        enum service_read_result result =
            dynr_shape_check_raw(call->operation->input, call->request->body, call->arena, &fault);
        if (result != SERVICE_READ_OK) {
            (void)serialization_fault(call, result, &fault);
        }
    }
    answer_fault(call, answer);
}

static void open_call(struct dynr_service *service, const struct dynr_service_request *request,
                      struct dynr_arena *arena, struct service_call *call)
{
    memset(call, 0, sizeof *call);
    call->service = service;
    call->request = request;
    call->arena = arena;
    call->operation = find_operation(request->target);
    dynr_service_text_init(&call->answer, arena);
}

static bool begin_known(struct service_call *call)
{
    return call->operation == NULL ? dynr_service_fail(call, SERVICE_UNKNOWN, "%s", "")
                                   : begin(call);
}

void dynr_service_call(struct dynr_service *service, const struct dynr_service_request *request,
                       struct dynr_arena *arena, struct dynr_service_answer *answer)
{
    struct service_call call;
    open_call(service, request, arena, &call);
    bool ok = begin_known(&call);
    if (ok && call.operation->finish != NULL) {
        dynr_service_write(&call);
        ok = call.operation->finish(&call);
    }
    answer_call(&call, ok, answer);
}

/* ---- without waiting ---- */

/* A longer one takes milliseconds to be read. */
#define LONG_BODY ((size_t)256 << 10)

struct dynr_service_pending {
    struct service_call call;
    dynr_service_ready_fn ready;
    void *context;
    /* Who of the two comes second, the end of dynr_service_begin or the store's answer, knows of the other by this. */
    atomic_bool is_first_there;
};

/* The store's thread must not be held up: who began the call makes the answer. */
static void on_written(void *context, const struct dynr_response *response,
                       const struct dynr_error *err)
{
    struct dynr_service_pending *pending = context;
    pending->call.write.response = *response;
    pending->call.write.err = *err;
    if (atomic_exchange(&pending->is_first_there, true)) {
        pending->ready(pending->context);
    }
}

enum dynr_service_progress
dynr_service_begin(struct dynr_service *service, const struct dynr_service_request *request,
                   struct dynr_arena *arena, dynr_service_ready_fn ready, void *context,
                   struct dynr_service_pending **out_pending, struct dynr_service_answer *answer)
{
    struct dynr_service_pending *pending = dynr_arena_alloc(arena, sizeof *pending);
    *out_pending = NULL;
    if (pending == NULL) {
        *answer = (struct dynr_service_answer){500, dynr_str_from_c(no_memory)};
        return DYNR_SERVICE_ANSWERED;
    }
    struct service_call *call = &pending->call;
    open_call(service, request, arena, call);
    call->is_hurried = true;
    if (call->operation != NULL && (call->operation->is_slow || request->body.len > LONG_BODY)) {
        return DYNR_SERVICE_SLOW;
    }
    bool ok = begin_known(call);
    if (call->is_put_off) {
        return DYNR_SERVICE_SLOW;
    }
    if (!ok || call->operation->finish == NULL) {
        answer_call(call, ok, answer);
        return DYNR_SERVICE_ANSWERED;
    }
    pending->ready = ready;
    pending->context = context;
    *out_pending = pending;
    atomic_init(&pending->is_first_there, false);
    dynr_local_submit(service->store, &call->write.request, arena, on_written, pending);
    if (!atomic_exchange(&pending->is_first_there, true)) {
        return DYNR_SERVICE_UNDER_WAY;
    }
    dynr_service_end(pending, answer);
    return DYNR_SERVICE_ANSWERED;
}

void dynr_service_end(struct dynr_service_pending *pending, struct dynr_service_answer *answer)
{
    struct service_call *call = &pending->call;
    answer_call(call, call->operation->finish(call), answer);
}
