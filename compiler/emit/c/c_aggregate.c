/* SPDX-License-Identifier: Apache-2.0 */
/* Aggregates: what their rows are read as, and the tables of the values. */
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

void c_aggregate_rows(struct c_emit *e, const struct dyn_plan_procedure *plan, struct dynr_str root,
                      c_shape_fn visit)
{
    const struct dyn_plan_query *query = plan->query;
    if (query->is_aggregate) {
        visit(e, c_aggregate_row_shape(e, plan), c_aggregate_row_name(e, plan), plan);
        return;
    }
    for (size_t i = 0; i < query->shape.n_members; i++) {
        const struct dyn_plan_aggregate *aggregate = query->shape.members[i].aggregate;
        if (aggregate != NULL) {
            visit(e, relation_shape(e, aggregate), relation_row(e, aggregate, root), plan);
        }
    }
}

static void define_row(struct c_emit *e, const struct dyn_plan_shape *shape, struct dynr_str name,
                       const struct dyn_plan_procedure *plan)
{
    struct dynr_str doc = dynr_arena_printf(
        e->arena, "What the aggregates of `%.*s` read of a row.", DYN_ARG(plan->procedure->path));
    (void)c_shape_define(e, shape, name, doc);
}

void c_aggregate_rows_define(struct c_emit *e, const struct dyn_plan_procedure *plan,
                             struct dynr_str root)
{
    c_aggregate_rows(e, plan, root, define_row);
}

/* ---- tables ------------------------------------------------------------------------------------------------- */

static size_t field_index(const struct dyn_plan_shape *shape, const struct dyn_field *field)
{
    size_t i = 0;
    while (i < shape->n_members && shape->members[i].field != field) {
        i++;
    }
    return i == shape->n_members ? 0 : i;
}

const char *c_aggregate_kind(const struct dyn_aggregate *aggregate)
{
    static const char *const kinds[] = {[DYN_AGGREGATE_COUNT] = "DYNR_AGGREGATE_COUNT",
                                        [DYN_AGGREGATE_SUM] = "DYNR_AGGREGATE_SUM",
                                        [DYN_AGGREGATE_MIN] = "DYNR_AGGREGATE_MIN",
                                        [DYN_AGGREGATE_MAX] = "DYNR_AGGREGATE_MAX"};
    return kinds[aggregate->kind];
}

/** One value: where it is taken from, where it goes in a struct `output`. */
static void emit_value(struct c_emit *e, const struct dyn_aggregate *aggregate,
                       const struct dyn_plan_shape *shape, struct dynr_str output)
{
    struct dyn_out *out = &e->source;
    struct dynr_str member = c_member(e, aggregate->name);
    struct dynr_str presence = dynr_str_from_c("DYNR_REQUIRED");
    if (aggregate->type->optional) {
        presence = dynr_arena_printf(e->arena, "offsetof(struct %.*s, has_%.*s)", DYN_ARG(output),
                                     DYN_ARG(member));
    }
    struct dynr_str name = c_string(e, aggregate->name->text);
    size_t index = aggregate->field == NULL ? 0 : field_index(shape, aggregate->field);
    dyn_out_line(out, "    {%s, %.*s, %zu,", c_aggregate_kind(aggregate), DYN_ARG(name), index);
    dyn_out_line(out, "     offsetof(struct %.*s, %.*s), %.*s},", DYN_ARG(output), DYN_ARG(member),
                 DYN_ARG(presence));
}

static void open_values(struct c_emit *e, struct dynr_str name)
{
    dyn_out_blank(&e->source);
    dyn_out_line(&e->source, "static const struct dynr_aggregate_value aggregate_%.*s[] = {",
                 DYN_ARG(name));
}

/** What a member of the table begins with, whatever its rows are. */
static void emit_source(struct c_emit *e, const struct dyn_model *model, struct dynr_str row,
                        const char *indent)
{
    struct dynr_str entity = c_model_name(e, model);
    dyn_out_line(&e->source, "%s.entity = &%.*s_entity,", indent, DYN_ARG(entity));
    dyn_out_line(&e->source, "%s.source = &%.*s_struct,", indent, DYN_ARG(row));
}

