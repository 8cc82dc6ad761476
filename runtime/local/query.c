/* SPDX-License-Identifier: Apache-2.0 */
/* Query and Scan: from a request to a range of rows (page.c reads it). */
#include "local/engine.h"

#include "base/key_codec.h"

enum {
    MOST_SEGMENTS = 1000000
};

/* ---- what does not need the table ---- */

static enum dynr_status check_select(const struct dynr_request *request, struct dynr_error *err)
{
    bool has_projection = request->projection.len > 0;
    switch (request->select) {
    case DYNR_SELECT_ALL_PROJECTED_ATTRIBUTES:
        if (request->index.len == 0) {
            return dynr_local_invalid(
                err,
                "One or more parameter values were invalid: ALL_PROJECTED_ATTRIBUTES can be "
                "used only when %s using an IndexName",
                request->operation == DYNR_QUERY ? "Querying" : "Scanning");
        }
        break;
    case DYNR_SELECT_SPECIFIC_ATTRIBUTES:
        if (!has_projection) {
            return dynr_local_invalid(
                err, "Must specify the AttributesToGet or ProjectionExpression when choosing to "
                     "get SPECIFIC_ATTRIBUTES");
        }
        return DYNR_OK;
    case DYNR_SELECT_DEFAULT:
        return DYNR_OK;
    case DYNR_SELECT_ALL_ATTRIBUTES:
    case DYNR_SELECT_COUNT:
        break;
    }
    if (has_projection) {
        static const char *const names[] = {
            [DYNR_SELECT_ALL_ATTRIBUTES] = "ALL_ATTRIBUTES",
            [DYNR_SELECT_ALL_PROJECTED_ATTRIBUTES] = "ALL_PROJECTED_ATTRIBUTES",
            [DYNR_SELECT_COUNT] = "only the Count",
        };
        return dynr_local_invalid(err,
                                  "Cannot specify the ProjectionExpression when choosing to get %s",
                                  names[request->select]);
    }
    return DYNR_OK;
}

static enum dynr_status check_segments(const struct dynr_request *request, struct dynr_error *err)
{
    if (request->operation != DYNR_SCAN) {
        return DYNR_OK;
    }
    if (request->total_segments > MOST_SEGMENTS) {
        return dynr_local_invalid(
            err,
            "1 validation error detected: Value '%u' at 'totalSegments' failed to satisfy "
            "constraint: Member must have value less than or equal to 1000000",
            (unsigned)request->total_segments);
    }
    if (request->total_segments == 0 && request->segment > 0) {
        return dynr_local_invalid(
            err, "The TotalSegments parameter is required but was not present in the request "
                 "when Segment parameter is present");
    }
    if (request->total_segments > 0 && request->segment >= request->total_segments) {
        return dynr_local_invalid(
            err,
            "The Segment parameter is zero-based and must be less than parameter "
            "TotalSegments: Segment: %u is not less than TotalSegments: %u",
            (unsigned)request->segment, (unsigned)request->total_segments);
    }
    return DYNR_OK;
}

static enum dynr_status prepare_expressions(struct local_call *call,
                                            const struct dynr_request *request,
                                            struct local_page *page,
                                            const struct dynr_bound_expression **out_condition,
                                            struct dynr_error *err)
{
    struct dynr_bindings bindings;
    bool is_query = request->operation == DYNR_QUERY;
    bool has_expressions = request->filter.len > 0 || request->projection.len > 0 ||
                           (is_query && request->key_condition.len > 0);
    *out_condition = NULL;
    enum dynr_status status =
        dynr_local_bindings(call, request, has_expressions,
                            is_query ? "FilterExpression and KeyConditionExpression are null"
                                     : "FilterExpression is null",
                            &bindings, err);
    if (status != DYNR_OK || !has_expressions) {
        return status;
    }
    if (is_query) {
        status = dynr_local_bind(call, &bindings, DYNR_EXPRESSION_KEY_CONDITION,
                                 request->key_condition, out_condition, err);
    }
    if (status == DYNR_OK) {
        status = dynr_local_bind(call, &bindings, DYNR_EXPRESSION_FILTER, request->filter,
                                 &page->filter, err);
    }
    if (status == DYNR_OK) {
        status = dynr_local_bind(call, &bindings, DYNR_EXPRESSION_PROJECTION, request->projection,
                                 &page->projection, err);
    }
    return status == DYNR_OK ? dynr_bindings_check_used(&bindings, err) : status;
}

