/* SPDX-License-Identifier: Apache-2.0 */
#include "reactive/path_key.h"

#include "typed/key.h"
#include "typed/type.h"

#define STEPS_MAX  ((size_t)24)
#define EVERY_BYTE (UINT64_MAX / 255)
#define HIGH_BITS  (EVERY_BYTE * 128)

/* ---- preparing ----------------------------------------------------------------------------------------------- */

struct plan {
    struct dynr_path_step steps[STEPS_MAX];
    size_t n_steps;
    size_t n_texts;
    /* Bytes of all that is not text. */
    size_t fixed;
    bool plain;
};

static void add_step(struct plan *plan, enum dynr_path_step_kind kind, size_t offset,
                     unsigned bound, struct dynr_str literal)
{
    if (kind == DYNR_PATH_STEP_LITERAL && literal.len == 0) {
        return;
    }
    if (plan->n_steps == STEPS_MAX) {
        plan->plain = false;
        return;
    }
    struct dynr_path_step *step = &plan->steps[plan->n_steps++];
    step->kind = kind;
    step->offset = (uint32_t)offset;
    step->bound = bound;
    step->literal = literal;
    plan->n_texts += kind == DYNR_PATH_STEP_TEXT ? 1 : 0;
    plan->fixed += kind == DYNR_PATH_STEP_INT32 || kind == DYNR_PATH_STEP_INT64 ? DYNR_KEY_INT_MAX
                                                                                : literal.len;
}

static void add_value(struct plan *plan, const struct dynr_type_desc *type, size_t offset,
                      unsigned bound, const char *delimiter);

static void add_parts(struct plan *plan, const struct dynr_struct_desc *key, size_t offset,
                      unsigned bound, const char *delimiter)
{
    for (size_t i = 0; i < key->n_fields; i++) {
        if (i > 0) {
            add_step(plan, DYNR_PATH_STEP_LITERAL, 0, 0, dynr_str_make(delimiter, 1));
        }
        add_value(plan, key->fields[i].type, offset + key->fields[i].offset, bound, delimiter);
    }
}

static void add_value(struct plan *plan, const struct dynr_type_desc *type, size_t offset,
                      unsigned bound, const char *delimiter)
{
    struct dynr_str none = dynr_str_make(NULL, 0);
    switch (type->kind) {
    case DYNR_KIND_STRING:
    case DYNR_KIND_EMAIL:
    case DYNR_KIND_URL:
        add_step(plan, DYNR_PATH_STEP_TEXT, offset, bound, none);
        return;
    case DYNR_KIND_ULID:
        add_step(plan, DYNR_PATH_STEP_ID, offset, 0,
                 dynr_str_make(NULL, sizeof((struct dynr_ulid *)NULL)->text));
        return;
    case DYNR_KIND_UUID:
        add_step(plan, DYNR_PATH_STEP_ID, offset, 0,
                 dynr_str_make(NULL, sizeof((struct dynr_uuid *)NULL)->text));
        return;
    case DYNR_KIND_INT32:
    case DYNR_KIND_ENUM:
        add_step(plan, DYNR_PATH_STEP_INT32, offset, 0, none);
        return;
    case DYNR_KIND_INT64:
        add_step(plan, DYNR_PATH_STEP_INT64, offset, 0, none);
        return;
    case DYNR_KIND_REF:
        add_parts(plan, type->structure, offset, bound, delimiter);
        return;
    case DYNR_KIND_JSON:
    case DYNR_KIND_BOOL:
    case DYNR_KIND_FLOAT:
    case DYNR_KIND_DECIMAL:
    case DYNR_KIND_BYTES:
    case DYNR_KIND_DATE:
    case DYNR_KIND_TIMESTAMP:
    case DYNR_KIND_EPOCH:
    case DYNR_KIND_STRUCT:
    case DYNR_KIND_LIST:
    case DYNR_KIND_SET:
    case DYNR_KIND_MAP:
    case DYNR_KIND_ROW:
        break;
    }
    plan->plain = false;
}

static void add_presence(struct plan *plan, const struct dynr_key_template *key)
{
    for (size_t i = 0; i < key->n_parts; i++) {
        const struct dynr_key_part *part = &key->parts[i];
        if (part->type != NULL && part->presence != DYNR_REQUIRED) {
            add_step(plan, DYNR_PATH_STEP_PRESENT, part->presence, 0, dynr_str_make(NULL, 0));
        }
    }
}

/* What typed/key_build.c writes, as steps. */
static void add_key(struct plan *plan, const struct dynr_key_template *key)
{
    unsigned bound = key->native ? 0 : (unsigned)(unsigned char)key->delimiter + 2;
    plan->plain = plan->plain && (key->native || dynr_key_delimiter_is_ordered(key->delimiter));
    for (size_t i = 0; i < key->n_parts; i++) {
        const struct dynr_key_part *part = &key->parts[i];
        if (!key->native) {
            add_step(plan, DYNR_PATH_STEP_LITERAL, 0, 0,
                     dynr_str_make(part->literal, part->literal_len));
        }
        if (part->type == NULL) {
            continue;
        }
        size_t offset = part->offset;
        const struct dynr_type_desc *type = dynr_type_resolve(part->type, &offset);
        /* Native numbers are written otherwise, and references of several parts are escaped there, too. */
        bool is_other = key->native && !dynr_kind_is_text(type->kind) &&
                        type->kind != DYNR_KIND_ULID && type->kind != DYNR_KIND_UUID;
        plan->plain = plan->plain && !part->fold && !is_other;
        add_value(plan, type, offset, bound, &key->delimiter);
    }
}

bool dynr_path_key_prepare(struct dynr_path_key *out, const uint64_t hash_key[2], uint32_t number,
                           const struct dynr_key_template *partition,
                           const struct dynr_key_template *sort, struct dynr_arena *arena)
{
    struct plan plan = {.plain = true};
    memset(out, 0, sizeof *out);
    add_presence(&plan, partition);
    if (sort != NULL) {
        add_presence(&plan, sort);
    }
    add_key(&plan, partition);
    if (sort != NULL) {
        add_step(&plan, DYNR_PATH_STEP_LITERAL, 0, 0, dynr_str_make("", 1));
        add_key(&plan, sort);
    }
    if (!plan.plain || plan.n_steps == 0 || plan.fixed >= DYNR_PARTITION_KEY_MAX) {
        return true;
    }
    struct dynr_path_step *steps = dynr_arena_calloc(arena, plan.n_steps, sizeof *steps);
    if (steps == NULL) {
        return false;
    }
    out->start = dynr_siphash_start(hash_key);
    dynr_siphash_put(&out->start, dynr_str_make((const char *)&number, sizeof number),
                     DYNR_SIPHASH_WORD_ROUNDS);
    bool before_values = true;
    for (size_t i = 0; i < plan.n_steps; i++) {
        const struct dynr_path_step *step = &plan.steps[i];
        if (before_values && step->kind == DYNR_PATH_STEP_LITERAL) {
            dynr_siphash_put(&out->start, step->literal, DYNR_SIPHASH_WORD_ROUNDS);
        } else {
            steps[out->n_steps++] = *step;
            before_values = before_values && step->kind == DYNR_PATH_STEP_PRESENT;
        }
    }
    out->steps = steps;
    out->max_text = plan.n_texts == 0 ? 0 : (DYNR_PARTITION_KEY_MAX - plan.fixed) / plan.n_texts;
    return true;
}
