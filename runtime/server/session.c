/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WebSocket sessions: their slots, their queues, what libwebsockets tells about them.
 *
 * Messages go out at once, without waiting for the loop: a socket that takes everything (the usual one) costs one system call a
 * message. What does not fit is queued, and waits for the socket to become writable.
 */
#include <stdlib.h>
#include <string.h>

#include "base/origin.h"
#include "server/state.h"

#define KILL_AFTER_S 5
/* How many times the limit of a queue one resync may be long. */
#define MAX_RESYNC 16

/* ---- slots ------------------------------------------------------------------------------------------------------ */

static bool grow_sessions(struct dynr_server *server)
{
    size_t cap = server->cap_sessions == 0 ? 64 : server->cap_sessions * 2;
    struct dynr_session **sessions = realloc(server->sessions, cap * sizeof(struct dynr_session *));
    if (sessions == NULL) {
        return false;
    }
    server->sessions = sessions;
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
        sessions[slot - 1] = NULL;
        free_slots[server->n_free_slots++] = (uint32_t)(slot - 1);
    }
    server->cap_sessions = cap;
    return true;
}

struct dynr_session *dynr_server_find_session(const struct dynr_server *server, uint64_t id)
{
    size_t slot = (uint32_t)id;
    struct dynr_session *session = slot < server->cap_sessions ? server->sessions[slot] : NULL;
    return session != NULL && session->id == id ? session : NULL;
}

static int open_session(struct dynr_server *server, struct lws *wsi)
{
    struct dynr_connection *connection = lws_get_opaque_user_data(wsi);
    if (connection == NULL || server->stopping ||
        (server->n_free_slots == 0 && !grow_sessions(server))) {
        return -1;
    }
    struct dynr_session *session = calloc(1, sizeof *session);
    if (session == NULL) {
        return -1;
    }
    session->connection = connection;
    session->slot = server->free_slots[--server->n_free_slots];
    session->id = (uint64_t)++server->next_generation << 32 | session->slot;
    session->opened_ms = dynr_server_now_ms(server);
    dynr_arena_init(&session->arena, NULL, 0);
    dynr_buf_init(&session->incoming, NULL, server->options.limits.max_message);
    server->sessions[session->slot] = session;
    connection->session = session;
    server->metrics.sessions++;
    server->metrics.sessions_opened++;
    return 0;
}

static void unmark_dirty(struct dynr_server *server, uint32_t slot)
{
    for (size_t i = 0; i < server->n_dirty; i++) {
        if (server->dirty[i] == slot) {
            server->dirty[i] = server->dirty[--server->n_dirty];
            return;
        }
    }
}

static void close_session(struct dynr_server *server, struct lws *wsi)
{
    struct dynr_connection *connection = lws_get_opaque_user_data(wsi);
    struct dynr_session *session = connection == NULL ? NULL : connection->session;
    if (session == NULL) {
        return;
    }
    connection->session = NULL;
    if (session->dirty) {
        unmark_dirty(server, session->slot);
    }
    server->sessions[session->slot] = NULL;
    server->free_slots[server->n_free_slots++] = session->slot;
    server->metrics.sessions--;
    if (session->greeted) {
        dynr_engine_disconnect(server->engine, session->id);
    }
    dynr_outbox_cleanup(&session->outbox);
    dynr_buf_cleanup(&session->incoming);
    dynr_arena_cleanup(&session->arena);
    free(session);
}

/* ---- sending ----------------------------------------------------------------------------------------------------- */

/** A session stands in the list once, and leaves it when it closes: there is room for all. */
static void mark_dirty(struct dynr_session *session)
{
    struct dynr_server *server = session->connection->server;
    if (!session->dirty) {
        session->dirty = true;
        server->dirty[server->n_dirty++] = session->slot;
    }
}

void dynr_session_end(struct dynr_session *session, enum dynr_close_code code)
{
    if (session->close_code == 0) {
        session->close_code = (uint16_t)code;
        mark_dirty(session);
    }
}

