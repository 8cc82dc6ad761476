/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies are one block: the struct first, then the texts and elements it points to, in the order of the fields, each list
 * aligned. Sizing and copying are one walk, so that they cannot disagree: without a block it only counts.
 */
#include "reactive/row_value.h"

#include "typed/type.h"

#define ALIGNMENT ((size_t)16)

struct copier {
    /* NULL: count only. */
    char *block;
    size_t used;
};

static size_t round_up(size_t size)
{
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static void copy_pointed(struct copier *copier, const struct dynr_type_desc *type,
                         const void *value, void *copy);

static void copy_fields(struct copier *copier, const struct dynr_struct_desc *desc,
                        const void *object, void *copy)
{
    for (size_t i = 0; i < desc->n_fields; i++) {
        const struct dynr_field_desc *field = &desc->fields[i];
        copy_pointed(copier, field->type, dynr_field_value(field, object),
                     copy == NULL ? NULL : (char *)copy + field->offset);
    }
}

static void copy_text(struct copier *copier, struct dynr_str text, void *copy)
{
    if (copy != NULL) {
        struct dynr_str *out = copy;
        char *to = copier->block + copier->used;
        if (text.len > 0) {
            memcpy(to, text.ptr, text.len);
        }
        *out = dynr_str_make(text.ptr == NULL ? NULL : to, text.len);
    }
    copier->used += text.len;
}

static void copy_elements(struct copier *copier, const struct dynr_type_desc *type,
                          const void *value, void *copy)
{
    struct dynr_sequence list;
    memcpy(&list, value, sizeof list);
    size_t size = list.n_items * type->element_size;
    char *items = NULL;
    copier->used = round_up(copier->used);
    if (copy != NULL) {
        struct dynr_sequence *out = copy;
        items = copier->block + copier->used;
        if (size > 0) {
            memcpy(items, list.items, size);
        }
        out->items = list.items == NULL ? NULL : items;
    }
    copier->used += size;
    for (size_t i = 0; list.items != NULL && i < list.n_items; i++) {
        const char *item = (const char *)list.items + i * type->element_size;
        char *to = items == NULL ? NULL : items + i * type->element_size;
        size_t at = 0;
        if (type->kind == DYNR_KIND_MAP) {
            copy_text(copier, *(const struct dynr_str *)(const void *)item, to);
            at = type->value_offset;
        }
        copy_pointed(copier, type->element, item + at, to == NULL ? NULL : to + at);
    }
}

/* What `value` points to. The value itself has been copied with the struct around it. */
static void copy_pointed(struct copier *copier, const struct dynr_type_desc *type,
                         const void *value, void *copy)
{
    switch (type->kind) {
    case DYNR_KIND_STRING:
    case DYNR_KIND_EMAIL:
    case DYNR_KIND_URL:
    case DYNR_KIND_JSON:
    case DYNR_KIND_DECIMAL:
    case DYNR_KIND_BYTES:
        /* One layout: a pointer and a length (value.h). */
        copy_text(copier, *(const struct dynr_str *)value, copy);
        break;
    case DYNR_KIND_STRUCT:
    case DYNR_KIND_REF:
        copy_fields(copier, type->structure, value, copy);
        break;
    case DYNR_KIND_LIST:
    case DYNR_KIND_SET:
    case DYNR_KIND_MAP:
        copy_elements(copier, type, value, copy);
        break;
    case DYNR_KIND_BOOL:
    case DYNR_KIND_INT32:
    case DYNR_KIND_INT64:
    case DYNR_KIND_FLOAT:
    case DYNR_KIND_DATE:
    case DYNR_KIND_TIMESTAMP:
    case DYNR_KIND_EPOCH:
    case DYNR_KIND_ULID:
    case DYNR_KIND_UUID:
    case DYNR_KIND_ENUM:
    case DYNR_KIND_ROW:
        break;
    }
}

size_t dynr_struct_copy_size(const struct dynr_struct_desc *desc, const void *object)
{
    struct copier copier = {NULL, desc->size};
    copy_fields(&copier, desc, object, NULL);
    return round_up(copier.used);
}

void dynr_struct_copy(const struct dynr_struct_desc *desc, const void *object, void *block)
{
    struct copier copier = {block, desc->size};
    memcpy(block, object, desc->size);
    copy_fields(&copier, desc, object, block);
}

void *dynr_struct_dup(const struct dynr_struct_desc *desc, const void *object,
                      struct dynr_arena *arena)
{
    void *block = dynr_arena_alloc(arena, dynr_struct_copy_size(desc, object));
    if (block != NULL) {
        dynr_struct_copy(desc, object, block);
    }
    return block;
}

/* ---- equality ---------------------------------------------------------------------------------------------- */

static bool value_equal(const struct dynr_type_desc *type, const void *a, const void *b);

static bool elements_equal(const struct dynr_type_desc *type, const void *a, const void *b)
{
    struct dynr_sequence left;
    struct dynr_sequence right;
    memcpy(&left, a, sizeof left);
    memcpy(&right, b, sizeof right);
    if (left.n_items != right.n_items) {
        return false;
    }
    for (size_t i = 0; i < left.n_items; i++) {
        const char *x = (const char *)left.items + i * type->element_size;
        const char *y = (const char *)right.items + i * type->element_size;
        size_t at = 0;
        if (type->kind == DYNR_KIND_MAP) {
            if (!dynr_str_equal(*(const struct dynr_str *)(const void *)x,
                                *(const struct dynr_str *)(const void *)y)) {
                return false;
            }
            at = type->value_offset;
        }
        if (!value_equal(type->element, x + at, y + at)) {
            return false;
        }
    }
    return true;
}

static bool fields_equal(const struct dynr_struct_desc *desc, const void *a, const void *b)
{
    for (size_t i = 0; i < desc->n_fields; i++) {
        if (!dynr_field_equal(&desc->fields[i], a, b)) {
            return false;
        }
    }
    return true;
}

static bool value_equal(const struct dynr_type_desc *type, const void *a, const void *b)
{
    switch (type->kind) {
    case DYNR_KIND_STRING:
    case DYNR_KIND_EMAIL:
    case DYNR_KIND_URL:
    case DYNR_KIND_JSON:
    case DYNR_KIND_DECIMAL:
    case DYNR_KIND_BYTES:
        return dynr_str_equal(*(const struct dynr_str *)a, *(const struct dynr_str *)b);
    case DYNR_KIND_STRUCT:
    case DYNR_KIND_REF:
        return fields_equal(type->structure, a, b);
    case DYNR_KIND_LIST:
    case DYNR_KIND_SET:
    case DYNR_KIND_MAP:
        return elements_equal(type, a, b);
    case DYNR_KIND_BOOL:
    case DYNR_KIND_INT32:
    case DYNR_KIND_INT64:
    case DYNR_KIND_FLOAT:
    case DYNR_KIND_DATE:
    case DYNR_KIND_TIMESTAMP:
    case DYNR_KIND_EPOCH:
    case DYNR_KIND_ULID:
    case DYNR_KIND_UUID:
    case DYNR_KIND_ENUM:
        return dynr_value_compare(type, a, b) == 0;
    case DYNR_KIND_ROW:
        break;
    }
    return true;
}

bool dynr_field_equal(const struct dynr_field_desc *field, const void *a, const void *b)
{
    bool there = dynr_field_is_present(field, a);
    if (there != dynr_field_is_present(field, b)) {
        return false;
    }
    return !there ||
           value_equal(field->type, dynr_field_value(field, a), dynr_field_value(field, b));
}
