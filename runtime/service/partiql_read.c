/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SELECT. An equality on the partition key, or an IN, becomes one Query for each value, with a condition on the sort key if there
 * is one; everything else is a Scan. What the key conditions do not say is looked at here, item by item: a filter of Query may not
 * name key attributes, and that of a statement may.
 */
#include "service/partiql.h"

#include "service/table.h"

/* What the service reads for one page. */
#define PAGE_SIZE ((uint64_t)1024 * 1024)

struct select {
    const struct service_statement *statement;
    struct service_call *call;
    struct service_where where;
    /* Of the table, or of the index. */
    const struct dynr_index_definition *index;
    struct dynr_key_attribute partition_key;
    struct dynr_key_attribute sort_key;
    /* None: a Scan. */
    const struct dynr_attribute *partitions;
    size_t n_partitions;
    const struct dynr_partiql_node *range;
    bool is_backward;
    /* NULL: everything passes. */
    const struct dynr_bound_expression *filter;
    struct dynr_bindings bindings;
    struct dynr_consumed consumed;
    size_t n_written;
};

/* ---- what to read ---- */

static bool find_index(struct select *select)
{
    const struct dynr_table_definition *table = select->statement->definition;
    struct dynr_str name = select->statement->tree->index;
    select->partition_key = table->partition_key;
    select->sort_key = table->sort_key;
    if (name.len == 0) {
        return true;
    }
    for (size_t i = 0; i < table->n_indexes; i++) {
        if (dynr_str_equal(table->indexes[i].name, name)) {
            select->index = &table->indexes[i];
            select->partition_key = select->index->partition_key;
            select->sort_key = select->index->sort_key;
            return true;
        }
    }
    return dynr_service_invalid(select->call, "The table does not have the specified index: %.*s",
                                (int)name.len, name.ptr);
}

static bool check_distinct(struct select *select)
{
    for (size_t i = 0; i < select->n_partitions; i++) {
        for (size_t k = 0; k < i; k++) {
            if (dynr_attribute_equal(&select->partitions[i], &select->partitions[k])) {
                return dynr_service_invalid(select->call,
                                            "Overlapping conditions with range keys are not "
                                            "supported in where clause");
            }
        }
    }
    return true;
}

static bool read_partitions(struct select *select)
{
    struct dynr_attribute *single = dynr_arena_calloc(select->call->arena, 1, sizeof *single);
    bool is_found;
    if (single == NULL) {
        return dynr_service_no_memory(select->call);
    }
    if (!dynr_where_read(select->statement, &select->where) ||
        !dynr_where_take_equal(select->statement, &select->where, &select->partition_key, single,
                               &is_found)) {
        return false;
    }
    if (is_found) {
        select->partitions = single;
        select->n_partitions = 1;
    } else if (!dynr_where_take_choices(select->statement, &select->where, &select->partition_key,
                                        &select->partitions, &select->n_partitions) ||
               !check_distinct(select)) {
        return false;
    }
    return select->n_partitions == 0 || dynr_where_take_range(select->statement, &select->where,
                                                              &select->sort_key, &select->range);
}

/* ---- ORDER BY ---- */

static bool sort_partitions(struct select *select, bool is_descending)
{
    size_t n = select->n_partitions;
    struct dynr_attribute *sorted = dynr_arena_calloc(select->call->arena, n, sizeof *sorted);
    if (sorted == NULL) {
        return dynr_service_no_memory(select->call);
    }
    for (size_t i = 0; i < n; i++) {
        size_t k = i;
        int order = 0;
        while (k > 0 && dynr_attribute_compare(&select->partitions[i], &sorted[k - 1], &order) &&
               (is_descending ? order > 0 : order < 0)) {
            sorted[k] = sorted[k - 1];
            k--;
        }
        sorted[k] = select->partitions[i];
    }
    select->partitions = sorted;
    return true;
}

