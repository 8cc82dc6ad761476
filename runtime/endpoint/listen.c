/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "base/ip_address.h"
#include "endpoint/connection.h"
#include "endpoint/peers.h"

#define LISTEN_MAX 512

enum dynr_status dynr_endpoint_listen(struct dynr_endpoint *endpoint, int *out_fd,
                                      struct dynr_error *err)
{
    const struct dynr_endpoint_options *options = &endpoint->options;
    struct dynr_ip_address address;
    if (!dynr_ip_address_parse(options->address, options->port, &address)) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "\"%s\" is not an IPv4 or IPv6 address",
                         options->address);
    }
    if (!address.is_loopback && options->n_access_keys == 0 && !options->insecure) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT,
                         "%s is open to other machines: configure access keys (--credentials), or "
                         "say that everybody is welcome (--insecure)",
                         options->address);
    }
    int fd = socket(address.socket.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int on = 1;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(fd, &address.socket.any, address.len) != 0 || listen(fd, LISTEN_MAX) != 0 ||
        getsockname(fd, &address.socket.any, &address.len) != 0) {
        int cause = errno;
        if (fd >= 0) {
            (void)close(fd);
        }
        char reason[128] = "";
        (void)strerror_r(cause, reason, sizeof reason);
        return dynr_fail(
            err, DYNR_ERR_IO, "cannot listen on %s port %u: %s%s", options->address, options->port,
            reason,
            cause == EADDRINUSE ? "; name another port (--port N), or 0 for one that is free" : "");
    }
    endpoint->port = dynr_ip_address_port(&address);
    *out_fd = fd;
    endpoint->is_loopback = address.is_loopback;
    return DYNR_OK;
}

enum dynr_accepted dynr_endpoint_accept(struct dynr_endpoint *endpoint, int listen_fd,
                                        struct dynr_endpoint_connection **out)
{
    struct dynr_ip_address address;
    int on = 1;
    size_t peer = 0;
    *out = NULL;
    address.len = sizeof address.socket;
    int fd = accept(listen_fd, &address.socket.any, &address.len);
    if (fd < 0) {
        bool rests = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
        bool is_all = errno == EAGAIN || errno == EWOULDBLOCK;
        /* Otherwise it had gone before it was its turn. */
        return rests ? DYNR_ACCEPT_RESTS : (is_all ? DYNR_ACCEPTED_ALL : DYNR_ACCEPTED);
    }
    if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 ||
        !dynr_endpoint_peers_enter(endpoint->peers, &address.socket.any, &peer)) {
        (void)close(fd);
        return DYNR_ACCEPTED;
    }
    /* Without it, small answers would wait for others; where it cannot be set they do. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    *out = dynr_endpoint_connection_new(endpoint, fd, peer);
    if (*out == NULL) {
        dynr_endpoint_peers_leave(endpoint->peers, peer);
        (void)close(fd);
    }
    return DYNR_ACCEPTED;
}
