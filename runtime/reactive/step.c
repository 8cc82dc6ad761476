/* SPDX-License-Identifier: Apache-2.0 */
#include "reactive/step.h"

#include "reactive/aggregate.h"
#include "reactive/gate.h"
#include "reactive/inbox.h"
#include "reactive/judged_value.h"
#include "reactive/linger.h"
#include "reactive/load.h"
#include "reactive/shown.h"
#include "reactive/tracked.h"
#include "reactive/view.h"
#include "reactive/window.h"

/* ---- what a change means --------------------------------------------------------------------------------------- */

struct verdict {
    bool was;
    bool is;
};

static bool is_deciding(const struct dynr_node_info *node, const struct dynr_live_change *change)
{
    return node->node->deciding == NULL ||
           dynr_field_sets_meet(change->changed, node->node->deciding, node->entity->n_words);
}

/* Nothing that matters to the node changed. */
static bool is_masked(struct dynr_engine *engine, const struct dynr_node_info *node,
                      const struct dynr_live_change *change)
{
    bool masked = change->old_row != NULL && change->new_row != NULL &&
                  !dynr_field_sets_meet(change->changed, node->relevant, node->entity->n_words);
    engine->counters.masked += masked ? 1 : 0;
    return masked;
}

static bool belongs(struct dynr_engine *engine, const struct dynr_group *group, const void *row)
{
    struct dynr_view *view = group->view;
    bool failed = false;
    if (row == NULL ||
        !group->node->node->accepts(row, view->input, view->caller, group->parent_row)) {
        return false;
    }
    bool holds = dynr_window_holds(engine, group, row, &failed);
    if (failed) {
        dynr_view_fail(engine, view, DYNR_ERR_NO_MEMORY);
    }
    return holds;
}

static struct verdict judge(struct dynr_engine *engine, const struct dynr_group *group,
                            const struct dynr_live_change *change)
{
    struct verdict verdict;
    engine->counters.steps++;
    verdict.is = belongs(engine, group, change->new_row);
    bool same =
        change->old_row != NULL && change->new_row != NULL && !is_deciding(group->node, change);
    verdict.was = same ? verdict.is : belongs(engine, group, change->old_row);
    return verdict;
}

/* Clients may lack rows that they should have: whole rows are safe. */
static bool needs_whole(const struct dynr_group *group, uint64_t version)
{
    const struct dynr_view *view = group->view;
    return view->n_loads > 0 || version <= view->whole_until ||
           (group->window != NULL && group->window->refilling);
}

static bool is_sent(const struct dynr_node_info *node, const struct dynr_live_change *change)
{
    return dynr_field_sets_meet(change->changed, node->sent_set, node->entity->n_words);
}

static void say(struct dynr_engine *engine, struct dynr_output *output,
                const struct dynr_group *group, struct verdict verdict,
                const struct dynr_live_change *change, bool whole)
{
    if (!verdict.is) {
        dynr_output_gone(engine, output, group,
                         change->old_row != NULL ? change->old_row : change->new_row,
                         change->version);
    } else if (!verdict.was || whole) {
        dynr_output_row(engine, output, group, change->new_row, change->version);
    } else {
        dynr_output_fields(engine, output, group, change->new_row, change->changed,
                           change->version);
    }
}

/* Whether there is something to say. */
static bool matters(const struct dynr_group *group, struct verdict verdict,
                    const struct dynr_live_change *change)
{
    if (verdict.was && verdict.is) {
        return change->old_row == NULL || is_sent(group->node, change);
    }
    return verdict.was || verdict.is;
}

/* Rows on which nothing hangs: the images say all. */
static void step_leaf(struct dynr_engine *engine, struct dynr_group *group,
                      const struct dynr_live_change *change)
{
    struct verdict verdict = judge(engine, group, change);
    if (matters(group, verdict, change)) {
        say(engine, dynr_view_output(engine, group->view), group, verdict, change,
            needs_whole(group, change->version));
    }
}

