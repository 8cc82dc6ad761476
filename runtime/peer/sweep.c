/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of a transition: what hangs on no row that is held is dropped. Groups below a row that left go with it, and so do rows of keyed
 * nodes that no row refers to any more: nobody keeps them up, and no message says so.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json_read.h"
#include "peer/fold.h"
#include "peer/place.h"

struct sweep {
    struct dynr_fold *fold;
    /** Of the node that is looked at. */
    struct dynr_arena arena;
    bool has_dropped;
    /** Of the first thing that failed. */
    enum dynr_status status;
    struct dynr_error *err;
};

static void starve(struct sweep *sweep)
{
    sweep->status = dynr_fail(sweep->err, DYNR_ERR_NO_MEMORY, NULL);
}

static uint16_t node_of(const struct dynr_fold_group *group)
{
    return (uint16_t)strtoul(group->name, NULL, 10);
}

static struct dynr_str parent_of(const struct dynr_fold_group *group)
{
    return dynr_str_from_c(strchr(group->name, '|') + 1);
}

static bool is_held(const struct dynr_fold_row *row)
{
    return !row->gone && !row->dropped;
}

static void drop_row(struct sweep *sweep, struct dynr_fold_row *row, uint64_t version)
{
    row->dropped = true;
    row->version = row->version > version ? row->version : version;
    sweep->has_dropped = true;
}

static void drop_group(struct sweep *sweep, struct dynr_fold_group *group, uint64_t version)
{
    group->dropped = true;
    sweep->has_dropped = true;
    for (size_t i = 0; i < group->n_rows; i++) {
        drop_row(sweep, group->rows[i], version);
    }
}

/** The row that a group stands below; NULL: nothing is known of it. `parent` is a list of keys, and the row's is the last. */
static const struct dynr_fold_row *find_parent(struct sweep *sweep, uint16_t above,
                                               struct dynr_str parent)
{
    struct dynr_json_reader reader;
    struct dynr_str key = {NULL, 0};
    bool first;
    dynr_json_reader_init(&reader, parent);
    if (!dynr_json_enter_array(&reader, &first)) {
        return NULL;
    }
    while (dynr_json_next_element(&reader, &first)) {
        if (!dynr_json_skip(&reader, &key)) {
            return NULL;
        }
    }
    if (key.len == 0) {
        return NULL;
    }
    /* The keys before it, without the comma. */
    size_t before = (size_t)(key.ptr - parent.ptr) - 1;
    struct dynr_str name =
        dynr_arena_printf(&sweep->arena, "%u|%.*s%s|%.*s", (unsigned)above, (int)before, parent.ptr,
                          before == 0 ? "" : "]", (int)key.len, key.ptr);
    if (name.ptr == NULL) {
        starve(sweep);
        return NULL;
    }
    return dynr_map_get(&sweep->fold->rows, name);
}

/** Values may come before the row that they belong to: those alone go that were there when it left. */
static void sweep_value(struct sweep *sweep, struct dynr_fold_group *group,
                        const struct dynr_fold_row *parent)
{
    bool has_left = parent != NULL && (parent->dropped || (parent->gone && parent->left));
    if (has_left && group->n_rows > 0 && group->rows[0]->version <= parent->version) {
        drop_group(sweep, group, parent->version);
    }
}

static void sweep_groups(struct sweep *sweep, uint16_t number)
{
    const struct dynr_view_node *node = &sweep->fold->view->nodes[number];
    for (size_t i = 0; i < sweep->fold->groups.n_entries; i++) {
        struct dynr_fold_group *group = sweep->fold->groups.entries[i].value;
        struct dynr_str parent = parent_of(group);
        if (node_of(group) != number || parent.len == 0) {
            continue;
        }
        const struct dynr_fold_row *row = find_parent(sweep, node->parent, parent);
        if (node->node_class == DYNR_NODE_AGGREGATE) {
            sweep_value(sweep, group, row);
        } else if (sweep->status == DYNR_OK && (row == NULL || !is_held(row))) {
            drop_group(sweep, group, row == NULL ? 0 : row->version);
        }
        dynr_arena_reset(&sweep->arena);
    }
}

