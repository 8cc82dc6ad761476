/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Readers of changes: what records say, order, whole transactions, signals, other processes, retention, reopening.
 */
#include <poll.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dynr/stream.h"
#include "local_fixture.h"

#define KEY_A  "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"}}"
#define ITEM_A "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"},\"n\":{\"N\":\"1\"}}"

static char path[512];

static bool is_readable(struct dynr_stream *stream, int timeout_ms)
{
    struct pollfd descriptor = {.fd = dynr_stream_fd(stream), .events = POLLIN};
    return poll(&descriptor, 1, timeout_ms) == 1;
}

static void put_numbered(struct fixture *f, int number)
{
    char item[128];
    (void)snprintf(item, sizeof item,
                   "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"%d\"},\"n\":{\"N\":\"%d\"}}", number,
                   number);
    fixture_put(f, item);
}

static void transact(struct fixture *f, const char *prefix, size_t n_operations)
{
    struct dynr_request request = fixture_transaction_of(f, prefix, n_operations);
    DYNR_ASSERT_STATUS(fixture_call(f, &request), DYNR_OK);
}

static void records_say_what_changed(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    struct dynr_stream *stream = fixture_open_stream(&f, 0);
    DYNR_ASSERT_INT(fixture_read_stream(&f, stream, 100).n_items, 0);
    fixture_put(&f, ITEM_A);
    struct dynr_request update = update_request(KEY_A, "SET n = :n", "{\":n\":{\"N\":\"2\"}}");
    f.clock.now_ms++;
    (void)fixture_call(&f, &update);
    struct dynr_request removal = delete_request(KEY_A);
    (void)fixture_call(&f, &removal);
    struct fixture_records all = fixture_read_stream(&f, stream, 100);
    if (DYNR_ASSERT_INT(all.n_items, 3)) {
        const struct dynr_record *records = all.items;
        const char *changed = "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"},\"n\":{\"N\":\"2\"}}";
        DYNR_ASSERT_INT(records[0].event, DYNR_EVENT_INSERT);
        DYNR_ASSERT_STR(records[0].old_image, "");
        DYNR_ASSERT_STR(records[0].new_image, ITEM_A);
        DYNR_ASSERT_INT(records[1].event, DYNR_EVENT_MODIFY);
        DYNR_ASSERT_STR(records[1].old_image, ITEM_A);
        DYNR_ASSERT_STR(records[1].new_image, changed);
        DYNR_ASSERT_INT(records[2].event, DYNR_EVENT_REMOVE);
        DYNR_ASSERT_STR(records[2].old_image, changed);
        DYNR_ASSERT_STR(records[2].new_image, "");
        DYNR_ASSERT_INT(records[0].created_ms, f.clock.now_ms - 1);
        for (size_t i = 0; i < 3; i++) {
            DYNR_ASSERT_INT(records[i].size, sizeof records[i]);
            DYNR_ASSERT_STR(records[i].table, "app");
            DYNR_ASSERT_STR(records[i].keys, KEY_A);
            DYNR_ASSERT_INT(records[i].position, i + 1);
            DYNR_ASSERT_INT(records[i].commit, i + 1);
            DYNR_ASSERT_INT(records[i].shard, 0);
        }
    }
    DYNR_ASSERT_INT(fixture_read_stream(&f, stream, 100).n_items, 0);
    dynr_stream_destroy(stream);
    fixture_close(&f);
}

static void transactions_are_never_cut(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    fixture_put(&f, ITEM_A);
    transact(&f, "x", 3);
    transact(&f, "y", 2);
    put_numbered(&f, 1);
    static const size_t sizes[] = {1, 3, 2, 1, 0};
    static const uint64_t ends[] = {1, 4, 6, 7};
    struct dynr_stream *stream = fixture_open_stream(&f, 0);
    for (size_t i = 0; i < 5; i++) {
        /* What is left keeps the descriptor readable. */
        DYNR_ASSERT_INT(is_readable(stream, 0), i < 4);
        struct fixture_records page = fixture_read_stream(&f, stream, 1);
        DYNR_ASSERT_INT(page.n_items, sizes[i]);
        for (size_t k = 0; k < page.n_items; k++) {
            DYNR_ASSERT_INT(page.items[k].commit, ends[i]);
        }
    }
    dynr_stream_destroy(stream);
    stream = fixture_open_stream(&f, 1);
    DYNR_ASSERT_INT(fixture_read_stream(&f, stream, 4).n_items, 5);
    DYNR_ASSERT_INT(fixture_read_stream(&f, stream, 4).n_items, 1);
    dynr_stream_destroy(stream);
    fixture_close(&f);
}

