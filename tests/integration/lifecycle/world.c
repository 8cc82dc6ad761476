/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "dynr/buf.h"

#define FIVE_YEARS_S (INT64_C(5) * 365 * 24 * 60 * 60)

static const struct dynr_str only_c[] = {{"c", 1}};

static const struct dynr_index_definition indexes[WORLD_INDEXES] = {
    {.name = {"by_a", 4}, .partition_key = {{"a", 1}, 'S'}},
    {.name = {"by_a_b", 6},
     .partition_key = {{"a", 1}, 'S'},
     .sort_key = {{"b", 1}, 'N'},
     .projection = DYNR_PROJECT_KEYS_ONLY},
    {.name = {"by_b", 4},
     .partition_key = {{"b", 1}, 'N'},
     .projection = DYNR_PROJECT_INCLUDE,
     .included = only_c,
     .n_included = 1},
    {.name = {"local_all", 9},
     .partition_key = {{"pk", 2}, 'S'},
     .sort_key = {{"b", 1}, 'N'},
     .is_local = true},
    {.name = {"local_keys", 10},
     .partition_key = {{"pk", 2}, 'S'},
     .sort_key = {{"b", 1}, 'N'},
     .is_local = true,
     .projection = DYNR_PROJECT_KEYS_ONLY},
    {.name = {"local_some", 10},
     .partition_key = {{"pk", 2}, 'S'},
     .sort_key = {{"b", 1}, 'N'},
     .is_local = true,
     .projection = DYNR_PROJECT_INCLUDE,
     .included = only_c,
     .n_included = 1},
};

const struct dynr_index_definition *world_index(int i)
{
    return &indexes[i];
}

const char *world_shown(int i)
{
    static const char *const shown[WORLD_INDEXES] = {"abce", "ab", "bc", "abce", "b", "bc"};
    return shown[i];
}

bool world_is_in(const struct world_item *item, int i)
{
    bool has_a = item->a >= 1 && item->a <= 3;
    return item->exists && (i == 0 ? has_a : i == 1 ? has_a && item->b != 0 : item->b != 0);
}

struct dynr_str world_name(struct world *world, int t)
{
    return dynr_arena_printf(&world->arena, "tab%d", t);
}

static int below(struct world *world, int bound)
{
    return (int)dynr_test_random_below(&world->random, (uint64_t)bound);
}

/* ---- texts ---- */

static void append_key(struct dynr_buf *text, const struct world_table *table, int p, int s)
{
    dynr_buf_printf(text, "\"pk\":{\"S\":\"p%d\"}", p);
    if (table->has_sort) {
        dynr_buf_printf(text, ",\"sk\":{\"S\":\"s%d\"}", s);
    }
}

struct dynr_str world_item_text(struct world *world, const struct world_table *table, int p, int s,
                                const struct world_item *item, const char *shown)
{
    struct dynr_buf text = {0};
    dynr_buf_append_char(&text, '{');
    append_key(&text, table, p, s);
    if (item->a != 0 && strchr(shown, 'a') != NULL) {
        dynr_buf_printf(&text, item->a == 4 ? ",\"a\":{\"N\":\"%d\"}" : ",\"a\":{\"S\":\"a%d\"}",
                        item->a);
    }
    if (item->b != 0 && strchr(shown, 'b') != NULL) {
        dynr_buf_printf(&text, ",\"b\":{\"N\":\"%d\"}", item->b - 2);
    }
    if (item->c != 0 && strchr(shown, 'c') != NULL) {
        dynr_buf_printf(&text, ",\"c\":{\"S\":\"c%d\"}", item->c);
    }
    if (item->e != 0 && strchr(shown, 'e') != NULL) {
        dynr_buf_printf(&text, item->e == 1 ? ",\"e\":{\"N\":\"%lld\"}" : ",\"e\":{\"S\":\"%lld\"}",
                        (long long)item->at);
    }
    dynr_buf_append_char(&text, '}');
    struct dynr_str copy = dynr_arena_dup(&world->arena, dynr_buf_str(&text));
    dynr_buf_cleanup(&text);
    return copy;
}

