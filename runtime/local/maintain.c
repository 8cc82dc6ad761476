/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has to be done besides requests, in bounded steps: by whoever calls dynr_local_maintain, and in a thread of the store's own where the
 * options ask for it. A step that fails is tried again after the interval, and keeps no other from being taken: damage may be in one
 * table alone.
 */
#include "local/table.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

enum dynr_status dynr_local_maintain(struct dynr_backend *backend, bool *out_has_more,
                                     struct dynr_error *err)
{
    bool fills = false;
    bool expires = false;
    struct dynr_error second;
    struct local_engine *engine = dynr_local_engine(backend, err);
    *out_has_more = false;
    if (engine == NULL) {
        return DYNR_ERR_INVALID_ARGUMENT;
    }
    enum dynr_status filled = dynr_local_fill_step(engine, &fills, err);
    enum dynr_status expired =
        dynr_local_expire_step(engine, &expires, filled == DYNR_OK ? err : &second);
    *out_has_more = fills || expires;
    return filled == DYNR_OK ? expired : filled;
}

/* Until the interval is over, somebody calls, or the store ends: then false. */
static bool wait_for_work(struct local_maintenance *maintenance)
{
    struct timespec until;
    int code = 0;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(maintenance->interval_ms / 1000);
    until.tv_nsec += (long)(maintenance->interval_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    (void)pthread_mutex_lock(&maintenance->mutex);
    while (!maintenance->is_stopping && !maintenance->is_called && code != ETIMEDOUT) {
        code = pthread_cond_timedwait(&maintenance->wake, &maintenance->mutex, &until);
    }
    maintenance->is_called = false;
    bool goes_on = !maintenance->is_stopping;
    (void)pthread_mutex_unlock(&maintenance->mutex);
    return goes_on;
}

static bool is_stopping(struct local_maintenance *maintenance)
{
    (void)pthread_mutex_lock(&maintenance->mutex);
    bool stops = maintenance->is_stopping;
    (void)pthread_mutex_unlock(&maintenance->mutex);
    return stops;
}

static void *maintain(void *context)
{
    struct local_engine *engine = context;
    /* At once: a fill may have been interrupted. */
    do {
        bool has_more = true;
        while (has_more && !is_stopping(&engine->maintenance)) {
            struct dynr_error err = {0};
            if (dynr_local_maintain(&engine->base, &has_more, &err) != DYNR_OK &&
                engine->maintenance.failed != NULL) {
                engine->maintenance.failed(engine->maintenance.context, &err);
            }
        }
    } while (wait_for_work(&engine->maintenance));
    return NULL;
}

static bool init_locks(struct local_maintenance *maintenance)
{
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes) != 0) {
        return false;
    }
    bool ok = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
              pthread_cond_init(&maintenance->wake, &attributes) == 0 &&
              pthread_mutex_init(&maintenance->mutex, NULL) == 0;
    (void)pthread_condattr_destroy(&attributes);
    return ok;
}

enum dynr_status dynr_local_maintenance_start(struct local_engine *engine, struct dynr_error *err)
{
    struct local_maintenance *maintenance = &engine->maintenance;
    sigset_t all;
    sigset_t before;
    if (maintenance->interval_ms == 0) {
        return DYNR_OK;
    }
    if (!init_locks(maintenance)) {
        return dynr_local_out_of_memory(err);
    }
    /* Signals are for the host's threads. */
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    maintenance->has_thread = pthread_create(&maintenance->thread, NULL, maintain, engine) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return maintenance->has_thread
               ? DYNR_OK
               : dynr_fail(err, DYNR_ERR_TOO_MANY, "the process can have no more threads");
}

void dynr_local_maintenance_call(struct local_maintenance *maintenance)
{
    (void)pthread_mutex_lock(&maintenance->mutex);
    maintenance->is_called = true;
    (void)pthread_cond_signal(&maintenance->wake);
    (void)pthread_mutex_unlock(&maintenance->mutex);
}

void dynr_local_maintenance_stop(struct local_maintenance *maintenance)
{
    if (maintenance->has_thread) {
        (void)pthread_mutex_lock(&maintenance->mutex);
        maintenance->is_stopping = true;
        (void)pthread_cond_signal(&maintenance->wake);
        (void)pthread_mutex_unlock(&maintenance->mutex);
        (void)pthread_join(maintenance->thread, NULL);
        (void)pthread_mutex_destroy(&maintenance->mutex);
        (void)pthread_cond_destroy(&maintenance->wake);
        maintenance->has_thread = false;
    }
}
