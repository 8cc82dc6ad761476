/* SPDX-License-Identifier: Apache-2.0 */
/* A table's description, as CreateTable, UpdateTable, DeleteTable and DescribeTable answer it. */
#include "service/table.h"

struct description {
    struct service_call *call;
    const struct dynr_table_definition *table;
    const char *index_status;
    struct dynr_buf *out;
};

/* ---- keys ---- */

static void write_definition(const struct dynr_key_attribute *key, bool *any, struct dynr_buf *out)
{
    if (key->name.len == 0) {
        return;
    }
    dynr_buf_append_c(out, *any ? ",{" : "{");
    dynr_service_key_text(out, "AttributeName", key->name);
    dynr_service_key_text(out, "AttributeType", dynr_str_make(&key->type, 1));
    dynr_buf_append_char(out, '}');
    *any = true;
}

static bool has_name(const struct dynr_key_attribute *key, const struct dynr_key_attribute *other)
{
    return other->name.len > 0 && dynr_str_equal(key->name, other->name);
}

/* Whether the key of an index is the table's, or that of an index before it. */
static bool is_known(const struct dynr_table_definition *table, size_t index,
                     const struct dynr_key_attribute *key)
{
    bool known = has_name(key, &table->partition_key) || has_name(key, &table->sort_key);
    for (size_t i = 0; i < index; i++) {
        known = known || has_name(key, &table->indexes[i].partition_key) ||
                has_name(key, &table->indexes[i].sort_key);
    }
    return known;
}

static void write_definitions(const struct dynr_table_definition *table, struct dynr_buf *out)
{
    bool any = false;
    dynr_service_key(out, "AttributeDefinitions");
    dynr_buf_append_char(out, '[');
    write_definition(&table->partition_key, &any, out);
    write_definition(&table->sort_key, &any, out);
    for (size_t i = 0; i < table->n_indexes; i++) {
        const struct dynr_index_definition *index = &table->indexes[i];
        if (!is_known(table, i, &index->partition_key)) {
            write_definition(&index->partition_key, &any, out);
        }
        if (!is_known(table, i, &index->sort_key)) {
            write_definition(&index->sort_key, &any, out);
        }
    }
    dynr_buf_append_char(out, ']');
}

void dynr_service_write_schema(const struct dynr_key_attribute *partition_key,
                               const struct dynr_key_attribute *sort_key, struct dynr_buf *out)
{
    dynr_service_key(out, "KeySchema");
    dynr_buf_append_c(out, "[{");
    dynr_service_key_text(out, "AttributeName", partition_key->name);
    dynr_buf_append_c(out, ",\"KeyType\":\"HASH\"}");
    if (sort_key->name.len > 0) {
        dynr_buf_append_c(out, ",{");
        dynr_service_key_text(out, "AttributeName", sort_key->name);
        dynr_buf_append_c(out, ",\"KeyType\":\"RANGE\"}");
    }
    dynr_buf_append_char(out, ']');
}

static void write_throughput(const struct dynr_throughput *throughput, struct dynr_buf *out)
{
    dynr_service_key(out, "ProvisionedThroughput");
    dynr_buf_printf(
        out,
        "{\"NumberOfDecreasesToday\":0,\"ReadCapacityUnits\":%lld,\"WriteCapacityUnits\":%lld}",
        (long long)throughput->read_units, (long long)throughput->write_units);
}

/* ---- indexes ---- */

static void write_projection(const struct dynr_index_definition *index, struct dynr_buf *out)
{
    static const char *const names[] = {
        [DYNR_PROJECT_ALL] = "ALL",
        [DYNR_PROJECT_KEYS_ONLY] = "KEYS_ONLY",
        [DYNR_PROJECT_INCLUDE] = "INCLUDE",
    };
    dynr_service_key(out, "Projection");
    dynr_buf_append_char(out, '{');
    dynr_service_key_text(out, "ProjectionType", dynr_str_from_c(names[index->projection]));
    if (index->projection == DYNR_PROJECT_INCLUDE) {
        dynr_service_key(out, "NonKeyAttributes");
        dynr_buf_append_char(out, '[');
        for (size_t i = 0; i < index->n_included; i++) {
            dynr_buf_append_c(out, i == 0 ? "" : ",");
            dynr_buf_append_json_string(out, index->included[i]);
        }
        dynr_buf_append_char(out, ']');
    }
    dynr_buf_append_char(out, '}');
}

static void write_index(const struct description *description,
                        const struct dynr_index_definition *index)
{
    struct dynr_buf *out = description->out;
    dynr_buf_append_char(out, '{');
    dynr_service_key_text(out, "IndexName", index->name);
    dynr_service_write_schema(&index->partition_key, &index->sort_key, out);
    write_projection(index, out);
    if (!index->is_local) {
        bool is_active = index->state == DYNR_INDEX_ACTIVE;
        const char *status = description->index_status != NULL ? description->index_status
                             : is_active                       ? "ACTIVE"
                                                               : "CREATING";
        dynr_service_key_text(out, "IndexStatus", dynr_str_from_c(status));
        if (!is_active) {
            dynr_service_key(out, "Backfilling");
            dynr_buf_append_c(out, "true");
        }
        write_throughput(&index->throughput, out);
    }
    dynr_service_key(out, "IndexSizeBytes");
    dynr_buf_append_int(out, index->size_bytes);
    dynr_service_key(out, "ItemCount");
    dynr_buf_append_int(out, index->item_count);
    dynr_service_key(out, "IndexArn");
    dynr_buf_append_char(out, '"');
    dynr_service_write_arn(description->call, description->table->name, out);
    dynr_buf_append_c(out, "/index/");
    dynr_buf_append_str(out, index->name);
    dynr_buf_append_c(out, "\"}");
}

