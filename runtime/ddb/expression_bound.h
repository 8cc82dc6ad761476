/* SPDX-License-Identifier: Apache-2.0 */
/* A parsed expression with a request's names and values: what the evaluating modules work on. */
#ifndef DYNR_DDB_EXPRESSION_BOUND_H
#define DYNR_DDB_EXPRESSION_BOUND_H

#include "ddb/expression_ast.h"

struct dynr_path_part {
    struct dynr_str name;
    uint32_t index;
    bool is_index;
};

struct dynr_path {
    const struct dynr_path_part *parts;
    size_t n_parts;
};

/** A path that an update writes to or a projection keeps. */
struct dynr_path_target {
    const struct dynr_path *path;
    /** Its place in the text. */
    size_t position;
};

struct dynr_bound_expression {
    const struct dynr_expression *expression;
    /** By the slots of the tree's nodes. */
    struct dynr_path *paths;
    const struct dynr_attribute **values;
    /** Update and projection: sorted by path, so that paths with a common beginning stand together. */
    struct dynr_path_target *targets;
    size_t n_targets;
};

static inline const struct dynr_path *dynr_bound_path(const struct dynr_bound_expression *bound,
                                                      const struct dynr_ast_node *node)
{
    return &bound->paths[node->slot];
}

static inline const struct dynr_attribute *
dynr_bound_value(const struct dynr_bound_expression *bound, const struct dynr_ast_node *node)
{
    return bound->values[node->slot];
}

/** The value at the first `n_parts` parts of `path`, or NULL. */
const struct dynr_attribute *dynr_path_find(const struct dynr_path *path, size_t n_parts,
                                            const struct dynr_attribute *item);
bool dynr_path_equal(const struct dynr_path *a, const struct dynr_path *b);
/** "[a, b, [3]]", as the service's messages write paths. */
void dynr_path_write(const struct dynr_path *path, struct dynr_buf *out);
/** Sorts targets by their paths: name by name, indexes after names and by number. */
void dynr_path_targets_sort(struct dynr_path_target *targets, size_t n_targets);
/** Refuses sorted targets of which one lies within another, or that use one value as a list and as a map. */
enum dynr_status dynr_path_targets_check(const struct dynr_bound_expression *bound,
                                         struct dynr_arena *arena, struct dynr_error *err);
/**
 * The end of the group of targets that begins at `first` and has the same part at `depth`. All targets from `first`
 * to `end` have the same parts before.
 */
size_t dynr_path_group_end(const struct dynr_path_target *targets, size_t first, size_t end,
                           size_t depth);
/** Where the group for a member called `name` begins among [first, end), or `end`. */
size_t dynr_path_group_find(const struct dynr_path_target *targets, size_t first, size_t end,
                            size_t depth, struct dynr_str name);

/** Operand counts and types of one comparison or call; its names and values are bound. */
enum dynr_status dynr_condition_check(const struct dynr_bound_expression *bound,
                                      const struct dynr_ast_node *node, struct dynr_error *err);
/** Operand counts and types of all actions. */
enum dynr_status dynr_expression_check_update(const struct dynr_bound_expression *bound,
                                              struct dynr_error *err);

/** The name's or value's place among the bindings, or SIZE_MAX. */
size_t dynr_bindings_find_name(const struct dynr_bindings *bindings, struct dynr_str ref);
size_t dynr_bindings_find_value(const struct dynr_bindings *bindings, struct dynr_str ref);

/** The values at the targets' paths, in the item's order. */
enum dynr_status dynr_targets_project(const struct dynr_path_target *targets, size_t n_targets,
                                      const struct dynr_attribute *item, struct dynr_arena *arena,
                                      struct dynr_attribute *out, struct dynr_error *err);

/** What an update does to the value at a target's path. */
struct dynr_update_effect {
    enum {
        DYNR_EFFECT_KEEP,
        DYNR_EFFECT_PUT,
        DYNR_EFFECT_DROP
    } kind;
    const struct dynr_attribute *value;
};
/** Carries out `effects` (by the targets' positions); parents of all targets exist. False: memory is exhausted. */
bool dynr_targets_rebuild(const struct dynr_path_target *targets, size_t n_targets,
                          const struct dynr_update_effect *effects,
                          const struct dynr_attribute *item, struct dynr_arena *arena,
                          struct dynr_attribute *out);

#endif
