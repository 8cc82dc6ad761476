/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writers work until the power goes at a random disk operation; the store is opened again on what
 * the disk kept, and must hold everything that was acknowledged, with indexes and change records
 * that agree with the items. Many rounds on one file. A reader follows the changes meanwhile: what it was given must be there, too.
 *
 * Usage: test-power-cut [seed [rounds]]
 */
#include <poll.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/map.h"
#include "cut_vfs.h"
#include "ddb/attribute.h"
#include "dynr/local.h"
#include "dynr/stream.h"
#include "test_main.h"
#include "test_tools.h"

enum {
    WRITERS = 4,
    KEYS = 8
};

/* What a writer knows of its keys: values count up, 0 is "no item". */
struct writer {
    struct dynr_backend *backend;
    pthread_t thread;
    int number;
    struct dynr_test_random random;
    uint64_t acknowledged[KEYS];
    uint64_t attempted[KEYS];
    uint64_t last_value;
    uint64_t n_acknowledged;
};

/* What a reader was given so far: a digest of each record, by position. */
struct follower {
    struct dynr_stream *stream;
    pthread_t thread;
    uint64_t *digests;
    size_t n_digests;
    size_t cap_digests;
};

static char path[512];
static struct follower follower;
static uint64_t first_seed = 4711;
static uint64_t n_rounds = 40;
static struct writer writers[WRITERS];

static enum dynr_status open_store(const char *vfs, struct dynr_backend **out,
                                   struct dynr_error *err)
{
    struct dynr_local_options options = DYNR_LOCAL_OPTIONS_INIT;
    options.path = path;
    options.vfs = vfs;
    return dynr_local_open(&options, out, err);
}

static void create_table(void)
{
    static const struct dynr_str included[] = {{"v", 1}};
    static const struct dynr_index_definition indexes[] = {
        {.name = {"all", 3}, .partition_key = {{"g", 1}, 'S'}, .sort_key = {{"v", 1}, 'N'}},
        {.name = {"part", 4},
         .partition_key = {{"g", 1}, 'S'},
         .projection = DYNR_PROJECT_INCLUDE,
         .included = included,
         .n_included = 1},
    };
    static const struct dynr_table_definition table = {.name = {"app", 3},
                                                       .partition_key = {{"pk", 2}, 'S'},
                                                       .sort_key = {{"sk", 2}, 'S'},
                                                       .indexes = indexes,
                                                       .n_indexes = 2,
                                                       .stream = true};
    struct dynr_backend *backend;
    struct dynr_arena arena = {0};
    struct dynr_response response;
    struct dynr_error err = {0};
    struct dynr_request request = DYNR_REQUEST_INIT;
    request.operation = DYNR_CREATE_TABLE;
    request.definition = &table;
    DYNR_ASSERT_STATUS(open_store(NULL, &backend, &err), DYNR_OK);
    DYNR_ASSERT_STATUS(dynr_backend_call(backend, &request, &arena, &response, &err), DYNR_OK);
    dynr_backend_destroy(backend);
    dynr_arena_cleanup(&arena);
}

/* ---- records ---- */

static uint64_t digest_text(uint64_t digest, struct dynr_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        digest = (digest ^ (unsigned char)text.ptr[i]) * 0x100000001b3u;
    }
    return (digest ^ text.len) * 0x100000001b3u;
}

static uint64_t digest_of(const struct dynr_record *record)
{
    uint64_t digest = 0xcbf29ce484222325u ^ record->commit ^ (uint64_t)record->event << 60;
    digest = digest_text(digest, record->keys);
    digest = digest_text(digest, record->old_image);
    return digest_text(digest, record->new_image);
}

static void note_digest(uint64_t digest)
{
    if (follower.n_digests == follower.cap_digests) {
        follower.cap_digests = follower.cap_digests == 0 ? 1024 : follower.cap_digests * 2;
        follower.digests =
            realloc(follower.digests, follower.cap_digests * sizeof *follower.digests);
    }
    follower.digests[follower.n_digests++] = digest;
}

