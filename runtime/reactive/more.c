/* SPDX-License-Identifier: Apache-2.0 */
/* `more` and `trim`: what clients say about windows. One reader fills them for everybody. */
#include "base/json_read.h"
#include "reactive/connection.h"
#include "reactive/load.h"
#include "reactive/output.h"
#include "reactive/view.h"
#include "reactive/window.h"

/* One JSON value without white space, its strings as this library writes them. */
static bool copy_value(struct dynr_json_reader *reader, struct dynr_arena *arena,
                       struct dynr_buf *out)
{
    struct dynr_str text;
    bool first;
    bool any = false;
    switch (dynr_json_peek(reader)) {
    case DYNR_JSON_STRING:
        if (!dynr_json_read_string(reader, arena, &text)) {
            return false;
        }
        dynr_buf_append_json_string(out, text);
        return true;
    case DYNR_JSON_ARRAY:
        if (!dynr_json_enter_array(reader, &first)) {
            return false;
        }
        dynr_buf_append_char(out, '[');
        while (dynr_json_next_element(reader, &first)) {
            dynr_buf_append_c(out, any ? "," : "");
            any = true;
            if (!copy_value(reader, arena, out)) {
                return false;
            }
        }
        dynr_buf_append_char(out, ']');
        return reader->fault == NULL;
    case DYNR_JSON_NULL:
    case DYNR_JSON_FALSE:
    case DYNR_JSON_TRUE:
    case DYNR_JSON_NUMBER:
    case DYNR_JSON_OBJECT:
        if (!dynr_json_skip(reader, &text)) {
            return false;
        }
        dynr_buf_append_str(out, text);
        return true;
    case DYNR_JSON_FAULT:
    case DYNR_JSON_END:
        break;
    }
    return false;
}

static struct dynr_row_state *find_row(struct dynr_group *group, struct dynr_str key)
{
    struct dynr_row_state *row = group->rows;
    while (row != NULL && !dynr_str_equal(dynr_str_make(row->key_text, row->key_len), key)) {
        row = row->next;
    }
    return row;
}

/* The nodes between the group's node and where its `parent` begins: the root, or the nearest keyed node. */
static struct dynr_group *group_above(struct dynr_view *view, const struct dynr_node_info *node)
{
    if (node->node->node_class == DYNR_NODE_KEYED) {
        return dynr_view_shared_group(view, node->number);
    }
    return node->number == 0 ? &view->root : NULL;
}

static struct dynr_group *descend(struct dynr_engine *engine, struct dynr_view *view,
                                  const struct dynr_node_info *node,
                                  struct dynr_json_reader *reader, bool *first,
                                  struct dynr_arena *arena)
{
    struct dynr_group *group = group_above(view, node);
    if (group != NULL) {
        return group;
    }
    struct dynr_group *above =
        descend(engine, view, &view->procedure->nodes[node->node->parent], reader, first, arena);
    if (above == NULL || !dynr_json_next_element(reader, first)) {
        return NULL;
    }
    dynr_buf_clear(&engine->scratch);
    if (!copy_value(reader, arena, &engine->scratch) || !dynr_buf_ok(&engine->scratch)) {
        return NULL;
    }
    struct dynr_row_state *row = find_row(above, dynr_buf_str(&engine->scratch));
    group = row == NULL ? NULL : row->groups;
    while (group != NULL && group->node != node) {
        group = group->next;
    }
    return group;
}

/* The group with a window of this epoch; NULL: the message is stale, or makes no sense. */
static struct dynr_group *find_group(struct dynr_engine *engine, struct dynr_view *view,
                                     uint16_t node, struct dynr_str parent, uint32_t epoch)
{
    struct dynr_group *group = NULL;
    if (node >= view->procedure->procedure->view->n_nodes) {
        return NULL;
    }
    if (node == 0) {
        group = &view->root;
    } else {
        struct dynr_json_reader reader;
        struct dynr_arena arena;
        bool first;
        dynr_json_reader_init(&reader, parent);
        dynr_arena_init(&arena, engine->allocator, 0);
        if (view->state != NULL && dynr_json_peek(&reader) == DYNR_JSON_ARRAY &&
            dynr_json_enter_array(&reader, &first)) {
            group = descend(engine, view, &view->procedure->nodes[node], &reader, &first, &arena);
        }
        dynr_arena_cleanup(&arena);
    }
    const struct dynr_window *window = group == NULL ? NULL : group->window;
    bool current = window != NULL && window->epoch == epoch && !window->refilling;
    return current ? group : NULL;
}

