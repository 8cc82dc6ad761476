/* SPDX-License-Identifier: Apache-2.0 */
#include "reactive/view.h"

#include "reactive/aggregate.h"
#include "reactive/linger.h"
#include "reactive/load.h"
#include "reactive/output.h"
#include "reactive/row_value.h"
#include "reactive/shown.h"
#include "reactive/step.h"
#include "reactive/tracked.h"
#include "reactive/window.h"
#include "typed/encode_json.h"

static const struct dynr_view_desc *desc_of(const struct dynr_procedure_info *procedure)
{
    return procedure->procedure->view;
}

enum dynr_status dynr_view_append_identity(const struct dynr_procedure_info *procedure,
                                           const void *input, const void *caller,
                                           struct dynr_buf *text)
{
    const struct dynr_procedure_desc *desc = procedure->procedure;
    dynr_buf_append(text, &procedure->number, sizeof procedure->number);
    enum dynr_status status =
        desc->input == NULL ? DYNR_OK : dynr_encode_json(desc->input, input, text, NULL);
    for (uint16_t i = 0; status == DYNR_OK && i < desc->view->n_caller_fields; i++) {
        const struct dynr_field_desc *field = &desc->caller->fields[desc->view->caller_fields[i]];
        dynr_buf_append_char(text, '\0');
        if (dynr_field_is_present(field, caller)) {
            status =
                dynr_encode_json_value(field->type, dynr_field_value(field, caller), text, NULL);
        }
    }
    return status == DYNR_OK && !dynr_buf_ok(text) ? DYNR_ERR_NO_MEMORY : status;
}

enum dynr_status dynr_view_share_key(struct dynr_engine *engine,
                                     const struct dynr_procedure_info *procedure, const void *input,
                                     const void *caller, struct dynr_key128 *out)
{
    struct dynr_buf *text = &engine->scratch;
    dynr_buf_clear(text);
    enum dynr_status status = dynr_view_append_identity(procedure, input, caller, text);
    if (status == DYNR_OK && text->len > engine->limits.max_input) {
        return DYNR_ERR_TOO_LARGE;
    }
    if (status == DYNR_OK) {
        *out = dynr_siphash128(engine->hash_key, dynr_buf_str(text));
    }
    return status;
}

/* ---- groups -------------------------------------------------------------------------------------------------- */

static void init_group(struct dynr_engine *engine, struct dynr_group *group, struct dynr_view *view,
                       struct dynr_node_info *node)
{
    group->view = view;
    group->node = node;
    group->number = ++engine->next_number;
}

bool dynr_group_set_parent_row(struct dynr_engine *engine, struct dynr_group *group,
                               const void *row)
{
    const struct dynr_struct_desc *desc = group->parent->group->node->node->entity->row;
    size_t size = dynr_struct_copy_size(desc, row);
    void *copy = dynr_engine_allocate(engine, size);
    if (copy == NULL) {
        return false;
    }
    dynr_struct_copy(desc, row, copy);
    dynr_engine_free(engine, group->parent_row, group->parent_size);
    group->parent_row = copy;
    group->parent_size = (uint32_t)size;
    return true;
}

struct dynr_group *dynr_group_new(struct dynr_engine *engine, struct dynr_view *view,
                                  struct dynr_node_info *node, struct dynr_row_state *parent,
                                  const void *parent_row)
{
    struct dynr_group *group = dynr_engine_allocate(engine, sizeof *group);
    if (group == NULL) {
        return NULL;
    }
    init_group(engine, group, view, node);
    group->said = view->state->said_before;
    group->parent = parent;
    if (parent != NULL && !dynr_group_set_parent_row(engine, group, parent_row)) {
        dynr_engine_free(engine, group, sizeof *group);
        return NULL;
    }
    if (parent != NULL) {
        group->next = parent->groups;
        parent->groups = group;
    }
    return group;
}

/* What a group holds beside its rows. */
static void empty_group(struct dynr_engine *engine, struct dynr_group *group)
{
    dynr_dependency_remove(engine, &group->dependency);
    dynr_window_free(engine, group->window);
    group->window = NULL;
    dynr_aggregate_free(engine, group->aggregate);
    group->aggregate = NULL;
    dynr_engine_free(engine, group->parent_row, group->parent_size);
    group->parent_row = NULL;
}

static void drop_rows(struct dynr_engine *engine, struct dynr_group *group, uint64_t version)
{
    while (group->rows != NULL) {
        dynr_row_drop(engine, group->rows, version);
    }
}

void dynr_group_drop(struct dynr_engine *engine, struct dynr_group *group, uint64_t version)
{
    struct dynr_view_state *state = group->view->state;
    drop_rows(engine, group, version);
    empty_group(engine, group);
    state->said_before = group->said > state->said_before ? group->said : state->said_before;
    group->dead = true;
    group->next = engine->dead_groups;
    engine->dead_groups = group;
}

