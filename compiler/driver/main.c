/* SPDX-License-Identifier: Apache-2.0 */
/* dynrc: the command table and the entry. */
#include <string.h>

#include "driver/commands.h"

const struct dyn_command dyn_commands[] = {
    {"check", "FILE", true, "read, check and prove a schema; write nothing",
     "  dynrc check todo.dyn\n"
     "  dynrc check --diagnostics=json todo.dyn\n"
     "  dynrc check --dump=plan todo.dyn\n"
     "  dynrc check --c todo.dyn                   for C alone: what only other targets refuse "
     "passes\n"
     "  cat todo.dyn | dynrc check -\n",
     "dt", dyn_command_check},
    {"build", "FILE", true,
     "check a schema and write C, TypeScript, CloudFormation and documentation",
     "  dynrc build todo.dyn                       everything, into ./generated\n"
     "  dynrc build todo.dyn --c -o src/db         C only\n"
     "  dynrc build todo.dyn --c -o gen --depfile gen/todo.d --quiet\n"
     "  dynrc build todo.dyn --frozen              in CI: the lock file must not change\n",
     "dtb", dyn_command_build},
    {"fmt", "FILE", true,
     "format a schema in place; with `-` for FILE, standard input to standard output",
     "  dynrc fmt todo.dyn\n"
     "  dynrc fmt --check todo.dyn\n"
     "  cat todo.dyn | dynrc fmt -\n",
     "f", dyn_command_fmt},
    {"fix", "FILE", true, "apply the fixes that diagnostics offer; keeps FILE.orig",
     "  dynrc fix todo.dyn\n", "d", dyn_command_fix},
    {"explain", "CODE", true,
     "what a diagnostic means; how a query is kept live, what a mutation changes",
     "  dynrc explain DYN3187\n"
     "  dynrc explain would-scan\n"
     "  dynrc explain --procedure todos.list todo.dyn\n"
     "  dynrc explain --procedure todos.add todo.dyn\n",
     "dp", dyn_command_explain},
    {"tables", "FILE", true, "tables, index slots and access paths that were derived, with reasons",
     "  dynrc tables todo.dyn\n", "d", dyn_command_tables},
    {"cost", "FILE", true, "read and write units of every procedure", "  dynrc cost todo.dyn\n",
     "d", dyn_command_cost},
    {"ir", "FILE", true, "the plan as versioned JSON, for generators of your own",
     "  dynrc ir todo.dyn | my-generator\n", "d", dyn_command_ir},
    {"completion", "SHELL", true, "completion script for bash, zsh or fish",
     "  source <(dynrc completion bash)\n"
     "  dynrc completion fish | source\n",
     "", dyn_command_completion},
    {"help", "COMMAND", false, "what dynrc does, or one of its commands, as `--help` says it",
     "  dynrc help\n"
     "  dynrc help build\n",
     "", dyn_command_help},
    {"manual", "", false, "print the manual page, as roff for man(1)",
     "  dynrc manual | man -l -\n", "", dyn_command_manual},
    {"version", "", false, "print the version", "  dynrc version\n", "", dyn_command_version},
};

const size_t dyn_n_commands = sizeof dyn_commands / sizeof dyn_commands[0];

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        return (int)dyn_command_version(NULL);
    }
    if (argc == 1) {
        dyn_print_help(stderr, NULL);
        return DYN_EXIT_USAGE;
    }
    struct dyn_options options;
    enum dyn_exit exit = dyn_options_parse(argc, argv, &options);
    if (exit != DYN_EXIT_OK) {
        return (int)exit;
    }
    if (options.help) {
        dyn_print_help(stdout, options.command);
        return DYN_EXIT_OK;
    }
    return (int)options.command->run(&options);
}
