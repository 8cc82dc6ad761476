/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes against the embedded engine: guards, index keys, versions, soft deletion, cascades, transactions, and writers that
 * get in between.
 */
#include <stdio.h>

#include "model.h"
#include "test_main.h"
#include "typed/key.h"

static struct app app;
static struct user ann;
static struct list chores;
static struct todo dishes;

static struct dynr_change set_field(uint16_t field, const void *value)
{
    struct dynr_change change = {field, DYNR_CHANGE_SET, value};
    return change;
}

static enum dynr_status update_todo(const struct todo *todo, const struct dynr_change *changes,
                                    size_t n, struct todo *out)
{
    return dynr_row_update(app.client, &todo_entity, todo, changes, n, NULL, &app.arena, out,
                           &app.err);
}

static enum dynr_status update_user(const struct user *user, uint16_t field, const void *value,
                                    struct user *out)
{
    struct dynr_change change = set_field(field, value);
    return dynr_row_update(app.client, &user_entity, user, &change, 1, NULL, &app.arena, out,
                           &app.err);
}

static void setup(void)
{
    app_open(&app);
    ann = app_user(&app, "Ann@example.org");
    chores = app_list(&app, &ann, "chores");
    dishes = app_todo(&app, &chores, "dishes");
}

static struct dynr_str key_of(const struct dynr_entity_desc *entity, const void *row)
{
    struct dynr_str key = {NULL, 0};
    dynr_entity_key_json(entity, row, &app.arena, &key, &app.err);
    return key;
}

static bool user_by_mail(const char *email, struct user *out)
{
    struct user probe = {.email = dynr_str_from_c(email)};
    return dynr_row_get_unique(app.client, &user_by_email, &probe, user_entity.row, 0, &app.arena,
                               out, &app.err) == DYNR_OK;
}

static void create_fills_what_the_runtime_sets(void)
{
    setup();
    struct user read;
    DYNR_ASSERT(ann.id.text[0] != '\0');
    DYNR_ASSERT_INT(ann.version, 1);
    DYNR_ASSERT_INT(ann.created.ms, app.clock.now_ms);
    DYNR_ASSERT_STATUS(dynr_row_get(app.client, &user_entity, &ann, user_entity.row, 0, &app.arena,
                                    &read, &app.err),
                       DYNR_OK);
    DYNR_ASSERT_STR(read.email, "Ann@example.org");
    DYNR_ASSERT_INT(read.version, 1);
    DYNR_ASSERT_STATUS(dynr_row_create(app.client, &user_entity, &ann, &app.arena, &app.err),
                       DYNR_ERR_EXISTS);
    struct user bad = {.email = {"\xff", 1}};
    DYNR_ASSERT_STATUS(dynr_row_create(app.client, &user_entity, &bad, &app.arena, &app.err),
                       DYNR_ERR_TYPE);
    DYNR_ASSERT_STR(dynr_str_from_c(app.err.field), "email");
    app_close(&app);
}

static void unique_values_are_taken_once(void)
{
    setup();
    struct user other = {.email = dynr_str_from_c("ANN@EXAMPLE.ORG")};
    size_t before = app_count(&app, "app");
    DYNR_ASSERT_STATUS(dynr_row_create(app.client, &user_entity, &other, &app.arena, &app.err),
                       DYNR_ERR_NOT_UNIQUE);
    DYNR_ASSERT_STR(dynr_str_from_c(app.err.field), "email");
    DYNR_ASSERT_INT(app.err.operation_index, -1);
    DYNR_ASSERT_INT(app_count(&app, "app"), before);
    struct user found;
    DYNR_ASSERT(user_by_mail("aNN@example.org", &found));
    DYNR_ASSERT_MEM(&found.id, sizeof found.id, &ann.id, sizeof ann.id);
    DYNR_ASSERT(!user_by_mail("bob@example.org", &found));
    app_close(&app);
}

static void guards_move_with_their_value(void)
{
    setup();
    struct user bob = app_user(&app, "bob@example.org");
    struct dynr_str mail = dynr_str_from_c("ann@elsewhere.org");
    struct dynr_str same = dynr_str_from_c("ANN@elsewhere.org");
    struct dynr_str taken = dynr_str_from_c("BOB@example.org");
    size_t before = app_count(&app, "app");
    struct user after;
    DYNR_ASSERT_STATUS(update_user(&ann, USER_EMAIL, &mail, &after), DYNR_OK);
    DYNR_ASSERT_STR(after.email, "ann@elsewhere.org");
    DYNR_ASSERT_INT(after.version, 2);
    DYNR_ASSERT_INT(app_count(&app, "app"), before);
    DYNR_ASSERT(!user_by_mail("ann@example.org", &after));
    DYNR_ASSERT(user_by_mail("ann@elsewhere.org", &after));
    /* The same value but for case keeps its guard. */
    DYNR_ASSERT_STATUS(update_user(&ann, USER_EMAIL, &same, &after), DYNR_OK);
    DYNR_ASSERT_STR(after.email, "ANN@elsewhere.org");
    DYNR_ASSERT_STATUS(update_user(&ann, USER_EMAIL, &taken, NULL), DYNR_ERR_NOT_UNIQUE);
    DYNR_ASSERT_STR(dynr_str_from_c(app.err.field), "email");
    DYNR_ASSERT(user_by_mail("ann@elsewhere.org", &after));
    /* An optional unique value comes and goes. */
    struct dynr_str handle = dynr_str_from_c("ann");
    DYNR_ASSERT_STATUS(update_user(&ann, USER_HANDLE, &handle, NULL), DYNR_OK);
    DYNR_ASSERT_INT(app_count(&app, "app"), before + 1);
    DYNR_ASSERT_STATUS(update_user(&bob, USER_HANDLE, &handle, NULL), DYNR_ERR_NOT_UNIQUE);
    struct dynr_change remove = {USER_HANDLE, DYNR_CHANGE_REMOVE, NULL};
    DYNR_ASSERT_STATUS(dynr_row_update(app.client, &user_entity, &ann, &remove, 1, NULL, &app.arena,
                                       NULL, &app.err),
                       DYNR_OK);
    DYNR_ASSERT_INT(app_count(&app, "app"), before);
    DYNR_ASSERT_STATUS(update_user(&bob, USER_HANDLE, &handle, NULL), DYNR_OK);
    DYNR_ASSERT_STATUS(dynr_row_delete(app.client, &user_entity, &bob, NULL, &app.arena, &app.err),
                       DYNR_OK);
    DYNR_ASSERT_INT(app_count(&app, "app"), before - 2);
    app_user(&app, "bob@example.org");
    app_close(&app);
}

