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

static void append_equal(struct dynr_clauses *clauses, struct dynr_buf *out, const char *attribute,
                         const struct dynr_scratch *value)
{
    dynr_placeholders_append_name(&clauses->placeholders, out, attribute);
    dynr_buf_append_c(out, " = ");
    dynr_buf_append_str(dynr_placeholders_append_value(&clauses->placeholders, out),
                        dynr_buf_str(&value->buf));
}

/*
 * The guard is that of `row`, or there is none: rows that were stored before their model had the rule have none. That the row
 * still holds the value is a condition on the row.
 */
static enum dynr_status require_owner(struct dynr_request *request,
                                      const struct dynr_entity_desc *entity, const void *row,
                                      struct dynr_arena *arena, struct dynr_error *err)
{
    struct dynr_clauses clauses;
    struct owner owner;
    dynr_clauses_init(&clauses, arena);
    enum dynr_status status = describe_owner(entity, row, arena, &owner, err);
    if (status != DYNR_OK) {
        return status;
    }
    struct dynr_buf *out = dynr_clauses_condition(&clauses);
    dynr_buf_append_c(out, "attribute_not_exists(");
    dynr_placeholders_append_name(&clauses.placeholders, out, entity->table->partition_attribute);
    dynr_buf_append_c(out, ") OR ");
    append_equal(&clauses, out, DYNR_GUARD_PARTITION, &owner.partition);
    if (owner.sort.buf.len > 0) {
        dynr_buf_append_c(out, " AND ");
        append_equal(&clauses, out, DYNR_GUARD_SORT, &owner.sort);
    }
    return dynr_clauses_finish(&clauses, request, err);
}

static enum dynr_status describe_guard(struct dynr_write_set *set,
                                       const struct dynr_entity_desc *entity,
                                       struct dynr_str guard_key, const void *row,
                                       struct dynr_str *out, struct dynr_error *err)
{
    struct owner owner;
    enum dynr_status status = describe_owner(entity, row, set->arena, &owner, err);
    return status == DYNR_OK ? build_item(entity, guard_key, &owner, set->arena, out, err) : status;
}

/* The operation on a guard that the transaction has already, or n_ops. */
static size_t find_guard(const struct dynr_write_set *set, const struct dynr_entity_desc *entity,
                         struct dynr_str guard_key)
{
    size_t i = 0;
    while (i < set->n_ops && !(set->ops[i].entity->table == entity->table &&
                               dynr_str_equal(set->ops[i].guard_key, guard_key))) {
        i++;
    }
    return i;
}

static enum dynr_status add_guard(struct dynr_write_set *set, enum dynr_operation operation,
                                  enum dynr_write_role role, const struct dynr_entity_desc *entity,
                                  const struct dynr_unique_desc *unique, struct dynr_str guard_key,
                                  struct dynr_request **out_request, struct dynr_error *err)
{
    struct dynr_write_op *op;
    enum dynr_status status =
        dynr_write_set_add(set, operation, role, entity, out_request, &op, err);
    if (status == DYNR_OK) {
        op->unique = unique;
        op->guard_key = guard_key;
    }
    return status;
}

/* Another write of the transaction gives the value to a row, too. */
static enum dynr_status taken_twice(const struct dynr_entity_desc *entity,
                                    const struct dynr_unique_desc *unique, struct dynr_error *err)
{
    return dynr_fail_field(err, DYNR_ERR_NOT_UNIQUE, dynr_str_from_c(unique->field),
                           "two writes of the transaction give a %s this %s", entity->name,
                           unique->field);
}

/* Adds a guard that points to `row`: where none may stand, or that another write of the transaction takes away. */
static enum dynr_status add_put(struct dynr_write_set *set, const struct dynr_entity_desc *entity,
                                const struct dynr_unique_desc *unique, struct dynr_str guard_key,
                                const void *row, struct dynr_error *err)
{
    struct dynr_clauses clauses;
    struct dynr_request *request;
    size_t other = find_guard(set, entity, guard_key);
    if (other < set->n_ops) {
        request = &set->requests[other];
        if (request->operation != DYNR_DELETE_ITEM) {
            return taken_twice(entity, unique, err);
        }
        /* An item may occur once: one put in place of both, with the condition of the removal. */
        request->operation = DYNR_PUT_ITEM;
        request->key = dynr_str_make(NULL, 0);
        return describe_guard(set, entity, guard_key, row, &request->item, err);
    }
    enum dynr_status status = add_guard(set, DYNR_PUT_ITEM, DYNR_WRITE_NEW_GUARD, entity, unique,
                                        guard_key, &request, err);
    if (status == DYNR_OK) {
        status = describe_guard(set, entity, guard_key, row, &request->item, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    dynr_clauses_init(&clauses, set->arena);
    dynr_clauses_require_absent(&clauses, entity->table->partition_attribute);
    return dynr_clauses_finish(&clauses, request, err);
}

/* Lets the guard of `old_row` point to `new_row`: the same row under another key. */
static enum dynr_status add_move(struct dynr_write_set *set, const struct dynr_entity_desc *entity,
                                 const struct dynr_unique_desc *unique, struct dynr_str guard_key,
                                 const void *old_row, const void *new_row, struct dynr_error *err)
{
    struct dynr_request *request;
    if (find_guard(set, entity, guard_key) < set->n_ops) {
        return taken_twice(entity, unique, err);
    }
    enum dynr_status status = add_guard(set, DYNR_PUT_ITEM, DYNR_WRITE_OLD_GUARD, entity, unique,
                                        guard_key, &request, err);
    if (status == DYNR_OK) {
        status = describe_guard(set, entity, guard_key, new_row, &request->item, err);
    }
    return status == DYNR_OK ? require_owner(request, entity, old_row, set->arena, err) : status;
}

static enum dynr_status add_delete(struct dynr_write_set *set,
                                   const struct dynr_entity_desc *entity,
                                   const struct dynr_unique_desc *unique, struct dynr_str guard_key,
                                   const void *row, struct dynr_error *err)
{
    struct dynr_request *request;
    size_t other = find_guard(set, entity, guard_key);
    if (other < set->n_ops) {
        /* Another row takes the value over: that one's put, but on condition that this row has it. */
        if (set->ops[other].role != DYNR_WRITE_NEW_GUARD) {
            return dynr_fail_field(err, DYNR_ERR_INVALID_ARGUMENT, dynr_str_from_c(unique->field),
                                   "two writes of the transaction take this %s from a %s",
                                   unique->field, entity->name);
        }
        set->ops[other].role = DYNR_WRITE_OLD_GUARD;
        return require_owner(&set->requests[other], entity, row, set->arena, err);
    }
    enum dynr_status status = add_guard(set, DYNR_DELETE_ITEM, DYNR_WRITE_OLD_GUARD, entity, unique,
                                        guard_key, &request, err);
    if (status != DYNR_OK) {
        return status;
    }
    request->key = guard_key;
    return require_owner(request, entity, row, set->arena, err);
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
            status = add_put(set, entity, unique, key, row, err);
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
            status = add_move(set, entity, unique, new_key, old_row, new_row, err);
        }
        if (status == DYNR_OK && !same && old_key.ptr != NULL) {
            status = add_delete(set, entity, unique, old_key, old_row, err);
        }
        if (status == DYNR_OK && !same && new_key.ptr != NULL) {
            status = add_put(set, entity, unique, new_key, new_row, err);
        }
        if (status != DYNR_OK) {
            return status;
        }
    }
    return DYNR_OK;
}
