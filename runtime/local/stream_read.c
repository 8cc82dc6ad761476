/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Readers of changes. A reader walks the table of records by sequence, on a connection of its own (in memory: on the only
 * one there is), and keeps nothing but its position.
 *
 * Who has something new says so: a commit of this store adds to the reader's eventfd, other processes are found by looking
 * whenever a timer expires. An epoll descriptor holds both, so that a host has one thing to wait for. Looking is one search
 * in pages that are in memory as long as nothing changed, which costs as little as asking SQLite (PRAGMA data_version) first.
 */
#include "local/engine.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "dynr/stream.h"

#define DEFAULT_TAIL_INTERVAL_MS 50

/* Columns of LOCAL_STREAM_READ. */
enum column {
    COLUMN_SEQUENCE,
    COLUMN_PLACE,
    COLUMN_TABLE,
    COLUMN_EVENT,
    COLUMN_CREATED,
    COLUMN_KEYS,
    COLUMN_OLD,
    COLUMN_NEW,
};

struct local_stream {
    struct dynr_stream base;
    struct local_engine *engine;
    /* NULL: in memory, the writer's is used. */
    struct local_connection *connection;
    /* All records up to this one were delivered. */
    uint64_t position;
    int event_fd;
    /* -1 in memory: there are no other processes. */
    int timer_fd;
    int epoll_fd;
    /* The eventfd was added to since the reader last looked. */
    atomic_bool is_signalled;
    /* The thread that reads before it waits, as `this_thread` of it; 0: none. */
    atomic_uintptr_t attendant;
    /* It has committed since it last looked. */
    bool has_own_news;
    struct local_stream *next;
};

/* ---- signals ---- */

static void signal_one(struct local_stream *stream)
{
    static const uint64_t one = 1;
    if (!atomic_exchange(&stream->is_signalled, true)) {
        /* Cannot fail: the counter is far from its end, and the descriptor is open. */
        ssize_t n = write(stream->event_fd, &one, sizeof one);
        (void)n;
    }
}

/* Of all threads that live. */
static uintptr_t this_thread(void)
{
    static _Thread_local char place;
    return (uintptr_t)&place;
}

static void attend(struct dynr_stream *base, bool attends)
{
    struct local_stream *stream = (struct local_stream *)(void *)base;
    atomic_store(&stream->attendant, attends ? this_thread() : 0);
    if (!attends && stream->has_own_news) {
        stream->has_own_news = false;
        signal_one(stream);
    }
}

void dynr_local_streams_signal(struct local_streams *streams)
{
    (void)pthread_mutex_lock(&streams->mutex);
    for (struct local_stream *stream = streams->first; stream != NULL; stream = stream->next) {
        if (atomic_load(&stream->attendant) == this_thread()) {
            stream->has_own_news = true;
        } else {
            signal_one(stream);
        }
    }
    (void)pthread_mutex_unlock(&streams->mutex);
}

/*
 * Before looking. In this order: a commit that finds the flag still up was made before the look, one that finds it down writes anew.
 * The eventfd may then be readable although the flag is down, so that only who attends, and has not waited for it, may leave it alone.
 */
static void take_signals(struct local_stream *stream)
{
    uint64_t count;
    ssize_t n = 0;
    stream->has_own_news = false;
    if (stream->timer_fd >= 0) {
        n = read(stream->timer_fd, &count, sizeof count);
    }
    bool attends = atomic_load(&stream->attendant) == this_thread();
    if (!attends || atomic_load(&stream->is_signalled)) {
        n = read(stream->event_fd, &count, sizeof count);
        atomic_store(&stream->is_signalled, false);
    }
    /* Both are non-blocking. */
    (void)n;
}

/* ---- reading ---- */

struct page {
    struct dynr_arena *arena;
    struct dynr_record *records;
    size_t n_records;
    size_t cap_records;
    size_t n_bytes;
    /* Where the last transaction begins. */
    size_t first_of_transaction;
};

static struct dynr_record *add_record(struct page *page)
{
    if (page->n_records == page->cap_records) {
        size_t cap_records = page->cap_records == 0 ? 16 : page->cap_records * 2;
        struct dynr_record *records = dynr_arena_calloc(page->arena, cap_records, sizeof *records);
        if (records == NULL) {
            return NULL;
        }
        if (page->n_records > 0) {
            memcpy(records, page->records, page->n_records * sizeof *records);
        }
        page->records = records;
        page->cap_records = cap_records;
    }
    return &page->records[page->n_records++];
}

