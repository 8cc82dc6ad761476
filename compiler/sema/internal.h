/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of sema share: the session's state, symbols, and the working form of each declaration.
 *
 * Passes, in order: load (files, imports), declare (symbols), tables, enums, types (structs, contexts), models (fields, then
 * keys, then what needs keys), procedures, and the checks of the whole program. A later pass only reads what an earlier
 * one finished. Working structs start with the model's own struct, so that a pointer to one is a pointer to the other.
 *
 * Poison: after an error a symbol, member, type or expression is marked, and whoever meets the mark stays silent.
 */
#ifndef DYN_SEMA_INTERNAL_H
#define DYN_SEMA_INTERNAL_H

#include "base/map.h"
#include "sema/sema.h"
#include "syntax/parser.h"

/** For printf's "%.*s". */
#define DYN_STR_ARG(str)   (int)(str).len, ((str).len == 0 ? "" : (str).ptr)
#define DYN_NAME_ARG(name) DYN_STR_ARG((name)->text)

/** Deepest expression: chains of operators count, since every later stage walks them recursively. */
#define DYN_EXPR_DEPTH_MAX 300
/** DynamoDB's own limit for nested attributes. */
#define DYN_TYPE_DEPTH_MAX 32
/** Most values that a key is made of, and deepest chain of parents. */
#define DYN_KEY_WIDTH_MAX 64

struct dyn_sema;
struct dyn_sema_file;
struct dyn_sema_model;

/** A growing array of pointers in the session's arena. */
struct dyn_pointers {
    void **items;
    size_t n_items;
    size_t cap_items;
};

/* ---- symbols ------------------------------------------------------------------------------------------------- */

enum dyn_symbol_kind {
    DYN_SYMBOL_ENUM,
    DYN_SYMBOL_STRUCT,
    DYN_SYMBOL_MODEL,
    DYN_SYMBOL_CONTEXT,
    DYN_SYMBOL_TABLE,
    /** Declared, but by something that is not supported yet or was refused. */
    DYN_SYMBOL_POISON,
};

/** One bit per kind, for lookups that accept several. */
#define DYN_SYMBOL_BIT(kind) (1u << (unsigned)(kind))

struct dyn_symbol {
    enum dyn_symbol_kind kind;
    const struct dyn_name *name;
    struct dyn_span span;
    const struct dyn_ast_decl *decl;
    struct dyn_sema_file *file;
    /** The struct that belongs to `kind`: dyn_sema_enum, dyn_sema_struct, ... */
    void *object;
};

struct dyn_sema_enum {
    struct dyn_enum enumeration;
    /** dyn_enum_value by name. */
    struct dynr_map values;
    const struct dyn_ast_decl *decl;
    /** Parts are missing because of an error: unknown values are not reported. */
    bool poisoned;
};

struct dyn_sema_struct {
    struct dyn_struct structure;
    /** dyn_field by name; a poisoned one has type ERROR. */
    struct dynr_map fields;
    const struct dyn_ast_decl *decl;
    struct dyn_sema_file *file;
    const struct dyn_ast_field **ast_fields;
    bool defaults_done;
    enum {
        DYN_NESTING_NEW,
        DYN_NESTING_OPEN,
        DYN_NESTING_DONE
    } nesting;
    unsigned depth;
};

struct dyn_sema_context {
    struct dyn_context context;
    struct dynr_map fields;
    const struct dyn_ast_decl *decl;
    struct dyn_sema_file *file;
    /** One per field: some expression reads it. */
    bool *used;
    /** A router takes it. */
    bool taken;
    /** An extern procedure receives it whole. */
    bool opaque;
};

struct dyn_sema_table {
    struct dyn_table table;
    const struct dyn_ast_decl *decl;
};

enum dyn_model_member_kind {
    DYN_MODEL_FIELD,
    DYN_MODEL_RELATION,
    DYN_MODEL_POISON,
};

struct dyn_model_member {
    enum dyn_model_member_kind kind;
    const struct dyn_name *name;
    struct dyn_span span;
    struct dyn_field *field;
    struct dyn_relation *relation;
    /** NULL for parent and trait fields. */
    const struct dyn_ast_field *ast;
};

/** What a name behind `by` means; all NULL: refused. */
struct dyn_model_access {
    struct dyn_span span;
    const struct dyn_index *index;
    const struct dyn_unique *unique;
    const struct dyn_written_key *written;
};

