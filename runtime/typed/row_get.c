/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One row by its key.
 */
#include "typed/key.h"
#include "typed/read.h"

static enum dynr_status not_found(const struct dynr_entity_desc *entity, struct dynr_error *err)
{
    return dynr_fail(err, DYNR_ERR_NOT_FOUND, "there is no such %s", entity->name);
}

enum dynr_status dynr_row_get(struct dynr_client *client, const struct dynr_entity_desc *entity,
                              const void *key, const struct dynr_struct_desc *desc, unsigned flags,
                              struct dynr_arena *arena, void *out_row, struct dynr_error *err)
{
    struct dynr_placeholders placeholders;
    struct dynr_row_read read;
    struct dynr_request request = DYNR_REQUEST_INIT;
    struct dynr_response response;
    dynr_placeholders_init(&placeholders, arena);
    enum dynr_status status = dynr_entity_key_json(entity, key, arena, &request.key, err);
    if (status == DYNR_OK) {
        status = dynr_row_read_prepare(&read, client, entity, desc, flags, false, NULL,
                                       &placeholders, arena, err);
    }
    if (status == DYNR_OK) {
        status = dynr_placeholders_finish(&placeholders, &request, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    request.operation = DYNR_GET_ITEM;
    request.table = read.table;
    request.projection = read.projection;
    request.consistent_read = (flags & DYNR_READ_EVENTUAL) == 0;
    status = dynr_client_call(client, &request, arena, &response, err);
    if (status != DYNR_OK) {
        return status;
    }
    if (response.item.len == 0) {
        return not_found(entity, err);
    }
    bool visible = false;
    status = dynr_row_read_decode(&read, response.item, NULL, arena, out_row, &visible, err);
    if (status == DYNR_OK && !visible) {
        status = not_found(entity, err);
    }
    return status;
}
