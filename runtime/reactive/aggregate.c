/* SPDX-License-Identifier: Apache-2.0 */
#include "reactive/aggregate.h"

#include "reactive/row_value.h"
#include "typed/encode_json.h"

struct dynr_aggregate *dynr_aggregate_new(struct dynr_engine *engine)
{
    return dynr_engine_allocate(engine, sizeof(struct dynr_aggregate));
}

static void drop_extremum(struct dynr_engine *engine, struct dynr_aggregate *value)
{
    dynr_engine_free(engine, value->row, value->row_size);
    value->row = NULL;
    value->has = false;
}

static void drop_decimal(struct dynr_engine *engine, struct dynr_aggregate *value)
{
    union {
        const char *text;
        void *block;
    } owned = {value->decimal.ptr};
    dynr_engine_free(engine, owned.block, value->decimal.len);
    value->decimal = dynr_str_make(NULL, 0);
}

void dynr_aggregate_clear(struct dynr_engine *engine, struct dynr_aggregate *value)
{
    drop_extremum(engine, value);
    drop_decimal(engine, value);
    value->integer = 0;
}

void dynr_aggregate_free(struct dynr_engine *engine, struct dynr_aggregate *value)
{
    if (value != NULL) {
        dynr_aggregate_clear(engine, value);
        dynr_engine_free(engine, value, sizeof *value);
    }
}

static const struct dynr_field_desc *field_of(const struct dynr_node_info *node)
{
    return &node->node->entity->row->fields[node->node->aggregate_field];
}

static const struct dynr_type_desc *type_of(const struct dynr_node_info *node)
{
    size_t offset = 0;
    return dynr_type_resolve(field_of(node)->type, &offset);
}

/* The field's value in a row. */
static const void *value_in(const struct dynr_node_info *node, const void *row)
{
    size_t offset = field_of(node)->offset;
    (void)dynr_type_resolve(field_of(node)->type, &offset);
    return (const char *)row + offset;
}

static enum dynr_status add_decimal(struct dynr_engine *engine, struct dynr_aggregate *value,
                                    const struct dynr_decimal *other, bool minus)
{
    struct dynr_arena arena;
    struct dynr_decimal before = {value->decimal.len == 0 ? dynr_str_from_c("0") : value->decimal};
    struct dynr_decimal sum;
    dynr_arena_init(&arena, engine->allocator, 0);
    enum dynr_status status = minus ? dynr_decimal_subtract(before, *other, &arena, &sum, NULL)
                                    : dynr_decimal_add(before, *other, &arena, &sum, NULL);
    if (status == DYNR_OK) {
        char *text = dynr_engine_allocate(engine, sum.text.len);
        if (text == NULL) {
            status = DYNR_ERR_NO_MEMORY;
        } else {
            memcpy(text, sum.text.ptr, sum.text.len);
            drop_decimal(engine, value);
            value->decimal = dynr_str_make(text, sum.text.len);
        }
    }
    dynr_arena_cleanup(&arena);
    return status;
}

static enum dynr_status add(struct dynr_engine *engine, const struct dynr_node_info *node,
                            struct dynr_aggregate *value, const void *row, bool minus)
{
    bool overflow = false;
    const void *term = value_in(node, row);
    const struct dynr_type_desc *type = type_of(node);
    if (!dynr_field_is_present(field_of(node), row)) {
        return DYNR_OK;
    }
    if (type->kind == DYNR_KIND_DECIMAL) {
        return add_decimal(engine, value, term, minus);
    }
    int64_t number =
        type->kind == DYNR_KIND_INT32 ? *(const int32_t *)term : *(const int64_t *)term;
    int64_t sum = minus ? dynr_int64_difference_checked(value->integer, number, &overflow)
                        : dynr_int64_sum_checked(value->integer, number, &overflow);
    if (overflow) {
        return DYNR_ERR_RANGE;
    }
    value->integer = sum;
    return DYNR_OK;
}

enum dynr_status dynr_aggregate_term(struct dynr_engine *engine, const struct dynr_node_info *node,
                                     const void *row, void **out, uint32_t *out_size)
{
    *out = NULL;
    *out_size = 0;
    if (node->node->aggregate == DYNR_AGGREGATE_COUNT) {
        return DYNR_OK;
    }
    struct dynr_struct_desc desc = *node->node->entity->row;
    desc.fields = field_of(node);
    desc.n_fields = 1;
    size_t size = dynr_struct_copy_size(&desc, row);
    void *copy = dynr_engine_allocate(engine, size);
    if (copy == NULL) {
        return DYNR_ERR_NO_MEMORY;
    }
    dynr_struct_copy(&desc, row, copy);
    *out = copy;
    *out_size = (uint32_t)size;
    return DYNR_OK;
}

