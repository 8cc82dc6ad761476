/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds trees, and notes on the way what the service objects to without knowing names and values: each complaint
 * where it comes first. Which of several complaints is reported is expression_parse.c's decision.
 */
#include "ddb/expression_ast.h"

#include "base/number_text.h"

struct function_name {
    const char *name;
    enum dynr_ast_function function;
    bool in_update;
};

static const struct function_name functions[] = {
    {"attribute_exists", DYNR_FUNCTION_ATTRIBUTE_EXISTS, false},
    {"attribute_not_exists", DYNR_FUNCTION_ATTRIBUTE_NOT_EXISTS, false},
    {"attribute_type", DYNR_FUNCTION_ATTRIBUTE_TYPE, false},
    {"begins_with", DYNR_FUNCTION_BEGINS_WITH, false},
    {"contains", DYNR_FUNCTION_CONTAINS, false},
    {"size", DYNR_FUNCTION_SIZE, false},
    {"if_not_exists", DYNR_FUNCTION_IF_NOT_EXISTS, true},
    {"list_append", DYNR_FUNCTION_LIST_APPEND, true},
};

static void note_first(struct dynr_str *note, struct dynr_str text)
{
    if (note->len == 0) {
        *note = text;
    }
}

static struct dynr_ast_node *new_node(struct dynr_expr_parse *parse, enum dynr_ast_kind kind)
{
    struct dynr_ast_node *node = dynr_arena_calloc(parse->arena, 1, sizeof *node);
    if (node == NULL) {
        dynr_expr_no_memory(parse);
        return NULL;
    }
    node->kind = kind;
    return node;
}

static struct dynr_ast_part *add_part(struct dynr_expr_parse *parse, struct dynr_ast_node **path,
                                      enum dynr_ast_part_kind kind, struct dynr_str text)
{
    if (*path == NULL) {
        *path = new_node(parse, DYNR_AST_PATH);
        if (*path == NULL) {
            return NULL;
        }
        (*path)->slot = parse->n_paths++;
    }
    struct dynr_ast_part *part = dynr_arena_calloc(parse->arena, 1, sizeof *part);
    if (part == NULL) {
        dynr_expr_no_memory(parse);
        return NULL;
    }
    part->kind = kind;
    part->text = text;
    if ((*path)->last_part == NULL) {
        (*path)->first_part = part;
    } else {
        (*path)->last_part->next = part;
    }
    (*path)->last_part = part;
    (*path)->grouped = false;
    parse->n_parts++;
    return part;
}

struct dynr_ast_node *dynr_ast_path_name(struct dynr_expr_parse *parse, struct dynr_ast_node *path,
                                         struct dynr_str name)
{
    if (dynr_is_reserved_word(name)) {
        note_first(&parse->reserved_word, name);
    }
    return add_part(parse, &path, DYNR_PART_NAME, name) == NULL ? NULL : path;
}

struct dynr_ast_node *dynr_ast_path_ref(struct dynr_expr_parse *parse, struct dynr_ast_node *path,
                                        struct dynr_str ref)
{
    return add_part(parse, &path, DYNR_PART_REF, ref) == NULL ? NULL : path;
}

struct dynr_ast_node *dynr_ast_path_index(struct dynr_expr_parse *parse, struct dynr_ast_node *path,
                                          struct dynr_str digits)
{
    struct dynr_ast_part *part = add_part(parse, &path, DYNR_PART_INDEX, digits);
    if (part == NULL) {
        return NULL;
    }
    int64_t index;
    if (!dynr_int64_parse(digits, &index) || index > INT32_MAX) {
        note_first(&parse->bad_index, digits);
        index = INT32_MAX;
    }
    part->index = (uint32_t)index;
    return path;
}

struct dynr_ast_node *dynr_ast_value(struct dynr_expr_parse *parse, struct dynr_str ref)
{
    struct dynr_ast_node *node = new_node(parse, DYNR_AST_VALUE);
    if (node != NULL) {
        node->text = ref;
        node->slot = parse->n_values++;
    }
    return node;
}

/* Operands of conditions may only be calls of `size`. */
static void check_operands(struct dynr_expr_parse *parse, const struct dynr_ast_node *node)
{
    if (parse->kind == DYNR_EXPRESSION_UPDATE) {
        return;
    }
    for (const struct dynr_ast_node *operand = node->first; operand != NULL;
         operand = operand->next) {
        if (operand->kind == DYNR_AST_CALL && operand->function != DYNR_FUNCTION_SIZE) {
            note_first(&parse->misused_function, operand->text);
        }
    }
}

void dynr_ast_check_condition(struct dynr_expr_parse *parse, const struct dynr_ast_node *condition)
{
    if (condition->kind == DYNR_AST_CALL && condition->function == DYNR_FUNCTION_SIZE) {
        note_first(&parse->misused_function, condition->text);
    }
}

struct dynr_ast_node *dynr_ast_call(struct dynr_expr_parse *parse, struct dynr_str name,
                                    struct dynr_ast_list operands)
{
    struct dynr_ast_node *node = new_node(parse, DYNR_AST_CALL);
    if (node == NULL) {
        return NULL;
    }
    node->text = name;
    node->first = operands.first;
    node->n_operands = operands.n;
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if (dynr_str_equal_c(name, functions[i].name) &&
            functions[i].in_update == (parse->kind == DYNR_EXPRESSION_UPDATE)) {
            node->function = functions[i].function;
        }
    }
    check_operands(parse, node);
    if (node->function == DYNR_FUNCTION_NONE) {
        note_first(&parse->unknown_function, name);
    }
    parse->n_operators++;
    return node;
}

