/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server on a thread of its own, beside threads that write to its store, clients on others, and several that stop it. Also run under
 * ThreadSanitizer (`./dev test`), which is what it is made for; that clients hold in the end what the store holds is checked anyway.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../reactive/application.h"
#include "dynr/local.h"
#include "dynr/peer.h"
#include "dynr/server.h"
#include "test_main.h"

enum {
    N_WRITERS = 4,
    N_WATCHERS = 4,
    PEERS_OF_WATCHER = 5,
    N_STOPPERS = 3,
    /* Each of one writer. */
    N_LISTS = N_WRITERS,
    TODOS_OF_LIST = 12,
    N_WRITES = 120,
    N_VIEWS = 4,
    MAX_WAITS = 600,
    WAIT_MS = 50,
    GOODBYE_S = 30,
    PAUSE_NS = 3000000
};

/** What threads tell one another, under `mutex`. */
struct round {
    struct dynr_backend *backend;
    struct dynr_client *client;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct dynr_server *server;
    bool has_failed;
    /** Nobody stops the server any more. */
    bool is_stopped;
    /** It has ended. */
    bool is_over;
    /** Nobody writes any more. */
    bool is_written;
    unsigned n_written;
    /** Watchers that have subscribed to all that they watch. */
    unsigned n_watching;
    /** Watchers that have compared what they hold. */
    unsigned n_compared;
    uint16_t port;
    /** The server is stopped while others write, and clients watch. */
    bool is_cut_short;
};

struct worker {
    struct round *round;
    pthread_t thread;
    unsigned number;
    /** What it found out. */
    enum dynr_status status;
    unsigned n_right;
    unsigned n_ended;
};

static void set(struct round *round, bool *what)
{
    (void)pthread_mutex_lock(&round->mutex);
    *what = true;
    (void)pthread_cond_broadcast(&round->changed);
    (void)pthread_mutex_unlock(&round->mutex);
}

static void count(struct round *round, unsigned *what)
{
    (void)pthread_mutex_lock(&round->mutex);
    (*what)++;
    (void)pthread_cond_broadcast(&round->changed);
    (void)pthread_mutex_unlock(&round->mutex);
}

static void wait_for_count(struct round *round, const unsigned *what, unsigned wanted)
{
    (void)pthread_mutex_lock(&round->mutex);
    while (*what < wanted) {
        (void)pthread_cond_wait(&round->changed, &round->mutex);
    }
    (void)pthread_mutex_unlock(&round->mutex);
}

static bool is_set(struct round *round, const bool *what)
{
    (void)pthread_mutex_lock(&round->mutex);
    bool value = *what;
    (void)pthread_mutex_unlock(&round->mutex);
    return value;
}

/* ---- the server ------------------------------------------------------------------------------------------------- */

static enum dynr_status open_stream(void *context, uint64_t since, struct dynr_stream **out,
                                    uint64_t *out_position, struct dynr_error *err)
{
    struct dynr_local_stream_options options = DYNR_LOCAL_STREAM_OPTIONS_INIT;
    options.position = since;
    enum dynr_status status = DYNR_OK;
    if (since == DYNR_SERVER_FROM_NOW) {
        status = dynr_local_stream_position(context, &options.position, err);
    }
    *out_position = options.position;
    return status == DYNR_OK ? dynr_local_stream_open(context, &options, out, err) : status;
}

static enum dynr_status begin_term(void *context, uint64_t program, struct dynr_stream_term *out,
                                   size_t *out_n, struct dynr_error *err)
{
    return dynr_local_stream_begin_term(context, program, out, out_n, err);
}

static void drop_line(void *context, enum dynr_log_level level, const char *line)
{
    (void)context;
    (void)level;
    (void)line;
}

