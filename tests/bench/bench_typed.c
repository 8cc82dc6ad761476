/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of generated code on the embedded engine (struct in, struct out) against raw SQLite reading and writing the same
 * rows, one round of each in turn. What is measured:
 *   get        todo_todo_get                  | prepared SELECT, text copied out
 *   put        todo_todo_put over a row       | BEGIN, SELECT, UPSERT, indexes, change record, COMMIT
 *   create     todo_todo_create               | the same, of a row that is not there
 *   plain_get, plain_put                      | of a model without traits, whose put is one PutItem
 * Todo is versioned with timestamps, so that its put reads the row first. Every fourth round of puts moves index entries.
 * Prints one line of JSON for each.
 *
 * Usage: bench_typed [ROUNDS [OPERATIONS]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <dynr/local.h>

#include "items.h"
#include "raw_store.h"
#include "todo.h"

enum {
    ROWS = RAW_MOST_ROWS,
    LISTS = 20,
    MOST_ROUNDS = 101,
    MOST_OPERATIONS = 100000,
    ULID = 26,
    PATH = 512
};

struct bench {
    struct dynr_backend *backend;
    struct dynr_client *client;
    struct dynr_arena arena;
    struct dynr_error err;
    struct raw_store raw;
    char engine_path[PATH];
    char raw_path[PATH];
    size_t checksum;
};

static struct todo_todo todos[ROWS];
static struct items_task tasks[ROWS];
static struct todo_step steps[3];
static struct dynr_str labels[2];
static char text[401];
/* Bench by bench: the rows that were created so far, so that no two get one id. */
static unsigned n_created = ROWS;

static uint64_t now_ns(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void die(const char *what, const char *why)
{
    (void)fprintf(stderr, "bench_typed: %s: %s\n", what, why);
    exit(1);
}

static void check(struct bench *bench, enum dynr_status status, const char *what)
{
    if (status != DYNR_OK) {
        die(what, bench->err.message);
    }
}

static void set_id(struct dynr_ulid *out, unsigned number)
{
    char id[ULID + 1];
    (void)snprintf(id, sizeof id, "01J%023u", number);
    memcpy(out->text, id, ULID);
}

/* ---- rows ---- */

static void make_todo(struct todo_todo *todo, unsigned i, unsigned variant)
{
    todo_todo_init(todo);
    set_id(&todo->list.id, i / (ROWS / LISTS) % LISTS);
    set_id(&todo->id, i);
    todo->text = dynr_str_make(text, sizeof text - 1);
    todo->priority = TODO_PRIORITY_HIGH;
    todo->has_due = true;
    todo->due.year = 2026;
    todo->due.month = (uint8_t)(1 + variant);
    todo->due.day = (uint8_t)(1 + i % 28);
    todo->has_assignee = true;
    set_id(&todo->assignee.id, i % 7);
    todo->labels.items = labels;
    todo->labels.n_items = 2;
    todo->steps.items = steps;
    todo->steps.n_items = 3;
}

static void make_task(struct items_task *task, unsigned i, unsigned variant)
{
    items_task_init(task);
    set_id(&task->id, i);
    task->state = dynr_str_from_c(variant == 0 ? "waiting" : "running");
    task->title = dynr_str_from_c("Water the plants & herbs on the balcony");
    task->text = dynr_str_make(text, sizeof text - 1);
    /* A put that changes nothing would leave no change record. */
    static int64_t n_puts = 1000000;
    task->count = n_puts++;
}

/* ---- opening ---- */

static void open_bench(struct bench *bench, const char *name, size_t n_indexes)
{
    const char *folder = getenv("TMPDIR");
    folder = folder == NULL ? "/tmp" : folder;
    memset(bench, 0, sizeof *bench);
    (void)snprintf(bench->engine_path, PATH, "%s/dynr-bench-%s-%ld", folder, name, (long)getpid());
    (void)snprintf(bench->raw_path, PATH, "%s/dynr-bench-%s-raw-%ld", folder, name, (long)getpid());
    struct dynr_local_options local = DYNR_LOCAL_OPTIONS_INIT;
    local.path = bench->engine_path;
    local.durability = DYNR_DURABILITY_NORMAL;
    check(bench, dynr_local_open(&local, &bench->backend, &bench->err), "open");
    struct dynr_client_options options = DYNR_CLIENT_OPTIONS_INIT;
    options.backend = bench->backend;
    check(bench, dynr_client_new(&options, &bench->client, &bench->err), "client");
    raw_open(&bench->raw, bench->raw_path, n_indexes);
}

static void remove_file(const char *path)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        char name[PATH + 8];
        (void)snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        (void)unlink(name);
    }
}

