/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the grammar and the tree: the state of a parse, the feed of tokens, and the builders, one per rule. Only dyn.y
 * calls them. Positions come in as spans of whole rules.
 */
#ifndef DYN_SYNTAX_BUILD_H
#define DYN_SYNTAX_BUILD_H

#include "syntax/ast.h"
#include "syntax/token.h"

/* Lists keep their end, and whether a comma came last. */
struct dyn_expr_list {
    struct dyn_ast_expr *first;
    struct dyn_ast_expr *last;
    bool after_comma;
};
struct dyn_selection_list {
    struct dyn_ast_selection *first;
    struct dyn_ast_selection *last;
    bool after_comma;
};
struct dyn_assignment_list {
    struct dyn_ast_assignment *first;
    struct dyn_ast_assignment *last;
    bool after_comma;
};

/** Statements of a procedure or transaction while they are read. */
struct dyn_body {
    struct dyn_ast_statement *first;
    struct dyn_ast_statement *last;
    /** A statement may have been lost to a syntax error: clauses without one are no news. */
    bool is_damaged;
};

/** `///` lines directly above the token that starts at `start`. */
struct dyn_doc {
    uint32_t start;
    uint32_t first;
    uint32_t end;
};

struct dyn_parse {
    struct dynr_arena *arena;
    struct dyn_names *names;
    struct dyn_diags *diags;
    struct dyn_tokens tokens;

    /* The feed. */
    size_t next;
    size_t current;
    /** The current token is not in the text: something is missing and was reported. */
    bool is_synthetic;
    uint16_t n_given_braces;
    bool gave_no_body;
    bool gave_args_end;
    /** End of the token before the current one. */
    uint32_t last_end;
    uint32_t current_end;
    struct dyn_doc *docs;
    size_t n_docs;
    size_t cap_docs;
    uint32_t doc_first;
    uint32_t doc_end;

    /** Between a syntax error and the next known place. */
    bool recovering;
    bool reported_depth;

    struct dyn_ast_file *file;
    struct dyn_ast_import **imports_end;
    struct dyn_ast_decl **decls_end;
    /** What is being read, and where its lists end. */
    struct dyn_ast_decl *decl;
    struct dyn_ast_field *field;
    struct dyn_ast_field **fields_end;
    struct dyn_ast_field **ends_end;
    struct dyn_ast_enum_value *value;
    struct dyn_ast_enum_value **values_end;
    struct dyn_ast_setting *setting;
    struct dyn_ast_setting **settings_end;
    struct dyn_ast_expr **setting_values_end;
    struct dyn_ast_trait **traits_end;
    struct dyn_ast_key **keys_end;
    struct dyn_ast_rule **rules_end;
    struct dyn_ast_rule *rule;
    struct dyn_ast_attribute **attributes_end;
    struct dyn_ast_attribute **field_attributes_end;
    /** NULL between procedures. */
    struct dyn_ast_procedure *procedure;
    struct dyn_ast_procedure **procedures_end;
    struct dyn_ast_argument **arguments_end;
    /** A separator came after the last member. */
    bool after_separator;
};

/* ---- feed.c ---- */

enum dyn_token_kind dyn_parse_next(struct dyn_parse *parse, struct dyn_span *location);
/** Text of the documentation above the token at `start`, or empty. */
struct dynr_str dyn_parse_doc(const struct dyn_parse *parse, uint32_t start);
struct dyn_span dyn_span_of_rule(bool has_parts, const struct dyn_span *first,
                                 const struct dyn_span *last, const struct dyn_span *before);

/* ---- unexpected.c ---- */

void dyn_parse_resync(struct dyn_parse *parse);
/** The current token is none of the expected ones. */
void dyn_parse_unexpected(struct dyn_parse *parse, const enum dyn_token_kind *expected,
                          size_t n_expected);
void dyn_parse_exhausted(struct dyn_parse *parse, struct dyn_span span);

/* ---- unexpected_words.c ---- */

/** Where a word was met that cannot stand there. */
enum dyn_parse_place {
    DYN_PLACE_OF_DECLARATION,
    DYN_PLACE_OF_PROCEDURE,
    DYN_PLACE_OF_CLAUSE,
    DYN_PLACE_OF_OPERATOR,
    DYN_PLACE_OF_RULE,
};
/** What to write instead of the current token, if it is a word of another language; false: it is none. */
bool dyn_parse_help_word(struct dyn_parse *parse, struct dyn_diag *diag,
                         enum dyn_parse_place place);
