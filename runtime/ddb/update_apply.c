/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an update does to an item. Everything is read from the item as it was: first the values of all SET actions,
 * then, action by action, whether its path leads somewhere and what becomes of the value there; update_rebuild.c then
 * makes the new tree.
 */
#include "ddb/expression_bound.h"

#include "ddb/text_set.h"

#define INVALID_PATH    "The document path provided in the update expression is invalid for update"
#define INVALID_OPERAND "An operand in the update expression has an incorrect data type"

struct update {
    const struct dynr_bound_expression *bound;
    const struct dynr_attribute *item;
    struct dynr_arena *arena;
    struct dynr_error *err;
};

static enum dynr_status evaluate(const struct update *update, const struct dynr_ast_node *node,
                                 const struct dynr_attribute **out);

static enum dynr_status invalid(const struct update *update, const char *message)
{
    return dynr_fail(update->err, DYNR_ERR_INVALID_ARGUMENT, "%s", message);
}

static enum dynr_status no_memory(const struct update *update)
{
    return dynr_fail(update->err, DYNR_ERR_NO_MEMORY, NULL);
}

static enum dynr_status new_value(const struct update *update, enum dynr_attribute_type type,
                                  struct dynr_attribute **out)
{
    *out = dynr_arena_calloc(update->arena, 1, sizeof **out);
    if (*out == NULL) {
        return no_memory(update);
    }
    (*out)->type = type;
    return DYNR_OK;
}

/* Both operands, which must have the type `wanted`. */
static enum dynr_status evaluate_both(const struct update *update, const struct dynr_ast_node *node,
                                      enum dynr_attribute_type wanted,
                                      const struct dynr_attribute *out[2])
{
    const struct dynr_ast_node *operand = node->first;
    for (size_t i = 0; i < 2; i++, operand = operand->next) {
        enum dynr_status status = evaluate(update, operand, &out[i]);
        if (status != DYNR_OK) {
            return status;
        }
        if (out[i] == NULL || out[i]->type != wanted) {
            invalid(update, INVALID_OPERAND);
            return DYNR_ERR_INVALID_ARGUMENT;
        }
    }
    return DYNR_OK;
}

static enum dynr_status add_numbers(const struct update *update, const struct dynr_attribute *a,
                                    const struct dynr_attribute *b, bool subtract,
                                    const struct dynr_attribute **out)
{
    struct dynr_attribute *sum;
    enum dynr_status status = new_value(update, DYNR_ATTRIBUTE_N, &sum);
    if (status != DYNR_OK) {
        return status;
    }
    struct dynr_decimal result;
    struct dynr_decimal left = {a->text};
    struct dynr_decimal right = {b->text};
    struct dynr_error fault = {0};
    status = subtract ? dynr_decimal_subtract(left, right, update->arena, &result, &fault)
                      : dynr_decimal_add(left, right, update->arena, &result, &fault);
    if (status != DYNR_OK) {
        return status == DYNR_ERR_NO_MEMORY ? no_memory(update) : invalid(update, fault.message);
    }
    sum->text = result.text;
    *out = sum;
    return DYNR_OK;
}

static enum dynr_status append_lists(const struct update *update, const struct dynr_attribute *a,
                                     const struct dynr_attribute *b,
                                     const struct dynr_attribute **out)
{
    struct dynr_attribute *list;
    enum dynr_status status = new_value(update, DYNR_ATTRIBUTE_L, &list);
    if (status != DYNR_OK) {
        return status;
    }
    list->n_children = a->n_children + b->n_children;
    list->elements = dynr_arena_calloc(update->arena, list->n_children + 1, sizeof *list->elements);
    if (list->elements == NULL) {
        return no_memory(update);
    }
    for (size_t i = 0; i < list->n_children; i++) {
        list->elements[i] = i < a->n_children ? a->elements[i] : b->elements[i - a->n_children];
    }
    *out = list;
    return DYNR_OK;
}

static enum dynr_status evaluate_call(const struct update *update, const struct dynr_ast_node *node,
                                      const struct dynr_attribute **out)
{
    if (node->function == DYNR_FUNCTION_IF_NOT_EXISTS) {
        const struct dynr_path *path = dynr_bound_path(update->bound, node->first);
        *out = dynr_path_find(path, path->n_parts, update->item);
        return *out != NULL ? DYNR_OK : evaluate(update, node->first->next, out);
    }
    const struct dynr_attribute *lists[2] = {NULL, NULL};
    enum dynr_status status = evaluate_both(update, node, DYNR_ATTRIBUTE_L, lists);
    return status == DYNR_OK ? append_lists(update, lists[0], lists[1], out) : status;
}

