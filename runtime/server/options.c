/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options: defaults, and what contradicts itself or would be dangerous.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/origin.h"
#include "server/state.h"

static uint32_t or_default(uint32_t value, uint32_t fallback)
{
    return value == 0 ? fallback : value;
}

uint32_t dynr_server_max_connections(const struct dynr_server_limits *limits)
{
    return or_default(limits->max_connections, 10000);
}

static void fill_limits(struct dynr_server_limits *limits)
{
    limits->max_connections = dynr_server_max_connections(limits);
    limits->max_subscriptions = or_default(limits->max_subscriptions, 256);
    limits->max_message = or_default(limits->max_message, 32 * 1024);
    limits->max_body = or_default(limits->max_body, 1024 * 1024);
    limits->max_queue = or_default(limits->max_queue, 4 * 1024 * 1024);
    limits->max_calls_per_second = or_default(limits->max_calls_per_second, 100);
    limits->max_subscribes_per_second = or_default(limits->max_subscribes_per_second, 200);
    limits->max_windows_per_second = or_default(limits->max_windows_per_second, 100);
    limits->max_pings_per_second = or_default(limits->max_pings_per_second, 20);
    limits->address_share = or_default(limits->address_share, 10);
    limits->max_rated_names = or_default(limits->max_rated_names, 32768);
    limits->max_faults = or_default(limits->max_faults, 20);
    limits->header_timeout_s = or_default(limits->header_timeout_s, 10);
    limits->keepalive_timeout_s = or_default(limits->keepalive_timeout_s, 60);
    limits->hello_timeout_s = or_default(limits->hello_timeout_s, 10);
    limits->ping_s = or_default(limits->ping_s, 30);
    limits->drain_ms = or_default(limits->drain_ms, 5000);
    limits->max_remembered_calls = or_default(limits->max_remembered_calls, 100000);
    limits->max_remembered_bytes = or_default(limits->max_remembered_bytes, 64 * 1024 * 1024);
}

static enum dynr_status check_auth(const struct dynr_server_auth *auth, struct dynr_error *err)
{
    int n_ways = (auth->authenticate != NULL) + (auth->jwt != NULL) + auth->trust_callers;
    if (n_ways > 1) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT,
                         "callers come from one of `authenticate`, `jwt` and `trust_callers`");
    }
    if (n_ways == 0 && auth->required) {
        return dynr_fail(
            err, DYNR_ERR_INVALID_ARGUMENT,
            "a token is required, but nothing says which tokens are good (--jwks FILE)");
    }
    return DYNR_OK;
}

static enum dynr_status check_origins(const struct dynr_server_options *options,
                                      struct dynr_error *err)
{
    for (size_t i = 0; i < options->n_origins; i++) {
        if (!dynr_origin_is_valid(dynr_str_from_c(options->origins[i]))) {
            return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT,
                             "`%.200s` is no origin that a browser sends: write scheme, host and "
                             "the port if it is not the scheme's own, as in "
                             "https://app.example.com or http://localhost:5173",
                             options->origins[i]);
        }
    }
    return DYNR_OK;
}

static enum dynr_status refuse_directory(const char *path, int number, struct dynr_error *err)
{
    char reason[128];
    if (strerror_r(number, reason, sizeof reason) != 0) {
        reason[0] = '\0';
    }
    return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "files cannot be served from `%.150s`: %.60s",
                     path, reason);
}

/** A directory that is not there would answer every request with "not found". */
static enum dynr_status check_static_directory(const char *path, struct dynr_error *err)
{
    struct stat found;
    if (path == NULL) {
        return DYNR_OK;
    }
    if (stat(path, &found) != 0) {
        return refuse_directory(path, errno, err);
    }
    if (!S_ISDIR(found.st_mode)) {
        return refuse_directory(path, ENOTDIR, err);
    }
    return access(path, R_OK | X_OK) != 0 ? refuse_directory(path, errno, err) : DYNR_OK;
}

/** All procedures that have a caller have the same: one schema, one context. */
static enum dynr_status find_caller(struct dynr_server *server, struct dynr_error *err)
{
    const struct dynr_procedure_table *table = server->options.procedures;
    for (size_t i = 0; i < table->n_procedures; i++) {
        const struct dynr_struct_desc *caller = table->procedures[i]->caller;
        if (caller == NULL) {
            continue;
        }
        if (server->caller_desc != NULL && server->caller_desc != caller) {
            return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT,
                             "the procedures have different callers: %s and %s",
                             server->caller_desc->name, caller->name);
        }
        server->caller_desc = caller;
    }
    return DYNR_OK;
}

enum dynr_status dynr_server_check_options(struct dynr_server *server,
                                           const struct dynr_server_options *options,
                                           struct dynr_error *err)
{
    if (options == NULL || options->size != sizeof *options) {
        return dynr_fail(err, DYNR_ERR_ABI, "the options are of another libdynr-server");
    }
    if (options->procedures == NULL || options->backend == NULL || options->open_stream == NULL) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT,
                         "a server needs procedures, a backend and its stream");
    }
    if ((options->tls_certificate == NULL) != (options->tls_key == NULL)) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "a certificate and its key come together");
    }
    server->options = *options;
    fill_limits(&server->options.limits);
    if (server->options.clock == NULL) {
        server->options.clock = dynr_clock_system();
    }
    enum dynr_status status = check_auth(&options->auth, err);
    if (status == DYNR_OK) {
        status = check_origins(options, err);
    }
    if (status == DYNR_OK) {
        status = check_static_directory(options->static_directory, err);
    }
    return status == DYNR_OK ? find_caller(server, err) : status;
}
