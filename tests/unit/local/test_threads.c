/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many threads on one store: group commit, the pool of readers, short reads. Also run under ThreadSanitizer (`./dev test`).
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "local/engine.h"
#include "local_fixture.h"

#define KEY_A  "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"}}"
#define ITEM_A "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"},\"n\":{\"N\":\"1\"}}"

static char path[512];

struct worker {
    struct dynr_backend *backend;
    pthread_t thread;
    int n_increments;
    enum dynr_status status;
};

static void *increment(void *context)
{
    struct worker *worker = context;
    struct dynr_arena arena = {0};
    struct dynr_response response;
    struct dynr_error err = {0};
    struct dynr_request request = update_request(KEY_A, "ADD n :one", "{\":one\":{\"N\":\"1\"}}");
    struct dynr_request get = get_request(KEY_A);
    struct dynr_request query = query_request("pk = :p", "{\":p\":{\"S\":\"a\"}}");
    for (int i = 0; i < worker->n_increments && worker->status == DYNR_OK; i++) {
        worker->status = dynr_backend_call(worker->backend, &request, &arena, &response, &err);
        if (worker->status == DYNR_OK) {
            worker->status = dynr_backend_call(worker->backend, i % 2 == 0 ? &get : &query, &arena,
                                               &response, &err);
        }
        dynr_arena_reset(&arena);
    }
    dynr_arena_cleanup(&arena);
    return NULL;
}

static void count_to(const char *store_path, int n_increments)
{
    enum {
        THREADS = 8
    };
    struct worker workers[THREADS];
    struct fixture f;
    char expected[128];
    fixture_open(&f, store_path, DYNR_DURABILITY_NORMAL);
    for (size_t i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.backend = f.backend, .n_increments = n_increments};
        DYNR_ASSERT_INT(pthread_create(&workers[i].thread, NULL, increment, &workers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        (void)pthread_join(workers[i].thread, NULL);
        DYNR_ASSERT_STATUS(workers[i].status, DYNR_OK);
    }
    (void)snprintf(expected, sizeof expected,
                   "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"},\"n\":{\"N\":\"%d\"}}",
                   THREADS * n_increments);
    DYNR_ASSERT_STR(fixture_get(&f, KEY_A), expected);
    fixture_close(&f);
}

static void threads_count_exactly(void)
{
    count_to(NULL, 500);
    fixture_path(path, sizeof path, "count");
    count_to(path, 500);
    (void)unlink(path);
}

static void *put_own_items(void *context)
{
    struct worker *worker = context;
    struct dynr_arena arena = {0};
    struct dynr_response response;
    struct dynr_error err = {0};
    for (int i = 0; i < worker->n_increments && worker->status == DYNR_OK; i++) {
        struct dynr_request request = put_request("");
        request.item =
            dynr_arena_printf(&arena, "{\"pk\":{\"S\":\"%p\"},\"sk\":{\"S\":\"%d\"}}", context, i);
        worker->status = dynr_backend_call(worker->backend, &request, &arena, &response, &err);
        dynr_arena_reset(&arena);
    }
    dynr_arena_cleanup(&arena);
    return NULL;
}

/* Fails after it has begun to change something. */
static void *create_what_exists(void *context)
{
    static const struct dynr_table_definition definition = {.name = {"app", 3},
                                                            .partition_key = {{"pk", 2}, 'S'}};
    struct worker *worker = context;
    struct dynr_arena arena = {0};
    struct dynr_response response;
    struct dynr_error err = {0};
    struct dynr_request request = request_for(DYNR_CREATE_TABLE);
    request.definition = &definition;
    for (int i = 0; i < worker->n_increments && worker->status == DYNR_OK; i++) {
        enum dynr_status status =
            dynr_backend_call(worker->backend, &request, &arena, &response, &err);
        worker->status = status == DYNR_ERR_TABLE_EXISTS ? DYNR_OK : DYNR_ERR_INTERNAL;
        dynr_arena_reset(&arena);
    }
    dynr_arena_cleanup(&arena);
    return NULL;
}

static void a_failed_job_does_not_hurt_others_of_its_commit(void)
{
    enum {
        THREADS = 8,
        ITEMS = 300
    };
    struct worker workers[THREADS];
    struct fixture f;
    size_t n_items;
    fixture_path(path, sizeof path, "shared");
    fixture_open(&f, path, DYNR_DURABILITY_NORMAL);
    for (size_t i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.backend = f.backend, .n_increments = ITEMS};
        DYNR_ASSERT_INT(pthread_create(&workers[i].thread, NULL,
                                       i % 2 == 0 ? put_own_items : create_what_exists,
                                       &workers[i]),
                        0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        (void)pthread_join(workers[i].thread, NULL);
        DYNR_ASSERT_STATUS(workers[i].status, DYNR_OK);
    }
    (void)fixture_pages(&f, scan_request(), 0, &n_items);
    DYNR_ASSERT_INT(n_items, ITEMS * THREADS / 2);
    fixture_close(&f);
    (void)unlink(path);
}