struct dyn_sema_model {
    struct dyn_model model;
    const struct dyn_ast_decl *decl;
    struct dyn_sema_file *file;
    /** dyn_model_member by name. */
    struct dynr_map members;
    /** dyn_model_access by name. */
    struct dynr_map accesses;
    struct dyn_pointers relations;
    struct dyn_pointers indexes;
    struct dyn_pointers uniques;
    struct dyn_pointers written_indexes;
    struct dyn_pointers children;
    struct dyn_sema_model *parent;
    /** `@table(T)`, or NULL. */
    const struct dyn_ast_attribute *table_attribute;
    enum {
        DYN_KEY_NEW,
        DYN_KEY_OPEN,
        DYN_KEY_DONE
    } key_state;
    /** Key fields are missing, refused or in a cycle: nothing about keys is reported. */
    bool key_poisoned;
    /** A trait or relation is missing because it was refused. */
    bool poisoned;
    size_t key_width;
};

struct dyn_sema_argument {
    struct dyn_field field;
    const struct dyn_ast_argument *ast;
    bool used;
};

struct dyn_sema_policy {
    struct dyn_policy policy;
    struct dyn_sema_file *file;
    const struct dyn_ast_decl *decl;
    /** dyn_lookup by name; `model` NULL where it was refused. */
    struct dynr_map lets;
    /** Verbs that some `allow` names, to such a dyn_allow. */
    struct dynr_map verbs;
    /** A syntax error inside: rules may be missing. */
    bool has_errors;
};

/** A procedure while it is checked. */
struct dyn_sema_procedure {
    struct dyn_procedure procedure;
    const struct dyn_ast_procedure *ast;
    struct dyn_sema_file *file;
    /** dyn_sema_argument by name. */
    struct dynr_map arguments;
    struct dyn_sema_context *context;
    /** What the router calls its caller, or NULL. */
    const struct dyn_name *caller;
    /** The router's context could not be resolved: `caller` is silent. */
    bool context_poisoned;
    /** Some part was refused: what is unused is not reported. */
    bool poisoned;
};

/* ---- the session --------------------------------------------------------------------------------------------- */

struct dyn_sema_file {
    struct dyn_ast_file *ast;
    uint32_t source;
    /** dyn_symbol by name: declared here, and visible here (those and the imported ones). */
    struct dynr_map declared;
    struct dynr_map visible;
    enum {
        DYN_FILE_NEW,
        DYN_FILE_OPEN,
        DYN_FILE_DONE
    } state;
    /** Where the import being followed stands, for the message about cycles. */
    struct dyn_span import_span;
    /** One per import, in order; NULL where it could not be read. */
    struct dyn_sema_file **imports;
};

struct dyn_sema {
    struct dynr_arena *arena;
    struct dynr_allocator allocator;
    struct dyn_names *names;
    struct dyn_diags *diags;
    const struct dyn_sema_input *input;
    struct dyn_program *program;
    /** Imported files first, the root last. */
    struct dyn_pointers files;
    /** By source index; NULL: not met yet. */
    struct dyn_pointers by_source;
    /** Files being loaded, outermost first. */
    struct dyn_pointers loading;
    /** All symbols of the program, by name. */
    struct dynr_map symbols;
    struct dyn_pointers enums;
    struct dyn_pointers structs;
    struct dyn_pointers models;
    struct dyn_pointers contexts;
    struct dyn_pointers tables;
    struct dyn_pointers routers;
    struct dyn_pointers policies;
    struct dynr_map router_names;
    struct dynr_map trait_names;
    /** The trees have holes: what is missing may have been in them, so unknown names are not reported. */
    bool has_holes;
    bool has_policies;
    /** One of a model that could not be found. */
    bool has_lost_policy;
    /** Required, unbounded scalars, by kind: most fields share one. NULL until needed. */
    const struct dyn_type *plain_types[DYN_TYPE_NULL + 1];
    const struct dyn_type *error_type;
    const struct dyn_type *bool_type;
    const struct dyn_type *int_type;
};

/* ---- sema.c: memory, names, reports ---------------------------------------------------------------------------- */

void *dyn_sema_alloc(struct dyn_sema *sema, size_t count, size_t size);
void dyn_sema_map_init(struct dyn_sema *sema, struct dynr_map *map);
void dyn_sema_push(struct dyn_sema *sema, struct dyn_pointers *pointers, void *item);
const struct dyn_name *dyn_sema_name(struct dyn_sema *sema, const char *text);
/** Text in the arena that `write` made. */
struct dynr_str dyn_sema_type_text(struct dyn_sema *sema, const struct dyn_type *type);

