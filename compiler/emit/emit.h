/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an emitter is: a pure function from the plan to named buffers. No files, no clock, no environment. What a target refuses
 * of a schema (dyn_check_...) is found before; an emitter itself reports bugs of ours alone.
 */
#ifndef DYN_EMIT_EMIT_H
#define DYN_EMIT_EMIT_H

#include "emit/out.h"
#include "plan/plan.h"

/** One file to write: a name relative to the output folder, and its text. */
struct dyn_output {
    struct dynr_str name;
    struct dyn_pieces text;
};

struct dyn_outputs {
    struct dynr_arena *arena;
    struct dyn_output *items;
    size_t n_items;
    size_t cap_items;
};

/** Adds a file; `name` is copied, `text` is owned by `outputs` from here on. */
void dyn_outputs_add(struct dyn_outputs *outputs, struct dynr_str name, struct dyn_pieces text);
/** Frees the texts. Idempotent. */
void dyn_outputs_cleanup(struct dyn_outputs *outputs);

struct dyn_emit_options {
    /** Prefix of C names; empty: the namespace. */
    struct dynr_str c_prefix;
    /** Base name of the root source ("todo.dyn"), for the banner. */
    struct dynr_str source_name;
};

struct dyn_emit_input {
    const struct dyn_plan *plan;
    const struct dyn_emit_options *options;
    /** Holds what an emitter needs until it returns; nothing that it gave away. */
    struct dynr_arena *arena;
    struct dyn_diags *diags;
    struct dyn_outputs *outputs;
};

/** Reports names that are reserved or collide in C. `outputs` is not used by these three. */
void dyn_check_c(const struct dyn_emit_input *input);
/** Reports names that TypeScript or the typings themselves have. */
void dyn_check_ts(const struct dyn_emit_input *input);
/** Reports tables whose logical ids collide, and more of them than a template takes. */
void dyn_check_cfn(const struct dyn_emit_input *input);

/** `<namespace>.h` and `<namespace>.c`. Each emitter needs a schema that its check, where it has one, accepts. */
void dyn_emit_c(const struct dyn_emit_input *input);
/** `<namespace>.d.ts`. */
void dyn_emit_ts(const struct dyn_emit_input *input);
/** `<namespace>.client.js`, and the client core in `dynr/`. */
void dyn_emit_js(const struct dyn_emit_input *input);
/** `<namespace>.template.json`: CloudFormation. */
void dyn_emit_cfn(const struct dyn_emit_input *input);
/** `<namespace>.md`: models, item templates, index slots, access-pattern matrix. */
void dyn_emit_docs(const struct dyn_emit_input *input);

#endif
