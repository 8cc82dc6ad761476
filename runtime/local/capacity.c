/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capacity units and sizes of item collections
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html).
 */
#include "local/capacity.h"

#define READ_BLOCK  4096u
#define WRITE_BLOCK 1024u

struct local_consumed {
    const struct local_table *table;
    struct dynr_consumed answer;
    /* One per index of the table, also those that consume nothing. */
    struct dynr_consumed_index *indexes;
    struct local_consumed *next;
};

struct local_collection {
    const struct local_table *table;
    struct dynr_str partition;
    struct dynr_item_collection answer;
    struct local_collection *next;
};

void dynr_local_meter_reset(struct local_call *call)
{
    call->consumed = NULL;
    call->collections = NULL;
}

/* The table's entry, made where it is the first of it; NULL: out of memory. */
static struct local_consumed *find_entry(struct local_call *call, const struct local_table *table)
{
    struct local_consumed **place = &call->consumed;
    while (*place != NULL && (*place)->table != table) {
        place = &(*place)->next;
    }
    if (*place != NULL) {
        return *place;
    }
    const struct dynr_table_definition *definition = &table->definition;
    struct local_consumed *entry = dynr_arena_calloc(call->arena, 1, sizeof *entry);
    if (entry == NULL) {
        return NULL;
    }
    entry->table = table;
    entry->answer.table = dynr_arena_dup(call->arena, definition->name);
    entry->indexes = dynr_arena_calloc(call->arena, definition->n_indexes, sizeof *entry->indexes);
    if (entry->answer.table.ptr == NULL || (entry->indexes == NULL && definition->n_indexes > 0)) {
        return NULL;
    }
    *place = entry;
    return entry;
}

static size_t blocks(size_t n_bytes, size_t block)
{
    return n_bytes == 0 ? 1 : (n_bytes + block - 1) / block;
}

enum dynr_status dynr_local_meter_read(struct local_call *call, const struct local_table *table,
                                       size_t index, size_t n_bytes, bool is_consistent,
                                       struct dynr_error *err)
{
    if (!call->wants_capacity) {
        return DYNR_OK;
    }
    struct local_consumed *entry = find_entry(call, table);
    if (entry == NULL) {
        return dynr_local_out_of_memory(err);
    }
    double units = (double)blocks(n_bytes, READ_BLOCK);
    units *= call->is_transaction ? 2 : is_consistent ? 1 : 0.5;
    entry->answer.read_units += units;
    if (index == LOCAL_NO_INDEX) {
        entry->answer.table_read_units += units;
    } else {
        entry->indexes[index].read_units += units;
    }
    return DYNR_OK;
}

enum dynr_status dynr_local_meter_write(struct local_call *call, const struct local_table *table,
                                        size_t index, size_t n_bytes, struct dynr_error *err)
{
    if (!call->wants_capacity) {
        return DYNR_OK;
    }
    struct local_consumed *entry = find_entry(call, table);
    if (entry == NULL) {
        return dynr_local_out_of_memory(err);
    }
    double units = (double)(blocks(n_bytes, WRITE_BLOCK) * (call->is_transaction ? 2 : 1));
    entry->answer.write_units += units;
    if (index == LOCAL_NO_INDEX) {
        entry->answer.table_write_units += units;
    } else {
        entry->indexes[index].write_units += units;
    }
    return DYNR_OK;
}

/* ---- item collections ---- */

static enum dynr_status add_size(struct local_connection *connection,
                                 const struct local_table *table, size_t relation,
                                 struct dynr_str partition, uint64_t *total, struct dynr_error *err)
{
    sqlite3_stmt *statement;
    enum dynr_status status = dynr_local_row_statement(connection, table, relation,
                                                       LOCAL_ROW_COLLECTION, &statement, err);
    if (status != DYNR_OK) {
        return status;
    }
    dynr_local_bind_bytes(statement, 1, partition);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        *total += (uint64_t)sqlite3_column_int64(statement, 0);
    } else {
        status = dynr_local_fail(connection, table, code, err);
    }
    (void)sqlite3_reset(statement);
    return status;
}

