/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the registered procedures say, prepared once for everything that follows: which entities live views read and along
 * which paths, so that a change yields no more keys than somebody may wait for; and per node what is sent.
 */
#include "reactive/reactive.h"
#include "typed/key.h"

static enum dynr_status no_memory(struct dynr_error *err)
{
    return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
}

/* ---- entities ------------------------------------------------------------------------------------------------ */

static struct dynr_table_info *find_table(struct dynr_engine *engine,
                                          const struct dynr_table_desc *table, const char *prefix)
{
    for (size_t i = 0; i < engine->n_tables; i++) {
        if (engine->tables[i].table == table) {
            return &engine->tables[i];
        }
    }
    struct dynr_table_info *grown =
        dynr_arena_calloc(&engine->catalog, engine->n_tables + 1, sizeof *grown);
    if (grown == NULL) {
        return NULL;
    }
    if (engine->n_tables > 0) {
        memcpy(grown, engine->tables, engine->n_tables * sizeof *grown);
    }
    const char *physical = table->physical_name == NULL ? table->name : table->physical_name;
    struct dynr_table_info *info = &grown[engine->n_tables];
    info->table = table;
    info->name =
        dynr_arena_printf(&engine->catalog, "%s%s", prefix == NULL ? "" : prefix, physical);
    if (info->name.ptr == NULL) {
        return NULL;
    }
    engine->tables = grown;
    engine->n_tables++;
    return info;
}

struct dynr_entity_info *dynr_catalog_entity(struct dynr_engine *engine,
                                             const struct dynr_entity_desc *entity)
{
    for (size_t i = 0; i < engine->n_entities; i++) {
        if (engine->entities[i]->entity == entity) {
            return engine->entities[i];
        }
    }
    return NULL;
}

static bool same_path(const struct dynr_path_info *info, const struct dynr_path_desc *path,
                      bool with_sort)
{
    return info->path->partition == path->partition && info->path->index == path->index &&
           info->with_sort == with_sort && (!with_sort || info->path->sort == path->sort);
}

struct dynr_path_info *dynr_catalog_path(struct dynr_entity_info *entity,
                                         const struct dynr_path_desc *path)
{
    for (size_t i = 0; i < entity->n_paths; i++) {
        if (same_path(&entity->paths[i], path, path->kind == DYNR_PATH_GET)) {
            return &entity->paths[i];
        }
    }
    return NULL;
}

static uint64_t *new_set(struct dynr_engine *engine, const struct dynr_entity_info *entity)
{
    return dynr_arena_calloc(&engine->catalog, entity->n_words, sizeof(uint64_t));
}

static bool add_path(struct dynr_engine *engine, struct dynr_entity_info *entity,
                     const struct dynr_path_desc *path)
{
    if (dynr_catalog_path(entity, path) != NULL) {
        return true;
    }
    struct dynr_path_info *grown =
        dynr_arena_calloc(&engine->catalog, entity->n_paths + 1, sizeof *grown);
    uint64_t *fields = new_set(engine, entity);
    entity->keys =
        dynr_arena_calloc(&engine->catalog, 2 * (entity->n_paths + 1), sizeof *entity->keys);
    if (grown == NULL || fields == NULL || entity->keys == NULL) {
        return false;
    }
    if (entity->paths != NULL) {
        memcpy(grown, entity->paths, entity->n_paths * sizeof *grown);
    }
    struct dynr_path_info *info = &grown[entity->n_paths];
    info->path = path;
    info->number = ++engine->n_paths;
    info->with_sort = path->kind == DYNR_PATH_GET;
    info->fields = fields;
    if (!dynr_path_key_prepare(&info->key, engine->hash_key, info->number, path->partition,
                               info->with_sort ? path->sort : NULL, &engine->catalog)) {
        return false;
    }
    const struct dynr_struct_desc *row = entity->entity->row;
    for (size_t i = 0; i < row->n_fields; i++) {
        if (dynr_key_uses_field(path->partition, &row->fields[i]) ||
            (info->with_sort && dynr_key_uses_field(path->sort, &row->fields[i]))) {
            fields[i / 64] |= UINT64_C(1) << (i % 64);
        }
    }
    entity->paths = grown;
    entity->n_paths++;
    return true;
}

/* Every entity has the path by its base key: for keyed rows, policies, and records that cannot be decoded. */
static bool add_key_path(struct dynr_engine *engine, struct dynr_entity_info *info)
{
    struct dynr_path_desc *path = dynr_arena_calloc(&engine->catalog, 1, sizeof *path);
    if (path == NULL) {
        return false;
    }
    path->name = info->entity->name;
    path->kind = DYNR_PATH_GET;
    path->entity = info->entity;
    path->partition = info->entity->partition;
    path->sort = info->entity->sort;
    info->by_key = info->n_paths;
    return add_path(engine, info, path);
}