/* Follows until the power is gone and nothing more comes. */
static void *run_follower(void *context)
{
    struct dynr_arena arena = {0};
    (void)context;
    for (;;) {
        const struct dynr_record *records;
        size_t n_records;
        struct dynr_error err;
        struct pollfd descriptor = {.fd = dynr_stream_fd(follower.stream), .events = POLLIN};
        bool is_cut = cut_vfs_is_cut();
        (void)poll(&descriptor, 1, 5);
        if (dynr_stream_read(follower.stream, 10, &arena, &records, &n_records, &err) != DYNR_OK ||
            (n_records == 0 && is_cut)) {
            break;
        }
        for (size_t i = 0; i < n_records; i++) {
            if (!DYNR_ASSERT_INT(records[i].position, follower.n_digests + 1)) {
                break;
            }
            note_digest(digest_of(&records[i]));
        }
        dynr_arena_reset(&arena);
    }
    dynr_arena_cleanup(&arena);
    return NULL;
}

/* ---- until the cut ---- */

static struct dynr_request write_request(struct writer *writer, int key, uint64_t value,
                                         struct dynr_arena *arena)
{
    struct dynr_request request = DYNR_REQUEST_INIT;
    request.table = dynr_str_from_c("app");
    if (value == 0) {
        request.operation = DYNR_DELETE_ITEM;
        request.key = dynr_arena_printf(arena, "{\"pk\":{\"S\":\"w%d\"},\"sk\":{\"S\":\"k%d\"}}",
                                        writer->number, key);
        return request;
    }
    char fill[3001];
    size_t n_fill = (size_t)dynr_test_random_below(&writer->random, sizeof fill);
    memset(fill, 'f', n_fill);
    request.operation = DYNR_PUT_ITEM;
    request.item = dynr_arena_printf(arena,
                                     "{\"pk\":{\"S\":\"w%d\"},\"sk\":{\"S\":\"k%d\"},\"g\":{\"S\":"
                                     "\"g%d\"},\"v\":{\"N\":\"%llu\"},"
                                     "\"f\":{\"S\":\"%.*s\"}}",
                                     writer->number, key, (int)(value % 3),
                                     (unsigned long long)value, (int)n_fill, fill);
    return request;
}

/* One write, or two in a transaction: keys 0 and 1 are always written together. */
static bool write_something(struct writer *writer, struct dynr_arena *arena)
{
    struct dynr_response response;
    struct dynr_error err = {0};
    int key = (int)dynr_test_random_below(&writer->random, KEYS);
    bool is_pair = key < 2;
    uint64_t value = dynr_test_random_below(&writer->random, 5) == 0 ? 0 : ++writer->last_value;
    struct dynr_request operations[2];
    key = is_pair ? 0 : key;
    operations[0] = write_request(writer, key, value, arena);
    writer->attempted[key] = value;
    struct dynr_request request = operations[0];
    if (is_pair) {
        operations[1] = write_request(writer, 1, value, arena);
        writer->attempted[1] = value;
        memset(&request, 0, sizeof request);
        request.size = sizeof request;
        request.operation = DYNR_TRANSACT_WRITE_ITEMS;
        request.operations = operations;
        request.n_operations = 2;
    }
    if (dynr_backend_call(writer->backend, &request, arena, &response, &err) != DYNR_OK) {
        return false;
    }
    writer->acknowledged[key] = value;
    if (is_pair) {
        writer->acknowledged[1] = value;
    }
    writer->n_acknowledged++;
    return true;
}

static void *run_writer(void *context)
{
    struct dynr_arena arena = {0};
    while (write_something(context, &arena)) {
        dynr_arena_reset(&arena);
    }
    dynr_arena_cleanup(&arena);
    return NULL;
}

/* Checkpoints move what is in the log to the database while the writers go on. */
static void *run_checkpoints(void *context)
{
    sqlite3 *db = context;
    while (!cut_vfs_is_cut()) {
        (void)sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
        (void)sqlite3_sleep(1);
    }
    return NULL;
}