extern const char dyn_parse_average_help[];
bool dyn_parse_is_average(struct dynr_str text);
/** What to write instead of `@@name(...)`. */
void dyn_parse_help_model_attribute(struct dyn_parse *parse, struct dyn_diag *diag,
                                    struct dynr_str name);

/* ---- build_expr.c ---- */

struct dyn_ast_name dyn_build_name(struct dyn_parse *parse, struct dyn_span span);
struct dyn_ast_name dyn_build_no_name(struct dyn_span span);
/** Content of the string at `span`, escapes resolved. */
struct dynr_str dyn_build_string_text(const struct dyn_parse *parse, struct dyn_span span);
struct dyn_ast_expr *dyn_build_literal(struct dyn_parse *parse, enum dyn_ast_expr_kind kind,
                                       struct dyn_span span);
struct dyn_ast_expr *dyn_build_bool(struct dyn_parse *parse, bool value, struct dyn_span span);
struct dyn_ast_expr *dyn_build_string(struct dyn_parse *parse, struct dyn_span span);
struct dyn_ast_expr *dyn_build_name_expr(struct dyn_parse *parse, enum dyn_ast_expr_kind kind,
                                         struct dyn_ast_name name, struct dyn_span span);
struct dyn_ast_expr *dyn_build_member(struct dyn_parse *parse, struct dyn_ast_expr *left,
                                      struct dyn_ast_name name, struct dyn_span span);
struct dyn_ast_expr *dyn_build_unary(struct dyn_parse *parse, enum dyn_ast_expr_kind kind,
                                     struct dyn_ast_expr *operand, struct dyn_span span);
struct dyn_ast_expr *dyn_build_binary(struct dyn_parse *parse, enum dyn_ast_expr_kind kind,
                                      struct dyn_ast_expr *left, struct dyn_ast_expr *right,
                                      struct dyn_span span);
/** Refuses a `=` that stands for `==` or, in a call, for `:`. */
void dyn_build_assign(struct dyn_parse *parse, struct dyn_span span);
struct dyn_ast_expr *dyn_build_in(struct dyn_parse *parse, struct dyn_ast_expr *left,
                                  struct dyn_ast_expr *right, struct dyn_span span);
struct dyn_ast_expr *dyn_build_not_in(struct dyn_parse *parse, struct dyn_ast_expr *left,
                                      struct dyn_ast_expr *right, struct dyn_span span);
struct dyn_ast_expr *dyn_build_between(struct dyn_parse *parse, struct dyn_ast_expr *left,
                                       struct dyn_ast_expr *low, struct dyn_ast_expr *high,
                                       struct dyn_span span);
struct dyn_ast_expr *dyn_build_call(struct dyn_parse *parse, struct dyn_ast_name name,
                                    struct dyn_ast_expr *items, struct dyn_span span);
struct dyn_ast_expr *dyn_build_items(struct dyn_parse *parse, enum dyn_ast_expr_kind kind,
                                     struct dyn_ast_expr *items, struct dyn_span span);
struct dyn_ast_expr *dyn_build_group(struct dyn_ast_expr *expr, struct dyn_span span);
struct dyn_ast_expr *dyn_build_labelled(struct dyn_ast_name label, struct dyn_ast_expr *value);
struct dyn_expr_list dyn_build_exprs(struct dyn_expr_list list, struct dyn_ast_expr *item);
struct dyn_expr_list dyn_build_object_item(struct dyn_parse *parse, struct dyn_expr_list list,
                                           struct dyn_ast_name label, struct dyn_ast_expr *value);
struct dyn_expr_list dyn_build_name_item(struct dyn_parse *parse, struct dyn_expr_list list,
                                         struct dyn_ast_name name);
struct dyn_expr_list dyn_build_expr_comma(struct dyn_parse *parse, struct dyn_expr_list list,
                                          struct dyn_span span);
/** Complains about a missing comma before an item, or about a comma that follows nothing. */
void dyn_build_expect_comma(struct dyn_parse *parse, bool has_comma, struct dyn_span span);
void dyn_build_expect_item(struct dyn_parse *parse, bool has_item, struct dyn_span span);

struct dyn_ast_type *dyn_build_type(struct dyn_parse *parse, enum dyn_ast_type_kind kind,
                                    struct dyn_span span, struct dyn_ast_name name);
