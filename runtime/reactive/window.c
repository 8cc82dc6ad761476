/* SPDX-License-Identifier: Apache-2.0 */
#include "reactive/window.h"

#include "base/json_read.h"
#include "base/key_codec.h"
#include "typed/encode_json.h"

enum {
    PLACE_ABSENT = 1,
    PLACE_PRESENT = 2
};

/* Ascending: absent first, then by value; a part that ends sorts below any that goes on. */
static void append_part(const struct dynr_field_desc *field, bool descending, const void *row,
                        struct dynr_buf *out)
{
    size_t start = out->len;
    if (!dynr_field_is_present(field, row)) {
        dynr_buf_append_char(out, PLACE_ABSENT);
    } else {
        size_t offset = field->offset;
        const struct dynr_type_desc *type = dynr_type_resolve(field->type, &offset);
        dynr_buf_append_char(out, PLACE_PRESENT);
        (void)dynr_key_append_value(type, (const char *)row + offset, DYNR_KEY_DELIMITER, false,
                                    out);
        dynr_buf_append_char(out, DYNR_KEY_DELIMITER);
    }
    for (size_t i = start; descending && dynr_buf_ok(out) && i < out->len; i++) {
        out->ptr[i] = (char)~out->ptr[i];
    }
}

void dynr_window_append_place(const struct dynr_node_info *node, const void *row,
                              struct dynr_buf *out)
{
    const struct dynr_view_node *desc = node->node;
    const struct dynr_field_desc *fields = desc->entity->row->fields;
    for (uint16_t i = 0; i < desc->n_order; i++) {
        append_part(&fields[desc->order[i].field], desc->order[i].descending, row, out);
    }
    bool descending = desc->n_order > 0 && desc->order[0].descending;
    for (uint16_t i = 0; i < desc->n_key; i++) {
        append_part(&fields[desc->key[i]], descending, row, out);
    }
}

static void free_bound(struct dynr_engine *engine, struct dynr_window *window)
{
    dynr_engine_free(engine, window->bytes, (size_t)window->bytes_len + window->text_len);
    window->bytes = NULL;
    window->bytes_len = 0;
    window->text_len = 0;
    window->bounded = false;
}

struct dynr_window *dynr_window_make(struct dynr_engine *engine, struct dynr_group *group,
                                     uint32_t limit)
{
    if (group->window == NULL) {
        group->window = dynr_engine_allocate(engine, sizeof *group->window);
        if (group->window != NULL) {
            group->window->limit = limit;
            group->window->epoch = 1;
        }
    }
    return group->window;
}

void dynr_window_free(struct dynr_engine *engine, struct dynr_window *window)
{
    if (window != NULL) {
        free_bound(engine, window);
        dynr_engine_free(engine, window, sizeof *window);
    }
}

bool dynr_window_is_behind(struct dynr_engine *engine, const struct dynr_node_info *node,
                           const void *row, struct dynr_str place, bool *failed)
{
    dynr_buf_clear(&engine->scratch);
    dynr_window_append_place(node, row, &engine->scratch);
    if (!dynr_buf_ok(&engine->scratch)) {
        *failed = true;
        return false;
    }
    return dynr_str_compare(dynr_buf_str(&engine->scratch), place) > 0;
}

bool dynr_window_holds(struct dynr_engine *engine, const struct dynr_group *group, const void *row,
                       bool *failed)
{
    const struct dynr_window *window = group->window;
    return window == NULL || !window->bounded ||
           !dynr_window_is_behind(engine, group->node, row, dynr_window_place(window), failed);
}

bool dynr_window_append_bound_of(const struct dynr_node_info *node, const void *row,
                                 struct dynr_buf *out)
{
    dynr_buf_append_char(out, '[');
    for (size_t i = 0; i < node->bound.n_fields; i++) {
        const struct dynr_field_desc *field = &node->bound.fields[i];
        dynr_buf_append_c(out, i == 0 ? "" : ",");
        if (!dynr_field_is_present(field, row)) {
            dynr_buf_append_c(out, "null");
        } else if (dynr_encode_json_value(field->type, dynr_field_value(field, row), out, NULL) !=
                   DYNR_OK) {
            return false;
        }
    }
    dynr_buf_append_char(out, ']');
    return dynr_buf_ok(out);
}

