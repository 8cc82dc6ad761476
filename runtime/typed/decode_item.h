/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the item decoder: its state, what goes beyond the common forms, and decoding many items of one writer.
 */
#ifndef DYNR_TYPED_DECODE_ITEM_H
#define DYNR_TYPED_DECODE_ITEM_H

#include "typed/text.h"
#include "typed/type.h"

/*
 * In which order attributes come: `after[i]` is the field that followed field i - 1, counted from 1 (0: the start).
 * Items of one writer keep their order, so what the first one taught is right for the others.
 */
#define DYNR_ORDER_MAX 128
struct dynr_field_order {
    uint8_t after[DYNR_ORDER_MAX];
};

void dynr_field_order_init(struct dynr_field_order *order);

struct dynr_item_decoder {
    const char *start;
    const char *end;
    struct dynr_arena *arena;
    struct dynr_error *err;
    enum dynr_status status;
    unsigned depth;
    struct dynr_path path;
};

/* Fields of one struct that were met: the first 64 in place, all further ones in the arena. */
struct dynr_seen_fields {
    uint64_t first;
    uint64_t *further;
};

/* As dynr_decode_item; `order` (may be NULL) is used and taught. */
enum dynr_status dynr_decode_item_ordered(const struct dynr_struct_desc *desc, struct dynr_str item,
                                          struct dynr_field_order *order, struct dynr_arena *arena,
                                          void *out, struct dynr_error *err);

/* ---- decode_wire.c: the uncommon forms. Each returns where the text goes on, or NULL after a failure. ------ */

const char *dynr_decoder_syntax(struct dynr_item_decoder *decoder, const char *p, const char *what);
const char *dynr_decoder_wrong_type(struct dynr_item_decoder *decoder,
                                    const struct dynr_type_desc *type, const char *found);
const char *dynr_decoder_bad_value(struct dynr_item_decoder *decoder,
                                   const struct dynr_type_desc *type);
const char *dynr_decoder_no_memory(struct dynr_item_decoder *decoder);

const char *dynr_decoder_space(const struct dynr_item_decoder *decoder, const char *p);
/* A string of any form whose opening quote stands before `p`. */
const char *dynr_decoder_string(struct dynr_item_decoder *decoder, const char *p,
                                struct dynr_str *out);
/* A member's name with its quotes and the colon, and white space around. */
const char *dynr_decoder_name(struct dynr_item_decoder *decoder, const char *p,
                              struct dynr_str *out);
/* Any JSON value, checked and skipped. */
const char *dynr_decoder_skip(struct dynr_item_decoder *decoder, const char *p);
/*
 * The `{"S":"` of a value, with white space, to where the codec goes on: behind the opening quote, bracket or brace of the
 * content. `out_null` is set for {"NULL":true}, which is consumed whole.
 */
const char *dynr_decoder_open(struct dynr_item_decoder *decoder, const char *p,
                              const struct dynr_type_desc *type, bool *out_null);
/* The closing `}` of a value, or the `,` or `closing` between elements, with white space. */
const char *dynr_decoder_expect(struct dynr_item_decoder *decoder, const char *p, char expected);
const char *dynr_decoder_separator(struct dynr_item_decoder *decoder, const char *p, char closing,
                                   bool *out_more);
/* A scalar in any valid form; `p` stands behind its opening quote. */
const char *dynr_decoder_scalar(struct dynr_item_decoder *decoder, const char *p,
                                const struct dynr_type_desc *type, void *out);

/* Index of the field stored as `name`, looking from `from` on first; n_fields when there is none. */
size_t dynr_decoder_find_field(const struct dynr_struct_desc *desc, struct dynr_str name,
                               size_t from);
/* Gives the fields that were not met what they have then. False after a failure. */
bool dynr_decoder_complete(struct dynr_item_decoder *decoder, const struct dynr_struct_desc *desc,
                           char *out, const struct dynr_seen_fields *seen);

#endif
