/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PutItem, UpdateItem, DeleteItem and ConditionCheck in three steps: prepare (the caller's thread,
 * no database), evaluate (reads only) and apply. A transaction evaluates all its operations before
 * it applies the first.
 */
#include "local/capacity.h"

/* ---- prepare ---- */

static enum dynr_status check_return_values(const struct dynr_request *request,
                                            struct dynr_error *err)
{
    if (request->operation != DYNR_UPDATE_ITEM && request->return_values > DYNR_RETURN_ALL_OLD) {
        return dynr_local_invalid(err, "ReturnValues can only be ALL_OLD or NONE");
    }
    return DYNR_OK;
}

static enum dynr_status prepare_item(struct local_call *call, struct local_write *write,
                                     struct dynr_error *err)
{
    struct dynr_str text = write->request->item;
    write->has_new = true;
    if (dynr_item_scan(text, call->arena, &write->new_item, &write->new_size)) {
        write->new_reading = LOCAL_OUTLINE;
        write->new_text = text;
    } else {
        enum dynr_status status = dynr_item_parse(text, call->arena, &write->new_item, err);
        if (status == DYNR_OK) {
            status = dynr_local_item_text(&write->new_item, call->arena, text.len + 16,
                                          &write->new_text, err);
        }
        if (status != DYNR_OK) {
            return status;
        }
        write->new_reading = LOCAL_TREE;
        write->new_size = dynr_item_size(&write->new_item);
    }
    if (write->new_size > DYNR_ITEM_MAX_SIZE) {
        return dynr_local_invalid(err, "Item size has exceeded the maximum allowed size");
    }
    return DYNR_OK;
}

static enum dynr_status prepare_expressions(struct local_call *call, struct local_write *write,
                                            struct dynr_error *err)
{
    const struct dynr_request *request = write->request;
    bool is_update = request->operation == DYNR_UPDATE_ITEM;
    bool has_expressions = request->condition.len > 0 || (is_update && request->update.len > 0);
    struct dynr_bindings bindings;
    enum dynr_status status =
        dynr_local_bindings(call, request, has_expressions,
                            is_update ? "UpdateExpression and ConditionExpression are null"
                                      : "ConditionExpression is null",
                            &bindings, err);
    if (status != DYNR_OK || !has_expressions) {
        return status;
    }
    if (is_update) {
        status = dynr_local_bind(call, &bindings, DYNR_EXPRESSION_UPDATE, request->update,
                                 &write->update, err);
    }
    if (status == DYNR_OK) {
        status = dynr_local_bind(call, &bindings, DYNR_EXPRESSION_CONDITION, request->condition,
                                 &write->condition, err);
    }
    return status == DYNR_OK ? dynr_bindings_check_used(&bindings, err) : status;
}

/* What the table's schema says about the request. */
enum dynr_status dynr_local_write_prepare_key(struct local_call *call, struct local_write *write,
                                              struct dynr_error *err)
{
    const struct dynr_request *request = write->request;
    enum dynr_status status;
    if (request->operation == DYNR_PUT_ITEM) {
        status =
            dynr_local_key_of_item(write->table, &write->new_item, call->arena, &write->key, err);
        if (status == DYNR_OK) {
            status = dynr_local_check_index_keys(write->table, &write->new_item, err);
        }
    } else {
        status = dynr_local_key_parse(write->table, request->key, call->arena, &write->key, err);
    }
    if (status == DYNR_OK && request->operation == DYNR_UPDATE_ITEM) {
        status = dynr_item_parse(request->key, call->arena, &write->key_item, err);
    }
    if (status == DYNR_OK) {
        status = dynr_local_check_key_paths(write->table, write->update, err);
    }
    return status == DYNR_OK ? dynr_local_check_key_paths(write->table, write->condition, err)
                             : status;
}

