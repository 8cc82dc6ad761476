/* SPDX-License-Identifier: Apache-2.0 */
#include "server/outbox.h"

#include <stdlib.h>

struct dynr_wire *dynr_wire_new(struct dynr_str text, bool keep)
{
    struct dynr_wire *wire = malloc(sizeof *wire + DYNR_WIRE_HEADROOM + text.len);
    if (wire == NULL) {
        return NULL;
    }
    wire->references = 1;
    wire->keep = keep;
    wire->len = text.len;
    if (text.len > 0) {
        memcpy(dynr_wire_text(wire), text.ptr, text.len);
    }
    return wire;
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
    dynr_wire_unref(wire);
}

void dynr_outbox_drop(struct dynr_outbox *outbox)
{
    size_t n_kept = 0;
    size_t bytes = 0;
    for (size_t i = 0; i < outbox->n_wires; i++) {
        struct dynr_wire *wire = outbox->ring[(outbox->head + i) & (outbox->cap - 1)];
        if (wire->keep) {
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
