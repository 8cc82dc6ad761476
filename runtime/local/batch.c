/* SPDX-License-Identifier: Apache-2.0 */
/* BatchGetItem, BatchWriteItem and TransactGetItems. */
#include "local/engine.h"

enum {
    MOST_GETS = 100,
    MOST_WRITES = 25
};

static enum dynr_status check_count(const struct dynr_request *request, size_t most,
                                    const char *member, struct dynr_error *err)
{
    if (request->n_operations == 0) {
        return dynr_local_invalid(
            err,
            "1 validation error detected: Value '[]' at '%s' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1",
            member);
    }
    if (request->n_operations > most) {
        return request->operation == DYNR_BATCH_GET_ITEM
                   ? dynr_local_invalid(err, "Too many items requested for the BatchGetItem call")
                   : dynr_local_invalid(
                         err,
                         "1 validation error detected: Value at '%s' failed to satisfy constraint: "
                         "Member must have length less than or equal to %zu",
                         member, most);
    }
    return DYNR_OK;
}

/* ---- reads ---- */

static enum dynr_status prepare_read(struct local_call *call, const struct dynr_request *operation,
                                     struct local_read *out,
                                     struct dynr_cancellation_reason *reason,
                                     struct dynr_error *err)
{
    if (reason != NULL) {
        reason->code = dynr_str_from_c("None");
    }
    enum dynr_status status = dynr_local_read_prepare(call, operation, out, err);
    return status == DYNR_OK ? dynr_local_read_prepare_key(call, operation, out, reason, err)
                             : status;
}

/* `reasons`: one for each read, where it is a transaction. */
static enum dynr_status prepare_reads(struct local_call *call, const struct dynr_request *request,
                                      struct dynr_cancellation_reason *reasons,
                                      struct local_read **out, struct dynr_error *err)
{
    enum dynr_status status = DYNR_OK;
    bool is_canceled = false;
    struct local_read *reads = dynr_arena_calloc(call->arena, request->n_operations, sizeof *reads);
    if (reads == NULL) {
        return dynr_local_out_of_memory(err);
    }
    for (size_t i = 0; status == DYNR_OK && i < request->n_operations; i++) {
        if (request->operations[i].operation != DYNR_GET_ITEM) {
            return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "operation %zu is no GetItem", i);
        }
        status = prepare_read(call, &request->operations[i], &reads[i],
                              reasons == NULL ? NULL : &reasons[i], err);
        is_canceled = is_canceled || reads[i].has_key_fault;
        for (size_t k = 0; status == DYNR_OK && !reads[i].has_key_fault && k < i; k++) {
            if (!reads[k].has_key_fault && reads[k].table == reads[i].table &&
                dynr_local_key_equal(&reads[k].key, &reads[i].key)) {
                status = dynr_local_invalid(
                    err, "%s",
                    request->operation == DYNR_BATCH_GET_ITEM
                        ? "Provided list of item keys contains duplicates"
                        : "Transaction request cannot include multiple operations "
                          "on one item");
            }
        }
        if (status != DYNR_OK && err != NULL) {
            err->operation_index = (int)i;
        }
    }
    *out = reads;
    return status == DYNR_OK && is_canceled ? dynr_local_cancel(reasons, request->n_operations, err)
                                            : status;
}

/* All reads see one snapshot. `most_bytes`: where reading stops; the rest is unprocessed. */
static enum dynr_status run_reads(struct local_connection *connection, struct local_call *call,
                                  const struct local_read *reads, size_t n_reads, size_t most_bytes,
                                  struct dynr_response *response, struct dynr_error *err)
{
    size_t n_bytes = 0;
    size_t n_unprocessed = 0;
    struct dynr_str *items = dynr_arena_calloc(call->arena, n_reads, sizeof *items);
    size_t *unprocessed = dynr_arena_calloc(call->arena, n_reads, sizeof *unprocessed);
    if (items == NULL || unprocessed == NULL) {
        return dynr_local_out_of_memory(err);
    }
    enum dynr_status status = dynr_local_read_begin(connection, err);
    if (status != DYNR_OK) {
        return status;
    }
    for (size_t i = 0; status == DYNR_OK && i < n_reads; i++) {
        size_t size = 0;
        if (n_bytes >= most_bytes) {
            unprocessed[n_unprocessed++] = i;
            continue;
        }
        status = dynr_local_read_execute(connection, call, &reads[i], &items[i], &size, err);
        n_bytes += size;
    }
    dynr_local_read_end(connection);
    response->items = items;
    response->n_items = n_reads;
    response->unprocessed = unprocessed;
    response->n_unprocessed = n_unprocessed;
    response->size_bytes = n_bytes;
    return status;
}

