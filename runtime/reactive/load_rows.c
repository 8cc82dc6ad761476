/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rows bring along: the rows that their policy looks at, the rows that they refer to, and the groups below them.
 * Dependencies stand before anything is read.
 */
#include "reactive/load.h"

#include "reactive/judged_value.h"
#include "reactive/shown.h"
#include "reactive/view.h"
#include "reactive/window.h"
#include "typed/type.h"

static void out_of_memory(struct dynr_load *load)
{
    dynr_load_fail(load, DYNR_ERR_NO_MEMORY);
}

static struct dynr_read_job *new_keys_job(struct dynr_engine *engine, struct dynr_load *load,
                                          enum dynr_job_purpose purpose,
                                          const struct dynr_entity_desc *entity, size_t n_keys)
{
    struct dynr_read_job *job = dynr_job_new(engine, purpose);
    if (job == NULL) {
        out_of_memory(load);
        return NULL;
    }
    job->load = load;
    job->read.kind = DYNR_ENGINE_READ_KEYS;
    job->read.entity = entity;
    job->rows = dynr_arena_calloc(&job->arena, n_keys, sizeof(struct dynr_load_row *));
    job->read.keys = dynr_arena_calloc(&job->arena, n_keys, sizeof(void *));
    if (job->rows == NULL || job->read.keys == NULL) {
        dynr_job_free(engine, job);
        out_of_memory(load);
        return NULL;
    }
    return job;
}

static void add_key(struct dynr_read_job *job, struct dynr_load_row *row, const void *key)
{
    const void **keys = (const void **)(void *)(uintptr_t)job->read.keys;
    job->rows[job->read.n_keys] = row;
    keys[job->read.n_keys++] = key;
}

static void start_keys_job(struct dynr_engine *engine, struct dynr_read_job *job)
{
    if (job->read.n_keys == 0) {
        dynr_job_free(engine, job);
        return;
    }
    if (!dynr_job_set_keys(job, job->read.entity, job->read.keys, job->read.n_keys)) {
        out_of_memory(job->load);
        dynr_job_free(engine, job);
        return;
    }
    if (job->load->kind == DYNR_LOAD_FIRST || job->load->kind == DYNR_LOAD_JOIN) {
        engine->counters.snapshot_reads++;
    } else {
        engine->counters.keyed_reads++;
    }
    job->load->n_pending++;
    dynr_job_start(engine, job);
}

/*
 * Whether what the view remembered of the row went while it was read: a row above it was read as well, and had what was below
 * it thrown away. Nothing may be hung on what is dead.
 */
static bool is_gone(const struct dynr_load_row *row)
{
    return dynr_load_is_gone(row->group) || (row->state != NULL && row->state->dead);
}

/* ---- states -------------------------------------------------------------------------------------------------- */

/* The row that the view remembers under this identity, made where there is none; with a dependency where rows come one by one. */
static struct dynr_row_state *state_of(struct dynr_engine *engine, struct dynr_load *load,
                                       struct dynr_group *group, struct dynr_entity_info *entity,
                                       const void *row, bool by_key, bool *out_new)
{
    struct dynr_key128 id;
    struct dynr_key128 key;
    bool present = false;
    *out_new = false;
    if (dynr_row_id(engine, group, entity, row, &id) != DYNR_OK) {
        out_of_memory(load);
        return NULL;
    }
    struct dynr_row_state *state = dynr_key_table_get(&engine->rows, id);
    if (state != NULL) {
        return state;
    }
    *out_new = true;
    state = dynr_row_add(engine, group, entity, id, row);
    if (state == NULL) {
        out_of_memory(load);
        return NULL;
    }
    if (load->view->state->n_rows > engine->limits.max_rows) {
        dynr_load_fail(load, DYNR_ERR_TOO_LARGE);
    }
    if (by_key) {
        const struct dynr_path_info *path = &entity->paths[entity->by_key];
        state->version = DYNR_LOADING;
        if (dynr_dependency_key(engine, path, row, &key, &present) != DYNR_OK ||
            (present && !dynr_dependency_add(engine, &state->dependency, DYNR_DEPENDENT_ROW, entity,
                                             entity->by_key, key))) {
            dynr_row_drop(engine, state, 0);
            out_of_memory(load);
            return NULL;
        }
    }
    return state;
}

