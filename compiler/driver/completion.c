/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Completion scripts, from the command table and options.def. Every shell offers the same: commands, the options of the command,
 * the values of an option where they can be listed, and for the operand what it is.
 */
#include <string.h>

#include "base/shell_text.h"
#include "driver/options.h"

struct code_text {
    unsigned number;
    const char *slug;
    enum dyn_severity severity;
};

static const struct code_text codes[] = {
#define DYN_CODE(number, name, slug, severity) {number, slug, DYN_SEVERITY_##severity},
#include "diag/codes.def"
#undef DYN_CODE
};

#define N_CODES (sizeof codes / sizeof codes[0])

/* ---- what can be completed ------------------------------------------------------------------------------------- */

typedef void (*print_words_fn)(FILE *out);

static void print_commands(FILE *out)
{
    for (size_t i = 0; i < dyn_n_commands; i++) {
        (void)fprintf(out, "%s%s", i == 0 ? "" : " ", dyn_commands[i].name);
    }
}

static void print_codes(FILE *out)
{
    for (size_t i = 0; i < N_CODES; i++) {
        (void)fprintf(out, "%sDYN%04u %s", i == 0 ? "" : " ", codes[i].number, codes[i].slug);
    }
}

static void print_shells(FILE *out)
{
    (void)fprintf(out, "bash zsh fish");
}

/** What stands behind `-W`. */
static void print_warnings(FILE *out)
{
    (void)fprintf(out, "error");
    for (size_t i = 0; i < N_CODES; i++) {
        if (codes[i].severity == DYN_SEVERITY_WARNING) {
            (void)fprintf(out, " %s no-%s error=%s", codes[i].slug, codes[i].slug, codes[i].slug);
        }
    }
}

/** Words for an operand; NULL: it is a file, or there is none. */
static print_words_fn operand_words(const struct dyn_command *command)
{
    static const struct {
        const char *operand;
        print_words_fn print;
    } operands[] = {{"CODE", print_codes}, {"SHELL", print_shells}, {"COMMAND", print_commands}};
    for (size_t i = 0; i < sizeof operands / sizeof operands[0]; i++) {
        if (strcmp(operands[i].operand, command->operand) == 0) {
            return operands[i].print;
        }
    }
    return NULL;
}

static bool is_warn(const struct dyn_option_row *row)
{
    return strcmp(row->name, "warn") == 0;
}

static bool has_choices(const struct dyn_option_row *row)
{
    return row->choices[0] != '\0' || is_warn(row);
}

static void print_choices(FILE *out, const struct dyn_option_row *row)
{
    if (is_warn(row)) {
        print_warnings(out);
    } else {
        (void)fprintf(out, "%s", row->choices);
    }
}

/* ---- bash ------------------------------------------------------------------------------------------------------ */

static void print_bash_options(FILE *out, const struct dyn_command *command)
{
    const char *separator = "";
    for (size_t i = 0; i < dyn_n_option_rows; i++) {
        const struct dyn_option_row *row = &dyn_option_rows[i];
        if (!dyn_command_takes(command, row)) {
            continue;
        }
        if (row->letter != 0) {
            (void)fprintf(out, "%s-%c", separator, row->letter);
            separator = " ";
        }
        (void)fprintf(out, "%s%s%s", separator, dyn_option_dashes(row), row->name);
        separator = " ";
    }
}

static void print_bash_value(FILE *out, const struct dyn_option_row *row)
{
    if (row->value[0] == '\0') {
        return;
    }
    (void)fprintf(out, "    %s%s", dyn_option_dashes(row), row->name);
    if (row->letter != 0) {
        (void)fprintf(out, " | -%c", row->letter);
    }
    if (has_choices(row)) {
        (void)fprintf(out, ")\n        COMPREPLY=($(compgen -W \"");
        print_choices(out, row);
        (void)fprintf(out, "\" -- \"$word\"))\n        return\n        ;;\n");
    } else if (strcmp(row->value, "DIR") == 0 || strcmp(row->value, "FILE") == 0) {
        (void)fprintf(out,
                      ")\n        local IFS=$'\\n'\n        COMPREPLY=($(compgen -%c -- "
                      "\"$word\"))\n        return\n        ;;\n",
                      row->value[0] == 'D' ? 'd' : 'f');
    } else {
        (void)fprintf(out, ") return ;;\n");
    }
}

/** `-Wno-name`: a value that stands close behind its letter. */
static void print_bash_attached(FILE *out, const struct dyn_option_row *row)
{
    if (row->letter == 0 || !has_choices(row)) {
        return;
    }
    (void)fprintf(out,
                  "    if [[ $word == -%c?* ]]; then\n        COMPREPLY=($(compgen -P -%c -W \"",
                  row->letter, row->letter);
    print_choices(out, row);
    (void)fprintf(out, "\" -- \"${word#-%c}\"))\n        return\n    fi\n", row->letter);
}

