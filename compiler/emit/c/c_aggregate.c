/* SPDX-License-Identifier: Apache-2.0 */
/* Aggregates: what their rows are read as, and the calls that make the values. */
#include "emit/c/c_policy.h"

/* ---- rows --------------------------------------------------------------------------------------------------- */

struct fields {
    const struct dyn_field **items;
    size_t n;
};

static void add_field(void *context, const struct dyn_field *field)
{
    struct fields *fields = context;
    for (size_t i = 0; i < fields->n; i++) {
        if (fields->items[i] == field) {
            return;
        }
    }
    fields->items[fields->n++] = field;
}

static void visit_row(const struct dyn_expr *expr, struct fields *fields)
{
    if (expr == NULL) {
        return;
    }
    if (expr->kind == DYN_EXPR_ROW) {
        add_field(fields, expr->field);
    }
    for (size_t i = 0; expr->kind == DYN_EXPR_LOOKUP && i < expr->lookup->n_key; i++) {
        visit_row(expr->lookup->key[i], fields);
    }
    visit_row(expr->left, fields);
    visit_row(expr->right, fields);
    for (size_t i = 0; i < expr->n_items; i++) {
        visit_row(expr->items[i], fields);
    }
}

/** A struct with the fields that are added up and those that a row filter reads; the first key field where there are none. */
static const struct dyn_plan_shape *make_shape(struct c_emit *e, const struct dyn_model *model,
                                               const struct dyn_field *const *wanted,
                                               size_t n_wanted,
                                               const struct dyn_plan_predicate *row_filter)
{
    struct fields fields = {.n = 0};
    fields.items =
        dynr_arena_calloc(e->arena, model->n_fields + 1, sizeof(const struct dyn_field *));
    for (size_t i = 0; i < n_wanted; i++) {
        add_field(&fields, wanted[i]);
    }
    visit_row(row_filter->expr, &fields);
    if (fields.n == 0) {
        add_field(&fields, model->fields[0]);
    }
    struct dyn_plan_member *members = dynr_arena_calloc(e->arena, fields.n + 1, sizeof *members);
    for (size_t i = 0; i < fields.n; i++) {
        members[i].kind = DYN_MEMBER_FIELD;
        members[i].name = fields.items[i]->name;
        members[i].field = fields.items[i];
    }
    struct dyn_plan_shape *shape = dynr_arena_calloc(e->arena, 1, sizeof *shape);
    shape->model = model;
    shape->members = members;
    shape->n_members = fields.n;
    return shape;
}

static const struct dyn_plan_shape *relation_shape(struct c_emit *e,
                                                   const struct dyn_plan_aggregate *plan)
{
    const struct dyn_aggregate *aggregate = plan->aggregate;
    return make_shape(e, aggregate->model, &aggregate->field, aggregate->field == NULL ? 0 : 1,
                      &plan->variant.row_filter);
}

static struct dynr_str relation_row(struct c_emit *e, const struct dyn_plan_aggregate *plan,
                                    struct dynr_str root)
{
    struct dynr_str own = dyn_name_snake(e->arena, plan->aggregate->name->text);
    return dynr_arena_printf(e->arena, "%.*s_%.*s_source", DYN_ARG(root), DYN_ARG(own));
}

struct dynr_str c_aggregate_row_name(struct c_emit *e, const struct dyn_plan_procedure *plan)
{
    return dynr_arena_printf(e->arena, "%.*s_source",
                             DYN_ARG(c_procedure_name(e, plan->procedure)));
}

const struct dyn_plan_shape *c_aggregate_row_shape(struct c_emit *e,
                                                   const struct dyn_plan_procedure *plan)
{
    const struct dyn_query *query = plan->query->query;
    const struct dyn_field **wanted =
        dynr_arena_calloc(e->arena, query->n_aggregates + 1, sizeof(const struct dyn_field *));
    size_t n = 0;
    for (size_t i = 0; i < query->n_aggregates; i++) {
        if (query->aggregates[i].field != NULL) {
            wanted[n++] = query->aggregates[i].field;
        }
    }
    static const struct dyn_plan_predicate everything = {0};
    const struct dyn_plan_predicate *filter =
        plan->query->n_variants > 0 ? &plan->query->variants[0].row_filter : &everything;
    return make_shape(e, query->model, wanted, n, filter);
}

