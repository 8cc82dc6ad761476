/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random operations on the store and on the simplest model of it: an array of items. After every
 * batch the whole table, every partition of every index (paged at random, both ways) and the change
 * records since the last batch are compared.
 *
 * Usage: test-local-model [seed [operations]]; without arguments a fixed seed and 50,000
 * operations.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "local_fixture.h"

enum {
    PARTITIONS = 6,
    SORTS = 12,
    GROUPS = 3,
    RANKS = 4,
    LEVELS = 3,
    BATCH = 500
};

/* Of an optional attribute: 0 means absent. */
struct model_item {
    bool exists;
    int group;
    int rank;
    int level;
    int title;
    int count;
};

struct model {
    struct fixture f;
    struct dynr_test_random random;
    struct model_item items[PARTITIONS][SORTS];
    /* What the change records say. */
    struct model_item replayed[PARTITIONS][SORTS];
    sqlite3 *db;
    sqlite3_stmt *records;
    sqlite3_int64 last_sequence;
    uint64_t n_records;
    uint64_t n_expected_records;
};

static uint64_t model_seed = 20260729;
static int model_operations = 50000;

static int below(struct model *m, int bound)
{
    return (int)dynr_test_random_below(&m->random, (uint64_t)bound);
}

/* ---- items as text ---- */

static struct dynr_str key_text(struct model *m, int p, int s)
{
    return dynr_arena_printf(&m->f.arena, "{\"pk\":{\"S\":\"p%d\"},\"sk\":{\"S\":\"s%02d\"}}", p,
                             s);
}

enum {
    SHOW_RANK = 1,
    SHOW_LEVEL = 2,
    SHOW_TITLE = 4,
    SHOW_ALL = 8
};

static struct dynr_str item_text(struct model *m, int p, int s, const struct model_item *item,
                                 unsigned show)
{
    char text[512];
    bool all = (show & SHOW_ALL) != 0;
    int n = snprintf(text, sizeof text, "{\"pk\":{\"S\":\"p%d\"},\"sk\":{\"S\":\"s%02d\"}", p, s);
    if (item->group != 0 && all) {
        n += snprintf(text + n, sizeof text - (size_t)n, ",\"g\":{\"S\":\"g%d\"}", item->group);
    }
    if (item->rank != 0 && (all || (show & SHOW_RANK) != 0)) {
        n += snprintf(text + n, sizeof text - (size_t)n, ",\"r\":{\"N\":\"%d\"}", item->rank - 2);
    }
    if (item->level != 0 && (all || (show & SHOW_LEVEL) != 0)) {
        n +=
            snprintf(text + n, sizeof text - (size_t)n, ",\"l\":{\"N\":\"%d.5\"}", item->level - 2);
    }
    if (item->title != 0 && (all || (show & SHOW_TITLE) != 0)) {
        n += snprintf(text + n, sizeof text - (size_t)n, ",\"t\":{\"S\":\"t%d\"}", item->title);
    }
    if (item->count != 0 && all) {
        n += snprintf(text + n, sizeof text - (size_t)n, ",\"c\":{\"N\":\"%d\"}", item->count);
    }
    (void)snprintf(text + n, sizeof text - (size_t)n, "}");
    return dynr_arena_dup(&m->f.arena, dynr_str_from_c(text));
}

static struct model_item random_item(struct model *m)
{
    struct model_item item = {
        .exists = true,
        .group = below(m, GROUPS + 1),
        .rank = below(m, RANKS + 1),
        .level = below(m, LEVELS + 1),
        .title = below(m, 3),
        .count = below(m, 3),
    };
    return item;
}

static bool same_model(const struct model_item *a, const struct model_item *b)
{
    if (!a->exists || !b->exists) {
        return a->exists == b->exists;
    }
    return a->group == b->group && a->rank == b->rank && a->level == b->level &&
           a->title == b->title && a->count == b->count;
}

static void set_model(struct model *m, int p, int s, struct model_item item)
{
    if (!same_model(&m->items[p][s], &item)) {
        m->n_expected_records++;
    }
    m->items[p][s] = item;
}

/* ---- operations ---- */

