/* SPDX-License-Identifier: Apache-2.0 */
/* A WebSocket client (RFC 6455) on a plain socket: text messages, blocking with a time limit. */
#ifndef DYNR_PEER_WEBSOCKET_H
#define DYNR_PEER_WEBSOCKET_H

#include "dynr/buf.h"
#include "dynr/status.h"

struct dynr_websocket {
    /** -1: closed. */
    int fd;
    /** What has arrived and was not taken yet begins at `taken`. */
    struct dynr_buf received;
    size_t taken;
    /** Pieces of a message in fragments. */
    struct dynr_buf message;
    struct dynr_buf outgoing;
};

/** Connects to an address in figures and upgrades to `dynr.1`. Errors: DYNR_ERR_IO, DYNR_ERR_NO_MEMORY. */
enum dynr_status dynr_websocket_open(struct dynr_websocket *socket, const char *host, uint16_t port,
                                     uint32_t timeout_ms, struct dynr_error *err);
void dynr_websocket_close(struct dynr_websocket *socket);
enum dynr_status dynr_websocket_send(struct dynr_websocket *socket, struct dynr_str text,
                                     uint32_t timeout_ms, struct dynr_error *err);
/**
 * The next message, borrowed until the next call; `*out_got` false: none came in time. Pings are answered.
 * Errors: DYNR_ERR_IO (the end), DYNR_ERR_SYNTAX (what no server sends), DYNR_ERR_NO_MEMORY (also: a message above 64 MiB).
 */
enum dynr_status dynr_websocket_receive(struct dynr_websocket *socket, uint32_t timeout_ms,
                                        struct dynr_str *out_text, bool *out_got,
                                        struct dynr_error *err);

#endif
