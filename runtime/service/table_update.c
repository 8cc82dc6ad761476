/* SPDX-License-Identifier: Apache-2.0 */
/* UpdateTable. */
#include "service/table.h"

#define INVALID_VALUES "One or more parameter values were invalid: "

struct table_change {
    struct service_call *call;
    const struct dynr_table_definition *table;
    struct dynr_table_update update;
    struct dynr_index_definition *new_indexes;
    struct dynr_str *old_indexes;
    struct dynr_index_definition *changed_indexes;
};

/* ---- what the request says by itself ---- */

static const struct service_node *index_action(const struct service_node *update)
{
    static const enum service_field actions[] = {SERVICE_FIELD_UPDATE, SERVICE_FIELD_CREATE,
                                                 SERVICE_FIELD_DELETE};
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        const struct service_node *action = dynr_node_member(update, actions[i]);
        if (dynr_node_is_present(action)) {
            return action;
        }
    }
    return NULL;
}

static bool check_index_updates(struct service_call *call)
{
    const struct service_node *list =
        dynr_node_member(&call->input, SERVICE_FIELD_GLOBAL_SECONDARY_INDEX_UPDATES);
    for (size_t i = 0; i < list->n_children; i++) {
        const struct service_node *action = index_action(&list->children[i]);
        if (action == NULL) {
            return dynr_service_invalid(call, INVALID_VALUES
                                        "One of GlobalSecondaryIndexUpdate.Update, "
                                        "GlobalSecondaryIndexUpdate.Create, "
                                        "GlobalSecondaryIndexUpdate.Delete must not be null");
        }
        struct dynr_str name = dynr_node_text(action, SERVICE_FIELD_INDEX_NAME);
        for (size_t k = 0; k < i; k++) {
            const struct service_node *other = index_action(&list->children[k]);
            if (dynr_str_equal(name, dynr_node_text(other, SERVICE_FIELD_INDEX_NAME))) {
                return dynr_service_invalid(
                    call,
                    INVALID_VALUES "Only one global secondary index update per index is allowed "
                                   "simultaneously. Index: %.*s",
                    (int)name.len, name.ptr);
            }
        }
    }
    return true;
}

/* The table's own; those of indexes are looked at beside the indexes. */
static bool check_throughput(struct service_call *call)
{
    struct dynr_throughput ignored;
    return dynr_service_read_throughput(
        call, dynr_node_member(&call->input, SERVICE_FIELD_PROVISIONED_THROUGHPUT), &ignored);
}

/* One index at a time comes or goes. */
static bool check_online(struct service_call *call)
{
    const struct service_node *list =
        dynr_node_member(&call->input, SERVICE_FIELD_GLOBAL_SECONDARY_INDEX_UPDATES);
    size_t n = 0;
    for (size_t i = 0; i < list->n_children; i++) {
        n += dynr_node_has(&list->children[i], SERVICE_FIELD_UPDATE) ? 0 : 1;
    }
    return n <= 1 ||
           dynr_service_fail(call, SERVICE_ERROR_PREFIX "LimitExceededException",
                             "Subscriber limit exceeded: Only 1 online index can be created or "
                             "deleted simultaneously per table");
}

static bool check_request(struct service_call *call)
{
    const struct service_node *input = &call->input;
    bool has_throughput = dynr_node_has(input, SERVICE_FIELD_PROVISIONED_THROUGHPUT);
    struct dynr_str billing = dynr_node_text(input, SERVICE_FIELD_BILLING_MODE);
    const struct service_node *updates =
        dynr_node_member(input, SERVICE_FIELD_GLOBAL_SECONDARY_INDEX_UPDATES);
    bool has_any = has_throughput || billing.len > 0 || updates->n_children > 0 ||
                   dynr_node_has(input, SERVICE_FIELD_STREAM_SPECIFICATION) ||
                   dynr_node_has(input, SERVICE_FIELD_SSE_SPECIFICATION) ||
                   dynr_node_has(input, SERVICE_FIELD_TABLE_CLASS) ||
                   dynr_node_has(input, SERVICE_FIELD_DELETION_PROTECTION_ENABLED);
    if (!has_any) {
        return dynr_service_invalid(
            call, "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
                  "GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required");
    }
    if (dynr_str_equal_c(billing, "PROVISIONED") && !has_throughput) {
        return dynr_service_invalid(call, INVALID_VALUES "ProvisionedThroughput must be specified "
                                                         "when BillingMode is PROVISIONED");
    }
    if (dynr_str_equal_c(billing, "PAY_PER_REQUEST") && has_throughput) {
        return dynr_service_invalid(call, INVALID_VALUES
                                    "Neither ReadCapacityUnits nor WriteCapacityUnits can be "
                                    "specified when BillingMode is PAY_PER_REQUEST");
    }
    return check_throughput(call) && check_index_updates(call) && check_online(call);
}

