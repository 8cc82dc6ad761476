/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything below a row: found along the children's paths page by page, removed from the leaves up. Rows without guards go in
 * batches; rows with guards each in a transaction with them. Given a transaction, all of it joins that.
 */
#include "typed/key.h"
#include "typed/write.h"

#define PAGE_ROWS 100
#define BATCH_MAX 25
/* Collections nest as deep as models do. */
#define LEVELS_MAX 16

struct cascade {
    struct dynr_client *client;
    /* The transaction that the removals join, or NULL: they are sent now. */
    struct dynr_write_set *set;
    unsigned level;
    struct dynr_error *err;
};

static enum dynr_status remove_below(struct cascade *cascade, const struct dynr_entity_desc *entity,
                                     const void *key);

/* How many leading values of a child's sort key are its parent's key. */
static uint16_t count_parent_values(const struct dynr_path_desc *path,
                                    const struct dynr_struct_desc *parent_key)
{
    uint16_t n = 0;
    for (size_t i = 0; path->sort != NULL && i < path->sort->n_parts; i++) {
        const struct dynr_key_part *part = &path->sort->parts[i];
        if (part->type == NULL) {
            continue;
        }
        if (dynr_field_at(parent_key, part->offset) == DYNR_NO_FIELD) {
            break;
        }
        n++;
    }
    return n;
}

static enum dynr_status send_batch(struct cascade *cascade, struct dynr_request *deletes,
                                   size_t count, struct dynr_arena *arena)
{
    for (uint32_t tries = 0; count > 0; tries++) {
        if (tries == cascade->client->max_tries) {
            return dynr_fail(cascade->err, DYNR_ERR_THROTTLED, "%zu rows were left unprocessed",
                             count);
        }
        struct dynr_request batch = DYNR_REQUEST_INIT;
        struct dynr_response response;
        batch.operation = DYNR_BATCH_WRITE_ITEM;
        batch.operations = deletes;
        batch.n_operations = count;
        enum dynr_status status =
            dynr_client_call(cascade->client, &batch, arena, &response, cascade->err);
        if (status != DYNR_OK) {
            return status;
        }
        size_t n_left = 0;
        for (size_t i = 0; i < response.n_unprocessed && response.unprocessed[i] < count; i++) {
            deletes[n_left++] = deletes[response.unprocessed[i]];
        }
        count = n_left;
    }
    return DYNR_OK;
}

/* Rows that are leaves and have no guards. */
static enum dynr_status remove_plain(struct cascade *cascade, const struct dynr_entity_desc *entity,
                                     const char *rows, size_t n_rows, size_t size,
                                     struct dynr_arena *arena)
{
    struct dynr_request deletes[BATCH_MAX];
    struct dynr_str table = dynr_client_table_name(cascade->client, entity->table, arena);
    size_t count = 0;
    enum dynr_status status = DYNR_OK;
    if (table.ptr == NULL) {
        return dynr_fail(cascade->err, DYNR_ERR_NO_MEMORY, NULL);
    }
    for (size_t i = 0; i < n_rows && status == DYNR_OK; i++) {
        struct dynr_request fresh = DYNR_REQUEST_INIT;
        deletes[count] = fresh;
        deletes[count].operation = DYNR_DELETE_ITEM;
        deletes[count].table = table;
        status =
            dynr_entity_key_json(entity, rows + i * size, arena, &deletes[count].key, cascade->err);
        count++;
        if (status == DYNR_OK && (count == BATCH_MAX || i + 1 == n_rows)) {
            status = send_batch(cascade, deletes, count, arena);
            count = 0;
        }
    }
    return status;
}

/* Whether the transaction removes the row already: more than one path may lead to it. */
static enum dynr_status is_planned(const struct dynr_write_set *set,
                                   const struct dynr_entity_desc *entity, const void *key,
                                   bool *out, struct dynr_error *err)
{
    struct dynr_str text;
    enum dynr_status status = dynr_entity_key_json(entity, key, set->arena, &text, err);
    for (size_t i = 0; status == DYNR_OK && i < set->n_ops && !*out; i++) {
        *out = set->requests[i].operation == DYNR_DELETE_ITEM &&
               set->ops[i].entity->table == entity->table &&
               dynr_str_equal(set->requests[i].key, text);
    }
    return status;
}

