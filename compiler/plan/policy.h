/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies as predicates. The rules for a verb are put together with what is known about the row in question, delegations are
 * replaced by the policies that they name, and what is constant is folded (policy.c, policy_fold.c). For a read the result is
 * split by what it needs (policy_split.c), for a write it becomes alternatives that a transaction can check
 * (policy_grant.c). Rows are read no longer than they can decide (policy_decide.c). policy_use.c applies all of it to procedures.
 */
#ifndef DYN_PLAN_POLICY_H
#define DYN_PLAN_POLICY_H

#include "plan/derive.h"

/** What a field of the row in question is where nothing says so. */
enum dyn_subject_kind {
    /** A field of a row that is read: ROW. */
    DYN_SUBJECT_ROW,
    /** The row is found by a known key: a field of the look-up `self`. */
    DYN_SUBJECT_KEYED,
    /** The row does not exist yet: absent, or fresh where the runtime makes it. */
    DYN_SUBJECT_NEW,
};

/** The row in question. */
struct dyn_subject {
    enum dyn_subject_kind kind;
    const struct dyn_model *model;
    /** Fields whose values are known before the row is read. */
    const struct dyn_plan_binding *known;
    size_t n_known;
    /** A row that moves is still stored here; NULL: it is where its known key says. */
    const struct dyn_subject *stored;
};

/** A procedure's predicates share their look-ups: one for each model and key. */
struct dyn_policies {
    struct dyn_derive *derive;
    const struct dyn_procedure *procedure;
    struct dyn_lookup **lookups;
    /** What each was called where it came from. */
    const struct dyn_name **given_names;
    size_t n_lookups;
    size_t cap_lookups;
    /** Rows that earlier writes of the transaction create. */
    const struct dyn_subject *created;
    size_t n_created;
    /** Who may call at all, as far as rows below the root ask for it; NULL: everybody. */
    const struct dyn_expr *gate;
    struct dyn_plan_policy_use *uses;
    size_t n_uses;
    size_t cap_uses;
};

/** Whether the program has policies, so that what they do not allow is denied. */
bool dyn_has_policies(const struct dyn_derive *derive);

/**
 * Who may `verb` the row: over input, look-ups and, for a subject of kind ROW, the row. `fields` (READ; NULL: all of them) must be
 * covered by each rule that counts. Constants are folded: a BOOL where nothing is left to ask.
 */
const struct dyn_expr *dyn_policy_expr(struct dyn_policies *policies,
                                       const struct dyn_subject *subject, const char *verb,
                                       const struct dyn_field *const *fields, size_t n_fields);
/** The rules of `model` that speak about `verb` and about all of `fields`; `out` has room for all. */
size_t dyn_policy_rules(const struct dyn_model *model, const char *verb,
                        const struct dyn_field *const *fields, size_t n_fields,
                        const struct dyn_allow **out);

/** The value that `expr`, which stands for the key of `model`, has for its key field `field`. */
const struct dyn_expr *dyn_policy_part(struct dynr_arena *arena, const struct dyn_expr *expr,
                                       const struct dyn_model *model,
                                       const struct dyn_field *field);
/** `expr.path`, for expressions that name something stored or passed. */
const struct dyn_expr *dyn_policy_path(struct dynr_arena *arena, const struct dyn_expr *expr,
                                       const struct dyn_field *const *path, size_t n_path);

/* ---- folding (policy_fold.c) ---- */

/** A value that the runtime makes: there, and equal to nothing. */
const struct dyn_expr *dyn_expr_fresh(struct dynr_arena *arena, struct dyn_span span,
                                      const struct dyn_type *type);
const struct dyn_expr *dyn_expr_absent(struct dynr_arena *arena, struct dyn_span span,
                                       const struct dyn_type *type);
bool dyn_expr_is_unknown(const struct dyn_expr *expr);
bool dyn_expr_is_bool(const struct dyn_expr *expr, bool value);
const struct dyn_expr *dyn_fold_and(struct dynr_arena *arena, const struct dyn_expr *left,
                                    const struct dyn_expr *right);
const struct dyn_expr *dyn_fold_or(struct dynr_arena *arena, const struct dyn_expr *left,
                                   const struct dyn_expr *right);
const struct dyn_expr *dyn_fold_not(struct dynr_arena *arena, const struct dyn_expr *expr);
/** A comparison or test whose operands are in their place: a BOOL where they say enough. */
const struct dyn_expr *dyn_fold_atom(struct dynr_arena *arena, const struct dyn_expr *expr);

/* ---- splitting (policy_split.c) ---- */

