/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads a DynamoDB endpoint as an SDK would: bench_http PORT PID CONNECTIONS OPERATION REQUESTS. The server's CPU time comes from
 * its process's clock. One thread with epoll: a request to each connection, the next one when its answer is whole. Prints a line of JSON.
 * OPERATION: create, fill (the items that the others use), get, put, update, query, batch, transact.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    ITEMS = 10000,
    GROUPS = 200,
    TEXT = 900,
    BODY_SIZE = 64 * 1024,
    ANSWER_SIZE = 512 * 1024,
    CONNECTIONS_MAX = 64
};

struct connection {
    int fd;
    double sent_us;
    size_t n_read;
    char answer[ANSWER_SIZE];
};

struct load {
    const char *operation;
    unsigned long made;
    unsigned long done;
    unsigned long wanted;
    double *latency_us;
    uint64_t random;
    char request[BODY_SIZE + 1024];
    char text[TEXT + 1];
};

static void die(const char *what)
{
    (void)fprintf(stderr, "bench_http: %s (%s)\n", what, strerror(errno));
    exit(1);
}

static double now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* User and system time of all its threads, those that have ended included, in microseconds. */
static double cpu_us(long pid)
{
    clockid_t clock;
    struct timespec used;
    if (clock_getcpuclockid((pid_t)pid, &clock) != 0 || clock_gettime(clock, &used) != 0) {
        die("the server's times are not readable");
    }
    return (double)used.tv_sec * 1e6 + (double)used.tv_nsec / 1e3;
}

/* ---- requests ---- */

static unsigned random_below(struct load *load, unsigned n)
{
    load->random = load->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)((load->random >> 33) % n);
}

/* Another text every time: a store may notice that nothing changes. */
static const char *new_text(struct load *load)
{
    (void)snprintf(load->text, sizeof load->text, "%020llu", (unsigned long long)load->random);
    memset(load->text + 20, 'x', TEXT - 20);
    return load->text;
}

static size_t add_item(struct load *load, char *out, unsigned number)
{
    return (size_t)sprintf(
        out,
        "{\"id\":{\"S\":\"k%06u\"},\"group\":{\"S\":\"g%04u\"},\"n\":{\"N\":\"%u\"},"
        "\"text\":{\"S\":\"%s\"}}",
        number, number % GROUPS, random_below(load, 1000), new_text(load));
}

static size_t write_batch(struct load *load, char *out, unsigned first, unsigned n, bool random)
{
    size_t len = (size_t)sprintf(out, "{\"RequestItems\":{\"bench\":[");
    for (unsigned i = 0; i < n; i++) {
        len += (size_t)sprintf(out + len, "%s{\"PutRequest\":{\"Item\":", i == 0 ? "" : ",");
        len += add_item(load, out + len, random ? (first + i * 397) % ITEMS : first + i);
        len += (size_t)sprintf(out + len, "}}");
    }
    return len + (size_t)sprintf(out + len, "]}}");
}

static size_t write_transaction(struct load *load, char *out, unsigned first)
{
    size_t len = (size_t)sprintf(out, "{\"TransactItems\":[");
    for (unsigned i = 0; i < 4; i++) {
        len += (size_t)sprintf(out + len,
                               "%s{\"Put\":{\"TableName\":\"bench\",\"Item\":", i == 0 ? "" : ",");
        len += add_item(load, out + len, (first + i * 397) % ITEMS);
        len += (size_t)sprintf(out + len, "}}");
    }
    return len + (size_t)sprintf(out + len, "]}");
}

