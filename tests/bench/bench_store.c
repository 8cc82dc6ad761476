/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The embedded engine against raw SQLite doing the same work in the same file layout, interleaved
 * in one run:
 *   get     GetItem by key                      | prepared SELECT, text copied out
 *   put     PutItem, index, change record        | BEGIN, SELECT, UPSERT, index, record, COMMIT
 *   durable 16 writers of durability=full against one, with group commit
 * Prints a table and one line of JSON. Links local_dep, sqlite_dep, threads_dep.
 *
 * Usage: bench_store [rounds [operations a round]]
 */
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dynr/local.h"

enum {
    ITEMS = 1000,
    MOST_ROUNDS = 101,
    MOST_OPERATIONS = 100000,
    WRITERS = 16,
    TEXT_SIZE = 2048
};

struct bench {
    struct dynr_backend *backend;
    struct dynr_arena arena;
    sqlite3 *db;
    sqlite3_stmt *begin, *commit, *select, *upsert, *index_put, *index_delete, *record;
    uint64_t *samples;
    int n_operations;
    uint64_t checksum;
};

static char payload[801];

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

static uint64_t median(uint64_t *samples, size_t n_samples)
{
    qsort(samples, n_samples, sizeof *samples, compare_samples);
    return samples[n_samples / 2];
}

static void die(const char *what, const char *why)
{
    (void)fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

/* About 1 KB: 5 fields and a payload. `version` changes what the index sees every fourth time. */
static int item_text(char *out, unsigned i, unsigned version)
{
    return snprintf(
        out, TEXT_SIZE,
        "{\"pk\":{\"S\":\"CUSTOMER#%05u\"},\"sk\":{\"S\":\"ORDER#%05u\"},\"g\":{\"S\":\"STATUS#%"
        "u\"},"
        "\"version\":{\"N\":\"%u\"},\"total\":{\"N\":\"129.95\"},\"open\":{\"BOOL\":true},"
        "\"note\":{\"S\":\"%s\"}}",
        i, i, version / 4 % 8, version, payload);
}

static void call(struct bench *bench, const struct dynr_request *request,
                 struct dynr_response *response)
{
    struct dynr_error err;
    if (dynr_backend_call(bench->backend, request, &bench->arena, response, &err) != DYNR_OK) {
        die("request", err.message);
    }
}

static void open_store(struct bench *bench, const char *path, enum dynr_durability durability)
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
    options.durability = durability;
    if (dynr_local_open(&options, &bench->backend, &err) != DYNR_OK) {
        die(path, err.message);
    }
    struct dynr_request request = DYNR_REQUEST_INIT;
    request.operation = DYNR_CREATE_TABLE;
    request.definition = &table;
    call(bench, &request, &response);
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK) {
        die(sql, sqlite3_errmsg(db));
    }
    return statement;
}

static void open_raw(struct bench *bench, const char *path)
{
    static const char schema[] =
        "PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA "
        "wal_autocheckpoint=4000;"
        "PRAGMA cache_size=-16384;"
        "CREATE TABLE t (pk BLOB NOT NULL, sk BLOB NOT NULL, size INTEGER, item TEXT, PRIMARY KEY "
        "(pk, sk)) WITHOUT "
        "ROWID;"
        "CREATE TABLE x (ipk BLOB NOT NULL, isk BLOB NOT NULL, pk BLOB NOT NULL, sk BLOB NOT NULL,"
        " PRIMARY KEY (ipk, isk, pk, sk)) WITHOUT ROWID;"
        "CREATE TABLE s (sequence INTEGER PRIMARY KEY, table_id INTEGER, event TEXT, created_ms "
        "INTEGER, keys TEXT,"
        " old_image TEXT, new_image TEXT)";
    if (sqlite3_open_v2(path, &bench->db,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK ||
        sqlite3_exec(bench->db, schema, NULL, NULL, NULL) != SQLITE_OK) {
        die(path, sqlite3_errmsg(bench->db));
    }
    bench->begin = prepare(bench->db, "BEGIN IMMEDIATE");
    bench->commit = prepare(bench->db, "COMMIT");
    bench->select = prepare(bench->db, "SELECT item FROM t WHERE pk=?1 AND sk=?2");
    bench->upsert =
        prepare(bench->db, "INSERT INTO t VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET"
                           " size=excluded.size, item=excluded.item");
    bench->index_put =
        prepare(bench->db, "INSERT INTO x VALUES (?1, x'', ?2, ?3) ON CONFLICT DO NOTHING");
    bench->index_delete =
        prepare(bench->db, "DELETE FROM x WHERE ipk=?1 AND isk=x'' AND pk=?2 AND sk=?3");
    bench->record =
        prepare(bench->db, "INSERT INTO s (table_id, event, created_ms, keys, old_image, new_image)"
                           " VALUES (1, ?1, 1700000000000, ?2, ?3, ?4)");
}

static void step(sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);
    if (code != SQLITE_DONE) {
        die("step", sqlite3_errstr(code));
    }
    (void)sqlite3_reset(statement);
}

