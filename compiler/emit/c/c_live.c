/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How queries are kept live, as tables for the reactive engine: one per node of the view, and one small function that judges a
 * row. See dynr/view.h for what the members mean.
 */
#include "emit/c/c_policy.h"
#include "plan/live.h"

#include "live_tmpl.h"

/** What is written for one node: the view's name, and the node's own. */
struct live_node {
    const struct dyn_live_view *view;
    const struct dyn_live_node *node;
    struct c_body *body;
    /** "todo_todos_list_assignee": what its tables are called after. */
    struct dynr_str name;
    /** The policy that needs other rows for each row, or empty. */
    struct dynr_str grant;
};

/* ---- which rows belong --------------------------------------------------------------------------------------- */

static struct dynr_str both(struct c_emit *e, struct dynr_str all, struct dynr_str one)
{
    return all.len == 0
               ? one
               : dynr_arena_printf(e->arena, "%.*s &&\n       %.*s", DYN_ARG(all), DYN_ARG(one));
}

/** A condition of its own in a conjunction. */
static struct dynr_str operand(struct c_emit *e, const struct c_scope *scope,
                               const struct dyn_expr *expr)
{
    struct dynr_str text = c_condition(e, scope, expr);
    return expr->kind == DYN_EXPR_OR ? dynr_arena_printf(e->arena, "(%.*s)", DYN_ARG(text)) : text;
}

/** `!(show == all) || .owner == caller.userId`: what the policy asks under one setting of the switches. */
static struct dynr_str policy_condition(struct c_emit *e, const struct c_scope *scope,
                                        const struct dyn_live_policy *policy)
{
    struct dynr_str filter = operand(e, scope, policy->filter);
    if (policy->n_guards == 0) {
        return filter;
    }
    struct dynr_str guards = {0};
    for (size_t i = 0; i < policy->n_guards; i++) {
        struct dynr_str one = c_condition(e, scope, policy->guards[i].condition);
        one = dynr_arena_printf(e->arena, policy->guards[i].wanted ? "(%.*s)" : "!(%.*s)",
                                DYN_ARG(one));
        guards = i == 0
                     ? one
                     : dynr_arena_printf(e->arena, "%.*s && %.*s", DYN_ARG(guards), DYN_ARG(one));
    }
    return dynr_arena_printf(e->arena, "(!(%.*s) || %.*s)", DYN_ARG(guards), DYN_ARG(filter));
}

static bool node_uses(const struct dyn_live_node *node, enum dyn_expr_kind kind)
{
    if (c_uses(node->predicate, kind) ||
        (node->folded != NULL && c_uses(node->folded->value, kind)) ||
        (node->folded != NULL && kind == DYN_EXPR_ROW)) {
        return true;
    }
    for (size_t i = 0; i < node->n_policies; i++) {
        const struct dyn_live_policy *policy = &node->policies[i];
        if (policy->filter == NULL) {
            continue;
        }
        for (size_t k = 0; k < policy->n_guards; k++) {
            if (c_uses(policy->guards[k].condition, kind)) {
                return true;
            }
        }
        if (c_uses(policy->filter, kind)) {
            return true;
        }
    }
    return false;
}

static struct dynr_str folded_equality(struct c_emit *e, const struct c_scope *scope,
                                       const struct dyn_plan_binding *folded)
{
    struct c_value value = c_expr(e, scope, folded->value);
    struct dynr_str member = c_member(e, folded->field->name);
    struct dynr_str all = {0};
    if (folded->field->type->optional) {
        all = dynr_arena_printf(e->arena, "row->has_%.*s", DYN_ARG(member));
    }
    if (value.present.len > 0) {
        all = both(e, all, value.present);
    }
    struct dynr_str equal = dynr_arena_printf(e->arena, "dynr_str_equal_folded(row->%.*s, %.*s)",
                                              DYN_ARG(member), DYN_ARG(value.text));
    return both(e, all, equal);
}

/** The relation by which rows hang on those of the node above, or NULL. */
static const struct dyn_relation *relation_of(const struct dyn_live_node *node)
{
    if (node->aggregate != NULL) {
        return node->aggregate->aggregate->relation;
    }
    return node->node_class == DYN_LIVE_CHILDREN ? node->include->relation : NULL;
}

