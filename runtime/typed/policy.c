/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies: predicates over rows that are looked up by their keys, as long as those that are known do not decide. A gate has one
 * set of them for a call, a row filter one for each row, read in batches.
 */
#include "typed/policy.h"
#include "dynr/gen.h"
#include "typed/type.h"

/** Rows that are dropped are replaced by as many at a time, so that few allowed rows are not many requests. */
#define ALLOWED_PAGE_MIN 25

enum decision {
    UNDECIDED,
    ALLOWED,
    DENIED,
};

/** What the rows of the first `n_known` look-ups say; those of all of them decide. */
static enum decision decide(const struct dynr_policy_desc *policy,
                            const struct dynr_policy_input *in, size_t n_known)
{
    if (n_known == policy->n_lookups) {
        return policy->allows == NULL || policy->allows(in) ? ALLOWED : DENIED;
    }
    const struct dynr_policy_lookup *next = &policy->lookups[n_known];
    if (next->allows != NULL && next->allows(in)) {
        return ALLOWED;
    }
    return next->denies != NULL && next->denies(in) ? DENIED : UNDECIDED;
}

/** The row of one look-up, NULL where there is none. */
static enum dynr_status look_up_one(struct dynr_client *client,
                                    const struct dynr_policy_lookup *lookup,
                                    const struct dynr_policy_input *in, struct dynr_arena *arena,
                                    const void **out_row, struct dynr_error *err)
{
    void *key = dynr_arena_calloc(arena, 1, lookup->entity->key->size);
    void *row = dynr_arena_calloc(arena, 1, lookup->entity->row->size);
    *out_row = NULL;
    if (key == NULL || row == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    if (!lookup->key(in, key)) {
        return DYNR_OK;
    }
    enum dynr_status status =
        dynr_row_get(client, lookup->entity, key, lookup->entity->row, 0, arena, row, err);
    *out_row = status == DYNR_OK ? row : NULL;
    if (status == DYNR_ERR_NOT_FOUND) {
        dynr_error_clear(err);
        return DYNR_OK;
    }
    return status;
}

enum dynr_status dynr_policy_gate(struct dynr_client *client, const struct dynr_policy_call *call,
                                  struct dynr_arena *arena, struct dynr_policy_known *out_known,
                                  struct dynr_error *err)
{
    const struct dynr_policy_desc *policy = call->policy;
    const void **others = dynr_arena_calloc(arena, policy->n_lookups + 1, sizeof *others);
    if (others == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    const struct dynr_policy_input in = {call->caller, call->input, NULL, others};
    size_t n_known = 0;
    enum decision decision = decide(policy, &in, n_known);
    while (decision == UNDECIDED) {
        enum dynr_status status =
            look_up_one(client, &policy->lookups[n_known], &in, arena, &others[n_known], err);
        if (status != DYNR_OK) {
            return status;
        }
        decision = decide(policy, &in, ++n_known);
    }
    if (out_known != NULL) {
        out_known->others = others;
        out_known->n_others = n_known;
    }
    return decision == ALLOWED ? DYNR_OK : dynr_policy_deny(err);
}

enum dynr_status dynr_policy_deny(struct dynr_error *err)
{
    return dynr_fail(err, DYNR_ERR_DENIED, "the policy does not allow this");
}

/** Rows in question, and what is known about each. */
struct subjects {
    const void *const *rows;
    size_t n_rows;
    /** One column per look-up. */
    const void **others;
    enum decision *decisions;
};

static struct dynr_policy_input input_of(const struct dynr_policy_call *call,
                                         const struct subjects *subjects, size_t row)
{
    const struct dynr_policy_input in = {call->caller, call->input, subjects->rows[row],
                                         &subjects->others[row * call->policy->n_lookups]};
    return in;
}

/** Whether some row is still undecided with the rows of the first `n_known` look-ups. */
static bool decide_rows(const struct dynr_policy_call *call, struct subjects *subjects,
                        size_t n_known)
{
    bool any = false;
    for (size_t i = 0; i < subjects->n_rows; i++) {
        if (subjects->decisions[i] == UNDECIDED) {
            const struct dynr_policy_input in = input_of(call, subjects, i);
            subjects->decisions[i] = decide(call->policy, &in, n_known);
            any = any || subjects->decisions[i] == UNDECIDED;
        }
    }
    return any;
}

/** The rows of one look-up for all rows that are undecided. */
static enum dynr_status look_up(struct dynr_client *client, const struct dynr_policy_call *call,
                                size_t lookup_index, struct subjects *subjects,
                                struct dynr_arena *arena, struct dynr_error *err)
{
    const struct dynr_policy_desc *policy = call->policy;
    const struct dynr_policy_lookup *lookup = &policy->lookups[lookup_index];
    size_t n_rows = subjects->n_rows;
    size_t key_size = lookup->entity->key->size;
    char *keys = dynr_arena_calloc(arena, n_rows, key_size);
    const void **pointers = dynr_arena_calloc(arena, n_rows, sizeof *pointers);
    void **found = dynr_arena_calloc(arena, n_rows, sizeof *found);
    if (keys == NULL || pointers == NULL || found == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    for (size_t i = 0; i < n_rows; i++) {
        const struct dynr_policy_input in = input_of(call, subjects, i);
        bool is_there =
            subjects->decisions[i] == UNDECIDED && lookup->key(&in, keys + i * key_size);
        pointers[i] = is_there ? keys + i * key_size : NULL;
    }
    enum dynr_status status = dynr_row_get_many(client, lookup->entity, pointers, n_rows,
                                                lookup->entity->row, 0, arena, found, err);
    for (size_t i = 0; i < n_rows && status == DYNR_OK; i++) {
        subjects->others[i * policy->n_lookups + lookup_index] = found[i];
    }
    return status;
}

enum dynr_status dynr_policy_rows(struct dynr_client *client, const struct dynr_policy_call *call,
                                  const void *const *rows, size_t n_rows, struct dynr_arena *arena,
                                  bool *out_allowed, struct dynr_error *err)
{
    size_t n_lookups = call->policy->n_lookups;
    struct subjects subjects = {
        .rows = rows,
        .n_rows = n_rows,
        .others = dynr_arena_calloc(arena, n_rows * n_lookups + 1, sizeof(const void *)),
        .decisions = dynr_arena_calloc(arena, n_rows + 1, sizeof(enum decision)),
    };
    if (subjects.others == NULL || subjects.decisions == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    for (size_t i = 0; i < n_rows; i++) {
        subjects.decisions[i] = rows[i] == NULL ? DENIED : UNDECIDED;
    }
    for (size_t i = 0; decide_rows(call, &subjects, i); i++) {
        enum dynr_status status = look_up(client, call, i, &subjects, arena, err);
        if (status != DYNR_OK) {
            return status;
        }
    }
    for (size_t i = 0; i < n_rows; i++) {
        out_allowed[i] = subjects.decisions[i] == ALLOWED;
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
