/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/caller.h"

#include <stdlib.h>

#include "base/thread.h"
#include "endpoint/loop.h"

/* More calls than that wait for one another. */
#define THREADS_MAX 8

struct dynr_endpoint_callers {
    struct dynr_service *service;
    pthread_mutex_t mutex;
    pthread_cond_t news;
    /* In the order in which they came. */
    struct dynr_endpoint_connection *first;
    struct dynr_endpoint_connection **last;
    size_t n_waiting;
    size_t n_idle;
    pthread_t threads[THREADS_MAX];
    size_t n_threads;
    bool is_stopping;
};

struct dynr_endpoint_callers *dynr_endpoint_callers_new(struct dynr_service *service)
{
    struct dynr_endpoint_callers *callers = calloc(1, sizeof *callers);
    if (callers != NULL) {
        callers->service = service;
        callers->last = &callers->first;
        (void)pthread_mutex_init(&callers->mutex, NULL);
        (void)pthread_cond_init(&callers->news, NULL);
    }
    return callers;
}

/* With the mutex. NULL: it is over. */
static struct dynr_endpoint_connection *next_call(struct dynr_endpoint_callers *callers)
{
    callers->n_idle++;
    while (callers->first == NULL && !callers->is_stopping) {
        (void)pthread_cond_wait(&callers->news, &callers->mutex);
    }
    callers->n_idle--;
    struct dynr_endpoint_connection *connection = callers->first;
    if (connection != NULL) {
        callers->first = connection->next_posted;
        callers->last = callers->first == NULL ? &callers->first : callers->last;
        callers->n_waiting--;
    }
    return connection;
}

static void *run(void *context)
{
    struct dynr_endpoint_callers *callers = context;
    struct dynr_endpoint_connection *connection = NULL;
    (void)pthread_mutex_lock(&callers->mutex);
    while ((connection = next_call(callers)) != NULL) {
        (void)pthread_mutex_unlock(&callers->mutex);
        dynr_service_call(callers->service, &connection->request, &connection->arena,
                          &connection->served);
        dynr_endpoint_loop_post(connection);
        (void)pthread_mutex_lock(&callers->mutex);
    }
    (void)pthread_mutex_unlock(&callers->mutex);
    return NULL;
}

bool dynr_endpoint_callers_call(struct dynr_endpoint_callers *callers,
                                struct dynr_endpoint_connection *connection)
{
    (void)pthread_mutex_lock(&callers->mutex);
    if (callers->n_waiting >= callers->n_idle && callers->n_threads < THREADS_MAX) {
        callers->n_threads +=
            dynr_thread_start(&callers->threads[callers->n_threads], run, callers) ? 1 : 0;
    }
    bool has_threads = callers->n_threads > 0;
    if (has_threads) {
        connection->next_posted = NULL;
        *callers->last = connection;
        callers->last = &connection->next_posted;
        callers->n_waiting++;
        (void)pthread_cond_signal(&callers->news);
    }
    (void)pthread_mutex_unlock(&callers->mutex);
    return has_threads;
}

void dynr_endpoint_callers_drop(struct dynr_endpoint_callers *callers)
{
    static const char text[] = "{\"__type\":\"com.amazonaws.dynamodb.v20120810#"
                               "InternalServerError\",\"message\":\"The service stops\"}";
    (void)pthread_mutex_lock(&callers->mutex);
    struct dynr_endpoint_connection *first = callers->first;
    callers->first = NULL;
    callers->last = &callers->first;
    callers->n_waiting = 0;
    (void)pthread_mutex_unlock(&callers->mutex);
    while (first != NULL) {
        struct dynr_endpoint_connection *connection = first;
        first = connection->next_posted;
        connection->served = (struct dynr_service_answer){503, dynr_str_from_c(text)};
        dynr_endpoint_loop_post(connection);
    }
}

void dynr_endpoint_callers_destroy(struct dynr_endpoint_callers *callers)
{
    if (callers == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&callers->mutex);
    callers->is_stopping = true;
    (void)pthread_cond_broadcast(&callers->news);
    (void)pthread_mutex_unlock(&callers->mutex);
    for (size_t i = 0; i < callers->n_threads; i++) {
        (void)pthread_join(callers->threads[i], NULL);
    }
    (void)pthread_cond_destroy(&callers->news);
    (void)pthread_mutex_destroy(&callers->mutex);
    free(callers);
}
