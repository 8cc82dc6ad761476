/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The abstract syntax tree of a `.dyn` file. Every node has a span; lists are linked through `next` in source order.
 * Nodes live in the session's arena. The tree says what was written, not what it means: names are unresolved.
 */
#ifndef DYN_SYNTAX_AST_H
#define DYN_SYNTAX_AST_H

#include "base/names.h"
#include "diag/diag.h"

/** A name as written, with its place. `name` is NULL when the parser recovered without one. */
struct dyn_ast_name {
    const struct dyn_name *name;
    struct dyn_span span;
};

/* ---- expressions ------------------------------------------------------------------------------------------- */

enum dyn_ast_expr_kind {
    DYN_AST_NULL,
    DYN_AST_BOOL,
    /** Whole number; `text` as written. */
    DYN_AST_INT,
    /** Number with a point or exponent. */
    DYN_AST_NUMBER,
    /** `text` with escapes resolved. */
    DYN_AST_STRING,
    /** `name`: an argument, an enum literal, `caller`, or a `let`. */
    DYN_AST_NAME,
    /** `.name`: a field of the row; `left` NULL. */
    DYN_AST_ROW_FIELD,
    /** `left.name`. */
    DYN_AST_MEMBER,
    DYN_AST_NOT,
    DYN_AST_NEGATE,
    DYN_AST_AND,
    DYN_AST_OR,
    DYN_AST_EQUAL,
    DYN_AST_NOT_EQUAL,
    DYN_AST_LESS,
    DYN_AST_LESS_EQUAL,
    DYN_AST_GREATER,
    DYN_AST_GREATER_EQUAL,
    /** `left in [items]`, or `left in right` when `items` is NULL. */
    DYN_AST_IN,
    /** `left between items[0] and items[1]`. */
    DYN_AST_BETWEEN,
    DYN_AST_BEGINS_WITH,
    DYN_AST_CONTAINS,
    /** `left exists`. */
    DYN_AST_EXISTS,
    DYN_AST_ADD,
    DYN_AST_SUBTRACT,
    /** `name(items)` with optional labels: `Member(list: .id, user: caller.userId)`, `now()`. */
    DYN_AST_CALL,
    /** `[items]`. */
    DYN_AST_LIST,
    /** `{ name: value, ... }`: `items` with labels. */
    DYN_AST_OBJECT,
    /** Put where recovery left nothing; every check stays silent about it. */
    DYN_AST_ERROR,
};

struct dyn_ast_expr {
    enum dyn_ast_expr_kind kind;
    struct dyn_span span;
    struct dyn_ast_expr *next;
    struct dyn_ast_name name;
    /** Label of an argument or object member, or name NULL. */
    struct dyn_ast_name label;
    struct dynr_str text;
    bool boolean;
    /** Of the tree below, this node included; bounded, so that recursion over it is. */
    uint16_t height;
    struct dyn_ast_expr *left;
    struct dyn_ast_expr *right;
    struct dyn_ast_expr *items;
};

/* ---- types ------------------------------------------------------------------------------------------------- */

enum dyn_ast_type_kind {
    /** A scalar, enum, struct or model by name. */
    DYN_AST_TYPE_NAME,
    /** `set<T>`. */
    DYN_AST_TYPE_SET,
    /** `map<T>`: string keys. */
    DYN_AST_TYPE_MAP,
    /** `T[]`. */
    DYN_AST_TYPE_LIST,
    /** `ref M`. */
    DYN_AST_TYPE_REF,
    /** `id M`. */
    DYN_AST_TYPE_ID,
    DYN_AST_TYPE_ERROR,
};

struct dyn_ast_type {
    enum dyn_ast_type_kind kind;
    struct dyn_span span;
    struct dyn_ast_name name;
    struct dyn_ast_type *element;
    bool optional;
    /** Of the type, this node included; bounded. */
    uint16_t height;
    /** `string(1..200)`, `string(..40)`, `int(32)`, `int(1..200)`: bounds as written, NULL where absent. */
    struct dyn_ast_expr *low;
    struct dyn_ast_expr *high;
    /** `int(32)`, `int(64)`: the single number; else NULL. */
    struct dyn_ast_expr *width;
    /** `(max n)` of lists, sets and maps; NULL where absent. */
    struct dyn_ast_expr *max;
};

/* ---- declarations ------------------------------------------------------------------------------------------ */

/** `@name` or `@name(arguments)`: arguments are expressions, perhaps labelled. */
struct dyn_ast_attribute {
    struct dyn_ast_name name;
    struct dyn_span span;
    struct dyn_ast_expr *arguments;
    bool has_arguments;
    struct dyn_ast_attribute *next;
};

struct dyn_ast_field {
    struct dyn_ast_name name;
    struct dyn_span span;
    /** Text of the `///` lines above, joined by newlines, or empty. */
    struct dynr_str doc;
    struct dyn_ast_type *type;
    /** `= expression`, or NULL. */
    struct dyn_ast_expr *default_value;
    struct dyn_ast_attribute *attributes;
    /** `via Model.field`; names NULL where absent. */
    struct dyn_ast_name via_model;
    struct dyn_ast_name via_field;
    /** `through Link`. */
    struct dyn_ast_name through;
    struct dyn_ast_field *next;
};

