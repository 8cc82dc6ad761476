/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Items (DynamoDB JSON) into structs: one pass, driven by the constant tables.
 *
 * The writer of an item is nearly always this library, so at each point the decoder knows what should come: the field
 * that follows in the table, in the form in which the encoder writes it. It compares eight bytes and goes on. Whatever
 * differs (other order, white space, unknown attributes, escapes) takes the longer way in decode_wire.c.
 */
#include "typed/decode_item.h"
#include "typed/scalar.h"

/* What stands between an attribute's name and the content of its value, in eight bytes. */
union wire_prefix {
    char text[8];
    uint64_t word;
};

static const union wire_prefix prefixes[] = {
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

static const char *decode_struct(struct dynr_item_decoder *decoder, const char *p,
                                 const struct dynr_struct_desc *desc, char *out,
                                 struct dynr_field_order *order);
static const char *decode_element(struct dynr_item_decoder *decoder, const char *p,
                                  const struct dynr_type_desc *type, void *out,
                                  struct dynr_field_order *order);

void dynr_field_order_init(struct dynr_field_order *order)
{
    for (size_t i = 0; i < DYNR_ORDER_MAX; i++) {
        order->after[i] = (uint8_t)i;
    }
}

/* ---- scalars ------------------------------------------------------------------------------------------------- */

DYNR_INLINE const char *decode_text(struct dynr_item_decoder *decoder, const char *p,
                                    struct dynr_str *out)
{
    const char *close = dynr_text_plain_end(p, decoder->end);
    if (DYNR_LIKELY(close < decoder->end && *close == '"')) {
        *out = dynr_str_make(p, (size_t)(close - p));
        return close + 1;
    }
    return dynr_decoder_string(decoder, p, out);
}

DYNR_INLINE bool enum_from_number(const struct dynr_enum_desc *desc, int64_t number, int *out)
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
DYNR_INLINE const char *decode_int(const char *p, const char *end,
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
        return enum_from_number(type->enumeration, number, out) ? close : NULL;
    default:
        if (number < DYNR_EPOCH_MIN || number > DYNR_EPOCH_MAX) {
            return NULL;
        }
        ((struct dynr_timestamp *)out)->ms = number * 1000;
        return close;
    }
}

static const char *decode_bool(struct dynr_item_decoder *decoder, const char *p, bool *out)
{
    if (decoder->end - p >= 5 && memcmp(p, "false", 5) == 0) {
        *out = false;
        return p + 5;
    }
    if (decoder->end - p >= 4 && memcmp(p, "true", 4) == 0) {
        *out = true;
        return p + 4;
    }
    return dynr_decoder_syntax(decoder, p, "true or false is expected");
}

/* ---- containers ---------------------------------------------------------------------------------------------- */

/* Elements that are collected; full arrays move to twice the room, all in the arena. */
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
        char *items = dynr_arena_alloc(decoder->arena, cap * into->size);
        if (items == NULL) {
            return NULL;
        }
        if (into->count > 0) {
            memcpy(items, into->items, into->count * into->size);
        }
        into->items = items;
        into->cap = cap;
    }
    return into->items + into->count++ * into->size;
}

/* Whether the container that starts behind its bracket has a first element; steps over the end of an empty one. */
static const char *enter_container(struct dynr_item_decoder *decoder, const char *p, char closing,
                                   bool *out_any)
{
    if (p < decoder->end && *p != closing && (*p == '{' || *p == '"')) {
        *out_any = true;
        return p;
    }
    p = dynr_decoder_space(decoder, p);
    *out_any = p == decoder->end || *p != closing;
    return *out_any ? p : p + 1;
}

DYNR_INLINE const char *next_in(struct dynr_item_decoder *decoder, const char *p, char closing,
                                bool *out_more)
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
    return dynr_decoder_separator(decoder, p, closing, out_more);
}

DYNR_INLINE const char *close_value(struct dynr_item_decoder *decoder, const char *p)
{
    if (DYNR_LIKELY(p < decoder->end && *p == '}')) {
        return p + 1;
    }
    return dynr_decoder_expect(decoder, p, '}');
}

