/* SPDX-License-Identifier: Apache-2.0 */
#include "reactive/judged_value.h"

#include "reactive/aggregate.h"
#include "reactive/output.h"
#include "reactive/view.h"

void dynr_judged_value_forget(struct dynr_engine *engine, struct dynr_row_state *state)
{
    dynr_engine_free(engine, state->term, state->term_size);
    state->term = NULL;
    state->term_size = 0;
}

/* The extremum has left: which one follows is found among the rows that still count. */
static enum dynr_status fold_anew(struct dynr_engine *engine, const struct dynr_group *group)
{
    enum dynr_status status = DYNR_OK;
    dynr_aggregate_clear(engine, group->aggregate);
    for (const struct dynr_row_state *row = group->rows; row != NULL && status == DYNR_OK;
         row = row->next) {
        if (row->visible) {
            status = dynr_aggregate_enter(engine, group->node, group->aggregate, row->term);
        }
    }
    return status;
}

/*
 * From now on `row` is what the remembered row contributes; NULL: it does not count. `*out_lost`: the extremum has left, and the
 * value is to be folded anew, once for all rows that change.
 */
static enum dynr_status set(struct dynr_engine *engine, struct dynr_row_state *state,
                            const void *row, bool *out_lost)
{
    struct dynr_group *group = state->group;
    enum dynr_status status = DYNR_OK;
    bool lost = false;
    if (state->visible) {
        status = dynr_aggregate_leave(engine, group->node, group->aggregate, state->term, &lost);
        *out_lost = *out_lost || lost;
        state->visible = false;
        dynr_judged_value_forget(engine, state);
    }
    if (row != NULL && status == DYNR_OK) {
        status = dynr_aggregate_term(engine, group->node, row, &state->term, &state->term_size);
        state->visible = status == DYNR_OK;
    }
    if (state->visible && status == DYNR_OK) {
        status = dynr_aggregate_enter(engine, group->node, group->aggregate, row);
    }
    return status;
}

static bool counts(const struct dynr_load_row *row)
{
    return row->row != NULL && !row->hidden;
}

/* Whether the value may be another one when the row counts as it was judged now. */
static bool contributes_else(const struct dynr_node_info *node, const struct dynr_row_state *state,
                             const struct dynr_load_row *row)
{
    if (!state->visible || !counts(row)) {
        return state->visible || counts(row);
    }
    return state->term != NULL && !dynr_aggregate_is_same_term(node, state->term, row->row);
}

/* For who came later: nothing of it is remembered. */
static enum dynr_status fold_rows(struct dynr_engine *engine, struct dynr_load_group *group)
{
    group->value = dynr_aggregate_new(engine);
    enum dynr_status status = group->value == NULL ? DYNR_ERR_NO_MEMORY : DYNR_OK;
    for (const struct dynr_load_row *row = group->rows; row != NULL && status == DYNR_OK;
         row = row->next) {
        if (counts(row)) {
            status = dynr_aggregate_enter(engine, group->node, group->value, row->row);
        }
    }
    return status;
}

static enum dynr_status take_over(struct dynr_engine *engine, struct dynr_load_group *group)
{
    struct dynr_group *kept = group->group;
    kept->aggregate = kept->aggregate == NULL ? dynr_aggregate_new(engine) : kept->aggregate;
    enum dynr_status status = kept->aggregate == NULL ? DYNR_ERR_NO_MEMORY : DYNR_OK;
    bool lost = false;
    group->touched = group->whole;
    for (const struct dynr_load_row *row = group->rows; row != NULL && status == DYNR_OK;
         row = row->next) {
        struct dynr_row_state *state = row->state;
        if (state == NULL || state->dead) {
            continue;
        }
        group->touched = group->touched || contributes_else(group->node, state, row);
        status = set(engine, state, counts(row) ? row->row : NULL, &lost);
        if (status == DYNR_OK && row->row == NULL) {
            dynr_row_drop(engine, state, row->version);
        }
    }
    return status == DYNR_OK && lost ? fold_anew(engine, kept) : status;
}

/* ---- what is said -------------------------------------------------------------------------------------------- */

/* Whether somebody may hold what was read later than `version`, or other rows than are remembered. */
static bool may_differ(const struct dynr_engine *engine, const struct dynr_view *view,
                       uint64_t version)
{
    uint64_t until = view->state->values_until;
    return dynr_view_is_joined(view) ||
           (until > 0 && (until >= version || !dynr_engine_is_ordered(engine)));
}

void dynr_judged_value_keep(struct dynr_engine *engine, struct dynr_load_group *group)
{
    struct dynr_load *load = group->load;
    struct dynr_view *view = load->view;
    if (dynr_load_is_gone(group)) {
        return;
    }
    enum dynr_status status =
        dynr_load_remembers(load) ? take_over(engine, group) : fold_rows(engine, group);
    if (status != DYNR_OK) {
        dynr_load_fail(load, status);
    }
    /* What was read for it is no newer than that. */
    if (load->kind != DYNR_LOAD_STEP || may_differ(engine, view, load->started)) {
        view->state->values_until = engine->seen;
    }
}

static void say(struct dynr_engine *engine, struct dynr_group *group, uint64_t version)
{
    dynr_output_value(engine, dynr_view_output(engine, group->view), group, version);
}

void dynr_judged_value_say(struct dynr_engine *engine, const struct dynr_load_group *group)
{
    const struct dynr_load *load = group->load;
    uint64_t version = load->started;
    if (!group->touched && !may_differ(engine, load->view, version)) {
        return;
    }
    version = group->whole && group->position > version ? group->position : version;
    version = group->linked > version ? group->linked : version;
    say(engine, group->group, version);
}

void dynr_judged_value_leave(struct dynr_engine *engine, struct dynr_row_state *state,
                             uint64_t version)
{
    struct dynr_group *group = state->group;
    bool counted = state->visible;
    bool lost = false;
    enum dynr_status status = set(engine, state, NULL, &lost);
    if (status == DYNR_OK && lost) {
        status = fold_anew(engine, group);
    }
    if (status != DYNR_OK) {
        dynr_view_fail(engine, group->view, status);
    } else if (counted || may_differ(engine, group->view, version)) {
        say(engine, group, version);
    }
    dynr_row_drop(engine, state, version);
}

void dynr_judged_value_pass(struct dynr_engine *engine, struct dynr_group *group, uint64_t version)
{
    if (group->aggregate != NULL && may_differ(engine, group->view, version)) {
        say(engine, group, version);
    }
}
