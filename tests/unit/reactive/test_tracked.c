/* SPDX-License-Identifier: Apache-2.0 */
/* Queries that are code: run again when a model that they read changes. */
#include "world.h"

/* Code is run again once for all that changed while it ran, and where it gives the same nobody is told. */
static void code_is_run_again(void)
{
    struct world world;
    world_open(&world, NULL, NULL);
    put_list(&world, "l1", "u9", false);
    world_settle(&world);
    struct client *client = client_new(&world, 1, "u1");
    uint64_t id = client_watch(client, "report", "u1");
    DYNR_ASSERT_STR(client_show(client, id), "\n: \"0 todos, 1 lists, for u1\"");
    struct client *other = client_new(&world, 2, "u2");
    uint64_t same = client_watch(other, "report", "u1");
    DYNR_ASSERT_STR(client_show(other, same), "\n: \"0 todos, 1 lists, for u2\"");
    put_list(&world, "l2", "u9", false);
    world_settle(&world);
    DYNR_ASSERT_STR(client_show(client, id), "\n: \"0 todos, 2 lists, for u1\"");
    WORLD_CHECK(&world);
    /* A user is nothing that it reads; a list that it does not count is, and changes nothing. */
    uint64_t runs = world_counters(&world).runs;
    DYNR_ASSERT_INT(runs, 2);
    size_t patches = client_count(client, "patch");
    put_user(&world, "u9", "x");
    world_settle(&world);
    DYNR_ASSERT_INT(world_counters(&world).runs, runs);
    put_list(&world, "l3", "u9", true);
    world_settle(&world);
    DYNR_ASSERT_INT(world_counters(&world).runs, runs + 2);
    DYNR_ASSERT_INT(client_count(client, "patch"), patches);
    world.inline_reads = false;
    put_list(&world, "l3", "u9", false);
    DYNR_ASSERT_INT(world_deliver(&world), DYNR_OK);
    for (int i = 0; i < 5; i++) {
        put_list(&world, "l4", "u9", i % 2 == 0);
        DYNR_ASSERT_INT(world_deliver(&world), DYNR_OK);
    }
    world_settle(&world);
    DYNR_ASSERT_INT(world_counters(&world).runs, runs + 6);
    DYNR_ASSERT_STR(client_show(client, id), "\n: \"0 todos, 3 lists, for u1\"");
    WORLD_CHECK(&world);
    world.inline_reads = true;
    world.fail = DYNR_ERR_DENIED;
    put_list(&world, "l4", "u9", false);
    world_settle(&world);
    DYNR_ASSERT_STR(dynr_str_from_c(client_error(client, id)), "DENIED");
    world_close(&world);
}

static void an_output_that_fits_no_frame_is_refused(void)
{
    struct world world;
    struct dynr_engine_limits limits = {.max_frame = 240};
    world_open(&world, &limits, NULL);
    struct client *client = client_new(&world, 1, "u1");
    uint64_t fits = client_watch(client, "report", "u1");
    DYNR_ASSERT_STR(client_show(client, fits), "\n: \"0 todos, 0 lists, for u1\"");
    struct client *longer = client_new(&world, 2, "somebody with a long name");
    uint64_t id = client_watch(longer, "report", "u1");
    DYNR_ASSERT_STR(dynr_str_from_c(client_error(longer, id)), "TOO_LARGE");
    world_close(&world);
}

/* Many transactions that the host brings at once are one reason to run it. */
static void code_is_run_once_for_what_comes_at_once(void)
{
    struct world world;
    world_open(&world, NULL, NULL);
    struct client *client = client_new(&world, 1, "u1");
    uint64_t id = client_watch(client, "report", "u1");
    for (int i = 0; i < 20; i++) {
        put_list(&world, (char[]){(char)('a' + i), '\0'}, "u9", false);
    }
    DYNR_ASSERT_INT(world_deliver(&world), DYNR_OK);
    DYNR_ASSERT_INT(world_counters(&world).runs, 1);
    DYNR_ASSERT_STR(client_show(client, id), "\n: \"0 todos, 20 lists, for u1\"");
    DYNR_ASSERT_INT(client_committed(client), world.position);
    world_close(&world);
}

/* Changes come as fast as it runs: each run is told, and what else is watched goes on. */
static void code_that_is_always_late_is_told_all_the_same(void)
{
    struct world world;
    world_open(&world, NULL, NULL);
    struct client *client = client_new(&world, 1, "u1");
    client_watch(client, "report", "u1");
    client_watch(client, "pure", "l1");
    world.inline_reads = false;
    uint64_t committed = 0;
    for (int i = 0; i < 10; i++) {
        put_list(&world, (char[]){(char)('a' + i), '\0'}, "u9", false);
        DYNR_ASSERT_INT(world_deliver(&world), DYNR_OK);
        put_todo(&world, "l1", (char[]){(char)('a' + i), '\0'}, "x");
        DYNR_ASSERT_INT(world_deliver(&world), DYNR_OK);
        DYNR_ASSERT(world_answer(&world, 0));
        DYNR_ASSERT(client_committed(client) > committed);
        committed = client_committed(client);
    }
    world_settle(&world);
    WORLD_CHECK(&world);
    world_close(&world);
}

/* Two snapshots for who came later end in another order than they began in: the one that is newer is remembered. */
static void snapshots_may_end_in_another_order(void)
{
    struct world world;
    world_open(&world, NULL, NULL);
    put_list(&world, "l1", "u1", false);
    world_settle(&world);
    struct client *other = client_new(&world, 9, "u1");
    client_watch(client_new(&world, 1, "u1"), "report", "u1");
    put_list(&world, "l2", "u1", false);
    world_settle(&world);
    /* Not delivered; that they were read moves what was seen ahead. */
    put_list(&world, "l2", "u1", false);
    put_user(&world, "u1", "x");
    client_watch(other, "user", "u1");
    world.inline_reads = false;
    client_watch(client_new(&world, 2, "u1"), "report", "u1");
    put_list(&world, "l2", "u1", false);
    put_user(&world, "u2", "x");
    world.inline_reads = true;
    client_watch(other, "user", "u2");
    world.inline_reads = false;
    struct client *late = client_new(&world, 3, "u1");
    uint64_t id = client_watch(late, "report", "u1");
    DYNR_ASSERT_INT(world.n_reads, 2);
    DYNR_ASSERT(world_answer(&world, 1));
    DYNR_ASSERT_STR(client_show(late, id), "\n: \"0 todos, 2 lists, for u1\"");
    put_list(&world, "l3", "u1", false);
    DYNR_ASSERT(world_answer(&world, 0));
    world.inline_reads = true;
    while (world_deliver_one(&world)) {
    }
    world_settle(&world);
    DYNR_ASSERT_STR(client_show(late, id), "\n: \"0 todos, 3 lists, for u1\"");
    WORLD_CHECK(&world);
    world_close(&world);
}

static const struct dynr_test tests[] = {
    DYNR_TEST(code_is_run_again),
    DYNR_TEST(an_output_that_fits_no_frame_is_refused),
    DYNR_TEST(code_is_run_once_for_what_comes_at_once),
    DYNR_TEST(code_that_is_always_late_is_told_all_the_same),
    DYNR_TEST(snapshots_may_end_in_another_order),
};

int main(void)
{
    return dynr_test_main("tracked", tests, DYNR_TEST_COUNT(tests));
}
