/* SPDX-License-Identifier: Apache-2.0 */
/* BatchExecuteStatement: each statement on its own, with a fault of its own. */
#include "service/partiql.h"

struct batch {
    struct service_call *call;
    struct dynr_consumed *consumed;
    size_t n_consumed;
};

/* What a fault is called inside an answer. */
static const char *error_code(const char *type)
{
    static const struct {
        const char *type;
        const char *code;
    } codes[] = {
        {SERVICE_VALIDATION, "ValidationError"},
        {SERVICE_CONDITION_FAILED, "ConditionalCheckFailed"},
        {SERVICE_DUPLICATE_ITEM, "DuplicateItem"},
        {SERVICE_NO_TABLE, "ResourceNotFound"},
        {SERVICE_ERROR_PREFIX "ItemCollectionSizeLimitExceededException",
         "ItemCollectionSizeLimitExceeded"},
        {SERVICE_ERROR_PREFIX "TransactionConflictException", "TransactionConflict"},
    };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (strcmp(codes[i].type, type) == 0) {
            return codes[i].code;
        }
    }
    return "InternalServerError";
}

/* A value of the wrong type, and a machine that fails, concern the whole call. */
static bool is_of_one(const struct service_fault *fault)
{
    return fault->type != NULL && fault->http_status < 500 &&
           strcmp(fault->type, SERVICE_SERIALIZATION) != 0;
}

static bool write_fault(struct batch *batch, struct dynr_str table)
{
    struct service_call *call = batch->call;
    struct dynr_buf *out = &call->answer.buf;
    const struct service_fault fault = call->fault;
    if (!is_of_one(&fault)) {
        return false;
    }
    memset(&call->fault, 0, sizeof call->fault);
    dynr_buf_append_char(out, '{');
    dynr_service_key(out, "Error");
    dynr_buf_append_char(out, '{');
    dynr_service_key_text(out, "Code", dynr_str_from_c(error_code(fault.type)));
    dynr_service_key_text(out, "Message", fault.message);
    if (fault.item.len > 0) {
        dynr_service_key(out, "Item");
        dynr_buf_append_str(out, fault.item);
    }
    dynr_buf_append_char(out, '}');
    if (table.len > 0) {
        dynr_service_key_text(out, "TableName", table);
    }
    dynr_buf_append_char(out, '}');
    return true;
}

static bool make_request(struct service_statement *statement, const struct service_node *structure,
                         struct dynr_request *out)
{
    struct service_call *call = statement->call;
    if (statement->tree->kind == DYNR_PARTIQL_EXISTS) {
        return dynr_service_invalid(call, "EXISTS is for ExecuteTransaction alone");
    }
    if (!dynr_statement_find_table(statement)) {
        return false;
    }
    if (!dynr_statement_is_read(statement->tree)) {
        return dynr_statement_write_request(statement, structure, out);
    }
    if (!dynr_statement_get_request(statement, out)) {
        return false;
    }
    out->consistent_read = dynr_node_true(structure, SERVICE_FIELD_CONSISTENT_READ);
    return out->key.len > 0 ||
           dynr_service_invalid(call, "Select statements within BatchExecuteStatement must specify "
                                      "the primary key in the where clause.");
}

static bool run_one(struct batch *batch, struct service_statement *statement,
                    const struct service_node *structure)
{
    struct service_call *call = batch->call;
    struct dynr_buf *out = &call->answer.buf;
    struct dynr_request request;
    struct dynr_response response;
    if (!make_request(statement, structure, &request)) {
        return write_fault(batch, statement->tree->table);
    }
    request.want_capacity = dynr_service_capacity(&call->input) != SERVICE_CAPACITY_NONE;
    if (!dynr_statement_execute(statement, &request, &response)) {
        return write_fault(batch, statement->tree->table);
    }
    dynr_buf_append_char(out, '{');
    dynr_service_key_text(out, "TableName", statement->tree->table);
    if (dynr_service_members(response.item).len > 0) {
        dynr_service_key(out, "Item");
        if (!dynr_columns_write_text(statement, response.item, out)) {
            return false;
        }
    }
    dynr_buf_append_char(out, '}');
    if (response.n_consumed > 0) {
        batch->consumed[batch->n_consumed++] = response.consumed[0];
    }
    return true;
}

/* All of a batch reads, or all of it writes. What cannot be read at all is neither. */
static bool parse_all(struct service_call *call, const struct service_node *list,
                      struct service_statement *statements, struct service_fault *faults)
{
    bool has_read = false;
    bool has_write = false;
    for (size_t i = 0; i < list->n_children; i++) {
        if (!dynr_statement_parse(call, &list->children[i], &statements[i])) {
            if (!is_of_one(&call->fault)) {
                return false;
            }
            faults[i] = call->fault;
            memset(&call->fault, 0, sizeof call->fault);
            continue;
        }
        has_read = has_read || dynr_statement_is_read(statements[i].tree);
        has_write = has_write || !dynr_statement_is_read(statements[i].tree);
    }
    return !has_read || !has_write ||
           dynr_service_invalid(call, "BatchExecuteStatement API does not support both read and "
                                      "write operations in the same request.");
}

bool dynr_service_batch_execute_statement(struct service_call *call)
{
    const struct service_node *list = dynr_node_member(&call->input, SERVICE_FIELD_STATEMENTS);
    struct dynr_buf *out = &call->answer.buf;
    struct batch batch = {.call = call};
    size_t n = list->n_children;
    struct service_statement *statements =
        dynr_arena_calloc(call->arena, n + 1, sizeof *statements);
    struct service_fault *faults = dynr_arena_calloc(call->arena, n + 1, sizeof *faults);
    batch.consumed = dynr_arena_calloc(call->arena, n + 1, sizeof *batch.consumed);
    if (statements == NULL || faults == NULL || batch.consumed == NULL) {
        return dynr_service_no_memory(call);
    }
    if (!parse_all(call, list, statements, faults)) {
        return false;
    }
    dynr_buf_append_char(out, '{');
    dynr_service_key(out, "Responses");
    dynr_buf_append_char(out, '[');
    for (size_t i = 0; i < n; i++) {
        dynr_buf_append_c(out, i == 0 ? "" : ",");
        call->fault = faults[i];
        bool ok = faults[i].type != NULL ? write_fault(&batch, dynr_str_make("", 0))
                                         : run_one(&batch, &statements[i], &list->children[i]);
        if (!ok) {
            return false;
        }
    }
    dynr_buf_append_char(out, ']');
    const struct dynr_response response = {.consumed = batch.consumed,
                                           .n_consumed = batch.n_consumed};
    dynr_service_write_capacity(call, &response, true, false);
    dynr_buf_append_char(out, '}');
    return true;
}
