/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/say.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORD_MAX 32

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

void dynr_cli_hint(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say("help", DYNR_STYLE_HELP, format, arguments);
    va_end(arguments);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Letters to insert, delete, replace or swap with their neighbours, to come from one to the other. */
static size_t distance(const char *from, size_t from_len, const char *to, size_t to_len)
{
    size_t rows[3][WORD_MAX + 1];
    size_t *before = rows[0];
    size_t *above = rows[1];
    size_t *row = rows[2];
    memset(rows, 0, sizeof rows);
    for (size_t j = 0; j <= to_len; j++) {
        above[j] = j;
    }
    for (size_t i = 1; i <= from_len; i++) {
        row[0] = i;
        for (size_t j = 1; j <= to_len; j++) {
            size_t replaced = above[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
            row[j] = least(replaced, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1]) {
                row[j] = least(row[j], before[j - 2] + 1);
            }
        }
        size_t *oldest = before;
        before = above;
        above = row;
        row = oldest;
    }
    return above[to_len];
}

bool dynr_cli_is_near(const char *written, const char *candidate)
{
    size_t written_len = strlen(written);
    size_t candidate_len = strlen(candidate);
    if (written_len == 0 || written_len > WORD_MAX || candidate_len > WORD_MAX) {
        return false;
    }
    return distance(written, written_len, candidate, candidate_len) <= (written_len < 4 ? 1U : 2U);
}
