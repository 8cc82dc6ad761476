/* SPDX-License-Identifier: Apache-2.0 */
/* Whether operators and functions get as many operands as they take, and values of types that can fit. */
#include "ddb/expression_bound.h"

#include "base/base64.h"
#include "ddb/expression_parse.h"

/** Choices that IN takes. */
#define IN_MAX_CHOICES 100u

struct checker {
    const struct dynr_bound_expression *bound;
    struct dynr_error *err;
};

static const char *label(const struct checker *checker)
{
    return dynr_expression_label(checker->bound->expression->kind);
}

static enum dynr_status wrong_count(const struct checker *checker, const struct dynr_ast_node *node,
                                    size_t count)
{
    struct dynr_str name = dynr_ast_operator_name(node);
    return dynr_fail(checker->err, DYNR_ERR_INVALID_ARGUMENT,
                     "Invalid %s: Incorrect number of operands for operator or function; "
                     "operator or function: %.*s, number of operands: %zu",
                     label(checker), (int)name.len, name.ptr, count);
}

static enum dynr_status wrong_type(const struct checker *checker, const struct dynr_ast_node *node,
                                   const char *type)
{
    struct dynr_str name = dynr_ast_operator_name(node);
    return dynr_fail(checker->err, DYNR_ERR_INVALID_ARGUMENT,
                     "Invalid %s: Incorrect operand type for operator or function; "
                     "operator or function: %.*s, operand type: %s",
                     label(checker), (int)name.len, name.ptr, type);
}

static enum dynr_status needs_path(const struct checker *checker, const struct dynr_ast_node *node)
{
    return dynr_fail(
        checker->err, DYNR_ERR_INVALID_ARGUMENT,
        "Invalid %s: Operator or function requires a document path; operator or function: %.*s",
        label(checker), (int)node->text.len, node->text.ptr);
}

static size_t wanted_operands(enum dynr_ast_function function)
{
    switch (function) {
    case DYNR_FUNCTION_ATTRIBUTE_EXISTS:
    case DYNR_FUNCTION_ATTRIBUTE_NOT_EXISTS:
    case DYNR_FUNCTION_SIZE:
        return 1;
    case DYNR_FUNCTION_NONE:
    case DYNR_FUNCTION_ATTRIBUTE_TYPE:
    case DYNR_FUNCTION_BEGINS_WITH:
    case DYNR_FUNCTION_CONTAINS:
    case DYNR_FUNCTION_IF_NOT_EXISTS:
    case DYNR_FUNCTION_LIST_APPEND:
        break;
    }
    return 2;
}

/* Calls within calls first, as the service's parser sees them. */
static enum dynr_status check_counts(const struct checker *checker,
                                     const struct dynr_ast_node *node)
{
    const struct dynr_ast_node *operand = node->first;
    for (size_t i = 0; i < node->n_operands; i++, operand = operand->next) {
        enum dynr_status status = check_counts(checker, operand);
        if (status != DYNR_OK) {
            return status;
        }
    }
    if (node->kind == DYNR_AST_CALL && node->n_operands != wanted_operands(node->function)) {
        return wrong_count(checker, node, node->n_operands);
    }
    if (node->kind == DYNR_AST_IN && node->n_operands > IN_MAX_CHOICES + 1) {
        return wrong_count(checker, node, node->n_operands - 1);
    }
    return DYNR_OK;
}

