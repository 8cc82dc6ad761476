/* SPDX-License-Identifier: Apache-2.0 */
/* A load's life: begun, settled, ended. */
#include "reactive/load.h"

#include "reactive/aggregate.h"
#include "reactive/connection.h"
#include "reactive/judged_value.h"
#include "reactive/output.h"
#include "reactive/step.h"
#include "reactive/subscribe.h"
#include "reactive/tracked.h"
#include "reactive/view.h"
#include "reactive/window.h"
#include "typed/type.h"

static uint32_t root_epoch(const struct dynr_view *view)
{
    return view->root.window == NULL ? 0 : view->root.window->epoch;
}

struct dynr_load *dynr_load_new(struct dynr_engine *engine, struct dynr_view *view,
                                enum dynr_load_kind kind)
{
    struct dynr_load *load = dynr_engine_allocate(engine, sizeof *load);
    if (load == NULL) {
        return NULL;
    }
    load->view = view;
    load->kind = kind;
    dynr_arena_init(&load->arena, engine->allocator, 0);
    dynr_map_init(&load->seen, engine->allocator);
    load->tail = &load->groups;
    load->started = engine->position;
    load->newest = engine->seen;
    load->next = view->loads;
    view->loads = load;
    view->n_loads++;
    return load;
}

static void free_values(struct dynr_engine *engine, struct dynr_load *load)
{
    for (struct dynr_load_group *group = load->groups; group != NULL; group = group->next) {
        dynr_aggregate_free(engine, group->value);
        group->value = NULL;
    }
}

/* Forgets what it read, except reads that are under way: those are dropped when they come. */
static void clear_load(struct dynr_engine *engine, struct dynr_load *load)
{
    free_values(engine, load);
    while (load->jobs != NULL) {
        struct dynr_read_job *job = load->jobs;
        load->jobs = job->next_answered;
        dynr_job_free(engine, job);
    }
    for (struct dynr_read_job *job = engine->jobs; job != NULL; job = job->next) {
        job->load = job->load == load ? NULL : job->load;
    }
    dynr_arena_reset(&load->arena);
    dynr_map_cleanup(&load->seen);
    load->groups = NULL;
    load->left = NULL;
    load->tail = &load->groups;
    load->n_pending = 0;
    load->n_rows = 0;
    load->highest = 0;
    load->status = DYNR_OK;
}

void dynr_load_free(struct dynr_engine *engine, struct dynr_load *load)
{
    struct dynr_load **at = &load->view->loads;
    while (*at != load) {
        at = &(*at)->next;
    }
    *at = load->next;
    load->view->n_loads--;
    while (load->waiting != NULL) {
        dynr_load_leave(load->waiting);
    }
    clear_load(engine, load);
    dynr_arena_cleanup(&load->arena);
    dynr_engine_free(engine, load, sizeof *load);
}

void dynr_loads_abandon(struct dynr_engine *engine, struct dynr_view *view)
{
    while (view->loads != NULL) {
        dynr_load_free(engine, view->loads);
    }
    if (view->state != NULL) {
        view->state->step = NULL;
        view->state->running = false;
    }
}

void dynr_load_leave(struct dynr_subscriber *subscriber)
{
    if (subscriber->load == NULL) {
        return;
    }
    struct dynr_subscriber **at = &subscriber->load->waiting;
    while (*at != subscriber) {
        at = &(*at)->next_waiting;
    }
    *at = subscriber->next_waiting;
    subscriber->load = NULL;
    subscriber->next_waiting = NULL;
}

void dynr_load_fail(struct dynr_load *load, enum dynr_status status)
{
    if (load->status == DYNR_OK) {
        load->status = status;
    }
}

bool dynr_view_is_joined(const struct dynr_view *view)
{
    const struct dynr_load *load = view->loads;
    while (load != NULL && load->kind != DYNR_LOAD_JOIN) {
        load = load->next;
    }
    return load != NULL;
}

bool dynr_load_is_gone(const struct dynr_load_group *group)
{
    return group->group != NULL && group->group->dead;
}

bool dynr_load_must_tell(const struct dynr_row_state *row, uint64_t version)
{
    if (row->visible || row->shown > 0) {
        return true;
    }
    for (struct dynr_load *load = row->group->view->loads; load != NULL; load = load->next) {
        struct dynr_left_row *left =
            load->kind == DYNR_LOAD_JOIN ? dynr_arena_calloc(&load->arena, 1, sizeof *left) : NULL;
        if (left != NULL) {
            left->id = row->id;
            left->version = version;
            left->next = load->left;
            load->left = left;
        } else if (load->kind == DYNR_LOAD_JOIN) {
            dynr_load_fail(load, DYNR_ERR_NO_MEMORY);
        }
    }
    return false;
}

/* ---- the end of a load ---------------------------------------------------------------------------------------- */

