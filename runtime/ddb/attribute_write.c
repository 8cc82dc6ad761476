/* SPDX-License-Identifier: Apache-2.0 */
/* Canonical DynamoDB JSON, and the names of types. */
#include "ddb/attribute.h"

#include "base/base64.h"

static const char *const type_names[] = {
    [DYNR_ATTRIBUTE_NONE] = "", [DYNR_ATTRIBUTE_S] = "S",       [DYNR_ATTRIBUTE_N] = "N",
    [DYNR_ATTRIBUTE_B] = "B",   [DYNR_ATTRIBUTE_BOOL] = "BOOL", [DYNR_ATTRIBUTE_NULL] = "NULL",
    [DYNR_ATTRIBUTE_M] = "M",   [DYNR_ATTRIBUTE_L] = "L",       [DYNR_ATTRIBUTE_SS] = "SS",
    [DYNR_ATTRIBUTE_NS] = "NS", [DYNR_ATTRIBUTE_BS] = "BS",
};

const char *dynr_attribute_type_name(enum dynr_attribute_type type)
{
    return type_names[type];
}

/* The types of one letter, which nearly all values have. */
static enum dynr_attribute_type parse_letter(char c)
{
    switch (c) {
    case 'S':
        return DYNR_ATTRIBUTE_S;
    case 'N':
        return DYNR_ATTRIBUTE_N;
    case 'B':
        return DYNR_ATTRIBUTE_B;
    case 'M':
        return DYNR_ATTRIBUTE_M;
    case 'L':
        return DYNR_ATTRIBUTE_L;
    default:
        return DYNR_ATTRIBUTE_NONE;
    }
}

enum dynr_attribute_type dynr_attribute_type_parse(struct dynr_str name)
{
    static const enum dynr_attribute_type types[] = {
        DYNR_ATTRIBUTE_BOOL, DYNR_ATTRIBUTE_NULL, DYNR_ATTRIBUTE_SS,
        DYNR_ATTRIBUTE_NS,   DYNR_ATTRIBUTE_BS,
    };
    if (name.len == 1) {
        return parse_letter(name.ptr[0]);
    }
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (dynr_str_equal_c(name, type_names[types[i]])) {
            return types[i];
        }
    }
    return DYNR_ATTRIBUTE_NONE;
}

static void write_scalar(const struct dynr_attribute *value, struct dynr_buf *out)
{
    switch (value->type) {
    case DYNR_ATTRIBUTE_S:
        dynr_buf_append_json_string(out, value->text);
        break;
    case DYNR_ATTRIBUTE_B:
        dynr_buf_append_char(out, '"');
        dynr_buf_append_base64(
            out, (struct dynr_bytes){(const uint8_t *)value->text.ptr, value->text.len});
        dynr_buf_append_char(out, '"');
        break;
    case DYNR_ATTRIBUTE_BOOL:
    case DYNR_ATTRIBUTE_NULL:
        dynr_buf_append_c(out,
                          value->boolean || value->type == DYNR_ATTRIBUTE_NULL ? "true" : "false");
        break;
    case DYNR_ATTRIBUTE_NONE:
    case DYNR_ATTRIBUTE_N:
    case DYNR_ATTRIBUTE_M:
    case DYNR_ATTRIBUTE_L:
    case DYNR_ATTRIBUTE_SS:
    case DYNR_ATTRIBUTE_NS:
    case DYNR_ATTRIBUTE_BS:
        dynr_buf_append_char(out, '"');
        dynr_buf_append_str(out, value->text);
        dynr_buf_append_char(out, '"');
        break;
    }
}

static void write_elements(const struct dynr_attribute *value, struct dynr_buf *out)
{
    dynr_buf_append_char(out, '[');
    for (size_t i = 0; i < value->n_children; i++) {
        if (i > 0) {
            dynr_buf_append_char(out, ',');
        }
        if (value->type == DYNR_ATTRIBUTE_L) {
            dynr_attribute_write(&value->elements[i], out);
        } else {
            write_scalar(&value->elements[i], out);
        }
    }
    dynr_buf_append_char(out, ']');
}

void dynr_attribute_write(const struct dynr_attribute *value, struct dynr_buf *out)
{
    dynr_buf_append_c(out, "{\"");
    dynr_buf_append_c(out, type_names[value->type]);
    dynr_buf_append_c(out, "\":");
    switch (value->type) {
    case DYNR_ATTRIBUTE_M:
        dynr_item_write(value, out);
        break;
    case DYNR_ATTRIBUTE_L:
    case DYNR_ATTRIBUTE_SS:
    case DYNR_ATTRIBUTE_NS:
    case DYNR_ATTRIBUTE_BS:
        write_elements(value, out);
        break;
    case DYNR_ATTRIBUTE_NONE:
    case DYNR_ATTRIBUTE_S:
    case DYNR_ATTRIBUTE_N:
    case DYNR_ATTRIBUTE_B:
    case DYNR_ATTRIBUTE_BOOL:
    case DYNR_ATTRIBUTE_NULL:
        write_scalar(value, out);
        break;
    }
    dynr_buf_append_char(out, '}');
}

void dynr_item_write(const struct dynr_attribute *item, struct dynr_buf *out)
{
    dynr_buf_append_char(out, '{');
    for (size_t i = 0; i < item->n_children; i++) {
        if (i > 0) {
            dynr_buf_append_char(out, ',');
        }
        dynr_buf_append_json_string(out, item->members[i].name);
        dynr_buf_append_char(out, ':');
        dynr_attribute_write(&item->members[i].value, out);
    }
    dynr_buf_append_char(out, '}');
}
