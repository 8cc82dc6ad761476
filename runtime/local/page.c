/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One page of a Query or Scan: rows of one SQLite statement, thus of one snapshot. The limit and
 * the 1 MB of a page count items as they are read; the filter comes after.
 */
#include "local/capacity.h"

struct page_items {
    struct dynr_str *items;
    size_t n_items;
    size_t cap_items;
};

static bool add_item(struct page_items *list, struct dynr_arena *arena, struct dynr_str item)
{
    if (list->n_items == list->cap_items) {
        size_t cap_items = list->cap_items == 0 ? 16 : list->cap_items * 2;
        struct dynr_str *items = dynr_arena_calloc(arena, cap_items, sizeof *items);
        if (items == NULL) {
            return false;
        }
        if (list->n_items > 0) {
            memcpy(items, list->items, list->n_items * sizeof *items);
        }
        list->items = items;
        list->cap_items = cap_items;
    }
    list->items[list->n_items++] = item;
    return true;
}

/*
 * Scans share a table by a stable hash of the partition key (FNV-1a), as the service does by its
 * own.
 */
static bool is_of_segment(const struct local_page *page, struct dynr_str partition)
{
    uint64_t hash = 0xcbf29ce484222325u;
    if (page->total_segments < 2) {
        return true;
    }
    for (size_t i = 0; i < partition.len; i++) {
        hash = (hash ^ (unsigned char)partition.ptr[i]) * 0x100000001b3u;
    }
    return (hash >> 32) % page->total_segments == page->segment;
}

/* Whether the row passes the filter, and its text as the answer has it. */
static enum dynr_status take_row(struct local_connection *connection, struct local_call *call,
                                 const struct local_page *page, struct dynr_str row,
                                 struct page_items *list, struct dynr_response *response,
                                 struct dynr_error *err)
{
    struct dynr_attribute tree;
    struct dynr_attribute part;
    struct dynr_str item;
    enum dynr_status status = DYNR_OK;
    bool holds = true;
    if (page->filter != NULL || (page->projection != NULL && !page->is_count)) {
        dynr_arena_reset(&connection->scratch);
        status = dynr_item_parse(row, &connection->scratch, &tree, err);
        if (status == DYNR_OK && page->filter != NULL) {
            status = dynr_condition_holds(page->filter, &tree, &connection->scratch, &holds, err);
        }
    }
    if (status != DYNR_OK || !holds) {
        return status;
    }
    response->count++;
    if (page->is_count) {
        return DYNR_OK;
    }
    if (page->projection != NULL) {
        status = dynr_projection_apply(page->projection, &tree, &connection->scratch, &part, err);
        if (status == DYNR_OK) {
            status = dynr_local_item_text(&part, call->arena, row.len, &item, err);
        }
        if (status != DYNR_OK) {
            return status;
        }
    } else {
        char *copy = dynr_arena_text(call->arena, row.len);
        if (copy == NULL) {
            return dynr_local_out_of_memory(err);
        }
        memcpy(copy, row.ptr, row.len);
        item = dynr_str_make(copy, row.len);
    }
    return add_item(list, call->arena, item) ? DYNR_OK : dynr_local_out_of_memory(err);
}

/* The key to go on from: the table's and the index's attributes of the last row read. */
static enum dynr_status last_key(struct local_call *call, const struct local_page *page,
                                 struct dynr_str row, struct dynr_response *response,
                                 struct dynr_error *err)
{
    struct dynr_str names[4] = {page->table->keys[0].name, page->table->keys[1].name};
    size_t n_names = page->table->n_keys;
    if (page->index != NULL) {
        struct dynr_str own[2] = {page->index->definition.partition_key.name,
                                  page->index->definition.sort_key.name};
        for (size_t i = 0; i < 2; i++) {
            if (own[i].len > 0 && !dynr_str_equal(own[i], page->table->keys[0].name) &&
                !dynr_str_equal(own[i], page->table->keys[1].name)) {
                names[n_names++] = own[i];
            }
        }
    }
    return dynr_local_pick(row, names, n_names, call->arena, &response->last_key, err);
}

