/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Todo sample with a view of `todos.list` made by hand, without its include: what tests and benchmarks of the server watch. It
 * depends on nothing but the public headers, so it shows what generated code hands to the engine.
 */
#include "live_view.h"

#include <string.h>

#include "todo.h"

/* Indexes into Todo's fields: see the generated table. */
enum todo_field {
    FIELD_LIST = 0,
    FIELD_ID = 1,
    FIELD_TEXT = 2,
    FIELD_DONE = 3,
    FIELD_PRIORITY = 4,
    FIELD_DELETED_AT = 12
};

static enum dynr_status prepare(const void *input, const void *caller, const void *parent,
                                struct dynr_arena *arena, struct dynr_query *query, bool *out_empty,
                                struct dynr_error *err)
{
    const struct todo_todos_list_input *list = input;
    struct todo_todo *probe = dynr_arena_calloc(arena, 1, sizeof *probe);
    (void)caller;
    (void)parent;
    *out_empty = false;
    if (probe == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    probe->list = list->list;
    query->path = &todo_todo_in_list_path;
    query->probe = probe;
    query->descending = true;
    query->limit = (uint32_t)list->first;
    return DYNR_OK;
}

static bool accepts(const void *row, const void *input, const void *caller, const void *parent)
{
    const struct todo_todo *todo = row;
    const struct todo_todos_list_input *list = input;
    (void)caller;
    (void)parent;
    return memcmp(todo->list.id.text, list->list.id.text, sizeof todo->list.id.text) == 0 &&
           !todo->has_deleted_at &&
           (list->show == TODO_SHOW_ALL || todo->done == (list->show == TODO_SHOW_CLOSED));
}

static const uint16_t list_fields[] = {FIELD_ID, FIELD_TEXT, FIELD_DONE, FIELD_PRIORITY};
static const uint16_t list_key[] = {FIELD_ID};
static const struct dynr_view_order list_order[] = {{FIELD_ID, true}};
static const uint64_t list_deciding[] = {UINT64_C(1) << FIELD_LIST | UINT64_C(1) << FIELD_ID |
                                         UINT64_C(1) << FIELD_DONE |
                                         UINT64_C(1) << FIELD_DELETED_AT};
static const struct dynr_path_desc *const list_paths[] = {&todo_todo_in_list_path};
static const struct dynr_view_node list_nodes[] = {{
    .name = "",
    .node_class = DYNR_NODE_WINDOW,
    .entity = &todo_todo_entity,
    .fields = list_fields,
    .n_fields = 4,
    .n_shown = 4,
    .key = list_key,
    .n_key = 1,
    .order = list_order,
    .n_order = 1,
    .deciding = list_deciding,
    .paths = list_paths,
    .n_paths = 1,
    .prepare = prepare,
    .accepts = accepts,
}};
static const struct dynr_view_desc list_view = {.nodes = list_nodes, .n_nodes = 1};

bool live_procedures(struct live_list *list, struct dynr_procedure_table *out)
{
    const struct dynr_procedure_table *generated = todo_procedures();
    if (generated->n_procedures > LIVE_MAX_PROCEDURES) {
        return false;
    }
    for (size_t i = 0; i < generated->n_procedures; i++) {
        struct dynr_procedure_desc *procedure = &list->procedures[i];
        *procedure = *generated->procedures[i];
        if (strcmp(procedure->path, "todos.list") == 0) {
            procedure->view = &list_view;
        } else if (strcmp(procedure->path, "todos.load") != 0) {
            procedure->view = NULL;
        }
        list->pointers[i] = procedure;
    }
    out->procedures = list->pointers;
    out->n_procedures = generated->n_procedures;
    out->digest = generated->digest;
    return true;
}