static void remember(struct dynr_engine *engine, struct dynr_load_group *group,
                     struct dynr_load_row *row)
{
    bool is_new;
    if (row->state == NULL && row->row != NULL && dynr_load_remembers(group->load) &&
        group->node->has_rows) {
        row->state = state_of(engine, group->load, group->group, group->node->entity, row->row,
                              false, &is_new);
        if (row->state != NULL && is_new && !dynr_value_is_judged(group->node)) {
            row->state->shown = dynr_shown_take(engine, group->load->view, group->node->entity,
                                                row->row, row->version);
        }
    }
    if (row->state != NULL && row->row != NULL && row->state->version < row->version) {
        row->state->version = row->version;
    }
}

/* ---- policies ------------------------------------------------------------------------------------------------ */

/* Room for the rows of the look-ups; none of them is made. False: memory is exhausted. */
static bool begin_grant(struct dynr_load_row *row)
{
    struct dynr_load *load = row->group->load;
    size_t n_lookups = row->group->node->node->grant->n_lookups;
    row->granting = dynr_arena_calloc(&load->arena, n_lookups + 1, sizeof(void *));
    row->granted = dynr_arena_calloc(&load->arena, n_lookups + 1, sizeof(bool));
    row->deepened = false;
    row->judged = 0;
    if (row->granting == NULL || row->granted == NULL) {
        out_of_memory(load);
        return false;
    }
    return true;
}

/*
 * The dependency of a row that is judged on a look-up's row, or on none (`key` NULL). What that row says was read together with no
 * position of the row that is judged. So changes of it count from when it was depended on, and each has the judged row read
 * anew: what is said then is newer than what anybody can hold.
 */
static void depend_on_lookup(struct dynr_engine *engine, struct dynr_load_row *row, uint16_t lookup,
                             const void *key)
{
    struct dynr_load_group *group = row->group;
    uint16_t link = (uint16_t)(group->node->n_keyed + lookup);
    struct dynr_row_state *target = NULL;
    bool is_new = false;
    if (row->state == NULL) {
        return;
    }
    if (key != NULL) {
        target =
            state_of(engine, group->load, dynr_view_shared_group(group->load->view, DYNR_NO_NODE),
                     group->node->granting[lookup], key, true, &is_new);
        if (target == NULL) {
            return;
        }
        target->version = is_new ? engine->position : target->version;
    }
    if (key != NULL && row->state->links[link].to != target) {
        row->deepened = true;
        group->linked = engine->position;
    }
    dynr_row_link(engine, row->state, link, target, row->version);
}

/* The key of a look-up, in `arena`; NULL: it is not known, `row->granted` says whether it will be. */
static void *key_of_lookup(struct dynr_load_row *row, uint16_t lookup, bool others_missing,
                           struct dynr_arena *arena)
{
    const struct dynr_view *view = row->group->load->view;
    const struct dynr_policy_lookup *desc = &row->group->node->node->grant->lookups[lookup];
    const struct dynr_policy_input in = {view->caller, view->input, row->row, row->granting};
    void *key = dynr_arena_calloc(arena, 1, desc->entity->key->size);
    if (key == NULL) {
        out_of_memory(row->group->load);
        return NULL;
    }
    bool is_known = desc->key(&in, key);
    row->granted[lookup] = is_known || !others_missing;
    return is_known ? key : NULL;
}

static void add_lookup(struct dynr_engine *engine, struct dynr_load_row *row, uint16_t lookup,
                       struct dynr_read_job *job)
{
    /* What a key lacks may be part of a row that is being read. */
    void *key = key_of_lookup(row, lookup, row->n_grants_pending > 0, &job->arena);
    if (row->granted[lookup]) {
        depend_on_lookup(engine, row, lookup, key);
    }
    if (key != NULL) {
        row->n_grants_pending++;
        add_key(job, row, key);
    }
}

static void read_once_more(struct dynr_load_row *row)
{
    row->state->stepping = true;
    row->key = row->state->key;
    row->row = NULL;
    row->refresh = true;
    row->resolved = false;
}

void dynr_load_judge_later(struct dynr_engine *engine, struct dynr_load_row *row)
{
    struct dynr_load_group *group = row->group;
    bool others_missing = false;
    remember(engine, group, row);
    if (row->state == NULL || !begin_grant(row)) {
        return;
    }
    for (uint16_t i = 0; i < group->node->node->grant->n_lookups; i++) {
        const void *key = key_of_lookup(row, i, others_missing, &group->load->arena);
        if (row->granted[i]) {
            depend_on_lookup(engine, row, i, key);
        }
        others_missing = others_missing || key != NULL || !row->granted[i];
    }
    read_once_more(row);
}

