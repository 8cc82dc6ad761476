/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"

#include <string.h>

#include "cli/local.h"
#include "cli/say.h"

const struct dynr_cli_option dynr_cli_options[DYNR_CLI_N_OPTIONS] = {
#define DYNR_OPTION(commands, letter, name, value, choices, kind, member, help)                    \
    {commands,                                                                                     \
     letter,                                                                                       \
     name,                                                                                         \
     value,                                                                                        \
     choices,                                                                                      \
     DYNR_OPTION_##kind,                                                                           \
     offsetof(struct dynr_local_command, member),                                                  \
     help},
#include "cli/options.def"
#undef DYNR_OPTION
};

const struct dynr_cli_command dynr_cli_commands[] = {
    {"", "local", "", "a DynamoDB of your own on this machine; see dynr local --help",
     "  dynr local --memory\n"
     "  AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:8000 aws dynamodb list-tables\n"
     "  dynr local --data ./data --background && dynr local status && dynr local stop\n"},
    {"", "completion", "SHELL", "completion script for bash, zsh or fish",
     "  source <(dynr completion bash)\n"
     "  dynr completion fish | source\n"},
    {"", "help", "COMMAND", "this, or the help of a command",
     "  dynr help local\n"
     "  dynr help local start\n"},
    {"", "manual", "", "print the manual page, as roff for man(1)", "  dynr manual | man -l -\n"},
    {"", "version", "", "print the version", "  dynr version\n"},
    {"local", "start", "",
     "serve until Ctrl-C, SIGTERM or `dynr local stop`; what happens without a word",
     "  dynr local --memory\n"
     "  dynr local start --data ./data --port 8001\n"
     "  dynr local --credentials ~/.aws/credentials --host 0.0.0.0\n"},
    {"local", "status", "", "what runs, of this user: ports, processes, data, tables, requests",
     "  dynr local status\n"
     "  dynr local status --port 8001\n"},
    {"local", "stop", "", "end it, and wait until it has ended", "  dynr local stop\n"},
    {"local", "reset", "", "delete all its tables", "  dynr local reset\n"},
    {"local", "logs", "", "print what it logged", "  dynr local logs --follow\n"},
    {"local", "export", "", "write a table's items, one {\"Item\":{...}} a line",
     "  dynr local export --table things --to things.json\n"
     "  dynr local export --table things --definition things.table.json | gzip > things.json.gz\n"},
    {"local", "import", "FILE", "make a table of such lines; `-`: of standard input",
     "  dynr local import things.json --table things --key id\n"
     "  dynr local import events.json --table events --key device:S --sort-key at:N\n"
     "  gunzip -c data/*.json.gz | dynr local import - --definition things.table.json\n"
     "  aws dynamodb describe-table --table-name things > things.table.json\n"},
};

const size_t dynr_cli_n_commands = sizeof dynr_cli_commands / sizeof dynr_cli_commands[0];

const struct dynr_cli_command *dynr_cli_find_command(const char *parent, const char *name)
{
    for (size_t i = 0; i < dynr_cli_n_commands; i++) {
        if (strcmp(dynr_cli_commands[i].parent, parent) == 0 &&
            strcmp(dynr_cli_commands[i].name, name) == 0) {
            return &dynr_cli_commands[i];
        }
    }
    return NULL;
}

bool dynr_cli_takes(const struct dynr_cli_command *command, const struct dynr_cli_option *option)
{
    if (strcmp(option->commands, "*") == 0) {
        return true;
    }
    if (strcmp(command->parent, "local") != 0) {
        return false;
    }
    size_t len = strlen(command->name);
    for (const char *at = option->commands; *at != '\0';) {
        size_t word = strcspn(at, " ");
        if (word == len && memcmp(at, command->name, len) == 0) {
            return true;
        }
        at += word + strspn(at + word, " ");
    }
    return false;
}

bool dynr_cli_takes_name(const struct dynr_cli_command *command, const char *name)
{
    size_t i = 0;
    while (i < DYNR_CLI_N_OPTIONS && (strcmp(dynr_cli_options[i].name, name) != 0 ||
                                      !dynr_cli_takes(command, &dynr_cli_options[i]))) {
        i++;
    }
    return i < DYNR_CLI_N_OPTIONS;
}

bool dynr_cli_is_repeated(size_t position)
{
    size_t i = 0;
    while (strcmp(dynr_cli_options[i].name, dynr_cli_options[position].name) != 0) {
        i++;
    }
    return i < position;
}

static void write_names(const struct dynr_cli_option *option, char out[DYNR_CLI_NAMES_SIZE])
{
    const char *names = strcmp(option->commands, "*") == 0 ? "every command" : option->commands;
    bool is_list = names == option->commands;
    size_t len = 0;
    for (; *names != '\0' && len + 2 < DYNR_CLI_NAMES_SIZE; names++) {
        if (*names == ' ' && is_list) {
            out[len++] = ',';
        }
        out[len++] = *names;
    }
    out[len] = '\0';
}

bool dynr_cli_begins_group(size_t position, char out_names[DYNR_CLI_NAMES_SIZE])
{
    const struct dynr_cli_option *option = &dynr_cli_options[position];
    if (position > 0 && strcmp(option->commands, dynr_cli_options[position - 1].commands) == 0) {
        return false;
    }
    write_names(option, out_names);
    return true;
}

int dynr_cli_unknown_command(const char *parent, const char *name)
{
    const char *space = parent[0] == '\0' ? "" : " ";
    (void)fprintf(stderr, "%sdynr%s%s:%s there is no command `%s`\n",
                  dynr_cli_style(stderr, DYNR_STYLE_ERROR), space, parent,
                  dynr_cli_style(stderr, DYNR_STYLE_PLAIN), name);
    for (size_t i = 0; i < dynr_cli_n_commands; i++) {
        if (strcmp(dynr_cli_commands[i].parent, parent) == 0 &&
            dynr_cli_is_near(name, dynr_cli_commands[i].name)) {
            dynr_cli_hint("did you mean `dynr %s%s%s`?", parent, space, dynr_cli_commands[i].name);
        }
    }
    /* `dynr stop` is meant for what `dynr local` serves. */
    if (parent[0] == '\0' && dynr_cli_find_command("local", name) != NULL) {
        dynr_cli_hint("did you mean `dynr local %s`?", name);
    }
    dynr_cli_hint("dynr%s%s --help", space, parent);
    return 2;
}
