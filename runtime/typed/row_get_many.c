/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many rows by their keys: each distinct key is asked for once, in batches; what the service leaves over is sent again.
 */
#include "base/map.h"
#include "typed/key.h"
#include "typed/read.h"

#define BATCH_MAX 100

/* Distinct keys, and the row of each as far as it is known. */
struct wanted_rows {
    struct dynr_str *keys;
    void **rows;
    /* Of what each key's read saw; NULL: not wanted. */
    uint64_t *positions;
    size_t n_keys;
    /* For each of the caller's keys, its place among the distinct ones. */
    size_t *places;
};

static enum dynr_status find_distinct(const struct dynr_entity_desc *entity,
                                      const void *const *keys, size_t n_keys,
                                      struct dynr_arena *arena, struct wanted_rows *out,
                                      struct dynr_error *err)
{
    struct dynr_map known;
    out->keys = dynr_arena_calloc(arena, n_keys + 1, sizeof *out->keys);
    out->rows = dynr_arena_calloc(arena, n_keys + 1, sizeof *out->rows);
    out->places = dynr_arena_calloc(arena, n_keys + 1, sizeof *out->places);
    out->positions = NULL;
    out->n_keys = 0;
    if (out->keys == NULL || out->rows == NULL || out->places == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    dynr_map_init(&known, arena->allocator);
    enum dynr_status status = DYNR_OK;
    for (size_t i = 0; i < n_keys && status == DYNR_OK; i++) {
        if (keys[i] == NULL) {
            continue;
        }
        struct dynr_str key = {NULL, 0};
        status = dynr_entity_key_json(entity, keys[i], arena, &key, err);
        if (status != DYNR_OK) {
            break;
        }
        struct dynr_str *first = dynr_map_get(&known, key);
        if (first == NULL) {
            first = &out->keys[out->n_keys];
            *first = key;
            if (!dynr_map_put(&known, key, first, NULL)) {
                status = dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
                break;
            }
            out->n_keys++;
        }
        out->places[i] = (size_t)(first - out->keys);
    }
    dynr_map_cleanup(&known);
    return status;
}

/* Decodes the answers; `remaining` becomes the places that were left over, and returns their number. */
static enum dynr_status take_answers(const struct dynr_row_read *read,
                                     const struct dynr_response *response,
                                     struct wanted_rows *wanted, size_t *places, size_t *n_places,
                                     struct dynr_field_order *order, struct dynr_arena *arena,
                                     struct dynr_error *err)
{
    bool left[BATCH_MAX] = {false};
    for (size_t i = 0; i < response->n_unprocessed; i++) {
        if (response->unprocessed[i] < *n_places) {
            left[response->unprocessed[i]] = true;
        }
    }
    size_t n_left = 0;
    for (size_t i = 0; i < *n_places; i++) {
        if (left[i]) {
            places[n_left++] = places[i];
            continue;
        }
        if (wanted->positions != NULL) {
            wanted->positions[places[i]] = response->position;
        }
        if (i >= response->n_items || response->items[i].len == 0) {
            continue;
        }
        bool visible = false;
        void *row = dynr_arena_alloc(arena, read->desc->size);
        if (row == NULL) {
            return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
        }
        enum dynr_status status =
            dynr_row_read_decode(read, response->items[i], order, arena, row, &visible, err);
        if (status != DYNR_OK) {
            return status;
        }
        wanted->rows[places[i]] = visible ? row : NULL;
    }
    *n_places = n_left;
    return DYNR_OK;
}

/* One batch, until nothing of it is left over. */
static enum dynr_status read_batch(struct dynr_client *client, const struct dynr_row_read *read,
                                   const struct dynr_request *pattern, struct wanted_rows *wanted,
                                   size_t first, size_t count, struct dynr_field_order *order,
                                   struct dynr_arena *arena, struct dynr_error *err)
{
    size_t places[BATCH_MAX];
    for (size_t i = 0; i < count; i++) {
        places[i] = first + i;
    }
    struct dynr_request *gets = dynr_arena_calloc(arena, count, sizeof *gets);
    if (gets == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    for (uint32_t tries = 0; count > 0; tries++) {
        if (tries == client->max_tries) {
            return dynr_fail(err, DYNR_ERR_THROTTLED, "%zu keys were left unprocessed", count);
        }
        for (size_t i = 0; i < count; i++) {
            gets[i] = *pattern;
            gets[i].key = wanted->keys[places[i]];
        }
        struct dynr_request batch = DYNR_REQUEST_INIT;
        struct dynr_response response;
        batch.operation = DYNR_BATCH_GET_ITEM;
        batch.operations = gets;
        batch.n_operations = count;
        batch.want_position = wanted->positions != NULL;
        enum dynr_status status = dynr_client_call(client, &batch, arena, &response, err);
        if (status == DYNR_OK) {
            status = take_answers(read, &response, wanted, places, &count, order, arena, err);
        }
        if (status != DYNR_OK) {
            return status;
        }
    }
    return DYNR_OK;
}

/* `positions` is filled for each distinct key, unless it is NULL. */
static enum dynr_status read_distinct(struct dynr_client *client,
                                      const struct dynr_entity_desc *entity,
                                      const struct dynr_struct_desc *desc, unsigned flags,
                                      struct wanted_rows *wanted, struct dynr_arena *arena,
                                      struct dynr_error *err)
{
    struct dynr_placeholders placeholders;
    struct dynr_field_order order;
    struct dynr_row_read read;
    struct dynr_request pattern = DYNR_REQUEST_INIT;
    dynr_placeholders_init(&placeholders, arena);
    dynr_field_order_init(&order);
    enum dynr_status status = dynr_row_read_prepare(&read, client, entity, desc, flags, false, NULL,
                                                    &placeholders, arena, err);
    if (status == DYNR_OK) {
        status = dynr_placeholders_finish(&placeholders, &pattern, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    pattern.operation = DYNR_GET_ITEM;
    pattern.table = read.table;
    pattern.projection = read.projection;
    pattern.consistent_read = (flags & DYNR_READ_EVENTUAL) == 0;
    for (size_t first = 0; first < wanted->n_keys; first += BATCH_MAX) {
        size_t count = wanted->n_keys - first < BATCH_MAX ? wanted->n_keys - first : BATCH_MAX;
        status = read_batch(client, &read, &pattern, wanted, first, count, &order, arena, err);
        if (status != DYNR_OK) {
            return status;
        }
    }
    return DYNR_OK;
}

enum dynr_status dynr_row_get_many(struct dynr_client *client,
                                   const struct dynr_entity_desc *entity, const void *const *keys,
                                   size_t n_keys, const struct dynr_struct_desc *desc,
                                   unsigned flags, struct dynr_arena *arena, void **out_rows,
                                   struct dynr_error *err)
{
    struct wanted_rows wanted;
    enum dynr_status status = find_distinct(entity, keys, n_keys, arena, &wanted, err);
    if (status == DYNR_OK) {
        status = read_distinct(client, entity, desc, flags, &wanted, arena, err);
    }
    for (size_t i = 0; status == DYNR_OK && i < n_keys; i++) {
        out_rows[i] = keys[i] == NULL ? NULL : wanted.rows[wanted.places[i]];
    }
    return status;
}

enum dynr_status dynr_row_lookup(struct dynr_client *client, const struct dynr_entity_desc *entity,
                                 const void *const *keys, size_t n_keys, struct dynr_arena *arena,
                                 void **out_rows, uint64_t *out_positions, struct dynr_error *err)
{
    struct wanted_rows wanted;
    enum dynr_status status = find_distinct(entity, keys, n_keys, arena, &wanted, err);
    if (status != DYNR_OK) {
        return status;
    }
    wanted.positions = dynr_arena_calloc(arena, wanted.n_keys + 1, sizeof *wanted.positions);
    if (wanted.positions == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    status = read_distinct(client, entity, entity->row, 0, &wanted, arena, err);
    for (size_t i = 0; status == DYNR_OK && i < n_keys; i++) {
        out_rows[i] = keys[i] == NULL ? NULL : wanted.rows[wanted.places[i]];
        out_positions[i] = keys[i] == NULL ? 0 : wanted.positions[wanted.places[i]];
    }
    return status;
}
