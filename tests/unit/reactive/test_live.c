/* SPDX-License-Identifier: Apache-2.0 */
/* Each class of node, and each guarantee, by itself. */
#include <stdio.h>

#include "world.h"

static void pure_views_follow_without_reads(void)
{
    struct world world;
    world_open(&world, NULL, NULL);
    put_todo(&world, "l1", "a", "first");
    put_todo(&world, "l2", "z", "elsewhere");
    struct client *client = client_new(&world, 1, "u1");
    uint64_t id = client_watch(client, "pure", "l1");
    DYNR_ASSERT_STR(client_show(client, id), "\n: id=\"a\" text=\"first\" points=0 list=\"l1\"");
    world_settle(&world);
    uint64_t reads = world_counters(&world).snapshot_reads;
    put_todo(&world, "l1", "b", "second");
    world_settle(&world);
    WORLD_CHECK(&world);
    struct todo todo = make_todo("l1", "b");
    todo.text = dynr_str_from_c("changed");
    todo.has_due = true;
    todo.due = 4;
    world_put(&world, &todo_entity, &todo);
    world_settle(&world);
    DYNR_ASSERT(strstr(world.last_frame, "[\"~\",[\"b\"],{\"text\":\"changed\",\"due\":4}]") !=
                NULL);
    DYNR_ASSERT(strstr(world.last_frame, "\"end\":true") != NULL);
    WORLD_CHECK(&world);
    todo.has_due = false;
    world_put(&world, &todo_entity, &todo);
    world_settle(&world);
    DYNR_ASSERT(strstr(world.last_frame, "{\"due\":null}") != NULL);
    todo.done = true;
    world_put(&world, &todo_entity, &todo);
    world_settle(&world);
    DYNR_ASSERT(strstr(world.last_frame, "[\"-\",[\"b\"]]") != NULL);
    delete_todo(&world, "l1", "a");
    world_settle(&world);
    WORLD_CHECK(&world);
    struct dynr_engine_counters counters = world_counters(&world);
    DYNR_ASSERT_INT(counters.snapshot_reads, reads);
    DYNR_ASSERT_INT(counters.rereads + counters.keyed_reads + counters.refills, 0);
    world_close(&world);
}

static void masked_changes_say_nothing(void)
{
    struct world world;
    world_open(&world, NULL, NULL);
    put_todo(&world, "l1", "a", "first");
    struct client *client = client_new(&world, 1, "u1");
    client_watch(client, "pure", "l1");
    world_settle(&world);
    size_t frames = world.n_frames;
    struct todo todo = make_todo("l1", "a");
    todo.text = dynr_str_from_c("first");
    todo.seen = 7;
    world_put(&world, &todo_entity, &todo);
    world_settle(&world);
    DYNR_ASSERT_INT(world.n_frames, frames);
    DYNR_ASSERT_INT(world_counters(&world).masked, 1);
    /* Who waits for it is told all the same. */
    (void)dynr_engine_await(world.engine, client_connection(client), world.position, &world.err);
    DYNR_ASSERT_INT(client_committed(client), world.position);
    (void)dynr_engine_await(world.engine, client_connection(client), world.position + 1,
                            &world.err);
    DYNR_ASSERT_INT(client_count(client, "commit"), 1);
    todo.seen = 8;
    world_put(&world, &todo_entity, &todo);
    world_settle(&world);
    DYNR_ASSERT_INT(client_count(client, "commit"), 2);
    world_close(&world);
}

