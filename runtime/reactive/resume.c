/* SPDX-License-Identifier: Apache-2.0 */
#include "reactive/resume.h"

#include "reactive/connection.h"
#include "reactive/gate.h"
#include "reactive/load.h"
#include "reactive/record.h"
#include "reactive/step.h"
#include "reactive/tracked.h"
#include "reactive/view.h"
#include "reactive/window.h"

/* Times that the log is read again because records came while it was read. */
#define TRIES_MAX 8
#define TOKEN_LEN 32

struct dynr_resume {
    struct dynr_subscriber *subscriber;
    struct dynr_read_job *job;
    uint64_t position;
    uint64_t from;
    char token[TOKEN_LEN];
    uint32_t epoch;
    uint32_t tries;
    uint32_t bound_len;
    char bound[];
};

bool dynr_resume_new(struct dynr_engine *engine, struct dynr_subscriber *subscriber,
                     const struct dynr_engine_since *since)
{
    if (since->bound.len > engine->limits.max_input || since->token.len != TOKEN_LEN ||
        since->position < since->from) {
        /* No bound is as long; no token is of another length, nor for what was before it: it starts from a snapshot. */
        return true;
    }
    struct dynr_resume *resume = dynr_engine_allocate(engine, sizeof *resume + since->bound.len);
    if (resume == NULL) {
        return false;
    }
    resume->subscriber = subscriber;
    resume->position = since->position;
    resume->from = since->from;
    memcpy(resume->token, since->token.ptr, TOKEN_LEN);
    resume->bound_len = (uint32_t)since->bound.len;
    if (since->bound.len > 0) {
        memcpy(resume->bound, since->bound.ptr, since->bound.len);
    }
    subscriber->resume = resume;
    return true;
}

void dynr_resume_free(struct dynr_engine *engine, struct dynr_subscriber *subscriber)
{
    struct dynr_resume *resume = subscriber->resume;
    if (resume == NULL) {
        return;
    }
    if (resume->job != NULL) {
        resume->job->resume = NULL;
    }
    subscriber->resume = NULL;
    dynr_engine_free(engine, resume, sizeof *resume + resume->bound_len);
}

static void start_over(struct dynr_engine *engine, struct dynr_subscriber *subscriber)
{
    dynr_resume_free(engine, subscriber);
    subscriber->state = DYNR_SUBSCRIBER_LOADING;
    enum dynr_status status = dynr_load_for(engine, subscriber);
    if (status != DYNR_OK) {
        dynr_connection_send_error(engine, subscriber->connection, subscriber->id, status, NULL,
                                   false);
        dynr_view_fail(engine, subscriber->view, status);
    }
}

/* ---- windows ------------------------------------------------------------------------------------------------------- */

/* The window of these arguments; 0: none. False: it cannot be said. */
static bool find_limit(struct dynr_engine *engine, const struct dynr_view *view, uint32_t *out)
{
    struct dynr_arena arena;
    struct dynr_query query;
    bool empty = false;
    memset(&query, 0, sizeof query);
    dynr_arena_init(&arena, engine->allocator, 0);
    bool known = view->root.node->node->prepare(view->input, view->caller, NULL, &arena, &query,
                                                &empty, NULL) == DYNR_OK;
    dynr_arena_cleanup(&arena);
    *out = query.limit;
    return known && !empty;
}

/*
 * A view that is new keeps nothing up yet. Where its window ends is read, as for a snapshot: it does not take that from what the client
 * says, who could have everything kept up and replayed.
 */
static bool needs_window(struct dynr_engine *engine, const struct dynr_view *view)
{
    uint32_t limit;
    return view->state == NULL && view->root.window == NULL && find_limit(engine, view, &limit) &&
           limit > 0;
}

/* Whether what is held up to `row` reaches as far as what is kept up. */
static bool reaches(struct dynr_engine *engine, const struct dynr_group *group, const void *row)
{
    dynr_buf_clear(&engine->text);
    dynr_window_append_place(group->node, row, &engine->text);
    return group->window->bounded && dynr_buf_ok(&engine->text) &&
           dynr_str_compare(dynr_buf_str(&engine->text), dynr_window_place(group->window)) >= 0;
}

