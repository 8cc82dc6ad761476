/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys from key templates.
 */
#include "base/base64.h"
#include "base/decimal.h"
#include "base/key_codec.h"
#include "ddb/attribute.h"
#include "typed/encode_item.h"
#include "typed/key.h"
#include "typed/scratch.h"

static const struct dynr_type_desc *part_type(const struct dynr_key_part *part, size_t *offset)
{
    *offset = part->offset;
    return dynr_type_resolve(part->type, offset);
}

/* An id of zeros was never set: no key is made of it. */
static bool part_is_set(const struct dynr_key_part *part, const void *row)
{
    size_t offset;
    const struct dynr_type_desc *type = part_type(part, &offset);
    bool is_id = type->kind == DYNR_KIND_ULID || type->kind == DYNR_KIND_UUID;
    return !is_id || *((const char *)row + offset) != '\0';
}

static bool append_native_text(const struct dynr_type_desc *type, const char *value, bool fold,
                               struct dynr_arena *arena, struct dynr_buf *out)
{
    char text[DYNR_SCALAR_TEXT_MAX];
    const char *end = NULL;
    switch (type->kind) {
    case DYNR_KIND_STRING:
    case DYNR_KIND_EMAIL:
    case DYNR_KIND_URL:
    case DYNR_KIND_DECIMAL: {
        struct dynr_str raw = *(const struct dynr_str *)(const void *)value;
        dynr_buf_append_str(out, fold ? dynr_key_fold(raw, arena) : raw);
        return true;
    }
    case DYNR_KIND_BYTES:
        dynr_buf_append_str(out, *(const struct dynr_str *)(const void *)value);
        return true;
    case DYNR_KIND_INT32:
    case DYNR_KIND_INT64:
    case DYNR_KIND_FLOAT:
    case DYNR_KIND_EPOCH:
    case DYNR_KIND_ENUM:
        end = dynr_write_number(type, value, text);
        break;
    case DYNR_KIND_DATE:
    case DYNR_KIND_TIMESTAMP:
    case DYNR_KIND_ULID:
    case DYNR_KIND_UUID:
        end = dynr_write_time(type, value, text);
        break;
    case DYNR_KIND_REF:
        dynr_ref_append_text(type->structure, value, DYNR_KEY_DELIMITER, out);
        return true;
    case DYNR_KIND_JSON:
    case DYNR_KIND_BOOL:
    case DYNR_KIND_STRUCT:
    case DYNR_KIND_LIST:
    case DYNR_KIND_SET:
    case DYNR_KIND_MAP:
    case DYNR_KIND_ROW:
        break;
    }
    if (end == NULL) {
        return false;
    }
    dynr_buf_append(out, text, (size_t)(end - text));
    return true;
}

static enum dynr_status cannot_hold(const struct dynr_key_template *key, struct dynr_error *err)
{
    return dynr_fail_field(err, DYNR_ERR_INVALID_ARGUMENT, dynr_str_from_c(key->attribute),
                           "a key cannot hold this value");
}

/* Appends the key; `out_present` false: an optional part is absent. What was appended then is of no use. */
static enum dynr_status append_key(const struct dynr_key_template *key, const void *row,
                                   struct dynr_arena *arena, struct dynr_buf *out,
                                   bool *out_present, struct dynr_error *err)
{
    *out_present = false;
    for (size_t i = 0; i < key->n_parts; i++) {
        const struct dynr_key_part *part = &key->parts[i];
        if (part->type != NULL && part->presence != DYNR_REQUIRED &&
            !*((const bool *)row + part->presence)) {
            return DYNR_OK;
        }
    }
    for (size_t i = 0; i < key->n_parts; i++) {
        const struct dynr_key_part *part = &key->parts[i];
        if (!key->native) {
            dynr_buf_append(out, part->literal, part->literal_len);
        }
        if (part->type == NULL) {
            continue;
        }
        if (!part_is_set(part, row)) {
            return dynr_fail_field(err, DYNR_ERR_MISSING, dynr_str_from_c(key->attribute),
                                   "a part of the key is not set");
        }
        size_t offset;
        const struct dynr_type_desc *type = part_type(part, &offset);
        const char *value = (const char *)row + offset;
        bool fits = key->native
                        ? append_native_text(type, value, part->fold, arena, out)
                        : dynr_key_append_value(type, value, key->delimiter, part->fold, out);
        if (!fits) {
            return cannot_hold(key, err);
        }
    }
    *out_present = true;
    return DYNR_OK;
}

static enum dynr_status check_key(const struct dynr_key_template *key, size_t len, size_t limit,
                                  struct dynr_error *err)
{
    if (len > limit) {
        return dynr_fail_field(err, DYNR_ERR_TOO_LARGE, dynr_str_from_c(key->attribute),
                               "the key has %zu bytes, at most %zu are allowed", len, limit);
    }
    if (len == 0) {
        return dynr_fail_field(err, DYNR_ERR_RANGE, dynr_str_from_c(key->attribute),
                               "the key must not be empty");
    }
    return DYNR_OK;
}

enum dynr_status dynr_key_text(const struct dynr_key_template *key, const void *row, size_t limit,
                               struct dynr_arena *arena, struct dynr_str *out,
                               struct dynr_error *err)
{
    struct dynr_scratch scratch;
    bool present = false;
    dynr_scratch_init(&scratch, arena);
    enum dynr_status status = append_key(key, row, arena, &scratch.buf, &present, err);
    if (status != DYNR_OK) {
        return status;
    }
    if (!dynr_buf_ok(&scratch.buf)) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    *out = dynr_str_make(NULL, 0);
    if (!present) {
        return DYNR_OK;
    }
    *out = dynr_buf_str(&scratch.buf);
    return check_key(key, out->len, limit, err);
}

