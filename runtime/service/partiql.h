/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PartiQL's operations: a statement becomes the request that the other operations would make, with placeholders for every name and
 * value of it. partiql.c reads statements, partiql_value.c their values, partiql_condition.c and partiql_where.c what stands in
 * WHERE, partiql_write.c makes writes and partiql_read.c reads; partiql_execute.c, partiql_batch.c and partiql_transact.c are the
 * operations.
 */
#ifndef DYNR_SERVICE_PARTIQL_H
#define DYNR_SERVICE_PARTIQL_H

#include "ddb/expression.h"
#include "partiql/partiql.h"
#include "service/service.h"

#define SERVICE_CONDITION_FAILED SERVICE_ERROR_PREFIX "ConditionalCheckFailedException"
#define SERVICE_DUPLICATE_ITEM   SERVICE_ERROR_PREFIX "DuplicateItemException"
#define SERVICE_DUPLICATE_TEXT   "Duplicate primary key exists in table"

/* One statement, its parameters and its table. */
struct service_statement {
    struct service_call *call;
    const struct dynr_partiql_statement *tree;
    const struct dynr_attribute *parameters;
    /* The store's name. */
    struct dynr_str table;
    const struct dynr_table_definition *definition;
};

static inline bool dynr_statement_is_read(const struct dynr_partiql_statement *tree)
{
    return tree->kind == DYNR_PARTIQL_SELECT;
}

/* The statement that `structure` has in its member Statement, with its Parameters; not yet its table. */
bool dynr_statement_parse(struct service_call *call, const struct service_node *structure,
                          struct service_statement *out);
bool dynr_statement_find_table(struct service_statement *statement);
/* "at 1:15:3": where `offset` is in the statement. */
struct dynr_str dynr_statement_place(const struct service_statement *statement, size_t offset,
                                     size_t length);
/* The store calls the places of faults by parameters that a statement does not have. */
void dynr_statement_trim_fault(struct service_call *call);
/* Carries out a write and names its faults as PartiQL does. */
bool dynr_statement_execute(const struct service_statement *statement,
                            const struct dynr_request *request, struct dynr_response *response);

/* ---- values (partiql_value.c) ---- */

/* Whether it holds no paths and no functions. */
bool dynr_statement_is_value(const struct dynr_partiql_node *node);
bool dynr_statement_value(const struct service_statement *statement,
                          const struct dynr_partiql_node *node, struct dynr_attribute *out);
/* Each name of a map once. */
bool dynr_statement_check_names(const struct service_statement *statement,
                                const struct dynr_attribute *map);
/* The choices of an IN: those that stand there, or the elements of the parameter that does. */
bool dynr_statement_choices(const struct service_statement *statement,
                            const struct dynr_partiql_node *node, const struct dynr_attribute **out,
                            size_t *out_n);

/* ---- expressions (partiql_condition.c) ---- */

void dynr_translation_begin(struct service_call *call, struct service_translation *out);
/* Names and values as a request has them; empty where there are none. */
bool dynr_translation_end(struct service_translation *translation, struct dynr_str *out_names,
                          struct dynr_str *out_values);
void dynr_translation_path(struct service_translation *translation,
                           const struct dynr_partiql_node *path, struct dynr_buf *out);
void dynr_translation_value(struct service_translation *translation,
                            const struct dynr_attribute *value, struct dynr_buf *out);
/* An operand that has to be a value; where it is something else, `message` says what may stand there. */
bool dynr_translation_literal(const struct service_statement *statement,
                              struct service_translation *translation,
                              const struct dynr_partiql_node *node, const char *message,
                              struct dynr_buf *out);
/* `is_nested`: it becomes an operand of AND. */
bool dynr_statement_condition(const struct service_statement *statement,
                              struct service_translation *translation,
                              const struct dynr_partiql_node *node, bool is_nested,
                              struct dynr_buf *out);

/* ---- WHERE (partiql_where.c) ---- */

/* What has to hold at once; what has become a key is taken. */
struct service_where {
    const struct dynr_partiql_node **parts;
    bool *is_taken;
    size_t n;
};

bool dynr_where_read(const struct service_statement *statement, struct service_where *out);
bool dynr_where_has_rest(const struct service_where *where);
/* The parts that are not taken, joined by AND. */
bool dynr_where_rest(const struct service_statement *statement,
                     struct service_translation *translation, const struct service_where *where,
                     bool is_nested, struct dynr_buf *out);
/* Takes `key = value`; `out_found` false: there is none. */
bool dynr_where_take_equal(const struct service_statement *statement, struct service_where *where,
                           const struct dynr_key_attribute *key, struct dynr_attribute *out,
                           bool *out_found);
/* Takes the whole key of an item: `{"pk":{...}}`. Empty: not all of it is there. */
bool dynr_where_take_key(const struct service_statement *statement, struct service_where *where,
                         struct dynr_str *out);
/* Takes `key IN [...]`, each value of the key's type. */
bool dynr_where_take_choices(const struct service_statement *statement, struct service_where *where,
                             const struct dynr_key_attribute *key,
                             const struct dynr_attribute **out, size_t *out_n);
/* Takes a condition that a Query can have on its sort key; NULL: there is none. */
bool dynr_where_take_range(const struct service_statement *statement, struct service_where *where,
                           const struct dynr_key_attribute *key,
                           const struct dynr_partiql_node **out);

/* ---- requests (partiql_write.c, partiql_columns.c) ---- */

/* INSERT, UPDATE, DELETE and EXISTS. */
bool dynr_statement_write_request(const struct service_statement *statement,
                                  const struct service_node *structure, struct dynr_request *out);
/* A SELECT of one item by its whole key, and nothing else; `out->key` is empty where it is something else. */
bool dynr_statement_get_request(const struct service_statement *statement,
                                struct dynr_request *out);

bool dynr_columns_check(const struct service_statement *statement);
/* The columns of an item, as an item. */
bool dynr_columns_write(const struct service_statement *statement,
                        const struct dynr_attribute *item, struct dynr_buf *out);
/* The same of an item's text; as it is where there are no columns. */
bool dynr_columns_write_text(const struct service_statement *statement, struct dynr_str item,
                             struct dynr_buf *out);

/* ---- SELECT (partiql_read.c) ---- */

bool dynr_statement_read_page(const struct service_statement *statement);

/* ---- tokens (partiql_token.c) ---- */

/* Where a SELECT goes on: in which of its partitions, and behind which key. */
struct service_position {
    size_t partition;
    struct dynr_str key;
};

bool dynr_token_write(const struct service_statement *statement,
                      const struct service_position *position, struct dynr_str *out);
bool dynr_token_read(const struct service_statement *statement, struct dynr_str token,
                     struct service_position *out);

/* ---- capacity ---- */

/* Adds what a request has consumed of the table. */
bool dynr_consumed_add(struct service_call *call, struct dynr_consumed *sum,
                       const struct dynr_response *response);

#endif
