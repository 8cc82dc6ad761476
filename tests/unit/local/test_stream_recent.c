/* SPDX-License-Identifier: Apache-2.0 */
/* Readers that follow each commit get its records from the writer, all others from the table. */
#include <stdlib.h>
#include <string.h>

#include "dynr/stream.h"
#include "local_fixture.h"

static char path[512];

static void same_record(const struct dynr_record *a, const struct dynr_record *b)
{
    DYNR_ASSERT_INT(a->size, b->size);
    DYNR_ASSERT_INT(a->position, b->position);
    DYNR_ASSERT_INT(a->commit, b->commit);
    DYNR_ASSERT_INT(a->created_ms, b->created_ms);
    DYNR_ASSERT_INT(a->event, b->event);
    DYNR_ASSERT_INT(a->is_expiry, b->is_expiry);
    DYNR_ASSERT_INT(a->shard, b->shard);
    DYNR_ASSERT_INT(a->size_bytes, b->size_bytes);
    DYNR_ASSERT(dynr_str_equal(a->table, b->table));
    DYNR_ASSERT(dynr_str_equal(a->keys, b->keys));
    DYNR_ASSERT(dynr_str_equal(a->old_image, b->old_image));
    DYNR_ASSERT(dynr_str_equal(a->new_image, b->new_image));
}

/* One change, or none: of one item, of a transaction that may be too large to be kept, or one that fails half-way. */
static void change_something(struct fixture *f, struct dynr_test_random *random, int round)
{
    static char large[40000];
    memset(large, 'x', sizeof large - 1);
    uint64_t what = dynr_test_random_below(random, 10);
    unsigned number = (unsigned)dynr_test_random_below(random, 20);
    f->clock.now_ms += (int64_t)dynr_test_random_below(random, 3);
    if (what < 4) {
        fixture_put(f, dynr_arena_printf(
                           &f->arena,
                           "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"%u\"},\"n\":{\"N\":\"%d\"}}",
                           number, round)
                           .ptr);
    } else if (what < 6) {
        struct dynr_request removal = delete_request(
            dynr_arena_printf(&f->arena, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"%u\"}}", number)
                .ptr);
        DYNR_ASSERT_STATUS(fixture_call(f, &removal), DYNR_OK);
    } else if (what < 7) {
        size_t length = dynr_test_random_below(random, sizeof large);
        fixture_put(f, dynr_arena_printf(
                           &f->arena,
                           "{\"pk\":{\"S\":\"l\"},\"sk\":{\"S\":\"%u\"},\"t\":{\"S\":\"%.*s\"}}",
                           number, (int)length, large)
                           .ptr);
    } else {
        size_t n_operations = 1 + dynr_test_random_below(random, 40);
        struct dynr_request *operations = NULL;
        struct dynr_request request =
            fixture_transaction_of(f, dynr_arena_printf(&f->arena, "t%d", round).ptr, n_operations);
        if (what == 9) {
            operations = dynr_arena_calloc(&f->arena, n_operations, sizeof *operations);
            memcpy(operations, request.operations, n_operations * sizeof *operations);
            operations[n_operations - 1].condition = dynr_str_from_c("attribute_exists(zz)");
            request.operations = operations;
        }
        DYNR_ASSERT_STATUS(fixture_call(f, &request),
                           what == 9 ? DYNR_ERR_TRANSACTION_CANCELED : DYNR_OK);
    }
}

/* Who reads after each change gets the last commit's records, who comes later reads the table: they read the same. */
static void compare_follower(const char *file)
{
    enum {
        ROUNDS = 300,
        MOST = ROUNDS * 40
    };
    struct fixture f;
    struct dynr_test_random random = {.state = file == NULL ? 11 : 12};
    struct dynr_record *followed = calloc(MOST, sizeof *followed);
    size_t n_followed = 0;
    fixture_open(&f, file, DYNR_DURABILITY_NONE);
    struct dynr_stream *follower = fixture_open_stream(&f, 0);
    for (int round = 0; round < ROUNDS && DYNR_ASSERT(followed != NULL); round++) {
        change_something(&f, &random, round);
        if (dynr_test_random_below(&random, 4) == 0) {
            continue;
        }
        struct fixture_records news =
            fixture_read_stream(&f, follower, 1 + (uint32_t)dynr_test_random_below(&random, 60));
        for (size_t i = 0; i < news.n_items && DYNR_ASSERT(n_followed < MOST); i++) {
            followed[n_followed++] = news.items[i];
        }
    }
    struct dynr_stream *late = fixture_open_stream(&f, 0);
    size_t n_late = 0;
    for (;;) {
        struct fixture_records page = fixture_read_stream(&f, late, 1000);
        for (size_t i = 0; i < page.n_items && n_late < n_followed; i++) {
            same_record(&page.items[i], &followed[n_late++]);
        }
        if (page.n_items == 0 || n_late >= n_followed) {
            break;
        }
    }
    DYNR_ASSERT(n_followed > 3 * ROUNDS);
    DYNR_ASSERT_INT(n_late, n_followed);
    dynr_stream_destroy(late);
    dynr_stream_destroy(follower);
    fixture_close(&f);
    free(followed);
}

static void who_follows_reads_what_others_read_later(void)
{
    compare_follower(NULL);
    fixture_path(path, sizeof path, "follow");
    compare_follower(path);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(who_follows_reads_what_others_read_later),
    };
    return dynr_test_main("local-stream-recent", tests, DYNR_TEST_COUNT(tests));
}
