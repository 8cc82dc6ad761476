/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes out to sessions.
 *
 * What one change makes is collected first and then sent, all that a connection gets in one system call. Most connections get one
 * message and have nothing queued: for these a table is walked twice, once by the engine and once by the flush, and nothing else of
 * theirs is looked at. With thousands of connections that is what sending costs beside the system call.
 */
#include <errno.h>
#include <sys/socket.h>

#include "server/state.h"

#define KILL_AFTER_MS 5000
/* How many times the limit of a queue one resync may be long. */
#define MAX_RESYNC 16

static struct dynr_recipient *recipient_of(const struct dynr_session *session)
{
    return &session->connection->server->recipients[session->slot];
}

/** Stands in the list once, and until the flush also when its session has ended: there is room for all. */
static void mark_dirty(struct dynr_server *server, struct dynr_recipient *recipient)
{
    if (!recipient->dirty) {
        recipient->dirty = true;
        server->dirty[server->n_dirty++] = (uint32_t)(recipient - server->recipients);
    }
}

/** From now on everything goes by way of the queue. False: out of memory; the message is lost. */
static bool use_queue(struct dynr_session *session, struct dynr_recipient *recipient)
{
    struct dynr_wire *wire = recipient->next;
    recipient->direct = false;
    recipient->next = NULL;
    bool fine = wire == NULL || dynr_outbox_push(&session->connection->outbox, wire);
    dynr_wire_unref(wire);
    return fine;
}

void dynr_session_end(struct dynr_session *session, unsigned code)
{
    struct dynr_recipient *recipient = recipient_of(session);
    if (session->close_code == 0) {
        (void)use_queue(session, recipient);
        session->close_code = (uint16_t)code;
        mark_dirty(session->connection->server, recipient);
    }
}

/** Bytes that may wait: a resync must fit as a whole, or it would be dropped and started over for ever. */
static size_t queue_limit(const struct dynr_session *session)
{
    size_t limit = session->connection->server->options.limits.max_queue;
    return session->starting_over ? limit * MAX_RESYNC : limit + session->allowance;
}

void dynr_session_fall_behind(struct dynr_session *session)
{
    struct dynr_server *server = session->connection->server;
    struct dynr_recipient *recipient = recipient_of(session);
    if (!use_queue(session, recipient)) {
        /* An answer may be lost: who waits for it must not wait for ever. */
        dynr_session_end(session, DYNR_CLOSE_GOING_AWAY);
    }
    dynr_outbox_drop(&session->connection->outbox);
    session->behind = true;
    server->metrics.queue_drops++;
    /* Also where nothing waits to be sent: somebody must ask for the event that the resync comes with. */
    mark_dirty(server, recipient);
}

/** Whether the queue may grow by so many bytes, at once or after the socket has taken some. */
static bool has_room(struct dynr_session *session, size_t len, size_t limit)
{
    struct dynr_connection *connection = session->connection;
    return connection->outbox.bytes + len <= limit ||
           (dynr_server_connection_write(connection) && connection->outbox.bytes + len <= limit);
}

/** What is kept alone is too much: the client does not read at all. Or it watches more than can ever be sent to it. */
static void give_up(struct dynr_session *session)
{
    dynr_outbox_drop(&session->connection->outbox);
    dynr_session_end(session, DYNR_CLOSE_POLICY);
}

static void enqueue(struct dynr_session *session, struct dynr_recipient *recipient,
                    struct dynr_wire *wire)
{
    size_t limit = queue_limit(session);
    if (!use_queue(session, recipient)) {
        give_up(session);
        return;
    }
    bool fits = has_room(session, wire->len, limit) || session->connection->outbox.n_wires == 0;
    if (session->close_code != 0) {
        /* It broke when room was made. */
        return;
    }
    if (!fits && !session->starting_over) {
        dynr_session_fall_behind(session);
        if (!wire->keep) {
            return;
        }
        fits = session->connection->outbox.bytes + wire->len <= limit;
    }
    if (!fits || !dynr_outbox_push(&session->connection->outbox, wire)) {
        give_up(session);
    }
}

void dynr_session_send(struct dynr_session *session, struct dynr_wire *wire)
{
    struct dynr_recipient *recipient = recipient_of(session);
    if (session->close_code != 0 || (session->behind && !wire->keep)) {
        return;
    }
    if (recipient->direct && recipient->next == NULL) {
        recipient->next = wire;
        wire->references++;
    } else {
        enqueue(session, recipient, wire);
    }
    mark_dirty(session->connection->server, recipient);
}

void dynr_server_send(struct dynr_server *server, uint64_t id, struct dynr_wire *wire)
{
    size_t slot = (uint32_t)id;
    if (slot >= server->cap_sessions || server->recipients[slot].id != id) {
        return;
    }
    struct dynr_recipient *recipient = &server->recipients[slot];
    if (recipient->direct && recipient->next == NULL) {
        /* The usual case; who is direct is neither behind nor about to end. */
        recipient->next = wire;
        wire->references++;
        mark_dirty(server, recipient);
    } else {
        dynr_session_send(recipient->session, wire);
    }
}

static void send_or_end(struct dynr_session *session, struct dynr_wire *wire)
{
    if (wire == NULL) {
        /* An answer that cannot be given must not be waited for. */
        dynr_session_end(session, DYNR_CLOSE_GOING_AWAY);
        return;
    }
    dynr_session_send(session, wire);
    dynr_wire_unref(wire);
}