static void work_until_the_cut(struct dynr_test_random *random)
{
    struct dynr_backend *backend;
    struct dynr_error err = {0};
    sqlite3 *db;
    pthread_t checkpoints;
    if (!DYNR_ASSERT_STATUS(open_store(CUT_VFS_NAME, &backend, &err), DYNR_OK)) {
        (void)fprintf(stderr, "%s\n", err.message);
        return;
    }
    DYNR_ASSERT_INT(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, CUT_VFS_NAME), SQLITE_OK);
    (void)sqlite3_busy_timeout(db, 50);
    struct dynr_local_stream_options following = DYNR_LOCAL_STREAM_OPTIONS_INIT;
    following.position = follower.n_digests;
    DYNR_ASSERT_STATUS(dynr_local_stream_open(backend, &following, &follower.stream, &err),
                       DYNR_OK);
    cut_vfs_arm(1 + dynr_test_random_below(random, 1500));
    DYNR_ASSERT_INT(pthread_create(&checkpoints, NULL, run_checkpoints, db), 0);
    DYNR_ASSERT_INT(pthread_create(&follower.thread, NULL, run_follower, NULL), 0);
    for (int i = 0; i < WRITERS; i++) {
        writers[i].backend = backend;
        writers[i].number = i;
        writers[i].random.state = dynr_test_random_next(random) | 1;
        DYNR_ASSERT_INT(pthread_create(&writers[i].thread, NULL, run_writer, &writers[i]), 0);
    }
    for (int i = 0; i < WRITERS; i++) {
        (void)pthread_join(writers[i].thread, NULL);
    }
    (void)pthread_join(checkpoints, NULL);
    (void)pthread_join(follower.thread, NULL);
    dynr_stream_destroy(follower.stream);
    (void)sqlite3_close(db);
    dynr_backend_destroy(backend);
}

/* ---- after it ---- */

struct items {
    struct dynr_str *texts;
    size_t n_texts;
};

static bool read_all(struct dynr_backend *backend, const char *index, struct dynr_arena *arena,
                     struct items *out)
{
    struct dynr_error err = {0};
    struct dynr_response response;
    struct dynr_request request = DYNR_REQUEST_INIT;
    request.operation = DYNR_SCAN;
    request.table = dynr_str_from_c("app");
    request.index = dynr_str_from_c(index);
    if (!DYNR_ASSERT_STATUS(dynr_backend_call(backend, &request, arena, &response, &err),
                            DYNR_OK)) {
        return false;
    }
    out->texts = dynr_arena_calloc(arena, response.n_items, sizeof *out->texts);
    out->n_texts = response.n_items;
    memcpy(out->texts, response.items, response.n_items * sizeof *out->texts);
    return DYNR_ASSERT(response.last_key.len == 0);
}

static struct dynr_str part_of(struct dynr_str item, const char *name)
{
    struct dynr_str out = {NULL, 0};
    (void)dynr_item_find(item, dynr_str_from_c(name), &out, NULL);
    return out;
}

static bool same_part(struct dynr_str a, struct dynr_str b, const char *name)
{
    return dynr_str_equal(part_of(a, name), part_of(b, name));
}

/* Each index has each item once, with the parts that it projects. */
static bool index_agrees(const struct items *items, const struct items *index, bool is_whole)
{
    bool agrees = DYNR_ASSERT_INT(index->n_texts, items->n_texts);
    for (size_t i = 0; agrees && i < items->n_texts; i++) {
        size_t n_found = 0;
        for (size_t k = 0; k < index->n_texts; k++) {
            struct dynr_str entry = index->texts[k];
            bool is_same = same_part(entry, items->texts[i], "pk") &&
                           same_part(entry, items->texts[i], "sk") &&
                           same_part(entry, items->texts[i], "g") &&
                           same_part(entry, items->texts[i], "v") &&
                           (!is_whole || dynr_str_equal(entry, items->texts[i]));
            n_found += is_same ? 1 : 0;
        }
        agrees = DYNR_ASSERT_INT(n_found, 1);
    }
    return agrees;
}

