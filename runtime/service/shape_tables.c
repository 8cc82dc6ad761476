/* SPDX-License-Identifier: Apache-2.0 */
/* Requests about tables. */
#include "service/shape_parts.h"

#define CLASS_PREFIX "com.amazonaws.dynamodb.v20120810."

/* ---- keys, indexes, throughput ---- */

static const char *const attribute_types[] = {"B", "N", "S", NULL};
static const struct service_shape attribute_type = {.kind = SERVICE_STRING,
                                                    .values = attribute_types};
static const struct service_shape attribute_name = {
    .kind = SERVICE_STRING, .has_least = true, .least = 1, .has_most = true, .most = 255};
static const struct service_member definition_members[] = {
    {SERVICE_FIELD_ATTRIBUTE_NAME, &attribute_name, SERVICE_NOT_NULL},
    {SERVICE_FIELD_ATTRIBUTE_TYPE, &attribute_type, SERVICE_NOT_NULL},
};
static const struct service_shape definition = {
    .kind = SERVICE_STRUCTURE, .type = "AttributeDefinition", MEMBERS(definition_members)};
static const struct service_shape definitions = {
    .kind = SERVICE_LIST, .type = "List", .element = &definition};

static const char *const key_types[] = {"HASH", "RANGE", NULL};
static const struct service_shape key_type = {.kind = SERVICE_STRING, .values = key_types};
static const struct service_member key_members[] = {
    {SERVICE_FIELD_ATTRIBUTE_NAME, &attribute_name, SERVICE_NOT_NULL},
    {SERVICE_FIELD_KEY_TYPE, &key_type, SERVICE_NOT_NULL},
};
static const struct service_shape key_element = {
    .kind = SERVICE_STRUCTURE, .type = "KeySchemaElement", MEMBERS(key_members)};
static const struct service_shape key_schema = {.kind = SERVICE_LIST,
                                                .type = "List",
                                                .element = &key_element,
                                                .has_least = true,
                                                .least = 1,
                                                .has_most = true,
                                                .most = 2};

static const struct service_shape units = {.kind = SERVICE_LONG, .has_least = true, .least = 1};
static const struct service_member throughput_members[] = {
    {SERVICE_FIELD_WRITE_CAPACITY_UNITS, &units, SERVICE_NOT_NULL},
    {SERVICE_FIELD_READ_CAPACITY_UNITS, &units, SERVICE_NOT_NULL},
};
static const struct service_shape throughput = {
    .kind = SERVICE_STRUCTURE, .type = "ProvisionedThroughput", MEMBERS(throughput_members)};

static const char *const projection_types[] = {"ALL", "INCLUDE", "KEYS_ONLY", NULL};
static const struct service_shape projection_type = {.kind = SERVICE_STRING,
                                                     .values = projection_types};
static const struct service_shape non_key_attributes = {.kind = SERVICE_LIST,
                                                        .type = "List",
                                                        .element = &attribute_name,
                                                        .has_least = true,
                                                        .least = 1,
                                                        .has_most = true,
                                                        .most = 20};
static const struct service_member projection_members[] = {
    {SERVICE_FIELD_PROJECTION_TYPE, &projection_type, SERVICE_OPTIONAL},
    {SERVICE_FIELD_NON_KEY_ATTRIBUTES, &non_key_attributes, SERVICE_OPTIONAL},
};
static const struct service_shape projection = {
    .kind = SERVICE_STRUCTURE, .type = "Projection", MEMBERS(projection_members)};

static const struct service_member local_members[] = {
    {SERVICE_FIELD_INDEX_NAME, &dynr_shape_index_name, SERVICE_NOT_NULL},
    {SERVICE_FIELD_KEY_SCHEMA, &key_schema, SERVICE_NOT_NULL},
    {SERVICE_FIELD_PROJECTION, &projection, SERVICE_NOT_NULL},
};
static const struct service_shape local_index = {
    .kind = SERVICE_STRUCTURE, .type = "LocalSecondaryIndex", MEMBERS(local_members)};
static const struct service_shape local_indexes = {
    .kind = SERVICE_LIST, .type = "List", .element = &local_index};