static void large_records_make_short_pages(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    char *text = malloc(300100);
    for (int i = 0; i < 8; i++) {
        int n = snprintf(text, 300100,
                         "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"%d\"},\"t\":{\"S\":\"", i);
        memset(text + n, 'x', 300000);
        memcpy(text + n + 300000, "\"}}", 4);
        fixture_put(&f, text);
    }
    free(text);
    struct dynr_stream *stream = fixture_open_stream(&f, 0);
    DYNR_ASSERT_INT(fixture_read_stream(&f, stream, 100).n_items, 4);
    DYNR_ASSERT(is_readable(stream, 0));
    DYNR_ASSERT_INT(fixture_read_stream(&f, stream, 100).n_items, 4);
    dynr_stream_destroy(stream);
    fixture_close(&f);
}

static void writes_are_signalled_before_they_are_answered(void)
{
    fixture_path(path, sizeof path, "signal");
    for (int kind = 0; kind < 2; kind++) {
        struct fixture f;
        fixture_open(&f, kind == 0 ? NULL : path, DYNR_DURABILITY_NONE);
        struct dynr_local_stream_options options = DYNR_LOCAL_STREAM_OPTIONS_INIT;
        struct dynr_stream *streams[2];
        options.tail_interval_ms = 3600000;
        for (int i = 0; i < 2; i++) {
            DYNR_ASSERT_STATUS(dynr_local_stream_open(f.backend, &options, &streams[i], &f.err),
                               DYNR_OK);
            DYNR_ASSERT(is_readable(streams[i], 0));
            DYNR_ASSERT_INT(fixture_read_stream(&f, streams[i], 10).n_items, 0);
            DYNR_ASSERT(!is_readable(streams[i], 0));
        }
        for (int round = 0; round < 3; round++) {
            put_numbered(&f, round);
            DYNR_ASSERT(is_readable(streams[0], 0) && is_readable(streams[1], 0));
            DYNR_ASSERT_INT(fixture_read_stream(&f, streams[0], 10).n_items, 1);
            DYNR_ASSERT(!is_readable(streams[0], 0));
        }
        /* No change, no signal. */
        put_numbered(&f, 2);
        DYNR_ASSERT(!is_readable(streams[0], 0));
        DYNR_ASSERT_INT(fixture_read_stream(&f, streams[1], 10).n_items, 3);
        DYNR_ASSERT(!is_readable(streams[1], 0));
        dynr_stream_destroy(streams[0]);
        put_numbered(&f, 9);
        DYNR_ASSERT_INT(fixture_read_stream(&f, streams[1], 10).n_items, 1);
        dynr_stream_destroy(streams[1]);
        put_numbered(&f, 10);
        fixture_close(&f);
    }
    (void)unlink(path);
}

static void *put_in_thread(void *context)
{
    put_numbered(context, 100);
    return NULL;
}

/** Who attends is not told of its own commits, but of those that it has not read when it stops, and of all others. */
static void who_attends_is_not_told_of_its_own(void)
{
    fixture_path(path, sizeof path, "attend");
    for (int kind = 0; kind < 2; kind++) {
        struct fixture f;
        fixture_open(&f, kind == 0 ? NULL : path, DYNR_DURABILITY_NONE);
        struct dynr_local_stream_options options = DYNR_LOCAL_STREAM_OPTIONS_INIT;
        struct dynr_stream *stream;
        struct dynr_stream *other;
        pthread_t thread;
        options.tail_interval_ms = 3600000;
        DYNR_ASSERT_STATUS(dynr_local_stream_open(f.backend, &options, &stream, &f.err), DYNR_OK);
        DYNR_ASSERT_STATUS(dynr_local_stream_open(f.backend, &options, &other, &f.err), DYNR_OK);
        DYNR_ASSERT_INT(fixture_read_stream(&f, stream, 10).n_items, 0);
        dynr_stream_attend(stream, true);
        put_numbered(&f, 1);
        DYNR_ASSERT(!is_readable(stream, 0) && is_readable(other, 0));
        DYNR_ASSERT_INT(fixture_read_stream(&f, stream, 10).n_items, 1);
        dynr_stream_attend(stream, false);
        DYNR_ASSERT(!is_readable(stream, 0));
        dynr_stream_attend(stream, true);
        put_numbered(&f, 2);
        dynr_stream_attend(stream, false);
        DYNR_ASSERT(is_readable(stream, 0));
        DYNR_ASSERT_INT(fixture_read_stream(&f, stream, 10).n_items, 1);
        DYNR_ASSERT(!is_readable(stream, 0));
        dynr_stream_attend(stream, true);
        if (DYNR_ASSERT(pthread_create(&thread, NULL, put_in_thread, &f) == 0)) {
            DYNR_ASSERT(pthread_join(thread, NULL) == 0);
        }
        DYNR_ASSERT(is_readable(stream, 0));
        DYNR_ASSERT_INT(fixture_read_stream(&f, stream, 10).n_items, 1);
        DYNR_ASSERT(!is_readable(stream, 0));
        dynr_stream_attend(stream, false);
        put_numbered(&f, 3);
        DYNR_ASSERT(is_readable(stream, 0));
        DYNR_ASSERT_INT(fixture_read_stream(&f, other, 10).n_items, 4);
        dynr_stream_destroy(stream);
        dynr_stream_destroy(other);
        fixture_close(&f);
    }
    (void)unlink(path);
}

