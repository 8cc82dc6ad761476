/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The endpoint within a process, on stores in memory and on disk: clients on threads write, read, scan, make and delete tables, leave in
 * the middle of requests and of answers, while it is stopped. What was answered is in the store. Also run under ThreadSanitizer
 * (`./dev test`).
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "dynr/buf.h"
#include "dynr/endpoint.h"
#include "dynr/local.h"
#include "endpoint/budget.h"
#include "endpoint/peers.h"
#include "test_main.h"

#define CLIENTS  6
#define REQUESTS 40

enum {
    ANSWER_SIZE = 256 * 1024
};

struct client {
    uint16_t port;
    unsigned number;
    /* Puts that were answered with 200. */
    unsigned n_put;
    unsigned n_wrong;
    char *answer;
};

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct timeval patience = {.tv_sec = 20};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0 ||
                    connect(fd, (struct sockaddr *)&address, sizeof address) != 0)) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

static bool send_text(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, text, len, MSG_NOSIGNAL);
        if (n <= 0) {
            return false;
        }
        text += n;
        len -= (size_t)n;
    }
    return true;
}

static bool send_request(int fd, const char *operation, const char *body)
{
    char text[4096];
    int len = snprintf(text, sizeof text,
                       "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: DynamoDB_20120810.%s\r\n"
                       "Authorization: AWS4-HMAC-SHA256 Credential=a/20261120/r/dynamodb/"
                       "aws4_request, SignedHeaders=host, Signature=b\r\n"
                       "X-Amz-Date: 20261120T000000Z\r\n"
                       "Content-Type: application/x-amz-json-1.0\r\nContent-Length: %zu\r\n\r\n%s",
                       operation, strlen(body), body);
    return send_text(fd, text, (size_t)len);
}

/* The status of a whole answer, whose bytes are in client->answer; 0: the connection ended before. */
static int receive(int fd, struct client *client)
{
    size_t len = 0;
    for (;;) {
        ssize_t n = recv(fd, client->answer + len, ANSWER_SIZE - 1 - len, 0);
        if (n <= 0) {
            return 0;
        }
        len += (size_t)n;
        client->answer[len] = '\0';
        const char *end = strstr(client->answer, "\r\n\r\n");
        const char *length = strstr(client->answer, "Content-Length: ");
        if (end != NULL && length != NULL &&
            len >= (size_t)(end + 4 - client->answer) + strtoul(length + 16, NULL, 10)) {
            return (int)strtol(client->answer + 9, NULL, 10);
        }
    }
}

static int ask(int fd, struct client *client, const char *operation, const char *body)
{
    return send_request(fd, operation, body) ? receive(fd, client) : 0;
}

static void make_body(const struct client *client, unsigned i, char *out, size_t size)
{
    (void)snprintf(out, size, "{\"TableName\":\"all\",\"Item\":{\"id\":{\"S\":\"%u-%u\"}}}",
                   client->number, i);
}