void dynr_group_cut(struct dynr_engine *engine, struct dynr_group *group, uint64_t version)
{
    struct dynr_group **at = &group->parent->groups;
    while (*at != group) {
        at = &(*at)->next;
    }
    *at = group->next;
    dynr_group_drop(engine, group, version);
}

struct dynr_group *dynr_view_shared_group(struct dynr_view *view, uint16_t node)
{
    return view->state->shared[node == DYNR_NO_NODE ? desc_of(view->procedure)->n_nodes : node];
}

/* ---- views --------------------------------------------------------------------------------------------------- */

/* Where the root is read is what it depends on. */
static enum dynr_status depend(struct dynr_engine *engine, struct dynr_view *view,
                               struct dynr_group *group, struct dynr_error *err)
{
    const struct dynr_view_node *node = &desc_of(view->procedure)->nodes[0];
    struct dynr_arena arena;
    struct dynr_query query;
    bool empty = false;
    memset(&query, 0, sizeof query);
    dynr_arena_init(&arena, engine->allocator, 0);
    enum dynr_status status =
        node->prepare(view->input, view->caller, NULL, &arena, &query, &empty, err);
    if (status == DYNR_OK && !empty) {
        status = dynr_group_depend(engine, group, &query);
        if (status != DYNR_OK) {
            status = dynr_fail(err, status, NULL);
        }
    }
    dynr_arena_cleanup(&arena);
    return status;
}

enum dynr_status dynr_group_depend(struct dynr_engine *engine, struct dynr_group *group,
                                   const struct dynr_query *query)
{
    struct dynr_entity_info *entity = group->node->entity;
    struct dynr_path_info *path = dynr_catalog_path(entity, query->path);
    struct dynr_key128 key;
    bool present = false;
    if (path == NULL) {
        return DYNR_ERR_INTERNAL;
    }
    enum dynr_status status = dynr_dependency_key(engine, path, query->probe, &key, &present);
    if (status != DYNR_OK || !present) {
        return status;
    }
    return dynr_dependency_add(engine, &group->dependency, DYNR_DEPENDENT_GROUP, entity,
                               (size_t)(path - entity->paths), key)
               ? DYNR_OK
               : DYNR_ERR_NO_MEMORY;
}

