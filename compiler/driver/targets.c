/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/targets.h"

#include "base/memory.h"
#include "driver/file_io.h"

typedef void (*target_fn)(const struct dyn_emit_input *input);

struct target {
    bool is_wanted;
    /** NULL: it takes every schema. */
    target_fn check;
    target_fn emit;
};

enum {
    N_TARGETS = 5
};

static void choose(const struct dyn_options *options, struct target targets[N_TARGETS])
{
    const struct target all[N_TARGETS] = {
        {options->emit_c, dyn_check_c, dyn_emit_c},
        {options->emit_ts, dyn_check_ts, dyn_emit_ts},
        {options->emit_js, NULL, dyn_emit_js},
        {options->emit_cfn, dyn_check_cfn, dyn_emit_cfn},
        {options->emit_docs, NULL, dyn_emit_docs},
    };
    bool is_any_named = false;
    for (size_t i = 0; i < N_TARGETS; i++) {
        is_any_named = is_any_named || all[i].is_wanted;
    }
    for (size_t i = 0; i < N_TARGETS; i++) {
        targets[i] = all[i];
        targets[i].is_wanted = targets[i].is_wanted || !is_any_named;
    }
}

/** Each target works in memory that the next one uses again. */
static void run(struct dyn_session *session, const struct dyn_options *options, target_fn function,
                struct dyn_outputs *outputs)
{
    struct dynr_arena scratch = dyn_scratch_like(&session->arena);
    const struct dyn_emit_options emit_options = {
        .c_prefix = dynr_str_from_c(options->c_prefix),
        .source_name = dyn_path_base(session->root_path),
    };
    const struct dyn_emit_input input = {
        .plan = session->plan,
        .options = &emit_options,
        .arena = &scratch,
        .diags = &session->diags,
        .outputs = outputs,
    };
    function(&input);
    dynr_arena_cleanup(&scratch);
}

enum dyn_exit dyn_targets_check(struct dyn_session *session, const struct dyn_options *options)
{
    struct target targets[N_TARGETS];
    choose(options, targets);
    for (size_t i = 0; i < N_TARGETS; i++) {
        if (targets[i].is_wanted && targets[i].check != NULL) {
            run(session, options, targets[i].check, NULL);
        }
    }
    return session->diags.n_errors > 0 ? DYN_EXIT_DIAGNOSTICS : DYN_EXIT_OK;
}

void dyn_targets_emit(struct dyn_session *session, const struct dyn_options *options,
                      struct dyn_outputs *outputs)
{
    struct target targets[N_TARGETS];
    choose(options, targets);
    for (size_t i = 0; i < N_TARGETS; i++) {
        if (targets[i].is_wanted) {
            run(session, options, targets[i].emit, outputs);
        }
    }
}
