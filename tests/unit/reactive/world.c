/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>

#include "reactive/row_value.h"
#include "typed/key.h"

/* ---- rows and records ------------------------------------------------------------------------------------------- */

static struct dynr_str key_text(const struct dynr_key_template *template, const void *row,
                                struct dynr_arena *arena)
{
    struct dynr_str text = {NULL, 0};
    (void)dynr_key_text(template, row, SIZE_MAX, arena, &text, NULL);
    return text;
}

static bool same_key(struct world *world, const struct dynr_entity_desc *entity, const void *a,
                     const void *b)
{
    return dynr_str_equal(key_text(entity->partition, a, &world->arena),
                          key_text(entity->partition, b, &world->arena)) &&
           dynr_str_equal(key_text(entity->sort, a, &world->arena),
                          key_text(entity->sort, b, &world->arena));
}

static struct world_item *find_item(struct world *world, const struct dynr_entity_desc *entity,
                                    const void *key)
{
    for (size_t i = 0; i < world->n_items; i++) {
        struct world_item *item = &world->items[i];
        if (item->entity == entity && item->row != NULL &&
            same_key(world, entity, item->row, key)) {
            return item;
        }
    }
    return NULL;
}

void *world_find(struct world *world, const struct dynr_entity_desc *entity, const void *key)
{
    struct world_item *item = find_item(world, entity, key);
    return item == NULL ? NULL : item->row;
}

static struct dynr_str image_of(struct world *world, const struct dynr_entity_desc *entity,
                                const void *row)
{
    struct dynr_buf text = {0};
    if (row == NULL) {
        return dynr_str_make(NULL, 0);
    }
    dynr_buf_append_char(&text, '{');
    if (entity->table->type_attribute != NULL) {
        dynr_buf_printf(&text, "\"_et\":{\"S\":\"%s\"},", entity->tag);
    }
    (void)dynr_encode_members(entity->row, row, &text, NULL);
    dynr_buf_append_char(&text, '}');
    struct dynr_str image = dynr_arena_dup(&world->arena, dynr_buf_str(&text));
    dynr_buf_cleanup(&text);
    return image;
}

static void record(struct world *world, const struct dynr_entity_desc *entity, const void *old_row,
                   const void *new_row)
{
    const void *row = new_row != NULL ? new_row : old_row;
    struct dynr_record made = {.size = sizeof made};
    struct dynr_buf keys = {0};
    if (world->n_records == world->cap_records) {
        world->cap_records = world->cap_records == 0 ? 64 : world->cap_records * 2;
        world->records = realloc(world->records, world->cap_records * sizeof *world->records);
    }
    made.table = dynr_arena_printf(&world->arena, "test-%s", entity->table->name);
    made.event = old_row == NULL   ? DYNR_EVENT_INSERT
                 : new_row == NULL ? DYNR_EVENT_REMOVE
                                   : DYNR_EVENT_MODIFY;
    struct dynr_str pk = key_text(entity->partition, row, &world->arena);
    struct dynr_str sk = key_text(entity->sort, row, &world->arena);
    dynr_buf_printf(&keys, "{\"%s\":{\"S\":\"%.*s\"},\"%s\":{\"S\":\"%.*s\"}}",
                    entity->partition->attribute, (int)pk.len, pk.ptr, entity->sort->attribute,
                    (int)sk.len, sk.ptr);
    made.keys = dynr_arena_dup(&world->arena, dynr_buf_str(&keys));
    dynr_buf_cleanup(&keys);
    made.old_image = image_of(world, entity, old_row);
    made.new_image = image_of(world, entity, new_row);
    made.position = ++world->position;
    made.commit = world->position;
    world->records[world->n_records++] = made;
}