/* Whether each row is an entry of a local index, and its item is fetched from the table, which costs its own. */
static bool is_fetched(const struct local_page *page)
{
    return page->shape.is_joined && page->index != NULL && page->index->stores_item;
}

/* What one row weighs against the page; a fetched item is counted here, the rest together at the end. */
static enum dynr_status weigh(struct local_call *call, const struct local_page *page,
                              sqlite3_stmt *statement, size_t *entries, size_t *items,
                              struct dynr_error *err)
{
    size_t size = (size_t)sqlite3_column_int64(statement, 1);
    *items += size;
    if (!is_fetched(page)) {
        *entries += size;
        return DYNR_OK;
    }
    *entries += (size_t)sqlite3_column_int64(statement, 3);
    return dynr_local_meter_read(call, page->table, LOCAL_NO_INDEX, size, page->is_consistent, err);
}

static enum dynr_status read_rows(struct local_connection *connection, struct local_call *call,
                                  const struct local_page *page, sqlite3_stmt *statement,
                                  struct dynr_response *response, struct dynr_error *err)
{
    enum dynr_status status = DYNR_OK;
    struct page_items list = {0};
    size_t n_entry_bytes = 0;
    size_t n_bytes = 0;
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        if (page->total_segments > 1 && !is_of_segment(page, dynr_local_column(statement, 2))) {
            continue;
        }
        struct dynr_str row = dynr_local_column(statement, 0);
        if (row.ptr == NULL) {
            return dynr_local_out_of_memory(err);
        }
        response->scanned_count++;
        status = weigh(call, page, statement, &n_entry_bytes, &n_bytes, err);
        if (status == DYNR_OK) {
            status = take_row(connection, call, page, row, &list, response, err);
        }
        if (status == DYNR_OK &&
            (response->scanned_count == page->limit || n_bytes >= LOCAL_PAGE_BYTES)) {
            status = last_key(call, page, row, response, err);
            code = SQLITE_DONE;
        }
        if (status != DYNR_OK || code == SQLITE_DONE) {
            break;
        }
    }
    if (status == DYNR_OK && code != SQLITE_DONE) {
        status = dynr_local_fail(connection, page->table, code, err);
    }
    if (status == DYNR_OK) {
        status = dynr_local_meter_read(call, page->table,
                                       page->index == NULL ? LOCAL_NO_INDEX : page->relation - 1,
                                       n_entry_bytes, page->is_consistent, err);
    }
    response->items = list.items;
    response->n_items = list.n_items;
    response->size_bytes = n_bytes;
    return status;
}

static void bind_range(sqlite3_stmt *statement, const struct local_page *page)
{
    const struct local_range_shape *shape = &page->shape;
    bool has_start = shape->low == LOCAL_BOUND_START || shape->high == LOCAL_BOUND_START;
    if (shape->has_partition || has_start) {
        dynr_local_bind_bytes(statement, 1, page->partition);
    }
    if (shape->low != LOCAL_BOUND_NONE) {
        dynr_local_bind_bytes(statement, 2, page->low);
    }
    if (shape->high != LOCAL_BOUND_NONE) {
        dynr_local_bind_bytes(statement, 3, page->high);
    }
    if (has_start && page->index != NULL) {
        dynr_local_bind_bytes(statement, 4, page->start.partition);
        dynr_local_bind_bytes(statement, 5, page->start.sort);
    }
}

enum dynr_status dynr_local_page_run(struct local_call *call, const struct local_page *page,
                                     struct dynr_response *response, struct dynr_error *err)
{
    struct local_connection *connection;
    sqlite3_stmt *statement;
    enum dynr_status status = dynr_local_snapshot_begin(call, &connection, err);
    if (status != DYNR_OK) {
        return status;
    }
    status = dynr_local_row_statement(connection, page->table, page->relation,
                                      dynr_local_range_statement(&page->shape), &statement, err);
    if (status == DYNR_OK) {
        bind_range(statement, page);
        status = read_rows(connection, call, page, statement, response, err);
        (void)sqlite3_reset(statement);
    }
    dynr_local_snapshot_end(call, connection);
    return status;
}
