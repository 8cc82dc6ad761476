/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manual page, as man(7) reads it, from the same tables as `--help`: options.def and the command table. It says no
 * date, so that the same version gives the same bytes.
 */
#include "driver/commands.h"

#include <string.h>

#include "dynr/version.h"

struct group_text {
    char group;
    const char *title;
};

static const struct group_text group_texts[] = {
    {'a', "Every command"},     {'d', "Diagnostics"}, {'t', "Targets"},
    {'b', "What is generated"}, {'f', "Formatting"},  {'p', "Procedures"},
};

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

/** Text as roff prints it: backslashes and hyphens as they are, no line that begins a request. */
static void append_text(struct dynr_buf *out, const char *text)
{
    bool at_start = out->len == 0 || out->ptr[out->len - 1] == '\n';
    for (; *text != '\0'; text++) {
        if (at_start && (*text == '.' || *text == '\'')) {
            dynr_buf_append_c(out, "\\&");
        }
        if (*text == '\\') {
            dynr_buf_append_c(out, "\\e");
        } else if (*text == '-') {
            dynr_buf_append_c(out, "\\-");
        } else {
            dynr_buf_append_char(out, *text);
        }
        at_start = *text == '\n';
    }
}

static void append_bold(struct dynr_buf *out, const char *text)
{
    dynr_buf_append_c(out, "\\fB");
    append_text(out, text);
    dynr_buf_append_c(out, "\\fR");
}

static void append_italic(struct dynr_buf *out, const char *text)
{
    dynr_buf_append_c(out, "\\fI");
    append_text(out, text);
    dynr_buf_append_c(out, "\\fR");
}

static void append_option(struct dynr_buf *out, const struct dyn_option_row *option)
{
    char name[64];
    dynr_buf_append_c(out, ".TP\n");
    if (option->letter != 0) {
        (void)snprintf(name, sizeof name, "-%c", option->letter);
        append_bold(out, name);
        dynr_buf_append_c(out, ", ");
    }
    (void)snprintf(name, sizeof name, "%s%s", dyn_option_dashes(option), option->name);
    append_bold(out, name);
    if (option->value[0] != '\0') {
        dynr_buf_append_char(out, ' ');
        append_italic(out, option->value);
    }
    dynr_buf_append_char(out, '\n');
    append_text(out, option->help);
    dynr_buf_append_char(out, '\n');
}

/** A heading per group, the commands that take it, its options. */
static void append_group(struct dynr_buf *out, const struct group_text *group)
{
    dynr_buf_append_c(out, ".SS ");
    append_text(out, group->title);
    dynr_buf_append_char(out, '\n');
    if (group->group != 'a') {
        const char *separator = "Taken by ";
        for (size_t i = 0; i < dyn_n_commands; i++) {
            if (strchr(dyn_commands[i].groups, group->group) != NULL) {
                dynr_buf_append_c(out, separator);
                append_bold(out, dyn_commands[i].name);
                separator = ", ";
            }
        }
        dynr_buf_append_c(out, ".\n");
    }
    for (size_t i = 0; i < dyn_n_option_rows; i++) {
        if (dyn_option_rows[i].group == group->group) {
            append_option(out, &dyn_option_rows[i]);
        }
    }
}

static void append_command(struct dynr_buf *out, const struct dyn_command *command)
{
    dynr_buf_append_c(out, ".SS ");
    append_bold(out, command->name);
    if (command->operand[0] != '\0') {
        dynr_buf_append_char(out, ' ');
        append_italic(out, command->operand);
    }
    dynr_buf_append_char(out, '\n');
    append_text(out, command->summary);
    dynr_buf_append_c(out, ".\n.PP\n.EX\n");
    append_text(out, command->examples);
    dynr_buf_append_c(out, ".EE\n");
}

static void append_page(struct dynr_buf *out)
{
    dynr_buf_append_c(
        out,
        ".\\\" Made by `dynrc manual`. Do not edit.\n"
        ".TH DYNRC 1 \"\" \"dynrc " DYNR_VERSION_STRING "\" \"User Commands\"\n"
        ".SH NAME\n"
        "dynrc \\- derive, prove and generate typed access to DynamoDB from a schema\n"
        ".SH SYNOPSIS\n.B dynrc\n\\fICOMMAND\\fR [\\fIOPTIONS\\fR] [\\fIFILE\\fR]\n"
        ".SH DESCRIPTION\n"
        "Reads a \\fB.dyn\\fR schema, derives keys, indexes and access paths from it, proves that "
        "every query\nreaches its items without a scan, and writes typed C, TypeScript, a "
        "CloudFormation template and\ndocumentation.\n"
        ".SH COMMANDS\n");
    for (size_t i = 0; i < dyn_n_commands; i++) {
        append_command(out, &dyn_commands[i]);
    }
    dynr_buf_append_c(out, ".SH OPTIONS\n");
    for (size_t i = 0; i < COUNT_OF(group_texts); i++) {
        append_group(out, &group_texts[i]);
    }
    dynr_buf_append_c(
        out,
        ".SH EXIT STATUS\n"
        ".TP\n0\nAll is well.\n"
        ".TP\n1\nThe input has errors, or \\-\\-check or \\-\\-frozen found a difference.\n"
        ".TP\n2\nThe command line is wrong, or a file cannot be read or written.\n"
        ".TP\n70\nA bug in dynrc; please report it.\n"
        ".SH FILES\n.TP\n.I NAME.lock\n"
        "Beside \\fINAME.dyn\\fR: which index slot every access path has, so that a change of the "
        "schema moves\nnone. Commit it.\n"
        ".SH ENVIRONMENT\n.TP\n.B NO_COLOR\nWhen set, diagnostics have no colour.\n"
        ".SH SEE ALSO\n"
        "\\fBpkg\\-config\\fR(1) with the modules \\fBdynrc\\fR and \\fBlibdynr\\fR, "
        "\\fBcmake\\fR(1) "
        "with the package \\fBdynrc\\fR\n");
}

enum dyn_exit dyn_command_manual(const struct dyn_options *options)
{
    (void)options;
    struct dynr_buf out;
    dynr_buf_init(&out, NULL, 0);
    append_page(&out);
    enum dyn_exit exit = dyn_print(dynr_buf_str(&out));
    dynr_buf_cleanup(&out);
    return exit;
}