/* What the stream lost nobody tells of: every view is read anew. */
static void lost_records_are_made_up_for(void)
{
    struct world world;
    world_open(&world, NULL, NULL);
    put_todo(&world, "l1", "a", "first");
    struct client *client = client_new(&world, 1, "u1");
    client_watch(client, "pure", "l1");
    world_settle(&world);
    put_todo(&world, "l1", "a", "changed");
    put_todo(&world, "l1", "b", "second");
    world.delivered = world.n_records;
    DYNR_ASSERT_INT(dynr_engine_begin(world.engine, world.position, &world.err), DYNR_OK);
    world_settle(&world);
    DYNR_ASSERT_INT(client_count(client, "reset"), 1);
    DYNR_ASSERT_INT(dynr_engine_position(world.engine), world.position);
    WORLD_CHECK(&world);
    world_close(&world);
}

static void views_are_shared(void)
{
    struct world world;
    world_open(&world, NULL, NULL);
    put_todo(&world, "l1", "a", "first");
    struct client *clients[4];
    for (int i = 0; i < 4; i++) {
        clients[i] = client_new(&world, 1, "u1");
        client_watch(clients[i], "pure", "l1");
    }
    client_watch(clients[0], "pure", "l1");
    world_settle(&world);
    DYNR_ASSERT_INT(world_counters(&world).views, 1);
    DYNR_ASSERT_INT(world_counters(&world).subscribers, 5);
    struct dynr_engine_counters before = world_counters(&world);
    put_todo(&world, "l1", "b", "second");
    world_settle(&world);
    struct dynr_engine_counters after = world_counters(&world);
    DYNR_ASSERT_INT(after.patches - before.patches, 1);
    DYNR_ASSERT_INT(after.sends - before.sends, 4);
    WORLD_CHECK(&world);
    for (int i = 0; i < 4; i++) {
        client_stop(clients[i], 1);
    }
    client_stop(clients[0], 2);
    DYNR_ASSERT_INT(world_counters(&world).views, 0);
    DYNR_ASSERT_INT(world_counters(&world).dependencies, 0);
    DYNR_ASSERT_INT(world_counters(&world).subscribers, 0);
    world_close(&world);
}

static void keyed_rows_come_with_their_parents(void)
{
    struct world world;
    world_open(&world, NULL, NULL);
    put_user(&world, "u1", "Ann");
    put_user(&world, "u2", "Bob");
    struct todo todo = make_todo("l1", "a");
    todo.has_assignee = true;
    todo.assignee.id = dynr_str_from_c("u1");
    world_put(&world, &todo_entity, &todo);
    world_settle(&world);
    struct client *client = client_new(&world, 1, "u1");
    uint64_t id = client_watch(client, "keyed", "l1");
    WORLD_CHECK(&world);
    DYNR_ASSERT_STR(client_show(client, id), "\n: id=\"a\" text=\"a\" points=0 assignee=\"u1\" "
                                             "list=\"l1\"\n  assignee: name=\"Ann\" id=\"u1\"");
    struct todo second = todo;
    second.id = dynr_str_from_c("b");
    world_put(&world, &todo_entity, &second);
    world_settle(&world);
    DYNR_ASSERT_INT(world_counters(&world).keyed_reads, 0);
    put_user(&world, "u1", "Anna");
    world_settle(&world);
    WORLD_CHECK(&world);
    second.assignee.id = dynr_str_from_c("u2");
    world_put(&world, &todo_entity, &second);
    world_settle(&world);
    DYNR_ASSERT_INT(world_counters(&world).keyed_reads, 1);
    WORLD_CHECK(&world);
    uint64_t dependencies = world_counters(&world).dependencies;
    /* One refers to it in the same transaction in which the other one leaves. */
    world_begin(&world);
    delete_todo(&world, "l1", "b");
    second.id = dynr_str_from_c("c");
    world_put(&world, &todo_entity, &second);
    world_commit(&world);
    world_settle(&world);
    WORLD_CHECK(&world);
    DYNR_ASSERT_INT(world_counters(&world).dependencies, dependencies);
    delete_todo(&world, "l1", "c");
    struct user_key key = {dynr_str_from_c("u1")};
    world_delete(&world, &user_entity, &key);
    world_settle(&world);
    WORLD_CHECK(&world);
    DYNR_ASSERT_INT(world_counters(&world).dependencies, dependencies - 1);
    put_user(&world, "u1", "Anna again");
    world_settle(&world);
    WORLD_CHECK(&world);
    DYNR_ASSERT_INT(world_counters(&world).rereads, 0);
    world_close(&world);
}

