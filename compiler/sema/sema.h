/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From syntax trees to the typed model. Reports every error it can find in one run; after an error the program may
 * have poisoned types (DYN_TYPE_ERROR, DYN_EXPR_ERROR) but never a NULL where model.h promises a value.
 */
#ifndef DYN_SEMA_SEMA_H
#define DYN_SEMA_SEMA_H

#include "model/model.h"
#include "syntax/ast.h"

/**
 * How sema reads imported files. `path` is as written, `from` the source that imports it. Fills `out_source` (an index into
 * the session's sources, the same for the same file) and returns true; or returns false with a reason for people in
 * `out_reason` ("no such file"). The driver implements it on the file system, tests in memory.
 */
typedef bool (*dyn_read_source_fn)(void *context, struct dynr_str path, uint32_t from,
                                   uint32_t *out_source, struct dynr_str *out_reason);

struct dyn_sema_input {
    struct dynr_arena *arena;
    struct dyn_names *names;
    struct dyn_diags *diags;
    uint32_t root_source;
    dyn_read_source_fn read_source;
    void *read_context;
};

/** Parses the root and its imports and analyses them. Never NULL; use it only while `diags->n_errors` is 0. */
struct dyn_program *dyn_analyse(const struct dyn_sema_input *input);

#endif
