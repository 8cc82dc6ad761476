/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that views remember, the links between them, and how both end. */
#include "reactive/judged_value.h"
#include "reactive/load.h"
#include "reactive/output.h"
#include "reactive/row_value.h"
#include "reactive/view.h"

/* ---- rows ---------------------------------------------------------------------------------------------------- */

enum dynr_status dynr_row_id(struct dynr_engine *engine, const struct dynr_group *group,
                             const struct dynr_entity_info *entity, const void *row,
                             struct dynr_key128 *out)
{
    bool present = false;
    struct dynr_key128 key;
    enum dynr_status status =
        dynr_dependency_key(engine, &entity->paths[entity->by_key], row, &key, &present);
    if (status == DYNR_OK) {
        uint64_t words[3] = {group->number, present ? key.low : 0, present ? key.high : 0};
        *out = dynr_siphash128(engine->hash_key, dynr_str_make((const char *)words, sizeof words));
    }
    return status;
}

bool dynr_view_counts_rows(const struct dynr_node_info *node)
{
    /* Judged values below a root that has no group of its own: all over the same rows, the first of them is number 1. */
    return node != NULL && !(node->is_over_root && node->number > 1);
}

static uint16_t links_of(const struct dynr_group *group)
{
    return group->node == NULL ? 0 : group->node->n_links;
}

struct dynr_row_state *dynr_row_add(struct dynr_engine *engine, struct dynr_group *group,
                                    struct dynr_entity_info *entity, struct dynr_key128 id,
                                    const void *row)
{
    const struct dynr_struct_desc *key_desc = entity->entity->key;
    struct dynr_buf text;
    uint16_t n_links = links_of(group);
    size_t head = sizeof(struct dynr_row_state) + n_links * sizeof(struct dynr_row_link);
    size_t key_size = dynr_struct_copy_size(key_desc, row);
    dynr_buf_init(&text, engine->allocator, 0);
    struct dynr_row_state *state = NULL;
    head = (head + 15) / 16 * 16;
    if (group->node == NULL || dynr_append_key(group->node, row, &text)) {
        state = dynr_engine_allocate(engine, head + key_size + text.len);
    }
    if (state != NULL && !dynr_key_table_put(&engine->rows, id, state)) {
        dynr_engine_free(engine, state, head + key_size + text.len);
        state = NULL;
    }
    if (state != NULL) {
        char *key = (char *)state + head;
        dynr_struct_copy(key_desc, row, key);
        state->key = key;
        if (text.len > 0) {
            memcpy(key + key_size, text.ptr, text.len);
        }
        state->key_text = key + key_size;
        state->key_len = (uint32_t)text.len;
        state->size = (uint32_t)(head + key_size + text.len);
        state->id = id;
        state->group = group;
        state->n_links = n_links;
        state->next = group->rows;
        if (group->rows != NULL) {
            group->rows->previous = state;
        }
        group->rows = state;
        group->view->state->n_rows += dynr_view_counts_rows(group->node) ? 1 : 0;
    }
    dynr_buf_cleanup(&text);
    return state;
}

static void unlink_row(struct dynr_row_link *link)
{
    struct dynr_row_state *to = link->to;
    if (link->previous != NULL) {
        link->previous->next = link->next;
    } else {
        to->referrers = link->next;
    }
    if (link->next != NULL) {
        link->next->previous = link->previous;
    }
    memset(link, 0, sizeof *link);
}

static void loosen(struct dynr_engine *engine, struct dynr_row_state *row, uint64_t version)
{
    if (version == 0 || row->dead) {
        return;
    }
    row->loose_version = version;
    if (!row->loose) {
        row->loose = true;
        row->next_loose = engine->loose_rows;
        engine->loose_rows = row;
    }
}

