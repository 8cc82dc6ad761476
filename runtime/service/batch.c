/* SPDX-License-Identifier: Apache-2.0 */
/* BatchGetItem and BatchWriteItem. */
#include "service/service.h"

#include "ddb/attribute.h"

enum {
    MOST_GETS = 100,
    MOST_WRITES = 25
};

/* One operation and where it came from. */
struct batch_origin {
    /* Its table, and what it is of the table's list. */
    size_t table;
    const struct service_node *node;
};

struct batch {
    struct service_call *call;
    const char *name;
    const struct service_node *tables;
    struct dynr_request *operations;
    struct batch_origin *origins;
    size_t n_operations;
};

/* What is wrong with an item comes before what its table or the other operations say. */
static bool check_all_items(struct batch *batch)
{
    for (size_t i = 0; i < batch->n_operations; i++) {
        const struct dynr_request *operation = &batch->operations[i];
        bool is_put = operation->operation == DYNR_PUT_ITEM;
        if (!dynr_service_check_item(batch->call, is_put ? operation->item : operation->key)) {
            return false;
        }
    }
    return true;
}

/* The service finds the same key twice before it looks for the table. */
static bool check_duplicates(struct batch *batch)
{
    struct service_call *call = batch->call;
    struct dynr_error err = {0};
    struct dynr_attribute *keys =
        dynr_arena_calloc(call->arena, batch->n_operations + 1, sizeof *keys);
    if (keys == NULL) {
        return dynr_service_no_memory(call);
    }
    for (size_t i = 0; i < batch->n_operations; i++) {
        if (dynr_item_parse(batch->operations[i].key, call->arena, &keys[i], &err) != DYNR_OK) {
            return dynr_service_fail_status(call, &err);
        }
        for (size_t k = 0; k < i; k++) {
            if (batch->origins[k].table == batch->origins[i].table &&
                dynr_attribute_equal(&keys[k], &keys[i])) {
                return dynr_service_invalid(call, "Provided list of item keys contains duplicates");
            }
        }
    }
    return true;
}

/* Of an item without its key, a batch says what it says of keys. */
static void translate_fault(struct service_call *call)
{
    static const char *const begins[] = {
        "One or more parameter values were invalid: Missing the key ",
        "One or more parameter values were invalid: Type mismatch for key ",
    };
    for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++) {
        if (dynr_str_starts_with(call->fault.message, dynr_str_from_c(begins[i]))) {
            call->fault.message =
                dynr_str_from_c("The provided key element does not match the schema");
        }
    }
}

/* False, for a request that failed. */
static bool order_faults(struct batch *batch, bool is_get)
{
    struct service_fault fault = batch->call->fault;
    if (!fault.is_late && check_all_items(batch) && (!is_get || check_duplicates(batch))) {
        batch->call->fault = fault;
        translate_fault(batch->call);
    }
    return false;
}

static bool allocate(struct batch *batch, size_t n_operations)
{
    batch->operations =
        dynr_arena_calloc(batch->call->arena, n_operations + 1, sizeof *batch->operations);
    batch->origins =
        dynr_arena_calloc(batch->call->arena, n_operations + 1, sizeof *batch->origins);
    return (batch->operations != NULL && batch->origins != NULL) ||
           dynr_service_no_memory(batch->call);
}

/* Reads the member RequestItems: at most `most` elements, of which `count` knows the number and `add` takes those of a table. */
static bool read_batch(struct batch *batch, size_t most,
                       size_t (*count)(const struct service_node *tables),
                       bool (*add)(struct batch *batch, size_t table))
{
    struct service_call *call = batch->call;
    batch->tables = dynr_node_member(&call->input, SERVICE_FIELD_REQUEST_ITEMS);
    if (batch->tables->n_children == 0) {
        return dynr_service_invalid(call, "The requestItems parameter is required for %s",
                                    batch->name);
    }
    if (count(batch->tables) > most) {
        return dynr_service_invalid(call, "Too many items requested for the %s call", batch->name);
    }
    if (!allocate(batch, most)) {
        return false;
    }
    for (size_t i = 0; i < batch->tables->n_children; i++) {
        if (!add(batch, i)) {
            return false;
        }
    }
    return true;
}

/* Operations that were not carried out, back in the form in which they came. */
static bool is_unprocessed(const struct dynr_response *response, size_t position)
{
    for (size_t i = 0; i < response->n_unprocessed; i++) {
        if (response->unprocessed[i] == position) {
            return true;
        }
    }
    return false;
}

/* ---- BatchGetItem ---- */

static const enum service_field get_expressions[] = {SERVICE_FIELD_PROJECTION_EXPRESSION,
                                                     SERVICE_FIELD_COUNT};
static const enum service_field get_others[] = {SERVICE_FIELD_ATTRIBUTES_TO_GET,
                                                SERVICE_FIELD_COUNT};

static size_t count_keys(const struct service_node *tables)
{
    size_t n = 0;
    for (size_t i = 0; i < tables->n_children; i++) {
        n += dynr_node_member(&tables->children[i], SERVICE_FIELD_KEYS)->n_children;
    }
    return n;
}

