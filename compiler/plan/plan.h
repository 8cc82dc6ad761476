/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan: what the compiler derived and proved. It is the contract between derivation and emission: emitters see
 * this header and the typed model that it points into, and nothing else of the compiler.
 *
 * Derived here: key templates, index slots, item templates, access paths, procedures as sequences of path uses,
 * residual filters in DynamoDB's language, update classes, costs and limits. One key table generates everything:
 * whatever builds, reads, documents or deploys a key does so from a `struct dyn_key_template`.
 */
#ifndef DYN_PLAN_PLAN_H
#define DYN_PLAN_PLAN_H

#include "model/model.h"

struct dyn_plan_entity;
struct dyn_plan_slot;
struct dyn_plan_path;
struct dyn_live_view;

/* ---- keys -------------------------------------------------------------------------------------------------- */

/**
 * One scalar that a key is made of: a field, or a part of the key that a reference field holds. For Todo's partition
 * key it is {Todo.list, TodoList.id}: the C expression is `row->list.id`.
 */
struct dyn_key_value {
    /** path[0] is a field of the entity's model; the following are key fields of the model referred to. */
    const struct dyn_field **path;
    size_t n_path;
    /** Scalar type at the path's end, never optional. */
    const struct dyn_type *type;
};

/** Literal text followed by a value; or literal text alone (`value` NULL), only as the last or single piece. */
struct dyn_key_piece {
    struct dynr_str literal;
    const struct dyn_key_value *value;
    /** A..Z are lower-cased. */
    bool fold;
};

/** How one key attribute is made. */
struct dyn_key_template {
    struct dynr_str attribute;
    /** A single value as it is, with the attribute's own type, instead of key text. */
    bool native;
    /** 'S', 'N', 'B'. */
    char type;
    char delimiter;
    const struct dyn_key_piece *pieces;
    size_t n_pieces;
    /** Some value is optional: the attribute is absent when the value is. */
    bool sparse;
    /** Longest key in bytes, from the declared bounds. */
    size_t max_length;
};

/** "TODOLIST#{list}" / "{due}#{list}#{id}": as people write it. */
void dyn_key_template_write(const struct dyn_key_template *key, struct dynr_buf *out);
/** An example: "TODOLIST#01HV6Z..."; deterministic values by type. */
void dyn_key_template_example(const struct dyn_key_template *key, struct dynr_buf *out);

/* ---- indexes ----------------------------------------------------------------------------------------------- */

/** What some access needs of an index: a partition and an order, for one entity. */
struct dyn_requirement {
    /** "assignee": the index's name in `by`, or the relation's field. */
    struct dynr_str name;
    const struct dyn_plan_entity *entity;
    /** Why it exists: "@index on Todo.assignee", "TodoList[] via TodoList.owner". */
    struct dynr_str reason;
    struct dyn_span span;
    /** One of these, or both NULL for a relation without `@index`. */
    const struct dyn_index *index;
    const struct dyn_written_key *written;
    struct dyn_key_template partition;
    /** n_pieces 0 where the index has no sort key. */
    struct dyn_key_template sort;
    /** First part of the partition key, "TODO.assignee": the tag and the name, kept by the lock across renames. Empty for
     *  written-out indexes. */
    struct dynr_str label;
    /** The requirement that serves this one too (its sort extends this one's), or NULL. Then `partition`, `sort` and `slot`
     *  are that one's: build index keys from requirements whose `served_by` is NULL. */
    const struct dyn_requirement *served_by;
    const struct dyn_plan_slot *slot;
};

/** A physical index that one or more entities use. */
struct dyn_plan_slot {
    /** "gsi1", or the written-out physical name. */
    struct dynr_str name;
    const struct dyn_table *table;
    struct dynr_str partition_attribute;
    /** Empty: none. */
    struct dynr_str sort_attribute;
    char partition_type;
    char sort_type;
    const struct dyn_requirement **requirements;
    size_t n_requirements;
    /** Fixed by the lock file. */
    bool locked;
};

