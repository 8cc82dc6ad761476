/* SPDX-License-Identifier: Apache-2.0 */
/* Text within scripts for shells: completion. */
#ifndef DYNR_BASE_SHELL_TEXT_H
#define DYNR_BASE_SHELL_TEXT_H

#include <stdio.h>

/** For zsh, inside single quotes; `special` are the characters that _arguments and _describe give a meaning to. */
void dynr_zsh_print(FILE *out, const char *text, const char *special);
/** For fish, with its quotes. */
void dynr_fish_print(FILE *out, const char *text);

#endif
