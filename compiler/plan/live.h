/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a query is kept live: the graph of nodes that the reactive engine steps through (runtime/include/dynr/view.h), each with
 * its class and the reason for it, what it depends on, what decides membership, what is sent, in which order.
 *
 * A dependency is an index partition of a path that some variant uses. It covers every change that matters: a row belongs to a
 * node only if `predicate` holds, the predicate binds all partition values of each variant's path (that is what made it a
 * path), and the engine looks at the partitions of the old and of the new row.
 */
#ifndef DYN_PLAN_LIVE_H
#define DYN_PLAN_LIVE_H

#include "plan/plan.h"

enum dyn_live_class {
    DYN_LIVE_PURE,
    DYN_LIVE_WINDOW,
    DYN_LIVE_KEYED,
    DYN_LIVE_CHILDREN,
    DYN_LIVE_AGGREGATE,
    DYN_LIVE_TRACKED,
};

struct dyn_live_order {
    const struct dyn_field *field;
    bool descending;
};

/** What a policy lets through under one setting of the switches. */
struct dyn_live_policy {
    const struct dyn_plan_guard *guards;
    size_t n_guards;
    /** Over the row alone, or NULL: everything. */
    const struct dyn_expr *filter;
    /** With rows that are looked up for each row; `expr` NULL: everything. */
    const struct dyn_plan_predicate *row_filter;
};

struct dyn_live_node {
    /** "" for the root; the member that shows the node's rows. */
    struct dynr_str name;
    enum dyn_live_class node_class;
    /** Why it has this class, in words: "`take` of an ordered partition". */
    struct dynr_str reason;
    size_t parent;
    /** One row or none. */
    bool single;
    const struct dyn_plan_entity *entity;
    /** Sent: the first `n_shown` in output order, then those that key, order and references need. */
    const struct dyn_field **fields;
    size_t n_fields;
    size_t n_shown;
    /** Key fields that nothing binds: what tells rows of the node (below one parent) apart. */
    const struct dyn_field **key;
    size_t n_key;
    /** Total: ends with what completes the key. Empty where there is one row. */
    const struct dyn_live_order *order;
    size_t n_order;
    /** One per field of the model: a change of it can move, show or hide a row. */
    bool *deciding;
    const struct dyn_plan_path **paths;
    size_t n_paths;
    /** Over row, arguments and caller: the whole condition, `in`, `by` and the key of a `get` included, soft deletion and policies not.
     *  NULL: true. For nodes below others without what binds them to their parent. */
    const struct dyn_expr *predicate;
    /** Beside it: a unique text that is compared without case, and what with; NULL: none. */
    const struct dyn_plan_binding *folded;
    const struct dyn_live_policy *policies;
    size_t n_policies;
    /** Where its reads come from: the root's query; or an include; or an aggregate. TRACKED: none of them. */
    const struct dyn_plan_query *query;
    const struct dyn_plan_include *include;
    const struct dyn_plan_aggregate *aggregate;
    /** KEYED: the field of the parent's row that refers to this node's rows. */
    const struct dyn_field *reference;
};

struct dyn_live_view {
    const struct dyn_plan_procedure *procedure;
    struct dyn_live_node *nodes;
    size_t n_nodes;
    /** All nodes are aggregates of one query; none has rows. */
    bool values_only;
    /** It is code: all nodes are TRACKED, one for each model that it reads, and the first stands for the output. */
    bool is_tracked;
    /** Fields of the caller that decide which rows there are: callers who agree in them share a view. */
    const struct dyn_field **caller_fields;
    size_t n_caller_fields;
};

/** Derives the view of a query; NULL where it cannot be watched, and then `*out_reason` says why ("it is `once`"). */
const struct dyn_live_view *dyn_live_make(struct dynr_arena *arena, const struct dyn_plan *plan,
                                          const struct dyn_plan_procedure *procedure,
                                          struct dynr_str *out_reason);

/** Whether a policy judges the node's rows by other rows. */
bool dyn_live_is_judged(const struct dyn_live_node *node);
/** "pure", "window", ... */
const char *dyn_live_class_name(enum dyn_live_class node_class);
/** `dynrc explain --procedure todos.list`: path, view, nodes, dependencies, share key, gate, in words. */
void dyn_live_explain(const struct dyn_plan_procedure *procedure, struct dynr_buf *out);

/* ---- what expressions read (live_fields.c) ---- */

/** Sets `out[f->index]` for each field f of `model`'s row that `expr` reads. */
void dyn_expr_row_fields(const struct dyn_expr *expr, bool *out);
/** Sets `out[f->index]` for each field of the caller that `expr` reads. */
void dyn_expr_caller_fields(const struct dyn_expr *expr, bool *out);
/** Sets `out[f->index]` for each field f of the row of look-up number `lookup` that the predicate, or the key of a later one, reads. */
void dyn_predicate_lookup_fields(const struct dyn_plan_predicate *predicate, size_t lookup,
                                 bool *out);

#endif
