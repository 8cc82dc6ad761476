/* SPDX-License-Identifier: Apache-2.0 */
/* A user of libdynr and of what dynrc makes of todo.dyn, outside this project: writes a user and finds it again. */
#include <stdio.h>
#include <string.h>

#include <dynr/local.h>

#include "todo.h"

/* The schema's way out: `todos.importCsv` is declared there and written here. */
enum dynr_status todos_import_csv(struct dynr_client *client, const struct todo_caller *caller,
                                  const struct todo_todos_import_csv_input *input,
                                  struct dynr_arena *arena, int64_t *out, struct dynr_error *err)
{
    (void)client;
    (void)caller;
    (void)input;
    (void)arena;
    (void)err;
    *out = 0;
    return DYNR_OK;
}

static enum dynr_status use(struct dynr_client *client, struct dynr_arena *arena,
                            struct dynr_error *err)
{
    struct todo_user user;
    struct todo_user found;
    enum dynr_status status = todo_create_tables(client, err);
    if (status == DYNR_OK) {
        todo_user_init(&user);
        user.email = dynr_str_from_c("ada@example.com");
        user.name = dynr_str_from_c("Ada");
        status = todo_user_create(client, &user, arena, err);
    }
    if (status == DYNR_OK) {
        status = todo_user_by_email(client, dynr_str_from_c("ADA@example.com"), arena, &found, err);
    }
    if (status == DYNR_OK) {
        printf("found %.*s\n", (int)found.name.len, found.name.ptr);
    }
    return status;
}

int main(void)
{
    struct dynr_backend *backend = NULL;
    struct dynr_client *client = NULL;
    struct dynr_arena arena;
    struct dynr_error err;
    struct dynr_local_options local = DYNR_LOCAL_OPTIONS_INIT;
    struct dynr_client_options options = DYNR_CLIENT_OPTIONS_INIT;
    memset(&arena, 0, sizeof arena);
    memset(&err, 0, sizeof err);
    local.path = "consumer.db";
    enum dynr_status status = dynr_local_open(&local, &backend, &err);
    if (status == DYNR_OK) {
        options.backend = backend;
        status = dynr_client_new(&options, &client, &err);
    }
    if (status == DYNR_OK) {
        status = use(client, &arena, &err);
    }
    if (status != DYNR_OK) {
        fprintf(stderr, "%s: %s\n", dynr_status_name(status), err.message);
    }
    dynr_client_destroy(client);
    dynr_backend_destroy(backend);
    dynr_arena_cleanup(&arena);
    return status == DYNR_OK ? 0 : 1;
}
