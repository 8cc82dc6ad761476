/* SPDX-License-Identifier: Apache-2.0 */
/* Requests for items. The members stand in the order in which the service checks them. */
#include "service/shape_parts.h"

#define CLASS_PREFIX "com.amazonaws.dynamodb.v20120810."

/* ---- one item ---- */

static const struct service_member get_item[] = {
    {SERVICE_FIELD_RETURN_CONSUMED_CAPACITY, &dynr_shape_return_capacity, SERVICE_OPTIONAL},
    {SERVICE_FIELD_ATTRIBUTES_TO_GET, &dynr_shape_attribute_names, SERVICE_OPTIONAL},
    {SERVICE_FIELD_TABLE_NAME, &dynr_shape_table_name, SERVICE_NOT_NULL},
    {SERVICE_FIELD_KEY, &dynr_shape_attributes, SERVICE_NOT_NULL},
    {SERVICE_FIELD_CONSISTENT_READ, &dynr_shape_boolean, SERVICE_OPTIONAL},
    {SERVICE_FIELD_PROJECTION_EXPRESSION, &dynr_shape_string, SERVICE_OPTIONAL},
    {SERVICE_FIELD_EXPRESSION_ATTRIBUTE_NAMES, &dynr_shape_expression_names, SERVICE_OPTIONAL},
};
const struct service_shape dynr_shape_get_item = {.kind = SERVICE_STRUCTURE, MEMBERS(get_item)};

static const struct service_member put_item[] = {
    {SERVICE_FIELD_RETURN_CONSUMED_CAPACITY, &dynr_shape_return_capacity, SERVICE_OPTIONAL},
    {SERVICE_FIELD_TABLE_NAME, &dynr_shape_table_name, SERVICE_NOT_NULL},
    {SERVICE_FIELD_ITEM, &dynr_shape_attributes, SERVICE_NOT_NULL},
    {SERVICE_FIELD_CONDITIONAL_OPERATOR, &dynr_shape_conditional_operator, SERVICE_OPTIONAL},
    {SERVICE_FIELD_EXPECTED, &dynr_shape_expected_map, SERVICE_OPTIONAL},
    {SERVICE_FIELD_RETURN_VALUES, &dynr_shape_return_values, SERVICE_OPTIONAL},
    {SERVICE_FIELD_RETURN_ITEM_COLLECTION_METRICS, &dynr_shape_return_metrics, SERVICE_OPTIONAL},
    {SERVICE_FIELD_CONDITION_EXPRESSION, &dynr_shape_string, SERVICE_OPTIONAL},
    {SERVICE_FIELD_EXPRESSION_ATTRIBUTE_VALUES, &dynr_shape_attributes, SERVICE_OPTIONAL},
    {SERVICE_FIELD_EXPRESSION_ATTRIBUTE_NAMES, &dynr_shape_expression_names, SERVICE_OPTIONAL},
    {SERVICE_FIELD_RETURN_VALUES_ON_CONDITION_CHECK_FAILURE, &dynr_shape_return_on_failure,
     SERVICE_OPTIONAL},
};
const struct service_shape dynr_shape_put_item = {.kind = SERVICE_STRUCTURE, MEMBERS(put_item)};

static const struct service_member delete_item[] = {
    {SERVICE_FIELD_RETURN_CONSUMED_CAPACITY, &dynr_shape_return_capacity, SERVICE_OPTIONAL},
    {SERVICE_FIELD_TABLE_NAME, &dynr_shape_table_name, SERVICE_NOT_NULL},
    {SERVICE_FIELD_RETURN_VALUES, &dynr_shape_return_values, SERVICE_OPTIONAL},
    {SERVICE_FIELD_RETURN_ITEM_COLLECTION_METRICS, &dynr_shape_return_metrics, SERVICE_OPTIONAL},
    {SERVICE_FIELD_KEY, &dynr_shape_attributes, SERVICE_NOT_NULL},
    {SERVICE_FIELD_CONDITIONAL_OPERATOR, &dynr_shape_conditional_operator, SERVICE_OPTIONAL},
    {SERVICE_FIELD_EXPECTED, &dynr_shape_expected_map, SERVICE_OPTIONAL},
    {SERVICE_FIELD_CONDITION_EXPRESSION, &dynr_shape_string, SERVICE_OPTIONAL},
    {SERVICE_FIELD_EXPRESSION_ATTRIBUTE_VALUES, &dynr_shape_attributes, SERVICE_OPTIONAL},
    {SERVICE_FIELD_EXPRESSION_ATTRIBUTE_NAMES, &dynr_shape_expression_names, SERVICE_OPTIONAL},
    {SERVICE_FIELD_RETURN_VALUES_ON_CONDITION_CHECK_FAILURE, &dynr_shape_return_on_failure,
     SERVICE_OPTIONAL},
};
const struct service_shape dynr_shape_delete_item = {.kind = SERVICE_STRUCTURE,
                                                     MEMBERS(delete_item)};

