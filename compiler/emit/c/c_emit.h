/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared state of the C emitter. Each file here writes one kind of thing:
 *   c_names.c      names, and what is wrong with them: before anything is written
 *   c_types.c      C types, constant type tables
 *   c_structs.c    struct definitions, member tables, defaults
 *   c_model.c      a model: key, row, changes, its functions
 *   c_keys.c       key templates, entities, paths, tables
 *   c_access.c     one function per access path
 *   c_expr.c       expressions
 *   c_uses.c       what expressions are made of
 *   c_source.c     where the values of procedures come from, conditions
 *   c_shape.c      what queries return
 *   c_query.c      tables of query procedures
 *   c_include.c    what stands under their rows
 *   c_aggregate.c  count, sum, min, max
 *   c_policy.c     who may read and write
 *   c_write.c      tables of mutation procedures
 *   c_live.c       tables of live views
 *   c_procedure.c  inputs, outputs, functions, the procedure table
 */
#ifndef DYN_EMIT_C_C_EMIT_H
#define DYN_EMIT_C_C_EMIT_H

#include "base/map.h"
#include "emit/emit.h"
#include "emit/names.h"
#include "emit/out.h"

/** Two printf arguments for a "%.*s". `text` is evaluated twice: no call that writes something. */
#define DYN_ARG(text) (int)(text).len, (text).ptr

/** Texts that c_recent keeps. A model's names are asked for in bursts: few are enough, and stay in the processor's cache. */
#define C_RECENT_MAX 256

/** What was made of something lately, by its address. */
struct c_recent {
    const void *key;
    struct dynr_str text;
};

struct c_emit {
    const struct dyn_emit_input *input;
    const struct dyn_plan *plan;
    struct dynr_arena *arena;
    /** "todo". */
    struct dynr_str prefix;
    struct dynr_str prefix_capitals;
    struct dyn_out header;
    struct dyn_out source;
    /** What names and types became lately: "todo_todo_list", "todo_list" as a member, a C type, its table. */
    struct c_recent file_names[C_RECENT_MAX];
    struct c_recent member_names[C_RECENT_MAX];
    struct c_recent types[C_RECENT_MAX];
    struct c_recent type_tables[C_RECENT_MAX];
    /** C names in file scope -> struct dyn_span of what they are made of, to find collisions. */
    struct dynr_map symbols;
    /** Names of type tables, array structs and struct tables that are written already. */
    struct dynr_map written;
};

void c_emit_init(struct c_emit *e, const struct dyn_emit_input *input);
/** Frees what is not in the arena. */
void c_emit_cleanup(struct c_emit *e);

/* ---- names ---- */
/** Where the text made of `key` stands, or would. `key` must live as long as the table. */
static inline struct c_recent *c_recent_at(struct c_recent *table, const void *key)
{
    return &table[((uintptr_t)key >> 4) % C_RECENT_MAX];
}
/** "todo_todo_list". */
struct dynr_str c_model_name(struct c_emit *e, const struct dyn_model *model);
struct dynr_str c_name(struct c_emit *e, const struct dyn_name *name);
struct dynr_str c_member(struct c_emit *e, const struct dyn_name *name);
/** "TODO_PRIORITY_LOW". */
struct dynr_str c_enum_constant(struct c_emit *e, const struct dyn_enum *enumeration,
                                const struct dyn_enum_value *value);
/** True the first time that `key` is given. */
bool c_first_time(struct c_emit *e, struct dynr_str key);
/** A C string literal with its quotes. */
struct dynr_str c_string(struct c_emit *e, struct dynr_str text);

/* ---- types ---- */
/**
 * "struct dynr_str", "enum todo_priority", "struct todo_step_array"; defines array structs in the header as needed. Here and in
 * c_type_desc the type must live as long as `e`.
 */
struct dynr_str c_type(struct c_emit *e, const struct dyn_type *type);
/** "type_string_1_200": writes the table the first time. The optional mark plays no part. */
struct dynr_str c_type_desc(struct c_emit *e, const struct dyn_type *type);
/** Tables for includes: an array of, or a pointer to, the struct called `name`. */
struct dynr_str c_array_desc(struct c_emit *e, struct dynr_str name);
struct dynr_str c_row_desc(struct c_emit *e, struct dynr_str name);
/** Defines `struct <name>_array { struct <name> *items; size_t n_items; }` once; returns its name. */
struct dynr_str c_array_struct(struct c_emit *e, struct dynr_str element_type,
                               struct dynr_str name);
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
/** Writes the constant `name`: a set of fields of the model, bit by bit. */
void c_field_set_define(struct c_emit *e, struct dynr_str name, const struct dyn_model *model,
                        const bool *set);
/** Definition in the header. */
void c_struct_define(struct c_emit *e, struct dynr_str name, struct dynr_str doc,
                     struct dyn_field *const *fields, size_t n_fields);