/* ---- more readers than connections ---- */

struct reading {
    struct dynr_backend *backend;
    pthread_mutex_t mutex;
    pthread_cond_t all_done;
    size_t n_done;
    size_t n_failed;
};

static void *read_again_and_again(void *context)
{
    struct reading *reading = context;
    struct dynr_arena arena = {0};
    struct dynr_response response;
    struct dynr_error err = {0};
    struct dynr_request query = query_request("pk = :p", "{\":p\":{\"S\":\"a\"}}");
    bool failed = false;
    for (int i = 0; i < 20 && !failed; i++) {
        failed = dynr_backend_call(reading->backend, &query, &arena, &response, &err) != DYNR_OK;
        dynr_arena_reset(&arena);
    }
    dynr_arena_cleanup(&arena);
    (void)pthread_mutex_lock(&reading->mutex);
    reading->n_done++;
    reading->n_failed += failed;
    (void)pthread_cond_signal(&reading->all_done);
    (void)pthread_mutex_unlock(&reading->mutex);
    return NULL;
}

/* Whether all threads come to their end; those that sleep for ever cannot be joined. */
static bool wait_for_all(struct reading *reading, size_t n_threads)
{
    struct timespec deadline;
    int code = 0;
    (void)clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += 10;
    (void)pthread_mutex_lock(&reading->mutex);
    while (reading->n_done < n_threads && code == 0) {
        code = pthread_cond_timedwait(&reading->all_done, &reading->mutex, &deadline);
    }
    bool all = reading->n_done == n_threads;
    (void)pthread_mutex_unlock(&reading->mutex);
    return all;
}

/* All readers are in use while the threads come, and are given back in one go. */
static void every_waiting_reader_gets_its_turn(void)
{
    enum {
        THREADS = 48,
        ROUNDS = 6
    };
    static struct reading reading;
    struct local_connection *readers[LOCAL_MAX_READERS];
    pthread_t threads[THREADS];
    struct fixture f;
    fixture_path(path, sizeof path, "readers");
    fixture_open(&f, path, DYNR_DURABILITY_NONE);
    fixture_put(&f, ITEM_A);
    struct local_engine *engine = (struct local_engine *)(void *)f.backend;
    (void)pthread_mutex_init(&reading.mutex, NULL);
    (void)pthread_cond_init(&reading.all_done, NULL);
    reading.backend = f.backend;
    for (int round = 0; round < ROUNDS; round++) {
        const struct timespec while_they_come = {.tv_nsec = 30 * 1000 * 1000};
        reading.n_done = 0;
        for (size_t i = 0; i < LOCAL_MAX_READERS; i++) {
            DYNR_ASSERT_STATUS(dynr_local_reader_take(engine, &readers[i], &f.err), DYNR_OK);
        }
        for (size_t i = 0; i < THREADS; i++) {
            DYNR_ASSERT_INT(pthread_create(&threads[i], NULL, read_again_and_again, &reading), 0);
        }
        (void)nanosleep(&while_they_come, NULL);
        for (size_t i = 0; i < LOCAL_MAX_READERS; i++) {
            dynr_local_reader_give(engine, readers[i]);
        }
        if (!DYNR_ASSERT(wait_for_all(&reading, THREADS))) {
            return;
        }
        for (size_t i = 0; i < THREADS; i++) {
            (void)pthread_join(threads[i], NULL);
        }
    }
    DYNR_ASSERT_INT(reading.n_failed, 0);
    (void)pthread_cond_destroy(&reading.all_done);
    (void)pthread_mutex_destroy(&reading.mutex);
    fixture_close(&f);
    (void)unlink(path);
}

/* A short read never waits for a writer, and never comes between a writer that waits and its connection. */
static void short_reads_leave_the_connection_to_writers(void)
{
    struct local_connection *connection;
    struct fixture f;
    fixture_path(path, sizeof path, "short");
    fixture_open(&f, path, DYNR_DURABILITY_NONE);
    fixture_put(&f, ITEM_A);
    struct local_engine *engine = (struct local_engine *)(void *)f.backend;
    DYNR_ASSERT_STATUS(dynr_local_reader_take_short(engine, &connection, &f.err), DYNR_OK);
    DYNR_ASSERT(connection == engine->writer.connection);
    /* Another one meanwhile. */
    DYNR_ASSERT_STR(fixture_get(&f, KEY_A), ITEM_A);
    dynr_local_reader_give(engine, connection);
    atomic_store(&engine->writer.is_led, true);
    DYNR_ASSERT_STATUS(dynr_local_reader_take_short(engine, &connection, &f.err), DYNR_OK);
    DYNR_ASSERT(connection != engine->writer.connection);
    dynr_local_reader_give(engine, connection);
    atomic_store(&engine->writer.is_led, false);
    /* It was given back: a writer gets it. */
    fixture_put(&f, ITEM_A);
    fixture_close(&f);
    (void)unlink(path);
}