static void put_comment(struct world *world, const char *list, const char *todo, const char *id)
{
    struct comment comment = {
        {dynr_str_from_c(list)}, dynr_str_from_c(todo), dynr_str_from_c(id), dynr_str_from_c(id)};
    world_put(world, &comment_entity, &comment);
}

static void trees_grow_and_shrink(void)
{
    struct world world;
    world_open(&world, NULL, NULL);
    put_user(&world, "u1", "Ann");
    put_list(&world, "l1", "u1", false);
    put_due(&world, "a", 1);
    put_comment(&world, "l1", "a", "c1");
    struct client *client = client_new(&world, 1, "u1");
    client_watch(client, "tree", "u1");
    world_settle(&world);
    WORLD_CHECK(&world);
    put_comment(&world, "l1", "a", "c2");
    put_comment(&world, "l1", "b", "c3");
    world_settle(&world);
    WORLD_CHECK(&world);
    struct todo todo = make_todo("l1", "b");
    todo.has_due = true;
    todo.due = 3;
    todo.points = 5;
    todo.has_assignee = true;
    todo.assignee.id = dynr_str_from_c("u1");
    world_put(&world, &todo_entity, &todo);
    world_settle(&world);
    WORLD_CHECK(&world);
    put_list(&world, "l2", "u1", false);
    put_list(&world, "l1", "u1", true);
    world_settle(&world);
    WORLD_CHECK(&world);
    put_list(&world, "l1", "u1", false);
    todo.points = 1;
    world_put(&world, &todo_entity, &todo);
    world_settle(&world);
    WORLD_CHECK(&world);
    DYNR_ASSERT_INT(world_counters(&world).rereads, 0);
    struct client *late = client_new(&world, 2, "u1");
    client_watch(late, "tree", "u1");
    delete_todo(&world, "l1", "a");
    world_settle(&world);
    WORLD_CHECK(&world);
    world_close(&world);
}

static void values_are_exact(void)
{
    struct world world;
    world_open(&world, NULL, NULL);
    struct client *client = client_new(&world, 1, "u1");
    uint64_t id = client_watch(client, "stats", "l1");
    DYNR_ASSERT_STR(client_show(client, id),
                    "\nn: \"0\"\npoints: \"0\"\nprice: \"0\"\nmost: null\nleast: null");
    struct todo todo = make_todo("l1", "a");
    todo.points = 5;
    todo.price.text = dynr_str_from_c("0.1");
    world_put(&world, &todo_entity, &todo);
    todo.id = dynr_str_from_c("b");
    todo.points = 9;
    todo.price.text = dynr_str_from_c("12345678901234567890123456789.2");
    world_put(&world, &todo_entity, &todo);
    world_settle(&world);
    WORLD_CHECK(&world);
    DYNR_ASSERT_INT(world_counters(&world).refills + world_counters(&world).keyed_reads, 0);
    DYNR_ASSERT_STR(client_show(client, id),
                    "\nn: \"2\"\npoints: \"14\"\nprice: \"12345678901234567890123456789.3\"\nmost: "
                    "9\nleast: 5");
    delete_todo(&world, "l1", "b");
    world_settle(&world);
    WORLD_CHECK(&world);
    world_close(&world);
}

