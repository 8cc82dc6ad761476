/* SPDX-License-Identifier: Apache-2.0 */
/* The commands, one function each; see their `--help`. */
#ifndef DYN_DRIVER_COMMANDS_H
#define DYN_DRIVER_COMMANDS_H

#include "driver/options.h"
#include "driver/session.h"

enum dyn_exit dyn_command_check(const struct dyn_options *options);
enum dyn_exit dyn_command_build(const struct dyn_options *options);
enum dyn_exit dyn_command_fmt(const struct dyn_options *options);
enum dyn_exit dyn_command_fix(const struct dyn_options *options);
enum dyn_exit dyn_command_explain(const struct dyn_options *options);
enum dyn_exit dyn_command_tables(const struct dyn_options *options);
enum dyn_exit dyn_command_cost(const struct dyn_options *options);
enum dyn_exit dyn_command_ir(const struct dyn_options *options);
enum dyn_exit dyn_command_completion(const struct dyn_options *options);
enum dyn_exit dyn_command_help(const struct dyn_options *options);
enum dyn_exit dyn_command_manual(const struct dyn_options *options);
enum dyn_exit dyn_command_version(const struct dyn_options *options);

/** How far dyn_start goes. */
enum dyn_stage {
    DYN_STAGE_LOADED,
    DYN_STAGE_ANALYSED,
    DYN_STAGE_PLANNED
};

/**
 * What every command on a file begins with: a session, the file, warnings options, stages up to `stage`. Diagnostics are
 * printed by dyn_end. DYN_EXIT_OK: go on. In every case dyn_end must follow.
 */
enum dyn_exit dyn_start(struct dyn_session *session, const struct dyn_options *options,
                        enum dyn_stage stage);
/** Prints diagnostics to standard error, frees the session and returns the exit status. */
enum dyn_exit dyn_end(struct dyn_session *session, const struct dyn_options *options,
                      enum dyn_exit exit);

/** Writes text to standard output; DYN_EXIT_USAGE with a message when that fails (a closed pipe, a full disk). */
enum dyn_exit dyn_print(struct dynr_str text);

#endif
