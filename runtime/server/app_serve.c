/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `serve`: options to a server, and signals to its end.
 */
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/file_limit.h"
#include "dynr/local.h"
#include "server/app_options.h"
#include "server/state.h"

/* A key set is at most this long. */
#define MAX_KEY_SET 65536
/* As often as `dynr local` looks for rows whose time is over. */
#define MAINTENANCE_MS 1000

static enum dynr_status open_stream(void *context, uint64_t since, struct dynr_stream **out,
                                    uint64_t *out_position, struct dynr_error *err)
{
    struct dynr_backend *backend = context;
    struct dynr_local_stream_options options = DYNR_LOCAL_STREAM_OPTIONS_INIT;
    options.position = since;
    if (since == DYNR_SERVER_FROM_NOW) {
        /* Asked for first: what is written in between is delivered twice over rather than not at all. */
        enum dynr_status status = dynr_local_stream_position(backend, &options.position, err);
        if (status != DYNR_OK) {
            return status;
        }
    }
    *out_position = options.position;
    return dynr_local_stream_open(backend, &options, out, err);
}

static enum dynr_status begin_term(void *context, uint64_t program, struct dynr_stream_term *out,
                                   size_t *out_n, struct dynr_error *err)
{
    return dynr_local_stream_begin_term(context, program, out, out_n, err);
}

/** The whole file; NULL: said on standard error. Free with free. */
static char *read_file(const struct dynr_app *app, const char *path, size_t *out_len)
{
    FILE *file = fopen(path, "rb");
    char *text = file == NULL ? NULL : malloc(MAX_KEY_SET + 1);
    size_t len = text == NULL ? 0 : fread(text, 1, MAX_KEY_SET + 1, file);
    bool fine = text != NULL && ferror(file) == 0 && len <= MAX_KEY_SET;
    if (file != NULL && fclose(file) != 0) {
        fine = false;
    }
    if (!fine) {
        (void)fprintf(stderr, "%s: cannot read %s, or it is longer than %d bytes\n", app->name,
                      path, MAX_KEY_SET);
        free(text);
        return NULL;
    }
    *out_len = len;
    return text;
}

static void *wait_for_signal(void *server)
{
    sigset_t wanted;
    int number;
    (void)sigemptyset(&wanted);
    (void)sigaddset(&wanted, SIGTERM);
    (void)sigaddset(&wanted, SIGINT);
    while (sigwait(&wanted, &number) == 0) {
        dynr_server_stop(server);
    }
    return NULL;
}

/** Runs until a signal. A thread waits for it, so that no handler needs a global. */
static int run_until_signal(const struct dynr_app *app, struct dynr_server *server)
{
    struct dynr_error err = {0};
    sigset_t blocked;
    pthread_t waiter;
    (void)sigemptyset(&blocked);
    (void)sigaddset(&blocked, SIGTERM);
    (void)sigaddset(&blocked, SIGINT);
    if (pthread_sigmask(SIG_BLOCK, &blocked, NULL) != 0 ||
        pthread_create(&waiter, NULL, wait_for_signal, server) != 0) {
        (void)fprintf(stderr, "%s: cannot wait for signals\n", app->name);
        return DYNR_APP_FAILED;
    }
    enum dynr_status status = dynr_server_run(server, &err);
    /* sigwait is a cancellation point. */
    (void)pthread_cancel(waiter);
    (void)pthread_join(waiter, NULL);
    return status == DYNR_OK ? DYNR_APP_DONE : dynr_app_fail(app, "serve", &err);
}

static bool needs_callers(const struct dynr_app *app)
{
    bool found = false;
    for (size_t i = 0; i < app->procedures->n_procedures; i++) {
        found = found || app->procedures->procedures[i]->caller != NULL;
    }
    return found;
}