/** Writes one message. False: the connection is broken, and ends soon. */
static bool write_wire(struct dynr_session *session, struct dynr_wire *wire)
{
    struct dynr_server *server = session->connection->server;
    if (lws_write(session->connection->wsi, dynr_wire_text(wire), wire->len, LWS_WRITE_TEXT) < 0) {
        dynr_session_end(session, DYNR_CLOSE_GOING_AWAY);
        lws_set_timeout(session->connection->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
        return false;
    }
    server->metrics.messages_out++;
    server->metrics.bytes_out += wire->len;
    return true;
}

/** Whether everything went out, so that the socket may take the next message at once. */
static bool is_sent(const struct dynr_session *session)
{
    return session->outbox.n_wires == 0 && !lws_partial_buffered(session->connection->wsi);
}

/** Bytes that may wait: a resync must fit as a whole, or it would be dropped and started over for ever. */
static size_t queue_limit(const struct dynr_session *session)
{
    size_t limit = session->connection->server->options.limits.max_queue;
    return session->starting_over ? limit * MAX_RESYNC : limit + session->allowance;
}

void dynr_session_fall_behind(struct dynr_session *session)
{
    dynr_outbox_drop(&session->outbox);
    session->behind = true;
    session->connection->server->metrics.queue_drops++;
    /* Also where nothing waits to be sent: the resync comes with the next writable callback, which somebody must ask for. */
    mark_dirty(session);
}

void dynr_session_send(struct dynr_session *session, struct dynr_wire *wire)
{
    size_t limit = queue_limit(session);
    if (session->close_code != 0 || (session->behind && !wire->keep)) {
        return;
    }
    if (is_sent(session)) {
        /* The usual case, without a second walk over all sessions: with thousands of them each walk finds cold caches. */
        (void)write_wire(session, wire);
        return;
    }
    if (session->outbox.bytes + wire->len > limit && !session->starting_over) {
        dynr_session_fall_behind(session);
        if (!wire->keep) {
            return;
        }
    }
    /* What is kept alone is too much: the client does not read at all. Or it watches more than can ever be sent to it. */
    bool fits = session->outbox.bytes + wire->len <= limit;
    if (!fits || !dynr_outbox_push(&session->outbox, wire)) {
        dynr_outbox_drop(&session->outbox);
        dynr_session_end(session, DYNR_CLOSE_POLICY);
    }
    mark_dirty(session);
}

void dynr_session_send_text(struct dynr_session *session, const struct dynr_buf *text)
{
    struct dynr_wire *wire = dynr_buf_ok(text) ? dynr_wire_new(dynr_buf_str(text), true) : NULL;
    if (wire == NULL) {
        /* An answer that cannot be given must not be waited for. */
        dynr_session_end(session, DYNR_CLOSE_GOING_AWAY);
        return;
    }
    dynr_session_send(session, wire);
    dynr_wire_unref(wire);
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

/** Writes until the queue is empty or the socket full. False: the connection is broken. */
static bool write_queue(struct dynr_session *session)
{
    struct dynr_wire *wire;
    while (!lws_partial_buffered(session->connection->wsi) &&
           (wire = dynr_outbox_first(&session->outbox)) != NULL) {
        if (!write_wire(session, wire)) {
            return false;
        }
        dynr_outbox_pop(&session->outbox);
    }
    if (session->outbox.n_wires == 0) {
        session->allowance = 0;
    }
    return true;
}

static void flush_session(struct dynr_session *session)
{
    struct lws *wsi = session->connection->wsi;
    session->dirty = false;
    if (!write_queue(session)) {
        /* It was told to die at once; being marked again would only come back here. */
        return;
    }
    if (session->close_code != 0) {
        /* The end itself is a matter of the writable callback; who does not read is not waited for long. */
        lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, KILL_AFTER_S);
    }
    if (session->close_code != 0 || session->behind || !is_sent(session)) {
        (void)lws_callback_on_writable(wsi);
    }
}

void dynr_server_flush(struct dynr_server *server)
{
    while (server->n_dirty > 0) {
        flush_session(server->sessions[server->dirty[--server->n_dirty]]);
    }
}

static bool write_ping(struct dynr_session *session)
{
    /* With a byte, which comes back: libwebsockets does not tell of a pong without any. */
    unsigned char frame[LWS_PRE + 1] = {0};
    session->ping_due = false;
    return lws_write(session->connection->wsi, frame + LWS_PRE, 1, LWS_WRITE_PING) >= 0;
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
    session->allowance = session->outbox.bytes;
    if (status != DYNR_OK) {
        dynr_server_log(server, DYNR_LOG_ERROR, "a slow connection cannot start over: %s",
                        err.message);
        dynr_session_bye(session, "error", 1000, DYNR_CLOSE_GOING_AWAY);
    }
}

/** The socket takes more. -1: the connection ends. */
static int on_writable(struct dynr_session *session)
{
    struct dynr_server *server = session->connection->server;
    if (!write_queue(session)) {
        return -1;
    }
    if (!is_sent(session)) {
        (void)lws_callback_on_writable(session->connection->wsi);
        return 0;
    }
    if (session->close_code != 0) {
        lws_close_reason(session->connection->wsi, (enum lws_close_status)session->close_code, NULL,
                         0);
        return -1;
    }
    if (session->ping_due && !write_ping(session)) {
        return -1;
    }
    if (session->behind) {
        start_over(session);
        dynr_server_flush(server);
    }
    return 0;
}

/* ---- time -------------------------------------------------------------------------------------------------------- */

/** Whether it is still there is asked after one time of silence; after two it is let go. A full socket cannot even be asked. */
static void check_silence(struct dynr_session *session)
{
    uint64_t ping_s = session->connection->server->options.limits.ping_s;
    struct lws *wsi = session->connection->wsi;
    session->silent_s++;
    if (session->silent_s == ping_s) {
        session->ping_due = true;
        (void)lws_callback_on_writable(wsi);
    } else if (session->silent_s >= 2 * ping_s) {
        lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
    }
}

void dynr_server_expire(struct dynr_server *server)
{
    int64_t now_ms = dynr_server_now_ms(server);
    int64_t hello_ms = (int64_t)server->options.limits.hello_timeout_s * 1000;
    for (size_t i = 0; i < server->cap_sessions; i++) {
        struct dynr_session *session = server->sessions[i];
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

static int refuse_frame(struct lws *wsi, enum dynr_close_code code)
{
    lws_close_reason(wsi, (enum lws_close_status)code, NULL, 0);
    return -1;
}

static int on_receive(struct lws *wsi, const void *in, size_t len)
{
    struct dynr_connection *connection = lws_get_opaque_user_data(wsi);
    struct dynr_session *session = connection->session;
    if (session == NULL) {
        return 0;
    }
    session->silent_s = 0;
    if (session->close_code != 0) {
        return 0;
    }
    if (lws_frame_is_binary(wsi)) {
        return refuse_frame(wsi, DYNR_CLOSE_UNSUPPORTED);
    }
    if (lws_is_first_fragment(wsi)) {
        dynr_buf_clear(&session->incoming);
    }
    dynr_buf_append(&session->incoming, in, len);
    if (!dynr_buf_ok(&session->incoming)) {
        return refuse_frame(wsi, DYNR_CLOSE_TOO_LARGE);
    }
    if (lws_is_final_fragment(wsi)) {
        connection->server->metrics.messages_in++;
        dynr_session_handle(session, dynr_buf_str(&session->incoming));
        dynr_server_flush(connection->server);
    }
    return 0;
}

int dynr_server_session_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user,
                                 void *in, size_t len)
{
    struct dynr_server *server = lws_context_user(lws_get_context(wsi));
    struct dynr_connection *connection = lws_get_opaque_user_data(wsi);
    (void)user;
    /* No switch: libwebsockets has some eighty reasons, and a handler answers those that it knows. */
    if (reason == LWS_CALLBACK_ESTABLISHED) {
        return open_session(server, wsi);
    }
    if (reason == LWS_CALLBACK_CLOSED) {
        close_session(server, wsi);
        return 0;
    }
    if (reason == LWS_CALLBACK_RECEIVE) {
        return on_receive(wsi, in, len);
    }
    if (reason == LWS_CALLBACK_RECEIVE_PONG && connection != NULL && connection->session != NULL) {
        connection->session->silent_s = 0;
        return 0;
    }
    if (reason == LWS_CALLBACK_SERVER_WRITEABLE && connection != NULL &&
        connection->session != NULL) {
        return on_writable(connection->session);
    }
    return 0;
}
