/* SPDX-License-Identifier: Apache-2.0 */
/* Batches and transactions. */
#include "service/shape_parts.h"

#define CLASS_PREFIX "com.amazonaws.dynamodb.v20120810."

/* ---- BatchGetItem ---- */

static const struct service_shape keys = {.kind = SERVICE_LIST,
                                          .type = "List",
                                          .element = &dynr_shape_attributes,
                                          .has_least = true,
                                          .least = 1,
                                          .has_most = true,
                                          .most = 100,
                                          .is_terse = true};
static const struct service_member keys_members[] = {
    {SERVICE_FIELD_KEYS, &keys, SERVICE_NOT_NULL},
    {SERVICE_FIELD_ATTRIBUTES_TO_GET, &dynr_shape_attribute_names, SERVICE_OPTIONAL},
    {SERVICE_FIELD_CONSISTENT_READ, &dynr_shape_boolean, SERVICE_OPTIONAL},
    {SERVICE_FIELD_PROJECTION_EXPRESSION, &dynr_shape_string, SERVICE_OPTIONAL},
    {SERVICE_FIELD_EXPRESSION_ATTRIBUTE_NAMES, &dynr_shape_expression_names, SERVICE_OPTIONAL},
};
static const struct service_shape keys_and_attributes = {
    .kind = SERVICE_STRUCTURE, .type = "KeysAndAttributes", MEMBERS(keys_members)};
static const struct service_shape get_requests = {.kind = SERVICE_MAP,
                                                  .type = CLASS_PREFIX "KeysAndAttributes",
                                                  .element = &keys_and_attributes,
                                                  .key = &dynr_shape_table_key};
static const struct service_member batch_get_item[] = {
    {SERVICE_FIELD_RETURN_CONSUMED_CAPACITY, &dynr_shape_return_capacity, SERVICE_OPTIONAL},
    {SERVICE_FIELD_REQUEST_ITEMS, &get_requests, SERVICE_NOT_NULL},
};
const struct service_shape dynr_shape_batch_get_item = {.kind = SERVICE_STRUCTURE,
                                                        MEMBERS(batch_get_item)};

/* ---- BatchWriteItem ---- */

static const struct service_member batch_delete_members[] = {
    {SERVICE_FIELD_KEY, &dynr_shape_attributes, SERVICE_NOT_NULL},
};
static const struct service_shape batch_delete = {
    .kind = SERVICE_STRUCTURE, .type = "DeleteRequest", MEMBERS(batch_delete_members)};
static const struct service_member batch_put_members[] = {
    {SERVICE_FIELD_ITEM, &dynr_shape_attributes, SERVICE_NOT_NULL},
};
static const struct service_shape batch_put = {
    .kind = SERVICE_STRUCTURE, .type = "PutRequest", MEMBERS(batch_put_members)};
static const struct service_member write_request_members[] = {
    {SERVICE_FIELD_PUT_REQUEST, &batch_put, SERVICE_OPTIONAL},
    {SERVICE_FIELD_DELETE_REQUEST, &batch_delete, SERVICE_OPTIONAL},
};
static const struct service_shape write_request = {
    .kind = SERVICE_STRUCTURE, .type = "WriteRequest", MEMBERS(write_request_members)};
static const struct service_shape write_requests = {
    .kind = SERVICE_LIST, .type = "List", .element = &write_request};
static const struct service_shape write_requests_bounds = {
    .kind = SERVICE_LIST, .has_least = true, .least = 1, .has_most = true, .most = 25};
static const struct service_shape write_request_map = {.kind = SERVICE_MAP,
                                                       .type = "java.util.List<" CLASS_PREFIX
                                                               "WriteRequest>",
                                                       .element = &write_requests,
                                                       .key = &dynr_shape_table_key,
                                                       .value_bounds = &write_requests_bounds};
static const struct service_member batch_write_item[] = {
    {SERVICE_FIELD_RETURN_CONSUMED_CAPACITY, &dynr_shape_return_capacity, SERVICE_OPTIONAL},
    {SERVICE_FIELD_RETURN_ITEM_COLLECTION_METRICS, &dynr_shape_return_metrics, SERVICE_OPTIONAL},
    {SERVICE_FIELD_REQUEST_ITEMS, &write_request_map, SERVICE_NOT_NULL},
};
const struct service_shape dynr_shape_batch_write_item = {.kind = SERVICE_STRUCTURE,
                                                          MEMBERS(batch_write_item)};

/* ---- transactions ---- */

static const struct service_member transact_get_members[] = {
    {SERVICE_FIELD_KEY, &dynr_shape_attributes, SERVICE_NOT_NULL},
    {SERVICE_FIELD_TABLE_NAME, &dynr_shape_table_name, SERVICE_NOT_NULL},
    {SERVICE_FIELD_PROJECTION_EXPRESSION, &dynr_shape_string, SERVICE_OPTIONAL},
    {SERVICE_FIELD_EXPRESSION_ATTRIBUTE_NAMES, &dynr_shape_expression_names, SERVICE_OPTIONAL},
};
static const struct service_shape transact_get = {
    .kind = SERVICE_STRUCTURE, .type = "Get", MEMBERS(transact_get_members)};
static const struct service_member transact_get_item_members[] = {
    {SERVICE_FIELD_GET, &transact_get, SERVICE_NOT_NULL},
};
static const struct service_shape transact_get_item = {
    .kind = SERVICE_STRUCTURE, .type = "TransactGetItem", MEMBERS(transact_get_item_members)};
