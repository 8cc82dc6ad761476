/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Group commit. Requests that write queue up; whoever finds no leader leads: it takes the jobs that
 * wait, runs them in one transaction of the writer connection, commits once, and answers all of
 * them. While it waits for the disk, the next ones gather. Leadership goes to the first job that
 * came meanwhile, so that no request works for others longer than one commit.
 *
 * A job seldom fails once it has begun to change something: conditions are checked before. So the
 * jobs of a commit run without savepoints at first, which would cost an eighth of all work. When
 * one does fail half-way, everything is rolled back and the same jobs run again, each under a
 * savepoint of its own; a job must therefore be able to run twice. When the commit itself fails,
 * all of them have failed: also those that answered from what others had written.
 */
#include "local/capacity.h"

#include <sched.h>

enum {
    MOST_YIELDS = 6
};

enum dynr_status dynr_local_before_change(struct local_connection *connection,
                                          struct dynr_error *err)
{
    if (connection->is_careful && !connection->has_savepoint) {
        enum dynr_status status = dynr_local_run(connection, LOCAL_SAVEPOINT, err);
        if (status != DYNR_OK) {
            return status;
        }
        connection->has_savepoint = true;
    }
    connection->has_changes = true;
    return DYNR_OK;
}

/*
 * Undoes what a failed job changed under its savepoint. Fails where the whole transaction is lost.
 */
static enum dynr_status undo_job(struct local_connection *connection, struct dynr_error *err)
{
    if (sqlite3_get_autocommit(connection->db)) {
        /* Some errors (full disk, I/O) make SQLite roll everything back by itself. */
        return dynr_fail(err, DYNR_ERR_IO,
                         "the store could not be written: the commit was rolled back");
    }
    if (!connection->has_savepoint) {
        return DYNR_OK;
    }
    enum dynr_status status = dynr_local_run(connection, LOCAL_ROLLBACK_TO, err);
    return status == DYNR_OK ? dynr_local_run(connection, LOCAL_RELEASE, err) : status;
}

enum progress {
    RUN_TO_THE_END,
    /* A job failed half-way; nothing is written yet. */
    FAILED_HALF_WAY,
    /* The transaction is lost; the cause is known. */
    LOST,
};

/* The jobs' own outcomes stand in `jobs`; what is returned concerns the whole transaction. */
static enum progress run_jobs(struct local_connection *connection, struct local_job *jobs,
                              struct dynr_error *err)
{
    for (struct local_job *job = jobs; job != NULL; job = job->next) {
        enum dynr_status status = DYNR_OK;
        connection->has_changes = false;
        connection->has_savepoint = false;
        connection->n_records = 0;
        connection->position = 0;
        dynr_local_meter_reset(job->call);
        job->status = job->run(connection, job->work, job->err);
        job->call->position = job->status == DYNR_OK ? connection->position : 0;
        if (job->status != DYNR_OK && connection->has_changes && !connection->is_careful) {
            return FAILED_HALF_WAY;
        }
        if (job->status != DYNR_OK) {
            status = undo_job(connection, err);
        } else if (connection->has_savepoint) {
            status = dynr_local_run(connection, LOCAL_RELEASE, err);
        }
        if (status != DYNR_OK) {
            return LOST;
        }
        connection->n_committed_records += job->status == DYNR_OK ? connection->n_records : 0;
    }
    if (connection->n_committed_records == 0) {
        return RUN_TO_THE_END;
    }
    return dynr_local_stream_trim(connection, connection->n_committed_records, err) == DYNR_OK
               ? RUN_TO_THE_END
               : LOST;
}

static void fail_all(struct local_job *jobs, const struct dynr_error *cause)
{
    for (struct local_job *job = jobs; job != NULL; job = job->next) {
        job->status = cause->status;
        if (job->err != NULL) {
            *job->err = *cause;
        }
    }
}

static enum progress try_commit(struct local_connection *connection, struct local_job *jobs,
                                bool is_careful, struct dynr_error *err)
{
    connection->is_careful = is_careful;
    connection->n_committed_records = 0;
    dynr_local_recent_begin(&connection->engine->streams, !is_careful);
    dynr_local_statements_sweep(connection);
    /* A rollback may have failed before, where memory had run out. */
    dynr_local_roll_back(connection);
    if (dynr_local_run(connection, LOCAL_BEGIN_WRITE, err) != DYNR_OK) {
        return LOST;
    }
    enum progress progress = run_jobs(connection, jobs, err);
    if (progress == RUN_TO_THE_END && dynr_local_run(connection, LOCAL_COMMIT, err) != DYNR_OK) {
        progress = LOST;
    }
    if (progress != RUN_TO_THE_END) {
        connection->n_committed_records = 0;
        dynr_local_roll_back(connection);
    }
    return progress;
}

