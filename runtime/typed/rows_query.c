/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queries along a path: the key condition, paging, and cursors that are exact also where a page was cut.
 */
#include "ddb/attribute.h"
#include "typed/key.h"
#include "typed/read.h"

/* With a filter, rows evaluated are not rows returned: smaller pages would be many requests. */
#define FILTERED_PAGE_MIN 100

struct query_run {
    struct dynr_client *client;
    const struct dynr_query *query;
    struct dynr_row_read read;
    struct dynr_sort_range range;
    /* Raw. */
    struct dynr_str partition;
    struct dynr_request request;
    struct dynr_field_order order;
    struct dynr_arena *arena;
    struct dynr_rows *rows;
    /* With DYNR_READ_POSITIONS, as many as rows; else NULL. */
    uint64_t *positions;
    size_t cap_rows;
    /* The item of the last row, for a cursor. */
    struct dynr_str last_item;
    /* A page had more rows than were asked for. */
    bool cut;
};

static const char *sort_condition(enum dynr_sort_op op)
{
    switch (op) {
    case DYNR_SORT_IS:
        return " AND #ks = :kl";
    case DYNR_SORT_STARTS_WITH:
        return " AND begins_with(#ks, :kl)";
    case DYNR_SORT_FROM:
        return " AND #ks >= :kl";
    case DYNR_SORT_AFTER:
        return " AND #ks > :kl";
    case DYNR_SORT_TO:
        return " AND #ks <= :kh";
    case DYNR_SORT_BEFORE:
        return " AND #ks < :kh";
    case DYNR_SORT_FROM_TO:
        return " AND #ks BETWEEN :kl AND :kh";
    case DYNR_SORT_ANY:
    case DYNR_SORT_NOTHING:
        break;
    }
    return "";
}

static enum dynr_status build_key_condition(struct query_run *run,
                                            struct dynr_placeholders *placeholders,
                                            struct dynr_error *err)
{
    const struct dynr_path_desc *path = run->query->path;
    const struct dynr_sort_range *range = &run->range;
    struct dynr_scratch text;
    dynr_scratch_init(&text, run->arena);
    dynr_placeholders_name(placeholders, "#kp", path->partition->attribute);
    dynr_key_append_raw(path->partition->type, run->partition,
                        dynr_placeholders_value(placeholders, ":kp"));
    dynr_buf_append_c(&text.buf, "#kp = :kp");
    if (range->op != DYNR_SORT_ANY) {
        dynr_placeholders_name(placeholders, "#ks", path->sort->attribute);
        dynr_buf_append_c(&text.buf, sort_condition(range->op));
        if (range->low.ptr != NULL) {
            dynr_key_append_raw(range->type, range->low,
                                dynr_placeholders_value(placeholders, ":kl"));
        }
        if (range->high.ptr != NULL) {
            dynr_key_append_raw(range->type, range->high,
                                dynr_placeholders_value(placeholders, ":kh"));
        }
    }
    if (!dynr_buf_ok(&text.buf)) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    run->request.key_condition = dynr_buf_str(&text.buf);
    return DYNR_OK;
}

static enum dynr_status build_filter(struct query_run *run, struct dynr_placeholders *placeholders,
                                     struct dynr_error *err)
{
    const struct dynr_filter *filter = &run->query->filter;
    const char *deleted = run->read.deleted_attribute;
    struct dynr_scratch text;
    dynr_scratch_init(&text, run->arena);
    if (filter->expression != NULL) {
        bool both = deleted != NULL;
        dynr_buf_append_c(&text.buf, both ? "(" : "");
        dynr_buf_append_c(&text.buf, filter->expression);
        dynr_buf_append_c(&text.buf, both ? ") AND " : "");
        enum dynr_status status = dynr_placeholders_filter(placeholders, filter, err);
        if (status != DYNR_OK) {
            return status;
        }
    }
    if (deleted != NULL) {
        dynr_placeholders_name(placeholders, "#kd", deleted);
        dynr_buf_append_c(&text.buf, "attribute_not_exists(#kd)");
    }
    if (!dynr_buf_ok(&text.buf)) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    run->request.filter = dynr_buf_str(&text.buf);
    return DYNR_OK;
}

