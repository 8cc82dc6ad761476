/* SPDX-License-Identifier: Apache-2.0 */
/* What `dynr` can be told: a table of commands and one of options (options.def), from which parsing, `--help`,
 * completion and the manual page come. */
#ifndef DYNR_CLI_COMMANDS_H
#define DYNR_CLI_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum dynr_cli_option_kind {
    DYNR_OPTION_TEXT,
    DYNR_OPTION_FLAG,
    DYNR_OPTION_HOST,
    DYNR_OPTION_PORT,
    DYNR_OPTION_COUNT,
    DYNR_OPTION_DURABILITY,
    DYNR_OPTION_ORIGIN,
    DYNR_OPTION_KEY,
};

/** A line of options.def. */
struct dynr_cli_option {
    const char *commands;
    /** 0: none. */
    char letter;
    const char *name;
    /** What the value is called; empty: it has none. */
    const char *value;
    /** The values that there are, with spaces between them; empty: not listed. */
    const char *choices;
    enum dynr_cli_option_kind kind;
    /** In struct dynr_local_command. */
    size_t offset;
    const char *help;
};

enum {
    DYNR_CLI_N_OPTIONS = 0
#define DYNR_OPTION(commands, letter, name, value, choices, kind, member, help) +1
#include "cli/options.def"
#undef DYNR_OPTION
};

extern const struct dynr_cli_option dynr_cli_options[DYNR_CLI_N_OPTIONS];

struct dynr_cli_command {
    /** "local" for those of `dynr local`, else empty. */
    const char *parent;
    const char *name;
    /** What the operand is; empty: it has none. */
    const char *operand;
    const char *summary;
    /** Indented lines. */
    const char *examples;
};

/** Those without a parent first. */
extern const struct dynr_cli_command dynr_cli_commands[];
extern const size_t dynr_cli_n_commands;

/** NULL: there is none of this name. */
const struct dynr_cli_command *dynr_cli_find_command(const char *parent, const char *name);
bool dynr_cli_takes(const struct dynr_cli_command *command, const struct dynr_cli_option *option);

/** Whether the command takes an option of this name, in whatever row it stands. */
bool dynr_cli_takes_name(const struct dynr_cli_command *command, const char *name);
/** Whether an option of the same name stands before that at `position`. */
bool dynr_cli_is_repeated(size_t position);

#define DYNR_CLI_NAMES_SIZE 128

/**
 * Options that the same commands take stand beside each other. Whether the option at `position` is the first of such a group; then
 * `out_names` says who takes them, for people: "start, export, import".
 */
bool dynr_cli_begins_group(size_t position, char out_names[DYNR_CLI_NAMES_SIZE]);

/** What `dynr` does (`command` NULL), `dynr local` with all its options, or one command. False: it cannot be written. */
bool dynr_cli_print_help(FILE *out, const struct dynr_cli_command *command);

/** Completion script for bash, zsh or fish; false for another shell. */
bool dynr_cli_print_completion(FILE *out, const char *shell);
void dynr_cli_print_manual(FILE *out);

/** Says that there is no such command, and which one is like it. Returns the exit status. */
int dynr_cli_unknown_command(const char *parent, const char *name);

#endif
