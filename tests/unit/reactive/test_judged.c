/* SPDX-License-Identifier: Apache-2.0 */
/* Rows, and values over rows, that a policy judges by other rows. */
#include "world.h"

static struct todo assigned(const char *list, const char *id, int64_t points)
{
    struct todo todo = make_todo(list, id);
    todo.has_assignee = true;
    todo.assignee.id = dynr_str_from_c("u1");
    todo.points = points;
    return todo;
}

static void assign(struct world *world, const char *list, const char *id, int64_t points)
{
    struct todo todo = assigned(list, id, points);
    world_put(world, &todo_entity, &todo);
}

static void grants_are_followed(void)
{
    struct world world;
    world_open(&world, NULL, NULL);
    put_list(&world, "l1", "u9", false);
    put_list(&world, "l2", "u9", true);
    struct todo todo = assigned("l1", "a", 0);
    world_put(&world, &todo_entity, &todo);
    todo.list.id = dynr_str_from_c("l2");
    world_put(&world, &todo_entity, &todo);
    world_settle(&world);
    struct client *client = client_new(&world, 1, "u1");
    uint64_t id = client_watch(client, "granted", "u1");
    DYNR_ASSERT_INT(client_rows(client, id), 1);
    WORLD_CHECK(&world);
    put_list(&world, "l2", "u9", false);
    world_settle(&world);
    DYNR_ASSERT_INT(client_rows(client, id), 2);
    put_list(&world, "l1", "u9", true);
    todo.text = dynr_str_from_c("changed");
    world_put(&world, &todo_entity, &todo);
    world_settle(&world);
    WORLD_CHECK(&world);
    struct list_key key = {dynr_str_from_c("l2")};
    world_delete(&world, &list_entity, &key);
    todo.list.id = dynr_str_from_c("l3");
    world_put(&world, &todo_entity, &todo);
    world_settle(&world);
    DYNR_ASSERT_INT(client_rows(client, id), 0);
    WORLD_CHECK(&world);
    DYNR_ASSERT_INT(client_rows(client, client_watch(client, "granted", "")), 0);
    world_close(&world);
}

/*
 * What judges a row is read one after the other: the first says no, and has changed again when the second is read. The row comes back
 * in the very version that the second was read in.
 */
static void what_hid_a_row_may_be_older_than_what_was_read_last(void)
{
    struct world world;
    world_open(&world, NULL, NULL);
    put_list(&world, "l1", "u9", false);
    assign(&world, "l1", "a", 0);
    world_settle(&world);
    struct client *client = client_new(&world, 1, "u1");
    uint64_t id = client_watch(client, "granted", "u1");
    world.inline_reads = false;
    put_list(&world, "l1", "u9", true);
    DYNR_ASSERT_INT(world_deliver(&world), DYNR_OK);
    /* The row, then its list, which hides it. */
    DYNR_ASSERT(world_answer(&world, 0));
    DYNR_ASSERT(world_answer(&world, 0));
    put_list(&world, "l1", "u9", false);
    DYNR_ASSERT_INT(world_deliver(&world), DYNR_OK);
    /* The owner of the list. */
    DYNR_ASSERT(world_answer(&world, 0));
    world_settle(&world);
    DYNR_ASSERT_INT(client_rows(client, id), 1);
    WORLD_CHECK(&world);
    world_close(&world);
}

