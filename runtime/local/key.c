/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys: from a request's JSON, usually in one pass without a tree, or from an item's tree; as
 * order-preserving bytes.
 */
#include "local/engine.h"

#include "base/base64.h"
#include "base/json_read.h"

bool dynr_local_key_equal(const struct local_key *a, const struct local_key *b)
{
    return dynr_str_equal(a->partition, b->partition) && dynr_str_equal(a->sort, b->sort);
}

enum dynr_status dynr_local_key_bytes(const struct dynr_attribute *value, struct dynr_arena *arena,
                                      struct dynr_str *out, struct dynr_error *err)
{
    if (value->type != DYNR_ATTRIBUTE_N) {
        *out = value->text;
        return DYNR_OK;
    }
    struct local_text text;
    dynr_local_text_init(&text, arena, 48);
    dynr_attribute_key_bytes(value, &text.buf);
    if (!dynr_buf_ok(&text.buf)) {
        return dynr_local_out_of_memory(err);
    }
    *out = dynr_buf_str(&text.buf);
    return DYNR_OK;
}

/* The partition key first, then the sort key. */
static struct dynr_str *key_part(struct local_key *key, size_t position)
{
    return position == 0 ? &key->partition : &key->sort;
}

/* ---- sizes and emptiness ---- */

static enum dynr_status check_size(struct dynr_str bytes, bool is_partition, struct dynr_error *err)
{
    if (is_partition && bytes.len > LOCAL_MAX_PARTITION_KEY) {
        return dynr_local_invalid(
            err, "One or more parameter values were invalid: Size of hashkey has exceeded the "
                 "maximum size limit of2048 bytes");
    }
    if (!is_partition && bytes.len > LOCAL_MAX_SORT_KEY) {
        return dynr_local_invalid(
            err, "One or more parameter values were invalid: Aggregated size of all range keys "
                 "has exceeded the size limit of 1024 bytes");
    }
    return DYNR_OK;
}

static enum dynr_status check_key_value(const struct dynr_key_attribute *key, struct dynr_str bytes,
                                        bool is_partition, struct dynr_error *err)
{
    if (bytes.len == 0) {
        return dynr_local_invalid(
            err,
            "One or more parameter values are not valid. The AttributeValue for a key "
            "attribute cannot contain an empty %s value. Key: %.*s",
            key->type == 'B' ? "binary" : "string", (int)key->name.len, key->name.ptr);
    }
    return check_size(bytes, is_partition, err);
}

/* ---- a key in one pass ---- */

enum quick_result {
    QUICK_OK,
    QUICK_UNUSUAL
};

/*
 * `{"S":"x"}`. Whatever is not plain is left to the full parser, which knows the service's words
 * for it.
 */
static enum quick_result quick_value(struct dynr_json_reader *reader, char type,
                                     struct dynr_arena *arena, struct dynr_str *out)
{
    bool first;
    struct dynr_str name;
    struct dynr_str text;
    struct dynr_bytes bytes;
    if (dynr_json_peek(reader) != DYNR_JSON_OBJECT || !dynr_json_enter_object(reader, &first) ||
        !dynr_json_next_member(reader, arena, &first, &name) || name.len != 1 ||
        name.ptr[0] != type || dynr_json_peek(reader) != DYNR_JSON_STRING ||
        !dynr_json_read_string(reader, arena, &text) ||
        dynr_json_next_member(reader, arena, &first, &name) || reader->fault != NULL) {
        return QUICK_UNUSUAL;
    }
    if (type == 'S') {
        *out = text;
        return QUICK_OK;
    }
    if (type == 'B') {
        if (!dynr_base64_decode(text, arena, &bytes)) {
            return QUICK_UNUSUAL;
        }
        *out = dynr_str_make((const char *)bytes.ptr, bytes.len);
        return QUICK_OK;
    }
    struct dynr_decimal number;
    if (dynr_decimal_parse(text, arena, &number, NULL) != DYNR_OK) {
        return QUICK_UNUSUAL;
    }
    struct dynr_attribute value = {.type = DYNR_ATTRIBUTE_N, .text = number.text};
    return dynr_local_key_bytes(&value, arena, out, NULL) == DYNR_OK ? QUICK_OK : QUICK_UNUSUAL;
}

