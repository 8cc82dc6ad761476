/* SPDX-License-Identifier: Apache-2.0 */
/* What scanner, grammar and driver of PartiQL share: one run of the parser, and what the grammar's actions call. */
#ifndef DYNR_PARTIQL_PARTIQL_TREE_H
#define DYNR_PARTIQL_PARTIQL_TREE_H

#include "partiql/partiql.h"

/** Byte offsets into the text. */
struct dynr_partiql_span {
    size_t first;
    size_t last;
};

/** Semantic values of the grammar. */
union dynr_partiql_value {
    struct dynr_str text;
    struct dynr_partiql_node *node;
    enum dynr_partiql_operator op;
};

/** Room for what the scanner asks for: its state, one buffer, one stack entry. */
#define DYNR_PARTIQL_SCAN_MEMORY 1024u

struct dynr_partiql_parse {
    struct dynr_arena *arena;
    struct dynr_error *err;
    struct dynr_partiql_statement *statement;
    enum dynr_status status;
    struct dynr_str text;
    /** A copy of `text` with two NULs behind it, which the scanner writes to. */
    char *scan_text;
    void *scanner;
    size_t offset;
    size_t scan_used;
    /** The first token, the last two, and how many there were. */
    int first;
    int token;
    int previous;
    size_t n_tokens;
    struct dynr_partiql_action *last_action;
    struct dynr_partiql_order *last_order;

    _Alignas(max_align_t) char scan_memory[DYNR_PARTIQL_SCAN_MEMORY];
};

/*
 * Constructors. They return NULL when memory is exhausted or something nests too deep, which `status` then says, and take NULL for
 * operands that could not be made.
 */
struct dynr_partiql_node *dynr_partiql_leaf(struct dynr_partiql_parse *parse,
                                            enum dynr_partiql_node_kind kind, struct dynr_str text,
                                            size_t offset);
struct dynr_partiql_node *dynr_partiql_parameter(struct dynr_partiql_parse *parse, size_t offset);
/** A number behind a minus. */
struct dynr_partiql_node *dynr_partiql_negative(struct dynr_partiql_parse *parse,
                                                struct dynr_str digits, size_t offset);
struct dynr_partiql_node *dynr_partiql_append(struct dynr_partiql_parse *parse,
                                              struct dynr_partiql_node *list,
                                              struct dynr_partiql_node *operand);
struct dynr_partiql_node *dynr_partiql_unary(struct dynr_partiql_parse *parse,
                                             enum dynr_partiql_node_kind kind,
                                             struct dynr_partiql_node *operand);
struct dynr_partiql_node *dynr_partiql_binary(struct dynr_partiql_parse *parse,
                                              enum dynr_partiql_node_kind kind,
                                              struct dynr_partiql_node *left,
                                              struct dynr_partiql_node *right);
/** AND and OR: operands of the same kind become operands of the whole. */
struct dynr_partiql_node *dynr_partiql_chain(struct dynr_partiql_parse *parse,
                                             enum dynr_partiql_node_kind kind,
                                             struct dynr_partiql_node *left,
                                             struct dynr_partiql_node *right);
struct dynr_partiql_node *dynr_partiql_path_name(struct dynr_partiql_parse *parse,
                                                 struct dynr_partiql_node *path,
                                                 struct dynr_str name,
                                                 struct dynr_partiql_span span);
struct dynr_partiql_node *dynr_partiql_path_index(struct dynr_partiql_parse *parse,
                                                  struct dynr_partiql_node *path,
                                                  struct dynr_str digits);
void dynr_partiql_add_action(struct dynr_partiql_parse *parse, struct dynr_partiql_node *path,
                             struct dynr_partiql_node *value);
void dynr_partiql_add_order(struct dynr_partiql_parse *parse, struct dynr_partiql_node *path,
                            bool is_descending);
void dynr_partiql_refuse(struct dynr_partiql_parse *parse, const char *message);
/** Text between quotes, doubled ones single. */
struct dynr_str dynr_partiql_unquote(struct dynr_partiql_parse *parse, struct dynr_str quoted);

/* Between scanner, grammar and partiql_parse.c. */
int dynr_partiql_word(struct dynr_str word);
bool dynr_partiql_is_readable(struct dynr_str number);
int dynr_partiql_next_token(struct dynr_partiql_parse *parse, union dynr_partiql_value *value,
                            struct dynr_partiql_span *span);
int dynr_partiql_scan(union dynr_partiql_value *value, struct dynr_partiql_span *span,
                      void *scanner);
bool dynr_partiql_scan_open(struct dynr_partiql_parse *parse);
void dynr_partiql_scan_close(struct dynr_partiql_parse *parse);
void *dynr_partiql_scan_memory(struct dynr_partiql_parse *parse, size_t size);
void dynr_partiql_no_memory(struct dynr_partiql_parse *parse);
/** `expected`: the tokens that would have done. */
void dynr_partiql_syntax_error(struct dynr_partiql_parse *parse, struct dynr_partiql_span span,
                               bool may_end, bool may_have_value);

#endif