void world_put(struct world *world, const struct dynr_entity_desc *entity, const void *row)
{
    struct world_item *item = find_item(world, entity, row);
    void *copy = dynr_struct_dup(entity->row, row, &world->arena);
    void *old = item == NULL ? NULL : item->row;
    for (size_t i = 0; item == NULL && i < WORLD_ITEMS; i++) {
        if (i == world->n_items) {
            world->n_items++;
            item = &world->items[i];
        } else if (world->items[i].row == NULL) {
            item = &world->items[i];
        }
    }
    if (!DYNR_ASSERT(item != NULL && copy != NULL)) {
        return;
    }
    item->entity = entity;
    item->row = copy;
    record(world, entity, old, copy);
}

void world_delete(struct world *world, const struct dynr_entity_desc *entity, const void *key)
{
    struct world_item *item = find_item(world, entity, key);
    if (item != NULL) {
        record(world, entity, item->row, NULL);
        item->row = NULL;
    }
}

void world_begin(struct world *world)
{
    world->transaction = world->n_records;
}

void world_commit(struct world *world)
{
    for (size_t i = world->transaction; i < world->n_records; i++) {
        world->records[i].commit = world->position;
    }
    world->transaction = SIZE_MAX;
}

enum dynr_status world_deliver(struct world *world)
{
    size_t from = world->delivered;
    world->delivered = world->n_records;
    return dynr_engine_records(world->engine, world->records + from, world->n_records - from,
                               &world->err);
}

enum dynr_status world_deliver_one(struct world *world)
{
    size_t from = world->delivered;
    if (from == world->n_records) {
        return DYNR_OK;
    }
    while (world->delivered < world->n_records &&
           world->records[world->delivered].commit == world->records[from].commit) {
        world->delivered++;
    }
    return dynr_engine_records(world->engine, world->records + from, world->delivered - from,
                               &world->err);
}

/* ---- reads ------------------------------------------------------------------------------------------------------- */

struct found {
    const void *row;
    struct dynr_str sort;
};

static bool descending;

static int compare_found(const void *a, const void *b)
{
    int order = dynr_str_compare(((const struct found *)a)->sort, ((const struct found *)b)->sort);
    return descending ? -order : order;
}

/* In memory of the world's own: what the engine lacks has no part in what is stored. */
static size_t find_rows(struct world *world, const struct dynr_query *query, struct found *found)
{
    struct dynr_arena *arena = &world->arena;
    struct dynr_sort_range range;
    size_t n = 0;
    struct dynr_str partition = key_text(query->path->partition, query->probe, arena);
    if (partition.ptr == NULL) {
        return 0;
    }
    memset(&range, 0, sizeof range);
    range.type = 'S';
    range.op = DYNR_SORT_ANY;
    if (query->path->kind == DYNR_PATH_GET) {
        range.op = DYNR_SORT_IS;
        range.low = key_text(query->path->sort, query->probe, arena);
    } else {
        DYNR_ASSERT_STATUS(dynr_sort_range_build(query, arena, &range, NULL), DYNR_OK);
    }
    for (size_t i = 0; i < world->n_items; i++) {
        const void *row = world->items[i].row;
        if (row == NULL || world->items[i].entity != query->path->entity) {
            continue;
        }
        struct dynr_str pk = key_text(query->path->partition, row, arena);
        struct dynr_str sk = key_text(query->path->sort, row, arena);
        if (pk.ptr != NULL && sk.ptr != NULL && dynr_str_equal(pk, partition) &&
            dynr_sort_range_holds(&range, sk)) {
            found[n].row = row;
            found[n++].sort = sk;
        }
    }
    descending = query->descending;
    qsort(found, n, sizeof *found, compare_found);
    return n;
}