/** Tables (and the defaults function) in the source. */
void c_struct_tables(struct c_emit *e, struct dynr_str name, struct dynr_str schema_name,
                     struct dyn_field *const *fields, size_t n_fields, enum c_struct_use use);
/**
 * Begins the member table of a struct in the source; rows follow; the end also writes the struct's own table. `n_claims` are in a
 * table `claims_<name>`.
 */
void c_member_table_open(struct c_emit *e, struct dynr_str name);
void c_member_table_close(struct c_emit *e, struct dynr_str name, struct dynr_str schema_name,
                          size_t n_members, bool has_defaults, size_t n_claims);
/** One row of the member table of the struct `owner`: the field's name in `.dyn`. `attribute` empty: not stored. */
void c_member_row(struct c_emit *e, struct dynr_str owner, struct dynr_str field,
                  struct dynr_str attribute, struct dynr_str member, const char *flags,
                  bool optional, struct dynr_str type_desc);

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
struct dynr_str c_condition(struct c_emit *e, const struct c_scope *scope,
                            const struct dyn_expr *expr);
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
              struct dynr_str target, struct dynr_str flag, const struct dyn_expr *expr,
              const char *arena);

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
/** The last of all: it has a digest of what was emitted before. */
void c_emit_procedure_table(struct c_emit *e);

/** "todo_todos_list". */
struct dynr_str c_procedure_name(struct c_emit *e, const struct dyn_procedure *procedure);
/** Whether the generated function has a `caller` parameter. */
bool c_takes_caller(const struct dyn_plan_procedure *plan);
/** Whether some part of the expression is of this kind: an argument, the caller. NULL: no. */
bool c_uses(const struct dyn_expr *expr, enum dyn_expr_kind kind);

/** A procedure while its body is written. */
struct c_body {
    const struct dyn_plan_procedure *plan;
    /** "todo_todos_list": what its tables and functions are called after. */
    struct dynr_str name;
    /** Names of the structs of input and caller; empty where there is none. */
    struct dynr_str input;
    struct dynr_str caller;
    /** Whose look-ups values may be made of, besides input and caller; NULL: none. */
    const struct dyn_plan_predicate *predicate;
    /** Functions that it has so far, which are numbered. */
    size_t n_functions;
};
/** How a value is used: what a write stores must fit, what a read compares may stop at the limits. */
enum c_value_use {
    C_VALUE_COMPARED,
    C_VALUE_STORED
};
/**
 * The initialiser of a struct dynr_value_source: `expr` as a value of `field`. What is no member of input or caller and no
 * constant becomes a function. `row`: the model whose row the expression may use, or NULL.
 */
struct dynr_str c_source(struct c_emit *e, struct c_body *body, const struct dyn_field *field,
                         const struct dyn_expr *expr, enum c_value_use use,
                         const struct dyn_model *row);
/** The same for an int64_t; `expr` NULL: nothing. */
struct dynr_str c_int64_source(struct c_emit *e, struct c_body *body, const struct dyn_expr *expr);
/** Rows of a struct dynr_assignment table: `field` gets `expr`, of which only its own part where that is a key of `model`. */
void c_assignment(struct c_emit *e, struct c_body *body, const struct dyn_model *model,
                  const struct dyn_field *field, const struct dyn_expr *expr, enum c_value_use use);
/**
 * A function that says whether all of `conditions` are as wanted; returns its name. `row` as in c_source.
 */
struct dynr_str c_condition_function(struct c_emit *e, struct c_body *body,
                                     const struct dyn_plan_guard *conditions, size_t n_conditions,
                                     const struct dyn_model *row);
/** Writes a filter's tables, called after `name`; returns "filter_<name>", or nothing where there is no filter. */
struct dynr_str c_filter(struct c_emit *e, struct c_body *body,
                         const struct dyn_plan_filter *filter, struct dynr_str name);

/** Writes the table query_<name> or mutation_<name>, and all that it refers to. */
void c_emit_query_body(struct c_emit *e, struct c_body *body);
void c_emit_mutation_body(struct c_emit *e, struct c_body *body);
/** Writes how a query is kept live, after its body; returns "view_<name>", or nothing where it cannot be watched. */
struct dynr_str c_emit_view(struct c_emit *e, struct c_body *body);

/** Defines the structs of a query's output; returns the row struct's name. */
struct dynr_str c_shape_define(struct c_emit *e, const struct dyn_plan_shape *shape,
                               struct dynr_str name, struct dynr_str doc);
/** The member that holds a stored field of a shape: shown under its own name, or hidden. */
struct dynr_str c_shape_member(struct c_emit *e, const struct dyn_plan_shape *shape,
                               const struct dyn_field *field);
/** The struct of a shape that is called `name` unless it is a whole row. */
struct dynr_str c_shape_name(struct c_emit *e, const struct dyn_plan_shape *shape,
                             struct dynr_str name);
/** The struct of what an include of the row struct `name` reads. */
struct dynr_str c_include_name(struct c_emit *e, const struct dyn_plan_include *include,
                               struct dynr_str name);

#endif