static void *serve(void *context)
{
    struct worker *worker = context;
    struct round *round = worker->round;
    struct dynr_server_options options = DYNR_SERVER_OPTIONS_INIT;
    struct dynr_server *server = NULL;
    options.procedures = &procedures;
    options.backend = round->backend;
    options.open_stream = open_stream;
    options.begin_term = begin_term;
    options.stream_context = round->backend;
    options.listen = "127.0.0.1:0";
    options.log = drop_line;
    worker->status = dynr_server_new(&options, &server, NULL);
    if (worker->status != DYNR_OK) {
        set(round, &round->has_failed);
        return NULL;
    }
    (void)pthread_mutex_lock(&round->mutex);
    round->port = dynr_server_port(server);
    round->server = server;
    (void)pthread_cond_broadcast(&round->changed);
    (void)pthread_mutex_unlock(&round->mutex);
    worker->status = dynr_server_run(server, NULL);
    set(round, &round->is_over);
    /* It must be there as long as others may stop it. */
    (void)pthread_mutex_lock(&round->mutex);
    while (!round->is_stopped) {
        (void)pthread_cond_wait(&round->changed, &round->mutex);
    }
    (void)pthread_mutex_unlock(&round->mutex);
    dynr_server_destroy(server);
    return NULL;
}

static bool wait_for_server(struct round *round)
{
    (void)pthread_mutex_lock(&round->mutex);
    while (round->server == NULL && !round->has_failed) {
        (void)pthread_cond_wait(&round->changed, &round->mutex);
    }
    bool runs = round->server != NULL;
    (void)pthread_mutex_unlock(&round->mutex);
    return runs;
}

static void *stop(void *context)
{
    struct worker *worker = context;
    dynr_server_stop(worker->round->server);
    return NULL;
}

/* ---- those who write -------------------------------------------------------------------------------------------- */

static enum dynr_status put_todo(const struct worker *worker, struct dynr_arena *arena,
                                 unsigned step)
{
    struct todo todo = {0};
    todo.list.id = dynr_arena_printf(arena, "l%u", worker->number);
    todo.id = dynr_arena_printf(arena, "%02u", step % TODOS_OF_LIST);
    /* So that the order of texts is that of keys. */
    todo.text = dynr_arena_printf(arena, "%02u in step %u", step % TODOS_OF_LIST, step);
    todo.has_due = true;
    todo.due = step % 7;
    todo.has_assignee = true;
    /* In the end all are the first user's. */
    todo.assignee.id = dynr_str_from_c(step < 2 * TODOS_OF_LIST ? "u2" : "u1");
    todo.points = step;
    todo.price.text = dynr_str_from_c("0");
    todo.done = step % 5 == 0;
    return dynr_row_put(worker->round->client, &todo_entity, &todo, arena, NULL);
}

static enum dynr_status delete_todo(const struct worker *worker, struct dynr_arena *arena,
                                    unsigned step)
{
    struct todo_key key = {0};
    key.list.id = dynr_arena_printf(arena, "l%u", worker->number);
    key.id = dynr_arena_printf(arena, "%02u", step % TODOS_OF_LIST);
    enum dynr_status status =
        dynr_row_delete(worker->round->client, &todo_entity, &key, NULL, arena, NULL);
    return status == DYNR_ERR_NOT_FOUND ? DYNR_OK : status;
}

/** All write to these two rows, without the tables of the application. */
static enum dynr_status put_user(const struct worker *worker, struct dynr_arena *arena,
                                 unsigned step)
{
    struct dynr_request request = DYNR_REQUEST_INIT;
    struct dynr_response response;
    unsigned user = 1 + step / 10 % 2;
    request.operation = DYNR_PUT_ITEM;
    request.table = dynr_str_from_c("app");
    request.item = dynr_arena_printf(
        arena,
        "{\"pk\":{\"S\":\"USER#u%u\"},\"sk\":{\"S\":\"USER\"},\"_et\":{\"S\":\"USER\"},"
        "\"id\":{\"S\":\"u%u\"},\"name\":{\"S\":\"%u of %u\"}}",
        user, user, step, worker->number);
    return dynr_backend_call(worker->round->backend, &request, arena, &response, NULL);
}