/* ---- one operation each ---- */

static void store_get(struct bench *bench, unsigned i)
{
    char key[128];
    struct dynr_response response;
    int n = snprintf(key, sizeof key,
                     "{\"pk\":{\"S\":\"CUSTOMER#%05u\"},\"sk\":{\"S\":\"ORDER#%05u\"}}", i, i);
    struct dynr_request request = DYNR_REQUEST_INIT;
    request.operation = DYNR_GET_ITEM;
    request.table = dynr_str_make("app", 3);
    request.key = dynr_str_make(key, (size_t)n);
    uint64_t start = now_ns();
    call(bench, &request, &response);
    *bench->samples++ = now_ns() - start;
    bench->checksum += response.item.len;
    dynr_arena_reset(&bench->arena);
}

static size_t raw_select(struct bench *bench, const char *pk, int n_pk, const char *sk, int n_sk,
                         char *out)
{
    size_t size = 0;
    (void)sqlite3_bind_blob(bench->select, 1, pk, n_pk, SQLITE_STATIC);
    (void)sqlite3_bind_blob(bench->select, 2, sk, n_sk, SQLITE_STATIC);
    if (sqlite3_step(bench->select) == SQLITE_ROW) {
        const void *item = sqlite3_column_blob(bench->select, 0);
        size = (size_t)sqlite3_column_bytes(bench->select, 0);
        memcpy(out, item, size);
    }
    (void)sqlite3_reset(bench->select);
    return size;
}

static void raw_get(struct bench *bench, unsigned i)
{
    char pk[32];
    char sk[32];
    static char item[TEXT_SIZE];
    int n_pk = snprintf(pk, sizeof pk, "CUSTOMER#%05u", i);
    int n_sk = snprintf(sk, sizeof sk, "ORDER#%05u", i);
    uint64_t start = now_ns();
    bench->checksum += raw_select(bench, pk, n_pk, sk, n_sk, item);
    *bench->samples++ = now_ns() - start;
}

static void store_put(struct bench *bench, unsigned i, unsigned version)
{
    static char item[TEXT_SIZE];
    struct dynr_response response;
    int n = item_text(item, i, version);
    struct dynr_request request = DYNR_REQUEST_INIT;
    request.operation = DYNR_PUT_ITEM;
    request.table = dynr_str_make("app", 3);
    request.item = dynr_str_make(item, (size_t)n);
    uint64_t start = now_ns();
    call(bench, &request, &response);
    *bench->samples++ = now_ns() - start;
    dynr_arena_reset(&bench->arena);
}

static void bind_index(sqlite3_stmt *statement, const char *g, int n_g, const char *pk, int n_pk,
                       const char *sk, int n_sk)
{
    (void)sqlite3_bind_blob(statement, 1, g, n_g, SQLITE_STATIC);
    (void)sqlite3_bind_blob(statement, 2, pk, n_pk, SQLITE_STATIC);
    (void)sqlite3_bind_blob(statement, 3, sk, n_sk, SQLITE_STATIC);
    step(statement);
}

