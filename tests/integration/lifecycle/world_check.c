/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a store is as its model says: definitions, items, indexes as they project, counts, change records. */
#include <stdio.h>
#include <stdlib.h>

#include "ddb/attribute.h"
#include "dynr/stream.h"
#include "world.h"

struct check {
    struct world *world;
    const struct world_model *model;
    bool is_loud;
};

/* False; with words where they are wanted. */
static bool differs(const struct check *check, int t, const char *what, struct dynr_str found,
                    struct dynr_str expected)
{
    if (check->is_loud) {
        (void)fprintf(stderr, "tab%d, %s: %.*s, expected %.*s\n", t, what, (int)found.len,
                      found.len == 0 ? "" : found.ptr, (int)expected.len,
                      expected.len == 0 ? "" : expected.ptr);
        (void)DYNR_ASSERT(false);
    }
    return false;
}

static bool same_number(const struct check *check, int t, const char *what, long long found,
                        long long expected)
{
    struct dynr_arena *arena = &check->world->arena;
    return found == expected || differs(check, t, what, dynr_arena_printf(arena, "%lld", found),
                                        dynr_arena_printf(arena, "%lld", expected));
}

static bool same_text(const struct check *check, int t, const char *what, struct dynr_str found,
                      struct dynr_str expected)
{
    struct dynr_attribute left;
    struct dynr_attribute right;
    bool same = dynr_str_equal(found, expected) ||
                (dynr_item_parse(found, &check->world->arena, &left, NULL) == DYNR_OK &&
                 dynr_item_parse(expected, &check->world->arena, &right, NULL) == DYNR_OK &&
                 dynr_attribute_equal(&left, &right));
    return same || differs(check, t, what, found, expected);
}

static enum dynr_status call(const struct check *check, const struct dynr_request *request)
{
    struct world *world = check->world;
    dynr_error_clear(&world->err);
    return dynr_backend_call(world->backend, request, &world->arena, &world->response, &world->err);
}

static bool same_status(const struct check *check, int t, const char *what, enum dynr_status found,
                        enum dynr_status expected)
{
    return found == expected || differs(check, t, what, dynr_str_from_c(check->world->err.message),
                                        dynr_str_from_c("another status"));
}

/* ---- items ---- */

/* The text has a NUL after it. */
static int digit_after(struct dynr_str item, const char *before)
{
    const char *at = strstr(item.ptr, before);
    return at == NULL ? 0 : at[strlen(before)] - '0';
}

/* One item of a scan: as the model has it, and not seen before. */
static bool take_item(const struct check *check, int t, int index, struct dynr_str item,
                      bool seen[WORLD_PARTITIONS][WORLD_SORTS])
{
    const struct world_table *table = &check->model->tables[t];
    /* With a NUL, which an answer's items have not. */
    item = dynr_arena_dup(&check->world->arena, item);
    int p = digit_after(item, "\"pk\":{\"S\":\"p");
    int s = digit_after(item, "\"sk\":{\"S\":\"s");
    const char *shown = index < 0 ? "abce" : world_shown(index);
    const char *what = index < 0 ? "items" : world_index(index)->name.ptr;
    if (p < 0 || p >= WORLD_PARTITIONS || s < 0 || s >= WORLD_SORTS || seen[p][s]) {
        return differs(check, t, what, item, dynr_str_from_c("no such item"));
    }
    const struct world_item *own = &table->items[p][s];
    if (index < 0 ? !own->exists : !world_is_in(own, index)) {
        return differs(check, t, what, item, dynr_str_from_c("nothing"));
    }
    seen[p][s] = true;
    return same_text(check, t, what, item, world_item_text(check->world, table, p, s, own, shown));
}

/* All pages of all segments. `index` below 0: the table. */
static bool same_items(const struct check *check, int t, int index, long long n_expected)
{
    bool seen[WORLD_PARTITIONS][WORLD_SORTS] = {{false}};
    uint32_t n_segments = 1 + (uint32_t)(n_expected % 3);
    long long n_items = 0;
    for (uint32_t segment = 0; segment < n_segments; segment++) {
        struct dynr_request request = DYNR_REQUEST_INIT;
        request.operation = DYNR_SCAN;
        request.table = world_name(check->world, t);
        request.index = index < 0 ? dynr_str_make("", 0) : world_index(index)->name;
        request.limit = 7;
        request.segment = segment;
        request.total_segments = n_segments;
        do {
            if (!same_status(check, t, "scan", call(check, &request), DYNR_OK)) {
                return false;
            }
            for (size_t i = 0; i < check->world->response.n_items; i++) {
                if (!take_item(check, t, index, check->world->response.items[i], seen)) {
                    return false;
                }
                n_items++;
            }
            request.start_key = check->world->response.last_key;
        } while (request.start_key.len > 0);
    }
    return same_number(check, t, index < 0 ? "items" : world_index(index)->name.ptr, n_items,
                       n_expected);
}