/* Copies a text; NULL becomes empty. False when memory is exhausted. */
static bool copy_column(struct page *page, sqlite3_stmt *statement, enum column column,
                        struct dynr_str *out)
{
    *out = dynr_str_make(NULL, 0);
    if (sqlite3_column_type(statement, (int)column) == SQLITE_NULL) {
        return true;
    }
    struct dynr_str text = dynr_local_column(statement, (int)column);
    if (text.ptr == NULL && text.len > 0) {
        return false;
    }
    page->n_bytes += text.len;
    *out = dynr_arena_dup(page->arena, text);
    return out->ptr != NULL;
}

/* The name of a table, as the record before had it where it is the same. */
static bool copy_table(struct page *page, sqlite3_stmt *statement, struct dynr_str *out)
{
    struct dynr_str name = dynr_local_column(statement, COLUMN_TABLE);
    if (page->n_records > 1 && dynr_str_equal(page->records[page->n_records - 2].table, name)) {
        *out = page->records[page->n_records - 2].table;
        return true;
    }
    return copy_column(page, statement, COLUMN_TABLE, out);
}

static enum dynr_event event_of(struct dynr_str name)
{
    return dynr_str_equal_c(name, "INSERT")   ? DYNR_EVENT_INSERT
           : dynr_str_equal_c(name, "MODIFY") ? DYNR_EVENT_MODIFY
                                              : DYNR_EVENT_REMOVE;
}

static enum dynr_status take_record(struct page *page, sqlite3_stmt *statement,
                                    struct dynr_error *err)
{
    struct dynr_record *record = add_record(page);
    if (record == NULL) {
        return dynr_local_out_of_memory(err);
    }
    record->size = sizeof *record;
    record->position = (uint64_t)sqlite3_column_int64(statement, COLUMN_SEQUENCE);
    record->created_ms = sqlite3_column_int64(statement, COLUMN_CREATED);
    record->event = event_of(dynr_local_column(statement, COLUMN_EVENT));
    record->is_expiry = dynr_str_equal_c(dynr_local_column(statement, COLUMN_EVENT), "EXPIRE");
    if (sqlite3_column_type(statement, COLUMN_TABLE) == SQLITE_NULL) {
        return dynr_fail(err, DYNR_ERR_CORRUPT, "a change record is of no table");
    }
    return copy_table(page, statement, &record->table) &&
                   copy_column(page, statement, COLUMN_KEYS, &record->keys) &&
                   copy_column(page, statement, COLUMN_OLD, &record->old_image) &&
                   copy_column(page, statement, COLUMN_NEW, &record->new_image)
               ? DYNR_OK
               : dynr_local_out_of_memory(err);
}

/* The last transaction is complete: now its end is known. */
static void end_transaction(struct page *page)
{
    for (size_t i = page->first_of_transaction; i < page->n_records; i++) {
        page->records[i].commit = page->records[page->n_records - 1].position;
    }
    page->first_of_transaction = page->n_records;
}

static enum dynr_status trimmed(const struct local_stream *stream, uint64_t first,
                                struct dynr_error *err)
{
    return dynr_fail(err, DYNR_ERR_TRIMMED,
                     "the reader stands at change %llu, and the oldest that is kept is %llu",
                     (unsigned long long)stream->position, (unsigned long long)first);
}

/* `out_has_more`: the page is full. */
static enum dynr_status read_page(const struct local_stream *stream, sqlite3_stmt *statement,
                                  uint32_t max, struct page *page, bool *out_has_more,
                                  struct dynr_error *err)
{
    struct local_connection *connection =
        stream->connection == NULL ? stream->engine->writer.connection : stream->connection;
    enum dynr_status status = DYNR_OK;
    int code;
    (void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)stream->position);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        bool begins = sqlite3_column_int64(statement, COLUMN_PLACE) == 0;
        uint64_t sequence = (uint64_t)sqlite3_column_int64(statement, COLUMN_SEQUENCE);
        if (page->n_records == 0 && sequence != stream->position + 1) {
            return trimmed(stream, sequence, err);
        }
        if (begins) {
            end_transaction(page);
            if (page->n_records >= max || page->n_bytes >= LOCAL_PAGE_BYTES) {
                *out_has_more = true;
                return DYNR_OK;
            }
        }
        status = take_record(page, statement, err);
        if (status != DYNR_OK) {
            return status;
        }
    }
    end_transaction(page);
    return code == SQLITE_DONE ? DYNR_OK : dynr_local_fail(connection, NULL, code, err);
}

