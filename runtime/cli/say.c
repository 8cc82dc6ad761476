/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/say.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/spelling.h"

static bool has_colours(FILE *out)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here changes the environment. */
    const char *refused = getenv("NO_COLOR");
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): as above. */
    const char *terminal = getenv("TERM");
    return (refused == NULL || refused[0] == '\0') &&
           (terminal == NULL || strcmp(terminal, "dumb") != 0) && isatty(fileno(out)) == 1;
}

const char *dynr_cli_style(FILE *out, enum dynr_cli_style style)
{
    static const char *const codes[] = {"\033[0m", "\033[1m", "\033[1;31m", "\033[1;36m"};
    return has_colours(out) ? codes[style] : "";
}

static void say(const char *name, enum dynr_cli_style style, const char *format, va_list arguments)
{
    (void)fprintf(stderr, "%s%s:%s ", dynr_cli_style(stderr, style), name,
                  dynr_cli_style(stderr, DYNR_STYLE_PLAIN));
    (void)vfprintf(stderr, format, arguments);
    (void)fputc('\n', stderr);
}

void dynr_cli_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say("dynr local", DYNR_STYLE_ERROR, format, arguments);
    va_end(arguments);
}

void dynr_cli_note(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say("dynr local", DYNR_STYLE_HEADING, format, arguments);
    va_end(arguments);
}

void dynr_cli_hint(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say("help", DYNR_STYLE_HELP, format, arguments);
    va_end(arguments);
}

bool dynr_cli_is_near(const char *written, const char *candidate)
{
    size_t distance = SIZE_MAX;
    return dynr_spelling_is_nearer(dynr_str_from_c(written), dynr_str_from_c(candidate), &distance);
}
