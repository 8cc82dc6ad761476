/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing the command line by the table in options.def, and everything that is printed from that table. */
#include "driver/options.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct dyn_option_row dyn_option_rows[] = {
#define DYN_OPTION(group, letter, name, value, choices, help)                                      \
    {group, letter, name, value, choices, help},
#include "driver/options.def"
#undef DYN_OPTION
};

const size_t dyn_n_option_rows = sizeof dyn_option_rows / sizeof dyn_option_rows[0];

bool dyn_command_takes(const struct dyn_command *command, const struct dyn_option_row *row)
{
    return row->group == 'a' || (command != NULL && strchr(command->groups, row->group) != NULL);
}

const char *dyn_option_dashes(const struct dyn_option_row *row)
{
    /* GCC's spelling, which tools know. */
    return strncmp(row->name, "fdiag", 5) == 0 ? "-" : "--";
}

const struct dyn_command *dyn_find_command(const char *name)
{
    for (size_t i = 0; i < dyn_n_commands; i++) {
        if (strcmp(dyn_commands[i].name, name) == 0) {
            return &dyn_commands[i];
        }
    }
    return NULL;
}

static enum dyn_exit usage_error(const struct dyn_command *command, const char *what,
                                 const char *subject)
{
    (void)fprintf(stderr, "dynrc: %s `%s`\n", what, subject);
    (void)fprintf(stderr, "help: dynrc %s%s--help\n", command == NULL ? "" : command->name,
                  command == NULL ? "" : " ");
    return DYN_EXIT_USAGE;
}

enum dyn_exit dyn_report_unknown_command(const char *name)
{
    (void)fprintf(stderr, "dynrc: unknown command `%s`\n", name);
    for (size_t i = 0; i < dyn_n_commands; i++) {
        if (dyn_diag_is_near(dynr_str_from_c(name), dynr_str_from_c(dyn_commands[i].name))) {
            (void)fprintf(stderr, "help: did you mean `%s`?\n", dyn_commands[i].name);
        }
    }
    (void)fprintf(stderr, "help: dynrc --help\n");
    return DYN_EXIT_USAGE;
}

static bool set_color(struct dyn_options *out, const char *value)
{
    if (strcmp(value, "auto") == 0) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe) the compiler has one thread */
        bool plain = getenv("NO_COLOR") != NULL || isatty(STDERR_FILENO) == 0;
        out->color = plain ? DYN_COLOR_NEVER : DYN_COLOR_ANSI;
        return true;
    }
    if (strcmp(value, "always") == 0) {
        out->color = DYN_COLOR_ANSI;
        return true;
    }
    if (strcmp(value, "debug") == 0) {
        out->color = DYN_COLOR_DEBUG;
        return true;
    }
    out->color = DYN_COLOR_NEVER;
    return strcmp(value, "never") == 0;
}

static bool set_format(struct dyn_options *out, const char *value)
{
    out->diagnostics = strcmp(value, "json") == 0 ? DYN_DIAGNOSTICS_JSON : DYN_DIAGNOSTICS_TEXT;
    return strcmp(value, "json") == 0 || strcmp(value, "text") == 0;
}

static bool set_limit(struct dyn_options *out, const char *value)
{
    char *end = NULL;
    unsigned long limit = strtoul(value, &end, 10);
    out->error_limit = (size_t)limit;
    return *value >= '1' && *value <= '9' && *end == '\0' && limit <= 1000000;
}

static bool set_dump(struct dyn_options *out, const char *value)
{
    static const char *const stages[] = {"tokens", "ast", "model", "plan"};
    out->dump = value;
    for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++) {
        if (strcmp(stages[i], value) == 0) {
            return true;
        }
    }
    return false;
}

static bool add_warning(struct dyn_options *out, const char *value)
{
    if (out->n_warnings == sizeof out->warnings / sizeof out->warnings[0]) {
        return false;
    }
    out->warnings[out->n_warnings++] = value;
    return true;
}

struct text_option {
    const char *name;
    size_t offset;
};

