/* SPDX-License-Identifier: Apache-2.0 */
/* What a query shows, by looking at every row: no key, no order and no bound of the engine is used. */
#include <stdlib.h>

#include "typed/encode_json.h"
#include <stdio.h>

#include "world.h"

struct evaluation {
    struct world *world;
    const struct dynr_view_desc *view;
    const void *input;
    const void *caller;
    struct dynr_buf text;
};

static const struct dynr_view_node *sorted;

static int compare_field(const struct dynr_view_node *node, uint16_t number, bool down,
                         const void *a, const void *b)
{
    const struct dynr_field_desc *field = &node->entity->row->fields[number];
    bool in_a = dynr_field_is_present(field, a);
    bool in_b = dynr_field_is_present(field, b);
    int order = (in_a ? 1 : 0) - (in_b ? 1 : 0);
    if (in_a && in_b) {
        order =
            dynr_value_compare(field->type, dynr_field_value(field, a), dynr_field_value(field, b));
    }
    return down ? -order : order;
}

static int compare_rows(const void *a, const void *b)
{
    const void *x = *(const void *const *)a;
    const void *y = *(const void *const *)b;
    bool down = sorted->n_order > 0 && sorted->order[0].descending;
    for (uint16_t i = 0; i < sorted->n_order; i++) {
        int order =
            compare_field(sorted, sorted->order[i].field, sorted->order[i].descending, x, y);
        if (order != 0) {
            return order;
        }
    }
    for (uint16_t i = 0; i < sorted->n_key; i++) {
        int order = compare_field(sorted, sorted->key[i], down, x, y);
        if (order != 0) {
            return order;
        }
    }
    return 0;
}

static bool is_granted(struct evaluation *e, const struct dynr_policy_desc *policy, const void *row)
{
    const void *rows[4] = {NULL};
    const struct dynr_policy_input in = {e->caller, e->input, row, rows};
    for (size_t i = 0; policy != NULL && i < policy->n_lookups; i++) {
        char key[256] = {0};
        if (policy->lookups[i].key(&in, key)) {
            rows[i] = world_find(e->world, policy->lookups[i].entity, key);
        }
    }
    return policy == NULL || policy->allows(&in);
}

static size_t select_rows(struct evaluation *e, const struct dynr_view_node *node,
                          const void *parent, const void **rows)
{
    size_t n = 0;
    for (size_t i = 0; i < e->world->n_items; i++) {
        const struct world_item *item = &e->world->items[i];
        if (item->row != NULL && item->entity == node->entity &&
            node->accepts(item->row, e->input, e->caller, parent) &&
            is_granted(e, node->grant, item->row)) {
            rows[n++] = item->row;
        }
    }
    sorted = node;
    qsort(rows, n, sizeof *rows, compare_rows);
    struct dynr_arena arena = {0};
    struct dynr_query query = {0};
    bool empty = false;
    (void)node->prepare(e->input, e->caller, parent, &arena, &query, &empty, NULL);
    dynr_arena_cleanup(&arena);
    if (query.limit != 0 && n > query.limit && node->node_class != DYNR_NODE_AGGREGATE) {
        n = query.limit;
    }
    return n;
}

static void append_row(struct evaluation *e, const struct dynr_view_node *node, const void *row)
{
    for (uint16_t i = 0; i < node->n_fields; i++) {
        const struct dynr_field_desc *field = &node->entity->row->fields[node->fields[i]];
        if (dynr_field_is_present(field, row)) {
            dynr_buf_printf(&e->text, " %s=", field->name);
            (void)dynr_encode_json_value(field->type, dynr_field_value(field, row), &e->text, NULL);
        }
    }
}

static void append_value(struct evaluation *e, const struct dynr_view_node *node,
                         const void *parent)
{
    const void *rows[WORLD_ITEMS];
    size_t n = select_rows(e, node, parent, rows);
    const struct dynr_field_desc *field = &node->entity->row->fields[node->aggregate_field];
    struct dynr_decimal decimal = {dynr_str_from_c("0")};
    struct dynr_arena arena = {0};
    const void *best = NULL;
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        const void *value = dynr_field_value(field, rows[i]);
        if (node->aggregate == DYNR_AGGREGATE_SUM && field->type->kind == DYNR_KIND_DECIMAL) {
            (void)dynr_decimal_add(decimal, *(const struct dynr_decimal *)value, &arena, &decimal,
                                   NULL);
        } else if (node->aggregate == DYNR_AGGREGATE_SUM) {
            sum += *(const int64_t *)value;
        } else if (node->aggregate != DYNR_AGGREGATE_COUNT) {
            int order = best == NULL ? 0 : dynr_value_compare(field->type, value, best);
            bool better = node->aggregate == DYNR_AGGREGATE_MIN ? order < 0 : order > 0;
            best = best == NULL || better ? value : best;
        }
    }
    if (node->aggregate == DYNR_AGGREGATE_COUNT) {
        dynr_buf_printf(&e->text, " \"%zu\"", n);
    } else if (node->aggregate == DYNR_AGGREGATE_SUM && field->type->kind == DYNR_KIND_DECIMAL) {
        dynr_buf_printf(&e->text, " \"%.*s\"", (int)decimal.text.len, decimal.text.ptr);
    } else if (node->aggregate == DYNR_AGGREGATE_SUM) {
        dynr_buf_printf(&e->text, " \"%lld\"", (long long)sum);
    } else if (best == NULL) {
        dynr_buf_append_c(&e->text, " null");
    } else {
        dynr_buf_append_char(&e->text, ' ');
        (void)dynr_encode_json_value(field->type, best, &e->text, NULL);
    }
    dynr_arena_cleanup(&arena);
}