static void announce(const struct dynr_app *app, const struct dynr_app_options *options,
                     const struct dynr_server *server)
{
    const char *listen = options->listen == NULL ? "127.0.0.1" : options->listen;
    const char *colon = options->listen == NULL ? NULL : strrchr(listen, ':');
    int len = (int)(colon == NULL ? strlen(listen) : (size_t)(colon - listen));
    if (options->dev) {
        (void)fprintf(stderr,
                      "%s: --dev: CLIENTS SAY WHO THEY ARE AND ARE BELIEVED. For development on "
                      "this machine alone.\n",
                      app->name);
    }
    if (!options->dev && options->jwks == NULL && needs_callers(app)) {
        (void)fprintf(stderr,
                      "%s: nobody can say who they are: procedures that need a caller are refused; "
                      "see --jwks, or --dev\n",
                      app->name);
    }
    if (options->insecure) {
        (void)fprintf(stderr, "%s: --insecure: EVERYBODY WHO REACHES THIS ADDRESS MAY CALL.\n",
                      app->name);
    }
    (void)printf("%s: listening on %s://%.*s:%u\n", app->name,
                 options->tls_certificate == NULL ? "http" : "https", len, listen,
                 dynr_server_port(server));
    (void)fflush(stdout);
}

/** As many sockets as may come need as many descriptors. */
static void raise_file_limit(const struct dynr_app *app)
{
    uint32_t max_connections = dynr_server_max_connections(&app->limits);
    uint64_t wanted = (uint64_t)max_connections + DYNR_FILES_OF_SERVER;
    uint64_t limit = dynr_file_limit_raise(wanted);
    if (limit < wanted) {
        (void)fprintf(stderr,
                      "%s: this process may open %" PRIu64
                      " files; %u connections need more (ulimit -n)\n",
                      app->name, limit, max_connections);
    }
}

static int serve(const struct dynr_app *app, const struct dynr_app_options *options,
                 struct dynr_backend *backend, const struct dynr_server_jwt *jwt)
{
    struct dynr_server_options server_options = DYNR_SERVER_OPTIONS_INIT;
    struct dynr_server *server;
    struct dynr_error err = {0};
    raise_file_limit(app);
    server_options.procedures = app->procedures;
    server_options.backend = backend;
    server_options.open_stream = open_stream;
    server_options.begin_term = begin_term;
    server_options.stream_context = backend;
    server_options.limits = app->limits;
    server_options.listen = options->listen;
    server_options.insecure = options->insecure;
    server_options.public_metrics = options->public_metrics;
    server_options.static_directory = options->static_directory;
    server_options.tls_certificate = options->tls_certificate;
    server_options.tls_key = options->tls_key;
    server_options.origins = options->origins;
    server_options.n_origins = options->n_origins;
    server_options.auth.jwt = jwt;
    server_options.auth.required = options->auth_required;
    server_options.auth.trust_callers = options->dev;
    if (dynr_server_new(&server_options, &server, &err) != DYNR_OK) {
        return dynr_app_fail(app, "serve", &err);
    }
    announce(app, options, server);
    int result = run_until_signal(app, server);
    dynr_server_destroy(server);
    return result;
}

int dynr_app_serve(const struct dynr_app *app, const struct dynr_app_options *options)
{
    struct dynr_server_jwt jwt = {0};
    struct dynr_app_store store;
    char *keys = NULL;
    if (options->jwks != NULL) {
        keys = read_file(app, options->jwks, &jwt.keys.len);
        if (keys == NULL) {
            return DYNR_APP_FAILED;
        }
        jwt.keys.ptr = keys;
        jwt.issuer = options->issuer;
        jwt.audience = options->audience;
    }
    int result = DYNR_APP_FAILED;
    if (dynr_app_open_store(app, options->store, MAINTENANCE_MS, &store)) {
        result = serve(app, options, store.backend, keys == NULL ? NULL : &jwt);
        dynr_app_close_store(&store);
    }
    free(keys);
    return result;
}
