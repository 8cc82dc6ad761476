/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The item decoder away from its common path: white space, escapes, numbers in uncommon forms, failures. All of it
 * stands on the pull reader of the base layer.
 */
#include "base/base64.h"
#include "base/json_read.h"
#include "base/number_text.h"
#include "typed/decode_item.h"

DYNR_COLD const char *dynr_decoder_syntax(struct dynr_item_decoder *decoder, const char *p,
                                          const char *what)
{
    decoder->status = dynr_fail(decoder->err, DYNR_ERR_SYNTAX, "item is malformed at byte %zu: %s",
                                (size_t)(p - decoder->start), what);
    return NULL;
}

DYNR_COLD const char *dynr_decoder_wrong_type(struct dynr_item_decoder *decoder,
                                              const struct dynr_type_desc *type, const char *found)
{
    decoder->status = dynr_fail(decoder->err, DYNR_ERR_TYPE, "must be stored as %s, is %s",
                                dynr_wire_name(dynr_type_wire(type)), found);
    return NULL;
}

DYNR_COLD const char *dynr_decoder_bad_value(struct dynr_item_decoder *decoder,
                                             const struct dynr_type_desc *type)
{
    static const char *const expected[] = {
        [DYNR_KIND_INT32] = "a whole number of 32 bits",
        [DYNR_KIND_INT64] = "a whole number of 64 bits",
        [DYNR_KIND_FLOAT] = "a number",
        [DYNR_KIND_DECIMAL] = "a number of at most 38 digits",
        [DYNR_KIND_BYTES] = "base64",
        [DYNR_KIND_DATE] = "a date",
        [DYNR_KIND_TIMESTAMP] = "a timestamp",
        [DYNR_KIND_EPOCH] = "whole seconds",
        [DYNR_KIND_ULID] = "a ULID",
        [DYNR_KIND_UUID] = "a UUID",
        [DYNR_KIND_ENUM] = "a tag",
        [DYNR_KIND_REF] = "the parts of a key",
        [DYNR_KIND_ROW] = NULL,
    };
    const char *what = expected[type->kind];
    decoder->status = dynr_fail(decoder->err, DYNR_ERR_TYPE, "the stored value is not %s",
                                what == NULL ? "valid" : what);
    return NULL;
}

DYNR_COLD const char *dynr_decoder_no_memory(struct dynr_item_decoder *decoder)
{
    decoder->status = dynr_fail(decoder->err, DYNR_ERR_NO_MEMORY, NULL);
    return NULL;
}

const char *dynr_decoder_space(const struct dynr_item_decoder *decoder, const char *p)
{
    while (p < decoder->end && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r')) {
        p++;
    }
    return p;
}

static struct dynr_json_reader reader_at(const struct dynr_item_decoder *decoder, const char *p)
{
    struct dynr_json_reader reader = {decoder->start, p, decoder->end, NULL, 0};
    return reader;
}

static const char *reader_failed(struct dynr_item_decoder *decoder,
                                 const struct dynr_json_reader *reader)
{
    decoder->status = dynr_json_fail(reader, decoder->err);
    return NULL;
}

const char *dynr_decoder_string(struct dynr_item_decoder *decoder, const char *p,
                                struct dynr_str *out)
{
    struct dynr_json_reader reader = reader_at(decoder, p - 1);
    if (!dynr_json_read_string(&reader, decoder->arena, out)) {
        return reader_failed(decoder, &reader);
    }
    return reader.next;
}

const char *dynr_decoder_name(struct dynr_item_decoder *decoder, const char *p,
                              struct dynr_str *out)
{
    p = dynr_decoder_space(decoder, p);
    if (p == decoder->end || *p != '"') {
        return dynr_decoder_syntax(decoder, p, "a name is expected");
    }
    const char *close = dynr_text_plain_end(p + 1, decoder->end);
    if (close < decoder->end && *close == '"') {
        *out = dynr_str_make(p + 1, (size_t)(close - p - 1));
        p = close + 1;
    } else {
        p = dynr_decoder_string(decoder, p + 1, out);
        if (p == NULL) {
            return NULL;
        }
    }
    return dynr_decoder_expect(decoder, p, ':');
}

const char *dynr_decoder_skip(struct dynr_item_decoder *decoder, const char *p)
{
    struct dynr_json_reader reader = reader_at(decoder, p);
    if (!dynr_json_skip(&reader, NULL)) {
        return reader_failed(decoder, &reader);
    }
    return reader.next;
}