/* A local index fetches from the table what it lacks. */
static bool same_fetched(const struct check *check, int t, int index)
{
    const struct world_table *table = &check->model->tables[t];
    for (int p = 0; p < WORLD_PARTITIONS; p++) {
        bool seen[WORLD_PARTITIONS][WORLD_SORTS] = {{false}};
        struct dynr_request request = DYNR_REQUEST_INIT;
        request.operation = DYNR_QUERY;
        request.table = world_name(check->world, t);
        request.index = world_index(index)->name;
        request.key_condition = dynr_str_from_c("pk = :p");
        request.values = dynr_arena_printf(&check->world->arena, "{\":p\":{\"S\":\"p%d\"}}", p);
        request.select = DYNR_SELECT_ALL_ATTRIBUTES;
        request.consistent_read = true;
        if (!same_status(check, t, "query", call(check, &request), DYNR_OK)) {
            return false;
        }
        long long n_expected = 0;
        for (int s = 0; s < WORLD_SORTS; s++) {
            n_expected += world_is_in(&table->items[p][s], index) ? 1 : 0;
        }
        for (size_t i = 0; i < check->world->response.n_items; i++) {
            /* Whole items, of those that are in the index. */
            if (!take_item(check, t, -1, check->world->response.items[i], seen)) {
                return false;
            }
        }
        if (!same_number(check, t, "fetched", (long long)check->world->response.n_items,
                         n_expected)) {
            return false;
        }
    }
    return true;
}

/* ---- tables ---- */

static long long count_items(const struct world_table *table, int index)
{
    long long n = 0;
    for (int i = 0; i < WORLD_PARTITIONS * WORLD_SORTS; i++) {
        const struct world_item *item = &table->items[i / WORLD_SORTS][i % WORLD_SORTS];
        n += index < 0 ? item->exists : world_is_in(item, index);
    }
    return n;
}

static const struct dynr_index_definition *find_index(const struct dynr_table_definition *found,
                                                      struct dynr_str name)
{
    for (size_t i = 0; i < found->n_indexes; i++) {
        if (dynr_str_equal(found->indexes[i].name, name)) {
            return &found->indexes[i];
        }
    }
    return NULL;
}

static bool same_definition(const struct check *check, int t,
                            const struct dynr_table_definition *found)
{
    const struct world_table *table = &check->model->tables[t];
    struct dynr_arena *arena = &check->world->arena;
    bool same =
        same_number(check, t, "stream", found->stream, table->stream) &&
        same_number(check, t, "protection", found->deletion_protection, table->is_protected) &&
        same_number(check, t, "sort key", found->sort_key.name.len > 0, table->has_sort) &&
        same_text(check, t, "expiry", found->ttl_attribute,
                  dynr_str_from_c(table->ttl ? "e" : "")) &&
        same_text(check, t, "settings", found->settings,
                  dynr_arena_printf(arena, "%d", table->settings)) &&
        same_number(check, t, "tags", (long long)found->n_tags, 1) &&
        same_text(check, t, "tag", found->tags[0].value,
                  dynr_arena_printf(arena, "%d", table->tag)) &&
        same_number(check, t, "count", found->item_count, count_items(table, -1));
    long long n_indexes = 0;
    for (int i = 0; same && i < WORLD_INDEXES; i++) {
        if ((table->indexes & 1u << i) == 0) {
            continue;
        }
        const struct dynr_index_definition *index = find_index(found, world_index(i)->name);
        n_indexes++;
        same = same_number(check, t, world_index(i)->name.ptr, index != NULL, 1) &&
               same_number(check, t, "state", index->state, DYNR_INDEX_ACTIVE) &&
               same_number(check, t, "entries", index->item_count, count_items(table, i));
    }
    return same && same_number(check, t, "indexes", (long long)found->n_indexes, n_indexes);
}

static bool same_table(const struct check *check, int t)
{
    const struct world_table *table = &check->model->tables[t];
    struct dynr_request request = DYNR_REQUEST_INIT;
    request.operation = DYNR_DESCRIBE_TABLE;
    request.table = world_name(check->world, t);
    if (!same_status(check, t, "describe", call(check, &request),
                     table->exists ? DYNR_OK : DYNR_ERR_NO_TABLE)) {
        return false;
    }
    bool same = !table->exists || (same_definition(check, t, check->world->response.table) &&
                                   same_items(check, t, -1, count_items(table, -1)));
    for (int i = 0; same && i < WORLD_INDEXES; i++) {
        if (table->exists && (table->indexes & 1u << i) != 0) {
            same = same_items(check, t, i, count_items(table, i)) &&
                   (i < WORLD_GLOBALS || same_fetched(check, t, i));
        }
    }
    return same;
}

bool world_matches(struct world *world, const struct world_model *model, bool is_loud)
{
    struct check check = {.world = world, .model = model, .is_loud = is_loud};
    bool same = true;
    for (int t = 0; same && t < WORLD_TABLES; t++) {
        same = same_table(&check, t);
        dynr_arena_reset(&world->arena);
    }
    return same;
}

