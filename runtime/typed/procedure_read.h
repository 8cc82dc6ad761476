/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the rows of a variant are read: by a query itself, below its rows, for aggregates. Internal to this layer.
 */
#ifndef DYNR_TYPED_PROCEDURE_READ_H
#define DYNR_TYPED_PROCEDURE_READ_H

#include "typed/policy.h"
#include "typed/procedure.h"

/* What a variant reads with. */
struct dynr_reading {
    const struct dynr_call *call;
    const struct dynr_variant *variant;
    /* As what rows are decoded. */
    const struct dynr_struct_desc *output;
    bool single_row;
    bool descending;
    /* int64_t; NULL: all. */
    const struct dynr_value_source *take;
    /* A row of the entity, its bound members set. */
    void *probe;
};

/* A policy as this call asks it. `policy` NULL: everything is allowed. */
struct dynr_policy_call dynr_call_policy(const struct dynr_call *call,
                                         const struct dynr_policy_desc *policy);

/* The variant that applies to the call, or NULL. */
const struct dynr_variant *dynr_variant_find(const struct dynr_query_body *body,
                                             const struct dynr_call *call);

/*
 * Reads along a variant; no rows where one of its values is absent. `reading->probe` may have members already. One row that is
 * asked for by its key and is not there is DYNR_ERR_NOT_FOUND.
 */
enum dynr_status dynr_reading_rows(const struct dynr_reading *reading, struct dynr_rows *out);

/* Makes values of the rows along a variant; those of no rows where one of its values is absent. */
enum dynr_status dynr_reading_aggregate(const struct dynr_reading *reading,
                                        const struct dynr_aggregate_desc *aggregate, void *output);

/* The query of a variant along its own path, without reading. */
enum dynr_status dynr_reading_prepare(const struct dynr_reading *reading, struct dynr_query *query,
                                      bool *out_empty);

/* Sets the members of `probe`, a row of `entity`, that are those of the row above it. */
void dynr_links_set(const struct dynr_link *links, size_t n_links,
                    const struct dynr_entity_desc *entity, const void *above, void *probe);

/* Reads what `rows`, `n_rows` structs, include, and what that includes. */
enum dynr_status dynr_includes_run(const struct dynr_call *call,
                                   const struct dynr_include_desc *includes, size_t n_includes,
                                   char *const *rows, size_t n_rows);

/* Fills the aggregates of `row`, whose relations they are over. */
enum dynr_status dynr_aggregates_run(const struct dynr_call *call,
                                     const struct dynr_query_body *body, char *row);

#endif
