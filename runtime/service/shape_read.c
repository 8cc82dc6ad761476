/* SPDX-License-Identifier: Apache-2.0 */
/* From a body's JSON to nodes, and the service's words for a value of the wrong type. */
#include "service/shape.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json_read.h"
#include "ddb/attribute.h"

#define CLASS_PREFIX "com.amazonaws.dynamodb.v20120810."

enum {
    /* Bytes of nodes: this, and so many times the body's. No request that the service would take comes near. */
    KEPT_LEAST = 8 << 20,
    KEPT_FACTOR = 4,
    /* Elements of a list, in terms of its bound: messages show those of one that is little too long. */
    KEPT_BOUNDS = 4
};

struct shape_reader {
    struct dynr_json_reader json;
    struct dynr_arena *arena;
    struct service_read_fault *fault;
    /* Look into what is raw. */
    bool is_deep;
    /* What is read now is only looked at: nodes below it are nowhere. */
    bool is_passing;
    size_t n_kept_bytes;
    size_t most_kept_bytes;
    enum service_read_result result;
};

static const char *const field_names[] = {
#define SERVICE_FIELD(name, text) text,
#include "service/field.def"
#undef SERVICE_FIELD
};

const char *dynr_field_name(enum service_field field)
{
    return field_names[field];
}

/* ---- what goes wrong ---- */

static bool no_memory(struct shape_reader *reader)
{
    reader->result = SERVICE_READ_NO_MEMORY;
    return false;
}

DYNR_PRINTF(2, 3)
static bool type_fault(struct shape_reader *reader, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    reader->fault->message = dynr_arena_dup(reader->arena, dynr_str_from_c(text));
    if (reader->fault->message.ptr == NULL) {
        return no_memory(reader);
    }
    reader->result = SERVICE_READ_TYPE;
    return false;
}

static bool malformed(struct shape_reader *reader)
{
    struct dynr_error err;
    if (dynr_json_fail(&reader->json, &err) == DYNR_ERR_NO_MEMORY) {
        return no_memory(reader);
    }
    reader->fault->message = dynr_str_make("", 0);
    reader->result = SERVICE_READ_TYPE;
    return false;
}

static const char *simple_class(enum service_kind kind)
{
    switch (kind) {
    case SERVICE_STRING:
        return "java.lang.String";
    case SERVICE_BLOB:
        return "java.nio.ByteBuffer";
    case SERVICE_BOOLEAN:
        return "java.lang.Boolean";
    case SERVICE_INTEGER:
        return "java.lang.Integer";
    case SERVICE_LONG:
        return "java.lang.Long";
    case SERVICE_LIST:
    case SERVICE_MAP:
    case SERVICE_STRUCTURE:
        break;
    }
    return "java.lang.Object";
}

static bool is_whole_number(struct dynr_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '.' || text.ptr[i] == 'e' || text.ptr[i] == 'E') {
            return false;
        }
    }
    return true;
}

/* A scalar, where a list, map or structure is expected. */
static bool scalar_fault(struct shape_reader *reader, const struct service_shape *shape,
                         bool is_element)
{
    if (shape->kind == SERVICE_STRUCTURE && is_element) {
        return type_fault(reader, "Unexpected value type in payload");
    }
    if (shape->kind != SERVICE_STRUCTURE && is_element) {
        return type_fault(
            reader,
            "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to "
            "class java.lang.Class (sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl "
            "and java.lang.Class are in module java.base of loader 'bootstrap')");
    }
    return type_fault(reader, "Unexpected field type");
}

static bool wrong_kind(struct shape_reader *reader, const struct service_shape *shape,
                       enum dynr_json_kind found, bool is_element)
{
    struct dynr_str number;
    bool is_plain = shape->kind < SERVICE_LIST;
    switch (found) {
    case DYNR_JSON_OBJECT:
        return type_fault(reader, "Start of structure or map found where not expected");
    case DYNR_JSON_ARRAY:
        if (is_plain) {
            return type_fault(reader, "Unrecognized collection type class %s",
                              simple_class(shape->kind));
        }
        return shape->kind == SERVICE_MAP
                   ? type_fault(reader,
                                "Unrecognized collection type java.util.Map<java.lang.String, %s>",
                                shape->type)
                   : type_fault(reader, "Unrecognized collection type class " CLASS_PREFIX "%s",
                                shape->type);
    case DYNR_JSON_FALSE:
    case DYNR_JSON_TRUE:
    case DYNR_JSON_NUMBER:
    case DYNR_JSON_STRING:
        break;
    case DYNR_JSON_FAULT:
    case DYNR_JSON_NULL:
    case DYNR_JSON_END:
        return malformed(reader);
    }
    if (!is_plain) {
        return scalar_fault(reader, shape, is_element);
    }
    if (shape->kind == SERVICE_BLOB) {
        return type_fault(reader, "only base-64-encoded strings are convertible to bytes");
    }
    const char *type = strrchr(simple_class(shape->kind), '.') + 1;
    if (found == DYNR_JSON_STRING) {
        return type_fault(reader, "STRING_VALUE cannot be converted to %s", type);
    }
    if (found == DYNR_JSON_NUMBER) {
        if (!dynr_json_read_number(&reader->json, &number)) {
            return malformed(reader);
        }
        return type_fault(reader, "%s cannot be converted to %s",
                          is_whole_number(number) ? "NUMBER_VALUE" : "DECIMAL_VALUE", type);
    }
    return type_fault(reader, "%s cannot be converted to %s",
                      found == DYNR_JSON_TRUE ? "TRUE_VALUE" : "FALSE_VALUE", type);
}

