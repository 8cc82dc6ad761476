/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WebSocket sessions: their slots, what they receive, and time.
 */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "server/state.h"

/* ---- slots ------------------------------------------------------------------------------------------------------ */

static bool grow_sessions(struct dynr_server *server)
{
    size_t cap = server->cap_sessions == 0 ? 64 : server->cap_sessions * 2;
    struct dynr_recipient *recipients = realloc(server->recipients, cap * sizeof *recipients);
    if (recipients == NULL) {
        return false;
    }
    server->recipients = recipients;
    uint32_t *free_slots = realloc(server->free_slots, cap * sizeof *free_slots);
    if (free_slots == NULL) {
        return false;
    }
    server->free_slots = free_slots;
    uint32_t *dirty = realloc(server->dirty, cap * sizeof *dirty);
    if (dirty == NULL) {
        return false;
    }
    server->dirty = dirty;
    for (size_t slot = cap; slot > server->cap_sessions; slot--) {
        recipients[slot - 1] = (struct dynr_recipient){.fd = -1};
        free_slots[server->n_free_slots++] = (uint32_t)(slot - 1);
    }
    server->cap_sessions = cap;
    return true;
}

struct dynr_session *dynr_server_find_session(const struct dynr_server *server, uint64_t id)
{
    size_t slot = (uint32_t)id;
    return slot < server->cap_sessions && server->recipients[slot].id == id
               ? server->recipients[slot].session
               : NULL;
}

bool dynr_server_open_session(struct dynr_connection *connection)
{
    struct dynr_server *server = connection->server;
    if (server->n_free_slots == 0 && !grow_sessions(server)) {
        return false;
    }
    struct dynr_session *session = calloc(1, sizeof *session);
    if (session == NULL) {
        return false;
    }
    session->connection = connection;
    session->slot = server->free_slots[--server->n_free_slots];
    session->id = (uint64_t)++server->next_generation << 32 | session->slot;
    session->opened_ms = dynr_server_now_ms(server);
    session->reader.max_message = server->options.limits.max_message;
    dynr_arena_init(&session->arena, NULL, 0);
    dynr_buf_init(&session->incoming, NULL, server->options.limits.max_message);
    struct dynr_recipient *recipient = &server->recipients[session->slot];
    /* `dirty` stays: the place may still stand in the list because of who had it before. */
    recipient->id = session->id;
    recipient->session = session;
    recipient->fd = connection->socket.fd;
    recipient->direct = false;
    connection->session = session;
    server->metrics.sessions++;
    server->metrics.sessions_opened++;
    return true;
}

void dynr_server_close_session(struct dynr_connection *connection)
{
    struct dynr_server *server = connection->server;
    struct dynr_session *session = connection->session;
    if (session == NULL) {
        return;
    }
    connection->session = NULL;
    struct dynr_recipient *recipient = &server->recipients[session->slot];
    dynr_wire_unref(recipient->next);
    *recipient = (struct dynr_recipient){.fd = -1, .dirty = recipient->dirty};
    server->free_slots[server->n_free_slots++] = session->slot;
    server->metrics.sessions--;
    if (session->greeted) {
        dynr_engine_disconnect(server->engine, session->id);
    }
    dynr_buf_cleanup(&session->incoming);
    dynr_arena_cleanup(&session->arena);
    free(session);
}

/* ---- time -------------------------------------------------------------------------------------------------------- */

/** Whether it is still there is asked after one time of silence; after two it is let go. A full socket cannot even be asked. */
static void check_silence(struct dynr_session *session)
{
    struct dynr_connection *connection = session->connection;
    uint64_t ping_s = connection->server->options.limits.ping_s;
    session->silent_s++;
    if (session->silent_s == ping_s && dynr_server_connection_is_clear(connection)) {
        dynr_session_send_control(session, DYNR_WEBSOCKET_PING, dynr_str_make(NULL, 0));
    } else if (session->silent_s >= 2 * ping_s) {
        dynr_server_connection_kill(connection);
    }
}

void dynr_server_expire(struct dynr_server *server)
{
    int64_t now_ms = dynr_server_now_ms(server);
    int64_t hello_ms = (int64_t)server->options.limits.hello_timeout_s * 1000;
    for (size_t i = 0; i < server->cap_sessions; i++) {
        struct dynr_session *session = server->recipients[i].session;
        if (session == NULL) {
            continue;
        }
        if (session->greeted && session->identity.expires_ms > 0 &&
            now_ms >= session->identity.expires_ms) {
            dynr_session_bye(session, "expired", 0, DYNR_CLOSE_POLICY);
        } else if (!session->greeted && now_ms >= session->opened_ms + hello_ms) {
            dynr_session_bye(session, "timeout", 1000, DYNR_CLOSE_POLICY);
        }
        check_silence(session);
    }
    dynr_engine_tick(server->engine, (int64_t)(dynr_server_ticks_us() / 1000));
    dynr_server_flush(server);
}

/* ---- receiving --------------------------------------------------------------------------------------------------- */

static void on_piece(struct dynr_session *session, const struct dynr_websocket_event *event)
{
    if (event->first) {
        dynr_buf_clear(&session->incoming);
    }
    dynr_buf_append_str(&session->incoming, event->bytes);
    if (!dynr_buf_ok(&session->incoming)) {
        dynr_session_end(session, DYNR_CLOSE_TOO_LARGE);
    } else if (event->last && !dynr_utf8_is_valid(dynr_buf_str(&session->incoming))) {
        dynr_session_end(session, DYNR_CLOSE_NOT_TEXT);
    } else if (event->last) {
        session->connection->server->metrics.messages_in++;
        dynr_session_handle(session, dynr_buf_str(&session->incoming));
    }
}

static void on_control(struct dynr_session *session, const struct dynr_websocket_event *event)
{
    if (event->opcode == DYNR_WEBSOCKET_PING) {
        dynr_session_send_control(session, DYNR_WEBSOCKET_PONG, event->bytes);
    } else if (event->opcode == DYNR_WEBSOCKET_CLOSE) {
        dynr_session_end(session, dynr_websocket_close_code(event->bytes));
    }
}

void dynr_session_receive(struct dynr_session *session, unsigned char *bytes, size_t len)
{
    struct dynr_websocket_event event;
    session->silent_s = 0;
    do {
        size_t used = dynr_websocket_read(&session->reader, bytes, len, &event);
        bytes += used;
        len -= used;
        if (event.kind == DYNR_WEBSOCKET_PIECE) {
            on_piece(session, &event);
        } else if (event.kind == DYNR_WEBSOCKET_CONTROL) {
            on_control(session, &event);
        } else if (event.kind == DYNR_WEBSOCKET_FAULT) {
            dynr_session_end(session, event.code);
        }
        /* Nothing of what stands behind the end is looked at. */
    } while (event.kind != DYNR_WEBSOCKET_MORE && session->close_code == 0);
    dynr_server_flush(session->connection->server);
}