static void close_bench(struct bench *bench)
{
    raw_close(&bench->raw);
    dynr_client_destroy(bench->client);
    dynr_backend_destroy(bench->backend);
    dynr_arena_cleanup(&bench->arena);
    remove_file(bench->engine_path);
    remove_file(bench->raw_path);
}

/* ---- one operation each; returns ns ---- */

typedef uint64_t (*operation_fn)(struct bench *bench, unsigned i, unsigned variant);

static uint64_t typed_get(struct bench *bench, unsigned i, unsigned variant)
{
    struct todo_todo out;
    struct todo_todo_key key = todo_todo_get_key(&todos[i]);
    (void)variant;
    uint64_t start = now_ns();
    check(bench, todo_todo_get(bench->client, key, &bench->arena, &out, &bench->err), "get");
    bench->checksum += out.text.len + out.steps.n_items;
    dynr_arena_reset(&bench->arena);
    return now_ns() - start;
}

static uint64_t typed_put(struct bench *bench, unsigned i, unsigned variant)
{
    todos[i].due.month = (uint8_t)(1 + variant);
    uint64_t start = now_ns();
    check(bench, todo_todo_put(bench->client, &todos[i], &bench->arena, &bench->err), "put");
    dynr_arena_reset(&bench->arena);
    return now_ns() - start;
}

static uint64_t typed_create(struct bench *bench, unsigned i, unsigned variant)
{
    struct todo_todo todo;
    make_todo(&todo, i, variant);
    set_id(&todo.id, n_created++);
    uint64_t start = now_ns();
    check(bench, todo_todo_create(bench->client, &todo, &bench->arena, &bench->err), "create");
    dynr_arena_reset(&bench->arena);
    return now_ns() - start;
}

static uint64_t task_get(struct bench *bench, unsigned i, unsigned variant)
{
    struct items_task out;
    struct items_task_key key = items_task_get_key(&tasks[i]);
    (void)variant;
    uint64_t start = now_ns();
    check(bench, items_task_get(bench->client, key, &bench->arena, &out, &bench->err), "get");
    bench->checksum += out.text.len;
    dynr_arena_reset(&bench->arena);
    return now_ns() - start;
}

static uint64_t task_put(struct bench *bench, unsigned i, unsigned variant)
{
    make_task(&tasks[i], i, variant);
    uint64_t start = now_ns();
    check(bench, items_task_put(bench->client, &tasks[i], &bench->arena, &bench->err), "put");
    dynr_arena_reset(&bench->arena);
    return now_ns() - start;
}

static uint64_t sqlite_get(struct bench *bench, unsigned i, unsigned variant)
{
    static char out[RAW_TEXT];
    (void)variant;
    uint64_t start = now_ns();
    bench->checksum += raw_get(&bench->raw, &bench->raw.rows[i], out);
    return now_ns() - start;
}

static uint64_t sqlite_put(struct bench *bench, unsigned i, unsigned variant)
{
    uint64_t start = now_ns();
    raw_put(&bench->raw, &bench->raw.rows[i], variant);
    return now_ns() - start;
}

/* In place: nothing else is measured after it. */
static uint64_t sqlite_create(struct bench *bench, unsigned i, unsigned variant)
{
    static unsigned ids[ROWS];
    struct dynr_ulid old_id;
    struct dynr_ulid new_id;
    set_id(&old_id, ids[i] == 0 ? i : ids[i]);
    ids[i] = n_created++;
    set_id(&new_id, ids[i]);
    raw_rename(&bench->raw.rows[i], old_id.text, new_id.text);
    uint64_t start = now_ns();
    raw_put(&bench->raw, &bench->raw.rows[i], variant);
    return now_ns() - start;
}

/* ---- rounds ---- */