struct dyn_ast_type *dyn_build_type_error(struct dyn_parse *parse, struct dyn_span span);
struct dyn_ast_type *dyn_build_collection(struct dyn_parse *parse, enum dyn_ast_type_kind kind,
                                          struct dyn_span span, struct dyn_ast_type *element,
                                          struct dyn_ast_expr *max);
struct dyn_ast_type *dyn_build_bounded(struct dyn_parse *parse, struct dyn_span span,
                                       struct dyn_ast_name name, struct dyn_ast_expr *width,
                                       struct dyn_ast_expr *low, struct dyn_ast_expr *high);
struct dyn_ast_type *dyn_build_optional(struct dyn_parse *parse, struct dyn_ast_type *type,
                                        struct dyn_span span, struct dyn_span mark);

/* ---- build_decl.c ---- */

/** Before anything else: complains when the first token is not `dyn`. */
void dyn_build_no_edition(struct dyn_parse *parse);
void dyn_build_edition(struct dyn_parse *parse, struct dyn_span span, struct dyn_span number);
void dyn_build_namespace(struct dyn_parse *parse, struct dyn_span span, struct dyn_ast_name name);
void dyn_build_import(struct dyn_parse *parse, struct dyn_span span, struct dyn_span path,
                      struct dyn_ast_expr *names);
void dyn_build_public(struct dyn_parse *parse, struct dyn_span span, struct dyn_ast_expr *names);

void dyn_build_decl(struct dyn_parse *parse, enum dyn_ast_decl_kind kind, struct dyn_span keyword);
void dyn_build_decl_name(struct dyn_parse *parse, struct dyn_ast_name name);
void dyn_build_decl_attribute(struct dyn_parse *parse, struct dyn_ast_attribute *attribute);
void dyn_build_parent(struct dyn_parse *parse, struct dyn_span span, struct dyn_ast_name field,
                      struct dyn_ast_name model);
/** `in Order`: refused, and read as `in order: Order`. */
void dyn_build_unnamed_parent(struct dyn_parse *parse, struct dyn_span span,
                              struct dyn_ast_name model);
void dyn_build_single(struct dyn_parse *parse, struct dyn_span span);
void dyn_build_link_end(struct dyn_parse *parse, struct dyn_span span, struct dyn_ast_name field,
                        struct dyn_ast_name model);
void dyn_build_router_context(struct dyn_parse *parse, struct dyn_span span,
                              struct dyn_ast_name name, struct dyn_ast_name type);
void dyn_build_no_body(struct dyn_parse *parse, struct dyn_span span);
void dyn_build_decl_end(struct dyn_parse *parse, struct dyn_span span);
struct dyn_ast_attribute *dyn_build_attribute(struct dyn_parse *parse, struct dyn_span span,
                                              struct dyn_ast_name name, bool has_arguments,
                                              struct dyn_ast_expr *arguments);

void dyn_build_separator(struct dyn_parse *parse, struct dyn_span span);
void dyn_build_setting(struct dyn_parse *parse, struct dyn_span name);
void dyn_build_setting_value(struct dyn_parse *parse, struct dyn_ast_expr *value);
void dyn_build_enum_value(struct dyn_parse *parse, struct dyn_span name);
void dyn_build_enum_tag(struct dyn_parse *parse, struct dyn_span span, struct dyn_ast_expr *tag);
/** Refuses a `:` between the name of a field and its type. */
void dyn_build_colon(struct dyn_parse *parse, struct dyn_span colon, struct dyn_span type);
/** `type` NULL: it could not be read. */
void dyn_build_field(struct dyn_parse *parse, struct dyn_span span, struct dyn_span name,
                     struct dyn_ast_type *type);
void dyn_build_default(struct dyn_parse *parse, struct dyn_span span, struct dyn_ast_expr *value);
void dyn_build_field_attribute(struct dyn_parse *parse, struct dyn_span span,
                               struct dyn_ast_attribute *attribute);
void dyn_build_via(struct dyn_parse *parse, struct dyn_span span, struct dyn_ast_name model,
                   struct dyn_ast_name field);
void dyn_build_through(struct dyn_parse *parse, struct dyn_span span, struct dyn_ast_name link);
struct dyn_ast_trait *dyn_build_trait(struct dyn_parse *parse, struct dyn_span span,
                                      struct dyn_ast_name name, struct dyn_ast_expr *arguments);
