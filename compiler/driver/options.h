/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line: one table per command (options.def), from which parsing, `--help`, shell completion and the manual
 * page come.
 */
#ifndef DYN_DRIVER_OPTIONS_H
#define DYN_DRIVER_OPTIONS_H

#include <stdio.h>

#include "diag/diag.h"

enum dyn_exit {
    DYN_EXIT_OK = 0,
    /** The input has errors. */
    DYN_EXIT_DIAGNOSTICS = 1,
    /** The command line is wrong, or a file cannot be read or written. */
    DYN_EXIT_USAGE = 2,
    /** A bug in dynrc. */
    DYN_EXIT_INTERNAL = 70,
};

enum dyn_diagnostics_format {
    DYN_DIAGNOSTICS_TEXT,
    DYN_DIAGNOSTICS_JSON
};

struct dyn_options {
    const struct dyn_command *command;
    /** The first operand: the input file, or for `explain` the code. */
    const char *input;
    bool help;
    bool emit_c;
    bool emit_ts;
    bool emit_js;
    bool emit_cfn;
    bool emit_docs;
    bool check_only;
    bool print_outputs;
    bool frozen;
    bool quiet;
    bool parseable_fixits;
    const char *output_folder;
    const char *depfile;
    const char *deptarget;
    const char *c_prefix;
    const char *dump;
    /** `explain`: a procedure's path; then `input` is a schema. */
    const char *procedure;
    enum dyn_diagnostics_format diagnostics;
    enum dyn_color color;
    size_t error_limit;
    /** Arguments of -W, in order. */
    const char *warnings[32];
    size_t n_warnings;
};

typedef enum dyn_exit (*dyn_command_fn)(const struct dyn_options *options);

struct dyn_command {
    const char *name;
    /** "FILE", "CODE", "SHELL", "COMMAND" or "": what the operand is. */
    const char *operand;
    bool operand_required;
    const char *summary;
    /** Indented lines after "Examples:". */
    const char *examples;
    /** Letters of the option groups that it takes: see options.def. */
    const char *groups;
    dyn_command_fn run;
};

extern const struct dyn_command dyn_commands[];
extern const size_t dyn_n_commands;

/** A line of options.def. */
struct dyn_option_row {
    char group;
    /** 0: none. */
    char letter;
    const char *name;
    /** What the value is called; empty: it has none. */
    const char *value;
    /** The values that there are, with spaces between them; empty: not listed. */
    const char *choices;
    const char *help;
};

extern const struct dyn_option_row dyn_option_rows[];
extern const size_t dyn_n_option_rows;

bool dyn_command_takes(const struct dyn_command *command, const struct dyn_option_row *row);
/** "--", or "-" for what GCC calls so, too. */
const char *dyn_option_dashes(const struct dyn_option_row *row);
/** NULL: there is none of this name. */
const struct dyn_command *dyn_find_command(const char *name);
/** Says on standard error that there is no such command, and which one is like it. */
enum dyn_exit dyn_report_unknown_command(const char *name);

/** Parses the arguments. DYN_EXIT_OK: go on. Otherwise a message was printed to standard error. */
enum dyn_exit dyn_options_parse(int argc, char **argv, struct dyn_options *out);

void dyn_print_help(FILE *out, const struct dyn_command *command);
/** Completion script for bash, zsh or fish; false for another shell. */
bool dyn_print_completion(FILE *out, const char *shell);

#endif