static void answer_query(struct world *world, struct dynr_engine_read *read)
{
    const struct dynr_query *query = read->query;
    const struct dynr_struct_desc *desc = query->path->entity->row;
    static struct found found[WORLD_ITEMS];
    size_t n = find_rows(world, query, found);
    uint64_t *positions = dynr_arena_calloc(read->arena, WORLD_ITEMS, sizeof *positions);
    read->rows.items = dynr_arena_calloc(read->arena, WORLD_ITEMS, desc->size);
    if (positions == NULL || read->rows.items == NULL) {
        read->status = DYNR_ERR_NO_MEMORY;
        return;
    }
    /* A cursor is the number of rows before it. */
    size_t from = query->cursor.len == 0 ? 0 : (size_t)strtoul(query->cursor.ptr, NULL, 10);
    from = from < n ? from : n;
    n -= from;
    if (query->limit != 0 && n > query->limit) {
        n = query->limit;
        read->rows.cursor = dynr_arena_printf(read->arena, "%zu", from + n);
    }
    for (size_t i = 0; i < n; i++) {
        void *copy = dynr_struct_dup(desc, found[from + i].row, read->arena);
        if (copy == NULL) {
            read->status = DYNR_ERR_NO_MEMORY;
            return;
        }
        memcpy((char *)read->rows.items + i * desc->size, copy, desc->size);
        positions[i] = world->position;
    }
    read->rows.n_items = n;
    read->rows.positions = positions;
    read->rows.position = world->position;
    read->rows.n_requests = 1;
}

static void answer_keys(struct world *world, struct dynr_engine_read *read)
{
    const struct dynr_struct_desc *desc = read->entity->row;
    read->found = dynr_arena_calloc(read->arena, read->n_keys, sizeof(void *));
    read->found_positions = dynr_arena_calloc(read->arena, read->n_keys, sizeof(uint64_t));
    if (read->found == NULL || read->found_positions == NULL) {
        read->status = DYNR_ERR_NO_MEMORY;
        return;
    }
    for (size_t i = 0; i < read->n_keys; i++) {
        const void *row = world_find(world, read->entity, read->keys[i]);
        read->found[i] = row == NULL ? NULL : dynr_struct_dup(desc, row, read->arena);
        if (row != NULL && read->found[i] == NULL) {
            read->status = DYNR_ERR_NO_MEMORY;
            return;
        }
        read->found_positions[i] = world->position;
        if (row != NULL && read->found[i] == NULL) {
            read->status = DYNR_ERR_NO_MEMORY;
        }
    }
}

static void answer_log(struct world *world, struct dynr_engine_read *read)
{
    size_t from = 0;
    while (from < world->n_records && world->records[from].commit <= read->since) {
        from++;
    }
    read->n_records = world->n_records - from;
    read->records = world->records + from;
    read->result_position = world->position;
    if (read->n_records > read->max_records) {
        read->n_records = read->max_records;
        read->result_position = world->records[from + read->n_records - 1].commit;
    }
    read->status = world->trimmed ? DYNR_ERR_TRIMMED : DYNR_OK;
}

static void carry_out(struct world *world, struct dynr_engine_read *read)
{
    read->status = world->fail;
    if (world->fail != DYNR_OK) {
        return;
    }
    switch (read->kind) {
    case DYNR_ENGINE_READ_QUERY:
        answer_query(world, read);
        break;
    case DYNR_ENGINE_READ_KEYS:
        answer_keys(world, read);
        break;
    case DYNR_ENGINE_READ_CALL:
        read->text = dynr_arena_dup(
            read->arena,
            world_report(world, ((const struct input *)read->input)->id,
                         read->caller == NULL ? dynr_str_make(NULL, 0)
                                              : ((const struct caller *)read->caller)->user));
        read->status = read->text.ptr == NULL ? DYNR_ERR_NO_MEMORY : DYNR_OK;
        break;
    case DYNR_ENGINE_READ_LOG:
        answer_log(world, read);
        break;
    }
}

bool world_answer(struct world *world, size_t which)
{
    if (world->n_reads == 0) {
        return false;
    }
    which %= world->n_reads;
    struct dynr_engine_read *read = world->reads[which];
    world->reads[which] = world->reads[--world->n_reads];
    carry_out(world, read);
    (void)dynr_engine_read_done(world->engine, read, &world->err);
    return true;
}