/** "did you mean" from static words (NULL: none; else ends with NULL) and from the keys of `map` (NULL: none) whose
 *  value `accepts` (NULL: all). Does no work once the error limit hides it. */
typedef bool (*dyn_accepts_fn)(const void *value, unsigned kinds);
void dyn_sema_suggest(struct dyn_sema *sema, struct dyn_diag *diag, struct dynr_str written,
                      const char *const *words, const struct dynr_map *map, dyn_accepts_fn accepts,
                      unsigned kinds);

void dyn_sema_not_supported(struct dyn_sema *sema, struct dyn_span span, const char *what);
void dyn_sema_not_supported_name(struct dyn_sema *sema, struct dyn_span span, const char *before,
                                 struct dynr_str name);
/** `name` was declared before at `first`. */
void dyn_sema_duplicate(struct dyn_sema *sema, struct dyn_ast_name name, struct dyn_span first,
                        const char *what);
/** Reports a name that generated code could not have; false when the parser left none. */
bool dyn_sema_check_name(struct dyn_sema *sema, struct dyn_ast_name name);
bool dyn_is_word(struct dynr_str text, const char *const *words);
/** The words (NULL-terminated) as "`a`, `b` and `c`". */
struct dynr_str dyn_sema_word_list(struct dyn_sema *sema, const char *const *words);

/* ---- load.c, declare.c, scope.c ------------------------------------------------------------------------------- */

void dyn_sema_load(struct dyn_sema *sema);
void dyn_sema_declare(struct dyn_sema *sema);
/** A visible symbol of one of `kinds`, or NULL: reported, or poisoned. `what` is "type", "model", ... */
struct dyn_symbol *dyn_sema_find(struct dyn_sema *sema, struct dyn_sema_file *file,
                                 struct dyn_ast_name name, unsigned kinds, const char *what);
struct dyn_sema_model *dyn_sema_find_model(struct dyn_sema *sema, struct dyn_sema_file *file,
                                           struct dyn_ast_name name);
bool dyn_symbol_accepts(const void *symbol, unsigned kinds);

/* ---- types.c, type_kinds.c ---------------------------------------------------------------------------------------------------- */

enum dyn_type_place {
    DYN_PLACE_STRUCT,
    DYN_PLACE_MODEL,
    DYN_PLACE_CONTEXT,
    DYN_PLACE_ARGUMENT,
    DYN_PLACE_RESULT
};

/** Never NULL: poison after an error. */
const struct dyn_type *dyn_sema_type(struct dyn_sema *sema, struct dyn_sema_file *file,
                                     const struct dyn_ast_type *ast, enum dyn_type_place place);
/** The shared type without `?` and bounds. */
const struct dyn_type *dyn_sema_plain_type(struct dyn_sema *sema, enum dyn_type_kind kind);
struct dyn_type *dyn_sema_new_type(struct dyn_sema *sema, enum dyn_type_kind kind);
const struct dyn_type *dyn_sema_ref_type(struct dyn_sema *sema, const struct dyn_model *model);
/** `type` with this optionality; itself where it has it already. */
const struct dyn_type *dyn_sema_optional(struct dyn_sema *sema, const struct dyn_type *type,
                                         bool optional);
/** A constant whole number. False: reported (DYN1523 unless poisoned). */
bool dyn_sema_constant_int(struct dyn_sema *sema, const struct dyn_ast_expr *expr, int64_t *out);
extern const char *const dyn_scalar_names[];

/* What a kind of type can do. */
bool dyn_type_is_text(const struct dyn_type *type);
bool dyn_type_is_number(const struct dyn_type *type);
bool dyn_type_is_ordered(const struct dyn_type *type);
bool dyn_type_is_comparable(const struct dyn_type *type);
bool dyn_type_is_container(const struct dyn_type *type);
/** NULL when values of `type` can be part of a key, else what is wrong with it. Presence is not looked at. */
const char *dyn_type_key_fault(const struct dyn_type *type);
/** What to do about it, or NULL where nothing simple helps. */
const char *dyn_type_key_remedy(const struct dyn_type *type);
/** Adds why `type` cannot be in a key, and the remedy. */
void dyn_sema_explain_key_fault(struct dyn_sema *sema, struct dyn_diag *diag, const char *fault,
                                const struct dyn_type *type);