static bool read_orders(struct select *select)
{
    bool has_partition = false;
    bool has_sort = false;
    const struct dynr_partiql_order *order = select->statement->tree->orders;
    if (order != NULL && select->n_partitions == 0) {
        return dynr_service_invalid(select->call,
                                    "ORDER BY needs an equality or IN condition on the partition "
                                    "key in the WHERE clause");
    }
    for (; order != NULL; order = order->next) {
        bool is_partition =
            dynr_partiql_is_attribute(order->path, select->partition_key.name) && !has_sort;
        bool is_sort = select->sort_key.name.len > 0 &&
                       dynr_partiql_is_attribute(order->path, select->sort_key.name);
        if ((!is_partition || has_partition) && (!is_sort || has_sort)) {
            return dynr_service_invalid(select->call, "ORDER BY takes the partition key and then "
                                                      "the sort key, each once");
        }
        if (is_partition && !sort_partitions(select, order->is_descending)) {
            return false;
        }
        has_partition = has_partition || is_partition;
        has_sort = has_sort || is_sort;
        select->is_backward = is_sort ? order->is_descending : select->is_backward;
    }
    return !has_sort || has_partition || select->n_partitions == 1 ||
           dynr_service_invalid(select->call,
                                "ORDER BY needs the partition key first where several "
                                "of its values are read");
}

/* ---- columns of an index ---- */

static bool is_projected(const struct select *select, struct dynr_str name)
{
    const struct dynr_index_definition *index = select->index;
    const struct dynr_table_definition *table = select->statement->definition;
    if (index->projection == DYNR_PROJECT_ALL || dynr_str_equal(name, table->partition_key.name) ||
        dynr_str_equal(name, table->sort_key.name) ||
        dynr_str_equal(name, index->partition_key.name) ||
        dynr_str_equal(name, index->sort_key.name)) {
        return true;
    }
    for (size_t i = 0; i < index->n_included; i++) {
        if (dynr_str_equal(index->included[i], name)) {
            return true;
        }
    }
    return false;
}

/* A global index has nothing but what it projects. */
static bool check_projected(struct select *select)
{
    struct service_text text;
    struct dynr_str missing;
    const struct dynr_partiql_node *columns = select->statement->tree->columns;
    if (columns == NULL || select->index == NULL || select->index->is_local) {
        return true;
    }
    dynr_service_text_init(&text, select->call->arena);
    for (const struct dynr_partiql_node *path = columns->first; path != NULL; path = path->next) {
        if (!is_projected(select, path->first_part->name)) {
            dynr_buf_append_c(&text.buf, text.buf.len > 0 ? ", " : "");
            dynr_buf_append_str(&text.buf, path->first_part->name);
        }
    }
    if (!dynr_service_text_end(select->call, &text, &missing)) {
        return false;
    }
    return missing.len == 0 ||
           dynr_service_invalid(select->call,
                                "One or more parameter values were invalid: Global secondary index "
                                "%.*s does not project [%.*s]",
                                (int)select->index->name.len, select->index->name.ptr,
                                (int)missing.len, missing.ptr);
}

static void add_root(struct service_translation *translation, struct dynr_str name,
                     struct dynr_str *seen, size_t *n_seen, struct dynr_buf *out)
{
    for (size_t i = 0; i < *n_seen; i++) {
        if (dynr_str_equal(seen[i], name)) {
            return;
        }
    }
    dynr_buf_append_c(out, *n_seen == 0 ? "" : ", ");
    dynr_service_legacy_name(translation, name, out);
    seen[(*n_seen)++] = name;
}

static void add_roots(struct service_translation *translation, const struct dynr_partiql_node *node,
                      struct dynr_str *seen, size_t *n_seen, struct dynr_buf *out)
{
    if (node->kind == DYNR_PARTIQL_PATH) {
        add_root(translation, node->first_part->name, seen, n_seen, out);
    }
    for (const struct dynr_partiql_node *operand = node->first; operand != NULL;
         operand = operand->next) {
        add_roots(translation, operand, seen, n_seen, out);
    }
}