static struct dynr_view *view_of(const struct dynr_engine *engine, uint64_t number, uint64_t id,
                                 enum dynr_status *status, struct dynr_error *err)
{
    struct dynr_connection *connection = dynr_connection_find(engine, number);
    *status = DYNR_OK;
    if (connection == NULL) {
        *status = dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "there is no such connection");
        return NULL;
    }
    const struct dynr_subscriber *subscriber = dynr_connection_subscriber(connection, id);
    bool active = subscriber != NULL && subscriber->state == DYNR_SUBSCRIBER_ACTIVE &&
                  !subscriber->view->failed;
    return active ? subscriber->view : NULL;
}

static void refill(struct dynr_engine *engine, struct dynr_group *group)
{
    struct dynr_view *view = group->view;
    if (view->state == NULL) {
        struct dynr_load *load = dynr_load_new(engine, view, DYNR_LOAD_REFILL);
        if (load == NULL) {
            dynr_view_fail(engine, view, DYNR_ERR_NO_MEMORY);
            return;
        }
        load->n_pending++;
        dynr_load_refill_group(engine, load, group);
        if (load->status == DYNR_OK) {
            dynr_load_read_group(engine, load->groups);
        }
        load->n_pending--;
        dynr_load_settle(engine, load);
        return;
    }
    if (view->state->running || !view->state->loaded) {
        /* With what is being read the clients are told of a new epoch, and whoever is still short asks again. */
        group->window->epoch++;
        dynr_output_bound(engine, dynr_view_output(engine, view), group, engine->position);
        return;
    }
    struct dynr_load *step = dynr_load_step(engine, view);
    if (step != NULL) {
        dynr_load_refill_group(engine, step, group);
    }
}

enum dynr_status dynr_engine_more(struct dynr_engine *engine, uint64_t number, uint64_t id,
                                  uint16_t node, struct dynr_str parent, uint32_t epoch,
                                  struct dynr_error *err)
{
    enum dynr_status status;
    struct dynr_view *view = view_of(engine, number, id, &status, err);
    if (view == NULL) {
        return status;
    }
    dynr_engine_enter(engine);
    struct dynr_group *group = find_group(engine, view, node, parent, epoch);
    if (group != NULL && group->window->bounded) {
        refill(engine, group);
    }
    return dynr_engine_leave(engine, err);
}

enum dynr_status dynr_engine_trim(struct dynr_engine *engine, uint64_t number, uint64_t id,
                                  uint16_t node, struct dynr_str parent, uint32_t epoch,
                                  struct dynr_str bound, struct dynr_error *err)
{
    enum dynr_status status;
    struct dynr_view *view = view_of(engine, number, id, &status, err);
    if (view == NULL) {
        return status;
    }
    dynr_engine_enter(engine);
    struct dynr_group *group = find_group(engine, view, node, parent, epoch);
    bool failed = false;
    struct dynr_arena arena;
    dynr_arena_init(&arena, engine->allocator, 0);
    const void *row = group == NULL ? NULL : dynr_window_parse_bound(group->node, bound, &arena);
    /*
     * Only ever closer: what lies behind the end is not held. Where something hangs on rows they are remembered, and which of them
     * lie behind is not known: such a window stays as it is. So does one that others watch too: nobody takes rows from them.
     */
    if (row != NULL && view->n_subscribers == 1 && !group->node->has_rows &&
        dynr_window_holds(engine, group, row, &failed)) {
        group->window->epoch++;
        failed = !dynr_window_set(engine, group, row);
        dynr_output_bound(engine, dynr_view_output(engine, view), group, engine->position);
    }
    if (failed) {
        dynr_view_fail(engine, view, DYNR_ERR_NO_MEMORY);
    }
    dynr_arena_cleanup(&arena);
    return dynr_engine_leave(engine, err);
}