/** The row refers to the one above: part by part. */
static struct dynr_str parent_equality(struct c_emit *e, const struct dyn_relation *relation)
{
    const struct dyn_field *via = relation->via;
    struct dynr_str member = c_member(e, via->name);
    struct dynr_str all = {0};
    if (via->type->optional) {
        all = dynr_arena_printf(e->arena, "row->has_%.*s", DYN_ARG(member));
    }
    for (size_t i = 0; i < relation->owner->n_key_fields; i++) {
        const struct dyn_field *part = relation->owner->fields[i];
        struct dynr_str name = c_member(e, part->name);
        struct dynr_str type = c_type_desc(e, part->type);
        struct dynr_str one = dynr_arena_printf(
            e->arena, "dynr_value_compare(&%.*s, &row->%.*s.%.*s, &above->%.*s) == 0",
            DYN_ARG(type), DYN_ARG(member), DYN_ARG(name), DYN_ARG(name));
        all = both(e, all, one);
    }
    return all;
}

static struct dynr_str acceptance(struct c_emit *e, const struct dyn_live_node *node)
{
    const struct c_scope scope = {.input = "input->", .caller = "caller->", .row = "row->"};
    const struct dyn_model *model = node->entity->model;
    struct dynr_str all = {0};
    if (model->deleted_at != NULL) {
        struct dynr_str member = c_member(e, model->deleted_at->name);
        all = dynr_arena_printf(e->arena, "!row->has_%.*s", DYN_ARG(member));
    }
    if (relation_of(node) != NULL) {
        struct dynr_str one = parent_equality(e, relation_of(node));
        all = both(e, all, one);
    }
    if (node->folded != NULL) {
        struct dynr_str one = folded_equality(e, &scope, node->folded);
        all = both(e, all, one);
    }
    if (node->predicate != NULL) {
        struct dynr_str one = operand(e, &scope, node->predicate);
        all = both(e, all, one);
    }
    for (size_t i = 0; i < node->n_policies; i++) {
        if (node->policies[i].filter != NULL) {
            struct dynr_str one = policy_condition(e, &scope, &node->policies[i]);
            all = both(e, all, one);
        }
    }
    return all;
}

static void emit_parameter(struct c_emit *e, const char *type, struct dynr_str type_name,
                           const char *from, bool is_used)
{
    if (is_used) {
        dyn_out_line(&e->source, "const struct %.*s *%s = %s;", DYN_ARG(type_name), type, from);
    } else {
        dyn_out_line(&e->source, "(void)%s;", from);
    }
}

static void emit_accepts(struct c_emit *e, const struct live_node *live)
{
    struct dyn_out *out = &e->source;
    const struct dyn_live_node *node = live->node;
    struct dynr_str condition = acceptance(e, node);
    if (condition.len == 0) {
        condition = dynr_str_from_c("true");
    }
    const struct dyn_relation *relation = relation_of(node);
    bool uses_row = relation != NULL || node->entity->model->deleted_at != NULL ||
                    node_uses(node, DYN_EXPR_ROW);
    dyn_out_section(out, "values");
    dyn_out_blank(out);
    tmpl_live_accepts_open(out, &(struct tmpl_live_accepts_open){.name = live->name});
    dyn_out_indent(out);
    struct dynr_str above = {0};
    if (relation != NULL) {
        above = c_model_name(e, relation->owner);
    }
    emit_parameter(e, "above", above, "parent", relation != NULL);
    emit_parameter(e, "row", c_model_name(e, node->entity->model), "row_object", uses_row);
    emit_parameter(e, "input", live->body->input, "input_object",
                   node_uses(node, DYN_EXPR_ARGUMENT));
    emit_parameter(e, "caller", live->body->caller, "caller_object",
                   node_uses(node, DYN_EXPR_CALLER));
    dyn_out_line(out, "return %.*s;", DYN_ARG(condition));
    dyn_out_outdent(out);
    dyn_out_line(out, "}");
    dyn_out_section(out, "procedures");
}

/* ---- tables -------------------------------------------------------------------------------------------------- */

static void emit_field_list(struct c_emit *e, const struct live_node *live, const char *kind,
                            const struct dyn_field *const *fields, size_t n)
{
    struct dyn_out *out = &e->source;
    if (n == 0) {
        return;
    }
    dyn_out_printf(out, "static const uint16_t %s_%.*s[] = {", kind, DYN_ARG(live->name));
    for (size_t i = 0; i < n; i++) {
        dyn_out_printf(out, "%s%zu", i == 0 ? "" : ", ", fields[i]->index);
    }
    dyn_out_line(out, "};");
}

