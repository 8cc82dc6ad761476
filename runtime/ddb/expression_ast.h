/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree of a parsed expression and what the grammar's actions call. A tree depends on the text alone: names and
 * values of a request are attached beside it, by slot (expression_bound.h), so that trees can be cached.
 */
#ifndef DYNR_DDB_EXPRESSION_AST_H
#define DYNR_DDB_EXPRESSION_AST_H

#include <stddef.h>

#include "ddb/expression.h"

/** Operators and functions that one expression may hold; bounds every recursion over a tree. */
#define DYNR_EXPRESSION_MAX_OPERATORS 300u

/** Byte offsets into the text. */
struct dynr_span {
    size_t first;
    size_t last;
};

enum dynr_ast_kind {
    DYNR_AST_PATH,
    DYNR_AST_VALUE,
    DYNR_AST_CALL,
    DYNR_AST_COMPARE,
    DYNR_AST_BETWEEN,
    DYNR_AST_IN,
    DYNR_AST_AND,
    DYNR_AST_OR,
    DYNR_AST_NOT,
    DYNR_AST_SUM,
    DYNR_AST_DIFFERENCE,
};

enum dynr_ast_op {
    DYNR_OP_NONE,
    DYNR_OP_EQ,
    DYNR_OP_NE,
    DYNR_OP_LT,
    DYNR_OP_LE,
    DYNR_OP_GT,
    DYNR_OP_GE,
};

enum dynr_ast_function {
    DYNR_FUNCTION_NONE,
    DYNR_FUNCTION_ATTRIBUTE_EXISTS,
    DYNR_FUNCTION_ATTRIBUTE_NOT_EXISTS,
    DYNR_FUNCTION_ATTRIBUTE_TYPE,
    DYNR_FUNCTION_BEGINS_WITH,
    DYNR_FUNCTION_CONTAINS,
    DYNR_FUNCTION_SIZE,
    DYNR_FUNCTION_IF_NOT_EXISTS,
    DYNR_FUNCTION_LIST_APPEND,
};

enum dynr_action_kind {
    DYNR_ACTION_SET,
    DYNR_ACTION_REMOVE,
    DYNR_ACTION_ADD,
    DYNR_ACTION_DELETE
};

enum dynr_ast_part_kind {
    DYNR_PART_NAME,
    DYNR_PART_REF,
    DYNR_PART_INDEX
};

/** One step of a path: `name`, `#ref` or `[3]`. */
struct dynr_ast_part {
    struct dynr_ast_part *next;
    enum dynr_ast_part_kind kind;
    struct dynr_str text;
    uint32_t index;
};

struct dynr_ast_node {
    enum dynr_ast_kind kind;
    enum dynr_ast_op op;
    enum dynr_ast_function function;
    /** Stands in parentheses of its own. */
    bool grouped;
    /** A value's ":ref", a call's function name. */
    struct dynr_str text;
    /** PATH: among the paths; VALUE: among the values. */
    uint32_t slot;
    struct dynr_ast_part *first_part;
    struct dynr_ast_part *last_part;
    /** Operands, linked by `next`. */
    struct dynr_ast_node *first;
    struct dynr_ast_node *next;
    size_t n_operands;
};

struct dynr_ast_list {
    struct dynr_ast_node *first;
    struct dynr_ast_node *last;
    size_t n;
};

struct dynr_ast_action {
    struct dynr_ast_action *next;
    enum dynr_action_kind kind;
    struct dynr_ast_node *path;
    /** NULL for REMOVE. */
    struct dynr_ast_node *value;
};

struct dynr_expression {
    enum dynr_expression_kind kind;
    struct dynr_str text;
    /** Condition, filter, key condition. */
    struct dynr_ast_node *root;
    /** Update, in the order of the text. */
    struct dynr_ast_action *actions;
    size_t n_actions;
    /** Projection. */
    struct dynr_ast_node *paths;
    size_t n_projected;
    /** Slots, and path parts of all paths together. */
    uint32_t n_paths;
    uint32_t n_values;
    size_t n_parts;
};

/** Semantic values of the grammar. */
union dynr_expr_value {
    struct dynr_str text;
    struct dynr_ast_node *node;
    struct dynr_ast_list list;
    enum dynr_ast_op op;
};

/** Room for what the scanner asks for: its state, one buffer, one stack entry. */
#define DYNR_EXPR_SCAN_MEMORY 1024u

