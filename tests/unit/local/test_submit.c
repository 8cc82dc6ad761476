/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes that nobody waits for, and the store's own threads: everything is answered once, whoever commits it, while tables change underneath.
 * Also run under ThreadSanitizer (`./dev test`).
 */
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "dynr/stream.h"
#include "local_fixture.h"

#define KEY_A  "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"}}"
#define ITEM_A "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"},\"n\":{\"N\":\"1\"}}"

static char path[512];

static void pause_ms(long ms)
{
    struct timespec pause = {.tv_sec = 0, .tv_nsec = ms * 1000000};
    (void)nanosleep(&pause, NULL);
}

/* ---- one submission ---- */

struct submission {
    struct dynr_request request;
    struct dynr_arena arena;
    atomic_int n_answers;
    enum dynr_status status;
    uint64_t position;
    bool has_item;
};

static void answered(void *context, const struct dynr_response *response,
                     const struct dynr_error *err)
{
    struct submission *submission = context;
    submission->status = err->status;
    submission->position = response->position;
    submission->has_item = response->item.len > 0;
    (void)atomic_fetch_add(&submission->n_answers, 1);
}

static void submit(struct dynr_backend *backend, struct submission *submission)
{
    dynr_arena_init(&submission->arena, NULL, 0);
    dynr_local_submit(backend, &submission->request, &submission->arena, answered, submission);
}

static void await(struct submission *submission)
{
    for (int i = 0; i < 10000 && atomic_load(&submission->n_answers) == 0; i++) {
        pause_ms(1);
    }
    DYNR_ASSERT_INT(atomic_load(&submission->n_answers), 1);
    dynr_arena_cleanup(&submission->arena);
}

static void reads_are_answered_at_once(void)
{
    struct fixture f;
    struct submission get = {.request = get_request(KEY_A)};
    struct submission wrong = {.request = put_request("{\"pk\":{\"S\":\"a\"}}")};
    struct submission none = {.request = request_for(DYNR_CONDITION_CHECK)};
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    fixture_put(&f, ITEM_A);
    submit(f.backend, &get);
    DYNR_ASSERT_INT(atomic_load(&get.n_answers), 1);
    DYNR_ASSERT(get.has_item);
    submit(f.backend, &wrong);
    DYNR_ASSERT_INT(atomic_load(&wrong.n_answers), 1);
    DYNR_ASSERT_STATUS(wrong.status, DYNR_ERR_INVALID_ARGUMENT);
    submit(f.backend, &none);
    DYNR_ASSERT_STATUS(none.status, DYNR_ERR_UNSUPPORTED);
    dynr_arena_cleanup(&get.arena);
    dynr_arena_cleanup(&wrong.arena);
    dynr_arena_cleanup(&none.arena);
    fixture_close(&f);
}

static void every_kind_of_write_can_be_submitted(void)
{
    static const struct dynr_table_definition other = {.name = {"other", 5},
                                                       .partition_key = {{"id", 2}, 'S'}};
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    struct dynr_request inner = put_request(ITEM_A);
    struct submission all[] = {
        {.request = put_request(ITEM_A)},
        {.request = update_request(KEY_A, "ADD n :one", "{\":one\":{\"N\":\"1\"}}")},
        {.request = delete_request(KEY_A)},
        {.request = request_for(DYNR_BATCH_WRITE_ITEM)},
        {.request = request_for(DYNR_TRANSACT_WRITE_ITEMS)},
        {.request = request_for(DYNR_CREATE_TABLE)},
        {.request = request_for(DYNR_DELETE_TABLE)},
        {.request = put_request(ITEM_A)},
    };
    all[3].request.operations = all[4].request.operations = &inner;
    all[3].request.n_operations = all[4].request.n_operations = 1;
    all[2].request.return_values = DYNR_RETURN_ALL_OLD;
    all[5].request.definition = &other;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        submit(f.backend, &all[i]);
        await(&all[i]);
        DYNR_ASSERT_STATUS(all[i].status, i < 7 ? DYNR_OK : DYNR_ERR_NO_TABLE);
    }
    DYNR_ASSERT_INT(all[0].position, 1);
    DYNR_ASSERT(all[2].has_item);
    DYNR_ASSERT_INT(all[3].position, 4);
    /* It changed nothing. */
    DYNR_ASSERT_INT(all[4].position, 0);
    fixture_close(&f);
}