static const char *decode_list(struct dynr_item_decoder *decoder, const char *p,
                               const struct dynr_type_desc *type, struct dynr_sequence *out)
{
    struct collected into = {NULL, 0, 0, type->element_size};
    struct dynr_field_order order;
    struct dynr_field_order *learnt = NULL;
    if (type->element->kind == DYNR_KIND_STRUCT) {
        dynr_field_order_init(&order);
        learnt = &order;
    }
    bool more = false;
    p = enter_container(decoder, p, ']', &more);
    while (more) {
        char *element = collect(decoder, &into);
        if (element == NULL) {
            return dynr_decoder_no_memory(decoder);
        }
        p = decode_element(decoder, p, type->element, element, learnt);
        if (p == NULL || (p = next_in(decoder, p, ']', &more)) == NULL) {
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
        return decode_text(decoder, p, (struct dynr_str *)(void *)(out + offset));
    }
    return dynr_decoder_scalar(decoder, p, type, out + offset);
}

static const char *decode_set(struct dynr_item_decoder *decoder, const char *p,
                              const struct dynr_type_desc *type, struct dynr_sequence *out)
{
    struct collected into = {NULL, 0, 0, type->element_size};
    bool more = false;
    p = enter_container(decoder, p, ']', &more);
    while (more) {
        char *element = collect(decoder, &into);
        if (element == NULL) {
            return dynr_decoder_no_memory(decoder);
        }
        memset(element, 0, into.size);
        p = decode_set_element(decoder, p, type->element, element);
        if (p == NULL || (p = next_in(decoder, p, ']', &more)) == NULL) {
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
    struct dynr_field_order *learnt = NULL;
    if (type->element->kind == DYNR_KIND_STRUCT) {
        dynr_field_order_init(&order);
        learnt = &order;
    }
    bool more = false;
    p = enter_container(decoder, p, '}', &more);
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
        p = decode_element(decoder, p, type->element, entry + type->value_offset, learnt);
        if (p == NULL || (p = next_in(decoder, p, '}', &more)) == NULL) {
            dynr_path_prepend_key(&decoder->path, *key);
            return NULL;
        }
    }
    out->items = into.items;
    out->n_items = into.count;
    return p;
}

/* A container, one level deeper. `p` stands behind its opening bracket. */
static const char *decode_container(struct dynr_item_decoder *decoder, const char *p,
                                    const struct dynr_type_desc *type, void *out,
                                    struct dynr_field_order *order)
{
    if (decoder->depth >= DYNR_TYPED_MAX_DEPTH) {
        return dynr_decoder_syntax(decoder, p, "values are nested too deeply");
    }
    decoder->depth++;
    switch ((int)type->kind) {
    case DYNR_KIND_STRUCT:
        p = decode_struct(decoder, p, type->structure, out, order);
        break;
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

/* ---- values -------------------------------------------------------------------------------------------------- */

/* The content of a value; `p` stands behind its opening quote, bracket or brace. */
DYNR_INLINE const char *decode_content(struct dynr_item_decoder *decoder, const char *p,
                                       const struct dynr_type_desc *type, void *out,
                                       struct dynr_field_order *order)
{
    const char *close = NULL;
    switch (type->kind) {
    case DYNR_KIND_STRING:
    case DYNR_KIND_EMAIL:
    case DYNR_KIND_URL:
    case DYNR_KIND_JSON:
        return decode_text(decoder, p, out);
    case DYNR_KIND_BOOL:
        return decode_bool(decoder, p, out);
    case DYNR_KIND_INT32:
    case DYNR_KIND_INT64:
    case DYNR_KIND_EPOCH:
    case DYNR_KIND_ENUM:
        close = decode_int(p, decoder->end, type, out);
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
    case DYNR_KIND_LIST:
    case DYNR_KIND_SET:
    case DYNR_KIND_MAP:
        return decode_container(decoder, p, type, out, order);
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

/* A value of any form, where the common one was not found. `out_null` says that it was {"NULL":true}. */
static const char *decode_value_slowly(struct dynr_item_decoder *decoder, const char *p,
                                       const struct dynr_type_desc *type, void *out,
                                       struct dynr_field_order *order, bool *out_null)
{
    p = dynr_decoder_open(decoder, p, type, out_null);
    if (p == NULL || *out_null) {
        return p;
    }
    p = decode_content(decoder, p, type, out, order);
    return p == NULL ? NULL : close_value(decoder, p);
}

/* An element of a list or map. */
static const char *decode_element(struct dynr_item_decoder *decoder, const char *p,
                                  const struct dynr_type_desc *type, void *out,
                                  struct dynr_field_order *order)
{
    size_t offset = 0;
    type = dynr_type_resolve(type, &offset);
    out = (char *)out + offset;
    if (type->kind != DYNR_KIND_STRUCT) {
        memset(out, 0, dynr_type_size(type));
    }
    /* The prefix of a field without its first two bytes: {"S":" */
    const union wire_prefix *prefix = &prefixes[type->kind];
    if (decoder->end - p >= 6 && type->kind != DYNR_KIND_BOOL && type->kind != DYNR_KIND_SET &&
        dynr_text_equal(p, prefix->text + 2, 6)) {
        p = decode_content(decoder, p + 6, type, out, order);
        return p == NULL ? NULL : close_value(decoder, p);
    }
    bool is_null = false;
    p = decode_value_slowly(decoder, p, type, out, order, &is_null);
    if (p != NULL && is_null) {
        return dynr_decoder_wrong_type(decoder, type, "NULL");
    }
    return p;
}

/* ---- structs ------------------------------------------------------------------------------------------------- */

/* False when the field was met before. `met` are the first 64, all others stand in `further`. */
DYNR_INLINE bool mark_seen(uint64_t *met, uint64_t *further, size_t index)
{
    uint64_t bit = UINT64_C(1) << (index & 63);
    if (DYNR_LIKELY(index < 64 || further == NULL)) {
        bool fresh = (*met & bit) == 0;
        *met |= bit;
        return fresh;
    }
    uint64_t before = further[index / 64];
    further[index / 64] = before | bit;
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
    /* Behind the name the common form may still follow. */
    const char *text = prefixes[type->kind].text + 2;
    bool is_null = false;
    if (decoder->end - p >= 6 && type->kind != DYNR_KIND_BOOL && type->kind != DYNR_KIND_SET &&
        dynr_text_equal(p, text, 6)) {
        p = decode_content(decoder, p + 6, type, out + offset, NULL);
        p = p == NULL ? NULL : close_value(decoder, p);
    } else {
        p = decode_value_slowly(decoder, p, type, out + offset, NULL, &is_null);
    }
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

/*
 * The expected attribute in the form that the encoder writes. Returns `p` itself when that is not what stands there;
 * NULL after a failure.
 */
DYNR_INLINE const char *decode_expected(struct dynr_item_decoder *decoder, const char *p,
                                        const struct dynr_field_desc *field, char *out)
{
    size_t len = field->attribute_len;
    if ((size_t)(decoder->end - p) < len + 16 || *p != '"' || len == 0 ||
        !dynr_text_equal(p + 1, field->attribute, len)) {
        return p;
    }
    size_t offset = field->offset;
    const struct dynr_type_desc *type = dynr_type_resolve(field->type, &offset);
    if (dynr_scan_load(p + 1 + len) != prefixes[type->kind].word) {
        return p;
    }
    const char *content = p + len + 9;
    if (type->kind == DYNR_KIND_BOOL || type->kind == DYNR_KIND_SET) {
        /* Their prefixes are not eight bytes: ": or [ is left. */
        if (type->kind == DYNR_KIND_SET ? dynr_type_wire(type) != DYNR_WIRE_SS || *content != '['
                                        : content[0] != '"' || content[1] != ':' ||
                                              (content[2] != 't' && content[2] != 'f')) {
            return p;
        }
        content += type->kind == DYNR_KIND_SET ? 1 : 2;
    }
    content = decode_content(decoder, content, type, out + offset, NULL);
    content = content == NULL ? NULL : close_value(decoder, content);
    if (content == NULL) {
        dynr_path_prepend(&decoder->path, field->name);
        return NULL;
    }
    if (field->presence != DYNR_REQUIRED) {
        *((bool *)(void *)out + field->presence) = true;
    }
    return content;
}

/* All attributes up to the closing brace. */
DYNR_INLINE const char *decode_attributes(struct dynr_item_decoder *decoder, const char *p,
                                          const struct dynr_struct_desc *desc, char *out,
                                          struct dynr_field_order *order,
                                          struct dynr_seen_fields *seen)
{
    size_t n_fields = desc->n_fields;
    /* Counted from 1, so that 0 is the start. */
    size_t previous = 0;
    uint64_t met = 0;
    bool more = true;
    while (more) {
        size_t index =
            order != NULL && previous < DYNR_ORDER_MAX ? order->after[previous] : previous;
        const char *next = p;
        if (DYNR_LIKELY(index < n_fields)) {
            next = decode_expected(decoder, p, &desc->fields[index], out);
        }
        if (next == p) {
            next = decode_attribute_slowly(decoder, p, desc, out, &index);
            if (order != NULL && previous < DYNR_ORDER_MAX && index < DYNR_ORDER_MAX &&
                index < n_fields) {
                order->after[previous] = (uint8_t)index;
            }
        }
        if (next == NULL) {
            return NULL;
        }
        /* After an unknown attribute, what was expected before it still is. */
        if (DYNR_LIKELY(index < n_fields)) {
            if (!mark_seen(&met, seen->further, index)) {
                return dynr_decoder_syntax(decoder, p, "an attribute stands there twice");
            }
            previous = index + 1;
        }
        p = next_in(decoder, next, '}', &more);
        if (p == NULL) {
            return NULL;
        }
    }
    seen->first = met;
    return p;
}

/* `p` stands behind the opening brace. */
static const char *decode_struct(struct dynr_item_decoder *decoder, const char *p,
                                 const struct dynr_struct_desc *desc, char *out,
                                 struct dynr_field_order *order)
{
    struct dynr_seen_fields seen = {0, NULL};
    size_t n_fields = desc->n_fields;
    if (n_fields > 64) {
        seen.further = dynr_arena_calloc(decoder->arena, n_fields / 64 + 1, sizeof(uint64_t));
        if (seen.further == NULL) {
            return dynr_decoder_no_memory(decoder);
        }
    }
    memset(out, 0, desc->size);
    bool any = false;
    p = enter_container(decoder, p, '}', &any);
    if (any) {
        p = decode_attributes(decoder, p, desc, out, order, &seen);
        if (p == NULL) {
            return NULL;
        }
    }
    bool complete =
        n_fields <= 64 && seen.first == (n_fields == 0 ? 0 : UINT64_MAX >> (64 - n_fields));
    if (!complete && !dynr_decoder_complete(decoder, desc, out, &seen)) {
        return NULL;
    }
    return p;
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
    p = p == NULL ? NULL : decode_struct(&decoder, p, desc, out, order);
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
