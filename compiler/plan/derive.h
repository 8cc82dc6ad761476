/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of derivation share. Order of work (plan.c): item templates, requirements, slots, access paths, update
 * classes and limits, procedures, costs, what is supported, lock, self-check. Everything lives in the session's arena.
 */
#ifndef DYN_PLAN_DERIVE_H
#define DYN_PLAN_DERIVE_H

#include "base/memory.h"
#include "plan/lock.h"
#include "plan/plan.h"

/** Limits of the service. */
#define DYN_PARTITION_KEY_MAX 2048
#define DYN_SORT_KEY_MAX      1024
#define DYN_ITEM_MAX          ((size_t)400 * 1024)
#define DYN_TRANSACTION_MAX   100
#define DYN_IN_MAX            100
/** Switches of one query. */
#define DYN_SWITCH_MAX 4
/** What a text without bounds counts. */
#define DYN_UNBOUNDED_TEXT 4096
/** References in keys of references; sema refuses cycles. */
#define DYN_KEY_DEPTH_MAX 64

/** Required fields that rows of their owner may lack, because these were stored before the field was added. */
struct dyn_late_fields {
    const struct dyn_field **items;
    size_t n;
    size_t cap;
};

/** Comparisons that say already what holds for a row without the field (late.c). */
struct dyn_widened {
    const struct dyn_expr **items;
    size_t n;
    size_t cap;
};

struct dyn_denial;

struct dyn_derive {
    struct dynr_arena *arena;
    struct dyn_diags *diags;
    const struct dyn_program *program;
    struct dyn_plan *plan;
    const struct dyn_lock *lock;
    struct dyn_late_fields late;
    struct dyn_widened widened;
    /** What was reported as allowed to nobody (policy_use.c). */
    struct dyn_denial *denials;
};

/* ---- text ---- */

/** Copies what is in `buf` into the arena and frees `buf`. */
struct dynr_str dyn_take_text(struct dynr_arena *arena, struct dynr_buf *buf);
/** printf into the arena; never fails. */
struct dynr_str dyn_text(struct dynr_arena *arena, const char *format, ...) DYNR_PRINTF(2, 3);
/** Arguments for "%.*s". */
#define DYN_STR(text) (int)(text).len, (text).ptr == NULL ? "" : (text).ptr

/* ---- values and templates (key_template.c) ---- */

/** A growing list of key values. */
struct dyn_values {
    const struct dyn_key_value **items;
    size_t n;
    size_t cap;
};

/** Appends the scalar values that `field` contributes to a key: itself, or the parts of the key it refers to. */
void dyn_values_add_field(struct dynr_arena *arena, struct dyn_values *values,
                          const struct dyn_field *field);
void dyn_values_add(struct dynr_arena *arena, struct dyn_values *values,
                    const struct dyn_key_value *value);
bool dyn_values_has(const struct dyn_values *values, const struct dyn_key_value *value);
bool dyn_value_equal(const struct dyn_key_value *a, const struct dyn_key_value *b);
bool dyn_value_is_optional(const struct dyn_key_value *value);
/** "list", "todo.id": the shortest path that says which value it is. */
void dyn_value_write(const struct dyn_key_value *value, struct dynr_buf *out);

/** Makes a template piece by piece. */
struct dyn_template_builder {
    struct dynr_arena *arena;
    struct dyn_key_piece *pieces;
    size_t n;
    size_t cap;
    struct dynr_str literal;
    bool sparse;
};
void dyn_template_literal(struct dyn_template_builder *builder, struct dynr_str text);
void dyn_template_value(struct dyn_template_builder *builder, const struct dyn_key_value *value,
                        bool fold);
/** The values, with the delimiter between them (not before the first). */
void dyn_template_values(struct dyn_template_builder *builder, const struct dyn_values *values,
                         size_t from, char delimiter);
/** Ends a text template. */
void dyn_template_finish(struct dyn_template_builder *builder, struct dynr_str attribute,
                         char delimiter, struct dyn_key_template *out);
/** One value as it is. */
void dyn_template_native(struct dynr_arena *arena, const struct dyn_key_value *value,
                         struct dynr_str attribute, struct dyn_key_template *out);
/** 'S', 'N', 'B': how DynamoDB keeps a key value of this type natively; 0 for types that cannot be one. */
char dyn_native_key_type(const struct dyn_type *type);
/** Longest key text (or native value) of a type, in bytes. */
size_t dyn_value_max_length(const struct dyn_type *type, bool native);
/** All values of a template, in order. */
void dyn_template_collect(struct dynr_arena *arena, const struct dyn_key_template *key,
                          struct dyn_values *out);