/* Another connection holds the write lock: who submits goes on, and so do readers. */
static void nobody_waits_for_a_writer(void)
{
    struct fixture f;
    sqlite3 *db;
    struct submission put = {.request = put_request(ITEM_A)};
    fixture_path(path, sizeof path, "nobody-waits");
    fixture_open(&f, path, DYNR_DURABILITY_NONE);
    DYNR_ASSERT_INT(sqlite3_open(path, &db), SQLITE_OK);
    DYNR_ASSERT_INT(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    submit(f.backend, &put);
    pause_ms(20);
    DYNR_ASSERT_INT(atomic_load(&put.n_answers), 0);
    DYNR_ASSERT_STR(fixture_get(&f, KEY_A), "");
    struct dynr_request scan = scan_request();
    DYNR_ASSERT_STATUS(fixture_call(&f, &scan), DYNR_OK);
    DYNR_ASSERT_INT(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    await(&put);
    DYNR_ASSERT_STATUS(put.status, DYNR_OK);
    DYNR_ASSERT_STR(fixture_get(&f, KEY_A), ITEM_A);
    DYNR_ASSERT_INT(sqlite3_close(db), SQLITE_OK);
    fixture_close(&f);
    (void)unlink(path);
}

static void memory_that_runs_out_is_an_answer(void)
{
    struct fixture f;
    enum dynr_status status = DYNR_ERR_NO_MEMORY;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    fixture_put(&f, ITEM_A);
    for (size_t limit = 1; status == DYNR_ERR_NO_MEMORY && limit < 100000; limit += 64) {
        struct submission update = {
            .request = update_request(KEY_A, "ADD n :one", "{\":one\":{\"N\":\"1\"}}")};
        update.request.want_capacity = true;
        dynr_arena_init(&update.arena, NULL, limit);
        dynr_local_submit(f.backend, &update.request, &update.arena, answered, &update);
        await(&update);
        status = update.status;
    }
    DYNR_ASSERT_STATUS(status, DYNR_OK);
    fixture_close(&f);
}

/* ---- many at once ---- */

enum {
    SUBMITTERS = 2,
    CALLERS = 2,
    WINDOW = 32,
    ROUNDS = 12
};

struct crowd {
    struct fixture f;
    atomic_uint n_added;
    atomic_bool is_over;
};

struct member {
    struct crowd *crowd;
    pthread_t thread;
    int number;
};

static struct dynr_request increment_request(void)
{
    return update_request(KEY_A, "ADD n :one", "{\":one\":{\"N\":\"1\"}}");
}

/* What an ordinary caller's requests do, half of them failing after their first change. */
static void *call_all_the_time(void *context)
{
    static const struct dynr_table_definition app = {.name = {"app", 3},
                                                     .partition_key = {{"pk", 2}, 'S'}};
    struct member *member = context;
    struct dynr_arena arena = {0};
    for (int i = 0; i < WINDOW * ROUNDS; i++) {
        struct dynr_response response;
        struct dynr_error err;
        struct dynr_request request = increment_request();
        if (i % 4 == 3) {
            request = request_for(DYNR_CREATE_TABLE);
            request.definition = &app;
        }
        enum dynr_status status =
            dynr_backend_call(member->crowd->f.backend, &request, &arena, &response, &err);
        if (i % 4 == 3) {
            DYNR_ASSERT_STATUS(status, DYNR_ERR_TABLE_EXISTS);
        } else if (DYNR_ASSERT_STATUS(status, DYNR_OK)) {
            (void)atomic_fetch_add(&member->crowd->n_added, 1);
        }
        dynr_arena_reset(&arena);
    }
    dynr_arena_cleanup(&arena);
    return NULL;
}

static void *submit_all_the_time(void *context)
{
    struct member *member = context;
    static struct submission windows[SUBMITTERS][WINDOW];
    for (int round = 0; round < ROUNDS; round++) {
        struct submission *window = windows[member->number];
        for (int i = 0; i < WINDOW; i++) {
            atomic_store(&window[i].n_answers, 0);
            window[i].request = increment_request();
            submit(member->crowd->f.backend, &window[i]);
        }
        for (int i = 0; i < WINDOW; i++) {
            await(&window[i]);
            if (DYNR_ASSERT_STATUS(window[i].status, DYNR_OK)) {
                (void)atomic_fetch_add(&member->crowd->n_added, 1);
            }
        }
    }
    return NULL;
}

/* Indexes come and go, so that descriptions get stale under the writers' hands. */
static void *change_the_table(void *context)
{
    static const struct dynr_index_definition extra = {.name = {"extra", 5},
                                                       .partition_key = {{"n", 1}, 'N'}};
    struct crowd *crowd = context;
    struct dynr_arena arena = {0};
    struct dynr_str name = extra.name;
    for (int i = 0; !atomic_load(&crowd->is_over); i++) {
        struct dynr_response response;
        struct dynr_error err;
        struct dynr_table_update update = DYNR_TABLE_UPDATE_INIT;
        struct dynr_request request = request_for(DYNR_UPDATE_TABLE);
        request.table_update = &update;
        update.new_indexes = i % 2 == 0 ? &extra : NULL;
        update.n_new_indexes = i % 2 == 0 ? 1 : 0;
        update.old_indexes = i % 2 == 0 ? NULL : &name;
        update.n_old_indexes = i % 2 == 0 ? 0 : 1;
        if (!DYNR_ASSERT_STATUS(
                dynr_backend_call(crowd->f.backend, &request, &arena, &response, &err), DYNR_OK)) {
            (void)fprintf(stderr, "%s\n", err.message);
        }
        dynr_arena_reset(&arena);
        pause_ms(2);
    }
    dynr_arena_cleanup(&arena);
    return NULL;
}

static void open_with_maintenance(struct fixture *f, const char *store_path)
{
    struct dynr_local_options options = DYNR_LOCAL_OPTIONS_INIT;
    fixture_open(f, store_path, DYNR_DURABILITY_NORMAL);
    if (store_path != NULL) {
        dynr_backend_destroy(f->backend);
        options.path = store_path;
        options.durability = DYNR_DURABILITY_NORMAL;
        options.maintenance_interval_ms = 5;
        DYNR_ASSERT_STATUS(dynr_local_open(&options, &f->backend, &f->err), DYNR_OK);
    }
}

static void crowd_on(const char *store_path)
{
    struct crowd crowd = {.is_over = false};
    struct member members[SUBMITTERS + CALLERS];
    pthread_t changer;
    char expected[96];
    open_with_maintenance(&crowd.f, store_path);
    for (int i = 0; i < SUBMITTERS + CALLERS; i++) {
        members[i] = (struct member){.crowd = &crowd, .number = i};
        DYNR_ASSERT_INT(pthread_create(&members[i].thread, NULL,
                                       i < SUBMITTERS ? submit_all_the_time : call_all_the_time,
                                       &members[i]),
                        0);
    }
    DYNR_ASSERT_INT(pthread_create(&changer, NULL, change_the_table, &crowd), 0);
    for (int i = 0; i < SUBMITTERS + CALLERS; i++) {
        (void)pthread_join(members[i].thread, NULL);
    }
    atomic_store(&crowd.is_over, true);
    (void)pthread_join(changer, NULL);
    (void)snprintf(expected, sizeof expected,
                   "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"},\"n\":{\"N\":\"%u\"}}",
                   atomic_load(&crowd.n_added));
    DYNR_ASSERT_STR(fixture_get(&crowd.f, KEY_A), expected);
    DYNR_ASSERT_INT(atomic_load(&crowd.n_added),
                    SUBMITTERS * WINDOW * ROUNDS + CALLERS * WINDOW * ROUNDS * 3 / 4);
    DYNR_ASSERT_STATUS(dynr_local_verify(crowd.f.backend, &crowd.f.err), DYNR_OK);
    fixture_close(&crowd.f);
}

static void nothing_is_lost_in_a_crowd(void)
{
    crowd_on(NULL);
    fixture_path(path, sizeof path, "crowd");
    crowd_on(path);
    (void)unlink(path);
}

/* ---- the store's own maintenance ---- */

static void maintenance_fills_and_expires_by_itself(void)
{
    enum {
        ITEMS = 3000
    };
    static const struct dynr_index_definition extra = {.name = {"extra", 5},
                                                       .partition_key = {{"t", 1}, 'S'}};
    struct fixture f;
    struct dynr_table_update update = DYNR_TABLE_UPDATE_INIT;
    bool is_over = false;
    fixture_path(path, sizeof path, "maintenance");
    open_with_maintenance(&f, path);
    for (int i = 0; i < ITEMS; i++) {
        char item[160];
        (void)snprintf(item, sizeof item,
                       "{\"pk\":{\"S\":\"p%d\"},\"sk\":{\"S\":\"s\"},\"t\":{\"S\":\"t%d\"},"
                       "\"end\":{\"N\":\"%d\"}}",
                       i, i % 5, i % 10 == 0 ? 1 : 1700000000);
        fixture_put(&f, item);
        dynr_arena_reset(&f.arena);
    }
    update.new_indexes = &extra;
    update.n_new_indexes = 1;
    update.has_ttl = true;
    update.ttl_attribute = TEXT("end");
    struct dynr_request request = request_for(DYNR_UPDATE_TABLE);
    request.table_update = &update;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_INT(f.response.table->indexes[3].state, DYNR_INDEX_CREATING);
    /* Not readable, and no other one can be added, until it is whole. */
    struct dynr_request scan = scan_request();
    scan.index = extra.name;
    scan.select = DYNR_SELECT_COUNT;
    enum dynr_status status = fixture_call(&f, &scan);
    DYNR_ASSERT(status == DYNR_OK || status == DYNR_ERR_INVALID_ARGUMENT);
    for (int i = 0; i < 2000 && !is_over; i++) {
        request = request_for(DYNR_DESCRIBE_TABLE);
        DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
        is_over = f.response.table->indexes[3].state == DYNR_INDEX_ACTIVE &&
                  f.response.table->item_count == ITEMS / 10;
        pause_ms(2);
    }
    DYNR_ASSERT(is_over);
    /* What expired more than five years ago stays. */
    DYNR_ASSERT_STATUS(fixture_call(&f, &scan), DYNR_OK);
    DYNR_ASSERT_INT(f.response.count, ITEMS / 10);
    DYNR_ASSERT_STATUS(dynr_local_verify(f.backend, &f.err), DYNR_OK);
    fixture_close(&f);
    (void)unlink(path);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(reads_are_answered_at_once), DYNR_TEST(every_kind_of_write_can_be_submitted),
        DYNR_TEST(nobody_waits_for_a_writer),  DYNR_TEST(memory_that_runs_out_is_an_answer),
        DYNR_TEST(nothing_is_lost_in_a_crowd), DYNR_TEST(maintenance_fills_and_expires_by_itself),
    };
    return dynr_test_main("local-submit", tests, DYNR_TEST_COUNT(tests));
}
