/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file itself: reopening, foreign and damaged files, other connections, change records; and jobs
 * that fail.
 */
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "local/engine.h"
#include "local_fixture.h"

#define KEY_A  "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"}}"
#define ITEM_A "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"},\"n\":{\"N\":\"1\"}}"

static char path[512];

static enum dynr_status open_status(struct dynr_error *err)
{
    struct dynr_local_options options = DYNR_LOCAL_OPTIONS_INIT;
    struct dynr_backend *backend;
    options.path = path;
    enum dynr_status status = dynr_local_open(&options, &backend, err);
    dynr_backend_destroy(backend);
    return status;
}

static char *read_file(size_t *out_size)
{
    FILE *file = fopen(path, "rb");
    char *bytes = calloc(1, 1 << 20);
    *out_size = file == NULL ? 0 : fread(bytes, 1, 1 << 20, file);
    if (file != NULL) {
        (void)fclose(file);
    }
    return bytes;
}

static void write_file(const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    DYNR_ASSERT(file != NULL && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
}

static void items_survive_closing(void)
{
    struct fixture f;
    fixture_path(path, sizeof path, "reopen");
    for (int durability = DYNR_DURABILITY_FULL; durability <= DYNR_DURABILITY_NONE; durability++) {
        fixture_open(&f, path, (enum dynr_durability)durability);
        if (durability != DYNR_DURABILITY_FULL) {
            DYNR_ASSERT_STR(fixture_get(&f, KEY_A), ITEM_A);
        }
        fixture_put(&f, ITEM_A);
        fixture_close(&f);
    }
    (void)unlink(path);
}

static void foreign_files_are_left_alone(void)
{
    static const char text[] =
        "This is a text file that is longer than the header of a database, which has one "
        "hundred bytes, and it must stay as it is.";
    struct dynr_error err = {0};
    size_t size;
    fixture_path(path, sizeof path, "foreign");
    write_file(text, sizeof text);
    DYNR_ASSERT_STATUS(open_status(&err), DYNR_ERR_CORRUPT);
    DYNR_ASSERT(strstr(err.message, "is not a dynr store: it is no SQLite database") != NULL);
    char *bytes = read_file(&size);
    DYNR_ASSERT_MEM(bytes, size, text, sizeof text);
    free(bytes);
    write_file("short", 5);
    DYNR_ASSERT_STATUS(open_status(&err), DYNR_ERR_CORRUPT);
    (void)unlink(path);

    sqlite3 *db;
    DYNR_ASSERT_INT(sqlite3_open(path, &db), SQLITE_OK);
    DYNR_ASSERT_INT(sqlite3_exec(db, "CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)", NULL,
                                 NULL, NULL),
                    SQLITE_OK);
    DYNR_ASSERT_INT(sqlite3_close(db), SQLITE_OK);
    char *before = read_file(&size);
    DYNR_ASSERT_STATUS(open_status(&err), DYNR_ERR_CORRUPT);
    DYNR_ASSERT(strstr(err.message, "database of another application") != NULL);
    size_t size_after;
    char *after = read_file(&size_after);
    DYNR_ASSERT_MEM(after, size_after, before, size);
    free(before);
    free(after);
    (void)unlink(path);
}

static void newer_formats_are_refused(void)
{
    struct dynr_error err = {0};
    struct fixture f;
    sqlite3 *db;
    fixture_path(path, sizeof path, "newer");
    fixture_open(&f, path, DYNR_DURABILITY_NONE);
    fixture_close(&f);
    DYNR_ASSERT_INT(sqlite3_open(path, &db), SQLITE_OK);
    DYNR_ASSERT_INT(sqlite3_exec(db, "PRAGMA user_version=99", NULL, NULL, NULL), SQLITE_OK);
    DYNR_ASSERT_INT(sqlite3_close(db), SQLITE_OK);
    DYNR_ASSERT_STATUS(open_status(&err), DYNR_ERR_CORRUPT);
    DYNR_ASSERT(strstr(err.message, "format 99") != NULL);
    (void)unlink(path);
}

static void truncated_files_are_refused(void)
{
    struct dynr_error err = {0};
    struct fixture f;
    size_t size;
    fixture_path(path, sizeof path, "truncated");
    fixture_open(&f, path, DYNR_DURABILITY_NONE);
    fixture_put(&f, ITEM_A);
    fixture_close(&f);
    char *bytes = read_file(&size);
    static const size_t cuts[] = {50, 100, 4096, 8192, 20000};
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        write_file(bytes, cuts[i]);
        DYNR_ASSERT_STATUS(open_status(&err), DYNR_ERR_CORRUPT);
    }
    write_file(bytes, size - 8192);
    DYNR_ASSERT_STATUS(open_status(&err), DYNR_ERR_CORRUPT);
    write_file(bytes, size);
    DYNR_ASSERT_STATUS(open_status(&err), DYNR_OK);
    free(bytes);
    (void)unlink(path);
}