/* A window that nobody else watches may end where what is held does, as if it had been trimmed: who is short of rows asks for more. */
static bool draw_in(struct dynr_engine *engine, struct dynr_view *view, const void *row)
{
    if (view->n_subscribers != 1 || view->root.node->has_rows) {
        return false;
    }
    view->root.window->epoch++;
    return dynr_window_set(engine, &view->root, row);
}

static bool fits_window(struct dynr_engine *engine, struct dynr_view *view,
                        const struct dynr_resume *resume)
{
    struct dynr_str bound = dynr_str_make(resume->bound, resume->bound_len);
    const struct dynr_window *window = view->root.window;
    struct dynr_arena arena;
    uint32_t limit;
    if (!find_limit(engine, view, &limit)) {
        return false;
    }
    if (limit == 0) {
        return true;
    }
    if (bound.len == 0 || window == NULL || window->refilling) {
        return false;
    }
    if (dynr_str_equal_c(bound, "null")) {
        return true;
    }
    dynr_arena_init(&arena, engine->allocator, 0);
    const void *row = NULL;
    (void)dynr_window_parse_bound(view->root.node, bound, &arena, &row);
    bool fits = row != NULL && (reaches(engine, &view->root, row) || draw_in(engine, view, row));
    dynr_arena_cleanup(&arena);
    return fits;
}

static bool has_windows_below(const struct dynr_view *view)
{
    const struct dynr_view_desc *desc = view->procedure->procedure->view;
    for (uint16_t i = 1; i < desc->n_nodes; i++) {
        if (desc->nodes[i].node_class == DYNR_NODE_CHILDREN) {
            return true;
        }
    }
    return false;
}

/* ---- the log ------------------------------------------------------------------------------------------------------- */

static void read_log(struct dynr_engine *engine, struct dynr_subscriber *subscriber)
{
    struct dynr_resume *resume = subscriber->resume;
    struct dynr_read_job *job = dynr_job_new(engine, DYNR_JOB_LOG);
    if (job == NULL) {
        start_over(engine, subscriber);
        return;
    }
    const struct dynr_window *window = subscriber->view->root.window;
    resume->epoch = window == NULL ? 0 : window->epoch;
    resume->job = job;
    job->resume = resume;
    job->read.kind = DYNR_ENGINE_READ_LOG;
    job->read.since = resume->position;
    job->read.max_records = engine->limits.max_replay;
    dynr_job_start(engine, job);
}

static bool is_proven(struct dynr_engine *engine, const struct dynr_subscriber *subscriber)
{
    const struct dynr_resume *resume = subscriber->resume;
    return dynr_view_proves_token(engine, subscriber->view, subscriber->connection, resume->from,
                                  resume->position, dynr_str_make(resume->token, TOKEN_LEN));
}

void dynr_resume_start(struct dynr_engine *engine, struct dynr_subscriber *subscriber)
{
    struct dynr_view *view = subscriber->view;
    /* Between shards there is no order, and so no place in it. */
    bool possible = engine->n_shards <= 1 && !view->resyncing && is_proven(engine, subscriber);
    if (possible && view->state != NULL) {
        possible = !has_windows_below(view);
    }
    if (!possible || view->procedure->procedure->view->values_only || dynr_view_is_tracked(view)) {
        start_over(engine, subscriber);
        return;
    }
    if ((view->state != NULL && !view->state->loaded) || needs_window(engine, view)) {
        if (dynr_load_for(engine, subscriber) != DYNR_OK) {
            dynr_view_fail(engine, view, DYNR_ERR_NO_MEMORY);
        }
        return;
    }
    dynr_resume_loaded(engine, subscriber);
}

void dynr_resume_loaded(struct dynr_engine *engine, struct dynr_subscriber *subscriber)
{
    if (fits_window(engine, subscriber->view, subscriber->resume)) {
        read_log(engine, subscriber);
    } else {
        start_over(engine, subscriber);
    }
}