static enum dynr_status add_state(struct dynr_engine *engine, struct dynr_view *view,
                                  struct dynr_error *err)
{
    const struct dynr_view_desc *desc = desc_of(view->procedure);
    view->state = dynr_engine_allocate(engine, sizeof *view->state);
    if (view->state == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    view->state->shared =
        dynr_engine_allocate(engine, (desc->n_nodes + 1U) * sizeof(struct dynr_group *));
    if (view->state->shared == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    for (uint16_t i = 0; i <= desc->n_nodes; i++) {
        struct dynr_node_info *node = i == desc->n_nodes ? NULL : &view->procedure->nodes[i];
        bool is_value = desc->values_only && i > 0;
        bool is_read = node != NULL && i > 0 && node->node->node_class == DYNR_NODE_TRACKED;
        if (node != NULL && node->node->node_class != DYNR_NODE_KEYED && !is_value && !is_read) {
            continue;
        }
        struct dynr_group *group = dynr_group_new(engine, view, node, NULL, NULL);
        view->state->shared[i] = group;
        enum dynr_status status =
            group == NULL ? dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL) : DYNR_OK;
        if (status == DYNR_OK && is_value && node != NULL) {
            status = depend(engine, view, group, err);
        } else if (status == DYNR_OK && is_read) {
            status = dynr_tracked_depend(engine, group);
        }
        if (status != DYNR_OK) {
            return status;
        }
    }
    return DYNR_OK;
}

/* Only the caller's fields that the view uses: the others are not its own. */
static void pick_caller(const struct dynr_procedure_info *procedure, const void *caller,
                        void *picked)
{
    const struct dynr_view_desc *desc = desc_of(procedure);
    const struct dynr_struct_desc *all = procedure->procedure->caller;
    for (uint16_t i = 0; i < desc->n_caller_fields; i++) {
        const struct dynr_field_desc *field = &all->fields[desc->caller_fields[i]];
        if (dynr_field_is_present(field, caller)) {
            dynr_field_assign(field, picked, dynr_field_value(field, caller));
        }
    }
}

static struct dynr_view *new_block(struct dynr_engine *engine,
                                   struct dynr_procedure_info *procedure, const void *input,
                                   const void *caller)
{
    const struct dynr_procedure_desc *desc = procedure->procedure;
    bool has_caller = desc->view->n_caller_fields > 0 && caller != NULL;
    void *picked = has_caller ? dynr_engine_allocate(engine, desc->caller->size) : NULL;
    if (has_caller && picked == NULL) {
        return NULL;
    }
    if (has_caller) {
        pick_caller(procedure, caller, picked);
    }
    size_t head = (sizeof(struct dynr_view) + 15) / 16 * 16;
    size_t input_size = desc->input == NULL ? 0 : dynr_struct_copy_size(desc->input, input);
    size_t size =
        head + input_size + (has_caller ? dynr_struct_copy_size(desc->caller, picked) : 0);
    struct dynr_view *view = dynr_engine_allocate(engine, size);
    if (view != NULL) {
        char *block = (char *)view;
        view->size = (uint32_t)size;
        if (desc->input != NULL) {
            dynr_struct_copy(desc->input, input, block + head);
            view->input = block + head;
        }
        if (has_caller) {
            dynr_struct_copy(desc->caller, picked, block + head + input_size);
            view->caller = block + head + input_size;
        }
    }
    dynr_engine_free(engine, picked, has_caller ? desc->caller->size : 0);
    return view;
}

enum dynr_status dynr_view_new(struct dynr_engine *engine, struct dynr_procedure_info *procedure,
                               const void *input, const void *caller, struct dynr_key128 share_key,
                               struct dynr_view **out, struct dynr_error *err)
{
    while (engine->counters.views >= engine->limits.max_views && dynr_linger_end_oldest(engine)) {
    }
    if (engine->counters.views >= engine->limits.max_views) {
        return dynr_fail(err, DYNR_ERR_TOO_MANY, "too many different queries are watched");
    }
    struct dynr_view *view = new_block(engine, procedure, input, caller);
    if (view == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    engine->counters.views++;
    view->procedure = procedure;
    view->share_key = share_key;
    view->number = ++engine->next_number;
    init_group(engine, &view->root, view, &procedure->nodes[0]);
    enum dynr_status status = DYNR_OK;
    if (dynr_view_is_tracked(view)) {
        status = dynr_tracked_depend(engine, &view->root);
    } else if (!desc_of(procedure)->values_only) {
        status = depend(engine, view, &view->root, err);
    }
    if (status == DYNR_OK && !procedure->stateless) {
        status = add_state(engine, view, err);
    }
    if (status == DYNR_OK && !dynr_key_table_put(&engine->views, share_key, view)) {
        status = dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    if (status != DYNR_OK) {
        dynr_view_free(engine, view);
        return status;
    }
    *out = view;
    return DYNR_OK;
}

void dynr_view_forget(struct dynr_engine *engine, struct dynr_view *view)
{
    const struct dynr_view_desc *desc = desc_of(view->procedure);
    drop_rows(engine, &view->root, 0);
    dynr_window_free(engine, view->root.window);
    view->root.window = NULL;
    if (view->state == NULL) {
        return;
    }
    view->state->loaded = false;
    view->state->running = false;
    view->state->step = NULL;
    dynr_shown_clear(engine, view->state);
    dynr_inbox_clear(engine, view);
    for (uint16_t i = 0; view->state->shared != NULL && i <= desc->n_nodes; i++) {
        struct dynr_group *group = view->state->shared[i];
        if (group != NULL) {
            drop_rows(engine, group, 0);
            dynr_aggregate_free(engine, group->aggregate);
            group->aggregate = NULL;
        }
    }
}

void dynr_view_free(struct dynr_engine *engine, struct dynr_view *view)
{
    const struct dynr_view_desc *desc = desc_of(view->procedure);
    if (dynr_key_table_get(&engine->views, view->share_key) == view) {
        dynr_key_table_remove(&engine->views, view->share_key);
    }
    dynr_loads_abandon(engine, view);
    dynr_view_forget(engine, view);
    empty_group(engine, &view->root);
    if (view->state != NULL) {
        for (uint16_t i = 0; view->state->shared != NULL && i <= desc->n_nodes; i++) {
            if (view->state->shared[i] != NULL) {
                dynr_group_drop(engine, view->state->shared[i], 0);
            }
        }
        dynr_engine_free(engine, view->state->shared,
                         (desc->n_nodes + 1U) * sizeof(struct dynr_group *));
        dynr_engine_free(engine, view->state, sizeof *view->state);
    }
    for (struct dynr_view **at = &engine->dirty; view->dirty && *at != NULL;
         at = &(*at)->next_dirty) {
        if (*at == view) {
            *at = view->next_dirty;
            break;
        }
    }
    for (struct dynr_view **at = &engine->due; view->due && *at != NULL; at = &(*at)->next_due) {
        if (*at == view) {
            *at = view->next_due;
            break;
        }
    }
    dynr_output_give_back(engine, view->output);
    engine->counters.views--;
    /* Its root may be among the matches of the record at hand: the block goes with the transition's other dead. */
    view->root.dead = true;
    view->root.dependency.kind = DYNR_DEPENDENT_NONE;
    view->next_dirty = engine->dead_views;
    engine->dead_views = view;
}
