/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What waits to be sent to one connection: a queue of shared pieces, bounded in bytes.
 *
 * A message is copied once, with its WebSocket header in front, and then sent to any number of connections from there: frames of a
 * server are not masked, so all get the same bytes.
 */
#ifndef DYNR_SERVER_OUTBOX_H
#define DYNR_SERVER_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "dynr/str.h"

/** Bytes of the longest header of a server's frame. */
#define DYNR_WIRE_MAX_HEAD 10

/** Bytes for the socket, shared by all to whom they go. Not atomic: one thread. */
struct dynr_wire {
    uint32_t references;
    /** Stays when a slow reader's queue is dropped: it is no part of a view, so no snapshot brings it back. */
    bool keep;
    /** Length of the frame's header, which stands right before the text; 0: no message, and no header. */
    uint8_t head_len;
    /** Of the text. */
    size_t len;
    unsigned char bytes[];
};

/** A text message with one reference; NULL when memory is exhausted. */
struct dynr_wire *dynr_wire_new(struct dynr_str text, bool keep);
/** Bytes that are sent as they are, and kept: HTTP, and frames without a message. */
struct dynr_wire *dynr_wire_new_raw(struct dynr_str bytes);
void dynr_wire_unref(struct dynr_wire *wire);
/** What goes to the socket. */
static inline unsigned char *dynr_wire_start(struct dynr_wire *wire)
{
    return wire->bytes + DYNR_WIRE_MAX_HEAD - wire->head_len;
}
static inline size_t dynr_wire_size(const struct dynr_wire *wire)
{
    return wire->len + wire->head_len;
}

/** Zero is a valid, empty queue. */
struct dynr_outbox {
    struct dynr_wire **ring;
    /** A power of two, or 0. */
    size_t cap;
    size_t head;
    size_t n_wires;
    /** Of texts, those in part sent included. */
    size_t bytes;
    /** Bytes of the oldest that are sent. */
    size_t sent;
};

/** Takes a reference of its own. False when memory is exhausted. */
bool dynr_outbox_push(struct dynr_outbox *outbox, struct dynr_wire *wire);
/** The oldest, still in the queue; NULL: empty. */
struct dynr_wire *dynr_outbox_first(const struct dynr_outbox *outbox);
/** Removes the oldest. */
void dynr_outbox_pop(struct dynr_outbox *outbox);
/** Describes what is to be sent next, at most `max_parts` pieces of at most `max_bytes` together, but at least one; returns how many. */
size_t dynr_outbox_gather(const struct dynr_outbox *outbox, struct iovec *out_parts,
                          size_t max_parts, size_t max_bytes);
/** `size` bytes of what was described are sent: removes what is complete, and adds the messages and their bytes to the counters. */
void dynr_outbox_advance(struct dynr_outbox *outbox, size_t size, uint64_t *in_out_messages,
                         uint64_t *in_out_bytes);
/** Removes all that need not be kept; what is sent in part must be. */
void dynr_outbox_drop(struct dynr_outbox *outbox);
void dynr_outbox_cleanup(struct dynr_outbox *outbox);

#endif