static enum quick_result quick_key(const struct local_table *table, struct dynr_str json,
                                   struct dynr_arena *arena, struct local_key *out)
{
    struct dynr_json_reader reader;
    struct dynr_str name;
    unsigned seen = 0;
    bool first;
    dynr_json_reader_init(&reader, json);
    if (dynr_json_peek(&reader) != DYNR_JSON_OBJECT || !dynr_json_enter_object(&reader, &first)) {
        return QUICK_UNUSUAL;
    }
    while (dynr_json_next_member(&reader, arena, &first, &name)) {
        size_t which = dynr_str_equal(name, table->keys[0].name) ? 0 : 1;
        if (which >= table->n_keys || !dynr_str_equal(name, table->keys[which].name) ||
            (seen & 1u << which) != 0 ||
            quick_value(&reader, table->keys[which].type, arena, key_part(out, which)) !=
                QUICK_OK) {
            return QUICK_UNUSUAL;
        }
        seen |= 1u << which;
    }
    bool is_whole =
        reader.fault == NULL && dynr_json_finish(&reader) && seen == (1u << table->n_keys) - 1;
    return is_whole ? QUICK_OK : QUICK_UNUSUAL;
}

/* ---- a key with all checks ---- */

static bool has_type(const struct dynr_attribute *value, char type)
{
    const char *name = dynr_attribute_type_name(value->type);
    return name[0] == type && name[1] == '\0';
}

static enum dynr_status full_key(const struct local_table *table, struct dynr_str json,
                                 struct dynr_arena *arena, struct local_key *out,
                                 struct dynr_error *err)
{
    struct dynr_attribute item;
    enum dynr_status status = dynr_item_parse(json, arena, &item, err);
    if (status != DYNR_OK) {
        return status;
    }
    bool fits = item.n_children == table->n_keys;
    for (size_t i = 0; fits && i < table->n_keys; i++) {
        const struct dynr_attribute *value = dynr_attribute_member(&item, table->keys[i].name);
        fits = value != NULL && has_type(value, table->keys[i].type);
        if (fits) {
            status = dynr_local_key_bytes(value, arena, key_part(out, i), err);
        }
        if (status != DYNR_OK) {
            return status;
        }
    }
    return fits ? DYNR_OK
                : dynr_local_invalid(err, "The provided key element does not match the schema");
}

enum dynr_status dynr_local_key_parse(const struct local_table *table, struct dynr_str json,
                                      struct dynr_arena *arena, struct local_key *out,
                                      struct dynr_error *err)
{
    out->partition = out->sort = dynr_str_make("", 0);
    if (quick_key(table, json, arena, out) != QUICK_OK) {
        out->sort = dynr_str_make("", 0);
        enum dynr_status status = full_key(table, json, arena, out, err);
        if (status != DYNR_OK) {
            return status;
        }
    }
    enum dynr_status status = check_key_value(&table->keys[0], out->partition, true, err);
    if (status == DYNR_OK && table->n_keys == 2) {
        status = check_key_value(&table->keys[1], out->sort, false, err);
    }
    return status;
}

/* ---- the key inside an item ---- */

enum dynr_status dynr_local_key_of_item(const struct local_table *table,
                                        const struct dynr_attribute *item, struct dynr_arena *arena,
                                        struct local_key *out, struct dynr_error *err)
{
    out->partition = out->sort = dynr_str_make("", 0);
    for (size_t i = 0; i < table->n_keys; i++) {
        const struct dynr_key_attribute *key = &table->keys[i];
        const struct dynr_attribute *value = dynr_attribute_member(item, key->name);
        if (value == NULL) {
            return dynr_local_invalid(
                err,
                "One or more parameter values were invalid: Missing the key %.*s in the "
                "item",
                (int)key->name.len, key->name.ptr);
        }
        if (!has_type(value, key->type)) {
            return dynr_local_invalid(
                err,
                "One or more parameter values were invalid: Type mismatch for key %.*s "
                "expected: %c actual: %s",
                (int)key->name.len, key->name.ptr, key->type,
                dynr_attribute_type_name(value->type));
        }
        enum dynr_status status = dynr_local_key_bytes(value, arena, key_part(out, i), err);
        if (status == DYNR_OK) {
            status = check_key_value(key, *key_part(out, i), i == 0, err);
        }
        if (status != DYNR_OK) {
            return status;
        }
    }
    return DYNR_OK;
}

