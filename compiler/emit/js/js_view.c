/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes of live views, as the client core takes them. */
#include "emit/js/js.h"

static void write_names(struct js_emit *e, const char *member,
                        const struct dyn_field *const *fields, size_t n)
{
    dyn_out_printf(&e->out, "%s: [", member);
    for (size_t i = 0; i < n; i++) {
        struct dynr_str name = js_string(e, fields[i]->name->text);
        dyn_out_printf(&e->out, "%s%.*s", i == 0 ? "" : ", ", DYN_JS_ARG(name));
    }
    dyn_out_line(&e->out, "],");
}

static void write_key(struct js_emit *e, const struct dyn_live_node *node)
{
    dyn_out_text(&e->out, "key: [", 6);
    for (size_t i = 0; i < node->n_key; i++) {
        struct dynr_str part = js_part(e, node->key[i]->type);
        struct dynr_str name = js_string(e, node->key[i]->name->text);
        dyn_out_printf(&e->out, "%s{ field: %.*s, ...%.*s }", i == 0 ? "" : ", ", DYN_JS_ARG(name),
                       DYN_JS_ARG(part));
    }
    dyn_out_line(&e->out, "],");
}

static void write_order(struct js_emit *e, const struct dyn_live_node *node)
{
    if (node->n_order == 0) {
        return;
    }
    dyn_out_text(&e->out, "order: [", 8);
    for (size_t i = 0; i < node->n_order; i++) {
        const struct dyn_field *field = node->order[i].field;
        struct dynr_str part = js_part(e, field->type);
        struct dynr_str name = js_string(e, field->name->text);
        dyn_out_printf(&e->out, "%s{ field: %.*s, ...%.*s%s }", i == 0 ? "" : ", ",
                       DYN_JS_ARG(name), DYN_JS_ARG(part),
                       node->order[i].descending ? ", desc: true" : "");
    }
    dyn_out_line(&e->out, "],");
}

static void write_deciding(struct js_emit *e, const struct dyn_live_node *node)
{
    const struct dyn_model *model = node->entity->model;
    bool first = true;
    dyn_out_text(&e->out, "deciding: [", 11);
    for (size_t i = 0; i < model->n_fields; i++) {
        if (node->deciding[i] && model->fields[i] != model->deleted_at) {
            struct dynr_str name = js_string(e, model->fields[i]->name->text);
            dyn_out_printf(&e->out, "%s%.*s", first ? "" : ", ", DYN_JS_ARG(name));
            first = false;
        }
    }
    dyn_out_line(&e->out, "],");
}

/* ---- what the path fixes ------------------------------------------------------------------------------------- */

/** What the query binds a field to; NULL: nothing. */
static const struct dyn_plan_binding *find_binding(const struct dyn_live_node *node,
                                                   const struct dyn_field *field)
{
    for (size_t i = 0; node->query != NULL && i < node->query->n_bound; i++) {
        if (node->query->bound[i].field == field) {
            return &node->query->bound[i];
        }
    }
    return NULL;
}

/** `get Todo(todo)`: one reference is the whole key. */
static bool is_whole_key(const struct dyn_live_node *node, const struct dyn_plan_binding *bound)
{
    const struct dyn_type *type = bound->value->type;
    return bound->field->is_key && type->kind == DYN_TYPE_REF && type->model == node->entity->model;
}

static struct dynr_str binding_value(struct js_emit *e, const struct dyn_live_node *node,
                                     const struct dyn_plan_binding *bound)
{
    struct dynr_str value = js_value(e, bound->value);
    return value.len > 0 && is_whole_key(node, bound)
               ? js_key_part(e, node->entity->model, value, bound->field->index)
               : value;
}

/** A key field of the row `owner`: bound by the query, or a member of the row. */
static struct dynr_str key_member(struct js_emit *e, const struct dyn_live_node *node,
                                  const struct dyn_field *field, const char *owner)
{
    const struct dyn_plan_binding *bound = find_binding(node, field);
    return bound != NULL
               ? binding_value(e, node, bound)
               : dynr_arena_printf(e->arena, "%s.%.*s", owner, DYN_JS_ARG(field->name->text));
}

