/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values for the self-check, ascending by type: delimiters, escapes, spaces, prefixes of one another, upper case,
 * negative numbers, numbers of different length.
 */
#include "plan/sample.h"

#include "base/key_codec.h"

static const char *const texts[] = {"",    "#",  "$`",  "A",  "a",  "a ",
                                    "a b", "a#", "a#b", "a$", "ab", "\xC3\xA9"};
static const int64_t ints[] = {-1000000, -42, -1, 0, 1, 9, 10, 999, 1000000000};
static const char *const decimals[] = {"-12.5", "-1", "-0.5", "0", "0.001", "1", "10", "12.5"};
static const char *const dates[] = {"0001-01-01", "1969-12-31", "1970-01-01", "2026-01-31",
                                    "2026-02-01", "2026-10-09", "2027-01-01", "9999-12-31"};
static const char *const timestamps[] = {"0001-01-01T00:00:00.000Z", "1969-12-31T23:59:59.999Z",
                                         "1970-01-01T00:00:00.000Z", "2026-01-31T12:00:00.000Z",
                                         "2026-01-31T12:00:00.001Z", "2026-01-31T12:00:01.000Z",
                                         "2026-02-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"};
static const char *const ulids[] = {"00000000000000000000000000", "00000000000000000000000001",
                                    "01HV6ZK3QJ8X5W2M9R4T7Y0ABC", "01HV6ZK3QJ8X5W2M9R4T7Y0ABD",
                                    "01HV6ZK3QK0000000000000000", "01J00000000000000000000000",
                                    "7ZZZZZZZZZZZZZZZZZZZZZZZZY", "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"};
static const char *const uuids[] = {
    "00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000001",
    "0fffffff-0000-0000-0000-000000000000", "3f2b8c1e-5d47-4a90-8e6b-1c2d3e4f5a6b",
    "3f2b8c1e-5d47-4a90-8e6b-1c2d3e4f5a6c", "a0000000-0000-0000-0000-000000000000",
    "fffffffe-ffff-ffff-ffff-ffffffffffff", "ffffffff-ffff-ffff-ffff-ffffffffffff"};
static const char *const bytes[] = {"", "\x01", "\x01\x01", "#", "##", "$", "a", "\xFF"};

#define COUNT(pool) (int)(sizeof(pool) / sizeof(pool)[0])

/* Of an enum the first few values will do. */
static int enum_pool_size(const struct dyn_enum *enumeration)
{
    if (enumeration == NULL || enumeration->n_values == 0) {
        return 1;
    }
    return enumeration->n_values < 8 ? (int)enumeration->n_values : 8;
}

static int pool_size(const struct dyn_type *type)
{
    switch (type->kind) {
    case DYN_TYPE_STRING:
    case DYN_TYPE_EMAIL:
    case DYN_TYPE_URL:
    case DYN_TYPE_JSON:
        return COUNT(texts);
    case DYN_TYPE_BOOL:
        return 2;
    case DYN_TYPE_INT:
    case DYN_TYPE_EPOCH:
    case DYN_TYPE_VERSION:
        return COUNT(ints);
    case DYN_TYPE_FLOAT:
    case DYN_TYPE_DECIMAL:
        return COUNT(decimals);
    case DYN_TYPE_BYTES:
        return COUNT(bytes);
    case DYN_TYPE_DATE:
        return COUNT(dates);
    case DYN_TYPE_TIMESTAMP:
        return COUNT(timestamps);
    case DYN_TYPE_ULID:
        return COUNT(ulids);
    case DYN_TYPE_UUID:
        return COUNT(uuids);
    case DYN_TYPE_ENUM:
        return enum_pool_size(type->enumeration);
    case DYN_TYPE_ERROR:
    case DYN_TYPE_STRUCT:
    case DYN_TYPE_REF:
    case DYN_TYPE_LIST:
    case DYN_TYPE_SET:
    case DYN_TYPE_MAP:
    case DYN_TYPE_NULL:
        return 1;
    }
    return 1;
}

/* The tag at place `index` of the ascending tags. */
static int32_t nth_tag(const struct dyn_enum *enumeration, int index)
{
    int n = enumeration == NULL || enumeration->n_values == 0 ? 0 : enum_pool_size(enumeration);
    for (int i = 0; i < n; i++) {
        int below = 0;
        for (int k = 0; k < n; k++) {
            below += enumeration->values[k].tag < enumeration->values[i].tag;
        }
        if (below == index) {
            return enumeration->values[i].tag;
        }
    }
    return 1;
}

/* ---- which row has which ----------------------------------------------------------------------------------- */