static const struct service_member global_members[] = {
    {SERVICE_FIELD_INDEX_NAME, &dynr_shape_index_name, SERVICE_NOT_NULL},
    {SERVICE_FIELD_KEY_SCHEMA, &key_schema, SERVICE_NOT_NULL},
    {SERVICE_FIELD_PROJECTION, &projection, SERVICE_NOT_NULL},
    {SERVICE_FIELD_PROVISIONED_THROUGHPUT, &throughput, SERVICE_OPTIONAL},
};
static const struct service_shape global_index = {
    .kind = SERVICE_STRUCTURE, .type = "GlobalSecondaryIndex", MEMBERS(global_members)};
static const struct service_shape global_indexes = {
    .kind = SERVICE_LIST, .type = "List", .element = &global_index};

/* ---- settings ---- */

static const char *const billing_modes[] = {"PROVISIONED", "PAY_PER_REQUEST", NULL};
static const struct service_shape billing_mode = {.kind = SERVICE_STRING, .values = billing_modes};

static const char *const view_types[] = {"KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE",
                                         "NEW_AND_OLD_IMAGES", NULL};
static const struct service_shape view_type = {.kind = SERVICE_STRING, .values = view_types};
static const struct service_member stream_members[] = {
    {SERVICE_FIELD_STREAM_ENABLED, &dynr_shape_boolean, SERVICE_NOT_NULL},
    {SERVICE_FIELD_STREAM_VIEW_TYPE, &view_type, SERVICE_OPTIONAL},
};
static const struct service_shape stream_specification = {
    .kind = SERVICE_STRUCTURE, .type = "StreamSpecification", MEMBERS(stream_members)};

static const char *const sse_types[] = {"AES256", "KMS", NULL};
static const struct service_shape sse_type = {.kind = SERVICE_STRING, .values = sse_types};
static const struct service_member sse_members[] = {
    {SERVICE_FIELD_ENABLED, &dynr_shape_boolean, SERVICE_OPTIONAL},
    {SERVICE_FIELD_SSE_TYPE, &sse_type, SERVICE_OPTIONAL},
    {SERVICE_FIELD_KMS_MASTER_KEY_ID, &dynr_shape_string, SERVICE_OPTIONAL},
};
static const struct service_shape sse_specification = {
    .kind = SERVICE_STRUCTURE, .type = "SSESpecification", MEMBERS(sse_members)};

static const char *const table_classes[] = {"STANDARD", "STANDARD_INFREQUENT_ACCESS", NULL};
static const struct service_shape table_class = {.kind = SERVICE_STRING, .values = table_classes};

static const struct service_shape tag_key = {
    .kind = SERVICE_STRING, .has_least = true, .least = 1, .has_most = true, .most = 128};
static const struct service_shape tag_value = {
    .kind = SERVICE_STRING, .has_most = true, .most = 256};
static const struct service_member tag_members[] = {
    {SERVICE_FIELD_KEY, &tag_key, SERVICE_NOT_NULL},
    {SERVICE_FIELD_VALUE, &tag_value, SERVICE_NOT_NULL},
};
static const struct service_shape tag = {
    .kind = SERVICE_STRUCTURE, .type = "Tag", MEMBERS(tag_members)};
static const struct service_shape tags = {.kind = SERVICE_LIST, .type = "List", .element = &tag};

/* ---- tables ---- */

