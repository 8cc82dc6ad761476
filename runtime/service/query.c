/* SPDX-License-Identifier: Apache-2.0 */
/* Query and Scan. */
#include "service/service.h"

static const enum service_field query_expressions[] = {
    SERVICE_FIELD_PROJECTION_EXPRESSION, SERVICE_FIELD_FILTER_EXPRESSION,
    SERVICE_FIELD_KEY_CONDITION_EXPRESSION, SERVICE_FIELD_COUNT};
static const enum service_field query_others[] = {
    SERVICE_FIELD_ATTRIBUTES_TO_GET, SERVICE_FIELD_QUERY_FILTER, SERVICE_FIELD_CONDITIONAL_OPERATOR,
    SERVICE_FIELD_KEY_CONDITIONS, SERVICE_FIELD_COUNT};
static const enum service_field scan_expressions[] = {
    SERVICE_FIELD_PROJECTION_EXPRESSION, SERVICE_FIELD_FILTER_EXPRESSION, SERVICE_FIELD_COUNT};
static const enum service_field scan_others[] = {
    SERVICE_FIELD_ATTRIBUTES_TO_GET, SERVICE_FIELD_SCAN_FILTER, SERVICE_FIELD_CONDITIONAL_OPERATOR,
    SERVICE_FIELD_COUNT};

static enum dynr_select read_select(const struct service_node *input)
{
    static const char *const names[] = {
        [DYNR_SELECT_DEFAULT] = "",
        [DYNR_SELECT_ALL_ATTRIBUTES] = "ALL_ATTRIBUTES",
        [DYNR_SELECT_ALL_PROJECTED_ATTRIBUTES] = "ALL_PROJECTED_ATTRIBUTES",
        [DYNR_SELECT_SPECIFIC_ATTRIBUTES] = "SPECIFIC_ATTRIBUTES",
        [DYNR_SELECT_COUNT] = "COUNT",
    };
    struct dynr_str wanted = dynr_node_text(input, SERVICE_FIELD_SELECT);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (dynr_str_equal_c(wanted, names[i])) {
            return (enum dynr_select)i;
        }
    }
    return DYNR_SELECT_DEFAULT;
}

static bool check_segments(struct service_call *call)
{
    const struct service_node *segment = dynr_node_member(&call->input, SERVICE_FIELD_SEGMENT);
    const struct service_node *total = dynr_node_member(&call->input, SERVICE_FIELD_TOTAL_SEGMENTS);
    if (dynr_node_is_present(segment) && !dynr_node_is_present(total)) {
        return dynr_service_invalid(call,
                                    "The TotalSegments parameter is required but was not present "
                                    "in the request when Segment parameter is present");
    }
    if (dynr_node_is_present(total) && !dynr_node_is_present(segment)) {
        return dynr_service_invalid(call,
                                    "The Segment parameter is required but was not present in the "
                                    "request when parameter TotalSegments is present");
    }
    if (dynr_node_is_present(total) && segment->number >= total->number) {
        return dynr_service_invalid(
            call,
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
            "Segment: %lld is not less than TotalSegments: %lld",
            (long long)segment->number, (long long)total->number);
    }
    return true;
}

/* The first API's texts name its own members. */
static bool check_select(struct service_call *call, enum dynr_select select)
{
    bool has_names = dynr_node_has(&call->input, SERVICE_FIELD_ATTRIBUTES_TO_GET);
    if (!has_names || select == DYNR_SELECT_DEFAULT || select == DYNR_SELECT_SPECIFIC_ATTRIBUTES) {
        return true;
    }
    return dynr_service_invalid(call, "Cannot specify the AttributesToGet when choosing to get %s",
                                select == DYNR_SELECT_ALL_ATTRIBUTES ? "ALL_ATTRIBUTES"
                                : select == DYNR_SELECT_ALL_PROJECTED_ATTRIBUTES
                                    ? "ALL_PROJECTED_ATTRIBUTES"
                                    : "only the Count");
}

static bool check_operator(struct service_call *call, enum service_field filter_field)
{
    const struct service_node *filter = dynr_node_member(&call->input, filter_field);
    if (!dynr_node_has(&call->input, SERVICE_FIELD_CONDITIONAL_OPERATOR)) {
        return true;
    }
    if (!dynr_node_is_present(filter)) {
        return dynr_service_invalid(call, "ConditionalOperator cannot be used without Filter or "
                                          "Expected");
    }
    return filter->n_children >= 2 ||
           dynr_service_invalid(call, "ConditionalOperator can only be used when there are two or "
                                      "more conditions");
}

/* Only the key's own values are looked at here; whether it fits, the store says. Some texts get a beginning, some do not. */
static bool check_start_key(struct service_call *call, struct dynr_str key)
{
    static const char *const bare[] = {"contains duplicates", "number set", "numeric value",
                                       "significant digits", "number with magnitude"};
    if (key.len == 0 || dynr_service_check_item(call, key)) {
        return true;
    }
    if (strcmp(call->fault.type, SERVICE_VALIDATION) != 0) {
        return false;
    }
    struct dynr_str message = call->fault.message;
    for (size_t i = 0; i < sizeof bare / sizeof bare[0]; i++) {
        if (dynr_service_find(message, bare[i]).ptr != NULL) {
            return false;
        }
    }
    return dynr_service_invalid(call, "The provided starting key is invalid: %.*s",
                                (int)message.len, message.ptr);
}

