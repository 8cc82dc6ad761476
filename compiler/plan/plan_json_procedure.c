/* SPDX-License-Identifier: Apache-2.0 */
/* Procedures in the JSON form of the plan. */
#include <stdlib.h>

#include "plan/json.h"
#include "plan/text.h"

void dyn_json_filter(const struct dyn_json *json, cJSON *object, const char *name,
                     const struct dyn_plan_filter *filter)
{
    if (filter->text.len == 0) {
        return;
    }
    cJSON *out = dyn_json_object(object, name);
    dyn_json_str(json, out, "expression", filter->text);
    cJSON *names = dyn_json_object(out, "names");
    for (size_t i = 0; i < filter->n_names; i++) {
        struct dynr_str placeholder = dyn_dup(json->arena, filter->names[i].placeholder);
        dyn_json_str(json, names, placeholder.ptr, filter->names[i].attribute);
    }
    cJSON *values = dyn_json_object(out, "values");
    for (size_t i = 0; i < filter->n_values; i++) {
        struct dynr_str placeholder = dyn_dup(json->arena, filter->values[i].placeholder);
        cJSON *value = dyn_json_object(values, placeholder.ptr);
        dyn_json_type(json, value, "type", filter->values[i].type);
        dyn_json_expr(json, value, "value", filter->values[i].value);
    }
    dyn_json_expr(json, out, "condition", filter->expr);
}

static void add_bound(const struct dyn_json *json, cJSON *object, const char *name,
                      const struct dyn_plan_bound *bound)
{
    if (bound->kind == DYN_BOUND_NONE) {
        return;
    }
    cJSON *out = dyn_json_object(object, name);
    dyn_json_str(json, out, "field", bound->field->name->text);
    dyn_json_bool(out, "inclusive", bound->kind == DYN_BOUND_INCLUSIVE);
    dyn_json_expr(json, out, "value", bound->value);
}

static void fill_variant(const struct dyn_json *json, cJSON *out,
                         const struct dyn_plan_variant *variant)
{
    cJSON *guards = dyn_json_array(out, "guards");
    for (size_t i = 0; i < variant->n_guards; i++) {
        cJSON *guard = dyn_json_element(guards);
        dyn_json_expr(json, guard, "condition", variant->guards[i].condition);
        dyn_json_bool(guard, "wanted", variant->guards[i].wanted);
    }
    dyn_json_bool(out, "empty", variant->empty);
    if (variant->path == NULL) {
        return;
    }
    dyn_json_str(json, out, "path", variant->path->name);
    cJSON *bindings = dyn_json_array(out, "bindings");
    for (size_t i = 0; i < variant->n_bindings; i++) {
        cJSON *binding = dyn_json_element(bindings);
        dyn_json_str(json, binding, "field", variant->bindings[i].field->name->text);
        dyn_json_expr(json, binding, "value", variant->bindings[i].value);
    }
    dyn_json_int(json, out, "equal", (int64_t)variant->n_equal);
    dyn_json_bool(out, "lastIsPrefix", variant->last_is_prefix);
    add_bound(json, out, "low", &variant->low);
    add_bound(json, out, "high", &variant->high);
    dyn_json_filter(json, out, "filter", &variant->filter);
    dyn_json_variant_policy(json, out, variant);
}

static void fill_shape(const struct dyn_json *json, cJSON *out, const struct dyn_plan_shape *shape);

static void fill_include(const struct dyn_json *json, cJSON *out,
                         const struct dyn_plan_include *include)
{
    dyn_json_c(out, "by", include->kind == DYN_INCLUDE_BY_KEY ? "key" : "query");
    dyn_json_bool(out, "many", include->many);
    if (include->field != NULL) {
        dyn_json_str(json, out, "field", include->field->name->text);
    }
    if (include->relation != NULL) {
        dyn_json_str(json, out, "relation", include->relation->name->text);
        dyn_json_bool(out, "through", include->relation->far != NULL);
        fill_variant(json, dyn_json_object(out, "variant"), &include->variant);
        dyn_json_bool(out, "descending", include->descending);
        dyn_json_expr(json, out, "take", include->take);
    }
    if (include->relation == NULL) {
        dyn_json_predicate(json, out, "rowFilter", &include->variant.row_filter);
    }
    fill_shape(json, dyn_json_object(out, "shape"), &include->shape);
}

