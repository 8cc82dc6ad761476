/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the new tree of an update: containers on the way to a target are copied, everything else is shared. Indexes
 * refer to the list as it was: elements are replaced and left out in place, and those beyond the end are appended in
 * the order of their indexes. Recursion goes no deeper than the item does.
 */
#include "ddb/expression_bound.h"

struct rebuild {
    const struct dynr_path_target *targets;
    const struct dynr_update_effect *effects;
    /** By the place of a group's first target: its member was there. */
    bool *found;
    struct dynr_arena *arena;
    bool failed;
};

static void rebuild(struct rebuild *run, const struct dynr_attribute *old, size_t depth,
                    size_t first, size_t end, struct dynr_attribute *out);

/* The new value of a child that is there; false: it goes. */
static bool rebuild_child(struct rebuild *run, const struct dynr_attribute *child, size_t depth,
                          size_t first, size_t end, struct dynr_attribute *out)
{
    if (run->targets[first].path->n_parts > depth + 1) {
        rebuild(run, child, depth + 1, first, end, out);
        return true;
    }
    const struct dynr_update_effect *effect = &run->effects[run->targets[first].position];
    *out = effect->kind == DYNR_EFFECT_PUT ? *effect->value : *child;
    return effect->kind != DYNR_EFFECT_DROP;
}

/* The value that a target puts where nothing was, or NULL. */
static const struct dynr_attribute *added_value(const struct rebuild *run, size_t target,
                                                size_t depth)
{
    const struct dynr_update_effect *effect = &run->effects[run->targets[target].position];
    bool is_leaf = run->targets[target].path->n_parts == depth + 1;
    return is_leaf && effect->kind == DYNR_EFFECT_PUT ? effect->value : NULL;
}

static void rebuild_members(struct rebuild *run, const struct dynr_attribute *old, size_t depth,
                            size_t first, size_t end, struct dynr_attribute *out)
{
    out->members =
        dynr_arena_calloc(run->arena, old->n_children + (end - first), sizeof *out->members);
    if (out->members == NULL) {
        run->failed = true;
        return;
    }
    for (size_t i = 0; i < old->n_children; i++) {
        const struct dynr_attribute_member *member = &old->members[i];
        size_t group = dynr_path_group_find(run->targets, first, end, depth, member->name);
        struct dynr_attribute_member *to = &out->members[out->n_children];
        if (group == end) {
            *to = *member;
            out->n_children++;
            continue;
        }
        to->name = member->name;
        size_t group_end = dynr_path_group_end(run->targets, group, end, depth);
        out->n_children += rebuild_child(run, &member->value, depth, group, group_end, &to->value);
        /* Only now: groups within this one begin at the same place. */
        run->found[group] = true;
    }
    for (size_t group = first; group < end;
         group = dynr_path_group_end(run->targets, group, end, depth)) {
        const struct dynr_attribute *value =
            run->found[group] ? NULL : added_value(run, group, depth);
        if (value != NULL) {
            out->members[out->n_children].name = run->targets[group].path->parts[depth].name;
            out->members[out->n_children++].value = *value;
        }
        run->found[group] = false;
    }
}

static void rebuild_elements(struct rebuild *run, const struct dynr_attribute *old, size_t depth,
                             size_t first, size_t end, struct dynr_attribute *out)
{
    out->elements =
        dynr_arena_calloc(run->arena, old->n_children + (end - first), sizeof *out->elements);
    if (out->elements == NULL) {
        run->failed = true;
        return;
    }
    size_t group = first;
    for (size_t i = 0; i < old->n_children; i++) {
        struct dynr_attribute *to = &out->elements[out->n_children];
        if (group < end && run->targets[group].path->parts[depth].index == i) {
            size_t group_end = dynr_path_group_end(run->targets, group, end, depth);
            out->n_children += rebuild_child(run, &old->elements[i], depth, group, group_end, to);
            group = group_end;
        } else {
            *to = old->elements[i];
            out->n_children++;
        }
    }
    for (; group < end; group = dynr_path_group_end(run->targets, group, end, depth)) {
        const struct dynr_attribute *value = added_value(run, group, depth);
        if (value != NULL) {
            out->elements[out->n_children++] = *value;
        }
    }
}

static void rebuild(struct rebuild *run, const struct dynr_attribute *old, size_t depth,
                    size_t first, size_t end, struct dynr_attribute *out)
{
    memset(out, 0, sizeof *out);
    out->type = old->type;
    if (old->type == DYNR_ATTRIBUTE_M) {
        rebuild_members(run, old, depth, first, end, out);
    } else {
        rebuild_elements(run, old, depth, first, end, out);
    }
}

bool dynr_targets_rebuild(const struct dynr_path_target *targets, size_t n_targets,
                          const struct dynr_update_effect *effects,
                          const struct dynr_attribute *item, struct dynr_arena *arena,
                          struct dynr_attribute *out)
{
    struct rebuild run = {targets, effects, NULL, arena, false};
    run.found = dynr_arena_calloc(arena, n_targets + 1, sizeof *run.found);
    if (run.found == NULL) {
        return false;
    }
    rebuild(&run, item, 0, 0, n_targets, out);
    return !run.failed;
}
