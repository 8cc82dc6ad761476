/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One value of many rows: read page by page, so that memory is that of two pages however many rows there are.
 */
#include "typed/client.h"
#include "typed/policy.h"
#include "typed/type.h"

#define PAGE_ROWS 500
#define WIDE_UNIT INT64_C(4294967296)

/** A sum of 64-bit integers that never overflows in between: `high` counts units of 2^32. */
struct wide_sum {
    int64_t high;
    int64_t low;
};

/** A value as it grows. Texts live in the arena of the last page. */
union aggregate_value {
    struct wide_sum sum;
    struct dynr_bytes bytes;
    int64_t integer;
    int32_t narrow;
    double number;
    struct dynr_decimal decimal;
    struct dynr_str text;
    struct dynr_date date;
    struct dynr_timestamp timestamp;
    struct dynr_ulid ulid;
    struct dynr_uuid uuid;
};

struct aggregate_run {
    const struct dynr_aggregate_value *aggregates;
    size_t n_aggregates;
    const struct dynr_struct_desc *desc;
    union aggregate_value *values;
    bool *present;
};

static enum dynr_status out_of_range(const struct dynr_aggregate_value *aggregate,
                                     struct dynr_error *err)
{
    return dynr_fail_field(err, DYNR_ERR_RANGE, dynr_str_from_c(aggregate->name),
                           "the sum does not fit");
}

static enum dynr_status add(const struct dynr_aggregate_value *aggregate,
                            const struct dynr_field_desc *field, const void *value,
                            union aggregate_value *total, struct dynr_arena *arena,
                            struct dynr_error *err)
{
    if (field->type->kind == DYNR_KIND_DECIMAL) {
        struct dynr_decimal amount;
        memcpy(&amount, value, sizeof amount);
        enum dynr_status status =
            dynr_decimal_add(total->decimal, amount, arena, &total->decimal, err);
        return status == DYNR_ERR_RANGE ? out_of_range(aggregate, err) : status;
    }
    int64_t amount = 0;
    if (field->type->kind == DYNR_KIND_INT32) {
        int32_t narrow;
        memcpy(&narrow, value, sizeof narrow);
        amount = narrow;
    } else {
        memcpy(&amount, value, sizeof amount);
    }
    /* Shifting a negative number is the compiler's choice; dividing is not. */
    int64_t low = amount % WIDE_UNIT;
    total->sum.high += (amount - low) / WIDE_UNIT;
    total->sum.low += low;
    total->sum.high += total->sum.low / WIDE_UNIT;
    total->sum.low %= WIDE_UNIT;
    return DYNR_OK;
}

/** The sum as one number. */
static enum dynr_status narrow_sum(const struct dynr_aggregate_value *aggregate,
                                   const struct wide_sum *sum, int64_t *out, struct dynr_error *err)
{
    bool overflow = sum->high > INT64_MAX / WIDE_UNIT + 1 || sum->high < INT64_MIN / WIDE_UNIT - 1;
    if (!overflow) {
        /* Signs may differ: the larger part comes first, halved, so that no step leaves the range that the result is in. */
        int64_t half = sum->high / 2 * WIDE_UNIT;
        int64_t rest = (sum->high % 2) * WIDE_UNIT + sum->low;
        *out =
            dynr_int64_sum_checked(dynr_int64_sum_checked(half, rest, &overflow), half, &overflow);
    }
    return overflow ? out_of_range(aggregate, err) : DYNR_OK;
}

static enum dynr_status take_value(struct aggregate_run *run, size_t index, const void *row,
                                   struct dynr_arena *arena, struct dynr_error *err)
{
    const struct dynr_aggregate_value *aggregate = &run->aggregates[index];
    union aggregate_value *total = &run->values[index];
    if (aggregate->kind == DYNR_AGGREGATE_COUNT) {
        total->integer++;
        return DYNR_OK;
    }
    const struct dynr_field_desc *field = &run->desc->fields[aggregate->field];
    if (!dynr_field_is_present(field, row)) {
        return DYNR_OK;
    }
    const void *value = dynr_field_value(field, row);
    if (aggregate->kind == DYNR_AGGREGATE_SUM) {
        return add(aggregate, field, value, total, arena, err);
    }
    int order = run->present[index] ? dynr_value_compare(field->type, value, total) : 0;
    bool is_better = aggregate->kind == DYNR_AGGREGATE_MIN ? order < 0 : order > 0;
    if (!run->present[index] || is_better) {
        memcpy(total, value, dynr_type_size(field->type));
        run->present[index] = true;
    }
    return DYNR_OK;
}

/** Copies what the values borrow from a page that is about to go. */
static enum dynr_status keep_values(struct aggregate_run *run, struct dynr_arena *arena,
                                    struct dynr_error *err)
{
    for (size_t i = 0; i < run->n_aggregates; i++) {
        const struct dynr_aggregate_value *aggregate = &run->aggregates[i];
        if (aggregate->kind == DYNR_AGGREGATE_COUNT) {
            continue;
        }
        enum dynr_kind kind = run->desc->fields[aggregate->field].type->kind;
        if (kind == DYNR_KIND_BYTES && run->present[i]) {
            struct dynr_bytes *bytes = &run->values[i].bytes;
            bytes->ptr = (const uint8_t *)dynr_arena_dup(
                             arena, dynr_str_make((const char *)bytes->ptr, bytes->len))
                             .ptr;
            if (bytes->ptr == NULL) {
                return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
            }
        }
        bool is_set = aggregate->kind == DYNR_AGGREGATE_SUM || run->present[i];
        struct dynr_str *text =
            kind == DYNR_KIND_DECIMAL ? &run->values[i].decimal.text : &run->values[i].text;
        if (!is_set || (kind != DYNR_KIND_DECIMAL && !dynr_kind_is_text(kind))) {
            continue;
        }
        *text = dynr_arena_dup(arena, *text);
        if (text->ptr == NULL) {
            return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
        }
    }
    return DYNR_OK;
}