/* Which rows a value is made of is decided by other rows: what a change costs is the row, and what judges it. */
static void values_follow_what_judges_their_rows(void)
{
    struct world world;
    world_open(&world, NULL, NULL);
    put_list(&world, "l1", "u9", false);
    put_list(&world, "l2", "u9", true);
    assign(&world, "l1", "a", 3);
    assign(&world, "l1", "b", 5);
    assign(&world, "l2", "c", 9);
    world_settle(&world);
    struct client *client = client_new(&world, 1, "u1");
    uint64_t id = client_watch(client, "tally", "u1");
    uint64_t owned = client_watch(client, "owned", "u9");
    world_settle(&world);
    DYNR_ASSERT_STR(client_show(client, id),
                    "\nn: \"2\"\npoints: \"8\"\nprice: \"0\"\nmost: 5\nleast: 3");
    WORLD_CHECK(&world);
    /* A row that judges others lets one in; then the largest leaves, for which nothing is read. */
    put_list(&world, "l2", "u9", false);
    world_settle(&world);
    DYNR_ASSERT_STR(client_show(client, id),
                    "\nn: \"3\"\npoints: \"17\"\nprice: \"0\"\nmost: 9\nleast: 3");
    client_stop(client, owned);
    uint64_t reads = world_counters(&world).keyed_reads + world_counters(&world).rereads;
    delete_todo(&world, "l2", "c");
    world_settle(&world);
    DYNR_ASSERT_INT(world_counters(&world).keyed_reads + world_counters(&world).rereads, reads);
    DYNR_ASSERT_STR(client_show(client, id),
                    "\nn: \"2\"\npoints: \"8\"\nprice: \"0\"\nmost: 5\nleast: 3");
    /* Each of the five values: the row, its list, and the owner of that. */
    assign(&world, "l1", "a", 7);
    world_settle(&world);
    DYNR_ASSERT_INT(world_counters(&world).keyed_reads, reads + 5 * 3);
    DYNR_ASSERT_STR(client_show(client, id),
                    "\nn: \"2\"\npoints: \"12\"\nprice: \"0\"\nmost: 7\nleast: 5");
    put_list(&world, "l1", "u9", true);
    world_settle(&world);
    DYNR_ASSERT_STR(client_show(client, id),
                    "\nn: \"0\"\npoints: \"0\"\nprice: \"0\"\nmost: null\nleast: null");
    WORLD_CHECK(&world);
    DYNR_ASSERT_INT(world_counters(&world).rereads, 0);
    /* Nothing is said of rows that do not count. */
    size_t patches = client_count(client, "patch");
    assign(&world, "l1", "b", 8);
    assign(&world, "l1", "d", 8);
    delete_todo(&world, "l1", "a");
    world_settle(&world);
    DYNR_ASSERT_INT(client_count(client, "patch"), patches);
    world_close(&world);
}

/* A list and a user that judge change in what no policy reads: nobody is asked again, and nothing is said. */
static void what_no_policy_reads_changes_nothing(void)
{
    static const struct {
        const char *procedure;
        const char *argument;
    } watched[] = {{"granted", "u1"}, {"tally", "u1"}, {"gated2", "l1"}};
    struct world world;
    world_open(&world, NULL, NULL);
    put_list(&world, "l1", "u9", false);
    put_user(&world, "u9", "a");
    put_member(&world, "l1", "u1", "owner");
    assign(&world, "l1", "a", 3);
    world_settle(&world);
    struct client *client = client_new(&world, 1, "u1");
    for (size_t i = 0; i < sizeof watched / sizeof watched[0]; i++) {
        client_watch(client, watched[i].procedure, watched[i].argument);
    }
    world_settle(&world);
    put_list(&world, "l2", "u9", false);
    world_settle(&world);
    struct dynr_engine_counters before = world_counters(&world);
    struct list list = {.id = dynr_str_from_c("l1"),
                        .owner = {dynr_str_from_c("u9")},
                        .title = dynr_str_from_c("another title")};
    world_put(&world, &list_entity, &list);
    put_user(&world, "u9", "a");
    world_settle(&world);
    struct dynr_engine_counters after = world_counters(&world);
    DYNR_ASSERT_INT(after.keyed_reads, before.keyed_reads);
    DYNR_ASSERT_INT(after.gate_reads, before.gate_reads);
    DYNR_ASSERT_INT(after.snapshot_reads, before.snapshot_reads);
    DYNR_ASSERT_INT(client_count(client, "patch"), 0);
    WORLD_CHECK(&world);
    /* What is read, and lets in as before, is no news for a value either. */
    put_user(&world, "u9", "b");
    world_settle(&world);
    DYNR_ASSERT(world_counters(&world).keyed_reads > after.keyed_reads);
    DYNR_ASSERT_INT(client_count(client, "patch"), 1);
    WORLD_CHECK(&world);
    world_close(&world);
}

