/* SPDX-License-Identifier: Apache-2.0 */
/* GetItem, PutItem, UpdateItem, DeleteItem. */
#include "service/service.h"

/* The store looks at a key when it has found its table; the service, at its values before. False, for a request that failed. */
static bool order_faults(struct service_call *call)
{
    struct service_fault fault = call->fault;
    if (!fault.is_late && dynr_service_check_values(call, &call->input)) {
        call->fault = fault;
    }
    return false;
}

/* ---- GetItem ---- */

static const enum service_field get_expressions[] = {SERVICE_FIELD_PROJECTION_EXPRESSION,
                                                     SERVICE_FIELD_COUNT};
static const enum service_field get_others[] = {SERVICE_FIELD_ATTRIBUTES_TO_GET,
                                                SERVICE_FIELD_COUNT};

bool dynr_service_get_item(struct service_call *call)
{
    static const struct service_expression_rule rule = {get_expressions, get_others, NULL};
    struct service_expressions expressions;
    struct dynr_request request = DYNR_REQUEST_INIT;
    struct dynr_response response;
    const struct service_node *input = &call->input;
    request.operation = DYNR_GET_ITEM;
    request.key = dynr_node_text(input, SERVICE_FIELD_KEY);
    request.consistent_read = dynr_node_true(input, SERVICE_FIELD_CONSISTENT_READ);
    request.want_capacity = dynr_service_capacity(input) != SERVICE_CAPACITY_NONE;
    if (!dynr_service_table(call, input, &request.table) ||
        !dynr_service_expressions(call, input, &rule, &expressions)) {
        return false;
    }
    request.projection = expressions.projection;
    request.names = expressions.names;
    if (!dynr_service_execute(call, &request, &response)) {
        return order_faults(call);
    }
    struct dynr_buf *out = &call->answer.buf;
    (void)dynr_buf_reserve(out, response.item.len + 64);
    dynr_buf_append_char(out, '{');
    if (response.item.len > 0) {
        dynr_service_key(out, "Item");
        dynr_buf_append_str(out, response.item);
    }
    dynr_service_write_capacity(call, &response, false, false);
    dynr_buf_append_char(out, '}');
    return true;
}

/* ---- writes ---- */

static const enum service_field write_expressions[] = {SERVICE_FIELD_CONDITION_EXPRESSION,
                                                       SERVICE_FIELD_COUNT};
static const enum service_field write_others[] = {SERVICE_FIELD_EXPECTED, SERVICE_FIELD_COUNT};
static const enum service_field update_expressions[] = {
    SERVICE_FIELD_UPDATE_EXPRESSION, SERVICE_FIELD_CONDITION_EXPRESSION, SERVICE_FIELD_COUNT};
static const enum service_field update_others[] = {SERVICE_FIELD_ATTRIBUTE_UPDATES,
                                                   SERVICE_FIELD_EXPECTED, SERVICE_FIELD_COUNT};

static enum dynr_return_values return_values(const struct service_node *input)
{
    static const char *const names[] = {
        [DYNR_RETURN_NONE] = "NONE",
        [DYNR_RETURN_ALL_OLD] = "ALL_OLD",
        [DYNR_RETURN_ALL_NEW] = "ALL_NEW",
        [DYNR_RETURN_UPDATED_OLD] = "UPDATED_OLD",
        [DYNR_RETURN_UPDATED_NEW] = "UPDATED_NEW",
    };
    struct dynr_str wanted = dynr_node_text(input, SERVICE_FIELD_RETURN_VALUES);
    for (size_t i = 0; wanted.len > 0 && i < sizeof names / sizeof names[0]; i++) {
        if (dynr_str_equal_c(wanted, names[i])) {
            return (enum dynr_return_values)i;
        }
    }
    return DYNR_RETURN_NONE;
}