void dynr_step_replay(struct dynr_engine *engine, struct dynr_view *view,
                      const struct dynr_live_change *change, struct dynr_output *output)
{
    if (!is_masked(engine, view->root.node, change)) {
        struct verdict verdict = judge(engine, &view->root, change);
        if (matters(&view->root, verdict, change)) {
            say(engine, output, &view->root, verdict, change, false);
        }
    }
}

/* ---- rows that are remembered ----------------------------------------------------------------------------------- */

/* Whether what `prepare` reads for a changed parent is what the group depends on already. */
static bool is_same_read(struct dynr_engine *engine, const struct dynr_group *group,
                         const void *parent_row)
{
    const struct dynr_view *view = group->view;
    struct dynr_arena arena;
    struct dynr_query query;
    struct dynr_key128 key;
    bool empty = false;
    bool present = false;
    memset(&query, 0, sizeof query);
    dynr_arena_init(&arena, engine->allocator, 0);
    bool same = group->node->node->prepare(view->input, view->caller, parent_row, &arena, &query,
                                           &empty, NULL) == DYNR_OK;
    const struct dynr_path_info *path =
        same && !empty ? dynr_catalog_path(group->node->entity, query.path) : NULL;
    if (path != NULL) {
        same = dynr_dependency_key(engine, path, query.probe, &key, &present) == DYNR_OK &&
               present && group->dependency.kind != DYNR_DEPENDENT_NONE &&
               dynr_key128_equal(key, group->dependency.key);
    } else {
        same = same && empty && group->dependency.kind == DYNR_DEPENDENT_NONE;
    }
    dynr_arena_cleanup(&arena);
    return same;
}

static void refresh_groups(struct dynr_engine *engine, struct dynr_row_state *row,
                           const struct dynr_live_change *change)
{
    const struct dynr_node_info *node = row->group->node;
    for (uint16_t i = 0; i < node->n_below; i++) {
        struct dynr_node_info *below = node->below[i];
        struct dynr_group *group = row->groups;
        while (group != NULL && group->node != below) {
            group = group->next;
        }
        if (below->node->node_class == DYNR_NODE_KEYED || group == NULL) {
            continue;
        }
        if (is_same_read(engine, group, change->new_row)) {
            if (!dynr_group_set_parent_row(engine, group, change->new_row)) {
                dynr_view_fail(engine, row->group->view, DYNR_ERR_NO_MEMORY);
            }
            continue;
        }
        dynr_group_cut(engine, group, change->version);
        dynr_load_regroup(engine, row->group->view, below, NULL, row, change->new_row);
    }
}

static bool references_changed(const struct dynr_node_info *node,
                               const struct dynr_live_change *change)
{
    for (uint16_t i = 0; i < node->n_below; i++) {
        const struct dynr_view_node *below = node->below[i]->node;
        if (below->node_class == DYNR_NODE_KEYED &&
            dynr_field_set_has(change->changed, below->reference)) {
            return true;
        }
    }
    return false;
}

/* The row stays; `change` has both images. */
static void set_row(struct dynr_engine *engine, struct dynr_row_state *row,
                    const struct dynr_live_change *change)
{
    struct dynr_group *group = row->group;
    const struct dynr_node_info *node = group->node;
    bool deciding = is_deciding(node, change);
    if (node->node->grant != NULL && deciding) {
        dynr_load_enter(engine, group, row, change->new_row, change->version);
        return;
    }
    if (!row->visible) {
        if (row->stepping) {
            dynr_load_enter(engine, group, row, change->new_row, change->version);
        }
        return;
    }
    if (node->node->grant != NULL) {
        dynr_load_trust(engine, row, change->new_row, change->version);
        return;
    }
    if (is_sent(node, change)) {
        struct verdict stays = {true, true};
        say(engine, dynr_view_output(engine, group->view), group, stays, change,
            needs_whole(group, change->version));
    }
    if (references_changed(node, change)) {
        dynr_load_relink(engine, row, change->new_row, change->version);
    }
    if (deciding && row->groups != NULL) {
        refresh_groups(engine, row, change);
    }
}