enum dynr_status dynr_local_write_prepare_parts(struct local_call *call,
                                                const struct dynr_request *request,
                                                struct local_write *out, struct dynr_error *err)
{
    memset(out, 0, sizeof *out);
    out->request = request;
    enum dynr_status status = check_return_values(request, err);
    if (status == DYNR_OK && request->operation == DYNR_PUT_ITEM) {
        status = prepare_item(call, out, err);
    }
    if (status == DYNR_OK) {
        status = prepare_expressions(call, out, err);
    }
    if (status == DYNR_OK) {
        status = dynr_local_table_find(call, request->table, &out->table, err);
    }
    return status;
}

enum dynr_status dynr_local_write_prepare(struct local_call *call,
                                          const struct dynr_request *request,
                                          struct local_write *out, struct dynr_error *err)
{
    enum dynr_status status = dynr_local_write_prepare_parts(call, request, out, err);
    return status == DYNR_OK ? dynr_local_write_prepare_key(call, out, err) : status;
}

enum dynr_status dynr_local_write_prepare_put(struct local_call *call,
                                              const struct local_table *table,
                                              const struct dynr_request *request,
                                              struct local_write *out, struct dynr_error *err)
{
    memset(out, 0, sizeof *out);
    out->request = request;
    out->table = table;
    enum dynr_status status = prepare_item(call, out, err);
    return status == DYNR_OK ? dynr_local_write_prepare_key(call, out, err) : status;
}

/* ---- evaluate ---- */

static enum dynr_status read_old_tree(struct local_call *call, struct local_write *write,
                                      struct dynr_error *err)
{
    enum dynr_status status = dynr_item_parse(write->old_text, call->arena, &write->old_item, err);
    if (status != DYNR_OK) {
        write->old_reading = LOCAL_UNREAD;
        return status == DYNR_ERR_NO_MEMORY
                   ? status
                   : dynr_fail(err, DYNR_ERR_CORRUPT, "a stored item cannot be read");
    }
    write->old_reading = LOCAL_TREE;
    return DYNR_OK;
}

enum dynr_status dynr_local_read_old(struct local_call *call, struct local_write *write,
                                     enum local_reading reading, struct dynr_error *err)
{
    size_t size;
    if (!write->exists || write->old_reading >= reading) {
        return DYNR_OK;
    }
    if (reading == LOCAL_OUTLINE &&
        dynr_item_scan(write->old_text, call->arena, &write->old_item, &size)) {
        write->old_reading = LOCAL_OUTLINE;
        return DYNR_OK;
    }
    return read_old_tree(call, write, err);
}

static bool needs_old(const struct local_call *call, const struct local_write *write)
{
    const struct dynr_request *request = write->request;
    return call->wants_capacity || request->operation != DYNR_PUT_ITEM ||
           write->condition != NULL || request->return_values != DYNR_RETURN_NONE ||
           write->table->definition.stream || write->table->n_relations > 0;
}

static enum dynr_status check_condition(struct local_call *call, struct local_write *write,
                                        struct dynr_error *err)
{
    bool holds = false;
    enum dynr_status status = dynr_local_read_old(call, write, LOCAL_OUTLINE, err);
    if (status == DYNR_OK && write->exists && write->old_reading == LOCAL_OUTLINE &&
        !dynr_outline_suffices(write->condition, &write->old_item)) {
        status = dynr_local_read_old(call, write, LOCAL_TREE, err);
    }
    if (status == DYNR_OK) {
        status = dynr_condition_holds(write->condition, write->exists ? &write->old_item : NULL,
                                      call->arena, &holds, err);
    }
    if (status == DYNR_OK && !holds) {
        write->condition_failed = true;
        return dynr_fail(err, DYNR_ERR_CONDITION_FAILED, "The conditional request failed");
    }
    return status;
}