/* ---- the index ---- */

static enum dynr_status choose_index(const struct dynr_request *request, struct local_page *page,
                                     struct dynr_error *err)
{
    size_t position;
    if (request->index.len == 0) {
        return DYNR_OK;
    }
    page->index = dynr_local_index_find(page->table, request->index, &position);
    if (page->index == NULL) {
        return dynr_local_invalid(err, "The table does not have the specified index: %.*s",
                                  (int)request->index.len, request->index.ptr);
    }
    page->relation = position + 1;
    const struct dynr_index_definition *definition = &page->index->definition;
    if (request->consistent_read && !definition->is_local) {
        return dynr_local_invalid(err,
                                  "Consistent reads are not supported on global secondary indexes");
    }
    if (definition->state == DYNR_INDEX_CREATING) {
        return dynr_local_invalid(err, "Cannot read from backfilling global secondary index: %.*s",
                                  (int)request->index.len, request->index.ptr);
    }
    return DYNR_OK;
}

/* Whether the index has what is asked for, and where it is read. */
static enum dynr_status check_projected(const struct dynr_request *request, struct local_page *page,
                                        struct dynr_error *err)
{
    if (page->index == NULL) {
        return DYNR_OK;
    }
    const struct dynr_index_definition *definition = &page->index->definition;
    bool is_all = definition->projection == DYNR_PROJECT_ALL;
    if (request->select == DYNR_SELECT_ALL_ATTRIBUTES && !definition->is_local && !is_all) {
        return dynr_local_invalid(
            err,
            "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not "
            "supported for global secondary index %.*s because its projection type is not "
            "ALL",
            (int)request->index.len, request->index.ptr);
    }
    struct dynr_str name;
    bool leaves = !is_all && page->projection != NULL &&
                  dynr_expression_leaves(page->projection, page->index->projected,
                                         page->index->n_projected, &name);
    if (leaves && !definition->is_local) {
        return dynr_local_invalid(
            err,
            "One or more parameter values were invalid: Global secondary index %.*s does not "
            "project [%.*s]",
            (int)request->index.len, request->index.ptr, (int)name.len, name.ptr);
    }
    /* A local index fetches from the table what it does not project. */
    page->shape.is_joined = is_all || (definition->is_local &&
                                       (request->select == DYNR_SELECT_ALL_ATTRIBUTES || leaves));
    return DYNR_OK;
}

const struct dynr_key_attribute *dynr_local_page_partition(const struct local_page *page)
{
    return page->index == NULL ? &page->table->keys[0] : &page->index->definition.partition_key;
}

const struct dynr_key_attribute *dynr_local_page_sort(const struct local_page *page)
{
    return page->index == NULL ? &page->table->keys[1] : &page->index->definition.sort_key;
}

/* ---- the key condition ---- */

/* Only a text of 0xFF bytes has none. */
static bool has_successor(struct dynr_str prefix)
{
    for (size_t i = 0; i < prefix.len; i++) {
        if ((unsigned char)prefix.ptr[i] != 0xff) {
            return true;
        }
    }
    return false;
}

static enum dynr_status set_bounds(struct local_page *page, const struct dynr_key_range *range,
                                   struct dynr_arena *arena, struct dynr_error *err)
{
    enum dynr_status status = DYNR_OK;
    struct local_range_shape *shape = &page->shape;
    if (range->kind != DYNR_RANGE_ALL) {
        status = dynr_local_key_bytes(&range->low, arena, &page->low, err);
        page->high = page->low;
    }
    if (status != DYNR_OK) {
        return status;
    }
    switch (range->kind) {
    case DYNR_RANGE_ALL:
        break;
    case DYNR_RANGE_EQUAL:
        shape->low = shape->high = LOCAL_BOUND_INCLUSIVE;
        break;
    case DYNR_RANGE_LESS:
        shape->high = LOCAL_BOUND_EXCLUSIVE;
        break;
    case DYNR_RANGE_LESS_EQUAL:
        shape->high = LOCAL_BOUND_INCLUSIVE;
        break;
    case DYNR_RANGE_GREATER:
        shape->low = LOCAL_BOUND_EXCLUSIVE;
        break;
    case DYNR_RANGE_GREATER_EQUAL:
        shape->low = LOCAL_BOUND_INCLUSIVE;
        break;
    case DYNR_RANGE_BETWEEN:
        shape->low = shape->high = LOCAL_BOUND_INCLUSIVE;
        return dynr_local_key_bytes(&range->high, arena, &page->high, err);
    case DYNR_RANGE_BEGINS_WITH:
        shape->low = LOCAL_BOUND_INCLUSIVE;
        if (dynr_key_successor(page->low, arena, &page->high)) {
            shape->high = LOCAL_BOUND_EXCLUSIVE;
        } else if (has_successor(page->low)) {
            return dynr_local_out_of_memory(err);
        }
        break;
    }
    return DYNR_OK;
}

