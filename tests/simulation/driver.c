/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One server in a box, for the simulator: a generated program, an embedded store, the reactive engine, and between them a stream
 * and reads that behave as badly as the seed says. No sockets, no clock: everything happens when a line says so.
 *
 *     simulation-driver PROGRAM.so SEED SHARDS SPLIT REPEAT DELAY LAG REPLICAS [FAULT]
 *
 * SHARDS to DELAY are those of shaken_stream.h, LAG and REPLICAS those of lagging_backend.h (LAG 0: no lag), FAULT is one of faults.h. Lines are
 * separated by tabs:
 *
 *     call PATH CALLER INPUT NOW SEED       a call of a procedure, as the server would run it
 *     ask PATH CALLER INPUT                 the same without a lag: what should be shown
 *     connect N CALLER                      CALLER may be empty
 *     disconnect N
 *     sub N ID PATH INPUT V BOUND           V 0: from nothing; BOUND may be empty
 *     unsub N ID
 *     more N ID NODE PARENT EPOCH
 *     trim N ID NODE PARENT EPOCH BOUND
 *     resync N                              the host dropped frames
 *     deliver K                             up to K records from the stream to the engine
 *     reads K                               up to K of the reads that wait, in an order of the seed's
 *     restart BACK                          the process died: a new engine, whose stream begins BACK records too early
 *
 *     counters                              what the engine counted
 *
 * Each line is answered by what was sent, `F TAB connection TAB frame`, and at the end `D TAB answer`; of a call with the position
 * of the store's last change behind.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dynr/engine.h"
#include "dynr/local.h"
#include "faults.h"
#include "lagging_backend.h"
#include "shaken_stream.h"

#define MAX_PARTS 9

typedef const struct dynr_procedure_table *(*procedures_fn)(void);
typedef enum dynr_status (*create_tables_fn)(struct dynr_client *client, struct dynr_error *err);

struct driver {
    int64_t now_ms;
    /* Commands so far: the engine's time. */
    int64_t ticks;
    uint64_t random;
    /* Of the schedule: what order reads come back in. */
    uint64_t schedule;
    struct dynr_clock clock;
    struct shaken_stream_options shaken;
    struct dynr_backend *store;
    struct dynr_backend *backend;
    struct dynr_client *client;
    /* Of the store itself. */
    struct dynr_client *fresh;
    struct fault fault;
    struct dynr_stream *stream;
    struct dynr_engine *engine;
    struct dynr_engine_host host;
    struct dynr_engine_read **reads;
    size_t n_reads;
    size_t cap_reads;
    procedures_fn procedures;
    create_tables_fn create_tables;
};

/* ---- time, randomness, errors -------------------------------------------------------------------------------- */

static int64_t now_ms(void *context)
{
    return ((struct driver *)context)->now_ms;
}

/* splitmix64 */
static uint64_t next_random(uint64_t *state)
{
    *state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static bool random_bytes(void *context, uint8_t *out, size_t len)
{
    struct driver *driver = context;
    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)next_random(&driver->random);
    }
    return true;
}

static void die(const char *what, const struct dynr_error *err)
{
    fprintf(stderr, "simulation-driver: %s: %s %s %s\n", what, dynr_status_name(err->status),
            err->field, err->message);
    exit(2);
}

static void check(enum dynr_status status, const char *what, const struct dynr_error *err)
{
    if (status != DYNR_OK) {
        die(what, err);
    }
}

/* ---- the host of the engine ------------------------------------------------------------------------------------ */

static void send_frame(void *context, uint64_t connection, struct dynr_frame *frame)
{
    struct driver *driver = context;
    if (fault_loses_frame(&driver->fault, frame)) {
        return;
    }
    printf("F\t%llu\t%.*s\n", (unsigned long long)connection, (int)frame->len, frame->text);
}

static void keep_read(void *context, struct dynr_engine_read *read)
{
    struct driver *driver = context;
    if (driver->n_reads == driver->cap_reads) {
        driver->cap_reads = driver->cap_reads == 0 ? 16 : 2 * driver->cap_reads;
        driver->reads = realloc(driver->reads, driver->cap_reads * sizeof *driver->reads);
        if (driver->reads == NULL) {
            abort();
        }
    }
    driver->reads[driver->n_reads++] = read;
}