static struct dynr_entity_info *
add_entity(struct dynr_engine *engine, const struct dynr_entity_desc *entity, const char *prefix)
{
    struct dynr_entity_info *info = dynr_catalog_entity(engine, entity);
    if (info != NULL) {
        return info;
    }
    struct dynr_table_info *table = find_table(engine, entity->table, prefix);
    struct dynr_entity_info **grown = dynr_arena_calloc(&engine->catalog, engine->n_entities + 1,
                                                        sizeof(struct dynr_entity_info *));
    info = dynr_arena_calloc(&engine->catalog, 1, sizeof *info);
    if (table == NULL || grown == NULL || info == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < engine->n_entities; i++) {
        grown[i] = engine->entities[i];
    }
    info->entity = entity;
    info->n_words = (entity->row->n_fields + 63) / 64;
    if (!add_key_path(engine, info)) {
        return NULL;
    }
    info->next = table->entities;
    table->entities = info;
    grown[engine->n_entities] = info;
    engine->entities = grown;
    engine->n_entities++;
    return info;
}

static struct dynr_entity_info **
add_lookups(struct dynr_engine *engine, const struct dynr_policy_desc *policy, const char *prefix)
{
    struct dynr_entity_info **entities = dynr_arena_calloc(&engine->catalog, policy->n_lookups + 1,
                                                           sizeof(struct dynr_entity_info *));
    for (size_t i = 0; entities != NULL && i < policy->n_lookups; i++) {
        entities[i] = add_entity(engine, policy->lookups[i].entity, prefix);
        if (entities[i] == NULL) {
            return NULL;
        }
    }
    return entities;
}

/* ---- nodes --------------------------------------------------------------------------------------------------- */

static void include(uint64_t *set, size_t field)
{
    set[field / 64] |= UINT64_C(1) << (field % 64);
}

/* What is sent of a row: the node's fields, and references under the names of the keyed nodes below. */
static bool describe_sent(struct dynr_engine *engine, struct dynr_node_info *info)
{
    const struct dynr_view_node *node = info->node;
    const struct dynr_field_desc *all = node->entity->row->fields;
    size_t most = (size_t)node->n_fields + info->n_keyed;
    struct dynr_field_desc *fields = dynr_arena_calloc(&engine->catalog, most + 1, sizeof *fields);
    uint16_t *numbers = dynr_arena_calloc(&engine->catalog, most + 1, sizeof *numbers);
    if (fields == NULL || numbers == NULL) {
        return false;
    }
    size_t n = 0;
    for (; n < node->n_fields; n++) {
        fields[n] = all[node->fields[n]];
        numbers[n] = node->fields[n];
    }
    for (uint16_t i = 0; i < info->n_below; i++) {
        const struct dynr_view_node *below = info->below[i]->node;
        bool shown = below->node_class != DYNR_NODE_KEYED;
        for (size_t f = 0; f < n && !shown; f++) {
            shown = numbers[f] == below->reference && strcmp(fields[f].name, below->name) == 0;
        }
        if (!shown) {
            fields[n] = all[below->reference];
            fields[n].name = below->name;
            fields[n].name_len = (uint16_t)strlen(below->name);
            numbers[n++] = below->reference;
        }
    }
    for (size_t f = 0; f < n; f++) {
        fields[f].flags &= ~(uint32_t)DYNR_FIELD_HIDDEN;
        include(info->relevant, numbers[f]);
        include(info->sent_set, numbers[f]);
    }
    info->sent = *node->entity->row;
    info->sent.fields = fields;
    info->sent.n_fields = n;
    info->sent_fields = numbers;
    return true;
}

/* Order and key fields, for bounds: a field that is in both stands there twice, as docs/protocol.md says. */
static bool describe_bound(struct dynr_engine *engine, struct dynr_node_info *info)
{
    const struct dynr_view_node *node = info->node;
    const struct dynr_field_desc *all = node->entity->row->fields;
    size_t n = 0;
    struct dynr_field_desc *fields = dynr_arena_calloc(
        &engine->catalog, (size_t)node->n_order + node->n_key + 1, sizeof *fields);
    if (fields == NULL) {
        return false;
    }
    for (uint16_t i = 0; i < node->n_order; i++) {
        fields[n++] = all[node->order[i].field];
    }
    for (uint16_t i = 0; i < node->n_key; i++) {
        fields[n++] = all[node->key[i]];
    }
    for (size_t f = 0; f < n; f++) {
        fields[f].flags = 0;
        for (size_t other = 0; other < n; other++) {
            /* One of the two is read, the other one must not be missed. */
            fields[f].flags |=
                other != f && fields[other].offset == fields[f].offset ? DYNR_FIELD_DEFAULT : 0;
        }
    }
    info->bound = *node->entity->row;
    info->bound.fields = fields;
    info->bound.n_fields = n;
    info->bound.set_defaults = NULL;
    return true;
}

static bool add_below(struct dynr_engine *engine, struct dynr_procedure_info *procedure,
                      uint16_t n_nodes, struct dynr_node_info *info)
{
    info->below = dynr_arena_calloc(&engine->catalog, n_nodes, sizeof(struct dynr_node_info *));
    if (info->below == NULL) {
        return false;
    }
    for (uint16_t i = (uint16_t)(info->number + 1); i < n_nodes; i++) {
        struct dynr_node_info *other = &procedure->nodes[i];
        if (other->node->parent == info->number) {
            info->below[info->n_below++] = other;
            info->n_keyed =
                (uint16_t)(info->n_keyed + (other->node->node_class == DYNR_NODE_KEYED ? 1 : 0));
        }
    }
    return true;
}

