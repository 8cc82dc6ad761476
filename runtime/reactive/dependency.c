/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dependency index: from the partitions that a change touches to everybody who waits for them. One table of hashes, each
 * with a list of dependents.
 */
#include "reactive/reactive.h"

enum dynr_status dynr_dependency_key(struct dynr_engine *engine, const struct dynr_path_info *path,
                                     const void *row, struct dynr_key128 *out, bool *out_present)
{
    struct dynr_buf *text = &engine->scratch;
    dynr_buf_clear(text);
    dynr_buf_append(text, &path->number, sizeof path->number);
    enum dynr_status status = dynr_key_build(path->path->partition, row, text, out_present, NULL);
    if (status == DYNR_OK && *out_present && path->with_sort && path->path->sort != NULL) {
        /* No key text holds this byte, so that two parts never look like others. */
        dynr_buf_append_char(text, '\0');
        status = dynr_key_build(path->path->sort, row, text, out_present, NULL);
    }
    if (status == DYNR_ERR_NO_MEMORY || !dynr_buf_ok(text)) {
        return DYNR_ERR_NO_MEMORY;
    }
    if (status != DYNR_OK) {
        /* A key that is too long, or of an id that was never set: no row has it. */
        *out_present = false;
        return DYNR_OK;
    }
    if (*out_present) {
        *out = dynr_siphash128(engine->hash_key, dynr_buf_str(text));
    }
    return DYNR_OK;
}

bool dynr_dependency_add(struct dynr_engine *engine, struct dynr_dependency *dependency,
                         enum dynr_dependent_kind kind, struct dynr_entity_info *entity,
                         size_t path, struct dynr_key128 key)
{
    struct dynr_dependency *first = dynr_key_table_get(&engine->dependencies, key);
    if (first == NULL && !dynr_key_table_put(&engine->dependencies, key, dependency)) {
        return false;
    }
    dependency->key = key;
    dependency->kind = kind;
    dependency->entity = entity;
    dependency->path = (uint32_t)path;
    dependency->previous = first;
    dependency->next = NULL;
    if (first != NULL) {
        /* Behind the first, so that the table stays as it is. */
        dependency->next = first->next;
        first->next = dependency;
        if (dependency->next != NULL) {
            dependency->next->previous = dependency;
        }
    }
    entity->n_dependencies++;
    entity->paths[path].n_dependencies++;
    engine->counters.dependencies++;
    return true;
}

void dynr_dependency_remove(struct dynr_engine *engine, struct dynr_dependency *dependency)
{
    if (dependency->kind == DYNR_DEPENDENT_NONE) {
        return;
    }
    if (dependency->next != NULL) {
        dependency->next->previous = dependency->previous;
    }
    if (dependency->previous != NULL) {
        dependency->previous->next = dependency->next;
    } else if (dependency->next != NULL) {
        /* The entry exists: this replaces its value, which cannot fail. */
        (void)dynr_key_table_put(&engine->dependencies, dependency->key, dependency->next);
    } else {
        dynr_key_table_remove(&engine->dependencies, dependency->key);
    }
    dependency->kind = DYNR_DEPENDENT_NONE;
    dependency->entity->n_dependencies--;
    dependency->entity->paths[dependency->path].n_dependencies--;
    engine->counters.dependencies--;
}

static bool add_match(struct dynr_engine *engine, struct dynr_dependency *dependency)
{
    struct dynr_matches *matches = &engine->matches;
    if (matches->n_items == matches->cap) {
        size_t cap = matches->cap == 0 ? 16 : matches->cap * 2;
        struct dynr_dependency **items =
            engine->allocator->resize(engine->allocator->context, matches->items,
                                      matches->cap * sizeof(struct dynr_dependency *),
                                      cap * sizeof(struct dynr_dependency *));
        if (items == NULL) {
            return false;
        }
        matches->items = items;
        matches->cap = cap;
    }
    matches->items[matches->n_items++] = dependency;
    return true;
}

enum dynr_status dynr_dependency_collect(struct dynr_engine *engine, struct dynr_key128 key)
{
    struct dynr_dependency *dependency = dynr_key_table_get(&engine->dependencies, key);
    engine->counters.lookups++;
    for (; dependency != NULL; dependency = dependency->next) {
        if (!add_match(engine, dependency)) {
            return DYNR_ERR_NO_MEMORY;
        }
    }
    return DYNR_OK;
}

static enum dynr_status collect_row(struct dynr_engine *engine, const struct dynr_path_info *path,
                                    const void *row, struct dynr_key128 *key, bool *present)
{
    enum dynr_status status = dynr_dependency_key(engine, path, row, key, present);
    return status == DYNR_OK && *present ? dynr_dependency_collect(engine, *key) : status;
}

enum dynr_status dynr_dependency_match(struct dynr_engine *engine,
                                       const struct dynr_live_change *change)
{
    struct dynr_entity_info *entity = change->entity;
    enum dynr_status status = DYNR_OK;
    engine->matches.n_items = 0;
    for (size_t i = 0; status == DYNR_OK && i < entity->n_paths; i++) {
        const struct dynr_path_info *path = &entity->paths[i];
        struct dynr_key128 key = {0, 0};
        bool present = false;
        if (path->n_dependencies == 0) {
            continue;
        }
        if (change->new_row != NULL) {
            status = collect_row(engine, path, change->new_row, &key, &present);
        }
        bool moved = change->new_row == NULL ||
                     (change->old_row != NULL &&
                      dynr_field_sets_meet(change->changed, path->fields, entity->n_words));
        if (status != DYNR_OK || change->old_row == NULL || !moved) {
            continue;
        }
        struct dynr_key128 old_key;
        bool old_present = false;
        status = dynr_dependency_key(engine, path, change->old_row, &old_key, &old_present);
        if (status == DYNR_OK && old_present && !(present && dynr_key128_equal(key, old_key))) {
            status = dynr_dependency_collect(engine, old_key);
        }
    }
    return status;
}
