/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/connection.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "endpoint/loop.h"
#include "endpoint/peers.h"

#define HEAD_MAX  ((size_t)16 << 10)
#define LINGER_MS 2000
/* The part of it that an endpoint which stops waits for. */
#define PARTING_MS 250
/* Who asks nothing for so long needs no memory meanwhile. */
#define REST_MS 2000
/* Of all connections together, and a quarter of it for one of another machine; what takes less than SMALL_BODY is not counted. */
#define BODIES_MAX ((size_t)256 << 20)
#define SMALL_BODY ((size_t)64 << 10)
/* What a connection keeps from one request to the next. */
#define KEPT ((size_t)64 << 10)
/* A call that took more has its memory back before its answer is sent. */
#define LARGE_WORK ((size_t)4 << 20)
/* Pieces of a long body or answer, before others have their turn. */
#define STEPS_IN_ROW 16
/* Of what comes behind the last answer; more is not waited for. */
#define DROPPED_MAX ((size_t)64 << 20)

/* ---- life ---- */

struct dynr_endpoint_connection *dynr_endpoint_connection_new(struct dynr_endpoint *endpoint,
                                                              int fd, size_t peer)
{
    struct dynr_endpoint_connection *connection = calloc(1, sizeof *connection);
    if (connection != NULL) {
        connection->endpoint = endpoint;
        connection->fd = fd;
        connection->peer = peer;
        connection->is_readable = true;
        connection->is_writable = true;
        dynr_request_reader_init(&connection->reader, HEAD_MAX, DYNR_ENDPOINT_BODY_MAX);
        dynr_arena_init(&connection->arena, &endpoint->work.allocator, DYNR_ENDPOINT_WORK_MAX);
    }
    return connection;
}

/* How much of what is kept counts against the bound of all connections together. False: that is too much. */
static bool count_bytes(struct dynr_endpoint_connection *connection)
{
    struct dynr_endpoint *endpoint = connection->endpoint;
    size_t counted = dynr_request_reader_reserved(&connection->reader) + connection->large.cap;
    counted = counted <= SMALL_BODY ? 0 : counted;
    if (counted == connection->n_counted) {
        return true;
    }
    /* Unsigned: what is given back wraps around, twice. */
    size_t change = counted - connection->n_counted;
    size_t before = atomic_fetch_add_explicit(&endpoint->body_bytes, change, memory_order_relaxed);
    connection->n_counted = counted;
    size_t of_peer = dynr_endpoint_peers_count(endpoint->peers, connection->peer, counted);
    return before + change <= BODIES_MAX &&
           of_peer <= (endpoint->is_loopback ? BODIES_MAX : BODIES_MAX / 4);
}

void dynr_endpoint_connection_destroy(struct dynr_endpoint_connection *connection)
{
    struct dynr_endpoint *endpoint = connection->endpoint;
    dynr_request_reader_cleanup(&connection->reader);
    dynr_buf_cleanup(&connection->large);
    (void)count_bytes(connection);
    dynr_buf_cleanup(&connection->head);
    dynr_buf_cleanup(&connection->zipped);
    dynr_arena_cleanup(&connection->arena);
    /* Which also ends that it is watched. */
    (void)close(connection->fd);
    dynr_endpoint_peers_leave(endpoint->peers, connection->peer);
    free(connection);
}

void dynr_endpoint_connection_kill(struct dynr_endpoint_connection *connection)
{
    if (connection->phase != DYNR_ENDPOINT_CALLING && connection->phase != DYNR_ENDPOINT_DEAD) {
        connection->phase = DYNR_ENDPOINT_DEAD;
        dynr_endpoint_loop_bury(connection->loop, connection);
    }
}

static void expect(struct dynr_endpoint_connection *connection, int64_t within_ms)
{
    connection->deadline_ms = connection->loop->now_ms + within_ms;
}

/* For the next request to begin, for a whole request to come, for a part of an answer to be taken. */
static int64_t patience(const struct dynr_endpoint_connection *connection)
{
    return (int64_t)connection->endpoint->options.patience_s * 1000;
}

void dynr_endpoint_connection_open(struct dynr_endpoint_connection *connection)
{
    expect(connection, patience(connection));
}

bool dynr_endpoint_connection_is_idle(const struct dynr_endpoint_connection *connection)
{
    return connection->phase == DYNR_ENDPOINT_READING && !connection->has_begun &&
           !connection->is_readable;
}