struct dyn_plan_table {
    const struct dyn_table *table;
    /** Types of the base key attributes; sort 0 where there is none. */
    char partition_type;
    char sort_type;
    const struct dyn_plan_slot **slots;
    size_t n_slots;
    /** Fewest slots that any assignment could have, and the entity that needs as many. */
    size_t lower_bound;
    const struct dyn_plan_entity *lower_bound_entity;
    /** Some model has `ttl`. */
    bool has_ttl;
    /** Changes are recorded: the schema says so, or some query of the table can be watched. */
    bool stream;
};

/* ---- entities ---------------------------------------------------------------------------------------------- */

struct dyn_plan_unique {
    const struct dyn_unique *unique;
    /** "USER.email", kept by the lock across renames. */
    struct dynr_str label;
    /** Guard item: `USER.email#{email}` / `UNIQUE`. */
    struct dyn_key_template partition;
    struct dyn_key_template sort;
};

/** What a write to a field means for the keys. */
enum dyn_update_class {
    /** No key uses it. */
    DYN_UPDATE_IN_PLACE,
    /** Index keys use it, and can be recomputed from the row's key and the new value. */
    DYN_UPDATE_INDEX_KEYS,
    /** Index keys use it together with other fields: the row is read first (or all are set at once). */
    DYN_UPDATE_READ_FIRST,
    /** A unique value: guard items move in a transaction. */
    DYN_UPDATE_GUARD,
    /** Part of the base key: the row moves (delete and insert). */
    DYN_UPDATE_MOVE,
    /** Part of the base key of a model with children, or managed by the runtime. */
    DYN_UPDATE_FORBIDDEN,
};
const char *dyn_update_class_name(enum dyn_update_class update_class);

struct dyn_plan_entity {
    const struct dyn_model *model;
    /** Position in plan->entities. */
    size_t index;
    const struct dyn_plan_table *table;
    /** The scalars that identify a row: the key fields, references flattened. */
    const struct dyn_key_value **key_values;
    size_t n_key_values;
    struct dyn_key_template partition;
    /** n_pieces 0 where the table has no sort key. */
    struct dyn_key_template sort;
    struct dyn_requirement **requirements;
    size_t n_requirements;
    const struct dyn_plan_unique *uniques;
    size_t n_uniques;
    /** All ways to reach rows: get, unique, children of its parent, one per requirement. In a fixed order. */
    const struct dyn_plan_path **paths;
    size_t n_paths;
    /** One per model field. */
    enum dyn_update_class *update_classes;
    /** Item size in bytes from the declared bounds: largest, and with texts and lists a quarter full. */
    size_t max_size;
    size_t typical_size;
};

/* ---- access paths ------------------------------------------------------------------------------------------ */

enum dyn_path_kind {
    DYN_PATH_GET,
    DYN_PATH_UNIQUE,
    DYN_PATH_CHILDREN,
    DYN_PATH_INDEX
};

/**
 * One proven way to reach rows of an entity: bind all partition values, bind the first n sort values by equality, then
 * perhaps a range on the next; rows come in the order of the remaining sort values.
 */
struct dyn_plan_path {
    /** "get", "by_email", "in_list", "by_assignee": becomes part of the function's name. */
    struct dynr_str name;
    enum dyn_path_kind kind;
    const struct dyn_plan_entity *entity;
    /** INDEX: which; else NULL (base table). */
    const struct dyn_requirement *requirement;
    const struct dyn_plan_unique *unique;
    const struct dyn_key_template *partition;
    /** n_pieces may be 0. */
    const struct dyn_key_template *sort;
    /** Fields of the model whose values make up the partition, each once, in order. */
    const struct dyn_field **partition_fields;
    size_t n_partition_fields;
    /**
     * Values of the sort key, in order, without those that the partition fields determine already: what can be bound or
     * ranged over. For children of a nested parent the parent's own part is determined.
     */
    const struct dyn_key_value **sort_values;
    size_t n_sort_values;
    /** Number of leading sort values of the template that the partition fields determine. */
    size_t n_determined;
    /** Optional fields that must be present for a row to be reachable by this path. */
    const struct dyn_field **presence;
    size_t n_presence;
    /** At most one row. */
    bool single_row;
    /** "gsi1pk = TODO.assignee#{assignee} and gsi1sk begins_with {due}": for docs and `dynrc tables`. */
    struct dynr_str key_condition;
};

