/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run of the compiler over one root file: arena, names, sources, diagnostics, and the results of each stage.
 * No globals: two sessions can live in one process.
 */
#ifndef DYN_DRIVER_SESSION_H
#define DYN_DRIVER_SESSION_H

#include "plan/plan.h"
#include "sema/sema.h"

struct dyn_session {
    struct dynr_arena arena;
    struct dyn_names names;
    struct dyn_sources sources;
    struct dyn_diags diags;
    uint32_t root;
    struct dynr_str root_path;
    struct dyn_program *program;
    struct dyn_plan *plan;
    /** Content of the lock file beside the root; ptr NULL: there is none. */
    struct dynr_str lock;
    struct dynr_str lock_path;
    /** Sources that are `.dyn` files, for depfiles: all but the lock. */
    size_t n_dyn_sources;
};

/** `error_limit` 0: the default. Memory exhaustion ends the process with a message: this is a tool. */
void dyn_session_init(struct dyn_session *session, size_t error_limit);
void dyn_session_cleanup(struct dyn_session *session);

/** Reads `path` ("-": standard input) as the root. False: `out_reason` says why it cannot be read. */
bool dyn_session_load(struct dyn_session *session, const char *path, struct dynr_str *out_reason);

/** Parse and analyse; then derive and verify. False when there were errors (in `session->diags`). */
bool dyn_session_analyse(struct dyn_session *session);
bool dyn_session_plan(struct dyn_session *session);

#endif