/* ---- billing ---- */

static bool is_same(const struct dynr_throughput *a, const struct dynr_throughput *b)
{
    return a->read_units == b->read_units && a->write_units == b->write_units;
}

static bool change_billing(struct table_change *change)
{
    struct service_call *call = change->call;
    const struct dynr_table_definition *table = change->table;
    const struct service_node *throughput =
        dynr_node_member(&call->input, SERVICE_FIELD_PROVISIONED_THROUGHPUT);
    struct dynr_str mode = dynr_node_text(&call->input, SERVICE_FIELD_BILLING_MODE);
    bool was_on_demand = table->billing == DYNR_BILLING_PAY_PER_REQUEST;
    bool is_on_demand = mode.len > 0 ? dynr_str_equal_c(mode, "PAY_PER_REQUEST") : was_on_demand;
    struct dynr_table_update *update = &change->update;
    update->has_billing = mode.len > 0;
    update->billing = is_on_demand ? DYNR_BILLING_PAY_PER_REQUEST : DYNR_BILLING_PROVISIONED;
    if (is_on_demand && dynr_node_is_present(throughput)) {
        return dynr_service_invalid(call, INVALID_VALUES
                                    "Neither ReadCapacityUnits nor WriteCapacityUnits can be "
                                    "specified when BillingMode is PAY_PER_REQUEST");
    }
    /* On demand, none is set. */
    update->has_throughput = dynr_node_is_present(throughput) || (is_on_demand && !was_on_demand);
    if (!dynr_node_is_present(throughput)) {
        return true;
    }
    if (!dynr_service_read_throughput(call, throughput, &update->throughput)) {
        return false;
    }
    if (!was_on_demand && is_same(&update->throughput, &table->throughput)) {
        return dynr_service_invalid(
            call,
            "The provisioned throughput for the table will not change. The requested value equals "
            "the current value. Current ReadCapacityUnits provisioned for the table: %lld. "
            "Requested ReadCapacityUnits: %lld. Current WriteCapacityUnits provisioned for the "
            "table: %lld. Requested WriteCapacityUnits: %lld. Refer to the Amazon DynamoDB "
            "Developer Guide for current limits and how to request higher limits.",
            (long long)table->throughput.read_units, (long long)update->throughput.read_units,
            (long long)table->throughput.write_units, (long long)update->throughput.write_units);
    }
    return true;
}

/* ---- indexes ---- */

static const struct dynr_index_definition *find_index(const struct dynr_table_definition *table,
                                                      struct dynr_str name)
{
    for (size_t i = 0; i < table->n_indexes; i++) {
        if (dynr_str_equal(table->indexes[i].name, name)) {
            return &table->indexes[i];
        }
    }
    return NULL;
}

static bool create_index(struct table_change *change, const struct service_node *action)
{
    struct service_call *call = change->call;
    struct dynr_index_definition *index = &change->new_indexes[change->update.n_new_indexes];
    const struct service_node *definitions =
        dynr_node_member(&call->input, SERVICE_FIELD_ATTRIBUTE_DEFINITIONS);
    if (!dynr_service_read_index(call, action, definitions, false, index)) {
        return false;
    }
    if (find_index(change->table, index->name) != NULL) {
        return dynr_service_invalid(
            call, "One or more parameter values were invalid: Index with name: %.*s already exists",
            (int)index->name.len, index->name.ptr);
    }
    change->update.n_new_indexes++;
    return true;
}

static bool delete_index(struct table_change *change, const struct service_node *action)
{
    struct dynr_str name = dynr_node_text(action, SERVICE_FIELD_INDEX_NAME);
    const struct dynr_index_definition *index = find_index(change->table, name);
    if (index == NULL || index->is_local) {
        return dynr_service_fail(change->call, SERVICE_NO_TABLE,
                                 "Requested resource not found: Index: %.*s not found",
                                 (int)name.len, name.ptr);
    }
    change->old_indexes[change->update.n_old_indexes++] = name;
    return true;
}

static bool change_index(struct table_change *change, const struct service_node *action)
{
    struct dynr_str name = dynr_node_text(action, SERVICE_FIELD_INDEX_NAME);
    const struct dynr_index_definition *index = find_index(change->table, name);
    if (index == NULL || index->is_local) {
        return dynr_service_fail(change->call, SERVICE_NO_TABLE,
                                 "Requested resource not found: Index: %.*s not found",
                                 (int)name.len, name.ptr);
    }
    struct dynr_index_definition *changed =
        &change->changed_indexes[change->update.n_changed_indexes++];
    *changed = *index;
    return dynr_service_read_throughput(
        change->call, dynr_node_member(action, SERVICE_FIELD_PROVISIONED_THROUGHPUT),
        &changed->throughput);
}

