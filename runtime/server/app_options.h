/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of an application: what stands in it, and what is said about it. */
#ifndef DYNR_SERVER_APP_OPTIONS_H
#define DYNR_SERVER_APP_OPTIONS_H

#include <stdio.h>

#include "dynr/app.h"

#define DYNR_APP_MAX_ORIGINS 32

/** Exit statuses. */
enum {
    DYNR_APP_DONE = 0,
    DYNR_APP_FAILED = 1,
    DYNR_APP_USAGE = 2
};

enum dynr_app_verb {
    DYNR_APP_HELP = 1,
    DYNR_APP_VERSION,
    DYNR_APP_SERVE,
    DYNR_APP_CALL,
    DYNR_APP_SCHEMA
};

struct dynr_app_options {
    enum dynr_app_verb verb;
    const char *store;
    const char *listen;
    const char *static_directory;
    const char *jwks;
    const char *issuer;
    const char *audience;
    const char *tls_certificate;
    const char *tls_key;
    const char *origins[DYNR_APP_MAX_ORIGINS];
    size_t n_origins;
    bool auth_required;
    bool insecure;
    bool dev;
    bool public_metrics;
    /** `call`. */
    const char *as;
    const char *procedure;
    const char *input;
};

/** Reads the command line. False: it is wrong, and standard error says how. */
bool dynr_app_read_options(int argc, char **argv, const struct dynr_app *app,
                           struct dynr_app_options *out);
void dynr_app_print_help(const struct dynr_app *app, FILE *out);

/** What each verb does; returns the exit status. */
int dynr_app_serve(const struct dynr_app *app, const struct dynr_app_options *options);
int dynr_app_call(const struct dynr_app *app, const struct dynr_app_options *options);
int dynr_app_schema(const struct dynr_app *app);

struct dynr_app_store {
    struct dynr_backend *backend;
    struct dynr_client *client;
};
/**
 * The store with its tables. `maintenance_interval_ms`: see dynr_local_options; 0 where the process is gone before anything expires.
 * False: said on standard error.
 */
bool dynr_app_open_store(const struct dynr_app *app, const char *path,
                         uint32_t maintenance_interval_ms, struct dynr_app_store *out);
void dynr_app_close_store(struct dynr_app_store *store);
/** Says on standard error that `what` failed and why; returns DYNR_APP_FAILED. */
int dynr_app_fail(const struct dynr_app *app, const char *what, const struct dynr_error *err);
/** Says on standard error that `meant` may have been meant. */
void dynr_app_suggest(const char *meant);

#endif
