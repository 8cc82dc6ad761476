/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads under a policy, and what writes rely on. Internal to this layer; the tables are in gen.h.
 */
#ifndef DYNR_TYPED_POLICY_H
#define DYNR_TYPED_POLICY_H

#include "dynr/gen.h"
#include "typed/write_set.h"

/* Who asks, for what. `policy` NULL: everything is allowed. */
struct dynr_policy_call {
    const struct dynr_policy_desc *policy;
    const void *caller;
    const void *input;
};

/* DYNR_ERR_DENIED, in words that do not depend on what is stored. */
enum dynr_status dynr_policy_deny(struct dynr_error *err);

/* The rows that a gate has looked up. */
struct dynr_policy_known {
    /* As many pointers as there are look-ups, NULL where there is no row, or where it was not read. */
    const void *const *others;
    /* So many look-ups, the first ones, were made. */
    size_t n_others;
};

/*
 * Looks the rows up (consistently, each once), as long as they do not decide, and evaluates: DYNR_OK, or DYNR_ERR_DENIED.
 * `out_known` may be NULL.
 */
enum dynr_status dynr_policy_gate(struct dynr_client *client, const struct dynr_policy_call *call,
                                  struct dynr_arena *arena, struct dynr_policy_known *out_known,
                                  struct dynr_error *err);

/* Evaluates for each of `n_rows` rows (NULL: not allowed); look-ups of those that are not decided go in batches. */
enum dynr_status dynr_policy_rows(struct dynr_client *client, const struct dynr_policy_call *call,
                                  const void *const *rows, size_t n_rows, struct dynr_arena *arena,
                                  bool *out_allowed, struct dynr_error *err);

/* Drops the rows of `page` that are not allowed. */
enum dynr_status dynr_policy_page(struct dynr_client *client, const struct dynr_policy_call *call,
                                  size_t row_size, struct dynr_arena *arena, struct dynr_rows *page,
                                  struct dynr_error *err);

/*
 * dynr_rows_query without the rows that are not allowed: they do not count for `query->limit`, and further pages are read until
 * there are as many or the end is reached. There is no cursor.
 */
enum dynr_status dynr_rows_query_allowed(struct dynr_client *client, const struct dynr_query *query,
                                         const struct dynr_policy_call *call,
                                         const struct dynr_struct_desc *desc,
                                         struct dynr_arena *arena, struct dynr_rows *out,
                                         struct dynr_error *err);

/*
 * Reads all rows of `query` (its limit plays no part; NULL: there are none), page by page, and puts the values into `output`.
 */
enum dynr_status dynr_rows_aggregate(struct dynr_client *client, const struct dynr_query *query,
                                     const struct dynr_policy_call *call,
                                     const struct dynr_aggregate_desc *aggregate,
                                     struct dynr_arena *arena, void *output,
                                     struct dynr_error *err);

/* What a write relies on: a row as it was when the policy was evaluated. */
struct dynr_policy_check {
    const struct dynr_entity_desc *entity;
    /* Of entity->key. */
    const void *key;
    struct dynr_filter condition;
    /* There may be no such row. Else there must be one, which is not soft-deleted. */
    bool may_be_absent;
};

/* The checks of one write. */
struct dynr_policy_checks {
    struct dynr_policy_check *items;
    size_t n_items;
};

/* Adds a check to the operations of a write. */
enum dynr_status dynr_policy_check_add(struct dynr_write_set *set,
                                       const struct dynr_policy_check *check,
                                       struct dynr_error *err);
/*
 * Adds checks to a transaction, behind its writes. Where one of these writes the same item, its own condition becomes
 * stricter. When a check fails the commit answers DYNR_ERR_DENIED.
 */
enum dynr_status dynr_transaction_check(struct dynr_transaction *transaction,
                                        const struct dynr_policy_checks *checks,
                                        struct dynr_error *err);

/* The removal of a row without what is below it. */
enum dynr_status dynr_transaction_remove_alone(struct dynr_transaction *transaction,
                                               const struct dynr_entity_desc *entity,
                                               const void *key, const struct dynr_expect *expect,
                                               struct dynr_error *err);
/* dynr_row_delete in one transaction with checks; of a row with more below it than that holds, the row itself goes with them. */
enum dynr_status dynr_row_delete_checked(struct dynr_client *client,
                                         const struct dynr_entity_desc *entity, const void *key,
                                         const struct dynr_expect *expect,
                                         const struct dynr_policy_checks *checks,
                                         struct dynr_arena *arena, struct dynr_error *err);

#endif
