/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What items of one struct teach: in which order the fields come, and each field's name with the start of its value as one
 * text. Where structs repeat (the elements of a list, the rows of a page), nearly all attributes are read by this.
 */
#include "typed/decode_value.h"

uint64_t dynr_struct_required_fields(const struct dynr_struct_desc *desc)
{
    uint64_t required = dynr_struct_all_fields(desc);
    for (size_t i = 0; i < desc->n_fields && i < 64; i++) {
        const struct dynr_field_desc *field = &desc->fields[i];
        bool empty_set =
            field->type->kind == DYNR_KIND_SET && (field->flags & DYNR_FIELD_DEFAULT) == 0;
        if (field->attribute == NULL || field->presence != DYNR_REQUIRED || empty_set) {
            required &= ~(UINT64_C(1) << i);
        }
    }
    return required;
}

void dynr_order_start(struct dynr_field_order *order, const struct dynr_struct_desc *desc)
{
    size_t n = desc->n_fields + 1 < DYNR_ORDER_MAX ? desc->n_fields + 1 : DYNR_ORDER_MAX;
    for (size_t i = 0; i < n; i++) {
        order->after[i] = (uint8_t)i;
    }
    memset(order->learnt_after, DYNR_LEARNT_MAX, sizeof order->learnt_after);
    order->desc = desc;
    order->learnt = 0;
    order->required = dynr_struct_all_fields(desc);
}

void dynr_order_teach(struct dynr_field_order *order, size_t previous, size_t index)
{
    if (previous >= DYNR_ORDER_MAX || index >= DYNR_ORDER_MAX) {
        return;
    }
    order->after[previous] = (uint8_t)index;
    if (previous <= DYNR_LEARNT_MAX) {
        bool learnt = index < DYNR_LEARNT_MAX && (order->learnt >> index & 1) != 0;
        order->learnt_after[previous] = learnt ? (uint8_t)index : DYNR_LEARNT_MAX;
    }
}

void dynr_order_learn(struct dynr_field_order *order, size_t previous, size_t index, const char *p,
                      const char *content, const struct dynr_type_desc *type, size_t offset)
{
    struct dynr_learnt_field *learnt = &order->fields[index];
    size_t len = (size_t)(content - p);
    if (len > sizeof learnt->header) {
        return;
    }
    memcpy(learnt->header, p, len);
    learnt->header_len = (uint32_t)len;
    learnt->offset = (uint32_t)offset;
    learnt->presence = order->desc->fields[index].presence;
    learnt->number = (uint32_t)index + 1;
    learnt->bit = UINT64_C(1) << index;
    learnt->type = type;
    order->learnt |= UINT32_C(1) << index;
    dynr_order_teach(order, previous, index);
}

/* Whether the `len` bytes of a header, 10 to DYNR_HEADER_MAX, stand at `p`. */
DYNR_INLINE bool starts_with_header(const char *p, const char *header, size_t len)
{
    uint64_t differing = (dynr_scan_load(p) ^ dynr_scan_load(header)) |
                         (dynr_scan_load(p + len - 8) ^ dynr_scan_load(header + len - 8));
    if (len > 16) {
        differing |= (dynr_scan_load(p + 8) ^ dynr_scan_load(header + 8)) |
                     (dynr_scan_load(p + len - 16) ^ dynr_scan_load(header + len - 16));
    }
    return differing == 0;
}

/* Readable bytes that the short forms need, with the two that are looked at behind them: the longest form has 32. */
#define SHORT_VALUE 40

/*
 * The learnt field that stands at `p`, with SHORT_VALUE bytes behind its header: the one that is expected after `previous`, or
 * one of the next, as optional ones may be missing. NULL when it is none of them.
 */
DYNR_INLINE const struct dynr_learnt_field *
find_learnt(const struct dynr_field_order *order, size_t previous, const char *p, const char *end)
{
    for (unsigned skipped = 0; skipped < 4; skipped++) {
        size_t index = order->learnt_after[previous];
        if (index == DYNR_LEARNT_MAX) {
            break;
        }
        const struct dynr_learnt_field *learnt = &order->fields[index];
        if ((size_t)(end - p) < (size_t)learnt->header_len + SHORT_VALUE) {
            break;
        }
        if (DYNR_LIKELY(starts_with_header(p, learnt->header, learnt->header_len))) {
            return learnt;
        }
        previous = learnt->number;
    }
    return NULL;
}

/*
 * The short forms of the most common kinds, without a branch on how long a text or number is. SHORT_VALUE bytes can be read
 * from `p` on. NULL for any other value.
 */
DYNR_INLINE const char *decode_short(const char *p, const struct dynr_type_desc *type, void *out)
{
    const char *end = p + SHORT_VALUE;
    const char *close = NULL;
    int64_t number = 0;
    switch ((int)type->kind) {
    case DYNR_KIND_STRING:
        close = dynr_scalar_short_text(p, end, out);
        break;
    case DYNR_KIND_BOOL:
        return dynr_scalar_bool(p, end, out);
    case DYNR_KIND_INT32:
        close = dynr_scalar_short_int(p, end, &number);
        *(int32_t *)out = (int32_t)number;
        break;
    case DYNR_KIND_DECIMAL:
        close = dynr_scalar_short_decimal(p, end, out);
        break;
    default:
        break;
    }
    return close == NULL ? NULL : close + 1;
}

/* What follows the value that ends before `next`, in any form; the attribute began at `start`. */
static const char *finish_attribute(struct dynr_item_decoder *decoder, const char *start,
                                    const char *next, bool fresh, const char *name, bool *out_more)
{
    next = next == NULL ? NULL : dynr_decode_close(decoder, next);
    if (next == NULL) {
        dynr_path_prepend(&decoder->path, name);
        return NULL;
    }
    if (!fresh) {
        return dynr_decoder_syntax(decoder, start, "an attribute stands there twice");
    }
    return dynr_decode_next(decoder, next, '}', out_more);
}

const char *dynr_order_decode(const struct dynr_field_order *order,
                              struct dynr_item_decoder *decoder, const char *p, char *out,
                              struct dynr_struct_progress *progress)
{
    const char *end = decoder->end;
    size_t previous = progress->previous;
    uint64_t met = progress->seen.first;
    bool more = true;
    while (more) {
        const struct dynr_learnt_field *learnt = find_learnt(order, previous, p, end);
        if (learnt == NULL) {
            break;
        }
        const char *content = p + learnt->header_len;
        const char *next = decode_short(content, learnt->type, out + learnt->offset);
        if (DYNR_LIKELY(next != NULL && next[0] == '}' && next[1] == ',' &&
                        (met & learnt->bit) == 0)) {
            p = next + 2;
        } else {
            if (next == NULL) {
                next = dynr_decoder_content(decoder, content, learnt->type, out + learnt->offset);
            }
            bool any = false;
            p = finish_attribute(decoder, p, next, (met & learnt->bit) == 0,
                                 order->desc->fields[learnt->number - 1].name, &any);
            if (p == NULL) {
                return NULL;
            }
            more = any;
        }
        if (learnt->presence != DYNR_REQUIRED) {
            *((bool *)(void *)out + learnt->presence) = true;
        }
        met |= learnt->bit;
        previous = learnt->number;
    }
    progress->previous = previous;
    progress->seen.first = met;
    progress->more = more;
    return p;
}