static void fill_aggregate(const struct dyn_json *json, cJSON *out,
                           const struct dyn_plan_aggregate *plan)
{
    const struct dyn_aggregate *aggregate = plan->aggregate;
    dyn_json_c(out, "kind", dyn_aggregate_kind_name(aggregate->kind));
    dyn_json_str(json, out, "model", aggregate->model->name->text);
    dyn_json_type(json, out, "type", aggregate->type);
    if (aggregate->field != NULL) {
        dyn_json_str(json, out, "field", aggregate->field->name->text);
    }
    if (aggregate->relation != NULL) {
        dyn_json_str(json, out, "relation", aggregate->relation->name->text);
        fill_variant(json, dyn_json_object(out, "variant"), &plan->variant);
    }
}

static void fill_shape(const struct dyn_json *json, cJSON *out, const struct dyn_plan_shape *shape)
{
    dyn_json_str(json, out, "model", shape->model->name->text);
    if (shape->n_members == 0) {
        dyn_json_bool(out, "all", true);
        return;
    }
    cJSON *members = dyn_json_array(out, "members");
    for (size_t i = 0; i < shape->n_members; i++) {
        const struct dyn_plan_member *member = &shape->members[i];
        cJSON *element = dyn_json_element(members);
        dyn_json_str(json, element, "name", member->name->text);
        if (member->kind == DYN_MEMBER_FIELD) {
            dyn_json_str(json, element, "field", member->field->name->text);
        } else if (member->kind == DYN_MEMBER_AGGREGATE) {
            fill_aggregate(json, dyn_json_object(element, "aggregate"), member->aggregate);
        } else {
            fill_include(json, dyn_json_object(element, "include"), member->include);
        }
    }
    cJSON *hidden = dyn_json_array(out, "hidden");
    for (size_t i = 0; i < shape->n_hidden; i++) {
        dyn_json_append_str(json, hidden, shape->hidden[i]->name->text);
    }
}

static void add_query(const struct dyn_json *json, cJSON *object,
                      const struct dyn_plan_query *query)
{
    cJSON *out = dyn_json_object(object, "query");
    dyn_json_str(json, out, "model", query->entity->model->name->text);
    dyn_json_bool(out, "singleRow", query->single_row);
    dyn_json_bool(out, "aggregate", query->is_aggregate);
    dyn_json_bool(out, "descending", query->descending);
    dyn_json_expr(json, out, "take", query->take);
    cJSON *variants = dyn_json_array(out, "variants");
    for (size_t i = 0; i < query->n_variants; i++) {
        fill_variant(json, dyn_json_element(variants), &query->variants[i]);
    }
    fill_shape(json, dyn_json_object(out, "shape"), &query->shape);
}

