/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a client's frames. In whatever pieces they come, the same messages and the same end come out of them.
 */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "server/websocket.h"

#define MAX_MESSAGE 300

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

struct outcome {
    uint64_t hash;
    unsigned code;
};

static void note(struct outcome *outcome, const void *bytes, size_t len)
{
    /* Byte by byte, so that pieces make no difference. */
    for (size_t i = 0; i < len; i++) {
        outcome->hash = dynr_hash(dynr_str_make((const char *)bytes + i, 1), outcome->hash);
    }
}

static void note_event(struct outcome *outcome, const struct dynr_websocket_event *event)
{
    if (event->kind == DYNR_WEBSOCKET_FAULT) {
        outcome->code = event->code;
        return;
    }
    if (event->kind == DYNR_WEBSOCKET_CONTROL) {
        require(event->bytes.len <= DYNR_WEBSOCKET_MAX_CONTROL);
        note(outcome, "C", 1);
        unsigned code = dynr_websocket_close_code(event->bytes);
        require(code >= 1000 && code <= 4999);
    }
    note(outcome, "B", event->first ? 1 : 0);
    note(outcome, event->bytes.ptr, event->bytes.len);
    note(outcome, "E", event->last ? 1 : 0);
}

static struct outcome read_in_steps(const uint8_t *data, size_t size, size_t step)
{
    struct dynr_websocket_reader reader = {.max_message = MAX_MESSAGE};
    struct outcome outcome = {0};
    for (size_t at = 0; at < size && outcome.code == 0; at += step) {
        size_t len = size - at < step ? size - at : step;
        unsigned char *piece = malloc(len);
        require(piece != NULL);
        memcpy(piece, data + at, len);
        struct dynr_websocket_event event;
        size_t used = 0;
        do {
            used += dynr_websocket_read(&reader, piece + used, len - used, &event);
            require(used <= len);
            note_event(&outcome, &event);
            require(reader.message_len <= MAX_MESSAGE);
        } while (event.kind != DYNR_WEBSOCKET_MORE && outcome.code == 0);
        require(outcome.code != 0 || used == len);
        free(piece);
    }
    return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct outcome whole = read_in_steps(data, size, size + 1);
    static const size_t steps[] = {1, 3, 16};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct outcome pieces = read_in_steps(data, size, steps[i]);
        require(pieces.hash == whole.hash && pieces.code == whole.code);
    }
    return 0;
}
