/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Group commit. Requests that write queue up; whoever finds no leader leads: it takes the jobs that wait, runs them in
 * one transaction of the writer connection, commits once, and answers all of them. While it waits for the disk, the next
 * ones gather. Leadership goes to the first job that came meanwhile, so that no request works for others longer than
 * one commit.
 *
 * When a commit carries several jobs, each one that changes something does so under a savepoint. When the commit itself
 * fails, all of them have failed: also those that answered from what others had written.
 */
#include "local/engine.h"

#include <sched.h>
#include <semaphore.h>

enum {
    MOST_YIELDS = 6
};

struct local_job {
    local_job_fn run;
    void *work;
    struct dynr_error *err;
    enum dynr_status status;
    bool is_done;
    /* Posted once: the job is done, or its thread is to lead. */
    sem_t wake;
    struct local_job *next;
};

enum dynr_status dynr_local_before_change(struct local_connection *connection,
                                          struct dynr_error *err)
{
    if (connection->is_shared_commit && !connection->has_savepoint) {
        enum dynr_status status = dynr_local_run(connection, LOCAL_SAVEPOINT, err);
        if (status != DYNR_OK) {
            return status;
        }
        connection->has_savepoint = true;
    }
    connection->has_changes = true;
    return DYNR_OK;
}

/* Undoes what a failed job changed. Fails where the whole transaction is lost. */
static enum dynr_status undo_job(struct local_connection *connection, struct dynr_error *err)
{
    if (sqlite3_get_autocommit(connection->db)) {
        /* Some errors (full disk, I/O) make SQLite roll everything back by itself. */
        return connection->is_shared_commit
                   ? dynr_fail(err, DYNR_ERR_IO,
                               "the store could not be written: the commit was rolled back")
                   : DYNR_OK;
    }
    if (!connection->has_savepoint) {
        return connection->has_changes ? dynr_local_run(connection, LOCAL_ROLLBACK, err) : DYNR_OK;
    }
    enum dynr_status status = dynr_local_run(connection, LOCAL_ROLLBACK_TO, err);
    return status == DYNR_OK ? dynr_local_run(connection, LOCAL_RELEASE, err) : status;
}

/* The job's own outcome stands in `job`; what is returned concerns the whole transaction. */
static enum dynr_status run_job(struct local_connection *connection, struct local_job *job,
                                struct dynr_error *err)
{
    connection->has_changes = false;
    connection->has_savepoint = false;
    job->status = job->run(connection, job->work, job->err);
    if (job->status != DYNR_OK) {
        return undo_job(connection, err);
    }
    return connection->has_savepoint ? dynr_local_run(connection, LOCAL_RELEASE, err) : DYNR_OK;
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

static void commit_jobs(struct local_connection *connection, struct local_job *jobs)
{
    struct dynr_error cause = {0};
    connection->is_shared_commit = jobs->next != NULL;
    enum dynr_status status = dynr_local_run(connection, LOCAL_BEGIN_WRITE, &cause);
    for (struct local_job *job = jobs; job != NULL && status == DYNR_OK; job = job->next) {
        status = run_job(connection, job, &cause);
    }
    if (status == DYNR_OK && !sqlite3_get_autocommit(connection->db)) {
        status = dynr_local_run(connection, LOCAL_COMMIT, &cause);
    }
    if (status != DYNR_OK) {
        if (!sqlite3_get_autocommit(connection->db)) {
            (void)dynr_local_run(connection, LOCAL_ROLLBACK, NULL);
        }
        fail_all(jobs, &cause);
    }
}

/* Called with the queue's mutex held. */
static struct local_job *take_jobs(struct local_writer *writer)
{
    /*
     * Those whom the last commit answered are about to come back: give them the processor a few times, rather than
     * spend a disk flush on the first of them alone.
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

/* `own` is among the jobs that wait. */
static void lead(struct local_writer *writer, const struct local_job *own)
{
    (void)pthread_mutex_lock(&writer->queue_mutex);
    struct local_job *jobs = take_jobs(writer);
    (void)pthread_mutex_unlock(&writer->queue_mutex);
    (void)pthread_mutex_lock(&writer->connection_mutex);
    commit_jobs(writer->connection, jobs);
    (void)pthread_mutex_unlock(&writer->connection_mutex);
    while (jobs != NULL) {
        /* A job is gone as soon as its thread is awake. */
        struct local_job *job = jobs;
        jobs = job->next;
        job->is_done = true;
        if (job != own) {
            (void)sem_post(&job->wake);
        }
    }
    (void)pthread_mutex_lock(&writer->queue_mutex);
    struct local_job *next = writer->first;
    writer->is_led = next != NULL;
    (void)pthread_mutex_unlock(&writer->queue_mutex);
    if (next != NULL) {
        (void)sem_post(&next->wake);
    }
}

enum dynr_status dynr_local_commit(struct local_engine *engine, local_job_fn job, void *work,
                                   struct dynr_error *err)
{
    struct local_writer *writer = &engine->writer;
    struct local_job own = {.run = job, .work = work, .err = err};
    (void)sem_init(&own.wake, 0, 0);
    (void)pthread_mutex_lock(&writer->queue_mutex);
    *writer->last = &own;
    writer->last = &own.next;
    writer->n_queued++;
    bool leads = !writer->is_led;
    writer->is_led = true;
    (void)pthread_mutex_unlock(&writer->queue_mutex);
    if (!leads) {
        while (sem_wait(&own.wake) != 0) {
            /* A signal handler ran. */
        }
    }
    if (!own.is_done) {
        lead(writer, &own);
    }
    (void)sem_destroy(&own.wake);
    return own.status;
}
