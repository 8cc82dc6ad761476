/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The typed model: what a program of `.dyn` files means, with every name resolved and every expression typed.
 * Made by sema, read by plan, and through the plan by the emitters. Plain data in the session's arena; immutable
 * once sema is done. Lists are arrays of pointers in declaration order, so that walking them is deterministic.
 */
#ifndef DYN_MODEL_MODEL_H
#define DYN_MODEL_MODEL_H

#include "base/names.h"
#include "diag/diag.h"

struct dyn_model;
struct dyn_field;
struct dyn_expr;
struct dyn_type;

/* ---- types ------------------------------------------------------------------------------------------------- */

enum dyn_type_kind {
    DYN_TYPE_ERROR, /**< poison: an error was reported; every check stays silent */
    DYN_TYPE_STRING,
    DYN_TYPE_EMAIL,
    DYN_TYPE_URL,
    DYN_TYPE_JSON,
    DYN_TYPE_BOOL,
    DYN_TYPE_INT, /**< `width` 32 or 64 */
    DYN_TYPE_FLOAT,
    DYN_TYPE_DECIMAL,
    DYN_TYPE_BYTES,
    DYN_TYPE_DATE,
    DYN_TYPE_TIMESTAMP,
    DYN_TYPE_EPOCH, /**< the time-to-live field: a timestamp stored as whole seconds (N) */
    DYN_TYPE_ULID,
    DYN_TYPE_UUID,
    DYN_TYPE_VERSION, /**< a 64-bit counter that the runtime keeps */
    DYN_TYPE_ENUM,
    DYN_TYPE_STRUCT,
    DYN_TYPE_REF, /**< the key of a model: `ref M`, and a belongsTo field `owner User` */
    DYN_TYPE_LIST,
    DYN_TYPE_SET,
    DYN_TYPE_MAP,  /**< string keys */
    DYN_TYPE_NULL, /**< of the literal `null` only */
};

struct dyn_type {
    enum dyn_type_kind kind;
    /** The value may be absent. */
    bool optional;
    unsigned width;
    /**
     * STRING, EMAIL, URL: length in code points; BYTES: in bytes. INT: value. LIST, SET, MAP: number of elements (`high`
     * always).
     */
    bool has_low;
    bool has_high;
    int64_t low;
    int64_t high;
    const struct dyn_enum *enumeration;
    const struct dyn_struct *structure;
    /** REF. `id M` has the type of M's last key field instead, so it needs no kind of its own. */
    const struct dyn_model *model;
    const struct dyn_type *element;
};

struct dyn_enum_value {
    const struct dyn_name *name;
    struct dynr_str doc;
    struct dyn_span span;
    int32_t tag;
};

struct dyn_enum {
    const struct dyn_name *name;
    /** Earlier name (`@was(old)`), or NULL. */
    const struct dyn_name *was;
    struct dynr_str doc;
    struct dyn_span span;
    const struct dyn_enum_value *values;
    size_t n_values;
};

/* ---- fields ------------------------------------------------------------------------------------------------ */

enum dyn_field_origin {
    DYN_FIELD_DECLARED,
    /** `in list: TodoList` adds `list`. */
    DYN_FIELD_PARENT,
    /** A trait adds it; the runtime sets it. */
    DYN_FIELD_CREATED_AT,
    DYN_FIELD_UPDATED_AT,
    DYN_FIELD_VERSION,
    DYN_FIELD_DELETED_AT,
    /** `use ttl(expiresAt)`: set by the user, stored in the table's TTL attribute. */
    DYN_FIELD_TTL,
};

/** A stored value of a model, struct, context, or an argument of a procedure. */
struct dyn_field {
    const struct dyn_name *name;
    const struct dyn_name *was;
    struct dynr_str doc;
    struct dyn_span span;
    /** Empty, behind the type: where an attribute could stand. 0..0 for fields that come from a trait, a parent or a link. */
    struct dyn_span after_type;
    enum dyn_field_origin origin;
    const struct dyn_type *type;
    /** Position in its owner's `fields`. */
    size_t index;
    /** `@key`, or the parent reference: part of the base key. Key fields come first in `fields`, in key order. */
    bool is_key;
    /** `@auto`: filled on create. */
    bool automatic;
    /** `@claim("sub")` of a context field, or empty. */
    struct dynr_str claim;
    /** Typed, constant; NULL: none. */
    const struct dyn_expr *default_value;
    /** Name in DynamoDB. */
    struct dynr_str attribute;
};