void dyn_build_use(struct dyn_parse *parse, struct dyn_ast_trait *trait);
struct dyn_ast_template dyn_build_template(struct dyn_parse *parse, struct dyn_span span);
struct dyn_ast_template dyn_build_template_field(struct dyn_ast_name name);
/** `sort` NULL: none. */
void dyn_build_key(struct dyn_parse *parse, struct dyn_span span, struct dyn_ast_template partition,
                   const struct dyn_ast_template *sort);
void dyn_build_index(struct dyn_parse *parse, struct dyn_span span, struct dyn_ast_name name,
                     const struct dyn_span *physical, struct dyn_ast_template partition,
                     const struct dyn_ast_template *sort);

/* ---- build_procedure.c ---- */

void dyn_build_procedure(struct dyn_parse *parse, bool is_mutation, struct dyn_span keyword);
void dyn_build_procedure_name(struct dyn_parse *parse, struct dyn_ast_name name);
void dyn_build_procedure_body(struct dyn_parse *parse, const struct dyn_body *body);
void dyn_build_no_procedure_body(struct dyn_parse *parse, struct dyn_span span);
void dyn_build_procedure_end(struct dyn_parse *parse, struct dyn_span span);
void dyn_build_argument(struct dyn_parse *parse, struct dyn_span span, struct dyn_ast_name name,
                        struct dyn_ast_type *type, struct dyn_ast_expr *value);
void dyn_build_once(struct dyn_parse *parse, struct dyn_span span);
void dyn_build_result(struct dyn_parse *parse, struct dyn_span span, struct dyn_ast_type *type);
void dyn_build_extern(struct dyn_parse *parse, struct dyn_span symbol);
void dyn_build_reads(struct dyn_parse *parse, struct dyn_span span, struct dyn_ast_expr *names);
void dyn_build_writes(struct dyn_parse *parse, struct dyn_span span, struct dyn_ast_expr *names);

void dyn_build_let(struct dyn_parse *parse, struct dyn_span span, struct dyn_ast_name name,
                   struct dyn_ast_expr *value);
void dyn_build_allow(struct dyn_parse *parse, struct dyn_span span, struct dyn_ast_verb *verbs);
void dyn_build_allow_if(struct dyn_parse *parse, struct dyn_span keyword,
                        struct dyn_ast_expr *condition);
struct dyn_ast_verb *dyn_build_verb(struct dyn_parse *parse, struct dyn_ast_name name,
                                    struct dyn_ast_expr *fields, struct dyn_span span);
struct dyn_ast_verb *dyn_build_verbs(struct dyn_ast_verb *first, struct dyn_ast_verb *more);

struct dyn_body *dyn_build_body(struct dyn_parse *parse);
struct dyn_body *dyn_build_body_error(struct dyn_body *body);
struct dyn_body *dyn_build_from(struct dyn_parse *parse, struct dyn_body *body,
                                struct dyn_span keyword, bool scan, struct dyn_ast_name model,
                                struct dyn_span end);
struct dyn_body *dyn_build_from_in(struct dyn_parse *parse, struct dyn_body *body,
                                   struct dyn_span keyword, struct dyn_ast_expr *expr);
struct dyn_body *dyn_build_by(struct dyn_parse *parse, struct dyn_body *body,
                              struct dyn_span keyword, struct dyn_ast_name name,
                              struct dyn_ast_expr *value, struct dyn_span end);
struct dyn_body *dyn_build_keyed(struct dyn_parse *parse, struct dyn_body *body,
                                 enum dyn_ast_statement_kind kind, struct dyn_span keyword,
                                 struct dyn_ast_name model, struct dyn_ast_expr *key,
                                 struct dyn_span end);
struct dyn_body *dyn_build_create(struct dyn_parse *parse, struct dyn_body *body,
                                  struct dyn_span keyword, struct dyn_ast_name model,
                                  struct dyn_ast_assignment *assignments, struct dyn_span end);
struct dyn_body *dyn_build_transaction(struct dyn_parse *parse, struct dyn_body *body,
                                       struct dyn_span keyword, const struct dyn_body *inner,
                                       struct dyn_span end);
struct dyn_body *dyn_build_aggregate(struct dyn_parse *parse, struct dyn_body *body,
                                     struct dyn_span keyword, struct dyn_ast_expr *operand);
struct dyn_body *dyn_build_aggregate_as(struct dyn_parse *parse, struct dyn_body *body,
                                        struct dyn_span keyword, struct dyn_ast_name name);