/* One write and what it makes of the model's item. */
static struct dynr_request random_write(struct model *m, int p, int s, struct model_item *out)
{
    const struct model_item *now = &m->items[p][s];
    struct dynr_request request;
    int kind = below(m, 10);
    *out = *now;
    if (kind < 4) {
        *out = random_item(m);
        request = put_request("");
        request.item = item_text(m, p, s, out, SHOW_ALL);
        return request;
    }
    if (kind < 6) {
        memset(out, 0, sizeof *out);
        request = delete_request("");
        request.key = key_text(m, p, s);
        return request;
    }
    out->exists = true;
    request = update_request("", "", "");
    request.key = key_text(m, p, s);
    if (kind == 6) {
        out->count++;
        request.update = TEXT("ADD c :one");
        request.values = TEXT("{\":one\":{\"N\":\"1\"}}");
    } else if (kind == 7) {
        out->group = 0;
        out->title = 0;
        request.update = TEXT("REMOVE g, t");
    } else if (kind == 8) {
        out->rank = 1 + below(m, RANKS);
        out->level = 0;
        request.update = TEXT("SET r = :r REMOVE l");
        request.values = dynr_arena_printf(&m->f.arena, "{\":r\":{\"N\":\"%d\"}}", out->rank - 2);
    } else {
        out->group = 1 + below(m, GROUPS);
        out->title = 1 + below(m, 3);
        request.update = TEXT("SET g = :g, t = :t");
        request.values = dynr_arena_printf(
            &m->f.arena, "{\":g\":{\"S\":\"g%d\"},\":t\":{\"S\":\"t%d\"}}", out->group, out->title);
    }
    return request;
}

/* Adds a condition; returns whether the model says that it holds. */
static bool random_condition(struct model *m, int p, int s, struct dynr_request *request)
{
    int kind = below(m, 6);
    if (kind == 0) {
        request->condition = TEXT("attribute_exists(pk)");
        return m->items[p][s].exists;
    }
    if (kind == 1) {
        request->condition = TEXT("attribute_not_exists(g)");
        return !m->items[p][s].exists || m->items[p][s].group == 0;
    }
    return true;
}

static bool single_write(struct model *m)
{
    int p = below(m, PARTITIONS);
    int s = below(m, SORTS);
    struct model_item after;
    struct dynr_request request = random_write(m, p, s, &after);
    bool holds = random_condition(m, p, s, &request);
    enum dynr_status status = fixture_call(&m->f, &request);
    if (holds) {
        set_model(m, p, s, after);
    }
    return DYNR_ASSERT_STATUS(status, holds ? DYNR_OK : DYNR_ERR_CONDITION_FAILED);
}

static bool transaction(struct model *m)
{
    enum {
        OPERATIONS = 4
    };
    struct dynr_request operations[OPERATIONS];
    struct model_item after[OPERATIONS];
    int p = below(m, PARTITIONS);
    int s = below(m, SORTS);
    bool holds = true;
    for (int i = 0; i < OPERATIONS; i++) {
        int own = (s + i) % SORTS;
        operations[i] = random_write(m, p, own, &after[i]);
        holds = random_condition(m, p, own, &operations[i]) && holds;
    }
    struct dynr_request request = request_for(DYNR_TRANSACT_WRITE_ITEMS);
    request.operations = operations;
    request.n_operations = OPERATIONS;
    enum dynr_status status = fixture_call(&m->f, &request);
    for (int i = 0; holds && i < OPERATIONS; i++) {
        set_model(m, p, (s + i) % SORTS, after[i]);
    }
    return DYNR_ASSERT_STATUS(status, holds ? DYNR_OK : DYNR_ERR_TRANSACTION_CANCELED);
}

static bool batch(struct model *m)
{
    struct dynr_request operations[6];
    struct model_item after;
    size_t n_operations = 0;
    int p = below(m, PARTITIONS);
    for (int s = 0; s < SORTS && n_operations < 6; s += 1 + below(m, 4)) {
        operations[n_operations] = random_write(m, p, s, &after);
        if (operations[n_operations].operation != DYNR_UPDATE_ITEM) {
            n_operations++;
            set_model(m, p, s, after);
        }
    }
    struct dynr_request request = request_for(DYNR_BATCH_WRITE_ITEM);
    request.operations = operations;
    request.n_operations = n_operations;
    return n_operations == 0 || DYNR_ASSERT_STATUS(fixture_call(&m->f, &request), DYNR_OK);
}

/* ---- comparison ---- */

struct expected {
    struct dynr_str text;
    int order[3];
};

static int compare_expected(const void *a, const void *b)
{
    const struct expected *left = a;
    const struct expected *right = b;
    for (size_t i = 0; i < 3; i++) {
        if (left->order[i] != right->order[i]) {
            return left->order[i] < right->order[i] ? -1 : 1;
        }
    }
    return 0;
}