static void raw_put(struct bench *bench, unsigned i, unsigned version)
{
    static char item[TEXT_SIZE];
    static char old_item[TEXT_SIZE];
    char pk[32];
    char sk[32];
    char g[32];
    char old_g[32];
    char keys[128];
    int n = item_text(item, i, version);
    int n_pk = snprintf(pk, sizeof pk, "CUSTOMER#%05u", i);
    int n_sk = snprintf(sk, sizeof sk, "ORDER#%05u", i);
    int n_g = snprintf(g, sizeof g, "STATUS#%u", version / 4 % 8);
    int n_old_g = snprintf(old_g, sizeof old_g, "STATUS#%u", (version - 1) / 4 % 8);
    int n_keys =
        snprintf(keys, sizeof keys, "{\"pk\":{\"S\":\"%s\"},\"sk\":{\"S\":\"%s\"}}", pk, sk);
    uint64_t start = now_ns();
    step(bench->begin);
    size_t n_old = raw_select(bench, pk, n_pk, sk, n_sk, old_item);
    (void)sqlite3_bind_blob(bench->upsert, 1, pk, n_pk, SQLITE_STATIC);
    (void)sqlite3_bind_blob(bench->upsert, 2, sk, n_sk, SQLITE_STATIC);
    (void)sqlite3_bind_int(bench->upsert, 3, n);
    (void)sqlite3_bind_text(bench->upsert, 4, item, n, SQLITE_STATIC);
    step(bench->upsert);
    if (n_old == 0 || n_g != n_old_g || memcmp(g, old_g, (size_t)n_g) != 0) {
        if (n_old > 0) {
            bind_index(bench->index_delete, old_g, n_old_g, pk, n_pk, sk, n_sk);
        }
        bind_index(bench->index_put, g, n_g, pk, n_pk, sk, n_sk);
    }
    (void)sqlite3_bind_text(bench->record, 1, n_old == 0 ? "INSERT" : "MODIFY", -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(bench->record, 2, keys, n_keys, SQLITE_STATIC);
    (void)sqlite3_bind_text(bench->record, 3, n_old == 0 ? NULL : old_item, (int)n_old,
                            SQLITE_STATIC);
    (void)sqlite3_bind_text(bench->record, 4, item, n, SQLITE_STATIC);
    step(bench->record);
    step(bench->commit);
    *bench->samples++ = now_ns() - start;
}

/* ---- durable writers ---- */

struct writer {
    struct dynr_backend *backend;
    pthread_t thread;
    unsigned number;
    int n_writes;
};

static void *write_items(void *context)
{
    struct writer *writer = context;
    struct bench own = {.backend = writer->backend};
    uint64_t sample;
    for (int i = 0; i < writer->n_writes; i++) {
        struct dynr_response response;
        char item[TEXT_SIZE];
        int n = item_text(item, writer->number, (unsigned)i);
        struct dynr_request request = DYNR_REQUEST_INIT;
        request.operation = DYNR_PUT_ITEM;
        request.table = dynr_str_make("app", 3);
        request.item = dynr_str_make(item, (size_t)n);
        own.samples = &sample;
        call(&own, &request, &response);
        dynr_arena_reset(&own.arena);
    }
    dynr_arena_cleanup(&own.arena);
    return NULL;
}

/* Writes a second. */
static double durable_rate(struct dynr_backend *backend, unsigned n_writers, int n_writes)
{
    struct writer writers[WRITERS];
    uint64_t start = now_ns();
    for (unsigned i = 0; i < n_writers; i++) {
        writers[i] = (struct writer){.backend = backend, .number = i, .n_writes = n_writes};
        if (pthread_create(&writers[i].thread, NULL, write_items, &writers[i]) != 0) {
            die("pthread_create", "failed");
        }
    }
    for (unsigned i = 0; i < n_writers; i++) {
        (void)pthread_join(writers[i].thread, NULL);
    }
    return (double)n_writers * n_writes * 1e9 / (double)(now_ns() - start);
}

static double median_rate(double *rates, size_t n_rates)
{
    for (size_t i = 1; i < n_rates; i++) {
        for (size_t k = i; k > 0 && rates[k] < rates[k - 1]; k--) {
            double swap = rates[k];
            rates[k] = rates[k - 1];
            rates[k - 1] = swap;
        }
    }
    return rates[n_rates / 2];
}

/* ---- rounds ---- */

static uint64_t samples[MOST_OPERATIONS];

typedef void (*operation_fn)(struct bench *bench, unsigned i, unsigned version);

static void any_store_get(struct bench *bench, unsigned i, unsigned version)
{
    (void)version;
    store_get(bench, i);
}

static void any_raw_get(struct bench *bench, unsigned i, unsigned version)
{
    (void)version;
    raw_get(bench, i);
}

/* p50 of one round in ns. */
static uint64_t run_round(struct bench *bench, operation_fn operation, unsigned round)
{
    bench->samples = samples;
    for (int i = 0; i < bench->n_operations; i++) {
        operation(bench, (unsigned)i * 7919u % ITEMS,
                  round * (unsigned)(bench->n_operations / ITEMS) + (unsigned)i / ITEMS);
    }
    return median(samples, (size_t)bench->n_operations);
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

int main(int argc, char **argv)
{
    static const operation_fn operations[4] = {any_store_get, any_raw_get, store_put, raw_put};
    static uint64_t results[4][MOST_ROUNDS];
    struct bench bench = {0};
    char path[3][512];
    double rates[2][MOST_ROUNDS];
    size_t n_rounds = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 9;
    bench.n_operations = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 5000;
    if (n_rounds < 1 || n_rounds > MOST_ROUNDS || bench.n_operations < ITEMS ||
        bench.n_operations > MOST_OPERATIONS) {
        die("arguments", "1 to 101 rounds of 1,000 to 100,000 operations");
    }
    const char *folder = getenv("TMPDIR");
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(path[i], sizeof path[i], "%s/dynr-bench-%zu-%ld",
                       folder == NULL ? "/tmp" : folder, i, (long)getpid());
    }
    memset(payload, 'x', sizeof payload - 1);
    open_store(&bench, path[0], DYNR_DURABILITY_NORMAL);
    open_raw(&bench, path[1]);
    bench.samples = samples;
    for (unsigned i = 0; i < ITEMS; i++) {
        store_put(&bench, i, 0);
        raw_put(&bench, i, 0);
    }
    for (unsigned round = 0; round < n_rounds; round++) {
        for (size_t k = 0; k < 4; k++) {
            results[k][round] = run_round(&bench, operations[k], round + 1);
        }
    }
    dynr_backend_destroy(bench.backend);
    (void)bench.checksum;
    open_store(&bench, path[2], DYNR_DURABILITY_FULL);
    for (size_t round = 0; round < n_rounds; round++) {
        rates[0][round] = durable_rate(bench.backend, 1, 300);
        rates[1][round] = durable_rate(bench.backend, WRITERS, 100);
    }
    dynr_backend_destroy(bench.backend);
    uint64_t p50[4];
    for (size_t k = 0; k < 4; k++) {
        p50[k] = median(results[k], n_rounds);
    }
    double one = median_rate(rates[0], n_rounds);
    double many = median_rate(rates[1], n_rounds);
    (void)printf("%-44s %10s %10s %7s %7s\n", "", "libdynr", "raw SQLite", "ratio", "target");
    (void)printf("%-44s %10llu %10llu %6.2fx <= 2.5x\n", "get, ns p50", (unsigned long long)p50[0],
                 (unsigned long long)p50[1], (double)p50[0] / (double)p50[1]);
    (void)printf("%-44s %10llu %10llu %6.2fx <= 1.5x\n", "put with index and change record, ns p50",
                 (unsigned long long)p50[2], (unsigned long long)p50[3],
                 (double)p50[2] / (double)p50[3]);
    (void)printf("%-44s %10.0f %10.0f %6.2fx >= 5x\n",
                 "durable writes a second, 16 writers | 1 writer", many, one, many / one);
    (void)printf("{\"bench\":\"store\",\"get_ns\":%llu,\"raw_get_ns\":%llu,\"put_ns\":%llu,\"raw_"
                 "put_ns\":%llu,"
                 "\"durable_1_per_s\":%.0f,\"durable_16_per_s\":%.0f}\n",
                 (unsigned long long)p50[0], (unsigned long long)p50[1], (unsigned long long)p50[2],
                 (unsigned long long)p50[3], one, many);
    sqlite3_stmt *own[] = {bench.begin,     bench.commit,       bench.select, bench.upsert,
                           bench.index_put, bench.index_delete, bench.record};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        (void)sqlite3_finalize(own[i]);
    }
    (void)sqlite3_close(bench.db);
    dynr_arena_cleanup(&bench.arena);
    for (size_t i = 0; i < 3; i++) {
        remove_store(path[i]);
    }
    return 0;
}
