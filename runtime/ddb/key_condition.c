/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a key condition: one equality on the partition key, and perhaps one condition on the sort key. First the shape
 * is checked as far as it concerns no table, then the attributes against the key schema; both in the service's order.
 */
#include "ddb/expression_bound.h"

struct key_condition {
    struct dynr_str name;
    enum dynr_range_kind kind;
    const struct dynr_attribute *low;
    const struct dynr_attribute *high;
};

struct collector {
    const struct dynr_bound_expression *bound;
    struct dynr_error *err;
    /** The first two; more are refused once all have been looked at. */
    struct key_condition conditions[2];
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
        struct key_condition *condition = &collector->conditions[collector->n];
        condition->name = name;
        condition->kind = range_kind(node, flipped);
        condition->low = dynr_bound_value(collector->bound, low);
        condition->high =
            node->n_operands > 2 ? dynr_bound_value(collector->bound, low->next) : condition->low;
    }
    collector->names[collector->n++] = name;
    return DYNR_OK;
}

static enum dynr_status check_value(struct collector *collector, struct dynr_key_schema_part part,
                                    const struct dynr_attribute *value)
{
    const char *type = dynr_attribute_type_name(value->type);
    if (type[0] != part.type || type[1] != '\0') {
        return invalid(collector,
                       "One or more parameter values were invalid: Condition parameter type "
                       "does not match schema type");
    }
    if (part.type != 'N' && value->text.len == 0) {
        return dynr_fail(collector->err, DYNR_ERR_INVALID_ARGUMENT,
                         "One or more parameter values are not valid. The AttributeValue for a key "
                         "attribute cannot contain an empty %s value. Key: %.*s",
                         part.type == 'S' ? "string" : "binary", (int)part.name.len, part.name.ptr);
    }
    return DYNR_OK;
}

/* The condition on a key attribute; `out` is NULL when there is none and none is needed. */
static enum dynr_status match(struct collector *collector, struct dynr_key_schema_part part,
                              bool is_partition, const struct key_condition **out)
{
    *out = NULL;
    for (size_t i = 0; i < collector->n; i++) {
        if (dynr_str_equal(collector->conditions[i].name, part.name)) {
            *out = &collector->conditions[i];
        }
    }
    if (*out == NULL) {
        return is_partition || collector->n > 1
                   ? dynr_fail(collector->err, DYNR_ERR_INVALID_ARGUMENT,
                               "Query condition missed key schema element: %.*s",
                               (int)part.name.len, part.name.ptr)
                   : DYNR_OK;
    }
    enum dynr_status status = check_value(collector, part, (*out)->low);
    if (status == DYNR_OK) {
        status = check_value(collector, part, (*out)->high);
    }
    if (status == DYNR_OK && is_partition && (*out)->kind != DYNR_RANGE_EQUAL) {
        status = invalid(collector, "Query key condition not supported");
    }
    return status;
}

static enum dynr_status read_collected(struct collector *collector,
                                       struct dynr_key_schema_part partition_key,
                                       struct dynr_key_schema_part sort_key,
                                       struct dynr_key_range *out)
{
    const struct key_condition *partition;
    const struct key_condition *sort = NULL;
    if (collector->n > 2) {
        return invalid(collector, "Conditions can be of length 1 or 2 only");
    }
    if (sort_key.name.len == 0 && collector->n > 1) {
        return invalid(collector, "Query key condition not supported");
    }
    enum dynr_status status = match(collector, partition_key, true, &partition);
    if (status == DYNR_OK && sort_key.name.len != 0) {
        status = match(collector, sort_key, false, &sort);
    }
    if (status != DYNR_OK || partition == NULL) {
        return status;
    }
    memset(out, 0, sizeof *out);
    out->partition = *partition->low;
    out->kind = DYNR_RANGE_ALL;
    if (sort != NULL) {
        out->kind = sort->kind;
        out->low = *sort->low;
        out->high = *sort->high;
    }
    return DYNR_OK;
}

enum dynr_status dynr_key_condition_read(const struct dynr_bound_expression *condition,
                                         struct dynr_key_schema_part partition_key,
                                         struct dynr_key_schema_part sort_key,
                                         struct dynr_key_range *out, struct dynr_error *err)
{
    struct collector collector;
    collector.bound = condition;
    collector.err = err;
    collector.n = 0;
    enum dynr_status status = collect(&collector, condition->expression->root);
    return status == DYNR_OK ? read_collected(&collector, partition_key, sort_key, out) : status;
}