struct dyn_body *dyn_build_where(struct dyn_parse *parse, struct dyn_body *body,
                                 struct dyn_span keyword, struct dyn_ast_expr *expr);
struct dyn_body *dyn_build_order(struct dyn_parse *parse, struct dyn_body *body,
                                 struct dyn_span keyword, struct dyn_ast_expr *expr,
                                 bool descending, struct dyn_span end);
struct dyn_body *dyn_build_take(struct dyn_parse *parse, struct dyn_body *body,
                                struct dyn_span keyword, struct dyn_ast_expr *expr);
struct dyn_body *dyn_build_select(struct dyn_parse *parse, struct dyn_body *body,
                                  struct dyn_span keyword, struct dyn_ast_selection *selection,
                                  struct dyn_span end);
struct dyn_body *dyn_build_include(struct dyn_parse *parse, struct dyn_body *body,
                                   struct dyn_span keyword, struct dyn_ast_name name,
                                   struct dyn_ast_name alias, struct dyn_ast_include *block,
                                   struct dyn_span end);
struct dyn_body *dyn_build_sets(struct dyn_parse *parse, struct dyn_body *body,
                                struct dyn_span keyword, struct dyn_ast_assignment *sets,
                                struct dyn_span end);
struct dyn_body *dyn_build_if(struct dyn_parse *parse, struct dyn_body *body,
                              struct dyn_span keyword, struct dyn_ast_expr *expr);
struct dyn_body *dyn_build_expecting(struct dyn_parse *parse, struct dyn_body *body,
                                     struct dyn_span keyword, struct dyn_ast_expr *expr);

struct dyn_ast_include *dyn_build_include_body(struct dyn_parse *parse);
struct dyn_ast_include *dyn_build_include_where(struct dyn_parse *parse,
                                                struct dyn_ast_include *include,
                                                struct dyn_span keyword, struct dyn_ast_expr *expr);
struct dyn_ast_include *dyn_build_include_order(struct dyn_parse *parse,
                                                struct dyn_ast_include *include,
                                                struct dyn_span keyword, struct dyn_ast_expr *expr,
                                                bool descending);
struct dyn_ast_include *dyn_build_include_take(struct dyn_parse *parse,
                                               struct dyn_ast_include *include,
                                               struct dyn_span keyword, struct dyn_ast_expr *expr);
struct dyn_ast_include *dyn_build_include_select(struct dyn_parse *parse,
                                                 struct dyn_ast_include *include,
                                                 struct dyn_span keyword,
                                                 struct dyn_ast_selection *selection);
struct dyn_ast_include *dyn_build_nested_include(struct dyn_parse *parse,
                                                 struct dyn_ast_include *include,
                                                 struct dyn_span keyword, struct dyn_span name);
struct dyn_ast_include *dyn_build_nested_aggregate(struct dyn_parse *parse,
                                                   struct dyn_ast_include *include,
                                                   struct dyn_span keyword);

struct dyn_ast_selection *dyn_build_selection(struct dyn_parse *parse, struct dyn_ast_name name,
                                              struct dyn_ast_name alias,
                                              struct dyn_ast_selection *children,
                                              struct dyn_span span);
struct dyn_selection_list dyn_build_selections(struct dyn_parse *parse,
                                               struct dyn_selection_list list,
                                               struct dyn_ast_selection *item);
struct dyn_selection_list dyn_build_selection_item(struct dyn_parse *parse,
                                                   struct dyn_selection_list list,
                                                   struct dyn_ast_selection *item);
struct dyn_selection_list dyn_build_selection_comma(struct dyn_parse *parse,
                                                    struct dyn_selection_list list,
                                                    struct dyn_span span);
struct dyn_ast_assignment *dyn_build_assignment(struct dyn_parse *parse, struct dyn_ast_name name,
                                                struct dyn_ast_expr *value, struct dyn_span span);
struct dyn_assignment_list dyn_build_assignments(struct dyn_parse *parse,
                                                 struct dyn_assignment_list list,
                                                 struct dyn_ast_assignment *item);
struct dyn_assignment_list dyn_build_assignment_item(struct dyn_parse *parse,
                                                     struct dyn_assignment_list list,
                                                     struct dyn_ast_assignment *item);
struct dyn_assignment_list dyn_build_assignment_comma(struct dyn_parse *parse,
                                                      struct dyn_assignment_list list,
                                                      struct dyn_span span);

#endif