static bool goes_on(struct round *round, unsigned step)
{
    return step < N_WRITES || (round->is_cut_short && !is_set(round, &round->is_over));
}

static void *write_rows(void *context)
{
    static const struct timespec pause = {.tv_nsec = PAUSE_NS};
    struct worker *worker = context;
    struct dynr_arena arena = {0};
    for (unsigned step = 0; goes_on(worker->round, step); step++) {
        enum dynr_status status;
        if (step % 10 == 9) {
            status = put_user(worker, &arena, step);
        } else if (step % 4 == 3) {
            status = delete_todo(worker, &arena, step * 7);
        } else {
            status = put_todo(worker, &arena, step);
        }
        worker->status = worker->status == DYNR_OK ? status : worker->status;
        dynr_arena_reset(&arena);
        count(worker->round, &worker->round->n_written);
        if (worker->round->is_cut_short) {
            /* So that clients get through with what they begin meanwhile, however slow they are. */
            (void)nanosleep(&pause, NULL);
        }
    }
    dynr_arena_cleanup(&arena);
    return NULL;
}

/* ---- those who watch -------------------------------------------------------------------------------------------- */

struct watched {
    struct dynr_peer *peer;
    unsigned list;
    uint64_t ids[N_VIEWS];
    bool has_ended;
};

static enum dynr_status watch(const struct round *round, struct watched *watched)
{
    static const char *const views[N_VIEWS] = {"pure", "keyed", "due", "stats"};
    struct dynr_peer_options options = DYNR_PEER_OPTIONS_INIT;
    char input[32];
    options.port = round->port;
    options.procedures = &procedures;
    options.timeout_ms = 30000;
    (void)snprintf(input, sizeof input, "{\"id\":\"l%u\"}", watched->list);
    enum dynr_status status = dynr_peer_connect(&options, &watched->peer, NULL);
    for (int i = 0; i < N_VIEWS && status == DYNR_OK; i++) {
        status = dynr_peer_watch(watched->peer, dynr_str_from_c(views[i]), dynr_str_from_c(input),
                                 i == 2 ? 3 : 0, &watched->ids[i], NULL);
    }
    return status;
}

/** The rows of a list that are open, as its views show them. */
static struct dynr_str stored_rows(const struct round *round, unsigned list,
                                   struct dynr_arena *arena)
{
    struct dynr_query query;
    struct dynr_rows rows;
    struct todo probe = {0};
    struct dynr_str out = dynr_str_from_c("");
    memset(&query, 0, sizeof query);
    query.path = &todos_in_list;
    query.probe = &probe;
    probe.list.id = dynr_arena_printf(arena, "l%u", list);
    if (dynr_rows_query(round->client, &query, todo_entity.row, arena, &rows, NULL) != DYNR_OK) {
        return dynr_str_from_c("no rows can be read");
    }
    for (size_t i = 0; i < rows.n_items; i++) {
        const struct todo *todo = (const struct todo *)rows.items + i;
        if (!todo->done) {
            out = dynr_arena_printf(arena, "%.*s\n{\"id\":\"%.*s\",\"text\":\"%.*s\"", (int)out.len,
                                    out.ptr, (int)todo->id.len, todo->id.ptr, (int)todo->text.len,
                                    todo->text.ptr);
        }
    }
    return out;
}

static struct dynr_str held_rows(const struct watched *watched, int view, struct dynr_arena *arena)
{
    struct dynr_str *rows = NULL;
    size_t n_rows = 0;
    struct dynr_str out = dynr_str_from_c("");
    if (dynr_peer_rows(watched->peer, watched->ids[view], 0, out, arena, &rows, &n_rows, NULL) !=
        DYNR_OK) {
        return dynr_str_from_c("no rows are held");
    }
    for (size_t i = 0; i < n_rows; i++) {
        const char *end = strstr(rows[i].ptr, ",\"points\"");
        out = dynr_arena_printf(arena, "%.*s\n%.*s", (int)out.len, out.ptr,
                                end == NULL ? 0 : (int)(end - rows[i].ptr), rows[i].ptr);
    }
    return out;
}

