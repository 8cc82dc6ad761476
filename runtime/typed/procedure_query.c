/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies of queries: the variant that applies binds its keys and filter and reads; includes follow.
 */
#include "typed/procedure.h"

#include <string.h>

#include "typed/type.h"

/** What a variant reads with. */
struct reading {
    const struct dynr_call *call;
    const struct dynr_variant *variant;
    /** As what rows are decoded. */
    const struct dynr_struct_desc *output;
    bool single_row;
    bool descending;
    const struct dynr_value_source *take;
    /** A row of the entity, its bound members set. */
    void *probe;
};

static enum dynr_status bind_end(const struct reading *reading, const struct dynr_range_end *end,
                                 struct dynr_bound *out, bool *out_all)
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

/** The query itself. `*out_all` becomes false where a value is absent. */
static enum dynr_status bind_query(const struct reading *reading, struct dynr_query *query,
                                   bool *out_all)
{
    const struct dynr_variant *variant = reading->variant;
    memset(query, 0, sizeof *query);
    query->path = variant->row_path != NULL ? variant->row_path : variant->path;
    query->probe = reading->probe;
    query->n_equal = variant->n_equal;
    query->last_is_prefix = variant->last_is_prefix;
    query->descending = reading->descending;
    enum dynr_status status = bind_end(reading, &variant->low, &query->low, out_all);
    if (status == DYNR_OK) {
        status = bind_end(reading, &variant->high, &query->high, out_all);
    }
    if (status == DYNR_OK) {
        status = dynr_call_filter(reading->call, variant->filter, &query->filter, out_all);
    }
    int64_t limit = 0;
    bool is_limited = false;
    if (status == DYNR_OK) {
        status = dynr_call_int64(reading->call, reading->take, 0, &limit, &is_limited);
    }
    query->limit = reading->single_row ? 1 : (uint32_t)limit;
    return status;
}

/** Reads that need no Query: by the whole key, or by a unique value, with nothing left to filter. */
static enum dynr_status read_one(const struct reading *reading, struct dynr_rows *out)
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
    out->n_items = status == DYNR_OK ? 1 : 0;
    return status == DYNR_ERR_NOT_FOUND && !reading->single_row ? DYNR_OK : status;
}

static enum dynr_status read_list(const struct reading *reading, const struct dynr_query *query,
                                  struct dynr_rows *out)
{
    const struct dynr_call *call = reading->call;
    const struct dynr_path_desc *path = reading->variant->path;
    if (path->kind == DYNR_PATH_UNIQUE) {
        /* The guard tells the key; the row is then read by it, so that the filter is asked. */
        enum dynr_status status =
            dynr_row_get_unique(call->client, path, reading->probe, path->entity->row, 0,
                                call->arena, reading->probe, call->err);
        if (status != DYNR_OK) {
            return status == DYNR_ERR_NOT_FOUND ? DYNR_OK : status;
        }
    }
    return dynr_rows_query(call->client, query, reading->output, call->arena, out, call->err);
}

/** Reads along a variant; no rows where one of its values is absent. `reading->probe` may have members already. */
static enum dynr_status read_variant(const struct reading *reading, struct dynr_rows *out)
{
    const struct dynr_variant *variant = reading->variant;
    struct dynr_query query;
    bool all = true;
    memset(out, 0, sizeof *out);
    enum dynr_status status =
        dynr_call_assign(reading->call, variant->path->entity->row, variant->bindings,
                         variant->n_bindings, reading->probe, &all);
    if (status == DYNR_OK) {
        status = bind_query(reading, &query, &all);
    }
    if (status != DYNR_OK || !all) {
        return status;
    }
    enum dynr_path_kind kind = variant->path->kind;
    bool by_key = kind == DYNR_PATH_GET || kind == DYNR_PATH_UNIQUE;
    return by_key && variant->filter == NULL ? read_one(reading, out)
                                             : read_list(reading, &query, out);
}