static const char *write_body(struct load *load, char *out, size_t *out_len)
{
    unsigned number = random_below(load, ITEMS);
    const char *what = load->operation;
    if (strcmp(what, "create") == 0) {
        *out_len = (size_t)sprintf(
            out,
            "{\"TableName\":\"bench\",\"AttributeDefinitions\":[{\"AttributeName\":\"id\","
            "\"AttributeType\":\"S\"},{\"AttributeName\":\"group\",\"AttributeType\":\"S\"}],"
            "\"KeySchema\":[{\"AttributeName\":\"id\",\"KeyType\":\"HASH\"}],"
            "\"ProvisionedThroughput\":{\"ReadCapacityUnits\":40000,\"WriteCapacityUnits\":40000}"
            ","
            "\"GlobalSecondaryIndexes\":[{\"IndexName\":\"by_group\",\"KeySchema\":[{"
            "\"AttributeName\":\"group\",\"KeyType\":\"HASH\"},{\"AttributeName\":\"id\","
            "\"KeyType\":"
            "\"RANGE\"}],\"Projection\":{\"ProjectionType\":\"ALL\"},\"ProvisionedThroughput\":{"
            "\"ReadCapacityUnits\":40000,\"WriteCapacityUnits\":40000}}]}");
        return "CreateTable";
    }
    if (strcmp(what, "fill") == 0) {
        *out_len = write_batch(load, out, (unsigned)load->made * 25, 25, false);
        return "BatchWriteItem";
    }
    if (strcmp(what, "get") == 0) {
        *out_len = (size_t)sprintf(
            out, "{\"TableName\":\"bench\",\"Key\":{\"id\":{\"S\":\"k%06u\"}}}", number);
        return "GetItem";
    }
    if (strcmp(what, "put") == 0) {
        size_t len = (size_t)sprintf(out, "{\"TableName\":\"bench\",\"Item\":");
        len += add_item(load, out + len, number);
        *out_len = len + (size_t)sprintf(out + len, "}");
        return "PutItem";
    }
    if (strcmp(what, "update") == 0) {
        *out_len = (size_t)sprintf(
            out,
            "{\"TableName\":\"bench\",\"Key\":{\"id\":{\"S\":\"k%06u\"}},\"UpdateExpression\":"
            "\"SET n = n + :one\",\"ExpressionAttributeValues\":{\":one\":{\"N\":\"1\"}}}",
            number);
        return "UpdateItem";
    }
    if (strcmp(what, "query") == 0) {
        *out_len = (size_t)sprintf(
            out,
            "{\"TableName\":\"bench\",\"IndexName\":\"by_group\",\"KeyConditionExpression\":\"#g = "
            ":g\",\"ExpressionAttributeNames\":{\"#g\":\"group\"},\"ExpressionAttributeValues\":{"
            "\":g\":{\"S\":\"g%04u\"}},\"Limit\":50}",
            number % GROUPS);
        return "Query";
    }
    if (strcmp(what, "batch") == 0) {
        *out_len = write_batch(load, out, number, 25, true);
        return "BatchWriteItem";
    }
    if (strcmp(what, "transact") == 0) {
        *out_len = write_transaction(load, out, number);
        return "TransactWriteItems";
    }
    die("there is no such operation");
    return NULL;
}

static void send_next(struct load *load, struct connection *connection)
{
    static char body[BODY_SIZE];
    size_t len = 0;
    const char *target = write_body(load, body, &len);
    load->made++;
    int head = sprintf(
        load->request,
        "POST / HTTP/1.1\r\nhost: 127.0.0.1:8000\r\ncontent-type: application/x-amz-json-1.0\r\n"
        "x-amz-target: DynamoDB_20120810.%s\r\nuser-agent: aws-sdk-js/3.1162.0 ua/2.1 os/linux "
        "lang/js md/nodejs#20 api/dynamodb#3.1162.0\r\namz-sdk-invocation-id: "
        "11111111-2222-4333-8444-555555555555\r\namz-sdk-request: attempt=1; max=3\r\nx-amz-date: "
        "20261120T100000Z\r\nx-amz-content-sha256: "
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\r\nauthorization: "
        "AWS4-HMAC-SHA256 Credential=KEY/20261120/us-east-1/dynamodb/aws4_request, "
        "SignedHeaders=content-length;content-type;host;x-amz-date;x-amz-target, "
        "Signature=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\r\n"
        "content-length: %zu\r\n\r\n",
        target, len);
    memcpy(load->request + head, body, len);
    connection->n_read = 0;
    connection->sent_us = now_us();
    size_t total = (size_t)head + len;
    for (size_t sent = 0; sent < total;) {
        ssize_t n = send(connection->fd, load->request + sent, total - sent, MSG_NOSIGNAL);
        if (n <= 0) {
            die("the server closed a connection");
        }
        sent += (size_t)n;
    }
}

/* ---- answers ---- */

