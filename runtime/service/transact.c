/* SPDX-License-Identifier: Apache-2.0 */
/* TransactGetItems and TransactWriteItems. */
#include "service/service.h"

static const enum service_field no_fields[] = {SERVICE_FIELD_COUNT};
static const enum service_field get_expressions[] = {SERVICE_FIELD_PROJECTION_EXPRESSION,
                                                     SERVICE_FIELD_COUNT};
static const enum service_field write_expressions[] = {SERVICE_FIELD_CONDITION_EXPRESSION,
                                                       SERVICE_FIELD_COUNT};
static const enum service_field update_expressions[] = {
    SERVICE_FIELD_UPDATE_EXPRESSION, SERVICE_FIELD_CONDITION_EXPRESSION, SERVICE_FIELD_COUNT};

/* Reads the member TransactItems by `read`, which takes one of its elements. */
static bool read_operations(struct service_call *call,
                            bool (*read)(struct service_call *call,
                                         const struct service_node *element,
                                         struct dynr_request *out),
                            struct dynr_request *out)
{
    const struct service_node *list = dynr_node_member(&call->input, SERVICE_FIELD_TRANSACT_ITEMS);
    struct dynr_request *operations =
        dynr_arena_calloc(call->arena, list->n_children + 1, sizeof *operations);
    if (operations == NULL) {
        return dynr_service_no_memory(call);
    }
    for (size_t i = 0; i < list->n_children; i++) {
        if (!read(call, &list->children[i], &operations[i])) {
            return false;
        }
    }
    out->operations = operations;
    out->n_operations = list->n_children;
    return true;
}

/* ---- TransactGetItems ---- */

static bool read_get(struct service_call *call, const struct service_node *element,
                     struct dynr_request *out)
{
    const struct service_node *get = dynr_node_member(element, SERVICE_FIELD_GET);
    static const struct service_expression_rule rule = {get_expressions, no_fields, NULL};
    struct service_expressions expressions;
    *out = (struct dynr_request)DYNR_REQUEST_INIT;
    out->operation = DYNR_GET_ITEM;
    out->key = dynr_node_text(get, SERVICE_FIELD_KEY);
    if (!dynr_service_table(call, get, &out->table) ||
        !dynr_service_expressions(call, get, &rule, &expressions)) {
        return false;
    }
    out->projection = expressions.projection;
    out->names = expressions.names;
    return true;
}

bool dynr_service_transact_get_items(struct service_call *call)
{
    struct dynr_request request = DYNR_REQUEST_INIT;
    struct dynr_response response;
    if (!read_operations(call, read_get, &request)) {
        return false;
    }
    request.operation = DYNR_TRANSACT_GET_ITEMS;
    request.want_capacity = dynr_service_capacity(&call->input) != SERVICE_CAPACITY_NONE;
    if (!dynr_service_execute(call, &request, &response)) {
        return false;
    }
    struct dynr_buf *out = &call->answer.buf;
    dynr_buf_append_char(out, '{');
    dynr_service_key(out, "Responses");
    dynr_buf_append_char(out, '[');
    for (size_t i = 0; i < response.n_items; i++) {
        dynr_buf_append_c(out, i == 0 ? "{" : ",{");
        if (response.items[i].len > 0) {
            dynr_service_key(out, "Item");
            dynr_buf_append_str(out, response.items[i]);
        }
        dynr_buf_append_char(out, '}');
    }
    dynr_buf_append_char(out, ']');
    dynr_service_write_capacity(call, &response, true, true);
    dynr_buf_append_char(out, '}');
    return true;
}

/* ---- TransactWriteItems ---- */

struct transact_kind {
    enum service_field field;
    enum dynr_operation operation;
};

static const struct transact_kind kinds[] = {
    {SERVICE_FIELD_CONDITION_CHECK, DYNR_CONDITION_CHECK},
    {SERVICE_FIELD_PUT, DYNR_PUT_ITEM},
    {SERVICE_FIELD_UPDATE, DYNR_UPDATE_ITEM},
    {SERVICE_FIELD_DELETE, DYNR_DELETE_ITEM},
};

static bool read_write(struct service_call *call, const struct service_node *item,
                       struct dynr_request *out)
{
    static const struct service_expression_rule rule = {write_expressions, no_fields, NULL};
    static const struct service_expression_rule update_rule = {update_expressions, no_fields, NULL};
    struct service_expressions expressions;
    const struct service_node *write = NULL;
    size_t n = 0;
    *out = (struct dynr_request)DYNR_REQUEST_INIT;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const struct service_node *member = dynr_node_member(item, kinds[i].field);
        if (dynr_node_is_present(member)) {
            write = member;
            out->operation = kinds[i].operation;
            n++;
        }
    }
    if (n != 1) {
        return dynr_service_invalid(
            call, "TransactItems can only contain one of Check, Put, Update or Delete");
    }
    out->item = dynr_node_text(write, SERVICE_FIELD_ITEM);
    out->key = dynr_node_text(write, SERVICE_FIELD_KEY);
    out->return_old_on_failure = dynr_str_equal_c(
        dynr_node_text(write, SERVICE_FIELD_RETURN_VALUES_ON_CONDITION_CHECK_FAILURE), "ALL_OLD");
    bool is_update = out->operation == DYNR_UPDATE_ITEM;
    if (!dynr_service_table(call, write, &out->table) ||
        !dynr_service_expressions(call, write, is_update ? &update_rule : &rule, &expressions)) {
        return false;
    }
    out->condition = expressions.condition;
    out->update = expressions.update;
    out->names = expressions.names;
    out->values = expressions.values;
    return true;
}

bool dynr_service_transact_write_items(struct service_call *call)
{
    struct dynr_request *request = &call->write.request;
    *request = (struct dynr_request)DYNR_REQUEST_INIT;
    request->operation = DYNR_TRANSACT_WRITE_ITEMS;
    request->client_token = dynr_node_text(&call->input, SERVICE_FIELD_CLIENT_REQUEST_TOKEN);
    request->want_capacity = dynr_service_capacity(&call->input) != SERVICE_CAPACITY_NONE;
    request->want_collections = dynr_service_wants_metrics(&call->input);
    return read_operations(call, read_write, request);
}

bool dynr_service_transaction_written(struct service_call *call)
{
    const struct dynr_response *response = &call->write.response;
    if (!dynr_service_written(call)) {
        return false;
    }
    dynr_buf_append_char(&call->answer.buf, '{');
    dynr_service_write_collections(call, response);
    dynr_service_write_capacity(call, response, true, true);
    dynr_buf_append_char(&call->answer.buf, '}');
    return true;
}