bool dynr_local_is_index_key(const struct dynr_attribute *value, char type)
{
    return has_type(value, type) &&
           (value->type == DYNR_ATTRIBUTE_N ||
            (value->text.len > 0 && value->text.len <= LOCAL_MAX_PARTITION_KEY));
}

static enum dynr_status check_index_key(const struct local_index *index,
                                        const struct dynr_key_attribute *key, bool is_partition,
                                        const struct dynr_attribute *item, struct dynr_error *err)
{
    struct dynr_str name = index->definition.name;
    const struct dynr_attribute *value = dynr_attribute_member(item, key->name);
    if (value == NULL) {
        return DYNR_OK;
    }
    if (!has_type(value, key->type)) {
        return dynr_local_invalid(
            err,
            "One or more parameter values were invalid: Type mismatch for Index Key %.*s "
            "Expected: %c Actual: %s IndexName: %.*s",
            (int)key->name.len, key->name.ptr, key->type, dynr_attribute_type_name(value->type),
            (int)name.len, name.ptr);
    }
    if (value->type != DYNR_ATTRIBUTE_N && value->text.len == 0) {
        return dynr_local_invalid(
            err,
            "One or more parameter values are not valid. A value specified for a secondary "
            "index key is not supported. The AttributeValue for a key attribute cannot "
            "contain an empty %s value. IndexName: %.*s, IndexKey: %.*s",
            key->type == 'B' ? "binary" : "string", (int)name.len, name.ptr, (int)key->name.len,
            key->name.ptr);
    }
    return value->type == DYNR_ATTRIBUTE_N ? DYNR_OK : check_size(value->text, is_partition, err);
}

enum dynr_status dynr_local_check_index_keys(const struct local_table *table,
                                             const struct dynr_attribute *item,
                                             struct dynr_error *err)
{
    enum dynr_status status = DYNR_OK;
    for (size_t i = 0; status == DYNR_OK && i < table->definition.n_indexes; i++) {
        const struct local_index *index = &table->indexes[i];
        status = check_index_key(index, &index->definition.partition_key, true, item, err);
        if (status == DYNR_OK && index->definition.sort_key.name.len > 0) {
            status = check_index_key(index, &index->definition.sort_key, false, item, err);
        }
    }
    return status;
}

enum dynr_status dynr_local_pick(struct dynr_str item, const struct dynr_str *names, size_t n_names,
                                 struct dynr_arena *arena, struct dynr_str *out,
                                 struct dynr_error *err)
{
    struct local_text text;
    dynr_local_text_init(&text, arena, 128);
    dynr_buf_append_char(&text.buf, '{');
    for (size_t i = 0; i < n_names; i++) {
        struct dynr_str value;
        struct dynr_error fault = {0};
        if (!dynr_item_find(item, names[i], &value, &fault)) {
            if (fault.status != DYNR_OK) {
                return dynr_fail(err, DYNR_ERR_CORRUPT, "a stored item cannot be read: %s",
                                 fault.message);
            }
            continue;
        }
        if (text.buf.len > 1) {
            dynr_buf_append_char(&text.buf, ',');
        }
        dynr_buf_append_json_string(&text.buf, names[i]);
        dynr_buf_append_char(&text.buf, ':');
        dynr_buf_append_str(&text.buf, value);
    }
    dynr_buf_append_char(&text.buf, '}');
    *out = dynr_buf_str(&text.buf);
    return dynr_buf_ok(&text.buf) ? DYNR_OK : dynr_local_out_of_memory(err);
}
