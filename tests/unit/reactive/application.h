/* SPDX-License-Identifier: Apache-2.0 */
/* The application whose queries the tests watch. */
#ifndef DYN_TESTS_UNIT_REACTIVE_APPLICATION_H
#define DYN_TESTS_UNIT_REACTIVE_APPLICATION_H

#include "dynr/engine.h"

struct user_key {
    struct dynr_str id;
};
struct user {
    struct dynr_str id;
    struct dynr_str name;
};

struct member_key {
    struct dynr_str list;
    struct dynr_str user;
};
struct member {
    struct dynr_str list;
    struct dynr_str user;
    struct dynr_str role;
};

struct list_key {
    struct dynr_str id;
};
struct list {
    struct dynr_str id;
    struct user_key owner;
    struct dynr_str title;
    bool archived;
};

struct todo_key {
    struct list_key list;
    struct dynr_str id;
};
struct todo {
    struct list_key list;
    struct dynr_str id;
    struct dynr_str text;
    bool done;
    bool has_due;
    int64_t due;
    bool has_assignee;
    struct user_key assignee;
    int64_t points;
    struct dynr_decimal price;
    /* Nobody watches it. */
    int64_t seen;
};

struct comment_key {
    struct list_key list;
    struct dynr_str todo;
    struct dynr_str id;
};
struct comment {
    struct list_key list;
    struct dynr_str todo;
    struct dynr_str id;
    struct dynr_str text;
};

struct input {
    struct dynr_str id;
};
struct caller {
    struct dynr_str user;
};

extern const struct dynr_entity_desc user_entity;
extern const struct dynr_entity_desc member_entity;
extern const struct dynr_entity_desc list_entity;
extern const struct dynr_entity_desc todo_entity;
extern const struct dynr_entity_desc comment_entity;
extern const struct dynr_path_desc user_by_key;
extern const struct dynr_path_desc lists_by_owner;
extern const struct dynr_path_desc todos_in_list;
extern const struct dynr_path_desc todos_by_due;
extern const struct dynr_path_desc todos_by_user;
extern const struct dynr_path_desc comments_in_list;
extern const struct dynr_procedure_table procedures;

/* Whether its argument is a user, and not a list. */
bool takes_user(const char *procedure);

#endif
