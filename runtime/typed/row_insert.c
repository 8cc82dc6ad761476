/* SPDX-License-Identifier: Apache-2.0 */
/*
 * New rows, and rows put over old ones.
 */
#include "typed/read.h"
#include "typed/write.h"

enum dynr_status dynr_plan_create(struct dynr_write_set *set, const struct dynr_entity_desc *entity,
                                  void *row, struct dynr_error *err)
{
    struct dynr_request *request;
    struct dynr_write_op *op;
    struct dynr_clauses clauses;
    enum dynr_status status = dynr_row_fill_auto(set->client, entity, row, true, set->now_ms, err);
    if (status != DYNR_OK) {
        return status;
    }
    dynr_row_set_time(entity, entity->created_at, row, set->now_ms);
    dynr_row_set_time(entity, entity->updated_at, row, set->now_ms);
    dynr_row_set_version(entity, row, 1);
    if (entity->deleted_at != DYNR_NO_FIELD) {
        dynr_field_assign(&entity->row->fields[entity->deleted_at], row, NULL);
    }
    status = dynr_validate(entity->row, row, err);
    if (status == DYNR_OK) {
        status =
            dynr_write_set_add(set, DYNR_PUT_ITEM, DYNR_WRITE_NEW_ROW, entity, &request, &op, err);
    }
    if (status == DYNR_OK) {
        status = dynr_item_build(entity, row, set->arena, &request->item, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    dynr_clauses_init(&clauses, set->arena);
    dynr_clauses_require_absent(&clauses, entity->table->partition_attribute);
    status = dynr_clauses_finish(&clauses, request, err);
    return status == DYNR_OK ? dynr_guards_create(set, entity, row, err) : status;
}

enum dynr_status dynr_row_fetch(struct dynr_write_set *set, const struct dynr_entity_desc *entity,
                                const void *key, void **out_row, struct dynr_error *err)
{
    struct dynr_str key_json;
    struct dynr_str item;
    *out_row = NULL;
    enum dynr_status status = dynr_entity_key_json(entity, key, set->arena, &key_json, err);
    if (status == DYNR_OK) {
        status =
            dynr_item_fetch(set->client, entity->table, key_json, true, set->arena, &item, err);
    }
    if (status == DYNR_ERR_NOT_FOUND) {
        return dynr_fail(err, DYNR_ERR_NOT_FOUND, "there is no such %s", entity->name);
    }
    if (status != DYNR_OK) {
        return status;
    }
    void *row = dynr_arena_alloc(set->arena, entity->row->size);
    if (row == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    status = dynr_decode_item(entity->row, item, set->arena, row, err);
    *out_row = status == DYNR_OK ? row : NULL;
    return status;
}

/* Takes over what a replaced row hands down. */
static void inherit(const struct dynr_entity_desc *entity, const void *old_row, void *row,
                    int64_t now_ms)
{
    if (entity->created_at != DYNR_NO_FIELD) {
        const struct dynr_field_desc *field = &entity->row->fields[entity->created_at];
        if (old_row != NULL && dynr_field_is_present(field, old_row)) {
            dynr_field_assign(field, row, dynr_field_value(field, old_row));
        } else {
            dynr_row_set_time(entity, entity->created_at, row, now_ms);
        }
    }
    dynr_row_set_version(entity, row, old_row == NULL ? 1 : dynr_row_version(entity, old_row) + 1);
    dynr_row_set_time(entity, entity->updated_at, row, now_ms);
    if (entity->deleted_at != DYNR_NO_FIELD) {
        dynr_field_assign(&entity->row->fields[entity->deleted_at], row, NULL);
    }
}

/* The replaced row must still be what it was: its version, or else its unique values. */
static enum dynr_status require_old(struct dynr_write_op *op, struct dynr_clauses *clauses,
                                    const struct dynr_entity_desc *entity, const void *old_row,
                                    struct dynr_error *err)
{
    enum dynr_status status = DYNR_OK;
    const struct dynr_field_desc *fields = entity->row->fields;
    if (old_row == NULL) {
        op->from_read = true;
        dynr_clauses_require_absent(clauses, entity->table->partition_attribute);
        return DYNR_OK;
    }
    if (entity->version != DYNR_NO_FIELD) {
        return dynr_write_op_expect(op, clauses, &fields[entity->version], old_row, err);
    }
    dynr_clauses_require_exists(clauses, entity->table->partition_attribute);
    op->from_read = true;
    for (size_t i = 0; i < entity->n_uniques; i++) {
        for (size_t j = 0; j < entity->row->n_fields && status == DYNR_OK; j++) {
            if (dynr_key_uses_field(entity->uniques[i].partition, &fields[j]) ||
                dynr_key_uses_field(entity->uniques[i].sort, &fields[j])) {
                status = dynr_write_op_expect(op, clauses, &fields[j], old_row, err);
            }
        }
    }
    return status;
}

enum dynr_status dynr_plan_put(struct dynr_write_set *set, const struct dynr_entity_desc *entity,
                               void *row, struct dynr_error *err)
{
    struct dynr_request *request;
    struct dynr_write_op *op;
    struct dynr_clauses clauses;
    void *old_row = NULL;
    bool guarded = entity->n_uniques > 0 || entity->version != DYNR_NO_FIELD;
    enum dynr_status status = dynr_row_fill_auto(set->client, entity, row, false, set->now_ms, err);
    if (status == DYNR_OK && (guarded || entity->created_at != DYNR_NO_FIELD)) {
        status = dynr_row_fetch(set, entity, row, &old_row, err);
        if (status == DYNR_ERR_NOT_FOUND) {
            dynr_error_clear(err);
            status = DYNR_OK;
        }
    }
    if (status != DYNR_OK) {
        return status;
    }
    inherit(entity, old_row, row, set->now_ms);
    status = dynr_validate(entity->row, row, err);
    if (status == DYNR_OK) {
        status =
            dynr_write_set_add(set, DYNR_PUT_ITEM, DYNR_WRITE_OVER, entity, &request, &op, err);
    }
    if (status == DYNR_OK) {
        status = dynr_item_build(entity, row, set->arena, &request->item, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    dynr_clauses_init(&clauses, set->arena);
    if (guarded) {
        status = require_old(op, &clauses, entity, old_row, err);
    }
    if (status == DYNR_OK) {
        status = dynr_clauses_finish(&clauses, request, err);
    }
    if (status != DYNR_OK || entity->n_uniques == 0) {
        return status;
    }
    return old_row == NULL ? dynr_guards_create(set, entity, row, err)
                           : dynr_guards_change(set, entity, old_row, row, false, err);
}

/* ---- entry points -------------------------------------------------------------------------------------------- */

struct row_write {
    const struct dynr_entity_desc *entity;
    void *row;
};

static enum dynr_status plan_create(struct dynr_write_set *set, void *context,
                                    struct dynr_error *err)
{
    const struct row_write *write = context;
    return dynr_plan_create(set, write->entity, write->row, err);
}

static enum dynr_status plan_put(struct dynr_write_set *set, void *context, struct dynr_error *err)
{
    const struct row_write *write = context;
    return dynr_plan_put(set, write->entity, write->row, err);
}

enum dynr_status dynr_row_create(struct dynr_client *client, const struct dynr_entity_desc *entity,
                                 void *row, struct dynr_arena *arena, struct dynr_error *err)
{
    struct dynr_write_set set;
    struct row_write write = {entity, row};
    dynr_write_set_init(&set, client, arena);
    return dynr_write_set_run(&set, plan_create, &write, err);
}

enum dynr_status dynr_row_put(struct dynr_client *client, const struct dynr_entity_desc *entity,
                              void *row, struct dynr_arena *arena, struct dynr_error *err)
{
    struct dynr_write_set set;
    struct row_write write = {entity, row};
    dynr_write_set_init(&set, client, arena);
    return dynr_write_set_run(&set, plan_put, &write, err);
}
