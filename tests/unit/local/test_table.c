/* SPDX-License-Identifier: Apache-2.0 */
/* Definitions of tables, and what UpdateTable makes of them and of the items. */
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

#include "dynr/stream.h"
#include "local/engine.h"
#include "local_fixture.h"

static const struct dynr_tag full_tags[] = {{{"team", 4}, {"blue \"1\"", 8}},
                                            {{"stage", 5}, {"", 0}}};
static const struct dynr_str full_included[] = {{"t", 1}};
static const struct dynr_index_definition full_indexes[] = {
    {.name = {"by_t", 4},
     .partition_key = {{"t", 1}, 'S'},
     .projection = DYNR_PROJECT_KEYS_ONLY,
     .throughput = {3, 4}},
    {.name = {"keys", 4},
     .partition_key = {{"pk", 2}, 'S'},
     .sort_key = {{"l", 1}, 'N'},
     .is_local = true,
     .projection = DYNR_PROJECT_KEYS_ONLY},
    {.name = {"some", 4},
     .partition_key = {{"pk", 2}, 'S'},
     .sort_key = {{"l", 1}, 'N'},
     .is_local = true,
     .projection = DYNR_PROJECT_INCLUDE,
     .included = full_included,
     .n_included = 1},
    {.name = {"all", 3},
     .partition_key = {{"pk", 2}, 'S'},
     .sort_key = {{"l", 1}, 'N'},
     .is_local = true},
};
static const struct dynr_table_definition full_table = {
    .name = {"full", 4},
    .partition_key = {{"pk", 2}, 'S'},
    .sort_key = {{"sk", 2}, 'B'},
    .indexes = full_indexes,
    .n_indexes = 4,
    .stream = true,
    .stream_view = DYNR_STREAM_OLD_IMAGE,
    .ttl_attribute = {"end", 3},
    .billing = DYNR_BILLING_PROVISIONED,
    .throughput = {5, 6},
    .deletion_protection = true,
    .tags = full_tags,
    .n_tags = 2,
    .settings = {"{\"Class\":\"STANDARD\"}", 20},
};

static const struct dynr_table_definition *describe(struct fixture *f, const char *name)
{
    struct dynr_request request = request_for(DYNR_DESCRIBE_TABLE);
    request.table = dynr_str_from_c(name);
    DYNR_ASSERT_STATUS(fixture_call(f, &request), DYNR_OK);
    return f->response.table;
}

static enum dynr_status update_table(struct fixture *f, const char *name,
                                     const struct dynr_table_update *update)
{
    struct dynr_request request = request_for(DYNR_UPDATE_TABLE);
    request.table = dynr_str_from_c(name);
    request.table_update = update;
    dynr_error_clear(&f->err);
    return fixture_call(f, &request);
}

static void check_full(const struct dynr_table_definition *table)
{
    DYNR_ASSERT_STR(table->name, "full");
    DYNR_ASSERT_INT(table->sort_key.type, 'B');
    DYNR_ASSERT(table->stream);
    DYNR_ASSERT_INT(table->stream_view, DYNR_STREAM_OLD_IMAGE);
    DYNR_ASSERT_STR(table->stream_label, "2023-11-14T22:13:20.001");
    DYNR_ASSERT_STR(table->ttl_attribute, "end");
    DYNR_ASSERT_INT(table->billing, DYNR_BILLING_PROVISIONED);
    DYNR_ASSERT_INT(table->throughput.read_units, 5);
    DYNR_ASSERT_INT(table->throughput.write_units, 6);
    DYNR_ASSERT(table->deletion_protection);
    DYNR_ASSERT_STR(table->settings, "{\"Class\":\"STANDARD\"}");
    DYNR_ASSERT_INT(table->created_ms, 1700000000000);
    DYNR_ASSERT_INT(table->table_id.len, 36);
    if (DYNR_ASSERT_INT(table->n_tags, 2)) {
        DYNR_ASSERT_STR(table->tags[0].key, "team");
        DYNR_ASSERT_STR(table->tags[0].value, "blue \"1\"");
        DYNR_ASSERT_STR(table->tags[1].key, "stage");
        DYNR_ASSERT_STR(table->tags[1].value, "");
    }
    if (DYNR_ASSERT_INT(table->n_indexes, 4)) {
        DYNR_ASSERT_STR(table->indexes[0].name, "by_t");
        DYNR_ASSERT_INT(table->indexes[0].throughput.read_units, 3);
        DYNR_ASSERT_INT(table->indexes[0].throughput.write_units, 4);
        DYNR_ASSERT_INT(table->indexes[1].projection, DYNR_PROJECT_KEYS_ONLY);
        DYNR_ASSERT(table->indexes[2].is_local);
        DYNR_ASSERT_STR(table->indexes[2].included[0], "t");
        DYNR_ASSERT_INT(table->indexes[3].projection, DYNR_PROJECT_ALL);
    }
}