/** All refer to one user, and the other one is held no more; none where there is no row. */
static bool has_right_users(const struct watched *watched, bool has_rows, struct dynr_arena *arena)
{
    struct dynr_str *rows = NULL;
    size_t n_rows = 0;
    return dynr_peer_rows(watched->peer, watched->ids[1], 1, dynr_str_from_c(""), arena, &rows,
                          &n_rows, NULL) == DYNR_OK &&
           n_rows == has_rows;
}

static bool is_right(const struct round *round, const struct watched *watched)
{
    struct dynr_arena arena = {0};
    struct dynr_str stored = stored_rows(round, watched->list, &arena);
    bool same = dynr_str_equal(held_rows(watched, 0, &arena), stored) &&
                dynr_str_equal(held_rows(watched, 1, &arena), stored) &&
                has_right_users(watched, stored.len > 0, &arena);
    dynr_arena_cleanup(&arena);
    return same;
}

/** Takes in what comes until the server says goodbye. */
static bool hear_goodbye(const struct watched *watched)
{
    struct dynr_error err = {0};
    bool changed;
    time_t end = time(NULL) + GOODBYE_S;
    while (time(NULL) < end) {
        if (dynr_peer_wait(watched->peer, WAIT_MS, &changed, &err) != DYNR_OK) {
            return strstr(err.message, "shutdown") != NULL;
        }
    }
    return false;
}

static bool becomes_right(const struct round *round, const struct watched *watched)
{
    bool changed;
    for (int i = 0; i < MAX_WAITS; i++) {
        if (is_right(round, watched)) {
            return true;
        }
        if (dynr_peer_wait(watched->peer, WAIT_MS, &changed, NULL) != DYNR_OK) {
            return false;
        }
    }
    return false;
}

static void *watch_lists(void *context)
{
    struct worker *worker = context;
    struct round *round = worker->round;
    struct watched watched[PEERS_OF_WATCHER];
    memset(watched, 0, sizeof watched);
    for (unsigned i = 0; i < PEERS_OF_WATCHER; i++) {
        watched[i].list = (worker->number + i) % N_LISTS;
        enum dynr_status status = watch(round, &watched[i]);
        watched[i].has_ended = status != DYNR_OK;
        worker->status = worker->status == DYNR_OK ? status : worker->status;
    }
    count(round, &round->n_watching);
    while (!round->is_cut_short && !is_set(round, &round->is_written)) {
        for (unsigned i = 0; i < PEERS_OF_WATCHER; i++) {
            bool changed;
            watched[i].has_ended = watched[i].has_ended ||
                                   dynr_peer_wait(watched[i].peer, 1, &changed, NULL) != DYNR_OK;
        }
    }
    for (unsigned i = 0; i < PEERS_OF_WATCHER && !round->is_cut_short; i++) {
        worker->n_right += !watched[i].has_ended && becomes_right(round, &watched[i]);
    }
    count(round, &round->n_compared);
    for (unsigned i = 0; i < PEERS_OF_WATCHER; i++) {
        worker->n_ended += !watched[i].has_ended && hear_goodbye(&watched[i]);
        dynr_peer_destroy(watched[i].peer);
    }
    return NULL;
}

/* ---- all together ----------------------------------------------------------------------------------------------- */

static void start(struct worker *workers, unsigned n_workers, struct round *round,
                  void *(*run)(void *))
{
    for (unsigned i = 0; i < n_workers; i++) {
        workers[i] = (struct worker){.round = round, .number = i};
        DYNR_ASSERT_INT(pthread_create(&workers[i].thread, NULL, run, &workers[i]), 0);
    }
}

static void join(struct worker *workers, unsigned n_workers)
{
    for (unsigned i = 0; i < n_workers; i++) {
        (void)pthread_join(workers[i].thread, NULL);
    }
}

