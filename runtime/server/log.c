/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "server/state.h"

static void log_to_stderr(enum dynr_log_level level, const char *line)
{
    static const char *const names[] = {"", "error", "warning", "info"};
    (void)fprintf(stderr, "%s: %s\n", names[level], line);
}

void dynr_server_log(const struct dynr_server *server, enum dynr_log_level level,
                     const char *format, ...)
{
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (len < 0) {
        return;
    }
    /* One event, one line, whatever a client sent. */
    for (char *c = line; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            *c = '?';
        }
    }
    if (server->options.log != NULL) {
        server->options.log(server->options.log_context, level, line);
    } else {
        log_to_stderr(level, line);
    }
}

int64_t dynr_server_now_ms(const struct dynr_server *server)
{
    return server->options.clock->now_ms(server->options.clock->context);
}

uint64_t dynr_server_ticks_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}
