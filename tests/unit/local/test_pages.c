/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of streams: where they begin and end, and what is too old. */
#include <stdio.h>

#include "dynr/stream.h"
#include "local_fixture.h"

static uint64_t only_stream(struct fixture *f, const char *table)
{
    const struct dynr_local_stream_info *streams;
    size_t n_streams;
    DYNR_ASSERT_STATUS(dynr_local_streams(f->backend, dynr_str_from_c(table), &f->arena, &streams,
                                          &n_streams, &f->err),
                       DYNR_OK);
    return DYNR_ASSERT_INT(n_streams, 1) ? streams[0].id : 0;
}

static void put_number(struct fixture *f, int i)
{
    char item[96];
    (void)snprintf(item, sizeof item,
                   "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"%03d\"},\"v\":{\"S\":\"0123456789\"}}",
                   i);
    fixture_put(f, item);
}

static enum dynr_status start(struct fixture *f, uint64_t id, enum dynr_local_stream_start start,
                              uint64_t sequence, uint64_t *out)
{
    dynr_error_clear(&f->err);
    return dynr_local_stream_begin(f->backend, id, start, sequence, out, &f->err);
}

static void iterators_begin_where_they_say(void)
{
    struct fixture f;
    uint64_t position;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    uint64_t id = only_stream(&f, "app");
    DYNR_ASSERT_STATUS(start(&f, id, DYNR_LOCAL_STREAM_TRIM_HORIZON, 0, &position), DYNR_OK);
    DYNR_ASSERT_INT(position, 0);
    DYNR_ASSERT_STATUS(start(&f, id, DYNR_LOCAL_STREAM_LATEST, 0, &position), DYNR_OK);
    DYNR_ASSERT_INT(position, 0);
    for (int i = 0; i < 5; i++) {
        put_number(&f, i);
    }
    DYNR_ASSERT_STATUS(start(&f, id, DYNR_LOCAL_STREAM_TRIM_HORIZON, 0, &position), DYNR_OK);
    DYNR_ASSERT_INT(position, 0);
    DYNR_ASSERT_STATUS(start(&f, id, DYNR_LOCAL_STREAM_LATEST, 0, &position), DYNR_OK);
    DYNR_ASSERT_INT(position, 5);
    DYNR_ASSERT_STATUS(start(&f, id, DYNR_LOCAL_STREAM_AT, 3, &position), DYNR_OK);
    DYNR_ASSERT_INT(position, 2);
    DYNR_ASSERT_STATUS(start(&f, id, DYNR_LOCAL_STREAM_AFTER, 3, &position), DYNR_OK);
    DYNR_ASSERT_INT(position, 3);
    DYNR_ASSERT_STATUS(start(&f, id, DYNR_LOCAL_STREAM_AT, 6, &position),
                       DYNR_ERR_INVALID_ARGUMENT);
    DYNR_ASSERT_STATUS(start(&f, id, DYNR_LOCAL_STREAM_AT, 0, &position),
                       DYNR_ERR_INVALID_ARGUMENT);
    DYNR_ASSERT_STATUS(start(&f, id + 1, DYNR_LOCAL_STREAM_LATEST, 0, &position),
                       DYNR_ERR_NO_TABLE);
    DYNR_ASSERT_STATUS(start(&f, 0, DYNR_LOCAL_STREAM_LATEST, 0, &position), DYNR_ERR_NO_TABLE);
    fixture_close(&f);
}

static void pages_hold_what_the_view_weighs(void)
{
    struct fixture f;
    struct dynr_local_stream_page page;
    struct dynr_table_update update = DYNR_TABLE_UPDATE_INIT;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    uint64_t id = only_stream(&f, "app");
    put_number(&f, 1);
    struct dynr_request request = update_request("{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"001\"}}",
                                                 "SET w = :w", "{\":w\":{\"S\":\"1\"}}");
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    request = delete_request("{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"001\"}}");
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_STATUS(dynr_local_stream_page(f.backend, id, 0, 2, &f.arena, &page, &f.err),
                       DYNR_OK);
    if (DYNR_ASSERT_INT(page.n_records, 2)) {
        /* pk, sk: 8; v: 11; w: 2. */
        DYNR_ASSERT_INT(page.records[0].event, DYNR_EVENT_INSERT);
        DYNR_ASSERT_INT(page.records[0].size_bytes, 8 + 19);
        DYNR_ASSERT_INT(page.records[0].created_ms, 1700000000000);
        DYNR_ASSERT_STR(page.records[0].table, "app");
        DYNR_ASSERT_INT(page.records[1].size_bytes, 8 + 19 + 21);
        DYNR_ASSERT(page.records[1].old_image.len > 0);
    }
    DYNR_ASSERT_INT(page.next_position, 2);
    DYNR_ASSERT_STATUS(
        dynr_local_stream_page(f.backend, id, page.next_position, 2, &f.arena, &page, &f.err),
        DYNR_OK);
    DYNR_ASSERT_INT(page.n_records, 1);
    DYNR_ASSERT_INT(page.records[0].event, DYNR_EVENT_REMOVE);
    DYNR_ASSERT(!page.records[0].is_expiry);
    DYNR_ASSERT(!page.is_end);
    DYNR_ASSERT_STATUS(
        dynr_local_stream_page(f.backend, id, page.next_position, 2, &f.arena, &page, &f.err),
        DYNR_OK);
    DYNR_ASSERT_INT(page.n_records, 0);
    DYNR_ASSERT_INT(page.next_position, 3);
    DYNR_ASSERT_STATUS(dynr_local_stream_page(f.backend, id, 9, 2, &f.arena, &page, &f.err),
                       DYNR_ERR_INVALID_ARGUMENT);
    DYNR_ASSERT_STATUS(dynr_local_stream_page(f.backend, id, 0, 0, &f.arena, &page, &f.err),
                       DYNR_ERR_INVALID_ARGUMENT);
    /* Keys only: the images are not weighed. */
    request = request_for(DYNR_UPDATE_TABLE);
    request.table_update = &update;
    update.has_stream = true;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    update.stream = true;
    update.stream_view = DYNR_STREAM_KEYS_ONLY;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    put_number(&f, 2);
    DYNR_ASSERT_STATUS(dynr_local_stream_page(f.backend, id + 1, 3, 2, &f.arena, &page, &f.err),
                       DYNR_OK);
    DYNR_ASSERT_INT(page.n_records, 1);
    DYNR_ASSERT_INT(page.records[0].size_bytes, 8);
    fixture_close(&f);
}