static struct dynr_str key_text(struct world *world, const struct world_table *table, int p, int s)
{
    static const struct world_item none;
    return world_item_text(world, table, p, s, &none, "");
}

/* ---- opening ---- */

static int64_t clock_now(void *context)
{
    struct world *world = context;
    return atomic_load(&world->now_ms);
}

static bool clock_random(void *context, uint8_t *out, size_t len)
{
    struct world *world = context;
    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)dynr_test_random_next(&world->clock_random);
    }
    return true;
}

void world_init(struct world *world, const char *path, uint64_t seed)
{
    memset(world, 0, sizeof *world);
    dynr_arena_init(&world->arena, NULL, 0);
    world->path = path;
    world->durability = DYNR_DURABILITY_NONE;
    world->random.state = (seed * 2654435761u) | 1;
    world->clock_random.state = seed | 1;
    world->model.now_s = 1700000000;
    atomic_store(&world->now_ms, world->model.now_s * 1000);
    world->clock = (struct dynr_clock){clock_now, clock_random, world};
    /* Of this process alone: several may run at once. */
    const char *folder = getenv("TMPDIR");
    (void)snprintf(world->export_path, sizeof world->export_path, "%s/dynr-lifecycle-%ld.json",
                   folder == NULL ? "/tmp" : folder, (long)getpid());
}

void world_cleanup(struct world *world)
{
    world_close(world);
    dynr_arena_cleanup(&world->arena);
    (void)remove(world->export_path);
}

enum dynr_status world_open(struct world *world)
{
    struct dynr_local_options options = DYNR_LOCAL_OPTIONS_INIT;
    options.path = world->path;
    options.vfs = world->vfs;
    options.durability = world->durability;
    options.clock = &world->clock;
    options.maintenance_interval_ms = world->has_thread ? 1 : 0;
    return dynr_local_open(&options, &world->backend, &world->err);
}

void world_close(struct world *world)
{
    dynr_backend_destroy(world->backend);
    world->backend = NULL;
}

/* ---- maintenance ---- */

void world_expire(struct world_model *model)
{
    for (int t = 0; t < WORLD_TABLES; t++) {
        struct world_table *table = &model->tables[t];
        for (int i = 0; i < WORLD_PARTITIONS * WORLD_SORTS; i++) {
            struct world_item *item = &table->items[i / WORLD_SORTS][i % WORLD_SORTS];
            if (table->exists && table->ttl && item->exists && item->e == 1 &&
                item->at < model->now_s && item->at >= model->now_s - FIVE_YEARS_S) {
                memset(item, 0, sizeof *item);
            }
        }
    }
}

bool world_maintain(struct world *world)
{
    bool has_more = true;
    for (int i = 0; has_more && i < 1000; i++) {
        if (dynr_local_maintain(world->backend, &has_more, &world->err) != DYNR_OK) {
            return false;
        }
    }
    return !has_more;
}

/* ---- operations ---- */

struct operation {
    struct world *world;
    /* What the model is when the operation is done. */
    struct world_model *next;
    /* What it answers; INVALID_ARGUMENT and others leave the model as it was. */
    enum dynr_status expected;
};

static enum dynr_status call(struct world *world, const struct dynr_request *request)
{
    dynr_error_clear(&world->err);
    return dynr_backend_call(world->backend, request, &world->arena, &world->response, &world->err);
}

static struct dynr_request request_for(struct world *world, enum dynr_operation operation, int t)
{
    struct dynr_request request = DYNR_REQUEST_INIT;
    request.operation = operation;
    request.table = world_name(world, t);
    return request;
}

static struct world_item random_item(struct world *world)
{
    struct world_item item = {.exists = true};
    int kind = below(world, 10);
    item.a = below(world, 12) == 0 ? 4 : below(world, 4);
    item.b = below(world, 5);
    item.c = below(world, 4);
    item.e = kind < 6 ? 0 : kind < 9 ? 1 : 2;
    /* A store with a thread removes at any moment what is over already: there nothing is. */
    item.at =
        item.e == 0 ? 0 : world->model.now_s + (world->has_thread ? 1 : -10) + below(world, 20);
    return item;
}