static unsigned n_interfered;

/* Somebody else changes the email between the read and the write. */
static void change_email(struct app *self)
{
    char text[64];
    int len = snprintf(text, sizeof text, "other%u@example.org", ++n_interfered);
    struct dynr_str mail = dynr_arena_dup(&self->arena, dynr_str_make(text, (size_t)len));
    struct dynr_error err = {0};
    struct dynr_change change = {USER_EMAIL, DYNR_CHANGE_SET, &mail};
    DYNR_ASSERT_STATUS(dynr_row_update(self->client, &user_entity, &ann, &change, 1, NULL,
                                       &self->arena, NULL, &err),
                       DYNR_OK);
}

static void a_write_in_between_is_noticed_and_tried_again(void)
{
    setup();
    struct dynr_str mail = dynr_str_from_c("last@example.org");
    size_t before = app_count(&app, "app");
    n_interfered = 0;
    app.interfere = change_email;
    app.operation = DYNR_TRANSACT_WRITE_ITEMS;
    DYNR_ASSERT_STATUS(update_user(&ann, USER_EMAIL, &mail, NULL), DYNR_OK);
    DYNR_ASSERT_INT(n_interfered, 1);
    DYNR_ASSERT_INT(app_count(&app, "app"), before);
    struct user found;
    DYNR_ASSERT(!user_by_mail("ann@example.org", &found));
    DYNR_ASSERT(!user_by_mail("other1@example.org", &found));
    DYNR_ASSERT(user_by_mail("last@example.org", &found));
    DYNR_ASSERT_INT(found.version, 3);
    /* Who never gets through gives up. */
    mail = dynr_str_from_c("never@example.org");
    app.interfere = change_email;
    app.persistent = true;
    DYNR_ASSERT_STATUS(update_user(&ann, USER_EMAIL, &mail, NULL), DYNR_ERR_CONFLICT);
    app.interfere = NULL;
    app.persistent = false;
    DYNR_ASSERT_INT(app_count(&app, "app"), before);
    /* Deleting while the value moves leaves no guard behind. */
    app.interfere = change_email;
    DYNR_ASSERT_STATUS(dynr_row_delete(app.client, &user_entity, &ann, NULL, &app.arena, &app.err),
                       DYNR_OK);
    DYNR_ASSERT_INT(app_count(&app, "app"), before - 2);
    app_close(&app);
}

static void index_keys_follow_their_parts(void)
{
    setup();
    struct dynr_date due = {2026, 3, 4};
    struct dynr_str key = key_of(&todo_entity, &dishes);
    struct todo after;
    DYNR_ASSERT_STR(app_attribute(&app, "app", key, "gsi1pk"), "");
    struct dynr_change change = set_field(TODO_DUE, &due);
    unsigned before = app.n_requests;
    DYNR_ASSERT_STATUS(update_todo(&dishes, &change, 1, &after), DYNR_OK);
    /* The assignee decides on the second index, so the row was read. */
    DYNR_ASSERT_INT(app.n_requests - before, 2);
    DYNR_ASSERT(after.has_due && after.due.day == 4);
    struct dynr_str sort = app_attribute(&app, "app", key, "gsi1sk");
    DYNR_ASSERT(dynr_str_starts_with(sort, dynr_str_from_c("DUE#2026-03-04#")));
    DYNR_ASSERT_STR(app_attribute(&app, "app", key, "gsi2pk"), "");
    change = set_field(TODO_ASSIGNEE, &ann.id);
    DYNR_ASSERT_STATUS(update_todo(&dishes, &change, 1, &after), DYNR_OK);
    DYNR_ASSERT(app_attribute(&app, "app", key, "gsi2pk").len > 0);
    sort = app_attribute(&app, "app", key, "gsi2sk");
    DYNR_ASSERT(dynr_str_starts_with(sort, dynr_str_from_c("TODO#2026-03-04#")));
    struct dynr_change remove = {TODO_DUE, DYNR_CHANGE_REMOVE, NULL};
    DYNR_ASSERT_STATUS(update_todo(&dishes, &remove, 1, &after), DYNR_OK);
    DYNR_ASSERT(!after.has_due && after.has_assignee);
    static const char *const gone[] = {"gsi1pk", "gsi1sk", "gsi2pk", "gsi2sk", "due"};
    for (size_t i = 0; i < 5; i++) {
        DYNR_ASSERT_STR(app_attribute(&app, "app", key, gone[i]), "");
    }
    struct user bob = app_user(&app, "bob@example.org");
    change = set_field(LIST_OWNER, &bob.id);
    DYNR_ASSERT_STATUS(dynr_row_update(app.client, &list_entity, &chores, &change, 1, NULL,
                                       &app.arena, NULL, &app.err),
                       DYNR_OK);
    struct dynr_rows rows;
    struct list probe = {.owner = {bob.id}};
    struct dynr_query query = {.path = &lists_by_owner, .probe = &probe};
    DYNR_ASSERT_STATUS(
        dynr_rows_query(app.client, &query, list_entity.row, &app.arena, &rows, &app.err), DYNR_OK);
    DYNR_ASSERT_INT(rows.n_items, 1);
    probe.owner.id = ann.id;
    DYNR_ASSERT_STATUS(
        dynr_rows_query(app.client, &query, list_entity.row, &app.arena, &rows, &app.err), DYNR_OK);
    DYNR_ASSERT_INT(rows.n_items, 0);
    app_close(&app);
}