bool dynr_aggregate_is_same_term(const struct dynr_node_info *node, const void *a, const void *b)
{
    bool is_present = dynr_field_is_present(field_of(node), a);
    return is_present == dynr_field_is_present(field_of(node), b) &&
           (!is_present ||
            dynr_value_compare(type_of(node), value_in(node, a), value_in(node, b)) == 0);
}

static enum dynr_status keep_extremum(struct dynr_engine *engine, const struct dynr_node_info *node,
                                      struct dynr_aggregate *value, const void *row)
{
    void *term;
    uint32_t size;
    enum dynr_status status = dynr_aggregate_term(engine, node, row, &term, &size);
    if (status == DYNR_OK) {
        drop_extremum(engine, value);
        value->row = term;
        value->row_size = size;
        value->has = true;
    }
    return status;
}

/* How `row` stands to the extremum: negative where it is beyond it. */
static int compare(const struct dynr_node_info *node, const struct dynr_aggregate *value,
                   const void *row)
{
    int order = dynr_value_compare(type_of(node), value_in(node, row), value_in(node, value->row));
    return node->node->aggregate == DYNR_AGGREGATE_MIN ? order : -order;
}

enum dynr_status dynr_aggregate_enter(struct dynr_engine *engine, const struct dynr_node_info *node,
                                      struct dynr_aggregate *value, const void *row)
{
    switch (node->node->aggregate) {
    case DYNR_AGGREGATE_COUNT:
        value->integer++;
        return DYNR_OK;
    case DYNR_AGGREGATE_SUM:
        return add(engine, node, value, row, false);
    case DYNR_AGGREGATE_MIN:
    case DYNR_AGGREGATE_MAX:
        break;
    }
    if (!dynr_field_is_present(field_of(node), row) ||
        (value->has && compare(node, value, row) >= 0)) {
        return DYNR_OK;
    }
    return keep_extremum(engine, node, value, row);
}

enum dynr_status dynr_aggregate_leave(struct dynr_engine *engine, const struct dynr_node_info *node,
                                      struct dynr_aggregate *value, const void *row, bool *out_lost)
{
    switch (node->node->aggregate) {
    case DYNR_AGGREGATE_COUNT:
        value->integer--;
        return DYNR_OK;
    case DYNR_AGGREGATE_SUM:
        return add(engine, node, value, row, true);
    case DYNR_AGGREGATE_MIN:
    case DYNR_AGGREGATE_MAX:
        break;
    }
    *out_lost = dynr_field_is_present(field_of(node), row) &&
                (!value->has || compare(node, value, row) <= 0);
    return DYNR_OK;
}

void dynr_aggregate_append(const struct dynr_node_info *node, const struct dynr_aggregate *value,
                           struct dynr_buf *out)
{
    static const struct dynr_type_desc integer = {.kind = DYNR_KIND_INT64};
    static const struct dynr_type_desc decimal = {.kind = DYNR_KIND_DECIMAL};
    enum dynr_status status = DYNR_OK;
    switch (node->node->aggregate) {
    case DYNR_AGGREGATE_COUNT:
        status = dynr_encode_json_value(&integer, &value->integer, out, NULL);
        break;
    case DYNR_AGGREGATE_SUM:
        if (type_of(node)->kind == DYNR_KIND_DECIMAL) {
            struct dynr_decimal sum = {value->decimal.len == 0 ? dynr_str_from_c("0")
                                                               : value->decimal};
            status = dynr_encode_json_value(&decimal, &sum, out, NULL);
        } else {
            status = dynr_encode_json_value(&integer, &value->integer, out, NULL);
        }
        break;
    case DYNR_AGGREGATE_MIN:
    case DYNR_AGGREGATE_MAX:
        if (value->has) {
            status = dynr_encode_json_value(
                field_of(node)->type, (const char *)value->row + field_of(node)->offset, out, NULL);
        } else {
            dynr_buf_append_c(out, "null");
        }
        break;
    }
    out->failed = out->failed || status != DYNR_OK;
}