struct dyn_struct {
    const struct dyn_name *name;
    const struct dyn_name *was;
    struct dynr_str doc;
    struct dyn_span span;
    struct dyn_field **fields;
    size_t n_fields;
};

/* ---- models ------------------------------------------------------------------------------------------------ */

/** The inverse side of a relation: not stored. The owning side is a field of type REF. */
struct dyn_relation {
    const struct dyn_name *name;
    struct dynr_str doc;
    struct dyn_span span;
    /** hasMany: `todos Todo[] via Todo.list`; else hasOne. */
    bool many;
    const struct dyn_model *owner;
    /** The model whose rows are found by `via`. Of `members User[] through Member` it is the link, Member. */
    const struct dyn_model *target;
    /** Field of `target` that refers to `owner`: its parent field, a belongsTo field, or the owner's end of a link. */
    const struct dyn_field *via;
    /** `through Link`: the link's other end, whose row stands beside each link row; else NULL. */
    const struct dyn_field *far;
};

/** `@index(...)` on a field, or a belongsTo with `@index`. */
struct dyn_index {
    /** Name in `by`: the field's. */
    const struct dyn_name *name;
    struct dyn_span span;
    const struct dyn_model *model;
    /** Partition fields (`within:` or the field itself), then sort fields. */
    const struct dyn_field **partition;
    size_t n_partition;
    const struct dyn_field **sort;
    size_t n_sort;
};

struct dyn_unique {
    struct dyn_span span;
    const struct dyn_field *field;
    /** `@unique(fold)`. */
    bool fold;
};

/** One piece of a written-out key template: literal text or a field (of refs: all parts, joined). */
struct dyn_template_piece {
    struct dynr_str literal;
    const struct dyn_field *field;
    struct dyn_span span;
};

struct dyn_written_template {
    struct dyn_span span;
    /** A bare field name: the attribute is the field's own, native type. Then there is one piece. */
    bool native;
    const struct dyn_template_piece *pieces;
    size_t n_pieces;
};

/** `key pk ... sk ...` (name NULL) or `index name ["physical"] pk ... sort ...`. */
struct dyn_written_key {
    const struct dyn_name *name;
    struct dynr_str physical_name;
    struct dyn_span span;
    struct dyn_written_template partition;
    bool has_sort;
    struct dyn_written_template sort;
};

enum dyn_targets {
    DYN_TARGET_EMBEDDED = 1,
    DYN_TARGET_DYNAMODB = 2,
    DYN_TARGET_ALTERNATOR = 4
};

enum dyn_billing {
    DYN_BILLING_ON_DEMAND,
    DYN_BILLING_PROVISIONED
};

struct dyn_table {
    const struct dyn_name *name;
    struct dyn_span span;
    struct dynr_str doc;
    /** `name "prod-todo-table"`, or empty. */
    struct dynr_str physical_name;
    unsigned targets;
    /** Attribute names. `sort_attribute` empty: the table has no sort key (written-out keys only). */
    struct dynr_str partition_attribute;
    struct dynr_str sort_attribute;
    /** Attribute with the model's tag; empty: none (`type none`, for tables of other systems). */
    struct dynr_str type_attribute;
    struct dynr_str version_attribute;
    struct dynr_str ttl_attribute;
    char delimiter;
    /** Index budget (`gsi max 3`); 20, the service's quota, when not written. */
    uint32_t index_budget;
    struct dyn_span index_budget_span;
    enum dyn_billing billing;
    uint32_t read_capacity;
    uint32_t write_capacity;
    /** `stream on`. */
    bool stream;
    /** `stream off` is written: nothing of the table can be watched. */
    bool no_stream;
    bool point_in_time_recovery;
    bool deletion_protection;
};