/* Writes until the connection ends; every few requests something slow, or a connection that breaks off. */
static void *write_on(void *context)
{
    struct client *client = context;
    char body[512];
    int fd = connect_to(client->port);
    for (unsigned i = 0; fd >= 0; i++) {
        make_body(client, i, body, sizeof body);
        int status = ask(fd, client, "PutItem", body);
        if (status == 0) {
            break;
        }
        client->n_put += status == 200 ? 1 : 0;
        client->n_wrong += status == 200 ? 0 : 1;
        if (i % 5 == client->number % 5) {
            status = ask(fd, client, "Scan", "{\"TableName\":\"all\",\"Limit\":50}");
            client->n_wrong += status != 0 && status != 200 ? 1 : 0;
        }
        if (i % 11 == 3) {
            int other = connect_to(client->port);
            if (other >= 0) {
                (void)send_request(other, i % 2 == 0 ? "PutItem" : "Scan",
                                   i % 2 == 0 ? body : "{\"TableName\":\"all\"}");
                (void)close(other);
            }
        }
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return NULL;
}

static int create_table(int fd, struct client *client, const char *name)
{
    char body[512];
    (void)snprintf(body, sizeof body,
                   "{\"TableName\":\"%s\",\"BillingMode\":\"PAY_PER_REQUEST\",\"KeySchema\":[{"
                   "\"AttributeName\":\"id\",\"KeyType\":\"HASH\"}],\"AttributeDefinitions\":[{"
                   "\"AttributeName\":\"id\",\"AttributeType\":\"S\"}]}",
                   name);
    return ask(fd, client, "CreateTable", body);
}

static void make_table(struct client *client, const char *name)
{
    int fd = connect_to(client->port);
    DYNR_ASSERT_INT(create_table(fd, client, name), 200);
    (void)close(fd);
}

static void *make_tables(void *context)
{
    struct client *client = context;
    char name[32];
    char body[64];
    for (unsigned i = 0; i < 10; i++) {
        int fd = connect_to(client->port);
        (void)snprintf(name, sizeof name, "other-%u", i % 3);
        (void)snprintf(body, sizeof body, "{\"TableName\":\"%s\"}", name);
        int status = fd < 0 ? 0 : create_table(fd, client, name);
        client->n_wrong += status != 0 && status != 200 ? 1 : 0;
        status = status == 0 ? 0 : ask(fd, client, "DeleteTable", body);
        client->n_wrong += status != 0 && status != 200 ? 1 : 0;
        if (fd >= 0) {
            (void)close(fd);
        }
    }
    return NULL;
}

static struct dynr_backend *open_store(const char *path)
{
    struct dynr_local_options options = DYNR_LOCAL_OPTIONS_INIT;
    struct dynr_backend *store = NULL;
    struct dynr_error err;
    options.path = path;
    DYNR_ASSERT_STATUS(dynr_local_open(&options, &store, &err), DYNR_OK);
    return store;
}

static struct dynr_endpoint *start(struct dynr_backend *store)
{
    struct dynr_endpoint_options options = DYNR_ENDPOINT_OPTIONS_INIT;
    struct dynr_endpoint *endpoint = NULL;
    struct dynr_error err;
    DYNR_ASSERT_STATUS(dynr_endpoint_start(store, &options, &endpoint, &err), DYNR_OK);
    return endpoint;
}

static void origins_that_no_browser_sends_are_refused(void)
{
    static const char *const origins[] = {"https://studio.example", "*", "null", "foo",
                                          "https://studio.example/"};
    struct dynr_backend *store = open_store(":memory:");
    for (size_t i = 0; i < sizeof origins / sizeof origins[0]; i++) {
        struct dynr_endpoint_options options = DYNR_ENDPOINT_OPTIONS_INIT;
        struct dynr_endpoint *endpoint = NULL;
        struct dynr_error err = {0};
        options.origins = &origins[i];
        options.n_origins = 1;
        DYNR_ASSERT_STATUS(dynr_endpoint_start(store, &options, &endpoint, &err),
                           i < 3 ? DYNR_OK : DYNR_ERR_INVALID_ARGUMENT);
        DYNR_ASSERT(i < 3 || strstr(err.message, "is no origin that a browser sends") != NULL);
        dynr_endpoint_stop(endpoint);
    }
    dynr_backend_destroy(store);
}

static unsigned count_items(struct dynr_backend *store)
{
    struct dynr_request request = DYNR_REQUEST_INIT;
    struct dynr_response response;
    struct dynr_error err;
    struct dynr_arena arena = {0};
    request.operation = DYNR_SCAN;
    request.table = dynr_str_from_c("all");
    DYNR_ASSERT_STATUS(dynr_backend_call(store, &request, &arena, &response, &err), DYNR_OK);
    DYNR_ASSERT_INT(response.last_key.len, 0);
    unsigned count = (unsigned)response.count;
    dynr_arena_cleanup(&arena);
    return count;
}

static void stop_among_clients(const char *path, unsigned after_ms)
{
    struct client clients[CLIENTS] = {{0}};
    pthread_t threads[CLIENTS];
    unsigned n_put = 0;
    unsigned n_wrong = 0;
    struct dynr_backend *store = open_store(path);
    struct dynr_endpoint *endpoint = start(store);
    for (unsigned i = 0; i < CLIENTS; i++) {
        clients[i] = (struct client){.port = dynr_endpoint_port(endpoint), .number = i};
        clients[i].answer = malloc(ANSWER_SIZE);
    }
    make_table(&clients[0], "all");
    for (unsigned i = 0; i < CLIENTS; i++) {
        DYNR_ASSERT(
            pthread_create(&threads[i], NULL, i == 0 ? make_tables : write_on, &clients[i]) == 0);
    }
    struct timespec pause = {.tv_nsec = (long)after_ms * 1000000};
    (void)nanosleep(&pause, NULL);
    dynr_endpoint_stop(endpoint);
    for (unsigned i = 0; i < CLIENTS; i++) {
        (void)pthread_join(threads[i], NULL);
        n_put += clients[i].n_put;
        n_wrong += clients[i].n_wrong;
        free(clients[i].answer);
    }
    DYNR_ASSERT_INT(n_wrong, 0);
    DYNR_ASSERT(n_put > 0);
    /* A write whose answer was lost may be there, too: one for each client, and what broke off on purpose is written twice. */
    unsigned n_items = count_items(store);
    DYNR_ASSERT(n_items >= n_put && n_items <= n_put + CLIENTS);
    dynr_backend_destroy(store);
}

static void what_was_answered_is_there_in_memory(void)
{
    stop_among_clients(NULL, 150);
}

static void what_was_answered_is_there_on_disk(void)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    const char *folder = getenv("TMPDIR");
    char place[256];
    char path[512];
    (void)snprintf(place, sizeof place, "%s/dynr-endpoint-XXXXXX",
                   folder == NULL ? "/tmp" : folder);
    if (!DYNR_ASSERT(mkdtemp(place) != NULL)) {
        return;
    }
    (void)snprintf(path, sizeof path, "%s/store.db", place);
    stop_among_clients(path, 400);
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/store.db%s", place, suffixes[i]);
        (void)unlink(path);
    }
    DYNR_ASSERT_INT(rmdir(place), 0);
}

