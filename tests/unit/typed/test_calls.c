/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What generated functions call, with structs and tables as dynrc writes them.
 */
#include "model.h"
#include "test_main.h"

static struct app app;
static struct user ann;
static struct list chores;

static void setup(void)
{
    app_open(&app);
    ann = app_user(&app, "ann@example.org");
    chores = app_list(&app, &ann, "chores");
}

static void arrays_of_keys_become_arrays_of_rows(void)
{
    setup();
    struct todo one = app_todo(&app, &chores, "one");
    struct todo two = app_todo(&app, &chores, "two");
    struct todo_key keys[] = {
        {two.list, two.id}, {one.list, ann.id}, {one.list, one.id}, {two.list, two.id}};
    struct todo *rows[4] = {&one, &one, NULL, NULL};
    DYNR_ASSERT_STATUS(
        dynr_row_get_array(app.client, &todo_entity, keys, 4, &app.arena, rows, &app.err), DYNR_OK);
    DYNR_ASSERT(rows[0] != NULL && rows[1] == NULL && rows[2] != NULL && rows[3] != NULL);
    DYNR_ASSERT_STR(rows[0]->text, "two");
    DYNR_ASSERT_STR(rows[2]->text, "one");
    DYNR_ASSERT_STR(rows[3]->text, "two");
    unsigned before = app.n_requests;
    rows[0] = &one;
    DYNR_ASSERT_STATUS(
        dynr_row_get_array(app.client, &todo_entity, NULL, 0, &app.arena, rows, &app.err), DYNR_OK);
    DYNR_ASSERT_INT(app.n_requests, before);
    DYNR_ASSERT(rows[0] == &one);
    app_close(&app);
}

