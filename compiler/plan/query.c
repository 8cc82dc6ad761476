/* SPDX-License-Identifier: Apache-2.0 */
/* `get` and `from`: what binds the key from outside the condition, the path that is asked for, and one plan a variant. */
#include "plan/policy.h"

static const struct dyn_field *field_named(const struct dyn_model *model,
                                           const struct dyn_name *name)
{
    for (size_t i = 0; i < model->n_fields; i++) {
        if (model->fields[i]->name == name) {
            return model->fields[i];
        }
    }
    return NULL;
}

/* The field that `by x == value` binds: the one that the index is named after, else its partition. */
static const struct dyn_field *by_field(const struct dyn_query *query)
{
    if (query->by_unique != NULL) {
        return query->by_unique->field;
    }
    if (query->by_index != NULL) {
        const struct dyn_field *field = field_named(query->model, query->by_index->name);
        return field != NULL ? field : query->by_index->partition[0];
    }
    if (query->by_written != NULL) {
        for (size_t i = 0; i < query->by_written->partition.n_pieces; i++) {
            if (query->by_written->partition.pieces[i].field != NULL) {
                return query->by_written->partition.pieces[i].field;
            }
        }
    }
    return NULL;
}

static const struct dyn_plan_path *forced_path(const struct dyn_plan_entity *entity,
                                               const struct dyn_query *query)
{
    for (size_t i = 0; i < entity->n_paths; i++) {
        const struct dyn_plan_path *path = entity->paths[i];
        if ((query->by_unique != NULL && path->unique != NULL &&
             path->unique->unique == query->by_unique) ||
            (path->requirement != NULL &&
             ((query->by_index != NULL && path->requirement->index == query->by_index) ||
              (query->by_written != NULL && path->requirement->written == query->by_written)))) {
            return path;
        }
    }
    return NULL;
}

static void add_bound(struct dyn_plan_binding *bound, struct dyn_need *need,
                      const struct dyn_field *field, const struct dyn_expr *value)
{
    if (field != NULL) {
        bound[need->n_bound].field = field;
        bound[need->n_bound++].value = value;
    }
}

static void collect_need(struct dyn_derive *derive, const struct dyn_plan_entity *entity,
                         const struct dyn_query *query, struct dyn_need *need)
{
    const struct dyn_model *model = query->model;
    need->entity = entity;
    need->order = query->order;
    need->order_span = query->order_span;
    need->span = query->model_span.end > query->model_span.start ? query->model_span : query->span;
    need->where = query->where;
    need->insert_after = need->span;
    need->forced = forced_path(entity, query);
    struct dyn_plan_binding *bound =
        dyn_alloc_array(derive->arena, model->n_key_fields + 2, sizeof *bound);
    need->bound = bound;
    /* `get Todo(todo)`: one value, the whole key, gives every key field its part. */
    bool is_whole_key = query->n_key == 1 && model->n_key_fields > 1;
    for (size_t i = 0; i < model->n_key_fields && (is_whole_key || i < query->n_key); i++) {
        add_bound(bound, need, model->fields[i], query->key[is_whole_key ? 0 : i]);
    }
    if (query->in != NULL) {
        add_bound(bound, need, model->n_key_fields != 0 ? model->fields[0] : NULL, query->in);
        need->insert_after = query->in->span;
    }
    if (query->by_span.end > query->by_span.start) {
        need->insert_after = query->by_span;
    }
    if (query->by_value != NULL) {
        add_bound(bound, need, by_field(query), query->by_value);
        need->insert_after = query->by_value->span;
    }
}

/* Fields whose values come out of the query: of rows, or in aggregates of them. */
static const struct dyn_field **shown_fields(struct dynr_arena *arena,
                                             const struct dyn_query *query,
                                             const struct dyn_plan_query *plan, size_t *out_n)
{
    if (!plan->is_aggregate) {
        return dyn_shape_fields(arena, &plan->shape, out_n);
    }
    const struct dyn_field **fields =
        dyn_alloc_array(arena, query->n_aggregates, sizeof(const struct dyn_field *));
    *out_n = 0;
    for (size_t i = 0; i < query->n_aggregates; i++) {
        if (query->aggregates[i].field != NULL) {
            fields[(*out_n)++] = query->aggregates[i].field;
        }
    }
    return fields;
}

/* Whether the row may be found by a unique value: what is left then has no request to stand in. */
static bool may_be_unique(const struct dyn_plan_entity *entity, const struct dyn_query *query,
                          const struct dyn_subject *subject)
{
    for (size_t i = 0; i < entity->n_uniques; i++) {
        if (dyn_subject_value(subject, entity->uniques[i].unique->field) != NULL) {
            return true;
        }
    }
    return query->by_unique != NULL;
}

static void read_policy(struct dyn_policies *policies, const struct dyn_query *query,
                        const struct dyn_need *need, struct dyn_plan_query *plan,
                        struct dyn_policy_parts *out)
{
    struct dynr_arena *arena = policies->derive->arena;
    struct dyn_policy_read read = {.span = need->span};
    /* A value that is found without case is not the one that is stored. */
    size_t n_bound = query->by_unique != NULL && query->by_unique->fold ? 0 : need->n_bound;
    dyn_subject_known(arena, query->model, need->bound, n_bound, query->where, &read.subject);
    read.subject.kind =
        query->kind == DYN_QUERY_GET && query->n_key > 0 ? DYN_SUBJECT_KEYED : DYN_SUBJECT_ROW;
    read.in_memory = may_be_unique(plan->entity, query, &read.subject);
    dyn_plan_shape_make(policies, &read.subject, query, &plan->shape);
    read.fields = shown_fields(arena, query, plan, &read.n_fields);
    dyn_policy_read(policies, &read, out);
    out->gate = dyn_fold_and(arena, out->gate, policies->gate);
    if (!plan->is_aggregate) {
        dyn_shape_require(arena, &plan->shape, out->row_filter);
    }
}

const struct dyn_plan_query *dyn_plan_query_make(struct dyn_policies *policies,
                                                 const struct dyn_procedure *procedure)
{
    struct dyn_derive *derive = policies->derive;
    const struct dyn_query *query = procedure->query;
    struct dyn_plan_query *plan = dyn_alloc(derive->arena, sizeof *plan);
    plan->query = query;
    plan->entity = dyn_plan_entity_of(derive->plan, query->model);
    plan->is_aggregate = query->kind == DYN_QUERY_FROM && query->n_aggregates != 0;
    plan->single_row = query->kind == DYN_QUERY_GET;
    plan->descending = query->descending;
    plan->take = query->take;
    struct dyn_need need = {0};
    struct dyn_policy_parts parts = {0};
    collect_need(derive, plan->entity, query, &need);
    plan->bound = need.bound;
    plan->n_bound = need.n_bound;
    read_policy(policies, query, &need, plan, &parts);
    struct dyn_variant_list variants = {0};
    if (dyn_fold_switches(derive, dyn_expr_and(derive->arena, query->where, parts.filter),
                          &variants)) {
        for (size_t i = 0; i < variants.n; i++) {
            struct dyn_plan_variant *variant = &variants.items[i];
            if (!variant->empty && !dyn_plan_access(derive, &need, variants.rests[i], variant)) {
                break;
            }
            variant->policy_filter = parts.filter;
            dyn_predicate_make(derive, parts.gate, &variant->gate);
            dyn_predicate_make(derive, parts.row_filter, &variant->row_filter);
        }
    }
    plan->variants = variants.items;
    plan->n_variants = variants.n;
    return plan;
}
