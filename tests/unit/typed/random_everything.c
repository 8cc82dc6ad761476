/* SPDX-License-Identifier: Apache-2.0 */
#include "random_everything.h"

#include <stdio.h>

struct dynr_str random_text(struct dynr_test_random *random, struct dynr_arena *arena, size_t max)
{
    static const char *const pieces[] = {"a",
                                         "b",
                                         "Zz",
                                         "word ",
                                         "0",
                                         "#",
                                         "$",
                                         " ",
                                         "\"",
                                         "\\",
                                         "\n",
                                         "\x01",
                                         "/",
                                         "{",
                                         "}",
                                         ",",
                                         "\xC3\xA9",
                                         "\xE2\x82\xAC",
                                         "!%",
                                         "~~~~",
                                         "\xF0\x9F\x98\x80",
                                         "long run of plain text "};
    struct dynr_buf buf = {0};
    size_t n = dynr_test_random_below(random, max + 1);
    for (size_t i = 0; i < n; i++) {
        dynr_buf_append_c(&buf,
                          pieces[dynr_test_random_below(random, sizeof pieces / sizeof pieces[0])]);
    }
    struct dynr_str text = dynr_arena_dup(arena, dynr_buf_str(&buf));
    dynr_buf_cleanup(&buf);
    return text;
}

struct dynr_ulid random_ulid(struct dynr_test_random *random)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    struct dynr_ulid ulid;
    for (size_t i = 0; i < sizeof ulid.text; i++) {
        ulid.text[i] = alphabet[dynr_test_random_below(random, i == 0 ? 8 : 32)];
    }
    return ulid;
}

static struct dynr_uuid random_uuid(struct dynr_test_random *random)
{
    struct dynr_uuid uuid;
    for (size_t i = 0; i < sizeof uuid.text; i++) {
        bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
        uuid.text[i] = hyphen ? '-' : "0123456789abcdef"[dynr_test_random_below(random, 16)];
    }
    return uuid;
}

static int64_t random_int(struct dynr_test_random *random)
{
    unsigned shift = (unsigned)dynr_test_random_below(random, 64);
    int64_t value = (int64_t)(dynr_test_random_next(random) >> shift);
    return dynr_test_random_below(random, 2) == 0 ? value : -(value / 2) - 1;
}

static double random_double(struct dynr_test_random *random)
{
    double value = (double)(int64_t)(dynr_test_random_next(random) >> 20);
    switch (dynr_test_random_below(random, 5)) {
    case 0:
        return value / 1e4;
    case 1:
        return value / 3;
    case 2:
        return -value * 1e60;
    case 3:
        return (double)dynr_test_random_below(random, 100) / 4;
    default:
        return value == 0 ? 0 : 1e-60 / value;
    }
}

static struct dynr_decimal random_decimal(struct dynr_test_random *random, struct dynr_arena *arena)
{
    char text[64];
    struct dynr_decimal decimal = {{"0", 1}};
    int len = snprintf(text, sizeof text, "%s%llu.%llue%d",
                       dynr_test_random_below(random, 2) == 0 ? "" : "-",
                       (unsigned long long)dynr_test_random_below(random, 1000000000),
                       (unsigned long long)dynr_test_random_next(random) >> 10,
                       (int)dynr_test_random_below(random, 80) - 40);
    dynr_decimal_parse(dynr_arena_dup(arena, dynr_str_make(text, (size_t)len)), arena, &decimal,
                       NULL);
    return decimal;
}

