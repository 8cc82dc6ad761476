/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a transition ends: reads that it caused are run and, where the host answers at once, taken in; then every view's
 * operations become frames. Views that still wait keep theirs, and who watches them is told `commit` when they are done.
 */
#include "reactive/connection.h"
#include "reactive/frame.h"
#include "reactive/load.h"
#include "reactive/output.h"
#include "reactive/step.h"
#include "reactive/subscribe.h"
#include "reactive/tracked.h"
#include "reactive/view.h"

void dynr_view_mark(struct dynr_engine *engine, struct dynr_view *view)
{
    if (!view->dirty) {
        view->dirty = true;
        view->next_dirty = engine->dirty;
        engine->dirty = view;
    }
}

void dynr_view_fail(struct dynr_engine *engine, struct dynr_view *view, enum dynr_status status)
{
    if (!view->failed) {
        view->failed = true;
        view->failure = status;
        dynr_view_mark(engine, view);
    }
}

static bool gets_patches(const struct dynr_subscriber *subscriber)
{
    return subscriber->state == DYNR_SUBSCRIBER_ACTIVE ||
           subscriber->state == DYNR_SUBSCRIBER_LOADING;
}

/* ---- frames -------------------------------------------------------------------------------------------------- */

static struct dynr_frame *encode(struct dynr_engine *engine, const struct dynr_view *view,
                                 const struct dynr_output *output,
                                 const struct dynr_segment *segment, bool closes)
{
    struct dynr_buf *text = &engine->text;
    bool is_bound = segment->kind == DYNR_SEGMENT_BOUND || segment->kind == DYNR_SEGMENT_OPENING;
    dynr_buf_clear(text);
    dynr_buf_append_c(text, is_bound ? "{\"t\":\"bound\",\"view\":" : "{\"t\":\"patch\",\"view\":");
    dynr_buf_append_int(text, (int64_t)view->number);
    dynr_buf_append_c(text, ",\"v\":");
    dynr_buf_append_int(text, (int64_t)segment->version);
    dynr_buf_append_c(text, ",\"node\":");
    dynr_buf_append_int(text, segment->node);
    if (segment->ops > segment->parent) {
        dynr_buf_append_c(text, ",\"parent\":");
        dynr_buf_append(text, output->text.ptr + segment->parent, segment->ops - segment->parent);
    }
    if (is_bound) {
        dynr_buf_append_c(text, ",\"epoch\":");
        dynr_buf_append_int(text, segment->n_ops);
        dynr_buf_append_c(text, ",\"bound\":");
    } else {
        dynr_buf_append_c(text, segment->kind == DYNR_SEGMENT_WHOLE ? ",\"whole\":true,\"ops\":["
                                                                    : ",\"ops\":[");
    }
    if (segment->end > segment->ops) {
        dynr_buf_append(text, output->text.ptr + segment->ops, segment->end - segment->ops);
    }
    dynr_buf_append_c(text, is_bound ? "" : "]");
    dynr_buf_append_c(text, segment->kind == DYNR_SEGMENT_OPENING ? ",\"open\":true" : "");
    dynr_buf_append_c(text, closes ? ",\"end\":true}" : "}");
    engine->counters.patches++;
    return dynr_buf_ok(text) ? dynr_frame_new(engine->allocator, dynr_buf_str(text)) : NULL;
}

static void send_to_all(struct dynr_engine *engine, const struct dynr_view *view,
                        struct dynr_frame *frame)
{
    uint64_t number = ++engine->next_frame;
    for (struct dynr_subscriber *subscriber = view->subscribers; subscriber != NULL;
         subscriber = subscriber->next_of_view) {
        struct dynr_connection *connection = subscriber->connection;
        if (gets_patches(subscriber) && connection->last_frame != number) {
            connection->last_frame = number;
            dynr_connection_send(engine, connection, frame);
            dynr_connection_touch(engine, connection);
        }
    }
}

void dynr_output_send_to(struct dynr_engine *engine, struct dynr_output *output,
                         const struct dynr_view *view, struct dynr_connection *connection)
{
    for (size_t i = 0; i < output->n_segments; i++) {
        if (output->segments[i].kind == DYNR_SEGMENT_VOID) {
            continue;
        }
        struct dynr_frame *frame = encode(engine, view, output, &output->segments[i], false);
        if (frame == NULL) {
            engine->starved = true;
            return;
        }
        dynr_connection_send(engine, connection, frame);
        dynr_frame_unref(frame);
    }
    if (output->n_segments > 0) {
        dynr_connection_touch(engine, connection);
    }
}

/* ---- views that wait ------------------------------------------------------------------------------------------ */

/* Its code is to be run, and has not begun. */
static bool is_put_off(const struct dynr_view *view)
{
    return view->state != NULL && view->state->step != NULL && !view->state->running &&
           dynr_view_is_tracked(view);
}

static bool waits(const struct dynr_view *view)
{
    return view->state != NULL && view->state->loaded && (view->state->running || is_put_off(view));
}

static void put_off(struct dynr_engine *engine, struct dynr_view *view)
{
    if (!view->due) {
        view->due = true;
        view->next_due = engine->due;
        engine->due = view;
    }
}