static void end_waiting(struct dynr_engine *engine, struct dynr_load *load)
{
    enum dynr_status status = load->status;
    while (load->waiting != NULL) {
        struct dynr_subscriber *subscriber = load->waiting;
        bool last = subscriber->next_waiting == NULL;
        dynr_connection_send_error(engine, subscriber->connection, subscriber->id, status, NULL,
                                   false);
        dynr_subscriber_end(engine, subscriber);
        if (last) {
            /* The view may have gone with it, and the load with the view. */
            return;
        }
    }
}

static void end_failed(struct dynr_engine *engine, struct dynr_load *load)
{
    struct dynr_view *view = load->view;
    enum dynr_load_kind kind = load->kind;
    if (kind == DYNR_LOAD_JOIN) {
        bool alone = load->waiting == NULL;
        uint32_t others = view->n_subscribers;
        for (struct dynr_subscriber *waiting = load->waiting; waiting != NULL;
             waiting = waiting->next_waiting) {
            others--;
        }
        end_waiting(engine, load);
        if (others > 0 || alone) {
            dynr_load_free(engine, load);
        }
        return;
    }
    enum dynr_status status = load->status;
    if (view->state != NULL && view->state->step == load) {
        view->state->step = NULL;
        view->state->running = false;
    }
    dynr_load_free(engine, load);
    dynr_view_fail(engine, view, status);
}

static void set_window(struct dynr_engine *engine, struct dynr_load_group *group)
{
    struct dynr_group *kept = group->group;
    if (kept == NULL || group->limit == 0 || kept->window != NULL || !group->whole) {
        return;
    }
    if (dynr_window_make(engine, kept, group->limit) == NULL ||
        !dynr_window_set(engine, kept, group->last_row)) {
        dynr_load_fail(group->load, DYNR_ERR_NO_MEMORY);
    }
}

/* What was read is what is known from now on. */
static void keep(struct dynr_engine *engine, struct dynr_load *load)
{
    for (struct dynr_load_group *group = load->groups; group != NULL; group = group->next) {
        bool is_root = group->group == &load->view->root;
        if (is_root || dynr_load_remembers(load)) {
            set_window(engine, group);
        }
        if (dynr_value_is_judged(group->node)) {
            dynr_judged_value_keep(engine, group);
            continue;
        }
        if (dynr_view_is_tracked(load->view)) {
            dynr_tracked_keep(engine, group);
            continue;
        }
        if (group->value != NULL && group->group != NULL && dynr_load_remembers(load)) {
            dynr_aggregate_free(engine, group->group->aggregate);
            group->group->aggregate = group->value;
            group->value = NULL;
        }
        for (struct dynr_load_row *row = group->rows; row != NULL && load->kind == DYNR_LOAD_FIRST;
             row = row->next) {
            if (row->state != NULL) {
                row->state->visible = row->row != NULL && !row->hidden;
            }
        }
    }
    struct dynr_view *view = load->view;
    view->whole_until = load->highest > view->whole_until ? load->highest : view->whole_until;
    if (load->kind == DYNR_LOAD_JOIN && load->highest > view->joined_until) {
        view->joined_until = load->highest;
    }
}

static void restart(struct dynr_engine *engine, struct dynr_load *load)
{
    clear_load(engine, load);
    dynr_load_start(engine, load);
}

void dynr_loads_unpark(struct dynr_engine *engine, struct dynr_view *view)
{
    struct dynr_load *load = view->loads;
    while (load != NULL && !view->failed) {
        if (!load->parked || (view->root.window != NULL && view->root.window->refilling)) {
            load = load->next;
            continue;
        }
        load->parked = false;
        restart(engine, load);
        /* It may have ended, and others may wait as it did. */
        load = view->loads;
    }
}

/* Windows below the root are as they were when they were read, or it is read again. */
static bool windows_moved(struct dynr_engine *engine, const struct dynr_load *load)
{
    for (const struct dynr_load_group *group = load->groups; group != NULL; group = group->next) {
        const struct dynr_group *found =
            group->limit == 0 || group->parent == NULL || dynr_load_remembers(load)
                ? NULL
                : dynr_load_find_group(engine, group);
        if (found != NULL && found->window != NULL &&
            (found->window->epoch != group->epoch || found->window->refilling)) {
            return true;
        }
    }
    return false;
}

static void end_snapshot(struct dynr_engine *engine, struct dynr_load *load)
{
    struct dynr_view *view = load->view;
    const struct dynr_window *window = view->root.window;
    if (window != NULL && window->refilling) {
        load->parked = true;
        return;
    }
    if (load->epoch != root_epoch(view) || windows_moved(engine, load)) {
        /* The window moved under the read. */
        restart(engine, load);
        return;
    }
    keep(engine, load);
    if (load->kind == DYNR_LOAD_FIRST) {
        view->state->loaded = true;
        view->state->running = false;
        view->state->step = NULL;
    }
    if (load->status == DYNR_OK) {
        dynr_snapshot_send(engine, load);
    }
    if (load->status != DYNR_OK) {
        end_failed(engine, load);
        return;
    }
    bool first = load->kind == DYNR_LOAD_FIRST;
    dynr_load_free(engine, load);
    if (first) {
        dynr_inbox_run(engine, view);
    }
}