static void definitions_are_kept_in_full(void)
{
    struct fixture f;
    char path[512];
    fixture_path(path, sizeof path, "full-table");
    fixture_open(&f, path, DYNR_DURABILITY_NONE);
    struct dynr_request request = request_for(DYNR_CREATE_TABLE);
    request.definition = &full_table;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    check_full(f.response.table);
    char id[37];
    (void)snprintf(id, sizeof id, "%.36s", f.response.table->table_id.ptr);
    check_full(describe(&f, "full"));
    DYNR_ASSERT_STR(describe(&f, "app")->stream_label, "2023-11-14T22:13:20.000");
    fixture_close(&f);
    fixture_open(&f, path, DYNR_DURABILITY_NONE);
    check_full(describe(&f, "full"));
    DYNR_ASSERT_STR(describe(&f, "full")->table_id, id);
    fixture_close(&f);
    (void)unlink(path);
}

static void protected_tables_stay(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    struct dynr_request request = request_for(DYNR_CREATE_TABLE);
    request.definition = &full_table;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    request = request_for(DYNR_DELETE_TABLE);
    request.table = TEXT("full");
    DYNR_ASSERT(fixture_fails(&f, &request, DYNR_ERR_INVALID_ARGUMENT,
                              "Resource cannot be deleted as it is currently protected against "
                              "deletion. Disable deletion protection first."));
    struct dynr_table_update update = DYNR_TABLE_UPDATE_INIT;
    update.has_deletion_protection = true;
    DYNR_ASSERT_STATUS(update_table(&f, "full", &update), DYNR_OK);
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_STR(f.response.table->name, "full");
    DYNR_ASSERT(fixture_fails(&f, &request, DYNR_ERR_NO_TABLE,
                              "Requested resource not found: Table: full not found"));
    fixture_close(&f);
}

static void counts_are_of_items_and_entries(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    /* 23 bytes: pk a, sk 1, g x, r 1 and 10 of t. */
    fixture_put(
        &f, "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"},\"g\":{\"S\":\"x\"},\"r\":{\"N\":\"1\"},"
            "\"t\":{\"S\":\"0123456789\"}}");
    fixture_put(
        &f, "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"2\"},\"l\":{\"N\":\"1\"},\"t\":{\"S\":\"0\"},"
            "\"v\":{\"S\":\"0123456789\"}}");
    const struct dynr_table_definition *app = describe(&f, "app");
    DYNR_ASSERT_INT(app->item_count, 2);
    DYNR_ASSERT_INT(app->size_bytes, (3 + 3 + 2 + 3 + 11) + (3 + 3 + 3 + 2 + 11));
    DYNR_ASSERT_INT(app->indexes[0].item_count, 1);
    DYNR_ASSERT_INT(app->indexes[0].size_bytes, 22);
    DYNR_ASSERT_INT(app->indexes[1].item_count, 1);
    DYNR_ASSERT_INT(app->indexes[1].size_bytes, 3 + 3 + 3);
    DYNR_ASSERT_INT(app->indexes[2].item_count, 1);
    DYNR_ASSERT_INT(app->indexes[2].size_bytes, 3 + 3 + 3 + 2);
    fixture_close(&f);
}

/* ---- UpdateTable ---- */

static const struct dynr_index_definition by_title = {.name = {"by_title", 8},
                                                      .partition_key = {{"t", 1}, 'S'},
                                                      .projection = DYNR_PROJECT_KEYS_ONLY};

static void put_titles(struct fixture *f, int n)
{
    for (int i = 0; i < n; i++) {
        char item[160];
        (void)snprintf(item, sizeof item,
                       "{\"pk\":{\"S\":\"p%d\"},\"sk\":{\"S\":\"s\"},\"g\":{\"S\":\"g%d\"},"
                       "\"r\":{\"N\":\"%d\"},\"t\":{\"S\":\"t%d\"}}",
                       i, i % 3, i, i % 7);
        fixture_put(f, item);
    }
}