enum dynr_status dynr_key_build(const struct dynr_key_template *key, const void *row,
                                struct dynr_buf *out, bool *out_present, struct dynr_error *err)
{
    struct dynr_arena arena = {0};
    size_t before = out->len;
    *out_present = false;
    enum dynr_status status = append_key(key, row, &arena, out, out_present, err);
    dynr_arena_cleanup(&arena);
    if (status == DYNR_OK && !dynr_buf_ok(out)) {
        status = dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    if (status == DYNR_OK && *out_present) {
        status = check_key(key, out->len - before, DYNR_PARTITION_KEY_MAX, err);
    }
    if (status != DYNR_OK || !*out_present) {
        out->len = before;
    }
    return status;
}

void dynr_key_append_raw(char type, struct dynr_str raw, struct dynr_buf *out)
{
    dynr_buf_append_c(out, "{\"");
    dynr_buf_append_char(out, type);
    dynr_buf_append_c(out, "\":");
    if (type == 'B') {
        struct dynr_bytes bytes = {(const uint8_t *)raw.ptr, raw.len};
        dynr_buf_append_char(out, '"');
        dynr_buf_append_base64(out, bytes);
        dynr_buf_append_char(out, '"');
    } else {
        dynr_buf_append_json_string(out, raw);
    }
    dynr_buf_append_char(out, '}');
}

bool dynr_key_read_raw(char type, struct dynr_str value, struct dynr_arena *arena,
                       struct dynr_str *out)
{
    struct dynr_attribute attribute;
    if (dynr_attribute_parse(value, arena, &attribute, NULL) != DYNR_OK) {
        return false;
    }
    *out = attribute.text;
    return (type == 'S' && attribute.type == DYNR_ATTRIBUTE_S) ||
           (type == 'N' && attribute.type == DYNR_ATTRIBUTE_N) ||
           (type == 'B' && attribute.type == DYNR_ATTRIBUTE_B);
}

int dynr_key_compare_raw(char type, struct dynr_str a, struct dynr_str b)
{
    if (type != 'N') {
        return dynr_str_compare(a, b);
    }
    struct dynr_decimal left = {a};
    struct dynr_decimal right = {b};
    return dynr_decimal_compare(left, right);
}

enum dynr_status dynr_key_pair_build(const struct dynr_key_template *partition,
                                     const struct dynr_key_template *sort, const void *row,
                                     struct dynr_arena *arena, struct dynr_key_pair *out,
                                     struct dynr_error *err)
{
    out->partition = dynr_str_make(NULL, 0);
    out->sort = dynr_str_make(NULL, 0);
    enum dynr_status status =
        dynr_key_text(partition, row, DYNR_PARTITION_KEY_MAX, arena, &out->partition, err);
    if (status == DYNR_OK && sort != NULL) {
        status = dynr_key_text(sort, row, DYNR_SORT_KEY_MAX, arena, &out->sort, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    if (out->partition.ptr == NULL || (sort != NULL && out->sort.ptr == NULL)) {
        const char *attribute =
            out->partition.ptr == NULL || sort == NULL ? partition->attribute : sort->attribute;
        return dynr_fail_field(err, DYNR_ERR_MISSING, dynr_str_from_c(attribute),
                               "a part of the key is absent");
    }
    return DYNR_OK;
}

enum dynr_status dynr_key_pair_json(const struct dynr_table_desc *table,
                                    const struct dynr_key_pair *pair, struct dynr_arena *arena,
                                    struct dynr_str *out, struct dynr_error *err)
{
    struct dynr_scratch scratch;
    dynr_scratch_init(&scratch, arena);
    struct dynr_buf *buf = &scratch.buf;
    dynr_buf_reserve(buf, 64 + pair->partition.len + pair->sort.len);
    dynr_buf_append_char(buf, '{');
    dynr_buf_append_json_string(buf, dynr_str_from_c(table->partition_attribute));
    dynr_buf_append_char(buf, ':');
    dynr_key_append_raw(table->partition_type, pair->partition, buf);
    if (table->sort_attribute != NULL) {
        dynr_buf_append_char(buf, ',');
        dynr_buf_append_json_string(buf, dynr_str_from_c(table->sort_attribute));
        dynr_buf_append_char(buf, ':');
        dynr_key_append_raw(table->sort_type, pair->sort, buf);
    }
    dynr_buf_append_char(buf, '}');
    if (!dynr_buf_ok(buf)) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    *out = dynr_buf_str(buf);
    return DYNR_OK;
}

enum dynr_status dynr_entity_key_json(const struct dynr_entity_desc *entity, const void *row,
                                      struct dynr_arena *arena, struct dynr_str *out,
                                      struct dynr_error *err)
{
    struct dynr_key_pair pair;
    enum dynr_status status =
        dynr_key_pair_build(entity->partition, entity->sort, row, arena, &pair, err);
    if (status != DYNR_OK) {
        return status;
    }
    return dynr_key_pair_json(entity->table, &pair, arena, out, err);
}

bool dynr_key_uses_field(const struct dynr_key_template *key, const struct dynr_field_desc *field)
{
    if (key == NULL) {
        return false;
    }
    size_t size = dynr_type_size(field->type);
    for (size_t i = 0; i < key->n_parts; i++) {
        const struct dynr_key_part *part = &key->parts[i];
        if (part->type != NULL && part->offset >= field->offset &&
            part->offset - field->offset < size) {
            return true;
        }
    }
    return false;
}
