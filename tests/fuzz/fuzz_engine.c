/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What clients and streams say to the reactive engine, as any text: inputs, bounds, parents, images. Lines of the data are
 * messages; the first byte of each says which. Nothing may break, and in the end nothing may be left.
 */
#include <stdlib.h>

#include "../unit/reactive/application.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct host {
    struct dynr_engine *engine;
    uint64_t position;
};

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void on_send(void *context, uint64_t connection, struct dynr_frame *frame)
{
    (void)context;
    (void)connection;
    require(frame->len > 2 && frame->text[0] == '{' && frame->text[frame->len - 1] == '}');
}

/* As many rows as the read asks for, nine at most, so that windows end. */
static void answer_query(struct host *host, struct dynr_engine_read *read)
{
    static const char *const ids[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i"};
    const struct dynr_struct_desc *desc = read->entity->row;
    size_t n = read->query->limit < 9 ? read->query->limit : 9;
    char *items = dynr_arena_calloc(read->arena, 9, desc->size);
    uint64_t *positions = dynr_arena_calloc(read->arena, 9, sizeof *positions);
    require(items != NULL && positions != NULL);
    n = read->entity == &todo_entity ? n : 1;
    for (size_t i = 0; i < n; i++) {
        memcpy(items + i * desc->size, read->query->probe, desc->size);
        positions[i] = host->position;
        if (read->entity == &todo_entity) {
            struct todo *todo = (struct todo *)(void *)(items + i * desc->size);
            todo->id = dynr_str_from_c(ids[i]);
            todo->has_due = true;
            todo->due = (int64_t)i;
            todo->price.text = dynr_str_from_c("1");
        } else if (read->entity == &list_entity) {
            ((struct list *)(void *)items)->id = dynr_str_from_c("l1");
        }
    }
    read->rows.items = items;
    read->rows.n_items = n;
    read->rows.positions = positions;
    read->rows.position = host->position;
    read->rows.cursor = dynr_str_from_c(n == read->query->limit ? "more" : "");
}

static void on_read(void *context, struct dynr_engine_read *read)
{
    struct host *host = context;
    read->status = DYNR_OK;
    if (read->kind == DYNR_ENGINE_READ_QUERY) {
        answer_query(host, read);
    } else if (read->kind == DYNR_ENGINE_READ_KEYS) {
        read->found = dynr_arena_calloc(read->arena, read->n_keys, sizeof(void *));
        read->found_positions = dynr_arena_calloc(read->arena, read->n_keys, sizeof(uint64_t));
        require(read->found != NULL && read->found_positions != NULL);
    } else {
        read->result_position = host->position;
    }
    (void)dynr_engine_read_done(host->engine, read, NULL);
}

static void send_record(struct host *host, struct dynr_str text)
{
    struct dynr_record record = {.size = sizeof record, .event = DYNR_EVENT_MODIFY};
    record.table = dynr_str_from_c(text.len > 0 && text.ptr[0] == 'm' ? "members" : "app");
    record.keys = text;
    record.old_image = text;
    record.new_image = text;
    record.position = ++host->position;
    record.commit = host->position;
    (void)dynr_engine_records(host->engine, &record, 1, NULL);
}

static void say(struct host *host, char kind, struct dynr_str text, uint64_t *next_id)
{
    struct dynr_engine_subscribe subscribe = {
        .id = ++*next_id, .procedure = dynr_str_from_c("pure"), .input = text};
    switch (kind) {
    case 's':
        (void)dynr_engine_subscribe(host->engine, 1, &subscribe, NULL);
        break;
    case 'r':
        subscribe.procedure = dynr_str_from_c("due");
        subscribe.input = dynr_str_from_c("{\"id\":\"l2\"}");
        subscribe.since.position = 1;
        subscribe.since.bound = text;
        (void)dynr_engine_subscribe(host->engine, 1, &subscribe, NULL);
        break;
    case 'm':
        for (uint32_t epoch = 1; epoch < 4; epoch++) {
            (void)dynr_engine_more(host->engine, 1, 2, 1, text, epoch, NULL);
        }
        break;
    case 't':
        (void)dynr_engine_trim(host->engine, 1, 1, 0, dynr_str_from_c(""), 1, text, NULL);
        break;
    case 'p':
        (void)dynr_engine_trim(host->engine, 1, 2, 1, text, 1, dynr_str_from_c("[2,\"c\"]"), NULL);
        break;
    default:
        send_record(host, text);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct host host = {NULL, 1};
    struct dynr_engine_host methods = {&host, on_send, on_read};
    struct dynr_engine_options options = DYNR_ENGINE_OPTIONS_INIT;
    struct dynr_engine_counters counters;
    uint64_t next_id = 2;
    options.procedures = &procedures;
    options.host = &methods;
    require(dynr_engine_new(&options, &host.engine, NULL) == DYNR_OK);
    require(dynr_engine_connect(host.engine, 1, NULL, NULL) == DYNR_OK);
    struct dynr_engine_subscribe first = {
        .id = 1, .procedure = dynr_str_from_c("due"), .input = dynr_str_from_c("{\"id\":\"l1\"}")};
    struct dynr_engine_subscribe second = {
        .id = 2, .procedure = dynr_str_from_c("tree"), .input = dynr_str_from_c("{\"id\":\"u1\"}")};
    (void)dynr_engine_subscribe(host.engine, 1, &first, NULL);
    (void)dynr_engine_subscribe(host.engine, 1, &second, NULL);
    const char *text = (const char *)data;
    while (size > 0) {
        const char *end = memchr(text, '\n', size);
        size_t len = end == NULL ? size : (size_t)(end - text);
        if (len > 0) {
            say(&host, text[0], dynr_str_make(text + 1, len - 1), &next_id);
        }
        len += end == NULL ? 0 : 1;
        text += len;
        size -= len;
    }
    dynr_engine_disconnect(host.engine, 1);
    dynr_engine_counters(host.engine, &counters);
    require(counters.views == 0 && counters.subscribers == 0 && counters.dependencies == 0);
    dynr_engine_destroy(host.engine);
    return 0;
}