static bool add_gets(struct batch *batch, size_t table)
{
    static const struct service_expression_rule rule = {get_expressions, get_others, NULL};
    const struct service_node *node = &batch->tables->children[table];
    const struct service_node *keys = dynr_node_member(node, SERVICE_FIELD_KEYS);
    struct service_expressions expressions;
    struct dynr_request get = DYNR_REQUEST_INIT;
    get.operation = DYNR_GET_ITEM;
    get.consistent_read = dynr_node_true(node, SERVICE_FIELD_CONSISTENT_READ);
    if (!dynr_service_stored_name(batch->call, batch->tables->keys[table], &get.table) ||
        !dynr_service_expressions(batch->call, node, &rule, &expressions)) {
        return false;
    }
    get.projection = expressions.projection;
    get.names = expressions.names;
    for (size_t i = 0; i < keys->n_children; i++) {
        size_t position = batch->n_operations++;
        get.key = keys->children[i].text;
        batch->operations[position] = get;
        batch->origins[position] = (struct batch_origin){.table = table, .node = node};
    }
    return true;
}

static void write_responses(const struct batch *batch, const struct dynr_response *response,
                            struct dynr_buf *out)
{
    dynr_service_key(out, "Responses");
    dynr_buf_append_char(out, '{');
    size_t position = 0;
    for (size_t table = 0; table < batch->tables->n_children; table++) {
        bool any = false;
        dynr_buf_append_c(out, table == 0 ? "" : ",");
        dynr_buf_append_json_string(out, batch->tables->keys[table]);
        dynr_buf_append_c(out, ":[");
        for (; position < batch->n_operations && batch->origins[position].table == table;
             position++) {
            if (response->items[position].len > 0) {
                dynr_buf_append_c(out, any ? "," : "");
                dynr_buf_append_str(out, response->items[position]);
                any = true;
            }
        }
        dynr_buf_append_char(out, ']');
    }
    dynr_buf_append_char(out, '}');
}

static void write_get_settings(const struct service_node *node, struct dynr_buf *out)
{
    const struct service_node *names = dynr_node_member(node, SERVICE_FIELD_ATTRIBUTES_TO_GET);
    if (dynr_node_is_present(names)) {
        dynr_service_key(out, "AttributesToGet");
        for (size_t i = 0; i < names->n_children; i++) {
            dynr_buf_append_char(out, i == 0 ? '[' : ',');
            dynr_buf_append_json_string(out, names->children[i].text);
        }
        dynr_buf_append_char(out, ']');
    }
    if (dynr_node_true(node, SERVICE_FIELD_CONSISTENT_READ)) {
        dynr_service_key(out, "ConsistentRead");
        dynr_buf_append_c(out, "true");
    }
    if (dynr_node_has(node, SERVICE_FIELD_PROJECTION_EXPRESSION)) {
        dynr_service_key_text(out, "ProjectionExpression",
                              dynr_node_text(node, SERVICE_FIELD_PROJECTION_EXPRESSION));
    }
    if (dynr_node_has(node, SERVICE_FIELD_EXPRESSION_ATTRIBUTE_NAMES)) {
        dynr_service_key(out, "ExpressionAttributeNames");
        dynr_buf_append_str(out, dynr_node_text(node, SERVICE_FIELD_EXPRESSION_ATTRIBUTE_NAMES));
    }
}

static void write_unprocessed_keys(const struct batch *batch, const struct dynr_response *response,
                                   struct dynr_buf *out)
{
    size_t last_table = SIZE_MAX;
    dynr_service_key(out, "UnprocessedKeys");
    dynr_buf_append_char(out, '{');
    for (size_t i = 0; i < batch->n_operations; i++) {
        const struct batch_origin *origin = &batch->origins[i];
        if (!is_unprocessed(response, i)) {
            continue;
        }
        if (origin->table != last_table) {
            dynr_buf_append_c(out, last_table == SIZE_MAX ? "" : "]},");
            dynr_buf_append_json_string(out, batch->tables->keys[origin->table]);
            dynr_buf_append_c(out, ":{");
            write_get_settings(origin->node, out);
            dynr_service_key(out, "Keys");
        }
        dynr_buf_append_char(out, origin->table != last_table ? '[' : ',');
        dynr_buf_append_str(out, batch->operations[i].key);
        last_table = origin->table;
    }
    dynr_buf_append_c(out, last_table == SIZE_MAX ? "}" : "]}}");
}

