/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fan-out: one change to N sockets. CPU time of the server process per message, beside a bare epoll loop and a bare libwebsockets server
 * that broadcast a message of the same size; and the time until the last of 10 has it.
 *
 *     bench_fanout [SOCKETS] [MESSAGES]
 */
#include <arpa/inet.h>
#include <dynr/local.h>
#include <dynr/server.h>
#include <errno.h>
#include <fcntl.h>
#include <libwebsockets.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../integration/server/live_view.h"
#include "todo.h"

#define CALLER "{\"userId\":\"01HV6Z3M5N8Q0R2S4T6V8W0X2Y\"}"
#define TEXT   "Call the dentist about the appointment on Thursday"
/* As long as the patch that the server sends for it. */
#define MESSAGE_SIZE 180
#define MAX_SOCKETS  20000
#define BUFFER_SIZE  65536
#define ID_LENGTH    26

enum peer {
    PEER_EPOLL,
    PEER_LWS,
    PEER_SERVER,
    PEER_COUNT
};

static const char *const peer_names[] = {"epoll", "libwebsockets", "libdynr-server"};

struct run {
    enum peer peer;
    pid_t pid;
    uint16_t port;
    int sockets[MAX_SOCKETS];
    size_t n_sockets;
    /** Says when to send; watches nothing. */
    int trigger;
    int epoll;
    char list[ID_LENGTH + 1];
    uint64_t n_calls;
};

_Noreturn static void die(const char *what)
{
    (void)fprintf(stderr, "bench_fanout: %s: error %d\n", what, errno);
    exit(1);
}

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    if (clock_gettime(clock, &now) != 0) {
        die("clock");
    }
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* ---- the servers: each runs in a process of its own, says its port to `report`, and never returns ---------------- */

static int listen_on_loopback(uint16_t *out_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, len) != 0 || listen(fd, 4096) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0) {
        die("listen");
    }
    *out_port = ntohs(address.sin_port);
    return fd;
}

static void report_port(int report, uint16_t port)
{
    if (write(report, &port, sizeof port) != sizeof port) {
        die("report");
    }
}

/** Sends the message to all whenever the first that connected says something; answers the others. */
_Noreturn static void serve_epoll(int report)
{
    static int sockets[MAX_SOCKETS + 1];
    size_t n_sockets = 0;
    unsigned char message[MESSAGE_SIZE] = {0x81, 126, 0, MESSAGE_SIZE - 4};
    uint16_t port;
    int listener = listen_on_loopback(&port);
    int epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data = {.fd = listener}};
    report_port(report, port);
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) != 0) {
        die("epoll_ctl");
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
        die("lws_create_context");
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
        die(err.message);
    }
    options.procedures = &table;
    options.backend = client_options.backend;
    options.open_stream = open_stream;
    options.stream_context = client_options.backend;
    options.listen = "127.0.0.1:0";
    options.auth.trust_callers = true;
    options.limits.max_connections = MAX_SOCKETS + 10;
    options.limits.max_calls_per_second = 1000000;
    /* The sockets of this program answer no pings. */
    options.limits.ping_s = 3600;
    if (dynr_server_new(&options, &server, &err) != DYNR_OK) {
        die(err.message);
    }
    report_port(report, dynr_server_port(server));
    exit(dynr_server_run(server, &err) == DYNR_OK ? 0 : 1);
}

static void start_server(struct run *run)
{
    int report[2];
    if (pipe(report) != 0) {
        die("pipe");
    }
    run->pid = fork();
    if (run->pid == 0) {
        (void)close(report[0]);
        if (run->peer == PEER_EPOLL) {
            serve_epoll(report[1]);
        }
        if (run->peer == PEER_LWS) {
            serve_lws(report[1]);
        }
        serve_dynr(report[1]);
    }
    (void)close(report[1]);
    if (run->pid < 0 || read(report[0], &run->port, sizeof run->port) != sizeof run->port) {
        die("the server did not start");
    }
    (void)close(report[0]);
}

