/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What following changes costs, on a file with durability=normal, all variants interleaved in one run:
 *   position    GetItem that asks for its position              | GetItem that does not
 *   signal      PutItem with 1 and 4 readers that wait           | PutItem without readers
 *               (each was read since the last write, so that each is woken), with 1 that is never read
 *   delivery    from the start of a write, and from its answer, to the record in a thread that waits for it
 * Prints a table and one line of JSON. Links local_dep, threads_dep.
 *
 * Usage: bench_stream [rounds [operations a round]]
 */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dynr/local.h"
#include "dynr/stream.h"

enum {
    ITEMS = 1000,
    MOST_ROUNDS = 101,
    MOST_OPERATIONS = 20000,
    MOST_READERS = 4,
    TEXT_SIZE = 2048,
    PAUSE_US = 200
};

/* In the order of the table. */
enum variant {
    GET,
    GET_POSITION,
    PUT,
    PUT_UNREAD,
    PUT_ONE,
    PUT_FOUR,
    VARIANTS,
};

struct bench {
    struct dynr_backend *backend;
    struct dynr_arena arena;
    struct dynr_stream *readers[MOST_READERS];
    struct dynr_stream *unread;
    unsigned version;
    uint64_t checksum;
};

static char payload[801];
static uint64_t samples[VARIANTS][MOST_OPERATIONS];

