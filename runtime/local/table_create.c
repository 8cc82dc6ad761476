/* SPDX-License-Identifier: Apache-2.0 */
/* CreateTable and DeleteTable. */
#include "local/table.h"

enum dynr_status dynr_local_no_table(struct dynr_str name, struct dynr_error *err)
{
    return dynr_fail(err, DYNR_ERR_NO_TABLE, "Requested resource not found: Table: %.*s not found",
                     (int)name.len, name.ptr);
}

/* ---- CreateTable ---- */

struct create_work {
    struct local_call *call;
    const struct dynr_table_definition *definition;
    /* What the file has: the answer. */
    struct local_table made;
};

enum dynr_status dynr_local_table_create(struct local_connection *connection,
                                         const struct dynr_table_definition *definition,
                                         struct dynr_arena *arena, struct local_table *out,
                                         struct dynr_error *err)
{
    struct dynr_uuid uuid;
    const struct dynr_clock *clock = connection->engine->clock;
    memset(out, 0, sizeof *out);
    enum dynr_status status = dynr_local_table_derive(out, definition, arena, err);
    if (status == DYNR_OK) {
        status = dynr_uuid_generate(clock, &uuid, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    out->definition.table_id = dynr_arena_dup(arena, dynr_uuid_str(&uuid));
    out->definition.created_ms = clock->now_ms(clock->context);
    out->definition.stream_label = dynr_str_make("", 0);
    if (out->definition.table_id.ptr == NULL) {
        return dynr_local_out_of_memory(err);
    }
    if (out->definition.stream) {
        status = dynr_local_stream_create(connection, out, arena, err);
    }
    if (status == DYNR_OK) {
        status = dynr_local_table_insert(connection, out, err);
    }
    return status == DYNR_OK ? dynr_local_relations_create(connection, out, err) : status;
}

static enum dynr_status run_create(struct local_connection *connection, void *context,
                                   struct dynr_error *err)
{
    struct create_work *work = context;
    struct local_table table;
    bool exists;
    enum dynr_status status = dynr_local_before_change(connection, err);
    if (status == DYNR_OK) {
        status =
            dynr_local_table_create(connection, work->definition, work->call->arena, &table, err);
    }
    if (status != DYNR_OK) {
        return status;
    }
    memset(&work->made, 0, sizeof work->made);
    return dynr_local_table_load(connection, work->definition->name, work->call->arena, &work->made,
                                 &exists, err);
}

static enum dynr_status finish_create(struct local_call *call, void *context,
                                      enum dynr_status status, struct dynr_response *response,
                                      struct dynr_error *err)
{
    const struct create_work *work = context;
    (void)call;
    (void)err;
    response->table = &work->made.definition;
    return status;
}

enum dynr_status dynr_local_plan_create_table(struct local_call *call,
                                              const struct dynr_request *request,
                                              struct local_plan *out, struct dynr_error *err)
{
    if (request->definition == NULL) {
        return dynr_local_invalid(
            err, "The parameter 'TableName' is required but was not present in the request");
    }
    struct create_work *work = dynr_arena_calloc(call->arena, 1, sizeof *work);
    if (work == NULL) {
        return dynr_local_out_of_memory(err);
    }
    work->call = call;
    work->definition = request->definition;
    *out = (struct local_plan){.run = run_create, .finish = finish_create, .work = work};
    return dynr_local_table_validate(request->definition, err);
}

/* ---- DeleteTable ---- */

struct delete_work {
    struct local_call *call;
    struct dynr_str name;
    struct local_table gone;
};

static enum dynr_status run_delete(struct local_connection *connection, void *context,
                                   struct dynr_error *err)
{
    struct delete_work *work = context;
    bool exists;
    memset(&work->gone, 0, sizeof work->gone);
    enum dynr_status status =
        dynr_local_table_load(connection, work->name, work->call->arena, &work->gone, &exists, err);
    if (status != DYNR_OK) {
        return status;
    }
    if (!exists) {
        return dynr_local_no_table(work->name, err);
    }
    if (work->gone.definition.deletion_protection) {
        return dynr_local_invalid(
            err, "Resource cannot be deleted as it is currently protected against deletion. "
                 "Disable deletion protection first.");
    }
    status = dynr_local_before_change(connection, err);
    if (status == DYNR_OK) {
        status = dynr_local_table_remove(connection, work->gone.id, &exists, err);
    }
    if (status == DYNR_OK && work->gone.definition.stream) {
        status = dynr_local_stream_close(connection, work->gone.stream_id, err);
    }
    return status == DYNR_OK ? dynr_local_relations_drop(connection, &work->gone, err) : status;
}

static enum dynr_status finish_delete(struct local_call *call, void *context,
                                      enum dynr_status status, struct dynr_response *response,
                                      struct dynr_error *err)
{
    const struct delete_work *work = context;
    (void)err;
    if (status == DYNR_OK) {
        dynr_local_catalog_retire_id(&call->engine->catalog, work->gone.id);
        response->table = &work->gone.definition;
    }
    return status;
}

enum dynr_status dynr_local_plan_delete_table(struct local_call *call,
                                              const struct dynr_request *request,
                                              struct local_plan *out, struct dynr_error *err)
{
    struct delete_work *work = dynr_arena_calloc(call->arena, 1, sizeof *work);
    if (work == NULL) {
        return dynr_local_out_of_memory(err);
    }
    work->call = call;
    work->name = request->table;
    *out = (struct local_plan){.run = run_delete, .finish = finish_delete, .work = work};
    return DYNR_OK;
}