static bool concerns(const struct dynr_dependency *dependency,
                     const struct dynr_subscriber *subscriber)
{
    const struct dynr_view *view = subscriber->view;
    switch (dependency->kind) {
    case DYNR_DEPENDENT_GROUP:
        return ((const struct dynr_group *)(const void *)dependency)->view == view;
    case DYNR_DEPENDENT_ROW:
        return ((const struct dynr_row_state *)(const void *)dependency)->group->view == view;
    case DYNR_DEPENDENT_GATE:
        return dynr_gate_has(subscriber->gate, dependency);
    case DYNR_DEPENDENT_NONE:
        break;
    }
    return false;
}

/* False: only a snapshot will do. */
static bool replay(struct dynr_engine *engine, const struct dynr_subscriber *subscriber,
                   const struct dynr_record *record, struct dynr_arena *arena,
                   struct dynr_output *output)
{
    struct dynr_view *view = subscriber->view;
    struct dynr_live_change change;
    dynr_arena_reset(arena);
    if (dynr_record_decode(engine, record, arena, &change, NULL) != DYNR_OK) {
        return false;
    }
    if (change.entity == NULL) {
        return true;
    }
    if (dynr_dependency_match(engine, &change) != DYNR_OK) {
        return false;
    }
    for (size_t i = 0; i < engine->matches.n_items; i++) {
        if (concerns(engine->matches.items[i], subscriber)) {
            /* A gate may have been shut in between: what happened then is none of its business. */
            if (view->state != NULL || subscriber->gate != NULL) {
                return false;
            }
            dynr_step_replay(engine, view, &change, output);
            return dynr_buf_ok(&output->text);
        }
    }
    return true;
}

static bool replay_all(struct dynr_engine *engine, const struct dynr_subscriber *subscriber,
                       const struct dynr_engine_read *read, struct dynr_output *output)
{
    struct dynr_arena arena;
    bool fits = true;
    dynr_arena_init(&arena, engine->allocator, 0);
    for (size_t i = 0; fits && i < read->n_records; i++) {
        fits = replay(engine, subscriber, &read->records[i], &arena, output);
    }
    dynr_arena_cleanup(&arena);
    return fits;
}

static bool is_usable(const struct dynr_engine *engine, const struct dynr_subscriber *subscriber,
                      const struct dynr_engine_read *read)
{
    const struct dynr_view *view = subscriber->view;
    const struct dynr_window *window = view->root.window;
    return read->status == DYNR_OK && read->n_records < engine->limits.max_replay &&
           engine->n_shards <= 1 && !view->resyncing && !view->failed &&
           subscriber->resume->epoch == (window == NULL ? 0 : window->epoch);
}

void dynr_resume_answered(struct dynr_engine *engine, struct dynr_read_job *job)
{
    struct dynr_resume *resume = job->resume;
    struct dynr_subscriber *subscriber = resume->subscriber;
    struct dynr_view *view = subscriber->view;
    resume->job = NULL;
    job->resume = NULL;
    if (!is_usable(engine, subscriber, &job->read)) {
        start_over(engine, subscriber);
        return;
    }
    bool waits = view->state != NULL && (view->state->running || view->state->inbox != NULL);
    if (job->read.result_position < engine->position || waits) {
        /* Patches went out that it did not get and the log did not have. */
        if (++resume->tries > TRIES_MAX || waits) {
            start_over(engine, subscriber);
        } else {
            read_log(engine, subscriber);
        }
        return;
    }
    struct dynr_output *output = dynr_output_take(engine);
    if (output == NULL || !replay_all(engine, subscriber, &job->read, output)) {
        dynr_output_give_back(engine, output);
        start_over(engine, subscriber);
        return;
    }
    uint64_t held = resume->position;
    dynr_resume_free(engine, subscriber);
    subscriber->state = DYNR_SUBSCRIBER_ACTIVE;
    dynr_snapshot_same(engine, subscriber,
                       output->n_segments > 0 ? held : job->read.result_position);
    dynr_output_send_to(engine, output, view, subscriber->connection);
    dynr_output_give_back(engine, output);
}