static void run_round(struct round *round)
{
    struct worker server[1];
    struct worker writers[N_WRITERS];
    struct worker watchers[N_WATCHERS];
    struct worker stoppers[N_STOPPERS];
    start(server, 1, round, serve);
    if (!DYNR_ASSERT(wait_for_server(round))) {
        join(server, 1);
        return;
    }
    start(watchers, N_WATCHERS, round, watch_lists);
    if (!round->is_cut_short) {
        wait_for_count(round, &round->n_watching, N_WATCHERS);
    }
    start(writers, N_WRITERS, round, write_rows);
    if (round->is_cut_short) {
        wait_for_count(round, &round->n_written, N_WRITERS * N_WRITES / 2);
    } else {
        join(writers, N_WRITERS);
        set(round, &round->is_written);
    }
    wait_for_count(round, &round->n_compared, N_WATCHERS);
    start(stoppers, N_STOPPERS, round, stop);
    join(stoppers, N_STOPPERS);
    set(round, &round->is_stopped);
    join(server, 1);
    join(watchers, N_WATCHERS);
    if (round->is_cut_short) {
        join(writers, N_WRITERS);
    }
    DYNR_ASSERT_STATUS(server[0].status, DYNR_OK);
    for (unsigned i = 0; i < N_WRITERS; i++) {
        DYNR_ASSERT_STATUS(writers[i].status, DYNR_OK);
    }
    for (unsigned i = 0; i < N_WATCHERS; i++) {
        DYNR_ASSERT_STATUS(watchers[i].status, DYNR_OK);
        DYNR_ASSERT_INT(watchers[i].n_right, round->is_cut_short ? 0 : PEERS_OF_WATCHER);
        DYNR_ASSERT_INT(watchers[i].n_ended, PEERS_OF_WATCHER);
    }
}

/** The store outlives its servers, and works in a thread of its own besides. */
static void serve_twice(const char *path)
{
    const struct dynr_table_desc *const tables[] = {todo_entity.table, member_entity.table};
    struct dynr_local_options local = DYNR_LOCAL_OPTIONS_INIT;
    struct dynr_client_options options = DYNR_CLIENT_OPTIONS_INIT;
    struct dynr_backend *backend = NULL;
    struct dynr_client *client = NULL;
    local.path = path;
    local.maintenance_interval_ms = 5;
    DYNR_ASSERT_STATUS(dynr_local_open(&local, &backend, NULL), DYNR_OK);
    options.backend = backend;
    DYNR_ASSERT_STATUS(dynr_client_new(&options, &client, NULL), DYNR_OK);
    DYNR_ASSERT_STATUS(dynr_tables_create(client, tables, 2, NULL), DYNR_OK);
    for (int i = 0; i < 2; i++) {
        struct round round = {.backend = backend, .client = client, .is_cut_short = i == 0};
        (void)pthread_mutex_init(&round.mutex, NULL);
        (void)pthread_cond_init(&round.changed, NULL);
        run_round(&round);
        (void)pthread_cond_destroy(&round.changed);
        (void)pthread_mutex_destroy(&round.mutex);
    }
    dynr_client_destroy(client);
    dynr_backend_destroy(backend);
}

static void clients_hold_what_others_write_to_a_store_in_memory(void)
{
    serve_twice(":memory:");
}

static void clients_hold_what_others_write_to_a_file(void)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    const char *folder = getenv("TMPDIR");
    char path[512];
    (void)snprintf(path, sizeof path, "%s/dynr-server-threads-%ld",
                   folder == NULL ? "/tmp" : folder, (long)getpid());
    serve_twice(path);
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        char file[600];
        (void)snprintf(file, sizeof file, "%s%s", path, suffixes[i]);
        (void)unlink(file);
    }
}

int main(void)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(clients_hold_what_others_write_to_a_store_in_memory),
        DYNR_TEST(clients_hold_what_others_write_to_a_file),
    };
    return dynr_test_main("server-threads", tests, DYNR_TEST_COUNT(tests));
}
