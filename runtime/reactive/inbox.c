/* SPDX-License-Identifier: Apache-2.0 */
/* Changes that arrive while a view waits for reads. Copies are shared by all views that wait. */
#include "reactive/inbox.h"

#include "reactive/load.h"
#include "reactive/row_value.h"
#include "reactive/subscribe.h"
#include "reactive/view.h"

static size_t copy_size(const struct dynr_struct_desc *desc, const void *row)
{
    return row == NULL ? 0 : dynr_struct_copy_size(desc, row);
}

static struct dynr_kept_change *keep_change(struct dynr_engine *engine,
                                            struct dynr_live_change *change)
{
    const struct dynr_struct_desc *desc = change->entity->entity->row;
    if (change->kept != NULL) {
        return change->kept;
    }
    size_t head = (sizeof(struct dynr_kept_change) + 15) / 16 * 16;
    size_t words = (change->entity->n_words * sizeof(uint64_t) + 15) / 16 * 16;
    size_t old_size = copy_size(desc, change->old_row);
    size_t size = head + words + old_size + copy_size(desc, change->new_row);
    struct dynr_kept_change *kept = dynr_engine_allocate(engine, size);
    if (kept == NULL) {
        return NULL;
    }
    char *block = (char *)kept;
    kept->change = *change;
    kept->size = (uint32_t)size;
    memcpy(block + head, change->changed, change->entity->n_words * sizeof(uint64_t));
    kept->change.changed = (const uint64_t *)(void *)(block + head);
    if (change->old_row != NULL) {
        dynr_struct_copy(desc, change->old_row, block + head + words);
        kept->change.old_row = block + head + words;
    }
    if (change->new_row != NULL) {
        dynr_struct_copy(desc, change->new_row, block + head + words + old_size);
        kept->change.new_row = block + head + words + old_size;
    }
    kept->change.kept = kept;
    change->kept = kept;
    /* The record's own; given back when it has been looked at. */
    kept->references = 1;
    return kept;
}

void dynr_kept_change_release(struct dynr_engine *engine, struct dynr_kept_change *kept)
{
    if (kept != NULL && --kept->references == 0) {
        dynr_engine_free(engine, kept, kept->size);
    }
}

void dynr_inbox_put(struct dynr_engine *engine, struct dynr_view *view,
                    struct dynr_live_change *change)
{
    struct dynr_view_state *state = view->state;
    if (state->inbox_last != NULL && state->inbox_last->kept == change->kept) {
        /* It concerns several of the view's groups. */
        return;
    }
    if (state->n_inbox >= engine->limits.max_replay) {
        dynr_view_resync(engine, view);
        return;
    }
    struct dynr_inbox_entry *entry = dynr_engine_allocate(engine, sizeof *entry);
    struct dynr_kept_change *kept = entry == NULL ? NULL : keep_change(engine, change);
    if (kept == NULL) {
        dynr_engine_free(engine, entry, sizeof *entry);
        dynr_view_fail(engine, view, DYNR_ERR_NO_MEMORY);
        return;
    }
    kept->references++;
    entry->kept = kept;
    if (state->inbox_last == NULL) {
        state->inbox = entry;
    } else {
        state->inbox_last->next = entry;
    }
    state->inbox_last = entry;
    state->n_inbox++;
}

static struct dynr_inbox_entry *take(struct dynr_view_state *state)
{
    struct dynr_inbox_entry *entry = state->inbox;
    state->inbox = entry->next;
    if (state->inbox == NULL) {
        state->inbox_last = NULL;
    }
    state->n_inbox--;
    return entry;
}

static void free_entry(struct dynr_engine *engine, struct dynr_inbox_entry *entry)
{
    dynr_kept_change_release(engine, entry->kept);
    dynr_engine_free(engine, entry, sizeof *entry);
}

void dynr_inbox_clear(struct dynr_engine *engine, struct dynr_view *view)
{
    while (view->state->inbox != NULL) {
        free_entry(engine, take(view->state));
    }
}

/* Those of this view's groups and rows that the change concerns. */
static void step_view(struct dynr_engine *engine, struct dynr_view *view,
                      struct dynr_live_change *change)
{
    struct dynr_matches matches = engine->matches;
    memset(&engine->matches, 0, sizeof engine->matches);
    if (dynr_dependency_match(engine, change) != DYNR_OK) {
        dynr_view_fail(engine, view, DYNR_ERR_NO_MEMORY);
    }
    for (size_t i = 0; i < engine->matches.n_items && !view->failed; i++) {
        dynr_step_dependent(engine, engine->matches.items[i], change, view);
    }
    if (engine->matches.items != NULL) {
        engine->allocator->resize(engine->allocator->context, engine->matches.items,
                                  engine->matches.cap * sizeof(struct dynr_dependency *), 0);
    }
    engine->matches = matches;
}

void dynr_inbox_run(struct dynr_engine *engine, struct dynr_view *view)
{
    struct dynr_view_state *state = view->state;
    while (state != NULL && state->inbox != NULL && state->loaded && !state->running &&
           !view->failed) {
        /* One transaction at a time: its records have one version. */
        uint64_t version = state->inbox->kept->change.version;
        while (state->inbox != NULL && state->inbox->kept->change.version == version &&
               !state->running) {
            struct dynr_inbox_entry *entry = take(state);
            step_view(engine, view, &entry->kept->change);
            free_entry(engine, entry);
        }
        dynr_rows_settle(engine);
        if (state->step != NULL) {
            /* The transition's end starts its reads. */
            state->step->started = version;
            break;
        }
    }
}
