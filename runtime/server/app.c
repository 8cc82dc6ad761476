/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An application's main: which verb, the store, one call.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/spelling.h"
#include "dynr/local.h"
#include "server/app_options.h"

int dynr_app_fail(const struct dynr_app *app, const char *what, const struct dynr_error *err)
{
    (void)fprintf(stderr, "%s: %s: %s: %s%s%s\n", app->name, what, dynr_status_name(err->status),
                  err->field, err->field[0] == '\0' ? "" : ": ", err->message);
    return DYNR_APP_FAILED;
}

void dynr_app_suggest(const char *meant)
{
    (void)fprintf(stderr, "help: did you mean `%s`?\n", meant);
}

bool dynr_app_open_store(const struct dynr_app *app, const char *path,
                         uint32_t maintenance_interval_ms, struct dynr_app_store *out)
{
    struct dynr_error err = {0};
    struct dynr_local_options local = DYNR_LOCAL_OPTIONS_INIT;
    struct dynr_client_options options = DYNR_CLIENT_OPTIONS_INIT;
    char fallback[256];
    memset(out, 0, sizeof *out);
    (void)snprintf(fallback, sizeof fallback, "%s.db", app->name);
    local.path = path == NULL ? fallback : path;
    local.maintenance_interval_ms = maintenance_interval_ms;
    if (dynr_local_open(&local, &out->backend, &err) == DYNR_OK) {
        options.backend = out->backend;
        if (dynr_client_new(&options, &out->client, &err) == DYNR_OK &&
            (app->create_tables == NULL || app->create_tables(out->client, &err) == DYNR_OK)) {
            return true;
        }
    }
    (void)dynr_app_fail(app, local.path, &err);
    dynr_app_close_store(out);
    return false;
}

void dynr_app_close_store(struct dynr_app_store *store)
{
    dynr_client_destroy(store->client);
    dynr_backend_destroy(store->backend);
    memset(store, 0, sizeof *store);
}

/** The caller of `--as`, as the procedure wants it. */
static enum dynr_status read_caller(const struct dynr_procedure_desc *procedure, const char *json,
                                    struct dynr_arena *arena, void **out, struct dynr_error *err)
{
    *out = NULL;
    if (procedure == NULL || procedure->caller == NULL) {
        return DYNR_OK;
    }
    if (json == NULL) {
        return dynr_fail(err, DYNR_ERR_UNAUTHENTICATED, "%s needs a caller: --as '{...}'",
                         procedure->path);
    }
    *out = dynr_arena_calloc(arena, 1, procedure->caller->size);
    if (*out == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    return dynr_decode_json(procedure->caller, dynr_str_from_c(json), arena, *out, err);
}

/** A name that is none: what may have been meant, else where the names are. */
static void suggest_procedure(const struct dynr_app *app, struct dynr_str written)
{
    const char *meant = NULL;
    size_t distance = SIZE_MAX;
    for (size_t i = 0; i < app->procedures->n_procedures; i++) {
        const char *path = app->procedures->procedures[i]->path;
        if (dynr_spelling_is_nearer(written, dynr_str_from_c(path), &distance)) {
            meant = path;
        }
    }
    if (meant == NULL) {
        (void)fprintf(stderr, "help: `%s schema` names the procedures\n", app->name);
    } else {
        dynr_app_suggest(meant);
    }
}

static int run_call(const struct dynr_app *app, const struct dynr_app_options *options,
                    struct dynr_client *client)
{
    struct dynr_arena arena = {0};
    struct dynr_buf out = {0};
    struct dynr_error err = {0};
    struct dynr_str path = dynr_str_from_c(options->procedure);
    void *caller;
    enum dynr_status status =
        read_caller(dynr_procedure_find(app->procedures, path), options->as, &arena, &caller, &err);
    bool has_caller = status == DYNR_OK;
    if (has_caller) {
        status = dynr_procedure_call(app->procedures, client, path, caller,
                                     dynr_str_from_c(options->input), &arena, &out, &err);
    }
    int result = DYNR_APP_DONE;
    if (status != DYNR_OK) {
        result = dynr_app_fail(app, has_caller || options->as == NULL ? options->procedure : "--as",
                               &err);
        if (status == DYNR_ERR_UNKNOWN_PROCEDURE) {
            suggest_procedure(app, path);
        }
    } else if (printf("%.*s\n", (int)out.len, out.ptr) < 0 || fflush(stdout) != 0) {
        result = DYNR_APP_FAILED;
    }
    dynr_buf_cleanup(&out);
    dynr_arena_cleanup(&arena);
    return result;
}

int dynr_app_call(const struct dynr_app *app, const struct dynr_app_options *options)
{
    struct dynr_app_store store;
    if (!dynr_app_open_store(app, options->store, 0, &store)) {
        return DYNR_APP_FAILED;
    }
    int result = run_call(app, options, store.client);
    dynr_app_close_store(&store);
    return result;
}

int dynr_app_main(int argc, char **argv, const struct dynr_app *app)
{
    struct dynr_app_options options;
    if (app == NULL || app->size != sizeof *app) {
        (void)fprintf(stderr, "this program and libdynr-server do not fit together\n");
        return DYNR_APP_FAILED;
    }
    if (!dynr_app_read_options(argc, argv, app, &options)) {
        return DYNR_APP_USAGE;
    }
    switch (options.verb) {
    case DYNR_APP_HELP:
        dynr_app_print_help(app, stdout);
        return DYNR_APP_DONE;
    case DYNR_APP_VERSION:
        (void)printf("%s, libdynr %s\n", app->name, DYNR_VERSION_STRING);
        return DYNR_APP_DONE;
    case DYNR_APP_SERVE:
        return dynr_app_serve(app, &options);
    case DYNR_APP_CALL:
        return dynr_app_call(app, &options);
    case DYNR_APP_SCHEMA:
        return dynr_app_schema(app);
    }
    return DYNR_APP_USAGE;
}