struct dyn_model {
    const struct dyn_name *name;
    const struct dyn_name *was;
    struct dynr_str doc;
    struct dyn_span span;
    /** "TODO": the name in capitals unless `@tag`. */
    struct dynr_str tag;
    const struct dyn_table *table;
    /** Stored fields: key fields first (parent reference, then `@key` fields), then as declared, then traits'. */
    struct dyn_field **fields;
    size_t n_fields;
    size_t n_key_fields;
    /** NULL for a root. */
    const struct dyn_model *parent;
    bool single;
    /**
     * `link Member between list: TodoList, user: User`: the second end. The first one is the parent, and both together are the
     * key; an index leads from the second end to its rows. NULL for other models.
     */
    const struct dyn_field *link_end;
    struct dyn_relation **relations;
    size_t n_relations;
    struct dyn_index **indexes;
    size_t n_indexes;
    struct dyn_unique **uniques;
    size_t n_uniques;
    struct dyn_written_key *written_key; /**< NULL: derived */
    struct dyn_written_key **written_indexes;
    size_t n_written_indexes;
    /** Models whose parent this is. */
    const struct dyn_model **children;
    size_t n_children;
    /** Trait fields, or NULL. */
    const struct dyn_field *created_at;
    const struct dyn_field *updated_at;
    const struct dyn_field *version;
    const struct dyn_field *deleted_at;
    const struct dyn_field *ttl;
    /** `public`: no policy, in writing. */
    bool is_public;
    /** NULL: none. Then nobody may do anything with it, unless it is public or the program has no policies at all. */
    const struct dyn_policy *policy;
};

/* ---- policies ---------------------------------------------------------------------------------------------- */

/** A row that an expression reads beside the row in question, found by its key: `let` of a policy. */
struct dyn_lookup {
    const struct dyn_name *name;
    struct dyn_span span;
    const struct dyn_model *model;
    /** One per key field of `model` (references are one): over fields of the row in question, the caller and literals. */
    const struct dyn_expr **key;
    size_t n_key;
};

/** `allow read, write if .owner == caller.userId`, `allow read(id, name)`. */
struct dyn_allow {
    struct dyn_span span;
    const struct dyn_name **verbs;
    size_t n_verbs;
    /** `read(id, name)`: what may be read; NULL: everything. Only where `verbs` is `read` alone. */
    const struct dyn_field **fields;
    size_t n_fields;
    /** NULL: always. Over the row, the caller and the policy's look-ups. */
    const struct dyn_expr *condition;
};

/**
 * Who may do what with the rows of one model; what no `allow` says is denied. Verbs: `read`; `create`, `update` and `delete`,
 * for each of which `write` stands where no `allow` names it; and words of one's own, reached by delegation only.
 */
struct dyn_policy {
    struct dyn_span span;
    const struct dyn_model *model;
    const struct dyn_lookup **lookups;
    size_t n_lookups;
    const struct dyn_allow *allows;
    size_t n_allows;
};

/* ---- expressions ------------------------------------------------------------------------------------------- */

enum dyn_expr_kind {
    DYN_EXPR_ERROR,
    DYN_EXPR_NULL,
    DYN_EXPR_BOOL,   /**< `boolean` */
    DYN_EXPR_INT,    /**< `integer` */
    DYN_EXPR_NUMBER, /**< `text`: decimal or float literal */
    DYN_EXPR_STRING, /**< `text` (also date, timestamp, ulid ... literals, checked) */
    DYN_EXPR_ENUM,   /**< `enum_value` */
    DYN_EXPR_LIST,   /**< `items` */
    DYN_EXPR_OBJECT, /**< struct literal: `items[i]` is the value of `type->structure->fields[i]`, NULL: absent */
    DYN_EXPR_ARGUMENT, /**< `field` of the procedure's arguments, then `path` into structs */
    DYN_EXPR_CALLER,   /**< `field` of the context */
    DYN_EXPR_ROW,      /**< `field` of the row, then `path` */
    DYN_EXPR_NOT,
    DYN_EXPR_NEGATE,
    DYN_EXPR_AND,
    DYN_EXPR_OR,
    DYN_EXPR_EQUAL,
    DYN_EXPR_NOT_EQUAL,
    DYN_EXPR_LESS,
    DYN_EXPR_LESS_EQUAL,
    DYN_EXPR_GREATER,
    DYN_EXPR_GREATER_EQUAL,
    DYN_EXPR_IN,      /**< `left` in `items` (or in the list-typed `right`) */
    DYN_EXPR_BETWEEN, /**< `left` between `items[0]` and `items[1]`, both inclusive */
    DYN_EXPR_BEGINS_WITH,
    DYN_EXPR_CONTAINS,
    DYN_EXPR_EXISTS, /**< `left` is present (also `left != null`); NOT EXISTS for `== null` */
    DYN_EXPR_ADD,
    DYN_EXPR_SUBTRACT,
    DYN_EXPR_NOW, /**< `now()`, in `set`, `create` and defaults only */
    /**
     * Policies only: `field` of the row of `lookup`, then `path`. A row that is not there has no fields. `field` NULL, below
     * EXISTS only: the row itself.
     */
    DYN_EXPR_LOOKUP,
    /** Policies only: whether the row that `left` (a REF) points to is there and its policy allows `verb`. */
    DYN_EXPR_ALLOWED,
};

