/* SPDX-License-Identifier: Apache-2.0 */
/* Reads carried out with a client of the typed layer, for hosts that may block. */
#include "dynr/engine.h"
#include "typed/procedure.h"

/* A unique value leads to one row by way of its guard: what the first of the two reads saw counts. */
static enum dynr_status read_unique(struct dynr_client *client, struct dynr_engine_read *read)
{
    const struct dynr_query *query = read->query;
    const struct dynr_entity_desc *entity = query->path->entity;
    struct dynr_call_options options = DYNR_CALL_OPTIONS_INIT;
    struct dynr_client *call = NULL;
    void *row = dynr_arena_calloc(read->arena, 1, entity->row->size);
    uint64_t *position = dynr_arena_calloc(read->arena, 1, sizeof *position);
    if (row == NULL || position == NULL) {
        return DYNR_ERR_NO_MEMORY;
    }
    memset(&read->rows, 0, sizeof read->rows);
    options.read_positions = true;
    enum dynr_status status = dynr_client_fork(client, &options, read->arena, &call, NULL);
    if (status != DYNR_OK) {
        return status;
    }
    unsigned flags = query->flags & ~(unsigned)DYNR_READ_POSITIONS;
    status = dynr_row_get_unique(call, query->path, query->probe, entity->row, flags, read->arena,
                                 row, NULL);
    *position = dynr_client_read_position(call);
    read->rows.position = *position;
    if (status == DYNR_ERR_NOT_FOUND) {
        return DYNR_OK;
    }
    if (status == DYNR_OK) {
        read->rows.items = row;
        read->rows.n_items = 1;
        read->rows.positions = position;
    }
    return status;
}

static enum dynr_status read_keys(struct dynr_client *client, struct dynr_engine_read *read)
{
    read->found = dynr_arena_calloc(read->arena, read->n_keys + 1, sizeof(void *));
    read->found_positions = dynr_arena_calloc(read->arena, read->n_keys + 1, sizeof(uint64_t));
    if (read->found == NULL || read->found_positions == NULL) {
        return DYNR_ERR_NO_MEMORY;
    }
    return dynr_row_lookup(client, read->entity, read->keys, read->n_keys, read->arena, read->found,
                           read->found_positions, NULL);
}

static enum dynr_status call(struct dynr_client *client, struct dynr_engine_read *read)
{
    struct dynr_buf text;
    dynr_buf_init(&text, NULL, 0);
    enum dynr_status status = dynr_procedure_output(read->procedure, client, read->caller,
                                                    read->input, read->arena, &text, NULL);
    if (status == DYNR_OK) {
        read->text = dynr_arena_dup(read->arena, dynr_buf_str(&text));
        status = read->text.ptr == NULL ? DYNR_ERR_NO_MEMORY : DYNR_OK;
    }
    dynr_buf_cleanup(&text);
    return status;
}

void dynr_engine_read_run(struct dynr_client *client, struct dynr_engine_read *read)
{
    switch (read->kind) {
    case DYNR_ENGINE_READ_QUERY:
        read->status = read->query->path->kind == DYNR_PATH_UNIQUE
                           ? read_unique(client, read)
                           : dynr_rows_query(client, read->query, read->query->path->entity->row,
                                             read->arena, &read->rows, NULL);
        return;
    case DYNR_ENGINE_READ_KEYS:
        read->status = read_keys(client, read);
        return;
    case DYNR_ENGINE_READ_CALL:
        read->status = call(client, read);
        return;
    case DYNR_ENGINE_READ_LOG:
        break;
    }
    read->status = DYNR_ERR_UNSUPPORTED;
}
