/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plain JSON (what clients send) into structs. Nothing is trusted: unknown and repeated members, wrong types, values out of
 * bounds are refused with the path of the member. Shape comes first, then all bounds in one walk (validate.c).
 */
#include <stdint.h>
#include <stdio.h>

#include "base/base64.h"
#include "base/json_read.h"
#include "base/number_text.h"
#include "base/spelling.h"
#include "typed/type.h"
#include "typed/validate.h"

struct json_decoder {
    struct dynr_json_reader reader;
    struct dynr_arena *arena;
    struct dynr_error *err;
    enum dynr_status status;
    struct dynr_path path;
};

static bool decode_struct(struct json_decoder *decoder, const struct dynr_struct_desc *desc,
                          char *out);
static bool decode_value(struct json_decoder *decoder, const struct dynr_type_desc *type,
                         char *out);

static bool fail_with(struct json_decoder *decoder, enum dynr_status status, const char *message)
{
    decoder->status = dynr_fail(decoder->err, status, "%s", message);
    return false;
}

/* What the reader found fault with. */
static bool malformed(struct json_decoder *decoder)
{
    decoder->status = dynr_json_fail(&decoder->reader, decoder->err);
    return false;
}

static const char *name_of_kind(enum dynr_json_kind kind)
{
    static const char *const names[] = {
        [DYNR_JSON_FAULT] = "malformed", [DYNR_JSON_NULL] = "null",
        [DYNR_JSON_FALSE] = "a boolean", [DYNR_JSON_TRUE] = "a boolean",
        [DYNR_JSON_NUMBER] = "a number", [DYNR_JSON_STRING] = "a string",
        [DYNR_JSON_ARRAY] = "an array",  [DYNR_JSON_OBJECT] = "an object",
        [DYNR_JSON_END] = "missing",
    };
    return names[kind];
}

static const char *expected_of(const struct dynr_type_desc *type)
{
    static const char *const names[] = {
        [DYNR_KIND_STRING] = "a string",
        [DYNR_KIND_EMAIL] = "a string",
        [DYNR_KIND_URL] = "a string",
        [DYNR_KIND_JSON] = "JSON",
        [DYNR_KIND_BOOL] = "true or false",
        [DYNR_KIND_INT32] = "a whole number of 32 bits",
        [DYNR_KIND_INT64] = "a whole number of 64 bits",
        [DYNR_KIND_FLOAT] = "a number",
        [DYNR_KIND_DECIMAL] = "a decimal of at most 38 digits",
        [DYNR_KIND_BYTES] = "bytes in base64",
        [DYNR_KIND_DATE] = "a date such as 2026-01-31",
        [DYNR_KIND_TIMESTAMP] = "a timestamp such as 2026-01-31T12:00:00.000Z",
        [DYNR_KIND_EPOCH] = "a timestamp such as 2026-01-31T12:00:00.000Z",
        [DYNR_KIND_ULID] = "a ULID",
        [DYNR_KIND_UUID] = "a UUID",
        [DYNR_KIND_ENUM] = "the name of a value",
        [DYNR_KIND_STRUCT] = "an object",
        [DYNR_KIND_LIST] = "an array",
        [DYNR_KIND_SET] = "an array",
        [DYNR_KIND_MAP] = "an object",
        [DYNR_KIND_ROW] = "nothing",
    };
    return names[type->kind];
}

/* A reference of several parts; those of one part are what that part is. */
static bool wrong_reference(struct json_decoder *decoder, const struct dynr_type_desc *type)
{
    struct dynr_buf form = {0};
    dynr_ref_describe(type->structure, &form);
    struct dynr_str text = dynr_buf_str(&form);
    bool is_whole = dynr_buf_ok(&form);
    decoder->status =
        is_whole ? dynr_fail(decoder->err, DYNR_ERR_TYPE, "must be %.*s", (int)text.len, text.ptr)
                 : dynr_fail(decoder->err, DYNR_ERR_NO_MEMORY, NULL);
    dynr_buf_cleanup(&form);
    return false;
}