/** Options that only store their text. */
static bool set_text(struct dyn_options *out, const char *name, const char *value)
{
    static const struct text_option texts[] = {
        {"output", offsetof(struct dyn_options, output_folder)},
        {"depfile", offsetof(struct dyn_options, depfile)},
        {"deptarget", offsetof(struct dyn_options, deptarget)},
        {"c-prefix", offsetof(struct dyn_options, c_prefix)},
        {"procedure", offsetof(struct dyn_options, procedure)},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strcmp(texts[i].name, name) == 0) {
            memcpy((char *)out + texts[i].offset, &value, sizeof value);
            return true;
        }
    }
    return false;
}

/** Options without a value. */
static void set_flag(struct dyn_options *out, const char *name)
{
    static const struct text_option flags[] = {
        {"help", offsetof(struct dyn_options, help)},
        {"c", offsetof(struct dyn_options, emit_c)},
        {"ts", offsetof(struct dyn_options, emit_ts)},
        {"js", offsetof(struct dyn_options, emit_js)},
        {"cfn", offsetof(struct dyn_options, emit_cfn)},
        {"docs", offsetof(struct dyn_options, emit_docs)},
        {"check", offsetof(struct dyn_options, check_only)},
        {"print-outputs", offsetof(struct dyn_options, print_outputs)},
        {"frozen", offsetof(struct dyn_options, frozen)},
        {"quiet", offsetof(struct dyn_options, quiet)},
        {"fdiagnostics-parseable-fixits", offsetof(struct dyn_options, parseable_fixits)},
    };
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (strcmp(flags[i].name, name) == 0) {
            bool on = true;
            memcpy((char *)out + flags[i].offset, &on, sizeof on);
        }
    }
}

static bool set_value(struct dyn_options *out, const char *name, const char *value)
{
    if (strcmp(name, "color") == 0) {
        return set_color(out, value);
    }
    if (strcmp(name, "diagnostics") == 0) {
        return set_format(out, value);
    }
    if (strcmp(name, "error-limit") == 0) {
        return set_limit(out, value);
    }
    if (strcmp(name, "dump") == 0) {
        return set_dump(out, value);
    }
    if (strcmp(name, "warn") == 0) {
        return add_warning(out, value);
    }
    return set_text(out, name, value);
}

static const struct dyn_option_row *find_row(const struct dyn_command *command,
                                             const char *argument, size_t name_len)
{
    for (size_t i = 0; i < dyn_n_option_rows; i++) {
        bool is_long = strncmp(argument, "--", 2) == 0 &&
                       strlen(dyn_option_rows[i].name) == name_len - 2 &&
                       strncmp(argument + 2, dyn_option_rows[i].name, name_len - 2) == 0;
        bool is_gcc = strncmp(argument, "-fdiagnostics", 13) == 0 &&
                      strcmp(argument + 1, dyn_option_rows[i].name) == 0;
        bool is_short = argument[1] != '-' && dyn_option_rows[i].letter != 0 &&
                        argument[1] == dyn_option_rows[i].letter;
        if ((is_long || is_gcc || is_short) && dyn_command_takes(command, &dyn_option_rows[i])) {
            return &dyn_option_rows[i];
        }
    }
    return NULL;
}

/** Handles one option; `*index` advances over a value that stands in the next argument. */
static enum dyn_exit parse_option(int argc, char **argv, int *index, struct dyn_options *out)
{
    const char *argument = argv[*index];
    const char *equals = strncmp(argument, "--", 2) == 0 ? strchr(argument, '=') : NULL;
    size_t name_len = equals == NULL ? strlen(argument) : (size_t)(equals - argument);
    const struct dyn_option_row *row = find_row(out->command, argument, name_len);
    if (row == NULL) {
        return usage_error(out->command, "unknown option", argument);
    }
    bool is_short = argument[1] != '-' && argument[1] == row->letter;
    if (row->value[0] == '\0') {
        if (equals != NULL || (is_short && argument[2] != '\0')) {
            return usage_error(out->command, "this option takes no value:", argument);
        }
        set_flag(out, row->name);
        return DYN_EXIT_OK;
    }
    const char *value = NULL;
    if (equals != NULL) {
        value = equals + 1;
    } else if (is_short && argument[2] != '\0') {
        value = argument + 2;
    } else if (*index + 1 < argc) {
        value = argv[++*index];
    } else {
        return usage_error(out->command, "this option needs a value:", argument);
    }
    if (!set_value(out, row->name, value)) {
        return usage_error(out->command, "not a valid value:", value);
    }
    return DYN_EXIT_OK;
}