/* However many rows there are, no answer holds more than a page of them; and the pages are of one position. */
static void values_are_read_page_by_page(void)
{
    struct world world;
    struct dynr_engine_limits limits = {.max_rows = 30};
    static char ids[100][8];
    world_open(&world, &limits, NULL);
    for (int i = 0; i < 100; i++) {
        (void)snprintf(ids[i], sizeof ids[i], "t%02d", i);
        put_todo(&world, "l1", ids[i], "text");
    }
    world_settle(&world);
    struct client *client = client_new(&world, 1, "u1");
    uint64_t id = client_watch(client, "stats", "l1");
    DYNR_ASSERT_INT(world_counters(&world).snapshot_reads, 4);
    DYNR_ASSERT(strcmp(client_error(client, id), "") == 0);
    WORLD_CHECK(&world);
    world.inline_reads = false;
    struct client *other = client_new(&world, 2, "u1");
    client_watch(other, "stats", "l1");
    DYNR_ASSERT(world_answer(&world, 0));
    DYNR_ASSERT(world_answer(&world, 0));
    delete_todo(&world, "l1", "t10");
    world_settle(&world);
    /* Two pages of before, a third of afterwards, and four anew. */
    DYNR_ASSERT_INT(world_counters(&world).snapshot_reads, 11);
    WORLD_CHECK(&world);
    world_close(&world);
}

/* Two extrema leave, and each is read again by itself: what is read once more for one of them does not spoil the other. */
static void extrema_are_read_one_by_one(void)
{
    static const char *const ids[] = {"a", "b", "c", "d", "e", "f", "g"};
    static const int64_t points[] = {5, 4, 6, 5, 5, 9, 1};
    struct dynr_engine_limits limits = {.max_rows = 4};
    struct world world;
    world_open(&world, &limits, NULL);
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        struct todo todo = make_todo("l1", ids[i]);
        todo.points = points[i];
        world_put(&world, &todo_entity, &todo);
    }
    world_settle(&world);
    struct client *client = client_new(&world, 1, "u1");
    uint64_t id = client_watch(client, "stats", "l1");
    DYNR_ASSERT_STR(client_show(client, id),
                    "\nn: \"7\"\npoints: \"35\"\nprice: \"0\"\nmost: 9\nleast: 1");
    world.inline_reads = false;
    world_begin(&world);
    delete_todo(&world, "l1", "f");
    delete_todo(&world, "l1", "g");
    world_commit(&world);
    DYNR_ASSERT_INT(world_deliver(&world), DYNR_OK);
    DYNR_ASSERT_INT(world.n_reads, 2);
    /* Both pages of one; of the other the first, and a second that is newer, after which it begins anew. */
    DYNR_ASSERT(world_answer(&world, 0));
    DYNR_ASSERT(world_answer(&world, 1));
    DYNR_ASSERT_INT(world.n_reads, 1);
    DYNR_ASSERT(world_answer(&world, 0));
    delete_todo(&world, "l1", "a");
    world_settle(&world);
    DYNR_ASSERT_INT(world_counters(&world).keyed_reads, 5);
    WORLD_CHECK(&world);
    DYNR_ASSERT_STR(client_show(client, id),
                    "\nn: \"4\"\npoints: \"20\"\nprice: \"0\"\nmost: 6\nleast: 4");
    world_close(&world);
}

static void gates_open_and_shut(void)
{
    const char *names[] = {"gated", "gated2"};
    for (int n = 0; n < 2; n++) {
        struct world world;
        world_open(&world, NULL, NULL);
        put_list(&world, "l1", "u9", false);
        put_todo(&world, "l1", "a", "secret");
        world_settle(&world);
        struct client *client = client_new(&world, 1, "u1");
        struct client *other = client_new(&world, 2, "u2");
        uint64_t id = client_watch(client, names[n], "l1");
        DYNR_ASSERT(strcmp(client_error(client, id), "DENIED") == 0 &&
                    client_is_suspended(client, id));
        put_member(&world, "l1", "u1", "owner");
        put_member(&world, "l1", "u2", "owner");
        world_settle(&world);
        client_watch(other, names[n], "l1");
        WORLD_CHECK(&world);
        DYNR_ASSERT_INT(client_rows(client, id), 1);
        /* The view is one, the gates are two. */
        DYNR_ASSERT_INT(world_counters(&world).views, 1);
        /* Lost and written in one transaction: no patch reaches who lost it. */
        size_t patches = client_count(client, "patch");
        world_begin(&world);
        put_todo(&world, "l1", "b", "more secret");
        put_member(&world, "l1", "u1", "none");
        world_commit(&world);
        world_settle(&world);
        DYNR_ASSERT_INT(client_count(client, "patch"), patches);
        DYNR_ASSERT(client_is_suspended(client, id));
        WORLD_CHECK(&world);
        struct member_key key = {dynr_str_from_c("l1"), dynr_str_from_c("u2")};
        world_delete(&world, &member_entity, &key);
        put_member(&world, "l1", "u1", "guest");
        world_settle(&world);
        WORLD_CHECK(&world);
        world_close(&world);
    }
}

