/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting and stopping.
 */
#include "endpoint/endpoint.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/origin.h"
#include "endpoint/caller.h"
#include "endpoint/listen.h"
#include "endpoint/loop.h"
#include "endpoint/peers.h"

#define PATIENCE_DEFAULT_S 120
/* More than a few would only share what the store's one writer leaves. */
#define LOOPS_MAX 4

bool dynr_endpoint_allows(const struct dynr_endpoint *endpoint, struct dynr_str origin)
{
    const struct dynr_endpoint_options *options = &endpoint->options;
    return endpoint->any_origin || dynr_origin_is_local(origin) ||
           dynr_origin_judge(origin, dynr_str_make(NULL, 0), false, options->origins,
                             options->n_origins) == DYNR_ORIGIN_LISTED;
}

/* ---- options ---- */

static const char *keep(struct dynr_endpoint *endpoint, const char *text)
{
    return dynr_arena_dup(&endpoint->arena, dynr_str_from_c(text)).ptr;
}

static enum dynr_status keep_keys(struct dynr_endpoint *endpoint, struct dynr_error *err)
{
    struct dynr_endpoint_options *options = &endpoint->options;
    struct dynr_access_key *keys =
        dynr_arena_calloc(&endpoint->arena, options->n_access_keys + 1, sizeof *keys);
    for (size_t i = 0; keys != NULL && i < options->n_access_keys; i++) {
        const struct dynr_access_key *given = &options->access_keys[i];
        if (given->id == NULL || given->id[0] == '\0' || given->secret == NULL ||
            given->secret[0] == '\0') {
            return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT,
                             "access key %zu lacks its id or its secret", i + 1);
        }
        keys[i].id = keep(endpoint, given->id);
        keys[i].secret = keep(endpoint, given->secret);
        if (keys[i].id == NULL || keys[i].secret == NULL) {
            return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
        }
    }
    options->access_keys = keys;
    return keys == NULL ? dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL) : DYNR_OK;
}

static enum dynr_status keep_origins(struct dynr_endpoint *endpoint, struct dynr_error *err)
{
    struct dynr_endpoint_options *options = &endpoint->options;
    const char **origins =
        dynr_arena_calloc(&endpoint->arena, options->n_origins + 1, sizeof *origins);
    for (size_t i = 0; origins != NULL && i < options->n_origins; i++) {
        origins[i] = keep(endpoint, options->origins[i]);
        if (origins[i] == NULL) {
            return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
        }
        bool is_any = strcmp(origins[i], "*") == 0;
        bool is_null = strcmp(origins[i], "null") == 0;
        if (!is_any && !is_null && !dynr_origin_is_valid(dynr_str_from_c(origins[i]))) {
            return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT,
                             "`%.200s` is no origin that a browser sends: write scheme, host and "
                             "the port if it is not the scheme's own, as in "
                             "https://studio.example or http://localhost:5173, or `*` for all",
                             origins[i]);
        }
        endpoint->any_origin = endpoint->any_origin || is_any;
    }
    options->origins = origins;
    return origins == NULL ? dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL) : DYNR_OK;
}

