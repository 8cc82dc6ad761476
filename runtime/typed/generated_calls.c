/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What generated functions are made of: each of them is one call of these with constant tables, so that a thousand models
 * compile as fast as a thousand tables. Generated structs are read and written through memcpy at their offsets.
 */
#include <string.h>

#include "dynr/gen.h"
#include "typed/type.h"

void dynr_struct_init(const struct dynr_struct_desc *desc, void *object)
{
    memset(object, 0, desc->size);
    if (desc->set_defaults != NULL) {
        desc->set_defaults(object);
    }
}

enum dynr_status dynr_row_get_array(struct dynr_client *client,
                                    const struct dynr_entity_desc *entity, const void *keys,
                                    size_t n_keys, struct dynr_arena *arena, void *out_rows,
                                    struct dynr_error *err)
{
    if (n_keys == 0) {
        return DYNR_OK;
    }
    const void **pointers = dynr_arena_calloc(arena, n_keys, sizeof *pointers);
    void **rows = dynr_arena_calloc(arena, n_keys, sizeof *rows);
    if (pointers == NULL || rows == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    for (size_t i = 0; i < n_keys; i++) {
        pointers[i] = (const char *)keys + i * entity->key->size;
    }
    enum dynr_status status =
        dynr_row_get_many(client, entity, pointers, n_keys, entity->row, 0, arena, rows, err);
    if (status == DYNR_OK) {
        /* All pointers to structs look alike (C11 6.2.5), but an array of one is not an array of another. */
        memcpy(out_rows, rows, n_keys * sizeof *rows);
    }
    return status;
}

static bool read_flag(const void *object, uint32_t offset)
{
    bool flag;
    memcpy(&flag, (const char *)object + offset, sizeof flag);
    return flag;
}

enum dynr_status dynr_row_change(struct dynr_client *client, const struct dynr_entity_desc *entity,
                                 const void *key, const struct dynr_change_member *members,
                                 size_t n_members, const void *changes,
                                 const struct dynr_expect *expect, struct dynr_arena *arena,
                                 void *out_row, struct dynr_error *err)
{
    struct dynr_change *list = dynr_arena_calloc(arena, n_members + 1, sizeof *list);
    if (list == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    size_t n_changes = 0;
    for (size_t i = 0; i < n_members; i++) {
        const struct dynr_change_member *member = &members[i];
        if (!read_flag(changes, member->set)) {
            continue;
        }
        bool present = member->presence == DYNR_REQUIRED || read_flag(changes, member->presence);
        list[n_changes].field = member->field;
        list[n_changes].kind = present ? DYNR_CHANGE_SET : DYNR_CHANGE_REMOVE;
        list[n_changes].value = (const char *)changes + member->offset;
        n_changes++;
    }
    return dynr_row_update(client, entity, key, list, n_changes, expect, arena, out_row, err);
}

/** A copy of the probe with one member set: the end of a range. NULL when memory is exhausted. */
static const void *range_end(const struct dynr_path_desc *path, const void *probe,
                             uint16_t field_index, const void *value, struct dynr_arena *arena)
{
    const struct dynr_struct_desc *desc = path->entity->row;
    const struct dynr_field_desc *field = &desc->fields[field_index];
    char *end = dynr_arena_alloc(arena, desc->size);
    if (end == NULL) {
        return NULL;
    }
    memcpy(end, probe, desc->size);
    memcpy(end + field->offset, value, dynr_type_size(field->type));
    if (field->presence != DYNR_REQUIRED) {
        bool present = true;
        memcpy(end + field->presence, &present, sizeof present);
    }
    return end;
}

static enum dynr_status read_range(const struct dynr_list_range *range, const void *options,
                                   struct dynr_query *query, struct dynr_arena *arena,
                                   struct dynr_error *err)
{
    const char *bytes = options;
    memcpy(&query->low.kind, bytes + range->from_kind, sizeof query->low.kind);
    memcpy(&query->high.kind, bytes + range->to_kind, sizeof query->high.kind);
    query->low.probe =
        range_end(query->path, query->probe, range->field, bytes + range->from, arena);
    query->high.probe =
        range_end(query->path, query->probe, range->field, bytes + range->to, arena);
    if (query->low.probe == NULL || query->high.probe == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    return DYNR_OK;
}

/** What every `..._rows` struct looks like. */
struct any_rows {
    void *items;
    size_t n_items;
    struct dynr_str cursor;
};

enum dynr_status dynr_path_list(struct dynr_client *client, const struct dynr_path_desc *path,
                                const void *probe, uint16_t n_equal,
                                const struct dynr_list_range *range, const void *options,
                                struct dynr_arena *arena, void *out_rows, struct dynr_error *err)
{
    struct dynr_query query;
    memset(&query, 0, sizeof query);
    query.path = path;
    query.probe = probe;
    query.n_equal = n_equal;
    if (options != NULL) {
        struct dynr_list_options common;
        memcpy(&common, options, sizeof common);
        query.descending = common.descending;
        query.limit = common.limit;
        query.cursor = common.cursor;
        query.flags = common.flags;
    }
    if (options != NULL && range != NULL) {
        enum dynr_status status = read_range(range, options, &query, arena, err);
        if (status != DYNR_OK) {
            return status;
        }
    }
    struct dynr_rows rows;
    enum dynr_status status = dynr_rows_query(client, &query, path->entity->row, arena, &rows, err);
    if (status == DYNR_OK) {
        struct any_rows any = {rows.items, rows.n_items, rows.cursor};
        memcpy(out_rows, &any, sizeof any);
    }
    return status;
}
