/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Completion scripts, from the tables of commands and options. Every shell offers the same: commands, those of `dynr local` behind it,
 * the options of the command (of `start` where none stands there), the values of an option where they can be listed, and for the
 * operand what it is.
 */
#include <string.h>

#include "base/shell_text.h"
#include "cli/commands.h"

/* ---- what can be completed ---- */

static bool is_local(const struct dynr_cli_command *command)
{
    return strcmp(command->parent, "local") == 0;
}

static void print_commands(FILE *out, const char *parent, const char *separator)
{
    const char *before = "";
    for (size_t i = 0; i < dynr_cli_n_commands; i++) {
        if (strcmp(dynr_cli_commands[i].parent, parent) == 0) {
            (void)fprintf(out, "%s%s", before, dynr_cli_commands[i].name);
            before = separator;
        }
    }
}

/* Words for an operand. False: it is a file, or there is none. */
static bool print_operands(FILE *out, const struct dynr_cli_command *command)
{
    if (strcmp(command->operand, "SHELL") == 0) {
        (void)fputs("bash zsh fish", out);
        return true;
    }
    if (strcmp(command->operand, "COMMAND") == 0) {
        print_commands(out, "", " ");
        return true;
    }
    return false;
}

static bool has_words(const struct dynr_cli_command *command)
{
    return command->operand[0] != '\0' && strcmp(command->operand, "FILE") != 0;
}

static bool is_path(const struct dynr_cli_option *option)
{
    return strcmp(option->value, "DIR") == 0 || strcmp(option->value, "FILE") == 0;
}

/* ---- bash ---- */

static void print_bash_options(FILE *out, const struct dynr_cli_command *command)
{
    const char *separator = "";
    for (size_t i = 0; i < DYNR_CLI_N_OPTIONS; i++) {
        const struct dynr_cli_option *option = &dynr_cli_options[i];
        if (!dynr_cli_takes(command, option)) {
            continue;
        }
        if (option->letter != 0) {
            (void)fprintf(out, "%s-%c", separator, option->letter);
            separator = " ";
        }
        (void)fprintf(out, "%s--%s", separator, option->name);
        separator = " ";
    }
}

static void print_bash_value(FILE *out, const struct dynr_cli_option *option)
{
    if (option->value[0] == '\0') {
        return;
    }
    (void)fprintf(out, "    --%s", option->name);
    if (option->letter != 0) {
        (void)fprintf(out, " | -%c", option->letter);
    }
    if (option->choices[0] != '\0') {
        (void)fprintf(out,
                      ")\n        COMPREPLY=($(compgen -W \"%s\" -- \"$word\"))\n        return\n"
                      "        ;;\n",
                      option->choices);
    } else if (is_path(option)) {
        (void)fprintf(out,
                      ")\n        local IFS=$'\\n'\n        COMPREPLY=($(compgen -%c -- "
                      "\"$word\"))\n        return\n        ;;\n",
                      option->value[0] == 'D' ? 'd' : 'f');
    } else {
        (void)fprintf(out, ") return ;;\n");
    }
}

static void print_bash_command(FILE *out, const struct dynr_cli_command *command)
{
    (void)fprintf(out, "    \"%s%s\")\n        options=\"", is_local(command) ? "local " : "",
                  command->name);
    print_bash_options(out, command);
    (void)fputs("\"\n", out);
    if (has_words(command)) {
        (void)fputs("        operands=\"", out);
        (void)print_operands(out, command);
        (void)fputs("\"\n", out);
    } else if (command->operand[0] != '\0') {
        (void)fputs("        operands=FILE\n", out);
    }
    (void)fputs("        ;;\n", out);
}

static void print_bash(FILE *out)
{
    (void)fputs("# bash completion for dynr: source <(dynr completion bash)\n"
                "_dynr() {\n"
                "    local word=${COMP_WORDS[COMP_CWORD]}\n"
                "    local before=${COMP_WORDS[COMP_CWORD - 1]}\n"
                "    local options= operands= command=${COMP_WORDS[1]} verb= i\n"
                "    COMPREPLY=()\n"
                "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
                "        COMPREPLY=($(compgen -W \"",
                out);
    print_commands(out, "", " ");
    (void)fputs(" --help --version\" -- \"$word\"))\n        return\n    fi\n"
                "    # `--durability=no` is three words to bash.\n"
                "    if [ \"$word\" = = ]; then\n"
                "        word=\n"
                "    elif [ \"$before\" = = ]; then\n"
                "        before=${COMP_WORDS[COMP_CWORD - 2]}\n"
                "    fi\n"
                "    for ((i = 2; i < COMP_CWORD; i++)); do\n"
                "        case ${COMP_WORDS[i]} in\n"
                "        ",
                out);
    print_commands(out, "local", " | ");
    (void)fputs(") verb=${verb:-${COMP_WORDS[i]}} ;;\n"
                "        esac\n"
                "    done\n"
                "    case $before in\n",
                out);
    for (size_t i = 0; i < DYNR_CLI_N_OPTIONS; i++) {
        if (!dynr_cli_is_repeated(i)) {
            print_bash_value(out, &dynr_cli_options[i]);
        }
    }
    (void)fputs("    esac\n"
                "    [ \"$command\" = local ] && command=\"local ${verb:-start}\"\n"
                "    case $command in\n",
                out);
    for (size_t i = 0; i < dynr_cli_n_commands; i++) {
        if (strcmp(dynr_cli_commands[i].name, "local") != 0) {
            print_bash_command(out, &dynr_cli_commands[i]);
        }
    }
    (void)fputs("    esac\n"
                "    # The commands of `dynr local`, where none was named.\n"
                "    if [ \"$command\" = \"local start\" ] && [ -z \"$verb\" ] || [ \"$before\" = "
                "local ]; then\n"
                "        operands=\"",
                out);
    print_commands(out, "local", " ");
    (void)fputs("\"\n    fi\n"
                "    if [[ $word == -* ]]; then\n"
                "        COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
                "    elif [ \"$operands\" = FILE ]; then\n"
                "        local IFS=$'\\n'\n"
                "        COMPREPLY=($(compgen -f -- \"$word\"))\n"
                "    else\n"
                "        COMPREPLY=($(compgen -W \"$operands\" -- \"$word\"))\n"
                "    fi\n"
                "}\n"
                "complete -o filenames -F _dynr dynr\n",
                out);
}

