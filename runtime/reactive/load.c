/* SPDX-License-Identifier: Apache-2.0 */
/* A load's life, and reading groups of rows. */
#include "reactive/load.h"

#include "reactive/aggregate.h"
#include "reactive/connection.h"
#include "reactive/output.h"
#include "reactive/step.h"
#include "reactive/subscribe.h"
#include "reactive/view.h"
#include "reactive/window.h"
#include "typed/type.h"

/* Times that a value is read again because pages of one read were of different positions. */
#define TRIES_MAX 16

static bool is_values_only(const struct dynr_view *view)
{
    return view->procedure->procedure->view->values_only;
}

static uint32_t root_epoch(const struct dynr_view *view)
{
    return view->root.window == NULL ? 0 : view->root.window->epoch;
}

struct dynr_load *dynr_load_new(struct dynr_engine *engine, struct dynr_view *view, enum dynr_load_kind kind)
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

/* ---- groups -------------------------------------------------------------------------------------------------- */

struct dynr_load_group *dynr_load_group_new(struct dynr_load *load, struct dynr_node_info *node,
                                            struct dynr_group *group)
{
    struct dynr_load_group *made = dynr_arena_calloc(&load->arena, 1, sizeof *made);
    if (made == NULL) {
        dynr_load_fail(load, DYNR_ERR_NO_MEMORY);
        return NULL;
    }
    made->load = load;
    made->node = node;
    made->group = group;
    made->tail = &made->rows;
    *load->tail = made;
    load->tail = &made->next;
    return made;
}

struct dynr_load_row *dynr_load_row_new(struct dynr_load_group *group, const void *row, uint64_t version)
{
    struct dynr_load_row *made = dynr_arena_calloc(&group->load->arena, 1, sizeof *made);
    if (made == NULL) {
        dynr_load_fail(group->load, DYNR_ERR_NO_MEMORY);
        return NULL;
    }
    made->group = group;
    made->row = row;
    made->version = version;
    *group->tail = made;
    group->tail = &made->next;
    return made;
}

static bool remembers(const struct dynr_load *load)
{
    return load->view->state != NULL && load->kind != DYNR_LOAD_JOIN;
}

static void count_read(struct dynr_engine *engine, const struct dynr_load_group *group)
{
    struct dynr_engine_counters *counters = &engine->counters;
    switch (group->load->kind) {
    case DYNR_LOAD_FIRST:
    case DYNR_LOAD_JOIN:
        counters->snapshot_reads++;
        break;
    case DYNR_LOAD_REFILL:
        counters->refills++;
        break;
    case DYNR_LOAD_STEP:
        if (group->refill) {
            counters->refills++;
        } else if (group->node->node->node_class == DYNR_NODE_PURE || group->node->node->node_class == DYNR_NODE_WINDOW) {
            counters->rereads++;
        } else {
            counters->keyed_reads++;
        }
        break;
    }
}

static void start_read(struct dynr_engine *engine, struct dynr_load_group *group)
{
    struct dynr_load *load = group->load;
    struct dynr_read_job *job = dynr_job_new(engine, DYNR_JOB_GROUP);
    if (job == NULL || !dynr_job_set_query(job, &group->query)) {
        if (job != NULL) {
            dynr_job_free(engine, job);
        }
        dynr_load_fail(load, DYNR_ERR_NO_MEMORY);
        return;
    }
    count_read(engine, group);
    job->load = load;
    job->group = group;
    load->n_pending++;
    dynr_job_start(engine, job);
}

/* Up to the end of a window that is known, the read need not go further: the first order field says how far. */
static void narrow(struct dynr_load_group *group, const struct dynr_window *window)
{
    const struct dynr_view_node *node = group->node->node;
    struct dynr_query *query = &group->query;
    struct dynr_bound *side = query->descending ? &query->low : &query->high;
    struct dynr_str text = dynr_str_make(window->bytes + window->bytes_len, window->text_len);
    uint16_t next = 0;
    const struct dynr_key_template *sort = query->path->sort;
    if (side->kind != DYNR_BOUND_NONE || sort == NULL || query->last_is_prefix || node->n_order == 0) {
        return;
    }
    for (uint16_t i = 0; i < sort->n_parts; i++) {
        if (sort->parts[i].type == NULL || next++ < query->n_equal) {
            continue;
        }
        const struct dynr_field_desc *field = &node->entity->row->fields[node->order[0].field];
        const void *row = sort->parts[i].offset != field->offset
                              ? NULL
                              : dynr_window_parse_bound(group->node, text, &group->load->arena);
        if (row != NULL && dynr_field_is_present(field, row)) {
            side->kind = DYNR_BOUND_INCLUSIVE;
            side->probe = row;
        }
        return;
    }
}

