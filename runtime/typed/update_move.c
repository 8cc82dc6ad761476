/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Updates that change a row's own key: the old item goes and the new one comes, in one transaction.
 */
#include "typed/write.h"

/* The row must be exactly what was read: its version says so, else every member. */
static enum dynr_status require_unchanged(struct dynr_write_op *op, struct dynr_clauses *clauses,
                                          const struct dynr_entity_desc *entity,
                                          const void *old_row, struct dynr_error *err)
{
    const struct dynr_struct_desc *desc = entity->row;
    if (entity->version != DYNR_NO_FIELD) {
        return dynr_write_op_expect(op, clauses, &desc->fields[entity->version], old_row, err);
    }
    enum dynr_status status = DYNR_OK;
    for (size_t i = 0; i < desc->n_fields && status == DYNR_OK; i++) {
        const struct dynr_field_desc *field = &desc->fields[i];
        if (!dynr_key_uses_field(entity->partition, field) &&
            !dynr_key_uses_field(entity->sort, field)) {
            status = dynr_write_op_expect(op, clauses, field, old_row, err);
        }
    }
    return status;
}

static enum dynr_status add_old(struct dynr_write_set *set, const struct dynr_update *update,
                                const void *old_row, struct dynr_error *err)
{
    const struct dynr_entity_desc *entity = update->entity;
    struct dynr_request *request;
    struct dynr_write_op *op;
    struct dynr_clauses clauses;
    enum dynr_status status =
        dynr_write_set_add(set, DYNR_DELETE_ITEM, DYNR_WRITE_ROW, entity, &request, &op, err);
    if (status == DYNR_OK) {
        status = dynr_entity_key_json(entity, old_row, set->arena, &request->key, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    op->needs_live = update->mode != DYNR_UPDATE_RESTORE;
    dynr_clauses_init(&clauses, set->arena);
    dynr_clauses_require_exists(&clauses, entity->table->partition_attribute);
    status = require_unchanged(op, &clauses, entity, old_row, err);
    if (status == DYNR_OK) {
        status = dynr_write_op_expect_given(op, &clauses, update->expect, err);
    }
    return status == DYNR_OK ? dynr_clauses_finish(&clauses, request, err) : status;
}

static enum dynr_status add_new(struct dynr_write_set *set, const struct dynr_entity_desc *entity,
                                const void *new_row, struct dynr_error *err)
{
    struct dynr_request *request;
    struct dynr_write_op *op;
    struct dynr_clauses clauses;
    enum dynr_status status =
        dynr_write_set_add(set, DYNR_PUT_ITEM, DYNR_WRITE_NEW_ROW, entity, &request, &op, err);
    if (status == DYNR_OK) {
        status = dynr_item_build(entity, new_row, set->arena, &request->item, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    dynr_clauses_init(&clauses, set->arena);
    dynr_clauses_require_absent(&clauses, entity->table->partition_attribute);
    return dynr_clauses_finish(&clauses, request, err);
}

enum dynr_status dynr_plan_move(struct dynr_write_set *set, struct dynr_update *update,
                                struct dynr_error *err)
{
    const struct dynr_entity_desc *entity = update->entity;
    void *old_row = NULL;
    if (entity->n_children > 0) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT,
                         "the key of a %s cannot change: other rows live below it", entity->name);
    }
    enum dynr_status status = dynr_update_read(set, update, &old_row, err);
    if (status != DYNR_OK) {
        return status;
    }
    void *new_row = dynr_arena_alloc(set->arena, entity->row->size);
    if (new_row == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    memcpy(new_row, old_row, entity->row->size);
    status = dynr_update_apply_changes(update, set->now_ms, set->arena, new_row, err);
    if (status == DYNR_OK) {
        status = dynr_validate(entity->row, new_row, err);
    }
    if (status == DYNR_OK) {
        status = add_old(set, update, old_row, err);
    }
    if (status == DYNR_OK) {
        status = add_new(set, entity, new_row, err);
    }
    update->after = new_row;
    update->after_is_certain = true;
    return status == DYNR_OK ? dynr_guards_change(set, entity, old_row, new_row, true, err)
                             : status;
}