/* ---- keyed nodes ------------------------------------------------------------------------------------------------ */

/** The key of a row as an object of its own. */
static struct dynr_str key_object(struct sweep *sweep, const struct dynr_struct_desc *key,
                                  struct dynr_str row)
{
    struct dynr_buf json = {0};
    dynr_buf_append_char(&json, '{');
    for (uint16_t i = 0; i < key->n_fields; i++) {
        struct dynr_str name = dynr_str_make(key->fields[i].name, key->fields[i].name_len);
        dynr_buf_append_c(&json, i == 0 ? "" : ",");
        dynr_buf_append_json_string(&json, name);
        dynr_buf_append_char(&json, ':');
        dynr_buf_append_str(&json, dynr_place_member(row, name, &sweep->arena));
    }
    dynr_buf_append_char(&json, '}');
    struct dynr_str object = dynr_buf_ok(&json) ? dynr_arena_dup(&sweep->arena, dynr_buf_str(&json))
                                                : dynr_str_make(NULL, 0);
    dynr_buf_cleanup(&json);
    return object;
}

/** What a row that refers to this one carries: its key as a reference, in JSON. */
static struct dynr_str reference_to(struct sweep *sweep, const struct dynr_view_node *node,
                                    struct dynr_str row)
{
    const struct dynr_struct_desc *parents = sweep->fold->view->nodes[node->parent].entity->row;
    const struct dynr_struct_desc *key = node->entity->key;
    struct dynr_field_desc field = parents->fields[node->reference];
    struct dynr_struct_desc holder = {.name = key->name, .fields = &field, .n_fields = 1};
    struct dynr_buf json = {0};
    struct dynr_str reference = {NULL, 0};
    void *value = dynr_arena_calloc(&sweep->arena, 1, key->size);
    struct dynr_str object = key_object(sweep, key, row);
    field.offset = 0;
    field.presence = DYNR_REQUIRED;
    holder.size = key->size;
    if (value == NULL || object.ptr == NULL) {
        starve(sweep);
        return reference;
    }
    sweep->status = dynr_decode_json(key, object, &sweep->arena, value, sweep->err);
    if (sweep->status == DYNR_OK) {
        sweep->status = dynr_encode_json(&holder, value, &json, sweep->err);
    }
    if (sweep->status == DYNR_OK) {
        struct dynr_str name = dynr_str_make(field.name, field.name_len);
        reference = dynr_arena_dup(&sweep->arena,
                                   dynr_place_member(dynr_buf_str(&json), name, &sweep->arena));
        if (reference.ptr == NULL) {
            starve(sweep);
        }
    }
    dynr_buf_cleanup(&json);
    return reference;
}

/** The references of all rows above, each once. */
static void find_references(struct sweep *sweep, const struct dynr_view_node *node,
                            struct dynr_map *out)
{
    for (size_t i = 0; i < sweep->fold->groups.n_entries; i++) {
        const struct dynr_fold_group *group = sweep->fold->groups.entries[i].value;
        if (node_of(group) != node->parent) {
            continue;
        }
        for (size_t j = 0; j < group->n_rows; j++) {
            const struct dynr_fold_row *row = group->rows[j];
            struct dynr_str reference =
                is_held(row) ? dynr_place_member(dynr_str_make(row->text, row->len),
                                                 dynr_str_from_c(node->name), &sweep->arena)
                             : dynr_str_make(NULL, 0);
            if (reference.len > 0 && !dynr_map_put(out, reference, group->name, NULL)) {
                starve(sweep);
            }
        }
    }
}

