/* SPDX-License-Identifier: Apache-2.0 */
/* CreateTable, DeleteTable, DescribeTable, ListTables. */
#include "service/table.h"

enum {
    MOST_LISTED = 100
};

bool dynr_service_is_no_table(const struct service_call *call)
{
    return call->fault.type != NULL && strcmp(call->fault.type, SERVICE_NO_TABLE) == 0;
}

bool dynr_service_table_not_found(struct service_call *call, struct dynr_str stored)
{
    struct dynr_str name = dynr_service_shown_name(call, stored);
    return dynr_service_fail(call, SERVICE_NO_TABLE,
                             "Requested resource not found: Table: %.*s not found", (int)name.len,
                             name.ptr);
}

bool dynr_service_find_table(struct service_call *call, struct dynr_str name,
                             const struct dynr_table_definition **out)
{
    struct dynr_request request = DYNR_REQUEST_INIT;
    struct dynr_response response;
    request.operation = DYNR_DESCRIBE_TABLE;
    request.table = name;
    if (!dynr_service_execute(call, &request, &response)) {
        if (dynr_service_is_no_table(call)) {
            (void)dynr_service_table_not_found(call, name);
        }
        return false;
    }
    *out = response.table;
    return true;
}

static bool answer(struct service_call *call, const char *member,
                   const struct dynr_table_definition *table, const char *status,
                   const char *index_status)
{
    dynr_buf_append_char(&call->answer.buf, '{');
    if (!dynr_service_write_table(call, member, table, status, index_status)) {
        return false;
    }
    dynr_buf_append_char(&call->answer.buf, '}');
    return true;
}

bool dynr_service_create_table(struct service_call *call)
{
    struct dynr_table_definition definition;
    struct dynr_request request = DYNR_REQUEST_INIT;
    struct dynr_response response;
    if (!dynr_service_read_definition(call, &definition)) {
        return false;
    }
    request.operation = DYNR_CREATE_TABLE;
    request.definition = &definition;
    if (!dynr_service_execute(call, &request, &response)) {
        if (strcmp(call->fault.type, SERVICE_IN_USE) == 0) {
            struct dynr_str name = dynr_service_shown_name(call, definition.name);
            return dynr_service_fail(call, SERVICE_IN_USE, "Table already exists: %.*s",
                                     (int)name.len, name.ptr);
        }
        return false;
    }
    const struct dynr_table_definition *table;
    return dynr_service_find_table(call, definition.name, &table) &&
           answer(call, "TableDescription", table, "CREATING", "CREATING");
}

bool dynr_service_delete_table(struct service_call *call)
{
    const struct dynr_table_definition *table;
    struct dynr_request request = DYNR_REQUEST_INIT;
    struct dynr_response response;
    request.operation = DYNR_DELETE_TABLE;
    if (!dynr_service_table(call, &call->input, &request.table) ||
        !dynr_service_find_table(call, request.table, &table)) {
        return false;
    }
    if (table->deletion_protection) {
        return dynr_service_invalid(call, "Resource cannot be deleted as it is currently protected "
                                          "against deletion. Disable deletion protection first.");
    }
    if (!dynr_service_execute(call, &request, &response)) {
        if (dynr_service_is_no_table(call)) {
            (void)dynr_service_table_not_found(call, request.table);
        }
        return false;
    }
    return answer(call, "TableDescription", table, "DELETING", NULL);
}

bool dynr_service_describe_table(struct service_call *call)
{
    const struct dynr_table_definition *table;
    struct dynr_str name;
    return dynr_service_table(call, &call->input, &name) &&
           dynr_service_find_table(call, name, &table) &&
           answer(call, "Table", table, "ACTIVE", NULL);
}

/* ---- ListTables ---- */

static void write_names(struct service_call *call, const struct dynr_response *response,
                        struct dynr_str prefix)
{
    struct dynr_buf *out = &call->answer.buf;
    size_t n = 0;
    dynr_buf_append_char(out, '{');
    dynr_service_key(out, "TableNames");
    dynr_buf_append_char(out, '[');
    while (n < response->n_table_names && dynr_str_starts_with(response->table_names[n], prefix)) {
        dynr_buf_append_c(out, n == 0 ? "" : ",");
        dynr_buf_append_json_string(out, dynr_service_shown_name(call, response->table_names[n]));
        n++;
    }
    dynr_buf_append_char(out, ']');
    if (response->last_table.len > 0 && n > 0 && n == response->n_table_names) {
        dynr_service_key_text(out, "LastEvaluatedTableName",
                              dynr_service_shown_name(call, response->last_table));
    }
    dynr_buf_append_char(out, '}');
}

/* What comes after a page may be others' tables: then it was the last one. */
static bool end_page(struct service_call *call, struct dynr_str prefix,
                     struct dynr_response *response)
{
    struct dynr_request request = DYNR_REQUEST_INIT;
    struct dynr_response next;
    if (prefix.len == 0 || response->last_table.len == 0) {
        return true;
    }
    request.operation = DYNR_LIST_TABLES;
    request.limit = 1;
    request.start_table = response->last_table;
    if (!dynr_service_execute(call, &request, &next)) {
        return false;
    }
    if (next.n_table_names == 0 || !dynr_str_starts_with(next.table_names[0], prefix)) {
        response->last_table = dynr_str_make("", 0);
    }
    return true;
}

bool dynr_service_list_tables(struct service_call *call)
{
    struct dynr_request request = DYNR_REQUEST_INIT;
    struct dynr_response response;
    struct dynr_str prefix;
    const struct service_node *limit = dynr_node_member(&call->input, SERVICE_FIELD_LIMIT);
    struct dynr_str start = dynr_node_text(&call->input, SERVICE_FIELD_EXCLUSIVE_START_TABLE_NAME);
    request.operation = DYNR_LIST_TABLES;
    request.limit = dynr_node_is_present(limit) ? (uint32_t)limit->number : MOST_LISTED;
    if (!dynr_service_prefix(call, &prefix)) {
        return false;
    }
    request.start_table = prefix;
    if (start.len > 0 && !dynr_service_stored_name(call, start, &request.start_table)) {
        return false;
    }
    if (!dynr_service_execute(call, &request, &response) || !end_page(call, prefix, &response)) {
        return false;
    }
    write_names(call, &response, prefix);
    return true;
}
