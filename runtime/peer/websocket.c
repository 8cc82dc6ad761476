/* SPDX-License-Identifier: Apache-2.0 */
#include "peer/websocket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/base64.h"
#include "dynr/clock.h"

#define MAX_MESSAGE ((size_t)64 * 1024 * 1024)
#define READ_SIZE   65536
#define MASK_SIZE   4

enum opcode {
    OPCODE_CONTINUATION = 0,
    OPCODE_TEXT = 1,
    OPCODE_CLOSE = 8,
    OPCODE_PING = 9,
    OPCODE_PONG = 10
};

/** A frame in what has arrived. */
struct frame {
    unsigned opcode;
    bool final;
    size_t head;
    size_t len;
};

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/** Waits for `events` until `deadline_ms`; false: not in time. */
static bool wait_for(int fd, short events, int64_t deadline_ms)
{
    for (;;) {
        int64_t left = deadline_ms - now_ms();
        struct pollfd poll_fd = {.fd = fd, .events = events};
        int n = poll(&poll_fd, 1, left > 0 ? (int)left : 0);
        if (n > 0) {
            return true;
        }
        if (n == 0 || errno != EINTR) {
            return false;
        }
    }
}

static enum dynr_status fail_io(struct dynr_websocket *socket, const char *why,
                                struct dynr_error *err)
{
    dynr_websocket_close(socket);
    return dynr_fail(err, DYNR_ERR_IO, "%s", why);
}

static enum dynr_status send_bytes(struct dynr_websocket *socket, const char *bytes, size_t len,
                                   int64_t deadline_ms, struct dynr_error *err)
{
    while (len > 0) {
        ssize_t sent = send(socket->fd, bytes, len, MSG_NOSIGNAL);
        if (sent >= 0) {
            bytes += sent;
            len -= (size_t)sent;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            if (!wait_for(socket->fd, POLLOUT, deadline_ms)) {
                return fail_io(socket, "the server does not read", err);
            }
        } else if (errno != EINTR) {
            return fail_io(socket, "the connection was lost", err);
        }
    }
    return DYNR_OK;
}

/** Appends what there is to `received`; `*out_got` false: nothing came in time. */
static enum dynr_status receive_bytes(struct dynr_websocket *socket, int64_t deadline_ms,
                                      bool *out_got, struct dynr_error *err)
{
    struct dynr_buf *received = &socket->received;
    *out_got = false;
    if (socket->taken > 0) {
        memmove(received->ptr, received->ptr + socket->taken, received->len - socket->taken);
        received->len -= socket->taken;
        socket->taken = 0;
    }
    char *place = dynr_buf_reserve(received, READ_SIZE);
    if (place == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    for (;;) {
        ssize_t n_read = recv(socket->fd, place, READ_SIZE, 0);
        if (n_read > 0) {
            received->len += (size_t)n_read;
            *out_got = true;
            return DYNR_OK;
        }
        if (n_read == 0) {
            return fail_io(socket, "the server closed the connection", err);
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            if (!wait_for(socket->fd, POLLIN, deadline_ms)) {
                return DYNR_OK;
            }
        } else if (errno != EINTR) {
            return fail_io(socket, "the connection was lost", err);
        }
    }
}

static enum dynr_status connect_socket(struct dynr_websocket *socket_out, const char *host,
                                       uint16_t port, int64_t deadline_ms, struct dynr_error *err)
{
    struct sockaddr_in address;
    int one = 1;
    int failure = 0;
    socklen_t len = sizeof failure;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "%.100s is no IPv4 address", host);
    }
    socket_out->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (socket_out->fd < 0 || fcntl(socket_out->fd, F_SETFL, O_NONBLOCK) != 0 ||
        fcntl(socket_out->fd, F_SETFD, FD_CLOEXEC) != 0) {
        return fail_io(socket_out, "no socket can be made", err);
    }
    (void)setsockopt(socket_out->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(socket_out->fd, (const struct sockaddr *)&address, sizeof address) != 0 &&
        errno != EINPROGRESS) {
        return fail_io(socket_out, "nobody listens there", err);
    }
    if (!wait_for(socket_out->fd, POLLOUT, deadline_ms) ||
        getsockopt(socket_out->fd, SOL_SOCKET, SO_ERROR, &failure, &len) != 0 || failure != 0) {
        return fail_io(socket_out, "nobody listens there", err);
    }
    return DYNR_OK;
}