static enum dynr_status read_all(struct local_call *call, const struct dynr_request *request,
                                 struct dynr_cancellation_reason *reasons, size_t most_bytes,
                                 struct dynr_response *response, struct dynr_error *err)
{
    struct local_read *reads = NULL;
    struct local_connection *connection;
    enum dynr_status status = prepare_reads(call, request, reasons, &reads, err);
    if (status == DYNR_OK) {
        status = dynr_local_snapshot_begin(call, &connection, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    status = run_reads(connection, call, reads, request->n_operations, most_bytes, response, err);
    dynr_local_snapshot_end(call, connection);
    return status;
}

enum dynr_status dynr_local_batch_get(struct local_call *call, const struct dynr_request *request,
                                      struct dynr_response *response, struct dynr_error *err)
{
    enum dynr_status status = check_count(request, MOST_GETS, "requestItems", err);
    return status == DYNR_OK ? read_all(call, request, NULL, LOCAL_BATCH_GET_BYTES, response, err)
                             : status;
}

enum dynr_status dynr_local_transact_get(struct local_call *call,
                                         const struct dynr_request *request,
                                         struct dynr_response *response, struct dynr_error *err)
{
    enum dynr_status status = check_count(request, MOST_GETS, "transactItems", err);
    if (status != DYNR_OK) {
        return status;
    }
    struct dynr_cancellation_reason *reasons =
        dynr_arena_calloc(call->arena, request->n_operations, sizeof *reasons);
    if (reasons == NULL) {
        return dynr_local_out_of_memory(err);
    }
    status = read_all(call, request, reasons, LOCAL_TRANSACTION_BYTES, response, err);
    if (status == DYNR_ERR_TRANSACTION_CANCELED) {
        response->reasons = reasons;
        response->n_reasons = request->n_operations;
    }
    if (status == DYNR_OK && response->n_unprocessed > 0) {
        return dynr_local_invalid(
            err, "The aggregate size of items in the transaction has exceeded 4 MB");
    }
    return status;
}

/* ---- BatchWriteItem ---- */

struct batch_work {
    struct local_call *call;
    struct local_write *writes;
    size_t n_writes;
};

/* One commit for all: the service promises less (each for itself), no caller can tell. */
static enum dynr_status run_writes(struct local_connection *connection, void *context,
                                   struct dynr_error *err)
{
    struct batch_work *work = context;
    enum dynr_status status = DYNR_OK;
    for (size_t i = 0; status == DYNR_OK && i < work->n_writes; i++) {
        status = dynr_local_write_evaluate(connection, work->call, &work->writes[i], err);
        if (status == DYNR_OK) {
            status = dynr_local_write_apply(connection, work->call, &work->writes[i], err);
        }
    }
    return status;
}

static enum dynr_status prepare_write(struct local_call *call, const struct dynr_request *operation,
                                      struct local_write *out, struct dynr_error *err)
{
    bool is_plain = operation->condition.len == 0 && operation->return_values == DYNR_RETURN_NONE;
    if ((operation->operation != DYNR_PUT_ITEM && operation->operation != DYNR_DELETE_ITEM) ||
        !is_plain) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT,
                         "a batch holds plain PutItem and DeleteItem only");
    }
    return dynr_local_write_prepare(call, operation, out, err);
}

static enum dynr_status finish_writes(struct local_call *call, void *context,
                                      enum dynr_status status, struct dynr_response *response,
                                      struct dynr_error *err)
{
    (void)call;
    (void)context;
    (void)response;
    (void)err;
    return status;
}

enum dynr_status dynr_local_plan_batch_write(struct local_call *call,
                                             const struct dynr_request *request,
                                             struct local_plan *out, struct dynr_error *err)
{
    enum dynr_status status = check_count(request, MOST_WRITES, "requestItems", err);
    if (status != DYNR_OK) {
        return status;
    }
    struct batch_work *work = dynr_arena_calloc(call->arena, 1, sizeof *work);
    struct local_write *writes =
        dynr_arena_calloc(call->arena, request->n_operations, sizeof *writes);
    if (work == NULL || writes == NULL) {
        return dynr_local_out_of_memory(err);
    }
    *work = (struct batch_work){.call = call, .writes = writes, .n_writes = request->n_operations};
    for (size_t i = 0; i < work->n_writes; i++) {
        status = prepare_write(call, &request->operations[i], &writes[i], err);
        for (size_t k = 0; status == DYNR_OK && k < i; k++) {
            if (writes[k].table == writes[i].table &&
                dynr_local_key_equal(&writes[k].key, &writes[i].key)) {
                status = dynr_local_invalid(err, "Provided list of item keys contains duplicates");
            }
        }
        if (status != DYNR_OK) {
            if (err != NULL) {
                err->operation_index = (int)i;
            }
            return status;
        }
    }
    *out = (struct local_plan){.run = run_writes, .finish = finish_writes, .work = work};
    return DYNR_OK;
}
