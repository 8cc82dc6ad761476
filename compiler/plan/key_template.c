/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key values and templates: flattening fields through references, building templates piece by piece, writing them as
 * people do. A template whose values are separated by the delimiter cannot be forged, because the codec escapes it.
 */
#include "plan/derive.h"

#include "base/key_codec.h"

#include <stdarg.h>

struct dynr_str dyn_take_text(struct dynr_arena *arena, struct dynr_buf *buf)
{
    struct dynr_str text = dyn_dup(arena, dynr_buf_str(buf));
    dynr_buf_cleanup(buf);
    return text;
}

struct dynr_str dyn_text(struct dynr_arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct dynr_str text = dyn_vprintf(arena, format, arguments);
    va_end(arguments);
    return text;
}

/* ---- values ------------------------------------------------------------------------------------------------ */

void dyn_values_add(struct dynr_arena *arena, struct dyn_values *values,
                    const struct dyn_key_value *value)
{
    values->items = dyn_grow(arena, values->items, values->n, &values->cap, sizeof *values->items);
    values->items[values->n++] = value;
}

static void add_flattened(struct dynr_arena *arena, struct dyn_values *values,
                          const struct dyn_field **path, size_t n_path,
                          const struct dyn_field *field)
{
    if (n_path == DYN_KEY_DEPTH_MAX) {
        return;
    }
    path[n_path++] = field;
    const struct dyn_type *type = field->type;
    if (type->kind == DYN_TYPE_REF && type->model != NULL) {
        for (size_t i = 0; i < type->model->n_key_fields; i++) {
            add_flattened(arena, values, path, n_path, type->model->fields[i]);
        }
        return;
    }
    struct dyn_key_value *value = dyn_alloc(arena, sizeof *value);
    value->path = dyn_alloc_array(arena, n_path, sizeof *value->path);
    memcpy((void *)value->path, (const void *)path, n_path * sizeof *path);
    value->n_path = n_path;
    value->type = type;
    if (type->optional) {
        struct dyn_type *required = dyn_alloc(arena, sizeof *required);
        *required = *type;
        required->optional = false;
        value->type = required;
    }
    dyn_values_add(arena, values, value);
}

void dyn_values_add_field(struct dynr_arena *arena, struct dyn_values *values,
                          const struct dyn_field *field)
{
    const struct dyn_field *path[DYN_KEY_DEPTH_MAX];
    add_flattened(arena, values, path, 0, field);
}

bool dyn_value_equal(const struct dyn_key_value *a, const struct dyn_key_value *b)
{
    if (a == b) {
        return true;
    }
    if (a->n_path != b->n_path) {
        return false;
    }
    for (size_t i = 0; i < a->n_path; i++) {
        if (a->path[i] != b->path[i]) {
            return false;
        }
    }
    return true;
}

bool dyn_values_has(const struct dyn_values *values, const struct dyn_key_value *value)
{
    for (size_t i = 0; i < values->n; i++) {
        if (dyn_value_equal(values->items[i], value)) {
            return true;
        }
    }
    return false;
}

bool dyn_value_is_optional(const struct dyn_key_value *value)
{
    return value->path[0]->type->optional;
}

/* A reference to a key of one part says which part it is. */
static bool is_single_part(const struct dyn_type *type)
{
    return type->kind == DYN_TYPE_REF && type->model != NULL &&
           dyn_model_key_width(type->model) == 1;
}

void dyn_value_write(const struct dyn_key_value *value, struct dynr_buf *out)
{
    for (size_t i = 0; i < value->n_path; i++) {
        if (i != 0) {
            dynr_buf_append_char(out, '.');
        }
        dynr_buf_append_str(out, value->path[i]->name->text);
        if (is_single_part(value->path[i]->type)) {
            return;
        }
    }
}

/* ---- templates --------------------------------------------------------------------------------------------- */

void dyn_template_literal(struct dyn_template_builder *builder, struct dynr_str text)
{
    if (text.len == 0) {
        return;
    }
    if (builder->literal.len == 0) {
        builder->literal = text;
        return;
    }
    builder->literal =
        dyn_text(builder->arena, "%.*s%.*s", DYN_STR(builder->literal), DYN_STR(text));
}

static struct dyn_key_piece *add_piece(struct dyn_template_builder *builder)
{
    builder->pieces = dyn_grow(builder->arena, builder->pieces, builder->n, &builder->cap,
                               sizeof *builder->pieces);
    struct dyn_key_piece *piece = &builder->pieces[builder->n++];
    memset(piece, 0, sizeof *piece);
    piece->literal = builder->literal;
    builder->literal = dynr_str_make(NULL, 0);
    return piece;
}

void dyn_template_value(struct dyn_template_builder *builder, const struct dyn_key_value *value,
                        bool fold)
{
    struct dyn_key_piece *piece = add_piece(builder);
    piece->value = value;
    piece->fold = fold;
    if (dyn_value_is_optional(value)) {
        builder->sparse = true;
    }
}

void dyn_template_values(struct dyn_template_builder *builder, const struct dyn_values *values,
                         size_t from, char delimiter)
{
    for (size_t i = from; i < values->n; i++) {
        if (i != from) {
            dyn_template_literal(builder, dyn_dup(builder->arena, dynr_str_make(&delimiter, 1)));
        }
        dyn_template_value(builder, values->items[i], false);
    }
}

static size_t template_max_length(const struct dyn_key_piece *pieces, size_t n_pieces, bool native)
{
    size_t length = 0;
    for (size_t i = 0; i < n_pieces; i++) {
        length += pieces[i].literal.len;
        if (pieces[i].value != NULL) {
            length += dyn_value_max_length(pieces[i].value->type, native);
        }
    }
    return length;
}

