/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `dynr`: the commands that belong to a running system, as `dynrc` belongs to a schema.
 */
#include <string.h>

#include "cli/local.h"
#include "cli/say.h"

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static int explain(const struct dynr_cli_command *command)
{
    return dynr_cli_print_help(stdout, command) ? 0 : 1;
}

static int complain(const struct dynr_cli_command *command, const char *what, const char *word)
{
    (void)fprintf(stderr, "%sdynr:%s %s `%s`\n", dynr_cli_style(stderr, DYNR_STYLE_ERROR),
                  dynr_cli_style(stderr, DYNR_STYLE_PLAIN), what, word);
    dynr_cli_hint("dynr %s --help", command->name);
    return 2;
}

/* `dynr help`, `dynr help COMMAND`, and what `dynr local help` says, too. */
static int help(int argc, char **argv)
{
    if (argc == 0) {
        return explain(NULL);
    }
    const struct dynr_cli_command *command = dynr_cli_find_command("", argv[0]);
    if (command == NULL) {
        return dynr_cli_unknown_command("", argv[0]);
    }
    if (argc == 2 && strcmp(command->name, "local") == 0) {
        const struct dynr_cli_command *part = dynr_cli_find_command("local", argv[1]);
        return part == NULL ? dynr_cli_unknown_command("local", argv[1]) : explain(part);
    }
    return argc == 1 ? explain(command)
                     : complain(dynr_cli_find_command("", "help"),
                                "one argument too many:", argv[argc - 1]);
}

static int completion(int argc, char **argv)
{
    const struct dynr_cli_command *command = dynr_cli_find_command("", "completion");
    if (argc == 0) {
        return complain(command, "an argument is missing:", command->operand);
    }
    if (!dynr_cli_print_completion(stdout, argv[0])) {
        (void)complain(command, "no completion for", argv[0]);
        dynr_cli_hint("bash, zsh and fish are known");
        return 2;
    }
    return fflush(stdout) == 0 ? 0 : 1;
}

static int manual(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    dynr_cli_print_manual(stdout);
    return fflush(stdout) == 0 ? 0 : 1;
}

static int version(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return printf("dynr %s\n", DYNR_VERSION_STRING) < 0 || fflush(stdout) != 0 ? 1 : 0;
}

static int run(const struct dynr_cli_command *command, int argc, char **argv)
{
    static const struct {
        const char *name;
        int max_operands;
        int (*run)(int argc, char **argv);
    } functions[] = {{"completion", 1, completion},
                     {"help", 2, help},
                     {"manual", 0, manual},
                     {"version", 0, version}};
    size_t i = 0;
    while (strcmp(functions[i].name, command->name) != 0) {
        i++;
    }
    for (int word = 0; word < argc; word++) {
        if (is_help(argv[word])) {
            return explain(command);
        }
        if (argv[word][0] == '-') {
            return complain(command, "there is no option", argv[word]);
        }
    }
    if (argc > functions[i].max_operands) {
        return complain(command, "one argument too many:", argv[functions[i].max_operands]);
    }
    return functions[i].run(argc, argv);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        (void)dynr_cli_print_help(stderr, NULL);
        return 2;
    }
    if (is_help(argv[1])) {
        return argc == 2 ? explain(NULL) : help(argc - 2, argv + 2);
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        return version(0, NULL);
    }
    const struct dynr_cli_command *command = dynr_cli_find_command("", argv[1]);
    if (command == NULL) {
        return dynr_cli_unknown_command("", argv[1]);
    }
    return strcmp(command->name, "local") == 0 ? dynr_local_main(argc - 2, argv + 2)
                                               : run(command, argc - 2, argv + 2);
}
