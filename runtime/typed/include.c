/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows under rows: one that each of many refers to, read in batches over all of them.
 */
#include <string.h>

#include "dynr/gen.h"
#include "typed/type.h"

/** What a list member looks like, whatever its items are. */
struct any_list {
    void *items;
    size_t n_items;
};

/** The rows that get something under them. */
struct row_list {
    char **rows;
    size_t n_rows;
};

static size_t count_below(const struct dynr_include_step *step, const char *row,
                          struct any_list *out)
{
    if (step->many) {
        memcpy(out, row + step->member, sizeof *out);
    } else {
        memcpy(&out->items, row + step->member, sizeof out->items);
        out->n_items = out->items != NULL ? 1 : 0;
    }
    return out->n_items;
}

static enum dynr_status collect(const struct dynr_include_step *step, char *rows, size_t n_rows,
                                size_t row_size, struct dynr_arena *arena, struct row_list *out,
                                struct dynr_error *err)
{
    struct any_list below;
    size_t n = n_rows;
    if (step != NULL) {
        n = 0;
        for (size_t i = 0; i < n_rows; i++) {
            n += count_below(step, rows + i * row_size, &below);
        }
    }
    out->n_rows = 0;
    out->rows = dynr_arena_calloc(arena, n + 1, sizeof *out->rows);
    if (out->rows == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    for (size_t i = 0; i < n_rows; i++) {
        char *row = rows + i * row_size;
        if (step == NULL) {
            out->rows[out->n_rows++] = row;
            continue;
        }
        size_t n_below = count_below(step, row, &below);
        for (size_t k = 0; k < n_below; k++) {
            out->rows[out->n_rows++] = (char *)below.items + k * step->size;
        }
    }
    return DYNR_OK;
}

static const void *key_of(const struct dynr_key_include *include, const char *row)
{
    bool present = true;
    if (include->presence != DYNR_REQUIRED) {
        memcpy(&present, row + include->presence, sizeof present);
    }
    return present ? row + include->key : NULL;
}

/** Those of the rows that the policy allows; the others become NULL. */
static enum dynr_status drop_denied(struct dynr_client *client, const struct dynr_policy_call *call,
                                    void **rows, size_t n_rows, struct dynr_arena *arena,
                                    struct dynr_error *err)
{
    if (call == NULL || call->policy == NULL || n_rows == 0) {
        return DYNR_OK;
    }
    bool *allowed = dynr_arena_calloc(arena, n_rows, sizeof *allowed);
    const void **subjects = dynr_arena_calloc(arena, n_rows, sizeof *subjects);
    if (allowed == NULL || subjects == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    for (size_t i = 0; i < n_rows; i++) {
        subjects[i] = rows[i];
    }
    enum dynr_status status = dynr_policy_rows(client, call, subjects, n_rows, arena, allowed, err);
    for (size_t i = 0; i < n_rows && status == DYNR_OK; i++) {
        rows[i] = allowed[i] ? rows[i] : NULL;
    }
    return status;
}

enum dynr_status dynr_include_rows(struct dynr_client *client,
                                   const struct dynr_key_include *include,
                                   const struct dynr_include_step *step,
                                   const struct dynr_policy_call *call, void *rows, size_t n_rows,
                                   size_t row_size, struct dynr_arena *arena,
                                   struct dynr_error *err)
{
    struct row_list list;
    enum dynr_status status = collect(step, rows, n_rows, row_size, arena, &list, err);
    if (status != DYNR_OK || list.n_rows == 0) {
        return status;
    }
    const void **keys = dynr_arena_calloc(arena, list.n_rows, sizeof *keys);
    void **found = dynr_arena_calloc(arena, list.n_rows, sizeof *found);
    if (keys == NULL || found == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    for (size_t i = 0; i < list.n_rows; i++) {
        keys[i] = key_of(include, list.rows[i]);
    }
    status = dynr_row_get_many(client, include->entity, keys, list.n_rows, include->desc, 0, arena,
                               found, err);
    if (status == DYNR_OK) {
        status = drop_denied(client, call, found, list.n_rows, arena, err);
    }
    for (size_t i = 0; i < list.n_rows && status == DYNR_OK; i++) {
        memcpy(list.rows[i] + include->member, &found[i], sizeof found[i]);
    }
    return status;
}