static void pages_pass_the_records_of_others(void)
{
    static const struct dynr_table_definition other = {
        .name = {"other", 5}, .partition_key = {{"id", 2}, 'N'}, .stream = true};
    enum {
        OTHERS = 6000
    };
    struct fixture f;
    struct dynr_local_stream_page page;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    struct dynr_request request = request_for(DYNR_CREATE_TABLE);
    request.definition = &other;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    for (int i = 0; i < OTHERS; i++) {
        char item[64];
        (void)snprintf(item, sizeof item, "{\"id\":{\"N\":\"%d\"}}", i);
        request = put_request(item);
        request.table = other.name;
        DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    }
    put_number(&f, 1);
    uint64_t id = only_stream(&f, "app");
    DYNR_ASSERT_STATUS(dynr_local_stream_page(f.backend, id, 0, 10, &f.arena, &page, &f.err),
                       DYNR_OK);
    DYNR_ASSERT_INT(page.n_records, 0);
    DYNR_ASSERT(page.next_position > 0 && page.next_position < OTHERS);
    DYNR_ASSERT_STATUS(
        dynr_local_stream_page(f.backend, id, page.next_position, 10, &f.arena, &page, &f.err),
        DYNR_OK);
    DYNR_ASSERT_INT(page.n_records, 1);
    DYNR_ASSERT_INT(page.next_position, OTHERS + 1);
    fixture_close(&f);
}

/* Records are not shown once they are too old, whether or not a writer has removed them. */
static void what_is_too_old_is_trimmed(void)
{
    static const int64_t day_ms = INT64_C(24) * 60 * 60 * 1000;
    struct fixture f;
    struct dynr_local_stream_page page;
    uint64_t position;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    uint64_t id = only_stream(&f, "app");
    for (int i = 0; i < 10; i++) {
        put_number(&f, i);
        f.clock.now_ms += 1000;
    }
    f.clock.now_ms += day_ms - 5000;
    for (int i = 0; i < 2; i++) {
        /* Made 10 s to 1 s before; those of the first five seconds are too old. */
        DYNR_ASSERT_STATUS(start(&f, id, DYNR_LOCAL_STREAM_TRIM_HORIZON, 0, &position), DYNR_OK);
        DYNR_ASSERT_INT(position, 5);
        DYNR_ASSERT_STATUS(start(&f, id, DYNR_LOCAL_STREAM_AT, 5, &position), DYNR_ERR_TRIMMED);
        DYNR_ASSERT_STATUS(start(&f, id, DYNR_LOCAL_STREAM_AT, 6, &position), DYNR_OK);
        DYNR_ASSERT_STATUS(dynr_local_stream_page(f.backend, id, 4, 100, &f.arena, &page, &f.err),
                           DYNR_ERR_TRIMMED);
        DYNR_ASSERT_STATUS(dynr_local_stream_page(f.backend, id, 5, 100, &f.arena, &page, &f.err),
                           DYNR_OK);
        DYNR_ASSERT_INT(page.n_records, 5 + i);
        /* This writer removes them. */
        put_number(&f, 100);
    }
    /* A deleted table's stream can be read until it is too old. */
    struct dynr_request request = request_for(DYNR_DELETE_TABLE);
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_STATUS(dynr_local_stream_page(f.backend, id, 5, 100, &f.arena, &page, &f.err),
                       DYNR_OK);
    DYNR_ASSERT_INT(page.n_records, 6);
    DYNR_ASSERT(page.is_end);
    f.clock.now_ms += day_ms + 1;
    DYNR_ASSERT_STATUS(dynr_local_stream_page(f.backend, id, 5, 100, &f.arena, &page, &f.err),
                       DYNR_ERR_NO_TABLE);
    fixture_close(&f);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(iterators_begin_where_they_say),
        DYNR_TEST(pages_hold_what_the_view_weighs),
        DYNR_TEST(pages_pass_the_records_of_others),
        DYNR_TEST(what_is_too_old_is_trimmed),
    };
    return dynr_test_main("local-pages", tests, DYNR_TEST_COUNT(tests));
}
