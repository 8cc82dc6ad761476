/* SPDX-License-Identifier: Apache-2.0 */
#include "server/outbox.h"

#include <stdlib.h>

/* The first byte of a whole text message. */
#define TEXT_FRAME 0x81

static struct dynr_wire *make(struct dynr_str bytes, bool keep)
{
    struct dynr_wire *wire = malloc(sizeof *wire + DYNR_WIRE_MAX_HEAD + bytes.len);
    if (wire == NULL) {
        return NULL;
    }
    wire->references = 1;
    wire->keep = keep;
    wire->head_len = 0;
    wire->len = bytes.len;
    if (bytes.len > 0) {
        memcpy(wire->bytes + DYNR_WIRE_MAX_HEAD, bytes.ptr, bytes.len);
    }
    return wire;
}

struct dynr_wire *dynr_wire_new(struct dynr_str text, bool keep)
{
    struct dynr_wire *wire = make(text, keep);
    if (wire == NULL) {
        return NULL;
    }
    unsigned char *start = wire->bytes + DYNR_WIRE_MAX_HEAD;
    uint64_t len = text.len;
    if (len < 126) {
        *--start = (unsigned char)len;
    } else {
        int n_bytes = len <= UINT16_MAX ? 2 : 8;
        for (int i = 0; i < n_bytes; i++) {
            *--start = (unsigned char)(len >> 8 * i);
        }
        *--start = n_bytes == 2 ? 126 : 127;
    }
    *--start = TEXT_FRAME;
    wire->head_len = (uint8_t)(wire->bytes + DYNR_WIRE_MAX_HEAD - start);
    return wire;
}

struct dynr_wire *dynr_wire_new_raw(struct dynr_str bytes)
{
    return make(bytes, true);
}

void dynr_wire_unref(struct dynr_wire *wire)
{
    if (wire != NULL && --wire->references == 0) {
        free(wire);
    }
}

static bool grow(struct dynr_outbox *outbox)
{
    size_t cap = outbox->cap == 0 ? 8 : outbox->cap * 2;
    struct dynr_wire **ring = malloc(cap * sizeof(struct dynr_wire *));
    if (ring == NULL) {
        return false;
    }
    for (size_t i = 0; i < outbox->n_wires; i++) {
        ring[i] = outbox->ring[(outbox->head + i) & (outbox->cap - 1)];
    }
    free(outbox->ring);
    outbox->ring = ring;
    outbox->cap = cap;
    outbox->head = 0;
    return true;
}

bool dynr_outbox_push(struct dynr_outbox *outbox, struct dynr_wire *wire)
{
    if (outbox->n_wires == outbox->cap && !grow(outbox)) {
        return false;
    }
    outbox->ring[(outbox->head + outbox->n_wires) & (outbox->cap - 1)] = wire;
    outbox->n_wires++;
    outbox->bytes += wire->len;
    wire->references++;
    return true;
}

struct dynr_wire *dynr_outbox_first(const struct dynr_outbox *outbox)
{
    return outbox->n_wires == 0 ? NULL : outbox->ring[outbox->head];
}

void dynr_outbox_pop(struct dynr_outbox *outbox)
{
    struct dynr_wire *wire = outbox->ring[outbox->head];
    outbox->head = (outbox->head + 1) & (outbox->cap - 1);
    outbox->n_wires--;
    outbox->bytes -= wire->len;
    outbox->sent = 0;
    dynr_wire_unref(wire);
}

size_t dynr_outbox_gather(const struct dynr_outbox *outbox, struct iovec *out_parts,
                          size_t max_parts, size_t max_bytes)
{
    size_t n_parts = 0;
    size_t bytes = 0;
    while (n_parts < outbox->n_wires && n_parts < max_parts && bytes < max_bytes) {
        struct dynr_wire *wire = outbox->ring[(outbox->head + n_parts) & (outbox->cap - 1)];
        size_t sent = n_parts == 0 ? outbox->sent : 0;
        out_parts[n_parts].iov_base = dynr_wire_start(wire) + sent;
        out_parts[n_parts].iov_len = dynr_wire_size(wire) - sent;
        bytes += out_parts[n_parts++].iov_len;
    }
    return n_parts;
}

void dynr_outbox_advance(struct dynr_outbox *outbox, size_t size, uint64_t *in_out_messages,
                         uint64_t *in_out_bytes)
{
    outbox->sent += size;
    while (outbox->n_wires > 0 && outbox->sent >= dynr_wire_size(outbox->ring[outbox->head])) {
        const struct dynr_wire *wire = outbox->ring[outbox->head];
        size_t left = outbox->sent - dynr_wire_size(wire);
        if (wire->head_len > 0) {
            (*in_out_messages)++;
            *in_out_bytes += wire->len;
        }
        dynr_outbox_pop(outbox);
        outbox->sent = left;
    }
}

void dynr_outbox_drop(struct dynr_outbox *outbox)
{
    size_t n_kept = 0;
    size_t bytes = 0;
    for (size_t i = 0; i < outbox->n_wires; i++) {
        struct dynr_wire *wire = outbox->ring[(outbox->head + i) & (outbox->cap - 1)];
        if (wire->keep || (i == 0 && outbox->sent > 0)) {
            outbox->ring[(outbox->head + n_kept++) & (outbox->cap - 1)] = wire;
            bytes += wire->len;
        } else {
            dynr_wire_unref(wire);
        }
    }
    outbox->n_wires = n_kept;
    outbox->bytes = bytes;
}

void dynr_outbox_cleanup(struct dynr_outbox *outbox)
{
    while (outbox->n_wires > 0) {
        dynr_outbox_pop(outbox);
    }
    free(outbox->ring);
    memset(outbox, 0, sizeof *outbox);
}