/* ---- the clients ------------------------------------------------------------------------------------------------- */

static void send_all(int fd, const char *bytes, size_t len)
{
    if (send(fd, bytes, len, MSG_NOSIGNAL) != (ssize_t)len) {
        die("send");
    }
}

/** A masked text frame, with zero as the mask. */
static void send_text(int fd, const char *text)
{
    char frame[1024];
    size_t len = strlen(text);
    size_t head = len < 126 ? 2 : 4;
    memset(frame, 0, head + 4);
    frame[0] = (char)0x81;
    frame[1] = (char)(0x80 | (len < 126 ? len : 126));
    if (len >= 126) {
        frame[2] = (char)(len >> 8);
        frame[3] = (char)len;
    }
    memcpy(frame + head + 4, text, len);
    send_all(fd, frame, head + 4 + len);
}

/** Reads until `mark` has come; returns what stands behind it in `buffer`. */
static const char *read_until(int fd, const char *mark, char buffer[BUFFER_SIZE])
{
    size_t len = 0;
    const char *found;
    do {
        ssize_t n_read = recv(fd, buffer + len, BUFFER_SIZE - 1 - len, 0);
        if (n_read <= 0) {
            die(mark);
        }
        len += (size_t)n_read;
        /* Headers of frames hold zeros. */
        found = memmem(buffer, len, mark, strlen(mark));
    } while (found == NULL);
    return found + strlen(mark);
}

static int open_socket(const struct run *run)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(run->port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    char buffer[BUFFER_SIZE];
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int one = 1;
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        die("connect");
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (run->peer == PEER_EPOLL && run->epoll > 0) {
        /* Until it was accepted. */
        send_all(fd, "h", 1);
        (void)read_until(fd, "h", buffer);
    }
    if (run->peer != PEER_EPOLL) {
        static const char upgrade[] =
            "GET / HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
            "sec-websocket-version: 13\r\nsec-websocket-protocol: dynr.1\r\n"
            "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        send_all(fd, upgrade, sizeof upgrade - 1);
        (void)read_until(fd, "\r\n\r\n", buffer);
    }
    if (run->peer == PEER_SERVER) {
        send_text(fd, "{\"t\":\"hello\",\"caller\":" CALLER "}");
        (void)read_until(fd, "welcome", buffer);
    }
    return fd;
}

static void open_sockets(struct run *run)
{
    char buffer[BUFFER_SIZE];
    char subscribe[256];
    run->trigger = open_socket(run);
    run->epoll = epoll_create1(0);
    if (run->peer == PEER_SERVER) {
        send_text(run->trigger,
                  "{\"t\":\"call\",\"id\":1,\"proc\":\"lists.create\",\"in\":{\"title\":\"L\"}}");
        memcpy(run->list, read_until(run->trigger, "\"id\":\"", buffer), ID_LENGTH);
        (void)snprintf(subscribe, sizeof subscribe,
                       "{\"t\":\"sub\",\"id\":1,\"proc\":\"todos.list\",\"in\":{\"list\":\"%s\","
                       "\"first\":200}}",
                       run->list);
    }
    for (size_t i = 0; i < run->n_sockets; i++) {
        run->sockets[i] = open_socket(run);
        if (run->peer == PEER_SERVER) {
            send_text(run->sockets[i], subscribe);
            (void)read_until(run->sockets[i], "\"snap\"", buffer);
        }
        struct epoll_event event = {.events = EPOLLIN, .data = {.fd = run->sockets[i]}};
        if (fcntl(run->sockets[i], F_SETFL, O_NONBLOCK) != 0 ||
            epoll_ctl(run->epoll, EPOLL_CTL_ADD, run->sockets[i], &event) != 0) {
            die("epoll_ctl");
        }
    }
    if (fcntl(run->trigger, F_SETFL, O_NONBLOCK) != 0) {
        die("fcntl");
    }
}

