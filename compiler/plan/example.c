/* SPDX-License-Identifier: Apache-2.0 */
/* Example keys for documents and `dynrc tables`: the same value for the same type, always. */
#include "plan/derive.h"

#include "base/key_codec.h"

static void append_text(const struct dyn_key_template *key, const char *text, struct dynr_buf *out)
{
    if (key->native) {
        dynr_buf_append_c(out, text);
        return;
    }
    dynr_key_append_text(out, dynr_str_from_c(text), key->delimiter);
}

static void append_int(const struct dyn_key_template *key, int64_t value, struct dynr_buf *out)
{
    if (key->native) {
        dynr_buf_append_int(out, value);
        return;
    }
    dynr_key_append_int(out, value);
}

static int64_t example_int(const struct dyn_type *type)
{
    int64_t value = 42;
    if (type->has_low && value < type->low) {
        value = type->low;
    }
    if (type->has_high && value > type->high) {
        value = type->high;
    }
    return value;
}

static void append_example(const struct dyn_key_template *key, const struct dyn_key_value *value,
                           struct dynr_buf *out)
{
    static const uint8_t bytes[] = {0xCA, 0xFE};
    const struct dyn_type *type = value->type;
    switch (type->kind) {
    case DYN_TYPE_EMAIL:
        append_text(key, "ada@example.com", out);
        return;
    case DYN_TYPE_URL:
        append_text(key, "https://example.com/", out);
        return;
    case DYN_TYPE_BOOL:
        dynr_key_append_bool(out, true);
        return;
    case DYN_TYPE_INT:
    case DYN_TYPE_VERSION:
        append_int(key, example_int(type), out);
        return;
    case DYN_TYPE_ENUM:
        append_int(key,
                   type->enumeration != NULL && type->enumeration->n_values != 0
                       ? type->enumeration->values[0].tag
                       : 1,
                   out);
        return;
    case DYN_TYPE_EPOCH:
        append_int(key, 1769860800, out);
        return;
    case DYN_TYPE_FLOAT:
    case DYN_TYPE_DECIMAL: {
        struct dynr_decimal decimal;
        decimal.text = dynr_str_from_c("12.5");
        if (key->native) {
            dynr_buf_append_str(out, decimal.text);
        } else {
            dynr_key_append_decimal(out, decimal);
        }
        return;
    }
    case DYN_TYPE_BYTES: {
        struct dynr_bytes sample;
        sample.ptr = bytes;
        sample.len = sizeof bytes;
        dynr_key_append_bytes(out, sample);
        return;
    }
    case DYN_TYPE_DATE:
        append_text(key, "2026-01-31", out);
        return;
    case DYN_TYPE_TIMESTAMP:
        append_text(key, "2026-01-31T12:00:00.000Z", out);
        return;
    case DYN_TYPE_ULID:
        append_text(key, "01HV6ZK3QJ8X5W2M9R4T7Y0ABC", out);
        return;
    case DYN_TYPE_UUID:
        append_text(key, "3f2b8c1e-5d47-4a90-8e6b-1c2d3e4f5a6b", out);
        return;
    case DYN_TYPE_STRING:
    case DYN_TYPE_JSON:
    case DYN_TYPE_ERROR:
    case DYN_TYPE_STRUCT:
    case DYN_TYPE_REF:
    case DYN_TYPE_LIST:
    case DYN_TYPE_SET:
    case DYN_TYPE_MAP:
    case DYN_TYPE_NULL:
        /* A text has its field's name as example: it reads best beside the template. */
        if (key->native) {
            dynr_buf_append_str(out, value->path[value->n_path - 1]->name->text);
        } else {
            dynr_key_append_text(out, value->path[value->n_path - 1]->name->text, key->delimiter);
        }
        return;
    }
}

void dyn_key_template_example(const struct dyn_key_template *key, struct dynr_buf *out)
{
    for (size_t i = 0; i < key->n_pieces; i++) {
        dynr_buf_append_str(out, key->pieces[i].literal);
        if (key->pieces[i].value != NULL) {
            append_example(key, key->pieces[i].value, out);
        }
    }
}