static enum dynr_status evaluate(const struct update *update, const struct dynr_ast_node *node,
                                 const struct dynr_attribute **out)
{
    if (node->kind == DYNR_AST_VALUE) {
        *out = dynr_bound_value(update->bound, node);
        return DYNR_OK;
    }
    if (node->kind == DYNR_AST_PATH) {
        const struct dynr_path *path = dynr_bound_path(update->bound, node);
        *out = dynr_path_find(path, path->n_parts, update->item);
        return *out != NULL ? DYNR_OK
                            : invalid(update, "The provided expression refers to an attribute that "
                                              "does not exist in the item");
    }
    if (node->kind == DYNR_AST_CALL) {
        return evaluate_call(update, node, out);
    }
    const struct dynr_attribute *numbers[2] = {NULL, NULL};
    enum dynr_status status = evaluate_both(update, node, DYNR_ATTRIBUTE_N, numbers);
    return status == DYNR_OK
               ? add_numbers(update, numbers[0], numbers[1], node->kind == DYNR_AST_DIFFERENCE, out)
               : status;
}

/* The elements of `kept` that are not in `others`, behind those of `base` (may be NULL). */
static enum dynr_status select_elements(const struct update *update,
                                        const struct dynr_attribute *base,
                                        const struct dynr_attribute *kept,
                                        const struct dynr_attribute *others,
                                        struct dynr_attribute **out)
{
    struct dynr_text_set texts;
    enum dynr_status status = new_value(update, kept->type, out);
    if (status != DYNR_OK) {
        return status;
    }
    size_t n_base = base == NULL ? 0 : base->n_children;
    struct dynr_attribute *elements =
        dynr_arena_calloc(update->arena, n_base + kept->n_children, sizeof *elements);
    if (elements == NULL || !dynr_text_set_of_elements(others, update->arena, &texts)) {
        return no_memory(update);
    }
    size_t n = n_base;
    if (n_base > 0) {
        memcpy(elements, base->elements, n_base * sizeof *elements);
    }
    for (size_t i = 0; i < kept->n_children; i++) {
        if (!dynr_text_set_has(&texts, kept->elements[i].text)) {
            elements[n++] = kept->elements[i];
        }
    }
    (*out)->elements = elements;
    (*out)->n_children = n;
    return DYNR_OK;
}

static enum dynr_status apply_add(const struct update *update, const struct dynr_attribute *old,
                                  const struct dynr_attribute *operand,
                                  struct dynr_update_effect *effect)
{
    effect->kind = DYNR_EFFECT_PUT;
    effect->value = operand;
    if (old == NULL) {
        return DYNR_OK;
    }
    if (old->type != operand->type) {
        return invalid(update, INVALID_OPERAND);
    }
    if (old->type == DYNR_ATTRIBUTE_N) {
        return add_numbers(update, old, operand, false, &effect->value);
    }
    struct dynr_attribute *sum;
    enum dynr_status status = select_elements(update, old, operand, old, &sum);
    effect->value = sum;
    return status;
}

static enum dynr_status apply_delete(const struct update *update, const struct dynr_attribute *old,
                                     const struct dynr_attribute *operand,
                                     struct dynr_update_effect *effect)
{
    effect->kind = DYNR_EFFECT_KEEP;
    if (old == NULL) {
        return DYNR_OK;
    }
    if (old->type != operand->type) {
        return invalid(update, INVALID_OPERAND);
    }
    struct dynr_attribute *rest;
    enum dynr_status status = select_elements(update, NULL, old, operand, &rest);
    if (status == DYNR_OK) {
        effect->kind = rest->n_children == 0 ? DYNR_EFFECT_DROP : DYNR_EFFECT_PUT;
        effect->value = rest;
    }
    return status;
}

