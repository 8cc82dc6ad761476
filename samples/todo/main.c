/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Todo app on the embedded store, in one file: typed writes, lists along access paths, a unique value that is taken,
 * and an optimistic lock that catches a lost update. Run it twice with the same file: the second run finds everything.
 *
 *     todo-demo todo.db
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <dynr/local.h>

#include "todo.h"

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

static const char *priority_text(enum todo_priority priority)
{
    const char *text = todo_priority_to_str(priority);
    return text == NULL ? "unknown" : text;
}

static void print_todo(const struct todo_todo *todo)
{
    char due[DYNR_DATE_LENGTH + 1] = "no date";
    if (todo->has_due) {
        dynr_date_format(todo->due, due);
        due[DYNR_DATE_LENGTH] = '\0';
    }
    (void)printf("    [%c] %-28.*s %-7s %s\n", todo->done ? 'x' : ' ', (int)todo->text.len,
                 todo->text.ptr, priority_text(todo->priority), due);
}

static int open_app(struct app *app, const char *path)
{
    struct dynr_local_options local = DYNR_LOCAL_OPTIONS_INIT;
    local.path = path;
    if (dynr_local_open(&local, &app->backend, &app->err) != DYNR_OK) {
        return failed(app, "cannot open the store");
    }
    struct dynr_client_options options = DYNR_CLIENT_OPTIONS_INIT;
    options.backend = app->backend;
    if (dynr_client_new(&options, &app->client, &app->err) != DYNR_OK) {
        return failed(app, "cannot make a client");
    }
    if (todo_create_tables(app->client, &app->err) != DYNR_OK) {
        return failed(app, "cannot create the table");
    }
    return 0;
}

/** Registers a user; an address that is taken is what the second run, and the second try, must see. */
static enum dynr_status register_user(struct app *app, const char *email, const char *name,
                                      struct todo_user *out)
{
    todo_user_init(out);
    out->email = dynr_str_from_c(email);
    out->name = dynr_str_from_c(name);
    return todo_user_create(app->client, out, &app->arena, &app->err);
}

static int show_conflicts(struct app *app, const struct todo_todo_list *list)
{
    struct todo_user other;
    (void)printf("\n  A second user with the address ADA@example.com:\n");
    if (register_user(app, "ADA@example.com", "Somebody else", &other) != DYNR_ERR_NOT_UNIQUE) {
        return failed(app, "the address should have been refused");
    }
    (void)printf("    refused: %s, field `%s`: %s\n", dynr_status_name(app->err.status),
                 app->err.field, app->err.message);
    struct todo_todo_list_key key = todo_todo_list_get_key(list);
    struct todo_todo_list_changes changes;
    memset(&changes, 0, sizeof changes);
    changes.set_title = true;
    changes.title = dynr_str_from_c("Saturday");
    struct dynr_expect expect;
    memset(&expect, 0, sizeof expect);
    expect.has_version = true;
    expect.version = list->version;
    struct todo_todo_list after;
    if (todo_todo_list_update(app->client, key, &changes, &expect, &app->arena, &after,
                              &app->err) != DYNR_OK) {
        return failed(app, "cannot rename the list");
    }
    (void)printf("\n  The list, read at version %" PRId64
                 ", was renamed by somebody; it has version %" PRId64 " now.\n",
                 list->version, after.version);
    changes.title = dynr_str_from_c("Sunday");
    if (todo_todo_list_update(app->client, key, &changes, &expect, &app->arena, &after,
                              &app->err) != DYNR_ERR_CONFLICT) {
        return failed(app, "the second rename should have been refused");
    }
    (void)printf("    a second rename from the old version: %s: %s\n",
                 dynr_status_name(app->err.status), app->err.message);
    return 0;
}