static const char *const update_actions[] = {"ADD", "PUT", "DELETE", NULL};
static const struct service_shape update_action = {.kind = SERVICE_STRING,
                                                   .values = update_actions};
static const struct service_member attribute_update_members[] = {
    {SERVICE_FIELD_ACTION, &update_action, SERVICE_OPTIONAL},
    {SERVICE_FIELD_VALUE, &dynr_shape_attribute, SERVICE_OPTIONAL},
};
static const struct service_shape attribute_update = {
    .kind = SERVICE_STRUCTURE, .type = "AttributeValueUpdate", MEMBERS(attribute_update_members)};
static const struct service_shape attribute_updates = {
    .kind = SERVICE_MAP, .type = CLASS_PREFIX "AttributeValueUpdate", .element = &attribute_update};

static const struct service_member update_item[] = {
    {SERVICE_FIELD_RETURN_CONSUMED_CAPACITY, &dynr_shape_return_capacity, SERVICE_OPTIONAL},
    {SERVICE_FIELD_TABLE_NAME, &dynr_shape_table_name, SERVICE_NOT_NULL},
    {SERVICE_FIELD_RETURN_ITEM_COLLECTION_METRICS, &dynr_shape_return_metrics, SERVICE_OPTIONAL},
    {SERVICE_FIELD_RETURN_VALUES, &dynr_shape_return_values, SERVICE_OPTIONAL},
    {SERVICE_FIELD_KEY, &dynr_shape_attributes, SERVICE_NOT_NULL},
    {SERVICE_FIELD_CONDITIONAL_OPERATOR, &dynr_shape_conditional_operator, SERVICE_OPTIONAL},
    {SERVICE_FIELD_EXPECTED, &dynr_shape_expected_map, SERVICE_OPTIONAL},
    {SERVICE_FIELD_ATTRIBUTE_UPDATES, &attribute_updates, SERVICE_OPTIONAL},
    {SERVICE_FIELD_CONDITION_EXPRESSION, &dynr_shape_string, SERVICE_OPTIONAL},
    {SERVICE_FIELD_UPDATE_EXPRESSION, &dynr_shape_string, SERVICE_OPTIONAL},
    {SERVICE_FIELD_EXPRESSION_ATTRIBUTE_VALUES, &dynr_shape_attributes, SERVICE_OPTIONAL},
    {SERVICE_FIELD_EXPRESSION_ATTRIBUTE_NAMES, &dynr_shape_expression_names, SERVICE_OPTIONAL},
    {SERVICE_FIELD_RETURN_VALUES_ON_CONDITION_CHECK_FAILURE, &dynr_shape_return_on_failure,
     SERVICE_OPTIONAL},
};
const struct service_shape dynr_shape_update_item = {.kind = SERVICE_STRUCTURE,
                                                     MEMBERS(update_item)};

/* ---- pages ---- */

static const char *const selects[] = {"SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES",
                                      "ALL_PROJECTED_ATTRIBUTES", NULL};
static const struct service_shape select_shape = {.kind = SERVICE_STRING, .values = selects};
static const struct service_shape query_limit = {
    .kind = SERVICE_INTEGER, .has_least = true, .least = 1, .is_terse = true};
static const struct service_shape scan_limit = {
    .kind = SERVICE_INTEGER, .has_least = true, .least = 1};
static const struct service_shape total_segments = {
    .kind = SERVICE_INTEGER, .has_least = true, .least = 1, .has_most = true, .most = 1000000};
static const struct service_shape segment = {
    .kind = SERVICE_INTEGER, .has_least = true, .least = 0, .has_most = true, .most = 999999};