/** Whether the row itself is read, directly or by the key of a look-up. */
bool dyn_expr_needs_row(const struct dyn_expr *expr);
bool dyn_expr_has_lookup(const struct dyn_expr *expr);
/** Whether a part of a reference is read: a reference of several parts is stored as one text, so no request can ask for it. */
bool dyn_expr_has_reference_part(const struct dyn_expr *expr);

struct dyn_policy_parts {
    /** NULL: true. */
    const struct dyn_expr *gate;
    /** The row and input. */
    const struct dyn_expr *filter;
    /** The row and other rows. */
    const struct dyn_expr *row_filter;
};
void dyn_policy_split(struct dynr_arena *arena, const struct dyn_expr *expr,
                      struct dyn_policy_parts *out);
/** The expression (NULL: true) with the look-ups that it needs, each behind those that its key needs. */
void dyn_predicate_make(struct dyn_derive *derive, const struct dyn_expr *expr,
                        struct dyn_plan_predicate *out);
/** Calls `visit` for each field of the row that `expr` reads, by keys of look-ups, too. */
typedef void (*dyn_field_fn)(void *context, const struct dyn_field *field);
void dyn_expr_visit_row(const struct dyn_expr *expr, dyn_field_fn visit, void *context);

/* ---- deciding early (policy_decide.c) ---- */

/** Sets `allows` and `denies` of the look-ups of `expr`, which are in the order in which their rows become known. */
void dyn_lookups_decide(struct dynr_arena *arena, const struct dyn_expr *expr,
                        struct dyn_plan_lookup *lookups, size_t n_lookups);

/* ---- grants (policy_grant.c) ---- */

/** The alternatives of `expr`, whose look-ups are among those of `out->predicate`. False: reported at `span`. */
bool dyn_grants_make(struct dyn_derive *derive, const struct dyn_expr *expr, struct dyn_span span,
                     size_t first_number, struct dyn_plan_write_gate *out);

/* ---- grants without reads (policy_direct.c) ---- */

/** Sets `is_direct` and `stands` of a grant that is otherwise complete. */
void dyn_grant_make_direct(struct dynr_arena *arena, const struct dyn_plan_predicate *predicate,
                           struct dyn_plan_grant *grant);
/** Whether a mutation's writes are tried before anything is read: each has one grant, and that is direct. Deletions are not. */
bool dyn_writes_are_direct(const struct dyn_plan_write *writes, size_t n_writes);

/* ---- procedures (policy_use.c) ---- */

/** A read of rows: what is known of them, and what is shown. */
struct dyn_policy_read {
    struct dyn_subject subject;
    /** Fields that come out; NULL: all. */
    const struct dyn_field **fields;
    size_t n_fields;
    /** What the row itself decides is decided after it was read: no filter can stand in the request. */
    bool in_memory;
    struct dyn_span span;
};
/** Splits who may read; reports where nobody may. Everything is allowed where the program has no policies. */
void dyn_policy_read(struct dyn_policies *policies, const struct dyn_policy_read *read,
                     struct dyn_policy_parts *out);
/** The same with the gate added to that of the whole procedure, for what stands below its rows. */
void dyn_policy_read_below(struct dyn_policies *policies, const struct dyn_policy_read *read,
                           struct dyn_policy_parts *out);
/** The fields that a shape shows; NULL: all of them. */
const struct dyn_field **dyn_shape_fields(struct dynr_arena *arena,
                                          const struct dyn_plan_shape *shape, size_t *out_n);
/** Makes the shape hold what `expr` (may be NULL) reads of the row. */
void dyn_shape_require(struct dynr_arena *arena, struct dyn_plan_shape *shape,
                       const struct dyn_expr *expr);
/** What `bound` and the equations of `where` say about the rows of `model`. */
void dyn_subject_known(struct dynr_arena *arena, const struct dyn_model *model,
                       const struct dyn_plan_binding *bound, size_t n_bound,
                       const struct dyn_expr *where, struct dyn_subject *out);
/** The reference to the row above that rows found by `via` hold, or NULL where it is not known. */
const struct dyn_expr *dyn_subject_reference(struct dynr_arena *arena,
                                             const struct dyn_subject *above);
const struct dyn_expr *dyn_subject_value(const struct dyn_subject *subject,
                                         const struct dyn_field *field);
bool dyn_policies_use_caller(const struct dyn_plan_procedure *procedure);
/** The gates of all writes of a mutation. */
void dyn_policy_writes(struct dyn_policies *policies, struct dyn_plan_write *writes,
                       size_t n_writes);

#endif