static void add_writes(const struct dyn_json *json, cJSON *object,
                       const struct dyn_plan_procedure *procedure)
{
    cJSON *writes = dyn_json_array(object, "writes");
    for (size_t i = 0; i < procedure->n_writes; i++) {
        const struct dyn_plan_write *write = &procedure->writes[i];
        cJSON *out = dyn_json_element(writes);
        dyn_json_c(out, "kind", dyn_write_kind_name(write->write->kind));
        dyn_json_str(json, out, "model", write->entity->model->name->text);
        dyn_json_bool(out, "readFirst", write->write_class == DYN_WRITE_READ_COMPUTE);
        cJSON *key = dyn_json_array(out, "key");
        for (size_t k = 0; k < write->write->n_key; k++) {
            dyn_json_expr(json, dyn_json_element(key), "value", write->write->key[k]);
        }
        cJSON *changes = dyn_json_array(out, "changes");
        for (size_t k = 0; k < write->n_changes; k++) {
            cJSON *change = dyn_json_element(changes);
            dyn_json_c(change, "kind", dyn_change_kind_name(write->changes[k].kind));
            dyn_json_str(json, change, "field", write->changes[k].field->name->text);
            dyn_json_c(change, "update", dyn_update_class_name(write->changes[k].update_class));
            dyn_json_expr(json, change, "value", write->changes[k].value);
        }
        dyn_json_filter(json, out, "condition", &write->condition);
        dyn_json_expr(json, out, "expecting", write->write->expecting);
        dyn_json_write_gate(json, out, &write->gate);
    }
}

static void add_units(const struct dyn_json *json, cJSON *object, const char *name, double min,
                      double typical, double max)
{
    const double values[] = {min, typical, max};
    static const char *const names[] = {"min", "typical", "max"};
    cJSON *out = dyn_json_object(object, name);
    for (size_t i = 0; i < 3; i++) {
        struct dynr_buf buf = {0};
        dyn_units_write(values[i], &buf);
        struct dynr_str text = dyn_take_text(json->arena, &buf);
        if (cJSON_AddRawToObject(out, names[i], text.ptr[0] == '>' ? "1e15" : text.ptr) == NULL) {
            abort();
        }
    }
}

static const char *procedure_kind(const struct dyn_procedure *procedure)
{
    switch (procedure->kind) {
    case DYN_PROCEDURE_QUERY:
        return "query";
    case DYN_PROCEDURE_MUTATION:
        return "mutation";
    case DYN_PROCEDURE_EXTERN:
        return "extern";
    }
    return "?";
}

cJSON *dyn_json_procedure(const struct dyn_json *json, const struct dyn_plan_procedure *plan)
{
    const struct dyn_procedure *procedure = plan->procedure;
    cJSON *out = cJSON_CreateObject();
    if (out == NULL) {
        abort();
    }
    dyn_json_str(json, out, "path", procedure->path);
    dyn_json_c(out, "kind", procedure_kind(procedure));
    dyn_json_doc(json, out, procedure->doc);
    dyn_json_bool(out, "mutation",
                  procedure->kind == DYN_PROCEDURE_MUTATION || procedure->is_mutation);
    dyn_json_bool(out, "once", procedure->once);
    dyn_json_bool(out, "usesCaller", plan->uses_caller);
    if (procedure->context != NULL) {
        dyn_json_str(json, out, "caller", procedure->context->name->text);
    }
    cJSON *arguments = dyn_json_array(out, "arguments");
    for (size_t i = 0; i < procedure->n_arguments; i++) {
        cJSON_AddItemToArray(arguments, dyn_json_field(json, procedure->arguments[i]));
    }
    if (procedure->result_model != NULL) {
        dyn_json_str(json, out, "resultModel", procedure->result_model->name->text);
    } else if (procedure->result_type != NULL) {
        dyn_json_type(json, out, "resultType", procedure->result_type);
    }
    if (plan->query != NULL) {
        add_query(json, out, plan->query);
    }
    dyn_json_live(json, out, plan);
    if (procedure->kind == DYN_PROCEDURE_MUTATION) {
        add_writes(json, out, plan);
    }
    dyn_json_policy_uses(json, out, plan);
    if (procedure->kind == DYN_PROCEDURE_EXTERN) {
        dyn_json_str(json, out, "symbol", procedure->extern_symbol);
    }
    cJSON *cost = dyn_json_object(out, "cost");
    add_units(json, cost, "read", plan->cost.read_min, plan->cost.read_typical,
              plan->cost.read_max);
    add_units(json, cost, "write", plan->cost.write_min, plan->cost.write_typical,
              plan->cost.write_max);
    return out;
}
