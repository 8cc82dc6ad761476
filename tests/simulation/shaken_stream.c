/* SPDX-License-Identifier: Apache-2.0 */
#include "shaken_stream.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "kept_record.h"
#include "test_tools.h"

enum {
    MOST_SHARDS = 64,
    MOST_START_SHARDS = 16,
    INNER_PAGE = 500,
    /* Deliveries of a shard that may come again. */
    MOST_REMEMBERED = 3
};

struct shard {
    /* Keys whose hash lies in here, both ends included. */
    uint32_t low;
    uint32_t high;
    /* Index of the shard that was split into this one, or -1. */
    int parent;
    bool is_split;
    struct kept_queue waiting;
    /* The last deliveries, oldest first. */
    struct kept_queue remembered[MOST_REMEMBERED];
    size_t n_remembered;
};

struct shaken_stream {
    struct dynr_stream base;
    struct dynr_stream *inner;
    struct shaken_stream_options options;
    struct dynr_test_random random;
    struct shard shards[MOST_SHARDS];
    int n_shards;
    bool keeps_transactions;
    /* Readable while something waits. */
    int waiting_fd;
    int epoll_fd;
};

struct delivery {
    struct dynr_arena *arena;
    struct dynr_record *records;
    size_t n_records;
    size_t cap_records;
};

static bool happens(struct shaken_stream *stream, uint32_t chance)
{
    return dynr_test_random_below(&stream->random, 1000) < chance;
}

static enum dynr_status no_memory(struct dynr_error *err)
{
    return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
}

/* ---- taking in ---- */

static uint32_t hash_key(const struct dynr_record *record)
{
    uint32_t hash = 0x811c9dc5u;
    for (size_t i = 0; i < record->keys.len; i++) {
        hash = (hash ^ (unsigned char)record->keys.ptr[i]) * 0x01000193u;
    }
    /* FNV's high bits are poor for texts that differ at the end. */
    return hash * 0x9e3779b1u;
}

static int shard_of(const struct shaken_stream *stream, const struct dynr_record *record)
{
    uint32_t hash = hash_key(record);
    for (int i = 0; i < stream->n_shards; i++) {
        const struct shard *shard = &stream->shards[i];
        if (!shard->is_split && hash >= shard->low && hash <= shard->high) {
            return i;
        }
    }
    abort();
}

static void split(struct shaken_stream *stream, int which)
{
    struct shard *parent = &stream->shards[which];
    if (stream->n_shards + 2 > MOST_SHARDS || parent->high - parent->low < 2) {
        return;
    }
    uint32_t middle = parent->low + (parent->high - parent->low) / 2;
    parent->is_split = true;
    stream->shards[stream->n_shards++] =
        (struct shard){.low = parent->low, .high = middle, .parent = which};
    stream->shards[stream->n_shards++] =
        (struct shard){.low = middle + 1, .high = parent->high, .parent = which};
}

static bool take_in(struct shaken_stream *stream, const struct dynr_record *record)
{
    struct kept_record *kept = kept_record_new(record);
    if (kept == NULL) {
        return false;
    }
    int which = shard_of(stream, record);
    if (happens(stream, stream->options.split_chance)) {
        split(stream, which);
        which = shard_of(stream, record);
    }
    if (!stream->keeps_transactions) {
        kept->record.shard = (uint32_t)which + 1;
        kept->record.commit = kept->record.position;
    }
    kept_queue_push(&stream->shards[which].waiting, kept);
    return true;
}

static enum dynr_status take_all_in(struct shaken_stream *stream, struct dynr_error *err)
{
    struct dynr_arena arena;
    const struct dynr_record *records;
    size_t n_records = 0;
    enum dynr_status status = DYNR_OK;
    dynr_arena_init(&arena, NULL, 0);
    do {
        status = dynr_stream_read(stream->inner, INNER_PAGE, &arena, &records, &n_records, err);
        for (size_t i = 0; status == DYNR_OK && i < n_records; i++) {
            status = take_in(stream, &records[i]) ? DYNR_OK : no_memory(err);
        }
        dynr_arena_reset(&arena);
    } while (status == DYNR_OK && n_records > 0);
    dynr_arena_cleanup(&arena);
    return status;
}