static void paths_that_cannot_be_opened_are_io_errors(void)
{
    struct dynr_error err = {0};
    (void)snprintf(path, sizeof path, "/nonexistent/folder/store.db");
    DYNR_ASSERT_STATUS(open_status(&err), DYNR_ERR_IO);
    DYNR_ASSERT(strstr(err.message, "unable to open database file") != NULL);
}

static void another_writer_makes_the_store_busy(void)
{
    struct dynr_local_options options = DYNR_LOCAL_OPTIONS_INIT;
    struct fixture f;
    struct fixture other;
    sqlite3 *db;
    fixture_path(path, sizeof path, "busy");
    fixture_open(&f, path, DYNR_DURABILITY_NONE);
    memset(&other, 0, sizeof other);
    options.path = path;
    options.busy_timeout_ms = 20;
    DYNR_ASSERT_STATUS(dynr_local_open(&options, &other.backend, &other.err), DYNR_OK);
    DYNR_ASSERT_INT(sqlite3_open(path, &db), SQLITE_OK);
    DYNR_ASSERT_INT(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    struct dynr_request request = put_request(ITEM_A);
    DYNR_ASSERT_STATUS(fixture_call(&other, &request), DYNR_ERR_BUSY);
    DYNR_ASSERT(other.err.retryable);
    DYNR_ASSERT_STR(fixture_get(&other, KEY_A), "");
    DYNR_ASSERT_INT(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    DYNR_ASSERT_STATUS(fixture_call(&other, &request), DYNR_OK);
    DYNR_ASSERT_STR(fixture_get(&f, KEY_A), ITEM_A);
    /* A table deleted behind the other's back is gone for it too, and its successor is seen. */
    request = request_for(DYNR_DELETE_TABLE);
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    request = put_request(ITEM_A);
    DYNR_ASSERT_STATUS(fixture_call(&other, &request), DYNR_ERR_NO_TABLE);
    request = get_request(KEY_A);
    DYNR_ASSERT_STATUS(fixture_call(&other, &request), DYNR_ERR_NO_TABLE);
    DYNR_ASSERT_INT(sqlite3_close(db), SQLITE_OK);
    fixture_close(&other);
    fixture_close(&f);
    (void)unlink(path);
}

/* The process's limit on file sizes stands in for a disk that is full. */
static void a_full_disk_fails_writes_but_not_reads(void)
{
    enum {
        FILL = 250000,
        LIMIT = 400000
    };
    static char item[FILL + 256];
    struct fixture f;
    struct rlimit before;
    fixture_path(path, sizeof path, "full");
    fixture_open(&f, path, DYNR_DURABILITY_NONE);
    fixture_put(&f, ITEM_A);
    int n =
        snprintf(item, sizeof item, "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"big\"},\"v\":{\"S\":\"");
    memset(item + n, 'x', FILL);
    (void)snprintf(item + n + FILL, 10, "\"}}");
    (void)signal(SIGXFSZ, SIG_IGN);
    DYNR_ASSERT_INT(getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit small = {.rlim_cur = LIMIT, .rlim_max = before.rlim_max};
    DYNR_ASSERT_INT(setrlimit(RLIMIT_FSIZE, &small), 0);
    struct dynr_request request = put_request(item);
    enum dynr_status status = fixture_call(&f, &request);
    DYNR_ASSERT_INT(setrlimit(RLIMIT_FSIZE, &before), 0);
    DYNR_ASSERT_STATUS(status, DYNR_ERR_IO);
    DYNR_ASSERT(strstr(f.err.message, "disk") != NULL);
    DYNR_ASSERT_STR(fixture_get(&f, KEY_A), ITEM_A);
    DYNR_ASSERT_STR(fixture_get(&f, "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"big\"}}"), "");
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    fixture_close(&f);
    (void)unlink(path);
}

/* ---- memory that runs out ---- */

static void every_failing_allocation_is_an_answer(void)
{
    struct fixture f;
    struct dynr_test_memory memory;
    struct dynr_error err = {0};
    struct dynr_response response;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    fixture_put(&f, "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"},\"n\":{\"N\":\"1\"},\"g\":{\"S\":"
                    "\"x\"},\"r\":{\"N\":\"1\"},"
                    "\"l\":{\"N\":\"2\"}}");
    struct dynr_request inner = update_request(KEY_A, "SET r = r + :one, h = :h",
                                               "{\":one\":{\"N\":\"1\"},\":h\":{\"S\":\"text\"}}");
    struct dynr_request query =
        query_request("pk = :p AND begins_with(sk, :s)",
                      "{\":p\":{\"S\":\"a\"},\":s\":{\"S\":\"1\"},\":x\":{\"N\":\"0\"}}");
    query.filter = TEXT("n > :x");
    query.projection = TEXT("pk, n");
    query.limit = 1;
    struct dynr_request requests[] = {inner,
                                      query,
                                      get_request(KEY_A),
                                      request_for(DYNR_TRANSACT_WRITE_ITEMS),
                                      request_for(DYNR_DESCRIBE_TABLE),
                                      request_for(DYNR_LIST_TABLES)};
    requests[3].operations = &inner;
    requests[3].n_operations = 1;
    requests[3].client_token = TEXT("token");
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        enum dynr_status status = DYNR_ERR_NO_MEMORY;
        for (size_t fail_at = 1; status == DYNR_ERR_NO_MEMORY && fail_at < 1000; fail_at++) {
            struct dynr_arena arena;
            dynr_test_memory_init(&memory, fail_at);
            dynr_arena_init(&arena, &memory.allocator, 0);
            status = dynr_backend_call(f.backend, &requests[i], &arena, &response, &err);
            dynr_arena_cleanup(&arena);
            DYNR_ASSERT_INT(memory.n_blocks, 0);
        }
        DYNR_ASSERT_STATUS(status, DYNR_OK);
        /* The same by bytes: whatever the chunks are, the bound is met at every place. */
        status = DYNR_ERR_NO_MEMORY;
        for (size_t limit = 1; status == DYNR_ERR_NO_MEMORY && limit < 200000; limit += 256) {
            struct dynr_arena arena;
            dynr_arena_init(&arena, NULL, limit);
            status = dynr_backend_call(f.backend, &requests[i], &arena, &response, &err);
            dynr_arena_cleanup(&arena);
        }
        DYNR_ASSERT_STATUS(status, DYNR_OK);
    }
    DYNR_ASSERT(strstr(fixture_get(&f, KEY_A).ptr, "\"r\":{\"N\":\"4\"}") != NULL);
    fixture_close(&f);
}

/* ---- jobs ---- */

/* A job may run twice: what it read the first time, which was undone, must not count. */
static void evaluating_again_reads_again(void)
{
    struct fixture f;
    struct local_write write;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    fixture_put(&f, ITEM_A);
    struct local_engine *engine = (struct local_engine *)(void *)f.backend;
    struct local_call call = {.engine = engine, .arena = &f.arena};
    struct dynr_request request = put_request(ITEM_A);
    request.condition = TEXT("n = :v");
    request.values = TEXT("{\":v\":{\"N\":\"1\"}}");
    DYNR_ASSERT_STATUS(dynr_local_write_prepare(&call, &request, &write, &f.err), DYNR_OK);
    DYNR_ASSERT_STATUS(dynr_local_write_evaluate(engine->writer.connection, &call, &write, &f.err),
                       DYNR_OK);
    fixture_put(&f, "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"},\"n\":{\"N\":\"2\"}}");
    DYNR_ASSERT_STATUS(dynr_local_write_evaluate(engine->writer.connection, &call, &write, &f.err),
                       DYNR_ERR_CONDITION_FAILED);
    dynr_local_call_end(&call);
    fixture_close(&f);
}

