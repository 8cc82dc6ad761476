/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A struct with a member of every kind, and its tables as generated code would write them. Tests of the codecs and the
 * fuzz targets include it, so everything here is static.
 */
#ifndef DYN_TESTS_UNIT_TYPED_EVERYTHING_H
#define DYN_TESTS_UNIT_TYPED_EVERYTHING_H

#include "dynr/gen.h"

/* A member that must be there, and one that need not be. `type` is a struct dynr_type_desc. */
#define TEST_FIELD(owner, member, type, flags)                                                     \
    {                                                                                              \
#        member, #        member, sizeof #        member - 1, sizeof #        member - 1, flags,   \
            offsetof(struct owner, member), DYNR_REQUIRED, &(type)                                 \
    }
#define TEST_OPTIONAL(owner, member, type, flags)                                                  \
    {                                                                                              \
#        member, #        member, sizeof #        member - 1, sizeof #        member - 1, flags,   \
            offsetof(struct owner, member), offsetof(struct owner, has_##member), &(type)          \
    }
#define TEST_STRUCT(owner, members, defaults)                                                      \
    {                                                                                              \
        .name = #owner, .size = sizeof(struct owner), .fields = (members),                         \
        .n_fields = sizeof(members) / sizeof(members)[0], .set_defaults = (defaults)               \
    }
#define TEST_KIND(name, value) static const struct dynr_type_desc name = {.kind = (value)}

TEST_KIND(type_string, DYNR_KIND_STRING);
TEST_KIND(type_email, DYNR_KIND_EMAIL);
TEST_KIND(type_url, DYNR_KIND_URL);
TEST_KIND(type_json, DYNR_KIND_JSON);
TEST_KIND(type_bool, DYNR_KIND_BOOL);
TEST_KIND(type_int32, DYNR_KIND_INT32);
TEST_KIND(type_int64, DYNR_KIND_INT64);
TEST_KIND(type_float, DYNR_KIND_FLOAT);
TEST_KIND(type_decimal, DYNR_KIND_DECIMAL);
TEST_KIND(type_bytes, DYNR_KIND_BYTES);
TEST_KIND(type_date, DYNR_KIND_DATE);
TEST_KIND(type_timestamp, DYNR_KIND_TIMESTAMP);
TEST_KIND(type_epoch, DYNR_KIND_EPOCH);
TEST_KIND(type_ulid, DYNR_KIND_ULID);
TEST_KIND(type_uuid, DYNR_KIND_UUID);

/* Bounds. */
static const struct dynr_type_desc type_title = {
    .kind = DYNR_KIND_STRING, .has_low = true, .low = 1, .has_high = true, .high = 200};
static const struct dynr_type_desc type_label = {
    .kind = DYNR_KIND_STRING, .has_high = true, .high = 40};
static const struct dynr_type_desc type_small = {.kind = DYNR_KIND_INT64,
                                                 .has_low = true,
                                                 .low = -5,
                                                 .has_high = true,
                                                 .high = 1000,
                                                 .json_number = true};

enum priority {
    PRIORITY_UNKNOWN = 0,
    PRIORITY_LOW = 1,
    PRIORITY_NORMAL = 2,
    PRIORITY_HIGH = 3
};
static const struct dynr_enum_value priority_values[] = {{"low", 1}, {"normal", 2}, {"high", 3}};
static const struct dynr_enum_desc priority_desc = {"Priority", priority_values, 3};
static const struct dynr_type_desc type_priority = {.kind = DYNR_KIND_ENUM,
                                                    .enumeration = &priority_desc};

struct step {
    struct dynr_str label;
    bool done;
    bool has_weight;
    int32_t weight;
};
static const struct dynr_field_desc step_fields[] = {
    TEST_FIELD(step, label, type_label, 0),
    TEST_FIELD(step, done, type_bool, DYNR_FIELD_DEFAULT),
    TEST_OPTIONAL(step, weight, type_int32, 0),
};
static const struct dynr_struct_desc step_desc = TEST_STRUCT(step, step_fields, NULL);
static const struct dynr_type_desc type_step = {.kind = DYNR_KIND_STRUCT, .structure = &step_desc};

struct steps {
    struct step *items;
    size_t n_items;
};
static const struct dynr_type_desc type_steps = {.kind = DYNR_KIND_LIST,
                                                 .element = &type_step,
                                                 .element_size = sizeof(struct step),
                                                 .has_high = true,
                                                 .high = 50};

struct strings {
    struct dynr_str *items;
    size_t n_items;
};
static const struct dynr_type_desc type_labels = {.kind = DYNR_KIND_SET,
                                                  .element = &type_label,
                                                  .element_size = sizeof(struct dynr_str),
                                                  .has_high = true,
                                                  .high = 20};
static const struct dynr_type_desc type_words = {
    .kind = DYNR_KIND_LIST, .element = &type_string, .element_size = sizeof(struct dynr_str)};
struct numbers {
    int64_t *items;
    size_t n_items;
};
static const struct dynr_type_desc type_numbers = {
    .kind = DYNR_KIND_SET, .element = &type_int64, .element_size = sizeof(int64_t)};
struct blobs {
    struct dynr_bytes *items;
    size_t n_items;
};
static const struct dynr_type_desc type_blobs = {
    .kind = DYNR_KIND_SET, .element = &type_bytes, .element_size = sizeof(struct dynr_bytes)};

struct score {
    struct dynr_str key;
    double value;
};
struct scores {
    struct score *items;
    size_t n_items;
};
static const struct dynr_type_desc type_scores = {.kind = DYNR_KIND_MAP,
                                                  .element = &type_float,
                                                  .element_size = sizeof(struct score),
                                                  .value_offset = offsetof(struct score, value)};

/* A key of one part, and one that begins with it. */
struct user_key {
    struct dynr_ulid id;
};
static const struct dynr_field_desc user_key_fields[] = {TEST_FIELD(user_key, id, type_ulid, 0)};
static const struct dynr_struct_desc user_key_desc = TEST_STRUCT(user_key, user_key_fields, NULL);
static const struct dynr_type_desc type_user_ref = {.kind = DYNR_KIND_REF,
                                                    .structure = &user_key_desc};
struct place_key {
    struct user_key owner;
    struct dynr_str name;
    int64_t number;
};
static const struct dynr_field_desc place_key_fields[] = {
    TEST_FIELD(place_key, owner, type_user_ref, 0),
    TEST_FIELD(place_key, name, type_string, 0),
    TEST_FIELD(place_key, number, type_int64, 0),
};
static const struct dynr_struct_desc place_key_desc =
    TEST_STRUCT(place_key, place_key_fields, NULL);
static const struct dynr_type_desc type_place_ref = {.kind = DYNR_KIND_REF,
                                                     .structure = &place_key_desc};

struct everything {
    struct dynr_ulid id;
    struct dynr_uuid uuid;
    struct dynr_str title;
    bool has_email;
    struct dynr_str email;
    bool has_url;
    struct dynr_str url;
    struct dynr_str extra;
    bool flag;
    int32_t int32;
    int64_t int64;
    bool has_small;
    int64_t small;
    double number;
    struct dynr_decimal decimal;
    struct dynr_bytes bytes;
    struct dynr_date date;
    struct dynr_timestamp timestamp;
    bool has_epoch;
    struct dynr_timestamp epoch;
    enum priority priority;
    struct step step;
    struct user_key owner;
    bool has_place;
    struct place_key place;
    struct steps steps;
    struct strings words;
    struct strings labels;
    struct numbers numbers;
    struct blobs blobs;
    struct scores scores;
    struct dynr_str secret;
    const struct step *included;
};

static const struct dynr_type_desc type_step_row = {.kind = DYNR_KIND_ROW, .structure = &step_desc};

static inline void everything_set_defaults(void *object)
{
    struct everything *everything = object;
    everything->priority = PRIORITY_NORMAL;
    everything->title = dynr_str_from_c("untitled");
}

static const struct dynr_field_desc everything_fields[] = {
    TEST_FIELD(everything, id, type_ulid, DYNR_FIELD_AUTO),
    TEST_FIELD(everything, uuid, type_uuid, 0),
    TEST_FIELD(everything, title, type_title, DYNR_FIELD_DEFAULT),
    TEST_OPTIONAL(everything, email, type_email, 0),
    TEST_OPTIONAL(everything, url, type_url, 0),
    TEST_FIELD(everything, extra, type_json, 0),
    TEST_FIELD(everything, flag, type_bool, 0),
    TEST_FIELD(everything, int32, type_int32, 0),
    TEST_FIELD(everything, int64, type_int64, 0),
    TEST_OPTIONAL(everything, small, type_small, 0),
    TEST_FIELD(everything, number, type_float, 0),
    TEST_FIELD(everything, decimal, type_decimal, 0),
    TEST_FIELD(everything, bytes, type_bytes, 0),
    TEST_FIELD(everything, date, type_date, 0),
    TEST_FIELD(everything, timestamp, type_timestamp, 0),
    TEST_OPTIONAL(everything, epoch, type_epoch, 0),
    TEST_FIELD(everything, priority, type_priority, DYNR_FIELD_DEFAULT),
    TEST_FIELD(everything, step, type_step, 0),
    TEST_FIELD(everything, owner, type_user_ref, 0),
    TEST_OPTIONAL(everything, place, type_place_ref, 0),
    TEST_FIELD(everything, steps, type_steps, 0),
    TEST_FIELD(everything, words, type_words, 0),
    TEST_FIELD(everything, labels, type_labels, 0),
    TEST_FIELD(everything, numbers, type_numbers, 0),
    TEST_FIELD(everything, blobs, type_blobs, 0),
    TEST_FIELD(everything, scores, type_scores, 0),
    TEST_FIELD(everything, secret, type_string, DYNR_FIELD_HIDDEN),
    {"included", NULL, 8, 0, 0, offsetof(struct everything, included), DYNR_REQUIRED,
     &type_step_row},
};
static const struct dynr_struct_desc everything_desc =
    TEST_STRUCT(everything, everything_fields, everything_set_defaults);

#endif