static bool describe_node(struct dynr_engine *engine, struct dynr_procedure_info *procedure,
                          uint16_t n_nodes, uint16_t number, const char *prefix)
{
    struct dynr_node_info *info = &procedure->nodes[number];
    const struct dynr_view_node *node = info->node;
    if (!add_below(engine, procedure, n_nodes, info)) {
        return false;
    }
    info->n_links = info->n_keyed;
    if (node->grant != NULL) {
        info->granting = add_lookups(engine, node->grant, prefix);
        if (info->granting == NULL) {
            return false;
        }
        info->n_links = (uint16_t)(info->n_links + node->grant->n_lookups);
    }
    info->has_rows =
        info->n_below > 0 || node->grant != NULL || node->node_class == DYNR_NODE_KEYED;
    info->relevant = new_set(engine, info->entity);
    info->sent_set = new_set(engine, info->entity);
    if (info->relevant == NULL || info->sent_set == NULL || !describe_sent(engine, info) ||
        !describe_bound(engine, info)) {
        return false;
    }
    for (size_t i = 0; node->deciding != NULL && i < info->entity->n_words; i++) {
        info->relevant[i] |= node->deciding[i];
    }
    return true;
}

/* What all rows of an entity have in common, for who reads nobody knows which. */
static bool add_any_row(struct dynr_engine *engine, struct dynr_node_info *node)
{
    static const struct dynr_key_part part = {.literal = "*", .literal_len = 1};
    static const struct dynr_key_template any = {
        .attribute = "", .type = 'S', .delimiter = '#', .n_parts = 1, .parts = &part};
    struct dynr_path_desc *path = dynr_arena_calloc(&engine->catalog, 1, sizeof *path);
    if (path == NULL) {
        return false;
    }
    path->name = "any row";
    path->kind = DYNR_PATH_CHILDREN;
    path->entity = node->entity->entity;
    path->partition = &any;
    if (!add_path(engine, node->entity, path)) {
        return false;
    }
    node->any_row = (size_t)(dynr_catalog_path(node->entity, path) - node->entity->paths);
    return true;
}

static bool describe_procedure(struct dynr_engine *engine, struct dynr_procedure_info *info,
                               const char *prefix)
{
    const struct dynr_view_desc *view = info->procedure->view;
    info->nodes = dynr_arena_calloc(&engine->catalog, view->n_nodes, sizeof *info->nodes);
    if (info->nodes == NULL) {
        return false;
    }
    for (uint16_t i = 0; i < view->n_nodes; i++) {
        struct dynr_node_info *node = &info->nodes[i];
        node->node = &view->nodes[i];
        node->number = i;
        node->entity = add_entity(engine, view->nodes[i].entity, prefix);
        for (uint16_t p = 0; node->entity != NULL && p < node->node->n_paths; p++) {
            if (!add_path(engine, node->entity, node->node->paths[p])) {
                return false;
            }
        }
        if (node->entity == NULL ||
            (node->node->node_class == DYNR_NODE_TRACKED && !add_any_row(engine, node))) {
            return false;
        }
    }
    for (uint16_t i = 0; i < view->n_nodes; i++) {
        info->nodes[i].is_over_root = view->values_only && i > 0;
        if (!describe_node(engine, info, view->n_nodes, i, prefix)) {
            return false;
        }
    }
    info->stateless = view->n_nodes == 1 && view->nodes[0].grant == NULL &&
                      view->nodes[0].node_class != DYNR_NODE_TRACKED;
    if (view->gate != NULL) {
        info->gating = add_lookups(engine, view->gate, prefix);
        return info->gating != NULL;
    }
    return true;
}

enum dynr_status dynr_catalog_build(struct dynr_engine *engine, const char *table_prefix,
                                    struct dynr_error *err)
{
    const struct dynr_procedure_table *table = engine->table;
    engine->procedures =
        dynr_arena_calloc(&engine->catalog, table->n_procedures + 1, sizeof *engine->procedures);
    if (engine->procedures == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < table->n_procedures; i++) {
        struct dynr_procedure_info *info = &engine->procedures[i];
        info->procedure = table->procedures[i];
        info->number = (uint32_t)i;
        if (info->procedure->view != NULL && !describe_procedure(engine, info, table_prefix)) {
            return no_memory(err);
        }
    }
    return DYNR_OK;
}

struct dynr_procedure_info *dynr_catalog_procedure(struct dynr_engine *engine, struct dynr_str path)
{
    /* In the order of the table: by path. */
    size_t low = 0;
    size_t high = engine->table->n_procedures;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct dynr_procedure_info *info = &engine->procedures[middle];
        int order = dynr_str_compare(dynr_str_from_c(info->procedure->path), path);
        if (order == 0) {
            return info;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}