/** One run of the parser. */
struct dynr_expr_parse {
    enum dynr_expression_kind kind;
    struct dynr_arena *arena;
    struct dynr_error *err;
    struct dynr_str text;
    /** A copy of `text` with two NULs behind it, which the scanner writes to. */
    char *scan_text;
    void *scanner;
    size_t offset;
    size_t scan_used;
    bool started;
    enum dynr_status status;

    struct dynr_ast_node *root;
    struct dynr_ast_list paths;
    struct dynr_ast_action *first_action;
    struct dynr_ast_action *last_action;
    size_t n_actions;
    uint32_t n_paths;
    uint32_t n_values;
    size_t n_parts;
    size_t n_operators;

    /** What the service objects to, each where it came first. Empty: nothing. */
    bool redundant_parentheses;
    struct dynr_str unknown_function;
    struct dynr_str misused_function;
    struct dynr_str reserved_word;
    struct dynr_str bad_index;
    bool clause_seen[4];
    const char *repeated_clause;

    _Alignas(max_align_t) char scan_memory[DYNR_EXPR_SCAN_MEMORY];
};

/*
 * Constructors. They return NULL when memory is exhausted, which `status` then says, and take NULL for operands that
 * could not be made.
 */
struct dynr_ast_node *dynr_ast_path_name(struct dynr_expr_parse *parse, struct dynr_ast_node *path,
                                         struct dynr_str name);
struct dynr_ast_node *dynr_ast_path_ref(struct dynr_expr_parse *parse, struct dynr_ast_node *path,
                                        struct dynr_str ref);
struct dynr_ast_node *dynr_ast_path_index(struct dynr_expr_parse *parse, struct dynr_ast_node *path,
                                          struct dynr_str digits);
struct dynr_ast_node *dynr_ast_value(struct dynr_expr_parse *parse, struct dynr_str ref);
struct dynr_ast_node *dynr_ast_call(struct dynr_expr_parse *parse, struct dynr_str name,
                                    struct dynr_ast_list operands);
struct dynr_ast_node *dynr_ast_binary(struct dynr_expr_parse *parse, enum dynr_ast_kind kind,
                                      enum dynr_ast_op op, struct dynr_ast_node *left,
                                      struct dynr_ast_node *right);
struct dynr_ast_node *dynr_ast_between(struct dynr_expr_parse *parse, struct dynr_ast_node *operand,
                                       struct dynr_ast_node *low, struct dynr_ast_node *high);
struct dynr_ast_node *dynr_ast_in(struct dynr_expr_parse *parse, struct dynr_ast_node *operand,
                                  struct dynr_ast_list choices);
struct dynr_ast_node *dynr_ast_not(struct dynr_expr_parse *parse, struct dynr_ast_node *condition);
struct dynr_ast_node *dynr_ast_group(struct dynr_expr_parse *parse, struct dynr_ast_node *node);
struct dynr_ast_list dynr_ast_list(struct dynr_expr_parse *parse, struct dynr_ast_node *node);
struct dynr_ast_list dynr_ast_append(struct dynr_expr_parse *parse, struct dynr_ast_list list,
                                     struct dynr_ast_node *node);
void dynr_ast_action(struct dynr_expr_parse *parse, enum dynr_action_kind kind,
                     struct dynr_ast_node *path, struct dynr_ast_node *value);
void dynr_ast_close_clause(struct dynr_expr_parse *parse, enum dynr_action_kind kind);
/** A condition must not be a bare call of `size`. */
void dynr_ast_check_condition(struct dynr_expr_parse *parse, const struct dynr_ast_node *condition);

/** "=", "BETWEEN", "AND", "+", a function's name ... */
struct dynr_str dynr_ast_operator_name(const struct dynr_ast_node *node);

/* Between scanner, grammar and expression_parse.c. */
int dynr_expr_word(struct dynr_expr_parse *parse, struct dynr_str word);
int dynr_expr_next_token(struct dynr_expr_parse *parse, union dynr_expr_value *value,
                         struct dynr_span *span);
void dynr_expr_syntax_error(struct dynr_expr_parse *parse, struct dynr_span span);
void dynr_expr_no_memory(struct dynr_expr_parse *parse);
bool dynr_expr_scan_open(struct dynr_expr_parse *parse);
void dynr_expr_scan_close(struct dynr_expr_parse *parse);
void *dynr_expr_scan_memory(struct dynr_expr_parse *parse, size_t size);
/** The text from the token before the one at offset `first` to the one behind it. */
struct dynr_str dynr_expr_near(struct dynr_expr_parse *parse, size_t first);
int dynr_expr_scan(union dynr_expr_value *value, struct dynr_span *span, void *scanner);

#endif