static int add_todos(struct app *app, struct todo_todo_list_key list, struct todo_user_key ada)
{
    static const struct {
        const char *text;
        enum todo_priority priority;
        struct dynr_date due;
    } rows[] = {
        {"Buy oat milk", TODO_PRIORITY_LOW, {2026, 12, 3}},
        {"Call the dentist", TODO_PRIORITY_HIGH, {2026, 12, 1}},
        {"Water #plants & herbs", TODO_PRIORITY_NORMAL, {0, 0, 0}},
        {"Write to Grace", TODO_PRIORITY_NORMAL, {2026, 12, 2}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct todo_todo todo;
        todo_todo_init(&todo);
        todo.list = list;
        todo.text = dynr_str_from_c(rows[i].text);
        todo.priority = rows[i].priority;
        todo.has_due = rows[i].due.month != 0;
        todo.due = rows[i].due;
        todo.has_assignee = i % 2 == 1;
        todo.assignee = ada;
        if (todo_todo_create(app->client, &todo, &app->arena, &app->err) != DYNR_OK) {
            return failed(app, "cannot add a task");
        }
    }
    return 0;
}

static int toggle_first(struct app *app, struct todo_todo_list_key list,
                        struct todo_user_key caller_key)
{
    struct todo_todo_rows rows;
    if (todo_todo_in_list(app->client, list, NULL, &app->arena, &rows, &app->err) != DYNR_OK) {
        return failed(app, "cannot read the list");
    }
    struct todo_caller caller = {.user_id = caller_key.id};
    struct todo_todos_toggle_input input;
    todo_todos_toggle_input_init(&input);
    input.list = list;
    input.id = rows.items[0].id;
    struct todo_todo toggled;
    if (todo_todos_toggle(app->client, &caller, &input, &app->arena, &toggled, &app->err) !=
        DYNR_OK) {
        return failed(app, "cannot toggle");
    }
    return 0;
}

static int show_lists(struct app *app, struct todo_user_key ada)
{
    struct todo_todo_list_rows lists;
    if (todo_todo_list_by_owner(app->client, ada, NULL, &app->arena, &lists, &app->err) !=
        DYNR_OK) {
        return failed(app, "cannot list the lists");
    }
    for (size_t i = 0; i < lists.n_items; i++) {
        struct todo_todo_list_key key = todo_todo_list_get_key(&lists.items[i]);
        struct todo_todo_rows todos;
        (void)printf("\n  List \"%.*s\", by todo_todo_in_list (the list's partition):\n",
                     (int)lists.items[i].title.len, lists.items[i].title.ptr);
        if (todo_todo_in_list(app->client, key, NULL, &app->arena, &todos, &app->err) != DYNR_OK) {
            return failed(app, "cannot read the list");
        }
        for (size_t j = 0; j < todos.n_items; j++) {
            print_todo(&todos.items[j]);
        }
        struct todo_todo_by_due_options until;
        memset(&until, 0, sizeof until);
        until.to_kind = DYNR_BOUND_INCLUSIVE;
        until.to_due = (struct dynr_date){2026, 12, 2};
        (void)printf("\n  Due until 2026-12-02, by todo_todo_by_due (an index; rows without a date "
                     "are not in it):\n");
        if (todo_todo_by_due(app->client, key, &until, &app->arena, &todos, &app->err) != DYNR_OK) {
            return failed(app, "cannot read the index");
        }
        for (size_t j = 0; j < todos.n_items; j++) {
            print_todo(&todos.items[j]);
        }
    }
    return 0;
}

/** What a server does: one line of JSON in, one line of JSON out. */
static int call_as_json(struct app *app, struct todo_user_key ada)
{
    struct todo_caller caller = {.user_id = ada.id};
    struct dynr_buf out;
    dynr_buf_init(&out, NULL, 0);
    enum dynr_status status = dynr_procedure_call(
        todo_procedures(), app->client, dynr_str_from_c("todos.mine"), &caller,
        dynr_str_from_c("{\"before\":\"2026-12-31\"}"), &app->arena, &out, &app->err);
    (void)printf("\n  todos.mine {\"before\":\"2026-12-31\"} as JSON, as a host would answer it:\n "
                 "   %.*s\n",
                 (int)out.len, out.ptr);
    dynr_buf_cleanup(&out);
    return status == DYNR_OK ? 0 : failed(app, "cannot call todos.mine");
}

/** One procedure for one caller, and what comes of it. */
static enum dynr_status call_for(struct app *app, const char *name, struct dynr_ulid user,
                                 const char *path, const char *input)
{
    struct todo_caller caller = {.user_id = user};
    struct dynr_buf out;
    dynr_buf_init(&out, NULL, 0);
    dynr_error_clear(&app->err);
    enum dynr_status status =
        dynr_procedure_call(todo_procedures(), app->client, dynr_str_from_c(path), &caller,
                            dynr_str_from_c(input), &app->arena, &out, &app->err);
    (void)printf("    %s calls %s: %.*s\n", name, path, status == DYNR_OK ? (int)out.len : 0,
                 out.len == 0 ? "" : out.ptr);
    if (status != DYNR_OK) {
        (void)printf("      %s: %s\n", dynr_status_name(status), app->err.message);
    }
    dynr_buf_cleanup(&out);
    return status;
}

/** Policies: the same procedures for the owner, for somebody who may look, and for a stranger. */
static int show_sharing(struct app *app, const struct todo_todo_list *list,
                        struct todo_user_key ada)
{
    struct todo_user grace;
    struct todo_user eve;
    if (register_user(app, "grace@example.com", "Grace", &grace) != DYNR_OK ||
        register_user(app, "eve@example.com", "Eve", &eve) != DYNR_OK) {
        return failed(app, "cannot register them");
    }
    char board[80];
    char share[120];
    char add[120];
    (void)snprintf(board, sizeof board, "{\"list\":\"%.26s\"}", list->id.text);
    (void)snprintf(share, sizeof share, "{\"list\":\"%.26s\",\"user\":\"%.26s\"}", list->id.text,
                   grace.id.text);
    (void)snprintf(add, sizeof add, "{\"list\":\"%.26s\",\"text\":\"Bake a cake\"}", list->id.text);
    (void)printf(
        "\n  Ada shares the list with Grace, who may look and not write; Eve may neither:\n");
    bool good = call_for(app, "Ada", ada.id, "lists.share", share) == DYNR_OK &&
                call_for(app, "Grace", grace.id, "todos.board", board) == DYNR_OK &&
                call_for(app, "Grace", grace.id, "todos.add", add) == DYNR_ERR_DENIED &&
                call_for(app, "Eve", eve.id, "todos.board", board) == DYNR_ERR_DENIED;
    return good ? 0 : failed(app, "a policy did not do what it says");
}

static int first_run(struct app *app, struct todo_user *ada)
{
    (void)printf("  First run: Ada, a list and four tasks are written.\n");
    struct todo_user_key key = todo_user_get_key(ada);
    struct todo_todo_list list;
    todo_todo_list_init(&list);
    list.owner = key;
    list.title = dynr_str_from_c("Weekend");
    if (todo_todo_list_create(app->client, &list, &app->arena, &app->err) != DYNR_OK) {
        return failed(app, "cannot create the list");
    }
    struct todo_todo_list_key list_key = todo_todo_list_get_key(&list);
    if (add_todos(app, list_key, key) != 0 || toggle_first(app, list_key, key) != 0 ||
        show_lists(app, key) != 0 || call_as_json(app, key) != 0 ||
        show_sharing(app, &list, key) != 0) {
        return 1;
    }
    return show_conflicts(app, &list);
}

static int second_run(struct app *app)
{
    struct todo_user ada;
    if (todo_user_by_email(app->client, dynr_str_from_c("Ada@Example.com"), &app->arena, &ada,
                           &app->err) != DYNR_OK) {
        return failed(app, "cannot find Ada");
    }
    (void)printf("  Run again: Ada is there, found by her address in another case.\n");
    struct todo_user_key key = todo_user_get_key(&ada);
    return show_lists(app, key);
}

static int run(struct app *app, const char *path)
{
    if (open_app(app, path) != 0) {
        return 1;
    }
    struct todo_user ada;
    enum dynr_status status = register_user(app, "ada@example.com", "Ada", &ada);
    if (status == DYNR_OK) {
        return first_run(app, &ada);
    }
    return status == DYNR_ERR_NOT_UNIQUE ? second_run(app) : failed(app, "cannot register Ada");
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "usage: %s FILE\n", argv[0]);
        return 2;
    }
    struct app app;
    memset(&app, 0, sizeof app);
    int result = run(&app, argv[1]);
    dynr_arena_cleanup(&app.arena);
    dynr_client_destroy(app.client);
    dynr_backend_destroy(app.backend);
    return result;
}