void dynr_session_send_text(struct dynr_session *session, const struct dynr_buf *text)
{
    send_or_end(session, dynr_buf_ok(text) ? dynr_wire_new(dynr_buf_str(text), true) : NULL);
}

void dynr_session_send_control(struct dynr_session *session, enum dynr_websocket_opcode opcode,
                               struct dynr_str payload)
{
    unsigned char frame[DYNR_WEBSOCKET_MAX_CONTROL_FRAME];
    size_t len = dynr_websocket_control(opcode, payload, frame);
    send_or_end(session, dynr_wire_new_raw(dynr_str_make((const char *)frame, len)));
}

void dynr_session_bye(struct dynr_session *session, const char *reason, uint32_t after_ms,
                      enum dynr_close_code code)
{
    struct dynr_server *server = session->connection->server;
    if (session->close_code != 0) {
        return;
    }
    if (session->greeted) {
        dynr_engine_disconnect(server->engine, session->id);
        session->greeted = false;
    }
    struct dynr_buf text;
    dynr_buf_init(&text, NULL, 0);
    dynr_buf_printf(&text, "{\"t\":\"bye\",\"reason\":\"%s\",\"after\":%u}", reason, after_ms);
    dynr_session_send_text(session, &text);
    dynr_buf_cleanup(&text);
    dynr_session_end(session, code);
}

/* ---- flushing ---------------------------------------------------------------------------------------------------- */

static void queue_close(struct dynr_session *session)
{
    struct dynr_connection *connection = session->connection;
    unsigned char frame[DYNR_WEBSOCKET_MAX_CONTROL_FRAME];
    size_t len = dynr_websocket_close(session->close_code, frame);
    session->close_queued = true;
    /* Who does not read is not waited for long. */
    dynr_server_connection_expect(connection, KILL_AFTER_MS);
    (void)dynr_server_connection_send(connection, dynr_str_make((const char *)frame, len));
}

/** Writes what is queued as far as the socket takes it, and says to the loop what to wait for. */
static void flush_session(struct dynr_session *session)
{
    struct dynr_connection *connection = session->connection;
    if (connection->phase != DYNR_PHASE_WEBSOCKET) {
        return;
    }
    if (session->close_code != 0 && !session->close_queued) {
        queue_close(session);
    }
    if (!dynr_server_connection_write(connection)) {
        return;
    }
    bool clear = dynr_server_connection_is_clear(connection);
    if (clear) {
        session->allowance = 0;
    }
    if (clear && session->close_queued) {
        dynr_server_connection_finish(connection);
        return;
    }
    recipient_of(session)->direct =
        clear && session->close_code == 0 && !session->behind && connection->socket.tls == NULL;
    dynr_server_connection_watch(connection);
}

/** Sends the one message of a session that has no other. False: not all of it; it is in the queue. */
static bool send_directly(struct dynr_server *server, struct dynr_recipient *recipient)
{
    struct dynr_wire *wire = recipient->next;
    size_t size = dynr_wire_size(wire);
    server->metrics.writes++;
    ssize_t n_sent = send(recipient->fd, dynr_wire_start(wire), size, MSG_NOSIGNAL);
    if (n_sent == (ssize_t)size) {
        server->metrics.messages_out++;
        server->metrics.bytes_out += wire->len;
        recipient->next = NULL;
        dynr_wire_unref(wire);
        return true;
    }
    /* What went wrong, if it did, the next write finds as well. */
    if (!use_queue(recipient->session, recipient)) {
        dynr_server_connection_kill(recipient->session->connection);
    } else if (n_sent > 0) {
        recipient->session->connection->outbox.sent = (size_t)n_sent;
    }
    return false;
}

void dynr_server_flush(struct dynr_server *server)
{
    /*
     * First whoever gets one message: that is what the others wait for. Who called gets two at least, the answer and that its write was
     * said. The list does not grow meanwhile: what breaks is listed as ended, and told nobody before the loop reaps it.
     */
    size_t n_later = 0;
    for (size_t i = 0; i < server->n_dirty; i++) {
        uint32_t slot = server->dirty[i];
        struct dynr_recipient *recipient = &server->recipients[slot];
        if (recipient->id == 0 || (recipient->next != NULL && send_directly(server, recipient))) {
            recipient->dirty = false;
        } else {
            server->dirty[n_later++] = slot;
        }
    }
    server->n_dirty = n_later;
    for (size_t i = 0; i < server->n_dirty; i++) {
        struct dynr_recipient *recipient = &server->recipients[server->dirty[i]];
        if (recipient->id != 0) {
            flush_session(recipient->session);
        }
        recipient->dirty = false;
    }
    server->n_dirty = 0;
}

static void start_over(struct dynr_session *session)
{
    struct dynr_server *server = session->connection->server;
    struct dynr_error err = {0};
    session->behind = false;
    if (!session->greeted) {
        return;
    }
    session->starting_over = true;
    enum dynr_status status = dynr_engine_resync(server->engine, session->id, &err);
    session->starting_over = false;
    if (status != DYNR_OK) {
        dynr_server_log(server, DYNR_LOG_ERROR, "a slow connection cannot start over: %s",
                        err.message);
        dynr_session_bye(session, "error", 1000, DYNR_CLOSE_GOING_AWAY);
    }
}

void dynr_session_drained(struct dynr_session *session)
{
    struct dynr_server *server = session->connection->server;
    if (session->behind && session->close_code == 0) {
        start_over(session);
        dynr_server_flush(server);
        session->allowance = session->connection->outbox.bytes;
    }
    flush_session(session);
}