/** The reference to a row of `node`: its one key value, or several joined. */
static struct dynr_str reference_to(struct js_emit *e, const struct dyn_live_node *node,
                                    const char *owner)
{
    const struct dyn_model *model = node->entity->model;
    const struct dyn_plan_binding *first = find_binding(node, model->fields[0]);
    if (js_reference_width(model) == 1) {
        return key_member(e, node, model->fields[0], owner);
    }
    if (first != NULL && is_whole_key(node, first)) {
        return js_value(e, first->value);
    }
    struct dynr_str all = dynr_str_from_c("");
    for (size_t i = 0; i < model->n_key_fields; i++) {
        struct dynr_str type = js_join_type(e, model->fields[i]->type);
        struct dynr_str member = key_member(e, node, model->fields[i], owner);
        all = dynr_arena_printf(e->arena, "%.*s%s[%.*s, %.*s]", DYN_JS_ARG(all), i == 0 ? "" : ", ",
                                DYN_JS_ARG(type), DYN_JS_ARG(member));
    }
    return dynr_arena_printf(e->arena, "joinKey([%.*s])", DYN_JS_ARG(all));
}

static void write_binding(struct js_emit *e, const struct dyn_field *field, struct dynr_str value,
                          bool *first)
{
    if (value.len > 0) {
        dyn_out_printf(&e->out, "%s%.*s: %.*s", *first ? "" : ", ", DYN_JS_ARG(field->name->text),
                       DYN_JS_ARG(value));
        *first = false;
    }
}

/** The relation by which a node's rows hang below its parent's; NULL: none. */
static const struct dyn_relation *relation_of(const struct dyn_live_node *node)
{
    if (node->aggregate != NULL) {
        return node->aggregate->aggregate->relation;
    }
    return node->include != NULL ? node->include->relation : NULL;
}

static void write_binds(struct js_emit *e, const struct dyn_live_view *view,
                        const struct dyn_live_node *node)
{
    const struct dyn_relation *relation = relation_of(node);
    size_t n_bound = node->query != NULL ? node->query->n_bound : 0;
    bool first = true;
    if (n_bound == 0 && relation == NULL) {
        return;
    }
    dyn_out_text(&e->out, "binds: (input, caller, parent) => ({ ", 37);
    for (size_t i = 0; i < n_bound; i++) {
        /* What is compared without case fixes no value. */
        if (&node->query->bound[i] != node->folded) {
            const struct dyn_plan_binding *bound = &node->query->bound[i];
            write_binding(e, bound->field, binding_value(e, node, bound), &first);
        }
    }
    if (relation != NULL) {
        write_binding(e, relation->via, reference_to(e, &view->nodes[node->parent], "parent?"),
                      &first);
    }
    dyn_out_line(&e->out, " }),");
}

/* ---- what belongs ---------------------------------------------------------------------------------------------- */

static struct dynr_str conjunction(struct js_emit *e, struct dynr_str all, struct dynr_str one)
{
    if (all.len == 0 || one.len == 0) {
        return dynr_str_make(NULL, 0);
    }
    return dynr_arena_printf(e->arena, "%.*s && %.*s", DYN_JS_ARG(all), DYN_JS_ARG(one));
}

static struct dynr_str folded_equality(struct js_emit *e, const struct dyn_plan_binding *folded)
{
    struct dynr_str value = js_value(e, folded->value);
    return value.len == 0
               ? value
               : dynr_arena_printf(e->arena, "$.equalFolded(row.%.*s, %.*s)",
                                   DYN_JS_ARG(folded->field->name->text), DYN_JS_ARG(value));
}

/** Empty where JavaScript cannot say it, or where rows that the client does not have decide. */
static struct dynr_str acceptance(struct js_emit *e, const struct dyn_live_node *node)
{
    struct dynr_str all =
        node->predicate == NULL ? dynr_str_from_c("true") : js_condition(e, node->predicate);
    if (node->folded != NULL) {
        all = conjunction(e, all, folded_equality(e, node->folded));
    }
    for (size_t i = 0; i < node->n_policies && all.len > 0; i++) {
        const struct dyn_live_policy *policy = &node->policies[i];
        if (policy->row_filter->expr != NULL || policy->n_guards > 0) {
            return dynr_str_make(NULL, 0);
        }
        all = conjunction(e, all,
                          policy->filter == NULL ? dynr_str_from_c("true")
                                                 : js_condition(e, policy->filter));
    }
    return all;
}

/** What serves optimistic updates alone: which rows there are. */
static void write_membership(struct js_emit *e, const struct dyn_live_view *view,
                             const struct dyn_live_node *node)
{
    write_deciding(e, node);
    write_binds(e, view, node);
    struct dynr_str accepts = acceptance(e, node);
    if (accepts.len > 0) {
        dyn_out_line(&e->out, "accepts: (row, input, caller) => %.*s,", DYN_JS_ARG(accepts));
    }
}

