/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Explicit transactions: a write set that the caller fills. It lives in the caller's arena.
 */
#include "typed/policy.h"
#include "typed/write.h"

struct dynr_transaction {
    struct dynr_write_set set;
    /* The first failure: nothing is sent after one. */
    enum dynr_status failed;
    bool committed;
};

enum dynr_status dynr_transaction_begin(struct dynr_client *client, struct dynr_arena *arena,
                                        struct dynr_transaction **out, struct dynr_error *err)
{
    struct dynr_transaction *transaction = dynr_arena_calloc(arena, 1, sizeof *transaction);
    *out = transaction;
    if (transaction == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    dynr_write_set_init(&transaction->set, client, arena);
    transaction->set.is_transaction = true;
    return DYNR_OK;
}

/* Before a write: whether there is still something to add to. */
static enum dynr_status check_open(const struct dynr_transaction *transaction,
                                   struct dynr_error *err)
{
    if (transaction->committed) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "the transaction is over");
    }
    if (transaction->failed != DYNR_OK) {
        return dynr_fail(err, transaction->failed, "an earlier write of the transaction failed");
    }
    return DYNR_OK;
}

/* After a write was planned. */
static enum dynr_status end_write(struct dynr_transaction *transaction, size_t n_before,
                                  enum dynr_status status, struct dynr_error *err)
{
    if (status != DYNR_OK) {
        dynr_write_set_truncate(&transaction->set, n_before);
        dynr_client_give_ids_back(transaction->set.client, transaction->set.n_ids_before);
        transaction->failed = status;
        if (err != NULL) {
            err->operation_index = (int)transaction->set.write;
        }
    }
    transaction->set.write++;
    return status;
}

enum dynr_status dynr_transaction_create(struct dynr_transaction *transaction,
                                         const struct dynr_entity_desc *entity, void *row,
                                         struct dynr_error *err)
{
    size_t before = transaction->set.n_ops;
    enum dynr_status status = check_open(transaction, err);
    if (status != DYNR_OK) {
        return status;
    }
    status = dynr_plan_create(&transaction->set, entity, row, err);
    return end_write(transaction, before, status, err);
}

static enum dynr_status add_update(struct dynr_transaction *transaction, struct dynr_update *update,
                                   struct dynr_error *err)
{
    size_t before = transaction->set.n_ops;
    enum dynr_status status = check_open(transaction, err);
    if (status != DYNR_OK) {
        return status;
    }
    status = dynr_plan_update(&transaction->set, update, err);
    return end_write(transaction, before, status, err);
}

enum dynr_status dynr_transaction_update(struct dynr_transaction *transaction,
                                         const struct dynr_entity_desc *entity, const void *key,
                                         const struct dynr_change *changes, size_t n_changes,
                                         const struct dynr_expect *expect, struct dynr_error *err)
{
    struct dynr_update update = {.entity = entity,
                                 .key = key,
                                 .changes = changes,
                                 .n_changes = n_changes,
                                 .expect = expect,
                                 .mode = DYNR_UPDATE_FIELDS};
    return add_update(transaction, &update, err);
}

static enum dynr_status add_removal(struct dynr_transaction *transaction,
                                    const struct dynr_entity_desc *entity, const void *key,
                                    const struct dynr_expect *expect, bool with_children,
                                    struct dynr_error *err)
{
    struct dynr_write_set *set = &transaction->set;
    size_t before = set->n_ops;
    void *row = NULL;
    enum dynr_status status = check_open(transaction, err);
    if (status != DYNR_OK) {
        return status;
    }
    if (entity->n_uniques > 0) {
        status = dynr_row_fetch(set, entity, key, &row, err);
    }
    if (status == DYNR_OK && with_children) {
        status = dynr_plan_children(set, entity, key, err);
    }
    if (status == DYNR_OK) {
        status = dynr_plan_remove(set, entity, key, row, expect, true, err);
    }
    return end_write(transaction, before, status, err);
}

enum dynr_status dynr_transaction_delete(struct dynr_transaction *transaction,
                                         const struct dynr_entity_desc *entity, const void *key,
                                         const struct dynr_expect *expect, struct dynr_error *err)
{
    if (entity->deleted_at == DYNR_NO_FIELD) {
        return add_removal(transaction, entity, key, expect, true, err);
    }
    struct dynr_update update = {
        .entity = entity, .key = key, .expect = expect, .mode = DYNR_UPDATE_DELETE};
    return add_update(transaction, &update, err);
}

enum dynr_status dynr_transaction_remove_alone(struct dynr_transaction *transaction,
                                               const struct dynr_entity_desc *entity,
                                               const void *key, const struct dynr_expect *expect,
                                               struct dynr_error *err)
{
    return add_removal(transaction, entity, key, expect, false, err);
}

enum dynr_status dynr_transaction_check(struct dynr_transaction *transaction,
                                        const struct dynr_policy_checks *checks,
                                        struct dynr_error *err)
{
    size_t before = transaction->set.n_ops;
    enum dynr_status status = check_open(transaction, err);
    if (status != DYNR_OK) {
        return status;
    }
    for (size_t i = 0; i < checks->n_items && status == DYNR_OK; i++) {
        status = dynr_policy_check_add(&transaction->set, &checks->items[i], err);
    }
    if (status != DYNR_OK) {
        dynr_write_set_truncate(&transaction->set, before);
        transaction->failed = status;
    }
    return status;
}

enum dynr_status dynr_transaction_commit(struct dynr_transaction *transaction,
                                         struct dynr_error *err)
{
    enum dynr_status status = check_open(transaction, err);
    if (status != DYNR_OK) {
        return status;
    }
    transaction->committed = true;
    status = dynr_write_set_send(&transaction->set, err);
    if (status != DYNR_OK) {
        dynr_client_give_ids_back(transaction->set.client, transaction->set.n_ids_before);
    }
    return status;
}