static void readers_begin_where_they_are_told(void)
{
    struct fixture f;
    uint64_t position = 99;
    fixture_path(path, sizeof path, "begin");
    fixture_open(&f, path, DYNR_DURABILITY_NONE);
    DYNR_ASSERT_STATUS(dynr_local_stream_position(f.backend, &position, &f.err), DYNR_OK);
    DYNR_ASSERT_INT(position, 0);
    for (int i = 0; i < 5; i++) {
        put_numbered(&f, i);
    }
    DYNR_ASSERT_STATUS(dynr_local_stream_position(f.backend, &position, &f.err), DYNR_OK);
    DYNR_ASSERT_INT(position, 5);
    struct dynr_stream *fresh = fixture_open_stream(&f, DYNR_LOCAL_STREAM_NEW);
    struct dynr_stream *middle = fixture_open_stream(&f, 3);
    struct dynr_stream *end = fixture_open_stream(&f, 5);
    put_numbered(&f, 5);
    DYNR_ASSERT_INT(fixture_read_stream(&f, fresh, 10).n_items, 1);
    DYNR_ASSERT_INT(fixture_read_stream(&f, end, 10).n_items, 1);
    struct fixture_records records = fixture_read_stream(&f, middle, 10);
    DYNR_ASSERT_INT(records.n_items, 3);
    DYNR_ASSERT_INT(records.items[0].position, 4);
    dynr_stream_destroy(fresh);
    dynr_stream_destroy(middle);
    dynr_stream_destroy(end);
    struct dynr_local_stream_options options = DYNR_LOCAL_STREAM_OPTIONS_INIT;
    options.position = 7;
    DYNR_ASSERT_STATUS(dynr_local_stream_open(f.backend, &options, &fresh, &f.err),
                       DYNR_ERR_INVALID_ARGUMENT);
    DYNR_ASSERT(fresh == NULL);
    fixture_close(&f);
    /* The next process goes on. */
    fixture_open(&f, path, DYNR_DURABILITY_NONE);
    put_numbered(&f, 6);
    middle = fixture_open_stream(&f, 6);
    records = fixture_read_stream(&f, middle, 10);
    DYNR_ASSERT_INT(records.n_items, 1);
    DYNR_ASSERT_INT(records.items[0].position, 7);
    DYNR_ASSERT_STATUS(
        dynr_stream_read(middle, 0, &f.arena, &records.items, &records.n_items, &f.err),
        DYNR_ERR_INVALID_ARGUMENT);
    dynr_stream_destroy(middle);
    fixture_close(&f);
    (void)unlink(path);
}

static void records_outlive_their_table(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    fixture_put(&f, ITEM_A);
    struct dynr_request removal = request_for(DYNR_DELETE_TABLE);
    DYNR_ASSERT_STATUS(fixture_call(&f, &removal), DYNR_OK);
    struct dynr_stream *stream = fixture_open_stream(&f, 0);
    struct fixture_records records = fixture_read_stream(&f, stream, 10);
    if (DYNR_ASSERT_INT(records.n_items, 1)) {
        DYNR_ASSERT_STR(records.items[0].table, "app");
    }
    dynr_stream_destroy(stream);
    fixture_close(&f);
}