void dyn_template_finish(struct dyn_template_builder *builder, struct dynr_str attribute,
                         char delimiter, struct dyn_key_template *out)
{
    if (builder->literal.len != 0) {
        add_piece(builder);
    }
    memset(out, 0, sizeof *out);
    out->attribute = attribute;
    out->type = 'S';
    out->delimiter = delimiter;
    out->pieces = builder->pieces;
    out->n_pieces = builder->n;
    out->sparse = builder->sparse;
    out->max_length = template_max_length(out->pieces, out->n_pieces, false);
}

void dyn_template_native(struct dynr_arena *arena, const struct dyn_key_value *value,
                         struct dynr_str attribute, struct dyn_key_template *out)
{
    struct dyn_template_builder builder = {0};
    builder.arena = arena;
    dyn_template_value(&builder, value, false);
    dyn_template_finish(&builder, attribute, DYNR_KEY_DELIMITER, out);
    out->native = true;
    out->type = dyn_native_key_type(value->type);
    out->max_length = template_max_length(out->pieces, out->n_pieces, true);
}

void dyn_template_collect(struct dynr_arena *arena, const struct dyn_key_template *key,
                          struct dyn_values *out)
{
    for (size_t i = 0; i < key->n_pieces; i++) {
        if (key->pieces[i].value != NULL) {
            dyn_values_add(arena, out, key->pieces[i].value);
        }
    }
}

void dyn_key_template_write(const struct dyn_key_template *key, struct dynr_buf *out)
{
    for (size_t i = 0; i < key->n_pieces; i++) {
        dynr_buf_append_str(out, key->pieces[i].literal);
        if (key->pieces[i].value != NULL) {
            dynr_buf_append_char(out, '{');
            dyn_value_write(key->pieces[i].value, out);
            dynr_buf_append_char(out, '}');
        }
    }
}

/* ---- types in keys ----------------------------------------------------------------------------------------- */

char dyn_native_key_type(const struct dyn_type *type)
{
    switch (type->kind) {
    case DYN_TYPE_STRING:
    case DYN_TYPE_EMAIL:
    case DYN_TYPE_URL:
    case DYN_TYPE_DATE:
    case DYN_TYPE_TIMESTAMP:
    case DYN_TYPE_ULID:
    case DYN_TYPE_UUID:
        return 'S';
    case DYN_TYPE_INT:
    case DYN_TYPE_FLOAT:
    case DYN_TYPE_DECIMAL:
    case DYN_TYPE_EPOCH:
    case DYN_TYPE_VERSION:
    case DYN_TYPE_ENUM:
        return 'N';
    case DYN_TYPE_BYTES:
        return 'B';
    case DYN_TYPE_ERROR:
    case DYN_TYPE_JSON:
    case DYN_TYPE_BOOL:
    case DYN_TYPE_STRUCT:
    case DYN_TYPE_REF:
    case DYN_TYPE_LIST:
    case DYN_TYPE_SET:
    case DYN_TYPE_MAP:
    case DYN_TYPE_NULL:
        return 0;
    }
    return 0;
}

/* Bytes of a text of at most `high` code points: four each, which is also more than an escaped one takes. */
static size_t text_max(const struct dyn_type *type, size_t unbounded)
{
    if (!type->has_high || type->high < 0) {
        return unbounded;
    }
    return (uint64_t)type->high > SIZE_MAX / 8 ? SIZE_MAX / 8 : (size_t)type->high * 4;
}

static size_t decimal_digits(int64_t value)
{
    size_t digits = 1;
    while (value >= 10 || value <= -10) {
        value /= 10;
        digits++;
    }
    return digits;
}

static size_t int_max(const struct dyn_type *type)
{
    /* A letter and the digits. */
    int64_t low = type->has_low ? type->low : (type->width == 32 ? INT32_MIN : INT64_MIN);
    int64_t high = type->has_high ? type->high : (type->width == 32 ? INT32_MAX : INT64_MAX);
    size_t of_low = decimal_digits(low);
    size_t of_high = decimal_digits(high);
    return 1 + (of_low > of_high ? of_low : of_high);
}

size_t dyn_value_max_length(const struct dyn_type *type, bool native)
{
    switch (type->kind) {
    case DYN_TYPE_EMAIL:
        return text_max(type, (size_t)254 * 4);
    case DYN_TYPE_STRING:
    case DYN_TYPE_URL:
    case DYN_TYPE_JSON:
        return text_max(type, DYN_UNBOUNDED_TEXT);
    case DYN_TYPE_BOOL:
        return 1;
    case DYN_TYPE_INT:
        return int_max(type);
    case DYN_TYPE_FLOAT:
    case DYN_TYPE_DECIMAL:
        return 43;
    case DYN_TYPE_BYTES: {
        size_t high = type->has_high && type->high >= 0 ? (size_t)type->high : DYN_UNBOUNDED_TEXT;
        return native ? high : dynr_key_text_max(high);
    }
    case DYN_TYPE_DATE:
        return DYNR_DATE_LENGTH;
    case DYN_TYPE_TIMESTAMP:
        return DYNR_TIMESTAMP_LENGTH;
    case DYN_TYPE_EPOCH:
    case DYN_TYPE_VERSION:
        return 20;
    case DYN_TYPE_ENUM:
        return 11;
    case DYN_TYPE_ULID:
        return 26;
    case DYN_TYPE_UUID:
        return 36;
    case DYN_TYPE_ERROR:
    case DYN_TYPE_STRUCT:
    case DYN_TYPE_REF:
    case DYN_TYPE_LIST:
    case DYN_TYPE_SET:
    case DYN_TYPE_MAP:
    case DYN_TYPE_NULL:
        return 0;
    }
    return 0;
}
