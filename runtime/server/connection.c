/* SPDX-License-Identifier: Apache-2.0 */
#include "server/connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/state.h"

/* How long a peer may take to notice that all was said. */
#define LINGER_MS 2000
/* The part of it that a server which stops waits for. */
#define PARTING_MS 250
/* Pieces of one write. */
#define MAX_PARTS 64
/* Bytes of one write: no socket takes more at once. */
#define MAX_WRITE ((size_t)4 * 1024 * 1024)

static int64_t now_ms(void)
{
    return (int64_t)(dynr_server_ticks_us() / 1000);
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

void dynr_server_connection_open(struct dynr_server *server, int fd)
{
    struct dynr_connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        (void)close(fd);
        server->metrics.connections_refused++;
        return;
    }
    connection->server = server;
    connection->watch = (struct dynr_watch){.kind = DYNR_WATCH_CONNECTION, .fd = fd};
    connection->phase = server->tls == NULL ? DYNR_PHASE_HTTP : DYNR_PHASE_HANDSHAKE;
    if (!dynr_socket_open(&connection->socket, fd, server->tls)) {
        server->metrics.connections_refused++;
        free(connection);
        return;
    }
    if (!dynr_server_watch(server, &connection->watch, EPOLLIN, true)) {
        server->metrics.connections_refused++;
        dynr_socket_close(&connection->socket);
        free(connection);
        return;
    }
    connection->in_head = true;
    dynr_server_connection_expect(connection,
                                  (int64_t)server->options.limits.header_timeout_s * 1000);
    connection->next = server->connections;
    if (connection->next != NULL) {
        connection->next->previous = connection;
    }
    server->connections = connection;
    server->metrics.connections++;
}

void dynr_server_connection_address(const struct dynr_connection *connection, char *out,
                                    size_t size)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } peer;
    socklen_t len = sizeof peer;
    out[0] = '\0';
    if (getpeername(connection->socket.fd, &peer.any, &len) != 0) {
        return;
    }
    const void *address = peer.any.sa_family == AF_INET6 ? (const void *)&peer.v6.sin6_addr
                                                         : (const void *)&peer.v4.sin_addr;
    if (inet_ntop(peer.any.sa_family, address, out, (socklen_t)size) == NULL) {
        out[0] = '\0';
    }
}

static void list_as_ended(struct dynr_connection *connection)
{
    if (!connection->is_ended) {
        connection->is_ended = true;
        connection->next_ended = connection->server->ended;
        connection->server->ended = connection;
    }
    if (connection->session != NULL) {
        dynr_session_end(connection->session, DYNR_CLOSE_GOING_AWAY);
    }
}

void dynr_server_connection_kill(struct dynr_connection *connection)
{
    connection->phase = DYNR_PHASE_DEAD;
    list_as_ended(connection);
}

void dynr_server_connection_finish(struct dynr_connection *connection)
{
    if (connection->phase == DYNR_PHASE_DEAD || connection->phase == DYNR_PHASE_LINGER) {
        return;
    }
    connection->phase = DYNR_PHASE_LINGER;
    dynr_socket_finish(&connection->socket);
    dynr_server_connection_expect(connection, LINGER_MS);
    list_as_ended(connection);
}

static void destroy(struct dynr_connection *connection)
{
    struct dynr_server *server = connection->server;
    if (connection->next != NULL) {
        connection->next->previous = connection->previous;
    }
    if (connection->previous != NULL) {
        connection->previous->next = connection->next;
    } else {
        server->connections = connection->next;
    }
    dynr_http_request_destroy(connection->request);
    dynr_outbox_cleanup(&connection->outbox);
    dynr_buf_cleanup(&connection->incoming);
    /* Which also ends that it is watched. */
    dynr_socket_close(&connection->socket);
    free(connection);
    server->metrics.connections--;
}

