/* SPDX-License-Identifier: Apache-2.0 */
/* Policies, includes and aggregates in C: see c_emit.h for what they share with the rest. */
#ifndef DYN_EMIT_C_C_POLICY_H
#define DYN_EMIT_C_C_POLICY_H

#include "emit/c/c_emit.h"

/** A predicate, and where it stands. */
struct c_policy_site {
    const struct c_body *body;
    const struct dyn_plan_predicate *predicate;
    /** What its table and functions are called after: "todo_todos_list_gate". */
    struct dynr_str name;
    /** The struct of the row in question, and its shape; empty and NULL in a gate. */
    struct dynr_str row;
    const struct dyn_plan_shape *shape;
    /** All of its rows are watched, so all are read: nothing is decided early. */
    bool is_watched;
};

/** Functions and table of one predicate; returns "policy_<name>", or nothing where everything is allowed. */
struct dynr_str c_policy_define(struct c_emit *e, const struct c_policy_site *site);
/** Writes who may carry out a write, called after `name`; returns "gate_<name>", or nothing: everybody may. */
struct dynr_str c_write_gate_define(struct c_emit *e, struct c_body *body,
                                    const struct dyn_plan_write_gate *gate, struct dynr_str name);

/* ---- variants (c_query.c) ---- */

/**
 * Writes variants_<name>, whose rows are read as the struct `row` of `shape`; returns how many there are. `filter_name`: what the
 * policy of their rows is called after.
 */
size_t c_variants_define(struct c_emit *e, struct c_body *body,
                         const struct dyn_plan_variant *variants, size_t n, struct dynr_str name,
                         struct dynr_str row, const struct dyn_plan_shape *shape);
/** Writes links_<name>: the reference of rows found by `relation` to the row above, a struct `root` of `shape`. */
void c_links_define(struct c_emit *e, const struct dyn_plan_shape *shape, struct dynr_str root,
                    const struct dyn_relation *relation, struct dynr_str name);

/* ---- includes (c_include.c) ---- */

/** Writes includes_<name> with all that stands under rows of `shape`, whose struct is called `row_name`; returns how many there are. */
size_t c_includes_define(struct c_emit *e, struct c_body *body, const struct dyn_plan_shape *shape,
                         struct dynr_str row_name, struct dynr_str name);

/* ---- aggregates (c_aggregate.c) ---- */

/** "DYNR_AGGREGATE_SUM". */
const char *c_aggregate_kind(const struct dyn_aggregate *aggregate);
/** Structs of the rows that the aggregates of a procedure read; `root` is the struct of the query's own row. */
typedef void (*c_shape_fn)(struct c_emit *e, const struct dyn_plan_shape *shape,
                           struct dynr_str name, const struct dyn_plan_procedure *plan);
/** Calls `visit` with each shape that is read for aggregates alone; `root`: the struct of the output row. */
void c_aggregate_rows(struct c_emit *e, const struct dyn_plan_procedure *plan, struct dynr_str root,
                      c_shape_fn visit);
void c_aggregate_rows_define(struct c_emit *e, const struct dyn_plan_procedure *plan,
                             struct dynr_str root);
/** The rows that the aggregates of a `from` read. */
struct dynr_str c_aggregate_row_name(struct c_emit *e, const struct dyn_plan_procedure *plan);
const struct dyn_plan_shape *c_aggregate_row_shape(struct c_emit *e,
                                                   const struct dyn_plan_procedure *plan);
/** Writes aggregates_<name> of the relations of the root row; returns how many there are. */
size_t c_aggregates_define(struct c_emit *e, struct c_body *body, struct dynr_str root);
/** Writes values_of_<name>, what a `from` with aggregates gives. */
void c_values_define(struct c_emit *e, struct c_body *body, struct dynr_str root);

#endif