/* Another process writes `n_items` as soon as it is told to. Started before the parent opens the file. */
static pid_t start_process(int *out_go, int n_items)
{
    int go[2];
    char byte;
    if (pipe(go) != 0) {
        return -1;
    }
    pid_t child = fork();
    if (child == 0) {
        struct fixture f;
        (void)close(go[1]);
        if (read(go[0], &byte, 1) != 1) {
            _exit(2);
        }
        fixture_open(&f, path, DYNR_DURABILITY_NORMAL);
        for (int i = 0; i < n_items; i++) {
            put_numbered(&f, i);
        }
        fixture_close(&f);
        _exit(0);
    }
    (void)close(go[0]);
    *out_go = go[1];
    return child;
}

static void changes_of_other_processes_are_seen(void)
{
    enum {
        ITEMS = 50
    };
    struct fixture f;
    int go = -1;
    int outcome = -1;
    size_t n_seen = 0;
    fixture_path(path, sizeof path, "process");
    pid_t child = start_process(&go, ITEMS);
    fixture_open(&f, path, DYNR_DURABILITY_NORMAL);
    struct dynr_stream *stream = fixture_open_stream(&f, 0);
    DYNR_ASSERT_INT(fixture_read_stream(&f, stream, 10).n_items, 0);
    DYNR_ASSERT(write(go, "x", 1) == 1);
    for (int i = 0; n_seen < ITEMS && i < 2000 && is_readable(stream, 5000); i++) {
        struct fixture_records records = fixture_read_stream(&f, stream, 10);
        for (size_t k = 0; k < records.n_items; k++) {
            DYNR_ASSERT_INT(records.items[k].position, ++n_seen);
        }
    }
    DYNR_ASSERT_INT(n_seen, ITEMS);
    DYNR_ASSERT(waitpid(child, &outcome, 0) == child && outcome == 0);
    (void)close(go);
    dynr_stream_destroy(stream);
    fixture_close(&f);
    (void)unlink(path);
}

/* ---- retention ---- */

static void open_keeping(struct fixture *f, const char *file, uint32_t seconds)
{
    struct dynr_local_options options = DYNR_LOCAL_OPTIONS_INIT;
    fixture_open(f, file, DYNR_DURABILITY_NONE);
    if (file != NULL) {
        dynr_backend_destroy(f->backend);
        options.path = file;
        options.durability = DYNR_DURABILITY_NONE;
        options.clock = &f->clock.clock;
        options.stream_retention_s = seconds;
        DYNR_ASSERT_STATUS(dynr_local_open(&options, &f->backend, &f->err), DYNR_OK);
    }
}

/* The oldest record that is kept, and how many there are. */
static uint64_t oldest_position(struct fixture *f, size_t *out_count)
{
    struct dynr_stream *stream = fixture_open_stream(f, 0);
    struct fixture_records records = fixture_read_stream(f, stream, 100000);
    dynr_stream_destroy(stream);
    *out_count = records.n_items;
    return records.n_items == 0 ? 0 : records.items[0].position;
}

static void old_records_are_trimmed(void)
{
    struct fixture f;
    size_t count;
    uint64_t position;
    fixture_path(path, sizeof path, "trim");
    open_keeping(&f, path, 10);
    for (int i = 0; i < 300; i++) {
        put_numbered(&f, i);
    }
    struct dynr_stream *behind = fixture_open_stream(&f, 5);
    f.clock.now_ms += 9000;
    put_numbered(&f, 300);
    DYNR_ASSERT_INT(oldest_position(&f, &count), 1);
    f.clock.now_ms += 1001;
    /* Each write removes a bounded number. */
    put_numbered(&f, 301);
    uint64_t first = oldest_position(&f, &count);
    DYNR_ASSERT(first > 1 && first < 60);
    struct fixture_records records = {NULL, 0};
    DYNR_ASSERT_STATUS(
        dynr_stream_read(behind, 10, &f.arena, &records.items, &records.n_items, &f.err),
        DYNR_ERR_TRIMMED);
    DYNR_ASSERT(strstr(f.err.message, "stands at change 5") != NULL);
    for (int i = 302; i < 320; i++) {
        put_numbered(&f, i);
    }
    DYNR_ASSERT_INT(oldest_position(&f, &count), 301);
    DYNR_ASSERT_INT(count, 20);
    /* An old reader is not moved by itself. */
    DYNR_ASSERT_STATUS(
        dynr_stream_read(behind, 10, &f.arena, &records.items, &records.n_items, &f.err),
        DYNR_ERR_TRIMMED);
    dynr_stream_destroy(behind);
    /* All are old: the newest stays, so that the counter goes on also in another process. */
    f.clock.now_ms += 100000;
    fixture_close(&f);
    open_keeping(&f, path, 10);
    f.clock.now_ms += 200000;
    put_numbered(&f, 400);
    DYNR_ASSERT_INT(oldest_position(&f, &count), 321);
    DYNR_ASSERT_INT(count, 1);
    DYNR_ASSERT_STATUS(dynr_local_stream_position(f.backend, &position, &f.err), DYNR_OK);
    DYNR_ASSERT_INT(position, 321);
    fixture_close(&f);
    (void)unlink(path);
}