/* A local index fetches what it does not project, where it is told what that is. */
static bool project(struct select *select, struct service_translation *translation,
                    struct dynr_str *out)
{
    const struct dynr_partiql_statement *tree = select->statement->tree;
    struct service_text text;
    size_t n_seen = 0;
    if (tree->columns == NULL || select->index == NULL || !select->index->is_local) {
        return true;
    }
    /* Each name takes two bytes of the statement at least. */
    struct dynr_str *seen =
        dynr_arena_calloc(select->call->arena, tree->text.len / 2 + 1, sizeof *seen);
    if (seen == NULL) {
        return dynr_service_no_memory(select->call);
    }
    dynr_service_text_init(&text, select->call->arena);
    add_roots(translation, tree->columns, seen, &n_seen, &text.buf);
    for (size_t i = 0; i < select->where.n; i++) {
        if (!select->where.is_taken[i]) {
            add_roots(translation, select->where.parts[i], seen, &n_seen, &text.buf);
        }
    }
    return dynr_service_text_end(select->call, &text, out);
}

/* ---- the filter ---- */

static bool bind_filter(struct select *select)
{
    struct service_call *call = select->call;
    struct service_translation translation;
    struct service_text text;
    struct dynr_str filter;
    struct dynr_str names;
    struct dynr_str values;
    const struct dynr_expression *expression;
    struct dynr_error err = {0};
    if (!dynr_where_has_rest(&select->where)) {
        return true;
    }
    dynr_translation_begin(call, &translation);
    dynr_service_text_init(&text, call->arena);
    if (!dynr_where_rest(select->statement, &translation, &select->where, false, &text.buf) ||
        !dynr_service_text_end(call, &text, &filter) ||
        !dynr_translation_end(&translation, &names, &values)) {
        return false;
    }
    if (dynr_expression_parse(DYNR_EXPRESSION_FILTER, filter, call->arena, &expression, &err) ==
            DYNR_OK &&
        dynr_bindings_parse(names, values, call->arena, &select->bindings, &err) == DYNR_OK &&
        dynr_expression_bind(expression, &select->bindings, call->arena, &select->filter, &err) ==
            DYNR_OK) {
        return true;
    }
    (void)dynr_service_fail_status(call, &err);
    dynr_statement_trim_fault(call);
    return false;
}

/* ---- one request ---- */

static bool make_request(struct select *select, const struct service_position *position,
                         struct dynr_request *out)
{
    struct service_call *call = select->call;
    struct service_translation translation;
    struct service_text condition;
    *out = (struct dynr_request)DYNR_REQUEST_INIT;
    out->operation = select->n_partitions > 0 ? DYNR_QUERY : DYNR_SCAN;
    out->table = select->statement->table;
    out->index = select->statement->tree->index;
    out->consistent_read = dynr_node_true(&call->input, SERVICE_FIELD_CONSISTENT_READ);
    out->want_capacity = dynr_service_capacity(&call->input) != SERVICE_CAPACITY_NONE;
    out->backward = select->is_backward;
    out->start_key = position->key;
    dynr_translation_begin(call, &translation);
    dynr_service_text_init(&condition, call->arena);
    if (select->n_partitions > 0) {
        dynr_service_legacy_name(&translation, select->partition_key.name, &condition.buf);
        dynr_buf_append_c(&condition.buf, " = ");
        dynr_translation_value(&translation, &select->partitions[position->partition],
                               &condition.buf);
    }
    if (select->range != NULL) {
        dynr_buf_append_c(&condition.buf, " AND ");
        if (!dynr_statement_condition(select->statement, &translation, select->range, true,
                                      &condition.buf)) {
            return false;
        }
    }
    return dynr_service_text_end(call, &condition, &out->key_condition) &&
           project(select, &translation, &out->projection) &&
           dynr_translation_end(&translation, &out->names, &out->values);
}

static bool write_item(struct select *select, struct dynr_str text)
{
    struct service_call *call = select->call;
    struct dynr_buf *out = &call->answer.buf;
    struct dynr_attribute item;
    struct dynr_error err = {0};
    bool passes = true;
    bool is_plain = select->filter == NULL && select->statement->tree->columns == NULL;
    if (!is_plain && dynr_item_parse(text, call->arena, &item, &err) != DYNR_OK) {
        return dynr_service_fail_status(call, &err);
    }
    if (select->filter != NULL &&
        dynr_condition_holds(select->filter, &item, call->arena, &passes, &err) != DYNR_OK) {
        (void)dynr_service_fail_status(call, &err);
        dynr_statement_trim_fault(call);
        return false;
    }
    if (!passes) {
        return true;
    }
    dynr_buf_append_c(out, select->n_written++ == 0 ? "" : ",");
    if (is_plain) {
        dynr_buf_append_str(out, text);
        return true;
    }
    return dynr_columns_write(select->statement, &item, out);
}

