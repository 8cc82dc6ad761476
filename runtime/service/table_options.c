/* SPDX-License-Identifier: Apache-2.0 */
/* Expiry, tags, backups, and what the service says of itself. */
#include "service/table.h"

enum {
    LEAST_NAME = 3
};

/* UpdateTable of the store. */
static bool update(struct service_call *call, struct dynr_str table,
                   const struct dynr_table_update *change)
{
    struct dynr_request request = DYNR_REQUEST_INIT;
    struct dynr_response response;
    request.operation = DYNR_UPDATE_TABLE;
    request.table = table;
    request.table_update = change;
    return dynr_service_execute(call, &request, &response);
}

/* ---- expiry ---- */

bool dynr_service_update_time_to_live(struct service_call *call)
{
    const struct service_node *specification =
        dynr_node_member(&call->input, SERVICE_FIELD_TIME_TO_LIVE_SPECIFICATION);
    struct dynr_str attribute = dynr_node_text(specification, SERVICE_FIELD_ATTRIBUTE_NAME);
    bool is_enabled = dynr_node_true(specification, SERVICE_FIELD_ENABLED);
    struct dynr_table_update change = DYNR_TABLE_UPDATE_INIT;
    const struct dynr_table_definition *table;
    struct dynr_str name;
    if (!dynr_service_table(call, &call->input, &name) ||
        !dynr_service_find_table(call, name, &table)) {
        return false;
    }
    struct dynr_str present = table->ttl_attribute;
    if (is_enabled && present.len > 0) {
        return dynr_str_equal(present, attribute)
                   ? dynr_service_invalid(call, "TimeToLive is already enabled")
                   : dynr_service_invalid(
                         call,
                         "TimeToLive is active on a different AttributeName: current AttributeName "
                         "is %.*s",
                         (int)present.len, present.ptr);
    }
    if (!is_enabled && present.len == 0) {
        return dynr_service_invalid(call, "TimeToLive is already disabled");
    }
    change.has_ttl = true;
    change.ttl_attribute = is_enabled ? attribute : dynr_str_make("", 0);
    if (!update(call, name, &change)) {
        return false;
    }
    struct dynr_buf *out = &call->answer.buf;
    dynr_buf_append_c(out, "{\"TimeToLiveSpecification\":{");
    dynr_service_key_text(out, "AttributeName", attribute);
    dynr_service_key(out, "Enabled");
    dynr_buf_append_c(out, is_enabled ? "true}}" : "false}}");
    return true;
}

bool dynr_service_describe_time_to_live(struct service_call *call)
{
    const struct dynr_table_definition *table;
    struct dynr_str name;
    if (!dynr_service_table(call, &call->input, &name) ||
        !dynr_service_find_table(call, name, &table)) {
        return false;
    }
    struct dynr_buf *out = &call->answer.buf;
    dynr_buf_append_c(out, "{\"TimeToLiveDescription\":{");
    if (table->ttl_attribute.len > 0) {
        dynr_service_key_text(out, "AttributeName", table->ttl_attribute);
    }
    dynr_service_key_text(out, "TimeToLiveStatus",
                          dynr_str_from_c(table->ttl_attribute.len > 0 ? "ENABLED" : "DISABLED"));
    dynr_buf_append_c(out, "}}");
    return true;
}

/* ---- tags ---- */

/* The name in ResourceArn; what is no table's ARN is refused. */
static bool read_arn(struct service_call *call, struct dynr_str *out)
{
    struct dynr_str arn = dynr_node_text(&call->input, SERVICE_FIELD_RESOURCE_ARN);
    if (!dynr_node_has(&call->input, SERVICE_FIELD_RESOURCE_ARN)) {
        (void)dynr_service_invalid(call, "Invalid TableArn");
        return false;
    }
    if (!dynr_is_table_arn(arn, out) || out->len < LEAST_NAME) {
        (void)dynr_service_invalid(call,
                                   "Invalid TableArn: Invalid ResourceArn provided as input %.*s",
                                   (int)arn.len, arn.ptr);
        return false;
    }
    return true;
}

