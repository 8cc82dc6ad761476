/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as a client's message. What is refused must say why; what is accepted keeps its promises about members.
 */
#include <stdlib.h>

#include "server/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dynr_error err = {0};
    struct dynr_arena arena = {0};
    struct dynr_message message;
    enum dynr_status status =
        dynr_message_read(dynr_str_make((const char *)data, size), &arena, &message, &err);
    if (status != DYNR_OK) {
        require(err.status == status && err.message[0] != '\0');
    } else {
        bool needs_id = message.kind != DYNR_MESSAGE_HELLO && message.kind != DYNR_MESSAGE_PING;
        require(!needs_id || message.has_id);
        require(message.n_ids <= DYNR_MESSAGE_MAX_IDS);
        require(message.id < UINT64_C(1) << 53 && message.since_position < UINT64_C(1) << 53);
        require(message.kind != DYNR_MESSAGE_TRIM || message.bound.len > 0);
    }
    dynr_arena_cleanup(&arena);
    return 0;
}