static enum dynr_status remove_one(struct cascade *cascade, const struct dynr_entity_desc *entity,
                                   const void *key, struct dynr_arena *arena)
{
    enum dynr_status status = remove_below(cascade, entity, key);
    if (status != DYNR_OK) {
        return status;
    }
    if (cascade->set != NULL) {
        struct dynr_write_set *set = cascade->set;
        void *row = NULL;
        bool planned = false;
        status = is_planned(set, entity, key, &planned, cascade->err);
        if (status != DYNR_OK || planned) {
            return status;
        }
        if (entity->n_uniques > 0) {
            status = dynr_row_fetch(set, entity, key, &row, cascade->err);
        }
        if (status == DYNR_OK) {
            status = dynr_plan_remove(set, entity, key, row, NULL, false, cascade->err);
        }
    } else {
        status = dynr_destroy_alone(cascade->client, entity, key, NULL, arena, cascade->err);
    }
    /* Somebody else removed it. */
    if (status == DYNR_ERR_NOT_FOUND) {
        dynr_error_clear(cascade->err);
        status = DYNR_OK;
    }
    return status;
}

static enum dynr_status remove_page(struct cascade *cascade, const struct dynr_entity_desc *entity,
                                    const struct dynr_rows *rows, struct dynr_arena *arena)
{
    size_t size = entity->key->size;
    const char *row = rows->items;
    if (cascade->set == NULL && entity->n_children == 0 && entity->n_uniques == 0) {
        return remove_plain(cascade, entity, row, rows->n_items, size, arena);
    }
    enum dynr_status status = DYNR_OK;
    for (size_t i = 0; i < rows->n_items && status == DYNR_OK; i++) {
        status = remove_one(cascade, entity, row + i * size, arena);
    }
    return status;
}

/* All rows of one kind below `key`. */
static enum dynr_status remove_along(struct cascade *cascade, const struct dynr_path_desc *path,
                                     const struct dynr_struct_desc *parent_key, const void *key)
{
    struct dynr_query query;
    struct dynr_arena pages[2];
    enum dynr_status status = DYNR_OK;
    bool more = true;
    memset(&query, 0, sizeof query);
    query.path = path;
    query.probe = key;
    query.n_equal = count_parent_values(path, parent_key);
    query.limit = PAGE_ROWS;
    query.flags = DYNR_READ_DELETED;
    /* Two, because a page's cursor is needed for the next. */
    dynr_arena_init(&pages[0], cascade->client->allocator, 0);
    dynr_arena_init(&pages[1], cascade->client->allocator, 0);
    for (size_t turn = 0; more && status == DYNR_OK; turn ^= 1) {
        struct dynr_rows rows;
        dynr_arena_reset(&pages[turn]);
        status = dynr_rows_query(cascade->client, &query, path->entity->key, &pages[turn], &rows,
                                 cascade->err);
        if (status == DYNR_OK) {
            status = remove_page(cascade, path->entity, &rows, &pages[turn]);
        }
        query.cursor = rows.cursor;
        more = rows.cursor.len > 0;
    }
    dynr_arena_cleanup(&pages[0]);
    dynr_arena_cleanup(&pages[1]);
    return status;
}

static enum dynr_status remove_below(struct cascade *cascade, const struct dynr_entity_desc *entity,
                                     const void *key)
{
    enum dynr_status status = DYNR_OK;
    if (cascade->level == LEVELS_MAX) {
        return dynr_fail(cascade->err, DYNR_ERR_LIMIT, "rows are nested too deeply");
    }
    cascade->level++;
    for (size_t i = 0; i < entity->n_children && status == DYNR_OK; i++) {
        status = remove_along(cascade, entity->children[i].path, entity->key, key);
    }
    cascade->level--;
    return status;
}

enum dynr_status dynr_plan_children(struct dynr_write_set *set,
                                    const struct dynr_entity_desc *entity, const void *key,
                                    struct dynr_error *err)
{
    struct cascade cascade = {set->client, set, 0, err};
    return remove_below(&cascade, entity, key);
}

enum dynr_status dynr_destroy_children(struct dynr_client *client,
                                       const struct dynr_entity_desc *entity, const void *key,
                                       struct dynr_error *err)
{
    struct cascade cascade = {client, NULL, 0, err};
    return remove_below(&cascade, entity, key);
}