static const struct service_member create_table[] = {
    {SERVICE_FIELD_ATTRIBUTE_DEFINITIONS, &definitions, SERVICE_NOT_NULL},
    {SERVICE_FIELD_TABLE_NAME, &dynr_shape_new_table_name, SERVICE_REQUIRED},
    {SERVICE_FIELD_BILLING_MODE, &billing_mode, SERVICE_OPTIONAL},
    {SERVICE_FIELD_PROVISIONED_THROUGHPUT, &throughput, SERVICE_OPTIONAL},
    {SERVICE_FIELD_KEY_SCHEMA, &key_schema, SERVICE_NOT_NULL},
    {SERVICE_FIELD_LOCAL_SECONDARY_INDEXES, &local_indexes, SERVICE_OPTIONAL},
    {SERVICE_FIELD_GLOBAL_SECONDARY_INDEXES, &global_indexes, SERVICE_OPTIONAL},
    {SERVICE_FIELD_STREAM_SPECIFICATION, &stream_specification, SERVICE_OPTIONAL},
    {SERVICE_FIELD_SSE_SPECIFICATION, &sse_specification, SERVICE_OPTIONAL},
    {SERVICE_FIELD_TAGS, &tags, SERVICE_OPTIONAL},
    {SERVICE_FIELD_TABLE_CLASS, &table_class, SERVICE_OPTIONAL},
    {SERVICE_FIELD_DELETION_PROTECTION_ENABLED, &dynr_shape_boolean, SERVICE_OPTIONAL},
};
const struct service_shape dynr_shape_create_table = {.kind = SERVICE_STRUCTURE,
                                                      MEMBERS(create_table)};

static const struct service_member update_index_members[] = {
    {SERVICE_FIELD_INDEX_NAME, &dynr_shape_index_name, SERVICE_NOT_NULL},
    {SERVICE_FIELD_PROVISIONED_THROUGHPUT, &throughput, SERVICE_NOT_NULL},
};
static const struct service_shape update_index = {.kind = SERVICE_STRUCTURE,
                                                  .type = "UpdateGlobalSecondaryIndexAction",
                                                  MEMBERS(update_index_members)};
static const struct service_shape create_index = {
    .kind = SERVICE_STRUCTURE, .type = "CreateGlobalSecondaryIndexAction", MEMBERS(global_members)};
static const struct service_member delete_index_members[] = {
    {SERVICE_FIELD_INDEX_NAME, &dynr_shape_index_name, SERVICE_NOT_NULL},
};
static const struct service_shape delete_index = {.kind = SERVICE_STRUCTURE,
                                                  .type = "DeleteGlobalSecondaryIndexAction",
                                                  MEMBERS(delete_index_members)};
static const struct service_member index_update_members[] = {
    {SERVICE_FIELD_UPDATE, &update_index, SERVICE_OPTIONAL},
    {SERVICE_FIELD_CREATE, &create_index, SERVICE_OPTIONAL},
    {SERVICE_FIELD_DELETE, &delete_index, SERVICE_OPTIONAL},
};
static const struct service_shape index_update = {
    .kind = SERVICE_STRUCTURE, .type = "GlobalSecondaryIndexUpdate", MEMBERS(index_update_members)};
static const struct service_shape index_updates = {
    .kind = SERVICE_LIST, .type = "List", .element = &index_update};
static const struct service_member update_table[] = {
    {SERVICE_FIELD_TABLE_NAME, &dynr_shape_table_name, SERVICE_REQUIRED},
    {SERVICE_FIELD_ATTRIBUTE_DEFINITIONS, &definitions, SERVICE_OPTIONAL},
    {SERVICE_FIELD_BILLING_MODE, &billing_mode, SERVICE_OPTIONAL},
    {SERVICE_FIELD_PROVISIONED_THROUGHPUT, &throughput, SERVICE_OPTIONAL},
    {SERVICE_FIELD_GLOBAL_SECONDARY_INDEX_UPDATES, &index_updates, SERVICE_OPTIONAL},
    {SERVICE_FIELD_STREAM_SPECIFICATION, &stream_specification, SERVICE_OPTIONAL},
    {SERVICE_FIELD_SSE_SPECIFICATION, &sse_specification, SERVICE_OPTIONAL},
    {SERVICE_FIELD_TABLE_CLASS, &table_class, SERVICE_OPTIONAL},
    {SERVICE_FIELD_DELETION_PROTECTION_ENABLED, &dynr_shape_boolean, SERVICE_OPTIONAL},
};
const struct service_shape dynr_shape_update_table = {.kind = SERVICE_STRUCTURE,
                                                      MEMBERS(update_table)};

static const struct service_member named_table[] = {
    {SERVICE_FIELD_TABLE_NAME, &dynr_shape_table_name, SERVICE_REQUIRED},
};
const struct service_shape dynr_shape_delete_table = {.kind = SERVICE_STRUCTURE,
                                                      MEMBERS(named_table)};
