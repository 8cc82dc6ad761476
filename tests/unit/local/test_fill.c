/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filling an index in a process that is killed meanwhile, while others write: whoever opens the file next goes on where it stopped. And
 * what happens where that fails.
 */
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "local_fixture.h"

enum {
    ITEMS = 8000,
    MOST_KILLS = 60,
    WANTED = 3
};

static char path[512];
static char lines_path[560];

static const struct dynr_index_definition by_title = {.name = {"by_title", 8},
                                                      .partition_key = {{"t", 1}, 'S'},
                                                      .projection = DYNR_PROJECT_KEYS_ONLY};
static const struct dynr_table_definition wide_table = {.name = {"wide", 4},
                                                        .partition_key = {{"pk", 2}, 'S'}};

static enum dynr_status open_store(uint32_t interval_ms, struct dynr_backend **out,
                                   struct dynr_error *err)
{
    struct dynr_local_options options = DYNR_LOCAL_OPTIONS_INIT;
    options.path = path;
    options.durability = DYNR_DURABILITY_NORMAL;
    options.maintenance_interval_ms = interval_ms;
    return dynr_local_open(&options, out, err);
}

static enum dynr_status change_index(struct fixture *f, bool is_new)
{
    struct dynr_table_update update = DYNR_TABLE_UPDATE_INIT;
    struct dynr_request request = request_for(DYNR_UPDATE_TABLE);
    update.new_indexes = is_new ? &by_title : NULL;
    update.n_new_indexes = is_new ? 1 : 0;
    update.old_indexes = &by_title.name;
    update.n_old_indexes = is_new ? 0 : 1;
    request.table = wide_table.name;
    request.table_update = &update;
    return fixture_call(f, &request);
}

/* Begins to fill, and writes until it is killed: items get other titles, come and go. */
static void run_child(void)
{
    struct fixture f = {0};
    dynr_arena_init(&f.arena, NULL, 0);
    if (open_store(1, &f.backend, &f.err) != DYNR_OK || change_index(&f, true) != DYNR_OK) {
        _exit(1);
    }
    for (int i = 0;; i++) {
        struct dynr_request request = put_request("");
        request.table = wide_table.name;
        request.item = dynr_arena_printf(
            &f.arena, "{\"pk\":{\"S\":\"%05d\"},\"t\":{\"S\":\"new%d\"}}", i * 37 % (ITEMS * 2), i);
        if (i % 3 == 0) {
            request.operation = DYNR_DELETE_ITEM;
            request.key = dynr_arena_printf(&f.arena, "{\"pk\":{\"S\":\"%05d\"}}", i * 53 % ITEMS);
        }
        if (fixture_call(&f, &request) != DYNR_OK) {
            _exit(1);
        }
        dynr_arena_reset(&f.arena);
    }
}

static void kill_after(long microseconds)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        run_child();
    }
    struct timespec pause = {.tv_nsec = microseconds * 1000};
    (void)nanosleep(&pause, NULL);
    (void)kill(child, SIGKILL);
    DYNR_ASSERT(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
}

static int query_integer(const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *statement = NULL;
    int value = -1;
    if (sqlite3_open(path, &db) == SQLITE_OK &&
        sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
        value = sqlite3_column_int(statement, 0);
    }
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(db);
    return value;
}

