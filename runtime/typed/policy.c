/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies: predicates over rows that are looked up by their keys. A gate has one set of them for a call, a row filter one
 * for each row, read in batches.
 */
#include "typed/policy.h"
#include "dynr/gen.h"
#include "typed/type.h"

/** Rows that are dropped are replaced by as many at a time, so that few allowed rows are not many requests. */
#define ALLOWED_PAGE_MIN 25

static bool allows(const struct dynr_policy_desc *policy, const struct dynr_policy_input *in)
{
    return policy->allows == NULL || policy->allows(in);
}

enum dynr_status dynr_policy_gate(struct dynr_client *client, const struct dynr_policy_call *call,
                                  struct dynr_arena *arena, const void *const **out_others,
                                  struct dynr_error *err)
{
    const struct dynr_policy_desc *policy = call->policy;
    const void **others = dynr_arena_calloc(arena, policy->n_lookups + 1, sizeof *others);
    if (others == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    struct dynr_policy_input in = {call->caller, call->input, NULL, others};
    for (size_t i = 0; i < policy->n_lookups; i++) {
        const struct dynr_policy_lookup *lookup = &policy->lookups[i];
        void *key = dynr_arena_calloc(arena, 1, lookup->entity->key->size);
        void *row = dynr_arena_calloc(arena, 1, lookup->entity->row->size);
        if (key == NULL || row == NULL) {
            return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
        }
        if (!lookup->key(&in, key)) {
            continue;
        }
        enum dynr_status status =
            dynr_row_get(client, lookup->entity, key, lookup->entity->row, 0, arena, row, err);
        if (status != DYNR_OK && status != DYNR_ERR_NOT_FOUND) {
            return status;
        }
        others[i] = status == DYNR_OK ? row : NULL;
    }
    dynr_error_clear(err);
    if (out_others != NULL) {
        *out_others = others;
    }
    return allows(policy, &in) ? DYNR_OK : dynr_policy_deny(err);
}

enum dynr_status dynr_policy_deny(struct dynr_error *err)
{
    return dynr_fail(err, DYNR_ERR_DENIED, "the policy does not allow this");
}

/** The rows of one look-up for all rows in question; `others` has one column per look-up. */
static enum dynr_status look_up(struct dynr_client *client, const struct dynr_policy_call *call,
                                size_t lookup_index, const void *const *rows, size_t n_rows,
                                const void **others, struct dynr_arena *arena,
                                struct dynr_error *err)
{
    const struct dynr_policy_desc *policy = call->policy;
    const struct dynr_policy_lookup *lookup = &policy->lookups[lookup_index];
    size_t key_size = lookup->entity->key->size;
    char *keys = dynr_arena_calloc(arena, n_rows, key_size);
    const void **pointers = dynr_arena_calloc(arena, n_rows, sizeof *pointers);
    void **found = dynr_arena_calloc(arena, n_rows, sizeof *found);
    if (keys == NULL || pointers == NULL || found == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    for (size_t i = 0; i < n_rows; i++) {
        struct dynr_policy_input in = {call->caller, call->input, rows[i],
                                       &others[i * policy->n_lookups]};
        bool is_there = rows[i] != NULL && lookup->key(&in, keys + i * key_size);
        pointers[i] = is_there ? keys + i * key_size : NULL;
    }
    enum dynr_status status = dynr_row_get_many(client, lookup->entity, pointers, n_rows,
                                                lookup->entity->row, 0, arena, found, err);
    for (size_t i = 0; i < n_rows && status == DYNR_OK; i++) {
        others[i * policy->n_lookups + lookup_index] = found[i];
    }
    return status;
}

enum dynr_status dynr_policy_rows(struct dynr_client *client, const struct dynr_policy_call *call,
                                  const void *const *rows, size_t n_rows, struct dynr_arena *arena,
                                  bool *out_allowed, struct dynr_error *err)
{
    const struct dynr_policy_desc *policy = call->policy;
    const void **others = dynr_arena_calloc(arena, n_rows * policy->n_lookups + 1, sizeof *others);
    if (others == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    for (size_t i = 0; i < policy->n_lookups && n_rows > 0; i++) {
        enum dynr_status status = look_up(client, call, i, rows, n_rows, others, arena, err);
        if (status != DYNR_OK) {
            return status;
        }
    }
    for (size_t i = 0; i < n_rows; i++) {
        struct dynr_policy_input in = {call->caller, call->input, rows[i],
                                       &others[i * policy->n_lookups]};
        out_allowed[i] = rows[i] != NULL && allows(policy, &in);
    }
    return DYNR_OK;
}

enum dynr_status dynr_policy_page(struct dynr_client *client, const struct dynr_policy_call *call,
                                  size_t row_size, struct dynr_arena *arena, struct dynr_rows *page,
                                  struct dynr_error *err)
{
    if (call->policy == NULL) {
        return DYNR_OK;
    }
    const void **pointers = dynr_arena_calloc(arena, page->n_items + 1, sizeof *pointers);
    bool *allowed = dynr_arena_calloc(arena, page->n_items + 1, sizeof *allowed);
    if (pointers == NULL || allowed == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    char *items = page->items;
    for (size_t i = 0; i < page->n_items; i++) {
        pointers[i] = items + i * row_size;
    }
    enum dynr_status status =
        dynr_policy_rows(client, call, pointers, page->n_items, arena, allowed, err);
    size_t n = 0;
    for (size_t i = 0; i < page->n_items && status == DYNR_OK; i++) {
        if (allowed[i]) {
            memmove(items + n++ * row_size, items + i * row_size, row_size);
        }
    }
    page->n_items = status == DYNR_OK ? n : page->n_items;
    return status;
}

/** Appends the rows of a page to those that there are, as far as `limit` wants more. */
static enum dynr_status append_rows(struct dynr_rows *out, const struct dynr_rows *page,
                                    size_t row_size, uint32_t limit, struct dynr_arena *arena,
                                    struct dynr_error *err)
{
    size_t n = page->n_items;
    if (limit != 0 && n > limit - out->n_items) {
        n = limit - out->n_items;
    }
    if (out->n_items == 0) {
        out->items = page->items;
        out->n_items = n;
        return DYNR_OK;
    }
    char *items = dynr_arena_alloc(arena, (out->n_items + n + 1) * row_size);
    if (items == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    memcpy(items, out->items, out->n_items * row_size);
    if (n > 0) {
        memcpy(items + out->n_items * row_size, page->items, n * row_size);
    }
    out->items = items;
    out->n_items += n;
    return DYNR_OK;
}

enum dynr_status dynr_rows_query_allowed(struct dynr_client *client, const struct dynr_query *query,
                                         const struct dynr_policy_call *call,
                                         const struct dynr_struct_desc *desc,
                                         struct dynr_arena *arena, struct dynr_rows *out,
                                         struct dynr_error *err)
{
    struct dynr_query part = *query;
    memset(out, 0, sizeof *out);
    for (;;) {
        struct dynr_rows page;
        uint32_t left = query->limit - (uint32_t)out->n_items;
        part.limit = query->limit == 0 || left > ALLOWED_PAGE_MIN ? left : ALLOWED_PAGE_MIN;
        part.limit = query->limit == 0 ? 0 : part.limit;
        enum dynr_status status = dynr_rows_query(client, &part, desc, arena, &page, err);
        if (status == DYNR_OK) {
            status = dynr_policy_page(client, call, desc->size, arena, &page, err);
        }
        if (status == DYNR_OK) {
            status = append_rows(out, &page, desc->size, query->limit, arena, err);
        }
        if (status != DYNR_OK) {
            return status;
        }
        out->n_evaluated += page.n_evaluated;
        out->n_requests += page.n_requests;
        bool is_full = query->limit != 0 && out->n_items >= query->limit;
        if (is_full || page.cursor.len == 0) {
            return DYNR_OK;
        }
        part.cursor = page.cursor;
    }
}
