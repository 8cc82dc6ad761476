/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One row by a unique value: the guard item knows the row's key.
 */
#include "ddb/attribute.h"
#include "typed/guard.h"
#include "typed/key.h"
#include "typed/read.h"

static enum dynr_status not_found(const struct dynr_entity_desc *entity, struct dynr_error *err)
{
    return dynr_fail(err, DYNR_ERR_NOT_FOUND, "there is no such %s", entity->name);
}

/* The key of the row that a guard points to, as JSON. */
static enum dynr_status owner_key(const struct dynr_table_desc *table, struct dynr_str guard,
                                  struct dynr_arena *arena, struct dynr_str *out,
                                  struct dynr_error *err)
{
    struct dynr_key_pair pair = {{NULL, 0}, {NULL, 0}};
    struct dynr_str value;
    bool found = dynr_item_find(guard, dynr_str_from_c(DYNR_GUARD_PARTITION), &value, err) &&
                 dynr_key_read_raw(table->partition_type, value, arena, &pair.partition);
    if (found && table->sort_attribute != NULL) {
        found = dynr_item_find(guard, dynr_str_from_c(DYNR_GUARD_SORT), &value, err) &&
                dynr_key_read_raw(table->sort_type, value, arena, &pair.sort);
    }
    if (!found) {
        return dynr_fail(err, DYNR_ERR_CORRUPT, "a guard item points to no row");
    }
    return dynr_key_pair_json(table, &pair, arena, out, err);
}

/* The row's members that make the unique value. */
struct unique_members {
    struct dynr_struct_desc desc;
    /* Their attributes, NULL-terminated. */
    const char **attributes;
};

static enum dynr_status find_members(const struct dynr_path_desc *path, struct dynr_arena *arena,
                                     struct unique_members *out, struct dynr_error *err)
{
    const struct dynr_struct_desc *row = path->entity->row;
    struct dynr_field_desc *fields = dynr_arena_calloc(arena, row->n_fields, sizeof *fields);
    out->attributes = dynr_arena_calloc(arena, row->n_fields + 1, sizeof *out->attributes);
    out->desc = *row;
    out->desc.fields = fields;
    out->desc.n_fields = 0;
    if (fields == NULL || out->attributes == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    for (size_t i = 0; i < row->n_fields; i++) {
        const struct dynr_field_desc *field = &row->fields[i];
        if (field->attribute != NULL && (dynr_key_uses_field(path->unique->partition, field) ||
                                         dynr_key_uses_field(path->unique->sort, field))) {
            fields[out->desc.n_fields] = *field;
            out->attributes[out->desc.n_fields++] = field->attribute;
        }
    }
    return DYNR_OK;
}

/* Whether the row that was read still has the value that was looked up. */
static enum dynr_status check_value(const struct dynr_path_desc *path,
                                    const struct unique_members *members, struct dynr_str item,
                                    struct dynr_str guard_key, struct dynr_arena *arena, bool *out,
                                    struct dynr_error *err)
{
    struct dynr_str current = {NULL, 0};
    void *row = dynr_arena_calloc(arena, 1, members->desc.size);
    if (row == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    enum dynr_status status = dynr_decode_item(&members->desc, item, arena, row, err);
    if (status == DYNR_OK) {
        status = dynr_guard_key(path->entity, path->unique, row, arena, &current, err);
    }
    *out = status == DYNR_OK && dynr_str_equal(current, guard_key);
    return status;
}

/* Reads what the guard points to; `out_found` false when there is no guard, no row, or the row has another value by now. */
static enum dynr_status follow(struct dynr_client *client, const struct dynr_path_desc *path,
                               const struct unique_members *members, struct dynr_str guard_key,
                               const struct dynr_row_read *read, struct dynr_request *request,
                               struct dynr_arena *arena, void *out_row, bool *out_found,
                               struct dynr_error *err)
{
    struct dynr_response response;
    struct dynr_str guard;
    *out_found = false;
    enum dynr_status status = dynr_item_fetch(client, path->entity->table, guard_key,
                                              request->consistent_read, arena, &guard, err);
    if (status == DYNR_ERR_NOT_FOUND) {
        dynr_error_clear(err);
        return DYNR_OK;
    }
    if (status == DYNR_OK) {
        status = owner_key(path->entity->table, guard, arena, &request->key, err);
    }
    if (status == DYNR_OK) {
        status = dynr_client_call(client, request, arena, &response, err);
    }
    if (status != DYNR_OK || response.item.len == 0) {
        return status;
    }
    status = dynr_row_read_decode(read, response.item, NULL, arena, out_row, out_found, err);
    if (status != DYNR_OK || !*out_found) {
        return status;
    }
    return check_value(path, members, response.item, guard_key, arena, out_found, err);
}

enum dynr_status dynr_row_get_unique(struct dynr_client *client, const struct dynr_path_desc *path,
                                     const void *probe, const struct dynr_struct_desc *desc,
                                     unsigned flags, struct dynr_arena *arena, void *out_row,
                                     struct dynr_error *err)
{
    const struct dynr_entity_desc *entity = path->entity;
    struct dynr_placeholders placeholders;
    struct dynr_row_read read;
    struct unique_members members;
    struct dynr_request request = DYNR_REQUEST_INIT;
    struct dynr_str guard_key = {NULL, 0};
    if (path->unique == NULL) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "the path has no uniqueness rule");
    }
    dynr_placeholders_init(&placeholders, arena);
    enum dynr_status status = dynr_guard_key(entity, path->unique, probe, arena, &guard_key, err);
    if (status == DYNR_OK) {
        status = find_members(path, arena, &members, err);
    }
    if (status == DYNR_OK) {
        status = dynr_row_read_prepare(&read, client, entity, desc, flags, false,
                                       members.attributes, &placeholders, arena, err);
    }
    if (status == DYNR_OK) {
        status = dynr_placeholders_finish(&placeholders, &request, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    request.operation = DYNR_GET_ITEM;
    request.table = read.table;
    request.projection = read.projection;
    request.consistent_read = (flags & DYNR_READ_EVENTUAL) == 0;
    /* Between the two reads the value may move from row to row: look again, once. */
    for (unsigned tries = 0; guard_key.ptr != NULL && tries < 2; tries++) {
        bool found = false;
        status =
            follow(client, path, &members, guard_key, &read, &request, arena, out_row, &found, err);
        if (status != DYNR_OK || found) {
            return status;
        }
    }
    return not_found(entity, err);
}