static void trimming_never_cuts_a_transaction(void)
{
    struct fixture f;
    size_t count;
    char prefix[16];
    fixture_path(path, sizeof path, "trim-whole");
    open_keeping(&f, path, 10);
    for (int i = 0; i < 12; i++) {
        (void)snprintf(prefix, sizeof prefix, "t%d", i);
        transact(&f, prefix, 7);
    }
    transact(&f, "large", 100);
    f.clock.now_ms += 11000;
    uint64_t last = 0;
    for (int i = 0; i < 12; i++) {
        put_numbered(&f, i);
        uint64_t first = oldest_position(&f, &count);
        DYNR_ASSERT((first <= 85 && (first - 1) % 7 == 0) || first > 184);
        DYNR_ASSERT(first >= last);
        last = first;
    }
    DYNR_ASSERT_INT(last, 185);
    fixture_close(&f);
    (void)unlink(path);
}

static void the_default_is_a_day(void)
{
    struct fixture f;
    size_t count;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    put_numbered(&f, 1);
    f.clock.now_ms += INT64_C(24) * 3600 * 1000;
    put_numbered(&f, 2);
    DYNR_ASSERT_INT(oldest_position(&f, &count), 1);
    f.clock.now_ms += 1;
    put_numbered(&f, 3);
    DYNR_ASSERT_INT(oldest_position(&f, &count), 2);
    fixture_close(&f);
}

/* ---- many writers ---- */

enum {
    WRITERS = 8
};

struct writer {
    struct dynr_backend *backend;
    pthread_t thread;
    int number;
    int n_rounds;
    uint64_t n_records;
    bool failed;
};

/* Transactions of one to four items, each with the transaction's own mark. Some are refused. */
static void *write_rounds(void *context)
{
    struct writer *writer = context;
    struct fixture f;
    memset(&f, 0, sizeof f);
    for (int i = 0; i < writer->n_rounds && !writer->failed; i++) {
        struct dynr_request operations[4];
        struct dynr_request request = request_for(DYNR_TRANSACT_WRITE_ITEMS);
        size_t n = (size_t)(1 + (i + writer->number) % 4);
        for (size_t k = 0; k < n; k++) {
            operations[k] = request_for(DYNR_PUT_ITEM);
            operations[k].item = dynr_arena_printf(
                &f.arena, "{\"pk\":{\"S\":\"w%d\"},\"sk\":{\"S\":\"%zu\"},\"t\":{\"S\":\"%d/%d\"}}",
                writer->number, k, writer->number, i);
        }
        bool is_refused = i % 7 == 3;
        if (is_refused) {
            operations[n - 1].condition = dynr_str_from_c("attribute_exists(nothing)");
        }
        request.operations = operations;
        request.n_operations = n;
        enum dynr_status status =
            dynr_backend_call(writer->backend, &request, &f.arena, &f.response, &f.err);
        writer->failed = status != (is_refused ? DYNR_ERR_TRANSACTION_CANCELED : DYNR_OK);
        writer->n_records += is_refused ? 0 : n;
        dynr_arena_reset(&f.arena);
    }
    dynr_arena_cleanup(&f.arena);
    return NULL;
}

static struct dynr_str mark_of(const struct dynr_record *record)
{
    const char *at = strstr(record->new_image.ptr, "\"t\":{\"S\":\"") + 10;
    return dynr_str_make(at, (size_t)(strchr(at, '"') - at));
}

struct follower {
    struct dynr_stream *stream;
    pthread_t thread;
    uint64_t n_seen;
    uint64_t n_expected;
    const char *fault;
};

/* A page is whole transactions: marks and commits change together, and the last record is the end of its own. */
static const char *check_page(struct follower *follower, const struct dynr_record *records,
                              size_t n_records)
{
    for (size_t i = 0; i < n_records; i++) {
        const struct dynr_record *record = &records[i];
        if (record->position != follower->n_seen + 1) {
            return "a record is missing or stands there twice";
        }
        follower->n_seen++;
        bool ends = record->commit == record->position;
        if (i + 1 == n_records) {
            return ends ? NULL : "a page ends within a transaction";
        }
        bool same_mark = dynr_str_equal(mark_of(record), mark_of(&records[i + 1]));
        if (same_mark == ends || (same_mark && record->commit != records[i + 1].commit)) {
            return "a commit is not a transaction";
        }
    }
    return NULL;
}