/** The key text of every value has the same length. */
bool dyn_type_is_fixed_length(const struct dyn_type *type);
/** The scalar that alone is the key of `model`, or NULL. */
const struct dyn_type *dyn_model_single_key(const struct dyn_model *model);

/* ---- assign.c: which values fit where ---------------------------------------------------------------------------- */

/** Same type, presence and bounds aside. */
bool dyn_types_match(const struct dyn_type *a, const struct dyn_type *b);
/** Reports (once) when `value` cannot be stored as `target`; false then. `what` names the target: "`title`". */
bool dyn_sema_check_assignable(struct dyn_sema *sema, const struct dyn_expr *value,
                               const struct dyn_type *target, struct dynr_str what);

/* ---- literals.c --------------------------------------------------------------------------------------------------- */

/** A literal under an expected type (NULL: none). `negative` for `-1`. */
struct dyn_expr *dyn_sema_number(struct dyn_sema *sema, const struct dyn_ast_expr *ast,
                                 bool negative, const struct dyn_type *expected);
struct dyn_expr *dyn_sema_string(struct dyn_sema *sema, const struct dyn_ast_expr *ast,
                                 const struct dyn_type *expected);

/* ---- exprs.c, operators.c, names.c ---------------------------------------------------------------------------------- */

/** Where an expression stands and what it may read. */
struct dyn_expr_scope {
    struct dyn_sema *sema;
    struct dyn_sema_file *file;
    /** Arguments and caller; NULL: none. */
    struct dyn_sema_procedure *procedure;
    /** `.field`; NULL: there is no row. */
    const struct dyn_sema_model *row;
    /** Why there is no row, for the message. */
    const char *no_row;
    bool allows_now;
    /** `let` and delegation; NULL outside of policies. */
    const struct dyn_sema_policy *policy;
    /** A default value: literals only. */
    bool constant;
    unsigned depth;
};

/** Never NULL; DYN_EXPR_ERROR after an error. */
struct dyn_expr *dyn_sema_expr(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast,
                               const struct dyn_type *expected);
/** An expression of type bool. */
struct dyn_expr *dyn_sema_condition(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast);
/** An expression that can be stored as `target`. */
struct dyn_expr *dyn_sema_value(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast,
                                const struct dyn_type *target, struct dynr_str what);
struct dyn_expr *dyn_sema_new_expr(struct dyn_sema *sema, enum dyn_expr_kind kind,
                                   struct dyn_span span, const struct dyn_type *type);
struct dyn_expr *dyn_sema_error_expr(struct dyn_sema *sema, struct dyn_span span);
static inline bool dyn_expr_is_error(const struct dyn_expr *expr)
{
    return expr->kind == DYN_EXPR_ERROR || expr->type->kind == DYN_TYPE_ERROR;
}
/** `expr` itself or a retyped copy, so that it can stand beside `other` (EPOCH and REF: see model.h). */
struct dyn_expr *dyn_sema_adapt(struct dyn_sema *sema, struct dyn_expr *expr,
                                const struct dyn_type *other);

/** NAME, ROW_FIELD, MEMBER. */
struct dyn_expr *dyn_sema_name_expr(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast,
                                    const struct dyn_type *expected);
struct dyn_expr *dyn_sema_row_expr(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast);
struct dyn_expr *dyn_sema_member_expr(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast,
                                      const struct dyn_type *expected);
/** The argument of that name, now marked as used, or NULL. */
struct dyn_expr *dyn_sema_argument_expr(struct dyn_expr_scope *scope, struct dyn_ast_name name);
bool dyn_sema_is_argument(const struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast);
/** All kinds with operands. */
struct dyn_expr *dyn_sema_operator(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast,
                                   const struct dyn_type *expected);

/* ---- attributes.c, declarations.c, tables.c ---------------------------------------------------------------------------------------- */

void dyn_sema_tables(struct dyn_sema *sema);
/** A note at the table's declaration; nothing for the table that was not declared. */
void dyn_sema_note_table(struct dyn_sema *sema, struct dyn_diag *diag,
                         const struct dyn_table *table, const char *text);
void dyn_sema_enums(struct dyn_sema *sema);
void dyn_sema_structs(struct dyn_sema *sema);
void dyn_sema_contexts(struct dyn_sema *sema);
/** The `@was(old)` of a list of attributes, or NULL; reports attributes that are in neither list of names. */
const struct dyn_name *dyn_sema_was(struct dyn_sema *sema,
                                    const struct dyn_ast_attribute *attributes);