static bool wrong_type(struct json_decoder *decoder, const struct dynr_type_desc *type,
                       enum dynr_json_kind found)
{
    if (found == DYNR_JSON_FAULT || found == DYNR_JSON_END) {
        return malformed(decoder);
    }
    if (type->kind == DYNR_KIND_REF) {
        return wrong_reference(decoder, type);
    }
    decoder->status = dynr_fail(decoder->err, DYNR_ERR_TYPE, "must be %s, is %s", expected_of(type),
                                name_of_kind(found));
    return false;
}

static bool wrong_form(struct json_decoder *decoder, const struct dynr_type_desc *type)
{
    if (type->kind == DYNR_KIND_REF) {
        return wrong_reference(decoder, type);
    }
    decoder->status = dynr_fail(decoder->err, DYNR_ERR_TYPE, "must be %s", expected_of(type));
    return false;
}

/* ---- scalars ------------------------------------------------------------------------------------------------- */

static bool take_string(struct json_decoder *decoder, struct dynr_str *out)
{
    return dynr_json_read_string(&decoder->reader, decoder->arena, out) || malformed(decoder);
}

static bool parse_text(const struct dynr_type_desc *type, struct dynr_str text,
                       struct dynr_arena *arena, void *out)
{
    switch ((int)type->kind) {
    case DYNR_KIND_DECIMAL:
        return dynr_decimal_parse(text, arena, out, NULL) == DYNR_OK;
    case DYNR_KIND_BYTES:
        return dynr_base64_decode(text, arena, out);
    case DYNR_KIND_DATE:
        return dynr_date_parse(text, out);
    case DYNR_KIND_TIMESTAMP:
    case DYNR_KIND_EPOCH:
        return dynr_timestamp_parse(text, out);
    case DYNR_KIND_ULID:
        return dynr_ulid_parse(text, out);
    case DYNR_KIND_UUID:
        return dynr_uuid_parse(text, out);
    case DYNR_KIND_INT64:
        return dynr_int64_parse(text, out);
    case DYNR_KIND_INT32: {
        int64_t number = 0;
        bool fits = dynr_int64_parse(text, &number) && number >= INT32_MIN && number <= INT32_MAX;
        *(int32_t *)out = fits ? (int32_t)number : 0;
        return fits;
    }
    case DYNR_KIND_FLOAT:
        return dynr_double_parse(text, out);
    default:
        return dynr_ref_parse_text(type->structure, text, arena, out);
    }
}

static bool decode_text(struct json_decoder *decoder, const struct dynr_type_desc *type,
                        struct dynr_str text, void *out)
{
    if (parse_text(type, text, decoder->arena, out)) {
        return true;
    }
    /* Parsers do not say whether text or memory was at fault: with other memory they would succeed. */
    struct dynr_arena scratch = {0};
    bool valid = parse_text(type, text, &scratch, out);
    dynr_arena_cleanup(&scratch);
    return valid ? fail_with(decoder, DYNR_ERR_NO_MEMORY, "memory is exhausted")
                 : wrong_form(decoder, type);
}

static bool decode_enum(struct json_decoder *decoder, const struct dynr_type_desc *type, void *out)
{
    struct dynr_str name;
    if (!take_string(decoder, &name)) {
        return false;
    }
    if (dynr_enum_tag(type->enumeration, name, out)) {
        return true;
    }
    char list[160];
    size_t len = 0;
    list[0] = '\0';
    for (size_t i = 0; i < type->enumeration->n_values; i++) {
        const char *value = type->enumeration->values[i].name;
        size_t value_len = strlen(value);
        if (len + value_len + 8 > sizeof list) {
            memcpy(list + len, ", ...", 6);
            break;
        }
        if (i > 0) {
            memcpy(list + len, ", ", 2);
            len += 2;
        }
        memcpy(list + len, value, value_len + 1);
        len += value_len;
    }
    decoder->status = dynr_fail(decoder->err, DYNR_ERR_RANGE, "must be one of %s", list);
    return false;
}

