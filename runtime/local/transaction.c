/* SPDX-License-Identifier: Apache-2.0 */
/* TransactWriteItems: all conditions first, then all writes, in one job. */
#include "local/capacity.h"

enum {
    MOST_OPERATIONS = 100,
    MOST_TOKEN = 36
};

struct transaction_work {
    struct local_call *call;
    const struct dynr_request *request;
    struct local_digest digest;
    struct local_write *writes;
    struct dynr_cancellation_reason *reasons;
    size_t n_failed;
    size_t n_key_faults;
};

/* ---- before the database ---- */

static enum dynr_status check_operation(const struct dynr_request *operation,
                                        struct dynr_error *err)
{
    switch (operation->operation) {
    case DYNR_CONDITION_CHECK:
        if (operation->condition.len == 0) {
            return dynr_local_invalid(
                err, "1 validation error detected: Value null at 'transactItems.1.member."
                     "conditionCheck.conditionExpression' failed to satisfy constraint: Member "
                     "must not be null");
        }
        return DYNR_OK;
    case DYNR_UPDATE_ITEM:
        if (operation->update.len == 0) {
            return dynr_local_invalid(
                err, "1 validation error detected: Value null at 'transactItems.1.member.update."
                     "updateExpression' failed to satisfy constraint: Member must not be null");
        }
        return DYNR_OK;
    case DYNR_PUT_ITEM:
    case DYNR_DELETE_ITEM:
        return DYNR_OK;
    case DYNR_GET_ITEM:
    case DYNR_QUERY:
    case DYNR_SCAN:
    case DYNR_BATCH_GET_ITEM:
    case DYNR_BATCH_WRITE_ITEM:
    case DYNR_TRANSACT_GET_ITEMS:
    case DYNR_TRANSACT_WRITE_ITEMS:
    case DYNR_CREATE_TABLE:
    case DYNR_DELETE_TABLE:
    case DYNR_DESCRIBE_TABLE:
    case DYNR_LIST_TABLES:
    case DYNR_UPDATE_TABLE:
        break;
    }
    return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT,
                     "a transaction holds Put, Update, Delete and ConditionCheck only");
}

static bool has_key_fault(const struct transaction_work *work, size_t position)
{
    return work->reasons[position].code.len > 0;
}

/* A key that does not fit the table's schema cancels the transaction, before any condition is looked at. */
static enum dynr_status prepare_key(struct transaction_work *work, size_t position,
                                    struct dynr_error *err)
{
    struct dynr_error fault = {0};
    enum dynr_status status =
        dynr_local_write_prepare_key(work->call, &work->writes[position], &fault);
    if (status == DYNR_ERR_NO_MEMORY) {
        return dynr_local_out_of_memory(err);
    }
    if (status == DYNR_OK) {
        return DYNR_OK;
    }
    work->n_key_faults++;
    return dynr_local_reason_set(work->call, &fault, "ValidationError", &work->reasons[position],
                                 err);
}

static enum dynr_status prepare_one(struct transaction_work *work, size_t position,
                                    struct dynr_error *err)
{
    struct local_write *writes = work->writes;
    const struct dynr_request *operation = &work->request->operations[position];
    enum dynr_status status = check_operation(operation, err);
    if (status == DYNR_OK) {
        status = dynr_local_write_prepare_parts(work->call, operation, &writes[position], err);
    }
    if (status == DYNR_OK) {
        status = prepare_key(work, position, err);
    }
    for (size_t i = 0; status == DYNR_OK && i < position; i++) {
        if (!has_key_fault(work, i) && !has_key_fault(work, position) &&
            writes[i].table == writes[position].table &&
            dynr_local_key_equal(&writes[i].key, &writes[position].key)) {
            return dynr_local_invalid(
                err, "Transaction request cannot include multiple operations on one item");
        }
    }
    return status;
}

static enum dynr_status check_request(const struct dynr_request *request, struct dynr_error *err)
{
    if (request->n_operations == 0 || request->n_operations > MOST_OPERATIONS) {
        return dynr_local_invalid(
            err,
            "1 validation error detected: Value '[]' at 'transactItems' failed to satisfy "
            "constraint: Member must have length %s",
            request->n_operations == 0 ? "greater than or equal to 1"
                                       : "less than or equal to 100");
    }
    if (request->client_token.len > MOST_TOKEN) {
        return dynr_local_invalid(
            err,
            "1 validation error detected: Value '%.*s' at 'clientRequestToken' failed to "
            "satisfy constraint: Member must have length less than or equal to 36",
            (int)request->client_token.len, request->client_token.ptr);
    }
    return DYNR_OK;
}

/* ---- evaluation ---- */

/*
 * Outcomes that concern one operation and cancel the transaction with a reason; others fail the
 * request.
 */
static const char *reason_code(enum dynr_status status)
{
    if (status == DYNR_ERR_CONDITION_FAILED) {
        return "ConditionalCheckFailed";
    }
    return status == DYNR_ERR_INVALID_ARGUMENT || status == DYNR_ERR_TYPE ||
                   status == DYNR_ERR_RANGE || status == DYNR_ERR_TOO_LARGE ||
                   status == DYNR_ERR_MISSING
               ? "ValidationError"
               : NULL;
}

