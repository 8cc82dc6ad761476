/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Structs into items (DynamoDB JSON), driven by the constant tables: one look for room per field, then straight stores.
 * The output is canonical: no white space, fields in the order of the table, absent ones left out.
 */
#include "typed/encode_item.h"

#include <math.h>

#include "base/base64.h"
#include "base/key_codec.h"
#include "base/number_text.h"
#include "typed/text.h"

/* Room that suffices for any value of bounded length, with its name's and its own punctuation. */
#define ROOM_MIN 80

struct item_encoder {
    struct dynr_buf *out;
    struct dynr_error *err;
    enum dynr_status status;
    unsigned depth;
    struct dynr_path path;
};

/* What opens a value, by kind; the first two characters end the name. */
static const char openings[][8] = {
    [DYNR_KIND_STRING] = {"\":{\"S\":\""},  [DYNR_KIND_EMAIL] = {"\":{\"S\":\""},
    [DYNR_KIND_URL] = {"\":{\"S\":\""},     [DYNR_KIND_JSON] = {"\":{\"S\":\""},
    [DYNR_KIND_BOOL] = {"\":{\"BOOL"},      [DYNR_KIND_INT32] = {"\":{\"N\":\""},
    [DYNR_KIND_INT64] = {"\":{\"N\":\""},   [DYNR_KIND_FLOAT] = {"\":{\"N\":\""},
    [DYNR_KIND_DECIMAL] = {"\":{\"N\":\""}, [DYNR_KIND_BYTES] = {"\":{\"B\":\""},
    [DYNR_KIND_DATE] = {"\":{\"S\":\""},    [DYNR_KIND_TIMESTAMP] = {"\":{\"S\":\""},
    [DYNR_KIND_EPOCH] = {"\":{\"N\":\""},   [DYNR_KIND_ULID] = {"\":{\"S\":\""},
    [DYNR_KIND_UUID] = {"\":{\"S\":\""},    [DYNR_KIND_ENUM] = {"\":{\"N\":\""},
    [DYNR_KIND_STRUCT] = {"\":{\"M\":{"},   [DYNR_KIND_REF] = {"\":{\"S\":\""},
    [DYNR_KIND_LIST] = {"\":{\"L\":["},     [DYNR_KIND_SET] = {"\":{\"SS\":"},
    [DYNR_KIND_MAP] = {"\":{\"M\":{"},      [DYNR_KIND_ROW] = {"--------"},
};

static bool encode_fields(struct item_encoder *encoder, const struct dynr_struct_desc *desc,
                          const void *object);
static bool encode_element(struct item_encoder *encoder, const struct dynr_type_desc *type,
                           const void *value);

static DYNR_COLD bool no_memory(struct item_encoder *encoder)
{
    encoder->status = dynr_fail(encoder->err, DYNR_ERR_NO_MEMORY, NULL);
    return false;
}

static DYNR_COLD bool fail_with(struct item_encoder *encoder, enum dynr_status status,
                                const char *message)
{
    encoder->status = dynr_fail(encoder->err, status, "%s", message);
    return false;
}

/* ---- scalars ------------------------------------------------------------------------------------------------- */

static const char digit_pairs[] =
    "00010203040506070809101112131415161718192021222324252627282930313233"
    "34353637383940414243444546474849505152535455565758596061626364656667"
    "68697071727374757677787980818283848586878889909192939495969798"
    "99";

DYNR_INLINE char *write_int(int64_t value, char *out)
{
    uint64_t rest = value < 0 ? ~(uint64_t)value + 1 : (uint64_t)value;
    if (value < 0) {
        *out++ = '-';
    }
    if (rest < 10) {
        *out++ = (char)('0' + rest);
        return out;
    }
    char digits[20];
    char *first = digits + sizeof digits;
    while (rest >= 100) {
        first -= 2;
        memcpy(first, digit_pairs + rest % 100 * 2, 2);
        rest /= 100;
    }
    if (rest >= 10) {
        first -= 2;
        memcpy(first, digit_pairs + rest * 2, 2);
    } else {
        *--first = (char)('0' + rest);
    }
    size_t len = (size_t)(digits + sizeof digits - first);
    memcpy(out, first, len);
    return out + len;
}

