/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting and stopping.
 */
#include "endpoint/endpoint.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/ip_address.h"
#include "base/origin.h"
#include "endpoint/request.h"

#define CONNECTIONS_DEFAULT 1024
/* Cleared by libmicrohttpd for each request: more room costs time. */
#define HEADERS_MAX  ((size_t)16 << 10)
#define IDLE_SECONDS 120
/* Enough for the service's deepest call; libmicrohttpd's own default would be the system's 8 MiB of address space. */
#define STACK_SIZE   ((size_t)512 << 10)
#define STOP_SECONDS 10
#define LISTEN_MAX   512

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
        endpoint->any_origin = endpoint->any_origin || strcmp(origins[i], "*") == 0;
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
        options->connections_max = CONNECTIONS_DEFAULT;
    }
    if (options->clock == NULL) {
        options->clock = dynr_clock_system();
    }
    enum dynr_status status = keep_keys(endpoint, err);
    return status == DYNR_OK ? keep_origins(endpoint, err) : status;
}

/* ---- listening ---- */

static enum dynr_status listen_on(struct dynr_endpoint *endpoint, int *out_fd, bool *out_loopback,
                                  struct dynr_error *err)
{
    const struct dynr_endpoint_options *options = &endpoint->options;
    struct dynr_ip_address address;
    if (!dynr_ip_address_parse(options->address, options->port, &address)) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "\"%s\" is not an IPv4 or IPv6 address",
                         options->address);
    }
    if (!address.is_loopback && options->n_access_keys == 0 && !options->insecure) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT,
                         "%s is open to other machines: configure access keys (--credentials), or "
                         "say that everybody is welcome (--insecure)",
                         options->address);
    }
    int fd = socket(address.socket.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(fd, &address.socket.any, address.len) != 0 || listen(fd, LISTEN_MAX) != 0 ||
        getsockname(fd, &address.socket.any, &address.len) != 0) {
        int cause = errno;
        if (fd >= 0) {
            (void)close(fd);
        }
        char reason[128] = "";
        (void)strerror_r(cause, reason, sizeof reason);
        return dynr_fail(err, DYNR_ERR_IO, "cannot listen on %s port %u: %s", options->address,
                         options->port, reason);
    }
    endpoint->port = dynr_ip_address_port(&address);
    *out_fd = fd;
    *out_loopback = address.is_loopback;
    return DYNR_OK;
}

static enum dynr_status start_daemon(struct dynr_endpoint *endpoint, struct dynr_error *err)
{
    int fd = -1;
    bool is_loopback = false;
    enum dynr_status status = listen_on(endpoint, &fd, &is_loopback, err);
    if (status != DYNR_OK) {
        return status;
    }
    endpoint->daemon = MHD_start_daemon(
        MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL |
            MHD_USE_TURBO | MHD_USE_ITC,
        0, NULL, NULL, dynr_endpoint_on_request, endpoint, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned int)endpoint->options.connections_max,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, HEADERS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned int)IDLE_SECONDS, MHD_OPTION_THREAD_STACK_SIZE, STACK_SIZE,
        /* Of other machines none has them all. 0: no bound. */
        MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        is_loopback ? 0U : (unsigned int)(endpoint->options.connections_max + 3) / 4,
        MHD_OPTION_NOTIFY_COMPLETED, dynr_endpoint_on_completed, endpoint,
        MHD_OPTION_NOTIFY_CONNECTION, dynr_endpoint_on_connection, endpoint,
        MHD_OPTION_URI_LOG_CALLBACK, dynr_endpoint_on_target, endpoint, MHD_OPTION_END);
    if (endpoint->daemon == NULL) {
        (void)close(fd);
        return dynr_fail(err, DYNR_ERR_IO, "cannot start the HTTP server");
    }
    return DYNR_OK;
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
        status = start_daemon(endpoint, err);
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

/* Until the requests that have begun are answered, or their time is over. */
static void drain(struct dynr_endpoint *endpoint)
{
    static const struct timespec pause = {0, 2000000};
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    time_t last = now.tv_sec + STOP_SECONDS;
    while (atomic_load(&endpoint->n_under_way) != 0 && now.tv_sec < last) {
        (void)nanosleep(&pause, NULL);
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
    }
}

void dynr_endpoint_stop(struct dynr_endpoint *endpoint)
{
    if (endpoint == NULL) {
        return;
    }
    if (endpoint->daemon != NULL) {
        atomic_store(&endpoint->stopping, true);
        MHD_socket fd = MHD_quiesce_daemon(endpoint->daemon);
        if (fd != MHD_INVALID_SOCKET) {
            (void)close(fd);
        }
        drain(endpoint);
        MHD_stop_daemon(endpoint->daemon);
    }
    dynr_service_close(endpoint->service);
    dynr_arena_cleanup(&endpoint->arena);
    free(endpoint);
}