static enum dynr_status evaluate_one(struct local_connection *connection,
                                     struct transaction_work *work, size_t position,
                                     struct dynr_error *err)
{
    struct dynr_error fault = {0};
    struct local_write *write = &work->writes[position];
    struct dynr_cancellation_reason *reason = &work->reasons[position];
    enum dynr_status status = dynr_local_write_evaluate(connection, work->call, write, &fault);
    reason->code = dynr_str_from_c("None");
    if (status == DYNR_OK) {
        return DYNR_OK;
    }
    const char *code = reason_code(status);
    if (code == NULL) {
        if (err != NULL) {
            *err = fault;
            err->operation_index = (int)position;
        }
        return status;
    }
    work->n_failed++;
    if (write->condition_failed && write->request->return_old_on_failure) {
        reason->item = write->old_text;
    }
    return dynr_local_reason_set(work->call, &fault, code, reason, err);
}

/* 4 MB of items as they stand after the transaction. */
static enum dynr_status check_total(const struct transaction_work *work, struct dynr_error *err)
{
    size_t total = 0;
    for (size_t i = 0; i < work->request->n_operations; i++) {
        total += work->writes[i].new_size;
    }
    return total <= LOCAL_TRANSACTION_BYTES
               ? DYNR_OK
               : dynr_local_invalid(
                     err, "The aggregate size of items in the transaction has exceeded 4 MB");
}

static enum dynr_status apply_all(struct local_connection *connection,
                                  struct transaction_work *work, struct dynr_error *err)
{
    enum dynr_status status = DYNR_OK;
    for (size_t i = 0; status == DYNR_OK && i < work->request->n_operations; i++) {
        status = dynr_local_write_apply(connection, work->call, &work->writes[i], err);
    }
    if (status == DYNR_OK && work->request->client_token.len > 0) {
        status = dynr_local_token_keep(connection, work->request->client_token, &work->digest, err);
    }
    return status;
}

/* A replay writes nothing; the service charges it the reading of the items. */
static enum dynr_status meter_replay(struct local_connection *connection,
                                     struct transaction_work *work, struct dynr_error *err)
{
    enum dynr_status status = DYNR_OK;
    for (size_t i = 0;
         work->call->wants_capacity && status == DYNR_OK && i < work->request->n_operations; i++) {
        struct local_write *write = &work->writes[i];
        status = dynr_local_item_load(connection, write->table, &write->key, work->call->arena,
                                      &write->old_text, &write->old_size, err);
        if (status == DYNR_OK) {
            status = dynr_local_meter_read(work->call, write->table, LOCAL_NO_INDEX,
                                           write->old_size, true, err);
        }
    }
    return status;
}

static enum dynr_status cancel_for_keys(struct transaction_work *work, struct dynr_error *err)
{
    for (size_t i = 0; i < work->request->n_operations; i++) {
        if (!has_key_fault(work, i)) {
            work->reasons[i].code = dynr_str_from_c("None");
        }
    }
    return dynr_local_cancel(work->reasons, work->request->n_operations, err);
}

static enum dynr_status run_transaction(struct local_connection *connection, void *context,
                                        struct dynr_error *err)
{
    struct transaction_work *work = context;
    enum dynr_status status = DYNR_OK;
    work->n_failed = 0;
    if (work->n_key_faults > 0) {
        return cancel_for_keys(work, err);
    }
    if (work->request->client_token.len > 0) {
        bool is_replay = false;
        status = dynr_local_token_check(connection, work->request->client_token, &work->digest,
                                        &is_replay, err);
        if (status != DYNR_OK || is_replay) {
            return status == DYNR_OK ? meter_replay(connection, work, err) : status;
        }
    }
    for (size_t i = 0; status == DYNR_OK && i < work->request->n_operations; i++) {
        status = evaluate_one(connection, work, i, err);
    }
    if (status == DYNR_OK && work->n_failed > 0) {
        return dynr_local_cancel(work->reasons, work->request->n_operations, err);
    }
    if (status == DYNR_OK) {
        status = check_total(work, err);
    }
    return status == DYNR_OK ? apply_all(connection, work, err) : status;
}

static enum dynr_status finish_transaction(struct local_call *call, void *context,
                                           enum dynr_status status, struct dynr_response *response,
                                           struct dynr_error *err)
{
    const struct transaction_work *work = context;
    (void)call;
    (void)err;
    if (status == DYNR_ERR_TRANSACTION_CANCELED) {
        response->reasons = work->reasons;
        response->n_reasons = work->request->n_operations;
    }
    return status;
}

enum dynr_status dynr_local_plan_transaction(struct local_call *call,
                                             const struct dynr_request *request,
                                             struct local_plan *out, struct dynr_error *err)
{
    enum dynr_status status = check_request(request, err);
    struct transaction_work *work = dynr_arena_calloc(call->arena, 1, sizeof *work);
    if (status != DYNR_OK) {
        return status;
    }
    if (work == NULL) {
        return dynr_local_out_of_memory(err);
    }
    *work = (struct transaction_work){.call = call, .request = request};
    work->writes = dynr_arena_calloc(call->arena, request->n_operations, sizeof *work->writes);
    work->reasons = dynr_arena_calloc(call->arena, request->n_operations, sizeof *work->reasons);
    if (work->writes == NULL || work->reasons == NULL) {
        return dynr_local_out_of_memory(err);
    }
    for (size_t i = 0; i < request->n_operations; i++) {
        status = prepare_one(work, i, err);
        if (status != DYNR_OK) {
            if (err != NULL) {
                err->operation_index = (int)i;
            }
            return status;
        }
    }
    if (request->client_token.len > 0) {
        work->digest = dynr_local_request_digest(request);
    }
    *out = (struct local_plan){.run = run_transaction, .finish = finish_transaction, .work = work};
    return DYNR_OK;
}
