/* SPDX-License-Identifier: Apache-2.0 */
/* What an endpoint logs: lines in a file beside its control socket, and on standard error. */
#ifndef DYNR_CLI_LOG_H
#define DYNR_CLI_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "dynr/status.h"
#include "dynr/version.h"

struct dynr_cli_log {
    int fd;
    /** On standard error, too. */
    bool is_loud;
};

/** Opens the file of the port; one that has grown beyond 8 MiB is moved to `.1` first. Errors: DYNR_ERR_IO. */
enum dynr_status dynr_cli_log_open(uint16_t port, struct dynr_cli_log *out, struct dynr_error *err);
void dynr_cli_log_close(struct dynr_cli_log *log);

/** One line with its time. Any thread. */
void dynr_cli_log_line(const struct dynr_cli_log *log, const char *format, ...) DYNR_PRINTF(2, 3);

/**
 * Prints the file of a port, and with `follow` what is added, until who writes it has ended, which is said on
 * standard error. Returns the exit status. */
int dynr_cli_log_show(uint16_t port, bool follow);

#endif
