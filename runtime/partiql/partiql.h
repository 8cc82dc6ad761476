/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PartiQL as DynamoDB takes it: the text of one statement to a tree. The grammar is grammar/partiql.y. Nothing here knows tables:
 * what a tree means for one is the service's business.
 * Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
 */
#ifndef DYNR_PARTIQL_PARTIQL_H
#define DYNR_PARTIQL_PARTIQL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dynr/arena.h"
#include "dynr/status.h"
#include "dynr/str.h"

/** Longest statement, in bytes. */
#define DYNR_PARTIQL_MAX_LENGTH 8192u
/** Nesting of conditions and values; bounds every recursion over a tree. */
#define DYNR_PARTIQL_MAX_DEPTH 64u

enum dynr_partiql_kind {
    DYNR_PARTIQL_SELECT,
    DYNR_PARTIQL_INSERT,
    DYNR_PARTIQL_UPDATE,
    DYNR_PARTIQL_DELETE,
    /** EXISTS(SELECT ...), in transactions. */
    DYNR_PARTIQL_EXISTS,
};

enum dynr_partiql_node_kind {
    DYNR_PARTIQL_PATH,
    DYNR_PARTIQL_STRING,
    DYNR_PARTIQL_NUMBER,
    DYNR_PARTIQL_PARAMETER,
    DYNR_PARTIQL_TRUE,
    DYNR_PARTIQL_FALSE,
    DYNR_PARTIQL_NULL,
    DYNR_PARTIQL_LIST,
    /** Operands: name, value, name, value ... */
    DYNR_PARTIQL_MAP,
    DYNR_PARTIQL_SET,
    DYNR_PARTIQL_CALL,
    /** Two operands or more. */
    DYNR_PARTIQL_AND,
    DYNR_PARTIQL_OR,
    DYNR_PARTIQL_NOT,
    DYNR_PARTIQL_COMPARE,
    DYNR_PARTIQL_BETWEEN,
    /** The operand, and a list, set of choices or parameter. */
    DYNR_PARTIQL_IN,
    /** `text` is the name of the type: "MISSING", "NULL", "string" ... */
    DYNR_PARTIQL_IS,
    DYNR_PARTIQL_SUM,
    DYNR_PARTIQL_DIFFERENCE,
};

enum dynr_partiql_operator {
    DYNR_PARTIQL_EQ,
    DYNR_PARTIQL_NE,
    DYNR_PARTIQL_LT,
    DYNR_PARTIQL_LE,
    DYNR_PARTIQL_GT,
    DYNR_PARTIQL_GE,
};

/** One step of a path: `name`, `"name"` or `[3]`. */
struct dynr_partiql_part {
    struct dynr_partiql_part *next;
    bool is_index;
    struct dynr_str name;
    uint32_t index;
};

struct dynr_partiql_node {
    enum dynr_partiql_node_kind kind;
    enum dynr_partiql_operator op;
    /** A string without its quotes, a number as written, a function's name, a type's. */
    struct dynr_str text;
    /** Where it begins, as a byte offset into the statement; of paths and calls also how long it (its name) is. */
    size_t offset;
    size_t length;
    /** Of a parameter: which, from 0. */
    size_t parameter;
    struct dynr_partiql_part *first_part;
    struct dynr_partiql_part *last_part;
    size_t n_parts;
    /** Operands, elements or members, linked by `next`. */
    struct dynr_partiql_node *first;
    struct dynr_partiql_node *last;
    struct dynr_partiql_node *next;
    size_t n_operands;
    unsigned depth;
};

/** SET path = value, or REMOVE path (`value` is NULL). */
struct dynr_partiql_action {
    struct dynr_partiql_action *next;
    struct dynr_partiql_node *path;
    struct dynr_partiql_node *value;
};

struct dynr_partiql_order {
    struct dynr_partiql_order *next;
    struct dynr_partiql_node *path;
    bool is_descending;
};

enum dynr_partiql_returning {
    DYNR_PARTIQL_RETURNING_NOTHING,
    DYNR_PARTIQL_RETURNING_ALL_OLD,
    DYNR_PARTIQL_RETURNING_ALL_NEW,
    DYNR_PARTIQL_RETURNING_MODIFIED_OLD,
    DYNR_PARTIQL_RETURNING_MODIFIED_NEW,
};

struct dynr_partiql_statement {
    enum dynr_partiql_kind kind;
    /** A copy of what was parsed. */
    struct dynr_str text;
    struct dynr_str table;
    /** Empty: the table itself. */
    struct dynr_str index;
    /** SELECT: what to answer; NULL: everything. */
    struct dynr_partiql_node *columns;
    /** NULL: no WHERE. */
    struct dynr_partiql_node *where;
    struct dynr_partiql_order *orders;
    /** INSERT. */
    struct dynr_partiql_node *value;
    /** UPDATE, in the order of the text. */
    struct dynr_partiql_action *actions;
    enum dynr_partiql_returning returning;
    size_t n_parameters;
};

/**
 * Parses `text`; the result lives in `arena`. DYNR_ERR_INVALID_ARGUMENT with the service's words ("Statement wasn't well formed, can't
 * be processed: ..."), DYNR_ERR_NO_MEMORY.
 */
enum dynr_status dynr_partiql_parse(struct dynr_str text, struct dynr_arena *arena,
                                    const struct dynr_partiql_statement **out,
                                    struct dynr_error *err);

/** Whether two paths name the same place. */
bool dynr_partiql_path_equal(const struct dynr_partiql_node *a, const struct dynr_partiql_node *b);
/** Whether `node` is the attribute `name`, the whole of it. */
bool dynr_partiql_is_attribute(const struct dynr_partiql_node *node, struct dynr_str name);
/** Line and column of a byte of the statement, from 1, the column in characters. */
void dynr_partiql_position(struct dynr_str text, size_t offset, size_t *out_line,
                           size_t *out_column);
/** Whether `text` is `word` in any case. */
bool dynr_partiql_is_word(struct dynr_str text, const char *word);

#endif