/* A read for one look-up, of all rows that lack it. */
static bool read_lookup(struct dynr_engine *engine, struct dynr_load_group *group, uint16_t lookup,
                        struct dynr_load_row *const *rows, size_t n_rows)
{
    struct dynr_load *load = group->load;
    size_t n_missing = 0;
    for (size_t i = 0; i < n_rows; i++) {
        n_missing += rows[i]->granted[lookup] ? 0 : 1;
    }
    if (n_missing == 0) {
        return true;
    }
    const struct dynr_entity_desc *entity = group->node->node->grant->lookups[lookup].entity;
    struct dynr_read_job *job = new_keys_job(engine, load, DYNR_JOB_GRANT, entity, n_missing);
    if (job == NULL) {
        return false;
    }
    job->group = group;
    job->lookup = lookup;
    for (size_t i = 0; i < n_rows; i++) {
        if (!rows[i]->granted[lookup]) {
            add_lookup(engine, rows[i], lookup, job);
        }
    }
    if (load->status != DYNR_OK) {
        dynr_job_free(engine, job);
        return false;
    }
    start_keys_job(engine, job);
    return true;
}

static void judge(struct dynr_load_row *row)
{
    const struct dynr_view *view = row->group->load->view;
    const struct dynr_policy_input in = {view->caller, view->input, row->row, row->granting};
    row->hidden = !row->group->node->node->grant->allows(&in);
}

static void expand(struct dynr_engine *engine, struct dynr_load_group *group,
                   struct dynr_load_row *const *rows, size_t n_rows);

/* Whether somebody may hold the row from a read of its own that is newer than this one, and older than what its policy says. */
static bool is_outrun(const struct dynr_load_row *row)
{
    return row->deepened && row->state != NULL && row->group->load->kind == DYNR_LOAD_STEP &&
           !row->group->whole && !row->group->refill;
}

/* Reads whatever can be found by now. Rows that have all are judged, and move to the front of `rows`. */
static void read_grants(struct dynr_engine *engine, struct dynr_load_group *group,
                        struct dynr_load_row **rows, size_t n_rows)
{
    const struct dynr_policy_desc *grant = group->node->node->grant;
    size_t n_judged = 0;
    bool again = false;
    for (uint16_t lookup = 0; lookup < grant->n_lookups; lookup++) {
        if (!read_lookup(engine, group, lookup, rows, n_rows)) {
            return;
        }
    }
    for (size_t i = 0; i < n_rows; i++) {
        if (rows[i]->n_grants_pending > 0) {
            continue;
        }
        if (is_outrun(rows[i])) {
            read_once_more(rows[i]);
            rows[i]->state->stepping = false;
            again = true;
            continue;
        }
        judge(rows[i]);
        rows[n_judged++] = rows[i];
    }
    if (n_judged > 0) {
        expand(engine, group, rows, n_judged);
    }
    if (again) {
        dynr_load_read_refreshed(engine, group);
    }
}

static void begin_grants(struct dynr_engine *engine, struct dynr_load_group *group,
                         struct dynr_load_row **rows, size_t n_rows)
{
    for (size_t i = 0; i < n_rows; i++) {
        if (!begin_grant(rows[i])) {
            return;
        }
    }
    read_grants(engine, group, rows, n_rows);
}

/* ---- rows below ---------------------------------------------------------------------------------------------- */

/* One group of a keyed node in a load, whoever refers to its rows. */
static struct dynr_load_group *keyed_group(struct dynr_load *load, struct dynr_node_info *node)
{
    for (struct dynr_load_group *group = load->groups; group != NULL; group = group->next) {
        if (group->node == node) {
            return group;
        }
    }
    return dynr_load_group_new(load, node, dynr_view_shared_group(load->view, node->number));
}

/* False: this load has the row already. */
static bool is_first_seen(struct dynr_engine *engine, struct dynr_load *load,
                          struct dynr_load_group *group, const void *key)
{
    struct dynr_key128 id;
    if (dynr_row_id(engine, group->group, group->node->entity, key, &id) != DYNR_OK) {
        out_of_memory(load);
        return false;
    }
    struct dynr_str text = dynr_str_make((const char *)&id, sizeof id);
    if (dynr_map_get(&load->seen, text) != NULL) {
        return false;
    }
    text = dynr_arena_dup(&load->arena, text);
    if (text.ptr == NULL || !dynr_map_put(&load->seen, text, load, NULL)) {
        out_of_memory(load);
        return false;
    }
    return true;
}

