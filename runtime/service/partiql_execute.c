/* SPDX-License-Identifier: Apache-2.0 */
/* ExecuteStatement. */
#include "service/partiql.h"

static bool execute_write(const struct service_statement *statement)
{
    struct service_call *call = statement->call;
    struct dynr_buf *out = &call->answer.buf;
    struct dynr_request request;
    struct dynr_response response;
    if (!dynr_statement_write_request(statement, &call->input, &request)) {
        return false;
    }
    request.want_capacity = dynr_service_capacity(&call->input) != SERVICE_CAPACITY_NONE;
    if (!dynr_statement_execute(statement, &request, &response)) {
        return false;
    }
    dynr_buf_append_char(out, '{');
    dynr_service_key(out, "Items");
    dynr_buf_append_char(out, '[');
    if (dynr_service_members(response.item).len > 0) {
        dynr_buf_append_str(out, response.item);
    }
    dynr_buf_append_char(out, ']');
    dynr_service_write_capacity(call, &response, false, false);
    dynr_buf_append_char(out, '}');
    return true;
}

bool dynr_service_execute_statement(struct service_call *call)
{
    struct service_statement statement;
    if (!dynr_statement_parse(call, &call->input, &statement)) {
        return false;
    }
    if (statement.tree->kind == DYNR_PARTIQL_EXISTS) {
        return dynr_service_invalid(call, "EXISTS is for ExecuteTransaction alone");
    }
    if (!dynr_statement_find_table(&statement)) {
        return false;
    }
    return dynr_statement_is_read(statement.tree) ? dynr_statement_read_page(&statement)
                                                  : execute_write(&statement);
}