/* ---- plain values ---- */

static bool read_boolean(struct shape_reader *reader, const struct service_shape *shape,
                         enum dynr_json_kind found, struct service_node *out)
{
    struct dynr_str text;
    if (found == DYNR_JSON_TRUE || found == DYNR_JSON_FALSE) {
        return dynr_json_read_bool(&reader->json, &out->boolean) || malformed(reader);
    }
    if (found != DYNR_JSON_STRING) {
        return wrong_kind(reader, shape, found, false);
    }
    if (!dynr_json_read_string(&reader->json, reader->arena, &text)) {
        return malformed(reader);
    }
    if (!dynr_boolean_parse(text, &out->boolean)) {
        return type_fault(reader, "Unexpected token received from parser");
    }
    return true;
}

static bool read_number(struct shape_reader *reader, const struct service_shape *shape,
                        enum dynr_json_kind found, struct service_node *out)
{
    struct dynr_str text;
    if (found != DYNR_JSON_NUMBER) {
        return wrong_kind(reader, shape, found, false);
    }
    if (!dynr_json_read_number(&reader->json, &text)) {
        return malformed(reader);
    }
    if (is_whole_number(text)) {
        struct dynr_str copy = dynr_arena_dup(reader->arena, text);
        if (copy.ptr == NULL) {
            return no_memory(reader);
        }
        out->number = strtoll(copy.ptr, NULL, 10);
        return true;
    }
    struct dynr_str copy = dynr_arena_dup(reader->arena, text);
    if (copy.ptr == NULL) {
        return no_memory(reader);
    }
    double number = strtod(copy.ptr, NULL);
    out->number = number >= 9.2e18 ? INT64_MAX : number <= -9.2e18 ? INT64_MIN : (int64_t)number;
    return true;
}

/* Whole groups of four; bits that no byte needs are not set. */
static bool is_base64(struct dynr_str text)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = text.len;
    while (n > 0 && text.len - n < 2 && text.ptr[n - 1] == '=') {
        n--;
    }
    for (size_t i = 0; i < n; i++) {
        if (memchr(letters, text.ptr[i], sizeof letters - 1) == NULL) {
            return false;
        }
    }
    size_t n_pads = text.len - n;
    const char *ends = n_pads == 2 ? "AQgw" : "AEIMQUYcgkosw048";
    return n_pads == 0 || (n > 0 && strchr(ends, text.ptr[n - 1]) != NULL);
}

static bool read_blob(struct shape_reader *reader, const struct service_shape *shape,
                      enum dynr_json_kind found, struct service_node *out)
{
    if (found != DYNR_JSON_STRING) {
        return wrong_kind(reader, shape, found, false);
    }
    if (!dynr_json_read_string(&reader->json, reader->arena, &out->text)) {
        return malformed(reader);
    }
    if (out->text.len % 4 != 0) {
        return type_fault(reader,
                          "Base64 encoded length is expected a multiple of 4 bytes but found: %zu",
                          out->text.len);
    }
    return is_base64(out->text) ||
           type_fault(reader, "Invalid last non-pad Base64 character dectected");
}

/* ---- what holds others ---- */

static bool read_value(struct shape_reader *reader, const struct service_shape *shape,
                       bool is_element, struct service_node *out);

static bool keep(struct shape_reader *reader, size_t n, size_t size, void *out)
{
    void *room = dynr_arena_calloc(reader->arena, n, size);
    reader->n_kept_bytes += n * size;
    memcpy(out, &room, sizeof room);
    return room != NULL || no_memory(reader);
}

