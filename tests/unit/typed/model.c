/* SPDX-License-Identifier: Apache-2.0 */
#include "model.h"

#include <stdio.h>

#include "ddb/attribute.h"
#include "test_main.h"

#define MANAGED(owner, member) TEST_FIELD(owner, member, type_timestamp, DYNR_FIELD_MANAGED)
#define COUNT(array)           (sizeof(array) / sizeof(array)[0])

static const struct dynr_index_desc indexes[] = {
    {"gsi1", "gsi1pk", "gsi1sk", 'S', 'S', false, DYNR_PROJECT_ALL, NULL, 0},
    {"gsi2", "gsi2pk", "gsi2sk", 'S', 'S', false, DYNR_PROJECT_ALL, NULL, 0},
};
const struct dynr_table_desc app_table = {"app", NULL, "pk", "sk",    'S',           'S',
                                          "_et", NULL, true, indexes, COUNT(indexes)};
const struct dynr_table_desc events_table = {"events", NULL, "stream", "number", 'S', 'N',
                                             NULL,     NULL, true,     NULL,     0};

/* ---- users ------------------------------------------------------------------------------------------------- */

static const struct dynr_field_desc user_fields[] = {
    TEST_FIELD(user, id, type_ulid, DYNR_FIELD_AUTO),
    TEST_FIELD(user, email, type_email, 0),
    TEST_OPTIONAL(user, handle, type_label, 0),
    TEST_FIELD(user, points, type_small, 0),
    MANAGED(user, created),
    MANAGED(user, updated),
    TEST_FIELD(user, version, type_int64, DYNR_FIELD_MANAGED),
};
static const struct dynr_struct_desc user_desc = TEST_STRUCT(user, user_fields, NULL);
KEY(user_pk, "pk", VALUE("USER#", user, id, type_ulid));
KEY(user_sk, "sk", LITERAL("USER"));
KEY(email_pk, "pk", FOLDED("UNIQUE#USER#EMAIL#", user, email, type_email));
KEY(handle_pk, "pk", MAYBE("UNIQUE#USER#HANDLE#", user, handle, type_label));
KEY(unique_sk, "sk", LITERAL("UNIQUE"));
static const struct dynr_unique_desc user_uniques[] = {{"email", &email_pk, &unique_sk},
                                                       {"handle", &handle_pk, &unique_sk}};
const struct dynr_entity_desc user_entity = {"User",
                                             "USER",
                                             &app_table,
                                             &user_desc,
                                             &user_key_desc,
                                             &user_pk,
                                             &user_sk,
                                             NULL,
                                             0,
                                             user_uniques,
                                             COUNT(user_uniques),
                                             NULL,
                                             0,
                                             USER_CREATED,
                                             USER_UPDATED,
                                             USER_VERSION,
                                             DYNR_NO_FIELD};
const struct dynr_path_desc user_by_email = {
    "User by email", DYNR_PATH_UNIQUE, &user_entity, NULL, &email_pk, &unique_sk, 1,
    &user_uniques[0]};

/* ---- comments ---------------------------------------------------------------------------------------------- */

static const struct dynr_field_desc list_key_fields[] = {TEST_FIELD(list_key, id, type_ulid, 0)};
static const struct dynr_struct_desc list_key_desc = TEST_STRUCT(list_key, list_key_fields, NULL);
static const struct dynr_type_desc type_list_ref = {.kind = DYNR_KIND_REF,
                                                    .structure = &list_key_desc};

static const struct dynr_field_desc comment_key_fields[] = {
    TEST_FIELD(comment_key, list, type_list_ref, 0),
    TEST_FIELD(comment_key, todo, type_ulid, 0),
    TEST_FIELD(comment_key, id, type_ulid, 0),
};
static const struct dynr_struct_desc comment_key_desc =
    TEST_STRUCT(comment_key, comment_key_fields, NULL);
static const struct dynr_field_desc comment_fields[] = {
    TEST_FIELD(comment, list, type_list_ref, 0),
    TEST_FIELD(comment, todo, type_ulid, 0),
    TEST_FIELD(comment, id, type_ulid, DYNR_FIELD_AUTO),
    TEST_FIELD(comment, slug, type_string, 0),
};
static const struct dynr_struct_desc comment_desc = TEST_STRUCT(comment, comment_fields, NULL);
KEY(comment_pk, "pk", VALUE("LIST#", comment, list, type_list_ref));
KEY(comment_sk, "sk", LITERAL("COMMENT"), VALUE("#", comment, todo, type_ulid),
    VALUE("#", comment, id, type_ulid));