static void nothing_is_lost_at_subscribe(void)
{
    const char *names[] = {"pure", "due", "keyed", "tree", "stats"};
    for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
        struct world world;
        world_open(&world, NULL, NULL);
        world.inline_reads = false;
        put_list(&world, "l1", "l1", false);
        put_due(&world, "a", 1);
        world_settle(&world);
        struct client *client = client_new(&world, 1, "u1");
        client_watch(client, names[n], "l1");
        /* Between the question and the answer; then between the read and its arrival. */
        put_due(&world, "b", 2);
        (void)world_deliver(&world);
        put_due(&world, "c", 2);
        (void)world_answer(&world, 0);
        put_due(&world, "d", 4);
        delete_todo(&world, "l1", "a");
        world_settle(&world);
        WORLD_CHECK(&world);
        world_close(&world);
    }
}

static void resumes_say_what_was_missed(void)
{
    struct world world;
    world_open(&world, NULL, NULL);
    put_user(&world, "u1", "Ann");
    put_due(&world, "a", 1);
    put_due(&world, "b", 2);
    world_settle(&world);
    struct client *client = client_new(&world, 1, "u1");
    client_watch(client, "pure", "l1");
    client_watch(client, "due", "l1");
    client_watch(client, "keyed", "l1");
    client_reconnect(client, true);
    DYNR_ASSERT_INT(client_count(client, "same"), 3);
    DYNR_ASSERT_INT(client_count(client, "snap"), 3);
    WORLD_CHECK(&world);
    dynr_engine_disconnect(world.engine, client_connection(client));
    put_due(&world, "c", 3);
    delete_todo(&world, "l1", "a");
    world_settle(&world);
    client_reconnect(client, true);
    /* The first two were replayed, the one with includes was not. */
    DYNR_ASSERT_INT(client_count(client, "same"), 5);
    DYNR_ASSERT_INT(client_count(client, "snap"), 4);
    WORLD_CHECK(&world);
    world.trimmed = true;
    client_reconnect(client, true);
    DYNR_ASSERT_INT(client_count(client, "same"), 5);
    DYNR_ASSERT_INT(client_count(client, "snap"), 7);
    WORLD_CHECK(&world);
    world_close(&world);
}

static void others_do_not_resume(void)
{
    struct world world;
    world_open(&world, NULL, NULL);
    put_due(&world, "a", 1);
    world_settle(&world);
    struct client *client = client_new(&world, 1, "u1");
    client_watch(client, "pure", "l1");
    client_watch(client, "due", "l1");
    world_settle(&world);
    client_reconnect(client, true);
    DYNR_ASSERT_INT(client_count(client, "same"), 2);
    DYNR_ASSERT_INT(client_count(client, "snap"), 2);
    /* The same view, which does not look at its caller, but another one comes with what the first was told. */
    client_become(client, "u2");
    client_reconnect(client, true);
    DYNR_ASSERT_INT(client_count(client, "same"), 2);
    DYNR_ASSERT_INT(client_count(client, "snap"), 4);
    WORLD_CHECK(&world);
    world_close(&world);
}

