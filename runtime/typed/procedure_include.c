/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands under rows: one that each of many refers to, read in batches over all of them; rows below each; values of such rows.
 */
#include "typed/procedure_read.h"

#include <string.h>

#include "typed/type.h"

/* ---- by key -------------------------------------------------------------------------------------------------- */

static const void *key_of(const struct dynr_include_desc *include, const char *row)
{
    bool present = true;
    if (include->key_presence != DYNR_REQUIRED) {
        memcpy(&present, row + include->key_presence, sizeof present);
    }
    return present ? row + include->key : NULL;
}

/** Those of the rows that the policy allows; the others become NULL. */
static enum dynr_status drop_denied(const struct dynr_call *call,
                                    const struct dynr_policy_desc *row_filter, void **rows,
                                    size_t n_rows)
{
    if (row_filter == NULL) {
        return DYNR_OK;
    }
    const struct dynr_policy_call policy = dynr_call_policy(call, row_filter);
    bool *allowed = dynr_call_alloc(call, n_rows, sizeof *allowed);
    const void **subjects = dynr_call_alloc(call, n_rows, sizeof *subjects);
    if (allowed == NULL || subjects == NULL) {
        return DYNR_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < n_rows; i++) {
        subjects[i] = rows[i];
    }
    enum dynr_status status =
        dynr_policy_rows(call->client, &policy, subjects, n_rows, call->arena, allowed, call->err);
    for (size_t i = 0; i < n_rows && status == DYNR_OK; i++) {
        rows[i] = allowed[i] ? rows[i] : NULL;
    }
    return status;
}

static enum dynr_status include_by_key(const struct dynr_call *call,
                                       const struct dynr_include_desc *include, char *const *rows,
                                       size_t n_rows)
{
    const void **keys = dynr_call_alloc(call, n_rows, sizeof *keys);
    void **found = dynr_call_alloc(call, n_rows, sizeof *found);
    if (keys == NULL || found == NULL) {
        return DYNR_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < n_rows; i++) {
        keys[i] = key_of(include, rows[i]);
    }
    enum dynr_status status = dynr_row_get_many(call->client, include->entity, keys, n_rows,
                                                include->output, 0, call->arena, found, call->err);
    if (status == DYNR_OK) {
        status = drop_denied(call, include->row_filter, found, n_rows);
    }
    for (size_t i = 0; status == DYNR_OK && i < n_rows; i++) {
        memcpy(rows[i] + include->member, &found[i], sizeof found[i]);
    }
    return status;
}

/* ---- by query ------------------------------------------------------------------------------------------------ */

void dynr_links_set(const struct dynr_link *links, size_t n_links,
                    const struct dynr_entity_desc *entity, const void *above, void *probe)
{
    for (size_t i = 0; i < n_links; i++) {
        const struct dynr_link *link = &links[i];
        const struct dynr_field_desc *field = &entity->row->fields[link->field];
        if (field->presence != DYNR_REQUIRED) {
            bool present = true;
            memcpy((char *)probe + field->presence, &present, sizeof present);
        }
        memcpy((char *)probe + field->offset + link->offset, (const char *)above + link->from,
               link->size);
    }
}

static enum dynr_status include_by_query(const struct dynr_call *call,
                                         const struct dynr_include_desc *include, char *above)
{
    struct dynr_reading reading = {
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
    dynr_links_set(include->links, include->n_links, include->entity, above, reading.probe);
    struct dynr_rows found;
    enum dynr_status status = dynr_reading_rows(&reading, &found);
    if (status == DYNR_ERR_NOT_FOUND) {
        dynr_error_clear(call->err);
        return DYNR_OK; /* there is none: the member stays NULL */
    }
    if (status != DYNR_OK) {
        return status;
    }
    if (include->many) {
        struct dynr_sequence list = {found.items, found.n_items};
        memcpy(above + include->member, &list, sizeof list);
    } else if (found.n_items > 0) {
        memcpy(above + include->member, &found.items, sizeof found.items);
    }
    return DYNR_OK;
}

/* ---- rows under rows ----------------------------------------------------------------------------------------- */

/** The rows that a row has as the member of an include. */
static struct dynr_sequence rows_under(const struct dynr_include_desc *include, const char *row)
{
    struct dynr_sequence list = {NULL, 0};
    if (include->many) {
        memcpy(&list, row + include->member, sizeof list);
    } else {
        memcpy(&list.items, row + include->member, sizeof list.items);
        list.n_items = list.items != NULL ? 1 : 0;
    }
    return list;
}

/** What the rows of an include include, read over all rows above at once. */
static enum dynr_status include_below(const struct dynr_call *call,
                                      const struct dynr_include_desc *include, char *const *rows,
                                      size_t n_rows)
{
    size_t n = 0;
    for (size_t i = 0; i < n_rows; i++) {
        n += rows_under(include, rows[i]).n_items;
    }
    char **below = dynr_call_alloc(call, n + 1, sizeof *below);
    if (below == NULL) {
        return DYNR_ERR_NO_MEMORY;
    }
    n = 0;
    for (size_t i = 0; i < n_rows; i++) {
        struct dynr_sequence list = rows_under(include, rows[i]);
        for (size_t k = 0; k < list.n_items; k++) {
            below[n++] = (char *)list.items + k * include->output->size;
        }
    }
    return dynr_includes_run(call, include->includes, include->n_includes, below, n);
}

enum dynr_status dynr_includes_run(const struct dynr_call *call,
                                   const struct dynr_include_desc *includes, size_t n_includes,
                                   char *const *rows, size_t n_rows)
{
    enum dynr_status status = DYNR_OK;
    for (size_t i = 0; i < n_includes && n_rows > 0 && status == DYNR_OK; i++) {
        const struct dynr_include_desc *include = &includes[i];
        if (include->variant == NULL) {
            status = include_by_key(call, include, rows, n_rows);
        }
        for (size_t k = 0; include->variant != NULL && k < n_rows && status == DYNR_OK; k++) {
            status = include_by_query(call, include, rows[k]);
        }
        if (status == DYNR_OK && include->n_includes > 0) {
            status = include_below(call, include, rows, n_rows);
        }
    }
    return status;
}

/* ---- values -------------------------------------------------------------------------------------------------- */

enum dynr_status dynr_aggregates_run(const struct dynr_call *call,
                                     const struct dynr_query_body *body, char *row)
{
    enum dynr_status status = DYNR_OK;
    for (size_t i = 0; i < body->n_aggregates && status == DYNR_OK; i++) {
        const struct dynr_aggregate_desc *aggregate = &body->aggregates[i];
        struct dynr_reading reading = {
            .call = call,
            .variant = aggregate->variant,
            .output = aggregate->source,
            .probe = dynr_call_alloc(call, 1, aggregate->entity->row->size),
        };
        if (reading.probe == NULL) {
            return DYNR_ERR_NO_MEMORY;
        }
        dynr_links_set(aggregate->links, aggregate->n_links, aggregate->entity, row, reading.probe);
        status = dynr_reading_aggregate(&reading, aggregate, row);
    }
    return status;
}
