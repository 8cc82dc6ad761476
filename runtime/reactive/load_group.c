/* SPDX-License-Identifier: Apache-2.0 */
/* Reading groups of rows: what is asked for, and which of the rows that come are kept. */
#include "reactive/load.h"

#include "reactive/output.h"
#include "reactive/view.h"
#include "reactive/window.h"
#include "typed/type.h"

/* Times that a group is read again because the index that serves it was behind, or a value's pages were of different positions. */
#define TRIES_MAX 256

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

struct dynr_load_row *dynr_load_row_new(struct dynr_load_group *group, const void *row,
                                        uint64_t version)
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
        } else if (group->node->node->node_class == DYNR_NODE_PURE ||
                   group->node->node->node_class == DYNR_NODE_WINDOW) {
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
    if (side->kind != DYNR_BOUND_NONE || sort == NULL || query->last_is_prefix ||
        node->n_order == 0) {
        return;
    }
    for (uint16_t i = 0; i < sort->n_parts; i++) {
        if (sort->parts[i].type == NULL || next++ < query->n_equal) {
            continue;
        }
        const struct dynr_field_desc *field = &node->entity->row->fields[node->order[0].field];
        const void *row = NULL;
        if (sort->parts[i].offset == field->offset) {
            (void)dynr_window_parse_bound(group->node, text, &group->load->arena, &row);
        }
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
    if (dynr_load_is_value(group)) {
        query->limit = dynr_load_value_page(engine);
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
    if (kept == NULL || !dynr_load_remembers(group->load) ||
        kept->dependency.kind != DYNR_DEPENDENT_NONE || kept->parent == NULL) {
        return true;
    }
    enum dynr_status status = dynr_group_depend(engine, kept, &group->query);
    if (status != DYNR_OK) {
        dynr_load_fail(group->load, status);
    }
    return status == DYNR_OK;
}

/* These arguments select nothing, ever: no read, but values of no rows are values. */
static void read_nothing(struct dynr_engine *engine, struct dynr_load_group *group)
{
    struct dynr_rows none;
    memset(&none, 0, sizeof none);
    group->position = engine->position;
    group->highest = engine->position;
    if (dynr_load_is_value(group)) {
        (void)dynr_load_take_page(engine, group, &none);
        return;
    }
    dynr_load_group_read(engine, group);
}

void dynr_load_read_group(struct dynr_engine *engine, struct dynr_load_group *group)
{
    struct dynr_load *load = group->load;
    const struct dynr_view *view = load->view;
    bool empty = false;
    const struct dynr_view_node *node =
        dynr_view_is_values_only(view) ? view->procedure->nodes[0].node : group->node->node;
    memset(&group->query, 0, sizeof group->query);
    enum dynr_status status = node->prepare(view->input, view->caller, group->parent_row,
                                            &load->arena, &group->query, &empty, NULL);
    if (status != DYNR_OK) {
        dynr_load_fail(load, status);
        return;
    }
    group->whole = !group->refill;
    group->needed = engine->seen;
    if (empty) {
        read_nothing(engine, group);
        return;
    }
    group->query.flags |= DYNR_READ_POSITIONS;
    set_limit(engine, group);
    if (depend(engine, group)) {
        start_read(engine, group);
    }
}

struct dynr_group *dynr_load_find_group(struct dynr_engine *engine,
                                        const struct dynr_load_group *group)
{
    const struct dynr_load_row *parent = group->parent;
    struct dynr_key128 id;
    const struct dynr_group *above = NULL;
    if (parent == NULL || dynr_load_remembers(group->load)) {
        return group->group;
    }
    above = parent->group->parent == NULL ? parent->group->group
                                          : dynr_load_find_group(engine, parent->group);
    if (above == NULL ||
        dynr_row_id(engine, above, parent->group->node->entity, parent->row, &id) != DYNR_OK) {
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

void dynr_load_begin_group(struct dynr_engine *engine, struct dynr_load *load,
                           struct dynr_node_info *node, struct dynr_group *group,
                           struct dynr_load_row *parent, const void *parent_row)
{
    if (group == NULL && parent != NULL) {
        group = dynr_load_remembers(load)
                    ? dynr_group_new(engine, load->view, node, parent->state, parent_row)
                    : NULL;
        if (group == NULL && dynr_load_remembers(load)) {
            dynr_load_fail(load, DYNR_ERR_NO_MEMORY);
            return;
        }
    }
    if (group != NULL && dynr_load_remembers(load)) {
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

void dynr_load_refill_group(struct dynr_engine *engine, struct dynr_load *load,
                            struct dynr_group *group)
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

/* A refill takes what lies behind the old end; a joining load nothing that does. */
static bool is_wanted(struct dynr_engine *engine, const struct dynr_load_group *group,
                      const void *row, bool *failed)
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

static void keep_rows(struct dynr_engine *engine, struct dynr_load_group *group,
                      const struct dynr_rows *rows)
{
    struct dynr_load *load = group->load;
    const struct dynr_view *view = load->view;
    const struct dynr_view_node *node = group->node->node;
    bool failed = false;
    /* A page before this one ended elsewhere. */
    group->last_row = NULL;
    group->n_held = 0;
    group->last_held = NULL;
    for (size_t i = 0; i < rows->n_items && load->status == DYNR_OK; i++) {
        const void *row = (const char *)rows->items + i * node->entity->row->size;
        uint64_t position = rows->positions == NULL ? rows->position : rows->positions[i];
        group->highest = position > group->highest ? position : group->highest;
        if (rows->cursor.len > 0 && group->limit > 0) {
            group->last_row = row;
        }
        if (!node->accepts(row, view->input, view->caller, group->parent_row)) {
            continue;
        }
        if (!is_wanted(engine, group, row, &failed)) {
            group->n_held++;
            group->last_held = row;
            continue;
        }
        if (dynr_view_counts_rows(group->node) && ++load->n_rows > engine->limits.max_rows) {
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
    if (group->group != NULL && dynr_load_remembers(load) && !group->refill) {
        group->group->position = group->position;
    }
    if (!dynr_load_is_value(group)) {
        dynr_load_resolve(engine, group);
    }
}

static void read_again(struct dynr_engine *engine, struct dynr_load_group *group)
{
    if (++group->tries > TRIES_MAX) {
        dynr_load_fail(group->load, DYNR_ERR_IO);
        return;
    }
    start_read(engine, group);
}

/*
 * An index may answer as of a position before the one at which the group began to be told of changes: those between would be
 * missed. The host paces how fast it is read again. 0: the backend does not say where it stands, or there was nothing to read.
 */
static bool is_behind(const struct dynr_load_group *group, const struct dynr_rows *rows)
{
    return rows->position != 0 && rows->position < group->needed;
}

/* Whether the window is not short: as many rows as it shows are there, those left out that its policy hides. */
static bool is_full(const struct dynr_load_group *group)
{
    uint32_t n_shown = 0;
    if (group->node->node->grant == NULL) {
        return group->n_held >= group->limit;
    }
    for (const struct dynr_row_state *row = group->group->rows; row != NULL; row = row->next) {
        n_shown += row->visible ? 1 : 0;
    }
    return n_shown >= group->limit;
}

/*
 * What was read behind the end of a window. A window that is not short does not grow, whoever asks: else one client could have
 * everybody be sent, and read by who joins, as many rows as it likes. False: a longer page is read.
 */
static bool take_refill(struct dynr_engine *engine, struct dynr_load_group *group, bool goes_on)
{
    struct dynr_load *load = group->load;
    if (is_full(group) && group->last_held != NULL && (group->rows != NULL || goes_on)) {
        group->rows = NULL;
        group->tail = &group->rows;
        group->last_row = group->last_held;
    } else if (group->rows == NULL && goes_on && load->status == DYNR_OK) {
        if (group->query.limit > engine->limits.max_rows) {
            dynr_load_fail(load, DYNR_ERR_TOO_LARGE);
            return true;
        }
        /* Rows that are held already filled the page: ask for more. */
        uint32_t all = engine->limits.max_rows + 1;
        group->query.limit = group->query.limit > all / 2 ? all : group->query.limit * 2;
        return false;
    }
    return true;
}

void dynr_load_take_group(struct dynr_engine *engine, struct dynr_read_job *job)
{
    struct dynr_load_group *group = job->group;
    const struct dynr_rows *rows = &job->read.rows;
    bool is_value = dynr_load_is_value(group);
    bool is_next_page = group->query.cursor.len > 0;
    uint64_t highest = rows->position;
    if (dynr_load_is_gone(group)) {
        /* A row above it was read as well, and had it thrown away, with the row that it stood under. */
        return;
    }
    /* Where an earlier, shorter read ended is not where this one does. */
    group->last_row = NULL;
    for (size_t i = 0; i < rows->n_items && rows->positions != NULL; i++) {
        highest = rows->positions[i] > highest ? rows->positions[i] : highest;
    }
    bool mixed = highest != rows->position || (is_next_page && rows->position != group->position);
    if (is_behind(group, rows) || (is_value && mixed)) {
        dynr_load_drop_pages(engine, group);
        read_again(engine, group);
        return;
    }
    group->position = rows->position;
    group->highest = highest;
    if (is_value) {
        if (!dynr_load_take_page(engine, group, rows)) {
            start_read(engine, group);
        }
        return;
    }
    keep_rows(engine, group, rows);
    if (group->refill && !take_refill(engine, group, rows->cursor.len > 0)) {
        start_read(engine, group);
        return;
    }
    dynr_load_group_read(engine, group);
}
