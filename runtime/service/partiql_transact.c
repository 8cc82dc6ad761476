/* SPDX-License-Identifier: Apache-2.0 */
/* ExecuteTransaction: all statements or none. */
#include "service/partiql.h"

struct transaction {
    struct service_call *call;
    const struct service_node *list;
    struct service_statement *statements;
    struct dynr_request *operations;
    size_t n;
    bool is_read;
};

/* A fault says which statement it is about. */
static bool name_fault(struct service_call *call, size_t position)
{
    if (strcmp(call->fault.type, SERVICE_VALIDATION) == 0) {
        struct dynr_str message = call->fault.message;
        (void)dynr_service_invalid(call, "Validation failed in TransactStatements[%zu]: %.*s",
                                   position, (int)message.len, message.ptr);
    }
    return false;
}

static bool parse_all(struct transaction *transaction)
{
    struct service_call *call = transaction->call;
    size_t n_reads = 0;
    for (size_t i = 0; i < transaction->n; i++) {
        if (!dynr_statement_parse(call, &transaction->list->children[i],
                                  &transaction->statements[i])) {
            /* A fault of parameters is said as it is. */
            return transaction->statements[i].tree == NULL && name_fault(call, i);
        }
        n_reads += dynr_statement_is_read(transaction->statements[i].tree) ? 1 : 0;
    }
    transaction->is_read = n_reads > 0;
    return n_reads == 0 || n_reads == transaction->n ||
           dynr_service_invalid(call, "ExecuteTransaction API does not support both read and write "
                                      "operations in the same request.");
}

static bool make_operation(struct transaction *transaction, size_t position)
{
    struct service_call *call = transaction->call;
    struct service_statement *statement = &transaction->statements[position];
    struct dynr_request *out = &transaction->operations[position];
    if (!dynr_statement_find_table(statement)) {
        return false;
    }
    if (!transaction->is_read) {
        if (!dynr_statement_write_request(statement, &transaction->list->children[position], out)) {
            return false;
        }
        /* Transactions answer no items, RETURNING or not. */
        out->return_values = DYNR_RETURN_NONE;
        return true;
    }
    if (statement->tree->index.len > 0) {
        return dynr_service_invalid(call,
                                    "Reads on indices are not supported within transactions.");
    }
    if (!dynr_statement_get_request(statement, out)) {
        return false;
    }
    return out->key.len > 0 ||
           dynr_service_invalid(call, "Select statements within ExecuteTransaction must specify "
                                      "the primary key in the where clause.");
}

/* An INSERT's condition is about duplicates. */
static bool name_reasons(struct transaction *transaction)
{
    struct service_call *call = transaction->call;
    struct service_fault *fault = &call->fault;
    size_t n = fault->n_reasons;
    struct service_text message;
    if (n != transaction->n) {
        return false;
    }
    struct dynr_cancellation_reason *reasons = dynr_arena_calloc(call->arena, n, sizeof *reasons);
    if (reasons == NULL) {
        return dynr_service_no_memory(call);
    }
    dynr_service_text_init(&message, call->arena);
    dynr_buf_append_c(&message.buf, "Transaction cancelled, please refer cancellation reasons for "
                                    "specific reasons [");
    for (size_t i = 0; i < n; i++) {
        reasons[i] = fault->reasons[i];
        if (transaction->statements[i].tree->kind == DYNR_PARTIQL_INSERT &&
            dynr_str_equal_c(reasons[i].code, "ConditionalCheckFailed")) {
            reasons[i] = (struct dynr_cancellation_reason){
                .code = dynr_str_from_c("DuplicateItem"),
                .message = dynr_str_from_c(SERVICE_DUPLICATE_TEXT)};
        }
        dynr_buf_append_c(&message.buf, i == 0 ? "" : ", ");
        dynr_buf_append_str(&message.buf, reasons[i].code);
    }
    dynr_buf_append_char(&message.buf, ']');
    fault->reasons = reasons;
    if (!dynr_buf_ok(&message.buf)) {
        return dynr_service_no_memory(call);
    }
    fault->message = dynr_buf_str(&message.buf);
    return false;
}

static bool write_answer(struct transaction *transaction, const struct dynr_response *response)
{
    struct service_call *call = transaction->call;
    struct dynr_buf *out = &call->answer.buf;
    dynr_buf_append_char(out, '{');
    dynr_service_key(out, "Responses");
    dynr_buf_append_char(out, '[');
    for (size_t i = 0; i < response->n_items && transaction->is_read; i++) {
        dynr_buf_append_c(out, i == 0 ? "{" : ",{");
        if (response->items[i].len > 0) {
            dynr_service_key(out, "Item");
            if (!dynr_columns_write_text(&transaction->statements[i], response->items[i], out)) {
                return false;
            }
        }
        dynr_buf_append_char(out, '}');
    }
    dynr_buf_append_char(out, ']');
    dynr_service_write_capacity(call, response, true, true);
    dynr_buf_append_char(out, '}');
    return true;
}

bool dynr_service_execute_transaction(struct service_call *call)
{
    struct dynr_request request = DYNR_REQUEST_INIT;
    struct dynr_response response;
    struct transaction transaction = {
        .call = call, .list = dynr_node_member(&call->input, SERVICE_FIELD_TRANSACT_STATEMENTS)};
    size_t n = transaction.list->n_children;
    transaction.n = n;
    transaction.statements = dynr_arena_calloc(call->arena, n + 1, sizeof *transaction.statements);
    transaction.operations = dynr_arena_calloc(call->arena, n + 1, sizeof *transaction.operations);
    if (transaction.statements == NULL || transaction.operations == NULL) {
        return dynr_service_no_memory(call);
    }
    if (!parse_all(&transaction)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!make_operation(&transaction, i)) {
            return name_fault(call, i);
        }
    }
    request.operation = transaction.is_read ? DYNR_TRANSACT_GET_ITEMS : DYNR_TRANSACT_WRITE_ITEMS;
    request.operations = transaction.operations;
    request.n_operations = n;
    request.client_token = dynr_node_text(&call->input, SERVICE_FIELD_CLIENT_REQUEST_TOKEN);
    request.want_capacity = dynr_service_capacity(&call->input) != SERVICE_CAPACITY_NONE;
    if (!dynr_service_execute(call, &request, &response)) {
        dynr_statement_trim_fault(call);
        return name_reasons(&transaction);
    }
    return write_answer(&transaction, &response);
}