/* ---- item templates, requirements, slots, paths ---- */

void dyn_derive_items(struct dyn_derive *derive);
/** A written-out template of `model` into `out`; reports what it may not be. */
bool dyn_written_template_make(struct dyn_derive *derive, const struct dyn_model *model,
                               const struct dyn_written_template *written,
                               struct dynr_str attribute, struct dyn_key_template *out);
void dyn_derive_requirements(struct dyn_derive *derive);
void dyn_derive_slots(struct dyn_derive *derive);
void dyn_derive_paths(struct dyn_derive *derive);
void dyn_derive_limits(struct dyn_derive *derive);
void dyn_derive_update_classes(struct dyn_derive *derive);
/** "Todo in list by due (gsi2)". */
void dyn_path_write_reach(const struct dyn_plan_path *path, struct dynr_buf *out);
bool dyn_path_is_by_field(const struct dyn_plan_path *path, const struct dyn_field *field);

/* ---- procedures ---- */

/** Where a query's variants come from. */
struct dyn_variant_list {
    struct dyn_plan_variant *items;
    /** The rest of the condition under the guards; NULL: true. One per item. */
    const struct dyn_expr **rests;
    size_t n;
    size_t cap;
};

/** Splits `where` (may be NULL) by its switches. False when there are too many (reported with `code`). */
bool dyn_fold_switches(struct dyn_derive *derive, const struct dyn_expr *where,
                       struct dyn_variant_list *out);
/** The first input-only condition in a boolean position of `expr`, or NULL. */
const struct dyn_expr *dyn_find_switch(const struct dyn_expr *expr);
/** An input that may be absent and is compared with the row elsewhere than in a plain conjunction, or NULL. */
const struct dyn_expr *dyn_find_optional(const struct dyn_expr *expr, bool is_conjunct);
bool dyn_expr_same(const struct dyn_expr *a, const struct dyn_expr *b);

/** What a read asks for, apart from its condition. */
struct dyn_need {
    const struct dyn_plan_entity *entity;
    /** Bound from outside the condition: `in`, `by`, the key of a `get`, the `via` of an include (value NULL). */
    const struct dyn_plan_binding *bound;
    size_t n_bound;
    const struct dyn_field *order;
    struct dyn_span order_span;
    /** Only this path will do, or NULL. */
    const struct dyn_plan_path *forced;
    struct dyn_span span;
    const struct dyn_expr *where;
    /** Where `where ...` could be inserted, when there is no condition yet. */
    struct dyn_span insert_after;
};

/** Chooses the path for one variant and fills it; `rest` is its condition. False: reported. */
bool dyn_plan_access(struct dyn_derive *derive, const struct dyn_need *need,
                     const struct dyn_expr *rest, struct dyn_plan_variant *out);
struct dyn_policies;
struct dyn_subject;
const struct dyn_plan_query *dyn_plan_query_make(struct dyn_policies *policies,
                                                 const struct dyn_procedure *procedure);
/** Whether a row can satisfy `expr` only when `field` is present. */
bool dyn_expr_implies_present(const struct dyn_expr *expr, const struct dyn_field *field);

/**
 * A condition that also says what holds for rows without its late fields. `may_switch`: comparisons with the input may
 * become switches, and those of key fields are left for later. `out_failed`: reported with `code`.
 */
const struct dyn_expr *dyn_widen(struct dyn_derive *derive, const struct dyn_expr *expr,
                                 enum dyn_code code, bool may_switch, bool *out_failed);

/** The conjunction of `exprs` as a filter. `code` is reported for what DynamoDB cannot say. */
bool dyn_filter_make(struct dyn_derive *derive, const struct dyn_expr *const *exprs, size_t n_exprs,
                     enum dyn_code code, struct dyn_plan_filter *out);
/** One condition with placeholders of its own (#g3n0, :g3v0), so that it can stand beside others in one expression. */
bool dyn_filter_make_named(struct dyn_derive *derive, const struct dyn_expr *expr,
                           enum dyn_code code, char letter, size_t number,
                           struct dyn_plan_filter *out);
const struct dyn_expr *dyn_expr_and(struct dynr_arena *arena, const struct dyn_expr *left,
                                    const struct dyn_expr *right);
const struct dyn_expr *dyn_expr_row(struct dynr_arena *arena, const struct dyn_field *field,
                                    struct dyn_span span);
const struct dyn_expr *dyn_expr_boolean(struct dynr_arena *arena, bool value, struct dyn_span span);
const struct dyn_expr *dyn_expr_equal(struct dynr_arena *arena, const struct dyn_expr *left,
                                      const struct dyn_expr *right);