static void set_limit(struct dynr_engine *engine, struct dynr_load_group *group)
{
    struct dynr_query *query = &group->query;
    const struct dynr_group *known = dynr_load_find_group(engine, group);
    const struct dynr_window *window = known == NULL ? NULL : known->window;
    uint32_t all = engine->limits.max_rows + 1;
    group->limit = query->limit;
    if (group->node->node->node_class == DYNR_NODE_AGGREGATE || is_values_only(group->load->view)) {
        return;
    }
    if (group->limit == 0) {
        query->limit = all;
    } else if (window == NULL) {
        query->limit = group->limit + DYNR_WINDOW_SLACK(group->limit);
    } else if (group->refill) {
        query->limit = (group->limit + DYNR_WINDOW_SLACK(group->limit)) * 2;
    } else {
        query->limit = all;
        if (window->bounded) {
            narrow(group, window);
        }
    }
    query->limit = query->limit > all ? all : query->limit;
}

static bool depend(struct dynr_engine *engine, struct dynr_load_group *group)
{
    struct dynr_group *kept = group->group;
    if (kept == NULL || !remembers(group->load) || kept->dependency.kind != DYNR_DEPENDENT_NONE || kept->parent == NULL) {
        return true;
    }
    enum dynr_status status = dynr_group_depend(engine, kept, &group->query);
    if (status != DYNR_OK) {
        dynr_load_fail(group->load, status);
    }
    return status == DYNR_OK;
}

void dynr_load_read_group(struct dynr_engine *engine, struct dynr_load_group *group)
{
    struct dynr_load *load = group->load;
    const struct dynr_view *view = load->view;
    bool empty = false;
    const struct dynr_view_node *node =
        is_values_only(view) ? view->procedure->nodes[0].node : group->node->node;
    memset(&group->query, 0, sizeof group->query);
    enum dynr_status status = node->prepare(view->input, view->caller, group->parent_row, &load->arena,
                                            &group->query, &empty, NULL);
    if (status != DYNR_OK) {
        dynr_load_fail(load, status);
        return;
    }
    group->whole = !group->refill;
    if (empty) {
        group->position = engine->position;
        group->highest = engine->position;
        dynr_load_group_read(engine, group);
        return;
    }
    group->query.flags |= DYNR_READ_POSITIONS;
    set_limit(engine, group);
    if (depend(engine, group)) {
        start_read(engine, group);
    }
}

struct dynr_group *dynr_load_find_group(struct dynr_engine *engine, const struct dynr_load_group *group)
{
    const struct dynr_load_row *parent = group->parent;
    struct dynr_key128 id;
    const struct dynr_group *above = NULL;
    if (parent == NULL || remembers(group->load)) {
        return group->group;
    }
    above = parent->group->parent == NULL ? parent->group->group : dynr_load_find_group(engine, parent->group);
    if (above == NULL || dynr_row_id(engine, above, parent->group->node->entity, parent->row, &id) != DYNR_OK) {
        return NULL;
    }
    struct dynr_row_state *state = dynr_key_table_get(&engine->rows, id);
    struct dynr_group *found = state == NULL ? NULL : state->groups;
    while (found != NULL && found->node != group->node) {
        found = found->next;
    }
    return found;
}

/* Such a group may go, and its window may move, while the read is under way: what it was is noted. */
static void note_window(struct dynr_engine *engine, struct dynr_load_group *group)
{
    const struct dynr_group *found = dynr_load_find_group(engine, group);
    const struct dynr_window *window = found == NULL ? NULL : found->window;
    if (group->group != NULL || window == NULL) {
        return;
    }
    group->epoch = window->epoch;
    group->bounded = window->bounded;
    group->place = dynr_arena_dup(&group->load->arena, dynr_window_place(window));
    if (group->place.ptr == NULL) {
        dynr_load_fail(group->load, DYNR_ERR_NO_MEMORY);
    }
}

void dynr_load_begin_group(struct dynr_engine *engine, struct dynr_load *load, struct dynr_node_info *node,
                           struct dynr_group *group, struct dynr_load_row *parent, const void *parent_row)
{
    if (group == NULL && parent != NULL) {
        group = remembers(load) ? dynr_group_new(engine, load->view, node, parent->state, parent_row) : NULL;
        if (group == NULL && remembers(load)) {
            dynr_load_fail(load, DYNR_ERR_NO_MEMORY);
            return;
        }
    }
    if (group != NULL && remembers(load)) {
        group->position = DYNR_LOADING;
    }
    struct dynr_load_group *made = dynr_load_group_new(load, node, group);
    if (made != NULL) {
        made->parent = parent;
        made->parent_row = parent_row;
        note_window(engine, made);
        dynr_load_read_group(engine, made);
    }
}