/** One message to all; returns when every socket has it. */
static void broadcast(struct run *run)
{
    char text[512] = "go";
    char buffer[BUFFER_SIZE];
    if (run->peer == PEER_SERVER) {
        (void)snprintf(text, sizeof text,
                       "{\"t\":\"call\",\"id\":%llu,\"proc\":\"todos.add\",\"in\":{\"list\":\"%s\","
                       "\"text\":\"" TEXT "\"}}",
                       (unsigned long long)(2 + run->n_calls++), run->list);
    }
    send_text(run->trigger, text);
    size_t n_got = 0;
    while (n_got < run->n_sockets) {
        struct epoll_event ready[512];
        int n_ready = epoll_wait(run->epoll, ready, 512, 10000);
        if (n_ready <= 0) {
            die("a message did not arrive");
        }
        for (int i = 0; i < n_ready; i++) {
            n_got += recv(ready[i].data.fd, buffer, sizeof buffer, 0) > 0;
        }
    }
    while (recv(run->trigger, buffer, sizeof buffer, 0) > 0) {
    }
}

static int compare_numbers(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

static double median_us(uint64_t *ns, size_t count)
{
    qsort(ns, count, sizeof *ns, compare_numbers);
    size_t middle = count / 2;
    return (double)ns[middle] / 1000.0;
}

static void measure(enum peer peer, size_t n_sockets, size_t n_messages, double *out_cpu_us,
                    double *out_wall_us)
{
    static struct run run;
    static uint64_t wall[100000];
    static uint64_t cpu[100000];
    clockid_t server_clock;
    memset(&run, 0, sizeof run);
    run.peer = peer;
    run.n_sockets = n_sockets;
    start_server(&run);
    open_sockets(&run);
    if (clock_getcpuclockid(run.pid, &server_clock) != 0) {
        die("clock_getcpuclockid");
    }
    for (size_t i = 0; i < 5; i++) {
        broadcast(&run);
    }
    for (size_t i = 0; i < n_messages; i++) {
        uint64_t cpu_before = clock_ns(server_clock);
        uint64_t before = clock_ns(CLOCK_MONOTONIC);
        broadcast(&run);
        wall[i] = clock_ns(CLOCK_MONOTONIC) - before;
        cpu[i] = clock_ns(server_clock) - cpu_before;
    }
    *out_cpu_us = median_us(cpu, n_messages) / (double)n_sockets;
    *out_wall_us = median_us(wall, n_messages);
    for (size_t i = 0; i < run.n_sockets; i++) {
        (void)close(run.sockets[i]);
    }
    (void)close(run.trigger);
    (void)close(run.epoll);
    (void)kill(run.pid, SIGKILL);
    (void)waitpid(run.pid, NULL, 0);
}

int main(int argc, char **argv)
{
    size_t n_sockets = argc > 1 ? strtoul(argv[1], NULL, 10) : 5000;
    size_t n_messages = argc > 2 ? strtoul(argv[2], NULL, 10) : 100;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        die("getrlimit");
    }
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || n_sockets == 0 || n_messages == 0 ||
        n_messages > 100000) {
        die("setrlimit");
    }
    if (n_sockets + 100 > limit.rlim_cur || n_sockets > MAX_SOCKETS) {
        n_sockets = limit.rlim_cur - 100 < MAX_SOCKETS ? (size_t)limit.rlim_cur - 100 : MAX_SOCKETS;
    }
    (void)printf("%-16s %12s %22s %18s\n", "", "CPU us", "us to the last of all", "us to 10, p50");
    (void)fflush(stdout);
    for (int peer = 0; peer < PEER_COUNT; peer++) {
        double cpu_us;
        double all_us;
        double ten_us;
        double ignored;
        measure((enum peer)peer, n_sockets, n_messages, &cpu_us, &all_us);
        measure((enum peer)peer, 10, n_messages * 10, &ignored, &ten_us);
        (void)printf("%-16s %12.2f %22.0f %18.0f\n", peer_names[peer], cpu_us, all_us, ten_us);
        (void)fflush(stdout);
    }
    return 0;
}
