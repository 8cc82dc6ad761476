/* SPDX-License-Identifier: Apache-2.0 */
/* Files of older formats: what is in them stays, and what they lacked is there. */
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

#include "dynr/stream.h"
#include "local_fixture.h"
#include "old_store.h"

static char path[512];

static void open_old(struct fixture *f)
{
    struct dynr_local_options options = DYNR_LOCAL_OPTIONS_INIT;
    memset(f, 0, sizeof *f);
    dynr_arena_init(&f->arena, NULL, 0);
    dynr_test_clock_init(&f->clock, 1700000100000, 1);
    options.path = path;
    options.durability = DYNR_DURABILITY_NONE;
    options.clock = &f->clock.clock;
    if (!DYNR_ASSERT_STATUS(dynr_local_open(&options, &f->backend, &f->err), DYNR_OK)) {
        (void)fprintf(stderr, "%s\n", f->err.message);
    }
}

static const struct dynr_table_definition *describe(struct fixture *f, const char *name)
{
    struct dynr_request request = request_for(DYNR_DESCRIBE_TABLE);
    request.table = dynr_str_from_c(name);
    DYNR_ASSERT_STATUS(fixture_call(f, &request), DYNR_OK);
    return f->response.table;
}

static void check_app(struct fixture *f)
{
    const struct dynr_table_definition *app = describe(f, "app");
    DYNR_ASSERT_INT(app->item_count, 3);
    DYNR_ASSERT_INT(app->created_ms, 1700000100000);
    DYNR_ASSERT_INT(app->table_id.len, 36);
    DYNR_ASSERT(app->stream);
    DYNR_ASSERT_STR(app->ttl_attribute, "expires");
    DYNR_ASSERT_INT(app->billing, DYNR_BILLING_PAY_PER_REQUEST);
    DYNR_ASSERT(!app->deletion_protection);
    DYNR_ASSERT_INT(app->n_tags, 0);
    DYNR_ASSERT_STR(app->settings, "");
    if (DYNR_ASSERT_INT(app->n_indexes, 2)) {
        DYNR_ASSERT_STR(app->indexes[0].name, "by_group");
        DYNR_ASSERT_INT(app->indexes[0].state, DYNR_INDEX_ACTIVE);
        DYNR_ASSERT_INT(app->indexes[0].item_count, 1);
        DYNR_ASSERT_STR(app->indexes[1].name, "local");
        DYNR_ASSERT_STR(app->indexes[1].included[0], "t");
    }
    struct dynr_request request = query_request("g = :g", "{\":g\":{\"S\":\"x\"}}");
    request.index = TEXT("by_group");
    DYNR_ASSERT_STATUS(fixture_call(f, &request), DYNR_OK);
    DYNR_ASSERT_INT(f->response.count, 1);
}

static void check_streams(struct fixture *f)
{
    const struct dynr_local_stream_info *streams;
    size_t n_streams;
    struct dynr_local_stream_page page;
    DYNR_ASSERT_STATUS(dynr_local_streams(f->backend, dynr_str_make("", 0), &f->arena, &streams,
                                          &n_streams, &f->err),
                       DYNR_OK);
    if (!DYNR_ASSERT_INT(n_streams, 2)) {
        return;
    }
    DYNR_ASSERT_STR(streams[0].table, "app");
    DYNR_ASSERT_STR(streams[0].label, "2023-11-14T22:15:00.001");
    DYNR_ASSERT_STR(streams[0].partition_key.name, "pk");
    DYNR_ASSERT_INT(streams[0].sort_key.type, 'S');
    DYNR_ASSERT_INT(streams[0].closed_ms, 0);
    DYNR_ASSERT_STR(streams[1].table, "gone");
    DYNR_ASSERT(streams[1].closed_ms != 0);
    DYNR_ASSERT_STATUS(
        dynr_local_stream_page(f->backend, streams[1].id, 0, 10, &f->arena, &page, &f->err),
        DYNR_OK);
    DYNR_ASSERT_INT(page.n_records, 1);
    DYNR_ASSERT(page.is_end);
}

/* Terms of the log from before are known still; those before there were any, no more than that. */
static void check_terms(struct fixture *f, int format)
{
    struct dynr_stream_term terms[DYNR_STREAM_TERMS_MAX];
    size_t n_terms = 0;
    DYNR_ASSERT_STATUS(dynr_local_stream_begin_term(f->backend, 7, terms, &n_terms, &f->err),
                       DYNR_OK);
    if (DYNR_ASSERT_INT(n_terms, format == 3 ? 2 : 1) && format == 3) {
        DYNR_ASSERT_INT(terms[1].key[15], 15);
        DYNR_ASSERT_INT(terms[1].end, 4);
    }
}