static uint64_t count_of(struct fixture *f, const char *index)
{
    uint64_t count = 0;
    struct dynr_request request = scan_request();
    request.index = dynr_str_from_c(index);
    do {
        if (!DYNR_ASSERT_STATUS(fixture_call(f, &request), DYNR_OK)) {
            (void)fprintf(stderr, "%s\n", f->err.message);
            return 0;
        }
        count += f->response.count;
        request.start_key = f->response.last_key;
    } while (request.start_key.len > 0);
    return count;
}

static void indexes_come_and_go(void)
{
    struct fixture f;
    struct dynr_str gone = TEXT("by_group");
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    put_titles(&f, 50);
    /* Written before the index, and no key of it. */
    fixture_put(&f, "{\"pk\":{\"S\":\"x\"},\"sk\":{\"S\":\"s\"},\"t\":{\"N\":\"1\"}}");
    fixture_put(&f, "{\"pk\":{\"S\":\"x\"},\"sk\":{\"S\":\"t\"},\"t\":{\"S\":\"\"}}");
    struct dynr_table_update update = DYNR_TABLE_UPDATE_INIT;
    update.new_indexes = &by_title;
    update.n_new_indexes = 1;
    update.old_indexes = &gone;
    update.n_old_indexes = 1;
    DYNR_ASSERT_STATUS(update_table(&f, "app", &update), DYNR_OK);
    const struct dynr_table_definition *table = f.response.table;
    if (DYNR_ASSERT_INT(table->n_indexes, 3)) {
        DYNR_ASSERT_STR(table->indexes[0].name, "by_rank");
        DYNR_ASSERT_STR(table->indexes[1].name, "local");
        DYNR_ASSERT_STR(table->indexes[2].name, "by_title");
        DYNR_ASSERT_INT(table->indexes[2].state, DYNR_INDEX_ACTIVE);
    }
    DYNR_ASSERT_INT(count_of(&f, "by_title"), 50);
    DYNR_ASSERT_INT(count_of(&f, "by_rank"), 50);
    struct dynr_request request = scan_request();
    request.index = gone;
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_ERR_INVALID_ARGUMENT);
    /* Writes keep the new one in step, also those of the items that were there before. */
    request = update_request("{\"pk\":{\"S\":\"p7\"},\"sk\":{\"S\":\"s\"}}", "REMOVE t", "");
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_INT(count_of(&f, "by_title"), 49);
    DYNR_ASSERT_STATUS(dynr_local_verify(f.backend, &f.err), DYNR_OK);
    request = put_request("{\"pk\":{\"S\":\"y\"},\"sk\":{\"S\":\"s\"},\"t\":{\"N\":\"1\"}}");
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_ERR_INVALID_ARGUMENT);
    fixture_close(&f);
}

static void updates_that_cannot_be_change_nothing(void)
{
    struct fixture f;
    struct dynr_str unknown = TEXT("unknown");
    struct dynr_str local = TEXT("local");
    struct dynr_index_definition again = by_title;
    struct dynr_table_update update = DYNR_TABLE_UPDATE_INIT;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    DYNR_ASSERT_STATUS(update_table(&f, "none", &update), DYNR_ERR_NO_TABLE);
    update.has_settings = true;
    update.settings = TEXT("lost");
    update.old_indexes = &unknown;
    update.n_old_indexes = 1;
    DYNR_ASSERT_STATUS(update_table(&f, "app", &update), DYNR_ERR_INVALID_ARGUMENT);
    update.old_indexes = &local;
    DYNR_ASSERT_STATUS(update_table(&f, "app", &update), DYNR_ERR_INVALID_ARGUMENT);
    update.n_old_indexes = 0;
    again.name = local;
    update.new_indexes = &again;
    update.n_new_indexes = 1;
    DYNR_ASSERT_STATUS(update_table(&f, "app", &update), DYNR_ERR_INVALID_ARGUMENT);
    again.name = unknown;
    again.partition_key.name = TEXT("r");
    DYNR_ASSERT_STATUS(update_table(&f, "app", &update), DYNR_ERR_INVALID_ARGUMENT);
    update.n_new_indexes = 0;
    update.has_stream = true;
    update.stream = true;
    DYNR_ASSERT_STATUS(update_table(&f, "app", &update), DYNR_ERR_INVALID_ARGUMENT);
    DYNR_ASSERT_STR(describe(&f, "app")->settings, "");
    fixture_close(&f);
}