enum dyn_exit dyn_options_parse(int argc, char **argv, struct dyn_options *out)
{
    *out = (struct dyn_options){0};
    out->output_folder = "generated";
    (void)set_color(out, "auto");
    bool only_operands = false;
    for (int i = 1; i < argc; i++) {
        const char *argument = argv[i];
        if (!only_operands && strcmp(argument, "--") == 0) {
            only_operands = true;
        } else if (!only_operands && argument[0] == '-' && argument[1] != '\0') {
            enum dyn_exit exit = parse_option(argc, argv, &i, out);
            if (exit != DYN_EXIT_OK) {
                return exit;
            }
        } else if (out->command == NULL) {
            out->command = dyn_find_command(argument);
            if (out->command == NULL) {
                return dyn_report_unknown_command(argument);
            }
        } else if (out->input == NULL && out->command->operand[0] != '\0') {
            out->input = argument;
        } else {
            return usage_error(out->command, "one argument too many:", argument);
        }
    }
    if (out->help) {
        return DYN_EXIT_OK;
    }
    if (out->command == NULL) {
        return usage_error(NULL, "a command is missing after", "dynrc");
    }
    if (out->input == NULL && out->command->operand_required) {
        /* `explain --procedure todos.list` is about a schema, and not about a code. */
        return usage_error(out->command, "an argument is missing:",
                           out->procedure != NULL ? "FILE" : out->command->operand);
    }
    return DYN_EXIT_OK;
}

static void print_option(FILE *out, const struct dyn_option_row *row)
{
    char left[64];
    const char *dashes = dyn_option_dashes(row);
    if (row->letter != 0) {
        (void)snprintf(left, sizeof left, "-%c, %s%s%s%s", row->letter, dashes, row->name,
                       row->value[0] == '\0' ? "" : " ", row->value);
    } else {
        (void)snprintf(left, sizeof left, "    %s%s%s%s", dashes, row->name,
                       row->value[0] == '\0' ? "" : " ", row->value);
    }
    if (strlen(left) > 26) {
        (void)fprintf(out, "  %s\n  %-26s  %s\n", left, "", row->help);
    } else {
        (void)fprintf(out, "  %-26s  %s\n", left, row->help);
    }
}

void dyn_print_help(FILE *out, const struct dyn_command *command)
{
    if (command == NULL) {
        (void)fprintf(out, "dynrc: derives DynamoDB keys, indexes and access paths from a schema, "
                           "proves them, and\n"
                           "       writes typed C, TypeScript, CloudFormation and documentation\n\n"
                           "Usage: dynrc COMMAND [OPTIONS] [FILE]\n\nCommands:\n");
        for (size_t i = 0; i < dyn_n_commands; i++) {
            (void)fprintf(out, "  %-12s  %s\n", dyn_commands[i].name, dyn_commands[i].summary);
        }
        (void)fprintf(
            out,
            "\nExamples:\n"
            "  dynrc check todo.dyn              is it right?\n"
            "  dynrc tables todo.dyn             what was derived, and why\n"
            "  dynrc build todo.dyn -o generated write everything\n"
            "  dynrc explain DYN3187             what does this error mean?\n\n"
            "`dynrc COMMAND --help` tells more. Exit status: 0 all well, 1 the input has errors,\n"
            "2 wrong usage or a file problem, 70 a bug in dynrc.\n");
        return;
    }
    (void)fprintf(out, "dynrc %s: %s\n\nUsage: dynrc %s [OPTIONS]%s%s\n\nOptions:\n", command->name,
                  command->summary, command->name, command->operand[0] == '\0' ? "" : " ",
                  command->operand);
    for (size_t i = 0; i < dyn_n_option_rows; i++) {
        if (dyn_command_takes(command, &dyn_option_rows[i])) {
            print_option(out, &dyn_option_rows[i]);
        }
    }
    (void)fprintf(out, "\nExamples:\n%s", command->examples);
}