static bool breaks_index(const struct world_table *table, const struct world_item *item)
{
    return item->exists && item->a == 4 && (table->indexes & 3u) != 0;
}

/* One write of an item, with what becomes of it. */
static struct dynr_request random_write(struct operation *operation, int t, int p, int s,
                                        bool is_plain)
{
    struct world *world = operation->world;
    const struct world_table *table = &operation->next->tables[t];
    struct world_item *item = &operation->next->tables[t].items[p][s];
    int kind = below(world, is_plain ? 6 : 10);
    struct dynr_request request = request_for(world, DYNR_UPDATE_ITEM, t);
    if (kind < 4) {
        *item = random_item(world);
        request.operation = DYNR_PUT_ITEM;
        request.item = world_item_text(world, table, p, s, item, "abce");
        return request;
    }
    request.key = key_text(world, table, p, s);
    if (kind < 6) {
        memset(item, 0, sizeof *item);
        request.operation = DYNR_DELETE_ITEM;
        return request;
    }
    item->exists = true;
    if (kind == 6) {
        item->a = 0;
        item->c = 1 + below(world, 3);
        request.update = dynr_str_from_c("SET c = :c REMOVE a");
        request.values = dynr_arena_printf(&world->arena, "{\":c\":{\"S\":\"c%d\"}}", item->c);
    } else if (kind == 7) {
        item->b = 1 + below(world, 4);
        request.update = dynr_str_from_c("SET b = :b");
        request.values = dynr_arena_printf(&world->arena, "{\":b\":{\"N\":\"%d\"}}", item->b - 2);
    } else if (kind == 8) {
        item->b = item->e = 0;
        item->at = 0;
        request.update = dynr_str_from_c("REMOVE b, e");
    } else {
        item->e = 1;
        item->at = world->model.now_s + 1 + below(world, 20);
        request.update = dynr_str_from_c("SET e = :e");
        request.values =
            dynr_arena_printf(&world->arena, "{\":e\":{\"N\":\"%lld\"}}", (long long)item->at);
    }
    return request;
}

/* Adds a condition; false: it does not hold. */
static bool random_condition(struct world *world, const struct world_item *item,
                             struct dynr_request *request)
{
    int kind = below(world, 6);
    if (kind == 0) {
        request->condition = dynr_str_from_c("attribute_exists(pk)");
        return item->exists;
    }
    if (kind == 1) {
        request->condition = dynr_str_from_c("attribute_not_exists(b)");
        return item->b == 0;
    }
    return true;
}

static int choose_sort(struct world *world, const struct world_table *table)
{
    int s = below(world, WORLD_SORTS);
    return table->has_sort ? s : 0;
}

static enum dynr_status write_one(struct operation *operation)
{
    struct world *world = operation->world;
    int t = below(world, WORLD_TABLES);
    const struct world_table *table = &world->model.tables[t];
    int p = below(world, WORLD_PARTITIONS);
    int s = choose_sort(world, table);
    struct dynr_request request = random_write(operation, t, p, s, false);
    bool holds = random_condition(world, &table->items[p][s], &request);
    bool breaks = breaks_index(table, &operation->next->tables[t].items[p][s]);
    /* A Put is looked at before the condition, an Update after it. */
    operation->expected = !table->exists                                 ? DYNR_ERR_NO_TABLE
                          : breaks && request.operation == DYNR_PUT_ITEM ? DYNR_ERR_INVALID_ARGUMENT
                          : !holds                                       ? DYNR_ERR_CONDITION_FAILED
                          : breaks                                       ? DYNR_ERR_INVALID_ARGUMENT
                                                                         : DYNR_OK;
    request.want_capacity = below(world, 4) == 0;
    return world->backend == NULL ? operation->expected : call(world, &request);
}

