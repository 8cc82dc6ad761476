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

/* Where a message says that the window is. */
struct place {
    uint64_t connection;
    uint64_t id;
    uint16_t node;
    struct dynr_str parent;
    uint32_t epoch;
};

/* The group with a window of this epoch; NULL: the message is stale. */
static struct dynr_group *find_group(struct dynr_engine *engine, struct dynr_view *view,
                                     const struct place *place)
{
    struct dynr_group *group = NULL;
    if (place->node == 0) {
        group = &view->root;
    } else {
        struct dynr_json_reader reader;
        struct dynr_arena arena;
        bool first;
        dynr_json_reader_init(&reader, place->parent);
        dynr_arena_init(&arena, engine->allocator, 0);
        if (view->state != NULL && dynr_json_enter_array(&reader, &first)) {
            group = descend(engine, view, &view->procedure->nodes[place->node], &reader, &first,
                            &arena);
        }
        dynr_arena_cleanup(&arena);
    }
    const struct dynr_window *window = group == NULL ? NULL : group->window;
    bool current = window != NULL && window->epoch == place->epoch && !window->refilling;
    return current ? group : NULL;
}

/* Whether `parent` is an array of `n` keys, whatever they are. */
static bool is_path(struct dynr_str parent, size_t n)
{
    struct dynr_json_reader reader;
    bool first;
    size_t count = 0;
    dynr_json_reader_init(&reader, parent);
    if (dynr_json_peek(&reader) != DYNR_JSON_ARRAY || !dynr_json_enter_array(&reader, &first)) {
        return false;
    }
    while (dynr_json_next_element(&reader, &first)) {
        if (dynr_json_peek(&reader) != DYNR_JSON_ARRAY || !dynr_json_skip(&reader, NULL)) {
            return false;
        }
        count++;
    }
    return reader.fault == NULL && count == n;
}

/*
 * What is wrong with a place whatever the view holds by now. That the row above has gone, that the epoch is another one: so it looks
 * when a message crosses with a change, and no client can help it.
 */
static enum dynr_status check_place(const struct dynr_view *view, const struct place *place,
                                    struct dynr_error *err)
{
    const struct dynr_view_desc *desc = view->procedure->procedure->view;
    if (place->node >= desc->n_nodes) {
        return dynr_fail_field(err, DYNR_ERR_RANGE, dynr_str_from_c("node"),
                               "the query has no node %u", place->node);
    }
    enum dynr_node_class node_class = desc->nodes[place->node].node_class;
    if (node_class != DYNR_NODE_WINDOW && node_class != DYNR_NODE_CHILDREN) {
        return dynr_fail_field(err, DYNR_ERR_INVALID_ARGUMENT, dynr_str_from_c("node"),
                               "node %u has no windows", place->node);
    }
    size_t n_above = 0;
    for (uint16_t at = place->node; at != 0 && desc->nodes[at].node_class != DYNR_NODE_KEYED;
         at = desc->nodes[at].parent) {
        n_above++;
    }
    if (n_above > 0 && !is_path(place->parent, n_above)) {
        return dynr_fail_field(err, DYNR_ERR_INVALID_ARGUMENT, dynr_str_from_c("parent"),
                               "the path to a group of node %u has %zu keys", place->node, n_above);
    }
    return DYNR_OK;
}

/* NULL and DYNR_OK: nothing is watched under the id (any more, or yet). */
static struct dynr_view *view_of(const struct dynr_engine *engine, const struct place *place,
                                 enum dynr_status *status, struct dynr_error *err)
{
    struct dynr_connection *connection = dynr_connection_find(engine, place->connection);
    *status = DYNR_OK;
    if (connection == NULL) {
        *status = dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "there is no such connection");
        return NULL;
    }
    const struct dynr_subscriber *subscriber = dynr_connection_subscriber(connection, place->id);
    if (subscriber == NULL || subscriber->state != DYNR_SUBSCRIBER_ACTIVE ||
        subscriber->view->failed) {
        return NULL;
    }
    *status = check_place(subscriber->view, place, err);
    return *status == DYNR_OK ? subscriber->view : NULL;
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
    const struct place place = {number, id, node, parent, epoch};
    enum dynr_status status;
    struct dynr_view *view = view_of(engine, &place, &status, err);
    if (view == NULL) {
        return status;
    }
    dynr_engine_enter(engine);
    struct dynr_group *group = find_group(engine, view, &place);
    if (group != NULL && group->window->bounded) {
        refill(engine, group);
    }
    return dynr_engine_leave(engine, err);
}

/*
 * The row at which a window should end. A value beyond what its field takes is no fault, and no end: stored rows may be older than the
 * schema's bounds.
 */
static enum dynr_status parse_end(const struct dynr_node_info *node, struct dynr_str bound,
                                  struct dynr_arena *arena, const void **out_row,
                                  struct dynr_error *err)
{
    enum dynr_status status = dynr_window_parse_bound(node, bound, arena, out_row);
    if (status == DYNR_OK || status == DYNR_ERR_RANGE) {
        return DYNR_OK;
    }
    if (status == DYNR_ERR_NO_MEMORY) {
        return dynr_fail(err, status, NULL);
    }
    return dynr_fail_field(err, DYNR_ERR_INVALID_ARGUMENT, dynr_str_from_c("bound"),
                           "must be the values of the order and of the key of a row");
}

static enum dynr_status trim(struct dynr_engine *engine, struct dynr_view *view,
                             const struct place *place, const void *row, struct dynr_error *err)
{
    dynr_engine_enter(engine);
    struct dynr_group *group = find_group(engine, view, place);
    bool failed = false;
    /*
     * Only ever closer: what lies behind the end is not held. Where something hangs on rows they are remembered, and which of them
     * lie behind is not known: such a window stays as it is. So does one that others watch too: nobody takes rows from them.
     */
    if (group != NULL && view->n_subscribers == 1 && !group->node->has_rows &&
        dynr_window_holds(engine, group, row, &failed)) {
        group->window->epoch++;
        failed = !dynr_window_set(engine, group, row);
        dynr_output_bound(engine, dynr_view_output(engine, view), group, engine->position);
    }
    if (failed) {
        dynr_view_fail(engine, view, DYNR_ERR_NO_MEMORY);
    }
    return dynr_engine_leave(engine, err);
}

enum dynr_status dynr_engine_trim(struct dynr_engine *engine, uint64_t number, uint64_t id,
                                  uint16_t node, struct dynr_str parent, uint32_t epoch,
                                  struct dynr_str bound, struct dynr_error *err)
{
    const struct place place = {number, id, node, parent, epoch};
    enum dynr_status status;
    struct dynr_view *view = view_of(engine, &place, &status, err);
    if (view == NULL) {
        return status;
    }
    struct dynr_arena arena;
    const void *row = NULL;
    dynr_arena_init(&arena, engine->allocator, 0);
    status = parse_end(&view->procedure->nodes[node], bound, &arena, &row, err);
    if (status == DYNR_OK && row != NULL) {
        status = trim(engine, view, &place, row, err);
    }
    dynr_arena_cleanup(&arena);
    return status;
}