KEY(slug_pk, "pk", VALUE("UNIQUE#COMMENT#SLUG#", comment, slug, type_string));
static const struct dynr_unique_desc comment_uniques[] = {{"slug", &slug_pk, &unique_sk}};
const struct dynr_entity_desc comment_entity = {"Comment",
                                                "COMMENT",
                                                &app_table,
                                                &comment_desc,
                                                &comment_key_desc,
                                                &comment_pk,
                                                &comment_sk,
                                                NULL,
                                                0,
                                                comment_uniques,
                                                1,
                                                NULL,
                                                0,
                                                DYNR_NO_FIELD,
                                                DYNR_NO_FIELD,
                                                DYNR_NO_FIELD,
                                                DYNR_NO_FIELD};
const struct dynr_path_desc comments_of_todo = {"Comment of todo",
                                                DYNR_PATH_CHILDREN,
                                                &comment_entity,
                                                NULL,
                                                &comment_pk,
                                                &comment_sk,
                                                1,
                                                NULL};

/* ---- todos ------------------------------------------------------------------------------------------------- */

static const struct dynr_field_desc todo_key_fields[] = {
    TEST_FIELD(todo_key, list, type_list_ref, 0), TEST_FIELD(todo_key, id, type_ulid, 0)};
static const struct dynr_struct_desc todo_key_desc = TEST_STRUCT(todo_key, todo_key_fields, NULL);
static const struct dynr_field_desc todo_fields[] = {
    TEST_FIELD(todo, list, type_list_ref, 0), TEST_FIELD(todo, id, type_ulid, DYNR_FIELD_AUTO),
    TEST_FIELD(todo, text, type_title, 0),    TEST_FIELD(todo, done, type_bool, 0),
    TEST_OPTIONAL(todo, due, type_date, 0),   TEST_OPTIONAL(todo, assignee, type_user_ref, 0),
    TEST_FIELD(todo, count, type_int32, 0),   TEST_FIELD(todo, labels, type_labels, 0),
};
static const struct dynr_struct_desc todo_desc = TEST_STRUCT(todo, todo_fields, NULL);
static const struct dynr_field_desc todo_line_fields[] = {
    TEST_FIELD(todo_line, id, type_ulid, 0), TEST_FIELD(todo_line, text, type_title, 0)};
const struct dynr_struct_desc todo_line_desc = TEST_STRUCT(todo_line, todo_line_fields, NULL);
KEY(todo_pk, "pk", VALUE("LIST#", todo, list, type_list_ref));
KEY(todo_sk, "sk", LITERAL("TODO"), VALUE("#", todo, id, type_ulid));
KEY(due_pk, "gsi1pk", VALUE("LIST#", todo, list, type_list_ref));
KEY(due_sk, "gsi1sk", LITERAL("DUE"), MAYBE("#", todo, due, type_date),
    VALUE("#", todo, id, type_ulid));
KEY(assignee_pk, "gsi2pk", MAYBE("USER#", todo, assignee, type_user_ref));
KEY(assignee_sk, "gsi2sk", LITERAL("TODO"), MAYBE("#", todo, due, type_date),
    VALUE("#", todo, id, type_ulid));
static const struct dynr_index_key todo_index_keys[] = {{&indexes[0], &due_pk, &due_sk},
                                                        {&indexes[1], &assignee_pk, &assignee_sk}};
static const struct dynr_child_desc todo_children[] = {{&comments_of_todo}};
const struct dynr_entity_desc todo_entity = {"Todo",
                                             "TODO",
                                             &app_table,
                                             &todo_desc,
                                             &todo_key_desc,
                                             &todo_pk,
                                             &todo_sk,
                                             todo_index_keys,
                                             COUNT(todo_index_keys),
                                             NULL,
                                             0,
                                             todo_children,
                                             1,
                                             DYNR_NO_FIELD,
                                             DYNR_NO_FIELD,
                                             DYNR_NO_FIELD,
                                             DYNR_NO_FIELD};
const struct dynr_path_desc todos_in_list = {
    "Todo in list", DYNR_PATH_CHILDREN, &todo_entity, NULL, &todo_pk, &todo_sk, 1, NULL};