/* Comparing a path with itself. */
static enum dynr_status check_distinct(const struct checker *checker,
                                       const struct dynr_ast_node *node)
{
    const struct dynr_ast_node *operand = node->first;
    for (size_t i = 0; i < node->n_operands; i++, operand = operand->next) {
        enum dynr_status status = check_distinct(checker, operand);
        if (status != DYNR_OK) {
            return status;
        }
    }
    if ((node->kind != DYNR_AST_COMPARE && node->kind != DYNR_AST_CALL) || node->n_operands != 2 ||
        node->first->kind != DYNR_AST_PATH || node->first->next->kind != DYNR_AST_PATH) {
        return DYNR_OK;
    }
    const struct dynr_path *path = dynr_bound_path(checker->bound, node->first);
    if (!dynr_path_equal(path, dynr_bound_path(checker->bound, node->first->next))) {
        return DYNR_OK;
    }
    struct dynr_str name = dynr_ast_operator_name(node);
    struct dynr_buf buf;
    dynr_buf_init(&buf, NULL, DYNR_ERROR_MESSAGE_SIZE);
    dynr_path_write(path, &buf);
    struct dynr_str text = dynr_buf_str(&buf);
    enum dynr_status status = dynr_fail(
        checker->err, DYNR_ERR_INVALID_ARGUMENT,
        "Invalid %s: The first operand must be distinct from the remaining operands for this "
        "operator or function; operator: %.*s, first operand: %.*s",
        label(checker), (int)name.len, name.ptr, (int)text.len, text.ptr == NULL ? "" : text.ptr);
    dynr_buf_cleanup(&buf);
    return status;
}

/* The type of a value, or of what a function gives; NONE for paths. */
static enum dynr_attribute_type known_type(const struct checker *checker,
                                           const struct dynr_ast_node *node)
{
    if (node->kind == DYNR_AST_VALUE) {
        return dynr_bound_value(checker->bound, node)->type;
    }
    if (node->kind == DYNR_AST_CALL && node->function == DYNR_FUNCTION_SIZE) {
        return DYNR_ATTRIBUTE_N;
    }
    return DYNR_ATTRIBUTE_NONE;
}

static bool is_ordered(enum dynr_attribute_type type)
{
    return type == DYNR_ATTRIBUTE_NONE || type == DYNR_ATTRIBUTE_S || type == DYNR_ATTRIBUTE_N ||
           type == DYNR_ATTRIBUTE_B;
}

static enum dynr_status check_ordered(const struct checker *checker,
                                      const struct dynr_ast_node *node)
{
    for (const struct dynr_ast_node *operand = node->first; operand != NULL;
         operand = operand->next) {
        enum dynr_attribute_type type = known_type(checker, operand);
        if (!is_ordered(type)) {
            return wrong_type(checker, node, dynr_attribute_type_name(type));
        }
    }
    return DYNR_OK;
}

/* "AttributeValue: {S:b}" */
static void write_bound(const struct dynr_attribute *value, struct dynr_buf *out)
{
    dynr_buf_printf(out, "AttributeValue: {%s:", dynr_attribute_type_name(value->type));
    if (value->type == DYNR_ATTRIBUTE_B) {
        dynr_buf_append_base64(
            out, (struct dynr_bytes){(const uint8_t *)value->text.ptr, value->text.len});
    } else {
        dynr_buf_append_str(out, value->text);
    }
    dynr_buf_append_char(out, '}');
}

static enum dynr_status wrong_bounds(const struct checker *checker, const char *requirement,
                                     const struct dynr_attribute *low,
                                     const struct dynr_attribute *high)
{
    struct dynr_buf buf;
    dynr_buf_init(&buf, NULL, 0);
    write_bound(low, &buf);
    dynr_buf_append_c(&buf, ", upper bound operand: ");
    write_bound(high, &buf);
    struct dynr_str text = dynr_buf_str(&buf);
    enum dynr_status status = dynr_fail(
        checker->err, DYNR_ERR_INVALID_ARGUMENT,
        "Invalid %s: The BETWEEN operator requires %s; lower bound operand: %.*s", label(checker),
        requirement, text.len < 1024 ? (int)text.len : 1024, text.ptr == NULL ? "" : text.ptr);
    dynr_buf_cleanup(&buf);
    return status;
}

