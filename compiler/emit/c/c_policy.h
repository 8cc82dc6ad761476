/* SPDX-License-Identifier: Apache-2.0 */
/* Policies and aggregates in C: see c_emit.h for what they share with the rest. */
#ifndef DYN_EMIT_C_C_POLICY_H
#define DYN_EMIT_C_C_POLICY_H

#include "emit/c/c_emit.h"

/** A predicate, and where it stands. */
struct c_policy_site {
    const struct dyn_plan_procedure *plan;
    const struct dyn_plan_predicate *predicate;
    /** C name of its table. */
    struct dynr_str name;
    /** The struct of the row in question, and its shape; empty and NULL in a gate. */
    struct dynr_str row;
    const struct dyn_plan_shape *shape;
};

/** "policy_todo_todos_list_gate". */
struct dynr_str c_policy_name(struct c_emit *e, struct dynr_str owner, const char *what);
struct dynr_str c_write_gate_name(struct c_emit *e, const struct dyn_plan_procedure *plan,
                                  size_t index);
/** Functions and table of one predicate; nothing where everything is allowed. */
void c_policy_define(struct c_emit *e, const struct c_policy_site *site);
/** The function that adds a write's checks to its transaction; nothing where there are none. */
void c_policy_checks_define(struct c_emit *e, const struct c_policy_site *site,
                            const struct dyn_plan_write_gate *gate);
/** All predicates of a procedure, before its function. */
void c_policies_define(struct c_emit *e, const struct dyn_plan_procedure *plan);
/** `const struct dynr_policy_call <variable> = {&<policy>, caller, input};` */
void c_policy_call(struct c_emit *e, const struct dyn_plan_procedure *plan, struct dynr_str policy,
                   const char *variable);
/** Statements that end a query's function where its gate fails. */
void c_emit_gate(struct c_emit *e, const struct dyn_plan_procedure *plan);
/** Whether the function's body names the caller for a policy. */
bool c_body_asks_policy(const struct dyn_plan_procedure *plan);

/* ---- writes (c_gate.c) ---- */

/** Whether some write relies on rows that its transaction checks. */
bool c_has_checks(const struct dyn_plan_procedure *plan);
/** Statements that end the function where a write is denied; each leaves `in_<n>`, what its checks read. */
void c_emit_write_gates(struct c_emit *e, const struct dyn_plan_procedure *plan);
/** Statements that add all checks to `transaction`. */
void c_emit_checks(struct c_emit *e, const struct dyn_plan_procedure *plan);
/** The head of the block that ends the loop of tries: `if (<no use in trying again>) {`. */
void c_emit_retry(struct c_emit *e, const struct dyn_plan_procedure *plan, bool expects);

/* ---- aggregates (c_aggregate.c) ---- */

/** Structs of the rows that the aggregates of a procedure read; `root` is the struct of the query's own row. */
void c_aggregates_define(struct c_emit *e, const struct dyn_plan_procedure *plan,
                         struct dynr_str root);
void c_aggregate_policy_define(struct c_emit *e, const struct dyn_plan_procedure *plan,
                               const struct dyn_plan_aggregate *aggregate, struct dynr_str root);
/** The rows that the aggregates of a `from` read. */
struct dynr_str c_aggregate_row_name(struct c_emit *e, const struct dyn_plan_procedure *plan);
const struct dyn_plan_shape *c_aggregate_row_shape(struct c_emit *e,
                                                   const struct dyn_plan_procedure *plan);
/** Statements that fill the aggregates of each row in `rows`. */
void c_emit_row_aggregates(struct c_emit *e, const struct dyn_plan_procedure *plan,
                           struct dynr_str root);
/** The statement that carries out one variant of a `from` with aggregates. */
void c_emit_aggregate_read(struct c_emit *e, const struct dyn_plan_procedure *plan,
                           struct dynr_str root);
/** Statements that set the output to the values of no rows. */
void c_emit_aggregate_start(struct c_emit *e, const struct dyn_plan_query *query);

#endif