/* The log is the store's own stream, read from where the engine asks. */
static void read_log(struct driver *driver, struct dynr_engine_read *read)
{
    struct dynr_error err = {0};
    struct dynr_local_stream_options options = DYNR_LOCAL_STREAM_OPTIONS_INIT;
    options.position = read->since;
    struct dynr_stream *stream = NULL;
    if (driver->shaken.n_shards > 1 || driver->shaken.split_chance > 0) {
        /* Between shards there is no order: no position says what a client has. */
        read->status = DYNR_ERR_UNSUPPORTED;
        return;
    }
    read->status = dynr_local_stream_open(driver->store, &options, &stream, &err);
    if (read->status == DYNR_OK) {
        read->status = dynr_local_stream_position(driver->store, &read->result_position, &err);
    }
    if (read->status == DYNR_OK) {
        read->status = dynr_stream_read(stream, read->max_records, read->arena, &read->records,
                                        &read->n_records, &err);
    }
    dynr_stream_destroy(stream);
}

static void finish_read(struct driver *driver, size_t i)
{
    struct dynr_engine_read *read = driver->reads[i];
    driver->reads[i] = driver->reads[--driver->n_reads];
    if (read->kind == DYNR_ENGINE_READ_LOG) {
        read_log(driver, read);
    } else {
        dynr_engine_read_run(driver->client, read);
    }
    struct dynr_error err = {0};
    uint64_t position = 0;
    check(dynr_local_stream_position(driver->store, &position, &err), "position", &err);
    fault_spoil_read(&driver->fault, read, position);
    check(dynr_engine_read_done(driver->engine, read, &err), "read_done", &err);
}

static void open_engine(struct driver *driver, uint64_t from)
{
    struct dynr_error err = {0};
    struct dynr_engine_options options = DYNR_ENGINE_OPTIONS_INIT;
    options.procedures = driver->procedures();
    options.host = &driver->host;
    options.limits.linger_ms = 40;
    options.limits.max_lingering = 3;
    check(dynr_engine_new(&options, &driver->engine, &err), "engine", &err);
    struct dynr_local_stream_options stream = DYNR_LOCAL_STREAM_OPTIONS_INIT;
    bool late = fault_is(&driver->fault, "begin-too-late") && from != DYNR_LOCAL_STREAM_NEW;
    stream.position = late ? DYNR_LOCAL_STREAM_NEW : from;
    struct dynr_stream *inner = NULL;
    check(dynr_local_stream_open(driver->store, &stream, &inner, &err), "stream", &err);
    driver->shaken.seed = next_random(&driver->schedule);
    check(shaken_stream_new(inner, &driver->shaken, &driver->stream, &err), "shaken stream", &err);
    if (from != DYNR_LOCAL_STREAM_NEW) {
        check(dynr_engine_begin(driver->engine, from, &err), "begin", &err);
    }
}

static void close_engine(struct driver *driver)
{
    dynr_engine_destroy(driver->engine);
    dynr_stream_destroy(driver->stream);
    driver->engine = NULL;
    driver->n_reads = 0;
}

/* ---- commands --------------------------------------------------------------------------------------------------- */

static uint64_t number(const char *text)
{
    return strtoull(text, NULL, 10);
}

static void *decode_caller(struct driver *driver, const char *json, struct dynr_arena *arena)
{
    const struct dynr_procedure_table *table = driver->procedures();
    for (size_t i = 0; i < table->n_procedures && json[0] != '\0'; i++) {
        const struct dynr_struct_desc *desc = table->procedures[i]->caller;
        if (desc != NULL) {
            struct dynr_error err = {0};
            void *caller = dynr_arena_calloc(arena, 1, desc->size);
            check(dynr_decode_json(desc, dynr_str_from_c(json), arena, caller, &err), "caller",
                  &err);
            return caller;
        }
    }
    return NULL;
}

static void answer_error(struct dynr_buf *out, const struct dynr_error *err)
{
    dynr_buf_clear(out);
    dynr_buf_append_c(out, "{\"error\":\"");
    dynr_buf_append_c(out, dynr_status_name(err->status));
    dynr_buf_append_c(out, "\",\"field\":");
    dynr_buf_append_json_string(out, dynr_str_from_c(err->field));
    dynr_buf_append_c(out, ",\"message\":");
    dynr_buf_append_json_string(out, dynr_str_from_c(err->message));
    dynr_buf_append_char(out, '}');
}

static void call(struct driver *driver, struct dynr_client *client, char **parts,
                 struct dynr_arena *arena, struct dynr_buf *out)
{
    struct dynr_error err = {0};
    dynr_buf_append_c(out, "{\"ok\":");
    enum dynr_status status = dynr_procedure_call(
        driver->procedures(), client, dynr_str_from_c(parts[1]),
        decode_caller(driver, parts[2], arena), dynr_str_from_c(parts[3]), arena, out, &err);
    if (status == DYNR_OK) {
        dynr_buf_append_char(out, '}');
    } else {
        answer_error(out, &err);
    }
}