/* Many requests in one piece, quick and slow ones: answered in their order, however the answers get out. */
static void requests_in_a_row_are_answered_in_order(void)
{
    struct client client = {.answer = malloc(ANSWER_SIZE)};
    struct dynr_backend *store = open_store(NULL);
    struct dynr_endpoint *endpoint = start(store);
    char text[512];
    size_t len = 0;
    client.port = dynr_endpoint_port(endpoint);
    make_table(&client, "all");
    int fd = connect_to(client.port);
    for (unsigned i = 0; i < REQUESTS; i++) {
        (void)snprintf(text, sizeof text,
                       "{\"TableName\":\"all\",\"Key\":{\"id\":{\"S\":\"no-%u\"}},"
                       "\"ReturnValues\":\"ALL_NEW\"}",
                       i);
        DYNR_ASSERT(send_request(fd, "UpdateItem", text));
        (void)snprintf(text, sizeof text, "{\"TableName\":\"none-%u\"}", i);
        DYNR_ASSERT(send_request(fd, i % 2 == 0 ? "DescribeTable" : "Query", text));
    }
    DYNR_ASSERT(shutdown(fd, SHUT_WR) == 0);
    for (ssize_t n = 1; n > 0; len += n > 0 ? (size_t)n : 0) {
        n = recv(fd, client.answer + len, ANSWER_SIZE - 1 - len, 0);
    }
    client.answer[len] = '\0';
    const char *at = client.answer;
    for (unsigned i = 0; i < REQUESTS && at != NULL; i++) {
        (void)snprintf(text, sizeof text, "{\"Attributes\":{\"id\":{\"S\":\"no-%u\"}}}", i);
        at = strstr(at, "HTTP/1.1 200");
        DYNR_ASSERT(at != NULL && strstr(at, text) != NULL);
        const char *next = at == NULL ? NULL : strstr(at + 1, "HTTP/1.1 ");
        DYNR_ASSERT(next != NULL && strncmp(next, "HTTP/1.1 400", 12) == 0 &&
                    strstr(at, text) < next);
        at = next;
    }
    (void)close(fd);
    dynr_endpoint_stop(endpoint);
    dynr_backend_destroy(store);
    free(client.answer);
}

