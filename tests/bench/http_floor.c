/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least that an HTTP server on SQLite can do for the requests of bench_http: one thread, epoll, prepared statements, JSON looked
 * through with strstr, nothing checked. Writes that arrive together share a transaction, and are answered after its commit. Of a server
 * that people could use it has only the cost of the system's calls: http_floor FILE|:memory: prints its port and serves until it is killed.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    EVENTS = 64,
    REQUEST_SIZE = 128 * 1024,
    ANSWER_SIZE = 512 * 1024,
    ITEM_SIZE = 4096
};

struct connection {
    int fd;
    size_t n_read;
    size_t n_answer;
    char request[REQUEST_SIZE];
    char answer[ANSWER_SIZE];
};

struct floor_store {
    sqlite3 *db;
    sqlite3_stmt *begin, *commit, *get, *put, *index_put, *query;
    bool in_transaction;
};

static void die(const char *what)
{
    (void)fprintf(stderr, "http_floor: %s\n", what);
    exit(1);
}

/* ---- SQLite ---- */

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK) {
        die(sqlite3_errmsg(db));
    }
    return statement;
}

static void step(sqlite3_stmt *statement)
{
    if (sqlite3_step(statement) != SQLITE_DONE || sqlite3_reset(statement) != SQLITE_OK) {
        die("a statement failed");
    }
}