/* ---- zsh ---- */

static void print_zsh_option(FILE *out, const struct dynr_cli_option *option)
{
    const char *equals = option->value[0] == '\0' ? "" : "=";
    /* `--origin` may be repeated; others exclude their other spelling. */
    const char *repeat = option->kind == DYNR_OPTION_ORIGIN ? "*" : "";
    (void)fputs("            ", out);
    if (option->letter != 0) {
        (void)fprintf(out, "'(-%c --%s)'{-%c%s,--%s%s}'[", option->letter, option->name,
                      option->letter, option->value[0] == '\0' ? "" : "+", option->name, equals);
    } else {
        (void)fprintf(out, "'%s--%s%s[", repeat, option->name, equals);
    }
    dynr_zsh_print(out, option->help, "[]");
    (void)fputc(']', out);
    if (option->value[0] != '\0') {
        (void)fputc(':', out);
        dynr_zsh_print(out, option->value, ":");
        (void)fputc(':', out);
    }
    if (option->choices[0] != '\0') {
        (void)fprintf(out, "(%s)", option->choices);
    } else if (is_path(option)) {
        (void)fputs(option->value[0] == 'D' ? "_files -/" : "_files", out);
    }
    (void)fputs("' \\\n", out);
}

static void print_zsh_command(FILE *out, const struct dynr_cli_command *command)
{
    (void)fprintf(out, "    '%s%s')\n        _arguments \\\n", is_local(command) ? "local " : "",
                  command->name);
    for (size_t i = 0; i < DYNR_CLI_N_OPTIONS; i++) {
        if (dynr_cli_takes(command, &dynr_cli_options[i])) {
            print_zsh_option(out, &dynr_cli_options[i]);
        }
    }
    if (has_words(command)) {
        (void)fprintf(out, "            '1:%s:(", command->operand);
        (void)print_operands(out, command);
        (void)fputs(")'\n", out);
    } else if (command->operand[0] != '\0') {
        (void)fprintf(out, "            '1:%s:_files'\n", command->operand);
    } else {
        (void)fputs("            ':'\n", out);
    }
    (void)fputs("        ;;\n", out);
}

static void print_zsh_list(FILE *out, const char *name, const char *parent)
{
    (void)fprintf(out, "    %s=(\n", name);
    for (size_t i = 0; i < dynr_cli_n_commands; i++) {
        if (strcmp(dynr_cli_commands[i].parent, parent) == 0) {
            (void)fprintf(out, "        '%s:", dynr_cli_commands[i].name);
            dynr_zsh_print(out, dynr_cli_commands[i].summary, ":");
            (void)fputs("'\n", out);
        }
    }
    (void)fputs("    )\n", out);
}