static void emit_order(struct c_emit *e, const struct live_node *live)
{
    struct dyn_out *out = &e->source;
    const struct dyn_live_node *node = live->node;
    if (node->n_order == 0) {
        return;
    }
    dyn_out_printf(out, "static const struct dynr_view_order order_%.*s[] = {",
                   DYN_ARG(live->name));
    for (size_t i = 0; i < node->n_order; i++) {
        dyn_out_printf(out, "%s{%zu, %s}", i == 0 ? "" : ", ", node->order[i].field->index,
                       node->order[i].descending ? "true" : "false");
    }
    dyn_out_line(out, "};");
}

static void emit_paths(struct c_emit *e, const struct live_node *live)
{
    struct dyn_out *out = &e->source;
    const struct dyn_live_node *node = live->node;
    if (node->n_paths == 0) {
        return;
    }
    dyn_out_line(out, "static const struct dynr_path_desc *const paths_%.*s[] = {",
                 DYN_ARG(live->name));
    for (size_t i = 0; i < node->n_paths; i++) {
        struct dynr_str path = c_path_symbol(e, node->paths[i]);
        dyn_out_line(out, "    &%.*s,", DYN_ARG(path));
    }
    dyn_out_line(out, "};");
}

/** For rows below others: what of the parent's row goes where in the child's. */
static void emit_links(struct c_emit *e, const struct live_node *live,
                       const struct dyn_relation *relation)
{
    struct dyn_out *out = &e->source;
    const struct dyn_model *owner = relation->owner;
    struct dynr_str owner_name = c_model_name(e, owner);
    dyn_out_line(out, "static const struct dynr_link links_view_%.*s[] = {", DYN_ARG(live->name));
    for (size_t i = 0; i < owner->n_key_fields; i++) {
        struct dynr_str part = c_member(e, owner->fields[i]->name);
        struct dynr_str type = c_type(e, owner->fields[i]->type);
        dyn_out_line(out,
                     "    {%zu, offsetof(struct %.*s_key, %.*s), offsetof(struct %.*s, %.*s), "
                     "sizeof(%.*s)},",
                     relation->via->index, DYN_ARG(owner_name), DYN_ARG(part), DYN_ARG(owner_name),
                     DYN_ARG(part), DYN_ARG(type));
    }
    dyn_out_line(out, "};");
}

static const char *class_constant(enum dyn_live_class node_class)
{
    switch (node_class) {
    case DYN_LIVE_PURE:
        return "DYNR_NODE_PURE";
    case DYN_LIVE_WINDOW:
        return "DYNR_NODE_WINDOW";
    case DYN_LIVE_KEYED:
        return "DYNR_NODE_KEYED";
    case DYN_LIVE_CHILDREN:
        return "DYNR_NODE_CHILDREN";
    case DYN_LIVE_AGGREGATE:
        return "DYNR_NODE_AGGREGATE";
    case DYN_LIVE_TRACKED:
        return "DYNR_NODE_TRACKED";
    }
    return "";
}

static void emit_list_member(struct c_emit *e, const struct live_node *live, const char *member,
                             const char *table, size_t n)
{
    if (n > 0) {
        dyn_out_line(&e->source, "        .%s = %s_%.*s,", member, table, DYN_ARG(live->name));
        dyn_out_line(&e->source, "        .n_%s = %zu,", member, n);
    }
}

/** What rows below others are read with, from the parent's whole row. */
static void emit_below(struct c_emit *e, const struct live_node *live,
                       const struct dyn_relation *relation)
{
    struct dyn_out *out = &e->source;
    const struct dyn_plan_include *include = live->node->include;
    bool is_value = include == NULL;
    emit_links(e, live, relation);
    struct dynr_str take = {0};
    if (!is_value && include->take != NULL) {
        take = c_int64_source(e, live->body, include->take);
    }
    struct dynr_str model = c_model_name(e, live->node->entity->model);
    dyn_out_line(out, "static const struct dynr_include_desc below_%.*s = {", DYN_ARG(live->name));
    dyn_out_line(out, "    .many = %s,", is_value || include->many ? "true" : "false");
    dyn_out_line(out, "    .entity = &%.*s_entity,", DYN_ARG(model));
    dyn_out_line(out, "    .variant = variants_%.*s,", DYN_ARG(live->name));
    dyn_out_line(out, "    .links = links_view_%.*s,", DYN_ARG(live->name));
    dyn_out_line(out, "    .n_links = %zu,", relation->owner->n_key_fields);
    if (!is_value && include->descending) {
        dyn_out_line(out, "    .descending = true,");
    }
    if (take.len > 0) {
        dyn_out_line(out, "    .take = %.*s,", DYN_ARG(take));
    }
    dyn_out_line(out, "};");
    tmpl_live_prepare_below(out, &(struct tmpl_live_prepare_below){.name = live->name});
}