/* ---- tables that come, change and go while others read them ---- */

struct changing {
    struct dynr_backend *backend;
    pthread_t thread;
    atomic_bool *is_over;
    int n_rounds;
    struct dynr_str table;
    size_t n_found;
    enum dynr_status status;
};

/* All three tables, alone and together: each is there or is not. */
static void *read_what_changes(void *context)
{
    static const struct dynr_str names[] = {{"one", 3}, {"two", 3}, {"app", 3}};
    struct changing *changing = context;
    struct dynr_arena arena = {0};
    struct dynr_response response;
    struct dynr_error err = {0};
    struct dynr_request gets[3];
    struct dynr_request batch = request_for(DYNR_BATCH_GET_ITEM);
    batch.operations = gets;
    batch.n_operations = 3;
    for (size_t i = 0; i < 3; i++) {
        gets[i] = get_request(KEY_A);
        gets[i].table = names[i];
    }
    /* One table is always there: whoever comes when all is over still finds it. */
    for (unsigned i = 0;
         changing->status == DYNR_OK && (!atomic_load(changing->is_over) || changing->n_found == 0);
         i++) {
        struct dynr_request scan = scan_request();
        scan.table = names[i % 3];
        scan.want_capacity = true;
        const struct dynr_request *requests[] = {&gets[i % 3], &scan, &batch};
        enum dynr_status status =
            dynr_backend_call(changing->backend, requests[i / 3 % 3], &arena, &response, &err);
        changing->n_found += status == DYNR_OK ? 1 : 0;
        changing->status = status == DYNR_ERR_NO_TABLE ? DYNR_OK : status;
        dynr_arena_reset(&arena);
    }
    dynr_arena_cleanup(&arena);
    return NULL;
}

/* Makes a table, puts an item, changes the table and deletes it. */
static void *change_tables(void *context)
{
    struct changing *changing = context;
    struct dynr_arena arena = {0};
    struct dynr_response response;
    struct dynr_error err = {0};
    struct dynr_table_definition definition = {
        .name = changing->table, .partition_key = {{"pk", 2}, 'S'}, .sort_key = {{"sk", 2}, 'S'}};
    struct dynr_table_update update = DYNR_TABLE_UPDATE_INIT;
    struct dynr_request requests[] = {request_for(DYNR_CREATE_TABLE), put_request(ITEM_A),
                                      request_for(DYNR_UPDATE_TABLE), put_request(ITEM_A),
                                      request_for(DYNR_DELETE_TABLE)};
    update.has_ttl = true;
    update.ttl_attribute = TEXT("e");
    requests[0].definition = &definition;
    requests[2].table_update = &update;
    for (size_t i = 1; i < 5; i++) {
        requests[i].table = changing->table;
    }
    for (int i = 0; changing->status == DYNR_OK && i < changing->n_rounds * 5; i++) {
        changing->status =
            dynr_backend_call(changing->backend, &requests[i % 5], &arena, &response, &err);
        dynr_arena_reset(&arena);
    }
    dynr_arena_cleanup(&arena);
    return NULL;
}

static void change_under_readers(const char *store_path)
{
    enum {
        CHANGERS = 2,
        READERS = 4,
        ROUNDS = 60
    };
    struct changing all[CHANGERS + READERS];
    atomic_bool is_over = false;
    size_t n_tables = 0;
    struct fixture f;
    fixture_open(&f, store_path, DYNR_DURABILITY_NONE);
    fixture_put(&f, ITEM_A);
    struct local_engine *engine = (struct local_engine *)(void *)f.backend;
    for (size_t i = 0; i < CHANGERS + READERS; i++) {
        all[i] = (struct changing){.backend = f.backend, .is_over = &is_over, .n_rounds = ROUNDS};
        all[i].table = i == 0 ? TEXT("one") : TEXT("two");
        DYNR_ASSERT_INT(pthread_create(&all[i].thread, NULL,
                                       i < CHANGERS ? change_tables : read_what_changes, &all[i]),
                        0);
    }
    for (size_t i = 0; i < CHANGERS + READERS; i++) {
        atomic_store(&is_over, i >= CHANGERS);
        (void)pthread_join(all[i].thread, NULL);
        DYNR_ASSERT_STATUS(all[i].status, DYNR_OK);
        DYNR_ASSERT(i < CHANGERS || all[i].n_found > 0);
    }
    /* One is there, and nothing is left of the others. */
    for (const struct local_table *table = engine->catalog.tables; table != NULL;
         table = table->next) {
        n_tables += table->is_retired || atomic_load(&table->n_users) != 1 ? 100 : 1;
    }
    DYNR_ASSERT_INT(n_tables, 1);
    DYNR_ASSERT_INT(engine->catalog.by_name.n_entries, 1);
    DYNR_ASSERT(engine->catalog.n_slots <= 32);
    DYNR_ASSERT_STATUS(dynr_local_verify(f.backend, &f.err), DYNR_OK);
    fixture_close(&f);
}

