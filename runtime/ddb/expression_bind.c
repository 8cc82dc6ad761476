/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attaches a request's names and values to a parsed expression. The service checks a condition comparison by
 * comparison, and an update or projection as a whole: this order decides which of several errors is reported.
 */
#include "ddb/expression_bound.h"

#include "ddb/expression_parse.h"

struct binder {
    const struct dynr_expression *expression;
    struct dynr_bindings *bindings;
    struct dynr_bound_expression *bound;
    struct dynr_path_part *next_part;
    struct dynr_error *err;
};

enum {
    RESOLVE_NAMES = 1,
    RESOLVE_VALUES = 2
};

static enum dynr_status not_defined(struct binder *binder, const char *what, struct dynr_str ref)
{
    return dynr_fail(binder->err, DYNR_ERR_INVALID_ARGUMENT,
                     "Invalid %s: An expression attribute %s: %.*s",
                     dynr_expression_label(binder->expression->kind), what,
                     ref.len < 255 ? (int)ref.len : 255, ref.ptr);
}

static enum dynr_status resolve_path(struct binder *binder, const struct dynr_ast_node *node)
{
    struct dynr_path *path = &binder->bound->paths[node->slot];
    path->parts = binder->next_part;
    for (const struct dynr_ast_part *part = node->first_part; part != NULL; part = part->next) {
        struct dynr_path_part *out = binder->next_part++;
        out->is_index = part->kind == DYNR_PART_INDEX;
        out->index = part->index;
        out->name = part->text;
        path->n_parts++;
        if (part->kind == DYNR_PART_REF) {
            size_t i = dynr_bindings_find_name(binder->bindings, part->text);
            if (i == SIZE_MAX) {
                return not_defined(binder,
                                   "name used in the document path is not defined; attribute name",
                                   part->text);
            }
            binder->bindings->name_used[i] = true;
            out->name = binder->bindings->names.members[i].value.text;
        }
    }
    return DYNR_OK;
}

static enum dynr_status resolve_value(struct binder *binder, const struct dynr_ast_node *node)
{
    size_t i = dynr_bindings_find_value(binder->bindings, node->text);
    if (i == SIZE_MAX) {
        return not_defined(binder, "value used in expression is not defined; attribute value",
                           node->text);
    }
    binder->bindings->value_used[i] = true;
    binder->bound->values[node->slot] = &binder->bindings->values.members[i].value;
    return DYNR_OK;
}

/* In the order of the text. */
static enum dynr_status resolve(struct binder *binder, const struct dynr_ast_node *node,
                                unsigned what)
{
    if (node->kind == DYNR_AST_PATH) {
        return (what & RESOLVE_NAMES) != 0 ? resolve_path(binder, node) : DYNR_OK;
    }
    if (node->kind == DYNR_AST_VALUE) {
        return (what & RESOLVE_VALUES) != 0 ? resolve_value(binder, node) : DYNR_OK;
    }
    const struct dynr_ast_node *operand = node->first;
    for (size_t i = 0; i < node->n_operands; i++, operand = operand->next) {
        enum dynr_status status = resolve(binder, operand, what);
        if (status != DYNR_OK) {
            return status;
        }
    }
    return DYNR_OK;
}

static enum dynr_status bind_condition(struct binder *binder, const struct dynr_ast_node *node)
{
    if (node->kind != DYNR_AST_AND && node->kind != DYNR_AST_OR && node->kind != DYNR_AST_NOT) {
        enum dynr_status status = resolve(binder, node, RESOLVE_NAMES | RESOLVE_VALUES);
        return status != DYNR_OK ? status : dynr_condition_check(binder->bound, node, binder->err);
    }
    const struct dynr_ast_node *operand = node->first;
    for (size_t i = 0; i < node->n_operands; i++, operand = operand->next) {
        enum dynr_status status = bind_condition(binder, operand);
        if (status != DYNR_OK) {
            return status;
        }
    }
    return DYNR_OK;
}

static void add_target(struct binder *binder, const struct dynr_ast_node *path)
{
    struct dynr_path_target *target = &binder->bound->targets[binder->bound->n_targets];
    target->path = dynr_bound_path(binder->bound, path);
    target->position = binder->bound->n_targets++;
}

static enum dynr_status check_targets(struct binder *binder, struct dynr_arena *arena)
{
    dynr_path_targets_sort(binder->bound->targets, binder->bound->n_targets);
    return dynr_path_targets_check(binder->bound, arena, binder->err);
}