static enum dynr_status apply_cursor(struct query_run *run, struct dynr_error *err)
{
    const struct dynr_path_desc *path = run->query->path;
    struct dynr_cursor cursor;
    if (run->query->cursor.len == 0) {
        return DYNR_OK;
    }
    enum dynr_status status = dynr_cursor_read(path, run->query->cursor, run->arena, &cursor, err);
    if (status != DYNR_OK) {
        return status;
    }
    if (dynr_key_compare_raw(path->partition->type, cursor.partition, run->partition) != 0 ||
        !dynr_sort_range_holds(&run->range, cursor.sort)) {
        return dynr_fail_field(err, DYNR_ERR_INVALID_ARGUMENT, dynr_str_from_c("cursor"),
                               "the cursor is not of this query");
    }
    run->request.start_key = cursor.start_key;
    return DYNR_OK;
}

static enum dynr_status prepare(struct query_run *run, const struct dynr_struct_desc *desc,
                                struct dynr_error *err)
{
    const struct dynr_query *query = run->query;
    const struct dynr_path_desc *path = query->path;
    const struct dynr_table_desc *table = path->entity->table;
    const char *keys[] = {table->partition_attribute, path->partition->attribute,
                          table->sort_attribute, NULL, NULL};
    keys[table->sort_attribute == NULL ? 2 : 3] = path->sort == NULL ? NULL : path->sort->attribute;
    struct dynr_placeholders placeholders;
    dynr_placeholders_init(&placeholders, run->arena);
    enum dynr_status status = dynr_key_text(path->partition, query->probe, DYNR_PARTITION_KEY_MAX,
                                            run->arena, &run->partition, err);
    if (status == DYNR_OK && run->partition.ptr == NULL) {
        return dynr_fail_field(err, DYNR_ERR_MISSING, dynr_str_from_c(path->partition->attribute),
                               "a value of the query is absent");
    }
    if (status == DYNR_OK) {
        status = dynr_sort_range_build(query, run->arena, &run->range, err);
    }
    if (status == DYNR_OK) {
        bool whole = path->index != NULL && path->index->projection != DYNR_PROJECT_ALL;
        status = dynr_row_read_prepare(&run->read, run->client, path->entity, desc, query->flags,
                                       whole, keys, &placeholders, run->arena, err);
    }
    if (status == DYNR_OK) {
        status = build_key_condition(run, &placeholders, err);
    }
    if (status == DYNR_OK) {
        status = build_filter(run, &placeholders, err);
    }
    if (status == DYNR_OK) {
        status = dynr_placeholders_finish(&placeholders, &run->request, err);
    }
    return status == DYNR_OK ? apply_cursor(run, err) : status;
}

/* Whether the condition said all; else looks at the item's sort key. */
static bool is_in_range(const struct query_run *run, struct dynr_str item)
{
    const struct dynr_sort_range *range = &run->range;
    struct dynr_str value;
    struct dynr_str raw;
    if (!range->drop_low && !range->drop_high && range->prefix.len == 0) {
        return true;
    }
    struct dynr_str name = dynr_str_from_c(run->query->path->sort->attribute);
    return dynr_item_find(item, name, &value, NULL) &&
           dynr_key_read_raw(range->type, value, run->arena, &raw) &&
           dynr_sort_range_holds(range, raw);
}

static bool grow_positions(struct query_run *run, size_t cap)
{
    uint64_t *positions = dynr_arena_calloc(run->arena, cap, sizeof *positions);
    if (positions == NULL) {
        return false;
    }
    if (run->rows->n_items > 0) {
        memcpy(positions, run->positions, run->rows->n_items * sizeof *positions);
    }
    run->positions = positions;
    run->rows->positions = positions;
    return true;
}

/* Room for `more` rows behind those that there are. */
static bool make_room(struct query_run *run, size_t more)
{
    struct dynr_rows *rows = run->rows;
    size_t need = rows->n_items + more;
    if (need <= run->cap_rows) {
        return true;
    }
    size_t cap = need > run->cap_rows * 2 ? need : run->cap_rows * 2;
    void *items = dynr_arena_calloc(run->arena, cap, run->read.desc->size);
    if (items == NULL) {
        return false;
    }
    if (rows->n_items > 0) {
        memcpy(items, rows->items, rows->n_items * run->read.desc->size);
    }
    rows->items = items;
    run->cap_rows = cap;
    return !run->request.want_position || grow_positions(run, cap);
}

