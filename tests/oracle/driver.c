/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a generated program for the oracle: loads it as a shared object, opens an embedded store, and answers one line
 * of JSON for each line of standard input.
 *
 *     oracle-driver PROGRAM.so [STORE [MODE]]
 *
 *     path TAB caller-JSON TAB input-JSON TAB now-ms TAB seed      a call; caller may be empty
 *     !reopen                                                      closes and opens the store file again
 *
 * Time and randomness are what the line says, so that a call gives the same ids whichever calls were made before it.
 * MODE puts something between the client and the store. `pages`: pages of one or two items, which must change nothing.
 * `one-page`, `direction`, `filter`, `condition`: faults that the oracle must notice (the first page is the last, no
 * query runs backward, all filters and conditions hold).
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dynr/gen.h"
#include "dynr/local.h"

typedef const struct dynr_procedure_table *(*procedures_fn)(void);
typedef enum dynr_status (*create_tables_fn)(struct dynr_client *client, struct dynr_error *err);

struct driver;

struct between {
    struct dynr_backend base;
    struct driver *driver;
};

struct driver {
    int64_t now_ms;
    uint64_t random;
    const char *path;
    const char *mode;
    struct dynr_clock clock;
    struct dynr_backend *store;
    struct between between;
    struct dynr_client *client;
    procedures_fn procedures;
    create_tables_fn create_tables;
};

static int64_t now_ms(void *context)
{
    return ((struct driver *)context)->now_ms;
}

/* splitmix64 */
static bool random_bytes(void *context, uint8_t *out, size_t len)
{
    struct driver *driver = context;
    for (size_t i = 0; i < len; i++) {
        driver->random += UINT64_C(0x9E3779B97F4A7C15);
        uint64_t z = driver->random;
        z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
        out[i] = (uint8_t)(z ^ (z >> 31));
    }
    return true;
}

/* ---- a backend between --------------------------------------------------------------------------------------- */

/* What waits for a response that is changed on its way back. */
struct waiting {
    dynr_complete_fn complete;
    void *context;
};

static void complete_without_next_page(void *context, const struct dynr_response *response,
                                       const struct dynr_error *err)
{
    struct waiting *waiting = context;
    struct dynr_response changed = *response;
    changed.last_key = dynr_str_make(NULL, 0);
    waiting->complete(waiting->context, &changed, err);
}

/* The condition, made true for every item without leaving a placeholder unused. */
static struct dynr_str always(struct dynr_str condition, struct dynr_arena *arena)
{
    if (condition.len == 0) {
        return condition;
    }
    return dynr_arena_printf(arena, "(%.*s) OR attribute_not_exists(neverThere)",
                             (int)condition.len, condition.ptr);
}

static bool mode_is(const struct driver *driver, const char *name)
{
    return strcmp(driver->mode, name) == 0;
}

static void start_between(struct dynr_backend *backend, const struct dynr_request *request,
                          struct dynr_arena *arena, dynr_complete_fn complete, void *context)
{
    struct driver *driver = ((struct between *)backend)->driver;
    struct dynr_request changed = *request;
    if (request->operation == DYNR_QUERY) {
        if ((mode_is(driver, "pages") || mode_is(driver, "one-page")) &&
            (changed.limit == 0 || changed.limit > 2)) {
            changed.limit = 1 + (uint32_t)(driver->random % 2);
        }
        if (mode_is(driver, "one-page")) {
            struct waiting waiting = {complete, context};
            dynr_backend_start(driver->store, &changed, arena, complete_without_next_page,
                               &waiting);
            return;
        }
        if (mode_is(driver, "filter")) {
            changed.filter = always(changed.filter, arena);
        } else if (mode_is(driver, "direction")) {
            changed.backward = false;
        }
    } else if (mode_is(driver, "condition")) {
        changed.condition = always(changed.condition, arena);
        struct dynr_request *operations =
            dynr_arena_calloc(arena, request->n_operations + 1, sizeof *operations);
        for (size_t i = 0; i < request->n_operations; i++) {
            operations[i] = request->operations[i];
            operations[i].condition = always(operations[i].condition, arena);
        }
        changed.operations = operations;
    }
    dynr_backend_start(driver->store, &changed, arena, complete, context);
}

static void destroy_between(struct dynr_backend *backend)
{
    (void)backend;
}

static const struct dynr_backend_methods between_methods = {
    .size = sizeof(struct dynr_backend_methods),
    .start = start_between,
    .destroy = destroy_between,
};

/* ---- opening and closing --------------------------------------------------------------------------------------- */

static void fail(const char *what, const struct dynr_error *err)
{
    fprintf(stderr, "oracle-driver: %s: %s %s %s\n", what, dynr_status_name(err->status),
            err->field, err->message);
    exit(2);
}

static void open_store(struct driver *driver)
{
    struct dynr_error err = {0};
    struct dynr_local_options options = DYNR_LOCAL_OPTIONS_INIT;
    options.path = driver->path;
    options.durability = DYNR_DURABILITY_NONE;
    options.clock = &driver->clock;
    if (dynr_local_open(&options, &driver->store, &err) != DYNR_OK) {
        fail("open", &err);
    }
    struct dynr_client_options client = {.size = sizeof client};
    client.backend = driver->mode == NULL ? driver->store : &driver->between.base;
    client.clock = &driver->clock;
    if (dynr_client_new(&client, &driver->client, &err) != DYNR_OK) {
        fail("client", &err);
    }
    if (driver->create_tables(driver->client, &err) != DYNR_OK) {
        fail("create_tables", &err);
    }
}