static void print_zsh(FILE *out)
{
    (void)fputs("#compdef dynr\n"
                "# zsh completion for dynr: source <(dynr completion zsh)\n"
                "_dynr() {\n"
                "    local -a commands verbs\n",
                out);
    print_zsh_list(out, "commands", "");
    print_zsh_list(out, "verbs", "local");
    (void)fputs("    if (( CURRENT == 2 )); then\n"
                "        _describe -t commands command commands\n"
                "        _arguments '--help[show this help]' '--version[print the version]'\n"
                "        return\n"
                "    fi\n"
                "    local command=$words[2]\n"
                "    shift words\n"
                "    (( CURRENT-- ))\n"
                "    if [[ $command == help && $CURRENT -eq 3 && $words[2] == local ]]; then\n"
                "        _describe -t commands command verbs\n"
                "        return\n"
                "    fi\n"
                "    if [[ $command == local ]]; then\n"
                "        # `start`, where no command is named.\n"
                "        command='local start'\n"
                "        case $words[2] in\n"
                "        ",
                out);
    print_commands(out, "local", "|");
    (void)fputs(")\n"
                "            if (( CURRENT > 2 )); then\n"
                "                command=\"local $words[2]\"\n"
                "                shift words\n"
                "                (( CURRENT-- ))\n"
                "            fi\n"
                "            ;;\n"
                "        *)\n"
                "            (( CURRENT == 2 )) && _describe -t commands command verbs\n"
                "            ;;\n"
                "        esac\n"
                "    fi\n"
                "    case $command in\n",
                out);
    for (size_t i = 0; i < dynr_cli_n_commands; i++) {
        if (strcmp(dynr_cli_commands[i].name, "local") != 0) {
            print_zsh_command(out, &dynr_cli_commands[i]);
        }
    }
    (void)fputs("    esac\n"
                "}\n"
                "# Loaded from a file of the search path it is called at once; sourced, it is "
                "registered.\n"
                "if [[ $funcstack[1] == _dynr ]]; then\n"
                "    _dynr \"$@\"\n"
                "else\n"
                "    compdef _dynr dynr\n"
                "fi\n",
                out);
}

/* ---- fish ---- */

/* In single quotes, where fish gives a meaning to quotes and backslashes alone. */
static void print_fish_option(FILE *out, const struct dynr_cli_command *command,
                              const struct dynr_cli_option *option)
{
    (void)fprintf(out, "complete -c dynr -n '__dynr_in %s%s'", is_local(command) ? "local " : "",
                  command->name);
    if (option->letter != 0) {
        (void)fprintf(out, " -s %c", option->letter);
    }
    (void)fprintf(out, " -l %s", option->name);
    if (option->choices[0] != '\0') {
        (void)fprintf(out, " -x -a '%s'", option->choices);
    } else if (strcmp(option->value, "DIR") == 0) {
        (void)fputs(" -x -a '(__fish_complete_directories)'", out);
    } else if (option->value[0] != '\0') {
        (void)fprintf(out, " %s", is_path(option) ? "-r -F" : "-x");
    }
    (void)fputs(" -d ", out);
    dynr_fish_print(out, option->help);
    (void)fputc('\n', out);
}

static void print_fish_command(FILE *out, const struct dynr_cli_command *command)
{
    (void)fprintf(out, "complete -c dynr -n %s -a %s -d ",
                  is_local(command) ? "__dynr_local" : "__dynr_first", command->name);
    dynr_fish_print(out, command->summary);
    (void)fputc('\n', out);
    if (strcmp(command->name, "local") == 0) {
        return;
    }
    if (has_words(command)) {
        (void)fprintf(out, "complete -c dynr -n '__dynr_operand %s' -a '", command->name);
        (void)print_operands(out, command);
        (void)fputs("'\n", out);
    } else if (command->operand[0] != '\0') {
        (void)fprintf(out, "complete -c dynr -n '__dynr_in %s%s' -F\n",
                      is_local(command) ? "local " : "", command->name);
    }
    for (size_t i = 0; i < DYNR_CLI_N_OPTIONS; i++) {
        if (dynr_cli_takes(command, &dynr_cli_options[i])) {
            print_fish_option(out, command, &dynr_cli_options[i]);
        }
    }
}

static void print_fish(FILE *out)
{
    (void)fputs("# fish completion for dynr: dynr completion fish | source\n"
                "function __dynr_verb\n"
                "    for word in (commandline -opc)[3..-1]\n"
                "        if contains -- $word ",
                out);
    print_commands(out, "local", " ");
    (void)fputs("\n            echo $word\n"
                "            return\n"
                "        end\n"
                "    end\n"
                "end\n"
                "function __dynr_first\n"
                "    test (count (commandline -opc)) -eq 1\n"
                "end\n"
                "# `dynr local`, or `dynr help local`, without a command of it.\n"
                "function __dynr_local\n"
                "    set -l words (commandline -opc)\n"
                "    test (count $words) -ge 2; and contains local $words[2..-1]; and test -z "
                "(__dynr_verb)\n"
                "end\n"
                "# `start` is what no word means.\n"
                "function __dynr_in\n"
                "    set -l words (commandline -opc)\n"
                "    test (count $words) -ge 2; and test $words[2] = $argv[1]; or return 1\n"
                "    test (count $argv) -eq 1; and return\n"
                "    set -l verb (__dynr_verb)\n"
                "    test \"$verb\" = $argv[2]; or test -z \"$verb\" -a $argv[2] = start\n"
                "end\n"
                "function __dynr_operand\n"
                "    __dynr_in $argv; and test (count (commandline -opc)) -eq 2\n"
                "end\n"
                "complete -c dynr -f\n"
                "complete -c dynr -n __dynr_first -l help -d 'show this help'\n"
                "complete -c dynr -n __dynr_first -l version -d 'print the version'\n",
                out);
    for (size_t i = 0; i < dynr_cli_n_commands; i++) {
        print_fish_command(out, &dynr_cli_commands[i]);
    }
}

bool dynr_cli_print_completion(FILE *out, const char *shell)
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