/**
 * Semantics (docs/language/expressions.md): total; a comparison with a missing value is false, whatever the
 * operator; `not` of it is true; `==` and `!=` on null became EXISTS. Operands of comparisons have one type
 * (after widening of literals).
 */
struct dyn_expr {
    enum dyn_expr_kind kind;
    struct dyn_span span;
    /**
     * The type that the value has here. For ARGUMENT, CALLER and ROW it can differ from the field's in two ways: REF, where the
     * field is the single value that a key of `type->model` consists of; EPOCH, where the field is a TIMESTAMP. Of a literal:
     * STRING is canonical text (BYTES: base64), INT also of type VERSION, NULL has the type of what is absent.
     */
    const struct dyn_type *type;
    bool boolean;
    int64_t integer;
    struct dynr_str text;
    const struct dyn_enum_value *enum_value;
    const struct dyn_field *field;
    const struct dyn_field **path;
    size_t n_path;
    /** LOOKUP. */
    const struct dyn_lookup *lookup;
    /** ALLOWED: "read". */
    const struct dyn_name *verb;
    const struct dyn_expr *left;
    const struct dyn_expr *right;
    const struct dyn_expr **items;
    size_t n_items;
    /** Some part reads the row (the key of a look-up counts for the look-up, not here). */
    bool uses_row;
    /** Some part reads an argument or the caller. */
    bool uses_input;
};

/* ---- procedures -------------------------------------------------------------------------------------------- */

struct dyn_context {
    const struct dyn_name *name;
    struct dynr_str doc;
    struct dyn_span span;
    struct dyn_field **fields;
    size_t n_fields;
};

/** One selected thing: a stored field, a field of the row that a REF points to, or an inverse relation. */
struct dyn_selection {
    /** Name in the output. */
    const struct dyn_name *name;
    struct dyn_span span;
    /**
     * Stored field (perhaps a REF); NULL for a relation. What an `include` reads is selected by the include's own name: then
     * this or `relation` is the include's.
     */
    const struct dyn_field *field;
    const struct dyn_relation *relation;
    /** `assignee { id, name }`: fields of the row referred to; then the output member is that row or null. */
    const struct dyn_selection *children;
    size_t n_children;
};

/** `include`: rows of a relation under each row of the result. */
struct dyn_include {
    /** Name in the output. */
    const struct dyn_name *name;
    struct dyn_span span;
    /** An inverse relation; or NULL and `field` a REF (belongsTo). */
    const struct dyn_relation *relation;
    const struct dyn_field *field;
    const struct dyn_model *model;
    const struct dyn_expr *where;
    const struct dyn_field *order;
    bool descending;
    struct dyn_span order_span;
    const struct dyn_expr *take;
    /** NULL: all fields. */
    const struct dyn_selection *select;
    size_t n_select;
};

enum dyn_aggregate_kind {
    DYN_AGGREGATE_COUNT,
    DYN_AGGREGATE_SUM,
    DYN_AGGREGATE_MIN,
    DYN_AGGREGATE_MAX
};

/** `count todos where not .done as openCount`, `sum .amount as total`: one value made of many rows. */
struct dyn_aggregate {
    enum dyn_aggregate_kind kind;
    /** Name in the output. */
    const struct dyn_name *name;
    struct dyn_span span;
    /** The rows: those of a relation of the row that `get` reads; NULL: those that `from` reads. */
    const struct dyn_relation *relation;
    const struct dyn_model *model;
    /** SUM, MIN, MAX: of which field of these rows. */
    const struct dyn_field *field;
    /** Of an aggregate over a relation; that of `from` belongs to the query. */
    const struct dyn_expr *where;
    /** COUNT and SUM of int: int(64); SUM of decimal: decimal; MIN, MAX: the field's, optional (there may be no row). */
    const struct dyn_type *type;
};

enum dyn_query_kind {
    DYN_QUERY_GET,
    DYN_QUERY_FROM
};

