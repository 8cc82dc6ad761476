/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared state of the C emitter. Each file here writes one kind of thing:
 *   c_types.c      C types, constant type tables
 *   c_structs.c    struct definitions, member tables, defaults
 *   c_model.c      a model: key, row, changes, its functions
 *   c_keys.c       key templates, entities, paths, tables
 *   c_access.c     one function per access path
 *   c_expr.c       expressions
 *   c_query.c      query procedures
 *   c_include.c    rows under included rows
 *   c_policy.c     predicates of policies, checks of writes
 *   c_aggregate.c  count, sum, min, max
 *   c_write.c      mutation procedures
 *   c_uses.c       which parameters a body needs
 *   c_procedure.c  inputs, outputs, the procedure table
 */
#ifndef DYN_EMIT_C_C_EMIT_H
#define DYN_EMIT_C_C_EMIT_H

#include "base/map.h"
#include "emit/emit.h"
#include "emit/names.h"
#include "emit/out.h"

/** Two printf arguments for a "%.*s". */
#define DYN_ARG(text) (int)(text).len, (text).ptr

struct c_emit {
    const struct dyn_emit_input *input;
    const struct dyn_plan *plan;
    struct dynr_arena *arena;
    /** "todo". */
    struct dynr_str prefix;
    struct dynr_str prefix_capitals;
    struct dyn_out header;
    struct dyn_out source;
    /** C names in file scope -> struct c_symbol, to find collisions. */
    struct dynr_map symbols;
    /** Names of type tables, array structs and struct tables that are written already. */
    struct dynr_map written;
};

/* ---- names ---- */
/** "todo_todo_list". */
struct dynr_str c_model_name(struct c_emit *e, const struct dyn_model *model);
struct dynr_str c_name(struct c_emit *e, const struct dyn_name *name);
struct dynr_str c_member(struct c_emit *e, const struct dyn_name *name);
/** "TODO_PRIORITY_LOW". */
struct dynr_str c_enum_constant(struct c_emit *e, const struct dyn_enum *enumeration,
                                const struct dyn_enum_value *value);
/** Claims a C name of file scope; DYN1672 when something else has it already. */
void c_claim(struct c_emit *e, struct dynr_str name, struct dyn_span span);
/** Claims `<name>_<suffix>` for each suffix: the functions and structs that come with a model, enum or struct. */
void c_claim_functions(struct c_emit *e, struct dynr_str name, struct dyn_span span, const char *const *suffixes,
                       size_t n_suffixes);
extern const char *const c_struct_functions[];
extern const size_t c_n_struct_functions;
/** True the first time that `key` is given. */
bool c_first_time(struct c_emit *e, struct dynr_str key);
/** A C string literal with its quotes. */
struct dynr_str c_string(struct c_emit *e, struct dynr_str text);

/* ---- types ---- */
/** "struct dynr_str", "enum todo_priority", "struct todo_step_array"; defines array structs in the header as needed. */
struct dynr_str c_type(struct c_emit *e, const struct dyn_type *type);
/** "type_string_1_200": writes the table the first time. The optional mark plays no part. */
struct dynr_str c_type_desc(struct c_emit *e, const struct dyn_type *type);
/** Tables for includes: an array of, or a pointer to, the struct called `name`. */
struct dynr_str c_array_desc(struct c_emit *e, struct dynr_str name);
struct dynr_str c_row_desc(struct c_emit *e, struct dynr_str name);
/** Defines `struct <name>_array { struct <name> *items; size_t n_items; }` once; returns its name. */
struct dynr_str c_array_struct(struct c_emit *e, struct dynr_str element_type, struct dynr_str name);
/** Whether the type goes as a JSON number although it has 64 bits. */
bool c_is_json_number(const struct dyn_type *type);

/* ---- structs ---- */
enum c_struct_use {
    /** Stored: members have attributes. */
    C_STRUCT_STORED,
    /** Plain JSON only. */
    C_STRUCT_INPUT,
};
void c_struct_members(struct c_emit *e, struct dyn_field *const *fields, size_t n_fields);
/** Definition in the header. */
void c_struct_define(struct c_emit *e, struct dynr_str name, struct dynr_str doc, struct dyn_field *const *fields,
                     size_t n_fields);
/** Tables (and the defaults function) in the source. */
void c_struct_tables(struct c_emit *e, struct dynr_str name, struct dynr_str schema_name,
                     struct dyn_field *const *fields, size_t n_fields, enum c_struct_use use);
/** Begins the member table of a struct in the source; rows follow; the end also writes the struct's own table. */
void c_member_table_open(struct c_emit *e, struct dynr_str name);
void c_member_table_close(struct c_emit *e, struct dynr_str name, struct dynr_str schema_name, size_t n_members,
                          bool has_defaults);
/** One row of a member table. `attribute` empty: not stored. */
void c_member_row(struct c_emit *e, struct dynr_str struct_name, struct dynr_str name, struct dynr_str attribute,
                  struct dynr_str member, const char *flags, bool optional, struct dynr_str type_desc);

