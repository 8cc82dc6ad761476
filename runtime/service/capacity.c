/* SPDX-License-Identifier: Apache-2.0 */
/* ConsumedCapacity and ItemCollectionMetrics. */
#include "service/service.h"

enum service_capacity dynr_service_capacity(const struct service_node *input)
{
    struct dynr_str wanted = dynr_node_text(input, SERVICE_FIELD_RETURN_CONSUMED_CAPACITY);
    if (dynr_str_equal_c(wanted, "TOTAL")) {
        return SERVICE_CAPACITY_TOTAL;
    }
    return dynr_str_equal_c(wanted, "INDEXES") ? SERVICE_CAPACITY_INDEXES : SERVICE_CAPACITY_NONE;
}

bool dynr_service_wants_metrics(const struct service_node *input)
{
    return dynr_str_equal_c(dynr_node_text(input, SERVICE_FIELD_RETURN_ITEM_COLLECTION_METRICS),
                            "SIZE");
}

/* Transactions tell reads and writes apart. */
static void write_amount(double read_units, double write_units, bool is_transaction,
                         struct dynr_buf *out)
{
    dynr_service_key_units(out, "CapacityUnits", read_units + write_units);
    if (is_transaction && read_units > 0) {
        dynr_service_key_units(out, "ReadCapacityUnits", read_units);
    }
    if (is_transaction && write_units > 0) {
        dynr_service_key_units(out, "WriteCapacityUnits", write_units);
    }
}

static void write_indexes(const struct dynr_consumed *consumed, bool is_local, bool is_transaction,
                          struct dynr_buf *out)
{
    bool any = false;
    for (size_t i = 0; i < consumed->n_indexes; i++) {
        const struct dynr_consumed_index *index = &consumed->indexes[i];
        if (index->is_local != is_local) {
            continue;
        }
        if (!any) {
            dynr_service_key(out, is_local ? "LocalSecondaryIndexes" : "GlobalSecondaryIndexes");
        }
        dynr_buf_append_char(out, any ? ',' : '{');
        dynr_buf_append_json_string(out, index->name);
        dynr_buf_append_c(out, ":{");
        write_amount(index->read_units, index->write_units, is_transaction, out);
        dynr_buf_append_char(out, '}');
        any = true;
    }
    dynr_buf_append_c(out, any ? "}" : "");
}

static void write_one(const struct service_call *call, const struct dynr_consumed *consumed,
                      bool has_indexes, bool is_transaction, struct dynr_buf *out)
{
    dynr_buf_append_char(out, '{');
    dynr_service_key_text(out, "TableName", dynr_service_shown_name(call, consumed->table));
    write_amount(consumed->read_units, consumed->write_units, is_transaction, out);
    if (has_indexes) {
        dynr_service_key(out, "Table");
        dynr_buf_append_char(out, '{');
        write_amount(consumed->table_read_units, consumed->table_write_units, is_transaction, out);
        dynr_buf_append_char(out, '}');
        write_indexes(consumed, true, is_transaction, out);
        write_indexes(consumed, false, is_transaction, out);
    }
    dynr_buf_append_char(out, '}');
}

void dynr_service_write_capacity(struct service_call *call, const struct dynr_response *response,
                                 bool is_list, bool is_transaction)
{
    struct dynr_buf *out = &call->answer.buf;
    enum service_capacity wanted = dynr_service_capacity(&call->input);
    if (wanted == SERVICE_CAPACITY_NONE || (!is_list && response->n_consumed == 0)) {
        return;
    }
    dynr_service_key(out, "ConsumedCapacity");
    dynr_buf_append_c(out, is_list ? "[" : "");
    for (size_t i = 0; i < response->n_consumed && (is_list || i == 0); i++) {
        dynr_buf_append_c(out, i == 0 ? "" : ",");
        write_one(call, &response->consumed[i], wanted == SERVICE_CAPACITY_INDEXES, is_transaction,
                  out);
    }
    dynr_buf_append_c(out, is_list ? "]" : "");
}

/* An estimate in whole gigabytes: below and above. */
static void write_collection(const struct dynr_item_collection *collection, struct dynr_buf *out)
{
    uint64_t gigabytes = collection->size_bytes >> 30;
    dynr_buf_append_char(out, '{');
    dynr_service_key(out, "ItemCollectionKey");
    dynr_buf_append_str(out, collection->partition_key);
    dynr_service_key(out, "SizeEstimateRangeGB");
    dynr_buf_printf(out, "[%llu.0,%llu.0]}", (unsigned long long)gigabytes,
                    (unsigned long long)gigabytes + 1);
}

void dynr_service_write_collection(struct service_call *call, const struct dynr_response *response)
{
    if (response->n_collections > 0 && dynr_service_wants_metrics(&call->input)) {
        dynr_service_key(&call->answer.buf, "ItemCollectionMetrics");
        write_collection(&response->collections[0], &call->answer.buf);
    }
}

static bool is_first_of_table(const struct dynr_response *response, size_t position)
{
    for (size_t i = 0; i < position; i++) {
        if (dynr_str_equal(response->collections[i].table, response->collections[position].table)) {
            return false;
        }
    }
    return true;
}

void dynr_service_write_collections(struct service_call *call, const struct dynr_response *response)
{
    struct dynr_buf *out = &call->answer.buf;
    if (response->n_collections == 0 || !dynr_service_wants_metrics(&call->input)) {
        return;
    }
    dynr_service_key(out, "ItemCollectionMetrics");
    dynr_buf_append_char(out, '{');
    for (size_t i = 0; i < response->n_collections; i++) {
        struct dynr_str table = response->collections[i].table;
        if (!is_first_of_table(response, i)) {
            continue;
        }
        dynr_buf_append_c(out, i == 0 ? "" : ",");
        dynr_buf_append_json_string(out, dynr_service_shown_name(call, table));
        dynr_buf_append_c(out, ":[");
        bool any = false;
        for (size_t k = i; k < response->n_collections; k++) {
            if (dynr_str_equal(response->collections[k].table, table)) {
                dynr_buf_append_c(out, any ? "," : "");
                write_collection(&response->collections[k], out);
                any = true;
            }
        }
        dynr_buf_append_char(out, ']');
    }
    dynr_buf_append_char(out, '}');
}