static struct local_collection *find_collection(struct local_call *call,
                                                const struct local_write *write)
{
    struct local_collection **place = &call->collections;
    while (*place != NULL && ((*place)->table != write->table ||
                              !dynr_str_equal((*place)->partition, write->key.partition))) {
        place = &(*place)->next;
    }
    if (*place == NULL) {
        *place = dynr_arena_calloc(call->arena, 1, sizeof **place);
    }
    return *place;
}

enum dynr_status dynr_local_meter_collection(struct local_connection *connection,
                                             struct local_call *call,
                                             const struct local_write *write,
                                             struct dynr_error *err)
{
    const struct local_table *table = write->table;
    bool has_local = false;
    for (size_t i = 0; i < table->definition.n_indexes; i++) {
        has_local = has_local || table->definition.indexes[i].is_local;
    }
    if (!call->wants_collections || !has_local ||
        write->request->operation == DYNR_CONDITION_CHECK) {
        return DYNR_OK;
    }
    struct local_collection *collection = find_collection(call, write);
    if (collection == NULL) {
        return dynr_local_out_of_memory(err);
    }
    collection->table = table;
    collection->partition = write->key.partition;
    collection->answer.size_bytes = 0;
    struct dynr_str source =
        write->request->operation == DYNR_PUT_ITEM ? write->new_text : write->request->key;
    collection->answer.table = dynr_arena_dup(call->arena, table->definition.name);
    enum dynr_status status = dynr_local_pick(source, table->key_names, 1, call->arena,
                                              &collection->answer.partition_key, err);
    if (status == DYNR_OK && collection->answer.table.ptr == NULL) {
        status = dynr_local_out_of_memory(err);
    }
    if (status == DYNR_OK) {
        status = add_size(connection, table, 0, collection->partition,
                          &collection->answer.size_bytes, err);
    }
    for (size_t i = 0; status == DYNR_OK && i < table->definition.n_indexes; i++) {
        if (table->definition.indexes[i].is_local) {
            status = add_size(connection, table, i + 1, collection->partition,
                              &collection->answer.size_bytes, err);
        }
    }
    return status;
}

/* ---- the answer ---- */

/* Only indexes that consumed something, with their names. */
static bool finish_indexes(struct local_call *call, struct local_consumed *entry)
{
    const struct dynr_table_definition *definition = &entry->table->definition;
    size_t n_indexes = 0;
    for (size_t i = 0; i < definition->n_indexes; i++) {
        struct dynr_consumed_index index = entry->indexes[i];
        if (index.read_units + index.write_units > 0) {
            index.name = dynr_arena_dup(call->arena, definition->indexes[i].name);
            index.is_local = definition->indexes[i].is_local;
            if (index.name.ptr == NULL) {
                return false;
            }
            entry->indexes[n_indexes++] = index;
        }
    }
    entry->answer.indexes = entry->indexes;
    entry->answer.n_indexes = n_indexes;
    return true;
}

static bool answer_consumed(struct local_call *call, struct dynr_response *response)
{
    size_t n = 0;
    for (struct local_consumed *entry = call->consumed; entry != NULL; entry = entry->next) {
        n++;
    }
    struct dynr_consumed *consumed = dynr_arena_calloc(call->arena, n + 1, sizeof *consumed);
    if (consumed == NULL) {
        return false;
    }
    for (struct local_consumed *entry = call->consumed; entry != NULL; entry = entry->next) {
        if (!finish_indexes(call, entry)) {
            return false;
        }
        consumed[response->n_consumed++] = entry->answer;
    }
    response->consumed = consumed;
    return true;
}

static bool answer_collections(struct local_call *call, struct dynr_response *response)
{
    size_t n = 0;
    for (struct local_collection *entry = call->collections; entry != NULL; entry = entry->next) {
        n++;
    }
    struct dynr_item_collection *collections =
        dynr_arena_calloc(call->arena, n + 1, sizeof *collections);
    if (collections == NULL) {
        return false;
    }
    for (struct local_collection *entry = call->collections; entry != NULL; entry = entry->next) {
        collections[response->n_collections++] = entry->answer;
    }
    response->collections = collections;
    return true;
}

enum dynr_status dynr_local_meter_answer(struct local_call *call, struct dynr_response *response,
                                         struct dynr_error *err)
{
    return answer_consumed(call, response) && answer_collections(call, response)
               ? DYNR_OK
               : dynr_local_out_of_memory(err);
}