static void on_read(void *context, struct dynr_engine_read *read)
{
    struct world *world = context;
    if (world->inline_reads) {
        carry_out(world, read);
        (void)dynr_engine_read_done(world->engine, read, &world->err);
    } else if (DYNR_ASSERT(world->n_reads < WORLD_READS)) {
        world->reads[world->n_reads++] = read;
    }
}

static void on_send(void *context, uint64_t connection, struct dynr_frame *frame)
{
    struct world *world = context;
    world->n_frames++;
    (void)snprintf(world->last_frame, sizeof world->last_frame, "%.*s", (int)frame->len,
                   frame->text);
    for (size_t i = 0; i < world->n_clients; i++) {
        if (client_connection(world->clients[i]) == connection) {
            client_receive(world->clients[i], frame);
        }
    }
}

void world_open(struct world *world, const struct dynr_engine_limits *limits,
                const struct dynr_allocator *allocator)
{
    memset(world, 0, sizeof *world);
    world->transaction = SIZE_MAX;
    world->inline_reads = true;
    world->host.context = world;
    world->host.send = on_send;
    world->host.read = on_read;
    struct dynr_engine_options options = DYNR_ENGINE_OPTIONS_INIT;
    options.procedures = &procedures;
    options.host = &world->host;
    options.table_prefix = "test-";
    options.allocator = allocator;
    if (limits != NULL) {
        options.limits = *limits;
    }
    (void)dynr_engine_new(&options, &world->engine, &world->err);
}

void world_close(struct world *world)
{
    dynr_engine_destroy(world->engine);
    for (size_t i = 0; i < world->n_clients; i++) {
        client_free(world->clients[i]);
    }
    free(world->records);
    dynr_arena_cleanup(&world->arena);
}

void world_settle(struct world *world)
{
    bool busy = true;
    while (busy) {
        busy = world->delivered < world->n_records;
        (void)world_deliver(world);
        while (world_answer(world, 0)) {
            busy = true;
        }
        for (size_t i = 0; i < world->n_clients; i++) {
            busy = client_refill(world->clients[i]) || busy;
        }
    }
}

struct dynr_engine_counters world_counters(const struct world *world)
{
    struct dynr_engine_counters counters;
    dynr_engine_counters(world->engine, &counters);
    return counters;
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

void put_user(struct world *world, const char *id, const char *name)
{
    struct user user = {dynr_str_from_c(id), dynr_str_from_c(name)};
    world_put(world, &user_entity, &user);
}

void put_list(struct world *world, const char *id, const char *owner, bool archived)
{
    struct list list = {
        dynr_str_from_c(id), {dynr_str_from_c(owner)}, dynr_str_from_c(id), archived};
    world_put(world, &list_entity, &list);
}

void put_member(struct world *world, const char *list, const char *user, const char *role)
{
    struct member member = {dynr_str_from_c(list), dynr_str_from_c(user), dynr_str_from_c(role)};
    world_put(world, &member_entity, &member);
}

struct todo make_todo(const char *list, const char *id)
{
    struct todo todo = {
        .list = {dynr_str_from_c(list)}, .id = dynr_str_from_c(id), .text = dynr_str_from_c(id)};
    todo.price.text = dynr_str_from_c("0");
    return todo;
}

void put_todo(struct world *world, const char *list, const char *id, const char *text)
{
    struct todo todo = make_todo(list, id);
    todo.text = dynr_str_from_c(text);
    world_put(world, &todo_entity, &todo);
}

void put_due(struct world *world, const char *id, int64_t due)
{
    struct todo todo = make_todo("l1", id);
    todo.has_due = true;
    todo.due = due;
    world_put(world, &todo_entity, &todo);
}

void delete_todo(struct world *world, const char *list, const char *id)
{
    struct todo_key key = {{dynr_str_from_c(list)}, dynr_str_from_c(id)};
    world_delete(world, &todo_entity, &key);
}
