/* SPDX-License-Identifier: Apache-2.0 */
/* Loads that a transition makes necessary: collected while its records are looked at, read when they all were. */
#include "reactive/load.h"

#include "reactive/judged_value.h"
#include "reactive/output.h"
#include "reactive/row_value.h"
#include "reactive/tracked.h"
#include "reactive/view.h"
#include "reactive/window.h"

struct dynr_load *dynr_load_step(struct dynr_engine *engine, struct dynr_view *view)
{
    dynr_view_mark(engine, view);
    if (view->state->step == NULL) {
        view->state->step = dynr_load_new(engine, view, DYNR_LOAD_STEP);
        if (view->state->step == NULL) {
            dynr_view_fail(engine, view, DYNR_ERR_NO_MEMORY);
        }
    }
    return view->state->step;
}

/* The load's rows of a group that come one by one. */
static struct dynr_load_group *group_of(struct dynr_load *load, struct dynr_group *group)
{
    for (struct dynr_load_group *made = load->groups; made != NULL; made = made->next) {
        if (made->group == group && !made->whole && !made->refill) {
            return made;
        }
    }
    struct dynr_load_group *made = dynr_load_group_new(load, group->node, group);
    if (made != NULL) {
        made->parent_row = group->parent_row;
    }
    return made;
}

static struct dynr_load_row *find_row(struct dynr_load_group *group,
                                      const struct dynr_row_state *state)
{
    struct dynr_load_row *row = group->rows;
    while (row != NULL && row->state != state) {
        row = row->next;
    }
    return row;
}

static struct dynr_load_row *row_of(struct dynr_engine *engine, struct dynr_group *group,
                                    struct dynr_row_state *state)
{
    struct dynr_load *load = dynr_load_step(engine, group->view);
    struct dynr_load_group *made = load == NULL ? NULL : group_of(load, group);
    if (made == NULL) {
        return NULL;
    }
    struct dynr_load_row *row = state != NULL && state->stepping ? find_row(made, state) : NULL;
    if (row == NULL) {
        row = dynr_load_row_new(made, NULL, 0);
        if (row != NULL) {
            row->state = state;
            row->quiet = true;
        }
    }
    if (row != NULL && state != NULL) {
        state->stepping = true;
    }
    return row;
}

static void set_row(struct dynr_engine *engine, struct dynr_group *group,
                    struct dynr_row_state *state, const void *row, uint64_t version, bool quiet,
                    bool trusted)
{
    struct dynr_load_row *made = row_of(engine, group, state);
    if (made == NULL) {
        return;
    }
    made->row = dynr_struct_dup(group->node->node->entity->row, row, &made->group->load->arena);
    made->version = version;
    made->quiet = made->quiet && quiet;
    if (made->row == NULL) {
        dynr_load_fail(made->group->load, DYNR_ERR_NO_MEMORY);
    } else if (group->node->node->grant != NULL && !trusted) {
        dynr_load_judge_later(engine, made);
    } else {
        made->trusted = trusted && !made->refresh;
    }
}

void dynr_load_enter(struct dynr_engine *engine, struct dynr_group *group,
                     struct dynr_row_state *state, const void *row, uint64_t version)
{
    set_row(engine, group, state, row, version, false, false);
}

void dynr_load_trust(struct dynr_engine *engine, struct dynr_row_state *state, const void *row,
                     uint64_t version)
{
    set_row(engine, state->group, state, row, version, false, true);
}

void dynr_load_relink(struct dynr_engine *engine, struct dynr_row_state *state, const void *row,
                      uint64_t version)
{
    set_row(engine, state->group, state, row, version, true, false);
}

void dynr_load_refresh(struct dynr_engine *engine, struct dynr_row_state *state)
{
    struct dynr_load_row *made = row_of(engine, state->group, state);
    if (made != NULL) {
        made->key = state->key;
        made->refresh = true;
        made->trusted = false;
        made->quiet = false;
        made->row = NULL;
    }
}

void dynr_load_regroup(struct dynr_engine *engine, struct dynr_view *view,
                       struct dynr_node_info *node, struct dynr_group *group,
                       struct dynr_row_state *state, const void *parent_row)
{
    struct dynr_load *load = dynr_load_step(engine, view);
    if (load == NULL) {
        return;
    }
    if (group == NULL) {
        group = dynr_group_new(engine, view, node, state, parent_row);
    }
    if (group == NULL) {
        dynr_load_fail(load, DYNR_ERR_NO_MEMORY);
        return;
    }
    if (group->position != DYNR_LOADING) {
        struct dynr_load_group *made = dynr_load_group_new(load, node, group);
        group->position = DYNR_LOADING;
        if (made != NULL) {
            made->parent_row = group->parent_row;
            made->whole = true;
        }
    }
}

