/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes to the todo sample's store until it is killed, and says on standard output what it is about to do and what was
 * acknowledged. One line per step, flushed before and after, so that the reader knows exactly one write may be in doubt:
 *
 *     try user <n> <email>        ok user <n> <email> <id>
 *     try email <n> <email>       ok email <n> <email>
 *     try todo <n> <due|->        ok todo <n> <due|-> <list> <id>
 *     try due <n> <due|->         ok due <n> <due|->
 *     try remove <n>              ok remove <n>
 *
 *     kill-writer FILE SEED
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dynr/local.h>

#include "todo.h"

#define MAX_ROWS 4000
/** Few addresses, so that uniqueness is fought over all the time. */
#define N_EMAILS 40

struct writer {
    struct dynr_backend *backend;
    struct dynr_client *client;
    struct dynr_arena arena;
    struct dynr_error err;
    uint64_t random;
    struct todo_user_key users[MAX_ROWS];
    size_t n_users;
    struct todo_todo_key todos[MAX_ROWS];
    bool removed[MAX_ROWS];
    size_t n_todos;
    struct todo_todo_list_key list;
};

static uint32_t pick(struct writer *writer, uint32_t limit)
{
    writer->random ^= writer->random << 13;
    writer->random ^= writer->random >> 7;
    writer->random ^= writer->random << 17;
    return (uint32_t)(writer->random >> 33) % limit;
}

static int stop(const struct writer *writer, const char *what)
{
    (void)fprintf(stderr, "%s: %s\n", what, writer->err.message);
    return 1;
}

static void say(const char *line)
{
    /* A pipe that nobody reads any more ends the program by SIGPIPE, which is as good as a kill. */
    (void)fputs(line, stdout);
    (void)fflush(stdout);
}

static int add_user(struct writer *writer)
{
    char line[160];
    char email[64];
    (void)snprintf(email, sizeof email, "u%u@example.com", pick(writer, N_EMAILS));
    (void)snprintf(line, sizeof line, "try user %zu %s\n", writer->n_users, email);
    say(line);
    struct todo_user user;
    todo_user_init(&user);
    user.email = dynr_str_from_c(email);
    user.name = dynr_str_from_c("somebody");
    enum dynr_status status = todo_user_create(writer->client, &user, &writer->arena, &writer->err);
    if (status == DYNR_ERR_NOT_UNIQUE) {
        say("no\n");
        return 0;
    }
    if (status != DYNR_OK) {
        return stop(writer, "user");
    }
    writer->users[writer->n_users] = todo_user_get_key(&user);
    (void)snprintf(line, sizeof line, "ok user %zu %s %.26s\n", writer->n_users, email,
                   user.id.text);
    writer->n_users++;
    say(line);
    return 0;
}

static int change_email(struct writer *writer)
{
    if (writer->n_users == 0) {
        return 0;
    }
    char line[160];
    char email[64];
    size_t which = pick(writer, (uint32_t)writer->n_users);
    (void)snprintf(email, sizeof email, "u%u@example.com", pick(writer, N_EMAILS));
    (void)snprintf(line, sizeof line, "try email %zu %s\n", which, email);
    say(line);
    struct todo_user_changes changes;
    memset(&changes, 0, sizeof changes);
    changes.set_email = true;
    changes.email = dynr_str_from_c(email);
    enum dynr_status status = todo_user_update(writer->client, writer->users[which], &changes, NULL,
                                               &writer->arena, NULL, &writer->err);
    if (status == DYNR_ERR_NOT_UNIQUE) {
        say("no\n");
        return 0;
    }
    if (status != DYNR_OK) {
        return stop(writer, "email");
    }
    (void)snprintf(line, sizeof line, "ok email %zu %s\n", which, email);
    say(line);
    return 0;
}

static bool pick_due(struct writer *writer, struct dynr_date *due, char text[DYNR_DATE_LENGTH + 1])
{
    if (pick(writer, 3) == 0) {
        memcpy(text, "-", 2);
        return false;
    }
    *due = (struct dynr_date){2026, 12, (uint8_t)(1 + pick(writer, 28))};
    dynr_date_format(*due, text);
    text[DYNR_DATE_LENGTH] = '\0';
    return true;
}