static enum dynr_status take_page(struct aggregate_run *run, const struct dynr_rows *page,
                                  struct dynr_arena *arena, struct dynr_error *err)
{
    enum dynr_status status = DYNR_OK;
    for (size_t i = 0; i < page->n_items && status == DYNR_OK; i++) {
        const char *row = (const char *)page->items + i * run->desc->size;
        for (size_t k = 0; k < run->n_aggregates && status == DYNR_OK; k++) {
            status = take_value(run, k, row, arena, err);
        }
    }
    return status == DYNR_OK ? keep_values(run, arena, err) : status;
}

static enum dynr_status read_pages(struct aggregate_run *run, struct dynr_client *client,
                                   const struct dynr_query *query,
                                   const struct dynr_policy_call *call, struct dynr_arena pages[2],
                                   struct dynr_error *err)
{
    struct dynr_query part = *query;
    part.limit = PAGE_ROWS;
    for (unsigned turn = 0;; turn = 1 - turn) {
        struct dynr_rows page;
        /* The cursor and the values are in the other arena. */
        dynr_arena_reset(&pages[turn]);
        enum dynr_status status =
            dynr_rows_query(client, &part, run->desc, &pages[turn], &page, err);
        if (status == DYNR_OK) {
            status = dynr_policy_page(client, call, run->desc->size, &pages[turn], &page, err);
        }
        if (status == DYNR_OK) {
            status = take_page(run, &page, &pages[turn], err);
        }
        if (status != DYNR_OK || page.cursor.len == 0) {
            return status;
        }
        part.cursor = page.cursor;
    }
}

static bool is_integer_sum(const struct aggregate_run *run,
                           const struct dynr_aggregate_value *aggregate)
{
    return aggregate->kind == DYNR_AGGREGATE_SUM &&
           run->desc->fields[aggregate->field].type->kind != DYNR_KIND_DECIMAL;
}

static enum dynr_status write_values(const struct aggregate_run *run, char *output,
                                     struct dynr_error *err)
{
    for (size_t i = 0; i < run->n_aggregates; i++) {
        const struct dynr_aggregate_value *aggregate = &run->aggregates[i];
        const void *value = &run->values[i];
        size_t size = sizeof(int64_t);
        int64_t sum = 0;
        if (is_integer_sum(run, aggregate)) {
            enum dynr_status status = narrow_sum(aggregate, &run->values[i].sum, &sum, err);
            if (status != DYNR_OK) {
                return status;
            }
            value = &sum;
        } else if (aggregate->kind != DYNR_AGGREGATE_COUNT) {
            size = dynr_type_size(run->desc->fields[aggregate->field].type);
        }
        if (aggregate->presence != DYNR_REQUIRED) {
            memcpy(output + aggregate->presence, &run->present[i], sizeof run->present[i]);
        }
        memcpy(output + aggregate->value, value, size);
    }
    return DYNR_OK;
}

enum dynr_status dynr_rows_aggregate(struct dynr_client *client, const struct dynr_query *query,
                                     const struct dynr_policy_call *call,
                                     const struct dynr_aggregate_desc *aggregate,
                                     struct dynr_arena *arena, void *output, struct dynr_error *err)
{
    const struct dynr_struct_desc *desc = aggregate->source;
    struct aggregate_run run = {
        .aggregates = aggregate->values, .n_aggregates = aggregate->n_values, .desc = desc};
    run.values = dynr_arena_calloc(arena, run.n_aggregates + 1, sizeof *run.values);
    run.present = dynr_arena_calloc(arena, run.n_aggregates + 1, sizeof *run.present);
    if (run.values == NULL || run.present == NULL) {
        return dynr_fail(err, DYNR_ERR_NO_MEMORY, NULL);
    }
    for (size_t i = 0; i < run.n_aggregates; i++) {
        bool is_sum = run.aggregates[i].kind == DYNR_AGGREGATE_SUM;
        if (is_sum && desc->fields[run.aggregates[i].field].type->kind == DYNR_KIND_DECIMAL) {
            run.values[i].decimal.text = dynr_str_from_c("0");
        }
    }
    if (query == NULL) {
        return write_values(&run, output, err);
    }
    struct dynr_arena pages[2];
    dynr_arena_init(&pages[0], client->allocator, 0);
    dynr_arena_init(&pages[1], client->allocator, 0);
    enum dynr_status status = read_pages(&run, client, query, call, pages, err);
    if (status == DYNR_OK) {
        status = keep_values(&run, arena, err);
    }
    dynr_arena_cleanup(&pages[0]);
    dynr_arena_cleanup(&pages[1]);
    return status == DYNR_OK ? write_values(&run, output, err) : status;
}