/* Rows of a key's last value and of the values before it: pairs differ, both repeat. */
static const int last_values[DYN_SAMPLE_ROWS] = {0, 1, 2, 3, 0, 1, 0, 4};
static const int group_values[DYN_SAMPLE_ROWS] = {0, 0, 0, 0, 1, 1, 2, 2};
static const int other_values[DYN_SAMPLE_ROWS] = {0, 1, 1, 0, 2, 0, 1, 3};

/* Spreads small numbers over the pool, the same way for every field of a type. */
static int spread(const struct dyn_type *type, int raw)
{
    return (raw * 5 + 3) % pool_size(type);
}

int dyn_sample_index(const struct dyn_plan_entity *entity, const struct dyn_key_value *value,
                     size_t row)
{
    const struct dyn_field *field = value->path[0];
    if (!field->is_key) {
        size_t turn = row + field->index;
        if (field->type->optional && turn % 4 == 3) {
            return -1;
        }
        /* Parts of one reference agree between rows as a parent's key would. */
        return spread(value->type, other_values[(turn + value->n_path) % DYN_SAMPLE_ROWS]);
    }
    for (size_t i = 0; i < entity->n_key_values; i++) {
        if (dyn_value_equal(entity->key_values[i], value)) {
            bool last = i + 1 == entity->n_key_values;
            return spread(value->type,
                          last ? last_values[row] : group_values[(row + 3 * i) % DYN_SAMPLE_ROWS]);
        }
    }
    return spread(value->type, group_values[row]);
}

bool dyn_sample_is_distinct(const struct dyn_plan_entity *entity, size_t row)
{
    for (size_t before = 0; before < row; before++) {
        bool same = true;
        for (size_t i = 0; i < entity->n_key_values && same; i++) {
            same = dyn_sample_index(entity, entity->key_values[i], before) ==
                   dyn_sample_index(entity, entity->key_values[i], row);
        }
        if (same) {
            return false;
        }
    }
    return true;
}

/* ---- as keys ----------------------------------------------------------------------------------------------- */

static void append_text(const char *text, const struct dyn_key_template *key, bool fold,
                        struct dynr_buf *out)
{
    char folded[64];
    size_t len = strlen(text);
    for (size_t i = 0; i <= len && i < sizeof folded; i++) {
        folded[i] =
            fold && text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] - 'A' + 'a') : text[i];
    }
    if (key->native) {
        dynr_buf_append_c(out, folded);
    } else {
        dynr_key_append_text(out, dynr_str_from_c(folded), key->delimiter);
    }
}

static void append_decimal(const char *text, struct dynr_buf *out)
{
    struct dynr_decimal decimal;
    decimal.text = dynr_str_from_c(text);
    dynr_key_append_decimal(out, decimal);
}

void dyn_sample_append(const struct dyn_type *type, int index, const struct dyn_key_template *key,
                       bool fold, struct dynr_buf *out)
{
    switch (type->kind) {
    case DYN_TYPE_STRING:
    case DYN_TYPE_EMAIL:
    case DYN_TYPE_URL:
    case DYN_TYPE_JSON:
        append_text(texts[index], key, fold, out);
        return;
    case DYN_TYPE_BOOL:
        dynr_key_append_bool(out, index != 0);
        return;
    case DYN_TYPE_INT:
    case DYN_TYPE_EPOCH:
    case DYN_TYPE_VERSION:
        dynr_key_append_int(out, ints[index]);
        return;
    case DYN_TYPE_ENUM:
        dynr_key_append_int(out, nth_tag(type->enumeration, index));
        return;
    case DYN_TYPE_FLOAT:
    case DYN_TYPE_DECIMAL:
        append_decimal(decimals[index], out);
        return;
    case DYN_TYPE_BYTES: {
        struct dynr_bytes sample;
        sample.ptr = (const uint8_t *)bytes[index];
        sample.len = strlen(bytes[index]);
        dynr_key_append_bytes(out, sample);
        return;
    }
    case DYN_TYPE_DATE:
        append_text(dates[index], key, false, out);
        return;
    case DYN_TYPE_TIMESTAMP:
        append_text(timestamps[index], key, false, out);
        return;
    case DYN_TYPE_ULID:
        append_text(ulids[index], key, false, out);
        return;
    case DYN_TYPE_UUID:
        append_text(uuids[index], key, false, out);
        return;
    case DYN_TYPE_ERROR:
    case DYN_TYPE_STRUCT:
    case DYN_TYPE_REF:
    case DYN_TYPE_LIST:
    case DYN_TYPE_SET:
    case DYN_TYPE_MAP:
    case DYN_TYPE_NULL:
        return;
    }
}

int dyn_sample_folded(const struct dyn_type *type, int index)
{
    bool is_text = pool_size(type) == COUNT(texts) && type->kind != DYN_TYPE_ENUM;
    /* "A" stands right below "a". */
    return is_text && strcmp(texts[index], "A") == 0 ? index + 1 : index;
}
