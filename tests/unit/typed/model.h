/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small application as generated code would describe it: users (unique email without case, optional unique handle,
 * versioned), lists (owned, soft-deleted, versioned) with todos (two sparse indexes, no version) with comments (a guard each)
 * below them, one note per list; events in a table with native keys; and rows whose keys hold text, number, text.
 */
#ifndef DYN_TESTS_UNIT_TYPED_MODEL_H
#define DYN_TESTS_UNIT_TYPED_MODEL_H

#include "dynr/local.h"
#include "everything.h"
#include "test_tools.h"

/* Key templates. */
#define LITERAL(text)                                                                              \
    {                                                                                              \
        text, sizeof text - 1, false, 0, DYNR_REQUIRED, NULL                                       \
    }
#define VALUE(text, owner, member, type)                                                           \
    {                                                                                              \
        text, sizeof text - 1, false, offsetof(struct owner, member), DYNR_REQUIRED, &(type)       \
    }
#define FOLDED(text, owner, member, type)                                                          \
    {                                                                                              \
        text, sizeof text - 1, true, offsetof(struct owner, member), DYNR_REQUIRED, &(type)        \
    }
#define MAYBE(text, owner, member, type)                                                           \
    {                                                                                              \
        text, sizeof text - 1, false, offsetof(struct owner, member),                              \
            offsetof(struct owner, has_##member), &(type)                                          \
    }
#define KEY(name, attribute, ...)                                                                  \
    static const struct dynr_key_part name##_parts[] = {__VA_ARGS__};                              \
    static const struct dynr_key_template name = {                                                 \
        attribute, false, 'S', '#', sizeof name##_parts / sizeof name##_parts[0], name##_parts}
#define NATIVE(name, attribute, type, ...)                                                         \
    static const struct dynr_key_part name##_parts[] = {__VA_ARGS__};                              \
    static const struct dynr_key_template name = {attribute, true, type, '#', 1, name##_parts}

struct user {
    struct dynr_ulid id;
    struct dynr_str email;
    bool has_handle;
    struct dynr_str handle;
    int64_t points;
    struct dynr_timestamp created;
    struct dynr_timestamp updated;
    int64_t version;
};
enum {
    USER_ID,
    USER_EMAIL,
    USER_HANDLE,
    USER_POINTS,
    USER_CREATED,
    USER_UPDATED,
    USER_VERSION
};

struct list_key {
    struct dynr_ulid id;
};
struct list {
    struct dynr_ulid id;
    struct user_key owner;
    struct dynr_str title;
    struct dynr_timestamp created;
    struct dynr_timestamp updated;
    int64_t version;
    bool has_deleted;
    struct dynr_timestamp deleted;
};
enum {
    LIST_ID,
    LIST_OWNER,
    LIST_TITLE,
    LIST_CREATED,
    LIST_UPDATED,
    LIST_VERSION,
    LIST_DELETED
};

struct todo_key {
    struct list_key list;
    struct dynr_ulid id;
};
struct todo {
    struct list_key list;
    struct dynr_ulid id;
    struct dynr_str text;
    bool done;
    bool has_due;
    struct dynr_date due;
    bool has_assignee;
    struct user_key assignee;
    int32_t count;
    struct strings labels;
};
enum {
    TODO_LIST,
    TODO_ID,
    TODO_TEXT,
    TODO_DONE,
    TODO_DUE,
    TODO_ASSIGNEE,
    TODO_COUNT,
    TODO_LABELS
};
/* Some members of a todo. */
struct todo_line {
    struct dynr_ulid id;
    struct dynr_str text;
};

struct comment_key {
    struct list_key list;
    struct dynr_ulid todo;
    struct dynr_ulid id;
};
struct comment {
    struct list_key list;
    struct dynr_ulid todo;
    struct dynr_ulid id;
    struct dynr_str slug;
};

struct note_key {
    struct list_key list;
};
struct note {
    struct list_key list;
    struct dynr_str text;
};

struct event_key {
    struct dynr_str stream;
    int64_t number;
};
struct event {
    struct dynr_str stream;
    int64_t number;
    struct dynr_str what;
};

struct spot_key {
    struct dynr_str board;
    struct dynr_str row;
    int64_t column;
    struct dynr_str name;
};
struct spot {
    struct dynr_str board;
    struct dynr_str row;
    int64_t column;
    struct dynr_str name;
    int32_t serial;
};

extern const struct dynr_table_desc app_table;
extern const struct dynr_table_desc events_table;
extern const struct dynr_struct_desc todo_line_desc;
extern const struct dynr_entity_desc user_entity;
extern const struct dynr_entity_desc list_entity;
extern const struct dynr_entity_desc todo_entity;
extern const struct dynr_entity_desc comment_entity;
extern const struct dynr_entity_desc note_entity;
extern const struct dynr_entity_desc event_entity;
extern const struct dynr_entity_desc spot_entity;
extern const struct dynr_path_desc user_by_email;
extern const struct dynr_path_desc lists_by_owner;
extern const struct dynr_path_desc todos_in_list;
extern const struct dynr_path_desc todos_by_due;
extern const struct dynr_path_desc todos_by_assignee;
extern const struct dynr_path_desc comments_of_todo;
extern const struct dynr_path_desc events_in_stream;
extern const struct dynr_path_desc spots_on_board;

/* A store in memory with both tables, and a client; the wrapper can run something before a request. */
struct app {
    struct dynr_backend backend;
    struct dynr_backend *local;
    struct dynr_client *client;
    struct dynr_test_clock clock;
    struct dynr_test_random random;
    struct dynr_arena arena;
    struct dynr_error err;
    /* Called before the next request of kind `operation`, once. */
    void (*interfere)(struct app *app);
    enum dynr_operation operation;
    /* Called before every such request. */
    bool persistent;
    unsigned n_requests;
};

void app_open(struct app *app);
void app_close(struct app *app);
/* Items in a table, by Scan. */
size_t app_count(struct app *app, const char *table);
/* The value at `name` of the item at the key, as text, or "". */
struct dynr_str app_attribute(struct app *app, const char *table, struct dynr_str key,
                              const char *name);

/* A request past the client: what an older or another program does. The response is in the app's arena. */
struct dynr_response app_raw(struct app *app, struct dynr_request request);
/* Puts an item as it is. */
void app_put_item(struct app *app, const char *table, const char *item);
/* Deletes an item as it is. */
void app_delete_item(struct app *app, const char *table, struct dynr_str key);

struct user app_user(struct app *app, const char *email);
struct list app_list(struct app *app, const struct user *owner, const char *title);
struct todo app_todo(struct app *app, const struct list *list, const char *text);
struct comment app_comment(struct app *app, const struct todo *todo, const char *slug);

#endif