static bool decode_scalar(struct json_decoder *decoder, const struct dynr_type_desc *type,
                          enum dynr_json_kind kind, void *out)
{
    struct dynr_str text;
    bool numeric = type->kind == DYNR_KIND_INT32 || type->kind == DYNR_KIND_INT64 ||
                   type->kind == DYNR_KIND_DECIMAL || type->kind == DYNR_KIND_FLOAT;
    if (kind == DYNR_JSON_NUMBER && numeric) {
        if (!dynr_json_read_number(&decoder->reader, &text)) {
            return malformed(decoder);
        }
        return decode_text(decoder, type, text, out);
    }
    if (kind != DYNR_JSON_STRING || type->kind == DYNR_KIND_FLOAT) {
        return wrong_type(decoder, type, kind);
    }
    if (type->kind == DYNR_KIND_ENUM) {
        return decode_enum(decoder, type, out);
    }
    return take_string(decoder, &text) && decode_text(decoder, type, text, out);
}

/* ---- containers ---------------------------------------------------------------------------------------------- */

struct collected {
    char *items;
    size_t count;
    size_t cap;
};

/* Room for one more element of `size` bytes, zeroed. */
static char *collect(struct json_decoder *decoder, struct collected *into, size_t size)
{
    if (into->count == into->cap) {
        size_t cap = into->cap == 0 ? 4 : into->cap * 2;
        char *items = dynr_arena_calloc(decoder->arena, cap, size);
        if (items == NULL) {
            fail_with(decoder, DYNR_ERR_NO_MEMORY, "memory is exhausted");
            return NULL;
        }
        if (into->count > 0) {
            memcpy(items, into->items, into->count * size);
        }
        into->items = items;
        into->cap = cap;
    }
    return into->items + into->count++ * size;
}

static bool decode_elements(struct json_decoder *decoder, const struct dynr_type_desc *type,
                            struct dynr_sequence *out)
{
    struct collected into = {NULL, 0, 0};
    bool first;
    if (!dynr_json_enter_array(&decoder->reader, &first)) {
        return malformed(decoder);
    }
    while (dynr_json_next_element(&decoder->reader, &first)) {
        char *element = collect(decoder, &into, type->element_size);
        if (element == NULL) {
            return false;
        }
        if (!decode_value(decoder, type->element, element)) {
            dynr_path_prepend_index(&decoder->path, into.count - 1);
            return false;
        }
    }
    out->items = into.items;
    out->n_items = into.count;
    return decoder->reader.fault == NULL || malformed(decoder);
}

static bool decode_entries(struct json_decoder *decoder, const struct dynr_type_desc *type,
                           struct dynr_sequence *out)
{
    struct collected into = {NULL, 0, 0};
    struct dynr_str key;
    bool first;
    if (!dynr_json_enter_object(&decoder->reader, &first)) {
        return malformed(decoder);
    }
    while (dynr_json_next_member(&decoder->reader, decoder->arena, &first, &key)) {
        char *entry = collect(decoder, &into, type->element_size);
        if (entry == NULL) {
            return false;
        }
        *(struct dynr_str *)(void *)entry = key;
        if (!decode_value(decoder, type->element, entry + type->value_offset)) {
            dynr_path_prepend_key(&decoder->path, key);
            return false;
        }
    }
    out->items = into.items;
    out->n_items = into.count;
    return decoder->reader.fault == NULL || malformed(decoder);
}

/* Any JSON value; the content of a JSON member, as it stands. */
static bool decode_raw(struct json_decoder *decoder, struct dynr_str *out)
{
    return dynr_json_skip(&decoder->reader, out) || malformed(decoder);
}