static enum dynr_status take_connection(struct local_stream *stream, struct local_connection **out,
                                        struct dynr_error *err)
{
    *out = stream->connection;
    return stream->connection != NULL ? DYNR_OK : dynr_local_reader_take(stream->engine, out, err);
}

static void give_connection(struct local_stream *stream, struct local_connection *connection)
{
    if (stream->connection == NULL) {
        dynr_local_reader_give(stream->engine, connection);
    }
}

static enum dynr_status read_records(struct dynr_stream *base, uint32_t max,
                                     struct dynr_arena *arena,
                                     const struct dynr_record **out_records, size_t *out_n_records,
                                     struct dynr_error *err)
{
    struct local_stream *stream = (struct local_stream *)(void *)base;
    struct page page = {.arena = arena};
    sqlite3_stmt *statement;
    bool has_more = false;
    take_signals(stream);
    if (dynr_local_recent_read(&stream->engine->streams, stream->position, max, arena, out_records,
                               out_n_records)) {
        stream->position = (*out_records)[*out_n_records - 1].position;
        return DYNR_OK;
    }
    struct local_connection *connection;
    enum dynr_status status = take_connection(stream, &connection, err);
    if (status == DYNR_OK) {
        status = dynr_local_fixed(connection, LOCAL_STREAM_READ, &statement, err);
        if (status == DYNR_OK) {
            status = read_page(stream, statement, max, &page, &has_more, err);
            (void)sqlite3_reset(statement);
        }
        give_connection(stream, connection);
    }
    if (has_more || status != DYNR_OK) {
        signal_one(stream);
    }
    if (status != DYNR_OK) {
        return status;
    }
    if (page.n_records > 0) {
        stream->position = page.records[page.n_records - 1].position;
    }
    *out_records = page.records;
    *out_n_records = page.n_records;
    return DYNR_OK;
}

/* ---- opening and closing ---- */

static int descriptor(struct dynr_stream *base)
{
    const struct local_stream *stream = (const struct local_stream *)(const void *)base;
    return stream->epoll_fd >= 0 ? stream->epoll_fd : stream->event_fd;
}

static void close_descriptor(int fd)
{
    if (fd >= 0) {
        (void)close(fd);
    }
}

static void leave(struct local_stream *stream)
{
    struct local_streams *streams = &stream->engine->streams;
    (void)pthread_mutex_lock(&streams->mutex);
    struct local_stream **place = &streams->first;
    while (*place != NULL && *place != stream) {
        place = &(*place)->next;
    }
    if (*place != NULL) {
        *place = stream->next;
        (void)atomic_fetch_sub(&streams->n_open, 1);
    }
    (void)pthread_mutex_unlock(&streams->mutex);
}

static void destroy(struct dynr_stream *base)
{
    struct local_stream *stream = (struct local_stream *)(void *)base;
    leave(stream);
    dynr_local_connection_close(stream->connection);
    close_descriptor(stream->epoll_fd);
    close_descriptor(stream->timer_fd);
    close_descriptor(stream->event_fd);
    free(stream);
}

static const struct dynr_stream_methods methods = {
    .size = sizeof(struct dynr_stream_methods),
    .read = read_records,
    .fd = descriptor,
    .destroy = destroy,
    .attend = attend,
};

static bool watch(int epoll_fd, int fd)
{
    struct epoll_event event = {.events = EPOLLIN};
    return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static bool open_timer(struct local_stream *stream, uint32_t interval_ms)
{
    struct timespec interval = {.tv_sec = interval_ms / 1000,
                                .tv_nsec = (long)(interval_ms % 1000) * 1000000};
    struct itimerspec setting = {.it_interval = interval, .it_value = interval};
    stream->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    stream->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    return stream->timer_fd >= 0 && stream->epoll_fd >= 0 &&
           timerfd_settime(stream->timer_fd, 0, &setting, NULL) == 0 &&
           watch(stream->epoll_fd, stream->event_fd) && watch(stream->epoll_fd, stream->timer_fd);
}

static enum dynr_status open_descriptors(struct local_stream *stream, uint32_t interval_ms,
                                         struct dynr_error *err)
{
    /* Readable from the start: there may be something to read. */
    stream->event_fd = eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC);
    if (stream->event_fd >= 0 &&
        (stream->engine->is_in_memory || open_timer(stream, interval_ms))) {
        return DYNR_OK;
    }
    if (errno == ENOMEM) {
        return dynr_local_out_of_memory(err);
    }
    return dynr_fail(err, DYNR_ERR_TOO_MANY, "a reader of changes needs descriptors: %s",
                     errno == ENFILE ? "the system has none left" : "the process has none left");
}

