/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Items (DynamoDB JSON) into structs: one pass, driven by the constant tables.
 *
 * The writer of an item is nearly always this library, so at each point the decoder knows what should come: the field
 * that follows in the table, in the form in which the encoder writes it. It compares eight bytes and goes on. Of structs that
 * repeat it learns the order of the fields, and each field's name with the start of its value as one text. Whatever
 * differs (other order, white space, unknown attributes, escapes) takes the longer way in decode_wire.c.
 */
#include "typed/decode_value.h"

/* False when the field was met before. */
DYNR_INLINE bool mark_seen(struct dynr_seen_fields *seen, size_t index)
{
    uint64_t bit = UINT64_C(1) << (index & 63);
    if (DYNR_LIKELY(index < 64)) {
        bool fresh = (seen->first & bit) == 0;
        seen->first |= bit;
        return fresh;
    }
    /* Never: a struct with that many fields has got further words. */
    if (seen->further == NULL) {
        return false;
    }
    uint64_t before = seen->further[index / 64];
    seen->further[index / 64] = before | bit;
    return (before & bit) == 0;
}

/* An attribute that is not the expected one in the common form. `*in_out_index` becomes the field that it was. */
static const char *decode_attribute_slowly(struct dynr_item_decoder *decoder, const char *p,
                                           const struct dynr_struct_desc *desc, char *out,
                                           size_t *in_out_index)
{
    struct dynr_str name;
    p = dynr_decoder_name(decoder, p, &name);
    if (p == NULL) {
        return NULL;
    }
    size_t index = dynr_decoder_find_field(desc, name, *in_out_index);
    *in_out_index = index;
    if (index == desc->n_fields) {
        return dynr_decoder_skip(decoder, p);
    }
    const struct dynr_field_desc *field = &desc->fields[index];
    size_t offset = field->offset;
    const struct dynr_type_desc *type = dynr_type_resolve(field->type, &offset);
    bool is_null = false;
    p = dynr_decoder_value(decoder, p, type, out + offset, &is_null);
    if (p != NULL && is_null && field->presence == DYNR_REQUIRED) {
        p = dynr_decoder_wrong_type(decoder, type, "NULL");
    }
    if (p == NULL) {
        dynr_path_prepend(&decoder->path, field->name);
    } else if (field->presence != DYNR_REQUIRED) {
        *((bool *)(void *)out + field->presence) = !is_null;
    }
    return p;
}

/* A field's value that was found: where it begins, what it is, and where it belongs. */
struct found_value {
    const char *content;
    const struct dynr_type_desc *type;
    size_t offset;
};

/* Whether `field` stands at `p` in the form that the encoder writes. */
DYNR_INLINE bool find_expected(const struct dynr_field_desc *field, const char *p, const char *end,
                               struct found_value *out)
{
    size_t len = field->attribute_len;
    if ((size_t)(end - p) < len + 16 || *p != '"' || len == 0 ||
        !dynr_text_equal(p + 1, field->attribute, len)) {
        return false;
    }
    out->offset = field->offset;
    out->type = dynr_type_resolve(field->type, &out->offset);
    if (dynr_scan_load(p + 1 + len) != dynr_wire_prefixes[out->type->kind].word) {
        return false;
    }
    /* The prefixes of booleans and sets are not eight bytes: ": or [ is left. */
    const char *content = p + len + 9;
    size_t rest = 0;
    if (out->type->kind == DYNR_KIND_BOOL) {
        rest = 2;
        if (content[0] != '"' || content[1] != ':') {
            return false;
        }
    } else if (out->type->kind == DYNR_KIND_SET) {
        rest = 1;
        if (dynr_type_wire(out->type) != DYNR_WIRE_SS || *content != '[') {
            return false;
        }
    }
    out->content = content + rest;
    return true;
}

/* One attribute, in any form, of a struct that has fields. Returns where the text goes on, or NULL after a failure. */
DYNR_INLINE const char *decode_attribute(struct dynr_item_decoder *decoder, const char *p,
                                         const struct dynr_struct_desc *desc, char *out,
                                         struct dynr_field_order *order,
                                         struct dynr_struct_progress *progress)
{
    size_t n_fields = desc->n_fields;
    size_t previous = progress->previous;
    size_t index = order != NULL && previous < DYNR_ORDER_MAX ? order->after[previous] : previous;
    /* At most one behind the last: it is known before the index is judged. */
    const struct dynr_field_desc *field = &desc->fields[index];
    struct found_value found;
    const char *next = NULL;
    if (DYNR_LIKELY(index < n_fields && find_expected(field, p, decoder->end, &found))) {
        if (order != NULL && index < DYNR_LEARNT_MAX) {
            dynr_order_learn(order, previous, index, p, found.content, found.type, found.offset);
        }
        next = dynr_decode_content(decoder, found.content, found.type, out + found.offset);
        next = next == NULL ? NULL : dynr_decode_close(decoder, next);
        if (DYNR_LIKELY(next != NULL)) {
            if (field->presence != DYNR_REQUIRED) {
                *((bool *)(void *)out + field->presence) = true;
            }
        } else {
            dynr_path_prepend(&decoder->path, field->name);
        }
    } else {
        size_t met = index;
        next = decode_attribute_slowly(decoder, p, desc, out, &met);
        index = met;
        if (order != NULL && index < n_fields) {
            dynr_order_teach(order, previous, index);
        }
    }
    if (next == NULL) {
        return NULL;
    }
    /* After an unknown attribute, what was expected before it still is. */
    if (DYNR_LIKELY(index < n_fields)) {
        if (!mark_seen(&progress->seen, index)) {
            return dynr_decoder_syntax(decoder, p, "an attribute stands there twice");
        }
        progress->previous = index + 1;
    }
    return dynr_decode_next(decoder, next, '}', &progress->more);
}