/* Whether the whole answer is there; an answer that is no 200 ends the run. */
static bool is_whole(struct connection *connection)
{
    char *answer = connection->answer;
    answer[connection->n_read] = '\0';
    char *end = strstr(answer, "\r\n\r\n");
    if (end == NULL) {
        return false;
    }
    if (strncmp(answer, "HTTP/1.1 200", 12) != 0) {
        (void)fprintf(stderr, "bench_http: %.400s\n", answer);
        exit(1);
    }
    const char *name = strcasestr(answer, "\r\ncontent-length:");
    if (name == NULL || name > end) {
        /* In chunks, as DynamoDB Local sends long ones. */
        return connection->n_read > 7 &&
               memcmp(answer + connection->n_read - 7, "\r\n0\r\n\r\n", 7) == 0;
    }
    size_t length = strtoul(name + sizeof "\r\ncontent-length:" - 1, NULL, 10);
    size_t head = (size_t)(end + 4 - answer);
    if (head + length > ANSWER_SIZE - 1) {
        die("an answer that is too long");
    }
    return connection->n_read >= head + length;
}

static void receive(struct load *load, struct connection *connection)
{
    ssize_t n = recv(connection->fd, connection->answer + connection->n_read,
                     ANSWER_SIZE - 1 - connection->n_read, 0);
    if (n <= 0) {
        die("the server closed a connection");
    }
    connection->n_read += (size_t)n;
    if (!is_whole(connection)) {
        return;
    }
    load->latency_us[load->done++] = now_us() - connection->sent_us;
    if (load->made < load->wanted) {
        send_next(load, connection);
    }
}

static void connect_all(struct connection *connections, unsigned n, int port, int epoll)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int on = 1;
    for (unsigned i = 0; i < n; i++) {
        connections[i].fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
        if (connections[i].fd < 0 ||
            connect(connections[i].fd, (struct sockaddr *)&address, sizeof address) != 0 ||
            setsockopt(connections[i].fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
            epoll_ctl(epoll, EPOLL_CTL_ADD, connections[i].fd, &event) != 0) {
            die("cannot connect");
        }
    }
}

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;
    return a < b ? -1 : (a > b ? 1 : 0);
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        (void)fprintf(stderr, "bench_http PORT PID CONNECTIONS OPERATION REQUESTS\n");
        return 2;
    }
    long pid = strtol(argv[2], NULL, 10);
    unsigned n = (unsigned)strtoul(argv[3], NULL, 10);
    static struct load all;
    static struct connection connections[CONNECTIONS_MAX];
    struct load *load = &all;
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0 || n == 0 || n > CONNECTIONS_MAX) {
        die("cannot start");
    }
    load->operation = argv[4];
    load->wanted = strtoul(argv[5], NULL, 10);
    load->random = (uint64_t)getpid();
    load->latency_us = calloc(load->wanted + 1, sizeof *load->latency_us);
    if (load->latency_us == NULL) {
        die("memory");
    }
    connect_all(connections, n, (int)strtol(argv[1], NULL, 10), epoll);
    double cpu = cpu_us(pid);
    double start = now_us();
    for (unsigned i = 0; i < n && load->made < load->wanted; i++) {
        send_next(load, &connections[i]);
    }
    while (load->done < load->wanted) {
        struct epoll_event events[CONNECTIONS_MAX];
        int ready = epoll_wait(epoll, events, CONNECTIONS_MAX, 60000);
        if (ready <= 0) {
            die("no answer in a minute");
        }
        for (int i = 0; i < ready; i++) {
            receive(load, &connections[events[i].data.u32]);
        }
    }
    double wall = now_us() - start;
    cpu = cpu_us(pid) - cpu;
    qsort(load->latency_us, load->done, sizeof *load->latency_us, compare);
    (void)printf("{\"operation\":\"%s\",\"connections\":%u,\"cpu_us\":%.2f,\"per_s\":%.0f,"
                 "\"p50_us\":%.1f,\"p99_us\":%.1f}\n",
                 argv[4], n, cpu / (double)load->done, (double)load->done * 1e6 / wall,
                 load->latency_us[load->done / 2], load->latency_us[load->done * 99 / 100]);
    return 0;
}
