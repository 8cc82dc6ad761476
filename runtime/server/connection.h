/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection: its socket, what waits to be sent on it, and when it ends. What its bytes mean is a matter of http.c and session.c.
 *
 * Nothing is freed while it may still be on somebody's stack: what ends is put in a list, and goes when the loop comes round.
 */
#ifndef DYNR_SERVER_CONNECTION_H
#define DYNR_SERVER_CONNECTION_H

#include "dynr/buf.h"
#include "server/outbox.h"
#include "server/rate.h"
#include "server/socket.h"

struct dynr_http_request;
struct dynr_server;
struct dynr_session;

/** What the loop watches; the first member of what belongs to it. */
enum dynr_watch_kind {
    DYNR_WATCH_LISTENER,
    DYNR_WATCH_STOP,
    DYNR_WATCH_STREAM,
    DYNR_WATCH_CONNECTION,
};
struct dynr_watch {
    enum dynr_watch_kind kind;
    int fd;
    /** Of epoll, as they are set. */
    uint32_t events;
};

enum dynr_connection_phase {
    /** TLS is being agreed on. */
    DYNR_PHASE_HANDSHAKE,
    DYNR_PHASE_HTTP,
    DYNR_PHASE_WEBSOCKET,
    /** All was sent, and that it was; the peer has a little time to read it and end, too. What it sends is thrown away. */
    DYNR_PHASE_LINGER,
    DYNR_PHASE_DEAD,
};

struct dynr_connection {
    struct dynr_watch watch;
    enum dynr_connection_phase phase;
    struct dynr_server *server;
    struct dynr_socket socket;
    struct dynr_outbox outbox;
    /** Of the clock that never jumps: ends then; 0: never. */
    int64_t deadline_ms;
    struct dynr_connection *next;
    struct dynr_connection *previous;
    /** In server->ended. */
    struct dynr_connection *next_ended;
    bool is_ended;

    struct dynr_rate calls;
    /** HTTP: bytes that have come and were not taken yet. */
    struct dynr_buf incoming;
    /** How far `incoming` was searched for the end of a head. */
    size_t looked;
    /** Bytes of the request's body that are still to come. */
    uint64_t body_left;
    /** A head has begun: `deadline_ms` does not move until it is whole. */
    bool in_head;
    /** Ends after the answer that is under way. */
    bool closing;
    /** The request that is being read or answered, or NULL. */
    struct dynr_http_request *request;
    /** After the upgrade, else NULL. */
    struct dynr_session *session;
};

/** Takes an accepted socket. */
void dynr_server_connection_open(struct dynr_server *server, int fd);
/** Something happened to it. */
void dynr_server_connection_event(struct dynr_connection *connection, uint32_t events);
/** The peer's address in figures; empty where it cannot be told. */
void dynr_server_connection_address(const struct dynr_connection *connection, char *out,
                                    size_t size);
/** Sends bytes that are no message, behind what is queued. False: it is dead, or out of memory. */
bool dynr_server_connection_send(struct dynr_connection *connection, struct dynr_str bytes);
/** Writes what is queued as far as the socket takes it. False: it is dead. */
bool dynr_server_connection_write(struct dynr_connection *connection);
/** Nothing waits to be sent. */
bool dynr_server_connection_is_clear(const struct dynr_connection *connection);
/** Lets the loop watch for what there is to wait for now. */
void dynr_server_connection_watch(struct dynr_connection *connection);
/** Ends so many milliseconds from now; 0: not by time. */
void dynr_server_connection_expect(struct dynr_connection *connection, int64_t within_ms);
/** Ends it: all that was queued is sent. */
void dynr_server_connection_finish(struct dynr_connection *connection);
/** Ends it, as soon as nobody looks at it any more. */
void dynr_server_connection_kill(struct dynr_connection *connection);
/** Ends what has had its time. */
void dynr_server_connections_expire(struct dynr_server *server);
/** Whether any has something to send or was told a moment ago that all was sent. */
bool dynr_server_connections_are_busy(const struct dynr_server *server);
/** Frees what has ended. */
void dynr_server_connections_reap(struct dynr_server *server);

#endif