struct todo_changes {
    bool set_text;
    struct dynr_str text;
    bool set_due;
    bool has_due;
    struct dynr_date due;
    bool set_count;
    int32_t count;
};
#define MEMBER(field, member)                                                                      \
    {                                                                                              \
        field, offsetof(struct todo_changes, set_##member), DYNR_REQUIRED,                         \
            offsetof(struct todo_changes, member)                                                  \
    }
static const struct dynr_change_member members[] = {
    MEMBER(TODO_TEXT, text),
    {TODO_DUE, offsetof(struct todo_changes, set_due), offsetof(struct todo_changes, has_due),
     offsetof(struct todo_changes, due)},
    MEMBER(TODO_COUNT, count),
};

static enum dynr_status change(const struct todo *todo, const struct todo_changes *changes,
                               struct todo *out)
{
    return dynr_row_change(app.client, &todo_entity, todo, members, 3, changes, NULL, &app.arena,
                           out, &app.err);
}

static void only_members_that_are_set_change(void)
{
    setup();
    struct todo todo = app_todo(&app, &chores, "dishes");
    struct todo after;
    struct todo_changes changes = {.text = {"ignored", 7}, .set_count = true, .count = 4};
    DYNR_ASSERT_STATUS(change(&todo, &changes, &after), DYNR_OK);
    DYNR_ASSERT_STR(after.text, "dishes");
    DYNR_ASSERT_INT(after.count, 4);
    DYNR_ASSERT(!after.has_due);
    changes = (struct todo_changes){.set_text = true,
                                    .text = {"cups", 4},
                                    .set_due = true,
                                    .has_due = true,
                                    .due = {2026, 3, 4}};
    DYNR_ASSERT_STATUS(change(&todo, &changes, &after), DYNR_OK);
    DYNR_ASSERT_STR(after.text, "cups");
    DYNR_ASSERT_INT(after.count, 4);
    DYNR_ASSERT(after.has_due && after.due.day == 4);
    /* An optional member that is set to nothing goes; one that is not set stays. */
    changes = (struct todo_changes){.has_due = false, .set_text = true, .text = {"pans", 4}};
    DYNR_ASSERT_STATUS(change(&todo, &changes, &after), DYNR_OK);
    DYNR_ASSERT(after.has_due);
    changes = (struct todo_changes){.set_due = true, .due = {2026, 3, 4}};
    DYNR_ASSERT_STATUS(change(&todo, &changes, &after), DYNR_OK);
    DYNR_ASSERT(!after.has_due);
    DYNR_ASSERT_STR(after.text, "pans");
    changes = (struct todo_changes){.set_text = true};
    DYNR_ASSERT_STATUS(change(&todo, &changes, &after), DYNR_ERR_RANGE);
    DYNR_ASSERT_STR(dynr_str_from_c(app.err.field), "text");
    app_close(&app);
}

/* ---- lists ------------------------------------------------------------------------------------------------- */

struct event_rows {
    struct event *items;
    size_t n_items;
    struct dynr_str cursor;
};
struct event_options {
    bool descending;
    uint32_t limit;
    struct dynr_str cursor;
    unsigned flags;
    enum dynr_bound_kind from_number_kind;
    int64_t from_number;
    enum dynr_bound_kind to_number_kind;
    int64_t to_number;
};
static const struct dynr_list_range number_range = {
    1, offsetof(struct event_options, from_number_kind),
    offsetof(struct event_options, from_number), offsetof(struct event_options, to_number_kind),
    offsetof(struct event_options, to_number)};

static void ranges_of_required_members_bound_lists(void)
{
    app_open(&app);
    for (int64_t i = 0; i < 10; i++) {
        struct event event = {{"s", 1}, i, {"w", 1}};
        DYNR_ASSERT_STATUS(dynr_row_create(app.client, &event_entity, &event, &app.arena, &app.err),
                           DYNR_OK);
    }
    const struct event probe = {.stream = {"s", 1}};
    static const struct {
        enum dynr_bound_kind from;
        int64_t low;
        enum dynr_bound_kind to;
        int64_t high;
        size_t count;
    } cases[] = {
        {DYNR_BOUND_NONE, 99, DYNR_BOUND_NONE, -99, 10},
        {DYNR_BOUND_INCLUSIVE, 3, DYNR_BOUND_NONE, 0, 7},
        {DYNR_BOUND_EXCLUSIVE, 3, DYNR_BOUND_NONE, 0, 6},
        {DYNR_BOUND_NONE, 0, DYNR_BOUND_EXCLUSIVE, 3, 3},
        {DYNR_BOUND_EXCLUSIVE, 3, DYNR_BOUND_INCLUSIVE, 7, 4},
        {DYNR_BOUND_INCLUSIVE, 7, DYNR_BOUND_INCLUSIVE, 3, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct event_rows rows;
        struct event_options options = {.descending = i % 2 == 1,
                                        .from_number_kind = cases[i].from,
                                        .from_number = cases[i].low,
                                        .to_number_kind = cases[i].to,
                                        .to_number = cases[i].high};
        DYNR_ASSERT_STATUS(dynr_path_list(app.client, &events_in_stream, &probe, 0, &number_range,
                                          &options, &app.arena, &rows, &app.err),
                           DYNR_OK);
        DYNR_ASSERT_INT(rows.n_items, cases[i].count);
        if (rows.n_items > 1) {
            DYNR_ASSERT((rows.items[0].number > rows.items[1].number) == options.descending);
        }
    }
    struct event_rows rows;
    DYNR_ASSERT_STATUS(dynr_path_list(app.client, &events_in_stream, &probe, 0, &number_range, NULL,
                                      &app.arena, &rows, &app.err),
                       DYNR_OK);
    DYNR_ASSERT_INT(rows.n_items, 10);
    DYNR_ASSERT_INT(rows.cursor.len, 0);
    app_close(&app);
}

struct todo_rows {
    struct todo *items;
    size_t n_items;
    struct dynr_str cursor;
};
struct due_options {
    bool descending;
    uint32_t limit;
    struct dynr_str cursor;
    unsigned flags;
    enum dynr_bound_kind from_due_kind;
    struct dynr_date from_due;
    enum dynr_bound_kind to_due_kind;
    struct dynr_date to_due;
};
static const struct dynr_list_range due_range = {
    TODO_DUE, offsetof(struct due_options, from_due_kind), offsetof(struct due_options, from_due),
    offsetof(struct due_options, to_due_kind), offsetof(struct due_options, to_due)};

static void ranges_of_optional_members_bound_lists(void)
{
    setup();
    for (uint8_t day = 1; day <= 9; day++) {
        struct todo todo = {.list = {chores.id}, .text = {"t", 1}, .has_due = day != 5};
        todo.due = (struct dynr_date){2026, 1, day};
        DYNR_ASSERT_STATUS(dynr_row_create(app.client, &todo_entity, &todo, &app.arena, &app.err),
                           DYNR_OK);
    }
    /* The probe has no due date: the bounds bring theirs. */
    const struct todo probe = {.list = {chores.id}};
    struct due_options options = {.limit = 2,
                                  .from_due_kind = DYNR_BOUND_EXCLUSIVE,
                                  .from_due = {2026, 1, 2},
                                  .to_due_kind = DYNR_BOUND_INCLUSIVE,
                                  .to_due = {2026, 1, 7}};
    static const uint8_t expected[] = {3, 4, 6, 7};
    size_t n = 0;
    struct todo_rows rows;
    do {
        if (!DYNR_ASSERT_STATUS(dynr_path_list(app.client, &todos_by_due, &probe, 0, &due_range,
                                               &options, &app.arena, &rows, &app.err),
                                DYNR_OK)) {
            break;
        }
        for (size_t i = 0; i < rows.n_items && DYNR_ASSERT(n < 4); i++) {
            DYNR_ASSERT_INT(rows.items[i].due.day, expected[n++]);
        }
        options.cursor = rows.cursor;
    } while (rows.cursor.len > 0);
    DYNR_ASSERT_INT(n, 4);
    /* Without a range in the tables the kinds are not looked at. */
    struct dynr_list_options plain = {.descending = true, .limit = 1};
    DYNR_ASSERT_STATUS(dynr_path_list(app.client, &todos_by_due, &probe, 0, NULL, &plain,
                                      &app.arena, &rows, &app.err),
                       DYNR_OK);
    DYNR_ASSERT_INT(rows.n_items, 1);
    DYNR_ASSERT_INT(rows.items[0].due.day, 9);
    app_close(&app);
}

static void failures_come_through(void)
{
    setup();
    struct todo todo = {.list = {chores.id}, .id = ann.id};
    struct todo *rows[1] = {NULL};
    struct todo_rows list;
    struct todo probe = {.has_due = false};
    struct todo_changes changes = {.set_count = true};
    DYNR_ASSERT_STATUS(change(&todo, &changes, NULL), DYNR_ERR_NOT_FOUND);
    DYNR_ASSERT_STATUS(dynr_path_list(app.client, &todos_in_list, &probe, 0, NULL, NULL, &app.arena,
                                      &list, &app.err),
                       DYNR_ERR_MISSING);
    for (size_t n = 1; n < 4; n++) {
        struct dynr_test_memory memory;
        struct dynr_arena arena;
        struct todo_key key = {todo.list, todo.id};
        dynr_test_memory_init(&memory, n);
        dynr_arena_init(&arena, &memory.allocator, 0);
        enum dynr_status status =
            dynr_row_get_array(app.client, &todo_entity, &key, 1, &arena, rows, &app.err);
        DYNR_ASSERT(status == DYNR_OK || status == DYNR_ERR_NO_MEMORY);
        dynr_arena_cleanup(&arena);
        DYNR_ASSERT_INT(memory.n_blocks, 0);
    }
    app_close(&app);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(arrays_of_keys_become_arrays_of_rows),
        DYNR_TEST(only_members_that_are_set_change),
        DYNR_TEST(ranges_of_required_members_bound_lists),
        DYNR_TEST(ranges_of_optional_members_bound_lists),
        DYNR_TEST(failures_come_through),
    };
    return dynr_test_main("typed-calls", tests, DYNR_TEST_COUNT(tests));
}