void c_aggregates_define(struct c_emit *e, const struct dyn_plan_procedure *plan,
                         struct dynr_str root)
{
    const struct dyn_plan_query *query = plan->query;
    struct dynr_str doc = dynr_arena_printf(
        e->arena, "What the aggregates of `%.*s` read of a row.", DYN_ARG(plan->procedure->path));
    if (query->is_aggregate) {
        (void)c_shape_define(e, c_aggregate_row_shape(e, plan), c_aggregate_row_name(e, plan), doc);
        return;
    }
    for (size_t i = 0; i < query->shape.n_members; i++) {
        const struct dyn_plan_aggregate *aggregate = query->shape.members[i].aggregate;
        if (aggregate != NULL) {
            (void)c_shape_define(e, relation_shape(e, aggregate), relation_row(e, aggregate, root),
                                 doc);
        }
    }
}

void c_aggregate_policy_define(struct c_emit *e, const struct dyn_plan_procedure *plan,
                               const struct dyn_plan_aggregate *aggregate, struct dynr_str root)
{
    struct dynr_str row = relation_row(e, aggregate, root);
    struct c_policy_site site = {.plan = plan,
                                 .predicate = &aggregate->variant.row_filter,
                                 .name = c_policy_name(e, row, "rows"),
                                 .row = row,
                                 .shape = relation_shape(e, aggregate)};
    c_policy_define(e, &site);
}

/* ---- calls -------------------------------------------------------------------------------------------------- */

static size_t field_index(const struct dyn_plan_shape *shape, const struct dyn_field *field)
{
    size_t i = 0;
    while (i < shape->n_members && shape->members[i].field != field) {
        i++;
    }
    return i == shape->n_members ? 0 : i;
}

static void emit_row(struct c_emit *e, const struct dyn_aggregate *aggregate,
                     const struct dyn_plan_shape *shape, struct dynr_str output)
{
    static const char *const kinds[] = {[DYN_AGGREGATE_COUNT] = "DYNR_AGGREGATE_COUNT",
                                        [DYN_AGGREGATE_SUM] = "DYNR_AGGREGATE_SUM",
                                        [DYN_AGGREGATE_MIN] = "DYNR_AGGREGATE_MIN",
                                        [DYN_AGGREGATE_MAX] = "DYNR_AGGREGATE_MAX"};
    struct dyn_out *out = &e->source;
    struct dynr_str member = c_member(e, aggregate->name);
    struct dynr_str presence = dynr_str_from_c("DYNR_REQUIRED");
    if (aggregate->type->optional) {
        presence = dynr_arena_printf(e->arena, "offsetof(struct %.*s, has_%.*s)", DYN_ARG(output),
                                     DYN_ARG(member));
    }
    size_t index = aggregate->field == NULL ? 0 : field_index(shape, aggregate->field);
    dyn_out_line(out, "    {%s, %.*s, %zu,", kinds[aggregate->kind],
                 DYN_ARG(c_string(e, aggregate->name->text)), index);
    dyn_out_line(out, "     offsetof(struct %.*s, %.*s), %.*s},", DYN_ARG(output), DYN_ARG(member),
                 DYN_ARG(presence));
}

static void emit_failure(struct dyn_out *out)
{
    dyn_out_line(out, "if (status != DYNR_OK) {");
    dyn_out_line(out, "    return status;");
    dyn_out_line(out, "}");
}

