/* SPDX-License-Identifier: Apache-2.0 */
#include "server/socket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

bool dynr_socket_open(struct dynr_socket *socket, int fd, struct ssl_ctx_st *context)
{
    *socket = (struct dynr_socket){.fd = fd};
    if (context != NULL) {
        socket->tls = dynr_tls_accept(context, fd);
        if (socket->tls == NULL) {
            dynr_socket_close(socket);
            return false;
        }
    }
    return true;
}

void dynr_socket_close(struct dynr_socket *socket)
{
    if (socket->fd < 0) {
        return;
    }
    dynr_tls_end(socket->tls);
    socket->tls = NULL;
    free(socket->pending);
    socket->pending = NULL;
    socket->n_pending = 0;
    (void)close(socket->fd);
    socket->fd = -1;
}

enum dynr_socket_result dynr_socket_handshake(struct dynr_socket *socket)
{
    return socket->tls == NULL ? DYNR_SOCKET_OK : dynr_tls_handshake(socket);
}

static enum dynr_socket_result result_of_errno(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? DYNR_SOCKET_AGAIN
                                                                     : DYNR_SOCKET_BROKEN;
}

enum dynr_socket_result dynr_socket_read(struct dynr_socket *socket, unsigned char *buffer,
                                         size_t *out_len)
{
    *out_len = 0;
    if (socket->tls != NULL) {
        return dynr_tls_read(socket, buffer, out_len);
    }
    ssize_t n_read = recv(socket->fd, buffer, DYNR_SOCKET_READ_SIZE, 0);
    if (n_read < 0) {
        return result_of_errno();
    }
    *out_len = (size_t)n_read;
    return n_read == 0 ? DYNR_SOCKET_END : DYNR_SOCKET_OK;
}

enum dynr_socket_result dynr_socket_write(struct dynr_socket *socket, const struct iovec *parts,
                                          size_t n_parts, size_t *out_len)
{
    *out_len = 0;
    if (socket->tls != NULL) {
        return dynr_tls_write(socket, parts, n_parts, out_len);
    }
    /* sendmsg only reads them; its type does not say so. */
    struct iovec *unqualified = (struct iovec *)(uintptr_t)parts;
    struct msghdr message = {.msg_iov = unqualified, .msg_iovlen = n_parts};
    ssize_t n_sent = n_parts == 1 ? send(socket->fd, parts->iov_base, parts->iov_len, MSG_NOSIGNAL)
                                  : sendmsg(socket->fd, &message, MSG_NOSIGNAL);
    if (n_sent < 0) {
        return result_of_errno();
    }
    *out_len = (size_t)n_sent;
    return DYNR_SOCKET_OK;
}

void dynr_socket_finish(struct dynr_socket *socket)
{
    if (socket->tls != NULL) {
        dynr_tls_finish(socket);
    }
    /* Where it fails, the peer has gone, and reading says so. */
    (void)shutdown(socket->fd, SHUT_WR);
}
