/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reactive engine by itself: what a change costs while 1,000 to 1,000,000 queries are watched, and what watching costs in
 * memory. CPU time; prints lines of JSON.
 *
 * Usage: bench_engine ROUNDS CHANGES [LARGEST]
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "reactive/record.h"

struct list_key {
    struct dynr_str id;
};
struct todo {
    struct list_key list;
    struct dynr_str id;
    struct dynr_str text;
    bool done;
    int64_t points;
};
struct todo_key {
    struct list_key list;
    struct dynr_str id;
};
struct input {
    struct dynr_str list;
    int64_t least;
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define FIELD(owner, member, type)                                                                 \
    {                                                                                              \
#        member, #        member, sizeof #        member - 1, sizeof #        member - 1, 0,       \
            offsetof(struct owner, member), DYNR_REQUIRED, &(type)                                 \
    }

static const struct dynr_type_desc type_string = {.kind = DYNR_KIND_STRING};
static const struct dynr_type_desc type_bool = {.kind = DYNR_KIND_BOOL};
static const struct dynr_type_desc type_int = {.kind = DYNR_KIND_INT64};
static const struct dynr_field_desc list_key_fields[] = {FIELD(list_key, id, type_string)};
static const struct dynr_struct_desc list_key_desc = {
    .name = "list_key", .size = sizeof(struct list_key), .fields = list_key_fields, .n_fields = 1};
static const struct dynr_type_desc type_list = {.kind = DYNR_KIND_REF, .structure = &list_key_desc};
static const struct dynr_field_desc key_fields[] = {FIELD(todo_key, list, type_list),
                                                    FIELD(todo_key, id, type_string)};
static const struct dynr_struct_desc key_desc = {
    .name = "todo_key", .size = sizeof(struct todo_key), .fields = key_fields, .n_fields = 2};
static const struct dynr_field_desc fields[] = {
    FIELD(todo, list, type_list), FIELD(todo, id, type_string), FIELD(todo, text, type_string),
    FIELD(todo, done, type_bool), FIELD(todo, points, type_int)};
static const struct dynr_struct_desc row_desc = {
    .name = "todo", .size = sizeof(struct todo), .fields = fields, .n_fields = COUNT(fields)};
static const struct dynr_key_part pk_parts[] = {
    {"LIST#", 5, false, offsetof(struct todo, list), DYNR_REQUIRED, &type_list}};
static const struct dynr_key_part sk_parts[] = {
    {"TASK#", 5, false, offsetof(struct todo, id), DYNR_REQUIRED, &type_string}};
static const struct dynr_key_template pk = {"pk", false, 'S', '#', 1, pk_parts};
static const struct dynr_key_template sk = {"sk", false, 'S', '#', 1, sk_parts};
static const struct dynr_table_desc table = {"app", NULL, "pk", "sk", 'S', 'S',
                                             "_et", NULL, true, NULL, 0};
static const struct dynr_entity_desc entity = {
    "Todo", "TASK", &table, &row_desc, &key_desc,     &pk,           &sk,           NULL,         0,
    NULL,   0,      NULL,   0,         DYNR_NO_FIELD, DYNR_NO_FIELD, DYNR_NO_FIELD, DYNR_NO_FIELD};
static const struct dynr_path_desc path = {"todos", DYNR_PATH_CHILDREN, &entity, NULL, &pk, &sk, 0,
                                           NULL};
static const struct dynr_field_desc input_fields[] = {FIELD(input, list, type_string),
                                                      FIELD(input, least, type_int)};
static const struct dynr_struct_desc input_desc = {
    .name = "input", .size = sizeof(struct input), .fields = input_fields, .n_fields = 2};

static enum dynr_status prepare(const void *input, const void *caller, const void *parent,
                                struct dynr_arena *arena, struct dynr_query *query, bool *out_empty,
                                struct dynr_error *err)
{
    (void)caller;
    (void)parent;
    (void)err;
    struct todo *probe = dynr_arena_calloc(arena, 1, sizeof *probe);
    if (probe == NULL) {
        return DYNR_ERR_NO_MEMORY;
    }
    probe->list.id = ((const struct input *)input)->list;
    query->path = &path;
    query->probe = probe;
    *out_empty = false;
    return DYNR_OK;
}

static bool accepts(const void *row, const void *input, const void *caller, const void *parent)
{
    (void)caller;
    (void)parent;
    const struct todo *todo = row;
    const struct input *arguments = input;
    return dynr_str_equal(todo->list.id, arguments->list) && todo->points >= arguments->least;
}

static const uint16_t sent[] = {1, 2, 3};
static const uint16_t id_field[] = {1};
static const struct dynr_view_order by_text[] = {{2, false}};
static const uint64_t deciding[] = {1 | 2 | 4 | 16};
static const struct dynr_path_desc *const paths[] = {&path};
static const struct dynr_view_node nodes[] = {{.name = "",
                                               .node_class = DYNR_NODE_PURE,
                                               .entity = &entity,
                                               .fields = sent,
                                               .n_fields = 3,
                                               .n_shown = 3,
                                               .key = id_field,
                                               .n_key = 1,
                                               .order = by_text,
                                               .n_order = 1,
                                               .deciding = deciding,
                                               .paths = paths,
                                               .n_paths = 1,
                                               .prepare = prepare,
                                               .accepts = accepts}};
static const struct dynr_view_desc view = {nodes, 1, false, NULL, 0, NULL};
static const struct dynr_procedure_desc descs[] = {
    {.path = "list", .kind = DYNR_PROCEDURE_QUERY, .input = &input_desc, .view = &view}};
static const struct dynr_procedure_desc *const procedure_list[] = {&descs[0]};
static const struct dynr_procedure_table procedures = {procedure_list, 1, 0};

/* ---- the host ---------------------------------------------------------------------------------------------------- */

struct bench {
    struct dynr_engine *engine;
    struct dynr_error err;
    uint64_t n_sent;
    uint64_t position;
};

static void on_send(void *context, uint64_t connection, struct dynr_frame *frame)
{
    (void)connection;
    (void)frame;
    ((struct bench *)context)->n_sent++;
}

/* Every list is empty. */
static void on_read(void *context, struct dynr_engine_read *read)
{
    struct bench *bench = context;
    read->status = DYNR_OK;
    (void)dynr_engine_read_done(bench->engine, read, &bench->err);
}

static double now_ns(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *samples, size_t n)
{
    qsort(samples, n, sizeof *samples, compare);
    return samples[n / 2];
}

static bool subscribe(struct bench *bench, uint64_t connection, uint64_t id, uint64_t list,
                      int64_t least)
{
    char input[96];
    int len = snprintf(input, sizeof input, "{\"list\":\"list-%llu\",\"least\":\"%lld\"}",
                       (unsigned long long)list, (long long)least);
    struct dynr_engine_subscribe message = {0};
    message.id = id;
    message.procedure = dynr_str_from_c("list");
    message.input = dynr_str_make(input, (size_t)len);
    return dynr_engine_subscribe(bench->engine, connection, &message, &bench->err) == DYNR_OK;
}

static bool open_engine(struct bench *bench, const struct dynr_engine_host *host)
{
    struct dynr_engine_options options = DYNR_ENGINE_OPTIONS_INIT;
    options.procedures = &procedures;
    options.host = host;
    options.limits.max_views = 2000000;
    options.limits.max_connections = 2000000;
    return dynr_engine_new(&options, &bench->engine, &bench->err) == DYNR_OK;
}

/* 100 queries a connection. */
static bool fill(struct bench *bench, uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i < to; i++) {
        if (i % 100 == 0 &&
            dynr_engine_connect(bench->engine, i / 100 + 1, NULL, &bench->err) != DYNR_OK) {
            return false;
        }
        if (!subscribe(bench, i / 100 + 1, i + 1, i, 0)) {
            return false;
        }
    }
    return true;
}

