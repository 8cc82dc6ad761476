/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every allocation fails once: nothing leaks, nothing breaks, and who could not be told is told to start anew by the host, which
 * closes its connections.
 */
#include "world.h"

/* Everything once. False: some call said that memory is exhausted. */
static bool live_through(struct world *world)
{
    static const char *const names[] = {"due",    "gated2", "granted", "keyed", "owned", "pure",
                                        "report", "stats",  "tally",   "tree",  "user"};
    bool fine = true;
    put_user(world, "u1", "Ann");
    put_list(world, "l1", "u1", false);
    put_member(world, "l1", "u1", "owner");
    struct todo todo = make_todo("l1", "a");
    todo.has_assignee = true;
    todo.assignee.id = dynr_str_from_c("u1");
    todo.has_due = true;
    world_put(world, &todo_entity, &todo);
    fine = world_deliver(world) == DYNR_OK && fine;
    struct client *client = client_new(world, 0, "u1");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        client_watch(client, names[i], takes_user(names[i]) ? "u1" : "l1");
    }
    todo.id = dynr_str_from_c("b");
    todo.price.text = dynr_str_from_c("1.5");
    world_put(world, &todo_entity, &todo);
    todo.text = dynr_str_from_c("changed");
    world_put(world, &todo_entity, &todo);
    put_list(world, "l1", "u1", true);
    fine = world_deliver(world) == DYNR_OK && fine;
    put_list(world, "l1", "u1", false);
    delete_todo(world, "l1", "a");
    put_user(world, "u1", "Anna");
    world->inline_reads = false;
    fine = world_deliver(world) == DYNR_OK && fine;
    put_todo(world, "l1", "c", "queued");
    fine = world_deliver(world) == DYNR_OK && fine;
    while (world_answer(world, 0)) {
    }
    world->inline_reads = true;
    client_reconnect(client, true);
    (void)dynr_engine_await(world->engine, client_connection(client), world->position + 1,
                            &world->err);
    return fine && world->err.status == DYNR_OK;
}

static void every_allocation_may_fail(void)
{
    struct dynr_test_memory memory;
    size_t n_failed = 0;
    for (size_t fail_at = 1;; fail_at++) {
        struct world world;
        dynr_test_memory_init(&memory, fail_at);
        world_open(&world, NULL, &memory.allocator);
        bool opened = world.engine != NULL;
        bool fine = opened && live_through(&world);
        bool done = memory.n_requests < fail_at;
        if (done) {
            DYNR_ASSERT(fine);
            WORLD_CHECK(&world);
        }
        n_failed += fine ? 0 : 1;
        world_close(&world);
        if (!DYNR_ASSERT_INT(memory.n_blocks, 0) || !DYNR_ASSERT(!memory.misused) || done) {
            break;
        }
    }
    DYNR_ASSERT(n_failed > 100);
}

/* One failure, then memory is there again: who was not told of an error shows what is right. */
static void what_recovers_is_right(void)
{
    struct dynr_test_memory memory;
    for (size_t fail_at = 1; fail_at < 2000; fail_at += 7) {
        struct world world;
        dynr_test_memory_init(&memory, 0);
        world_open(&world, NULL, &memory.allocator);
        struct client *client = client_new(&world, 0, "u1");
        put_user(&world, "u1", "Ann");
        put_list(&world, "l1", "u1", false);
        world_settle(&world);
        uint64_t tree = client_watch(client, "tree", "u1");
        uint64_t keyed = client_watch(client, "keyed", "l1");
        struct todo todo = make_todo("l1", "a");
        todo.has_assignee = true;
        todo.assignee.id = dynr_str_from_c("u1");
        todo.has_due = true;
        world_put(&world, &todo_entity, &todo);
        dynr_test_memory_init(&memory, 0);
        memory.fail_at = fail_at;
        enum dynr_status status = world_deliver(&world);
        memory.fail_at = 0;
        todo.id = dynr_str_from_c("b");
        world_put(&world, &todo_entity, &todo);
        (void)world_deliver(&world);
        if (status == DYNR_OK && client_error(client, tree)[0] == '\0' &&
            client_error(client, keyed)[0] == '\0' && !WORLD_CHECK(&world)) {
            fail_at = SIZE_MAX - 7;
        }
        world_close(&world);
    }
}

static const struct dynr_test tests[] = {
    DYNR_TEST(every_allocation_may_fail),
    DYNR_TEST(what_recovers_is_right),
};

int main(void)
{
    return dynr_test_main("memory", tests, DYNR_TEST_COUNT(tests));
}