const struct dynr_path_desc todos_by_due = {
    "Todo by due", DYNR_PATH_INDEX, &todo_entity, &indexes[0], &due_pk, &due_sk, 1, NULL};
const struct dynr_path_desc todos_by_assignee = {"Todo by assignee",
                                                 DYNR_PATH_INDEX,
                                                 &todo_entity,
                                                 &indexes[1],
                                                 &assignee_pk,
                                                 &assignee_sk,
                                                 1,
                                                 NULL};

/* ---- notes: one per list ----------------------------------------------------------------------------------- */

static const struct dynr_field_desc note_key_fields[] = {
    TEST_FIELD(note_key, list, type_list_ref, 0)};
static const struct dynr_struct_desc note_key_desc = TEST_STRUCT(note_key, note_key_fields, NULL);
static const struct dynr_field_desc note_fields[] = {TEST_FIELD(note, list, type_list_ref, 0),
                                                     TEST_FIELD(note, text, type_string, 0)};
static const struct dynr_struct_desc note_desc = TEST_STRUCT(note, note_fields, NULL);
KEY(note_pk, "pk", VALUE("LIST#", note, list, type_list_ref));
KEY(note_sk, "sk", LITERAL("NOTE"));
const struct dynr_entity_desc note_entity = {"Note",
                                             "NOTE",
                                             &app_table,
                                             &note_desc,
                                             &note_key_desc,
                                             &note_pk,
                                             &note_sk,
                                             NULL,
                                             0,
                                             NULL,
                                             0,
                                             NULL,
                                             0,
                                             DYNR_NO_FIELD,
                                             DYNR_NO_FIELD,
                                             DYNR_NO_FIELD,
                                             DYNR_NO_FIELD};
static const struct dynr_path_desc note_of_list = {
    "Note of list", DYNR_PATH_CHILDREN, &note_entity, NULL, &note_pk, &note_sk, 1, NULL};

/* ---- lists ------------------------------------------------------------------------------------------------- */

static const struct dynr_field_desc list_fields[] = {
    TEST_FIELD(list, id, type_ulid, DYNR_FIELD_AUTO),
    TEST_FIELD(list, owner, type_user_ref, 0),
    TEST_FIELD(list, title, type_title, 0),
    MANAGED(list, created),
    MANAGED(list, updated),
    TEST_FIELD(list, version, type_int64, DYNR_FIELD_MANAGED),
    TEST_OPTIONAL(list, deleted, type_timestamp, DYNR_FIELD_MANAGED),
};
static const struct dynr_struct_desc list_desc = TEST_STRUCT(list, list_fields, NULL);
KEY(list_pk, "pk", VALUE("LIST#", list, id, type_ulid));
KEY(list_sk, "sk", LITERAL("LIST"));
KEY(owner_pk, "gsi1pk", VALUE("USER#", list, owner, type_user_ref));
KEY(owner_sk, "gsi1sk", LITERAL("LIST"), VALUE("#", list, created, type_timestamp),
    VALUE("#", list, id, type_ulid));
static const struct dynr_index_key list_index_keys[] = {{&indexes[0], &owner_pk, &owner_sk}};
static const struct dynr_child_desc list_children[] = {{&todos_in_list}, {&note_of_list}};
const struct dynr_entity_desc list_entity = {"List",
                                             "LIST",
                                             &app_table,
                                             &list_desc,
                                             &list_key_desc,
                                             &list_pk,
                                             &list_sk,
                                             list_index_keys,
                                             1,
                                             NULL,
                                             0,
                                             list_children,
                                             2,
                                             LIST_CREATED,
                                             LIST_UPDATED,
                                             LIST_VERSION,
                                             LIST_DELETED};
const struct dynr_path_desc lists_by_owner = {
    "List by owner", DYNR_PATH_INDEX, &list_entity, &indexes[0], &owner_pk, &owner_sk, 1, NULL};

/* ---- events: native keys ----------------------------------------------------------------------------------- */

static const struct dynr_field_desc event_key_fields[] = {
    TEST_FIELD(event_key, stream, type_string, 0), TEST_FIELD(event_key, number, type_int64, 0)};
static const struct dynr_struct_desc event_key_desc =
    TEST_STRUCT(event_key, event_key_fields, NULL);
static const struct dynr_field_desc event_fields[] = {TEST_FIELD(event, stream, type_string, 0),
                                                      TEST_FIELD(event, number, type_int64, 0),
                                                      TEST_FIELD(event, what, type_string, 0)};
