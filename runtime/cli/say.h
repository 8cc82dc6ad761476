/* SPDX-License-Identifier: Apache-2.0 */
/* What is said on standard error, and how text stands out on a terminal (not where NO_COLOR is set: https://no-color.org). */
#ifndef DYNR_CLI_SAY_H
#define DYNR_CLI_SAY_H

#include <stdbool.h>
#include <stdio.h>

#include "dynr/version.h"

enum dynr_cli_style {
    DYNR_STYLE_PLAIN,
    DYNR_STYLE_HEADING,
    DYNR_STYLE_ERROR,
    DYNR_STYLE_HELP,
};

/** What switches to the style; empty where `out` is no terminal that has any. */
const char *dynr_cli_style(FILE *out, enum dynr_cli_style style);

/** `dynr local: TEXT`, on a line of its own. */
void dynr_cli_fail(const char *format, ...) DYNR_PRINTF(1, 2);
/** The same of what is no fault. */
void dynr_cli_note(const char *format, ...) DYNR_PRINTF(1, 2);
/** `help: TEXT`, on a line of its own. */
void dynr_cli_hint(const char *format, ...) DYNR_PRINTF(1, 2);

/** Whether somebody may have meant `candidate`: few letters differ. */
bool dynr_cli_is_near(const char *written, const char *candidate);

#endif
