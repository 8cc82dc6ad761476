/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Picks the values at sorted paths out of an item. Members come in the item's order, list elements in that of their
 * indexes and closed up. Recursion goes no deeper than the item does.
 */
#include "ddb/expression_bound.h"

struct projection {
    const struct dynr_path_target *targets;
    struct dynr_arena *arena;
    bool failed;
};

static bool pick(struct projection *projection, const struct dynr_attribute *value, size_t depth,
                 size_t first, size_t end, struct dynr_attribute *out);

/* The value of one child, which the targets [first, end) lead into or end at. */
static bool pick_child(struct projection *projection, const struct dynr_attribute *child,
                       size_t depth, size_t first, size_t end, struct dynr_attribute *out)
{
    if (projection->targets[first].path->n_parts == depth + 1) {
        *out = *child;
        return true;
    }
    return pick(projection, child, depth + 1, first, end, out);
}

static bool pick_members(struct projection *projection, const struct dynr_attribute *map,
                         size_t depth, size_t first, size_t end, struct dynr_attribute *out)
{
    size_t cap = map->n_children < end - first ? map->n_children : end - first;
    out->members = dynr_arena_calloc(projection->arena, cap + 1, sizeof *out->members);
    if (out->members == NULL) {
        projection->failed = true;
        return false;
    }
    for (size_t i = 0; i < map->n_children && out->n_children < cap; i++) {
        const struct dynr_attribute_member *member = &map->members[i];
        size_t group = dynr_path_group_find(projection->targets, first, end, depth, member->name);
        if (group < end) {
            size_t group_end = dynr_path_group_end(projection->targets, group, end, depth);
            out->members[out->n_children].name = member->name;
            out->n_children += pick_child(projection, &member->value, depth, group, group_end,
                                          &out->members[out->n_children].value);
        }
    }
    return out->n_children > 0;
}

static bool pick_elements(struct projection *projection, const struct dynr_attribute *list,
                          size_t depth, size_t first, size_t end, struct dynr_attribute *out)
{
    size_t cap = list->n_children < end - first ? list->n_children : end - first;
    out->elements = dynr_arena_calloc(projection->arena, cap + 1, sizeof *out->elements);
    if (out->elements == NULL) {
        projection->failed = true;
        return false;
    }
    for (size_t group = first; group < end;) {
        size_t group_end = dynr_path_group_end(projection->targets, group, end, depth);
        const struct dynr_path_part *part = &projection->targets[group].path->parts[depth];
        if (part->is_index && part->index < list->n_children) {
            out->n_children += pick_child(projection, &list->elements[part->index], depth, group,
                                          group_end, &out->elements[out->n_children]);
        }
        group = group_end;
    }
    return out->n_children > 0;
}

static bool pick(struct projection *projection, const struct dynr_attribute *value, size_t depth,
                 size_t first, size_t end, struct dynr_attribute *out)
{
    memset(out, 0, sizeof *out);
    out->type = value->type;
    if (value->type == DYNR_ATTRIBUTE_M) {
        return pick_members(projection, value, depth, first, end, out);
    }
    return value->type == DYNR_ATTRIBUTE_L &&
           pick_elements(projection, value, depth, first, end, out);
}

enum dynr_status dynr_targets_project(const struct dynr_path_target *targets, size_t n_targets,
                                      const struct dynr_attribute *item, struct dynr_arena *arena,
                                      struct dynr_attribute *out, struct dynr_error *err)
{
    struct projection projection = {targets, arena, false};
    memset(out, 0, sizeof *out);
    out->type = DYNR_ATTRIBUTE_M;
    if (item != NULL && item->type == DYNR_ATTRIBUTE_M && n_targets > 0) {
        pick(&projection, item, 0, 0, n_targets, out);
    }
    return projection.failed ? dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL) : DYNR_OK;
}

enum dynr_status dynr_projection_apply(const struct dynr_bound_expression *projection,
                                       const struct dynr_attribute *item, struct dynr_arena *arena,
                                       struct dynr_attribute *out, struct dynr_error *err)
{
    return dynr_targets_project(projection->targets, projection->n_targets, item, arena, out, err);
}