/* Takes one record in: it must start where the last one of its item ended. */
static bool replay(struct dynr_map *images, const struct dynr_record *record,
                   struct dynr_arena *arena)
{
    struct dynr_str key = record->keys;
    const struct dynr_str *before = dynr_map_get(images, key);
    struct dynr_str *after = dynr_arena_calloc(arena, 1, sizeof *after);
    *after = record->new_image;
    return DYNR_ASSERT(dynr_str_equal(before == NULL ? dynr_str_make(NULL, 0) : *before,
                                      record->old_image)) &&
           DYNR_ASSERT(dynr_map_put(images, key, after, NULL)) &&
           DYNR_ASSERT(record->position > follower.n_digests ||
                       follower.digests[record->position - 1] == digest_of(record));
}

/* Both items of a pair are written in one transaction, thus delivered in one. */
static bool pairs_agree(const struct dynr_record *records, size_t n_records)
{
    for (size_t i = 0; i < n_records; i++) {
        const char *first = strstr(records[i].keys.ptr, "\"k0\"");
        if (first != NULL &&
            !DYNR_ASSERT(i + 1 < n_records && records[i].commit == records[i + 1].commit &&
                         strstr(records[i + 1].keys.ptr, "\"k1\"") != NULL)) {
            return false;
        }
    }
    return true;
}

/* Replayed from the beginning, the change records give the items. */
static bool records_agree(struct dynr_backend *backend, const struct items *items,
                          struct dynr_arena *arena)
{
    struct dynr_map images = {0};
    struct dynr_stream *stream;
    struct dynr_error err = {0};
    const struct dynr_record *records;
    size_t n_records = 0;
    size_t n_present = 0;
    uint64_t position = 0;
    bool agrees = DYNR_ASSERT_STATUS(dynr_local_stream_open(backend, NULL, &stream, &err), DYNR_OK);
    while (agrees &&
           DYNR_ASSERT_STATUS(dynr_stream_read(stream, 100, arena, &records, &n_records, &err),
                              DYNR_OK) &&
           n_records > 0) {
        agrees = pairs_agree(records, n_records);
        for (size_t i = 0; agrees && i < n_records; i++) {
            agrees = DYNR_ASSERT_INT(records[i].position, ++position) &&
                     replay(&images, &records[i], arena);
        }
    }
    dynr_stream_destroy(stream);
    /* Nothing that was delivered is gone. */
    agrees = agrees && DYNR_ASSERT(position >= follower.n_digests);
    for (size_t i = 0; i < images.n_entries; i++) {
        const struct dynr_str *image = images.entries[i].value;
        bool is_item = false;
        for (size_t k = 0; k < items->n_texts; k++) {
            is_item = is_item || dynr_str_equal(items->texts[k], *image);
        }
        n_present += image->len > 0 ? 1 : 0;
        agrees = agrees && DYNR_ASSERT(image->len == 0 || is_item);
    }
    dynr_map_cleanup(&images);
    return agrees && DYNR_ASSERT_INT(n_present, items->n_texts);
}

static uint64_t value_of(const struct items *items, int writer, int key)
{
    char pk[32];
    char sk[32];
    (void)snprintf(pk, sizeof pk, "{\"S\":\"w%d\"}", writer);
    (void)snprintf(sk, sizeof sk, "{\"S\":\"k%d\"}", key);
    for (size_t i = 0; i < items->n_texts; i++) {
        if (dynr_str_equal_c(part_of(items->texts[i], "pk"), pk) &&
            dynr_str_equal_c(part_of(items->texts[i], "sk"), sk)) {
            return strtoull(part_of(items->texts[i], "v").ptr + 6, NULL, 10);
        }
    }
    return 0;
}