/* ---- procedures -------------------------------------------------------------------------------------------- */

/** A field of the probe row gets the value of an expression over input (arguments, caller, literals). */
struct dyn_plan_binding {
    const struct dyn_field *field;
    const struct dyn_expr *value;
};

enum dyn_bound_kind {
    DYN_BOUND_NONE,
    DYN_BOUND_INCLUSIVE,
    DYN_BOUND_EXCLUSIVE
};

struct dyn_plan_bound {
    enum dyn_bound_kind kind;
    const struct dyn_field *field;
    const struct dyn_expr *value;
};

/** `#n0` -> attribute. */
struct dyn_plan_filter_name {
    struct dynr_str placeholder;
    struct dynr_str attribute;
};

/** `:v0` -> input expression, encoded as `type`. */
struct dyn_plan_filter_value {
    struct dynr_str placeholder;
    const struct dyn_type *type;
    const struct dyn_expr *value;
};

/**
 * A residual predicate as a DynamoDB expression. `text` empty: none. A value whose expression is optional stands only in
 * conjuncts: when the input is absent the whole predicate is false (no rows; a condition that fails). The same holds for
 * bindings and bounds.
 */
struct dyn_plan_filter {
    struct dynr_str text;
    const struct dyn_plan_filter_name *names;
    size_t n_names;
    const struct dyn_plan_filter_value *values;
    size_t n_values;
    /** The same predicate as a tree, or NULL. */
    const struct dyn_expr *expr;
};

/** A switch: an input-only condition and the value it must have in this variant. */
struct dyn_plan_guard {
    const struct dyn_expr *condition;
    bool wanted;
};

/* ---- policies ---------------------------------------------------------------------------------------------- */

/**
 * A row that a policy reads beside the row in question: a `let`, what a delegation leads to (`.list.read` reads the list), or the
 * row in question itself where its key is known before it is read. Read by its key, consistently, from the base table; a
 * soft-deleted row counts as none. Expressions of kind LOOKUP point to `lookup`: within one predicate there is one
 * look-up for each distinct key.
 */
struct dyn_plan_lookup {
    /** "member"; of a delegation the field, "list"; of the row itself "self". */
    struct dynr_str name;
    const struct dyn_lookup *lookup;
    const struct dyn_plan_entity *entity;
    /** One per key field. Values over arguments, caller and literals; in a row filter also over fields of the row in question
     *  (ROW); and over the rows of earlier look-ups (LOOKUP). A key that lacks a part leads to no row. */
    const struct dyn_plan_binding *key;
    size_t n_key;
    /**
     * Asked before it is read, over the rows of the look-ups before it: that the predicate is true, or false, whatever this row and
     * those behind it are; then they are not read. NULL: never, or no more often than an earlier look-up says.
     */
    const struct dyn_expr *allows;
    const struct dyn_expr *denies;
};

/** A condition over the arguments, the caller, look-ups and, in a row filter, the row in question (ROW). */
struct dyn_plan_predicate {
    /** Each behind those whose rows its key reads. */
    const struct dyn_plan_lookup *lookups;
    size_t n_lookups;
    /** NULL: true; then there are no look-ups. Of kind BOOL and false: never (only where other variants allow something). */
    const struct dyn_expr *expr;
};

/** Whether some part of `expr` (NULL: none) is a field of the row of `lookup`, or asks whether it is there. */
bool dyn_expr_reads_lookup(const struct dyn_expr *expr, const struct dyn_lookup *lookup);

/** What one row must satisfy in the transaction of a write. */
struct dyn_plan_check {
    /** Position in the gate's look-ups. One whose row the transaction writes makes the condition of that write stricter. */
    size_t lookup;
    /** Over that row's stored item; values are input, or fields of rows as they were read (LOOKUP). Empty: that the row is
     *  there. It holds only where the row is there and not soft-deleted, unless `may_be_absent`: then also where it is not. */
    struct dyn_plan_filter filter;
    bool may_be_absent;
};