struct dyn_ast_enum_value {
    struct dyn_ast_name name;
    struct dyn_span span;
    struct dynr_str doc;
    /** Tag, or NULL where none is written. */
    struct dyn_ast_expr *tag;
    struct dyn_ast_enum_value *next;
};

/** `use timestamps, ttl(expiresAt)`. */
struct dyn_ast_trait {
    struct dyn_ast_name name;
    struct dyn_span span;
    struct dyn_ast_expr *arguments;
    struct dyn_ast_trait *next;
};

/**
 * Written-out key or index:
 *   key pk "ORG#{org}" sk "USER#{id}"
 *   index byAlias pk "{scope}#{model}#{alias}" sort sequence
 *   index byTask "gsi_by_task_id" pk taskListId
 * A template is a string, or a bare field name for a native attribute.
 */
struct dyn_ast_template {
    struct dyn_span span;
    bool is_field;
    struct dyn_ast_name field;
    struct dynr_str text;
};

struct dyn_ast_key {
    struct dyn_span span;
    bool is_index;
    struct dyn_ast_name name;
    /** Name of the index in DynamoDB when it differs, or empty. */
    struct dynr_str physical_name;
    struct dyn_span physical_span;
    struct dyn_ast_template partition;
    bool has_sort;
    struct dyn_ast_template sort;
    struct dyn_ast_key *next;
};

/**
 * One setting of a table: a word and its values.
 *   name "prod-todo-table"      targets embedded, dynamodb     keys packed        gsi max 3
 *   pk "id"   sk "sk"   type "_et"   delimiter "|"   billing onDemand   billing provisioned(read: 5, write: 5)
 *   stream on   ttl "expiresAt"   recovery on   protection on
 */
struct dyn_ast_setting {
    struct dyn_ast_name name;
    struct dyn_span span;
    struct dyn_ast_expr *values;
    struct dyn_ast_setting *next;
};

/** `read`, `read(id, name)`. */
struct dyn_ast_verb {
    struct dyn_ast_name name;
    struct dyn_span span;
    /** Names, as DYN_AST_NAME expressions; NULL: all fields. */
    struct dyn_ast_expr *fields;
    struct dyn_ast_verb *next;
};

enum dyn_ast_rule_kind {
    /** `let member = Member(list: .id, user: caller.userId)`. */
    DYN_AST_LET,
    /** `allow read, write if .owner == caller.userId`. */
    DYN_AST_ALLOW,
};

struct dyn_ast_rule {
    enum dyn_ast_rule_kind kind;
    struct dyn_span span;
    /** LET. */
    struct dyn_ast_name name;
    struct dyn_ast_verb *verbs;
    /** LET: the call; ALLOW: the condition, or NULL. */
    struct dyn_ast_expr *expr;
    struct dyn_ast_rule *next;
};

enum dyn_ast_decl_kind {
    DYN_AST_TABLE,
    DYN_AST_ENUM,
    DYN_AST_STRUCT,
    DYN_AST_MODEL,
    DYN_AST_CONTEXT,
    DYN_AST_ROUTER,
    /** `public Model, Model` or `public` alone: no policy, in writing. */
    DYN_AST_PUBLIC,
    DYN_AST_LINK,
    /** `name` is the model's. */
    DYN_AST_POLICY,
    /** Parsed so that the message can be exact; not supported yet. `name` is what it declares. */
    DYN_AST_TOPIC,
    DYN_AST_MATERIALIZE,
    DYN_AST_TRAIT_DECL,
    DYN_AST_DECL_ERROR,
};

struct dyn_ast_procedure;

struct dyn_ast_decl {
    enum dyn_ast_decl_kind kind;
    /** A syntax error inside was reported: parts may be missing, so checks for what is missing stay silent. */
    bool has_errors;
    struct dyn_span span;
    /** The keyword and the name, for messages. */
    struct dyn_span head;
    struct dyn_ast_name name;
    struct dynr_str doc;
    struct dyn_ast_decl *next;
    /** STRUCT, MODEL, CONTEXT, LINK. */
    struct dyn_ast_field *fields;
    /** LINK: `between list: TodoList, user: User`, as fields whose types are the models. */
    struct dyn_ast_field *ends;
    /** ENUM. */
    struct dyn_ast_enum_value *values;
    /** MODEL: `in parent: Parent`. `parent_field` NULL for a root. */
    struct dyn_ast_name parent_field;
    struct dyn_ast_name parent_model;
    bool single;
    struct dyn_ast_trait *traits;
    struct dyn_ast_key *keys;
    /** MODEL `@tag("X")`, `@was(old)`, `@table(App)`; ENUM and STRUCT `@was`. */
    struct dyn_ast_attribute *attributes;
    /** TABLE. */
    struct dyn_ast_setting *settings;
    /** PUBLIC: the names; NULL for all. */
    struct dyn_ast_expr *names;
    /** ROUTER: `router todos(caller: Caller)`. */
    struct dyn_ast_name context_name;
    struct dyn_ast_name context_type;
    struct dyn_ast_procedure *procedures;
    /** POLICY. */
    struct dyn_ast_rule *rules;
};

