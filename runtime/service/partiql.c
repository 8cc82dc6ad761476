/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a statement, its parameters and its table. */
#include "service/partiql.h"

#include "service/table.h"

static bool read_parameters(struct service_statement *statement,
                            const struct service_node *parameters)
{
    struct service_call *call = statement->call;
    struct dynr_error err = {0};
    struct dynr_attribute *values =
        dynr_arena_calloc(call->arena, parameters->n_children + 1, sizeof *values);
    if (values == NULL) {
        return dynr_service_no_memory(call);
    }
    for (size_t i = 0; i < parameters->n_children; i++) {
        if (dynr_attribute_parse(parameters->children[i].text, call->arena, &values[i], &err) !=
            DYNR_OK) {
            return dynr_service_fail_status(call, &err);
        }
    }
    statement->parameters = values;
    return parameters->n_children == statement->tree->n_parameters ||
           dynr_service_invalid(call, "Number of parameters in request and statement don't match.");
}

bool dynr_statement_parse(struct service_call *call, const struct service_node *structure,
                          struct service_statement *out)
{
    struct dynr_error err = {0};
    *out = (struct service_statement){.call = call};
    if (dynr_partiql_parse(dynr_node_text(structure, SERVICE_FIELD_STATEMENT), call->arena,
                           &out->tree, &err) != DYNR_OK) {
        return dynr_service_fail_status(call, &err);
    }
    return read_parameters(out, dynr_node_member(structure, SERVICE_FIELD_PARAMETERS));
}

bool dynr_statement_find_table(struct service_statement *statement)
{
    struct service_call *call = statement->call;
    if (!dynr_service_stored_name(call, statement->tree->table, &statement->table)) {
        return false;
    }
    if (dynr_service_find_table(call, statement->table, &statement->definition)) {
        return true;
    }
    if (dynr_service_is_no_table(call)) {
        (void)dynr_service_fail(call, SERVICE_NO_TABLE, "Requested resource not found");
    }
    return false;
}

struct dynr_str dynr_statement_place(const struct service_statement *statement, size_t offset,
                                     size_t length)
{
    size_t line;
    size_t column;
    dynr_partiql_position(statement->tree->text, offset, &line, &column);
    struct dynr_str place =
        dynr_arena_printf(statement->call->arena, "at %zu:%zu:%zu", line, column, length);
    return place.ptr == NULL ? dynr_str_make("", 0) : place;
}

void dynr_statement_trim_fault(struct service_call *call)
{
    static const char *const labels[] = {
        "Invalid FilterExpression: ",     "Invalid ConditionExpression: ",
        "Invalid UpdateExpression: ",     "Invalid KeyConditionExpression: ",
        "Invalid ProjectionExpression: ",
    };
    struct dynr_str *message = &call->fault.message;
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        struct dynr_str label = dynr_str_from_c(labels[i]);
        if (dynr_str_starts_with(*message, label)) {
            *message = dynr_str_make(message->ptr + label.len, message->len - label.len);
            return;
        }
    }
}

bool dynr_statement_execute(const struct service_statement *statement,
                            const struct dynr_request *request, struct dynr_response *response)
{
    struct service_call *call = statement->call;
    if (dynr_service_execute(call, request, response)) {
        return true;
    }
    dynr_statement_trim_fault(call);
    if (statement->tree->kind == DYNR_PARTIQL_INSERT &&
        strcmp(call->fault.type, SERVICE_CONDITION_FAILED) == 0) {
        (void)dynr_service_fail(call, SERVICE_DUPLICATE_ITEM, SERVICE_DUPLICATE_TEXT);
        call->fault.is_late = true;
    }
    return false;
}

bool dynr_consumed_add(struct service_call *call, struct dynr_consumed *sum,
                       const struct dynr_response *response)
{
    if (response->n_consumed == 0) {
        return true;
    }
    const struct dynr_consumed *more = &response->consumed[0];
    sum->table = more->table;
    sum->read_units += more->read_units;
    sum->write_units += more->write_units;
    sum->table_read_units += more->table_read_units;
    sum->table_write_units += more->table_write_units;
    if (more->n_indexes == 0) {
        return true;
    }
    /* Reads use one index at most. */
    struct dynr_consumed_index *index = dynr_arena_calloc(call->arena, 1, sizeof *index);
    if (index == NULL) {
        return dynr_service_no_memory(call);
    }
    *index = more->indexes[0];
    if (sum->n_indexes > 0) {
        index->read_units += sum->indexes[0].read_units;
    }
    sum->indexes = index;
    sum->n_indexes = 1;
    return true;
}