static uint64_t now_ns(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static int compare_samples(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

static uint64_t percentile(uint64_t *values, size_t n_values, unsigned percent)
{
    qsort(values, n_values, sizeof *values, compare_samples);
    return values[(n_values - 1) * percent / 100];
}

static void die(const char *what, const char *why)
{
    (void)fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

static void call(struct bench *bench, const struct dynr_request *request,
                 struct dynr_response *response)
{
    struct dynr_error err;
    if (dynr_backend_call(bench->backend, request, &bench->arena, response, &err) != DYNR_OK) {
        die("request", err.message);
    }
}

static void open_store(struct bench *bench, const char *path)
{
    static const struct dynr_index_definition index = {.name = {"by_g", 4},
                                                       .partition_key = {{"g", 1}, 'S'}};
    static const struct dynr_table_definition table = {.name = {"app", 3},
                                                       .partition_key = {{"pk", 2}, 'S'},
                                                       .sort_key = {{"sk", 2}, 'S'},
                                                       .indexes = &index,
                                                       .n_indexes = 1,
                                                       .stream = true};
    struct dynr_local_options options = DYNR_LOCAL_OPTIONS_INIT;
    struct dynr_error err;
    struct dynr_response response;
    options.path = path;
    options.durability = DYNR_DURABILITY_NORMAL;
    if (dynr_local_open(&options, &bench->backend, &err) != DYNR_OK) {
        die(path, err.message);
    }
    struct dynr_request request = DYNR_REQUEST_INIT;
    request.operation = DYNR_CREATE_TABLE;
    request.definition = &table;
    call(bench, &request, &response);
}

static struct dynr_stream *open_reader(struct bench *bench)
{
    struct dynr_local_stream_options options = DYNR_LOCAL_STREAM_OPTIONS_INIT;
    struct dynr_stream *stream;
    struct dynr_error err;
    options.position = DYNR_LOCAL_STREAM_NEW;
    if (dynr_local_stream_open(bench->backend, &options, &stream, &err) != DYNR_OK) {
        die("reader", err.message);
    }
    return stream;
}

static size_t read_all(struct bench *bench, struct dynr_stream *stream)
{
    const struct dynr_record *records;
    size_t n_records;
    size_t total = 0;
    struct dynr_error err;
    do {
        if (dynr_stream_read(stream, 1000, &bench->arena, &records, &n_records, &err) != DYNR_OK) {
            die("records", err.message);
        }
        total += n_records;
    } while (n_records > 0);
    dynr_arena_reset(&bench->arena);
    return total;
}

/* ---- one operation each; answers the nanoseconds that it took ---- */

static uint64_t get_item(struct bench *bench, unsigned i, bool want_position)
{
    char key[128];
    struct dynr_response response;
    int n = snprintf(key, sizeof key,
                     "{\"pk\":{\"S\":\"CUSTOMER#%05u\"},\"sk\":{\"S\":\"ORDER#%05u\"}}", i, i);
    struct dynr_request request = DYNR_REQUEST_INIT;
    request.operation = DYNR_GET_ITEM;
    request.table = dynr_str_make("app", 3);
    request.key = dynr_str_make(key, (size_t)n);
    request.want_position = want_position;
    uint64_t start = now_ns();
    call(bench, &request, &response);
    uint64_t taken = now_ns() - start;
    bench->checksum += response.item.len + response.position;
    dynr_arena_reset(&bench->arena);
    return taken;
}

static uint64_t put_item(struct bench *bench, unsigned i, uint64_t *out_start)
{
    static char item[TEXT_SIZE];
    struct dynr_response response;
    unsigned version = bench->version++;
    int n = snprintf(item, sizeof item,
                     "{\"pk\":{\"S\":\"CUSTOMER#%05u\"},\"sk\":{\"S\":\"ORDER#%05u\"},\"g\":{\"S\":"
                     "\"STATUS#%u\"},\"version\":{\"N\":\"%u\"},\"total\":{\"N\":\"129.95\"},"
                     "\"open\":{\"BOOL\":true},\"note\":{\"S\":\"%s\"}}",
                     i, i, version / 4096 % 8, version, payload);
    struct dynr_request request = DYNR_REQUEST_INIT;
    request.operation = DYNR_PUT_ITEM;
    request.table = dynr_str_make("app", 3);
    request.item = dynr_str_make(item, (size_t)n);
    *out_start = now_ns();
    call(bench, &request, &response);
    uint64_t taken = now_ns() - *out_start;
    bench->checksum += response.position;
    dynr_arena_reset(&bench->arena);
    return taken;
}

static void open_readers(struct bench *bench, enum variant variant)
{
    unsigned n_readers = variant == PUT_ONE ? 1 : variant == PUT_FOUR ? 4 : 0;
    for (unsigned i = 0; i < n_readers; i++) {
        bench->readers[i] = open_reader(bench);
    }
    bench->unread = variant == PUT_UNREAD ? open_reader(bench) : NULL;
}

static void close_readers(struct bench *bench)
{
    for (unsigned i = 0; i < MOST_READERS; i++) {
        dynr_stream_destroy(bench->readers[i]);
        bench->readers[i] = NULL;
    }
    dynr_stream_destroy(bench->unread);
    bench->unread = NULL;
}

static uint64_t run_once(struct bench *bench, enum variant variant, unsigned i)
{
    uint64_t start;
    if (variant == GET || variant == GET_POSITION) {
        return get_item(bench, i, variant == GET_POSITION);
    }
    for (unsigned k = 0; k < MOST_READERS && bench->readers[k] != NULL; k++) {
        (void)read_all(bench, bench->readers[k]);
    }
    return put_item(bench, i, &start);
}

/* One block of each kind of put, in another order each time: what a block leaves behind meets all alike. */
static void run_puts(struct bench *bench, int first, int n, unsigned turn)
{
    enum {
        KINDS = VARIANTS - PUT
    };
    for (unsigned k = 0; k < KINDS; k++) {
        unsigned step = turn / KINDS % 2 == 0 ? k : KINDS - 1 - k;
        enum variant variant = (enum variant)(PUT + (step + turn) % KINDS);
        open_readers(bench, variant);
        for (int i = first; i < first + n; i++) {
            samples[variant][i] = run_once(bench, variant, (unsigned)i * 7919u % ITEMS);
        }
        close_readers(bench);
    }
}

/* p50 of each variant. */
static void run_round(struct bench *bench, int n_operations, uint64_t *out_p50)
{
    enum {
        BLOCK = 50
    };
    for (int i = 0; i < n_operations; i++) {
        unsigned item = (unsigned)i * 7919u % ITEMS;
        enum variant first = i % 2 == 0 ? GET : GET_POSITION;
        enum variant second = i % 2 == 0 ? GET_POSITION : GET;
        /* The pages are in memory for both. */
        (void)run_once(bench, GET, item);
        samples[first][i] = run_once(bench, first, item);
        samples[second][i] = run_once(bench, second, item);
    }
    for (int i = 0; i < n_operations; i += BLOCK) {
        run_puts(bench, i, n_operations - i < BLOCK ? n_operations - i : BLOCK,
                 (unsigned)(i / BLOCK));
    }
    for (int variant = 0; variant < VARIANTS; variant++) {
        out_p50[variant] = percentile(samples[variant], (size_t)n_operations, 50);
    }
}

/* ---- delivery ---- */

struct delivery {
    struct bench *bench;
    struct dynr_stream *stream;
    pthread_t thread;
    size_t n_expected;
    /* By number of the write. */
    uint64_t started[MOST_OPERATIONS];
    uint64_t answered[MOST_OPERATIONS];
    uint64_t delivered[MOST_OPERATIONS];
};

static void *follow(void *context)
{
    struct delivery *delivery = context;
    struct dynr_arena arena = {0};
    size_t n_seen = 0;
    while (n_seen < delivery->n_expected) {
        const struct dynr_record *records;
        size_t n_records;
        struct dynr_error err;
        struct pollfd descriptor = {.fd = dynr_stream_fd(delivery->stream), .events = POLLIN};
        (void)poll(&descriptor, 1, -1);
        if (dynr_stream_read(delivery->stream, 100, &arena, &records, &n_records, &err) !=
            DYNR_OK) {
            die("records", err.message);
        }
        uint64_t now = now_ns();
        for (size_t i = 0; i < n_records; i++) {
            delivery->delivered[n_seen++] = now;
        }
        dynr_arena_reset(&arena);
    }
    dynr_arena_cleanup(&arena);
    return NULL;
}

static void measure_delivery(struct bench *bench, struct delivery *delivery, int n_writes)
{
    delivery->bench = bench;
    delivery->stream = open_reader(bench);
    delivery->n_expected = (size_t)n_writes;
    if (pthread_create(&delivery->thread, NULL, follow, delivery) != 0) {
        die("pthread_create", "failed");
    }
    for (int i = 0; i < n_writes; i++) {
        struct timespec pause = {.tv_nsec = PAUSE_US * 1000};
        (void)nanosleep(&pause, NULL);
        uint64_t taken = put_item(bench, (unsigned)i * 7919u % ITEMS, &delivery->started[i]);
        delivery->answered[i] = delivery->started[i] + taken;
    }
    (void)pthread_join(delivery->thread, NULL);
    dynr_stream_destroy(delivery->stream);
    for (int i = 0; i < n_writes; i++) {
        uint64_t at = delivery->delivered[i];
        delivery->answered[i] = at > delivery->answered[i] ? at - delivery->answered[i] : 0;
        delivery->started[i] = at - delivery->started[i];
    }
}

static void remove_store(const char *path)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        char name[2048];
        (void)snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        (void)unlink(name);
    }
}

static void print_row(const char *name, uint64_t value, uint64_t base)
{
    (void)printf("%-44s %10llu %10llu %6.2fx\n", name, (unsigned long long)value,
                 (unsigned long long)base, (double)value / (double)base);
}

int main(int argc, char **argv)
{
    static uint64_t results[VARIANTS][MOST_ROUNDS];
    static struct delivery delivery;
    struct bench bench = {0};
    char path[512];
    size_t n_rounds = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 9;
    int n_operations = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 2000;
    if (n_rounds < 1 || n_rounds > MOST_ROUNDS || n_operations < 100 ||
        n_operations > MOST_OPERATIONS) {
        die("arguments", "1 to 101 rounds of 100 to 20,000 operations");
    }
    const char *folder = getenv("TMPDIR");
    (void)snprintf(path, sizeof path, "%s/dynr-bench-stream-%ld", folder == NULL ? "/tmp" : folder,
                   (long)getpid());
    memset(payload, 'x', sizeof payload - 1);
    open_store(&bench, path);
    for (unsigned i = 0; i < ITEMS; i++) {
        uint64_t start;
        (void)put_item(&bench, i, &start);
    }
    for (size_t round = 0; round < n_rounds; round++) {
        uint64_t p50[VARIANTS];
        run_round(&bench, n_operations, p50);
        for (int variant = 0; variant < VARIANTS; variant++) {
            results[variant][round] = p50[variant];
        }
    }
    measure_delivery(&bench, &delivery, n_operations);
    dynr_backend_destroy(bench.backend);
    dynr_arena_cleanup(&bench.arena);
    remove_store(path);
    uint64_t p50[VARIANTS];
    for (int variant = 0; variant < VARIANTS; variant++) {
        p50[variant] = percentile(results[variant], n_rounds, 50);
    }
    size_t n = (size_t)n_operations;
    uint64_t from_start[2] = {percentile(delivery.started, n, 50),
                              percentile(delivery.started, n, 99)};
    uint64_t from_answer[2] = {percentile(delivery.answered, n, 50),
                               percentile(delivery.answered, n, 99)};
    (void)printf("%-44s %10s %10s %7s\n", "", "with", "without", "ratio");
    print_row("get with its position, ns p50", p50[GET_POSITION], p50[GET]);
    print_row("put with a reader that is never read, ns p50", p50[PUT_UNREAD], p50[PUT]);
    print_row("put that wakes 1 reader, ns p50", p50[PUT_ONE], p50[PUT]);
    print_row("put that wakes 4 readers, ns p50", p50[PUT_FOUR], p50[PUT]);
    (void)printf("%-44s %10s %10s\n", "", "p50", "p99");
    (void)printf("%-44s %10llu %10llu\n", "write begun -> record delivered, ns",
                 (unsigned long long)from_start[0], (unsigned long long)from_start[1]);
    (void)printf("%-44s %10llu %10llu\n", "write answered -> record delivered, ns",
                 (unsigned long long)from_answer[0], (unsigned long long)from_answer[1]);
    (void)printf("{\"bench\":\"stream\",\"get_ns\":%llu,\"get_position_ns\":%llu,\"put_ns\":%llu,"
                 "\"put_unread_ns\":%llu,\"put_1_reader_ns\":%llu,\"put_4_readers_ns\":%llu,"
                 "\"delivered_p50_ns\":%llu,\"delivered_p99_ns\":%llu,\"answered_p50_ns\":%llu,"
                 "\"answered_p99_ns\":%llu}\n",
                 (unsigned long long)p50[GET], (unsigned long long)p50[GET_POSITION],
                 (unsigned long long)p50[PUT], (unsigned long long)p50[PUT_UNREAD],
                 (unsigned long long)p50[PUT_ONE], (unsigned long long)p50[PUT_FOUR],
                 (unsigned long long)from_start[0], (unsigned long long)from_start[1],
                 (unsigned long long)from_answer[0], (unsigned long long)from_answer[1]);
    return 0;
}