/* Values over the same rows are bounded as one, and who watches already as who comes later. */
static void judged_rows_are_bounded(void)
{
    struct world world;
    struct dynr_engine_limits limits = {.max_rows = 10};
    world_open(&world, &limits, NULL);
    put_list(&world, "l1", "u9", false);
    for (int i = 0; i < 9; i++) {
        assign(&world, "l1", (char[]){(char)('a' + i), '\0'}, i);
    }
    world_settle(&world);
    struct client *client = client_new(&world, 1, "u1");
    uint64_t values = client_watch(client, "tally", "u1");
    uint64_t rows = client_watch(client, "granted", "u1");
    world_settle(&world);
    assign(&world, "l1", "j", 9);
    delete_todo(&world, "l1", "a");
    assign(&world, "l1", "k", 1);
    world_settle(&world);
    WORLD_CHECK(&world);
    DYNR_ASSERT_INT(client_rows(client, rows), 10);
    DYNR_ASSERT_STR(client_show(client, values),
                    "\nn: \"10\"\npoints: \"46\"\nprice: \"0\"\nmost: 9\nleast: 1");
    assign(&world, "l1", "l", 1);
    world_settle(&world);
    DYNR_ASSERT_STR(dynr_str_from_c(client_error(client, values)), "TOO_LARGE");
    DYNR_ASSERT_STR(dynr_str_from_c(client_error(client, rows)), "TOO_LARGE");
    world_close(&world);
}

/*
 * Who comes late reads a row that counts, which is hidden and goes before the snapshot is sent. Those who were there see the same
 * value before and after, and yet it is said again.
 */
static void who_comes_late_is_told_the_same_value(void)
{
    struct world world;
    world_open(&world, NULL, NULL);
    put_list(&world, "l1", "u9", true);
    assign(&world, "l1", "a", 3);
    world_settle(&world);
    struct client *first = client_new(&world, 1, "u1");
    uint64_t id = client_watch(first, "tally", "u1");
    world_settle(&world);
    put_list(&world, "l1", "u9", false);
    struct client *late = client_new(&world, 2, "u1");
    uint64_t other = client_watch(late, "tally", "u1");
    DYNR_ASSERT_STR(client_show(late, other),
                    "\nn: \"1\"\npoints: \"3\"\nprice: \"0\"\nmost: 3\nleast: 3");
    put_list(&world, "l1", "u9", true);
    delete_todo(&world, "l1", "a");
    world_settle(&world);
    WORLD_CHECK(&world);
    DYNR_ASSERT(dynr_str_equal(client_show(late, other), client_show(first, id)));
    world_close(&world);
}

/* The key of a row that nobody was allowed to see is not told by its leave either. */
static void hidden_rows_leave_unsaid(void)
{
    struct world world;
    world_open(&world, NULL, NULL);
    put_list(&world, "l1", "u9", true);
    struct todo todo = assigned("l1", "a", 0);
    world_put(&world, &todo_entity, &todo);
    world_settle(&world);
    struct client *client = client_new(&world, 1, "u1");
    uint64_t id = client_watch(client, "granted", "u1");
    client_watch(client_new(&world, 2, "u1"), "granted", "u1");
    world_settle(&world);
    todo.text = dynr_str_from_c("changed");
    world_put(&world, &todo_entity, &todo);
    world_settle(&world);
    put_list(&world, "l1", "u8", true);
    world_settle(&world);
    todo.id = dynr_str_from_c("b");
    world_put(&world, &todo_entity, &todo);
    world_settle(&world);
    delete_todo(&world, "l1", "a");
    world_settle(&world);
    DYNR_ASSERT_INT(client_count(client, "patch"), 0);
    WORLD_CHECK(&world);
    /* What was seen leaves, for whatever reason. */
    put_list(&world, "l1", "u8", false);
    world_settle(&world);
    DYNR_ASSERT_INT(client_rows(client, id), 1);
    put_list(&world, "l1", "u8", true);
    world_settle(&world);
    DYNR_ASSERT_INT(client_rows(client, id), 0);
    size_t patches = client_count(client, "patch");
    delete_todo(&world, "l1", "b");
    world_settle(&world);
    DYNR_ASSERT_INT(client_count(client, "patch"), patches);
    WORLD_CHECK(&world);
    world_close(&world);
}

static const struct dynr_test tests[] = {
    DYNR_TEST(grants_are_followed),
    DYNR_TEST(what_hid_a_row_may_be_older_than_what_was_read_last),
    DYNR_TEST(values_follow_what_judges_their_rows),
    DYNR_TEST(what_no_policy_reads_changes_nothing),
    DYNR_TEST(judged_rows_are_bounded),
    DYNR_TEST(who_comes_late_is_told_the_same_value),
    DYNR_TEST(hidden_rows_leave_unsaid),
};

int main(void)
{
    return dynr_test_main("judged", tests, DYNR_TEST_COUNT(tests));
}