const char *dynr_decoder_expect(struct dynr_item_decoder *decoder, const char *p, char expected)
{
    p = dynr_decoder_space(decoder, p);
    if (p == decoder->end || *p != expected) {
        const char what[] = {'`', expected, '`', ' ', 'i', 's', ' ', 'e',
                             'x', 'p',      'e', 'c', 't', 'e', 'd', '\0'};
        return dynr_decoder_syntax(decoder, p, what);
    }
    return p + 1;
}

const char *dynr_decoder_separator(struct dynr_item_decoder *decoder, const char *p, char closing,
                                   bool *out_more)
{
    p = dynr_decoder_space(decoder, p);
    if (p < decoder->end && *p == closing) {
        *out_more = false;
        return p + 1;
    }
    if (p == decoder->end || *p != ',') {
        return dynr_decoder_syntax(decoder, p, "a comma or the end is expected");
    }
    *out_more = true;
    return p + 1;
}

static enum dynr_wire wire_from_name(struct dynr_str name)
{
    for (enum dynr_wire wire = DYNR_WIRE_S; wire <= DYNR_WIRE_BS; wire++) {
        if (dynr_str_equal_c(name, dynr_wire_name(wire))) {
            return wire;
        }
    }
    return DYNR_WIRE_NONE;
}

static const char *take_null(struct dynr_item_decoder *decoder, const char *p)
{
    struct dynr_json_reader reader = reader_at(decoder, p);
    bool value = false;
    if (!dynr_json_read_bool(&reader, &value)) {
        return reader_failed(decoder, &reader);
    }
    if (!value) {
        return dynr_decoder_syntax(decoder, p, "`NULL` is always true");
    }
    return dynr_decoder_expect(decoder, reader.next, '}');
}

const char *dynr_decoder_open(struct dynr_item_decoder *decoder, const char *p,
                              const struct dynr_type_desc *type, bool *out_null)
{
    struct dynr_str name;
    p = dynr_decoder_expect(decoder, p, '{');
    p = p == NULL ? NULL : dynr_decoder_name(decoder, p, &name);
    if (p == NULL) {
        return NULL;
    }
    if (dynr_str_equal_c(name, "NULL")) {
        *out_null = true;
        return take_null(decoder, p);
    }
    enum dynr_wire found = wire_from_name(name);
    if (found == DYNR_WIRE_NONE) {
        return dynr_decoder_syntax(decoder, p, "there is no such type");
    }
    if (found != dynr_type_wire(type)) {
        return dynr_decoder_wrong_type(decoder, type, dynr_wire_name(found));
    }
    switch ((int)found) {
    case DYNR_WIRE_BOOL:
        return dynr_decoder_space(decoder, p);
    case DYNR_WIRE_M:
        return dynr_decoder_expect(decoder, p, '{');
    case DYNR_WIRE_L:
    case DYNR_WIRE_SS:
    case DYNR_WIRE_NS:
    case DYNR_WIRE_BS:
        return dynr_decoder_expect(decoder, p, '[');
    default:
        return dynr_decoder_expect(decoder, p, '"');
    }
}

static bool int_in(struct dynr_str text, int64_t low, int64_t high, int64_t *out)
{
    return dynr_int64_parse(text, out) && *out >= low && *out <= high;
}

static bool parse_number(const struct dynr_type_desc *type, struct dynr_str text, void *out)
{
    int64_t number = 0;
    switch ((int)type->kind) {
    case DYNR_KIND_INT32:
        if (!int_in(text, INT32_MIN, INT32_MAX, &number)) {
            return false;
        }
        *(int32_t *)out = (int32_t)number;
        return true;
    case DYNR_KIND_INT64:
        return dynr_int64_parse(text, out);
    case DYNR_KIND_FLOAT:
        return dynr_double_parse(text, out);
    case DYNR_KIND_EPOCH:
        if (!int_in(text, DYNR_EPOCH_MIN, DYNR_EPOCH_MAX, &number)) {
            return false;
        }
        ((struct dynr_timestamp *)out)->ms = number * 1000;
        return true;
    case DYNR_KIND_ENUM:
        /* A tag of a later schema is unknown, not wrong. */
        if (!dynr_int64_parse(text, &number)) {
            return false;
        }
        *(int *)out = number >= INT32_MIN && number <= INT32_MAX &&
                              dynr_enum_name(type->enumeration, (int)number) != NULL
                          ? (int)number
                          : 0;
        return true;
    default:
        return false;
    }
}