/* ---- delivering ---- */

static bool deliver(struct delivery *delivery, const struct kept_record *kept)
{
    if (delivery->n_records == delivery->cap_records) {
        size_t cap = delivery->cap_records == 0 ? 16 : delivery->cap_records * 2;
        struct dynr_record *records = dynr_arena_calloc(delivery->arena, cap, sizeof *records);
        if (records == NULL) {
            return false;
        }
        if (delivery->n_records > 0) {
            memcpy(records, delivery->records, delivery->n_records * sizeof *records);
        }
        delivery->records = records;
        delivery->cap_records = cap;
    }
    return kept_record_copy(kept, delivery->arena, &delivery->records[delivery->n_records++]);
}

static bool deliver_queue(struct delivery *delivery, const struct kept_queue *queue)
{
    for (const struct kept_record *kept = queue->first; kept != NULL; kept = kept->next) {
        if (!deliver(delivery, kept)) {
            return false;
        }
    }
    return true;
}

/* Room for one more delivery to remember. */
static struct kept_queue *remember(struct shard *shard)
{
    if (shard->n_remembered == MOST_REMEMBERED) {
        kept_queue_clear(&shard->remembered[0]);
        memmove(&shard->remembered[0], &shard->remembered[1],
                (MOST_REMEMBERED - 1) * sizeof shard->remembered[0]);
        shard->n_remembered--;
    }
    struct kept_queue *queue = &shard->remembered[shard->n_remembered++];
    memset(queue, 0, sizeof *queue);
    return queue;
}

/* One transaction of a shard (one record, where each stands for itself), perhaps after what came before it. */
static bool deliver_next(struct shaken_stream *stream, struct shard *shard,
                         struct delivery *delivery)
{
    if (shard->n_remembered > 0 && happens(stream, stream->options.repeat_chance)) {
        size_t from = (size_t)dynr_test_random_below(&stream->random, shard->n_remembered);
        for (size_t i = from; i < shard->n_remembered; i++) {
            if (!deliver_queue(delivery, &shard->remembered[i])) {
                return false;
            }
        }
    }
    struct kept_queue *delivered = remember(shard);
    uint64_t commit = shard->waiting.first->record.commit;
    while (shard->waiting.first != NULL && shard->waiting.first->record.commit == commit) {
        kept_queue_push(delivered, kept_queue_pop(&shard->waiting));
    }
    return deliver_queue(delivery, delivered);
}

static bool is_behind_its_parents(const struct shaken_stream *stream, const struct shard *shard)
{
    for (int i = shard->parent; i >= 0; i = stream->shards[i].parent) {
        if (stream->shards[i].waiting.first != NULL) {
            return false;
        }
    }
    return true;
}

static bool has_waiting(const struct shaken_stream *stream)
{
    for (int i = 0; i < stream->n_shards; i++) {
        if (stream->shards[i].waiting.first != NULL) {
            return true;
        }
    }
    return false;
}

/* Any shard that may deliver and is not late in this read; -1: none. */
static int choose_shard(struct shaken_stream *stream, const bool *is_late)
{
    int ready[MOST_SHARDS];
    int n_ready = 0;
    for (int i = 0; i < stream->n_shards; i++) {
        const struct shard *shard = &stream->shards[i];
        if (shard->waiting.first != NULL && !is_late[i] && is_behind_its_parents(stream, shard)) {
            ready[n_ready++] = i;
        }
    }
    return n_ready == 0 ? -1 : ready[dynr_test_random_below(&stream->random, (uint64_t)n_ready)];
}

static void show_waiting(struct shaken_stream *stream)
{
    uint64_t count = 1;
    ssize_t n = read(stream->waiting_fd, &count, sizeof count);
    if (has_waiting(stream)) {
        count = 1;
        n = write(stream->waiting_fd, &count, sizeof count);
    }
    (void)n;
}

