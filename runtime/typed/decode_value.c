/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values where a call costs little: long texts, elements, uncommon orders.
 */
#include "typed/decode_value.h"

const union dynr_wire_prefix dynr_wire_prefixes[] = {
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

const char *dynr_decoder_text(struct dynr_item_decoder *decoder, const char *p,
                              struct dynr_str *out)
{
    const char *close = dynr_text_plain_end(p, decoder->end);
    if (DYNR_LIKELY(close < decoder->end && *close == '"')) {
        *out = dynr_str_make(p, (size_t)(close - p));
        return close + 1;
    }
    return dynr_decoder_string(decoder, p, out);
}

const char *dynr_decoder_content(struct dynr_item_decoder *decoder, const char *p,
                                 const struct dynr_type_desc *type, void *out)
{
    return dynr_decode_content(decoder, p, type, out);
}

const char *dynr_decoder_value(struct dynr_item_decoder *decoder, const char *p,
                               const struct dynr_type_desc *type, void *out, bool *out_null)
{
    /* The prefix of a field without its first two bytes: {"S":" */
    const char *prefix = dynr_wire_prefixes[type->kind].text + 2;
    if (decoder->end - p >= 6 && type->kind != DYNR_KIND_BOOL && type->kind != DYNR_KIND_SET &&
        dynr_text_equal(p, prefix, 6)) {
        p += 6;
    } else {
        p = dynr_decoder_open(decoder, p, type, out_null);
        if (p == NULL || *out_null) {
            return p;
        }
    }
    p = dynr_decoder_content(decoder, p, type, out);
    return p == NULL ? NULL : dynr_decode_close(decoder, p);
}
