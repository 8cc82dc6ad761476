/* SPDX-License-Identifier: Apache-2.0 */
/* `get` and `from`: what binds the key from outside the condition, the path that is asked for, and one plan a variant. */
#include "plan/derive.h"

static const struct dyn_field *field_named(const struct dyn_model *model, const struct dyn_name *name)
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

static const struct dyn_plan_path *forced_path(const struct dyn_plan_entity *entity, const struct dyn_query *query)
{
    for (size_t i = 0; i < entity->n_paths; i++) {
        const struct dyn_plan_path *path = entity->paths[i];
        if ((query->by_unique != NULL && path->unique != NULL && path->unique->unique == query->by_unique) ||
            (path->requirement != NULL &&
             ((query->by_index != NULL && path->requirement->index == query->by_index) ||
              (query->by_written != NULL && path->requirement->written == query->by_written)))) {
            return path;
        }
    }
    return NULL;
}

static void add_bound(struct dyn_plan_binding *bound, struct dyn_need *need, const struct dyn_field *field,
                      const struct dyn_expr *value)
{
    if (field != NULL) {
        bound[need->n_bound].field = field;
        bound[need->n_bound++].value = value;
    }
}

static void collect_need(struct dyn_derive *derive, const struct dyn_plan_entity *entity, const struct dyn_query *query,
                         struct dyn_need *need)
{
    const struct dyn_model *model = query->model;
    need->entity = entity;
    need->order = query->order;
    need->order_span = query->order_span;
    need->span = query->model_span.end > query->model_span.start ? query->model_span : query->span;
    need->where = query->where;
    need->insert_after = need->span;
    need->forced = forced_path(entity, query);
    struct dyn_plan_binding *bound = dyn_alloc_array(derive->arena, model->n_key_fields + 2, sizeof *bound);
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

const struct dyn_plan_query *dyn_plan_query_make(struct dyn_derive *derive, const struct dyn_procedure *procedure)
{
    const struct dyn_query *query = procedure->query;
    struct dyn_plan_query *plan = dyn_alloc(derive->arena, sizeof *plan);
    plan->query = query;
    plan->entity = dyn_plan_entity_of(derive->plan, query->model);
    plan->single_row = query->kind == DYN_QUERY_GET;
    plan->descending = query->descending;
    plan->take = query->take;
    struct dyn_need need = {0};
    collect_need(derive, plan->entity, query, &need);
    plan->bound = need.bound;
    plan->n_bound = need.n_bound;
    struct dyn_variant_list variants = {0};
    if (dyn_fold_switches(derive, query->where, &variants)) {
        for (size_t i = 0; i < variants.n; i++) {
            if (!variants.items[i].empty && !dyn_plan_access(derive, &need, variants.rests[i], &variants.items[i])) {
                break;
            }
        }
    }
    plan->variants = variants.items;
    plan->n_variants = variants.n;
    dyn_plan_shape_make(derive, query, &plan->shape);
    return plan;
}
