/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deleting: softly (an update), or for good with guards and everything below the row.
 */
#include "typed/read.h"
#include "typed/write.h"

/* The unique values must be those whose guards go with the row. */
static enum dynr_status require_guarded(struct dynr_write_op *op, struct dynr_clauses *clauses,
                                        const struct dynr_entity_desc *entity, const void *row,
                                        struct dynr_error *err)
{
    enum dynr_status status = DYNR_OK;
    op->from_read = true;
    for (size_t i = 0; i < entity->n_uniques; i++) {
        for (size_t j = 0; j < entity->row->n_fields && status == DYNR_OK; j++) {
            const struct dynr_field_desc *field = &entity->row->fields[j];
            if (dynr_key_uses_field(entity->uniques[i].partition, field) ||
                dynr_key_uses_field(entity->uniques[i].sort, field)) {
                status = dynr_write_op_expect(op, clauses, field, row, err);
            }
        }
    }
    return status;
}

enum dynr_status dynr_plan_remove(struct dynr_write_set *set, const struct dynr_entity_desc *entity,
                                  const void *key, const void *row,
                                  const struct dynr_expect *expect, bool must_exist,
                                  struct dynr_error *err)
{
    struct dynr_request *request;
    struct dynr_write_op *op;
    struct dynr_clauses clauses;
    enum dynr_status status =
        dynr_write_set_add(set, DYNR_DELETE_ITEM, DYNR_WRITE_ROW, entity, &request, &op, err);
    if (status == DYNR_OK) {
        status = dynr_entity_key_json(entity, key, set->arena, &request->key, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    op->may_be_gone = !must_exist;
    dynr_clauses_init(&clauses, set->arena);
    if (must_exist) {
        dynr_clauses_require_exists(&clauses, entity->table->partition_attribute);
    }
    if (row != NULL && entity->n_uniques > 0) {
        status = require_guarded(op, &clauses, entity, row, err);
    }
    if (status == DYNR_OK) {
        status = dynr_write_op_expect_given(op, &clauses, expect, err);
    }
    if (status == DYNR_OK) {
        status = dynr_clauses_finish(&clauses, request, err);
    }
    if (status == DYNR_OK && row != NULL) {
        status = dynr_guards_delete(set, entity, row, err);
    }
    return status;
}

/* ---- for good ------------------------------------------------------------------------------------------------ */

struct removal {
    const struct dynr_entity_desc *entity;
    const void *key;
    const struct dynr_expect *expect;
};

static enum dynr_status plan_alone(struct dynr_write_set *set, void *context,
                                   struct dynr_error *err)
{
    const struct removal *removal = context;
    void *row = NULL;
    if (removal->entity->n_uniques > 0) {
        enum dynr_status status = dynr_row_fetch(set, removal->entity, removal->key, &row, err);
        if (status != DYNR_OK) {
            return status;
        }
    }
    return dynr_plan_remove(set, removal->entity, removal->key, row, removal->expect, true, err);
}

static enum dynr_status plan_with_children(struct dynr_write_set *set, void *context,
                                           struct dynr_error *err)
{
    const struct removal *removal = context;
    enum dynr_status status = plan_alone(set, context, err);
    return status == DYNR_OK ? dynr_plan_children(set, removal->entity, removal->key, err) : status;
}

enum dynr_status dynr_destroy_alone(struct dynr_client *client,
                                    const struct dynr_entity_desc *entity, const void *key,
                                    const struct dynr_expect *expect, struct dynr_arena *arena,
                                    struct dynr_error *err)
{
    struct dynr_write_set set;
    struct removal removal = {entity, key, expect};
    dynr_write_set_init(&set, client, arena);
    return dynr_write_set_run(&set, plan_alone, &removal, err);
}

/*
 * What fits a transaction goes in one. Of more, the row goes first: a refused condition then has touched nothing. Whoever is
 * interrupted after that leaves rows without their parent. They are not touched when the missing row is deleted again: a
 * child may be there without its parent for other reasons, and a call that answers NOT_FOUND must not destroy anything.
 */
enum dynr_status dynr_destroy_row(struct dynr_client *client, const struct dynr_entity_desc *entity,
                                  const void *key, const struct dynr_expect *expect,
                                  struct dynr_arena *arena, struct dynr_error *err)
{
    if (entity->n_children == 0) {
        return dynr_destroy_alone(client, entity, key, expect, arena, err);
    }
    struct dynr_write_set set;
    struct removal removal = {entity, key, expect};
    dynr_write_set_init(&set, client, arena);
    enum dynr_status status = dynr_write_set_run(&set, plan_with_children, &removal, err);
    if (status == DYNR_ERR_LIMIT) {
        dynr_error_clear(err);
        status = dynr_destroy_alone(client, entity, key, expect, arena, err);
        if (status == DYNR_OK) {
            return dynr_destroy_children(client, entity, key, err);
        }
    }
    return status;
}

enum dynr_status dynr_row_destroy(struct dynr_client *client, const struct dynr_entity_desc *entity,
                                  const void *key, const struct dynr_expect *expect,
                                  struct dynr_arena *arena, struct dynr_error *err)
{
    return dynr_destroy_row(client, entity, key, expect, arena, err);
}

/* ---- softly -------------------------------------------------------------------------------------------------- */

static enum dynr_status plan_update(struct dynr_write_set *set, void *context,
                                    struct dynr_error *err)
{
    return dynr_plan_update(set, context, err);
}

static enum dynr_status run_update(struct dynr_client *client,
                                   const struct dynr_entity_desc *entity, const void *key,
                                   const struct dynr_expect *expect, enum dynr_update_mode mode,
                                   struct dynr_arena *arena, struct dynr_error *err)
{
    struct dynr_write_set set;
    struct dynr_update update = {.entity = entity, .key = key, .expect = expect, .mode = mode};
    dynr_write_set_init(&set, client, arena);
    return dynr_write_set_run(&set, plan_update, &update, err);
}

enum dynr_status dynr_row_delete(struct dynr_client *client, const struct dynr_entity_desc *entity,
                                 const void *key, const struct dynr_expect *expect,
                                 struct dynr_arena *arena, struct dynr_error *err)
{
    if (entity->deleted_at == DYNR_NO_FIELD) {
        return dynr_destroy_row(client, entity, key, expect, arena, err);
    }
    return run_update(client, entity, key, expect, DYNR_UPDATE_DELETE, arena, err);
}

enum dynr_status dynr_row_restore(struct dynr_client *client, const struct dynr_entity_desc *entity,
                                  const void *key, struct dynr_arena *arena, struct dynr_error *err)
{
    return run_update(client, entity, key, NULL, DYNR_UPDATE_RESTORE, arena, err);
}