static void sweep_keyed(struct sweep *sweep, uint16_t number)
{
    const struct dynr_view_node *node = &sweep->fold->view->nodes[number];
    struct dynr_map references;
    dynr_map_init(&references, NULL);
    find_references(sweep, node, &references);
    for (size_t i = 0; i < sweep->fold->groups.n_entries; i++) {
        struct dynr_fold_group *group = sweep->fold->groups.entries[i].value;
        for (size_t j = 0; node_of(group) == number && j < group->n_rows; j++) {
            struct dynr_fold_row *row = group->rows[j];
            if (row->gone || sweep->status != DYNR_OK) {
                continue;
            }
            struct dynr_str reference =
                reference_to(sweep, node, dynr_str_make(row->text, row->len));
            if (sweep->status == DYNR_OK && dynr_map_get(&references, reference) == NULL) {
                drop_row(sweep, row, 0);
            }
        }
    }
    dynr_map_cleanup(&references);
    dynr_arena_reset(&sweep->arena);
}

/* ---- what is left ----------------------------------------------------------------------------------------------- */

/** The maps without what was dropped. False: no memory; the old ones stand. */
static bool copy_maps(const struct dynr_fold *fold, struct dynr_map *rows, struct dynr_map *groups)
{
    bool fine = true;
    dynr_map_init(rows, NULL);
    dynr_map_init(groups, NULL);
    for (size_t i = 0; fine && i < fold->rows.n_entries; i++) {
        struct dynr_fold_row *row = fold->rows.entries[i].value;
        fine = row->dropped || dynr_map_put(rows, dynr_str_from_c(row->name), row, NULL);
    }
    for (size_t i = 0; fine && i < fold->groups.n_entries; i++) {
        struct dynr_fold_group *group = fold->groups.entries[i].value;
        fine = group->dropped || dynr_map_put(groups, dynr_str_from_c(group->name), group, NULL);
    }
    if (!fine) {
        dynr_map_cleanup(rows);
        dynr_map_cleanup(groups);
    }
    return fine;
}

static void keep_rows(struct dynr_fold_group *group)
{
    size_t n_kept = 0;
    for (size_t i = 0; i < group->n_rows; i++) {
        if (!group->rows[i]->dropped) {
            group->rows[n_kept++] = group->rows[i];
        }
    }
    group->n_rows = n_kept;
}

static bool forget_dropped(struct dynr_fold *fold)
{
    struct dynr_map rows;
    struct dynr_map groups;
    if (!copy_maps(fold, &rows, &groups)) {
        return false;
    }
    for (size_t i = 0; i < fold->groups.n_entries; i++) {
        struct dynr_fold_group *group = fold->groups.entries[i].value;
        keep_rows(group);
        if (group->dropped) {
            dynr_fold_free_group(group);
        }
    }
    for (size_t i = 0; i < fold->rows.n_entries; i++) {
        struct dynr_fold_row *row = fold->rows.entries[i].value;
        if (row->dropped) {
            dynr_fold_free_row(row);
        }
    }
    dynr_map_cleanup(&fold->rows);
    dynr_map_cleanup(&fold->groups);
    fold->rows = rows;
    fold->groups = groups;
    return true;
}

enum dynr_status dynr_fold_sweep(struct dynr_fold *fold, struct dynr_error *err)
{
    struct sweep sweep = {.fold = fold, .status = DYNR_OK, .err = err};
    if (!fold->is_unswept) {
        return DYNR_OK;
    }
    dynr_arena_init(&sweep.arena, NULL, 0);
    /* Nodes stand behind those that they hang on. */
    for (uint16_t i = 1; i < fold->view->n_nodes && sweep.status == DYNR_OK; i++) {
        if (fold->view->nodes[i].node_class == DYNR_NODE_KEYED) {
            sweep_keyed(&sweep, i);
        } else {
            sweep_groups(&sweep, i);
        }
    }
    dynr_arena_cleanup(&sweep.arena);
    if (sweep.status == DYNR_OK && sweep.has_dropped && !forget_dropped(fold)) {
        starve(&sweep);
    }
    fold->is_unswept = sweep.status != DYNR_OK;
    return sweep.status;
}
