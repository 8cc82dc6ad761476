/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the commands of `dynr local` find and ask the one that serves: a socket named after its port, in a folder that only its
 * user may enter (/run/user/UID/dynr, or /tmp/dynr-UID). A word is asked; the answer is a line that says how it went, "ok" or "failed",
 * and lines for people, until the end.
 */
#ifndef DYNR_CLI_CONTROL_H
#define DYNR_CLI_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "dynr/buf.h"
#include "dynr/status.h"

#define DYNR_CONTROL_PATH_SIZE 96

/**
 * Of a file in that folder, which dynr_control_open makes. Errors: DYNR_ERR_IO, also where the folder belongs to another or is open to
 * others.
 */
enum dynr_status dynr_control_path(uint16_t port, const char *suffix,
                                   char out[DYNR_CONTROL_PATH_SIZE], struct dynr_error *err);

/** Whether one of this user serves that port, on whatever address. */
bool dynr_control_is_served(uint16_t port);

/**
 * The next port above `after` that one of this user serves; 0: there is none. Errors: DYNR_ERR_IO (the folder is another's, or cannot be
 * read).
 */
enum dynr_status dynr_control_next(uint16_t after, uint16_t *out, struct dynr_error *err);

/** Listens for commands about the endpoint on the port, before anything else of it is made in the folder. Errors: DYNR_ERR_IO. */
enum dynr_status dynr_control_open(uint16_t port, int *out_fd, struct dynr_error *err);
/** Stops listening and removes the socket. */
void dynr_control_close(uint16_t port, int fd);

/**
 * Takes one command from a listening socket that is readable. `*out_client` is answered to and closed by the caller; -1: somebody
 * came and left, or said nothing within a second.
 */
struct dynr_str dynr_control_take(int fd, char *room, size_t size, int *out_client);

/** Sends the whole answer; what a client that has gone misses is lost. */
void dynr_control_answer(int client, bool is_done, struct dynr_str text);

/**
 * Asks the endpoint on the port; `out` is given the lines for people, and `*out_done` how it went. Waits until the other side closes:
 * "stop" ends when it has stopped. Errors: DYNR_ERR_IO (nothing runs there; it ended or fell silent within its answer).
 */
enum dynr_status dynr_control_ask(uint16_t port, const char *question, struct dynr_buf *out,
                                  bool *out_done, struct dynr_error *err);

#endif
