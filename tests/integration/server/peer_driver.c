/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The C client against a running server: `peer-driver PORT`. `peer-driver PORT twice` watches one list twice instead and prints what each
 * subscription holds then, for a server that a test plays. Two peers change one list at random and watch it through a window, and after
 * each step what they hold must be what the query answers. Exits with 0 when all is as it should be, and says what is not.
 */
#include <dynr/peer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live_view.h"

#define CALLER    "{\"userId\":\"01HV6Z3M5N8Q0R2S4T6V8W0X2Y\"}"
#define WINDOW    5
#define N_STEPS   80
#define ID_LENGTH 26
#define MAX_ROWS  100

struct driver {
    struct dynr_peer *writer;
    struct dynr_peer *reader;
    uint64_t watched;
    char list[ID_LENGTH + 1];
    char ids[MAX_ROWS][ID_LENGTH + 1];
    size_t n_ids;
    struct dynr_arena arena;
    struct dynr_error err;
};

static int failed(const struct driver *driver, const char *what)
{
    (void)fprintf(stderr, "%s: %s: %s\n", what, dynr_status_name(driver->err.status),
                  driver->err.message);
    return 1;
}

/** Calls through the writer; the output's `"id":"..."` goes to `out_id` where that is not NULL. */
static bool call(struct driver *driver, const char *procedure, const char *input, char *out_id,
                 uint64_t *out_position)
{
    struct dynr_str output;
    if (dynr_peer_call(driver->writer, dynr_str_from_c(procedure), dynr_str_from_c(input),
                       dynr_str_from_c(""), &driver->arena, &output, out_position,
                       &driver->err) != DYNR_OK) {
        return false;
    }
    const char *id = out_id == NULL ? NULL : strstr(output.ptr, "\"id\":\"");
    if (id != NULL) {
        memcpy(out_id, id + strlen("\"id\":\""), ID_LENGTH);
        out_id[ID_LENGTH] = '\0';
    }
    return out_id == NULL || id != NULL;
}

/** One random change; its position in `out_position`. */
static bool change(struct driver *driver, unsigned choice, uint64_t *out_position)
{
    char input[256];
    if (driver->n_ids < 8 || (choice % 2 == 0 && driver->n_ids < MAX_ROWS)) {
        (void)snprintf(input, sizeof input, "{\"list\":\"%s\",\"text\":\"t%u\"}", driver->list,
                       choice);
        return call(driver, "todos.add", input, driver->ids[driver->n_ids++], out_position);
    }
    size_t which = choice / 4 % driver->n_ids;
    (void)snprintf(input, sizeof input, "{\"list\":\"%s\",\"id\":\"%s\"}", driver->list,
                   driver->ids[which]);
    if (choice % 4 == 1) {
        return call(driver, "todos.toggle", input, NULL, out_position);
    }
    memmove(driver->ids[which], driver->ids[--driver->n_ids], ID_LENGTH + 1);
    return call(driver, "todos.remove", input, NULL, out_position);
}

/** The ids of the rows that the reader shows, and those that the query answers, each with a comma behind. */
static bool held_ids(struct driver *driver, struct dynr_buf *out)
{
    struct dynr_str *rows;
    size_t n_rows;
    if (dynr_peer_rows(driver->reader, driver->watched, 0, dynr_str_from_c(""), &driver->arena,
                       &rows, &n_rows, &driver->err) != DYNR_OK) {
        return false;
    }
    for (size_t i = 0; i < n_rows; i++) {
        dynr_buf_append(out, strstr(rows[i].ptr, "\"id\":\"") + strlen("\"id\":\""), ID_LENGTH);
        dynr_buf_append_char(out, ',');
    }
    return dynr_buf_ok(out);
}

static bool queried_ids(struct driver *driver, const char *input, struct dynr_buf *out)
{
    struct dynr_str output;
    uint64_t position;
    if (dynr_peer_call(driver->writer, dynr_str_from_c("todos.list"), dynr_str_from_c(input),
                       dynr_str_from_c(""), &driver->arena, &output, &position,
                       &driver->err) != DYNR_OK) {
        return false;
    }
    for (const char *id = strstr(output.ptr, "{\"id\":\""); id != NULL;
         id = strstr(id + 1, "{\"id\":\"")) {
        dynr_buf_append(out, id + strlen("{\"id\":\""), ID_LENGTH);
        dynr_buf_append_char(out, ',');
    }
    return dynr_buf_ok(out);
}

/** Waits until the reader has heard of `position`, and its window was filled again. */
static bool agree(struct driver *driver, const char *input)
{
    struct dynr_buf held = {0};
    struct dynr_buf queried = {0};
    bool same = false;
    bool fine = queried_ids(driver, input, &queried);
    for (int i = 0; fine && !same && i < 50; i++) {
        bool changed;
        dynr_buf_clear(&held);
        fine = held_ids(driver, &held);
        same = fine && dynr_str_equal(dynr_buf_str(&held), dynr_buf_str(&queried));
        if (fine && !same) {
            fine = dynr_peer_wait(driver->reader, 100, &changed, &driver->err) == DYNR_OK;
        }
    }
    if (!same) {
        (void)fprintf(stderr, "held    %.*s\nqueried %.*s\n", (int)held.len, held.ptr,
                      (int)queried.len, queried.ptr);
    }
    dynr_buf_cleanup(&held);
    dynr_buf_cleanup(&queried);
    return same;
}