static bool is_full(const struct query_run *run)
{
    return run->query->limit != 0 && run->rows->n_items == run->query->limit;
}

static enum dynr_status take_page(struct query_run *run, const struct dynr_response *response,
                                  struct dynr_error *err)
{
    struct dynr_rows *rows = run->rows;
    size_t size = run->read.desc->size;
    size_t wanted = response->n_items;
    if (run->query->limit != 0 && wanted > run->query->limit - rows->n_items) {
        wanted = run->query->limit - rows->n_items;
    }
    if (!make_room(run, wanted)) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    for (size_t i = 0; i < response->n_items; i++) {
        struct dynr_str item = response->items[i];
        if (!is_in_range(run, item)) {
            continue;
        }
        if (is_full(run)) {
            run->cut = true;
            return DYNR_OK;
        }
        bool visible = false;
        enum dynr_status status =
            dynr_row_read_decode(&run->read, item, &run->order, run->arena,
                                 (char *)rows->items + rows->n_items * size, &visible, err);
        if (status != DYNR_OK) {
            return status;
        }
        if (visible) {
            if (run->request.want_position) {
                run->positions[rows->n_items] = response->position;
            }
            rows->n_items++;
            run->last_item = item;
        }
    }
    return DYNR_OK;
}

static enum dynr_status run_pages(struct query_run *run, struct dynr_error *err)
{
    const struct dynr_query *query = run->query;
    struct dynr_response response;
    for (;;) {
        if (query->limit != 0) {
            uint32_t left = query->limit - (uint32_t)run->rows->n_items;
            bool small = run->request.filter.len > 0 && left < FILTERED_PAGE_MIN;
            run->request.limit = small ? FILTERED_PAGE_MIN : left;
        }
        enum dynr_status status =
            dynr_client_call(run->client, &run->request, run->arena, &response, err);
        if (status != DYNR_OK) {
            return status;
        }
        if (run->rows->n_requests == 0 || response.position < run->rows->position) {
            /* Stays 0 where no position was asked for. */
            run->rows->position = response.position;
        }
        run->rows->n_requests++;
        run->rows->n_evaluated += response.scanned_count;
        status = take_page(run, &response, err);
        if (status != DYNR_OK) {
            return status;
        }
        if (run->cut) {
            return dynr_cursor_make(query->path, run->last_item, run->arena, &run->rows->cursor,
                                    err);
        }
        if (response.last_key.len == 0) {
            return DYNR_OK;
        }
        if (is_full(run)) {
            /* Behind the last row there may be one that the range drops: it must not become a cursor. */
            bool drops = run->range.drop_low || run->range.drop_high || run->range.prefix.len > 0;
            return dynr_cursor_make(query->path, drops ? run->last_item : response.last_key,
                                    run->arena, &run->rows->cursor, err);
        }
        run->request.start_key = response.last_key;
    }
}

enum dynr_status dynr_rows_query(struct dynr_client *client, const struct dynr_query *query,
                                 const struct dynr_struct_desc *desc, struct dynr_arena *arena,
                                 struct dynr_rows *out, struct dynr_error *err)
{
    struct query_run run;
    memset(out, 0, sizeof *out);
    memset(&run, 0, sizeof run);
    if (query->path->kind == DYNR_PATH_UNIQUE) {
        return dynr_fail(err, DYNR_ERR_INVALID_ARGUMENT, "a unique value leads to one row");
    }
    run.client = client;
    run.query = query;
    run.arena = arena;
    run.rows = out;
    run.request.size = sizeof run.request;
    dynr_field_order_init(&run.order);
    enum dynr_status status = prepare(&run, desc, err);
    if (status != DYNR_OK || run.range.op == DYNR_SORT_NOTHING) {
        return status;
    }
    run.request.operation = DYNR_QUERY;
    run.request.table = run.read.table;
    run.request.index =
        dynr_str_from_c(query->path->index == NULL ? NULL : query->path->index->name);
    run.request.projection = run.read.projection;
    run.request.backward = query->descending;
    run.request.want_position = (query->flags & DYNR_READ_POSITIONS) != 0;
    run.request.consistent_read =
        query->path->index == NULL && (query->flags & DYNR_READ_EVENTUAL) == 0;
    return run_pages(&run, err);
}
