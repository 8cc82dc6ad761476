/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guards are written in the same transaction as their row, each with a condition, so that none is ever left behind.
 */
#include "typed/guard.h"

#include "typed/key.h"

enum dynr_status dynr_guard_key(const struct dynr_entity_desc *entity,
                                const struct dynr_unique_desc *unique, const void *row,
                                struct dynr_arena *arena, struct dynr_str *out,
                                struct dynr_error *err)
{
    struct dynr_key_pair pair = {{NULL, 0}, {NULL, 0}};
    *out = dynr_str_make(NULL, 0);
    enum dynr_status status =
        dynr_key_text(unique->partition, row, DYNR_PARTITION_KEY_MAX, arena, &pair.partition, err);
    if (status == DYNR_OK && unique->sort != NULL) {
        status = dynr_key_text(unique->sort, row, DYNR_SORT_KEY_MAX, arena, &pair.sort, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    if (pair.partition.ptr == NULL || (unique->sort != NULL && pair.sort.ptr == NULL)) {
        return DYNR_OK;
    }
    return dynr_key_pair_json(entity->table, &pair, arena, out, err);
}

/* The owner's key as attribute values. */
struct owner {
    struct dynr_scratch partition;
    struct dynr_scratch sort;
};

static enum dynr_status describe_owner(const struct dynr_entity_desc *entity, const void *row,
                                       struct dynr_arena *arena, struct owner *out,
                                       struct dynr_error *err)
{
    struct dynr_key_pair pair;
    dynr_scratch_init(&out->partition, arena);
    dynr_scratch_init(&out->sort, arena);
    enum dynr_status status =
        dynr_key_pair_build(entity->partition, entity->sort, row, arena, &pair, err);
    if (status != DYNR_OK) {
        return status;
    }
    dynr_key_append_raw(entity->table->partition_type, pair.partition, &out->partition.buf);
    if (pair.sort.ptr != NULL) {
        dynr_key_append_raw(entity->table->sort_type, pair.sort, &out->sort.buf);
    }
    if (!dynr_buf_ok(&out->partition.buf) || !dynr_buf_ok(&out->sort.buf)) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    return DYNR_OK;
}

/* The guard item: its key's members, then where it points. */
static enum dynr_status build_item(const struct dynr_entity_desc *entity, struct dynr_str guard_key,
                                   const struct owner *owner, struct dynr_arena *arena,
                                   struct dynr_str *out, struct dynr_error *err)
{
    struct dynr_scratch scratch;
    dynr_scratch_init(&scratch, arena);
    struct dynr_buf *buf = &scratch.buf;
    dynr_buf_append(buf, guard_key.ptr, guard_key.len - 1);
    if (entity->table->type_attribute != NULL) {
        dynr_buf_append_char(buf, ',');
        dynr_buf_append_json_string(buf, dynr_str_from_c(entity->table->type_attribute));
        dynr_buf_append_c(buf, ":{\"S\":\"" DYNR_GUARD_TAG "\"}");
    }
    dynr_buf_append_c(buf, ",\"" DYNR_GUARD_PARTITION "\":");
    dynr_buf_append_str(buf, dynr_buf_str(&owner->partition.buf));
    if (owner->sort.buf.len > 0) {
        dynr_buf_append_c(buf, ",\"" DYNR_GUARD_SORT "\":");
        dynr_buf_append_str(buf, dynr_buf_str(&owner->sort.buf));
    }
    dynr_buf_append_char(buf, '}');
    if (!dynr_buf_ok(buf)) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    *out = dynr_buf_str(buf);
    return DYNR_OK;
}

static void require_owner(struct dynr_clauses *clauses, const struct owner *owner)
{
    dynr_clauses_require_text(clauses, DYNR_GUARD_PARTITION, dynr_buf_str(&owner->partition.buf));
    if (owner->sort.buf.len > 0) {
        dynr_clauses_require_text(clauses, DYNR_GUARD_SORT, dynr_buf_str(&owner->sort.buf));
    }
}

/* Adds a guard that points to `new_row`: where none may stand, or (`old_row` given) instead of that row's. */
static enum dynr_status add_put(struct dynr_write_set *set, const struct dynr_entity_desc *entity,
                                const struct dynr_unique_desc *unique, struct dynr_str guard_key,
                                const void *old_row, const void *new_row, struct dynr_error *err)
{
    struct dynr_clauses clauses;
    struct dynr_write_op *op;
    struct owner owner;
    struct dynr_request *request;
    enum dynr_write_role role = old_row == NULL ? DYNR_WRITE_NEW_GUARD : DYNR_WRITE_OLD_GUARD;
    enum dynr_status status =
        dynr_write_set_add(set, DYNR_PUT_ITEM, role, entity, &request, &op, err);
    if (status != DYNR_OK) {
        return status;
    }
    op->unique = unique;
    dynr_clauses_init(&clauses, set->arena);
    if (old_row == NULL) {
        dynr_clauses_require_absent(&clauses, entity->table->partition_attribute);
    } else {
        status = describe_owner(entity, old_row, set->arena, &owner, err);
        require_owner(&clauses, &owner);
    }
    if (status == DYNR_OK) {
        status = describe_owner(entity, new_row, set->arena, &owner, err);
    }
    if (status == DYNR_OK) {
        status = build_item(entity, guard_key, &owner, set->arena, &request->item, err);
    }
    return status == DYNR_OK ? dynr_clauses_finish(&clauses, request, err) : status;
}

static enum dynr_status add_delete(struct dynr_write_set *set,
                                   const struct dynr_entity_desc *entity,
                                   const struct dynr_unique_desc *unique, struct dynr_str guard_key,
                                   const void *row, struct dynr_error *err)
{
    struct dynr_clauses clauses;
    struct dynr_write_op *op;
    struct owner owner;
    struct dynr_request *request;
    enum dynr_status status =
        dynr_write_set_add(set, DYNR_DELETE_ITEM, DYNR_WRITE_OLD_GUARD, entity, &request, &op, err);
    if (status != DYNR_OK) {
        return status;
    }
    op->unique = unique;
    request->key = guard_key;
    dynr_clauses_init(&clauses, set->arena);
    status = describe_owner(entity, row, set->arena, &owner, err);
    if (status != DYNR_OK) {
        return status;
    }
    require_owner(&clauses, &owner);
    return dynr_clauses_finish(&clauses, request, err);
}

enum dynr_status dynr_guards_create(struct dynr_write_set *set,
                                    const struct dynr_entity_desc *entity, const void *row,
                                    struct dynr_error *err)
{
    for (size_t i = 0; i < entity->n_uniques; i++) {
        const struct dynr_unique_desc *unique = &entity->uniques[i];
        struct dynr_str key;
        enum dynr_status status = dynr_guard_key(entity, unique, row, set->arena, &key, err);
        if (status == DYNR_OK && key.ptr != NULL) {
            status = add_put(set, entity, unique, key, NULL, row, err);
        }
        if (status != DYNR_OK) {
            return status;
        }
    }
    return DYNR_OK;
}

enum dynr_status dynr_guards_delete(struct dynr_write_set *set,
                                    const struct dynr_entity_desc *entity, const void *row,
                                    struct dynr_error *err)
{
    for (size_t i = 0; i < entity->n_uniques; i++) {
        const struct dynr_unique_desc *unique = &entity->uniques[i];
        struct dynr_str key;
        enum dynr_status status = dynr_guard_key(entity, unique, row, set->arena, &key, err);
        if (status == DYNR_OK && key.ptr != NULL) {
            status = add_delete(set, entity, unique, key, row, err);
        }
        if (status != DYNR_OK) {
            return status;
        }
    }
    return DYNR_OK;
}

enum dynr_status dynr_guards_change(struct dynr_write_set *set,
                                    const struct dynr_entity_desc *entity, const void *old_row,
                                    const void *new_row, bool moved, struct dynr_error *err)
{
    for (size_t i = 0; i < entity->n_uniques; i++) {
        const struct dynr_unique_desc *unique = &entity->uniques[i];
        struct dynr_str old_key = {NULL, 0};
        struct dynr_str new_key = {NULL, 0};
        enum dynr_status status =
            dynr_guard_key(entity, unique, old_row, set->arena, &old_key, err);
        if (status == DYNR_OK) {
            status = dynr_guard_key(entity, unique, new_row, set->arena, &new_key, err);
        }
        bool same = dynr_str_equal(old_key, new_key);
        if (status == DYNR_OK && same && moved && old_key.ptr != NULL) {
            status = add_put(set, entity, unique, new_key, old_row, new_row, err);
        }
        if (status == DYNR_OK && !same && old_key.ptr != NULL) {
            status = add_delete(set, entity, unique, old_key, old_row, err);
        }
        if (status == DYNR_OK && !same && new_key.ptr != NULL) {
            status = add_put(set, entity, unique, new_key, NULL, new_row, err);
        }
        if (status != DYNR_OK) {
            return status;
        }
    }
    return DYNR_OK;
}
