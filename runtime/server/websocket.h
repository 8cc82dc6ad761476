/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server's side of RFC 6455 without I/O: the answer to a handshake, and a client's bytes as pieces of messages.
 *
 * What a client must not send ends with the close code that the RFC gives it; nothing is read after that.
 */
#ifndef DYNR_SERVER_WEBSOCKET_H
#define DYNR_SERVER_WEBSOCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "dynr/str.h"

/** Close codes of RFC 6455 that the server uses. */
enum dynr_close_code {
    DYNR_CLOSE_NORMAL = 1000,
    DYNR_CLOSE_GOING_AWAY = 1001,
    DYNR_CLOSE_PROTOCOL = 1002,
    DYNR_CLOSE_UNSUPPORTED = 1003,
    /** Never sent: a close frame without a code. */
    DYNR_CLOSE_NONE = 1005,
    DYNR_CLOSE_NOT_TEXT = 1007,
    DYNR_CLOSE_POLICY = 1008,
    DYNR_CLOSE_TOO_LARGE = 1009,
};

#define DYNR_WEBSOCKET_MAX_CONTROL 125
/** Base64 of a SHA-1, and a NUL. */
#define DYNR_WEBSOCKET_ACCEPT_SIZE 29
/** Of a control frame with its header. */
#define DYNR_WEBSOCKET_MAX_CONTROL_FRAME (DYNR_WEBSOCKET_MAX_CONTROL + 2)

enum dynr_websocket_opcode {
    DYNR_WEBSOCKET_CONTINUATION = 0,
    DYNR_WEBSOCKET_TEXT = 1,
    DYNR_WEBSOCKET_BINARY = 2,
    DYNR_WEBSOCKET_CLOSE = 8,
    DYNR_WEBSOCKET_PING = 9,
    DYNR_WEBSOCKET_PONG = 10,
};

/** `Sec-WebSocket-Accept` for a key. False: the key is not 16 bytes in base64. */
bool dynr_websocket_accept(struct dynr_str key, char out[DYNR_WEBSOCKET_ACCEPT_SIZE]);

/** Where a client's bytes stand. Zero, but for `max_message`, is the start. */
struct dynr_websocket_reader {
    /** Bytes of one message; 0: none may have any. */
    uint64_t max_message;
    unsigned char head[14];
    uint8_t n_head;
    /** The frame whose payload is being read; meaningful while `in_payload`. */
    bool in_payload;
    uint8_t opcode;
    bool final;
    uint64_t left;
    unsigned char mask[4];
    unsigned mask_at;
    /** A message has begun and has not ended. */
    bool in_message;
    uint64_t message_len;
    unsigned char control[DYNR_WEBSOCKET_MAX_CONTROL];
    uint8_t n_control;
};

enum dynr_websocket_event_kind {
    /** All bytes are read. */
    DYNR_WEBSOCKET_MORE,
    /** A piece of a text message, unmasked in place. */
    DYNR_WEBSOCKET_PIECE,
    /** A whole control frame: `opcode`, `bytes` as in the reader. */
    DYNR_WEBSOCKET_CONTROL,
    /** The connection must end with `code`. */
    DYNR_WEBSOCKET_FAULT,
};

struct dynr_websocket_event {
    enum dynr_websocket_event_kind kind;
    enum dynr_websocket_opcode opcode;
    struct dynr_str bytes;
    /** Of a piece: the message begins, or ends, with it. */
    bool first;
    bool last;
    enum dynr_close_code code;
};

/** Reads up to the next event; returns how many bytes it took. Call it again with the rest until the event is MORE. */
size_t dynr_websocket_read(struct dynr_websocket_reader *reader, unsigned char *bytes, size_t len,
                           struct dynr_websocket_event *out);

/** The code of a client's close frame; DYNR_CLOSE_NONE: none. DYNR_CLOSE_PROTOCOL or _NOT_TEXT where it is malformed. */
unsigned dynr_websocket_close_code(struct dynr_str payload);

/** Writes a control frame with at most DYNR_WEBSOCKET_MAX_CONTROL bytes; returns its length. */
size_t dynr_websocket_control(enum dynr_websocket_opcode opcode, struct dynr_str payload,
                              unsigned char out[DYNR_WEBSOCKET_MAX_CONTROL_FRAME]);
/** The same of a close frame. */
size_t dynr_websocket_close(unsigned code, unsigned char out[DYNR_WEBSOCKET_MAX_CONTROL_FRAME]);

#endif
