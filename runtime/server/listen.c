/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The listening socket: where it may listen, and what it accepts.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/ip_address.h"
#include "server/state.h"

/* The kernel caps it; who comes while it is full waits a second for his next try. */
#define BACKLOG 4096
/* One wake-up takes in at most these, so that others get their turn. */
#define MAX_ACCEPTS 64

static bool parse_port(const char *text, uint16_t *out)
{
    uint32_t port = 0;
    if (*text == '\0') {
        return false;
    }
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9') {
            return false;
        }
        port = port * 10 + (uint32_t)(*text - '0');
        if (port > UINT16_MAX) {
            return false;
        }
    }
    *out = (uint16_t)port;
    return true;
}

/** "host:port" into a socket address; the host is an address in figures, or "localhost". */
static bool parse_address(const char *text, struct dynr_ip_address *out)
{
    char host[DYNR_SERVER_ADDRESS_SIZE];
    const char *colon = strrchr(text, ':');
    size_t len = colon == NULL ? 0 : (size_t)(colon - text);
    uint16_t port = 0;
    if (len == 0 || len >= sizeof host || !parse_port(colon + 1, &port)) {
        return false;
    }
    memcpy(host, text, len);
    host[len] = '\0';
    if (host[0] == '[' && host[len - 1] == ']') {
        host[len - 1] = '\0';
        return dynr_ip_address_parse(host + 1, port, out) && out->socket.any.sa_family == AF_INET6;
    }
    if (strcmp(host, "localhost") == 0) {
        memcpy(host, "127.0.0.1", sizeof "127.0.0.1");
    }
    return dynr_ip_address_parse(host, port, out) && out->socket.any.sa_family == AF_INET;
}

static enum dynr_status check_address(const struct dynr_server *server,
                                      const struct dynr_ip_address *address, struct dynr_error *err)
{
    const struct dynr_server_options *options = &server->options;
    if (address->is_loopback) {
        return DYNR_OK;
    }
    if (options->auth.trust_callers) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT,
                         "callers are trusted to be who they say they are (--dev), so only a "
                         "loopback address is listened on, not %s",
                         options->listen);
    }
    bool authenticates = options->auth.jwt != NULL || options->auth.authenticate != NULL;
    if (!authenticates && !options->insecure) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT,
                         "%s is open to others, but nothing says who may call: name the keys that "
                         "callers' tokens are signed with (--jwks FILE), say that everybody may "
                         "(--insecure), or listen on 127.0.0.1",
                         options->listen);
    }
    return DYNR_OK;
}

static enum dynr_status fail_listen(struct dynr_server *server, const char *what,
                                    struct dynr_error *err)
{
    int number = errno;
    char reason[128];
    if (strerror_r(number, reason, sizeof reason) != 0) {
        (void)snprintf(reason, sizeof reason, "error %d", number);
    }
    if (server->listen_fd >= 0) {
        (void)close(server->listen_fd);
        server->listen_fd = -1;
    }
    return dynr_fail(err, DYNR_ERR_IO, "cannot %s %s: %s%s", what, server->options.listen, reason,
                     number == EADDRINUSE ? "; name another port (--listen HOST:PORT), or 0 for "
                                            "one that is free"
                                          : "");
}

static bool make_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
           fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

static enum dynr_status bind_and_listen(struct dynr_server *server,
                                        const struct dynr_ip_address *address,
                                        struct dynr_error *err)
{
    int one = 1;
    struct dynr_ip_address bound = *address;
    server->listen_fd = socket(address->socket.any.sa_family, SOCK_STREAM, 0);
    if (server->listen_fd < 0 || !make_nonblocking(server->listen_fd) ||
        setsockopt(server->listen_fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0) {
        return fail_listen(server, "make a socket for", err);
    }
    if (bind(server->listen_fd, &address->socket.any, address->len) != 0) {
        return fail_listen(server, "listen on", err);
    }
    if (listen(server->listen_fd, BACKLOG) != 0 ||
        getsockname(server->listen_fd, &bound.socket.any, &bound.len) != 0) {
        return fail_listen(server, "listen on", err);
    }
    server->port = dynr_ip_address_port(&bound);
    server->is_loopback = address->is_loopback;
    return DYNR_OK;
}

enum dynr_status dynr_server_listen(struct dynr_server *server, struct dynr_error *err)
{
    struct dynr_ip_address address;
    if (server->options.listen == NULL) {
        server->options.listen = "127.0.0.1:8787";
    }
    if (!parse_address(server->options.listen, &address)) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT,
                         "`%.200s` is no address to listen on: write an IP address and a port, as "
                         "in 127.0.0.1:8787",
                         server->options.listen);
    }
    enum dynr_status status = check_address(server, &address, err);
    return status == DYNR_OK ? bind_and_listen(server, &address, err) : status;
}

static void adopt(struct dynr_server *server, int fd)
{
    int one = 1;
    /* Frames are whole messages: none should wait for the next. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    server->metrics.connections_accepted++;
    dynr_server_connection_open(server, fd);
}

void dynr_server_accept(struct dynr_server *server)
{
    for (int i = 0; i < MAX_ACCEPTS; i++) {
        int fd = accept(server->listen_fd, NULL, NULL);
        if (fd < 0) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
                /* The socket stays readable: rest until the next tick instead of spinning. */
                dynr_server_log(server, DYNR_LOG_WARNING,
                                "no descriptors or memory for another connection");
                server->accept_rests = dynr_server_watch(server, &server->listen_watch, 0, false);
            }
            return;
        }
        if (server->metrics.connections >= server->options.limits.max_connections ||
            !make_nonblocking(fd)) {
            server->metrics.connections_refused++;
            (void)close(fd);
            continue;
        }
        adopt(server, fd);
    }
}