static void close_store(struct driver *driver)
{
    dynr_client_destroy(driver->client);
    dynr_backend_destroy(driver->store);
}

/* ---- calls --------------------------------------------------------------------------------------------------- */

static void answer_error(struct dynr_buf *out, const struct dynr_error *err)
{
    dynr_buf_append_c(out, "{\"error\":\"");
    dynr_buf_append_c(out, dynr_status_name(err->status));
    dynr_buf_append_c(out, "\",\"field\":");
    dynr_buf_append_json_string(out, dynr_str_from_c(err->field));
    dynr_buf_append_c(out, ",\"message\":");
    dynr_buf_append_json_string(out, dynr_str_from_c(err->message));
    dynr_buf_append_char(out, '}');
}

static void call(struct driver *driver, char *line, struct dynr_arena *arena, struct dynr_buf *out)
{
    char *parts[5] = {line, NULL, NULL, NULL, NULL};
    char empty[] = "";
    for (size_t i = 1; i < 5; i++) {
        char *tab = parts[i - 1] == NULL ? NULL : strchr(parts[i - 1], '\t');
        if (tab != NULL) {
            *tab = '\0';
        }
        parts[i] = tab == NULL ? empty : tab + 1;
    }
    driver->now_ms = strtoll(parts[3], NULL, 10);
    driver->random = strtoull(parts[4], NULL, 10);
    struct dynr_error err = {0};
    struct dynr_str path = dynr_str_from_c(parts[0]);
    const struct dynr_procedure_table *table = driver->procedures();
    const struct dynr_procedure_desc *procedure = dynr_procedure_find(table, path);
    void *caller = NULL;
    enum dynr_status status = DYNR_OK;
    if (procedure != NULL && procedure->caller != NULL && parts[1][0] != '\0') {
        caller = dynr_arena_calloc(arena, 1, procedure->caller->size);
        status =
            dynr_decode_json(procedure->caller, dynr_str_from_c(parts[1]), arena, caller, &err);
    }
    dynr_buf_append_c(out, "{\"ok\":");
    if (status == DYNR_OK) {
        status = dynr_procedure_call(table, driver->client, path, caller, dynr_str_from_c(parts[2]),
                                     arena, out, &err);
    }
    if (err.status != status) {
        /* No answer that any model expects: a call that succeeds leaves `err` empty, one that fails fills it. */
        (void)dynr_fail(&err, DYNR_ERR_INTERNAL, "returned %s with %s in err",
                        dynr_status_name(status), dynr_status_name(err.status));
        status = DYNR_ERR_INTERNAL;
    }
    if (status != DYNR_OK) {
        dynr_buf_clear(out);
        answer_error(out, &err);
        return;
    }
    dynr_buf_append_char(out, '}');
}

static void load(struct driver *driver, const char *program)
{
    void *handle = dlopen(program, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        fprintf(stderr, "oracle-driver: %s\n", dlerror());
        exit(2);
    }
    /* POSIX's way to turn an object pointer into a function. */
    *(void **)(&driver->procedures) = dlsym(handle, "oracle_procedures");
    *(void **)(&driver->create_tables) = dlsym(handle, "oracle_create_tables");
    if (driver->procedures == NULL || driver->create_tables == NULL) {
        fprintf(stderr, "oracle-driver: %s is no generated program of namespace `oracle`\n",
                program);
        exit(2);
    }
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: oracle-driver PROGRAM.so [STORE [MODE]]\n");
        return 2;
    }
    struct driver driver = {0};
    driver.clock.now_ms = now_ms;
    driver.clock.random_bytes = random_bytes;
    driver.clock.context = &driver;
    driver.path = argc > 2 && argv[2][0] != '\0' ? argv[2] : NULL;
    driver.mode = argc > 3 && argv[3][0] != '\0' ? argv[3] : NULL;
    driver.between.base.methods = &between_methods;
    driver.between.driver = &driver;
    load(&driver, argv[1]);
    open_store(&driver);

    struct dynr_arena arena = {0};
    struct dynr_buf out;
    dynr_buf_init(&out, NULL, 0);
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;
    while ((len = getline(&line, &cap, stdin)) >= 0) {
        if (len > 0 && line[len - 1] == '\n') {
            line[len - 1] = '\0';
        }
        dynr_buf_clear(&out);
        if (strcmp(line, "!reopen") == 0) {
            close_store(&driver);
            open_store(&driver);
            dynr_buf_append_c(&out, "{\"ok\":null}");
        } else {
            call(&driver, line, &arena, &out);
        }
        fwrite(out.ptr, 1, out.len, stdout);
        putchar('\n');
        fflush(stdout);
        dynr_arena_reset(&arena);
    }
    free(line);
    dynr_buf_cleanup(&out);
    dynr_arena_cleanup(&arena);
    close_store(&driver);
    return 0;
}