/**
 * The policy that judges a node's rows by other rows, over whole rows. It is the same under all settings of the switches; where rows
 * are read whole, the read has it already.
 */
static struct dynr_str emit_grant(struct c_emit *e, const struct live_node *live)
{
    const struct dyn_live_node *node = live->node;
    const struct dyn_plan_shape *shape = node->include != NULL ? &node->include->shape
                                         : node->query != NULL ? &node->query->shape
                                                               : NULL;
    for (size_t i = 0; i < node->n_policies; i++) {
        if (node->policies[i].row_filter->expr == NULL) {
            continue;
        }
        if (shape != NULL && shape->members == NULL) {
            return dynr_arena_printf(e->arena, "policy_%.*s_rows", DYN_ARG(live->name));
        }
        const struct c_policy_site site = {
            .body = live->body,
            .predicate = node->policies[i].row_filter,
            .name = dynr_arena_printf(e->arena, "%.*s_grant", DYN_ARG(live->name)),
            .row = c_model_name(e, node->entity->model),
            .is_watched = true};
        return c_policy_define(e, &site);
    }
    return dynr_str_make("", 0);
}

/** Values over the rows of the query itself are made of what its root reads. */
static bool has_read(const struct dyn_live_node *node)
{
    return relation_of(node) != NULL || (node->query != NULL && node->aggregate == NULL);
}

static void emit_parts(struct c_emit *e, struct live_node *live, const struct live_node *root)
{
    const struct dyn_live_node *node = live->node;
    bool is_of_root = node->aggregate != NULL && node->query != NULL;
    live->grant = is_of_root ? root->grant : emit_grant(e, live);
    emit_accepts(e, live);
    dyn_out_blank(&e->source);
    emit_field_list(e, live, "fields", node->fields, node->n_fields);
    emit_field_list(e, live, "key", node->key, node->n_key);
    emit_order(e, live);
    struct dynr_str deciding = dynr_arena_printf(e->arena, "deciding_%.*s", DYN_ARG(live->name));
    c_field_set_define(e, deciding, node->entity->model, node->deciding);
    emit_paths(e, live);
    const struct dyn_relation *relation = relation_of(node);
    if (relation != NULL) {
        emit_below(e, live, relation);
    } else if (has_read(node)) {
        tmpl_live_prepare_root(&e->source, &(struct tmpl_live_prepare_root){
                                               .name = live->name, .query = live->body->name});
    }
}

static void emit_aggregate(struct c_emit *e, const struct dyn_aggregate *aggregate)
{
    dyn_out_line(&e->source, "        .aggregate = %s,", c_aggregate_kind(aggregate));
    if (aggregate->field != NULL) {
        dyn_out_line(&e->source, "        .aggregate_field = %zu,", aggregate->field->index);
    }
}

static void emit_node(struct c_emit *e, const struct live_node *live)
{
    struct dyn_out *out = &e->source;
    const struct dyn_live_node *node = live->node;
    struct dynr_str member = c_string(e, node->name);
    dyn_out_line(out, "    {");
    dyn_out_line(out, "        .name = %.*s,", DYN_ARG(member));
    dyn_out_line(out, "        .node_class = %s,", class_constant(node->node_class));
    if (node->parent > 0) {
        dyn_out_line(out, "        .parent = %zu,", node->parent);
    }
    if (node->single) {
        dyn_out_line(out, "        .single = true,");
    }
    struct dynr_str model = c_model_name(e, node->entity->model);
    dyn_out_line(out, "        .entity = &%.*s_entity,", DYN_ARG(model));
    emit_list_member(e, live, "fields", "fields", node->n_fields);
    dyn_out_line(out, "        .n_shown = %zu,", node->n_shown);
    emit_list_member(e, live, "key", "key", node->n_key);
    emit_list_member(e, live, "order", "order", node->n_order);
    dyn_out_line(out, "        .deciding = deciding_%.*s,", DYN_ARG(live->name));
    emit_list_member(e, live, "paths", "paths", node->n_paths);
    if (has_read(node)) {
        dyn_out_line(out, "        .prepare = prepare_%.*s,", DYN_ARG(live->name));
    }
    dyn_out_line(out, "        .accepts = accepts_%.*s,", DYN_ARG(live->name));
    if (node->reference != NULL) {
        dyn_out_line(out, "        .reference = %zu,", node->reference->index);
    }
    if (node->aggregate != NULL) {
        emit_aggregate(e, node->aggregate->aggregate);
    }
    if (live->grant.len > 0) {
        dyn_out_line(out, "        .grant = &%.*s,", DYN_ARG(live->grant));
    }
    dyn_out_line(out, "    },");
}