static void open_store(struct floor_store *store, const char *path)
{
    static const char schema[] =
        "PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        "PRAGMA wal_autocheckpoint=4000; PRAGMA cache_size=-65536;"
        "CREATE TABLE t (id TEXT PRIMARY KEY, item TEXT NOT NULL) WITHOUT ROWID;"
        "CREATE TABLE x (grp TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (grp, id)) WITHOUT ROWID";
    if (sqlite3_open_v2(path, &store->db,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK ||
        sqlite3_exec(store->db, schema, NULL, NULL, NULL) != SQLITE_OK) {
        die(sqlite3_errmsg(store->db));
    }
    store->begin = prepare(store->db, "BEGIN IMMEDIATE");
    store->commit = prepare(store->db, "COMMIT");
    store->get = prepare(store->db, "SELECT item FROM t WHERE id=?1");
    store->put = prepare(
        store->db, "INSERT INTO t VALUES (?1, ?2) ON CONFLICT DO UPDATE SET item=excluded.item");
    store->index_put = prepare(store->db, "INSERT INTO x VALUES (?1, ?2) ON CONFLICT DO NOTHING");
    store->query =
        prepare(store->db, "SELECT t.item FROM x JOIN t ON t.id=x.id WHERE x.grp=?1 LIMIT 50");
}

static void begin_write(struct floor_store *store)
{
    if (!store->in_transaction) {
        step(store->begin);
        store->in_transaction = true;
    }
}

/* ---- operations ---- */

/* The text between `"name":{"S":"` and the next quote. */
static const char *find_text(const char *body, const char *opening, size_t *out_len)
{
    const char *start = strstr(body, opening);
    if (start == NULL) {
        die("a request that bench_http does not make");
    }
    start += strlen(opening);
    *out_len = (size_t)(strchr(start, '"') - start);
    return start;
}

static void put_item(struct floor_store *store, const char *item, size_t len)
{
    size_t id_len = 0;
    size_t group_len = 0;
    const char *id = find_text(item, "\"id\":{\"S\":\"", &id_len);
    const char *group = find_text(item, "\"group\":{\"S\":\"", &group_len);
    begin_write(store);
    (void)sqlite3_bind_text(store->put, 1, id, (int)id_len, SQLITE_STATIC);
    (void)sqlite3_bind_text(store->put, 2, item, (int)len, SQLITE_STATIC);
    step(store->put);
    (void)sqlite3_bind_text(store->index_put, 1, group, (int)group_len, SQLITE_STATIC);
    (void)sqlite3_bind_text(store->index_put, 2, id, (int)id_len, SQLITE_STATIC);
    step(store->index_put);
}

/* Every `"Item":{...}}` of a body: an item of bench_http ends with its text. */
static void put_items(struct floor_store *store, const char *body)
{
    const char *at = body;
    while ((at = strstr(at, "\"Item\":")) != NULL) {
        at += sizeof "\"Item\":" - 1;
        const char *end = strstr(at, "\"}}");
        put_item(store, at, (size_t)(end + 3 - at));
        at = end;
    }
}

static size_t read_item(struct floor_store *store, const char *body, char *out)
{
    size_t id_len = 0;
    const char *id = find_text(body, "\"id\":{\"S\":\"", &id_len);
    (void)sqlite3_bind_text(store->get, 1, id, (int)id_len, SQLITE_STATIC);
    size_t len = 0;
    if (sqlite3_step(store->get) == SQLITE_ROW) {
        len = (size_t)sqlite3_column_bytes(store->get, 0);
        memcpy(out, sqlite3_column_text(store->get, 0), len);
    }
    (void)sqlite3_reset(store->get);
    return len;
}

static void update_item(struct floor_store *store, const char *body)
{
    char item[ITEM_SIZE];
    char changed[ITEM_SIZE + 32];
    size_t len = read_item(store, body, item);
    item[len] = '\0';
    char *number = strstr(item, "\"n\":{\"N\":\"");
    if (number == NULL) {
        die("an item without a number");
    }
    number += sizeof "\"n\":{\"N\":\"" - 1;
    char *rest = NULL;
    long n = strtol(number, &rest, 10);
    int total =
        snprintf(changed, sizeof changed, "%.*s%ld%s", (int)(number - item), item, n + 1, rest);
    put_item(store, changed, (size_t)total);
}

static size_t query_items(struct floor_store *store, const char *body, char *out)
{
    size_t group_len = 0;
    const char *group = find_text(body, "\":g\":{\"S\":\"", &group_len);
    (void)sqlite3_bind_text(store->query, 1, group, (int)group_len, SQLITE_STATIC);
    size_t len = (size_t)sprintf(out, "{\"Items\":[");
    int n = 0;
    while (sqlite3_step(store->query) == SQLITE_ROW) {
        size_t item = (size_t)sqlite3_column_bytes(store->query, 0);
        if (n++ != 0) {
            out[len++] = ',';
        }
        memcpy(out + len, sqlite3_column_text(store->query, 0), item);
        len += item;
    }
    (void)sqlite3_reset(store->query);
    return len + (size_t)sprintf(out + len, "],\"Count\":%d}", n);
}

static size_t carry_out(struct floor_store *store, const char *target, const char *body, char *out)
{
    if (strncmp(target, "GetItem", 7) == 0) {
        size_t len = (size_t)sprintf(out, "{\"Item\":");
        len += read_item(store, body, out + len);
        return len + (size_t)sprintf(out + len, "}");
    }
    if (strncmp(target, "Query", 5) == 0) {
        return query_items(store, body, out);
    }
    if (strncmp(target, "UpdateItem", 10) == 0) {
        update_item(store, body);
    } else {
        put_items(store, body);
    }
    return (size_t)sprintf(out, "{}");
}

/* ---- HTTP ---- */

/* Answers a request that is whole; false: more of it is to come. */
static bool answer(struct floor_store *store, struct connection *connection)
{
    char *request = connection->request;
    request[connection->n_read] = '\0';
    char *end = strstr(request, "\r\n\r\n");
    const char *length = strstr(request, "content-length: ");
    const char *target = strstr(request, "DynamoDB_20120810.");
    if (end == NULL || length == NULL || target == NULL) {
        return false;
    }
    size_t body = strtoul(length + 16, NULL, 10);
    if ((size_t)(end + 4 - request) + body > connection->n_read) {
        return false;
    }
    static char text[ANSWER_SIZE];
    size_t len = carry_out(store, target + 18, end + 4, text);
    int head = sprintf(connection->answer,
                       "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\n"
                       "x-amzn-RequestId: ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ\r\n"
                       "Content-Length: %zu\r\n\r\n",
                       len);
    memcpy(connection->answer + head, text, len);
    connection->n_answer = (size_t)head + len;
    connection->n_read = 0;
    return true;
}

static void flush(struct connection *connection)
{
    for (size_t sent = 0; sent < connection->n_answer;) {
        ssize_t n = send(connection->fd, connection->answer + sent, connection->n_answer - sent,
                         MSG_NOSIGNAL);
        if (n <= 0) {
            break;
        }
        sent += (size_t)n;
    }
    connection->n_answer = 0;
}

static void serve(struct floor_store *store, int listener, int epoll)
{
    struct epoll_event events[EVENTS];
    for (;;) {
        int n = epoll_wait(epoll, events, EVENTS, -1);
        struct connection *waiting[EVENTS];
        int n_waiting = 0;
        for (int i = 0; i < n; i++) {
            struct connection *connection = events[i].data.ptr;
            if (connection == NULL) {
                connection = calloc(1, sizeof *connection);
                int on = 1;
                if (connection == NULL || (connection->fd = accept(listener, NULL, NULL)) < 0) {
                    die("accept");
                }
                (void)setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
                (void)epoll_ctl(epoll, EPOLL_CTL_ADD, connection->fd, &event);
                continue;
            }
            ssize_t got = recv(connection->fd, connection->request + connection->n_read,
                               REQUEST_SIZE - 1 - connection->n_read, 0);
            if (got <= 0) {
                (void)close(connection->fd);
                free(connection);
                continue;
            }
            connection->n_read += (size_t)got;
            if (answer(store, connection)) {
                waiting[n_waiting++] = connection;
            }
        }
        if (store->in_transaction) {
            step(store->commit);
            store->in_transaction = false;
        }
        for (int i = 0; i < n_waiting; i++) {
            flush(waiting[i]);
        }
    }
}

int main(int argc, char **argv)
{
    static struct floor_store store;
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    if (argc != 2 || listener < 0 || epoll < 0 ||
        bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener, 64) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &len) != 0 ||
        epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) != 0) {
        die("cannot listen");
    }
    open_store(&store, argv[1]);
    (void)printf("http://127.0.0.1:%u,\n", ntohs(address.sin_port));
    (void)fflush(stdout);
    serve(&store, listener, epoll);
}
