/* SPDX-License-Identifier: Apache-2.0 */
#include "reactive/tracked.h"

#include "reactive/output.h"
#include "reactive/row_value.h"
#include "reactive/view.h"
#include "typed/type.h"

enum dynr_status dynr_tracked_depend(struct dynr_engine *engine, struct dynr_group *group)
{
    struct dynr_entity_info *entity = group->node->entity;
    struct dynr_key128 key;
    bool present = false;
    enum dynr_status status =
        dynr_dependency_key(engine, &entity->paths[group->node->any_row], NULL, &key, &present);
    if (status != DYNR_OK) {
        return status;
    }
    return dynr_dependency_add(engine, &group->dependency, DYNR_DEPENDENT_GROUP, entity,
                               group->node->any_row, key)
               ? DYNR_OK
               : DYNR_ERR_NO_MEMORY;
}

/* Views and loads may go before the answer comes: what the code is given is copied. */
static bool set_call(struct dynr_read_job *job, const struct dynr_view *view)
{
    const struct dynr_procedure_desc *procedure = view->procedure->procedure;
    job->read.kind = DYNR_ENGINE_READ_CALL;
    job->read.procedure = procedure;
    if (procedure->input != NULL) {
        job->read.input = dynr_struct_dup(procedure->input, view->input, &job->arena);
    }
    if (view->caller != NULL) {
        job->read.caller = dynr_struct_dup(procedure->caller, view->caller, &job->arena);
    }
    return (procedure->input == NULL || job->read.input != NULL) &&
           (view->caller == NULL || job->read.caller != NULL);
}

void dynr_tracked_call(struct dynr_engine *engine, struct dynr_load *load)
{
    struct dynr_view *view = load->view;
    struct dynr_load_group *group =
        dynr_load_group_new(load, &view->procedure->nodes[0], &view->root);
    struct dynr_read_job *job = group == NULL ? NULL : dynr_job_new(engine, DYNR_JOB_CALL);
    if (job == NULL || !set_call(job, view)) {
        if (job != NULL) {
            dynr_job_free(engine, job);
        }
        dynr_load_fail(load, DYNR_ERR_NO_MEMORY);
        return;
    }
    /* The code sees at least what anybody has been told of. */
    group->position = engine->seen;
    group->highest = engine->seen;
    group->whole = true;
    load->highest = engine->seen;
    job->load = load;
    job->group = group;
    engine->counters.snapshot_reads += load->kind == DYNR_LOAD_STEP ? 0 : 1;
    engine->counters.runs += load->kind == DYNR_LOAD_STEP ? 1 : 0;
    load->n_pending++;
    dynr_job_start(engine, job);
}

void dynr_load_take_call(struct dynr_engine *engine, struct dynr_read_job *job)
{
    if (job->read.text.len + DYNR_FRAME_ENVELOPE > engine->limits.max_frame) {
        dynr_load_fail(job->load, DYNR_ERR_TOO_LARGE);
        return;
    }
    job->group->text = job->read.text;
}

void dynr_tracked_keep(struct dynr_engine *engine, struct dynr_load_group *group)
{
    const struct dynr_load *load = group->load;
    struct dynr_view_state *state = load->view->state;
    if (dynr_load_remembers(load)) {
        struct dynr_key128 hash = dynr_siphash128(engine->hash_key, group->text);
        group->touched = !dynr_key128_equal(hash, state->output_hash);
        state->output_hash = hash;
    }
    if (load->kind != DYNR_LOAD_STEP) {
        /* Snapshots may end in another order than they began in; between shards, what was said may be ahead of them. */
        uint64_t latest =
            group->position > load->view->root.said ? group->position : load->view->root.said;
        state->values_until = latest > state->values_until ? latest : state->values_until;
    }
}

/*
 * Whether somebody may hold another output than the one that was made last: a snapshot is being made, or was made and nothing that
 * is newer was said since. Between shards, where a snapshot may be ahead of any record, one never knows.
 */
static bool may_differ(const struct dynr_engine *engine, const struct dynr_view *view)
{
    return dynr_view_is_joined(view) || view->root.said <= view->state->values_until ||
           !dynr_engine_is_ordered(engine);
}

void dynr_tracked_say(struct dynr_engine *engine, const struct dynr_load_group *group)
{
    const struct dynr_load *load = group->load;
    struct dynr_view *view = load->view;
    uint64_t version = load->started;
    if (!dynr_engine_is_ordered(engine) && version <= engine->seen) {
        /* A snapshot may have been made as of the other shard, and before this record. */
        version = engine->seen + 1;
    }
    if (group->touched || may_differ(engine, view)) {
        dynr_output_text(engine, dynr_view_output(engine, view), group->group, version,
                         group->text);
    }
}