static void streams_are_switched_on_and_off(void)
{
    struct fixture f;
    struct dynr_table_update update = DYNR_TABLE_UPDATE_INIT;
    const struct dynr_local_stream_info *streams;
    size_t n_streams;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    put_titles(&f, 1);
    update.has_stream = true;
    DYNR_ASSERT_STATUS(update_table(&f, "app", &update), DYNR_OK);
    DYNR_ASSERT(!f.response.table->stream);
    DYNR_ASSERT_STR(f.response.table->stream_label, "2023-11-14T22:13:20.000");
    fixture_put(&f, "{\"pk\":{\"S\":\"x\"},\"sk\":{\"S\":\"s\"}}");
    DYNR_ASSERT_STATUS(update_table(&f, "app", &update), DYNR_ERR_INVALID_ARGUMENT);
    update.stream = true;
    update.stream_view = DYNR_STREAM_KEYS_ONLY;
    DYNR_ASSERT_STATUS(update_table(&f, "app", &update), DYNR_OK);
    DYNR_ASSERT_STR(f.response.table->stream_label, "2023-11-14T22:13:20.001");
    DYNR_ASSERT_INT(f.response.table->stream_view, DYNR_STREAM_KEYS_ONLY);
    put_titles(&f, 3);
    DYNR_ASSERT_STATUS(
        dynr_local_streams(f.backend, TEXT("app"), &f.arena, &streams, &n_streams, &f.err),
        DYNR_OK);
    if (DYNR_ASSERT_INT(n_streams, 2)) {
        struct dynr_local_stream_page page;
        DYNR_ASSERT(streams[0].closed_ms != 0);
        DYNR_ASSERT_INT(streams[0].last_position, 1);
        DYNR_ASSERT_INT(streams[1].first_position, 1);
        DYNR_ASSERT_STATUS(
            dynr_local_stream_page(f.backend, streams[0].id, 0, 10, &f.arena, &page, &f.err),
            DYNR_OK);
        DYNR_ASSERT_INT(page.n_records, 1);
        DYNR_ASSERT(page.is_end);
        DYNR_ASSERT_STATUS(
            dynr_local_stream_page(f.backend, streams[1].id, 1, 10, &f.arena, &page, &f.err),
            DYNR_OK);
        DYNR_ASSERT_INT(page.n_records, 2);
        DYNR_ASSERT(!page.is_end);
    }
    fixture_close(&f);
}

static void tags_and_settings_change(void)
{
    struct fixture f;
    struct dynr_tag tags[51];
    struct dynr_str gone = TEXT("k1");
    struct dynr_table_update update = DYNR_TABLE_UPDATE_INIT;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    for (int i = 0; i < 51; i++) {
        tags[i].key = dynr_arena_printf(&f.arena, "k%d", i);
        tags[i].value = dynr_arena_printf(&f.arena, "v%d", i);
    }
    update.new_tags = tags;
    update.n_new_tags = 51;
    DYNR_ASSERT_STATUS(update_table(&f, "app", &update), DYNR_ERR_LIMIT);
    update.n_new_tags = 3;
    update.has_billing = true;
    update.billing = DYNR_BILLING_PROVISIONED;
    update.has_throughput = true;
    update.throughput = (struct dynr_throughput){7, 8};
    update.has_settings = true;
    update.settings = TEXT("[1]");
    DYNR_ASSERT_STATUS(update_table(&f, "app", &update), DYNR_OK);
    update = (struct dynr_table_update)DYNR_TABLE_UPDATE_INIT;
    tags[2].value = TEXT("new");
    update.new_tags = &tags[2];
    update.n_new_tags = 1;
    update.old_tags = &gone;
    update.n_old_tags = 1;
    DYNR_ASSERT_STATUS(update_table(&f, "app", &update), DYNR_OK);
    const struct dynr_table_definition *table = describe(&f, "app");
    DYNR_ASSERT_INT(table->billing, DYNR_BILLING_PROVISIONED);
    DYNR_ASSERT_INT(table->throughput.write_units, 8);
    DYNR_ASSERT_STR(table->settings, "[1]");
    if (DYNR_ASSERT_INT(table->n_tags, 2)) {
        DYNR_ASSERT_STR(table->tags[0].key, "k0");
        DYNR_ASSERT_STR(table->tags[1].key, "k2");
        DYNR_ASSERT_STR(table->tags[1].value, "new");
    }
    fixture_close(&f);
}

