/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The few directives that most formats consist of, without what makes printf slow. Who writes much text by printf asks here first.
 */
#ifndef DYNR_BASE_PLAIN_FORMAT_H
#define DYNR_BASE_PLAIN_FORMAT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* What dynr_plain_format returns for a format with a directive that it does not know. */
#define DYNR_NOT_PLAIN SIZE_MAX

/*
 * Formats `%s`, `%.*s`, `%c`, `%d`, `%u`, `%ld`, `%lu`, `%zu` and `%%`: writes at most `room` bytes to `out`, without a NUL, and
 * returns how many the whole text has, or DYNR_NOT_PLAIN (then `arguments` is used up in part, and `out` is undefined). A text
 * given with its length may hold a NUL.
 */
size_t dynr_plain_format(char *out, size_t room, const char *format, va_list arguments);

#endif