/* Some items, each of another key, of any tables: a transaction or a batch. */
static enum dynr_status write_some(struct operation *operation, bool is_transaction)
{
    enum {
        MOST = 5
    };
    struct world *world = operation->world;
    struct dynr_request requests[MOST];
    int p = below(world, WORLD_PARTITIONS);
    bool cancels = false;
    enum dynr_status first = DYNR_OK;
    for (int i = 0; i < MOST; i++) {
        int t = i % WORLD_TABLES;
        const struct world_table *table = &world->model.tables[t];
        int s = table->has_sort ? i : 0;
        int own = (p + i / WORLD_TABLES) % WORLD_PARTITIONS;
        requests[i] = random_write(operation, t, own, s, !is_transaction);
        bool holds =
            !is_transaction || random_condition(world, &table->items[own][s], &requests[i]);
        bool breaks = breaks_index(table, &operation->next->tables[t].items[own][s]);
        cancels = cancels || !holds || breaks;
        if (first == DYNR_OK && !table->exists) {
            first = DYNR_ERR_NO_TABLE;
        } else if (first == DYNR_OK && breaks && !is_transaction) {
            first = DYNR_ERR_INVALID_ARGUMENT;
        }
    }
    struct dynr_request request = DYNR_REQUEST_INIT;
    request.operation = is_transaction ? DYNR_TRANSACT_WRITE_ITEMS : DYNR_BATCH_WRITE_ITEM;
    request.operations = requests;
    request.n_operations = MOST;
    operation->expected = first != DYNR_OK            ? first
                          : cancels && is_transaction ? DYNR_ERR_TRANSACTION_CANCELED
                                                      : DYNR_OK;
    return world->backend == NULL ? operation->expected : call(world, &request);
}

/* ---- tables ---- */

static void random_table(struct world *world, struct world_table *out)
{
    memset(out, 0, sizeof *out);
    out->exists = true;
    out->has_sort = below(world, 3) > 0;
    out->indexes = (unsigned)below(world, 1 << WORLD_INDEXES);
    if (!out->has_sort) {
        out->indexes &= (1u << WORLD_GLOBALS) - 1;
    }
    out->stream = below(world, 3) > 0;
    out->ttl = below(world, 2) == 0;
    out->settings = below(world, 3);
    out->tag = below(world, 3);
}

struct definition {
    struct dynr_table_definition table;
    struct dynr_index_definition indexes[WORLD_INDEXES];
    struct dynr_tag tag;
};

static void make_definition(struct world *world, int t, const struct world_table *table,
                            struct definition *out)
{
    memset(out, 0, sizeof *out);
    out->table.name = world_name(world, t);
    out->table.partition_key = (struct dynr_key_attribute){{"pk", 2}, 'S'};
    if (table->has_sort) {
        out->table.sort_key = (struct dynr_key_attribute){{"sk", 2}, 'S'};
    }
    for (int i = 0; i < WORLD_INDEXES; i++) {
        if ((table->indexes & 1u << i) != 0) {
            out->indexes[out->table.n_indexes++] = indexes[i];
        }
    }
    out->table.indexes = out->indexes;
    out->table.stream = table->stream;
    out->table.ttl_attribute = dynr_str_from_c(table->ttl ? "e" : "");
    out->table.deletion_protection = table->is_protected;
    out->table.settings = dynr_arena_printf(&world->arena, "%d", table->settings);
    out->tag.key = dynr_str_from_c("tag");
    out->tag.value = dynr_arena_printf(&world->arena, "%d", table->tag);
    out->table.tags = &out->tag;
    out->table.n_tags = 1;
}

static enum dynr_status create_table(struct operation *operation)
{
    struct world *world = operation->world;
    struct definition definition;
    struct world_table table;
    int t = below(world, WORLD_TABLES);
    random_table(world, &table);
    make_definition(world, t, &table, &definition);
    operation->expected = world->model.tables[t].exists ? DYNR_ERR_TABLE_EXISTS : DYNR_OK;
    operation->next->tables[t] = table;
    struct dynr_request request = request_for(world, DYNR_CREATE_TABLE, t);
    request.definition = &definition.table;
    return world->backend == NULL ? operation->expected : call(world, &request);
}

