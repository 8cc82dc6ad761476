/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads along a variant: its keys and its filter are bound to the call's values, rows that a policy hides are left out.
 */
#include "typed/procedure_read.h"

#include <string.h>

#include "typed/type.h"

struct dynr_policy_call dynr_call_policy(const struct dynr_call *call,
                                         const struct dynr_policy_desc *policy)
{
    struct dynr_policy_call out = {policy, call->caller, call->input};
    return out;
}

const struct dynr_variant *dynr_variant_find(const struct dynr_query_body *body,
                                             const struct dynr_call *call)
{
    for (size_t i = 0; i < body->n_variants; i++) {
        if (body->variants[i].applies == NULL || body->variants[i].applies(call)) {
            return &body->variants[i]; /* variants exclude each other */
        }
    }
    return NULL;
}

/* ---- binding ------------------------------------------------------------------------------------------------ */

static enum dynr_status bind_end(const struct dynr_reading *reading,
                                 const struct dynr_range_end *end, struct dynr_bound *out,
                                 bool *out_all)
{
    out->kind = end->kind;
    if (end->kind == DYNR_BOUND_NONE) {
        return DYNR_OK;
    }
    const struct dynr_struct_desc *row = reading->variant->path->entity->row;
    void *probe = dynr_call_alloc(reading->call, 1, row->size);
    if (probe == NULL) {
        return DYNR_ERR_NO_MEMORY;
    }
    memcpy(probe, reading->probe, row->size);
    out->probe = probe;
    return dynr_call_assign(reading->call, row, &end->at, 1, probe, out_all);
}

static enum dynr_status bind_limit(const struct dynr_reading *reading, uint32_t *out)
{
    int64_t limit = 0;
    bool is_limited = false;
    *out = reading->single_row ? 1 : 0;
    if (reading->single_row || reading->take == NULL) {
        return DYNR_OK;
    }
    enum dynr_status status = dynr_call_int64(reading->call, reading->take, 0, &limit, &is_limited);
    *out = (uint32_t)limit;
    return status;
}

/** The query itself, its probe included. `*out_all` becomes false where a value is absent. */
static enum dynr_status bind_query(const struct dynr_reading *reading, struct dynr_query *query,
                                   bool *out_all)
{
    const struct dynr_variant *variant = reading->variant;
    memset(query, 0, sizeof *query);
    enum dynr_status status =
        dynr_call_assign(reading->call, variant->path->entity->row, variant->bindings,
                         variant->n_bindings, reading->probe, out_all);
    query->path = variant->row_path != NULL ? variant->row_path : variant->path;
    query->probe = reading->probe;
    query->n_equal = variant->n_equal;
    query->last_is_prefix = variant->last_is_prefix;
    query->descending = reading->descending;
    if (status == DYNR_OK) {
        status = bind_end(reading, &variant->low, &query->low, out_all);
    }
    if (status == DYNR_OK) {
        status = bind_end(reading, &variant->high, &query->high, out_all);
    }
    if (status == DYNR_OK) {
        status = dynr_call_filter(reading->call, variant->filter, &query->filter, out_all);
    }
    return status == DYNR_OK ? bind_limit(reading, &query->limit) : status;
}

/* ---- rows ---------------------------------------------------------------------------------------------------- */