/* Doubles that are whole or have up to four places are written without asking for the shortest text. */
static char *write_double(double value, char *out)
{
    static const double scales[] = {1, 1e1, 1e2, 1e3, 1e4};
    double magnitude = fabs(value);
    if (!isfinite(value)) {
        return NULL;
    }
    for (unsigned places = 0; places < 5 && magnitude < 1e10 && magnitude >= 1e-4; places++) {
        double scaled = magnitude * scales[places];
        int64_t whole = (int64_t)(scaled + 0.5);
        if ((double)whole / scales[places] != magnitude) {
            continue;
        }
        if (value < 0) {
            *out++ = '-';
        }
        int64_t scale = (int64_t)scales[places];
        out = write_int(whole / scale, out);
        if (places > 0) {
            int64_t fraction = whole % scale;
            *out++ = '.';
            for (unsigned i = places; i > 0; i--) {
                out[i - 1] = (char)('0' + fraction % 10);
                fraction /= 10;
            }
            out += places;
        }
        return out;
    }
    return out + dynr_double_format(value, out);
}

char *dynr_write_number(const struct dynr_type_desc *type, const void *value, char *out)
{
    switch ((int)type->kind) {
    case DYNR_KIND_INT32:
        return write_int(*(const int32_t *)value, out);
    case DYNR_KIND_INT64:
        return write_int(*(const int64_t *)value, out);
    case DYNR_KIND_ENUM:
        return write_int(*(const int *)value, out);
    case DYNR_KIND_FLOAT:
        return write_double(*(const double *)value, out);
    default: {
        int64_t ms = ((const struct dynr_timestamp *)value)->ms;
        return write_int(ms / 1000 - (ms % 1000 < 0), out);
    }
    }
}

/* From 1970 to 9999; others take the base layer's way. */
static char *write_timestamp(int64_t ms, char *out)
{
    if (ms < 0 || ms / 1000 > DYNR_EPOCH_MAX) {
        struct dynr_timestamp timestamp = {ms};
        dynr_timestamp_format(timestamp, out);
        return out + DYNR_TIMESTAMP_LENGTH;
    }
    uint64_t seconds = (uint64_t)ms / 1000;
    unsigned milliseconds = (unsigned)((uint64_t)ms % 1000);
    unsigned second_of_day = (unsigned)(seconds % 86400);
    unsigned shifted = (unsigned)(seconds / 86400) + 719468;
    unsigned cycle = shifted / 146097;
    unsigned day = shifted % 146097;
    unsigned year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    unsigned day_of_year = day - (365 * year + year / 4 - year / 100);
    unsigned month = (5 * day_of_year + 2) / 153;
    day = day_of_year - (153 * month + 2) / 5 + 1;
    month = month < 10 ? month + 3 : month - 9;
    year += cycle * 400 + (month <= 2);
    static const char form[24] = {"0000-00-00T00:00:00.000Z"};
    memcpy(out, form, sizeof form);
    memcpy(out, digit_pairs + (size_t)(year / 100) * 2, 2);
    memcpy(out + 2, digit_pairs + (size_t)(year % 100) * 2, 2);
    memcpy(out + 5, digit_pairs + (size_t)month * 2, 2);
    memcpy(out + 8, digit_pairs + (size_t)day * 2, 2);
    memcpy(out + 11, digit_pairs + (size_t)(second_of_day / 3600) * 2, 2);
    memcpy(out + 14, digit_pairs + (size_t)(second_of_day / 60 % 60) * 2, 2);
    memcpy(out + 17, digit_pairs + (size_t)(second_of_day % 60) * 2, 2);
    out[20] = (char)('0' + milliseconds / 100);
    memcpy(out + 21, digit_pairs + (size_t)(milliseconds % 100) * 2, 2);
    return out + 24;
}

char *dynr_write_time(const struct dynr_type_desc *type, const void *value, char *out)
{
    switch ((int)type->kind) {
    case DYNR_KIND_DATE:
        dynr_date_format(*(const struct dynr_date *)value, out);
        return out + DYNR_DATE_LENGTH;
    case DYNR_KIND_ULID:
        memcpy(out, value, sizeof(struct dynr_ulid));
        return out + sizeof(struct dynr_ulid);
    case DYNR_KIND_UUID:
        memcpy(out, value, sizeof(struct dynr_uuid));
        return out + sizeof(struct dynr_uuid);
    default:
        return write_timestamp(((const struct dynr_timestamp *)value)->ms, out);
    }
}

/* ---- texts --------------------------------------------------------------------------------------------------- */

/* Ends a text whose opening quote is written; `w` is in a room of `text.len` and more bytes. */
DYNR_INLINE char *write_text(struct item_encoder *encoder, struct dynr_str text, char *w)
{
    if (DYNR_LIKELY(dynr_text_copy_plain(w, text.ptr, text.len))) {
        w += text.len;
        *w++ = '"';
        return w;
    }
    dynr_text_commit(encoder->out, w - 1);
    dynr_buf_append_json_string(encoder->out, text);
    return dynr_text_room(encoder->out, ROOM_MIN);
}

