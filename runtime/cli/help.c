/* SPDX-License-Identifier: Apache-2.0 */
/* `--help`, from the tables of commands and options. */
#include <string.h>

#include "cli/commands.h"
#include "cli/say.h"

/* Where the second column begins, and where a line ends. */
#define COLUMN 26
#define WIDTH  100

static void print_heading(FILE *out, const char *text, const char *name)
{
    (void)fprintf(out, "\n%s%s%s:%s\n", dynr_cli_style(out, DYNR_STYLE_HEADING), text, name,
                  dynr_cli_style(out, DYNR_STYLE_PLAIN));
}

/* Words in lines that end before WIDTH; the first begins at `used`. */
static void print_wrapped(FILE *out, const char *text, size_t used)
{
    for (size_t at = used; *text != '\0';) {
        size_t len = strcspn(text, " ");
        if (at > COLUMN && at + 1 + len > WIDTH) {
            (void)fprintf(out, "\n%*s", COLUMN, "");
            at = COLUMN;
        }
        (void)fprintf(out, "%s%.*s", at > COLUMN ? " " : "", (int)len, text);
        at += len + (at > COLUMN ? 1 : 0);
        text += len + strspn(text + len, " ");
    }
    (void)fputc('\n', out);
}

static void print_row(FILE *out, const char *left, const char *right)
{
    if (strlen(left) + 2 > COLUMN) {
        (void)fprintf(out, "%s\n%*s", left, COLUMN, "");
    } else {
        (void)fprintf(out, "%-*s", COLUMN, left);
    }
    print_wrapped(out, right, COLUMN);
}

static void print_commands(FILE *out, const char *parent)
{
    for (size_t i = 0; i < dynr_cli_n_commands; i++) {
        const struct dynr_cli_command *command = &dynr_cli_commands[i];
        char left[64];
        if (strcmp(command->parent, parent) == 0) {
            (void)snprintf(left, sizeof left, "  %s%s%s", command->name,
                           command->operand[0] == '\0' ? "" : " ", command->operand);
            print_row(out, left, command->summary);
        }
    }
}

static void print_option(FILE *out, const struct dynr_cli_option *option)
{
    char left[64];
    char letter[8] = "    ";
    if (option->letter != 0) {
        (void)snprintf(letter, sizeof letter, "-%c, ", option->letter);
    }
    (void)snprintf(left, sizeof left, "  %s--%s%s%s", letter, option->name,
                   option->value[0] == '\0' ? "" : " ", option->value);
    print_row(out, left, option->help);
}

static void print_options(FILE *out, const struct dynr_cli_command *command)
{
    print_heading(out, "Options", "");
    for (size_t i = 0; i < DYNR_CLI_N_OPTIONS; i++) {
        if (dynr_cli_takes(command, &dynr_cli_options[i])) {
            print_option(out, &dynr_cli_options[i]);
        }
    }
}

static void print_all_options(FILE *out)
{
    char names[DYNR_CLI_NAMES_SIZE];
    for (size_t i = 0; i < DYNR_CLI_N_OPTIONS; i++) {
        if (dynr_cli_begins_group(i, names)) {
            print_heading(out, "Options of ", names);
        }
        print_option(out, &dynr_cli_options[i]);
    }
}

static void print_command(FILE *out, const struct dynr_cli_command *command)
{
    const char *space = command->parent[0] == '\0' ? "" : " ";
    bool is_local = strcmp(command->name, "local") == 0;
    (void)fprintf(out, "%sdynr %s%s%s%s: %s\n", dynr_cli_style(out, DYNR_STYLE_HEADING),
                  command->parent, space, command->name, dynr_cli_style(out, DYNR_STYLE_PLAIN),
                  is_local ? "a DynamoDB of your own: any AWS SDK, and any tool that was written "
                             "for DynamoDB,\nworks against it"
                           : command->summary);
    (void)fprintf(out, "\n%sUsage:%s dynr %s%s%s%s [OPTIONS]%s%s\n",
                  dynr_cli_style(out, DYNR_STYLE_HEADING), dynr_cli_style(out, DYNR_STYLE_PLAIN),
                  command->parent, space, command->name, is_local ? " [COMMAND]" : "",
                  command->operand[0] == '\0' ? "" : " ", command->operand);
    if (is_local) {
        print_heading(out, "Commands", "");
        print_commands(out, "local");
        print_all_options(out);
    } else {
        print_options(out, command);
    }
    print_heading(out, "Examples", "");
    (void)fputs(command->examples, out);
}

bool dynr_cli_print_help(FILE *out, const struct dynr_cli_command *command)
{
    if (command != NULL) {
        print_command(out, command);
    } else {
        (void)fprintf(
            out, "%sdynr%s: the commands that belong to a running system, as dynrc's to a schema\n",
            dynr_cli_style(out, DYNR_STYLE_HEADING), dynr_cli_style(out, DYNR_STYLE_PLAIN));
        (void)fprintf(out, "\n%sUsage:%s dynr COMMAND [ARGUMENTS]\n",
                      dynr_cli_style(out, DYNR_STYLE_HEADING),
                      dynr_cli_style(out, DYNR_STYLE_PLAIN));
        print_heading(out, "Commands", "");
        print_commands(out, "");
        print_heading(out, "Examples", "");
        (void)fputs(dynr_cli_find_command("", "local")->examples, out);
    }
    (void)fputs("\nExit status: 0 done, 1 failed, 2 wrong command line.\n", out);
    return fflush(out) == 0 && ferror(out) == 0;
}
