/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Structs into plain JSON, as clients see them: hidden members and absent ones left out, 64-bit integers and decimals as
 * strings, so that no reader rounds them.
 */
#include "typed/encode_json.h"
#include "base/base64.h"
#include "base/json_read.h"
#include "base/key_codec.h"
#include "typed/encode_item.h"
#include "typed/text.h"

#define ROOM_MIN 64

struct json_encoder {
    struct dynr_buf *out;
    struct dynr_error *err;
    enum dynr_status status;
    unsigned depth;
    struct dynr_path path;
};

static bool encode_value(struct json_encoder *encoder, const struct dynr_type_desc *type,
                         const void *value);

static DYNR_COLD bool fail_with(struct json_encoder *encoder, enum dynr_status status,
                                const char *message)
{
    encoder->status = dynr_fail(encoder->err, status, "%s", message);
    return false;
}

static DYNR_COLD bool no_memory(struct json_encoder *encoder)
{
    encoder->status = dynr_fail(encoder->err, DYNR_ERR_NO_MEMORY, NULL);
    return false;
}

static bool encode_text(struct json_encoder *encoder, struct dynr_str text)
{
    char *w = dynr_text_room(encoder->out, text.len + ROOM_MIN);
    if (w == NULL) {
        return no_memory(encoder);
    }
    if (!dynr_text_copy_plain(w + 1, text.ptr, text.len)) {
        dynr_buf_append_json_string(encoder->out, text);
        return true;
    }
    w[0] = '"';
    w[text.len + 1] = '"';
    dynr_text_commit(encoder->out, w + text.len + 2);
    return true;
}

static bool encode_number(struct json_encoder *encoder, const struct dynr_type_desc *type,
                          const void *value)
{
    char *w = dynr_text_room(encoder->out, ROOM_MIN);
    if (w == NULL) {
        return no_memory(encoder);
    }
    bool quoted = type->kind == DYNR_KIND_INT64 && !type->json_number;
    if (quoted) {
        *w++ = '"';
    }
    w = dynr_write_number(type, value, w);
    if (w == NULL) {
        return fail_with(encoder, DYNR_ERR_RANGE, "must be a finite number");
    }
    if (quoted) {
        *w++ = '"';
    }
    dynr_text_commit(encoder->out, w);
    return true;
}

static bool encode_time(struct json_encoder *encoder, const struct dynr_type_desc *type,
                        const void *value)
{
    char *w = dynr_text_room(encoder->out, ROOM_MIN);
    if (w == NULL) {
        return no_memory(encoder);
    }
    bool is_id = type->kind == DYNR_KIND_ULID || type->kind == DYNR_KIND_UUID;
    if (is_id && *(const char *)value == '\0') {
        /* Never set: zeros are no text. */
        dynr_buf_append_c(encoder->out, "null");
        return true;
    }
    *w++ = '"';
    w = dynr_write_time(type, value, w);
    *w++ = '"';
    dynr_text_commit(encoder->out, w);
    return true;
}

static bool encode_ref(struct json_encoder *encoder, const struct dynr_type_desc *type,
                       const void *value)
{
    struct dynr_buf text;
    dynr_buf_init(&text, encoder->out->allocator, 0);
    dynr_ref_append_text(type->structure, value, DYNR_KEY_DELIMITER, &text);
    bool done = dynr_buf_ok(&text) && encode_text(encoder, dynr_buf_str(&text));
    dynr_buf_cleanup(&text);
    return done || no_memory(encoder);
}

/* Stored by whom we do not know: it must not break the document that it becomes part of. */
static bool encode_raw(struct json_encoder *encoder, struct dynr_str text)
{
    struct dynr_json_reader reader;
    dynr_json_reader_init(&reader, text);
    if (!dynr_json_skip(&reader, NULL) || !dynr_json_finish(&reader)) {
        return fail_with(encoder, DYNR_ERR_CORRUPT, "the stored text is not JSON");
    }
    dynr_buf_append_str(encoder->out, text);
    return true;
}

static bool encode_enum(struct json_encoder *encoder, const struct dynr_type_desc *type,
                        const void *value)
{
    const char *name = dynr_enum_name(type->enumeration, *(const int *)value);
    if (name == NULL) {
        dynr_buf_append_c(encoder->out, "null");
        return true;
    }
    return encode_text(encoder, dynr_str_from_c(name));
}

static bool encode_elements(struct json_encoder *encoder, const struct dynr_type_desc *type,
                            const struct dynr_sequence *list)
{
    const char *element = list->items;
    dynr_buf_append_char(encoder->out, '[');
    for (size_t i = 0; i < list->n_items; i++) {
        if (i > 0) {
            dynr_buf_append_char(encoder->out, ',');
        }
        if (!encode_value(encoder, type->element, element)) {
            dynr_path_prepend_index(&encoder->path, i);
            return false;
        }
        element += type->element_size;
    }
    dynr_buf_append_char(encoder->out, ']');
    return true;
}

static bool encode_map(struct json_encoder *encoder, const struct dynr_type_desc *type,
                       const struct dynr_sequence *map)
{
    const char *entry = map->items;
    dynr_buf_append_char(encoder->out, '{');
    for (size_t i = 0; i < map->n_items; i++) {
        const struct dynr_str *key = (const struct dynr_str *)(const void *)entry;
        if (i > 0) {
            dynr_buf_append_char(encoder->out, ',');
        }
        if (!encode_text(encoder, *key)) {
            return false;
        }
        dynr_buf_append_char(encoder->out, ':');
        if (!encode_value(encoder, type->element, entry + type->value_offset)) {
            dynr_path_prepend_key(&encoder->path, *key);
            return false;
        }
        entry += type->element_size;
    }
    dynr_buf_append_char(encoder->out, '}');
    return true;
}