static char *write_bytes(struct item_encoder *encoder, struct dynr_bytes bytes, char *w)
{
    dynr_text_commit(encoder->out, w);
    dynr_buf_append_base64(encoder->out, bytes);
    w = dynr_text_room(encoder->out, ROOM_MIN);
    if (w != NULL) {
        *w++ = '"';
    }
    return w;
}

/* A reference of several parts, as one text. */
static char *write_ref(struct item_encoder *encoder, const struct dynr_type_desc *type,
                       const void *value, char *w)
{
    struct dynr_buf text;
    dynr_buf_init(&text, encoder->out->allocator, 0);
    dynr_ref_append_text(type->structure, value, DYNR_KEY_DELIMITER, &text);
    char *end = NULL;
    if (dynr_buf_ok(&text)) {
        dynr_text_commit(encoder->out, w - 1);
        dynr_buf_append_json_string(encoder->out, dynr_buf_str(&text));
        end = dynr_text_room(encoder->out, ROOM_MIN);
    } else {
        encoder->out->failed = true;
    }
    dynr_buf_cleanup(&text);
    return end;
}

/* ---- containers ---------------------------------------------------------------------------------------------- */

static bool encode_list(struct item_encoder *encoder, const struct dynr_type_desc *type,
                        const struct dynr_sequence *list)
{
    const char *element = list->items;
    for (size_t i = 0; i < list->n_items; i++) {
        if (!encode_element(encoder, type->element, element)) {
            dynr_path_prepend_index(&encoder->path, i);
            return false;
        }
        if (i + 1 < list->n_items) {
            dynr_buf_append_char(encoder->out, ',');
        }
        element += type->element_size;
    }
    return true;
}

static bool encode_map(struct item_encoder *encoder, const struct dynr_type_desc *type,
                       const struct dynr_sequence *map)
{
    const char *entry = map->items;
    for (size_t i = 0; i < map->n_items; i++) {
        const struct dynr_str *key = (const struct dynr_str *)(const void *)entry;
        if (i > 0) {
            dynr_buf_append_char(encoder->out, ',');
        }
        dynr_buf_append_json_string(encoder->out, *key);
        dynr_buf_append_char(encoder->out, ':');
        if (!encode_element(encoder, type->element, entry + type->value_offset)) {
            dynr_path_prepend_key(&encoder->path, *key);
            return false;
        }
        entry += type->element_size;
    }
    return true;
}

static bool encode_set_element(struct item_encoder *encoder, const struct dynr_type_desc *type,
                               const void *value)
{
    size_t offset = 0;
    type = dynr_type_resolve(type, &offset);
    value = (const char *)value + offset;
    enum dynr_wire wire = dynr_type_wire(type);
    size_t extra = 0;
    if (dynr_kind_is_text(type->kind) || type->kind == DYNR_KIND_DECIMAL) {
        extra = ((const struct dynr_str *)value)->len;
    }
    char *w = dynr_text_room(encoder->out, extra + ROOM_MIN);
    if (w == NULL) {
        return no_memory(encoder);
    }
    *w++ = '"';
    if (dynr_kind_is_text(type->kind) || type->kind == DYNR_KIND_DECIMAL) {
        w = write_text(encoder, *(const struct dynr_str *)value, w);
    } else if (wire == DYNR_WIRE_B) {
        w = write_bytes(encoder, *(const struct dynr_bytes *)value, w);
    } else if (type->kind == DYNR_KIND_REF) {
        w = write_ref(encoder, type, value, w);
    } else {
        w = wire == DYNR_WIRE_N ? dynr_write_number(type, value, w)
                                : dynr_write_time(type, value, w);
        if (w == NULL) {
            return fail_with(encoder, DYNR_ERR_RANGE, "must be a finite number");
        }
        *w++ = '"';
    }
    if (w == NULL) {
        return no_memory(encoder);
    }
    dynr_text_commit(encoder->out, w);
    return true;
}

static bool encode_set(struct item_encoder *encoder, const struct dynr_type_desc *type,
                       const struct dynr_sequence *set)
{
    const char *element = set->items;
    for (size_t i = 0; i < set->n_items; i++) {
        if (i > 0) {
            dynr_buf_append_char(encoder->out, ',');
        }
        if (!encode_set_element(encoder, type->element, element)) {
            dynr_path_prepend_index(&encoder->path, i);
            return false;
        }
        element += type->element_size;
    }
    return true;
}