static bool read_structure(struct shape_reader *reader, const struct service_shape *shape,
                           struct service_node *out)
{
    struct dynr_str name;
    bool first;
    size_t guess = 0;
    if (!reader->is_passing) {
        out->n_children = shape->n_members;
        if (!keep(reader, shape->n_members, sizeof *out->children, &out->children)) {
            return false;
        }
    }
    /* What is only looked at. */
    struct service_node passing = {0};
    (void)dynr_json_enter_object(&reader->json, &first);
    while (dynr_json_next_member(&reader->json, reader->arena, &first, &name)) {
        size_t found = SIZE_MAX;
        /* Clients write members in an order of their own, often that of the table. */
        for (size_t i = 0; i < shape->n_members; i++) {
            size_t at = guess + i < shape->n_members ? guess + i : guess + i - shape->n_members;
            if (dynr_str_equal_c(name, field_names[shape->members[at].field])) {
                found = at;
                break;
            }
        }
        if (found == SIZE_MAX) {
            if (!dynr_json_skip(&reader->json, NULL)) {
                return malformed(reader);
            }
            continue;
        }
        struct service_node *child = out->children == NULL ? &passing : &out->children[found];
        guess = found + 1 < shape->n_members ? found + 1 : 0;
        memset(child, 0, sizeof *child);
        if (!read_value(reader, shape->members[found].shape, false, child)) {
            return false;
        }
    }
    return reader->json.fault == NULL || malformed(reader);
}

static bool grow(struct shape_reader *reader, struct service_node *out, size_t *room)
{
    size_t more = *room == 0 ? 4 : *room * 2;
    bool is_map = out->shape->kind == SERVICE_MAP;
    struct service_node *children;
    struct dynr_str *keys = NULL;
    if (!keep(reader, more, sizeof *children, &children) ||
        (is_map && !keep(reader, more, sizeof *keys, &keys))) {
        return false;
    }
    if (out->n_children > 0) {
        memcpy(children, out->children, out->n_children * sizeof *children);
    }
    if (keys != NULL && out->n_children > 0) {
        memcpy(keys, out->keys, out->n_children * sizeof *keys);
    }
    out->children = children;
    out->keys = keys;
    *room = more;
    return true;
}

/* Whether one more element is kept. */
static bool has_room(const struct shape_reader *reader, const struct service_node *node)
{
    const struct service_shape *shape = node->shape;
    bool is_far_out = shape->has_most && node->n_children >= (uint64_t)shape->most * KEPT_BOUNDS;
    return !reader->is_passing && node->n_dropped == 0 && !is_far_out &&
           reader->n_kept_bytes < reader->most_kept_bytes;
}

/* One element of a list, or one value of a map under its name. */
static bool read_element(struct shape_reader *reader, struct service_node *out,
                         struct dynr_str name, size_t *room)
{
    const struct service_shape *shape = out->shape;
    if (!has_room(reader, out)) {
        struct service_node passing = {0};
        bool was_passing = reader->is_passing;
        reader->is_passing = true;
        bool ok = read_value(reader, shape->element, true, &passing);
        reader->is_passing = was_passing;
        out->n_dropped++;
        return ok;
    }
    if (out->n_children == *room && !grow(reader, out, room)) {
        return false;
    }
    if (shape->kind == SERVICE_MAP) {
        out->keys[out->n_children] = name;
    }
    return read_value(reader, shape->element, true, &out->children[out->n_children++]);
}

static bool read_list(struct shape_reader *reader, struct service_node *out)
{
    size_t room = 0;
    bool first;
    (void)dynr_json_enter_array(&reader->json, &first);
    while (dynr_json_next_element(&reader->json, &first)) {
        if (!read_element(reader, out, dynr_str_make("", 0), &room)) {
            return false;
        }
    }
    return reader->json.fault == NULL || malformed(reader);
}

static bool read_map(struct shape_reader *reader, struct service_node *out)
{
    struct dynr_str name;
    size_t room = 0;
    bool first;
    (void)dynr_json_enter_object(&reader->json, &first);
    while (dynr_json_next_member(&reader->json, reader->arena, &first, &name)) {
        if (!read_element(reader, out, name, &room)) {
            return false;
        }
    }
    return reader->json.fault == NULL || malformed(reader);
}

