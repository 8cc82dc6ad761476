/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeping indexes in step with their table. An item is in an index when it has all of the index's
 * key attributes. An index that projects everything keeps only keys, and its readers join the item;
 * the others keep the projected item, so that their readers touch neither the table nor the
 * attributes that they must not see. A table whose items expire has one more, which nobody reads but the
 * sweeper: all items that have an expiry, by it.
 */
#include "local/capacity.h"

struct index_row {
    bool is_present;
    struct local_key key;
    /* Where the index stores it. */
    struct dynr_str item;
    size_t size;
};

/*
 * Key bytes of one attribute; `out_present` false: the item lacks it. An item that was written before the index was made may have
 * what could not be written now: it is not in the index.
 */
static enum dynr_status read_key(const struct dynr_attribute *item,
                                 const struct dynr_key_attribute *key, struct dynr_arena *arena,
                                 bool *out_present, struct dynr_str *out, struct dynr_error *err)
{
    const struct dynr_attribute *value = dynr_attribute_member(item, key->name);
    *out_present = value != NULL && dynr_local_is_index_key(value, key->type);
    return *out_present ? dynr_local_key_bytes(value, arena, out, err) : DYNR_OK;
}

/* The expiry counts where it is a number. */
static enum dynr_status read_expiry(const struct local_write *write, bool is_new,
                                    struct dynr_arena *arena, struct index_row *out,
                                    struct dynr_error *err)
{
    const struct dynr_attribute *value = dynr_attribute_member(
        is_new ? &write->new_item : &write->old_item, write->table->definition.ttl_attribute);
    out->key.partition = dynr_str_make("", 0);
    out->is_present = value != NULL && value->type == DYNR_ATTRIBUTE_N;
    return out->is_present ? dynr_local_key_bytes(value, arena, &out->key.sort, err) : DYNR_OK;
}

/* The index row of the item as it was (`is_new` false) or will be. */
static enum dynr_status read_row(const struct local_write *write, const struct local_index *index,
                                 bool is_new, struct dynr_arena *arena, struct index_row *out,
                                 struct dynr_error *err)
{
    const struct dynr_key_attribute *keys[2] = {&index->definition.partition_key,
                                                &index->definition.sort_key};
    struct dynr_str *parts[2] = {&out->key.partition, &out->key.sort};
    out->key.sort = dynr_str_make("", 0);
    out->is_present = is_new ? write->has_new : write->exists;
    if (index->is_expiry) {
        return out->is_present ? read_expiry(write, is_new, arena, out, err) : DYNR_OK;
    }
    for (size_t i = 0; i < 2 && out->is_present; i++) {
        if (keys[i]->name.len == 0) {
            continue;
        }
        enum dynr_status status = read_key(is_new ? &write->new_item : &write->old_item, keys[i],
                                           arena, &out->is_present, parts[i], err);
        if (status != DYNR_OK) {
            return status;
        }
    }
    return DYNR_OK;
}

static enum dynr_status project_row(struct dynr_str text, const struct local_index *index,
                                    struct dynr_arena *arena, struct index_row *row,
                                    struct dynr_error *err)
{
    struct dynr_attribute projected;
    enum dynr_status status =
        dynr_local_pick(text, index->projected, index->n_projected, arena, &row->item, err);
    if (status == DYNR_OK) {
        status = dynr_item_parse(row->item, arena, &projected, err);
    }
    if (status == DYNR_OK) {
        row->size = dynr_item_size(&projected);
    }
    return status;
}

static enum dynr_status store_row(struct local_connection *connection,
                                  const struct local_write *write, size_t position,
                                  const struct index_row *row, bool is_put, struct dynr_error *err)
{
    sqlite3_stmt *statement;
    enum dynr_status status =
        dynr_local_row_statement(connection, write->table, position + 1,
                                 is_put ? LOCAL_ROW_PUT : LOCAL_ROW_DELETE, &statement, err);
    if (status != DYNR_OK) {
        return status;
    }
    dynr_local_bind_bytes(statement, 1, row->key.partition);
    dynr_local_bind_bytes(statement, 2, row->key.sort);
    dynr_local_bind_bytes(statement, 3, write->key.partition);
    dynr_local_bind_bytes(statement, 4, write->key.sort);
    if (is_put && write->table->indexes[position].stores_item) {
        dynr_local_bind_text(statement, 5, row->item);
        (void)sqlite3_bind_int64(statement, 6, (sqlite3_int64)row->size);
    }
    return dynr_local_finish(connection, write->table, statement, err);
}

/* Sizes of the entries before and after. */
static enum dynr_status measure(struct dynr_arena *arena, const struct local_write *write,
                                const struct local_index *index, struct index_row *old_row,
                                struct index_row *new_row, struct dynr_error *err)
{
    if (!index->stores_item) {
        old_row->size = write->old_size;
        new_row->size = write->new_size;
        return DYNR_OK;
    }
    return old_row->is_present ? project_row(write->old_text, index, arena, old_row, err) : DYNR_OK;
}