static void *follow(void *context)
{
    struct follower *follower = context;
    struct dynr_arena arena = {0};
    while (follower->fault == NULL && follower->n_seen < follower->n_expected) {
        const struct dynr_record *records;
        size_t n_records;
        struct dynr_error err;
        if (!is_readable(follower->stream, 10000)) {
            follower->fault = "nothing comes any more";
        } else if (dynr_stream_read(follower->stream, 5, &arena, &records, &n_records, &err) !=
                   DYNR_OK) {
            follower->fault = "reading failed";
        } else {
            follower->fault = check_page(follower, records, n_records);
        }
        dynr_arena_reset(&arena);
    }
    dynr_arena_cleanup(&arena);
    return NULL;
}

static void follow_writers(const char *file, int n_rounds)
{
    struct fixture f;
    struct writer writers[WRITERS];
    struct follower followers[2];
    uint64_t n_expected = 0;
    fixture_open(&f, file, DYNR_DURABILITY_NORMAL);
    for (int w = 0; w < WRITERS; w++) {
        for (int i = 0; i < n_rounds; i++) {
            n_expected += i % 7 == 3 ? 0 : (uint64_t)(1 + (i + w) % 4);
        }
    }
    for (int i = 0; i < 2; i++) {
        struct dynr_local_stream_options options = DYNR_LOCAL_STREAM_OPTIONS_INIT;
        options.tail_interval_ms = 3600000;
        memset(&followers[i], 0, sizeof followers[i]);
        DYNR_ASSERT_STATUS(
            dynr_local_stream_open(f.backend, &options, &followers[i].stream, &f.err), DYNR_OK);
        followers[i].n_expected = n_expected;
        (void)pthread_create(&followers[i].thread, NULL, follow, &followers[i]);
    }
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){.backend = f.backend, .number = i, .n_rounds = n_rounds};
        (void)pthread_create(&writers[i].thread, NULL, write_rounds, &writers[i]);
    }
    for (int i = 0; i < WRITERS; i++) {
        (void)pthread_join(writers[i].thread, NULL);
        DYNR_ASSERT(!writers[i].failed);
    }
    for (int i = 0; i < 2; i++) {
        (void)pthread_join(followers[i].thread, NULL);
        DYNR_ASSERT_STR(dynr_str_from_c(followers[i].fault), "");
        DYNR_ASSERT_INT(followers[i].n_seen, n_expected);
        dynr_stream_destroy(followers[i].stream);
    }
    fixture_close(&f);
}

static void nothing_is_lost_or_cut_in_memory(void)
{
    follow_writers(NULL, 100);
}

static void nothing_is_lost_or_cut_in_a_file(void)
{
    fixture_path(path, sizeof path, "follow");
    follow_writers(path, 100);
    (void)unlink(path);
}

static void readers_may_come_and_go_while_others_write(void)
{
    struct fixture f;
    struct writer writers[2];
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    for (int i = 0; i < 2; i++) {
        writers[i] = (struct writer){.backend = f.backend, .number = i, .n_rounds = 200};
        (void)pthread_create(&writers[i].thread, NULL, write_rounds, &writers[i]);
    }
    for (int i = 0; i < 200; i++) {
        struct dynr_stream *stream =
            fixture_open_stream(&f, i % 2 == 0 ? 0 : DYNR_LOCAL_STREAM_NEW);
        struct fixture_records records = fixture_read_stream(&f, stream, 3);
        DYNR_ASSERT(i % 2 != 0 || records.n_items == 0 || records.items[0].position == 1);
        dynr_stream_destroy(stream);
        dynr_arena_reset(&f.arena);
    }
    for (int i = 0; i < 2; i++) {
        (void)pthread_join(writers[i].thread, NULL);
        DYNR_ASSERT(!writers[i].failed);
    }
    fixture_close(&f);
}

/* ---- the rest ---- */

static void a_replayed_transaction_answers_its_position(void)
{
    struct fixture f;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    struct dynr_request request = fixture_transaction_of(&f, "x", 2);
    request.client_token = TEXT("token");
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_INT(f.response.position, 2);
    put_numbered(&f, 1);
    DYNR_ASSERT_STATUS(fixture_call(&f, &request), DYNR_OK);
    DYNR_ASSERT_INT(f.response.position, 2);
    fixture_close(&f);
}

