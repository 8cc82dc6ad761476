/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fan-out: one change to all who watch it. CPU time of the server process per message, and the time from the write until the last of
 * them has it. Prints a line of JSON.
 *
 *     bench_fanout epoll|libwebsockets|node|dynr SOCKETS VIEWS MESSAGES [fanout_peer.js]
 *
 * The sockets watch VIEWS lists, as many each; every message is a change of one of these.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fanout_servers.h"

#define CALLER       "{\"userId\":\"01HV6Z3M5N8Q0R2S4T6V8W0X2Y\"}"
#define TEXT         "Call the dentist about the appointment on Thursday"
#define BUFFER_SIZE  65536
#define ID_LENGTH    26
#define MAX_VIEWS    1000
#define MAX_MESSAGES 100000
#define WARM_UP      5
/* Sockets that are opened at a time. */
#define BATCH 200

static const char *const peer_names[] = {"epoll", "libwebsockets", "node", "dynr"};

struct run {
    enum fanout_peer peer;
    pid_t pid;
    uint16_t port;
    size_t n_sockets;
    size_t n_views;
    int sockets[FANOUT_MAX_SOCKETS];
    /** The last message that a socket got. */
    uint64_t seen[FANOUT_MAX_SOCKETS];
    /** Says when to send; watches nothing. */
    int trigger;
    int epoll;
    char lists[MAX_VIEWS][ID_LENGTH + 1];
    uint64_t n_messages;
};

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    if (clock_gettime(clock, &now) != 0) {
        fanout_die("clock");
    }
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void send_all(int fd, const char *bytes, size_t len)
{
    if (send(fd, bytes, len, MSG_NOSIGNAL) != (ssize_t)len) {
        fanout_die("send");
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
            fanout_die(mark);
        }
        len += (size_t)n_read;
        /* Headers of frames hold zeros. */
        found = memmem(buffer, len, mark, strlen(mark));
    } while (found == NULL);
    return found + strlen(mark);
}

static int connect_to(const struct run *run)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(run->port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int one = 1;
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        fanout_die("connect");
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

static void upgrade(const int *sockets, size_t n_sockets)
{
    static const char text[] =
        "GET / HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
        "sec-websocket-version: 13\r\nsec-websocket-protocol: dynr.1\r\n"
        "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    char buffer[BUFFER_SIZE];
    for (size_t i = 0; i < n_sockets; i++) {
        send_all(sockets[i], text, sizeof text - 1);
    }
    for (size_t i = 0; i < n_sockets; i++) {
        (void)read_until(sockets[i], "\r\n\r\n", buffer);
    }
}

/** One round trip for all: a server that looks at all of its sockets at each event does so once for many. */
static void ask(const int *sockets, size_t n_sockets, const char *text, const char *mark)
{
    char buffer[BUFFER_SIZE];
    for (size_t i = 0; i < n_sockets; i++) {
        send_text(sockets[i], text);
    }
    for (size_t i = 0; i < n_sockets; i++) {
        (void)read_until(sockets[i], mark, buffer);
    }
}

static void greet(const struct run *run, const int *sockets, size_t n_sockets)
{
    if (run->peer != FANOUT_EPOLL) {
        upgrade(sockets, n_sockets);
    }
    if (run->peer == FANOUT_DYNR) {
        ask(sockets, n_sockets, "{\"t\":\"hello\",\"caller\":" CALLER "}", "welcome");
    }
}

static void watch(const struct run *run, size_t first, size_t n_sockets)
{
    char text[256];
    char buffer[BUFFER_SIZE];
    for (size_t i = first; i < first + n_sockets && run->peer >= FANOUT_NODE; i++) {
        size_t view = i % run->n_views;
        if (run->peer == FANOUT_NODE) {
            (void)snprintf(text, sizeof text, "sub %zu", view);
        } else {
            (void)snprintf(text, sizeof text,
                           "{\"t\":\"sub\",\"id\":1,\"proc\":\"todos.list\",\"in\":{"
                           "\"list\":\"%s\",\"first\":200}}",
                           run->lists[view]);
        }
        send_text(run->sockets[i], text);
    }
    for (size_t i = first; i < first + n_sockets && run->peer >= FANOUT_NODE; i++) {
        (void)read_until(run->sockets[i], "\"snap\"", buffer);
    }
    for (size_t i = first; i < first + n_sockets && run->peer == FANOUT_EPOLL; i++) {
        /* Until it was accepted. */
        send_all(run->sockets[i], "h", 1);
        (void)read_until(run->sockets[i], "h", buffer);
    }
}

static void make_lists(struct run *run)
{
    char text[128];
    char buffer[BUFFER_SIZE];
    for (size_t i = 0; i < run->n_views; i++) {
        (void)snprintf(text, sizeof text,
                       "{\"t\":\"call\",\"id\":%zu,\"proc\":\"lists.create\",\"in\":{"
                       "\"title\":\"L\"}}",
                       i + 1);
        send_text(run->trigger, text);
        memcpy(run->lists[i], read_until(run->trigger, "\"id\":\"", buffer), ID_LENGTH);
    }
}

static void open_sockets(struct run *run)
{
    run->trigger = connect_to(run);
    greet(run, &run->trigger, 1);
    run->epoll = epoll_create1(0);
    if (run->peer == FANOUT_DYNR) {
        make_lists(run);
    }
    for (size_t first = 0; first < run->n_sockets; first += BATCH) {
        size_t n = run->n_sockets - first < BATCH ? run->n_sockets - first : BATCH;
        for (size_t i = first; i < first + n; i++) {
            run->sockets[i] = connect_to(run);
        }
        greet(run, &run->sockets[first], n);
        watch(run, first, n);
    }
    for (size_t i = 0; i < run->n_sockets; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data = {.u64 = i}};
        if (fcntl(run->sockets[i], F_SETFL, O_NONBLOCK) != 0 ||
            epoll_ctl(run->epoll, EPOLL_CTL_ADD, run->sockets[i], &event) != 0) {
            fanout_die("epoll_ctl");
        }
    }
    if (fcntl(run->trigger, F_SETFL, O_NONBLOCK) != 0) {
        fanout_die("fcntl");
    }
}

