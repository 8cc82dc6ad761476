/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DynamoDB's expression language: condition, filter, key condition, update and projection expressions, parsed by the
 * grammar in grammar/expression.y. A parsed expression does not depend on names and values, so that it can be
 * cached by its text; binding attaches them.
 * Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
 */
#ifndef DYNR_DDB_EXPRESSION_H
#define DYNR_DDB_EXPRESSION_H

#include "ddb/attribute.h"

enum dynr_expression_kind {
    DYNR_EXPRESSION_CONDITION,
    DYNR_EXPRESSION_FILTER,
    DYNR_EXPRESSION_KEY_CONDITION,
    DYNR_EXPRESSION_UPDATE,
    DYNR_EXPRESSION_PROJECTION,
};

struct dynr_expression;

/** Longest expression text, in bytes. */
#define DYNR_EXPRESSION_MAX_LENGTH 4096

/**
 * Parses `text`. The result lives in `arena`, with the text copied. DYNR_ERR_INVALID_ARGUMENT with the service's
 * words: "Invalid ConditionExpression: Syntax error; token: \"=\", near: \"a = =\"", reserved words, operand types
 * that can never fit, functions that the kind does not have, overlapping update paths are checked when bound.
 */
enum dynr_status dynr_expression_parse(enum dynr_expression_kind kind, struct dynr_str text,
                                       struct dynr_arena *arena, const struct dynr_expression **out,
                                       struct dynr_error *err);

/** Names and values of a request, parsed. `used` tracks what expressions refer to, for the "unused" errors. */
struct dynr_bindings {
    /** M: "#n" -> S, or zero. */
    struct dynr_attribute names;
    /** M: ":v" -> value, or zero. */
    struct dynr_attribute values;
    bool *name_used;
    bool *value_used;
    /** The members of `names` and `values`, sorted for lookup. */
    const struct dynr_attribute_member **names_sorted;
    const struct dynr_attribute_member **values_sorted;
};

enum dynr_status dynr_bindings_parse(struct dynr_str names, struct dynr_str values,
                                     struct dynr_arena *arena, struct dynr_bindings *out,
                                     struct dynr_error *err);

/**
 * Resolves every `#name` and `:value` of `expression` against `bindings`, checks what the service checks at this
 * point (undefined names and values, operand types, overlapping paths of an update or projection), and marks them
 * used. The bound expression lives in `arena` and refers to `expression` and `bindings`.
 */
struct dynr_bound_expression;
enum dynr_status dynr_expression_bind(const struct dynr_expression *expression,
                                      struct dynr_bindings *bindings, struct dynr_arena *arena,
                                      const struct dynr_bound_expression **out,
                                      struct dynr_error *err);
/** Whether a path of `expression` begins with the attribute `name`; `out_nested`: one goes on into it. */
bool dynr_expression_uses(const struct dynr_bound_expression *expression, struct dynr_str name,
                          bool *out_nested);
/** Whether a path of `expression` begins with an attribute that is none of `names`; `out_name`: the first such. */
bool dynr_expression_leaves(const struct dynr_bound_expression *expression,
                            const struct dynr_str *names, size_t n_names,
                            struct dynr_str *out_name);
/**
 * Refuses a filter of a Query that refers to one of the key attributes (empty names are skipped): "Filter Expression
 * can only contain non-primary key attributes: Primary key attribute: pk".
 */
enum dynr_status dynr_filter_check_keys(const struct dynr_bound_expression *filter,
                                        const struct dynr_str *key_names, size_t n_key_names,
                                        struct dynr_error *err);

/** After all binds of one request: DYNR_ERR_INVALID_ARGUMENT where a name or value was given but never used. */
enum dynr_status dynr_bindings_check_used(const struct dynr_bindings *bindings,
                                          struct dynr_error *err);

/** Whether `item` (an M; NULL or empty: no item) satisfies a condition or filter. */
enum dynr_status dynr_condition_holds(const struct dynr_bound_expression *condition,
                                      const struct dynr_attribute *item, struct dynr_arena *arena,
                                      bool *out, struct dynr_error *err);

/**
 * Applies an update to `item` (an M holding at least the key): SET (with +, -, if_not_exists, list_append), REMOVE,
 * ADD, DELETE. `out_item` is a new tree that shares unchanged parts. `out_updated` (may be NULL) is an M with the
 * values at the updated paths only, as UPDATED_NEW answers; `out_updated_old` likewise for UPDATED_OLD.
 * An update of a key attribute is refused: names of key attributes are in `key_names` (empty ones are skipped).
 * The trees refer to `item`, the bindings and the expression.
 */
enum dynr_status dynr_update_apply(const struct dynr_bound_expression *update,
                                   const struct dynr_attribute *item,
                                   const struct dynr_str *key_names, size_t n_key_names,
                                   struct dynr_arena *arena, struct dynr_attribute *out_item,
                                   struct dynr_attribute *out_updated_old,
                                   struct dynr_attribute *out_updated, struct dynr_error *err);

/** Keeps only the projected paths of `item`. */
enum dynr_status dynr_projection_apply(const struct dynr_bound_expression *projection,
                                       const struct dynr_attribute *item, struct dynr_arena *arena,
                                       struct dynr_attribute *out, struct dynr_error *err);

/** The range on a sort key that a key condition asks for. */
enum dynr_range_kind {
    DYNR_RANGE_ALL,
    DYNR_RANGE_EQUAL,
    DYNR_RANGE_LESS,
    DYNR_RANGE_LESS_EQUAL,
    DYNR_RANGE_GREATER,
    DYNR_RANGE_GREATER_EQUAL,
    DYNR_RANGE_BETWEEN,
    DYNR_RANGE_BEGINS_WITH,
};

struct dynr_key_range {
    struct dynr_attribute partition;
    enum dynr_range_kind kind;
    struct dynr_attribute low;
    struct dynr_attribute high;
};

struct dynr_key_schema_part {
    struct dynr_str name;
    char type;
};

/** A key condition's one or two conditions, each on an attribute, before any key schema is known. */
struct dynr_key_conditions {
    struct {
        struct dynr_str name;
        enum dynr_range_kind kind;
        const struct dynr_attribute *low;
        const struct dynr_attribute *high;
    } parts[2];
    size_t n_parts;
};

/** Reads a bound key condition as far as it concerns no table: "Invalid operator used in KeyConditionExpression: OR", ... */
enum dynr_status dynr_key_condition_collect(const struct dynr_bound_expression *condition,
                                            struct dynr_key_conditions *out,
                                            struct dynr_error *err);
/**
 * The condition on the partition key (`is_partition`) or the sort key of a schema, into `out`; first the one, then the other.
 * Errors: "Query condition missed key schema element: pk", "Query key condition not supported", type mismatches.
 */
enum dynr_status dynr_key_condition_match(const struct dynr_key_conditions *conditions,
                                          struct dynr_key_schema_part part, bool is_partition,
                                          bool has_sort_key, struct dynr_key_range *out,
                                          struct dynr_error *err);
/** All of it for the given key schema (`sort_key.name` empty: none). */
enum dynr_status dynr_key_condition_read(const struct dynr_bound_expression *condition,
                                         struct dynr_key_schema_part partition_key,
                                         struct dynr_key_schema_part sort_key,
                                         struct dynr_key_range *out, struct dynr_error *err);

/** Whether `name` is one of DynamoDB's reserved words, in any case. */
bool dynr_is_reserved_word(struct dynr_str name);

#endif