static void emit_relation(struct c_emit *e, const struct dyn_plan_procedure *plan,
                          const struct dyn_plan_aggregate *aggregate, struct dynr_str root)
{
    struct dyn_out *out = &e->source;
    const struct c_scope scope = c_procedure_scope();
    const struct dyn_plan_shape *shape = relation_shape(e, aggregate);
    struct dynr_str row = relation_row(e, aggregate, root);
    bool is_limited = aggregate->variant.row_filter.expr != NULL;
    dyn_out_line(out, "for (size_t i = 0; i < rows.n_items; i++) {");
    dyn_out_indent(out);
    dyn_out_line(out, "struct %.*s *root = (struct %.*s *)rows.items + i;", DYN_ARG(root),
                 DYN_ARG(root));
    dyn_out_line(out, "struct %.*s probe_child;",
                 DYN_ARG(c_model_name(e, aggregate->entity->model)));
    dyn_out_line(out, "memset(&probe_child, 0, sizeof probe_child);");
    dyn_out_line(out, "struct dynr_query query_child;");
    dyn_out_line(out, "memset(&query_child, 0, sizeof query_child);");
    dyn_out_line(out, "query_child.probe = &probe_child;");
    c_bind_below(e, &scope, &plan->query->shape, aggregate->aggregate->relation,
                 &aggregate->variant);
    dyn_out_line(out, "static const struct dynr_aggregate aggregates[] = {");
    emit_row(e, aggregate->aggregate, shape, root);
    dyn_out_line(out, "};");
    if (is_limited) {
        c_policy_call(e, plan, c_policy_name(e, row, "rows"), "allowed");
    }
    dyn_out_line(out,
                 "status = dynr_rows_aggregate(client, &query_child, %s, &%.*s_struct, aggregates, "
                 "1, arena, root, err);",
                 is_limited ? "&allowed" : "NULL", DYN_ARG(row));
    emit_failure(out);
    dyn_out_outdent(out);
    dyn_out_line(out, "}");
}

void c_emit_row_aggregates(struct c_emit *e, const struct dyn_plan_procedure *plan,
                           struct dynr_str root)
{
    dyn_out_indent(&e->source);
    for (size_t i = 0; i < plan->query->shape.n_members; i++) {
        if (plan->query->shape.members[i].aggregate != NULL) {
            emit_relation(e, plan, plan->query->shape.members[i].aggregate, root);
        }
    }
    dyn_out_outdent(&e->source);
}

void c_emit_aggregate_read(struct c_emit *e, const struct dyn_plan_procedure *plan,
                           struct dynr_str root)
{
    struct dyn_out *out = &e->source;
    const struct dyn_query *query = plan->query->query;
    const struct dyn_plan_shape *shape = c_aggregate_row_shape(e, plan);
    bool is_limited = plan->query->variants[0].row_filter.expr != NULL;
    dyn_out_line(out, "static const struct dynr_aggregate aggregates[] = {");
    for (size_t i = 0; i < query->n_aggregates; i++) {
        emit_row(e, &query->aggregates[i], shape, root);
    }
    dyn_out_line(out, "};");
    if (is_limited) {
        c_policy_call(e, plan, c_policy_name(e, c_procedure_name(e, plan->procedure), "rows"),
                      "allowed");
    }
    dyn_out_line(out,
                 "status = dynr_rows_aggregate(client, &query, %s, &%.*s_struct, aggregates, %zu, "
                 "arena, out, err);",
                 is_limited ? "&allowed" : "NULL", DYN_ARG(c_aggregate_row_name(e, plan)),
                 query->n_aggregates);
}

void c_emit_aggregate_start(struct c_emit *e, const struct dyn_plan_query *query)
{
    struct dyn_out *out = &e->source;
    dyn_out_line(out, "memset(out, 0, sizeof *out);");
    for (size_t i = 0; i < query->query->n_aggregates; i++) {
        const struct dyn_aggregate *aggregate = &query->query->aggregates[i];
        if (aggregate->type->kind == DYN_TYPE_DECIMAL && !aggregate->type->optional) {
            dyn_out_line(out, "out->%.*s.text = dynr_str_from_c(\"0\");",
                         DYN_ARG(c_member(e, aggregate->name)));
        }
    }
}