static bool check_query(struct service_call *call)
{
    const struct service_node *input = &call->input;
    if (!check_operator(call, SERVICE_FIELD_QUERY_FILTER) ||
        !check_start_key(call, dynr_node_text(input, SERVICE_FIELD_EXCLUSIVE_START_KEY))) {
        return false;
    }
    return dynr_node_has(input, SERVICE_FIELD_KEY_CONDITIONS) ||
           dynr_node_has(input, SERVICE_FIELD_KEY_CONDITION_EXPRESSION) ||
           dynr_service_invalid(call, "Either the KeyConditions or KeyConditionExpression "
                                      "parameter must be specified in the request.");
}

static bool check_scan(struct service_call *call)
{
    return check_operator(call, SERVICE_FIELD_SCAN_FILTER) &&
           check_start_key(call, dynr_node_text(&call->input, SERVICE_FIELD_EXCLUSIVE_START_KEY)) &&
           check_segments(call);
}

/* What the first API has its own words for. */
static void translate_fault(struct service_call *call)
{
    static const char type_text[] = "One or more parameter values were invalid: Condition "
                                    "parameter type does not match schema type";
    const struct service_node *conditions =
        dynr_node_member(&call->input, SERVICE_FIELD_KEY_CONDITIONS);
    if (dynr_service_has_unindexable(conditions) &&
        dynr_str_equal_c(call->fault.message, type_text)) {
        call->fault.message =
            dynr_str_from_c("Attempted conditional constraint is not an indexable operation");
    }
    static const char text[] = "Filter Expression can only contain non-primary key attributes";
    struct dynr_str message = call->fault.message;
    if (dynr_node_has(&call->input, SERVICE_FIELD_QUERY_FILTER) &&
        dynr_str_starts_with(message, dynr_str_from_c(text))) {
        size_t cut = sizeof "Filter Expression" - 1;
        (void)dynr_service_invalid(call, "QueryFilter%.*s", (int)(message.len - cut),
                                   message.ptr + cut);
    }
}

/* ---- answers ---- */

static void write_page(struct service_call *call, const struct dynr_request *request,
                       const struct dynr_response *response)
{
    struct dynr_buf *out = &call->answer.buf;
    size_t size = 128 + response->last_key.len;
    for (size_t i = 0; i < response->n_items; i++) {
        size += response->items[i].len + 1;
    }
    (void)dynr_buf_reserve(out, size);
    dynr_buf_append_char(out, '{');
    if (request->select != DYNR_SELECT_COUNT) {
        dynr_service_key(out, "Items");
        dynr_buf_append_char(out, '[');
        for (size_t i = 0; i < response->n_items; i++) {
            if (i > 0) {
                dynr_buf_append_char(out, ',');
            }
            dynr_buf_append_str(out, response->items[i]);
        }
        dynr_buf_append_char(out, ']');
    }
    dynr_service_key(out, "Count");
    dynr_buf_append_int(out, (int64_t)response->count);
    dynr_service_key(out, "ScannedCount");
    dynr_buf_append_int(out, (int64_t)response->scanned_count);
    if (response->last_key.len > 0) {
        dynr_service_key(out, "LastEvaluatedKey");
        dynr_buf_append_str(out, response->last_key);
    }
    dynr_service_write_capacity(call, response, false, false);
    dynr_buf_append_char(out, '}');
}

/* ---- all of it ---- */

static bool run(struct service_call *call, enum dynr_operation operation)
{
    static const struct service_expression_rule query_rule = {query_expressions, query_others,
                                                              check_query};
    static const struct service_expression_rule scan_rule = {scan_expressions, scan_others,
                                                             check_scan};
    struct service_expressions expressions;
    struct dynr_request request = DYNR_REQUEST_INIT;
    struct dynr_response response;
    const struct service_node *input = &call->input;
    const struct service_node *forward = dynr_node_member(input, SERVICE_FIELD_SCAN_INDEX_FORWARD);
    bool is_query = operation == DYNR_QUERY;
    request.operation = operation;
    request.index = dynr_node_text(input, SERVICE_FIELD_INDEX_NAME);
    request.select = read_select(input);
    request.consistent_read = dynr_node_true(input, SERVICE_FIELD_CONSISTENT_READ);
    request.backward = dynr_node_is_present(forward) && !forward->boolean;
    int64_t limit = dynr_node_member(input, SERVICE_FIELD_LIMIT)->number;
    request.limit = limit > UINT32_MAX ? UINT32_MAX : (uint32_t)limit;
    request.start_key = dynr_node_text(input, SERVICE_FIELD_EXCLUSIVE_START_KEY);
    request.want_capacity = dynr_service_capacity(input) != SERVICE_CAPACITY_NONE;
    if (!dynr_service_table(call, input, &request.table) ||
        !dynr_service_expressions(call, input, is_query ? &query_rule : &scan_rule, &expressions) ||
        !check_select(call, request.select)) {
        return false;
    }
    request.segment = (uint32_t)dynr_node_member(input, SERVICE_FIELD_SEGMENT)->number;
    request.total_segments =
        (uint32_t)dynr_node_member(input, SERVICE_FIELD_TOTAL_SEGMENTS)->number;
    request.key_condition = expressions.key_condition;
    request.filter = expressions.filter;
    request.projection = expressions.projection;
    request.names = expressions.names;
    request.values = expressions.values;
    if (!dynr_service_execute(call, &request, &response)) {
        translate_fault(call);
        return false;
    }
    write_page(call, &request, &response);
    return true;
}

bool dynr_service_query(struct service_call *call)
{
    return run(call, DYNR_QUERY);
}

bool dynr_service_scan(struct service_call *call)
{
    return run(call, DYNR_SCAN);
}