static const struct dynr_struct_desc event_desc = TEST_STRUCT(event, event_fields, NULL);
NATIVE(event_pk, "stream", 'S', VALUE("", event, stream, type_string));
NATIVE(event_sk, "number", 'N', VALUE("", event, number, type_int64));
const struct dynr_entity_desc event_entity = {"Event",
                                              "EVENT",
                                              &events_table,
                                              &event_desc,
                                              &event_key_desc,
                                              &event_pk,
                                              &event_sk,
                                              NULL,
                                              0,
                                              NULL,
                                              0,
                                              NULL,
                                              0,
                                              DYNR_NO_FIELD,
                                              DYNR_NO_FIELD,
                                              DYNR_NO_FIELD,
                                              DYNR_NO_FIELD};
const struct dynr_path_desc events_in_stream = {
    "Event in stream", DYNR_PATH_CHILDREN, &event_entity, NULL, &event_pk, &event_sk, 0, NULL};

/* ---- spots: text, number, text ----------------------------------------------------------------------------- */

static const struct dynr_field_desc spot_key_fields[] = {
    TEST_FIELD(spot_key, board, type_string, 0), TEST_FIELD(spot_key, row, type_string, 0),
    TEST_FIELD(spot_key, column, type_int64, 0), TEST_FIELD(spot_key, name, type_string, 0)};
static const struct dynr_struct_desc spot_key_desc = TEST_STRUCT(spot_key, spot_key_fields, NULL);
static const struct dynr_field_desc spot_fields[] = {
    TEST_FIELD(spot, board, type_string, 0), TEST_FIELD(spot, row, type_string, 0),
    TEST_FIELD(spot, column, type_int64, 0), TEST_FIELD(spot, name, type_string, 0),
    TEST_FIELD(spot, serial, type_int32, 0)};
static const struct dynr_struct_desc spot_desc = TEST_STRUCT(spot, spot_fields, NULL);
KEY(spot_pk, "pk", VALUE("BOARD#", spot, board, type_string));
KEY(spot_sk, "sk", LITERAL("SPOT"), VALUE("#", spot, row, type_string),
    VALUE("#", spot, column, type_int64), VALUE("#", spot, name, type_string));
const struct dynr_entity_desc spot_entity = {"Spot",
                                             "SPOT",
                                             &app_table,
                                             &spot_desc,
                                             &spot_key_desc,
                                             &spot_pk,
                                             &spot_sk,
                                             NULL,
                                             0,
                                             NULL,
                                             0,
                                             NULL,
                                             0,
                                             DYNR_NO_FIELD,
                                             DYNR_NO_FIELD,
                                             DYNR_NO_FIELD,
                                             DYNR_NO_FIELD};
const struct dynr_path_desc spots_on_board = {
    "Spot on board", DYNR_PATH_CHILDREN, &spot_entity, NULL, &spot_pk, &spot_sk, 1, NULL};

/* ---- the store --------------------------------------------------------------------------------------------- */

static void start(struct dynr_backend *backend, const struct dynr_request *request,
                  struct dynr_arena *arena, dynr_complete_fn complete, void *context)
{
    struct app *app = (struct app *)(void *)backend;
    app->n_requests++;
    if (app->interfere != NULL && app->operation == request->operation) {
        void (*interfere)(struct app *) = app->interfere;
        app->interfere = NULL;
        interfere(app);
        if (app->persistent) {
            app->interfere = interfere;
        }
    }
    dynr_backend_start(app->local, request, arena, complete, context);
}

static const struct dynr_backend_methods methods = {.size = sizeof(struct dynr_backend_methods),
                                                    .start = start};

void app_open(struct app *app)
{
    memset(app, 0, sizeof *app);
    app->backend.methods = &methods;
    app->random.state = 4711;
    dynr_test_clock_init(&app->clock, INT64_C(1800000000000), 99);
    struct dynr_local_options local = DYNR_LOCAL_OPTIONS_INIT;
    local.durability = DYNR_DURABILITY_NONE;
    DYNR_ASSERT_STATUS(dynr_local_open(&local, &app->local, &app->err), DYNR_OK);
    struct dynr_client_options options = DYNR_CLIENT_OPTIONS_INIT;
    options.backend = &app->backend;
    options.clock = &app->clock.clock;
    options.table_prefix = "test-";
    DYNR_ASSERT_STATUS(dynr_client_new(&options, &app->client, &app->err), DYNR_OK);
    const struct dynr_table_desc *tables[] = {&app_table, &events_table};
    if (!DYNR_ASSERT_STATUS(dynr_tables_create(app->client, tables, 2, &app->err), DYNR_OK)) {
        (void)fprintf(stderr, "%s\n", app->err.message);
    }
    app->n_requests = 0;
}