static enum dynr_status delete_table(struct operation *operation)
{
    struct world *world = operation->world;
    int t = below(world, WORLD_TABLES);
    const struct world_table *table = &world->model.tables[t];
    operation->expected = !table->exists        ? DYNR_ERR_NO_TABLE
                          : table->is_protected ? DYNR_ERR_INVALID_ARGUMENT
                                                : DYNR_OK;
    memset(&operation->next->tables[t], 0, sizeof operation->next->tables[t]);
    struct dynr_request request = request_for(world, DYNR_DELETE_TABLE, t);
    return world->backend == NULL ? operation->expected : call(world, &request);
}

static void toggle_index(struct world *world, struct world_table *next,
                         struct dynr_table_update *update)
{
    int i = below(world, WORLD_GLOBALS);
    if ((next->indexes & 1u << i) != 0) {
        update->old_indexes = &indexes[i].name;
        update->n_old_indexes = 1;
    } else {
        update->new_indexes = &indexes[i];
        update->n_new_indexes = 1;
    }
    next->indexes ^= 1u << i;
}

static void toggle_stream(struct world_table *next, struct dynr_table_update *update)
{
    next->stream = !next->stream;
    memcpy(next->base, next->items, sizeof next->base);
    update->has_stream = true;
    update->stream = next->stream;
}

/*
 * A store with a thread removes at once what is over when a table gets items or an expiry: so does the model.
 */
static enum dynr_status settle_expiry(struct operation *operation, enum dynr_status status)
{
    struct world *world = operation->world;
    if (!world->has_thread) {
        return status;
    }
    world_expire(operation->next);
    return status == DYNR_OK && world->backend != NULL && !world_maintain(world) ? world->err.status
                                                                                 : status;
}

/* In the model the store's thread needs a moment to fill what is new. */
static enum dynr_status await_filled(struct world *world, const struct dynr_request *update)
{
    struct dynr_request request = *update;
    enum dynr_status status = DYNR_OK;
    bool is_filled = false;
    request.operation = DYNR_DESCRIBE_TABLE;
    while (status == DYNR_OK && !is_filled) {
        status = call(world, &request);
        is_filled = true;
        for (size_t i = 0; status == DYNR_OK && i < world->response.table->n_indexes; i++) {
            is_filled = is_filled && world->response.table->indexes[i].state == DYNR_INDEX_ACTIVE;
        }
        /* Without power, reads go on for ever, and the thread cannot. */
        if (status == DYNR_OK && !is_filled && !world_maintain(world)) {
            return world->err.status;
        }
    }
    return status;
}

static enum dynr_status update_table(struct operation *operation)
{
    struct world *world = operation->world;
    int t = below(world, WORLD_TABLES);
    struct world_table *next = &operation->next->tables[t];
    struct dynr_table_update update = DYNR_TABLE_UPDATE_INIT;
    struct dynr_tag tag = {.key = dynr_str_from_c("tag")};
    unsigned kinds = 1u << below(world, 5);
    kinds |= 1u << below(world, 5);
    operation->expected = next->exists ? DYNR_OK : DYNR_ERR_NO_TABLE;
    if ((kinds & 1) != 0) {
        toggle_index(world, next, &update);
    }
    if ((kinds & 2) != 0) {
        toggle_stream(next, &update);
    }
    if ((kinds & 4) != 0) {
        next->ttl = !next->ttl;
        update.has_ttl = true;
        update.ttl_attribute = dynr_str_from_c(next->ttl ? "e" : "");
    }
    if ((kinds & 8) != 0) {
        next->settings = below(world, 100);
        next->tag = below(world, 100);
        update.has_settings = true;
        update.settings = dynr_arena_printf(&world->arena, "%d", next->settings);
        tag.value = dynr_arena_printf(&world->arena, "%d", next->tag);
        update.new_tags = &tag;
        update.n_new_tags = 1;
    }
    if ((kinds & 16) != 0) {
        next->is_protected = below(world, 4) == 0;
        update.has_deletion_protection = true;
        update.deletion_protection = next->is_protected;
    }
    if (!world->model.tables[t].exists) {
        memset(next, 0, sizeof *next);
    }
    struct dynr_request request = request_for(world, DYNR_UPDATE_TABLE, t);
    request.table_update = &update;
    enum dynr_status status = operation->expected;
    if (world->backend != NULL) {
        status = call(world, &request);
    }
    if (world->backend != NULL && status == DYNR_OK && world->has_thread) {
        status = await_filled(world, &request);
    }
    return settle_expiry(operation, status);
}