/* Somebody assigns the todo between the read and the write. */
static void assign(struct app *self)
{
    struct dynr_error err = {0};
    struct dynr_change change = {TODO_ASSIGNEE, DYNR_CHANGE_SET, &ann.id};
    n_interfered++;
    DYNR_ASSERT_STATUS(dynr_row_update(self->client, &todo_entity, &dishes, &change, 1, NULL,
                                       &self->arena, NULL, &err),
                       DYNR_OK);
}

static void computed_keys_are_of_one_state_of_the_row(void)
{
    setup();
    struct dynr_date due = {2026, 3, 4};
    struct dynr_str key = key_of(&todo_entity, &dishes);
    struct dynr_change change = set_field(TODO_DUE, &due);
    n_interfered = 0;
    app.interfere = assign;
    app.operation = DYNR_UPDATE_ITEM;
    DYNR_ASSERT_STATUS(update_todo(&dishes, &change, 1, NULL), DYNR_OK);
    DYNR_ASSERT_INT(n_interfered, 1);
    DYNR_ASSERT(app_attribute(&app, "app", key, "gsi2pk").len > 0);
    app_close(&app);
}

static void only_changed_attributes_are_written(void)
{
    setup();
    struct dynr_request request = DYNR_REQUEST_INIT;
    struct dynr_response response;
    struct dynr_str key = key_of(&todo_entity, &dishes);
    request.operation = DYNR_UPDATE_ITEM;
    request.table = dynr_str_from_c("test-app");
    request.key = key;
    request.update = dynr_str_from_c("SET later = :l");
    request.values = dynr_str_from_c("{\":l\":{\"S\":\"unknown to this schema\"}}");
    DYNR_ASSERT_STATUS(dynr_backend_call(app.local, &request, &app.arena, &response, &app.err),
                       DYNR_OK);
    struct dynr_str text = dynr_str_from_c("cups");
    struct dynr_str labels[] = {{"a", 1}, {"b", 1}};
    struct strings set = {labels, 2};
    struct todo after;
    struct dynr_change changes[] = {set_field(TODO_TEXT, &text), set_field(TODO_LABELS, &set)};
    unsigned before = app.n_requests;
    DYNR_ASSERT_STATUS(update_todo(&dishes, changes, 2, &after), DYNR_OK);
    DYNR_ASSERT_INT(app.n_requests - before, 1);
    DYNR_ASSERT_STR(after.text, "cups");
    DYNR_ASSERT_INT(after.labels.n_items, 2);
    set.n_items = 0;
    DYNR_ASSERT_STATUS(update_todo(&dishes, changes, 2, &after), DYNR_OK);
    DYNR_ASSERT_INT(after.labels.n_items, 0);
    DYNR_ASSERT_STR(app_attribute(&app, "app", key, "later"), "unknown to this schema");
    app_close(&app);
}

static void numbers_grow_within_their_bounds(void)
{
    setup();
    int64_t delta = 999;
    struct user after;
    struct dynr_change add = {USER_POINTS, DYNR_CHANGE_ADD, &delta};
    DYNR_ASSERT_STATUS(dynr_row_update(app.client, &user_entity, &ann, &add, 1, NULL, &app.arena,
                                       &after, &app.err),
                       DYNR_OK);
    DYNR_ASSERT_INT(after.points, 999);
    delta = 2;
    DYNR_ASSERT_STATUS(dynr_row_update(app.client, &user_entity, &ann, &add, 1, NULL, &app.arena,
                                       &after, &app.err),
                       DYNR_ERR_RANGE);
    DYNR_ASSERT_STR(dynr_str_from_c(app.err.field), "points");
    int32_t narrow = INT32_MAX;
    struct dynr_change count = {TODO_COUNT, DYNR_CHANGE_ADD, &narrow};
    DYNR_ASSERT_STATUS(update_todo(&dishes, &count, 1, NULL), DYNR_OK);
    DYNR_ASSERT_STATUS(update_todo(&dishes, &count, 1, NULL), DYNR_ERR_RANGE);
    narrow = INT32_MIN;
    DYNR_ASSERT_STATUS(update_todo(&dishes, &count, 1, NULL), DYNR_OK);
    app_close(&app);
}