/** Where the head of an HTTP answer ends, behind its empty line; 0: not there yet. */
static size_t find_head_end(const struct dynr_buf *received)
{
    for (size_t i = 0; i + 4 <= received->len; i++) {
        if (memcmp(received->ptr + i, "\r\n\r\n", 4) == 0) {
            return i + 4;
        }
    }
    return 0;
}

/** Reads the answer to the upgrade. Its accept key is not compared: it guards against caches, not against servers. */
static enum dynr_status read_upgrade(struct dynr_websocket *socket, int64_t deadline_ms,
                                     struct dynr_error *err)
{
    static const char switching[] = "HTTP/1.1 101 ";
    size_t end = find_head_end(&socket->received);
    while (end == 0) {
        bool got;
        enum dynr_status status = receive_bytes(socket, deadline_ms, &got, err);
        if (status != DYNR_OK) {
            return status;
        }
        if (!got) {
            return fail_io(socket, "the server did not answer in time", err);
        }
        end = find_head_end(&socket->received);
    }
    if (end < sizeof switching ||
        memcmp(socket->received.ptr, switching, sizeof switching - 1) != 0) {
        return fail_io(socket, "the server does not speak dynr.1 there", err);
    }
    socket->taken = end;
    return DYNR_OK;
}

enum dynr_status dynr_websocket_open(struct dynr_websocket *socket, const char *host, uint16_t port,
                                     uint32_t timeout_ms, struct dynr_error *err)
{
    int64_t deadline_ms = now_ms() + timeout_ms;
    const struct dynr_clock *clock = dynr_clock_system();
    uint8_t key[16];
    memset(socket, 0, sizeof *socket);
    socket->fd = -1;
    dynr_buf_init(&socket->received, NULL, MAX_MESSAGE + READ_SIZE);
    dynr_buf_init(&socket->message, NULL, MAX_MESSAGE);
    dynr_buf_init(&socket->outgoing, NULL, MAX_MESSAGE);
    enum dynr_status status = connect_socket(socket, host, port, deadline_ms, err);
    if (status != DYNR_OK) {
        return status;
    }
    if (!clock->random_bytes(clock->context, key, sizeof key)) {
        return fail_io(socket, "the system gives no random bytes", err);
    }
    dynr_buf_printf(
        &socket->outgoing,
        "GET / HTTP/1.1\r\nhost: %s:%u\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
        "sec-websocket-version: 13\r\nsec-websocket-protocol: dynr.1\r\nsec-websocket-key: ",
        host, port);
    dynr_buf_append_base64(&socket->outgoing, (struct dynr_bytes){key, sizeof key});
    dynr_buf_append_c(&socket->outgoing, "\r\n\r\n");
    if (!dynr_buf_ok(&socket->outgoing)) {
        dynr_websocket_close(socket);
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    status = send_bytes(socket, socket->outgoing.ptr, socket->outgoing.len, deadline_ms, err);
    return status == DYNR_OK ? read_upgrade(socket, deadline_ms, err) : status;
}

void dynr_websocket_close(struct dynr_websocket *socket)
{
    if (socket->fd >= 0) {
        (void)close(socket->fd);
        socket->fd = -1;
    }
    dynr_buf_cleanup(&socket->received);
    dynr_buf_cleanup(&socket->message);
    dynr_buf_cleanup(&socket->outgoing);
    socket->taken = 0;
}

static enum dynr_status send_frame(struct dynr_websocket *socket, enum opcode opcode,
                                   struct dynr_str payload, uint32_t timeout_ms,
                                   struct dynr_error *err)
{
    const struct dynr_clock *clock = dynr_clock_system();
    struct dynr_buf *out = &socket->outgoing;
    uint8_t mask[MASK_SIZE];
    if (socket->fd < 0 || !clock->random_bytes(clock->context, mask, sizeof mask)) {
        return fail_io(socket, "the connection is closed", err);
    }
    dynr_buf_clear(out);
    dynr_buf_append_char(out, (char)(0x80 | opcode));
    unsigned n_length_bytes = payload.len < 126 ? 0 : (payload.len < 65536 ? 2 : 8);
    dynr_buf_append_char(
        out,
        (char)(0x80 | (n_length_bytes == 0 ? payload.len : (n_length_bytes == 2 ? 126 : 127))));
    for (unsigned i = n_length_bytes; i > 0; i--) {
        dynr_buf_append_char(out, (char)((uint64_t)payload.len >> (8 * (i - 1))));
    }
    dynr_buf_append(out, mask, sizeof mask);
    char *place = dynr_buf_reserve(out, payload.len);
    if (place == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    for (size_t i = 0; i < payload.len; i++) {
        place[i] = (char)(payload.ptr[i] ^ mask[i % MASK_SIZE]);
    }
    out->len += payload.len;
    return send_bytes(socket, out->ptr, out->len, now_ms() + timeout_ms, err);
}

enum dynr_status dynr_websocket_send(struct dynr_websocket *socket, struct dynr_str text,
                                     uint32_t timeout_ms, struct dynr_error *err)
{
    return send_frame(socket, OPCODE_TEXT, text, timeout_ms, err);
}

/** Whether a whole frame is there. Masked ones and reserved bits give DYNR_ERR_SYNTAX. */
static enum dynr_status find_frame(const struct dynr_websocket *socket, struct frame *out,
                                   bool *out_found, struct dynr_error *err)
{
    const unsigned char *bytes = (const unsigned char *)socket->received.ptr + socket->taken;
    size_t n_bytes = socket->received.len - socket->taken;
    *out_found = false;
    if (n_bytes < 2) {
        return DYNR_OK;
    }
    size_t n_length_bytes = bytes[1] < 126 ? 0 : (bytes[1] == 126 ? 2 : 8);
    if ((bytes[0] & 0x70) != 0 || (bytes[1] & 0x80) != 0) {
        return dynr_fail(err, DYNR_ERR_SYNTAX, "the server sent a frame that no server sends");
    }
    if (n_bytes < 2 + n_length_bytes) {
        return DYNR_OK;
    }
    uint64_t len = n_length_bytes == 0 ? bytes[1] : 0;
    for (size_t i = 0; i < n_length_bytes; i++) {
        len = len << 8 | bytes[2 + i];
    }
    if (len > MAX_MESSAGE) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, "the server sent a message that is too long");
    }
    *out = (struct frame){.opcode = bytes[0] & 0x0f,
                          .final = (bytes[0] & 0x80) != 0,
                          .head = 2 + n_length_bytes,
                          .len = (size_t)len};
    *out_found = n_bytes >= out->head + out->len;
    return DYNR_OK;
}