static enum dynr_status check_between(const struct checker *checker,
                                      const struct dynr_ast_node *node)
{
    enum dynr_status status = check_ordered(checker, node);
    const struct dynr_ast_node *low_node = node->first->next;
    const struct dynr_ast_node *high_node = low_node->next;
    if (status != DYNR_OK || low_node->kind != DYNR_AST_VALUE ||
        high_node->kind != DYNR_AST_VALUE) {
        return status;
    }
    const struct dynr_attribute *low = dynr_bound_value(checker->bound, low_node);
    const struct dynr_attribute *high = dynr_bound_value(checker->bound, high_node);
    int order;
    if (!dynr_attribute_compare(low, high, &order)) {
        return wrong_bounds(checker, "same data type for lower and upper bounds", low, high);
    }
    if (order > 0) {
        return wrong_bounds(checker, "upper bound to be greater than or equal to lower bound", low,
                            high);
    }
    return DYNR_OK;
}

static enum dynr_status check_begins_with(const struct checker *checker,
                                          const struct dynr_ast_node *node)
{
    for (const struct dynr_ast_node *operand = node->first; operand != NULL;
         operand = operand->next) {
        enum dynr_attribute_type type = known_type(checker, operand);
        if (type != DYNR_ATTRIBUTE_NONE && type != DYNR_ATTRIBUTE_S && type != DYNR_ATTRIBUTE_B) {
            return wrong_type(checker, node, dynr_attribute_type_name(type));
        }
    }
    return DYNR_OK;
}

static enum dynr_status check_attribute_type(const struct checker *checker,
                                             const struct dynr_ast_node *node)
{
    enum dynr_attribute_type type = known_type(checker, node->first->next);
    if (type != DYNR_ATTRIBUTE_S) {
        return wrong_type(checker, node,
                          type == DYNR_ATTRIBUTE_NONE ? "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}"
                                                      : dynr_attribute_type_name(type));
    }
    struct dynr_str name = dynr_bound_value(checker->bound, node->first->next)->text;
    if (dynr_attribute_type_parse(name) == DYNR_ATTRIBUTE_NONE) {
        return dynr_fail(checker->err, DYNR_ERR_INVALID_ARGUMENT,
                         "Invalid %s: Invalid attribute type name found; type: %.*s, valid types: "
                         "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
                         label(checker), name.len < 255 ? (int)name.len : 255, name.ptr);
    }
    return DYNR_OK;
}

static enum dynr_status check_call(const struct checker *checker, const struct dynr_ast_node *node)
{
    enum dynr_attribute_type type = known_type(checker, node->first);
    switch (node->function) {
    case DYNR_FUNCTION_ATTRIBUTE_EXISTS:
    case DYNR_FUNCTION_ATTRIBUTE_NOT_EXISTS:
    case DYNR_FUNCTION_IF_NOT_EXISTS:
        return node->first->kind == DYNR_AST_PATH ? DYNR_OK : needs_path(checker, node);
    case DYNR_FUNCTION_ATTRIBUTE_TYPE:
        return check_attribute_type(checker, node);
    case DYNR_FUNCTION_BEGINS_WITH:
        return check_begins_with(checker, node);
    case DYNR_FUNCTION_SIZE:
        if (type == DYNR_ATTRIBUTE_N || type == DYNR_ATTRIBUTE_BOOL ||
            type == DYNR_ATTRIBUTE_NULL) {
            return wrong_type(checker, node, dynr_attribute_type_name(type));
        }
        return DYNR_OK;
    case DYNR_FUNCTION_NONE:
    case DYNR_FUNCTION_CONTAINS:
    case DYNR_FUNCTION_LIST_APPEND:
        break;
    }
    return DYNR_OK;
}

/* Operands of update functions and operators: only values have a type that is known by now. */
static enum dynr_status check_values_are(const struct checker *checker,
                                         const struct dynr_ast_node *node,
                                         enum dynr_attribute_type wanted)
{
    const struct dynr_ast_node *operand = node->first;
    for (size_t i = 0; i < node->n_operands; i++, operand = operand->next) {
        if (operand->kind == DYNR_AST_VALUE &&
            dynr_bound_value(checker->bound, operand)->type != wanted) {
            return wrong_type(
                checker, node,
                dynr_attribute_type_name(dynr_bound_value(checker->bound, operand)->type));
        }
    }
    return DYNR_OK;
}