void dynr_endpoint_connection_part(struct dynr_endpoint_connection *connection)
{
    /* What came may not have been told yet. */
    connection->is_readable = true;
    dynr_endpoint_connection_advance(connection);
    if (connection->phase == DYNR_ENDPOINT_READING) {
        expect(connection, PARTING_MS);
    }
}

void dynr_endpoint_connection_rest(struct dynr_endpoint_connection *connection)
{
    int64_t since_ms = connection->loop->now_ms - (connection->deadline_ms - patience(connection));
    if (connection->phase == DYNR_ENDPOINT_READING && !connection->has_begun &&
        since_ms >= REST_MS) {
        dynr_buf_cleanup(&connection->reader.incoming);
        dynr_buf_cleanup(&connection->head);
        dynr_buf_cleanup(&connection->zipped);
        dynr_arena_cleanup(&connection->arena);
        dynr_arena_init(&connection->arena, &connection->endpoint->work.allocator,
                        DYNR_ENDPOINT_WORK_MAX);
    }
}

/* ---- the socket ---- */

/* Bytes that came, or 0: none did, for now or for ever. */
static size_t receive(struct dynr_endpoint_connection *connection, char *room, size_t size)
{
    ssize_t n = -1;
    do {
        n = recv(connection->fd, room, size, 0);
    } while (n < 0 && errno == EINTR);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        connection->is_readable = false;
        return 0;
    }
    if (n <= 0) {
        dynr_endpoint_connection_kill(connection);
        return 0;
    }
    /* epoll(7): where less came than was asked for, there is no more, and what comes is told. The end of a stream is asked for. */
    connection->is_readable = (size_t)n == size || connection->peer_ended;
    return (size_t)n;
}