static bool decode_value(struct json_decoder *decoder, const struct dynr_type_desc *type, char *out)
{
    size_t offset = 0;
    type = dynr_type_resolve(type, &offset);
    void *value = out + offset;
    enum dynr_json_kind kind = dynr_json_peek(&decoder->reader);
    switch ((int)type->kind) {
    case DYNR_KIND_STRING:
    case DYNR_KIND_EMAIL:
    case DYNR_KIND_URL:
        return kind == DYNR_JSON_STRING ? take_string(decoder, value)
                                        : wrong_type(decoder, type, kind);
    case DYNR_KIND_JSON:
        return decode_raw(decoder, value);
    case DYNR_KIND_BOOL:
        if (kind != DYNR_JSON_TRUE && kind != DYNR_JSON_FALSE) {
            return wrong_type(decoder, type, kind);
        }
        return dynr_json_read_bool(&decoder->reader, value) || malformed(decoder);
    case DYNR_KIND_STRUCT:
        return kind == DYNR_JSON_OBJECT ? decode_struct(decoder, type->structure, value)
                                        : wrong_type(decoder, type, kind);
    case DYNR_KIND_LIST:
    case DYNR_KIND_SET:
        return kind == DYNR_JSON_ARRAY ? decode_elements(decoder, type, value)
                                       : wrong_type(decoder, type, kind);
    case DYNR_KIND_MAP:
        return kind == DYNR_JSON_OBJECT ? decode_entries(decoder, type, value)
                                        : wrong_type(decoder, type, kind);
    default:
        return decode_scalar(decoder, type, kind, value);
    }
}

/* ---- structs ------------------------------------------------------------------------------------------------- */

static size_t find_field(const struct dynr_struct_desc *desc, struct dynr_str name, size_t from)
{
    for (size_t tried = 0; tried < desc->n_fields; tried++) {
        size_t i = (from + tried) % desc->n_fields;
        if (dynr_str_equal(dynr_str_make(desc->fields[i].name, desc->fields[i].name_len), name)) {
            return i;
        }
    }
    return desc->n_fields;
}

static bool refuse_member(struct json_decoder *decoder, struct dynr_str name, const char *message)
{
    char text[64];
    size_t len = name.len < sizeof text ? name.len : sizeof text - 1;
    memcpy(text, name.ptr, len);
    text[len] = '\0';
    decoder->status = dynr_fail(decoder->err, DYNR_ERR_INVALID_ARGUMENT, "%s", message);
    dynr_path_prepend(&decoder->path, text);
    return false;
}

/* Only what may stand there: nothing is said of members that callers cannot give. */
static bool refuse_unknown(struct json_decoder *decoder, const struct dynr_struct_desc *desc,
                           struct dynr_str name)
{
    const char *meant = NULL;
    char message[128] = "there is no such member";
    size_t distance = SIZE_MAX;
    for (size_t i = 0; i < desc->n_fields; i++) {
        const struct dynr_field_desc *field = &desc->fields[i];
        struct dynr_str candidate = dynr_str_make(field->name, field->name_len);
        if ((field->flags & DYNR_FIELD_MANAGED) == 0 && field->type->kind != DYNR_KIND_ROW &&
            dynr_spelling_is_nearer(name, candidate, &distance)) {
            meant = field->name;
        }
    }
    if (meant != NULL) {
        (void)snprintf(message, sizeof message, "there is no such member; did you mean `%s`?",
                       meant);
    }
    return refuse_member(decoder, name, message);
}

static bool decode_member(struct json_decoder *decoder, const struct dynr_field_desc *field,
                          char *out)
{
    bool is_null = dynr_json_peek(&decoder->reader) == DYNR_JSON_NULL;
    if (is_null && field->presence != DYNR_REQUIRED) {
        /* Also where a default stood. */
        dynr_field_assign(field, out, NULL);
        return dynr_json_read_null(&decoder->reader) || malformed(decoder);
    }
    memset(out + field->offset, 0, dynr_type_size(field->type));
    if (!decode_value(decoder, field->type, out + field->offset)) {
        dynr_path_prepend(&decoder->path, field->name);
        return false;
    }
    if (field->presence != DYNR_REQUIRED) {
        *((bool *)(void *)out + field->presence) = true;
    }
    return true;
}

