/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions about descriptor tables, and paths of fields for messages.
 */
#include "typed/type.h"

#include <stdio.h>

size_t dynr_type_size(const struct dynr_type_desc *type)
{
    switch (type->kind) {
    case DYNR_KIND_STRING:
    case DYNR_KIND_EMAIL:
    case DYNR_KIND_URL:
    case DYNR_KIND_JSON:
        return sizeof(struct dynr_str);
    case DYNR_KIND_BOOL:
        return sizeof(bool);
    case DYNR_KIND_INT32:
        return sizeof(int32_t);
    case DYNR_KIND_INT64:
        return sizeof(int64_t);
    case DYNR_KIND_FLOAT:
        return sizeof(double);
    case DYNR_KIND_DECIMAL:
        return sizeof(struct dynr_decimal);
    case DYNR_KIND_BYTES:
        return sizeof(struct dynr_bytes);
    case DYNR_KIND_DATE:
        return sizeof(struct dynr_date);
    case DYNR_KIND_TIMESTAMP:
    case DYNR_KIND_EPOCH:
        return sizeof(struct dynr_timestamp);
    case DYNR_KIND_ULID:
        return sizeof(struct dynr_ulid);
    case DYNR_KIND_UUID:
        return sizeof(struct dynr_uuid);
    case DYNR_KIND_ENUM:
        return sizeof(int);
    case DYNR_KIND_STRUCT:
    case DYNR_KIND_REF:
        return type->structure->size;
    case DYNR_KIND_LIST:
    case DYNR_KIND_SET:
    case DYNR_KIND_MAP:
        return sizeof(struct dynr_sequence);
    case DYNR_KIND_ROW:
        return sizeof(void *);
    }
    return 0;
}

static enum dynr_wire wire_of_set(enum dynr_wire element)
{
    if (element == DYNR_WIRE_N) {
        return DYNR_WIRE_NS;
    }
    return element == DYNR_WIRE_B ? DYNR_WIRE_BS : DYNR_WIRE_SS;
}

enum dynr_wire dynr_type_wire(const struct dynr_type_desc *type)
{
    size_t offset = 0;
    type = dynr_type_resolve(type, &offset);
    switch (type->kind) {
    case DYNR_KIND_STRING:
    case DYNR_KIND_EMAIL:
    case DYNR_KIND_URL:
    case DYNR_KIND_JSON:
    case DYNR_KIND_DATE:
    case DYNR_KIND_TIMESTAMP:
    case DYNR_KIND_ULID:
    case DYNR_KIND_UUID:
    case DYNR_KIND_REF:
        return DYNR_WIRE_S;
    case DYNR_KIND_INT32:
    case DYNR_KIND_INT64:
    case DYNR_KIND_FLOAT:
    case DYNR_KIND_DECIMAL:
    case DYNR_KIND_EPOCH:
    case DYNR_KIND_ENUM:
        return DYNR_WIRE_N;
    case DYNR_KIND_BYTES:
        return DYNR_WIRE_B;
    case DYNR_KIND_BOOL:
        return DYNR_WIRE_BOOL;
    case DYNR_KIND_STRUCT:
    case DYNR_KIND_MAP:
        return DYNR_WIRE_M;
    case DYNR_KIND_LIST:
        return DYNR_WIRE_L;
    case DYNR_KIND_SET:
        return wire_of_set(dynr_type_wire(type->element));
    case DYNR_KIND_ROW:
        break;
    }
    return DYNR_WIRE_NONE;
}

const char *dynr_wire_name(enum dynr_wire wire)
{
    static const char *const names[] = {"nothing", "S", "N",  "B",  "BOOL",
                                        "M",       "L", "SS", "NS", "BS"};
    return names[wire];
}

uint32_t dynr_field_at(const struct dynr_struct_desc *desc, uint32_t offset)
{
    for (size_t i = 0; i < desc->n_fields; i++) {
        const struct dynr_field_desc *field = &desc->fields[i];
        if (offset >= field->offset && offset - field->offset < dynr_type_size(field->type)) {
            return (uint32_t)i;
        }
    }
    return DYNR_NO_FIELD;
}

uint32_t dynr_field_of_attribute(const struct dynr_struct_desc *desc, const char *attribute)
{
    struct dynr_str name = dynr_str_from_c(attribute);
    for (size_t i = 0; i < desc->n_fields; i++) {
        const struct dynr_field_desc *field = &desc->fields[i];
        if (field->attribute != NULL &&
            dynr_str_equal(dynr_str_make(field->attribute, field->attribute_len), name)) {
            return (uint32_t)i;
        }
    }
    return DYNR_NO_FIELD;
}

void dynr_field_assign(const struct dynr_field_desc *field, void *object, const void *value)
{
    size_t size = dynr_type_size(field->type);
    char *target = (char *)object + field->offset;
    if (value == NULL) {
        memset(target, 0, size);
    } else {
        memmove(target, value, size);
    }
    if (field->presence != DYNR_REQUIRED) {
        *((bool *)object + field->presence) = value != NULL;
    }
}

void dynr_path_init(struct dynr_path *path)
{
    path->start = sizeof path->text - 1;
    path->text[path->start] = '\0';
}

static void prepend(struct dynr_path *path, struct dynr_str text)
{
    /* What does not fit is cut off at its beginning: the end of a path says more. */
    size_t len = text.len < path->start ? text.len : path->start;
    if (len == 0) {
        return;
    }
    path->start -= len;
    memcpy(path->text + path->start, text.ptr + (text.len - len), len);
}

void dynr_path_prepend(struct dynr_path *path, const char *name)
{
    char next = path->text[path->start];
    if (next != '\0' && next != '[') {
        prepend(path, dynr_str_from_c("."));
    }
    prepend(path, dynr_str_from_c(name));
}

void dynr_path_prepend_index(struct dynr_path *path, size_t index)
{
    char text[32];
    int len = snprintf(text, sizeof text, "[%zu]", index);
    char next = path->text[path->start];
    if (next != '\0' && next != '[') {
        prepend(path, dynr_str_from_c("."));
    }
    if (len > 0) {
        prepend(path, dynr_str_make(text, (size_t)len));
    }
}

void dynr_path_prepend_key(struct dynr_path *path, struct dynr_str key)
{
    char next = path->text[path->start];
    if (next != '\0' && next != '[') {
        prepend(path, dynr_str_from_c("."));
    }
    prepend(path, dynr_str_from_c("]"));
    prepend(path, key.len > 32 ? dynr_str_make(key.ptr, 32) : key);
    prepend(path, dynr_str_from_c("["));
}

void dynr_path_finish(const struct dynr_path *path, struct dynr_error *err)
{
    if (err != NULL && path->text[path->start] != '\0') {
        memcpy(err->field, path->text + path->start, sizeof path->text - path->start);
    }
}