/* ---- includes ---------------------------------------------------------------------------------------------- */

static char *root_at(const struct dynr_rows *rows, const struct dynr_struct_desc *desc, size_t i)
{
    return (char *)rows->items + i * desc->size;
}

static enum dynr_status include_by_key(const struct dynr_call *call,
                                       const struct dynr_include_desc *include,
                                       const struct dynr_struct_desc *root,
                                       const struct dynr_rows *rows)
{
    const void **keys = dynr_call_alloc(call, rows->n_items, sizeof *keys);
    void **found = dynr_call_alloc(call, rows->n_items, sizeof *found);
    if (keys == NULL || found == NULL) {
        return DYNR_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < rows->n_items; i++) {
        const char *row = root_at(rows, root, i);
        bool present = true;
        if (include->key_presence != DYNR_REQUIRED) {
            memcpy(&present, row + include->key_presence, sizeof present);
        }
        keys[i] = present ? row + include->key : NULL;
    }
    enum dynr_status status = dynr_row_get_many(call->client, include->entity, keys, rows->n_items,
                                                include->output, 0, call->arena, found, call->err);
    for (size_t i = 0; status == DYNR_OK && i < rows->n_items; i++) {
        memcpy(root_at(rows, root, i) + include->member, &found[i], sizeof found[i]);
    }
    return status;
}

/** The child's members that are the root's: its reference to it. */
static void link_to_root(const struct dynr_include_desc *include, const char *root, void *probe)
{
    for (size_t i = 0; i < include->n_links; i++) {
        const struct dynr_link *link = &include->links[i];
        const struct dynr_field_desc *field = &include->entity->row->fields[link->field];
        if (field->presence != DYNR_REQUIRED) {
            bool present = true;
            memcpy((char *)probe + field->presence, &present, sizeof present);
        }
        memcpy((char *)probe + field->offset + link->offset, root + link->from, link->size);
    }
}

static enum dynr_status include_by_query(const struct dynr_call *call,
                                         const struct dynr_include_desc *include, char *root)
{
    struct reading reading = {
        .call = call,
        .variant = include->variant,
        .output = include->output,
        .single_row = !include->many,
        .descending = include->descending,
        .take = &include->take,
        .probe = dynr_call_alloc(call, 1, include->entity->row->size),
    };
    if (reading.probe == NULL) {
        return DYNR_ERR_NO_MEMORY;
    }
    link_to_root(include, root, reading.probe);
    struct dynr_rows found;
    enum dynr_status status = read_variant(&reading, &found);
    if (status == DYNR_ERR_NOT_FOUND) {
        return DYNR_OK; /* there is none: the member stays NULL */
    }
    if (status != DYNR_OK) {
        return status;
    }
    if (include->many) {
        struct dynr_sequence list = {found.items, found.n_items};
        memcpy(root + include->member, &list, sizeof list);
    } else if (found.n_items > 0) {
        memcpy(root + include->member, &found.items, sizeof found.items);
    }
    return DYNR_OK;
}

static enum dynr_status run_include(const struct dynr_call *call,
                                    const struct dynr_include_desc *include,
                                    const struct dynr_struct_desc *root,
                                    const struct dynr_rows *rows)
{
    if (include->variant == NULL) {
        return include_by_key(call, include, root, rows);
    }
    enum dynr_status status = DYNR_OK;
    for (size_t i = 0; status == DYNR_OK && i < rows->n_items; i++) {
        status = include_by_query(call, include, root_at(rows, root, i));
    }
    return status;
}

/* ---- the whole --------------------------------------------------------------------------------------------- */