/* Who may not see now what was may not have it replayed, nor who was shut out in between. */
static void gated_views_are_not_replayed(void)
{
    const char *names[] = {"gated", "gated2"};
    for (int n = 0; n < 2; n++) {
        struct world world;
        world_open(&world, NULL, NULL);
        put_list(&world, "l1", "u9", false);
        put_todo(&world, "l1", "a", "first");
        put_member(&world, "l1", "u1", "owner");
        world_settle(&world);
        struct client *client = client_new(&world, 1, "u1");
        client_watch(client, names[n], "l1");
        world_settle(&world);
        client_reconnect(client, true);
        world_settle(&world);
        DYNR_ASSERT_INT(client_count(client, "same"), 1);
        DYNR_ASSERT_INT(client_count(client, "snap"), 1);
        /* A row came and went while it was away. */
        dynr_engine_disconnect(world.engine, client_connection(client));
        put_todo(&world, "l1", "b", "secret");
        delete_todo(&world, "l1", "b");
        world_settle(&world);
        client_reconnect(client, true);
        world_settle(&world);
        DYNR_ASSERT_INT(client_count(client, "same"), 1);
        DYNR_ASSERT_INT(client_count(client, "snap"), 2);
        DYNR_ASSERT_INT(client_count(client, "patch"), 0);
        /* The gate shut and opened. */
        dynr_engine_disconnect(world.engine, client_connection(client));
        put_member(&world, "l1", "u1", "none");
        put_member(&world, "l1", "u1", "owner");
        world_settle(&world);
        client_reconnect(client, true);
        world_settle(&world);
        DYNR_ASSERT_INT(client_count(client, "same"), 1);
        DYNR_ASSERT_INT(client_count(client, "snap"), 3);
        WORLD_CHECK(&world);
        world_close(&world);
    }
}

static void failures_are_errors(void)
{
    struct world world;
    world_open(&world, NULL, NULL);
    world.fail = DYNR_ERR_IO;
    struct client *client = client_new(&world, 1, "u1");
    uint64_t id = client_watch(client, "pure", "l1");
    DYNR_ASSERT(strcmp(client_error(client, id), "IO") == 0);
    DYNR_ASSERT_INT(world_counters(&world).views, 0);
    id = client_watch(client, "keyed", "l1");
    DYNR_ASSERT(strcmp(client_error(client, id), "IO") == 0);
    world.fail = DYNR_OK;
    DYNR_ASSERT(strcmp(client_error(client, client_watch(client, "nothing", "l1")),
                       "UNKNOWN_PROCEDURE") == 0);
    DYNR_ASSERT(
        strcmp(client_error(client, client_watch(client, "once", "l1")), "INVALID_ARGUMENT") == 0);
    id = client_watch(client, "keyed", "l1");
    struct todo todo = make_todo("l1", "a");
    todo.has_assignee = true;
    todo.assignee.id = dynr_str_from_c("u1");
    world_put(&world, &todo_entity, &todo);
    world.fail = DYNR_ERR_THROTTLED;
    world_settle(&world);
    DYNR_ASSERT(strcmp(client_error(client, id), "THROTTLED") == 0);
    DYNR_ASSERT_INT(world_counters(&world).subscribers, 0);
    DYNR_ASSERT_INT(world_counters(&world).dependencies, 0);
    world_close(&world);
}