void dynr_load_refill_group(struct dynr_engine *engine, struct dynr_load *load, struct dynr_group *group)
{
    struct dynr_window *window = group->window;
    struct dynr_load_group *made = dynr_load_group_new(load, group->node, group);
    if (made == NULL) {
        return;
    }
    made->parent_row = group->parent_row;
    made->refill = true;
    made->limit = window->limit;
    made->old_place = dynr_arena_dup(&load->arena, dynr_window_place(window));
    if (made->old_place.ptr == NULL || !dynr_window_set(engine, group, NULL)) {
        dynr_load_fail(load, DYNR_ERR_NO_MEMORY);
        return;
    }
    window->refilling = true;
    window->epoch++;
    dynr_output_bound(engine, dynr_view_output(engine, load->view), group, engine->position);
}

/* ---- rows that were read ------------------------------------------------------------------------------------- */

static void fold(struct dynr_engine *engine, struct dynr_load_group *group, const struct dynr_rows *rows)
{
    const struct dynr_view *view = group->load->view;
    const struct dynr_view_node *node = group->node->node;
    group->value = dynr_aggregate_new(engine);
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

/* A refill takes what lies behind the old end; a joining load nothing that does. */
static bool is_wanted(struct dynr_engine *engine, const struct dynr_load_group *group, const void *row, bool *failed)
{
    const struct dynr_window *window = group->group == NULL ? NULL : group->group->window;
    if (group->refill) {
        return dynr_window_is_behind(engine, group->node, row, group->old_place, failed);
    }
    if (group->bounded) {
        return !dynr_window_is_behind(engine, group->node, row, group->place, failed);
    }
    return window == NULL || dynr_window_holds(engine, group->group, row, failed);
}

static void keep_rows(struct dynr_engine *engine, struct dynr_load_group *group, const struct dynr_rows *rows)
{
    struct dynr_load *load = group->load;
    const struct dynr_view *view = load->view;
    const struct dynr_view_node *node = group->node->node;
    bool failed = false;
    for (size_t i = 0; i < rows->n_items && load->status == DYNR_OK; i++) {
        const void *row = (const char *)rows->items + i * node->entity->row->size;
        uint64_t position = rows->positions == NULL ? rows->position : rows->positions[i];
        group->highest = position > group->highest ? position : group->highest;
        if (rows->cursor.len > 0 && group->limit > 0) {
            group->last_row = row;
        }
        if (!node->accepts(row, view->input, view->caller, group->parent_row) ||
            !is_wanted(engine, group, row, &failed)) {
            continue;
        }
        if (++load->n_rows > engine->limits.max_rows) {
            dynr_load_fail(load, DYNR_ERR_TOO_LARGE);
        }
        (void)dynr_load_row_new(group, row, position);
    }
    if (failed) {
        dynr_load_fail(load, DYNR_ERR_NO_MEMORY);
    }
}

void dynr_load_group_read(struct dynr_engine *engine, struct dynr_load_group *group)
{
    struct dynr_load *load = group->load;
    load->highest = group->highest > load->highest ? group->highest : load->highest;
    if (group->group != NULL && remembers(load) && !group->refill) {
        group->group->position = group->position;
    }
    if (group->node->node->node_class == DYNR_NODE_AGGREGATE) {
        return;
    }
    dynr_load_resolve(engine, group);
}

/* Everything is one value: the rows of the root, folded for each of them. */
static void take_values(struct dynr_engine *engine, struct dynr_load_group *group, const struct dynr_rows *rows)
{
    struct dynr_load *load = group->load;
    const struct dynr_procedure_info *procedure = load->view->procedure;
    for (uint16_t i = 1; i < procedure->procedure->view->n_nodes; i++) {
        struct dynr_load_group *value =
            dynr_load_group_new(load, &procedure->nodes[i], dynr_view_shared_group(load->view, i));
        if (value == NULL) {
            return;
        }
        value->position = group->position;
        value->highest = group->highest;
        value->whole = true;
        fold(engine, value, rows);
        dynr_load_group_read(engine, value);
    }
}

static void read_again(struct dynr_engine *engine, struct dynr_load_group *group)
{
    if (++group->tries > TRIES_MAX) {
        dynr_load_fail(group->load, DYNR_ERR_CONFLICT);
        return;
    }
    start_read(engine, group);
}

static void take_group(struct dynr_engine *engine, struct dynr_read_job *job)
{
    struct dynr_load_group *group = job->group;
    const struct dynr_rows *rows = &job->read.rows;
    bool is_value = group->node->node->node_class == DYNR_NODE_AGGREGATE;
    bool values = is_values_only(group->load->view);
    uint64_t highest = rows->position;
    for (size_t i = 0; i < rows->n_items && rows->positions != NULL; i++) {
        highest = rows->positions[i] > highest ? rows->positions[i] : highest;
    }
    if ((is_value || values) && highest != rows->position) {
        /* A value of rows of different times is that of no time. */
        read_again(engine, group);
        return;
    }
    group->position = rows->position;
    group->highest = highest;
    if (is_value) {
        fold(engine, group, rows);
    } else if (values) {
        take_values(engine, group, rows);
        return;
    } else {
        keep_rows(engine, group, rows);
    }
    if (group->refill && group->rows == NULL && rows->cursor.len > 0 && group->query.limit <= engine->limits.max_rows) {
        /* Rows that are held already filled the page: ask for more. */
        group->query.limit *= 2;
        start_read(engine, group);
        return;
    }
    dynr_load_group_read(engine, group);
}

/* ---- the end of a load ---------------------------------------------------------------------------------------- */

static void end_waiting(struct dynr_engine *engine, struct dynr_load *load)
{
    enum dynr_status status = load->status;
    while (load->waiting != NULL) {
        struct dynr_subscriber *subscriber = load->waiting;
        bool last = subscriber->next_waiting == NULL;
        dynr_connection_send_error(engine, subscriber->connection, subscriber->id, status, NULL, false);
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
        for (struct dynr_subscriber *waiting = load->waiting; waiting != NULL; waiting = waiting->next_waiting) {
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
    if (dynr_window_make(engine, kept, group->limit) == NULL || !dynr_window_set(engine, kept, group->last_row)) {
        dynr_load_fail(group->load, DYNR_ERR_NO_MEMORY);
    }
}

/* What was read is what is known from now on. */
static void keep(struct dynr_engine *engine, struct dynr_load *load)
{
    for (struct dynr_load_group *group = load->groups; group != NULL; group = group->next) {
        bool is_root = group->group == &load->view->root;
        if (is_root || remembers(load)) {
            set_window(engine, group);
        }
        if (group->value != NULL && group->group != NULL && remembers(load)) {
            dynr_aggregate_free(engine, group->group->aggregate);
            group->group->aggregate = group->value;
            group->value = NULL;
        }
        for (struct dynr_load_row *row = group->rows; row != NULL && load->kind == DYNR_LOAD_FIRST; row = row->next) {
            if (row->state != NULL) {
                row->state->visible = row->row != NULL && !row->hidden;
            }
        }
    }
    struct dynr_view *view = load->view;
    view->whole_until = load->highest > view->whole_until ? load->highest : view->whole_until;
}

static void restart(struct dynr_engine *engine, struct dynr_load *load)
{
    clear_load(engine, load);
    dynr_load_start(engine, load);
}

void dynr_loads_unpark(struct dynr_engine *engine, struct dynr_view *view)
{
    for (struct dynr_load *load = view->loads; load != NULL; load = load->next) {
        if (load->parked) {
            load->parked = false;
            restart(engine, load);
            return;
        }
    }
}

/* Windows below the root are as they were when they were read, or it is read again. */
static bool windows_moved(struct dynr_engine *engine, const struct dynr_load *load)
{
    for (const struct dynr_load_group *group = load->groups; group != NULL; group = group->next) {
        const struct dynr_group *found = group->limit == 0 || group->parent == NULL || remembers(load)
                                             ? NULL
                                             : dynr_load_find_group(engine, group);
        if (found != NULL && found->window != NULL && (found->window->epoch != group->epoch || found->window->refilling)) {
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
    dynr_load_emit(engine, load);
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
    dynr_inbox_run(engine, view);
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
            take_group(engine, job);
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
        case DYNR_JOB_GATE:
        case DYNR_JOB_LOG:
            break;
        }
    }
    load->n_pending--;
    dynr_load_settle(engine, load);
}

/* ---- the start ------------------------------------------------------------------------------------------------ */

void dynr_load_start(struct dynr_engine *engine, struct dynr_load *load)
{
    struct dynr_view *view = load->view;
    load->epoch = root_epoch(view);
    load->started = engine->position;
    load->n_pending++;
    dynr_load_begin_group(engine, load, &view->procedure->nodes[0], is_values_only(view) ? NULL : &view->root, NULL,
                          NULL);
    load->n_pending--;
    dynr_load_settle(engine, load);
}

static struct dynr_load *find_load(const struct dynr_engine *engine, const struct dynr_view *view)
{
    for (struct dynr_load *load = view->loads; load != NULL; load = load->next) {
        bool snapshot = load->kind == DYNR_LOAD_FIRST || (load->kind == DYNR_LOAD_JOIN && load->started == engine->position);
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