/* A table made of another one's export. */
static enum dynr_status copy_table(struct operation *operation)
{
    struct world *world = operation->world;
    struct definition definition;
    struct world_table table;
    int from = below(world, WORLD_TABLES);
    int to = below(world, WORLD_TABLES);
    const struct world_table *source = &world->model.tables[from];
    random_table(world, &table);
    table.has_sort = source->has_sort;
    table.indexes &= source->has_sort ? ~0u : (1u << WORLD_GLOBALS) - 1;
    make_definition(world, to, &table, &definition);
    memcpy(table.items, source->items, sizeof table.items);
    memcpy(table.base, source->items, sizeof table.base);
    bool breaks = false;
    for (int i = 0; i < WORLD_PARTITIONS * WORLD_SORTS; i++) {
        breaks = breaks || breaks_index(&table, &table.items[i / WORLD_SORTS][i % WORLD_SORTS]);
    }
    operation->expected = !source->exists                  ? DYNR_ERR_NO_TABLE
                          : world->model.tables[to].exists ? DYNR_ERR_TABLE_EXISTS
                          : breaks                         ? DYNR_ERR_INVALID_ARGUMENT
                                                           : DYNR_OK;
    operation->next->tables[to] = table;
    enum dynr_status status = operation->expected;
    if (world->backend != NULL) {
        status = dynr_local_export(world->backend, world_name(world, from), world->export_path,
                                   NULL, &world->err);
    }
    if (world->backend != NULL && status == DYNR_OK) {
        status = dynr_local_import(world->backend, &definition.table, world->export_path, NULL,
                                   NULL, &world->err);
    }
    return settle_expiry(operation, status);
}

static enum dynr_status pass_time(struct operation *operation)
{
    struct world *world = operation->world;
    operation->next->now_s += below(world, 6);
    operation->expected = DYNR_OK;
    world_expire(operation->next);
    if (world->backend == NULL) {
        return DYNR_OK;
    }
    atomic_store(&world->now_ms, operation->next->now_s * 1000);
    return world_maintain(world) ? DYNR_OK : world->err.status;
}

static enum dynr_status reopen(struct operation *operation)
{
    struct world *world = operation->world;
    operation->expected = DYNR_OK;
    if (world->backend == NULL || world->path == NULL) {
        return DYNR_OK;
    }
    world_close(world);
    return world_open(world);
}

static enum dynr_status run_random(struct operation *operation)
{
    int kind = below(operation->world, 100);
    return kind < 50   ? write_one(operation)
           : kind < 60 ? write_some(operation, true)
           : kind < 70 ? write_some(operation, false)
           : kind < 76 ? create_table(operation)
           : kind < 78 ? delete_table(operation)
           : kind < 86 ? update_table(operation)
           : kind < 89 ? copy_table(operation)
           : kind < 97 ? pass_time(operation)
                       : reopen(operation);
}

/* What a store says when power or disk are gone. */
static bool is_lost(enum dynr_status status)
{
    return status == DYNR_ERR_IO || status == DYNR_ERR_CORRUPT || status == DYNR_ERR_BUSY;
}

enum world_progress world_step(struct world *world, struct world_model *attempted)
{
    struct operation operation = {.world = world, .next = attempted};
    *attempted = world->model;
    dynr_arena_reset(&world->arena);
    enum dynr_status status = run_random(&operation);
    if (operation.expected != DYNR_OK) {
        *attempted = world->model;
    }
    if (status != operation.expected && is_lost(status) && world->vfs != NULL) {
        return WORLD_LOST;
    }
    if (!DYNR_ASSERT_STATUS(status, operation.expected)) {
        (void)fprintf(stderr, "%s\n", world->err.message);
        return WORLD_WRONG;
    }
    world->model = *attempted;
    return WORLD_DONE;
}