bool dynr_service_batch_get_item(struct service_call *call)
{
    struct dynr_request request = DYNR_REQUEST_INIT;
    struct dynr_response response;
    struct batch batch = {.call = call, .name = "BatchGetItem"};
    if (!read_batch(&batch, MOST_GETS, count_keys, add_gets)) {
        return false;
    }
    request.operation = DYNR_BATCH_GET_ITEM;
    request.operations = batch.operations;
    request.n_operations = batch.n_operations;
    request.want_capacity = dynr_service_capacity(&call->input) != SERVICE_CAPACITY_NONE;
    if (!dynr_service_execute(call, &request, &response)) {
        return order_faults(&batch, true);
    }
    struct dynr_buf *out = &call->answer.buf;
    dynr_buf_append_char(out, '{');
    write_responses(&batch, &response, out);
    write_unprocessed_keys(&batch, &response, out);
    dynr_service_write_capacity(call, &response, true, false);
    dynr_buf_append_char(out, '}');
    return true;
}

/* ---- BatchWriteItem ---- */

static size_t count_writes(const struct service_node *tables)
{
    size_t n = 0;
    for (size_t i = 0; i < tables->n_children; i++) {
        n += tables->children[i].n_children;
    }
    return n;
}

static bool add_writes(struct batch *batch, size_t table)
{
    const struct service_node *list = &batch->tables->children[table];
    struct dynr_str name;
    if (!dynr_service_stored_name(batch->call, batch->tables->keys[table], &name)) {
        return false;
    }
    for (size_t i = 0; i < list->n_children; i++) {
        const struct service_node *node = &list->children[i];
        const struct service_node *put = dynr_node_member(node, SERVICE_FIELD_PUT_REQUEST);
        const struct service_node *remove = dynr_node_member(node, SERVICE_FIELD_DELETE_REQUEST);
        size_t position = batch->n_operations;
        struct dynr_request *operation = &batch->operations[position];
        if (dynr_node_is_present(put) == dynr_node_is_present(remove)) {
            return dynr_service_invalid(
                batch->call, "Supplied AttributeValue has more than one datatypes set, must "
                             "contain exactly one of the supported datatypes");
        }
        *operation = (struct dynr_request)DYNR_REQUEST_INIT;
        operation->operation = dynr_node_is_present(put) ? DYNR_PUT_ITEM : DYNR_DELETE_ITEM;
        operation->table = name;
        operation->item = dynr_node_text(put, SERVICE_FIELD_ITEM);
        operation->key = dynr_node_text(remove, SERVICE_FIELD_KEY);
        batch->origins[position] = (struct batch_origin){.table = table, .node = node};
        batch->n_operations++;
    }
    return true;
}

static void write_unprocessed_items(const struct batch *batch, const struct dynr_response *response,
                                    struct dynr_buf *out)
{
    size_t last_table = SIZE_MAX;
    dynr_service_key(out, "UnprocessedItems");
    dynr_buf_append_char(out, '{');
    for (size_t i = 0; i < batch->n_operations; i++) {
        const struct dynr_request *operation = &batch->operations[i];
        size_t table = batch->origins[i].table;
        bool is_put = operation->operation == DYNR_PUT_ITEM;
        if (!is_unprocessed(response, i)) {
            continue;
        }
        if (table != last_table) {
            dynr_buf_append_c(out, last_table == SIZE_MAX ? "" : "],");
            dynr_buf_append_json_string(out, batch->tables->keys[table]);
            dynr_buf_append_char(out, ':');
        }
        dynr_buf_append_char(out, table != last_table ? '[' : ',');
        dynr_buf_append_c(out,
                          is_put ? "{\"PutRequest\":{\"Item\":" : "{\"DeleteRequest\":{\"Key\":");
        dynr_buf_append_str(out, is_put ? operation->item : operation->key);
        dynr_buf_append_c(out, "}}");
        last_table = table;
    }
    dynr_buf_append_c(out, last_table == SIZE_MAX ? "}" : "]}");
}

bool dynr_service_batch_write_item(struct service_call *call)
{
    struct dynr_request *request = &call->write.request;
    struct batch *batch = dynr_arena_calloc(call->arena, 1, sizeof *batch);
    if (batch == NULL) {
        return dynr_service_no_memory(call);
    }
    *batch = (struct batch){.call = call, .name = "BatchWriteItem"};
    if (!read_batch(batch, MOST_WRITES, count_writes, add_writes)) {
        return false;
    }
    *request = (struct dynr_request)DYNR_REQUEST_INIT;
    request->operation = DYNR_BATCH_WRITE_ITEM;
    request->operations = batch->operations;
    request->n_operations = batch->n_operations;
    request->want_capacity = dynr_service_capacity(&call->input) != SERVICE_CAPACITY_NONE;
    request->want_collections = dynr_service_wants_metrics(&call->input);
    call->write.state = batch;
    return true;
}

bool dynr_service_batch_written(struct service_call *call)
{
    struct batch *batch = call->write.state;
    const struct dynr_response *response = &call->write.response;
    if (!dynr_service_written(call)) {
        return order_faults(batch, false);
    }
    struct dynr_buf *out = &call->answer.buf;
    dynr_buf_append_char(out, '{');
    write_unprocessed_items(batch, response, out);
    dynr_service_write_collections(call, response);
    dynr_service_write_capacity(call, response, true, false);
    dynr_buf_append_char(out, '}');
    return true;
}
