/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dependency index: from the partitions that a change touches to everybody who waits for them. One table of hashes, each
 * with a list of dependents.
 */
#include "reactive/reactive.h"

/* By way of the key's text. */
static enum dynr_status hash_text(struct dynr_engine *engine, const struct dynr_path_info *path,
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

enum dynr_status dynr_dependency_key(struct dynr_engine *engine, const struct dynr_path_info *path,
                                     const void *row, struct dynr_key128 *out, bool *out_present)
{
    enum dynr_path_key_result result = dynr_path_key_hash(&path->key, row, out);
    if (result == DYNR_PATH_KEY_LONG_WAY) {
        return hash_text(engine, path, row, out, out_present);
    }
    *out_present = result == DYNR_PATH_KEY_HASHED;
    return DYNR_OK;
}

/* ---- the lists ------------------------------------------------------------------------------------------------- */

/* The table's value of a list: its first, one byte on where there are others, so that a list of one need not be looked at. */
static void *entry_of(struct dynr_dependency *first)
{
    return (char *)first + (first->next == NULL ? 0 : 1);
}

static bool has_others(const void *entry)
{
    return ((uintptr_t)entry & 1) != 0;
}

static struct dynr_dependency *first_of(void *entry)
{
    return (struct dynr_dependency *)(void *)((char *)entry - (has_others(entry) ? 1 : 0));
}

/* The entry exists: this replaces its value, which cannot fail. */
static void replace_entry(struct dynr_engine *engine, struct dynr_dependency *first)
{
    (void)dynr_key_table_put(&engine->dependencies, first->key, entry_of(first));
}

bool dynr_dependency_add(struct dynr_engine *engine, struct dynr_dependency *dependency,
                         enum dynr_dependent_kind kind, struct dynr_entity_info *entity,
                         size_t path, struct dynr_key128 key)
{
    void *entry = dynr_key_table_get(&engine->dependencies, key);
    dependency->next = NULL;
    if (entry == NULL && !dynr_key_table_put(&engine->dependencies, key, entry_of(dependency))) {
        return false;
    }
    dependency->key = key;
    dependency->kind = kind;
    dependency->entity = entity;
    dependency->path = (uint32_t)path;
    dependency->previous = NULL;
    if (entry != NULL) {
        /* Behind the first, so that the table stays as it is. */
        struct dynr_dependency *first = first_of(entry);
        dependency->previous = first;
        dependency->next = first->next;
        first->next = dependency;
        if (dependency->next != NULL) {
            dependency->next->previous = dependency;
        } else {
            replace_entry(engine, first);
        }
    }
    entity->n_dependencies++;
    entity->paths[path].n_dependencies++;
    engine->counters.dependencies++;
    return true;
}

void dynr_dependency_remove(struct dynr_engine *engine, struct dynr_dependency *dependency)
{
    struct dynr_dependency *next = dependency->next;
    struct dynr_dependency *previous = dependency->previous;
    if (dependency->kind == DYNR_DEPENDENT_NONE) {
        return;
    }
    if (next != NULL) {
        next->previous = previous;
    }
    if (previous != NULL) {
        previous->next = next;
        if (previous->previous == NULL && next == NULL) {
            replace_entry(engine, previous);
        }
    } else if (next != NULL) {
        replace_entry(engine, next);
    } else {
        dynr_key_table_remove(&engine->dependencies, dependency->key);
    }
    dependency->kind = DYNR_DEPENDENT_NONE;
    dependency->entity->n_dependencies--;
    dependency->entity->paths[dependency->path].n_dependencies--;
    engine->counters.dependencies--;
}

/* ---- matching -------------------------------------------------------------------------------------------------- */

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
    void *entry = dynr_key_table_get(&engine->dependencies, key);
    engine->counters.lookups++;
    if (entry == NULL) {
        return DYNR_OK;
    }
    if (!has_others(entry)) {
        return add_match(engine, entry) ? DYNR_OK : DYNR_ERR_NO_MEMORY;
    }
    for (struct dynr_dependency *at = first_of(entry); at != NULL; at = at->next) {
        if (!add_match(engine, at)) {
            return DYNR_ERR_NO_MEMORY;
        }
    }
    return DYNR_OK;
}

struct touched {
    struct dynr_key128 *keys;
    size_t n_keys;
};

/* Adds the key of a row; `moved_from`: unless it is that one. Its place in the table is brought near while others are computed. */
static inline enum dynr_status touch(struct dynr_engine *engine, const struct dynr_path_info *path,
                                     const void *row, const struct dynr_key128 *moved_from,
                                     struct touched *touched)
{
    struct dynr_key128 *key = &touched->keys[touched->n_keys];
    bool present = false;
    enum dynr_status status = dynr_dependency_key(engine, path, row, key, &present);
    if (status == DYNR_OK && present &&
        !(moved_from != NULL && dynr_key128_equal(*key, *moved_from))) {
        dynr_key_table_prefetch(&engine->dependencies, *key);
        touched->n_keys++;
    }
    return status;
}

/* The keys of one path that the change touches: of the row as it is, and of the row as it was where that is another one. */
static inline enum dynr_status touch_path(struct dynr_engine *engine,
                                          const struct dynr_path_info *path,
                                          const struct dynr_live_change *change,
                                          struct touched *touched)
{
    size_t before = touched->n_keys;
    enum dynr_status status = DYNR_OK;
    if (change->new_row != NULL) {
        status = touch(engine, path, change->new_row, NULL, touched);
    }
    bool moved = change->new_row == NULL ||
                 dynr_field_sets_meet(change->changed, path->fields, change->entity->n_words);
    if (status == DYNR_OK && change->old_row != NULL && moved) {
        const struct dynr_key128 *is = touched->n_keys > before ? &touched->keys[before] : NULL;
        status = touch(engine, path, change->old_row, is, touched);
    }
    return status;
}

enum dynr_status dynr_dependency_match(struct dynr_engine *engine,
                                       const struct dynr_live_change *change)
{
    const struct dynr_entity_info *entity = change->entity;
    struct touched touched = {entity->keys, 0};
    enum dynr_status status = DYNR_OK;
    engine->matches.n_items = 0;
    for (size_t i = 0; status == DYNR_OK && i < entity->n_paths; i++) {
        if (entity->paths[i].n_dependencies > 0) {
            status = touch_path(engine, &entity->paths[i], change, &touched);
        }
    }
    for (size_t i = 0; status == DYNR_OK && i < touched.n_keys; i++) {
        status = dynr_dependency_collect(engine, touched.keys[i]);
    }
    return status;
}
