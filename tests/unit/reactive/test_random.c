/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random schedules: writes, transactions, clients that come and go, reads that are answered late and in any order, records that
 * are delivered twice, or in shards that overtake each other. When everything is quiet, every client shows what a fresh evaluation
 * says.
 */
#include <stdio.h>
#include <stdlib.h>

#include "world.h"

static const char *const users[] = {"u1", "u2", "u3"};
static const char *const lists[] = {"l1", "l2", "l3"};
static const char *const ids[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"};
static const char *const texts[] = {"x", "y", "z \\\"quoted\\\""};
static const char *const prices[] = {"0.1", "2.25", "-3", "1000000000000000000000000"};
static const char *const roles[] = {"none", "guest", "owner"};
static const char *const names[] = {"due",  "gated",  "gated2", "granted", "keyed", "late", "owned",
                                    "pure", "report", "short",  "stats",   "tally", "tree", "user"};

#define PICK(random, array)                                                                        \
    ((array)[dynr_test_random_below((random), sizeof(array) / sizeof(array)[0])])

static bool chance(struct dynr_test_random *random, unsigned percent)
{
    return dynr_test_random_below(random, 100) < percent;
}

static void write_todo(struct world *world, struct dynr_test_random *random)
{
    struct todo todo = make_todo(PICK(random, lists), PICK(random, ids));
    struct todo *old = world_find(world, &todo_entity, &todo);
    if (old != NULL && chance(random, 20)) {
        world_delete(world, &todo_entity, &todo);
        return;
    }
    if (old != NULL) {
        todo = *old;
    }
    if (chance(random, 30)) {
        todo.text = dynr_str_from_c(PICK(random, texts));
    }
    if (chance(random, 25)) {
        todo.done = chance(random, 30);
    }
    if (chance(random, 40)) {
        todo.has_due = chance(random, 85);
        todo.due = todo.has_due ? (int64_t)dynr_test_random_below(random, 9) - 4 : 0;
    }
    if (chance(random, 40)) {
        todo.has_assignee = chance(random, 75);
        todo.assignee.id =
            todo.has_assignee ? dynr_str_from_c(PICK(random, users)) : dynr_str_make(NULL, 0);
    }
    if (chance(random, 30)) {
        todo.points = (int64_t)dynr_test_random_below(random, 6);
    }
    if (chance(random, 30)) {
        todo.price.text = dynr_str_from_c(PICK(random, prices));
    }
    todo.seen++;
    world_put(world, &todo_entity, &todo);
}

static void write_row(struct world *world, struct dynr_test_random *random)
{
    struct user user = {dynr_str_from_c(PICK(random, users)), dynr_str_from_c(PICK(random, texts))};
    struct comment comment = {{dynr_str_from_c(PICK(random, lists))},
                              dynr_str_from_c(PICK(random, ids)),
                              dynr_str_from_c(PICK(random, ids)),
                              dynr_str_from_c(PICK(random, texts))};
    switch (dynr_test_random_below(random, 10)) {
    case 0:
        if (chance(random, 30)) {
            world_delete(world, &user_entity, &user);
        } else {
            world_put(world, &user_entity, &user);
        }
        break;
    case 1:
        put_list(world, PICK(random, lists), PICK(random, users), chance(random, 30));
        break;
    case 2:
        put_member(world, PICK(random, lists), PICK(random, users), PICK(random, roles));
        break;
    case 3:
        if (chance(random, 30)) {
            world_delete(world, &comment_entity, &comment);
        } else {
            world_put(world, &comment_entity, &comment);
        }
        break;
    default:
        write_todo(world, random);
        break;
    }
}

static void write_some(struct world *world, struct dynr_test_random *random)
{
    size_t n = chance(random, 25) ? 1 + dynr_test_random_below(random, 4) : 1;
    if (world->n_items + n + 2 >= WORLD_ITEMS) {
        return;
    }
    struct world_item *touched[8];
    (void)touched;
    world_begin(world);
    size_t from = world->n_records;
    for (size_t i = 0; i < n; i++) {
        size_t before = world->n_records;
        write_row(world, random);
        for (size_t other = from; other < before && before < world->n_records; other++) {
            if (dynr_str_equal(world->records[other].keys, world->records[before].keys)) {
                /* A transaction writes an item once: the rest is one of its own. */
                world->n_records--;
                struct dynr_record record = world->records[before];
                uint64_t position = world->position;
                world->position = position - 1;
                world_commit(world);
                world->position = position;
                world->records[world->n_records++] = record;
                world_begin(world);
                world->transaction = before;
                from = before;
                break;
            }
        }
    }
    world_commit(world);
}

static const char *argument_of(const char *name, struct dynr_test_random *random)
{
    return takes_user(name) ? PICK(random, users) : PICK(random, lists);
}

static void act(struct world *world, struct dynr_test_random *random)
{
    struct client *client = world->clients[dynr_test_random_below(random, world->n_clients)];
    const char *name = PICK(random, names);
    switch (dynr_test_random_below(random, 12)) {
    case 0:
        client_watch(client, name, argument_of(name, random));
        break;
    case 1:
        client_stop(client, 1 + dynr_test_random_below(random, 20));
        break;
    case 2:
        if (chance(random, 40)) {
            client_reconnect(client, chance(random, 70));
        }
        break;
    case 3:
        if (chance(random, 20)) {
            (void)dynr_engine_resync(world->engine, client_connection(client), &world->err);
        }
        break;
    case 4:
        (void)client_refill(client);
        break;
    case 5:
    case 6:
        (void)world_answer(world, dynr_test_random_below(random, 100));
        break;
    case 7:
        (void)world_deliver_one(world);
        break;
    default:
        write_some(world, random);
        break;
    }
}

/* Everything again, and what overlaps with it. */
static void deliver_twice(struct world *world, struct dynr_test_random *random)
{
    size_t from = world->delivered - dynr_test_random_below(random, world->delivered + 1);
    (void)dynr_engine_records(world->engine, world->records + from, world->delivered - from,
                              &world->err);
}

static bool run(uint64_t seed, unsigned n_steps, bool inline_reads)
{
    struct world world;
    struct dynr_test_random random = {seed * 7919 + 1};
    struct dynr_engine_limits limits = {.max_frame = chance(&random, 50) ? 300 : 0};
    world_open(&world, &limits, NULL);
    world.inline_reads = inline_reads;
    for (int i = 0; i < 3; i++) {
        client_new(&world, 0, users[i]);
    }
    bool fine = true;
    for (unsigned step = 0; fine && step < n_steps; step++) {
        act(&world, &random);
        if (chance(&random, 3)) {
            deliver_twice(&world, &random);
        }
        if (step % 50 == 49) {
            world_settle(&world);
            fine = WORLD_CHECK(&world);
        }
    }
    if (!fine) {
        (void)fprintf(stderr, "seed %llu\n", (unsigned long long)seed);
    }
    DYNR_ASSERT_INT(world_counters(&world).rereads, 0);
    world_close(&world);
    return fine;
}

static unsigned n_runs(unsigned usual)
{
    const char *more = getenv("DYNR_REACTIVE_RUNS");
    return more == NULL ? usual : (unsigned)strtoul(more, NULL, 10);
}

static uint64_t first_seed(void)
{
    const char *seed = getenv("DYNR_REACTIVE_SEED");
    return seed == NULL ? 1 : strtoull(seed, NULL, 10);
}

static void folds_equal_evaluations(void)
{
    for (uint64_t seed = first_seed(); seed < first_seed() + n_runs(150); seed++) {
        if (!run(seed, 200, true)) {
            return;
        }
    }
}

static void folds_equal_evaluations_with_late_reads(void)
{
    for (uint64_t seed = first_seed(); seed < first_seed() + n_runs(300); seed++) {
        if (!run(seed, 200, false)) {
            return;
        }
    }
}

/* Two shards by key, each in its order, one far ahead of the other. */
static bool run_shards(uint64_t seed)
{
    struct world world;
    struct dynr_test_random random = {seed * 104729 + 1};
    world_open(&world, NULL, NULL);
    world.inline_reads = false;
    for (int i = 0; i < 3; i++) {
        client_new(&world, 0, users[i]);
        for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
            bool fits_shards = strcmp(names[n], "pure") == 0 || strcmp(names[n], "due") == 0 ||
                               strcmp(names[n], "late") == 0 || strcmp(names[n], "user") == 0 ||
                               strcmp(names[n], "report") == 0;
            if (fits_shards) {
                client_watch(world.clients[i], names[n], argument_of(names[n], &random));
            }
        }
    }
    for (int round = 0; round < 6; round++) {
        size_t from = world.n_records;
        for (int i = 0; i < 20; i++) {
            write_row(&world, &random);
            (void)(chance(&random, 30) &&
                   world_answer(&world, dynr_test_random_below(&random, 100)));
        }
        for (size_t i = from; i < world.n_records; i++) {
            world.records[i].commit = 0;
            world.records[i].shard = world.records[i].keys.ptr[world.records[i].keys.len - 3] & 1;
        }
        world.delivered = world.n_records;
        size_t next[2] = {from, from};
        while (next[0] < world.n_records || next[1] < world.n_records) {
            size_t *at = &next[chance(&random, 50) ? 1 : 0];
            size_t shard = (size_t)(at - next);
            if (*at < world.n_records && world.records[*at].shard == shard) {
                (void)dynr_engine_records(world.engine, &world.records[*at], 1, &world.err);
            }
            *at += *at < world.n_records ? 1 : 0;
        }
        world_settle(&world);
        if (!WORLD_CHECK(&world)) {
            (void)fprintf(stderr, "seed %llu\n", (unsigned long long)seed);
            world_close(&world);
            return false;
        }
    }
    world_close(&world);
    return true;
}

static void folds_equal_evaluations_across_shards(void)
{
    for (uint64_t seed = first_seed(); seed < first_seed() + n_runs(100); seed++) {
        if (!run_shards(seed)) {
            return;
        }
    }
}

static const struct dynr_test tests[] = {
    DYNR_TEST(folds_equal_evaluations),
    DYNR_TEST(folds_equal_evaluations_with_late_reads),
    DYNR_TEST(folds_equal_evaluations_across_shards),
};

int main(void)
{
    return dynr_test_main("random", tests, DYNR_TEST_COUNT(tests));
}
