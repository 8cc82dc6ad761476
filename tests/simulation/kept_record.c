/* SPDX-License-Identifier: Apache-2.0 */
#include "kept_record.h"

#include <stdlib.h>
#include <string.h>

enum {
    TEXTS = 4
};

static void texts_of(struct dynr_record *record, struct dynr_str *out[TEXTS])
{
    out[0] = &record->table;
    out[1] = &record->keys;
    out[2] = &record->old_image;
    out[3] = &record->new_image;
}

struct kept_record *kept_record_new(const struct dynr_record *record)
{
    struct dynr_record copy = *record;
    struct dynr_str *texts[TEXTS];
    size_t n_bytes = 0;
    texts_of(&copy, texts);
    for (size_t i = 0; i < TEXTS; i++) {
        n_bytes += texts[i]->len;
    }
    struct kept_record *kept = malloc(sizeof *kept + n_bytes);
    if (kept == NULL) {
        return NULL;
    }
    char *next = kept->bytes;
    for (size_t i = 0; i < TEXTS; i++) {
        if (texts[i]->len > 0) {
            memcpy(next, texts[i]->ptr, texts[i]->len);
        }
        *texts[i] = dynr_str_make(next, texts[i]->len);
        next += texts[i]->len;
    }
    kept->record = copy;
    kept->next = NULL;
    return kept;
}

bool kept_record_copy(const struct kept_record *kept, struct dynr_arena *arena,
                      struct dynr_record *out)
{
    struct dynr_str *texts[TEXTS];
    bool is_complete = true;
    *out = kept->record;
    texts_of(out, texts);
    for (size_t i = 0; i < TEXTS; i++) {
        *texts[i] = dynr_arena_dup(arena, *texts[i]);
        is_complete = is_complete && texts[i]->ptr != NULL;
    }
    return is_complete;
}

void kept_queue_push(struct kept_queue *queue, struct kept_record *kept)
{
    kept->next = NULL;
    if (queue->first == NULL) {
        queue->first = kept;
    } else {
        queue->last->next = kept;
    }
    queue->last = kept;
}

struct kept_record *kept_queue_pop(struct kept_queue *queue)
{
    struct kept_record *kept = queue->first;
    if (kept != NULL) {
        queue->first = kept->next;
    }
    return kept;
}

void kept_queue_clear(struct kept_queue *queue)
{
    struct kept_record *kept;
    while ((kept = kept_queue_pop(queue)) != NULL) {
        free(kept);
    }
}