/* A container behind its opening bracket, and its end. */
static DYNR_COLD char *too_deep(struct item_encoder *encoder)
{
    fail_with(encoder, DYNR_ERR_TOO_LARGE, "values are nested too deeply");
    return NULL;
}

static char *write_container(struct item_encoder *encoder, const struct dynr_type_desc *type,
                             const void *value, char *w)
{
    if (encoder->depth >= DYNR_TYPED_MAX_DEPTH) {
        return too_deep(encoder);
    }
    encoder->depth++;
    bool done = false;
    char closing = '}';
    dynr_text_commit(encoder->out, w);
    if (type->kind == DYNR_KIND_STRUCT) {
        done = encode_fields(encoder, type->structure, value);
    } else if (type->kind == DYNR_KIND_LIST) {
        closing = ']';
        done = encode_list(encoder, type, value);
    } else if (type->kind == DYNR_KIND_SET) {
        closing = ']';
        done = encode_set(encoder, type, value);
    } else {
        done = encode_map(encoder, type, value);
    }
    encoder->depth--;
    w = done ? dynr_text_room(encoder->out, ROOM_MIN) : NULL;
    if (w != NULL) {
        *w++ = closing;
    }
    return w;
}

/* ---- values -------------------------------------------------------------------------------------------------- */

/* A ULID or UUID and its closing quote. */
DYNR_INLINE char *write_id(struct item_encoder *encoder, const struct dynr_type_desc *type,
                           const char *value, char *w)
{
    if (*value == '\0') {
        fail_with(encoder, DYNR_ERR_MISSING, "is not set");
        return NULL;
    }
    if (type->kind == DYNR_KIND_ULID) {
        memcpy(w, value, sizeof(struct dynr_ulid));
        w += sizeof(struct dynr_ulid);
    } else {
        memcpy(w, value, sizeof(struct dynr_uuid));
        w += sizeof(struct dynr_uuid);
    }
    *w++ = '"';
    return w;
}

/* The content of a value behind its opening: `w` stands behind eight characters of it. Closes it, too. */
DYNR_INLINE char *write_content(struct item_encoder *encoder, const struct dynr_type_desc *type,
                                const void *value, char *w)
{
    switch (type->kind) {
    case DYNR_KIND_STRING:
    case DYNR_KIND_EMAIL:
    case DYNR_KIND_URL:
    case DYNR_KIND_JSON:
    case DYNR_KIND_DECIMAL:
        w = write_text(encoder, *(const struct dynr_str *)value, w);
        break;
    case DYNR_KIND_BOOL:
        memcpy(w, *(const bool *)value ? "\":true" : "\":false", 7);
        w += *(const bool *)value ? 6 : 7;
        break;
    case DYNR_KIND_INT32:
    case DYNR_KIND_INT64:
    case DYNR_KIND_ENUM:
    case DYNR_KIND_EPOCH:
    case DYNR_KIND_FLOAT:
        w = dynr_write_number(type, value, w);
        if (w == NULL) {
            fail_with(encoder, DYNR_ERR_RANGE, "must be a finite number");
            return NULL;
        }
        *w++ = '"';
        break;
    case DYNR_KIND_ULID:
    case DYNR_KIND_UUID:
        w = write_id(encoder, type, value, w);
        break;
    case DYNR_KIND_DATE:
    case DYNR_KIND_TIMESTAMP:
        w = dynr_write_time(type, value, w);
        *w++ = '"';
        break;
    case DYNR_KIND_BYTES:
        w = write_bytes(encoder, *(const struct dynr_bytes *)value, w);
        break;
    case DYNR_KIND_REF:
        w = write_ref(encoder, type, value, w);
        break;
    case DYNR_KIND_SET:
        *w++ = '[';
        w = write_container(encoder, type, value, w);
        break;
    case DYNR_KIND_STRUCT:
    case DYNR_KIND_LIST:
    case DYNR_KIND_MAP:
        w = write_container(encoder, type, value, w);
        break;
    case DYNR_KIND_ROW:
        fail_with(encoder, DYNR_ERR_INVALID_ARGUMENT, "rows are not stored in rows");
        return NULL;
    }
    if (DYNR_LIKELY(w != NULL)) {
        *w++ = '}';
    }
    return w;
}