void dynr_server_connections_reap(struct dynr_server *server)
{
    while (server->ended != NULL) {
        struct dynr_connection *connection = server->ended;
        server->ended = connection->next_ended;
        connection->is_ended = false;
        dynr_server_close_session(connection);
        if (connection->phase == DYNR_PHASE_DEAD) {
            destroy(connection);
        } else {
            dynr_server_connection_watch(connection);
        }
    }
}

/* ---- time -------------------------------------------------------------------------------------------------------- */

void dynr_server_connection_expect(struct dynr_connection *connection, int64_t within_ms)
{
    connection->deadline_ms = within_ms == 0 ? 0 : now_ms() + within_ms;
}

void dynr_server_connections_expire(struct dynr_server *server)
{
    int64_t now = now_ms();
    for (struct dynr_connection *connection = server->connections; connection != NULL;
         connection = connection->next) {
        if (connection->deadline_ms != 0 && now >= connection->deadline_ms) {
            dynr_server_connection_kill(connection);
        }
    }
}

bool dynr_server_connections_are_busy(const struct dynr_server *server)
{
    int64_t parting_ms = now_ms() + LINGER_MS - PARTING_MS;
    for (const struct dynr_connection *connection = server->connections; connection != NULL;
         connection = connection->next) {
        bool parts = connection->phase == DYNR_PHASE_LINGER && connection->deadline_ms > parting_ms;
        if (parts || !dynr_server_connection_is_clear(connection)) {
            return true;
        }
    }
    return false;
}

/* ---- sending ----------------------------------------------------------------------------------------------------- */

bool dynr_server_connection_is_clear(const struct dynr_connection *connection)
{
    return connection->outbox.n_wires == 0 && dynr_socket_is_clear(&connection->socket);
}

bool dynr_server_connection_write(struct dynr_connection *connection)
{
    struct dynr_metrics *metrics = &connection->server->metrics;
    if (connection->phase == DYNR_PHASE_DEAD) {
        return false;
    }
    while (!dynr_server_connection_is_clear(connection)) {
        struct iovec parts[MAX_PARTS];
        size_t n_parts = dynr_outbox_gather(&connection->outbox, parts, MAX_PARTS, MAX_WRITE);
        size_t len = 0;
        metrics->writes++;
        enum dynr_socket_result result =
            dynr_socket_write(&connection->socket, parts, n_parts, &len);
        dynr_outbox_advance(&connection->outbox, len, &metrics->messages_out, &metrics->bytes_out);
        if (result == DYNR_SOCKET_AGAIN) {
            break;
        }
        if (result != DYNR_SOCKET_OK) {
            dynr_server_connection_kill(connection);
            return false;
        }
    }
    return true;
}

bool dynr_server_connection_send(struct dynr_connection *connection, struct dynr_str bytes)
{
    if (connection->phase == DYNR_PHASE_DEAD) {
        return false;
    }
    if (dynr_server_connection_is_clear(connection)) {
        /* The usual case: it all goes at once, and needs no copy. */
        struct iovec part = {.iov_base = (char *)(uintptr_t)bytes.ptr, .iov_len = bytes.len};
        size_t len = 0;
        connection->server->metrics.writes++;
        enum dynr_socket_result result = dynr_socket_write(&connection->socket, &part, 1, &len);
        if (result != DYNR_SOCKET_OK && result != DYNR_SOCKET_AGAIN) {
            dynr_server_connection_kill(connection);
            return false;
        }
        bytes = dynr_str_make(bytes.ptr + len, bytes.len - len);
    }
    if (bytes.len == 0) {
        return true;
    }
    struct dynr_wire *wire = dynr_wire_new_raw(bytes);
    bool fine = wire != NULL && dynr_outbox_push(&connection->outbox, wire);
    dynr_wire_unref(wire);
    if (!fine) {
        dynr_server_connection_kill(connection);
    }
    return fine;
}

/* ---- what happens ------------------------------------------------------------------------------------------------ */

