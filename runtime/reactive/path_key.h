/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dependency key of a path straight from a row's members: the same hash as of the path's number and key text (typed/key.h),
 * without writing that text. Only for keys of plain parts, and for values that need no escape; others go the long way.
 */
#ifndef DYNR_REACTIVE_PATH_KEY_H
#define DYNR_REACTIVE_PATH_KEY_H

#include "base/key_codec.h"
#include "dynr/schema.h"
#include "reactive/siphash_stream.h"

enum dynr_path_step_kind {
    DYNR_PATH_STEP_LITERAL,
    DYNR_PATH_STEP_TEXT,
    DYNR_PATH_STEP_ID,
    DYNR_PATH_STEP_INT32,
    DYNR_PATH_STEP_INT64,
    DYNR_PATH_STEP_PRESENT,
};

struct dynr_path_step {
    enum dynr_path_step_kind kind;
    /* Of the value, or of the flag that says whether it is there. */
    uint32_t offset;
    /* A byte of text below this one would be escaped; 0: none is. */
    uint32_t bound;
    /* LITERAL; of an ID the length alone. */
    struct dynr_str literal;
};

/** What the key is made of, prepared once. */
struct dynr_path_key {
    /* The hash of everything before the first value. */
    struct dynr_siphash start;
    /* NULL: always the long way. */
    const struct dynr_path_step *steps;
    size_t n_steps;
    /* Longer values go the long way, where keys that are too long are found. */
    size_t max_text;
};

enum dynr_path_key_result {
    DYNR_PATH_KEY_HASHED,
    /** An optional part is absent: no row of the path. */
    DYNR_PATH_KEY_ABSENT,
    DYNR_PATH_KEY_LONG_WAY,
};

/** Prepares; `sort` NULL: the partition alone. False when memory is exhausted. */
bool dynr_path_key_prepare(struct dynr_path_key *out, const uint64_t hash_key[2], uint32_t number,
                           const struct dynr_key_template *partition,
                           const struct dynr_key_template *sort, struct dynr_arena *arena);

static inline bool dynr_path_key_put(struct dynr_siphash *s, struct dynr_str text, uint32_t bound)
{
    return dynr_siphash_put_checked(s, text, bound, DYNR_SIPHASH_WORD_ROUNDS);
}

static inline bool dynr_path_key_put_int(struct dynr_siphash *s, int64_t value)
{
    char text[DYNR_KEY_INT_MAX];
    size_t len = dynr_key_format_int(value, text);
    return dynr_path_key_put(s, dynr_str_make(text, len), 0);
}

/* False: the long way. */
static inline bool dynr_path_key_step(const struct dynr_path_key *path,
                                      const struct dynr_path_step *step, const char *value,
                                      struct dynr_siphash *s)
{
    struct dynr_str text;
    switch (step->kind) {
    case DYNR_PATH_STEP_TEXT:
        text = *(const struct dynr_str *)(const void *)value;
        return text.len - 1 < path->max_text && dynr_path_key_put(s, text, step->bound);
    case DYNR_PATH_STEP_ID:
        /* An id of zeros was never set. */
        return *value != '\0' && dynr_path_key_put(s, dynr_str_make(value, step->literal.len), 0);
    case DYNR_PATH_STEP_LITERAL:
        return dynr_path_key_put(s, step->literal, 0);
    case DYNR_PATH_STEP_INT32:
        return dynr_path_key_put_int(s, *(const int32_t *)(const void *)value);
    case DYNR_PATH_STEP_INT64:
        return dynr_path_key_put_int(s, *(const int64_t *)(const void *)value);
    case DYNR_PATH_STEP_PRESENT:
        break;
    }
    return true;
}

static inline enum dynr_path_key_result dynr_path_key_hash(const struct dynr_path_key *path,
                                                           const void *row, struct dynr_key128 *out)
{
    if (path->steps == NULL) {
        return DYNR_PATH_KEY_LONG_WAY;
    }
    struct dynr_siphash s = path->start;
    for (size_t i = 0; i < path->n_steps; i++) {
        const struct dynr_path_step *step = &path->steps[i];
        const char *value = (const char *)row + step->offset;
        if (step->kind == DYNR_PATH_STEP_PRESENT && !*(const bool *)value) {
            return DYNR_PATH_KEY_ABSENT;
        }
        if (!dynr_path_key_step(path, step, value, &s)) {
            return DYNR_PATH_KEY_LONG_WAY;
        }
    }
    *out = dynr_siphash_finish(&s, DYNR_SIPHASH_WORD_ROUNDS, DYNR_SIPHASH_FINAL_ROUNDS);
    return DYNR_PATH_KEY_HASHED;
}

#endif