DYNR_INLINE void write_opening(const struct dynr_type_desc *type, char *w)
{
    memcpy(w, openings[type->kind], 8);
    if (type->kind == DYNR_KIND_SET) {
        /* SS, NS or BS. */
        w[4] = dynr_wire_name(dynr_type_wire(type))[0];
    }
}

DYNR_INLINE size_t text_length(const struct dynr_type_desc *type, const void *value)
{
    return type->kind <= DYNR_KIND_JSON || type->kind == DYNR_KIND_DECIMAL
               ? ((const struct dynr_str *)value)->len
               : 0;
}

static bool finish(struct item_encoder *encoder, const char *w)
{
    if (w == NULL) {
        return encoder->status != DYNR_OK ? false : no_memory(encoder);
    }
    dynr_text_commit(encoder->out, w);
    return true;
}

/* A value with its braces, in front of which no name stands. */
static bool encode_element(struct item_encoder *encoder, const struct dynr_type_desc *type,
                           const void *value)
{
    size_t offset = 0;
    type = dynr_type_resolve(type, &offset);
    value = (const char *)value + offset;
    char *w = dynr_text_room(encoder->out, text_length(type, value) + ROOM_MIN);
    if (w == NULL) {
        return no_memory(encoder);
    }
    char opening[8];
    write_opening(type, opening);
    memcpy(w, opening + 2, 6);
    return finish(encoder, write_content(encoder, type, value, w + 6));
}

bool dynr_value_is_stored(const struct dynr_type_desc *type, const void *value)
{
    return type->kind != DYNR_KIND_SET || ((const struct dynr_sequence *)value)->n_items > 0;
}

static bool encode_fields(struct item_encoder *encoder, const struct dynr_struct_desc *desc,
                          const void *object)
{
    bool first = true;
    for (size_t i = 0; i < desc->n_fields; i++) {
        const struct dynr_field_desc *field = &desc->fields[i];
        if (!dynr_field_is_present(field, object) || field->attribute == NULL) {
            continue;
        }
        size_t offset = field->offset;
        const struct dynr_type_desc *type = dynr_type_resolve(field->type, &offset);
        const void *value = (const char *)object + offset;
        if (!dynr_value_is_stored(type, value)) {
            continue;
        }
        size_t room = (size_t)field->attribute_len + text_length(type, value) + ROOM_MIN;
        char *w = dynr_text_room(encoder->out, room);
        if (w == NULL) {
            return no_memory(encoder);
        }
        if (!first) {
            *w++ = ',';
        }
        first = false;
        *w++ = '"';
        w = dynr_text_copy_name(w, field->attribute, field->attribute_len);
        write_opening(type, w);
        w = write_content(encoder, type, value, w + 8);
        if (DYNR_LIKELY(w != NULL)) {
            dynr_text_commit(encoder->out, w);
        } else {
            dynr_path_prepend(&encoder->path, field->name);
            return encoder->status != DYNR_OK ? false : no_memory(encoder);
        }
    }
    return true;
}

/* ---- entry points -------------------------------------------------------------------------------------------- */

static struct item_encoder encoder_on(struct dynr_buf *out, struct dynr_error *err)
{
    struct item_encoder encoder = {out, err, DYNR_OK, 0, {{0}, 0}};
    dynr_path_init(&encoder.path);
    return encoder;
}

static enum dynr_status end_encoding(const struct item_encoder *encoder, bool done)
{
    if (!done) {
        dynr_path_finish(&encoder->path, encoder->err);
        return encoder->status;
    }
    return dynr_buf_ok(encoder->out) ? DYNR_OK : dynr_fail(encoder->err, DYNR_ERR_NO_MEMORY, NULL);
}

enum dynr_status dynr_encode_members(const struct dynr_struct_desc *desc, const void *object,
                                     struct dynr_buf *out, struct dynr_error *err)
{
    struct item_encoder encoder = encoder_on(out, err);
    return end_encoding(&encoder, encode_fields(&encoder, desc, object));
}

enum dynr_status dynr_encode_item(const struct dynr_struct_desc *desc, const void *object,
                                  struct dynr_buf *out, struct dynr_error *err)
{
    struct item_encoder encoder = encoder_on(out, err);
    dynr_buf_append_char(out, '{');
    bool done = encode_fields(&encoder, desc, object);
    dynr_buf_append_char(out, '}');
    return end_encoding(&encoder, done);
}

enum dynr_status dynr_encode_value(const struct dynr_type_desc *type, const void *value,
                                   struct dynr_buf *out, struct dynr_error *err)
{
    struct item_encoder encoder = encoder_on(out, err);
    return end_encoding(&encoder, encode_element(&encoder, type, value));
}