static struct dynr_str relation_name(struct c_emit *e, const struct c_body *body,
                                     const struct dyn_plan_aggregate *aggregate)
{
    struct dynr_str own = dyn_name_snake(e->arena, aggregate->aggregate->name->text);
    return dynr_arena_printf(e->arena, "%.*s_%.*s", DYN_ARG(body->name), DYN_ARG(own));
}

/** Everything that the row of a relation's aggregate in its table refers to. */
static void emit_parts(struct c_emit *e, struct c_body *body,
                       const struct dyn_plan_aggregate *aggregate, struct dynr_str root)
{
    struct dynr_str name = relation_name(e, body, aggregate);
    const struct dyn_plan_shape *shape = relation_shape(e, aggregate);
    c_links_define(e, &body->plan->query->shape, root, aggregate->aggregate->relation, name);
    (void)c_variants_define(e, body, &aggregate->variant, 1, name, relation_row(e, aggregate, root),
                            shape);
    open_values(e, name);
    emit_value(e, aggregate->aggregate, shape, root);
    dyn_out_line(&e->source, "};");
}

static void emit_relation(struct c_emit *e, const struct c_body *body,
                          const struct dyn_plan_aggregate *aggregate, struct dynr_str root)
{
    struct dyn_out *out = &e->source;
    struct dynr_str name = relation_name(e, body, aggregate);
    dyn_out_line(out, "    {");
    emit_source(e, aggregate->entity->model, relation_row(e, aggregate, root), "        ");
    dyn_out_line(out, "        .variant = variants_%.*s,", DYN_ARG(name));
    dyn_out_line(out, "        .links = links_%.*s,", DYN_ARG(name));
    dyn_out_line(out, "        .n_links = %zu,", body->plan->query->shape.model->n_key_fields);
    dyn_out_line(out, "        .values = aggregate_%.*s,", DYN_ARG(name));
    dyn_out_line(out, "        .n_values = 1,");
    dyn_out_line(out, "    },");
}

size_t c_aggregates_define(struct c_emit *e, struct c_body *body, struct dynr_str root)
{
    const struct dyn_plan_shape *shape = &body->plan->query->shape;
    size_t n = 0;
    for (size_t i = 0; i < shape->n_members; i++) {
        if (shape->members[i].kind == DYN_MEMBER_AGGREGATE) {
            emit_parts(e, body, shape->members[i].aggregate, root);
            n++;
        }
    }
    if (n == 0) {
        return 0;
    }
    dyn_out_blank(&e->source);
    dyn_out_line(&e->source, "static const struct dynr_aggregate_desc aggregates_%.*s[] = {",
                 DYN_ARG(body->name));
    for (size_t i = 0; i < shape->n_members; i++) {
        if (shape->members[i].kind == DYN_MEMBER_AGGREGATE) {
            emit_relation(e, body, shape->members[i].aggregate, root);
        }
    }
    dyn_out_line(&e->source, "};");
    return n;
}

void c_values_define(struct c_emit *e, struct c_body *body, struct dynr_str root)
{
    struct dyn_out *out = &e->source;
    const struct dyn_query *query = body->plan->query->query;
    const struct dyn_plan_shape *shape = c_aggregate_row_shape(e, body->plan);
    open_values(e, body->name);
    for (size_t i = 0; i < query->n_aggregates; i++) {
        emit_value(e, &query->aggregates[i], shape, root);
    }
    dyn_out_line(out, "};");
    dyn_out_blank(out);
    dyn_out_line(out, "static const struct dynr_aggregate_desc values_of_%.*s = {",
                 DYN_ARG(body->name));
    emit_source(e, query->model, c_aggregate_row_name(e, body->plan), "    ");
    dyn_out_line(out, "    .values = aggregate_%.*s,", DYN_ARG(body->name));
    dyn_out_line(out, "    .n_values = %zu,", query->n_aggregates);
    dyn_out_line(out, "};");
}
