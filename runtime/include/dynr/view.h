/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Live views: what generated code tells the reactive engine about a query.
 *
 * dynrc derives, per query that may be watched, a small graph of nodes: the root and one per `include`. A node says how its
 * rows are read (`prepare`), which rows belong to it (`accepts`, the whole predicate), what of them is sent, in which order
 * they stand, and which fields matter. From this the engine turns a change record into patches without running the query
 * again; engine.h says how. Everything here is constant and generated; nobody fills these structs by hand but tests.
 */
#ifndef DYNR_VIEW_H
#define DYNR_VIEW_H

#include "dynr/gen.h"

DYNR_BEGIN_DECLS

/** How a node is kept up to date, and what that costs. `dynrc explain --procedure` prints it with the reason. */
enum dynr_node_class {
    /** Rows of one partition: no state, no reads. */
    DYNR_NODE_PURE = 1,
    /** The same with `take`: an epoch and a bound; no reads but one refill when a client runs short. */
    DYNR_NODE_WINDOW,
    /** Rows that parents refer to by key (belongsTo): one read per entering parent or changed reference. */
    DYNR_NODE_KEYED,
    /** Rows below each parent (hasMany, hasOne, through): one query per entering parent. Bounded by `take` as a window is. */
    DYNR_NODE_CHILDREN,
    /**
     * One value over the rows: no reads but one when an extremum leaves. With a `grant`: one of each row that changes, and of
     * what it is judged by.
     */
    DYNR_NODE_AGGREGATE,
    /**
     * The output of code (`extern ... reads A, B`): made anew, and sent as a whole, when any row of `entity` changes. All nodes of
     * such a view are of this class, one for each model that the code reads; the first stands for the output.
     */
    DYNR_NODE_TRACKED,
};

/** One part of an order. */
struct dynr_view_order {
    /** Index into entity->row->fields. */
    uint16_t field;
    bool descending;
};

/** One node of a view's graph. */
struct dynr_view_node {
    /** Member of the parent's row that shows this node's rows; "" for the root; an aggregate's name. */
    const char *name;
    enum dynr_node_class node_class;
    /** Index of the parent node, smaller than this one's; the root's is 0. */
    uint16_t parent;
    /** The member is one row or null; else a list. */
    bool single;
    const struct dynr_entity_desc *entity;
    /** Indexes into entity->row->fields that are sent: first those that are shown, in output order, then hidden ones that clients
     *  need (key, order, references of keyed nodes below). */
    const uint16_t *fields;
    uint16_t n_fields;
    uint16_t n_shown;
    /** What identifies a row within the node (below one parent): key fields that the path does not bind. May be empty. */
    const uint16_t *key;
    uint16_t n_key;
    /** Order of the rows, completed by `key`, ascending unless the first order part descends. Empty where `single`. */
    const struct dynr_view_order *order;
    uint16_t n_order;
    /** Bit f: field f decides membership, order, references or aggregates. (n_fields + 63) / 64 words. */
    const uint64_t *deciding;
    /** All paths that some variant of the read uses, or that a KEYED node reads by: what dependencies are made of. */
    const struct dynr_path_desc *const *paths;
    uint16_t n_paths;
    /**
     * Fills the read (probe and values in `arena`): root: from input and caller; CHILDREN and their aggregates: for `parent`, the
     * parent node's row struct. `query->limit` is the window, 0 for none. `*out_empty`: these arguments select nothing; no read.
     * Errors: DYNR_ERR_NO_MEMORY, DYNR_ERR_RANGE and the like of computed values. NULL for KEYED.
     */
    enum dynr_status (*prepare)(const void *input, const void *caller, const void *parent,
                                struct dynr_arena *arena, struct dynr_query *query, bool *out_empty,
                                struct dynr_error *err);
    /**
     * Whether `row` belongs to the node: the whole predicate, with partition, bounds, filter, row filter, presence and soft
     * deletion, under these arguments (`parent` as above; for KEYED nodes NULL: only filters). Pure.
     */
    bool (*accepts)(const void *row, const void *input, const void *caller, const void *parent);
    /** KEYED: index into the parent entity's row->fields of the reference. */
    uint16_t reference;
    /** AGGREGATE: what, and over which field (index; not for COUNT). */
    enum dynr_aggregate_kind aggregate;
    uint16_t aggregate_field;
    /**
     * Policy that needs other rows per row, or NULL: those rows are dependencies of each row. Its `row` is an entity->row struct.
     * An AGGREGATE that has one remembers its rows; of several nodes over the rows of one root, all have it or none.
     */
    const struct dynr_policy_desc *grant;
};

/** A query that can be watched. */
struct dynr_view_desc {
    const struct dynr_view_node *nodes;
    uint16_t n_nodes;
    /**
     * The output is an object of aggregates alone, without rows of the root: node 0 says which rows (`prepare`), all others are
     * AGGREGATE nodes over these rows, each with its own `accepts`, whose `parent` is NULL. They are read once for all of them; with
     * a `grant` once for each.
     */
    bool values_only;
    /** Indexes into the caller struct's fields that `prepare`, `accepts` and `grant` use: part of the share key. */
    const uint16_t *caller_fields;
    uint16_t n_caller_fields;
    /** Who may watch, from arguments and caller alone, or NULL: everybody. Checked per subscriber, with dependencies of its own. */
    const struct dynr_policy_desc *gate;
};

DYNR_END_DECLS

#endif