static void leave(struct dynr_engine *engine, struct dynr_row_state *row,
                  const struct dynr_live_change *change)
{
    struct dynr_group *group = row->group;
    if (dynr_value_is_judged(group->node)) {
        dynr_judged_value_leave(engine, row, change->version);
        return;
    }
    const void *left = change->old_row != NULL ? change->old_row : change->new_row;
    if (dynr_load_must_tell(row, change->version)) {
        dynr_output_gone(engine, dynr_view_output(engine, group->view), group, left,
                         change->version);
    }
    /* A later snapshot showed it: it came again, which is not heard of yet. */
    if (row->shown > change->version &&
        !dynr_shown_add(engine, group->view, group->node->entity, left, row->shown)) {
        dynr_view_fail(engine, group->view, DYNR_ERR_NO_MEMORY);
    }
    dynr_row_drop(engine, row, change->version);
}

/* Nothing is remembered of the change, or what is remembered is newer. */
static void pass(struct dynr_engine *engine, struct dynr_group *group,
                 const struct dynr_live_change *change)
{
    if (dynr_value_is_judged(group->node)) {
        dynr_judged_value_pass(engine, group, change->version);
    }
}

static void step_rows(struct dynr_engine *engine, struct dynr_group *group,
                      const struct dynr_live_change *change)
{
    const void *row = change->new_row != NULL ? change->new_row : change->old_row;
    struct dynr_key128 id;
    if (dynr_row_id(engine, group, change->entity, row, &id) != DYNR_OK) {
        dynr_view_fail(engine, group->view, DYNR_ERR_NO_MEMORY);
        return;
    }
    struct dynr_row_state *state = dynr_key_table_get(&engine->rows, id);
    uint64_t known = state != NULL ? state->version : group->position;
    if (change->version <= known) {
        pass(engine, group, change);
        return;
    }
    engine->counters.steps++;
    bool is = belongs(engine, group, change->new_row);
    if (state != NULL && !is) {
        leave(engine, state, change);
    } else if (state != NULL) {
        state->version = change->version;
        if (change->old_row == NULL) {
            dynr_load_enter(engine, group, state, change->new_row, change->version);
        } else {
            set_row(engine, state, change);
        }
    } else if (is) {
        dynr_load_enter(engine, group, NULL, change->new_row, change->version);
    } else {
        pass(engine, group, change);
    }
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

static void step_value(struct dynr_engine *engine, struct dynr_group *group,
                       const struct dynr_live_change *change)
{
    struct verdict verdict = judge(engine, group, change);
    enum dynr_status status = DYNR_OK;
    bool lost = false;
    if (!verdict.was && !verdict.is) {
        return;
    }
    if (verdict.was && verdict.is &&
        (group->node->node->aggregate == DYNR_AGGREGATE_COUNT ||
         !dynr_field_set_has(change->changed, group->node->node->aggregate_field))) {
        return;
    }
    if (verdict.is) {
        status = dynr_aggregate_enter(engine, group->node, group->aggregate, change->new_row);
    }
    if (verdict.was && status == DYNR_OK) {
        status =
            dynr_aggregate_leave(engine, group->node, group->aggregate, change->old_row, &lost);
    }
    if (status != DYNR_OK) {
        dynr_view_fail(engine, group->view, status);
        return;
    }
    if (lost) {
        dynr_load_regroup(engine, group->view, group->node, group, group->parent, NULL);
        return;
    }
    dynr_output_value(engine, dynr_view_output(engine, group->view), group, change->version);
}

/* ---- dependents --------------------------------------------------------------------------------------------------- */

static bool waits(struct dynr_view *view)
{
    return view->state != NULL &&
           (!view->state->loaded || view->state->running || view->state->inbox != NULL);
}

static void step_known_group(struct dynr_engine *engine, struct dynr_group *group,
                             const struct dynr_live_change *change)
{
    if (group->node->node->node_class == DYNR_NODE_TRACKED) {
        struct dynr_load *load = dynr_load_step(engine, group->view);
        if (load != NULL && change->version > load->started) {
            load->started = change->version;
        }
        return;
    }
    if (is_masked(engine, group->node, change)) {
        return;
    }
    if (group->node->node->node_class == DYNR_NODE_AGGREGATE && !group->node->has_rows) {
        if (change->position > group->position) {
            step_value(engine, group, change);
        }
    } else if (group->node->has_rows) {
        step_rows(engine, group, change);
    } else if (group->parent == NULL || change->version > group->position) {
        step_leaf(engine, group, change);
    }
}

void dynr_step_group(struct dynr_engine *engine, struct dynr_group *group,
                     struct dynr_live_change *change)
{
    step_known_group(engine, group, change);
}

/* A keyed row: there may be no such row, and it is still waited for. */
static void step_keyed(struct dynr_engine *engine, struct dynr_row_state *row,
                       const struct dynr_live_change *change)
{
    struct dynr_group *group = row->group;
    if (is_masked(engine, group->node, change)) {
        return;
    }
    engine->counters.steps++;
    bool is = belongs(engine, group, change->new_row);
    if (is && row->visible && change->old_row != NULL) {
        set_row(engine, row, change);
    } else if (is && (group->node->n_below > 0 || group->node->node->grant != NULL)) {
        dynr_load_enter(engine, group, row, change->new_row, change->version);
    } else if (is) {
        row->visible = true;
        dynr_output_row(engine, dynr_view_output(engine, group->view), group, change->new_row,
                        change->version);
    } else if (row->visible) {
        row->visible = false;
        dynr_output_gone(engine, dynr_view_output(engine, group->view), group, row->key,
                         change->version);
        for (uint16_t i = 0; i < row->n_links; i++) {
            dynr_row_link(engine, row, i, NULL, change->version);
        }
        while (row->groups != NULL) {
            dynr_group_cut(engine, row->groups, change->version);
        }
    }
}

void dynr_step_row(struct dynr_engine *engine, struct dynr_row_state *row,
                   struct dynr_live_change *change)
{
    if (change->version <= row->version) {
        return;
    }
    row->version = change->version;
    if (row->group->node != NULL) {
        step_keyed(engine, row, change);
        return;
    }
    for (struct dynr_row_link *link = row->referrers; link != NULL; link = link->next) {
        const struct dynr_node_info *node = link->from->group->node;
        ptrdiff_t lookup = link - link->from->links - node->n_keyed;
        if (dynr_lookup_is_decided(&node->node->grant->lookups[lookup], change)) {
            dynr_load_refresh(engine, link->from);
        }
    }
}

void dynr_step_dependent(struct dynr_engine *engine, struct dynr_dependency *dependency,
                         struct dynr_live_change *change, const struct dynr_view *only)
{
    struct dynr_group *group = (struct dynr_group *)(void *)dependency;
    struct dynr_row_state *row = (struct dynr_row_state *)(void *)dependency;
    struct dynr_view *view = NULL;
    switch (dependency->kind) {
    case DYNR_DEPENDENT_NONE:
        return;
    case DYNR_DEPENDENT_GATE:
        if (only == NULL) {
            dynr_gate_changed(engine, dependency, change);
        }
        return;
    case DYNR_DEPENDENT_GROUP:
        view = group->view;
        break;
    case DYNR_DEPENDENT_ROW:
        view = row->group->view;
        break;
    }
    if ((only != NULL && view != only) || view->failed) {
        return;
    }
    if (view->lingers) {
        if (view->state != NULL) {
            dynr_view_end_lingering(engine, view);
        }
        return;
    }
    engine->counters.matches += only == NULL ? 1 : 0;
    if (only == NULL && waits(view) && dynr_view_is_tracked(view)) {
        /* One run for all that came meanwhile: as of the last of it. */
        dynr_inbox_clear(engine, view);
    }
    if (only == NULL && waits(view)) {
        dynr_inbox_put(engine, view, change);
    } else if (dependency->kind == DYNR_DEPENDENT_GROUP) {
        dynr_step_group(engine, group, change);
    } else {
        dynr_step_row(engine, row, change);
    }
}