struct dyn_query {
    enum dyn_query_kind kind;
    struct dyn_span span;
    /** The model's name where it is written. */
    struct dyn_span model_span;
    const struct dyn_model *model;
    /** GET: one expression per key field (a parent reference is one); or one of type REF to `model`: the whole key. */
    const struct dyn_expr **key;
    size_t n_key;
    /** FROM `in`: the parent reference, or NULL. */
    const struct dyn_expr *in;
    /** FROM `by`: one of these, or neither. */
    const struct dyn_index *by_index;
    const struct dyn_written_key *by_written;
    const struct dyn_unique *by_unique;
    const struct dyn_expr *by_value;
    struct dyn_span by_span;
    const struct dyn_expr *where;
    const struct dyn_field *order;
    bool descending;
    struct dyn_span order_span;
    const struct dyn_expr *take;
    const struct dyn_selection *select;
    size_t n_select;
    const struct dyn_include *includes;
    size_t n_includes;
    /** Of a `get`: members of the row beside the others. Of a `from`: they are the output, one object instead of rows. */
    const struct dyn_aggregate *aggregates;
    size_t n_aggregates;
};

enum dyn_write_kind {
    DYN_WRITE_CREATE,
    DYN_WRITE_UPDATE,
    DYN_WRITE_DELETE
};

struct dyn_assignment {
    const struct dyn_field *field;
    struct dyn_span span;
    const struct dyn_expr *value;
};

struct dyn_write {
    enum dyn_write_kind kind;
    struct dyn_span span;
    const struct dyn_model *model;
    /** UPDATE, DELETE: as in dyn_query. */
    const struct dyn_expr **key;
    size_t n_key;
    const struct dyn_assignment *assignments;
    size_t n_assignments;
    /** `if` condition on the row, or NULL. */
    const struct dyn_expr *condition;
    const struct dyn_expr *expecting;
};

enum dyn_procedure_kind {
    DYN_PROCEDURE_QUERY,
    DYN_PROCEDURE_MUTATION,
    DYN_PROCEDURE_EXTERN
};

struct dyn_procedure {
    const struct dyn_name *name;
    struct dynr_str doc;
    struct dyn_span span;
    /** "todos.list". */
    struct dynr_str path;
    enum dyn_procedure_kind kind;
    /** For EXTERN: whether it was declared `mutation`. */
    bool is_mutation;
    bool once;
    struct dyn_field **arguments;
    size_t n_arguments;
    /** The router's caller, or NULL. */
    const struct dyn_context *context;
    const struct dyn_query *query;
    const struct dyn_write *writes;
    size_t n_writes;
    /** Written result: a model (row of the last write), a scalar type, or nothing. */
    const struct dyn_model *result_model;
    const struct dyn_type *result_type;
    struct dynr_str extern_symbol;
    const struct dyn_model **extern_reads;
    size_t n_extern_reads;
    const struct dyn_model **extern_writes;
    size_t n_extern_writes;
};

struct dyn_router {
    const struct dyn_name *name;
    struct dynr_str doc;
    struct dyn_span span;
    const struct dyn_context *context;
    struct dyn_procedure **procedures;
    size_t n_procedures;
};

/* ---- program ----------------------------------------------------------------------------------------------- */

/** Everything of one root file and its imports, in declaration order (imported files first, depth first). */
struct dyn_program {
    /** Namespace, or the root file's base name made an identifier. */
    const struct dyn_name *name;
    int edition;
    struct dyn_table **tables;
    size_t n_tables;
    struct dyn_enum **enums;
    size_t n_enums;
    struct dyn_struct **structs;
    size_t n_structs;
    struct dyn_model **models;
    size_t n_models;
    struct dyn_context **contexts;
    size_t n_contexts;
    struct dyn_router **routers;
    size_t n_routers;
    struct dyn_policy **policies;
    size_t n_policies;
};

/** The number of scalar values that make up the key of `model`, its parents' included. */
size_t dyn_model_key_width(const struct dyn_model *model);

/** "string", "User?", "set<string(..40)>": how a type is written, for messages and docs. */
void dyn_type_write(const struct dyn_type *type, struct dynr_buf *out);
/** An expression as it could have been written. */
void dyn_expr_write(const struct dyn_expr *expr, struct dynr_buf *out);
/** Stable text for --dump=model. */
void dyn_program_dump(const struct dyn_program *program, struct dynr_buf *out);

#endif
