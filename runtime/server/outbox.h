/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What waits to be sent to one connection: a queue of shared messages, bounded in bytes.
 *
 * A message is copied once, into memory with room in front for the WebSocket header (libwebsockets writes it there), and then sent to
 * any number of connections from there: frames of a server are not masked, so sending does not change the text.
 */
#ifndef DYNR_SERVER_OUTBOX_H
#define DYNR_SERVER_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dynr/str.h"

/** Bytes before the text; at least LWS_PRE. */
#define DYNR_WIRE_HEADROOM 32

/** A message, shared by all to whom it goes. Not atomic: one thread. */
struct dynr_wire {
    uint32_t references;
    /** Stays when a slow reader's queue is dropped: it is no part of a view, so no snapshot brings it back. */
    bool keep;
    size_t len;
    unsigned char bytes[];
};

/** A copy of `text` with one reference; NULL when memory is exhausted. */
struct dynr_wire *dynr_wire_new(struct dynr_str text, bool keep);
void dynr_wire_unref(struct dynr_wire *wire);
static inline unsigned char *dynr_wire_text(struct dynr_wire *wire)
{
    return wire->bytes + DYNR_WIRE_HEADROOM;
}

/** Zero is a valid, empty queue. */
struct dynr_outbox {
    struct dynr_wire **ring;
    /** A power of two, or 0. */
    size_t cap;
    size_t head;
    size_t n_wires;
    size_t bytes;
};

/** Takes a reference of its own. False when memory is exhausted. */
bool dynr_outbox_push(struct dynr_outbox *outbox, struct dynr_wire *wire);
/** The oldest, still in the queue; NULL: empty. */
struct dynr_wire *dynr_outbox_first(const struct dynr_outbox *outbox);
/** Removes the oldest. */
void dynr_outbox_pop(struct dynr_outbox *outbox);
/** Removes all that need not be kept. */
void dynr_outbox_drop(struct dynr_outbox *outbox);
void dynr_outbox_cleanup(struct dynr_outbox *outbox);

#endif