static int compare(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

static uint64_t median(uint64_t *values, size_t n_values)
{
    qsort(values, n_values, sizeof *values, compare);
    return values[n_values / 2];
}

static uint64_t run_round(struct bench *bench, operation_fn operation, size_t n_operations,
                          unsigned round)
{
    static uint64_t samples[MOST_OPERATIONS];
    for (size_t i = 0; i < n_operations; i++) {
        unsigned pass = round * (unsigned)(n_operations / ROWS) + (unsigned)(i / ROWS);
        samples[i] = operation(bench, (unsigned)(i * 7919u % ROWS), pass / 4 % 2);
    }
    return median(samples, n_operations);
}

static void measure(struct bench *bench, const char *what, operation_fn ours, operation_fn raw,
                    size_t n_rounds, size_t n_operations)
{
    static uint64_t p50[2][MOST_ROUNDS];
    for (unsigned round = 0; round < n_rounds; round++) {
        p50[0][round] = run_round(bench, ours, n_operations, round);
        p50[1][round] = run_round(bench, raw, n_operations, round);
    }
    (void)printf("{\"what\":\"%s\",\"ours_ns\":%llu,\"raw_ns\":%llu,\"note\":\"item of %zu B\"}\n",
                 what, (unsigned long long)median(p50[0], n_rounds),
                 (unsigned long long)median(p50[1], n_rounds),
                 bench->raw.rows[0].images[0].item.len);
    (void)fflush(stdout);
}

/* Puts all rows in both variants and lets the raw store learn each. */
static void fill(struct bench *bench, operation_fn put, const char *pattern, const char *changing)
{
    for (unsigned variant = RAW_VARIANTS; variant-- > 0;) {
        for (unsigned i = 0; i < ROWS; i++) {
            (void)put(bench, i, variant);
        }
        raw_learn(&bench->raw, bench->engine_path, pattern, changing, variant);
    }
    if (bench->raw.n_rows != ROWS) {
        die("fill", "the engine's file has not all rows");
    }
    for (size_t i = 0; i < ROWS; i++) {
        raw_put(&bench->raw, &bench->raw.rows[i], 0);
    }
}

static void bench_todo(size_t n_rounds, size_t n_operations)
{
    static struct bench bench;
    open_bench(&bench, "todo", 2);
    check(&bench, todo_create_tables(bench.client, &bench.err), "tables");
    for (unsigned i = 0; i < ROWS; i++) {
        make_todo(&todos[i], i, 0);
    }
    fill(&bench, typed_put, "TODO#%", "updatedAt");
    measure(&bench, "get", typed_get, sqlite_get, n_rounds, n_operations);
    measure(&bench, "put", typed_put, sqlite_put, n_rounds, n_operations);
    measure(&bench, "create", typed_create, sqlite_create, n_rounds, n_operations);
    close_bench(&bench);
}

static void bench_task(size_t n_rounds, size_t n_operations)
{
    static struct bench bench;
    open_bench(&bench, "task", 1);
    check(&bench, items_create_tables(bench.client, &bench.err), "tables");
    fill(&bench, task_put, "%", "count");
    measure(&bench, "plain_get", task_get, sqlite_get, n_rounds, n_operations);
    measure(&bench, "plain_put", task_put, sqlite_put, n_rounds, n_operations);
    close_bench(&bench);
}

int main(int argc, char **argv)
{
    size_t n_rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 15;
    size_t n_operations = argc > 2 ? strtoul(argv[2], NULL, 10) : 5000;
    if (n_rounds < 1 || n_rounds > MOST_ROUNDS || n_operations < ROWS ||
        n_operations > MOST_OPERATIONS) {
        die("arguments", "1 to 101 rounds of 1,000 to 100,000 operations");
    }
    memset(text, 'x', sizeof text - 1);
    labels[0] = dynr_str_from_c("garden");
    labels[1] = dynr_str_from_c("weekend");
    for (size_t i = 0; i < 3; i++) {
        steps[i].label = dynr_str_from_c("Fill the watering can");
        steps[i].done = i == 0;
    }
    bench_todo(n_rounds, n_operations);
    bench_task(n_rounds, n_operations);
    return 0;
}
