/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may carry out the writes of a mutation. Internal to this layer; the tables are in gen.h.
 */
#ifndef DYNR_TYPED_PROCEDURE_GATE_H
#define DYNR_TYPED_PROCEDURE_GATE_H

#include "typed/policy.h"
#include "typed/procedure.h"

/* Whether some write relies on rows that its transaction checks. */
bool dynr_mutation_has_checks(const struct dynr_mutation_body *body);

/*
 * Evaluates the gates of all writes, before anything is written: DYNR_ERR_DENIED where one fails. `out`: what the writes rely on, as
 * conditions for their transaction, in the call's arena.
 */
enum dynr_status dynr_mutation_pass(const struct dynr_mutation_body *body,
                                    const struct dynr_call *call, struct dynr_policy_checks *out);

/* The checks of grants that may be tried before anything is read. False: there are none; the mutation goes by dynr_mutation_pass. */
bool dynr_mutation_pass_unread(const struct dynr_mutation_body *body, const struct dynr_call *call,
                               struct dynr_policy_checks *out);
/* What dynr_mutation_pass_unread tried did not hold. */
void dynr_mutation_pass_failed(const struct dynr_mutation_body *body, const struct dynr_call *call);

#endif