static void commit_jobs(struct local_connection *connection, struct local_job *jobs)
{
    struct dynr_error cause;
    bool is_alone = jobs->next == NULL;
    enum progress progress = try_commit(connection, jobs, false, &cause);
    if (progress == FAILED_HALF_WAY && !is_alone) {
        progress = try_commit(connection, jobs, true, &cause);
    }
    /* A job alone may know better what happened to it. */
    if (progress == LOST && (!is_alone || jobs->status == DYNR_OK)) {
        fail_all(jobs, &cause);
    }
}

/* Called with the queue's mutex held. */
static struct local_job *take_jobs(struct local_writer *writer)
{
    /*
     * Those whom the last commit answered are about to come back: give them the processor a few
     * times, rather than spend a disk flush on the first of them alone.
     */
    for (int i = 0; i < MOST_YIELDS && writer->n_queued < writer->n_last_commit; i++) {
        (void)pthread_mutex_unlock(&writer->queue_mutex);
        (void)sched_yield();
        (void)pthread_mutex_lock(&writer->queue_mutex);
    }
    struct local_job *jobs = writer->first;
    struct local_job *last = jobs;
    size_t n_jobs = 1;
    while (n_jobs < LOCAL_MAX_JOBS && last->next != NULL) {
        last = last->next;
        n_jobs++;
    }
    writer->first = last->next;
    if (writer->first == NULL) {
        writer->last = &writer->first;
    }
    writer->n_queued -= n_jobs;
    writer->n_last_commit = n_jobs;
    last->next = NULL;
    return jobs;
}

/* The job leads, or, where it was submitted, the store's thread for it. */
static void pass_lead(struct local_writer *writer, struct local_job *job)
{
    (void)sem_post(job->submission == NULL ? &job->wake : &writer->thread_wake);
}

void dynr_local_lead(struct local_engine *engine, const struct local_job *own)
{
    struct local_writer *writer = &engine->writer;
    (void)pthread_mutex_lock(&writer->queue_mutex);
    struct local_job *jobs = take_jobs(writer);
    (void)pthread_mutex_unlock(&writer->queue_mutex);
    (void)pthread_mutex_lock(&writer->connection_mutex);
    commit_jobs(writer->connection, jobs);
    bool has_news = writer->connection->n_committed_records > 0;
    if (has_news) {
        dynr_local_recent_publish(&engine->streams);
    }
    (void)pthread_mutex_unlock(&writer->connection_mutex);
    if (has_news) {
        /* Before anyone is answered: who knows of a write finds its record. */
        dynr_local_streams_signal(&engine->streams);
    }
    while (jobs != NULL) {
        /* A job is gone as soon as its thread is awake. */
        struct local_job *job = jobs;
        jobs = job->next;
        job->is_done = true;
        if (job->submission != NULL) {
            dynr_local_submission_done(job->submission);
        } else if (job != own) {
            (void)sem_post(&job->wake);
        }
    }
    (void)pthread_mutex_lock(&writer->queue_mutex);
    struct local_job *next = writer->first;
    atomic_store(&writer->is_led, next != NULL);
    (void)pthread_mutex_unlock(&writer->queue_mutex);
    if (next != NULL) {
        pass_lead(writer, next);
    }
}

bool dynr_local_enqueue(struct local_writer *writer, struct local_job *job)
{
    (void)pthread_mutex_lock(&writer->queue_mutex);
    *writer->last = job;
    writer->last = &job->next;
    writer->n_queued++;
    bool leads = !atomic_exchange(&writer->is_led, true);
    (void)pthread_mutex_unlock(&writer->queue_mutex);
    return leads;
}

enum dynr_status dynr_local_commit(struct local_call *call, local_job_fn job, void *work,
                                   struct dynr_error *err)
{
    struct local_writer *writer = &call->engine->writer;
    struct local_job own = {.call = call, .run = job, .work = work, .err = err};
    (void)sem_init(&own.wake, 0, 0);
    if (!dynr_local_enqueue(writer, &own)) {
        while (sem_wait(&own.wake) != 0) {
            /* A signal handler ran. */
        }
    }
    if (!own.is_done) {
        dynr_local_lead(call->engine, &own);
    }
    (void)sem_destroy(&own.wake);
    return own.status;
}
