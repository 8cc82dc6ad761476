/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values in the forms in which the encoder writes them, and what stands between values, for inlining into the loops over
 * attributes and elements. What differs goes to decode_wire.c.
 */
#ifndef DYNR_TYPED_DECODE_VALUE_H
#define DYNR_TYPED_DECODE_VALUE_H

#include "typed/decode_item.h"
#include "typed/scalar.h"

/* What stands between an attribute's name and the content of its value, in eight bytes: `":{"S":"`. */
union dynr_wire_prefix {
    char text[8];
    uint64_t word;
};

/* By kind. Of a boolean and of a set they are not all that stands there: `":` or `[` follows. */
extern const union dynr_wire_prefix dynr_wire_prefixes[];

/* ---- contents ------------------------------------------------------------------------------------------------ */

/* `p` stands behind the opening quote. */
DYNR_INLINE const char *dynr_decode_text(struct dynr_item_decoder *decoder, const char *p,
                                         struct dynr_str *out)
{
    const char *close = dynr_scalar_short_text(p, decoder->end, out);
    return DYNR_LIKELY(close != NULL) ? close + 1 : dynr_decoder_text(decoder, p, out);
}

/* `p` stands where the word begins. */
DYNR_INLINE const char *dynr_decode_bool(struct dynr_item_decoder *decoder, const char *p,
                                         bool *out)
{
    const char *behind = dynr_scalar_bool(p, decoder->end, out);
    return DYNR_LIKELY(behind != NULL) ? behind : dynr_decoder_bool(decoder, p, out);
}

DYNR_INLINE bool dynr_decode_enum(const struct dynr_enum_desc *desc, int64_t number, int *out)
{
    if (number < INT32_MIN || number > INT32_MAX) {
        return false;
    }
    bool direct = number > 0 && (size_t)number <= desc->n_values &&
                  desc->values[number - 1].tag == (int32_t)number;
    *out = direct || dynr_enum_name(desc, (int)number) != NULL ? (int)number : 0;
    return true;
}

/* A number in its common form; NULL sends it to the thorough parser. */
DYNR_INLINE const char *dynr_decode_int(const char *p, const char *end,
                                        const struct dynr_type_desc *type, void *out)
{
    int64_t number = 0;
    const char *close = dynr_scalar_int(p, end, &number);
    if (close == NULL) {
        return NULL;
    }
    switch ((int)type->kind) {
    case DYNR_KIND_INT64:
        *(int64_t *)out = number;
        return close;
    case DYNR_KIND_INT32:
        *(int32_t *)out = (int32_t)number;
        return number >= INT32_MIN && number <= INT32_MAX ? close : NULL;
    case DYNR_KIND_ENUM:
        return dynr_decode_enum(type->enumeration, number, out) ? close : NULL;
    default:
        if (number < DYNR_EPOCH_MIN || number > DYNR_EPOCH_MAX) {
            return NULL;
        }
        ((struct dynr_timestamp *)out)->ms = number * 1000;
        return close;
    }
}

/* The content of a value of any kind, inline; `p` as for dynr_decoder_content. */
DYNR_INLINE const char *dynr_decode_content(struct dynr_item_decoder *decoder, const char *p,
                                            const struct dynr_type_desc *type, void *out)
{
    const char *close = NULL;
    switch (type->kind) {
    case DYNR_KIND_STRING:
    case DYNR_KIND_EMAIL:
    case DYNR_KIND_URL:
    case DYNR_KIND_JSON:
        return dynr_decode_text(decoder, p, out);
    case DYNR_KIND_BOOL:
        return dynr_decode_bool(decoder, p, out);
    case DYNR_KIND_INT32:
    case DYNR_KIND_INT64:
    case DYNR_KIND_EPOCH:
    case DYNR_KIND_ENUM:
        close = dynr_decode_int(p, decoder->end, type, out);
        break;
    case DYNR_KIND_FLOAT:
        close = dynr_scalar_double(p, decoder->end, out);
        break;
    case DYNR_KIND_DECIMAL:
        close = dynr_scalar_decimal(p, decoder->end, out);
        break;
    case DYNR_KIND_TIMESTAMP:
        close = dynr_scalar_timestamp(p, decoder->end, out);
        break;
    case DYNR_KIND_ULID:
        close = dynr_scalar_ulid(p, decoder->end, out);
        break;
    case DYNR_KIND_UUID:
        close = dynr_scalar_uuid(p, decoder->end, out);
        break;
    case DYNR_KIND_STRUCT:
        return dynr_decoder_struct(decoder, p, type->structure, out, NULL);
    case DYNR_KIND_LIST:
    case DYNR_KIND_SET:
    case DYNR_KIND_MAP:
        return dynr_decoder_container(decoder, p, type, out);
    case DYNR_KIND_BYTES:
    case DYNR_KIND_DATE:
    case DYNR_KIND_REF:
    case DYNR_KIND_ROW:
        break;
    }
    if (DYNR_LIKELY(close != NULL)) {
        return close + 1;
    }
    return dynr_decoder_scalar(decoder, p, type, out);
}

/* ---- between values ------------------------------------------------------------------------------------------ */

/* Whether the container that starts behind its bracket has a first element; steps over the end of an empty one. */
DYNR_INLINE const char *dynr_decode_enter(struct dynr_item_decoder *decoder, const char *p,
                                          char closing, bool *out_any)
{
    if (DYNR_LIKELY(p < decoder->end && (*p == '{' || *p == '"'))) {
        *out_any = true;
        return p;
    }
    p = dynr_decoder_space(decoder, p);
    *out_any = p == decoder->end || *p != closing;
    return *out_any ? p : p + 1;
}

DYNR_INLINE const char *dynr_decode_next(struct dynr_item_decoder *decoder, const char *p,
                                         char closing, bool *out_more)
{
    if (DYNR_LIKELY(p < decoder->end)) {
        if (*p == ',') {
            *out_more = true;
            return p + 1;
        }
        if (*p == closing) {
            *out_more = false;
            return p + 1;
        }
    }
    /* Not `out_more` itself, which can so stay a register. */
    bool more = false;
    p = dynr_decoder_separator(decoder, p, closing, &more);
    *out_more = more;
    return p;
}

DYNR_INLINE const char *dynr_decode_close(struct dynr_item_decoder *decoder, const char *p)
{
    if (DYNR_LIKELY(p < decoder->end && *p == '}')) {
        return p + 1;
    }
    return dynr_decoder_expect(decoder, p, '}');
}

#endif