/*
 * Whether somebody may lack a row that is remembered: a snapshot for who came later was read, or is being read, when nothing
 * referred to the row any more, and what is remembered does not say so yet. It may say so too late: what this step reads may be
 * newer than that, and refer to the row again. Between shards one never knows that all came.
 */
static bool may_be_lacking(const struct dynr_engine *engine, const struct dynr_load *step)
{
    const struct dynr_view *view = step->view;
    uint64_t until = view->joined_until;
    return dynr_view_is_joined(view) ||
           (until > 0 && (until >= step->started || !dynr_engine_is_ordered(engine)));
}

static void add_keyed(struct dynr_engine *engine, struct dynr_load_row *row, uint16_t link,
                      struct dynr_load_group *group, struct dynr_read_job *job)
{
    struct dynr_load *load = group->load;
    const struct dynr_view_node *node = group->node->node;
    const struct dynr_field_desc *field =
        &row->group->node->node->entity->row->fields[node->reference];
    struct dynr_row_state *target = NULL;
    bool is_new = false;
    if (!dynr_field_is_present(field, row->row)) {
        if (row->state != NULL) {
            dynr_row_link(engine, row->state, link, NULL, row->version);
        }
        return;
    }
    const void *key = dynr_field_value(field, row->row);
    if (row->state != NULL) {
        target = state_of(engine, load, group->group, group->node->entity, key, true, &is_new);
        if (target == NULL) {
            return;
        }
        dynr_row_link(engine, row->state, link, target, row->version);
    }
    bool known = row->state != NULL && !may_be_lacking(engine, load);
    bool wanted = known ? is_new : is_first_seen(engine, load, group, key);
    struct dynr_load_row *made = wanted ? dynr_load_row_new(group, NULL, 0) : NULL;
    if (made != NULL) {
        made->state = target;
        made->key = key;
        add_key(job, made, key);
    }
}

static void read_keyed(struct dynr_engine *engine, struct dynr_load_group *group, uint16_t link,
                       struct dynr_node_info *below, struct dynr_load_row *const *rows,
                       size_t n_rows)
{
    struct dynr_load *load = group->load;
    struct dynr_load_group *target = keyed_group(load, below);
    struct dynr_read_job *job =
        target == NULL ? NULL
                       : new_keys_job(engine, load, DYNR_JOB_KEYED, below->node->entity, n_rows);
    if (job == NULL) {
        return;
    }
    job->group = target;
    for (size_t i = 0; i < n_rows && load->status == DYNR_OK; i++) {
        if (rows[i]->row != NULL && !rows[i]->hidden && !is_gone(rows[i])) {
            add_keyed(engine, rows[i], link, target, job);
        }
    }
    start_keys_job(engine, job);
}

/* Groups that the row had are read anew: whatever they were, they are whole again. */
static void begin_below(struct dynr_engine *engine, struct dynr_load_row *row,
                        struct dynr_node_info *below)
{
    struct dynr_group *old = row->state == NULL ? NULL : row->state->groups;
    while (old != NULL && old->node != below) {
        old = old->next;
    }
    if (old != NULL) {
        dynr_group_cut(engine, old, row->version);
    }
    dynr_load_begin_group(engine, row->group->load, below, NULL, row, row->row);
}

static void expand(struct dynr_engine *engine, struct dynr_load_group *group,
                   struct dynr_load_row *const *rows, size_t n_rows)
{
    const struct dynr_node_info *node = group->node;
    struct dynr_load *load = group->load;
    uint16_t link = 0;
    if (load->view->procedure->procedure->view->values_only) {
        return;
    }
    for (uint16_t b = 0; b < node->n_below; b++) {
        struct dynr_node_info *below = node->below[b];
        if (below->node->node_class == DYNR_NODE_KEYED) {
            read_keyed(engine, group, link++, below, rows, n_rows);
            continue;
        }
        for (size_t i = 0; i < n_rows && load->status == DYNR_OK; i++) {
            if (rows[i]->row != NULL && !rows[i]->hidden && !rows[i]->quiet && !is_gone(rows[i])) {
                begin_below(engine, rows[i], below);
            }
        }
    }
}