/* ---- a page ---- */

/* Reads until the page is full; `inout` is then where the next one begins, `out_last_key` what the store calls that. */
static bool read_page(struct select *select, struct service_position *inout, bool *out_more,
                      struct dynr_str *out_last_key)
{
    struct service_call *call = select->call;
    int64_t limit = dynr_node_member(&call->input, SERVICE_FIELD_LIMIT)->number;
    size_t n_requests = select->n_partitions > 0 ? select->n_partitions : 1;
    uint64_t n_read = 0;
    uint64_t size = 0;
    *out_more = false;
    *out_last_key = dynr_str_make("", 0);
    while (inout->partition < n_requests) {
        struct dynr_request request;
        struct dynr_response response;
        if ((limit > 0 && n_read >= (uint64_t)limit) || size >= PAGE_SIZE) {
            *out_more = true;
            return true;
        }
        if (!make_request(select, inout, &request)) {
            return false;
        }
        uint64_t left = limit > 0 ? (uint64_t)limit - n_read : 0;
        request.limit = left > UINT32_MAX ? UINT32_MAX : (uint32_t)left;
        if (!dynr_service_execute(call, &request, &response)) {
            dynr_statement_trim_fault(call);
            return false;
        }
        for (size_t i = 0; i < response.n_items; i++) {
            if (!write_item(select, response.items[i])) {
                return false;
            }
        }
        if (!dynr_consumed_add(call, &select->consumed, &response)) {
            return false;
        }
        n_read += response.scanned_count;
        size += response.size_bytes;
        if (response.last_key.len > 0) {
            inout->key = response.last_key;
            *out_last_key = response.last_key;
            *out_more = true;
            return true;
        }
        inout->key = dynr_str_make("", 0);
        inout->partition++;
    }
    return true;
}

static bool write_page(struct select *select, struct service_position *position)
{
    struct service_call *call = select->call;
    struct dynr_buf *out = &call->answer.buf;
    struct dynr_str last_key;
    struct dynr_str token;
    bool has_more;
    dynr_buf_append_char(out, '{');
    dynr_service_key(out, "Items");
    dynr_buf_append_char(out, '[');
    if (!read_page(select, position, &has_more, &last_key)) {
        return false;
    }
    dynr_buf_append_char(out, ']');
    if (has_more) {
        if (!dynr_token_write(select->statement, position, &token)) {
            return false;
        }
        dynr_service_key_text(out, "NextToken", token);
    }
    if (last_key.len > 0) {
        dynr_service_key(out, "LastEvaluatedKey");
        dynr_buf_append_str(out, last_key);
    }
    const struct dynr_response response = {.consumed = &select->consumed,
                                           .n_consumed = select->consumed.table.len > 0 ? 1 : 0};
    dynr_service_write_capacity(call, &response, false, false);
    dynr_buf_append_char(out, '}');
    return true;
}

bool dynr_statement_read_page(const struct service_statement *statement)
{
    struct service_call *call = statement->call;
    struct select select = {.statement = statement, .call = call};
    struct service_position position;
    struct dynr_str token = dynr_node_text(&call->input, SERVICE_FIELD_NEXT_TOKEN);
    if (!find_index(&select) || !dynr_columns_check(statement) || !check_projected(&select) ||
        !read_partitions(&select) || !read_orders(&select) || !bind_filter(&select) ||
        !dynr_token_read(statement, token, &position)) {
        return false;
    }
    if (position.partition > 0 && position.partition >= select.n_partitions) {
        return dynr_service_invalid(call, "NextToken does not match request");
    }
    return write_page(&select, &position);
}
