/* SPDX-License-Identifier: Apache-2.0 */
/* Reads that the host carries out, and how their answers come back. */
#include "reactive/gate.h"
#include "reactive/load.h"
#include "reactive/resume.h"

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