/* ---- change records ---- */

static bool parse_image(struct dynr_str text, struct world_item *out)
{
    memset(out, 0, sizeof *out);
    if (text.len == 0) {
        return true;
    }
    out->exists = true;
    out->a = strstr(text.ptr, "\"a\":{\"N\"") != NULL ? 4 : digit_after(text, "\"a\":{\"S\":\"a");
    const char *b = strstr(text.ptr, "\"b\":{\"N\":\"");
    out->b = b == NULL ? 0 : (int)strtol(b + 10, NULL, 10) + 2;
    out->c = digit_after(text, "\"c\":{\"S\":\"c");
    const char *number = strstr(text.ptr, "\"e\":{\"N\":\"");
    const char *words = strstr(text.ptr, "\"e\":{\"S\":\"");
    out->e = number != NULL ? 1 : words != NULL ? 2 : 0;
    out->at = out->e == 0 ? 0 : strtoll((number != NULL ? number : words) + 10, NULL, 10);
    return true;
}

static bool equal_items(const struct world_item *a, const struct world_item *b)
{
    return a->exists == b->exists && a->a == b->a && a->b == b->b && a->c == b->c && a->e == b->e &&
           a->at == b->at;
}

static bool replay_record(const struct check *check, int t, struct world_replay *replay,
                          const struct dynr_record *record)
{
    struct world_item before;
    struct world_item after;
    int p = digit_after(record->keys, "\"pk\":{\"S\":\"p");
    int s = digit_after(record->keys, "\"sk\":{\"S\":\"s");
    enum dynr_event event = record->old_image.len == 0   ? DYNR_EVENT_INSERT
                            : record->new_image.len == 0 ? DYNR_EVENT_REMOVE
                                                         : DYNR_EVENT_MODIFY;
    bool ok = parse_image(record->old_image, &before) && parse_image(record->new_image, &after) &&
              equal_items(&before, &replay->items[p][s]) && !equal_items(&before, &after) &&
              record->event == event && (!record->is_expiry || event == DYNR_EVENT_REMOVE);
    replay->items[p][s] = after;
    return ok || differs(check, t, "record", record->keys, record->old_image);
}

static bool read_stream(const struct check *check, int t, struct world_replay *replay)
{
    struct world *world = check->world;
    struct dynr_local_stream_page page;
    bool ok = true;
    do {
        enum dynr_status status =
            dynr_local_stream_page(world->backend, replay->stream_id, replay->position, 50,
                                   &world->arena, &page, &world->err);
        ok = same_status(check, t, "page", status, DYNR_OK);
        for (size_t i = 0; ok && i < page.n_records; i++) {
            ok = replay_record(check, t, replay, &page.records[i]);
        }
        replay->position = page.next_position;
    } while (ok && page.n_records > 0);
    for (int i = 0; ok && i < WORLD_PARTITIONS * WORLD_SORTS; i++) {
        int p = i / WORLD_SORTS;
        int s = i % WORLD_SORTS;
        ok = equal_items(&replay->items[p][s], &check->model->tables[t].items[p][s]) ||
             differs(check, t, "replayed", dynr_str_make("", 0),
                     world_item_text(world, &check->model->tables[t], p, s,
                                     &check->model->tables[t].items[p][s], "abce"));
    }
    return ok;
}

/* The stream that is on goes on where it was read before, or begins with what the items were then. */
static bool same_stream(const struct check *check, int t)
{
    struct world *world = check->world;
    struct world_replay *replay = &world->replays[t];
    const struct dynr_local_stream_info *streams;
    size_t n_streams;
    if (!check->model->tables[t].stream) {
        return true;
    }
    enum dynr_status status = dynr_local_streams(world->backend, world_name(world, t),
                                                 &world->arena, &streams, &n_streams, &world->err);
    if (!same_status(check, t, "streams", status, DYNR_OK) || n_streams == 0) {
        return differs(check, t, "streams", dynr_str_from_c("none"), dynr_str_from_c("one"));
    }
    const struct dynr_local_stream_info *last = &streams[n_streams - 1];
    if (last->id != replay->stream_id) {
        replay->stream_id = last->id;
        replay->position = last->first_position;
        memcpy(replay->items, check->model->tables[t].base, sizeof replay->items);
    }
    return same_number(check, t, "closed stream", last->closed_ms, 0) &&
           read_stream(check, t, replay);
}

bool world_check(struct world *world)
{
    struct check check = {.world = world, .model = &world->model, .is_loud = true};
    bool ok = world_matches(world, &world->model, true);
    for (int t = 0; ok && t < WORLD_TABLES; t++) {
        ok = same_stream(&check, t);
        dynr_arena_reset(&world->arena);
    }
    if (ok && dynr_local_verify(world->backend, &world->err) != DYNR_OK) {
        (void)fprintf(stderr, "%s\n", world->err.message);
        ok = DYNR_ASSERT(false);
    }
    return ok;
}