static void print_bash(FILE *out)
{
    (void)fprintf(out, "# bash completion for dynrc: source <(dynrc completion bash)\n"
                       "_dynrc() {\n"
                       "    local word=${COMP_WORDS[COMP_CWORD]}\n"
                       "    local before=${COMP_WORDS[COMP_CWORD - 1]}\n"
                       "    local options= operands=\n"
                       "    COMPREPLY=()\n"
                       "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
                       "        COMPREPLY=($(compgen -W \"");
    print_commands(out);
    (void)fprintf(out, " --help --version\" -- \"$word\"))\n        return\n    fi\n"
                       "    # `--color=al` is three words to bash.\n"
                       "    if [ \"$word\" = = ]; then\n"
                       "        word=\n"
                       "    elif [ \"$before\" = = ]; then\n"
                       "        before=${COMP_WORDS[COMP_CWORD - 2]}\n"
                       "    fi\n"
                       "    case $before in\n");
    for (size_t i = 0; i < dyn_n_option_rows; i++) {
        print_bash_value(out, &dyn_option_rows[i]);
    }
    (void)fprintf(out, "    esac\n    case ${COMP_WORDS[1]} in\n");
    for (size_t i = 0; i < dyn_n_commands; i++) {
        const struct dyn_command *command = &dyn_commands[i];
        (void)fprintf(out, "    %s)\n        options=\"", command->name);
        print_bash_options(out, command);
        (void)fprintf(out, "\"\n");
        if (operand_words(command) != NULL) {
            (void)fprintf(out, "        operands=\"");
            operand_words(command)(out);
            (void)fprintf(out, "\"\n");
        } else if (command->operand[0] != '\0') {
            (void)fprintf(out, "        operands=FILE\n");
        }
        (void)fprintf(out, "        ;;\n");
    }
    (void)fprintf(out, "    esac\n");
    for (size_t i = 0; i < dyn_n_option_rows; i++) {
        print_bash_attached(out, &dyn_option_rows[i]);
    }
    (void)fprintf(out, "    if [[ $word == -* ]]; then\n"
                       "        COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
                       "    elif [ \"$operands\" = FILE ]; then\n"
                       "        local IFS=$'\\n'\n"
                       "        COMPREPLY=($(compgen -f -X '!*.dyn' -- \"$word\") $(compgen -d -- "
                       "\"$word\"))\n"
                       "    else\n"
                       "        COMPREPLY=($(compgen -W \"$operands\" -- \"$word\"))\n"
                       "    fi\n"
                       "}\n"
                       "complete -o filenames -F _dynrc dynrc\n");
}

/* ---- zsh ------------------------------------------------------------------------------------------------------- */

static void print_zsh_option(FILE *out, const struct dyn_option_row *row)
{
    const char *dashes = dyn_option_dashes(row);
    const char *equals = row->value[0] == '\0' ? "" : "=";
    (void)fprintf(out, "            ");
    if (row->letter != 0) {
        /* `-W` may be repeated; others exclude their other spelling. */
        if (is_warn(row)) {
            (void)fprintf(out, "'*'");
        } else {
            (void)fprintf(out, "'(-%c %s%s)'", row->letter, dashes, row->name);
        }
        (void)fprintf(out, "{-%c%s,%s%s%s}'[", row->letter, row->value[0] == '\0' ? "" : "+",
                      dashes, row->name, equals);
    } else {
        (void)fprintf(out, "'%s%s%s[", dashes, row->name, equals);
    }
    dynr_zsh_print(out, row->help, "[]");
    (void)fputc(']', out);
    if (row->value[0] != '\0') {
        (void)fprintf(out, ":%s:", row->value);
    }
    if (has_choices(row)) {
        (void)fputc('(', out);
        print_choices(out, row);
        (void)fputc(')', out);
    } else if (strcmp(row->value, "DIR") == 0) {
        (void)fprintf(out, "_files -/");
    } else if (strcmp(row->value, "FILE") == 0) {
        (void)fprintf(out, "_files");
    }
    (void)fprintf(out, "' \\\n");
}

static void print_zsh_operand(FILE *out, const struct dyn_command *command)
{
    if (operand_words(command) != NULL) {
        (void)fprintf(out, "            '1:%s:(", command->operand);
        operand_words(command)(out);
        (void)fprintf(out, ")'\n");
    } else if (command->operand[0] != '\0') {
        (void)fprintf(out, "            '1:%s:_files -g \"*.dyn\"'\n", command->operand);
    } else {
        (void)fprintf(out, "            ':'\n");
    }
}

