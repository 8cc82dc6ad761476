/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a key condition: one equality on the partition key, and perhaps one condition on the sort key. First the shape
 * is checked as far as it concerns no table, then the attributes against the key schema; both in the service's order.
 */
#include "ddb/expression_bound.h"

struct collector {
    const struct dynr_bound_expression *bound;
    struct dynr_error *err;
    /** The first two; more are refused once all have been looked at. */
    struct dynr_key_conditions *conditions;
    struct dynr_str names[DYNR_EXPRESSION_MAX_OPERATORS];
    size_t n;
};

static enum dynr_status invalid(struct collector *collector, const char *message)
{
    return dynr_fail(collector->err, DYNR_ERR_INVALID_ARGUMENT, "%s", message);
}

static enum dynr_status refuse_operator(struct collector *collector,
                                        const struct dynr_ast_node *node)
{
    struct dynr_str name = dynr_ast_operator_name(node);
    return dynr_fail(collector->err, DYNR_ERR_INVALID_ARGUMENT,
                     "Invalid operator used in KeyConditionExpression: %.*s", (int)name.len,
                     name.ptr);
}

static enum dynr_status check_operator(struct collector *collector,
                                       const struct dynr_ast_node *node)
{
    if (node->kind == DYNR_AST_OR || node->kind == DYNR_AST_NOT || node->kind == DYNR_AST_IN ||
        node->op == DYNR_OP_NE) {
        return refuse_operator(collector, node);
    }
    if (node->kind == DYNR_AST_CALL && node->function != DYNR_FUNCTION_BEGINS_WITH) {
        return node->function == DYNR_FUNCTION_SIZE
                   ? invalid(collector, "KeyConditionExpressions cannot contain nested operations")
                   : refuse_operator(collector, node);
    }
    if ((node->kind == DYNR_AST_BETWEEN || node->kind == DYNR_AST_CALL) &&
        node->first->kind != DYNR_AST_PATH) {
        struct dynr_str name = dynr_ast_operator_name(node);
        return dynr_fail(
            collector->err, DYNR_ERR_INVALID_ARGUMENT,
            "Invalid condition in KeyConditionExpression: %.*s operator must have the key "
            "attribute as its first operand",
            (int)name.len, name.ptr);
    }
    return DYNR_OK;
}

/* The one operand that is a path; every other must be a value. */
static enum dynr_status find_attribute(struct collector *collector,
                                       const struct dynr_ast_node *node,
                                       const struct dynr_ast_node **out)
{
    const struct dynr_ast_node *operand = node->first;
    *out = NULL;
    for (size_t i = 0; i < node->n_operands; i++, operand = operand->next) {
        if (operand->kind == DYNR_AST_CALL) {
            return invalid(collector, "KeyConditionExpressions cannot contain nested operations");
        }
        if (operand->kind != DYNR_AST_PATH) {
            continue;
        }
        if (*out != NULL) {
            return invalid(collector,
                           "Invalid condition in KeyConditionExpression: Multiple attribute "
                           "names used in one condition");
        }
        if (dynr_bound_path(collector->bound, operand)->n_parts > 1) {
            return invalid(collector,
                           "KeyConditionExpressions cannot have conditions on nested attributes");
        }
        *out = operand;
    }
    return *out != NULL
               ? DYNR_OK
               : invalid(collector,
                         "Invalid condition in KeyConditionExpression: No key attribute specified");
}

static enum dynr_range_kind range_kind(const struct dynr_ast_node *node, bool flipped)
{
    if (node->kind == DYNR_AST_BETWEEN) {
        return DYNR_RANGE_BETWEEN;
    }
    switch (node->op) {
    case DYNR_OP_LT:
        return flipped ? DYNR_RANGE_GREATER : DYNR_RANGE_LESS;
    case DYNR_OP_LE:
        return flipped ? DYNR_RANGE_GREATER_EQUAL : DYNR_RANGE_LESS_EQUAL;
    case DYNR_OP_GT:
        return flipped ? DYNR_RANGE_LESS : DYNR_RANGE_GREATER;
    case DYNR_OP_GE:
        return flipped ? DYNR_RANGE_LESS_EQUAL : DYNR_RANGE_GREATER_EQUAL;
    case DYNR_OP_EQ:
        return DYNR_RANGE_EQUAL;
    case DYNR_OP_NONE:
    case DYNR_OP_NE:
        break;
    }
    return DYNR_RANGE_BEGINS_WITH;
}

