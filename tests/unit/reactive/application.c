/* SPDX-License-Identifier: Apache-2.0 */
/* The application's tables and views, as dynrc would write them. */
#include "application.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define FIELD(owner, member, type)                                                                 \
    {                                                                                              \
#        member, #        member, sizeof #        member - 1, sizeof #        member - 1, 0,       \
            offsetof(struct owner, member), DYNR_REQUIRED, &(type)                                 \
    }
#define OPTIONAL(owner, member, type)                                                              \
    {                                                                                              \
#        member, #        member, sizeof #        member - 1, sizeof #        member - 1, 0,       \
            offsetof(struct owner, member), offsetof(struct owner, has_##member), &(type)          \
    }
#define STRUCT(owner, members)                                                                     \
    {                                                                                              \
        .name = #owner, .size = sizeof(struct owner), .fields = (members),                         \
        .n_fields = COUNT(members)                                                                 \
    }
#define LITERAL(text)                                                                              \
    {                                                                                              \
        text, sizeof text - 1, false, 0, DYNR_REQUIRED, NULL                                       \
    }
#define VALUE(text, owner, member, type)                                                           \
    {                                                                                              \
        text, sizeof text - 1, false, offsetof(struct owner, member), DYNR_REQUIRED, &(type)       \
    }
#define MAYBE(text, owner, member, type)                                                           \
    {                                                                                              \
        text, sizeof text - 1, false, offsetof(struct owner, member),                              \
            offsetof(struct owner, has_##member), &(type)                                          \
    }
#define KEY(name, attribute, ...)                                                                  \
    static const struct dynr_key_part name##_parts[] = {__VA_ARGS__};                              \
    static const struct dynr_key_template name = {attribute,           false,       'S', '#',      \
                                                  COUNT(name##_parts), name##_parts}
#define NATIVE(name, attribute, ...)                                                               \
    static const struct dynr_key_part name##_parts[] = {__VA_ARGS__};                              \
    static const struct dynr_key_template name = {attribute, true, 'S', '#', 1, name##_parts}
#define ENTITY(name, tag, table, pk, sk, keys, n_keys)                                             \
    const struct dynr_entity_desc name##_entity = {#name,                                          \
                                                   tag,                                            \
                                                   &(table),                                       \
                                                   &name##_desc,                                   \
                                                   &name##_key_desc,                               \
                                                   &(pk),                                          \
                                                   &(sk),                                          \
                                                   keys,                                           \
                                                   n_keys,                                         \
                                                   NULL,                                           \
                                                   0,                                              \
                                                   NULL,                                           \
                                                   0,                                              \
                                                   DYNR_NO_FIELD,                                  \
                                                   DYNR_NO_FIELD,                                  \
                                                   DYNR_NO_FIELD,                                  \
                                                   DYNR_NO_FIELD}

static const struct dynr_type_desc type_string = {.kind = DYNR_KIND_STRING};
static const struct dynr_type_desc type_bool = {.kind = DYNR_KIND_BOOL};
static const struct dynr_type_desc type_int = {.kind = DYNR_KIND_INT64,
                                               .has_low = true,
                                               .low = -100000,
                                               .has_high = true,
                                               .high = 100000,
                                               .json_number = true};
static const struct dynr_type_desc type_decimal = {.kind = DYNR_KIND_DECIMAL};

static const struct dynr_index_desc indexes[] = {
    {"gsi1", "gsi1pk", "gsi1sk", 'S', 'S', false, DYNR_PROJECT_ALL, NULL, 0},
    {"gsi2", "gsi2pk", "gsi2sk", 'S', 'S', false, DYNR_PROJECT_ALL, NULL, 0},
};
static const struct dynr_table_desc app_table = {"app", NULL, "pk", "sk",    'S', 'S',
                                                 "_et", NULL, true, indexes, 2};
static const struct dynr_table_desc members_table = {"members", NULL, "list", "user", 'S', 'S',
                                                     NULL,      NULL, true,   NULL,   0};

/* ---- users ------------------------------------------------------------------------------------------------------- */

static const struct dynr_field_desc user_key_fields[] = {FIELD(user_key, id, type_string)};
static const struct dynr_struct_desc user_key_desc = STRUCT(user_key, user_key_fields);
static const struct dynr_type_desc type_user = {.kind = DYNR_KIND_REF, .structure = &user_key_desc};
static const struct dynr_field_desc user_fields[] = {FIELD(user, id, type_string),
                                                     FIELD(user, name, type_string)};
static const struct dynr_struct_desc user_desc = STRUCT(user, user_fields);
enum {
    USER_ID,
    USER_NAME
};
KEY(user_pk, "pk", VALUE("USER#", user, id, type_string));
KEY(user_sk, "sk", LITERAL("USER"));
ENTITY(user, "USER", app_table, user_pk, user_sk, NULL, 0);
const struct dynr_path_desc user_by_key = {
    "user", DYNR_PATH_GET, &user_entity, NULL, &user_pk, &user_sk, 1, NULL};

/* ---- members: a table without types, with native keys ------------------------------------------------------------- */

enum {
    MEMBER_LIST,
    MEMBER_USER,
    MEMBER_ROLE
};
static const struct dynr_field_desc member_key_fields[] = {FIELD(member_key, list, type_string),
                                                           FIELD(member_key, user, type_string)};
static const struct dynr_struct_desc member_key_desc = STRUCT(member_key, member_key_fields);
static const struct dynr_field_desc member_fields[] = {FIELD(member, list, type_string),
                                                       FIELD(member, user, type_string),
                                                       FIELD(member, role, type_string)};
static const struct dynr_struct_desc member_desc = STRUCT(member, member_fields);
NATIVE(member_pk, "list", VALUE("", member, list, type_string));
NATIVE(member_sk, "user", VALUE("", member, user, type_string));
ENTITY(member, "MEMBER", members_table, member_pk, member_sk, NULL, 0);

/* ---- lists ------------------------------------------------------------------------------------------------------- */

static const struct dynr_field_desc list_key_fields[] = {FIELD(list_key, id, type_string)};
static const struct dynr_struct_desc list_key_desc = STRUCT(list_key, list_key_fields);
static const struct dynr_type_desc type_list = {.kind = DYNR_KIND_REF, .structure = &list_key_desc};
static const struct dynr_field_desc list_fields[] = {
    FIELD(list, id, type_string), FIELD(list, owner, type_user), FIELD(list, title, type_string),
    FIELD(list, archived, type_bool)};
static const struct dynr_struct_desc list_desc = STRUCT(list, list_fields);
enum {
    LIST_ID,
    LIST_OWNER,
    LIST_TITLE,
    LIST_ARCHIVED
};
KEY(list_pk, "pk", VALUE("LIST#", list, id, type_string));
KEY(list_sk, "sk", LITERAL("LIST"));
KEY(owner_pk, "gsi1pk", VALUE("USER#", list, owner, type_user));
KEY(owner_sk, "gsi1sk", LITERAL("LIST"), VALUE("#", list, id, type_string));
static const struct dynr_index_key list_index_keys[] = {{&indexes[0], &owner_pk, &owner_sk}};
ENTITY(list, "LIST", app_table, list_pk, list_sk, list_index_keys, 1);
const struct dynr_path_desc lists_by_owner = {
    "lists", DYNR_PATH_INDEX, &list_entity, &indexes[0], &owner_pk, &owner_sk, 1, NULL};

/* ---- todos ------------------------------------------------------------------------------------------------------- */

static const struct dynr_field_desc todo_key_fields[] = {FIELD(todo_key, list, type_list),
                                                         FIELD(todo_key, id, type_string)};
static const struct dynr_struct_desc todo_key_desc = STRUCT(todo_key, todo_key_fields);
static const struct dynr_field_desc todo_fields[] = {
    FIELD(todo, list, type_list),   FIELD(todo, id, type_string),
    FIELD(todo, text, type_string), FIELD(todo, done, type_bool),
    OPTIONAL(todo, due, type_int),  OPTIONAL(todo, assignee, type_user),
    FIELD(todo, points, type_int),  FIELD(todo, price, type_decimal),
    FIELD(todo, seen, type_int)};
static const struct dynr_struct_desc todo_desc = STRUCT(todo, todo_fields);
enum {
    TODO_LIST,
    TODO_ID,
    TODO_TEXT,
    TODO_DONE,
    TODO_DUE,
    TODO_ASSIGNEE,
    TODO_POINTS,
    TODO_PRICE,
    TODO_SEEN
};
#define BIT(field) (UINT64_C(1) << (field))
KEY(todo_pk, "pk", VALUE("LIST#", todo, list, type_list));
KEY(todo_sk, "sk", LITERAL("TODO"), VALUE("#", todo, id, type_string));
KEY(due_pk, "gsi1pk", VALUE("LIST#", todo, list, type_list));
KEY(due_sk, "gsi1sk", LITERAL("DUE"), MAYBE("#", todo, due, type_int),
    VALUE("#", todo, id, type_string));
KEY(by_user_pk, "gsi2pk", MAYBE("USER#", todo, assignee, type_user));
KEY(by_user_sk, "gsi2sk", LITERAL("TODO"), VALUE("#", todo, list, type_list),
    VALUE("#", todo, id, type_string));
static const struct dynr_index_key todo_index_keys[] = {{&indexes[0], &due_pk, &due_sk},
                                                        {&indexes[1], &by_user_pk, &by_user_sk}};
ENTITY(todo, "TODO", app_table, todo_pk, todo_sk, todo_index_keys, 2);
const struct dynr_path_desc todos_in_list = {
    "todos", DYNR_PATH_CHILDREN, &todo_entity, NULL, &todo_pk, &todo_sk, 1, NULL};
const struct dynr_path_desc todos_by_due = {
    "due", DYNR_PATH_INDEX, &todo_entity, &indexes[0], &due_pk, &due_sk, 1, NULL};
const struct dynr_path_desc todos_by_user = {
    "mine", DYNR_PATH_INDEX, &todo_entity, &indexes[1], &by_user_pk, &by_user_sk, 1, NULL};

/* ---- comments ---------------------------------------------------------------------------------------------------- */

static const struct dynr_field_desc comment_key_fields[] = {FIELD(comment_key, list, type_list),
                                                            FIELD(comment_key, todo, type_string),
                                                            FIELD(comment_key, id, type_string)};
static const struct dynr_struct_desc comment_key_desc = STRUCT(comment_key, comment_key_fields);
static const struct dynr_field_desc comment_fields[] = {
    FIELD(comment, list, type_list), FIELD(comment, todo, type_string),
    FIELD(comment, id, type_string), FIELD(comment, text, type_string)};
static const struct dynr_struct_desc comment_desc = STRUCT(comment, comment_fields);
enum {
    COMMENT_LIST,
    COMMENT_TODO,
    COMMENT_ID,
    COMMENT_TEXT
};
KEY(comment_pk, "pk", VALUE("LIST#", comment, list, type_list));
KEY(comment_sk, "sk", LITERAL("COMMENT"), VALUE("#", comment, todo, type_string),
    VALUE("#", comment, id, type_string));
ENTITY(comment, "COMMENT", app_table, comment_pk, comment_sk, NULL, 0);
const struct dynr_path_desc comments_in_list = {
    "comments", DYNR_PATH_CHILDREN, &comment_entity, NULL, &comment_pk, &comment_sk, 1, NULL};

/* ---- reads ------------------------------------------------------------------------------------------------------- */

static enum dynr_status todo_query(struct dynr_arena *arena, struct dynr_query *query,
                                   const struct dynr_path_desc *path, struct dynr_str list,
                                   struct dynr_str user)
{
    struct todo *probe = dynr_arena_calloc(arena, 1, sizeof *probe);
    if (probe == NULL) {
        return DYNR_ERR_NO_MEMORY;
    }
    probe->list.id = list;
    probe->has_assignee = user.len > 0;
    probe->assignee.id = user;
    query->path = path;
    query->probe = probe;
    return DYNR_OK;
}

static enum dynr_status prepare_todos(const void *input, const void *caller, const void *parent,
                                      struct dynr_arena *arena, struct dynr_query *query,
                                      bool *out_empty, struct dynr_error *err)
{
    (void)caller;
    (void)err;
    const struct input *arguments = input;
    const struct list *list = parent;
    *out_empty = false;
    return todo_query(arena, query, &todos_in_list, list == NULL ? arguments->id : list->id,
                      dynr_str_make(NULL, 0));
}

static enum dynr_status prepare_due(const void *input, const void *caller, const void *parent,
                                    struct dynr_arena *arena, struct dynr_query *query,
                                    bool *out_empty, struct dynr_error *err)
{
    (void)caller;
    (void)err;
    const struct input *arguments = input;
    const struct list *list = parent;
    *out_empty = false;
    query->limit = 3;
    return todo_query(arena, query, &todos_by_due, list == NULL ? arguments->id : list->id,
                      dynr_str_make(NULL, 0));
}

static enum dynr_status prepare_late(const void *input, const void *caller, const void *parent,
                                     struct dynr_arena *arena, struct dynr_query *query,
                                     bool *out_empty, struct dynr_error *err)
{
    query->descending = true;
    return prepare_due(input, caller, parent, arena, query, out_empty, err);
}

static enum dynr_status prepare_mine(const void *input, const void *caller, const void *parent,
                                     struct dynr_arena *arena, struct dynr_query *query,
                                     bool *out_empty, struct dynr_error *err)
{
    (void)caller;
    (void)parent;
    (void)err;
    const struct input *arguments = input;
    *out_empty = arguments->id.len == 0;
    return todo_query(arena, query, &todos_by_user, dynr_str_make(NULL, 0), arguments->id);
}

static enum dynr_status prepare_lists(const void *input, const void *caller, const void *parent,
                                      struct dynr_arena *arena, struct dynr_query *query,
                                      bool *out_empty, struct dynr_error *err)
{
    (void)caller;
    (void)parent;
    (void)err;
    struct list *probe = dynr_arena_calloc(arena, 1, sizeof *probe);
    if (probe == NULL) {
        return DYNR_ERR_NO_MEMORY;
    }
    probe->owner.id = ((const struct input *)input)->id;
    query->path = &lists_by_owner;
    query->probe = probe;
    *out_empty = false;
    return DYNR_OK;
}

static enum dynr_status prepare_comments(const void *input, const void *caller, const void *parent,
                                         struct dynr_arena *arena, struct dynr_query *query,
                                         bool *out_empty, struct dynr_error *err)
{
    (void)input;
    (void)caller;
    (void)err;
    const struct todo *todo = parent;
    struct comment *probe = dynr_arena_calloc(arena, 1, sizeof *probe);
    if (probe == NULL) {
        return DYNR_ERR_NO_MEMORY;
    }
    probe->list = todo->list;
    probe->todo = todo->id;
    query->path = &comments_in_list;
    query->probe = probe;
    query->n_equal = 1;
    *out_empty = false;
    return DYNR_OK;
}

static enum dynr_status prepare_user(const void *input, const void *caller, const void *parent,
                                     struct dynr_arena *arena, struct dynr_query *query,
                                     bool *out_empty, struct dynr_error *err)
{
    (void)caller;
    (void)parent;
    (void)err;
    struct user *probe = dynr_arena_calloc(arena, 1, sizeof *probe);
    if (probe == NULL) {
        return DYNR_ERR_NO_MEMORY;
    }
    probe->id = ((const struct input *)input)->id;
    query->path = &user_by_key;
    query->probe = probe;
    *out_empty = false;
    return DYNR_OK;
}

/* ---- membership -------------------------------------------------------------------------------------------------- */

static struct dynr_str list_of(const void *input, const void *parent)
{
    return parent == NULL ? ((const struct input *)input)->id : ((const struct list *)parent)->id;
}

static bool accepts_open(const void *row, const void *input, const void *caller, const void *parent)
{
    (void)caller;
    const struct todo *todo = row;
    return dynr_str_equal(todo->list.id, list_of(input, parent)) && !todo->done;
}

static bool accepts_todo(const void *row, const void *input, const void *caller, const void *parent)
{
    (void)caller;
    return dynr_str_equal(((const struct todo *)row)->list.id, list_of(input, parent));
}

static bool accepts_due(const void *row, const void *input, const void *caller, const void *parent)
{
    return ((const struct todo *)row)->has_due && accepts_open(row, input, caller, parent);
}

static bool accepts_mine(const void *row, const void *input, const void *caller, const void *parent)
{
    (void)caller;
    (void)parent;
    const struct todo *todo = row;
    return todo->has_assignee &&
           dynr_str_equal(todo->assignee.id, ((const struct input *)input)->id);
}

static bool accepts_list(const void *row, const void *input, const void *caller, const void *parent)
{
    (void)caller;
    (void)parent;
    const struct list *list = row;
    return dynr_str_equal(list->owner.id, ((const struct input *)input)->id) && !list->archived;
}

static bool accepts_comment(const void *row, const void *input, const void *caller,
                            const void *parent)
{
    (void)input;
    (void)caller;
    const struct comment *comment = row;
    const struct todo *todo = parent;
    return dynr_str_equal(comment->list.id, todo->list.id) &&
           dynr_str_equal(comment->todo, todo->id);
}

static bool accepts_any(const void *row, const void *input, const void *caller, const void *parent)
{
    (void)row;
    (void)input;
    (void)caller;
    (void)parent;
    return true;
}

static bool accepts_user(const void *row, const void *input, const void *caller, const void *parent)
{
    (void)caller;
    (void)parent;
    return dynr_str_equal(((const struct user *)row)->id, ((const struct input *)input)->id);
}

/* ---- policies ---------------------------------------------------------------------------------------------------- */

static bool member_of_list(const struct dynr_policy_input *in, void *out_key)
{
    struct member_key *key = out_key;
    key->list = ((const struct input *)in->input)->id;
    key->user = ((const struct caller *)in->caller)->user;
    return true;
}

/* Found from the row that was looked up before. */
static bool list_of_member(const struct dynr_policy_input *in, void *out_key)
{
    const struct member *member = in->others[0];
    if (member == NULL) {
        return false;
    }
    ((struct list_key *)out_key)->id = member->list;
    return true;
}

static bool list_of_row(const struct dynr_policy_input *in, void *out_key)
{
    ((struct list_key *)out_key)->id = ((const struct todo *)in->row)->list.id;
    return true;
}

/* Found from the row that was looked up before, which may be gone. */
static bool owner_of_list(const struct dynr_policy_input *in, void *out_key)
{
    const struct list *list = in->others[0];
    if (list == NULL) {
        return false;
    }
    ((struct user_key *)out_key)->id = list->owner.id;
    return true;
}

static bool may_watch(const struct dynr_policy_input *in)
{
    const struct member *member = in->others[0];
    return member != NULL && !dynr_str_equal_c(member->role, "none");
}

static bool may_watch_both(const struct dynr_policy_input *in)
{
    const struct list *list = in->others[1];
    return may_watch(in) && list != NULL && !list->archived;
}

static bool may_see(const struct dynr_policy_input *in)
{
    const struct list *list = in->others[0];
    const struct user *owner = in->others[1];
    return list != NULL && !list->archived &&
           (owner == NULL || !dynr_str_equal_c(owner->name, "y"));
}

static const uint64_t member_judging[] = {BIT(MEMBER_LIST) | BIT(MEMBER_ROLE)};
static const uint64_t list_judging[] = {BIT(LIST_OWNER) | BIT(LIST_ARCHIVED)};
static const uint64_t user_judging[] = {BIT(USER_NAME)};
static const struct dynr_policy_lookup gate_lookups[] = {
    {&member_entity, member_of_list, NULL, NULL, member_judging},
    {&list_entity, list_of_member, NULL, NULL, list_judging}};
static const struct dynr_policy_desc gate = {gate_lookups, 1, may_watch};
static const struct dynr_policy_desc double_gate = {gate_lookups, 2, may_watch_both};
static const struct dynr_policy_lookup grant_lookups[] = {
    {&list_entity, list_of_row, NULL, NULL, list_judging},
    {&user_entity, owner_of_list, NULL, NULL, user_judging}};
static const struct dynr_policy_desc grant = {grant_lookups, 2, may_see};

/* ---- nodes ------------------------------------------------------------------------------------------------------- */

static const uint16_t todo_sent[] = {TODO_ID,  TODO_TEXT,     TODO_POINTS,
                                     TODO_DUE, TODO_ASSIGNEE, TODO_LIST};
static const uint16_t todo_id[] = {TODO_ID};
static const uint16_t todo_whole_key[] = {TODO_LIST, TODO_ID};
static const uint16_t list_sent[] = {LIST_ID, LIST_TITLE};
static const uint16_t user_sent[] = {USER_NAME, USER_ID};
static const uint16_t comment_sent[] = {COMMENT_ID, COMMENT_TEXT};
static const uint16_t user_id[] = {USER_ID};
static const uint16_t list_id[] = {LIST_ID};
static const uint16_t comment_id[] = {COMMENT_ID};
static const struct dynr_view_order by_text[] = {{TODO_TEXT, false}};
static const struct dynr_view_order by_due[] = {{TODO_DUE, false}};
static const struct dynr_view_order by_late[] = {{TODO_DUE, true}};
static const uint64_t todo_deciding[] = {BIT(TODO_LIST) | BIT(TODO_ID) | BIT(TODO_DONE) |
                                         BIT(TODO_DUE) | BIT(TODO_TEXT) | BIT(TODO_ASSIGNEE)};
static const uint64_t value_deciding[] = {BIT(TODO_LIST) | BIT(TODO_ID) | BIT(TODO_DONE) |
                                          BIT(TODO_POINTS) | BIT(TODO_PRICE)};
static const uint64_t mine_deciding[] = {BIT(TODO_LIST) | BIT(TODO_ID) | BIT(TODO_DONE) |
                                         BIT(TODO_ASSIGNEE) | BIT(TODO_POINTS) | BIT(TODO_PRICE)};
static const uint64_t list_deciding[] = {BIT(LIST_ID) | BIT(LIST_OWNER) | BIT(LIST_ARCHIVED)};
static const uint64_t user_deciding[] = {BIT(USER_ID)};
static const uint64_t comment_deciding[] = {BIT(COMMENT_LIST) | BIT(COMMENT_TODO) |
                                            BIT(COMMENT_ID)};
static const struct dynr_path_desc *const in_list[] = {&todos_in_list};
static const struct dynr_path_desc *const in_due[] = {&todos_by_due};
static const struct dynr_path_desc *const in_mine[] = {&todos_by_user};
static const struct dynr_path_desc *const in_owner[] = {&lists_by_owner};
static const struct dynr_path_desc *const in_comments[] = {&comments_in_list};
static const struct dynr_path_desc *const in_user[] = {&user_by_key};

#define TODOS(label, kind, above, key_fields, orders, way, reader, test, policy)                   \
    {                                                                                              \
        .name = label, .node_class = kind, .parent = above, .entity = &todo_entity,                \
        .fields = todo_sent, .n_fields = COUNT(todo_sent), .n_shown = 3, .key = key_fields,        \
        .n_key = COUNT(key_fields), .order = orders, .n_order = 1, .deciding = todo_deciding,      \
        .paths = way, .n_paths = 1, .prepare = reader, .accepts = test, .grant = policy            \
    }
#define LISTS                                                                                      \
    {                                                                                              \
        .name = "", .node_class = DYNR_NODE_PURE, .entity = &list_entity, .fields = list_sent,     \
        .n_fields = 2, .n_shown = 2, .key = list_id, .n_key = 1, .deciding = list_deciding,        \
        .paths = in_owner, .n_paths = 1, .prepare = prepare_lists, .accepts = accepts_list         \
    }
#define ASSIGNEE(above)                                                                            \
    {                                                                                              \
        .name = "assignee", .node_class = DYNR_NODE_KEYED, .parent = above, .single = true,        \
        .entity = &user_entity, .fields = user_sent, .n_fields = 2, .n_shown = 1, .key = user_id,  \
        .n_key = 1, .deciding = user_deciding, .paths = in_user, .n_paths = 1,                     \
        .accepts = accepts_any, .reference = TODO_ASSIGNEE                                         \
    }
#define AGGREGATE_OF(label, above, what, field, decided, way, reader, test, policy)                \
    {                                                                                              \
        .name = label, .node_class = DYNR_NODE_AGGREGATE, .parent = above, .single = true,         \
        .entity = &todo_entity, .key = todo_whole_key, .n_key = COUNT(todo_whole_key),             \
        .deciding = decided, .paths = way, .n_paths = 1, .prepare = reader, .accepts = test,       \
        .aggregate = what, .aggregate_field = field, .grant = policy                               \
    }
#define AGGREGATE(label, above, what, field)                                                       \
    AGGREGATE_OF(label, above, what, field, value_deciding, in_list, prepare_todos, accepts_open,  \
                 NULL)
#define JUDGED(label, what, field)                                                                 \
    AGGREGATE_OF(label, 0, what, field, mine_deciding, in_mine, prepare_mine, accepts_mine, &grant)

static const struct dynr_view_node pure_nodes[] = {
    TODOS("", DYNR_NODE_PURE, 0, todo_id, by_text, in_list, prepare_todos, accepts_open, NULL)};
static const struct dynr_view_node due_nodes[] = {
    TODOS("", DYNR_NODE_WINDOW, 0, todo_id, by_due, in_due, prepare_due, accepts_due, NULL)};
static const struct dynr_view_node late_nodes[] = {
    TODOS("", DYNR_NODE_WINDOW, 0, todo_id, by_late, in_due, prepare_late, accepts_due, NULL)};
static const struct dynr_view_node keyed_nodes[] = {
    TODOS("", DYNR_NODE_PURE, 0, todo_id, by_text, in_list, prepare_todos, accepts_open, NULL),
    ASSIGNEE(0)};
static const struct dynr_view_node short_nodes[] = {
    TODOS("", DYNR_NODE_WINDOW, 0, todo_id, by_due, in_due, prepare_due, accepts_due, NULL),
    ASSIGNEE(0)};
static const struct dynr_view_node granted_nodes[] = {TODOS(
    "", DYNR_NODE_PURE, 0, todo_whole_key, by_text, in_mine, prepare_mine, accepts_mine, &grant)};
static const struct dynr_view_node stats_nodes[] = {
    TODOS("", DYNR_NODE_PURE, 0, todo_id, by_text, in_list, prepare_todos, accepts_todo, NULL),
    AGGREGATE("n", 0, DYNR_AGGREGATE_COUNT, 0),
    AGGREGATE("points", 0, DYNR_AGGREGATE_SUM, TODO_POINTS),
    AGGREGATE("price", 0, DYNR_AGGREGATE_SUM, TODO_PRICE),
    AGGREGATE("most", 0, DYNR_AGGREGATE_MAX, TODO_POINTS),
    AGGREGATE("least", 0, DYNR_AGGREGATE_MIN, TODO_POINTS)};
static const struct dynr_view_node tally_nodes[] = {
    TODOS("", DYNR_NODE_PURE, 0, todo_whole_key, by_text, in_mine, prepare_mine, accepts_mine,
          &grant),
    JUDGED("n", DYNR_AGGREGATE_COUNT, 0),
    JUDGED("points", DYNR_AGGREGATE_SUM, TODO_POINTS),
    JUDGED("price", DYNR_AGGREGATE_SUM, TODO_PRICE),
    JUDGED("most", DYNR_AGGREGATE_MAX, TODO_POINTS),
    JUDGED("least", DYNR_AGGREGATE_MIN, TODO_POINTS)};
static const struct dynr_view_node owned_nodes[] = {
    LISTS,
    AGGREGATE_OF("n", 0, DYNR_AGGREGATE_COUNT, 0, value_deciding, in_list, prepare_todos,
                 accepts_open, &grant),
    AGGREGATE_OF("most", 0, DYNR_AGGREGATE_MAX, TODO_POINTS, value_deciding, in_list, prepare_todos,
                 accepts_open, &grant)};
static const struct dynr_view_node tree_nodes[] = {
    LISTS,
    TODOS("todos", DYNR_NODE_CHILDREN, 0, todo_id, by_due, in_due, prepare_due, accepts_due, NULL),
    ASSIGNEE(1),
    {.name = "comments",
     .node_class = DYNR_NODE_CHILDREN,
     .parent = 1,
     .entity = &comment_entity,
     .fields = comment_sent,
     .n_fields = 2,
     .n_shown = 2,
     .key = comment_id,
     .n_key = 1,
     .deciding = comment_deciding,
     .paths = in_comments,
     .n_paths = 1,
     .prepare = prepare_comments,
     .accepts = accepts_comment},
    AGGREGATE("n", 0, DYNR_AGGREGATE_COUNT, 0),
    AGGREGATE("most", 0, DYNR_AGGREGATE_MAX, TODO_POINTS)};
static const struct dynr_view_node user_nodes[] = {{.name = "",
                                                    .node_class = DYNR_NODE_PURE,
                                                    .single = true,
                                                    .entity = &user_entity,
                                                    .fields = user_sent,
                                                    .n_fields = 2,
                                                    .n_shown = 1,
                                                    .key = user_id,
                                                    .n_key = 1,
                                                    .deciding = user_deciding,
                                                    .paths = in_user,
                                                    .n_paths = 1,
                                                    .prepare = prepare_user,
                                                    .accepts = accepts_user}};

#define VIEW(name, policy)                                                                         \
    static const struct dynr_view_desc name##_view = {                                             \
        name##_nodes, COUNT(name##_nodes), false, NULL, 0, policy}
VIEW(pure, NULL);
VIEW(due, NULL);
VIEW(late, NULL);
VIEW(keyed, NULL);
VIEW(short, NULL);
VIEW(granted, NULL);
VIEW(owned, NULL);
VIEW(tree, NULL);
VIEW(user, NULL);
static const struct dynr_view_node report_nodes[] = {
    {.name = "", .node_class = DYNR_NODE_TRACKED, .single = true, .entity = &todo_entity},
    {.name = "", .node_class = DYNR_NODE_TRACKED, .single = true, .entity = &list_entity}};
static const uint16_t whole_caller[] = {0};
static const struct dynr_view_desc report_view = {report_nodes, 2, false, whole_caller, 1, NULL};
static const struct dynr_view_desc gated_view = {pure_nodes, 1, false, NULL, 0, &gate};
static const struct dynr_view_desc gated2_view = {keyed_nodes, 2, false, NULL, 0, &double_gate};
static const struct dynr_view_desc stats_view = {stats_nodes, COUNT(stats_nodes), true, NULL, 0,
                                                 NULL};
static const struct dynr_view_desc tally_view = {tally_nodes, COUNT(tally_nodes), true, NULL, 0,
                                                 NULL};

/* ---- procedures -------------------------------------------------------------------------------------------------- */

static const struct dynr_field_desc input_fields[] = {FIELD(input, id, type_string)};
static const struct dynr_struct_desc input_desc = STRUCT(input, input_fields);
static const struct dynr_field_desc caller_fields[] = {FIELD(caller, user, type_string)};
static const struct dynr_struct_desc caller_desc = STRUCT(caller, caller_fields);

#define QUERY(name, who, live)                                                                     \
    {                                                                                              \
        .path = name, .kind = DYNR_PROCEDURE_QUERY, .input = &input_desc, .caller = who,           \
        .view = live                                                                               \
    }
static const struct dynr_procedure_desc descs[] = {
    QUERY("due", NULL, &due_view),
    QUERY("gated", &caller_desc, &gated_view),
    QUERY("gated2", &caller_desc, &gated2_view),
    QUERY("granted", NULL, &granted_view),
    QUERY("keyed", NULL, &keyed_view),
    QUERY("late", NULL, &late_view),
    QUERY("once", NULL, NULL),
    QUERY("owned", NULL, &owned_view),
    QUERY("pure", NULL, &pure_view),
    QUERY("report", &caller_desc, &report_view),
    QUERY("short", NULL, &short_view),
    QUERY("stats", NULL, &stats_view),
    QUERY("tally", NULL, &tally_view),
    QUERY("tree", NULL, &tree_view),
    QUERY("user", NULL, &user_view),
};
static const struct dynr_procedure_desc *const list[] = {
    &descs[0], &descs[1], &descs[2],  &descs[3],  &descs[4],  &descs[5],  &descs[6],  &descs[7],
    &descs[8], &descs[9], &descs[10], &descs[11], &descs[12], &descs[13], &descs[14],
};
const struct dynr_procedure_table procedures = {list, COUNT(list), 0};

bool takes_user(const char *procedure)
{
    static const char *const by_user[] = {"granted", "owned", "report", "tally", "tree", "user"};
    bool found = false;
    for (size_t i = 0; i < COUNT(by_user); i++) {
        found = found || strcmp(procedure, by_user[i]) == 0;
    }
    return found;
}
