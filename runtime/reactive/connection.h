/* SPDX-License-Identifier: Apache-2.0 */
/* Clients: frames to one of them, commits, and who waits for one. */
#ifndef DYNR_REACTIVE_CONNECTION_H
#define DYNR_REACTIVE_CONNECTION_H

#include "reactive/reactive.h"

struct dynr_connection *dynr_connection_find(const struct dynr_engine *engine, uint64_t number);
struct dynr_subscriber *dynr_connection_subscriber(const struct dynr_connection *connection,
                                                   uint64_t id);
/* The caller struct of the procedures: one for all that have any. */
const struct dynr_struct_desc *dynr_connection_caller_desc(const struct dynr_engine *engine);
/* Hands a frame to the host. */
void dynr_connection_send(struct dynr_engine *engine, struct dynr_connection *connection,
                          struct dynr_frame *frame);
/* Sends the text as a frame of its own, and empties it. On exhausted memory the engine is starved. */
void dynr_connection_send_text(struct dynr_engine *engine, struct dynr_connection *connection,
                               struct dynr_buf *text);
/* An `error` frame; `id` 0: of the connection. `suspended`: the subscription stays. */
void dynr_connection_send_error(struct dynr_engine *engine, struct dynr_connection *connection,
                                uint64_t id, enum dynr_status status, const struct dynr_error *err,
                                bool suspended);
/* It got frames of this transition and is told when it is closed. */
void dynr_connection_touch(struct dynr_engine *engine, struct dynr_connection *connection);
/* Tells `commit` to all touched ones who do not wait for other frames, and to those who asked. `closed`: the frame said so. */
void dynr_connection_commit(struct dynr_engine *engine, bool closed);
void dynr_connections_cleanup(struct dynr_engine *engine);

#endif