/* ---- records ----------------------------------------------------------------------------------------------------- */

#define RECORDS 4096

struct texts {
    char old_image[256];
    char new_image[256];
    char keys[96];
};

static struct texts texts[RECORDS];
static struct dynr_record records[RECORDS];

static struct dynr_str print_image(char *out, size_t size, uint64_t list, unsigned number,
                                   const char *text, int points)
{
    int len =
        snprintf(out, size,
                 "{\"pk\":{\"S\":\"LIST#list-%llu\"},\"sk\":{\"S\":\"TASK#%u\"},\"_et\":{\"S\":"
                 "\"TASK\"},\"list\":{\"S\":"
                 "\"list-%llu\"},\"id\":{\"S\":\"%u\"},\"text\":{\"S\":\"%s\"},\"done\":{\"BOOL\":"
                 "false},\"points\":{\"N\":\"%d\"}}",
                 (unsigned long long)list, number, (unsigned long long)list, number, text, points);
    return dynr_str_make(out, (size_t)len);
}

static void make_records(uint64_t n_lists)
{
    uint64_t random = 88172645463325252U;
    for (unsigned i = 0; i < RECORDS; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        uint64_t list = random % n_lists;
        struct texts *out = &texts[i];
        int len = snprintf(out->keys, sizeof out->keys,
                           "{\"pk\":{\"S\":\"LIST#list-%llu\"},\"sk\":{\"S\":\"TASK#%u\"}}",
                           (unsigned long long)list, i);
        records[i].size = sizeof records[i];
        records[i].table = dynr_str_from_c("app");
        records[i].event = DYNR_EVENT_MODIFY;
        records[i].keys = dynr_str_make(out->keys, (size_t)len);
        records[i].old_image =
            print_image(out->old_image, sizeof out->old_image, list, i, "buy some milk", 50);
        records[i].new_image =
            print_image(out->new_image, sizeof out->new_image, list, i, "buy some more milk", 50);
    }
}

