/* SPDX-License-Identifier: Apache-2.0 */
/* What a shaken stream keeps, and that it does shake. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "local_fixture.h"
#include "shaken_stream.h"

enum {
    ITEMS = 20,
    ROUNDS = 40,
    MOST_SHARDS = 65,
    MOST_RECORDS = 1000
};

/* What was delivered. */
struct tally {
    uint64_t times[MOST_RECORDS];
    /* By shard: the largest position so far. */
    uint64_t reached[MOST_SHARDS];
    /* By record: the shard that it came in. */
    uint32_t shards[MOST_RECORDS];
    /* Images of each item, in the order in which news of it came. */
    uint64_t item_position[ITEMS];
    bool used[MOST_SHARDS];
    size_t n_records;
    size_t n_repeated;
    size_t n_out_of_order;
    size_t n_empty_reads;
    uint64_t last;
};

static bool is_readable(struct dynr_stream *stream)
{
    struct pollfd descriptor = {.fd = dynr_stream_fd(stream), .events = POLLIN};
    return poll(&descriptor, 1, 0) == 1;
}

static void write_round(struct fixture *f, int round)
{
    for (int i = 0; i < ITEMS; i += 2) {
        char first[128];
        char second[128];
        struct dynr_request operations[2];
        struct dynr_request request = request_for(DYNR_TRANSACT_WRITE_ITEMS);
        (void)snprintf(first, sizeof first,
                       "{\"pk\":{\"S\":\"i%d\"},\"sk\":{\"S\":\"s\"},\"n\":{\"N\":\"%d\"}}", i,
                       round);
        (void)snprintf(second, sizeof second,
                       "{\"pk\":{\"S\":\"i%d\"},\"sk\":{\"S\":\"s\"},\"n\":{\"N\":\"%d\"}}", i + 1,
                       round);
        operations[0] = put_request(first);
        operations[1] = put_request(second);
        request.operations = operations;
        request.n_operations = 2;
        DYNR_ASSERT_STATUS(fixture_call(f, &request), DYNR_OK);
    }
}

static void count_record(struct tally *tally, const struct dynr_record *record)
{
    long item = strtol(record->keys.ptr + sizeof "{\"pk\":{\"S\":\"i" - 1, NULL, 10);
    if (!DYNR_ASSERT(record->position > 0 && record->position < MOST_RECORDS &&
                     record->shard < MOST_SHARDS)) {
        return;
    }
    tally->used[record->shard] = true;
    tally->n_records++;
    tally->n_out_of_order += record->position < tally->last;
    tally->last = record->position;
    if (tally->times[record->position]++ > 0) {
        /* Again: from the same shard, and not before what it delivered since. */
        tally->n_repeated++;
        DYNR_ASSERT_INT(tally->shards[record->position], record->shard);
        return;
    }
    /* News: behind all of its shard, and of its item, whose older records may have come in the shard's parent. */
    DYNR_ASSERT(record->position > tally->reached[record->shard]);
    tally->reached[record->shard] = record->position;
    tally->shards[record->position] = record->shard;
    DYNR_ASSERT(record->position > tally->item_position[item]);
    tally->item_position[item] = record->position;
}

static void drain(struct fixture *f, struct dynr_stream *stream, struct tally *tally)
{
    while (is_readable(stream)) {
        const struct dynr_record *records;
        size_t n_records;
        if (!DYNR_ASSERT_STATUS(
                dynr_stream_read(stream, 7, &f->arena, &records, &n_records, &f->err), DYNR_OK)) {
            return;
        }
        tally->n_empty_reads += n_records == 0;
        for (size_t i = 0; i < n_records; i++) {
            count_record(tally, &records[i]);
            if (records[i].shard == 0) {
                /* One shard: both of a transaction are in the page. */
                uint64_t first = records[i].commit - 1;
                DYNR_ASSERT(records[i].position == first
                                ? i + 1 < n_records && records[i + 1].position == first + 1
                                : i > 0 && records[i - 1].position == first);
            } else {
                DYNR_ASSERT_INT(records[i].commit, records[i].position);
            }
        }
        dynr_arena_reset(&f->arena);
    }
}

static struct tally shake(const struct shaken_stream_options *options)
{
    struct fixture f;
    struct dynr_stream *inner = NULL;
    struct dynr_stream *stream = NULL;
    struct tally tally = {0};
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    DYNR_ASSERT_STATUS(dynr_local_stream_open(f.backend, NULL, &inner, &f.err), DYNR_OK);
    DYNR_ASSERT_STATUS(shaken_stream_new(inner, options, &stream, &f.err), DYNR_OK);
    for (int round = 0; round < ROUNDS; round++) {
        write_round(&f, round);
        if (round % 3 == 0) {
            drain(&f, stream, &tally);
        }
    }
    drain(&f, stream, &tally);
    for (size_t i = 1; i <= (size_t)ITEMS * ROUNDS; i++) {
        DYNR_ASSERT(tally.times[i] > 0);
    }
    dynr_stream_destroy(stream);
    fixture_close(&f);
    return tally;
}

static size_t n_shards(const struct tally *tally)
{
    size_t n = 0;
    for (size_t i = 0; i < MOST_SHARDS; i++) {
        n += tally->used[i];
    }
    return n;
}

static void without_shaking_everything_comes_once_in_order(void)
{
    struct shaken_stream_options options = {.seed = 1, .n_shards = 1};
    struct tally tally = shake(&options);
    DYNR_ASSERT_INT(tally.n_records, ITEMS * ROUNDS);
    DYNR_ASSERT_INT(tally.n_out_of_order, 0);
    DYNR_ASSERT_INT(tally.n_empty_reads, 0);
    DYNR_ASSERT_INT(n_shards(&tally), 1);
}

static void transactions_stay_whole_in_one_shard(void)
{
    struct shaken_stream_options options = {
        .seed = 2, .n_shards = 1, .repeat_chance = 200, .delay_chance = 300};
    struct tally tally = shake(&options);
    DYNR_ASSERT(tally.n_repeated > 20);
    DYNR_ASSERT(tally.n_empty_reads > 5);
    DYNR_ASSERT(tally.used[0]);
}

static void shards_split_and_mix(void)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct shaken_stream_options options = {.seed = seed,
                                                .n_shards = 1 + (uint32_t)seed % 3,
                                                .split_chance = 20,
                                                .repeat_chance = 100,
                                                .delay_chance = 300};
        struct tally tally = shake(&options);
        DYNR_ASSERT(n_shards(&tally) > options.n_shards);
        DYNR_ASSERT(!tally.used[0]);
        DYNR_ASSERT(tally.n_repeated > 10);
        DYNR_ASSERT(tally.n_out_of_order > 10);
    }
}

static void the_seed_decides(void)
{
    struct shaken_stream_options options = {
        .seed = 3, .n_shards = 4, .split_chance = 20, .repeat_chance = 100, .delay_chance = 300};
    struct tally first = shake(&options);
    struct tally second = shake(&options);
    DYNR_ASSERT_INT(first.n_records, second.n_records);
    DYNR_ASSERT_INT(first.n_out_of_order, second.n_out_of_order);
    options.seed++;
    second = shake(&options);
    DYNR_ASSERT(first.n_out_of_order != second.n_out_of_order ||
                first.n_records != second.n_records);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(without_shaking_everything_comes_once_in_order),
        DYNR_TEST(transactions_stay_whole_in_one_shard),
        DYNR_TEST(shards_split_and_mix),
        DYNR_TEST(the_seed_decides),
    };
    return dynr_test_main("simulation-shaken-stream", tests, DYNR_TEST_COUNT(tests));
}