static const struct service_shape transact_gets = {.kind = SERVICE_LIST,
                                                   .type = "List",
                                                   .element = &transact_get_item,
                                                   .has_least = true,
                                                   .least = 1,
                                                   .has_most = true,
                                                   .most = 100};
static const struct service_member transact_get_items[] = {
    {SERVICE_FIELD_TRANSACT_ITEMS, &transact_gets, SERVICE_NOT_NULL},
    {SERVICE_FIELD_RETURN_CONSUMED_CAPACITY, &dynr_shape_return_capacity, SERVICE_OPTIONAL},
};
const struct service_shape dynr_shape_transact_get_items = {.kind = SERVICE_STRUCTURE,
                                                            MEMBERS(transact_get_items)};

#define CONDITION_MEMBERS                                                                          \
    {SERVICE_FIELD_TABLE_NAME, &dynr_shape_table_name, SERVICE_NOT_NULL},                          \
        {SERVICE_FIELD_EXPRESSION_ATTRIBUTE_NAMES, &dynr_shape_expression_names,                   \
         SERVICE_OPTIONAL},                                                                        \
        {SERVICE_FIELD_EXPRESSION_ATTRIBUTE_VALUES, &dynr_shape_attributes, SERVICE_OPTIONAL},     \
    {                                                                                              \
        SERVICE_FIELD_RETURN_VALUES_ON_CONDITION_CHECK_FAILURE, &dynr_shape_return_on_failure,     \
            SERVICE_OPTIONAL                                                                       \
    }

static const struct service_member condition_check_members[] = {
    {SERVICE_FIELD_KEY, &dynr_shape_attributes, SERVICE_NOT_NULL},
    {SERVICE_FIELD_CONDITION_EXPRESSION, &dynr_shape_string, SERVICE_NOT_NULL},
    CONDITION_MEMBERS,
};
static const struct service_shape condition_check = {
    .kind = SERVICE_STRUCTURE, .type = "ConditionCheck", MEMBERS(condition_check_members)};
static const struct service_member transact_put_members[] = {
    {SERVICE_FIELD_ITEM, &dynr_shape_attributes, SERVICE_NOT_NULL},
    {SERVICE_FIELD_CONDITION_EXPRESSION, &dynr_shape_string, SERVICE_OPTIONAL},
    CONDITION_MEMBERS,
};
static const struct service_shape transact_put = {
    .kind = SERVICE_STRUCTURE, .type = "Put", MEMBERS(transact_put_members)};
static const struct service_member transact_delete_members[] = {
    {SERVICE_FIELD_KEY, &dynr_shape_attributes, SERVICE_NOT_NULL},
    {SERVICE_FIELD_CONDITION_EXPRESSION, &dynr_shape_string, SERVICE_OPTIONAL},
    CONDITION_MEMBERS,
};
static const struct service_shape transact_delete = {
    .kind = SERVICE_STRUCTURE, .type = "Delete", MEMBERS(transact_delete_members)};
static const struct service_member transact_update_members[] = {
    {SERVICE_FIELD_KEY, &dynr_shape_attributes, SERVICE_NOT_NULL},
    {SERVICE_FIELD_UPDATE_EXPRESSION, &dynr_shape_string, SERVICE_NOT_NULL},
    {SERVICE_FIELD_CONDITION_EXPRESSION, &dynr_shape_string, SERVICE_OPTIONAL},
    CONDITION_MEMBERS,
};
static const struct service_shape transact_update = {
    .kind = SERVICE_STRUCTURE, .type = "Update", MEMBERS(transact_update_members)};
static const struct service_member transact_write_item_members[] = {
    {SERVICE_FIELD_CONDITION_CHECK, &condition_check, SERVICE_OPTIONAL},
    {SERVICE_FIELD_PUT, &transact_put, SERVICE_OPTIONAL},
    {SERVICE_FIELD_DELETE, &transact_delete, SERVICE_OPTIONAL},
    {SERVICE_FIELD_UPDATE, &transact_update, SERVICE_OPTIONAL},
};
static const struct service_shape transact_write_item = {
    .kind = SERVICE_STRUCTURE, .type = "TransactWriteItem", MEMBERS(transact_write_item_members)};
static const struct service_shape transact_writes = {.kind = SERVICE_LIST,
                                                     .type = "List",
                                                     .element = &transact_write_item,
                                                     .has_least = true,
                                                     .least = 1,
                                                     .has_most = true,
                                                     .most = 100};
static const struct service_shape client_token = {
    .kind = SERVICE_STRING, .has_least = true, .least = 1, .has_most = true, .most = 36};
static const struct service_member transact_write_items[] = {
    {SERVICE_FIELD_RETURN_CONSUMED_CAPACITY, &dynr_shape_return_capacity, SERVICE_OPTIONAL},
    {SERVICE_FIELD_RETURN_ITEM_COLLECTION_METRICS, &dynr_shape_return_metrics, SERVICE_OPTIONAL},
    {SERVICE_FIELD_TRANSACT_ITEMS, &transact_writes, SERVICE_NOT_NULL},
    {SERVICE_FIELD_CLIENT_REQUEST_TOKEN, &client_token, SERVICE_OPTIONAL},
};
const struct service_shape dynr_shape_transact_write_items = {.kind = SERVICE_STRUCTURE,
                                                              MEMBERS(transact_write_items)};