static void trigger(const struct run *run, size_t view)
{
    char text[512] = "go";
    if (run->peer == FANOUT_NODE) {
        (void)snprintf(text, sizeof text, "add %zu", view);
    }
    if (run->peer == FANOUT_DYNR) {
        (void)snprintf(text, sizeof text,
                       "{\"t\":\"call\",\"id\":%llu,\"proc\":\"todos.add\",\"in\":{\"list\":"
                       "\"%s\",\"text\":\"" TEXT "\"}}",
                       (unsigned long long)(MAX_VIEWS + run->n_messages), run->lists[view]);
    }
    send_text(run->trigger, text);
}

/** One message to all who watch one list; returns when each of them has it. */
static void broadcast(struct run *run)
{
    char buffer[BUFFER_SIZE];
    size_t view = run->n_messages++ % run->n_views;
    size_t n_wanted = (run->n_sockets - view + run->n_views - 1) / run->n_views;
    trigger(run, view);
    for (size_t n_got = 0; n_got < n_wanted;) {
        struct epoll_event ready[512];
        int n_ready = epoll_wait(run->epoll, ready, 512, 20000);
        if (n_ready <= 0) {
            fanout_die("a message did not arrive");
        }
        for (int i = 0; i < n_ready; i++) {
            size_t socket = (size_t)ready[i].data.u64;
            if (recv(run->sockets[socket], buffer, sizeof buffer, 0) > 0 &&
                run->seen[socket] != run->n_messages) {
                run->seen[socket] = run->n_messages;
                n_got++;
            }
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

static double percentile_us(uint64_t *ns, size_t count, size_t percent)
{
    qsort(ns, count, sizeof *ns, compare_numbers);
    size_t at = count * percent / 100;
    return (double)ns[at] / 1000.0;
}

static void measure(struct run *run, size_t n_messages)
{
    static uint64_t wall[MAX_MESSAGES];
    static uint64_t cpu[MAX_MESSAGES];
    clockid_t server_clock;
    if (clock_getcpuclockid(run->pid, &server_clock) != 0) {
        fanout_die("clock_getcpuclockid");
    }
    for (size_t i = 0; i < WARM_UP; i++) {
        broadcast(run);
    }
    for (size_t i = 0; i < n_messages; i++) {
        uint64_t cpu_before = clock_ns(server_clock);
        uint64_t before = clock_ns(CLOCK_MONOTONIC);
        broadcast(run);
        wall[i] = clock_ns(CLOCK_MONOTONIC) - before;
        cpu[i] = clock_ns(server_clock) - cpu_before;
    }
    double per_message = percentile_us(cpu, n_messages, 50) * (double)run->n_views;
    (void)printf("{\"bench\":\"fanout\",\"peer\":\"%s\",\"sockets\":%zu,\"views\":%zu,"
                 "\"cpu_us\":%.3f,\"cpu_p99_us\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f}\n",
                 peer_names[run->peer], run->n_sockets, run->n_views,
                 per_message / (double)run->n_sockets, percentile_us(cpu, n_messages, 99),
                 percentile_us(wall, n_messages, 50), percentile_us(wall, n_messages, 99));
}

static void raise_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        fanout_die("getrlimit");
    }
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
        fanout_die("setrlimit");
    }
}

int main(int argc, char **argv)
{
    static struct run run;
    size_t peer = 0;
    while (argc >= 5 && peer < 4 && strcmp(argv[1], peer_names[peer]) != 0) {
        peer++;
    }
    run.peer = (enum fanout_peer)peer;
    run.n_sockets = argc >= 5 ? strtoul(argv[2], NULL, 10) : 0;
    run.n_views = argc >= 5 ? strtoul(argv[3], NULL, 10) : 0;
    size_t n_messages = argc >= 5 ? strtoul(argv[4], NULL, 10) : 0;
    if (peer == 4 || run.n_sockets < run.n_views || run.n_sockets > FANOUT_MAX_SOCKETS ||
        run.n_views == 0 || run.n_views > MAX_VIEWS || n_messages == 0 ||
        n_messages > MAX_MESSAGES || (run.peer == FANOUT_NODE && argc < 6)) {
        (void)fprintf(stderr, "bench_fanout epoll|libwebsockets|node|dynr SOCKETS VIEWS MESSAGES "
                              "[fanout_peer.js]\n");
        return 2;
    }
    raise_limit();
    run.pid = fanout_start(run.peer, argc > 5 ? argv[5] : NULL, &run.port);
    open_sockets(&run);
    measure(&run, n_messages);
    (void)kill(run.pid, SIGKILL);
    (void)waitpid(run.pid, NULL, 0);
    return 0;
}
