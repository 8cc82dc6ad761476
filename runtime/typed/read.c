/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all reads share.
 */
#include "typed/read.h"

#include "ddb/attribute.h"

/* Whether a field of `desc` before `n_fields` is stored as `attribute`. */
static bool field_covers(const struct dynr_struct_desc *desc, size_t n_fields,
                         const char *attribute)
{
    for (size_t i = 0; i < n_fields; i++) {
        if (desc->fields[i].attribute != NULL &&
            strcmp(desc->fields[i].attribute, attribute) == 0) {
            return true;
        }
    }
    return false;
}

static void append_projected(struct dynr_placeholders *placeholders, struct dynr_buf *out,
                             const char *attribute)
{
    if (out->len > 0) {
        dynr_buf_append_char(out, ',');
    }
    dynr_placeholders_append_name(placeholders, out, attribute);
}

static enum dynr_status build_projection(struct dynr_row_read *read, const char *const *extra,
                                         struct dynr_placeholders *placeholders,
                                         struct dynr_arena *arena, struct dynr_error *err)
{
    const struct dynr_struct_desc *desc = read->desc;
    struct dynr_scratch scratch;
    dynr_scratch_init(&scratch, arena);
    for (size_t i = 0; i < desc->n_fields; i++) {
        const char *attribute = desc->fields[i].attribute;
        if (attribute != NULL && !field_covers(desc, i, attribute)) {
            append_projected(placeholders, &scratch.buf, attribute);
        }
    }
    const char *deleted = read->deleted_attribute;
    if (deleted != NULL && !field_covers(desc, desc->n_fields, deleted)) {
        append_projected(placeholders, &scratch.buf, deleted);
    }
    for (size_t i = 0; extra != NULL && extra[i] != NULL; i++) {
        bool named = field_covers(desc, desc->n_fields, extra[i]) ||
                     (deleted != NULL && strcmp(deleted, extra[i]) == 0);
        for (size_t j = 0; j < i && !named; j++) {
            named = strcmp(extra[j], extra[i]) == 0;
        }
        if (!named) {
            append_projected(placeholders, &scratch.buf, extra[i]);
        }
    }
    if (!dynr_buf_ok(&scratch.buf)) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    read->projection = dynr_buf_str(&scratch.buf);
    return DYNR_OK;
}

enum dynr_status dynr_row_read_prepare(struct dynr_row_read *read, const struct dynr_client *client,
                                       const struct dynr_entity_desc *entity,
                                       const struct dynr_struct_desc *desc, unsigned flags,
                                       bool whole, const char *const *extra,
                                       struct dynr_placeholders *placeholders,
                                       struct dynr_arena *arena, struct dynr_error *err)
{
    read->entity = entity;
    read->desc = desc;
    read->projection = dynr_str_make(NULL, 0);
    read->deleted_attribute = NULL;
    read->table = dynr_client_table_name(client, entity->table, arena);
    if (read->table.ptr == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    if (entity->deleted_at != DYNR_NO_FIELD && (flags & DYNR_READ_DELETED) == 0) {
        read->deleted_attribute = entity->row->fields[entity->deleted_at].attribute;
    }
    if (desc == entity->row || whole) {
        return DYNR_OK;
    }
    return build_projection(read, extra, placeholders, arena, err);
}

bool dynr_item_has(struct dynr_str item, const char *attribute)
{
    struct dynr_str value;
    struct dynr_error err;
    return dynr_item_find(item, dynr_str_from_c(attribute), &value, &err) &&
           !dynr_str_equal_c(value, "{\"NULL\":true}");
}

enum dynr_status dynr_row_read_decode(const struct dynr_row_read *read, struct dynr_str item,
                                      struct dynr_field_order *order, struct dynr_arena *arena,
                                      void *out_row, bool *out_visible, struct dynr_error *err)
{
    const struct dynr_struct_desc *desc = read->desc;
    *out_visible = true;
    enum dynr_status status = dynr_decode_item_ordered(desc, item, order, arena, out_row, err);
    if (status != DYNR_OK || read->deleted_attribute == NULL) {
        return status;
    }
    if (desc == read->entity->row) {
        const struct dynr_field_desc *field = &desc->fields[read->entity->deleted_at];
        *out_visible = !dynr_field_is_present(field, out_row);
    } else {
        *out_visible = !dynr_item_has(item, read->deleted_attribute);
    }
    return DYNR_OK;
}

enum dynr_status dynr_item_fetch(const struct dynr_client *client,
                                 const struct dynr_table_desc *table, struct dynr_str key,
                                 bool consistent, struct dynr_arena *arena, struct dynr_str *out,
                                 struct dynr_error *err)
{
    struct dynr_request request = DYNR_REQUEST_INIT;
    struct dynr_response response;
    request.operation = DYNR_GET_ITEM;
    request.table = dynr_client_table_name(client, table, arena);
    request.key = key;
    request.consistent_read = consistent;
    if (request.table.ptr == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    enum dynr_status status = dynr_client_call(client, &request, arena, &response, err);
    if (status == DYNR_OK && response.item.len == 0) {
        status = dynr_fail(err, DYNR_ERR_NOT_FOUND, NULL);
    }
    *out = response.item;
    return status;
}
