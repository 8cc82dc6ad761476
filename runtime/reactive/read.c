/* SPDX-License-Identifier: Apache-2.0 */
/* Reads that the host carries out, and how their answers come back. */
#include "reactive/gate.h"
#include "reactive/load.h"
#include "reactive/resume.h"
#include "reactive/row_value.h"
#include "typed/type.h"

struct dynr_read_job *dynr_job_new(struct dynr_engine *engine, enum dynr_job_purpose purpose)
{
    struct dynr_read_job *job = dynr_engine_allocate(engine, sizeof *job);
    if (job == NULL) {
        return NULL;
    }
    job->purpose = purpose;
    dynr_arena_init(&job->arena, engine->allocator, 0);
    job->read.arena = &job->arena;
    job->next = engine->jobs;
    if (job->next != NULL) {
        job->next->previous = job;
    }
    engine->jobs = job;
    return job;
}

/* NULL stays NULL. */
static bool copy_row(const struct dynr_struct_desc *desc, const void **row,
                     struct dynr_arena *arena)
{
    if (*row != NULL) {
        *row = dynr_struct_dup(desc, *row, arena);
        return *row != NULL;
    }
    return true;
}

static bool copy_filter(struct dynr_filter *filter, struct dynr_arena *arena)
{
    struct dynr_filter_value *values =
        dynr_arena_calloc(arena, filter->n_values + 1, sizeof *values);
    if (values == NULL) {
        return false;
    }
    for (size_t i = 0; i < filter->n_values; i++) {
        struct dynr_field_desc field = {.presence = DYNR_REQUIRED, .type = filter->values[i].type};
        struct dynr_struct_desc desc = {
            .name = "value", .size = dynr_type_size(field.type), .fields = &field, .n_fields = 1};
        values[i] = filter->values[i];
        if (!copy_row(&desc, &values[i].value, arena)) {
            return false;
        }
    }
    filter->values = values;
    return true;
}

bool dynr_job_set_query(struct dynr_read_job *job, const struct dynr_query *query)
{
    const struct dynr_struct_desc *row = query->path->entity->row;
    struct dynr_query *copy = dynr_arena_calloc(&job->arena, 1, sizeof *copy);
    if (copy == NULL) {
        return false;
    }
    *copy = *query;
    copy->cursor = dynr_arena_dup(&job->arena, query->cursor);
    if (copy->cursor.ptr == NULL && query->cursor.len > 0) {
        return false;
    }
    job->read.kind = DYNR_ENGINE_READ_QUERY;
    job->read.entity = query->path->entity;
    job->read.query = copy;
    return copy_row(row, &copy->probe, &job->arena) &&
           copy_row(row, &copy->low.probe, &job->arena) &&
           copy_row(row, &copy->high.probe, &job->arena) && copy_filter(&copy->filter, &job->arena);
}

bool dynr_job_set_keys(struct dynr_read_job *job, const struct dynr_entity_desc *entity,
                       const void *const *keys, size_t n_keys)
{
    const void **copies = dynr_arena_calloc(&job->arena, n_keys, sizeof(void *));
    if (copies == NULL) {
        return false;
    }
    for (size_t i = 0; i < n_keys; i++) {
        copies[i] = keys[i];
        if (!copy_row(entity->key, &copies[i], &job->arena)) {
            return false;
        }
    }
    job->read.kind = DYNR_ENGINE_READ_KEYS;
    job->read.entity = entity;
    job->read.keys = copies;
    job->read.n_keys = n_keys;
    return true;
}

void dynr_job_start(struct dynr_engine *engine, struct dynr_read_job *job)
{
    engine->host->read(engine->host->context, &job->read);
}

void dynr_job_free(struct dynr_engine *engine, struct dynr_read_job *job)
{
    if (job->previous != NULL) {
        job->previous->next = job->next;
    } else {
        engine->jobs = job->next;
    }
    if (job->next != NULL) {
        job->next->previous = job->previous;
    }
    dynr_arena_cleanup(&job->arena);
    dynr_engine_free(engine, job, sizeof *job);
}

void dynr_jobs_cleanup(struct dynr_engine *engine)
{
    while (engine->jobs != NULL) {
        dynr_job_free(engine, engine->jobs);
    }
}

static void take_in(struct dynr_engine *engine, struct dynr_read_job *job)
{
    switch (job->purpose) {
    case DYNR_JOB_GROUP:
    case DYNR_JOB_KEYED:
    case DYNR_JOB_GRANT:
    case DYNR_JOB_REFRESH:
    case DYNR_JOB_CALL:
        if (job->load != NULL) {
            dynr_load_answered(engine, job);
            return;
        }
        break;
    case DYNR_JOB_GATE:
        if (job->gate != NULL) {
            dynr_gate_answered(engine, job);
        }
        break;
    case DYNR_JOB_LOG:
        if (job->resume != NULL) {
            dynr_resume_answered(engine, job);
        }
        break;
    }
    dynr_job_free(engine, job);
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* What an answer has seen may be told: what is read from now on must not be older. */
static void note_seen(struct dynr_engine *engine, const struct dynr_engine_read *read)
{
    uint64_t seen = engine->seen;
    if (read->status != DYNR_OK) {
        return;
    }
    switch (read->kind) {
    case DYNR_ENGINE_READ_QUERY:
        seen = later(seen, read->rows.position);
        for (size_t i = 0; read->rows.positions != NULL && i < read->rows.n_items; i++) {
            seen = later(seen, read->rows.positions[i]);
        }
        break;
    case DYNR_ENGINE_READ_KEYS:
        for (size_t i = 0; read->found_positions != NULL && i < read->n_keys; i++) {
            seen = later(seen, read->found_positions[i]);
        }
        break;
    case DYNR_ENGINE_READ_CALL:
        /* When its code read is not known. */
        break;
    case DYNR_ENGINE_READ_LOG:
        seen = later(seen, read->result_position);
        break;
    }
    engine->seen = seen;
}

bool dynr_jobs_take_in(struct dynr_engine *engine)
{
    struct dynr_read_job *job = engine->answered;
    if (job == NULL) {
        return false;
    }
    engine->answered = job->next_answered;
    if (engine->answered == NULL) {
        engine->answered_last = NULL;
    }
    note_seen(engine, &job->read);
    take_in(engine, job);
    return true;
}

enum dynr_status dynr_engine_read_done(struct dynr_engine *engine, struct dynr_engine_read *read,
                                       struct dynr_error *err)
{
    struct dynr_read_job *job = (struct dynr_read_job *)(void *)read;
    if (job->answered) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "this read has been answered");
    }
    dynr_engine_enter(engine);
    job->answered = true;
    if (engine->answered_last == NULL) {
        engine->answered = job;
    } else {
        engine->answered_last->next_answered = job;
    }
    engine->answered_last = job;
    return dynr_engine_leave(engine, err);
}