/* Lists and maps within one another, the value itself included. Values are no deeper than what was parsed. */
static size_t nesting(const struct dynr_attribute *value)
{
    size_t deepest = 0;
    if (value->type != DYNR_ATTRIBUTE_M && value->type != DYNR_ATTRIBUTE_L) {
        return 0;
    }
    for (size_t i = 0; i < value->n_children; i++) {
        size_t depth = nesting(value->type == DYNR_ATTRIBUTE_M ? &value->members[i].value
                                                               : &value->elements[i]);
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest + 1;
}

static enum dynr_status apply_action(const struct update *update,
                                     const struct dynr_ast_action *action,
                                     struct dynr_update_effect *effect)
{
    const struct dynr_path *path = dynr_bound_path(update->bound, action->path);
    const struct dynr_attribute *parent = dynr_path_find(path, path->n_parts - 1, update->item);
    enum dynr_attribute_type container =
        path->parts[path->n_parts - 1].is_index ? DYNR_ATTRIBUTE_L : DYNR_ATTRIBUTE_M;
    if (parent == NULL || parent->type != container) {
        return invalid(update, INVALID_PATH);
    }
    const struct dynr_attribute *old = dynr_path_find(path, path->n_parts, update->item);
    switch (action->kind) {
    case DYNR_ACTION_SET:
        if (path->n_parts - 1 + nesting(effect->value) > DYNR_ATTRIBUTE_MAX_DEPTH) {
            return invalid(update, "Nesting Levels have exceeded supported limits");
        }
        effect->kind = DYNR_EFFECT_PUT;
        return DYNR_OK;
    case DYNR_ACTION_REMOVE:
        effect->kind = DYNR_EFFECT_DROP;
        return DYNR_OK;
    case DYNR_ACTION_ADD:
        return apply_add(update, old, dynr_bound_value(update->bound, action->value), effect);
    case DYNR_ACTION_DELETE:
        return apply_delete(update, old, dynr_bound_value(update->bound, action->value), effect);
    }
    return DYNR_OK;
}

static enum dynr_status apply_actions(const struct update *update,
                                      struct dynr_update_effect *effects)
{
    const struct dynr_ast_action *action = update->bound->expression->actions;
    for (size_t i = 0; action != NULL; i++, action = action->next) {
        if (action->kind == DYNR_ACTION_SET) {
            enum dynr_status status = evaluate(update, action->value, &effects[i].value);
            if (status != DYNR_OK) {
                return status;
            }
        }
    }
    action = update->bound->expression->actions;
    for (size_t i = 0; action != NULL; i++, action = action->next) {
        enum dynr_status status = apply_action(update, action, &effects[i]);
        if (status != DYNR_OK) {
            return status;
        }
    }
    return DYNR_OK;
}

static enum dynr_status check_keys(const struct update *update, const struct dynr_str *key_names,
                                   size_t n_key_names)
{
    for (size_t i = 0; i < n_key_names; i++) {
        for (size_t k = 0; k < update->bound->n_targets; k++) {
            if (dynr_str_equal(update->bound->targets[k].path->parts[0].name, key_names[i])) {
                return dynr_fail(
                    update->err, DYNR_ERR_INVALID_ARGUMENT,
                    "One or more parameter values were invalid: Cannot update attribute "
                    "%.*s. This attribute is part of the key",
                    (int)key_names[i].len, key_names[i].ptr);
            }
        }
    }
    return DYNR_OK;
}

enum dynr_status dynr_update_apply(const struct dynr_bound_expression *update,
                                   const struct dynr_attribute *item,
                                   const struct dynr_str *key_names, size_t n_key_names,
                                   struct dynr_arena *arena, struct dynr_attribute *out_item,
                                   struct dynr_attribute *out_updated_old,
                                   struct dynr_attribute *out_updated, struct dynr_error *err)
{
    static const struct dynr_attribute no_item = {.type = DYNR_ATTRIBUTE_M};
    const struct dynr_attribute *old = item == NULL || item->n_children == 0 ? &no_item : item;
    struct update run = {update, old, arena, err};
    size_t n = update->n_targets;
    enum dynr_status status = check_keys(&run, key_names, n_key_names);
    if (status != DYNR_OK) {
        return status;
    }
    struct dynr_update_effect *effects = dynr_arena_calloc(arena, n + 1, sizeof *effects);
    if (effects == NULL) {
        return no_memory(&run);
    }
    status = apply_actions(&run, effects);
    if (status != DYNR_OK) {
        return status;
    }
    struct dynr_attribute changed;
    if (!dynr_targets_rebuild(update->targets, n, effects, old, arena, &changed)) {
        return no_memory(&run);
    }
    if (out_updated_old != NULL) {
        status = dynr_targets_project(update->targets, n, old, arena, out_updated_old, err);
    }
    if (status == DYNR_OK && out_updated != NULL) {
        status = dynr_targets_project(update->targets, n, &changed, arena, out_updated, err);
    }
    *out_item = changed;
    return status;
}