static void wrong_updates_are_refused(void)
{
    setup();
    struct dynr_str empty = {"", 0};
    int64_t number = 1;
    struct dynr_timestamp now = {1};
    static const struct dynr_date no_date = {0, 0, 0};
    const struct {
        struct dynr_change changes[2];
        size_t n;
        enum dynr_status status;
    } cases[] = {
        {{{TODO_TEXT, DYNR_CHANGE_SET, &empty}}, 1, DYNR_ERR_RANGE},
        {{{TODO_TEXT, DYNR_CHANGE_REMOVE, NULL}}, 1, DYNR_ERR_INVALID_ARGUMENT},
        {{{TODO_TEXT, DYNR_CHANGE_ADD, &empty}}, 1, DYNR_ERR_INVALID_ARGUMENT},
        {{{TODO_DUE, DYNR_CHANGE_SET, &no_date}}, 1, DYNR_ERR_MISSING},
        {{{TODO_DUE, DYNR_CHANGE_SET, NULL}}, 1, DYNR_ERR_INVALID_ARGUMENT},
        {{{99, DYNR_CHANGE_SET, &number}}, 1, DYNR_ERR_INVALID_ARGUMENT},
        {{{TODO_DUE, DYNR_CHANGE_REMOVE, NULL}, {TODO_DUE, DYNR_CHANGE_REMOVE, NULL}},
         2,
         DYNR_ERR_INVALID_ARGUMENT},
        {{{TODO_ID, DYNR_CHANGE_SET, &ann.id}}, 1, DYNR_ERR_INVALID_ARGUMENT},
        {{{TODO_ID, DYNR_CHANGE_SET, &dishes.id}}, 1, DYNR_OK},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (!DYNR_ASSERT_STATUS(update_todo(&dishes, cases[i].changes, cases[i].n, NULL),
                                cases[i].status)) {
            (void)fprintf(stderr, "case %zu: %s\n", i, app.err.message);
        }
    }
    DYNR_ASSERT_STATUS(update_user(&ann, USER_VERSION, &number, NULL), DYNR_ERR_INVALID_ARGUMENT);
    DYNR_ASSERT_STATUS(update_user(&ann, USER_UPDATED, &now, NULL), DYNR_ERR_INVALID_ARGUMENT);
    struct todo absent = dishes;
    absent.id = ann.id;
    struct dynr_str text = dynr_str_from_c("x");
    struct dynr_change change = set_field(TODO_TEXT, &text);
    DYNR_ASSERT_STATUS(update_todo(&absent, &change, 1, NULL), DYNR_ERR_NOT_FOUND);
    app_close(&app);
}

static void versions_lock_optimistically(void)
{
    setup();
    struct dynr_str title = dynr_str_from_c("work");
    struct dynr_change change = set_field(LIST_TITLE, &title);
    struct dynr_expect expect = {.has_version = true, .version = 1};
    struct list after;
    app.clock.now_ms += 5;
    DYNR_ASSERT_STATUS(dynr_row_update(app.client, &list_entity, &chores, &change, 1, &expect,
                                       &app.arena, &after, &app.err),
                       DYNR_OK);
    DYNR_ASSERT_INT(after.version, 2);
    DYNR_ASSERT_INT(after.updated.ms, app.clock.now_ms);
    DYNR_ASSERT_INT(after.created.ms, app.clock.now_ms - 5);
    DYNR_ASSERT_STATUS(dynr_row_update(app.client, &list_entity, &chores, &change, 1, &expect,
                                       &app.arena, &after, &app.err),
                       DYNR_ERR_CONFLICT);
    DYNR_ASSERT_STATUS(
        dynr_row_delete(app.client, &list_entity, &chores, &expect, &app.arena, &app.err),
        DYNR_ERR_CONFLICT);
    static const char *const names[] = {"#n0", "title", NULL};
    const struct dynr_filter_value values[] = {{":v0", &type_title, &title}};
    struct dynr_str other = dynr_str_from_c("other");
    struct dynr_expect condition = {.condition = {"#n0 = :v0", names, values, 1}};
    change.value = &other;
    DYNR_ASSERT_STATUS(dynr_row_update(app.client, &list_entity, &chores, &change, 1, &condition,
                                       &app.arena, &after, &app.err),
                       DYNR_OK);
    DYNR_ASSERT_STATUS(dynr_row_update(app.client, &list_entity, &chores, &change, 1, &condition,
                                       &app.arena, &after, &app.err),
                       DYNR_ERR_CONDITION_FAILED);
    /* What a computed write relies on, without a version. */
    static const uint16_t fields[] = {TODO_DONE, TODO_DUE, TODO_LABELS};
    struct todo seen = dishes;
    struct dynr_expect unchanged = {
        .unchanged_row = &seen, .unchanged_fields = fields, .n_unchanged_fields = 3};
    bool done = true;
    struct dynr_change toggle = set_field(TODO_DONE, &done);
    DYNR_ASSERT_STATUS(dynr_row_update(app.client, &todo_entity, &dishes, &toggle, 1, &unchanged,
                                       &app.arena, NULL, &app.err),
                       DYNR_OK);
    unsigned before = app.n_requests;
    DYNR_ASSERT_STATUS(dynr_row_update(app.client, &todo_entity, &dishes, &toggle, 1, &unchanged,
                                       &app.arena, NULL, &app.err),
                       DYNR_ERR_CONFLICT);
    DYNR_ASSERT_INT(app.n_requests - before, 1);
    app_close(&app);
}