static void broken_images_start_views_anew(void)
{
    struct world world;
    world_open(&world, NULL, NULL);
    put_todo(&world, "l1", "a", "first");
    put_todo(&world, "l2", "a", "first");
    world_settle(&world);
    struct client *client = client_new(&world, 1, "u1");
    client_watch(client, "pure", "l1");
    client_watch(client, "keyed", "l1");
    client_watch(client, "pure", "l2");
    struct dynr_record record = {.size = sizeof record, .event = DYNR_EVENT_MODIFY};
    record.table = dynr_str_from_c("test-app");
    record.keys = dynr_str_from_c("{\"pk\":{\"S\":\"LIST#l1\"},\"sk\":{\"S\":\"TODO#a\"}}");
    record.new_image =
        dynr_str_from_c("{\"_et\":{\"S\":\"TODO\"},\"text\":{\"N\":\"1\"}}"); /* style: allow */
    record.position = ++world.position;
    record.commit = record.position;
    DYNR_ASSERT(dynr_engine_records(world.engine, &record, 1, &world.err) != DYNR_OK);
    DYNR_ASSERT_INT(client_count(client, "reset"), 2);
    DYNR_ASSERT_INT(client_count(client, "snap"), 5);
    WORLD_CHECK(&world);
    /* A slow consumer is put on a snapshot too. */
    DYNR_ASSERT_STATUS(dynr_engine_resync(world.engine, client_connection(client), &world.err),
                       DYNR_OK);
    DYNR_ASSERT_INT(client_count(client, "reset"), 5);
    DYNR_ASSERT_INT(client_count(client, "snap"), 8);
    WORLD_CHECK(&world);
    world_close(&world);
}

static void limits_hold(void)
{
    struct world world;
    struct dynr_engine_limits limits = {.max_subscriptions_per_connection = 3,
                                        .max_connections = 1,
                                        .max_views = 2,
                                        .max_rows = 30,
                                        .max_frame = 600,
                                        .max_input = 60};
    static char ids[40][4];
    world_open(&world, &limits, NULL);
    for (int i = 0; i < 30; i++) {
        (void)snprintf(ids[i], sizeof ids[i], "t%02d", i);
        put_todo(&world, "l1", ids[i], "text");
    }
    world_settle(&world);
    struct client *client = client_new(&world, 1, "u1");
    DYNR_ASSERT_STATUS(dynr_engine_connect(world.engine, 4711, NULL, &world.err),
                       DYNR_ERR_TOO_MANY);
    DYNR_ASSERT_STATUS(
        dynr_engine_connect(world.engine, client_connection(client), NULL, &world.err),
        DYNR_ERR_EXISTS);
    client_watch(client, "pure", "l1");
    DYNR_ASSERT(client_count(client, "snap") > 3);
    WORLD_CHECK(&world);
    put_todo(&world, "l1", "u", "one too many");
    world_settle(&world);
    WORLD_CHECK(&world);
    uint64_t id = client_watch(client, "keyed", "l1");
    DYNR_ASSERT(strcmp(client_error(client, id), "TOO_LARGE") == 0);
    client_watch(client, "pure", "l2");
    id = client_watch(client, "pure", "l3");
    DYNR_ASSERT(strcmp(client_error(client, id), "TOO_MANY") == 0);
    id = client_watch(client, "pure",
                      "0123456789012345678901234567890123456789012345678901234567890");
    DYNR_ASSERT(strcmp(client_error(client, id), "TOO_LARGE") == 0);
    world_close(&world);
}

static void duplicates_are_dropped(void)
{
    struct world world;
    world_open(&world, NULL, NULL);
    struct client *client = client_new(&world, 1, "u1");
    client_watch(client, "stats", "l1");
    put_todo(&world, "l1", "a", "first");
    put_todo(&world, "l1", "b", "first");
    world_settle(&world);
    (void)dynr_engine_records(world.engine, world.records, world.n_records, &world.err);
    DYNR_ASSERT_INT(world_counters(&world).duplicates, 2);
    WORLD_CHECK(&world);
    world_close(&world);
}