static enum dynr_status read_roots(const struct dynr_procedure_desc *procedure,
                                   const struct dynr_call *call, struct dynr_rows *out)
{
    const struct dynr_query_body *body = procedure->query;
    enum dynr_status status = DYNR_OK;
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < body->n_variants; i++) {
        const struct dynr_variant *variant = &body->variants[i];
        if (variant->applies != NULL && !variant->applies(call)) {
            continue;
        }
        struct reading reading = {
            .call = call,
            .variant = variant,
            .output = procedure->output,
            .single_row = body->single_row,
            .descending = body->descending,
            .take = &body->take,
            .probe = dynr_call_alloc(call, 1, body->entity->row->size),
        };
        status = reading.probe == NULL ? DYNR_ERR_NO_MEMORY : read_variant(&reading, out);
        break; /* variants exclude each other */
    }
    return status;
}

enum dynr_status dynr_query_run(const struct dynr_procedure_desc *procedure,
                                const struct dynr_call *call, void *output)
{
    const struct dynr_query_body *body = procedure->query;
    struct dynr_rows rows;
    enum dynr_status status = read_roots(procedure, call, &rows);
    for (size_t i = 0; status == DYNR_OK && i < body->n_includes; i++) {
        status = run_include(call, &body->includes[i], procedure->output, &rows);
    }
    if (status != DYNR_OK) {
        return status;
    }
    if (!body->single_row) {
        struct dynr_sequence list = {rows.items, rows.n_items};
        memcpy(output, &list, sizeof list);
        return DYNR_OK;
    }
    if (rows.n_items == 0) {
        return dynr_fail(call->err, DYNR_ERR_NOT_FOUND, NULL);
    }
    memcpy(output, rows.items, procedure->output->size);
    return DYNR_OK;
}

/* ---- without reading ----------------------------------------------------------------------------------------- */

static enum dynr_status prepare(const struct reading *reading, struct dynr_query *query, bool *out_empty)
{
    const struct dynr_variant *variant = reading->variant;
    bool all = true;
    enum dynr_status status =
        dynr_call_assign(reading->call, variant->path->entity->row, variant->bindings,
                         variant->n_bindings, reading->probe, &all);
    if (status == DYNR_OK) {
        status = bind_query(reading, query, &all);
    }
    query->path = variant->path;
    *out_empty = !all;
    return status;
}

enum dynr_status dynr_query_prepare(const struct dynr_query_body *body, const void *caller,
                                    const void *input, struct dynr_arena *arena,
                                    struct dynr_query *query, bool *out_empty, struct dynr_error *err)
{
    const struct dynr_call call = {.caller = caller, .input = input, .arena = arena, .err = err};
    memset(query, 0, sizeof *query);
    *out_empty = true;
    for (size_t i = 0; i < body->n_variants; i++) {
        const struct dynr_variant *variant = &body->variants[i];
        if (variant->applies != NULL && !variant->applies(&call)) {
            continue;
        }
        struct reading reading = {
            .call = &call,
            .variant = variant,
            .output = body->entity->row,
            .single_row = body->single_row,
            .descending = body->descending,
            .take = &body->take,
            .probe = dynr_call_alloc(&call, 1, body->entity->row->size),
        };
        return reading.probe == NULL ? DYNR_ERR_NO_MEMORY : prepare(&reading, query, out_empty);
    }
    return DYNR_OK;
}

enum dynr_status dynr_include_prepare(const struct dynr_include_desc *include, const void *root,
                                      const void *caller, const void *input, struct dynr_arena *arena,
                                      struct dynr_query *query, bool *out_empty, struct dynr_error *err)
{
    const struct dynr_call call = {.caller = caller, .input = input, .arena = arena, .err = err};
    struct reading reading = {
        .call = &call,
        .variant = include->variant,
        .output = include->entity->row,
        .single_row = !include->many,
        .descending = include->descending,
        .take = &include->take,
        .probe = dynr_call_alloc(&call, 1, include->entity->row->size),
    };
    memset(query, 0, sizeof *query);
    *out_empty = true;
    if (reading.probe == NULL) {
        return DYNR_ERR_NO_MEMORY;
    }
    link_to_root(include, root, reading.probe);
    return prepare(&reading, query, out_empty);
}