static void soft_deletion_hides_and_gives_back(void)
{
    setup();
    struct list read;
    struct list probe = {.owner = {ann.id}};
    struct dynr_rows rows;
    struct dynr_query query = {.path = &lists_by_owner, .probe = &probe};
    struct dynr_str title = dynr_str_from_c("work");
    struct dynr_change change = set_field(LIST_TITLE, &title);
    size_t before = app_count(&app, "app");
    for (int i = 0; i < 2; i++) {
        DYNR_ASSERT_STATUS(
            dynr_row_delete(app.client, &list_entity, &chores, NULL, &app.arena, &app.err),
            i == 0 ? DYNR_OK : DYNR_ERR_NOT_FOUND);
    }
    DYNR_ASSERT_INT(app_count(&app, "app"), before);
    DYNR_ASSERT_STATUS(dynr_row_get(app.client, &list_entity, &chores, list_entity.row, 0,
                                    &app.arena, &read, &app.err),
                       DYNR_ERR_NOT_FOUND);
    DYNR_ASSERT_STATUS(dynr_row_get(app.client, &list_entity, &chores, list_entity.key, 0,
                                    &app.arena, &read, &app.err),
                       DYNR_ERR_NOT_FOUND);
    DYNR_ASSERT_STATUS(dynr_row_get(app.client, &list_entity, &chores, list_entity.row,
                                    DYNR_READ_DELETED, &app.arena, &read, &app.err),
                       DYNR_OK);
    DYNR_ASSERT(read.has_deleted && read.version == 2);
    DYNR_ASSERT_STATUS(dynr_row_update(app.client, &list_entity, &chores, &change, 1, NULL,
                                       &app.arena, NULL, &app.err),
                       DYNR_ERR_NOT_FOUND);
    dynr_rows_query(app.client, &query, list_entity.key, &app.arena, &rows, &app.err);
    DYNR_ASSERT_INT(rows.n_items, 0);
    query.flags = DYNR_READ_DELETED;
    dynr_rows_query(app.client, &query, list_entity.key, &app.arena, &rows, &app.err);
    DYNR_ASSERT_INT(rows.n_items, 1);
    DYNR_ASSERT_STATUS(dynr_row_restore(app.client, &list_entity, &chores, &app.arena, &app.err),
                       DYNR_OK);
    DYNR_ASSERT_STATUS(dynr_row_get(app.client, &list_entity, &chores, list_entity.row, 0,
                                    &app.arena, &read, &app.err),
                       DYNR_OK);
    DYNR_ASSERT_INT(read.version, 3);
    DYNR_ASSERT_STATUS(dynr_row_restore(app.client, &todo_entity, &dishes, &app.arena, &app.err),
                       DYNR_ERR_INVALID_ARGUMENT);
    app_close(&app);
}

static void destroying_takes_everything_below(void)
{
    setup();
    char slug[32];
    struct list other = app_list(&app, &ann, "other");
    struct todo kept = app_todo(&app, &other, "kept");
    app_comment(&app, &kept, "kept");
    struct note note = {.list = {chores.id}, .text = {"n", 1}};
    size_t before = app_count(&app, "app");
    DYNR_ASSERT_STATUS(dynr_row_create(app.client, &note_entity, &note, &app.arena, &app.err),
                       DYNR_OK);
    for (int i = 0; i < 130; i++) {
        struct todo todo = app_todo(&app, &chores, "t");
        int len = snprintf(slug, sizeof slug, "slug-%d", i);
        struct dynr_str copy = dynr_arena_dup(&app.arena, dynr_str_make(slug, (size_t)len));
        if (i % 10 == 0) {
            app_comment(&app, &todo, copy.ptr);
        }
    }
    struct dynr_expect expect = {.has_version = true, .version = 7};
    DYNR_ASSERT_STATUS(
        dynr_row_destroy(app.client, &list_entity, &chores, &expect, &app.arena, &app.err),
        DYNR_ERR_CONFLICT);
    DYNR_ASSERT_INT(app_count(&app, "app"), before + 1 + 130 + 26);
    expect.version = 1;
    DYNR_ASSERT_STATUS(
        dynr_row_destroy(app.client, &list_entity, &chores, &expect, &app.arena, &app.err),
        DYNR_OK);
    /* The list itself and its first todo were there before. */
    DYNR_ASSERT_INT(app_count(&app, "app"), before - 2);
    DYNR_ASSERT_STATUS(
        dynr_row_destroy(app.client, &list_entity, &chores, NULL, &app.arena, &app.err),
        DYNR_ERR_NOT_FOUND);
    struct comment again = {.list = {other.id}, .todo = kept.id, .slug = {"slug-0", 6}};
    DYNR_ASSERT_STATUS(dynr_row_create(app.client, &comment_entity, &again, &app.arena, &app.err),
                       DYNR_OK);
    app_close(&app);
}

static void a_cascade_stays_below_its_row(void)
{
    setup();
    struct todo other = app_todo(&app, &chores, "other");
    app_comment(&app, &dishes, "goes");
    struct comment kept = app_comment(&app, &other, "stays");
    size_t before = app_count(&app, "app");
    DYNR_ASSERT_STATUS(
        dynr_row_delete(app.client, &todo_entity, &dishes, NULL, &app.arena, &app.err), DYNR_OK);
    DYNR_ASSERT_INT(app_count(&app, "app"), before - 3);
    DYNR_ASSERT_STATUS(dynr_row_get(app.client, &comment_entity, &kept, comment_entity.row, 0,
                                    &app.arena, &kept, &app.err),
                       DYNR_OK);
    app_close(&app);
}

/* Before the second of two reads. */
static void change_email_soon(struct app *self)
{
    self->interfere = change_email;
}

