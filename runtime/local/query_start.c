/* SPDX-License-Identifier: Apache-2.0 */
/* ExclusiveStartKey: what is wrong with it, in the service's order and words, and the place in the range that it names. */
#include "local/engine.h"

struct start_position {
    struct dynr_str partition;
    struct dynr_str sort;
};

/* The table's key and the index's, each attribute once. */
static size_t start_key_size(const struct local_page *page)
{
    size_t size = page->table->n_keys;
    const struct dynr_key_attribute *own[2] = {dynr_local_page_partition(page),
                                               dynr_local_page_sort(page)};
    for (size_t i = 0; page->index != NULL && i < 2; i++) {
        bool is_table_key = dynr_str_equal(own[i]->name, page->table->keys[0].name) ||
                            dynr_str_equal(own[i]->name, page->table->keys[1].name);
        size += own[i]->name.len > 0 && !is_table_key ? 1 : 0;
    }
    return size;
}

enum dynr_status dynr_local_start_parse(const struct local_page *page,
                                        const struct dynr_request *request,
                                        struct dynr_arena *arena, struct dynr_attribute *out,
                                        struct dynr_error *err)
{
    enum dynr_status status = dynr_item_parse(request->start_key, arena, out, err);
    if (status != DYNR_OK || out->n_children == start_key_size(page)) {
        return status;
    }
    bool is_short = request->operation == DYNR_QUERY || page->index != NULL;
    return dynr_local_invalid(err, "%s",
                              is_short ? "The provided starting key is invalid"
                                       : "The provided starting key is invalid: The provided key "
                                         "element does not match the schema");
}

static bool has_type(const struct dynr_attribute *value, char type)
{
    const char *name = dynr_attribute_type_name(value->type);
    return name[0] == type && name[1] == '\0';
}

enum dynr_status dynr_local_start_check(const struct dynr_attribute *start,
                                        const struct dynr_key_attribute *key,
                                        struct dynr_error *err)
{
    const struct dynr_attribute *value = dynr_attribute_member(start, key->name);
    if (value == NULL) {
        return dynr_local_invalid(err, "The provided starting key is invalid");
    }
    return has_type(value, key->type)
               ? DYNR_OK
               : dynr_local_invalid(err, "The provided key element does not match the schema");
}

static enum dynr_status key_part(const struct dynr_attribute *start,
                                 const struct dynr_key_attribute *key, struct dynr_arena *arena,
                                 struct dynr_str *out, struct dynr_error *err)
{
    *out = dynr_str_make("", 0);
    if (key->name.len == 0) {
        return DYNR_OK;
    }
    const struct dynr_attribute *value = dynr_attribute_member(start, key->name);
    if (value == NULL || !has_type(value, key->type)) {
        return dynr_local_invalid(
            err, "The provided starting key is invalid: The provided key element does not match "
                 "the schema");
    }
    return dynr_local_key_bytes(value, arena, out, err);
}

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

static enum dynr_status check_boundaries(const struct local_page *page,
                                         const struct start_position *start, struct dynr_error *err)
{
    bool has_range = page->shape.low != LOCAL_BOUND_NONE || page->shape.high != LOCAL_BOUND_NONE;
    if (has_range && !is_in_range(page, start->sort)) {
        return dynr_local_invalid(
            err, "The provided starting key does not match the range key predicate");
    }
    if (dynr_str_equal(start->partition, page->partition)) {
        return DYNR_OK;
    }
    return dynr_local_invalid(
        err, "%s",
        has_range ? "The query can return at most one row and cannot be restarted"
                  : "The provided starting key is outside query boundaries based on provided "
                    "conditions");
}

enum dynr_status dynr_local_start_place(struct local_page *page, const struct dynr_attribute *start,
                                        struct dynr_arena *arena, struct dynr_error *err)
{
    struct start_position position = {{0}, {0}};
    enum dynr_status status =
        key_part(start, &page->table->keys[0], arena, &page->start.partition, err);
    if (status == DYNR_OK) {
        status = key_part(start, &page->table->keys[1], arena, &page->start.sort, err);
    }
    if (status == DYNR_OK) {
        status = key_part(start, dynr_local_page_partition(page), arena, &position.partition, err);
    }
    if (status == DYNR_OK) {
        status = key_part(start, dynr_local_page_sort(page), arena, &position.sort, err);
    }
    if (status == DYNR_OK && page->shape.has_partition) {
        status = check_boundaries(page, &position, err);
    }
    page->partition = position.partition;
    if (page->shape.is_backward) {
        page->shape.high = LOCAL_BOUND_START;
        page->high = position.sort;
    } else {
        page->shape.low = LOCAL_BOUND_START;
        page->low = position.sort;
    }
    return status;
}