/* ---- procedures -------------------------------------------------------------------------------------------- */

struct dyn_ast_argument {
    struct dyn_ast_name name;
    struct dyn_span span;
    struct dynr_str doc;
    struct dyn_ast_type *type;
    struct dyn_ast_expr *default_value;
    struct dyn_ast_argument *next;
};

/** `name`, `name { a, b }`, or `name as alias`. */
struct dyn_ast_selection {
    struct dyn_ast_name name;
    struct dyn_ast_name alias;
    struct dyn_span span;
    struct dyn_ast_selection *children;
    struct dyn_ast_selection *next;
};

/** `include todos { where not .done order .id desc take 100 select id, text }`. */
struct dyn_ast_include {
    struct dyn_ast_name name;
    struct dyn_ast_name alias;
    struct dyn_span span;
    struct dyn_ast_expr *where;
    struct dyn_ast_expr *order;
    bool order_descending;
    struct dyn_ast_expr *take;
    struct dyn_ast_selection *select;
    struct dyn_ast_include *next;
};

/** `set field = expression`; also `add`, `remove`. Target may be `steps[0].done`: kept as an expression. */
struct dyn_ast_assignment {
    struct dyn_ast_name name;
    struct dyn_span span;
    /** NULL for the short form `create Todo { list, text }`: the argument of the same name. */
    struct dyn_ast_expr *value;
    struct dyn_ast_assignment *next;
};

enum dyn_ast_statement_kind {
    DYN_AST_GET,
    DYN_AST_FROM,
    DYN_AST_CREATE,
    DYN_AST_UPDATE,
    DYN_AST_DELETE,
    DYN_AST_TRANSACTION,
    /** `count`, `sum`, `min`, `max`. */
    DYN_AST_AGGREGATE,
};

struct dyn_ast_statement {
    enum dyn_ast_statement_kind kind;
    struct dyn_span span;
    struct dyn_ast_name model;
    struct dyn_span keyword;
    /** GET, UPDATE, DELETE: `Model(a, b)`: the values in parentheses, linked, perhaps labelled; NULL for none. */
    struct dyn_ast_expr *key;
    /** FROM `in expr`. */
    struct dyn_ast_expr *in;
    /** FROM `by index` and, where written, `== expr`. */
    struct dyn_ast_name by;
    struct dyn_ast_expr *by_value;
    /** Written as `from scan Model`: not supported yet in this edition's first part. */
    bool scan;
    struct dyn_ast_expr *where;
    struct dyn_ast_expr *order;
    bool order_descending;
    struct dyn_ast_expr *take;
    struct dyn_ast_selection *select;
    struct dyn_ast_include *includes;
    /** CREATE body, UPDATE `set`. */
    struct dyn_ast_assignment *assignments;
    struct dyn_ast_expr *expecting;
    /** UPDATE, DELETE: `if condition`. */
    struct dyn_ast_expr *condition;
    /** TRANSACTION. */
    struct dyn_ast_statement *statements;
    /** AGGREGATE: the word (`count`), what it is over (NULL: nothing is written; also in `model` where that is a plain name),
     *  and `as name`. */
    struct dyn_ast_name aggregate;
    struct dyn_ast_expr *operand;
    struct dyn_ast_name alias;
    struct dyn_ast_statement *next;
};

struct dyn_ast_procedure {
    struct dyn_ast_name name;
    struct dyn_span span;
    struct dyn_span head;
    struct dynr_str doc;
    /** A syntax error inside was reported: clauses may be missing, so checks for what is missing stay silent. */
    bool has_errors;
    bool is_mutation;
    bool once;
    struct dyn_ast_argument *arguments;
    /** `-> Todo`, `-> int`; NULL where absent. */
    struct dyn_ast_type *result;
    struct dyn_ast_statement *statements;
    /** `= extern "symbol" [reads A, B] [writes C]`. */
    bool is_extern;
    struct dynr_str extern_symbol;
    struct dyn_span extern_span;
    struct dyn_ast_expr *reads;
    struct dyn_ast_expr *writes;
    struct dyn_ast_procedure *next;
};

/* ---- files ------------------------------------------------------------------------------------------------- */

struct dyn_ast_import {
    struct dyn_span span;
    struct dynr_str path;
    struct dyn_span path_span;
    /** Names, as DYN_AST_NAME expressions. */
    struct dyn_ast_expr *names;
    struct dyn_ast_import *next;
};

struct dyn_ast_file {
    uint32_t source;
    /** 1; 0 where it is missing (reported). */
    int edition;
    struct dyn_span edition_span;
    struct dyn_ast_name namespace_name;
    struct dyn_ast_import *imports;
    struct dyn_ast_decl *decls;
};

/** Stable, indented text of the tree with spans, for --dump=ast and golden tests. */
void dyn_ast_dump(const struct dyn_ast_file *file, struct dynr_buf *out);

#endif