static bool compare_pages(struct model *m, struct dynr_request request, struct expected *expected,
                          size_t n_expected, const char *what)
{
    size_t n_items;
    qsort(expected, n_expected, sizeof *expected, compare_expected);
    request.backward = request.operation == DYNR_QUERY && below(m, 2) == 0;
    struct dynr_str *items = fixture_pages(&m->f, request, (uint32_t)below(m, 9), &n_items);
    if (n_items != n_expected) {
        (void)fprintf(stderr, "%s: %zu items, expected %zu\n", what, n_items, n_expected);
        return DYNR_ASSERT_INT(n_items, n_expected);
    }
    for (size_t i = 0; i < n_items; i++) {
        struct dynr_str want = expected[request.backward ? n_items - 1 - i : i].text;
        if (!same_item(items[i], want)) {
            (void)fprintf(stderr, "%s: item %zu is %.*s, expected %.*s\n", what, i,
                          (int)items[i].len, items[i].ptr, (int)want.len, want.ptr);
            return DYNR_ASSERT(false);
        }
    }
    return true;
}

enum relation {
    TABLE_PARTITION,
    BY_GROUP,
    BY_RANK,
    LOCAL,
    WHOLE_TABLE,
    WHOLE_GROUP
};

/* Whether the relation's partition `which` has the item, and its order there. */
static bool belongs(const struct model_item *item, enum relation relation, int which, int p, int s,
                    int order[3])
{
    order[0] = 0;
    order[1] = p;
    order[2] = s;
    switch (relation) {
    case TABLE_PARTITION:
        return p == which;
    case BY_GROUP:
        order[0] = item->rank;
        return item->group == which && item->rank != 0;
    case BY_RANK:
        return item->rank == which;
    case LOCAL:
        order[0] = item->level;
        return p == which && item->level != 0;
    case WHOLE_TABLE:
        return true;
    case WHOLE_GROUP:
        order[0] = item->group * 10 + item->rank;
        return item->group != 0 && item->rank != 0;
    }
    return false;
}

static bool compare_relation(struct model *m, enum relation relation, int which,
                             struct dynr_request request, const char *what)
{
    static const unsigned shows[] = {SHOW_ALL, SHOW_ALL, SHOW_RANK, SHOW_LEVEL | SHOW_TITLE,
                                     SHOW_ALL, SHOW_ALL};
    struct expected expected[PARTITIONS * SORTS];
    size_t n_expected = 0;
    for (int p = 0; p < PARTITIONS; p++) {
        for (int s = 0; s < SORTS; s++) {
            const struct model_item *item = &m->items[p][s];
            if (item->exists && belongs(item, relation, which, p, s, expected[n_expected].order)) {
                expected[n_expected++].text = item_text(m, p, s, item, shows[relation]);
            }
        }
    }
    return compare_pages(m, request, expected, n_expected, what);
}

static bool compare_all(struct model *m)
{
    bool same = compare_relation(m, WHOLE_TABLE, 0, scan_request(), "scan");
    struct dynr_request request = scan_request();
    request.index = TEXT("by_group");
    same = same && compare_relation(m, WHOLE_GROUP, 0, request, "scan of by_group");
    for (int p = 0; same && p < PARTITIONS; p++) {
        request = query_request("pk = :p", "");
        request.values = dynr_arena_printf(&m->f.arena, "{\":p\":{\"S\":\"p%d\"}}", p);
        same = compare_relation(m, TABLE_PARTITION, p, request, "partition");
        request.index = TEXT("local");
        same = same && compare_relation(m, LOCAL, p, request, "local");
    }
    for (int g = 1; same && g <= GROUPS; g++) {
        request = query_request("g = :g", "");
        request.index = TEXT("by_group");
        request.values = dynr_arena_printf(&m->f.arena, "{\":g\":{\"S\":\"g%d\"}}", g);
        same = compare_relation(m, BY_GROUP, g, request, "by_group");
    }
    for (int r = 1; same && r <= RANKS; r++) {
        request = query_request("r = :r", "");
        request.index = TEXT("by_rank");
        request.values = dynr_arena_printf(&m->f.arena, "{\":r\":{\"N\":\"%d\"}}", r - 2);
        same = compare_relation(m, BY_RANK, r, request, "by_rank");
    }
    return same;
}