static int add_todo(struct writer *writer)
{
    char line[200];
    char due[DYNR_DATE_LENGTH + 1];
    struct todo_todo todo;
    todo_todo_init(&todo);
    todo.list = writer->list;
    todo.text = dynr_str_from_c("something to do");
    todo.has_due = pick_due(writer, &todo.due, due);
    (void)snprintf(line, sizeof line, "try todo %zu %s\n", writer->n_todos, due);
    say(line);
    if (todo_todo_create(writer->client, &todo, &writer->arena, &writer->err) != DYNR_OK) {
        return stop(writer, "todo");
    }
    writer->todos[writer->n_todos] = todo_todo_get_key(&todo);
    (void)snprintf(line, sizeof line, "ok todo %zu %s %.26s %.26s\n", writer->n_todos, due,
                   todo.list.id.text, todo.id.text);
    writer->n_todos++;
    say(line);
    return 0;
}

static int change_due(struct writer *writer)
{
    size_t which = writer->n_todos == 0 ? 0 : pick(writer, (uint32_t)writer->n_todos);
    if (writer->n_todos == 0 || writer->removed[which]) {
        return 0;
    }
    char line[160];
    char due[DYNR_DATE_LENGTH + 1];
    struct todo_todo_changes changes;
    memset(&changes, 0, sizeof changes);
    changes.set_due = true;
    changes.has_due = pick_due(writer, &changes.due, due);
    (void)snprintf(line, sizeof line, "try due %zu %s\n", which, due);
    say(line);
    if (todo_todo_update(writer->client, writer->todos[which], &changes, NULL, &writer->arena, NULL,
                         &writer->err) != DYNR_OK) {
        return stop(writer, "due");
    }
    (void)snprintf(line, sizeof line, "ok due %zu %s\n", which, due);
    say(line);
    return 0;
}

static int remove_todo(struct writer *writer)
{
    size_t which = writer->n_todos == 0 ? 0 : pick(writer, (uint32_t)writer->n_todos);
    if (writer->n_todos == 0 || writer->removed[which]) {
        return 0;
    }
    char line[64];
    (void)snprintf(line, sizeof line, "try remove %zu\n", which);
    say(line);
    if (todo_todo_destroy(writer->client, writer->todos[which], NULL, &writer->arena,
                          &writer->err) != DYNR_OK) {
        return stop(writer, "remove");
    }
    writer->removed[which] = true;
    (void)snprintf(line, sizeof line, "ok remove %zu\n", which);
    say(line);
    return 0;
}

static int write_on(struct writer *writer)
{
    struct todo_todo_list list;
    todo_todo_list_init(&list);
    list.title = dynr_str_from_c("all of it");
    memcpy(list.owner.id.text, "01HV6ZK3QJ8X5W2M9R4T7Y0ABC", sizeof list.owner.id.text);
    if (todo_todo_list_create(writer->client, &list, &writer->arena, &writer->err) != DYNR_OK) {
        return stop(writer, "list");
    }
    writer->list = todo_todo_list_get_key(&list);
    int result = 0;
    while (result == 0 && writer->n_users < MAX_ROWS && writer->n_todos < MAX_ROWS) {
        static int (*const steps[])(struct writer *) = {add_user, change_email, add_todo,
                                                        change_due, remove_todo};
        result = steps[pick(writer, 5)](writer);
        dynr_arena_reset(&writer->arena);
    }
    return result;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        (void)fprintf(stderr, "usage: kill-writer FILE SEED\n");
        return 2;
    }
    static struct writer writer;
    writer.random = strtoull(argv[2], NULL, 10) * 2654435761u + 88172645463325252u;
    struct dynr_local_options local = DYNR_LOCAL_OPTIONS_INIT;
    local.path = argv[1];
    struct dynr_client_options options = DYNR_CLIENT_OPTIONS_INIT;
    if (dynr_local_open(&local, &writer.backend, &writer.err) != DYNR_OK) {
        return stop(&writer, "open");
    }
    options.backend = writer.backend;
    if (dynr_client_new(&options, &writer.client, &writer.err) != DYNR_OK ||
        todo_create_tables(writer.client, &writer.err) != DYNR_OK) {
        return stop(&writer, "create");
    }
    int result = write_on(&writer);
    dynr_arena_cleanup(&writer.arena);
    dynr_client_destroy(writer.client);
    dynr_backend_destroy(writer.backend);
    return result;
}