static void tables_change_under_their_readers(void)
{
    change_under_readers(NULL);
    fixture_path(path, sizeof path, "changing");
    change_under_readers(path);
    (void)unlink(path);
}

struct interrupted {
    struct local_engine *engine;
    enum dynr_status status;
    bool was_interrupted;
    sem_t has_read;
    sem_t may_go_on;
};

static void wait_for(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0) {
        /* A debugger stopped the process. */
    }
}

/* Of SQLite: a row was read, of one moment of the store. */
static int on_row(unsigned event, void *context, void *statement, void *unused)
{
    struct interrupted *interrupted = context;
    (void)event;
    (void)statement;
    (void)unused;
    if (!interrupted->was_interrupted) {
        interrupted->was_interrupted = true;
        (void)sem_post(&interrupted->has_read);
        wait_for(&interrupted->may_go_on);
    }
    return 0;
}

static void *find_interrupted(void *context)
{
    struct interrupted *interrupted = context;
    struct dynr_error err = {0};
    const struct local_table *table = NULL;
    /* Of one table: that takes no arena. */
    struct local_call call = {.engine = interrupted->engine};
    interrupted->status = dynr_local_table_find(&call, TEXT("app"), &table, &err);
    dynr_local_call_end(&call);
    return NULL;
}

/* A table is deleted while another thread reads its description: that one keeps nothing that anybody finds. */
static void what_was_read_before_a_deletion_is_not_kept(void)
{
    struct fixture f;
    pthread_t thread;
    struct local_connection *reader = NULL;
    struct dynr_response response;
    struct dynr_request remove = request_for(DYNR_DELETE_TABLE);
    fixture_path(path, sizeof path, "stale");
    fixture_open(&f, path, DYNR_DURABILITY_NONE);
    fixture_put(&f, ITEM_A);
    struct local_engine *engine = (struct local_engine *)(void *)f.backend;
    struct interrupted interrupted = {.engine = engine};
    DYNR_ASSERT(sem_init(&interrupted.has_read, 0, 0) == 0);
    DYNR_ASSERT(sem_init(&interrupted.may_go_on, 0, 0) == 0);
    dynr_local_catalog_retire(&engine->catalog, engine->catalog.tables);
    DYNR_ASSERT_STATUS(dynr_local_reader_take(engine, &reader, &f.err), DYNR_OK);
    DYNR_ASSERT_INT(sqlite3_trace_v2(reader->db, SQLITE_TRACE_ROW, on_row, &interrupted),
                    SQLITE_OK);
    dynr_local_reader_give(engine, reader);
    DYNR_ASSERT_INT(pthread_create(&thread, NULL, find_interrupted, &interrupted), 0);
    wait_for(&interrupted.has_read);
    DYNR_ASSERT_STATUS(dynr_backend_call(f.backend, &remove, &f.arena, &response, &f.err), DYNR_OK);
    (void)sem_post(&interrupted.may_go_on);
    (void)pthread_join(thread, NULL);
    DYNR_ASSERT_STATUS(interrupted.status, DYNR_ERR_NO_TABLE);
    DYNR_ASSERT_INT(engine->catalog.by_name.n_entries, 0);
    DYNR_ASSERT(engine->catalog.tables == NULL);
    (void)sem_destroy(&interrupted.has_read);
    (void)sem_destroy(&interrupted.may_go_on);
    fixture_close(&f);
    (void)unlink(path);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(threads_count_exactly),
        DYNR_TEST(every_waiting_reader_gets_its_turn),
        DYNR_TEST(short_reads_leave_the_connection_to_writers),
        DYNR_TEST(a_failed_job_does_not_hurt_others_of_its_commit),
        DYNR_TEST(tables_change_under_their_readers),
        DYNR_TEST(what_was_read_before_a_deletion_is_not_kept),
    };
    return dynr_test_main("local-threads", tests, DYNR_TEST_COUNT(tests));
}