static enum dynr_status resolve_actions(struct binder *binder, unsigned what)
{
    for (const struct dynr_ast_action *action = binder->expression->actions; action != NULL;
         action = action->next) {
        enum dynr_status status = resolve(binder, action->path, what);
        if (status == DYNR_OK && action->value != NULL) {
            status = resolve(binder, action->value, what);
        }
        if (status != DYNR_OK) {
            return status;
        }
    }
    return DYNR_OK;
}

static enum dynr_status bind_update(struct binder *binder, struct dynr_arena *arena)
{
    enum dynr_status status = resolve_actions(binder, RESOLVE_NAMES);
    if (status == DYNR_OK) {
        status = resolve_actions(binder, RESOLVE_VALUES);
    }
    if (status != DYNR_OK) {
        return status;
    }
    for (const struct dynr_ast_action *action = binder->expression->actions; action != NULL;
         action = action->next) {
        add_target(binder, action->path);
    }
    status = check_targets(binder, arena);
    return status != DYNR_OK ? status : dynr_expression_check_update(binder->bound, binder->err);
}

static enum dynr_status bind_projection(struct binder *binder, struct dynr_arena *arena)
{
    for (const struct dynr_ast_node *path = binder->expression->paths; path != NULL;
         path = path->next) {
        enum dynr_status status = resolve(binder, path, RESOLVE_NAMES);
        if (status != DYNR_OK) {
            return status;
        }
        add_target(binder, path);
    }
    return check_targets(binder, arena);
}

static void *array(struct dynr_arena *arena, size_t n, size_t size)
{
    return dynr_arena_calloc(arena, n == 0 ? 1 : n, size);
}

enum dynr_status dynr_expression_bind(const struct dynr_expression *expression,
                                      struct dynr_bindings *bindings, struct dynr_arena *arena,
                                      const struct dynr_bound_expression **out,
                                      struct dynr_error *err)
{
    *out = NULL;
    struct dynr_bound_expression *bound = dynr_arena_calloc(arena, 1, sizeof *bound);
    if (bound == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    struct dynr_path_part *parts = array(arena, expression->n_parts, sizeof *parts);
    bound->expression = expression;
    bound->paths = array(arena, expression->n_paths, sizeof *bound->paths);
    bound->values = array(arena, expression->n_values, sizeof(const struct dynr_attribute *));
    bound->targets =
        array(arena, expression->n_actions + expression->n_projected, sizeof *bound->targets);
    if (parts == NULL || bound->paths == NULL || bound->values == NULL || bound->targets == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    struct binder binder = {expression, bindings, bound, parts, err};
    enum dynr_status status = DYNR_OK;
    switch (expression->kind) {
    case DYNR_EXPRESSION_CONDITION:
    case DYNR_EXPRESSION_FILTER:
    case DYNR_EXPRESSION_KEY_CONDITION:
        status = bind_condition(&binder, expression->root);
        break;
    case DYNR_EXPRESSION_UPDATE:
        status = bind_update(&binder, arena);
        break;
    case DYNR_EXPRESSION_PROJECTION:
        status = bind_projection(&binder, arena);
        break;
    }
    if (status == DYNR_OK) {
        *out = bound;
    }
    return status;
}

bool dynr_expression_uses(const struct dynr_bound_expression *bound, struct dynr_str name,
                          bool *out_nested)
{
    bool uses = false;
    *out_nested = false;
    for (size_t i = 0; i < bound->expression->n_paths; i++) {
        const struct dynr_path *path = &bound->paths[i];
        if (path->n_parts > 0 && dynr_str_equal(path->parts[0].name, name)) {
            uses = true;
            *out_nested = *out_nested || path->n_parts > 1;
        }
    }
    return uses;
}

bool dynr_expression_leaves(const struct dynr_bound_expression *bound, const struct dynr_str *names,
                            size_t n_names, struct dynr_str *out_name)
{
    for (size_t i = 0; i < bound->expression->n_paths; i++) {
        const struct dynr_path *path = &bound->paths[i];
        size_t k = 0;
        while (path->n_parts > 0 && k < n_names && !dynr_str_equal(path->parts[0].name, names[k])) {
            k++;
        }
        if (path->n_parts > 0 && k == n_names) {
            *out_name = path->parts[0].name;
            return true;
        }
    }
    return false;
}

enum dynr_status dynr_filter_check_keys(const struct dynr_bound_expression *filter,
                                        const struct dynr_str *key_names, size_t n_key_names,
                                        struct dynr_error *err)
{
    bool nested;
    for (size_t i = 0; i < n_key_names; i++) {
        if (key_names[i].len != 0 && dynr_expression_uses(filter, key_names[i], &nested)) {
            return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT,
                             "Filter Expression can only contain non-primary key attributes: "
                             "Primary key attribute: %.*s",
                             (int)key_names[i].len, key_names[i].ptr);
        }
    }
    return DYNR_OK;
}