/** Reports unknown, unsupported, misplaced and repeated attributes. `allowed` ends with NULL. */
void dyn_sema_check_attributes(struct dyn_sema *sema, const struct dyn_ast_attribute *attributes,
                               const char *const *allowed, const char *what);
const struct dyn_ast_attribute *dyn_find_attribute(const struct dyn_ast_attribute *attributes,
                                                   const char *name);
/** The single name or string argument of an attribute, or NULL: reported. */
const struct dyn_ast_expr *dyn_sema_attribute_argument(struct dyn_sema *sema,
                                                       const struct dyn_ast_attribute *attribute,
                                                       enum dyn_ast_expr_kind kind,
                                                       const char *usage);
const struct dyn_expr *dyn_sema_default(struct dyn_sema *sema, struct dyn_sema_file *file,
                                        const struct dyn_ast_expr *ast, const struct dyn_type *type,
                                        struct dyn_ast_name name);
/** Whether a field is marked as part of the key, if only with another language's word for it, which is refused. */
bool dyn_sema_marks_key(const struct dyn_ast_attribute *attributes);
/** What to write instead of an attribute of another language; false: it is none. */
bool dyn_sema_help_attribute(struct dyn_sema *sema, struct dyn_diag *diag,
                             const struct dyn_ast_attribute *attribute);
/** What to write instead of a function of another language; false: it is none. */
bool dyn_sema_help_function(struct dyn_sema *sema, struct dyn_diag *diag, struct dyn_ast_name name);
/** Whether a verb is another language's word for one of ours. */
bool dyn_sema_is_foreign_verb(const struct dyn_name *name);
/** Says which one. */
void dyn_sema_help_verb(struct dyn_sema *sema, struct dyn_diag *diag, struct dyn_ast_name name);
/** The empty span behind a field's type. */
struct dyn_span dyn_sema_after_type(const struct dyn_ast_field *ast);
/** A field of a struct, context or procedure; attributes are the caller's. */
void dyn_sema_init_field(struct dyn_sema *sema, struct dyn_sema_file *file,
                         const struct dyn_ast_field *ast, enum dyn_type_place place,
                         struct dyn_field *field);

/* ---- models.c, fields.c, traits.c, keys.c, relations.c, indexes.c, templates.c ---------------------------------- */

void dyn_sema_models(struct dyn_sema *sema);
/** NULL: the name is bad or taken, reported. */
struct dyn_model_member *dyn_sema_add_member(struct dyn_sema *sema, struct dyn_sema_model *own,
                                             struct dyn_ast_name name,
                                             enum dyn_model_member_kind kind,
                                             const struct dyn_ast_field *ast);
struct dyn_field *dyn_sema_add_field(struct dyn_sema *sema, struct dyn_sema_model *own,
                                     struct dyn_ast_name name, enum dyn_field_origin origin,
                                     const struct dyn_type *type, const struct dyn_ast_field *ast);
void dyn_sema_model_fields(struct dyn_sema *sema, struct dyn_sema_model *own);
void dyn_sema_model_traits(struct dyn_sema *sema, struct dyn_sema_model *own);
/** Templates of `key` and `index`, with their fields found. */
void dyn_sema_written_keys(struct dyn_sema *sema, struct dyn_sema_model *own);
/** Finds the key fields and puts them first. */
void dyn_sema_model_key(struct dyn_sema *sema, struct dyn_sema_model *own);
/** Widths of keys; refuses keys that contain themselves. */
void dyn_sema_key_widths(struct dyn_sema *sema);
void dyn_sema_check_written_keys(struct dyn_sema *sema, struct dyn_sema_model *own);
void dyn_sema_model_relations(struct dyn_sema *sema, struct dyn_sema_model *own);
void dyn_sema_model_indexes(struct dyn_sema *sema, struct dyn_sema_model *own);
/** A link as the model that it is, or NULL: reported (links.c). */
const struct dyn_ast_decl *dyn_sema_link_model(struct dyn_sema *sema,
                                               const struct dyn_ast_decl *decl);
/** Finds the second end of a link; nothing for other models. */
void dyn_sema_link_end(struct dyn_sema *sema, struct dyn_sema_model *own);
/** Fills a relation `through` a link; false: reported, or poisoned. */
bool dyn_sema_through(struct dyn_sema *sema, const struct dyn_sema_model *own,
                      const struct dyn_ast_field *ast, struct dyn_relation *relation);