static void write_indexes(const struct description *description, bool is_local)
{
    struct dynr_buf *out = description->out;
    bool any = false;
    for (size_t i = 0; i < description->table->n_indexes; i++) {
        const struct dynr_index_definition *index = &description->table->indexes[i];
        if (index->is_local != is_local) {
            continue;
        }
        if (!any) {
            dynr_service_key(out, is_local ? "LocalSecondaryIndexes" : "GlobalSecondaryIndexes");
        }
        dynr_buf_append_char(out, any ? ',' : '[');
        write_index(description, index);
        any = true;
    }
    dynr_buf_append_c(out, any ? "]" : "");
}

/* ---- the rest ---- */

static void write_stream(const struct description *description)
{
    const struct dynr_table_definition *table = description->table;
    struct dynr_buf *out = description->out;
    if (table->stream) {
        dynr_service_key(out, "StreamSpecification");
        dynr_buf_append_c(out, "{\"StreamEnabled\":true,\"StreamViewType\":\"");
        dynr_buf_append_c(out, dynr_service_view_name(table->stream_view));
        dynr_buf_append_c(out, "\"}");
    }
    if (table->stream_label.len > 0) {
        dynr_service_key_text(out, "LatestStreamLabel", table->stream_label);
        dynr_service_key(out, "LatestStreamArn");
        dynr_buf_append_char(out, '"');
        dynr_service_write_arn(description->call, table->name, out);
        dynr_buf_append_c(out, "/stream/");
        dynr_buf_append_str(out, table->stream_label);
        dynr_buf_append_char(out, '"');
    }
}

static void write_billing(const struct description *description)
{
    const struct dynr_table_definition *table = description->table;
    struct dynr_buf *out = description->out;
    write_throughput(&table->throughput, out);
    if (table->billing == DYNR_BILLING_PAY_PER_REQUEST) {
        dynr_service_key(out, "BillingModeSummary");
        dynr_buf_append_char(out, '{');
        dynr_service_key_text(out, "BillingMode", dynr_str_from_c("PAY_PER_REQUEST"));
        dynr_service_key_time(out, "LastUpdateToPayPerRequestDateTime", table->created_ms);
        dynr_buf_append_char(out, '}');
    }
}

static void write_settings(const struct description *description,
                           const struct service_settings *settings)
{
    struct dynr_buf *out = description->out;
    if (settings->sse.len > 0) {
        dynr_service_key(out, "SSEDescription");
        dynr_buf_append_str(out, settings->sse);
    }
    if (settings->table_class.len > 0) {
        dynr_service_key(out, "TableClassSummary");
        dynr_buf_append_c(out, "{\"TableClass\":");
        dynr_buf_append_str(out, settings->table_class);
        dynr_buf_append_char(out, '}');
    }
}

bool dynr_service_write_table(struct service_call *call, const char *member,
                              const struct dynr_table_definition *table, const char *status,
                              const char *index_status)
{
    struct service_settings settings;
    struct dynr_buf *out = &call->answer.buf;
    struct description description = {
        .call = call, .table = table, .index_status = index_status, .out = out};
    if (!dynr_service_read_settings(call, table->settings, &settings)) {
        return false;
    }
    dynr_service_key(out, member);
    dynr_buf_append_char(out, '{');
    write_definitions(table, out);
    dynr_service_key_text(out, "TableName", dynr_service_shown_name(call, table->name));
    dynr_service_write_schema(&table->partition_key, &table->sort_key, out);
    dynr_service_key_text(out, "TableStatus", dynr_str_from_c(status));
    dynr_service_key_time(out, "CreationDateTime", table->created_ms);
    write_billing(&description);
    dynr_service_key(out, "TableSizeBytes");
    dynr_buf_append_int(out, table->size_bytes);
    dynr_service_key(out, "ItemCount");
    dynr_buf_append_int(out, table->item_count);
    dynr_service_key(out, "TableArn");
    dynr_buf_append_char(out, '"');
    dynr_service_write_arn(call, table->name, out);
    dynr_buf_append_char(out, '"');
    dynr_service_key_text(out, "TableId", table->table_id);
    write_indexes(&description, true);
    write_indexes(&description, false);
    write_stream(&description);
    write_settings(&description, &settings);
    dynr_service_key(out, "DeletionProtectionEnabled");
    dynr_buf_append_c(out, table->deletion_protection ? "true" : "false");
    dynr_buf_append_char(out, '}');
    return true;
}