static void bring_up_to_date(int format)
{
    struct fixture f;
    bool has_more = true;
    fixture_path(path, sizeof path, "format");
    old_store_write(path, format);
    open_old(&f);
    check_terms(&f, format);
    check_app(&f);
    check_streams(&f);
    DYNR_ASSERT_STATUS(dynr_local_verify(f.backend, &f.err), DYNR_OK);
    /* What expires is found now: first the indexes for it are filled. */
    for (int i = 0; i < 10 && has_more; i++) {
        DYNR_ASSERT_STATUS(dynr_local_maintain(f.backend, &has_more, &f.err), DYNR_OK);
    }
    DYNR_ASSERT(!has_more);
    DYNR_ASSERT_INT(describe(&f, "app")->item_count, 2);
    DYNR_ASSERT_INT(describe(&f, "plain")->item_count, 1);
    DYNR_ASSERT_STATUS(dynr_local_verify(f.backend, &f.err), DYNR_OK);
    fixture_close(&f);
    /* Once more: there is nothing left to do. */
    open_old(&f);
    DYNR_ASSERT_INT(describe(&f, "app")->created_ms, 1700000100000);
    DYNR_ASSERT_INT(describe(&f, "app")->item_count, 2);
    fixture_close(&f);
    (void)unlink(path);
}

static void stores_of_format_2_are_brought_up_to_date(void)
{
    bring_up_to_date(2);
}

static void stores_of_format_3_are_brought_up_to_date(void)
{
    bring_up_to_date(3);
}

static void stores_of_format_1_are_brought_up_to_date(void)
{
    struct fixture f;
    fixture_path(path, sizeof path, "format-1");
    old_store_write(path, 1);
    for (int i = 0; i < 2; i++) {
        struct dynr_stream *stream;
        const struct dynr_record *records;
        size_t n_records;
        open_old(&f);
        check_app(&f);
        /* A replay, still. */
        struct dynr_request put = put_request("{\"pk\":{\"S\":\"b\"},\"sk\":{\"S\":\"1\"}}");
        struct dynr_request request = request_for(DYNR_TRANSACT_WRITE_ITEMS);
        request.operations = &put;
        request.n_operations = 1;
        request.client_token = TEXT("token");
        DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
        DYNR_ASSERT_STATUS(dynr_local_stream_open(f.backend, NULL, &stream, &f.err), DYNR_OK);
        DYNR_ASSERT_STATUS(dynr_stream_read(stream, 10, &f.arena, &records, &n_records, &f.err),
                           DYNR_OK);
        if (DYNR_ASSERT_INT(n_records, 1)) {
            DYNR_ASSERT_INT(records[0].position, 4);
            DYNR_ASSERT_STR(records[0].table, "app");
        }
        dynr_stream_destroy(stream);
        fixture_close(&f);
    }
    (void)unlink(path);
}

/* Of two that are interrupted and begin again, none finds half of it. */
static void a_migration_that_fails_leaves_the_old_format(void)
{
    struct fixture f;
    sqlite3 *db;
    fixture_path(path, sizeof path, "format-stop");
    old_store_write(path, 2);
    DYNR_ASSERT_INT(sqlite3_open(path, &db), SQLITE_OK);
    /* The migration adds a column of that name, at its very end. */
    DYNR_ASSERT_INT(
        sqlite3_exec(db, "ALTER TABLE stream_table ADD COLUMN sort_type TEXT", NULL, NULL, NULL),
        SQLITE_OK);
    struct dynr_local_options options = DYNR_LOCAL_OPTIONS_INIT;
    struct dynr_backend *backend;
    struct dynr_error err;
    options.path = path;
    DYNR_ASSERT_STATUS(dynr_local_open(&options, &backend, &err), DYNR_ERR_CORRUPT);
    DYNR_ASSERT(strstr(err.message, path) != NULL);
    DYNR_ASSERT_INT(
        sqlite3_exec(db, "ALTER TABLE stream_table DROP COLUMN sort_type", NULL, NULL, NULL),
        SQLITE_OK);
    DYNR_ASSERT_INT(sqlite3_close(db), SQLITE_OK);
    open_old(&f);
    check_app(&f);
    fixture_close(&f);
    (void)unlink(path);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(stores_of_format_2_are_brought_up_to_date),
        DYNR_TEST(stores_of_format_3_are_brought_up_to_date),
        DYNR_TEST(stores_of_format_1_are_brought_up_to_date),
        DYNR_TEST(a_migration_that_fails_leaves_the_old_format),
    };
    return dynr_test_main("local-migrate", tests, DYNR_TEST_COUNT(tests));
}