static bool encode_struct(struct json_encoder *encoder, const struct dynr_struct_desc *desc,
                          const void *object)
{
    char before = '{';
    for (size_t i = 0; i < desc->n_fields; i++) {
        const struct dynr_field_desc *field = &desc->fields[i];
        if ((field->flags & DYNR_FIELD_HIDDEN) != 0 || !dynr_field_is_present(field, object)) {
            continue;
        }
        char *w = dynr_text_room(encoder->out, (size_t)field->name_len + ROOM_MIN);
        if (w == NULL) {
            return no_memory(encoder);
        }
        *w++ = before;
        before = ',';
        *w++ = '"';
        w = dynr_text_copy_name(w, field->name, field->name_len);
        *w++ = '"';
        *w++ = ':';
        dynr_text_commit(encoder->out, w);
        if (!encode_value(encoder, field->type, dynr_field_value(field, object))) {
            dynr_path_prepend(&encoder->path, field->name);
            return false;
        }
    }
    dynr_buf_append_c(encoder->out, before == '{' ? "{}" : "}");
    return true;
}

static bool encode_nested(struct json_encoder *encoder, const struct dynr_type_desc *type,
                          const void *value)
{
    if (encoder->depth >= DYNR_JSON_MAX_DEPTH) {
        return fail_with(encoder, DYNR_ERR_TOO_LARGE, "values are nested too deeply");
    }
    encoder->depth++;
    bool done = true;
    if (type->kind == DYNR_KIND_ROW) {
        const void *row = *(const void *const *)value;
        if (row == NULL) {
            dynr_buf_append_c(encoder->out, "null");
        } else {
            done = encode_struct(encoder, type->structure, row);
        }
    } else if (type->kind == DYNR_KIND_STRUCT) {
        done = encode_struct(encoder, type->structure, value);
    } else if (type->kind == DYNR_KIND_MAP) {
        done = encode_map(encoder, type, value);
    } else {
        done = encode_elements(encoder, type, value);
    }
    encoder->depth--;
    return done;
}

static bool encode_value(struct json_encoder *encoder, const struct dynr_type_desc *type,
                         const void *value)
{
    size_t offset = 0;
    type = dynr_type_resolve(type, &offset);
    value = (const char *)value + offset;
    switch (type->kind) {
    case DYNR_KIND_STRING:
    case DYNR_KIND_EMAIL:
    case DYNR_KIND_URL:
    case DYNR_KIND_DECIMAL:
        return encode_text(encoder, *(const struct dynr_str *)value);
    case DYNR_KIND_JSON:
        return encode_raw(encoder, *(const struct dynr_str *)value);
    case DYNR_KIND_BOOL:
        dynr_buf_append_c(encoder->out, *(const bool *)value ? "true" : "false");
        return true;
    case DYNR_KIND_INT32:
    case DYNR_KIND_INT64:
    case DYNR_KIND_FLOAT:
        return encode_number(encoder, type, value);
    case DYNR_KIND_ENUM:
        return encode_enum(encoder, type, value);
    case DYNR_KIND_BYTES:
        dynr_buf_append_char(encoder->out, '"');
        dynr_buf_append_base64(encoder->out, *(const struct dynr_bytes *)value);
        dynr_buf_append_char(encoder->out, '"');
        return true;
    case DYNR_KIND_DATE:
    case DYNR_KIND_TIMESTAMP:
    case DYNR_KIND_EPOCH:
    case DYNR_KIND_ULID:
    case DYNR_KIND_UUID:
        return encode_time(encoder, type, value);
    case DYNR_KIND_REF:
        return encode_ref(encoder, type, value);
    case DYNR_KIND_STRUCT:
    case DYNR_KIND_LIST:
    case DYNR_KIND_SET:
    case DYNR_KIND_MAP:
    case DYNR_KIND_ROW:
        return encode_nested(encoder, type, value);
    }
    return fail_with(encoder, DYNR_ERR_INTERNAL, "there is no such kind of type");
}

static enum dynr_status end_encoding(struct json_encoder *encoder, bool done)
{
    if (done && dynr_buf_ok(encoder->out)) {
        return DYNR_OK;
    }
    if (encoder->status == DYNR_OK) {
        no_memory(encoder);
    }
    dynr_path_finish(&encoder->path, encoder->err);
    return encoder->status;
}

enum dynr_status dynr_encode_json(const struct dynr_struct_desc *desc, const void *object,
                                  struct dynr_buf *out, struct dynr_error *err)
{
    struct json_encoder encoder = {out, err, DYNR_OK, 0, {{0}, 0}};
    dynr_path_init(&encoder.path);
    return end_encoding(&encoder, encode_struct(&encoder, desc, object));
}

enum dynr_status dynr_encode_json_value(const struct dynr_type_desc *type, const void *value,
                                        struct dynr_buf *out, struct dynr_error *err)
{
    struct json_encoder encoder = {out, err, DYNR_OK, 0, {{0}, 0}};
    dynr_path_init(&encoder.path);
    return end_encoding(&encoder, encode_value(&encoder, type, value));
}