void dynr_rows_settle(struct dynr_engine *engine)
{
    struct dynr_row_state *kept = NULL;
    while (engine->loose_rows != NULL) {
        struct dynr_row_state *row = engine->loose_rows;
        const struct dynr_view_state *state = row->group->view->state;
        engine->loose_rows = row->next_loose;
        if (!row->dead && state->running) {
            row->next_loose = kept;
            kept = row;
            continue;
        }
        row->loose = false;
        /*
         * Clients are not told: what nobody refers to is not shown, and who refers to it next has it sent again. A leave could
         * have the version of that very read, and win.
         */
        if (!row->dead && row->referrers == NULL) {
            dynr_row_drop(engine, row, row->loose_version);
        }
    }
    engine->loose_rows = kept;
}

void dynr_row_link(struct dynr_engine *engine, struct dynr_row_state *row, uint16_t number,
                   struct dynr_row_state *to, uint64_t version)
{
    struct dynr_row_link *link = &row->links[number];
    struct dynr_row_state *before = link->to;
    if (before == to) {
        return;
    }
    if (before != NULL) {
        unlink_row(link);
    }
    if (to != NULL) {
        link->from = row;
        link->to = to;
        link->next = to->referrers;
        if (to->referrers != NULL) {
            to->referrers->previous = link;
        }
        to->referrers = link;
    }
    if (before != NULL && before->referrers == NULL) {
        loosen(engine, before, version);
    }
}

void dynr_row_drop(struct dynr_engine *engine, struct dynr_row_state *row, uint64_t version)
{
    if (row->dead) {
        return;
    }
    row->dead = true;
    dynr_key_table_remove(&engine->rows, row->id);
    dynr_dependency_remove(engine, &row->dependency);
    dynr_judged_value_forget(engine, row);
    row->group->view->state->n_rows -= dynr_view_counts_rows(row->group->node) ? 1 : 0;
    if (row->previous != NULL) {
        row->previous->next = row->next;
    } else {
        row->group->rows = row->next;
    }
    if (row->next != NULL) {
        row->next->previous = row->previous;
    }
    while (row->referrers != NULL) {
        unlink_row(row->referrers);
    }
    for (uint16_t i = 0; i < row->n_links; i++) {
        dynr_row_link(engine, row, i, NULL, version);
    }
    while (row->groups != NULL) {
        struct dynr_group *group = row->groups;
        row->groups = group->next;
        dynr_group_drop(engine, group, version);
    }
    row->previous = NULL;
    row->next = engine->dead_rows;
    engine->dead_rows = row;
}

/* Loose ones are still in a list of theirs. */
static void forget_dead_loose(struct dynr_engine *engine)
{
    struct dynr_row_state **at = &engine->loose_rows;
    while (*at != NULL) {
        if ((*at)->dead) {
            *at = (*at)->next_loose;
        } else {
            at = &(*at)->next_loose;
        }
    }
}

/* A view's step may still speak of what died in it: its dead wait for it. */
static bool may_bury(const struct dynr_view *view)
{
    return view->root.dead || view->state == NULL || !view->state->running;
}

static void bury_rows(struct dynr_engine *engine)
{
    struct dynr_row_state **at = &engine->dead_rows;
    while (*at != NULL) {
        struct dynr_row_state *row = *at;
        if (may_bury(row->group->view)) {
            *at = row->next;
            dynr_engine_free(engine, row, row->size);
        } else {
            at = &row->next;
        }
    }
}

static void bury_groups(struct dynr_engine *engine)
{
    struct dynr_group **at = &engine->dead_groups;
    while (*at != NULL) {
        struct dynr_group *group = *at;
        if (may_bury(group->view)) {
            *at = group->next;
            dynr_engine_free(engine, group, sizeof *group);
        } else {
            at = &group->next;
        }
    }
}

/* Rows before their groups, these before their views. */
void dynr_outputs_bury(struct dynr_engine *engine)
{
    forget_dead_loose(engine);
    bury_rows(engine);
    bury_groups(engine);
    while (engine->dead_views != NULL) {
        struct dynr_view *view = engine->dead_views;
        engine->dead_views = view->next_dirty;
        dynr_engine_free(engine, view, view->size);
    }
}