static void a_value_that_moves_away_is_not_found(void)
{
    setup();
    struct user found;
    app.interfere = change_email_soon;
    app.operation = DYNR_GET_ITEM;
    DYNR_ASSERT(!user_by_mail("ann@example.org", &found));
    DYNR_ASSERT_STATUS(app.err.status, DYNR_ERR_NOT_FOUND);
    app_close(&app);
    /* Also where the value itself is not asked for. */
    setup();
    struct user probe = {.email = dynr_str_from_c("ann@example.org")};
    struct user_key key;
    app.interfere = change_email_soon;
    app.operation = DYNR_GET_ITEM;
    DYNR_ASSERT_STATUS(dynr_row_get_unique(app.client, &user_by_email, &probe, user_entity.key, 0,
                                           &app.arena, &key, &app.err),
                       DYNR_ERR_NOT_FOUND);
    DYNR_ASSERT(app.interfere == NULL);
    app_close(&app);
}

static struct comment slugged;

static void remove_written(struct app *self)
{
    struct dynr_error err = {0};
    struct dynr_request request = DYNR_REQUEST_INIT;
    struct dynr_response response;
    const struct dynr_entity_desc *entities[] = {&user_entity, &comment_entity};
    const void *rows[] = {&ann, &slugged};
    n_interfered++;
    for (size_t i = 0; i < 2; i++) {
        request.operation = DYNR_DELETE_ITEM;
        request.table = dynr_str_from_c("test-app");
        dynr_entity_key_json(entities[i], rows[i], &self->arena, &request.key, &err);
        DYNR_ASSERT_STATUS(dynr_backend_call(self->local, &request, &self->arena, &response, &err),
                           DYNR_OK);
    }
}

/* At the first read behind the transaction, if there is one. */
static void remove_after_commit(struct app *self)
{
    self->operation = DYNR_GET_ITEM;
    self->interfere = remove_written;
}

static void a_committed_update_is_not_undone_by_a_later_removal(void)
{
    setup();
    slugged = app_comment(&app, &dishes, "slug");
    struct dynr_str mail = dynr_str_from_c("new@example.org");
    struct user after;
    app.operation = DYNR_TRANSACT_WRITE_ITEMS;
    app.interfere = remove_after_commit;
    DYNR_ASSERT_STATUS(update_user(&ann, USER_EMAIL, &mail, &after), DYNR_OK);
    DYNR_ASSERT_STR(after.email, "new@example.org");
    DYNR_ASSERT(after.email.ptr != mail.ptr);
    DYNR_ASSERT_INT(after.version, 2);
    /* A comment has no version: other members may have changed, so it is read again. */
    struct dynr_change change = set_field(3, &mail);
    struct comment changed;
    n_interfered = 0;
    app.operation = DYNR_TRANSACT_WRITE_ITEMS;
    app.interfere = remove_after_commit;
    DYNR_ASSERT_STATUS(dynr_row_update(app.client, &comment_entity, &slugged, &change, 1, NULL,
                                       &app.arena, &changed, &app.err),
                       DYNR_OK);
    DYNR_ASSERT_INT(n_interfered, 1);
    DYNR_ASSERT_STR(changed.slug, "new@example.org");
    app_close(&app);
}

static void transactions_hand_unique_values_over(void)
{
    setup();
    struct dynr_transaction *transaction;
    struct user bob = app_user(&app, "bob@example.org");
    struct user found;
    size_t before = app_count(&app, "app");
    struct dynr_change to_bob = set_field(USER_EMAIL, &bob.email);
    struct dynr_change to_ann = set_field(USER_EMAIL, &ann.email);
    dynr_transaction_begin(app.client, &app.arena, &transaction, &app.err);
    dynr_transaction_update(transaction, &user_entity, &ann, &to_bob, 1, NULL, &app.err);
    dynr_transaction_update(transaction, &user_entity, &bob, &to_ann, 1, NULL, &app.err);
    DYNR_ASSERT_STATUS(dynr_transaction_commit(transaction, &app.err), DYNR_OK);
    DYNR_ASSERT_INT(app_count(&app, "app"), before);
    DYNR_ASSERT(user_by_mail("bob@example.org", &found));
    DYNR_ASSERT_MEM(&found.id, sizeof found.id, &ann.id, sizeof ann.id);
    DYNR_ASSERT(user_by_mail("ann@example.org", &found));
    DYNR_ASSERT_MEM(&found.id, sizeof found.id, &bob.id, sizeof bob.id);
    /* From a row that goes to one that comes. */
    struct user carl = {.email = dynr_str_from_c("bob@example.org")};
    dynr_transaction_begin(app.client, &app.arena, &transaction, &app.err);
    dynr_transaction_delete(transaction, &user_entity, &ann, NULL, &app.err);
    dynr_transaction_create(transaction, &user_entity, &carl, &app.err);
    DYNR_ASSERT_STATUS(dynr_transaction_commit(transaction, &app.err), DYNR_OK);
    DYNR_ASSERT_INT(app_count(&app, "app"), before);
    DYNR_ASSERT(user_by_mail("bob@example.org", &found));
    DYNR_ASSERT_MEM(&found.id, sizeof found.id, &carl.id, sizeof carl.id);
    /* The value moves away from its owner before the commit. */
    dynr_transaction_begin(app.client, &app.arena, &transaction, &app.err);
    struct user dora = {.email = dynr_str_from_c("bob@example.org")};
    dynr_transaction_create(transaction, &user_entity, &dora, &app.err);
    dynr_transaction_delete(transaction, &user_entity, &carl, NULL, &app.err);
    struct dynr_str mail = dynr_str_from_c("carl@example.org");
    DYNR_ASSERT_STATUS(update_user(&carl, USER_EMAIL, &mail, NULL), DYNR_OK);
    DYNR_ASSERT_STATUS(dynr_transaction_commit(transaction, &app.err), DYNR_ERR_CONFLICT);
    DYNR_ASSERT(user_by_mail("carl@example.org", &found));
    /* Two rows cannot have it. */
    struct user twins[2] = {{.email = mail}, {.email = mail}};
    twins[0].email = twins[1].email = dynr_str_from_c("twin@example.org");
    dynr_transaction_begin(app.client, &app.arena, &transaction, &app.err);
    dynr_transaction_create(transaction, &user_entity, &twins[0], &app.err);
    DYNR_ASSERT_STATUS(dynr_transaction_create(transaction, &user_entity, &twins[1], &app.err),
                       DYNR_ERR_NOT_UNIQUE);
    DYNR_ASSERT_STR(dynr_str_from_c(app.err.field), "email");
    app_close(&app);
}