static void print_zsh(FILE *out)
{
    (void)fprintf(out, "#compdef dynrc\n"
                       "# zsh completion for dynrc: source <(dynrc completion zsh)\n"
                       "_dynrc() {\n"
                       "    local -a commands\n"
                       "    commands=(\n");
    for (size_t i = 0; i < dyn_n_commands; i++) {
        (void)fprintf(out, "        '%s:", dyn_commands[i].name);
        dynr_zsh_print(out, dyn_commands[i].summary, ":");
        (void)fprintf(out, "'\n");
    }
    (void)fprintf(out,
                  "    )\n"
                  "    if (( CURRENT == 2 )); then\n"
                  "        _describe -t commands command commands\n"
                  "        _arguments '--help[show this help]' '--version[print the version]'\n"
                  "        return\n"
                  "    fi\n"
                  "    local command=$words[2]\n"
                  "    shift words\n"
                  "    (( CURRENT-- ))\n"
                  "    case $command in\n");
    for (size_t i = 0; i < dyn_n_commands; i++) {
        (void)fprintf(out, "    %s)\n        _arguments \\\n", dyn_commands[i].name);
        for (size_t j = 0; j < dyn_n_option_rows; j++) {
            if (dyn_command_takes(&dyn_commands[i], &dyn_option_rows[j])) {
                print_zsh_option(out, &dyn_option_rows[j]);
            }
        }
        print_zsh_operand(out, &dyn_commands[i]);
        (void)fprintf(out, "        ;;\n");
    }
    (void)fprintf(out,
                  "    esac\n"
                  "}\n"
                  "# Loaded from a file of the search path it is called at once; sourced, it is "
                  "registered.\n"
                  "if [[ $funcstack[1] == _dynrc ]]; then\n"
                  "    _dynrc \"$@\"\n"
                  "else\n"
                  "    compdef _dynrc dynrc\n"
                  "fi\n");
}

/* ---- fish ------------------------------------------------------------------------------------------------------ */

/** In single quotes, where fish gives a meaning to quotes and backslashes alone. */
static void print_fish_option(FILE *out, const struct dyn_command *command,
                              const struct dyn_option_row *row)
{
    (void)fprintf(out, "complete -c dynrc -n '__dynrc_in %s'", command->name);
    if (row->letter != 0) {
        (void)fprintf(out, " -s %c", row->letter);
    }
    /* -l: a long option with two dashes; -o: one with a single dash. */
    (void)fprintf(out, " %s %s", strcmp(dyn_option_dashes(row), "--") == 0 ? "-l" : "-o",
                  row->name);
    if (has_choices(row)) {
        (void)fprintf(out, " -x -a '");
        print_choices(out, row);
        (void)fputc('\'', out);
    } else if (strcmp(row->value, "DIR") == 0) {
        (void)fprintf(out, " -x -a '(__fish_complete_directories)'");
    } else if (row->value[0] != '\0') {
        (void)fprintf(out, " %s", strcmp(row->value, "FILE") == 0 ? "-r -F" : "-x");
    }
    (void)fprintf(out, " -d ");
    dynr_fish_print(out, row->help);
    (void)fputc('\n', out);
}

static void print_fish(FILE *out)
{
    (void)fprintf(out, "# fish completion for dynrc: dynrc completion fish | source\n"
                       "function __dynrc_in\n"
                       "    set -l words (commandline -opc)\n"
                       "    test (count $words) -ge 2; and test $words[2] = $argv[1]\n"
                       "end\n"
                       "function __dynrc_first\n"
                       "    test (count (commandline -opc)) -eq 1\n"
                       "end\n"
                       "complete -c dynrc -f\n"
                       "complete -c dynrc -n __dynrc_first -l help -d 'show this help'\n"
                       "complete -c dynrc -n __dynrc_first -l version -d 'print the version'\n");
    for (size_t i = 0; i < dyn_n_commands; i++) {
        const struct dyn_command *command = &dyn_commands[i];
        (void)fprintf(out, "complete -c dynrc -n __dynrc_first -a %s -d ", command->name);
        dynr_fish_print(out, command->summary);
        (void)fputc('\n', out);
        if (operand_words(command) != NULL) {
            (void)fprintf(out, "complete -c dynrc -n '__dynrc_in %s' -a '", command->name);
            operand_words(command)(out);
            (void)fprintf(out, "'\n");
        } else if (command->operand[0] != '\0') {
            (void)fprintf(out,
                          "complete -c dynrc -n '__dynrc_in %s' -k -a '(__fish_complete_suffix "
                          ".dyn)'\n",
                          command->name);
        }
        for (size_t j = 0; j < dyn_n_option_rows; j++) {
            if (dyn_command_takes(command, &dyn_option_rows[j])) {
                print_fish_option(out, command, &dyn_option_rows[j]);
            }
        }
    }
}

bool dyn_print_completion(FILE *out, const char *shell)
{
    static const struct {
        const char *shell;
        void (*print)(FILE *out);
    } shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};
    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++) {
        if (strcmp(shells[i].shell, shell) == 0) {
            shells[i].print(out);
            return true;
        }
    }
    return false;
}
