/* SPDX-License-Identifier: Apache-2.0 */
#include "service/shape_parts.h"

#define ATTRIBUTE_CLASS "com.amazonaws.dynamodb.v20120810.AttributeValue"

/* ---- plain ---- */

const struct service_shape dynr_shape_string = {.kind = SERVICE_STRING};
const struct service_shape dynr_shape_boolean = {.kind = SERVICE_BOOLEAN};
const struct service_shape dynr_shape_integer = {.kind = SERVICE_INTEGER};
static const struct service_shape blob = {.kind = SERVICE_BLOB};
const struct service_shape dynr_shape_empty = {.kind = SERVICE_STRUCTURE};

/* ---- attribute values ---- */

static const struct service_shape string_set = {
    .kind = SERVICE_LIST, .type = "List", .element = &dynr_shape_string};
static const struct service_shape blob_set = {
    .kind = SERVICE_LIST, .type = "List", .element = &blob};
static const struct service_shape value_list = {
    .kind = SERVICE_LIST, .type = "List", .element = &dynr_shape_attribute};
static const struct service_shape value_map = {
    .kind = SERVICE_MAP, .type = ATTRIBUTE_CLASS, .element = &dynr_shape_attribute};

static const struct service_member attribute_members[] = {
    {SERVICE_FIELD_S, &dynr_shape_string, SERVICE_OPTIONAL},
    {SERVICE_FIELD_N, &dynr_shape_string, SERVICE_OPTIONAL},
    {SERVICE_FIELD_B, &blob, SERVICE_OPTIONAL},
    {SERVICE_FIELD_SS, &string_set, SERVICE_OPTIONAL},
    {SERVICE_FIELD_NS, &string_set, SERVICE_OPTIONAL},
    {SERVICE_FIELD_BS, &blob_set, SERVICE_OPTIONAL},
    {SERVICE_FIELD_M, &value_map, SERVICE_OPTIONAL},
    {SERVICE_FIELD_L, &value_list, SERVICE_OPTIONAL},
    {SERVICE_FIELD_NULL, &dynr_shape_boolean, SERVICE_OPTIONAL},
    {SERVICE_FIELD_BOOL, &dynr_shape_boolean, SERVICE_OPTIONAL},
};
const struct service_shape dynr_shape_attribute = {.kind = SERVICE_STRUCTURE,
                                                   .type = "AttributeValue",
                                                   MEMBERS(attribute_members),
                                                   .is_raw = true};
const struct service_shape dynr_shape_attributes = {
    .kind = SERVICE_MAP, .type = ATTRIBUTE_CLASS, .element = &dynr_shape_attribute, .is_raw = true};
const struct service_shape dynr_shape_expression_names = {
    .kind = SERVICE_MAP, .type = "java.lang.String", .element = &dynr_shape_string, .is_raw = true};

/* ---- conditions of the first API ---- */

static const char *const comparison_operators[] = {
    "IN",       "NULL", "BETWEEN", "LT",          "NOT_CONTAINS", "EQ",       "GT",
    "NOT_NULL", "NE",   "LE",      "BEGINS_WITH", "GE",           "CONTAINS", NULL};
static const struct service_shape comparison_operator = {.kind = SERVICE_STRING,
                                                         .values = comparison_operators};
static const struct service_member condition_members[] = {
    {SERVICE_FIELD_ATTRIBUTE_VALUE_LIST, &value_list, SERVICE_OPTIONAL},
    {SERVICE_FIELD_COMPARISON_OPERATOR, &comparison_operator, SERVICE_NOT_NULL},
};
static const struct service_shape condition = {
    .kind = SERVICE_STRUCTURE, .type = "Condition", MEMBERS(condition_members)};
const struct service_shape dynr_shape_condition_map = {
    .kind = SERVICE_MAP,
    .type = "com.amazonaws.dynamodb.v20120810.Condition",
    .element = &condition};

static const struct service_member expected_members[] = {
    {SERVICE_FIELD_ATTRIBUTE_VALUE_LIST, &value_list, SERVICE_OPTIONAL},
    {SERVICE_FIELD_COMPARISON_OPERATOR, &comparison_operator, SERVICE_OPTIONAL},
    {SERVICE_FIELD_EXISTS, &dynr_shape_boolean, SERVICE_OPTIONAL},
    {SERVICE_FIELD_VALUE, &dynr_shape_attribute, SERVICE_OPTIONAL},
};
static const struct service_shape expected = {
    .kind = SERVICE_STRUCTURE, .type = "ExpectedAttributeValue", MEMBERS(expected_members)};
const struct service_shape dynr_shape_expected_map = {
    .kind = SERVICE_MAP,
    .type = "com.amazonaws.dynamodb.v20120810.ExpectedAttributeValue",
    .element = &expected};

static const char *const conditional_operators[] = {"OR", "AND", NULL};
const struct service_shape dynr_shape_conditional_operator = {.kind = SERVICE_STRING,
                                                              .values = conditional_operators};

/* ---- names ---- */

/* A name, or an ARN, to which none of this applies. */
const struct service_shape dynr_shape_table_name = {.kind = SERVICE_STRING,
                                                    .has_least = true,
                                                    .least = 1,
                                                    .has_most = true,
                                                    .most = 255,
                                                    .pattern = DYNR_NAME_PATTERN,
                                                    .takes_arn = true,
                                                    .is_first = true};
const struct service_shape dynr_shape_new_table_name = {.kind = SERVICE_STRING,
                                                        .has_least = true,
                                                        .least = 3,
                                                        .has_most = true,
                                                        .most = 255,
                                                        .pattern = DYNR_NAME_PATTERN,
                                                        .is_first = true};
const struct service_shape dynr_shape_index_name = {.kind = SERVICE_STRING,
                                                    .has_least = true,
                                                    .least = 3,
                                                    .has_most = true,
                                                    .most = 255,
                                                    .pattern = DYNR_NAME_PATTERN};
const struct service_shape dynr_shape_table_key = {.kind = SERVICE_STRING,
                                                   .has_least = true,
                                                   .least = 1,
                                                   .has_most = true,
                                                   .most = 255,
                                                   .pattern = DYNR_NAME_PATTERN,
                                                   .takes_arn = true};
const struct service_shape dynr_shape_attribute_names = {.kind = SERVICE_LIST,
                                                         .type = "List",
                                                         .element = &dynr_shape_string,
                                                         .has_least = true,
                                                         .least = 1,
                                                         .has_most = true,
                                                         .most = 255};

/* ---- what to return ---- */

static const char *const capacities[] = {"INDEXES", "TOTAL", "NONE", NULL};
const struct service_shape dynr_shape_return_capacity = {.kind = SERVICE_STRING,
                                                         .values = capacities};
static const char *const metrics[] = {"SIZE", "NONE", NULL};
const struct service_shape dynr_shape_return_metrics = {.kind = SERVICE_STRING, .values = metrics};
static const char *const return_values[] = {"ALL_NEW", "UPDATED_OLD", "ALL_OLD",
                                            "NONE",    "UPDATED_NEW", NULL};
const struct service_shape dynr_shape_return_values = {.kind = SERVICE_STRING,
                                                       .values = return_values};
static const char *const on_failure[] = {"ALL_OLD", "NONE", NULL};
const struct service_shape dynr_shape_return_on_failure = {.kind = SERVICE_STRING,
                                                           .values = on_failure};