static void a_guard_of_another_row_is_left_alone(void)
{
    setup();
    struct dynr_request request = DYNR_REQUEST_INIT;
    struct dynr_response response;
    struct dynr_str key = {NULL, 0};
    struct dynr_key_pair pair = {dynr_str_from_c("UNIQUE#USER#EMAIL#ann@example.org"),
                                 dynr_str_from_c("UNIQUE")};
    dynr_key_pair_json(&app_table, &pair, &app.arena, &key, &app.err);
    DYNR_ASSERT_STR(app_attribute(&app, "app", key, "_et"), "UNIQUE");
    DYNR_ASSERT_STR(app_attribute(&app, "app", key, "_sk"), "USER");
    request.operation = DYNR_UPDATE_ITEM;
    request.table = dynr_str_from_c("test-app");
    request.key = key;
    request.update = dynr_str_from_c("SET #p = :p");
    request.names = dynr_str_from_c("{\"#p\":\"_pk\"}");
    request.values = dynr_str_from_c("{\":p\":{\"S\":\"USER#SOMEBODY\"}}");
    DYNR_ASSERT_STATUS(dynr_backend_call(app.local, &request, &app.arena, &response, &app.err),
                       DYNR_OK);
    size_t before = app_count(&app, "app");
    DYNR_ASSERT_STATUS(dynr_row_delete(app.client, &user_entity, &ann, NULL, &app.arena, &app.err),
                       DYNR_ERR_CONFLICT);
    DYNR_ASSERT_INT(app_count(&app, "app"), before);
    app_close(&app);
}

static void rows_move_when_their_key_changes(void)
{
    setup();
    struct comment comment = app_comment(&app, &dishes, "first");
    struct comment occupied = app_comment(&app, &dishes, "second");
    struct comment after;
    struct dynr_ulid id = ann.id;
    size_t before = app_count(&app, "app");
    struct dynr_change change = {2, DYNR_CHANGE_SET, &id};
    DYNR_ASSERT_STATUS(dynr_row_update(app.client, &comment_entity, &comment, &change, 1, NULL,
                                       &app.arena, &after, &app.err),
                       DYNR_OK);
    DYNR_ASSERT_MEM(&after.id, sizeof id, &id, sizeof id);
    DYNR_ASSERT_STR(after.slug, "first");
    DYNR_ASSERT_INT(app_count(&app, "app"), before);
    DYNR_ASSERT_STATUS(dynr_row_update(app.client, &comment_entity, &comment, &change, 1, NULL,
                                       &app.arena, &after, &app.err),
                       DYNR_ERR_NOT_FOUND);
    id = occupied.id;
    comment.id = ann.id;
    DYNR_ASSERT_STATUS(dynr_row_update(app.client, &comment_entity, &comment, &change, 1, NULL,
                                       &app.arena, &after, &app.err),
                       DYNR_ERR_EXISTS);
    /* The guard points to where the row went: deleting takes both. */
    DYNR_ASSERT_STATUS(
        dynr_row_delete(app.client, &comment_entity, &comment, NULL, &app.arena, &app.err),
        DYNR_OK);
    DYNR_ASSERT_INT(app_count(&app, "app"), before - 2);
    app_close(&app);
}

static void put_replaces_and_moves_guards(void)
{
    setup();
    size_t before = app_count(&app, "app");
    struct user row = {.id = ann.id, .email = dynr_str_from_c("new@example.org")};
    app.clock.now_ms += 7;
    DYNR_ASSERT_STATUS(dynr_row_put(app.client, &user_entity, &row, &app.arena, &app.err), DYNR_OK);
    DYNR_ASSERT_INT(row.version, 2);
    DYNR_ASSERT_INT(row.created.ms, ann.created.ms);
    DYNR_ASSERT_INT(app_count(&app, "app"), before);
    struct user found;
    DYNR_ASSERT(!user_by_mail("ann@example.org", &found));
    DYNR_ASSERT(user_by_mail("new@example.org", &found));
    struct user fresh = {.email = dynr_str_from_c("fresh@example.org")};
    DYNR_ASSERT_STATUS(dynr_row_put(app.client, &user_entity, &fresh, &app.arena, &app.err),
                       DYNR_OK);
    DYNR_ASSERT_INT(fresh.version, 1);
    fresh.email = dynr_str_from_c("NEW@example.org");
    DYNR_ASSERT_STATUS(dynr_row_put(app.client, &user_entity, &fresh, &app.arena, &app.err),
                       DYNR_ERR_NOT_UNIQUE);
    struct todo todo = dishes;
    todo.text = dynr_str_from_c("replaced");
    unsigned requests = app.n_requests;
    DYNR_ASSERT_STATUS(dynr_row_put(app.client, &todo_entity, &todo, &app.arena, &app.err),
                       DYNR_OK);
    DYNR_ASSERT_INT(app.n_requests - requests, 1);
    app_close(&app);
}