/* Its table. */
static bool find_resource(struct service_call *call, const char *operation, struct dynr_str name,
                          struct dynr_str *out, const struct dynr_table_definition **out_table)
{
    struct dynr_str arn = dynr_node_text(&call->input, SERVICE_FIELD_RESOURCE_ARN);
    if (!dynr_service_stored_name(call, name, out)) {
        return false;
    }
    if (dynr_service_find_table(call, *out, out_table)) {
        return true;
    }
    if (dynr_service_is_no_table(call)) {
        /* Whoever may not see a table's tags cannot tell whether there is such a table. */
        (void)dynr_service_fail(call, SERVICE_ACCESS_DENIED,
                                "User: arn:aws:iam::" SERVICE_ACCOUNT
                                ":root is not authorized to perform: dynamodb:%s on resource: %.*s",
                                operation, (int)arn.len, arn.ptr);
    }
    return false;
}

/* Behind the ARN, a list that is missing or empty. */
static bool check_list(struct service_call *call, enum service_field field, const char *member,
                       const char *noun)
{
    const struct service_node *list = dynr_node_member(&call->input, field);
    if (!dynr_node_is_present(list)) {
        return dynr_service_invalid(call,
                                    "1 validation error detected: Value null at '%s' failed to "
                                    "satisfy constraint: Member must not be null",
                                    member);
    }
    return list->n_children > 0 ||
           dynr_service_invalid(call, "Atleast one %s needs to be provided as Input.", noun);
}

static void answer_nothing(struct service_call *call)
{
    dynr_buf_append_c(&call->answer.buf, "{}");
}

bool dynr_service_tag_resource(struct service_call *call)
{
    const struct service_node *list = dynr_node_member(&call->input, SERVICE_FIELD_TAGS);
    const struct dynr_table_definition *table;
    struct dynr_table_update change = DYNR_TABLE_UPDATE_INIT;
    struct dynr_str name;
    if (!read_arn(call, &name) || !check_list(call, SERVICE_FIELD_TAGS, "tags", "Tag") ||
        !find_resource(call, "TagResource", name, &name, &table)) {
        return false;
    }
    struct dynr_tag *tags = dynr_arena_calloc(call->arena, list->n_children, sizeof *tags);
    if (tags == NULL) {
        return dynr_service_no_memory(call);
    }
    for (size_t i = 0; i < list->n_children; i++) {
        tags[i].key = dynr_node_text(&list->children[i], SERVICE_FIELD_KEY);
        tags[i].value = dynr_node_text(&list->children[i], SERVICE_FIELD_VALUE);
    }
    change.new_tags = tags;
    change.n_new_tags = list->n_children;
    answer_nothing(call);
    return update(call, name, &change);
}

bool dynr_service_untag_resource(struct service_call *call)
{
    const struct service_node *list = dynr_node_member(&call->input, SERVICE_FIELD_TAG_KEYS);
    const struct dynr_table_definition *table;
    struct dynr_table_update change = DYNR_TABLE_UPDATE_INIT;
    struct dynr_str name;
    if (!read_arn(call, &name) || !check_list(call, SERVICE_FIELD_TAG_KEYS, "tagKeys", "Tag Key") ||
        !find_resource(call, "UntagResource", name, &name, &table)) {
        return false;
    }
    struct dynr_str *keys = dynr_arena_calloc(call->arena, list->n_children, sizeof *keys);
    if (keys == NULL) {
        return dynr_service_no_memory(call);
    }
    for (size_t i = 0; i < list->n_children; i++) {
        keys[i] = list->children[i].text;
    }
    change.old_tags = keys;
    change.n_old_tags = list->n_children;
    answer_nothing(call);
    return update(call, name, &change);
}

bool dynr_service_list_tags_of_resource(struct service_call *call)
{
    const struct dynr_table_definition *table;
    struct dynr_buf *out = &call->answer.buf;
    struct dynr_str name;
    if (!read_arn(call, &name) || !find_resource(call, "ListTagsOfResource", name, &name, &table)) {
        return false;
    }
    dynr_buf_append_c(out, "{\"Tags\":[");
    for (size_t i = 0; i < table->n_tags; i++) {
        dynr_buf_append_c(out, i == 0 ? "{" : ",{");
        dynr_service_key_text(out, "Key", table->tags[i].key);
        dynr_service_key_text(out, "Value", table->tags[i].value);
        dynr_buf_append_char(out, '}');
    }
    dynr_buf_append_c(out, "]}");
    return true;
}

