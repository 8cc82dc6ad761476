/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the tables of a procedure's body are carried out. Internal to this layer; the tables are in gen.h.
 */
#ifndef DYNR_TYPED_PROCEDURE_H
#define DYNR_TYPED_PROCEDURE_H

#include "dynr/gen.h"

/* Runs a procedure and appends its output as plain JSON; what it allocates lives in `arena`. Errors: those of the procedure. */
enum dynr_status dynr_procedure_output(const struct dynr_procedure_desc *procedure,
                                       struct dynr_client *client, const void *caller,
                                       const void *input, struct dynr_arena *arena,
                                       struct dynr_buf *out, struct dynr_error *err);

/* A value of a call. */
struct dynr_call_value {
    /* NULL: there is none. Absent values have bytes all the same, zero or meaningless. */
    const void *bytes;
    bool present;
};

/* The value of `source`, whose type has `size` bytes. What is computed lives in the call's arena. */
enum dynr_status dynr_call_value(const struct dynr_call *call,
                                 const struct dynr_value_source *source, size_t size,
                                 struct dynr_call_value *out);

/* The int64_t of `source`, or `absent` where there is none. */
enum dynr_status dynr_call_int64(const struct dynr_call *call,
                                 const struct dynr_value_source *source, int64_t absent,
                                 int64_t *out, bool *out_present);

/*
 * Sets members of `object`, a struct of `desc`. `*out_all` becomes false, and never true, where a value is absent: such a member
 * is taken away where it is optional.
 */
enum dynr_status dynr_call_assign(const struct dynr_call *call, const struct dynr_struct_desc *desc,
                                  const struct dynr_assignment *assignments, size_t n_assignments,
                                  void *object, bool *out_all);

/*
 * The condition with its values (NULL: none, which `out` says by its NULL expression). `*out_all` becomes false where a value is
 * absent.
 */
enum dynr_status dynr_call_filter(const struct dynr_call *call,
                                  const struct dynr_condition *condition, struct dynr_filter *out,
                                  bool *out_all);

/* Zeroed memory of the call, or NULL after saying that there is none. */
void *dynr_call_alloc(const struct dynr_call *call, size_t count, size_t size);

enum dynr_status dynr_query_run(const struct dynr_procedure_desc *procedure,
                                const struct dynr_call *call, void *output);
enum dynr_status dynr_mutation_run(const struct dynr_mutation_body *body,
                                   const struct dynr_call *call, void *output);

#endif