static void transactions_show_at_once(void)
{
    struct world world;
    world_open(&world, NULL, NULL);
    world.inline_reads = false;
    struct client *client = client_new(&world, 1, "u1");
    client_watch(client, "pure", "l1");
    client_watch(client, "keyed", "l1");
    world_settle(&world);
    size_t commits = client_count(client, "commit");
    struct todo todo = make_todo("l1", "a");
    todo.has_assignee = true;
    todo.assignee.id = dynr_str_from_c("u1");
    world_begin(&world);
    world_put(&world, &todo_entity, &todo);
    put_user(&world, "u1", "Ann");
    world_commit(&world);
    (void)world_deliver(&world);
    /* One view is done, the other one reads: what the first said is not shown yet. */
    DYNR_ASSERT_INT(client_count(client, "commit"), commits);
    DYNR_ASSERT_INT(client_count(client, "patch"), 1);
    DYNR_ASSERT(world_answer(&world, 0));
    DYNR_ASSERT_INT(client_count(client, "commit"), commits + 1);
    DYNR_ASSERT_INT(client_committed(client), world.position);
    WORLD_CHECK(&world);
    world_close(&world);
}

/* Two values are read at once, and the pages of one are of different positions: the other one stays. */
static void values_are_read_again_each_by_itself(void)
{
    static const char *const ids[] = {"a", "b", "c", "d", "e", "f"};
    static const int64_t points[] = {9, 1, 5, 5, 5, 5};
    struct world world;
    struct dynr_engine_limits limits = {.max_rows = 3};
    world_open(&world, &limits, NULL);
    for (size_t i = 0; i < 6; i++) {
        struct todo todo = make_todo("l1", ids[i]);
        todo.points = points[i];
        world_put(&world, &todo_entity, &todo);
    }
    world_settle(&world);
    struct client *client = client_new(&world, 1, "u1");
    client_watch(client, "stats", "l1");
    world_settle(&world);
    WORLD_CHECK(&world);
    world_begin(&world);
    delete_todo(&world, "l1", "a");
    delete_todo(&world, "l1", "b");
    world_commit(&world);
    world.inline_reads = false;
    DYNR_ASSERT_STATUS(world_deliver(&world), DYNR_OK);
    DYNR_ASSERT_INT(world.n_reads, 2);
    /* Both pages of one. */
    DYNR_ASSERT(world_answer(&world, 0));
    DYNR_ASSERT(world_answer(&world, 1));
    DYNR_ASSERT_INT(world.n_reads, 1);
    DYNR_ASSERT(world_answer(&world, 0));
    put_todo(&world, "l9", "z", "of another list");
    DYNR_ASSERT(world_answer(&world, 0));
    DYNR_ASSERT_INT(world.n_reads, 1);
    world_settle(&world);
    WORLD_CHECK(&world);
    world_close(&world);
}

static const struct dynr_test tests[] = {
    DYNR_TEST(pure_views_follow_without_reads),
    DYNR_TEST(masked_changes_say_nothing),
    DYNR_TEST(lost_records_are_made_up_for),
    DYNR_TEST(views_are_shared),
    DYNR_TEST(keyed_rows_come_with_their_parents),
    DYNR_TEST(trees_grow_and_shrink),
    DYNR_TEST(values_are_exact),
    DYNR_TEST(values_are_read_page_by_page),
    DYNR_TEST(extrema_are_read_one_by_one),
    DYNR_TEST(gates_open_and_shut),
    DYNR_TEST(nothing_is_lost_at_subscribe),
    DYNR_TEST(resumes_say_what_was_missed),
    DYNR_TEST(others_do_not_resume),
    DYNR_TEST(gated_views_are_not_replayed),
    DYNR_TEST(failures_are_errors),
    DYNR_TEST(broken_images_start_views_anew),
    DYNR_TEST(limits_hold),
    DYNR_TEST(duplicates_are_dropped),
    DYNR_TEST(transactions_show_at_once),
    DYNR_TEST(values_are_read_again_each_by_itself),
};

int main(void)
{
    return dynr_test_main("live", tests, DYNR_TEST_COUNT(tests));
}