static bool read_collection(struct shape_reader *reader, const struct service_shape *shape,
                            enum dynr_json_kind found, bool is_element, struct service_node *out)
{
    enum dynr_json_kind expected = shape->kind == SERVICE_LIST ? DYNR_JSON_ARRAY : DYNR_JSON_OBJECT;
    if (found != expected) {
        return wrong_kind(reader, shape, found, is_element);
    }
    if (shape->is_raw && !reader->is_deep) {
        return dynr_json_skip(&reader->json, &out->text) || malformed(reader);
    }
    switch (shape->kind) {
    case SERVICE_LIST:
        return read_list(reader, out);
    case SERVICE_MAP:
        return read_map(reader, out);
    case SERVICE_STRING:
    case SERVICE_BLOB:
    case SERVICE_BOOLEAN:
    case SERVICE_INTEGER:
    case SERVICE_LONG:
    case SERVICE_STRUCTURE:
        break;
    }
    return read_structure(reader, shape, out);
}

static bool read_value(struct shape_reader *reader, const struct service_shape *shape,
                       bool is_element, struct service_node *out)
{
    enum dynr_json_kind found = dynr_json_peek(&reader->json);
    if (found == DYNR_JSON_NULL) {
        return dynr_json_read_null(&reader->json) || malformed(reader);
    }
    out->shape = shape;
    switch (shape->kind) {
    case SERVICE_STRING:
        if (found != DYNR_JSON_STRING) {
            return wrong_kind(reader, shape, found, is_element);
        }
        return dynr_json_read_string(&reader->json, reader->arena, &out->text) || malformed(reader);
    case SERVICE_BLOB:
        return read_blob(reader, shape, found, out);
    case SERVICE_BOOLEAN:
        return read_boolean(reader, shape, found, out);
    case SERVICE_INTEGER:
    case SERVICE_LONG:
        return read_number(reader, shape, found, out);
    case SERVICE_LIST:
    case SERVICE_MAP:
    case SERVICE_STRUCTURE:
        break;
    }
    return read_collection(reader, shape, found, is_element, out);
}

/* ---- all of it ---- */

static enum service_read_result read_all(struct shape_reader *reader,
                                         const struct service_shape *shape, struct dynr_str json,
                                         struct service_node *out)
{
    memset(out, 0, sizeof *out);
    reader->fault->message = dynr_str_make("", 0);
    dynr_json_reader_init(&reader->json, json);
    bool is_kind =
        shape->kind != SERVICE_STRUCTURE || dynr_json_peek(&reader->json) == DYNR_JSON_OBJECT;
    if (!is_kind) {
        return SERVICE_READ_TYPE;
    }
    if (!read_value(reader, shape, false, out)) {
        return reader->result;
    }
    if (!dynr_json_finish(&reader->json)) {
        reader->fault->message = dynr_str_make("", 0);
        return SERVICE_READ_TYPE;
    }
    return SERVICE_READ_OK;
}

enum service_read_result dynr_shape_read(const struct service_shape *shape, struct dynr_str json,
                                         struct dynr_arena *arena, struct service_node *out,
                                         struct service_read_fault *fault)
{
    return dynr_shape_read_some(shape, json, KEPT_LEAST + KEPT_FACTOR * json.len, arena, out,
                                fault);
}

enum service_read_result dynr_shape_read_some(const struct service_shape *shape,
                                              struct dynr_str json, size_t most_bytes,
                                              struct dynr_arena *arena, struct service_node *out,
                                              struct service_read_fault *fault)
{
    struct shape_reader reader = {.arena = arena, .fault = fault, .most_kept_bytes = most_bytes};
    return read_all(&reader, shape, json, out);
}

enum service_read_result dynr_shape_check_raw(const struct service_shape *shape,
                                              struct dynr_str json, struct dynr_arena *arena,
                                              struct service_read_fault *fault)
{
    struct service_node ignored;
    struct shape_reader reader = {
        .arena = arena, .fault = fault, .is_deep = true, .is_passing = true};
    return read_all(&reader, shape, json, &ignored);
}

/* ---- looking into nodes ---- */

const struct service_node *dynr_node_member(const struct service_node *structure,
                                            enum service_field field)
{
    static const struct service_node absent;
    if (!dynr_node_is_present(structure)) {
        return &absent;
    }
    for (size_t i = 0; i < structure->n_children; i++) {
        if (structure->shape->members[i].field == field) {
            return &structure->children[i];
        }
    }
    return &absent;
}

struct dynr_str dynr_node_text(const struct service_node *structure, enum service_field field)
{
    return dynr_node_member(structure, field)->text;
}

bool dynr_node_has(const struct service_node *structure, enum service_field field)
{
    return dynr_node_is_present(dynr_node_member(structure, field));
}

bool dynr_node_true(const struct service_node *structure, enum service_field field)
{
    return dynr_node_member(structure, field)->boolean;
}