/* ---- change records ---- */

static void check_record(sqlite3_stmt *statement, const char *event, const char *old_image,
                         const char *new_image)
{
    DYNR_ASSERT_INT(sqlite3_step(statement), SQLITE_ROW);
    DYNR_ASSERT_STR(dynr_str_from_c((const char *)sqlite3_column_text(statement, 0)), event);
    DYNR_ASSERT_STR(dynr_str_from_c((const char *)sqlite3_column_text(statement, 1)), KEY_A);
    DYNR_ASSERT_STR(dynr_str_from_c((const char *)sqlite3_column_text(statement, 2)), old_image);
    DYNR_ASSERT_STR(dynr_str_from_c((const char *)sqlite3_column_text(statement, 3)), new_image);
}

static void every_effective_change_is_recorded(void)
{
    static const char changed[] = "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"},\"n\":{\"N\":\"2\"}}";
    struct fixture f;
    sqlite3 *db;
    sqlite3_stmt *statement;
    fixture_path(path, sizeof path, "stream");
    fixture_open(&f, path, DYNR_DURABILITY_NONE);
    fixture_put(&f, ITEM_A);
    fixture_put(&f, ITEM_A);
    fixture_put(&f, "{\"n\":{\"N\":\"1\"},\"sk\":{\"S\":\"1\"},\"pk\":{\"S\":\"a\"}}");
    fixture_put(&f, ITEM_A);
    struct dynr_request request = update_request(KEY_A, "SET n = :n", "{\":n\":{\"N\":\"1\"}}");
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    request = update_request(KEY_A, "SET n = :n", "{\":n\":{\"N\":\"2\"}}");
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    request = delete_request(KEY_A);
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    request = put_request(ITEM_A);
    request.condition = TEXT("attribute_exists(pk)");
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_ERR_CONDITION_FAILED);
    DYNR_ASSERT_INT(sqlite3_open(path, &db), SQLITE_OK);
    DYNR_ASSERT_INT(
        sqlite3_prepare_v2(db,
                           "SELECT event, keys, old_image, new_image, created_ms FROM stream_record"
                           " ORDER BY sequence",
                           -1, &statement, NULL),
        SQLITE_OK);
    check_record(statement, "INSERT", "", ITEM_A);
    DYNR_ASSERT_INT(sqlite3_column_int64(statement, 4), 1700000000000);
    check_record(statement, "MODIFY", ITEM_A, changed);
    check_record(statement, "REMOVE", changed, "");
    DYNR_ASSERT_INT(sqlite3_step(statement), SQLITE_DONE);
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(db);
    fixture_close(&f);
    (void)unlink(path);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(items_survive_closing),
        DYNR_TEST(foreign_files_are_left_alone),
        DYNR_TEST(newer_formats_are_refused),
        DYNR_TEST(truncated_files_are_refused),
        DYNR_TEST(paths_that_cannot_be_opened_are_io_errors),
        DYNR_TEST(another_writer_makes_the_store_busy),
        DYNR_TEST(a_full_disk_fails_writes_but_not_reads),
        DYNR_TEST(evaluating_again_reads_again),
        DYNR_TEST(every_failing_allocation_is_an_answer),
        DYNR_TEST(every_effective_change_is_recorded),
    };
    return dynr_test_main("local-store", tests, DYNR_TEST_COUNT(tests));
}