/* ns a change. */
static double deliver(struct bench *bench, unsigned n_changes)
{
    double start = now_ns();
    for (unsigned i = 0; i < n_changes; i++) {
        struct dynr_record *record = &records[i % RECORDS];
        record->position = ++bench->position;
        record->commit = bench->position;
        (void)dynr_engine_records(bench->engine, record, 1, &bench->err);
    }
    return (now_ns() - start) / n_changes;
}

/* ns a match: key text, hash and look-up, for rows that are decoded. */
static double match(struct bench *bench, unsigned n_changes)
{
    static struct dynr_live_change changes[RECORDS];
    struct dynr_arena arena = {0};
    for (unsigned i = 0; i < RECORDS; i++) {
        (void)dynr_record_decode(bench->engine, &records[i], &arena, &changes[i], &bench->err);
    }
    double start = now_ns();
    for (unsigned i = 0; i < n_changes; i++) {
        (void)dynr_dependency_match(bench->engine, &changes[i % RECORDS]);
    }
    double ns = (now_ns() - start) / n_changes;
    dynr_arena_cleanup(&arena);
    return ns;
}

/* ns a look-up alone. */
static double look_up(struct bench *bench, unsigned n_changes)
{
    static struct dynr_key128 keys[RECORDS];
    struct dynr_arena arena = {0};
    for (unsigned i = 0; i < RECORDS; i++) {
        struct dynr_live_change change;
        bool present;
        (void)dynr_record_decode(bench->engine, &records[i], &arena, &change, &bench->err);
        (void)dynr_dependency_key(bench->engine, dynr_catalog_path(change.entity, &path),
                                  change.new_row, &keys[i], &present);
    }
    double start = now_ns();
    for (unsigned i = 0; i < n_changes; i++) {
        bench->engine->matches.n_items = 0;
        (void)dynr_dependency_collect(bench->engine, keys[i % RECORDS]);
    }
    double ns = (now_ns() - start) / n_changes;
    dynr_arena_cleanup(&arena);
    return ns;
}

/* ---- figures ----------------------------------------------------------------------------------------------------- */

