/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Typed values to and from key text, and references of several parts, which are stored in the same form.
 */
#include "base/key_codec.h"
#include "base/utf8.h"
#include "typed/type.h"

/* Appends `text` with A to Z lowered, piece by piece, so that no copy of the whole is needed. */
static void append_folded(struct dynr_buf *out, struct dynr_str text, char delimiter)
{
    char piece[128];
    while (text.len > 0) {
        size_t len = text.len < sizeof piece ? text.len : sizeof piece;
        for (size_t i = 0; i < len; i++) {
            char c = text.ptr[i];
            piece[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
        }
        dynr_key_append_text(out, dynr_str_make(piece, len), delimiter);
        text = dynr_str_make(text.ptr + len, text.len - len);
    }
}

static int64_t floor_seconds(struct dynr_timestamp timestamp)
{
    int64_t seconds = timestamp.ms / 1000;
    return timestamp.ms % 1000 < 0 ? seconds - 1 : seconds;
}

bool dynr_key_append_value(const struct dynr_type_desc *type, const void *value, char delimiter,
                           bool fold, struct dynr_buf *out)
{
    switch (type->kind) {
    case DYNR_KIND_STRING:
    case DYNR_KIND_EMAIL:
    case DYNR_KIND_URL:
        if (fold) {
            append_folded(out, *(const struct dynr_str *)value, delimiter);
        } else {
            dynr_key_append_text(out, *(const struct dynr_str *)value, delimiter);
        }
        return true;
    case DYNR_KIND_BOOL:
        dynr_key_append_bool(out, *(const bool *)value);
        return true;
    case DYNR_KIND_INT32:
        dynr_key_append_int(out, *(const int32_t *)value);
        return true;
    case DYNR_KIND_INT64:
        dynr_key_append_int(out, *(const int64_t *)value);
        return true;
    case DYNR_KIND_ENUM:
        dynr_key_append_int(out, *(const int *)value);
        return true;
    case DYNR_KIND_DECIMAL:
        dynr_key_append_decimal(out, *(const struct dynr_decimal *)value);
        return true;
    case DYNR_KIND_BYTES:
        dynr_key_append_bytes(out, *(const struct dynr_bytes *)value);
        return true;
    case DYNR_KIND_DATE:
        dynr_key_append_date(out, *(const struct dynr_date *)value);
        return true;
    case DYNR_KIND_TIMESTAMP:
        dynr_key_append_timestamp(out, *(const struct dynr_timestamp *)value);
        return true;
    case DYNR_KIND_EPOCH:
        dynr_key_append_int(out, floor_seconds(*(const struct dynr_timestamp *)value));
        return true;
    case DYNR_KIND_ULID:
        dynr_buf_append_str(out, dynr_ulid_str(value));
        return true;
    case DYNR_KIND_UUID:
        dynr_buf_append_str(out, dynr_uuid_str(value));
        return true;
    case DYNR_KIND_REF:
        dynr_ref_append_text(type->structure, value, delimiter, out);
        return true;
    case DYNR_KIND_JSON:
    case DYNR_KIND_FLOAT:
    case DYNR_KIND_STRUCT:
    case DYNR_KIND_LIST:
    case DYNR_KIND_SET:
    case DYNR_KIND_MAP:
    case DYNR_KIND_ROW:
        break;
    }
    return false;
}

void dynr_ref_append_text(const struct dynr_struct_desc *key, const void *object, char delimiter,
                          struct dynr_buf *out)
{
    for (size_t i = 0; i < key->n_fields; i++) {
        const struct dynr_field_desc *field = &key->fields[i];
        if (i > 0) {
            dynr_buf_append_char(out, delimiter);
        }
        if (!dynr_key_append_value(field->type, dynr_field_value(field, object), delimiter, false,
                                   out)) {
            out->failed = true;
        }
    }
}

static bool parse_number_part(const struct dynr_type_desc *type, struct dynr_str part, void *value)
{
    int64_t number = 0;
    if (!dynr_key_part_int(part, &number)) {
        return false;
    }
    if (type->kind == DYNR_KIND_INT64) {
        *(int64_t *)value = number;
        return true;
    }
    if (type->kind == DYNR_KIND_EPOCH) {
        if (number > DYNR_EPOCH_MAX || number < DYNR_EPOCH_MIN) {
            return false;
        }
        ((struct dynr_timestamp *)value)->ms = number * 1000;
        return true;
    }
    if (number < INT32_MIN || number > INT32_MAX) {
        return false;
    }
    if (type->kind == DYNR_KIND_ENUM) {
        *(int *)value = dynr_enum_name(type->enumeration, (int)number) == NULL ? 0 : (int)number;
    } else {
        *(int32_t *)value = (int32_t)number;
    }
    return true;
}

/* One part of a joined key as the C value of `type`. */
static bool parse_part(const struct dynr_type_desc *type, struct dynr_str part,
                       struct dynr_arena *arena, void *value)
{
    switch (type->kind) {
    case DYNR_KIND_STRING:
    case DYNR_KIND_EMAIL:
    case DYNR_KIND_URL:
        *(struct dynr_str *)value = part;
        return dynr_utf8_is_valid(part);
    case DYNR_KIND_BOOL:
        return dynr_key_part_bool(part, value);
    case DYNR_KIND_INT32:
    case DYNR_KIND_INT64:
    case DYNR_KIND_ENUM:
    case DYNR_KIND_EPOCH:
        return parse_number_part(type, part, value);
    case DYNR_KIND_DECIMAL:
        return dynr_key_part_decimal(part, arena, value);
    case DYNR_KIND_BYTES:
        return dynr_key_part_bytes(part, arena, value);
    case DYNR_KIND_DATE:
        return dynr_date_parse(part, value);
    case DYNR_KIND_TIMESTAMP:
        return dynr_timestamp_parse(part, value);
    case DYNR_KIND_ULID:
        return dynr_ulid_parse(part, value);
    case DYNR_KIND_UUID:
        return dynr_uuid_parse(part, value);
    case DYNR_KIND_JSON:
    case DYNR_KIND_FLOAT:
    case DYNR_KIND_STRUCT:
    case DYNR_KIND_REF:
    case DYNR_KIND_LIST:
    case DYNR_KIND_SET:
    case DYNR_KIND_MAP:
    case DYNR_KIND_ROW:
        break;
    }
    return false;
}

static bool parse_parts(const struct dynr_struct_desc *key, struct dynr_str *rest,
                        struct dynr_arena *arena, void *object)
{
    for (size_t i = 0; i < key->n_fields; i++) {
        const struct dynr_field_desc *field = &key->fields[i];
        char *value = (char *)object + field->offset;
        if (field->type->kind == DYNR_KIND_REF) {
            if (!parse_parts(field->type->structure, rest, arena, value)) {
                return false;
            }
            continue;
        }
        struct dynr_str part;
        if (!dynr_key_next_part(rest, DYNR_KEY_DELIMITER, arena, &part) ||
            !parse_part(field->type, part, arena, value)) {
            return false;
        }
    }
    return true;
}

bool dynr_ref_parse_text(const struct dynr_struct_desc *key, struct dynr_str text,
                         struct dynr_arena *arena, void *object)
{
    struct dynr_str rest = text.ptr == NULL ? dynr_str_make("", 0) : text;
    return parse_parts(key, &rest, arena, object) && rest.ptr == NULL;
}