static void transactions_are_all_or_nothing(void)
{
    setup();
    struct dynr_transaction *transaction;
    struct user bob = {.email = dynr_str_from_c("bob@example.org")};
    struct user twin = {.email = dynr_str_from_c("ann@EXAMPLE.org")};
    struct dynr_str text = dynr_str_from_c("cups");
    struct dynr_change change = set_field(TODO_TEXT, &text);
    size_t before = app_count(&app, "app");
    dynr_transaction_begin(app.client, &app.arena, &transaction, &app.err);
    dynr_transaction_create(transaction, &user_entity, &bob, &app.err);
    dynr_transaction_update(transaction, &todo_entity, &dishes, &change, 1, NULL, &app.err);
    dynr_transaction_create(transaction, &user_entity, &twin, &app.err);
    DYNR_ASSERT_STATUS(dynr_transaction_commit(transaction, &app.err), DYNR_ERR_NOT_UNIQUE);
    DYNR_ASSERT_INT(app.err.operation_index, 2);
    DYNR_ASSERT_STR(dynr_str_from_c(app.err.field), "email");
    DYNR_ASSERT_INT(app_count(&app, "app"), before);
    DYNR_ASSERT_STATUS(dynr_transaction_commit(transaction, &app.err), DYNR_ERR_INVALID_ARGUMENT);

    bob = (struct user){.email = dynr_str_from_c("bob@example.org")};
    struct comment comment = app_comment(&app, &dishes, "slug");
    struct list other = app_list(&app, &ann, "other");
    before = app_count(&app, "app");
    dynr_transaction_begin(app.client, &app.arena, &transaction, &app.err);
    dynr_transaction_create(transaction, &user_entity, &bob, &app.err);
    dynr_transaction_delete(transaction, &todo_entity, &dishes, NULL, &app.err);
    dynr_transaction_delete(transaction, &list_entity, &other, NULL, &app.err);
    DYNR_ASSERT_STATUS(dynr_transaction_commit(transaction, &app.err), DYNR_OK);
    /* A user and its guard came; the todo, its comment and that one's guard went. */
    DYNR_ASSERT_INT(app_count(&app, "app"), before + 2 - 3);
    DYNR_ASSERT_STATUS(dynr_row_get(app.client, &comment_entity, &comment, comment_entity.row, 0,
                                    &app.arena, &comment, &app.err),
                       DYNR_ERR_NOT_FOUND);

    dynr_transaction_begin(app.client, &app.arena, &transaction, &app.err);
    enum dynr_status status = DYNR_OK;
    for (int i = 0; i < 101 && status == DYNR_OK; i++) {
        struct todo todo = {.list = {chores.id}, .text = {"t", 1}};
        status = dynr_transaction_create(transaction, &todo_entity, &todo, &app.err);
    }
    DYNR_ASSERT_STATUS(status, DYNR_ERR_LIMIT);
    DYNR_ASSERT_INT(app.err.operation_index, 100);
    DYNR_ASSERT_STATUS(dynr_transaction_commit(transaction, &app.err), DYNR_ERR_LIMIT);
    app_close(&app);
}

static void memory_that_runs_out_is_reported(void)
{
    setup();
    struct dynr_str mail = dynr_str_from_c("second@example.org");
    enum dynr_status status = DYNR_ERR_NO_MEMORY;
    for (size_t n = 1; status != DYNR_OK && n < 500; n++) {
        struct dynr_test_memory memory;
        struct dynr_arena arena;
        struct user after;
        struct dynr_change change = set_field(USER_EMAIL, &mail);
        dynr_test_memory_init(&memory, n);
        dynr_arena_init(&arena, &memory.allocator, 0);
        status = dynr_row_update(app.client, &user_entity, &ann, &change, 1, NULL, &arena, &after,
                                 &app.err);
        DYNR_ASSERT(status == DYNR_OK || status == DYNR_ERR_NO_MEMORY);
        dynr_arena_cleanup(&arena);
        DYNR_ASSERT_INT(memory.n_blocks, 0);
    }
    DYNR_ASSERT_STATUS(status, DYNR_OK);
    app_close(&app);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(create_fills_what_the_runtime_sets),
        DYNR_TEST(unique_values_are_taken_once),
        DYNR_TEST(guards_move_with_their_value),
        DYNR_TEST(a_write_in_between_is_noticed_and_tried_again),
        DYNR_TEST(index_keys_follow_their_parts),
        DYNR_TEST(computed_keys_are_of_one_state_of_the_row),
        DYNR_TEST(only_changed_attributes_are_written),
        DYNR_TEST(numbers_grow_within_their_bounds),
        DYNR_TEST(wrong_updates_are_refused),
        DYNR_TEST(versions_lock_optimistically),
        DYNR_TEST(soft_deletion_hides_and_gives_back),
        DYNR_TEST(destroying_takes_everything_below),
        DYNR_TEST(a_cascade_stays_below_its_row),
        DYNR_TEST(a_value_that_moves_away_is_not_found),
        DYNR_TEST(a_committed_update_is_not_undone_by_a_later_removal),
        DYNR_TEST(transactions_hand_unique_values_over),
        DYNR_TEST(a_guard_of_another_row_is_left_alone),
        DYNR_TEST(rows_move_when_their_key_changes),
        DYNR_TEST(put_replaces_and_moves_guards),
        DYNR_TEST(transactions_are_all_or_nothing),
        DYNR_TEST(memory_that_runs_out_is_reported),
    };
    return dynr_test_main("typed-write", tests, DYNR_TEST_COUNT(tests));
}