/** Waits until the reader holds what the code of `todos.load` gives. */
static bool agree_on_load(struct driver *driver, uint64_t load)
{
    char input[64];
    struct dynr_str queried;
    uint64_t position;
    bool changed;
    (void)snprintf(input, sizeof input, "{\"list\":\"%s\"}", driver->list);
    if (dynr_peer_call(driver->writer, dynr_str_from_c("todos.load"), dynr_str_from_c(input),
                       dynr_str_from_c(""), &driver->arena, &queried, &position,
                       &driver->err) != DYNR_OK) {
        return false;
    }
    for (int i = 0; i < 50; i++) {
        struct dynr_str held;
        if (dynr_peer_value(driver->reader, load, 0, dynr_str_from_c(""), &driver->arena, &held,
                            &driver->err) != DYNR_OK) {
            return false;
        }
        if (dynr_str_equal(held, queried)) {
            return true;
        }
        if (dynr_peer_wait(driver->reader, 100, &changed, &driver->err) != DYNR_OK) {
            return false;
        }
    }
    return false;
}

static int run(struct driver *driver)
{
    char input[128];
    uint64_t load;
    uint64_t position;
    unsigned random = 12345;
    if (!call(driver, "lists.create", "{\"title\":\"L\"}", driver->list, &position)) {
        return failed(driver, "a list could not be made");
    }
    (void)snprintf(input, sizeof input, "{\"list\":\"%s\",\"first\":%d}", driver->list, WINDOW);
    if (dynr_peer_watch(driver->reader, dynr_str_from_c("todos.list"), dynr_str_from_c(input),
                        WINDOW, &driver->watched, &driver->err) != DYNR_OK) {
        return failed(driver, "the list cannot be watched");
    }
    if (dynr_peer_watch(driver->reader, dynr_str_from_c("todos.load"), dynr_str_from_c(input), 0,
                        &load, &driver->err) == DYNR_OK) {
        return failed(driver, "an argument too many should have been refused");
    }
    (void)snprintf(input, sizeof input, "{\"list\":\"%s\"}", driver->list);
    if (dynr_peer_watch(driver->reader, dynr_str_from_c("todos.load"), dynr_str_from_c(input), 0,
                        &load, &driver->err) != DYNR_OK) {
        return failed(driver, "the load cannot be watched");
    }
    (void)snprintf(input, sizeof input, "{\"list\":\"%s\",\"first\":%d}", driver->list, WINDOW);
    for (int step = 0; step < N_STEPS; step++) {
        random = random * 1103515245 + 12345;
        dynr_arena_reset(&driver->arena);
        if (!change(driver, random >> 8, &position)) {
            return failed(driver, "a change failed");
        }
        if (!agree(driver, input)) {
            return failed(driver, "the rows are not those of the query");
        }
        if (step % 8 == 7 && !agree_on_load(driver, load)) {
            return failed(driver, "the load is not what the code gives");
        }
    }
    uint64_t id;
    if (dynr_peer_watch(driver->reader, dynr_str_from_c("todos.list"), dynr_str_from_c("{}"), 0,
                        &id, &driver->err) != DYNR_ERR_MISSING) {
        return failed(driver, "a wrong input should have been refused");
    }
    if (dynr_peer_unwatch(driver->reader, driver->watched, &driver->err) != DYNR_OK ||
        held_ids(driver, &(struct dynr_buf){0})) {
        return failed(driver, "a subscription that ended should be gone");
    }
    return 0;
}

static int watch_twice(struct driver *driver)
{
    static const char input[] = "{\"list\":\"01HV6Z3M5N8Q0R2S4T6V8W0X2Y\"}";
    uint64_t ids[2];
    for (int i = 0; i < 2; i++) {
        if (dynr_peer_watch(driver->reader, dynr_str_from_c("todos.list"), dynr_str_from_c(input),
                            0, &ids[i], &driver->err) != DYNR_OK) {
            return failed(driver, "the list cannot be watched");
        }
    }
    for (int i = 0; i < 2; i++) {
        struct dynr_buf held = {0};
        driver->watched = ids[i];
        if (!held_ids(driver, &held)) {
            return failed(driver, "what is held cannot be read");
        }
        (void)printf("%.*s\n", (int)held.len, held.len == 0 ? "" : held.ptr);
        dynr_buf_cleanup(&held);
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct live_list procedures;
    struct dynr_procedure_table table;
    struct dynr_peer_options options = DYNR_PEER_OPTIONS_INIT;
    struct driver driver;
    memset(&driver, 0, sizeof driver);
    bool twice = argc == 3 && strcmp(argv[2], "twice") == 0;
    if ((argc != 2 && !twice) || !live_procedures(&procedures, &table)) {
        (void)fprintf(stderr, "usage: %s PORT [twice]\n", argv[0]);
        return 2;
    }
    options.port = (uint16_t)strtoul(argv[1], NULL, 10);
    options.procedures = &table;
    options.caller = dynr_str_from_c(CALLER);
    int result = 1;
    if (twice) {
        result = dynr_peer_connect(&options, &driver.reader, &driver.err) == DYNR_OK
                     ? watch_twice(&driver)
                     : failed(&driver, "cannot connect");
    } else if (dynr_peer_connect(&options, &driver.writer, &driver.err) == DYNR_OK &&
               dynr_peer_connect(&options, &driver.reader, &driver.err) == DYNR_OK) {
        result = run(&driver);
    } else {
        (void)failed(&driver, "cannot connect");
    }
    dynr_peer_destroy(driver.writer);
    dynr_peer_destroy(driver.reader);
    dynr_arena_cleanup(&driver.arena);
    return result;
}
