/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values that are read: rows come page by page, are folded and forgotten, however many there are. A value of rows of different
 * times is that of no time: all pages must be of one position, or the first one is read again.
 */
#include "reactive/aggregate.h"
#include "reactive/judged_value.h"
#include "reactive/load.h"
#include "reactive/view.h"

/* Rows of one page. */
#define VALUE_PAGE 1024U

static bool is_single(const struct dynr_load_group *group)
{
    return group->node->node->node_class == DYNR_NODE_AGGREGATE;
}

bool dynr_load_is_value(const struct dynr_load_group *group)
{
    return !dynr_value_is_judged(group->node) &&
           (is_single(group) || dynr_view_is_values_only(group->load->view));
}

uint32_t dynr_load_value_page(const struct dynr_engine *engine)
{
    return engine->limits.max_rows < VALUE_PAGE ? engine->limits.max_rows : VALUE_PAGE;
}

static void fold(struct dynr_engine *engine, struct dynr_load_group *group,
                 const struct dynr_rows *rows)
{
    const struct dynr_view *view = group->load->view;
    const struct dynr_view_node *node = group->node->node;
    if (group->value == NULL) {
        group->value = dynr_aggregate_new(engine);
    }
    enum dynr_status status = group->value == NULL ? DYNR_ERR_NO_MEMORY : DYNR_OK;
    for (size_t i = 0; status == DYNR_OK && i < rows->n_items; i++) {
        const void *row = (const char *)rows->items + i * node->entity->row->size;
        if (node->accepts(row, view->input, view->caller, group->parent_row)) {
            status = dynr_aggregate_enter(engine, group->node, group->value, row);
        }
    }
    if (status != DYNR_OK) {
        dynr_load_fail(group->load, status);
    }
}

/* Where everything is one value, the rows of the root are folded for each node below it. */
static struct dynr_load_group *value_of(struct dynr_load *load, uint16_t number)
{
    struct dynr_node_info *node = &load->view->procedure->nodes[number];
    struct dynr_load_group *group = load->groups;
    while (group != NULL && group->node != node) {
        group = group->next;
    }
    return group != NULL
               ? group
               : dynr_load_group_new(load, node, dynr_view_shared_group(load->view, number));
}

static uint16_t count_nodes(const struct dynr_load_group *group)
{
    return group->load->view->procedure->procedure->view->n_nodes;
}

static void fold_page(struct dynr_engine *engine, struct dynr_load_group *group,
                      const struct dynr_rows *rows)
{
    if (is_single(group)) {
        fold(engine, group, rows);
        return;
    }
    for (uint16_t i = 1; i < count_nodes(group); i++) {
        struct dynr_load_group *value = value_of(group->load, i);
        if (value == NULL) {
            return;
        }
        value->position = group->position;
        value->highest = group->highest;
        value->whole = true;
        fold(engine, value, rows);
    }
}

void dynr_load_drop_pages(struct dynr_engine *engine, struct dynr_load_group *group)
{
    /* A value that was read by itself is right as it is; those folded from one read of all rows are right together. */
    bool all = !is_single(group) && dynr_view_is_values_only(group->load->view);
    group->query.cursor = dynr_str_make(NULL, 0);
    for (struct dynr_load_group *at = group->load->groups; at != NULL; at = at->next) {
        if (at == group || all) {
            dynr_aggregate_free(engine, at->value);
            at->value = NULL;
        }
    }
}

bool dynr_load_take_page(struct dynr_engine *engine, struct dynr_load_group *group,
                         const struct dynr_rows *rows)
{
    struct dynr_load *load = group->load;
    fold_page(engine, group, rows);
    if (load->status == DYNR_OK && rows->cursor.len > 0) {
        /* The answer, which holds it, is forgotten. */
        group->query.cursor = dynr_arena_dup(&load->arena, rows->cursor);
        if (group->query.cursor.ptr != NULL) {
            return false;
        }
        dynr_load_fail(load, DYNR_ERR_NO_MEMORY);
    }
    if (is_single(group)) {
        dynr_load_group_read(engine, group);
        return true;
    }
    for (uint16_t i = 1; load->status == DYNR_OK && i < count_nodes(group); i++) {
        struct dynr_load_group *value = value_of(load, i);
        if (value != NULL) {
            dynr_load_group_read(engine, value);
        }
    }
    return true;
}
