/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operations of one or more writes, sent together: one alone as a single request, several as a transaction. Knows what a
 * failed condition of each operation means.
 */
#ifndef DYNR_TYPED_WRITE_SET_H
#define DYNR_TYPED_WRITE_SET_H

#include "typed/clauses.h"
#include "typed/client.h"

#define DYNR_TRANSACTION_MAX 100

enum dynr_write_role {
    /** A put where nothing may stand. */
    DYNR_WRITE_NEW_ROW,
    /** An update or removal of a row that must be there. */
    DYNR_WRITE_ROW,
    /** A put over what was read. */
    DYNR_WRITE_OVER,
    DYNR_WRITE_NEW_GUARD,
    /** A guard that must point to its row. */
    DYNR_WRITE_OLD_GUARD,
    /** A row that a policy relies on: nothing is written. */
    DYNR_WRITE_CHECK,
};

/* What an attribute was when it was read: the condition says so, and a failure is told apart by it. */
struct dynr_expected {
    const char *attribute;
    /* An attribute value's text; empty: absent. */
    struct dynr_str value;
    /* An item without the attribute is as expected, too: the value is the default. */
    bool or_absent;
    /* The caller expects it, not the plan. */
    bool given;
};

/* An integer that grows: the sum's bounds. */
struct dynr_sum_bound {
    const struct dynr_field_desc *field;
    int64_t low;
    int64_t high;
    /* The sum with what an absent attribute counts as would leave them, too. */
    bool absent_exceeds;
};

#define DYNR_EXPECTED_MAX 64

struct dynr_write_op {
    enum dynr_write_role role;
    /* Which write of a transaction it belongs to. */
    size_t write;
    const struct dynr_entity_desc *entity;
    const struct dynr_unique_desc *unique;
    /* A guard's key as JSON. */
    struct dynr_str guard_key;
    /* A soft-deleted row counts as none. */
    bool needs_live;
    /* Somebody else may have removed the row: planning anew does without it. */
    bool may_be_gone;
    bool has_version;
    bool has_condition;
    int64_t version;
    /* The condition holds what was read. */
    bool from_read;
    struct dynr_expected *expected;
    size_t n_expected;
    struct dynr_sum_bound *sums;
    size_t n_sums;
};

struct dynr_write_set {
    struct dynr_client *client;
    struct dynr_arena *arena;
    struct dynr_request *requests;
    struct dynr_write_op *ops;
    size_t n_ops;
    size_t cap_ops;
    /* Checks of policies so far: each has placeholders of its own. */
    size_t n_checks;
    /* The write that operations are added for. */
    size_t write;
    bool is_transaction;
    /* After dynr_write_set_send: it failed because what was read is not true any more; planning anew may help. */
    bool stale;
    /* What a single request answered. */
    struct dynr_str item;
    /* Time of all its writes. */
    int64_t now_ms;
    /* The caller's ids that were taken before: a write that fails gives back those that it took. */
    size_t n_ids_before;
};

void dynr_write_set_init(struct dynr_write_set *set, struct dynr_client *client,
                         struct dynr_arena *arena);
/* Forgets the operations from `n_ops` on. */
void dynr_write_set_truncate(struct dynr_write_set *set, size_t n_ops);

/*
 * Adds an operation on an item of the entity's table. Both results are good until the next call. DYNR_ERR_LIMIT beyond 100
 * operations.
 */
enum dynr_status dynr_write_set_add(struct dynr_write_set *set, enum dynr_operation operation,
                                    enum dynr_write_role role,
                                    const struct dynr_entity_desc *entity,
                                    struct dynr_request **out_request,
                                    struct dynr_write_op **out_op, struct dynr_error *err);

/* Makes `attribute` being as it was in `row` a condition of `op`. */
enum dynr_status dynr_write_op_expect(struct dynr_write_op *op, struct dynr_clauses *clauses,
                                      const struct dynr_field_desc *field, const void *row,
                                      struct dynr_error *err);
/* The caller's expectation as conditions. */
enum dynr_status dynr_write_op_expect_given(struct dynr_write_op *op, struct dynr_clauses *clauses,
                                            const struct dynr_expect *expect,
                                            struct dynr_error *err);

/* Sends all. */
enum dynr_status dynr_write_set_send(struct dynr_write_set *set, struct dynr_error *err);

/*
 * Plans and sends until it succeeds, fails for good, or the tries are used up. `plan` fills the empty set.
 */
typedef enum dynr_status (*dynr_plan_fn)(struct dynr_write_set *set, void *context,
                                         struct dynr_error *err);
enum dynr_status dynr_write_set_run(struct dynr_write_set *set, dynr_plan_fn plan, void *context,
                                    struct dynr_error *err);

#endif