static void begin_line(struct evaluation *e, unsigned depth, const struct dynr_view_node *node)
{
    dynr_buf_append_char(&e->text, '\n');
    for (unsigned i = 0; i < depth; i++) {
        dynr_buf_append_c(&e->text, "  ");
    }
    dynr_buf_printf(&e->text, "%s:", node->name);
}

static void append_rows(struct evaluation *e, uint16_t number, const void *parent, unsigned depth);

static void append_below(struct evaluation *e, uint16_t number, const void *row, unsigned depth)
{
    for (uint16_t i = (uint16_t)(number + 1); i < e->view->n_nodes; i++) {
        const struct dynr_view_node *node = &e->view->nodes[i];
        if (node->parent != number) {
            continue;
        }
        if (node->node_class == DYNR_NODE_AGGREGATE) {
            begin_line(e, depth, node);
            append_value(e, node, row);
        } else if (node->node_class == DYNR_NODE_KEYED) {
            const struct dynr_field_desc *field =
                &e->view->nodes[number].entity->row->fields[node->reference];
            const void *target =
                dynr_field_is_present(field, row)
                    ? world_find(e->world, node->entity, dynr_field_value(field, row))
                    : NULL;
            begin_line(e, depth, node);
            if (target != NULL) {
                append_row(e, node, target);
            } else {
                dynr_buf_append_c(&e->text, " null");
            }
        } else {
            append_rows(e, i, row, depth);
        }
    }
}

static void append_rows(struct evaluation *e, uint16_t number, const void *parent, unsigned depth)
{
    const struct dynr_view_node *node = &e->view->nodes[number];
    const void *rows[WORLD_ITEMS];
    size_t n = select_rows(e, node, parent, rows);
    for (size_t i = 0; i < n; i++) {
        begin_line(e, depth, node);
        append_row(e, node, rows[i]);
        append_below(e, number, rows[i], depth + 1);
    }
}

struct dynr_str world_report(struct world *world, struct dynr_str user, struct dynr_str caller)
{
    char text[160];
    unsigned n_todos = 0;
    unsigned n_lists = 0;
    for (size_t i = 0; i < world->n_items; i++) {
        const struct world_item *item = &world->items[i];
        if (item->row != NULL && item->entity == &todo_entity) {
            const struct todo *todo = item->row;
            n_todos += todo->has_assignee && dynr_str_equal(todo->assignee.id, user) ? 1 : 0;
        } else if (item->row != NULL && item->entity == &list_entity) {
            n_lists += ((const struct list *)item->row)->archived ? 0 : 1;
        }
    }
    (void)snprintf(text, sizeof text, "\"%u todos, %u lists, for %.*s\"", n_todos, n_lists,
                   (int)caller.len, caller.len == 0 ? "" : caller.ptr);
    return dynr_arena_dup(&world->arena, dynr_str_from_c(text));
}

struct dynr_str world_evaluate(struct world *world, const char *procedure, const char *id,
                               const char *caller)
{
    struct input input = {dynr_str_from_c(id)};
    struct caller who = {dynr_str_from_c(caller)};
    const struct dynr_procedure_desc *desc =
        dynr_procedure_find(&procedures, dynr_str_from_c(procedure));
    struct evaluation e = {world, desc->view, &input, &who, {0}};
    if (!is_granted(&e, desc->view->gate, NULL)) {
        return dynr_str_from_c("denied");
    }
    if (desc->view->nodes[0].node_class == DYNR_NODE_TRACKED) {
        struct dynr_str report = world_report(world, input.id, who.user);
        begin_line(&e, 0, &desc->view->nodes[0]);
        dynr_buf_printf(&e.text, " %.*s", (int)report.len, report.ptr);
    } else if (desc->view->values_only) {
        for (uint16_t i = 1; i < desc->view->n_nodes; i++) {
            begin_line(&e, 0, &desc->view->nodes[i]);
            append_value(&e, &desc->view->nodes[i], NULL);
        }
    } else {
        append_rows(&e, 0, NULL, 0);
    }
    struct dynr_str text = dynr_arena_dup(&world->arena, dynr_buf_str(&e.text));
    dynr_buf_cleanup(&e.text);
    return text;
}