static enum dynr_status keep_options(struct dynr_endpoint *endpoint,
                                     const struct dynr_endpoint_options *given,
                                     struct dynr_error *err)
{
    struct dynr_endpoint_options *options = &endpoint->options;
    if (given != NULL) {
        size_t size = given->size < sizeof *options ? given->size : sizeof *options;
        memcpy(options, given, size);
    }
    options->size = sizeof *options;
    options->address = keep(endpoint, options->address == NULL ? "127.0.0.1" : options->address);
    if (options->address == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    if (options->connections_max == 0) {
        options->connections_max = DYNR_ENDPOINT_CONNECTIONS;
    }
    if (options->patience_s == 0) {
        options->patience_s = PATIENCE_DEFAULT_S;
    }
    if (options->clock == NULL) {
        options->clock = dynr_clock_system();
    }
    enum dynr_status status = keep_keys(endpoint, err);
    return status == DYNR_OK ? keep_origins(endpoint, err) : status;
}

/* ---- start and stop ---- */

static size_t loops_wanted(const struct dynr_endpoint *endpoint)
{
    long n_processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (n_processors < 1 || !dynr_service_is_parallel(endpoint->service)) {
        return 1;
    }
    return n_processors > LOOPS_MAX ? LOOPS_MAX : (size_t)n_processors;
}

static enum dynr_status start_loops(struct dynr_endpoint *endpoint, struct dynr_error *err)
{
    int fd = -1;
    enum dynr_status status = dynr_endpoint_listen(endpoint, &fd, err);
    if (status != DYNR_OK) {
        return status;
    }
    size_t n_connections = endpoint->options.connections_max;
    size_t n_loops = loops_wanted(endpoint);
    endpoint->peers = dynr_endpoint_peers_new(
        n_connections, endpoint->is_loopback ? n_connections : (n_connections + 3) / 4);
    endpoint->callers = dynr_endpoint_callers_new(endpoint->service);
    endpoint->loops = dynr_arena_calloc(&endpoint->arena, n_loops, sizeof *endpoint->loops);
    if (endpoint->peers == NULL || endpoint->callers == NULL || endpoint->loops == NULL) {
        (void)close(fd);
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    for (size_t i = 0; status == DYNR_OK && i < n_loops; i++) {
        status = dynr_endpoint_loop_open(&endpoint->loops[i], endpoint, i == 0 ? fd : -1, err);
        endpoint->n_loops++;
    }
    /* The first one accepts: the others are there by then. */
    for (size_t i = n_loops; status == DYNR_OK && i-- > 0;) {
        status = dynr_endpoint_loop_start(&endpoint->loops[i], err);
    }
    return status;
}

enum dynr_status dynr_endpoint_start(struct dynr_backend *store,
                                     const struct dynr_endpoint_options *options,
                                     struct dynr_endpoint **out, struct dynr_error *err)
{
    dynr_error_clear(err);
    struct dynr_endpoint *endpoint = calloc(1, sizeof *endpoint);
    if (endpoint == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    dynr_endpoint_budget_init(&endpoint->work, DYNR_ENDPOINT_ALL_WORK_MAX);
    enum dynr_status status = keep_options(endpoint, options, err);
    if (status == DYNR_OK) {
        const struct dynr_clock *clock = endpoint->options.clock;
        endpoint->id_seed = (uint64_t)clock->now_ms(clock->context);
        struct dynr_service_options service = DYNR_SERVICE_OPTIONS_INIT;
        service.clock = clock;
        service.isolate = endpoint->options.isolate;
        status = dynr_service_open(store, &service, &endpoint->service, err);
    }
    if (status == DYNR_OK) {
        status = start_loops(endpoint, err);
    }
    if (status != DYNR_OK) {
        dynr_endpoint_stop(endpoint);
        return status;
    }
    *out = endpoint;
    return DYNR_OK;
}

uint16_t dynr_endpoint_port(const struct dynr_endpoint *endpoint)
{
    return endpoint->port;
}

void dynr_endpoint_stop(struct dynr_endpoint *endpoint)
{
    if (endpoint == NULL) {
        return;
    }
    atomic_store(&endpoint->is_stopping, true);
    if (endpoint->n_loops == 0 || !endpoint->loops[0].has_thread) {
        /* Nobody was ever let in. */
        atomic_store(&endpoint->is_shut, true);
    }
    for (size_t i = 0; i < endpoint->n_loops; i++) {
        dynr_endpoint_loop_wake(&endpoint->loops[i]);
    }
    for (size_t i = 0; i < endpoint->n_loops; i++) {
        dynr_endpoint_loop_join(&endpoint->loops[i]);
    }
    for (size_t i = 0; i < endpoint->n_loops; i++) {
        dynr_endpoint_loop_close(&endpoint->loops[i]);
    }
    dynr_endpoint_callers_destroy(endpoint->callers);
    dynr_endpoint_peers_destroy(endpoint->peers);
    dynr_service_close(endpoint->service);
    dynr_arena_cleanup(&endpoint->arena);
    free(endpoint);
}