static bool parse_text(const struct dynr_type_desc *type, struct dynr_str text,
                       struct dynr_arena *arena, void *out)
{
    switch ((int)type->kind) {
    case DYNR_KIND_DECIMAL:
        return dynr_decimal_parse(text, arena, out, NULL) == DYNR_OK;
    case DYNR_KIND_BYTES:
        return dynr_base64_decode(text, arena, out);
    case DYNR_KIND_DATE:
        return dynr_date_parse(text, out);
    case DYNR_KIND_TIMESTAMP:
        return dynr_timestamp_parse(text, out);
    case DYNR_KIND_ULID:
        return dynr_ulid_parse(text, out);
    case DYNR_KIND_UUID:
        return dynr_uuid_parse(text, out);
    case DYNR_KIND_REF:
        return dynr_ref_parse_text(type->structure, text, arena, out);
    default:
        return parse_number(type, text, out);
    }
}

const char *dynr_decoder_scalar(struct dynr_item_decoder *decoder, const char *p,
                                const struct dynr_type_desc *type, void *out)
{
    struct dynr_str text;
    p = dynr_decoder_string(decoder, p, &text);
    if (p == NULL) {
        return NULL;
    }
    if (dynr_kind_is_text(type->kind)) {
        *(struct dynr_str *)out = text;
        return p;
    }
    if (!parse_text(type, text, decoder->arena, out)) {
        /* Parsers do not say whether text or memory was at fault: with other memory they would succeed. */
        struct dynr_arena scratch = {0};
        bool valid = parse_text(type, text, &scratch, out);
        dynr_arena_cleanup(&scratch);
        return valid ? dynr_decoder_no_memory(decoder) : dynr_decoder_bad_value(decoder, type);
    }
    return p;
}

const char *dynr_decoder_bool(struct dynr_item_decoder *decoder, const char *p, bool *out)
{
    p = dynr_decoder_space(decoder, p);
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

size_t dynr_decoder_find_field(const struct dynr_struct_desc *desc, struct dynr_str name,
                               size_t from)
{
    size_t n = desc->n_fields;
    if (name.len == 0) {
        return n;
    }
    size_t i = from < n ? from : 0;
    for (size_t tried = 0; tried < n; tried++) {
        const struct dynr_field_desc *field = &desc->fields[i];
        if (field->attribute_len == name.len && field->attribute != NULL &&
            dynr_text_equal(field->attribute, name.ptr, name.len)) {
            return i;
        }
        i = i + 1 == n ? 0 : i + 1;
    }
    return n;
}

static bool was_seen(const struct dynr_seen_fields *seen, size_t index)
{
    uint64_t word = index < 64 ? seen->first : seen->further[index / 64];
    return (word >> (index & 63) & 1) != 0;
}

/* The struct's defaults, made when the first is needed; NULL after a failure. */
static const char *take_defaults(struct dynr_item_decoder *decoder,
                                 const struct dynr_struct_desc *desc, char **made)
{
    if (*made == NULL) {
        *made = dynr_arena_calloc(decoder->arena, 1, desc->size);
        if (*made == NULL) {
            return dynr_decoder_no_memory(decoder);
        }
        /* Without a function all defaults are zero. */
        if (desc->set_defaults != NULL) {
            desc->set_defaults(*made);
        }
    }
    return *made;
}

bool dynr_decoder_complete(struct dynr_item_decoder *decoder, const struct dynr_struct_desc *desc,
                           char *out, const struct dynr_seen_fields *seen)
{
    char *made = NULL;
    for (size_t i = 0; i < desc->n_fields; i++) {
        const struct dynr_field_desc *field = &desc->fields[i];
        if (was_seen(seen, i) || field->attribute == NULL || field->presence != DYNR_REQUIRED) {
            continue;
        }
        if ((field->flags & DYNR_FIELD_DEFAULT) != 0) {
            const char *defaults = take_defaults(decoder, desc, &made);
            if (defaults == NULL) {
                return false;
            }
            memcpy(out + field->offset, defaults + field->offset, dynr_type_size(field->type));
        } else if (field->type->kind != DYNR_KIND_SET) {
            decoder->status =
                dynr_fail(decoder->err, DYNR_ERR_MISSING, "the item has no such attribute");
            dynr_path_prepend(&decoder->path, field->name);
            return false;
        }
    }
    return true;
}
