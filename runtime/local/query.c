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
    status = dynr_local_bind(call, &bindings, DYNR_EXPRESSION_FILTER, request->filter,
                             &page->filter, err);
    if (status == DYNR_OK) {
        status = dynr_local_bind(call, &bindings, DYNR_EXPRESSION_PROJECTION, request->projection,
                                 &page->projection, err);
    }
    if (status == DYNR_OK && is_query) {
        status = dynr_local_bind(call, &bindings, DYNR_EXPRESSION_KEY_CONDITION,
                                 request->key_condition, out_condition, err);
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

static const struct dynr_key_attribute *partition_attribute(const struct local_page *page)
{
    return page->index == NULL ? &page->table->keys[0] : &page->index->definition.partition_key;
}

/* Name empty: none. */
static const struct dynr_key_attribute *sort_attribute(const struct local_page *page)
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

static enum dynr_status read_condition(struct local_page *page,
                                       const struct dynr_bound_expression *condition,
                                       struct dynr_arena *arena, struct dynr_error *err)
{
    const struct dynr_key_attribute *partition = partition_attribute(page);
    const struct dynr_key_attribute *sort = sort_attribute(page);
    struct dynr_key_range range;
    memset(&range, 0, sizeof range);
    enum dynr_status status = dynr_key_condition_read(
        condition, (struct dynr_key_schema_part){partition->name, partition->type},
        (struct dynr_key_schema_part){sort->name, sort->type}, &range, err);
    if (status == DYNR_OK) {
        status = dynr_local_key_bytes(&range.partition, arena, &page->partition, err);
    }
    if (status == DYNR_OK && page->partition.len == 0) {
        return dynr_local_invalid(
            err,
            "One or more parameter values are not valid. The AttributeValue for a key "
            "attribute cannot contain an empty %s value. Key: %.*s",
            partition->type == 'B' ? "binary" : "string", (int)partition->name.len,
            partition->name.ptr);
    }
    page->shape.has_partition = true;
    return status == DYNR_OK ? set_bounds(page, &range, arena, err) : status;
}

/* ---- where the page starts ---- */

struct start_position {
    struct dynr_str partition;
    struct dynr_str sort;
};

static bool is_in_range(const struct local_page *page, struct dynr_str sort)
{
    int low = dynr_str_compare(sort, page->low);
    int high = dynr_str_compare(sort, page->high);
    bool above = page->shape.low == LOCAL_BOUND_NONE || low > 0 ||
                 (low == 0 && page->shape.low == LOCAL_BOUND_INCLUSIVE);
    bool below = page->shape.high == LOCAL_BOUND_NONE || high < 0 ||
                 (high == 0 && page->shape.high == LOCAL_BOUND_INCLUSIVE);
    return above && below;
}

static enum dynr_status start_key_part(const struct dynr_attribute *start,
                                       const struct dynr_key_attribute *key,
                                       struct dynr_arena *arena, struct dynr_str *out,
                                       struct dynr_error *err)
{
    *out = dynr_str_make("", 0);
    if (key->name.len == 0) {
        return DYNR_OK;
    }
    const struct dynr_attribute *value = dynr_attribute_member(start, key->name);
    const char *type = value == NULL ? "" : dynr_attribute_type_name(value->type);
    if (type[0] != key->type || type[1] != '\0') {
        return dynr_local_invalid(
            err, "The provided starting key is invalid: The provided key element does not match "
                 "the schema");
    }
    return dynr_local_key_bytes(value, arena, out, err);
}

/* The table's key and the index's, each attribute once. */
static size_t start_key_size(const struct local_page *page)
{
    size_t size = page->table->n_keys;
    const struct dynr_key_attribute *own[2] = {partition_attribute(page), sort_attribute(page)};
    for (size_t i = 0; page->index != NULL && i < 2; i++) {
        bool is_table_key = dynr_str_equal(own[i]->name, page->table->keys[0].name) ||
                            dynr_str_equal(own[i]->name, page->table->keys[1].name);
        size += own[i]->name.len > 0 && !is_table_key ? 1 : 0;
    }
    return size;
}

static enum dynr_status place_start(struct local_page *page, const struct start_position *start,
                                    struct dynr_error *err)
{
    if (page->shape.has_partition) {
        if (!dynr_str_equal(start->partition, page->partition)) {
            return dynr_local_invalid(
                err, "The provided starting key is outside query boundaries based on provided "
                     "conditions");
        }
        if (!is_in_range(page, start->sort)) {
            return dynr_local_invalid(
                err, "The provided starting key does not match the range key predicate");
        }
    }
    page->partition = start->partition;
    if (page->shape.is_backward) {
        page->shape.high = LOCAL_BOUND_START;
        page->high = start->sort;
    } else {
        page->shape.low = LOCAL_BOUND_START;
        page->low = start->sort;
    }
    return DYNR_OK;
}

static enum dynr_status read_start(struct local_page *page, struct dynr_str json,
                                   struct dynr_arena *arena, struct dynr_error *err)
{
    struct dynr_attribute start;
    struct start_position position = {{0}, {0}};
    enum dynr_status status = dynr_item_parse(json, arena, &start, err);
    if (status != DYNR_OK) {
        return status;
    }
    if (start.n_children != start_key_size(page)) {
        return dynr_local_invalid(
            err, "%s",
            page->shape.has_partition
                ? "The provided starting key is invalid"
                : "The provided starting key is invalid: The provided key element "
                  "does not match the schema");
    }
    status = start_key_part(&start, &page->table->keys[0], arena, &page->start.partition, err);
    if (status == DYNR_OK) {
        status = start_key_part(&start, &page->table->keys[1], arena, &page->start.sort, err);
    }
    if (status == DYNR_OK) {
        status = start_key_part(&start, partition_attribute(page), arena, &position.partition, err);
    }
    if (status == DYNR_OK) {
        status = start_key_part(&start, sort_attribute(page), arena, &position.sort, err);
    }
    return status == DYNR_OK ? place_start(page, &position, err) : status;
}

/* ---- all of it ---- */

enum dynr_status dynr_local_query(struct local_call *call, const struct dynr_request *request,
                                  struct dynr_response *response, struct dynr_error *err)
{
    struct local_page page;
    const struct dynr_bound_expression *condition;
    bool is_query = request->operation == DYNR_QUERY;
    memset(&page, 0, sizeof page);
    enum dynr_status status = check_select(request, err);
    if (status == DYNR_OK) {
        status = check_segments(request, err);
    }
    if (status == DYNR_OK) {
        status = prepare_expressions(call, request, &page, &condition, err);
    }
    if (status == DYNR_OK && is_query && condition == NULL) {
        status = dynr_local_invalid(
            err, "Either the KeyConditions or KeyConditionExpression parameter must be "
                 "specified in the request.");
    }
    if (status == DYNR_OK) {
        status = dynr_local_table_find(call->engine, request->table, &page.table, err);
    }
    if (status == DYNR_OK) {
        status = choose_index(request, &page, err);
    }
    if (status == DYNR_OK && is_query) {
        page.shape.is_backward = request->backward;
        status = read_condition(&page, condition, call->arena, err);
    }
    if (status == DYNR_OK && is_query && page.filter != NULL) {
        struct dynr_str keys[2] = {partition_attribute(&page)->name, sort_attribute(&page)->name};
        status = dynr_filter_check_keys(page.filter, keys, 2, err);
    }
    if (status == DYNR_OK && request->start_key.len > 0) {
        status = read_start(&page, request->start_key, call->arena, err);
    }
    page.is_count = request->select == DYNR_SELECT_COUNT;
    page.is_consistent = request->consistent_read;
    page.limit = request->limit;
    page.segment = request->segment;
    page.total_segments = is_query ? 0 : request->total_segments;
    return status == DYNR_OK ? dynr_local_page_run(call, &page, response, err) : status;
}