void dynr_load_resolve(struct dynr_engine *engine, struct dynr_load_group *group)
{
    struct dynr_load *load = group->load;
    size_t n_rows = 0;
    for (struct dynr_load_row *row = group->rows; row != NULL; row = row->next) {
        n_rows++;
    }
    struct dynr_load_row **rows =
        dynr_arena_calloc(&load->arena, n_rows + 1, sizeof(struct dynr_load_row *));
    if (rows == NULL) {
        out_of_memory(load);
        return;
    }
    n_rows = 0;
    for (struct dynr_load_row *row = group->rows; row != NULL && load->status == DYNR_OK;
         row = row->next) {
        if (row->resolved || row->refresh || row->row == NULL || is_gone(row)) {
            continue;
        }
        row->resolved = true;
        remember(engine, group, row);
        if (!row->trusted) {
            rows[n_rows++] = row;
        }
    }
    if (n_rows == 0 || load->status != DYNR_OK) {
        return;
    }
    if (group->node->node->grant == NULL) {
        expand(engine, group, rows, n_rows);
        return;
    }
    begin_grants(engine, group, rows, n_rows);
}

/* ---- answers ------------------------------------------------------------------------------------------------- */

static uint64_t position_of(const struct dynr_engine_read *read, size_t i)
{
    return read->found_positions == NULL ? 0 : read->found_positions[i];
}

void dynr_load_take_grants(struct dynr_engine *engine, struct dynr_read_job *job)
{
    struct dynr_load_group *group = job->group;
    size_t n_ready = 0;
    for (size_t i = 0; i < job->read.n_keys; i++) {
        struct dynr_load_row *row = job->rows[i];
        uint64_t position = position_of(&job->read, i);
        row->judged = row->judged == 0 || position < row->judged ? position : row->judged;
        row->granting[job->lookup] = job->read.found[i];
        if (--row->n_grants_pending == 0 && !is_gone(row)) {
            job->rows[n_ready++] = row;
        }
    }
    if (n_ready > 0) {
        read_grants(engine, group, job->rows, n_ready);
    }
}

static void set_found(struct dynr_engine *engine, struct dynr_load_row *row, const void *found,
                      uint64_t position)
{
    const struct dynr_load *load = row->group->load;
    const struct dynr_view *view = load->view;
    const struct dynr_view_node *node = row->group->node->node;
    struct dynr_group *group = row->group->group;
    const void *parent = group == NULL ? NULL : group->parent_row;
    bool failed = false;
    row->version = position;
    row->row = NULL;
    if (is_gone(row)) {
        return;
    }
    if (found != NULL && node->accepts(found, view->input, view->caller, parent) &&
        (group == NULL || dynr_window_holds(engine, group, found, &failed))) {
        row->row = found;
    }
    if (row->state != NULL &&
        (row->state->version == DYNR_LOADING || row->state->version < position)) {
        row->state->version = position;
    }
    if (failed) {
        out_of_memory(row->group->load);
    }
}

void dynr_load_take_keyed(struct dynr_engine *engine, struct dynr_read_job *job)
{
    struct dynr_load *load = job->load;
    for (size_t i = 0; i < job->read.n_keys && load->status == DYNR_OK; i++) {
        uint64_t position = position_of(&job->read, i);
        set_found(engine, job->rows[i], job->read.found[i], position);
        load->highest = position > load->highest ? position : load->highest;
        if (++load->n_rows > engine->limits.max_rows) {
            dynr_load_fail(load, DYNR_ERR_TOO_LARGE);
        }
    }
    dynr_load_resolve(engine, job->group);
}

void dynr_load_take_refreshed(struct dynr_engine *engine, struct dynr_read_job *job)
{
    struct dynr_load *load = job->load;
    for (size_t i = 0; i < job->read.n_keys && load->status == DYNR_OK; i++) {
        struct dynr_load_row *row = job->rows[i];
        row->refresh = false;
        row->refreshing = false;
        set_found(engine, row, job->read.found[i], position_of(&job->read, i));
    }
    dynr_load_resolve(engine, job->group);
}

void dynr_load_read_refreshed(struct dynr_engine *engine, struct dynr_load_group *group)
{
    size_t n_rows = 0;
    for (struct dynr_load_row *row = group->rows; row != NULL; row = row->next) {
        n_rows += row->refresh && !row->refreshing ? 1 : 0;
    }
    struct dynr_read_job *job = n_rows == 0 ? NULL
                                            : new_keys_job(engine, group->load, DYNR_JOB_REFRESH,
                                                           group->node->node->entity, n_rows);
    if (job == NULL) {
        return;
    }
    job->group = group;
    for (struct dynr_load_row *row = group->rows; row != NULL; row = row->next) {
        if (row->refresh && !row->refreshing) {
            row->refreshing = true;
            add_key(job, row, row->key);
        }
    }
    start_keys_job(engine, job);
}