/* ---- change records ---- */

static struct dynr_str column(sqlite3_stmt *statement, int index)
{
    return dynr_str_from_c((const char *)sqlite3_column_text(statement, index));
}

static int parse_number(struct dynr_str text, const char *before, int absent)
{
    const char *at = text.ptr == NULL ? NULL : strstr(text.ptr, before);
    return at == NULL ? absent : (int)strtol(at + strlen(before), NULL, 10);
}

static struct model_item parse_image(struct dynr_str text)
{
    struct model_item item = {.exists = text.len > 0};
    item.group = parse_number(text, "\"g\":{\"S\":\"g", 0);
    item.rank = parse_number(text, "\"r\":{\"N\":\"", -2) + 2;
    item.level = strstr(text.ptr == NULL ? "" : text.ptr, "\"-0.5\"") != NULL
                     ? 1
                     : parse_number(text, "\"l\":{\"N\":\"", -2) + 2;
    item.title = parse_number(text, "\"t\":{\"S\":\"t", 0);
    item.count = parse_number(text, "\"c\":{\"N\":\"", 0);
    return item;
}

static bool replay_records(struct model *m)
{
    bool same = true;
    (void)sqlite3_bind_int64(m->records, 1, m->last_sequence);
    while (same && sqlite3_step(m->records) == SQLITE_ROW) {
        struct dynr_str keys = column(m->records, 2);
        int p = parse_number(keys, "\"pk\":{\"S\":\"p", -1);
        int s = parse_number(keys, "\"sk\":{\"S\":\"s", -1);
        struct model_item old_image = parse_image(column(m->records, 3));
        struct model_item new_image = parse_image(column(m->records, 4));
        const char *event = !old_image.exists ? "INSERT" : new_image.exists ? "MODIFY" : "REMOVE";
        m->last_sequence = sqlite3_column_int64(m->records, 0);
        m->n_records++;
        same = DYNR_ASSERT(p >= 0 && s >= 0 && same_model(&m->replayed[p][s], &old_image)) &&
               DYNR_ASSERT(!same_model(&old_image, &new_image)) &&
               DYNR_ASSERT_STR(column(m->records, 1), event);
        if (same) {
            m->replayed[p][s] = new_image;
        }
    }
    (void)sqlite3_reset(m->records);
    for (int p = 0; p < PARTITIONS; p++) {
        for (int s = 0; s < SORTS; s++) {
            same = same && DYNR_ASSERT(same_model(&m->replayed[p][s], &m->items[p][s]));
        }
    }
    return same && DYNR_ASSERT_INT(m->n_records, m->n_expected_records);
}

static void store_and_model_agree(void)
{
    static struct model m;
    char path[512];
    bool same = true;
    fixture_path(path, sizeof path, "model");
    fixture_open(&m.f, path, DYNR_DURABILITY_NONE);
    m.random.state = model_seed | 1;
    DYNR_ASSERT_INT(sqlite3_open(path, &m.db), SQLITE_OK);
    DYNR_ASSERT_INT(
        sqlite3_prepare_v2(m.db,
                           "SELECT sequence, event, keys, old_image, new_image FROM stream_record"
                           " WHERE sequence>?1 ORDER BY sequence",
                           -1, &m.records, NULL),
        SQLITE_OK);
    for (int done = 0; same && done < model_operations; done++) {
        int kind = below(&m, 20);
        same = kind == 0 ? transaction(&m) : kind == 1 ? batch(&m) : single_write(&m);
        if (same && done % BATCH == BATCH - 1) {
            same = compare_all(&m) && replay_records(&m);
        }
        if (done % 50 == 0) {
            dynr_arena_reset(&m.f.arena);
        }
        if (!same) {
            (void)fprintf(stderr, "seed %llu, operation %d\n", (unsigned long long)model_seed,
                          done);
        }
    }
    (void)sqlite3_finalize(m.records);
    (void)sqlite3_close(m.db);
    fixture_close(&m.f);
    (void)unlink(path);
}

int main(int argc, char **argv)
{
    static const struct dynr_test tests[] = {DYNR_TEST(store_and_model_agree)};
    if (argc > 1) {
        model_seed = strtoull(argv[1], NULL, 10);
    }
    if (argc > 2) {
        model_operations = (int)strtol(argv[2], NULL, 10);
    }
    return dynr_test_main("local-model", tests, DYNR_TEST_COUNT(tests));
}