static void random_containers(struct dynr_test_random *random, struct dynr_arena *arena,
                              struct everything *out)
{
    char text[32];
    size_t n = dynr_test_random_below(random, 12);
    out->steps.items = dynr_arena_calloc(arena, n + 1, sizeof *out->steps.items);
    out->words.items = dynr_arena_calloc(arena, n + 1, sizeof *out->words.items);
    out->labels.items = dynr_arena_calloc(arena, n + 1, sizeof *out->labels.items);
    out->numbers.items = dynr_arena_calloc(arena, n + 1, sizeof *out->numbers.items);
    out->blobs.items = dynr_arena_calloc(arena, n + 1, sizeof *out->blobs.items);
    out->scores.items = dynr_arena_calloc(arena, n + 1, sizeof *out->scores.items);
    for (size_t i = 0; i < n; i++) {
        int len = snprintf(text, sizeof text, "%zu", i);
        struct dynr_str number = dynr_arena_dup(arena, dynr_str_make(text, (size_t)len));
        struct step *step = &out->steps.items[i];
        step->label = random_text(random, arena, 1);
        step->done = dynr_test_random_below(random, 2) == 0;
        step->has_weight = dynr_test_random_below(random, 2) == 0;
        step->weight = step->has_weight ? (int32_t)random_int(random) : 0;
        out->words.items[i] = random_text(random, arena, 9);
        out->labels.items[i] = number;
        out->numbers.items[i] = random_int(random) / 16 * 16 + (int64_t)i;
        out->blobs.items[i].ptr = (const uint8_t *)number.ptr;
        out->blobs.items[i].len = number.len;
        out->scores.items[i].key = number;
        out->scores.items[i].value = random_double(random);
    }
    out->steps.n_items = n;
    out->words.n_items = dynr_test_random_below(random, n + 1);
    out->labels.n_items = n;
    out->numbers.n_items = dynr_test_random_below(random, 2) == 0 ? n : 0;
    out->blobs.n_items = n;
    out->scores.n_items = n;
}

void random_everything(struct dynr_test_random *random, struct dynr_arena *arena,
                       struct everything *out)
{
    memset(out, 0, sizeof *out);
    out->id = random_ulid(random);
    out->uuid = random_uuid(random);
    out->title = random_text(random, arena, 5);
    if (out->title.len == 0) {
        out->title = dynr_str_from_c("x");
    }
    out->has_email = dynr_test_random_below(random, 2) == 0;
    out->email = dynr_str_from_c(out->has_email ? "someone@example.org" : NULL);
    out->has_url = dynr_test_random_below(random, 2) == 0;
    out->url = dynr_str_from_c(out->has_url ? "https://example.org/a?b=c#d" : NULL);
    out->extra = dynr_str_from_c(out->has_url ? "{\"a\":[1,\"\\u00e9\\n\"]}" : "null");
    out->flag = dynr_test_random_below(random, 2) == 0;
    out->int32 = (int32_t)random_int(random);
    out->int64 = random_int(random);
    out->has_small = dynr_test_random_below(random, 2) == 0;
    out->small = out->has_small ? (int64_t)dynr_test_random_below(random, 1006) - 5 : 0;
    out->number = random_double(random);
    out->decimal = random_decimal(random, arena);
    struct dynr_str bytes = random_text(random, arena, 6);
    out->bytes.ptr = (const uint8_t *)bytes.ptr;
    out->bytes.len = bytes.len;
    out->date.year = (int16_t)dynr_test_random_below(random, 10000);
    out->date.month = (uint8_t)(1 + dynr_test_random_below(random, 12));
    out->date.day = (uint8_t)(1 + dynr_test_random_below(random, 28));
    out->timestamp.ms = INT64_C(-62167219200000) +
                        (int64_t)dynr_test_random_below(random, UINT64_C(315569519999999));
    out->has_epoch = dynr_test_random_below(random, 2) == 0;
    out->epoch.ms = out->has_epoch ? random_int(random) % 100000000 * 1000 : 0;
    out->priority = (enum priority)(1 + dynr_test_random_below(random, 3));
    out->step.label = random_text(random, arena, 1);
    out->owner.id = random_ulid(random);
    out->has_place = dynr_test_random_below(random, 2) == 0;
    if (out->has_place) {
        out->place.owner.id = random_ulid(random);
        out->place.name = random_text(random, arena, 4);
        out->place.number = random_int(random);
    }
    out->secret = random_text(random, arena, 3);
    random_containers(random, arena, out);
}