/** One way to satisfy the predicate of a write: a conjunction. */
struct dyn_plan_grant {
    /** The whole conjunction, over the rows as they were read. */
    const struct dyn_expr *expr;
    /** Its parts that read rows, one per row: what makes it still true when the transaction commits. */
    const struct dyn_plan_check *checks;
    size_t n_checks;
    /** The gate's look-ups that it and its checks read are among its first `n_lookups`. */
    size_t n_lookups;
    /** Where `stands` is true (NULL: always), a transaction that passes the checks satisfies the predicate: no row need be read. */
    bool is_direct;
    /** Over the arguments and the caller. */
    const struct dyn_expr *stands;
};

/**
 * Who may write. First the rows of `predicate` are read, until they decide it: false is DYNR_ERR_DENIED, whether or not the row is
 * there. Then the first grant that holds, among those that read no further rows, gives the transaction its checks. When one of
 * these fails, somebody changed a row in between: all is done again.
 *
 * A direct grant may be tried before anything is read. Where it fails, nothing was written, and all goes as above.
 */
struct dyn_plan_write_gate {
    struct dyn_plan_predicate predicate;
    /** Their disjunction is the `write` part of the predicate (which may say more: that the result may be read). None: nothing
     *  that is stored is needed. */
    const struct dyn_plan_grant *grants;
    size_t n_grants;
};

/** That a procedure reads or writes a model, and by which rules: for documents, `dynrc ir` and the cost. */
struct dyn_plan_policy_use {
    const struct dyn_model *model;
    /** "read", "create", "update", "delete". */
    const struct dyn_name *verb;
    /** READ: the fields that the output shows; NULL: all. */
    const struct dyn_field **fields;
    size_t n_fields;
    /** Those of the model's policy that speak about this verb and all of these fields. */
    const struct dyn_allow *const *allows;
    size_t n_allows;
    struct dyn_span span;
};

/** A query under one setting of its switches (`show == all`): its own path, bounds and filter. */
struct dyn_plan_variant {
    const struct dyn_plan_guard *guards;
    size_t n_guards;
    /** The condition is false under these switches: no rows, no read. Then the rest is empty. */
    bool empty;
    const struct dyn_plan_path *path;
    /** Partition fields, then sort fields bound by equality. */
    const struct dyn_plan_binding *bindings;
    size_t n_bindings;
    /** How many values of the sort template (determined ones included) are bound by equality. */
    size_t n_equal;
    /** The last equal value is a prefix (begins_with). */
    bool last_is_prefix;
    struct dyn_plan_bound low;
    struct dyn_plan_bound high;
    /** What is left of `where`, and of the policy what needs the row alone. */
    struct dyn_plan_filter filter;
    /**
     * Root variants: who may ask at all, over arguments, caller and look-ups whose keys are made of these: evaluated once per
     * call, before anything is read. False is DYNR_ERR_DENIED. Holds the gates of all includes and aggregates too, so that
     * those of their own variants are empty. No part of what is watched: two callers who pass see the same rows.
     */
    struct dyn_plan_predicate gate;
    /** The part of `filter` that a policy put there, or NULL. */
    const struct dyn_expr *policy_filter;
    /**
     * What of the policy needs the row and other rows found from it (`.list.read` where `list` is not bound): evaluated for each
     * row that was read, look-ups in batches; a row that fails is dropped before `take` counts it. Has the class of an include.
     */
    struct dyn_plan_predicate row_filter;
};

enum dyn_plan_include_kind {
    /** belongsTo: the row that a REF field points to, read in batches by key. */
    DYN_INCLUDE_BY_KEY,
    /** hasMany, hasOne: a query (or get) per root. */
    DYN_INCLUDE_BY_QUERY,
};

/** One member of an output row. */
enum dyn_member_kind {
    DYN_MEMBER_FIELD,
    DYN_MEMBER_INCLUDE,
    DYN_MEMBER_AGGREGATE
};