/** What rows of a query look like, with everything below them; `subject` is what is known of the rows. */
void dyn_plan_shape_make(struct dyn_policies *policies, const struct dyn_subject *subject,
                         const struct dyn_query *query, struct dyn_plan_shape *out);
/** A read of the rows that `need` finds below another row. False: reported. */
bool dyn_plan_relation(struct dyn_derive *derive, const struct dyn_need *need,
                       const struct dyn_expr *where, struct dyn_plan_variant *out);
void dyn_subject_below(struct dynr_arena *arena, const struct dyn_subject *above,
                       const struct dyn_relation *relation, const struct dyn_expr *where,
                       struct dyn_subject *out);
const struct dyn_plan_aggregate *dyn_plan_aggregate_make(struct dyn_policies *policies,
                                                         const struct dyn_subject *above,
                                                         const struct dyn_aggregate *aggregate);
void dyn_plan_writes_make(struct dyn_policies *policies, const struct dyn_procedure *procedure,
                          struct dyn_plan_procedure *out);
/** Items that a write touches in a transaction, guards included. */
size_t dyn_write_item_count(const struct dyn_plan_write *write);
bool dyn_procedure_uses_caller(const struct dyn_procedure *procedure);
/** Reports what no generated code could compute; after the procedures. */
void dyn_derive_supported(struct dyn_derive *derive);
void dyn_procedure_cost(const struct dyn_plan_procedure *procedure, struct dyn_cost *out);
/** Largest and typical stored size of a value of this type. */
void dyn_type_size(const struct dyn_type *type, size_t *out_max, size_t *out_typical);

/* ---- lock ---- */

/** The live entry of a model's member, under its own or its model's earlier names (`@was`) too. `was` may be NULL. */
const struct dyn_lock_entry *dyn_lock_find_member(const struct dyn_lock *lock, const char *kind,
                                                  const struct dyn_model *model,
                                                  const struct dyn_name *name,
                                                  const struct dyn_name *was);
const struct dyn_lock_entry *dyn_lock_find_owned(const struct dyn_lock *lock, const char *kind,
                                                 const struct dyn_name *owner,
                                                 const struct dyn_name *owner_was,
                                                 const struct dyn_name *name,
                                                 const struct dyn_name *was);
const struct dyn_lock_entry *dyn_lock_find_model(const struct dyn_lock *lock,
                                                 const struct dyn_model *model);

/**
 * Reports what the lock file has and the schema has not. Runs before dyn_lock_apply: where one new name alone fits, it becomes
 * the `was` of what has it, as if that were written.
 */
void dyn_lock_check_gone(struct dyn_derive *derive);
void dyn_lock_apply(struct dyn_derive *derive);
void dyn_lock_check(struct dyn_derive *derive);
/** What is new beside stored rows; dyn_lock_check calls it. */
void dyn_lock_check_added(struct dyn_derive *derive);
/** What may be done while nothing is stored. */
void dyn_lock_help_delete(struct dyn_diags *diags, struct dyn_diag *diag);
/** Fills derive->late. */
void dyn_lock_find_late(struct dyn_derive *derive);
bool dyn_lock_knows_struct(const struct dyn_lock *lock, const struct dyn_struct *structure);
/** Whether rows without the field may be stored; the lock keeps it as `late "yes"`. */
bool dyn_lock_field_is_late(const struct dyn_lock *lock, bool owner_is_locked,
                            const struct dyn_name *owner, const struct dyn_name *owner_was,
                            const struct dyn_field *field);
bool dyn_field_is_late(const struct dyn_derive *derive, const struct dyn_field *field);
/** "string(1..200)?": kind and bounds, without names that a rename could change. */
void dyn_lock_type_write(const struct dyn_type *type, struct dynr_buf *out);
/** Whether every value of `old_type` is one of `new_type`, stored in the same way. Both as dyn_lock_type_write writes. */
bool dyn_lock_type_widens(struct dynr_str old_type, struct dynr_str new_type);

/* ---- self-check ---- */

/** Written-out keys that meet others in one index or partition: the user's error, with a code of its own. */
bool dyn_verify_patterns(const struct dyn_plan *plan, struct dynr_arena *arena,
                         struct dyn_diags *diags, enum dyn_code code);
bool dyn_verify_structure(const struct dyn_plan *plan, struct dynr_arena *arena,
                          struct dyn_diags *diags);
bool dyn_verify_samples(const struct dyn_plan *plan, struct dynr_arena *arena,
                        struct dyn_diags *diags);

#endif
