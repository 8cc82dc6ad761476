/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the item decoder: its state, what goes beyond the common forms, and decoding many items of one writer.
 */
#ifndef DYNR_TYPED_DECODE_ITEM_H
#define DYNR_TYPED_DECODE_ITEM_H

#include "typed/text.h"
#include "typed/type.h"

/* Most bytes of a field's name and the start of its value that are learnt as one text. */
#define DYNR_HEADER_MAX 32

/* How a field stood in the items before. */
struct dynr_learnt_field {
    /* All up to the content of the value: `"title":{"S":"`. At least 10 bytes. */
    char header[DYNR_HEADER_MAX];
    uint32_t header_len;
    /* As in the field's description, references resolved. */
    uint32_t offset;
    uint32_t presence;
    /* Of the field, counted from 1; and its bit among those that were met. */
    uint32_t number;
    uint64_t bit;
    const struct dynr_type_desc *type;
};

/*
 * What items of one struct taught. Items of one writer keep their order and their form, so what the first ones taught is right
 * for the others. All of it is a guess that is checked against the text; an order that meets another struct starts anew.
 */
#define DYNR_ORDER_MAX  128
#define DYNR_LEARNT_MAX 32
struct dynr_field_order {
    /* NULL before the first item: then nothing below is set. */
    const struct dynr_struct_desc *desc;
    /* Bits of the entries of `fields` that are set. */
    uint32_t learnt;
    /* Bits of those of the first 64 fields without which dynr_decoder_complete has to be asked. */
    uint64_t required;
    /* The field that followed field i - 1, counted from 1 (0: the start). */
    uint8_t after[DYNR_ORDER_MAX];
    /* The same of the first fields, where the one that followed is learnt; else DYNR_LEARNT_MAX. */
    uint8_t learnt_after[DYNR_LEARNT_MAX + 1];
    struct dynr_learnt_field fields[DYNR_LEARNT_MAX];
};

static inline void dynr_field_order_init(struct dynr_field_order *order)
{
    order->desc = NULL;
}

struct dynr_item_decoder {
    const char *start;
    const char *end;
    struct dynr_arena *arena;
    struct dynr_error *err;
    enum dynr_status status;
    /* Structs, lists, sets and maps that are open, the item among them. */
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

/* How far the attributes of a struct were read. */
struct dynr_struct_progress {
    /* The field that was read last, counted from 1; 0 is the start. */
    size_t previous;
    /* The closing brace is still to come. */
    bool more;
    struct dynr_seen_fields seen;
};

/* Bits of the first 64 fields. */
static inline uint64_t dynr_struct_all_fields(const struct dynr_struct_desc *desc)
{
    size_t n = desc->n_fields;
    return n == 0 ? 0 : UINT64_MAX >> (n < 64 ? 64 - n : 0);
}

/* Bits of those of them that mean something when they are missing. */
uint64_t dynr_struct_required_fields(const struct dynr_struct_desc *desc);

/* ---- decode_learnt.c ------------------------------------------------------------------------------------------- */

/* Forgets what another struct taught. Without experience, fields are expected in the table's order. */
void dynr_order_start(struct dynr_field_order *order, const struct dynr_struct_desc *desc);
/* The field at `index` follows field `previous` - 1: expects it there from now on. */
void dynr_order_teach(struct dynr_field_order *order, size_t previous, size_t index);
/*
 * Keeps the field at `index`, which follows field `previous` - 1, as it stands at `p`, in the encoder's form, with its value
 * beginning at `content`; `type` and `offset` are the field's, references resolved. A name that is too long is not kept.
 */
void dynr_order_learn(struct dynr_field_order *order, size_t previous, size_t index, const char *p,
                      const char *content, const struct dynr_type_desc *type, size_t offset);
/*
 * Reads attributes into `out` as long as they are learnt ones. `progress->previous` is at most DYNR_LEARNT_MAX. Returns where
 * the text goes on, or NULL after a failure.
 */
const char *dynr_order_decode(const struct dynr_field_order *order,
                              struct dynr_item_decoder *decoder, const char *p, char *out,
                              struct dynr_struct_progress *progress);

/* ---- decode_item.c --------------------------------------------------------------------------------------------- */

/* A struct, one level deeper. `p` stands behind its opening brace; `order` (may be NULL) is used and taught. */
const char *dynr_decoder_struct(struct dynr_item_decoder *decoder, const char *p,
                                const struct dynr_struct_desc *desc, char *out,
                                struct dynr_field_order *order);

/* ---- decode_value.c -------------------------------------------------------------------------------------------- */

/* A string of any form; `p` stands behind its opening quote. */
const char *dynr_decoder_text(struct dynr_item_decoder *decoder, const char *p,
                              struct dynr_str *out);
/* The content of a value; `p` stands behind its opening quote, bracket or brace (of a boolean: where it begins). */
const char *dynr_decoder_content(struct dynr_item_decoder *decoder, const char *p,
                                 const struct dynr_type_desc *type, void *out);
/* A value of any form with its braces. `out_null` is set for {"NULL":true}. */
const char *dynr_decoder_value(struct dynr_item_decoder *decoder, const char *p,
                               const struct dynr_type_desc *type, void *out, bool *out_null);

/* ---- decode_container.c ---------------------------------------------------------------------------------------- */

/* A list, set or map, one level deeper. `p` stands behind its opening bracket. */
const char *dynr_decoder_container(struct dynr_item_decoder *decoder, const char *p,
                                   const struct dynr_type_desc *type, void *out);

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

/* true or false, with white space before it. */
const char *dynr_decoder_bool(struct dynr_item_decoder *decoder, const char *p, bool *out);

/* Index of the field stored as `name`, looking from `from` on first; n_fields when there is none. */
size_t dynr_decoder_find_field(const struct dynr_struct_desc *desc, struct dynr_str name,
                               size_t from);
/* Gives the fields that were not met what they have then. False after a failure. */
bool dynr_decoder_complete(struct dynr_item_decoder *decoder, const struct dynr_struct_desc *desc,
                           char *out, const struct dynr_seen_fields *seen);

#endif