static double seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* What has come when it stops is answered, in whatever state its connection is; who says nothing, or half of it, holds nobody up. */
static void what_has_come_is_answered_at_the_end(void)
{
    enum {
        SENDERS = 60
    };
    struct client client = {.answer = malloc(ANSWER_SIZE)};
    struct dynr_backend *store = open_store(NULL);
    struct dynr_endpoint *endpoint = start(store);
    char body[512];
    int fds[SENDERS];
    client.port = dynr_endpoint_port(endpoint);
    make_table(&client, "all");
    int idle = connect_to(client.port);
    int half = connect_to(client.port);
    DYNR_ASSERT_INT(ask(idle, &client, "ListTables", "{}"), 200);
    DYNR_ASSERT(send_text(half, "POST / HT", 9));
    for (unsigned i = 0; i < SENDERS; i++) {
        client.number = i;
        make_body(&client, i, body, sizeof body);
        fds[i] = connect_to(client.port);
        /* Some were served before, others wait to be let in. */
        if (i % 2 == 0) {
            DYNR_ASSERT_INT(ask(fds[i], &client, "ListTables", "{}"), 200);
        }
        DYNR_ASSERT(send_request(fds[i], "PutItem", body));
    }
    double begun = seconds();
    dynr_endpoint_stop(endpoint);
    DYNR_ASSERT(seconds() - begun < 5.0);
    for (unsigned i = 0; i < SENDERS; i++) {
        DYNR_ASSERT_INT(receive(fds[i], &client), 200);
        (void)close(fds[i]);
    }
    DYNR_ASSERT_INT(count_items(store), SENDERS);
    (void)close(idle);
    (void)close(half);
    dynr_backend_destroy(store);
    free(client.answer);
}

/* Whether the connection was ended before `seconds` had passed; what comes until then is let go. */
static bool ends_within(int fd, int seconds)
{
    char piece[256];
    struct timeval patience = {.tv_sec = seconds};
    DYNR_ASSERT(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0);
    ssize_t n = 0;
    do {
        n = recv(fd, piece, sizeof piece, 0);
    } while (n > 0);
    return n == 0;
}

static void *drip(void *context)
{
    const int *fd = context;
    const struct timespec pause = {.tv_nsec = 200000000};
    while (send(*fd, "x", 1, MSG_NOSIGNAL) == 1) {
        (void)nanosleep(&pause, NULL);
    }
    return NULL;
}