/* Opens what was left, goes on to the end, and takes the index away again. */
static void go_on(bool *out_was_partial)
{
    struct fixture f = {0};
    bool has_more = true;
    *out_was_partial =
        query_integer("SELECT count(*) FROM dynr_index WHERE state=1 AND length(filled_pk)>0") == 1;
    bool is_there = query_integer("SELECT count(*) FROM dynr_index") == 1;
    dynr_arena_init(&f.arena, NULL, 0);
    DYNR_ASSERT_STATUS(open_store(0, &f.backend, &f.err), DYNR_OK);
    struct dynr_request scan = scan_request();
    scan.table = wide_table.name;
    scan.index = by_title.name;
    if (*out_was_partial) {
        DYNR_ASSERT(fixture_fails(&f, &scan, DYNR_ERR_INVALID_ARGUMENT,
                                  "Cannot read from backfilling global secondary index: by_title"));
        DYNR_ASSERT_STATUS(change_index(&f, true), DYNR_ERR_INVALID_ARGUMENT);
    }
    for (int i = 0; i < 1000 && has_more; i++) {
        DYNR_ASSERT_STATUS(dynr_local_maintain(f.backend, &has_more, &f.err), DYNR_OK);
    }
    DYNR_ASSERT(!has_more);
    if (!DYNR_ASSERT_STATUS(dynr_local_verify(f.backend, &f.err), DYNR_OK)) {
        (void)fprintf(stderr, "%s\n", f.err.message);
    }
    if (is_there) {
        struct dynr_request describe = request_for(DYNR_DESCRIBE_TABLE);
        describe.table = wide_table.name;
        DYNR_ASSERT_STATUS(fixture_call(&f, &describe), DYNR_OK);
        const struct dynr_table_definition *table = f.response.table;
        DYNR_ASSERT_INT(table->indexes[0].state, DYNR_INDEX_ACTIVE);
        DYNR_ASSERT_INT(table->indexes[0].item_count, table->item_count);
        DYNR_ASSERT_STATUS(fixture_call(&f, &scan), DYNR_OK);
        DYNR_ASSERT_STATUS(change_index(&f, false), DYNR_OK);
    }
    fixture_close(&f);
}

static void interrupted_fills_go_on(void)
{
    struct fixture f = {0};
    int n_partial = 0;
    fixture_path(path, sizeof path, "fill");
    (void)snprintf(lines_path, sizeof lines_path, "%s.json", path);
    FILE *file = fopen(lines_path, "wb");
    for (int i = 0; file != NULL && i < ITEMS; i++) {
        (void)fprintf(file, "{\"Item\":{\"pk\":{\"S\":\"%05d\"},\"t\":{\"S\":\"t%d\"}}}\n", i,
                      i % 10);
    }
    DYNR_ASSERT(file != NULL && fclose(file) == 0);
    dynr_arena_init(&f.arena, NULL, 0);
    DYNR_ASSERT_STATUS(open_store(0, &f.backend, &f.err), DYNR_OK);
    DYNR_ASSERT_STATUS(dynr_local_import(f.backend, &wide_table, lines_path, NULL, NULL, &f.err),
                       DYNR_OK);
    fixture_close(&f);
    for (int i = 0; i < MOST_KILLS && n_partial < WANTED; i++) {
        bool was_partial;
        kill_after(2000 + i % 20 * 3000);
        go_on(&was_partial);
        n_partial += was_partial ? 1 : 0;
    }
    /* Some were killed in the middle of it. */
    DYNR_ASSERT_INT(n_partial, WANTED);
    (void)unlink(lines_path);
    (void)unlink(path);
}

/* ---- what fails keeps nothing else from being done ---- */

struct failures {
    pthread_mutex_t mutex;
    pthread_cond_t came;
    int n;
    enum dynr_status status;
};

static void on_failure(void *context, const struct dynr_error *err)
{
    struct failures *failures = context;
    (void)pthread_mutex_lock(&failures->mutex);
    failures->n++;
    failures->status = err->status;
    (void)pthread_cond_signal(&failures->came);
    (void)pthread_mutex_unlock(&failures->mutex);
}

static bool wait_for_failures(struct failures *failures, int n)
{
    struct timespec deadline;
    int code = 0;
    (void)clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += 10;
    (void)pthread_mutex_lock(&failures->mutex);
    while (failures->n < n && code == 0) {
        code = pthread_cond_timedwait(&failures->came, &failures->mutex, &deadline);
    }
    (void)pthread_mutex_unlock(&failures->mutex);
    return code == 0;
}