static enum dynr_status collect(struct collector *collector, const struct dynr_ast_node *node)
{
    enum dynr_status status = check_operator(collector, node);
    if (status != DYNR_OK) {
        return status;
    }
    if (node->kind == DYNR_AST_AND) {
        status = collect(collector, node->first);
        return status == DYNR_OK ? collect(collector, node->first->next) : status;
    }
    const struct dynr_ast_node *attribute;
    status = find_attribute(collector, node, &attribute);
    if (status != DYNR_OK || attribute == NULL) {
        return status;
    }
    struct dynr_str name = dynr_bound_path(collector->bound, attribute)->parts[0].name;
    for (size_t i = 0; i < collector->n; i++) {
        if (dynr_str_equal(collector->names[i], name)) {
            return invalid(collector,
                           "KeyConditionExpressions must only contain one condition per key");
        }
    }
    if (collector->n < 2) {
        bool flipped = attribute != node->first;
        const struct dynr_ast_node *low = flipped ? node->first : node->first->next;
        struct dynr_key_conditions *conditions = collector->conditions;
        size_t part = collector->n;
        conditions->parts[part].name = name;
        conditions->parts[part].kind = range_kind(node, flipped);
        conditions->parts[part].low = dynr_bound_value(collector->bound, low);
        conditions->parts[part].high = node->n_operands > 2
                                           ? dynr_bound_value(collector->bound, low->next)
                                           : conditions->parts[part].low;
    }
    collector->names[collector->n++] = name;
    return DYNR_OK;
}

enum dynr_status dynr_key_condition_collect(const struct dynr_bound_expression *condition,
                                            struct dynr_key_conditions *out, struct dynr_error *err)
{
    struct collector collector;
    collector.bound = condition;
    collector.err = err;
    collector.conditions = out;
    collector.n = 0;
    memset(out, 0, sizeof *out);
    enum dynr_status status = collect(&collector, condition->expression->root);
    if (status == DYNR_OK && collector.n > 2) {
        return invalid(&collector, "Conditions can be of length 1 or 2 only");
    }
    out->n_parts = collector.n;
    return status;
}

/* ---- against a key schema ---- */

static enum dynr_status check_value(struct dynr_key_schema_part part,
                                    const struct dynr_attribute *value, struct dynr_error *err)
{
    const char *type = dynr_attribute_type_name(value->type);
    if (type[0] != part.type || type[1] != '\0') {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT,
                         "One or more parameter values were invalid: Condition parameter type "
                         "does not match schema type");
    }
    if (part.type != 'N' && value->text.len == 0) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT,
                         "One or more parameter values are not valid. The AttributeValue for a key "
                         "attribute cannot contain an empty %s value. Key: %.*s",
                         part.type == 'S' ? "string" : "binary", (int)part.name.len, part.name.ptr);
    }
    return DYNR_OK;
}

static enum dynr_status check_part(const struct dynr_key_conditions *conditions, size_t position,
                                   struct dynr_key_schema_part part, bool is_partition,
                                   struct dynr_error *err)
{
    enum dynr_status status = check_value(part, conditions->parts[position].low, err);
    if (status == DYNR_OK) {
        status = check_value(part, conditions->parts[position].high, err);
    }
    if (status == DYNR_OK && is_partition && conditions->parts[position].kind != DYNR_RANGE_EQUAL) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "Query key condition not supported");
    }
    return status;
}

enum dynr_status dynr_key_condition_match(const struct dynr_key_conditions *conditions,
                                          struct dynr_key_schema_part part, bool is_partition,
                                          bool has_sort_key, struct dynr_key_range *out,
                                          struct dynr_error *err)
{
    size_t position = 0;
    if (is_partition) {
        memset(out, 0, sizeof *out);
        out->kind = DYNR_RANGE_ALL;
    }
    if (is_partition && !has_sort_key && conditions->n_parts > 1) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "Query key condition not supported");
    }
    while (position < conditions->n_parts &&
           !dynr_str_equal(conditions->parts[position].name, part.name)) {
        position++;
    }
    if (position == conditions->n_parts) {
        return is_partition || conditions->n_parts > 1
                   ? dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT,
                               "Query condition missed key schema element: %.*s",
                               (int)part.name.len, part.name.ptr)
                   : DYNR_OK;
    }
    enum dynr_status status = check_part(conditions, position, part, is_partition, err);
    if (status == DYNR_OK && is_partition) {
        out->partition = *conditions->parts[position].low;
    } else if (status == DYNR_OK) {
        out->kind = conditions->parts[position].kind;
        out->low = *conditions->parts[position].low;
        out->high = *conditions->parts[position].high;
    }
    return status;
}

enum dynr_status dynr_key_condition_read(const struct dynr_bound_expression *condition,
                                         struct dynr_key_schema_part partition_key,
                                         struct dynr_key_schema_part sort_key,
                                         struct dynr_key_range *out, struct dynr_error *err)
{
    struct dynr_key_conditions conditions;
    bool has_sort_key = sort_key.name.len != 0;
    enum dynr_status status = dynr_key_condition_collect(condition, &conditions, err);
    if (status == DYNR_OK) {
        status = dynr_key_condition_match(&conditions, partition_key, true, has_sort_key, out, err);
    }
    return status == DYNR_OK && has_sort_key
               ? dynr_key_condition_match(&conditions, sort_key, false, true, out, err)
               : status;
}