/* Silence, half a head, half a body, and a body that comes drop by drop. */
static void nobody_is_waited_for_for_ever(void)
{
    static const char *const beginnings[] = {
        "", "POST / HT", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 999999\r\n\r\n"};
    struct dynr_endpoint_options options = DYNR_ENDPOINT_OPTIONS_INIT;
    struct dynr_endpoint *endpoint = NULL;
    struct dynr_error err;
    struct dynr_backend *store = open_store(NULL);
    pthread_t dripping;
    int fds[4];
    options.patience_s = 1;
    DYNR_ASSERT_STATUS(dynr_endpoint_start(store, &options, &endpoint, &err), DYNR_OK);
    for (size_t i = 0; i < 4; i++) {
        fds[i] = connect_to(dynr_endpoint_port(endpoint));
        DYNR_ASSERT(send_text(fds[i], beginnings[i], strlen(beginnings[i])));
    }
    DYNR_ASSERT(pthread_create(&dripping, NULL, drip, &fds[3]) == 0);
    for (size_t i = 0; i < 3; i++) {
        DYNR_ASSERT(ends_within(fds[i], 10));
        (void)close(fds[i]);
    }
    (void)pthread_join(dripping, NULL);
    (void)close(fds[3]);
    dynr_endpoint_stop(endpoint);
    dynr_backend_destroy(store);
}

/* Megabytes that nobody reads: their connection ends, and their memory with it. */
static void large_answers_do_not_wait_for_ever(void)
{
    enum {
        ITEMS = 30,
        TEXT = 380000
    };
    struct client client = {.answer = malloc(ANSWER_SIZE)};
    struct dynr_endpoint_options options = DYNR_ENDPOINT_OPTIONS_INIT;
    struct dynr_endpoint *endpoint = NULL;
    struct dynr_error err;
    struct dynr_backend *store = open_store(NULL);
    struct dynr_buf text = {0};
    options.patience_s = 1;
    options.connections_max = 1;
    DYNR_ASSERT_STATUS(dynr_endpoint_start(store, &options, &endpoint, &err), DYNR_OK);
    client.port = dynr_endpoint_port(endpoint);
    make_table(&client, "all");
    for (unsigned i = 0; i < ITEMS; i++) {
        struct dynr_request put = DYNR_REQUEST_INIT;
        struct dynr_response response;
        struct dynr_arena arena = {0};
        dynr_buf_clear(&text);
        dynr_buf_printf(&text, "{\"id\":{\"S\":\"%u\"},\"t\":{\"S\":\"", i);
        memset(dynr_buf_reserve(&text, TEXT), 'x', TEXT);
        text.len += TEXT;
        dynr_buf_append_c(&text, "\"}}");
        put.operation = DYNR_PUT_ITEM;
        put.table = dynr_str_from_c("all");
        put.item = dynr_buf_str(&text);
        DYNR_ASSERT_STATUS(dynr_backend_call(store, &put, &arena, &response, &err), DYNR_OK);
        dynr_arena_cleanup(&arena);
    }
    dynr_buf_clear(&text);
    dynr_buf_append_c(&text, "{\"RequestItems\":{\"all\":{\"Keys\":[");
    for (unsigned i = 0; i < ITEMS; i++) {
        dynr_buf_printf(&text, "%s{\"id\":{\"S\":\"%u\"}}", i == 0 ? "" : ",", i);
    }
    dynr_buf_append_c(&text, "]}}}");
    dynr_buf_append_char(&text, '\0');
    int fd = connect_to(client.port);
    int little = 4096;
    DYNR_ASSERT(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &little, sizeof little) == 0);
    DYNR_ASSERT(send_request(fd, "BatchGetItem", text.ptr));
    DYNR_ASSERT_INT(recv(fd, client.answer, 1, MSG_PEEK), 1);
    int other = connect_to(client.port);
    DYNR_ASSERT_INT(ask(other, &client, "ListTables", "{}"), 0);
    (void)close(other);
    /* Longer than its patience: its place is free then. */
    const struct timespec pause = {.tv_sec = 3};
    (void)nanosleep(&pause, NULL);
    other = connect_to(client.port);
    DYNR_ASSERT_INT(ask(other, &client, "ListTables", "{}"), 200);
    (void)close(other);
    (void)close(fd);
    dynr_endpoint_stop(endpoint);
    dynr_backend_destroy(store);
    dynr_buf_cleanup(&text);
    free(client.answer);
}