void dynr_load_run(struct dynr_engine *engine, struct dynr_load *load)
{
    struct dynr_view *view = load->view;
    view->state->running = true;
    load->n_pending++;
    if (dynr_view_is_tracked(view)) {
        dynr_tracked_call(engine, load);
        load->n_pending--;
        dynr_load_settle(engine, load);
        return;
    }
    /* Groups that come up while it runs stand behind, and are read as they come up. */
    struct dynr_load_group *last = NULL;
    for (struct dynr_load_group *group = load->groups; group != NULL; group = group->next) {
        last = group;
    }
    for (struct dynr_load_group *group = load->groups; group != NULL; group = group->next) {
        bool dead = group->group != NULL && group->group->dead;
        for (struct dynr_load_row *row = group->rows; row != NULL; row = row->next) {
            if (row->state != NULL) {
                row->state->stepping = false;
            }
            if (dead || (row->state != NULL && row->state->dead)) {
                /* It entered and left in one transition. */
                row->row = NULL;
                row->state = NULL;
                row->refresh = false;
                row->resolved = true;
                row->quiet = true;
            }
        }
        if (!dead && (group->whole || group->refill)) {
            dynr_load_read_group(engine, group);
        } else if (!dead) {
            dynr_load_read_refreshed(engine, group);
            dynr_load_resolve(engine, group);
        }
        if (group == last) {
            break;
        }
    }
    load->n_pending--;
    dynr_load_settle(engine, load);
}

/* ---- what is said -------------------------------------------------------------------------------------------- */

/*
 * A row that was looked at again belongs no more. What hides it may be newer than the row: clients who hold the row in that very
 * version must take the leave for news.
 */
static void say_gone(struct dynr_engine *engine, struct dynr_load_group *group,
                     struct dynr_load_row *row)
{
    struct dynr_row_state *state = row->state;
    struct dynr_output *output = dynr_view_output(engine, group->load->view);
    bool keyed = group->node->node->node_class == DYNR_NODE_KEYED;
    uint64_t version = row->hidden && row->judged > row->version ? row->judged : row->version;
    if (state == NULL) {
        return;
    }
    if (keyed || dynr_load_must_tell(state, version)) {
        dynr_output_gone(engine, output, group->group, state->key, version);
    }
    state->visible = false;
    state->shown = state->shown > version ? state->shown : 0;
    /* What its policy looks at is remembered, what hung on it is not. */
    while (row->hidden && state->groups != NULL) {
        dynr_group_cut(engine, state->groups, version);
    }
    for (uint16_t i = 0; row->hidden && i < group->node->n_keyed; i++) {
        dynr_row_link(engine, state, i, NULL, version);
    }
    if (!keyed && !row->hidden) {
        dynr_row_drop(engine, state, version);
    }
}

static void say_row(struct dynr_engine *engine, struct dynr_load_group *group,
                    struct dynr_load_row *row)
{
    if (row->quiet || (row->state != NULL && row->state->dead)) {
        return;
    }
    if (row->row == NULL || row->hidden) {
        say_gone(engine, group, row);
        return;
    }
    if (row->state != NULL) {
        row->state->visible = true;
    }
    dynr_output_row(engine, dynr_view_output(engine, group->load->view), group->group, row->row,
                    row->version);
}

static void say_group(struct dynr_engine *engine, struct dynr_load_group *group)
{
    struct dynr_output *output = dynr_view_output(engine, group->load->view);
    if (dynr_value_is_judged(group->node)) {
        dynr_judged_value_say(engine, group);
        return;
    }
    if (group->node->node->node_class == DYNR_NODE_TRACKED) {
        dynr_tracked_say(engine, group);
        return;
    }
    if (group->node->node->node_class == DYNR_NODE_AGGREGATE) {
        dynr_output_value(engine, output, group->group, group->position);
        return;
    }
    if (group->whole) {
        dynr_output_begin_whole(engine, output, group->group, group->position);
    }
    for (struct dynr_load_row *row = group->rows; row != NULL; row = row->next) {
        say_row(engine, group, row);
    }
    if (group->whole && group->group->window != NULL) {
        dynr_output_bound(engine, output, group->group, group->position);
    }
}

/* The window ends where the read did. */
static void end_refill(struct dynr_engine *engine, struct dynr_load_group *group)
{
    struct dynr_group *kept = group->group;
    struct dynr_output *output = dynr_view_output(engine, group->load->view);
    kept->window->refilling = false;
    kept->window->epoch++;
    if (!dynr_window_set(engine, kept, group->last_row)) {
        dynr_load_fail(group->load, DYNR_ERR_NO_MEMORY);
    }
    for (struct dynr_load_row *row = group->rows; row != NULL; row = row->next) {
        say_row(engine, group, row);
    }
    dynr_output_bound(engine, output, kept, group->position);
}

void dynr_load_emit(struct dynr_engine *engine, struct dynr_load *load)
{
    for (struct dynr_load_group *group = load->groups; group != NULL; group = group->next) {
        if (group->group == NULL || group->group->dead) {
            continue;
        }
        if (group->refill) {
            end_refill(engine, group);
        } else {
            say_group(engine, group);
        }
    }
}