const struct service_shape dynr_shape_describe_table = {.kind = SERVICE_STRUCTURE,
                                                        MEMBERS(named_table)};

static const struct service_shape tables_limit = {
    .kind = SERVICE_INTEGER, .has_least = true, .least = 1, .has_most = true, .most = 100};
static const struct service_member list_tables[] = {
    {SERVICE_FIELD_LIMIT, &tables_limit, SERVICE_OPTIONAL},
    {SERVICE_FIELD_EXCLUSIVE_START_TABLE_NAME, &dynr_shape_index_name, SERVICE_OPTIONAL},
};
const struct service_shape dynr_shape_list_tables = {.kind = SERVICE_STRUCTURE,
                                                     MEMBERS(list_tables)};

/* ---- expiry, tags, backups ---- */

static const struct service_member ttl_members[] = {
    {SERVICE_FIELD_ENABLED, &dynr_shape_boolean, SERVICE_NOT_NULL},
    {SERVICE_FIELD_ATTRIBUTE_NAME, &attribute_name, SERVICE_NOT_NULL},
};
static const struct service_shape ttl_specification = {
    .kind = SERVICE_STRUCTURE, .type = "TimeToLiveSpecification", MEMBERS(ttl_members)};
static const struct service_member update_time_to_live[] = {
    {SERVICE_FIELD_TABLE_NAME, &dynr_shape_table_name, SERVICE_NOT_NULL},
    {SERVICE_FIELD_TIME_TO_LIVE_SPECIFICATION, &ttl_specification, SERVICE_NOT_NULL},
};
const struct service_shape dynr_shape_update_time_to_live = {.kind = SERVICE_STRUCTURE,
                                                             MEMBERS(update_time_to_live)};

static const struct service_member tag_resource[] = {
    {SERVICE_FIELD_RESOURCE_ARN, &dynr_shape_string, SERVICE_OPTIONAL},
    {SERVICE_FIELD_TAGS, &tags, SERVICE_OPTIONAL},
};
const struct service_shape dynr_shape_tag_resource = {.kind = SERVICE_STRUCTURE,
                                                      MEMBERS(tag_resource)};
static const struct service_shape tag_keys = {
    .kind = SERVICE_LIST, .type = "List", .element = &tag_key};
static const struct service_member untag_resource[] = {
    {SERVICE_FIELD_RESOURCE_ARN, &dynr_shape_string, SERVICE_OPTIONAL},
    {SERVICE_FIELD_TAG_KEYS, &tag_keys, SERVICE_OPTIONAL},
};
const struct service_shape dynr_shape_untag_resource = {.kind = SERVICE_STRUCTURE,
                                                        MEMBERS(untag_resource)};
static const struct service_member list_tags_of_resource[] = {
    {SERVICE_FIELD_RESOURCE_ARN, &dynr_shape_string, SERVICE_OPTIONAL},
    {SERVICE_FIELD_NEXT_TOKEN, &dynr_shape_string, SERVICE_OPTIONAL},
};
const struct service_shape dynr_shape_list_tags_of_resource = {.kind = SERVICE_STRUCTURE,
                                                               MEMBERS(list_tags_of_resource)};

static const struct service_member recovery_members[] = {
    {SERVICE_FIELD_POINT_IN_TIME_RECOVERY_ENABLED, &dynr_shape_boolean, SERVICE_NOT_NULL},
};
static const struct service_shape recovery = {.kind = SERVICE_STRUCTURE,
                                              .type = "PointInTimeRecoverySpecification",
                                              MEMBERS(recovery_members)};
static const struct service_member update_continuous_backups[] = {
    {SERVICE_FIELD_TABLE_NAME, &dynr_shape_table_name, SERVICE_NOT_NULL},
    {SERVICE_FIELD_POINT_IN_TIME_RECOVERY_SPECIFICATION, &recovery, SERVICE_NOT_NULL},
};
const struct service_shape dynr_shape_update_continuous_backups = {
    .kind = SERVICE_STRUCTURE, MEMBERS(update_continuous_backups)};