static void execute(const char *sql)
{
    sqlite3 *db;
    DYNR_ASSERT_INT(sqlite3_open(path, &db), SQLITE_OK);
    DYNR_ASSERT_INT(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(db);
}

/* A table with an index and an item, whose `e` is in the past. */
static void make_table(struct fixture *f, const char *name, const char *ttl_attribute)
{
    struct dynr_table_definition definition = wide_table;
    struct dynr_request request = request_for(DYNR_CREATE_TABLE);
    definition.name = dynr_str_from_c(name);
    definition.indexes = &by_title;
    definition.n_indexes = 1;
    definition.ttl_attribute = dynr_str_from_c(ttl_attribute);
    request.definition = &definition;
    DYNR_ASSERT_STATUS(fixture_call(f, &request), DYNR_OK);
    request = put_request("");
    request.table = definition.name;
    request.item = dynr_arena_printf(
        &f->arena, "{\"pk\":{\"S\":\"a\"},\"t\":{\"S\":\"x\"},\"e\":{\"N\":\"%lld\"}}",
        (long long)time(NULL) - 100);
    DYNR_ASSERT_STATUS(fixture_call(f, &request), DYNR_OK);
}

/* Of two tables to be filled, and of two whose items expire, the first is damaged. */
static void make_damaged_store(void)
{
    struct fixture f = {0};
    dynr_arena_init(&f.arena, NULL, 0);
    DYNR_ASSERT_STATUS(open_store(0, &f.backend, &f.err), DYNR_OK);
    make_table(&f, "fill_1", "");
    make_table(&f, "fill_2", "");
    make_table(&f, "expire_1", "e");
    make_table(&f, "expire_2", "e");
    fixture_close(&f);
    /* As if a process had ended before it filled them. */
    execute("UPDATE dynr_index SET state=1 WHERE table_id<3; DELETE FROM x1_0; DELETE FROM x2_0;"
            "UPDATE t1 SET item='{'; DELETE FROM t3");
}

static void a_failure_stops_nothing_else(void)
{
    struct fixture f = {0};
    bool has_more = true;
    fixture_path(path, sizeof path, "failure");
    make_damaged_store();
    dynr_arena_init(&f.arena, NULL, 0);
    DYNR_ASSERT_STATUS(open_store(0, &f.backend, &f.err), DYNR_OK);
    DYNR_ASSERT_STATUS(dynr_local_maintain(f.backend, &has_more, &f.err), DYNR_ERR_CORRUPT);
    /* The first error, whatever came after it. */
    DYNR_ASSERT_STR(dynr_str_from_c(f.err.message), "a stored item of table fill_1 cannot be read");
    DYNR_ASSERT(has_more);
    DYNR_ASSERT_INT(query_integer("SELECT count(*) FROM t4"), 0);
    DYNR_ASSERT_STATUS(dynr_local_maintain(f.backend, &has_more, &f.err), DYNR_ERR_CORRUPT);
    /* What fails is no reason to come again soon. */
    DYNR_ASSERT(!has_more);
    DYNR_ASSERT_INT(query_integer("SELECT count(*) FROM dynr_index WHERE state=1"), 1);
    fixture_close(&f);
    (void)unlink(path);
}

static void failures_in_the_background_are_told(void)
{
    struct fixture f = {0};
    struct dynr_local_options options = DYNR_LOCAL_OPTIONS_INIT;
    struct failures failures = {.mutex = PTHREAD_MUTEX_INITIALIZER,
                                .came = PTHREAD_COND_INITIALIZER};
    fixture_path(path, sizeof path, "told");
    make_damaged_store();
    options.path = path;
    options.maintenance_interval_ms = 1;
    options.maintenance_failed = on_failure;
    options.maintenance_context = &failures;
    dynr_arena_init(&f.arena, NULL, 0);
    DYNR_ASSERT_STATUS(dynr_local_open(&options, &f.backend, &f.err), DYNR_OK);
    DYNR_ASSERT(wait_for_failures(&failures, 3));
    fixture_close(&f);
    DYNR_ASSERT_STATUS(failures.status, DYNR_ERR_CORRUPT);
    DYNR_ASSERT_INT(query_integer("SELECT count(*) FROM t4"), 0);
    DYNR_ASSERT_INT(query_integer("SELECT count(*) FROM dynr_index WHERE state=1"), 1);
    (void)unlink(path);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(interrupted_fills_go_on),
        DYNR_TEST(a_failure_stops_nothing_else),
        DYNR_TEST(failures_in_the_background_are_told),
    };
    return dynr_test_main("local-fill", tests, DYNR_TEST_COUNT(tests));
}
