/* SPDX-License-Identifier: Apache-2.0 */
#include "local/stream_recent.h"

#include <string.h>

bool dynr_local_streams_init(struct local_streams *streams)
{
    for (size_t i = 0; i < 2; i++) {
        dynr_arena_init(&streams->recents[i].arena, NULL, 0);
        streams->recents[i].is_partial = true;
    }
    atomic_init(&streams->n_open, 0);
    return pthread_mutex_init(&streams->mutex, NULL) == 0;
}

void dynr_local_streams_cleanup(struct local_streams *streams)
{
    for (size_t i = 0; i < 2; i++) {
        dynr_arena_cleanup(&streams->recents[i].arena);
    }
    (void)pthread_mutex_destroy(&streams->mutex);
}

static struct local_recent *writers(struct local_streams *streams)
{
    return &streams->recents[1 - streams->shown];
}

void dynr_local_recent_begin(struct local_streams *streams, bool keeps)
{
    struct local_recent *recent = writers(streams);
    dynr_arena_reset(&recent->arena);
    recent->n_records = 0;
    recent->n_bytes = 0;
    recent->is_partial = !keeps || atomic_load(&streams->n_open) == 0;
}

static bool copy(struct local_recent *recent, struct dynr_str *text)
{
    recent->n_bytes += text->len;
    if (text->ptr == NULL || recent->n_bytes > LOCAL_RECENT_BYTES) {
        return text->ptr == NULL;
    }
    *text = dynr_arena_dup(&recent->arena, *text);
    return text->ptr != NULL;
}

void dynr_local_recent_add(struct local_streams *streams, const struct dynr_record *record,
                           uint32_t place)
{
    struct local_recent *recent = writers(streams);
    if (recent->is_partial || recent->n_records == LOCAL_RECENT_RECORDS) {
        recent->is_partial = true;
        return;
    }
    struct dynr_record *own = &recent->records[recent->n_records];
    *own = *record;
    recent->places[recent->n_records++] = place;
    recent->is_partial = !copy(recent, &own->table) || !copy(recent, &own->keys) ||
                         !copy(recent, &own->old_image) || !copy(recent, &own->new_image);
}

/* A transaction ends where the next one begins. */
static void end_transactions(struct local_recent *recent)
{
    uint64_t commit = 0;
    for (size_t i = recent->n_records; i > 0; i--) {
        if (i == recent->n_records || recent->places[i] == 0) {
            commit = recent->records[i - 1].position;
        }
        recent->records[i - 1].commit = commit;
    }
}

void dynr_local_recent_publish(struct local_streams *streams)
{
    end_transactions(writers(streams));
    (void)pthread_mutex_lock(&streams->mutex);
    streams->shown = 1 - streams->shown;
    (void)pthread_mutex_unlock(&streams->mutex);
}

static bool copy_out(const struct dynr_record *from, struct dynr_arena *arena,
                     struct dynr_record *to)
{
    struct dynr_str *texts[] = {&to->table, &to->keys, &to->old_image, &to->new_image};
    *to = *from;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (texts[i]->ptr != NULL) {
            *texts[i] = dynr_arena_dup(arena, *texts[i]);
            if (texts[i]->ptr == NULL) {
                return false;
            }
        }
    }
    return true;
}

/* With the mutex held. */
static bool read_shown(const struct local_recent *recent, uint64_t position, uint32_t max,
                       struct dynr_arena *arena, const struct dynr_record **out_records,
                       size_t *out_n_records)
{
    uint64_t first = recent->n_records == 0 ? 0 : recent->records[0].position;
    if (recent->is_partial || recent->n_records == 0 || position + 1 < first ||
        position + 1 - first >= recent->n_records) {
        return false;
    }
    size_t begin = (size_t)(position + 1 - first);
    size_t n = recent->n_records - begin;
    if (n > max || recent->places[begin] != 0) {
        return false;
    }
    struct dynr_record *records = dynr_arena_calloc(arena, n, sizeof *records);
    if (records == NULL) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!copy_out(&recent->records[begin + i], arena, &records[i])) {
            return false;
        }
    }
    *out_records = records;
    *out_n_records = n;
    return true;
}

bool dynr_local_recent_read(struct local_streams *streams, uint64_t position, uint32_t max,
                            struct dynr_arena *arena, const struct dynr_record **out_records,
                            size_t *out_n_records)
{
    (void)pthread_mutex_lock(&streams->mutex);
    bool found = read_shown(&streams->recents[streams->shown], position, max, arena, out_records,
                            out_n_records);
    (void)pthread_mutex_unlock(&streams->mutex);
    return found;
}