/** Reads that need no Query: by the whole key, or by a unique value, with nothing left to filter. */
static enum dynr_status read_one(const struct dynr_reading *reading, struct dynr_rows *out)
{
    const struct dynr_call *call = reading->call;
    const struct dynr_path_desc *path = reading->variant->path;
    out->items = dynr_call_alloc(call, 1, reading->output->size);
    if (out->items == NULL) {
        return DYNR_ERR_NO_MEMORY;
    }
    /* A row begins with its key. */
    enum dynr_status status =
        path->kind == DYNR_PATH_GET
            ? dynr_row_get(call->client, path->entity, reading->probe, reading->output, 0,
                           call->arena, out->items, call->err)
            : dynr_row_get_unique(call->client, path, reading->probe, reading->output, 0,
                                  call->arena, out->items, call->err);
    if (status != DYNR_OK && status != DYNR_ERR_NOT_FOUND) {
        return status;
    }
    out->n_items = status == DYNR_OK ? 1 : 0;
    const struct dynr_policy_call policy = dynr_call_policy(call, reading->variant->row_filter);
    if (policy.policy != NULL) {
        status = dynr_policy_page(call->client, &policy, reading->output->size, call->arena, out,
                                  call->err);
    }
    if (status == DYNR_OK && out->n_items == 0) {
        /* A row that the policy hides is not found, in the same words. */
        status = dynr_fail(call->err, DYNR_ERR_NOT_FOUND, NULL);
    }
    if (status == DYNR_ERR_NOT_FOUND && !reading->single_row) {
        dynr_error_clear(call->err);
        return DYNR_OK; /* a list without rows */
    }
    return status;
}

/** The guard tells the key; the row is then read by it, so that the filter is asked. `*out_found`: there is such a guard. */
static enum dynr_status read_guard(const struct dynr_reading *reading, bool *out_found)
{
    const struct dynr_call *call = reading->call;
    const struct dynr_path_desc *path = reading->variant->path;
    enum dynr_status status = DYNR_OK;
    if (path->kind == DYNR_PATH_UNIQUE) {
        status = dynr_row_get_unique(call->client, path, reading->probe, path->entity->row, 0,
                                     call->arena, reading->probe, call->err);
    }
    *out_found = status == DYNR_OK;
    if (status == DYNR_ERR_NOT_FOUND) {
        dynr_error_clear(call->err);
        return DYNR_OK;
    }
    return status;
}

static enum dynr_status read_list(const struct dynr_reading *reading,
                                  const struct dynr_query *query, struct dynr_rows *out)
{
    const struct dynr_call *call = reading->call;
    bool found = false;
    enum dynr_status status = read_guard(reading, &found);
    if (status != DYNR_OK || !found) {
        return status;
    }
    if (reading->variant->row_filter == NULL) {
        return dynr_rows_query(call->client, query, reading->output, call->arena, out, call->err);
    }
    const struct dynr_policy_call policy = dynr_call_policy(call, reading->variant->row_filter);
    return dynr_rows_query_allowed(call->client, query, &policy, reading->output, call->arena, out,
                                   call->err);
}

enum dynr_status dynr_reading_rows(const struct dynr_reading *reading, struct dynr_rows *out)
{
    struct dynr_query query;
    bool all = true;
    memset(out, 0, sizeof *out);
    enum dynr_status status = bind_query(reading, &query, &all);
    if (status != DYNR_OK || !all) {
        return status;
    }
    enum dynr_path_kind kind = reading->variant->path->kind;
    bool by_key = kind == DYNR_PATH_GET || kind == DYNR_PATH_UNIQUE;
    return by_key && reading->variant->filter == NULL ? read_one(reading, out)
                                                      : read_list(reading, &query, out);
}

/* ---- values of rows ------------------------------------------------------------------------------------------ */

enum dynr_status dynr_reading_aggregate(const struct dynr_reading *reading,
                                        const struct dynr_aggregate_desc *aggregate, void *output)
{
    const struct dynr_call *call = reading->call;
    const struct dynr_policy_call policy = dynr_call_policy(call, reading->variant->row_filter);
    struct dynr_query query;
    bool all = true;
    bool found = false;
    enum dynr_status status = bind_query(reading, &query, &all);
    if (status == DYNR_OK && all) {
        status = read_guard(reading, &found);
    }
    if (status != DYNR_OK) {
        return status;
    }
    return dynr_rows_aggregate(call->client, found ? &query : NULL, &policy, aggregate, call->arena,
                               output, call->err);
}

/* ---- without reading ------------------------------------------------------------------------------------------ */

enum dynr_status dynr_reading_prepare(const struct dynr_reading *reading, struct dynr_query *query,
                                      bool *out_empty)
{
    bool all = true;
    enum dynr_status status = bind_query(reading, query, &all);
    query->path = reading->variant->path;
    *out_empty = !all;
    return status;
}