static void do_call(struct driver *driver, char **parts, struct dynr_arena *arena,
                    struct dynr_buf *out)
{
    struct dynr_error err = {0};
    uint64_t position = 0;
    driver->now_ms = strtoll(parts[4], NULL, 10);
    driver->random = number(parts[5]);
    call(driver, driver->client, parts, arena, out);
    check(dynr_local_stream_position(driver->store, &position, &err), "position", &err);
    dynr_buf_printf(out, "\t%llu", (unsigned long long)position);
}

static void do_deliver(struct driver *driver, uint32_t max, struct dynr_arena *arena,
                       struct dynr_buf *out)
{
    struct dynr_error err = {0};
    const struct dynr_record *records = NULL;
    size_t n = 0;
    check(dynr_stream_read(driver->stream, max, arena, &records, &n, &err), "deliver", &err);
    size_t n_left = fault_lose_records(&driver->fault, (struct dynr_record *)(uintptr_t)records, n);
    check(dynr_engine_records(driver->engine, records, n_left, &err), "records", &err);
    dynr_buf_printf(out, "%zu", n);
}

static void do_subscribe(struct driver *driver, char **parts, struct dynr_error *err)
{
    struct dynr_engine_subscribe subscribe = {
        .id = number(parts[2]),
        .procedure = dynr_str_from_c(parts[3]),
        .input = dynr_str_from_c(parts[4]),
        .since = {number(parts[5]), dynr_str_from_c(parts[6]), dynr_str_from_c(parts[7]),
                  number(parts[8])},
    };
    check(dynr_engine_subscribe(driver->engine, number(parts[1]), &subscribe, err), "subscribe",
          err);
}

static void do_restart(struct driver *driver, uint64_t back)
{
    struct dynr_error err = {0};
    uint64_t position = 0;
    check(dynr_local_stream_position(driver->store, &position, &err), "position", &err);
    close_engine(driver);
    open_engine(driver, position > back ? position - back : 0);
}

/* What the engine counted, for tests that assert zero. */
static void do_counters(const struct driver *driver, struct dynr_buf *out)
{
    struct dynr_engine_counters counters;
    dynr_engine_counters(driver->engine, &counters);
    dynr_buf_printf(
        out,
        "{\"records\":%llu,\"rereads\":%llu,\"keyed\":%llu,\"refills\":%llu,\"snapshots\":%llu}",
        (unsigned long long)counters.records, (unsigned long long)counters.rereads,
        (unsigned long long)counters.keyed_reads, (unsigned long long)counters.refills,
        (unsigned long long)counters.snapshot_reads);
}

static bool is(const char *word, const char *wanted)
{
    return strcmp(word, wanted) == 0;
}

static void do_connection(struct driver *driver, char **parts, struct dynr_arena *arena)
{
    struct dynr_error err = {0};
    uint64_t connection = number(parts[1]);
    if (is(parts[0], "connect")) {
        check(dynr_engine_connect(driver->engine, connection,
                                  decode_caller(driver, parts[2], arena), &err),
              "connect", &err);
    } else if (is(parts[0], "disconnect")) {
        dynr_engine_disconnect(driver->engine, connection);
    } else if (is(parts[0], "sub")) {
        do_subscribe(driver, parts, &err);
    } else if (is(parts[0], "unsub")) {
        dynr_engine_unsubscribe(driver->engine, connection, number(parts[2]));
    } else if (is(parts[0], "more")) {
        check(dynr_engine_more(driver->engine, connection, number(parts[2]),
                               (uint16_t)number(parts[3]), dynr_str_from_c(parts[4]),
                               (uint32_t)number(parts[5]), &err),
              "more", &err);
    } else if (is(parts[0], "trim")) {
        check(dynr_engine_trim(driver->engine, connection, number(parts[2]),
                               (uint16_t)number(parts[3]), dynr_str_from_c(parts[4]),
                               (uint32_t)number(parts[5]), dynr_str_from_c(parts[6]), &err),
              "trim", &err);
    } else if (is(parts[0], "resync")) {
        check(dynr_engine_resync(driver->engine, connection, &err), "resync", &err);
    } else {
        fprintf(stderr, "simulation-driver: unknown command `%s`\n", parts[0]);
        exit(2);
    }
}