static uint32_t wanted_events(const struct dynr_connection *connection)
{
    bool writes =
        !dynr_server_connection_is_clear(connection) || connection->socket.read_wants_write;
    bool reads = true;
    switch (connection->phase) {
    case DYNR_PHASE_HTTP:
        reads = !dynr_server_http_is_blocked(connection);
        writes = writes || !reads;
        break;
    case DYNR_PHASE_WEBSOCKET:
        /* The resync of who fell behind begins when the socket takes it. */
        writes = writes || connection->session->behind;
        break;
    case DYNR_PHASE_HANDSHAKE:
    case DYNR_PHASE_LINGER:
    case DYNR_PHASE_DEAD:
        break;
    }
    return (reads ? (uint32_t)EPOLLIN : 0) | (writes ? (uint32_t)EPOLLOUT : 0);
}

void dynr_server_connection_watch(struct dynr_connection *connection)
{
    if (connection->phase == DYNR_PHASE_DEAD) {
        return;
    }
    uint32_t events = wanted_events(connection);
    if (events != connection->watch.events &&
        !dynr_server_watch(connection->server, &connection->watch, events, false)) {
        dynr_server_connection_kill(connection);
    }
}

static void on_bytes(struct dynr_connection *connection, unsigned char *bytes, size_t len)
{
    switch (connection->phase) {
    case DYNR_PHASE_HTTP:
        dynr_buf_append(&connection->incoming, bytes, len);
        if (dynr_buf_ok(&connection->incoming)) {
            dynr_server_http_advance(connection);
        } else {
            dynr_server_connection_kill(connection);
        }
        break;
    case DYNR_PHASE_WEBSOCKET:
        dynr_session_receive(connection->session, bytes, len);
        break;
    case DYNR_PHASE_HANDSHAKE:
    case DYNR_PHASE_LINGER:
    case DYNR_PHASE_DEAD:
        break;
    }
}

static void on_readable(struct dynr_connection *connection)
{
    unsigned char *scratch = connection->server->scratch;
    size_t len;
    switch (dynr_socket_read(&connection->socket, scratch, &len)) {
    case DYNR_SOCKET_OK:
        on_bytes(connection, scratch, len);
        break;
    case DYNR_SOCKET_AGAIN:
        break;
    case DYNR_SOCKET_END:
    case DYNR_SOCKET_BROKEN:
        dynr_server_connection_kill(connection);
        break;
    }
}

static void on_writable(struct dynr_connection *connection)
{
    if (!dynr_server_connection_write(connection) || !dynr_server_connection_is_clear(connection)) {
        return;
    }
    if (connection->phase == DYNR_PHASE_HTTP) {
        dynr_server_http_advance(connection);
    } else if (connection->phase == DYNR_PHASE_WEBSOCKET) {
        dynr_session_drained(connection->session);
    }
}

static void on_handshake(struct dynr_connection *connection)
{
    enum dynr_socket_result result = dynr_socket_handshake(&connection->socket);
    if (result == DYNR_SOCKET_OK) {
        /* What came with it may already be in OpenSSL, where the loop sees nothing of it. */
        connection->phase = DYNR_PHASE_HTTP;
        on_readable(connection);
    } else if (result != DYNR_SOCKET_AGAIN) {
        dynr_server_connection_kill(connection);
    }
}

void dynr_server_connection_event(struct dynr_connection *connection, uint32_t events)
{
    uint32_t broken = (uint32_t)EPOLLERR | (uint32_t)EPOLLHUP;
    uint32_t readable = (uint32_t)EPOLLIN | broken;
    bool reads = (connection->watch.events & (uint32_t)EPOLLIN) != 0;
    if (connection->phase == DYNR_PHASE_HANDSHAKE) {
        on_handshake(connection);
    } else if ((events & broken) != 0 && !reads) {
        dynr_server_connection_kill(connection);
    } else {
        bool retries = connection->socket.read_wants_write;
        if ((events & (uint32_t)EPOLLOUT) != 0) {
            on_writable(connection);
        }
        if (((events & readable) != 0 || retries) && reads &&
            connection->phase != DYNR_PHASE_DEAD) {
            on_readable(connection);
        }
    }
    dynr_server_connection_watch(connection);
}
