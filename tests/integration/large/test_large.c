/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening a store and maintaining it do not depend on how much is in it, reading one item does by the depth of its tree, and counting by the
 * number of items and not by their size. Counted in pages that SQLite reads, and in its memory, beside a store with the same table
 * and one item. `./dev store --large` measures time.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "large_store.h"
#include "local/engine.h"
#include "test_main.h"

enum {
    LARGE_BYTES = 64000000
};

struct counts {
    int open_pages;
    int maintain_pages;
    int get_pages;
    int describe_pages;
    sqlite3_int64 open_memory;
    uint64_t n_items;
    uint64_t file_pages;
};

static void make_path(char *out, size_t size, const char *name)
{
    const char *folder = getenv("TMPDIR");
    (void)snprintf(out, size, "%s/dynr-large-%s-%ld", folder == NULL ? "/tmp" : folder, name,
                   (long)getpid());
    (void)unlink(out);
}

static int pages_of(const struct local_connection *connection)
{
    int n = 0;
    int highest;
    DYNR_ASSERT_INT(sqlite3_db_status(connection->db, SQLITE_DBSTATUS_CACHE_MISS, &n, &highest, 0),
                    SQLITE_OK);
    return n;
}

/* Read so far, by all connections. */
static int pages_read(struct dynr_backend *store)
{
    const struct local_engine *engine = (struct local_engine *)(void *)store;
    int n = pages_of(engine->writer.connection);
    for (const struct local_connection *reader = engine->free_readers; reader != NULL;
         reader = reader->next) {
        n += pages_of(reader);
    }
    return n;
}

static void call(struct dynr_backend *store, enum dynr_operation operation)
{
    struct dynr_arena arena = {0};
    struct dynr_error err = {0};
    struct dynr_response response;
    struct dynr_request request = DYNR_REQUEST_INIT;
    request.operation = operation;
    request.table = dynr_str_from_c(LARGE_TABLE);
    request.key = dynr_str_from_c("{\"id\":{\"S\":\"i0\"}}");
    DYNR_ASSERT_STATUS(dynr_backend_call(store, &request, &arena, &response, &err), DYNR_OK);
    if (operation == DYNR_GET_ITEM) {
        DYNR_ASSERT(response.item.len > LARGE_LEAST_BYTES);
    }
    dynr_arena_cleanup(&arena);
}

static struct counts count(const char *name, uint64_t n_bytes)
{
    char path[512];
    bool has_more;
    struct dynr_error err = {0};
    struct dynr_backend *store;
    struct dynr_local_options options = DYNR_LOCAL_OPTIONS_INIT;
    struct counts counts = {0};
    make_path(path, sizeof path, name);
    DYNR_ASSERT_STATUS(large_store_make(path, n_bytes, &counts.n_items, &err), DYNR_OK);
    sqlite3_int64 before = sqlite3_memory_used();
    options.path = path;
    options.exclusive = true;
    if (DYNR_ASSERT_STATUS(dynr_local_open(&options, &store, &err), DYNR_OK)) {
        counts.open_memory = sqlite3_memory_used() - before;
        counts.open_pages = pages_read(store);
        DYNR_ASSERT_STATUS(dynr_local_maintain(store, &has_more, &err), DYNR_OK);
        counts.maintain_pages = pages_read(store) - counts.open_pages;
        int seen = pages_read(store);
        call(store, DYNR_GET_ITEM);
        counts.get_pages = pages_read(store) - seen;
        seen = pages_read(store);
        call(store, DYNR_DESCRIBE_TABLE);
        counts.describe_pages = pages_read(store) - seen;
        dynr_backend_destroy(store);
    }
    counts.file_pages = n_bytes / 8192;
    (void)unlink(path);
    (void)printf("# %s: %llu items; pages read to open %d, to maintain %d, to get %d, to describe "
                 "%d; %lld B of SQLite\n",
                 name, (unsigned long long)counts.n_items, counts.open_pages, counts.maintain_pages,
                 counts.get_pages, counts.describe_pages, (long long)counts.open_memory);
    return counts;
}

static void size_does_not_matter(void)
{
    enum {
        /* The levels that a large tree has more, of the table and of the index by expiry. */
        LEVELS = 3,
        /* On its way to an item SQLite reads those that it compares with, and a long one whole. */
        STEPS = 12,
        ITEM_PAGES = LARGE_MOST_BYTES / 8000
    };
    struct counts small = count("small", 1);
    struct counts large = count("large", LARGE_BYTES);
    DYNR_ASSERT_INT(small.n_items, 1);
    DYNR_ASSERT(large.n_items > 1000);
    DYNR_ASSERT_INT(large.open_pages, small.open_pages);
    DYNR_ASSERT(large.open_memory <= small.open_memory * 11 / 10);
    DYNR_ASSERT(large.maintain_pages <= small.maintain_pages + LEVELS);
    DYNR_ASSERT(large.get_pages <= small.get_pages + LEVELS + STEPS * ITEM_PAGES);
    /* Counting reads sizes, which stand before the items' long texts. */
    DYNR_ASSERT((uint64_t)large.describe_pages < large.file_pages / 20);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(size_does_not_matter),
    };
    return dynr_test_main("large", tests, DYNR_TEST_COUNT(tests));
}