struct dyn_plan_include;
struct dyn_plan_aggregate;

struct dyn_plan_member {
    enum dyn_member_kind kind;
    const struct dyn_name *name;
    /** FIELD: the stored field. */
    const struct dyn_field *field;
    const struct dyn_plan_include *include;
    const struct dyn_plan_aggregate *aggregate;
};

/** What a row of the output looks like. `members` NULL: the whole row of `model`. */
struct dyn_plan_shape {
    const struct dyn_model *model;
    const struct dyn_plan_member *members;
    size_t n_members;
    /** Fields that must be read although they are not shown (keys of includes, what row filters read), beside the members' own. */
    const struct dyn_field **hidden;
    size_t n_hidden;
};

struct dyn_plan_include {
    const struct dyn_name *name;
    enum dyn_plan_include_kind kind;
    /** BY_KEY: the REF field of the root. BY_QUERY: the relation. */
    const struct dyn_field *field;
    const struct dyn_relation *relation;
    /** The output member is a list (else one row or null). */
    bool many;
    const struct dyn_model *model;
    /** Its members may be includes in turn, DYN_INCLUDE_LEVELS deep. Through a link: the link's rows, the far row among them. */
    struct dyn_plan_shape shape;
    /**
     * BY_QUERY: one variant whose binding for `relation->via` is the root's key (its `value` is NULL). BY_KEY: only `row_filter`
     * is used; a row that fails it is as if it were not there.
     */
    struct dyn_plan_variant variant;
    /** As written: the condition (NULL: true) and the order (NULL: the path's). */
    const struct dyn_expr *where;
    const struct dyn_field *order;
    bool descending;
    const struct dyn_expr *take;
};

/** Levels of rows below the root: links, and the rows on their other side. */
#define DYN_INCLUDE_LEVELS 2

/**
 * One value made of all rows along a path, read page by page: `take` plays no part. Over a relation: of the row that the query
 * reads. Else of the rows of the query's own variants, and then the output is one object of such members.
 */
struct dyn_plan_aggregate {
    const struct dyn_aggregate *aggregate;
    const struct dyn_plan_entity *entity;
    /** Over a relation: one variant, bound as that of an include. Else unused: the query's variants count. */
    struct dyn_plan_variant variant;
};

struct dyn_plan_query {
    const struct dyn_query *query;
    const struct dyn_plan_entity *entity;
    /** One, or one per setting of the switches. Guards of different variants exclude each other and cover all cases. */
    const struct dyn_plan_variant *variants;
    size_t n_variants;
    /** What fields of the key or of an index equal from outside the condition: `in`, `by`, the key of a `get`. */
    const struct dyn_plan_binding *bound;
    size_t n_bound;
    /** At most one row: the output is that row; none is DYNR_ERR_NOT_FOUND. Else a list. */
    bool single_row;
    /** The output is one object, whose members are all aggregates over the rows of the variants. */
    bool is_aggregate;
    bool descending;
    const struct dyn_expr *take;
    struct dyn_plan_shape shape;
};

enum dyn_plan_write_class {
    /** One request, values from input only. */
    DYN_WRITE_DIRECT,
    /** Some value is computed from the row: read, compute, write on the version (or on what was read), retry. */
    DYN_WRITE_READ_COMPUTE,
};

/** `SET f = value`, `f = f + value` (add), or removal (`value` is null). */
enum dyn_plan_change_kind {
    DYN_CHANGE_SET,
    DYN_CHANGE_ADD,
    DYN_CHANGE_REMOVE
};

struct dyn_plan_change {
    enum dyn_plan_change_kind kind;
    const struct dyn_field *field;
    /** ADD: the amount (NEGATE for subtraction). */
    const struct dyn_expr *value;
    enum dyn_update_class update_class;
};

struct dyn_plan_write {
    const struct dyn_write *write;
    const struct dyn_plan_entity *entity;
    enum dyn_plan_write_class write_class;
    const struct dyn_plan_change *changes;
    size_t n_changes;
    /** `if`, as a filter over the stored item; values are input. */
    struct dyn_plan_filter condition;
    struct dyn_plan_write_gate gate;
};