/* ---- backups: a switch that is kept, and nothing behind it ---- */

static void write_backups(struct service_call *call, bool has_recovery)
{
    struct dynr_buf *out = &call->answer.buf;
    int64_t now = call->service->clock->now_ms(call->service->clock->context);
    dynr_buf_append_c(out, "{\"ContinuousBackupsDescription\":{\"ContinuousBackupsStatus\":"
                           "\"ENABLED\",\"PointInTimeRecoveryDescription\":{");
    dynr_service_key_text(out, "PointInTimeRecoveryStatus",
                          dynr_str_from_c(has_recovery ? "ENABLED" : "DISABLED"));
    if (has_recovery) {
        dynr_service_key_time(out, "EarliestRestorableDateTime", now);
        dynr_service_key_time(out, "LatestRestorableDateTime", now);
        dynr_buf_append_c(out, ",\"RecoveryPeriodInDays\":35");
    }
    dynr_buf_append_c(out, "}}}");
}

/* A table without a description of its own. */
static bool find_backups(struct service_call *call, struct dynr_str *out_name,
                         struct service_settings *out)
{
    const struct dynr_table_definition *table;
    if (!dynr_service_table(call, &call->input, out_name)) {
        return false;
    }
    if (!dynr_service_find_table(call, *out_name, &table)) {
        struct dynr_str name = dynr_service_shown_name(call, *out_name);
        if (dynr_service_is_no_table(call)) {
            (void)dynr_service_fail(call, SERVICE_ERROR_PREFIX "TableNotFoundException",
                                    "Table not found: %.*s", (int)name.len, name.ptr);
        }
        return false;
    }
    return dynr_service_read_settings(call, table->settings, out);
}

bool dynr_service_describe_continuous_backups(struct service_call *call)
{
    struct service_settings settings;
    struct dynr_str name;
    if (!find_backups(call, &name, &settings)) {
        return false;
    }
    write_backups(call, settings.has_recovery);
    return true;
}

bool dynr_service_update_continuous_backups(struct service_call *call)
{
    struct service_settings settings;
    struct dynr_table_update change = DYNR_TABLE_UPDATE_INIT;
    struct dynr_str name;
    if (!find_backups(call, &name, &settings)) {
        return false;
    }
    settings.has_recovery = dynr_node_true(
        dynr_node_member(&call->input, SERVICE_FIELD_POINT_IN_TIME_RECOVERY_SPECIFICATION),
        SERVICE_FIELD_POINT_IN_TIME_RECOVERY_ENABLED);
    change.has_settings = true;
    if (!dynr_service_write_settings(call, &settings, &change.settings) ||
        !update(call, name, &change)) {
        return false;
    }
    write_backups(call, settings.has_recovery);
    return true;
}

/* ---- the service itself ---- */

bool dynr_service_describe_limits(struct service_call *call)
{
    dynr_buf_append_c(
        &call->answer.buf,
        "{\"AccountMaxReadCapacityUnits\":80000,\"AccountMaxWriteCapacityUnits\":80000,"
        "\"TableMaxReadCapacityUnits\":40000,\"TableMaxWriteCapacityUnits\":40000}");
    return true;
}

bool dynr_service_describe_endpoints(struct service_call *call)
{
    struct dynr_str region = dynr_service_region(call);
    struct dynr_str address =
        dynr_arena_printf(call->arena, "dynamodb.%.*s.amazonaws.com", (int)region.len, region.ptr);
    if (address.ptr == NULL) {
        return dynr_service_no_memory(call);
    }
    dynr_buf_append_c(&call->answer.buf, "{\"Endpoints\":[{");
    dynr_service_key_text(&call->answer.buf, "Address", address);
    dynr_buf_append_c(&call->answer.buf, ",\"CachePeriodInMinutes\":1440}]}");
    return true;
}