/* One attribute of the key: what the start key and the condition say of it, in the service's order. */
static enum dynr_status match_key(const struct dynr_key_attribute *key, bool is_partition,
                                  bool has_sort_key, const struct dynr_attribute *start,
                                  const struct dynr_key_conditions *conditions,
                                  struct dynr_key_range *range, struct dynr_error *err)
{
    enum dynr_status status = start == NULL ? DYNR_OK : dynr_local_start_check(start, key, err);
    return status == DYNR_OK
               ? dynr_key_condition_match(conditions,
                                          (struct dynr_key_schema_part){key->name, key->type},
                                          is_partition, has_sort_key, range, err)
               : status;
}

/* `start` is NULL where the page starts at the beginning. */
static enum dynr_status read_condition(struct local_page *page,
                                       const struct dynr_key_conditions *conditions,
                                       const struct dynr_attribute *start, struct dynr_arena *arena,
                                       struct dynr_error *err)
{
    const struct dynr_key_attribute *partition = dynr_local_page_partition(page);
    const struct dynr_key_attribute *sort = dynr_local_page_sort(page);
    struct dynr_key_range range;
    bool has_sort_key = sort->name.len > 0;
    memset(&range, 0, sizeof range);
    enum dynr_status status =
        match_key(partition, true, has_sort_key, start, conditions, &range, err);
    if (status == DYNR_OK && has_sort_key) {
        status = match_key(sort, false, true, start, conditions, &range, err);
    }
    if (status == DYNR_OK) {
        status = dynr_local_key_bytes(&range.partition, arena, &page->partition, err);
    }
    page->shape.has_partition = true;
    return status == DYNR_OK ? set_bounds(page, &range, arena, err) : status;
}

/* ---- paths into keys ---- */

static enum dynr_status check_key_path(const struct dynr_bound_expression *expression,
                                       const struct dynr_key_attribute *key, const char *kind,
                                       struct dynr_error *err)
{
    bool is_nested = false;
    if (key->name.len > 0 && dynr_expression_uses(expression, key->name, &is_nested) && is_nested) {
        return dynr_local_invalid(err,
                                  "Key attributes must be scalars; list random access '[]' and map "
                                  "lookup '.' are not allowed: %s: %.*s",
                                  kind, (int)key->name.len, key->name.ptr);
    }
    return DYNR_OK;
}

enum dynr_status dynr_local_check_key_paths(const struct local_table *table,
                                            const struct dynr_bound_expression *expression,
                                            struct dynr_error *err)
{
    enum dynr_status status = DYNR_OK;
    for (size_t i = 0; expression != NULL && status == DYNR_OK && i < table->n_keys; i++) {
        status = check_key_path(expression, &table->keys[i], "Key", err);
    }
    for (size_t i = 0; expression != NULL && status == DYNR_OK && i < table->definition.n_indexes;
         i++) {
        const struct dynr_index_definition *index = &table->definition.indexes[i];
        status = check_key_path(expression, &index->partition_key, "IndexKey", err);
        if (status == DYNR_OK) {
            status = check_key_path(expression, &index->sort_key, "IndexKey", err);
        }
    }
    return status;
}

/* ---- all of it ---- */

