/* SPDX-License-Identifier: Apache-2.0 */
/* Windows: where they end, who may move that, and how long it is remembered. */
#include <stdio.h>

#include "world.h"

static void windows_refill_once_for_all(void)
{
    static const char *const ids[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"};
    const char *names[] = {"due", "late", "short"};
    for (size_t n = 0; n < 3; n++) {
        struct world world;
        world_open(&world, NULL, NULL);
        for (int i = 0; i < 12; i++) {
            put_due(&world, ids[i], i * 7);
        }
        world_settle(&world);
        struct client *one = client_new(&world, 1, "u1");
        struct client *two = client_new(&world, 2, "u1");
        uint64_t id = client_watch(one, names[n], "l1");
        client_watch(two, names[n], "l1");
        WORLD_CHECK(&world);
        DYNR_ASSERT_INT(client_rows(one, id), 8);
        for (int i = 0; i < 6; i++) {
            int at = n == 1 ? 11 - i : i;
            delete_todo(&world, "l1", ids[at]);
            world_settle(&world);
            WORLD_CHECK(&world);
        }
        DYNR_ASSERT_INT(world_counters(&world).refills, 1);
        /* Beyond the bound, or on either side of it. */
        put_due(&world, "m", 1000);
        put_due(&world, "n", -1000);
        world_settle(&world);
        WORLD_CHECK(&world);
        world_close(&world);
    }
}

/* Whoever asks for more than is shown is told where the window ends, and that is where it ended. */
static void windows_grow_only_where_they_are_short(void)
{
    struct world world;
    static char ids[40][4];
    world_open(&world, NULL, NULL);
    for (int i = 0; i < 40; i++) {
        (void)snprintf(ids[i], sizeof ids[i], "t%02d", i);
        put_due(&world, ids[i], i);
    }
    world_settle(&world);
    struct client *one = client_new(&world, 1, "u1");
    struct client *two = client_new(&world, 2, "u1");
    uint64_t id = client_watch(one, "due", "l1");
    DYNR_ASSERT_INT(client_rows(two, client_watch(two, "due", "l1")), 8);
    for (uint32_t i = 0; i < 5; i++) {
        DYNR_ASSERT_STATUS(dynr_engine_more(world.engine, client_connection(one), id, 0,
                                            dynr_str_from_c(""), 2 * i + 1, &world.err),
                           DYNR_OK);
        world_settle(&world);
        DYNR_ASSERT_INT(world_counters(&world).refills, i + 1);
        DYNR_ASSERT_INT(client_rows(one, id), 8);
        DYNR_ASSERT_INT(client_rows(two, 1), 8);
        WORLD_CHECK(&world);
    }
    for (int i = 0; i < 6; i++) {
        delete_todo(&world, "l1", ids[i]);
    }
    world_settle(&world);
    DYNR_ASSERT(client_rows(one, id) >= 3);
    WORLD_CHECK(&world);
    world_close(&world);
}

/* No limit of rows is read over and over for a window that they do not fill. */
static void windows_that_cannot_be_filled_end(void)
{
    struct world world;
    struct dynr_engine_limits limits = {.max_rows = 30};
    static char ids[40][4];
    world_open(&world, &limits, NULL);
    for (int i = 0; i < 40; i++) {
        (void)snprintf(ids[i], sizeof ids[i], "t%02d", i);
        struct todo todo = make_todo("l1", ids[i]);
        todo.has_due = true;
        todo.due = i;
        todo.done = i > 2;
        world_put(&world, &todo_entity, &todo);
    }
    world_settle(&world);
    struct client *client = client_new(&world, 1, "u1");
    uint64_t id = client_watch(client, "due", "l1");
    DYNR_ASSERT_INT(client_rows(client, id), 3);
    delete_todo(&world, "l1", ids[0]);
    world_settle(&world);
    DYNR_ASSERT(strcmp(client_error(client, id), "TOO_LARGE") == 0);
    DYNR_ASSERT(world_counters(&world).refills < 8);
    world_close(&world);
}

static void late_joiners_tighten(void)
{
    struct world world;
    static char ids[30][4];
    world_open(&world, NULL, NULL);
    struct client *one = client_new(&world, 1, "u1");
    uint64_t id = client_watch(one, "due", "l1");
    for (int i = 0; i < 30; i++) {
        (void)snprintf(ids[i], sizeof ids[i], "t%02d", i);
        put_due(&world, ids[i], i);
    }
    world_settle(&world);
    DYNR_ASSERT_INT(client_rows(one, id), 30);
    struct client *two = client_new(&world, 2, "u1");
    DYNR_ASSERT_INT(client_rows(two, client_watch(two, "due", "l1")), 6);
    DYNR_ASSERT_INT(client_rows(one, id), 6);
    WORLD_CHECK(&world);
    delete_todo(&world, "l1", "t01");
    put_due(&world, "t40", 40);
    world_settle(&world);
    WORLD_CHECK(&world);
    /* And clients may say that they hold too much. */
    size_t bounds = client_count(one, "bound");
    (void)dynr_engine_trim(world.engine, client_connection(two), 1, 0, dynr_str_from_c(""), 2,
                           dynr_str_from_c("[3,\"t03\"]"), &world.err);
    /* Not while the window is somebody else's too. */
    DYNR_ASSERT_INT(client_count(one, "bound"), bounds);
    client_stop(two, 1);
    (void)dynr_engine_trim(world.engine, client_connection(one), id, 0, dynr_str_from_c(""), 2,
                           dynr_str_from_c("[3,\"t03\"]"), &world.err);
    DYNR_ASSERT_INT(client_count(one, "bound"), bounds + 1);
    DYNR_ASSERT_INT(client_rows(one, id), 3);
    (void)dynr_engine_trim(world.engine, client_connection(one), id, 0, dynr_str_from_c(""), 2,
                           dynr_str_from_c("[2,\"t02\"]"), &world.err);
    (void)dynr_engine_trim(world.engine, client_connection(one), id, 0, dynr_str_from_c(""), 3,
                           dynr_str_from_c("[2]"), &world.err);
    DYNR_ASSERT_INT(client_rows(one, id), 3);
    world_settle(&world);
    WORLD_CHECK(&world);
    world_close(&world);
}

struct window_case {
    const char *query;
    uint16_t node;
    const char *parent;
    const char *bound;
    /* What `more` and `trim` answer, and of which member. */
    enum dynr_status more;
    enum dynr_status trim;
    const char *field;
};

static void check_window_case(struct world *world, struct client *client, uint64_t id,
                              const struct window_case *one)
{
    const struct dynr_str parent = dynr_str_from_c(one->parent);
    uint64_t connection = client_connection(client);
    dynr_error_clear(&world->err);
    DYNR_ASSERT_STATUS(
        dynr_engine_more(world->engine, connection, id, one->node, parent, 77, &world->err),
        one->more);
    DYNR_ASSERT_STR(dynr_str_from_c(world->err.field), one->more == DYNR_OK ? "" : one->field);
    dynr_error_clear(&world->err);
    DYNR_ASSERT_STATUS(dynr_engine_trim(world->engine, connection, id, one->node, parent, 77,
                                        dynr_str_from_c(one->bound), &world->err),
                       one->trim);
    DYNR_ASSERT_STR(dynr_str_from_c(world->err.field), one->trim == DYNR_OK ? "" : one->field);
}

/* What no change makes right is refused; what may have crossed with one is passed over. */
static void windows_that_cannot_be_are_refused(void)
{
    static const struct window_case cases[] = {
        {"due", 99, "", "[3,\"t03\"]", DYNR_ERR_RANGE, DYNR_ERR_RANGE, "node"},
        {"due", 0, "", "[]", DYNR_OK, DYNR_ERR_INVALID_ARGUMENT, "bound"},
        {"due", 0, "", "[1,2,3]", DYNR_OK, DYNR_ERR_INVALID_ARGUMENT, "bound"},
        {"due", 0, "", "\"t03\"", DYNR_OK, DYNR_ERR_INVALID_ARGUMENT, "bound"},
        {"due", 0, "", "[\"soon\",3]", DYNR_OK, DYNR_ERR_INVALID_ARGUMENT, "bound"},
        {"due", 0, "", "null", DYNR_OK, DYNR_ERR_INVALID_ARGUMENT, "bound"},
        {"due", 0, "", "[3,\"t03\"]", DYNR_OK, DYNR_OK, NULL},
        {"due", 0, "", "[9,\"nobody\"]", DYNR_OK, DYNR_OK, NULL},
        {"pure", 0, "", "[\"a\"]", DYNR_ERR_INVALID_ARGUMENT, DYNR_ERR_INVALID_ARGUMENT, "node"},
        {"tree", 1, "", "[3,\"a\"]", DYNR_ERR_INVALID_ARGUMENT, DYNR_ERR_INVALID_ARGUMENT,
         "parent"},
        {"tree", 1, "[\"l1\"]", "[3,\"a\"]", DYNR_ERR_INVALID_ARGUMENT, DYNR_ERR_INVALID_ARGUMENT,
         "parent"},
        {"tree", 1, "[[\"l1\"],[\"a\"]]", "[3,\"a\"]", DYNR_ERR_INVALID_ARGUMENT,
         DYNR_ERR_INVALID_ARGUMENT, "parent"},
        {"tree", 3, "[[\"l1\"]]", "[\"a\"]", DYNR_ERR_INVALID_ARGUMENT, DYNR_ERR_INVALID_ARGUMENT,
         "parent"},
        {"tree", 2, "[]", "[\"a\"]", DYNR_ERR_INVALID_ARGUMENT, DYNR_ERR_INVALID_ARGUMENT, "node"},
        {"tree", 4, "[]", "[]", DYNR_ERR_INVALID_ARGUMENT, DYNR_ERR_INVALID_ARGUMENT, "node"},
        {"tree", 1, "[[\"gone\"]]", "[3,\"a\"]", DYNR_OK, DYNR_OK, NULL},
        {NULL, 99, "{}", "{}", DYNR_OK, DYNR_OK, NULL},
    };
    struct world world;
    world_open(&world, NULL, NULL);
    put_due(&world, "t03", 3);
    world_settle(&world);
    struct client *client = client_new(&world, 1, "u1");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t id = cases[i].query == NULL ? 4711 : client_watch(client, cases[i].query, "l1");
        check_window_case(&world, client, id, &cases[i]);
        if (cases[i].query != NULL) {
            DYNR_ASSERT_STR(dynr_str_from_c(client_error(client, id)), "");
            client_stop(client, id);
        }
    }
    /* And nothing of it was told or changed. */
    DYNR_ASSERT_INT(client_count(client, "error"), 0);
    DYNR_ASSERT_INT(client_count(client, "bound"), 0);
    world_settle(&world);
    WORLD_CHECK(&world);
    world_close(&world);
}

