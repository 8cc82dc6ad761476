/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests that nobody waits for. A submitted write is a job like any other; where it is its turn to lead, the store's thread
 * leads. Its call, job and plan live in the request's arena, which is the store's until the answer.
 */
#include "base/thread.h"
#include "local/engine.h"

struct local_submission {
    struct local_job job;
    struct local_call call;
    struct local_plan plan;
    const struct local_operation *operation;
    const struct dynr_request *request;
    dynr_complete_fn complete;
    void *context;
    struct dynr_error err;
    unsigned n_attempts;
    unsigned n_retired;
};

/* ---- the thread ---- */

static void *lead_submissions(void *context)
{
    struct local_engine *engine = context;
    struct local_writer *writer = &engine->writer;
    for (;;) {
        while (sem_wait(&writer->thread_wake) != 0) {
            /* A debugger stopped the process. */
        }
        if (atomic_load(&writer->is_stopping)) {
            return NULL;
        }
        dynr_local_lead(engine, NULL);
    }
}

static enum dynr_status need_thread(struct local_engine *engine, struct dynr_error *err)
{
    struct local_writer *writer = &engine->writer;
    (void)pthread_mutex_lock(&writer->queue_mutex);
    if (!writer->has_thread) {
        writer->has_thread = dynr_thread_start(&writer->thread, lead_submissions, engine);
    }
    bool has_thread = writer->has_thread;
    (void)pthread_mutex_unlock(&writer->queue_mutex);
    return has_thread ? DYNR_OK
                      : dynr_fail(err, DYNR_ERR_TOO_MANY, "the process can have no more threads");
}

void dynr_local_writer_stop(struct local_writer *writer)
{
    if (writer->has_thread) {
        atomic_store(&writer->is_stopping, true);
        (void)sem_post(&writer->thread_wake);
        (void)pthread_join(writer->thread, NULL);
        writer->has_thread = false;
    }
}

/* ---- one request ---- */

static void answer(struct local_submission *submission, enum dynr_status status,
                   struct dynr_response *response)
{
    status = dynr_local_call_answer(&submission->call, status, response, &submission->err);
    if (status == DYNR_OK) {
        dynr_error_clear(&submission->err);
    }
    dynr_local_call_end(&submission->call);
    submission->complete(submission->context, response, &submission->err);
}

static void begin(struct local_submission *submission)
{
    struct dynr_response response;
    struct local_engine *engine = submission->call.engine;
    struct local_job *job = &submission->job;
    memset(&response, 0, sizeof response);
    submission->n_retired = atomic_load(&engine->catalog.n_retired);
    enum dynr_status status = submission->operation->plan(&submission->call, submission->request,
                                                          &submission->plan, &submission->err);
    if (status != DYNR_OK) {
        answer(submission, status, &response);
        return;
    }
    *job = (struct local_job){.call = &submission->call,
                              .run = submission->plan.run,
                              .work = submission->plan.work,
                              .err = &submission->err,
                              .submission = submission};
    if (dynr_local_enqueue(&engine->writer, job)) {
        (void)sem_post(&engine->writer.thread_wake);
    }
}

void dynr_local_submission_done(struct local_submission *submission)
{
    struct dynr_response response;
    struct local_engine *engine = submission->call.engine;
    memset(&response, 0, sizeof response);
    enum dynr_status status =
        submission->plan.finish(&submission->call, submission->plan.work, submission->job.status,
                                &response, &submission->err);
    if (status == DYNR_ERR_NO_TABLE && submission->n_attempts < LOCAL_MOST_ATTEMPTS &&
        atomic_load(&engine->catalog.n_retired) != submission->n_retired) {
        submission->n_attempts++;
        dynr_local_call_end(&submission->call);
        dynr_local_call_begin(&submission->call, engine, submission->call.arena,
                              submission->request);
        begin(submission);
        return;
    }
    answer(submission, status, &response);
}

static void refuse(enum dynr_status status, struct dynr_error *err, dynr_complete_fn complete,
                   void *context)
{
    struct dynr_response response;
    memset(&response, 0, sizeof response);
    err->status = status;
    complete(context, &response, err);
}

bool dynr_local_is_parallel(struct dynr_backend *backend)
{
    struct dynr_error err;
    const struct local_engine *engine = dynr_local_engine(backend, &err);
    return engine != NULL && !engine->is_in_memory;
}

void dynr_local_submit(struct dynr_backend *backend, const struct dynr_request *request,
                       struct dynr_arena *arena, dynr_complete_fn complete, void *context)
{
    struct dynr_error err;
    err.message[0] = '\0';
    dynr_error_clear(&err);
    const struct local_operation *operation = NULL;
    struct local_submission *submission = NULL;
    struct local_engine *engine = dynr_local_engine(backend, &err);
    enum dynr_status status = engine == NULL ? DYNR_ERR_INVALID_ARGUMENT
                                             : dynr_local_operation_find(request, &operation, &err);
    if (status == DYNR_OK && (operation->read != NULL || engine->is_in_memory)) {
        /* Nothing here waits for a disk. */
        dynr_backend_start(backend, request, arena, complete, context);
        return;
    }
    if (status == DYNR_OK) {
        status = need_thread(engine, &err);
    }
    if (status == DYNR_OK) {
        submission = dynr_arena_calloc(arena, 1, sizeof *submission);
        status = submission == NULL ? dynr_local_out_of_memory(&err) : DYNR_OK;
    }
    if (submission == NULL) {
        refuse(status, &err, complete, context);
        return;
    }
    submission->operation = operation;
    submission->request = request;
    submission->complete = complete;
    submission->context = context;
    dynr_local_call_begin(&submission->call, engine, arena, request);
    begin(submission);
}
