/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies of queries: who may ask, the variant that applies, what stands under its rows.
 */
#include <string.h>

#include "typed/procedure_read.h"
#include "typed/type.h"

static enum dynr_status pass_gate(const struct dynr_query_body *body, const struct dynr_call *call)
{
    if (body->gate == NULL) {
        return DYNR_OK;
    }
    const struct dynr_policy_call policy = dynr_call_policy(call, body->gate);
    return dynr_policy_gate(call->client, &policy, call->arena, NULL, call->err);
}

/** How the rows of the query itself are read; `probe` NULL: no memory. */
static struct dynr_reading reading_of(const struct dynr_query_body *body,
                                      const struct dynr_call *call,
                                      const struct dynr_variant *variant,
                                      const struct dynr_struct_desc *output)
{
    struct dynr_reading reading = {
        .call = call,
        .variant = variant,
        .output = output,
        .single_row = body->single_row,
        .descending = body->descending,
        .take = &body->take,
        .probe = dynr_call_alloc(call, 1, body->entity->row->size),
    };
    return reading;
}

static enum dynr_status read_roots(const struct dynr_procedure_desc *procedure,
                                   const struct dynr_call *call, struct dynr_rows *out)
{
    const struct dynr_variant *variant = dynr_variant_find(procedure->query, call);
    memset(out, 0, sizeof *out);
    if (variant == NULL) {
        return DYNR_OK;
    }
    const struct dynr_reading reading =
        reading_of(procedure->query, call, variant, procedure->output);
    return reading.probe == NULL ? DYNR_ERR_NO_MEMORY : dynr_reading_rows(&reading, out);
}

/** Includes and aggregates of all rows. */
static enum dynr_status read_below(const struct dynr_procedure_desc *procedure,
                                   const struct dynr_call *call, const struct dynr_rows *rows)
{
    const struct dynr_query_body *body = procedure->query;
    if (body->n_includes == 0 && body->n_aggregates == 0) {
        return DYNR_OK;
    }
    char **pointers = dynr_call_alloc(call, rows->n_items + 1, sizeof *pointers);
    if (pointers == NULL) {
        return DYNR_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < rows->n_items; i++) {
        pointers[i] = (char *)rows->items + i * procedure->output->size;
    }
    enum dynr_status status =
        dynr_includes_run(call, body->includes, body->n_includes, pointers, rows->n_items);
    for (size_t i = 0; i < rows->n_items && status == DYNR_OK; i++) {
        status = dynr_aggregates_run(call, body, pointers[i]);
    }
    return status;
}

/** The output is an object of values over the rows. */
static enum dynr_status make_values(const struct dynr_query_body *body,
                                    const struct dynr_call *call, void *output)
{
    const struct dynr_variant *variant = dynr_variant_find(body, call);
    if (variant == NULL) {
        return dynr_rows_aggregate(call->client, NULL, NULL, body->values, call->arena, output,
                                   call->err);
    }
    struct dynr_reading reading = reading_of(body, call, variant, body->values->source);
    reading.take = NULL;
    return reading.probe == NULL ? DYNR_ERR_NO_MEMORY
                                 : dynr_reading_aggregate(&reading, body->values, output);
}

enum dynr_status dynr_query_run(const struct dynr_procedure_desc *procedure,
                                const struct dynr_call *call, void *output)
{
    const struct dynr_query_body *body = procedure->query;
    struct dynr_rows rows;
    enum dynr_status status = pass_gate(body, call);
    if (status != DYNR_OK) {
        return status;
    }
    if (body->values != NULL) {
        return make_values(body, call, output);
    }
    status = read_roots(procedure, call, &rows);
    if (status == DYNR_OK) {
        status = read_below(procedure, call, &rows);
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

enum dynr_status dynr_query_prepare(const struct dynr_query_body *body, const void *caller,
                                    const void *input, struct dynr_arena *arena,
                                    struct dynr_query *query, bool *out_empty,
                                    struct dynr_error *err)
{
    const struct dynr_call call = {.caller = caller, .input = input, .arena = arena, .err = err};
    const struct dynr_variant *variant = dynr_variant_find(body, &call);
    memset(query, 0, sizeof *query);
    *out_empty = true;
    if (variant == NULL) {
        return DYNR_OK;
    }
    struct dynr_reading reading = reading_of(body, &call, variant, body->entity->row);
    reading.take = body->values == NULL ? reading.take : NULL;
    return reading.probe == NULL ? DYNR_ERR_NO_MEMORY
                                 : dynr_reading_prepare(&reading, query, out_empty);
}

enum dynr_status dynr_include_prepare(const struct dynr_include_desc *include, const void *root,
                                      const void *caller, const void *input,
                                      struct dynr_arena *arena, struct dynr_query *query,
                                      bool *out_empty, struct dynr_error *err)
{
    const struct dynr_call call = {.caller = caller, .input = input, .arena = arena, .err = err};
    const struct dynr_reading reading = {
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
    dynr_links_set(include->links, include->n_links, include->entity, root, reading.probe);
    return dynr_reading_prepare(&reading, query, out_empty);
}
