/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/table_json.h"

static void write_key(struct dynr_buf *out, const char *before,
                      const struct dynr_key_attribute *key, const char *kind)
{
    if (key->name.len > 0) {
        dynr_buf_append_c(out, before);
        dynr_buf_append_c(out, "{\"AttributeName\":");
        dynr_buf_append_json_string(out, key->name);
        dynr_buf_printf(out, ",\"KeyType\":\"%s\"}", kind);
    }
}

static void write_keys(struct dynr_buf *out, const struct dynr_key_attribute *partition,
                       const struct dynr_key_attribute *sort)
{
    dynr_buf_append_c(out, "\"KeySchema\":[");
    write_key(out, "", partition, "HASH");
    write_key(out, ",", sort, "RANGE");
    dynr_buf_append_char(out, ']');
}

/* The n-th key attribute of a table and its indexes, two of each; a name that is empty: there is no sort key. */
static const struct dynr_key_attribute *key_attribute(const struct dynr_table_definition *table,
                                                      size_t n)
{
    if (n < 2) {
        return n == 0 ? &table->partition_key : &table->sort_key;
    }
    const struct dynr_index_definition *index = &table->indexes[n / 2 - 1];
    return n % 2 == 0 ? &index->partition_key : &index->sort_key;
}

/* Each once. */
static void write_attributes(struct dynr_buf *out, const struct dynr_table_definition *table)
{
    size_t n_keys = 2 + 2 * table->n_indexes;
    dynr_buf_append_c(out, "  \"AttributeDefinitions\":[");
    for (size_t n = 0; n < n_keys; n++) {
        const struct dynr_key_attribute *key = key_attribute(table, n);
        bool is_known = key->name.len == 0;
        for (size_t earlier = 0; !is_known && earlier < n; earlier++) {
            is_known = dynr_str_equal(key_attribute(table, earlier)->name, key->name);
        }
        if (!is_known) {
            dynr_buf_append_c(out, n == 0 ? "" : ",");
            dynr_buf_append_c(out, "{\"AttributeName\":");
            dynr_buf_append_json_string(out, key->name);
            dynr_buf_printf(out, ",\"AttributeType\":\"%c\"}", key->type);
        }
    }
    dynr_buf_append_c(out, "],\n  ");
}

static void write_throughput(struct dynr_buf *out, const char *before,
                             const struct dynr_throughput *throughput)
{
    dynr_buf_printf(out,
                    "%s\"ProvisionedThroughput\":{\"ReadCapacityUnits\":%lld,"
                    "\"WriteCapacityUnits\":%lld}",
                    before, (long long)throughput->read_units, (long long)throughput->write_units);
}

static void write_index(struct dynr_buf *out, const struct dynr_table_definition *table,
                        const struct dynr_index_definition *index)
{
    static const char *const projections[] = {"ALL", "KEYS_ONLY", "INCLUDE"};
    dynr_buf_append_c(out, "{\"IndexName\":");
    dynr_buf_append_json_string(out, index->name);
    dynr_buf_append_char(out, ',');
    write_keys(out, &index->partition_key, &index->sort_key);
    dynr_buf_printf(out, ",\"Projection\":{\"ProjectionType\":\"%s\"",
                    projections[index->projection]);
    for (size_t i = 0; i < index->n_included; i++) {
        dynr_buf_append_c(out, i == 0 ? ",\"NonKeyAttributes\":[" : ",");
        dynr_buf_append_json_string(out, index->included[i]);
    }
    dynr_buf_append_c(out, index->n_included > 0 ? "]}" : "}");
    if (!index->is_local && table->billing == DYNR_BILLING_PROVISIONED) {
        write_throughput(out, ",", &index->throughput);
    }
    dynr_buf_append_char(out, '}');
}

static void write_indexes(struct dynr_buf *out, const struct dynr_table_definition *table,
                          bool is_local)
{
    bool first = true;
    for (size_t i = 0; i < table->n_indexes; i++) {
        if (table->indexes[i].is_local == is_local) {
            dynr_buf_printf(out, "%s",
                            !first     ? ","
                            : is_local ? ",\n  \"LocalSecondaryIndexes\":["
                                       : ",\n  \"GlobalSecondaryIndexes\":[");
            write_index(out, table, &table->indexes[i]);
            first = false;
        }
    }
    dynr_buf_append_c(out, first ? "" : "]");
}

static void write_tags(struct dynr_buf *out, const struct dynr_table_definition *table)
{
    for (size_t i = 0; i < table->n_tags; i++) {
        dynr_buf_append_c(out, i == 0 ? ",\n  \"Tags\":[" : ",");
        dynr_buf_append_c(out, "{\"Key\":");
        dynr_buf_append_json_string(out, table->tags[i].key);
        dynr_buf_append_c(out, ",\"Value\":");
        dynr_buf_append_json_string(out, table->tags[i].value);
        dynr_buf_append_char(out, '}');
    }
    dynr_buf_append_c(out, table->n_tags > 0 ? "]" : "");
}

void dynr_table_json_write(const struct dynr_table_definition *table, struct dynr_buf *out)
{
    static const char *const views[] = {"NEW_AND_OLD_IMAGES", "NEW_IMAGE", "OLD_IMAGE",
                                        "KEYS_ONLY"};
    dynr_buf_append_c(out, "{\n  \"TableName\":");
    dynr_buf_append_json_string(out, table->name);
    dynr_buf_append_c(out, ",\n");
    write_attributes(out, table);
    write_keys(out, &table->partition_key, &table->sort_key);
    write_indexes(out, table, true);
    write_indexes(out, table, false);
    if (table->billing == DYNR_BILLING_PROVISIONED) {
        dynr_buf_append_c(out, ",\n  \"BillingMode\":\"PROVISIONED\"");
        write_throughput(out, ",\n  ", &table->throughput);
    } else {
        dynr_buf_append_c(out, ",\n  \"BillingMode\":\"PAY_PER_REQUEST\"");
    }
    if (table->stream) {
        dynr_buf_printf(out,
                        ",\n  \"StreamSpecification\":{\"StreamEnabled\":true,"
                        "\"StreamViewType\":\"%s\"}",
                        views[table->stream_view]);
    }
    if (table->deletion_protection) {
        dynr_buf_append_c(out, ",\n  \"DeletionProtectionEnabled\":true");
    }
    write_tags(out, table);
    if (table->ttl_attribute.len > 0) {
        dynr_buf_append_c(out, ",\n  \"TimeToLiveSpecification\":{\"AttributeName\":");
        dynr_buf_append_json_string(out, table->ttl_attribute);
        dynr_buf_append_c(out, ",\"Enabled\":true}");
    }
    dynr_buf_append_c(out, "\n}\n");
}
