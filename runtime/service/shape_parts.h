/* SPDX-License-Identifier: Apache-2.0 */
/* Shapes that several operations share. */
#ifndef DYNR_SERVICE_SHAPE_PARTS_H
#define DYNR_SERVICE_SHAPE_PARTS_H

#include "service/shape.h"

#define MEMBERS(array) .members = (array), .n_members = sizeof(array) / sizeof(array)[0]

extern const struct service_shape dynr_shape_string;
extern const struct service_shape dynr_shape_boolean;
extern const struct service_shape dynr_shape_integer;
extern const struct service_shape dynr_shape_expression_names;
extern const struct service_shape dynr_shape_expected_map;
extern const struct service_shape dynr_shape_conditional_operator;
/* Of requests for items, and of those about a table itself. */
extern const struct service_shape dynr_shape_table_name;
extern const struct service_shape dynr_shape_new_table_name;
extern const struct service_shape dynr_shape_index_name;
extern const struct service_shape dynr_shape_attribute_names;
extern const struct service_shape dynr_shape_return_capacity;
extern const struct service_shape dynr_shape_return_metrics;
extern const struct service_shape dynr_shape_return_values;
extern const struct service_shape dynr_shape_return_on_failure;
/* What a table's name as a key of RequestItems has to be. */
extern const struct service_shape dynr_shape_table_key;

#endif