static bool acknowledged_agree(const struct items *items)
{
    bool agrees = true;
    for (int w = 0; w < WRITERS; w++) {
        for (int k = 0; k < KEYS; k++) {
            uint64_t value = value_of(items, w, k);
            if (value != writers[w].acknowledged[k] && value != writers[w].attempted[k]) {
                (void)fprintf(stderr, "writer %d key %d: %llu, acknowledged %llu, attempted %llu\n",
                              w, k, (unsigned long long)value,
                              (unsigned long long)writers[w].acknowledged[k],
                              (unsigned long long)writers[w].attempted[k]);
                agrees = DYNR_ASSERT(false);
            }
            writers[w].acknowledged[k] = writers[w].attempted[k] = value;
        }
        agrees = DYNR_ASSERT(value_of(items, w, 0) == value_of(items, w, 1)) && agrees;
    }
    return agrees;
}

static bool check_store(void)
{
    struct dynr_backend *backend;
    struct dynr_arena arena = {0};
    struct dynr_error err = {0};
    struct items items;
    struct items index;
    sqlite3 *db;
    sqlite3_stmt *statement;
    if (!DYNR_ASSERT_STATUS(open_store(NULL, &backend, &err), DYNR_OK)) {
        (void)fprintf(stderr, "%s\n", err.message);
        return false;
    }
    bool agrees =
        DYNR_ASSERT_INT(sqlite3_open(path, &db), SQLITE_OK) &&
        DYNR_ASSERT_INT(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &statement, NULL),
                        SQLITE_OK);
    if (agrees && DYNR_ASSERT_INT(sqlite3_step(statement), SQLITE_ROW)) {
        agrees =
            DYNR_ASSERT_STR(dynr_str_from_c((const char *)sqlite3_column_text(statement, 0)), "ok");
        (void)sqlite3_finalize(statement);
    }
    agrees = agrees && read_all(backend, "", &arena, &items) && acknowledged_agree(&items) &&
             read_all(backend, "all", &arena, &index) && index_agrees(&items, &index, true) &&
             read_all(backend, "part", &arena, &index) && index_agrees(&items, &index, false) &&
             records_agree(backend, &items, &arena);
    (void)sqlite3_close(db);
    dynr_backend_destroy(backend);
    dynr_arena_cleanup(&arena);
    return agrees;
}

static void nothing_acknowledged_is_lost(void)
{
    struct dynr_test_random random = {.state = first_seed | 1};
    const char *folder = getenv("TMPDIR");
    uint64_t n_acknowledged = 0;
    bool agrees = DYNR_ASSERT(cut_vfs_register());
    (void)snprintf(path, sizeof path, "%s/dynr-power-%ld", folder == NULL ? "/tmp" : folder,
                   (long)getpid());
    create_table();
    for (uint64_t round = 0; agrees && round < n_rounds; round++) {
        work_until_the_cut(&random);
        agrees = DYNR_ASSERT(cut_vfs_is_cut()) &&
                 DYNR_ASSERT(cut_vfs_restore(dynr_test_random_next(&random))) && check_store();
        if (!agrees) {
            (void)fprintf(stderr, "seed %llu, round %llu; the store is kept as %s\n",
                          (unsigned long long)first_seed, (unsigned long long)round, path);
        }
    }
    for (int i = 0; i < WRITERS; i++) {
        n_acknowledged += writers[i].n_acknowledged;
    }
    (void)fprintf(stderr, "%llu rounds, %llu acknowledged writes, %zu records followed\n",
                  (unsigned long long)n_rounds, (unsigned long long)n_acknowledged,
                  follower.n_digests);
    DYNR_ASSERT(n_acknowledged > n_rounds);
    DYNR_ASSERT(follower.n_digests > n_rounds);
    free(follower.digests);
    if (agrees) {
        (void)unlink(path);
    }
}

int main(int argc, char **argv)
{
    static const struct dynr_test tests[] = {DYNR_TEST(nothing_acknowledged_is_lost)};
    if (argc > 1) {
        first_seed = strtoull(argv[1], NULL, 10);
    }
    if (argc > 2) {
        n_rounds = strtoull(argv[2], NULL, 10);
    }
    return dynr_test_main("power-cut", tests, DYNR_TEST_COUNT(tests));
}
