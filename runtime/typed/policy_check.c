/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a write relies on, checked in its own transaction: the rows that the policy read are still as it needs them. A
 * transaction names an item once, so a check on an item that it also writes becomes part of that write's condition.
 */
#include "ddb/attribute.h"
#include "dynr/schema.h"
#include "typed/key.h"
#include "typed/policy.h"
#include "typed/read.h"
#include "typed/write.h"

/** The check as conditions; a row that is soft-deleted is not there. */
static enum dynr_status build_check(const struct dynr_policy_check *check, size_t number,
                                    struct dynr_arena *arena, struct dynr_request *out,
                                    struct dynr_error *err)
{
    const struct dynr_entity_desc *entity = check->entity;
    struct dynr_clauses clauses;
    /* Unique in the set, and unlike the placeholders of filters and of the runtime. */
    const char *partition = dynr_arena_printf(arena, "#q%zup", number).ptr;
    const char *deleted = dynr_arena_printf(arena, "#q%zud", number).ptr;
    dynr_clauses_init(&clauses, arena);
    if (partition == NULL || deleted == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    if (!check->may_be_absent) {
        struct dynr_buf *exists = dynr_clauses_condition(&clauses);
        dynr_buf_append_c(exists, "attribute_exists(");
        dynr_buf_append_c(exists, partition);
        dynr_buf_append_char(exists, ')');
        dynr_placeholders_name(&clauses.placeholders, partition,
                               entity->table->partition_attribute);
    }
    if (!check->may_be_absent && entity->deleted_at != DYNR_NO_FIELD) {
        struct dynr_buf *live = dynr_clauses_condition(&clauses);
        dynr_buf_append_c(live, "attribute_not_exists(");
        dynr_buf_append_c(live, deleted);
        dynr_buf_append_char(live, ')');
        dynr_placeholders_name(&clauses.placeholders, deleted,
                               entity->row->fields[entity->deleted_at].attribute);
    }
    enum dynr_status status = dynr_clauses_require_filter(&clauses, &check->condition, err);
    return status == DYNR_OK ? dynr_clauses_finish(&clauses, out, err) : status;
}

/** Whether `item` has the attribute with this value. What does not hold the value's text anywhere needs no reading. */
static bool has_attribute(struct dynr_str item, struct dynr_str name, struct dynr_str value)
{
    struct dynr_str found;
    return dynr_str_contains(item, value) && dynr_item_find(item, name, &found, NULL) &&
           dynr_str_equal(found, value);
}

/** The operation of the set that writes the item `key` of `table`, or NULL. */
static struct dynr_request *find_write(const struct dynr_write_set *set,
                                       const struct dynr_table_desc *table, struct dynr_str key,
                                       struct dynr_write_op **out_op)
{
    struct dynr_str partition_name = dynr_str_from_c(table->partition_attribute);
    struct dynr_str sort_name = dynr_str_from_c(table->sort_attribute);
    struct dynr_str partition;
    struct dynr_str sort;
    bool has_sort = table->sort_attribute != NULL;
    if (!dynr_item_find(key, partition_name, &partition, NULL) ||
        (has_sort && !dynr_item_find(key, sort_name, &sort, NULL))) {
        return NULL;
    }
    for (size_t i = 0; i < set->n_ops; i++) {
        struct dynr_request *request = &set->requests[i];
        struct dynr_str written =
            request->operation == DYNR_PUT_ITEM ? request->item : request->key;
        /* The sort key first: rows of one partition are written together, mostly. */
        if (set->ops[i].entity->table == table &&
            (!has_sort || has_attribute(written, sort_name, sort)) &&
            has_attribute(written, partition_name, partition)) {
            *out_op = &set->ops[i];
            return request;
        }
    }
    return NULL;
}

/** Two JSON objects as one; their names are distinct. */
static struct dynr_str join_objects(struct dynr_str a, struct dynr_str b, struct dynr_arena *arena)
{
    if (a.len == 0 || b.len == 0) {
        return a.len == 0 ? b : a;
    }
    return dynr_arena_printf(arena, "%.*s,%.*s", (int)(a.len - 1), a.ptr, (int)(b.len - 1),
                             b.ptr + 1);
}

static enum dynr_status join_condition(struct dynr_request *request,
                                       const struct dynr_request *check, struct dynr_arena *arena,
                                       struct dynr_error *err)
{
    const char *joint = request->condition.len == 0 || check->condition.len == 0 ? "" : " AND ";
    request->condition = dynr_arena_printf(
        arena, "%.*s%s%.*s", (int)request->condition.len,
        request->condition.len == 0 ? "" : request->condition.ptr, joint, (int)check->condition.len,
        check->condition.len == 0 ? "" : check->condition.ptr);
    request->names = join_objects(request->names, check->names, arena);
    request->values = join_objects(request->values, check->values, arena);
    bool good = request->condition.ptr != NULL &&
                (check->names.len == 0 || request->names.ptr != NULL) &&
                (check->values.len == 0 || request->values.ptr != NULL);
    return good ? DYNR_OK : dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
}

enum dynr_status dynr_policy_check_add(struct dynr_write_set *set,
                                       const struct dynr_policy_check *check,
                                       struct dynr_error *err)
{
    struct dynr_request built = DYNR_REQUEST_INIT;
    enum dynr_status status =
        dynr_entity_key_json(check->entity, check->key, set->arena, &built.key, err);
    if (status == DYNR_OK) {
        status = build_check(check, set->n_checks++, set->arena, &built, err);
    }
    if (status != DYNR_OK || built.condition.len == 0) {
        return status;
    }
    struct dynr_write_op *op = NULL;
    struct dynr_request *request = find_write(set, check->entity->table, built.key, &op);
    if (request != NULL) {
        op->has_condition = true;
        return join_condition(request, &built, set->arena, err);
    }
    status = dynr_write_set_add(set, DYNR_CONDITION_CHECK, DYNR_WRITE_CHECK, check->entity,
                                &request, &op, err);
    if (status == DYNR_OK) {
        request->key = built.key;
        request->condition = built.condition;
        request->names = built.names;
        request->values = built.values;
    }
    return status;
}

static enum dynr_status delete_once(struct dynr_client *client,
                                    const struct dynr_entity_desc *entity, const void *key,
                                    const struct dynr_expect *expect,
                                    const struct dynr_policy_checks *checks, bool alone,
                                    struct dynr_arena *arena, struct dynr_error *err)
{
    struct dynr_transaction *transaction;
    enum dynr_status status = dynr_transaction_begin(client, arena, &transaction, err);
    if (status == DYNR_OK) {
        status = alone ? dynr_transaction_remove_alone(transaction, entity, key, expect, err)
                       : dynr_transaction_delete(transaction, entity, key, expect, err);
    }
    if (status == DYNR_OK) {
        status = dynr_transaction_check(transaction, checks, err);
    }
    return status == DYNR_OK ? dynr_transaction_commit(transaction, err) : status;
}

enum dynr_status dynr_row_delete_checked(struct dynr_client *client,
                                         const struct dynr_entity_desc *entity, const void *key,
                                         const struct dynr_expect *expect,
                                         const struct dynr_policy_checks *checks,
                                         struct dynr_arena *arena, struct dynr_error *err)
{
    enum dynr_status status = delete_once(client, entity, key, expect, checks, false, arena, err);
    if (status != DYNR_ERR_LIMIT || entity->deleted_at != DYNR_NO_FIELD) {
        return status;
    }
    /* Too much below it for one transaction: the row goes first, and with it the right to be there. */
    dynr_error_clear(err);
    status = delete_once(client, entity, key, expect, checks, true, arena, err);
    return status == DYNR_OK ? dynr_destroy_children(client, entity, key, err) : status;
}
