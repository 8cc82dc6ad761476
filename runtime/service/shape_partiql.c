/* SPDX-License-Identifier: Apache-2.0 */
/* PartiQL's operations. The members stand in the order in which the service checks them. */
#include "service/shape_parts.h"

static const struct service_shape statement = {
    .kind = SERVICE_STRING, .has_least = true, .least = 1, .has_most = true, .most = 8192};
static const struct service_shape parameters = {.kind = SERVICE_LIST,
                                                .type = "List",
                                                .element = &dynr_shape_attribute,
                                                .has_least = true,
                                                .least = 1};
static const struct service_shape next_token = {
    .kind = SERVICE_STRING, .has_least = true, .least = 1, .has_most = true, .most = 32768};
static const struct service_shape limit = {.kind = SERVICE_INTEGER, .has_least = true, .least = 1};
static const struct service_shape client_token = {
    .kind = SERVICE_STRING, .has_least = true, .least = 1, .has_most = true, .most = 36};

static const struct service_member execute_statement[] = {
    {SERVICE_FIELD_STATEMENT, &statement, SERVICE_NOT_NULL},
    {SERVICE_FIELD_PARAMETERS, &parameters, SERVICE_OPTIONAL},
    {SERVICE_FIELD_CONSISTENT_READ, &dynr_shape_boolean, SERVICE_OPTIONAL},
    {SERVICE_FIELD_NEXT_TOKEN, &next_token, SERVICE_OPTIONAL},
    {SERVICE_FIELD_RETURN_CONSUMED_CAPACITY, &dynr_shape_return_capacity, SERVICE_OPTIONAL},
    {SERVICE_FIELD_LIMIT, &limit, SERVICE_OPTIONAL},
    {SERVICE_FIELD_RETURN_VALUES_ON_CONDITION_CHECK_FAILURE, &dynr_shape_return_on_failure,
     SERVICE_OPTIONAL},
};
const struct service_shape dynr_shape_execute_statement = {.kind = SERVICE_STRUCTURE,
                                                           MEMBERS(execute_statement)};

static const struct service_member batch_statement_members[] = {
    {SERVICE_FIELD_STATEMENT, &statement, SERVICE_NOT_NULL},
    {SERVICE_FIELD_PARAMETERS, &parameters, SERVICE_OPTIONAL},
    {SERVICE_FIELD_CONSISTENT_READ, &dynr_shape_boolean, SERVICE_OPTIONAL},
    {SERVICE_FIELD_RETURN_VALUES_ON_CONDITION_CHECK_FAILURE, &dynr_shape_return_on_failure,
     SERVICE_OPTIONAL},
};
static const struct service_shape batch_statement = {
    .kind = SERVICE_STRUCTURE, .type = "BatchStatementRequest", MEMBERS(batch_statement_members)};
static const struct service_shape statements = {.kind = SERVICE_LIST,
                                                .type = "List",
                                                .element = &batch_statement,
                                                .has_least = true,
                                                .least = 1,
                                                .has_most = true,
                                                .most = 25};
static const struct service_member batch_execute_statement[] = {
    {SERVICE_FIELD_STATEMENTS, &statements, SERVICE_NOT_NULL},
    {SERVICE_FIELD_RETURN_CONSUMED_CAPACITY, &dynr_shape_return_capacity, SERVICE_OPTIONAL},
};
const struct service_shape dynr_shape_batch_execute_statement = {.kind = SERVICE_STRUCTURE,
                                                                 MEMBERS(batch_execute_statement)};

static const struct service_member transact_statement_members[] = {
    {SERVICE_FIELD_STATEMENT, &statement, SERVICE_NOT_NULL},
    {SERVICE_FIELD_PARAMETERS, &parameters, SERVICE_OPTIONAL},
    {SERVICE_FIELD_RETURN_VALUES_ON_CONDITION_CHECK_FAILURE, &dynr_shape_return_on_failure,
     SERVICE_OPTIONAL},
};
static const struct service_shape transact_statement = {.kind = SERVICE_STRUCTURE,
                                                        .type = "ParameterizedStatement",
                                                        MEMBERS(transact_statement_members)};
static const struct service_shape transact_statements = {.kind = SERVICE_LIST,
                                                         .type = "List",
                                                         .element = &transact_statement,
                                                         .has_least = true,
                                                         .least = 1,
                                                         .has_most = true,
                                                         .most = 100};
static const struct service_member execute_transaction[] = {
    {SERVICE_FIELD_TRANSACT_STATEMENTS, &transact_statements, SERVICE_NOT_NULL},
    {SERVICE_FIELD_CLIENT_REQUEST_TOKEN, &client_token, SERVICE_OPTIONAL},
    {SERVICE_FIELD_RETURN_CONSUMED_CAPACITY, &dynr_shape_return_capacity, SERVICE_OPTIONAL},
};
const struct service_shape dynr_shape_execute_transaction = {.kind = SERVICE_STRUCTURE,
                                                             MEMBERS(execute_transaction)};
