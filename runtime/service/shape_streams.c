/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of DynamoDB Streams. */
#include "service/shape_parts.h"

static const struct service_shape stream_arn = {
    .kind = SERVICE_STRING, .has_least = true, .least = 37, .has_most = true, .most = 1024};
static const struct service_shape shard_id = {
    .kind = SERVICE_STRING, .has_least = true, .least = 28, .has_most = true, .most = 65};
static const struct service_shape sequence_number = {
    .kind = SERVICE_STRING, .has_least = true, .least = 21, .has_most = true, .most = 40};
static const struct service_shape shard_iterator = {
    .kind = SERVICE_STRING, .has_least = true, .least = 1, .has_most = true, .most = 2048};
static const struct service_shape streams_limit = {
    .kind = SERVICE_INTEGER, .has_least = true, .least = 1, .has_most = true, .most = 100};
static const struct service_shape records_limit = {
    .kind = SERVICE_INTEGER, .has_least = true, .least = 1, .has_most = true, .most = 1000};
static const char *const iterator_types[] = {"AFTER_SEQUENCE_NUMBER", "LATEST",
                                             "AT_SEQUENCE_NUMBER", "TRIM_HORIZON", NULL};
static const struct service_shape iterator_type = {.kind = SERVICE_STRING,
                                                   .values = iterator_types};

static const struct service_member list_streams[] = {
    {SERVICE_FIELD_TABLE_NAME, &dynr_shape_index_name, SERVICE_OPTIONAL},
    {SERVICE_FIELD_LIMIT, &streams_limit, SERVICE_OPTIONAL},
    {SERVICE_FIELD_EXCLUSIVE_START_STREAM_ARN, &stream_arn, SERVICE_OPTIONAL},
};
const struct service_shape dynr_shape_list_streams = {.kind = SERVICE_STRUCTURE,
                                                      MEMBERS(list_streams)};

static const struct service_member describe_stream[] = {
    {SERVICE_FIELD_STREAM_ARN, &stream_arn, SERVICE_NOT_NULL},
    {SERVICE_FIELD_LIMIT, &streams_limit, SERVICE_OPTIONAL},
    {SERVICE_FIELD_EXCLUSIVE_START_SHARD_ID, &shard_id, SERVICE_OPTIONAL},
};
const struct service_shape dynr_shape_describe_stream = {.kind = SERVICE_STRUCTURE,
                                                         MEMBERS(describe_stream)};

static const struct service_member get_shard_iterator[] = {
    {SERVICE_FIELD_STREAM_ARN, &stream_arn, SERVICE_NOT_NULL},
    {SERVICE_FIELD_SHARD_ID, &shard_id, SERVICE_NOT_NULL},
    {SERVICE_FIELD_SHARD_ITERATOR_TYPE, &iterator_type, SERVICE_NOT_NULL},
    {SERVICE_FIELD_SEQUENCE_NUMBER, &sequence_number, SERVICE_OPTIONAL},
};
const struct service_shape dynr_shape_get_shard_iterator = {.kind = SERVICE_STRUCTURE,
                                                            MEMBERS(get_shard_iterator)};

static const struct service_member get_records[] = {
    {SERVICE_FIELD_SHARD_ITERATOR, &shard_iterator, SERVICE_NOT_NULL},
    {SERVICE_FIELD_LIMIT, &records_limit, SERVICE_OPTIONAL},
};
const struct service_shape dynr_shape_get_records = {.kind = SERVICE_STRUCTURE,
                                                     MEMBERS(get_records)};