/** Takes one whole frame. `*out_got`: it completed a message. */
static enum dynr_status take_frame(struct dynr_websocket *socket, const struct frame *frame,
                                   uint32_t timeout_ms, struct dynr_str *out_text, bool *out_got,
                                   struct dynr_error *err)
{
    struct dynr_str payload =
        dynr_str_make(socket->received.ptr + socket->taken + frame->head, frame->len);
    socket->taken += frame->head + frame->len;
    if (frame->opcode == OPCODE_PING) {
        return send_frame(socket, OPCODE_PONG, payload, timeout_ms, err);
    }
    if (frame->opcode == OPCODE_CLOSE) {
        return fail_io(socket, "the server closed the connection", err);
    }
    if (frame->opcode == OPCODE_TEXT) {
        dynr_buf_clear(&socket->message);
    } else if (frame->opcode != OPCODE_CONTINUATION) {
        return frame->opcode == OPCODE_PONG
                   ? DYNR_OK
                   : dynr_fail(err, DYNR_ERR_SYNTAX, "the server sent what is no text");
    }
    dynr_buf_append_str(&socket->message, payload);
    if (!dynr_buf_ok(&socket->message)) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    *out_got = frame->final;
    *out_text = dynr_buf_str(&socket->message);
    return DYNR_OK;
}

enum dynr_status dynr_websocket_receive(struct dynr_websocket *socket, uint32_t timeout_ms,
                                        struct dynr_str *out_text, bool *out_got,
                                        struct dynr_error *err)
{
    int64_t deadline_ms = now_ms() + timeout_ms;
    *out_got = false;
    if (socket->fd < 0) {
        return dynr_fail(err, DYNR_ERR_IO, "the connection is closed");
    }
    for (;;) {
        struct frame frame;
        bool found;
        enum dynr_status status = find_frame(socket, &frame, &found, err);
        if (status == DYNR_OK && found) {
            status = take_frame(socket, &frame, timeout_ms, out_text, out_got, err);
            if (status != DYNR_OK || *out_got) {
                return status;
            }
            continue;
        }
        bool got = false;
        if (status == DYNR_OK) {
            status = receive_bytes(socket, deadline_ms, &got, err);
        }
        if (status != DYNR_OK || !got) {
            return status;
        }
    }
}