/* Who watches a window alone and comes back finds it, for a while. */
static void windows_linger(void)
{
    const char *names[] = {"due", "short"};
    static const char *const ids[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"};
    for (size_t n = 0; n < 2; n++) {
        struct world world;
        struct dynr_engine_limits limits = {.linger_ms = 1000, .max_lingering = 2};
        world_open(&world, &limits, NULL);
        for (int i = 0; i < 12; i++) {
            put_due(&world, ids[i], i);
        }
        world_settle(&world);
        struct client *client = client_new(&world, 1, "u1");
        client_watch(client, names[n], "l1");
        dynr_engine_disconnect(world.engine, client_connection(client));
        /* Without a clock they would linger for ever. */
        DYNR_ASSERT_INT(world_counters(&world).views, 0);
        dynr_engine_tick(world.engine, 5000);
        client_reconnect(client, false);
        DYNR_ASSERT_INT(client_count(client, "snap"), 2);
        uint64_t reads = world_counters(&world).snapshot_reads;
        client_reconnect(client, true);
        DYNR_ASSERT_INT(client_count(client, "same"), 1);
        DYNR_ASSERT_INT(world_counters(&world).snapshot_reads, reads);
        dynr_engine_disconnect(world.engine, client_connection(client));
        DYNR_ASSERT_INT(world_counters(&world).lingering, 1);
        dynr_engine_tick(world.engine, 5999);
        put_todo(&world, "l9", "z", "of another list");
        world_settle(&world);
        client_reconnect(client, true);
        DYNR_ASSERT_INT(world_counters(&world).lingering, 0);
        DYNR_ASSERT_INT(client_count(client, "same"), 2);
        WORLD_CHECK(&world);
        /* What it missed is said; where rows are remembered, everything is. */
        dynr_engine_disconnect(world.engine, client_connection(client));
        put_due(&world, "m", -3);
        delete_todo(&world, "l1", "a");
        world_settle(&world);
        DYNR_ASSERT_INT(world_counters(&world).lingering, n == 0 ? 1 : 0);
        client_reconnect(client, true);
        DYNR_ASSERT_INT(client_count(client, "same"), n == 0 ? 3 : 2);
        DYNR_ASSERT_INT(client_count(client, "snap"), n == 0 ? 2 : 3);
        WORLD_CHECK(&world);
        dynr_engine_disconnect(world.engine, client_connection(client));
        dynr_engine_tick(world.engine, 7000);
        DYNR_ASSERT_INT(world_counters(&world).views, 0);
        DYNR_ASSERT_INT(world_counters(&world).dependencies, 0);
        reads = world_counters(&world).snapshot_reads;
        client_reconnect(client, true);
        DYNR_ASSERT_INT(client_count(client, "snap"), n == 0 ? 2 : 3);
        DYNR_ASSERT(world_counters(&world).snapshot_reads > reads);
        WORLD_CHECK(&world);
        world_close(&world);
    }
}

static void few_views_linger(void)
{
    static const char *const lists[] = {"l1", "l2", "l3", "l4"};
    struct world world;
    struct dynr_engine_limits limits = {.max_lingering = 2, .max_views = 3};
    world_open(&world, &limits, NULL);
    dynr_engine_tick(world.engine, 1);
    put_todo(&world, "l9", "z", "of another list");
    world_settle(&world);
    struct client *clients[4];
    for (uint64_t i = 0; i < 3; i++) {
        clients[i] = client_new(&world, i + 1, "u1");
        client_watch(clients[i], "due", lists[i]);
    }
    for (size_t i = 0; i < 3; i++) {
        dynr_engine_disconnect(world.engine, client_connection(clients[i]));
    }
    DYNR_ASSERT_INT(world_counters(&world).lingering, 2);
    DYNR_ASSERT_INT(world_counters(&world).views, 2);
    uint64_t reads = world_counters(&world).snapshot_reads;
    client_reconnect(clients[0], true);
    DYNR_ASSERT_INT(world_counters(&world).snapshot_reads, reads + 1);
    client_reconnect(clients[1], true);
    DYNR_ASSERT_INT(world_counters(&world).snapshot_reads, reads + 1);
    DYNR_ASSERT_INT(client_count(clients[1], "same"), 1);
    /* One that lingers makes room for one that is watched. */
    DYNR_ASSERT_INT(world_counters(&world).views, 3);
    clients[3] = client_new(&world, 4, "u1");
    DYNR_ASSERT(strcmp(client_error(clients[3], client_watch(clients[3], "due", "l4")), "") == 0);
    DYNR_ASSERT_INT(world_counters(&world).lingering, 0);
    /* Lost records end them as well. */
    dynr_engine_disconnect(world.engine, client_connection(clients[3]));
    DYNR_ASSERT_INT(world_counters(&world).lingering, 1);
    DYNR_ASSERT_STATUS(dynr_engine_begin(world.engine, world.position, &world.err), DYNR_OK);
    DYNR_ASSERT_INT(world_counters(&world).lingering, 0);
    world_settle(&world);
    WORLD_CHECK(&world);
    world_close(&world);
}

/* Where nobody kept a window up, its end is read, and what is held is gone on from if it reaches as far. */
static void windows_that_are_read_anew_resume(void)
{
    static const char *const ids[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"};
    struct world world;
    world_open(&world, NULL, NULL);
    for (int i = 0; i < 12; i++) {
        put_due(&world, ids[i], i);
    }
    world_settle(&world);
    struct client *client = client_new(&world, 1, "u1");
    uint64_t id = client_watch(client, "due", "l1");
    DYNR_ASSERT_INT(client_rows(client, id), 8);
    dynr_engine_disconnect(world.engine, client_connection(client));
    DYNR_ASSERT_INT(world_counters(&world).views, 0);
    /* New, gone, changed, out of the window, into it. */
    put_due(&world, "m", -3);
    delete_todo(&world, "l1", "a");
    put_due(&world, "b", 2);
    put_due(&world, "c", 100);
    put_due(&world, "l", -1);
    world_settle(&world);
    client_reconnect(client, true);
    DYNR_ASSERT_INT(client_count(client, "same"), 1);
    DYNR_ASSERT_INT(client_count(client, "snap"), 1);
    DYNR_ASSERT_INT(client_rows(client, id), 8);
    WORLD_CHECK(&world);
    /* So many are gone that what is held ends before the window would. Others cannot have it end there. */
    dynr_engine_disconnect(world.engine, client_connection(client));
    delete_todo(&world, "l1", "d");
    delete_todo(&world, "l1", "e");
    world_settle(&world);
    client_reconnect(client, true);
    DYNR_ASSERT_INT(client_count(client, "same"), 2);
    DYNR_ASSERT_INT(client_rows(client, id), 6);
    WORLD_CHECK(&world);
    dynr_engine_disconnect(world.engine, client_connection(client));
    delete_todo(&world, "l1", "f");
    world_settle(&world);
    struct client *other = client_new(&world, 2, "u1");
    client_watch(other, "due", "l1");
    client_reconnect(client, true);
    DYNR_ASSERT_INT(client_count(client, "same"), 2);
    DYNR_ASSERT_INT(client_count(client, "snap"), 2);
    WORLD_CHECK(&world);
    world_close(&world);
}

/* All was held, and there is more now than a window takes. */
static void windows_that_took_everything_resume(void)
{
    static const char *const ids[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"};
    struct world world;
    world_open(&world, NULL, NULL);
    put_due(&world, "m", 5);
    world_settle(&world);
    struct client *client = client_new(&world, 1, "u1");
    uint64_t id = client_watch(client, "due", "l1");
    dynr_engine_disconnect(world.engine, client_connection(client));
    for (int i = 0; i < 12; i++) {
        put_due(&world, ids[i], i);
    }
    world_settle(&world);
    client_reconnect(client, true);
    DYNR_ASSERT_INT(client_count(client, "same"), 1);
    DYNR_ASSERT_INT(client_rows(client, id), 8);
    WORLD_CHECK(&world);
    world_close(&world);
}

/* What happens while the window's end is read, and while the log is, is said once the client is told that it may go on. */
static void changes_come_while_a_window_is_read_anew(void)
{
    struct world world;
    world_open(&world, NULL, NULL);
    for (int i = 0; i < 12; i++) {
        char name[8];
        (void)snprintf(name, sizeof name, "t%02d", i);
        put_due(&world, name, i);
    }
    world_settle(&world);
    struct client *client = client_new(&world, 1, "u1");
    client_watch(client, "due", "l1");
    world_settle(&world);
    dynr_engine_disconnect(world.engine, client_connection(client));
    put_due(&world, "u", -1);
    world_settle(&world);
    world.inline_reads = false;
    client_reconnect(client, true);
    put_due(&world, "v", -2);
    DYNR_ASSERT_STATUS(world_deliver(&world), DYNR_OK);
    DYNR_ASSERT(world_answer(&world, 0));
    put_due(&world, "w", -3);
    DYNR_ASSERT_STATUS(world_deliver(&world), DYNR_OK);
    DYNR_ASSERT(world_answer(&world, 0));
    world_settle(&world);
    DYNR_ASSERT_INT(client_count(client, "same"), 1);
    DYNR_ASSERT_INT(client_count(client, "snap"), 1);
    WORLD_CHECK(&world);
    world_close(&world);
}

static const struct dynr_test tests[] = {
    DYNR_TEST(windows_refill_once_for_all),
    DYNR_TEST(windows_grow_only_where_they_are_short),
    DYNR_TEST(windows_that_cannot_be_filled_end),
    DYNR_TEST(late_joiners_tighten),
    DYNR_TEST(windows_that_cannot_be_are_refused),
    DYNR_TEST(windows_linger),
    DYNR_TEST(few_views_linger),
    DYNR_TEST(windows_that_are_read_anew_resume),
    DYNR_TEST(windows_that_took_everything_resume),
    DYNR_TEST(changes_come_while_a_window_is_read_anew),
};

int main(void)
{
    return dynr_test_main("windows", tests, DYNR_TEST_COUNT(tests));
}