static enum dynr_status check_types(const struct checker *checker, const struct dynr_ast_node *node)
{
    const struct dynr_ast_node *operand = node->first;
    for (size_t i = 0; i < node->n_operands; i++, operand = operand->next) {
        enum dynr_status status = check_types(checker, operand);
        if (status != DYNR_OK) {
            return status;
        }
    }
    switch (node->kind) {
    case DYNR_AST_COMPARE:
        return node->op == DYNR_OP_EQ || node->op == DYNR_OP_NE ? DYNR_OK
                                                                : check_ordered(checker, node);
    case DYNR_AST_BETWEEN:
        return check_between(checker, node);
    case DYNR_AST_CALL:
        return node->function == DYNR_FUNCTION_LIST_APPEND
                   ? check_values_are(checker, node, DYNR_ATTRIBUTE_L)
                   : check_call(checker, node);
    case DYNR_AST_SUM:
    case DYNR_AST_DIFFERENCE:
        return check_values_are(checker, node, DYNR_ATTRIBUTE_N);
    case DYNR_AST_PATH:
    case DYNR_AST_VALUE:
    case DYNR_AST_IN:
    case DYNR_AST_AND:
    case DYNR_AST_OR:
    case DYNR_AST_NOT:
        break;
    }
    return DYNR_OK;
}

enum dynr_status dynr_condition_check(const struct dynr_bound_expression *bound,
                                      const struct dynr_ast_node *node, struct dynr_error *err)
{
    struct checker checker = {bound, err};
    enum dynr_status status = check_counts(&checker, node);
    if (status == DYNR_OK) {
        status = check_distinct(&checker, node);
    }
    return status == DYNR_OK ? check_types(&checker, node) : status;
}

/* What ADD and DELETE take; here the service spells types out. */
static enum dynr_status check_action_operand(const struct checker *checker,
                                             const struct dynr_ast_action *action)
{
    static const char *const spelled[] = {
        [DYNR_ATTRIBUTE_S] = "STRING",  [DYNR_ATTRIBUTE_N] = "NUMBER",
        [DYNR_ATTRIBUTE_B] = "BINARY",  [DYNR_ATTRIBUTE_BOOL] = "BOOLEAN",
        [DYNR_ATTRIBUTE_NULL] = "NULL", [DYNR_ATTRIBUTE_M] = "MAP",
        [DYNR_ATTRIBUTE_L] = "LIST",    [DYNR_ATTRIBUTE_BS] = NULL,
    };
    bool add = action->kind == DYNR_ACTION_ADD;
    if (!add && action->kind != DYNR_ACTION_DELETE) {
        return DYNR_OK;
    }
    enum dynr_attribute_type type = dynr_bound_value(checker->bound, action->value)->type;
    if (spelled[type] == NULL || (add && type == DYNR_ATTRIBUTE_N)) {
        return DYNR_OK;
    }
    return dynr_fail(checker->err, DYNR_ERR_INVALID_ARGUMENT,
                     "Invalid %s: Incorrect operand type for operator or function; operator: %s, "
                     "operand type: %s",
                     label(checker), add ? "ADD" : "DELETE", spelled[type]);
}

enum dynr_status dynr_expression_check_update(const struct dynr_bound_expression *bound,
                                              struct dynr_error *err)
{
    struct checker checker = {bound, err};
    const struct dynr_ast_action *action;
    for (action = bound->expression->actions; action != NULL; action = action->next) {
        enum dynr_status status = check_action_operand(&checker, action);
        if (status != DYNR_OK) {
            return status;
        }
    }
    for (action = bound->expression->actions; action != NULL; action = action->next) {
        enum dynr_status status = DYNR_OK;
        if (action->value != NULL) {
            status = check_counts(&checker, action->value);
        }
        if (status == DYNR_OK && action->value != NULL) {
            status = check_types(&checker, action->value);
        }
        if (status != DYNR_OK) {
            return status;
        }
    }
    return DYNR_OK;
}
