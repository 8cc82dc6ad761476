/* SPDX-License-Identifier: Apache-2.0 */
#include "fanout_servers.h"

#include <arpa/inet.h>
#include <dynr/local.h>
#include <dynr/server.h>
#include <errno.h>
#include <libwebsockets.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../integration/server/live_view.h"
#include "todo.h"

/* As long as the patch that our server sends for the change. */
#define MESSAGE_SIZE 180

_Noreturn void fanout_die(const char *what)
{
    (void)fprintf(stderr, "bench_fanout: %s: error %d\n", what, errno);
    exit(1);
}

/* Each server runs in a process of its own, says its port to `report`, and never returns. */

static int listen_on_loopback(uint16_t *out_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, len) != 0 || listen(fd, 4096) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0) {
        fanout_die("listen");
    }
    *out_port = ntohs(address.sin_port);
    return fd;
}

static void report_port(int report, uint16_t port)
{
    if (write(report, &port, sizeof port) != sizeof port) {
        fanout_die("report");
    }
}

/** Sends the message to all whenever the first that connected says something; answers the others. */
_Noreturn static void serve_epoll(int report)
{
    static int sockets[FANOUT_MAX_SOCKETS + 1];
    size_t n_sockets = 0;
    unsigned char message[MESSAGE_SIZE] = {0x81, 126, 0, MESSAGE_SIZE - 4};
    uint16_t port;
    int listener = listen_on_loopback(&port);
    int epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data = {.fd = listener}};
    report_port(report, port);
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) != 0) {
        fanout_die("epoll_ctl");
    }
    for (;;) {
        struct epoll_event ready[64];
        int n_ready = epoll_wait(epoll, ready, 64, -1);
        for (int i = 0; i < n_ready; i++) {
            char buffer[256];
            if (ready[i].data.fd == listener) {
                int fd = accept(listener, NULL, NULL);
                int one = 1;
                (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                event.data.fd = fd;
                (void)epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
                sockets[n_sockets++] = fd;
            } else if (recv(ready[i].data.fd, buffer, sizeof buffer, 0) <= 0) {
                exit(0);
            } else if (ready[i].data.fd != sockets[0]) {
                (void)send(ready[i].data.fd, buffer, 1, MSG_NOSIGNAL);
            } else {
                for (size_t s = 1; s < n_sockets; s++) {
                    (void)send(sockets[s], message, sizeof message, MSG_NOSIGNAL);
                }
            }
        }
    }
}

static int lws_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                        size_t len)
{
    unsigned char *message = lws_context_user(lws_get_context(wsi));
    (void)user;
    (void)in;
    (void)len;
    if (reason == LWS_CALLBACK_RECEIVE) {
        (void)lws_callback_on_writable_all_protocol(lws_get_context(wsi), lws_get_protocol(wsi));
    }
    if (reason == LWS_CALLBACK_SERVER_WRITEABLE) {
        return lws_write(wsi, message + LWS_PRE, MESSAGE_SIZE - 4, LWS_WRITE_TEXT) < 0 ? -1 : 0;
    }
    return 0;
}

_Noreturn static void serve_lws(int report)
{
    static unsigned char message[LWS_PRE + MESSAGE_SIZE];
    static const struct lws_protocols protocols[] = {{.name = "dynr.1", .callback = lws_callback},
                                                     {.name = NULL}};
    struct lws_context_creation_info info = {.port = 0,
                                             .iface = "127.0.0.1",
                                             .protocols = protocols,
                                             .user = message,
                                             .gid = -1,
                                             .uid = -1,
                                             .vhost_name = "bench"};
    memset(message + LWS_PRE, 'x', MESSAGE_SIZE);
    lws_set_log_level(0, NULL);
    struct lws_context *context = lws_create_context(&info);
    if (context == NULL) {
        fanout_die("lws_create_context");
    }
    report_port(report,
                (uint16_t)lws_get_vhost_listen_port(lws_get_vhost_by_name(context, "bench")));
    while (lws_service(context, 0) >= 0) {
    }
    exit(0);
}

static enum dynr_status open_stream(void *context, uint64_t since, struct dynr_stream **out,
                                    uint64_t *out_position, struct dynr_error *err)
{
    struct dynr_local_stream_options options = DYNR_LOCAL_STREAM_OPTIONS_INIT;
    options.position = since;
    *out_position = 0;
    return dynr_local_stream_open(context, &options, out, err);
}

_Noreturn static void serve_dynr(int report)
{
    struct live_list procedures;
    struct dynr_procedure_table table;
    struct dynr_server_options options = DYNR_SERVER_OPTIONS_INIT;
    struct dynr_client_options client_options = DYNR_CLIENT_OPTIONS_INIT;
    struct dynr_client *client;
    struct dynr_server *server;
    struct dynr_error err = {0};
    if (!live_procedures(&procedures, &table) ||
        dynr_local_open(NULL, &client_options.backend, &err) != DYNR_OK ||
        dynr_client_new(&client_options, &client, &err) != DYNR_OK ||
        todo_create_tables(client, &err) != DYNR_OK) {
        fanout_die(err.message);
    }
    options.procedures = &table;
    options.backend = client_options.backend;
    options.open_stream = open_stream;
    options.stream_context = client_options.backend;
    options.listen = "127.0.0.1:0";
    options.auth.trust_callers = true;
    options.limits.max_connections = FANOUT_MAX_SOCKETS + 10;
    options.limits.max_calls_per_second = 1000000;
    options.limits.max_subscribes_per_second = 1000000;
    options.limits.max_windows_per_second = 1000000;
    /* The sockets of this program answer no pings. */
    options.limits.ping_s = 3600;
    if (dynr_server_new(&options, &server, &err) != DYNR_OK) {
        fanout_die(err.message);
    }
    report_port(report, dynr_server_port(server));
    exit(dynr_server_run(server, &err) == DYNR_OK ? 0 : 1);
}

/** The script prints its port and a newline. */
_Noreturn static void serve_node(int report, const char *script)
{
    if (dup2(report, STDOUT_FILENO) < 0) {
        fanout_die("dup2");
    }
    (void)execlp("node", "node", script, (char *)NULL);
    fanout_die("node");
}

static bool read_port(enum fanout_peer peer, int report, uint16_t *out_port)
{
    char text[16] = {0};
    if (peer != FANOUT_NODE) {
        return read(report, out_port, sizeof *out_port) == sizeof *out_port;
    }
    if (read(report, text, sizeof text - 1) <= 0) {
        return false;
    }
    *out_port = (uint16_t)strtoul(text, NULL, 10);
    return *out_port != 0;
}

pid_t fanout_start(enum fanout_peer peer, const char *script, uint16_t *out_port)
{
    int report[2];
    if (pipe(report) != 0) {
        fanout_die("pipe");
    }
    pid_t pid = fork();
    if (pid == 0) {
        (void)close(report[0]);
        switch (peer) {
        case FANOUT_EPOLL:
            serve_epoll(report[1]);
        case FANOUT_LWS:
            serve_lws(report[1]);
        case FANOUT_NODE:
            serve_node(report[1], script);
        case FANOUT_DYNR:
            serve_dynr(report[1]);
        }
    }
    (void)close(report[1]);
    if (pid < 0 || !read_port(peer, report[0], out_port)) {
        fanout_die("the server did not start");
    }
    (void)close(report[0]);
    return pid;
}
