/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PutItem, UpdateItem, DeleteItem and ConditionCheck in three steps: prepare (the caller's thread,
 * no database), evaluate (reads only) and apply. A transaction evaluates all its operations before
 * it applies the first.
 */
#include "local/engine.h"

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
    enum dynr_status status =
        dynr_item_parse(write->request->item, call->arena, &write->new_item, err);
    if (status != DYNR_OK) {
        return status;
    }
    write->has_new = true;
    write->new_size = dynr_item_size(&write->new_item);
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
static enum dynr_status prepare_key(struct local_call *call, struct local_write *write,
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
        return status != DYNR_OK
                   ? status
                   : dynr_local_item_text(&write->new_item, call->arena, request->item.len + 16,
                                          &write->new_text, err);
    }
    status = dynr_local_key_parse(write->table, request->key, call->arena, &write->key, err);
    if (status == DYNR_OK && request->operation == DYNR_UPDATE_ITEM) {
        status = dynr_item_parse(request->key, call->arena, &write->key_item, err);
    }
    return status;
}

enum dynr_status dynr_local_write_prepare(struct local_call *call,
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
        status = dynr_local_table_find(call->engine, request->table, &out->table, err);
    }
    return status == DYNR_OK ? prepare_key(call, out, err) : status;
}

/* ---- evaluate ---- */

/* The present item's tree, for expressions. */
static enum dynr_status parse_old(struct local_call *call, struct local_write *write,
                                  struct dynr_error *err)
{
    if (!write->exists || write->is_parsed) {
        return DYNR_OK;
    }
    enum dynr_status status = dynr_item_parse(write->old_text, call->arena, &write->old_item, err);
    if (status != DYNR_OK) {
        return status == DYNR_ERR_NO_MEMORY
                   ? status
                   : dynr_fail(err, DYNR_ERR_CORRUPT, "a stored item cannot be read");
    }
    write->is_parsed = true;
    return DYNR_OK;
}

static bool needs_old(const struct local_write *write)
{
    const struct dynr_request *request = write->request;
    return request->operation != DYNR_PUT_ITEM || write->condition != NULL ||
           request->return_values != DYNR_RETURN_NONE || write->table->definition.stream ||
           write->table->definition.n_indexes > 0;
}

static enum dynr_status check_condition(struct local_call *call, struct local_write *write,
                                        struct dynr_error *err)
{
    bool holds = false;
    enum dynr_status status = parse_old(call, write, err);
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
    enum dynr_status status = parse_old(call, write, err);
    if (status != DYNR_OK) {
        return status;
    }
    const struct dynr_attribute *base = write->exists ? &write->old_item : &write->key_item;
    write->has_new = true;
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

enum dynr_status dynr_local_write_evaluate(struct local_connection *connection,
                                           struct local_call *call, struct local_write *write,
                                           struct dynr_error *err)
{
    enum dynr_status status = DYNR_OK;
    /* It may be the second time. */
    write->exists = false;
    write->is_parsed = false;
    write->condition_failed = false;
    if (needs_old(write)) {
        status = dynr_local_item_load(connection, write->table, &write->key, call->arena,
                                      &write->old_text, NULL, err);
        write->exists = write->old_text.len > 0;
    }
    if (status == DYNR_OK && write->condition != NULL) {
        status = check_condition(call, write, err);
    }
    if (status == DYNR_OK && write->request->operation == DYNR_UPDATE_ITEM) {
        status = evaluate_update(call, write, err);
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
    enum dynr_status status = parse_old(call, write, err);
    if (status == DYNR_OK) {
        *out = !dynr_attribute_equal(&write->old_item, &write->new_item);
    }
    return status;
}

enum dynr_status dynr_local_write_apply(struct local_connection *connection,
                                        struct local_call *call, struct local_write *write,
                                        struct dynr_error *err)
{
    if (write->is_unchanged) {
        return DYNR_OK;
    }
    bool has_record = write->table->definition.stream;
    enum dynr_status status = dynr_local_before_change(connection, err);
    if (status == DYNR_OK && has_record) {
        status = is_effective(call, write, &has_record, err);
    }
    if (status == DYNR_OK) {
        status = write_row(connection, write, err);
    }
    if (status == DYNR_OK && write->table->definition.n_indexes > 0) {
        status = dynr_local_index_update(connection, call->arena, write, err);
    }
    if (status == DYNR_OK && has_record) {
        status = dynr_local_stream_write(connection, call, write, err);
    }
    return status;
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

enum dynr_status dynr_local_write_item(struct local_call *call, const struct dynr_request *request,
                                       struct dynr_response *response, struct dynr_error *err)
{
    struct write_work work = {.call = call};
    enum dynr_status status = dynr_local_write_prepare(call, request, &work.write, err);
    if (status == DYNR_OK) {
        status = dynr_local_commit(call, run_write, &work, err);
    }
    if (status == DYNR_ERR_CONDITION_FAILED && request->return_old_on_failure) {
        response->item = work.write.old_text;
    }
    return status == DYNR_OK ? answer(call, &work.write, response, err) : status;
}