static void no_peer_has_all_places(void)
{
    struct sockaddr_in one = {.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(0x0a000001)}};
    struct sockaddr_in two = {.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(0x0a000002)}};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    struct sockaddr_in6 mapped = {.sin6_family = AF_INET6};
    struct dynr_endpoint_peers *peers = dynr_endpoint_peers_new(4, 2);
    size_t places[4] = {0};
    DYNR_ASSERT_INT(inet_pton(AF_INET6, "2001:db8::1", &six.sin6_addr), 1);
    DYNR_ASSERT_INT(inet_pton(AF_INET6, "::ffff:10.0.0.1", &mapped.sin6_addr), 1);
    DYNR_ASSERT(dynr_endpoint_peers_enter(peers, (struct sockaddr *)&one, &places[0]));
    DYNR_ASSERT(dynr_endpoint_peers_enter(peers, (struct sockaddr *)&mapped, &places[1]));
    DYNR_ASSERT(!dynr_endpoint_peers_enter(peers, (struct sockaddr *)&one, &places[2]));
    DYNR_ASSERT(dynr_endpoint_peers_enter(peers, (struct sockaddr *)&six, &places[2]));
    DYNR_ASSERT(dynr_endpoint_peers_enter(peers, (struct sockaddr *)&two, &places[3]));
    DYNR_ASSERT(!dynr_endpoint_peers_enter(peers, (struct sockaddr *)&two, &places[3]));
    DYNR_ASSERT_INT(dynr_endpoint_peers_count(peers, places[0], 10), 10);
    DYNR_ASSERT_INT(dynr_endpoint_peers_count(peers, places[1], 5), 15);
    DYNR_ASSERT_INT(dynr_endpoint_peers_count(peers, places[2], 7), 7);
    dynr_endpoint_peers_leave(peers, places[1]);
    DYNR_ASSERT_INT(dynr_endpoint_peers_count(peers, places[0], 1), 1);
    /* Of a network of IPv6, all addresses are one peer's. */
    DYNR_ASSERT_INT(inet_pton(AF_INET6, "2001:db8::2", &six.sin6_addr), 1);
    DYNR_ASSERT(dynr_endpoint_peers_enter(peers, (struct sockaddr *)&six, &places[1]));
    dynr_endpoint_peers_leave(peers, places[3]);
    DYNR_ASSERT(!dynr_endpoint_peers_enter(peers, (struct sockaddr *)&six, &places[3]));
    DYNR_ASSERT(dynr_endpoint_peers_enter(peers, (struct sockaddr *)&one, &places[3]));
    dynr_endpoint_peers_destroy(peers);
}

static void work_has_a_bound(void)
{
    struct dynr_endpoint_budget budget;
    dynr_endpoint_budget_init(&budget, 1000);
    const struct dynr_allocator *memory = &budget.allocator;
    void *one = memory->resize(memory->context, NULL, 0, 600);
    DYNR_ASSERT(one != NULL);
    DYNR_ASSERT(memory->resize(memory->context, NULL, 0, 401) == NULL);
    DYNR_ASSERT(memory->resize(memory->context, NULL, 0, SIZE_MAX) == NULL);
    void *two = memory->resize(memory->context, NULL, 0, 400);
    DYNR_ASSERT(two != NULL);
    DYNR_ASSERT(memory->resize(memory->context, two, 400, 401) == NULL);
    one = memory->resize(memory->context, one, 600, 100);
    two = memory->resize(memory->context, two, 400, 900);
    DYNR_ASSERT(one != NULL && two != NULL);
    (void)memory->resize(memory->context, one, 100, 0);
    (void)memory->resize(memory->context, two, 900, 0);
    DYNR_ASSERT_INT(atomic_load(&budget.used), 0);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(what_was_answered_is_there_in_memory),
        DYNR_TEST(what_was_answered_is_there_on_disk),
        DYNR_TEST(requests_in_a_row_are_answered_in_order),
        DYNR_TEST(what_has_come_is_answered_at_the_end),
        DYNR_TEST(nobody_is_waited_for_for_ever),
        DYNR_TEST(large_answers_do_not_wait_for_ever),
        DYNR_TEST(no_peer_has_all_places),
        DYNR_TEST(work_has_a_bound),
        DYNR_TEST(origins_that_no_browser_sends_are_refused),
    };
    return dynr_test_main("endpoint", tests, DYNR_TEST_COUNT(tests));
}