static bool execute(sqlite3 *db, const char *sql)
{
    char *message = NULL;
    int code = sqlite3_exec(db, sql, NULL, NULL, &message);
    if (code != SQLITE_OK) {
        (void)fprintf(stderr, "%s\n", message);
    }
    sqlite3_free(message);
    return code == SQLITE_OK;
}

/* ---- terms ---- */

static bool same_key(const struct dynr_stream_term *a, const struct dynr_stream_term *b)
{
    return memcmp(a->key, b->key, sizeof a->key) == 0;
}

/* A term of a new store object on the file, after `n_puts` writes. */
static size_t next_term(uint64_t program, int n_puts, struct dynr_stream_term *out)
{
    struct fixture f;
    struct dynr_error err;
    size_t n_terms = 0;
    fixture_open(&f, path, DYNR_DURABILITY_NONE);
    for (int i = 0; i < n_puts; i++) {
        /* An item that stays as it is makes no record. */
        static int number;
        put_numbered(&f, number++);
    }
    DYNR_ASSERT_STATUS(dynr_local_stream_begin_term(f.backend, program, out, &n_terms, &err),
                       DYNR_OK);
    fixture_close(&f);
    return n_terms;
}

static void terms_end_where_others_begin(void)
{
    struct dynr_stream_term a[DYNR_STREAM_TERMS_MAX];
    struct dynr_stream_term b[DYNR_STREAM_TERMS_MAX];
    fixture_path(path, sizeof path, "terms");
    DYNR_ASSERT_INT(next_term(1, 0, a), 1);
    DYNR_ASSERT(a[0].end == UINT64_MAX);
    DYNR_ASSERT_INT(next_term(1, 3, b), 2);
    DYNR_ASSERT(same_key(&b[1], &a[0]));
    DYNR_ASSERT(b[0].end == UINT64_MAX);
    DYNR_ASSERT_INT(b[1].end, 3);
    /* Another program has none before it, and still ends those of the first. */
    DYNR_ASSERT_INT(next_term(2, 2, b), 1);
    DYNR_ASSERT_INT(next_term(1, 4, b), 3);
    DYNR_ASSERT_INT(b[1].end, 5);
    DYNR_ASSERT_INT(b[2].end, 3);
    DYNR_ASSERT(same_key(&b[2], &a[0]));
    /* Nobody knows what program it is. */
    DYNR_ASSERT_INT(next_term(0, 0, b), 1);
    DYNR_ASSERT_INT(next_term(0, 0, b), 1);
    for (int i = 0; i < DYNR_STREAM_TERMS_MAX + 2; i++) {
        (void)next_term(1, 0, b);
    }
    DYNR_ASSERT_INT(next_term(1, 0, b), DYNR_STREAM_TERMS_MAX);
    (void)unlink(path);
    DYNR_ASSERT_INT(next_term(1, 0, b), 1);
    (void)unlink(path);
}

static void each_term_has_a_key_of_its_own(void)
{
    struct fixture f;
    struct dynr_stream_term terms[DYNR_STREAM_TERMS_MAX];
    size_t n_terms = 0;
    fixture_open(&f, ":memory:", DYNR_DURABILITY_NONE);
    for (int i = 0; i < 3; i++) {
        DYNR_ASSERT_STATUS(dynr_local_stream_begin_term(f.backend, 1, terms, &n_terms, &f.err),
                           DYNR_OK);
    }
    if (DYNR_ASSERT_INT(n_terms, 3)) {
        DYNR_ASSERT(!same_key(&terms[0], &terms[1]));
        DYNR_ASSERT(!same_key(&terms[1], &terms[2]));
        DYNR_ASSERT(!same_key(&terms[0], &terms[2]));
    }
    fixture_close(&f);
}

/* A file that lost its end began a term before one that it remembers. */
static void no_term_reaches_into_lost_history(void)
{
    struct dynr_stream_term terms[DYNR_STREAM_TERMS_MAX];
    sqlite3 *db;
    fixture_path(path, sizeof path, "lost-terms");
    (void)next_term(1, 2, terms);
    (void)next_term(1, 2, terms);
    DYNR_ASSERT_INT(sqlite3_open(path, &db), SQLITE_OK);
    DYNR_ASSERT(execute(db, "DELETE FROM stream_record WHERE sequence>1"));
    DYNR_ASSERT_INT(sqlite3_close(db), SQLITE_OK);
    DYNR_ASSERT_INT(next_term(1, 0, terms), 3);
    DYNR_ASSERT_INT(terms[1].end, 1);
    DYNR_ASSERT_INT(terms[2].end, 1);
    (void)unlink(path);
}