static void command(struct driver *driver, char *line, struct dynr_arena *arena,
                    struct dynr_buf *out)
{
    char empty[] = "";
    char *parts[MAX_PARTS] = {line};
    for (size_t i = 1; i < MAX_PARTS; i++) {
        char *tab = strchr(parts[i - 1], '\t');
        if (tab != NULL) {
            *tab = '\0';
        }
        parts[i] = tab == NULL ? empty : tab + 1;
    }
    if (is(parts[0], "call")) {
        do_call(driver, parts, arena, out);
    } else if (is(parts[0], "ask")) {
        call(driver, driver->fresh, parts, arena, out);
    } else if (is(parts[0], "deliver")) {
        do_deliver(driver, (uint32_t)number(parts[1]), arena, out);
    } else if (is(parts[0], "reads")) {
        for (uint64_t i = 0; i < number(parts[1]) && driver->n_reads > 0; i++) {
            finish_read(driver, (size_t)(next_random(&driver->schedule) % driver->n_reads));
        }
        dynr_buf_printf(out, "%zu", driver->n_reads);
    } else if (is(parts[0], "restart")) {
        do_restart(driver, number(parts[1]));
    } else if (is(parts[0], "counters")) {
        do_counters(driver, out);
    } else {
        do_connection(driver, parts, arena);
    }
}

/* ---- start and end ---------------------------------------------------------------------------------------------- */

static void load(struct driver *driver, const char *program)
{
    void *handle = dlopen(program, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        fprintf(stderr, "simulation-driver: %s\n", dlerror());
        exit(2);
    }
    /* POSIX's way to turn an object pointer into a function. */
    *(void **)(&driver->procedures) = dlsym(handle, "oracle_procedures");
    *(void **)(&driver->create_tables) = dlsym(handle, "oracle_create_tables");
    if (driver->procedures == NULL || driver->create_tables == NULL) {
        fprintf(stderr, "simulation-driver: %s is no generated program of namespace `oracle`\n",
                program);
        exit(2);
    }
}

static void open_store(struct driver *driver, const struct lagging_backend_options *lag)
{
    struct dynr_error err = {0};
    struct dynr_local_options options = DYNR_LOCAL_OPTIONS_INIT;
    options.durability = DYNR_DURABILITY_NONE;
    options.clock = &driver->clock;
    /* Days pass between calls; what a reader does when it comes too late is another test's matter. */
    options.stream_retention_s = UINT32_MAX;
    check(dynr_local_open(&options, &driver->store, &err), "open", &err);
    driver->backend = driver->store;
    if (lag->max_lag > 0) {
        check(lagging_backend_new(driver->store, lag, &driver->backend, &err), "lagging backend",
              &err);
    }
    struct dynr_client_options client = DYNR_CLIENT_OPTIONS_INIT;
    client.backend = driver->backend;
    client.clock = &driver->clock;
    check(dynr_client_new(&client, &driver->client, &err), "client", &err);
    check(driver->create_tables(driver->client, &err), "create_tables", &err);
    client.backend = driver->store;
    check(dynr_client_new(&client, &driver->fresh, &err), "client", &err);
}

static void close_all(struct driver *driver)
{
    close_engine(driver);
    free(driver->reads);
    dynr_client_destroy(driver->client);
    dynr_client_destroy(driver->fresh);
    if (driver->backend != driver->store) {
        dynr_backend_destroy(driver->backend);
    }
    dynr_backend_destroy(driver->store);
}

static void serve(struct driver *driver)
{
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
        /* Views linger for 40 commands, three of them. */
        dynr_engine_tick(driver->engine, ++driver->ticks);
        command(driver, line, &arena, &out);
        printf("D\t%.*s\n", (int)out.len, out.ptr == NULL ? "" : out.ptr);
        fflush(stdout);
        dynr_arena_reset(&arena);
    }
    free(line);
    dynr_buf_cleanup(&out);
    dynr_arena_cleanup(&arena);
}

int main(int argc, char **argv)
{
    if (argc < 9 || argc > 10 || (argc == 10 && !fault_is_known(argv[9]))) {
        fprintf(stderr, "usage: simulation-driver PROGRAM.so SEED SHARDS SPLIT REPEAT DELAY LAG "
                        "REPLICAS [FAULT]\n");
        return 2;
    }
    struct driver driver = {0};
    driver.clock.now_ms = now_ms;
    driver.clock.random_bytes = random_bytes;
    driver.clock.context = &driver;
    driver.host = (struct dynr_engine_host){&driver, send_frame, keep_read};
    driver.fault.name = argc == 10 ? argv[9] : NULL;
    driver.schedule = number(argv[2]);
    driver.shaken.n_shards = (uint32_t)number(argv[3]);
    driver.shaken.split_chance = (uint32_t)number(argv[4]);
    driver.shaken.repeat_chance = (uint32_t)number(argv[5]);
    driver.shaken.delay_chance = (uint32_t)number(argv[6]);
    struct lagging_backend_options lag = {driver.schedule, (uint32_t)number(argv[7]),
                                          (uint32_t)number(argv[8])};
    load(&driver, argv[1]);
    open_store(&driver, &lag);
    open_engine(&driver, DYNR_LOCAL_STREAM_NEW);
    serve(&driver);
    close_all(&driver);
    return 0;
}
