/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ExpressionAttributeNames and ExpressionAttributeValues, built while the expressions are.
 */
#include "typed/placeholders.h"

#include "typed/encode_item.h"

void dynr_placeholders_init(struct dynr_placeholders *placeholders, struct dynr_arena *arena)
{
    dynr_scratch_init(&placeholders->names, arena);
    dynr_scratch_init(&placeholders->values, arena);
    placeholders->n_made = 0;
}

static struct dynr_buf *begin_entry(struct dynr_buf *buf, struct dynr_str placeholder)
{
    if (buf->len == 0) {
        dynr_buf_reserve(buf, 256);
    }
    dynr_buf_append_char(buf, buf->len == 0 ? '{' : ',');
    dynr_buf_append_json_string(buf, placeholder);
    dynr_buf_append_char(buf, ':');
    return buf;
}

void dynr_placeholders_name(struct dynr_placeholders *placeholders, const char *placeholder,
                            const char *attribute)
{
    struct dynr_buf *names = begin_entry(&placeholders->names.buf, dynr_str_from_c(placeholder));
    dynr_buf_append_json_string(names, dynr_str_from_c(attribute));
}

struct dynr_buf *dynr_placeholders_value(struct dynr_placeholders *placeholders,
                                         const char *placeholder)
{
    return begin_entry(&placeholders->values.buf, dynr_str_from_c(placeholder));
}

/* `#m0` or `:m0`, and so on. */
static struct dynr_str make_placeholder(struct dynr_placeholders *placeholders, char sigil,
                                        char text[16])
{
    char digits[12];
    size_t n_digits = 0;
    unsigned number = placeholders->n_made++;
    do {
        digits[n_digits++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    text[0] = sigil;
    text[1] = 'm';
    for (size_t i = 0; i < n_digits; i++) {
        text[2 + i] = digits[n_digits - 1 - i];
    }
    return dynr_str_make(text, n_digits + 2);
}

void dynr_placeholders_append_name(struct dynr_placeholders *placeholders,
                                   struct dynr_buf *expression, const char *attribute)
{
    char text[16];
    struct dynr_str placeholder = make_placeholder(placeholders, '#', text);
    dynr_buf_append_str(expression, placeholder);
    struct dynr_buf *names = begin_entry(&placeholders->names.buf, placeholder);
    dynr_buf_append_json_string(names, dynr_str_from_c(attribute));
}

struct dynr_buf *dynr_placeholders_append_value(struct dynr_placeholders *placeholders,
                                                struct dynr_buf *expression)
{
    char text[16];
    struct dynr_str placeholder = make_placeholder(placeholders, ':', text);
    dynr_buf_append_str(expression, placeholder);
    return begin_entry(&placeholders->values.buf, placeholder);
}

enum dynr_status dynr_placeholders_filter(struct dynr_placeholders *placeholders,
                                          const struct dynr_filter *filter, struct dynr_error *err)
{
    for (size_t i = 0; filter->names != NULL && filter->names[i] != NULL; i += 2) {
        dynr_placeholders_name(placeholders, filter->names[i], filter->names[i + 1]);
    }
    for (size_t i = 0; i < filter->n_values; i++) {
        const struct dynr_filter_value *value = &filter->values[i];
        struct dynr_buf *out = dynr_placeholders_value(placeholders, value->placeholder);
        enum dynr_status status = dynr_encode_value(value->type, value->value, out, err);
        if (status != DYNR_OK) {
            return status;
        }
    }
    return DYNR_OK;
}

enum dynr_status dynr_placeholders_finish(struct dynr_placeholders *placeholders,
                                          struct dynr_request *request, struct dynr_error *err)
{
    struct dynr_buf *bufs[] = {&placeholders->names.buf, &placeholders->values.buf};
    struct dynr_str *outs[] = {&request->names, &request->values};
    for (size_t i = 0; i < 2; i++) {
        if (bufs[i]->len > 0 || !dynr_buf_ok(bufs[i])) {
            dynr_buf_append_char(bufs[i], '}');
        }
        if (!dynr_buf_ok(bufs[i])) {
            return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
        }
        *outs[i] = dynr_buf_str(bufs[i]);
    }
    return DYNR_OK;
}
