/* SPDX-License-Identifier: Apache-2.0 */
/* What reads under a policy share. */
#ifndef DYNR_TYPED_POLICY_H
#define DYNR_TYPED_POLICY_H

#include "dynr/gen.h"
#include "typed/write_set.h"

/* DYNR_ERR_DENIED, in words that do not depend on what is stored. */
enum dynr_status dynr_policy_deny(struct dynr_error *err);
/* Drops the rows of `page` that are not allowed. `call` NULL: none. */
enum dynr_status dynr_policy_page(struct dynr_client *client, const struct dynr_policy_call *call,
                                  size_t row_size, struct dynr_arena *arena, struct dynr_rows *page,
                                  struct dynr_error *err);
/* The removal of a row without what is below it. */
enum dynr_status dynr_transaction_remove_alone(struct dynr_transaction *transaction,
                                               const struct dynr_entity_desc *entity,
                                               const void *key, const struct dynr_expect *expect,
                                               struct dynr_error *err);
/* Adds what a write relies on to its operations. */
enum dynr_status dynr_policy_check_add(struct dynr_write_set *set,
                                       const struct dynr_policy_check *check,
                                       struct dynr_error *err);

#endif
