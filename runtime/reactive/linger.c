/* SPDX-License-Identifier: Apache-2.0 */
#include "reactive/linger.h"

#include "reactive/view.h"

/* In the order of leaving, in a ring; who came back leaves an empty place. */
struct dynr_lingering_view {
    struct dynr_view *view;
    int64_t since_ms;
};

static struct dynr_lingering_view *place(const struct dynr_linger *linger, size_t index)
{
    return &linger->ring[(linger->head + index) % linger->cap];
}

/* Whether a client that comes back may be told what it missed; everything else is read anew, which needs no view. */
static bool is_of_use(const struct dynr_engine *engine, const struct dynr_view *view)
{
    const struct dynr_view_state *state = view->state;
    bool rests = !view->failed && !view->resyncing && !view->dirty && !view->holding &&
                 view->output == NULL && view->loads == NULL;
    bool known = view->root.window != NULL && !view->root.window->refilling &&
                 (state == NULL || (state->loaded && !state->running && state->inbox == NULL));
    return engine->linger.knows_time && !engine->destroying && rests && known &&
           engine->limits.max_lingering > 0;
}

static bool make_room(struct dynr_engine *engine)
{
    struct dynr_linger *linger = &engine->linger;
    if (linger->ring == NULL) {
        linger->ring =
            dynr_engine_allocate(engine, engine->limits.max_lingering * sizeof *linger->ring);
        linger->cap = linger->ring == NULL ? 0 : engine->limits.max_lingering;
    }
    if (linger->ring != NULL && linger->n == linger->cap) {
        (void)dynr_linger_end_oldest(engine);
    }
    return linger->ring != NULL;
}

void dynr_view_leave(struct dynr_engine *engine, struct dynr_view *view)
{
    if (!is_of_use(engine, view) || !make_room(engine)) {
        dynr_view_free(engine, view);
        return;
    }
    struct dynr_linger *linger = &engine->linger;
    struct dynr_lingering_view *made = place(linger, linger->n++);
    made->view = view;
    made->since_ms = linger->now_ms;
    view->lingers = true;
    engine->counters.lingering++;
}

void dynr_view_return(struct dynr_engine *engine, struct dynr_view *view)
{
    struct dynr_linger *linger = &engine->linger;
    for (size_t i = 0; view->lingers && i < linger->n; i++) {
        if (place(linger, i)->view == view) {
            place(linger, i)->view = NULL;
            view->lingers = false;
            engine->counters.lingering--;
        }
    }
}

void dynr_view_end_lingering(struct dynr_engine *engine, struct dynr_view *view)
{
    dynr_view_return(engine, view);
    dynr_view_free(engine, view);
}

bool dynr_linger_end_oldest(struct dynr_engine *engine)
{
    struct dynr_linger *linger = &engine->linger;
    struct dynr_view *view = NULL;
    while (view == NULL && linger->n > 0) {
        view = place(linger, 0)->view;
        linger->head = (linger->head + 1) % linger->cap;
        linger->n--;
    }
    if (view == NULL) {
        return false;
    }
    view->lingers = false;
    engine->counters.lingering--;
    dynr_view_free(engine, view);
    return true;
}

void dynr_engine_tick(struct dynr_engine *engine, int64_t now_ms)
{
    struct dynr_linger *linger = &engine->linger;
    linger->knows_time = true;
    linger->now_ms = now_ms > linger->now_ms ? now_ms : linger->now_ms;
    int64_t until_ms = linger->now_ms - engine->limits.linger_ms;
    if (linger->n == 0 || place(linger, 0)->since_ms > until_ms) {
        return;
    }
    dynr_engine_enter(engine);
    while (linger->n > 0 && place(linger, 0)->since_ms <= until_ms) {
        /* Empty places count as well: their time is over, too. */
        if (place(linger, 0)->view == NULL) {
            linger->head = (linger->head + 1) % linger->cap;
            linger->n--;
        } else {
            (void)dynr_linger_end_oldest(engine);
        }
    }
    (void)dynr_engine_leave(engine, NULL);
}

void dynr_linger_cleanup(struct dynr_engine *engine)
{
    struct dynr_linger *linger = &engine->linger;
    while (dynr_linger_end_oldest(engine)) {
    }
    dynr_engine_free(engine, linger->ring, linger->cap * sizeof *linger->ring);
    linger->ring = NULL;
}