bool dynr_window_set(struct dynr_engine *engine, struct dynr_group *group, const void *row)
{
    struct dynr_window *window = group->window;
    if (row == NULL) {
        free_bound(engine, window);
        return true;
    }
    struct dynr_buf *scratch = &engine->scratch;
    dynr_buf_clear(scratch);
    dynr_window_append_place(group->node, row, scratch);
    size_t bytes_len = scratch->len;
    if (!dynr_window_append_bound_of(group->node, row, scratch)) {
        return false;
    }
    char *block = dynr_engine_allocate(engine, scratch->len);
    if (block == NULL) {
        return false;
    }
    memcpy(block, scratch->ptr, scratch->len);
    free_bound(engine, window);
    window->bytes = block;
    window->bytes_len = (uint32_t)bytes_len;
    window->text_len = (uint32_t)(scratch->len - bytes_len);
    window->bounded = true;
    return true;
}

void dynr_window_append_bound(const struct dynr_window *window, struct dynr_buf *out)
{
    if (window->bounded) {
        dynr_buf_append(out, window->bytes + window->bytes_len, window->text_len);
    } else {
        dynr_buf_append_c(out, "null");
    }
}

/* The array's values as members of an object, so that the decoder of inputs reads and checks them. */
static bool rewrite_bound(const struct dynr_node_info *node, struct dynr_str bound,
                          struct dynr_buf *out)
{
    struct dynr_json_reader reader;
    bool first;
    size_t n = 0;
    dynr_json_reader_init(&reader, bound);
    if (dynr_json_peek(&reader) != DYNR_JSON_ARRAY || !dynr_json_enter_array(&reader, &first)) {
        return false;
    }
    while (dynr_json_next_element(&reader, &first)) {
        struct dynr_str value;
        bool is_null = dynr_json_peek(&reader) == DYNR_JSON_NULL;
        if (!dynr_json_skip(&reader, &value) || n == node->bound.n_fields) {
            return false;
        }
        const struct dynr_field_desc *field = &node->bound.fields[n++];
        bool again = false;
        for (size_t i = 0; i + 1 < n; i++) {
            again = again || node->bound.fields[i].offset == field->offset;
        }
        if (!again && !is_null) {
            dynr_buf_append_char(out, out->len == 0 ? '{' : ',');
            dynr_buf_append_json_string(out, dynr_str_make(field->name, field->name_len));
            dynr_buf_append_char(out, ':');
            dynr_buf_append_str(out, value);
        }
    }
    dynr_buf_append_c(out, out->len == 0 ? "{}" : "}");
    return reader.fault == NULL && n == node->bound.n_fields && dynr_json_finish(&reader) &&
           dynr_buf_ok(out);
}

enum dynr_status dynr_window_parse_bound(const struct dynr_node_info *node, struct dynr_str bound,
                                         struct dynr_arena *arena, const void **out)
{
    struct dynr_buf text;
    enum dynr_status status = DYNR_ERR_NO_MEMORY;
    *out = NULL;
    dynr_buf_init(&text, arena->allocator, 0);
    if (rewrite_bound(node, bound, &text)) {
        struct dynr_str json = dynr_arena_dup(arena, dynr_buf_str(&text));
        void *row = json.ptr == NULL ? NULL : dynr_arena_calloc(arena, 1, node->bound.size);
        if (row != NULL) {
            status = dynr_decode_json(&node->bound, json, arena, row, NULL);
        }
        *out = status == DYNR_OK ? row : NULL;
    } else if (dynr_buf_ok(&text)) {
        status = DYNR_ERR_INVALID_ARGUMENT;
    }
    dynr_buf_cleanup(&text);
    return status;
}
