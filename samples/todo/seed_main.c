/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same app on a table that another system made (seed.dyn): native keys, one index with a name of its own. It runs
 * on a store in memory, says what it does, and fails loudly when an answer is not the expected one.
 */
#include <stdio.h>
#include <string.h>

#include <dynr/local.h>

#include "seed.h"

struct app {
    struct dynr_backend *backend;
    struct dynr_client *client;
    struct dynr_arena arena;
    struct dynr_error err;
};

static int failed(const struct app *app, const char *what)
{
    (void)fprintf(stderr, "%s: %s (%s)\n", what, app->err.message,
                  dynr_status_name(app->err.status));
    return 1;
}

static int add(struct app *app, const char *id, const char *list, const char *text)
{
    struct seed_todos_add_input input;
    seed_todos_add_input_init(&input);
    input.id = dynr_str_from_c(id);
    input.task_list_id = dynr_str_from_c(list);
    input.text = dynr_str_from_c(text);
    struct seed_todo out;
    if (seed_todos_add(app->client, &input, &app->arena, &out, &app->err) != DYNR_OK) {
        return failed(app, "cannot add");
    }
    return 0;
}

static int expect_rows(const struct app *app, const char *what, size_t n_rows, size_t expected)
{
    (void)app;
    (void)printf("%s: %zu tasks\n", what, n_rows);
    if (n_rows != expected) {
        (void)fprintf(stderr, "%s: expected %zu tasks\n", what, expected);
        return 1;
    }
    return 0;
}

static int run(struct app *app)
{
    if (dynr_local_open(NULL, &app->backend, &app->err) != DYNR_OK) {
        return failed(app, "cannot open the store");
    }
    struct dynr_client_options options = DYNR_CLIENT_OPTIONS_INIT;
    options.backend = app->backend;
    if (dynr_client_new(&options, &app->client, &app->err) != DYNR_OK ||
        seed_create_tables(app->client, &app->err) != DYNR_OK) {
        return failed(app, "cannot create the table");
    }
    if (add(app, "t1", "123", "one") != 0 || add(app, "t2", "123", "two") != 0 ||
        add(app, "t3", "456", "three") != 0) {
        return 1;
    }
    struct seed_todos_list_input list;
    seed_todos_list_input_init(&list);
    list.task_list_id = dynr_str_from_c("123");
    struct seed_todos_list_output rows;
    if (seed_todos_list(app->client, &list, &app->arena, &rows, &app->err) != DYNR_OK) {
        return failed(app, "cannot list");
    }
    if (expect_rows(app, "list 123 through gsi_by_task_id", rows.n_items, 2) != 0) {
        return 1;
    }
    struct seed_todos_set_done_input done;
    seed_todos_set_done_input_init(&done);
    done.id = dynr_str_from_c("t1");
    done.done = true;
    struct seed_todo after;
    if (seed_todos_set_done(app->client, &done, &app->arena, &after, &app->err) != DYNR_OK) {
        return failed(app, "cannot set done");
    }
    struct seed_todos_open_input open;
    seed_todos_open_input_init(&open);
    open.task_list_id = dynr_str_from_c("123");
    struct seed_todos_open_output open_rows;
    if (seed_todos_open(app->client, &open, &app->arena, &open_rows, &app->err) != DYNR_OK) {
        return failed(app, "cannot list open tasks");
    }
    return expect_rows(app, "open tasks of list 123", open_rows.n_items, 1);
}

int main(void)
{
    struct app app;
    memset(&app, 0, sizeof app);
    int result = run(&app);
    dynr_arena_cleanup(&app.arena);
    dynr_client_destroy(app.client);
    dynr_backend_destroy(app.backend);
    return result;
}