/** The member of that name, or NULL: reported as DYN1371 (unless parts are missing anyway). */
const struct dyn_model_member *dyn_sema_find_member(struct dyn_sema *sema,
                                                    const struct dyn_sema_model *own,
                                                    struct dyn_ast_name name);
/** The stored field of that name, or NULL: reported, or poisoned. */
struct dyn_field *dyn_sema_find_field(struct dyn_sema *sema, const struct dyn_sema_model *own,
                                      struct dyn_ast_name name);
bool dyn_member_accepts(const void *member, unsigned kinds);
/** The access of that name; made where there is none yet. */
struct dyn_model_access *dyn_sema_access(struct dyn_sema *sema, struct dyn_sema_model *own,
                                         struct dyn_ast_name name);
static inline const struct dyn_sema_model *dyn_sema_model_of(const struct dyn_model *model)
{
    return (const struct dyn_sema_model *)(const void *)model;
}

/* ---- routers.c, queries.c, selections.c, writes.c, program.c ---------------------------------------------------- */

void dyn_sema_routers(struct dyn_sema *sema);
void dyn_sema_query(struct dyn_sema *sema, struct dyn_sema_procedure *procedure);
void dyn_sema_mutation(struct dyn_sema *sema, struct dyn_sema_procedure *procedure);
/** Expressions that read arguments and the caller; `no_row` says why there is no row. */
struct dyn_expr_scope dyn_sema_input_scope(struct dyn_sema *sema,
                                           struct dyn_sema_procedure *procedure,
                                           const char *no_row);
struct dyn_expr_scope dyn_sema_row_scope(struct dyn_sema *sema,
                                         struct dyn_sema_procedure *procedure,
                                         const struct dyn_sema_model *row);
/** The values of `Model(a, b)`; false after an error. `code` is that of a wrong number. */
bool dyn_sema_key(struct dyn_sema *sema, struct dyn_sema_procedure *procedure,
                  const struct dyn_sema_model *own, const struct dyn_ast_statement *statement,
                  enum dyn_code code, const struct dyn_expr ***out_key, size_t *out_n_key);
/** The same for a scope of one's own, one value per key field. */
bool dyn_sema_fill_key(struct dyn_expr_scope *scope, const struct dyn_sema_model *own,
                       const struct dyn_ast_statement *statement, enum dyn_code code,
                       const struct dyn_expr **key);
/** `take`: a literal, or an argument with bounds. NULL after an error. */
const struct dyn_expr *dyn_sema_take(struct dyn_sema *sema, struct dyn_sema_procedure *procedure,
                                     const struct dyn_ast_expr *ast);
const struct dyn_field *dyn_sema_order(struct dyn_sema *sema, const struct dyn_sema_model *row,
                                       const struct dyn_ast_expr *ast);
void dyn_sema_includes(struct dyn_sema *sema, struct dyn_sema_procedure *procedure,
                       const struct dyn_sema_model *row, const struct dyn_ast_include *ast,
                       struct dyn_query *query);
/** `query` (NULL inside an include) has the includes that a selection may name. */
const struct dyn_selection *dyn_sema_select(struct dyn_sema *sema,
                                            struct dyn_sema_procedure *procedure,
                                            const struct dyn_sema_model *row,
                                            const struct dyn_ast_selection *ast,
                                            const struct dyn_query *query, size_t *out_n);
/** The aggregates behind `statement`, which is the query. */
void dyn_sema_aggregates(struct dyn_sema *sema, struct dyn_sema_procedure *procedure,
                         const struct dyn_ast_statement *statement, struct dyn_query *query);
/** Reads all policies; delegations are checked at the end, when `public` is known, too. */
void dyn_sema_policies(struct dyn_sema *sema);
void dyn_sema_check_policies(struct dyn_sema *sema);
/** The row that a `let` of the scope's policy names, or NULL. */
struct dyn_expr *dyn_sema_let_expr(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast);
/** A field of it. */
struct dyn_expr *dyn_sema_let_field(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast,
                                    const struct dyn_expr *row);
/** `.list.read` in a policy, or NULL where it is none. */
struct dyn_expr *dyn_sema_delegation(struct dyn_expr_scope *scope, const struct dyn_ast_expr *ast,
                                     const struct dyn_expr *base);
/** Policies and `public`, and what nobody uses. */
void dyn_sema_check_program(struct dyn_sema *sema);

#endif