static void write_aggregate(struct js_emit *e, const struct dyn_live_view *view,
                            const struct dyn_live_node *node)
{
    static const char *const kinds[] = {
        [DYN_AGGREGATE_COUNT] = "count",
        [DYN_AGGREGATE_SUM] = "sum",
        [DYN_AGGREGATE_MIN] = "min",
        [DYN_AGGREGATE_MAX] = "max",
    };
    const struct dyn_aggregate *aggregate = node->aggregate->aggregate;
    dyn_out_line(&e->out, "aggregate: \"%s\",", kinds[aggregate->kind]);
    if (aggregate->field != NULL) {
        struct dynr_str part = js_part(e, aggregate->field->type);
        struct dynr_str name = js_string(e, aggregate->field->name->text);
        dyn_out_line(&e->out, "of: { field: %.*s, ...%.*s },", DYN_JS_ARG(name), DYN_JS_ARG(part));
    }
    struct dynr_str codec = js_codec(e, aggregate->type);
    if (codec.len > 0) {
        dyn_out_line(&e->out, "codec: %.*s,", DYN_JS_ARG(codec));
    }
    if (aggregate->kind == DYN_AGGREGATE_COUNT || aggregate->kind == DYN_AGGREGATE_SUM) {
        bool is_decimal = aggregate->type->kind == DYN_TYPE_DECIMAL;
        dyn_out_line(&e->out, "zero: %s,",
                     is_decimal                      ? "\"0\""
                     : js_is_bigint(aggregate->type) ? "0n"
                                                     : "0");
    }
    write_membership(e, view, node);
}

static void write_rows(struct js_emit *e, const struct dyn_live_view *view,
                       const struct dyn_live_node *node)
{
    write_key(e, node);
    write_order(e, node);
    write_names(e, "shown", node->fields, node->n_shown);
    write_names(e, "hidden", node->fields + node->n_shown, node->n_fields - node->n_shown);
    struct dynr_str codec = js_fields_codec(e, node->fields, node->n_fields);
    if (codec.len > 0) {
        dyn_out_line(&e->out, "codec: %.*s,", DYN_JS_ARG(codec));
    }
    if (node->reference != NULL) {
        struct dynr_str reference = js_string(e, node->reference->name->text);
        dyn_out_line(&e->out, "reference: %.*s,", DYN_JS_ARG(reference));
        struct dynr_str own = reference_to(e, node, "row");
        if (js_reference_width(node->entity->model) > 1 && own.len > 0) {
            dyn_out_line(&e->out, "references: (row) => %.*s,", DYN_JS_ARG(own));
        }
    }
    write_membership(e, view, node);
    const struct dyn_expr *take = node->query != NULL     ? node->query->take
                                  : node->include != NULL ? node->include->take
                                                          : NULL;
    if (take != NULL) {
        struct dynr_str limit = js_value(e, take);
        dyn_out_line(&e->out, "take: (input, caller) => Number(%.*s),", DYN_JS_ARG(limit));
    }
}

static void write_node(struct js_emit *e, const struct dyn_live_view *view,
                       const struct dyn_live_node *node)
{
    struct dyn_out *out = &e->out;
    struct dynr_str name = js_string(e, node->name);
    dyn_out_line(out, "{");
    dyn_out_indent(out);
    dyn_out_line(out, "name: %.*s,", DYN_JS_ARG(name));
    dyn_out_line(out, "class: \"%s\",", dyn_live_class_name(node->node_class));
    dyn_out_line(out, "parent: %zu,", node->parent);
    dyn_out_line(out, "model: \"%.*s\",", DYN_JS_ARG(node->entity->model->name->text));
    if (node->single) {
        dyn_out_line(out, "single: true,");
    }
    if (node->node_class == DYN_LIVE_AGGREGATE) {
        write_aggregate(e, view, node);
    } else {
        write_rows(e, view, node);
    }
    dyn_out_outdent(out);
    dyn_out_line(out, "},");
}

void js_write_view(struct js_emit *e, const struct dyn_live_view *view, struct dynr_str output)
{
    if (view->values_only) {
        dyn_out_line(&e->out, "values: true,");
    }
    if (view->is_tracked) {
        dyn_out_line(&e->out, "nodes: [{ name: \"\", class: \"tracked\"%s%.*s }],",
                     output.len > 0 ? ", codec: " : "", DYN_JS_ARG(output));
        return;
    }
    dyn_out_line(&e->out, "nodes: [");
    dyn_out_indent(&e->out);
    for (size_t i = 0; i < view->n_nodes; i++) {
        write_node(e, view, &view->nodes[i]);
    }
    dyn_out_outdent(&e->out);
    dyn_out_line(&e->out, "],");
}