static bool say_continue(struct dynr_endpoint_connection *connection)
{
    static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
    ssize_t n = send(connection->fd, text, sizeof text - 1, MSG_NOSIGNAL);
    /* Who has not taken the last answer yet does without: after a while he sends his body. */
    return n == (ssize_t)(sizeof text - 1) || (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
}

/* ---- the answer ---- */

static void linger(struct dynr_endpoint_connection *connection)
{
    connection->phase = DYNR_ENDPOINT_LINGERING;
    connection->n_sent = 0;
    expect(connection, atomic_load(&connection->endpoint->is_stopping) ? PARTING_MS : LINGER_MS);
    dynr_request_reader_cleanup(&connection->reader);
    dynr_buf_cleanup(&connection->large);
    (void)count_bytes(connection);
    if (shutdown(connection->fd, SHUT_WR) != 0) {
        dynr_endpoint_connection_kill(connection);
    }
}

/*
 * The memory of a call that took much is not kept until somebody takes the answer. False: there is no room for the answer.
 */
static bool keep_large(struct dynr_endpoint_connection *connection)
{
    if (connection->arena.reserved <= LARGE_WORK || connection->body.ptr == NULL) {
        return true;
    }
    if (connection->body.ptr != connection->zipped.ptr) {
        dynr_buf_append_str(&connection->large, connection->body);
        if (!dynr_buf_ok(&connection->large)) {
            return false;
        }
        connection->body = dynr_buf_str(&connection->large);
    }
    dynr_arena_reset(&connection->arena);
    return count_bytes(connection);
}

/*
 * Answers are sent when all who asked were heard: whoever gets his answer asks again at once, and the loop would wake for him alone.
 */
static void send_answer(struct dynr_endpoint_connection *connection,
                        const struct dynr_endpoint_answer *answer)
{
    connection->closes =
        answer->closes || connection->reader.closes ||
        atomic_load_explicit(&connection->endpoint->is_stopping, memory_order_relaxed);
    connection->phase = DYNR_ENDPOINT_WRITING;
    connection->n_sent = 0;
    expect(connection, patience(connection));
    if (dynr_endpoint_write_answer(connection, answer) && keep_large(connection)) {
        dynr_endpoint_loop_again(connection->loop, connection);
    } else {
        dynr_endpoint_connection_kill(connection);
    }
}

/* What a request has left behind. */
static void forget_request(struct dynr_endpoint_connection *connection)
{
    dynr_request_reader_next(&connection->reader);
    dynr_buf_cleanup(&connection->large);
    (void)count_bytes(connection);
    dynr_arena_reset(&connection->arena);
    if (connection->zipped.cap > KEPT) {
        dynr_buf_cleanup(&connection->zipped);
    }
    connection->body = dynr_str_make(NULL, 0);
    connection->phase = DYNR_ENDPOINT_READING;
    connection->has_begun = dynr_request_reader_held(&connection->reader) > 0;
    expect(connection, patience(connection));
}

/* False: the socket takes no more for now, or the connection has ended. */
static bool write_more(struct dynr_endpoint_connection *connection)
{
    struct dynr_str head = dynr_buf_str(&connection->head);
    struct dynr_str body = connection->body;
    size_t n_sent = connection->n_sent;
    struct iovec parts[2];
    struct msghdr message = {.msg_iov = parts};
    if (n_sent < head.len) {
        parts[message.msg_iovlen++] =
            (struct iovec){(void *)(uintptr_t)(head.ptr + n_sent), head.len - n_sent};
        n_sent = 0;
    } else {
        n_sent -= head.len;
    }
    if (n_sent < body.len) {
        parts[message.msg_iovlen++] =
            (struct iovec){(void *)(uintptr_t)(body.ptr + n_sent), body.len - n_sent};
    }
    ssize_t n = sendmsg(connection->fd, &message, MSG_NOSIGNAL);
    if (n < 0) {
        int cause = errno;
        if (cause == EAGAIN || cause == EWOULDBLOCK) {
            connection->is_writable = false;
        } else if (cause != EINTR) {
            dynr_endpoint_connection_kill(connection);
        }
        return cause == EINTR;
    }
    connection->n_sent += (size_t)n;
    if (connection->n_sent < head.len + body.len) {
        return true;
    }
    if (connection->closes) {
        linger(connection);
    } else {
        forget_request(connection);
    }
    return true;
}

/* ---- the request ---- */

/* False: more must come. */
static bool read_more(struct dynr_endpoint_connection *connection)
{
    size_t size = 0;
    char *room = dynr_request_reader_room(&connection->reader, &size);
    if (room == NULL) {
        dynr_endpoint_connection_kill(connection);
        return false;
    }
    size_t n = receive(connection, room, size);
    if (n == 0) {
        return false;
    }
    dynr_request_reader_took(&connection->reader, n);
    if (!connection->has_begun) {
        connection->has_begun = true;
        expect(connection, patience(connection));
    }
    if (!count_bytes(connection)) {
        struct dynr_endpoint_answer answer;
        dynr_endpoint_answer_refused(connection, 503, &answer);
        send_answer(connection, &answer);
        return false;
    }
    return true;
}

/* False: nothing can be done until more comes. */
static bool read_request(struct dynr_endpoint_connection *connection)
{
    struct dynr_endpoint_answer answer;
    switch (dynr_request_reader_step(&connection->reader, &connection->arena)) {
    case DYNR_READ_MORE:
        break;
    case DYNR_READ_CONTINUE:
        if (!say_continue(connection)) {
            dynr_endpoint_connection_kill(connection);
        }
        return true;
    case DYNR_READ_REFUSED:
        dynr_endpoint_answer_refused(connection, connection->reader.refused, &answer);
        send_answer(connection, &answer);
        return false;
    case DYNR_READ_REQUEST:
        connection->phase = DYNR_ENDPOINT_CALLING;
        connection->deadline_ms = 0;
        if (dynr_endpoint_begin_call(connection, &answer)) {
            send_answer(connection, &answer);
        }
        return false;
    }
    return connection->is_readable && read_more(connection);
}

/* False: there is nothing to throw away. */
static bool drop_input(struct dynr_endpoint_connection *connection)
{
    char dropped[16384];
    size_t n = connection->is_readable ? receive(connection, dropped, sizeof dropped) : 0;
    connection->n_sent += n;
    if (connection->n_sent > DROPPED_MAX) {
        dynr_endpoint_connection_kill(connection);
    }
    return n > 0;
}

static bool step(struct dynr_endpoint_connection *connection)
{
    switch (connection->phase) {
    case DYNR_ENDPOINT_READING:
        return read_request(connection);
    case DYNR_ENDPOINT_WRITING:
        return connection->is_writable && write_more(connection);
    case DYNR_ENDPOINT_LINGERING:
        return drop_input(connection);
    case DYNR_ENDPOINT_CALLING:
    case DYNR_ENDPOINT_DEAD:
        break;
    }
    return false;
}

void dynr_endpoint_connection_advance(struct dynr_endpoint_connection *connection)
{
    for (int i = 0; i < STEPS_IN_ROW; i++) {
        if (!step(connection)) {
            return;
        }
    }
    dynr_endpoint_loop_again(connection->loop, connection);
}

void dynr_endpoint_connection_called(struct dynr_endpoint_connection *connection)
{
    struct dynr_endpoint_answer answer;
    dynr_endpoint_end_call(connection, &answer);
    send_answer(connection, &answer);
}