struct dynr_ast_node *dynr_ast_binary(struct dynr_expr_parse *parse, enum dynr_ast_kind kind,
                                      enum dynr_ast_op op, struct dynr_ast_node *left,
                                      struct dynr_ast_node *right)
{
    struct dynr_ast_node *node = new_node(parse, kind);
    if (node == NULL || left == NULL || right == NULL) {
        return NULL;
    }
    node->op = op;
    node->first = left;
    left->next = right;
    node->n_operands = 2;
    parse->n_operators++;
    if (kind == DYNR_AST_AND || kind == DYNR_AST_OR) {
        dynr_ast_check_condition(parse, left);
        dynr_ast_check_condition(parse, right);
    } else {
        check_operands(parse, node);
    }
    return node;
}

struct dynr_ast_node *dynr_ast_between(struct dynr_expr_parse *parse, struct dynr_ast_node *operand,
                                       struct dynr_ast_node *low, struct dynr_ast_node *high)
{
    struct dynr_ast_node *node = new_node(parse, DYNR_AST_BETWEEN);
    if (node == NULL || operand == NULL || low == NULL || high == NULL) {
        return NULL;
    }
    node->first = operand;
    operand->next = low;
    low->next = high;
    node->n_operands = 3;
    parse->n_operators++;
    check_operands(parse, node);
    return node;
}

struct dynr_ast_node *dynr_ast_in(struct dynr_expr_parse *parse, struct dynr_ast_node *operand,
                                  struct dynr_ast_list choices)
{
    struct dynr_ast_node *node = new_node(parse, DYNR_AST_IN);
    if (node == NULL || operand == NULL) {
        return NULL;
    }
    node->first = operand;
    operand->next = choices.first;
    node->n_operands = 1 + choices.n;
    parse->n_operators++;
    check_operands(parse, node);
    return node;
}

struct dynr_ast_node *dynr_ast_not(struct dynr_expr_parse *parse, struct dynr_ast_node *condition)
{
    struct dynr_ast_node *node = new_node(parse, DYNR_AST_NOT);
    if (node == NULL || condition == NULL) {
        return NULL;
    }
    node->first = condition;
    node->n_operands = 1;
    parse->n_operators++;
    dynr_ast_check_condition(parse, condition);
    return node;
}

struct dynr_ast_node *dynr_ast_group(struct dynr_expr_parse *parse, struct dynr_ast_node *node)
{
    if (node != NULL) {
        parse->redundant_parentheses = parse->redundant_parentheses || node->grouped;
        node->grouped = true;
    }
    return node;
}

struct dynr_ast_list dynr_ast_list(struct dynr_expr_parse *parse, struct dynr_ast_node *node)
{
    return dynr_ast_append(parse, (struct dynr_ast_list){0}, node);
}

struct dynr_ast_list dynr_ast_append(struct dynr_expr_parse *parse, struct dynr_ast_list list,
                                     struct dynr_ast_node *node)
{
    (void)parse;
    if (node != NULL) {
        if (list.last == NULL) {
            list.first = node;
        } else {
            list.last->next = node;
        }
        list.last = node;
        list.n++;
    }
    return list;
}

void dynr_ast_action(struct dynr_expr_parse *parse, enum dynr_action_kind kind,
                     struct dynr_ast_node *path, struct dynr_ast_node *value)
{
    struct dynr_ast_action *action = dynr_arena_calloc(parse->arena, 1, sizeof *action);
    if (action == NULL) {
        dynr_expr_no_memory(parse);
        return;
    }
    action->kind = kind;
    action->path = path;
    action->value = value;
    if (parse->last_action == NULL) {
        parse->first_action = action;
    } else {
        parse->last_action->next = action;
    }
    parse->last_action = action;
    parse->n_actions++;
}

void dynr_ast_close_clause(struct dynr_expr_parse *parse, enum dynr_action_kind kind)
{
    static const char *const names[] = {
        [DYNR_ACTION_SET] = "SET",
        [DYNR_ACTION_REMOVE] = "REMOVE",
        [DYNR_ACTION_ADD] = "ADD",
        [DYNR_ACTION_DELETE] = "DELETE",
    };
    if (parse->clause_seen[kind] && parse->repeated_clause == NULL) {
        parse->repeated_clause = names[kind];
    }
    parse->clause_seen[kind] = true;
}

struct dynr_str dynr_ast_operator_name(const struct dynr_ast_node *node)
{
    static const char *const kinds[] = {
        [DYNR_AST_PATH] = "",    [DYNR_AST_VALUE] = "",          [DYNR_AST_CALL] = "",
        [DYNR_AST_COMPARE] = "", [DYNR_AST_BETWEEN] = "BETWEEN", [DYNR_AST_IN] = "IN",
        [DYNR_AST_AND] = "AND",  [DYNR_AST_OR] = "OR",           [DYNR_AST_NOT] = "NOT",
        [DYNR_AST_SUM] = "+",    [DYNR_AST_DIFFERENCE] = "-",
    };
    static const char *const ops[] = {
        [DYNR_OP_NONE] = "", [DYNR_OP_EQ] = "=", [DYNR_OP_NE] = "<>", [DYNR_OP_LT] = "<",
        [DYNR_OP_LE] = "<=", [DYNR_OP_GT] = ">", [DYNR_OP_GE] = ">=",
    };
    if (node->kind == DYNR_AST_CALL) {
        return node->text;
    }
    return dynr_str_from_c(node->kind == DYNR_AST_COMPARE ? ops[node->op] : kinds[node->kind]);
}