static bool check_missing(struct json_decoder *decoder, const struct dynr_struct_desc *desc,
                          const bool *seen)
{
    const uint32_t may_miss = DYNR_FIELD_AUTO | DYNR_FIELD_DEFAULT | DYNR_FIELD_MANAGED;
    for (size_t i = 0; i < desc->n_fields; i++) {
        const struct dynr_field_desc *field = &desc->fields[i];
        if (!seen[i] && field->presence == DYNR_REQUIRED && (field->flags & may_miss) == 0 &&
            field->type->kind != DYNR_KIND_ROW) {
            decoder->status = dynr_fail(decoder->err, DYNR_ERR_MISSING, "is required");
            dynr_path_prepend(&decoder->path, field->name);
            return false;
        }
    }
    return true;
}

static bool decode_members(struct json_decoder *decoder, const struct dynr_struct_desc *desc,
                           char *out, bool *seen)
{
    struct dynr_str name;
    bool first;
    size_t next = 0;
    if (!dynr_json_enter_object(&decoder->reader, &first)) {
        return malformed(decoder);
    }
    while (dynr_json_next_member(&decoder->reader, decoder->arena, &first, &name)) {
        size_t i = find_field(desc, name, next);
        if (i == desc->n_fields || desc->fields[i].type->kind == DYNR_KIND_ROW) {
            return refuse_unknown(decoder, desc, name);
        }
        if ((desc->fields[i].flags & DYNR_FIELD_MANAGED) != 0) {
            return refuse_member(decoder, name, "is set by the service alone");
        }
        if (seen[i]) {
            return refuse_member(decoder, name, "is given twice");
        }
        seen[i] = true;
        next = i + 1;
        if (!decode_member(decoder, &desc->fields[i], out)) {
            return false;
        }
    }
    return (decoder->reader.fault == NULL || malformed(decoder)) &&
           check_missing(decoder, desc, seen);
}

static bool decode_struct(struct json_decoder *decoder, const struct dynr_struct_desc *desc,
                          char *out)
{
    bool few[64] = {false};
    bool *seen = few;
    if (desc->n_fields > sizeof few) {
        seen = dynr_arena_calloc(decoder->arena, desc->n_fields, sizeof *seen);
        if (seen == NULL) {
            return fail_with(decoder, DYNR_ERR_NO_MEMORY, "memory is exhausted");
        }
    }
    memset(out, 0, desc->size);
    if (desc->set_defaults != NULL) {
        desc->set_defaults(out);
    }
    return decode_members(decoder, desc, out, seen);
}

enum dynr_status dynr_decode_json(const struct dynr_struct_desc *desc, struct dynr_str json,
                                  struct dynr_arena *arena, void *out, struct dynr_error *err)
{
    struct json_decoder decoder;
    dynr_json_reader_init(&decoder.reader, json);
    decoder.arena = arena;
    decoder.err = err;
    decoder.status = DYNR_OK;
    dynr_path_init(&decoder.path);
    enum dynr_json_kind kind = dynr_json_peek(&decoder.reader);
    bool done = false;
    if (kind == DYNR_JSON_OBJECT) {
        done = decode_struct(&decoder, desc, out) &&
               (dynr_json_finish(&decoder.reader) || malformed(&decoder));
    } else if (kind == DYNR_JSON_FAULT || kind == DYNR_JSON_END) {
        malformed(&decoder);
    } else {
        decoder.status =
            dynr_fail(err, DYNR_ERR_TYPE, "must be an object, is %s", name_of_kind(kind));
    }
    if (!done) {
        if (decoder.status != DYNR_ERR_SYNTAX && decoder.status != DYNR_ERR_NO_MEMORY) {
            dynr_path_finish(&decoder.path, err);
        }
        return decoder.status;
    }
    return dynr_validate_input(desc, out, err);
}