/* Options of a caller that was compiled before there was a retention. */
static void older_options_are_taken(void)
{
    struct dynr_local_options options = DYNR_LOCAL_OPTIONS_INIT;
    struct dynr_backend *backend;
    struct dynr_error err;
    options.size = offsetof(struct dynr_local_options, stream_retention_s);
    DYNR_ASSERT_STATUS(dynr_local_open(&options, &backend, &err), DYNR_OK);
    dynr_backend_destroy(backend);
    options.size = 8;
    DYNR_ASSERT_STATUS(dynr_local_open(&options, &backend, &err), DYNR_ERR_INVALID_ARGUMENT);
}

static void other_backends_have_no_stream(void)
{
    static const struct dynr_backend_methods methods = {.size = sizeof methods};
    struct dynr_backend other = {&methods};
    struct dynr_stream *stream;
    struct dynr_stream_term terms[DYNR_STREAM_TERMS_MAX];
    size_t n_terms;
    struct dynr_error err;
    DYNR_ASSERT_STATUS(dynr_local_stream_begin_term(&other, 1, terms, &n_terms, &err),
                       DYNR_ERR_INVALID_ARGUMENT);
    uint64_t position;
    DYNR_ASSERT_STATUS(dynr_local_stream_open(&other, NULL, &stream, &err),
                       DYNR_ERR_INVALID_ARGUMENT);
    DYNR_ASSERT_STATUS(dynr_local_stream_position(&other, &position, &err),
                       DYNR_ERR_INVALID_ARGUMENT);
    dynr_stream_destroy(NULL);
}

static void every_failing_allocation_is_an_answer(void)
{
    struct fixture f;
    bool succeeded = false;
    fixture_open(&f, NULL, DYNR_DURABILITY_NONE);
    for (int i = 0; i < 40; i++) {
        put_numbered(&f, i);
    }
    struct dynr_stream *stream = fixture_open_stream(&f, 0);
    for (size_t fail_at = 1; !succeeded && fail_at < 1000; fail_at++) {
        struct dynr_test_memory memory;
        struct dynr_arena arena;
        const struct dynr_record *records;
        size_t n_records = 0;
        dynr_test_memory_init(&memory, fail_at);
        dynr_arena_init(&arena, &memory.allocator, 0);
        enum dynr_status status =
            dynr_stream_read(stream, 100, &arena, &records, &n_records, &f.err);
        succeeded = status == DYNR_OK;
        /* A read that failed is tried again from where it was. */
        DYNR_ASSERT(status == DYNR_OK ? n_records == 40 : status == DYNR_ERR_NO_MEMORY);
        DYNR_ASSERT(succeeded || is_readable(stream, 0));
        dynr_arena_cleanup(&arena);
        DYNR_ASSERT_INT(memory.n_blocks, 0);
        DYNR_ASSERT(!memory.misused);
    }
    DYNR_ASSERT(succeeded);
    dynr_stream_destroy(stream);
    fixture_close(&f);
}

int main(void)
{
    static const struct dynr_test tests[] = {
        /* Forks: before any other test opens a store. */
        DYNR_TEST(changes_of_other_processes_are_seen),
        DYNR_TEST(records_say_what_changed),
        DYNR_TEST(transactions_are_never_cut),
        DYNR_TEST(large_records_make_short_pages),
        DYNR_TEST(writes_are_signalled_before_they_are_answered),
        DYNR_TEST(who_attends_is_not_told_of_its_own),
        DYNR_TEST(readers_begin_where_they_are_told),
        DYNR_TEST(records_outlive_their_table),
        DYNR_TEST(old_records_are_trimmed),
        DYNR_TEST(trimming_never_cuts_a_transaction),
        DYNR_TEST(the_default_is_a_day),
        DYNR_TEST(nothing_is_lost_or_cut_in_memory),
        DYNR_TEST(nothing_is_lost_or_cut_in_a_file),
        DYNR_TEST(readers_may_come_and_go_while_others_write),
        DYNR_TEST(a_replayed_transaction_answers_its_position),
        DYNR_TEST(terms_end_where_others_begin),
        DYNR_TEST(each_term_has_a_key_of_its_own),
        DYNR_TEST(no_term_reaches_into_lost_history),
        DYNR_TEST(older_options_are_taken),
        DYNR_TEST(other_backends_have_no_stream),
        DYNR_TEST(every_failing_allocation_is_an_answer),
    };
    return dynr_test_main("local-stream", tests, DYNR_TEST_COUNT(tests));
}
