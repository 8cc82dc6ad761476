/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An expression over an item. The input has five lines: a letter for the kind (c, f, k, u, p), the expression, names,
 * values, the item. Evaluating never crashes; a condition and its negation never agree; an update leaves the old item
 * alone, and what it and a projection make is an item that survives writing and parsing.
 */
#include <stdlib.h>

#include "ddb/expression.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct run {
    struct dynr_arena arena;
    struct dynr_error err;
    struct dynr_bindings bindings;
    struct dynr_attribute item;
};

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static struct dynr_str next_line(struct dynr_str *rest)
{
    const char *end = rest->len == 0 ? NULL : memchr(rest->ptr, '\n', rest->len);
    size_t len = end == NULL ? rest->len : (size_t)(end - rest->ptr);
    struct dynr_str line = dynr_str_make(rest->ptr, len);
    size_t step = end == NULL ? len : len + 1;
    *rest = dynr_str_make(rest->ptr + step, rest->len - step);
    return line;
}

static const struct dynr_bound_expression *bind(struct run *run, enum dynr_expression_kind kind,
                                                struct dynr_str text)
{
    const struct dynr_expression *parsed;
    const struct dynr_bound_expression *bound;
    enum dynr_status status = dynr_expression_parse(kind, text, &run->arena, &parsed, &run->err);
    if (status == DYNR_OK) {
        status = dynr_expression_bind(parsed, &run->bindings, &run->arena, &bound, &run->err);
    }
    require(status == DYNR_OK || status == DYNR_ERR_INVALID_ARGUMENT);
    return status == DYNR_OK ? bound : NULL;
}

static void check_item(struct run *run, const struct dynr_attribute *item)
{
    struct dynr_buf buf = {0};
    struct dynr_attribute again;
    dynr_item_write(item, &buf);
    require(dynr_item_parse(dynr_buf_str(&buf), &run->arena, &again, &run->err) == DYNR_OK);
    require(dynr_attribute_equal(item, &again));
    dynr_buf_cleanup(&buf);
}

static void run_condition(struct run *run, enum dynr_expression_kind kind, struct dynr_str text)
{
    bool holds;
    bool negated;
    const struct dynr_bound_expression *bound = bind(run, kind, text);
    if (bound == NULL) {
        return;
    }
    require(dynr_condition_holds(bound, &run->item, &run->arena, &holds, &run->err) == DYNR_OK);
    struct dynr_str negation = dynr_arena_printf(&run->arena, "NOT(%.*s)", (int)text.len, text.ptr);
    bound = bind(run, kind, negation);
    if (bound != NULL) {
        require(dynr_condition_holds(bound, &run->item, &run->arena, &negated, &run->err) ==
                DYNR_OK);
        require(holds != negated);
    }
}

static void run_key_condition(struct run *run, struct dynr_str text)
{
    const struct dynr_bound_expression *bound = bind(run, DYNR_EXPRESSION_KEY_CONDITION, text);
    struct dynr_key_schema_part partition = {dynr_str_from_c("pk"), 'S'};
    struct dynr_key_schema_part sort = {dynr_str_from_c("sk"), 'S'};
    struct dynr_key_range range;
    if (bound != NULL) {
        enum dynr_status status =
            dynr_key_condition_read(bound, partition, sort, &range, &run->err);
        require(status == DYNR_OK || status == DYNR_ERR_INVALID_ARGUMENT);
    }
}

static void run_update(struct run *run, struct dynr_str text)
{
    const struct dynr_bound_expression *bound = bind(run, DYNR_EXPRESSION_UPDATE, text);
    struct dynr_str key = dynr_str_from_c("pk");
    struct dynr_attribute changed;
    struct dynr_attribute old;
    struct dynr_attribute updated;
    struct dynr_buf before = {0};
    struct dynr_buf after = {0};
    if (bound == NULL) {
        return;
    }
    dynr_item_write(&run->item, &before);
    enum dynr_status status = dynr_update_apply(bound, &run->item, &key, 1, &run->arena, &changed,
                                                &old, &updated, &run->err);
    dynr_item_write(&run->item, &after);
    require(dynr_str_equal(dynr_buf_str(&before), dynr_buf_str(&after)));
    require(status == DYNR_OK || status == DYNR_ERR_INVALID_ARGUMENT);
    if (status == DYNR_OK) {
        check_item(run, &changed);
        check_item(run, &old);
        check_item(run, &updated);
    }
    dynr_buf_cleanup(&before);
    dynr_buf_cleanup(&after);
}

static void run_projection(struct run *run, struct dynr_str text)
{
    const struct dynr_bound_expression *bound = bind(run, DYNR_EXPRESSION_PROJECTION, text);
    struct dynr_attribute projected;
    if (bound != NULL) {
        require(dynr_projection_apply(bound, &run->item, &run->arena, &projected, &run->err) ==
                DYNR_OK);
        check_item(run, &projected);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct run run = {0};
    struct dynr_str rest = dynr_str_make((const char *)data, size);
    struct dynr_str kind = next_line(&rest);
    struct dynr_str text = next_line(&rest);
    struct dynr_str names = next_line(&rest);
    struct dynr_str values = next_line(&rest);
    if (dynr_bindings_parse(names, values, &run.arena, &run.bindings, &run.err) != DYNR_OK) {
        memset(&run.bindings, 0, sizeof run.bindings);
    }
    if (dynr_item_parse(rest, &run.arena, &run.item, &run.err) != DYNR_OK) {
        memset(&run.item, 0, sizeof run.item);
        run.item.type = DYNR_ATTRIBUTE_M;
    }
    switch (kind.len == 0 ? 'c' : kind.ptr[0]) {
    case 'u':
        run_update(&run, text);
        break;
    case 'p':
        run_projection(&run, text);
        break;
    case 'k':
        run_key_condition(&run, text);
        break;
    case 'f':
        run_condition(&run, DYNR_EXPRESSION_FILTER, text);
        break;
    default:
        run_condition(&run, DYNR_EXPRESSION_CONDITION, text);
        break;
    }
    dynr_arena_cleanup(&run.arena);
    return 0;
}