void dynr_view_hold(struct dynr_engine *engine, struct dynr_view *view, bool hold)
{
    if (view->holding == hold) {
        return;
    }
    view->holding = hold;
    for (struct dynr_subscriber *subscriber = view->subscribers; subscriber != NULL;
         subscriber = subscriber->next_of_view) {
        dynr_subscriber_hold(engine, subscriber, hold);
    }
}

void dynr_subscriber_hold(struct dynr_engine *engine, struct dynr_subscriber *subscriber, bool hold)
{
    if (hold) {
        subscriber->connection->n_holding++;
        engine->n_holding++;
    } else {
        subscriber->connection->n_holding--;
        engine->n_holding--;
        /* What others said meanwhile is still open. */
        dynr_connection_touch(engine, subscriber->connection);
    }
}

/* ---- the end ------------------------------------------------------------------------------------------------- */

static void end_failed(struct dynr_engine *engine, struct dynr_view *view)
{
    enum dynr_status status = view->failure;
    dynr_view_hold(engine, view, false);
    while (view->n_subscribers > 1) {
        struct dynr_subscriber *subscriber = view->subscribers;
        dynr_connection_send_error(engine, subscriber->connection, subscriber->id, status, NULL,
                                   false);
        dynr_subscriber_end(engine, subscriber);
    }
    if (view->subscribers != NULL) {
        /* The last one takes the view along. */
        struct dynr_subscriber *subscriber = view->subscribers;
        dynr_connection_send_error(engine, subscriber->connection, subscriber->id, status, NULL,
                                   false);
        dynr_subscriber_end(engine, subscriber);
    }
}

/* Whether the frame to come is the only one, so that it can say itself that the transition is closed. */
static bool is_single(const struct dynr_engine *engine)
{
    const struct dynr_view *view = engine->dirty;
    return view != NULL && view->next_dirty == NULL && engine->n_holding == 0 &&
           engine->touched == NULL && !view->failed && !waits(view) && view->output != NULL &&
           view->output->n_segments == 1 && view->output->segments[0].kind < DYNR_SEGMENT_BOUND &&
           view->output->segments[0].version == engine->position;
}

static void flush_view(struct dynr_engine *engine, struct dynr_view *view, bool closes)
{
    struct dynr_output *output = view->output;
    if (output != NULL && !dynr_buf_ok(&output->text)) {
        dynr_view_fail(engine, view, DYNR_ERR_NO_MEMORY);
    }
    if (view->failed) {
        end_failed(engine, view);
        return;
    }
    if (waits(view)) {
        if (is_put_off(view)) {
            put_off(engine, view);
        }
        dynr_view_hold(engine, view, true);
        return;
    }
    if (view->state != NULL && view->state->inbox != NULL && view->state->loaded &&
        dynr_view_is_tracked(view)) {
        put_off(engine, view);
    }
    dynr_view_hold(engine, view, false);
    view->output = NULL;
    for (size_t i = 0; output != NULL && i < output->n_segments; i++) {
        if (output->segments[i].kind == DYNR_SEGMENT_VOID) {
            continue;
        }
        struct dynr_frame *frame = encode(engine, view, output, &output->segments[i], closes);
        if (frame == NULL) {
            dynr_output_give_back(engine, output);
            dynr_view_fail(engine, view, DYNR_ERR_NO_MEMORY);
            end_failed(engine, view);
            return;
        }
        send_to_all(engine, view, frame);
        dynr_frame_unref(frame);
    }
    dynr_output_give_back(engine, output);
}

/* Starts the reads of every view that is part of the transition. */
static bool run_steps(struct dynr_engine *engine)
{
    bool ran = false;
    for (struct dynr_view *view = engine->dirty; view != NULL; view = view->next_dirty) {
        if (view->resyncing && !view->failed) {
            dynr_view_reload(engine, view);
            return true;
        }
        if (!view->failed && view->state != NULL && view->state->step != NULL &&
            !view->state->running && !(engine->more_follow && dynr_view_is_tracked(view))) {
            dynr_load_run(engine, view->state->step);
            ran = true;
        }
    }
    return ran;
}

/* Code that changes came for while it ran, or in transitions before this one. False: there is none, or more may come. */
static bool begin_due(struct dynr_engine *engine)
{
    bool any = false;
    while (engine->due != NULL && !engine->more_follow) {
        struct dynr_view *view = engine->due;
        engine->due = view->next_due;
        view->due = false;
        if (view->root.dead || view->failed) {
            continue;
        }
        dynr_inbox_run(engine, view);
        dynr_view_mark(engine, view);
        any = true;
    }
    return any;
}

void dynr_transition_end(struct dynr_engine *engine)
{
    bool again = true;
    while (again) {
        while (run_steps(engine) || dynr_jobs_take_in(engine)) {
        }
        dynr_rows_settle(engine);
        bool closes = is_single(engine);
        while (engine->dirty != NULL) {
            struct dynr_view *view = engine->dirty;
            engine->dirty = view->next_dirty;
            view->dirty = false;
            flush_view(engine, view, closes);
        }
        dynr_connection_commit(engine, closes);
        again = begin_due(engine);
        dynr_outputs_bury(engine);
    }
}
