/* SPDX-License-Identifier: Apache-2.0 */
/* Document paths: finding what they lead to, and how several of them relate. */
#include "ddb/expression_bound.h"

#include <stdlib.h>

#include "ddb/expression_parse.h"

const struct dynr_attribute *dynr_path_find(const struct dynr_path *path, size_t n_parts,
                                            const struct dynr_attribute *item)
{
    const struct dynr_attribute *value = item;
    for (size_t i = 0; i < n_parts && value != NULL; i++) {
        const struct dynr_path_part *part = &path->parts[i];
        if (!part->is_index) {
            value = dynr_attribute_member(value, part->name);
        } else if (value->type == DYNR_ATTRIBUTE_L && part->index < value->n_children) {
            value = &value->elements[part->index];
        } else {
            value = NULL;
        }
    }
    return value;
}

static int compare_parts(const struct dynr_path_part *a, const struct dynr_path_part *b)
{
    if (a->is_index != b->is_index) {
        return a->is_index ? 1 : -1;
    }
    if (a->is_index) {
        return a->index < b->index ? -1 : a->index > b->index;
    }
    return dynr_str_compare(a->name, b->name);
}

/* The first part in which two paths differ, or the length of the shorter one. */
static size_t common_parts(const struct dynr_path *a, const struct dynr_path *b)
{
    size_t shorter = a->n_parts < b->n_parts ? a->n_parts : b->n_parts;
    size_t i = 0;
    while (i < shorter && compare_parts(&a->parts[i], &b->parts[i]) == 0) {
        i++;
    }
    return i;
}

static int compare_paths(const struct dynr_path *a, const struct dynr_path *b)
{
    size_t i = common_parts(a, b);
    if (i < a->n_parts && i < b->n_parts) {
        return compare_parts(&a->parts[i], &b->parts[i]);
    }
    return a->n_parts < b->n_parts ? -1 : a->n_parts > b->n_parts;
}

bool dynr_path_equal(const struct dynr_path *a, const struct dynr_path *b)
{
    return compare_paths(a, b) == 0;
}

static int compare_targets(const void *a, const void *b)
{
    const struct dynr_path_target *left = a;
    const struct dynr_path_target *right = b;
    int order = compare_paths(left->path, right->path);
    if (order != 0) {
        return order;
    }
    return left->position < right->position ? -1 : left->position > right->position;
}

void dynr_path_targets_sort(struct dynr_path_target *targets, size_t n_targets)
{
    if (n_targets > 1) {
        qsort(targets, n_targets, sizeof *targets, compare_targets);
    }
}

void dynr_path_write(const struct dynr_path *path, struct dynr_buf *out)
{
    dynr_buf_append_char(out, '[');
    for (size_t i = 0; i < path->n_parts; i++) {
        dynr_buf_append_c(out, i == 0 ? "" : ", ");
        if (path->parts[i].is_index) {
            dynr_buf_printf(out, "[%u]", (unsigned)path->parts[i].index);
        } else {
            dynr_buf_append_str(out, path->parts[i].name);
        }
    }
    dynr_buf_append_char(out, ']');
}

enum relation {
    RELATION_NONE,
    RELATION_OVERLAP,
    RELATION_CONFLICT
};

static enum relation relate(const struct dynr_path *a, const struct dynr_path *b)
{
    size_t i = common_parts(a, b);
    if (i == a->n_parts || i == b->n_parts) {
        return RELATION_OVERLAP;
    }
    return a->parts[i].is_index != b->parts[i].is_index ? RELATION_CONFLICT : RELATION_NONE;
}

static enum dynr_status refuse_pair(const struct dynr_bound_expression *bound,
                                    enum relation relation, const struct dynr_path *one,
                                    const struct dynr_path *two, struct dynr_error *err)
{
    struct dynr_buf buf;
    dynr_buf_init(&buf, NULL, DYNR_ERROR_MESSAGE_SIZE);
    dynr_path_write(one, &buf);
    dynr_buf_append_c(&buf, ", path two: ");
    dynr_path_write(two, &buf);
    struct dynr_str text = dynr_buf_str(&buf);
    enum dynr_status status = dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT,
                                        "Invalid %s: Two document paths %s with each other; must "
                                        "remove or rewrite one of these paths; path one: %.*s",
                                        dynr_expression_label(bound->expression->kind),
                                        relation == RELATION_OVERLAP ? "overlap" : "conflict",
                                        (int)text.len, text.ptr == NULL ? "" : text.ptr);
    dynr_buf_cleanup(&buf);
    return status;
}

/*
 * Which pair the message names: the first overlapping one in the order of the text, or else the last conflicting one.
 * Only called when there is one.
 */
static enum dynr_status refuse_first(const struct dynr_bound_expression *bound,
                                     struct dynr_arena *arena, struct dynr_error *err)
{
    size_t n = bound->n_targets;
    const struct dynr_path **paths = dynr_arena_calloc(arena, n, sizeof(const struct dynr_path *));
    if (paths == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    for (size_t i = 0; i < n; i++) {
        paths[bound->targets[i].position] = bound->targets[i].path;
    }
    const struct dynr_path *one = paths[0];
    const struct dynr_path *two = paths[0];
    for (size_t i = 1; i < n; i++) {
        for (size_t k = 0; k < i; k++) {
            enum relation relation = relate(paths[k], paths[i]);
            if (relation == RELATION_OVERLAP) {
                return refuse_pair(bound, relation, paths[k], paths[i], err);
            }
            if (relation == RELATION_CONFLICT) {
                one = paths[k];
                two = paths[i];
            }
        }
    }
    return refuse_pair(bound, RELATION_CONFLICT, one, two, err);
}

/* Sorted, any path that overlaps or conflicts with another does so with a neighbour. */
enum dynr_status dynr_path_targets_check(const struct dynr_bound_expression *bound,
                                         struct dynr_arena *arena, struct dynr_error *err)
{
    for (size_t i = 1; i < bound->n_targets; i++) {
        if (relate(bound->targets[i - 1].path, bound->targets[i].path) != RELATION_NONE) {
            return refuse_first(bound, arena, err);
        }
    }
    return DYNR_OK;
}

size_t dynr_path_group_end(const struct dynr_path_target *targets, size_t first, size_t end,
                           size_t depth)
{
    size_t i = first + 1;
    while (i < end &&
           compare_parts(&targets[i].path->parts[depth], &targets[first].path->parts[depth]) == 0) {
        i++;
    }
    return i;
}

size_t dynr_path_group_find(const struct dynr_path_target *targets, size_t first, size_t end,
                            size_t depth, struct dynr_str name)
{
    struct dynr_path_part wanted = {name, 0, false};
    size_t low = first;
    size_t high = end;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_parts(&targets[middle].path->parts[depth], &wanted) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < end && compare_parts(&targets[low].path->parts[depth], &wanted) == 0 ? low : end;
}