static bool change_indexes(struct table_change *change)
{
    struct service_call *call = change->call;
    const struct service_node *list =
        dynr_node_member(&call->input, SERVICE_FIELD_GLOBAL_SECONDARY_INDEX_UPDATES);
    size_t n = list->n_children + 1;
    change->new_indexes = dynr_arena_calloc(call->arena, n, sizeof *change->new_indexes);
    change->old_indexes = dynr_arena_calloc(call->arena, n, sizeof *change->old_indexes);
    change->changed_indexes = dynr_arena_calloc(call->arena, n, sizeof *change->changed_indexes);
    if (change->new_indexes == NULL || change->old_indexes == NULL ||
        change->changed_indexes == NULL) {
        return dynr_service_no_memory(call);
    }
    for (size_t i = 0; i < list->n_children; i++) {
        const struct service_node *update = &list->children[i];
        const struct service_node *action = index_action(update);
        bool ok = dynr_node_has(update, SERVICE_FIELD_UPDATE)   ? change_index(change, action)
                  : dynr_node_has(update, SERVICE_FIELD_CREATE) ? create_index(change, action)
                                                                : delete_index(change, action);
        if (!ok) {
            return false;
        }
    }
    change->update.new_indexes = change->new_indexes;
    change->update.old_indexes = change->old_indexes;
    change->update.changed_indexes = change->changed_indexes;
    return true;
}

/* ---- the rest ---- */

static bool change_stream(struct table_change *change)
{
    struct service_call *call = change->call;
    const struct service_node *stream =
        dynr_node_member(&call->input, SERVICE_FIELD_STREAM_SPECIFICATION);
    if (!dynr_node_is_present(stream)) {
        return true;
    }
    bool has_view = dynr_node_has(stream, SERVICE_FIELD_STREAM_VIEW_TYPE);
    struct dynr_str name = dynr_service_shown_name(call, change->table->name);
    change->update.has_stream = true;
    change->update.stream = dynr_node_true(stream, SERVICE_FIELD_STREAM_ENABLED);
    change->update.stream_view = dynr_service_stream_view(stream);
    if (change->update.stream && !has_view) {
        return dynr_service_invalid(call, INVALID_VALUES "StreamSpecification.StreamViewType is "
                                                         "required when StreamEnabled is true");
    }
    if (change->update.stream && change->table->stream) {
        return dynr_service_invalid(call, "Table already has an enabled stream: TableName: %.*s",
                                    (int)name.len, name.ptr);
    }
    return change->update.stream || change->table->stream ||
           dynr_service_invalid(call, "Table has no stream to disable: TableName: %.*s",
                                (int)name.len, name.ptr);
}

static bool change_settings(struct table_change *change)
{
    struct service_call *call = change->call;
    struct service_settings settings;
    bool changed;
    const struct service_node *protection =
        dynr_node_member(&call->input, SERVICE_FIELD_DELETION_PROTECTION_ENABLED);
    change->update.has_deletion_protection = dynr_node_is_present(protection);
    change->update.deletion_protection = protection->boolean;
    if (!dynr_service_read_settings(call, change->table->settings, &settings) ||
        !dynr_service_take_settings(call, &settings, &changed)) {
        return false;
    }
    change->update.has_settings = changed;
    return !changed || dynr_service_write_settings(call, &settings, &change->update.settings);
}

bool dynr_service_update_table(struct service_call *call)
{
    struct table_change change = {.call = call, .update = DYNR_TABLE_UPDATE_INIT};
    struct dynr_request request = DYNR_REQUEST_INIT;
    struct dynr_response response;
    request.operation = DYNR_UPDATE_TABLE;
    request.table_update = &change.update;
    if (!dynr_service_table(call, &call->input, &request.table) || !check_request(call) ||
        !dynr_service_find_table(call, request.table, &change.table) || !change_billing(&change) ||
        !change_indexes(&change) || !change_stream(&change) || !change_settings(&change)) {
        return false;
    }
    const struct dynr_table_definition *table;
    if (!dynr_service_execute(call, &request, &response) ||
        !dynr_service_find_table(call, request.table, &table)) {
        return false;
    }
    dynr_buf_append_char(&call->answer.buf, '{');
    if (!dynr_service_write_table(call, "TableDescription", table, "UPDATING", NULL)) {
        return false;
    }
    dynr_buf_append_char(&call->answer.buf, '}');
    return true;
}