static enum dynr_status read_shaken(struct dynr_stream *base, uint32_t max,
                                    struct dynr_arena *arena,
                                    const struct dynr_record **out_records, size_t *out_n_records,
                                    struct dynr_error *err)
{
    struct shaken_stream *stream = (struct shaken_stream *)(void *)base;
    struct delivery delivery = {.arena = arena};
    bool is_late[MOST_SHARDS] = {false};
    enum dynr_status status = take_all_in(stream, err);
    size_t n_wanted = (size_t)dynr_test_random_below(&stream->random, max) + 1;
    for (int i = 0; i < stream->n_shards; i++) {
        is_late[i] = happens(stream, stream->options.delay_chance);
    }
    while (status == DYNR_OK && delivery.n_records < n_wanted) {
        int which = choose_shard(stream, is_late);
        if (which < 0) {
            break;
        }
        status = deliver_next(stream, &stream->shards[which], &delivery) ? DYNR_OK : no_memory(err);
    }
    show_waiting(stream);
    *out_records = delivery.records;
    *out_n_records = status == DYNR_OK ? delivery.n_records : 0;
    return status;
}

/* ---- opening and closing ---- */

static int shaken_fd(struct dynr_stream *base)
{
    return ((struct shaken_stream *)(void *)base)->epoll_fd;
}

static void destroy(struct dynr_stream *base)
{
    struct shaken_stream *stream = (struct shaken_stream *)(void *)base;
    dynr_stream_destroy(stream->inner);
    for (int i = 0; i < stream->n_shards; i++) {
        kept_queue_clear(&stream->shards[i].waiting);
        for (size_t k = 0; k < stream->shards[i].n_remembered; k++) {
            kept_queue_clear(&stream->shards[i].remembered[k]);
        }
    }
    if (stream->waiting_fd >= 0) {
        (void)close(stream->waiting_fd);
    }
    if (stream->epoll_fd >= 0) {
        (void)close(stream->epoll_fd);
    }
    free(stream);
}

static const struct dynr_stream_methods methods = {
    .size = sizeof(struct dynr_stream_methods),
    .read = read_shaken,
    .fd = shaken_fd,
    .destroy = destroy,
};

static bool open_descriptors(struct shaken_stream *stream)
{
    struct epoll_event event = {.events = EPOLLIN};
    stream->waiting_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    stream->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    return stream->waiting_fd >= 0 && stream->epoll_fd >= 0 &&
           epoll_ctl(stream->epoll_fd, EPOLL_CTL_ADD, stream->waiting_fd, &event) == 0 &&
           epoll_ctl(stream->epoll_fd, EPOLL_CTL_ADD, dynr_stream_fd(stream->inner), &event) == 0;
}

enum dynr_status shaken_stream_new(struct dynr_stream *inner,
                                   const struct shaken_stream_options *options,
                                   struct dynr_stream **out, struct dynr_error *err)
{
    *out = NULL;
    struct shaken_stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL || options->n_shards == 0 || options->n_shards > MOST_START_SHARDS) {
        free(stream);
        dynr_stream_destroy(inner);
        return stream == NULL
                   ? no_memory(err)
                   : dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT,
                               "a stream has 1 to %d shards at the start", MOST_START_SHARDS);
    }
    stream->base.methods = &methods;
    stream->inner = inner;
    stream->options = *options;
    stream->random.state = options->seed * 2 + 1;
    stream->keeps_transactions = options->n_shards == 1 && options->split_chance == 0;
    stream->n_shards = (int)options->n_shards;
    uint32_t width = UINT32_MAX / options->n_shards;
    for (uint32_t i = 0; i < options->n_shards; i++) {
        bool is_last = i + 1 == options->n_shards;
        stream->shards[i] = (struct shard){
            .low = i * width, .high = is_last ? UINT32_MAX : (i + 1) * width - 1, .parent = -1};
    }
    if (!open_descriptors(stream)) {
        destroy(&stream->base);
        return dynr_fail(err, DYNR_ERR_IO, "no descriptors are left");
    }
    *out = &stream->base;
    return DYNR_OK;
}
