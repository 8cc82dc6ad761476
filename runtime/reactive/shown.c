/* SPDX-License-Identifier: Apache-2.0 */
#include "reactive/shown.h"

void dynr_shown_clear(struct dynr_engine *engine, struct dynr_view_state *state)
{
    dynr_engine_free(engine, state->shown, state->cap_shown * sizeof *state->shown);
    state->shown = NULL;
    state->n_shown = 0;
    state->cap_shown = 0;
    state->shown_until = 0;
}

/* Where every record up to a row's version was taken in, it is remembered or does not belong. Between shards there is no order. */
static void forget_old(const struct dynr_engine *engine, struct dynr_view_state *state)
{
    uint32_t n_kept = 0;
    if (state->running || state->inbox != NULL || engine->n_shards > 1) {
        return;
    }
    for (uint32_t i = 0; i < state->n_shown; i++) {
        if (state->shown[i].version > engine->position) {
            state->shown[n_kept++] = state->shown[i];
        }
    }
    state->n_shown = n_kept;
}

static bool grow(struct dynr_engine *engine, struct dynr_view_state *state)
{
    uint32_t cap = state->cap_shown == 0 ? 8 : state->cap_shown * 2;
    struct dynr_shown_row *shown = dynr_engine_allocate(engine, cap * sizeof *shown);
    if (shown == NULL) {
        return false;
    }
    if (state->n_shown > 0) {
        memcpy(shown, state->shown, state->n_shown * sizeof *shown);
    }
    dynr_engine_free(engine, state->shown, state->cap_shown * sizeof *shown);
    state->shown = shown;
    state->cap_shown = cap;
    return true;
}

static bool key_of(struct dynr_engine *engine, const struct dynr_entity_info *entity,
                   const void *row, struct dynr_key128 *out)
{
    bool present = false;
    return dynr_dependency_key(engine, &entity->paths[entity->by_key], row, out, &present) ==
               DYNR_OK &&
           present;
}

bool dynr_shown_add(struct dynr_engine *engine, struct dynr_view *view,
                    const struct dynr_entity_info *entity, const void *row, uint64_t version)
{
    struct dynr_view_state *state = view->state;
    struct dynr_shown_row made = {{0, 0}, version};
    if (state == NULL) {
        return true;
    }
    forget_old(engine, state);
    if (!key_of(engine, entity, row, &made.key) || state->n_shown == engine->limits.max_rows) {
        state->shown_until = version > state->shown_until ? version : state->shown_until;
        return true;
    }
    if (state->n_shown == state->cap_shown && !grow(engine, state)) {
        return false;
    }
    state->shown[state->n_shown++] = made;
    return true;
}

bool dynr_shown_take(struct dynr_engine *engine, struct dynr_view *view,
                     const struct dynr_entity_info *entity, const void *row, uint64_t version)
{
    struct dynr_view_state *state = view->state;
    struct dynr_key128 key;
    bool found = version <= state->shown_until;
    if (state->n_shown == 0 || !key_of(engine, entity, row, &key)) {
        return found;
    }
    for (uint32_t i = 0; i < state->n_shown; i++) {
        if (dynr_key128_equal(state->shown[i].key, key)) {
            state->shown[i--] = state->shown[--state->n_shown];
            found = true;
        }
    }
    return found;
}