static enum dynr_status evaluate_update(struct local_call *call, struct local_write *write,
                                        struct dynr_error *err)
{
    enum dynr_status status = dynr_local_read_old(call, write, LOCAL_TREE, err);
    if (status != DYNR_OK) {
        return status;
    }
    const struct dynr_attribute *base = write->exists ? &write->old_item : &write->key_item;
    write->has_new = true;
    write->new_reading = LOCAL_TREE;
    if (write->update == NULL) {
        write->new_item = *base;
        write->updated_old = (struct dynr_attribute){.type = DYNR_ATTRIBUTE_M};
        write->updated_new = (struct dynr_attribute){.type = DYNR_ATTRIBUTE_M};
    } else {
        status = dynr_update_apply(write->update, base, write->table->key_names,
                                   write->table->n_keys, call->arena, &write->new_item,
                                   &write->updated_old, &write->updated_new, err);
    }
    if (status == DYNR_OK) {
        write->new_size = dynr_item_size(&write->new_item);
        if (write->new_size > DYNR_ITEM_MAX_SIZE) {
            return dynr_local_invalid(err,
                                      "Item size to update has exceeded the maximum allowed size");
        }
        status = dynr_local_check_index_keys(write->table, &write->new_item, err);
    }
    return status == DYNR_OK ? dynr_local_item_text(&write->new_item, call->arena,
                                                    write->old_text.len + 64, &write->new_text, err)
                             : status;
}

static enum dynr_status meter(struct local_call *call, const struct local_write *write,
                              struct dynr_error *err)
{
    size_t n_bytes =
        write->has_new && write->new_size > write->old_size ? write->new_size : write->old_size;
    return dynr_local_meter_write(call, write->table, LOCAL_NO_INDEX, n_bytes, err);
}

enum dynr_status dynr_local_write_evaluate(struct local_connection *connection,
                                           struct local_call *call, struct local_write *write,
                                           struct dynr_error *err)
{
    enum dynr_status status = DYNR_OK;
    /* It may be the second time. */
    write->exists = false;
    write->old_size = 0;
    write->old_reading = LOCAL_UNREAD;
    write->condition_failed = false;
    if (needs_old(call, write)) {
        status = dynr_local_item_load(connection, write->table, &write->key, call->arena,
                                      &write->old_text, &write->old_size, err);
        write->exists = write->old_text.len > 0;
    }
    if (status == DYNR_OK && write->condition != NULL) {
        status = check_condition(call, write, err);
    }
    if (status == DYNR_OK && write->request->operation == DYNR_UPDATE_ITEM) {
        status = evaluate_update(call, write, err);
    }
    if (call->wants_capacity && (status == DYNR_OK || status == DYNR_ERR_CONDITION_FAILED)) {
        enum dynr_status metered = meter(call, write, err);
        status = metered == DYNR_OK ? status : metered;
    }
    if (status != DYNR_OK) {
        return status;
    }
    write->is_unchanged =
        write->request->operation == DYNR_CONDITION_CHECK || (!write->has_new && !write->exists) ||
        (write->has_new && write->exists && dynr_str_equal(write->old_text, write->new_text));
    return DYNR_OK;
}

/* ---- apply ---- */

static enum dynr_status write_row(struct local_connection *connection,
                                  const struct local_write *write, struct dynr_error *err)
{
    sqlite3_stmt *statement;
    enum dynr_status status = dynr_local_row_statement(
        connection, write->table, 0, write->has_new ? LOCAL_ROW_PUT : LOCAL_ROW_DELETE, &statement,
        err);
    if (status != DYNR_OK) {
        return status;
    }
    dynr_local_bind_bytes(statement, 1, write->key.partition);
    dynr_local_bind_bytes(statement, 2, write->key.sort);
    if (write->has_new) {
        (void)sqlite3_bind_int64(statement, 3, (sqlite3_int64)write->new_size);
        dynr_local_bind_text(statement, 4, write->new_text);
    }
    return dynr_local_finish(connection, write->table, statement, err);
}

static enum dynr_status equal_trees(struct local_call *call, struct local_write *write, bool *out,
                                    struct dynr_error *err)
{
    struct dynr_attribute item = write->new_item;
    enum dynr_status status = dynr_local_read_old(call, write, LOCAL_TREE, err);
    if (status == DYNR_OK && write->new_reading == LOCAL_OUTLINE) {
        status = dynr_item_parse(write->new_text, call->arena, &item, err);
    }
    if (status == DYNR_OK) {
        *out = dynr_attribute_equal(&write->old_item, &item);
    }
    return status;
}