/* What another process's store has in memory of a table gets stale, and finds out. */
static void others_notice_updates(void)
{
    struct fixture f;
    struct fixture other;
    char path[512];
    struct dynr_table_update update = DYNR_TABLE_UPDATE_INIT;
    fixture_path(path, sizeof path, "update-other");
    fixture_open(&f, path, DYNR_DURABILITY_NONE);
    fixture_open(&other, path, DYNR_DURABILITY_NONE);
    put_titles(&other, 5);
    update.new_indexes = &by_title;
    update.n_new_indexes = 1;
    update.has_stream = true;
    DYNR_ASSERT_STATUS(update_table(&f, "app", &update), DYNR_OK);
    fixture_put(&other, "{\"pk\":{\"S\":\"x\"},\"sk\":{\"S\":\"s\"},\"t\":{\"S\":\"t\"}}");
    DYNR_ASSERT_INT(count_of(&f, "by_title"), 6);
    DYNR_ASSERT_INT(count_of(&other, "by_title"), 6);
    DYNR_ASSERT_STATUS(dynr_local_verify(f.backend, &f.err), DYNR_OK);
    fixture_close(&other);
    fixture_close(&f);
    (void)unlink(path);
}

/* What is prepared for a table ends with it. */
/* What the store keeps of tables: descriptions, their names, and places for statements. */
static size_t catalog_size(struct fixture *f)
{
    const struct local_engine *engine = (struct local_engine *)(void *)f->backend;
    size_t n = engine->catalog.by_name.n_entries + engine->catalog.n_slots +
               engine->writer.connection->n_tables;
    for (const struct local_table *table = engine->catalog.tables; table != NULL;
         table = table->next) {
        n++;
    }
    for (const struct local_connection *reader = engine->free_readers; reader != NULL;
         reader = reader->next) {
        n += reader->n_tables;
    }
    return n;
}

static void make_and_delete(const char *store_path, int rounds)
{
    struct fixture f;
    sqlite3_int64 settled = 0;
    fixture_open(&f, store_path, DYNR_DURABILITY_NONE);
    for (int i = 0; i < rounds; i++) {
        struct dynr_table_definition passing = {.partition_key = {{"id", 2}, 'S'},
                                                .sort_key = {{"s", 1}, 'N'}};
        struct dynr_request request = request_for(DYNR_CREATE_TABLE);
        passing.name = dynr_arena_printf(&f.arena, "passing%d", i);
        request.definition = &passing;
        DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
        request = put_request("{\"id\":{\"S\":\"1\"},\"s\":{\"N\":\"1\"}}");
        request.table = passing.name;
        DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
        request = scan_request();
        request.table = passing.name;
        DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
        request.operation = DYNR_DELETE_TABLE;
        DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
        dynr_arena_reset(&f.arena);
        settled = i == rounds / 3 ? sqlite3_memory_used() : settled;
    }
    /* A statement takes more than 2 KB. */
    DYNR_ASSERT(sqlite3_memory_used() < settled + 50000);
    DYNR_ASSERT(catalog_size(&f) < 60);
    /* Others' places are their own. */
    fixture_put(&f, "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"}}");
    DYNR_ASSERT_INT(count_of(&f, ""), 1);
    DYNR_ASSERT_STATUS(dynr_local_verify(f.backend, &f.err), DYNR_OK);
    fixture_close(&f);
}

static void tables_that_are_gone_cost_nothing(void)
{
    char path[512];
    make_and_delete(NULL, 20000);
    fixture_path(path, sizeof path, "gone");
    make_and_delete(path, 300);
    (void)unlink(path);
}

/* ---- expiry ---- */

static void drain(struct fixture *f)
{
    bool has_more = true;
    for (int i = 0; has_more && i < 1000; i++) {
        DYNR_ASSERT_STATUS(dynr_local_maintain(f->backend, &has_more, &f->err), DYNR_OK);
    }
    DYNR_ASSERT(!has_more);
}