void app_close(struct app *app)
{
    dynr_client_destroy(app->client);
    dynr_backend_destroy(app->local);
    dynr_arena_cleanup(&app->arena);
}

size_t app_count(struct app *app, const char *table)
{
    struct dynr_request request = DYNR_REQUEST_INIT;
    struct dynr_response response;
    size_t count = 0;
    request.operation = DYNR_SCAN;
    request.table = dynr_arena_printf(&app->arena, "test-%s", table);
    do {
        if (!DYNR_ASSERT_STATUS(
                dynr_backend_call(app->local, &request, &app->arena, &response, &app->err),
                DYNR_OK)) {
            return 0;
        }
        count += response.n_items;
        request.start_key = response.last_key;
    } while (response.last_key.len > 0);
    return count;
}

struct dynr_str app_attribute(struct app *app, const char *table, struct dynr_str key,
                              const char *name)
{
    struct dynr_request request = DYNR_REQUEST_INIT;
    struct dynr_response response;
    struct dynr_str value = {"", 0};
    struct dynr_attribute attribute;
    request.operation = DYNR_GET_ITEM;
    request.table = dynr_arena_printf(&app->arena, "test-%s", table);
    request.key = key;
    request.consistent_read = true;
    if (dynr_backend_call(app->local, &request, &app->arena, &response, &app->err) == DYNR_OK &&
        response.item.len > 0 &&
        dynr_item_find(response.item, dynr_str_from_c(name), &value, NULL) &&
        dynr_attribute_parse(value, &app->arena, &attribute, NULL) == DYNR_OK) {
        return attribute.text;
    }
    return dynr_str_make("", 0);
}

struct dynr_response app_raw(struct app *app, struct dynr_request request)
{
    struct dynr_response response = {0};
    DYNR_ASSERT_STATUS(dynr_backend_call(app->local, &request, &app->arena, &response, &app->err),
                       DYNR_OK);
    return response;
}

void app_put_item(struct app *app, const char *table, const char *item)
{
    struct dynr_request request = DYNR_REQUEST_INIT;
    request.operation = DYNR_PUT_ITEM;
    request.table = dynr_arena_printf(&app->arena, "test-%s", table);
    request.item = dynr_str_from_c(item);
    app_raw(app, request);
}

void app_delete_item(struct app *app, const char *table, struct dynr_str key)
{
    struct dynr_request request = DYNR_REQUEST_INIT;
    request.operation = DYNR_DELETE_ITEM;
    request.table = dynr_arena_printf(&app->arena, "test-%s", table);
    request.key = key;
    app_raw(app, request);
}

struct user app_user(struct app *app, const char *email)
{
    struct user user = {.email = dynr_str_from_c(email)};
    DYNR_ASSERT_STATUS(dynr_row_create(app->client, &user_entity, &user, &app->arena, &app->err),
                       DYNR_OK);
    return user;
}

struct list app_list(struct app *app, const struct user *owner, const char *title)
{
    struct list list = {.title = dynr_str_from_c(title)};
    list.owner.id = owner->id;
    DYNR_ASSERT_STATUS(dynr_row_create(app->client, &list_entity, &list, &app->arena, &app->err),
                       DYNR_OK);
    return list;
}

struct todo app_todo(struct app *app, const struct list *list, const char *text)
{
    struct todo todo = {.text = dynr_str_from_c(text)};
    todo.list.id = list->id;
    DYNR_ASSERT_STATUS(dynr_row_create(app->client, &todo_entity, &todo, &app->arena, &app->err),
                       DYNR_OK);
    return todo;
}

struct comment app_comment(struct app *app, const struct todo *todo, const char *slug)
{
    struct comment comment = {.slug = dynr_str_from_c(slug)};
    comment.list = todo->list;
    comment.todo = todo->id;
    DYNR_ASSERT_STATUS(
        dynr_row_create(app->client, &comment_entity, &comment, &app->arena, &app->err), DYNR_OK);
    return comment;
}