/* All attributes of a struct without fields up to the closing brace, if there are more. */
static const char *skip_attributes(struct dynr_item_decoder *decoder, const char *p,
                                   const struct dynr_struct_desc *desc, char *out, bool more)
{
    while (p != NULL && more) {
        size_t index = 0;
        p = decode_attribute_slowly(decoder, p, desc, out, &index);
        p = p == NULL ? NULL : dynr_decode_next(decoder, p, '}', &more);
    }
    return p;
}

/* The same of one with fields, without anything learnt. */
static const char *decode_alone(struct dynr_item_decoder *decoder, const char *p,
                                const struct dynr_struct_desc *desc, char *out,
                                struct dynr_struct_progress *progress)
{
    /* A copy that nobody else sees can stay in registers. */
    struct dynr_struct_progress here = *progress;
    while (p != NULL && here.more) {
        p = decode_attribute(decoder, p, desc, out, NULL, &here);
    }
    *progress = here;
    return p;
}

/* The same where structs repeat: from an attribute on that is not among the learnt ones. */
static const char *decode_repeated(struct dynr_item_decoder *decoder, const char *p,
                                   const struct dynr_struct_desc *desc, char *out,
                                   struct dynr_field_order *order,
                                   struct dynr_struct_progress *progress)
{
    for (;;) {
        p = decode_attribute(decoder, p, desc, out, order, progress);
        if (p == NULL || !progress->more) {
            return p;
        }
        if (progress->previous <= DYNR_LEARNT_MAX) {
            p = dynr_order_decode(order, decoder, p, out, progress);
            if (p == NULL || !progress->more) {
                return p;
            }
        }
    }
}

/* The defaults of what was not met, or the complaint about it. False after a failure. */
DYNR_INLINE bool complete_struct(struct dynr_item_decoder *decoder,
                                 const struct dynr_struct_desc *desc, char *out,
                                 struct dynr_field_order *order,
                                 const struct dynr_seen_fields *seen)
{
    uint64_t required = order == NULL ? dynr_struct_all_fields(desc) : order->required;
    if (DYNR_LIKELY((seen->first & required) == required && desc->n_fields <= 64)) {
        return true;
    }
    if (order != NULL) {
        order->required = dynr_struct_required_fields(desc);
    }
    return dynr_decoder_complete(decoder, desc, out, seen);
}

const char *dynr_decoder_struct(struct dynr_item_decoder *decoder, const char *p,
                                const struct dynr_struct_desc *desc, char *out,
                                struct dynr_field_order *order)
{
    struct dynr_struct_progress progress = {0, false, {0, NULL}};
    if (decoder->depth > DYNR_TYPED_MAX_DEPTH) {
        return dynr_decoder_syntax(decoder, p, "values are nested too deeply");
    }
    if (desc->n_fields > 64) {
        progress.seen.further =
            dynr_arena_calloc(decoder->arena, desc->n_fields / 64 + 1, sizeof(uint64_t));
        if (progress.seen.further == NULL) {
            return dynr_decoder_no_memory(decoder);
        }
    }
    if (order != NULL && order->desc != desc) {
        dynr_order_start(order, desc);
    }
    memset(out, 0, desc->size);
    decoder->depth++;
    p = dynr_decode_enter(decoder, p, '}', &progress.more);
    if (desc->n_fields == 0) {
        p = skip_attributes(decoder, p, desc, out, progress.more);
    } else if (order == NULL) {
        p = decode_alone(decoder, p, desc, out, &progress);
    } else if (progress.more) {
        p = dynr_order_decode(order, decoder, p, out, &progress);
        if (p != NULL && progress.more) {
            p = decode_repeated(decoder, p, desc, out, order, &progress);
        }
    }
    decoder->depth--;
    return p != NULL && complete_struct(decoder, desc, out, order, &progress.seen) ? p : NULL;
}

enum dynr_status dynr_decode_item_ordered(const struct dynr_struct_desc *desc, struct dynr_str item,
                                          struct dynr_field_order *order, struct dynr_arena *arena,
                                          void *out, struct dynr_error *err)
{
    struct dynr_item_decoder decoder;
    decoder.start = item.len == 0 ? "" : item.ptr;
    decoder.end = decoder.start + item.len;
    decoder.arena = arena;
    decoder.err = err;
    decoder.status = DYNR_OK;
    decoder.depth = 0;
    dynr_path_init(&decoder.path);
    const char *p = decoder.start;
    if (item.len > 0 && *p == '{') {
        p++;
    } else {
        p = dynr_decoder_expect(&decoder, p, '{');
    }
    p = p == NULL ? NULL : dynr_decoder_struct(&decoder, p, desc, out, order);
    if (p != NULL && p != decoder.end && dynr_decoder_space(&decoder, p) != decoder.end) {
        p = dynr_decoder_syntax(&decoder, p, "text after the item");
    }
    if (p == NULL) {
        dynr_path_finish(&decoder.path, err);
        return decoder.status;
    }
    return DYNR_OK;
}

enum dynr_status dynr_decode_item(const struct dynr_struct_desc *desc, struct dynr_str item,
                                  struct dynr_arena *arena, void *out, struct dynr_error *err)
{
    return dynr_decode_item_ordered(desc, item, NULL, arena, out, err);
}