/* Whether the item means something else than before: only then there is a change record. */
static enum dynr_status is_effective(struct local_call *call, struct local_write *write, bool *out,
                                     struct dynr_error *err)
{
    *out = true;
    /*
     * Equal items have canonical texts of equal length: they differ in the order of attributes or
     * set elements.
     */
    if (!write->exists || !write->has_new || write->old_text.len != write->new_text.len) {
        return DYNR_OK;
    }
    bool is_equal = false;
    enum dynr_status status = dynr_local_read_old(call, write, LOCAL_OUTLINE, err);
    if (status == DYNR_OK && write->old_reading == LOCAL_OUTLINE &&
        write->new_reading == LOCAL_OUTLINE) {
        status =
            dynr_outline_equal(&write->old_item, &write->new_item, call->arena, &is_equal, err);
    } else if (status == DYNR_OK) {
        status = equal_trees(call, write, &is_equal, err);
    }
    *out = !is_equal;
    return status;
}

enum dynr_status dynr_local_write_apply(struct local_connection *connection,
                                        struct local_call *call, struct local_write *write,
                                        struct dynr_error *err)
{
    if (write->is_unchanged) {
        return dynr_local_meter_collection(connection, call, write, err);
    }
    bool has_record = write->table->definition.stream;
    enum dynr_status status = dynr_local_before_change(connection, err);
    if (status == DYNR_OK && has_record) {
        status = is_effective(call, write, &has_record, err);
    }
    if (status == DYNR_OK) {
        status = write_row(connection, write, err);
    }
    if (status == DYNR_OK && write->table->n_relations > 0) {
        status = dynr_local_index_update(connection, call, write, err);
    }
    if (status == DYNR_OK && has_record) {
        status = dynr_local_stream_write(connection, call, write, err);
    }
    return status == DYNR_OK ? dynr_local_meter_collection(connection, call, write, err) : status;
}

/* ---- one write as a request ---- */

static enum dynr_status answer(struct local_call *call, const struct local_write *write,
                               struct dynr_response *response, struct dynr_error *err)
{
    const struct dynr_attribute *part = NULL;
    switch (write->request->return_values) {
    case DYNR_RETURN_ALL_OLD:
        response->item = write->old_text;
        break;
    case DYNR_RETURN_ALL_NEW:
        response->item = write->new_text;
        break;
    case DYNR_RETURN_UPDATED_OLD:
        part = &write->updated_old;
        break;
    case DYNR_RETURN_UPDATED_NEW:
        part = &write->updated_new;
        break;
    case DYNR_RETURN_NONE:
        break;
    }
    if (part == NULL || part->n_children == 0) {
        return DYNR_OK;
    }
    return dynr_local_item_text(part, call->arena, 128, &response->item, err);
}

struct write_work {
    struct local_call *call;
    struct local_write write;
};

static enum dynr_status run_write(struct local_connection *connection, void *context,
                                  struct dynr_error *err)
{
    struct write_work *work = context;
    enum dynr_status status = dynr_local_write_evaluate(connection, work->call, &work->write, err);
    return status == DYNR_OK ? dynr_local_write_apply(connection, work->call, &work->write, err)
                             : status;
}

static enum dynr_status finish_write(struct local_call *call, void *context,
                                     enum dynr_status status, struct dynr_response *response,
                                     struct dynr_error *err)
{
    const struct write_work *work = context;
    if (status == DYNR_ERR_CONDITION_FAILED && work->write.request->return_old_on_failure) {
        response->item = work->write.old_text;
    }
    return status == DYNR_OK ? answer(call, &work->write, response, err) : status;
}

enum dynr_status dynr_local_plan_write(struct local_call *call, const struct dynr_request *request,
                                       struct local_plan *out, struct dynr_error *err)
{
    /* Preparing zeroes all but the call. */
    struct write_work *work = dynr_arena_alloc(call->arena, sizeof *work);
    if (work == NULL) {
        return dynr_local_out_of_memory(err);
    }
    work->call = call;
    *out = (struct local_plan){.run = run_write, .finish = finish_write, .work = work};
    return dynr_local_write_prepare(call, request, &work->write, err);
}