/* ---- the view ------------------------------------------------------------------------------------------------- */

static struct dynr_str node_name(struct c_emit *e, const struct c_body *body,
                                 const struct dyn_live_view *view, size_t i)
{
    if (i == 0) {
        return body->name;
    }
    const struct dyn_live_node *node = &view->nodes[i];
    struct dynr_str above = node_name(e, body, view, node->parent);
    struct dynr_str own = dyn_name_snake(e->arena, node->name);
    return dynr_arena_printf(e->arena, "%.*s_%.*s", DYN_ARG(above), DYN_ARG(own));
}

/** What code depends on: the models that it reads. */
static void emit_tracked_nodes(struct c_emit *e, const struct c_body *body,
                               const struct dyn_live_view *view)
{
    struct dyn_out *out = &e->source;
    dyn_out_blank(out);
    dyn_out_line(out, "static const struct dynr_view_node nodes_%.*s[] = {", DYN_ARG(body->name));
    for (size_t i = 0; i < view->n_nodes; i++) {
        struct dynr_str model = c_model_name(e, view->nodes[i].entity->model);
        dyn_out_line(out,
                     "    {.name = \"\", .node_class = DYNR_NODE_TRACKED, .single = true, "
                     ".entity = &%.*s_entity},",
                     DYN_ARG(model));
    }
    dyn_out_line(out, "};");
}

static void emit_nodes(struct c_emit *e, struct c_body *body, struct live_node *nodes)
{
    const struct dyn_live_view *view = body->plan->live;
    struct dyn_out *out = &e->source;
    for (size_t i = 0; i < view->n_nodes; i++) {
        nodes[i] =
            (struct live_node){view, &view->nodes[i], body, node_name(e, body, view, i), {NULL, 0}};
        emit_parts(e, &nodes[i], &nodes[0]);
    }
    dyn_out_blank(out);
    dyn_out_line(out, "static const struct dynr_view_node nodes_%.*s[] = {", DYN_ARG(body->name));
    for (size_t i = 0; i < view->n_nodes; i++) {
        emit_node(e, &nodes[i]);
    }
    dyn_out_line(out, "};");
}

struct dynr_str c_emit_view(struct c_emit *e, struct c_body *body)
{
    struct dyn_out *out = &e->source;
    const struct dyn_live_view *view = body->plan->live;
    if (view == NULL) {
        return dynr_str_make("", 0);
    }
    struct live_node *nodes = dynr_arena_calloc(e->arena, view->n_nodes, sizeof *nodes);
    nodes[0].name = body->name;
    if (view->is_tracked) {
        emit_tracked_nodes(e, body, view);
    } else {
        emit_nodes(e, body, nodes);
    }
    if (view->n_caller_fields > 0) {
        struct live_node whole = nodes[0];
        emit_field_list(e, &whole, "caller", view->caller_fields, view->n_caller_fields);
    }
    dyn_out_blank(out);
    dyn_out_line(out, "static const struct dynr_view_desc view_%.*s = {", DYN_ARG(body->name));
    dyn_out_line(out, "    .nodes = nodes_%.*s,", DYN_ARG(body->name));
    dyn_out_line(out, "    .n_nodes = %zu,", view->n_nodes);
    if (view->values_only) {
        dyn_out_line(out, "    .values_only = true,");
    }
    if (view->n_caller_fields > 0) {
        dyn_out_line(out, "    .caller_fields = caller_%.*s,", DYN_ARG(body->name));
        dyn_out_line(out, "    .n_caller_fields = %zu,", view->n_caller_fields);
    }
    const struct dyn_plan_query *query = body->plan->query;
    if (query != NULL && query->n_variants > 0 && query->variants[0].gate.expr != NULL) {
        dyn_out_line(out, "    .gate = &policy_%.*s_gate,", DYN_ARG(body->name));
    }
    dyn_out_line(out, "};");
    return dynr_arena_printf(e->arena, "view_%.*s", DYN_ARG(body->name));
}