static void expired_items_go_with_a_record(void)
{
    struct fixture f;
    struct dynr_table_update update = DYNR_TABLE_UPDATE_INIT;
    struct dynr_stream *stream;
    const struct dynr_record *records;
    size_t n_records;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    /* Now is 1700000000 s. Of these the first goes at once, the second later, the others never. */
    fixture_put(&f, "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"},\"end\":{\"N\":\"1699999999\"},"
                    "\"g\":{\"S\":\"g\"},\"r\":{\"N\":\"1\"}}");
    fixture_put(&f, "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"2\"},\"end\":{\"N\":\"1700000000\"}}");
    fixture_put(&f, "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"3\"},\"end\":{\"S\":\"1600000000\"}}");
    fixture_put(&f, "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"4\"},\"end\":{\"N\":\"1500000000\"}}");
    fixture_put(&f, "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"5\"}}");
    update.has_ttl = true;
    update.ttl_attribute = TEXT("end");
    DYNR_ASSERT_STATUS(update_table(&f, "app", &update), DYNR_OK);
    DYNR_ASSERT_STR(describe(&f, "app")->ttl_attribute, "end");
    DYNR_ASSERT_INT(describe(&f, "app")->n_indexes, 3);
    struct dynr_local_stream_options options = DYNR_LOCAL_STREAM_OPTIONS_INIT;
    options.position = DYNR_LOCAL_STREAM_NEW;
    DYNR_ASSERT_STATUS(dynr_local_stream_open(f.backend, &options, &stream, &f.err), DYNR_OK);
    drain(&f);
    DYNR_ASSERT_INT(count_of(&f, ""), 4);
    DYNR_ASSERT_INT(count_of(&f, "by_group"), 0);
    DYNR_ASSERT_STATUS(dynr_stream_read(stream, 10, &f.arena, &records, &n_records, &f.err),
                       DYNR_OK);
    if (DYNR_ASSERT_INT(n_records, 1)) {
        DYNR_ASSERT_INT(records[0].event, DYNR_EVENT_REMOVE);
        DYNR_ASSERT(records[0].is_expiry);
        DYNR_ASSERT_STR(records[0].keys, "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"}}");
        DYNR_ASSERT(records[0].old_image.len > 0);
    }
    f.clock.now_ms += 1000;
    drain(&f);
    DYNR_ASSERT_INT(count_of(&f, ""), 3);
    /* An expiry that is put off in time, and one that is switched off. */
    fixture_put(&f, "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"5\"},\"end\":{\"N\":\"1700000002\"}}");
    fixture_put(&f, "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"6\"},\"end\":{\"N\":\"1700000002\"}}");
    fixture_put(&f, "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"6\"},\"end\":{\"N\":\"1800000002\"}}");
    f.clock.now_ms += 10000;
    drain(&f);
    DYNR_ASSERT_INT(count_of(&f, ""), 3);
    update.ttl_attribute = TEXT("");
    DYNR_ASSERT_STATUS(update_table(&f, "app", &update), DYNR_OK);
    f.clock.now_ms += INT64_C(200000000000);
    drain(&f);
    DYNR_ASSERT_INT(count_of(&f, ""), 3);
    DYNR_ASSERT_STATUS(dynr_local_verify(f.backend, &f.err), DYNR_OK);
    dynr_stream_destroy(stream);
    fixture_close(&f);
}

static void many_items_expire_in_steps(void)
{
    struct fixture f;
    struct dynr_table_update update = DYNR_TABLE_UPDATE_INIT;
    bool has_more;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    update.has_ttl = true;
    update.ttl_attribute = TEXT("r");
    DYNR_ASSERT_STATUS(update_table(&f, "app", &update), DYNR_OK);
    for (int i = 0; i < 250; i++) {
        char item[160];
        (void)snprintf(item, sizeof item,
                       "{\"pk\":{\"S\":\"p%d\"},\"sk\":{\"S\":\"s\"},\"r\":{\"N\":\"%d\"}}", i,
                       1699990000 + i);
        fixture_put(&f, item);
    }
    DYNR_ASSERT_STATUS(dynr_local_maintain(f.backend, &has_more, &f.err), DYNR_OK);
    DYNR_ASSERT(has_more);
    DYNR_ASSERT_INT(count_of(&f, ""), 150);
    drain(&f);
    DYNR_ASSERT_INT(count_of(&f, ""), 0);
    DYNR_ASSERT_INT(count_of(&f, "by_rank"), 0);
    fixture_close(&f);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(definitions_are_kept_in_full),
        DYNR_TEST(protected_tables_stay),
        DYNR_TEST(counts_are_of_items_and_entries),
        DYNR_TEST(indexes_come_and_go),
        DYNR_TEST(updates_that_cannot_be_change_nothing),
        DYNR_TEST(streams_are_switched_on_and_off),
        DYNR_TEST(tags_and_settings_change),
        DYNR_TEST(others_notice_updates),
        DYNR_TEST(tables_that_are_gone_cost_nothing),
        DYNR_TEST(expired_items_go_with_a_record),
        DYNR_TEST(many_items_expire_in_steps),
    };
    return dynr_test_main("local-table", tests, DYNR_TEST_COUNT(tests));
}