/* ---- expressions ---- */
/** Where the parts of an expression come from in C. */
struct c_scope {
    /** "input->", "caller->", "row.": prefixes of member names; NULL where there is none. */
    const char *input;
    const char *caller;
    const char *row;
    /** The result is stored: integer arithmetic must not pass its limits silently. */
    bool is_stored;
    /** Whose look-ups stand in the locals `other_0`, `other_1` ...: pointers to rows, or NULL. NULL where there are none. */
    const struct dyn_plan_predicate *predicate;
    /** What `row` looks like where it is no whole row; NULL: members are called as the fields are. */
    const struct dyn_plan_shape *row_shape;
};
struct c_value {
    struct dynr_str text;
    /** Condition under which it is there; empty: always. */
    struct dynr_str present;
    /** `&text` is valid C. */
    bool is_lvalue;
};
struct c_value c_expr(struct c_emit *e, const struct c_scope *scope, const struct dyn_expr *expr);
/** A C condition; total: false where something is missing. */
struct dynr_str c_condition(struct c_emit *e, const struct c_scope *scope, const struct dyn_expr *expr);
/**
 * `value` of type `from` as a value of type `to`: a reference whose model has one key value and that value stand for each other.
 */
/** The type under which the value of `expr` is stored in C: sema may have retyped it as what the place expects. */
const struct dyn_type *c_stored_type(const struct dyn_expr *expr);
struct c_value c_coerce(struct c_emit *e, struct c_value value, const struct dyn_type *from,
                        const struct dyn_type *to);
/** "&input->x" or the address of a compound literal. */
struct dynr_str c_address(struct c_emit *e, struct c_value value, const struct dyn_type *type);
/**
 * Statements that store `expr` in the member `target` ("out->due"; its flag is `flag`, "out->has_due") of `field`. `arena`
 * (a C expression) or NULL where lists with elements cannot be made.
 */
void c_assign(struct c_emit *e, const struct c_scope *scope, const struct dyn_field *field,
              struct dynr_str target, struct dynr_str flag, const struct dyn_expr *expr, const char *arena);

/* ---- parts of the output ---- */
void c_emit_enums(struct c_emit *e);
/** Before structs and contexts, which may hold references. */
void c_emit_key_structs(struct c_emit *e);
void c_emit_structs(struct c_emit *e);
void c_emit_models(struct c_emit *e);
void c_emit_tables(struct c_emit *e);
/** Entities, and the paths that something referred to: last, when all references are known. */
void c_emit_entities(struct c_emit *e);
/** "path_todo_user_by_email", and notes that it is needed. */
struct dynr_str c_path_symbol(struct c_emit *e, const struct dyn_plan_path *path);
void c_emit_access(struct c_emit *e, const struct dyn_plan_entity *entity);
void c_emit_procedures(struct c_emit *e);

/** "todo_todos_list". */
struct dynr_str c_procedure_name(struct c_emit *e, const struct dyn_procedure *procedure);
/** The scope in which a procedure's body evaluates. */
struct c_scope c_procedure_scope(void);
/** Whether the generated function has a `caller` parameter. */
bool c_takes_caller(const struct dyn_plan_procedure *plan);
/** Whether some expression of the body has a node of this kind: an argument, the caller. */
bool c_body_uses(const struct dyn_plan_procedure *plan, enum dyn_expr_kind kind);
void c_emit_query_body(struct c_emit *e, const struct dyn_plan_procedure *plan);
void c_emit_write_body(struct c_emit *e, const struct dyn_plan_procedure *plan);
/** Defines the structs of a query's output; returns the row struct's name. */
struct dynr_str c_shape_define(struct c_emit *e, const struct dyn_plan_shape *shape, struct dynr_str name,
                               struct dynr_str doc);
/** The member that holds a stored field of a shape: shown under its own name, or hidden. */
struct dynr_str c_shape_member(struct c_emit *e, const struct dyn_plan_shape *shape, const struct dyn_field *field);
/** The struct of an include's rows, below a row of the struct `name`. */
struct dynr_str c_include_name(struct c_emit *e, const struct dyn_plan_include *include, struct dynr_str name);
/** Statements that bind and set up `query_child` (with `probe_child`) for rows found by `relation` under `root`. */
void c_bind_below(struct c_emit *e, const struct c_scope *scope, const struct dyn_plan_shape *shape,
                  const struct dyn_relation *relation, const struct dyn_plan_variant *variant);
/** Statements that read the row that each row of `rows` refers to, those that a policy allows. */
void c_emit_limited_reference(struct c_emit *e, const struct dyn_plan_procedure *plan, struct dynr_str root,
                              struct dynr_str root_path, const struct dyn_plan_include *include);
/** Statements that read what rows of `outer`, structs `child` under rows of `root`, include in turn. */
void c_emit_includes_below(struct c_emit *e, const struct dyn_plan_procedure *plan, struct dynr_str root,
                           struct dynr_str root_path, const struct dyn_plan_include *outer, struct dynr_str child);
/** Statements that fill `filter_lvalue` ("query.filter") from a plan's filter; declares names, values and v0, v1 ... before. */
void c_filter(struct c_emit *e, const struct c_scope *scope, const struct dyn_plan_filter *filter,
              const char *filter_lvalue);

#endif