static const struct service_member query[] = {
    {SERVICE_FIELD_SELECT, &select_shape, SERVICE_OPTIONAL},
    {SERVICE_FIELD_INDEX_NAME, &dynr_shape_index_name, SERVICE_OPTIONAL},
    {SERVICE_FIELD_RETURN_CONSUMED_CAPACITY, &dynr_shape_return_capacity, SERVICE_OPTIONAL},
    {SERVICE_FIELD_QUERY_FILTER, &dynr_shape_condition_map, SERVICE_OPTIONAL},
    {SERVICE_FIELD_TABLE_NAME, &dynr_shape_table_name, SERVICE_NOT_NULL},
    {SERVICE_FIELD_CONDITIONAL_OPERATOR, &dynr_shape_conditional_operator, SERVICE_OPTIONAL},
    {SERVICE_FIELD_ATTRIBUTES_TO_GET, &dynr_shape_attribute_names, SERVICE_OPTIONAL},
    {SERVICE_FIELD_LIMIT, &query_limit, SERVICE_OPTIONAL},
    {SERVICE_FIELD_KEY_CONDITIONS, &dynr_shape_condition_map, SERVICE_OPTIONAL},
    {SERVICE_FIELD_EXCLUSIVE_START_KEY, &dynr_shape_attributes, SERVICE_OPTIONAL},
    {SERVICE_FIELD_CONSISTENT_READ, &dynr_shape_boolean, SERVICE_OPTIONAL},
    {SERVICE_FIELD_SCAN_INDEX_FORWARD, &dynr_shape_boolean, SERVICE_OPTIONAL},
    {SERVICE_FIELD_KEY_CONDITION_EXPRESSION, &dynr_shape_string, SERVICE_OPTIONAL},
    {SERVICE_FIELD_FILTER_EXPRESSION, &dynr_shape_string, SERVICE_OPTIONAL},
    {SERVICE_FIELD_PROJECTION_EXPRESSION, &dynr_shape_string, SERVICE_OPTIONAL},
    {SERVICE_FIELD_EXPRESSION_ATTRIBUTE_VALUES, &dynr_shape_attributes, SERVICE_OPTIONAL},
    {SERVICE_FIELD_EXPRESSION_ATTRIBUTE_NAMES, &dynr_shape_expression_names, SERVICE_OPTIONAL},
};
const struct service_shape dynr_shape_query = {.kind = SERVICE_STRUCTURE, MEMBERS(query)};

static const struct service_member scan[] = {
    {SERVICE_FIELD_SELECT, &select_shape, SERVICE_OPTIONAL},
    {SERVICE_FIELD_TOTAL_SEGMENTS, &total_segments, SERVICE_OPTIONAL},
    {SERVICE_FIELD_INDEX_NAME, &dynr_shape_index_name, SERVICE_OPTIONAL},
    {SERVICE_FIELD_RETURN_CONSUMED_CAPACITY, &dynr_shape_return_capacity, SERVICE_OPTIONAL},
    {SERVICE_FIELD_TABLE_NAME, &dynr_shape_table_name, SERVICE_NOT_NULL},
    {SERVICE_FIELD_CONDITIONAL_OPERATOR, &dynr_shape_conditional_operator, SERVICE_OPTIONAL},
    {SERVICE_FIELD_ATTRIBUTES_TO_GET, &dynr_shape_attribute_names, SERVICE_OPTIONAL},
    {SERVICE_FIELD_LIMIT, &scan_limit, SERVICE_OPTIONAL},
    {SERVICE_FIELD_SCAN_FILTER, &dynr_shape_condition_map, SERVICE_OPTIONAL},
    {SERVICE_FIELD_SEGMENT, &segment, SERVICE_OPTIONAL},
    {SERVICE_FIELD_EXCLUSIVE_START_KEY, &dynr_shape_attributes, SERVICE_OPTIONAL},
    {SERVICE_FIELD_CONSISTENT_READ, &dynr_shape_boolean, SERVICE_OPTIONAL},
    {SERVICE_FIELD_FILTER_EXPRESSION, &dynr_shape_string, SERVICE_OPTIONAL},
    {SERVICE_FIELD_PROJECTION_EXPRESSION, &dynr_shape_string, SERVICE_OPTIONAL},
    {SERVICE_FIELD_EXPRESSION_ATTRIBUTE_VALUES, &dynr_shape_attributes, SERVICE_OPTIONAL},
    {SERVICE_FIELD_EXPRESSION_ATTRIBUTE_NAMES, &dynr_shape_expression_names, SERVICE_OPTIONAL},
};
const struct service_shape dynr_shape_scan = {.kind = SERVICE_STRUCTURE, MEMBERS(scan)};