static bool measure_sizes(unsigned n_rounds, unsigned n_changes, uint64_t largest)
{
    struct bench bench = {0};
    struct dynr_engine_host host = {&bench, on_send, on_read};
    struct dynr_engine_counters empty;
    uint64_t n = 0;
    if (!open_engine(&bench, &host)) {
        return false;
    }
    dynr_engine_counters(bench.engine, &empty);
    for (uint64_t size = 1000; size <= largest; size *= 10) {
        double changes[32];
        double matches[32];
        double look_ups[32];
        if (!fill(&bench, n, size)) {
            return false;
        }
        n = size;
        make_records(size);
        for (unsigned round = 0; round < n_rounds; round++) {
            changes[round] = deliver(&bench, n_changes);
            matches[round] = match(&bench, n_changes);
            look_ups[round] = look_up(&bench, n_changes);
        }
        struct dynr_engine_counters counters;
        dynr_engine_counters(bench.engine, &counters);
        double bytes = (double)(counters.memory - empty.memory) / (double)size;
        double index = (double)(bench.engine->dependencies.n_slots * sizeof(struct dynr_key_slot)) /
                       (double)size;
        printf("{\"bench\":\"engine\",\"subscriptions\":%llu,\"change_ns\":%.1f,\"match_ns\":%.1f,"
               "\"look_up_ns\":%.1f,\"bytes_per_view\":%.1f,"
               "\"index_bytes\":%.1f}\n",
               (unsigned long long)size, median(changes, n_rounds), median(matches, n_rounds),
               median(look_ups, n_rounds), bytes, index);
    }
    bool fine = bench.n_sent > 0 && bench.err.status == DYNR_OK;
    dynr_engine_destroy(bench.engine);
    return fine;
}

static bool measure_predicates(unsigned n_rounds, unsigned n_changes)
{
    struct bench bench = {0};
    struct dynr_engine_host host = {&bench, on_send, on_read};
    double changes[32];
    if (!open_engine(&bench, &host) ||
        dynr_engine_connect(bench.engine, 1, NULL, &bench.err) != DYNR_OK) {
        return false;
    }
    for (uint64_t i = 0; i < 100; i++) {
        /* One of them takes the rows. */
        if (!subscribe(&bench, 1, i + 1, 0, i == 0 ? 0 : 50 + (int64_t)i)) {
            return false;
        }
    }
    make_records(1);
    for (unsigned round = 0; round < n_rounds; round++) {
        changes[round] = deliver(&bench, n_changes);
    }
    printf("{\"bench\":\"engine\",\"predicates\":100,\"change_ns\":%.1f}\n",
           median(changes, n_rounds));
    dynr_engine_destroy(bench.engine);
    return bench.n_sent > 0;
}

static bool measure_subscribers(unsigned n_subscribers)
{
    struct bench bench = {0};
    struct dynr_engine_host host = {&bench, on_send, on_read};
    struct dynr_engine_counters before;
    struct dynr_engine_counters after;
    if (!open_engine(&bench, &host)) {
        return false;
    }
    for (unsigned i = 0; i <= n_subscribers; i++) {
        if (dynr_engine_connect(bench.engine, i + 1, NULL, &bench.err) != DYNR_OK) {
            return false;
        }
    }
    (void)subscribe(&bench, 1, 1, 0, 0);
    dynr_engine_counters(bench.engine, &before);
    for (unsigned i = 1; i <= n_subscribers; i++) {
        (void)subscribe(&bench, i + 1, 1, 0, 0);
    }
    dynr_engine_counters(bench.engine, &after);
    printf("{\"bench\":\"engine\",\"bytes_per_subscriber\":%.1f}\n",
           (double)(after.memory - before.memory) / n_subscribers);
    dynr_engine_destroy(bench.engine);
    return true;
}

int main(int argc, char **argv)
{
    unsigned n_rounds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 5;
    unsigned n_changes = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 100000;
    uint64_t largest = argc > 3 ? strtoull(argv[3], NULL, 10) : 1000000;
    n_rounds = n_rounds == 0 || n_rounds > 31 ? 5 : n_rounds;
    bool fine = measure_sizes(n_rounds, n_changes, largest) &&
                measure_predicates(n_rounds, n_changes) && measure_subscribers(10000);
    return fine ? 0 : 1;
}
