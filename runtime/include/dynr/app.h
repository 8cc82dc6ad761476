/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An application in one executable: the procedures of a schema with the usual command line.
 *
 *     int main(int argc, char **argv)
 *     {
 *         struct dynr_app app = DYNR_APP_INIT;
 *         app.name = "todo";
 *         app.procedures = todo_procedures();
 *         app.create_tables = todo_create_tables;
 *         return dynr_app_main(argc, argv, &app);
 *     }
 *
 *     app serve --store todo.db --listen 127.0.0.1:8787 --jwks keys.json
 *     app call todos.add '{"list":"01J...","text":"milk"}' --store todo.db --as '{"userId":"01J..."}'
 *     app schema
 */
#ifndef DYNR_APP_H
#define DYNR_APP_H

#include "dynr/gen.h"
#include "dynr/server.h"

DYNR_BEGIN_DECLS

struct dynr_app {
    size_t size;
    /** In messages and help; also the store's default file: `<name>.db`. */
    const char *name;
    const struct dynr_procedure_table *procedures;
    /** The generated function: creates the tables that are missing. */
    enum dynr_status (*create_tables)(struct dynr_client *client, struct dynr_error *err);
    /** Of `serve`; members that are 0 are defaults. */
    struct dynr_server_limits limits;
};

#ifdef __cplusplus
#    define DYNR_APP_INIT                                                                          \
        {                                                                                          \
            sizeof(struct dynr_app)                                                                \
        }
#else
#    define DYNR_APP_INIT                                                                          \
        {                                                                                          \
            .size = sizeof(struct dynr_app)                                                        \
        }
#endif

/**
 * Runs the command line; `app --help` describes it. Returns the exit status: 0, 1 (what was asked for failed: said on standard error),
 * 2 (the command line is wrong). `serve` ends with 0 on SIGTERM and SIGINT, which are blocked in the calling thread.
 */
DYNR_API int dynr_app_main(int argc, char **argv, const struct dynr_app *app);

DYNR_END_DECLS

#endif
