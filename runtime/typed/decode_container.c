/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists, sets and maps of items. What the first elements teach about the structs in them helps with the others.
 */
#include "base/arena_grow.h"
#include "typed/decode_value.h"

/* So many structs are read before one is worth learning from: it costs as much as it saves with a few more. */
#define UNTAUGHT 3

/* Elements that are collected; full arrays get twice the room, where they are if nothing was taken after them. */
struct collected {
    char *items;
    size_t count;
    size_t cap;
    size_t size;
};

static char *collect(struct dynr_item_decoder *decoder, struct collected *into)
{
    if (into->count == into->cap) {
        size_t cap = into->cap == 0 ? 4 : into->cap * 2;
        if (into->size == 0 || cap > SIZE_MAX / into->size) {
            return NULL;
        }
        char *items = dynr_arena_grow(decoder->arena, into->items, into->count * into->size,
                                      cap * into->size);
        if (items == NULL) {
            return NULL;
        }
        into->items = items;
        into->cap = cap;
    }
    return into->items + into->count++ * into->size;
}

/* An element of a list or map: never NULL, so that `order` is of use. */
static const char *decode_element(struct dynr_item_decoder *decoder, const char *p,
                                  const struct dynr_type_desc *type, char *out,
                                  struct dynr_field_order *order)
{
    if (type->kind == DYNR_KIND_STRUCT && decoder->end - p >= 6 &&
        dynr_text_equal(p, "{\"M\":{", 6)) {
        p = dynr_decoder_struct(decoder, p + 6, type->structure, out, order);
        return p == NULL ? NULL : dynr_decode_close(decoder, p);
    }
    size_t offset = 0;
    type = dynr_type_resolve(type, &offset);
    out += offset;
    if (type->kind != DYNR_KIND_STRUCT) {
        memset(out, 0, dynr_type_size(type));
    }
    bool is_null = false;
    p = dynr_decoder_value(decoder, p, type, out, &is_null);
    if (p != NULL && is_null) {
        return dynr_decoder_wrong_type(decoder, type, "NULL");
    }
    return p;
}

static const char *decode_list(struct dynr_item_decoder *decoder, const char *p,
                               const struct dynr_type_desc *type, struct dynr_sequence *out)
{
    struct collected into = {NULL, 0, 0, type->element_size};
    struct dynr_field_order order;
    dynr_field_order_init(&order);
    bool more = false;
    p = dynr_decode_enter(decoder, p, ']', &more);
    while (more) {
        char *element = collect(decoder, &into);
        if (element == NULL) {
            return dynr_decoder_no_memory(decoder);
        }
        p = decode_element(decoder, p, type->element, element,
                           into.count > UNTAUGHT ? &order : NULL);
        if (p == NULL || (p = dynr_decode_next(decoder, p, ']', &more)) == NULL) {
            dynr_path_prepend_index(&decoder->path, into.count - 1);
            return NULL;
        }
    }
    out->items = into.items;
    out->n_items = into.count;
    return p;
}

/* Elements of sets are bare strings, also numbers and bytes. */
static const char *decode_set_element(struct dynr_item_decoder *decoder, const char *p,
                                      const struct dynr_type_desc *type, char *out)
{
    size_t offset = 0;
    type = dynr_type_resolve(type, &offset);
    if (p == decoder->end || *p != '"') {
        p = dynr_decoder_expect(decoder, p, '"');
        if (p == NULL) {
            return NULL;
        }
    } else {
        p++;
    }
    if (dynr_kind_is_text(type->kind)) {
        return dynr_decode_text(decoder, p, (struct dynr_str *)(void *)(out + offset));
    }
    return dynr_decoder_scalar(decoder, p, type, out + offset);
}

static const char *decode_set(struct dynr_item_decoder *decoder, const char *p,
                              const struct dynr_type_desc *type, struct dynr_sequence *out)
{
    struct collected into = {NULL, 0, 0, type->element_size};
    bool more = false;
    p = dynr_decode_enter(decoder, p, ']', &more);
    while (more) {
        char *element = collect(decoder, &into);
        if (element == NULL) {
            return dynr_decoder_no_memory(decoder);
        }
        memset(element, 0, into.size);
        p = decode_set_element(decoder, p, type->element, element);
        if (p == NULL || (p = dynr_decode_next(decoder, p, ']', &more)) == NULL) {
            dynr_path_prepend_index(&decoder->path, into.count - 1);
            return NULL;
        }
    }
    out->items = into.items;
    out->n_items = into.count;
    return p;
}

static const char *decode_map(struct dynr_item_decoder *decoder, const char *p,
                              const struct dynr_type_desc *type, struct dynr_sequence *out)
{
    struct collected into = {NULL, 0, 0, type->element_size};
    struct dynr_field_order order;
    dynr_field_order_init(&order);
    bool more = false;
    p = dynr_decode_enter(decoder, p, '}', &more);
    while (more) {
        char *entry = collect(decoder, &into);
        if (entry == NULL) {
            return dynr_decoder_no_memory(decoder);
        }
        memset(entry, 0, into.size);
        struct dynr_str *key = (struct dynr_str *)(void *)entry;
        p = dynr_decoder_name(decoder, p, key);
        if (p == NULL) {
            return NULL;
        }
        p = decode_element(decoder, p, type->element, entry + type->value_offset,
                           into.count > UNTAUGHT ? &order : NULL);
        if (p == NULL || (p = dynr_decode_next(decoder, p, '}', &more)) == NULL) {
            dynr_path_prepend_key(&decoder->path, *key);
            return NULL;
        }
    }
    out->items = into.items;
    out->n_items = into.count;
    return p;
}

const char *dynr_decoder_container(struct dynr_item_decoder *decoder, const char *p,
                                   const struct dynr_type_desc *type, void *out)
{
    if (decoder->depth > DYNR_TYPED_MAX_DEPTH) {
        return dynr_decoder_syntax(decoder, p, "values are nested too deeply");
    }
    decoder->depth++;
    switch ((int)type->kind) {
    case DYNR_KIND_LIST:
        p = decode_list(decoder, p, type, out);
        break;
    case DYNR_KIND_MAP:
        p = decode_map(decoder, p, type, out);
        break;
    default:
        p = decode_set(decoder, p, type, out);
        break;
    }
    decoder->depth--;
    return p;
}
