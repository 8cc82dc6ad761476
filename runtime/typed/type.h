/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the descriptor tables say about types, in the few questions that the rest of this layer asks.
 */
#ifndef DYNR_TYPED_TYPE_H
#define DYNR_TYPED_TYPE_H

#include "dynr/gen.h"

/* The C shapes that the layout rules of gen.h give to containers. */
struct dynr_sequence {
    void *items;
    size_t n_items;
};

/* Deepest nesting of structs, lists and maps; the service allows 32. */
#define DYNR_TYPED_MAX_DEPTH 32

/* Seconds since 1970 of the first and the last moment of the years 0000 to 9999. */
#define DYNR_EPOCH_MIN INT64_C(-62167219200)
#define DYNR_EPOCH_MAX INT64_C(253402300799)

/* How a value stands in DynamoDB JSON. */
enum dynr_wire {
    DYNR_WIRE_NONE,
    DYNR_WIRE_S,
    DYNR_WIRE_N,
    DYNR_WIRE_B,
    DYNR_WIRE_BOOL,
    DYNR_WIRE_M,
    DYNR_WIRE_L,
    DYNR_WIRE_SS,
    DYNR_WIRE_NS,
    DYNR_WIRE_BS,
};

/* Bytes of a C value of this type. */
size_t dynr_type_size(const struct dynr_type_desc *type);
enum dynr_wire dynr_type_wire(const struct dynr_type_desc *type);
/* "S", "BOOL", ...: for messages. */
const char *dynr_wire_name(enum dynr_wire wire);

/*
 * A reference to a key of one part is that part: follows such references and moves `value` along. Any other type, also a
 * reference of several parts, is returned as it is.
 */
static inline const struct dynr_type_desc *dynr_type_resolve(const struct dynr_type_desc *type,
                                                             size_t *offset)
{
    while (type->kind == DYNR_KIND_REF && type->structure->n_fields == 1) {
        *offset += type->structure->fields[0].offset;
        type = type->structure->fields[0].type;
    }
    return type;
}

static inline bool dynr_kind_is_text(enum dynr_kind kind)
{
    return kind <= DYNR_KIND_JSON;
}

/* Whether `field` of the struct at `object` has a value. */
static inline bool dynr_field_is_present(const struct dynr_field_desc *field, const void *object)
{
    return field->presence == DYNR_REQUIRED || *((const bool *)object + field->presence);
}

/* The value of `field` in the struct at `object`. */
static inline const void *dynr_field_value(const struct dynr_field_desc *field, const void *object)
{
    return (const char *)object + field->offset;
}

/* Index of the row field in whose bytes `offset` lies, or DYNR_NO_FIELD. */
uint32_t dynr_field_at(const struct dynr_struct_desc *desc, uint32_t offset);
/* Index of the field stored as `attribute`, or DYNR_NO_FIELD. */
uint32_t dynr_field_of_attribute(const struct dynr_struct_desc *desc, const char *attribute);
/* Sets `field` of `object` to the value at `value`, or takes it away (NULL). */
void dynr_field_assign(const struct dynr_field_desc *field, void *object, const void *value);

/* References of several parts: the parts joined as in keys, in the order of the key struct, nested ones in place. */
void dynr_ref_append_text(const struct dynr_struct_desc *key, const void *object, char delimiter,
                          struct dynr_buf *out);
/* False when the text is not of this key, or memory is exhausted. */
bool dynr_ref_parse_text(const struct dynr_struct_desc *key, struct dynr_str text,
                         struct dynr_arena *arena, void *object);

/* What such a text looks like, for people: the parts by name and type, and how they are written. */
void dynr_ref_describe(const struct dynr_struct_desc *key, struct dynr_buf *out);

/* One value as key text. False for a kind that keys cannot hold. */
bool dynr_key_append_value(const struct dynr_type_desc *type, const void *value, char delimiter,
                           bool fold, struct dynr_buf *out);

/* The path of a field, built from its end while a failed call returns: "steps[2].label". */
struct dynr_path {
    char text[DYNR_ERROR_FIELD_SIZE];
    size_t start;
};

void dynr_path_init(struct dynr_path *path);
void dynr_path_prepend(struct dynr_path *path, const char *name);
void dynr_path_prepend_index(struct dynr_path *path, size_t index);
void dynr_path_prepend_key(struct dynr_path *path, struct dynr_str key);
/* Copies the path into `err->field`, if there is a path. */
void dynr_path_finish(const struct dynr_path *path, struct dynr_error *err);

#endif