static void end_step(struct dynr_engine *engine, struct dynr_load *load)
{
    struct dynr_view *view = load->view;
    keep(engine, load);
    if (load->status == DYNR_OK) {
        dynr_load_emit(engine, load);
    }
    if (load->status != DYNR_OK) {
        end_failed(engine, load);
        return;
    }
    if (view->state != NULL) {
        view->state->step = NULL;
        view->state->running = false;
    }
    dynr_load_free(engine, load);
    dynr_view_mark(engine, view);
    /* What nobody refers to now is let go before somebody does: who joined now was not sent it. */
    dynr_rows_settle(engine);
    dynr_loads_unpark(engine, view);
    if (!dynr_view_is_tracked(view)) {
        /* Code is run again when its output has been sent (transition.c). */
        dynr_inbox_run(engine, view);
    }
}

void dynr_load_settle(struct dynr_engine *engine, struct dynr_load *load)
{
    if (load->n_pending > 0) {
        return;
    }
    if (load->status != DYNR_OK) {
        end_failed(engine, load);
    } else if (load->kind == DYNR_LOAD_FIRST || load->kind == DYNR_LOAD_JOIN) {
        end_snapshot(engine, load);
    } else {
        end_step(engine, load);
    }
}

void dynr_load_answered(struct dynr_engine *engine, struct dynr_read_job *job)
{
    struct dynr_load *load = job->load;
    job->next_answered = load->jobs;
    load->jobs = job;
    if (job->read.status != DYNR_OK) {
        dynr_load_fail(load, job->read.status);
    }
    if (load->status == DYNR_OK) {
        switch (job->purpose) {
        case DYNR_JOB_GROUP:
            dynr_load_take_group(engine, job);
            break;
        case DYNR_JOB_KEYED:
            dynr_load_take_keyed(engine, job);
            break;
        case DYNR_JOB_GRANT:
            dynr_load_take_grants(engine, job);
            break;
        case DYNR_JOB_REFRESH:
            dynr_load_take_refreshed(engine, job);
            break;
        case DYNR_JOB_CALL:
            dynr_load_take_call(engine, job);
            break;
        case DYNR_JOB_GATE:
        case DYNR_JOB_LOG:
            break;
        }
    }
    if (job->purpose == DYNR_JOB_GROUP && dynr_load_is_value(job->group)) {
        /* Nothing points into its rows. */
        load->jobs = job->next_answered;
        dynr_job_free(engine, job);
    }
    load->n_pending--;
    dynr_load_settle(engine, load);
}

/* ---- the start ------------------------------------------------------------------------------------------------ */

static void begin(struct dynr_engine *engine, struct dynr_load *load)
{
    struct dynr_view *view = load->view;
    struct dynr_node_info *nodes = view->procedure->nodes;
    if (dynr_view_is_tracked(view)) {
        dynr_tracked_call(engine, load);
        return;
    }
    if (!dynr_view_is_values_only(view)) {
        dynr_load_begin_group(engine, load, &nodes[0], &view->root, NULL, NULL);
        return;
    }
    if (!dynr_value_is_judged(&nodes[1])) {
        dynr_load_begin_group(engine, load, &nodes[0], NULL, NULL, NULL);
        return;
    }
    /* Rows are remembered for each value: so each reads its own. */
    for (uint16_t i = 1; i < view->procedure->procedure->view->n_nodes; i++) {
        dynr_load_begin_group(engine, load, &nodes[i], dynr_view_shared_group(view, i), NULL, NULL);
    }
}

void dynr_load_start(struct dynr_engine *engine, struct dynr_load *load)
{
    struct dynr_view *view = load->view;
    load->epoch = root_epoch(view);
    load->started = engine->position;
    load->newest = engine->seen;
    load->n_pending++;
    begin(engine, load);
    load->n_pending--;
    dynr_load_settle(engine, load);
}

static struct dynr_load *find_load(const struct dynr_engine *engine, const struct dynr_view *view)
{
    for (struct dynr_load *load = view->loads; load != NULL; load = load->next) {
        bool snapshot = load->kind == DYNR_LOAD_FIRST ||
                        (load->kind == DYNR_LOAD_JOIN && load->started == engine->position &&
                         load->newest == engine->seen);
        if (snapshot && !load->parked) {
            return load;
        }
    }
    return NULL;
}

enum dynr_status dynr_load_for(struct dynr_engine *engine, struct dynr_subscriber *subscriber)
{
    struct dynr_view *view = subscriber->view;
    struct dynr_load *load = find_load(engine, view);
    bool is_new = load == NULL;
    if (is_new) {
        bool first = view->state != NULL && !view->state->loaded;
        load = dynr_load_new(engine, view, first ? DYNR_LOAD_FIRST : DYNR_LOAD_JOIN);
        if (load == NULL) {
            return DYNR_ERR_NO_MEMORY;
        }
    }
    subscriber->load = load;
    subscriber->next_waiting = load->waiting;
    load->waiting = subscriber;
    if (is_new) {
        dynr_load_start(engine, load);
    }
    return DYNR_OK;
}