/* Everything that needs no table. */
static enum dynr_status prepare(struct local_call *call, const struct dynr_request *request,
                                struct local_page *page, struct dynr_key_conditions *conditions,
                                struct dynr_error *err)
{
    const struct dynr_bound_expression *condition = NULL;
    bool is_query = request->operation == DYNR_QUERY;
    enum dynr_status status = check_select(request, err);
    if (status == DYNR_OK) {
        status = check_segments(request, err);
    }
    if (status == DYNR_OK) {
        status = prepare_expressions(call, request, page, &condition, err);
    }
    if (status == DYNR_OK && is_query && condition == NULL) {
        return dynr_local_invalid(
            err, "Either the KeyConditions or KeyConditionExpression parameter must be "
                 "specified in the request.");
    }
    return status == DYNR_OK && is_query ? dynr_key_condition_collect(condition, conditions, err)
                                         : status;
}

/* The range of a Query, and where it starts. */
static enum dynr_status place_query(struct local_call *call, const struct dynr_request *request,
                                    struct local_page *page,
                                    const struct dynr_key_conditions *conditions,
                                    struct dynr_error *err)
{
    struct dynr_attribute start;
    bool has_start = request->start_key.len > 0;
    enum dynr_status status = DYNR_OK;
    page->shape.is_backward = request->backward;
    if (has_start) {
        status = dynr_local_start_parse(page, request, call->arena, &start, err);
    }
    if (status == DYNR_OK) {
        status = read_condition(page, conditions, has_start ? &start : NULL, call->arena, err);
    }
    if (status == DYNR_OK && has_start) {
        status = dynr_local_start_place(page, &start, call->arena, err);
    }
    if (status == DYNR_OK) {
        status = dynr_local_check_key_paths(page->table, page->projection, err);
    }
    if (status == DYNR_OK && page->filter != NULL) {
        struct dynr_str keys[2] = {dynr_local_page_partition(page)->name,
                                   dynr_local_page_sort(page)->name};
        status = dynr_filter_check_keys(page->filter, keys, 2, err);
    }
    return status == DYNR_OK ? check_projected(request, page, err) : status;
}

static enum dynr_status place_scan(struct local_call *call, const struct dynr_request *request,
                                   struct local_page *page, struct dynr_error *err)
{
    struct dynr_attribute start;
    bool has_start = request->start_key.len > 0;
    enum dynr_status status = DYNR_OK;
    if (has_start) {
        status = dynr_local_start_parse(page, request, call->arena, &start, err);
    }
    if (status == DYNR_OK && has_start && page->index != NULL) {
        status = dynr_local_start_check(&start, dynr_local_page_partition(page), err);
        if (status == DYNR_OK && dynr_local_page_sort(page)->name.len > 0) {
            status = dynr_local_start_check(&start, dynr_local_page_sort(page), err);
        }
    }
    if (status == DYNR_OK) {
        status = check_projected(request, page, err);
    }
    if (status == DYNR_OK && has_start) {
        status = dynr_local_start_place(page, &start, call->arena, err);
    }
    return status == DYNR_OK ? dynr_local_check_key_paths(page->table, page->projection, err)
                             : status;
}

enum dynr_status dynr_local_query(struct local_call *call, const struct dynr_request *request,
                                  struct dynr_response *response, struct dynr_error *err)
{
    struct local_page page;
    struct dynr_key_conditions conditions;
    bool is_query = request->operation == DYNR_QUERY;
    memset(&page, 0, sizeof page);
    memset(&conditions, 0, sizeof conditions);
    enum dynr_status status = prepare(call, request, &page, &conditions, err);
    if (status == DYNR_OK) {
        status = dynr_local_table_find(call, request->table, &page.table, err);
    }
    if (status == DYNR_OK) {
        status = choose_index(request, &page, err);
    }
    if (status == DYNR_OK) {
        status = is_query ? place_query(call, request, &page, &conditions, err)
                          : place_scan(call, request, &page, err);
    }
    if (status == DYNR_OK) {
        status = dynr_local_check_key_paths(page.table, page.filter, err);
    }
    page.is_count = request->select == DYNR_SELECT_COUNT;
    page.is_consistent = request->consistent_read;
    page.limit = request->limit;
    page.segment = request->segment;
    page.total_segments = is_query ? 0 : request->total_segments;
    return status == DYNR_OK ? dynr_local_page_run(call, &page, response, err) : status;
}
