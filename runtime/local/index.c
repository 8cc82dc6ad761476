/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeping indexes in step with their table. An item is in an index when it has all of the index's
 * key attributes. An index that projects everything keeps only keys, and its readers join the item;
 * the others keep the projected item, so that their readers touch neither the table nor the
 * attributes that they must not see.
 */
#include "local/engine.h"

struct index_row {
    bool is_present;
    struct local_key key;
    /* Where the index stores it. */
    struct dynr_str item;
    size_t size;
};

/* Key bytes of one attribute; `out_present` false: the item lacks it. */
static enum dynr_status read_key(const struct dynr_attribute *item, struct dynr_str name,
                                 struct dynr_arena *arena, bool *out_present, struct dynr_str *out,
                                 struct dynr_error *err)
{
    const struct dynr_attribute *value = dynr_attribute_member(item, name);
    *out_present = value != NULL;
    return value == NULL ? DYNR_OK : dynr_local_key_bytes(value, arena, out, err);
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
    for (size_t i = 0; i < 2 && out->is_present; i++) {
        if (keys[i]->name.len == 0) {
            continue;
        }
        enum dynr_status status = read_key(is_new ? &write->new_item : &write->old_item,
                                           keys[i]->name, arena, &out->is_present, parts[i], err);
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

static enum dynr_status update_index(struct local_connection *connection, struct dynr_arena *arena,
                                     const struct local_write *write, size_t position,
                                     struct dynr_error *err)
{
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
    return status;
}

enum dynr_status dynr_local_index_update(struct local_connection *connection,
                                         struct local_call *call, struct local_write *write,
                                         struct dynr_error *err)
{
    enum dynr_status status = dynr_local_read_old(call, write, LOCAL_OUTLINE, err);
    for (size_t i = 0; status == DYNR_OK && i < write->table->definition.n_indexes; i++) {
        status = update_index(connection, call->arena, write, i, err);
    }
    return status;
}