/** What a write does to its row, for documents: "creates", "updates", "deletes", "marks as deleted". */
const char *dyn_write_words(const struct dyn_write *write);

/** Units of one call: read and write request units (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html). */
struct dyn_cost {
    double read_min, read_typical, read_max;
    double write_min, write_typical, write_max;
};

struct dyn_plan_procedure {
    const struct dyn_procedure *procedure;
    /** QUERY: one. */
    const struct dyn_plan_query *query;
    /** MUTATION: in order; more than one, or any with guards, is one transaction. */
    const struct dyn_plan_write *writes;
    size_t n_writes;
    /** How a query is kept live (live.h); NULL where it cannot be watched, and then `live_reason` says why. */
    const struct dyn_live_view *live;
    struct dynr_str live_reason;
    /** Some expression reads the caller. */
    bool uses_caller;
    /** Empty where the program has no policies, and for extern procedures, whose code is trusted. */
    const struct dyn_plan_policy_use *policy_uses;
    size_t n_policy_uses;
    struct dyn_cost cost;
};

/* ---- the plan ---------------------------------------------------------------------------------------------- */

struct dyn_plan {
    const struct dyn_program *program;
    struct dyn_plan_table **tables;
    size_t n_tables;
    /** In the order of program->models. */
    struct dyn_plan_entity **entities;
    size_t n_entities;
    /** For dyn_plan_entity_of: open addressing by the model's address; `n_by_model` is a power of two. Never walked. */
    struct dyn_plan_entity **by_model;
    size_t n_by_model;
    /** All procedures of all routers, in declaration order. */
    struct dyn_plan_procedure **procedures;
    size_t n_procedures;
};

const struct dyn_plan_entity *dyn_plan_entity_of(const struct dyn_plan *plan,
                                                 const struct dyn_model *model);

struct dyn_plan_input {
    struct dynr_arena *arena;
    struct dyn_diags *diags;
    const struct dyn_program *program;
    /** Content of the lock file, or ptr NULL where there is none. */
    struct dynr_str lock;
    /** Source index of the lock file in the session, for spans. */
    uint32_t lock_source;
};

/**
 * Derives and proves. Attribute names of fields and tags of models that the lock knows under another name are set back to
 * what is stored (the one write to the model). Never NULL; use it only while `diags->n_errors` is 0.
 */
struct dyn_plan *dyn_plan_make(const struct dyn_plan_input *input);

/**
 * The self-check, run in every compilation after derivation: for each access path, symbolically and on sample items of all
 * entities of the table, the path's key condition selects the items it should and no item of another kind; keys are
 * distinct; no two entities can produce the same base key; sparse keys are absent when a part is. Reports
 * DYN3520 with the counter-example. It reads only templates and paths, so that tests can break a plan and see it fail.
 */
bool dyn_plan_verify(const struct dyn_plan *plan, struct dynr_arena *arena,
                     struct dyn_diags *diags);

/** The lock file for this plan: what must not change silently. Deterministic; entries of the old lock that vanished
 *  stay as `retired` lines, so that their tags and slots are not reused. */
void dyn_lock_write(const struct dyn_plan *plan, struct dynr_str old_lock, struct dynr_buf *out);

/** Stable text for --dump=plan. */
void dyn_plan_dump(const struct dyn_plan *plan, struct dynr_buf *out);
/** Versioned JSON for `dynrc ir` and for plugins: {"ir":1,...}; documented in docs/ir.md. */
void dyn_plan_json(const struct dyn_plan *plan, struct dynr_arena *arena, struct dynr_buf *out);
/** `dynrc tables`: tables, slots with reasons and the lower bound, items, access paths with key conditions. */
void dyn_plan_tables_text(const struct dyn_plan *plan, struct dynr_buf *out);
/** `dynrc cost`: units per procedure. */
void dyn_plan_cost_text(const struct dyn_plan *plan, struct dynr_buf *out);

#endif