enum dynr_status dynr_local_stream_oldest(struct local_connection *connection, uint64_t *out,
                                          struct dynr_error *err)
{
    sqlite3_stmt *statement;
    enum dynr_status status = dynr_local_fixed(connection, LOCAL_STREAM_OLDEST, &statement, err);
    if (status != DYNR_OK) {
        return status;
    }
    int code = sqlite3_step(statement);
    *out = code == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(statement, 0) : 1;
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        status = dynr_local_fail(connection, NULL, code, err);
    }
    (void)sqlite3_reset(statement);
    return status;
}

/* Where the reader begins, as the store stands. */
static enum dynr_status place_reader(struct local_stream *stream, uint64_t wanted,
                                     struct dynr_error *err)
{
    struct local_connection *connection;
    uint64_t newest = 0;
    uint64_t oldest = 1;
    enum dynr_status status = take_connection(stream, &connection, err);
    if (status != DYNR_OK) {
        return status;
    }
    status = dynr_local_position_read(connection, &newest, err);
    if (status == DYNR_OK) {
        status = dynr_local_stream_oldest(connection, &oldest, err);
        dynr_local_position_end(connection);
    }
    give_connection(stream, connection);
    stream->position = wanted == DYNR_LOCAL_STREAM_NEW ? newest : wanted == 0 ? oldest - 1 : wanted;
    if (status == DYNR_OK && stream->position > newest) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT,
                         "position %llu is not of this store, whose last change is %llu",
                         (unsigned long long)wanted, (unsigned long long)newest);
    }
    return status;
}

enum dynr_status dynr_local_stream_open(struct dynr_backend *backend,
                                        const struct dynr_local_stream_options *options,
                                        struct dynr_stream **out, struct dynr_error *err)
{
    static const struct dynr_local_stream_options defaults = DYNR_LOCAL_STREAM_OPTIONS_INIT;
    *out = NULL;
    options = options == NULL ? &defaults : options;
    if (options->size < sizeof *options) {
        return dynr_fail(err, DYNR_ERR_ABI, "the options are of an older libdynr");
    }
    struct local_engine *engine = dynr_local_engine(backend, err);
    if (engine == NULL) {
        return DYNR_ERR_INVALID_ARGUMENT;
    }
    struct local_stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) {
        return dynr_local_out_of_memory(err);
    }
    stream->base.methods = &methods;
    stream->engine = engine;
    stream->event_fd = stream->timer_fd = stream->epoll_fd = -1;
    atomic_init(&stream->is_signalled, true);
    atomic_init(&stream->attendant, 0);
    uint32_t interval_ms =
        options->tail_interval_ms == 0 ? DEFAULT_TAIL_INTERVAL_MS : options->tail_interval_ms;
    enum dynr_status status = open_descriptors(stream, interval_ms, err);
    if (status == DYNR_OK && !engine->is_in_memory) {
        status = dynr_local_connection_open(engine, false, &stream->connection, err);
    }
    if (status == DYNR_OK) {
        status = place_reader(stream, options->position, err);
    }
    if (status != DYNR_OK) {
        destroy(&stream->base);
        return status;
    }
    (void)pthread_mutex_lock(&engine->streams.mutex);
    stream->next = engine->streams.first;
    engine->streams.first = stream;
    (void)atomic_fetch_add(&engine->streams.n_open, 1);
    (void)pthread_mutex_unlock(&engine->streams.mutex);
    *out = &stream->base;
    return DYNR_OK;
}

enum dynr_status dynr_local_stream_position(struct dynr_backend *backend, uint64_t *out,
                                            struct dynr_error *err)
{
    struct local_connection *connection;
    struct local_engine *engine = dynr_local_engine(backend, err);
    *out = 0;
    if (engine == NULL) {
        return DYNR_ERR_INVALID_ARGUMENT;
    }
    enum dynr_status status = dynr_local_reader_take(engine, &connection, err);
    if (status != DYNR_OK) {
        return status;
    }
    status = dynr_local_position_read(connection, out, err);
    if (status == DYNR_OK) {
        dynr_local_position_end(connection);
    }
    dynr_local_reader_give(engine, connection);
    return status;
}