/* Conditions of the first API are combined by an operator only where there are some. */
static bool check_operator(struct service_call *call)
{
    const struct service_node *input = &call->input;
    if (!dynr_node_has(input, SERVICE_FIELD_CONDITIONAL_OPERATOR)) {
        return true;
    }
    const struct service_node *expected = dynr_node_member(input, SERVICE_FIELD_EXPECTED);
    if (!dynr_node_is_present(expected)) {
        return dynr_service_invalid(call, "ConditionalOperator cannot be used without Filter or "
                                          "Expected");
    }
    if (expected->n_children < 2) {
        return dynr_service_invalid(call, "ConditionalOperator can only be used when there are "
                                          "two or more conditions");
    }
    return true;
}

/* What the first API says of an update that does not fit the item. */
static void translate_fault(struct service_call *call)
{
    static const char text[] = "An operand in the update expression has an incorrect data type";
    if (call->fault.type != NULL && dynr_str_equal_c(call->fault.message, text)) {
        call->fault.message = dynr_str_from_c("Type mismatch for attribute to update");
    }
}

static bool begin_write(struct service_call *call, enum dynr_operation operation)
{
    static const struct service_expression_rule rule = {write_expressions, write_others, NULL};
    static const struct service_expression_rule update_rule = {update_expressions, update_others,
                                                               NULL};
    struct service_expressions expressions;
    struct dynr_request *request = &call->write.request;
    const struct service_node *input = &call->input;
    *request = (struct dynr_request)DYNR_REQUEST_INIT;
    request->operation = operation;
    request->key = dynr_node_text(input, SERVICE_FIELD_KEY);
    request->item = dynr_node_text(input, SERVICE_FIELD_ITEM);
    request->return_values = return_values(input);
    request->return_old_on_failure = dynr_str_equal_c(
        dynr_node_text(input, SERVICE_FIELD_RETURN_VALUES_ON_CONDITION_CHECK_FAILURE), "ALL_OLD");
    request->want_capacity = dynr_service_capacity(input) != SERVICE_CAPACITY_NONE;
    request->want_collections = dynr_service_wants_metrics(input);
    bool ok =
        dynr_service_table(call, input, &request->table) &&
        dynr_service_expressions(call, input, operation == DYNR_UPDATE_ITEM ? &update_rule : &rule,
                                 &expressions) &&
        check_operator(call);
    if (!ok) {
        return false;
    }
    if (operation != DYNR_UPDATE_ITEM && request->return_values > DYNR_RETURN_ALL_OLD) {
        /* A fault of the item comes first. */
        struct dynr_str item = operation == DYNR_PUT_ITEM ? request->item : request->key;
        return dynr_service_check_item(call, item) &&
               dynr_service_invalid(call, "ReturnValues can only be ALL_OLD or NONE");
    }
    request->condition = expressions.condition;
    request->update = expressions.update;
    request->names = expressions.names;
    request->values = expressions.values;
    /* Which of the two APIs the update is written in. */
    call->write.state = expressions.is_translated ? call : NULL;
    return true;
}

bool dynr_service_item_written(struct service_call *call)
{
    const struct dynr_response *response = &call->write.response;
    if (!dynr_service_written(call)) {
        (void)order_faults(call);
        if (call->write.state != NULL) {
            translate_fault(call);
        }
        return false;
    }
    struct dynr_buf *out = &call->answer.buf;
    (void)dynr_buf_reserve(out, response->item.len + 64);
    dynr_buf_append_char(out, '{');
    if (response->item.len > 0) {
        dynr_service_key(out, "Attributes");
        dynr_buf_append_str(out, response->item);
    }
    dynr_service_write_capacity(call, response, false, false);
    dynr_service_write_collection(call, response);
    dynr_buf_append_char(out, '}');
    return true;
}

bool dynr_service_put_item(struct service_call *call)
{
    return begin_write(call, DYNR_PUT_ITEM);
}

bool dynr_service_update_item(struct service_call *call)
{
    return begin_write(call, DYNR_UPDATE_ITEM);
}

bool dynr_service_delete_item(struct service_call *call)
{
    return begin_write(call, DYNR_DELETE_ITEM);
}
