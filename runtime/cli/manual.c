/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manual page, as man(7) reads it, from the same tables as `--help`. It says no date, so that the same version gives the same bytes.
 */
#include "cli/commands.h"
#include "dynr/version.h"

/* Text as roff prints it: backslashes and hyphens as they are, no line that begins a request. */
static void print_text(FILE *out, const char *text, bool at_start)
{
    for (; *text != '\0'; text++) {
        if (at_start && (*text == '.' || *text == '\'')) {
            (void)fputs("\\&", out);
        }
        if (*text == '\\' || *text == '-') {
            (void)fputs(*text == '-' ? "\\-" : "\\e", out);
        } else {
            (void)fputc(*text, out);
        }
        at_start = *text == '\n';
    }
}

static void print_bold(FILE *out, const char *text)
{
    (void)fputs("\\fB", out);
    print_text(out, text, false);
    (void)fputs("\\fR", out);
}

static void print_italic(FILE *out, const char *text)
{
    (void)fputs("\\fI", out);
    print_text(out, text, false);
    (void)fputs("\\fR", out);
}

static void print_command(FILE *out, const struct dynr_cli_command *command)
{
    (void)fputs(".SS ", out);
    if (command->parent[0] != '\0') {
        print_bold(out, command->parent);
        (void)fputc(' ', out);
    }
    print_bold(out, command->name);
    if (command->operand[0] != '\0') {
        (void)fputc(' ', out);
        print_italic(out, command->operand);
    }
    (void)fputc('\n', out);
    print_text(out, command->summary, true);
    (void)fputs(".\n.PP\n.EX\n", out);
    print_text(out, command->examples, true);
    (void)fputs(".EE\n", out);
}

static void print_option(FILE *out, const struct dynr_cli_option *option)
{
    char name[64];
    (void)fputs(".TP\n", out);
    if (option->letter != 0) {
        (void)snprintf(name, sizeof name, "-%c", option->letter);
        print_bold(out, name);
        (void)fputs(", ", out);
    }
    (void)snprintf(name, sizeof name, "--%s", option->name);
    print_bold(out, name);
    if (option->value[0] != '\0') {
        (void)fputc(' ', out);
        print_italic(out, option->value);
    }
    (void)fputc('\n', out);
    print_text(out, option->help, true);
    (void)fputc('\n', out);
}

static void print_options(FILE *out)
{
    char names[DYNR_CLI_NAMES_SIZE];
    for (size_t i = 0; i < DYNR_CLI_N_OPTIONS; i++) {
        if (dynr_cli_begins_group(i, names)) {
            (void)fputs(".SS Options of ", out);
            print_text(out, names, false);
            (void)fputc('\n', out);
        }
        print_option(out, &dynr_cli_options[i]);
    }
}

void dynr_cli_print_manual(FILE *out)
{
    (void)fputs(".\\\" Made by `dynr manual`. Do not edit.\n"
                ".TH DYNR 1 \"\" \"dynr " DYNR_VERSION_STRING "\" \"User Commands\"\n"
                ".SH NAME\n"
                "dynr \\- a DynamoDB of your own on this machine\n"
                ".SH SYNOPSIS\n.B dynr local\n[\\fICOMMAND\\fR] [\\fIOPTIONS\\fR]\n"
                ".SH DESCRIPTION\n"
                "Serves the embedded store over HTTP in DynamoDB's protocol: any AWS SDK, and any "
                "tool that was written\nfor DynamoDB, works against it. Tables, items, PartiQL and "
                "streams answer on one port.\n"
                ".SH COMMANDS\n",
                out);
    for (size_t i = 0; i < dynr_cli_n_commands; i++) {
        print_command(out, &dynr_cli_commands[i]);
    }
    (void)fputs(".SH OPTIONS\n", out);
    print_options(out);
    (void)fputs(
        ".SH EXIT STATUS\n"
        ".TP\n0\nDone.\n"
        ".TP\n1\nFailed; standard error says why.\n"
        ".TP\n2\nThe command line is wrong.\n"
        ".TP\n130, 143\nAn export or import was interrupted: there is no file or table of it.\n"
        ".SH FILES\n"
        ".TP\n.I .dynr/tables.db\n"
        "The tables, a SQLite file in the folder of \\-\\-data.\n"
        ".TP\n.I $XDG_RUNTIME_DIR/dynr, /tmp/dynr\\-UID\n"
        "What serves a port listens there for commands about it, and logs.\n"
        ".SH ENVIRONMENT\n"
        ".TP\n.B NO_COLOR\nWhen set, nothing has a colour.\n"
        ".TP\n.B XDG_RUNTIME_DIR\nSee FILES.\n"
        ".SH SEE ALSO\n\\fBdynrc\\fR(1)\n",
        out);
}