/* An entry that moves is removed and written anew: two writes. */
static enum dynr_status meter(struct local_call *call, const struct local_write *write,
                              size_t position, struct index_row *old_row, struct index_row *new_row,
                              bool stays, struct dynr_error *err)
{
    const struct local_table *table = write->table;
    const struct local_index *index = &table->indexes[position];
    if (!call->wants_capacity || stays || index->is_expiry) {
        return DYNR_OK;
    }
    enum dynr_status status = measure(call->arena, write, index, old_row, new_row, err);
    bool moves = old_row->is_present && new_row->is_present &&
                 !dynr_local_key_equal(&old_row->key, &new_row->key);
    if (status == DYNR_OK && old_row->is_present && (moves || !new_row->is_present)) {
        status = dynr_local_meter_write(call, table, position, old_row->size, err);
    }
    if (status == DYNR_OK && new_row->is_present) {
        bool replaces = old_row->is_present && !moves && old_row->size > new_row->size;
        status = dynr_local_meter_write(call, table, position,
                                        replaces ? old_row->size : new_row->size, err);
    }
    return status;
}

static enum dynr_status update_index(struct local_connection *connection, struct local_call *call,
                                     const struct local_write *write, size_t position,
                                     struct dynr_error *err)
{
    struct dynr_arena *arena = call->arena;
    const struct local_index *index = &write->table->indexes[position];
    struct index_row old_row = {0};
    struct index_row new_row = {0};
    enum dynr_status status = read_row(write, index, false, arena, &old_row, err);
    if (status == DYNR_OK) {
        status = read_row(write, index, true, arena, &new_row, err);
    }
    if (status == DYNR_OK && new_row.is_present && index->stores_item) {
        status = project_row(write->new_text, index, arena, &new_row, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    bool stays = old_row.is_present && new_row.is_present &&
                 dynr_local_key_equal(&old_row.key, &new_row.key);
    if (stays && index->stores_item) {
        struct dynr_str before;
        status = dynr_local_pick(write->old_text, index->projected, index->n_projected, arena,
                                 &before, err);
        stays = status == DYNR_OK && dynr_str_equal(before, new_row.item);
    } else if (old_row.is_present && !stays) {
        status = store_row(connection, write, position, &old_row, false, err);
    }
    if (status == DYNR_OK && new_row.is_present && !stays) {
        status = store_row(connection, write, position, &new_row, true, err);
    }
    /* An entry without an item of its own stays where it is, but its item changed. */
    return status == DYNR_OK
               ? meter(call, write, position, &old_row, &new_row, stays && index->stores_item, err)
               : status;
}

enum dynr_status dynr_local_index_update(struct local_connection *connection,
                                         struct local_call *call, struct local_write *write,
                                         struct dynr_error *err)
{
    enum dynr_status status = dynr_local_read_old(call, write, LOCAL_OUTLINE, err);
    for (size_t i = 0; status == DYNR_OK && i < write->table->n_relations; i++) {
        status = update_index(connection, call, write, i, err);
    }
    return status;
}

enum dynr_status dynr_local_index_fill(struct local_connection *connection,
                                       const struct local_write *write, size_t position,
                                       struct dynr_arena *arena, struct dynr_error *err)
{
    const struct local_index *index = &write->table->indexes[position];
    struct index_row row = {0};
    enum dynr_status status = read_row(write, index, true, arena, &row, err);
    if (status == DYNR_OK && row.is_present && index->stores_item) {
        status = project_row(write->new_text, index, arena, &row, err);
    }
    return status == DYNR_OK && row.is_present
               ? store_row(connection, write, position, &row, true, err)
               : status;
}

enum dynr_status dynr_local_index_check(struct local_connection *connection,
                                        const struct local_write *write, size_t position,
                                        struct dynr_arena *arena, bool *out_is_expected,
                                        bool *out_is_there, struct dynr_error *err)
{
    const struct local_index *index = &write->table->indexes[position];
    struct index_row row = {0};
    sqlite3_stmt *statement;
    *out_is_there = false;
    enum dynr_status status = read_row(write, index, true, arena, &row, err);
    *out_is_expected = row.is_present;
    if (status == DYNR_OK && row.is_present && index->stores_item) {
        status = project_row(write->new_text, index, arena, &row, err);
    }
    if (status == DYNR_OK) {
        status = dynr_local_row_statement(connection, write->table, position + 1, LOCAL_ROW_FIND,
                                          &statement, err);
    }
    if (status != DYNR_OK || !row.is_present) {
        return status;
    }
    dynr_local_bind_bytes(statement, 1, row.key.partition);
    dynr_local_bind_bytes(statement, 2, row.key.sort);
    dynr_local_bind_bytes(statement, 3, write->key.partition);
    dynr_local_bind_bytes(statement, 4, write->key.sort);
    int code = sqlite3_step(statement);
    *out_is_there =
        code == SQLITE_ROW &&
        (!index->stores_item || (dynr_str_equal(dynr_local_column(statement, 0), row.item) &&
                                 sqlite3_column_int64(statement, 1) == (sqlite3_int64)row.size));
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        status = dynr_local_fail(connection, NULL, code, err);
    }
    (void)sqlite3_reset(statement);
    return status;
}
